/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which reports are sent, to whom, and when again. RC-17, RC-18, EX: the
 * destinations themselves are tests/unit/report/test_rua.c's.
 */
#include <stdio.h>
#include <string.h>

#include "policy/base/text.h"
#include "tests/unit/send/schedule_suites.h"
#include "tests/unit/send/world.h"

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))
#define A_ZONE                            \
	"_dmarc.a.example TXT v=DMARC1\n" \
	"a.example MX 10 mx.a.example\n"  \
	"mx.a.example A 192.0.2.1\n"
#define B_ZONE                            \
	"_dmarc.b.example TXT v=DMARC1\n" \
	"b.example MX 10 mx.b.example\n"  \
	"mx.b.example A 192.0.2.1\n"
#define CONSENT "a.example._report._dmarc.b.example TXT v=DMARC1;\n"

static void
a_day_of_a(void)
{
	world_dns(A_ZONE);
	world_rows(DAY_BEGIN, "a.example", "mailto:r@a.example", 3, true);
}

/* --- when ----------------------------------------------------------------- */

START_TEST(sends_what_is_due)
{
	a_day_of_a();
	world_run_counts(1, 0, 0, 0);
	ck_assert(!world->counts.capped);
	world_expect_said("  a.example 2026-11-23 to r@a.example: sent");
	ck_assert_uint_eq(world->mails.n, 1);
	ck_assert_wax_str_eq(world->mails.v[0].to, "r@a.example");
	ck_assert_str_eq(
	    world_state(), "a.example done \n  r@a.example sent 1 \n");
	/* And once. */
	world->now += DAY_S;
	world_run_counts(0, 0, 0, 0);
	ck_assert_uint_eq(world->mails.n, 1);
}
END_TEST

START_TEST(what_the_mail_says)
{
	static const char *const texts[] = { "To: <r@a.example>\r\n",
		"Report-ID:\r\n <00000000000000000000000000000001>\r\n",
		"!1795478399!00000000000000000000000000000001.xml.gz\"\r\n",
		"Messages: 3\r\n" };

	a_day_of_a();
	world_run_counts(1, 0, 0, 0);
	for (size_t i = 0; i < N(texts); i++)
		ck_assert_msg(memmem(world->mails.v[0].message.p,
		                  world->mails.v[0].message.n, texts[i],
		                  strlen(texts[i])) != NULL,
		    "no \"%s\" in %.*s", texts[i],
		    WAX_FMT(world->mails.v[0].message));
}
END_TEST

/* RC-18: not before the period is over, and report-delay after it. */
START_TEST(not_before_its_time)
{
	a_day_of_a();
	world->now = DUE - 1;
	world_run_counts(0, 0, 0, 0);
	ck_assert_str_eq(world_state(), "a.example open \n");
	ck_assert_uint_eq(wax_recording_count(world->dns), 0);
	world->now = DUE;
	world_run_counts(1, 0, 0, 0);
}
END_TEST

START_TEST(open_periods_if_asked_for)
{
	a_day_of_a();
	world->now = DAY_BEGIN + 10;
	world->options.with_open = true;
	world_run_counts(1, 0, 0, 0);
	/* What comes later is the next period's: periods do not overlap. */
	world_rows(DAY_BEGIN + 20, "a.example", "mailto:r@a.example", 1, true);
	ck_assert_str_eq(world_state(),
	    "a.example done \n  r@a.example sent 1 \na.example open \n");
}
END_TEST

/* A domain may become known before its period is over. */
START_TEST(open_period_is_not_withheld)
{
	world_dns(A_ZONE);
	world_rows(DAY_BEGIN, "a.example", "mailto:r@a.example", 1, false);
	world->now = DAY_BEGIN + 10;
	world->options.with_open = true;
	world_run_counts(0, 0, 0, 1);
	ck_assert_str_eq(world_state(), "a.example open \n");
	world_rows(DAY_BEGIN + 9, "a.example", "mailto:r@a.example", 1, true);
	world_run_counts(1, 0, 0, 0);
}
END_TEST

START_TEST(oldest_first)
{
	world_dns(A_ZONE B_ZONE);
	world_rows(DAY_BEGIN, "a.example", "mailto:r@a.example", 1, true);
	world_rows(
	    DAY_BEGIN - DAY_S, "b.example", "mailto:r@b.example", 1, true);
	world_run_counts(2, 0, 0, 0);
	ck_assert_wax_str_eq(world->mails.v[0].to, "r@b.example");
	ck_assert_wax_str_eq(world->mails.v[1].to, "r@a.example");
}
END_TEST

START_TEST(only_what_the_filter_lets_through)
{
	world_dns(A_ZONE B_ZONE);
	world_rows(DAY_BEGIN, "a.example", "mailto:r@a.example", 1, true);
	world_rows(DAY_BEGIN, "b.example", "mailto:r@b.example", 1, true);
	world->options.filter.domain = WAX_STR("b.example");
	world_run_counts(1, 0, 0, 0);
	ck_assert_wax_str_eq(world->mails.v[0].to, "r@b.example");
}
END_TEST

