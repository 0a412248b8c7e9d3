/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/verdict.h"

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/mediator.h"
#include "policy/reply.h"

const char *
wax_action_word(enum wax_action action)
{
	switch (action) {
	case WAX_ACCEPT:
		return "accept";
	case WAX_QUARANTINE:
		return "quarantine";
	case WAX_TEMPFAIL:
		return "tempfail";
	case WAX_REJECT:
		return "reject";
	}
	return "accept";
}

const char *
wax_disposition_word(enum wax_disposition disposition)
{
	switch (disposition) {
	case WAX_DISPOSITION_NONE:
		return "none";
	case WAX_DISPOSITION_PASS:
		return "pass";
	case WAX_DISPOSITION_QUARANTINE:
		return "quarantine";
	case WAX_DISPOSITION_REJECT:
		return "reject";
	}
	return "none";
}

const char *
wax_override_word(enum wax_override_type type)
{
	switch (type) {
	case WAX_OVERRIDE_LOCAL_POLICY:
		return "local_policy";
	case WAX_OVERRIDE_MAILING_LIST:
		return "mailing_list";
	case WAX_OVERRIDE_OTHER:
		return "other";
	case WAX_OVERRIDE_POLICY_TEST_MODE:
		return "policy_test_mode";
	case WAX_OVERRIDE_TRUSTED_FORWARDER:
		return "trusted_forwarder";
	}
	return "other";
}

const char *
wax_rule_word(enum wax_rule rule)
{
	switch (rule) {
	case WAX_RULE_NONE:
		return "none";
	case WAX_RULE_BAD_FROM:
		return "on-bad-from";
	case WAX_RULE_DMARC:
		return "dmarc";
	case WAX_RULE_SPF_FAIL:
		return "on-spf-fail";
	case WAX_RULE_DKIM_FAIL:
		return "on-dkim-fail";
	case WAX_RULE_LIMIT:
		return "on-limit";
	case WAX_RULE_NULL_MX:
		return "on-null-mx";
	case WAX_RULE_TEMPERROR:
		return "on-temperror";
	case WAX_RULE_OVERLOAD:
		return "on-overload";
	case WAX_RULE_INTERNAL_ERROR:
		return "on-internal-error";
	}
	return "none";
}

/* What is judged, in one place. */
struct judged {
	const struct wax_local_policy *policy;
	const struct wax_facts *facts;
	const struct wax_results *results;
};

/*
 * One way in which the missing answers could have come: what the rules look
 * at. Where all is known both worlds are the same.
 */
struct world {
	enum wax_result dmarc;              /* WAX_PASS, WAX_FAIL, or neither */
	enum wax_dmarc_policy dmarc_policy; /* with WAX_FAIL */
	bool spf_failed;
	bool dkim_failed;
	bool if_answered; /* for the mediator */
};

struct outcome {
	enum wax_action action;
	enum wax_rule rule;
	struct wax_mediator mediator;
	bool is_spared; /* a refusal, if it were not for the relay */
};

static void
take_stricter(
    struct outcome *outcome, enum wax_action action, enum wax_rule rule)
{
	if (action <= outcome->action)
		return;
	outcome->action = action;
	outcome->rule = rule;
}

/* p=reject alone is not enough to refuse.                 RFC 9989 s7.4 */
static void
take_dmarc(
    struct outcome *outcome, const struct judged *m, const struct world *world)
{
	switch (world->dmarc_policy) {
	case WAX_P_NONE:
		return;
	case WAX_P_QUARANTINE:
		take_stricter(outcome, WAX_QUARANTINE, WAX_RULE_DMARC);
		return;
	case WAX_P_REJECT:
		break;
	}
	switch (m->policy->on_reject) {
	case WAX_REJECT_ALWAYS:
		take_stricter(outcome, WAX_REJECT, WAX_RULE_DMARC);
		return;
	case WAX_REJECT_QUARANTINE:
		take_stricter(outcome, WAX_QUARANTINE, WAX_RULE_DMARC);
		return;
	case WAX_REJECT_CORROBORATED:
		break;
	}
	outcome->mediator =
	    wax_mediator_find(m->facts, m->results, world->if_answered);
	take_stricter(outcome,
	    outcome->mediator.sign == WAX_SIGN_NONE ? WAX_REJECT
	                                            : WAX_QUARANTINE,
	    WAX_RULE_DMARC);
}

