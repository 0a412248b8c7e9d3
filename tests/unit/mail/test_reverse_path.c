/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/limits.h"
#include "policy/mail/address.h"
#include "tests/unit/mail/suites.h"

static const struct {
	const char *name;
	struct wax_str argument;
	const char *local_part, *domain; /* NULL: not valid */
} paths[] = {
	{ "plain", ROW_TEXT("<j@d.example>"), "j", "d.example" },
	{ "no brackets", ROW_TEXT("j@d.example"), "j", "d.example" },
	{ "capitals", ROW_TEXT("<J@D.Example>"), "J", "d.example" },
	{ "route and quotes", ROW_TEXT("<@relay:\"a b\"@Dom>"), "a b", "dom" },
	{ "route of two", ROW_TEXT("<@a.example,@b.example:j@d.example>"), "j",
	    "d.example" },
	{ "route of a literal", ROW_TEXT("<@[IPv6:::1]:j@d.example>"), "j",
	    "d.example" },
	{ "route without brackets", ROW_TEXT("@a.example:j@d.example"), "j",
	    "d.example" },
	{ "last at sign", ROW_TEXT("<j@bank.example@d.example>"),
	    "j@bank.example", "d.example" },
	{ "at sign in quotes", ROW_TEXT("<\"j@bank.example\"@d.example>"),
	    "j@bank.example", "d.example" },
	{ "at sign in quotes behind",
	    ROW_TEXT("<j@d.example\"@bank.example\">"), NULL, NULL },
	{ "quoted-pairs", ROW_TEXT("<\"a\\\"@\\\\b\"@d.example>"), "a\"@\\b",
	    "d.example" },
	{ "words and dots", ROW_TEXT("<a.\"b c\".d@d.example>"), "a.b c.d",
	    "d.example" },
	{ "all of atext", ROW_TEXT("<!#$%&'*+-/=?^_`{|}~.@d.example>"),
	    "!#$%&'*+-/=?^_`{|}~.", "d.example" },
	{ "UTF-8",
	    ROW_TEXT("<j\xc3\xb6@b\xc3\xbc"
	             "cher.example>"),
	    "j\xc3\xb6", "xn--bcher-kva.example" },
	{ "trailing dot", ROW_TEXT("<j@d.example.>"), "j", "d.example" },
	{ "single label", ROW_TEXT("<root@localhost>"), "root", "localhost" },
	{ "blanks outside", ROW_TEXT(" < j@d.example > "), "j", "d.example" },
	{ "quotes beside quotes", ROW_TEXT("<\"a\"\"@b\"@d.example>"), "a@b",
	    "d.example" },
	{ "two at signs first", ROW_TEXT("<@a.example@d.example>"), NULL,
	    NULL },
	{ "quotes at the end", ROW_TEXT("\"j@d.example\""), NULL, NULL },
	{ "brackets in quotes", ROW_TEXT("<\"<@a>\"@d.example>"), "<@a>",
	    "d.example" },
	{ "unqualified", ROW_TEXT("<unqualified>"), NULL, NULL },
	{ "unqualified, no brackets", ROW_TEXT("root"), NULL, NULL },
	{ "no local-part", ROW_TEXT("<@d.example>"), NULL, NULL },
	{ "empty local-part", ROW_TEXT("<\"\"@d.example>"), NULL, NULL },
	{ "no domain", ROW_TEXT("<j@>"), NULL, NULL },
	{ "literal", ROW_TEXT("<j@[192.0.2.1]>"), NULL, NULL },
	{ "comment", ROW_TEXT("<j(@bank.example)@d.example>"), NULL, NULL },
	{ "comment behind", ROW_TEXT("<j@d.example(@bank.example)>"), NULL,
	    NULL },
	{ "brackets within", ROW_TEXT("<j@bank.example>@d.example>"), NULL,
	    NULL },
	{ "brackets twice", ROW_TEXT("<<j@d.example>>"), NULL, NULL },
	{ "not closed", ROW_TEXT("<j@d.example"), NULL, NULL },
	{ "not opened", ROW_TEXT("j@d.example>"), NULL, NULL },
	{ "one bracket", ROW_TEXT("<"), NULL, NULL },
	{ "quotes not closed", ROW_TEXT("<\"j@d.example>"), NULL, NULL },
	{ "escape not closed", ROW_TEXT("<\"j\\\"@d.example>"), NULL, NULL },
	{ "blank within", ROW_TEXT("<a b@d.example>"), NULL, NULL },
	{ "backslash", ROW_TEXT("<a\\@b@d.example>"), NULL, NULL },
	{ "route not closed", ROW_TEXT("<@a.example,j@d.example>"), NULL,
	    NULL },
	{ "route of rubbish", ROW_TEXT("<@a(b):j@d.example>"), NULL, NULL },
	{ "route and nothing", ROW_TEXT("<@a.example:>"), NULL, NULL },
	{ "NUL", ROW_TEXT("<j\0@d.example>"), NULL, NULL },
	{ "quoted tab", ROW_TEXT("<\"a\tb\"@d.example>"), NULL, NULL },
	{ "quoted control", ROW_TEXT("<\"a\001\"@d.example>"), NULL, NULL },
	{ "folded quotes", ROW_TEXT("<\"a\r\n b\"@d.example>"), "a b",
	    "d.example" },
	{ "not UTF-8", ROW_TEXT("<j\xf6@d.example>"), NULL, NULL },
	{ "domain not UTF-8", ROW_TEXT("<j@d\xf6.example>"), NULL, NULL },
	{ "domain with a quote", ROW_TEXT("<j@d'.example>"), NULL, NULL },
};

