/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compose.h - a report as a mail message.       RFC 9990 s3.5.2, RFC 5322
 *
 * A pure function: lines end with CRLF and are no longer than 76 octets in
 * the body, 998 in the header; Auto-Submitted says that nobody is to answer.
 */
#ifndef WAX_MILTER_SEND_COMPOSE_H
#define WAX_MILTER_SEND_COMPOSE_H

#include <stdint.h>

#include "policy/base/str.h"
#include "policy/mail/domain.h"
#include "policy/report/aggregate.h"

struct wax_report_mail {
	struct wax_str from;     /* report-from: a valid address */
	struct wax_str org_name; /* any text: the display name */
	struct wax_str to;       /* a valid address (rua.h) */
	struct wax_domain policy_domain, submitter;
	struct wax_period period;
	struct wax_str report_id, file_name;
	struct wax_str contact; /* any text; may be empty */
	uint64_t n_messages;
	int64_t date;
	struct wax_str gzip; /* the report */
};

struct wax_str wax_compose(
    struct wax_arena *arena, const struct wax_report_mail *mail);

#endif
