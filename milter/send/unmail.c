/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/send/unmail.h"

#include "policy/base/base64.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "policy/mail/abnf.h"

#define BOUNDARY_MAX 200 /* RFC 2046 s5.1.1 has 70 */

enum encoding {
	ENCODING_NONE,
	ENCODING_BASE64,
	ENCODING_QUOTED_PRINTABLE
};

/* The header of an entity, as far as it matters here. */
struct entity {
	struct wax_str type, boundary, name;
	enum encoding encoding;
	struct wax_str body; /* not decoded */
};

/* A multipart, or a message, whose parts are being read. */
struct level {
	struct wax_str rest;
	struct wax_str boundary; /* empty: rest is one entity */
	bool is_over;
};

struct unmail {
	struct wax_arena *arena;
	struct wax_err *err;
	WAX_VEC(struct wax_mail_part) parts;
	size_t n_levels;
	struct level level[WAX_MAIL_DEPTH_MAX];
};

/* The next line with its end; false at the end of the text. */
static bool
next_line(struct wax_str *rest, struct wax_str *line)
{
	if (rest->n == 0)
		return false;
	*line = wax_str_head(*rest, wax_str_find(*rest, '\n') + 1);
	*rest = wax_str_from(*rest, line->n);
	return true;
}

static struct wax_str
without_end(struct wax_str line)
{
	if (line.n > 0 && line.p[line.n - 1] == '\n')
		line.n--;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* Of a field; 0: the line begins none. */
static size_t
name_length(struct wax_str line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] > ' ' && line.p[n] < 0x7f &&
	       line.p[n] != ':')
		n++;
	if (n == 0 || n == line.n)
		return 0;
	/* RFC 5322 s4.5: blanks before the colon are obsolete. */
	return wax_str_starts(wax_str_trim(wax_str_from(line, n)), WAX_STR(":"))
	           ? n
	           : 0;
}

bool
wax_mail_next_field(struct wax_arena *arena, struct wax_str *rest,
    struct wax_str *name, struct wax_str *value)
{
	struct wax_str before = *rest, line;
	struct wax_text text;
	size_t n;

	if (!next_line(rest, &line))
		return false;
	line = without_end(line);
	n = name_length(line);
	if (n == 0) {
		if (line.n > 0)
			*rest = before;
		return false;
	}
	*name = wax_str_head(line, n);
	line = wax_str_from(line, wax_str_find(line, ':') + 1);
	wax_text_init(&text, arena);
	wax_text_add(&text, line);
	while (
	    rest->n > 0 && wax_is_blank(rest->p[0]) && next_line(rest, &line))
		wax_text_add(&text, without_end(line));
	*value = wax_str_trim(wax_text_str(&text));
	return true;
}

/* RFC 2045 s5.1: ";" attribute "=" value */
static bool
next_parameter(struct wax_arena *arena, struct wax_str *rest,
    struct wax_str *attribute, struct wax_str *value)
{
	struct wax_str before;

	if (!wax_skip_cfws(rest) || !wax_skip_char(rest, ';') ||
	    !wax_skip_cfws(rest))
		return false;
	before = *rest;
	if (!wax_skip_token(rest))
		return false;
	*attribute = wax_skipped(before, *rest);
	if (!wax_skip_cfws(rest) || !wax_skip_char(rest, '=') ||
	    !wax_skip_cfws(rest))
		return false;
	before = *rest;
	if (wax_skip_quoted_string(rest)) {
		*value = wax_unquote(arena, wax_skipped(before, *rest));
		return true;
	}
	/* What is not quoted though it should be: up to a semicolon. */
	*rest = wax_str_from(*rest, wax_str_find(*rest, ';'));
	*value = wax_str_trim(wax_skipped(before, *rest));
	return true;
}

/* "name", and the pieces of RFC 2231 s3: "name*0", "name*1*" ... */
static bool
is_name_of_file(struct wax_str attribute)
{
	struct wax_str stem =
	    wax_str_head(attribute, wax_str_find(attribute, '*'));

	return wax_str_ieq(stem, WAX_STR("name")) ||
	       wax_str_ieq(stem, WAX_STR("filename"));
}

static void
read_parameters(
    struct wax_arena *arena, struct wax_str rest, struct entity *out)
{
	struct wax_str attribute, value;
	struct wax_text name;

	wax_text_init(&name, arena);
	while (next_parameter(arena, &rest, &attribute, &value)) {
		if (wax_str_ieq(attribute, WAX_STR("boundary")))
			out->boundary = wax_str_head(value, BOUNDARY_MAX);
		else if (is_name_of_file(attribute))
			wax_text_add(&name, value);
	}
	if (name.n > 0)
		out->name = wax_text_str(&name);
}

