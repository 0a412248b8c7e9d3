/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/auth/dkim_signature.h"

#include <string.h>

#include "tests/support/suite.h"
#include "tests/unit/auth/dkim_judge.h"

Suite *wax_dkim_signature_suite(void);

#define BH "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="
#define REST "a=rsa-sha256; bh=" BH "; b=AAAA; h=from; "

static const struct {
	const char *name, *raw;
	enum wax_result verdict;
	const char *reason; /* NULL: none */
	const char *sdid, *selector, *auid;
} rows[] = {
	{ "good", " v=1; d=example.com; s=sel; " REST, WAX_NONE, NULL,
	    "example.com", "sel", "@example.com" },
	{ "no blank in front, no semicolon behind",
	    "v=1;d=example.com;s=sel;a=rsa-sha256;bh=" BH ";h=from;b=AAAA",
	    WAX_NONE, NULL, "example.com", "sel", "@example.com" },
	{ "folded everywhere",
	    "\r\n\tv\r\n =\r\n 1 ;\r\n d = Example.COM ; s=sel;\r\n " REST,
	    WAX_NONE, NULL, "example.com", "sel", "@example.com" },
	{ "empty", "", WAX_PERMERROR, "tag list is malformed", "", "", "" },
	{ "rubbish", " \xff\xfe;;=", WAX_PERMERROR, "tag list is malformed", "",
	    "", "" },
	{ "two equal tags", " v=1; d=example.com; s=sel; v=1; " REST,
	    WAX_PERMERROR, "tag list is malformed", "", "", "" },
	{ "empty tag", " v=1;; d=example.com; s=sel; " REST, WAX_PERMERROR,
	    "tag list is malformed", "", "", "" },

	{ "no v=", " d=example.com; s=sel; " REST, WAX_PERMERROR,
	    "v= is missing", "example.com", "sel", "@example.com" },
	{ "v=2", " v=2; d=example.com; s=sel; " REST, WAX_PERMERROR,
	    "v= is not 1", "example.com", "sel", "@example.com" },
	{ "v=1.0", " v=1.0; d=example.com; s=sel; " REST, WAX_PERMERROR,
	    "v= is not 1", "example.com", "sel", "@example.com" },
	{ "v= empty", " v=; d=example.com; s=sel; " REST, WAX_PERMERROR,
	    "v= is not 1", "example.com", "sel", "@example.com" },

	{ "no d=", " v=1; s=sel; " REST, WAX_PERMERROR, "d= is missing", "", "",
	    "" },
	{ "d= empty", " v=1; d=; s=sel; " REST, WAX_PERMERROR,
	    "d= is no domain", "", "", "" },
	{ "d= of one label", " v=1; d=com; s=sel; " REST, WAX_PERMERROR,
	    "d= has one label only", "com", "", "" },
	{ "d= with a dot behind", " v=1; d=example.com.; s=sel; " REST,
	    WAX_PERMERROR, "d= is no domain", "", "", "" },
	{ "d= with a blank", " v=1; d=example .com; s=sel; " REST,
	    WAX_PERMERROR, "d= is no domain", "", "", "" },
	{ "d= with a quote", " v=1; d=example\".com; s=sel; " REST,
	    WAX_PERMERROR, "d= is no domain", "", "", "" },
	{ "d= with a parenthesis", " v=1; d=a(b.com; s=sel; " REST,
	    WAX_PERMERROR, "d= is no domain", "", "", "" },
	{ "d= with an empty label", " v=1; d=example..com; s=sel; " REST,
	    WAX_PERMERROR, "d= is no domain", "", "", "" },
	{ "d= is an address", " v=1; d=192.0.2.1; s=sel; " REST, WAX_PERMERROR,
	    "d= is no domain", "", "", "" },
	{ "d= of U-labels",
	    " v=1; d=b\xc3\xbc"
	    "cher.example; s=sel; " REST,
	    WAX_NONE, NULL, "xn--bcher-kva.example", "sel",
	    "@xn--bcher-kva.example" },
	{ "d= of what is no U-label",
	    " v=1; d=a\xe2\x80\x8b.example; s=s; " REST, WAX_PERMERROR,
	    "d= is no domain", "", "", "" },
	{ "d= in disguise",
	    " v=1; d=example.com; D=other.example; s=sel; " REST, WAX_PERMERROR,
	    "a tag is in capital letters", "", "", "" },
	{ "h= in disguise", " v=1; d=example.com; s=sel; H=to; " REST,
	    WAX_PERMERROR, "a tag is in capital letters", "", "", "" },

	{ "no s=", " v=1; d=example.com; " REST, WAX_PERMERROR, "s= is missing",
	    "example.com", "", "" },
	{ "s= empty", " v=1; d=example.com; s=; " REST, WAX_PERMERROR,
	    "s= is no selector", "example.com", "", "" },
	{ "s= of digits", " v=1; d=example.com; s=20230601; " REST, WAX_NONE,
	    NULL, "example.com", "20230601", "@example.com" },
	{ "s= of two labels", " v=1; d=example.com; s=a.B; " REST, WAX_NONE,
	    NULL, "example.com", "a.b", "@example.com" },
	{ "s= of a U-label",
	    " v=1; d=example.com; s=b\xc3\xbc"
	    "cher; " REST,
	    WAX_NONE, NULL, "example.com", "xn--bcher-kva", "@example.com" },
	{ "s= with a dot behind", " v=1; d=example.com; s=sel.; " REST,
	    WAX_PERMERROR, "s= is no selector", "example.com", "", "" },
	{ "s= with a dot in front", " v=1; d=example.com; s=.sel; " REST,
	    WAX_PERMERROR, "s= is no selector", "example.com", "", "" },
	{ "s= with a backslash", " v=1; d=example.com; s=a\\000b; " REST,
	    WAX_PERMERROR, "s= is no selector", "example.com", "", "" },
	{ "s= with a slash", " v=1; d=example.com; s=../../x; " REST,
	    WAX_PERMERROR, "s= is no selector", "example.com", "", "" },
	{ "s= of 64 octets",
	    " v=1; d=example.com; s=0123456789012345678901234567890123456789"
	    "012345678901234567890123; " REST,
	    WAX_PERMERROR, "s= is no selector", "example.com", "", "" },

	{ "i= with a local-part",
	    " v=1; d=example.com; s=sel; i=Joe.X@Example.com; " REST, WAX_NONE,
	    NULL, "example.com", "sel", "Joe.X@example.com" },
	{ "i= quoted-printable",
	    " v=1; d=example.com; s=sel; i=a=2Bb=40c@example.com; " REST,
	    WAX_NONE, NULL, "example.com", "sel", "@example.com" },
	{ "i= with octets that are not shown",
	    " v=1; d=example.com; s=sel; i=a=0D=0Ab@example.com; " REST,
	    WAX_NONE, NULL, "example.com", "sel", "@example.com" },
	{ "i= with dots that no dot-atom has",
	    " v=1; d=example.com; s=sel; i=a..b@example.com; " REST, WAX_NONE,
	    NULL, "example.com", "sel", "@example.com" },
	{ "i= with a dot in front",
	    " v=1; d=example.com; s=sel; i=.a@example.com; " REST, WAX_NONE,
	    NULL, "example.com", "sel", "@example.com" },
	{ "i= with a dot behind",
	    " v=1; d=example.com; s=sel; i=a.@example.com; " REST, WAX_NONE,
	    NULL, "example.com", "sel", "@example.com" },
	{ "i= folded",
	    " v=1; d=example.com; s=sel; i=a\r\n b@example.com; " REST,
	    WAX_NONE, NULL, "example.com", "sel", "ab@example.com" },
	{ "i= with a local-part of 64 octets",
	    " v=1; d=example.com; s=sel; "
	    "i=0123456789012345678901234567890123456789012345678901234567890123"
	    "@example.com; " REST,
	    WAX_NONE, NULL, "example.com", "sel",
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    "@example.com" },
	{ "i= with a local-part of 65 octets",
	    " v=1; d=example.com; s=sel; "
	    "i="
	    "01234567890123456789012345678901234567890123456789012345678901234"
	    "@example.com; " REST,
	    WAX_NONE, NULL, "example.com", "sel", "@example.com" },
	{ "i= with two @",
	    " v=1; d=example.com; s=sel; i=a@b.example@example.com; " REST,
	    WAX_NONE, NULL, "example.com", "sel", "@example.com" },
	{ "i= with half an escape",
	    " v=1; d=example.com; s=sel; i=@example.com=4; " REST,
	    WAX_PERMERROR, "i= is malformed", "example.com", "sel", "" },
	{ "i= with an escape in small letters",
	    " v=1; d=example.com; s=sel; i=a=2b@example.com; " REST,
	    WAX_PERMERROR, "i= is malformed", "example.com", "sel", "" },
	{ "i= without @", " v=1; d=example.com; s=sel; i=example.com; " REST,
	    WAX_PERMERROR, "i= has no domain", "example.com", "sel", "" },
	{ "i= empty", " v=1; d=example.com; s=sel; i=; " REST, WAX_PERMERROR,
	    "i= has no domain", "example.com", "sel", "" },
	{ "i= with NUL in the domain",
	    " v=1; d=example.com; s=sel; i=@a=00.example.com; " REST,
	    WAX_PERMERROR, "i= has no domain", "example.com", "sel", "" },
	{ "i= above d=", " v=1; d=a.example.com; s=sel; i=@example.com; " REST,
	    WAX_PERMERROR, "i= is outside d=", "a.example.com", "sel",
	    "@example.com" },
	{ "i= of U-labels below d= of A-labels",
	    " v=1; d=xn--bcher-kva.example; s=sel; i=@a.b\xc3\xbc"
	    "cher.example; " REST,
	    WAX_NONE, NULL, "xn--bcher-kva.example", "sel",
	    "@a.xn--bcher-kva.example" },

	{ "no a=", " v=1; d=example.com; s=s; bh=" BH "; b=AA==; h=from",
	    WAX_PERMERROR, "a= is missing", "example.com", "s",
	    "@example.com" },
	{ "a= empty", " v=1; d=example.com; s=s; a=; bh=" BH "; b=AA==; h=from",
	    WAX_NEUTRAL, "a= is not known", "example.com", "s",
	    "@example.com" },
	{ "c= unknown", " v=1; d=example.com; s=s; c=nofws; " REST, WAX_NEUTRAL,
	    "c= is not known", "example.com", "s", "@example.com" },
	{ "c= unknown for the body",
	    " v=1; d=example.com; s=s; c=relaxed/; " REST, WAX_NEUTRAL,
	    "c= is not known", "example.com", "s", "@example.com" },
	{ "c= of three", " v=1; d=example.com; s=s; c=simple/simple/x; " REST,
	    WAX_NEUTRAL, "c= is not known", "example.com", "s",
	    "@example.com" },
	{ "q= known", " v=1; d=example.com; s=s; q=x/y : dns/txt; " REST,
	    WAX_NONE, NULL, "example.com", "s", "@example.com" },
	{ "q= unknown", " v=1; d=example.com; s=s; q=dns/xyz; " REST,
	    WAX_NEUTRAL, "q= has no way that is known", "example.com", "s",
	    "@example.com" },

	{ "no h=", " v=1; d=example.com; s=s; a=rsa-sha256; b=AA==; bh=" BH,
	    WAX_PERMERROR, "h= is missing", "example.com", "s",
	    "@example.com" },
	{ "h= empty",
	    " v=1; d=example.com; s=s; a=rsa-sha256; h=; b=AA==; bh=" BH,
	    WAX_PERMERROR, "h= is malformed", "example.com", "s",
	    "@example.com" },
	{ "h= with an empty name",
	    " v=1; d=example.com; s=s; a=rsa-sha256; h=from::to; b=AA==; "
	    "bh=" BH,
	    WAX_PERMERROR, "h= is malformed", "example.com", "s",
	    "@example.com" },
	{ "h= with a blank in a name",
	    " v=1; d=example.com; s=s; a=rsa-sha256; h=from x:from; b=AA==; "
	    "bh=" BH,
	    WAX_PERMERROR, "h= is malformed", "example.com", "s",
	    "@example.com" },
	{ "h= folded and spaced",
	    " v=1; d=example.com; s=s; a=rsa-sha256; h=To\r\n : FROM "
	    ":\r\n\tTo; "
	    "b=AA==; bh=" BH,
	    WAX_NONE, NULL, "example.com", "s", "@example.com" },
	{ "h= with a name like From",
	    " v=1; d=example.com; s=s; a=rsa-sha256; h=from-x:xfrom; b=AA==; "
	    "bh=" BH,
	    WAX_PERMERROR, "From is not signed", "example.com", "s",
	    "@example.com" },

	{ "l= negative", " v=1; d=example.com; s=s; l=-1; " REST, WAX_PERMERROR,
	    "l= is no number", "example.com", "s", "@example.com" },
	{ "l= empty", " v=1; d=example.com; s=s; l=; " REST, WAX_PERMERROR,
	    "l= is no number", "example.com", "s", "@example.com" },
	{ "l= hexadecimal", " v=1; d=example.com; s=s; l=0x10; " REST,
	    WAX_PERMERROR, "l= is no number", "example.com", "s",
	    "@example.com" },

	{ "no bh=", " v=1; d=example.com; s=s; a=rsa-sha256; h=from; b=AA==",
	    WAX_PERMERROR, "bh= is missing", "example.com", "s",
	    "@example.com" },
	{ "bh= of SHA-1",
	    " v=1; d=example.com; s=s; a=rsa-sha256; h=from; b=AA==; "
	    "bh=uoq1oCgLlTqpdDX/iUbLy7J1Wic=",
	    WAX_PERMERROR, "bh= is no SHA-256 hash", "example.com", "s",
	    "@example.com" },
	{ "no b=", " v=1; d=example.com; s=s; a=rsa-sha256; h=from; bh=" BH,
	    WAX_PERMERROR, "b= is missing", "example.com", "s",
	    "@example.com" },
	{ "b= empty",
	    " v=1; d=example.com; s=s; a=rsa-sha256; h=from; b=; bh=" BH,
	    WAX_PERMERROR, "b= is malformed", "example.com", "s",
	    "@example.com" },
	{ "b= is no base64",
	    " v=1; d=example.com; s=s; a=rsa-sha256; h=from; b=A!AA; bh=" BH,
	    WAX_PERMERROR, "b= is malformed", "example.com", "s",
	    "@example.com" },

	{ "t= is no number", " v=1; d=example.com; s=s; t=now; " REST,
	    WAX_PERMERROR, "t= is no time", "example.com", "s",
	    "@example.com" },
	{ "x= is no number", " v=1; d=example.com; s=s; x=1e9; " REST,
	    WAX_PERMERROR, "x= is no time", "example.com", "s",
	    "@example.com" },
	{ "x= of thirteen digits",
	    " v=1; d=example.com; s=s; x=1234567890123; " REST, WAX_PERMERROR,
	    "x= is no time", "example.com", "s", "@example.com" },
};

