/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_tree.h - an SPF record as the tree of its includes, and what each
 * costs.                                          RFC 7208 s4.6.4, s5, s6
 *
 * An evaluation stops where a term matches; here all terms are followed, as
 * for a client that none of them matches: the dearest case. Terms whose
 * names need facts of a message (macros) are counted, not asked.
 */
#ifndef WAX_POLICY_CHECK_SPF_TREE_H
#define WAX_POLICY_CHECK_SPF_TREE_H

#include "policy/auth/spf_record.h"
#include "policy/check/finding.h"
#include "policy/dns/resolver.h"

struct wax_spf_line {
	unsigned depth;        /* 0: a term of the domain's own record */
	struct wax_str term;   /* as published, escaped */
	unsigned cost;         /* lookups that the term itself costs: 0 or 1 */
	unsigned total;        /* with all below it */
	bool is_void;          /* its answer was empty */
	struct wax_str remark; /* "no SPF record", "9 networks"; or "" */
};

struct wax_spf_tree {
	struct wax_domain domain;
	bool has_record, is_unknown;
	struct wax_str record; /* as published; escaped */
	unsigned lookups;
	unsigned voids;  /* for clients of IPv4 */
	unsigned voids6; /* of IPv6; 0 if none of these is to pass */
	bool is_cut;     /* there is more than was looked at */
	/* All terms of the domain's own record; of records below it those
	 * that cost something, or have a remark. Depth first, in the order of
	 * evaluation: redirect= last. At most WAX_CHECK_SPF_LINES_MAX. */
	size_t n;
	const struct wax_spf_line *line;
};

/* `accepts_no_mail`: the route has a null MX, and "v=spf1 -all" is advised.
 * Text lives in the arena of `findings`. */
struct wax_spf_tree wax_check_spf(struct wax_findings *findings,
    struct wax_resolver *resolver, struct wax_domain domain,
    bool accepts_no_mail, wax_deadline deadline);

#endif
