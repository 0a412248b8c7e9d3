/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_judge.c - what is wrong with a tree of SPF records: what breaks the
 * check for everybody, in any record of the tree.
 */
#include <stdlib.h>

#include "policy/check/spf_repair.h"
#include "policy/check/spf_tree_impl.h"

/* Name and texts together; more does not fit a DNS answer of 512 octets.
 *                                                       RFC 7208 s3.4 */
#define SMALL_ANSWER_MAX 450

#define NEAR_THE_LIMIT (WAX_SPF_TERMS_MAX - 1)
#define DEAR_SHOWN_MAX 4

static struct wax_str
shown(const struct wax_spf_judge *j, struct wax_str text)
{
	return wax_spf_shown(j->arena, text);
}

struct wax_str
wax_spf_publish(const struct wax_spf_judge *j, struct wax_str record)
{
	if (record.n == 0)
		return WAX_SPF_NOTHING_TO_PUBLISH;
	return wax_publish_txt(j->arena, j->nodes->domain.text, record);
}

void
wax_spf_found(const struct wax_spf_judge *j, enum wax_finding_id id,
    const struct wax_spf_node *node, struct wax_str proposal,
    struct wax_str what)
{
	struct wax_str term = shown(j, node->term.text);

	if (wax_str_eq(node->owner, j->nodes->domain.text))
		wax_found(j->findings, id, node->owner, proposal, "%.*s: %.*s",
		    WAX_FMT(term), WAX_FMT(what));
	else
		wax_found(j->findings, id, shown(j, node->owner),
		    WAX_SPF_NOTHING_TO_PUBLISH,
		    "%.*s, in the record of %.*s: %.*s", WAX_FMT(term),
		    WAX_FMT(shown(j, node->owner)), WAX_FMT(what));
}

static void
found_at(const struct wax_spf_judge *j, enum wax_finding_id id,
    const struct wax_spf_node *node, struct wax_str what)
{
	wax_spf_found(j, id, node, WAX_SPF_NOTHING_TO_PUBLISH, what);
}

static bool
is_error(enum wax_spf_fate fate)
{
	switch (fate) {
	case WAX_SPF_MANY_HOSTS:
	case WAX_SPF_NO_RECORD:
	case WAX_SPF_SEVERAL:
	case WAX_SPF_SYNTAX:
	case WAX_SPF_TOO_LONG:
	case WAX_SPF_LOOP:
		return true;
	case WAX_SPF_FINE:
	case WAX_SPF_UNUSED:
	case WAX_SPF_BY_CLIENT:
	case WAX_SPF_NO_NAME:
	case WAX_SPF_EMPTY:
	case WAX_SPF_BEYOND:
	case WAX_SPF_NO_ANSWER:
		break;
	}
	return false;
}

/* --- no record --------------------------------------------------------- */

/* What a domain without record most likely sends from: its mail hosts.
 * Nothing if that cannot be known now. */
static const char *
first_record(const struct wax_spf_judge *j)
{
	const struct wax_spf_nodes *nodes = j->nodes;
	static const enum wax_rrtype types[] = { WAX_RR_MX, WAX_RR_A,
		WAX_RR_AAAA };

	if (j->accepts_no_mail)
		return "v=spf1 -all";
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		const struct wax_answer *answer =
		    wax_dns_lookup(nodes->resolver, nodes->arena,
		        nodes->domain.text, types[i], nodes->deadline);

		switch (answer->status) {
		case WAX_DNS_OK:
			return types[i] == WAX_RR_MX ? "v=spf1 mx -all"
			                             : "v=spf1 a -all";
		case WAX_DNS_NODATA:
		case WAX_DNS_NXDOMAIN:
			break;
		case WAX_DNS_TEMPFAIL:
		case WAX_DNS_LIMIT:
			return "";
		}
	}
	return "v=spf1 -all";
}

/* How many texts at the domain were meant as records. */
static unsigned
judge_lookalikes(const struct wax_spf_judge *j)
{
	const struct wax_answer *answer = j->root->answer;
	unsigned n = 0;

	for (size_t i = 0; answer != NULL && i < answer->n; i++) {
		struct wax_str text = answer->rr[i].txt.text, record;
		const char *why;

		if (!wax_spf_is_lookalike(text, &why))
			continue;
		n++;
		/* Beside a record that counts, it is to be deleted. */
		record = j->root->n_records > 0
		             ? WAX_STR("")
		             : wax_spf_repair(j->arena, text, false);
		wax_found(j->findings, WAX_F_SPF_LOOKALIKE,
		    j->nodes->domain.text, wax_spf_publish(j, record),
		    "\"%.*s\": %s", WAX_FMT(shown(j, text)), why);
	}
	return n;
}

