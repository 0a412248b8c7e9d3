/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_allowed.c - whom a tree of SPF records lets send; and what is only a
 * matter of style, told of the domain's own records.
 */
#include <stdlib.h>

#include "policy/check/route.h"
#include "policy/check/spf_repair.h"
#include "policy/check/spf_tree_impl.h"

/*
 * Wide: shorter than the shortest prefix that the largest mailbox providers
 * publish (/14), or than that of a whole provider's IPv6 (/32); or together
 * more than one address of every thousand that there are.
 */
#define WIDE_PREFIX4 14
#define WIDE_PREFIX6 32
#define WIDE_SUM (UINT64_C(1) << 22)

static struct wax_str
shown(const struct wax_spf_judge *j, struct wax_str text)
{
	return wax_spf_shown(j->arena, text);
}

static void
found_at(const struct wax_spf_judge *j, enum wax_finding_id id,
    const struct wax_spf_node *node, struct wax_str what)
{
	wax_spf_found(j, id, node, WAX_SPF_NOTHING_TO_PUBLISH, what);
}

/* --- who may send ------------------------------------------------------ */

/* The shortest prefix of the two that a term has; 128 of a term without. */
static bool
is_wide(const struct wax_spf_term *term, unsigned limit4, unsigned limit6)
{
	switch (term->kind) {
	case WAX_SPF_IP4:
		return term->network.prefix < limit4;
	case WAX_SPF_IP6:
		return term->network.prefix < limit6;
	case WAX_SPF_A:
	case WAX_SPF_MX:
		return term->prefix4 < limit4 || term->prefix6 < limit6;
	case WAX_SPF_ALL:
	case WAX_SPF_INCLUDE:
	case WAX_SPF_PTR:
	case WAX_SPF_EXISTS:
	case WAX_SPF_REDIRECT:
	case WAX_SPF_EXP:
	case WAX_SPF_UNKNOWN_MODIFIER:
		break;
	}
	return false;
}

/* ip4 and ip6 of addresses that no receiver ever sees. */
static const char *
unreachable(const struct wax_spf_node *node)
{
	if (node->fate == WAX_SPF_UNUSED ||
	    (node->term.kind != WAX_SPF_IP4 && node->term.kind != WAX_SPF_IP6))
		return NULL;
	return wax_route_unreachable(node->term.network);
}

static int
range_order(const void *a, const void *b)
{
	const struct wax_spf_range *left = a, *right = b;

	if (left->from != right->from)
		return left->from < right->from ? -1 : 1;
	return 0;
}

/* Each address once. */
static uint64_t
count_addresses(const struct wax_spf_judge *j)
{
	size_t n = j->nodes->ranges.n;
	struct wax_spf_range *ranges =
	    wax_alloc(j->arena, n + 1, sizeof *ranges);
	uint64_t count = 0, behind = 0; /* the last address that was counted */

	for (size_t i = 0; i < n; i++)
		ranges[i] = j->nodes->ranges.v[i];
	qsort(ranges, n, sizeof *ranges, range_order);
	for (size_t i = 0; i < n; i++) {
		uint64_t from = ranges[i].from, to = (uint64_t)ranges[i].to + 1;

		if (from < behind)
			from = behind;
		if (to <= from)
			continue;
		count += to - from;
		behind = to;
	}
	return count;
}

/* Records that say of everybody that they may. */
static unsigned
judge_open(const struct wax_spf_judge *j)
{
	unsigned n = 0;

	for (size_t i = 1; i < j->nodes->list.n; i++) {
		const struct wax_spf_node *node = &j->nodes->list.v[i];
		struct wax_str proposal = WAX_SPF_NOTHING_TO_PUBLISH;
		bool is_all = node->term.kind == WAX_SPF_ALL;

		if (!node->grants || node->fate == WAX_SPF_UNUSED ||
		    !(is_all || is_wide(&node->term, 1, 1)))
			continue;
		n++;
		if (is_all && node->parent == 0)
			proposal = wax_spf_publish(j,
			    wax_spf_merge(j->arena, 1, &j->root->text, "~all"));
		wax_spf_found(j, WAX_F_SPF_PASS_ALL, node, proposal,
		    is_all ? WAX_STR("everybody passes")
		           : WAX_STR("every address passes"));
	}
	return n;
}

static void
judge_width(const struct wax_spf_judge *j)
{
	uint64_t count = count_addresses(j);
	unsigned n = judge_open(j);

	for (size_t i = 1; n == 0 && i < j->nodes->list.n; i++) {
		const struct wax_spf_node *node = &j->nodes->list.v[i];

		if (!node->grants || node->fate == WAX_SPF_UNUSED ||
		    unreachable(node) != NULL ||
		    !is_wide(&node->term, WIDE_PREFIX4, WIDE_PREFIX6))
			continue;
		found_at(j, WAX_F_SPF_WIDE, node,
		    WAX_STR("a network of many strangers"));
		n++;
	}
	if (n == 0 && count >= WIDE_SUM)
		wax_found(j->findings, WAX_F_SPF_WIDE, j->nodes->domain.text,
		    WAX_SPF_NOTHING_TO_PUBLISH,
		    "all terms together let %llu addresses pass, one of every "
		    "%llu that there are",
		    (unsigned long long)count,
		    (unsigned long long)((UINT64_C(1) << 32) / count));
}

/* How the whole ends: with the domain's own record, or the one that it
 * redirects to.                                          RFC 7208 s4.7 */
