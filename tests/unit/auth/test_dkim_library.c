/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libopendkim, our own hashing and the signer of the tests: three readings of
 * RFC 6376 s3.4 and s3.7 that have to agree on any header.
 */
#include <dlfcn.h>
#include <opendkim/dkim.h>
#include <string.h>

#include "policy/auth/dkim_impl.h"
#include "policy/auth/dkim_library.h"
#include "policy/base/base64.h"
#include "tests/support/suite.h"
#include "tests/unit/auth/dkim_judge.h"

Suite *wax_dkim_library_suite(void);

#define ROUNDS 400

struct bench {
	struct judge judge;
	WAX_VEC(struct wax_field) fields;
	bool *is_signed;
};

static struct bench
bench_open(void)
{
	struct bench bench = { .judge = judge_open() };

	return bench;
}

/* The fields of a message whose lines end in CRLF. */
static void
bench_fields(struct bench *bench, struct wax_str message)
{
	struct wax_arena *arena = bench->judge.arena;
	size_t at = 0;

	message = wax_exact_n(message.p, message.n);
	bench->fields.n = 0;
	while (at < message.n && message.p[at] != '\r') {
		size_t end = at, colon;
		struct wax_field field = { 0 };

		while (end + 2 < message.n &&
		       !(message.p[end] == '\n' &&
		           !wax_is_blank(message.p[end + 1])))
			end++;
		colon = wax_str_find(wax_str_from(message, at), ':');
		field.name = (struct wax_str){ message.p + at, colon };
		field.raw = (struct wax_str){ message.p + at + colon + 1,
			end - 1 - (at + colon + 1) };
		WAX_PUSH(arena, &bench->fields, field);
		at = end + 1;
	}
	bench->is_signed = wax_alloc(arena, bench->fields.n, sizeof(bool));
	for (size_t i = 1; i < bench->fields.n; i++)
		bench->is_signed[i] = true;
}

/* What the library says of the signature on top. */
static enum wax_library_verdict
by_library(struct bench *bench, const struct wax_dkim_tags *tags,
    struct wax_keyrec key)
{
	struct wax_library_job job = { .tags = tags, .key = key };

	wax_dkim_library_verify(bench->judge.engines->dkim_lib, bench->fields.v,
	    bench->is_signed, bench->fields.n, &job, 1);
	return job.verdict;
}

/* And what we say. */
static enum wax_pkey_verdict
by_us(struct bench *bench, const struct wax_dkim_tags *tags,
    struct wax_keyrec key)
{
	unsigned char digest[WAX_SHA256_BYTES];
	struct wax_signed_fields *index = wax_signed_fields_new(
	    bench->judge.arena, bench->fields.v, bench->fields.n);

	wax_dkim_header_digest(bench->fields.v, index, 0, tags, digest);
	return wax_pkey_verify(key.type, key.key, digest, tags->signature);
}

static struct wax_keyrec
key_of(struct bench *bench, const struct wax_signer *signer)
{
	struct wax_keyrec key = wax_keyrec_parse(bench->judge.arena,
	    wax_signer_record(bench->judge.arena, signer),
	    wax_signer_is_ed25519(signer) ? WAX_KEY_ED25519 : WAX_KEY_RSA);

	ck_assert_int_eq(key.fault, WAX_KEY_OK);
	return key;
}

static struct wax_dkim_tags
tags_of(struct bench *bench)
{
	struct wax_dkim_tags tags = wax_dkim_tags_parse(
	    bench->judge.arena, bench->fields.v[0].raw, JUDGE_NOW, 2000);

	ck_assert_msg(tags.verdict == WAX_NONE, "%s", tags.reason);
	ck_assert(tags.is_plain);
	return tags;
}

