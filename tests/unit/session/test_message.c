/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said to the MTA about one message, and that nothing of one is
 * seen in the next. */
#include <string.h>

#include "milter/session/act.h"
#include "tests/unit/session/bench.h"
#include "tests/unit/session/suites.h"

#define OURS "Authentication-Results: mx.rcpt.example;"

START_TEST(accepted)
{
	SMFICTX *ctx;
	const char *said;

	(void)bench_start(NULL);
	ctx = bench_open();
	ck_assert_int_eq(bench_send(ctx, &bench_good), SMFIS_CONTINUE);
	said = fake_said(ctx);
	ck_assert_int_eq(
	    strncmp(said, "insheader 0 " OURS, sizeof "insheader 0 " OURS - 1),
	    0);
	ck_assert_has(said, "dmarc=pass");
	/* One field, folded with LF TAB. */
	ck_assert_ptr_null(strstr(said + 1, "insheader"));
	ck_assert_has(said, ";\n\t");
	ck_assert_has_not(said, "\r");
	ck_assert_has(bench_log(), "qid=Q1 action=accept ");
	fake_close(ctx);
	bench_stop();
}
END_TEST

START_TEST(rejected)
{
	SMFICTX *ctx;
	const char *said;

	(void)bench_start(NULL);
	ctx = bench_open();
	ck_assert_int_eq(bench_send(ctx, &bench_spoof), SMFIS_REJECT);
	said = fake_said(ctx);
	ck_assert_int_eq(strncmp(said, "setreply 550 5.7.26 ", 20), 0);
	ck_assert_has(said, "good.example");
	/* No edit of a message that nobody gets. */
	ck_assert_has_not(said, "header");
	fake_close(ctx);
	bench_stop();
}
END_TEST

START_TEST(deferred)
{
	SMFICTX *ctx;

	(void)bench_start(NULL);
	ctx = bench_open();
	ck_assert_int_eq(bench_send(ctx, &bench_undecided), SMFIS_TEMPFAIL);
	ck_assert_int_eq(
	    strncmp(fake_said(ctx), "setreply 451 4.7.24 ", 20), 0);
	fake_close(ctx);
	bench_stop();
}
END_TEST

START_TEST(quarantined)
{
	static const struct {
		const char *name;
		struct bench_keys keys;
		unsigned long actions;
		const char *has, *has_not;
	} rows[] = {
		{ "held", { { NULL } }, FAKE_ALL_ACTIONS, "\nquarantine ",
		    "X-Sealwax-Quarantine" },
		{ "marked, as configured", { { "quarantine-action=header" } },
		    FAKE_ALL_ACTIONS,
		    "insheader 0 X-Sealwax-Quarantine: ", "\nquarantine " },
		{ "marked, for the MTA cannot hold", { { NULL } },
		    FAKE_ALL_ACTIONS & ~0x20UL,
		    "insheader 0 X-Sealwax-Quarantine: ", "\nquarantine " },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		SMFICTX *ctx;
		const char *said;

		(void)bench_start(&rows[i].keys);
		ctx = fake_open();
		(void)fake_negotiate(ctx, rows[i].actions, FAKE_ALL_STEPS);
		(void)fake_said(ctx);
		(void)fake_connect(ctx, "localhost", "192.0.2.1");
		ck_assert_int_eq(
		    bench_send(ctx, &bench_doubtful), SMFIS_CONTINUE);
		said = fake_said(ctx);
		ck_assert_has(said, rows[i].has);
		ck_assert_has_not(said, rows[i].has_not);
		ck_assert_has(said, "dmarc=fail");
		ck_assert_has(bench_log(), " action=quarantine ");
		fake_close(ctx);
		bench_stop();
	}
}
END_TEST

