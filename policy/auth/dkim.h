/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim.h - all DKIM signatures of one message.          RFC 6376 s6
 *
 * Fields are given in the message's order, then the end of the header, then
 * the body in chunks of any size, then the finish. Nothing blocks before the
 * finish; keys are asked ahead at the end of the header.
 */
#ifndef WAX_POLICY_AUTH_DKIM_H
#define WAX_POLICY_AUTH_DKIM_H

#include <time.h>

#include "policy/auth/engines.h"
#include "policy/auth/result.h"
#include "policy/dns/resolver.h"
#include "policy/mail/domain.h"

struct wax_dkim_signature {
	enum wax_result result;
	struct wax_domain sdid;   /* d=; none if it is no domain */
	struct wax_str selector;  /* s=; validated labels, else empty */
	struct wax_str auid;      /* i=; domain part validated, else empty */
	struct wax_str algorithm; /* a= if known to us, else empty */
	struct wax_str b_prefix;  /* of b=, unique in the message (RFC 6008);
				   * base64 letters only */
	struct wax_str reason;    /* our own words; empty on a plain pass */
	unsigned key_bits;        /* 0: no key was read; Ed25519: 256 */
	bool test_key;            /* the key has t=y (RFC 6376 s3.6.1) */
	/* The key was found and usable, and hash or signature is wrong: the
	 * message was changed after signing, or the signature is forged. */
	bool broken;
	bool l_unsigned; /* l= left body octets unsigned */
	bool limit_hit;  /* not verified because of a bound */
	/* The key lookup did not complete: with WAX_TEMPERROR. */
	bool undecided;
	/* A library failed: with WAX_TEMPERROR and `undecided`; what is done
	 * with the message is for on-internal-error. */
	bool internal_error;
};

struct wax_dkim_options {
	time_t now; /* t= and x= are judged against it */
	bool accept_l_tag;
	unsigned min_rsa_bits;
	size_t max_signatures, max_key_lookups, max_key_bits, max_body_hashes,
	    max_signed_names;
};

struct wax_dkim;

/* `engines` outlives the arena. Handles are closed with the arena. */
struct wax_dkim *wax_dkim_open(struct wax_arena *arena,
    const struct wax_engines *engines, struct wax_resolver *resolver,
    const struct wax_dkim_options *options);

/*
 * One field: raw value as received, folded with CRLF, with its leading
 * blank if the sender had one. The text must live as long as the arena.
 */
void wax_dkim_field(
    struct wax_dkim *dkim, struct wax_str name, struct wax_str raw_value);

/*
 * End of header: choose the signatures to verify (author-aligned d= first;
 * `author` may be none), ask for their keys ahead. False if no signature
 * needs the body: it need not be given then.
 */
bool wax_dkim_eoh(struct wax_dkim *dkim, struct wax_domain author);
/* Cut anywhere; a last line without CRLF is closed. */
void wax_dkim_body(struct wax_dkim *dkim, struct wax_str chunk);

/*
 * The results, in the order of the fields (topmost first), n of them, in
 * the arena. An unsigned message has none.
 */
const struct wax_dkim_signature *wax_dkim_finish(
    struct wax_dkim *dkim, wax_deadline deadline, size_t *n);

#endif
