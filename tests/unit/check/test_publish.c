/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "policy/check/finding.h"
#include "tests/unit/check/suites.h"

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

static const struct {
	const char *owner, *text, *record;
} texts[] = {
	{ "d.example", "v=spf1 -all", "d.example. IN TXT \"v=spf1 -all\"" },
	{ "d.example.", "", "d.example. IN TXT \"\"" },
	{ "_dmarc.d.example", "v=DMARC1; p=none",
	    "_dmarc.d.example. IN TXT \"v=DMARC1; p=none\"" },
	{ "d.example", "a\"b\\c\n\x7f\xff",
	    "d.example. IN TXT \"a\\\"b\\\\c\\010\\127\\255\"" },
	{ "a b(\".d.example", "x",
	    "a\\032b\\040\\034.d.example. IN TXT \"x\"" },
};

START_TEST(text_for_a_zone_file)
{
	ck_assert_wax_str_eq(wax_publish_txt(arena, wax_exact(texts[_i].owner),
	                         wax_exact(texts[_i].text)),
	    texts[_i].record);
}
END_TEST

/* A string has room for 255 octets. */
START_TEST(long_text_for_a_zone_file)
{
	static char long_text[256], want[400];
	struct wax_str all = { long_text, sizeof long_text };

	memset(long_text, 'x', sizeof long_text);
	(void)snprintf(want, sizeof want, "d. IN TXT \"%.255s\"", long_text);
	ck_assert_wax_str_eq(
	    wax_publish_txt(arena, WAX_STR("d"), wax_str_head(all, 255)), want);
	(void)snprintf(want, sizeof want,
	    "d. IN TXT (\n    \"%.255s\"\n    \"x\" )", long_text);
	ck_assert_wax_str_eq(wax_publish_txt(arena, WAX_STR("d"), all), want);
}
END_TEST

START_TEST(mx_for_a_zone_file)
{
	ck_assert_wax_str_eq(wax_publish_mx(arena, WAX_STR("d.example"), 10,
	                         WAX_STR("mail.d.example")),
	    "d.example. IN MX 10 mail.d.example.");
	ck_assert_wax_str_eq(
	    wax_publish_mx(arena, WAX_STR("d.example"), 0, WAX_STR(".")),
	    "d.example. IN MX 0 .");
}
END_TEST

Suite *
wax_publish_suite(void)
{
	Suite *suite = suite_create("publish");
	TCase *tcase = tcase_create("publish");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, text_for_a_zone_file, 0,
	    (int)(sizeof texts / sizeof *texts));
	tcase_add_test(tcase, long_text_for_a_zone_file);
	tcase_add_test(tcase, mx_for_a_zone_file);
	suite_add_tcase(suite, tcase);
	return suite;
}
