/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/evaluation.h"

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/mail/taglist.h"
#include "policy/relay.h"

struct wax_evaluation {
	struct wax_arena *arena;
	const struct wax_engines *engines;
	const struct wax_local_policy *policy;
	struct wax_budget *budget;
	time_t now;
	enum wax_exempt exempt;
	struct wax_facts facts;
	struct wax_relay_walk relays;
	WAX_VEC(struct wax_str) recipients;
	/* Header */
	struct wax_field_list fields;
	struct wax_forged forged;
	size_t n_fields, header_bytes; /* all of them, kept or not */
	size_t n_from, n_list_id;
	enum wax_author_status author_status;
	struct wax_domain author;
	struct wax_str author_reason;
	struct wax_dkim *dkim;
	/* Identities */
	struct wax_spf_query helo, mailfrom;
	/* All that their records need is here, and need not be asked for. */
	bool helo_is_here, mailfrom_is_here;
	bool is_finished;
};

/* From fields kept beyond a bound: two are enough to see that there are
 * several. */
#define FROM_KEPT 2

static bool
is_listed(const struct wax_str_list *list, struct wax_str s)
{
	for (size_t i = 0; i < list->n; i++)
		if (wax_str_ieq(list->v[i], s))
			return true;
	return false;
}

enum wax_exempt
wax_exempt_of(const struct wax_local_policy *policy,
    const struct wax_connection *connection,
    const struct wax_envelope *envelope)
{
	/* Who is a relay hands over the mail of others, whatever else it is. */
	if (wax_relay_find(&policy->relays, connection->client) != NULL)
		return WAX_JUDGED;
	if (wax_network_set_has(&policy->internal_networks, connection->client))
		return WAX_EXEMPT_INTERNAL;
	if (policy->skip_authenticated && envelope->auth_type.n > 0)
		return WAX_EXEMPT_AUTHENTICATED;
	if (is_listed(
	        &policy->originating_daemon_names, connection->daemon_name))
		return WAX_EXEMPT_ORIGINATING;
	return WAX_JUDGED;
}

struct wax_evaluation *
wax_evaluation_new(struct wax_arena *arena, const struct wax_engines *engines,
    const struct wax_local_policy *policy, struct wax_resolver *resolver,
    const struct wax_connection *connection, time_t now)
{
	struct wax_evaluation *evaluation =
	    WAX_NEW(arena, struct wax_evaluation);

	evaluation->arena = arena;
	evaluation->engines = engines;
	evaluation->policy = policy;
	evaluation->budget = wax_budget_new(
	    arena, resolver, policy->max_dns_queries, WAX_DNS_QUERIES_RESERVED);
	evaluation->now = now;
	evaluation->facts.connection = *connection;
	wax_field_list_init(&evaluation->fields, arena);
	wax_forged_init(&evaluation->forged, arena, policy);
	return evaluation;
}

static struct wax_dkim *
open_dkim(struct wax_evaluation *evaluation)
{
	const struct wax_local_policy *policy = evaluation->policy;
	const struct wax_dkim_options options = {
		.now = evaluation->now,
		.accept_l_tag = policy->accept_l_tag,
		.min_rsa_bits = policy->min_rsa_bits,
		.max_signatures = policy->max_signatures,
		.max_key_lookups = policy->max_key_lookups,
		.max_key_bits = policy->max_key_bits,
		.max_body_hashes = policy->max_body_hashes,
		.max_signed_names = policy->max_signed_names,
	};

	return wax_dkim_open(evaluation->arena, evaluation->engines,
	    wax_budget_general(evaluation->budget), &options);
}

/* What SPF asks about: both identities.             RFC 7208 s2.3, s2.4 */
static void
set_identities(struct wax_evaluation *evaluation)
{
	const struct wax_facts *facts = &evaluation->facts;
	struct wax_spf_query query = {
		.scope = WAX_SPF_HELO,
		.client = facts->connection.client,
		.domain = facts->helo_domain,
		.helo = facts->envelope.helo,
		.max_record_bytes = evaluation->policy->max_spf_record_bytes,
		.now = evaluation->now,
	};

	evaluation->helo = query;
	query.scope = WAX_SPF_MAILFROM;
	if (!facts->reverse_path.is_null) {
		query.local_part = facts->reverse_path.local_part;
		query.domain = facts->reverse_path.domain;
	}
	evaluation->mailfrom = query;
}

