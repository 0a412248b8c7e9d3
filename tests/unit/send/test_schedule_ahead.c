/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many reports and a DNS that takes its time: how long a run waits, and in
 * which order the reports go out.
 */
#include <string.h>

#include "policy/base/text.h"
#include "tests/unit/send/schedule_suites.h"
#include "tests/unit/send/slow_dns.h"
#include "tests/unit/send/world.h"

#define DEADLINE_MS 5000 /* world.c */
#define ANSWER_MS 30

/* g0.example ... answer, s0.example ... are silent, w0.example ... answer
 * when nobody has the patience any more. */
static int64_t
after_ms(struct wax_str qname)
{
	struct wax_str name = wax_str_starts(qname, WAX_STR("_dmarc."))
	                          ? wax_str_from(qname, 7)
	                          : qname;

	if (name.p[0] == 's')
		return SLOW_DNS_NEVER;
	return name.p[0] == 'w' ? WAX_ASKING_PATIENCE_MS + 500 : ANSWER_MS;
}

static struct slow_dns *
a_dns(const char *zone)
{
	struct slow_dns *dns = slow_dns_new(world->arena, zone, after_ms);

	world->options.resolver = slow_dns_resolver(dns);
	return dns;
}

/* Of `n` domains, a report each, for a period that begins then. */
static void
reports_of(char kind, int n, int64_t begin)
{
	for (int i = 0; i < n; i++)
		world_rows(begin,
		    wax_textf(world->arena, "%c%d.example", kind, i).p,
		    wax_textf(world->arena, "mailto:r@%c%d.example", kind, i).p,
		    1, true);
}

#define ZONE "*.example MX 10 mx.example\n"

/* It takes as long as one. */
START_TEST(silent_ones_together)
{
	a_dns(ZONE);
	reports_of('s', 100, DAY_BEGIN);
	world_run_counts(0, 100, 0, 0);
	ck_assert_int_ge(world->ms, DEADLINE_MS);
	ck_assert_int_le(world->ms, DEADLINE_MS + 100);
	ck_assert_uint_eq(world->mails.n, 0);
	ck_assert_ptr_nonnull(strstr(world_state(),
	    "s7.example built \n"
	    "  mailto:r@s7.example asking 0 no answer about s7.example\n"));
	/* And they are not asked about again before their time. */
	world->ms = 0;
	world_run_counts(0, 0, 0, 0);
	ck_assert_int_eq(world->ms, 0);
	world->now += WAX_RETRY_FIRST_S;
	world_run_counts(0, 100, 0, 0);
	ck_assert_int_le(world->ms, DEADLINE_MS + 100);
}
END_TEST

static int64_t last_mail_ms;

static enum wax_submit_result
note_time(struct world *w, struct wax_str to, struct wax_str *why)
{
	(void)to;
	(void)why;
	last_mail_ms = w->ms;
	return WAX_SUBMITTED;
}

/* The oldest are silent: who answers has his report when he answered. */
START_TEST(silent_ones_hold_up_nobody)
{
	a_dns(ZONE);
	reports_of('s', 100, DAY_BEGIN - DAY_S);
	reports_of('g', 100, DAY_BEGIN);
	world->answer = note_time;
	world_run_counts(100, 100, 0, 0);
	ck_assert_uint_eq(world->mails.n, 100);
	ck_assert_int_le(last_mail_ms, ANSWER_MS + 100);
	ck_assert_int_le(world->ms, DEADLINE_MS + 200);
}
END_TEST

/* More than are asked about at a time: the silent ones make room when the
 * patience is over, long before the deadline. */
START_TEST(many_silent_ones)
{
	const int n = 4 * WAX_ASKED_AT_ONCE_MAX;
	struct slow_dns *dns = a_dns(ZONE);

	reports_of('s', n, DAY_BEGIN - DAY_S);
	reports_of('g', 10, DAY_BEGIN);
	world->answer = note_time;
	world_run_counts(10, (uint64_t)n, 0, 0);
	ck_assert_int_le(last_mail_ms, 4 * WAX_ASKING_PATIENCE_MS + 500);
	ck_assert_int_le(
	    world->ms, 4 * WAX_ASKING_PATIENCE_MS + DEADLINE_MS + 500);
	/* One question for each. */
	ck_assert_uint_ge(slow_dns_most(dns), WAX_ASKED_AT_ONCE_MAX);
	ck_assert_uint_le(slow_dns_most(dns), (size_t)n + 10);
}
END_TEST

/* Who answers late has his report at the end of the run. */
START_TEST(slow_ones)
{
	a_dns(ZONE);
	reports_of('w', 3, DAY_BEGIN - DAY_S);
	reports_of('g', 3, DAY_BEGIN);
	world_run_counts(6, 0, 0, 0);
	ck_assert_wax_str_eq(world->mails.v[0].to, "r@g0.example");
	ck_assert_wax_str_eq(world->mails.v[5].to, "r@w2.example");
	ck_assert_int_le(world->ms, WAX_ASKING_PATIENCE_MS + 700);
}
END_TEST