static void
read_type(struct wax_arena *arena, struct wax_str value, struct entity *out)
{
	struct wax_str rest = value, before;

	if (!wax_skip_cfws(&rest))
		return;
	before = rest;
	if (!wax_skip_token(&rest) || !wax_skip_char(&rest, '/') ||
	    !wax_skip_token(&rest))
		return; /* RFC 2045 s5.2: as if nothing were said */
	out->type = wax_str_lower(arena, wax_skipped(before, rest));
	read_parameters(arena, rest, out);
}

static void
read_disposition(
    struct wax_arena *arena, struct wax_str value, struct entity *out)
{
	struct entity found = { .encoding = ENCODING_NONE };

	read_parameters(
	    arena, wax_str_from(value, wax_str_find(value, ';')), &found);
	if (found.name.n > 0)
		out->name = found.name;
}

static enum encoding
encoding_of(struct wax_str value)
{
	struct wax_str rest = value, before;

	if (!wax_skip_cfws(&rest))
		return ENCODING_NONE;
	before = rest;
	(void)wax_skip_token(&rest); /* nothing there: no encoding */
	before = wax_skipped(before, rest);
	if (wax_str_ieq(before, WAX_STR("base64")))
		return ENCODING_BASE64;
	if (wax_str_ieq(before, WAX_STR("quoted-printable")))
		return ENCODING_QUOTED_PRINTABLE;
	return ENCODING_NONE;
}

/* How many fields there were. */
static size_t
read_header(struct wax_arena *arena, struct wax_str text, struct entity *out)
{
	struct wax_str rest = text, name, value;
	size_t n = 0;

	*out = (struct entity){ .type = WAX_STR("text/plain") };
	for (; wax_mail_next_field(arena, &rest, &name, &value); n++) {
		if (wax_str_ieq(name, WAX_STR("Content-Type")))
			read_type(arena, value, out);
		else if (wax_str_ieq(name, WAX_STR("Content-Disposition")))
			read_disposition(arena, value, out);
		else if (wax_str_ieq(
		             name, WAX_STR("Content-Transfer-Encoding")))
			out->encoding = encoding_of(value);
	}
	out->body = rest;
	return n;
}

static bool
is_base64_char(char c)
{
	return wax_is_alpha(c) || wax_is_digit(c) || c == '+' || c == '/';
}

/* RFC 2045 s6.8: what is not of the alphabet is skipped; a pad is the end. */
static bool
decode_base64(struct wax_arena *arena, struct wax_str body, struct wax_str *out)
{
	struct wax_text text;
	size_t i = 0;

	wax_text_init(&text, arena);
	for (; i < body.n && body.p[i] != '='; i++)
		if (is_base64_char(body.p[i]))
			wax_text_addc(&text, body.p[i]);
	/* One letter alone is no octet. */
	if (text.n % 4 == 1)
		return false;
	while (text.n % 4 != 0)
		wax_text_addc(&text, '=');
	return wax_base64_decode(arena, wax_text_str(&text), out);
}

