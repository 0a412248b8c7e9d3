/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/cmd/report_program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/cmd/report_table.h"
#include "milter/cmd/report_time.h"
#include "milter/store/importer.h"
#include "milter/sys/privileges.h"
#include "milter/sys/sandbox.h"
#include "policy/base/limits.h"

/* Longer than the daemon holds a lock, shorter than people wait. */
#define STORE_TIMEOUT_MS 15000

int
wax_report_fail(int status, const char *what, const char *why)
{
	(void)fprintf(stderr, "sealwax-report: %s: %s\n", what, why);
	return status;
}

static void
report_line(void *arg, const char *line)
{
	(void)arg;
	(void)fprintf(stderr, "sealwax-report: %s\n", line);
}

/* The daemon says its warnings at each start; once an hour is too much. */
static void
ignore_line(void *arg, const char *line)
{
	(void)arg;
	(void)line;
}

static const char *
text_of(const struct wax_report_program *program, struct wax_str text)
{
	const char *z = wax_str_z(program->arena, text);

	return z != NULL ? z : "";
}

int
wax_report_configure(struct wax_report_program *program)
{
	program->snapshot = wax_config_load(
	    &program->options.source, report_line, ignore_line, NULL);
	if (program->snapshot == NULL)
		return EX_CONFIG;
	program->config = wax_snapshot_config(program->snapshot);
	if (gethostname(program->host, sizeof program->host - 1) != 0)
		return wax_report_fail(EX_OSERR, "host name", strerror(errno));
	return 0;
}

int
wax_report_become_user(struct wax_report_program *program)
{
	const struct wax_config *config = program->config;
	struct wax_identity identity;
	struct wax_err err;

	if (geteuid() == 0) {
		if (wax_identity_find(text_of(program, config->user),
		        text_of(program, config->group), &identity,
		        &err) != WAX_OK)
			return wax_report_fail(EX_CONFIG, "user", err.text);
		/* user = "root" is what it says. */
		if (identity.uid != 0 &&
		    (wax_privileges_drop(&identity, &err) != WAX_OK ||
		        wax_capabilities_drop(&err) != WAX_OK))
			return wax_report_fail(EX_NOPERM, "user", err.text);
	}
#ifndef WAX_SANITIZED /* a leak checker looks at our memory */
	if (wax_process_harden(&err) != WAX_OK)
		return wax_report_fail(EX_OSERR, "start", err.text);
#endif
	return 0;
}

int
wax_report_store_failed(const struct wax_err *err)
{
	(void)fprintf(stderr, "sealwax-report: store: %s\n", err->text);
	switch (err->status) {
	case WAX_E_TEMP:
		return EX_TEMPFAIL;
	case WAX_E_CONFIG:
	case WAX_E_NOTFOUND:
		return EX_CONFIG;
	case WAX_OK:
	case WAX_E_SYNTAX:
	case WAX_E_LIMIT:
	case WAX_E_IO:
		break;
	}
	return EX_OSERR;
}

const char *
wax_report_journal(const struct wax_report_program *program)
{
	return wax_textf(
	    program->arena, "%.*s/journal", WAX_FMT(program->config->state_dir))
	    .p;
}

/* Said, and noted as the daemon does. */
static int
note_damaged(struct wax_report_program *program, uint64_t n)
{
	struct wax_err err;

	(void)fprintf(stderr,
	    "sealwax-report: %llu lines of the journal were damaged, and are"
	    " lost\n",
	    (unsigned long long)n);
	if (wax_store_note(program->store, WAX_STR("rows-damaged"), (int64_t)n,
	        true, &err) != WAX_OK ||
	    wax_store_note(program->store, WAX_STR("last-loss"), program->now,
	        false, &err) != WAX_OK)
		return wax_report_store_failed(&err);
	return 0;
}

/* What waits; the daemon may do the same at once. */
static int
import(struct wax_report_program *program)
{
	struct wax_import_counts counts = { 0 };
	struct wax_err err;
	enum wax_status status = wax_import_pass(wax_report_journal(program),
	    program->store, program->now, &counts, &err);

	if (status != WAX_OK)
		return wax_report_store_failed(&err);
	return counts.damaged > 0 ? note_damaged(program, counts.damaged) : 0;
}

