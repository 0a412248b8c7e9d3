/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/check/dmarc_draft.h"

#include "policy/auth/dmarc_record.h"
#include "policy/base/text.h"
#include "policy/check/plain.h"

/* RFC 9989 s4.7; and what RFC 7489 s6.3 had besides. */
static const struct tag {
	struct wax_str name;
	enum wax_dmarc_tag_use use;
} tags[] = {
	{ WAX_STR_INIT("v"), WAX_TAG_KNOWN },
	{ WAX_STR_INIT("p"), WAX_TAG_KNOWN },
	{ WAX_STR_INIT("sp"), WAX_TAG_KNOWN },
	{ WAX_STR_INIT("np"), WAX_TAG_KNOWN },
	{ WAX_STR_INIT("psd"), WAX_TAG_KNOWN },
	{ WAX_STR_INIT("t"), WAX_TAG_KNOWN },
	{ WAX_STR_INIT("adkim"), WAX_TAG_KNOWN },
	{ WAX_STR_INIT("aspf"), WAX_TAG_KNOWN },
	{ WAX_STR_INIT("fo"), WAX_TAG_KNOWN },
	{ WAX_STR_INIT("rua"), WAX_TAG_KNOWN },
	{ WAX_STR_INIT("ruf"), WAX_TAG_KNOWN },
	{ WAX_STR_INIT("pct"), WAX_TAG_OBSOLETE },
	{ WAX_STR_INIT("rf"), WAX_TAG_OBSOLETE },
	{ WAX_STR_INIT("ri"), WAX_TAG_OBSOLETE },
};

#define TAG_ROOM 12
#define N_TAGS (sizeof tags / sizeof tags[0])

enum wax_dmarc_tag_use
wax_dmarc_tag_use(struct wax_str name)
{
	for (size_t i = 0; i < N_TAGS; i++)
		if (wax_str_ieq(name, tags[i].name))
			return tags[i].use;
	return WAX_TAG_UNKNOWN;
}

/* --- lookalikes -------------------------------------------------------- */

static struct wax_str
skip_blanks(struct wax_str s)
{
	while (s.n > 0 && wax_is_space(s.p[0]))
		s = wax_str_from(s, 1);
	return s;
}

/* Take "v", "=" or ":", and blanks off the front. */
static struct wax_str
behind_v(struct wax_str text)
{
	struct wax_str rest = text;

	if (rest.n == 0 || wax_lower(rest.p[0]) != 'v')
		return text;
	rest = skip_blanks(wax_str_from(rest, 1));
	if (rest.n == 0 || (rest.p[0] != '=' && rest.p[0] != ':'))
		return text;
	return skip_blanks(wax_str_from(rest, 1));
}

/* Whether it asks for a policy as only DMARC has it. */
static bool
has_policy(struct wax_str text)
{
	static const struct wax_str policies[] = { WAX_STR_INIT("p=none"),
		WAX_STR_INIT("p=quarantine"), WAX_STR_INIT("p=reject") };

	for (size_t at = 0; at < text.n; at++)
		for (size_t i = 0; i < 3; i++)
			if (wax_str_istarts(
			        wax_str_from(text, at), policies[i]))
				return true;
	return false;
}

bool
wax_dmarc_is_lookalike(struct wax_str text, bool at_dmarc, const char **why)
{
	static const struct wax_str version = WAX_STR_INIT("DMARC1");
	struct wax_str rest = wax_without_front(text), behind = behind_v(rest);

	if (wax_dmarc_record_is(text) ||
	    !(wax_str_istarts(behind, WAX_STR("dmarc")) ||
	        (at_dmarc && has_policy(text))))
		return false;
	if (rest.p != text.p && wax_is_space(text.p[0]))
		*why = "a blank stands before v=DMARC1";
	else if (rest.p != text.p)
		*why = "a quotation mark is part of the text";
	else if (behind.p != rest.p && wax_str_starts(behind, version))
		*why = "v=DMARC1 is not followed by a semicolon";
	else if (behind.p != rest.p && wax_str_istarts(behind, version))
		*why = "DMARC1 has to be in capital letters";
	else
		*why = "it does not begin with v=DMARC1";
	return true;
}

