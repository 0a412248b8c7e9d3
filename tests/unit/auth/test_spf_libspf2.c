/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the guard around libspf2 has to do beyond being right: when our own
 * evaluator judges instead, and that the library's traps stay shut.
 */
#include "policy/base/text.h"
#include "tests/support/spf_world.h"
#include "tests/unit/auth/spf_suites.h"

#define DEADLINE 8000

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

static struct wax_spf_result
evaluate(const char *zone, const char *ip)
{
	struct wax_spf_query query =
	    wax_spf_query_of(arena, "user@d.example", ip);

	query.want_explanation = true;
	return wax_spf_libspf2(
	    arena, wax_spf_zone(arena, zone), &query, DEADLINE);
}

/* n terms that do not match, and a pass behind them. */
static const char *
many(size_t n, const char *term, const char *tail)
{
	struct wax_text zone;

	wax_text_init(&zone, arena);
	wax_text_addz(&zone, "d.example TXT v=spf1");
	for (size_t i = 0; i < n; i++)
		wax_text_addz(&zone, term);
	wax_text_addz(&zone, tail);
	return zone.p;
}

/*
 * 511 octets of compiled mechanisms: 8 for an ip4, 20 for an ip6, 4 for all.
 * libspf2 1.2.10 would drop the rest without an error.
 */
static const struct {
	const char *term;
	size_t most;
} sizes[] = {
	{ " ip4:198.51.100.1", 63 },
	{ " -ip6:2001:db8:1:2:3:4:5:6/64", 25 },
};

START_TEST(test_guard_knows_the_size)
{
	struct wax_spf_result result;
	size_t most = sizes[_i].most;

	result = evaluate(many(most, sizes[_i].term, " +all"), "192.0.2.7");
	ck_assert_int_eq(result.result, WAX_PASS);
	ck_assert_int_eq(result.engine, WAX_SPF_LIBSPF2);
	result = evaluate(many(most + 1, sizes[_i].term, " +all"), "192.0.2.7");
	ck_assert_int_eq(result.result, WAX_PASS);
	ck_assert_int_eq(result.engine, WAX_SPF_OWN);
}
END_TEST

