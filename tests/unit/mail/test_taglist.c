/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/mail/taglist.h"
#include "tests/unit/mail/suites.h"

/* The tags as "name[value]..."; NULL: the list is void. */
static const struct {
	const char *name;
	struct wax_str text;
	const char *tags;
} rows[] = {
	{ "one", ROW_TEXT("v=1"), "v[1]" },
	{ "two", ROW_TEXT("v=1;a=rsa-sha256"), "v[1]a[rsa-sha256]" },
	{ "blanks", ROW_TEXT(" v = 1 ; a\t=\tb c "), "v[1]a[b c]" },
	{ "semicolon at the end", ROW_TEXT("v=1;"), "v[1]" },
	{ "that and blanks", ROW_TEXT("v=1; \r\n "), "v[1]" },
	{ "empty value", ROW_TEXT("p="), "p[]" },
	{ "empty values", ROW_TEXT("p= ;n=;"), "p[]n[]" },
	{ "equals in the value", ROW_TEXT("b=ab=="), "b[ab==]" },
	{ "folds", ROW_TEXT("\r\n\tb\r\n\t=\r\n\tab\r\n\tc\r\n\t;\n\th=x"),
	    "b[ab\r\n\tc]h[x]" },
	{ "case of names", ROW_TEXT("a=1;A=2"), "a[1]A[2]" },
	{ "long names", ROW_TEXT("x_1=a;x_10=b"), "x_1[a]x_10[b]" },
	{ "all of VALCHAR",
	    ROW_TEXT("n=!\"#$%&'()*+,-./09:<=>?@AZ[\\]^_`az{|}~"),
	    "n[!\"#$%&'()*+,-./09:<=>?@AZ[\\]^_`az{|}~]" },
	{ "UTF-8 value",
	    ROW_TEXT("d=b\xc3\xbc"
	             "cher.example"),
	    "d[b\xc3\xbc"
	    "cher.example]" },
	{ "empty", ROW_TEXT(""), NULL },
	{ "blanks only", ROW_TEXT("  "), NULL },
	{ "semicolon only", ROW_TEXT(";"), NULL },
	{ "semicolon first", ROW_TEXT(";v=1"), NULL },
	{ "two semicolons", ROW_TEXT("v=1;;a=b"), NULL },
	{ "two semicolons at the end", ROW_TEXT("v=1;;"), NULL },
	{ "no equals sign", ROW_TEXT("v"), NULL },
	{ "no equals sign, second", ROW_TEXT("v=1;a"), NULL },
	{ "no name", ROW_TEXT("=1"), NULL },
	{ "digit first", ROW_TEXT("1v=1"), NULL },
	{ "underscore first", ROW_TEXT("_v=1"), NULL },
	{ "hyphen in a name", ROW_TEXT("a-b=1"), NULL },
	{ "blank in a name", ROW_TEXT("a b=1"), NULL },
	{ "8-bit name", ROW_TEXT("\xc3\xa4=1"), NULL },
	{ "DK-07: twice", ROW_TEXT("v=1;d=x.example;d=y.example"), NULL },
	{ "twice with one value", ROW_TEXT("v=1;a=b;v=1;"), NULL },
	{ "twice, empty", ROW_TEXT("p=;p="), NULL },
	{ "NUL", ROW_TEXT("v=1\0"), NULL },
	{ "NUL in a value", ROW_TEXT("v=1\0;a=b"), NULL },
	{ "NUL in a name", ROW_TEXT("v\0=1"), NULL },
	{ "control", ROW_TEXT("v=\x01"), NULL },
	{ "DEL", ROW_TEXT("v=\x7f"), NULL },
	{ "value not UTF-8",
	    ROW_TEXT("d=b\xfc"
	             "cher.example"),
	    NULL },
	{ "CR", ROW_TEXT("v=1\r;a=b"), NULL },
	{ "line end without fold", ROW_TEXT("v=1;\r\na=b"), NULL },
	{ "line end at the end", ROW_TEXT("v=1;\r\n"), NULL },
};

