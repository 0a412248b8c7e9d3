/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times on the command line of sealwax-report.
 */
#include "milter/cmd/report_time.h"
#include "tests/support/suite.h"

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

#define NONE (-1)

static const struct {
	const char *text;
	int64_t begin, end;
} times[] = {
	{ "1970-01-01", 0, 86399 },
	{ "2026-11-24", 1795478400, 1795564799 },
	{ "2026-11-24T10:00", 1795514400, 1795514459 },
	{ "2026-11-24T10:00Z", 1795514400, 1795514459 },
	{ "2026-11-24T10:00:30", 1795514430, 1795514430 },
	{ "2026-11-24T10:00:30Z", 1795514430, 1795514430 },
	{ "2026-11-24T23:59:59", 1795564799, 1795564799 },
	{ "2024-02-29", 1709164800, 1709251199 },
	{ "2000-02-29", 951782400, 951868799 },
	{ "9999-12-31", 253402214400, 253402300799 },
	{ "1795478400", 1795478400, 1795478400 },
	{ "0", 0, 0 },
	{ "253402300799", 253402300799, 253402300799 },
	{ "253402300800", NONE, NONE },
	{ "2023-02-29", NONE, NONE },
	{ "1900-02-29", NONE, NONE },
	{ "2026-11-31", NONE, NONE },
	{ "2026-13-01", NONE, NONE },
	{ "2026-00-01", NONE, NONE },
	{ "2026-01-00", NONE, NONE },
	{ "1969-12-31", NONE, NONE },
	{ "2026-11-24T24:00", NONE, NONE },
	{ "2026-11-24T10:60", NONE, NONE },
	{ "2026-11-24T10:00:60", NONE, NONE },
	{ "2026-11-24T10", NONE, NONE },
	{ "2026-11-24T", NONE, NONE },
	{ "2026-11-24T10:00:", NONE, NONE },
	{ "2026-11-24T10:00+01", NONE, NONE },
	{ "2026-11-24Z", NONE, NONE },
	{ "2026-11-24 10:00", NONE, NONE },
	{ "2026-1-4", NONE, NONE },
	{ "20261124T1000", NONE, NONE },
	{ "-1", NONE, NONE },
	{ "", NONE, NONE },
	{ "today", NONE, NONE },
};

START_TEST(times_are_read)
{
	struct wax_str text = wax_exact(times[_i].text);
	int64_t got;

	ck_assert(
	    wax_time_parse(text, false, &got) == (times[_i].begin != NONE));
	if (times[_i].begin == NONE)
		return;
	ck_assert_int_eq(got, times[_i].begin);
	ck_assert(wax_time_parse(text, true, &got));
	ck_assert_int_eq(got, times[_i].end);
}
END_TEST

/* All days of four centuries, there and back. */
START_TEST(days_come_back)
{
	for (int64_t day = 0; day < 146097; day++) {
		struct wax_str text =
		    wax_time_format(arena, day * 86400 + 86399);
		int64_t got;

		ck_assert(wax_time_parse(text, false, &got));
		ck_assert_int_eq(got, day * 86400 + 86399);
		ck_assert(wax_time_parse(wax_str_head(text, 10), false, &got));
		ck_assert_int_eq(got, day * 86400);
		if (day % 1000 == 0)
			wax_arena_reset(arena);
	}
}
END_TEST

static const struct {
	struct wax_period period;
	const char *text;
} periods[] = {
	{ { 1795478400, 1795564799 }, "2026-11-24" },
	{ { 1795478400, 1795564800 }, "2026-11-24" },
	{ { 1795478400, 1795564798 },
	    "2026-11-24T00:00:00Z/2026-11-24T23:59:58Z" },
	{ { 1795478401, 1795564800 },
	    "2026-11-24T00:00:01Z/2026-11-25T00:00:00Z" },
	{ { 0, 0 }, "1970-01-01T00:00:00Z/1970-01-01T00:00:00Z" },
	{ { -86400, -1 }, "-86400/-1" },
	{ { INT64_MIN, INT64_MAX },
	    "-9223372036854775808/9223372036854775807" },
	{ { 253402214400, 253402300799 }, "9999-12-31" },
	{ { 253402300800, 253402387199 }, "253402300800/253402387199" },
};

START_TEST(periods_are_shown)
{
	ck_assert_wax_str_eq(
	    wax_period_format(arena, periods[_i].period), periods[_i].text);
}
END_TEST

START_TEST(ages_are_shown)
{
	ck_assert_wax_str_eq(wax_age_format(arena, -5), "0 s");
	ck_assert_wax_str_eq(wax_age_format(arena, 119), "119 s");
	ck_assert_wax_str_eq(wax_age_format(arena, 120), "2 min");
	ck_assert_wax_str_eq(wax_age_format(arena, 7199), "119 min");
	ck_assert_wax_str_eq(wax_age_format(arena, 7200), "2 h");
	ck_assert_wax_str_eq(wax_age_format(arena, 2 * 86400), "2 d");
}
END_TEST

static Suite *
time_suite(void)
{
	Suite *suite = suite_create("report time");
	TCase *tc = tcase_create("report time");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, times_are_read, 0, (int)(sizeof times / sizeof *times));
	tcase_add_test(tc, days_come_back);
	tcase_add_loop_test(
	    tc, periods_are_shown, 0, (int)(sizeof periods / sizeof *periods));
	tcase_add_test(tc, ages_are_shown);
	suite_add_tcase(suite, tc);
	return suite;
}

Suite *(*const wax_suites[])(void) = { time_suite, NULL };
