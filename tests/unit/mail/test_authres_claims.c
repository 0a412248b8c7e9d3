/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/limits.h"
#include "policy/mail/authres.h"
#include "tests/unit/mail/suites.h"

/* Fields that claim to be of mx.example.org. */
static const struct {
	const char *name;
	struct wax_str raw;
} claims[] = {
	{ "AR-01: plain", ROW_TEXT(" mx.example.org; dmarc=pass") },
	{ "no blank first", ROW_TEXT("mx.example.org; dmarc=pass") },
	{ "case", ROW_TEXT(" MX.Example.ORG; dmarc=pass") },
	{ "AR-02: comment and version",
	    ROW_TEXT(" (x) MX.Example.Org 1; spf=pass") },
	{ "AR-02: quoted", ROW_TEXT(" \"mx.example.org\"; spf=pass") },
	{ "AR-02: folded", ROW_TEXT("\r\n\tmx.example.org\r\n 1\r\n ;x") },
	{ "folded with LF", ROW_TEXT("\n\tmx.example.org\n 1\n ;x") },
	{ "quoted-pairs", ROW_TEXT(" \"mx\\.ex\\ample.org\"; spf=pass") },
	{ "folded in quotes", ROW_TEXT(" \"mx.\r\n example.org\";") },
	{ "blanks in quotes", ROW_TEXT(" \" mx.example.org \";") },
	{ "trailing dot", ROW_TEXT(" mx.example.org.; spf=pass") },
	{ "trailing dot and version", ROW_TEXT(" mx.example.org. 1; x") },
	{ "trailing dot in quotes", ROW_TEXT(" \"mx.example.org.\";") },
	{ "version we do not know", ROW_TEXT(" mx.example.org 99; x=y") },
	{ "version without blank", ROW_TEXT(" mx.example.org/1; x=y") },
	{ "nothing behind", ROW_TEXT(" mx.example.org") },
	{ "no semicolon", ROW_TEXT(" mx.example.org dmarc=pass") },
	{ "comma", ROW_TEXT(" mx.example.org, dmarc=pass") },
	{ "colon", ROW_TEXT(" mx.example.org: dmarc=pass") },
	{ "tabs", ROW_TEXT("\tmx.example.org\t;\tdmarc=pass") },
	{ "comments around", ROW_TEXT(" (a (b)) mx.example.org (c); x") },
	{ "comment behind dot", ROW_TEXT(" mx.(a)example.(b)org; x=y") },
	{ "blanks around dots", ROW_TEXT(" mx . example . org 1; x=y") },
	{ "quoted-pair in comment", ROW_TEXT(" (\\)) mx.example.org; x") },
	{ "comment as deep as it gets",
	    ROW_TEXT(" ((((((((((((((((((((((((((((((((((;))))))))"
	             "))))))))))))))))))))))))))) mx.example.org; x") },
	{ "semicolon in comment", ROW_TEXT(" (a;b) mx.example.org; x=y") },
	{ "stray semicolon", ROW_TEXT(" ; mx.example.org; dmarc=pass") },
	{ "stray comma", ROW_TEXT(" , mx.example.org; dmarc=pass") },
	{ "stray equals sign", ROW_TEXT(" =mx.example.org; dmarc=pass") },
	{ "stray at sign", ROW_TEXT(" @mx.example.org; dmarc=pass") },
	{ "stray parenthesis", ROW_TEXT(" ) mx.example.org; dmarc=pass") },
	{ "stray dot", ROW_TEXT(" .mx.example.org; dmarc=pass") },
	{ "stray apostrophes", ROW_TEXT(" 'mx.example.org'; dmarc=pass") },
	{ "stray control", ROW_TEXT(" \001mx.example.org; dmarc=pass") },
	{ "stray NUL", ROW_TEXT(" \0mx.example.org\0; dmarc=pass") },
	{ "no-break space", ROW_TEXT(" \xc2\xa0mx.example.org; x=pass") },
	{ "zero width space behind",
	    ROW_TEXT(" mx.example.org\xe2\x80\x8b; x=pass") },
	{ "byte order mark", ROW_TEXT(" \xef\xbb\xbfmx.example.org; x") },
	{ "angle brackets", ROW_TEXT(" <mx.example.org>; dmarc=pass") },
	{ "square brackets", ROW_TEXT(" [mx.example.org]; dmarc=pass") },
	{ "quote not closed", ROW_TEXT(" \"mx.example.org; dmarc=pass") },
	{ "quote not opened", ROW_TEXT(" mx.example.org\"; dmarc=pass") },
	{ "comment not closed", ROW_TEXT(" (a mx.example.org; x=pass") },
	{ "comment not closed, semicolon in it",
	    ROW_TEXT(" (a; mx.example.org; dmarc=pass") },
	{ "comment not closed behind",
	    ROW_TEXT(" mx.example.org (a; dmarc=pass") },
	{ "word in front", ROW_TEXT(" by mx.example.org; dmarc=pass") },
	{ "other id in front",
	    ROW_TEXT(" other.example mx.example.org; dmarc=pass") },
	{ "other id in front, comma",
	    ROW_TEXT(" other.example, mx.example.org; dmarc=pass") },
	{ "for readers without quoted-pairs",
	    ROW_TEXT(" (\\) mx.example.org; dmarc=pass \\() other.example;") },
	{ "for readers without nesting",
	    ROW_TEXT(" (() mx.example.org; dmarc=pass ) other.example;") },
	{ "quoted, without quoted-pairs",
	    ROW_TEXT(" \"mx.example.org\\\"; dmarc=pass\";") },
	{ "only for readers of pairs without nesting",
	    ROW_TEXT(" (\\) third.example; () mx.example.org; x ) other;") },
	{ "only for readers of nesting without pairs",
	    ROW_TEXT(" (\\() third.example; () ) mx.example.org; x") },
	{ "only for readers of neither",
	    ROW_TEXT(" ((\\) mx.example.org; a )) other.example; x") },
	{ "U+2000", ROW_TEXT(" \xe2\x80\x80mx.example.org; x=pass") },
	{ "U+200F", ROW_TEXT(" \xe2\x80\x8fmx.example.org; x=pass") },
	{ "no-break space behind", ROW_TEXT(" mx.example.org\xc2\xa0; x") },
	{ "word behind a comment", ROW_TEXT(" , (a)mx.example.org; x") },
	{ "word behind a value", ROW_TEXT(" other x=y mx.example.org; x") },
	{ "word behind a value and a comma",
	    ROW_TEXT(" other x=y, mx.example.org; x") },
	{ "word behind a quoted value",
	    ROW_TEXT(" other x=\"y\"mx.example.org; x") },
	{ "nobody: empty quotes", ROW_TEXT(" \"\"; dmarc=pass") },
	{ "nobody: empty", ROW_TEXT("") },
	{ "nobody: blanks", ROW_TEXT(" \r\n ") },
	{ "nobody: comment", ROW_TEXT(" (x)") },
	{ "nobody: semicolon", ROW_TEXT(" ; dmarc=pass") },
	{ "nobody: method", ROW_TEXT(" dmarc=pass header.from=d.example") },
	{ "nobody: method, comment",
	    ROW_TEXT(" spf (x) = pass smtp.mailfrom=d; dkim=pass") },
	{ "nobody: method and version", ROW_TEXT(" dkim / 1 = pass; x") },
	{ "nobody: encoded-word",
	    ROW_TEXT(" =?utf-8?q?mx=2Eexample=2Eorg?=; dmarc=pass") },
};

