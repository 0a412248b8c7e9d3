/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_show.c - the records of reports as tables, for people.
 */
#include <inttypes.h>
#include <stdio.h>

#include "milter/cmd/report_program.h"
#include "milter/cmd/report_table.h"
#include "milter/cmd/report_time.h"
#include "policy/auth/dmarc.h"

/* Of one message: more of them do not help a reader. */
#define SIGNATURES_SHOWN 4

static const struct wax_column columns[] = {
	{ "COUNT", true },
	{ "SOURCE", false },
	{ "DISPOSITION", false },
	{ "DKIM", false },
	{ "SPF", false },
	{ "HEADER-FROM", false },
	{ "ENVELOPE-FROM", false },
	{ "SIGNATURES", false },
	{ "SPF-RESULT", false },
	{ "REASONS", false },
};

static struct wax_str
signatures(struct wax_arena *arena, const struct wax_report_tuple *tuple)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < tuple->n_dkim && i < SIGNATURES_SHOWN; i++)
		wax_text_addf(&text, "%s%.*s/%.*s=%s", i > 0 ? "," : "",
		    WAX_FMT(tuple->dkim[i].domain),
		    WAX_FMT(tuple->dkim[i].selector),
		    wax_result_word(tuple->dkim[i].result));
	if (tuple->n_dkim > SIGNATURES_SHOWN)
		wax_text_addf(&text, ",+%zu", tuple->n_dkim - SIGNATURES_SHOWN);
	if (tuple->n_dkim == 0)
		wax_text_addc(&text, '-');
	return wax_text_str(&text);
}

static struct wax_str
reasons(struct wax_arena *arena, const struct wax_report_tuple *tuple)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < tuple->n_reasons; i++) {
		wax_text_addf(&text, "%s%s", i > 0 ? "; " : "",
		    wax_override_word(tuple->reason[i].type));
		if (tuple->reason[i].comment.n > 0)
			wax_text_addf(&text, " (%.*s)",
			    WAX_FMT(tuple->reason[i].comment));
	}
	return wax_text_str(&text);
}

static void
add_record(struct wax_table *table, const struct wax_report_record *record)
{
	const struct wax_report_tuple *tuple = &record->tuple;

	wax_table_addf(table, "%" PRIu64, record->count);
	wax_table_add(table, wax_ip_format(table->arena, tuple->source));
	wax_table_add(
	    table, wax_str_of(wax_disposition_word(tuple->disposition)));
	wax_table_addf(table, "%s", tuple->dkim_aligned ? "pass" : "fail");
	wax_table_addf(table, "%s", tuple->spf_aligned ? "pass" : "fail");
	wax_table_add(table, tuple->header_from);
	wax_table_add(table,
	    tuple->envelope_from.n > 0 ? tuple->envelope_from : WAX_STR("-"));
	wax_table_add(table, signatures(table->arena, tuple));
	if (tuple->has_spf)
		wax_table_addf(table, "%.*s=%s", WAX_FMT(tuple->spf_domain),
		    wax_result_word(tuple->spf));
	else
		wax_table_add(table, WAX_STR("-"));
	wax_table_add(table, reasons(table->arena, tuple));
}

static void
print_text(
    FILE *out, struct wax_arena *arena, const char *label, struct wax_str text)
{
	struct wax_str shown;

	if (text.n == 0)
		return;
	shown = wax_shown(arena, text);
	(void)fprintf(out, "  %s %.*s\n", label, WAX_FMT(shown));
}

static void
print_policy(
    FILE *out, struct wax_arena *arena, const struct wax_report_policy *policy)
{
	(void)fprintf(out,
	    "  published: p=%s sp=%s np=%s adkim=%c aspf=%c t=%c, found by "
	    "%s\n",
	    wax_dmarc_policy_word(policy->p), wax_dmarc_policy_word(policy->sp),
	    wax_dmarc_policy_word(policy->np), policy->strict_dkim ? 's' : 'r',
	    policy->strict_spf ? 's' : 'r', policy->testing ? 'y' : 'n',
	    policy->discovery == WAX_BY_PSL ? "public suffix list"
	                                    : "tree walk");
	print_text(out, arena, "reports to:", policy->rua);
	print_text(out, arena, "record:", policy->error);
}

void
wax_report_print(
    struct wax_arena *arena, const struct wax_aggregate *report, FILE *out)
{
	struct wax_str domain = wax_shown(arena, report->policy.domain);
	struct wax_str period = wax_period_format(arena, report->period);
	struct wax_table table;

	(void)fprintf(out, "%.*s  %.*s  %" PRIu64 " messages in %zu records\n",
	    WAX_FMT(domain), WAX_FMT(period), wax_aggregate_messages(report),
	    report->n);
	print_text(out, arena, "report-id:", report->report_id);
	print_policy(out, arena, &report->policy);
	print_text(out, arena, "note:", report->error);
	wax_table_init(
	    &table, arena, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < report->n; i++)
		add_record(&table, &report->record[i]);
	if (report->n > 0)
		wax_table_print(&table, 2, out);
}

struct show {
	struct wax_report_program *program;
	bool has_printed;
};

static int
print_stored(
    void *arg, struct wax_arena *arena, const struct wax_stored_report *stored)
{
	struct show *show = arg;
	struct wax_aggregate report;
	int status = wax_report_load(show->program, arena, stored, &report);

	if (status != 0)
		return status;
	if (show->has_printed)
		(void)putchar('\n');
	show->has_printed = true;
	wax_report_print(arena, &report, stdout);
	return 0;
}

int
wax_report_do_show(struct wax_report_program *program)
{
	struct show show = { .program = program };
	uint64_t n = 0;
	int status = wax_report_open_store(program);

	if (status == 0)
		status = wax_report_each(program, print_stored, &show, &n);
	if (status == 0 && n == 0)
		(void)fputs(
		    "sealwax-report: there is no such report\n", stderr);
	return status;
}
