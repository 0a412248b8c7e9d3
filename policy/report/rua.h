/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rua.h - where a report goes, and what it is called.
 *                              RFC 9990 s3.5, s4; RFC 9989 s4.6, s4.7
 *
 * The addresses come from a stranger. Only mailto: is taken, decoded once,
 * and then held against a strict grammar: one local-part, one domain with a
 * dot, no header fields, nothing that SMTP or a header would read otherwise.
 */
#ifndef WAX_POLICY_REPORT_RUA_H
#define WAX_POLICY_REPORT_RUA_H

#include "policy/dns/resolver.h"
#include "policy/mail/domain.h"
#include "policy/report/aggregate.h"

enum wax_rua_state {
	WAX_RUA_SEND,
	WAX_RUA_RETRY,  /* an answer is missing: not now, and no consent */
	WAX_RUA_REFUSED /* never; `why` says it */
};

struct wax_rua_destination {
	struct wax_str uri;     /* as published, shown escaped */
	struct wax_str address; /* local-part@domain; empty if refused */
	struct wax_domain host; /* of the address */
	enum wax_rua_state state;
	struct wax_str why; /* our own words; empty with WAX_RUA_SEND */
};

struct wax_rua_options {
	size_t max_uris;            /* max-report-uris; later ones refused */
	struct wax_str own_address; /* report-from: never a destination */
};

/*
 * The destinations that rua= names, in its order, those refused with them;
 * *n of them. Nothing is asked.                       RFC 9990 s3.4
 */
struct wax_rua_destination *wax_rua_parse(struct wax_arena *arena,
    struct wax_str rua, const struct wax_rua_options *options, size_t *n);

/*
 * Ask the DNS about those that are not refused: whether a destination
 * outside the policy domain's organization wants these reports (RFC 9990
 * s4; what it answers may name another address at the same host, or several:
 * the list may become longer, up to max_uris destinations to be sent to),
 * and whether mail can be delivered there at all (RFC 7505; a host without
 * MX and addresses). `policy_domain` is where the record was found.
 */
struct wax_rua_destination *wax_rua_verify(struct wax_arena *arena,
    struct wax_resolver *resolver, struct wax_domain policy_domain,
    const struct wax_rua_options *options,
    const struct wax_rua_destination *parsed, size_t n_parsed,
    wax_deadline deadline, size_t *n);

/* Whether an address could be a destination at all: the grammar above. */
bool wax_rua_address_is_valid(struct wax_arena *arena, struct wax_str address)
    WAX_MUST_USE;

/* "Report Domain: D Submitter: S Report-ID: <I>", not folded.
 *                                                    RFC 9990 s3.5.2 */
struct wax_str wax_report_subject(struct wax_arena *arena,
    struct wax_domain policy_domain, struct wax_domain submitter,
    struct wax_str report_id);
/* "S!D!begin!end!I.xml.gz"; the Report-ID is letters and digits only.
 *                                                    RFC 9990 s3.5.2 */
struct wax_str wax_report_file_name(struct wax_arena *arena,
    struct wax_domain submitter, struct wax_domain policy_domain,
    struct wax_period period, struct wax_str report_id);

#endif
