/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc_names.c - what is wrong with the names that a walk asks: records that
 * do not count, that stand elsewhere, or that are not there.
 */
#include "policy/check/dmarc_draft.h"
#include "policy/check/dmarc_view_impl.h"

#define NOTHING_TO_PUBLISH ((struct wax_str){ NULL, 0 })

static struct wax_str
publish(const struct wax_dmarc_look *look, struct wax_domain domain,
    const struct wax_dmarc_draft *draft)
{
	return wax_publish_txt(look->arena, wax_dmarc_name(look->arena, domain),
	    wax_dmarc_draft_text(draft));
}

/* A first record: reports only, or a refusal where there is no mail. */
static struct wax_str
first_record(const struct wax_dmarc_look *look, struct wax_domain domain)
{
	struct wax_dmarc_draft draft = { .arena = look->arena };

	if (look->accepts_no_mail) {
		wax_dmarc_draft_set(&draft, "p", WAX_STR("reject"));
	} else {
		wax_dmarc_draft_set(&draft, "p", WAX_STR("none"));
		wax_dmarc_draft_set(
		    &draft, "rua", wax_dmarc_own_rua(look->arena, domain));
	}
	return publish(look, domain, &draft);
}

/* --- several, and lookalikes ------------------------------------------- */

static unsigned
strength(const struct wax_str *policy)
{
	if (policy != NULL && wax_str_eq(*policy, WAX_STR("reject")))
		return 2;
	if (policy != NULL && wax_str_eq(*policy, WAX_STR("quarantine")))
		return 1;
	return 0;
}

/* The first, with the softest policy and the reports of all. */
static struct wax_dmarc_draft
merged(const struct wax_dmarc_look *look, const struct wax_answer *answer)
{
	struct wax_dmarc_draft all = { .arena = look->arena };
	bool is_first = true;

	for (size_t i = 0; i < answer->n; i++) {
		struct wax_dmarc_draft one;
		const struct wax_str *policy, *rua, *have;

		if (!wax_dmarc_record_is(answer->rr[i].txt.text))
			continue;
		one = wax_dmarc_draft_read(look->arena, answer->rr[i].txt.text);
		if (is_first) {
			all = one;
			is_first = false;
			continue;
		}
		policy = wax_dmarc_draft_get(&one, "p");
		if (strength(policy) < strength(wax_dmarc_draft_get(&all, "p")))
			wax_dmarc_draft_set(&all, "p",
			    policy != NULL ? *policy : WAX_STR("none"));
		rua = wax_dmarc_draft_get(&one, "rua");
		have = wax_dmarc_draft_get(&all, "rua");
		if (rua != NULL && have == NULL)
			wax_dmarc_draft_set(&all, "rua", *rua);
		else if (rua != NULL && !wax_str_eq(*rua, *have))
			wax_dmarc_draft_set(&all, "rua",
			    wax_textf(look->arena, "%.*s,%.*s", WAX_FMT(*have),
			        WAX_FMT(*rua)));
	}
	return all;
}

static bool
judge_several(const struct wax_dmarc_look *look, struct wax_domain domain,
    const struct wax_answer *answer)
{
	size_t n = wax_dmarc_count_records(answer);
	struct wax_dmarc_draft draft;

	if (n < 2)
		return false;
	draft = merged(look, answer);
	wax_found(look->findings, WAX_F_DMARC_SEVERAL,
	    wax_dmarc_name(look->arena, domain), publish(look, domain, &draft),
	    "%zu DMARC records at one name", n);
	return true;
}

/* A text at a _dmarc name that is no record; with one beside it that counts
 * it is to be deleted. */
static bool
judge_lookalikes(const struct wax_dmarc_look *look, struct wax_domain domain,
    const struct wax_answer *answer)
{
	bool has_record = wax_dmarc_count_records(answer) > 0, is_found = false;

	for (size_t i = 0; i < answer->n; i++) {
		struct wax_str text = answer->rr[i].txt.text, proposal;
		struct wax_dmarc_draft draft;
		const char *why;

		if (!wax_dmarc_is_lookalike(text, true, &why))
			continue;
		is_found = true;
		draft = wax_dmarc_draft_read(look->arena, text);
		proposal = has_record || draft.list.n == 0
		               ? NOTHING_TO_PUBLISH
		               : publish(look, domain, &draft);
		wax_found(look->findings, WAX_F_DMARC_LOOKALIKE,
		    wax_dmarc_name(look->arena, domain), proposal,
		    "\"%.*s\": %s", WAX_FMT(wax_dmarc_shown(look->arena, text)),
		    why);
	}
	return is_found;
}