static const char *
printed(const struct wax_taglist *list)
{
	struct wax_text text;

	wax_text_init(&text, mail_arena);
	for (size_t i = 0; i < list->n; i++)
		wax_text_addf(&text, "%.*s[%.*s]", WAX_FMT(list->tag[i].name),
		    WAX_FMT(list->tag[i].value));
	return text.p;
}

START_TEST(test_parse)
{
	struct wax_str text = wax_exact_n(rows[_i].text.p, rows[_i].text.n);
	struct wax_taglist list;

	ck_assert_msg(wax_taglist_parse(mail_arena, text, &list) ==
	                  (rows[_i].tags != NULL),
	    "%s", rows[_i].name);
	if (rows[_i].tags != NULL)
		ck_assert_str_eq(printed(&list), rows[_i].tags);
}
END_TEST

START_TEST(test_get)
{
	struct wax_str text = wax_exact("v=1; p=; V=2");
	struct wax_taglist list;

	ck_assert(wax_taglist_parse(mail_arena, text, &list));
	ck_assert_wax_str_eq(*wax_taglist_get(&list, "v"), "1");
	ck_assert_wax_str_eq(*wax_taglist_get(&list, "V"), "2");
	ck_assert_ptr_nonnull(wax_taglist_get(&list, "p"));
	ck_assert_uint_eq(wax_taglist_get(&list, "p")->n, 0);
	ck_assert_ptr_null(wax_taglist_get(&list, "P"));
	ck_assert_ptr_null(wax_taglist_get(&list, ""));
}
END_TEST

static struct wax_str
list_of(size_t n)
{
	struct wax_text text;

	wax_text_init(&text, mail_arena);
	for (size_t i = 0; i < n; i++)
		wax_text_addf(&text, "t%zu=x;", i);
	return wax_exact_n(text.p, text.n);
}

START_TEST(test_parse_max_tags)
{
	struct wax_taglist list;

	ck_assert(wax_taglist_parse(mail_arena, list_of(WAX_TAGS_MAX), &list));
	ck_assert_uint_eq(list.n, WAX_TAGS_MAX);
	ck_assert(
	    !wax_taglist_parse(mail_arena, list_of(WAX_TAGS_MAX + 1), &list));
}
END_TEST

/* As large as a field gets. */
static const struct {
	const char *start, *unit, *end;
	bool ok;
} large[] = {
	{ "b=", "a", "", true },
	{ "b=", "a ", "", true },
	{ "b=", "a\r\n ", "", true },
	{ "b=", " ", "", true },
	{ "b=", " ", "\001", false },
	{ "", " ", "b=", true },
	{ "b=x;", " ", "", true },
	{ "b=x;", " ", ";", false },
	{ "", "b", "=x", true },
	{ "", "b=;", "", false },
	{ "b=", ";", "", false },
	{ "b=", "\xc3\xa4", "", true },
};

START_TEST(test_parse_large)
{
	size_t n = WAX_FIELD_BYTES_DEFAULT / wax_str_of(large[_i].unit).n;
	struct wax_str text = mail_join(wax_str_of(large[_i].start),
	    mail_repeat(large[_i].unit, n), wax_str_of(large[_i].end));
	struct wax_taglist list;

	ck_assert_msg(
	    wax_taglist_parse(mail_arena, text, &list) == large[_i].ok, "%d",
	    _i);
}
END_TEST

START_TEST(test_without_space)
{
	ck_assert_wax_str_eq(
	    wax_without_space(mail_arena, wax_exact(" a\r\n\tb c\n ")), "abc");
	ck_assert_wax_str_eq(
	    wax_without_space(mail_arena, wax_exact("abc=")), "abc=");
	ck_assert_wax_str_eq(wax_without_space(mail_arena, wax_exact(" ")), "");
	ck_assert_wax_str_eq(wax_without_space(mail_arena, wax_exact("")), "");
}
END_TEST

Suite *
mail_suite_taglist(void)
{
	Suite *suite = suite_create("mail/taglist");
	TCase *tc = mail_case(suite);

	tcase_add_loop_test(tc, test_parse, 0, ROWS(rows));
	tcase_add_test(tc, test_get);
	tcase_add_test(tc, test_parse_max_tags);
	tcase_add_loop_test(tc, test_parse_large, 0, ROWS(large));
	tcase_add_test(tc, test_without_space);
	return suite;
}