/* RC-02: two policies within a day are two reports, of different names. */
START_TEST(two_policies_of_a_day)
{
	world_dns(A_ZONE);
	world_rows(DAY_BEGIN, "a.example", "mailto:r@a.example", 1, true);
	world_rows(DAY_BEGIN, "a.example", "mailto:s@a.example", 1, true);
	world_run_counts(2, 0, 0, 0);
	ck_assert(!wax_str_eq(
	    world_body(&world->mails.v[0]), world_body(&world->mails.v[1])));
	ck_assert_uint_eq(world->n_ids, 2);
}
END_TEST

/* --- who gets none -------------------------------------------------------- */

/* Whoever forges mail of many domains does not make us send them anything,
 * or ask the DNS about them. */
START_TEST(domains_that_never_authenticated)
{
	for (int i = 0; i < 500; i++)
		world_rows(DAY_BEGIN + i,
		    wax_textf(world->arena, "d%d.example", i).p,
		    wax_textf(world->arena, "mailto:r@d%d.example", i).p, 20,
		    false);
	world_run_counts(0, 0, 0, 500);
	ck_assert_uint_eq(world->mails.n, 0);
	ck_assert_uint_eq(wax_recording_count(world->dns), 0);
	ck_assert_uint_eq(world->n_ids, 0);
	world_expect_said(
	    "  d7.example 2026-11-23: nobody gets it: none of its mail passed "
	    "here within 30 days (report-known-days)");
	world_run_counts(0, 0, 0, 0);
}
END_TEST

static const struct {
	const char *name;
	int64_t ago; /* that a message passed, before the run */
	unsigned known_days;
	bool is_sent;
} known[] = {
	{ "long enough", 30 * (int64_t)DAY_S, 30, true },
	{ "a second too long", 30 * (int64_t)DAY_S + 1, 30, false },
	{ "a day", DAY_S, 1, true },
	{ "everybody is known", 400 * (int64_t)DAY_S, 0, true },
};

START_TEST(known_for_some_days)
{
	world_dns(A_ZONE);
	world_rows(DAY_BEGIN, "a.example", "mailto:r@a.example", 1, false);
	/* Of another day, whose report is not looked at. */
	world_rows(DUE - known[_i].ago, "a.example", "", 1, true);
	world->options.known_days = known[_i].known_days;
	world->options.filter.begin = DAY_BEGIN;
	world->options.filter.end = DAY_END;
	world_run();
	ck_assert_msg(world->mails.n == (known[_i].is_sent ? 1 : 0), "%s:\n%s",
	    known[_i].name, world_state());
}
END_TEST

static const struct {
	const char *name, *what;
	int64_t until;
	bool is_sent;
} suppressions[] = {
	{ "the domain", "sub.a.example", 0, false },
	{ "above it", "a.example", 0, false },
	{ "far above it", "example", 0, false },
	{ "the address", "r@b.example", 0, false },
	{ "the address's host", "b.example", 0, false },
	{ "another address there", "q@b.example", 0, true },
	{ "what only ends like it", "ub.a.example", 0, true },
	{ "below it", "x.sub.a.example", 0, true },
	{ "an address at the domain", "r@a.example", 0, true },
	{ "the address for it", "sub.a.example:r@b.example", 0, false },
	{ "the address for another", "a.example:r@b.example", 0, true },
	{ "another for it", "sub.a.example:q@b.example", 0, true },
	{ "until now", "b.example", DUE, true },
	{ "a second longer", "b.example", DUE + 1, false },
};

START_TEST(suppressed)
{
	struct wax_suppression one = {
		.what = wax_str_of(suppressions[_i].what),
		.added_at = DAY_BEGIN,
		.until = suppressions[_i].until,
		.why = WAX_STR("they\nasked"),
	};

	world_dns(
	    "_dmarc.a.example TXT v=DMARC1\n"
	    "sub.a.example._report._dmarc.b.example TXT v=DMARC1\n" B_ZONE);
	world_rows(DAY_BEGIN, "sub.a.example", "mailto:r@b.example", 1, true);
	ck_assert_int_eq(
	    wax_store_suppress(world->store, &one, &world->err), WAX_OK);
	world_run();
	ck_assert_msg(world->mails.n == (suppressions[_i].is_sent ? 1 : 0),
	    "%s:\n%s", suppressions[_i].name, world_state());
	if (!suppressions[_i].is_sent) {
		world_expect_said("  sub.a.example 2026-11-23: nobody gets it: "
		                  "suppressed: they\\x0aasked");
		ck_assert_uint_eq(world->n_ids, 0);
	}
}
END_TEST