/* Who the client is may be found out later, in the header. */
static void
prefetch_spf(struct wax_evaluation *evaluation)
{
	struct wax_resolver *general = wax_budget_general(evaluation->budget);

	if (evaluation->facts.connection.client.family == WAX_IP_NONE)
		return;
	if (!evaluation->mailfrom_is_here)
		evaluation->mailfrom_is_here = wax_spf_prefetch(
		    evaluation->arena, general, &evaluation->mailfrom);
	if (!evaluation->helo_is_here)
		evaluation->helo_is_here = wax_spf_prefetch(
		    evaluation->arena, general, &evaluation->helo);
}

static void
set_helo_domain(struct wax_evaluation *evaluation)
{
	struct wax_facts *facts = &evaluation->facts;

	if (!wax_domain_parse(
	        evaluation->arena, facts->envelope.helo, &facts->helo_domain))
		facts->helo_domain = (struct wax_domain){ { NULL, 0 } };
}

static bool
wants_null_mx(const struct wax_evaluation *evaluation)
{
	return evaluation->policy->on_null_mx != WAX_ACCEPT &&
	       wax_domain_labels(evaluation->facts.reverse_path.domain) >= 2;
}

static void
prefetch_null_mx(struct wax_evaluation *evaluation)
{
	if (wants_null_mx(evaluation))
		wax_dns_prefetch(wax_budget_general(evaluation->budget),
		    evaluation->facts.reverse_path.domain.text, WAX_RR_MX);
}

void
wax_evaluation_envelope(
    struct wax_evaluation *evaluation, const struct wax_envelope *envelope)
{
	struct wax_facts *facts = &evaluation->facts;

	facts->envelope = *envelope;
	facts->reverse_path =
	    wax_reverse_path_parse(evaluation->arena, envelope->mail_argument);
	if (!facts->reverse_path.is_null)
		facts->has_srs = wax_srs_parse(evaluation->arena,
		    facts->reverse_path.local_part, &facts->srs_original);
	evaluation->exempt = wax_exempt_of(
	    evaluation->policy, &facts->connection, &facts->envelope);
	wax_relay_begin(
	    &evaluation->relays, &evaluation->policy->relays, facts);
	set_helo_domain(evaluation);
	if (evaluation->exempt != WAX_JUDGED)
		return;
	evaluation->dkim = open_dkim(evaluation);
	set_identities(evaluation);
	prefetch_spf(evaluation);
	prefetch_null_mx(evaluation);
}

/*
 * A Received field of a message that a relay handed over. Once the client is
 * known, it is as if it had come itself: SPF's questions go out, and mail of
 * an internal network that took this way is internal.
 */
static void
read_received(struct wax_evaluation *evaluation, struct wax_str raw_value)
{
	struct wax_facts *facts = &evaluation->facts;

	if (!wax_relay_received(
	        &evaluation->relays, evaluation->arena, raw_value, facts))
		return;
	set_helo_domain(evaluation);
	if (wax_network_set_has(&evaluation->policy->internal_networks,
	        facts->connection.client)) {
		evaluation->exempt = WAX_EXEMPT_INTERNAL;
		return;
	}
	set_identities(evaluation);
	prefetch_spf(evaluation);
}

void
wax_evaluation_recipient(
    struct wax_evaluation *evaluation, struct wax_str argument)
{
	struct wax_facts *facts = &evaluation->facts;

	facts->n_recipients++;
	if (facts->n_recipients_kept >= evaluation->policy->max_recipients)
		return;
	WAX_PUSH(evaluation->arena, &evaluation->recipients,
	    wax_str_dup(evaluation->arena, argument));
	facts->n_recipients_kept = evaluation->recipients.n;
	facts->recipient = evaluation->recipients.v;
}

static bool
is_named(struct wax_str name, const char *wanted)
{
	while (name.n > 0 && wax_is_space(name.p[name.n - 1]))
		name.n--;
	return wax_str_ieq(name, wax_str_of(wanted));
}

