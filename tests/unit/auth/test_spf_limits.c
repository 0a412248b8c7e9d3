/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each limit at both of its sides.                      RFC 7208 s4.6.4
 */
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/dns/budget.h"
#include "tests/support/recording.h"
#include "tests/unit/auth/spf_suites.h"

#define DEADLINE 8000
#define CLIENT "192.0.2.7"

static struct wax_arena *arena;

static void
setup(void)
{
	arena = wax_arena_new("test", 0);
}

static void
teardown(void)
{
	wax_arena_free(arena);
}

static struct wax_spf_result
evaluate(const struct wax_spf_judge *judge, const char *zone)
{
	struct wax_spf_query query =
	    wax_spf_query_of(arena, "user@d.example", CLIENT);

	return judge->evaluate(
	    arena, wax_spf_zone(arena, zone), &query, DEADLINE);
}

#define A8 "a a a a a a a a "
#define TOO_MANY_TERMS "more than 10 terms need the DNS"
#define TOO_MANY_VOIDS "more than 2 terms ask for what does not exist"

static const struct {
	const char *name;
	const char *zone;
	enum wax_result result;
	const char *reason;
	unsigned terms, voids;
} limits[] = {
	{ "10 terms", "d.example TXT v=spf1 " A8 "a mx +all", WAX_PASS, "", 10,
	    1 },
	{ "11 terms (SP-01)", "d.example TXT v=spf1 " A8 "a mx a +all",
	    WAX_PERMERROR, TOO_MANY_TERMS, 10, 1 },
	{ "11 terms, matched by the 10th",
	    "d.example TXT v=spf1 " A8 "mx exists:d.example a +all", WAX_PASS,
	    "", 10, 1 },
	{ "each kind counts",
	    "d.example TXT v=spf1 " A8 "ptr exists:d.example -all "
	    "redirect=r.example",
	    WAX_PASS, "", 10, 1 },
	{ "10 terms over includes",
	    "d.example TXT v=spf1 include:i.example include:j.example +all\n"
	    "i.example TXT v=spf1 " A8 "-all\ni.example A 192.0.2.9\n"
	    "j.example TXT v=spf1 -all",
	    WAX_PASS, "", 10, 0 },
	{ "11 terms over includes (SP-01)",
	    "d.example TXT v=spf1 include:i.example include:j.example +all\n"
	    "i.example TXT v=spf1 " A8 "-all\ni.example A 192.0.2.9\n"
	    "j.example TXT v=spf1 a -all\nj.example A 192.0.2.9",
	    WAX_PERMERROR, TOO_MANY_TERMS, 10, 0 },
	{ "the 10th is a redirect",
	    "d.example TXT v=spf1 " A8 "a redirect=r.example\n"
	    "r.example TXT v=spf1 +all",
	    WAX_PASS, "", 10, 0 },
	{ "the 11th is a redirect",
	    "d.example TXT v=spf1 " A8 "a a redirect=r.example\n"
	    "r.example TXT v=spf1 +all",
	    WAX_PERMERROR, TOO_MANY_TERMS, 10, 0 },
	{ "an include of itself", "d.example TXT v=spf1 include:d.example",
	    WAX_PERMERROR, TOO_MANY_TERMS, 10, 0 },
	{ "a redirect to itself", "d.example TXT v=spf1 redirect=d.example",
	    WAX_PERMERROR, TOO_MANY_TERMS, 10, 0 },
	{ "2 voids", "d.example TXT v=spf1 a:n1.example exists:n2.example +all",
	    WAX_PASS, "", 2, 2 },
	{ "3 voids (SP-02)",
	    "d.example TXT v=spf1 a:n1.example mx:n2.example "
	    "exists:n3.example +all",
	    WAX_PERMERROR, TOO_MANY_VOIDS, 3, 3 },
	{ "2 voids over includes",
	    "d.example TXT v=spf1 a:n1.example include:i.example +all\n"
	    "i.example TXT v=spf1 a:n2.example -all",
	    WAX_PASS, "", 3, 2 },
	{ "3 voids over includes",
	    "d.example TXT v=spf1 a:n1.example include:i.example +all\n"
	    "i.example TXT v=spf1 a:n2.example a:n3.example -all",
	    WAX_PERMERROR, TOO_MANY_VOIDS, 4, 3 },
	{ "NODATA is void, too", "d.example TXT v=spf1 mx mx mx +all",
	    WAX_PERMERROR, TOO_MANY_VOIDS, 3, 3 },
	{ "the third, a void, before a match",
	    "d.example TXT v=spf1 a:n1.example a:n2.example a:n3.example "
	    "ip4:192.0.2.7",
	    WAX_PERMERROR, TOO_MANY_VOIDS, 3, 3 },
	{ "hosts of an mx are one void together",
	    "d.example TXT v=spf1 mx mx +all\n"
	    "d.example MX 1 n1.example\nd.example MX 2 n2.example\n"
	    "d.example MX 3 n3.example",
	    WAX_PASS, "", 2, 2 },
	{ "names that cannot be asked are none",
	    "d.example TXT v=spf1 a:x..a.example mx:x..b.example "
	    "exists:x..c.example a:x..d.example +all",
	    WAX_PASS, "", 4, 0 },
	{ "exp= is neither",
	    "d.example TXT v=spf1 a:n1.example a:n2.example -all "
	    "exp=n3.example",
	    WAX_FAIL, "", 2, 2 },
};

