/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pkey.h - the door to libcrypto: SHA-256, and public keys that verify.
 *
 * Keys come as octets that keyrec.h has checked; nothing is signed here.
 */
#ifndef WAX_POLICY_AUTH_PKEY_H
#define WAX_POLICY_AUTH_PKEY_H

#include "policy/base/str.h"

#define WAX_SHA256_BYTES 32

enum wax_key_type {
	WAX_KEY_RSA,
	WAX_KEY_ED25519
};

/* A hash that grows. Small pieces are collected, so that many of them are
 * not slow. */
struct wax_sha256;

struct wax_sha256 *wax_sha256_new(struct wax_arena *arena);
void wax_sha256_add(struct wax_sha256 *hash, struct wax_str s);
/* To be called once; nothing may be added behind it. */
void wax_sha256_end(
    struct wax_sha256 *hash, unsigned char digest[WAX_SHA256_BYTES]);

enum wax_pkey_verdict {
	WAX_PKEY_GOOD,
	WAX_PKEY_BAD,      /* the signature is not of this key and digest */
	WAX_PKEY_UNUSABLE, /* libcrypto does not take the key */
	WAX_PKEY_INTERNAL  /* libcrypto failed, which says nothing */
};

/*
 * Check `signature` over a digest. `key`: a DER SubjectPublicKeyInfo for RSA
 * (PKCS#1 v1.5, RFC 8017 s8.2.2), the 32 octets for Ed25519, which signs the
 * digest itself (RFC 8463 s3).
 */
enum wax_pkey_verdict wax_pkey_verify(enum wax_key_type type,
    struct wax_str key, const unsigned char digest[WAX_SHA256_BYTES],
    struct wax_str signature) WAX_MUST_USE;

#endif
