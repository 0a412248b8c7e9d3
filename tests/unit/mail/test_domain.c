/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/limits.h"
#include "policy/mail/domain.h"
#include "tests/unit/mail/suites.h"

/* `domain` NULL: it is none. */
static const struct {
	const char *name;
	struct wax_str text;
	const char *domain;
} rows[] = {
	{ "plain", ROW_TEXT("d.example"), "d.example" },
	{ "capitals", ROW_TEXT("D.EXAMPLE"), "d.example" },
	{ "trailing dot", ROW_TEXT("d.example."), "d.example" },
	{ "one label", ROW_TEXT("localhost"), "localhost" },
	{ "digits, hyphens, underscores", ROW_TEXT("_1.a--b.3x-"),
	    "_1.a--b.3x-" },
	{ "A-label", ROW_TEXT("xn--bcher-kva.example"),
	    "xn--bcher-kva.example" },
	{ "U-label",
	    ROW_TEXT("b\xc3\xbc"
	             "cher.example"),
	    "xn--bcher-kva.example" },
	{ "U-label in capitals",
	    ROW_TEXT("B\xc3\xbc"
	             "CHER.example"),
	    "xn--bcher-kva.example" },
	{ "U-label, trailing dot",
	    ROW_TEXT("b\xc3\xbc"
	             "cher.example."),
	    "xn--bcher-kva.example" },
	{ "decomposed",
	    ROW_TEXT("bu\xcc\x88"
	             "cher.example"),
	    "xn--bcher-kva.example" },
	{ "sharp s", ROW_TEXT("fa\xc3\x9f.example"), "xn--fa-hia.example" },
	{ "empty", ROW_TEXT(""), NULL },
	{ "dot", ROW_TEXT("."), NULL },
	{ "dot first", ROW_TEXT(".d.example"), NULL },
	{ "empty label", ROW_TEXT("d..example"), NULL },
	{ "two trailing dots", ROW_TEXT("d.example.."), NULL },
	{ "address", ROW_TEXT("192.0.2.1"), NULL },
	{ "top label all digits", ROW_TEXT("d.123"), NULL },
	{ "blank", ROW_TEXT("d .example"), NULL },
	{ "NUL", ROW_TEXT("d.example\0"), NULL },
	{ "NUL behind 8 bits", ROW_TEXT("\xc3\xbc.example\0"), NULL },
	{ "parenthesis", ROW_TEXT("d(.example"), NULL },
	{ "quote", ROW_TEXT("d\".example"), NULL },
	{ "semicolon", ROW_TEXT("d;.example"), NULL },
	{ "at sign", ROW_TEXT("j@d.example"), NULL },
	{ "slash", ROW_TEXT("d/.example"), NULL },
	{ "backslash", ROW_TEXT("d\\.example"), NULL },
	{ "percent", ROW_TEXT("%d.example"), NULL },
	{ "DEL", ROW_TEXT("d\x7f.example"), NULL },
	{ "LF", ROW_TEXT("d.example\n"), NULL },
	{ "full-width letter", ROW_TEXT("\xef\xbd\x84.example"), NULL },
	{ "full-width full stop",
	    ROW_TEXT("d\xef\xbc\x8e"
	             "example"),
	    NULL },
	{ "ideographic full stop",
	    ROW_TEXT("d\xe3\x80\x82"
	             "example"),
	    NULL },
	{ "zero width space", ROW_TEXT("d\xe2\x80\x8b.example"), NULL },
	{ "zero width joiner", ROW_TEXT("d\xe2\x80\x8d.example"), NULL },
	{ "soft hyphen", ROW_TEXT("d\xc2\xad.example"), NULL },
	{ "no-break space", ROW_TEXT("d\xc2\xa0.example"), NULL },
	{ "capital U-umlaut", ROW_TEXT("\xc3\x9c.example"), NULL },
	{ "right-to-left override",
	    ROW_TEXT("\xe2\x80\xae"
	             "d.example"),
	    NULL },
	{ "emoji", ROW_TEXT("\xf0\x9f\x98\x80.example"), NULL },
	{ "Latin-1",
	    ROW_TEXT("b\xfc"
	             "cher.example"),
	    NULL },
	{ "overlong",
	    ROW_TEXT("d\xc0\xae"
	             "example"),
	    NULL },
};