START_TEST(test_limits)
{
	const struct wax_spf_judge *judge = &wax_spf_judges[_i % N_JUDGES];
	int row = _i / N_JUDGES;
	struct wax_str zone = wax_textf(arena,
	    "d.example A 192.0.2.8\nd.example MX 0 d.example\n%s",
	    limits[row].zone);
	struct wax_spf_result result;

	/* Rows that want voids of d.example bring no MX of it. */
	if (strstr(limits[row].zone, "MX") != NULL || limits[row].voids > 0)
		zone = wax_textf(
		    arena, "d.example A 192.0.2.8\n%s", limits[row].zone);
	result = evaluate(judge, zone.p);
	ck_assert_msg(result.result == limits[row].result, "%s: %s (%.*s)",
	    limits[row].name, wax_result_word(result.result),
	    WAX_FMT(result.reason));
	ck_assert_wax_str_eq(result.reason, limits[row].reason);
	ck_assert_msg(result.terms == limits[row].terms, "%s: %u terms",
	    limits[row].name, result.terms);
	ck_assert_msg(result.voids == limits[row].voids, "%s: %u voids",
	    limits[row].name, result.voids);
	ck_assert(!result.limit_hit);
	ck_assert_int_eq(result.engine, judge->engine);
}
END_TEST

/* n records of a kind, the last of which leads to the client. */
static const char *
many(size_t n, const char *record, const char *owner, const char *type)
{
	struct wax_text zone;

	wax_text_init(&zone, arena);
	wax_text_addf(&zone, "d.example TXT v=spf1 %s\n", record);
	for (size_t i = 1; i <= n; i++) {
		wax_text_addf(&zone, "%s %s h%zu.d.example\n", owner, type, i);
		wax_text_addf(
		    &zone, "h%zu.d.example A 192.0.2.%u\n", i, i == n ? 7 : 8);
	}
	return zone.p;
}

/* SP-03 */
START_TEST(test_limits_of_mx)
{
	const struct wax_spf_judge *judge = &wax_spf_judges[_i];
	struct wax_spf_result result;

	result = evaluate(judge, many(10, "mx -all", "d.example", "MX 0"));
	ck_assert_int_eq(result.result, WAX_PASS);
	result = evaluate(judge, many(11, "mx -all", "d.example", "MX 0"));
	ck_assert_int_eq(result.result, WAX_PERMERROR);
	ck_assert_wax_str_eq(
	    result.reason, "d.example has more than 10 MX hosts");
	ck_assert(!result.limit_hit);
}
END_TEST

/* SP-03: the rest is ignored, that is no error. */
START_TEST(test_limits_of_ptr)
{
	const struct wax_spf_judge *judge = &wax_spf_judges[_i];
	const char *owner = "7.2.0.192.in-addr.arpa";
	struct wax_spf_result result;

	result = evaluate(judge, many(10, "ptr -all", owner, "PTR"));
	ck_assert_int_eq(result.result, WAX_PASS);
	result = evaluate(judge, many(11, "ptr -all", owner, "PTR"));
	ck_assert_int_eq(result.result, WAX_FAIL);
	result = evaluate(
	    judge, many(10, "exists:%{p}.d.example ~all", owner, "PTR"));
	ck_assert_int_eq(result.result, WAX_SOFTFAIL);
}
END_TEST

START_TEST(test_limits_of_record_size)
{
	const struct wax_spf_judge *judge = &wax_spf_judges[_i];
	struct wax_spf_query query =
	    wax_spf_query_of(arena, "user@d.example", CLIENT);
	struct wax_resolver *resolver =
	    wax_spf_zone(arena, "d.example TXT v=spf1 +all");
	struct wax_spf_result result;

	query.max_record_bytes = strlen("v=spf1 +all");
	result = judge->evaluate(arena, resolver, &query, DEADLINE);
	ck_assert_int_eq(result.result, WAX_PASS);
	query.max_record_bytes--;
	result = judge->evaluate(arena, resolver, &query, DEADLINE);
	ck_assert_int_eq(result.result, WAX_PERMERROR);
	ck_assert(result.limit_hit);
	ck_assert_wax_str_eq(
	    result.reason, "the record of d.example is too long: 11 octets");
}
END_TEST

