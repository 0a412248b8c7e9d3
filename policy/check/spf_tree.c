/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_tree.c - the tree as lines to read, with what each costs.
 */
#include "policy/check/spf_tree.h"

#include "policy/check/spf_tree_impl.h"

const size_t *
wax_spf_nodes_order(const struct wax_spf_nodes *nodes, size_t *n)
{
	size_t *order = wax_alloc(nodes->arena, nodes->list.n, sizeof *order);
	size_t *stack = wax_alloc(nodes->arena, nodes->list.n, sizeof *stack);
	size_t depth = 0;

	*n = 0;
	stack[depth++] = 0;
	while (depth > 0) {
		size_t i = stack[--depth];
		const struct wax_spf_node *node = &nodes->list.v[i];

		if (i > 0)
			order[(*n)++] = i;
		for (size_t k = node->n_terms; k-- > 0;)
			stack[depth++] = node->first + k;
	}
	return order;
}

struct wax_str
wax_spf_shown(struct wax_arena *arena, struct wax_str text)
{
	struct wax_text out;

	wax_text_init(&out, arena);
	wax_text_add_escaped(&out, wax_str_head(text, WAX_SPF_TERM_SHOWN_MAX));
	if (text.n > WAX_SPF_TERM_SHOWN_MAX)
		wax_text_addz(&out, "...");
	return wax_text_str(&out);
}

/* --- remarks ----------------------------------------------------------- */

static struct wax_str
remark_of_empty(const struct wax_spf_node *node)
{
	if (node->term.kind == WAX_SPF_EXISTS)
		return WAX_STR("does not exist");
	if (node->term.kind == WAX_SPF_MX &&
	    (node->answer == NULL || node->answer->n == 0))
		return WAX_STR("no MX record");
	return WAX_STR("no address");
}

/* What a record brings without asking anybody. */
static struct wax_str
remark_of_fine(
    const struct wax_spf_nodes *nodes, const struct wax_spf_node *node)
{
	unsigned n = 0;

	if (node->void4)
		return WAX_STR("no IPv4 address");
	for (size_t i = 0; i < node->n_terms; i++) {
		const struct wax_spf_node *term =
		    &nodes->list.v[node->first + i];

		if ((term->term.kind == WAX_SPF_IP4 ||
		        term->term.kind == WAX_SPF_IP6) &&
		    term->fate == WAX_SPF_FINE)
			n++;
	}
	if (n == 0)
		return WAX_STR("");
	return wax_textf(nodes->arena, "%u network%s", n, n == 1 ? "" : "s");
}

static struct wax_str
remark_of(const struct wax_spf_nodes *nodes, const struct wax_spf_node *node)
{
	switch (node->fate) {
	case WAX_SPF_FINE:
		return remark_of_fine(nodes, node);
	case WAX_SPF_UNUSED:
		return node->term.kind == WAX_SPF_REDIRECT
		           ? WAX_STR("not used: the record has all")
		           : WAX_STR("not used: behind all");
	case WAX_SPF_BY_CLIENT:
		return WAX_STR("depends on the message: not asked");
	case WAX_SPF_NO_NAME:
		return WAX_STR("no possible name");
	case WAX_SPF_EMPTY:
		return remark_of_empty(node);
	case WAX_SPF_MANY_HOSTS:
		return wax_textf(nodes->arena, "%zu mail hosts, %d allowed",
		    node->answer->n, WAX_SPF_MX_MAX);
	case WAX_SPF_BEYOND:
		return WAX_STR("not asked: far beyond the limit");
	case WAX_SPF_NO_ANSWER:
		return WAX_STR("no answer");
	case WAX_SPF_NO_RECORD:
		return WAX_STR("no SPF record");
	case WAX_SPF_SEVERAL:
		return wax_textf(nodes->arena, "%u SPF records: none counts",
		    node->n_records);
	case WAX_SPF_SYNTAX:
		return wax_textf(
		    nodes->arena, "syntax error: %s", node->fault.what);
	case WAX_SPF_TOO_LONG:
		return WAX_STR("too long a record");
	case WAX_SPF_LOOP:
		return WAX_STR("leads back: a loop");
	}
	return WAX_STR("");
}

/* --- the whole --------------------------------------------------------- */

static void
draw(const struct wax_spf_nodes *nodes, struct wax_spf_tree *tree)
{
	WAX_VEC(struct wax_spf_line) lines = { 0 };
	size_t n;
	const size_t *order = wax_spf_nodes_order(nodes, &n);

	for (size_t i = 0; i < n; i++) {
		const struct wax_spf_node *node = &nodes->list.v[order[i]];
		struct wax_spf_line line = {
			.depth = node->depth,
			.term = wax_spf_shown(nodes->arena, node->term.text),
			.cost = node->counts ? 1 : 0,
			.total = node->total,
			.is_void = node->void4,
			.remark = remark_of(nodes, node),
		};

		if (node->depth == 0 || node->counts || line.remark.n > 0)
			WAX_PUSH(nodes->arena, &lines, line);
	}
	tree->n = lines.n;
	tree->line = lines.v;
}

static void
sum_up(const struct wax_spf_nodes *nodes, struct wax_spf_tree *tree)
{
	tree->lookups = nodes->list.v[0].total;
	tree->is_cut = nodes->is_cut;
	for (size_t i = 0; i < nodes->list.n; i++) {
		const struct wax_spf_node *node = &nodes->list.v[i];

		tree->voids += node->void4;
		tree->voids6 += nodes->grants_ipv6 && node->void6;
		if (node->fate == WAX_SPF_NO_ANSWER)
			tree->is_unknown = true;
	}
}

struct wax_spf_tree
wax_check_spf(struct wax_findings *findings, struct wax_resolver *resolver,
    struct wax_domain domain, bool accepts_no_mail, wax_deadline deadline)
{
	struct wax_spf_tree tree = { .domain = domain };
	struct wax_spf_nodes nodes = { .arena = findings->arena,
		.resolver = resolver,
		.domain = domain,
		.deadline = deadline };
	const struct wax_spf_node *root;

	wax_spf_nodes_ask(&nodes);
	root = &nodes.list.v[0];
	tree.has_record = root->n_records > 0;
	if (root->n_records == 1) {
		struct wax_text text;

		wax_text_init(&text, findings->arena);
		wax_text_add_escaped(&text, root->text);
		tree.record = wax_text_str(&text);
	}
	sum_up(&nodes, &tree);
	draw(&nodes, &tree);
	wax_spf_nodes_judge(findings, &nodes, &tree, accepts_no_mail);
	return tree;
}
