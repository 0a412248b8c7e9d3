/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Negotiation, what is known of a client, and every order of events that an
 * MTA can think of.
 */
#include <string.h>

#include "tests/unit/session/bench.h"
#include "tests/unit/session/suites.h"

#define WANTED_ACTIONS \
	(SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE | SMFIF_SETSYMLIST)
#define NO_REPLIES                                                       \
	(SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT | \
	    SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY)

START_TEST(negotiation)
{
	static const struct {
		const char *name;
		unsigned long actions, steps; /* offered */
		unsigned long want_actions, want_steps;
		bool accepted, asks_macros;
	} rows[] = {
		{ "an MTA of today", FAKE_ALL_ACTIONS, FAKE_ALL_STEPS,
		    WANTED_ACTIONS,
		    NO_REPLIES | SMFIP_NOUNKNOWN | SMFIP_NODATA |
		        SMFIP_HDR_LEADSPC,
		    true, true },
		{ "no leading space", FAKE_ALL_ACTIONS,
		    FAKE_ALL_STEPS & ~(unsigned long)SMFIP_HDR_LEADSPC,
		    WANTED_ACTIONS, NO_REPLIES | SMFIP_NOUNKNOWN | SMFIP_NODATA,
		    true, true },
		{ "no macros to be asked for", SMFI_V2_ACTS, FAKE_ALL_STEPS,
		    WANTED_ACTIONS & ~(unsigned long)SMFIF_SETSYMLIST,
		    NO_REPLIES | SMFIP_NOUNKNOWN | SMFIP_NODATA |
		        SMFIP_HDR_LEADSPC,
		    true, false },
		{ "no quarantine", FAKE_ALL_ACTIONS & ~0x20UL, NO_REPLIES,
		    WANTED_ACTIONS & ~(unsigned long)SMFIF_QUARANTINE,
		    NO_REPLIES, true, true },
		{ "nothing may be removed", SMFIF_ADDHDRS, FAKE_ALL_STEPS, 0, 0,
		    false, false },
		{ "nothing may be added", SMFIF_CHGHDRS, FAKE_ALL_STEPS, 0, 0,
		    false, false },
	};

	(void)bench_start(NULL);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		SMFICTX *ctx = fake_open();
		sfsistat reply =
		    fake_negotiate(ctx, rows[i].actions, rows[i].steps);
		const char *said = fake_said(ctx);

		ck_assert_msg((reply == SMFIS_CONTINUE) == rows[i].accepted,
		    "%s: %d", rows[i].name, reply);
		if (rows[i].accepted) {
			ck_assert_msg(fake_actions(ctx) == rows[i].want_actions,
			    "%s", rows[i].name);
			ck_assert_msg(fake_steps(ctx) == rows[i].want_steps,
			    "%s: %lx", rows[i].name, fake_steps(ctx));
		}
		ck_assert_msg((said[0] != '\0') == rows[i].asks_macros,
		    "%s: %s", rows[i].name, said);
		fake_close(ctx);
	}
	ck_assert_has(bench_log(), "does not let headers be changed");
	bench_stop();
}
END_TEST

START_TEST(macros)
{
	SMFICTX *ctx;

	(void)bench_start(NULL);
	ctx = fake_open();
	(void)fake_negotiate(ctx, FAKE_ALL_ACTIONS, FAKE_ALL_STEPS);
	ck_assert_str_eq(fake_said(ctx),
	    "setsymlist 0 {daemon_name} {client_name} {client_resolve}\n"
	    "setsymlist 2 i {auth_type} {auth_authen}\n"
	    "setsymlist 5 i\n");
	fake_close(ctx);
	bench_stop();
}
END_TEST

