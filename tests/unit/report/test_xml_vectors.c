/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/reports/vectors: what keeps the schema, and what keeps the rules that
 * it cannot say. tests/conformance/report_schema.sh shows the same files to
 * xmllint.
 */
#include <string.h>

#include "policy/base/text.h"
#include "tests/unit/report/xml_suites.h"

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
next_word(struct wax_str *line)
{
	struct wax_str word;

	ck_assert(wax_str_cut(line, ' ', &word));
	return word;
}

/* NAME valid|invalid WORD */
static void
one_vector(struct wax_str line)
{
	struct wax_str name = next_word(&line);
	struct wax_str verdict = next_word(&line);
	struct wax_str word = next_word(&line);
	struct wax_str path =
	    wax_textf(arena, "vectors/%.*s.xml", WAX_FMT(name));
	struct wax_str document = read_report_file(arena, path.p);
	struct wax_err err = { 0 };
	enum wax_status status =
	    wax_xml_check(wax_exact_n(document.p, document.n), &err);

	if (wax_str_eq(word, WAX_STR("-"))) {
		ck_assert_wax_str_eq(verdict, "valid");
		ck_assert_msg(status == WAX_OK, "%s: %s", path.p, err.text);
		return;
	}
	ck_assert_msg(status == WAX_E_SYNTAX, "%s: taken", path.p);
	ck_assert_msg(strncmp(err.text, "line ", 5) == 0 ||
	                  strstr(err.text, "date_range") != NULL,
	    "%s: no line: %s", path.p, err.text);
	ck_assert_msg(strstr(err.text, wax_str_z(arena, word)) != NULL,
	    "%s: \"%s\" does not say \"%.*s\"", path.p, err.text,
	    WAX_FMT(word));
}

START_TEST(vectors)
{
	struct wax_str rest = read_report_file(arena, "vectors/EXPECT");
	struct wax_str line;
	bool seen[29] = { false };
	size_t n = 0;

	while (wax_str_cut(&rest, '\n', &line)) {
		unsigned long number;

		if (line.n == 0 || line.p[0] == '#')
			continue;
		one_vector(line);
		n++;
		if (wax_str_starts(line, WAX_STR("XS-")) &&
		    wax_str_number(
		        wax_str_head(wax_str_from(line, 3), 2), 28, &number))
			seen[number] = true;
	}
	ck_assert_uint_ge(n, 60);
	for (size_t i = 1; i <= 28; i++)
		ck_assert_msg(seen[i], "there is no XS-%02zu", i);
}
END_TEST

Suite *
wax_xml_vectors_suite(void)
{
	Suite *suite = suite_create("xml vectors");
	TCase *tc = tcase_create("vectors");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, vectors);
	suite_add_tcase(suite, tc);
	return suite;
}
