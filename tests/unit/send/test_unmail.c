/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking mail messages apart.
 */
#include "milter/send/unmail.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "tests/unit/send/unmail_suites.h"

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

/* "type[name]=bytes|type[name]=bytes!": "!" is damaged. */
static struct wax_str
parts_of(struct wax_str message)
{
	struct wax_mail_part *part;
	struct wax_text text;
	struct wax_err err;
	size_t n;
	enum wax_status status = wax_unmail(arena, message, &part, &n, &err);

	if (status != WAX_OK)
		return wax_textf(arena, "%s", err.text);
	wax_text_init(&text, arena);
	for (size_t i = 0; i < n; i++)
		wax_text_addf(&text, "%s%.*s[%.*s]=%.*s%s", i > 0 ? "|" : "",
		    WAX_FMT(part[i].type), WAX_FMT(part[i].name),
		    WAX_FMT(part[i].bytes), part[i].is_damaged ? "!" : "");
	return wax_text_str(&text);
}

static const struct {
	const char *name, *message, *parts;
} messages[] = {
	{ "plain", "From: a@b.example\r\n\r\nHi.\r\n", "text/plain[]=Hi.\r\n" },
	{ "no body", "From: a@b.example\n", "text/plain[]=" },
	{ "nothing but fields", "A: b\n\n", "text/plain[]=" },
	{ "mailbox line", "From a Tue Nov 24\nA: b\n\nHi.",
	    "text/plain[]=Hi." },
	{ "field named From", "From : a\n\nHi.", "text/plain[]=Hi." },
	{ "header without end", "A: b\nhello\n", "text/plain[]=hello\n" },
	{ "type", "Content-Type: Application/GZIP; name=\"a b.gz\"\n\nx",
	    "application/gzip[a b.gz]=x" },
	{ "folded type",
	    "Content-Type: application/zip;\r\n\tname=a.zip\r\n\r\nx",
	    "application/zip[a.zip]=x" },
	{ "comments in type",
	    "Content-Type: (a) text/xml (b) ; (c) name (d) = (e) \"f\" (g)\n\n",
	    "text/xml[f]=" },
	{ "type that is none", "Content-Type: gzip\n\nx", "text/plain[]=x" },
	{ "type with an open comment", "Content-Type: text/xml (\n\nx",
	    "text/xml[]=x" },
	{ "name in disposition",
	    "Content-Type: text/xml; name=a\n"
	    "Content-Disposition: attachment; filename=\"b!c!1!2.xml\"\n\nx",
	    "text/xml[b!c!1!2.xml]=x" },
	{ "name in pieces",
	    "Content-Disposition: attachment; filename*0=\"ab\";\n"
	    " filename*1=c.gz\n\nx",
	    "text/plain[abc.gz]=x" },
	{ "name without quotes",
	    "Content-Type: text/xml; name=a b (1).xml; x=y\n\nx",
	    "text/xml[a b (1).xml]=x" },
	{ "base64", "Content-Transfer-Encoding: BASE64\n\nSGVs\r\nbG8=\r\n",
	    "text/plain[]=Hello" },
	{ "base64 with a comment",
	    "Content-Transfer-Encoding: (x) base64 (y)\n\nSGVsbG8=\n",
	    "text/plain[]=Hello" },
	{ "base64 and a footer", /* RFC 2045 s6.8 */
	    "Content-Transfer-Encoding: base64\n\nSGVsbG8=\n-- \nlist\n",
	    "text/plain[]=Hello" },
	{ "base64 with odd signs",
	    "Content-Transfer-Encoding: base64\n\nS*G V>s-bG8",
	    "text/plain[]=Hello" },
	{ "base64 without pads", "Content-Transfer-Encoding: base64\n\nSGVsbA",
	    "text/plain[]=Hell" },
	{ "base64 of a letter", "Content-Transfer-Encoding: base64\n\nSGVsb",
	    "text/plain[]=!" },
	{ "base64 of nothing", "Content-Transfer-Encoding: base64\n\n",
	    "text/plain[]=" },
	{ "quoted-printable",
	    "Content-Transfer-Encoding: quoted-printable\n\n"
	    "a=3Db=3d=\nc  \n=\r\nd=ZZ=4\ne=",
	    "text/plain[]=a=b=c\nd=ZZ=4\ne" },
	{ "quoted-printable at the end",
	    "Content-Transfer-Encoding: quoted-printable\n\n=41",
	    "text/plain[]=A" },
	{ "soft break with blanks behind",
	    "Content-Transfer-Encoding: quoted-printable\n\na= \t\nb",
	    "text/plain[]=ab" },
	{ "encoding that we do not know",
	    "Content-Transfer-Encoding: x-uue\n\nx", "text/plain[]=x" },
	{ "two parts",
	    "Content-Type: multipart/mixed; boundary=\"b 1\"\n\n"
	    "preamble\n--b 1\n\nHi.\n\n--b 1\nContent-Type: text/xml\n\n<a/>\n"
	    "--b 1--\nepilogue\n--b 1\n\nno part\n",
	    "text/plain[]=Hi.\n|text/xml[]=<a/>" },
	{ "CRLF",
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
	    "--b\r\n\r\nHi.\r\n--b--\r\n",
	    "text/plain[]=Hi." },
	{ "blanks behind delimiters",
	    "Content-Type: multipart/mixed; boundary=b\n\n--b \t\n\nx\n--b-- "
	    "\n",
	    "text/plain[]=x" },
	{ "longer than the delimiter",
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--bb\n--b--\n",
	    "text/plain[]=--bb" },
	{ "cut off",
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHalf a li",
	    "text/plain[]=Half a li" },
	{ "no delimiter",
	    "Content-Type: multipart/mixed; boundary=b\n\nnothing\n", "" },
	{ "closed before it begins",
	    "Content-Type: multipart/mixed; boundary=b\n\n--b--\n--b\n\nx\n",
	    "" },
	{ "empty part",
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n--b--\n",
	    "text/plain[]=" },
	{ "no boundary", "Content-Type: multipart/mixed\n\n--b\n\nx\n",
	    "multipart/mixed[]=--b\n\nx\n" },
	{ "nested",
	    "Content-Type: multipart/mixed; boundary=a\n\n--a\n"
	    "Content-Type: multipart/alternative; boundary=ab\n\n"
	    "--ab\n\n1\n--ab\n\n2\n--ab--\n--a\n\n3\n--a--\n",
	    "text/plain[]=1|text/plain[]=2|text/plain[]=3" },
	{ "the outer one closes the inner one",
	    "Content-Type: multipart/mixed; boundary=a\n\n--a\n"
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n1\n"
	    "--a\n\n2\n--b\n--a--\n",
	    "text/plain[]=1|text/plain[]=2\n--b" },
	{ "a message in a message",
	    "Content-Type: message/rfc822\n\nA: b\n"
	    "Content-Type: text/xml\n\n<a/>",
	    "message/rfc822[]=A: b\nContent-Type: text/xml\n\n<a/>"
	    "|text/xml[]=<a/>" },
	{ "a message in base64", /* RFC 2046 s5.2.1 forbids it */
	    "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64"
	    "\n\nQTogYgoKSGkuCg==\n",
	    "message/rfc822[]=A: b\n\nHi.\n|text/plain[]=Hi.\n" },
	{ "a message of no fields", "Content-Type: message/rfc822\n\n\nx",
	    "message/rfc822[]=\nx|text/plain[]=x" },
	{ "not a message", "<feedback>\n",
	    "it is not a mail message: it does not begin with a header field" },
	{ "empty", "",
	    "it is not a mail message: it does not begin with a header field" },
	{ "a name alone", "From",
	    "it is not a mail message: it does not begin with a header field" },
};

