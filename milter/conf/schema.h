/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * schema.h - the table of all keys of sealwax.conf.
 *
 * Parser, checks, defaults, printing, reload, and the test of the manual all
 * read it. A new key is a row here, a member of struct wax_config, and an
 * entry in sealwax.conf(5); nothing else.
 */
#ifndef WAX_MILTER_CONF_SCHEMA_H
#define WAX_MILTER_CONF_SCHEMA_H

#include <stdint.h>

#include "milter/conf/snapshot.h"

enum wax_conf_group {
	WAX_GROUP_PROCESS,
	WAX_GROUP_LOG,
	WAX_GROUP_IDENTITY,
	WAX_GROUP_NOT_JUDGED,
	WAX_GROUP_TRUST,
	WAX_GROUP_ACTION,
	WAX_GROUP_JUDGING,
	WAX_GROUP_DNS,
	WAX_GROUP_LIMITS,
	WAX_GROUP_RULES,
	WAX_GROUP_STORE,
	WAX_GROUP_REPORTS,
	WAX_GROUP_WATCH
};

enum wax_conf_type {
	WAX_TYPE_TEXT,
	WAX_TYPE_WORD,     /* one of `words` */
	WAX_TYPE_SWITCH,   /* yes, no */
	WAX_TYPE_DURATION, /* milliseconds; or one of `words` */
	WAX_TYPE_SIZE,     /* octets */
	WAX_TYPE_NUMBER,
	WAX_TYPE_MODE,     /* permissions, octal */
	WAX_TYPE_TEXTS,    /* a list */
	WAX_TYPE_NETWORKS, /* a list */
	WAX_TYPE_GROUP,    /* { } of `members` */
	WAX_TYPE_GROUPS    /* a list of them */
};

struct wax_conf_word {
	const char *word; /* NULL ends the list */
	int value;
};

/* NULL, or what is wrong with the text and what to use instead. */
typedef const char *wax_conf_text_check(
    struct wax_arena *arena, struct wax_str text);

struct wax_conf_value;

/* Of a list of groups: the array that is carried, one element a group. */
typedef const void *wax_conf_make(
    struct wax_arena *arena, const struct wax_conf_value *value);

struct wax_conf_key {
	const char *name;
	enum wax_conf_group group;
	enum wax_conf_type type;
	/* As in -o: lists with commas. NULL: found out at start, or, of a
	 * member of a group, that there is none. */
	const char *initial;
	uint64_t min, max; /* both are allowed */
	const struct wax_conf_word *words;
	wax_conf_text_check *check;         /* of each text */
	const struct wax_conf_key *members; /* name NULL ends the list */
	wax_conf_make *make;
	size_t offset, size; /* in struct wax_config; size 0: not carried */
	bool is_restart;     /* cannot change while the program runs */
	bool is_secret;      /* may hold a password */
	bool is_required;    /* of a member of a group */
	/* The version that obeys it first; NULL: this one does. */
	const char *since;
	bool is_refused; /* until then, because mail would be let in or lost */
	const char *doc; /* for -T */
};

extern const struct wax_conf_key wax_conf_keys[];
extern const size_t wax_conf_n_keys;

/* NULL if there is none. */
const struct wax_conf_key *wax_conf_key_find(struct wax_str name);
/* The same; the name is one of ours. */
size_t wax_conf_key_index(const char *name);

/* "Process" ... */
const char *wax_conf_group_title(enum wax_conf_group group);

#endif