START_TEST(verdicts)
{
	static const char *const keys[][2] = { { "rsa2048", "other-rsa2048" },
		{ "ed25519", "other-ed25519" } };

	for (size_t i = 0; i < 4; i++) {
		struct bench bench = bench_open();
		struct wax_signer *signer = judge_signer(keys[i / 2][0]);
		struct wax_signer *other = judge_signer(keys[i / 2][1]);
		bool corrupt = i % 2;
		struct wax_keyrec broken = key_of(&bench, signer);
		struct wax_dkim_tags tags;

		bench_fields(&bench,
		    wax_sign_message(bench.judge.arena, signer,
		        &(struct wax_sign_request){ .domain = "example.com",
		            .selector = "s",
		            .corrupt = corrupt },
		        WAX_STR("From: a@example.com\r\nTo: b\r\n\r\n")));
		tags = tags_of(&bench);
		ck_assert_int_eq(
		    by_library(&bench, &tags, key_of(&bench, signer)),
		    corrupt ? WAX_LIBRARY_BAD : WAX_LIBRARY_GOOD);
		ck_assert_int_eq(by_us(&bench, &tags, key_of(&bench, signer)),
		    corrupt ? WAX_PKEY_BAD : WAX_PKEY_GOOD);
		ck_assert_int_eq(
		    by_library(&bench, &tags, key_of(&bench, other)),
		    WAX_LIBRARY_BAD);
		ck_assert_int_eq(
		    by_us(&bench, &tags, key_of(&bench, other)), WAX_PKEY_BAD);
		/* A key that libcrypto refuses, and a field that the library
		 * refuses. */
		broken.key.n--;
		ck_assert_int_eq(
		    by_library(&bench, &tags, broken), WAX_LIBRARY_NO_VERDICT);
		ck_assert_int_eq(
		    by_us(&bench, &tags, broken), WAX_PKEY_UNUSABLE);
		bench.fields.v[1].name = WAX_STR("From\t");
		ck_assert_int_eq(
		    by_library(&bench, &tags, key_of(&bench, signer)),
		    WAX_LIBRARY_NO_VERDICT);
		ck_assert_int_eq(by_us(&bench, &tags, key_of(&bench, signer)),
		    corrupt ? WAX_PKEY_BAD : WAX_PKEY_GOOD);
		wax_signer_free(signer);
		wax_signer_free(other);
		judge_close(&bench.judge);
	}
}
END_TEST

/* Three signatures, the middle one corrupt: each gets its own key. */
START_TEST(several_jobs)
{
	static const char *const keys[] = { "rsa1024", "ed25519", "rsa2048" };
	struct bench bench = bench_open();
	struct wax_arena *arena = bench.judge.arena;
	struct wax_str text = WAX_STR("From: a@example.com\r\nTo: b\r\n\r\n");
	struct wax_dkim_tags tags[3];
	struct wax_library_job jobs[3];

	for (size_t i = 3; i > 0; i--) {
		struct wax_signer *signer = judge_signer(keys[i - 1]);

		text = wax_sign_message(arena, signer,
		    &(struct wax_sign_request){ .domain = "example.com",
		        .selector = keys[i - 1],
		        .corrupt = i == 2 },
		    text);
		jobs[i - 1].key = key_of(&bench, signer);
		wax_signer_free(signer);
	}
	bench_fields(&bench, text);
	for (size_t i = 0; i < 3; i++) {
		tags[i] = wax_dkim_tags_parse(
		    arena, bench.fields.v[i].raw, JUDGE_NOW, 2000);
		jobs[i].tags = &tags[i];
		jobs[i].position = i;
		bench.is_signed[i] = false;
	}
	wax_dkim_library_verify(bench.judge.engines->dkim_lib, bench.fields.v,
	    bench.is_signed, bench.fields.n, jobs, 3);
	ck_assert_int_eq(jobs[0].verdict, WAX_LIBRARY_GOOD);
	ck_assert_int_eq(jobs[1].verdict, WAX_LIBRARY_BAD);
	ck_assert_int_eq(jobs[2].verdict, WAX_LIBRARY_GOOD);
	judge_close(&bench.judge);
}
END_TEST