static struct outcome
outcome_by_rules(const struct judged *m, const struct world *world)
{
	struct outcome outcome = { .action = WAX_ACCEPT };

	if (m->results->dmarc.author_status != WAX_AUTHOR_OK)
		take_stricter(
		    &outcome, m->policy->on_bad_from, WAX_RULE_BAD_FROM);
	if (outcome.action != WAX_ACCEPT)
		return outcome;
	if (world->dmarc == WAX_FAIL)
		take_dmarc(&outcome, m, world);
	if (world->dmarc != WAX_PASS && world->spf_failed)
		take_stricter(
		    &outcome, m->policy->on_spf_fail, WAX_RULE_SPF_FAIL);
	if (world->dmarc != WAX_PASS && world->dkim_failed)
		take_stricter(
		    &outcome, m->policy->on_dkim_fail, WAX_RULE_DKIM_FAIL);
	if (m->results->limit != NULL && world->dmarc != WAX_PASS)
		take_stricter(&outcome, m->policy->on_limit, WAX_RULE_LIMIT);
	if (m->results->has_null_mx)
		take_stricter(
		    &outcome, m->policy->on_null_mx, WAX_RULE_NULL_MX);
	return outcome;
}

/* A relay of ours never hears a refusal: it would send a bounce. */
static struct outcome
outcome_in(const struct judged *m, const struct world *world)
{
	struct outcome outcome = outcome_by_rules(m, world);

	if (outcome.action != WAX_REJECT || !m->facts->relayed.is_relayed)
		return outcome;
	outcome.action = m->policy->on_relay_reject;
	outcome.is_spared = true;
	return outcome;
}

/* There are signatures, and none passes; `undecided` ones count as
 * failures if `undecided_fail`. */
static bool
all_signatures_fail(const struct wax_results *results, bool undecided_fail)
{
	for (size_t i = 0; i < results->n_dkim; i++) {
		const struct wax_dkim_signature *one = &results->dkim[i];

		if (one->result == WAX_PASS)
			return false;
		if (one->result == WAX_TEMPERROR && !undecided_fail)
			return false;
	}
	return results->n_dkim > 0;
}

/*
 * What was not asked because of a bound will not be asked the next time, too:
 * an identifier whose alignment would have needed it is not aligned, and the
 * mildest policy that could apply does. Otherwise a sender could spend the
 * budget to turn a refusal into what on-limit says.
 */
static bool
fails_by_limit(const struct wax_dmarc_result *dmarc)
{
	return dmarc->result == WAX_PERMERROR && dmarc->only_limit;
}

static void
fail_by_limit(struct world *world, const struct wax_dmarc_result *dmarc)
{
	world->dmarc = WAX_FAIL;
	world->dmarc_policy = dmarc->least;
}

/* The answers that are missing come in favour of the message. */
static struct world
best_world(const struct wax_results *results)
{
	const struct wax_dmarc_result *dmarc = &results->dmarc;
	struct world best = {
		.dmarc = dmarc->result,
		.dmarc_policy = dmarc->policy,
		.spf_failed = results->mailfrom.result == WAX_FAIL,
		.dkim_failed = all_signatures_fail(results, false),
		.if_answered = true,
	};

	if (fails_by_limit(dmarc))
		fail_by_limit(&best, dmarc);
	if (dmarc->result != WAX_TEMPERROR)
		return best;
	if (dmarc->could_pass) {
		best.dmarc = WAX_PASS;
		return best;
	}
	best.dmarc = WAX_FAIL;
	best.dmarc_policy = dmarc->least;
	return best;
}

