/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order of a run: what was begun before, then what has become due; and
 * who gets no reports at all.
 */
#include "milter/send/schedule.h"

#include <time.h>

#include "milter/send/schedule_impl.h"
#include "policy/base/text.h"

/* --- for all parts -------------------------------------------------------- */

int64_t
wax_run_now(const struct wax_run *run)
{
	return run->options->now(run->options->arg);
}

/* On one line, whoever wrote it; what is escaped already stays as it is. */
static void
add_shown(struct wax_text *text, struct wax_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] >= 0x7f)
			wax_text_addf(text, "\\x%02x", (unsigned char)s.p[i]);
		else
			wax_text_addc(text, s.p[i]);
}

static void
add_label(struct wax_text *text, const struct wax_job *job)
{
	time_t begin = (time_t)job->report.period.begin;
	struct tm tm = { 0 };

	add_shown(text, job->report.domain);
	if (gmtime_r(&begin, &tm) != NULL)
		wax_text_addf(text, " %04d-%02d-%02d", tm.tm_year + 1900,
		    tm.tm_mon + 1, tm.tm_mday);
}

void
wax_run_say(struct wax_run *run, const struct wax_job *job,
    struct wax_str address, bool is_failure, const char *fmt, ...)
{
	struct wax_text line, words;
	va_list ap;

	wax_text_init(&line, job->arena);
	wax_text_init(&words, job->arena);
	add_label(&line, job);
	if (address.n > 0) {
		wax_text_addz(&line, " to ");
		add_shown(&line, address);
	}
	wax_text_addz(&line, ": ");
	va_start(ap, fmt);
	wax_text_addv(&words, fmt, ap);
	va_end(ap);
	add_shown(&line, wax_text_str(&words));
	run->options->say(run->options->arg, is_failure, wax_text_str(&line));
}

/* Where a period is not over yet, what keeps a report back now need not at
 * its end. */
static bool
is_over(const struct wax_run *run, const struct wax_job *job)
{
	return wax_run_now(run) >
	       job->report.period.end + run->options->delay_s;
}

static enum wax_status
keep_back(struct wax_run *run, struct wax_job *job, struct wax_str why)
{
	run->counts->withheld++;
	if (wax_run_is_dry(run) ||
	    (job->report.state == WAX_REPORT_OPEN && !is_over(run, job)))
		return WAX_OK;
	return wax_store_withhold(
	    run->options->store, job->report.id, why, run->err);
}

enum wax_status
wax_job_withhold(struct wax_run *run, struct wax_job *job, struct wax_str why)
{
	enum wax_status status = keep_back(run, job, why);

	if (status == WAX_OK)
		wax_run_say(run, job, WAX_STR(""), false,
		    "nobody gets it: %.*s", WAX_FMT(why));
	return status;
}

enum wax_status
wax_job_damaged(struct wax_run *run, struct wax_job *job, const char *what)
{
	enum wax_status status = keep_back(run, job, wax_str_of(what));

	run->counts->failed++;
	if (status == WAX_OK)
		wax_run_say(
		    run, job, WAX_STR(""), true, "cannot be sent: %s", what);
	return status;
}

/* --- one report ----------------------------------------------------------- */

/*
 * Before the DNS is asked: it may be many questions, and who forges mail from
 * many domains is not to make us ask them.
 */
static enum wax_status
find_obstacle(struct wax_run *run, struct wax_job *job, struct wax_str *why)
{
	const struct wax_schedule_options *options = run->options;
	bool is_known = true;
	enum wax_status status;

	*why = WAX_STR("");
	if (job->policy.rua.n == 0) {
		*why = WAX_STR("its record names no address for reports");
		return WAX_OK;
	}
	if (wax_run_is_suppressed(run, job, job->domain.text, why))
		return WAX_OK;
	if (options->known_days == 0)
		return WAX_OK;
	status = wax_store_is_known(options->store, job->domain.text,
	    wax_run_now(run) - (int64_t)options->known_days * 86400, &is_known,
	    run->err);
	if (status == WAX_OK && !is_known)
		*why = wax_textf(job->arena,
		    "none of its mail passed here within %u days "
		    "(report-known-days)",
		    options->known_days);
	return status;
}

