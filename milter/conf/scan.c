/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/conf/scan.h"

#include "policy/base/text.h"

#define DIGITS_SAFE 9 /* an int holds any number of so many digits */
#define DIGITS_MAX 18 /* a long long does */

/* One line on its way through. */
struct pass {
	struct wax_conf_scan *scan;
	const struct wax_conf_place *place;
	struct wax_str text;
	size_t i;
	struct wax_text parsed;
	bool is_broken;
};

static void
copy(struct pass *pass, size_t n)
{
	wax_text_add(
	    &pass->parsed, wax_str_head(wax_str_from(pass->text, pass->i), n));
	pass->i += n;
}

/* The name in front of = or :, for messages. */
static struct wax_str
key_of(struct wax_str text)
{
	struct wax_str trimmed = wax_str_trim(text);
	size_t n = 0;

	while (n < trimmed.n &&
	       (wax_is_alpha(trimmed.p[n]) || wax_is_digit(trimmed.p[n]) ||
	           trimmed.p[n] == '-' || trimmed.p[n] == '_'))
		n++;
	return wax_str_head(trimmed, n);
}

static void
take_comment(struct pass *pass)
{
	while (pass->i < pass->text.n) {
		if (wax_str_starts(
		        wax_str_from(pass->text, pass->i), WAX_STR("*/"))) {
			pass->i += 2;
			pass->scan->in_comment = false;
			wax_text_addc(&pass->parsed, ' ');
			return;
		}
		pass->i++;
	}
}

/* Behind the closing quote of the string that begins at `from`; 0: none. */
static size_t
string_end(struct wax_str text, size_t from, bool *has_nul)
{
	for (size_t i = from + 1; i < text.n; i++) {
		if (text.p[i] == '"')
			return i + 1;
		if (text.p[i] != '\\')
			continue;
		if (wax_str_istarts(wax_str_from(text, i + 1), WAX_STR("x00")))
			*has_nul = true;
		i++;
	}
	return 0;
}

/* Where the grammar has a place for a string. */
static bool
is_value_place(const struct wax_conf_scan *scan)
{
	if (scan->last == '=' || scan->last == ':')
		return true;
	return scan->depth > 0 && scan->open[scan->depth - 1].c != '{' &&
	       (scan->last == '[' || scan->last == '(' || scan->last == ',');
}

static void
take_string(struct pass *pass)
{
	struct wax_conf_scan *scan = pass->scan;
	struct wax_str key = key_of(pass->text);
	bool has_nul = false;
	size_t end = string_end(pass->text, pass->i, &has_nul);

	if (has_nul) {
		wax_conf_error(scan->report, pass->place, key,
		    "a value may not hold \\x00; leave it out");
		pass->is_broken = true;
	}
	if (end == 0) {
		wax_conf_error(scan->report, pass->place, key,
		    "the string that begins at %.*s does not end on its line; "
		    "write the closing \"",
		    WAX_FMT(wax_conf_shown(scan->report->arena,
		        wax_str_head(wax_str_from(pass->text, pass->i), 20))));
		pass->is_broken = true;
	}
	if (scan->last == '"') {
		/* libconfig would make one string of them. */
		wax_conf_error(scan->report, pass->place, key,
		    "two strings stand side by side; write a comma between "
		    "members of a list, and each setting on a line of its "
		    "own");
		pass->is_broken = true;
		pass->i = end > 0 ? end : pass->text.n;
	} else if (!is_value_place(scan)) {
		/* libconfig 1.5 leaks a string where none may stand; this is
		 * the same error of syntax. The test "no equals" shows it to
		 * a leak checker. */
		wax_text_addc(&pass->parsed, '%');
		pass->i = end > 0 ? end : pass->text.n;
	} else if (end > 0) {
		copy(pass, end - pass->i);
	} else {
		copy(pass, pass->text.n - pass->i);
		wax_text_addc(&pass->parsed, '"');
	}
	scan->last = '"';
}

static bool
is_word(char c)
{
	return wax_is_alpha(c) || wax_is_digit(c) || c == '-' || c == '_' ||
	       c == '*' || c == '.';
}

/*
 * libconfig 1.5 gives an integer that does not fit into an int as something
 * else, without a word; with an L behind it, it is read as a long long.
 */
