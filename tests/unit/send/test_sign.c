/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signing, held against our own verifier; tests/unit/send/parsed holds it
 * against another one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/send/sign.h"
#include "milter/sys/file.h"
#include "policy/auth/dkim.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/dns/zone.h"
#include "tests/support/suite.h"

#define NOW 1795534633

static struct wax_arena *arena;
static char directory[64];

static void
setup(void)
{
	arena = wax_arena_new("test", 0);
	(void)snprintf(directory, sizeof directory, "/tmp/wax-sign-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void
teardown(void)
{
	wax_arena_free(arena);
	ck_assert_int_eq(rmdir(directory), 0);
}

static struct wax_str
support(const char *name)
{
	const char *srcdir = getenv("srcdir");
	struct wax_str text = WAX_STR("");
	struct wax_err err = { .text = "" };
	const char *path = wax_textf(arena, "%s/tests/support/keys/%s",
	    srcdir != NULL ? srcdir : WAX_SRCDIR, name)
	                       .p;

	ck_assert_msg(wax_file_read(arena, path, 20000, &text, &err) == WAX_OK,
	    "%s", err.text);
	return text;
}

/* A key file of ours, with such a mode. */
static const char *
key_file(struct wax_str text, mode_t mode)
{
	const char *path = wax_textf(arena, "%s/key", directory).p;
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text.p, 1, text.n, file), text.n);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(path, mode), 0);
	return path;
}

static struct wax_signer *
signer_of(const char *kind)
{
	const char *path =
	    key_file(support(wax_textf(arena, "%s.pem", kind).p), 0600);
	struct wax_signer *signer = NULL;
	struct wax_err err = { .text = "" };

	ck_assert_msg(wax_signer_open("Receiver.example", "s1", path, &signer,
	                  &err) == WAX_OK,
	    "%s: %s", kind, err.text);
	ck_assert_int_eq(unlink(path), 0);
	return signer;
}

static struct wax_str
record_of(const char *kind)
{
	struct wax_str rest = support("records.txt"), line;

	while (wax_str_cut(&rest, '\n', &line))
		if (wax_str_starts(line, wax_textf(arena, "%s ", kind)))
			return wax_str_from(line, strlen(kind) + 1);
	ck_abort_msg("no record of %s", kind);
}

static void
feed(struct wax_dkim *dkim, struct wax_str message)
{
	size_t start = 0;

	for (size_t i = 0; i + 3 < message.n; i++) {
		struct wax_str field;
		char next = message.p[i + 2];

		if (message.p[i] != '\r' || next == ' ' || next == '\t')
			continue;
		field = (struct wax_str){ message.p + start, i - start };
		wax_dkim_field(dkim,
		    wax_str_head(field, wax_str_find(field, ':')),
		    wax_str_from(field, wax_str_find(field, ':') + 1));
		start = i + 2;
		if (next != '\r')
			continue;
		(void)wax_dkim_eoh(dkim, (struct wax_domain){ { NULL, 0 } });
		wax_dkim_body(dkim, wax_str_from(message, i + 4));
		return;
	}
	ck_abort_msg("no end of the header");
}

