/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/conf/value.h"

#include <limits.h>
#include <string.h>

#include "milter/conf/quantity.h"
#include "milter/conf/suggest.h"
#include "policy/base/text.h"

/* Enumerations are stored as int. */
_Static_assert(sizeof(enum wax_action) == sizeof(int) &&
                   sizeof(enum wax_mode) == sizeof(int),
    "enumerations are ints");

/* One value on its way in. */
struct reading {
	const struct wax_conf_reader *reader;
	const struct wax_conf_key *key;
	struct wax_str name; /* with what it is a member of */
};

static bool is_list(enum wax_conf_type type);

static struct wax_str
number_format(
    struct wax_arena *arena, const struct wax_conf_key *key, uint64_t number)
{
	switch (key->type) {
	case WAX_TYPE_DURATION:
		return wax_duration_format(arena, number);
	case WAX_TYPE_SIZE:
		return wax_size_format(arena, number);
	case WAX_TYPE_MODE:
		return wax_octal_format(arena, number);
	case WAX_TYPE_NUMBER:
	case WAX_TYPE_TEXT:
	case WAX_TYPE_WORD:
	case WAX_TYPE_SWITCH:
	case WAX_TYPE_TEXTS:
	case WAX_TYPE_NETWORKS:
	case WAX_TYPE_GROUP:
	case WAX_TYPE_GROUPS:
		break;
	}
	return wax_textf(arena, "%llu", (unsigned long long)number);
}

static void
add_words(struct wax_text *text, const struct wax_conf_word *words)
{
	for (size_t i = 0; words[i].word != NULL; i++) {
		if (i > 0)
			wax_text_addz(
			    text, words[i + 1].word != NULL ? ", " : " or ");
		wax_text_addf(text, "\"%s\"", words[i].word);
	}
}

struct wax_str
wax_conf_value_allowed(struct wax_arena *arena, const struct wax_conf_key *key)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addz(&text, "use ");
	switch (key->type) {
	case WAX_TYPE_SWITCH:
		wax_text_addz(&text, "\"yes\" or \"no\"");
		break;
	case WAX_TYPE_WORD:
		add_words(&text, key->words);
		break;
	case WAX_TYPE_DURATION:
	case WAX_TYPE_SIZE:
	case WAX_TYPE_NUMBER:
	case WAX_TYPE_MODE:
		wax_text_add(&text, number_format(arena, key, key->min));
		wax_text_addz(&text, " to ");
		wax_text_add(&text, number_format(arena, key, key->max));
		if (key->words != NULL) {
			wax_text_addz(&text, " or ");
			add_words(&text, key->words);
		}
		break;
	case WAX_TYPE_TEXT:
		wax_text_addz(&text, "a text in quotes");
		break;
	case WAX_TYPE_TEXTS:
		wax_text_addz(&text, "a list of texts: [\"A\", \"B\"]");
		break;
	case WAX_TYPE_NETWORKS:
		wax_text_addz(
		    &text, "a list of networks: [\"192.0.2.0/24\", \"::1\"]");
		break;
	case WAX_TYPE_GROUP:
		wax_text_addz(&text, "a group: { NAME = \"VALUE\" }");
		break;
	case WAX_TYPE_GROUPS:
		wax_text_addz(
		    &text, "a list of groups: ( { NAME = \"VALUE\" } )");
		break;
	}
	if (key->initial != NULL && !is_list(key->type) &&
	    key->type != WAX_TYPE_GROUP && key->initial[0] != '\0')
		wax_text_addf(&text, " (default %s)", key->initial);
	return wax_text_str(&text);
}

static bool
is_list(enum wax_conf_type type)
{
	return type == WAX_TYPE_TEXTS || type == WAX_TYPE_NETWORKS ||
	       type == WAX_TYPE_GROUPS;
}

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
		    reading->name, "may not be empty; leave it out%s%s",
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

/* What is in a group is checked, but carried by nobody yet. The depth of
 * this recursion is that of the table: shadow, rules, their members. */
static bool
read_group(const struct reading *reading, const struct wax_conf_node *node,
    struct wax_conf_value *out)
{
	const struct wax_conf_key *members = reading->key->members;
	struct wax_arena *arena = reading->reader->report->arena;
	struct wax_conf_value unused;
	bool is_good = true;

	if (node->kind != WAX_CONF_GROUP)
		return wrong_kind(reading, node);
	for (size_t i = 0; i < node->n; i++) {
		const struct wax_conf_node *one = &node->member[i];
		const struct wax_conf_key *key =
		    member_find(members, one->name);

		if (key == NULL)
			unknown_member(reading, one);
		if (key == NULL ||
		    !wax_conf_value_read(reading->reader, key,
		        wax_textf(arena, "%.*s: ", WAX_FMT(reading->name)), one,
		        &unused))
			is_good = false;
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
	return is_good;
}

static bool
read_groups(const struct reading *reading, const struct wax_conf_node *node,
    struct wax_conf_value *out)
{
	struct wax_conf_value unused;
	bool is_good = true;

