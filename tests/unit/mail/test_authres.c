/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/mail/authres.h"
#include "tests/unit/mail/suites.h"

#define NAME_LENGTH 23 /* of "Authentication-Results:" */

/* Either may be NULL: refused. */
static const struct {
	const char *name;
	struct wax_str value;
	const char *pvalue, *dot_atom;
} values[] = {
	{ "domain", ROW_TEXT("d.example"), "d.example", "d.example" },
	{ "empty", ROW_TEXT(""), "\"\"", "\"\"" },
	{ "atext of a token", ROW_TEXT("a!#$%&'*+-.^_`{|}~9"),
	    "a!#$%&'*+-.^_`{|}~9", "a!#$%&'*+-.^_`{|}~9" },
	{ "dot first", ROW_TEXT(".a"), ".a", "\".a\"" },
	{ "dot last", ROW_TEXT("a."), "a.", "\"a.\"" },
	{ "two dots", ROW_TEXT("a..b"), "a..b", "\"a..b\"" },
	{ "address", ROW_TEXT("j@d.example"), "j@d.example",
	    "\"j@d.example\"" },
	{ "domain of an address", ROW_TEXT("@d.example"), "@d.example",
	    "\"@d.example\"" },
	{ "address without domain", ROW_TEXT("j@"), "\"j@\"", "\"j@\"" },
	{ "at sign", ROW_TEXT("@"), "\"@\"", "\"@\"" },
	{ "two at signs", ROW_TEXT("a@b@c"), "\"a@b@c\"", "\"a@b@c\"" },
	{ "address with =", ROW_TEXT("a=b@c"), "\"a=b@c\"", "\"a=b@c\"" },
	{ "address, dot last", ROW_TEXT("j.@d"), "\"j.@d\"", "\"j.@d\"" },
	{ "address, trailing dot", ROW_TEXT("j@d."), "\"j@d.\"", "\"j@d.\"" },
	{ "blank", ROW_TEXT("a b"), "\"a b\"", "\"a b\"" },
	{ "quote and backslash", ROW_TEXT("a\"b\\"), "\"a\\\"b\\\\\"",
	    "\"a\\\"b\\\\\"" },
	{ "comment", ROW_TEXT("a(b)"), "\"a(b)\"", "\"a(b)\"" },
	{ "another verdict", ROW_TEXT("x; dmarc=pass"), "\"x; dmarc=pass\"",
	    "\"x; dmarc=pass\"" },
	{ "IPv6", ROW_TEXT("2001:db8::1"), "\"2001:db8::1\"",
	    "\"2001:db8::1\"" },
	{ "base64", ROW_TEXT("ab+/cd=="), "\"ab+/cd==\"", "\"ab+/cd==\"" },
	{ "UTF-8", ROW_TEXT("j\xc3\xb6"), "\"j\xc3\xb6\"", "\"j\xc3\xb6\"" },
	{ "UTF-8 cut short", ROW_TEXT("a\xc2"), NULL, NULL },
	{ "not UTF-8", ROW_TEXT("j\xf6"), NULL, NULL },
	{ "NUL", ROW_TEXT("a\0"), NULL, NULL },
	{ "LF", ROW_TEXT("a\nb"), NULL, NULL },
	{ "CR", ROW_TEXT("a\rb"), NULL, NULL },
	{ "fold", ROW_TEXT("a\r\n b"), NULL, NULL },
	{ "tab", ROW_TEXT("a\tb"), NULL, NULL },
	{ "escape", ROW_TEXT("\033[0m"), NULL, NULL },
	{ "DEL", ROW_TEXT("a\x7f"), NULL, NULL },
	{ "control of eight bits", ROW_TEXT("a\xc2\x9b"), NULL, NULL },
	{ "last of these", ROW_TEXT("a\xc2\x9f"), NULL, NULL },
	{ "first behind them", ROW_TEXT("a\xc2\xa0"), "\"a\xc2\xa0\"",
	    "\"a\xc2\xa0\"" },
};

START_TEST(test_values)
{
	struct wax_str value =
	    wax_exact_n(values[_i].value.p, values[_i].value.n);
	struct wax_str out = WAX_STR("");
	const char *name = values[_i].name;

	ck_assert_msg(wax_pvalue_add(mail_arena, value, &out) ==
	                  (values[_i].pvalue != NULL),
	    "%s", name);
	ck_assert_wax_str_eq(out, values[_i].pvalue);
	out = WAX_STR("");
	ck_assert_msg(wax_dot_atom_add(mail_arena, value, &out) ==
	                  (values[_i].dot_atom != NULL),
	    "%s", name);
	ck_assert_wax_str_eq(out, values[_i].dot_atom);
}
END_TEST

static struct wax_str
format(const char *id, const struct wax_authres_result *result, size_t n)
{
	struct wax_authres authres = {
		.authserv_id = wax_exact(id),
		.n_results = n,
		.result = result,
	};

	return wax_authres_format(mail_arena, &authres);
}

START_TEST(test_format_none)
{
	ck_assert_wax_str_eq(
	    format("mx.example.org", NULL, 0), " mx.example.org; none");
}
END_TEST