START_TEST(addresses)
{
	static const struct {
		const char *address, *client, *spf;
	} rows[] = {
		{ "192.0.2.1", " client=192.0.2.1 ", " spf=pass " },
		{ "192.0.2.2", " client=192.0.2.2 ", " spf=fail " },
		{ "2001:db8::1", " client=2001:db8::1 ", " spf=pass " },
		{ "::ffff:192.0.2.1", " client=192.0.2.1 ", " spf=pass " },
		{ "/run/other.sock", " client=unknown ", " spf=none " },
		{ NULL, " client=unknown ", " spf=none " },
	};

	(void)bench_start(NULL);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		SMFICTX *ctx = fake_open();
		const char *log;

		(void)fake_negotiate(ctx, FAKE_ALL_ACTIONS, FAKE_ALL_STEPS);
		(void)fake_connect(ctx, "localhost", rows[i].address);
		(void)fake_helo(ctx, "mail.good.example");
		(void)bench_send(ctx, &bench_good);
		log = bench_log();
		ck_assert_has(log, rows[i].client);
		ck_assert_has(log, rows[i].spf);
		fake_close(ctx);
	}
	bench_stop();
}
END_TEST

START_TEST(client_names)
{
	static const struct {
		const char *host, *name, *resolve; /* NULL: not sent */
		const char *expected;              /* NULL: no name */
	} rows[] = {
		{ "mail.good.example", "mail.good.example", "OK",
		    " name=mail.good.example " },
		{ "mail.good.example", NULL, NULL, " name=mail.good.example " },
		{ "[192.0.2.1]", "unknown", "FAIL", NULL },
		{ "[192.0.2.1]", "[192.0.2.1]", "FORGED", NULL },
		{ "liar.example", "liar.example", "FORGED", NULL },
		{ "slow.example", "slow.example", "TEMP", NULL },
		{ "[192.0.2.1]", NULL, NULL, NULL },
		{ "unknown", NULL, NULL, NULL },
	};

	(void)bench_start(NULL);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		SMFICTX *ctx = fake_open();
		const char *log;

		(void)fake_negotiate(ctx, FAKE_ALL_ACTIONS, FAKE_ALL_STEPS);
		if (rows[i].name != NULL)
			fake_macro(ctx, "{client_name}", rows[i].name);
		if (rows[i].resolve != NULL)
			fake_macro(ctx, "{client_resolve}", rows[i].resolve);
		(void)fake_connect(ctx, rows[i].host, "192.0.2.1");
		/* Macros are gone behind their callback. */
		fake_macro(ctx, "{client_name}", NULL);
		fake_macro(ctx, "{client_resolve}", NULL);
		(void)bench_send(ctx, &bench_good);
		log = bench_log();
		if (rows[i].expected != NULL)
			ck_assert_has(log, rows[i].expected);
		else
			ck_assert_has_not(log, " name=");
		fake_close(ctx);
	}
	bench_stop();
}
END_TEST

START_TEST(last_helo)
{
	SMFICTX *ctx;

	(void)bench_start(NULL);
	ctx = bench_open();
	for (int i = 0; i < 1000; i++)
		(void)fake_helo(ctx, "first.example");
	(void)fake_helo(ctx, "second.example");
	(void)bench_send(ctx, &bench_good);
	ck_assert_has(bench_log(), " helo=second.example ");
	/* In the middle of a message: the next one has it. */
	bench_feed(ctx, &bench_good);
	(void)fake_helo(ctx, "third.example");
	(void)fake_eom(ctx);
	ck_assert_has(bench_log(), " helo=second.example ");
	(void)bench_send(ctx, &bench_good);
	ck_assert_has(bench_log(), " helo=third.example ");
	fake_close(ctx);
	bench_stop();
}
END_TEST

START_TEST(close_alone)
{
	SMFICTX *ctx;

	(void)bench_start(NULL);
	ctx = fake_open(); /* not even negotiated */
	fake_close(ctx);
	ctx = fake_open();
	(void)fake_negotiate(ctx, FAKE_ALL_ACTIONS, FAKE_ALL_STEPS);
	fake_close(ctx);
	/* In every stage. */
	ctx = bench_open();
	fake_close(ctx);
	ctx = bench_open();
	(void)fake_mail(ctx, "<a@good.example>");
	fake_close(ctx);
	ctx = bench_open();
	bench_feed(ctx, &bench_good);
	fake_close(ctx);
	ck_assert_str_eq(bench_log(), "");
	bench_stop();
}
END_TEST

