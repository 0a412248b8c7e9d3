/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * canon.h - the canonicalizations of RFC 6376 s3.4, straight into a hash.
 *
 * Streams: what is kept of a body is a few counters, however long its lines
 * are and however many of them are empty. (libopendkim collects a line
 * without blanks in memory, twice over, for each hash.)
 */
#ifndef WAX_POLICY_AUTH_CANON_H
#define WAX_POLICY_AUTH_CANON_H

#include <stdint.h>

#include "policy/auth/pkey.h"

enum wax_canon {
	WAX_CANON_SIMPLE,
	WAX_CANON_RELAXED
};

/* "simple", "relaxed"; false for others. */
bool wax_canon_parse(struct wax_str word, enum wax_canon *out) WAX_MUST_USE;

/*
 * A header field without the CRLF at its end. `raw` is the value as received,
 * with its leading blank. With `relaxed` the name is written in lower case,
 * with `simple` as it stands.                     RFC 6376 s3.4.1, s3.4.2
 */
void wax_canon_field(struct wax_sha256 *hash, enum wax_canon canon,
    struct wax_str name, struct wax_str raw);

/* The hash of a body. */
struct wax_body_hash;

/* At most `limit` octets of the canonical body are hashed (l=); UINT64_MAX
 * for all. */
struct wax_body_hash *wax_body_hash_new(
    struct wax_arena *arena, enum wax_canon canon, uint64_t limit);

/*
 * The next octets, cut anywhere. CR and LF that stand alone are line ends
 * here (RFC 6376 s5.3 has them converted before signing): what an MTA hands
 * over has none, and a line end must not depend on how chunks were cut.
 */
void wax_body_hash_add(struct wax_body_hash *hash, struct wax_str chunk);

/* Close the last line if it is open, and finish; to be called once. */
void wax_body_hash_end(
    struct wax_body_hash *hash, unsigned char digest[WAX_SHA256_BYTES]);

/* Octets of the canonical body, those beyond the limit included. */
uint64_t wax_body_hash_length(const struct wax_body_hash *hash);

#endif
