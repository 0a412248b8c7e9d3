/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * row.c - which messages are reported, and what is said about them.
 *
 * Nothing is judged here: what is aligned, what was done and why is taken
 * from the results and the verdict as they stand.
 */
#include "policy/report/row.h"

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"

/* --- which messages -------------------------------------------------------- */

/*
 * Whether DMARC came to an end that can be reported. Where an answer of the
 * DNS is missing it is neither pass nor fail, and another message will tell
 * (RFC 9989 s5.3.6). What a bound of ours left unasked is judged as a
 * failure, here as in the verdict: nobody could hide by exceeding it.
 */
static bool
has_outcome(const struct wax_dmarc_result *dmarc)
{
	if (!dmarc->has_record)
		return false;
	return dmarc->result == WAX_PASS || dmarc->result == WAX_FAIL ||
	       (dmarc->result == WAX_PERMERROR && dmarc->only_limit);
}

static bool
is_address(
    const struct wax_reverse_path *path, const struct wax_reverse_path *address)
{
	return !wax_domain_is_none(path->domain) &&
	       wax_domain_eq(path->domain, address->domain) &&
	       wax_str_ieq(path->local_part, address->local_part);
}

/* Whether every recipient is this address; nobody knows of those that were
 * not kept. */
static bool
is_only_to(struct wax_arena *arena, const struct wax_facts *facts,
    const struct wax_reverse_path *address)
{
	if (facts->n_recipients == 0 ||
	    facts->n_recipients_kept < facts->n_recipients)
		return false;
	for (size_t i = 0; i < facts->n_recipients_kept; i++) {
		struct wax_reverse_path one =
		    wax_reverse_path_parse(arena, facts->recipient[i]);

		if (!is_address(&one, address))
			return false;
	}
	return true;
}

/* Reports of others, bounces of ours, and our own reports. */
static bool
is_of_reporting(struct wax_arena *arena, const struct wax_facts *facts,
    const struct wax_results *results, struct wax_str own_address)
{
	struct wax_reverse_path own;

	if (own_address.n == 0)
		return false;
	own = wax_reverse_path_parse(arena, own_address);
	if (wax_domain_is_none(own.domain))
		return false;
	return is_only_to(arena, facts, &own) ||
	       (is_address(&facts->reverse_path, &own) &&
	           wax_domain_eq(results->dmarc.author_domain, own.domain));
}

/* --- under which policy ---------------------------------------------------- */

/* Without blanks, in small letters: there are many ways to write a list. */
static struct wax_str
plain_list(struct wax_arena *arena, struct wax_str list)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < list.n; i++)
		if (!wax_is_blank(list.p[i]))
			wax_text_addc(&text, wax_lower(list.p[i]));
	return wax_text_str(&text);
}

/* The first whole URIs, as many as there is room for. */
static struct wax_str
first_uris(struct wax_str rua)
{
	size_t comma;

	if (rua.n <= WAX_REPORT_RUA_BYTES_MAX)
		return rua;
	rua = wax_str_head(rua, WAX_REPORT_RUA_BYTES_MAX + 1);
	comma = wax_str_rfind(rua, ',');
	return comma < rua.n ? wax_str_trim(wax_str_head(rua, comma))
	                     : WAX_STR("");
}

/*
 * What applied. A record that asks for nothing that could be understood, but
 * wants reports, is p=none (RFC 9989 s4.10.1); its error says why.
 *                                        RFC 9990 s3.1.1.6, s3.1.5
 */
static struct wax_report_policy
policy_of(struct wax_arena *arena, const struct wax_dmarc_result *dmarc)
{
	const struct wax_dmarc_record *record = &dmarc->record;
	struct wax_report_policy policy = {
		.domain = dmarc->policy_domain.text,
		.strict_dkim = record->strict_dkim,
		.strict_spf = record->strict_spf,
		.testing = record->testing,
		.discovery = dmarc->discovery,
		.fo = plain_list(arena, record->fo),
		.error = record->error,
		.rua = first_uris(record->rua),
	};

	if (!record->has_p || record->bad_sp || record->bad_np)
		return policy;
	policy.p = record->p;
	policy.sp = record->has_sp ? record->sp : policy.p;
	policy.np = record->has_np ? record->np : policy.sp;
	return policy;
}

/* --- what is counted ------------------------------------------------------- */

static void
take_reasons(struct wax_arena *arena, const struct wax_verdict *verdict,
    struct wax_report_tuple *tuple)
{
	struct wax_report_reason *reason =
	    wax_alloc(arena, verdict->n_reasons, sizeof *reason);

	for (size_t i = 0; i < verdict->n_reasons; i++) {
		reason[i].type = verdict->reason[i].type;
		reason[i].comment = verdict->reason[i].comment;
	}
	tuple->n_reasons = verdict->n_reasons;
	tuple->reason = reason;
}

