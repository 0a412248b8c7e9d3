/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The signed messages that the RFCs print, and all canonicalizations of a
 * message with odd white space.
 */
#include "tests/support/suite.h"
#include "tests/unit/auth/dkim_judge.h"

Suite *wax_dkim_rfc_suite(void);

/* RFC 8463 A.2 */
#define ED25519_RECORD \
	"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define RSA_RECORD                                                         \
	"v=DKIM1; k=rsa; p="                                               \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6" \
	"Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/" \
	"e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G" \
	"+2kryOTIKT+l/K4w3QIDAQAB"

/* RFC 8463 A.3 */
static const struct wax_str rfc8463 = WAX_STR_INIT(
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
    " subject : date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
    " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
    " date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
    " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
    " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"
    "From: Joe SixPack <joe@football.example.com>\r\n"
    "To: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    "\r\n"
    "Hi.\r\n"
    "\r\n"
    "We lost the game.  Are you hungry yet?\r\n"
    "\r\n"
    "Joe.\r\n");

/* The key is that of RFC 4871 A.2, and the message that of RFC 6376 A.2, with
 * the white space with which it was signed. */
#define RFC4871_RECORD                                                     \
	"v=DKIM1; p="                                                      \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkM" \
	"oGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/R" \
	"tdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToI" \
	"MmPSPDdQPNUYckcQ2QIDAQAB"

static const struct wax_str rfc6376 = WAX_STR_INIT(
    "DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\r\n"
    "      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r\n"
    "      h=Received : From : To : Subject : Date : Message-ID;\r\n"
    "      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    "      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\r\n"
    "      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\r\n"
    "      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\r\n"
    "      4bmp/YzhwvcubU4=;\r\n"
    "Received: from client1.football.example.com  [192.0.2.1]\r\n"
    "      by submitserver.example.com with SUBMISSION;\r\n"
    "      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n"
    "From: Joe SixPack <joe@football.example.com>\r\n"
    "To: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    "\r\n"
    "Hi.\r\n"
    "\r\n"
    "We lost the game. Are you hungry yet?\r\n"
    "\r\n"
    "Joe.\r\n");

START_TEST(rfc8463_a3)
{
	struct judge judge = judge_open();

	judge.author = "football.example.com";
	judge.chunk = 1;
	judge_publish(&judge, "brisbane._domainkey.football.example.com",
	    WAX_STR(ED25519_RECORD));
	judge_publish(&judge, "test._domainkey.football.example.com",
	    WAX_STR(RSA_RECORD));
	judge_run(&judge, rfc8463);
	ck_assert_uint_eq(judge.n, 2);
	judge_is(&judge, 0, "pass");
	judge_is(&judge, 1, "pass");
	ck_assert_wax_str_eq(judge.sig[0].algorithm, "ed25519-sha256");
	ck_assert_uint_eq(judge.sig[0].key_bits, 256);
	ck_assert_wax_str_eq(judge.sig[0].selector, "brisbane");
	ck_assert_wax_str_eq(judge.sig[0].auid, "@football.example.com");
	ck_assert_wax_str_eq(judge.sig[0].b_prefix, "/gCrinpc");
	ck_assert_wax_str_eq(judge.sig[1].algorithm, "rsa-sha256");
	ck_assert_uint_eq(judge.sig[1].key_bits, 1024);
	ck_assert_uint_eq(judge.asked_ahead, 2);
	judge_close(&judge);
}
END_TEST

START_TEST(rfc6376_a2)
{
	struct judge judge = judge_open();

	judge.author = "football.example.com";
	judge_publish(
	    &judge, "brisbane._domainkey.example.com", WAX_STR(RFC4871_RECORD));
	judge_run(&judge, rfc6376);
	ck_assert_uint_eq(judge.n, 1);
	judge_is(&judge, 0, "pass");
	ck_assert_wax_str_eq(judge.sig[0].sdid.text, "example.com");
	ck_assert_wax_str_eq(judge.sig[0].auid, "joe@football.example.com");
	judge_close(&judge);
}
END_TEST

/* --- odd white space ------------------------------------------------------ */

