/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "policy/base/limits.h"
#include "policy/dns/answer.h"
#include "tests/unit/dns/suites.h"

#define WIRE(literal)                           \
	{                                       \
		"" literal, sizeof(literal) - 1 \
	}

static const struct {
	const char *name;
	enum wax_rrtype type;
	struct wax_wire wire;
	bool good;
} rdata[] = {
	{ "A", WAX_RR_A, WIRE("\300\0\2\1"), true },
	{ "A short", WAX_RR_A, WIRE("\300\0\2"), false },
	{ "A long", WAX_RR_A, WIRE("\300\0\2\1\1"), false },
	{ "AAAA short", WAX_RR_AAAA, WIRE("\300\0\2\1"), false },
	{ "MX", WAX_RR_MX, WIRE("\0\12\1a\0"), true },
	{ "MX without name", WAX_RR_MX, WIRE("\0\12"), false },
	{ "MX not ended", WAX_RR_MX, WIRE("\0\12\1a"), false },
	{ "MX label too long for it", WAX_RR_MX, WIRE("\0\12\5a\0"), false },
	{ "PTR compressed", WAX_RR_PTR, WIRE("\300\14"), false },
	{ "PTR", WAX_RR_PTR, WIRE("\1a\1b\0"), true },
	{ "PTR empty", WAX_RR_PTR, WIRE(""), false },
	{ "TXT", WAX_RR_TXT, WIRE("\1a"), true },
	{ "TXT empty string", WAX_RR_TXT, WIRE("\0"), true },
	{ "TXT without string", WAX_RR_TXT, WIRE(""), false },
	{ "TXT longer than its rdata", WAX_RR_TXT, WIRE("\5a"), false },
};

START_TEST(test_answer_checks_rdata)
{
	struct wax_str copy = wax_exact_n(rdata[_i].wire.p, rdata[_i].wire.n);
	struct wax_wire wire = { copy.p, copy.n };
	const struct wax_answer *answer =
	    wax_answer_new(WAX_DNS_OK, rdata[_i].type, false, 60, 1, &wire);

	ck_assert_int_eq(
	    answer->status, rdata[_i].good ? WAX_DNS_OK : WAX_DNS_TEMPFAIL);
	ck_assert_uint_eq(answer->n, rdata[_i].good ? 1 : 0);
	wax_answer_unref(answer);
}
END_TEST

START_TEST(test_answer_escapes_names)
{
	struct wax_wire wire = WIRE("\4A.\\\001\1B\0");
	const struct wax_answer *answer =
	    wax_answer_new(WAX_DNS_OK, WAX_RR_PTR, false, 60, 1, &wire);

	ck_assert_wax_str_eq(answer->rr[0].name, "a\\046\\092\\001.b");
	wax_answer_unref(answer);
}
END_TEST

START_TEST(test_answer_bounds_its_records)
{
	static struct wax_wire wires[WAX_DNS_RECORDS_MAX + 1];
	const struct wax_answer *answer;

	for (size_t i = 0; i <= WAX_DNS_RECORDS_MAX; i++)
		wires[i] = (struct wax_wire){ "\300\0\2\1", 4 };
	answer = wax_answer_new(
	    WAX_DNS_OK, WAX_RR_A, false, 60, WAX_DNS_RECORDS_MAX, wires);
	ck_assert_int_eq(answer->status, WAX_DNS_OK);
	wax_answer_unref(answer);
	answer = wax_answer_new(
	    WAX_DNS_OK, WAX_RR_A, false, 60, WAX_DNS_RECORDS_MAX + 1, wires);
	ck_assert_int_eq(answer->status, WAX_DNS_LIMIT);
	wax_answer_unref(answer);
}
END_TEST

START_TEST(test_answer_lives_as_long_as_it_is_held)
{
	struct wax_arena *arena = wax_arena_new("test", 0);
	struct wax_wire wire = WIRE("\5hello");
	const struct wax_answer *answer =
	    wax_answer_new(WAX_DNS_OK, WAX_RR_TXT, false, 60, 1, &wire);

	ck_assert_ptr_eq(wax_answer_hold(arena, answer), answer);
	wax_answer_unref(answer);
	ck_assert_wax_str_eq(answer->rr[0].txt.text, "hello");
	wax_arena_free(arena);
}
END_TEST

static const struct {
	const char *name;
	bool askable;
} names[] = {
	{ "a.example", true },
	{ "_dmarc.a.example", true },
	{ "a+b=c.example", true },
	{ "", false },
	{ ".", false },
	{ "a.example.", false },
	{ ".a", false },
	{ "a b", true },
	{ "a\tb", false },
	{ "a\\b", false },
	{ "a\x7f", false },
	{ "b\xc3\xbc.example", false },
	{ "0123456789012345678901234567890123456789"
	  "01234567890123456789012",
	    true },
	{ "0123456789012345678901234567890123456789"
	  "012345678901234567890123",
	    false },
};

START_TEST(test_qname_is_askable)
{
	ck_assert_int_eq(
	    wax_qname_is_askable(wax_exact(names[_i].name)), names[_i].askable);
}
END_TEST

START_TEST(test_qname_length)
{
	char name[WAX_DOMAIN_MAX + 1];

	for (size_t i = 0; i < sizeof name; i++)
		name[i] = i % 2 == 0 ? 'a' : '.';
	ck_assert(wax_qname_is_askable(wax_exact_n(name, WAX_DOMAIN_MAX)));
	name[WAX_DOMAIN_MAX - 1] = 'a';
	name[WAX_DOMAIN_MAX] = 'a';
	ck_assert(!wax_qname_is_askable(wax_exact_n(name, WAX_DOMAIN_MAX + 1)));
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof(table)[0])

Suite *
wax_answer_suite(void)
{
	Suite *s = suite_create("answer");
	TCase *tc = tcase_create("answer");

	tcase_add_loop_test(tc, test_answer_checks_rdata, 0, N(rdata));
	tcase_add_test(tc, test_answer_escapes_names);
	tcase_add_test(tc, test_answer_bounds_its_records);
	tcase_add_test(tc, test_answer_lives_as_long_as_it_is_held);
	tcase_add_loop_test(tc, test_qname_is_askable, 0, N(names));
	tcase_add_test(tc, test_qname_length);
	suite_add_tcase(s, tc);
	return s;
}