/* What our own verifier says, with that key in the DNS. */
static struct wax_dkim_signature
verified(struct wax_str message, const char *kind)
{
	struct wax_engine_options engine = { .spf = WAX_SPF_OWN,
		.org = WAX_ORG_TREEWALK };
	struct wax_dkim_options options = { .now = NOW + 60,
		.min_rsa_bits = WAX_KEY_BITS_MIN_DEFAULT,
		.max_signatures = WAX_SIGNATURES_DEFAULT,
		.max_key_lookups = WAX_KEY_LOOKUPS_DEFAULT,
		.max_key_bits = WAX_KEY_BITS_DEFAULT,
		.max_body_hashes = WAX_BODY_HASHES_DEFAULT,
		.max_signed_names = WAX_SIGNED_NAMES_DEFAULT };
	struct wax_err err = { .text = "" };
	struct wax_engines *engines = wax_engines_open(&engine, &err);
	struct wax_arena *own = wax_arena_new("verifier", 0);
	const struct wax_dkim_signature *found;
	struct wax_dkim_signature first = { .result = WAX_NONE };
	struct wax_zone *zone;
	struct wax_dkim *dkim;
	size_t n = 0;

	ck_assert_msg(engines != NULL, "%s", err.text);
	zone = wax_zone_parse(own,
	    wax_textf(own, "s1._domainkey.receiver.example TXT %.*s\n",
	        WAX_FMT(record_of(kind))),
	    &err);
	ck_assert_msg(zone != NULL, "%s", err.text);
	dkim =
	    wax_dkim_open(own, engines, wax_zone_resolver(own, zone), &options);
	feed(dkim, message);
	found = wax_dkim_finish(dkim, 1000, &n);
	ck_assert_uint_le(n, 1);
	if (n == 1) {
		first = found[0];
		first.sdid.text = wax_str_dup(arena, first.sdid.text);
		first.reason = wax_str_dup(arena, first.reason);
		first.algorithm = wax_str_dup(arena, first.algorithm);
		first.selector = wax_str_dup(arena, first.selector);
	}
	wax_arena_free(own);
	wax_engines_close(engines);
	return first;
}

static const struct {
	const char *name, *message;
} messages[] = {
	{ "a plain one",
	    "Date: Tue, 24 Nov 2026 15:37:13 +0000\r\n"
	    "From: \"Receiver\"\r\n <dmarc@receiver.example>\r\n"
	    "To: <reports@example.com>\r\n"
	    "Subject: Report Domain: example.com\r\n\tSubmitter: x\r\n"
	    "Message-ID: <1@receiver.example>\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/mixed;\r\n boundary=\"=_1\"\r\n"
	    "\r\nHello,\r\n\r\n.\r\n..  world  \r\n" },
	{ "only what must be there", "From: <dmarc@receiver.example>\r\n\r\n" },
	{ "a body of blank lines",
	    "From: <dmarc@receiver.example>\r\n\r\n\r\n\r\n" },
};
#define N_MESSAGES (sizeof messages / sizeof messages[0])

static const char *const kinds[] = { "rsa1024", "rsa2048", "rsa4096",
	"ed25519" };
#define N_KINDS (sizeof kinds / sizeof kinds[0])

/* RC-19 */
START_TEST(round_trip)
{
	struct wax_signer *signer = signer_of(kinds[_i]);

	for (size_t i = 0; i < N_MESSAGES; i++) {
		struct wax_str message = wax_exact(messages[i].message);
		struct wax_str out = WAX_STR("");
		struct wax_err err = { .text = "" };
		struct wax_dkim_signature found;

		ck_assert_msg(
		    wax_sign(signer, arena, message, NOW, &out, &err) == WAX_OK,
		    "%s: %s", messages[i].name, err.text);
		ck_assert(wax_str_ends(out, message));
		found = verified(out, kinds[_i]);
		ck_assert_msg(found.result == WAX_PASS, "%s, %s: %.*s",
		    kinds[_i], messages[i].name, WAX_FMT(found.reason));
		ck_assert_wax_str_eq(found.sdid.text, "receiver.example");
		ck_assert_wax_str_eq(found.selector, "s1");
		ck_assert_wax_str_eq(found.algorithm,
		    strcmp(kinds[_i], "ed25519") == 0 ? "ed25519-sha256"
		                                      : "rsa-sha256");
	}
	wax_signer_close(signer);
}
END_TEST

static struct wax_str
replaced(struct wax_str text, const char *old, const char *new)
{
	const char *p = memmem(text.p, text.n, old, strlen(old));
	struct wax_text out;

	ck_assert_msg(p != NULL, "no \"%s\"", old);
	wax_text_init(&out, arena);
	wax_text_add(&out, wax_str_head(text, (size_t)(p - text.p)));
	wax_text_addz(&out, new);
	wax_text_add(
	    &out, wax_str_from(text, (size_t)(p - text.p) + strlen(old)));
	return wax_text_str(&out);
}