/* Deletes first, from the highest index down; others' fields stay. */
START_TEST(edits_in_order)
{
	static const struct bench_message message = {
		.from = "<a@good.example>",
		.author = "a@good.example",
		.authres = { "mx.rcpt.example; dmarc=pass",
		    "other.example; dmarc=pass",
		    "MX.RCPT.EXAMPLE 1; spf=pass smtp.mailfrom=x",
		    "(c) \"mx.rcpt.example\"; none" },
		.extra = "X-Sealwax-Quarantine: no",
	};
	static const char expected[] =
	    "chgheader Authentication-Results 4 (delete)\n"
	    "chgheader Authentication-Results 3 (delete)\n"
	    "chgheader Authentication-Results 1 (delete)\n"
	    "chgheader X-Sealwax-Quarantine 1 (delete)\n"
	    "insheader 0 " OURS;
	SMFICTX *ctx;
	const char *said;

	(void)bench_start(NULL);
	ctx = bench_open();
	ck_assert_int_eq(bench_send(ctx, &message), SMFIS_CONTINUE);
	said = fake_said(ctx);
	ck_assert_msg(
	    strncmp(said, expected, sizeof expected - 1) == 0, "%s", said);
	fake_close(ctx);
	bench_stop();
}
END_TEST

/* Without the leading space, the MTA puts one in itself. */
START_TEST(no_leading_space)
{
	static const struct bench_message message = {
		.from = "<a@good.example>",
		.author = "a@good.example",
		.authres = { "mx.rcpt.example; dmarc=pass" },
	};
	SMFICTX *ctx;
	const char *said;

	(void)bench_start(NULL);
	ctx = fake_open();
	(void)fake_negotiate(ctx, FAKE_ALL_ACTIONS,
	    FAKE_ALL_STEPS & ~(unsigned long)SMFIP_HDR_LEADSPC);
	(void)fake_said(ctx);
	(void)fake_connect(ctx, "localhost", "192.0.2.1");
	(void)fake_helo(ctx, "mail.good.example");
	ck_assert_int_eq(bench_send(ctx, &message), SMFIS_CONTINUE);
	said = fake_said(ctx);
	ck_assert_has(said, "chgheader Authentication-Results 1 (delete)\n");
	ck_assert_has(
	    said, "insheader 0 Authentication-Results:mx.rcpt.example;");
	ck_assert_has(said, "dmarc=pass");
	fake_close(ctx);
	bench_stop();
}
END_TEST

/* The text of a reply, whatever is in it. */
START_TEST(reply_text)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{ "plain", "setreply 550 5.7.1 plain\n" },
		{ "100% %s %%", "setreply 550 5.7.1 100%% %%s %%%%\n" },
		{ "%", "setreply 550 5.7.1 %%\n" },
		{ "a\r\n250 b\x7f\xe9", "setreply 550 5.7.1 a??250 b??\n" },
	};
	const struct wax_granted granted = { .leading_space = true };

	(void)bench_start(NULL);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct wax_arena *arena = wax_arena_new("test", 0);
		SMFICTX *ctx = fake_open();
		struct wax_plan plan = { .action = WAX_REJECT,
			.smtp_code = wax_exact("550"),
			.enhanced_code = wax_exact("5.7.1"),
			.text = wax_exact(rows[i].text) };
		sfsistat reply;

		ck_assert_int_eq(
		    wax_act(ctx, &granted, arena, &plan, &reply, NULL), WAX_OK);
		ck_assert_int_eq(reply, SMFIS_REJECT);
		ck_assert_str_eq(fake_said(ctx), rows[i].said);
		fake_close(ctx);
		wax_arena_free(arena);
	}
	bench_stop();
}
END_TEST

/* A NUL would cut what comes behind it. */
START_TEST(nul_in_edit)
{
	static const struct wax_edit edit = { .kind = WAX_EDIT_INSERT,
		.name = WAX_STR_INIT("X"),
		.value = WAX_STR_INIT(" a\0b") };
	static const struct wax_plan plan = { .n_edits = 1, .edit = &edit };
	const struct wax_granted granted = { .leading_space = true };
	struct wax_arena *arena = wax_arena_new("test", 0);
	struct wax_err err;
	SMFICTX *ctx;
	sfsistat reply;

	(void)bench_start(NULL);
	ctx = fake_open();
	ck_assert_int_eq(
	    wax_act(ctx, &granted, arena, &plan, &reply, &err), WAX_E_IO);
	ck_assert_str_eq(fake_said(ctx), "");
	fake_close(ctx);
	wax_arena_free(arena);
	bench_stop();
}
END_TEST