START_TEST(messages_come_apart)
{
	struct wax_str got = parts_of(wax_exact(messages[_i].message));

	ck_assert_msg(wax_str_eq(got, wax_str_of(messages[_i].parts)),
	    "%s: got \"%.*s\"", messages[_i].name, WAX_FMT(got));
}
END_TEST

/* Cut anywhere, a message of all kinds is read as far as it goes. */
START_TEST(cut_anywhere)
{
	const char *whole = "Content-Type: multipart/mixed; boundary=\"a\"\r\n"
	                    "\r\n--a\r\nContent-Type: message/rfc822\r\n\r\n"
	                    "Content-Transfer-Encoding: base64 (c)\r\n\r\n"
	                    "SGVsbG8=\r\n--a\r\n"
	                    "Content-Transfer-Encoding: quoted-printable\r\n"
	                    "\r\n=41=\r\nb\r\n--a--\r\n";
	size_t size = wax_str_of(whole).n;

	for (size_t n = 1; n < size; n++) {
		struct wax_mail_part *part;
		struct wax_err err;
		size_t found;
		enum wax_status status = wax_unmail(
		    arena, wax_exact_n(whole, n), &part, &found, &err);

		ck_assert(status == WAX_OK || status == WAX_E_SYNTAX);
		ck_assert_uint_le(found, 4);
	}
}
END_TEST

