/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * row.h - one message as its Domain Owner will see it: the observation that
 * an aggregate report counts.                       RFC 9990 s3.1.1
 *
 * A row is three things: when, under which policy, and the tuple that is
 * counted. Policy and tuple have a canonical text each: one line of
 * printable text without tabs, the same for equal values and only for them,
 * so that a store can keep and compare them without understanding them.
 *
 * No local-parts and no subjects are in it, and nothing of the body.
 */
#ifndef WAX_POLICY_REPORT_ROW_H
#define WAX_POLICY_REPORT_ROW_H

#include <stdint.h>

#include "policy/facts.h"
#include "policy/results.h"
#include "policy/verdict.h"

/* What applied, frozen as it applied. Unspecified tags carry their default
 * values.                                           RFC 9990 s3.1.1.6 */
struct wax_report_policy {
	struct wax_str domain; /* where the record was found */
	enum wax_dmarc_policy p, sp, np;
	bool strict_dkim, strict_spf, testing;
	enum wax_discovery discovery;
	struct wax_str fo;
	struct wax_str error; /* what was wrong with the record; empty: nothing
			       */
	/* As published: who wants the report. Never in the report itself. At
	 * most WAX_REPORT_RUA_BYTES_MAX, whole URIs. */
	struct wax_str rua;
};

struct wax_report_reason {
	enum wax_override_type type;
	struct wax_str comment;
};

struct wax_report_signature {
	struct wax_str domain, selector;
	enum wax_result result;
	struct wax_str human; /* why; empty: nothing to say */
};

/* What is counted.                                  RFC 9990 s3.1.1.7 */
struct wax_report_tuple {
	struct wax_ip source; /* WAX_IP_NONE only in reports of others */
	enum wax_disposition disposition;
	bool dkim_aligned, spf_aligned;
	size_t n_reasons;
	const struct wax_report_reason *reason;
	struct wax_str header_from;
	/* The domain of the reverse-path; empty: a null one, or none usable. */
	struct wax_str envelope_from;
	/* In the order of preference, at most WAX_REPORT_SIGNATURES_MAX.
	 *                                            RFC 9990 s3.1.3 */
	size_t n_dkim;
	const struct wax_report_signature *dkim;
	bool has_spf;
	struct wax_str spf_domain;
	enum wax_result spf;
	struct wax_str spf_human;
};

struct wax_report_row {
	int64_t time; /* when it was judged; seconds since 1970, UTC */
	/* An aligned message that we accepted: its policy domain is known to
	 * us from now on (report-known-days). */
	bool is_accepted;
	struct wax_report_policy policy;
	struct wax_report_tuple tuple;
};

/*
 * The row of one message; false: there is nothing to report. That is so
 * without a DMARC Policy Record that applies; where an answer was missing
 * (temperror) or the sender was told to come again; without the address of
 * the client; and for the mail of reporting itself, so that two reporters do
 * not go on for ever: what is sent to `own_address` only, and what comes from
 * it by the envelope and its domain by the From field. `own_address` is
 * report-from, and may be empty. Text lives in the arena, or where that of
 * facts and results lives.
 *
 * A message that spent its questions (permerror by a bound of ours) is
 * reported as the verdict takes it, as not aligned: nobody could hide from a
 * Domain Owner by exceeding a bound. Where an answer is missing besides, it
 * is left out. A record without rua= makes a row, too: it is ours to look at,
 * and there is nobody to send it to (RFC 9989 s4.7).
 */
bool wax_report_row_make(struct wax_arena *arena, const struct wax_facts *facts,
    const struct wax_results *results, const struct wax_verdict *verdict,
    struct wax_str own_address, int64_t now, struct wax_report_row *out)
    WAX_MUST_USE;

/* The canonical texts: printable ASCII without tab and newline (row_text.c
 * shows them). One with 100 signatures may have some 64 kB. */
struct wax_str wax_report_policy_format(
    struct wax_arena *arena, const struct wax_report_policy *policy);
struct wax_str wax_report_tuple_format(
    struct wax_arena *arena, const struct wax_report_tuple *tuple);
/* And back; false if it is not such a text (all of it is checked). */
bool wax_report_policy_parse(struct wax_arena *arena, struct wax_str text,
    struct wax_report_policy *out) WAX_MUST_USE;
bool wax_report_tuple_parse(struct wax_arena *arena, struct wax_str text,
    struct wax_report_tuple *out) WAX_MUST_USE;

/* A row as one line without its end: what the journal keeps and the store
 * takes. Four parts with tabs between them: the time, "accepted" or "-", and
 * the two canonical texts. */
struct wax_report_line {
	int64_t time;
	bool is_accepted;
	struct wax_str domain; /* of the policy */
	struct wax_str policy, tuple;
};

struct wax_str wax_report_line_format(
    struct wax_arena *arena, const struct wax_report_row *row);
/* Points into `text`. False if any part of it would not parse. */
bool wax_report_line_parse(struct wax_arena *arena, struct wax_str text,
    struct wax_report_line *out) WAX_MUST_USE;

#endif