static const struct {
	const char *name, *zone, *ip;
	enum wax_result result;
	enum wax_spf_engine engine;
} rows[] = {
	{ "loopback", "d.example TXT v=spf1 -all", "127.0.0.1", WAX_FAIL,
	    WAX_SPF_OWN },
	{ "loopback, IPv6", "d.example TXT v=spf1 -all", "::1", WAX_FAIL,
	    WAX_SPF_OWN },
	{ "an include that is too big",
	    "d.example TXT v=spf1 include:i.example -all\n"
	    "i.example TXT v=spf1 ip6:1::1 ip6:1::1 ip6:1::1 ip6:1::1 "
	    "ip6:1::1 ip6:1::1 ip6:1::1 ip6:1::1 ip6:1::1 ip6:1::1 ip6:1::1 "
	    "ip6:1::1 ip6:1::1 ip6:1::1 ip6:1::1 ip6:1::1 ip6:1::1 ip6:1::1 "
	    "ip6:1::1 ip6:1::1 ip6:1::1 ip6:1::1 ip6:1::1 ip6:1::1 ip6:1::1 "
	    "ip6:1::1 ip6:2001:db8::/32",
	    "2001:db8::1", WAX_PASS, WAX_SPF_OWN },
	{ "ptr with %{p}",
	    "d.example TXT v=spf1 ptr:%{p} -all\n"
	    "7.2.0.192.in-addr.arpa PTR h.example\nh.example A 192.0.2.7",
	    "192.0.2.7", WAX_PASS, WAX_SPF_OWN },
	{ "ptr with a target that is no name",
	    "d.example TXT v=spf1 ptr:a..example -all", "192.0.2.7", WAX_FAIL,
	    WAX_SPF_OWN },
	{ "ptr with an odd target",
	    "d.example TXT v=spf1 ptr:a%%b%_c/d.example -all\n"
	    "7.2.0.192.in-addr.arpa PTR x.a%b\\032c/d.example\n"
	    "x.a%b\\032c/d.example A 192.0.2.7",
	    "192.0.2.7", WAX_FAIL, WAX_SPF_LIBSPF2 },
	{ "ptr with a macro",
	    "d.example TXT v=spf1 ptr:%{d} -all\n"
	    "7.2.0.192.in-addr.arpa PTR h.d.example\nh.d.example A 192.0.2.7",
	    "192.0.2.7", WAX_PASS, WAX_SPF_LIBSPF2 },
	{ "/0, IPv4", "d.example TXT v=spf1 ip4:1.2.3.4/0 -all", "200.0.2.7",
	    WAX_PASS, WAX_SPF_LIBSPF2 },
	{ "/0, IPv6", "d.example TXT v=spf1 ip6:::/0 -all", "8000::1", WAX_PASS,
	    WAX_SPF_LIBSPF2 },
	{ "a/0", "d.example TXT v=spf1 a/0 -all\nd.example A 1.2.3.4",
	    "192.0.2.7", WAX_PASS, WAX_SPF_LIBSPF2 },
	{ "a/0 without an address", "d.example TXT v=spf1 a/0 -all",
	    "192.0.2.7", WAX_FAIL, WAX_SPF_LIBSPF2 },
	{ "mx//0",
	    "d.example TXT v=spf1 mx/32//0 -all\nd.example MX 1 h.example\n"
	    "h.example AAAA 2001:db8::9",
	    "2001:db8:ffff::1", WAX_PASS, WAX_SPF_LIBSPF2 },
	{ "a mapped AAAA matches nobody",
	    "d.example TXT v=spf1 a//0 -all\n"
	    "d.example AAAA ::ffff:192.0.2.7",
	    "2001:db8::1", WAX_FAIL, WAX_SPF_LIBSPF2 },
	{ "terms behind all", "d.example TXT v=spf1 ?all include:x.example",
	    "192.0.2.7", WAX_NEUTRAL, WAX_SPF_LIBSPF2 },
	{ "redirect in the middle",
	    "d.example TXT v=spf1 redirect=r.example ip4:192.0.2.7\n"
	    "r.example TXT v=spf1 -all",
	    "192.0.2.7", WAX_PASS, WAX_SPF_LIBSPF2 },
	{ "an include of itself, within the limit",
	    "d.example TXT v=spf1 include:%{l2r}.example -all\n"
	    "user.example TXT v=spf1 include:%{o} ?all",
	    "192.0.2.7", WAX_PERMERROR, WAX_SPF_LIBSPF2 },
};

START_TEST(test_guard)
{
	struct wax_spf_result result = evaluate(rows[_i].zone, rows[_i].ip);

	ck_assert_msg(result.result == rows[_i].result, "%s: %s (%.*s)",
	    rows[_i].name, wax_result_word(result.result),
	    WAX_FMT(result.reason));
	ck_assert_msg(
	    result.engine == rows[_i].engine, "%s: engine", rows[_i].name);
}
END_TEST

/*
 * CVE-2023-42118 and its like: some hundred octets of macros in exists: or
 * in an explanation smash the stack of libspf2's compiler and expander.
 */
START_TEST(test_guard_keeps_macros_away)
{
	struct wax_spf_result result;
	struct wax_text tail;

	wax_text_init(&tail, arena);
	for (size_t i = 0; i < 700; i++)
		wax_text_addz(&tail, "%{S}%{H}x");
	wax_text_addz(&tail, ".example");
	result = evaluate(wax_textf(arena,
	                      "d.example TXT v=spf1 exists:%s -all exp=%s\n"
	                      "e.example TXT %s",
	                      tail.p, tail.p, tail.p)
	                      .p,
	    "192.0.2.7");
	ck_assert_int_eq(result.result, WAX_FAIL);
	ck_assert_int_eq(result.engine, WAX_SPF_LIBSPF2);
}
END_TEST

