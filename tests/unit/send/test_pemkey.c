/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "milter/send/pemkey.h"
#include "milter/sys/file.h"
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

static struct wax_str
file(const char *name)
{
	const char *srcdir = getenv("srcdir");
	struct wax_str text = WAX_STR("");
	struct wax_err err = { .text = "" };
	const char *path = wax_textf(arena, "%s/tests/support/keys/%s.pem",
	    srcdir != NULL ? srcdir : WAX_SRCDIR, name)
	                       .p;

	ck_assert_msg(wax_file_read(arena, path, 10000, &text, &err) == WAX_OK,
	    "%s", err.text);
	return wax_exact_n(text.p, text.n);
}

static const struct {
	const char *name;
	enum wax_pemkey_kind kind;
	size_t bits;
} files[] = {
	{ "rsa512", WAX_PEMKEY_RSA, 512 },
	{ "rsa1023", WAX_PEMKEY_RSA, 1023 },
	{ "rsa1024", WAX_PEMKEY_RSA, 1024 },
	{ "rsa2048", WAX_PEMKEY_RSA, 2048 },
	{ "rsa4096", WAX_PEMKEY_RSA, 4096 },
	{ "ed25519", WAX_PEMKEY_ED25519, 0 },
};

START_TEST(key_files)
{
	struct wax_pemkey key = wax_pemkey_read(arena, file(files[_i].name));

	ck_assert_int_eq(key.kind, files[_i].kind);
	ck_assert_uint_eq(key.bits, files[_i].bits);
	ck_assert(wax_str_starts(key.pem, WAX_STR("-----BEGIN PRIVATE KEY")));
	ck_assert(wax_str_ends(key.pem, WAX_STR("-----END PRIVATE KEY-----")));
}
END_TEST

/* Cut anywhere it is not a key, and nothing behind it is read. */
START_TEST(cut_files)
{
	struct wax_str text = file(files[_i].name);
	size_t end =
	    (size_t)((const char *)memmem(text.p, text.n, "-----END", 8) -
	             text.p);

	for (size_t n = 0; n < text.n; n++) {
		struct wax_pemkey key =
		    wax_pemkey_read(arena, wax_exact_n(text.p, n));

		if (n < end)
			ck_assert_int_eq(key.kind, WAX_PEMKEY_NONE);
		if (n % 16 == 0)
			wax_arena_reset(arena);
	}
}
END_TEST

#define BEGIN(label) "-----BEGIN " label "-----\n"
#define END(label) "-----END " label "-----\n"
#define PEM(label, body) BEGIN(label) body END(label)

static const struct {
	const char *name, *text;
	enum wax_pemkey_kind kind;
	size_t bits;
} texts[] = {
	{ "nothing", "", WAX_PEMKEY_NONE, 0 },
	{ "a public key", PEM("PUBLIC KEY", "MAA=\n"), WAX_PEMKEY_NONE, 0 },
	{ "a certificate", PEM("CERTIFICATE", "MAA=\n"), WAX_PEMKEY_NONE, 0 },
	{ "an encrypted one", PEM("ENCRYPTED PRIVATE KEY", "MAA=\n"),
	    WAX_PEMKEY_ENCRYPTED, 0 },
	{ "an encrypted one, as it was done",
	    PEM("RSA PRIVATE KEY",
	        "Proc-Type: 4,ENCRYPTED\nDEK-Info: x\n\nMAA=\n"),
	    WAX_PEMKEY_ENCRYPTED, 0 },
	{ "a key of curves", PEM("EC PRIVATE KEY", "MAA=\n"), WAX_PEMKEY_OTHER,
	    0 },
	/* 30 0e, 02 01 00, 30 07, 06 05 2b 81 04 00 22, 04 00 */
	{ "a key of curves, PKCS#8",
	    PEM("PRIVATE KEY", "MA4CAQAwBwYFK4EEACIEAA==\n"), WAX_PEMKEY_OTHER,
	    0 },
	/* 30 08, 02 01 00, 02 03 00 80 01 */
	{ "a small modulus", PEM("RSA PRIVATE KEY", "MAgCAQACAwCAAQ==\n"),
	    WAX_PEMKEY_RSA, 16 },
	{ "something in front",
	    "Bag\n" PEM("RSA PRIVATE KEY", "MAgCAQACAwCAAQ==\n"),
	    WAX_PEMKEY_RSA, 16 },
	{ "a certificate in front",
	    PEM("CERTIFICATE", "MAA=\n")
	        PEM("RSA PRIVATE KEY", "MAgCAQACAwCAAQ==\n"),
	    WAX_PEMKEY_RSA, 16 },
	{ "a modulus of nothing", PEM("RSA PRIVATE KEY", "MAUCAQACAA==\n"),
	    WAX_PEMKEY_RSA, 0 },
	{ "a length beyond the end",
	    PEM("RSA PRIVATE KEY", "MAgCAQACBACAAQ==\n"), WAX_PEMKEY_NONE, 0 },
	/* 30 84 7f ff ff ff */
	{ "a length of four octets", PEM("RSA PRIVATE KEY", "MIR/////\n"),
	    WAX_PEMKEY_NONE, 0 },
	/* 30 80 */
	{ "no length", PEM("RSA PRIVATE KEY", "MIA=\n"), WAX_PEMKEY_NONE, 0 },
	{ "no base64", PEM("RSA PRIVATE KEY", "MAA*\n"), WAX_PEMKEY_NONE, 0 },
	{ "a label that does not end", "-----BEGIN RSA PRIVATE KEY\nMAA=\n",
	    WAX_PEMKEY_NONE, 0 },
};

START_TEST(key_texts)
{
	struct wax_pemkey key =
	    wax_pemkey_read(arena, wax_exact(texts[_i].text));

	ck_assert_msg(key.kind == texts[_i].kind, "%s: %d", texts[_i].name,
	    (int)key.kind);
	ck_assert_uint_eq(key.bits, texts[_i].bits);
}
END_TEST

Suite *wax_pemkey_suite(void);

Suite *
wax_pemkey_suite(void)
{
	Suite *suite = suite_create("pemkey");
	TCase *tc = tcase_create("pemkey");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, key_files, 0, (int)(sizeof files / sizeof files[0]));
	tcase_add_loop_test(
	    tc, cut_files, 0, (int)(sizeof files / sizeof files[0]));
	tcase_add_loop_test(
	    tc, key_texts, 0, (int)(sizeof texts / sizeof texts[0]));
	suite_add_tcase(suite, tc);
	return suite;
}