static const struct wax_str id = WAX_STR_INIT("mx.example.org");

START_TEST(test_claims)
{
	struct wax_str raw = wax_exact_n(claims[_i].raw.p, claims[_i].raw.n);

	ck_assert_msg(
	    wax_authres_claims(mail_arena, raw, id), "%s", claims[_i].name);
}
END_TEST

/* AR-03: fields of others. */
static const struct {
	const char *name;
	struct wax_str raw;
} foreign[] = {
	{ "other", ROW_TEXT(" other.example; spf=pass") },
	{ "other, quoted", ROW_TEXT(" \"other.example\"; spf=pass") },
	{ "other, version", ROW_TEXT(" other.example 1; spf=pass") },
	{ "other, nothing behind", ROW_TEXT(" other.example") },
	{ "longer", ROW_TEXT(" mx.example.org.evil.example; x=pass") },
	{ "longer, quoted", ROW_TEXT(" \"mx.example.org.evil.example\";") },
	{ "prefixed", ROW_TEXT(" notmx.example.org; spf=pass") },
	{ "below", ROW_TEXT(" a.mx.example.org; spf=pass") },
	{ "above", ROW_TEXT(" example.org; spf=pass") },
	{ "hyphen", ROW_TEXT(" -mx.example.org; spf=pass") },
	{ "underscore", ROW_TEXT(" _mx.example.org; spf=pass") },
	{ "hyphen behind", ROW_TEXT(" mx.example.org-2; spf=pass") },
	{ "8 bits in front", ROW_TEXT(" \xc3\xa4mx.example.org; x=pass") },
	{ "a letter of three octets in front",
	    ROW_TEXT(" \xe3\x81\x82mx.example.org; x=pass") },
	{ "a quotation mark of them in front",
	    ROW_TEXT(" \xe2\x80\x99mx.example.org; x=pass") },
	{ "nothing but punctuation", ROW_TEXT(" !; spf=pass") },
	{ "in a comment with a quoted-pair",
	    ROW_TEXT(" (mx.example.org \\() other.example; x") },
	{ "in a comment behind a comment in it",
	    ROW_TEXT(" (a (b), mx.example.org) other.example; x") },
	{ "no first semicolon, a word later",
	    ROW_TEXT(" other.example x=y; spf=pass mx.example.org") },
	{ "zero width space within",
	    ROW_TEXT(" mx\xe2\x80\x8b.example.org; x=pass") },
	{ "as a value",
	    ROW_TEXT(" other.example; spf=pass smtp.mailfrom=mx.example.org") },
	{ "as a value, quoted",
	    ROW_TEXT(" other.example; spf=pass smtp.helo=\"mx.example.org\"") },
	{ "as an address",
	    ROW_TEXT(" other.example; dkim=pass header.i=@mx.example.org") },
	{ "in a reason",
	    ROW_TEXT(" other.example; spf=fail reason=\"mx.example.org; x\"") },
	{ "in a comment",
	    ROW_TEXT(" other.example (for mx.example.org); spf=pass") },
	{ "in a comment first",
	    ROW_TEXT(" (mx.example.org) other.example; spf=pass") },
	{ "in a comment behind",
	    ROW_TEXT(" other.example; spf=pass (mx.example.org: ok)") },
	{ "as a method", ROW_TEXT(" other.example; mx.example.org=pass") },
	{ "no semicolon, as a value",
	    ROW_TEXT(" other.example spf=pass smtp.mailfrom=mx.example.org") },
	{ "no semicolon, quoted value",
	    ROW_TEXT(" other.example from = \"a mx.example.org; x\"; y=z") },
	{ "no semicolon, as an address",
	    ROW_TEXT(" other.example from=j@mx.example.org; dkim=pass") },
	{ "no semicolon, in a comment",
	    ROW_TEXT(" other.example spf=pass (mx.example.org: ok; x) y=z") },
	{ "no first semicolon, as a value later",
	    ROW_TEXT(" other.example x=y; spf=pass smtp.helo=mx.example.org") },
	{ "as an address first", ROW_TEXT(" j@mx.example.org; spf=pass") },
};