/* Of those whose answers are here the oldest goes first. */
START_TEST(in_order)
{
	a_dns(ZONE);
	reports_of('g', 3, DAY_BEGIN);
	reports_of('h', 3, DAY_BEGIN - DAY_S);
	world_run_counts(6, 0, 0, 0);
	ck_assert_wax_str_eq(world->mails.v[0].to, "r@h0.example");
	ck_assert_wax_str_eq(world->mails.v[5].to, "r@g2.example");
}
END_TEST

static enum wax_submit_result
takes_long(struct world *w, struct wax_str to, struct wax_str *why)
{
	(void)to;
	(void)why;
	w->ms += 60000;
	return WAX_SUBMITTED;
}

/* A mail server that takes a minute for each: what the DNS said meanwhile is
 * gone, is asked again, and nobody's consent is lost. */
START_TEST(slow_mail_server)
{
	a_dns(ZONE);
	reports_of('g', 3, DAY_BEGIN - DAY_S);
	reports_of('w', 3, DAY_BEGIN);
	world->answer = takes_long;
	world_run_counts(6, 0, 0, 0);
}
END_TEST

/* Consent, the organization, the MX, the addresses: one after the other, each
 * from the answer before it. */
START_TEST(questions_that_follow_from_answers)
{
	a_dns("a.g.example A 192.0.2.1\n"
	      "x.a.example A 192.0.2.1\n"
	      "g0.example._report._dmarc.gd.example TXT v=DMARC1; "
	      "rua=mailto:other@gd.example\n"
	      "_dmarc.g1.example TXT v=DMARC1\n"
	      "gd.example A 192.0.2.2\n"
	      "x.g1.example A 192.0.2.2\n");
	world_rows(DAY_BEGIN, "g0.example", "mailto:r@gd.example", 1, true);
	world_rows(DAY_BEGIN, "g1.example", "mailto:r@x.g1.example", 1, true);
	world_rows(DAY_BEGIN, "g2.example", "mailto:r@gd.example", 1, true);
	world_run_counts(2, 0, 0, 1);
	world_expect_said("  g0.example 2026-11-23 to other@gd.example: sent");
	world_expect_said("  g1.example 2026-11-23 to r@x.g1.example: sent");
	ck_assert_ptr_nonnull(strstr(world_state(),
	    "withheld no consent at g2.example._report._dmarc.gd.example"));
	ck_assert_int_le(world->ms, 4 * (ANSWER_MS + 20));
}
END_TEST

/* One destination answers, the other does not: the one gets it, when the
 * other's deadline is over. */
START_TEST(half_silent)
{
	a_dns(
	    "_dmarc.a.example TXT v=DMARC1\na.example MX 10 mx.example\n" ZONE);
	world_rows(DAY_BEGIN, "a.example",
	    "mailto:r@s.a.example,mailto:r@a.example", 1, true);
	world_run_counts(1, 1, 0, 0);
	ck_assert_str_eq(world_state(),
	    "a.example built \n"
	    "  mailto:r@s.a.example asking 0 no answer about the organization "
	    "of s.a.example\n"
	    "  r@a.example sent 1 \n");
}
END_TEST

/* Trouble without end: the run ends, and what was not asked about is as it
 * was, for the next. */
START_TEST(trouble_has_an_end)
{
	a_dns(ZONE);
	world->options.dns_deadline_ms = 2 * (int64_t)WAX_ASKING_TROUBLE_MS;
	reports_of('s', 10, DAY_BEGIN);
	reports_of('g', 1, DAY_BEGIN);
	world_run_counts(1, 0, 0, 0);
	ck_assert(world->counts.capped);
	ck_assert_int_le(world->ms, WAX_ASKING_TROUBLE_MS + 100);
	ck_assert_ptr_nonnull(strstr(world_state(), "s9.example open \n"));
}
END_TEST

Suite *
wax_schedule_ahead_suite(void)
{
	Suite *suite = suite_create("schedule ahead");
	TCase *tc = tcase_create("ahead");

	tcase_add_checked_fixture(tc, world_make, world_remove);
	tcase_set_timeout(tc, 600);
	tcase_add_test(tc, silent_ones_together);
	tcase_add_test(tc, silent_ones_hold_up_nobody);
	tcase_add_test(tc, many_silent_ones);
	tcase_add_test(tc, slow_ones);
	tcase_add_test(tc, in_order);
	tcase_add_test(tc, slow_mail_server);
	tcase_add_test(tc, questions_that_follow_from_answers);
	tcase_add_test(tc, half_silent);
	tcase_add_test(tc, trouble_has_an_end);
	suite_add_tcase(suite, tc);
	return suite;
}