/* The bound that this field exceeds, or NULL. */
static const char *
exceeded_by(const struct wax_evaluation *evaluation, struct wax_str raw_value)
{
	const struct wax_local_policy *policy = evaluation->policy;

	if (evaluation->n_fields > policy->max_fields)
		return "max-fields";
	if (evaluation->header_bytes > policy->max_header_bytes)
		return "max-header-bytes";
	if (raw_value.n > policy->max_field_bytes)
		return "max-field-bytes";
	return NULL;
}

static void
read_author(struct wax_evaluation *evaluation)
{
	evaluation->author_status = wax_author_domain(evaluation->arena,
	    &evaluation->fields, evaluation->policy->max_from_addresses,
	    &evaluation->author, &evaluation->author_reason);
	if (evaluation->author_status != WAX_AUTHOR_OK)
		evaluation->author = (struct wax_domain){ { NULL, 0 } };
}

/* The first From field: its domain's policy will be asked for. */
static void
prefetch_author(struct wax_evaluation *evaluation)
{
	read_author(evaluation);
	if (evaluation->author_status == WAX_AUTHOR_OK)
		wax_dmarc_prefetch(evaluation->arena, evaluation->engines,
		    wax_budget_reserved(evaluation->budget),
		    evaluation->author);
}

/* Signs of a list. Of several List-Id fields none is believed. */
static void
read_list_id(struct wax_evaluation *evaluation, struct wax_str raw_value)
{
	struct wax_facts *facts = &evaluation->facts;

	evaluation->n_list_id++;
	facts->has_list_id = true;
	if (evaluation->n_list_id > 1 ||
	    !wax_list_id_parse(evaluation->arena, raw_value, &facts->list_id))
		facts->list_id = (struct wax_domain){ { NULL, 0 } };
}

/* Keep a field for the methods that read the header. */
static void
keep_field(struct wax_evaluation *evaluation, struct wax_str name,
    struct wax_str raw_value)
{
	const struct wax_field *kept;

	wax_field_append(
	    &evaluation->fields, name, wax_crlf(evaluation->arena, raw_value));
	kept = &evaluation->fields.fields.v[evaluation->fields.fields.n - 1];
	if (is_named(name, "From") && ++evaluation->n_from == 1)
		prefetch_author(evaluation);
	if (evaluation->facts.limit != NULL)
		return;
	wax_dkim_field(evaluation->dkim, kept->name, kept->raw);
}

/*
 * Beyond a bound only the From fields are of use: what the Author Domain's
 * policy is, must be known whatever else is in the header. A From field that
 * is too long is kept without its value, so that there is no author in it.
 */
static void
keep_author(struct wax_evaluation *evaluation, struct wax_str name,
    struct wax_str raw_value)
{
	if (!is_named(name, "From") || evaluation->n_from >= FROM_KEPT)
		return;
	if (raw_value.n > evaluation->policy->max_field_bytes)
		raw_value.n = 0;
	keep_field(evaluation, name, raw_value);
}

void
wax_evaluation_field(struct wax_evaluation *evaluation, struct wax_str name,
    struct wax_str raw_value)
{
	struct wax_facts *facts = &evaluation->facts;
	const char *exceeded;

	wax_forged_field(&evaluation->forged, name, raw_value);
	evaluation->n_fields++;
	evaluation->header_bytes += name.n + raw_value.n;
	exceeded = exceeded_by(evaluation, raw_value);
	if (exceeded == NULL && facts->message_id.n == 0 &&
	    is_named(name, "Message-Id"))
		facts->message_id =
		    wax_str_trim(wax_str_dup(evaluation->arena, raw_value));
	if (is_named(name, "Received"))
		read_received(evaluation, raw_value);
	if (evaluation->exempt != WAX_JUDGED)
		return;
	if (exceeded != NULL && facts->limit == NULL)
		facts->limit = exceeded;
	if (facts->limit != NULL) {
		keep_author(evaluation, name, raw_value);
		return;
	}
	if (is_named(name, "List-Id"))
		read_list_id(evaluation, raw_value);
	keep_field(evaluation, name, raw_value);
}

/* The d= of a signature, for its walk; whether the signature is any good is
 * not decided here. */
static void
prefetch_signer(
    struct wax_evaluation *evaluation, const struct wax_field *signature)
{
	struct wax_taglist tags;
	const struct wax_str *d;
	struct wax_domain sdid;