/* --- what it gets to see -------------------------------------------------- */

/* Stands before the library's own, and counts. */
static unsigned processed;

DKIM_STAT
dkim_sig_process(DKIM *dkim, DKIM_SIGINFO *sig)
{
	DKIM_STAT (*real)(DKIM *, DKIM_SIGINFO *);
	void *symbol = dlsym(RTLD_NEXT, "dkim_sig_process");

	ck_assert_ptr_nonnull(symbol);
	memcpy(&real, &symbol, sizeof real);
	processed++;
	return real(dkim, sig);
}

static const struct {
	const char *name, *h, *tag;
	bool odd_spaces;
	const char *field; /* of the message */
	unsigned processed;
} seen[] = {
	{ "ordinary", "from:subject", "t=1600000000", false, "Subject: x", 1 },
	{ "ordinary, folded", "from:subject:from", "i=@example.com", false,
	    "Subject : x\r\n y", 1 },
	{ "b =", "from", "z=x", true, "Subject: x", 0 },
	{ "signs signatures", "from:dkim-signature", "z=x", false, "Subject: x",
	    0 },
	{ "UTF-8 in the field", "from", "n=\xc3\xa4", false, "Subject: x", 0 },
	{ "a form feed that is signed", "from:subject", "z=x", false,
	    "Subject: x\f", 0 },
	{ "a form feed that is not signed", "from", "z=x", false,
	    "Subject: x\f", 1 },
	{ "a tab before a colon", "from:subject", "z=x", false, "Subject\t: x",
	    0 },
	{ "a time before all signatures", "from", "t=1", false, "Subject: x",
	    0 },
};

START_TEST(what_it_sees)
{
	struct judge judge = judge_open();

	processed = 0;
	judge_signed(&judge, "rsa1024",
	    &(struct wax_sign_request){ .domain = "example.com",
	        .selector = "s",
	        .h = seen[_i].h,
	        .n_tags = 1,
	        .tag = &seen[_i].tag,
	        .odd_spaces = seen[_i].odd_spaces },
	    wax_textf(judge.arena, "From: a@example.com\r\n%s\r\n\r\nx\r\n",
	        seen[_i].field));
	judge_is(&judge, 0, "pass");
	ck_assert_msg(processed == seen[_i].processed, "%s: %u", seen[_i].name,
	    processed);
	judge_close(&judge);
}
END_TEST

/* Keys and signatures that are none. */
START_TEST(odd_keys)
{
	/* A SubjectPublicKeyInfo of P-256, the generator as its point. */
	static const char p256[] =
	    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt"
	    "6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==";
	static const unsigned char digest[WAX_SHA256_BYTES] = { 0 };
	struct bench bench = bench_open();
	struct wax_signer *rsa = judge_signer("rsa1024");
	struct wax_str key;

	ck_assert(wax_base64_decode(bench.judge.arena, wax_str_of(p256), &key));
	ck_assert_int_eq(
	    wax_pkey_verify(WAX_KEY_RSA, key, digest, WAX_STR("x")),
	    WAX_PKEY_UNUSABLE);
	ck_assert_int_eq(
	    wax_pkey_verify(WAX_KEY_ED25519, key, digest, WAX_STR("x")),
	    WAX_PKEY_UNUSABLE);
	ck_assert_int_eq(
	    wax_pkey_verify(WAX_KEY_RSA, WAX_STR(""), digest, WAX_STR("x")),
	    WAX_PKEY_UNUSABLE);
	key = key_of(&bench, rsa).key;
	ck_assert_int_eq(wax_pkey_verify(WAX_KEY_RSA, key, digest, WAX_STR("")),
	    WAX_PKEY_BAD);
	ck_assert_int_eq(
	    wax_pkey_verify(WAX_KEY_RSA, key, digest, wax_str_head(key, 129)),
	    WAX_PKEY_BAD);
	wax_signer_free(rsa);
	judge_close(&bench.judge);
}
END_TEST