static void
judge_absent(const struct wax_spf_judge *j)
{
	if (j->root->is_absent || judge_lookalikes(j) > 0)
		return;
	wax_found(j->findings,
	    j->accepts_no_mail ? WAX_F_SPF_NOT_SENDING : WAX_F_SPF_NONE,
	    j->nodes->domain.text,
	    wax_spf_publish(j, wax_str_of(first_record(j))),
	    "%.*s has no SPF record%s", WAX_FMT(j->nodes->domain.text),
	    j->accepts_no_mail ? ", and accepts no mail" : "");
}

/* --- a record that cannot be used -------------------------------------- */

static void
judge_several(const struct wax_spf_judge *j)
{
	const struct wax_answer *answer = j->root->answer;
	WAX_VEC(struct wax_str) texts = { 0 };
	struct wax_spf_record record;
	struct wax_spf_fault fault;
	struct wax_str merged;
	bool is_valid = true;

	for (size_t i = 0; i < answer->n; i++) {
		struct wax_str text = answer->rr[i].txt.text;

		if (!wax_spf_record_is(text))
			continue;
		WAX_PUSH(j->arena, &texts, text);
		if (!wax_spf_record_parse(text, &record, &fault))
			is_valid = false;
	}
	merged = is_valid ? wax_spf_merge(j->arena, texts.n, texts.v, "")
	                  : WAX_STR("");
	wax_found(j->findings, WAX_F_SPF_SEVERAL, j->nodes->domain.text,
	    wax_spf_publish(j, merged),
	    "%u SPF records: \"%.*s\" and \"%.*s\"%s", j->root->n_records,
	    WAX_FMT(shown(j, texts.v[0])), WAX_FMT(shown(j, texts.v[1])),
	    texts.n > 2 ? ", ..." : "");
}

/* The term that an octet of a record belongs to. */
static struct wax_str
term_at(struct wax_str record, size_t at)
{
	size_t begin = at < record.n ? at : record.n, end = begin;

	while (begin > 0 && record.p[begin - 1] != ' ')
		begin--;
	while (end < record.n && record.p[end] != ' ')
		end++;
	return wax_str_head(wax_str_from(record, begin), end - begin);
}

static void
judge_joint(const struct wax_spf_judge *j, struct wax_str term)
{
	struct wax_str record = wax_spf_repair(j->arena, j->root->text, true);

	wax_found(j->findings, WAX_F_SPF_JOINT, j->nodes->domain.text,
	    wax_spf_publish(j, record),
	    "%u strings, joined to \"%.*s\" where a blank is missing",
	    j->root->n_strings, WAX_FMT(shown(j, term)));
}

static void
judge_syntax(const struct wax_spf_judge *j)
{
	const struct wax_spf_node *root = j->root;
	struct wax_str term = term_at(root->text, root->fault.at);
	const char *hint = wax_spf_hint(term);
	struct wax_str record;

	if (root->n_strings > 1 && wax_spf_is_joined(term)) {
		judge_joint(j, term);
		return;
	}
	record = wax_spf_repair(j->arena, root->text, false);
	wax_found(j->findings, WAX_F_SPF_SYNTAX, j->nodes->domain.text,
	    wax_spf_publish(j, record), "\"%.*s\" (at octet %zu): %s%s%s",
	    WAX_FMT(shown(j, term)), root->fault.at + 1, root->fault.what,
	    hint[0] != '\0' ? "; " : "", hint);
}

/* "a:host.example" "-all": valid as one term, and a name of nobody. */
static const struct wax_spf_node *
joined_term(const struct wax_spf_judge *j)
{
	for (size_t i = 0; i < j->root->n_terms; i++) {
		const struct wax_spf_node *node =
		    &j->nodes->list.v[j->root->first + i];

		if (j->root->n_strings > 1 &&
		    (node->fate == WAX_SPF_EMPTY ||
		        node->fate == WAX_SPF_NO_NAME ||
		        node->fate == WAX_SPF_NO_RECORD) &&
		    wax_spf_is_joined(node->term.text))
			return node;
	}
	return NULL;
}

