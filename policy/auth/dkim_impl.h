/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim_impl.h - the parts of the DKIM evaluation; for policy/auth only.
 *
 * dkim.c collects and drives; dkim_choose.c says which signatures are listed
 * and which are verified; dkim_verify.c verifies them; dkim_prefix.c finds
 * the prefixes of b=. They work on one list of entries, one for each
 * DKIM-Signature that gets a result.
 */
#ifndef WAX_POLICY_AUTH_DKIM_IMPL_H
#define WAX_POLICY_AUTH_DKIM_IMPL_H

#include "policy/auth/dkim.h"
#include "policy/auth/dkim_signature.h"
#include "policy/auth/keyrec.h"
#include "policy/auth/signed_fields.h"
#include "policy/base/vec.h"
#include "policy/mail/field.h"

/* A hash of the body that one or more signatures need. */
struct wax_dkim_body {
	enum wax_canon canon;
	uint64_t limit;
	struct wax_body_hash *hash;
	/* Not if it is known that all signatures that need it have no key. */
	bool is_needed;
	unsigned char digest[WAX_SHA256_BYTES]; /* from the finish on */
};

/* A signature that gets a result. */
struct wax_dkim_entry {
	size_t position; /* of the field */
	struct wax_dkim_tags tags;
	bool chosen;
	size_t body; /* index of its body hash, if chosen */
	struct wax_keyrec key;
	struct wax_dkim_signature out;
};

struct wax_dkim {
	struct wax_arena *arena;
	const struct wax_engines *engines;
	struct wax_resolver *resolver;
	struct wax_dkim_options options;
	WAX_VEC(struct wax_field) fields;
	WAX_VEC(size_t) positions; /* of the DKIM-Signature fields */
	size_t n;                  /* entries; from the end of header on */
	struct wax_dkim_entry *entry;
	WAX_VEC(struct wax_dkim_body) bodies;
	bool at_body; /* the end of the header was seen */
};

/*
 * Say which DKIM-Signature fields get an entry, by their positions: all, or
 * if they are too many those that can align, then the first.
 */
void wax_dkim_list(struct wax_dkim *dkim, struct wax_domain author);

/*
 * Choose the signatures to verify within the limits of the options, open
 * their body hashes, and ask for their keys ahead. What is not chosen though
 * it is well-formed gets its result here.
 */
void wax_dkim_choose(struct wax_dkim *dkim, struct wax_domain author);

/* Say which body hashes are needed, by what is known of keys; any at all? */
bool wax_dkim_choose_bodies(struct wax_dkim *dkim);

/* Results of what was chosen; the body hashes have their digests. */
void wax_dkim_verify_chosen(struct wax_dkim *dkim, wax_deadline deadline);

/*
 * The hash of the header that a signature signs, its own field at `own`
 * included.                                            RFC 6376 s3.7
 */
void wax_dkim_header_digest(const struct wax_field *fields,
    struct wax_signed_fields *index, size_t own,
    const struct wax_dkim_tags *tags, unsigned char digest[WAX_SHA256_BYTES]);

/* Set a result and its reason (a literal). */
void wax_dkim_decide(
    struct wax_dkim_entry *entry, enum wax_result result, const char *reason);

/*
 * The b_prefix of each entry: eight letters of b=, more where another
 * signature of the message begins with the same.       RFC 6008 s3
 */
void wax_dkim_set_prefixes(struct wax_dkim *dkim);

#endif
