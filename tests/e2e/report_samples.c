/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_samples DIRECTORY - the reports of tests/support/reports.c as files:
 * each set as NAME.html, and NAME.tsv with the records that it was made of.
 */
#include <stdio.h>
#include <stdlib.h>

#include "policy/base/text.h"
#include "policy/report/html.h"
#include "tests/support/reports.h"

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

static struct wax_str
list_of(const struct sample_reports *set)
{
	struct wax_text list;

	wax_text_init(&list, arena);
	for (size_t i = 0; i < set->n; i++)
		for (size_t k = 0; k < set->v[i]->n; k++) {
			const struct wax_report_record *record =
			    &set->v[i]->record[k];
			const struct wax_report_tuple *tuple = &record->tuple;

			wax_text_addf(&list, "%zu\t%lld\t%llu\t%d\t%d\t%s\t%zu",
			    i, (long long)set->v[i]->period.begin,
			    (unsigned long long)record->count,
			    tuple->spf_aligned, tuple->dkim_aligned,
			    wax_disposition_word(tuple->disposition),
			    tuple->n_dkim);
			add_text(&list, wax_ip_format(arena, tuple->source));
			add_text(&list, tuple->header_from);
			add_text(&list, set->v[i]->policy.domain);
			add_text(&list, set->v[i]->org_name);
			add_text(&list, set->v[i]->report_id);
			wax_text_addc(&list, '\n');
		}
	return wax_text_str(&list);
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
	}
	wax_arena_free(arena);
	return 0;
}