/* --- other places ------------------------------------------------------ */

/* One text that should stand at _dmarc of the domain. */
static bool
judge_text_elsewhere(
    const struct wax_dmarc_look *look, struct wax_str name, struct wax_str text)
{
	struct wax_domain domain = look->view->domain;
	struct wax_dmarc_draft draft;
	const char *why;

	if (!wax_dmarc_record_is(text) &&
	    !wax_dmarc_is_lookalike(text, false, &why))
		return false;
	draft = wax_dmarc_draft_read(look->arena, text);
	wax_found(look->findings, WAX_F_DMARC_PLACE, name,
	    draft.list.n > 0 ? publish(look, domain, &draft)
	                     : NOTHING_TO_PUBLISH,
	    "\"%.*s\" stands at %.*s, not at _dmarc.%.*s",
	    WAX_FMT(wax_dmarc_shown(look->arena, text)), WAX_FMT(name),
	    WAX_FMT(domain.text));
	return true;
}

/*
 * At the domain itself; where the underscore was forgotten; and where a form
 * has put the domain behind a name that had it already.
 */
static bool
judge_elsewhere(const struct wax_dmarc_look *look)
{
	struct wax_str domain = look->view->domain.text;
	struct wax_str names[] = { domain,
		wax_textf(look->arena, "dmarc.%.*s", WAX_FMT(domain)),
		wax_textf(look->arena, "_dmarc.%.*s.%.*s", WAX_FMT(domain),
		    WAX_FMT(domain)) };
	size_t n = sizeof names / sizeof names[0];

	for (size_t i = 1; i < n; i++)
		wax_dns_prefetch(look->resolver, names[i], WAX_RR_TXT);
	for (size_t i = 0; i < n; i++) {
		const struct wax_answer *answer = wax_dns_lookup(look->resolver,
		    look->arena, names[i], WAX_RR_TXT, look->deadline);

		for (size_t k = 0; k < answer->n; k++)
			if (judge_text_elsewhere(
			        look, names[i], answer->rr[k].txt.text))
				return true;
	}
	return false;
}

/* --- the whole --------------------------------------------------------- */

static void
judge_unanswered(const struct wax_dmarc_look *look)
{
	const struct wax_walk *walk = look->walk;
	struct wax_str name;

	if (walk->n_gaps == 0)
		return;
	name = wax_dmarc_name(look->arena, walk->gap[0].domain);
	wax_found(look->findings, WAX_F_DMARC_UNKNOWN, name, NOTHING_TO_PUBLISH,
	    "no answer about %.*s%s", WAX_FMT(name),
	    walk->n_gaps > 1 ? ", and others" : "");
}

/* Where a first record belongs: at the organization, as far as it is known;
 * it covers what is below. */
static struct wax_domain
place_of_first(const struct wax_dmarc_look *look)
{
	const struct wax_dmarc_view *view = look->view;

	if (!wax_domain_is_none(view->psl_domain) && !look->is_public_suffix &&
	    !look->accepts_no_mail)
		return view->psl_domain;
	return view->domain;
}

void
wax_dmarc_judge_names(const struct wax_dmarc_look *look)
{
	const struct wax_dmarc_view *view = look->view;
	bool is_explained = false;

	judge_unanswered(look);
	for (size_t i = 0; i < view->n_steps; i++) {
		/* A top-level domain is nobody's who reads this. */
		if (i > 0 && wax_domain_labels(view->step[i].domain) < 2)
			break;
		if (judge_several(look, view->step[i].domain, look->answers[i]))
			is_explained = true;
		if (judge_lookalikes(
		        look, view->step[i].domain, look->answers[i]))
			is_explained = true;
	}
	if (look->answers[0]->status != WAX_DNS_TEMPFAIL &&
	    look->answers[0]->status != WAX_DNS_LIMIT && !is_explained &&
	    wax_dmarc_count_records(look->answers[0]) == 0 &&
	    judge_elsewhere(look))
		is_explained = true;
	/* What could not be asked is never taken for absent. */
	if (is_explained || view->is_unknown || !view->exists ||
	    !wax_domain_is_none(view->policy_domain))
		return;
	wax_found(look->findings,
	    look->accepts_no_mail ? WAX_F_DMARC_NOT_SENDING : WAX_F_DMARC_NONE,
	    wax_dmarc_name(look->arena, place_of_first(look)),
	    first_record(look, place_of_first(look)),
	    "no DMARC record at %.*s, nor above it",
	    WAX_FMT(view->domain.text));
}