static void
judge_own_record(const struct wax_spf_judge *j)
{
	const struct wax_spf_node *root = j->root;

	switch (root->fate) {
	case WAX_SPF_NO_RECORD:
		judge_absent(j);
		return;
	case WAX_SPF_SEVERAL:
		judge_several(j);
		break;
	case WAX_SPF_SYNTAX:
		judge_syntax(j);
		break;
	case WAX_SPF_TOO_LONG:
		wax_found(j->findings, WAX_F_SPF_SYNTAX, j->nodes->domain.text,
		    WAX_SPF_NOTHING_TO_PUBLISH,
		    "%zu octets: more than receivers read", root->text.n);
		break;
	case WAX_SPF_FINE:
		if (j->joined != NULL)
			judge_joint(j, j->joined->term.text);
		else if (root->n_strings > 1)
			wax_found(j->findings, WAX_F_SPF_STRINGS,
			    j->nodes->domain.text, WAX_SPF_NOTHING_TO_PUBLISH,
			    "%zu octets in %u strings", root->text.n,
			    root->n_strings);
		if (j->nodes->domain.text.n + root->n_octets > SMALL_ANSWER_MAX)
			wax_found(j->findings, WAX_F_SPF_LONG,
			    j->nodes->domain.text, WAX_SPF_NOTHING_TO_PUBLISH,
			    "%zu octets in %zu texts, %zu of them in the SPF "
			    "record",
			    root->n_octets, root->answer->n, root->text.n);
		break;
	case WAX_SPF_NO_ANSWER: /* judge_unanswered() */
	case WAX_SPF_UNUSED:
	case WAX_SPF_BY_CLIENT:
	case WAX_SPF_NO_NAME:
	case WAX_SPF_EMPTY:
	case WAX_SPF_MANY_HOSTS:
	case WAX_SPF_BEYOND:
	case WAX_SPF_LOOP:
		return;
	}
	(void)judge_lookalikes(j);
}

/* --- what includes lead to --------------------------------------------- */

static void
judge_failed(const struct wax_spf_judge *j, const struct wax_spf_node *node)
{
	struct wax_str target = shown(j, node->target);

	switch (node->fate) {
	case WAX_SPF_NO_RECORD:
		found_at(j, WAX_F_SPF_INCLUDE_NONE, node,
		    wax_textf(j->arena, "%.*s %s", WAX_FMT(target),
		        node->is_absent ? "does not exist"
		                        : "has no SPF record"));
		break;
	case WAX_SPF_SEVERAL:
		found_at(j, WAX_F_SPF_INCLUDE_BAD, node,
		    wax_textf(j->arena, "%.*s has %u SPF records",
		        WAX_FMT(target), node->n_records));
		break;
	case WAX_SPF_SYNTAX:
		found_at(j, WAX_F_SPF_INCLUDE_BAD, node,
		    wax_textf(j->arena,
		        "the record of %.*s has a syntax error, \"%.*s\": %s%s",
		        WAX_FMT(target),
		        WAX_FMT(shown(j, term_at(node->text, node->fault.at))),
		        node->fault.what,
		        node->n_strings > 1 && wax_spf_is_joined(term_at(
		                                   node->text, node->fault.at))
		            ? "; a blank is missing between two strings"
		            : ""));
		break;
	case WAX_SPF_TOO_LONG:
		found_at(j, WAX_F_SPF_INCLUDE_BAD, node,
		    wax_textf(j->arena, "the record of %.*s is too long",
		        WAX_FMT(target)));
		break;
	case WAX_SPF_LOOP:
		found_at(j, WAX_F_SPF_LOOP, node,
		    wax_textf(j->arena, "leads back to %.*s", WAX_FMT(target)));
		break;
	case WAX_SPF_MANY_HOSTS:
		found_at(j, WAX_F_SPF_MX_MANY, node,
		    wax_textf(j->arena, "%.*s has %zu mail hosts",
		        WAX_FMT(target), node->answer->n));
		break;
	case WAX_SPF_FINE:
	case WAX_SPF_UNUSED:
	case WAX_SPF_BY_CLIENT:
	case WAX_SPF_NO_NAME:
	case WAX_SPF_EMPTY:
	case WAX_SPF_BEYOND:
	case WAX_SPF_NO_ANSWER:
		break;
	}
}

