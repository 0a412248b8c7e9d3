/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys that are kept decoded: that the table is used, and that nobody can
 * tell but by the time.
 *
 * libopendkim verifies with functions that OpenSSL 3.0 calls deprecated; so
 * does this test.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/sys/keycache.h"
#include "milter/sys/thread.h"
#include "policy/base/limits.h"
#include "tests/support/suite.h"

#define ED25519_OCTETS 44
#define RSA4096_OCTETS 550
#define BYTES_PER_KEY_MAX 4096 /* of the smallest keys: far less */

static struct wax_keycache_counters
counters(void)
{
	struct wax_keycache_counters out;

	ck_assert(wax_keycache_count(&out));
	return out;
}

static void
begin(void)
{
	wax_keycache_clear();
}

static EVP_PKEY *
generate(unsigned bits)
{
	EVP_PKEY *key = EVP_RSA_gen(bits);

	ck_assert_ptr_nonnull(key);
	return key;
}

static struct wax_str
der_of(EVP_PKEY *key)
{
	unsigned char *p = NULL;
	int n = i2d_PUBKEY(key, &p);
	struct wax_str der;

	ck_assert_int_gt(n, 0);
	der = wax_exact_n(p, (size_t)n);
	OPENSSL_free(p);
	return der;
}

/* What a stranger may publish: any 32 octets are a key. */
static struct wax_str
ed25519_der(unsigned number)
{
	unsigned char der[ED25519_OCTETS] = { 0x30, 0x2a, 0x30, 0x05, 0x06,
		0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };

	memcpy(der + 12, &number, sizeof number);
	return wax_exact_n(der, sizeof der);
}

/* Through a BIO as libopendkim makes it. */
static EVP_PKEY *
decode(struct wax_str der)
{
	BIO *bio = BIO_new_mem_buf(der.p, (int)der.n);
	EVP_PKEY *key;

	ck_assert_ptr_nonnull(bio);
	key = d2i_PUBKEY_bio(bio, NULL);
	BIO_free(bio);
	return key;
}

/* What libcrypto says, without the table. */
static EVP_PKEY *
decode_plainly(struct wax_str der)
{
	const unsigned char *p = (const unsigned char *)der.p;

	return d2i_PUBKEY(NULL, &p, (long)der.n);
}

START_TEST(program_comes_first)
{
	void *crypto = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_NOLOAD);
	void *ours = dlsym(RTLD_DEFAULT, "d2i_PUBKEY_bio");

	/* What a library like libopendkim is given for the name. */
	ck_assert_ptr_nonnull(ours);
	ck_assert(crypto == NULL || dlsym(crypto, "d2i_PUBKEY_bio") != ours);
	ck_assert(ours == (void *)d2i_PUBKEY_bio);
}
END_TEST

START_TEST(kept_once_and_found)
{
	EVP_PKEY *pair = generate(2048);
	struct wax_str der = der_of(pair);
	EVP_PKEY *first = decode(der), *second, *plain = decode_plainly(der);

	ck_assert_uint_eq(counters().decoded, 1);
	ck_assert_uint_eq(counters().hits, 0);
	ck_assert_uint_eq(counters().kept, 1);
	second = decode(der);
	ck_assert_uint_eq(counters().decoded, 1);
	ck_assert_uint_eq(counters().hits, 1);
	ck_assert_uint_eq(counters().kept, 1);
	ck_assert_ptr_eq(first, second);
	ck_assert_int_eq(EVP_PKEY_eq(second, pair), 1);
	ck_assert_int_eq(EVP_PKEY_eq(second, plain), 1);
	EVP_PKEY_free(first);
	EVP_PKEY_free(second);
	EVP_PKEY_free(plain);
	/* The table has its own reference, ... */
	first = decode(der);
	ck_assert_int_eq(EVP_PKEY_eq(first, pair), 1);
	/* ... and the caller his. */
	wax_keycache_clear();
	ck_assert_uint_eq(counters().kept, 0);
	ck_assert_uint_eq(counters().kept_bytes, 0);
	ck_assert_int_eq(EVP_PKEY_eq(first, pair), 1);
	EVP_PKEY_free(first);
	EVP_PKEY_free(pair);
}
END_TEST

