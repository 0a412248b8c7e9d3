/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * schedule.h - one run of sending: which reports are due, to whom, and what
 * becomes of them.
 *
 * A run holds the right to send (store.h), takes up what an earlier run left
 * (claimed or built reports, deliveries that are due again), then claims and
 * builds what has become due, oldest first; but a report whose destinations
 * the DNS is silent about holds up no other. Each step is in the store before
 * the next begins, so that a run may be killed anywhere: what it sends after
 * that are the same bytes with the same Report-ID. A delivery is marked as
 * being sent before the server sees it; one that another host is sending is
 * left alone for WAX_SENDING_STALE_S.
 *
 * Nobody gets a report who did not ask for it, whose domain never
 * authenticated here (report-known-days), or who is suppressed.
 *
 * Everything outside is given: clock, random, mail server and resolver.
 */
#ifndef WAX_MILTER_SEND_SCHEDULE_H
#define WAX_MILTER_SEND_SCHEDULE_H

#include "milter/send/sign.h"
#include "milter/send/submit.h"
#include "milter/store/store.h"
#include "policy/dns/resolver.h"
#include "policy/mail/domain.h"
#include "policy/report/rua.h"

#define WAX_SENDING_STALE_S 3600
#define WAX_RETRY_FIRST_S (15 * 60)
#define WAX_RETRY_MAX_S (4 * 3600)
#define WAX_GIVE_UP_S (3 * 86400)
#define WAX_MAILS_PER_RUN_MAX 1000
/* Beyond it a delivery waits for the next run, the oldest reports first, and
 * for WAX_GIVE_UP_S at most. */
#define WAX_MAILS_PER_HOST_MAX 20
/*
 * The DNS is asked about so many reports at a time. Those without an answer
 * after the patience make room for others, and wait beside them until
 * dns_deadline_ms is over; there are at most so many of both. All waiting of a
 * run ends after the trouble: what was not asked about by then is as it was.
 */
#define WAX_ASKED_AT_ONCE_MAX 256
#define WAX_ASKED_MAX 2048
#define WAX_ASKING_PATIENCE_MS 1000
#define WAX_ASKING_TROUBLE_MS (5 * 60 * 1000)

struct wax_schedule_options {
	struct wax_store *store;
	struct wax_resolver *resolver;
	int64_t (*now)(void *arg); /* seconds since 1970 */
	/* A clock that measures, in milliseconds, and some of them to wait:
	 * the DNS goes on meanwhile. */
	int64_t (*clock_ms)(void *arg);
	void (*pause)(void *arg, unsigned ms);
	int64_t dns_deadline_ms; /* from a question to the next */
	/* 32 hexadecimal digits. */
	struct wax_str (*report_id)(void *arg, struct wax_arena *arena);
	/* Usually wax_submit; NULL: a dry run. */
	enum wax_submit_result (*submit)(void *arg, struct wax_arena *arena,
	    struct wax_str from, struct wax_str to, struct wax_str message,
	    struct wax_str *why);
	/* One line for people about each report and destination. */
	void (*say)(void *arg, bool is_failure, struct wax_str line);
	/* How far it is, for a terminal; may be NULL. */
	void (*progress)(void *arg, size_t done, size_t all);
	void *arg;
	struct wax_signer *signer; /* NULL: unsigned */
	struct wax_str org_name, from, contact, generator, host;
	struct wax_domain submitter; /* of report-from */
	int64_t delay_s;             /* report-delay */
	unsigned known_days;         /* 0: everybody is known */
	size_t max_uris;
	struct wax_report_filter filter; /* domain, begin, end */
	bool with_open; /* the running period, too (claimed before its end) */
};

struct wax_schedule_counts {
	uint64_t sent, later, failed, withheld;
	bool capped; /* a bound ended the run or left destinations out */
};

/*
 * WAX_OK: the run went through, whatever the counts say. WAX_E_TEMP: the
 * store went away, or another host is sending.
 */
enum wax_status wax_schedule_run(const struct wax_schedule_options *options,
    struct wax_schedule_counts *counts, struct wax_err *err) WAX_MUST_USE;

#endif
