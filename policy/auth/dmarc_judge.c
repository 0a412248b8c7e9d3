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
 *   gaps that only an        all are empty; or all hide what keeps their
 *   identifier's walk has    identifier apart (psd=n). Nothing there can
 *                            bring it and the Author Domain together.
 *   existence                both.
 *   a gap of the Author      empty; or a record there, with each psd=, that
 *   Domain's walk            is lenient (relaxed, none) or severe (strict,
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

/* The Organizational Domain of the domain that a walk starts from. */
static struct wax_domain
org_domain_of(const struct wax_evidence *evidence, const struct wax_walk *walk)
{
	if (evidence->psl != NULL)
		return wax_psl_org_domain(evidence->psl, walk->start);
	return wax_walk_guarded_org_domain(walk);
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

static bool
is_in_gaps(const struct wax_walk *walk, struct wax_domain domain)
{
	for (size_t i = 0; i < walk->n_gaps; i++)
		if (wax_domain_eq(walk->gap[i].domain, domain))
			return true;
	return false;
}

/*
 * A gap that the Author Domain's walk has not, or NULL. Names that two walks
 * share are shorter than those they do not: it is the first.
 */
static const struct wax_walk_gap *
own_gap(const struct wax_evidence *evidence, const struct wax_walk *walk)
{
	if (walk == NULL || walk->n_gaps == 0 ||
	    is_in_gaps(&evidence->walk, walk->gap[0].domain))
		return NULL;
	return &walk->gap[0];
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
	if (walk == NULL || (given->apart && own_gap(evidence, walk) != NULL))
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
	/* Where no policy applies it is none. */
	if (!spread->could_fail && !spread->could_be_none)
		spread->least = spread->most = one->policy;
	if (one->policy < spread->least)
		spread->least = one->policy;
	if (one->policy > spread->most)
		spread->most = one->policy;
	if (one->result == WAX_NONE)
		spread->could_be_none = true;
	else
		spread->could_fail = true;
}

/*
 * The judgements under one supposition about what all walks share: [p][a],
 * where p is that what is undecided passes, a that own gaps keep apart.
 */
struct corners {
	struct wax_judgement at[2][2];
};

static bool
has_own_limit(const struct wax_evidence *evidence)
{
	for (size_t i = 0; i < evidence->n; i++) {
		const struct wax_walk_gap *gap =
		    own_gap(evidence, evidence->identifier[i].walk);

		if (gap != NULL && gap->limit)
			return true;
	}
	return false;
}

static struct corners
judge_corners(const struct wax_evidence *evidence,
    const struct wax_walk_step *step, bool exists, struct wax_spread *spread)
{
	struct wax_supposition given = { .step = step, .exists = exists };
	struct corners corners = { 0 };

	for (size_t p = 0; p < 2; p++)
		for (size_t a = 0; a < 2; a++) {
			given.undecided_pass = p > 0;
			given.apart = a > 0;
			corners.at[p][a] = wax_dmarc_judge(evidence, &given);
			add_judgement(spread, &corners.at[p][a]);
		}
	return corners;
}

/* Which doubts make a difference between the corners. */
static void
compare_corners(
    struct wax_spread *spread, const struct corners *corners, bool own_limit)
{
	const struct wax_judgement *fails = &corners->at[0][0];
	const struct wax_judgement *passes = &corners->at[1][0];

	if (passes->spf_aligned && !fails->spf_aligned)
		spread->undecided_spf = true;
	if (passes->dkim_aligned && !fails->dkim_aligned)
		spread->undecided_dkim = true;
	if (differ(fails, &corners->at[0][1]) ||
	    differ(passes, &corners->at[1][1])) {
		spread->undecided_policy = true;
		spread->limit |= own_limit;
	}
	if (corners->at[0][1].dkim_aligned)
		spread->signature = corners->at[0][1].signature;
}

/*
 * Whether another supposition about what is shared makes a difference. With
 * own gaps kept apart there is nothing more to see.
 */
static void
compare_suppositions(struct wax_spread *spread, const struct corners *base,
    const struct corners *other, bool limit)
{
	if (!differ(&base->at[0][0], &other->at[0][0]) &&
	    !differ(&base->at[1][0], &other->at[1][0]))
		return;
	spread->undecided_policy = true;
	spread->limit |= limit;
}

struct wax_spread
wax_dmarc_weigh(const struct wax_evidence *evidence)
{
	bool own_limit = has_own_limit(evidence);
	struct wax_supposition plain = { .exists = true };
	struct wax_spread spread = {
		.base = wax_dmarc_judge(evidence, &plain),
		.same_record = true,
		.spf_aligned = true,
		.dkim_aligned = true,
	};
	struct corners base = judge_corners(evidence, NULL, true, &spread);
	struct corners other;

	compare_corners(&spread, &base, own_limit);
	if (evidence->existence == WAX_EXISTS_UNKNOWN) {
		other = judge_corners(evidence, NULL, false, &spread);
		compare_suppositions(
		    &spread, &base, &other, evidence->existence_limit);
	}
	for (size_t i = 0; i < evidence->walk.n_gaps * N_KINDS; i++) {
		const struct wax_walk_gap *gap =
		    &evidence->walk.gap[i / N_KINDS];
		struct wax_walk_step step =
		    supposed_step(gap->domain, i % N_KINDS);

		other = judge_corners(evidence, &step, true, &spread);
		compare_corners(&spread, &other, own_limit);
		compare_suppositions(&spread, &base, &other, gap->limit);
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
	for (size_t i = 0; i < walk->n_gaps * N_KINDS; i++) {
		struct wax_walk_step step =
		    supposed_step(walk->gap[i / N_KINDS].domain, i % N_KINDS);
		struct wax_walk room;

		if (wax_domain_is_under(
		        domain, org_domain_of(evidence,
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