	for (size_t i = 0; i < node->n; i++)
		if (!read_group(reading, &node->member[i], &unused))
			is_good = false;
	out->number = node->n;
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
	if (!is_list(key->type))
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

struct wax_conf_node
wax_conf_value_node(struct wax_arena *arena, const struct wax_conf_key *key,
    const struct wax_conf_place *place, struct wax_str text)
{
	struct wax_conf_node node = { .kind = WAX_CONF_TEXT, .place = *place };
	WAX_VEC(struct wax_conf_node) members = { 0 };
	size_t from = 0;

	node.name = wax_str_of(key->name);
	node.text = text;
	if (!is_list(key->type) && key->type != WAX_TYPE_GROUP)
		return node;
	node.kind =
	    key->type == WAX_TYPE_GROUP ? WAX_CONF_GROUP : WAX_CONF_LIST;
	for (size_t i = 0; i <= text.n; i++) {
		if (i < text.n && text.p[i] != ',' && text.p[i] != ' ')
			continue;
		if (i > from)
			WAX_PUSH(arena, &members,
			    (struct wax_conf_node){ .kind = WAX_CONF_TEXT,
			        .place = *place,
			        .text = wax_str_head(
			            wax_str_from(text, from), i - from) });
		from = i + 1;
	}
	node.member = members.v;
	node.n = members.n;
	return node;
}

bool
wax_conf_value_eq(const struct wax_conf_key *key,
    const struct wax_conf_value *a, const struct wax_conf_value *b)
{
	(void)key;
	if (a->number != b->number || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!wax_str_eq(a->v[i], b->v[i]))
			return false;
	return true;
}

/* A number in a member of any size. */
static void
store_number(char *at, size_t size, uint64_t number)
{
	switch (size) {
	case sizeof(bool):
		*(bool *)(void *)at = number != 0;
		return;
	case sizeof(uint32_t):
		WAX_ASSERT(number <= UINT32_MAX);
		memcpy(at, &(uint32_t){ (uint32_t)number }, size);
		return;
	default:
		WAX_ASSERT(size == sizeof number);
		memcpy(at, &number, size);
		return;
	}
}

void
wax_conf_value_store(const struct wax_conf_key *key,
    const struct wax_conf_value *value, struct wax_config *config)
{
	char *at = (char *)config + key->offset;

	if (key->size == 0)
		return;
	switch (key->type) {
	case WAX_TYPE_TEXT:
		WAX_ASSERT(key->size == sizeof(struct wax_str));
		WAX_ASSERT(value->n == 1);
		memcpy(at, &value->v[0], key->size);
		return;
	case WAX_TYPE_TEXTS:
		WAX_ASSERT(key->size == sizeof(struct wax_str_list));
		memcpy(at, &(struct wax_str_list){ value->n, value->v },
		    key->size);
		return;
	case WAX_TYPE_NETWORKS:
		WAX_ASSERT(key->size == sizeof(struct wax_network_set));
		memcpy(at,
		    &(struct wax_network_set){ value->n, value->network },
		    key->size);
		return;
	case WAX_TYPE_WORD:
	case WAX_TYPE_SWITCH:
	case WAX_TYPE_DURATION:
	case WAX_TYPE_SIZE:
	case WAX_TYPE_NUMBER:
	case WAX_TYPE_MODE:
	case WAX_TYPE_GROUP:
	case WAX_TYPE_GROUPS:
		break;
	}
	store_number(at, key->size, value->number);
}

/* A string of libconfig's syntax. */
static void
add_string(struct wax_text *text, struct wax_str s)
{
	wax_text_addc(text, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			wax_text_addf(text, "\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			wax_text_addf(text, "\\x%02x", c);
		else
			wax_text_addc(text, (char)c);
	}
	wax_text_addc(text, '"');
}

static const char *
word_of(const struct wax_conf_word *words, uint64_t number)
{
	for (size_t i = 0; words != NULL && words[i].word != NULL; i++)
		if ((uint64_t)words[i].value == number)
			return words[i].word;
	return NULL;
}

struct wax_str
wax_conf_value_format(struct wax_arena *arena, const struct wax_conf_key *key,
    const struct wax_conf_value *value)
{
	const char *word = word_of(key->words, value->number);
	struct wax_text text;

	wax_text_init(&text, arena);
	switch (key->type) {
	case WAX_TYPE_TEXT:
		add_string(&text, key->is_secret
		                      ? wax_conf_mask(arena, value->v[0])
		                      : value->v[0]);
		break;
	case WAX_TYPE_SWITCH:
		add_string(
		    &text, value->number != 0 ? WAX_STR("yes") : WAX_STR("no"));
		break;
	case WAX_TYPE_WORD:
	case WAX_TYPE_DURATION:
	case WAX_TYPE_SIZE:
	case WAX_TYPE_MODE:
		add_string(&text,
		    word != NULL ? wax_str_of(word)
		                 : number_format(arena, key, value->number));
		break;
	case WAX_TYPE_NUMBER:
		wax_text_add(&text, number_format(arena, key, value->number));
		break;
	case WAX_TYPE_TEXTS:
	case WAX_TYPE_NETWORKS:
		wax_text_addc(&text, '[');
		for (size_t i = 0; i < value->n; i++) {
			wax_text_addz(&text, i > 0 ? ", " : "");
			add_string(&text, value->v[i]);
		}
		wax_text_addc(&text, ']');
		break;
	case WAX_TYPE_GROUP:
		wax_text_addz(&text, "{ }");
		break;
	case WAX_TYPE_GROUPS:
		wax_text_addz(&text, "( )");
		break;
	}
	return wax_text_str(&text);
}