/* RC-10 and the like: nothing to send to. */
static const struct {
	const char *name, *rua, *why;
} nowhere[] = {
	{ "no rua", "", "its record names no address for reports" },
	{ "ourselves", "mailto:dmarc@receiver.example", "our own address" },
	{ "no mailto", "https://a.example/", "only mailto: is supported" },
	{ "nothing", " , ", "its record names no address that could get one" },
	{ "no mail there", "mailto:r@null.a.example",
	    "null.a.example takes no mail (null MX)" },
};

START_TEST(nowhere_to_send_to)
{
	world_dns(A_ZONE "null.a.example MX 0 .\n");
	world_rows(DAY_BEGIN, "a.example", nowhere[_i].rua, 1, true);
	world_run_counts(0, 0, 0, 1);
	ck_assert_str_eq(world_state(),
	    wax_textf(world->arena, "a.example withheld %s\n", nowhere[_i].why)
	        .p);
}
END_TEST

/* --- consent -------------------------------------------------------------- */

static void
a_to_b(void)
{
	world_rows(DAY_BEGIN, "a.example", "mailto:r@b.example", 1, true);
}

START_TEST(with_consent)
{
	world_dns(A_ZONE B_ZONE CONSENT);
	a_to_b();
	world_run_counts(1, 0, 0, 0);
	ck_assert_wax_str_eq(world->mails.v[0].to, "r@b.example");
}
END_TEST

START_TEST(without_consent)
{
	world_dns(A_ZONE B_ZONE);
	a_to_b();
	world_run_counts(0, 0, 0, 1);
	ck_assert_uint_eq(world->mails.n, 0);
}
END_TEST

#define NO_ANSWER \
	"a.example._report._dmarc.b.example FAULT servfail\n" A_ZONE B_ZONE

/* An answer that is missing is no consent, and no refusal. */
START_TEST(consent_cannot_be_asked)
{
	world_dns(NO_ANSWER);
	a_to_b();
	world_run_counts(0, 1, 0, 0);
	ck_assert_uint_eq(world->mails.n, 0);
	/* Not asked again before its time. */
	world->now += WAX_RETRY_FIRST_S - 1;
	world_run_counts(0, 0, 0, 0);
	world->now += 1;
	world_run_counts(0, 1, 0, 0);
	world_dns(A_ZONE B_ZONE CONSENT);
	world->now += WAX_RETRY_FIRST_S;
	world_run_counts(1, 0, 0, 0);
	ck_assert_str_eq(
	    world_state(), "a.example done \n  r@b.example sent 1 \n");
}
END_TEST

START_TEST(consent_refused_later)
{
	world_dns(NO_ANSWER);
	a_to_b();
	world_run_counts(0, 1, 0, 0);
	world_dns(A_ZONE B_ZONE);
	world->now += WAX_RETRY_FIRST_S;
	world_run_counts(0, 0, 0, 0);
	ck_assert_uint_eq(world->mails.n, 0);
	ck_assert_ptr_nonnull(
	    strstr(world_state(), "mailto:r@b.example refused"));
}
END_TEST

/* Asked again after 15 and 15 minutes, then half an hour, an hour, two and
 * four; given up after three days. */
START_TEST(consent_given_up)
{
	unsigned n_asked = 0;
	int64_t last = 0;

	world_dns(NO_ANSWER);
	a_to_b();
	for (; world->now < DUE + 5 * DAY_S; world->now += 300) {
		ck_assert_int_eq(world_run(), WAX_OK);
		n_asked += world->counts.later > 0;
		if (world->counts.failed > 0) {
			ck_assert_int_eq(last, 0);
			last = world->now;
		}
	}
	ck_assert_uint_eq(world->mails.n, 0);
	ck_assert_int_ge(last, DUE + WAX_GIVE_UP_S);
	ck_assert_int_le(last, DUE + WAX_GIVE_UP_S + WAX_RETRY_MAX_S);
	ck_assert_uint_ge(n_asked, 18);
	ck_assert_uint_le(n_asked, 26);
	ck_assert_ptr_nonnull(strstr(world_state(),
	    "given up 0 whether it is wanted there could not be asked: "));
}
END_TEST

static enum wax_submit_result
never_now(struct world *w, struct wax_str to, struct wax_str *why)
{
	(void)w;
	(void)to;
	*why = WAX_STR("RCPT TO: 450 not now");
	return WAX_SUBMIT_LATER;
}

/* It is asked for each time: what was allowed once may not be any more. */
START_TEST(consent_withdrawn)
{
	world_dns(A_ZONE B_ZONE CONSENT);
	a_to_b();
	world->answer = never_now;
	world_run_counts(0, 1, 0, 0);
	world->answer = NULL;
	world_dns(A_ZONE B_ZONE);
	world->now += WAX_RETRY_FIRST_S;
	world_run_counts(0, 0, 0, 0);
	ck_assert_uint_eq(world->mails.n, 0);
	ck_assert_ptr_nonnull(strstr(world_state(), "r@b.example refused 1"));
	ck_assert_ptr_nonnull(strstr(world_state(), "a.example done"));
}
END_TEST