START_TEST(one_field)
{
	struct wax_arena *arena = wax_arena_new("test", 4096);
	struct wax_dkim_tags tags =
	    wax_dkim_tags_parse(arena, wax_exact(rows[_i].raw), JUDGE_NOW, 100);

	ck_assert_msg(tags.verdict == rows[_i].verdict, "%s: %s (%s)",
	    rows[_i].name, wax_result_word(tags.verdict),
	    tags.reason != NULL ? tags.reason : "");
	if (rows[_i].reason != NULL)
		ck_assert_str_eq(tags.reason, rows[_i].reason);
	else
		ck_assert_ptr_null(tags.reason);
	ck_assert_wax_str_eq(tags.sdid.text, rows[_i].sdid);
	ck_assert_wax_str_eq(tags.selector, rows[_i].selector);
	ck_assert_wax_str_eq(tags.auid, rows[_i].auid);
	if (tags.verdict == WAX_NONE)
		ck_assert_wax_str_eq(
		    tags.qname, wax_textf(arena, "%s._domainkey.%s",
		                    rows[_i].selector, rows[_i].sdid)
		                    .p);
	wax_arena_free(arena);
}
END_TEST

/* What the rest of a good signature says. */
START_TEST(values)
{
	static const char raw[] =
	    " v=1; a=ed25519-sha256; c=relaxed/simple; d=example.com; s=sel;"
	    " i=@a.example.com; l=42; h=To : from:X; bh=" BH ";"
	    "\r\n\tb= AA\r\n\t AB ; z=x";
	struct wax_arena *arena = wax_arena_new("test", 4096);
	struct wax_str text = wax_exact(raw);
	struct wax_dkim_tags tags =
	    wax_dkim_tags_parse(arena, text, JUDGE_NOW, 3);

	ck_assert_int_eq(tags.verdict, WAX_NONE);
	ck_assert_wax_str_eq(tags.algorithm, "ed25519-sha256");
	ck_assert_int_eq(tags.key_type, WAX_KEY_ED25519);
	ck_assert_int_eq(tags.header_canon, WAX_CANON_RELAXED);
	ck_assert_int_eq(tags.body_canon, WAX_CANON_SIMPLE);
	ck_assert(tags.auid_is_below);
	ck_assert_uint_eq(tags.body_limit, 42);
	ck_assert_uint_eq(tags.n_names, 3);
	ck_assert_wax_str_eq(tags.name[0], "to");
	ck_assert_wax_str_eq(tags.name[1], "from");
	ck_assert_wax_str_eq(tags.name[2], "x");
	ck_assert_uint_eq(tags.signature.n, 3);
	ck_assert_mem_eq(tags.signature.p, "\0\0\1", 3);
	ck_assert_wax_str_eq(tags.b_text, "AAAB");
	ck_assert_uint_eq(tags.body_hash[0], 0x7e);
	ck_assert_wax_str_eq(wax_str_head(wax_str_from(text, tags.b_start),
	                         tags.b_end - tags.b_start),
	    " AA\r\n\t AB ");
	ck_assert(tags.is_plain);
	ck_assert(!tags.limit_hit);

	tags = wax_dkim_tags_parse(arena, text, JUDGE_NOW, 2);
	ck_assert_int_eq(tags.verdict, WAX_PERMERROR);
	ck_assert_str_eq(tags.reason, "h= has too many names");
	ck_assert(tags.limit_hit);
	wax_arena_free(arena);
}
END_TEST

