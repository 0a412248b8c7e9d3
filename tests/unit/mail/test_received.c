/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/mail/received.h"
#include "tests/unit/mail/suites.h"

/* What is the same for many. */
#define BY_POSTFIX                                                         \
	"\n\tby mx2.rcpt.example (Postfix) with ESMTPS id 4XyZ1k2Qlmz9sRk" \
	"\n\tfor <user@rcpt.example>; Tue, 24 Nov 2026 18:30:00 +0000 (UTC)"
#define BY_SENDMAIL                                                        \
	"\n\tby mx2.rcpt.example (8.17.1.9/8.17.1.9/Debian-2) with ESMTPS" \
	" id 5AOIU0xx001234\n\t(version=TLSv1.3"                           \
	" cipher=TLS_AES_256_GCM_SHA384 bits=256 verify=NO)"               \
	"\n\tfor <user@rcpt.example>; Tue, 24 Nov 2026 18:30:00 GMT"
#define BY_EXIM                                                         \
	"\n\tby mx2.rcpt.example with esmtps  (TLS1.3)"                 \
	" tls TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\n\t(Exim 4.96)"     \
	"\n\t(envelope-from <bob@bank.example>)\n\tid 1vNabc-000123-1a" \
	"\n\tfor user@rcpt.example;\n\tTue, 24 Nov 2026 18:30:00 +0000"
#define BY_EXCHANGE                                                           \
	" by EX01.rcpt.example\r\n (10.0.0.5) with Microsoft SMTP Server"     \
	" (version=TLS1_2,\r\n cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384)" \
	" id 15.1.2507.39;\r\n Tue, 24 Nov 2026 18:30:00 +0000"

