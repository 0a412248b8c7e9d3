/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/spf_agree.h"

#include "policy/auth/spf_impl.h"
#include "policy/base/text.h"
#include "policy/check/spf_tree_impl.h"

#define DEADLINE 8000

static const char *const clients[] = { "203.0.113.251", "2001:db8:ffff::fb" };

struct view {
	struct wax_findings findings;
	struct wax_spf_nodes nodes;
	struct wax_spf_tree tree;
	bool is_compared;  /* no term hangs on the client or the message */
	bool is_broken;    /* for everybody, whatever the family */
	unsigned voids[2]; /* of IPv4, IPv6 */
};

static bool
is_broken(enum wax_spf_fate fate)
{
	return fate == WAX_SPF_NO_RECORD || fate == WAX_SPF_SEVERAL ||
	       fate == WAX_SPF_SYNTAX || fate == WAX_SPF_TOO_LONG ||
	       fate == WAX_SPF_LOOP || fate == WAX_SPF_MANY_HOSTS;
}

static struct view
look(struct wax_arena *arena, struct wax_resolver *resolver,
    struct wax_domain domain)
{
	struct view view = { .findings = { .arena = arena },
		.nodes = { .arena = arena,
		    .resolver = resolver,
		    .domain = domain,
		    .deadline = DEADLINE },
		.is_compared = true };

	view.tree =
	    wax_check_spf(&view.findings, resolver, domain, false, DEADLINE);
	wax_spf_nodes_ask(&view.nodes);
	view.is_broken = view.tree.lookups > WAX_SPF_TERMS_MAX;
	for (size_t i = 0; i < view.nodes.list.n; i++) {
		enum wax_spf_fate fate = view.nodes.list.v[i].fate;

		view.voids[0] += view.nodes.list.v[i].void4;
		view.voids[1] += view.nodes.list.v[i].void6;
		if (fate == WAX_SPF_BY_CLIENT)
			view.is_compared = false;
		if (is_broken(fate) && (i > 0 || fate != WAX_SPF_NO_RECORD))
			view.is_broken = true;
	}
	return view;
}

/* Whether what matched, if anything, is the all at the end of the whole. */
static bool
matched_nothing(const struct wax_spf_result *result)
{
	struct wax_str rest = result->mechanism;

	while (wax_str_istarts(rest, WAX_STR("redirect="))) {
		size_t at = wax_str_find(rest, '>');

		rest = wax_str_trim(wax_str_from(rest, at + 1));
	}
	if (rest.n == 4)
		rest = wax_str_from(rest, 1);
	return rest.n == 0 || wax_str_ieq(rest, WAX_STR("all"));
}

/* What differs; NULL: nothing. */
static const char *
compare(const struct view *view, const struct wax_spf_result *result,
    unsigned voids)
{
	bool is_broken = view->is_broken || voids > WAX_SPF_VOIDS_MAX;

	switch (result->result) {
	case WAX_NONE:
		return view->tree.has_record ? "there is no record" : NULL;
	case WAX_TEMPERROR:
		return view->tree.is_unknown ? NULL : "an answer is missing";
	case WAX_PERMERROR:
		return is_broken ? NULL : "it is broken";
	case WAX_PASS:
	case WAX_FAIL:
	case WAX_SOFTFAIL:
	case WAX_NEUTRAL:
	case WAX_POLICY:
		break;
	}
	if (is_broken)
		return "it is not broken";
	if (result->terms != view->tree.lookups)
		return "another number of lookups";
	return result->voids == voids ? NULL : "another number of voids";
}

/* A record that is broken for everybody must be told as an error. */
static bool
is_told(const struct view *view)
{
	return !view->is_broken || wax_findings_status(&view->findings) == 2;
}

static enum wax_spf_agreement
agree_for(struct wax_arena *arena, struct wax_resolver *resolver,
    const struct view *view, const char *client, struct wax_str *why)
{
	struct wax_spf_query query = { .scope = WAX_SPF_MAILFROM,
		.local_part = WAX_STR("user"),
		.domain = view->nodes.domain,
		.helo = WAX_STR("helo.agree.example") };
	struct wax_spf_result result;
	const char *differs;

	if (!wax_ip_parse(wax_str_of(client), &query.client))
		return WAX_SPF_DIFFERS;
	result = wax_spf_rfc7208(arena, resolver, &query, DEADLINE);
	if (!view->is_compared || !matched_nothing(&result))
		return WAX_SPF_NOT_COMPARED;
	differs = compare(
	    view, &result, view->voids[query.client.family == WAX_IPV6]);
	if (differs == NULL && !is_told(view))
		differs = "nobody is told that it is broken";
	if (differs == NULL)
		return WAX_SPF_AGREES;
	*why = wax_textf(arena,
	    "%s: %s; evaluated: %s, %u lookups, %u voids (%.*s); "
	    "tree: %u lookups, %u and %u voids",
	    client, differs, wax_result_word(result.result), result.terms,
	    result.voids, WAX_FMT(result.reason), view->tree.lookups,
	    view->voids[0], view->voids[1]);
	return WAX_SPF_DIFFERS;
}

enum wax_spf_agreement
wax_spf_agree(struct wax_arena *arena, struct wax_resolver *resolver,
    struct wax_domain domain, struct wax_str *why)
{
	struct view view = look(arena, resolver, domain);
	enum wax_spf_agreement both = WAX_SPF_NOT_COMPARED;

	for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++) {
		enum wax_spf_agreement one =
		    agree_for(arena, resolver, &view, clients[i], why);

		if (one == WAX_SPF_DIFFERS)
			return one;
		if (one == WAX_SPF_AGREES)
			both = one;
	}
	return both;
}