static struct wax_str
message_of(size_t n_parts)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addz(&text, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (size_t i = 0; i < n_parts; i++)
		wax_text_addz(&text, "--b\n\nx\n");
	wax_text_addz(&text, "--b--\n");
	return wax_text_str(&text);
}

START_TEST(parts_are_bounded)
{
	struct wax_mail_part *part;
	struct wax_err err;
	size_t n;

	ck_assert_int_eq(
	    wax_unmail(arena, message_of(WAX_MAIL_PARTS_MAX), &part, &n, &err),
	    WAX_OK);
	ck_assert_uint_eq(n, WAX_MAIL_PARTS_MAX);
	ck_assert_int_eq(wax_unmail(arena, message_of(WAX_MAIL_PARTS_MAX + 1),
	                     &part, &n, &err),
	    WAX_E_LIMIT);
	ck_assert_str_eq(err.text, "there are more than 100 parts");
}
END_TEST

static enum wax_status
unmail_nested(bool is_multipart, unsigned depth, struct wax_err *err)
{
	struct wax_mail_part *part;
	struct wax_text text;
	size_t n;

	wax_text_init(&text, arena);
	for (unsigned i = 0; i < depth; i++)
		if (is_multipart)
			wax_text_addf(&text,
			    "Content-Type: multipart/mixed; boundary=b%u\n\n"
			    "--b%u\n",
			    i, i);
		else
			wax_text_addz(
			    &text, "Content-Type: message/rfc822\n\n");
	wax_text_addz(&text, "A: b\n\nx");
	return wax_unmail(arena, wax_text_str(&text), &part, &n, err);
}

START_TEST(nesting_is_bounded)
{
	struct wax_err err;

	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(
		    unmail_nested(i == 1, WAX_MAIL_DEPTH_MAX, &err), WAX_OK);
		ck_assert_int_eq(
		    unmail_nested(i == 1, WAX_MAIL_DEPTH_MAX + 1, &err),
		    WAX_E_LIMIT);
		ck_assert_str_eq(err.text, "parts are nested deeper than 8");
	}
}
END_TEST

static const struct {
	const char *name, *text, *fields, *rest;
} headers[] = {
	{ "two and a body", "A: b\r\nC:d\r\n\r\nE: f", "A=b,C=d,", "E: f" },
	{ "folded", "A: b\n\tc\n d\n", "A=b\tc d,", "" },
	{ "blank before the colon", "A \t: b\n", "A=b,", "" },
	{ "a line that is none", "A: b\nCD\nE: f\n", "A=b,", "CD\nE: f\n" },
	{ "no colon at the end", "A: b\nCD", "A=b,", "CD" },
	{ "empty value", "A:\nB: \n", "A=,B=,", "" },
	{ "a fold first", " A: b\n", "", " A: b\n" },
	{ "8 bits in the name", "\xc3\xa4: b\n", "", "\xc3\xa4: b\n" },
};

START_TEST(fields_are_read)
{
	struct wax_str rest = wax_exact(headers[_i].text), name, value;
	struct wax_text text;

	wax_text_init(&text, arena);
	while (wax_mail_next_field(arena, &rest, &name, &value))
		wax_text_addf(
		    &text, "%.*s=%.*s,", WAX_FMT(name), WAX_FMT(value));
	ck_assert_wax_str_eq(wax_text_str(&text), headers[_i].fields);
	ck_assert_wax_str_eq(rest, headers[_i].rest);
}
END_TEST

static Suite *
unmail_suite(void)
{
	Suite *suite = suite_create("unmail");
	TCase *tc = tcase_create("unmail");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, messages_come_apart, 0,
	    (int)(sizeof messages / sizeof *messages));
	tcase_add_loop_test(
	    tc, fields_are_read, 0, (int)(sizeof headers / sizeof *headers));
	tcase_add_test(tc, cut_anywhere);
	tcase_add_test(tc, parts_are_bounded);
	tcase_add_test(tc, nesting_is_bounded);
	suite_add_tcase(suite, tc);
	return suite;
}

Suite *(*const wax_suites[])(void) = { unmail_suite, bounce_suite, NULL };
