/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the DNS says about a key, and what becomes of a signature by it.
 */
#include "policy/base/limits.h"
#include "tests/support/suite.h"
#include "tests/unit/auth/dkim_judge.h"

Suite *wax_dkim_keys_suite(void);

#define SEL "sel._domainkey.example.com"

static const struct wax_str message =
    WAX_STR_INIT("From: Joe <joe@example.com>\r\n"
                 "Subject: dinner\r\n"
                 "\r\n"
                 "Hi.\r\n");

/* Sign with rsa2048 and a given i=; only what the zone says differs. "%K" in
 * its lines is the key's p=, "%1" and "%2" are its parts, "%E" is that of
 * ed25519. */
static const struct {
	const char *name, *zone, *auid, *result, *reason;
	bool undecided, test_key, limit_hit;
} rows[] = {
	{ "a key", SEL " TXT v=DKIM1; p=%K", NULL, "pass", "", 0, 0, 0 },
	{ "strings cut anywhere",
	    SEL " TXT \"v=D\" \"KIM1; p\" \"=\" \"%1\" \"%2\" \";\"", NULL,
	    "pass", "", 0, 0, 0 },
	{ "through a CNAME",
	    SEL " CNAME keys.esp.example\nkeys.esp.example TXT p=%K", NULL,
	    "pass", "", 0, 0, 0 },
	{ "through a CNAME to nothing", SEL " CNAME keys.esp.example", NULL,
	    "permerror", "no key", 0, 0, 0 },
	{ "by a wildcard", "*._domainkey.example.com TXT p=%K", NULL, "pass",
	    "", 0, 0, 0 },
	{ "NXDOMAIN", "example.com A 192.0.2.1", NULL, "permerror", "no key", 0,
	    0, 0 },
	{ "NODATA", SEL " A 192.0.2.1", NULL, "permerror", "no key", 0, 0, 0 },
	{ "DK-08 SERVFAIL", SEL " FAULT servfail TXT", NULL, "temperror",
	    "key lookup did not complete", 1, 0, 0 },
	{ "timeout", SEL " FAULT timeout TXT", NULL, "temperror",
	    "key lookup did not complete", 1, 0, 0 },
	{ "truncated", SEL " FAULT trunc TXT", NULL, "temperror",
	    "key lookup did not complete", 1, 0, 0 },
	{ "CNAME loop", SEL " CNAME a.example\na.example CNAME " SEL, NULL,
	    "temperror", "key lookup did not complete", 1, 0, 0 },
	{ "DK-06 revoked", SEL " TXT v=DKIM1; p=", NULL, "permerror",
	    "key is revoked", 0, 0, 0 },
	{ "another record", SEL " TXT v=spf1 -all", NULL, "permerror",
	    "no key record of valid syntax", 0, 0, 0 },
	{ "another record beside it", SEL " TXT v=spf1 -all\n" SEL " TXT p=%K",
	    NULL, "pass", "", 0, 0, 0 },
	{ "a revoked one beside it", SEL " TXT p=\n" SEL " TXT p=%K", NULL,
	    "pass", "", 0, 0, 0 },
	{ "an Ed25519 key beside it",
	    SEL " TXT k=ed25519; p=%E\n" SEL " TXT p=%K", NULL, "pass", "", 0,
	    0, 0 },
	{ "for sha1 only, and one for all",
	    SEL " TXT h=sha1; p=%K\n" SEL " TXT p=%K", NULL, "pass", "", 0, 0,
	    0 },
	{ "of another type", SEL " TXT k=ed25519; p=%E", NULL, "permerror",
	    "key is of another type (k=)", 0, 0, 0 },
	{ "for sha1 only", SEL " TXT h=sha1; p=%K", NULL, "permerror",
	    "key is not for this hash (h=)", 0, 0, 0 },
	{ "for other services", SEL " TXT s=tlsrpt; p=%K", NULL, "permerror",
	    "key is not for mail (s=)", 0, 0, 0 },
	{ "testing", SEL " TXT t=y; p=%K", NULL, "pass", "", 0, 1, 0 },
	{ "testing and strict", SEL " TXT t=y:s; p=%K", "i=@example.com",
	    "pass", "", 0, 1, 0 },
	{ "DK-05 strict, i= below d=", SEL " TXT t=s; p=%K",
	    "i=@sub.example.com", "permerror",
	    "i= is below d=, which the key forbids (t=s)", 0, 0, 0 },
	{ "strict, no i=", SEL " TXT t=s; p=%K", NULL, "pass", "", 0, 0, 0 },
	{ "malformed", SEL " TXT p=AAAA", NULL, "permerror",
	    "key is malformed (p=)", 0, 0, 0 },
};