START_TEST(consent_unclear_at_the_second_attempt)
{
	world_dns(A_ZONE B_ZONE CONSENT);
	a_to_b();
	world->answer = never_now;
	world_run_counts(0, 1, 0, 0);
	world->answer = NULL;
	world_dns(NO_ANSWER);
	world->now += WAX_RETRY_FIRST_S;
	world_run_counts(0, 1, 0, 0);
	ck_assert_uint_eq(world->mails.n, 0);
	world_dns(A_ZONE B_ZONE CONSENT);
	world->now += WAX_RETRY_FIRST_S;
	world_run_counts(1, 0, 0, 0);
	ck_assert_str_eq(
	    world_state(), "a.example done \n  r@b.example sent 2 \n");
}
END_TEST

/* A suppression counts for what is built already. */
START_TEST(suppressed_later)
{
	struct wax_suppression one = { .what = WAX_STR("b.example") };

	world_dns(A_ZONE B_ZONE CONSENT);
	a_to_b();
	world->answer = never_now;
	world_run_counts(0, 1, 0, 0);
	world->answer = NULL;
	ck_assert_int_eq(
	    wax_store_suppress(world->store, &one, &world->err), WAX_OK);
	world->now += WAX_RETRY_FIRST_S;
	world_run_counts(0, 0, 0, 0);
	ck_assert_uint_eq(world->mails.n, 0);
	ck_assert_str_eq(world_state(),
	    "a.example done \n  r@b.example refused 1 suppressed\n");
}
END_TEST

/* The answer names two addresses in place of the one. */
START_TEST(answer_names_others)
{
	world_dns(NO_ANSWER);
	a_to_b();
	world_run_counts(0, 1, 0, 0);
	world_dns(
	    A_ZONE B_ZONE "a.example._report._dmarc.b.example TXT v=DMARC1; "
	                  "rua=mailto:s@b.example,mailto:t@b.example\n");
	world->now += WAX_RETRY_FIRST_S;
	world_run_counts(2, 0, 0, 0);
	ck_assert_uint_eq(world->mails.n, 2);
	ck_assert_wax_str_eq(world->mails.v[0].to, "s@b.example");
	ck_assert_wax_str_eq(world->mails.v[1].to, "t@b.example");
	ck_assert(wax_str_eq(
	    world_body(&world->mails.v[0]), world_body(&world->mails.v[1])));
	ck_assert_ptr_nonnull(strstr(world_state(), "a.example done"));
}
END_TEST

static enum wax_submit_result
later_to_t(struct world *w, struct wax_str to, struct wax_str *why)
{
	(void)w;
	*why = WAX_STR("RCPT TO: 450 later");
	return to.p[0] == 't' ? WAX_SUBMIT_LATER : WAX_SUBMITTED;
}

/* Of two that an answer names, one has it already when it is asked again. */
START_TEST(answer_names_who_has_it)
{
	static const char two[] =
	    A_ZONE B_ZONE "a.example._report._dmarc.b.example TXT v=DMARC1; "
	                  "rua=mailto:s@b.example,mailto:t@b.example\n";

	world_dns(two);
	a_to_b();
	world->answer = later_to_t;
	world_run_counts(1, 1, 0, 0);
	world->answer = NULL;
	world_dns(NO_ANSWER);
	world->now += WAX_RETRY_FIRST_S;
	world_run_counts(0, 1, 0, 0);
	world_dns(two);
	world->now += WAX_RETRY_FIRST_S;
	world_run_counts(1, 0, 0, 0);
	ck_assert_uint_eq(world->mails.n, 2);
	ck_assert_wax_str_eq(world->mails.v[1].to, "t@b.example");
	ck_assert_str_eq(world_state(),
	    "a.example done \n  s@b.example sent 1 \n  t@b.example sent 2 \n");
}
END_TEST

/* It names another one than at the first attempt: that one gets it. */
START_TEST(answer_names_another_later)
{
	world_dns(A_ZONE B_ZONE CONSENT);
	a_to_b();
	world->answer = never_now;
	world_run_counts(0, 1, 0, 0);
	world->answer = NULL;
	world_dns(
	    A_ZONE B_ZONE "a.example._report._dmarc.b.example TXT v=DMARC1; "
	                  "rua=mailto:s@b.example\n");
	world->now += WAX_RETRY_FIRST_S;
	world_run_counts(1, 0, 0, 0);
	ck_assert_str_eq(
	    world_state(), "a.example done \n  s@b.example sent 2 \n");
}
END_TEST

/* Two URIs whose answers name the same address: one mail. */
START_TEST(one_mail_for_an_address)
{
	world_dns(NO_ANSWER);
	world_rows(DAY_BEGIN, "a.example",
	    "mailto:q@b.example,mailto:r@b.example", 1, true);
	world_run_counts(0, 2, 0, 0);
	world_dns(
	    A_ZONE B_ZONE "a.example._report._dmarc.b.example TXT v=DMARC1; "
	                  "rua=mailto:s@b.example\n");
	world->now += WAX_RETRY_FIRST_S;
	ck_assert_int_eq(world_run(), WAX_OK);
	ck_assert_uint_eq(world->mails.n, 1);
	ck_assert_ptr_nonnull(strstr(world_state(), "a.example done"));
}
END_TEST

