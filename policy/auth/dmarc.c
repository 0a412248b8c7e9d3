/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc.c - what is asked about one message, and in which order.
 *
 * 1. the record at the Author Domain;
 * 2. the rest of its walk, unless that record is there and nobody needs the
 *    Organizational Domain;
 * 3. the walk of each identifier that could still make a difference: its
 *    method is not settled, relaxed mode, not identical, and under an
 *    Organizational Domain that the Author Domain may have;
 * 4. whether the Author Domain exists, if np= asks for another policy and the
 *    message does not pass.
 *
 * How it is judged then is in dmarc_judge.c.
 */
#include "policy/auth/dmarc.h"

#include "policy/auth/dmarc_judge.h"
#include "policy/auth/engines_impl.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"

/* Two domains with less in common share no Organizational Domain: the
 * shortest that is taken for one has two labels. */
#define COMMON_LABELS_MIN 2

struct inquiry {
	struct wax_arena *arena;
	struct wax_resolver *reserved, *general;
	wax_deadline deadline;
	bool is_complete; /* the Author Domain's walk */
	struct wax_evidence evidence;
};

void
wax_dmarc_prefetch(struct wax_arena *arena, const struct wax_engines *engines,
    struct wax_resolver *reserved, struct wax_domain author_domain)
{
	if (engines->psl == NULL) {
		wax_walk_prefetch(arena, reserved, author_domain);
		return;
	}
	wax_walk_prefetch_one(arena, reserved, author_domain);
	wax_walk_prefetch_one(
	    arena, reserved, wax_psl_org_domain(engines->psl, author_domain));
}

void
wax_dmarc_prefetch_identifier(struct wax_arena *arena,
    const struct wax_engines *engines, struct wax_resolver *general,
    struct wax_domain author_domain, struct wax_domain identifier)
{
	if (engines->psl == NULL && !wax_domain_eq(identifier, author_domain) &&
	    wax_domain_common(identifier, author_domain) >= COMMON_LABELS_MIN)
		wax_walk_prefetch(arena, general, identifier);
}

/*
 * The identifiers that passed, or could have: SPF's MAIL FROM identity and
 * each signature.                             RFC 9989 s5.3.3, s5.3.4
 */
static void
collect_identifiers(
    struct inquiry *inquiry, const struct wax_dmarc_query *query)
{
	WAX_VEC(struct wax_identifier) list = { 0 };
	const struct wax_spf_result *spf = query->spf;

	if (spf->result == WAX_PASS ||
	    (spf->result == WAX_TEMPERROR && spf->undecided))
		WAX_PUSH(inquiry->arena, &list,
		    (struct wax_identifier){ .domain = spf->domain,
		        .is_spf = true,
		        .passed = spf->result == WAX_PASS });
	for (size_t i = 0; i < query->n_dkim; i++) {
		const struct wax_dkim_signature *one = &query->dkim[i];

		if (one->result == WAX_PASS ||
		    (one->result == WAX_TEMPERROR && one->undecided))
			WAX_PUSH(inquiry->arena, &list,
			    (struct wax_identifier){ .domain = one->sdid,
			        .signature = i,
			        .passed = one->result == WAX_PASS });
	}
	inquiry->evidence.n = list.n;
	inquiry->evidence.identifier = list.v;
}

static bool
is_identical(
    const struct wax_evidence *evidence, const struct wax_identifier *one)
{
	return wax_domain_eq(one->domain, evidence->walk.start);
}

/* Whether a method's result cannot become any better. */
static bool
is_settled(const struct wax_evidence *evidence, bool is_spf)
{
	for (size_t i = 0; i < evidence->n; i++) {
		const struct wax_identifier *one = &evidence->identifier[i];

		if (one->is_spf == is_spf && one->passed &&
		    (is_identical(evidence, one) ||
		        wax_dmarc_surely_shares(evidence, one)))
			return true;
	}
	return false;
}