static struct wax_str
filled_in(struct wax_arena *arena, const char *zone)
{
	struct wax_signer *rsa = judge_signer("rsa2048");
	struct wax_signer *ed = judge_signer("ed25519");
	struct wax_str key = wax_signer_public(arena, rsa);
	struct wax_text text;

	wax_text_init(&text, arena);
	for (const char *c = zone; *c != '\0'; c++) {
		if (c[0] != '%') {
			wax_text_addc(&text, *c);
			continue;
		}
		c++;
		wax_text_add(&text, *c == 'K'   ? key
		                    : *c == '1' ? wax_str_head(key, 200)
		                    : *c == '2' ? wax_str_from(key, 200)
		                                : wax_signer_public(arena, ed));
	}
	wax_signer_free(rsa);
	wax_signer_free(ed);
	return wax_text_str(&text);
}

START_TEST(one_key)
{
	struct judge judge = judge_open();
	struct wax_signer *signer = judge_signer("rsa2048");
	const struct wax_sign_request request = { .domain = "example.com",
		.selector = "sel",
		.n_tags = rows[_i].auid != NULL,
		.tag = &rows[_i].auid };

	judge_zone(&judge, filled_in(judge.arena, rows[_i].zone).p);
	judge_run(
	    &judge, wax_sign_message(judge.arena, signer, &request, message));
	ck_assert_msg(
	    wax_str_eq(wax_str_of(wax_result_word(judge.sig[0].result)),
	        wax_str_of(rows[_i].result)),
	    "%s: %s (%.*s)", rows[_i].name,
	    wax_result_word(judge.sig[0].result), WAX_FMT(judge.sig[0].reason));
	judge_reason(&judge, 0, rows[_i].reason);
	ck_assert_int_eq(judge.sig[0].undecided, rows[_i].undecided);
	ck_assert_int_eq(judge.sig[0].test_key, rows[_i].test_key);
	ck_assert_int_eq(judge.sig[0].limit_hit, rows[_i].limit_hit);
	/* Not that of a message which was changed on its way. */
	ck_assert(!judge.sig[0].broken);
	ck_assert_uint_eq(judge.asked_ahead, 1);
	ck_assert_uint_eq(judge.asked, 1);
	wax_signer_free(signer);
	judge_close(&judge);
}
END_TEST

/* --- sizes ---------------------------------------------------------------- */

static const struct {
	const char *name, *key;
	unsigned min_bits;
	size_t max_bits;
	const char *result, *reason;
	bool limit_hit;
} sizes[] = {
	{ "at the maximum", "rsa4096", 1024, 4096, "pass", "", 0 },
	{ "beyond the maximum", "rsa4096", 1024, 4095, "permerror",
	    "key has too many bits", 1 },
	{ "at the minimum", "rsa2048", 2048, 4096, "pass", "", 0 },
	{ "below the operator's minimum", "rsa1024", 1025, 4096, "policy",
	    "key has too few bits", 0 },
	{ "below RFC 8301's minimum, whatever the operator says", "rsa1023",
	    512, 4096, "permerror", "key has less than 1024 bits", 0 },
	{ "Ed25519 has no such bounds", "ed25519", 4096, 128, "pass", "", 0 },
};

