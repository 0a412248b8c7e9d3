/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/render.h"

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "policy/mail/authres.h"

/* A field under construction: results with their properties. */
struct field {
	struct wax_arena *arena;
	WAX_VEC(struct wax_authres_result) results;
};

/* The properties of one result: at most four. */
struct properties {
	size_t n;
	struct wax_authres_property v[4];
};

static void
add_property(struct properties *properties, const char *ptype,
    const char *property, struct wax_str value)
{
	if (value.n == 0)
		return;
	WAX_ASSERT(
	    properties->n < sizeof properties->v / sizeof properties->v[0]);
	properties->v[properties->n++] =
	    (struct wax_authres_property){ ptype, property, value };
}

static void
add_result(struct field *field, const char *method, enum wax_result result,
    struct wax_str reason, const struct properties *properties)
{
	struct wax_authres_property *kept =
	    wax_alloc(field->arena, properties->n + 1, sizeof *kept);

	for (size_t i = 0; i < properties->n; i++)
		kept[i] = properties->v[i];
	WAX_PUSH(field->arena, &field->results,
	    (struct wax_authres_result){
	        .method = method,
	        .result = wax_result_word(result),
	        .reason = reason,
	        .n_properties = properties->n,
	        .property = kept,
	    });
}

/* A reason is written where it tells a reader what to do about it. */
static bool
wants_reason(enum wax_result result)
{
	switch (result) {
	case WAX_TEMPERROR:
	case WAX_PERMERROR:
	case WAX_POLICY:
		return true;
	case WAX_NONE:
	case WAX_PASS:
	case WAX_FAIL:
	case WAX_SOFTFAIL:
	case WAX_NEUTRAL:
		return false;
	}
	return false;
}

static struct wax_str
reason_of(enum wax_result result, struct wax_str reason)
{
	return wants_reason(result) ? reason : (struct wax_str){ NULL, 0 };
}

/*
 * Under a relay of ours the reader of the field cannot tell who the client
 * was: it is said once. A client that is not known is in the reason already.
 */
static struct wax_str
spf_reason(struct wax_arena *arena, const struct wax_facts *facts,
    const struct wax_spf_result *spf)
{
	const struct wax_relayed *relayed = &facts->relayed;
	struct wax_str reason = reason_of(spf->result, spf->reason);

	if (!relayed->is_relayed)
		return reason;
	if (!relayed->is_client_known)
		return spf->reason;
	return wax_textf(arena, "client %.*s by way of relay %.*s%s%.*s",
	    WAX_FMT(wax_ip_format(arena, facts->connection.client)),
	    WAX_FMT(relayed->name), reason.n > 0 ? "; " : "", WAX_FMT(reason));
}

/* The local-part did not authenticate: the domain only. RFC 8601 s2.7.2 */
static void
add_spf(struct field *field, const struct wax_spf_result *spf, bool is_helo,
    struct wax_str reason)
{
	struct properties properties = { 0 };

	add_property(&properties, "smtp", is_helo ? "helo" : "mailfrom",
	    spf->domain.text);
	add_result(field, "spf", spf->result, reason, &properties);
}

static void
add_dkim(struct field *field, const struct wax_results *results)
{
	if (results->n_dkim == 0)
		add_result(field, "dkim", WAX_NONE, (struct wax_str){ NULL, 0 },
		    &(struct properties){ 0 });
	for (size_t i = 0; i < results->n_dkim; i++) {
		const struct wax_dkim_signature *one = &results->dkim[i];
		struct properties properties = { 0 };

		add_property(&properties, "header", "d", one->sdid.text);
		add_property(&properties, "header", "s", one->selector);
		add_property(&properties, "header", "a", one->algorithm);
		add_property(&properties, "header", "b", one->b_prefix);
		add_result(field, "dkim", one->result,
		    one->result == WAX_PASS ? (struct wax_str){ NULL, 0 }
		                            : one->reason,
		    &properties);
	}
}