/* Explanations are of the record that failed, not of an include's. */
START_TEST(test_guard_explains)
{
	struct wax_spf_result result =
	    evaluate("d.example TXT v=spf1 include:i.example "
	             "redirect=r.example exp=e.example\n"
	             "e.example TXT wrong\n"
	             "i.example TXT v=spf1 redirect=j.example\n"
	             "j.example TXT v=spf1 -all exp=e.example\n"
	             "r.example TXT v=spf1 -all exp=why.%{d}\n"
	             "why.r.example TXT right for %{i}",
	        "192.0.2.7");

	ck_assert_int_eq(result.result, WAX_FAIL);
	ck_assert_int_eq(result.engine, WAX_SPF_LIBSPF2);
	ck_assert_wax_str_eq(result.explanation, "right for 192.0.2.7");
}
END_TEST

/* The query of a world's first line; the rest is its zone. */
static struct wax_spf_query
query_of_world(struct wax_str *world)
{
	struct wax_str line, ip, from;
	struct wax_spf_query query;

	ck_assert(wax_str_cut(world, '\n', &line));
	ck_assert(wax_str_cut(&line, ' ', &ip));
	ck_assert(wax_str_cut(&line, ' ', &from));
	query = wax_spf_query_of(
	    arena, wax_str_z(arena, from), wax_str_z(arena, ip));
	query.helo = line;
	query.want_explanation = true;
	return query;
}

/* The same numbers in every run. */
static struct wax_str
some_octets(unsigned *state)
{
	static char octets[160];

	for (size_t i = 0; i < sizeof octets; i++) {
		*state = *state * 1103515245u + 12345u;
		octets[i] = (char)(*state >> 16);
	}
	return (struct wax_str){ octets, sizeof octets };
}

#define WORLDS 3000

/* Both engines, all results, in many worlds. */
START_TEST(test_guard_agrees_in_many_worlds)
{
	unsigned seen[WAX_PERMERROR + 1] = { 0 }, by_library = 0, state = 1;

	for (unsigned i = 0; i < WORLDS; i++) {
		struct wax_str world =
		    wax_spf_world(arena, some_octets(&state));
		struct wax_spf_query query = query_of_world(&world);
		struct wax_resolver *zone =
		    wax_spf_zone(arena, wax_str_z(arena, world));
		struct wax_spf_result own =
		    wax_spf_rfc7208(arena, zone, &query, DEADLINE);
		struct wax_spf_result other =
		    wax_spf_libspf2(arena, zone, &query, DEADLINE);

		ck_assert_msg(
		    own.result == other.result && own.terms == other.terms &&
		        own.voids == other.voids &&
		        wax_str_eq(own.reason, other.reason) &&
		        wax_str_eq(own.explanation, other.explanation),
		    "world %u: %s, %u terms, %u voids (%.*s); "
		    "libspf2: %s, %u terms, %u voids (%.*s)\n%.*s",
		    i, wax_result_word(own.result), own.terms, own.voids,
		    WAX_FMT(own.reason), wax_result_word(other.result),
		    other.terms, other.voids, WAX_FMT(other.reason),
		    WAX_FMT(world));
		seen[own.result]++;
		by_library += other.engine == WAX_SPF_LIBSPF2;
		wax_arena_reset(arena);
	}
	/* The worlds are worth it: each result, and by the library. */
	for (int i = 0; i <= WAX_PERMERROR; i++)
		if (i != WAX_POLICY) /* never SPF's */
			ck_assert_msg(seen[i] >= WORLDS / 50, "%s: %u times",
			    wax_result_word((enum wax_result)i), seen[i]);
	ck_assert_uint_gt(by_library, WORLDS * 9 / 10);
}
END_TEST

Suite *
wax_spf_libspf2_suite(void)
{
	Suite *s = suite_create("spf libspf2");
	TCase *tc = tcase_create("libspf2");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_guard_knows_the_size, 0, N(sizes));
	tcase_add_loop_test(tc, test_guard, 0, N(rows));
	tcase_add_test(tc, test_guard_keeps_macros_away);
	tcase_add_test(tc, test_guard_explains);
	tcase_add_test(tc, test_guard_agrees_in_many_worlds);
	suite_add_tcase(s, tc);
	return s;
}
