// libcrypto as Swift sees it: digests, HMAC, random bytes, constant-time comparison.
#ifndef SHELFLIFE_COPENSSL_H
#define SHELFLIFE_COPENSSL_H

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#endif
