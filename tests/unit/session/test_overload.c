/* SPDX-License-Identifier: BSD-2-Clause */
/* Too many sessions, too many messages at a time, too much memory. */
#include <string.h>

#include "policy/base/arena.h"
#include "policy/base/limits.h"
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

/* The stages at which memory can get short while a message is under way. */
enum stage {
	AT_RECIPIENT,
	AT_FIELD,
	AT_HEADER_END,
	AT_END
};

/*
 * A message is given up in the middle of it: what it held is there for the
 * others, and the rest of its forged results is found all the same.
 */
START_TEST(memory_under_way)
{
	static const struct bench_keys keys = { { "max-memory=16M",
	    "on-overload=accept" } };
	struct wax_service *service = bench_start(&keys);
	enum stage stage = (enum stage)_i;
	SMFICTX *ctx = bench_open();
	struct wax_arena *hog = wax_arena_new("hog", 0);
	size_t before = wax_arena_total(), held;
	char large[20000];

	memset(large, 'x', sizeof large - 1);
	large[sizeof large - 1] = '\0';
	(void)fake_mail(ctx, "<a@good.example>");
	if (stage == AT_RECIPIENT)
		ck_assert_ptr_nonnull(wax_alloc(hog, 16, 1024 * 1024));
	(void)fake_rcpt(ctx, "<user@rcpt.example>");
	(void)fake_header(
	    ctx, "Authentication-Results", " mx.rcpt.example; dmarc=pass");
	(void)fake_header(ctx, "From", " a@good.example");
	(void)fake_header(ctx, "X-Large", large);
	if (stage == AT_FIELD)
		ck_assert_ptr_nonnull(wax_alloc(hog, 16, 1024 * 1024));
	(void)fake_header(
	    ctx, "Authentication-Results", " mx.rcpt.example; dkim=pass");
	if (stage == AT_HEADER_END)
		ck_assert_ptr_nonnull(wax_alloc(hog, 16, 1024 * 1024));
	(void)fake_eoh(ctx);
	(void)fake_body(ctx, "Hello\r\n");
	held = wax_arena_total() - before - wax_arena_bytes(hog);
	ck_assert_msg((held < sizeof large) == (stage != AT_END),
	    "stage %d holds %zu", _i, held);
	if (stage == AT_END)
		ck_assert_ptr_nonnull(wax_alloc(hog, 16, 1024 * 1024));
	fake_macro(ctx, "i", "Q1");
	ck_assert_int_eq(fake_eom(ctx), SMFIS_CONTINUE);
	ck_assert_str_eq(fake_said(ctx),
	    "chgheader Authentication-Results 2 (delete)\n"
	    "chgheader Authentication-Results 1 (delete)\n");
	ck_assert_has(bench_log(),
	    "qid=Q1 action=accept rule=on-overload client=192.0.2.1 rcpts=1 ");
	ck_assert_uint_eq(atomic_load(&service->counters.overloads), 1);
	wax_arena_free(hog);
	ck_assert_int_eq(bench_send(ctx, &bench_good), SMFIS_CONTINUE);
	ck_assert_has(fake_said(ctx), "dmarc=pass");
	fake_close(ctx);
	bench_stop();
}
END_TEST

/* Mail that is not judged holds nothing, and is no victim. */
START_TEST(memory_exempt)
{
	static const struct bench_keys keys = { { "max-memory=16M" } };
	struct wax_arena *hog = wax_arena_new("hog", 0);
	SMFICTX *ctx = fake_open();

	(void)bench_start(&keys);
	(void)fake_negotiate(ctx, FAKE_ALL_ACTIONS, FAKE_ALL_STEPS);
	(void)fake_connect(ctx, "localhost", "127.0.0.1");
	(void)fake_mail(ctx, "<a@good.example>");
	ck_assert_ptr_nonnull(wax_alloc(hog, 16, 1024 * 1024));
	(void)fake_header(ctx, "From", " a@good.example");
	(void)fake_eoh(ctx);
	ck_assert_int_eq(fake_eom(ctx), SMFIS_CONTINUE);
	ck_assert_has(bench_log(), " exempt=internal ");
	wax_arena_free(hog);
	fake_close(ctx);
	bench_stop();
}
END_TEST

/* What libmilter does not take never gets as far as a bound of ours. */
START_TEST(longest_field_comes_through)
{
	static const struct bench_keys keys = { { "max-header-bytes=64M",
	    "max-field-bytes=16M" } };

	(void)bench_start(&keys);
	ck_assert_uint_eq(fake_max_data_size(), WAX_PACKET_BYTES_MAX);
	ck_assert_uint_gt(fake_max_data_size(), (16UL << 20) + 65536);
	bench_stop();
}
END_TEST

/* Bounds hold for a message, not for the connection that it came by. */
START_TEST(each_message_has_its_own_limits)
{
	static const struct bench_keys keys = { { "max-fields=50",
	    "max-recipients=2", "max-dns-queries=20" } };
	static const struct {
		size_t fields;
		sfsistat reply;
	} rows[] = { { 50, SMFIS_CONTINUE }, { 50, SMFIS_CONTINUE },
		{ 51, SMFIS_REJECT }, { 50, SMFIS_CONTINUE },
		{ 1, SMFIS_CONTINUE } };
	SMFICTX *ctx;

	(void)bench_start(&keys);
	ctx = bench_open();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		(void)fake_mail(ctx, "<a@good.example>");
		(void)fake_rcpt(ctx, "<user@rcpt.example>");
		(void)fake_header(ctx, "From", " a@good.example");
		for (size_t n = 1; n < rows[i].fields; n++)
			(void)fake_header(ctx, "X", " y");
		(void)fake_eoh(ctx);
		ck_assert_msg(fake_eom(ctx) == rows[i].reply, "message %zu", i);
		if (rows[i].reply == SMFIS_CONTINUE)
			ck_assert_has(fake_said(ctx), "dmarc=pass");
		else
			ck_assert_has(fake_said(ctx), "550 5.7.26");
	}
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
	tcase_add_loop_test(tcase, memory_under_way, AT_RECIPIENT, AT_END + 1);
	tcase_add_test(tcase, memory_exempt);
	tcase_add_test(tcase, longest_field_comes_through);
	tcase_add_test(tcase, each_message_has_its_own_limits);
	suite_add_tcase(suite, tcase);
	return suite;
}
