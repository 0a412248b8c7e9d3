/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * corpus.c - the first driver of the corpus: every scenario through the
 * library, and the rules that the corpus itself must keep.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/base/text.h"
#include "tests/scenarios/scenario.h"

static struct wax_arena *names; /* of the list below */
static const char *corpus;
static const char *const *directories;
static size_t n_directories;

static struct wax_arena *arena;

static void
setup(void)
{
	arena = wax_arena_new("scenario", 0);
}

static void
teardown(void)
{
	wax_arena_free(arena);
}

static struct scenario
read_or_fail(const char *directory)
{
	struct scenario scenario;
	struct wax_str why = { NULL, 0 };

	if (!scenario_read(arena, directory, &scenario, &why))
		ck_abort_msg("%s: %.*s", directory, WAX_FMT(why));
	return scenario;
}

static bool
contains(struct wax_str s, struct wax_str part)
{
	for (size_t i = 0; i + part.n <= s.n; i++)
		if (wax_str_starts(wax_str_from(s, i), part))
			return true;
	return false;
}

static bool
is_at_most(struct wax_str got, struct wax_str allowed)
{
	unsigned long a, b;

	return wax_str_number(got, 100000, &a) &&
	       wax_str_number(allowed, 100000, &b) && a <= b;
}

/* Whether what was observed is what the line expects. */
static bool
is_as_expected(
    const struct scenario_line *line, struct wax_str got, bool is_first_reply)
{
	if (wax_str_eq(line->key, WAX_STR("reply")))
		return is_first_reply ? wax_str_starts(got, line->value)
		                      : contains(got, line->value);
	if (wax_str_eq(line->key, WAX_STR("queries")))
		return is_at_most(got, line->value);
	return wax_str_eq(got, line->value);
}

static void
compare(const struct scenario *scenario, const struct scenario_lines *observed,
    struct wax_text *differences)
{
	bool is_first_reply = true;

	for (size_t i = 0; i < scenario->expect.n; i++) {
		const struct scenario_line *line = &scenario->expect.v[i];
		const struct wax_str *got;

		if (wax_str_eq(line->key, WAX_STR("twin")))
			continue;
		got = scenario_get(observed, wax_str_z(arena, line->key));
		if (got == NULL || !is_as_expected(line, *got, is_first_reply))
			wax_text_addf(differences,
			    "\n  %.*s: expected \"%.*s\", got \"%.*s\"",
			    WAX_FMT(line->key), WAX_FMT(line->value),
			    got == NULL ? 7 : (int)got->n,
			    got == NULL ? "nothing" : got->p);
		if (wax_str_eq(line->key, WAX_STR("reply")))
			is_first_reply = false;
	}
}

/* Which lines every expect must have. */
static void
check_is_complete(const struct scenario *scenario)
{
	const struct scenario_lines *expect = &scenario->expect;
	bool is_judged = scenario_get(expect, "exempt") == NULL;

	ck_assert_msg(
	    scenario_get(expect, "action") != NULL &&
	        scenario_get(expect, "twin") != NULL &&
	        (!is_judged || (scenario_get(expect, "spf") != NULL &&
	                           scenario_get(expect, "dmarc") != NULL)),
	    "%.*s: expect lacks action, twin, spf or dmarc",
	    WAX_FMT(scenario->name));
}

START_TEST(test_scenario)
{
	struct scenario scenario = read_or_fail(directories[_i]);
	struct scenario_lines observed;
	struct wax_str why = { NULL, 0 };
	struct wax_text differences;

	check_is_complete(&scenario);
	if (!scenario_judge(arena, corpus, &scenario, &observed, &why))
		ck_abort_msg(
		    "%.*s: %.*s", WAX_FMT(scenario.name), WAX_FMT(why));
	wax_text_init(&differences, arena);
	compare(&scenario, &observed, &differences);
	ck_assert_msg(differences.n == 0, "%.*s:%.*s", WAX_FMT(scenario.name),
	    WAX_FMT(wax_text_str(&differences)));
}
END_TEST

/* A twin differs in one of the three files, and in its action. */
START_TEST(test_twin)
{
	struct scenario one = read_or_fail(directories[_i]);
	const struct wax_str *name = scenario_get(&one.expect, "twin");
	struct scenario other;
	size_t differing;

	ck_assert_msg(name != NULL, "%.*s: no twin", WAX_FMT(one.name));
	other =
	    read_or_fail(wax_textf(arena, "%s/%.*s", corpus, WAX_FMT(*name)).p);
	differing = (size_t)!wax_str_eq(one.zone, other.zone) +
	            (size_t)!wax_str_eq(one.session_text, other.session_text) +
	            (size_t)!wax_str_eq(one.message, other.message);
	ck_assert_msg(differing == 1,
	    "%.*s and its twin %.*s differ in %zu of zone, session, message",
	    WAX_FMT(one.name), WAX_FMT(*name), differing);
	ck_assert_msg(!wax_str_eq(*scenario_get(&one.expect, "action"),
	                  *scenario_get(&other.expect, "action")),
	    "%.*s and its twin %.*s have the same action", WAX_FMT(one.name),
	    WAX_FMT(*name));
}
END_TEST

static int
run(const char *name, const TTest *test, size_t *n)
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, test, 0, (int)n_directories);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	*n = (size_t)srunner_ntests_run(runner);
	srunner_free(runner);
	return failed;
}

int
main(void)
{
	const char *srcdir = getenv("srcdir");
	size_t n = 0, ignored = 0;
	int failed, bad_twins;

	names = wax_arena_new("names", 0);
	corpus =
	    wax_textf(names, "%s/tests/scenarios", srcdir ? srcdir : ".").p;
	n_directories = scenario_list(names, corpus, &directories);
	failed = run("scenarios", test_scenario, &n);
	bad_twins = run("twins", test_twin, &ignored);
	(void)printf(
	    "%zu of %zu scenarios\n", n - (size_t)failed, n_directories);
	wax_arena_free(names);
	return failed == 0 && bad_twins == 0 && n_directories > 0
	           ? EXIT_SUCCESS
	           : EXIT_FAILURE;
}
