/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_tree_impl.h - what the parts of spf_tree.h share; for policy/check
 * only.
 *
 * The tree is asked level by level, so that it costs its depth in round
 * trips: its nodes stand in that order, the terms of one record one behind
 * the other. Node 0 is no term: it leads to the domain's own record.
 */
#ifndef WAX_POLICY_CHECK_SPF_TREE_IMPL_H
#define WAX_POLICY_CHECK_SPF_TREE_IMPL_H

#include "policy/base/limits.h"
#include "policy/check/spf_tree.h"

/* What became of a term. */
enum wax_spf_fate {
	WAX_SPF_FINE,
	WAX_SPF_UNUSED,    /* behind all, or a redirect beside it */
	WAX_SPF_BY_CLIENT, /* its name hangs on the message: not asked */
	WAX_SPF_NO_NAME,   /* no possible name: matches nothing */
	WAX_SPF_EMPTY,     /* the name has nothing of what it asks for */
	WAX_SPF_MANY_HOSTS,
	WAX_SPF_BEYOND,    /* not asked: WAX_CHECK_SPF_TERMS_MAX */
	WAX_SPF_NO_ANSWER, /* temporary, or a bound of ours */
	/* include, redirect and node 0: no record that could be used */
	WAX_SPF_NO_RECORD,
	WAX_SPF_SEVERAL,
	WAX_SPF_SYNTAX,
	WAX_SPF_TOO_LONG,
	WAX_SPF_LOOP
};

struct wax_spf_node {
	size_t parent; /* what led to its record; of node 0: itself */
	unsigned depth;
	struct wax_spf_term term; /* of node 0: nothing */
	struct wax_str owner;     /* of the record it stands in */
	struct wax_str target;    /* the name it asks for */
	enum wax_spf_fate fate;
	bool counts;       /* costs a lookup */
	unsigned total;    /* with all below it */
	bool void4, void6; /* the first answer to it is empty, by family */
	/* Its match is a pass of the whole. */
	bool grants;
	/* Its end is that of the whole: node 0, and redirects from it. */
	bool governs;
	/* Its record, or the one it led to, is of the domain's own people: at
	 * the domain, above or below it. Others' style is not theirs. */
	bool is_own;
	/* include, redirect and node 0: what they led to */
	struct wax_str text; /* the record, or the last of several */
	unsigned n_records, n_strings;
	size_t n_octets; /* of all texts at the name */
	bool is_absent;  /* the name does not exist */
	struct wax_spf_record record;
	struct wax_spf_fault fault;
	size_t first, n_terms; /* the nodes of its terms */
	/* mx: the hosts; several records, lookalikes: the texts */
	const struct wax_answer *answer;
};

/* Addresses that may send: IPv4 only, both ends in it. */
struct wax_spf_range {
	uint32_t from, to;
};

/* A network that may send, by a term of the domain's own record. */
struct wax_spf_grant {
	struct wax_network network;
	size_t by; /* that term's node */
};

struct wax_spf_nodes {
	struct wax_arena *arena;
	struct wax_resolver *resolver;
	struct wax_domain domain;
	wax_deadline deadline;
	WAX_VEC(struct wax_spf_node) list;
	WAX_VEC(struct wax_spf_range) ranges;
	WAX_VEC(struct wax_spf_grant) grants;
	bool grants_ipv6;
	unsigned n_counted;
	bool is_cut;
};

/* Ask all of it. */
void wax_spf_nodes_ask(struct wax_spf_nodes *nodes);

/* Say what is wrong. `accepts_no_mail` as in spf_tree.h. */
void wax_spf_nodes_judge(struct wax_findings *findings,
    const struct wax_spf_nodes *nodes, const struct wax_spf_tree *tree,
    bool accepts_no_mail);

/* A text of others: escaped, and cut if it is long. */
struct wax_str wax_spf_shown(struct wax_arena *arena, struct wax_str text);

/* One judging of a tree: spf_judge.c, spf_allowed.c. */
struct wax_spf_judge {
	struct wax_findings *findings;
	const struct wax_spf_nodes *nodes;
	const struct wax_spf_tree *tree;
	const struct wax_spf_node *root;
	struct wax_arena *arena;
	bool accepts_no_mail;
	/* A term of the domain's own record that is two, joined: valid, but
	 * its name is nobody's; NULL: none. */
	const struct wax_spf_node *joined;
};

#define WAX_SPF_NOTHING_TO_PUBLISH ((struct wax_str){ NULL, 0 })

/* A record for the domain itself; nothing if there is no proposal. */
struct wax_str wax_spf_publish(
    const struct wax_spf_judge *judge, struct wax_str record);

/* A finding about a term, with whose record it stands in. */
void wax_spf_found(const struct wax_spf_judge *judge, enum wax_finding_id id,
    const struct wax_spf_node *node, struct wax_str proposal,
    struct wax_str what);

/*
 * A term of the domain's own record that costs lookups, and lets nobody send
 * whom another does not: it could be left out. NULL: none is known.
 */
const struct wax_spf_node *wax_spf_spare_term(
    const struct wax_spf_nodes *nodes);

/* Who may send, and what is only a matter of style. */
void wax_spf_judge_allowed(
    const struct wax_spf_judge *judge, const size_t *order, size_t n);

/* Nodes in the order of evaluation, all behind node 0: *n of them. */
const size_t *wax_spf_nodes_order(const struct wax_spf_nodes *nodes, size_t *n);

#endif
