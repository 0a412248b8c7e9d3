/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/log_items.h"

#include "policy/base/text.h"

/* Values of the sender are cut here, so that none pushes the others out of
 * the line. */
#define VALUE_MAX 255
#define MESSAGE_ID_MAX 200
/* More signatures than this are counted, not listed. */
#define SIGNATURES_SHOWN 20

const char *
wax_exempt_word(enum wax_exempt exempt)
{
	switch (exempt) {
	case WAX_JUDGED:
		return "judged";
	case WAX_EXEMPT_INTERNAL:
		return "internal";
	case WAX_EXEMPT_AUTHENTICATED:
		return "authenticated";
	case WAX_EXEMPT_ORIGINATING:
		return "originating";
	}
	return "judged";
}

static void
add(struct wax_log_items *items, const char *key, struct wax_str value,
    size_t max)
{
	if (value.n == 0)
		return;
	if (value.n > max)
		value = wax_textf(
		    items->arena, "%.*s...", WAX_FMT(wax_str_head(value, max)));
	WAX_PUSH(items->arena, &items->list,
	    (struct wax_log_item){ .key = key, .value = value });
}

static void
add_word(struct wax_log_items *items, const char *key, const char *word)
{
	add(items, key, wax_str_of(word), VALUE_MAX);
}

static void
add_number(struct wax_log_items *items, const char *key, unsigned long number)
{
	WAX_PUSH(items->arena, &items->list,
	    (struct wax_log_item){
	        .key = key, .is_number = true, .number = number });
}

/* The part of an address that log-addresses lets through. */
static struct wax_str
shown_address(struct wax_log_items *items, enum wax_log_addresses shown,
    struct wax_str local_part, struct wax_str domain)
{
	switch (shown) {
	case WAX_LOG_FULL:
		return wax_textf(items->arena, "<%.*s@%.*s>",
		    WAX_FMT(wax_str_head(local_part, VALUE_MAX)),
		    WAX_FMT(domain));
	case WAX_LOG_DOMAIN:
		return wax_textf(items->arena, "<@%.*s>", WAX_FMT(domain));
	case WAX_LOG_NONE:
		break;
	}
	return (struct wax_str){ NULL, 0 };
}

static void
add_mailfrom(struct wax_log_items *items, enum wax_log_addresses shown,
    const struct wax_facts *facts)
{
	const struct wax_reverse_path *path = &facts->reverse_path;

	if (path->is_null)
		add_word(items, "mailfrom", "<>");
	else if (path->is_valid)
		add(items, "mailfrom",
		    shown_address(
		        items, shown, path->local_part, path->domain.text),
		    2 * VALUE_MAX);
	else if (shown == WAX_LOG_FULL)
		add(items, "mailfrom", facts->envelope.mail_argument,
		    VALUE_MAX);
}

static void
add_user(struct wax_log_items *items, enum wax_log_addresses shown,
    struct wax_str user)
{
	size_t at = wax_str_rfind(user, '@');

	if (shown == WAX_LOG_FULL)
		add(items, "auth", user, VALUE_MAX);
	else if (shown == WAX_LOG_DOMAIN && at < user.n)
		add(items, "auth", wax_str_from(user, at), VALUE_MAX);
}

static void
add_verdict(struct wax_log_items *items, const struct wax_verdict *verdict)
{
	if (verdict == NULL) {
		add_word(items, "action", "accept");
		return;
	}
	add_word(items, "action", wax_action_word(verdict->applied));
	if (verdict->applied != verdict->action)
		add_word(items, "would", wax_action_word(verdict->action));
	add_word(items, "rule", wax_rule_word(verdict->rule));
}

static void
add_dmarc(struct wax_log_items *items, const struct wax_dmarc_result *dmarc)
{
	add_word(items, "dmarc", wax_result_word(dmarc->result));
	add(items, "author", dmarc->author_domain.text, VALUE_MAX);
	if (!dmarc->has_record)
		return;
	add_word(items, "policy", wax_dmarc_policy_word(dmarc->policy));
	add(items, "policy-domain", dmarc->policy_domain.text, VALUE_MAX);
}

static void
add_spf(struct wax_log_items *items, const struct wax_results *results)
{
	add_word(items, "spf", wax_result_word(results->mailfrom.result));
	add(items, "spf-domain", results->mailfrom.domain.text, VALUE_MAX);
	add_word(items, "spf-helo", wax_result_word(results->helo.result));
}

/* result/domain/selector/algorithm; "-" for what the signature lacks. */
static void
add_signature(struct wax_log_items *items, const struct wax_dkim_signature *one)
{
	const struct wax_str part[] = { one->sdid.text, one->selector,
		one->algorithm };
	struct wax_text text;

	wax_text_init(&text, items->arena);
	wax_text_addz(&text, wax_result_word(one->result));
	for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
		wax_text_addc(&text, '/');
		wax_text_add(&text, part[i].n > 0 ? part[i] : WAX_STR("-"));
	}
	add(items, "dkim", wax_text_str(&text), 2 * VALUE_MAX);
}

static void
add_dkim(struct wax_log_items *items, const struct wax_results *results)
{
	if (results->n_dkim == 0)
		add_word(items, "dkim", "none");
	for (size_t i = 0; i < results->n_dkim && i < SIGNATURES_SHOWN; i++)
		add_signature(items, &results->dkim[i]);
	if (results->n_dkim > SIGNATURES_SHOWN)
		add_number(items, "signatures", results->n_dkim);
}

struct wax_log_items
wax_log_items_make(struct wax_arena *arena,
    const struct wax_log_context *context, const struct wax_facts *facts,
    const struct wax_results *results, const struct wax_verdict *verdict)
{
	struct wax_log_items items = { .arena = arena };

	add(&items, "qid",
	    facts->queue_id.n > 0 ? facts->queue_id : WAX_STR("-"), VALUE_MAX);
	add_verdict(&items, verdict);
	if (context->exempt != WAX_JUDGED)
		add_word(&items, "exempt", wax_exempt_word(context->exempt));
	add(&items, "client", wax_ip_format(arena, facts->connection.client),
	    VALUE_MAX);
	if (facts->relayed.is_relayed)
		add(&items, "relay", facts->relayed.name, VALUE_MAX);
	add_number(&items, "rcpts", facts->n_recipients);
	if (results != NULL) {
		add_dmarc(&items, &results->dmarc);
		add_spf(&items, results);
		if (results->limit != NULL)
			add_word(&items, "limit", results->limit);
	}
	if (verdict != NULL)
		add(&items, "mediator", verdict->mediator.text, VALUE_MAX);
	if (results != NULL)
		add_number(&items, "dns", results->n_asked);
	add_number(&items, "dns-ms", context->dns_ms);
	add_number(&items, "ms", context->total_ms);
	add(&items, "name", facts->connection.client_name, VALUE_MAX);
	add(&items, "helo", facts->envelope.helo, VALUE_MAX);
	add_mailfrom(&items, context->addresses, facts);
	add_user(&items, context->addresses, facts->envelope.auth_user);
	add(&items, "msgid", facts->message_id, MESSAGE_ID_MAX);
	if (results != NULL)
		add_dkim(&items, results);
	if (verdict != NULL)
		add(&items, "reason", verdict->why, 2 * VALUE_MAX);
	return items;
}
