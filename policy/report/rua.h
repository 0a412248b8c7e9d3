/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rua.h - where a report goes, and what it is called.
 *                              RFC 9990 s3.5, s4; RFC 9989 s4.6, s4.7
 *
 * The addresses come from a stranger. Only mailto: is taken, decoded once,
 * and then held against a strict grammar:
 *
 *	address    = local-part "@" host		; at most 254 octets
 *	local-part = atom *("." atom)			; at most 64 octets
 *	atom       = 1*(letter / digit / one of #$&'*+-=?^_{}~)
 *	host       = label 1*("." label)		; letters, digits, "-"
 *
 * That is RFC 5321's Dot-string without what a mail server on the way may
 * read as something else: routes ("%", "!"), programs and files ("|", "/",
 * "`"), and a "-" in front. No quoted-strings, no address literals, no UTF-8
 * in the local-part, no header fields (RFC 6068 has them behind "?"). U-labels
 * of the host become A-labels.
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

/* What speaks against a destination. */
enum wax_rua_cause {
	WAX_RUA_NOTHING,
	WAX_RUA_BAD_URI, /* not one that reports are sent to */
	WAX_RUA_TOO_MANY,
	WAX_RUA_NO_CONSENT,
	WAX_RUA_NO_MAIL,
	WAX_RUA_NO_ANSWER /* with WAX_RUA_RETRY */
};

struct wax_rua_destination {
	/* As published in the policy record, also where the destination's
	 * own answer put another address in its place. Odd octets escaped;
	 * too long ones are cut. */
	struct wax_str uri;
	struct wax_str address; /* local-part@host; empty: not one */
	struct wax_domain host; /* of the address */
	enum wax_rua_state state;
	enum wax_rua_cause cause;
	struct wax_str why; /* our own words; empty with WAX_RUA_SEND */
};

struct wax_rua_options {
	size_t max_uris;            /* max-report-uris; later ones refused */
	struct wax_str own_address; /* report-from: never a destination */
};

/*
 * The destinations that rua= names, in its order, those refused with them;
 * *n of them. An address that comes twice is one destination; items behind
 * the first WAX_RUA_ITEMS_MAX do not count. The obsolete limit of size
 * behind "!" is dropped. Nothing is asked.              RFC 9990 s3.4
 */
struct wax_rua_destination *wax_rua_parse(struct wax_arena *arena,
    struct wax_str rua, const struct wax_rua_options *options, size_t *n);

/*
 * Ask the DNS about those that are not refused:
 *
 * - whether a destination outside the policy domain's organization wants
 *   these reports (RFC 9990 s4). Its answer may name other addresses at the
 *   same host in its place: the list may become longer, up to max_uris
 *   destinations to be sent to. Of several such answers all count, but not
 *   those that name another host; if none is left, nobody gets the report;
 * - whether mail can be delivered there at all: not to a host with a null MX
 *   (RFC 7505), nor to one without MX and addresses (RFC 5321 s5.1). Whether
 *   the hosts that an MX names have addresses is for the mail server to see.
 *
 * Organizations are those of the tree walk, whatever org-domain-method says
 * (RFC 9990 s4). `policy_domain` is where the record was found.
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
/* "S!D!begin!end!I.xml.gz". The Report-ID is letters and digits only; an
 * empty one is left out.                             RFC 9990 s3.5.2 */
struct wax_str wax_report_file_name(struct wax_arena *arena,
    struct wax_domain submitter, struct wax_domain policy_domain,
    struct wax_period period, struct wax_str report_id);

#endif
