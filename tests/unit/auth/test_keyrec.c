/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/auth/keyrec.h"

#include <string.h>

#include "policy/auth/rsakey.h"
#include "policy/base/base64.h"
#include "policy/base/limits.h"
#include "tests/support/suite.h"
#include "tests/unit/auth/dkim_judge.h"

Suite *wax_keyrec_suite(void);

/* --- DER ------------------------------------------------------------------ */

static struct wax_str
decoded(struct wax_arena *arena, struct wax_str text)
{
	struct wax_str out;

	ck_assert(wax_base64_decode(arena, text, &out));
	return wax_exact_n(out.p, out.n);
}

/* What a signer's library writes is what we write, wrapped or not. */
START_TEST(real_keys)
{
	static const struct {
		const char *key;
		unsigned bits;
	} rows[] = { { "rsa512", 512 }, { "rsa1023", 1023 },
		{ "rsa1024", 1024 }, { "rsa2048", 2048 }, { "rsa4096", 4096 } };
	struct wax_arena *arena = wax_arena_new("test", 4096);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct wax_signer *signer = judge_signer(rows[i].key);
		struct wax_str wrapped =
		    decoded(arena, wax_signer_public(arena, signer));
		struct wax_str bare =
		    decoded(arena, wax_signer_public_bare(arena, signer));
		struct wax_str out;
		unsigned bits = 0;

		ck_assert(wax_rsakey_read(arena, wrapped, &out, &bits));
		ck_assert_uint_eq(bits, rows[i].bits);
		ck_assert(wax_str_eq(out, wrapped));
		ck_assert(wax_rsakey_read(arena, bare, &out, &bits));
		ck_assert_uint_eq(bits, rows[i].bits);
		ck_assert(wax_str_eq(out, wrapped));
		wax_signer_free(signer);
	}
	wax_arena_free(arena);
}
END_TEST

static void
add_der(struct wax_text *out, char tag, struct wax_str content)
{
	wax_text_addc(out, tag);
	if (content.n >= 0x100) {
		wax_text_addc(out, (char)0x82);
		wax_text_addc(out, (char)(content.n >> 8));
	} else if (content.n >= 0x80) {
		wax_text_addc(out, (char)0x81);
	}
	wax_text_addc(out, (char)(content.n & 0xff));
	wax_text_add(out, content);
}

/* Of every length, so also where one octet more is needed to say it: what we
 * write is what we read. */
START_TEST(keys_of_all_lengths)
{
	for (size_t n = 40; n < 300; n++) {
		struct wax_arena *arena = wax_arena_new("test", 4096);
		struct wax_text pair, bare;
		struct wax_str modulus, out, again;
		unsigned bits = 0;
		char *octets = wax_alloc(arena, n, 1);

		memset(octets, 0x55, n); /* its first bit is 0: no sign */
		modulus = (struct wax_str){ octets, n };
		wax_text_init(&pair, arena);
		add_der(&pair, 2, modulus);
		add_der(&pair, 2, WAX_STR("\1\0\1"));
		wax_text_init(&bare, arena);
		add_der(&bare, 0x30, wax_text_str(&pair));
		ck_assert_msg(
		    wax_rsakey_read(arena, wax_text_str(&bare), &out, &bits),
		    "%zu", n);
		ck_assert_uint_eq(bits, 8 * n - 1);
		ck_assert_msg(
		    wax_rsakey_read(arena, out, &again, &bits), "%zu", n);
		ck_assert(wax_str_eq(again, out));
		ck_assert_uint_eq(bits, 8 * n - 1);
		wax_arena_free(arena);
	}
}
END_TEST

