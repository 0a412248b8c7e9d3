/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/auth/engines.h"

#include <stdlib.h>

#include "policy/auth/engines_impl.h"
#include "policy/auth/result.h"
#include "policy/base/text.h"
#include "tests/support/suite.h"

Suite *wax_engines_suite(void);

START_TEST(opens_and_closes)
{
	const struct wax_engine_options options = { .spf = WAX_SPF_LIBSPF2,
		.org = WAX_ORG_TREEWALK };
	struct wax_err err = { 0 };

	for (int i = 0; i < 3; i++) {
		struct wax_engines *engines = wax_engines_open(&options, &err);

		ck_assert_ptr_nonnull(engines);
		ck_assert_int_eq(engines->spf, WAX_SPF_LIBSPF2);
		ck_assert_ptr_nonnull(engines->dkim_lib);
		ck_assert_ptr_null(engines->psl);
		wax_engines_close(engines);
	}
	wax_engines_close(NULL);
}
END_TEST

/* RFC 8601 s2.7 */
START_TEST(words_of_results)
{
	static const struct {
		const char *word;
		enum wax_result result;
	} rows[] = { { "none", WAX_NONE }, { "pass", WAX_PASS },
		{ "fail", WAX_FAIL }, { "SoftFail", WAX_SOFTFAIL },
		{ "policy", WAX_POLICY }, { "neutral", WAX_NEUTRAL },
		{ "temperror", WAX_TEMPERROR },
		{ "permerror", WAX_PERMERROR } };
	enum wax_result result;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		ck_assert(wax_result_parse(wax_str_of(rows[i].word), &result));
		ck_assert_int_eq(result, rows[i].result);
	}
	ck_assert(!wax_result_parse(WAX_STR("hardfail"), &result));
	ck_assert(!wax_result_parse(WAX_STR(""), &result));
}
END_TEST

START_TEST(psl_that_cannot_be_read_is_an_error)
{
	const struct wax_engine_options options = { .org = WAX_ORG_PSL,
		.psl_file = "/nonexistent/psl" };
	struct wax_err err = { 0 };

	ck_assert_ptr_null(wax_engines_open(&options, &err));
	ck_assert_int_ne(err.status, WAX_OK);
	ck_assert_int_ne(err.text[0], '\0');
}
END_TEST

START_TEST(psl_domain_of_engines)
{
	struct wax_engine_options options = { .org = WAX_ORG_PSL };
	struct wax_domain domain = { WAX_STR_INIT("a.b.co.uk") };
	struct wax_arena *arena = wax_arena_new("test", 0);
	const char *srcdir = getenv("srcdir");
	struct wax_engines *engines;
	struct wax_err err = { 0 };

	options.psl_file = wax_textf(arena, "%s/tests/unit/auth/suffixes.dat",
	    srcdir != NULL ? srcdir : ".")
	                       .p;
	engines = wax_engines_open(&options, &err);
	ck_assert_msg(engines != NULL, "%s", err.text);
	ck_assert_wax_str_eq(
	    wax_engines_psl_domain(engines, domain).text, "b.co.uk");
	wax_engines_close(engines);
	options.org = WAX_ORG_TREEWALK;
	engines = wax_engines_open(&options, &err);
	ck_assert(wax_domain_is_none(wax_engines_psl_domain(engines, domain)));
	wax_engines_close(engines);
	wax_arena_free(arena);
}
END_TEST

Suite *
wax_engines_suite(void)
{
	Suite *suite = suite_create("engines");
	TCase *tc = tcase_create("engines");

	tcase_add_test(tc, opens_and_closes);
	tcase_add_test(tc, words_of_results);
	tcase_add_test(tc, psl_that_cannot_be_read_is_an_error);
	tcase_add_test(tc, psl_domain_of_engines);
	suite_add_tcase(suite, tc);
	return suite;
}
