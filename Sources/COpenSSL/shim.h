// libcrypto as Swift sees it: SHA-256 and constant-time comparison, which need none of its set-up: that takes milliseconds and a megabyte.
#ifndef SHELFLIFE_COPENSSL_H
#define SHELFLIFE_COPENSSL_H

// The plain functions of SHA-256, which the newer interface calls deprecated.
#define OPENSSL_API_COMPAT 10101

#include <openssl/crypto.h>
#include <openssl/sha.h>

#endif