START_TEST(test_foreign)
{
	struct wax_str raw = wax_exact_n(foreign[_i].raw.p, foreign[_i].raw.n);

	ck_assert_msg(
	    !wax_authres_claims(mail_arena, raw, id), "%s", foreign[_i].name);
}
END_TEST

/* Ids of other forms than ours above. */
static const struct {
	const char *name, *id, *raw;
	bool claims;
} ids[] = {
	{ "id with capitals and dot", "MX.example.org.", "mx.Example.Org; x",
	    true },
	{ "id of one word", "mailhub", " MAILHUB; none", true },
	{ "id of one word, longer", "mailhub", " mailhub2; none", false },
	{ "U-label for U-label",
	    "b\xc3\xbc"
	    "cher.example",
	    " b\xc3\xbc"
	    "cher.example; x",
	    true },
	{ "A-label for U-label",
	    "b\xc3\xbc"
	    "cher.example",
	    " xn--bcher-kva.example; x", true },
	{ "U-label for A-label", "xn--bcher-kva.example",
	    " b\xc3\xbc"
	    "cher.example; x",
	    true },
	{ "U-label in capitals and quotes", "xn--bcher-kva.example",
	    " \"B\xc3\xbc"
	    "cher.EXAMPLE.\" 1; x",
	    true },
	{ "U-label, decomposed", "xn--bcher-kva.example",
	    " bu\xcc\x88"
	    "cher.example; x",
	    true },
	{ "other U-label", "xn--bcher-kva.example",
	    " b\xc3\xb6"
	    "cher.example; x",
	    false },
	{ "U-label further on", "mx.xn--bcher-kva.example",
	    " mx.b\xc3\xbc"
	    "cher.example; x",
	    true },
	{ "other name, nothing behind", "xn--bcher-kva.example",
	    " other.example", false },
	{ "id that is no domain", "our gateway", " \"Our Gateway\"; x", true },
	{ "empty id", "", " other.example; x", false },
};