static void
judge_end(const struct wax_spf_judge *j, const struct wax_spf_node *node)
{
	bool is_root = node == j->root;
	struct wax_str record = node->text, proposal = { NULL, 0 };

	if (!node->governs || node->fate != WAX_SPF_FINE ||
	    node->n_records != 1)
		return;
	if (is_root)
		proposal = wax_spf_publish(
		    j, wax_spf_merge(j->arena, 1, &record, "~all"));
	if (!node->record.has_all) {
		if (node->record.redirect.n == 0 &&
		    !(is_root && j->joined != NULL))
			wax_found(j->findings, WAX_F_SPF_NO_ALL,
			    shown(j, node->target), proposal,
			    "the record ends without all");
		return;
	}
	for (size_t i = 0; i < node->n_terms; i++) {
		const struct wax_spf_node *term =
		    &j->nodes->list.v[node->first + i];

		if (term->term.kind == WAX_SPF_ALL &&
		    term->fate == WAX_SPF_FINE &&
		    term->term.on_match == WAX_NEUTRAL)
			wax_found(j->findings, WAX_F_SPF_NEUTRAL_ALL,
			    shown(j, node->target), proposal,
			    "the record ends with %.*s",
			    WAX_FMT(term->term.text));
	}
}

/* --- style ------------------------------------------------------------- */

/* RFC 6652 has these for reports of failures. */
static bool
is_known_modifier(struct wax_str term)
{
	return wax_str_istarts(term, WAX_STR("ra=")) ||
	       wax_str_istarts(term, WAX_STR("rp=")) ||
	       wax_str_istarts(term, WAX_STR("rr="));
}

/* A proposal only if it makes another record. */
static struct wax_str
repaired(const struct wax_spf_judge *j)
{
	struct wax_str record = wax_spf_repair(j->arena, j->root->text, false);

	if (wax_str_eq(record, j->root->text))
		return WAX_SPF_NOTHING_TO_PUBLISH;
	return wax_spf_publish(j, record);
}

/* One finding for a record, naming the first of them. */
static void
judge_modifiers(
    const struct wax_spf_judge *j, const struct wax_spf_node *record)
{
	const struct wax_spf_node *first = NULL;
	unsigned n = 0;

	if (record->fate != WAX_SPF_FINE || !record->is_own)
		return;
	for (size_t i = 0; i < record->n_terms; i++) {
		const struct wax_spf_node *node =
		    &j->nodes->list.v[record->first + i];

		if (node->term.kind != WAX_SPF_UNKNOWN_MODIFIER ||
		    is_known_modifier(node->term.text))
			continue;
		if (n++ == 0)
			first = node;
	}
	if (n == 0)
		return;
	wax_found(j->findings, WAX_F_SPF_MODIFIER, shown(j, first->owner),
	    record == j->root ? repaired(j) : WAX_SPF_NOTHING_TO_PUBLISH,
	    "%.*s is no term of SPF, and skipped%s",
	    WAX_FMT(shown(j, first->term.text)),
	    n > 1 ? "; so are others" : "");
}

static void
judge_style(const struct wax_spf_judge *j, const struct wax_spf_node *node)
{
	const char *word = unreachable(node);

	if (!node->is_own)
		return;
	if (word != NULL)
		found_at(j, WAX_F_SPF_PRIVATE, node,
		    wax_textf(j->arena, "%s address%s", word,
		        node->term.network.prefix < 32 ? "es" : ""));
	if (node->term.kind == WAX_SPF_PTR && node->fate != WAX_SPF_UNUSED)
		found_at(j, WAX_F_SPF_PTR, node,
		    WAX_STR("asks for the name of each client"));
	if (node->term.kind == WAX_SPF_REDIRECT && node->fate == WAX_SPF_UNUSED)
		found_at(j, WAX_F_SPF_REDIRECT_UNUSED, node,
		    WAX_STR("the record has all"));
}

/* One finding for a record, naming the first of them. */
static void
judge_behind_all(
    const struct wax_spf_judge *j, const struct wax_spf_node *record)
{
	struct wax_str proposal = { NULL, 0 };

	if (record->fate != WAX_SPF_FINE || !record->is_own)
		return;
	if (record == j->root)
		proposal = wax_spf_publish(
		    j, wax_spf_merge(j->arena, 1, &record->text, ""));
	for (size_t i = 0; i < record->n_terms; i++) {
		const struct wax_spf_node *node =
		    &j->nodes->list.v[record->first + i];

		if (node->fate != WAX_SPF_UNUSED ||
		    node->term.kind == WAX_SPF_REDIRECT)
			continue;
		wax_found(j->findings, WAX_F_SPF_BEHIND_ALL,
		    shown(j, node->owner), proposal, "%.*s stands behind all",
		    WAX_FMT(shown(j, node->term.text)));
		return;
	}
}

/* --- the whole --------------------------------------------------------- */

static void
judge_record(const struct wax_spf_judge *j, const struct wax_spf_node *record)
{
	judge_end(j, record);
	judge_behind_all(j, record);
	judge_modifiers(j, record);
}

void
wax_spf_judge_allowed(
    const struct wax_spf_judge *j, const size_t *order, size_t n)
{
	judge_record(j, j->root);
	for (size_t i = 0; i < n; i++) {
		const struct wax_spf_node *node = &j->nodes->list.v[order[i]];

		judge_style(j, node);
		judge_record(j, node);
	}
	judge_width(j);
}
