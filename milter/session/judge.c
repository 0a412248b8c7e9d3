/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/session/judge.h"

#include "milter/session/act.h"
#include "milter/session/message.h"
#include "milter/session/waiting.h"
#include "milter/store/journal.h"
#include "milter/sys/clock.h"
#include "milter/sys/log.h"
#include "policy/relay.h"
#include "policy/render.h"
#include "policy/report/row.h"

struct wax_message {
	struct wax_session *session;
	struct wax_arena *arena;
	struct wax_arena *work; /* the evaluation's; NULL without one */
	int64_t began_ms;
	struct wax_waiting waiting;
	struct wax_running running;
	bool header_ended;
	bool skips_body;
	/* NULL where there is too much to do; then these two are used. */
	struct wax_evaluation *evaluation;
	struct wax_forged forged;
	struct wax_facts facts;
};

/* What came out of it. */
struct outcome {
	const struct wax_results *results; /* NULL: not judged */
	const struct wax_verdict *verdict; /* NULL: exempt */
	const struct wax_plan *plan;
};

/* Whether there is too much to do for one more message. */
static bool
is_too_much(const struct wax_session *session)
{
	return session->overloaded ||
	       wax_arena_total() > session->config->max_memory;
}

static void
free_work(void *arg)
{
	struct wax_message *message = arg;

	wax_arena_free(message->work);
	message->work = NULL;
	message->evaluation = NULL;
}

static void
open_evaluation(struct wax_message *message)
{
	struct wax_session *session = message->session;

	message->work = wax_arena_new("evaluation", 8192);
	wax_arena_defer(message->arena, free_work, message);
	wax_waiting_init(&message->waiting, session->service->resolver,
	    session->service->on_wait, session->service->on_wait_arg);
	message->evaluation =
	    wax_evaluation_new(message->work, session->service->engines,
	        &session->config->policy, &message->waiting.resolver,
	        &session->facts, (time_t)wax_clock_wall());
	wax_evaluation_envelope(message->evaluation, &message->facts.envelope);
}

/* What the log says of a message that has no evaluation. */
static void
set_facts_for_log(struct wax_message *message)
{
	struct wax_facts *facts = &message->facts;
	struct wax_relay_walk unused;

	facts->reverse_path = wax_reverse_path_parse(
	    message->arena, facts->envelope.mail_argument);
	wax_relay_begin(
	    &unused, &message->session->config->policy.relays, facts);
}

struct wax_message *
wax_judge_open(struct wax_session *session, const struct wax_envelope *envelope)
{
	struct wax_arena *arena = session->message_arena;
	const struct wax_local_policy *policy = &session->config->policy;
	struct wax_message *message = WAX_NEW(arena, struct wax_message);

	message->session = session;
	message->arena = arena;
	message->began_ms = wax_clock_ms();
	message->facts.connection = session->facts;
	message->facts.envelope = *envelope;
	/* What is exempt costs nothing: no overload stands in its way. */
	if (is_too_much(session) &&
	    wax_exempt_of(policy, &session->facts, envelope) == WAX_JUDGED) {
		wax_forged_init(&message->forged, arena, policy);
		set_facts_for_log(message);
		return message;
	}
	open_evaluation(message);
	return message;
}

/*
 * A message that is under way when memory gets short is given up: what it
 * holds is given back, so that the others can go on. What it is remembered
 * for is where forged results stand in it.
 */
static void
give_up_if_too_much(struct wax_message *message)
{
	const struct wax_evaluation *evaluation = message->evaluation;

	if (evaluation == NULL || !is_too_much(message->session) ||
	    wax_evaluation_exempt(evaluation) != WAX_JUDGED)
		return;
	wax_forged_copy(&message->forged, message->arena,
	    wax_evaluation_forged(evaluation));
	set_facts_for_log(message);
	free_work(message);
}

void
wax_judge_recipient(struct wax_message *message, struct wax_str argument)
{
	message->facts.n_recipients++;
	give_up_if_too_much(message);
	if (message->evaluation != NULL)
		wax_evaluation_recipient(message->evaluation, argument);
}

void
wax_judge_field(
    struct wax_message *message, struct wax_str name, struct wax_str raw_value)
{
	give_up_if_too_much(message);
	if (message->evaluation != NULL)
		wax_evaluation_field(message->evaluation, name, raw_value);
	else
		wax_forged_field(&message->forged, name, raw_value);
}

