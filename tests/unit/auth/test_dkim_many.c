/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages with several signatures, with none, and with too many: order,
 * limits, prefixes of b=.
 */
#include <string.h>

#include "policy/base/limits.h"
#include "tests/support/suite.h"
#include "tests/unit/auth/dkim_judge.h"

Suite *wax_dkim_many_suite(void);

static const struct wax_str message =
    WAX_STR_INIT("From: Joe <joe@example.com>\r\n"
                 "Subject: dinner\r\n"
                 "\r\n"
                 "Hi.\r\n"
                 "  there\r\n");

/* Put one more signature of a domain on top; its key is published. */
static struct wax_str
sign_for(struct judge *judge, const struct wax_signer *signer,
    const char *domain, const char *selector, struct wax_str text)
{
	const struct wax_sign_request request = { .domain = domain,
		.selector = selector };

	judge_publish_key(judge,
	    wax_textf(judge->arena, "%s._domainkey.%s", selector, domain).p,
	    signer);
	return wax_sign_message(judge->arena, signer, &request, text);
}

START_TEST(each_has_its_result)
{
	struct judge judge = judge_open();
	struct wax_signer *signer = judge_signer("rsa1024");
	struct wax_str text = message;

	text = sign_for(&judge, signer, "example.com", "good", text);
	text = wax_textf(
	    judge.arena, "DKIM-Signature: rubbish\r\n%.*s", WAX_FMT(text));
	text = sign_for(&judge, signer, "esp.example", "good", text);
	judge_zone(&judge, "bad._domainkey.late.example FAULT servfail");
	text = wax_sign_message(judge.arena, signer,
	    &(struct wax_sign_request){
	        .domain = "late.example", .selector = "bad" },
	    text);
	judge_publish(&judge, "off._domainkey.example.com", WAX_STR("p="));
	text = wax_sign_message(judge.arena, signer,
	    &(struct wax_sign_request){
	        .domain = "example.com", .selector = "off" },
	    text);
	text = wax_sign_message(judge.arena, signer,
	    &(struct wax_sign_request){
	        .domain = "esp.example", .selector = "good", .corrupt = true },
	    text);
	judge_run(&judge, text);
	ck_assert_uint_eq(judge.n, 6);
	judge_is(&judge, 0, "fail"); /* topmost first */
	judge_is(&judge, 1, "permerror");
	judge_is(&judge, 2, "temperror");
	judge_is(&judge, 3, "pass");
	judge_is(&judge, 4, "permerror");
	judge_is(&judge, 5, "pass");
	ck_assert_wax_str_eq(judge.sig[2].sdid.text, "late.example");
	ck_assert_wax_str_eq(judge.sig[3].sdid.text, "esp.example");
	ck_assert(wax_domain_is_none(judge.sig[4].sdid));
	ck_assert_wax_str_eq(judge.sig[5].sdid.text, "example.com");
	/* One question a key; the malformed one has none. */
	ck_assert_uint_eq(judge.asked, 4);
	wax_signer_free(signer);
	judge_close(&judge);
}
END_TEST

/* --- which are verified --------------------------------------------------- */

/* As many signatures as `domains`, topmost first. */
static struct wax_str
sign_for_all(struct judge *judge, const char *const *domains, size_t n)
{
	struct wax_signer *signer = judge_signer("ed25519");
	struct wax_str text = message;

	for (size_t i = n; i > 0; i--)
		text = sign_for(judge, signer, domains[i - 1],
		    wax_textf(judge->arena, "s%zu", i - 1).p, text);
	wax_signer_free(signer);
	return text;
}

