/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_ask.c - fetch a tree of SPF records, a level at a time. All questions
 * of a level are under way before the first of them is waited for.
 *
 * The rules are those of policy/auth/spf_rfc7208.c for a client that no term
 * matches; tests/unit/check/test_spf_tree.c holds the counts of both against
 * each other.
 */
#include "policy/check/spf_tree_impl.h"

#include "policy/check/route.h"

/* Whether all its macros are known without a message: %{d} and %{o}. */
static bool
is_expandable(struct wax_str spec)
{
	struct wax_spf_token token;
	const char *what;

	while (wax_spf_token_next(&spec, &token, &what))
		if (token.letter != 0 && token.letter != 'd' &&
		    token.letter != 'o')
			return false;
	return true;
}

static void
set_target(const struct wax_spf_nodes *nodes, struct wax_spf_node *node)
{
	struct wax_spf_values values = { .sender_domain = nodes->domain.text,
		.domain = node->owner };

	node->target = node->owner;
	if (node->term.spec.n == 0)
		return;
	node->target = node->term.spec;
	if (!is_expandable(node->term.spec)) {
		node->fate = WAX_SPF_BY_CLIENT;
		return;
	}
	node->target =
	    wax_spf_expand_name(nodes->arena, node->term.spec, &values);
}

static bool
leads_on(const struct wax_spf_node *node)
{
	return node->term.kind == WAX_SPF_INCLUDE ||
	       node->term.kind == WAX_SPF_REDIRECT;
}

/* RFC 7208 s4.3: a name of one label has no record, and is not asked. */
static bool
is_askable(const struct wax_spf_node *node)
{
	if (!wax_qname_is_askable(node->target))
		return false;
	return !leads_on(node) ||
	       wax_str_find(node->target, '.') < node->target.n;
}

/* Whether one of the records that lead to this node is the target's. */
static bool
is_loop(const struct wax_spf_nodes *nodes, const struct wax_spf_node *node)
{
	size_t i = node->parent;

	for (;;) {
		const struct wax_spf_node *above = &nodes->list.v[i];

		if (wax_str_eq(above->target, node->target))
			return true;
		if (i == 0)
			return false;
		i = above->parent;
	}
}

static void
prefetch(const struct wax_spf_nodes *nodes, const struct wax_spf_node *node)
{
	switch (node->term.kind) {
	case WAX_SPF_A:
		wax_dns_prefetch(nodes->resolver, node->target, WAX_RR_AAAA);
		wax_dns_prefetch(nodes->resolver, node->target, WAX_RR_A);
		break;
	case WAX_SPF_EXISTS:
		wax_dns_prefetch(nodes->resolver, node->target, WAX_RR_A);
		break;
	case WAX_SPF_MX:
		wax_dns_prefetch(nodes->resolver, node->target, WAX_RR_MX);
		break;
	case WAX_SPF_INCLUDE:
	case WAX_SPF_REDIRECT:
		wax_dns_prefetch(nodes->resolver, node->target, WAX_RR_TXT);
		break;
	case WAX_SPF_ALL:
	case WAX_SPF_PTR:
	case WAX_SPF_IP4:
	case WAX_SPF_IP6:
	case WAX_SPF_EXP:
	case WAX_SPF_UNKNOWN_MODIFIER:
		break;
	}
}

/* --- the terms of a record --------------------------------------------- */

/* What a term costs, asks for, and means for the whole. */
static void
open_term(struct wax_spf_nodes *nodes, struct wax_spf_node *node)
{
	const struct wax_spf_node *above = &nodes->list.v[node->parent];
	bool is_redirect = node->term.kind == WAX_SPF_REDIRECT;

	node->grants =
	    above->grants && (is_redirect || node->term.on_match == WAX_PASS);
	node->governs = above->governs && is_redirect;
	if (node->fate == WAX_SPF_UNUSED ||
	    !wax_spf_kind_counts(node->term.kind))
		return;
	node->counts = true;
	node->total = 1;
	set_target(nodes, node);
	if (node->term.kind == WAX_SPF_PTR) /* names of the client */
		node->fate = WAX_SPF_BY_CLIENT;
	if (++nodes->n_counted > WAX_CHECK_SPF_TERMS_MAX) {
		node->fate = WAX_SPF_BEYOND;
		nodes->is_cut = true;
	}
	if (node->fate != WAX_SPF_FINE)
		return;
	if (!is_askable(node))
		node->fate =
		    leads_on(node) ? WAX_SPF_NO_RECORD : WAX_SPF_NO_NAME;
	else if (leads_on(node) && is_loop(nodes, node))
		node->fate = WAX_SPF_LOOP;
	else
		prefetch(nodes, node);
}