/* --- reading ----------------------------------------------------------- */

static struct wax_dmarc_part *
find(const struct wax_dmarc_draft *draft, struct wax_str name)
{
	for (size_t i = 0; i < draft->list.n; i++)
		if (wax_str_eq(draft->list.v[i].name, name))
			return &draft->list.v[i];
	return NULL;
}

static bool
is_uri_list(struct wax_str name)
{
	return wax_str_eq(name, WAX_STR("rua")) ||
	       wax_str_eq(name, WAX_STR("ruf"));
}

static struct wax_str
without_blanks(struct wax_arena *arena, struct wax_str s)
{
	struct wax_text out;

	wax_text_init(&out, arena);
	for (size_t i = 0; i < s.n; i++)
		if (!wax_is_space(s.p[i]))
			wax_text_addc(&out, s.p[i]);
	return wax_text_str(&out);
}

/* Addresses with mailto: and with commas between them. */
static struct wax_str
uri_list(struct wax_arena *arena, struct wax_str value)
{
	static const struct wax_str mailto = WAX_STR_INIT("mailto:"),
	                            slashes = WAX_STR_INIT("//");
	struct wax_str rest = value, item;
	struct wax_text out;

	wax_text_init(&out, arena);
	while (wax_str_cut(&rest, ',', &item)) {
		item = without_blanks(arena, item);
		/* The limit of size that RFC 7489 had. */
		item = wax_str_head(item, wax_str_find(item, '!'));
		if (item.n == 0)
			continue;
		if (wax_str_istarts(item, mailto)) {
			item = wax_str_from(item, mailto.n);
			if (wax_str_starts(item, slashes))
				item = wax_str_from(item, slashes.n);
			item = wax_textf(arena, "mailto:%.*s", WAX_FMT(item));
		} else if (wax_str_find(item, '@') < item.n &&
		           wax_str_find(item, ':') == item.n) {
			item = wax_textf(arena, "mailto:%.*s", WAX_FMT(item));
		}
		if (out.n > 0)
			wax_text_addc(&out, ',');
		wax_text_add(&out, item);
	}
	return wax_text_str(&out);
}

static bool
is_policy(struct wax_str value)
{
	return wax_str_ieq(value, WAX_STR("none")) ||
	       wax_str_ieq(value, WAX_STR("quarantine")) ||
	       wax_str_ieq(value, WAX_STR("reject"));
}

/* What an unknown name stands for, by its value; empty: no idea. */
static struct wax_str
name_by_value(struct wax_str value)
{
	if (wax_str_istarts(value, WAX_STR("mailto:")))
		return WAX_STR("rua");
	return is_policy(value) ? WAX_STR("p") : WAX_STR("");
}

static void
take(struct wax_dmarc_draft *draft, struct wax_str name, struct wax_str value)
{
	name = wax_str_lower(draft->arena, name);
	if (wax_dmarc_tag_use(name) == WAX_TAG_UNKNOWN)
		name = name_by_value(value);
	if (name.n == 0 || wax_str_eq(name, WAX_STR("v")) ||
	    find(draft, name) != NULL)
		return;
	if (is_uri_list(name))
		value = uri_list(draft->arena, value);
	else
		value = wax_str_lower(draft->arena, value);
	WAX_PUSH(draft->arena, &draft->list,
	    (struct wax_dmarc_part){ .name = name, .value = value });
}

/* Addresses that a semicolon has parted from their list. */
static void
take_rest_of_list(struct wax_dmarc_draft *draft, struct wax_str piece)
{
	struct wax_dmarc_part *last;

	if (draft->list.n == 0)
		return;
	last = &draft->list.v[draft->list.n - 1];
	if (is_uri_list(last->name) && wax_str_find(piece, '@') < piece.n)
		last->value = uri_list(
		    draft->arena, wax_textf(draft->arena, "%.*s,%.*s",
		                      WAX_FMT(last->value), WAX_FMT(piece)));
}

/* Where the next tag begins in a value, because a semicolon is missing: a
 * known name and "=" behind a blank or a comma. value.n: nowhere. */
