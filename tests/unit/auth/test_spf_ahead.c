/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is asked ahead, round by round: "--" stands where the answers so far
 * arrive.
 */
#include "policy/base/text.h"
#include "policy/dns/budget.h"
#include "tests/support/recording.h"
#include "tests/unit/auth/spf_suites.h"

#define DEADLINE 8000
#define CLIENT "192.0.2.7"

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

static const struct {
	const char *name;
	const char *ip;
	const char *zone;
	const char *asked;
} rows[] = {
	{ "no record", CLIENT, "d.example A 192.0.2.1", "TXT d.example\n" },
	{ "nothing to ask", CLIENT, "d.example TXT v=spf1 ip4:192.0.2.8 -all",
	    "TXT d.example\n" },
	{ "each kind of term", CLIENT,
	    "d.example TXT v=spf1 a mx:m.example exists:%{i}.%{l}.e.example "
	    "ptr include:i.example redirect=r.example",
	    "TXT d.example\n--\nA d.example\nMX m.example\n"
	    "A 192.0.2.7.user.e.example\nPTR 7.2.0.192.in-addr.arpa\n"
	    "TXT i.example\nTXT r.example\n" },
	{ "AAAA for IPv6", "2001:db8::1",
	    "d.example TXT v=spf1 a mx exists:e.example\n"
	    "d.example MX 1 h.example",
	    "TXT d.example\n--\nAAAA d.example\nMX d.example\nA e.example\n"
	    "--\nAAAA h.example\n" },
	{ "hosts of an mx, all of them", CLIENT,
	    "d.example TXT v=spf1 mx -all\n"
	    "d.example MX 2 b.example\nd.example MX 1 a.example\n"
	    "d.example MX 3 .",
	    "TXT d.example\n--\nMX d.example\n--\nA a.example\nA b.example\n" },
	{ "more than ten hosts: none of them", CLIENT,
	    "d.example TXT v=spf1 mx a:a.example\n"
	    "d.example MX 1 a1.example\nd.example MX 1 a2.example\n"
	    "d.example MX 1 a3.example\nd.example MX 1 a4.example\n"
	    "d.example MX 1 a5.example\nd.example MX 1 a6.example\n"
	    "d.example MX 1 a7.example\nd.example MX 1 a8.example\n"
	    "d.example MX 1 a9.example\nd.example MX 1 b1.example\n"
	    "d.example MX 1 b2.example",
	    "TXT d.example\n--\nMX d.example\nA a.example\n" },
	{ "names of the client, under the target only", CLIENT,
	    "d.example TXT v=spf1 ptr -all\n"
	    "7.2.0.192.in-addr.arpa PTR x.example\n"
	    "7.2.0.192.in-addr.arpa PTR h.d.example",
	    "TXT d.example\n--\nPTR 7.2.0.192.in-addr.arpa\n--\n"
	    "A h.d.example\n" },
	{ "%{p} waits for the name", CLIENT,
	    "d.example TXT v=spf1 exists:%{p}.p.example a:a.example\n"
	    "7.2.0.192.in-addr.arpa PTR x.example\nx.example A " CLIENT,
	    "TXT d.example\n--\nPTR 7.2.0.192.in-addr.arpa\nA a.example\n"
	    "--\nA x.example\n--\nA x.example.p.example\n" },
	{ "through includes: depth, not size", CLIENT,
	    "d.example TXT v=spf1 include:i.example include:j.example -all\n"
	    "i.example TXT v=spf1 a:a.example include:k.example\n"
	    "j.example TXT v=spf1 a:b.example -all\n"
	    "k.example TXT v=spf1 a:c.example -all",
	    "TXT d.example\n--\nTXT i.example\nTXT j.example\n--\n"
	    "A a.example\nTXT k.example\nA b.example\n--\nA c.example\n" },
	{ "nothing behind a match", CLIENT,
	    "d.example TXT v=spf1 a:a.example ip4:192.0.2.0/24 a:b.example",
	    "TXT d.example\n--\nA a.example\n" },
	{ "nothing behind all", CLIENT,
	    "d.example TXT v=spf1 a:a.example -all a:b.example redirect=r.x",
	    "TXT d.example\n--\nA a.example\n" },
	{ "nothing behind an include that passed", CLIENT,
	    "d.example TXT v=spf1 include:i.example a:a.example\n"
	    "i.example TXT v=spf1 ip4:192.0.2.7",
	    "TXT d.example\n--\nTXT i.example\nA a.example\n" },
	{ "nothing for a record with an error", CLIENT,
	    "d.example TXT v=spf1 a:a.example mx moo", "TXT d.example\n" },
	{ "nothing of two records", CLIENT,
	    "d.example TXT v=spf1 a\nd.example TXT v=spf1 mx",
	    "TXT d.example\n" },
	{ "nothing behind an include without record", CLIENT,
	    "d.example TXT v=spf1 include:n.example mx\n"
	    "n.example A 192.0.2.1",
	    "TXT d.example\n--\nTXT n.example\nMX d.example\n" },
	{ "no explanation", CLIENT, "d.example TXT v=spf1 -all exp=e.example",
	    "TXT d.example\n" },
	{ "ten terms", CLIENT,
	    "d.example TXT v=spf1 a:1.x.example a:2.x.example a:3.x.example "
	    "a:4.x.example a:5.x.example a:6.x.example a:7.x.example "
	    "a:8.x.example a:9.x.example a:10.x.example a:11.x.example",
	    "TXT d.example\n--\nA 1.x.example\nA 2.x.example\n"
	    "A 3.x.example\nA 4.x.example\nA 5.x.example\nA 6.x.example\n"
	    "A 7.x.example\nA 8.x.example\nA 9.x.example\nA 10.x.example\n" },
	{ "what cannot be asked is not", CLIENT,
	    "d.example TXT v=spf1 a:x..y.example mx:%{h}..x.example -all",
	    "TXT d.example\n" },
};