static const struct {
	const char *name, *author;
	const char *domains[6]; /* five and NULL */
	size_t max;
	const char *verified; /* "+" or "-" for each */
} choices[] = {
	{ "all", "example.com",
	    { "a.example", "b.example", "c.example", "d.example",
	        "example.com" },
	    5, "+++++" },
	{ "one too many: the author's is not the last", "example.com",
	    { "a.example", "b.example", "c.example", "d.example",
	        "example.com" },
	    4, "+++-+" },
	{ "one only", "example.com",
	    { "a.example", "b.example", "c.example", "d.example",
	        "example.com" },
	    1, "----+" },
	{ "above and below before others", "mail.example.com",
	    { "a.example", "example.com", "c.example", "x.mail.example.com",
	        "e.example" },
	    2, "-+-+-" },
	{ "the same before below", "example.com",
	    { "a.example.com", "example.com", "b.example.com", "c.example.com",
	        "d.example.com" },
	    1, "-+---" },
	{ "cousins after the line, before others", "mail.example.com",
	    { "a.example", "b.example", "list.example.com", "example.com",
	        "c.example" },
	    2, "--++-" },
	{ "one label in common is nothing", "mail.example",
	    { "a.example", "b.example", "c.example", "d.example",
	        "x.mail.example" },
	    2, "+---+" },
	{ "no author", NULL,
	    { "a.example", "b.example", "c.example", "d.example",
	        "example.com" },
	    3, "+++--" },
	{ "none at all", "example.com",
	    { "a.example", "b.example", "c.example", "d.example",
	        "example.com" },
	    0, "-----" },
};

START_TEST(one_choice)
{
	struct judge judge = judge_open();

	judge.author = choices[_i].author;
	judge.options.max_signatures = choices[_i].max;
	judge_run(&judge, sign_for_all(&judge, choices[_i].domains, 5));
	ck_assert_uint_eq(judge.n, 5);
	for (size_t i = 0; i < 5; i++) {
		bool verified = choices[_i].verified[i] == '+';

		ck_assert_msg(
		    judge.sig[i].result == (verified ? WAX_PASS : WAX_POLICY),
		    "%s: %s is %s", choices[_i].name, choices[_i].domains[i],
		    wax_result_word(judge.sig[i].result));
		ck_assert_int_eq(judge.sig[i].limit_hit, !verified);
		if (!verified)
			judge_reason(
			    &judge, i, "not verified: too many signatures");
	}
	ck_assert_uint_eq(judge.asked, choices[_i].max);
	ck_assert_int_eq(judge.needs_body, choices[_i].max > 0);
	judge_close(&judge);
}
END_TEST

/* Two of four signatures share a key: three keys are needed. */
START_TEST(limit_of_keys)
{
	for (size_t max = 2; max <= 3; max++) {
		struct judge judge = judge_open();
		struct wax_signer *signer = judge_signer("rsa1024");
		struct wax_str text = message;

		judge.options.max_key_lookups = max;
		text = sign_for(&judge, signer, "c.example", "s", text);
		text = sign_for(&judge, signer, "a.example", "s", text);
		text = sign_for(&judge, signer, "b.example", "s", text);
		text = wax_sign_message(judge.arena, signer,
		    &(struct wax_sign_request){ .domain = "a.example",
		        .selector = "s",
		        .canon = "simple/simple" },
		    text);
		judge_run(&judge, text);
		judge_is(&judge, 0, "pass");
		judge_is(&judge, 1, "pass");
		judge_is(&judge, 2, "pass");
		judge_is(&judge, 3, max == 3 ? "pass" : "policy");
		ck_assert_int_eq(judge.sig[3].limit_hit, max == 2);
		if (max == 2)
			judge_reason(&judge, 3, "not verified: too many keys");
		ck_assert_uint_eq(judge.asked, max);
		wax_signer_free(signer);
		judge_close(&judge);
	}
}
END_TEST

/* simple, relaxed, and simple with l=; the fourth shares the first's. */
START_TEST(limit_of_body_hashes)
{
	static const char *const canons[] = { "simple/simple",
		"relaxed/relaxed", "simple/simple", "relaxed/simple" };
	static const char *const length[] = { "l=14" };

	for (size_t max = 2; max <= 3; max++) {
		struct judge judge = judge_open();
		struct wax_signer *signer = judge_signer("ed25519");
		struct wax_str text = message;

		judge.options.max_body_hashes = max;
		judge.options.accept_l_tag = true;
		judge_publish_key(&judge, "s._domainkey.a.example", signer);
		for (size_t i = 4; i > 0; i--)
			text = wax_sign_message(judge.arena, signer,
			    &(struct wax_sign_request){ .domain = "a.example",
			        .selector = "s",
			        .canon = canons[i - 1],
			        .n_tags = i == 3,
			        .tag = length },
			    text);
		judge_run(&judge, text);
		judge_is(&judge, 0, "pass");
		judge_is(&judge, 1, "pass");
		judge_is(&judge, 2, max == 3 ? "pass" : "policy");
		judge_is(&judge, 3, "pass");
		ck_assert_int_eq(judge.sig[2].limit_hit, max == 2);
		if (max == 2)
			judge_reason(
			    &judge, 2, "not verified: too many body hashes");
		wax_signer_free(signer);
		judge_close(&judge);
	}
}
END_TEST

