/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The octets of a report's mail. What other people's parsers make of it is
 * looked at in tests/unit/send/parsed.
 */
#include <string.h>

#include "milter/send/compose.h"
#include "policy/base/text.h"
#include "tests/support/suite.h"

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

static struct wax_domain
domain(const char *text)
{
	struct wax_domain out;

	ck_assert(wax_domain_parse(arena, wax_exact(text), &out));
	return out;
}

static struct wax_report_mail
usual(void)
{
	return (struct wax_report_mail){
		.from = wax_exact("dmarc@receiver.example"),
		.org_name = wax_exact("Receiver"),
		.to = wax_exact("reports@example.com"),
		.policy_domain = domain("example.com"),
		.submitter = domain("receiver.example"),
		.period = { 1795392000, 1795478399 },
		.report_id = wax_exact("0123456789abcdef0123456789abcdef"),
		.file_name =
		    wax_exact("receiver.example!example.com!1795392000!"
		              "1795478399!0123456789abcdef0123456789abcdef"
		              ".xml.gz"),
		.contact = wax_exact("postmaster@receiver.example"),
		.n_messages = 7,
		.date = 1795534633,
		.gzip = wax_exact_n("\x1f\x8b\x00\xff", 4),
	};
}

/* All of it, once: whoever changes the form sees what else he changes. */
START_TEST(whole_message)
{
	struct wax_report_mail mail = usual();

	ck_assert_wax_str_eq(wax_compose(arena, &mail),
	    "Date: Tue, 24 Nov 2026 15:37:13 +0000\r\n"
	    "From: \"Receiver\"\r\n"
	    " <dmarc@receiver.example>\r\n"
	    "To: <reports@example.com>\r\n"
	    "Subject: Report Domain: example.com Submitter: "
	    "receiver.example Report-ID:\r\n"
	    " <0123456789abcdef0123456789abcdef>\r\n"
	    "Message-ID: <0123456789abcdef0123456789abcdef@receiver.example>"
	    "\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/mixed;\r\n"
	    " boundary=\"=_0123456789abcdef0123456789abcdef\"\r\n"
	    "\r\n"
	    "--=_0123456789abcdef0123456789abcdef\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n"
	    "\r\n"
	    "This is a DMARC aggregate report (RFC 9990). It was made by a "
	    "program, for\r\n"
	    "a program to read.\r\n"
	    "\r\n"
	    "About:    mail that said it was from example.com\r\n"
	    "Period:   2026-11-23 00:00:00 to\r\n"
	    "          2026-11-23 23:59:59 UTC\r\n"
	    "Messages: 7\r\n"
	    "Made by:  Receiver\r\n"
	    "Contact:  postmaster@receiver.example\r\n"
	    "\r\n"
	    "It comes to this address because the DMARC record at\r\n"
	    "_dmarc.example.com\r\n"
	    "asks for it, in its rua tag. To get no more of them, take the "
	    "address\r\n"
	    "out of that record, or ask the contact above.\r\n"
	    "--=_0123456789abcdef0123456789abcdef\r\n"
	    "Content-Type: application/gzip;\r\n"
	    " name=\"receiver.example!example.com!1795392000!1795478399!"
	    "0123456789abcdef0123456789abcdef.xml.gz\"\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: attachment;\r\n"
	    " filename=\"receiver.example!example.com!1795392000!1795478399!"
	    "0123456789abcdef0123456789abcdef.xml.gz\"\r\n"
	    "\r\n"
	    "H4sA/w==\r\n"
	    "--=_0123456789abcdef0123456789abcdef--\r\n");
}
END_TEST

