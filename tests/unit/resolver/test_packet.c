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

/* --- a question of our own ------------------------------------------------ */

/* "a.example" is at 12, "example" at 14. */
#define ALIAS(owner, n, target) owner "\0\5\0\1\0\0\0\5\0" n target
#define HERE "\300\014"
#define ASKED(name) "\xab\xcd\1\0\0\1\0\0\0\0\0\0" name "\0\x10\0\1"
#define AGAIN(what, packet, name)                              \
	{                                                      \
		what, packet, sizeof(packet) - 1, ASKED(name), \
		    sizeof(ASKED(name)) - 1                    \
	}
#define NOT_AGAIN(what, packet)                         \
	{                                               \
		what, packet, sizeof(packet) - 1, "", 0 \
	}
#define L63   \
	"\77" \
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"
#define L61   \
	"\75" \
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghi"

static const struct {
	const char *what, *packet;
	size_t n;
	const char *question;
	size_t n_question;
} again_rows[] = {
	AGAIN("no alias", HEADER("\1", "\0", "\0") QUESTION, "\1a\7example\0"),
	AGAIN("an alias",
	    HEADER("\1", "\1", "\0") QUESTION ALIAS(HERE, "\4", "\1b\300\016"),
	    "\1b\7example\0"),
	AGAIN("an alias by whole names",
	    HEADER("\1", "\1", "\0")
	        QUESTION ALIAS("\1A\7exaMPLE\0", "\7", "\1x\3com\0"),
	    "\1x\3com\0"),
	AGAIN("two of them",
	    HEADER("\1", "\2", "\0") QUESTION ALIAS(HERE, "\4", "\1b\300\016")
	        ALIAS("\1b\300\016", "\4", "\1c\300\016"),
	    "\1c\7example\0"),
	AGAIN("one of another name",
	    HEADER("\1", "\2", "\0") QUESTION ALIAS("\1x\300\016", "\4",
	        "\1y\300\016") ALIAS(HERE, "\4", "\1b\300\016"),
	    "\1b\7example\0"),
	AGAIN("a name that only begins like it",
	    HEADER("\1", "\1", "\0")
	        QUESTION ALIAS("\1a\0", "\4", "\1b\300\016"),
	    "\1a\7example\0"),
	AGAIN("octets that mean something in text",
	    HEADER("\1", "\1", "\0")
	        QUESTION ALIAS(HERE, "\6", "\3./\\\300\016"),
	    "\3./\\\7example\0"),
	AGAIN("another record of the name",
	    HEADER("\1", "\1", "\0") QUESTION HERE "\0\x10\0\1\0\0\0\5\0\2\1x",
	    "\1a\7example\0"),
	AGAIN("the longest name",
	    HEADER("\1", "\0", "\0") L63 L63 L63 L61 "\0\0\x10\0\1",
	    L63 L63 L63 L61 "\0"),
	NOT_AGAIN("too long a name",
	    HEADER("\1", "\0", "\0") L63 L63 L63 L63 "\0\0\x10\0\1"),
	AGAIN("the root", HEADER("\1", "\0", "\0") "\0\0\2\0\1", "\0"),
	NOT_AGAIN("a pointer to itself",
	    HEADER("\1", "\0", "\0") "\300\014\0\x10\0\1"),
	NOT_AGAIN("a pointer ahead",
	    HEADER("\1", "\0", "\0") "\300\022\0\x10\0\1\1a\0"),
	NOT_AGAIN("an alias that leads ahead",
	    HEADER("\1", "\1", "\0") QUESTION ALIAS(HERE, "\2", "\300\377")),
	NOT_AGAIN("half a pointer",
	    HEADER("\1", "\1", "\0") QUESTION ALIAS(HERE, "\1", "\300")),
	NOT_AGAIN("an odd kind of label",
	    HEADER("\1", "\0", "\0") "\100a\0\0\x10\0\1"),
	NOT_AGAIN("a question that ends early", HEADER("\1", "\0", "\0") "\1a"),
	NOT_AGAIN("no question", ""),
	NOT_AGAIN("an answer that ends early",
	    HEADER("\1", "\1", "\0") QUESTION HERE "\0\5\0\1\0\0\0"),
};

#define N_AGAIN (int)(sizeof again_rows / sizeof again_rows[0])

START_TEST(asked_again)
{
	struct wax_str packet =
	    wax_exact_n(again_rows[_i].packet, again_rows[_i].n);
	uint8_t out[WAX_PACKET_QUESTION_MAX];
	size_t n =
	    wax_packet_ask_again(packet.p, packet.n, WAX_RR_TXT, 0xabcd, out);

	/* The root's row has NS in its packet; the type is what is given. */
	ck_assert_msg(n == again_rows[_i].n_question &&
	                  memcmp(out, again_rows[_i].question, n) == 0,
	    "%s: %zu octets", again_rows[_i].what, n);
}
END_TEST

#define FLAGS(id, flags, questions, answers, authority) \
	id flags "\0" questions "\0" answers "\0" authority "\0\0"
#define OK "\x81\x80"
#define REPLY(what, reply, packet)                      \
	{                                               \
		what, packet, sizeof(packet) - 1, reply \
	}
#define ID "\xab\xcd"
#define TEXT(owner) owner "\0\x10\0\1\0\0\0\5\0\2\1x"

