/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc_judge.c - policy discovery, alignment and result as pure functions.
 *
 * What could not be asked
 * -----------------------
 * A missing answer is a gap in a walk, an undecided SPF or DKIM result, or
 * the unknown existence of the Author Domain. Each is supposed in every way
 * that matters, and the judgements are compared:
 *
 *   undecided SPF and DKIM   all of them pass; none of them passes. More
 *                            passes never make a pass a fail, so nothing in
 *                            between can give anything else.
 *   existence                both.
 *   a gap                    empty; or a record there, with each psd=, that
 *                            is lenient (relaxed, none) or severe (strict,
 *                            with none and with reject). One gap at a time:
 *                            the record that decides an Organizational
 *                            Domain decides it without other records, too.
 *
 * What an owner could have published besides - quarantine, t=y, one mode
 * strict, a record nobody can use - lies between these.
 *
 * The result is then                                     RFC 9989 s5.3.6
 *
 *   pass, if it passes wherever a policy applies. So an identifier that is
 *        identical to the Author Domain wins over every failure, that of
 *        reading the record included: it is aligned under any record;
 *   fail, if it fails everywhere, and with the same policy;
 *   none, if no policy applies anywhere;
 *   otherwise permerror, if what matters was not asked because of a bound of
 *        ours (another attempt would end the same), else temperror.
 */
#include "policy/auth/dmarc_judge.h"

/*
 * The Organizational Domain of the domain that a walk starts from. A
 * top-level domain is none, whatever it publishes: all its registrants would
 * be one organization (RFC 9989 s11.8). It is taken for a public suffix, as
 * local policy.
 */
static struct wax_domain
org_domain_of(const struct wax_evidence *evidence, const struct wax_walk *walk)
{
	struct wax_domain org;

	if (evidence->psl != NULL)
		return wax_psl_org_domain(evidence->psl, walk->start);
	org = wax_walk_org_domain(walk);
	return wax_domain_labels(org) > 1 ? org
	                                  : wax_domain_suffix(walk->start, 2);
}

/*
 * The record at the Author Domain; else at its Organizational Domain; else
 * of its Public Suffix Domain, which is the last on the walk. Records in
 * between never count.                                RFC 9989 s4.10.1
 */
static const struct wax_walk_step *
find_policy_record(const struct wax_walk *walk, struct wax_domain org)
{
	const struct wax_walk_step *step = wax_walk_find(walk, walk->start);

	if (step == NULL)
		step = wax_walk_find(walk, org);
	if (step == NULL && walk->n > 0)
		step = &walk->step[walk->n - 1];
	return step;
}

enum wax_dmarc_policy
wax_dmarc_downgraded(enum wax_dmarc_policy policy)
{
	return policy == WAX_P_REJECT ? WAX_P_QUARANTINE : WAX_P_NONE;
}

/*
 * p, sp or np; false: the record asks for nothing that could be understood,
 * and the search ends all the same.           RFC 9989 s4.7, s4.10.1
 */
static bool
choose_policy(struct wax_judgement *judgement, bool is_author, bool exists)
{
	const struct wax_dmarc_record *record = &judgement->found.record;

	judgement->applied_tag = "p";
	judgement->published = record->p;
	if (!record->has_p || record->bad_sp || record->bad_np) {
		if (!record->rua_has_uri)
			return false;
		judgement->published = WAX_P_NONE;
	} else if (!is_author && !exists && record->has_np) {
		judgement->applied_tag = "np";
		judgement->published = record->np;
	} else if (!is_author && record->has_sp) {
		judgement->applied_tag = "sp";
		judgement->published = record->sp;
	}
	judgement->policy = record->testing
	                        ? wax_dmarc_downgraded(judgement->published)
	                        : judgement->published;
	return true;
}

/* RFC 9989 s4.4, s5.3.5: identical, or relaxed and of one organization. */
static bool
is_aligned(const struct wax_evidence *evidence,
    const struct wax_supposition *given, const struct wax_judgement *judgement,
    const struct wax_identifier *identifier)
{
	const struct wax_dmarc_record *record = &judgement->found.record;
	struct wax_walk room;
	const struct wax_walk *walk = identifier->walk;

	if (wax_domain_eq(identifier->domain, evidence->walk.start))
		return true;
	if (identifier->is_spf ? record->strict_spf : record->strict_dkim)
		return false;
	if (evidence->psl != NULL)
		return wax_domain_eq(
		    wax_psl_org_domain(evidence->psl, identifier->domain),
		    judgement->org_domain);
	if (walk == NULL)
		return false;
	if (given->step != NULL)
		walk = wax_walk_supposing(walk, given->step, &room);
	return wax_domain_eq(
	    org_domain_of(evidence, walk), judgement->org_domain);
}