static const struct {
	const char *name;
	const char *org, *field; /* of From */
} names[] = {
	{ "none", "", "From: <dmarc@receiver.example>\r\n" },
	{ "only blanks and controls", " \r\n\t\x7f ",
	    "From: <dmarc@receiver.example>\r\n" },
	{ "quotes and backslashes", "a\"b\\c",
	    "From: \"a\\\"b\\\\c\"\r\n <dmarc@receiver.example>\r\n" },
	{ "another field", "A\r\nBcc: b@c.example",
	    "From: \"A  Bcc: b@c.example\"\r\n <dmarc@receiver.example>\r\n" },
	{ "as long as it may stand",
	    "123456789 123456789 123456789 123456789 123456789 1234567890",
	    "From: \"123456789 123456789 123456789 123456789 123456789 "
	    "1234567890\"\r\n <dmarc@receiver.example>\r\n" },
	{ "one octet longer",
	    "123456789 123456789 123456789 123456789 123456789 12345678901",
	    "From: "
	    "=?UTF-8?B?MTIzNDU2Nzg5IDEyMzQ1Njc4OSAxMjM0NTY3ODkgMTIzNDU2Nzg5IDEy"
	    "MzQ1?=\r\n =?UTF-8?B?Njc4OSAxMjM0NTY3ODkwMQ==?=\r\n "
	    "<dmarc@receiver.example>\r\n" },
	{ "not ASCII", "\xc3\x84",
	    "From: =?UTF-8?B?w4Q=?=\r\n <dmarc@receiver.example>\r\n" },
	/* 44 octets of ASCII, then a character of two. */
	{ "no character is cut",
	    "12345678901234567890123456789012345678901234\xc3\x84!",
	    "From: "
	    "=?UTF-8?B?MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEy"
	    "MzQ=?=\r\n =?UTF-8?B?w4Qh?=\r\n <dmarc@receiver.example>\r\n" },
	{ "not UTF-8", "A\xff",
	    "From: \"A?\"\r\n <dmarc@receiver.example>\r\n" },
	{ "an encoded word", "=?utf-8?q?x?=",
	    "From: =?UTF-8?B?PT91dGYtOD9xP3g/PQ==?=\r\n "
	    "<dmarc@receiver.example>\r\n" },
};

START_TEST(display_name)
{
	struct wax_report_mail mail = usual();
	struct wax_str text, want = wax_str_of(names[_i].field);

	mail.org_name = wax_exact(names[_i].org);
	text = wax_compose(arena, &mail);
	ck_assert_msg(memmem(text.p, text.n, want.p, want.n) != NULL,
	    "%s: \"%.*s\"", names[_i].name, 400, text.p);
}
END_TEST

/* What the store or the configuration holds is not what a header gets. */
START_TEST(nothing_breaks_out)
{
	struct wax_report_mail mail = usual();
	struct wax_str text;

	mail.from = wax_exact("a\r\nX-From: 1 @receiver.example");
	mail.to = wax_exact("a>\r\nX-To: 1");
	mail.file_name = wax_exact("../x\"\r\nX-File: 1");
	mail.contact = wax_exact(
	    "\r\n--=_0123456789abcdef0123456789abcdef--\r\nX-Contact: 1");
	text = wax_compose(arena, &mail);
	ck_assert_ptr_null(memmem(text.p, text.n, "\nX-", 3));
	ck_assert(wax_str_ends(text, WAX_STR("\r\n--=_0123456789abcdef"
	                                     "0123456789abcdef--\r\n")));
	ck_assert_ptr_eq(
	    memmem(text.p, text.n, "cdef--\r\n", 8), text.p + text.n - 8);
	ck_assert_ptr_nonnull(
	    memmem(text.p, text.n, "filename=\".._x___X-File:_1\"\r\n", 29));
}
END_TEST

static const struct {
	int64_t when;
	const char *field;
} dates[] = {
	{ 0, "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n" },
	{ 951782400, "Date: Tue, 29 Feb 2000 00:00:00 +0000\r\n" },
	{ -1, "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n" },
	{ INT64_MAX, "Date: Fri, 31 Dec 9999 23:59:59 +0000\r\n" },
};

START_TEST(date)
{
	struct wax_report_mail mail = usual();
	struct wax_str text;

	mail.date = dates[_i].when;
	text = wax_compose(arena, &mail);
	ck_assert_wax_str_eq(
	    wax_str_head(text, strlen(dates[_i].field)), dates[_i].field);
}
END_TEST

/* Octets of all sizes around a line, and what base64 makes of their ends. */
START_TEST(base64_lines)
{
	char octets[400];
	struct wax_report_mail mail = usual();

	memset(octets, 'x', sizeof octets);
	for (size_t n = 0; n <= sizeof octets; n++) {
		struct wax_str rest, line, text;

		mail.gzip = wax_exact_n(octets, n);
		text = wax_compose(arena, &mail);
		rest = text;
		while (wax_str_cut(&rest, '\n', &line))
			ck_assert_uint_le(line.n, 200);
		ck_assert(wax_str_ends(text, WAX_STR("ef--\r\n")));
		wax_arena_reset(arena);
		mail = usual();
	}
}
END_TEST

Suite *wax_compose_suite(void);

Suite *
wax_compose_suite(void)
{
	Suite *suite = suite_create("compose");
	TCase *tc = tcase_create("compose");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, whole_message);
	tcase_add_loop_test(
	    tc, display_name, 0, (int)(sizeof names / sizeof names[0]));
	tcase_add_test(tc, nothing_breaks_out);
	tcase_add_loop_test(tc, date, 0, (int)(sizeof dates / sizeof dates[0]));
	tcase_add_test(tc, base64_lines);
	suite_add_tcase(suite, tc);
	return suite;
}