static void
take_word(struct pass *pass)
{
	size_t n = 0, digits = 0;

	while (
	    pass->i + n < pass->text.n && is_word(pass->text.p[pass->i + n])) {
		digits += wax_is_digit(pass->text.p[pass->i + n]) ? 1 : 0;
		n++;
	}
	if (digits + (pass->text.p[pass->i] == '-' ? 1 : 0) < n ||
	    digits <= DIGITS_SAFE) {
		copy(pass, n);
		return;
	}
	if (digits > DIGITS_MAX) {
		wax_conf_error(pass->scan->report, pass->place,
		    key_of(pass->text), "%.*s is too large a number",
		    WAX_FMT(wax_conf_shown(pass->scan->report->arena,
		        wax_str_head(wax_str_from(pass->text, pass->i), n))));
		pass->is_broken = true;
		copy(pass, 1);
		pass->i += n - 1;
		return;
	}
	copy(pass, n);
	wax_text_addc(&pass->parsed, 'L');
}

static void
take_bracket(struct pass *pass, size_t line)
{
	struct wax_conf_scan *scan = pass->scan;
	char c = pass->text.p[pass->i];

	if (c == ']' || c == ')' || c == '}') {
		if (scan->depth > 0)
			scan->depth--;
		copy(pass, 1);
		return;
	}
	if (scan->depth == WAX_CONF_NESTING_MAX) {
		wax_conf_error(scan->report, pass->place, key_of(pass->text),
		    "brackets are nested deeper than %d; no setting needs "
		    "that",
		    WAX_CONF_NESTING_MAX);
		pass->is_broken = true;
		scan->source->doubtful = true;
		pass->i = pass->text.n;
		return;
	}
	scan->open[scan->depth].c = c;
	scan->open[scan->depth].line = line;
	scan->depth++;
	copy(pass, 1);
}

static void
take(struct pass *pass, size_t line)
{
	struct wax_conf_scan *scan = pass->scan;
	struct wax_str rest = wax_str_from(pass->text, pass->i);
	char c = rest.p[0];

	if (scan->in_comment) {
		take_comment(pass);
	} else if (c == '#' || wax_str_starts(rest, WAX_STR("//"))) {
		pass->i = pass->text.n;
	} else if (wax_str_starts(rest, WAX_STR("/*"))) {
		scan->in_comment = true;
		scan->comment = *pass->place;
		pass->i += 2;
	} else if (c == '"') {
		take_string(pass);
	} else if (wax_is_space(c) || c == '\f') {
		copy(pass, 1);
	} else {
		if (is_word(c))
			take_word(pass);
		else if (wax_str_find(WAX_STR("[](){}"), c) < 6)
			take_bracket(pass, line);
		else
			copy(pass, 1);
		scan->last = c;
	}
}

void
wax_conf_scan_line(struct wax_conf_scan *scan, struct wax_arena *arena,
    const struct wax_conf_place *place, struct wax_str text)
{
	struct pass pass = { .scan = scan, .place = place, .text = text };
	size_t line = scan->source->lines.n;
	struct wax_conf_line out = { .place = *place, .text = text };

	out.depth_before = scan->depth;
	if (scan->depth > 0) {
		out.opener = scan->open[scan->depth - 1].line;
		out.bracket = scan->open[scan->depth - 1].c;
	}
	wax_text_init(&pass.parsed, arena);
	while (pass.i < text.n)
		take(&pass, line);
	if (pass.is_broken && out.depth_before == 0) {
		/* A statement of its own: the others are still good. */
		scan->depth = 0;
		scan->last = '\0';
	} else {
		out.parsed = wax_text_str(&pass.parsed);
		if (pass.is_broken)
			scan->source->doubtful = true;
	}
	out.depth_after = scan->depth;
	WAX_PUSH(arena, &scan->source->lines, out);
}

void
wax_conf_scan_end(struct wax_conf_scan *scan)
{
	if (!scan->in_comment)
		return;
	wax_conf_error(scan->report, &scan->comment, WAX_STR(""),
	    "the comment that begins here does not end; write */");
	scan->source->doubtful = true;
}

struct wax_str
wax_conf_scan_bare(struct wax_str text)
{
	bool unused;

	for (size_t i = 0; i < text.n; i++) {
		struct wax_str rest = wax_str_from(text, i);

		if (text.p[i] == '"') {
			size_t end = string_end(text, i, &unused);

			if (end == 0)
				break;
			i = end - 1;
		} else if (text.p[i] == '#' ||
		           wax_str_starts(rest, WAX_STR("/*")) ||
		           (wax_str_starts(rest, WAX_STR("//")) &&
		               (i == 0 || text.p[i - 1] != ':'))) {
			return wax_str_trim(wax_str_head(text, i));
		}
	}
	return wax_str_trim(text);
}