/* --- what comes of an attempt --------------------------------------------- */

/* The times at which it was tried. */
struct tries {
	size_t n;
	int64_t at[64];
};

static enum wax_submit_result
later_and_noted(struct world *w, struct wax_str to, struct wax_str *why)
{
	struct tries *tries = w->answer_arg;

	(void)to;
	ck_assert_uint_lt(tries->n, 64);
	tries->at[tries->n++] = w->now;
	*why = WAX_STR("RCPT TO: 450 later");
	return WAX_SUBMIT_LATER;
}

/* 15 minutes, doubling to four hours, for three days. */
START_TEST(back_off)
{
	struct tries tries = { 0, { 0 } };
	int64_t wait = WAX_RETRY_FIRST_S, when = DUE;

	a_day_of_a();
	world->answer = later_and_noted;
	world->answer_arg = &tries;
	for (; world->now < DUE + 5 * DAY_S; world->now += 300)
		ck_assert_int_eq(world_run(), WAX_OK);
	for (size_t i = 0; i < tries.n; i++) {
		ck_assert_int_eq(tries.at[i], when);
		when += wait;
		wait = wait * 2 < WAX_RETRY_MAX_S ? wait * 2 : WAX_RETRY_MAX_S;
	}
	/* The last one is the first that is three days after the first. */
	ck_assert_int_ge(tries.at[tries.n - 1], DUE + WAX_GIVE_UP_S);
	ck_assert_int_lt(tries.at[tries.n - 2], DUE + WAX_GIVE_UP_S);
	ck_assert_uint_eq(tries.n, 23);
	ck_assert_str_eq(world_state(),
	    "a.example done \n  r@a.example given up 23 RCPT TO: 450 later\n");
}
END_TEST

/* A machine that was off for a week tries once more before it gives up. */
START_TEST(not_given_up_untried)
{
	a_day_of_a();
	world->answer = never_now;
	world_run_counts(0, 1, 0, 0);
	world->answer = NULL;
	world->now += 7 * DAY_S;
	world_run_counts(1, 0, 0, 0);
}
END_TEST

static enum wax_submit_result
never_r(struct world *w, struct wax_str to, struct wax_str *why)
{
	(void)w;
	*why = WAX_STR("RCPT TO: 550 nobody");
	return to.p[0] == 'r' ? WAX_SUBMIT_NEVER : WAX_SUBMITTED;
}

START_TEST(never)
{
	world_dns(A_ZONE);
	world_rows(DAY_BEGIN, "a.example",
	    "mailto:r@a.example,mailto:s@a.example", 1, true);
	world->answer = never_r;
	world_run_counts(1, 0, 1, 0);
	world_expect_said("F a.example 2026-11-23 to r@a.example: given up: "
	                  "RCPT TO: 550 nobody");
	ck_assert_str_eq(world_state(),
	    "a.example done \n"
	    "  r@a.example given up 1 RCPT TO: 550 nobody\n"
	    "  s@a.example sent 1 \n");
	world->now += DAY_S;
	world_run_counts(0, 0, 0, 0);
}
END_TEST

static enum wax_submit_result
broken(struct world *w, struct wax_str to, struct wax_str *why)
{
	struct tries *tries = w->answer_arg;

	(void)to;
	tries->n++;
	*why = WAX_STR("login: 535 wrong");
	return WAX_SUBMIT_BROKEN;
}

/* The run ends at once, and nothing counts as tried. */
START_TEST(mail_server_is_broken)
{
	struct tries tries = { 0, { 0 } };

	world_dns(A_ZONE B_ZONE);
	world_rows(DAY_BEGIN, "a.example",
	    "mailto:r@a.example,mailto:s@a.example", 1, true);
	world_rows(DAY_BEGIN, "b.example", "mailto:r@b.example", 1, true);
	world->answer = broken;
	world->answer_arg = &tries;
	for (int i = 0; i < 10; i++) {
		world_run_counts(0, 0, 0, 0);
		world_expect_said("F a.example 2026-11-23: the mail server "
		                  "takes no reports: login: 535 wrong");
		world->now += DAY_S;
	}
	ck_assert_uint_eq(tries.n, 10);
	ck_assert_str_eq(world_state(), "a.example built \n"
	                                "  r@a.example due 0 login: 535 wrong\n"
	                                "  s@a.example due 0 \n"
	                                "b.example open \n");
	world->answer = NULL;
	world_run_counts(3, 0, 0, 0);
	ck_assert_ptr_nonnull(strstr(world_state(), "r@a.example sent 1"));
}
END_TEST

