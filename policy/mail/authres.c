/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing Authentication-Results. Who may have written one that arrives is
 * the question of authres_claims.c.
 */
#include "policy/mail/authres.h"

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/mail/abnf.h"

#define FIELD_NAME "Authentication-Results:"
#define TAB_COLUMNS 8

/* A line is at most a tab, one word and a semicolon longer than the word. */
#define WORD_MAX (WAX_HEADER_LINE_MAX - 2)

/* ---- values ------------------------------------------------------------- */

/* UTF-8 without controls; those of U+0080 to U+009F are some, too. */
static bool
is_writable(struct wax_str value)
{
	for (size_t i = 0; i < value.n; i++) {
		if (wax_is_control(value.p[i]))
			return false;
		if ((unsigned char)value.p[i] == 0xc2 && i + 1 < value.n &&
		    (unsigned char)value.p[i + 1] < 0xa0)
			return false;
	}
	return wax_is_utf8(value);
}

static bool
is_token(struct wax_str value)
{
	return wax_skip_token(&value) && value.n == 0;
}

/* No dot at an end or beside another. */
static bool
has_single_dots(struct wax_str value)
{
	struct wax_str part;

	while (wax_str_cut(&value, '.', &part))
		if (part.n == 0)
			return false;
	return true;
}

/*
 * [local-part] "@" domain-name (RFC 8601 s2.2), if all of it is made of the
 * characters of a token: other readers then take it for the one word it is.
 */
static bool
is_plain_address(struct wax_str value)
{
	size_t at = wax_str_find(value, '@');
	struct wax_str local_part = wax_str_head(value, at);
	struct wax_str domain = wax_str_from(value, at + 1);

	return at < value.n && is_token(domain) && has_single_dots(domain) &&
	       (local_part.n == 0 ||
	           (is_token(local_part) && has_single_dots(local_part)));
}

static struct wax_str
quoted(struct wax_arena *arena, struct wax_str value)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addc(&text, '"');
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '"' || value.p[i] == '\\')
			wax_text_addc(&text, '\\');
		wax_text_addc(&text, value.p[i]);
	}
	wax_text_addc(&text, '"');
	return wax_text_str(&text);
}

/* A token or a quoted-string: the value of RFC 2045 s5.1, as RFC 8601 s2.2
 * has it for the authserv-id and for reasons. */
static bool
add_value(struct wax_arena *arena, struct wax_str value, struct wax_str *out)
{
	if (!is_writable(value))
		return false;
	*out = is_token(value) ? value : quoted(arena, value);
	return true;
}

bool
wax_pvalue_add(
    struct wax_arena *arena, struct wax_str value, struct wax_str *out)
{
	if (is_plain_address(value)) {
		*out = value;
		return true;
	}
	return add_value(arena, value, out);
}

bool
wax_dot_atom_add(
    struct wax_arena *arena, struct wax_str value, struct wax_str *out)
{
	/* The characters of a token are all atext, but for the dot. */
	if (!is_writable(value))
		return false;
	if (is_token(value) && has_single_dots(value))
		*out = value;
	else
		*out = quoted(arena, value);
	return true;
}

/* ---- lines -------------------------------------------------------------- */

struct writer {
	struct wax_text text;
	size_t column;
};

static void
break_line(struct writer *writer)
{
	wax_text_addz(&writer->text, "\n\t");
	writer->column = TAB_COLUMNS;
}

/* One word, on this line or the next; room is kept for a semicolon. */
static void
add_word(struct writer *writer, struct wax_str word)
{
	size_t blank = writer->column > TAB_COLUMNS ? 1 : 0;

	WAX_ASSERT(word.n <= WORD_MAX);
	if (writer->column + blank + word.n + 1 >= WAX_HEADER_LINE_FOLD) {
		break_line(writer);
		blank = 0;
	}
	if (blank > 0)
		wax_text_addc(&writer->text, ' ');
	wax_text_add(&writer->text, word);
	writer->column += blank + word.n;
}

/* Our own words; what they have of an outer world is kept inside. */
static void
add_comment(struct writer *writer, struct wax_str comment)
{
	struct wax_arena *arena = writer->text.arena;
	struct wax_text text;
	struct wax_str rest, word;

	if (comment.n == 0 || !is_writable(comment))
		return;
	wax_text_init(&text, arena);
	wax_text_addc(&text, '(');
	for (size_t i = 0; i < comment.n; i++) {
		char c = comment.p[i];

		if (c == '(' || c == ')' || c == '\\')
			wax_text_addc(&text, '\\');
		wax_text_addc(&text, c);
	}
	wax_text_addc(&text, ')');
	rest = wax_text_str(&text);
	while (wax_str_cut(&rest, ' ', &word))
		if (word.n > WORD_MAX)
			return;
	rest = wax_text_str(&text);
	while (wax_str_cut(&rest, ' ', &word))
		if (word.n > 0)
			add_word(writer, word);
}

/* name "=" what is already written as it must be, if it fits. */
static void
add_pair(struct writer *writer, struct wax_str name, struct wax_str written)
{
	if (name.n + 1 + written.n <= WORD_MAX)
		add_word(writer, wax_textf(writer->text.arena, "%.*s=%.*s",
		                     WAX_FMT(name), WAX_FMT(written)));
}

/* RFC 8601 s2.2: resinfo */
static void
add_result(struct writer *writer, const struct wax_authres_result *result)
{
	struct wax_arena *arena = writer->text.arena;
	struct wax_str written;

	WAX_ASSERT(is_token(wax_str_of(result->method)));
	WAX_ASSERT(is_token(wax_str_of(result->result)));
	break_line(writer);
	add_word(
	    writer, wax_textf(arena, "%s=%s", result->method, result->result));
	add_comment(writer, result->comment);
	if (result->reason.n > 0 && add_value(arena, result->reason, &written))
		add_pair(writer, WAX_STR("reason"), written);
	for (size_t i = 0; i < result->n_properties; i++) {
		const struct wax_authres_property *p = &result->property[i];

		WAX_ASSERT(is_token(wax_str_of(p->ptype)));
		WAX_ASSERT(is_token(wax_str_of(p->property)));
		if (wax_pvalue_add(arena, p->value, &written))
			add_pair(writer,
			    wax_textf(arena, "%s.%s", p->ptype, p->property),
			    written);
	}
}

struct wax_str
wax_authres_format(struct wax_arena *arena, const struct wax_authres *authres)
{
	struct writer writer = { .column = sizeof FIELD_NAME - 1 };
	struct wax_str id;

	if (authres->authserv_id.n == 0 ||
	    !add_value(arena, authres->authserv_id, &id) || id.n > WORD_MAX)
		return WAX_STR("");
	wax_text_init(&writer.text, arena);
	add_word(&writer, id);
	/* The blank behind the colon is there in any case. */
	if (writer.text.p[0] != ' ') {
		struct wax_str folded = wax_text_str(&writer.text);

		wax_text_init(&writer.text, arena);
		wax_text_addc(&writer.text, ' ');
		wax_text_add(&writer.text, folded);
	}
	for (size_t i = 0; i < authres->n_results; i++) {
		wax_text_addc(&writer.text, ';');
		add_result(&writer, &authres->result[i]);
	}
	if (authres->n_results == 0) {
		wax_text_addc(&writer.text, ';');
		writer.column++;
		add_word(&writer, WAX_STR("none"));
	}
	return wax_text_str(&writer.text);
}
