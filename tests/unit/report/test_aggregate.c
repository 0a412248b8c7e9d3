/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/report/aggregate.h"
#include "tests/unit/report/suites.h"

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

/* --- periods --------------------------------------------------------------- */

static const struct {
	int64_t time, begin;
} days[] = {
	{ 0, 0 },
	{ 1, 0 },
	{ 86399, 0 },
	{ 86400, 86400 },
	{ 951782399, 951696000 },   /* 2000-02-28 23:59:59 */
	{ 951782400, 951782400 },   /* 2000-02-29 */
	{ 1764028800, 1764028800 }, /* 2025-11-25 */
	{ 4102444799, 4102358400 }, /* 2099-12-31 23:59:59 */
	{ -1, -86400 },
	{ -86400, -86400 },
	{ -86401, -172800 },
};

/* RC-18: a day from 00:00:00 UTC to its last second. */
START_TEST(test_period_is_a_day)
{
	struct wax_period period = wax_period_of(days[_i].time);
	struct wax_period next = wax_period_of(period.end + 1);

	ck_assert_int_eq(period.begin, days[_i].begin);
	ck_assert_int_eq(period.end, days[_i].begin + 86399);
	ck_assert_int_eq(next.begin, period.end + 1);
}
END_TEST

/* --- reports --------------------------------------------------------------- */

#define POLICY                                                         \
	"domain=d.example p=reject sp=reject np=reject adkim=r aspf=r" \
	" t=n by=treewalk fo=0"

static struct wax_str
tuple_from(const char *ip, const char *from)
{
	return wax_textf(arena,
	    "ip=%s disposition=none dkim=fail spf=pass header_from=%s"
	    " envelope_from=",
	    ip, from);
}

static enum wax_status
fill(struct wax_aggregate *report, const char *policy, size_t n,
    const struct wax_stored_record *stored, uint64_t n_unlisted)
{
	struct wax_err err;
	enum wax_status status = wax_aggregate_fill(
	    arena, report, wax_exact(policy), n, stored, n_unlisted, &err);

	ck_assert(status == WAX_OK || err.text[0] != '\0');
	return status;
}

START_TEST(test_reads_what_was_stored)
{
	struct wax_aggregate report = {
		.org_name = WAX_STR("us"),
		.report_id = WAX_STR("1"),
		.period = { 1, 2 },
	};
	struct wax_stored_record stored[] = {
		{ 3, tuple_from("192.0.2.1", "a.example") },
	};

	ck_assert_int_eq(fill(&report, POLICY, 1, stored, 0), WAX_OK);
	ck_assert_wax_str_eq(report.policy.domain, "d.example");
	ck_assert_int_eq(report.policy.p, WAX_P_REJECT);
	ck_assert_uint_eq(report.n, 1);
	ck_assert_uint_eq(report.record[0].count, 3);
	ck_assert(report.record[0].tuple.spf_aligned);
	ck_assert_wax_str_eq(report.record[0].tuple.header_from, "a.example");
	ck_assert_uint_eq(report.error.n, 0);
	/* Who reports is not its business. */
	ck_assert_wax_str_eq(report.org_name, "us");
	ck_assert_wax_str_eq(report.report_id, "1");
	ck_assert(report.period.begin == 1 && report.period.end == 2);
}
END_TEST

START_TEST(test_no_records)
{
	struct wax_aggregate report = { .n = 7 };

	ck_assert_int_eq(fill(&report, POLICY, 0, NULL, 0), WAX_OK);
	ck_assert_uint_eq(report.n, 0);
	ck_assert_uint_eq(wax_aggregate_messages(&report), 0);
}
END_TEST

/* By count, address, text; whatever order the store gives them in. */
START_TEST(test_order_is_fixed)
{
	struct wax_stored_record sorted[] = {
		{ UINT64_C(9000000000), tuple_from("unknown", "a.example") },
		{ 20, tuple_from("2001:db8::2", "a.example") },
		{ 9, tuple_from("192.0.2.9", "b.example") },
		{ 9, tuple_from("192.0.2.10", "a.example") },
		{ 9, tuple_from("192.0.2.10", "b.example") },
		{ 9, tuple_from("2001:db8::1", "a.example") },
		{ 1, tuple_from("192.0.2.1", "a.example") },
	};
	enum {
		N = sizeof sorted / sizeof sorted[0]
	};

	for (size_t shift = 0; shift < N; shift++) {
		struct wax_stored_record mixed[N];
		struct wax_aggregate report = { .n = 0 };

		for (size_t i = 0; i < N; i++)
			mixed[(i * 3 + shift) % N] = sorted[i];
		ck_assert_int_eq(fill(&report, POLICY, N, mixed, 0), WAX_OK);
		ck_assert_uint_eq(report.n, N);
		for (size_t i = 0; i < N; i++) {
			ck_assert_uint_eq(
			    report.record[i].count, sorted[i].count);
			ck_assert(wax_str_eq(wax_report_tuple_format(arena,
			                         &report.record[i].tuple),
			    sorted[i].tuple));
		}
		ck_assert_uint_eq(wax_aggregate_messages(&report),
		    UINT64_C(9000000000) + 20 + 4 * 9 + 1);
	}
}
END_TEST

