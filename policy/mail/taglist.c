/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/mail/taglist.h"

#include "policy/base/limits.h"
#include "policy/base/vec.h"
#include "policy/mail/abnf.h"

/* tag-spec: [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS] */
static bool
skip_tag_spec(struct wax_str *rest, struct wax_tag *out)
{
	struct wax_str from;

	(void)wax_skip_fws(rest); /* each FWS is optional */
	from = *rest;
	if (!wax_skip_tag_name(rest))
		return false;
	out->name = wax_skipped(from, *rest);
	(void)wax_skip_fws(rest);
	if (!wax_skip_char(rest, '='))
		return false;
	(void)wax_skip_fws(rest);
	from = *rest;
	wax_skip_tag_value(rest);
	out->value = wax_skipped(from, *rest);
	(void)wax_skip_fws(rest);
	return true;
}

static bool
has_name(const struct wax_tag *tag, size_t n, struct wax_str name)
{
	for (size_t i = 0; i < n; i++)
		if (wax_str_eq(tag[i].name, name))
			return true;
	return false;
}

/*
 * White space behind the last ";" is let through, though RFC 6376 s3.2 has
 * no place for it: key records end like that, and so do folded fields.
 */
static bool
is_at_end(struct wax_str text)
{
	(void)wax_skip_fws(&text); /* optional */
	return text.n == 0;
}

bool
wax_taglist_parse(
    struct wax_arena *arena, struct wax_str text, struct wax_taglist *out)
{
	WAX_VEC(struct wax_tag) tags = { 0 };
	struct wax_tag tag;

	do {
		if (!skip_tag_spec(&text, &tag))
			return false;
		/* RFC 6376 s3.2: a tag that comes twice makes the whole list
		 * invalid. The bound keeps these comparisons few. */
		if (tags.n == WAX_TAGS_MAX ||
		    has_name(tags.v, tags.n, tag.name))
			return false;
		WAX_PUSH(arena, &tags, tag);
	} while (wax_skip_char(&text, ';') && !is_at_end(text));
	if (!is_at_end(text))
		return false;
	out->n = tags.n;
	out->tag = tags.v;
	return true;
}

const struct wax_str *
wax_taglist_get(const struct wax_taglist *list, const char *name)
{
	struct wax_str wanted = wax_str_of(name);

	for (size_t i = 0; i < list->n; i++)
		if (wax_str_eq(list->tag[i].name, wanted))
			return &list->tag[i].value;
	return NULL;
}

struct wax_str
wax_without_space(struct wax_arena *arena, struct wax_str s)
{
	char *p = wax_alloc(arena, s.n, 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		if (!wax_is_space(s.p[i]))
			p[n++] = s.p[i];
	return (struct wax_str){ p, n };
}