static const struct {
	const char *name;
	struct wax_str raw;
	const char *client, *client_name, *helo; /* client NULL: not known */
} fields[] = {
	/* Postfix */
	{ "postfix",
	    ROW_TEXT(
	        " from mail.d.example (out.d.example [192.0.2.7])" BY_POSTFIX),
	    "192.0.2.7", "out.d.example", "mail.d.example" },
	{ "postfix, no name",
	    ROW_TEXT(" from mail.d.example (unknown [192.0.2.7])" BY_POSTFIX),
	    "192.0.2.7", "", "mail.d.example" },
	{ "postfix, IPv6",
	    ROW_TEXT(" from mail.d.example (out.d.example"
	             " [IPv6:2001:db8::25])" BY_POSTFIX),
	    "2001:db8::25", "out.d.example", "mail.d.example" },
	{ "postfix, v4-mapped",
	    ROW_TEXT(" from mail.d.example (out.d.example"
	             " [IPv6:::ffff:192.0.2.7])" BY_POSTFIX),
	    "192.0.2.7", "out.d.example", "mail.d.example" },
	{ "postfix, CRLF",
	    ROW_TEXT(" from mail.d.example (out.d.example [192.0.2.7])\r\n"
	             "\tby mx2.rcpt.example (Postfix) with ESMTP id 1; x"),
	    "192.0.2.7", "out.d.example", "mail.d.example" },
	{ "postfix, TLS and login",
	    ROW_TEXT(
	        " from mail.d.example (out.d.example [192.0.2.7])"
	        "\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384"
	        " (256/256 bits)\n\t key-exchange X25519 server-signature"
	        " RSA-PSS (2048 bits) server-digest SHA256)"
	        "\n\t(Client CN \"out.d.example\", Issuer \"Microsoft Azure"
	        " TLS Issuing CA 01\" (verified OK))"
	        "\n\t(Authenticated sender: joe)" BY_POSTFIX),
	    "192.0.2.7", "out.d.example", "mail.d.example" },
	{ "postfix, HELO is a literal",
	    ROW_TEXT(
	        " from [198.51.100.1] (out.d.example [192.0.2.7])" BY_POSTFIX),
	    "192.0.2.7", "out.d.example", "[198.51.100.1]" },
	{ "postfix, HELO was made safe",
	    ROW_TEXT(" from foo??x??198.51.100.1?? (unknown "
	             "[192.0.2.7])" BY_POSTFIX),
	    "192.0.2.7", "", "foo??x??198.51.100.1??" },
	{ "postfix, no HELO",
	    ROW_TEXT(
	        " from out.d.example (out.d.example [192.0.2.7])" BY_POSTFIX),
	    "192.0.2.7", "out.d.example", "out.d.example" },
	{ "postfix, HELO is by",
	    ROW_TEXT(" from by (out.d.example [192.0.2.7])" BY_POSTFIX),
	    "192.0.2.7", "out.d.example", "by" },
	{ "postfix, HELO in UTF-8",
	    ROW_TEXT(
	        " from m\xc3\xbcll.d.example (unknown [192.0.2.7])" BY_POSTFIX),
	    "192.0.2.7", "", "m\xc3\xbcll.d.example" },
	{ "postfix, from a unix socket",
	    ROW_TEXT(" from localhost (unknown [unknown])" BY_POSTFIX), NULL,
	    NULL, NULL },
	{ "postfix, of its own",
	    ROW_TEXT(
	        " by mx2.rcpt.example (Postfix, from userid 0)\n\tid 1; x"),
	    NULL, NULL, NULL },
	{ "postfix, behind a filter",
	    ROW_TEXT(" from localhost (localhost [127.0.0.1])" BY_POSTFIX),
	    "127.0.0.1", "localhost", "localhost" },
	{ "a filter on the relay",
	    ROW_TEXT(" from mx2.rcpt.example ([127.0.0.1])\n\tby localhost"
	             " (mx2.rcpt.example [127.0.0.1]) (amavisd-new, port 10024)"
	             "\n\twith ESMTP id Zr4; x"),
	    "127.0.0.1", "", "mx2.rcpt.example" },
	{ "certificate with brackets",
	    ROW_TEXT(" from mail.d.example (out.d.example [192.0.2.7])"
	             "\n\t(Client CN \"x (y [198.51.100.1])\", Issuer \"z\""
	             " (not verified))" BY_POSTFIX),
	    NULL, NULL, NULL },
	/* Sendmail */
	{ "sendmail",
	    ROW_TEXT(
	        " from mail.d.example (out.d.example [192.0.2.7])" BY_SENDMAIL),
	    "192.0.2.7", "out.d.example", "mail.d.example" },
	{ "sendmail, no name",
	    ROW_TEXT(" from mail.d.example ([192.0.2.7])" BY_SENDMAIL),
	    "192.0.2.7", "", "mail.d.example" },
	{ "sendmail, IPv6",
	    ROW_TEXT(" from mail.d.example "
	             "([IPv6:2001:db8:0:0:0:0:0:25])" BY_SENDMAIL),
	    "2001:db8::25", "", "mail.d.example" },
	{ "sendmail, forged",
	    ROW_TEXT(" from mail.d.example (www.bank.example [192.0.2.7]"
	             " (may be forged))" BY_SENDMAIL),
	    "192.0.2.7", "", "mail.d.example" },
	{ "sendmail, forged, outside",
	    ROW_TEXT(" from mail.d.example (www.bank.example [192.0.2.7])"
	             " (may be forged)" BY_SENDMAIL),
	    "192.0.2.7", "", "mail.d.example" },
	{ "sendmail, ident",
	    ROW_TEXT(" from mail.d.example (joe@out.d.example "
	             "[192.0.2.7])" BY_SENDMAIL),
	    "192.0.2.7", "out.d.example", "mail.d.example" },
	{ "sendmail, ident, no name",
	    ROW_TEXT(" from mail.d.example (IDENT:48@[192.0.2.7])" BY_SENDMAIL),
	    NULL, NULL, NULL },
	{ "sendmail, ident of atoms, no name",
	    ROW_TEXT(" from mail.d.example (a.b+c@[192.0.2.7])" BY_SENDMAIL),
	    "192.0.2.7", "", "mail.d.example" },
	{ "sendmail, login",
	    ROW_TEXT(" from mail.d.example (out.d.example [192.0.2.7])"
	             "\n\t(authenticated bits=0)" BY_SENDMAIL),
	    "192.0.2.7", "out.d.example", "mail.d.example" },
	{ "sendmail, source route",
	    ROW_TEXT(" from mail.d.example (out.d.example "
	             "[!192.0.2.1@192.0.2.7])" BY_SENDMAIL),
	    NULL, NULL, NULL },
	{ "sendmail, of its own",
	    ROW_TEXT(" (from root@localhost)\n\tby mx2.rcpt.example"
	             " (8.17.1/8.17.1/Submit) id 1; x"),
	    NULL, NULL, NULL },
	/* Exim */
	{ "exim",
	    ROW_TEXT(" from out.d.example ([192.0.2.7] "
	             "helo=mail.d.example)" BY_EXIM),
	    "192.0.2.7", "out.d.example", "mail.d.example" },
	{ "exim, HELO is the name",
	    ROW_TEXT(" from out.d.example ([192.0.2.7])" BY_EXIM), "192.0.2.7",
	    "", "out.d.example" },
	{ "exim, port",
	    ROW_TEXT(" from out.d.example ([192.0.2.7]:54321"
	             " helo=mail.d.example)" BY_EXIM),
	    "192.0.2.7", "out.d.example", "mail.d.example" },
	{ "exim, port, HELO is the name",
	    ROW_TEXT(" from out.d.example ([192.0.2.7]:54321)" BY_EXIM),
	    "192.0.2.7", "", "out.d.example" },
	{ "exim, ident",
	    ROW_TEXT(" from out.d.example ([192.0.2.7] helo=mail.d.example"
	             " ident=joe)" BY_EXIM),
	    "192.0.2.7", "out.d.example", "mail.d.example" },
	{ "exim, ident, HELO is the name",
	    ROW_TEXT(" from out.d.example ([192.0.2.7] ident=joe)" BY_EXIM),
	    "192.0.2.7", "out.d.example", "out.d.example" },
	{ "exim, IPv6",
	    ROW_TEXT(" from out.d.example ([2001:db8::25]"
	             " helo=mail.d.example)" BY_EXIM),
	    "2001:db8::25", "out.d.example", "mail.d.example" },
	{ "exim, no name",
	    ROW_TEXT(" from [192.0.2.7] (helo=mail.d.example)" BY_EXIM),
	    "192.0.2.7", "", "mail.d.example" },
	{ "exim, no name, port, ident",
	    ROW_TEXT(" from [192.0.2.7] (port=54321 helo=mail.d.example"
	             " ident=joe)" BY_EXIM),
	    "192.0.2.7", "", "mail.d.example" },
	{ "exim, no name, port only",
	    ROW_TEXT(" from [192.0.2.7] (port=54321)" BY_EXIM), "192.0.2.7", "",
	    "" },
	{ "exim, no name, HELO is a literal",
	    ROW_TEXT(" from [192.0.2.7] (helo=[198.51.100.1])" BY_EXIM),
	    "192.0.2.7", "", "[198.51.100.1]" },
	{ "exim, no name, no HELO", ROW_TEXT(" from [192.0.2.7]" BY_EXIM),
	    "192.0.2.7", "", "" },
	{ "not exim, no name, no HELO",
	    ROW_TEXT(" from [192.0.2.7]\n\tby mx2.rcpt.example (x) id 1; x"),
	    NULL, NULL, NULL },
	{ "exim, local",
	    ROW_TEXT(" from joe by mx2.rcpt.example with local (Exim 4.96)"),
	    NULL, NULL, NULL },
	/* Exchange */
	{ "exchange", ROW_TEXT(" from mail.d.example (192.0.2.7)" BY_EXCHANGE),
	    "192.0.2.7", "", "mail.d.example" },
	{ "exchange, IPv6",
	    ROW_TEXT(" from mail.d.example (2001:db8::25)" BY_EXCHANGE),
	    "2001:db8::25", "", "mail.d.example" },
	{ "exchange, HELO is a literal",
	    ROW_TEXT(" from [198.51.100.1] (192.0.2.7)" BY_EXCHANGE),
	    "192.0.2.7", "", "[198.51.100.1]" },
	{ "exchange, frontend",
	    ROW_TEXT(
	        " from mail.d.example (192.0.2.7) by EX01.rcpt.example"
	        " (10.0.0.5) with Microsoft SMTP\r\n Server id 15.1.2507.39"
	        " via Frontend Transport; x"),
	    "192.0.2.7", "", "mail.d.example" },
	{ "exchange of old",
	    ROW_TEXT(
	        " from mail.d.example ([192.0.2.7]) by ex.rcpt.example with"
	        " Microsoft SMTPSVC(6.0.3790.4675);\r\n\t x"),
	    "192.0.2.7", "", "mail.d.example" },
	{ "exchange, its own store",
	    ROW_TEXT(" from EX01.rcpt.example ([fe80::1]) by EX01.rcpt.example"
	             " ([fe80::1%12]) with mapi id 15; x"),
	    NULL, NULL, NULL },
	{ "exchange, zone of an address",
	    ROW_TEXT(" from mail.d.example (fe80::1%12)" BY_EXCHANGE), NULL,
	    NULL, NULL },
	{ "plain address, not exchange",
	    ROW_TEXT(" from mail.d.example (192.0.2.7)" BY_POSTFIX), NULL, NULL,
	    NULL },
	/* A HELO that would be the server's clause. */
	{ "HELO with a clause",
	    ROW_TEXT(" from foo (x [198.51.100.1]) (out.d.example "
	             "[192.0.2.7])" BY_SENDMAIL),
	    NULL, NULL, NULL },
	{ "HELO with half of a clause",
	    ROW_TEXT(" from foo (x [198.51.100.1] (out.d.example "
	             "[192.0.2.7])" BY_SENDMAIL),
	    NULL, NULL, NULL },
	{ "HELO with a field",
	    ROW_TEXT(" from foo (x [198.51.100.1]) by mx2 (8.17.1); date"
	             " (out.d.example [192.0.2.7])" BY_SENDMAIL),
	    NULL, NULL, NULL },
	{ "HELO with a comment opened",
	    ROW_TEXT(" from foo (x [198.51.100.1]) by mx2 ( (out.d.example"
	             " [192.0.2.7])\n\tby mx2 for <\"a)\"@rcpt.example>; x"),
	    NULL, NULL, NULL },
	{ "HELO with quotes opened",
	    ROW_TEXT(" from foo (x [198.51.100.1]) by mx2 \" (out.d.example"
	             " [192.0.2.7])\n\tby mx2 for <\"\\\"\"@rcpt.example>; x"),
	    NULL, NULL, NULL },
	{ "HELO like exim's",
	    ROW_TEXT(" from foo ([198.51.100.1] helo=y) (out.d.example"
	             " [192.0.2.7])" BY_SENDMAIL),
	    NULL, NULL, NULL },
	{ "HELO like exim's without name",
	    ROW_TEXT(" from [198.51.100.1] (helo=y) (out.d.example "
	             "[192.0.2.7])" BY_SENDMAIL),
	    NULL, NULL, NULL },
	{ "HELO like exim's bare",
	    ROW_TEXT(" from [198.51.100.1] by x (Exim 4) (out.d.example"
	             " [192.0.2.7])" BY_SENDMAIL),
	    NULL, NULL, NULL },
	{ "HELO like exchange's",
	    ROW_TEXT(" from foo (198.51.100.1) by x with Microsoft SMTP Server"
	             " (out.d.example [192.0.2.7])" BY_SENDMAIL),
	    NULL, NULL, NULL },
	{ "exim's HELO like an ident",
	    ROW_TEXT(" from [192.0.2.7] (helo=x@y [198.51.100.1]) ()" BY_EXIM),
	    NULL, NULL, NULL },
	{ "exim's HELO with a clause",
	    ROW_TEXT(" from out.d.example ([192.0.2.7] helo=x) (y"
	             " [198.51.100.1])" BY_EXIM),
	    NULL, NULL, NULL },
	{ "exchange's HELO with a clause",
	    ROW_TEXT(" from foo (198.51.100.1) by x (10.0.0.5) with Microsoft"
	             " SMTP Server (192.0.2.7)" BY_EXCHANGE),
	    NULL, NULL, NULL },
	{ "exchange's HELO with a comment",
	    ROW_TEXT(" from foo (198.51.100.1) (192.0.2.7)" BY_EXCHANGE), NULL,
	    NULL, NULL },
	{ "exchange's HELO like sendmail's",
	    ROW_TEXT(
	        " from foo (x [198.51.100.1]) by y (192.0.2.7)" BY_EXCHANGE),
	    NULL, NULL, NULL },
	/* Others */
	{ "empty", ROW_TEXT(""), NULL, NULL, NULL },
	{ "from", ROW_TEXT(" from"), NULL, NULL, NULL },
	{ "from and a blank", ROW_TEXT(" from "), NULL, NULL, NULL },
	{ "from and a HELO", ROW_TEXT(" from mail.d.example"), NULL, NULL,
	    NULL },
	{ "not from",
	    ROW_TEXT(
	        " frommage mail.d.example (unknown [192.0.2.7])" BY_POSTFIX),
	    NULL, NULL, NULL },
	{ "capitals",
	    ROW_TEXT("FROM mail.d.example (Unknown [IPV6:2001:DB8::25])"
	             " BY mx2.rcpt.example with SMTP; x"),
	    "2001:db8::25", "", "mail.d.example" },
	{ "folded",
	    ROW_TEXT("\n\tfrom\n\tmail.d.example\n\t(out.d.example\n\t"
	             "[192.0.2.7])\n\tby\n\tmx2.rcpt.example; x"),
	    "192.0.2.7", "out.d.example", "mail.d.example" },
	{ "two addresses in one clause",
	    ROW_TEXT(" from mail.d.example (out.d.example [192.0.2.7]"
	             " [198.51.100.1])" BY_POSTFIX),
	    NULL, NULL, NULL },
	{ "address within an address",
	    ROW_TEXT(" from mail.d.example (out.d.example "
	             "[[192.0.2.7]])" BY_POSTFIX),
	    NULL, NULL, NULL },
	{ "blank in the address",
	    ROW_TEXT(
	        " from mail.d.example (out.d.example [192.0.2.7 ])" BY_POSTFIX),
	    NULL, NULL, NULL },
	{ "octal",
	    ROW_TEXT(" from mail.d.example (out.d.example "
	             "[192.0.2.007])" BY_POSTFIX),
	    NULL, NULL, NULL },
	{ "three numbers",
	    ROW_TEXT(
	        " from mail.d.example (out.d.example [192.0.2])" BY_POSTFIX),
	    NULL, NULL, NULL },
	{ "name with a blank",
	    ROW_TEXT(
	        " from mail.d.example (out d.example [192.0.2.7])" BY_POSTFIX),
	    NULL, NULL, NULL },
	{ "name in a comment of its own",
	    ROW_TEXT(" from mail.d.example ((out.d.example) "
	             "[192.0.2.7])" BY_POSTFIX),
	    NULL, NULL, NULL },
	{ "nested",
	    ROW_TEXT(" from mail.d.example ((out.d.example "
	             "[192.0.2.7]))" BY_POSTFIX),
	    NULL, NULL, NULL },
	{ "not closed",
	    ROW_TEXT(
	        " from mail.d.example (out.d.example [192.0.2.7]" BY_POSTFIX),
	    NULL, NULL, NULL },
	{ "no by",
	    ROW_TEXT(" from mail.d.example (out.d.example [192.0.2.7]);"
	             " Tue, 24 Nov 2026 18:30:00 +0000"),
	    NULL, NULL, NULL },
	{ "by nobody",
	    ROW_TEXT(" from mail.d.example (out.d.example [192.0.2.7]) by "),
	    NULL, NULL, NULL },
	{ "comment before by is not closed",
	    ROW_TEXT(" from mail.d.example (out.d.example [192.0.2.7]) (x"
	             " by mx2; x"),
	    NULL, NULL, NULL },
	{ "qmail",
	    ROW_TEXT(" from unknown (HELO mail.d.example) (192.0.2.7)\n  by"
	             " mx2.rcpt.example with SMTP; 24 Nov 2026 18:30:00 -0000"),
	    NULL, NULL, NULL },
	{ "NUL in the HELO",
	    ROW_TEXT(" from mail\0.d.example (out.d.example "
	             "[192.0.2.7])" BY_POSTFIX),
	    NULL, NULL, NULL },
	{ "NUL in the address",
	    ROW_TEXT(" from mail.d.example (out.d.example "
	             "[192.0.2.7\0])" BY_POSTFIX),
	    NULL, NULL, NULL },
	{ "long port",
	    ROW_TEXT(" from out.d.example ([192.0.2.7]:543210"
	             " helo=mail.d.example)" BY_EXIM),
	    NULL, NULL, NULL },
};

