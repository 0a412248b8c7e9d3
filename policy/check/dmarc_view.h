/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc_view.h - which DMARC policy applies to a domain, and why.
 *                                              RFC 9989 s4.7, s4.10, s4.10.1
 *
 * The walk is that of dmarc_walk.h and the record that of dmarc_record.h: the
 * very code that judges mail. What records say that do not count (several at
 * a name, a misspelt version) is looked at here.
 */
#ifndef WAX_POLICY_CHECK_DMARC_VIEW_H
#define WAX_POLICY_CHECK_DMARC_VIEW_H

#include "policy/auth/dmarc_walk.h"
#include "policy/auth/engines.h"
#include "policy/check/finding.h"
#include "policy/report/rua.h"

/* One name of the walk, in its order. */
struct wax_dmarc_step {
	struct wax_domain domain;
	struct wax_str record; /* as published, escaped; empty: none counts */
	struct wax_str remark; /* "no record", "2 records: none counts", ... */
};

struct wax_dmarc_view {
	struct wax_domain domain;
	bool is_unknown; /* some name on the walk could not be asked */
	bool exists;     /* the domain; false: the DNS says that it does not */
	size_t n_steps;
	const struct wax_dmarc_step *step;
	bool has_policy;
	/* policy_domain: where the record was found that applies, or that
	 * would if it asked for anything; or none. */
	struct wax_domain policy_domain, org_domain;
	struct wax_domain psl_domain;   /* none: no suffix list was given */
	struct wax_dmarc_record record; /* that applies */
	/* With a policy: of the domain, of a subdomain of it that exists, and
	 * of one that does not. t=y is not applied here. */
	enum wax_dmarc_policy policy, subdomain_policy, absent_policy;
	size_t n_destinations;
	const struct wax_rua_destination *destination;
};

/*
 * `psl`: engines opened with a public suffix list, to compare with; NULL:
 * none. `accepts_no_mail`: the route has a null MX, and p=reject is advised.
 * Text lives in the arena of `findings`.
 */
struct wax_dmarc_view wax_check_dmarc(struct wax_findings *findings,
    struct wax_resolver *resolver, const struct wax_engines *psl,
    struct wax_domain domain, bool accepts_no_mail, wax_deadline deadline);

#endif
