/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The signer of the tests, against values that others computed: what is
 * signed wrongly here would be verified wrongly elsewhere.
 */
#include "tests/support/signer.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/suite.h"

Suite *wax_signer_suite(void);

static struct wax_signer *
load(const char *name)
{
	const char *srcdir = getenv("srcdir");
	struct wax_arena *arena = wax_arena_new("path", 512);
	struct wax_signer *signer = wax_signer_load(wax_textf(arena,
	    "%s/tests/support/keys/%s.pem", srcdir != NULL ? srcdir : ".", name)
	                                                .p);

	wax_arena_free(arena);
	ck_assert_ptr_nonnull(signer);
	return signer;
}

/* bh= of empty bodies is known to everybody who debugged DKIM; the third is
 * the one of RFC 8463 A.3. */
static const struct {
	const char *name, *canon, *body, *bh;
} hashes[] = {
	{ "simple, empty", "simple/simple", "",
	    "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=" },
	{ "simple, only empty lines", "simple/simple", "\r\n\r\n\r\n",
	    "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=" },
	{ "relaxed, empty", "relaxed/relaxed", "",
	    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
	{ "relaxed, blanks only", "relaxed/relaxed", " \t\r\n \r\n",
	    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
	{ "RFC 8463", "relaxed/relaxed",
	    "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n",
	    "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=" },
	{ "RFC 8463, last line open", "relaxed/relaxed",
	    "Hi.\r\n\r\nWe lost\tthe game. Are you hungry yet?  \r\n \r\nJoe.",
	    "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=" },
};

START_TEST(body_hash)
{
	struct wax_arena *arena = wax_arena_new("test", 4096);
	struct wax_signer *signer = load("ed25519");
	const struct wax_sign_request request = { .domain = "example.com",
		.selector = "s",
		.canon = hashes[_i].canon };
	struct wax_str field = wax_sign(arena, signer, &request,
	    wax_textf(arena, "From: a@example.com\r\n\r\n%s", hashes[_i].body));
	struct wax_str bh = wax_textf(arena, "bh=%s;", hashes[_i].bh);
	bool found = false;

	for (size_t i = 0; i < field.n; i++)
		found |= wax_str_starts(wax_str_from(field, i), bh);
	ck_assert_msg(found, "%s: %.*s", hashes[_i].name, WAX_FMT(field));
	wax_signer_free(signer);
	wax_arena_free(arena);
}
END_TEST

START_TEST(same_message_and_key_same_octets)
{
	static const char *const keys[] = { "rsa2048", "ed25519" };
	const struct wax_sign_request request = { .domain = "example.com",
		.selector = "s" };
	struct wax_str message =
	    WAX_STR("From: a@example.com\r\nSubject: x\r\n\r\nbody\r\n");
	struct wax_arena *arena = wax_arena_new("test", 4096);

	for (size_t i = 0; i < 2; i++) {
		struct wax_signer *signer = load(keys[i]);
		struct wax_str a = wax_sign(arena, signer, &request, message);
		struct wax_str b = wax_sign(arena, signer, &request, message);

		ck_assert(wax_str_eq(a, b));
		ck_assert(wax_str_starts(a, WAX_STR("DKIM-Signature: v=1;")));
		ck_assert(wax_str_ends(a, WAX_STR("\r\n")));
		wax_signer_free(signer);
	}
	wax_arena_free(arena);
}
END_TEST

START_TEST(other_kinds_of_key_are_refused)
{
	ck_assert_ptr_null(wax_signer_generate("dsa"));
	ck_assert_ptr_null(wax_signer_load("/nonexistent"));
}
END_TEST

Suite *
wax_signer_suite(void)
{
	Suite *suite = suite_create("signer");
	TCase *tc = tcase_create("signer");

	tcase_add_loop_test(
	    tc, body_hash, 0, (int)(sizeof hashes / sizeof *hashes));
	tcase_add_test(tc, same_message_and_key_same_octets);
	tcase_add_test(tc, other_kinds_of_key_are_refused);
	suite_add_tcase(suite, tc);
	return suite;
}