/* Every passing identifier is tried; one aligned is enough for a method. */
static void
align(const struct wax_evidence *evidence, const struct wax_supposition *given,
    struct wax_judgement *judgement)
{
	for (size_t i = 0; i < evidence->n; i++) {
		const struct wax_identifier *one = &evidence->identifier[i];

		if (!one->passed && !given->undecided_pass)
			continue;
		if (one->is_spf ? judgement->spf_aligned
		                : judgement->dkim_aligned)
			continue;
		if (!is_aligned(evidence, given, judgement, one))
			continue;
		if (one->is_spf) {
			judgement->spf_aligned = true;
		} else {
			judgement->dkim_aligned = true;
			judgement->signature = one->signature;
		}
	}
}

struct wax_judgement
wax_dmarc_judge(
    const struct wax_evidence *evidence, const struct wax_supposition *given)
{
	struct wax_judgement judgement = { .result = WAX_NONE };
	const struct wax_walk *walk = &evidence->walk;
	const struct wax_walk_step *step;
	struct wax_walk room;
	bool exists =
	    evidence->existence == WAX_EXISTS ||
	    (evidence->existence == WAX_EXISTS_UNKNOWN && given->exists);

	if (given->step != NULL)
		walk = wax_walk_supposing(walk, given->step, &room);
	judgement.org_domain = org_domain_of(evidence, walk);
	judgement.guarded =
	    evidence->psl == NULL && walk->n > 0 &&
	    walk->step[walk->n - 1].record.psd != WAX_PSD_YES &&
	    wax_domain_labels(walk->step[walk->n - 1].domain) == 1;
	step = find_policy_record(walk, judgement.org_domain);
	if (step == NULL)
		return judgement;
	judgement.found = *step;
	judgement.has_record = choose_policy(
	    &judgement, wax_domain_eq(step->domain, walk->start), exists);
	if (!judgement.has_record)
		return judgement;
	align(evidence, given, &judgement);
	judgement.result = judgement.spf_aligned || judgement.dkim_aligned
	                       ? WAX_PASS
	                       : WAX_FAIL;
	return judgement;
}

/* --- what could not be asked -------------------------------------------- */

#define N_KINDS 9

/* The records that a gap may hide, as far as it matters. */
static struct wax_walk_step
supposed_step(struct wax_domain domain, size_t kind)
{
	static const enum wax_dmarc_psd psd[] = { WAX_PSD_UNKNOWN, WAX_PSD_NO,
		WAX_PSD_YES };
	bool strict = kind / 3 > 0;

	return (struct wax_walk_step){
		.domain = domain,
		.record = {
		    .has_p = true,
		    .p = kind / 3 == 2 ? WAX_P_REJECT : WAX_P_NONE,
		    .psd = psd[kind % 3],
		    .strict_dkim = strict,
		    .strict_spf = strict,
		},
	};
}

static bool
is_in_gaps(const struct wax_walk *walk, size_t n, struct wax_domain domain)
{
	for (size_t i = 0; i < n; i++)
		if (wax_domain_eq(walk->gap[i].domain, domain))
			return true;
	return false;
}

/* The gaps of all walks, one after another, each name once. */
struct gap_cursor {
	size_t walk; /* 0: the Author Domain's; then the identifiers' */
	size_t gap;
};

static const struct wax_walk *
walk_number(const struct wax_evidence *evidence, size_t number)
{
	return number == 0 ? &evidence->walk
	                   : evidence->identifier[number - 1].walk;
}

static bool
was_earlier(const struct wax_evidence *evidence, size_t number,
    struct wax_domain domain)
{
	for (size_t i = 0; i < number; i++) {
		const struct wax_walk *walk = walk_number(evidence, i);

		if (walk != NULL && is_in_gaps(walk, walk->n_gaps, domain))
			return true;
	}
	return false;
}

static const struct wax_walk_gap *
next_gap(const struct wax_evidence *evidence, struct gap_cursor *cursor)
{
	for (; cursor->walk <= evidence->n; cursor->walk++, cursor->gap = 0) {
		const struct wax_walk *walk =
		    walk_number(evidence, cursor->walk);

		while (walk != NULL && cursor->gap < walk->n_gaps) {
			const struct wax_walk_gap *gap =
			    &walk->gap[cursor->gap++];

			if (!was_earlier(evidence, cursor->walk, gap->domain))
				return gap;
		}
	}
	return NULL;
}

static bool
has_undecided(const struct wax_evidence *evidence)
{
	for (size_t i = 0; i < evidence->n; i++)
		if (!evidence->identifier[i].passed)
			return true;
	return false;
}

static bool
differ(const struct wax_judgement *a, const struct wax_judgement *b)
{
	return a->result != b->result ||
	       (a->result == WAX_FAIL && a->policy != b->policy);
}