/* No part of a key is a key, and no octet behind one is let through. */
START_TEST(cut_and_longer_keys)
{
	struct wax_arena *arena = wax_arena_new("test", 4096);
	struct wax_signer *signer = judge_signer("rsa1024");
	struct wax_str key = decoded(arena, wax_signer_public(arena, signer));
	struct wax_str out;
	struct wax_text longer;
	unsigned bits;

	for (size_t n = 0; n < key.n; n++)
		ck_assert(!wax_rsakey_read(
		    arena, wax_exact_n(key.p, n), &out, &bits));
	wax_text_init(&longer, arena);
	wax_text_add(&longer, key);
	wax_text_addc(&longer, '\0');
	ck_assert(!wax_rsakey_read(arena, wax_text_str(&longer), &out, &bits));
	wax_signer_free(signer);
	wax_arena_free(arena);
}
END_TEST

/* With one octet changed it is refused, or still in the form that we write;
 * what libcrypto says of it is not asked here. */
START_TEST(changed_keys)
{
	struct wax_arena *arena = wax_arena_new("test", 4096);
	struct wax_signer *signer = judge_signer("rsa1024");
	struct wax_str key = decoded(arena, wax_signer_public(arena, signer));
	size_t refused = 0;

	for (size_t i = 0; i < key.n; i++)
		for (unsigned x = 1; x < 256; x <<= 1) {
			char octets[512];
			struct wax_str out;
			unsigned bits;

			memcpy(octets, key.p, key.n);
			octets[i] = (char)(octets[i] ^ (char)x);
			if (!wax_rsakey_read(arena, wax_exact_n(octets, key.n),
			        &out, &bits)) {
				refused++;
				continue;
			}
			ck_assert_uint_le(bits, 1024 + 8);
			ck_assert(
			    wax_str_eq(out, (struct wax_str){ octets, key.n }));
		}
	/* All of the structure: 22 octets of wrapping, and the two headers
	 * of the numbers, at least. */
	ck_assert_uint_gt(refused, 22 * 8);
	wax_signer_free(signer);
	wax_arena_free(arena);
}
END_TEST

#define N17 "\x02\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff"

static const struct {
	const char *name;
	struct wax_str der;
	unsigned bits; /* 0: refused */
} ders[] = {
	{ "64 bits, e=65537",
	    WAX_STR_INIT("\x30\x10" N17 "\x02\x03\x01\x00\x01"), 64 },
	{ "e=3", WAX_STR_INIT("\x30\x0e" N17 "\x02\x01\x03"), 64 },
	{ "e=1", WAX_STR_INIT("\x30\x0e" N17 "\x02\x01\x01"), 0 },
	{ "e=0", WAX_STR_INIT("\x30\x0e" N17 "\x02\x01\x00"), 0 },
	{ "e even", WAX_STR_INIT("\x30\x0e" N17 "\x02\x01\x04"), 0 },
	{ "e negative", WAX_STR_INIT("\x30\x0e" N17 "\x02\x01\x83"), 0 },
	{ "e of 32 bits",
	    WAX_STR_INIT("\x30\x12" N17 "\x02\x05\x00\xff\xff\xff\xff"), 64 },
	{ "e beyond 2^32",
	    WAX_STR_INIT("\x30\x12" N17 "\x02\x05\x01\x00\x00\x00\x01"), 0 },
	{ "n even", WAX_STR_INIT("\x30\x06\x02\x01\x7e\x02\x01\x03"), 0 },
	{ "n of seven bits", WAX_STR_INIT("\x30\x06\x02\x01\x7f\x02\x01\x03"),
	    7 },
	{ "n negative", WAX_STR_INIT("\x30\x06\x02\x01\xff\x02\x01\x03"), 0 },
	{ "n with a sign octet too many",
	    WAX_STR_INIT("\x30\x07\x02\x02\x00\x7f\x02\x01\x03"), 0 },
	{ "n is nothing", WAX_STR_INIT("\x30\x05\x02\x00\x02\x01\x03"), 0 },
	{ "long form where short would do",
	    WAX_STR_INIT("\x30\x81\x06\x02\x01\x7f\x02\x01\x03"), 0 },
	{ "indefinite length",
	    WAX_STR_INIT("\x30\x80\x02\x01\x7f\x02\x01\x03\x00\x00"), 0 },
	{ "length of four octets",
	    WAX_STR_INIT("\x30\x84\x00\x00\x00\x06\x02\x01\x7f\x02\x01\x03"),
	    0 },
	{ "a third number",
	    WAX_STR_INIT("\x30\x09\x02\x01\x7f\x02\x01\x03\x02\x01\x03"), 0 },
	{ "a set", WAX_STR_INIT("\x31\x06\x02\x01\x7f\x02\x01\x03"), 0 },
	{ "wrapped",
	    WAX_STR_INIT("\x30\x1a\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01"
	                 "\x01\x01\x05\x00\x03\x09\x00\x30\x06\x02\x01\x7f"
	                 "\x02\x01\x03"),
	    7 },
	{ "wrapped, no NULL",
	    WAX_STR_INIT("\x30\x18\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01"
	                 "\x01\x01\x03\x09\x00\x30\x06\x02\x01\x7f"
	                 "\x02\x01\x03"),
	    7 },
	{ "wrapped, half a NULL",
	    WAX_STR_INIT("\x30\x19\x30\x0c\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01"
	                 "\x01\x01\x05\x03\x09\x00\x30\x06\x02\x01\x7f"
	                 "\x02\x01\x03"),
	    0 },
	{ "wrapped, RSASSA-PSS",
	    WAX_STR_INIT("\x30\x1a\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01"
	                 "\x01\x0a\x05\x00\x03\x09\x00\x30\x06\x02\x01\x7f"
	                 "\x02\x01\x03"),
	    0 },
	{ "wrapped, unused bits",
	    WAX_STR_INIT("\x30\x1a\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01"
	                 "\x01\x01\x05\x00\x03\x09\x01\x30\x06\x02\x01\x7f"
	                 "\x02\x01\x03"),
	    0 },
	{ "nothing", WAX_STR_INIT(""), 0 },
};