	if (!wax_taglist_parse(evaluation->arena, signature->raw, &tags))
		return;
	d = wax_taglist_get(&tags, "d");
	if (d == NULL || !wax_domain_parse(evaluation->arena, *d, &sdid))
		return;
	wax_dmarc_prefetch_identifier(evaluation->arena, evaluation->engines,
	    wax_budget_general(evaluation->budget), evaluation->author, sdid);
}

/* Guesses use half of the questions at most: SPF has more to ask. */
static bool
may_guess(const struct wax_evaluation *evaluation)
{
	return wax_budget_asked(evaluation->budget) <
	       evaluation->policy->max_dns_queries / 2;
}

static void
prefetch_identifiers(struct wax_evaluation *evaluation)
{
	const struct wax_field *signature;
	size_t at = 0;

	if (!wax_domain_is_none(evaluation->mailfrom.domain))
		wax_dmarc_prefetch_identifier(evaluation->arena,
		    evaluation->engines, wax_budget_general(evaluation->budget),
		    evaluation->author, evaluation->mailfrom.domain);
	for (size_t n = 0;
	     n < evaluation->policy->max_signatures && may_guess(evaluation);
	     n++) {
		signature = wax_field_next(
		    &evaluation->fields, WAX_STR("DKIM-Signature"), &at);
		if (signature == NULL)
			return;
		prefetch_signer(evaluation, signature);
	}
}

enum wax_more
wax_evaluation_eoh(struct wax_evaluation *evaluation)
{
	bool needs_body;

	if (evaluation->exempt != WAX_JUDGED)
		return WAX_SKIP_BODY;
	read_author(evaluation);
	prefetch_spf(evaluation);
	if (evaluation->facts.limit != NULL)
		return WAX_SKIP_BODY;
	/* Keys first: the walks are a guess. */
	needs_body = wax_dkim_eoh(evaluation->dkim, evaluation->author);
	if (evaluation->author_status == WAX_AUTHOR_OK)
		prefetch_identifiers(evaluation);
	return needs_body ? WAX_NEED_BODY : WAX_SKIP_BODY;
}

enum wax_more
wax_evaluation_body(struct wax_evaluation *evaluation, struct wax_str chunk)
{
	if (evaluation->exempt != WAX_JUDGED || evaluation->facts.limit != NULL)
		return WAX_SKIP_BODY;
	wax_dkim_body(evaluation->dkim, chunk);
	return WAX_NEED_BODY;
}

void
wax_evaluation_queue_id(
    struct wax_evaluation *evaluation, struct wax_str queue_id)
{
	evaluation->facts.queue_id = wax_str_dup(evaluation->arena, queue_id);
}

/*
 * Ask for all that the SPF records mention, as they come in, so that a tree
 * of includes costs its depth in round trips, not its size.
 */
static void
warm_up(struct wax_evaluation *evaluation, wax_deadline deadline)
{
	struct wax_resolver *general = wax_budget_general(evaluation->budget);

	do
		prefetch_spf(evaluation);
	while (general->ops->wait_any(general, deadline));
}

static struct wax_spf_result
evaluate_spf(struct wax_evaluation *evaluation,
    const struct wax_spf_query *query, wax_deadline deadline)
{
	const struct wax_relayed *relayed = &evaluation->facts.relayed;
	struct wax_spf_result spf =
	    wax_spf_evaluate(evaluation->arena, evaluation->engines,
	        wax_budget_general(evaluation->budget), query, deadline);

	if (relayed->is_relayed && !relayed->is_client_known)
		spf.reason = wax_relay_unknown;
	return spf;
}

/* One MX, which names the root. Trouble is not that.       RFC 7505 s3 */
static bool
has_null_mx(struct wax_evaluation *evaluation, wax_deadline deadline)
{
	const struct wax_answer *mx;

	if (!wants_null_mx(evaluation))
		return false;
	mx = wax_dns_lookup(wax_budget_general(evaluation->budget),
	    evaluation->arena, evaluation->facts.reverse_path.domain.text,
	    WAX_RR_MX, deadline);
	return mx->n == 1 && mx->rr[0].mx.preference == 0 &&
	       wax_str_eq(mx->rr[0].mx.host, WAX_STR("."));
}

