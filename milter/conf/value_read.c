/* SPDX-License-Identifier: BSD-2-Clause */
/* From the tree to a value; every error with what to write instead. */
#include "milter/conf/value.h"

#include <limits.h>

#include "milter/conf/quantity.h"
#include "milter/conf/suggest.h"
#include "policy/base/text.h"

/* One value on its way in. */
struct reading {
	const struct wax_conf_reader *reader;
	const struct wax_conf_key *key;
	struct wax_str name; /* with what it is a member of */
};

/* KEY: VALUE <why>; use ... */
static bool
refuse(const struct reading *reading, const struct wax_conf_node *node,
    const char *why)
{
	struct wax_arena *arena = reading->reader->report->arena;
	const char *quote = node->kind == WAX_CONF_TEXT ? "\"" : "";

	wax_conf_error(reading->reader->report, &node->place, reading->name,
	    "%s%.*s%s %s; %.*s", quote,
	    WAX_FMT(wax_conf_shown(arena, node->text)), quote, why,
	    WAX_FMT(wax_conf_value_allowed(arena, reading->key)));
	return false;
}

/* KEY: VALUE <why>; write KEY = "<better>" */
static bool
correct(const struct reading *reading, const struct wax_conf_node *node,
    const char *why, struct wax_str better)
{
	struct wax_arena *arena = reading->reader->report->arena;
	const char *quote = node->kind == WAX_CONF_TEXT ? "\"" : "";

	wax_conf_error(reading->reader->report, &node->place, reading->name,
	    "%s%.*s%s %s; write %s = \"%.*s\"", quote,
	    WAX_FMT(wax_conf_shown(arena, node->text)), quote, why,
	    reading->key->name, WAX_FMT(wax_conf_shown(arena, better)));
	return false;
}

static bool
wrong_kind(const struct reading *reading, const struct wax_conf_node *node)
{
	struct wax_arena *arena = reading->reader->report->arena;
	const char *what = node->kind == WAX_CONF_LIST    ? "a list"
	                   : node->kind == WAX_CONF_GROUP ? "a group"
	                                                  : "this value";

	wax_conf_error(reading->reader->report, &node->place, reading->name,
	    "%s does not fit here; %.*s", what,
	    WAX_FMT(wax_conf_value_allowed(arena, reading->key)));
	return false;
}

static bool
in_range(const struct reading *reading, const struct wax_conf_node *node,
    uint64_t number, struct wax_conf_value *out)
{
	if (number < reading->key->min || number > reading->key->max)
		return refuse(reading, node, "is out of range");
	out->number = number;
	return true;
}

static bool
word_value(const struct wax_conf_word *words, struct wax_str text,
    struct wax_conf_value *out)
{
	for (size_t i = 0; words != NULL && words[i].word != NULL; i++)
		if (wax_str_eq(wax_str_of(words[i].word), text)) {
			out->number = (uint64_t)words[i].value;
			return true;
		}
	return false;
}

static bool
read_word(const struct reading *reading, const struct wax_conf_node *node,
    struct wax_conf_value *out)
{
	struct wax_arena *arena = reading->reader->report->arena;
	const struct wax_conf_word *words = reading->key->words;

	if (word_value(words, node->text, out))
		return true;
	for (size_t i = 0; words[i].word != NULL; i++)
		if (wax_conf_distance(
		        arena, node->text, wax_str_of(words[i].word), 2) <= 2 &&
		    node->text.n > 3)
			return correct(reading, node, "is not known",
			    wax_str_of(words[i].word));
	return refuse(reading, node, "is not known");
}

static bool
read_switch(const struct reading *reading, const struct wax_conf_node *node,
    struct wax_conf_value *out)
{
	if (wax_str_ieq(node->text, WAX_STR("yes")) ||
	    wax_str_ieq(node->text, WAX_STR("true")))
		out->number = 1;
	else if (!wax_str_ieq(node->text, WAX_STR("no")) &&
	         !wax_str_ieq(node->text, WAX_STR("false")))
		return refuse(reading, node, "is neither yes nor no");
	return true;
}