/* They come against it. */
static struct world
worst_world(const struct wax_results *results)
{
	const struct wax_dmarc_result *dmarc = &results->dmarc;
	struct world worst = {
		.dmarc = dmarc->result,
		.dmarc_policy = dmarc->policy,
		.spf_failed = results->mailfrom.result == WAX_FAIL ||
		              results->mailfrom.result == WAX_TEMPERROR,
		.dkim_failed = all_signatures_fail(results, true),
	};

	if (fails_by_limit(dmarc))
		fail_by_limit(&worst, dmarc);
	if (dmarc->result == WAX_TEMPERROR) {
		worst.dmarc = WAX_FAIL;
		worst.dmarc_policy = dmarc->most;
	}
	return worst;
}

/* RFC 9989 s5.3.6: what is not known is neither pass nor fail. */
static struct outcome
outcome_of(const struct judged *m)
{
	struct world best_case = best_world(m->results);
	struct world worst_case = worst_world(m->results);
	struct outcome best = outcome_in(m, &best_case);
	struct outcome worst = outcome_in(m, &worst_case);

	if (best.action == worst.action)
		return worst;
	return (struct outcome){
		.action = m->policy->on_temperror == WAX_TEMPFAIL ? WAX_TEMPFAIL
		                                                  : best.action,
		.rule = WAX_RULE_TEMPERROR,
	};
}

static void
add_reason(struct wax_verdict *verdict, enum wax_override_type type,
    struct wax_str comment)
{
	WAX_ASSERT(verdict->n_reasons <
	           sizeof verdict->reason / sizeof verdict->reason[0]);
	verdict->reason[verdict->n_reasons++] =
	    (struct wax_override){ type, comment };
}

static enum wax_disposition
disposition_of(enum wax_action applied, const struct wax_dmarc_result *dmarc)
{
	switch (applied) {
	case WAX_QUARANTINE:
		return WAX_DISPOSITION_QUARANTINE;
	case WAX_REJECT:
		return WAX_DISPOSITION_REJECT;
	case WAX_ACCEPT:
	case WAX_TEMPFAIL:
		break;
	}
	/* "Enforcing" is read on the policy before t=y took it down.
	 *                                        RFC 9990 s3.1.1.8 */
	if (dmarc->result == WAX_PASS && dmarc->has_record &&
	    dmarc->published != WAX_P_NONE)
		return WAX_DISPOSITION_PASS;
	return WAX_DISPOSITION_NONE;
}

/* What the policy asks for, as an action. */
static enum wax_action
asked_for(const struct wax_dmarc_result *dmarc)
{
	enum wax_dmarc_policy policy = dmarc->policy;

	if (fails_by_limit(dmarc))
		policy = dmarc->least;
	else if (dmarc->result != WAX_FAIL)
		return WAX_ACCEPT;
	switch (policy) {
	case WAX_P_NONE:
		return WAX_ACCEPT;
	case WAX_P_QUARANTINE:
		return WAX_QUARANTINE;
	case WAX_P_REJECT:
		break;
	}
	return WAX_REJECT;
}

/* Why another policy than the published one was looked at. */
static void
add_policy_reasons(struct wax_arena *arena, struct wax_verdict *verdict,
    const struct wax_dmarc_result *dmarc)
{
	if (dmarc->result != WAX_FAIL && !fails_by_limit(dmarc))
		return;
	if (dmarc->has_record && dmarc->published != dmarc->policy)
		add_reason(verdict, WAX_OVERRIDE_POLICY_TEST_MODE,
		    wax_textf(arena, "t=y: %s=%s taken as %s",
		        dmarc->applied_tag != NULL ? dmarc->applied_tag : "p",
		        wax_dmarc_policy_word(dmarc->published),
		        wax_dmarc_policy_word(dmarc->policy)));
	if (fails_by_limit(dmarc) && dmarc->least != dmarc->most)
		add_reason(verdict, WAX_OVERRIDE_LOCAL_POLICY,
		    WAX_STR("too many DNS questions: the mildest policy that "
		            "could apply is taken"));
}