/* b= at the end, at the front, and alone of its kind. */
START_TEST(where_b_is)
{
	static const struct {
		const char *raw, *value;
	} places[] = {
		{ "b=AAAA;v=1;a=rsa-sha256;d=e.example;s=s;h=from;bh=" BH,
		    "AAAA" },
		{ "v=1;a=rsa-sha256;d=e.example;s=s;h=from;bh=" BH ";b=AAAA",
		    "AAAA" },
		{ "v=1;a=rsa-sha256;d=e.example;s=s;h=from;bh=" BH ";b = AAAA ",
		    " AAAA " },
		{ "v=1;a=rsa-sha256;d=e.example;s=s;h=from;bh=" BH
		  ";\r\n b=\r\n\tAAAA\r\n\t;",
		    "\r\n\tAAAA\r\n\t" },
	};
	struct wax_arena *arena = wax_arena_new("test", 4096);

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct wax_str raw = wax_exact(places[i].raw);
		struct wax_dkim_tags tags =
		    wax_dkim_tags_parse(arena, raw, JUDGE_NOW, 9);

		ck_assert_int_eq(tags.verdict, WAX_NONE);
		ck_assert_wax_str_eq(
		    wax_str_head(wax_str_from(raw, tags.b_start),
		        tags.b_end - tags.b_start),
		    places[i].value);
	}
	wax_arena_free(arena);
}
END_TEST