static const struct wax_str odd = WAX_STR_INIT(
    "Received: from x\r\n\tby y;\r\n  Fri, 11 Jul 2003 21:01:54 -0700\r\n"
    "fRoM :\tJoe   <joe@example.com> \t\r\n"
    "To:nobody@example.net,\r\n\t<suzie@example.net>\r\n"
    "Subject:  white  \r\n\t \r\n space \r\n"
    "X-Empty:\r\n"
    "X-8bit: \xc3\xa4\xff\r\n"
    "Date:    Fri,  11 Jul 2003\r\n"
    "\r\n"
    "  leading\r\n"
    "trailing  \t\r\n"
    "\r\n"
    " \t\r\n"
    "in   the \t middle\r\n"
    "\r\n"
    " \r\n"
    "\r\n");

static const char *const canons[] = { "simple/simple", "simple/relaxed",
	"relaxed/simple", "relaxed/relaxed", "simple", "relaxed" };
static const char *const keys[] = { "rsa2048", "ed25519" };

/* Each by libopendkim, and with odd white space in the signature by us. */
START_TEST(all_canonicalizations)
{
	static const size_t chunks[] = { 0, 1, 2, 3, 7 };
	struct judge judge = judge_open();
	struct wax_signer *signer = judge_signer(keys[_i % 2]);
	struct wax_sign_request request = { .domain = "example.com",
		.selector = "sel",
		.canon = canons[_i / 2],
		.h = "from:to:subject:x-empty:received:x-8bit:date:from:x-no" };

	judge_publish_key(&judge, "sel._domainkey.example.com", signer);
	for (int spaces = 0; spaces < 2; spaces++)
		for (size_t c = 0; c < sizeof chunks / sizeof *chunks; c++) {
			request.odd_spaces = spaces;
			judge.chunk = chunks[c];
			judge_run(&judge, wax_sign_message(judge.arena, signer,
			                      &request, odd));
			ck_assert_uint_eq(judge.n, 1);
			judge_is(&judge, 0, "pass");
			judge_reason(&judge, 0, "");
		}
	wax_signer_free(signer);
	judge_close(&judge);
}
END_TEST

/* What a change of the message on its way does to each of them. */
static const struct {
	const char *name, *from, *to;
	/* simple and relaxed header, simple and relaxed body */
	bool breaks[4];
} changes[] = {
	{ "a letter of the header", "Joe", "Jot", { 1, 1, 0, 0 } },
	{ "a letter of the body", "middle", "muddle", { 0, 0, 1, 1 } },
	{ "a blank more in the header", "   <joe", "    <joe", { 1, 0, 0, 0 } },
	{ "a fold elsewhere", " space", " \r\n\tspace", { 1, 0, 0, 0 } },
	{ "another case of the name", "fRoM", "From", { 1, 0, 0, 0 } },
	{ "a blank less in the body", "the \t", "the\t", { 0, 0, 1, 0 } },
	{ "a blank more at a line's end", "leading\r", "leading \r",
	    { 0, 0, 1, 0 } },
	{ "no blank where one was", "in   the", "inthe", { 0, 0, 1, 1 } },
	{ "an empty line at the end", "\r\n \r\n\r\n", "\r\n \r\n\r\n\r\n",
	    { 0, 0, 0, 0 } },
	{ "an empty line in the body", "leading\r\n", "leading\r\n\r\n",
	    { 0, 0, 1, 1 } },
	{ "a second From in front",
	    "Received:", "From: x@y.example\r\nReceived:", { 1, 1, 0, 0 } },
	{ "a field that is not signed",
	    "Received:", "X: y\r\nReceived:", { 0, 0, 0, 0 } },
	{ "a field that was signed as absent",
	    "Received:", "X-No:\r\nReceived:", { 1, 1, 0, 0 } },
};

static struct wax_str
changed(
    struct wax_arena *arena, struct wax_str s, const char *from, const char *to)
{
	struct wax_str wanted = wax_str_of(from);
	struct wax_text text;

	for (size_t i = 0; i < s.n; i++) {
		if (!wax_str_starts(wax_str_from(s, i), wanted))
			continue;
		wax_text_init(&text, arena);
		wax_text_add(&text, wax_str_head(s, i));
		wax_text_addz(&text, to);
		wax_text_add(&text, wax_str_from(s, i + wanted.n));
		return wax_text_str(&text);
	}
	ck_abort_msg("no \"%s\" in the message", from);
	return s;
}