enum wax_status
wax_report_try_store(struct wax_report_program *program, struct wax_err *err)
{
	const struct wax_store_options options = {
		.url = program->config->store,
		.host = wax_str_of(program->host),
		.max_records = WAX_REPORT_RECORDS_MAX,
		.timeout_ms = STORE_TIMEOUT_MS,
	};

	return wax_store_open(&options, &program->store, err);
}

int
wax_report_open_store(struct wax_report_program *program)
{
	struct wax_err err;
	int status = wax_report_become_user(program);

	if (status != 0)
		return status;
	if (wax_report_try_store(program, &err) != WAX_OK)
		return wax_report_store_failed(&err);
	return program->options.open ? import(program) : 0;
}

/* Whether it is shown: what can still change only with --open. */
static bool
is_selected(const struct wax_report_program *program,
    const struct wax_stored_report *report)
{
	return program->options.open || report->state != WAX_REPORT_OPEN ||
	       report->period.end < program->now;
}

/* The next page of them; an empty one is the end. */
static int
read_page(struct wax_report_program *program, struct wax_arena *arena,
    struct wax_report_cursor *cursor, struct wax_stored_reports *out)
{
	const struct wax_report_filter filter = {
		.domain = program->options.domain,
		.begin = program->options.begin,
		.end = program->options.end,
	};
	struct wax_err err;

	return wax_store_reports(
	           program->store, arena, &filter, cursor, out, &err) == WAX_OK
	           ? 0
	           : wax_report_store_failed(&err);
}

int
wax_report_each(struct wax_report_program *program,
    int (*each)(
        void *arg, struct wax_arena *arena, const struct wax_stored_report *),
    void *arg, uint64_t *n)
{
	struct wax_arena *page = wax_arena_new("page", 65536);
	struct wax_arena *arena = wax_arena_new("report", 65536);
	struct wax_stored_reports reports = { 1, NULL };
	struct wax_report_cursor cursor = { .is_begun = false };
	int status = 0, some = 0;

	*n = 0;
	while (status == 0 && reports.n > 0) {
		wax_arena_reset(page);
		status = read_page(program, page, &cursor, &reports);
		for (size_t i = 0; status == 0 && i < reports.n; i++) {
			if (!is_selected(program, &reports.v[i]))
				continue;
			++*n;
			status = each(arg, arena, &reports.v[i]);
			wax_arena_reset(arena);
			if (status == WAX_EX_SOME)
				some = status, status = 0;
		}
	}
	wax_arena_free(arena);
	wax_arena_free(page);
	return status != 0 ? status : some;
}

int
wax_report_damaged(struct wax_arena *arena,
    const struct wax_stored_report *report, const char *why)
{
	struct wax_text what;

	wax_text_init(&what, arena);
	wax_text_add(&what, wax_shown(arena, report->domain));
	wax_text_addc(&what, ' ');
	wax_text_add(&what, wax_period_format(arena, report->period));
	return wax_report_fail(WAX_EX_SOME, what.p, why);
}

/* Before a report is claimed it has no id, and before report-from is set we
 * have no address: what stands there then is no secret and no lie. */
static void
name_reporter(const struct wax_report_program *program, struct wax_arena *arena,
    const struct wax_stored_report *stored, struct wax_aggregate *out)
{
	const struct wax_config *config = program->config;
	struct wax_str us = config->policy.authserv_id;

	out->org_name =
	    config->report_org_name.n > 0 ? config->report_org_name : us;
	out->email = config->report_from.n > 0
	                 ? config->report_from
	                 : wax_textf(arena, "postmaster@%.*s", WAX_FMT(us));
	out->extra_contact_info = config->report_contact;
	out->report_id =
	    stored->report_id.n > 0
	        ? stored->report_id
	        : wax_textf(arena, "preview%lld", (long long)stored->id);
	out->generator = WAX_STR(WAX_REPORT_GENERATOR);
	out->period = stored->period;
}

int
wax_report_load(struct wax_report_program *program, struct wax_arena *arena,
    const struct wax_stored_report *stored, struct wax_aggregate *out)
{
	struct wax_stored_records records;
	struct wax_err err;

	*out = (struct wax_aggregate){ .n = 0 };
	if (wax_store_records(
	        program->store, arena, stored->id, &records, &err) != WAX_OK)
		return wax_report_store_failed(&err);
	name_reporter(program, arena, stored, out);
	if (wax_aggregate_fill(arena, out, stored->policy, records.n, records.v,
	        stored->n_unlisted, &err) != WAX_OK)
		return wax_report_damaged(arena, stored, err.text);
	return 0;
}
