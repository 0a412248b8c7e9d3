/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/auth/pkey.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

struct wax_sha256 {
	EVP_MD_CTX *ctx;
	size_t n; /* in `piece` */
	char piece[1024];
};

static void
free_ctx(void *ctx)
{
	EVP_MD_CTX_free(ctx);
}

/* Hashing only fails where memory does, or without a provider of SHA-256:
 * there is no going on without it. */
struct wax_sha256 *
wax_sha256_new(struct wax_arena *arena)
{
	struct wax_sha256 *hash = WAX_NEW(arena, struct wax_sha256);

	hash->ctx = EVP_MD_CTX_new();
	WAX_ASSERT(hash->ctx != NULL);
	wax_arena_defer(arena, free_ctx, hash->ctx);
	WAX_ASSERT(EVP_DigestInit_ex(hash->ctx, EVP_sha256(), NULL) == 1);
	return hash;
}

static void
flush(struct wax_sha256 *hash)
{
	if (hash->n > 0)
		WAX_ASSERT(
		    EVP_DigestUpdate(hash->ctx, hash->piece, hash->n) == 1);
	hash->n = 0;
}

void
wax_sha256_add(struct wax_sha256 *hash, struct wax_str s)
{
	if (s.n == 0)
		return;
	if (s.n > sizeof hash->piece - hash->n)
		flush(hash);
	if (s.n > sizeof hash->piece) {
		WAX_ASSERT(EVP_DigestUpdate(hash->ctx, s.p, s.n) == 1);
		return;
	}
	memcpy(hash->piece + hash->n, s.p, s.n);
	hash->n += s.n;
}

void
wax_sha256_end(struct wax_sha256 *hash, unsigned char digest[WAX_SHA256_BYTES])
{
	unsigned int n = 0;

	flush(hash);
	WAX_ASSERT(EVP_DigestFinal_ex(hash->ctx, digest, &n) == 1);
	WAX_ASSERT(n == WAX_SHA256_BYTES);
}

static EVP_PKEY *
public_key(enum wax_key_type type, struct wax_str key)
{
	const unsigned char *p = (const unsigned char *)key.p;

	switch (type) {
	case WAX_KEY_ED25519:
		return EVP_PKEY_new_raw_public_key(
		    EVP_PKEY_ED25519, NULL, p, key.n);
	case WAX_KEY_RSA:
		break;
	}
	return key.n <= LONG_MAX ? d2i_PUBKEY(NULL, &p, (long)key.n) : NULL;
}

static enum wax_pkey_verdict
verdict_of(int rc)
{
	/* libcrypto says 0 or less for signatures that are malformed, too. */
	return rc == 1 ? WAX_PKEY_GOOD : WAX_PKEY_BAD;
}

static enum wax_pkey_verdict
verify_rsa(EVP_PKEY *key, const unsigned char *digest, struct wax_str sig)
{
	EVP_PKEY_CTX *ctx;
	enum wax_pkey_verdict verdict = WAX_PKEY_INTERNAL;

	if (EVP_PKEY_id(key) != EVP_PKEY_RSA)
		return WAX_PKEY_UNUSABLE;
	ctx = EVP_PKEY_CTX_new(key, NULL);
	if (ctx == NULL)
		return WAX_PKEY_INTERNAL;
	if (EVP_PKEY_verify_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1)
		verdict = verdict_of(
		    EVP_PKEY_verify(ctx, (const unsigned char *)sig.p, sig.n,
		        digest, WAX_SHA256_BYTES));
	EVP_PKEY_CTX_free(ctx);
	return verdict;
}

static enum wax_pkey_verdict
verify_ed25519(EVP_PKEY *key, const unsigned char *digest, struct wax_str sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	enum wax_pkey_verdict verdict = WAX_PKEY_INTERNAL;

	if (ctx == NULL)
		return WAX_PKEY_INTERNAL;
	if (EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1)
		verdict = verdict_of(
		    EVP_DigestVerify(ctx, (const unsigned char *)sig.p, sig.n,
		        digest, WAX_SHA256_BYTES));
	EVP_MD_CTX_free(ctx);
	return verdict;
}

enum wax_pkey_verdict
wax_pkey_verify(enum wax_key_type type, struct wax_str octets,
    const unsigned char digest[WAX_SHA256_BYTES], struct wax_str signature)
{
	EVP_PKEY *key = public_key(type, octets);
	enum wax_pkey_verdict verdict = WAX_PKEY_UNUSABLE;

	if (key != NULL) {
		switch (type) {
		case WAX_KEY_RSA:
			verdict = verify_rsa(key, digest, signature);
			break;
		case WAX_KEY_ED25519:
			verdict = verify_ed25519(key, digest, signature);
			break;
		}
		EVP_PKEY_free(key);
	}
	/* The queue of errors belongs to the thread, not to the message. */
	ERR_clear_error();
	return verdict;
}