static bool
is_strict(const struct wax_dmarc_record *record, bool is_spf)
{
	return is_spf ? record->strict_spf : record->strict_dkim;
}

/* With a record at the Author Domain: whether anybody needs more. */
static bool
needs_org_domain(
    const struct wax_evidence *evidence, const struct wax_dmarc_record *record)
{
	for (size_t i = 0; i < evidence->n; i++) {
		const struct wax_identifier *one = &evidence->identifier[i];

		if (!is_identical(evidence, one) &&
		    !is_strict(record, one->is_spf) &&
		    !is_settled(evidence, one->is_spf) &&
		    wax_domain_common(one->domain, evidence->walk.start) >=
		        COMMON_LABELS_MIN)
			return true;
	}
	return false;
}

/*
 * The rest of the Author Domain's walk. With a public suffix list that is its
 * Organizational Domain, and only for the sake of a record.
 */
static void
complete_walk(struct inquiry *inquiry)
{
	struct wax_evidence *evidence = &inquiry->evidence;
	struct wax_walk *walk = &evidence->walk;
	struct wax_domain org;

	inquiry->is_complete = true;
	if (evidence->psl == NULL) {
		wax_walk_complete(
		    inquiry->arena, inquiry->reserved, inquiry->deadline, walk);
		return;
	}
	org = wax_psl_org_domain(evidence->psl, walk->start);
	if (!wax_domain_eq(org, walk->start) &&
	    wax_walk_find(walk, walk->start) == NULL)
		wax_walk_ask(inquiry->arena, inquiry->reserved, org,
		    inquiry->deadline, walk);
}

static struct wax_judgement
judge_so_far(const struct inquiry *inquiry)
{
	struct wax_supposition plain = { .exists = true };

	return wax_dmarc_judge(&inquiry->evidence, &plain);
}

/* Whether the record that applies, or could, has relaxed mode. */
static bool
may_be_relaxed(const struct inquiry *inquiry, bool is_spf)
{
	const struct wax_evidence *evidence = &inquiry->evidence;
	struct wax_judgement judgement = judge_so_far(inquiry);

	if (evidence->walk.n_gaps > 0 &&
	    wax_walk_find(&evidence->walk, evidence->walk.start) == NULL)
		return true;
	return judgement.has_record &&
	       !is_strict(&judgement.found.record, is_spf);
}

static void
walk_identifiers(struct inquiry *inquiry)
{
	struct wax_evidence *evidence = &inquiry->evidence;

	for (size_t i = 0; i < evidence->n; i++) {
		struct wax_identifier *one = &evidence->identifier[i];
		struct wax_walk *walk;

		if (is_identical(evidence, one) ||
		    is_settled(evidence, one->is_spf) ||
		    !may_be_relaxed(inquiry, one->is_spf) ||
		    !wax_dmarc_may_share(evidence, one->domain))
			continue;
		walk = WAX_NEW(inquiry->arena, struct wax_walk);
		*walk = wax_walk_run(inquiry->arena, inquiry->general,
		    one->domain, inquiry->deadline);
		one->walk = walk;
	}
}

/*
 * Ask whether the Author Domain exists, if that matters. Any type of record
 * will do; TXT is the one that SPF is likely to have asked.
 *                                              RFC 9989 s3.2.13, s4.7
 */
static void
find_existence(struct inquiry *inquiry)
{
	struct wax_evidence *evidence = &inquiry->evidence;
	struct wax_supposition exists = { .exists = true }, not = { 0 };
	struct wax_judgement one, other;
	const struct wax_answer *answer;

	if (evidence->walk.start_exists)
		return;
	evidence->existence = WAX_EXISTS_UNKNOWN;
	one = wax_dmarc_judge(evidence, &exists);
	other = wax_dmarc_judge(evidence, &not );
	evidence->existence = WAX_EXISTS;
	if (one.policy == other.policy)
		return;
	answer = wax_dns_lookup(inquiry->reserved, inquiry->arena,
	    evidence->walk.start.text, WAX_RR_TXT, inquiry->deadline);
	if (wax_answer_shows_name(answer))
		return;
	if (answer->status == WAX_DNS_NXDOMAIN) {
		evidence->existence = WAX_EXISTS_NOT;
		return;
	}
	evidence->existence = WAX_EXISTS_UNKNOWN;
	evidence->existence_limit = answer->status == WAX_DNS_LIMIT;
}