static int
hex_digit(char c)
{
	if (wax_is_digit(c))
		return c - '0';
	c = wax_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 2045 s6.7: =HH; at the end of a line, a soft line break, which takes
 * the line end with it. What is neither stands for itself. */
static void
add_quoted_line(struct wax_text *text, struct wax_str line)
{
	struct wax_str end = wax_str_from(line, without_end(line).n);
	size_t n = without_end(line).n;

	while (n > 0 && wax_is_blank(line.p[n - 1]))
		n--; /* blanks that a relay added */
	for (size_t i = 0; i < n; i++) {
		int high = i + 2 < n ? hex_digit(line.p[i + 1]) : -1;
		int low = i + 2 < n ? hex_digit(line.p[i + 2]) : -1;

		if (line.p[i] == '=' && i + 1 == n)
			return;
		if (line.p[i] != '=' || high < 0 || low < 0) {
			wax_text_addc(text, line.p[i]);
			continue;
		}
		wax_text_addc(text, (char)(high * 16 + low));
		i += 2;
	}
	wax_text_add(text, end);
}

static struct wax_str
decode_quoted(struct wax_arena *arena, struct wax_str body)
{
	struct wax_text text;
	struct wax_str line;

	wax_text_init(&text, arena);
	while (next_line(&body, &line))
		add_quoted_line(&text, line);
	return wax_text_str(&text);
}

/* False: damaged. */
static bool
decode(
    struct wax_arena *arena, const struct entity *entity, struct wax_str *out)
{
	*out = entity->body;
	switch (entity->encoding) {
	case ENCODING_NONE:
		return true;
	case ENCODING_BASE64:
		if (decode_base64(arena, entity->body, out))
			return true;
		*out = WAX_STR("");
		return false;
	case ENCODING_QUOTED_PRINTABLE:
		*out = decode_quoted(arena, entity->body);
		return true;
	}
	return false;
}

/* Whether a line is a delimiter of this boundary; `is_last`: the closing one.
 *                                                    RFC 2046 s5.1.1 */
static bool
is_delimiter(struct wax_str line, struct wax_str boundary, bool *is_last)
{
	if (!wax_str_starts(line, WAX_STR("--")))
		return false;
	line = wax_str_from(line, 2);
	if (!wax_str_starts(line, boundary))
		return false;
	line = wax_str_from(line, boundary.n);
	*is_last = wax_str_starts(line, WAX_STR("--"));
	return wax_str_trim(wax_str_from(line, *is_last ? 2 : 0)).n == 0;
}

/* What stands before the next delimiter, and the level moves behind it. */
static struct wax_str
up_to_delimiter(struct level *level)
{
	struct wax_str start = level->rest, line;
	struct wax_str before = level->rest;

	while (next_line(&level->rest, &line)) {
		if (is_delimiter(line, level->boundary, &level->is_over))
			/* The line end before it belongs to it. */
			return without_end(wax_skipped(start, before));
		before = level->rest;
	}
	level->is_over = true; /* cut off: what is there counts */
	return start;
}

/* The next entity; false: there is none. */
static bool
next_entity(struct level *level, struct wax_str *out)
{
	if (level->is_over)
		return false;
	if (level->boundary.n > 0) {
		*out = up_to_delimiter(level);
		return true;
	}
	*out = level->rest;
	level->is_over = true;
	return true;
}

/* A level deeper. */
static enum wax_status
enter(struct unmail *unmail, struct wax_str body, struct wax_str boundary)
{
	struct level *level;

	if (unmail->n_levels == WAX_MAIL_DEPTH_MAX)
		return wax_fail(unmail->err, WAX_E_LIMIT,
		    "parts are nested deeper than %d", WAX_MAIL_DEPTH_MAX);
	level = &unmail->level[unmail->n_levels++];
	*level = (struct level){ .rest = body, .boundary = boundary };
	if (boundary.n > 0)
		(void)up_to_delimiter(level); /* the preamble */
	return WAX_OK;
}

static enum wax_status
add_part(struct unmail *unmail, const struct entity *entity,
    struct wax_mail_part *part)
{
	*part = (struct wax_mail_part){ .type = entity->type,
		.name = entity->name };
	if (unmail->parts.n == WAX_MAIL_PARTS_MAX)
		return wax_fail(unmail->err, WAX_E_LIMIT,
		    "there are more than %d parts", WAX_MAIL_PARTS_MAX);
	part->is_damaged = !decode(unmail->arena, entity, &part->bytes);
	WAX_PUSH(unmail->arena, &unmail->parts, *part);
	return WAX_OK;
}

static enum wax_status
take_entity(struct unmail *unmail, const struct entity *entity)
{
	struct wax_mail_part part;
	enum wax_status status;

	if (wax_str_starts(entity->type, WAX_STR("multipart/")) &&
	    entity->boundary.n > 0)
		return enter(unmail, entity->body, entity->boundary);
	status = add_part(unmail, entity, &part);
	if (status != WAX_OK ||
	    (!wax_str_eq(part.type, WAX_STR("message/rfc822")) &&
	        !wax_str_eq(part.type, WAX_STR("message/global"))))
		return status;
	return enter(unmail, part.bytes, WAX_STR(""));
}

/* The line before a message in a mailbox file. */
static struct wax_str
without_mailbox_line(struct wax_str message)
{
	struct wax_str rest = message, line;

	if (wax_str_starts(message, WAX_STR("From ")) &&
	    next_line(&rest, &line) && name_length(line) == 0)
		return rest;
	return message;
}

enum wax_status
wax_unmail(struct wax_arena *arena, struct wax_str message,
    struct wax_mail_part **out, size_t *n, struct wax_err *err)
{
	struct unmail unmail = { .arena = arena, .err = err };
	struct entity entity;
	struct wax_str text;
	enum wax_status status;

	*n = 0;
	if (read_header(arena, without_mailbox_line(message), &entity) == 0)
		return wax_fail(err, WAX_E_SYNTAX,
		    "it is not a mail message: it does not begin with a"
		    " header field");
	status = take_entity(&unmail, &entity);
	while (status == WAX_OK && unmail.n_levels > 0) {
		if (!next_entity(&unmail.level[unmail.n_levels - 1], &text)) {
			unmail.n_levels--;
			continue;
		}
		(void)read_header(arena, text, &entity);
		status = take_entity(&unmail, &entity);
	}
	*out = unmail.parts.v;
	*n = unmail.parts.n;
	return status;
}