/* Beyond a bound of the header no method passes: policy. */
static void
void_spf(struct wax_spf_result *spf, struct wax_str why)
{
	if (spf->result != WAX_PASS && spf->result != WAX_TEMPERROR)
		return;
	spf->result = WAX_POLICY;
	spf->reason = why;
	spf->undecided = false;
}

/* The signatures that were seen before the bound, none of them verified. */
static void
void_signatures(struct wax_evaluation *evaluation, struct wax_results *results,
    struct wax_str why)
{
	WAX_VEC(struct wax_dkim_signature) all = { 0 };
	size_t at = 0;

	while (all.n < evaluation->policy->max_signatures &&
	       wax_field_next(
	           &evaluation->fields, WAX_STR("DKIM-Signature"), &at) != NULL)
		WAX_PUSH(evaluation->arena, &all,
		    (struct wax_dkim_signature){ .result = WAX_POLICY,
		        .reason = why,
		        .limit_hit = true });
	results->dkim = all.v;
	results->n_dkim = all.n;
}

static void
authenticate(struct wax_evaluation *evaluation, struct wax_results *results,
    wax_deadline deadline)
{
	struct wax_str why;

	results->helo = evaluate_spf(evaluation, &evaluation->helo, deadline);
	results->mailfrom =
	    evaluate_spf(evaluation, &evaluation->mailfrom, deadline);
	results->spf_by_helo = evaluation->facts.reverse_path.is_null;
	if (evaluation->facts.limit == NULL) {
		results->dkim = wax_dkim_finish(
		    evaluation->dkim, deadline, &results->n_dkim);
		return;
	}
	why = wax_textf(evaluation->arena, "the header exceeds %s",
	    evaluation->facts.limit);
	void_spf(&results->helo, why);
	void_spf(&results->mailfrom, why);
	void_signatures(evaluation, results, why);
}

/* The bound that on-limit answers for. */
static const char *
limit_of(
    const struct wax_evaluation *evaluation, const struct wax_results *results)
{
	if (evaluation->facts.limit != NULL)
		return evaluation->facts.limit;
	if (wax_budget_exceeded(evaluation->budget) &&
	    results->dmarc.result != WAX_PASS)
		return "max-dns-queries";
	if (results->dmarc.result == WAX_PERMERROR && results->dmarc.limit_hit)
		return "DNS records of a name";
	return NULL;
}

const struct wax_results *
wax_evaluation_finish(struct wax_evaluation *evaluation, wax_deadline deadline)
{
	struct wax_results *results =
	    WAX_NEW(evaluation->arena, struct wax_results);
	struct wax_dmarc_query query;

	WAX_ASSERT(evaluation->exempt == WAX_JUDGED);
	WAX_ASSERT(!evaluation->is_finished);
	evaluation->is_finished = true;
	warm_up(evaluation, deadline);
	authenticate(evaluation, results, deadline);
	query = (struct wax_dmarc_query){
		.author_status = evaluation->author_status,
		.author_domain = evaluation->author,
		.spf = &results->mailfrom,
		.n_dkim = results->n_dkim,
		.dkim = results->dkim,
	};
	results->dmarc = wax_dmarc_evaluate(evaluation->arena,
	    evaluation->engines, wax_budget_reserved(evaluation->budget),
	    wax_budget_general(evaluation->budget), &query, deadline);
	results->has_null_mx = has_null_mx(evaluation, deadline);
	results->author_reason = evaluation->author_reason;
	results->limit = limit_of(evaluation, results);
	results->question =
	    wax_budget_trace(evaluation->budget, &results->n_questions);
	results->n_asked = wax_budget_asked(evaluation->budget);
	return results;
}

enum wax_exempt
wax_evaluation_exempt(const struct wax_evaluation *evaluation)
{
	return evaluation->exempt;
}

const struct wax_facts *
wax_evaluation_facts(const struct wax_evaluation *evaluation)
{
	return &evaluation->facts;
}

const struct wax_field_list *
wax_evaluation_fields(const struct wax_evaluation *evaluation)
{
	return &evaluation->fields;
}

const struct wax_forged *
wax_evaluation_forged(const struct wax_evaluation *evaluation)
{
	return &evaluation->forged;
}
