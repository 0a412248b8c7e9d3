/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/auth/spf_macro.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "tests/unit/auth/spf_suites.h"

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

/* The values of RFC 7208 s7.4. */
static struct wax_spf_values
values_of(const char *ip)
{
	struct wax_spf_values values = {
		.local_part = wax_exact("strong-bad"),
		.sender_domain = wax_exact("email.example.com"),
		.domain = wax_exact("email.example.com"),
		.validated = wax_exact("mx.example.org"),
		.helo = wax_exact("[Helo] Host"),
		.receiver = wax_exact("mx.receiver.example"),
		.now = 1234567890,
	};

	ck_assert(wax_ip_parse(wax_str_of(ip), &values.client));
	return values;
}

#define V4 "192.0.2.3"
#define V6 "2001:db8::cb01"

static const struct {
	const char *spec;
	const char *ip;
	const char *expected;
} names[] = {
	/* RFC 7208 s7.4 */
	{ "%{o}", V4, "email.example.com" },
	{ "%{d}", V4, "email.example.com" },
	{ "%{d4}", V4, "email.example.com" },
	{ "%{d3}", V4, "email.example.com" },
	{ "%{d2}", V4, "example.com" },
	{ "%{d1}", V4, "com" },
	{ "%{dr}", V4, "com.example.email" },
	{ "%{d2r}", V4, "example.email" },
	{ "%{s}", V4, "strong-bad@email.example.com" },
	{ "%{l}", V4, "strong-bad" },
	{ "%{l-}", V4, "strong.bad" },
	{ "%{lr}", V4, "strong-bad" },
	{ "%{lr-}", V4, "bad.strong" },
	{ "%{l1r-}", V4, "strong" },
	{ "%{ir}.%{v}._spf.%{d2}", V4, "3.2.0.192.in-addr._spf.example.com" },
	{ "%{lr-}.lp._spf.%{d2}", V4, "bad.strong.lp._spf.example.com" },
	{ "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", V4,
	    "bad.strong.lp.3.2.0.192.in-addr._spf.example.com" },
	{ "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", V4,
	    "3.2.0.192.in-addr.strong.lp._spf.example.com" },
	{ "%{d2}.trusted-domains.example.net", V4,
	    "example.com.trusted-domains.example.net" },
	{ "%{ir}.%{v}._spf.%{d2}", V6,
	    "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	    "8.b.d.0.1.0.0.2.ip6._spf.example.com" },
	/* and what it says without an example */
	{ "%{p}", V4, "mx.example.org" },
	{ "%{h}", V4, "[helo] host" },
	{ "%{H}", V4, "%5bhelo%5d%20host" },
	{ "%{D127}", V4, "email.example.com" },
	{ "%{d99999999999999999999r}", V4, "com.example.email" },
	{ "%{d2r.}", V4, "example.email" },
	{ "%{l.+,/_=}", V4, "strong-bad" },
	{ "%{s3-@}", V4, "" }, /* "@" is no delimiter: never parsed */
	{ "%{S}", V4, "strong-bad%40email.example.com" },
	{ "A%%b%_c%-d.Example", V4, "a%b c%20d.example" },
	{ "x.example.", V4, "x.example" },
	{ "%{d}.", V4, "email.example.com" },
};

START_TEST(test_macro_names)
{
	struct wax_spf_values values = values_of(names[_i].ip);
	struct wax_str spec = wax_exact(names[_i].spec);
	struct wax_spf_fault fault;

	if (names[_i].expected[0] == '\0') {
		ck_assert(!wax_spf_is_macro_string(spec, &fault));
		return;
	}
	ck_assert(wax_spf_is_macro_string(spec, &fault));
	ck_assert_wax_str_eq(
	    wax_spf_expand_name(arena, spec, &values), names[_i].expected);
}
END_TEST

static const struct {
	const char *spec;
	const char *local_part;
	const char *expected;
} parts[] = {
	{ "%{l2r-}", "a-b-c", "b.a" },
	{ "%{l2-}", "a-b-c", "b.c" },
	{ "%{l3-}", "a-b-c", "a.b.c" },
	{ "%{l4r-}", "a-b-c", "c.b.a" },
	{ "%{l2r+-}", "foo-bar+zip+quux", "bar.foo" },
	{ "%{l-+}", "foo-bar+zip.quux", "foo.bar.zip.quux" },
	{ "%{l1-}", "a-", "." },
	{ "%{l2-}", "a--b", ".b" },
	{ "%{lr-}", "-a", "a." },
	{ "%{l}", "J\xc3\xbc", "j\xc3\xbc" },
	{ "%{L}", "J\xc3\xbc", "j%c3%bc" },
	{ "%{L}", "~jack&jill=up-a_b3.c", "~jack%26jill%3dup-a_b3.c" },
};

START_TEST(test_macro_parts)
{
	struct wax_spf_values values = values_of(V4);
	struct wax_str name, expected = wax_str_of(parts[_i].expected);

	values.local_part = wax_exact(parts[_i].local_part);
	name = wax_spf_expand_name(arena, wax_exact(parts[_i].spec), &values);
	/* A name's one trailing dot goes. */
	if (wax_str_ends(expected, WAX_STR(".")))
		expected.n--;
	ck_assert_msg(wax_str_eq(name, expected), "%s of %s: \"%.*s\"",
	    parts[_i].spec, parts[_i].local_part, WAX_FMT(name));
}
END_TEST

/* What an expansion without any economy would give.    RFC 7208 s7.3 */
static struct wax_str
cut_plainly(struct wax_str name)
{
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	while (name.n > WAX_DOMAIN_MAX) {
		size_t dot = wax_str_find(name, '.');

		if (dot == name.n)
			break;
		name = wax_str_from(name, dot + 1);
	}
	return name;
}

/* Local-parts of many lengths and label borders, doubled often. */
START_TEST(test_macro_names_are_cut_from_the_left)
{
	static const char *const specs[] = { "%{l}.x", "%{l}%{l}%{l}.x",
		"%{l}.%{l}.", "%{lr}.x", "%{l3}%{l2r}.x", "%{lr-}.x" };

	for (size_t n = 230; n < 280; n++) {
		struct wax_spf_values values = values_of(V4);
		struct wax_text local;

		wax_text_init(&local, arena);
		for (size_t i = 0; i < n; i++)
			wax_text_addc(&local, i % 7 == n % 7 ? '.'
			                      : i % 31 == 3  ? '-'
			                                     : 'a');
		values.local_part = wax_text_str(&local);
		for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
			struct wax_str spec = wax_str_of(specs[i]), whole, got;

			/* As text it is not cut, and the same otherwise. */
			ck_assert(
			    wax_spf_expand_text(arena, spec, &values, &whole));
			got = wax_spf_expand_name(arena, spec, &values);
			whole = cut_plainly(whole);
			ck_assert_msg(wax_str_eq(got, whole),
			    "%s, %zu: %.*s / %.*s", specs[i], n, WAX_FMT(got),
			    WAX_FMT(whole));
			ck_assert_uint_le(got.n, WAX_DOMAIN_MAX);
		}
	}
}
END_TEST