static size_t
next_tag(struct wax_str value)
{
	for (size_t at = 1; at < value.n; at++) {
		/* "adkim  =": longer names are none. */
		struct wax_str tail =
		    wax_str_head(wax_str_from(value, at), TAG_ROOM);
		struct wax_str name;

		if (!wax_is_space(value.p[at - 1]) && value.p[at - 1] != ',')
			continue;
		name =
		    wax_str_trim(wax_str_head(tail, wax_str_find(tail, '=')));
		if (name.n < tail.n &&
		    wax_dmarc_tag_use(name) != WAX_TAG_UNKNOWN)
			return at;
	}
	return value.n;
}

static struct wax_str
without_comma(struct wax_str value)
{
	value = wax_str_trim(value);
	while (value.n > 0 && value.p[value.n - 1] == ',')
		value = wax_str_trim(wax_str_head(value, value.n - 1));
	return value;
}

static void
take_piece(struct wax_dmarc_draft *draft, struct wax_str piece)
{
	size_t equals = wax_str_find(piece, '='), next;
	struct wax_str value;

	while (equals < piece.n) {
		value = wax_str_from(piece, equals + 1);
		next = next_tag(value);
		take(draft, wax_str_trim(wax_str_head(piece, equals)),
		    without_comma(wax_str_head(value, next)));
		piece = wax_str_from(value, next);
		equals = wax_str_find(piece, '=');
	}
}

struct wax_dmarc_draft
wax_dmarc_draft_read(struct wax_arena *arena, struct wax_str text)
{
	struct wax_dmarc_draft draft = { .arena = arena };
	struct wax_str rest = wax_plain(arena, text), piece;

	/* "v:DMARC1 p=none", "DMARC1; p=none" */
	rest = behind_v(rest);
	if (wax_str_istarts(rest, WAX_STR("dmarc"))) {
		rest = wax_str_from(rest, 5);
		while (rest.n > 0 && (wax_is_digit(rest.p[0]) ||
		                         rest.p[0] == '.' || rest.p[0] == ','))
			rest = wax_str_from(rest, 1);
	}
	while (wax_str_cut(&rest, ';', &piece)) {
		piece = wax_str_trim(piece);
		if (wax_str_find(piece, '=') == piece.n)
			take_rest_of_list(&draft, piece);
		else
			take_piece(&draft, piece);
	}
	return draft;
}

/* --- changing ---------------------------------------------------------- */

const struct wax_str *
wax_dmarc_draft_get(const struct wax_dmarc_draft *draft, const char *name)
{
	const struct wax_dmarc_part *part = find(draft, wax_str_of(name));

	return part != NULL ? &part->value : NULL;
}

void
wax_dmarc_draft_set(
    struct wax_dmarc_draft *draft, const char *name, struct wax_str value)
{
	struct wax_dmarc_part *part = find(draft, wax_str_of(name));

	if (part != NULL)
		part->value = value;
	else
		WAX_PUSH(draft->arena, &draft->list,
		    (struct wax_dmarc_part){ wax_str_of(name), value });
}

void
wax_dmarc_draft_drop(struct wax_dmarc_draft *draft, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < draft->list.n; i++)
		if (!wax_str_eq(draft->list.v[i].name, wax_str_of(name)))
			draft->list.v[kept++] = draft->list.v[i];
	draft->list.n = kept;
}

static void
add_part(struct wax_text *out, const struct wax_dmarc_part *part)
{
	wax_text_addf(
	    out, "; %.*s=%.*s", WAX_FMT(part->name), WAX_FMT(part->value));
}

struct wax_str
wax_dmarc_draft_text(const struct wax_dmarc_draft *draft)
{
	const struct wax_dmarc_part *policy = find(draft, WAX_STR("p"));
	struct wax_text out;

	wax_text_init(&out, draft->arena);
	wax_text_addz(&out, "v=DMARC1");
	if (policy != NULL)
		add_part(&out, policy);
	for (size_t i = 0; i < draft->list.n; i++)
		if (&draft->list.v[i] != policy)
			add_part(&out, &draft->list.v[i]);
	return wax_text_str(&out);
}
