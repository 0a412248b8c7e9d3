/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_samples DIRECTORY - the reports of tests/support/reports.c as files:
 * each set as NAME.html, and NAME.tsv with the records that it was made of;
 * those that could be ours also as XML, compressed, and as mail:
 * NAME-N.xml, NAME-N.xml.gz, NAME-N.eml. The same, but for the largest, as
 * rows in a journal, DIRECTORY/journal, where no record counts more than
 * ROWS_MAX messages.
 */
#include <stdio.h>
#include <stdlib.h>

#include "milter/send/compose.h"
#include "milter/send/pack.h"
#include "milter/store/journal.h"
#include "policy/base/text.h"
#include "policy/report/html.h"
#include "policy/report/rua.h"
#include "policy/report/xml.h"
#include "tests/support/reports.h"

#define ROWS_MAX 20

static struct wax_arena *arena;

static void
save(const char *directory, const char *name, const char *end, struct wax_str s)
{
	const char *path = wax_textf(arena, "%s/%s%s", directory, name, end).p;
	FILE *file = fopen(path, "w");

	if (file == NULL || fwrite(s.p, 1, s.n, file) != s.n ||
	    fclose(file) != 0) {
		perror(path);
		exit(1);
	}
}

/* Texts of strangers as \xHH, so that a line stays a line. */
static void
add_text(struct wax_text *list, struct wax_str s)
{
	wax_text_addc(list, '\t');
	wax_text_add_escaped(list, s);
}

static void
add_record(struct wax_text *list, size_t number,
    const struct wax_aggregate *report, const struct wax_report_record *record)
{
	const struct wax_report_tuple *tuple = &record->tuple;

	wax_text_addf(list, "%zu\t%lld\t%llu\t%d\t%d\t%s\t%zu", number,
	    (long long)report->period.begin, (unsigned long long)record->count,
	    tuple->spf_aligned, tuple->dkim_aligned,
	    wax_disposition_word(tuple->disposition), tuple->n_dkim);
	add_text(list, wax_ip_format(arena, tuple->source));
	add_text(list, tuple->header_from);
	add_text(list, report->policy.domain);
	add_text(list, report->org_name);
	add_text(list, report->report_id);
	add_text(list, tuple->spf_domain);
	add_text(list, tuple->has_spf ? wax_str_of(wax_result_word(tuple->spf))
	                              : WAX_STR(""));
	add_text(list, tuple->n_reasons > 0 ? wax_str_of(wax_override_word(
	                                          tuple->reason[0].type))
	                                    : WAX_STR(""));
	for (size_t i = 0; i < tuple->n_dkim; i++) {
		add_text(list, tuple->dkim[i].domain);
		add_text(
		    list, wax_str_of(wax_result_word(tuple->dkim[i].result)));
	}
	wax_text_addc(list, '\n');
}

static struct wax_str
list_of(const struct sample_reports *set)
{
	struct wax_text list;

	wax_text_init(&list, arena);
	for (size_t i = 0; i < set->n; i++)
		for (size_t k = 0; k < set->v[i]->n; k++)
			add_record(&list, i, set->v[i], &set->v[i]->record[k]);
	return wax_text_str(&list);
}

static void
must(bool good, const char *name, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "report_samples: %s: %s\n", name, what);
	exit(1);
}

static struct wax_str
mail_of(const struct wax_aggregate *report, struct wax_str gzip)
{
	struct wax_report_mail mail = {
		.from = report->email,
		.org_name = report->org_name,
		.to = WAX_STR("rua@collector.example"),
		.period = report->period,
		.report_id = report->report_id,
		.contact = WAX_STR("postmaster@rcpt.example"),
		.n_messages = wax_aggregate_messages(report),
		.date = report->period.end + 3600,
		.gzip = gzip,
	};

	must(
	    wax_domain_parse(arena, WAX_STR("rcpt.example"), &mail.submitter) &&
	        wax_domain_parse(
	            arena, report->policy.domain, &mail.policy_domain),
	    "mail", "no domain");
	mail.file_name = wax_report_file_name(arena, mail.submitter,
	    mail.policy_domain, mail.period, mail.report_id);
	return wax_compose(arena, &mail);
}

static void
save_report(
    const char *directory, const char *name, const struct wax_aggregate *report)
{
	struct wax_str xml = wax_xml_write(arena, report), gzip;
	struct wax_err err;

	must(wax_xml_check(xml, &err) == WAX_OK, name, err.text);
	must(wax_pack_gzip(arena, xml, &gzip, &err) == WAX_OK, name, err.text);
	save(directory, name, ".xml", xml);
	save(directory, name, ".xml.gz", gzip);
	save(directory, name, ".eml", mail_of(report, gzip));
}

static void
keep_rows(struct wax_journal *journal, const struct wax_aggregate *report)
{
	for (size_t i = 0; i < report->n; i++) {
		const struct wax_report_row row = {
			.time = report->period.begin + 43200,
			.is_accepted = true,
			.policy = report->policy,
			.tuple = report->record[i].tuple,
		};
		struct wax_str line = wax_report_line_format(arena, &row);

		for (uint64_t k = 0;
		     k < report->record[i].count && k < ROWS_MAX; k++)
			must(wax_journal_append(journal, line), "journal",
			    "a row is not kept");
	}
}

static void
save_journal(const char *directory)
{
	const struct wax_journal_options options = {
		.directory = wax_textf(arena, "%s/journal", directory).p,
		.quota = 1UL << 30,
		.sync_ms = 60000,
	};
	struct wax_journal *journal;
	struct wax_err err;

	must(wax_journal_open(&options, &journal, &err) == WAX_OK, "journal",
	    err.text);
	for (size_t i = 0; sample_reports_all[i] != NULL; i++) {
		struct sample_reports set = sample_reports_all[i](arena);

		if (sample_reports_all[i] == sample_reports_many)
			continue;
		for (size_t k = 0; set.is_ours && k < set.n; k++)
			keep_rows(journal, set.v[k]);
	}
	wax_journal_free(journal);
}

int
main(int argc, char **argv)
{
	const struct wax_html_options options = { WAX_STR("DMARC reports"),
		1795000000, WAX_STR("sealwax test") };

	if (argc != 2) {
		fprintf(stderr, "usage: report_samples DIRECTORY\n");
		return 64;
	}
	arena = wax_arena_new("samples", 0);
	for (size_t i = 0; sample_reports_all[i] != NULL; i++) {
		struct sample_reports set = sample_reports_all[i](arena);

		save(argv[1], set.name, ".html",
		    wax_html_write(arena, &options, set.n, set.v));
		save(argv[1], set.name, ".tsv", list_of(&set));
		for (size_t k = 0; set.is_ours && k < set.n; k++)
			save_report(argv[1],
			    wax_textf(arena, "%s-%zu", set.name, k).p,
			    set.v[k]);
	}
	save_journal(argv[1]);
	wax_arena_free(arena);
	return 0;
}