/* 2,000 names in h=, and one more; libopendkim would cut the list. */
START_TEST(limit_of_signed_names)
{
	for (size_t over = 0; over < 2; over++) {
		struct judge judge = judge_open();
		struct wax_text h;

		wax_text_init(&h, judge.arena);
		for (size_t i = 0; i < WAX_SIGNED_NAMES_DEFAULT + over - 1; i++)
			wax_text_addz(&h, "x-not-there:\r\n\t");
		wax_text_addz(&h, "from");
		judge_signed(&judge, "ed25519",
		    &(struct wax_sign_request){
		        .domain = "example.com", .selector = "s", .h = h.p },
		    message);
		judge_is(&judge, 0, over ? "permerror" : "pass");
		ck_assert_int_eq(judge.sig[0].limit_hit, over);
		judge_close(&judge);
	}
}
END_TEST

/* Beyond what is listed: what can align is, wherever it stands. */
START_TEST(limit_of_the_list)
{
	for (size_t over = 0; over <= 50; over += 25) {
		struct judge judge = judge_open();
		struct wax_signer *signer = judge_signer("ed25519");
		struct wax_str text = message;
		struct wax_text all;
		size_t passed = 0;

		text = sign_for(&judge, signer, "example.com", "s", text);
		wax_text_init(&all, judge.arena);
		for (size_t i = 0; i < WAX_SIGNATURES_LISTED_MAX + over - 1;
		     i++)
			wax_text_addz(&all, i % 2 ? "DKIM-Signature: x\r\n"
			                          : "dkim-signature : v=1; "
			                            "d=esp.example; s=x; "
			                            "a=rsa-sha256; h=from; "
			                            "bh=x; b=AAAA\r\n");
		wax_text_add(&all, text);
		judge_run(&judge, wax_text_str(&all));
		ck_assert_uint_eq(judge.n, WAX_SIGNATURES_LISTED_MAX);
		for (size_t i = 0; i < judge.n; i++)
			passed += judge.sig[i].result == WAX_PASS;
		ck_assert_uint_eq(passed, 1);
		judge_is(&judge, judge.n - 1, "pass");
		wax_signer_free(signer);
		judge_close(&judge);
	}
}
END_TEST

/* 5,000 signatures cost no more memory than their header does some times. */
START_TEST(thousands_of_signatures)
{
	struct judge judge = judge_open();
	struct wax_text all;
	size_t before;

	wax_text_init(&all, judge.arena);
	for (size_t i = 0; i < WAX_FIELDS_DEFAULT; i++)
		wax_text_addf(&all,
		    "DKIM-Signature: v=1; d=d%zu.example; s=x; a=rsa-sha256; "
		    "h=from; bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=; "
		    "b=AAAA%04zu\r\n",
		    i, i);
	wax_text_add(&all, message);
	before = wax_arena_bytes(judge.arena);
	judge_run(&judge, wax_text_str(&all));
	ck_assert_uint_eq(judge.n, WAX_SIGNATURES_LISTED_MAX);
	ck_assert_uint_eq(judge.asked, WAX_SIGNATURES_DEFAULT);
	ck_assert_uint_le(
	    wax_arena_bytes(judge.arena) - before, 3 * 1024 * 1024);
	judge_close(&judge);
}
END_TEST

/* --- two keys under one name ---------------------------------------------- */

/* libopendkim would take the first key for both. */
START_TEST(rsa_and_ed25519_at_one_name)
{
	struct judge judge = judge_open();
	struct wax_signer *rsa = judge_signer("rsa1024");
	struct wax_signer *ed = judge_signer("ed25519");
	struct wax_str text = message;

	for (int order = 0; order < 2; order++) {
		text = sign_for(
		    &judge, order ? rsa : ed, "example.com", "s", message);
		text = sign_for(
		    &judge, order ? ed : rsa, "example.com", "s", text);
		text = sign_for(&judge, rsa, "esp.example", "s", text);
		judge_run(&judge, text);
		ck_assert_uint_eq(judge.n, 3);
		judge_is(&judge, 0, "pass");
		judge_is(&judge, 1, "pass");
		judge_is(&judge, 2, "pass");
		ck_assert_uint_eq(judge.asked, 2);
	}
	wax_signer_free(rsa);
	wax_signer_free(ed);
	judge_close(&judge);
}
END_TEST