/* Each octet of a kept key changed: what comes is what libcrypto says. */
START_TEST(another_key_of_the_same_length)
{
	EVP_PKEY *pair = generate(1024), *kept;
	struct wax_str der = der_of(pair);
	char copy[1024];
	unsigned differs = 0;

	ck_assert_uint_lt(der.n, sizeof copy);
	kept = decode(der);
	for (size_t i = 0; i < der.n; i++) {
		EVP_PKEY *got, *want;

		memcpy(copy, der.p, der.n);
		copy[i] ^= 1;
		got = decode((struct wax_str){ copy, der.n });
		want = decode_plainly((struct wax_str){ copy, der.n });
		ck_assert_int_eq(got == NULL, want == NULL);
		ck_assert_ptr_ne(got, kept);
		if (got != NULL) {
			ck_assert_int_eq(EVP_PKEY_eq(got, want), 1);
			differs++;
		}
		EVP_PKEY_free(got);
		EVP_PKEY_free(want);
	}
	ck_assert_uint_gt(differs, 100);
	ck_assert_uint_eq(counters().hits, 0);
	ck_assert_uint_eq(counters().kept, 1 + differs);
	EVP_PKEY_free(kept);
	EVP_PKEY_free(pair);
}
END_TEST

START_TEST(no_key_is_not_kept)
{
	static const struct {
		const char *name, *octets;
		size_t n;
	} rows[] = {
		{ "nothing", "", 0 },
		{ "a zero", "\0", 1 },
		{ "an empty sequence", "\x30\0", 2 },
		{ "a sequence of four gigabytes", "\x30\x84\xff\xff\xff\xff",
		    6 },
		{ "text", "v=DKIM1; k=rsa; p=", 18 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (int times = 0; times < 2; times++) {
			struct wax_str der =
			    wax_exact_n(rows[i].octets, rows[i].n);

			ck_assert_msg(decode(der) == NULL, "%s", rows[i].name);
		}
	ck_assert_uint_eq(counters().hits, 0);
	ck_assert_uint_eq(counters().kept, 0);
}
END_TEST

START_TEST(cut_key_is_not_kept)
{
	EVP_PKEY *pair = generate(1024);
	struct wax_str der = der_of(pair);

	for (int times = 0; times < 2; times++)
		for (size_t n = 0; n < der.n; n++)
			ck_assert_ptr_null(decode(wax_exact_n(der.p, n)));
	ck_assert_uint_eq(counters().hits, 0);
	ck_assert_uint_eq(counters().kept, 0);
	EVP_PKEY_free(pair);
}
END_TEST

/* What is behind the key stays in the BIO, whether the key is kept or not. */
START_TEST(rest_is_left)
{
	EVP_PKEY *pair = generate(1024);
	struct wax_str der = der_of(pair);
	char both[1024];

	memcpy(both, der.p, der.n);
	memcpy(both + der.n, "rest", 4);
	EVP_PKEY_free(decode(der));
	for (int times = 0; times < 2; times++) {
		BIO *bio = BIO_new_mem_buf(both, (int)der.n + 4);
		EVP_PKEY *key = d2i_PUBKEY_bio(bio, NULL);
		char rest[8];

		ck_assert_int_eq(EVP_PKEY_eq(key, pair), 1);
		ck_assert_int_eq(BIO_read(bio, rest, sizeof rest), 4);
		ck_assert_mem_eq(rest, "rest", 4);
		EVP_PKEY_free(key);
		BIO_free(bio);
	}
	ck_assert_uint_eq(counters().hits, 0);
	ck_assert_uint_eq(counters().kept, 1);
	EVP_PKEY_free(pair);
}
END_TEST

/* A BIO that was written to, with something read before. */
START_TEST(partly_read)
{
	EVP_PKEY *pair = generate(1024);
	struct wax_str der = der_of(pair);

	for (unsigned times = 0; times < 2; times++) {
		BIO *bio = BIO_new(BIO_s_mem());
		EVP_PKEY *key;
		char before[6];

		ck_assert_int_eq(BIO_write(bio, "before", 6), 6);
		ck_assert_int_eq(BIO_write(bio, der.p, (int)der.n), (int)der.n);
		ck_assert_int_eq(BIO_read(bio, before, 6), 6);
		key = d2i_PUBKEY_bio(bio, NULL);
		ck_assert_int_eq(EVP_PKEY_eq(key, pair), 1);
		ck_assert_uint_eq(counters().hits, times);
		ck_assert_uint_eq(counters().kept, 1);
		ck_assert_int_eq(BIO_pending(bio), 0);
		/* A second time there is nothing left to read. */
		ck_assert_ptr_null(d2i_PUBKEY_bio(bio, NULL));
		EVP_PKEY_free(key);
		BIO_free(bio);
	}
	EVP_PKEY_free(pair);
}
END_TEST

/* Two keys in one BIO come one after the other. */
START_TEST(two_in_one)
{
	EVP_PKEY *pair[2] = { generate(1024), generate(1024) };
	BIO *bio = BIO_new(BIO_s_mem());

	for (int i = 0; i < 2; i++) {
		struct wax_str der = der_of(pair[i]);

		EVP_PKEY_free(decode(der));
		ck_assert_int_eq(BIO_write(bio, der.p, (int)der.n), (int)der.n);
	}
	for (int i = 0; i < 2; i++) {
		EVP_PKEY *key = d2i_PUBKEY_bio(bio, NULL);

		ck_assert_int_eq(EVP_PKEY_eq(key, pair[i]), 1);
		EVP_PKEY_free(key);
		EVP_PKEY_free(pair[i]);
	}
	BIO_free(bio);
}
END_TEST

/* What cannot be looked into is decoded as libcrypto does. */
START_TEST(other_sources)
{
	EVP_PKEY *pair = generate(1024), *key, *into;
	struct wax_str der = der_of(pair);
	FILE *file = tmpfile();
	BIO *bio;

	EVP_PKEY_free(decode(der));
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(der.p, 1, der.n, file), der.n);
	rewind(file);
	bio = BIO_new_fp(file, BIO_CLOSE);
	key = d2i_PUBKEY_bio(bio, NULL);
	ck_assert_int_eq(EVP_PKEY_eq(key, pair), 1);
	EVP_PKEY_free(key);
	BIO_free(bio);

	bio = BIO_push(
	    BIO_new(BIO_f_buffer()), BIO_new_mem_buf(der.p, (int)der.n));
	key = d2i_PUBKEY_bio(bio, NULL);
	ck_assert_int_eq(EVP_PKEY_eq(key, pair), 1);
	EVP_PKEY_free(key);
	BIO_free_all(bio);

	/* It replaces the key that is there. */
	into = generate(1024);
	bio = BIO_new_mem_buf(der.p, (int)der.n);
	key = d2i_PUBKEY_bio(bio, &into);
	ck_assert_ptr_eq(key, into);
	ck_assert_int_eq(EVP_PKEY_eq(into, pair), 1);
	EVP_PKEY_free(into);
	BIO_free(bio);

	ck_assert_uint_eq(counters().hits, 0);
	ck_assert_uint_eq(counters().kept, 1);
	EVP_PKEY_free(pair);
}
END_TEST

START_TEST(keys_are_bounded)
{
	struct wax_keycache_counters now;

	for (unsigned i = 0; i < WAX_DECODED_KEYS_MAX; i++)
		EVP_PKEY_free(decode(ed25519_der(i)));
	ck_assert_uint_eq(counters().kept, WAX_DECODED_KEYS_MAX);
	ck_assert_uint_eq(counters().evicted, 0);
	EVP_PKEY_free(decode(ed25519_der(0))); /* so it is not the oldest */
	ck_assert_uint_eq(counters().hits, 1);
	EVP_PKEY_free(decode(ed25519_der(WAX_DECODED_KEYS_MAX)));
	now = counters();
	ck_assert_uint_eq(now.kept, WAX_DECODED_KEYS_MAX);
	ck_assert_uint_eq(now.evicted, 1);
	ck_assert_uint_le(
	    now.kept_bytes, WAX_DECODED_KEYS_MAX * BYTES_PER_KEY_MAX);
	EVP_PKEY_free(decode(ed25519_der(0)));
	ck_assert_uint_eq(counters().hits, 2);
	EVP_PKEY_free(decode(ed25519_der(1)));
	ck_assert_uint_eq(counters().hits, 2); /* that one went */
}
END_TEST

START_TEST(octets_are_bounded)
{
	EVP_PKEY *pair = generate(4096);
	struct wax_str der = der_of(pair);
	char copy[RSA4096_OCTETS];

	ck_assert_uint_eq(der.n, sizeof copy);
	memcpy(copy, der.p, der.n);
	for (unsigned i = 0; i < WAX_DECODED_KEYS_MAX; i++) {
		memcpy(copy + 100, &i, sizeof i); /* in the modulus */
		EVP_PKEY_free(decode((struct wax_str){ copy, sizeof copy }));
	}
	ck_assert_uint_gt(counters().evicted, 0);
	ck_assert_uint_eq(
	    counters().kept + counters().evicted, WAX_DECODED_KEYS_MAX);
	ck_assert_uint_le(counters().kept_bytes, WAX_DECODED_KEYS_BYTES_MAX);
	ck_assert_uint_gt(
	    counters().kept_bytes, WAX_DECODED_KEYS_BYTES_MAX / 10 * 9);
	EVP_PKEY_free(pair);
}
END_TEST

START_TEST(long_key_is_not_kept)
{
	EVP_PKEY *pair = generate(1024), *key;
	struct wax_str der = der_of(pair);
	static char octets[WAX_DECODED_KEY_OCTETS_MAX + 1];

	/* With what is behind it, it is too long to be looked at. */
	memcpy(octets, der.p, der.n);
	key = decode((struct wax_str){ octets, sizeof octets });
	ck_assert_int_eq(EVP_PKEY_eq(key, pair), 1);
	ck_assert_uint_eq(counters().decoded, 0);
	EVP_PKEY_free(key);
	key = decode((struct wax_str){ octets, sizeof octets - 1 });
	ck_assert_int_eq(EVP_PKEY_eq(key, pair), 1);
	ck_assert_uint_eq(counters().decoded, 1);
	ck_assert_uint_eq(counters().kept, 0);
	EVP_PKEY_free(key);
	EVP_PKEY_free(pair);
}
END_TEST

/* --- verification, as libopendkim does it --------------------------------- */

#define DIGEST_OCTETS 32
#define PAIRS 3

struct signed_text {
	struct wax_str der;
	unsigned char digest[DIGEST_OCTETS];
	unsigned char signature[256];
	unsigned n;
};

static void
sign(struct signed_text *out, unsigned char number)
{
	EVP_PKEY *pair = generate(1024);
	RSA *rsa = EVP_PKEY_get1_RSA(pair);

	memset(out->digest, number, sizeof out->digest);
	out->der = der_of(pair);
	ck_assert_int_eq(RSA_sign(NID_sha256, out->digest, DIGEST_OCTETS,
	                     out->signature, &out->n, rsa),
	    1);
	RSA_free(rsa);
	EVP_PKEY_free(pair);
}

static bool
verifies(struct wax_str der, const struct signed_text *text)
{
	EVP_PKEY *key = decode(der);
	RSA *rsa = EVP_PKEY_get1_RSA(key);
	bool good = RSA_verify(NID_sha256, text->digest, DIGEST_OCTETS,
	                text->signature, text->n, rsa) == 1;

	ERR_clear_error();
	RSA_free(rsa);
	EVP_PKEY_free(key);
	return good;
}

START_TEST(wrong_key_does_not_verify)
{
	struct signed_text text[2];

	sign(&text[0], 1);
	sign(&text[1], 2);
	for (int times = 0; times < 3; times++)
		for (int i = 0; i < 2; i++) {
			ck_assert(verifies(text[i].der, &text[i]));
			ck_assert(!verifies(text[!i].der, &text[i]));
		}
	ck_assert_uint_eq(counters().hits, 10);
}
END_TEST

/*
 * ThreadSanitizer does not see into libcrypto, and so not its counts of
 * references, which order the last use of a key before its end.
 */
const char *__tsan_default_suppressions(void);
const char *
__tsan_default_suppressions(void)
{
	return "race:CRYPTO_THREAD_lock_free\n";
}

struct worker {
	pthread_t thread;
	const struct signed_text *text;
	unsigned seed, good, bad;
};

#define ROUNDS 300U

/* Good and bad ones in turn, and keys enough to push others out. */
static void *
work(void *arg)
{
	struct worker *worker = arg;

	for (unsigned i = 0; i < ROUNDS; i++) {
		const struct signed_text *text = &worker->text[i % PAIRS];
		const struct signed_text *other =
		    &worker->text[(i + 1) % PAIRS];

		worker->good += verifies(text->der, text);
		worker->bad += !verifies(other->der, text);
		EVP_PKEY_free(decode(ed25519_der(worker->seed + i * 7 % 1300)));
		if (i % 100 == worker->seed)
			wax_keycache_clear();
	}
	return NULL;
}

START_TEST(eight_threads)
{
	struct signed_text text[PAIRS];
	struct worker worker[8];
	struct wax_err err;

	for (unsigned char i = 0; i < PAIRS; i++)
		sign(&text[i], i);
	for (unsigned i = 0; i < 8; i++) {
		worker[i] = (struct worker){ .text = text, .seed = i };
		ck_assert_int_eq(wax_thread_start(&worker[i].thread, "worker",
		                     work, &worker[i], &err),
		    WAX_OK);
	}
	for (unsigned i = 0; i < 8; i++) {
		ck_assert_int_eq(pthread_join(worker[i].thread, NULL), 0);
		ck_assert_uint_eq(worker[i].good, ROUNDS);
		ck_assert_uint_eq(worker[i].bad, ROUNDS);
	}
	ck_assert_uint_gt(counters().hits, 0);
}
END_TEST

static Suite *
keycache_suite(void)
{
	Suite *suite = suite_create("keycache");
	TCase *tcase = tcase_create("keycache");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, begin, wax_keycache_clear);
	tcase_add_test(tcase, program_comes_first);
	tcase_add_test(tcase, kept_once_and_found);
	tcase_add_test(tcase, another_key_of_the_same_length);
	tcase_add_test(tcase, no_key_is_not_kept);
	tcase_add_test(tcase, cut_key_is_not_kept);
	tcase_add_test(tcase, rest_is_left);
	tcase_add_test(tcase, partly_read);
	tcase_add_test(tcase, two_in_one);
	tcase_add_test(tcase, other_sources);
	tcase_add_test(tcase, keys_are_bounded);
	tcase_add_test(tcase, octets_are_bounded);
	tcase_add_test(tcase, long_key_is_not_kept);
	tcase_add_test(tcase, wrong_key_does_not_verify);
	tcase_add_test(tcase, eight_threads);
	suite_add_tcase(suite, tcase);
	return suite;
}

Suite *(*const wax_suites[])(void) = { keycache_suite, NULL };