/* RFC 9989 s9.1 */
static void
add_dmarc(struct field *field, const struct wax_results *results)
{
	const struct wax_dmarc_result *dmarc = &results->dmarc;
	bool is_author_ok = dmarc->author_status == WAX_AUTHOR_OK;
	struct properties properties = { 0 };

	if (is_author_ok)
		add_property(
		    &properties, "header", "from", dmarc->author_domain.text);
	if (is_author_ok && dmarc->has_record)
		add_property(&properties, "policy", "dmarc",
		    wax_str_of(wax_dmarc_policy_word(dmarc->policy)));
	add_result(field, "dmarc", dmarc->result,
	    is_author_ok ? reason_of(dmarc->result, dmarc->reason)
	                 : results->author_reason,
	    &properties);
}

struct wax_str
wax_render_authres(struct wax_arena *arena, struct wax_str authserv_id,
    const struct wax_facts *facts, const struct wax_results *results)
{
	struct field field = { .arena = arena };
	struct wax_authres authres = { .authserv_id = authserv_id };

	add_spf(&field, &results->mailfrom, results->spf_by_helo,
	    spf_reason(arena, facts, &results->mailfrom));
	/* Under a null reverse-path HELO is the identity just written. */
	if (!results->spf_by_helo && !wax_domain_is_none(facts->helo_domain))
		add_spf(&field, &results->helo, true,
		    reason_of(results->helo.result, results->helo.reason));
	add_dkim(&field, results);
	add_dmarc(&field, results);
	authres.n_results = field.results.n;
	authres.result = field.results.v;
	return wax_authres_format(arena, &authres);
}

/* Received-SPF: key=value pairs, folded between them. */
struct pairs {
	struct wax_text text;
	size_t column;
	bool is_first;
};

static void
add_pair(struct pairs *pairs, const char *key, struct wax_str value)
{
	struct wax_str written;
	size_t width;

	if (value.n == 0 ||
	    !wax_dot_atom_add(pairs->text.arena, value, &written))
		return;
	width = wax_str_of(key).n + written.n + 3;
	if (!pairs->is_first)
		wax_text_addc(&pairs->text, ';');
	if (pairs->column + width > WAX_HEADER_LINE_FOLD) {
		wax_text_addz(&pairs->text, "\n\t");
		pairs->column = 7; /* the tab counts for the blank, too */
	} else {
		wax_text_addc(&pairs->text, ' ');
	}
	wax_text_addf(&pairs->text, "%s=%.*s", key, WAX_FMT(written));
	pairs->column += width;
	pairs->is_first = false;
}

static struct wax_str
envelope_from(struct wax_arena *arena, const struct wax_facts *facts)
{
	const struct wax_reverse_path *path = &facts->reverse_path;

	if (!path->is_valid || path->is_null)
		return (struct wax_str){ NULL, 0 };
	return wax_textf(arena, "%.*s@%.*s", WAX_FMT(path->local_part),
	    WAX_FMT(path->domain.text));
}

struct wax_str
wax_render_received_spf(struct wax_arena *arena, struct wax_str authserv_id,
    const struct wax_facts *facts, const struct wax_results *results)
{
	const struct wax_spf_result *spf = &results->mailfrom;
	struct pairs pairs = { .is_first = true };

	wax_text_init(&pairs.text, arena);
	wax_text_addf(&pairs.text, " %s", wax_result_word(spf->result));
	pairs.column = sizeof "Received-SPF:" - 1 + pairs.text.n;
	if (facts->connection.client.family != WAX_IP_NONE)
		add_pair(&pairs, "client-ip",
		    wax_ip_format(arena, facts->connection.client));
	add_pair(&pairs, "envelope-from", envelope_from(arena, facts));
	add_pair(&pairs, "helo", facts->helo_domain.text);
	add_pair(&pairs, "receiver", authserv_id);
	add_pair(&pairs, "identity",
	    results->spf_by_helo ? WAX_STR("helo") : WAX_STR("mailfrom"));
	add_pair(&pairs, "mechanism", spf->mechanism);
	add_pair(&pairs, "problem", reason_of(spf->result, spf->reason));
	return wax_text_str(&pairs.text);
}