static void
add_term(struct wax_spf_nodes *nodes, size_t parent,
    const struct wax_spf_term *term, bool is_unused)
{
	const struct wax_spf_node *above = &nodes->list.v[parent];
	struct wax_spf_node node = { .parent = parent,
		.depth = parent == 0 ? 0 : above->depth + 1,
		.term = *term,
		.owner = above->target,
		.is_own = above->is_own,
		.fate = is_unused ? WAX_SPF_UNUSED : WAX_SPF_FINE };

	if (nodes->list.n > WAX_CHECK_SPF_LINES_MAX) {
		nodes->is_cut = true;
		return;
	}
	open_term(nodes, &node);
	WAX_PUSH(nodes->arena, &nodes->list, node);
	nodes->list.v[parent].n_terms++;
}

/* The terms of the record that node `parent` led to; redirect= is the last
 * to be evaluated, wherever it stands.                   RFC 7208 s6.1 */
static void
add_terms(struct wax_spf_nodes *nodes, size_t parent)
{
	struct wax_spf_record record = nodes->list.v[parent].record;
	struct wax_spf_term term, redirect = { .text = { NULL, 0 } };
	bool behind_all = false;
	size_t at = 0;

	nodes->list.v[parent].first = nodes->list.n;
	while (wax_spf_record_next(&record, &at, &term)) {
		bool is_modifier = term.kind == WAX_SPF_EXP ||
		                   term.kind == WAX_SPF_UNKNOWN_MODIFIER;

		if (term.kind == WAX_SPF_REDIRECT) {
			redirect = term;
			continue;
		}
		add_term(nodes, parent, &term, behind_all && !is_modifier);
		if (term.kind == WAX_SPF_ALL)
			behind_all = true;
	}
	if (redirect.text.n > 0)
		add_term(nodes, parent, &redirect, record.has_all);
}

/* --- records ----------------------------------------------------------- */

static bool
is_own(const struct wax_spf_nodes *nodes, struct wax_str name)
{
	struct wax_domain other = { name };

	return wax_domain_is_under(other, nodes->domain) ||
	       wax_domain_is_under(nodes->domain, other);
}

/* The texts at a name: which of them are records.          RFC 7208 s4.5 */
static void
select_record(struct wax_spf_node *node, const struct wax_answer *answer)
{
	node->answer = answer;
	for (size_t i = 0; i < answer->n; i++) {
		node->n_octets += answer->rr[i].txt.text.n;
		if (!wax_spf_record_is(answer->rr[i].txt.text))
			continue;
		node->text = answer->rr[i].txt.text;
		node->n_strings = answer->rr[i].txt.n_strings;
		node->n_records++;
	}
	if (node->n_records == 0)
		node->fate = WAX_SPF_NO_RECORD;
	else if (node->n_records > 1)
		node->fate = WAX_SPF_SEVERAL;
	else if (node->text.n > WAX_SPF_RECORD_BYTES_DEFAULT)
		node->fate = WAX_SPF_TOO_LONG;
	else if (!wax_spf_record_parse(node->text, &node->record, &node->fault))
		node->fate = WAX_SPF_SYNTAX;
}

static void
read_record(const struct wax_spf_nodes *nodes, struct wax_spf_node *node)
{
	const struct wax_answer *answer = wax_dns_lookup(nodes->resolver,
	    nodes->arena, node->target, WAX_RR_TXT, nodes->deadline);

	switch (answer->status) {
	case WAX_DNS_OK:
		select_record(node, answer);
		break;
	case WAX_DNS_NXDOMAIN:
		node->is_absent = !answer->alias;
		node->fate = WAX_SPF_NO_RECORD;
		break;
	case WAX_DNS_NODATA:
		node->fate = WAX_SPF_NO_RECORD;
		break;
	case WAX_DNS_TEMPFAIL:
	case WAX_DNS_LIMIT:
		node->fate = WAX_SPF_NO_ANSWER;
		break;
	}
	node->is_own = is_own(nodes, node->target);
}

