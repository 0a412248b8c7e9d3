/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The catalogue of findings as a whole: what each entry needs, in the program,
 * in the manual and in the tests. And that no domain of the other corpus, of
 * messages, leads astray.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/base/limits.h"
#include "tests/unit/check/domain_case.h"
#include "tests/unit/check/suites.h"
#include "tests/unit/check/zones.h"

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

static struct wax_str
source(const char *path)
{
	const char *srcdir = getenv("srcdir");
	struct wax_str text = wax_check_read_file(arena,
	    wax_textf(arena, "%s/%s", srcdir != NULL ? srcdir : ".", path));

	ck_assert_msg(text.p != NULL, "%s", path);
	return text;
}

static bool
has_part(struct wax_str s, struct wax_str part)
{
	for (; s.n >= part.n; s = wax_str_from(s, 1))
		if (wax_str_starts(s, part))
			return true;
	return false;
}

START_TEST(words_are_unique)
{
	for (int i = 0; i < WAX_FINDING_IDS; i++)
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(
			    wax_finding_kind((enum wax_finding_id)i)->word,
			    wax_finding_kind((enum wax_finding_id)j)->word);
}
END_TEST

/* Upper-case words with hyphens, the first of them the area's. */
START_TEST(words_tell_the_area)
{
	static const char *const prefix[] = {
		[WAX_AREA_ROUTE] = "MX-",
		[WAX_AREA_SPF] = "SPF-",
		[WAX_AREA_DKIM] = "DKIM-",
		[WAX_AREA_DMARC] = "DMARC-",
		[WAX_AREA_SERVERS] = "NS-",
		[WAX_AREA_OURS] = "OURS-",
	};

	for (int i = 0; i < WAX_FINDING_IDS; i++) {
		const struct wax_finding_kind *kind =
		    wax_finding_kind((enum wax_finding_id)i);
		struct wax_str word = wax_str_of(kind->word);

		ck_assert_msg(
		    wax_str_starts(word, wax_str_of(prefix[kind->area])), "%s",
		    kind->word);
		for (size_t j = 0; j < word.n; j++)
			ck_assert_msg(
			    wax_is_digit(word.p[j]) || word.p[j] == '-' ||
			        (word.p[j] >= 'A' && word.p[j] <= 'Z'),
			    "%s", kind->word);
	}
}
END_TEST

static void
assert_sentence(const char *word, const char *s)
{
	struct wax_str text = wax_str_of(s);

	for (size_t i = 0; i < text.n; i++)
		ck_assert_msg(text.p[i] >= ' ' && text.p[i] <= '~', "%s", word);
	if (text.n > 0)
		ck_assert_msg(
		    (text.p[text.n - 1] == '.' || text.p[text.n - 1] == '?') &&
		        !has_part(text, WAX_STR("  ")),
		    "%s: %s", word, s);
}

/* A meaning each; and what is not a note says what to do. */
START_TEST(findings_have_their_sentences)
{
	for (int i = 0; i < WAX_FINDING_IDS; i++) {
		const struct wax_finding_kind *kind =
		    wax_finding_kind((enum wax_finding_id)i);

		ck_assert_msg(kind->meaning[0] != '\0', "%s", kind->word);
		ck_assert_msg(
		    kind->severity == WAX_NOTE || kind->advice[0] != '\0', "%s",
		    kind->word);
		assert_sentence(kind->word, kind->meaning);
		assert_sentence(kind->word, kind->advice);
		assert_sentence(kind->word, kind->caution);
	}
}
END_TEST

START_TEST(findings_are_in_the_manual)
{
	struct wax_str page = source("man/sealwax-check.1");

	for (int i = 0; i < WAX_FINDING_IDS; i++) {
		const struct wax_finding_kind *kind =
		    wax_finding_kind((enum wax_finding_id)i);

		ck_assert_msg(
		    has_part(page,
		        wax_textf(arena, "\n.It Li %s No (%s)\n", kind->word,
		            wax_severity_word(kind->severity))),
		    "man/sealwax-check.1 has no entry for %s (%s)", kind->word,
		    wax_severity_word(kind->severity));
	}
}
END_TEST

static bool
is_expected(const struct wax_domain_case *one, struct wax_str word)
{
	for (size_t i = 0; i < one->ids.n; i++)
		if (wax_str_eq(one->ids.v[i], word))
			return true;
	return false;
}