/* See the table in dmarc_judge.c. */
static enum wax_result
result_of(const struct wax_spread *spread)
{
	if (spread->could_pass && !spread->could_fail)
		return WAX_PASS;
	if (!spread->could_pass && !spread->could_be_none &&
	    spread->least == spread->most)
		return WAX_FAIL;
	if (!spread->could_pass && !spread->could_fail)
		return WAX_NONE;
	return spread->limit ? WAX_PERMERROR : WAX_TEMPERROR;
}

/* All that is needed to judge, and no question more. */
static struct wax_spread
gather(struct inquiry *inquiry, struct wax_domain author)
{
	struct wax_evidence *evidence = &inquiry->evidence;
	const struct wax_walk_step *own;
	struct wax_spread spread;

	evidence->walk = wax_walk_begin(
	    inquiry->arena, inquiry->reserved, author, inquiry->deadline);
	own = wax_walk_find(&evidence->walk, author);
	if (own == NULL || needs_org_domain(evidence, &own->record))
		complete_walk(inquiry);
	if (evidence->psl == NULL)
		walk_identifiers(inquiry);
	spread = wax_dmarc_weigh(evidence);
	if (result_of(&spread) == WAX_PASS)
		return spread;
	/* Whose mediators are others is told by the Organizational Domain. */
	if (!inquiry->is_complete)
		complete_walk(inquiry);
	find_existence(inquiry);
	return wax_dmarc_weigh(evidence);
}

static struct wax_str
why_fail(struct wax_arena *arena, const struct wax_judgement *judgement)
{
	if (!judgement->guarded)
		return WAX_STR("no aligned identifier passed");
	return wax_textf(arena,
	    "no aligned identifier passed; %.*s is not taken for an "
	    "Organizational Domain",
	    WAX_FMT(wax_domain_suffix(judgement->org_domain, 1).text));
}

static struct wax_str
why_none(struct wax_arena *arena, const struct wax_judgement *judgement)
{
	if (wax_domain_is_none(judgement->found.domain))
		return WAX_STR("no DMARC Policy Record");
	return wax_textf(arena, "the record of %.*s has no usable policy",
	    WAX_FMT(judgement->found.domain.text));
}

static struct wax_str
why_undecided(struct wax_arena *arena, const struct wax_spread *spread)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addz(&text, spread->limit ? "too many DNS questions for "
	                                   : "DNS did not answer for ");
	if (spread->undecided_policy)
		wax_text_addz(&text, "DMARC");
	if (spread->undecided_spf)
		wax_text_addf(
		    &text, "%sSPF", spread->undecided_policy ? " and " : "");
	if (spread->undecided_dkim)
		wax_text_addf(&text, "%sDKIM",
		    spread->undecided_policy || spread->undecided_spf ? " and "
		                                                      : "");
	return wax_text_str(&text);
}

static struct wax_str
why(struct wax_arena *arena, enum wax_result result,
    const struct wax_spread *spread)
{
	switch (result) {
	case WAX_PASS:
		if (spread->spf_aligned && spread->dkim_aligned)
			return WAX_STR("aligned by SPF and DKIM");
		return spread->spf_aligned ? WAX_STR("aligned by SPF")
		                           : WAX_STR("aligned by DKIM");
	case WAX_FAIL:
		return why_fail(arena, &spread->base);
	case WAX_NONE:
		return why_none(arena, &spread->base);
	case WAX_TEMPERROR:
	case WAX_PERMERROR:
	case WAX_SOFTFAIL:
	case WAX_POLICY:
	case WAX_NEUTRAL:
		break;
	}
	return why_undecided(arena, spread);
}