/* All rounds, as in the table; `calls` counts them. */
static const char *
rounds(struct wax_recording *recording, const struct wax_spf_query *query)
{
	struct wax_resolver *resolver = wax_recording_resolver(recording);
	struct wax_text text;
	bool is_complete = false;

	wax_text_init(&text, arena);
	while (!is_complete) {
		is_complete = wax_spf_prefetch(arena, resolver, query);
		if (wax_recording_count(recording) > 0)
			wax_text_addf(&text, "%s%s", text.n > 0 ? "--\n" : "",
			    wax_recording_text(recording));
		wax_recording_forget(recording);
		/* Incomplete means that something is under way. */
		ck_assert(wax_recording_deliver(recording) > 0 || is_complete);
	}
	return text.p;
}

START_TEST(test_ahead)
{
	struct wax_spf_query query =
	    wax_spf_query_of(arena, "user@d.example", rows[_i].ip);
	struct wax_recording *recording =
	    wax_recording_new(arena, wax_spf_zone(arena, rows[_i].zone));

	wax_recording_hold(recording);
	ck_assert_msg(strcmp(rounds(recording, &query), rows[_i].asked) == 0,
	    "%s", rows[_i].name);
	/* The evaluation asks for nothing that was not asked ahead. */
	(void)wax_spf_rfc7208(
	    arena, wax_recording_resolver(recording), &query, DEADLINE);
	ck_assert_str_eq(wax_recording_text(recording), "");
}
END_TEST

START_TEST(test_ahead_without_identity)
{
	struct wax_recording *recording =
	    wax_recording_new(arena, wax_spf_zone(arena, ""));
	struct wax_resolver *resolver = wax_recording_resolver(recording);
	struct wax_spf_query query =
	    wax_spf_query_of(arena, "user@d.example", NULL);

	ck_assert(wax_spf_prefetch(arena, resolver, &query));
	query = wax_spf_query_of(arena, "user@example", CLIENT);
	ck_assert(wax_spf_prefetch(arena, resolver, &query));
	ck_assert_uint_eq(wax_recording_count(recording), 0);
}
END_TEST

/* With answers that are here at once, one call does it all. */
START_TEST(test_ahead_warm)
{
	struct wax_recording *recording = wax_recording_new(arena,
	    wax_spf_zone(arena, "d.example TXT v=spf1 include:i.example\n"
	                        "i.example TXT v=spf1 a:a.example\n"
	                        "a.example A 192.0.2.9"));
	struct wax_spf_query query =
	    wax_spf_query_of(arena, "user@d.example", CLIENT);

	ck_assert(
	    wax_spf_prefetch(arena, wax_recording_resolver(recording), &query));
	ck_assert_str_eq(wax_recording_text(recording),
	    "TXT d.example\nTXT i.example\nA a.example\n");
}
END_TEST

/* Past the budget nothing is asked, and the loop has an end. */
START_TEST(test_ahead_within_budget)
{
	struct wax_recording *recording = wax_recording_new(arena,
	    wax_spf_zone(arena,
	        "d.example TXT v=spf1 a:1.x.example a:2.x.example -all"));
	struct wax_budget *budget =
	    wax_budget_new(arena, wax_recording_resolver(recording), 2, 0);
	struct wax_resolver *general = wax_budget_general(budget);
	struct wax_spf_query query =
	    wax_spf_query_of(arena, "user@d.example", CLIENT);
	size_t calls = 1;

	wax_recording_hold(recording);
	while (!wax_spf_prefetch(arena, general, &query) &&
	       general->ops->wait_any(general, DEADLINE))
		calls++;
	ck_assert_uint_eq(calls, 3);
	ck_assert_str_eq(
	    wax_recording_text(recording), "TXT d.example\nA 1.x.example\n");
}
END_TEST

Suite *
wax_spf_ahead_suite(void)
{
	Suite *s = suite_create("spf ahead");
	TCase *tc = tcase_create("ahead");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_ahead, 0, N(rows));
	tcase_add_test(tc, test_ahead_without_identity);
	tcase_add_test(tc, test_ahead_warm);
	tcase_add_test(tc, test_ahead_within_budget);
	suite_add_tcase(s, tc);
	return s;
}