/* What test_servers.c draws: it needs more than one zone. */
static bool
is_of_servers(struct wax_str word)
{
	return wax_str_starts(word, WAX_STR("NS-"));
}

START_TEST(findings_are_drawn_by_a_domain)
{
	size_t n;
	const char *const *name = wax_domain_cases(arena, &n);
	bool is_drawn[WAX_FINDING_IDS] = { false };

	for (size_t c = 0; c < n; c++) {
		struct wax_domain_case one =
		    wax_domain_case_read(arena, name[c]);

		for (int i = 0; i < WAX_FINDING_IDS; i++)
			is_drawn[i] |= is_expected(&one,
			    wax_str_of(wax_finding_kind((enum wax_finding_id)i)
			                   ->word));
	}
	for (int i = 0; i < WAX_FINDING_IDS; i++) {
		const struct wax_finding_kind *kind =
		    wax_finding_kind((enum wax_finding_id)i);
		const char *word = kind->word;

		ck_assert_msg(is_drawn[i] || is_of_servers(wax_str_of(word)),
		    "no domain of tests/domains draws %s", word);
	}
}
END_TEST

/* --- the domains of the scenarios ---------------------------------------- */

/* Whether a zone has faults at all. */
static bool
has_faults(struct wax_str zone)
{
	return has_part(zone, WAX_STR("FAULT"));
}

static bool
has_unknown(const struct wax_findings *findings)
{
	for (size_t i = 0; i < findings->list.n; i++)
		if (wax_finding_kind(findings->list.v[i].id)->severity ==
		    WAX_UNKNOWN)
			return true;
	return false;
}

/* The owners of a zone's records, once or more. */
static bool
next_owner(
    struct wax_arena *scratch, struct wax_str *rest, struct wax_domain *out)
{
	struct wax_str line;

	while (wax_str_cut(rest, '\n', &line)) {
		size_t end = 0;

		while (end < line.n && !wax_is_space(line.p[end]))
			end++;
		if (wax_domain_parse(scratch, wax_str_head(line, end), out))
			return true;
	}
	return false;
}

static size_t
check_zone_of(const char *name, struct wax_str text)
{
	struct wax_zone *zone = wax_zone_parse(arena, text, NULL);
	const struct wax_str selector = WAX_STR("s1");
	struct wax_str rest = text;
	struct wax_domain domain;
	size_t n = 0;

	ck_assert_msg(zone != NULL, "%s", name);
	while (next_owner(arena, &rest, &domain)) {
		struct wax_findings findings = { .arena = arena };
		const struct wax_domain_check_options options = {
			.n_selectors = 1,
			.selector = &selector,
			.tries_common = true,
			.patience_ms = DEADLINE,
		};

		(void)wax_check_domain(&findings,
		    wax_zone_resolver(arena, zone), domain, &options);
		ck_assert_msg(!has_unknown(&findings) || has_faults(text),
		    "%s: %.*s is unknown without a fault: %s", name,
		    WAX_FMT(domain.text), check_words(&findings));
		n++;
	}
	return n;
}

START_TEST(domains_of_scenarios_are_checked)
{
	const char *srcdir = getenv("srcdir");
	struct wax_str root = wax_textf(
	    arena, "%s/tests/scenarios", srcdir != NULL ? srcdir : ".");
	DIR *dir = opendir(root.p);
	struct dirent *entry;
	size_t n = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		struct wax_str text = wax_check_read_file(arena,
		    wax_textf(arena, "%s/%s/zone", root.p, entry->d_name));

		if (text.p != NULL)
			n += check_zone_of(entry->d_name, text);
		wax_arena_reset(arena);
		root = wax_textf(
		    arena, "%s/tests/scenarios", srcdir != NULL ? srcdir : ".");
	}
	ck_assert_int_eq(closedir(dir), 0);
	ck_assert_uint_ge(n, 500);
}
END_TEST

Suite *
wax_catalogue_suite(void)
{
	Suite *suite = suite_create("catalogue");
	TCase *tcase = tcase_create("catalogue");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, words_are_unique);
	tcase_add_test(tcase, words_tell_the_area);
	tcase_add_test(tcase, findings_have_their_sentences);
	tcase_add_test(tcase, findings_are_in_the_manual);
	tcase_add_test(tcase, findings_are_drawn_by_a_domain);
	tcase_add_test(tcase, domains_of_scenarios_are_checked);
	suite_add_tcase(suite, tcase);
	return suite;
}
