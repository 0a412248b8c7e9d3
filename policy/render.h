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
 * One line, key=value, queue id first, at most WAX_LOG_LINE_MAX octets (cut
 * with a mark). `results` and `verdict` are NULL for what was not judged.
 */
struct wax_str wax_render_log(struct wax_arena *arena,
    const struct wax_log_context *context, const struct wax_facts *facts,
    const struct wax_results *results, const struct wax_verdict *verdict);

/* The same as one JSON object on one line. */
struct wax_str wax_render_log_json(struct wax_arena *arena,
    const struct wax_log_context *context, const struct wax_facts *facts,
    const struct wax_results *results, const struct wax_verdict *verdict);

/* Everything, for sealwax-check --json: a JSON object, indented. */
struct wax_str wax_render_json(struct wax_arena *arena,
    const struct wax_local_policy *policy, const struct wax_facts *facts,
    const struct wax_results *results, const struct wax_verdict *verdict);

#endif