static bool
is_same_record(const struct wax_judgement *a, const struct wax_judgement *b)
{
	return a->has_record == b->has_record &&
	       (!a->has_record ||
	           wax_domain_eq(a->found.domain, b->found.domain));
}

static void
add_judgement(struct wax_spread *spread, const struct wax_judgement *one)
{
	enum wax_dmarc_policy policy = one->policy;

	if (!is_same_record(one, &spread->base))
		spread->same_record = false;
	if (one->has_record) {
		spread->spf_aligned &= one->spf_aligned;
		spread->dkim_aligned &= one->dkim_aligned;
	}
	if (one->result == WAX_PASS) {
		spread->could_pass = true;
		return;
	}
	if (one->result == WAX_NONE)
		policy = WAX_P_NONE;
	if (!spread->could_fail && !spread->could_be_none)
		spread->least = spread->most = policy;
	if (policy < spread->least)
		spread->least = policy;
	if (policy > spread->most)
		spread->most = policy;
	if (one->result == WAX_NONE)
		spread->could_be_none = true;
	else
		spread->could_fail = true;
}

/* The two ends of one supposition: without and with what is undecided. */
struct ends {
	struct wax_judgement none_pass, all_pass;
};

static struct ends
judge_ends(const struct wax_evidence *evidence,
    const struct wax_walk_step *step, bool exists, struct wax_spread *spread)
{
	struct wax_supposition given = { .step = step, .exists = exists };
	struct ends ends = { .none_pass = wax_dmarc_judge(evidence, &given) };

	if (ends.none_pass.dkim_aligned)
		spread->signature = ends.none_pass.signature;
	ends.all_pass = ends.none_pass;
	if (has_undecided(evidence)) {
		given.undecided_pass = true;
		ends.all_pass = wax_dmarc_judge(evidence, &given);
	}
	add_judgement(spread, &ends.none_pass);
	add_judgement(spread, &ends.all_pass);
	if (ends.all_pass.spf_aligned && !ends.none_pass.spf_aligned)
		spread->undecided_spf = true;
	if (ends.all_pass.dkim_aligned && !ends.none_pass.dkim_aligned)
		spread->undecided_dkim = true;
	return ends;
}

static void
compare_ends(struct wax_spread *spread, const struct ends *base,
    const struct ends *other, bool limit)
{
	if (!differ(&base->none_pass, &other->none_pass) &&
	    !differ(&base->all_pass, &other->all_pass))
		return;
	spread->undecided_policy = true;
	spread->limit |= limit;
}

struct wax_spread
wax_dmarc_weigh(const struct wax_evidence *evidence)
{
	struct wax_supposition plain = { .exists = true };
	struct wax_spread spread = {
		.base = wax_dmarc_judge(evidence, &plain),
		.same_record = true,
		.spf_aligned = true,
		.dkim_aligned = true,
	};
	struct ends base = judge_ends(evidence, NULL, true, &spread), other;
	struct gap_cursor cursor = { 0, 0 };
	const struct wax_walk_gap *gap;

	if (evidence->existence == WAX_EXISTS_UNKNOWN) {
		other = judge_ends(evidence, NULL, false, &spread);
		compare_ends(&spread, &base, &other, evidence->existence_limit);
	}
	while ((gap = next_gap(evidence, &cursor)) != NULL)
		for (size_t kind = 0; kind < N_KINDS; kind++) {
			struct wax_walk_step step =
			    supposed_step(gap->domain, kind);

			other = judge_ends(evidence, &step, true, &spread);
			compare_ends(&spread, &base, &other, gap->limit);
		}
	return spread;
}

bool
wax_dmarc_may_share(
    const struct wax_evidence *evidence, struct wax_domain domain)
{
	const struct wax_walk *walk = &evidence->walk;

	/* An Organizational Domain is a suffix of all its domains. */
	if (wax_domain_is_under(domain, org_domain_of(evidence, walk)))
		return true;
	for (size_t i = 0; i < walk->n_gaps; i++)
		for (size_t kind = 0; kind < N_KINDS; kind++) {
			struct wax_walk_step step =
			    supposed_step(walk->gap[i].domain, kind);
			struct wax_walk room;

			if (wax_domain_is_under(domain,
			        org_domain_of(evidence,
			            wax_walk_supposing(walk, &step, &room))))
				return true;
		}
	return false;
}

bool
wax_dmarc_surely_shares(const struct wax_evidence *evidence,
    const struct wax_identifier *identifier)
{
	const struct wax_walk *walk = identifier->walk;

	if (walk == NULL || walk->n_gaps > 0 || evidence->walk.n_gaps > 0)
		return false;
	return wax_domain_eq(org_domain_of(evidence, walk),
	    org_domain_of(evidence, &evidence->walk));
}
