/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A DNS packet without records. What holds for any: a TTL is that of a packet
 * with an authority section, what stands behind it changes nothing, and a
 * packet that is cut has the same TTL or none. And asking again: the question
 * is one whose own packet says nothing as its reply, and no reply says nothing
 * that has a record in its answer section. And what is said by one server of
 * a zone: records are only of one that says the zone is his.
 */
#include <stdlib.h>
#include <string.h>

#include "milter/resolver/packet.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "packet";

#define HEADER_BYTES 12
/* All shorter ones are tried, in blocks of their exact size. */
#define CUT_MAX 128

static uint32_t
ttl_of_exactly(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);
	uint32_t ttl;

	WAX_ASSERT(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	ttl = wax_packet_negative_ttl(copy, size);
	free(copy);
	return ttl;
}

/* The input as the answer that left something open, and as the reply. */
static void
check_again(const uint8_t *data, size_t size)
{
	uint8_t question[WAX_PACKET_QUESTION_MAX],
	    again[WAX_PACKET_QUESTION_MAX];
	size_t n = wax_packet_ask_again(data, size, WAX_RR_TXT, 7, question);

	if (n == 0)
		return;
	WAX_ASSERT(n >= HEADER_BYTES + 5 && n <= sizeof question);
	/* It asks what it asks. */
	WAX_ASSERT(
	    wax_packet_ask_again(question, n, WAX_RR_TXT, 7, again) == n);
	WAX_ASSERT(memcmp(question, again, n) == 0);
	WAX_ASSERT(wax_packet_read_reply(question, n, question, n) ==
	           WAX_REPLY_OF_ANOTHER);
	again[2] |= 0x80;
	WAX_ASSERT(
	    wax_packet_read_reply(question, n, again, n) == WAX_REPLY_NOTHING);
	if (size < n)
		return;
	/* The input's own number and question. */
	memcpy(question, data, 2);
	if (wax_packet_read_reply(question, n, data, size) ==
	    WAX_REPLY_NOTHING) {
		WAX_ASSERT(data[6] == 0 && data[7] == 0);
		WAX_ASSERT((data[2] & 0x82) == 0x80);
		WAX_ASSERT(!wax_packet_is_referral(data, size));
	}
}

/* The input as what a zone's own server says, to its own question. */
static void
check_direct(struct wax_arena *arena, const uint8_t *data, size_t size)
{
	static const enum wax_rrtype types[] = { WAX_RR_TXT, WAX_RR_MX,
		WAX_RR_CNAME, WAX_RR_SOA };
	uint8_t question[WAX_PACKET_QUESTION_MAX];
	const struct wax_answer *answer = NULL;

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		size_t n =
		    wax_packet_ask_again(data, size, types[i], 7, question);

		if (n == 0 || size < n)
			return;
		memcpy(question, data, 2);
		memcpy(question + HEADER_BYTES, data + HEADER_BYTES,
		    n - HEADER_BYTES);
		if (wax_packet_read_direct(arena, question, n, data, size,
		        &answer) != WAX_DIRECT_ANSWER)
			continue;
		WAX_ASSERT((answer->status == WAX_DNS_OK) == (answer->n > 0));
		WAX_ASSERT(answer->n == 0 || (data[2] & 4) != 0);
		wax_answer_unref(answer);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t ttl = wax_packet_negative_ttl(data, size);
	struct wax_arena *arena = wax_arena_new("fuzz", 0);
	struct wax_str longer =
	    fuzz_join(arena, (struct wax_str){ (const char *)data, size },
	        WAX_STR("\0\0\6\0\1\0\0\0\1\0\0"));

	if (ttl > 0) {
		WAX_ASSERT(size > HEADER_BYTES);
		WAX_ASSERT(data[8] > 0 || data[9] > 0);
		WAX_ASSERT(wax_packet_negative_ttl(longer.p, longer.n) == ttl);
	}
	check_again(data, size);
	check_direct(arena, data, size);
	for (size_t n = size < CUT_MAX ? size : CUT_MAX; n > 0; n--) {
		uint32_t cut = ttl_of_exactly(data, n - 1);

		WAX_ASSERT(cut == 0 || cut == ttl);
	}
	wax_arena_free(arena);
	return 0;
}
