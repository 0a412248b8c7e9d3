/* SPDX-License-Identifier: BSD-2-Clause */
/* What the journal is given: one row for one message, before the MTA has its
 * answer, and none for what was not judged. */
#include <string.h>

#include "milter/store/journal.h"
#include "policy/report/row.h"
#include "tests/unit/session/bench.h"
#include "tests/unit/session/suites.h"

struct wax_journal {
	size_t n;
	char last[4096]; /* the last line */
	bool is_full;
	SMFICTX *ctx;     /* if set: */
	char said[16384]; /* to the MTA, when the last line came */
};

/* In place of the journal. */
bool
wax_journal_append(struct wax_journal *journal, struct wax_str line)
{
	ck_assert_uint_lt(line.n, sizeof journal->last);
	memcpy(journal->last, line.p, line.n);
	journal->last[line.n] = '\0';
	journal->n++;
	if (journal->ctx != NULL) {
		const char *said = fake_said(journal->ctx);

		ck_assert_uint_lt(strlen(said), sizeof journal->said);
		memcpy(journal->said, said, strlen(said) + 1);
	}
	return !journal->is_full;
}

static struct wax_journal journal;

static void
start(const struct bench_keys *keys)
{
	struct wax_service *service = bench_start(keys);

	journal = (struct wax_journal){ .n = 0 };
	ck_assert_ptr_null(service->journal); /* until main says so */
	service->journal = &journal;
}

/* The last line, which can be read. */
static const char *
row(void)
{
	struct wax_arena *arena = wax_arena_new("row", 0);
	struct wax_report_line line;

	ck_assert(
	    wax_report_line_parse(arena, wax_str_of(journal.last), &line));
	/* 2026 or later, by the clock of the wall. */
	ck_assert_int_gt(line.time, 1767225600);
	wax_arena_free(arena);
	return journal.last;
}

START_TEST(row_of_a_message)
{
	SMFICTX *ctx;

	start(NULL);
	ctx = bench_open();
	ck_assert_int_eq(bench_send(ctx, &bench_good), SMFIS_CONTINUE);
	ck_assert_uint_eq(journal.n, 1);
	ck_assert_has(row(), "\taccepted\tdomain=good.example p=reject ");
	ck_assert_has(row(), "\tip=192.0.2.1 disposition=pass dkim=fail"
	                     " spf=pass header_from=good.example"
	                     " envelope_from=good.example"
	                     " mailfrom=good.example,pass");
	ck_assert_int_eq(bench_send(ctx, &bench_spoof), SMFIS_REJECT);
	ck_assert_uint_eq(journal.n, 2);
	ck_assert_has(row(), "\t-\tdomain=good.example p=reject ");
	ck_assert_has(row(), " disposition=reject dkim=fail spf=fail"
	                     " header_from=good.example"
	                     " envelope_from=other.example ");
	ck_assert_int_eq(bench_send(ctx, &bench_doubtful), SMFIS_CONTINUE);
	ck_assert_uint_eq(journal.n, 3);
	ck_assert_has(row(), "\t-\tdomain=doubt.example p=quarantine ");
	ck_assert_has(row(), " disposition=quarantine ");
	fake_close(ctx);
	ck_assert_uint_eq(journal.n, 3);
	bench_stop();
}
END_TEST

/* All edits are made by then. */
START_TEST(row_is_kept_behind_the_edits)
{
	SMFICTX *ctx;

	start(NULL);
	ctx = journal.ctx = bench_open();
	ck_assert_int_eq(bench_send(ctx, &bench_good), SMFIS_CONTINUE);
	ck_assert_has(journal.said, "insheader 0 Authentication-Results: ");
	ck_assert_str_eq(fake_said(ctx), "");
	fake_close(ctx);
	bench_stop();
}
END_TEST

START_TEST(row_in_monitor_mode)
{
	static const struct bench_keys keys = { { "mode=monitor" } };
	SMFICTX *ctx;

	start(&keys);
	ctx = bench_open();
	ck_assert_int_eq(bench_send(ctx, &bench_spoof), SMFIS_CONTINUE);
	ck_assert_has(row(), "\t-\tdomain=good.example p=reject ");
	ck_assert_has(row(), " disposition=none dkim=fail spf=fail"
	                     " reason=local_policy\"monitoring: ");
	fake_close(ctx);
	bench_stop();
}
END_TEST

/* Deferred, or without a policy. */
START_TEST(no_row_without_outcome)
{
	static const struct bench_message nobody = { .from = "<a@x.example>",
		.author = "a@x.example" };
	SMFICTX *ctx;

	start(NULL);
	ctx = bench_open();
	ck_assert_int_eq(bench_send(ctx, &bench_undecided), SMFIS_TEMPFAIL);
	ck_assert_int_eq(bench_send(ctx, &nobody), SMFIS_CONTINUE);
	fake_close(ctx);
	ck_assert_uint_eq(journal.n, 0);
	bench_stop();
}
END_TEST