enum rank {
	RANK_STRICT,  /* passed, and is the Author Domain */
	RANK_RELAXED, /* passed, and is of its organization */
	RANK_PASSED,
	RANK_OTHER,
	N_RANKS
};

/*
 * Of one organization, as far as that was asked: where the Organizational
 * Domain was not needed, a domain below or above the other one is.
 */
static bool
is_related(const struct wax_dmarc_result *dmarc, struct wax_domain sdid)
{
	if (!wax_domain_is_none(dmarc->org_domain))
		return wax_domain_is_under(sdid, dmarc->org_domain);
	return wax_domain_is_under(sdid, dmarc->author_domain) ||
	       wax_domain_is_under(dmarc->author_domain, sdid);
}

static enum rank
rank_of(const struct wax_dmarc_result *dmarc, size_t index,
    const struct wax_dkim_signature *one)
{
	if (one->result != WAX_PASS)
		return RANK_OTHER;
	if (wax_domain_eq(one->sdid, dmarc->author_domain))
		return RANK_STRICT;
	if ((dmarc->dkim_aligned && index == dmarc->aligned_signature) ||
	    is_related(dmarc, one->sdid))
		return RANK_RELAXED;
	return RANK_PASSED;
}

/* A report has no place for a signature without d= or s=. */
static bool
is_reportable(const struct wax_dkim_signature *one)
{
	return !wax_domain_is_none(one->sdid) && one->selector.n > 0;
}

/* The most telling first, those of a kind in their order.  RFC 9990 s3.1.3 */
static void
take_signatures(struct wax_arena *arena, const struct wax_results *results,
    struct wax_report_tuple *tuple)
{
	WAX_VEC(struct wax_report_signature) list = { 0 };

	for (enum rank rank = RANK_STRICT; rank < N_RANKS; rank++)
		for (size_t i = 0; i < results->n_dkim; i++) {
			const struct wax_dkim_signature *one =
			    &results->dkim[i];

			if (!is_reportable(one) ||
			    rank_of(&results->dmarc, i, one) != rank)
				continue;
			if (list.n == WAX_REPORT_SIGNATURES_MAX)
				break;
			WAX_PUSH(arena, &list,
			    (struct wax_report_signature){ one->sdid.text,
			        one->selector, one->result, one->reason });
		}
	tuple->n_dkim = list.n;
	tuple->dkim = list.v;
}

/*
 * Only the MAIL FROM identity; under a null reverse-path that is postmaster
 * at the HELO domain (RFC 7208 s2.4).              RFC 9990 s3.1.1.13
 * What a macro made of the sender's local-part may stand in the reason.
 */
static void
take_spf(const struct wax_results *results, struct wax_report_tuple *tuple)
{
	const struct wax_spf_result *spf = &results->mailfrom;

	tuple->has_spf = !wax_domain_is_none(spf->domain);
	if (!tuple->has_spf)
		return;
	tuple->spf_domain = spf->domain.text;
	tuple->spf = spf->result;
	if (!spf->names_by_macro)
		tuple->spf_human = spf->reason;
}

/*
 * The client that was judged. Where a relay of ours does not say who it was,
 * the relay is what is known; the reason of spf=none says it.
 */
static struct wax_ip
source_of(const struct wax_facts *facts)
{
	if (facts->relayed.is_relayed && !facts->relayed.is_client_known)
		return facts->relayed.address;
	return facts->connection.client;
}

bool
wax_report_row_make(struct wax_arena *arena, const struct wax_facts *facts,
    const struct wax_results *results, const struct wax_verdict *verdict,
    struct wax_str own_address, int64_t now, struct wax_report_row *out)
{
	const struct wax_dmarc_result *dmarc = &results->dmarc;
	struct wax_report_tuple tuple = {
		.source = source_of(facts),
		.disposition = verdict->disposition,
		.dkim_aligned = dmarc->dkim_aligned,
		.spf_aligned = dmarc->spf_aligned,
		.header_from = dmarc->author_domain.text,
		.envelope_from = facts->reverse_path.domain.text,
	};

	if (!has_outcome(dmarc) || verdict->applied == WAX_TEMPFAIL ||
	    tuple.source.family == WAX_IP_NONE ||
	    is_of_reporting(arena, facts, results, own_address))
		return false;
	take_reasons(arena, verdict, &tuple);
	take_signatures(arena, results, &tuple);
	take_spf(results, &tuple);
	*out = (struct wax_report_row){
		.time = now,
		.is_accepted =
		    dmarc->result == WAX_PASS && verdict->applied == WAX_ACCEPT,
		.policy = policy_of(arena, dmarc),
		.tuple = tuple,
	};
	return true;
}
