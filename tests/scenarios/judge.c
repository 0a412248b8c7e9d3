/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * judge.c - a scenario through the library, as sealwaxd would have it.
 */
#include "milter/conf/config.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "policy/dns/zone.h"
#include "policy/log_items.h"
#include "policy/plan.h"
#include "policy/report/row.h"
#include "policy/saved_message.h"
#include "tests/scenarios/scenario.h"

#define DEFAULT_TIME 1780000000
#define CHUNK 65535

struct run {
	struct wax_arena *arena;
	const struct scenario *scenario;
	struct wax_str *why;
	const struct wax_local_policy *policy;
	struct wax_str own_address; /* report-from */
	struct wax_engines *engines;
	struct wax_resolver *resolver;
	struct wax_connection connection;
	struct wax_envelope envelope;
	struct wax_saved_message message;
	time_t now;
	WAX_VEC(const char *) options;
	WAX_VEC(struct wax_str) recipients;
	WAX_VEC(struct scenario_line) observed;
};

static void
note(struct run *run, const char *key, struct wax_str value)
{
	WAX_PUSH(run->arena, &run->observed,
	    (struct scenario_line){ wax_str_of(key), value });
}

static void
note_word(struct run *run, const char *key, const char *word)
{
	note(run, key, wax_str_of(word));
}

static bool
read_client(struct run *run, struct wax_str value)
{
	struct wax_str address = wax_str_head(value, wax_str_find(value, ' '));

	run->connection.client_name =
	    wax_str_trim(wax_str_from(value, address.n));
	return wax_str_eq(address, WAX_STR("none")) ||
	       wax_ip_parse(address, &run->connection.client);
}

static bool
read_time(struct run *run, struct wax_str value)
{
	unsigned long seconds;

	if (!wax_str_number(value, 253402300799UL, &seconds))
		return false;
	run->now = (time_t)seconds;
	return true;
}

static bool
read_line(struct run *run, const struct scenario_line *line)
{
	struct wax_str value = line->value;

	if (wax_str_eq(line->key, WAX_STR("client")))
		return read_client(run, value);
	if (wax_str_eq(line->key, WAX_STR("time")))
		return read_time(run, value);
	if (wax_str_eq(line->key, WAX_STR("helo"))) {
		run->envelope.helo = value;
	} else if (wax_str_eq(line->key, WAX_STR("from"))) {
		run->envelope.mail_argument = value;
	} else if (wax_str_eq(line->key, WAX_STR("esmtp"))) {
		/* For a real MTA: what it does not show to a filter. */
	} else if (wax_str_eq(line->key, WAX_STR("rcpt"))) {
		WAX_PUSH(run->arena, &run->recipients, value);
	} else if (wax_str_eq(line->key, WAX_STR("auth"))) {
		run->envelope.auth_type = WAX_STR("PLAIN");
		run->envelope.auth_user = value;
	} else if (wax_str_eq(line->key, WAX_STR("daemon"))) {
		run->connection.daemon_name = value;
	} else if (wax_str_eq(line->key, WAX_STR("option"))) {
		WAX_PUSH(
		    run->arena, &run->options, wax_str_z(run->arena, value));
	} else {
		return false;
	}
	return true;
}

static bool
read_session(struct run *run)
{
	const struct scenario_lines *lines = &run->scenario->session;

	run->connection.daemon_name = WAX_STR("smtpd");
	run->now = DEFAULT_TIME;
	for (size_t i = 0; i < lines->n; i++)
		if (!read_line(run, &lines->v[i])) {
			*run->why = wax_textf(run->arena,
			    "session: cannot read \"%.*s %.*s\"",
			    WAX_FMT(lines->v[i].key),
			    WAX_FMT(lines->v[i].value));
			return false;
		}
	if (scenario_get(lines, "client") != NULL &&
	    scenario_get(lines, "from") != NULL && run->recipients.n > 0)
		return true;
	*run->why = WAX_STR("session: client, from and rcpt are needed");
	return false;
}

static void
on_configuration_error(void *arg, const char *line)
{
	struct run *run = arg;

	*run->why = wax_textf(run->arena, "option: %s", line);
}

static void
ignore_warning(void *arg, const char *line)
{
	(void)arg;
	(void)line;
}

static void
unref_snapshot(void *snapshot)
{
	wax_snapshot_unref(snapshot);
}

static void
close_engines(void *engines)
{
	wax_engines_close(engines);
}