static bool
read_duration(const struct reading *reading, const struct wax_conf_node *node,
    struct wax_conf_value *out)
{
	struct wax_arena *arena = reading->reader->report->arena;
	uint64_t ms = 0;

	if (word_value(reading->key->words, node->text, out))
		return true;
	switch (wax_duration_parse(node->text, &ms)) {
	case WAX_QUANTITY_GOOD:
		return in_range(reading, node, ms, out);
	case WAX_QUANTITY_NO_UNIT:
		return correct(reading, node, "has no unit",
		    wax_textf(arena, "%.*ss", WAX_FMT(node->text)));
	case WAX_QUANTITY_BAD:
		break;
	}
	return refuse(reading, node, "is not a duration");
}

static bool
read_size(const struct reading *reading, const struct wax_conf_node *node,
    struct wax_conf_value *out)
{
	uint64_t bytes = 0;

	if (wax_size_parse(node->text, &bytes) != WAX_QUANTITY_GOOD)
		return refuse(reading, node, "is not a size");
	return in_range(reading, node, bytes, out);
}

static bool
read_number(const struct reading *reading, const struct wax_conf_node *node,
    struct wax_conf_value *out)
{
	unsigned long number = 0;

	if (wax_str_starts(node->text, WAX_STR("-")))
		return refuse(reading, node, "is out of range");
	if (!wax_str_number(node->text, ULONG_MAX, &number))
		return refuse(reading, node, "is not a whole number");
	return in_range(reading, node, number, out);
}

static bool
read_mode(const struct reading *reading, const struct wax_conf_node *node,
    struct wax_conf_value *out)
{
	uint64_t mode = 0;

	if (wax_octal_parse(node->text, &mode) != WAX_QUANTITY_GOOD)
		return refuse(reading, node, "is not an octal number");
	return in_range(reading, node, mode, out);
}

/* One text, of its own or of a list. */
static bool
read_text(const struct reading *reading, const struct wax_conf_node *node)
{
	struct wax_conf_report *report = reading->reader->report;
	const char *why = NULL;

	for (size_t i = 0; i < node->text.n && why == NULL; i++)
		if ((unsigned char)node->text.p[i] < 0x20 ||
		    node->text.p[i] == 0x7f)
			why = "holds a control character; leave it out";
	if (why == NULL && reading->key->check != NULL && node->text.n > 0)
		why = reading->key->check(report->arena, node->text);
	if (why == NULL)
		return true;
	wax_conf_error(report, &node->place, reading->name, "\"%.*s\" %s",
	    WAX_FMT(wax_conf_shown(report->arena, node->text)), why);
	return false;
}

static bool
read_one_text(const struct reading *reading, const struct wax_conf_node *node,
    struct wax_conf_value *out)
{
	const struct wax_conf_key *key = reading->key;
	struct wax_str *v;

	if (node->text.n == 0 &&
	    (key->initial == NULL || key->initial[0] != '\0')) {
		wax_conf_error(reading->reader->report, &node->place,
		    reading->name, "may not be empty%s%s%s",
		    key->is_required ? "" : "; leave it out",
		    key->initial != NULL ? " for the default " : "",
		    key->initial != NULL ? key->initial : "");
		return false;
	}
	if (!read_text(reading, node))
		return false;
	v = WAX_NEW(reading->reader->arena, struct wax_str);
	*v = wax_str_dup(reading->reader->arena, node->text);
	out->v = v;
	out->n = 1;
	return true;
}

static bool
read_member(const struct reading *reading, const struct wax_conf_node *node,
    struct wax_network *network)
{
	if (node->kind != WAX_CONF_TEXT)
		return node->kind == WAX_CONF_LIST ||
		               node->kind == WAX_CONF_GROUP
		           ? wrong_kind(reading, node)
		           : refuse(reading, node, "must stand in quotes");
	if (node->text.n == 0)
		return refuse(reading, node, "is empty");
	if (!read_text(reading, node))
		return false;
	if (reading->key->type == WAX_TYPE_NETWORKS &&
	    !wax_network_parse(node->text, network))
		return refuse(reading, node, "is not a network");
	return true;
}

