/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/conf/value.h"

#include <string.h>

#include "milter/conf/quantity.h"
#include "policy/base/text.h"

/* Enumerations are stored as int. */
_Static_assert(sizeof(enum wax_action) == sizeof(int) &&
                   sizeof(enum wax_mode) == sizeof(int),
    "enumerations are ints");

bool
wax_conf_type_is_list(enum wax_conf_type type)
{
	return type == WAX_TYPE_TEXTS || type == WAX_TYPE_NETWORKS ||
	       type == WAX_TYPE_GROUPS;
}

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
	if (key->initial != NULL && !wax_conf_type_is_list(key->type) &&
	    key->type != WAX_TYPE_GROUP && key->initial[0] != '\0')
		wax_text_addf(&text, " (default %s)", key->initial);
	return wax_text_str(&text);
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
	if (!wax_conf_type_is_list(key->type) && key->type != WAX_TYPE_GROUP)
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

const struct wax_conf_value *
wax_conf_value_member(const struct wax_conf_key *members,
    const struct wax_conf_value *group, const char *name)
{
	size_t i = 0;

	while (!wax_str_eq(wax_str_of(members[i].name), wax_str_of(name))) {
		i++;
		WAX_ASSERT(members[i].name != NULL);
	}
	return &group->part[i];
}

/* A group by default has no members at all. As deep as the table. */
static bool
are_members_equal(const struct wax_conf_key *members,
    const struct wax_conf_value *a, const struct wax_conf_value *b)
{
	if (a->part == NULL || b->part == NULL)
		return a->number == b->number;
	for (size_t i = 0; members[i].name != NULL; i++)
		if (!wax_conf_value_eq(&members[i], &a->part[i], &b->part[i]))
			return false;
	return true;
}

bool
wax_conf_value_eq(const struct wax_conf_key *key,
    const struct wax_conf_value *a, const struct wax_conf_value *b)
{
	if (a->number != b->number || a->n != b->n ||
	    a->is_written != b->is_written)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!wax_str_eq(a->v[i], b->v[i]))
			return false;
	if (key->type == WAX_TYPE_GROUP)
		return are_members_equal(key->members, a, b);
	for (size_t i = 0; key->type == WAX_TYPE_GROUPS && i < a->number; i++)
		if (!are_members_equal(key->members, &a->part[i], &b->part[i]))
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
	case WAX_TYPE_GROUPS:
		WAX_ASSERT(key->size == sizeof(struct wax_relay_list));
		memcpy(at,
		    &(struct wax_relay_list){ value->number, value->made },
		    key->size);
		return;
	case WAX_TYPE_WORD:
	case WAX_TYPE_SWITCH:
	case WAX_TYPE_DURATION:
	case WAX_TYPE_SIZE:
	case WAX_TYPE_NUMBER:
	case WAX_TYPE_MODE:
	case WAX_TYPE_GROUP:
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

/* { name = "mx2"; networks = ["192.0.2.1"] } */
static void
add_group(struct wax_text *text, const struct wax_conf_key *members,
    const struct wax_conf_value *group)
{
	bool is_first = true;

	wax_text_addz(text, "{ ");
	for (size_t i = 0; group->part != NULL && members[i].name != NULL;
	     i++) {
		if (!group->part[i].is_written)
			continue;
		wax_text_addf(
		    text, "%s%s = ", is_first ? "" : "; ", members[i].name);
		wax_text_add(text, wax_conf_value_format(text->arena,
		                       &members[i], &group->part[i]));
		is_first = false;
	}
	wax_text_addz(text, is_first ? "}" : " }");
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
		add_group(&text, key->members, value);
		break;
	case WAX_TYPE_GROUPS:
		wax_text_addz(&text, "( ");
		for (size_t i = 0; i < value->number; i++) {
			wax_text_addz(&text, i > 0 ? ", " : "");
			add_group(&text, key->members, &value->part[i]);
		}
		wax_text_addz(&text, value->number > 0 ? " )" : ")");
		break;
	}
	return wax_text_str(&text);
}