/* Nothing of one message in the next, however the one ended. */
START_TEST(several_messages)
{
	static const struct bench_message forged = {
		.from = "<a@other.example>",
		.author = "ceo@good.example",
		.authres = { "mx.rcpt.example; dmarc=pass" },
	};
	struct wax_service *service = bench_start(NULL);
	SMFICTX *ctx = bench_open();
	const char *said;

	ck_assert_int_eq(bench_send(ctx, &forged), SMFIS_REJECT);
	for (int end = 0; end < 4; end++) {
		(void)fake_said(ctx);
		bench_feed(ctx, &forged);
		switch (end) {
		case 0: /* a second MAIL FROM */
			break;
		case 1:
			(void)fake_abort(ctx);
			break;
		case 2: /* twice */
			(void)fake_abort(ctx);
			(void)fake_abort(ctx);
			break;
		case 3: /* judged, and then aborted all the same */
			(void)fake_eom(ctx);
			(void)fake_abort(ctx);
			(void)fake_said(ctx);
			break;
		}
		ck_assert_int_eq(bench_send(ctx, &bench_good), SMFIS_CONTINUE);
		said = fake_said(ctx);
		ck_assert_has(said, "dmarc=pass");
		ck_assert_has_not(said, "chgheader");
	}
	ck_assert_uint_eq(atomic_load(&service->counters.messages), 6);
	ck_assert_uint_eq(atomic_load(&service->counters.accepted), 4);
	ck_assert_uint_eq(atomic_load(&service->counters.rejected), 2);
	ck_assert_uint_eq(atomic_load(&service->counters.connections), 1);
	fake_close(ctx);
	bench_stop();
}
END_TEST

/* Behind the end of a message there is none, whatever the MTA says next. */
START_TEST(nothing_is_left)
{
	SMFICTX *ctx;

	(void)bench_start(NULL);
	ctx = bench_open();
	for (int how = 0; how < 2; how++) {
		if (how == 0) {
			bench_feed(ctx, &bench_spoof);
			(void)fake_abort(ctx);
		} else {
			ck_assert_int_eq(
			    bench_send(ctx, &bench_spoof), SMFIS_REJECT);
		}
		(void)fake_said(ctx);
		(void)bench_log();
		(void)fake_header(ctx, "Subject", " late");
		(void)fake_eoh(ctx);
		(void)fake_body(ctx, "late\r\n");
		ck_assert_int_eq(fake_eom(ctx), SMFIS_CONTINUE);
		ck_assert_str_eq(fake_said(ctx), "");
		ck_assert_str_eq(bench_log(), "");
	}
	fake_close(ctx);
	bench_stop();
}
END_TEST

/* An empty message: no field, no body, null sender. */
START_TEST(empty)
{
	SMFICTX *ctx;

	(void)bench_start(NULL);
	ctx = bench_open();
	(void)fake_mail(ctx, "<>");
	(void)fake_rcpt(ctx, "<user@rcpt.example>");
	(void)fake_eoh(ctx);
	/* No From: on-bad-from, 550 5.7.1. */
	ck_assert_int_eq(fake_eom(ctx), SMFIS_REJECT);
	ck_assert_int_eq(strncmp(fake_said(ctx), "setreply 550 5.7.1 ", 19), 0);
	ck_assert_has(bench_log(), "qid=- ");
	fake_close(ctx);
	bench_stop();
}
END_TEST

/* An MTA that does not say where the header ends. */
START_TEST(no_end_of_header)
{
	SMFICTX *ctx;

	(void)bench_start(NULL);
	ctx = bench_open();
	for (int with_body = 0; with_body < 2; with_body++) {
		(void)fake_mail(ctx, "<a@good.example>");
		(void)fake_rcpt(ctx, "<user@rcpt.example>");
		(void)fake_header(ctx, "From", " a@good.example");
		if (with_body)
			(void)fake_body(ctx, "Hello\r\n");
		ck_assert_int_eq(fake_eom(ctx), SMFIS_CONTINUE);
		ck_assert_has(fake_said(ctx), "dmarc=pass");
	}
	fake_close(ctx);
	bench_stop();
}
END_TEST