/* It is sent, and nobody hears of it. */
static enum wax_submit_result
dies(struct world *w, struct wax_str to, struct wax_str *why)
{
	(void)to;
	(void)why;
	w->is_ended = true;
	return WAX_SUBMITTED;
}

/* RC-17: the same name and Report-ID, the same octets but for the Date; a row
 * that comes late is not put into what was built. */
START_TEST(the_same_again)
{
	struct world_mail first;

	a_day_of_a();
	world->answer = dies;
	ck_assert_int_eq(world_run(), WAX_E_TEMP);
	world->answer = NULL;
	first = world->mails.v[0];
	world_again("one");
	world_rows(DAY_BEGIN, "a.example", "mailto:r@a.example", 9, true);
	world->now += 7;
	world_run_counts(1, 0, 0, 0);
	ck_assert_uint_eq(world->mails.n, 2);
	ck_assert(!wax_str_eq(first.message, world->mails.v[1].message));
	ck_assert(
	    wax_str_eq(world_body(&first), world_body(&world->mails.v[1])));
}
END_TEST

START_TEST(signed_anew_each_time)
{
	struct wax_signer *signer = NULL;

	a_day_of_a();
	ck_assert_msg(wax_signer_open("receiver.example", "s1",
	                  world_key("ed25519"), &signer, &world->err) == WAX_OK,
	    "%s", world->err.text);
	world->options.signer = signer;
	world_run_counts(1, 0, 0, 0);
	ck_assert(wax_str_starts(
	    world->mails.v[0].message, WAX_STR("DKIM-Signature: v=1; ")));
	ck_assert_ptr_nonnull(memmem(world->mails.v[0].message.p,
	    world->mails.v[0].message.n, "t=1795482000;", 13));
	wax_signer_close(signer);
}
END_TEST

/* --- bounds --------------------------------------------------------------- */

START_TEST(mails_for_a_host)
{
	world_dns(A_ZONE B_ZONE);
	for (int64_t i = 0; i < WAX_MAILS_PER_HOST_MAX + 5; i++)
		world_rows(DAY_BEGIN - i * DAY_S, "a.example",
		    "mailto:r@a.example", 1, true);
	world_rows(DAY_BEGIN, "b.example", "mailto:r@b.example", 1, true);
	world_run_counts(WAX_MAILS_PER_HOST_MAX + 1, 0, 0, 0);
	ck_assert(world->counts.capped);
	world_run_counts(5, 0, 0, 0);
	ck_assert(!world->counts.capped);
	world_run_counts(0, 0, 0, 0);
}
END_TEST

#define HOST_ZONE                        \
	"b.example MX 10 mx.b.example\n" \
	"*._report._dmarc.b.example TXT v=DMARC1\n"

/* Reports on so many domains, for one address: the later, the older. */
static void
reports_for_one_host(int n)
{
	world_dns(HOST_ZONE);
	world->options.known_days = 0;
	for (int i = 0; i < n; i++)
		world_rows(DAY_BEGIN - (int64_t)i * DAY_S,
		    wax_textf(world->arena, "d%d.example", i).p,
		    "mailto:r@b.example", 1, true);
}

/* 200 for a host that gets 20 in each run: the oldest first, and three days
 * after the first run the rest is of no use. */
START_TEST(waits_for_its_turn)
{
	reports_for_one_host(200);
	for (int run = 0; run < 6; run++) {
		world_run_counts(WAX_MAILS_PER_HOST_MAX, 0, 0, 0);
		ck_assert(world->counts.capped);
		ck_assert_ptr_nonnull(strstr(world_state(),
		    "d0.example built \n"
		    "  r@b.example due 0 it waits for its turn\n"));
		world->now += WAX_GIVE_UP_S / 6;
	}
	for (size_t i = 0; i < world->mails.n; i++)
		ck_assert_ptr_nonnull(
		    strstr(wax_str_z(world->arena, world->mails.v[i].message),
		        wax_textf(world->arena, " d%zu.example ", 199 - i).p));
	world_run_counts(WAX_MAILS_PER_HOST_MAX, 0, 60, 0);
	ck_assert_ptr_nonnull(strstr(world_state(),
	    "d0.example done \n  r@b.example given up 0 it did not get its "
	    "turn for 3 days: a run sends 20 mails to a host\n"));
	world_run_counts(0, 0, 0, 0);
	ck_assert(!world->counts.capped);
}
END_TEST

/* The DNS is asked about those that may get one, and not again and again
 * about all that wait. */
START_TEST(nobody_asks_about_who_waits)
{
	reports_for_one_host(3 * WAX_ASKED_AT_ONCE_MAX);
	world_run_counts(WAX_MAILS_PER_HOST_MAX, 0, 0, 0);
	world_dns(HOST_ZONE);
	world_run_counts(WAX_MAILS_PER_HOST_MAX, 0, 0, 0);
	ck_assert_uint_le(wax_recording_count(world->dns),
	    WAX_ASKED_AT_ONCE_MAX + WAX_MAILS_PER_HOST_MAX + 1);
}
END_TEST

