/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/render.h"

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/log_items.h"

#define CUT_MARK " [cut]"

/* What stands as it is: printable, without blank, quote and backslash. */
static bool
is_plain(struct wax_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '"' ||
		    s.p[i] == '\\')
			return false;
	return s.n > 0;
}

/* Quoted, and everything that could end the quotes or act on a terminal as
 * \xHH. */
static void
add_quoted(struct wax_text *text, struct wax_str s)
{
	wax_text_addc(text, '"');
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~' || s.p[i] == '"' ||
		    s.p[i] == '\\')
			wax_text_addf(
			    text, "\\x%02x", (unsigned)(unsigned char)s.p[i]);
		else
			wax_text_addc(text, s.p[i]);
	wax_text_addc(text, '"');
}

static struct wax_str
item_text(struct wax_arena *arena, const struct wax_log_item *item)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addf(&text, "%s=", item->key);
	if (item->is_number)
		wax_text_addf(&text, "%lu", item->number);
	else if (is_plain(item->value))
		wax_text_add(&text, item->value);
	else
		add_quoted(&text, item->value);
	return wax_text_str(&text);
}

struct wax_str
wax_render_log(struct wax_arena *arena, const struct wax_log_context *context,
    const struct wax_facts *facts, const struct wax_results *results,
    const struct wax_verdict *verdict)
{
	const size_t room = WAX_LOG_LINE_MAX - (sizeof CUT_MARK - 1);
	struct wax_log_items items =
	    wax_log_items_make(arena, context, facts, results, verdict);
	bool is_cut = false;
	struct wax_text line;

	wax_text_init(&line, arena);
	for (size_t i = 0; i < items.list.n; i++) {
		struct wax_str one = item_text(arena, &items.list.v[i]);

		/* An item that does not fit is left out, whole. */
		if (line.n + one.n + 1 > room) {
			is_cut = true;
			continue;
		}
		if (line.n > 0)
			wax_text_addc(&line, ' ');
		wax_text_add(&line, one);
	}
	if (is_cut)
		wax_text_addz(&line, CUT_MARK);
	return wax_text_str(&line);
}
