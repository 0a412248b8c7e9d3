/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc.h - DMARC of one message.                RFC 9989 s5.3.1-5.3.6
 *
 * The query holds the results of SPF and DKIM, so it cannot be asked too
 * early. What is done with the result is the verdict's business.
 */
#ifndef WAX_POLICY_AUTH_DMARC_H
#define WAX_POLICY_AUTH_DMARC_H

#include "policy/auth/dkim.h"
#include "policy/auth/dmarc_record.h"
#include "policy/auth/dmarc_walk.h"
#include "policy/auth/spf.h"
#include "policy/mail/address.h"

struct wax_dmarc_query {
	enum wax_author_status author_status;
	struct wax_domain author_domain;  /* with WAX_AUTHOR_OK only */
	const struct wax_spf_result *spf; /* of the MAIL FROM identity */
	size_t n_dkim;
	const struct wax_dkim_signature *dkim;
};

enum wax_discovery {
	WAX_BY_TREEWALK,
	WAX_BY_PSL
};

struct wax_dmarc_result {
	/* WAX_NONE: no policy applies. WAX_PERMERROR: no usable, or several,
	 * Author Domains; or a question past a limit. WAX_PASS without
	 * has_record: the record could not be read, but an identifier is
	 * identical to the Author Domain, which any record accepts. */
	enum wax_result result;
	enum wax_author_status author_status;
	/* The Organizational Domain is none where it was not needed: the
	 * message passes by an identifier identical to the Author Domain. */
	struct wax_domain author_domain, org_domain;
	struct wax_domain policy_domain; /* none unless has_record */
	bool has_record;                 /* a policy applies */
	struct wax_dmarc_record record;
	enum wax_discovery discovery;
	/* p, sp or np, whichever applies, before and after t=y. */
	enum wax_dmarc_policy published, policy;
	const char *applied_tag; /* "p", "sp" or "np"; NULL without record */
	bool spf_aligned, dkim_aligned; /* an aligned pass */
	/* The signature that made dkim_aligned, or the query's n_dkim. */
	size_t aligned_signature;
	bool limit_hit;  /* with WAX_PERMERROR: a question past a limit */
	bool only_limit; /* and nothing else is missing: no answer failed */
	/* With WAX_TEMPERROR, and WAX_PERMERROR by a limit: whether another
	 * answer could have made it a pass, and the stages whose answers are
	 * missing. */
	bool could_pass;
	bool undecided_spf; /* an unanswered SPF could be an aligned pass */
	bool undecided_dkim;
	bool undecided_policy; /* record or alignment could not be read */
	/* With undecided answers, the least and the most severe policy that
	 * could still apply if the message fails (both WAX_P_NONE if no
	 * policy would apply); the same when all is known. */
	enum wax_dmarc_policy least, most;
	struct wax_str reason; /* our own words */
};

/*
 * Ask ahead for the Author Domain's walk. Never blocks. (Whether the domain
 * exists is rarely of interest: that is not asked ahead.)
 */
void wax_dmarc_prefetch(struct wax_arena *arena,
    const struct wax_engines *engines, struct wax_resolver *reserved,
    struct wax_domain author_domain);

/*
 * Ask ahead for the walk of an identifier (SPF domain, SDID), unless it
 * cannot align: two domains that do not share two labels share no
 * Organizational Domain.                              RFC 9989 s4.10.2
 */
void wax_dmarc_prefetch_identifier(struct wax_arena *arena,
    const struct wax_engines *engines, struct wax_resolver *general,
    struct wax_domain author_domain, struct wax_domain identifier);

/*
 * `reserved` asks about the Author Domain, `general` about the other
 * identifiers (policy/dns/budget.h; they may be the same).
 */
struct wax_dmarc_result wax_dmarc_evaluate(struct wax_arena *arena,
    const struct wax_engines *engines, struct wax_resolver *reserved,
    struct wax_resolver *general, const struct wax_dmarc_query *query,
    wax_deadline deadline);

/* t=y takes the policy one step down.                   RFC 9989 s4.7 */
enum wax_dmarc_policy wax_dmarc_downgraded(enum wax_dmarc_policy policy);

#endif