static const char *
why_no_author(enum wax_author_status status)
{
	switch (status) {
	case WAX_AUTHOR_OK:
	case WAX_AUTHOR_NONE:
		break;
	case WAX_AUTHOR_SEVERAL:
		return "several Author Domains";
	case WAX_AUTHOR_SYNTAX:
		return "no usable Author Domain";
	}
	return "no Author Domain";
}

static void
take_record(struct wax_dmarc_result *out, const struct wax_judgement *base)
{
	out->has_record = true;
	out->policy_domain = base->found.domain;
	out->record = base->found.record;
	out->published = base->published;
	out->policy = base->policy;
	out->applied_tag = base->applied_tag;
}

/* Whether all that is unknown was not asked because of a bound. */
static bool
no_answer_failed(const struct wax_evidence *evidence)
{
	if (evidence->walk.incomplete ||
	    (evidence->existence == WAX_EXISTS_UNKNOWN &&
	        !evidence->existence_limit))
		return false;
	for (size_t i = 0; i < evidence->n; i++) {
		const struct wax_identifier *one = &evidence->identifier[i];

		if (!one->passed ||
		    (one->walk != NULL && one->walk->incomplete))
			return false;
	}
	return true;
}

/* The answer, from what is certain in the spread. */
static void
conclude(const struct inquiry *inquiry, const struct wax_spread *spread,
    struct wax_dmarc_result *out)
{
	bool undecided;

	out->result = result_of(spread);
	if (inquiry->is_complete)
		out->org_domain = spread->base.org_domain;
	if (spread->base.has_record && spread->same_record)
		take_record(out, &spread->base);
	out->least = out->most = out->policy;
	if (out->result == WAX_PASS) {
		out->spf_aligned = spread->spf_aligned;
		out->dkim_aligned = spread->dkim_aligned;
		if (out->dkim_aligned)
			out->aligned_signature = spread->signature;
	}
	undecided =
	    out->result == WAX_TEMPERROR || out->result == WAX_PERMERROR;
	if (undecided) {
		out->limit_hit = spread->limit;
		out->only_limit =
		    spread->limit && no_answer_failed(&inquiry->evidence);
		out->could_pass = spread->could_pass;
		out->undecided_spf = spread->undecided_spf;
		out->undecided_dkim = spread->undecided_dkim;
		out->undecided_policy = spread->undecided_policy;
		out->least = spread->least;
		out->most = spread->most;
	}
	out->reason = why(inquiry->arena, out->result, spread);
}

struct wax_dmarc_result
wax_dmarc_evaluate(struct wax_arena *arena, const struct wax_engines *engines,
    struct wax_resolver *reserved, struct wax_resolver *general,
    const struct wax_dmarc_query *query, wax_deadline deadline)
{
	struct wax_dmarc_result result = {
		.result = WAX_PERMERROR,
		.author_status = query->author_status,
		.discovery =
		    engines->psl != NULL ? WAX_BY_PSL : WAX_BY_TREEWALK,
		.aligned_signature = query->n_dkim,
	};
	struct inquiry inquiry = {
		.arena = arena,
		.reserved = reserved,
		.general = general,
		.deadline = deadline,
		.evidence = { .psl = engines->psl },
	};
	struct wax_spread spread;

	if (query->author_status != WAX_AUTHOR_OK) {
		result.reason = wax_str_of(why_no_author(query->author_status));
		return result;
	}
	result.author_domain = query->author_domain;
	collect_identifiers(&inquiry, query);
	spread = gather(&inquiry, query->author_domain);
	conclude(&inquiry, &spread, &result);
	return result;
}