static const struct {
	const char *what, *packet;
	size_t n;
	enum wax_packet_reply reply;
} reply_rows[] = {
	REPLY("nothing", WAX_REPLY_NOTHING,
	    FLAGS(ID, OK, "\1", "\0", "\0") QUESTION),
	REPLY("nothing, with OPT", WAX_REPLY_NOTHING,
	    FLAGS(ID, OK, "\1", "\0", "\0") QUESTION OPT),
	REPLY("nothing, with SOA", WAX_REPLY_NOTHING,
	    FLAGS(ID, OK, "\1", "\0", "\1") QUESTION SOA),
	REPLY("another case", WAX_REPLY_NOTHING,
	    FLAGS(ID, OK, "\1", "\0", "\0") "\1A\7EXAmple\0\0\x10\0\1"),
	REPLY("no such name", WAX_REPLY_NOTHING,
	    FLAGS(ID, "\x81\x83", "\1", "\0", "\1") QUESTION SOA),
	REPLY("a record of another name", WAX_REPLY_SOMETHING,
	    FLAGS(ID, OK, "\1", "\1", "\0") QUESTION TEXT("\1x\0")),
	REPLY("a record of its own", WAX_REPLY_SOMETHING,
	    FLAGS(ID, OK, "\1", "\1", "\0") QUESTION TEXT(HERE)),
	REPLY("a record of another name, with SOA", WAX_REPLY_SOMETHING,
	    FLAGS(ID, OK, "\1", "\1", "\1") QUESTION TEXT("\1x\0") SOA),
	REPLY("an alias", WAX_REPLY_SOMETHING,
	    FLAGS(ID, OK, "\1", "\1", "\0")
	        QUESTION ALIAS(HERE, "\4", "\1b\300\016")),
	REPLY("a referral", WAX_REPLY_SOMETHING,
	    FLAGS(ID, OK, "\1", "\0", "\1") QUESTION ROOT_NS),
	REPLY("cut off", WAX_REPLY_SOMETHING,
	    FLAGS(ID, "\x83\x80", "\1", "\0", "\0") QUESTION),
	REPLY("authority that ends early", WAX_REPLY_SOMETHING,
	    FLAGS(ID, OK, "\1", "\0", "\1") QUESTION),
	REPLY("SERVFAIL", WAX_REPLY_FAILED,
	    FLAGS(ID, "\x81\x82", "\1", "\0", "\0") QUESTION),
	REPLY("REFUSED", WAX_REPLY_FAILED,
	    FLAGS(ID, "\x81\x85", "\1", "\0", "\0") QUESTION),
	REPLY("another number", WAX_REPLY_OF_ANOTHER,
	    FLAGS("\xab\xce", OK, "\1", "\0", "\0") QUESTION),
	REPLY("a question", WAX_REPLY_OF_ANOTHER,
	    FLAGS(ID, "\1\0", "\1", "\0", "\0") QUESTION),
	REPLY("another opcode", WAX_REPLY_OF_ANOTHER,
	    FLAGS(ID, "\x91\x80", "\1", "\0", "\0") QUESTION),
	REPLY("another name", WAX_REPLY_OF_ANOTHER,
	    FLAGS(ID, OK, "\1", "\0", "\0") "\1b\7example\0\0\x10\0\1"),
	REPLY("another type", WAX_REPLY_OF_ANOTHER,
	    FLAGS(ID, OK, "\1", "\0", "\0") "\1a\7example\0\0\1\0\1"),
	REPLY("another class", WAX_REPLY_OF_ANOTHER,
	    FLAGS(ID, OK, "\1", "\0", "\0") "\1a\7example\0\0\x10\0\3"),
	REPLY("no question", WAX_REPLY_OF_ANOTHER,
	    FLAGS(ID, OK, "\0", "\0", "\0") QUESTION),
	REPLY("a header alone", WAX_REPLY_OF_ANOTHER,
	    FLAGS(ID, OK, "\0", "\0", "\0")),
	REPLY("nothing at all", WAX_REPLY_OF_ANOTHER, ""),
};

#define N_REPLIES (int)(sizeof reply_rows / sizeof reply_rows[0])

START_TEST(replies)
{
	static const uint8_t question[] = ASKED("\1a\7example\0");
	struct wax_str packet =
	    wax_exact_n(reply_rows[_i].packet, reply_rows[_i].n);
	enum wax_packet_reply reply = wax_packet_read_reply(
	    question, sizeof question - 1, packet.p, packet.n);

	ck_assert_msg(reply == reply_rows[_i].reply, "%s: %d",
	    reply_rows[_i].what, (int)reply);
	/* What is cut never says that there is nothing, where it is seen. */
	for (size_t n = 0; n + 1 < sizeof question && n < packet.n; n++)
		ck_assert(
		    wax_packet_read_reply(question, sizeof question - 1,
		        wax_exact_n(packet.p, n).p, n) == WAX_REPLY_OF_ANOTHER);
}
END_TEST

START_TEST(no_authority)
{
	static const char with_soa[] = HEADER("\1", "\0", "\1") QUESTION SOA;
	static const char with_ns[] = HEADER("\1", "\0", "\1") QUESTION NS;
	static const char without[] = HEADER("\1", "\0", "\0") QUESTION OPT;

	ck_assert(!wax_packet_has_no_authority(with_soa, sizeof with_soa - 1));
	ck_assert(!wax_packet_has_no_authority(with_ns, sizeof with_ns - 1));
	ck_assert(wax_packet_has_no_authority(without, sizeof without - 1));
	ck_assert(wax_packet_has_no_authority(with_soa, 20));
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
	tcase_add_loop_test(tc, asked_again, 0, N_AGAIN);
	tcase_add_loop_test(tc, replies, 0, N_REPLIES);
	tcase_add_test(tc, no_authority);
	suite_add_tcase(suite, tc);
	return suite;
}

Suite *(*const wax_suites[])(void) = { packet_suite, NULL };