/* --- signatures that sign signatures -------------------------------------- */

START_TEST(signed_signatures)
{
	static const char *const lists[] = { "from:dkim-signature",
		"dkim-signature:from", "from:dkim-signature:dkim-signature",
		"from:DKIM-Signature:subject:dkim-signature:x" };

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		struct judge judge = judge_open();
		struct wax_signer *signer = judge_signer("rsa1024");
		struct wax_str text = message;

		text = sign_for(&judge, signer, "example.com", "s", text);
		text = wax_sign_message(judge.arena, signer,
		    &(struct wax_sign_request){ .domain = "example.com",
		        .selector = "s",
		        .h = lists[i] },
		    text);
		judge_run(&judge, text);
		judge_is(&judge, 0, "pass");
		judge_is(&judge, 1, "pass");
		/* One more below them: the outer one breaks. */
		text = wax_textf(judge.arena, "%.*sDKIM-Signature: x\r\n%.*s",
		    WAX_FMT(wax_str_head(text, text.n - message.n)),
		    WAX_FMT(message));
		judge_run(&judge, text);
		judge_is(&judge, 0, "fail");
		judge_is(&judge, 1, "pass");
		judge_is(&judge, 2, "permerror");
		wax_signer_free(signer);
		judge_close(&judge);
	}
}
END_TEST

/* --- l= ------------------------------------------------------------------- */

START_TEST(l_tag)
{
	static const struct {
		const char *l;
		bool accept;
		const char *result;
		bool l_unsigned;
	} cases[] = {
		{ "l=0", true, "pass", true },
		{ "l=5", true, "pass", true },
		{ "l=5", false, "policy", true },
		{ "l=13", true, "pass", true },
		{ "l=14", false, "pass", false },
		{ "l=014", false, "pass", false },
		{ "l=15", true, "permerror", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct judge judge = judge_open();

		judge.options.accept_l_tag = cases[i].accept;
		judge_signed(&judge, "rsa1024",
		    &(struct wax_sign_request){ .domain = "example.com",
		        .selector = "s",
		        .n_tags = 1,
		        .tag = &cases[i].l },
		    message);
		judge_is(&judge, 0, cases[i].result);
		ck_assert_int_eq(judge.sig[0].l_unsigned, cases[i].l_unsigned);
		judge_close(&judge);
	}
}
END_TEST

/* Something added behind what is signed. */
START_TEST(l_tag_and_more_body)
{
	static const char *const l[] = { "l=14" };
	struct judge judge = judge_open();
	struct wax_signer *signer = judge_signer("rsa1024");
	struct wax_str text = wax_sign_message(judge.arena, signer,
	    &(struct wax_sign_request){ .domain = "example.com",
	        .selector = "s",
	        .n_tags = 1,
	        .tag = l },
	    message);

	judge_publish_key(&judge, "s._domainkey.example.com", signer);
	text = wax_textf(judge.arena, "%.*sevil\r\n", WAX_FMT(text));
	judge_run(&judge, text);
	judge_is(&judge, 0, "policy");
	ck_assert(judge.sig[0].l_unsigned);
	ck_assert(!judge.sig[0].broken);
	judge.options.accept_l_tag = true;
	judge_run(&judge, text);
	judge_is(&judge, 0, "pass");
	ck_assert(judge.sig[0].l_unsigned);
	wax_signer_free(signer);
	judge_close(&judge);
}
END_TEST

/* --- messages without what one expects ------------------------------------ */

static const struct {
	const char *name, *message;
	size_t n;
} bare[] = {
	{ "no signature", "From: a@example.com\r\n\r\nx\r\n", 0 },
	{ "no field", "\r\nx\r\n", 0 },
	{ "nothing", "", 0 },
	{ "malformed only",
	    "DKIM-Signature:\r\nDKIM-Signature: ;\r\n"
	    "DKIM-Signature: v=1\r\nFrom: a@example.com\r\n\r\nx\r\n",
	    3 },
	{ "fields with odd names",
	    "X;Y: z\r\n: z\r\n X: y\r\n\x01: x\r\n\xff\xfe: x\r\n"
	    "DKIM-Signature : v=1\r\n\r\nx\r\n",
	    1 },
};

START_TEST(nothing_to_verify)
{
	struct judge judge = judge_open();

	judge_run(&judge, wax_str_of(bare[_i].message));
	ck_assert_msg(judge.n == bare[_i].n, "%s: %zu", bare[_i].name, judge.n);
	for (size_t i = 0; i < judge.n; i++)
		judge_is(&judge, i, "permerror");
	ck_assert(!judge.needs_body);
	ck_assert_uint_eq(judge.asked, 0);
	judge_close(&judge);
}
END_TEST

/* From is signed, and is not there, or twice, or no address at all. */
START_TEST(odd_from)
{
	static const char *const headers[] = { "Subject: x\r\n", "From:\r\n",
		"From: (((((\r\n", "From: \"a\r\n",
		"From: a@x.example\r\nFrom: b@y.example\r\n",
		"From: <@a,@b:c@[\r\n", "From: a:b:c;d@e,<\r\n",
		"From : a@example.com\r\n" };

	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		struct judge judge = judge_open();

		judge.author = NULL;
		judge_signed(&judge, "rsa1024",
		    &(struct wax_sign_request){ .domain = "example.com",
		        .selector = "s",
		        .h = "From:From:Subject" },
		    wax_textf(judge.arena, "%s\r\nx\r\n", headers[i]));
		ck_assert_msg(
		    judge.sig[0].result == WAX_PASS, "%s", headers[i]);
		judge_close(&judge);
	}
}
END_TEST

