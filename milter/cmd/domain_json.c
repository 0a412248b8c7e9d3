/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain_json.c - a domain and its findings as one JSON object.
 *
 * What comes from outside is escaped by those who found it, so all text is
 * ASCII.
 */
#include <jansson.h>
#include <stdlib.h>

#include "milter/cmd/domain.h"

/* Out of memory ends the process, here as in an arena. */
static json_t *
made(json_t *value)
{
	if (value == NULL)
		abort();
	return value;
}

static json_t *
text_of(struct wax_str s)
{
	return made(json_stringn(s.n > 0 ? s.p : "", s.n));
}

static void
set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		abort();
}

static void
set_text(json_t *object, const char *key, struct wax_str s)
{
	set(object, key, text_of(s));
}

static void
set_word(json_t *object, const char *key, const char *word)
{
	set_text(object, key, wax_str_of(word));
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

/* --- the mail route ------------------------------------------------------ */

static const char *
route_word(enum wax_route_kind kind)
{
	switch (kind) {
	case WAX_ROUTE_MX:
		return "mx";
	case WAX_ROUTE_ADDRESS:
		return "address";
	case WAX_ROUTE_NULL:
		return "null";
	case WAX_ROUTE_NONE:
		return "none";
	case WAX_ROUTE_UNKNOWN:
		break;
	}
	return "unknown";
}

static void
push_addresses(
    struct wax_arena *arena, json_t *array, const struct wax_answer *answer)
{
	for (size_t i = 0; answer != NULL && i < answer->n; i++) {
		json_t *one = made(json_object());

		set_text(one, "address",
		    wax_ip_format(arena, answer->rr[i].address));
		set_number(one, "ttl", answer->ttl);
		push(array, one);
	}
}

static json_t *
json_host(struct wax_arena *arena, const struct wax_route_host *host)
{
	json_t *object = made(json_object());
	json_t *addresses = made(json_array());
	struct wax_text name;

	wax_text_init(&name, arena);
	wax_text_add_escaped(&name, host->name);
	push_addresses(arena, addresses, host->a);
	push_addresses(arena, addresses, host->aaaa);
	set_text(object, "name", wax_text_str(&name));
	set_number(object, "preference", host->preference);
	set(object, "addresses", addresses);
	return object;
}

static json_t *
json_route(struct wax_arena *arena, const struct wax_route *route)
{
	json_t *object = made(json_object());
	json_t *hosts = made(json_array());

	for (size_t i = 0; i < route->n; i++)
		push(hosts, json_host(arena, &route->host[i]));
	set_word(object, "kind", route_word(route->kind));
	set_text(object, "sentence", wax_route_sentence(arena, route));
	set_number(object, "ttl", route->ttl);
	set(object, "hosts", hosts);
	set_number(object, "more", route->n_more);
	return object;
}

/* --- SPF ----------------------------------------------------------------- */

static json_t *
json_line(const struct wax_spf_line *line)
{
	json_t *object = made(json_object());

	set_number(object, "depth", line->depth);
	set_text(object, "term", line->term);
	set_number(object, "cost", line->cost);
	set_number(object, "total", line->total);
	set_flag(object, "void", line->is_void);
	set_text(object, "remark", line->remark);
	return object;
}

static json_t *
json_spf(const struct wax_spf_tree *spf)
{
	json_t *object = made(json_object());
	json_t *lines = made(json_array());

	for (size_t i = 0; i < spf->n; i++)
		push(lines, json_line(&spf->line[i]));
	set_text(object, "record", spf->record);
	set_flag(object, "unknown", spf->is_unknown);
	set_flag(object, "cut", spf->is_cut);
	set_number(object, "lookups", spf->lookups);
	set_number(object, "voids", spf->voids);
	set_number(object, "voids_ipv6", spf->voids6);
	set(object, "terms", lines);
	return object;
}

/* --- DKIM ---------------------------------------------------------------- */

static json_t *
json_key(const struct wax_dkim_key *key)
{
	json_t *object = made(json_object());

	set_text(object, "selector", key->selector);
	set_flag(object, "guess", key->is_guess);
	set_flag(object, "usable", key->has_key);
	if (key->has_key) {
		set_word(object, "type",
		    key->record.type == WAX_KEY_RSA ? "rsa" : "ed25519");
		set_number(object, "bits", key->record.bits);
		set_flag(object, "testing", key->record.testing);
	}
	set_text(object, "remark", key->remark);
	return object;
}

static json_t *
json_keys(const struct wax_domain_check *check)
{
	json_t *array = made(json_array());

	for (size_t i = 0; i < check->n_keys; i++)
		push(array, json_key(&check->key[i]));
	return array;
}

/* --- DMARC --------------------------------------------------------------- */

static json_t *
json_step(const struct wax_dmarc_step *step)
{
	json_t *object = made(json_object());

	set_text(object, "domain", step->domain.text);
	set_text(object, "record", step->record);
	set_text(object, "remark", step->remark);
	return object;
}

static json_t *
json_destination(const struct wax_rua_destination *destination)
{
	static const char *const words[] = {
		[WAX_RUA_SEND] = "send",
		[WAX_RUA_RETRY] = "unknown",
		[WAX_RUA_REFUSED] = "refused",
	};
	json_t *object = made(json_object());

	set_text(object, "uri", destination->uri);
	set_word(object, "state", words[destination->state]);
	set_text(object, "why", destination->why);
	return object;
}

static json_t *
json_policies(const struct wax_dmarc_view *dmarc)
{
	json_t *object = made(json_object());

	set_word(object, "domain", wax_dmarc_policy_word(dmarc->policy));
	set_word(object, "subdomains",
	    wax_dmarc_policy_word(dmarc->subdomain_policy));
	set_word(object, "absent", wax_dmarc_policy_word(dmarc->absent_policy));
	set_flag(object, "testing", dmarc->record.testing);
	return object;
}

static json_t *
json_dmarc(const struct wax_dmarc_view *dmarc)
{
	json_t *object = made(json_object());
	json_t *walk = made(json_array()), *reports = made(json_array());

	for (size_t i = 0; i < dmarc->n_steps; i++)
		push(walk, json_step(&dmarc->step[i]));
	for (size_t i = 0; i < dmarc->n_destinations; i++)
		push(reports, json_destination(&dmarc->destination[i]));
	set_flag(object, "unknown", dmarc->is_unknown);
	set(object, "walk", walk);
	set_text(object, "policy_domain", dmarc->policy_domain.text);
	set_text(object, "organization", dmarc->org_domain.text);
	set_text(object, "organization_by_list", dmarc->psl_domain.text);
	if (dmarc->has_policy)
		set(object, "policy", json_policies(dmarc));
	set(object, "reports", reports);
	return object;
}

/* --- name servers -------------------------------------------------------- */

static json_t *
json_servers(struct wax_arena *arena, const struct wax_name_servers *servers)
{
	json_t *array = made(json_array());

	for (size_t i = 0; i < servers->n; i++) {
		const struct wax_name_server *server = &servers->server[i];
		json_t *one = made(json_object());

		set_text(one, "name", server->name);
		set_text(one, "address", wax_ip_format(arena, server->address));
		set_flag(one, "reachable", server->resolver != NULL);
		set_flag(one, "answers",
		    server->resolver != NULL && !server->is_silent);
		push(array, one);
	}
	return array;
}

/* --- findings ------------------------------------------------------------ */

static json_t *
json_finding(const struct wax_finding *finding)
{
	const struct wax_finding_kind *kind = wax_finding_kind(finding->id);
	json_t *object = made(json_object());

	set_word(object, "id", kind->word);
	set_word(object, "severity", wax_severity_word(kind->severity));
	set_word(object, "area", wax_area_word(kind->area));
	set_text(object, "name", finding->name);
	set_text(object, "what", finding->what);
	set_word(object, "meaning", kind->meaning);
	set_word(object, "advice", kind->advice);
	set_text(object, "publish", finding->publish);
	set_word(object, "caution", kind->caution);
	return object;
}

static json_t *
json_findings(const struct wax_findings *findings)
{
	json_t *array = made(json_array());

	for (size_t i = 0; i < findings->list.n; i++)
		push(array, json_finding(&findings->list.v[i]));
	return array;
}

struct wax_str
wax_domain_json(struct wax_arena *arena, const struct wax_domain_check *check,
    const struct wax_name_servers *servers, const struct wax_findings *findings)
{
	json_t *object = made(json_object());
	struct wax_str kept;
	char *text;

	set_text(object, "domain", check->domain.text);
	set_number(
	    object, "status", (unsigned long)wax_findings_status(findings));
	set(object, "route", json_route(arena, &check->route));
	if (!check->is_absent)
		set(object, "spf", json_spf(&check->spf));
	set(object, "dkim", json_keys(check));
	if (!check->is_absent)
		set(object, "dmarc", json_dmarc(&check->dmarc));
	if (servers != NULL) {
		set_text(object, "zone", servers->zone.text);
		set(object, "servers", json_servers(arena, servers));
		set_number(object, "servers_more", servers->n_more);
	}
	set(object, "findings", json_findings(findings));
	text = json_dumps(object, JSON_INDENT(2));
	if (text == NULL)
		abort();
	kept = wax_str_dup(arena, wax_str_of(text));
	free(text);
	json_decref(object);
	return kept;
}
