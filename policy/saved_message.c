/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/saved_message.h"

#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "policy/mail/field.h"

/* The next line with its end; false at the end of the text. */
static bool
next_line(struct wax_str *rest, struct wax_str *line)
{
	size_t n = wax_str_find(*rest, '\n');

	if (rest->n == 0)
		return false;
	*line = wax_str_head(*rest, n + 1);
	*rest = wax_str_from(*rest, n + 1);
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

/* Where the name of a field ends; 0 if the line begins no field. Blanks
 * before the colon are the obsolete form.               RFC 5322 s4.5 */
static size_t
name_length(struct wax_str line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] > ' ' && line.p[n] <= '~' &&
	       line.p[n] != ':')
		n++;
	if (n == 0)
		return 0;
	while (n < line.n && wax_is_blank(line.p[n]))
		n++;
	return n < line.n && line.p[n] == ':' ? n : 0;
}

/* The line that begins a message in a mailbox file; "From :" is a field. */
static bool
is_mailbox_line(struct wax_str line)
{
	return wax_str_starts(line, WAX_STR("From ")) && name_length(line) == 0;
}

/* The lines after `line` that continue it: up to where in `rest`. */
static struct wax_str
with_folds(struct wax_str line, struct wax_str *rest)
{
	struct wax_str fold;

	while (
	    rest->n > 0 && wax_is_blank(rest->p[0]) && next_line(rest, &fold))
		line.n += fold.n;
	return line;
}

static struct wax_str
closed_body(struct wax_arena *arena, struct wax_str body)
{
	struct wax_str crlf = wax_crlf(arena, body);
	struct wax_text text;

	if (crlf.n == 0 || crlf.p[crlf.n - 1] == '\n')
		return crlf;
	wax_text_init(&text, arena);
	wax_text_add(&text, crlf);
	wax_text_addz(&text, "\r\n");
	return wax_text_str(&text);
}

bool
wax_saved_message_parse(
    struct wax_arena *arena, struct wax_str text, struct wax_saved_message *out)
{
	WAX_VEC(struct wax_saved_field) fields = { 0 };
	struct wax_str rest = text, line, before;

	if (next_line(&rest, &line) && !is_mailbox_line(line))
		rest = text;
	for (before = rest; next_line(&rest, &line); before = rest) {
		size_t n = name_length(line);

		if (n == 0)
			break;
		line = without_end(with_folds(line, &rest));
		WAX_PUSH(arena, &fields,
		    (struct wax_saved_field){ wax_str_head(line, n),
		        wax_crlf(arena, wax_str_from(line, n + 1)) });
	}
	/* The empty line belongs to neither; another one is body. */
	if (before.n > 0 && without_end(line).n > 0)
		rest = before;
	out->n_fields = fields.n;
	out->field = fields.v;
	out->body = closed_body(arena, rest);
	return fields.n > 0;
}