START_TEST(one_der)
{
	struct wax_arena *arena = wax_arena_new("test", 4096);
	struct wax_str out;
	unsigned bits = 0;
	bool ok = wax_rsakey_read(
	    arena, wax_exact_n(ders[_i].der.p, ders[_i].der.n), &out, &bits);

	ck_assert_msg(
	    (ok ? bits : 0) == ders[_i].bits, "%s: %u", ders[_i].name, bits);
	wax_arena_free(arena);
}
END_TEST

/* --- records -------------------------------------------------------------- */

#define ED "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
/* RSAPublicKey of 64 bits, e=65537 */
#define RSA "p=MBACCQD//////////wIDAQAB"

static const struct {
	const char *name, *text;
	enum wax_key_type type;
	enum wax_key_fault fault;
	bool testing, strict;
} records[] = {
	{ "ed25519", "v=DKIM1; k=ed25519; " ED, WAX_KEY_ED25519, WAX_KEY_OK,
	    false, false },
	{ "rsa by default", RSA, WAX_KEY_RSA, WAX_KEY_OK, false, false },
	{ "rsa", "v=DKIM1;k=rsa;" RSA ";", WAX_KEY_RSA, WAX_KEY_OK, false,
	    false },
	{ "k= in capitals", "k=RSA;" RSA, WAX_KEY_RSA, WAX_KEY_OK, false,
	    false },
	{ "v= is not first", "k=rsa; v=DKIM1; " RSA, WAX_KEY_RSA,
	    WAX_KEY_NO_RECORD, false, false },
	{ "another version", "v=DKIM2; " RSA, WAX_KEY_RSA, WAX_KEY_NO_RECORD,
	    false, false },
	{ "version in small letters", "v=dkim1; " RSA, WAX_KEY_RSA,
	    WAX_KEY_NO_RECORD, false, false },
	{ "another record", "v=spf1 -all", WAX_KEY_RSA, WAX_KEY_NO_RECORD,
	    false, false },
	{ "nothing", "", WAX_KEY_RSA, WAX_KEY_NO_RECORD, false, false },
	{ "no p=", "v=DKIM1; k=rsa", WAX_KEY_RSA, WAX_KEY_NO_RECORD, false,
	    false },
	{ "p= twice", "v=DKIM1; " RSA "; " RSA, WAX_KEY_RSA, WAX_KEY_NO_RECORD,
	    false, false },
	{ "ed25519 for rsa", "k=ed25519; " ED, WAX_KEY_RSA, WAX_KEY_OTHER_TYPE,
	    false, false },
	{ "rsa for ed25519", RSA, WAX_KEY_ED25519, WAX_KEY_OTHER_TYPE, false,
	    false },
	{ "unknown type", "k=dsa; " RSA, WAX_KEY_RSA, WAX_KEY_OTHER_TYPE, false,
	    false },
	{ "sha256", "h=sha256; " RSA, WAX_KEY_RSA, WAX_KEY_OK, false, false },
	{ "sha1 and sha256", "h= sha1 : sha256 ; " RSA, WAX_KEY_RSA, WAX_KEY_OK,
	    false, false },
	{ "sha1 only", "h=sha1; " RSA, WAX_KEY_RSA, WAX_KEY_OTHER_HASH, false,
	    false },
	{ "no hash", "h=; " RSA, WAX_KEY_RSA, WAX_KEY_OTHER_HASH, false,
	    false },
	{ "for mail", "s=email; " RSA, WAX_KEY_RSA, WAX_KEY_OK, false, false },
	{ "for all", "s=tlsrpt:*; " RSA, WAX_KEY_RSA, WAX_KEY_OK, false,
	    false },
	{ "for other things", "s=tlsrpt; " RSA, WAX_KEY_RSA,
	    WAX_KEY_OTHER_SERVICE, false, false },
	{ "for emails", "s=emails; " RSA, WAX_KEY_RSA, WAX_KEY_OTHER_SERVICE,
	    false, false },
	{ "revoked", "v=DKIM1; p=", WAX_KEY_RSA, WAX_KEY_REVOKED, false,
	    false },
	{ "revoked, blanks", "v=DKIM1; p= ;", WAX_KEY_RSA, WAX_KEY_REVOKED,
	    false, false },
	{ "testing", "t=y; " RSA, WAX_KEY_RSA, WAX_KEY_OK, true, false },
	{ "strict", "t=s; " RSA, WAX_KEY_RSA, WAX_KEY_OK, false, true },
	{ "both and unknown", "t=x: y :s; " RSA, WAX_KEY_RSA, WAX_KEY_OK, true,
	    true },
	{ "not base64", "p=!!!!", WAX_KEY_RSA, WAX_KEY_MALFORMED, false,
	    false },
	{ "no DER", "p=AAAA", WAX_KEY_RSA, WAX_KEY_MALFORMED, false, false },
	{ "31 octets",
	    "k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHUQ==",
	    WAX_KEY_ED25519, WAX_KEY_MALFORMED, false, false },
	{ "33 octets",
	    "k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURoA",
	    WAX_KEY_ED25519, WAX_KEY_MALFORMED, false, false },
	{ "notes and unknown tags", "v=DKIM1; n=a note; zz=1; g=; " RSA,
	    WAX_KEY_RSA, WAX_KEY_OK, false, false },
};