/* --- addresses --------------------------------------------------------- */

static uint32_t
number_of(struct wax_ip ip)
{
	return (uint32_t)ip.octet[0] << 24 | (uint32_t)ip.octet[1] << 16 |
	       (uint32_t)ip.octet[2] << 8 | ip.octet[3];
}

/* Whose term of the domain's own record a node stands below. */
static size_t
own_term(const struct wax_spf_nodes *nodes, const struct wax_spf_node *node)
{
	while (node->parent != 0)
		node = &nodes->list.v[node->parent];
	return (size_t)(node - nodes->list.v);
}

static void
add_range(struct wax_spf_nodes *nodes, struct wax_ip base, unsigned prefix)
{
	/* All ones behind the prefix; a shift by 32 would be undefined. */
	uint32_t size = prefix == 0 ? UINT32_MAX : (1U << (32 - prefix)) - 1;
	uint32_t from = number_of(base) & ~size;

	WAX_PUSH(nodes->arena, &nodes->ranges,
	    (struct wax_spf_range){ from, from + size });
}

static void
add_network(struct wax_spf_nodes *nodes, const struct wax_spf_node *node,
    struct wax_ip base, unsigned prefix)
{
	if (!node->grants)
		return;
	WAX_PUSH(nodes->arena, &nodes->grants,
	    (struct wax_spf_grant){ { base, prefix }, own_term(nodes, node) });
	if (base.family == WAX_IPV6)
		nodes->grants_ipv6 = true;
	else
		add_range(nodes, base, prefix);
}

/* One family of a host of an a or mx. An empty answer is a void lookup of
 * the term.                                            RFC 7208 s4.6.4 */
static bool
ask_family(struct wax_spf_nodes *nodes, struct wax_spf_node *node,
    struct wax_str host, enum wax_rrtype type, bool grants)
{
	bool *is_void = type == WAX_RR_A ? &node->void4 : &node->void6;
	unsigned prefix =
	    type == WAX_RR_A ? node->term.prefix4 : node->term.prefix6;
	const struct wax_answer *answer = wax_dns_lookup(
	    nodes->resolver, nodes->arena, host, type, nodes->deadline);

	switch (answer->status) {
	case WAX_DNS_OK:
		for (size_t i = 0; i < answer->n; i++)
			if (grants)
				add_network(
				    nodes, node, answer->rr[i].address, prefix);
		return true;
	case WAX_DNS_NODATA:
	case WAX_DNS_NXDOMAIN:
		*is_void = true;
		break;
	case WAX_DNS_TEMPFAIL:
	case WAX_DNS_LIMIT:
		node->fate = WAX_SPF_NO_ANSWER;
		break;
	}
	return false;
}

/* Whether a host has any address. */
static bool
ask_host(
    struct wax_spf_nodes *nodes, struct wax_spf_node *node, struct wax_str host)
{
	bool has4, has6;

	if (!wax_qname_is_askable(host))
		return false;
	has4 = ask_family(nodes, node, host, WAX_RR_A, node->grants);
	has6 = ask_family(nodes, node, host, WAX_RR_AAAA, node->grants);
	return has4 || has6;
}

static void
ask_a(struct wax_spf_nodes *nodes, struct wax_spf_node *node)
{
	if (!ask_host(nodes, node, node->target) && node->fate == WAX_SPF_FINE)
		node->fate = WAX_SPF_EMPTY;
}

/* RFC 7208 s5.7: A, whatever the client's family is. */
static void
ask_exists(struct wax_spf_nodes *nodes, struct wax_spf_node *node)
{
	if (!ask_family(nodes, node, node->target, WAX_RR_A, false) &&
	    node->fate == WAX_SPF_FINE)
		node->fate = WAX_SPF_EMPTY;
	node->void6 = node->void4;
}