/* An id and a reason are a token or a quoted-string, other than the value of
 * a property: RFC 8601 s2.2. */
START_TEST(test_format_address)
{
	const struct wax_authres_property property = { "smtp", "mailfrom",
		WAX_STR("j@d.example") };
	const struct wax_authres_result result = { .method = "spf",
		.result = "pass",
		.reason = WAX_STR("j@d.example"),
		.n_properties = 1,
		.property = &property };

	ck_assert_wax_str_eq(format("&@none", &result, 1),
	    " \"&@none\";\n\tspf=pass reason=\"j@d.example\""
	    " smtp.mailfrom=j@d.example");
}
END_TEST

/* AR-04 */
START_TEST(test_format_results)
{
	const struct wax_authres_property spf[] = {
		{ "smtp", "mailfrom", WAX_STR("d.example") },
	};
	const struct wax_authres_property dmarc[] = {
		{ "header", "from", WAX_STR("example.com") },
		{ "policy", "dmarc", WAX_STR("quarantine") },
	};
	const struct wax_authres_result results[] = {
		{ .method = "spf",
		    .result = "pass",
		    .n_properties = 1,
		    .property = spf },
		{ .method = "dkim",
		    .result = "permerror",
		    .comment = WAX_STR("2  of (3) keys \\ t"),
		    .reason = WAX_STR("no key") },
		{ .method = "dmarc",
		    .result = "fail",
		    .n_properties = 2,
		    .property = dmarc },
	};

	ck_assert_wax_str_eq(format("mx.example.org", results, 3),
	    " mx.example.org;\n"
	    "\tspf=pass smtp.mailfrom=d.example;\n"
	    "\tdkim=permerror (2 of \\(3\\) keys \\\\ t) reason=\"no key\";\n"
	    "\tdmarc=fail header.from=example.com policy.dmarc=quarantine");
}
END_TEST

START_TEST(test_format_leaves_out_what_it_cannot_write)
{
	const struct wax_authres_property properties[] = {
		{ "smtp", "helo", WAX_STR("x\r\nX: y") },
		{ "smtp", "mailfrom", WAX_STR("d.example") },
		{ "header", "s", WAX_STR("a\0b") },
		{ "header", "i", WAX_STR("\xff") },
	};
	const struct wax_authres_result result = {
		.method = "spf",
		.result = "pass",
		.comment = WAX_STR("a\nb"),
		.reason = WAX_STR("a\tb"),
		.n_properties = 4,
		.property = properties,
	};

	ck_assert_wax_str_eq(format("mx.example.org", &result, 1),
	    " mx.example.org;\n\tspf=pass smtp.mailfrom=d.example");
}
END_TEST

START_TEST(test_format_needs_an_id)
{
	ck_assert_uint_eq(format("", NULL, 0).n, 0);
	ck_assert_uint_eq(format("a\nb", NULL, 0).n, 0);
	ck_assert_wax_str_eq(format("a b;\"", NULL, 0), " \"a b;\\\"\"; none");
}
END_TEST

/* The longest line, the name of the field included; a tab is 8 columns. */
static size_t
widest(struct wax_str value, bool in_columns)
{
	struct wax_str line;
	size_t most = 0, before = NAME_LENGTH;

	while (wax_str_cut(&value, '\n', &line)) {
		size_t tab = line.n > 0 && line.p[0] == '\t' ? 7 : 0;
		size_t n = before + line.n + (in_columns ? tab : 0);

		if (n > most)
			most = n;
		before = 0;
	}
	return most;
}

/* Words of each length around the fold: each line stays below 78 columns. */
START_TEST(test_format_folds)
{
	const struct wax_authres_property properties[] = {
		{ "header", "d", mail_repeat("d", (size_t)_i) },
		{ "header", "s", WAX_STR("s") },
		{ "header", "b", mail_repeat("b", (size_t)_i / 2) },
	};
	const struct wax_authres_result results[] = {
		{ .method = "dkim",
		    .result = "pass",
		    .comment = WAX_STR("some words of our own that are long"),
		    .n_properties = 3,
		    .property = properties },
		{ .method = "dmarc", .result = "pass" },
	};
	struct wax_str value = format("mx.example.org", results, 2);

	ck_assert_uint_lt(widest(value, true), WAX_HEADER_LINE_FOLD);
	ck_assert_msg(widest(value, true) > 50, "folds too early");
}
END_TEST

/* "dkim=pass header.d=" and the rest of a line that is just full. */
START_TEST(test_format_fold_boundary)
{
	const size_t fits = 77 - 8 - 19 - 1;
	struct wax_authres_property property = { "header", "d",
		mail_repeat("d", fits) };
	const struct wax_authres_result result = {
		.method = "dkim",
		.result = "pass",
		.n_properties = 1,
		.property = &property,
	};
	struct wax_str value = format("mx.example.org", &result, 1);

	ck_assert_msg(widest(value, true) == 76, "%.*s", WAX_FMT(value));
	ck_assert_uint_eq(wax_str_rfind(value, '\n'), 16);
	property.value = mail_repeat("d", fits + 1);
	value = format("mx.example.org", &result, 1);
	ck_assert_uint_eq(wax_str_rfind(value, '\n'), 27);
}
END_TEST