START_TEST(exempt)
{
	static const struct {
		const char *name, *address, *daemon, *auth;
		bool forged_goes;
	} rows[] = {
		{ "internal", "127.0.0.1", "smtpd", NULL, false },
		{ "internal", "::1", "smtpd", NULL, false },
		{ "authenticated", "192.0.2.9", "smtpd", "PLAIN", true },
		{ "originating", "192.0.2.9", "ORIGINATING", NULL, true },
	};
	static const struct bench_message message = {
		.from = "<a@other.example>",
		.author = "ceo@good.example",
		.authres = { "mx.rcpt.example; dmarc=pass" },
	};
	struct wax_service *service = bench_start(NULL);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		SMFICTX *ctx = fake_open();

		(void)fake_negotiate(ctx, FAKE_ALL_ACTIONS, FAKE_ALL_STEPS);
		(void)fake_said(ctx);
		fake_macro(ctx, "{daemon_name}", rows[i].daemon);
		(void)fake_connect(ctx, "localhost", rows[i].address);
		fake_macro(ctx, "{daemon_name}", NULL);
		if (rows[i].auth != NULL) {
			fake_macro(ctx, "{auth_type}", rows[i].auth);
			fake_macro(ctx, "{auth_authen}", "bob");
		}
		ck_assert_int_eq(bench_send(ctx, &message), SMFIS_CONTINUE);
		ck_assert_str_eq(fake_said(ctx),
		    rows[i].forged_goes
		        ? "chgheader Authentication-Results 1 (delete)\n"
		        : "");
		ck_assert_has(bench_log(), rows[i].name);
		fake_close(ctx);
	}
	ck_assert_uint_eq(atomic_load(&service->counters.exempt), 4);
	bench_stop();
}
END_TEST

START_TEST(monitor)
{
	static const struct bench_keys keys = { { "mode=monitor" } };
	SMFICTX *ctx;
	const char *said;

	(void)bench_start(&keys);
	ctx = bench_open();
	ck_assert_int_eq(bench_send(ctx, &bench_spoof), SMFIS_CONTINUE);
	said = fake_said(ctx);
	ck_assert_has(said, "dmarc=fail");
	ck_assert_has_not(said, "setreply");
	ck_assert_has(bench_log(), " action=accept would=reject ");
	ck_assert_int_eq(bench_send(ctx, &bench_doubtful), SMFIS_CONTINUE);
	ck_assert_has_not(fake_said(ctx), "quarantine ");
	ck_assert_has(bench_log(), " action=accept would=quarantine ");
	ck_assert_int_eq(bench_send(ctx, &bench_undecided), SMFIS_CONTINUE);
	ck_assert_has(bench_log(), " action=accept would=tempfail ");
	fake_close(ctx);
	bench_stop();
}
END_TEST