static enum wax_status
claim(struct wax_run *run, struct wax_job *job, bool *is_mine)
{
	const struct wax_schedule_options *options = run->options;
	enum wax_status status;

	*is_mine = true;
	if (job->report.state != WAX_REPORT_OPEN)
		return WAX_OK;
	job->report.report_id = options->report_id(options->arg, job->arena);
	if (wax_run_is_dry(run))
		return WAX_OK;
	status = wax_store_claim(options->store, job->report.id,
	    job->report.report_id, wax_run_now(run), is_mine, run->err);
	if (status == WAX_OK)
		job->report.state = WAX_REPORT_CLAIMED;
	return status;
}

/* Open, or claimed by a run that ended there. */
static enum wax_status
send_new(struct wax_run *run, struct wax_job *job)
{
	struct wax_delivery *delivery;
	size_t n = 0, n_open = 0;
	bool is_mine = false, is_built = false;
	enum wax_status status;

	delivery = wax_job_deliveries(run, job, &n, &n_open);
	if (n_open == 0)
		return wax_job_withhold(run, job,
		    n > 0 ? delivery[0].why
		          : WAX_STR("its record names no address that could "
		                    "get one"));
	status = claim(run, job, &is_mine);
	if (status != WAX_OK || !is_mine)
		return status;
	status = wax_job_build(run, job, delivery, n, &is_built);
	if (status != WAX_OK || !is_built)
		return status;
	return wax_run_is_dry(run) ? wax_job_deliver_dry(run, job, delivery, n)
	                           : wax_job_deliver(run, job);
}

/* What file names, subjects and boundaries are made of. */
static bool
is_report_id(struct wax_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!wax_is_alpha(s.p[i]) && !wax_is_digit(s.p[i]))
			return false;
	return s.n > 0 && s.n <= 64;
}

static enum wax_status
begin_one(struct wax_run *run, struct wax_job *job, bool *asks)
{
	const struct wax_stored_report *report = &job->report;
	struct wax_str why;
	enum wax_status status;

	*asks = false;
	if (!wax_domain_parse(job->arena, report->domain, &job->domain) ||
	    !wax_report_policy_parse(job->arena, report->policy, &job->policy))
		return wax_job_damaged(
		    run, job, "the store holds no policy that can be read");
	if (report->state != WAX_REPORT_OPEN &&
	    !is_report_id(report->report_id))
		return wax_job_damaged(
		    run, job, "the store holds no Report-ID for it");
	if (report->state == WAX_REPORT_BUILT)
		return wax_job_is_due(run, job, asks);
	status = find_obstacle(run, job, &why);
	if (status != WAX_OK)
		return status;
	*asks = why.n == 0;
	return *asks ? WAX_OK : wax_job_withhold(run, job, why);
}

static enum wax_status
end_one(struct wax_run *run, struct wax_job *job)
{
	return job->report.state == WAX_REPORT_BUILT ? wax_job_deliver(run, job)
	                                             : send_new(run, job);
}

/* --- the run -------------------------------------------------------------- */

/*
 * The reports of a run, page by page: first what was begun, then what has
 * become due. What the second pass claims is not met again.
 */
struct wax_agenda {
	struct wax_arena *arena; /* of the page */
	struct wax_stored_reports page;
	size_t next; /* in it */
	struct wax_report_cursor cursor;
	bool is_second; /* of the two */
	size_t done, all;
};

static bool
is_wanted(const struct wax_run *run, const struct wax_stored_report *report)
{
	return report->state != WAX_REPORT_OPEN || run->options->with_open ||
	       wax_run_now(run) > report->period.end + run->options->delay_s;
}