/* Where the front of a long expansion is thrown away while it is made, what
 * stays is its end: here no two stretches are the same. */
START_TEST(test_macro_cut_while_made)
{
	struct wax_spf_values values = values_of(V4);
	struct wax_text spec, whole;

	wax_text_init(&spec, arena);
	wax_text_init(&whole, arena);
	for (size_t i = 0; i < 600; i++) {
		struct wax_str got, cut;

		wax_text_addf(&spec, "%%{l}%zu.", i);
		wax_text_addf(
		    &whole, "%.*s%zu.", WAX_FMT(values.local_part), i);
		got = wax_spf_expand_name(arena, wax_text_str(&spec), &values);
		cut = cut_plainly(wax_text_str(&whole));
		ck_assert_msg(wax_str_eq(got, cut), "%zu: %.*s / %.*s", i,
		    WAX_FMT(got), WAX_FMT(cut));
	}
}
END_TEST

/* At the border: 253 stay, 254 lose a label. */
START_TEST(test_macro_cut_at_253)
{
	struct wax_spf_values values = values_of(V4);
	char local[252];

	memset(local, 'b', sizeof local);
	local[1] = '.';
	values.local_part = wax_exact_n(local, 251);
	ck_assert_uint_eq(
	    wax_spf_expand_name(arena, WAX_STR("%{l}.x"), &values).n, 253);
	values.local_part = wax_exact_n(local, 252);
	ck_assert_uint_eq(
	    wax_spf_expand_name(arena, WAX_STR("%{l}.x"), &values).n, 252);
}
END_TEST

/* A record of 16 kB of macros costs little memory, and is right. */
START_TEST(test_macro_many)
{
	struct wax_spf_values values = values_of(V6);
	struct wax_text spec;
	struct wax_str name;
	size_t before;

	wax_text_init(&spec, arena);
	for (size_t i = 0; i < 2000; i++)
		wax_text_addz(&spec, "%{s}.%{i}.");
	wax_text_addz(&spec, "end.example");
	before = wax_arena_bytes(arena);
	name = wax_spf_expand_name(arena, wax_text_str(&spec), &values);
	ck_assert(wax_str_ends(name, WAX_STR(".c.b.0.1.end.example")));
	ck_assert_uint_le(name.n, WAX_DOMAIN_MAX);
	ck_assert_uint_gt(name.n, WAX_DOMAIN_MAX - 4);
	ck_assert_uint_lt(wax_arena_bytes(arena) - before, 64 * 1024);
}
END_TEST

