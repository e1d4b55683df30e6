// libcrypt as Swift sees it: bcrypt hashes passwords through crypt_rn.
#ifndef SHELFLIFE_CCRYPT_H
#define SHELFLIFE_CCRYPT_H

#include <crypt.h>
#include <stddef.h>

// Swift does not import arrays as long as those inside struct crypt_data, so it asks for the size.
static inline size_t shelflife_crypt_data_size(void) { return sizeof(struct crypt_data); }
static inline int shelflife_crypt_salt_size(void) { return CRYPT_GENSALT_OUTPUT_SIZE; }

#endif