static enum wax_status
read_page(struct wax_run *run, struct wax_agenda *agenda)
{
	struct wax_report_filter filter = run->options->filter;

	filter.states = agenda->is_second ? WAX_REPORT_IS(WAX_REPORT_OPEN)
	                                  : WAX_REPORT_IS(WAX_REPORT_CLAIMED) |
	                                        WAX_REPORT_IS(WAX_REPORT_BUILT);
	wax_arena_reset(agenda->arena);
	agenda->next = 0;
	return wax_store_reports(run->options->store, agenda->arena, &filter,
	    &agenda->cursor, &agenda->page, run->err);
}

/* The next one that is wanted; NULL: there is none. It lives as long as its
 * page. */
static enum wax_status
next_wanted(struct wax_run *run, struct wax_agenda *agenda,
    const struct wax_stored_report **out)
{
	enum wax_status status = WAX_OK;

	*out = NULL;
	while (status == WAX_OK) {
		while (agenda->next < agenda->page.n) {
			*out = &agenda->page.v[agenda->next++];
			if (is_wanted(run, *out))
				return WAX_OK;
		}
		*out = NULL;
		if (agenda->cursor.is_end && agenda->is_second)
			return WAX_OK;
		if (agenda->cursor.is_end) {
			agenda->is_second = true;
			agenda->cursor = (struct wax_report_cursor){ 0 };
		}
		status = read_page(run, agenda);
	}
	return status;
}

static enum wax_status
next_job(struct wax_run *run, struct wax_job **out)
{
	const struct wax_schedule_options *options = run->options;
	const struct wax_stored_report *report;
	struct wax_arena *arena;
	enum wax_status status = next_wanted(run, run->agenda, &report);

	*out = NULL;
	if (status != WAX_OK || report == NULL)
		return status;
	arena = wax_arena_new("report", 8192);
	*out = WAX_NEW(arena, struct wax_job);
	(*out)->arena = arena;
	(*out)->report = wax_stored_report_copy(arena, report);
	if (options->progress != NULL)
		options->progress(
		    options->arg, ++run->agenda->done, run->agenda->all);
	return WAX_OK;
}

/* How many there are, if somebody wants to know. */
static enum wax_status
count_reports(struct wax_run *run)
{
	struct wax_agenda agenda = { .arena = run->agenda->arena };
	const struct wax_stored_report *report;
	enum wax_status status = WAX_OK;

	if (run->options->progress == NULL)
		return WAX_OK;
	do {
		status = next_wanted(run, &agenda, &report);
		run->agenda->all += report != NULL;
	} while (status == WAX_OK && report != NULL);
	return status;
}

static enum wax_status
all_reports(struct wax_run *run)
{
	static const struct wax_window_work work = {
		.next = next_job,
		.begin = begin_one,
		.end = end_one,
	};
	struct wax_agenda agenda = { .arena = wax_arena_new("page", 65536) };
	enum wax_status status;

	run->agenda = &agenda;
	status = count_reports(run);
	if (status == WAX_OK)
		status = wax_window_run(run, &work);
	wax_arena_free(agenda.arena);
	return status;
}

static enum wax_status
begin(struct wax_run *run)
{
	bool is_mine = true;
	enum wax_status status = WAX_OK;

	if (!wax_run_is_dry(run))
		status = wax_store_lock_sending(
		    run->options->store, &is_mine, run->err);
	if (status != WAX_OK)
		return status;
	if (!is_mine)
		return wax_fail(run->err, WAX_E_TEMP,
		    "another host is sending reports from this store; try "
		    "again when it is done");
	return wax_store_suppressions(run->options->store, run->arena,
	    wax_run_now(run), &run->suppressed, run->err);
}

enum wax_status
wax_schedule_run(const struct wax_schedule_options *options,
    struct wax_schedule_counts *counts, struct wax_err *err)
{
	struct wax_run run = {
		.options = options,
		.counts = counts,
		.err = err,
		.arena = wax_arena_new("run", 65536),
		.rua = { options->max_uris, options->from },
	};
	enum wax_status status;

	*counts = (struct wax_schedule_counts){ 0 };
	status = begin(&run);
	if (status == WAX_OK)
		status = all_reports(&run);
	wax_arena_free(run.arena);
	return status;
}