/* Everything that the header says is signed, From once more than it is
 * there. */
START_TEST(changes_are_noticed)
{
	static const char *const changes[][2] = {
		{ "Date: Tue", "Date: Mon" },
		{ "<dmarc@", "<x@" },
		{ "To: <r", "To: <x" },
		{ "Subject: R", "Subject: r" },
		{ "Message-ID: <1", "Message-ID: <2" },
		{ "auto-generated", "no" },
		{ "1.0", "1.1" },
		{ "=_1\"", "=_2\"" },
		{ "Hello", "hello" },
		{ "\r\nMIME-Version: 1.0", "" },
		{ "\r\nDate:", "\r\nFrom: <x@evil.example>\r\nDate:" },
	};
	struct wax_signer *signer = signer_of("rsa2048");
	struct wax_str out = WAX_STR("");
	struct wax_err err = { .text = "" };

	ck_assert_int_eq(wax_sign(signer, arena, wax_exact(messages[0].message),
	                     NOW, &out, &err),
	    WAX_OK);
	ck_assert_int_eq(verified(out, "rsa2048").result, WAX_PASS);
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
		ck_assert_msg(
		    verified(
		        replaced(out, changes[i][0], changes[i][1]), "rsa2048")
		            .result == WAX_FAIL,
		    "%s", changes[i][0]);
	wax_signer_close(signer);
}
END_TEST

START_TEST(form_of_the_field)
{
	struct wax_signer *signer = signer_of("rsa2048");
	struct wax_str out = WAX_STR(""), again = WAX_STR(""), line;
	struct wax_err err = { .text = "" };
	struct wax_str message = wax_exact(messages[0].message);

	ck_assert_int_eq(
	    wax_sign(signer, arena, message, NOW, &out, &err), WAX_OK);
	ck_assert_int_eq(
	    wax_sign(signer, arena, message, NOW, &again, &err), WAX_OK);
	ck_assert(wax_str_eq(out, again));
	ck_assert(wax_str_starts(out, WAX_STR("DKIM-Signature: v=1;")));
	ck_assert_ptr_nonnull(memmem(out.p, out.n, "t=1795534633;", 13));
	ck_assert_ptr_nonnull(memmem(out.p, out.n, "c=relaxed/relaxed;", 18));
	ck_assert_ptr_null(memmem(out.p, out.n, "l=", 2));
	while (wax_str_cut(&out, '\n', &line)) {
		ck_assert_uint_le(line.n, 78);
		ck_assert(line.n == 0 || wax_str_ends(line, WAX_STR("\r")));
	}
	wax_signer_close(signer);
}
END_TEST

/* One message after the other, each with a time of its own. */
START_TEST(many)
{
	struct wax_signer *signer = signer_of("ed25519");

	for (int i = 0; i < 50; i++) {
		struct wax_str out = WAX_STR("");
		struct wax_err err = { .text = "" };

		ck_assert_int_eq(
		    wax_sign(signer, arena, wax_exact(messages[0].message),
		        NOW - 100 + i, &out, &err),
		    WAX_OK);
		ck_assert_int_eq(verified(out, "ed25519").result, WAX_PASS);
		wax_arena_reset(arena);
	}
	wax_signer_close(signer);
}
END_TEST

static void
refused(const char *domain, const char *selector, const char *path,
    const char *said)
{
	struct wax_signer *signer = NULL;
	struct wax_err err = { .text = "" };

	ck_assert_int_eq(wax_signer_open(domain, selector, path, &signer, &err),
	    WAX_E_CONFIG);
	ck_assert_int_eq(err.status, WAX_E_CONFIG);
	ck_assert_msg(strstr(err.text, said) != NULL, "\"%s\" says no \"%s\"",
	    err.text, said);
	ck_assert_ptr_null(signer);
}