START_TEST(one_size)
{
	struct judge judge = judge_open();
	const struct wax_sign_request request = { .domain = "example.com",
		.selector = "sel" };

	judge.options.min_rsa_bits = sizes[_i].min_bits;
	judge.options.max_key_bits = sizes[_i].max_bits;
	judge_signed(&judge, sizes[_i].key, &request, message);
	ck_assert_msg(
	    wax_str_eq(wax_str_of(wax_result_word(judge.sig[0].result)),
	        wax_str_of(sizes[_i].result)),
	    "%s: %s", sizes[_i].name, wax_result_word(judge.sig[0].result));
	judge_reason(&judge, 0, sizes[_i].reason);
	ck_assert_int_eq(judge.sig[0].limit_hit, sizes[_i].limit_hit);
	ck_assert_uint_gt(judge.sig[0].key_bits, 0);
	judge_close(&judge);
}
END_TEST

/* A record longer than libopendkim's buffer (1,025 octets), the longest that
 * we read, and one octet more. */
START_TEST(long_records)
{
	static const struct {
		size_t n;
		const char *result;
	} lengths[] = {
		{ 1025, "pass" },
		{ 5000, "pass" },
		{ WAX_KEY_RECORD_BYTES_MAX, "pass" },
		{ WAX_KEY_RECORD_BYTES_MAX + 1, "permerror" },
	};
	const struct wax_sign_request request = { .domain = "example.com",
		.selector = "sel" };

	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct judge judge = judge_open();
		struct wax_signer *signer = judge_signer("rsa4096");
		struct wax_text record;

		wax_text_init(&record, judge.arena);
		wax_text_add(&record, wax_signer_record(judge.arena, signer));
		wax_text_addz(&record, "; n=");
		while (record.n < lengths[i].n)
			wax_text_addc(&record, 'x');
		judge_publish(&judge, SEL, wax_text_str(&record));
		judge_run(&judge,
		    wax_sign_message(judge.arena, signer, &request, message));
		judge_is(&judge, 0, lengths[i].result);
		ck_assert_int_eq(judge.sig[0].limit_hit,
		    i + 1 == sizeof lengths / sizeof *lengths);
		wax_signer_free(signer);
		judge_close(&judge);
	}
}
END_TEST

/* RFC 6376 s3.6.1 by the letter: RSAPublicKey without the wrapping. */
START_TEST(bare_key)
{
	struct judge judge = judge_open();
	struct wax_signer *signer = judge_signer("rsa2048");
	const struct wax_sign_request request = { .domain = "example.com",
		.selector = "sel" };

	judge_publish(&judge, SEL,
	    wax_textf(judge.arena, "p=%.*s",
	        WAX_FMT(wax_signer_public_bare(judge.arena, signer))));
	judge_run(
	    &judge, wax_sign_message(judge.arena, signer, &request, message));
	judge_is(&judge, 0, "pass");
	ck_assert_uint_eq(judge.sig[0].key_bits, 2048);
	wax_signer_free(signer);
	judge_close(&judge);
}
END_TEST

/* Somebody else's key of the same kind. */
START_TEST(other_key)
{
	static const char *const keys[][2] = { { "rsa2048", "other-rsa2048" },
		{ "ed25519", "other-ed25519" } };
	const struct wax_sign_request request = { .domain = "example.com",
		.selector = "sel" };

	for (size_t i = 0; i < 2; i++) {
		struct judge judge = judge_open();
		struct wax_signer *signer = judge_signer(keys[i][0]);
		struct wax_signer *other = judge_signer(keys[i][1]);

		judge_publish_key(&judge, SEL, other);
		judge_run(&judge,
		    wax_sign_message(judge.arena, signer, &request, message));
		judge_is(&judge, 0, "fail");
		ck_assert(judge.sig[0].broken);
		wax_signer_free(signer);
		wax_signer_free(other);
		judge_close(&judge);
	}
}
END_TEST

/* No body is hashed for a key that is known not to be there; where that is
 * not known, or another signature needs it, it is. */
