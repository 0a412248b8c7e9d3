/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A key record, and the DER of a key. What holds for any text: a key that is
 * let through is written anew in the one form that we would write, libcrypto
 * can be asked about it, and nothing verifies with it by accident.
 */
#include "policy/auth/keyrec.h"
#include "policy/auth/rsakey.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "keyrec";

static void
check_key(struct wax_arena *arena, const struct wax_keyrec *key)
{
	static const unsigned char digest[WAX_SHA256_BYTES] = { 1, 2, 3 };
	enum wax_pkey_verdict verdict;
	struct wax_str again;
	unsigned bits = 0;

	WAX_ASSERT(key->bits > 0 && key->key.n > 0);
	if (key->type == WAX_KEY_RSA) {
		WAX_ASSERT(wax_rsakey_read(arena, key->key, &again, &bits));
		WAX_ASSERT(wax_str_eq(again, key->key) && bits == key->bits);
	}
	verdict = wax_pkey_verify(key->type, key->key, digest,
	    WAX_STR("a signature of nothing at all..."));
	WAX_ASSERT(verdict == WAX_PKEY_BAD || verdict == WAX_PKEY_UNUSABLE);
}

static void
check_record(
    struct wax_arena *arena, struct wax_str text, enum wax_key_type type)
{
	struct wax_keyrec key = wax_keyrec_parse(arena, text, type);
	union wax_rdata rr[2] = { { .txt = { WAX_STR("v=spf1 -all"), 1 } },
		{ .txt = { text, 1 } } };
	const struct wax_answer answer = {
		.status = WAX_DNS_OK, .type = WAX_RR_TXT, .n = 2, .rr = rr
	};
	struct wax_keyrec chosen = wax_keyrec_choose(arena, &answer, type);

	WAX_ASSERT(key.type == type);
	WAX_ASSERT(chosen.fault == key.fault);
	if (key.fault == WAX_KEY_OK)
		check_key(arena, &key);
	else
		WAX_ASSERT(key.bits == 0 && key.key.n == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_arena *arena = wax_arena_new("fuzz", 0);
	struct wax_str text = { (const char *)data, size };
	struct wax_str spki, again;
	unsigned bits, same;

	check_record(arena, text, WAX_KEY_RSA);
	check_record(arena, text, WAX_KEY_ED25519);
	if (wax_rsakey_read(arena, text, &spki, &bits)) {
		WAX_ASSERT(wax_rsakey_read(arena, spki, &again, &same));
		WAX_ASSERT(wax_str_eq(spki, again) && bits == same);
		WAX_ASSERT(bits > 0);
	}
	wax_arena_free(arena);
	return 0;
}