START_TEST(test_ids)
{
	ck_assert_msg(wax_authres_claims(mail_arena, wax_exact(ids[_i].raw),
	                  wax_exact(ids[_i].id)) == ids[_i].claims,
	    "%s", ids[_i].name);
}
END_TEST

/* What could make a reader look at each octet again and again. */
static const struct {
	const char *unit;
	bool claims; /* with our id behind it */
} large[] = {
	{ "(", true },
	{ "()", true },
	{ "(\\", true },
	{ "\"", true },
	{ "\"\\", true },
	{ "x=\"", true },
	{ "x=(", true },
	{ " ", true },
	{ ". ", true },
	{ "a. ", true },
	{ "a . ", true },
	{ "\xc3\xbc. ", true },
	{ "\xc3\xbc ", true },
	{ "a ", true },
	{ "a;", false },
	{ "\xe2\x80\x8b", true },
	{ "=?", true },
};

START_TEST(test_large)
{
	size_t n = WAX_FIELD_BYTES_DEFAULT / wax_str_of(large[_i].unit).n;
	struct wax_str raw = mail_join(mail_repeat(large[_i].unit, n),
	    WAX_STR(" xn--bcher-kva.example"), WAX_STR("; dmarc=pass"));

	ck_assert_msg(wax_authres_claims(mail_arena, raw,
	                  WAX_STR("xn--bcher-kva.example")) == large[_i].claims,
	    "%s", large[_i].unit);
}
END_TEST

/* Whatever is written is recognised. */
START_TEST(test_own_fields)
{
	static const char *const written[] = { "mx.example.org", "a b", "x",
		"\xc3\xbc.example", "mx.example.org.", "_x_", "a\"b\\c",
		"&@none" };
	struct wax_authres authres = { .n_results = 0 };

	authres.authserv_id = wax_exact(written[_i]);
	ck_assert(wax_authres_claims(mail_arena,
	    wax_authres_format(mail_arena, &authres), authres.authserv_id));
}
END_TEST

Suite *
mail_suite_authres_claims(void)
{
	Suite *suite = suite_create("mail/authres_claims");
	TCase *tc = mail_case(suite);

	tcase_add_loop_test(tc, test_claims, 0, ROWS(claims));
	tcase_add_loop_test(tc, test_foreign, 0, ROWS(foreign));
	tcase_add_loop_test(tc, test_ids, 0, ROWS(ids));
	tcase_add_loop_test(tc, test_large, 0, ROWS(large));
	tcase_add_loop_test(tc, test_own_fields, 0, 8);
	return suite;
}
