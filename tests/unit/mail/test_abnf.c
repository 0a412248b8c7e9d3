/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/limits.h"
#include "policy/mail/abnf.h"
#include "tests/unit/mail/suites.h"

typedef bool skip_function(struct wax_str *rest);

static bool
skip_comment_2(struct wax_str *rest)
{
	return wax_skip_comment(rest, 2);
}

static bool
skip_tag_value(struct wax_str *rest)
{
	wax_skip_tag_value(rest);
	return true;
}

/* How many octets each rule takes from the front; -1: it is not there. */
static const struct {
	const char *name;
	skip_function *skip;
	struct wax_str text;
	int taken;
} skips[] = {
	{ "fws: empty", wax_skip_fws, ROW_TEXT(""), -1 },
	{ "fws: blanks", wax_skip_fws, ROW_TEXT(" \t x"), 3 },
	{ "fws: fold with CRLF", wax_skip_fws, ROW_TEXT("\r\n x"), 3 },
	{ "fws: fold with LF", wax_skip_fws, ROW_TEXT("\n\tx"), 2 },
	{ "fws: blank lines", wax_skip_fws, ROW_TEXT(" \r\n \r\n \n x"), 9 },
	{ "fws: line end without blank", wax_skip_fws, ROW_TEXT(" \r\nx"), 1 },
	{ "fws: line end at the end", wax_skip_fws, ROW_TEXT(" \r\n"), 1 },
	{ "fws: CR alone", wax_skip_fws, ROW_TEXT("\r x"), -1 },
	{ "fws: CR CR LF", wax_skip_fws, ROW_TEXT("\r\r\n x"), -1 },
	{ "fws: CR at the end", wax_skip_fws, ROW_TEXT("\r"), -1 },
	{ "comment: empty", skip_comment_2, ROW_TEXT("()x"), 2 },
	{ "comment: text", skip_comment_2, ROW_TEXT("(a \"b <c@d>)"), 12 },
	{ "comment: at the bound", skip_comment_2, ROW_TEXT("((a)(b))"), 8 },
	{ "comment: beyond it", skip_comment_2, ROW_TEXT("((()))"), -1 },
	{ "comment: quoted-pairs", skip_comment_2, ROW_TEXT("(\\)\\(\\\\)"),
	    8 },
	{ "comment: folded", skip_comment_2, ROW_TEXT("(a\r\n b\n\tc)"), 10 },
	{ "comment: 8 bits", skip_comment_2, ROW_TEXT("(\xc3\xa4\xff)"), 5 },
	{ "comment: not closed", skip_comment_2, ROW_TEXT("(a"), -1 },
	{ "comment: inner closed only", skip_comment_2, ROW_TEXT("((a)"), -1 },
	{ "comment: ends in a backslash", skip_comment_2, ROW_TEXT("(\\"), -1 },
	{ "comment: NUL", skip_comment_2, ROW_TEXT("(\0)"), -1 },
	{ "comment: quoted NUL", skip_comment_2, ROW_TEXT("(\\\0)"), -1 },
	{ "comment: control", skip_comment_2, ROW_TEXT("(\x7f)"), -1 },
	{ "comment: CR", skip_comment_2, ROW_TEXT("(\r)"), -1 },
	{ "comment: line end", skip_comment_2, ROW_TEXT("(\r\n)"), -1 },
	{ "cfws: nothing", wax_skip_cfws, ROW_TEXT("x"), 0 },
	{ "cfws: mixed", wax_skip_cfws, ROW_TEXT(" (a)\r\n (b)(c) x"), 14 },
	{ "cfws: not closed", wax_skip_cfws, ROW_TEXT(" (a) (b"), -1 },
	{ "atom", wax_skip_atom, ROW_TEXT("a!#$%&'*+-/=?^_`{|}~9."), 21 },
	{ "atom: 8 bits", wax_skip_atom, ROW_TEXT("J\xc3\xb6rg "), 5 },
	{ "atom: special", wax_skip_atom, ROW_TEXT("@"), -1 },
	{ "atom: NUL", wax_skip_atom, ROW_TEXT("a\0b"), 1 },
	{ "atom: empty", wax_skip_atom, ROW_TEXT(""), -1 },
	{ "quoted-string: empty", wax_skip_quoted_string, ROW_TEXT("\"\""), 2 },
	{ "quoted-string: pairs", wax_skip_quoted_string,
	    ROW_TEXT("\"a\\\"b\\\\\"c"), 8 },
	{ "quoted-string: tab", wax_skip_quoted_string, ROW_TEXT("\"\t\""), 3 },
	{ "quoted-string: folded", wax_skip_quoted_string,
	    ROW_TEXT("\"a\r\n b\""), 7 },
	{ "quoted-string: not closed", wax_skip_quoted_string,
	    ROW_TEXT("\"a\\\""), -1 },
	{ "quoted-string: line end", wax_skip_quoted_string,
	    ROW_TEXT("\"a\nb\""), -1 },
	{ "quoted-string: quoted line end", wax_skip_quoted_string,
	    ROW_TEXT("\"a\\\r\n b\""), -1 },
	{ "quoted-string: NUL", wax_skip_quoted_string, ROW_TEXT("\"\0\""),
	    -1 },
	{ "token", wax_skip_token, ROW_TEXT("mx.Example-1_x!;"), 15 },
	{ "token: slash", wax_skip_token, ROW_TEXT("a/b"), 1 },
	{ "token: 8 bits", wax_skip_token, ROW_TEXT("\xc3\xa4"), -1 },
	{ "token: DEL", wax_skip_token, ROW_TEXT("a\x7f"), 1 },
	{ "tag-name", wax_skip_tag_name, ROW_TEXT("x_1-"), 3 },
	{ "tag-name: digit first", wax_skip_tag_name, ROW_TEXT("1x"), -1 },
	{ "tag-value: empty", skip_tag_value, ROW_TEXT(""), 0 },
	{ "tag-value: blanks only", skip_tag_value, ROW_TEXT(" \t"), 0 },
	{ "tag-value: white space within", skip_tag_value,
	    ROW_TEXT("a=b \r\n\tc\n d  ;e"), 11 },
	{ "tag-value: control", skip_tag_value, ROW_TEXT("a\001"), 1 },
	{ "tag-value: UTF-8", skip_tag_value, ROW_TEXT("\xc3\xa4;"), 2 },
	{ "tag-value: not UTF-8", skip_tag_value, ROW_TEXT("a\xe4;"), 1 },
};