START_TEST(test_reverse_path)
{
	struct wax_reverse_path path = wax_reverse_path_parse(mail_arena,
	    wax_exact_n(paths[_i].argument.p, paths[_i].argument.n));
	const char *name = paths[_i].name;

	ck_assert_msg(!path.is_null, "%s", name);
	ck_assert_msg(path.is_valid == (paths[_i].domain != NULL), "%s", name);
	ck_assert_wax_str_eq(path.local_part, paths[_i].local_part);
	ck_assert_wax_str_eq(path.domain.text, paths[_i].domain);
}
END_TEST

static const char *const nulls[] = { "<>", "", " <> ", "< >" };

START_TEST(test_reverse_path_null)
{
	struct wax_reverse_path path =
	    wax_reverse_path_parse(mail_arena, wax_exact(nulls[_i]));

	ck_assert(path.is_null);
	ck_assert(path.is_valid);
	ck_assert(wax_domain_is_none(path.domain));
	ck_assert_uint_eq(path.local_part.n, 0);
}
END_TEST

/* `domain` NULL: there is none. */
static const struct {
	const char *name;
	struct wax_str raw;
	const char *domain;
} list_ids[] = {
	{ "plain", ROW_TEXT(" <dev.lists.example>"), "dev.lists.example" },
	{ "phrase", ROW_TEXT(" Dev list <Dev.Lists.Example>"),
	    "dev.lists.example" },
	{ "quoted phrase", ROW_TEXT(" \"a <b.c> d\" <dev.lists.example>"),
	    "dev.lists.example" },
	{ "phrase without quotes", ROW_TEXT(" [Dev] a: b, c <x.example>"),
	    "x.example" },
	{ "apostrophe and parenthesis", ROW_TEXT(" Jo's (x <x.example>"),
	    "x.example" },
	{ "quotes beside the brackets", ROW_TEXT("\"L\"<x.example>"),
	    "x.example" },
	{ "comments", ROW_TEXT(" (<a.b>) L <x.example> (c)"), "x.example" },
	{ "folded", ROW_TEXT(" L\r\n\t<x.example>\r\n "), "x.example" },
	{ "blanks inside", ROW_TEXT(" < x.example >"), "x.example" },
	{ "no brackets", ROW_TEXT(" x.example"), NULL },
	{ "empty", ROW_TEXT(""), NULL },
	{ "empty brackets", ROW_TEXT(" <>"), NULL },
	{ "not closed", ROW_TEXT(" <x.example"), NULL },
	{ "text behind", ROW_TEXT(" <x.example> y"), NULL },
	{ "two", ROW_TEXT(" <x.example> <y.example>"), NULL },
	{ "no domain", ROW_TEXT(" <x+y.example>"), NULL },
	{ "quote not closed", ROW_TEXT(" \"L <x.example>"), NULL },
	{ "NUL", ROW_TEXT(" <x.example\0>"), NULL },
};