/* --- random headers ------------------------------------------------------- */

/* A generator of our own: the same on every machine. */
static unsigned
next(unsigned long *state, unsigned below)
{
	*state = (*state * 6364136223846793005UL + 1442695040888963407UL) &
	         0xffffffffffffffffUL;
	return (unsigned)((*state >> 33) % below);
}

static const char *const names[] = { "From", "from ", "TO", "Subject", "X",
	"Received", "dAtE", "X-Y", "x-y-Z" };
static const char *const pieces[] = { "a", "Bc", " ", "  ", "\t", "\r\n ",
	"\r\n\t", " \r\n \r\n ", ":", ";", "=", "b=", "\"", "(", "@", "<a@b>",
	"\xc3\xa4", "\x80", "\x01", "" };

static struct wax_str
random_message(struct wax_arena *arena, unsigned long *state)
{
	struct wax_text text;
	unsigned n_fields = 1 + next(state, 12);

	wax_text_init(&text, arena);
	for (unsigned i = 0; i < n_fields; i++) {
		unsigned n_pieces = next(state, 9);

		wax_text_addf(&text,
		    "%s:", names[next(state, sizeof names / sizeof *names)]);
		for (unsigned p = 0; p < n_pieces; p++)
			wax_text_addz(
			    &text, pieces[next(
			               state, sizeof pieces / sizeof *pieces)]);
		wax_text_addz(&text, "\r\n");
	}
	wax_text_addz(&text, "\r\nx\r\n");
	return wax_text_str(&text);
}

static const char *
random_h(struct wax_arena *arena, unsigned long *state)
{
	struct wax_text h;
	unsigned n = next(state, 12);

	wax_text_init(&h, arena);
	wax_text_addz(&h, "from");
	for (unsigned i = 0; i < n; i++)
		wax_text_addf(&h, "%s%s", next(state, 2) ? " :\r\n " : ":",
		    names[next(state, sizeof names / sizeof *names)]);
	return h.p;
}

START_TEST(random_headers)
{
	static const char *const canons[] = { "simple/simple",
		"relaxed/relaxed" };
	struct wax_signer *signer = judge_signer("ed25519");
	unsigned long state = 20231114;

	for (int round = 0; round < ROUNDS; round++) {
		struct bench bench = bench_open();
		struct wax_arena *arena = bench.judge.arena;
		struct wax_str message = random_message(arena, &state);
		const struct wax_sign_request request = {
			.domain = "example.com",
			.selector = "s",
			.canon = canons[next(&state, 2)],
			.h = random_h(arena, &state),
		};
		struct wax_dkim_tags tags;

		bench_fields(
		    &bench, wax_sign_message(arena, signer, &request, message));
		tags = tags_of(&bench);
		ck_assert_msg(by_us(&bench, &tags, key_of(&bench, signer)) ==
		                  WAX_PKEY_GOOD,
		    "we: round %d, %s\n%.*s", round, request.canon,
		    WAX_FMT(message));
		ck_assert_msg(by_library(&bench, &tags,
		                  key_of(&bench, signer)) == WAX_LIBRARY_GOOD,
		    "library: round %d, %s, h=%s\n%.*s", round, request.canon,
		    request.h, WAX_FMT(message));
		judge_close(&bench.judge);
	}
	wax_signer_free(signer);
}
END_TEST

Suite *
wax_dkim_library_suite(void)
{
	Suite *suite = suite_create("dkim library");
	TCase *tc = tcase_create("dkim library");

	tcase_add_test(tc, verdicts);
	tcase_add_test(tc, several_jobs);
	tcase_add_loop_test(
	    tc, what_it_sees, 0, (int)(sizeof seen / sizeof *seen));
	tcase_add_test(tc, odd_keys);
	tcase_add_test(tc, random_headers);
	suite_add_tcase(suite, tc);
	return suite;
}