void
wax_judge_header_end(struct wax_message *message)
{
	/* Also called where the MTA did not say so: libmilter lets it. */
	if (message->header_ended)
		return;
	message->header_ended = true;
	give_up_if_too_much(message);
	if (message->evaluation != NULL)
		message->skips_body =
		    wax_evaluation_eoh(message->evaluation) == WAX_SKIP_BODY;
}

void
wax_judge_body(struct wax_message *message, struct wax_str chunk)
{
	wax_judge_header_end(message);
	if (message->evaluation == NULL || message->skips_body)
		return;
	message->skips_body =
	    wax_evaluation_body(message->evaluation, chunk) == WAX_SKIP_BODY;
}

static const struct wax_forged *
forged_of(const struct wax_message *message)
{
	return message->evaluation != NULL
	           ? wax_evaluation_forged(message->evaluation)
	           : &message->forged;
}

static const struct wax_facts *
facts_of(const struct wax_message *message)
{
	return message->evaluation != NULL
	           ? wax_evaluation_facts(message->evaluation)
	           : &message->facts;
}

static enum wax_exempt
exempt_of(const struct wax_message *message)
{
	return message->evaluation != NULL
	           ? wax_evaluation_exempt(message->evaluation)
	           : WAX_JUDGED;
}

/* A verdict in the arena. */
static struct wax_verdict *
keep(struct wax_message *message, struct wax_verdict verdict)
{
	struct wax_verdict *kept = WAX_NEW(message->arena, struct wax_verdict);

	*kept = verdict;
	return kept;
}

/* Not judged, for a reason of ours; NULL: the message is exempt. */
static struct outcome
unjudged(struct wax_message *message, const struct wax_verdict *verdict)
{
	struct outcome outcome = { NULL, verdict, NULL };

	outcome.plan = wax_plan_unjudged(
	    message->arena, exempt_of(message), forged_of(message), verdict);
	return outcome;
}

static struct outcome
overload(struct wax_message *message)
{
	struct wax_session *session = message->session;

	if (!session->overloaded)
		atomic_fetch_add(&session->service->counters.overloads, 1);
	return unjudged(message,
	    keep(message, wax_verdict_unjudged(
	                      &session->config->policy, WAX_RULE_OVERLOAD)));
}

static struct outcome
judge(struct wax_message *message)
{
	struct wax_local_policy policy = message->session->config->policy;
	struct wax_evaluation *evaluation = message->evaluation;
	const struct wax_facts *facts = wax_evaluation_facts(evaluation);
	struct outcome outcome;

	outcome.results = wax_evaluation_finish(
	    evaluation, wax_clock_ms() + (wax_deadline)policy.dns_deadline_ms);
	outcome.verdict = keep(message, wax_verdict_decide(message->arena,
	                                    &policy, facts, outcome.results));
	/* An MTA that cannot hold a message still can deliver it marked. */
	if (!message->session->granted.quarantine)
		policy.quarantine_by_header = true;
	outcome.plan = wax_plan_make(message->arena, &policy, facts,
	    wax_evaluation_forged(evaluation), outcome.results,
	    outcome.verdict);
	return outcome;
}

static void
count(struct wax_counters *counters, const struct wax_verdict *verdict)
{
	atomic_fetch_add(&counters->messages, 1);
	if (verdict == NULL) {
		atomic_fetch_add(&counters->exempt, 1);
		return;
	}
	switch (verdict->applied) {
	case WAX_ACCEPT:
		atomic_fetch_add(&counters->accepted, 1);
		break;
	case WAX_QUARANTINE:
		atomic_fetch_add(&counters->quarantined, 1);
		break;
	case WAX_TEMPFAIL:
		atomic_fetch_add(&counters->tempfailed, 1);
		break;
	case WAX_REJECT:
		atomic_fetch_add(&counters->rejected, 1);
		break;
	}
}

static void
log_message(const struct wax_message *message, const struct outcome *outcome)
{
	const struct wax_config *config = message->session->config;
	struct wax_log_context context = { 0 };
	struct wax_str line;

	/* The same order by contract (snapshot.h). */
	context.addresses = (enum wax_log_addresses)config->log_addresses;
	context.dns_ms = (unsigned)message->waiting.waited_ms;
	context.total_ms = (unsigned)(wax_clock_ms() - message->began_ms);
	context.exempt = exempt_of(message);
	line = (config->log_json ? wax_render_log_json : wax_render_log)(
	    message->arena, &context, facts_of(message), outcome->results,
	    outcome->verdict);
	wax_log_line(WAX_LOG_INFO, line);
}