/* One finding for all of them: they are no fault of the records. */
static void
judge_unanswered(const struct wax_spf_judge *j)
{
	const struct wax_spf_node *first = NULL;
	unsigned n = 0;

	for (size_t i = 0; i < j->nodes->list.n; i++) {
		const struct wax_spf_node *node = &j->nodes->list.v[i];

		if (node->fate != WAX_SPF_NO_ANSWER)
			continue;
		if (n++ == 0)
			first = node;
	}
	if (n == 0)
		return;
	wax_found(j->findings, WAX_F_SPF_UNKNOWN, shown(j, first->target),
	    WAX_SPF_NOTHING_TO_PUBLISH, "no answer about %.*s%s",
	    WAX_FMT(shown(j, first->target)), n > 1 ? ", and others" : "");
}

/* --- the limits -------------------------------------------------------- */

static int
dearer(const void *a, const void *b)
{
	const struct wax_spf_node *const *left = a, *const *right = b;

	if ((*left)->total != (*right)->total)
		return (*left)->total > (*right)->total ? -1 : 1;
	return *left < *right ? -1 : 1; /* as published */
}

/* "include:a 4, include:b 3, mx 1, and others" */
static struct wax_str
dear_terms(const struct wax_spf_judge *j)
{
	const struct wax_spf_node **list =
	    wax_alloc(j->arena, j->root->n_terms + 1, sizeof *list);
	struct wax_text text;
	size_t n = 0;

	for (size_t i = 0; i < j->root->n_terms; i++)
		if (j->nodes->list.v[j->root->first + i].total > 0)
			list[n++] = &j->nodes->list.v[j->root->first + i];
	qsort(list, n, sizeof *list, dearer);
	wax_text_init(&text, j->arena);
	for (size_t i = 0; i < n && i < DEAR_SHOWN_MAX; i++) {
		struct wax_str term = shown(j, list[i]->term.text);

		wax_text_addf(&text, "%s%.*s %u", i > 0 ? ", " : "",
		    WAX_FMT(term), list[i]->total);
	}
	if (n > DEAR_SHOWN_MAX)
		wax_text_addz(&text, ", and others");
	return wax_text_str(&text);
}

/* "; include:c can go: ..." */
static struct wax_str
spare_term(const struct wax_spf_judge *j)
{
	const struct wax_spf_node *node =
	    j->tree->is_cut ? NULL : wax_spf_spare_term(j->nodes);

	if (node == NULL)
		return WAX_STR("");
	return wax_textf(j->arena,
	    "; %.*s can go: it allows nobody whom the other terms do not "
	    "allow, too",
	    WAX_FMT(shown(j, node->term.text)));
}

/* RFC 7208 s4.6.4 */
static void
judge_lookups(const struct wax_spf_judge *j)
{
	unsigned lookups = j->tree->lookups;
	enum wax_finding_id id = lookups > WAX_SPF_TERMS_MAX
	                             ? WAX_F_SPF_LOOKUPS
	                             : WAX_F_SPF_LOOKUPS_NEAR;

	/* A record that is cut may need them behind the cut. */
	if (j->tree->is_cut && lookups <= WAX_SPF_TERMS_MAX)
		wax_found(j->findings, WAX_F_SPF_UNKNOWN, j->nodes->domain.text,
		    WAX_SPF_NOTHING_TO_PUBLISH,
		    "more than %d terms: not looked at further",
		    WAX_CHECK_SPF_LINES_MAX);
	if (lookups < NEAR_THE_LIMIT)
		return;
	wax_found(j->findings, id, j->nodes->domain.text,
	    WAX_SPF_NOTHING_TO_PUBLISH, "%s%u lookups, %d allowed: %.*s%.*s",
	    j->tree->is_cut ? "more than " : "", lookups, WAX_SPF_TERMS_MAX,
	    WAX_FMT(dear_terms(j)), WAX_FMT(spare_term(j)));
}

