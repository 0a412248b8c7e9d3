/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim_signature.h - what a DKIM-Signature field says.   RFC 6376 s3.5
 *
 * The one place where the tags of a signature are read and judged: nothing
 * reaches a key lookup, a name server or libopendkim that was not accepted
 * here. Names come out validated, numbers as numbers, base64 as octets. What
 * can be judged without a key is judged here, the times included; keys and
 * hashes are not.
 */
#ifndef WAX_POLICY_AUTH_DKIM_SIGNATURE_H
#define WAX_POLICY_AUTH_DKIM_SIGNATURE_H

#include <stdint.h>
#include <time.h>

#include "policy/auth/canon.h"
#include "policy/auth/result.h"
#include "policy/mail/domain.h"

struct wax_dkim_tags {
	/* WAX_NONE: the signature may be verified. Else why it is not. */
	enum wax_result verdict;
	const char *reason; /* our own words, a literal; NULL if none */
	bool limit_hit;     /* too many names in h= */

	/* As far as they could be read, whatever the verdict is. */
	struct wax_domain sdid;
	struct wax_str selector;
	struct wax_str auid;      /* "@example.com"; the local-part only if it
				   * is a plain one */
	struct wax_str algorithm; /* if known to us */
	struct wax_str b_text;    /* base64 without white space */

	/* The rest is set if the verdict is WAX_NONE. */
	struct wax_str qname; /* selector._domainkey.sdid */
	bool auid_is_below;   /* the domain of i= is below d= */
	enum wax_key_type key_type;
	enum wax_canon header_canon, body_canon;
	uint64_t body_limit; /* l=, else UINT64_MAX */
	size_t n_names;
	const struct wax_str *name; /* h=, in lower case */
	struct wax_str signature;   /* b= */
	unsigned char body_hash[WAX_SHA256_BYTES];
	/* Where the value of b= stands in the field, white space around it
	 * included: what is hashed leaves it out (RFC 6376 s3.7). */
	size_t b_start, b_end;
	/* libopendkim reads it as we do: see dkim_library.h. */
	bool is_plain;
};

/*
 * `raw` is the field's value as received. `now` is what t= and x= are judged
 * against.
 */
struct wax_dkim_tags wax_dkim_tags_parse(
    struct wax_arena *arena, struct wax_str raw, time_t now, size_t max_names);

#endif