/* Events without what should have come before them. */
START_TEST(out_of_order)
{
	SMFICTX *ctx;

	(void)bench_start(NULL);
	ctx = fake_open();
	ck_assert_int_eq(fake_helo(ctx, "x.example"), SMFIS_CONTINUE);
	ck_assert_int_eq(fake_mail(ctx, "<a@good.example>"), SMFIS_CONTINUE);
	ck_assert_int_eq(fake_rcpt(ctx, "<a@good.example>"), SMFIS_CONTINUE);
	ck_assert_int_eq(fake_header(ctx, "From", " x"), SMFIS_CONTINUE);
	ck_assert_int_eq(fake_eoh(ctx), SMFIS_CONTINUE);
	ck_assert_int_eq(fake_body(ctx, "x"), SMFIS_CONTINUE);
	ck_assert_int_eq(fake_eom(ctx), SMFIS_CONTINUE);
	ck_assert_int_eq(fake_abort(ctx), SMFIS_CONTINUE);
	fake_close(ctx);
	ctx = bench_open();
	/* Before MAIL FROM. */
	ck_assert_int_eq(fake_rcpt(ctx, "<a@good.example>"), SMFIS_NOREPLY);
	ck_assert_int_eq(fake_header(ctx, "From", " x"), SMFIS_NOREPLY);
	ck_assert_int_eq(fake_eoh(ctx), SMFIS_NOREPLY);
	ck_assert_int_eq(fake_body(ctx, "x"), SMFIS_NOREPLY);
	ck_assert_int_eq(fake_eom(ctx), SMFIS_CONTINUE);
	ck_assert_str_eq(fake_said(ctx), "");
	fake_close(ctx);
	bench_stop();
}
END_TEST

/* An MTA that keeps its filter connection for its next client closes the
 * session, and comes back without negotiating. */
START_TEST(without_negotiation)
{
	SMFICTX *ctx;

	(void)bench_start(NULL);
	ctx = bench_open();
	(void)fake_registered()->xxfi_close(ctx);
	ck_assert_int_eq(
	    fake_connect(ctx, "localhost", "192.0.2.1"), SMFIS_CONTINUE);
	ck_assert_int_eq(fake_helo(ctx, "mail.good.example"), SMFIS_CONTINUE);
	ck_assert_int_eq(bench_send(ctx, &bench_spoof), SMFIS_REJECT);
	(void)bench_send(ctx, &bench_good);
	ck_assert_has(bench_log(), " spf=pass ");
	fake_close(ctx);
	bench_stop();
}
END_TEST

/* A connection keeps the configuration it began with. */
START_TEST(reload)
{
	static const struct bench_keys monitor = { { "mode=monitor" } };
	SMFICTX *before, *after;

	(void)bench_start(NULL);
	before = bench_open();
	bench_reconfigure(&monitor);
	after = bench_open();
	ck_assert_int_eq(bench_send(after, &bench_spoof), SMFIS_CONTINUE);
	ck_assert_has(bench_log(), " action=accept would=reject ");
	ck_assert_int_eq(bench_send(before, &bench_spoof), SMFIS_REJECT);
	fake_close(before);
	fake_close(after);
	bench_stop();
}
END_TEST

Suite *
connection_suite(void)
{
	Suite *suite = suite_create("session: connection");
	TCase *tcase = tcase_create("all");

	tcase_add_test(tcase, negotiation);
	tcase_add_test(tcase, macros);
	tcase_add_test(tcase, addresses);
	tcase_add_test(tcase, client_names);
	tcase_add_test(tcase, last_helo);
	tcase_add_test(tcase, close_alone);
	tcase_add_test(tcase, out_of_order);
	tcase_add_test(tcase, without_negotiation);
	tcase_add_test(tcase, reload);
	suite_add_tcase(suite, tcase);
	return suite;
}
