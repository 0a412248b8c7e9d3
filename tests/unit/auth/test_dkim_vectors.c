/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vectors DK-01 to DK-11, and what belongs to each of them.
 */
#include "tests/support/suite.h"
#include "tests/unit/auth/dkim_judge.h"

Suite *wax_dkim_vectors_suite(void);

static const struct wax_str message =
    WAX_STR_INIT("From: Joe <joe@example.com>\r\n"
                 "To: suzie@shopping.example\r\n"
                 "Subject: dinner\r\n"
                 "Date: Fri, 11 Jul 2003 21:00:37 -0700\r\n"
                 "\r\n"
                 "Hi.\r\n"
                 "\r\n"
                 "Joe.\r\n");

/* One signature, everything else right: what one difference makes of it. */
static const struct {
	const char *name, *key;
	struct wax_sign_request request;
	const char *result, *reason;
	bool broken;
} rows[] = {
	{ "good", "rsa2048", { 0 }, "pass", "", false },
	{ "DK-01 rsa-sha1", "rsa2048", { .algorithm = "rsa-sha1" }, "permerror",
	    "rsa-sha1 is not secure", false },
	{ "DK-02 1023 bits", "rsa1023", { 0 }, "permerror",
	    "key has less than 1024 bits", false },
	{ "DK-02 512 bits", "rsa512", { 0 }, "permerror",
	    "key has less than 1024 bits", false },
	{ "1024 bits", "rsa1024", { 0 }, "pass", "", false },
	{ "4096 bits", "rsa4096", { 0 }, "pass", "", false },
	{ "DK-03 From is not signed", "rsa2048", { .h = "To:Subject" },
	    "permerror", "From is not signed", false },
	{ "DK-04 i= outside d=", "rsa2048",
	    { .n_tags = 1, .tag = (const char *[]){ "i=@other.example" } },
	    "permerror", "i= is outside d=", false },
	{ "DK-04 i= looks like it is below", "rsa2048",
	    { .n_tags = 1, .tag = (const char *[]){ "i=@badexample.com" } },
	    "permerror", "i= is outside d=", false },
	{ "i= below d=", "rsa2048",
	    { .n_tags = 1, .tag = (const char *[]){ "i=j@a.example.com" } },
	    "pass", "", false },
	{ "DK-07 duplicated d=", "rsa2048", { .append = "; d=example.com" },
	    "permerror", "tag list is malformed", false },
	{ "DK-09 expired", "rsa2048",
	    { .n_tags = 1, .tag = (const char *[]){ "x=1699999999" } },
	    "policy", "signature has expired", false },
	{ "expires now", "rsa2048",
	    { .n_tags = 1, .tag = (const char *[]){ "x=1700000000" } }, "pass",
	    "", false },
	{ "t= at the end of the drift", "rsa2048",
	    { .n_tags = 1, .tag = (const char *[]){ "t=1700000300" } }, "pass",
	    "", false },
	{ "t= of the future", "rsa2048",
	    { .n_tags = 1, .tag = (const char *[]){ "t=1700000301" } },
	    "policy", "signature is of the future", false },
	{ "x= not behind t=", "rsa2048",
	    { .n_tags = 2,
	        .tag = (const char *[]){ "t=1800000000", "x=1800000000" } },
	    "permerror", "x= is not behind t=", false },
	{ "t= long ago", "rsa2048",
	    { .n_tags = 1, .tag = (const char *[]){ "t=1" } }, "pass", "",
	    false },
	{ "x= in a thousand years", "rsa2048",
	    { .n_tags = 1, .tag = (const char *[]){ "x=33000000000" } }, "pass",
	    "", false },
	{ "DK-10 l= leaves octets unsigned", "rsa2048",
	    { .n_tags = 1, .tag = (const char *[]){ "l=5" } }, "policy",
	    "l= leaves a part of the body unsigned", false },
	{ "l= of the whole body", "rsa2048",
	    { .n_tags = 1, .tag = (const char *[]){ "l=13" } }, "pass", "",
	    false },
	{ "l= beyond the body", "rsa2048",
	    { .n_tags = 1, .tag = (const char *[]){ "l=14" } }, "permerror",
	    "l= is more than the body has", false },
	{ "l= of 76 digits", "rsa2048",
	    { .n_tags = 1,
	        .tag =
	            (const char *[]){
	                "l=9999999999999999999999999999999999999999"
	                "999999999999999999999999999999999999" } },
	    "permerror", "l= is more than the body has", false },
	{ "l= of 77 digits", "rsa2048",
	    { .n_tags = 1,
	        .tag =
	            (const char *[]){
	                "l=99999999999999999999999999999999999999990"
	                "999999999999999999999999999999999999" } },
	    "permerror", "l= is no number", false },
	{ "DK-11 ed25519", "ed25519", { 0 }, "pass", "", false },
	{ "corrupt rsa", "rsa2048", { .corrupt = true }, "fail",
	    "signature did not verify", true },
	{ "corrupt ed25519", "ed25519", { .corrupt = true }, "fail",
	    "signature did not verify", true },
	{ "other body hash", "rsa2048",
	    { .n_tags = 1,
	        .tag =
	            (const char *[]){
	                "bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=" } },
	    "fail", "body hash did not verify", true },
	{ "unknown tag", "rsa2048",
	    { .n_tags = 1, .tag = (const char *[]){ "zz9=x;y_=" } }, "pass", "",
	    false },
	{ "unknown a=", "rsa2048", { .algorithm = "rsa-sha512" }, "neutral",
	    "a= is not known", false },
	{ "a= says the other type", "ed25519", { .algorithm = "rsa-sha256" },
	    "permerror", "key is of another type (k=)", false },
};

START_TEST(one_signature)
{
	struct judge judge = judge_open();
	struct wax_sign_request request = rows[_i].request;

	request.domain = "example.com";
	request.selector = "sel";
	judge_signed(&judge, rows[_i].key, &request, message);
	ck_assert_uint_eq(judge.n, 1);
	ck_assert_msg(
	    wax_str_eq(wax_str_of(wax_result_word(judge.sig[0].result)),
	        wax_str_of(rows[_i].result)),
	    "%s: %s (%.*s)", rows[_i].name,
	    wax_result_word(judge.sig[0].result), WAX_FMT(judge.sig[0].reason));
	judge_reason(&judge, 0, rows[_i].reason);
	ck_assert_int_eq(judge.sig[0].broken, rows[_i].broken);
	ck_assert(!judge.sig[0].internal_error);
	ck_assert(!judge.sig[0].undecided);
	if (judge.sig[0].result != WAX_NEUTRAL &&
	    !wax_str_eq(judge.sig[0].reason, WAX_STR("tag list is malformed")))
		ck_assert_wax_str_eq(judge.sig[0].sdid.text, "example.com");
	judge_close(&judge);
}
END_TEST

Suite *
wax_dkim_vectors_suite(void)
{
	Suite *suite = suite_create("dkim vectors");
	TCase *tc = tcase_create("vectors");

	tcase_add_loop_test(
	    tc, one_signature, 0, (int)(sizeof rows / sizeof *rows));
	suite_add_tcase(suite, tc);
	return suite;
}
