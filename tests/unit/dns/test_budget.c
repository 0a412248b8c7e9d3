/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/text.h"
#include "policy/dns/budget.h"
#include "policy/dns/zone.h"
#include "tests/unit/dns/suites.h"

#define DEADLINE 8000

static struct wax_arena *arena;
static struct wax_resolver *shared;

static void
setup(void)
{
	struct wax_err err;

	arena = wax_arena_new("test", 0);
	shared =
	    wax_zone_resolver(arena, wax_zone_parse(arena,
	                                 WAX_STR("*.example TXT yes\n"
	                                         "slow.example FAULT delay=1\n"
	                                         "slow.example TXT late\n"),
	                                 &err));
}

static void
teardown(void)
{
	wax_arena_free(arena);
}

static enum wax_dns_status
ask(struct wax_resolver *resolver, unsigned i)
{
	return wax_dns_lookup(resolver, arena,
	    wax_textf(arena, "n%u.example", i), WAX_RR_TXT, DEADLINE)
	    ->status;
}

START_TEST(test_budget_refuses_past_its_limit)
{
	struct wax_budget *budget = wax_budget_new(arena, shared, 10, 3);
	struct wax_resolver *general = wax_budget_general(budget);
	struct wax_resolver *reserved = wax_budget_reserved(budget);

	for (unsigned i = 0; i < 7; i++)
		ck_assert_int_eq(ask(general, i), WAX_DNS_OK);
	ck_assert(!wax_budget_exceeded(budget));
	ck_assert_int_eq(ask(general, 7), WAX_DNS_LIMIT);
	ck_assert(wax_budget_exceeded(budget));
	/* What was asked before can be read on. */
	ck_assert_int_eq(ask(general, 0), WAX_DNS_OK);
	/* The reserve is for the other face only. */
	for (unsigned i = 10; i < 13; i++)
		ck_assert_int_eq(ask(reserved, i), WAX_DNS_OK);
	ck_assert_int_eq(ask(reserved, 13), WAX_DNS_LIMIT);
	ck_assert_uint_eq(wax_budget_asked(budget), 10);
}
END_TEST

START_TEST(test_budget_lets_the_reserve_ask_what_was_refused)
{
	struct wax_budget *budget = wax_budget_new(arena, shared, 2, 1);

	ck_assert_int_eq(ask(wax_budget_general(budget), 1), WAX_DNS_OK);
	ck_assert_int_eq(ask(wax_budget_general(budget), 2), WAX_DNS_LIMIT);
	ck_assert_int_eq(ask(wax_budget_reserved(budget), 2), WAX_DNS_OK);
	ck_assert_int_eq(ask(wax_budget_general(budget), 2), WAX_DNS_OK);
}
END_TEST