static void
judge_empty(const struct wax_spf_judge *j, const struct wax_spf_node *node)
{
	if (!node->is_own || node == j->joined)
		return;
	if (node->fate == WAX_SPF_NO_NAME)
		found_at(j, WAX_F_SPF_EMPTY, node, WAX_STR("no possible name"));
	if (node->fate == WAX_SPF_EMPTY)
		found_at(j, WAX_F_SPF_EMPTY, node,
		    wax_textf(j->arena, "%.*s has no %s",
		        WAX_FMT(shown(j, node->target)),
		        node->term.kind == WAX_SPF_MX ? "mail hosts"
		                                      : "address"));
}

/* Whether a term lets an IPv6 address pass, as far as is known. */
static bool
grants_ipv6(const struct wax_spf_node *node)
{
	if (!node->grants || node->fate != WAX_SPF_FINE)
		return false;
	if (node->term.kind == WAX_SPF_A || node->term.kind == WAX_SPF_MX)
		return !node->void6;
	return node->term.kind == WAX_SPF_IP6;
}

static void
add_name(struct wax_text *text, struct wax_str name)
{
	wax_text_addf(text, "%s%.*s", text->n > 0 ? ", " : "", WAX_FMT(name));
}

static void
judge_voids(const struct wax_spf_judge *j, const size_t *order, size_t n)
{
	struct wax_text text;

	if (j->tree->voids <= WAX_SPF_VOIDS_MAX) {
		for (size_t i = 0; i < n; i++)
			judge_empty(j, &j->nodes->list.v[order[i]]);
		return;
	}
	wax_text_init(&text, j->arena);
	for (size_t i = 0; i < n; i++)
		if (j->nodes->list.v[order[i]].void4)
			add_name(&text,
			    shown(j, j->nodes->list.v[order[i]].term.text));
	wax_found(j->findings, WAX_F_SPF_VOIDS, j->nodes->domain.text,
	    WAX_SPF_NOTHING_TO_PUBLISH, "%u, %d allowed: %.*s", j->tree->voids,
	    WAX_SPF_VOIDS_MAX, WAX_FMT(wax_text_str(&text)));
}

/*
 * A host without AAAA is void for clients of IPv6. That matters where one of
 * these would pass further on: a client that does not pass anyway gets an
 * error in place of a fail.                            RFC 7208 s4.6.4
 */
static void
judge_voids_ipv6(const struct wax_spf_judge *j, const size_t *order, size_t n)
{
	struct wax_str proposal = WAX_SPF_NOTHING_TO_PUBLISH;
	struct wax_text text;
	unsigned voids = 0;

	if (j->tree->voids > WAX_SPF_VOIDS_MAX)
		return;
	wax_text_init(&text, j->arena);
	for (size_t i = 0; i < n; i++) {
		const struct wax_spf_node *node = &j->nodes->list.v[order[i]];

		if (node->void6)
			add_name(&text, shown(j, node->term.text));
		voids += node->void6;
		if (voids <= WAX_SPF_VOIDS_MAX || !grants_ipv6(node))
			continue;
		if (node->parent == 0 && node->term.kind == WAX_SPF_IP6)
			proposal = wax_spf_publish(
			    j, wax_spf_networks_first(j->arena, j->root->text));
		wax_found(j->findings, WAX_F_SPF_VOIDS_IPV6,
		    j->nodes->domain.text, proposal,
		    "%.*s have no IPv6 address, and stand before %.*s",
		    WAX_FMT(wax_text_str(&text)),
		    WAX_FMT(shown(j, node->term.text)));
		return;
	}
}

/* --- the whole --------------------------------------------------------- */

void
wax_spf_nodes_judge(struct wax_findings *findings,
    const struct wax_spf_nodes *nodes, const struct wax_spf_tree *tree,
    bool accepts_no_mail)
{
	struct wax_spf_judge j = { .findings = findings,
		.nodes = nodes,
		.tree = tree,
		.root = &nodes->list.v[0],
		.arena = findings->arena,
		.accepts_no_mail = accepts_no_mail };
	size_t n;
	const size_t *order = wax_spf_nodes_order(nodes, &n);

	j.joined = joined_term(&j);
	judge_own_record(&j);
	judge_unanswered(&j);
	for (size_t i = 0; i < n; i++) {
		const struct wax_spf_node *node = &nodes->list.v[order[i]];

		if (is_error(node->fate) && node != j.joined)
			judge_failed(&j, node);
	}
	judge_lookups(&j);
	judge_voids(&j, order, n);
	judge_voids_ipv6(&j, order, n);
	wax_spf_judge_allowed(&j, order, n);
}