/*
 * Why the action is not the one that the policy asks for.
 *                                             RFC 9990 s3.1.1.9
 */
static void
add_reasons(struct wax_arena *arena, struct wax_verdict *verdict,
    const struct judged *m, const struct outcome *outcome)
{
	const struct wax_dmarc_result *dmarc = &m->results->dmarc;

	add_policy_reasons(arena, verdict, dmarc);
	if (verdict->applied == asked_for(dmarc))
		return;
	if (verdict->applied != verdict->action)
		add_reason(verdict, WAX_OVERRIDE_LOCAL_POLICY,
		    WAX_STR("monitoring: no action is taken"));
	else if (outcome->is_spared)
		add_reason(verdict, WAX_OVERRIDE_LOCAL_POLICY,
		    wax_textf(arena,
		        "%s; came from a relay of ours, which is not refused "
		        "anything",
		        wax_rule_word(outcome->rule)));
	else if (outcome->rule != WAX_RULE_DMARC)
		add_reason(verdict, WAX_OVERRIDE_LOCAL_POLICY,
		    wax_str_of(wax_rule_word(outcome->rule)));
	else if (outcome->mediator.sign != WAX_SIGN_NONE)
		add_reason(verdict, WAX_OVERRIDE_LOCAL_POLICY,
		    wax_textf(arena, "relayed by %.*s (%s)",
		        WAX_FMT(outcome->mediator.domain.text),
		        wax_mediator_sign_words(outcome->mediator.sign)));
	else
		add_reason(verdict, WAX_OVERRIDE_LOCAL_POLICY,
		    WAX_STR("p=reject alone does not refuse, "
		            "RFC 9989 section 7.4"));
}

struct wax_verdict
wax_verdict_decide(struct wax_arena *arena,
    const struct wax_local_policy *policy, const struct wax_facts *facts,
    const struct wax_results *results)
{
	const struct judged m = { policy, facts, results };
	struct outcome outcome = outcome_of(&m);
	struct wax_verdict verdict = {
		.action = outcome.action,
		.applied =
		    policy->mode == WAX_ENFORCE ? outcome.action : WAX_ACCEPT,
		.rule = outcome.rule,
		.mediator = outcome.mediator.domain,
	};

	verdict.disposition = disposition_of(verdict.applied, &results->dmarc);
	add_reasons(arena, &verdict, &m, &outcome);
	verdict.why = wax_reply_why(
	    arena, facts, results, outcome.rule, outcome.mediator);
	if (outcome.is_spared)
		verdict.why = wax_textf(arena,
		    "%.*s; not refused, since a relay of ours would bounce it",
		    WAX_FMT(verdict.why));
	if (verdict.action == WAX_REJECT || verdict.action == WAX_TEMPFAIL)
		wax_reply_make(arena, policy, facts, results, &verdict);
	return verdict;
}

struct wax_verdict
wax_verdict_unjudged(const struct wax_local_policy *policy, enum wax_rule rule)
{
	struct wax_verdict verdict = { .rule = rule };

	if (rule == WAX_RULE_OVERLOAD) {
		verdict.action = policy->on_overload;
		verdict.text = WAX_STR("Too busy, please try again later");
		verdict.why = WAX_STR("too much to do");
	} else {
		WAX_ASSERT(rule == WAX_RULE_INTERNAL_ERROR);
		verdict.action = policy->on_internal_error;
		verdict.text =
		    WAX_STR("Internal error, please try again later");
		verdict.why = WAX_STR("internal error");
	}
	verdict.applied =
	    policy->mode == WAX_ENFORCE ? verdict.action : WAX_ACCEPT;
	verdict.smtp_code = WAX_STR("451");
	verdict.enhanced_code = WAX_STR("4.3.2");
	return verdict;
}
