/* SPDX-License-Identifier: BSD-2-Clause */
/* What an answer without records says, and how long that is good. */
#include <string.h>

#include "milter/resolver/packet.h"
#include "tests/support/suite.h"

#define HEADER(questions, answers, authority) \
	"\x12\x34\x81\x80\0" questions "\0" answers "\0" authority "\0\0"
#define QUESTION "\1a\7example\0\0\x10\0\1"
#define CNAME "\300\014\0\5\0\1\0\0\0\x05\0\4\1b\300\016"
#define NS "\300\016\0\2\0\1\0\0\0\x09\0\2\300\014"
#define ROOT_NS "\0\0\2\0\1\0\0\0\x09\0\4\1a\300\016"
/* TTL 60, last number 30 */
#define SOA                                \
	"\300\016\0\6\0\1\0\0\0\x3c\0\x18" \
	"\300\014\300\014"                 \
	"\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\x1e"
/* TTL 20, last number 30, names that are not compressed */
#define SOA_PLAIN                             \
	"\7example\0\0\6\0\1\0\0\0\x14\0\x1d" \
	"\1n\0\2hm\1x\0"                      \
	"\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\x1e"
/* As rdata too short for its numbers */
#define SOA_SHORT "\0\0\6\0\1\0\0\0\x3c\0\4\0\0\0\1"
#define OPT "\0\0\x29\4\xd0\0\0\x80\0\0\0"

#define ROW(text, ttl)                             \
	{                                          \
		text, sizeof(text) - 1, ttl, false \
	}
#define REFERRAL(text)                          \
	{                                       \
		text, sizeof(text) - 1, 0, true \
	}

static const struct {
	const char *packet;
	size_t n;
	uint32_t ttl;
	bool is_referral;
} rows[] = {
	ROW(HEADER("\1", "\0", "\1") QUESTION SOA, 30),
	ROW(HEADER("\1", "\0", "\1") QUESTION SOA OPT, 30),
	ROW(HEADER("\1", "\0", "\1") QUESTION SOA_PLAIN, 20),
	ROW(HEADER("\1", "\1", "\1") QUESTION CNAME SOA, 30),
	ROW(HEADER("\1", "\0", "\2") QUESTION NS SOA, 30),
	ROW(HEADER("\0", "\0", "\1") SOA_PLAIN, 20),
	/* The first of several. */
	ROW(HEADER("\1", "\0", "\2") QUESTION SOA_PLAIN SOA, 20),
	/* No SOA where it counts. */
	ROW(HEADER("\1", "\0", "\0") QUESTION OPT, 0),
	ROW(HEADER("\1", "\1", "\0") QUESTION SOA, 0),
	/* What there is in another section is no referral. */
	ROW(HEADER("\1", "\1", "\0") QUESTION NS, 0),
	ROW(HEADER("\1", "\0", "\0") QUESTION NS, 0),
	REFERRAL(HEADER("\1", "\0", "\1") QUESTION NS),
	REFERRAL(HEADER("\1", "\0", "\1") QUESTION ROOT_NS OPT),
	REFERRAL(HEADER("\1", "\1", "\1") QUESTION CNAME NS),
	REFERRAL(HEADER("\1", "\0", "\2") QUESTION NS ROOT_NS),
	ROW(HEADER("\1", "\0", "\2") QUESTION SOA NS, 30),
	ROW(HEADER("\1", "\0", "\0") QUESTION SOA, 0),
	ROW(HEADER("\1", "\0", "\1") QUESTION SOA_SHORT, 0),
	/* Counts that promise more than there is. */
	ROW(HEADER("\xff", "\xff", "\xff") QUESTION SOA, 0),
	ROW("", 0),
};

#define N_ROWS (int)(sizeof rows / sizeof rows[0])

START_TEST(ttl_of_the_soa)
{
	struct wax_str packet = wax_exact_n(rows[_i].packet, rows[_i].n);

	ck_assert_uint_eq(
	    wax_packet_negative_ttl(packet.p, packet.n), rows[_i].ttl);
}
END_TEST

START_TEST(referrals)
{
	struct wax_str packet = wax_exact_n(rows[_i].packet, rows[_i].n);

	ck_assert(
	    wax_packet_is_referral(packet.p, packet.n) == rows[_i].is_referral);
}
END_TEST

/* Each packet cut everywhere: nothing behind its end is read. */
START_TEST(cut_packets_have_no_ttl)
{
	size_t whole = rows[_i].n;

	for (size_t n = 0; n < whole; n++) {
		struct wax_str packet = wax_exact_n(rows[_i].packet, n);
		uint32_t ttl = wax_packet_negative_ttl(packet.p, packet.n);

		ck_assert(ttl == 0 || ttl == rows[_i].ttl);
		if (!rows[_i].is_referral)
			ck_assert(!wax_packet_is_referral(packet.p, packet.n));
	}
}
END_TEST

static Suite *
packet_suite(void)
{
	Suite *suite = suite_create("resolver/packet");
	TCase *tc = tcase_create("packet");

	tcase_add_loop_test(tc, ttl_of_the_soa, 0, N_ROWS);
	tcase_add_loop_test(tc, referrals, 0, N_ROWS);
	tcase_add_loop_test(tc, cut_packets_have_no_ttl, 0, N_ROWS);
	suite_add_tcase(suite, tc);
	return suite;
}

Suite *(*const wax_suites[])(void) = { packet_suite, NULL };
