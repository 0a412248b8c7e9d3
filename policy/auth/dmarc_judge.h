/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc_judge.h - from what is known to a result, without asking anybody.
 *
 * For policy/auth/dmarc.c, and for policy/check, which shows what it would do.
 * What could not be asked is supposed in every way that matters; what comes
 * out the same in all of them is certain.
 */
#ifndef WAX_POLICY_AUTH_DMARC_JUDGE_H
#define WAX_POLICY_AUTH_DMARC_JUDGE_H

#include "policy/auth/dmarc.h"
#include "policy/auth/psl.h"

/* A domain that authenticated itself, or still could. */
struct wax_identifier {
	struct wax_domain domain;
	bool is_spf;      /* else DKIM */
	size_t signature; /* DKIM: which */
	bool passed;      /* else undecided */
	/* NULL: by tree walk it can only align by being identical. */
	const struct wax_walk *walk;
};

enum wax_existence {
	WAX_EXISTS,
	WAX_EXISTS_NOT,
	WAX_EXISTS_UNKNOWN
};

struct wax_evidence {
	const struct wax_psl *psl; /* NULL: by tree walk */
	struct wax_walk walk;      /* from the Author Domain */
	size_t n;
	struct wax_identifier *identifier;
	enum wax_existence existence; /* of the Author Domain */
	bool existence_limit;         /* unknown because of the budget */
};

/* What is taken for granted about the unknown. */
struct wax_supposition {
	const struct wax_walk_step *step; /* in a gap; NULL: gaps are empty */
	bool undecided_pass;
	bool apart;  /* identifiers with gaps of their own are not aligned */
	bool exists; /* used with WAX_EXISTS_UNKNOWN */
};

struct wax_judgement {
	enum wax_result result;     /* WAX_NONE, WAX_PASS or WAX_FAIL */
	bool has_record;            /* a policy applies */
	struct wax_walk_step found; /* the policy record, usable or not */
	enum wax_dmarc_policy published, policy;
	const char *applied_tag;
	bool spf_aligned, dkim_aligned;
	size_t signature; /* with dkim_aligned */
	struct wax_domain org_domain;
	bool guarded; /* a top-level domain was not taken for one */
};

struct wax_judgement wax_dmarc_judge(
    const struct wax_evidence *evidence, const struct wax_supposition *given);

/* The judgements of all suppositions together. */
struct wax_spread {
	struct wax_judgement base; /* gaps empty, the undecided failed */
	bool could_pass, could_fail, could_be_none;
	bool same_record; /* the policy record is certain */
	/* Wherever a policy applies; meant for a message that passes. */
	bool spf_aligned, dkim_aligned;
	size_t signature;
	enum wax_dmarc_policy least, most; /* where it does not pass */
	bool undecided_spf, undecided_dkim, undecided_policy;
	bool limit; /* a bound hides something that matters */
};

struct wax_spread wax_dmarc_weigh(const struct wax_evidence *evidence);

/* Whether a domain could have the Author Domain's Organizational Domain. */
bool wax_dmarc_may_share(
    const struct wax_evidence *evidence, struct wax_domain domain);

/* Whether nothing unknown could take the alignment of an identifier. */
bool wax_dmarc_surely_shares(const struct wax_evidence *evidence,
    const struct wax_identifier *identifier);

#endif