START_TEST(one_record)
{
	struct wax_arena *arena = wax_arena_new("test", 4096);
	struct wax_keyrec key = wax_keyrec_parse(
	    arena, wax_exact(records[_i].text), records[_i].type);

	ck_assert_msg(key.fault == records[_i].fault, "%s: %s",
	    records[_i].name, wax_key_fault_text(key.fault));
	ck_assert_int_eq(key.type, records[_i].type);
	ck_assert_int_eq(key.key.n > 0, key.fault == WAX_KEY_OK);
	ck_assert_int_eq(key.bits > 0, key.fault == WAX_KEY_OK);
	if (key.fault == WAX_KEY_OK) {
		ck_assert_int_eq(key.testing, records[_i].testing);
		ck_assert_int_eq(key.strict_domain, records[_i].strict);
	}
	wax_arena_free(arena);
}
END_TEST

START_TEST(longest_record)
{
	struct wax_arena *arena = wax_arena_new("test", 4096);

	for (size_t over = 0; over < 2; over++) {
		struct wax_text text;

		wax_text_init(&text, arena);
		wax_text_addz(&text, RSA "; n=");
		while (text.n < WAX_KEY_RECORD_BYTES_MAX + over)
			wax_text_addc(&text, 'x');
		ck_assert_int_eq(
		    wax_keyrec_parse(arena, wax_text_str(&text), WAX_KEY_RSA)
		        .fault,
		    over ? WAX_KEY_TOO_LONG : WAX_KEY_OK);
	}
	wax_arena_free(arena);
}
END_TEST