static bool
read_list(const struct reading *reading, const struct wax_conf_node *node,
    struct wax_conf_value *out)
{
	struct wax_arena *arena = reading->reader->arena;
	struct wax_str *v = wax_alloc(arena, node->n, sizeof *v);
	struct wax_network *network =
	    wax_alloc(arena, node->n, sizeof *network);
	bool is_good = true;

	for (size_t i = 0; i < node->n; i++) {
		const struct wax_conf_node *one = &node->member[i];

		if (!read_member(reading, one, &network[i]))
			is_good = false;
		v[i] = wax_str_dup(arena, one->text);
	}
	*out = (struct wax_conf_value){ .n = node->n, .v = v };
	if (reading->key->type == WAX_TYPE_NETWORKS)
		out->network = network;
	return is_good;
}

static const struct wax_conf_key *
member_find(const struct wax_conf_key *members, struct wax_str name)
{
	for (size_t i = 0; members[i].name != NULL; i++)
		if (wax_str_eq(wax_str_of(members[i].name), name))
			return &members[i];
	return NULL;
}

static struct wax_conf_value *
members_new(struct wax_arena *arena, const struct wax_conf_key *members)
{
	size_t n = 0;

	while (members[n].name != NULL)
		n++;
	return wax_alloc(arena, n, sizeof(struct wax_conf_value));
}

static void
unknown_member(const struct reading *reading, const struct wax_conf_node *node)
{
	struct wax_arena *arena = reading->reader->report->arena;
	const struct wax_conf_key *members = reading->key->members;
	struct wax_text known;

	wax_text_init(&known, arena);
	for (size_t i = 0; members[i].name != NULL; i++)
		wax_text_addf(
		    &known, "%s%s", i > 0 ? ", " : "", members[i].name);
	wax_conf_error(reading->reader->report, &node->place, reading->name,
	    "%.*s is not known here; use %.*s",
	    WAX_FMT(wax_conf_shown(arena, node->name)),
	    WAX_FMT(wax_text_str(&known)));
}

/* The depth of this recursion is that of the table: shadow, rules, their
 * members. */
static bool
read_group(const struct reading *reading, const struct wax_conf_node *node,
    struct wax_conf_value *out)
{
	const struct wax_conf_key *members = reading->key->members;
	struct wax_arena *arena = reading->reader->report->arena;
	struct wax_conf_value *part;
	bool is_good = true;

	if (node->kind != WAX_CONF_GROUP)
		return wrong_kind(reading, node);
	part = members_new(reading->reader->arena, members);
	for (size_t i = 0; i < node->n; i++) {
		const struct wax_conf_node *one = &node->member[i];
		const struct wax_conf_key *key =
		    member_find(members, one->name);

		if (key == NULL)
			unknown_member(reading, one);
		if (key == NULL ||
		    !wax_conf_value_read(reading->reader, key,
		        wax_textf(arena, "%.*s: ", WAX_FMT(reading->name)), one,
		        &part[key - members]))
			is_good = false;
		else
			part[key - members].is_written = true;
	}
	for (size_t i = 0; members[i].name != NULL; i++) {
		bool is_there = !members[i].is_required;

		for (size_t j = 0; j < node->n && !is_there; j++)
			is_there = wax_str_eq(
			    node->member[j].name, wax_str_of(members[i].name));
		if (is_there)
			continue;
		wax_conf_error(reading->reader->report, &node->place,
		    reading->name, "there is no %s in this group; add it",
		    members[i].name);
		is_good = false;
	}
	out->number = node->n;
	out->part = part;
	out->line = node->place.line;
	return is_good;
}

static bool
read_groups(const struct reading *reading, const struct wax_conf_node *node,
    struct wax_conf_value *out)
{
	struct wax_arena *arena = reading->reader->arena;
	struct wax_conf_value *part = wax_alloc(arena, node->n, sizeof *part);
	bool is_good = true;

	for (size_t i = 0; i < node->n; i++)
		if (!read_group(reading, &node->member[i], &part[i]))
			is_good = false;
	out->number = node->n;
	out->part = part;
	if (is_good && reading->key->make != NULL)
		out->made = reading->key->make(arena, out);
	return is_good;
}