/* The default, for who leaves it to us. */
START_TEST(test_limits_of_record_size_default)
{
	const struct wax_spf_judge *judge = &wax_spf_judges[_i];
	for (size_t over = 0; over < 2; over++) {
		size_t n = WAX_SPF_RECORD_BYTES_DEFAULT + over;
		struct wax_text zone;
		struct wax_spf_result result;

		wax_text_init(&zone, arena);
		wax_text_addz(&zone, "d.example TXT v=spf1 x=");
		for (size_t i = strlen("v=spf1 x= +all"); i < n; i++)
			wax_text_addc(&zone, 'x');
		wax_text_addz(&zone, " +all");
		result = evaluate(judge, zone.p);
		ck_assert_int_eq(
		    result.result, over > 0 ? WAX_PERMERROR : WAX_PASS);
		ck_assert_int_eq(result.limit_hit, over > 0);
	}
}
END_TEST

/* The message's budget: a permanent outcome, and a limit of ours. */
START_TEST(test_limits_of_the_budget)
{
	const struct wax_spf_judge *judge = &wax_spf_judges[_i];
	struct wax_spf_query query =
	    wax_spf_query_of(arena, "user@d.example", CLIENT);
	struct wax_resolver *zone = wax_spf_zone(arena,
	    "d.example TXT v=spf1 a:h1.example a:h2.example ptr exp=e.example "
	    "-all\nh1.example A 192.0.2.1\nh2.example A 192.0.2.2\n"
	    "e.example TXT why");
	static const struct {
		size_t questions;
		enum wax_result result;
		const char *explanation;
	} rows[] = {
		{ 0, WAX_PERMERROR, "" },
		{ 1, WAX_PERMERROR, "" },
		{ 2, WAX_PERMERROR, "" },
		{ 3, WAX_PERMERROR, "" },
		{ 4, WAX_FAIL, "" },
		{ 5, WAX_FAIL, "why" },
	};

	query.want_explanation = true;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct wax_budget *budget =
		    wax_budget_new(arena, zone, rows[i].questions, 0);
		struct wax_spf_result result = judge->evaluate(
		    arena, wax_budget_general(budget), &query, DEADLINE);

		ck_assert_int_eq(result.result, rows[i].result);
		ck_assert_int_eq(
		    result.limit_hit, rows[i].result == WAX_PERMERROR);
		ck_assert_wax_str_eq(result.explanation, rows[i].explanation);
		ck_assert(!result.undecided);
	}
}
END_TEST

/*
 * A tree that would be thousands of questions without a limit over the
 * whole evaluation: nine includes in each record, four deep.
 */
START_TEST(test_limits_hold_for_the_tree)
{
	const struct wax_spf_judge *judge = &wax_spf_judges[_i];
	struct wax_spf_query query =
	    wax_spf_query_of(arena, "user@d.example", CLIENT);
	struct wax_recording *recording;
	struct wax_spf_result result;
	struct wax_text zone;

	wax_text_init(&zone, arena);
	wax_text_addz(&zone, "d.example TXT v=spf1");
	for (unsigned i = 0; i < 9; i++)
		wax_text_addf(&zone, " include:%u.a.example", i);
	for (char level = 'a'; level < 'd'; level++) {
		wax_text_addf(&zone, "\n*.%c.example TXT v=spf1", level);
		for (unsigned i = 0; i < 9; i++)
			wax_text_addf(&zone, " include:%u%%{d1r}.%c.example", i,
			    level + 1);
	}
	wax_text_addz(&zone, "\n*.d.example TXT v=spf1 ?all");
	recording = wax_recording_new(arena, wax_spf_zone(arena, zone.p));
	result = judge->evaluate(
	    arena, wax_recording_resolver(recording), &query, DEADLINE);
	ck_assert_int_eq(result.result, WAX_PERMERROR);
	ck_assert_uint_eq(result.terms, 10);
	ck_assert_uint_le(wax_recording_count(recording), 11);
}
END_TEST

Suite *
wax_spf_limits_suite(void)
{
	Suite *s = suite_create("spf limits");
	TCase *tc = tcase_create("limits");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_limits, 0, N(limits) * N_JUDGES);
	tcase_add_loop_test(tc, test_limits_of_mx, 0, N_JUDGES);
	tcase_add_loop_test(tc, test_limits_of_ptr, 0, N_JUDGES);
	tcase_add_loop_test(tc, test_limits_of_record_size, 0, N_JUDGES);
	tcase_add_loop_test(
	    tc, test_limits_of_record_size_default, 0, N_JUDGES);
	tcase_add_loop_test(tc, test_limits_of_the_budget, 0, N_JUDGES);
	tcase_add_loop_test(tc, test_limits_hold_for_the_tree, 0, N_JUDGES);
	suite_add_tcase(s, tc);
	return s;
}