static bool
open_policy(struct run *run, const char *corpus)
{
	const struct wax_config_source source = {
		.file = wax_textf(run->arena, "%s/base.conf", corpus).p,
		.n_overrides = run->options.n,
		.override = run->options.v,
	};
	struct wax_snapshot *snapshot = wax_config_load(
	    &source, on_configuration_error, ignore_warning, run);
	const struct wax_config *config;
	struct wax_err err;

	if (snapshot == NULL)
		return false;
	wax_arena_defer(run->arena, unref_snapshot, snapshot);
	config = wax_snapshot_config(snapshot);
	run->policy = &config->policy;
	run->own_address = config->report_from;
	run->engines = wax_engines_open(
	    &(struct wax_engine_options){
	        .spf = config->spf_engine,
	        .org = config->org_method,
	        .psl_file = wax_str_z(run->arena, config->psl_file),
	    },
	    &err);
	if (run->engines == NULL) {
		*run->why = wax_textf(run->arena, "engines: %s", err.text);
		return false;
	}
	wax_arena_defer(run->arena, close_engines, run->engines);
	return true;
}

static bool
open_zone(struct run *run)
{
	struct wax_err err;
	struct wax_zone *zone =
	    wax_zone_parse(run->arena, run->scenario->zone, &err);

	if (zone == NULL) {
		*run->why = wax_textf(run->arena, "zone: %s", err.text);
		return false;
	}
	run->resolver = wax_zone_resolver(run->arena, zone);
	if (wax_saved_message_parse(
	        run->arena, run->scenario->message, &run->message))
		return true;
	*run->why = WAX_STR("message: has no header");
	return false;
}

static struct wax_evaluation *
feed(struct run *run)
{
	struct wax_evaluation *evaluation =
	    wax_evaluation_new(run->arena, run->engines, run->policy,
	        run->resolver, &run->connection, run->now);
	const struct wax_saved_message *message = &run->message;

	wax_evaluation_envelope(evaluation, &run->envelope);
	for (size_t i = 0; i < run->recipients.n; i++)
		wax_evaluation_recipient(evaluation, run->recipients.v[i]);
	for (size_t i = 0; i < message->n_fields; i++)
		wax_evaluation_field(
		    evaluation, message->field[i].name, message->field[i].raw);
	if (wax_evaluation_eoh(evaluation) == WAX_NEED_BODY)
		for (size_t at = 0; at < message->body.n; at += CHUNK)
			(void)wax_evaluation_body(evaluation,
			    wax_str_head(
			        wax_str_from(message->body, at), CHUNK));
	wax_evaluation_queue_id(evaluation, WAX_STR("4ScEnArIo"));
	return evaluation;
}

/* Each run of white space as one blank, none at the start. */
static struct wax_str
unfolded(struct wax_arena *arena, struct wax_str s)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	s = wax_str_trim(s);
	for (size_t i = 0; i < s.n; i++)
		if (!wax_is_space(s.p[i]))
			wax_text_addc(&text, s.p[i]);
		else if (!wax_is_space(s.p[i - 1]))
			wax_text_addc(&text, ' ');
	return wax_text_str(&text);
}

/* The client that was judged, and who handed its message over. */
static void
note_client(struct run *run, const struct wax_facts *facts)
{
	const struct wax_connection *connection = &facts->connection;

	note(run, "judged-client",
	    wax_str_trim(wax_textf(run->arena, "%.*s %.*s",
	        WAX_FMT(wax_ip_format(run->arena, connection->client)),
	        WAX_FMT(connection->client_name))));
	note(run, "relay",
	    facts->relayed.is_relayed ? facts->relayed.name : WAX_STR("none"));
}

static void
note_plan(struct run *run, const struct wax_plan *plan,
    const struct wax_forged *forged)
{
	struct wax_str authres = WAX_STR("absent");
	size_t deleted = 0, deleted_authres = 0;

	for (size_t i = 0; i < plan->n_edits; i++) {
		const struct wax_edit *edit = &plan->edit[i];
		bool is_authres =
		    wax_str_eq(edit->name, WAX_STR("Authentication-Results"));

		if (edit->kind == WAX_EDIT_DELETE) {
			deleted++;
			deleted_authres += is_authres;
		} else if (is_authres) {
			authres = unfolded(run->arena, edit->value);
		}
	}
	note_word(run, "action", wax_action_word(plan->action));
	note(run, "authres", authres);
	note(run, "removed", wax_textf(run->arena, "%zu", deleted));
	note(run, "kept",
	    wax_textf(run->arena, "%zu",
	        (size_t)forged->authres.seen - deleted_authres));
	if (plan->text.n > 0)
		note(run, "reply",
		    wax_textf(run->arena, "%.*s %.*s %.*s",
		        WAX_FMT(plan->smtp_code), WAX_FMT(plan->enhanced_code),
		        WAX_FMT(plan->text)));
}

