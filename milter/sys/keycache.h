/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keycache.h - decoded public keys, kept behind libopendkim's back.
 *
 * libopendkim decodes the key of each signature anew, by d2i_PUBKEY_bio() of
 * libcrypto: with OpenSSL 3.0 that takes several times as long as the
 * verification. It has no other seam for it: its callback gives it the text
 * of a key record, the slot of the decoded key is private, and what it can
 * cache itself are answers of the DNS. (Verifying without it would be
 * lighter, and would give up its judgement.)
 *
 * So sealwaxd defines that function itself. libopendkim is a shared library
 * and finds the program's definition first; the program must export it, which
 * the linker does for what a library asks for, unless it is hidden. Of all
 * libraries that sealwaxd loads, libopendkim alone calls it. No other program
 * of ours is linked with this file, and sealwaxd can be built without it
 * (configure --disable-key-cache: no_keycache.c).
 *
 * A key is found by all of its octets, so a wrong one cannot be. Only what is
 * wholly in a memory BIO and makes a key is kept; all else is decoded as
 * libcrypto does. Whether a key may be used (size, revocation, who published
 * it) is judged by whoever has its octets, not here: this table only knows
 * what they mean. The least recently used key goes first.
 *
 * A kept key is used by several threads at once. libcrypto allows that as
 * long as none of them changes it; verification only reads it, and what
 * OpenSSL 3.0 derives and keeps within the key at its first use (the older
 * form of it, Montgomery's numbers) it guards itself.
 */
#ifndef WAX_MILTER_SYS_KEYCACHE_H
#define WAX_MILTER_SYS_KEYCACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wax_keycache_counters {
	uint64_t hits;    /* keys that were there */
	uint64_t decoded; /* keys, and what turned out to be none */
	uint64_t evicted;
	size_t kept, kept_bytes; /* now; the octets are an estimate */
};

/* Any thread. False if sealwaxd was built without it. */
bool wax_keycache_count(struct wax_keycache_counters *out);

/* Forget all keys and counts. For tests. */
void wax_keycache_clear(void);

#endif
