/* SPDX-License-Identifier: BSD-2-Clause */
/* Too many sessions, too many messages at a time, too much memory. */
#include <string.h>

#include "policy/base/arena.h"
#include "tests/unit/session/bench.h"
#include "tests/unit/session/suites.h"

static const struct bench_message forged = {
	.from = "<a@other.example>",
	.author = "ceo@good.example",
	.authres = { "other.example; none", "mx.rcpt.example; dmarc=pass" },
};

/* What is said about a message that is accepted without being judged. */
#define FORGED_GOES "chgheader Authentication-Results 2 (delete)\n"

START_TEST(sessions)
{
	static const struct {
		const char *name;
		struct bench_keys keys;
		bool defers;
	} rows[] = {
		{ "deferred", { { "max-sessions=1" } }, true },
		{ "accepted", { { "max-sessions=1", "on-overload=accept" } },
		    false },
		{ "monitor", { { "max-sessions=1", "mode=monitor" } }, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct wax_service *service = bench_start(&rows[i].keys);
		SMFICTX *first = bench_open(), *second = bench_open();

		/* Only who is to be deferred is answered at MAIL FROM. */
		ck_assert_msg(((fake_steps(second) & SMFIP_NR_MAIL) == 0) ==
		                  rows[i].defers,
		    "%s", rows[i].name);
		if (rows[i].defers) {
			ck_assert_int_eq(fake_mail(second, "<a@good.example>"),
			    SMFIS_TEMPFAIL);
			ck_assert_int_eq(strncmp(fake_said(second),
			                     "setreply 451 4.3.2 ", 19),
			    0);
			ck_assert_has(bench_log(), "max-sessions (1)");
		} else {
			ck_assert_int_eq(
			    bench_send(second, &forged), SMFIS_CONTINUE);
			ck_assert_str_eq(fake_said(second), FORGED_GOES);
		}
		ck_assert_int_eq(bench_send(first, &forged),
		    strcmp(rows[i].name, "monitor") == 0 ? SMFIS_CONTINUE
		                                         : SMFIS_REJECT);
		ck_assert_uint_eq(atomic_load(&service->counters.overloads), 1);
		/* One goes, the next is judged. */
		fake_close(first);
		first = bench_open();
		ck_assert_int_eq(
		    bench_send(first, &bench_good), SMFIS_CONTINUE);
		ck_assert_has(fake_said(first), "dmarc=pass");
		fake_close(first);
		fake_close(second);
		bench_stop();
	}
}
END_TEST

/* Mail that is not judged costs nothing: it is not deferred. */
START_TEST(sessions_exempt)
{
	static const struct bench_keys keys = { { "max-sessions=1" } };
	SMFICTX *first, *second;

	(void)bench_start(&keys);
	first = bench_open();
	second = fake_open();
	(void)fake_negotiate(second, FAKE_ALL_ACTIONS, FAKE_ALL_STEPS);
	(void)fake_said(second);
	(void)fake_connect(second, "localhost", "127.0.0.1");
	ck_assert_int_eq(fake_mail(second, "<a@good.example>"), SMFIS_CONTINUE);
	ck_assert_int_eq(bench_send(second, &forged), SMFIS_CONTINUE);
	ck_assert_has(bench_log(), " exempt=internal ");
	fake_close(first);
	fake_close(second);
	bench_stop();
}
END_TEST

START_TEST(evaluations)
{
	static const struct {
		struct bench_keys keys;
		sfsistat reply;
		const char *said;
	} rows[] = {
		{ { { "max-evaluations=1" } }, SMFIS_TEMPFAIL,
		    "setreply 451 4.3.2 Too busy, please try again later\n" },
		{ { { "max-evaluations=1", "on-overload=accept" } },
		    SMFIS_CONTINUE, FORGED_GOES },
		{ { { "max-evaluations=1", "mode=monitor" } }, SMFIS_CONTINUE,
		    FORGED_GOES },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct wax_service *service = bench_start(&rows[i].keys);
		SMFICTX *ctx = bench_open();
		struct wax_running other;

		ck_assert(wax_service_begin(service, &other, 0, 1));
		ck_assert_int_eq(bench_send(ctx, &forged), rows[i].reply);
		ck_assert_str_eq(fake_said(ctx), rows[i].said);
		ck_assert_has(bench_log(), " rule=on-overload ");
		ck_assert_uint_eq(atomic_load(&service->counters.overloads), 1);
		wax_service_end(service, &other);
		ck_assert_int_eq(bench_send(ctx, &bench_good), SMFIS_CONTINUE);
		ck_assert_has(fake_said(ctx), "dmarc=pass");
		fake_close(ctx);
		bench_stop();
	}
}
END_TEST

START_TEST(memory)
{
	static const struct bench_keys keys = { { "max-memory=16M" } };
	struct wax_service *service = bench_start(&keys);
	SMFICTX *ctx = bench_open();
	struct wax_arena *hog = wax_arena_new("hog", 0);
	const char *log;

	/* Up to the bound, and over it. */
	ck_assert_ptr_nonnull(wax_alloc(hog, 1, 8 * 1024 * 1024));
	ck_assert_int_eq(bench_send(ctx, &bench_good), SMFIS_CONTINUE);
	ck_assert_has(fake_said(ctx), "dmarc=pass");
	(void)bench_log();
	ck_assert_ptr_nonnull(wax_alloc(hog, 1, 8 * 1024 * 1024));
	ck_assert_int_eq(bench_send(ctx, &forged), SMFIS_TEMPFAIL);
	ck_assert_str_eq(fake_said(ctx),
	    "setreply 451 4.3.2 Too busy, please try again later\n");
	log = bench_log();
	ck_assert_has(log, " action=tempfail rule=on-overload ");
	ck_assert_has(log, " client=192.0.2.1 rcpts=1 ");
	ck_assert_has(log, " mailfrom=<a@other.example>");
	ck_assert_uint_eq(atomic_load(&service->counters.overloads), 1);
	wax_arena_free(hog);
	ck_assert_int_eq(bench_send(ctx, &bench_good), SMFIS_CONTINUE);
	ck_assert_has(fake_said(ctx), "dmarc=pass");
	fake_close(ctx);
	bench_stop();
}
END_TEST

Suite *
overload_suite(void)
{
	Suite *suite = suite_create("session: overload");
	TCase *tcase = tcase_create("all");

	tcase_add_test(tcase, sessions);
	tcase_add_test(tcase, sessions_exempt);
	tcase_add_test(tcase, evaluations);
	tcase_add_test(tcase, memory);
	suite_add_tcase(suite, tcase);
	return suite;
}