/* What libopendkim does not get to see. */
START_TEST(what_is_not_plain)
{
	static const char *const odd[] = {
		" v=1; d=b\xc3\xbc"
		"cher.example; s=sel; " REST,
		" v=1; d=example.com; s=sel; i=\xc3\xbc@example.com; " REST,
		" v=1; d=example.com; s=sel; fb=x; " REST,
		" v=1; d=example.com; s=sel; t=999999999; " REST,
		" v=1; d=example.com; s=sel; x=2500000000; " REST,
		" v=1; d=example.com; s=sel; a=rsa-sha256; bh=" BH
		"; b =AAAA; h=from",
		" v=1; d=example.com; s=sel; a=rsa-sha256; bh=" BH
		"; b=AAAA; h=from:DKIM-Signature",
		" v=1; d=example.com; s=sel; l=9223372036854775808; " REST,
	};
	struct wax_arena *arena = wax_arena_new("test", 4096);

	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		struct wax_dkim_tags tags =
		    wax_dkim_tags_parse(arena, wax_exact(odd[i]), JUDGE_NOW, 9);

		ck_assert_msg(
		    tags.verdict == WAX_NONE, "%s: %s", odd[i], tags.reason);
		ck_assert_msg(!tags.is_plain, "%s", odd[i]);
	}
	wax_arena_free(arena);
}
END_TEST

Suite *
wax_dkim_signature_suite(void)
{
	Suite *suite = suite_create("dkim signature");
	TCase *tc = tcase_create("dkim signature");

	tcase_add_loop_test(
	    tc, one_field, 0, (int)(sizeof rows / sizeof *rows));
	tcase_add_test(tc, values);
	tcase_add_test(tc, where_b_is);
	tcase_add_test(tc, what_is_not_plain);
	suite_add_tcase(suite, tc);
	return suite;
}