/* An id that just fits the first line, and one with "; none" behind it. */
START_TEST(test_format_id_boundary)
{
	struct wax_authres authres = { .authserv_id = mail_repeat("x", 46) };
	struct wax_str value = wax_authres_format(mail_arena, &authres);

	ck_assert(wax_str_ends(value, WAX_STR("xxx; none")));
	authres.authserv_id = mail_repeat("x", 47);
	value = wax_authres_format(mail_arena, &authres);
	ck_assert(wax_str_ends(value, WAX_STR("xxx;\n\tnone")));
	authres.authserv_id = mail_repeat("x", 52);
	value = wax_authres_format(mail_arena, &authres);
	ck_assert(wax_str_starts(value, WAX_STR(" xxx")));
	authres.authserv_id = mail_repeat("x", 53);
	value = wax_authres_format(mail_arena, &authres);
	ck_assert(wax_str_starts(value, WAX_STR(" \n\txxx")));
}
END_TEST

START_TEST(test_format_long_id)
{
	struct wax_str id = mail_repeat("x", 60);
	struct wax_authres authres = { .authserv_id = id };
	struct wax_str value = wax_authres_format(mail_arena, &authres);

	ck_assert(wax_str_starts(value, WAX_STR(" \n\txxx")));
	ck_assert(wax_str_ends(value, WAX_STR("xxx; none")));
	ck_assert_uint_lt(widest(value, true), WAX_HEADER_LINE_FOLD);
}
END_TEST

/* Tab, word and semicolon make a line of 998 octets, and not one more. */
START_TEST(test_format_line_max)
{
	const size_t value_max =
	    WAX_HEADER_LINE_MAX - 2 - sizeof "header.d=" + 1;
	struct wax_authres_property property = { "header", "d",
		mail_repeat("d", value_max) };
	const struct wax_authres_result results[] = {
		{ .method = "dkim",
		    .result = "pass",
		    .n_properties = 1,
		    .property = &property },
		{ .method = "dmarc", .result = "none" },
	};
	struct wax_str value = format("mx.example.org", results, 2);

	ck_assert_uint_eq(widest(value, false), WAX_HEADER_LINE_MAX);
	property.value = mail_repeat("d", value_max + 1);
	ck_assert_wax_str_eq(format("mx.example.org", results, 2),
	    " mx.example.org;\n\tdkim=pass;\n\tdmarc=none");
	/* Quotes count. */
	property.value = mail_repeat("/", value_max - 2);
	value = format("mx.example.org", results, 2);
	ck_assert_uint_eq(widest(value, false), WAX_HEADER_LINE_MAX);
	property.value = mail_repeat("/", value_max - 1);
	value = format("mx.example.org", results, 2);
	ck_assert_uint_lt(widest(value, false), 50);
}
END_TEST

START_TEST(test_format_id_and_comment_max)
{
	struct wax_str word = mail_repeat("x", WAX_HEADER_LINE_MAX - 2);
	struct wax_authres authres = { .authserv_id = word };
	struct wax_authres_result result = { .method = "spf",
		.result = "none" };
	struct wax_str value = wax_authres_format(mail_arena, &authres);

	ck_assert_uint_eq(widest(value, false), WAX_HEADER_LINE_MAX);
	authres.authserv_id = mail_repeat("x", WAX_HEADER_LINE_MAX - 1);
	ck_assert_uint_eq(wax_authres_format(mail_arena, &authres).n, 0);
	/* The parentheses belong to the words they stand at. */
	result.comment = mail_repeat("x", WAX_HEADER_LINE_MAX - 4);
	value = format("mx.example.org", &result, 1);
	ck_assert_uint_eq(widest(value, false), WAX_HEADER_LINE_MAX - 1);
	result.comment = mail_repeat("x", WAX_HEADER_LINE_MAX - 3);
	ck_assert_wax_str_eq(format("mx.example.org", &result, 1),
	    " mx.example.org;\n\tspf=none");
}
END_TEST

Suite *
mail_suite_authres(void)
{
	Suite *suite = suite_create("mail/authres");
	TCase *tc = mail_case(suite);

	tcase_add_loop_test(tc, test_values, 0, ROWS(values));
	tcase_add_test(tc, test_format_none);
	tcase_add_test(tc, test_format_address);
	tcase_add_test(tc, test_format_results);
	tcase_add_test(tc, test_format_leaves_out_what_it_cannot_write);
	tcase_add_test(tc, test_format_needs_an_id);
	tcase_add_loop_test(tc, test_format_folds, 0, 60);
	tcase_add_test(tc, test_format_fold_boundary);
	tcase_add_test(tc, test_format_id_boundary);
	tcase_add_test(tc, test_format_long_id);
	tcase_add_test(tc, test_format_line_max);
	tcase_add_test(tc, test_format_id_and_comment_max);
	return suite;
}