START_TEST(test_skip)
{
	struct wax_str text = wax_exact_n(skips[_i].text.p, skips[_i].text.n);
	struct wax_str rest = text;
	bool there = skips[_i].skip(&rest);
	size_t taken = skips[_i].taken < 0 ? 0 : (size_t)skips[_i].taken;

	ck_assert_msg(there == (skips[_i].taken >= 0), "%s", skips[_i].name);
	ck_assert_msg(rest.n == text.n - taken && rest.p == text.p + taken,
	    "%s: took %zu", skips[_i].name, text.n - rest.n);
	ck_assert_uint_eq(wax_skipped(text, rest).n, taken);
}
END_TEST

START_TEST(test_comment_depth_bound)
{
	struct wax_str at = mail_join(mail_repeat("(", WAX_COMMENT_DEPTH_MAX),
	    WAX_STR("x"), mail_repeat(")", WAX_COMMENT_DEPTH_MAX));
	struct wax_str beyond = mail_join(WAX_STR("("), at, WAX_STR(")"));

	ck_assert(wax_skip_cfws(&at));
	ck_assert_uint_eq(at.n, 0);
	ck_assert(!wax_skip_cfws(&beyond));
}
END_TEST

static const struct {
	const char *name;
	struct wax_str quoted;
	const char *meaning;
} quoteds[] = {
	{ "empty", ROW_TEXT("\"\""), "" },
	{ "pairs", ROW_TEXT("\"a\\\"\\\\\\b\""), "a\"\\b" },
	{ "folds", ROW_TEXT("\"a\r\n b\n\tc\""), "a b\tc" },
};

START_TEST(test_unquote)
{
	struct wax_str quoted =
	    wax_exact_n(quoteds[_i].quoted.p, quoteds[_i].quoted.n);

	ck_assert_wax_str_eq(
	    wax_unquote(mail_arena, quoted), quoteds[_i].meaning);
}
END_TEST

static const struct {
	const char *name;
	struct wax_str text;
	bool is_utf8;
} utf8s[] = {
	{ "empty", ROW_TEXT(""), true },
	{ "ASCII with NUL", ROW_TEXT("a\0b\x7f"), true },
	{ "least of two octets", ROW_TEXT("\xc2\x80"), true },
	{ "most of two octets", ROW_TEXT("\xdf\xbf"), true },
	{ "least of three octets", ROW_TEXT("\xe0\xa0\x80"), true },
	{ "before the surrogates", ROW_TEXT("\xed\x9f\xbf"), true },
	{ "behind the surrogates", ROW_TEXT("\xee\x80\x80"), true },
	{ "least of four octets", ROW_TEXT("\xf0\x90\x80\x80"), true },
	{ "U+10FFFF", ROW_TEXT("\xf4\x8f\xbf\xbf"), true },
	{ "continuation alone", ROW_TEXT("\x80"), false },
	{ "overlong slash", ROW_TEXT("\xc0\xaf"), false },
	{ "overlong at sign", ROW_TEXT("\xc1\x80"), false },
	{ "overlong of three", ROW_TEXT("\xe0\x9f\xbf"), false },
	{ "overlong of four", ROW_TEXT("\xf0\x8f\xbf\xbf"), false },
	{ "surrogate", ROW_TEXT("\xed\xa0\x80"), false },
	{ "above U+10FFFF", ROW_TEXT("\xf4\x90\x80\x80"), false },
	{ "lead of five", ROW_TEXT("\xf8\x88\x80\x80\x80"), false },
	{ "cut after the lead", ROW_TEXT("a\xc3"), false },
	{ "cut in the middle", ROW_TEXT("\xe2\x82"), false },
	{ "lead for continuation", ROW_TEXT("\xe2\xc3\xa4"), false },
	{ "third is not one", ROW_TEXT("\xe2\x82x"), false },
};

START_TEST(test_utf8)
{
	struct wax_str text = wax_exact_n(utf8s[_i].text.p, utf8s[_i].text.n);

	ck_assert_msg(
	    wax_is_utf8(text) == utf8s[_i].is_utf8, "%s", utf8s[_i].name);
}
END_TEST

Suite *
mail_suite_abnf(void)
{
	Suite *suite = suite_create("mail/abnf");
	TCase *tc = mail_case(suite);

	tcase_add_loop_test(tc, test_skip, 0, ROWS(skips));
	tcase_add_test(tc, test_comment_depth_bound);
	tcase_add_loop_test(tc, test_unquote, 0, ROWS(quoteds));
	tcase_add_loop_test(tc, test_utf8, 0, ROWS(utf8s));
	return suite;
}