START_TEST(body_without_a_key)
{
	static const struct {
		const char *zone, *result;
		bool needs_body;
	} cases[] = {
		{ "example.com A 192.0.2.1", "permerror", false },
		{ SEL " A 192.0.2.1", "permerror", false },
		{ SEL " FAULT servfail TXT", "temperror", true },
		{ SEL " TXT p=", "permerror", true },
		{ SEL " TXT p=%K", "pass", true },
	};
	struct wax_sign_request request = { .domain = "example.com",
		.selector = "sel" };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct judge judge = judge_open();
		struct wax_signer *signer = judge_signer("rsa2048");
		struct wax_str text;

		judge_zone(&judge, filled_in(judge.arena, cases[i].zone).p);
		request.domain = "example.com";
		request.canon = "relaxed/simple";
		text = wax_sign_message(judge.arena, signer, &request, message);
		judge_run(&judge, text);
		judge_is(&judge, 0, cases[i].result);
		ck_assert_int_eq(judge.needs_body, cases[i].needs_body);
		judge_publish_key(&judge, "sel._domainkey.esp.example", signer);
		request.domain = "esp.example";
		for (size_t k = 0; k < 2; k++) {
			request.canon =
			    k == 0 ? "relaxed/simple" : "relaxed/relaxed";
			judge_run(&judge, wax_sign_message(judge.arena, signer,
			                      &request, text));
			judge_is(&judge, 0, "pass");
			judge_is(&judge, 1, cases[i].result);
			ck_assert(judge.needs_body);
		}
		wax_signer_free(signer);
		judge_close(&judge);
	}
}
END_TEST

/* The budget of the message is spent: a permanent outcome. */
START_TEST(no_questions_left)
{
	struct judge judge = judge_open();
	const struct wax_sign_request request = { .domain = "example.com",
		.selector = "sel" };

	judge.max_questions = 0;
	judge_signed(&judge, "rsa2048", &request, message);
	judge_is(&judge, 0, "permerror");
	judge_reason(
	    &judge, 0, "too many DNS questions, or records at the key's name");
	ck_assert(judge.sig[0].limit_hit);
	ck_assert(!judge.sig[0].undecided);
	judge_close(&judge);
}
END_TEST

/* RFC 8616: the field has U-labels, the DNS A-labels. */
START_TEST(u_labels)
{
	struct judge judge = judge_open();
	struct wax_signer *signer = judge_signer("rsa2048");
	const struct wax_sign_request request = {
		.domain = "b\xc3\xbc"
		          "cher.example",
		.selector = "sch\xc3\xb6n",
		.n_tags = 1,
		.tag = (const char *[]){ "i=j\xc3\xb6@a.b\xc3\xbc"
		                         "cher.example" },
	};

	judge.author = "xn--bcher-kva.example";
	judge_publish_key(
	    &judge, "xn--schn-7qa._domainkey.xn--bcher-kva.example", signer);
	judge_run(
	    &judge, wax_sign_message(judge.arena, signer, &request, message));
	judge_is(&judge, 0, "pass");
	ck_assert_wax_str_eq(judge.sig[0].sdid.text, "xn--bcher-kva.example");
	ck_assert_wax_str_eq(judge.sig[0].selector, "xn--schn-7qa");
	ck_assert_wax_str_eq(judge.sig[0].auid, "@a.xn--bcher-kva.example");
	wax_signer_free(signer);
	judge_close(&judge);
}
END_TEST

Suite *
wax_dkim_keys_suite(void)
{
	Suite *suite = suite_create("dkim keys");
	TCase *tc = tcase_create("dkim keys");

	tcase_add_loop_test(tc, one_key, 0, (int)(sizeof rows / sizeof *rows));
	tcase_add_loop_test(
	    tc, one_size, 0, (int)(sizeof sizes / sizeof *sizes));
	tcase_add_test(tc, long_records);
	tcase_add_test(tc, bare_key);
	tcase_add_test(tc, other_key);
	tcase_add_test(tc, body_without_a_key);
	tcase_add_test(tc, no_questions_left);
	tcase_add_test(tc, u_labels);
	suite_add_tcase(suite, tc);
	return suite;
}