/* The MX records; their hosts wait until the level's other questions are
 * under way.                                               RFC 7208 s5.4 */
static void
ask_mx(const struct wax_spf_nodes *nodes, struct wax_spf_node *node)
{
	const struct wax_answer *answer = wax_dns_lookup(nodes->resolver,
	    nodes->arena, node->target, WAX_RR_MX, nodes->deadline);

	node->answer = answer;
	if (answer->status == WAX_DNS_TEMPFAIL ||
	    answer->status == WAX_DNS_LIMIT)
		node->fate = WAX_SPF_NO_ANSWER;
	else if (answer->n == 0)
		node->fate = WAX_SPF_EMPTY;
	else if (answer->n > WAX_SPF_MX_MAX)
		node->fate = WAX_SPF_MANY_HOSTS;
	node->void4 = node->void6 = node->fate == WAX_SPF_EMPTY;
	if (node->fate != WAX_SPF_FINE)
		return;
	for (size_t i = 0; i < answer->n; i++) {
		struct wax_str host = answer->rr[i].mx.host;

		wax_dns_prefetch(nodes->resolver, host, WAX_RR_A);
		wax_dns_prefetch(nodes->resolver, host, WAX_RR_AAAA);
	}
}

static void
ask_hosts(struct wax_spf_nodes *nodes, struct wax_spf_node *node)
{
	const struct wax_answer *mx = node->answer;
	bool has_address = false;

	for (size_t i = 0; i < mx->n; i++)
		if (ask_host(nodes, node, mx->rr[i].mx.host))
			has_address = true;
	if (!has_address && node->fate == WAX_SPF_FINE)
		node->fate = WAX_SPF_EMPTY;
}

/* --- levels ------------------------------------------------------------ */

static void
ask_node(struct wax_spf_nodes *nodes, struct wax_spf_node *node)
{
	if (node->fate != WAX_SPF_FINE)
		return;
	switch (node->term.kind) {
	case WAX_SPF_A:
		ask_a(nodes, node);
		break;
	case WAX_SPF_MX:
		ask_mx(nodes, node);
		break;
	case WAX_SPF_EXISTS:
		ask_exists(nodes, node);
		break;
	case WAX_SPF_INCLUDE:
	case WAX_SPF_REDIRECT:
		read_record(nodes, node);
		break;
	case WAX_SPF_IP4:
	case WAX_SPF_IP6:
		if (wax_route_unreachable(node->term.network) == NULL)
			add_network(nodes, node, node->term.network.base,
			    node->term.network.prefix);
		break;
	case WAX_SPF_ALL:
	case WAX_SPF_PTR:
	case WAX_SPF_EXP:
	case WAX_SPF_UNKNOWN_MODIFIER:
		break;
	}
}

static void
ask_level(struct wax_spf_nodes *nodes, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
		ask_node(nodes, &nodes->list.v[i]);
	for (size_t i = begin; i < end; i++)
		if (leads_on(&nodes->list.v[i]) &&
		    nodes->list.v[i].n_records > 0 &&
		    nodes->list.v[i].fate == WAX_SPF_FINE)
			add_terms(nodes, i);
	for (size_t i = begin; i < end; i++)
		if (nodes->list.v[i].term.kind == WAX_SPF_MX &&
		    nodes->list.v[i].fate == WAX_SPF_FINE)
			ask_hosts(nodes, &nodes->list.v[i]);
}

void
wax_spf_nodes_ask(struct wax_spf_nodes *nodes)
{
	struct wax_spf_node root = { .target = nodes->domain.text,
		.term = { .kind = WAX_SPF_INCLUDE },
		.grants = true,
		.governs = true };
	size_t begin = 0, end = 1;

	if (wax_domain_labels(nodes->domain) < 2)
		root.fate = WAX_SPF_NO_RECORD;
	WAX_PUSH(nodes->arena, &nodes->list, root);
	while (begin < end) {
		ask_level(nodes, begin, end);
		begin = end;
		end = nodes->list.n;
	}
	/* What is below a node stands behind it. */
	for (size_t i = nodes->list.n; i-- > 1;)
		nodes->list.v[nodes->list.v[i].parent].total +=
		    nodes->list.v[i].total;
}
