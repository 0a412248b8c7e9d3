/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_spare.c - a term that could be left out of a record that needs too many
 * lookups.
 *
 * Only what is certain counts: each network of the term lies within one of
 * another term, and nothing in the tree keeps anybody from passing.
 */
#include "policy/check/spf_tree_impl.h"

/* With more networks than that nothing is looked for: each is compared with
 * each. */
#define GRANTS_MAX 2000

static bool
is_known(const struct wax_spf_node *node)
{
	return node->fate == WAX_SPF_FINE || node->fate == WAX_SPF_UNUSED ||
	       node->fate == WAX_SPF_EMPTY;
}

/* Whether what a term lets pass is all among the grants. */
static bool
is_told_by_grants(const struct wax_spf_node *node)
{
	switch (node->term.kind) {
	case WAX_SPF_ALL:
		return !node->grants;
	case WAX_SPF_EXISTS:
	case WAX_SPF_PTR:
		return false;
	case WAX_SPF_INCLUDE:
	case WAX_SPF_A:
	case WAX_SPF_MX:
	case WAX_SPF_IP4:
	case WAX_SPF_IP6:
	case WAX_SPF_REDIRECT:
	case WAX_SPF_EXP:
	case WAX_SPF_UNKNOWN_MODIFIER:
		break;
	}
	return true;
}

/* A mechanism other than all that keeps clients from passing. */
static bool
keeps_off(const struct wax_spf_node *node)
{
	return node->fate != WAX_SPF_UNUSED && node->term.kind != WAX_SPF_ALL &&
	       node->term.on_match != WAX_PASS;
}

static bool
is_covered(const struct wax_spf_nodes *nodes, size_t which)
{
	const struct wax_spf_grant *grant = &nodes->grants.v[which];

	for (size_t i = 0; i < nodes->grants.n; i++) {
		const struct wax_spf_grant *other = &nodes->grants.v[i];

		if (other->by != grant->by &&
		    other->network.prefix <= grant->network.prefix &&
		    wax_ip_within(grant->network.base, other->network.base,
		        other->network.prefix))
			return true;
	}
	return false;
}

static bool
is_spare(const struct wax_spf_nodes *nodes, const size_t *own, size_t term)
{
	for (size_t i = term; i < nodes->list.n; i++)
		if (own[i] == term &&
		    (!is_known(&nodes->list.v[i]) ||
		        !is_told_by_grants(&nodes->list.v[i])))
			return false;
	for (size_t i = 0; i < nodes->grants.n; i++)
		if (nodes->grants.v[i].by == term && !is_covered(nodes, i))
			return false;
	return true;
}

const struct wax_spf_node *
wax_spf_spare_term(const struct wax_spf_nodes *nodes)
{
	size_t *own = wax_alloc(nodes->arena, nodes->list.n, sizeof *own);
	const struct wax_spf_node *spare = NULL;

	if (nodes->grants.n > GRANTS_MAX)
		return NULL;
	for (size_t i = 1; i < nodes->list.n; i++) {
		if (keeps_off(&nodes->list.v[i]))
			return NULL;
		own[i] = nodes->list.v[i].parent == 0
		             ? i
		             : own[nodes->list.v[i].parent];
	}
	for (size_t i = 1; i < nodes->list.n; i++) {
		const struct wax_spf_node *node = &nodes->list.v[i];

		if (node->parent == 0 && node->fate == WAX_SPF_FINE &&
		    node->total > (spare != NULL ? spare->total : 0) &&
		    node->term.kind != WAX_SPF_REDIRECT &&
		    is_spare(nodes, own, i))
			spare = node;
	}
	return spare;
}