/* Octets in signed fields that libopendkim takes for something else. */
START_TEST(odd_octets)
{
	static const struct wax_str values[] = { WAX_STR_INIT(" a\0b"),
		WAX_STR_INIT(" a\fb \f c\v"), WAX_STR_INIT(" a\x7f\x01"),
		WAX_STR_INIT(" \xff\xfe  \x80") };
	static const char *const canons[] = { "relaxed/simple",
		"simple/simple" };

	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		for (size_t c = 0; c < 2; c++) {
			struct judge judge = judge_open();
			struct wax_text text;

			wax_text_init(&text, judge.arena);
			wax_text_addz(&text, "From: a@example.com\r\nSubject:");
			wax_text_add(&text, values[i]);
			wax_text_addz(&text, "\r\n\r\nx\r\n");
			judge_signed(&judge, "rsa1024",
			    &(struct wax_sign_request){ .domain = "example.com",
			        .selector = "s",
			        .canon = canons[c] },
			    wax_text_str(&text));
			ck_assert_msg(judge.sig[0].result == WAX_PASS,
			    "%zu, %s: %.*s", i, canons[c],
			    WAX_FMT(judge.sig[0].reason));
			judge_close(&judge);
		}
}
END_TEST

/* RFC 5322 s4.5: blanks before the colon, tabs among them. */
START_TEST(odd_names)
{
	static const char *const names[] = { "Subject ", "Subject\t",
		"Subject \t ", "sUBJECT" };
	static const char *const own[] = {
		"DKIM-Signature:", "DKIM-Signature :", "DKIM-Signature\t:"
	};

	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < 3; k++) {
			struct judge judge = judge_open();
			struct wax_signer *signer = judge_signer("rsa1024");
			struct wax_str text = wax_textf(judge.arena,
			    "From: a@example.com\r\n%s: x\r\n\r\nx\r\n",
			    names[i]);

			/* relaxed: the signature's name is hashed alike. */
			text =
			    sign_for(&judge, signer, "example.com", "s", text);
			text = wax_textf(judge.arena, "%s%.*s", own[k],
			    WAX_FMT(wax_str_from(text, 15)));
			judge_run(&judge, text);
			ck_assert_msg(judge.sig[0].result == WAX_PASS,
			    "%s %s: %.*s", names[i], own[k],
			    WAX_FMT(judge.sig[0].reason));
			wax_signer_free(signer);
			judge_close(&judge);
		}
}
END_TEST

