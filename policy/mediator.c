/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/mediator.h"

const char *
wax_mediator_sign_words(enum wax_mediator_sign sign)
{
	switch (sign) {
	case WAX_SIGN_NONE:
		return "none";
	case WAX_SIGN_LIST_ID:
		return "list id";
	case WAX_SIGN_BROKEN_SIGNATURE:
		return "broken author signature";
	case WAX_SIGN_SRS:
		return "rewritten reverse-path";
	}
	return "none";
}

/*
 * Whether a domain is the Author Domain's: the same, or in its organization.
 * By place in the tree, without a walk of its own: a sign is circumstance,
 * not proof.
 */
static bool
is_authors(const struct wax_dmarc_result *dmarc, struct wax_domain domain)
{
	return wax_domain_eq(domain, dmarc->author_domain) ||
	       (!wax_domain_is_none(dmarc->org_domain) &&
	           wax_domain_is_under(domain, dmarc->org_domain));
}

/* Among the signatures, but `apart`: one cannot both pass and be broken,
 * whatever its key turns out to be. */
static bool
has_broken_author_signature(const struct wax_results *results,
    const struct wax_dkim_signature *apart, bool if_answered)
{
	for (size_t i = 0; i < results->n_dkim; i++) {
		const struct wax_dkim_signature *one = &results->dkim[i];

		if (one == apart || !is_authors(&results->dmarc, one->sdid))
			continue;
		if (one->broken || (if_answered && one->undecided))
			return true;
	}
	return false;
}

/* What speaks for `domain`, which authenticated itself, as a mediator. */
static enum wax_mediator_sign
sign_of(const struct wax_facts *facts, const struct wax_results *results,
    struct wax_domain domain, bool broken)
{
	if (!wax_domain_is_none(facts->list_id) &&
	    wax_domain_is_under(facts->list_id, domain))
		return WAX_SIGN_LIST_ID;
	if (broken)
		return WAX_SIGN_BROKEN_SIGNATURE;
	if (facts->has_srs &&
	    is_authors(&results->dmarc, facts->srs_original) &&
	    !wax_domain_is_none(facts->reverse_path.domain) &&
	    wax_domain_is_under(facts->reverse_path.domain, domain))
		return WAX_SIGN_SRS;
	return WAX_SIGN_NONE;
}

struct wax_mediator
wax_mediator_find(const struct wax_facts *facts,
    const struct wax_results *results, bool if_answered)
{
	const struct wax_domain author = results->dmarc.author_domain;
	const struct wax_spf_result *spf = &results->mailfrom;
	bool broken = has_broken_author_signature(results, NULL, if_answered);
	struct wax_mediator found = { 0 };

	if ((spf->result == WAX_PASS || (if_answered && spf->undecided)) &&
	    !wax_domain_is_none(spf->domain) &&
	    !wax_domain_eq(spf->domain, author)) {
		found.sign = sign_of(facts, results, spf->domain, broken);
		found.domain = spf->domain;
	}
	for (size_t i = 0; found.sign == WAX_SIGN_NONE && i < results->n_dkim;
	     i++) {
		const struct wax_dkim_signature *one = &results->dkim[i];

		if (one->result != WAX_PASS && !(if_answered && one->undecided))
			continue;
		if (wax_domain_is_none(one->sdid) ||
		    wax_domain_eq(one->sdid, author))
			continue;
		broken = has_broken_author_signature(results, one, if_answered);
		found.sign = sign_of(facts, results, one->sdid, broken);
		found.domain = one->sdid;
	}
	if (found.sign == WAX_SIGN_NONE)
		found.domain = (struct wax_domain){ { NULL, 0 } };
	return found;
}
