/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/mail/suites.h"

#include "policy/base/text.h"

struct wax_arena *mail_arena;

Suite *(*const wax_suites[])(void) = {
	mail_suite_abnf,
	mail_suite_field,
	mail_suite_domain,
	mail_suite_address,
	mail_suite_received,
	mail_suite_reverse_path,
	mail_suite_taglist,
	mail_suite_authres,
	mail_suite_authres_claims,
	NULL,
};

static void
setup(void)
{
	mail_arena = wax_arena_new("test", 0);
}

static void
teardown(void)
{
	wax_arena_free(mail_arena);
	mail_arena = NULL;
}

TCase *
mail_case(Suite *suite)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	suite_add_tcase(suite, tc);
	return tc;
}

struct wax_str
mail_repeat(const char *unit, size_t n)
{
	struct wax_text text;

	wax_text_init(&text, mail_arena);
	for (size_t i = 0; i < n; i++)
		wax_text_addz(&text, unit);
	return wax_exact_n(text.p, text.n);
}

struct wax_str
mail_join(struct wax_str a, struct wax_str b, struct wax_str c)
{
	struct wax_text text;

	wax_text_init(&text, mail_arena);
	wax_text_add(&text, a);
	wax_text_add(&text, b);
	wax_text_add(&text, c);
	return wax_exact_n(text.p, text.n);
}