/* 17 reports to 60 hosts each: 1,020 mails. */
START_TEST(mails_of_a_run)
{
	struct wax_text zone, rua;

	wax_text_init(&zone, world->arena);
	wax_text_init(&rua, world->arena);
	wax_text_addz(&zone, A_ZONE);
	for (int i = 0; i < 60; i++) {
		wax_text_addf(&zone, "h%d.a.example MX 10 mx.a.example\n", i);
		wax_text_addf(
		    &rua, "%smailto:r@h%d.a.example", i > 0 ? "," : "", i);
	}
	world_dns(zone.p);
	world->options.max_uris = 100;
	for (int64_t i = 0; i < 17; i++)
		world_rows(DAY_BEGIN - i * DAY_S, "a.example", rua.p, 1, true);
	world_run_counts(WAX_MAILS_PER_RUN_MAX, 0, 0, 0);
	ck_assert(world->counts.capped);
	ck_assert_uint_eq(world->mails.n, WAX_MAILS_PER_RUN_MAX);
	world_run_counts(17 * 60 - WAX_MAILS_PER_RUN_MAX, 0, 0, 0);
	ck_assert(!world->counts.capped);
}
END_TEST

/* --- damage --------------------------------------------------------------- */

/* What is not a report does not leave the house. */
START_TEST(fails_its_own_check)
{
	a_day_of_a();
	world->xml_is_bad = true;
	world_run_counts(0, 0, 1, 1);
	world_expect_said("F a.example 2026-11-23: cannot be sent: line 1: not "
	                  "as it\\x0ashould");
	ck_assert_uint_eq(world->mails.n, 0);
	ck_assert_str_eq(
	    world_state(), "a.example withheld line 1: not as it\\x0ashould\n");
}
END_TEST

START_TEST(policy_that_cannot_be_read)
{
	const uint8_t id[WAX_SEGMENT_ID_BYTES] = { 9 };
	const struct wax_report_line line = {
		.time = DAY_BEGIN,
		.is_accepted = true,
		.domain = WAX_STR("a.example"),
		.policy = WAX_STR("nonsense"),
		.tuple = WAX_STR("nonsense"),
	};
	bool already;

	ck_assert_int_eq(wax_store_import(world->store, id, &line, 1, DAY_BEGIN,
	                     &already, &world->err),
	    WAX_OK);
	world_run_counts(0, 0, 1, 1);
	ck_assert_str_eq(world_state(),
	    "a.example withheld the store holds no policy that can be read\n");
}
END_TEST

/* --- two hosts ------------------------------------------------------------ */

static enum wax_status second_status;

/* While one host sends, another one begins. */
static enum wax_submit_result
second_host(struct world *w, struct wax_str to, struct wax_str *why)
{
	struct wax_store_options options = {
		.url = wax_textf(w->arena, "sqlite:%s/db", w->directory),
		.host = WAX_STR("two"),
		.max_records = 100,
		.timeout_ms = 100,
	};
	struct wax_schedule_options schedule = w->options;
	struct wax_schedule_counts counts;
	struct wax_store *store = NULL;
	struct wax_err err = { .text = "" };

	(void)to;
	(void)why;
	w->answer = NULL;
	ck_assert_int_eq(wax_store_open(&options, &store, &err), WAX_OK);
	schedule.store = store;
	schedule.host = WAX_STR("two");
	second_status = wax_schedule_run(&schedule, &counts, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "another host is sending"));
	wax_store_close(store);
	return WAX_SUBMITTED;
}

START_TEST(one_host_at_a_time)
{
	a_day_of_a();
	second_status = WAX_OK;
	world->answer = second_host;
	world_run_counts(1, 0, 0, 0);
	ck_assert_int_eq(second_status, WAX_E_TEMP);
	ck_assert_uint_eq(world->mails.n, 1);
	world_again("two");
	world_run_counts(0, 0, 0, 0);
}
END_TEST

/* It died while it was sending: its own next run takes that up at once,
 * another host's after an hour. */
static const struct {
	const char *host;
	int64_t after;
	bool is_sent;
} successors[] = {
	{ "one", 1, true },
	{ "two", 1, false },
	{ "two", WAX_SENDING_STALE_S - 1, false },
	{ "two", WAX_SENDING_STALE_S, true },
};

START_TEST(host_died_while_sending)
{
	a_day_of_a();
	world->answer = dies;
	ck_assert_int_eq(world_run(), WAX_E_TEMP);
	world->answer = NULL;
	world_again(successors[_i].host);
	ck_assert_ptr_nonnull(strstr(world_state(), "r@a.example sending 1"));
	world->now += successors[_i].after;
	world_run_counts(successors[_i].is_sent ? 1 : 0, 0, 0, 0);
	ck_assert_uint_eq(world->mails.n, successors[_i].is_sent ? 2 : 1);
	if (successors[_i].is_sent)
		ck_assert(wax_str_eq(world_body(&world->mails.v[0]),
		    world_body(&world->mails.v[1])));
}
END_TEST

