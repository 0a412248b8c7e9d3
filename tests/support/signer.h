/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signer.h - DKIM signatures for tests, right ones and wrong ones.
 *
 * Deliberately shares nothing with the verifiers under test but base/: its
 * canonicalisation is written a second time, whole texts at once, so that an
 * error in one of the two is seen.
 */
#ifndef WAX_TESTS_SUPPORT_SIGNER_H
#define WAX_TESTS_SUPPORT_SIGNER_H

#include "policy/base/text.h"

struct wax_signer; /* a private key */

/* "rsa512" ... "rsa4096" (any number of bits) or "ed25519". NULL: cannot. */
struct wax_signer *wax_signer_generate(const char *kind);
/* PEM, not encrypted. */
struct wax_signer *wax_signer_load(const char *path);
bool wax_signer_save(const struct wax_signer *signer, const char *path);
void wax_signer_free(struct wax_signer *signer);

bool wax_signer_is_ed25519(const struct wax_signer *signer);
/* The p= tag: SubjectPublicKeyInfo, or the bare 32 octets of Ed25519. */
struct wax_str wax_signer_public(
    struct wax_arena *arena, const struct wax_signer *signer);
/* The same without the wrapping: RSAPublicKey (RSA keys only). */
struct wax_str wax_signer_public_bare(
    struct wax_arena *arena, const struct wax_signer *signer);
/* "v=DKIM1; k=...; p=..." */
struct wax_str wax_signer_record(
    struct wax_arena *arena, const struct wax_signer *signer);

struct wax_sign_request {
	const char *domain;    /* d= */
	const char *selector;  /* s= */
	const char *algorithm; /* a=; NULL: what the key can */
	const char *canon;     /* c=; NULL: "relaxed/simple" */
	const char *h; /* h=; NULL: From, To, Subject and Date if there */
	/* More tags, "x=1700000000". One of the names above replaces the
	 * value that is written, not the way in which it is computed, but for
	 * l=, which cuts the body hash. */
	size_t n_tags;
	const char *const *tag;
	/* Names of tags to leave out. */
	size_t n_without;
	const char *const *without;
	const char *append; /* raw text behind b=, "; v=1" */
	bool odd_spaces;    /* folding white space wherever it may be */
	bool corrupt;       /* one bit of the signature is wrong */
};

/*
 * The DKIM-Signature field of a message (lines end in CRLF), with its CRLF,
 * to be put in front.
 */
struct wax_str wax_sign(struct wax_arena *arena,
    const struct wax_signer *signer, const struct wax_sign_request *request,
    struct wax_str message);

/* The field and the message as one text. */
struct wax_str wax_sign_message(struct wax_arena *arena,
    const struct wax_signer *signer, const struct wax_sign_request *request,
    struct wax_str message);

#endif
