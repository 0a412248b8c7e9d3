/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * render_json.c - results as JSON; the only file that includes jansson.
 *
 * Text of a sender need not be UTF-8, which JSON must be: what is not, is
 * written as if it were Latin-1. So nothing is lost, and no value refused.
 */
#include "policy/render.h"

#include <jansson.h>
#include <stdlib.h>

#include "policy/base/text.h"
#include "policy/log_items.h"

/* Out of memory ends the process, here as in an arena. */
static json_t *
made(json_t *value)
{
	if (value == NULL)
		abort();
	return value;
}

static json_t *
json_text(struct wax_arena *arena, struct wax_str s)
{
	json_t *as_it_is = json_stringn(s.n > 0 ? s.p : "", s.n);
	struct wax_text text;

	if (as_it_is != NULL)
		return as_it_is;
	wax_text_init(&text, arena);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x80) {
			wax_text_addc(&text, (char)c);
			continue;
		}
		wax_text_addc(&text, (char)(0xc0 | c >> 6));
		wax_text_addc(&text, (char)(0x80 | (c & 0x3f)));
	}
	return made(json_stringn(text.n > 0 ? text.p : "", text.n));
}

static void
set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		abort();
}

static void
set_text(struct wax_arena *arena, json_t *object, const char *key,
    struct wax_str value)
{
	if (value.n > 0)
		set(object, key, json_text(arena, value));
}

static void
set_word(json_t *object, const char *key, const char *word)
{
	set(object, key, made(json_string(word)));
}

static void
set_number(json_t *object, const char *key, unsigned long number)
{
	set(object, key, made(json_integer((json_int_t)number)));
}

static void
set_flag(json_t *object, const char *key, bool flag)
{
	set(object, key, made(json_boolean(flag)));
}

static void
push(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		abort();
}

/* The dump as arena text; the object is given back. */
static struct wax_str
dumped(struct wax_arena *arena, json_t *object, size_t flags)
{
	char *text = json_dumps(object, flags);
	struct wax_str kept;

	if (text == NULL)
		abort();
	kept = wax_str_dup(arena, wax_str_of(text));
	free(text);
	json_decref(object);
	return kept;
}

/* One line; signatures are an array. */
struct wax_str
wax_render_log_json(struct wax_arena *arena,
    const struct wax_log_context *context, const struct wax_facts *facts,
    const struct wax_results *results, const struct wax_verdict *verdict)
{
	struct wax_log_items items =
	    wax_log_items_make(arena, context, facts, results, verdict);
	json_t *object = made(json_object());
	json_t *signatures = made(json_array());

	for (size_t i = 0; i < items.list.n; i++) {
		const struct wax_log_item *item = &items.list.v[i];

		if (item->is_number)
			set_number(object, item->key, item->number);
		else if (wax_str_eq(wax_str_of(item->key), WAX_STR("dkim")))
			push(signatures, json_text(arena, item->value));
		else
			set_text(arena, object, item->key, item->value);
	}
	if (json_array_size(signatures) > 0)
		set(object, "dkim", signatures);
	else
		json_decref(signatures);
	return dumped(arena, object, JSON_COMPACT);
}

static json_t *
json_spf(struct wax_arena *arena, const struct wax_spf_result *spf)
{
	json_t *object = made(json_object());

	set_word(object, "result", wax_result_word(spf->result));
	set_text(arena, object, "domain", spf->domain.text);
	set_text(arena, object, "mechanism", spf->mechanism);
	set_text(arena, object, "explanation", spf->explanation);
	set_text(arena, object, "reason", spf->reason);
	set_number(object, "terms", spf->terms);
	set_number(object, "voids", spf->voids);
	return object;
}

static json_t *
json_signature(struct wax_arena *arena, const struct wax_results *results,
    const struct wax_dkim_signature *one)
{
	json_t *object = made(json_object());

	set_word(object, "result", wax_result_word(one->result));
	set_text(arena, object, "domain", one->sdid.text);
	set_text(arena, object, "selector", one->selector);
	set_text(arena, object, "identity", one->auid);
	set_text(arena, object, "algorithm", one->algorithm);
	set_text(arena, object, "b", one->b_prefix);
	set_number(object, "key_bits", one->key_bits);
	set_flag(object, "test_key", one->test_key);
	set_flag(object, "broken", one->broken);
	set_flag(object, "aligned",
	    results->dmarc.dkim_aligned &&
	        one == &results->dkim[results->dmarc.aligned_signature]);
	set_text(arena, object, "reason", one->reason);
	return object;
}

static json_t *
json_dkim(struct wax_arena *arena, const struct wax_results *results)
{
	json_t *array = made(json_array());

	for (size_t i = 0; i < results->n_dkim; i++)
		push(array, json_signature(arena, results, &results->dkim[i]));
	return array;
}

static json_t *
json_dmarc(struct wax_arena *arena, const struct wax_results *results)
{
	const struct wax_dmarc_result *dmarc = &results->dmarc;
	json_t *object = made(json_object());

	set_word(object, "result", wax_result_word(dmarc->result));
	set_text(arena, object, "author_domain", dmarc->author_domain.text);
	set_text(
	    arena, object, "organizational_domain", dmarc->org_domain.text);
	if (dmarc->has_record) {
		set_text(
		    arena, object, "policy_domain", dmarc->policy_domain.text);
		set_text(arena, object, "record", dmarc->record.text);
		set_text(arena, object, "record_error", dmarc->record.error);
		if (dmarc->applied_tag != NULL)
			set_word(object, "applied_tag", dmarc->applied_tag);
		set_word(object, "published",
		    wax_dmarc_policy_word(dmarc->published));
		set_word(
		    object, "policy", wax_dmarc_policy_word(dmarc->policy));
	}
	set_word(object, "discovery",
	    dmarc->discovery == WAX_BY_PSL ? "psl" : "treewalk");
	set_flag(object, "spf_aligned", dmarc->spf_aligned);
	set_flag(object, "dkim_aligned", dmarc->dkim_aligned);
	set_text(arena, object, "reason",
	    dmarc->author_status == WAX_AUTHOR_OK ? dmarc->reason
	                                          : results->author_reason);
	return object;
}

