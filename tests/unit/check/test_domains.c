/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each domain of tests/domains through the library.
 */
#include "tests/unit/check/domain_case.h"
#include "tests/unit/check/suites.h"
#include "tests/unit/check/zones.h"

/* The program's default. */
#define PATIENCE_MS 8000

static struct wax_arena *arena;
static const char *const *name;
static size_t n_names;
static struct wax_engines *psl;

static void
setup(void)
{
	arena = wax_arena_new("test", 0);
	name = wax_domain_cases(arena, &n_names);
	psl = check_suffixes(arena);
}

static void
teardown(void)
{
	wax_engines_close(psl);
	wax_arena_free(arena);
}

static struct wax_str
words_found(const struct wax_findings *findings)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < findings->list.n; i++)
		wax_text_addf(&text, " %s",
		    wax_finding_kind(findings->list.v[i].id)->word);
	return wax_text_str(&text);
}

static size_t
times_expected(const struct wax_domain_case *one, struct wax_str word)
{
	size_t n = 0;

	for (size_t i = 0; i < one->ids.n; i++)
		n += wax_str_eq(one->ids.v[i], word);
	return n;
}

static size_t
times_found(const struct wax_findings *findings, struct wax_str word)
{
	size_t n = 0;

	for (size_t i = 0; i < findings->list.n; i++)
		n += wax_str_eq(word,
		    wax_str_of(wax_finding_kind(findings->list.v[i].id)->word));
	return n;
}

static void
assert_ids(
    const struct wax_domain_case *one, const struct wax_findings *findings)
{
	bool is_same = one->ids.n == findings->list.n;

	for (size_t i = 0; i < one->ids.n; i++)
		is_same &= times_expected(one, one->ids.v[i]) ==
		           times_found(findings, one->ids.v[i]);
	ck_assert_msg(is_same, "%.*s: found%.*s", WAX_FMT(one->name),
	    WAX_FMT(words_found(findings)));
}

static bool
has_part(struct wax_str s, struct wax_str part)
{
	for (; s.n >= part.n; s = wax_str_from(s, 1))
		if (wax_str_starts(s, part))
			return true;
	return false;
}

static bool
has_line(struct wax_str s, struct wax_str line)
{
	struct wax_str one;

	while (wax_str_cut(&s, '\n', &one))
		if (wax_str_eq(one, line))
			return true;
	return false;
}

static void
assert_says(
    const struct wax_domain_case *one, const struct wax_findings *findings)
{
	for (size_t i = 0; i < one->says.n; i++) {
		bool is_said = false;

		for (size_t j = 0; j < findings->list.n; j++)
			is_said |=
			    has_part(findings->list.v[j].what, one->says.v[i]);
		ck_assert_msg(is_said, "%.*s: nobody says \"%.*s\"",
		    WAX_FMT(one->name), WAX_FMT(one->says.v[i]));
	}
	for (size_t i = 0; i < one->publish.n; i++) {
		bool is_told = false;

		for (size_t j = 0; j < findings->list.n; j++)
			is_told |= has_line(
			    findings->list.v[j].publish, one->publish.v[i]);
		ck_assert_msg(is_told, "%.*s: not to be published: %.*s",
		    WAX_FMT(one->name), WAX_FMT(one->publish.v[i]));
	}
}

static void
check(const struct wax_domain_case *one)
{
	struct wax_findings findings = { .arena = arena };
	const struct wax_domain_check_options options = {
		.n_selectors = one->selectors.n,
		.selector = one->selectors.v,
		.tries_common = one->tries_common,
		.psl = psl,
		.patience_ms = PATIENCE_MS,
	};

	(void)wax_check_domain(&findings, wax_zone_resolver(arena, one->zone),
	    one->domain, &options);
	assert_ids(one, &findings);
	assert_says(one, &findings);
	ck_assert_msg(wax_findings_status(&findings) == (int)one->status,
	    "%.*s: status %d, not %lu", WAX_FMT(one->name),
	    wax_findings_status(&findings), one->status);
}

START_TEST(each_domain_has_its_findings)
{
	size_t n_checked = 0;

	for (size_t i = 0; i < n_names; i++) {
		struct wax_domain_case one =
		    wax_domain_case_read(arena, name[i]);

		if (one.for_program_only)
			continue;
		check(&one);
		n_checked++;
	}
	ck_assert_uint_ge(n_checked, 40);
}
END_TEST

Suite *
wax_domains_suite(void)
{
	Suite *suite = suite_create("domains");
	TCase *tcase = tcase_create("domains");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, each_domain_has_its_findings);
	suite_add_tcase(suite, tcase);
	return suite;
}
