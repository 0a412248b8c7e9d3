/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/mail/field.h"

/* RFC 5322 s4.5: the obsolete syntax has blanks before the colon. */
static struct wax_str
without_blanks(struct wax_str name)
{
	while (name.n > 0 && wax_is_blank(name.p[name.n - 1]))
		name.n--;
	return name;
}

/* FNV-1a. */
static unsigned long
hash_of(struct wax_str s)
{
	unsigned long hash = 2166136261UL;

	for (size_t i = 0; i < s.n; i++)
		hash = ((hash ^ (unsigned char)s.p[i]) * 16777619UL) &
		       0xffffffffUL;
	return hash;
}

/* The slot of a name, or the free one where it belongs. The number of slots
 * is a power of two, and some are always free. */
static struct wax_field_count *
slot_of(struct wax_field_count *count, size_t n_slots, struct wax_str name,
    unsigned long hash)
{
	size_t i = hash & (n_slots - 1);

	while (count[i].n > 0 &&
	       (count[i].hash != hash || !wax_str_eq(count[i].name, name)))
		i = (i + 1) & (n_slots - 1);
	return &count[i];
}

static void
grow_slots(struct wax_field_list *list)
{
	size_t n_slots = list->n_slots > 0 ? list->n_slots * 2 : 64;
	struct wax_field_count *count =
	    wax_alloc(list->arena, n_slots, sizeof *count);

	for (size_t i = 0; i < list->n_slots; i++) {
		const struct wax_field_count *old = &list->count[i];

		if (old->n > 0)
			*slot_of(count, n_slots, old->name, old->hash) = *old;
	}
	list->count = count;
	list->n_slots = n_slots;
}

static unsigned
count_name(struct wax_field_list *list, struct wax_str name)
{
	struct wax_str key = wax_str_lower(list->arena, without_blanks(name));
	unsigned long hash = hash_of(key);
	struct wax_field_count *slot;

	if (list->n_names * 2 >= list->n_slots)
		grow_slots(list);
	slot = slot_of(list->count, list->n_slots, key, hash);
	if (slot->n == 0) {
		slot->name = key;
		slot->hash = hash;
		list->n_names++;
	}
	return ++slot->n;
}

void
wax_field_list_init(struct wax_field_list *list, struct wax_arena *arena)
{
	*list = (struct wax_field_list){ .arena = arena };
}

void
wax_field_append(
    struct wax_field_list *list, struct wax_str name, struct wax_str raw)
{
	struct wax_field field = {
		.name = wax_str_dup(list->arena, name),
		.raw = wax_str_dup(list->arena, raw),
		.index = count_name(list, name),
	};

	WAX_PUSH(list->arena, &list->fields, field);
	list->bytes += name.n + raw.n;
}

bool
wax_field_is(const struct wax_field *field, struct wax_str name)
{
	return wax_str_ieq(without_blanks(field->name), without_blanks(name));
}

const struct wax_field *
wax_field_next(
    const struct wax_field_list *list, struct wax_str name, size_t *i)
{
	while (*i < list->fields.n) {
		const struct wax_field *field = &list->fields.v[(*i)++];

		if (wax_field_is(field, name))
			return field;
	}
	return NULL;
}

/* Whether the octet at i is a LF without a CR before it. */
static bool
is_lone_lf(struct wax_str s, size_t i)
{
	return s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r');
}

struct wax_str
wax_crlf(struct wax_arena *arena, struct wax_str s)
{
	size_t lone = 0, n = 0;
	char *p;

	for (size_t i = 0; i < s.n; i++)
		if (is_lone_lf(s, i))
			lone++;
	if (lone == 0)
		return s;
	p = wax_alloc(arena, s.n + lone, 1);
	for (size_t i = 0; i < s.n; i++) {
		if (is_lone_lf(s, i))
			p[n++] = '\r';
		p[n++] = s.p[i];
	}
	return (struct wax_str){ p, n };
}