START_TEST(test_budget_does_not_miss_what_was_only_asked_ahead)
{
	struct wax_budget *budget = wax_budget_new(arena, shared, 2, 1);
	struct wax_resolver *general = wax_budget_general(budget);
	size_t n;

	wax_dns_prefetch(general, WAX_STR("n0.example"), WAX_RR_TXT);
	wax_dns_prefetch(general, WAX_STR("n1.example"), WAX_RR_TXT);
	ck_assert(!wax_budget_exceeded(budget));
	(void)wax_budget_trace(budget, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(ask(general, 1), WAX_DNS_LIMIT);
	ck_assert(wax_budget_exceeded(budget));
}
END_TEST

START_TEST(test_budget_takes_from_the_general_part_what_the_reserve_used)
{
	struct wax_budget *budget = wax_budget_new(arena, shared, 4, 2);

	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(
		    ask(wax_budget_reserved(budget), i), WAX_DNS_OK);
	ck_assert_int_eq(ask(wax_budget_general(budget), 3), WAX_DNS_OK);
	ck_assert_int_eq(ask(wax_budget_general(budget), 4), WAX_DNS_LIMIT);
}
END_TEST

START_TEST(test_budget_counts_a_question_once)
{
	struct wax_budget *budget = wax_budget_new(arena, shared, 10, 0);
	struct wax_resolver *general = wax_budget_general(budget);
	const struct wax_question *trace;
	size_t n;

	wax_dns_prefetch(general, WAX_STR("a.example"), WAX_RR_TXT);
	(void)wax_dns_lookup(
	    general, arena, WAX_STR("A.Example."), WAX_RR_TXT, DEADLINE);
	(void)wax_dns_lookup(
	    general, arena, WAX_STR("a.example"), WAX_RR_A, DEADLINE);
	ck_assert_uint_eq(wax_budget_asked(budget), 2);
	trace = wax_budget_trace(budget, &n);
	ck_assert_uint_eq(n, 2);
	ck_assert_wax_str_eq(trace[0].qname, "a.example");
	ck_assert_int_eq(trace[0].type, WAX_RR_TXT);
	ck_assert_int_eq(trace[0].answer->status, WAX_DNS_OK);
	ck_assert_int_eq(trace[1].answer->status, WAX_DNS_NODATA);
}
END_TEST

START_TEST(test_budget_never_asks_the_impossible)
{
	struct wax_budget *budget = wax_budget_new(arena, shared, 10, 0);
	struct wax_resolver *general = wax_budget_general(budget);

	wax_dns_prefetch(general, WAX_STR("a\tb.example"), WAX_RR_TXT);
	ck_assert_int_eq(wax_dns_lookup(general, arena, WAX_STR("a..example"),
	                     WAX_RR_TXT, DEADLINE)
	                     ->status,
	    WAX_DNS_NXDOMAIN);
	ck_assert_uint_eq(wax_budget_asked(budget), 0);
}
END_TEST

START_TEST(test_budget_waits_for_what_is_outstanding)
{
	struct wax_budget *budget = wax_budget_new(arena, shared, 10, 0);
	struct wax_resolver *general = wax_budget_general(budget);

	ck_assert(!general->ops->wait_any(general, DEADLINE));
	wax_dns_prefetch(general, WAX_STR("slow.example"), WAX_RR_TXT);
	wax_dns_prefetch(general, WAX_STR("fast.example"), WAX_RR_TXT);
	ck_assert_ptr_null(
	    wax_dns_peek(general, arena, WAX_STR("slow.example"), WAX_RR_TXT));
	ck_assert_ptr_null(wax_dns_peek(
	    general, arena, WAX_STR("unasked.example"), WAX_RR_TXT));
	ck_assert(general->ops->wait_any(general, DEADLINE));
	ck_assert(general->ops->wait_any(general, DEADLINE));
	ck_assert(!general->ops->wait_any(general, DEADLINE));
	ck_assert_wax_str_eq(
	    wax_dns_peek(general, arena, WAX_STR("slow.example"), WAX_RR_TXT)
	        ->rr[0]
	        .txt.text,
	    "late");
}
END_TEST

START_TEST(test_budget_asks_nothing_twice_after_a_failure)
{
	struct wax_budget *budget = wax_budget_new(arena, shared, 10, 0);
	struct wax_resolver *general = wax_budget_general(budget);

	ck_assert_int_eq(wax_dns_lookup(general, arena, WAX_STR("slow.example"),
	                     WAX_RR_TXT, 1)
	                     ->status,
	    WAX_DNS_TEMPFAIL);
	ck_assert_int_eq(wax_dns_lookup(general, arena, WAX_STR("slow.example"),
	                     WAX_RR_TXT, DEADLINE)
	                     ->status,
	    WAX_DNS_TEMPFAIL);
}
END_TEST

Suite *
wax_budget_suite(void)
{
	Suite *s = suite_create("budget");
	TCase *tc = tcase_create("budget");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_budget_refuses_past_its_limit);
	tcase_add_test(tc, test_budget_lets_the_reserve_ask_what_was_refused);
	tcase_add_test(tc, test_budget_does_not_miss_what_was_only_asked_ahead);
	tcase_add_test(
	    tc, test_budget_takes_from_the_general_part_what_the_reserve_used);
	tcase_add_test(tc, test_budget_counts_a_question_once);
	tcase_add_test(tc, test_budget_never_asks_the_impossible);
	tcase_add_test(tc, test_budget_waits_for_what_is_outstanding);
	tcase_add_test(tc, test_budget_asks_nothing_twice_after_a_failure);
	suite_add_tcase(s, tc);
	return s;
}
