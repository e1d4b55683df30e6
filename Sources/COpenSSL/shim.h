// libcrypto as Swift sees it: SHA-256 by its plain functions, which need none of the library's set-up (milliseconds and a megabyte that
// the start can do without), HMAC, and constant-time comparison.
#ifndef SHELFLIFE_COPENSSL_H
#define SHELFLIFE_COPENSSL_H

// The newer interface calls the plain functions deprecated.
#define OPENSSL_API_COMPAT 10101

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#endif
