/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole message: session, zone and message from the input, three parts
 * separated by lines of "%%". The session is lines "client", "helo", "from",
 * "time", as in the corpus of scenarios. What must hold for any of them:
 * results and verdict fit together, what we write is well-formed, nobody is
 * deferred for a bound, and the same input gives the same again.
 */
#include <string.h>

#include "policy/base/limits.h"
#include "policy/dns/zone.h"
#include "policy/mail/authres.h"
#include "policy/plan.h"
#include "policy/render.h"
#include "policy/report/row.h"
#include "policy/saved_message.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "evaluation";

#define CHUNK 50
#define SEPARATOR "%%\n"

struct input {
	struct wax_connection connection;
	struct wax_envelope envelope;
	time_t now;
	struct wax_local_policy policy;
	struct wax_zone *zone;
	struct wax_saved_message message;
};

/* What stands before the next separator. */
static struct wax_str
part(struct wax_str *rest)
{
	struct wax_str whole = *rest;

	for (size_t i = 0; i < whole.n; i++)
		if ((i == 0 || whole.p[i - 1] == '\n') &&
		    wax_str_starts(
		        wax_str_from(whole, i), WAX_STR(SEPARATOR))) {
			*rest = wax_str_from(whole, i + sizeof SEPARATOR - 1);
			return wax_str_head(whole, i);
		}
	*rest = (struct wax_str){ NULL, 0 };
	return whole;
}

/* Small bounds, so that short inputs get beyond them. */
static void
set_bounds(struct wax_local_policy *policy)
{
	policy->max_fields = 20;
	policy->max_header_bytes = 2000;
	policy->max_field_bytes = 1000;
	policy->max_signatures = 3;
	policy->max_key_lookups = 2;
	policy->max_body_hashes = 2;
	policy->max_signed_names = 10;
	policy->max_from_addresses = 3;
	policy->max_spf_record_bytes = 200;
	policy->max_dns_queries = 30;
}

/* 192.0.2.25 and below, and an IPv6 network. */
static void
set_relays(struct wax_local_policy *policy)
{
	static const struct wax_network network[] = {
		{ { WAX_IPV4, { 192, 0, 2, 0 } }, 27 },
		{ { WAX_IPV6, { 0x20, 0x01, 0x0d, 0xb8, 0, 9 } }, 48 },
	};
	static const struct wax_relay relay = { WAX_STR_INIT("backup"),
		{ 2, network } };

	policy->relays = (struct wax_relay_list){ 1, &relay };
}

static void
read_option(struct input *input, struct wax_str value)
{
	struct wax_local_policy *policy = &input->policy;

	if (wax_str_eq(value, WAX_STR("small")))
		set_bounds(policy);
	else if (wax_str_eq(value, WAX_STR("strict")))
		policy->on_spf_fail = policy->on_dkim_fail =
		    policy->on_null_mx = WAX_REJECT;
	else if (wax_str_eq(value, WAX_STR("relays")))
		set_relays(policy);
	else if (wax_str_eq(value, WAX_STR("monitor")))
		policy->mode = WAX_MONITOR;
	else if (wax_str_eq(value, WAX_STR("accept")))
		policy->on_temperror = policy->on_bad_from = policy->on_limit =
		    WAX_ACCEPT;
}

/* "ADDRESS [NAME]" */
static void
read_client(struct input *input, struct wax_str value)
{
	struct wax_str address = wax_str_head(value, wax_str_find(value, ' '));

	if (!wax_ip_parse(address, &input->connection.client))
		input->connection.client =
		    (struct wax_ip){ WAX_IP_NONE, { 0 } };
	input->connection.client_name = wax_str_from(value, address.n + 1);
}

static void
read_session(struct input *input, struct wax_str session)
{
	struct wax_str line;

	while (session.n > 0 && wax_str_cut(&session, '\n', &line)) {
		struct wax_str key =
		    wax_str_head(line, wax_str_find(line, ' '));
		struct wax_str value = wax_str_from(line, key.n + 1);

		if (wax_str_eq(key, WAX_STR("client")))
			read_client(input, value);
		else if (wax_str_eq(key, WAX_STR("helo")))
			input->envelope.helo = value;
		else if (wax_str_eq(key, WAX_STR("from")))
			input->envelope.mail_argument = value;
		else if (wax_str_eq(key, WAX_STR("option")))
			read_option(input, value);
	}
}

static bool
read_input(struct wax_arena *arena, struct wax_str text, struct input *input)
{
	struct wax_err err;

	*input = (struct input){
		.policy = wax_local_policy_defaults,
		.now = 1780000000,
	};
	input->policy.authserv_id = WAX_STR("mx.rcpt.example");
	input->policy.mode = WAX_ENFORCE;
	input->policy.received_spf = true;
	read_session(input, part(&text));
	input->zone = wax_zone_parse(arena, part(&text), &err);
	return input->zone != NULL &&
	       wax_saved_message_parse(arena, text, &input->message);
}

