/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/auth/signed_fields.h"

#include "tests/support/suite.h"

Suite *wax_signed_fields_suite(void);

/* Names of fields and of the list, separated by ":"; positions as digits. */
static const struct {
	const char *name, *fields, *h;
	size_t except;
	const char *expected;
} rows[] = {
	{ "one", "From", "from", 9, "0" },
	{ "last first", "From:To:From", "from", 9, "2" },
	{ "each once", "From:To:From", "from:from", 9, "20" },
	{ "more than there are", "From:To:From", "from:from:from:to:to", 9,
	    "201" },
	{ "order of the list", "A:B:C", "c:a:b", 9, "201" },
	{ "absent", "A:B", "x:a:y", 9, "0" },
	{ "none at all", "", "a", 9, "" },
	{ "case and blanks before the colon", "fRoM :FROM\t", "from:from", 9,
	    "10" },
	{ "a name that begins like another", "From:From-X:Fro",
	    "from-x:fro:from", 9, "120" },
	{ "not the signature itself", "S:S:S", "s:s:s", 1, "20" },
	{ "the signature alone", "S", "s:s", 0, "" },
};

START_TEST(select_them)
{
	struct wax_arena *arena = wax_arena_new("test", 4096);
	WAX_VEC(struct wax_field) fields = { 0 };
	WAX_VEC(struct wax_str) names = { 0 };
	struct wax_str rest, part;
	struct wax_signed_fields *index;
	size_t n;

	rest = wax_str_of(rows[_i].fields);
	while (rest.n > 0 && wax_str_cut(&rest, ':', &part)) {
		struct wax_field field = {
			.name = wax_exact_n(part.p, part.n),
		};

		WAX_PUSH(arena, &fields, field);
	}
	rest = wax_str_of(rows[_i].h);
	while (wax_str_cut(&rest, ':', &part))
		WAX_PUSH(arena, &names, wax_exact_n(part.p, part.n));
	index = wax_signed_fields_new(arena, fields.v, fields.n);
	for (int twice = 0; twice < 2; twice++) {
		const size_t *got = wax_signed_fields_select(
		    index, names.v, names.n, rows[_i].except, &n);
		char text[16] = "";

		for (size_t i = 0; i < n; i++)
			text[i] = (char)('0' + got[i]);
		ck_assert_msg(
		    wax_str_eq(wax_str_of(text), wax_str_of(rows[_i].expected)),
		    "%s: %s", rows[_i].name, text);
	}
	wax_arena_free(arena);
}
END_TEST

Suite *
wax_signed_fields_suite(void)
{
	Suite *suite = suite_create("signed fields");
	TCase *tc = tcase_create("signed fields");

	tcase_add_loop_test(
	    tc, select_them, 0, (int)(sizeof rows / sizeof *rows));
	suite_add_tcase(suite, tc);
	return suite;
}