START_TEST(one_change)
{
	struct judge judge = judge_open();
	struct wax_signer *signer = judge_signer("rsa1024");

	judge_publish_key(&judge, "sel._domainkey.example.com", signer);
	for (int canon = 0; canon < 4; canon++) {
		struct wax_sign_request request = { .domain = "example.com",
			.selector = "sel",
			.canon = canons[canon],
			.h = "from:to:subject:received:date:from:x-no" };
		bool breaks = changes[_i].breaks[canon / 2] ||
		              changes[_i].breaks[2 + canon % 2];
		struct wax_str message = odd;

		for (int spaces = 0; spaces < 2; spaces++) {
			request.odd_spaces = spaces;
			judge_run(&judge,
			    wax_textf(judge.arena, "%.*s%.*s",
			        WAX_FMT(wax_sign(
			            judge.arena, signer, &request, message)),
			        WAX_FMT(changed(judge.arena, message,
			            changes[_i].from, changes[_i].to))));
			ck_assert_msg(judge.sig[0].result ==
			                  (breaks ? WAX_FAIL : WAX_PASS),
			    "%s: %s gives %s", changes[_i].name, canons[canon],
			    wax_result_word(judge.sig[0].result));
			ck_assert_int_eq(judge.sig[0].broken, breaks);
		}
	}
	wax_signer_free(signer);
	judge_close(&judge);
}
END_TEST

/* --- bodies --------------------------------------------------------------- */

static const struct {
	const char *name, *signed_body, *sent_body;
} bodies[] = {
	{ "none", "", "" },
	{ "one empty line", "\r\n", "\r\n" },
	{ "only empty lines", "\r\n\r\n\r\n", "\r\n\r\n\r\n" },
	{ "empty lines added", "", "\r\n\r\n" },
	{ "empty lines lost", "a\r\n\r\n\r\n", "a\r\n" },
	{ "last line open", "a\r\nb", "a\r\nb" },
	{ "last line closed on the way", "a\r\nb", "a\r\nb\r\n" },
	{ "CR at the end", "a\r\nb\r\n", "a\r\nb\r" },
	{ "LF alone", "a\r\nb\r\n", "a\nb\n" },
};

START_TEST(one_body)
{
	struct judge judge = judge_open();
	struct wax_signer *signer = judge_signer("ed25519");

	judge_publish_key(&judge, "sel._domainkey.example.com", signer);
	for (int canon = 0; canon < 4; canon++)
		for (judge.chunk = 0; judge.chunk < 3; judge.chunk++) {
			const struct wax_sign_request request = {
				.domain = "example.com",
				.selector = "sel",
				.canon = canons[canon],
			};
			struct wax_str field =
			    wax_sign(judge.arena, signer, &request,
			        wax_textf(judge.arena,
			            "From: a@b.example\r\n\r\n%s",
			            bodies[_i].signed_body));

			judge_run(
			    &judge, wax_textf(judge.arena,
			                "%.*sFrom: a@b.example\r\n\r\n%s",
			                WAX_FMT(field), bodies[_i].sent_body));
			ck_assert_msg(judge.sig[0].result == WAX_PASS,
			    "%s: %s gives %.*s", bodies[_i].name, canons[canon],
			    WAX_FMT(judge.sig[0].reason));
		}
	wax_signer_free(signer);
	judge_close(&judge);
}
END_TEST

Suite *
wax_dkim_rfc_suite(void)
{
	Suite *suite = suite_create("dkim rfc");
	TCase *tc = tcase_create("dkim rfc");

	tcase_add_test(tc, rfc8463_a3);
	tcase_add_test(tc, rfc6376_a2);
	tcase_add_loop_test(tc, all_canonicalizations, 0,
	    (int)(2 * sizeof canons / sizeof *canons));
	tcase_add_loop_test(
	    tc, one_change, 0, (int)(sizeof changes / sizeof *changes));
	tcase_add_loop_test(
	    tc, one_body, 0, (int)(sizeof bodies / sizeof *bodies));
	suite_add_tcase(suite, tc);
	return suite;
}