static void
note_results(struct run *run, const struct wax_results *results)
{
	struct wax_text dkim;

	note_word(run, "spf", wax_result_word(results->mailfrom.result));
	note_word(run, "helo", wax_result_word(results->helo.result));
	wax_text_init(&dkim, run->arena);
	for (size_t i = 0; i < results->n_dkim; i++)
		wax_text_addf(&dkim, "%s%s", i > 0 ? " " : "",
		    wax_result_word(results->dkim[i].result));
	note(run, "dkim",
	    results->n_dkim > 0 ? wax_text_str(&dkim) : WAX_STR("none"));
	note_word(run, "dmarc", wax_result_word(results->dmarc.result));
	if (results->dmarc.has_record)
		note_word(run, "policy",
		    wax_dmarc_policy_word(results->dmarc.policy));
	note(run, "queries", wax_textf(run->arena, "%zu", results->n_asked));
}

static void
note_verdict(struct run *run, const struct wax_verdict *verdict)
{
	struct wax_text reasons;

	note_word(run, "would", wax_action_word(verdict->action));
	note_word(run, "rule", wax_rule_word(verdict->rule));
	note(run, "mediator",
	    wax_domain_is_none(verdict->mediator) ? WAX_STR("none")
	                                          : verdict->mediator.text);
	note_word(
	    run, "disposition", wax_disposition_word(verdict->disposition));
	wax_text_init(&reasons, run->arena);
	for (size_t i = 0; i < verdict->n_reasons; i++)
		wax_text_addf(&reasons, "%s%s", i > 0 ? " " : "",
		    wax_override_word(verdict->reason[i].type));
	note(run, "reason",
	    verdict->n_reasons > 0 ? wax_text_str(&reasons) : WAX_STR("none"));
}

static void
note_row(struct run *run, const struct wax_facts *facts,
    const struct wax_results *results, const struct wax_verdict *verdict)
{
	struct wax_report_row row;

	if (!wax_report_row_make(run->arena, facts, results, verdict,
	        run->own_address, run->now, &row)) {
		note_word(run, "row", "none");
		return;
	}
	note(run, "row", wax_report_tuple_format(run->arena, &row.tuple));
	note(run, "row-policy",
	    wax_report_policy_format(run->arena, &row.policy));
	note_word(run, "row-accepted", row.is_accepted ? "yes" : "no");
}

static void
conclude(struct run *run, struct wax_evaluation *evaluation)
{
	enum wax_exempt exempt = wax_evaluation_exempt(evaluation);
	const struct wax_facts *facts = wax_evaluation_facts(evaluation);
	const struct wax_forged *forged = wax_evaluation_forged(evaluation);
	const struct wax_results *results;
	struct wax_verdict verdict;

	note_client(run, facts);
	if (exempt != WAX_JUDGED) {
		note_word(run, "exempt", wax_exempt_word(exempt));
		note_plan(run,
		    wax_plan_unjudged(run->arena, exempt, forged, NULL),
		    forged);
		return;
	}
	results = wax_evaluation_finish(
	    evaluation, (wax_deadline)run->policy->dns_deadline_ms);
	verdict = wax_verdict_decide(run->arena, run->policy, facts, results);
	note_results(run, results);
	note_verdict(run, &verdict);
	note_row(run, facts, results, &verdict);
	note_plan(run,
	    wax_plan_make(
	        run->arena, run->policy, facts, forged, results, &verdict),
	    forged);
}

bool
scenario_judge(struct wax_arena *arena, const char *corpus,
    const struct scenario *scenario, struct scenario_lines *observed,
    struct wax_str *why)
{
	struct run run = { .arena = arena, .scenario = scenario, .why = why };

	if (!read_session(&run) || !open_policy(&run, corpus) ||
	    !open_zone(&run))
		return false;
	conclude(&run, feed(&run));
	*observed = (struct scenario_lines){ run.observed.n, run.observed.v };
	return true;
}