START_TEST(no_row_of_what_is_not_judged)
{
	static const struct bench_keys internal = {
		{ "internal-networks=[\"192.0.2.0/24\"]" }
	};
	static const struct bench_keys overload = { { "max-sessions=1",
	    "on-overload=accept" } };
	SMFICTX *ctx, *other;

	start(&internal);
	ctx = bench_open();
	ck_assert_int_eq(bench_send(ctx, &bench_good), SMFIS_CONTINUE);
	ck_assert_has(bench_log(), "exempt=internal");
	fake_close(ctx);
	ck_assert_uint_eq(journal.n, 0);
	bench_stop();

	start(&overload);
	ctx = bench_open();
	other = bench_open(); /* one too many */
	ck_assert_int_eq(bench_send(other, &bench_spoof), SMFIS_CONTINUE);
	ck_assert_uint_eq(journal.n, 0);
	ck_assert_int_eq(bench_send(ctx, &bench_spoof), SMFIS_REJECT);
	ck_assert_uint_eq(journal.n, 1);
	fake_close(other);
	fake_close(ctx);
	bench_stop();
}
END_TEST

/* The MTA refuses an edit: the message is answered as an internal error, and
 * comes again. */
START_TEST(no_row_of_an_internal_error)
{
	static const struct bench_keys accept = {
		{ "on-internal-error=accept" }
	};
	SMFICTX *ctx;

	start(NULL);
	ctx = bench_open();
	fake_fail(ctx, "insheader");
	ck_assert_int_eq(bench_send(ctx, &bench_good), SMFIS_TEMPFAIL);
	ck_assert_uint_eq(journal.n, 0);
	/* What needs no edit is reported. */
	ck_assert_int_eq(bench_send(ctx, &bench_spoof), SMFIS_REJECT);
	ck_assert_uint_eq(journal.n, 1);
	fake_close(ctx);
	bench_stop();

	start(&accept);
	ctx = bench_open();
	fake_fail(ctx, "insheader");
	ck_assert_int_eq(bench_send(ctx, &bench_good), SMFIS_CONTINUE);
	ck_assert_uint_eq(journal.n, 0);
	fake_close(ctx);
	bench_stop();
}
END_TEST

START_TEST(no_row_of_an_aborted_message)
{
	SMFICTX *ctx;

	start(NULL);
	ctx = bench_open();
	bench_feed(ctx, &bench_good);
	(void)fake_abort(ctx);
	bench_feed(ctx, &bench_good);
	fake_close(ctx);
	ck_assert_uint_eq(journal.n, 0);
	bench_stop();
}
END_TEST

/* Mail does not wait for a journal, and does not care about it. */
START_TEST(full_journal_changes_nothing)
{
	SMFICTX *ctx;

	start(NULL);
	journal.is_full = true;
	ctx = bench_open();
	ck_assert_int_eq(bench_send(ctx, &bench_good), SMFIS_CONTINUE);
	ck_assert_int_eq(bench_send(ctx, &bench_spoof), SMFIS_REJECT);
	ck_assert_uint_eq(journal.n, 2);
	fake_close(ctx);
	bench_stop();
}
END_TEST

/* The address of now, for the connections to come. */
START_TEST(no_row_of_reporting)
{
	static const struct bench_keys own = {
		{ "report-from=dmarc@rcpt.example" }
	};
	static const struct bench_keys user = {
		{ "report-from=user@rcpt.example" }
	};
	SMFICTX *ctx;

	start(&own);
	ctx = bench_open(); /* to user@rcpt.example */
	(void)bench_send(ctx, &bench_good);
	ck_assert_uint_eq(journal.n, 1);
	bench_reconfigure(&user);
	(void)bench_send(ctx, &bench_good);
	ck_assert_uint_eq(journal.n, 2);
	fake_close(ctx);
	ctx = bench_open();
	(void)bench_send(ctx, &bench_good);
	ck_assert_uint_eq(journal.n, 2);
	/* Another recipient that is not kept is another one. */
	(void)fake_mail(ctx, bench_good.from);
	(void)fake_rcpt(ctx, "<user@rcpt.example>");
	(void)fake_rcpt(ctx, "<other@rcpt.example>");
	(void)fake_header(ctx, "From", " a@good.example");
	(void)fake_eoh(ctx);
	(void)fake_eom(ctx);
	ck_assert_uint_eq(journal.n, 3);
	fake_close(ctx);
	bench_stop();
}
END_TEST

Suite *
rows_suite(void)
{
	Suite *suite = suite_create("session: rows");
	TCase *tcase = tcase_create("rows");

	tcase_add_test(tcase, row_of_a_message);
	tcase_add_test(tcase, row_is_kept_behind_the_edits);
	tcase_add_test(tcase, row_in_monitor_mode);
	tcase_add_test(tcase, no_row_without_outcome);
	tcase_add_test(tcase, no_row_of_what_is_not_judged);
	tcase_add_test(tcase, no_row_of_an_internal_error);
	tcase_add_test(tcase, no_row_of_an_aborted_message);
	tcase_add_test(tcase, full_journal_changes_nothing);
	tcase_add_test(tcase, no_row_of_reporting);
	suite_add_tcase(suite, tcase);
	return suite;
}