START_TEST(test_error_says_what_was_wrong)
{
	struct wax_aggregate report = { .n = 0 };
	struct wax_stored_record stored[] = {
		{ 3, tuple_from("192.0.2.1", "a.example") },
	};

	ck_assert_int_eq(
	    fill(&report, POLICY " error=\"no p\"", 1, stored, 0), WAX_OK);
	ck_assert_wax_str_eq(report.error, "DMARC Policy Record: no p");
	ck_assert_int_eq(fill(&report, POLICY, 1, stored, 5), WAX_OK);
	ck_assert_wax_str_eq(
	    report.error, "5 more messages in records beyond the first 20000");
	ck_assert_int_eq(
	    fill(&report, POLICY " error=\"no p\"", 1, stored, 1), WAX_OK);
	ck_assert_wax_str_eq(report.error,
	    "DMARC Policy Record: no p;"
	    " 1 more message in records beyond the first 20000");
	/* Unlisted ones are in no record. */
	ck_assert_uint_eq(wax_aggregate_messages(&report), 3);
}
END_TEST

START_TEST(test_refuses_what_is_not_ours)
{
	struct wax_aggregate report = { .n = 0 };
	struct wax_stored_record stored[] = {
		{ 3, tuple_from("192.0.2.1", "a.example") },
		{ 1, WAX_STR("ip=192.0.2.1") },
	};

	ck_assert_int_eq(fill(&report, POLICY " ", 1, stored, 0), WAX_E_SYNTAX);
	ck_assert_int_eq(fill(&report, "", 1, stored, 0), WAX_E_SYNTAX);
	ck_assert_int_eq(fill(&report, POLICY, 2, stored, 0), WAX_E_SYNTAX);
	ck_assert_int_eq(fill(&report, POLICY, 1, stored, 0), WAX_OK);
}
END_TEST

static void
fill_many(struct wax_aggregate *report, size_t n)
{
	struct wax_stored_record *stored = wax_alloc(arena, n, sizeof *stored);

	for (size_t i = 0; i < n; i++) {
		stored[i].count = i % 2 + 1;
		stored[i].tuple = tuple_from(
		    (const char *)wax_str_z(arena,
		        wax_textf(arena, "10.%zu.%zu.1", i / 250, i % 250)),
		    "a.example");
	}
	ck_assert_int_eq(fill(report, POLICY, n, stored, 0), WAX_OK);
}

/* A store keeps no more than that; if it does, the least are left out. */
START_TEST(test_records_are_bounded)
{
	struct wax_aggregate report = { .n = 0 };
	size_t max = WAX_REPORT_RECORDS_MAX;

	fill_many(&report, max);
	ck_assert_uint_eq(report.n, max);
	ck_assert_uint_eq(report.error.n, 0);
	ck_assert_uint_eq(wax_aggregate_messages(&report), max / 2 * 3);
	fill_many(&report, max + 2);
	ck_assert_uint_eq(report.n, max);
	ck_assert_wax_str_eq(
	    report.error, "2 more messages in records beyond the first 20000");
	ck_assert_uint_eq(wax_aggregate_messages(&report), max / 2 * 3 + 1);
}
END_TEST

#define N_DAYS (int)(sizeof days / sizeof days[0])

Suite *
wax_aggregate_suite(void)
{
	Suite *suite = suite_create("aggregate");
	TCase *tcase = tcase_create("aggregate");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_period_is_a_day, 0, N_DAYS);
	tcase_add_test(tcase, test_reads_what_was_stored);
	tcase_add_test(tcase, test_no_records);
	tcase_add_test(tcase, test_order_is_fixed);
	tcase_add_test(tcase, test_error_says_what_was_wrong);
	tcase_add_test(tcase, test_refuses_what_is_not_ours);
	tcase_add_test(tcase, test_records_are_bounded);
	suite_add_tcase(suite, tcase);
	return suite;
}