/* --- several records ------------------------------------------------------ */

static const struct {
	const char *name;
	const char *records[4];
	enum wax_key_fault fault;
	unsigned bits;
} choices[] = {
	{ "one", { RSA }, WAX_KEY_OK, 64 },
	{ "behind another type", { "k=ed25519;" ED, RSA }, WAX_KEY_OK, 64 },
	{ "behind rubbish", { "v=spf1 -all", "x", RSA }, WAX_KEY_OK, 64 },
	{ "behind a revoked one", { "p=", RSA }, WAX_KEY_OK, 64 },
	{ "before a revoked one", { RSA, "p=" }, WAX_KEY_OK, 64 },
	{ "the first of two", { "p=MAYCAX8CAQM=", RSA }, WAX_KEY_OK, 7 },
	{ "closest: revoked", { "v=spf1 -all", "p=", "k=ed25519;" ED },
	    WAX_KEY_REVOKED, 0 },
	{ "closest: service", { "s=x;" RSA, "h=sha1;" RSA },
	    WAX_KEY_OTHER_SERVICE, 0 },
	{ "only rubbish", { "v=spf1 -all", "" }, WAX_KEY_NO_RECORD, 0 },
};

START_TEST(one_choice)
{
	struct wax_arena *arena = wax_arena_new("test", 4096);
	union wax_rdata rr[4];
	struct wax_answer answer = {
		.status = WAX_DNS_OK, .type = WAX_RR_TXT, .rr = rr
	};
	struct wax_keyrec key;

	memset(rr, 0, sizeof rr);
	for (; choices[_i].records[answer.n] != NULL; answer.n++)
		rr[answer.n].txt.text =
		    wax_exact(choices[_i].records[answer.n]);
	key = wax_keyrec_choose(arena, &answer, WAX_KEY_RSA);
	ck_assert_msg(key.fault == choices[_i].fault, "%s: %s",
	    choices[_i].name, wax_key_fault_text(key.fault));
	ck_assert_uint_eq(key.bits, choices[_i].bits);
	wax_arena_free(arena);
}
END_TEST

START_TEST(each_fault_has_its_words)
{
	for (int a = WAX_KEY_OK; a <= WAX_KEY_MALFORMED; a++)
		for (int b = WAX_KEY_OK; b < a; b++)
			ck_assert_str_ne(
			    wax_key_fault_text((enum wax_key_fault)a),
			    wax_key_fault_text((enum wax_key_fault)b));
}
END_TEST

Suite *
wax_keyrec_suite(void)
{
	Suite *suite = suite_create("keyrec");
	TCase *tc = tcase_create("keyrec");

	tcase_add_test(tc, real_keys);
	tcase_add_test(tc, keys_of_all_lengths);
	tcase_add_test(tc, cut_and_longer_keys);
	tcase_add_test(tc, changed_keys);
	tcase_add_loop_test(tc, one_der, 0, (int)(sizeof ders / sizeof *ders));
	tcase_add_loop_test(
	    tc, one_record, 0, (int)(sizeof records / sizeof *records));
	tcase_add_test(tc, longest_record);
	tcase_add_loop_test(
	    tc, one_choice, 0, (int)(sizeof choices / sizeof *choices));
	tcase_add_test(tc, each_fault_has_its_words);
	suite_add_tcase(suite, tc);
	return suite;
}