START_TEST(test_parse)
{
	struct wax_str text = wax_exact_n(rows[_i].text.p, rows[_i].text.n);
	struct wax_domain domain = { { NULL, 0 } }, again;

	ck_assert_msg(wax_domain_parse(mail_arena, text, &domain) ==
	                  (rows[_i].domain != NULL),
	    "%s: got %.*s", rows[_i].name, WAX_FMT(domain.text));
	ck_assert_wax_str_eq(domain.text, rows[_i].domain);
	if (rows[_i].domain != NULL) {
		ck_assert(wax_domain_parse(mail_arena, domain.text, &again));
		ck_assert(wax_domain_eq(domain, again));
	}
}
END_TEST

START_TEST(test_parse_lengths)
{
	struct wax_str label = mail_repeat("a", WAX_LABEL_MAX);
	struct wax_str long_label = mail_repeat("a", WAX_LABEL_MAX + 1);
	struct wax_str tail = WAX_STR(".example");
	struct wax_str labels = mail_repeat("abcdefghi.", 25);
	struct wax_domain domain;

	ck_assert(wax_domain_parse(
	    mail_arena, mail_join(label, tail, WAX_STR("")), &domain));
	ck_assert(!wax_domain_parse(
	    mail_arena, mail_join(long_label, tail, WAX_STR("")), &domain));
	ck_assert(wax_domain_parse(mail_arena,
	    mail_join(labels, WAX_STR("abc"), WAX_STR("")), &domain));
	ck_assert_uint_eq(domain.text.n, WAX_DOMAIN_MAX);
	ck_assert(wax_domain_parse(mail_arena,
	    mail_join(labels, WAX_STR("abc"), WAX_STR(".")), &domain));
	ck_assert(!wax_domain_parse(mail_arena,
	    mail_join(labels, WAX_STR("abcd"), WAX_STR("")), &domain));
}
END_TEST

static struct wax_domain
domain_of(const char *z)
{
	struct wax_domain domain = { { NULL, 0 } };

	if (z[0] != '\0')
		ck_assert(wax_domain_parse(mail_arena, wax_exact(z), &domain));
	return domain;
}

static const struct {
	const char *a, *b;
	bool a_is_under_b;
	size_t common;
} pairs[] = {
	{ "d.example", "d.example", true, 2 },
	{ "s.d.example", "d.example", true, 2 },
	{ "t.s.d.example", "d.example", true, 2 },
	{ "d.example", "s.d.example", false, 2 },
	{ "notd.example", "d.example", false, 1 },
	{ "d.example", "example", true, 1 },
	{ "a.x.example", "b.x.example", false, 2 },
	{ "d.example", "d.test", false, 0 },
	{ "ample", "example", false, 0 },
	{ "d.example", "", false, 0 },
	{ "", "d.example", false, 0 },
};

START_TEST(test_relations)
{
	struct wax_domain a = domain_of(pairs[_i].a);
	struct wax_domain b = domain_of(pairs[_i].b);

	ck_assert_msg(wax_domain_is_under(a, b) == pairs[_i].a_is_under_b,
	    "%s under %s", pairs[_i].a, pairs[_i].b);
	ck_assert_uint_eq(wax_domain_common(a, b), pairs[_i].common);
	ck_assert_uint_eq(wax_domain_common(b, a), pairs[_i].common);
}
END_TEST

START_TEST(test_labels_and_parents)
{
	struct wax_domain domain = domain_of("a.b.example");

	ck_assert_uint_eq(wax_domain_labels(domain), 3);
	ck_assert_wax_str_eq(wax_domain_suffix(domain, 4).text, "a.b.example");
	ck_assert_wax_str_eq(wax_domain_suffix(domain, 3).text, "a.b.example");
	ck_assert_wax_str_eq(wax_domain_suffix(domain, 2).text, "b.example");
	ck_assert_wax_str_eq(wax_domain_suffix(domain, 1).text, "example");
	ck_assert(wax_domain_parent(domain, &domain));
	ck_assert_wax_str_eq(domain.text, "b.example");
	ck_assert(wax_domain_parent(domain, &domain));
	ck_assert(!wax_domain_parent(domain, &domain));
	ck_assert_wax_str_eq(domain.text, "example");
	ck_assert_uint_eq(wax_domain_labels(domain_of("")), 0);
	ck_assert(wax_domain_is_none(domain_of("")));
	ck_assert(!wax_domain_is_none(domain));
}
END_TEST

Suite *
mail_suite_domain(void)
{
	Suite *suite = suite_create("mail/domain");
	TCase *tc = mail_case(suite);

	tcase_add_loop_test(tc, test_parse, 0, ROWS(rows));
	tcase_add_test(tc, test_parse_lengths);
	tcase_add_loop_test(tc, test_relations, 0, ROWS(pairs));
	tcase_add_test(tc, test_labels_and_parents);
	return suite;
}