static struct wax_evaluation *
feed(struct wax_arena *arena, const struct wax_engines *engines,
    const struct input *input)
{
	struct wax_evaluation *evaluation = wax_evaluation_new(arena, engines,
	    &input->policy, wax_zone_resolver(arena, input->zone),
	    &input->connection, input->now);
	const struct wax_saved_message *message = &input->message;

	wax_evaluation_envelope(evaluation, &input->envelope);
	for (size_t i = 0; i < message->n_fields; i++)
		wax_evaluation_field(
		    evaluation, message->field[i].name, message->field[i].raw);
	if (wax_evaluation_eoh(evaluation) == WAX_NEED_BODY)
		for (size_t at = 0; at < message->body.n; at += CHUNK)
			(void)wax_evaluation_body(evaluation,
			    wax_str_head(
			        wax_str_from(message->body, at), CHUNK));
	return evaluation;
}

/* No CR, no NUL; each LF begins a fold; no line above the limit. */
static void
check_field_value(struct wax_str value)
{
	size_t line = 0;

	WAX_ASSERT(value.n > 0 && value.p[0] == ' ');
	for (size_t i = 0; i < value.n; i++) {
		WAX_ASSERT(value.p[i] != '\r' && value.p[i] != '\0');
		if (value.p[i] == '\n') {
			WAX_ASSERT(
			    i + 1 < value.n && wax_is_blank(value.p[i + 1]));
			line = 0;
		}
		WAX_ASSERT(line++ < WAX_HEADER_LINE_MAX);
	}
}

static void
check_plan(struct wax_arena *arena, const struct input *input,
    const struct wax_plan *plan)
{
	bool inserts = false;

	for (size_t i = 0; i < plan->n_edits; i++) {
		const struct wax_edit *edit = &plan->edit[i];

		WAX_ASSERT(!inserts || edit->kind == WAX_EDIT_INSERT);
		inserts = edit->kind == WAX_EDIT_INSERT;
		if (inserts)
			check_field_value(edit->value);
		else if (i > 0 &&
		         wax_str_eq(edit->name, plan->edit[i - 1].name))
			WAX_ASSERT(edit->index < plan->edit[i - 1].index);
	}
	WAX_ASSERT((plan->action == WAX_ACCEPT ||
	               plan->action == WAX_QUARANTINE) == inserts);
	if (inserts)
		WAX_ASSERT(wax_authres_claims(arena,
		    plan->edit[plan->n_edits - 1].value,
		    input->policy.authserv_id));
}

static void
check_printable(struct wax_str s)
{
	for (size_t i = 0; i < s.n; i++)
		WAX_ASSERT(s.p[i] >= ' ' && s.p[i] <= '~');
}

static void
check_verdict(const struct input *input, const struct wax_facts *facts,
    const struct wax_results *results, const struct wax_verdict *verdict)
{
	check_printable(verdict->why);
	check_printable(verdict->text);
	WAX_ASSERT(verdict->text.n + 11 <= WAX_REPLY_MAX);
	WAX_ASSERT(
	    (verdict->text.n > 0) ==
	    (verdict->action == WAX_REJECT || verdict->action == WAX_TEMPFAIL));
	if (input->policy.mode == WAX_MONITOR)
		WAX_ASSERT(verdict->applied == WAX_ACCEPT);
	/* A relay of ours hears no refusal, and is nobody's pass itself. */
	if (facts->relayed.is_relayed) {
		WAX_ASSERT(verdict->action != WAX_REJECT);
		WAX_ASSERT(facts->relayed.is_client_known ||
		           results->mailfrom.result != WAX_PASS);
	}
	if (facts->limit == NULL)
		return;
	/* Beyond a bound nothing passes, and nobody is told to come again
	 * for it. */
	WAX_ASSERT(results->mailfrom.result != WAX_PASS);
	WAX_ASSERT(results->dmarc.result != WAX_PASS);
	for (size_t i = 0; i < results->n_dkim; i++)
		WAX_ASSERT(results->dkim[i].result != WAX_PASS);
}