static const struct {
	const char *text;
	const char *expected; /* NULL: no explanation */
} explanations[] = {
	{ "This is a test.", "This is a test." },
	{ "", "" },
	{ "%{c} at %{t} for %{r}",
	    "2001:db8::cb01 at 1234567890 for mx.receiver.example" },
	{ "%{C}", "2001%3Adb8%3A%3Acb01" },
	{ "%{i}", "2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0."
	          "0.0.0.0.0.0.0.0.0.0.0.0.C.B.0.1" },
	{ "100%% of%_%{d}%-", "100% of email.example.com%20" },
	{ "Keeps Case. %{h}", "Keeps Case. [Helo] Host" },
	{ "%{x}", NULL },
	{ "%", NULL },
	{ "bell\a", NULL },
	{ "\xef\xbb\xbfmark", NULL },
};

START_TEST(test_macro_explanations)
{
	struct wax_spf_values values = values_of(V6);
	struct wax_str text = wax_exact(explanations[_i].text), got;

	ck_assert_int_eq(
	    wax_spf_is_explain_string(text), explanations[_i].expected != NULL);
	if (explanations[_i].expected == NULL)
		return;
	ck_assert(wax_spf_expand_text(arena, text, &values, &got));
	ck_assert_wax_str_eq(got, explanations[_i].expected);
}
END_TEST

START_TEST(test_macro_explanations_are_safe_and_bounded)
{
	struct wax_spf_values values = values_of(V4);
	char local[WAX_SPF_EXPLANATION_MAX + 1];
	struct wax_str got;

	values.local_part = wax_exact("a\r\nb");
	ck_assert(
	    !wax_spf_expand_text(arena, WAX_STR("from %{l}"), &values, &got));
	ck_assert(
	    wax_spf_expand_text(arena, WAX_STR("from %{L}"), &values, &got));
	ck_assert_wax_str_eq(got, "from a%0D%0Ab");
	memset(local, 'a', sizeof local);
	values.local_part = wax_exact_n(local, WAX_SPF_EXPLANATION_MAX);
	ck_assert(wax_spf_expand_text(arena, WAX_STR("%{l}"), &values, &got));
	values.local_part = wax_exact_n(local, WAX_SPF_EXPLANATION_MAX + 1);
	ck_assert(!wax_spf_expand_text(arena, WAX_STR("%{l}"), &values, &got));
}
END_TEST

START_TEST(test_macro_defaults)
{
	struct wax_spf_values values = values_of(V4);
	struct wax_str got;

	values.validated = WAX_STR("");
	values.receiver = WAX_STR("");
	ck_assert_wax_str_eq(
	    wax_spf_expand_name(arena, WAX_STR("%{p}.a.example"), &values),
	    "unknown.a.example");
	ck_assert(wax_spf_expand_text(arena, WAX_STR("%{r}"), &values, &got));
	ck_assert_wax_str_eq(got, "unknown");
}
END_TEST

START_TEST(test_macro_uses_letter)
{
	ck_assert(wax_spf_uses_letter(wax_exact("a%{P2r}"), 'p'));
	ck_assert(wax_spf_uses_letter(wax_exact("a%%%{p}"), 'p'));
	ck_assert(!wax_spf_uses_letter(wax_exact("a%%{p}.p"), 'p'));
}
END_TEST

Suite *
wax_spf_macro_suite(void)
{
	Suite *s = suite_create("spf macro");
	TCase *tc = tcase_create("macro");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_macro_names, 0, N(names));
	tcase_add_loop_test(tc, test_macro_parts, 0, N(parts));
	tcase_add_test(tc, test_macro_names_are_cut_from_the_left);
	tcase_add_test(tc, test_macro_cut_while_made);
	tcase_add_test(tc, test_macro_cut_at_253);
	tcase_add_test(tc, test_macro_many);
	tcase_add_loop_test(tc, test_macro_explanations, 0, N(explanations));
	tcase_add_test(tc, test_macro_explanations_are_safe_and_bounded);
	tcase_add_test(tc, test_macro_defaults);
	tcase_add_test(tc, test_macro_uses_letter);
	suite_add_tcase(s, tc);
	return s;
}