/* --- b= ------------------------------------------------------------------- */

static const struct {
	const char *name, *b[4], *prefix[4];
} prefixes[] = {
	{ "one", { "AAAABBBBCCCC" }, { "AAAABBBB" } },
	{ "different", { "AAAABBBBCCCC", "BBBBAAAACCCC" },
	    { "AAAABBBB", "BBBBAAAA" } },
	{ "alike in eight", { "AAAABBBBCCCC", "DDDD", "AAAABBBBCCDD" },
	    { "AAAABBBBCCC", "DDDD", "AAAABBBBCCD" } },
	{ "alike in eight letters only",
	    { "AAAABBBBCCCC", "AAAABBBBDDDD", "AAAABBBBEEEE" },
	    { "AAAABBBBC", "AAAABBBBD", "AAAABBBBE" } },
	{ "one begins like the other", { "AAAABBBB", "AAAABBBBCCCC" },
	    { "AAAABBBB", "AAAABBBBC" } },
	{ "the same", { "AAAABBBBCCCC", "AAAABBBBCCCC" },
	    { "AAAABBBBCCCC", "AAAABBBBCCCC" } },
	{ "spaces and padding", { "AA AA\r\n BB\tBB CA==", "BB==" },
	    { "AAAABBBB", "BB" } },
	{ "no base64", { "AAAA\"BBBB", "" }, { "", "" } },
	{ "64 letters and no more",
	    { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	      "AAAAAAAAAA",
	        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	        "AAAAAAAAAB" },
	    { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	      "AA",
	        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	        "AA" } },
};

START_TEST(one_prefix)
{
	struct judge judge = judge_open();
	struct wax_text text;
	size_t n = 0;

	wax_text_init(&text, judge.arena);
	for (; n < 4 && prefixes[_i].b[n] != NULL; n++)
		wax_text_addf(
		    &text, "DKIM-Signature: v=1; b=%s\r\n", prefixes[_i].b[n]);
	judge_run(&judge, wax_text_str(&text));
	ck_assert_uint_eq(judge.n, n);
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(wax_str_eq(judge.sig[i].b_prefix,
		                  wax_str_of(prefixes[_i].prefix[i])),
		    "%s: %.*s", prefixes[_i].name,
		    WAX_FMT(judge.sig[i].b_prefix));
	judge_close(&judge);
}
END_TEST

START_TEST(finish_without_end_of_header)
{
	struct judge judge = judge_open();
	struct wax_dkim *dkim =
	    wax_dkim_open(judge.arena, judge.engines, NULL, &judge.options);
	size_t n;

	wax_dkim_field(dkim, WAX_STR("DKIM-Signature"), WAX_STR(" x"));
	(void)wax_dkim_finish(dkim, 0, &n);
	ck_assert_uint_eq(n, 1);
	judge_close(&judge);
}
END_TEST

Suite *
wax_dkim_many_suite(void)
{
	Suite *suite = suite_create("dkim many");
	TCase *tc = tcase_create("dkim many");

	tcase_add_test(tc, each_has_its_result);
	tcase_add_loop_test(
	    tc, one_choice, 0, (int)(sizeof choices / sizeof *choices));
	tcase_add_test(tc, limit_of_keys);
	tcase_add_test(tc, limit_of_body_hashes);
	tcase_add_test(tc, limit_of_signed_names);
	tcase_add_test(tc, limit_of_the_list);
	tcase_add_test(tc, thousands_of_signatures);
	tcase_add_test(tc, rsa_and_ed25519_at_one_name);
	tcase_add_test(tc, signed_signatures);
	tcase_add_test(tc, l_tag);
	tcase_add_test(tc, l_tag_and_more_body);
	tcase_add_loop_test(
	    tc, nothing_to_verify, 0, (int)(sizeof bare / sizeof *bare));
	tcase_add_test(tc, odd_from);
	tcase_add_test(tc, odd_octets);
	tcase_add_test(tc, odd_names);
	tcase_add_loop_test(
	    tc, one_prefix, 0, (int)(sizeof prefixes / sizeof *prefixes));
	tcase_add_test(tc, finish_without_end_of_header);
	suite_add_tcase(suite, tc);
	return suite;
}