/* DMARC passes by an aligned identifier, and by nothing else. */
static void
check_results(const struct wax_results *results)
{
	const struct wax_dmarc_result *dmarc = &results->dmarc;

	if (dmarc->result == WAX_PASS) {
		WAX_ASSERT(dmarc->author_status == WAX_AUTHOR_OK);
		WAX_ASSERT(dmarc->spf_aligned || dmarc->dkim_aligned);
	}
	if (dmarc->spf_aligned)
		WAX_ASSERT(results->mailfrom.result == WAX_PASS &&
		           wax_domain_common(results->mailfrom.domain,
		               dmarc->author_domain) >= 2);
	if (dmarc->dkim_aligned) {
		const struct wax_dkim_signature *by =
		    &results->dkim[dmarc->aligned_signature];

		WAX_ASSERT(dmarc->aligned_signature < results->n_dkim);
		WAX_ASSERT(
		    by->result == WAX_PASS &&
		    wax_domain_common(by->sdid, dmarc->author_domain) >= 2);
	}
	WAX_ASSERT(results->n_asked <= WAX_DNS_QUERIES_DEFAULT);
}

/* Judge; all that is written, as one text. */
static enum wax_action
action_of(enum wax_disposition disposition)
{
	switch (disposition) {
	case WAX_DISPOSITION_NONE:
	case WAX_DISPOSITION_PASS:
		return WAX_ACCEPT;
	case WAX_DISPOSITION_QUARANTINE:
		return WAX_QUARANTINE;
	case WAX_DISPOSITION_REJECT:
		break;
	}
	return WAX_REJECT;
}

/* Whether the published policy asks for this.       RFC 9990 s3.1.1.9 */
static bool
is_by_policy(enum wax_disposition disposition, enum wax_dmarc_policy published)
{
	switch (published) {
	case WAX_P_NONE:
		return action_of(disposition) == WAX_ACCEPT;
	case WAX_P_QUARANTINE:
		return action_of(disposition) == WAX_QUARANTINE;
	case WAX_P_REJECT:
		break;
	}
	return action_of(disposition) == WAX_REJECT;
}

/* A row can be read again, and explains what is not as published. */
static void
check_row(struct wax_arena *arena, const struct wax_facts *facts,
    const struct wax_results *results, const struct wax_verdict *verdict)
{
	struct wax_report_row row;
	struct wax_report_line line;

	if (!wax_report_row_make(
	        arena, facts, results, verdict, WAX_STR(""), 1, &row))
		return;
	WAX_ASSERT(action_of(row.tuple.disposition) == verdict->applied);
	WAX_ASSERT(row.tuple.n_dkim <= WAX_REPORT_SIGNATURES_MAX);
	WAX_ASSERT(row.policy.rua.n <= WAX_REPORT_RUA_BYTES_MAX);
	WAX_ASSERT(wax_report_line_parse(
	    arena, wax_report_line_format(arena, &row), &line));
	if (row.tuple.dkim_aligned || row.tuple.spf_aligned) {
		WAX_ASSERT(row.tuple.n_reasons == 0 || results->has_null_mx);
		return;
	}
	WAX_ASSERT(!row.is_accepted);
	WAX_ASSERT(
	    row.tuple.n_reasons > 0 ||
	    is_by_policy(row.tuple.disposition, results->dmarc.published));
}

static struct wax_str
judge(struct wax_arena *arena, const struct wax_engines *engines,
    const struct input *input)
{
	struct wax_evaluation *evaluation = feed(arena, engines, input);
	const struct wax_log_context context = {
		.exempt = wax_evaluation_exempt(evaluation)
	};
	const struct wax_facts *facts = wax_evaluation_facts(evaluation);
	const struct wax_results *results;
	struct wax_verdict verdict;
	struct wax_str line;

	if (context.exempt != WAX_JUDGED)
		return wax_render_log(arena, &context, facts, NULL, NULL);
	results = wax_evaluation_finish(evaluation, 8000);
	verdict = wax_verdict_decide(arena, &input->policy, facts, results);
	check_results(results);
	check_verdict(input, facts, results, &verdict);
	check_plan(arena, input,
	    wax_plan_make(arena, &input->policy, facts,
	        wax_evaluation_forged(evaluation), results, &verdict));
	line = wax_render_log(arena, &context, facts, results, &verdict);
	check_printable(line);
	WAX_ASSERT(line.n <= WAX_LOG_LINE_MAX);
	(void)wax_render_log_json(arena, &context, facts, results, &verdict);
	check_row(arena, facts, results, &verdict);
	return fuzz_join(arena, line,
	    wax_render_json(
	        arena, &input->policy, facts, results, &verdict, NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct wax_engine_options options = { 0 };
	struct wax_arena *arena = wax_arena_new("fuzz", 0);
	struct wax_str text = { (const char *)data, size };
	struct wax_engines *engines;
	struct input input;
	struct wax_err err;

	if (read_input(arena, text, &input)) {
		engines = wax_engines_open(&options, &err);
		WAX_ASSERT(engines != NULL);
		WAX_ASSERT(wax_str_eq(judge(arena, engines, &input),
		    judge(arena, engines, &input)));
		wax_arena_reset(arena);
		wax_engines_close(engines);
	}
	wax_arena_free(arena);
	return 0;
}