START_TEST(test_received)
{
	struct wax_str raw = wax_exact_n(fields[_i].raw.p, fields[_i].raw.n);
	struct wax_received got = { .helo = WAX_STR("not touched") };
	bool is_read = wax_received_parse(raw, &got);

	ck_assert_msg(is_read == (fields[_i].client != NULL), "%s: %s",
	    fields[_i].name, is_read ? "read" : "not read");
	if (!is_read) {
		ck_assert_wax_str_eq(got.helo, "not touched");
		return;
	}
	ck_assert_wax_str_eq(
	    wax_ip_format(mail_arena, got.client), fields[_i].client);
	ck_assert_wax_str_eq(got.client_name, fields[_i].client_name);
	ck_assert_wax_str_eq(got.helo, fields[_i].helo);
}
END_TEST

/* A field that was cut names the same client, or nobody. */
START_TEST(test_received_cut)
{
	struct wax_received got;

	for (size_t n = 0; n <= fields[_i].raw.n; n++)
		if (wax_received_parse(
		        wax_exact_n(fields[_i].raw.p, n), &got) &&
		    fields[_i].client != NULL)
			ck_assert_wax_str_eq(
			    wax_ip_format(mail_arena, got.client),
			    fields[_i].client);
}
END_TEST

START_TEST(test_received_length)
{
	static const char front[] = " from a.example (b.example [192.0.2.7]) (",
	                  back[] = ") by mx2; x";
	const size_t fill =
	    WAX_RECEIVED_BYTES_MAX - (sizeof front - 1) - (sizeof back - 1);
	struct wax_received got;

	ck_assert(
	    wax_received_parse(mail_join(wax_str_of(front),
	                           mail_repeat("x", fill), wax_str_of(back)),
	        &got));
	ck_assert(!wax_received_parse(
	    mail_join(wax_str_of(front), mail_repeat("x", fill + 1),
	        wax_str_of(back)),
	    &got));
	/* 100 kB of brackets, comments and HELO cost nothing. */
	ck_assert(!wax_received_parse(mail_repeat("(", 100000), &got));
	ck_assert(!wax_received_parse(
	    mail_join(WAX_STR(" from "), mail_repeat("[", 100000),
	        WAX_STR(" (b.example [192.0.2.7]) by mx2; x")),
	    &got));
}
END_TEST

START_TEST(test_received_comment_depth)
{
	const struct wax_str front =
	    WAX_STR(" from a.example (b.example [192.0.2.7]) ");
	struct wax_received got;

	for (size_t depth = WAX_COMMENT_DEPTH_MAX;
	     depth <= WAX_COMMENT_DEPTH_MAX + 1; depth++)
		ck_assert(wax_received_parse(
		              mail_join(front, mail_repeat("(", depth),
		                  mail_join(mail_repeat(")", depth),
		                      WAX_STR(" by mx2; x"), WAX_STR(""))),
		              &got) == (depth <= WAX_COMMENT_DEPTH_MAX));
}
END_TEST

Suite *
mail_suite_received(void)
{
	Suite *suite = suite_create("received");
	TCase *tc = mail_case(suite);

	tcase_add_loop_test(tc, test_received, 0, ROWS(fields));
	tcase_add_loop_test(tc, test_received_cut, 0, ROWS(fields));
	tcase_add_test(tc, test_received_length);
	tcase_add_test(tc, test_received_comment_depth);
	return suite;
}