START_TEST(keys_that_are_refused)
{
	struct wax_str right = support("rsa2048.pem");
	const char *path = key_file(right, 0600);

	refused("a..b", "s1", path, "\"a..b\" is not a domain");
	refused("receiver.example", "a b", path, "\"a b\" is not a selector");
	refused("receiver.example", "", path, "is not a selector");
	refused("receiver.example", "s1;x=1", path, "is not a selector");
	refused("receiver.example", "s1", directory, directory);
	refused("receiver.example", "s1", "/nonexistent/key",
	    "/nonexistent/key: No such file");
	(void)key_file(right, 0644);
	refused("receiver.example", "s1", path,
	    "may be read or changed by everybody (mode 0644); use chmod");
	(void)key_file(right, 0660);
	refused("receiver.example", "s1", path, "changed by its group");
	(void)key_file(WAX_STR("hello\n"), 0600);
	refused("receiver.example", "s1", path, "no private key in PEM form");
	(void)key_file(WAX_STR(""), 0600);
	refused("receiver.example", "s1", path, "no private key in PEM form");
	(void)key_file(support("rsa512.pem"), 0600);
	refused("receiver.example", "s1", path,
	    "has 512 bits; 1024 to 4096 are needed");
	(void)key_file(support("rsa1023.pem"), 0600);
	refused("receiver.example", "s1", path, "has 1023 bits");
	(void)key_file(
	    replaced(right, "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), 0600);
	refused("receiver.example", "s1", path, "is encrypted");
	(void)key_file(WAX_STR("-----BEGIN EC PRIVATE KEY-----\nMAA=\n"
	                       "-----END EC PRIVATE KEY-----\n"),
	    0600);
	refused("receiver.example", "s1", path, "neither RSA nor Ed25519");
	/* Its end is cut: the modulus is there, the rest is not. */
	(void)key_file(wax_textf(arena, "%.*s\n-----END PRIVATE KEY-----\n",
	                   28 + 65 * 12, right.p),
	    0600);
	refused("receiver.example", "s1", path, "holds no private key");
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

/* Readable by the group is how a key is shared with a daemon. */
START_TEST(key_of_a_group)
{
	const char *path = key_file(support("rsa2048.pem"), 0640);
	struct wax_signer *signer = NULL;
	struct wax_err err = { .text = "" };

	ck_assert_int_eq(
	    wax_signer_open("receiver.example", "2026", path, &signer, &err),
	    WAX_OK);
	wax_signer_close(signer);
	wax_signer_close(NULL);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

/* A message without a header's end is none, and is not signed. */
START_TEST(no_message)
{
	struct wax_signer *signer = signer_of("rsa2048");
	struct wax_str out = WAX_STR("");
	struct wax_err err = { .text = "" };

	ck_assert_int_eq(
	    wax_sign(signer, arena, wax_exact(""), NOW, &out, &err), WAX_E_IO);
	ck_assert_int_eq(wax_sign(signer, arena, wax_exact("From: a@b\r\n"),
	                     NOW, &out, &err),
	    WAX_E_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "cannot be signed"));
	/* SMTP would close its last line, and change it. */
	ck_assert_int_eq(
	    wax_sign(signer, arena, wax_exact("From: a@b.example\r\n\r\nx"),
	        NOW, &out, &err),
	    WAX_E_IO);
	wax_signer_close(signer);
}
END_TEST

Suite *wax_sign_suite(void);

Suite *
wax_sign_suite(void)
{
	Suite *suite = suite_create("sign");
	TCase *tc = tcase_create("sign");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, round_trip, 0, (int)N_KINDS);
	tcase_add_test(tc, changes_are_noticed);
	tcase_add_test(tc, form_of_the_field);
	tcase_add_test(tc, many);
	tcase_add_test(tc, keys_that_are_refused);
	tcase_add_test(tc, key_of_a_group);
	tcase_add_test(tc, no_message);
	suite_add_tcase(suite, tc);
	return suite;
}