/*
 * What a report will say of it, on disk before the MTA has its answer. That
 * it cannot be kept is the journal's business: mail does not wait for it.
 */
static void
keep_row(struct wax_message *message, const struct outcome *outcome)
{
	struct wax_session *session = message->session;
	struct wax_journal *journal = session->service->journal;
	struct wax_report_row row;

	if (journal == NULL || outcome->results == NULL ||
	    !wax_report_row_make(message->arena, facts_of(message),
	        outcome->results, outcome->verdict,
	        session->config->report_from, wax_clock_wall(), &row))
		return;
	/* False: not kept, and counted there. */
	(void)wax_journal_append(
	    journal, wax_report_line_format(message->arena, &row));
}

/* The MTA refused an edit: say so, and answer as on-internal-error says. */
static sfsistat
fail(struct wax_message *message, SMFICTX *ctx, struct outcome *outcome,
    const struct wax_err *err)
{
	struct wax_session *session = message->session;

	wax_log(WAX_LOG_ERROR, "%.*s: %s", WAX_FMT(facts_of(message)->queue_id),
	    err->text);
	atomic_fetch_add(&session->service->counters.errors, 1);
	outcome->verdict =
	    keep(message, wax_verdict_unjudged(&session->config->policy,
	                      WAX_RULE_INTERNAL_ERROR));
	return wax_act_verdict(ctx, message->arena, outcome->verdict);
}

static sfsistat
conclude(struct wax_message *message, SMFICTX *ctx, struct outcome outcome)
{
	struct wax_session *session = message->session;
	struct wax_err err;
	sfsistat reply;

	if (wax_act(ctx, &session->granted, message->arena, outcome.plan,
	        &reply, &err) == WAX_OK)
		keep_row(message, &outcome);
	else
		reply = fail(message, ctx, &outcome, &err);
	count(&session->service->counters, outcome.verdict);
	log_message(message, &outcome);
	return reply;
}

/* Only now it is sure to be there: Postfix has none at MAIL FROM. */
static void
take_queue_id(struct wax_message *message, SMFICTX *ctx)
{
	message->facts.queue_id =
	    wax_str_dup(message->arena, wax_session_macro(ctx, "i"));
	if (message->evaluation != NULL)
		wax_evaluation_queue_id(
		    message->evaluation, message->facts.queue_id);
}

sfsistat
wax_judge_end(struct wax_message *message, SMFICTX *ctx)
{
	struct wax_session *session = message->session;
	const struct wax_config *config = session->config;
	int64_t overdue_ms =
	    wax_clock_ms() + 2 * (int64_t)config->policy.dns_deadline_ms;
	sfsistat reply;

	wax_judge_header_end(message);
	give_up_if_too_much(message);
	take_queue_id(message, ctx);
	if (exempt_of(message) != WAX_JUDGED)
		return conclude(message, ctx, unjudged(message, NULL));
	if (message->evaluation == NULL ||
	    !wax_service_begin(session->service, &message->running, overdue_ms,
	        config->max_evaluations))
		return conclude(message, ctx, overload(message));
	reply = conclude(message, ctx, judge(message));
	wax_service_end(session->service, &message->running);
	return reply;
}

bool
wax_judge_defer(struct wax_session *session, SMFICTX *ctx,
    const struct wax_envelope *envelope)
{
	const struct wax_local_policy *policy = &session->config->policy;
	struct wax_verdict verdict =
	    wax_verdict_unjudged(policy, WAX_RULE_OVERLOAD);

	if (verdict.applied != WAX_TEMPFAIL ||
	    wax_exempt_of(policy, &session->facts, envelope) != WAX_JUDGED)
		return false;
	count(&session->service->counters, &verdict);
	wax_log(WAX_LOG_WARNING,
	    "client=%.*s deferred at MAIL FROM: more than"
	    " max-sessions (%zu)",
	    WAX_FMT(
	        wax_ip_format(session->message_arena, session->facts.client)),
	    session->config->max_sessions);
	return wax_act_verdict(ctx, session->message_arena, &verdict) ==
	       SMFIS_TEMPFAIL;
}
