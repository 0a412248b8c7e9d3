/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keyrec.h - DKIM key records.                       RFC 6376 s3.6.1
 *
 * The octets of a key are a stranger's: their DER is read here, by hand and
 * within bounds, before libcrypto sees any of it. Whether a key is long
 * enough is for the caller to judge.
 */
#ifndef WAX_POLICY_AUTH_KEYREC_H
#define WAX_POLICY_AUTH_KEYREC_H

#include "policy/auth/pkey.h"
#include "policy/dns/answer.h"

/* What is wrong with a record, or with all that a name has. */
enum wax_key_fault {
	WAX_KEY_OK,
	WAX_KEY_NO_RECORD,     /* no key record (v=, syntax, no p=) */
	WAX_KEY_TOO_LONG,      /* the record: WAX_KEY_RECORD_BYTES_MAX */
	WAX_KEY_OTHER_TYPE,    /* k= is not what the signature needs */
	WAX_KEY_OTHER_HASH,    /* h= does not list sha256 */
	WAX_KEY_OTHER_SERVICE, /* s= lists neither "email" nor "*" */
	WAX_KEY_REVOKED,       /* p= is empty */
	WAX_KEY_MALFORMED      /* p= is no key of that type */
};

struct wax_keyrec {
	enum wax_key_fault fault;
	enum wax_key_type type;
	bool testing;       /* t=y */
	bool strict_domain; /* t=s: i= may not be below d= */
	unsigned bits;      /* of the modulus; Ed25519: 256; 0 unless OK */
	/* What wax_pkey_verify() takes: a SubjectPublicKeyInfo written anew
	 * from the numbers, or 32 octets. Empty unless OK. */
	struct wax_str key;
};

/* One record's text, for a signature whose a= needs `type` and sha256. */
struct wax_keyrec wax_keyrec_parse(
    struct wax_arena *arena, struct wax_str text, enum wax_key_type type);

/*
 * Of the records at one name: the first that fits and is usable; if none is,
 * what was wrong with the one that came closest. So a revoked or foreign
 * record beside a good one does no harm, whatever the order of the answer
 * (RFC 6376 s6.1.2 leaves it open). The answer is WAX_DNS_OK.
 */
struct wax_keyrec wax_keyrec_choose(struct wax_arena *arena,
    const struct wax_answer *answer, enum wax_key_type type);

/* Our own words, "key is revoked". A literal. */
const char *wax_key_fault_text(enum wax_key_fault fault);

#endif
