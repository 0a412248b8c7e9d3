/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * schedule_impl.h - what the parts of schedule.h share: a run, and the report
 * that it has in hand.
 */
#ifndef WAX_MILTER_SEND_SCHEDULE_IMPL_H
#define WAX_MILTER_SEND_SCHEDULE_IMPL_H

#include <sys/queue.h>

#include "milter/send/ahead.h"
#include "milter/send/schedule.h"
#include "policy/base/vec.h"

struct wax_host_mails {
	struct wax_str host;
	size_t n;
};

struct wax_agenda; /* which reports; schedule.c's */

struct wax_run {
	const struct wax_schedule_options *options;
	struct wax_schedule_counts *counts;
	struct wax_err *err;
	struct wax_arena *arena; /* of the run */
	struct wax_agenda *agenda;
	struct wax_suppressions suppressed;
	struct wax_rua_options rua;
	WAX_VEC(struct wax_host_mails) hosts;
	size_t n_mails;
	bool is_over;      /* no more mails in this run */
	int64_t paused_ms; /* spent on waiting for the DNS */
};

/* A report in hand. */
struct wax_job {
	TAILQ_ENTRY(wax_job) link;
	struct wax_arena *arena; /* of this report alone */
	struct wax_stored_report report;
	struct wax_domain domain; /* where the record was found */
	struct wax_report_policy policy;
	/* Asking the DNS, until it is known what that says about the report's
	 * destinations in this run. */
	struct wax_ahead *ahead;
	int64_t asked_ms, news_ms; /* since when; when it last came further */
	const struct wax_rua_destination *parsed, *destination;
	size_t n_parsed, n_destinations;
	bool is_asked;
	struct wax_str gzip; /* its bytes, once they were got */
};

/* --- schedule.c ----------------------------------------------------------- */

static inline bool
wax_run_is_dry(const struct wax_run *run)
{
	return run->options->submit == NULL;
}

int64_t wax_run_now(const struct wax_run *run);

/* "DOMAIN DATE[ to ADDRESS]: what" as one line: what
 * cannot be printed is shown as \xHH. */
void wax_run_say(struct wax_run *run, const struct wax_job *job,
    struct wax_str address, bool is_failure, const char *fmt, ...)
    WAX_PRINTF(5, 6);

/* Nobody gets this one: said, counted, kept. */
enum wax_status wax_job_withhold(
    struct wax_run *run, struct wax_job *job, struct wax_str why);

/* It cannot be made into what may be sent: the same, as a failure. */
enum wax_status wax_job_damaged(
    struct wax_run *run, struct wax_job *job, const char *what);

/* --- schedule_consent.c --------------------------------------------------- */

/* Whether a policy domain, or an address by itself or by its host, is not to
 * get anything; `why` says it. */
bool wax_run_is_suppressed(struct wax_run *run, struct wax_job *job,
    struct wax_str name, struct wax_str *why);

/* Begin to ask the DNS who may get this report. */
void wax_job_ask(struct wax_run *run, struct wax_job *job);
/* Whether that is known now; `asks_again` as in ahead.h. */
bool wax_job_is_asked(
    struct wax_run *run, struct wax_job *job, bool asks_again);

/* The deliveries of a report that is to be built; *n_open of them may still
 * lead to a mail. */
struct wax_delivery *wax_job_deliveries(
    struct wax_run *run, struct wax_job *job, size_t *n, size_t *n_open);

#define WAX_ASKING_LATER \
	"later: whether it is wanted there cannot be asked now: %.*s"

/* How long to wait before consent is asked again: as long as it was waited
 * already, within the bounds. */
int64_t wax_asking_wait(int64_t waited);

/* --- schedule_window.c ---------------------------------------------------- */

/* What a run does with its reports. */
struct wax_window_work {
	/* The next one, in an arena that is the job's from then on; NULL: that
	 * was the last. */
	enum wax_status (*next)(struct wax_run *run, struct wax_job **out);
	/* *asks: false if it has been dealt with. */
	enum wax_status (*begin)(
	    struct wax_run *run, struct wax_job *job, bool *asks);
	/* The DNS has been asked. */
	enum wax_status (*end)(struct wax_run *run, struct wax_job *job);
};

/* All reports that `next` gives, many at a time. */
enum wax_status wax_window_run(
    struct wax_run *run, const struct wax_window_work *work);

/* --- schedule_build.c ----------------------------------------------------- */

/* From claimed to built; *is_built is false if it was withheld. */
enum wax_status wax_job_build(struct wax_run *run, struct wax_job *job,
    const struct wax_delivery *delivery, size_t n, bool *is_built);

/* --- schedule_deliver.c --------------------------------------------------- */

/* Whether anything is due of a report that is built, so that the DNS has to
 * be asked. What only waits for its turn is dealt with. */
enum wax_status wax_job_is_due(
    struct wax_run *run, struct wax_job *job, bool *asks);

/* Whatever is due of a report that is built, and was asked about. */
enum wax_status wax_job_deliver(struct wax_run *run, struct wax_job *job);

/* A dry run of a report that is not built. */
enum wax_status wax_job_deliver_dry(struct wax_run *run, struct wax_job *job,
    struct wax_delivery *delivery, size_t n);

#endif
