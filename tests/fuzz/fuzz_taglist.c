/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tag=value list. What holds for any text: names are unique, values have
 * no semicolon and no white space at their ends, and the list written out
 * again is the same list.
 */
#include "policy/base/limits.h"
#include "policy/mail/abnf.h"
#include "policy/mail/taglist.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "taglist";

static struct wax_str
written(struct wax_arena *arena, const struct wax_taglist *list)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < list->n; i++) {
		wax_text_add(&text, list->tag[i].name);
		wax_text_addc(&text, '=');
		wax_text_add(&text, list->tag[i].value);
		wax_text_addc(&text, ';');
	}
	return wax_text_str(&text);
}

static void
check_tag(struct wax_arena *arena, const struct wax_taglist *list, size_t i)
{
	const struct wax_tag *tag = &list->tag[i];
	struct wax_str value = wax_without_space(arena, tag->value);

	WAX_ASSERT(
	    wax_taglist_get(list, wax_str_z(arena, tag->name)) == &tag->value);
	WAX_ASSERT(wax_str_eq(tag->value, wax_str_trim(tag->value)));
	WAX_ASSERT(wax_is_utf8(value));
	for (size_t k = 0; k < value.n; k++)
		WAX_ASSERT(value.p[k] != ';' && value.p[k] != ' ' &&
		           !wax_is_control(value.p[k]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_arena *arena = wax_arena_new("fuzz", 0);
	struct wax_str text = { (const char *)data, size };
	struct wax_taglist list, again;

	if (wax_taglist_parse(arena, text, &list)) {
		WAX_ASSERT(list.n > 0 && list.n <= WAX_TAGS_MAX);
		for (size_t i = 0; i < list.n; i++)
			check_tag(arena, &list, i);
		WAX_ASSERT(
		    wax_taglist_parse(arena, written(arena, &list), &again));
		WAX_ASSERT(again.n == list.n);
		for (size_t i = 0; i < list.n; i++)
			WAX_ASSERT(
			    wax_str_eq(list.tag[i].name, again.tag[i].name) &&
			    wax_str_eq(list.tag[i].value, again.tag[i].value));
		/* The first tag once more voids it. */
		text = fuzz_join(arena, written(arena, &list),
		    fuzz_join(arena, list.tag[0].name, WAX_STR("=")));
		WAX_ASSERT(!wax_taglist_parse(arena, text, &again));
	}
	wax_arena_free(arena);
	return 0;
}
