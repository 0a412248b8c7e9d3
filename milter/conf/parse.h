/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * parse.h - the syntax of the configuration: text to a tree.
 *
 * The only door to libconfig. Knows no key and no meaning. Nothing of
 * libconfig is left in the tree.
 */
#ifndef WAX_MILTER_CONF_PARSE_H
#define WAX_MILTER_CONF_PARSE_H

#include "milter/conf/source.h"

enum wax_conf_kind {
	WAX_CONF_TEXT,
	WAX_CONF_NUMBER, /* an integer; text is its decimal form */
	WAX_CONF_FLOAT,
	WAX_CONF_SWITCH, /* true, false; text is "yes" or "no" */
	WAX_CONF_LIST,   /* [ ] or ( ) */
	WAX_CONF_GROUP   /* { } */
};

struct wax_conf_node {
	struct wax_str name; /* empty: a member of a list, or the root */
	enum wax_conf_kind kind;
	struct wax_conf_place place;
	struct wax_str text;
	size_t n;
	struct wax_conf_node *member;
};

/*
 * The tree of `source` as a group. Errors of syntax are reported, each with
 * what to write; what can be read in spite of them is in the tree.
 */
struct wax_conf_node *wax_conf_parse(struct wax_arena *arena,
    struct wax_conf_report *report, struct wax_conf_source *source)
    WAX_MUST_USE;

#endif
