/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * render.h - one message's results as text: the Authentication-Results
 * field, the Received-SPF field, the log line, JSON. All are renderings of
 * the same results and verdict.
 */
#ifndef WAX_POLICY_RENDER_H
#define WAX_POLICY_RENDER_H

#include "policy/evaluation.h"
#include "policy/verdict.h"

/* The field's value, with its leading blank, folded.       RFC 8601 */
struct wax_str wax_render_authres(struct wax_arena *arena,
    struct wax_str authserv_id, const struct wax_facts *facts,
    const struct wax_results *results);

/* Likewise.                                            RFC 7208 s9.1 */
struct wax_str wax_render_received_spf(struct wax_arena *arena,
    struct wax_str authserv_id, const struct wax_facts *facts,
    const struct wax_results *results);

enum wax_log_addresses {
	WAX_LOG_FULL,   /* addresses as they are */
	WAX_LOG_DOMAIN, /* without local-parts */
	WAX_LOG_NONE    /* no addresses */
};

/* What the session knows beside it. */
struct wax_log_context {
	enum wax_log_addresses addresses;
	unsigned dns_ms;   /* waited for the DNS */
	unsigned total_ms; /* from MAIL FROM on */
	enum wax_exempt exempt;
};

/*
 * One line, key=value, queue id first, at most WAX_LOG_LINE_MAX octets: what
 * does not fit is left out, and "[cut]" ends the line. A value with a blank
 * or an octet that is not printable is quoted, such octets as \xHH. What
 * does not apply is absent. `results` and `verdict` are NULL for what was not
 * judged. The keys, in this order:
 *
 *   qid            the MTA's queue id, "-" without one
 *   action         what the MTA was told: accept, quarantine, reject, tempfail
 *   would          in monitor mode, if other than action: that of enforce
 *   rule           what decided: none, on-bad-from, dmarc, on-spf-fail ...
 *   exempt         why it was not judged: internal, authenticated, originating
 *   client         IP address, or "unknown"
 *   relay          name of the entry of relays that handed it over; client,
 *                  name and helo are those of the client behind it
 *   rcpts          number of recipients
 *   dmarc, author, policy, policy-domain
 *                  result; Author Domain; policy after sp, np and t; where
 *                  the record was found
 *   spf, spf-domain, spf-helo
 *                  result and domain of the MAIL FROM identity; result of HELO
 *   limit          the bound that was exceeded
 *   mediator       the domain that relayed it (mediator.h)
 *   dns, dns-ms    number of questions, milliseconds waited for them
 *   ms             milliseconds since MAIL FROM
 *   name, helo, mailfrom, auth, msgid
 *                  as the client said, each cut at 255 octets or less
 *   dkim           one a signature: result/domain/selector/algorithm; "none"
 *   signatures     how many, if they are too many to list
 *   reason         one sentence for people
 */
struct wax_str wax_render_log(struct wax_arena *arena,
    const struct wax_log_context *context, const struct wax_facts *facts,
    const struct wax_results *results, const struct wax_verdict *verdict);

/* The same as one JSON object on one line. */
struct wax_str wax_render_log_json(struct wax_arena *arena,
    const struct wax_log_context *context, const struct wax_facts *facts,
    const struct wax_results *results, const struct wax_verdict *verdict);

/* What an aggregate report would count, as the texts that the room of
 * reports makes of it (policy/report/row.h), which stands behind this one. */
struct wax_render_row {
	bool is_accepted;
	struct wax_str policy, tuple;
};

/* Everything, for sealwax-check --json: a JSON object, indented. `row` is NULL
 * for what is not reported. */
struct wax_str wax_render_json(struct wax_arena *arena,
    const struct wax_local_policy *policy, const struct wax_facts *facts,
    const struct wax_results *results, const struct wax_verdict *verdict,
    const struct wax_render_row *row);

#endif