/* Bare numbers and true/false, where the type wants a text. */
static bool
read_bare(const struct reading *reading, const struct wax_conf_node *node,
    struct wax_conf_value *out)
{
	enum wax_conf_type type = reading->key->type;
	struct wax_str text = node->text;

	if (node->kind == WAX_CONF_FLOAT)
		return refuse(reading, node, "is not a whole number");
	if (node->kind == WAX_CONF_SWITCH) {
		if (type == WAX_TYPE_SWITCH)
			return read_switch(reading, node, out);
		if (type == WAX_TYPE_WORD)
			return read_word(reading, node, out);
		return refuse(reading, node, "does not fit here");
	}
	if (type == WAX_TYPE_NUMBER)
		return read_number(reading, node, out);
	if (type == WAX_TYPE_SIZE)
		return read_size(reading, node, out);
	if (type == WAX_TYPE_DURATION)
		return read_duration(reading, node, out);
	/* libconfig has read 0660 as 660. */
	if (type == WAX_TYPE_MODE)
		text = wax_textf(reading->reader->report->arena, "0%.*s",
		    WAX_FMT(node->text));
	if (type == WAX_TYPE_MODE || type == WAX_TYPE_TEXT)
		return correct(reading, node, "must stand in quotes", text);
	return refuse(reading, node, "does not fit here");
}

static bool
read_scalar(const struct reading *reading, const struct wax_conf_node *node,
    struct wax_conf_value *out)
{
	if (node->kind == WAX_CONF_LIST || node->kind == WAX_CONF_GROUP)
		return wrong_kind(reading, node);
	if (node->kind != WAX_CONF_TEXT)
		return read_bare(reading, node, out);
	switch (reading->key->type) {
	case WAX_TYPE_TEXT:
		return read_one_text(reading, node, out);
	case WAX_TYPE_WORD:
		return read_word(reading, node, out);
	case WAX_TYPE_SWITCH:
		return read_switch(reading, node, out);
	case WAX_TYPE_DURATION:
		return read_duration(reading, node, out);
	case WAX_TYPE_SIZE:
		return read_size(reading, node, out);
	case WAX_TYPE_NUMBER:
		return read_number(reading, node, out);
	case WAX_TYPE_MODE:
		return read_mode(reading, node, out);
	case WAX_TYPE_TEXTS:
	case WAX_TYPE_NETWORKS:
	case WAX_TYPE_GROUP:
	case WAX_TYPE_GROUPS:
		break;
	}
	return wrong_kind(reading, node);
}

bool
wax_conf_value_read(const struct wax_conf_reader *reader,
    const struct wax_conf_key *key, struct wax_str prefix,
    const struct wax_conf_node *node, struct wax_conf_value *out)
{
	struct reading reading = { reader, key,
		wax_textf(reader->report->arena, "%.*s%s", WAX_FMT(prefix),
		    key->name) };

	*out = (struct wax_conf_value){ .number = 0 };
	if (key->type == WAX_TYPE_GROUP)
		return read_group(&reading, node, out);
	if (!wax_conf_type_is_list(key->type))
		return read_scalar(&reading, node, out);
	if (node->kind == WAX_CONF_TEXT && key->type != WAX_TYPE_GROUPS) {
		/* In a rule, one text is a list of one. */
		if (prefix.n > 0)
			return read_list(&reading,
			    &(struct wax_conf_node){ .n = 1,
			        .member =
			            &(struct wax_conf_node){ .kind = node->kind,
			                .place = node->place,
			                .text = node->text } },
			    out);
		wax_conf_error(reader->report, &node->place, reading.name,
		    "a list is needed; write %s = [\"%.*s\"]", key->name,
		    WAX_FMT(wax_conf_shown(reader->report->arena, node->text)));
		return false;
	}
	if (node->kind != WAX_CONF_LIST)
		return wrong_kind(&reading, node);
	return key->type == WAX_TYPE_GROUPS ? read_groups(&reading, node, out)
	                                    : read_list(&reading, node, out);
}