/* --- a dry run ------------------------------------------------------------ */

START_TEST(dry_run)
{
	const char *before;

	world_dns(NO_ANSWER);
	world_rows(DAY_BEGIN, "a.example",
	    "mailto:r@a.example,mailto:r@b.example,https://x.example", 1, true);
	world_rows(DAY_BEGIN, "c.example", "mailto:r@c.example", 1, false);
	world_rows(
	    DAY_BEGIN - DAY_S, "b.example", "mailto:r@b.example", 1, true);
	world_rows(
	    DAY_BEGIN - DAY_S, "a.example", "mailto:r@b.example", 1, true);
	/* One that is due again, and one that is asked about again. */
	world->answer = never_now;
	world->options.filter.end = DAY_BEGIN - 1;
	world->options.filter.begin = 1;
	world_run_counts(0, 2, 0, 0);
	world->options.filter.begin = world->options.filter.end = 0;
	world->now += WAX_RETRY_FIRST_S;
	world_dns(A_ZONE B_ZONE);
	before = world_state();
	world->options.submit = NULL;
	world_run_counts(2, 0, 0, 1);
	world_expect_said("  a.example 2026-11-23 to r@a.example: would be "
	                  "sent");
	world_expect_said("  b.example 2026-11-22 to r@b.example: would be "
	                  "sent");
	world_expect_said("  a.example 2026-11-23 to https://x.example: "
	                  "refused: only mailto: is supported");
	ck_assert_str_eq(world_state(), before);
	ck_assert_uint_eq(world->mails.n, 0);
}
END_TEST

/* It needs no right to send, and takes none. */
START_TEST(dry_run_while_another_sends)
{
	struct wax_store *first;
	bool is_mine = false;

	a_day_of_a();
	ck_assert_int_eq(
	    wax_store_lock_sending(world->store, &is_mine, &world->err),
	    WAX_OK);
	ck_assert(is_mine);
	first = world->store;
	world->store = NULL;
	world_again("two");
	world->options.submit = NULL;
	world_run_counts(1, 0, 0, 0);
	wax_store_close(first);
}
END_TEST

Suite *
wax_schedule_suite(void)
{
	Suite *suite = suite_create("schedule");
	TCase *tc = tcase_create("schedule");

	tcase_add_checked_fixture(tc, world_make, world_remove);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, sends_what_is_due);
	tcase_add_test(tc, what_the_mail_says);
	tcase_add_test(tc, not_before_its_time);
	tcase_add_test(tc, open_periods_if_asked_for);
	tcase_add_test(tc, open_period_is_not_withheld);
	tcase_add_test(tc, oldest_first);
	tcase_add_test(tc, only_what_the_filter_lets_through);
	tcase_add_test(tc, two_policies_of_a_day);
	tcase_add_test(tc, domains_that_never_authenticated);
	tcase_add_loop_test(tc, known_for_some_days, 0, (int)N(known));
	tcase_add_loop_test(tc, suppressed, 0, (int)N(suppressions));
	tcase_add_loop_test(tc, nowhere_to_send_to, 0, (int)N(nowhere));
	tcase_add_test(tc, with_consent);
	tcase_add_test(tc, without_consent);
	tcase_add_test(tc, consent_cannot_be_asked);
	tcase_add_test(tc, consent_refused_later);
	tcase_add_test(tc, consent_given_up);
	tcase_add_test(tc, consent_withdrawn);
	tcase_add_test(tc, consent_unclear_at_the_second_attempt);
	tcase_add_test(tc, suppressed_later);
	tcase_add_test(tc, answer_names_others);
	tcase_add_test(tc, answer_names_who_has_it);
	tcase_add_test(tc, answer_names_another_later);
	tcase_add_test(tc, one_mail_for_an_address);
	tcase_add_test(tc, back_off);
	tcase_add_test(tc, not_given_up_untried);
	tcase_add_test(tc, never);
	tcase_add_test(tc, mail_server_is_broken);
	tcase_add_test(tc, the_same_again);
	tcase_add_test(tc, signed_anew_each_time);
	tcase_add_test(tc, mails_for_a_host);
	tcase_add_test(tc, waits_for_its_turn);
	tcase_add_test(tc, nobody_asks_about_who_waits);
	tcase_add_test(tc, mails_of_a_run);
	tcase_add_test(tc, fails_its_own_check);
	tcase_add_test(tc, policy_that_cannot_be_read);
	tcase_add_test(tc, one_host_at_a_time);
	tcase_add_loop_test(tc, host_died_while_sending, 0, (int)N(successors));
	tcase_add_test(tc, dry_run);
	tcase_add_test(tc, dry_run_while_another_sends);
	suite_add_tcase(suite, tc);
	return suite;
}