START_TEST(test_list_id)
{
	struct wax_domain domain = { { NULL, 0 } };
	bool there = wax_list_id_parse(mail_arena,
	    wax_exact_n(list_ids[_i].raw.p, list_ids[_i].raw.n), &domain);

	ck_assert_msg(
	    there == (list_ids[_i].domain != NULL), "%s", list_ids[_i].name);
	ck_assert_wax_str_eq(domain.text, list_ids[_i].domain);
}
END_TEST

/* What could make a parser look at each octet again and again. */
static const char *const units[] = { "\"", "\\\"", "(", "( (", "<", "()",
	"\"\"", "@", "<@", "[", ":" };

START_TEST(test_large)
{
	struct wax_str unit = wax_str_of(units[_i]);
	struct wax_str text =
	    mail_repeat(units[_i], WAX_FIELD_BYTES_DEFAULT / unit.n);
	struct wax_domain domain;

	ck_assert(!wax_list_id_parse(mail_arena, text, &domain));
	ck_assert(!wax_reverse_path_parse(mail_arena, text).is_valid);
	ck_assert(!wax_srs_parse(mail_arena, text, &domain));
}
END_TEST

static const struct {
	const char *local_part, *original;
} srs[] = {
	{ "SRS0=hash=tt=d.example=user", "d.example" },
	{ "SRS0+hash=tt=d.example=user", "d.example" },
	{ "SRS0-hash=tt=d.example=user", "d.example" },
	{ "srs0=Hash=TT=D.Example=user=with=more", "d.example" },
	{ "SRS0=a+/b=tt=d.example=user", "d.example" },
	{ "SRS1=hash=f.example==hash=tt=d.example=user", "d.example" },
	{ "SRS1+hash=f.example=+hash=tt=d.example=user", "d.example" },
	{ "srs1-hash=f.example=-hash=tt=d.example=user", "d.example" },
	{ "SRS0", NULL },
	{ "SRS0=", NULL },
	{ "SRS0=hash", NULL },
	{ "SRS0=hash=tt", NULL },
	{ "SRS0=hash=tt=d.example", NULL },
	{ "SRS0=hash=tt=d.example=", NULL },
	{ "SRS0==tt=d.example=user", NULL },
	{ "SRS0=hash==d.example=user", NULL },
	{ "SRS0=hash=tt==user", NULL },
	{ "SRS0=hash=tt=d(.example=user", NULL },
	{ "SRS0hash=tt=d.example=user", NULL },
	{ "SRS0/hash=tt=d.example=user", NULL },
	{ "SRS2=hash=tt=d.example=user", NULL },
	{ "XSRS0=hash=tt=d.example=user", NULL },
	{ "SRS1=hash=f.example=hash=tt=d.example=user", NULL },
	{ "SRS1=hash=f.example==hash=tt=d.example=", NULL },
	{ "SRS1=hash===hash=tt=d.example=user", NULL },
	{ "SRS1==f.example==hash=tt=d.example=user", NULL },
	{ "SRS1=hash=f.example=", NULL },
	{ "user", NULL },
	{ "", NULL },
};

START_TEST(test_srs)
{
	struct wax_domain original = { { NULL, 0 } };
	bool is_srs =
	    wax_srs_parse(mail_arena, wax_exact(srs[_i].local_part), &original);

	ck_assert_msg(
	    is_srs == (srs[_i].original != NULL), "%s", srs[_i].local_part);
	if (is_srs)
		ck_assert_wax_str_eq(original.text, srs[_i].original);
}
END_TEST

Suite *
mail_suite_reverse_path(void)
{
	Suite *suite = suite_create("mail/reverse_path");
	TCase *tc = mail_case(suite);

	tcase_add_loop_test(tc, test_reverse_path, 0, ROWS(paths));
	tcase_add_loop_test(tc, test_reverse_path_null, 0, ROWS(nulls));
	tcase_add_loop_test(tc, test_list_id, 0, ROWS(list_ids));
	tcase_add_loop_test(tc, test_large, 0, ROWS(units));
	tcase_add_loop_test(tc, test_srs, 0, ROWS(srs));
	return suite;
}