static json_t *
json_reasons(struct wax_arena *arena, const struct wax_verdict *verdict)
{
	json_t *array = made(json_array());

	for (size_t i = 0; i < verdict->n_reasons; i++) {
		json_t *one = made(json_object());

		set_word(
		    one, "type", wax_override_word(verdict->reason[i].type));
		set_text(arena, one, "comment", verdict->reason[i].comment);
		push(array, one);
	}
	return array;
}

static json_t *
json_verdict(struct wax_arena *arena, const struct wax_verdict *verdict)
{
	json_t *object = made(json_object());

	set_word(object, "action", wax_action_word(verdict->action));
	set_word(object, "applied", wax_action_word(verdict->applied));
	set_word(object, "rule", wax_rule_word(verdict->rule));
	set_text(arena, object, "why", verdict->why);
	if (verdict->text.n > 0)
		set_text(arena, object, "reply",
		    wax_textf(arena, "%.*s %.*s %.*s",
		        WAX_FMT(verdict->smtp_code),
		        WAX_FMT(verdict->enhanced_code),
		        WAX_FMT(verdict->text)));
	set_text(arena, object, "mediator", verdict->mediator.text);
	set_word(
	    object, "disposition", wax_disposition_word(verdict->disposition));
	set(object, "reasons", json_reasons(arena, verdict));
	return object;
}

static struct wax_str
record_text(struct wax_arena *arena, enum wax_rrtype type,
    const union wax_rdata *record)
{
	switch (type) {
	case WAX_RR_TXT:
		return record->txt.text;
	case WAX_RR_A:
	case WAX_RR_AAAA:
		return wax_ip_format(arena, record->address);
	case WAX_RR_MX:
		return wax_textf(arena, "%u %.*s", record->mx.preference,
		    WAX_FMT(record->mx.host));
	case WAX_RR_PTR:
	case WAX_RR_CNAME:
	case WAX_RR_NS:
	case WAX_RR_SOA:
		return record->name;
	}
	return WAX_STR("");
}

static json_t *
json_answers(
    struct wax_arena *arena, enum wax_rrtype type, const struct wax_answer *a)
{
	json_t *array = made(json_array());

	for (size_t i = 0; i < a->n; i++)
		push(array,
		    json_text(arena, record_text(arena, type, &a->rr[i])));
	return array;
}

static json_t *
json_questions(struct wax_arena *arena, const struct wax_results *results)
{
	json_t *array = made(json_array());

	for (size_t i = 0; i < results->n_questions; i++) {
		const struct wax_question *q = &results->question[i];
		json_t *one = made(json_object());

		set_text(arena, one, "name", q->qname);
		set_word(one, "type", wax_rrtype_word(q->type));
		set_word(one, "status",
		    q->refused ? "refused"
		    : q->answer == NULL
		        ? "unread"
		        : wax_dns_status_word(q->answer->status));
		if (!q->refused && q->answer != NULL && q->answer->n > 0)
			set(one, "answers",
			    json_answers(arena, q->type, q->answer));
		push(array, one);
	}
	return array;
}

static json_t *
json_facts(struct wax_arena *arena, const struct wax_facts *facts)
{
	json_t *object = made(json_object());

	set_text(arena, object, "client",
	    wax_ip_format(arena, facts->connection.client));
	set_text(arena, object, "name", facts->connection.client_name);
	set_text(arena, object, "helo", facts->envelope.helo);
	if (facts->relayed.is_relayed) {
		set_text(arena, object, "relay", facts->relayed.name);
		set_text(arena, object, "relay_address",
		    wax_ip_format(arena, facts->relayed.address));
	}
	set_text(arena, object, "mail_from", facts->envelope.mail_argument);
	set_number(object, "recipients", facts->n_recipients);
	set_text(arena, object, "message_id", facts->message_id);
	set_text(arena, object, "list_id", facts->list_id.text);
	return object;
}

static json_t *
json_row(struct wax_arena *arena, const struct wax_render_row *row)
{
	json_t *object;

	if (row == NULL)
		return made(json_null());
	object = made(json_object());
	set_flag(object, "accepted", row->is_accepted);
	set_text(arena, object, "policy", row->policy);
	set_text(arena, object, "tuple", row->tuple);
	return object;
}

struct wax_str
wax_render_json(struct wax_arena *arena, const struct wax_local_policy *policy,
    const struct wax_facts *facts, const struct wax_results *results,
    const struct wax_verdict *verdict, const struct wax_render_row *row)
{
	json_t *object = made(json_object());

	set(object, "message", json_facts(arena, facts));
	set(object, "helo", json_spf(arena, &results->helo));
	set(object, "spf", json_spf(arena, &results->mailfrom));
	set(object, "dkim", json_dkim(arena, results));
	set(object, "dmarc", json_dmarc(arena, results));
	if (results->limit != NULL)
		set_word(object, "limit", results->limit);
	if (results->has_null_mx)
		set_flag(object, "null_mx", true);
	set(object, "verdict", json_verdict(arena, verdict));
	set_text(arena, object, "authentication_results",
	    wax_render_authres(arena, policy->authserv_id, facts, results));
	set(object, "report_row", json_row(arena, row));
	set(object, "questions", json_questions(arena, results));
	set_number(object, "asked", results->n_asked);
	return dumped(arena, object, JSON_INDENT(2));
}
