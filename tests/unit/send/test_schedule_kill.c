/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A run that ends anywhere: after it, whatever was to be sent is sent, once,
 * or twice with the same octets where nobody heard of the first time.
 */
#include <string.h>

#include "policy/base/text.h"
#include "tests/unit/send/schedule_suites.h"
#include "tests/unit/send/world.h"

#define ZONE                                                \
	"_dmarc.a.example TXT v=DMARC1\n"                   \
	"_dmarc.b.example TXT v=DMARC1\n"                   \
	"_dmarc.c.example TXT v=DMARC1\n"                   \
	"a.example MX 10 mx.a.example\n"                    \
	"b.example MX 10 mx.a.example\n"                    \
	"c.example MX 10 mx.a.example\n"                    \
	"mx.a.example A 192.0.2.1\n"                        \
	"b.example._report._dmarc.a.example TXT v=DMARC1; " \
	"rua=mailto:x@a.example,mailto:y@a.example,mailto:z@a.example\n"
#define UNCLEAR "b.example._report._dmarc.a.example FAULT servfail\n" ZONE

/* Later the first time, never to "n@". */
static enum wax_submit_result
answer(struct world *w, struct wax_str to, struct wax_str *why)
{
	*why = WAX_STR("RCPT TO: 4xx or 5xx");
	if (wax_str_starts(to, WAX_STR("n@")))
		return WAX_SUBMIT_NEVER;
	if (wax_str_starts(to, WAX_STR("l@")) && w->now < DUE + 2 * 3600)
		return WAX_SUBMIT_LATER;
	return WAX_SUBMITTED;
}

/* Reports of all fates, and nine runs, one an hour; at the third the DNS is
 * well. The `end` comes at a step of any of them. */
static void
live(enum world_end end, unsigned end_at)
{
	world_make();
	world_dns(UNCLEAR);
	world_rows(DAY_BEGIN, "a.example",
	    "mailto:r@a.example,mailto:l@a.example,mailto:n@a.example", 3,
	    true);
	world_rows(DAY_BEGIN, "b.example", "mailto:r@a.example", 2, true);
	world_rows(DAY_BEGIN, "c.example", "mailto:r@c.example", 1, true);
	world_rows(DAY_BEGIN, "d.example", "mailto:r@d.example", 1, false);
	world->answer = answer;
	world->end = end;
	world->end_at = end_at;
	world->n_steps = 0;
	for (int run = 0; run < 9; run++) {
		enum wax_status status = world_run();

		ck_assert(status == WAX_OK || world->is_ended);
		if (world->is_ended)
			world_again("one");
		if (run == 2)
			world_dns(ZONE);
		world->now += 3600;
	}
}

static const char *const expected[] = { "r@a.example", "l@a.example",
	"x@a.example", "y@a.example", "z@a.example", "r@c.example" };
#define N_EXPECTED (sizeof expected / sizeof expected[0])

static size_t
mails_to(const char *address)
{
	size_t n = 0;
	struct wax_str first = WAX_STR("");

	for (size_t i = 0; i < world->mails.n; i++) {
		const struct world_mail *mail = &world->mails.v[i];

		if (!wax_str_eq(mail->to, wax_str_of(address)))
			continue;
		if (n++ == 0)
			first = world_body(mail);
		else
			ck_assert_msg(wax_str_eq(first, world_body(mail)),
			    "%s gets two different ones", address);
	}
	return n;
}

static const char final[] =
    "a.example done \n"
    "  r@a.example sent\n"
    "  l@a.example sent\n"
    "  n@a.example given up\n"
    "b.example done \n"
    "  x@a.example sent\n"
    "  y@a.example sent\n"
    "  z@a.example sent\n"
    "c.example done \n"
    "  r@c.example sent\n"
    "d.example withheld none of its mail passed here within 30 days "
    "(report-known-days)\n";

/* Without the number of attempts and the last answer of deliveries. */
static struct wax_str
outcome(void)
{
	struct wax_str rest = wax_str_of(world_state()), line;
	struct wax_text text;

	wax_text_init(&text, world->arena);
	while (wax_str_cut(&rest, '\n', &line) && line.n > 0) {
		size_t n = line.n;

		for (size_t i = 0; wax_str_starts(line, WAX_STR("  ")) &&
		                   n == line.n && i < line.n;
		     i++)
			if (wax_is_digit(line.p[i]))
				n = i - 1;
		wax_text_add(&text, wax_str_head(line, n));
		wax_text_addc(&text, '\n');
	}
	return wax_text_str(&text);
}

static void
check(const char *how, unsigned end_at)
{
	size_t n_twice = 0;

	ck_assert_msg(wax_str_eq(outcome(), wax_str_of(final)), "%s %u:\n%s",
	    how, end_at, world_state());
	for (size_t i = 0; i < N_EXPECTED; i++) {
		size_t n = mails_to(expected[i]);

		ck_assert_msg(n == 1 || n == 2, "%s %u: %zu mails to %s", how,
		    end_at, n, expected[i]);
		n_twice += n == 2;
	}
	/* Only the mail that was on its way when it ended. */
	ck_assert_uint_le(n_twice, 1);
	ck_assert_uint_eq(world->mails.n, N_EXPECTED + n_twice);
	if (n_twice == 1)
		ck_assert(world->end_was_at_mail);
}

START_TEST(without_an_end)
{
	live(WORLD_GOES_ON, 0);
	check("no end", 0);
	ck_assert_uint_eq(world->mails.n, N_EXPECTED);
	world_remove();
}
END_TEST

START_TEST(ends_anywhere)
{
	enum world_end end = _i == 0 ? WORLD_ENDS_BEFORE : WORLD_ENDS_AFTER;
	const char *how = _i == 0 ? "before" : "after";
	unsigned n_steps;

	live(WORLD_GOES_ON, 0);
	n_steps = world->n_steps;
	world_remove();
	ck_assert_uint_gt(n_steps, 50);
	for (unsigned at = 1; at <= n_steps; at++) {
		live(end, at);
		check(how, at);
		world_remove();
	}
}
END_TEST

Suite *
wax_schedule_kill_suite(void)
{
	Suite *suite = suite_create("schedule kill");
	TCase *tc = tcase_create("kill");

	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, without_an_end);
	tcase_add_loop_test(tc, ends_anywhere, 0, 2);
	suite_add_tcase(suite, tc);
	return suite;
}