/* The MTA does not take an edit. */
START_TEST(refused_edits)
{
	static const struct {
		const char *name, *failing;
		struct bench_keys keys;
		const struct bench_message *message;
		sfsistat reply;
		const char *said;
	} rows[] = {
		{ "insert", "insheader", { { NULL } }, &bench_good,
		    SMFIS_TEMPFAIL, "setreply 451 4.3.2 " },
		{ "insert, to be accepted", "insheader",
		    { { "on-internal-error=accept" } }, &bench_good,
		    SMFIS_CONTINUE, NULL },
		{ "insert, in monitor mode", "insheader",
		    { { "mode=monitor" } }, &bench_good, SMFIS_CONTINUE, NULL },
		{ "hold", "quarantine", { { NULL } }, &bench_doubtful,
		    SMFIS_TEMPFAIL, "setreply 451 4.3.2 " },
		{ "reply", "setreply", { { NULL } }, &bench_spoof,
		    SMFIS_TEMPFAIL, NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct wax_service *service = bench_start(&rows[i].keys);
		SMFICTX *ctx = bench_open();

		fake_fail(ctx, rows[i].failing);
		ck_assert_msg(bench_send(ctx, rows[i].message) == rows[i].reply,
		    "%s", rows[i].name);
		if (rows[i].said != NULL)
			ck_assert_has(fake_said(ctx), rows[i].said);
		ck_assert_has(bench_log(), "error: Q1: the MTA ");
		ck_assert_uint_eq(atomic_load(&service->counters.errors), 1);
		/* The next message is an ordinary one. */
		fake_fail(ctx, NULL);
		ck_assert_int_eq(bench_send(ctx, &bench_good), SMFIS_CONTINUE);
		fake_close(ctx);
		bench_stop();
	}
}
END_TEST

#define RELAYS "relays=( { name = \"mx 2\"; networks = [\"192.0.2.1\"] } )"

/* What comes by way of a relay is held, with the client behind it in the log;
 * a message in the same session has its own. */
START_TEST(relayed)
{
	static const struct bench_keys keys = { { RELAYS } };
	static const struct bench_message spoof = {
		.from = "<a@good.example>",
		.author = "ceo@good.example",
		.extra =
		    "Received: from said (n.example [203.0.113.66]) by mx2; x",
	};
	SMFICTX *ctx;
	const char *log;

	(void)bench_start(&keys);
	ctx = bench_open();
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(bench_send(ctx, &spoof), SMFIS_CONTINUE);
		ck_assert_has(fake_said(ctx), "quarantine ");
		ck_assert_has_not(fake_said(ctx), "setreply");
		log = bench_log();
		ck_assert_has(
		    log, " client=203.0.113.66 relay=\"mx 2\" rcpts=1 ");
		ck_assert_has(log, " name=n.example helo=said ");
		ck_assert_int_eq(bench_send(ctx, &bench_good), SMFIS_CONTINUE);
		log = bench_log();
		ck_assert_has(log, " client=unknown relay=\"mx 2\" rcpts=1 ");
		ck_assert_has(log, " spf=none ");
	}
	fake_close(ctx);
	bench_stop();
}
END_TEST

/* Told to come again, as anybody; nothing is believed that was not read. */
START_TEST(relayed_overload)
{
	static const struct bench_keys keys = { { RELAYS, "max-sessions=1",
	    "on-overload=accept", "internal-networks=192.0.2.0/24" } };
	SMFICTX *first, *second;

	(void)bench_start(&keys);
	first = bench_open();
	second = bench_open();
	(void)bench_log();
	ck_assert_int_eq(bench_send(second, &bench_good), SMFIS_CONTINUE);
	ck_assert_has(bench_log(),
	    "action=accept rule=on-overload client=unknown relay=\"mx 2\" ");
	fake_close(first);
	fake_close(second);
	bench_stop();
}
END_TEST

START_TEST(json_log)
{
	static const struct bench_keys keys = { { "log-format=json" } };
	SMFICTX *ctx;

	(void)bench_start(&keys);
	ctx = bench_open();
	(void)bench_send(ctx, &bench_good);
	ck_assert_has(bench_log(), "{\"qid\":\"Q1\",\"action\":\"accept\"");
	fake_close(ctx);
	bench_stop();
}
END_TEST

Suite *
message_suite(void)
{
	Suite *suite = suite_create("session: message");
	TCase *tcase = tcase_create("all");

	tcase_add_test(tcase, accepted);
	tcase_add_test(tcase, relayed);
	tcase_add_test(tcase, relayed_overload);
	tcase_add_test(tcase, rejected);
	tcase_add_test(tcase, deferred);
	tcase_add_test(tcase, quarantined);
	tcase_add_test(tcase, edits_in_order);
	tcase_add_test(tcase, no_leading_space);
	tcase_add_test(tcase, reply_text);
	tcase_add_test(tcase, nul_in_edit);
	tcase_add_test(tcase, several_messages);
	tcase_add_test(tcase, nothing_is_left);
	tcase_add_test(tcase, empty);
	tcase_add_test(tcase, no_end_of_header);
	tcase_add_test(tcase, exempt);
	tcase_add_test(tcase, monitor);
	tcase_add_test(tcase, refused_edits);
	tcase_add_test(tcase, json_log);
	suite_add_tcase(suite, tcase);
	return suite;
}
