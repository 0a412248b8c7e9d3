/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/conf/slip.h"

#include "milter/conf/scan.h"
#include "milter/conf/suggest.h"
#include "policy/base/text.h"

/* NAME, separator, value of one line. */
struct statement {
	struct wax_str name;
	bool has_equals;
	struct wax_str value; /* without ; or , at its end */
};

static bool
is_name(char c)
{
	return wax_is_alpha(c) || wax_is_digit(c) || c == '-' || c == '_' ||
	       c == '.' || c == '*';
}

static size_t
name_length(struct wax_str s)
{
	size_t n = 0;

	while (n < s.n && is_name(s.p[n]))
		n++;
	return n;
}

bool
wax_conf_slip_name(struct wax_str *rest, struct wax_str *name)
{
	bool in_string = false;

	for (size_t i = 0; i < rest->n; i++) {
		size_t n = name_length(wax_str_from(*rest, i)), behind = i + n;

		if (rest->p[i] == '\\')
			i++;
		else if (rest->p[i] == '"')
			in_string = !in_string;
		if (in_string || n == 0)
			continue;
		while (behind < rest->n && wax_is_space(rest->p[behind]))
			behind++;
		if (behind < rest->n &&
		    (rest->p[behind] == '=' || rest->p[behind] == ':')) {
			*name = wax_str_head(wax_str_from(*rest, i), n);
			*rest = wax_str_from(*rest, behind + 1);
			return true;
		}
		i += n - 1;
	}
	return false;
}

static bool
split(struct wax_str line, struct statement *out)
{
	size_t n = name_length(line);
	struct wax_str rest = wax_str_trim(wax_str_from(line, n));

	*out = (struct statement){ .name = wax_str_head(line, n) };
	if (n == 0)
		return false;
	if (rest.n > 0 && (rest.p[0] == '=' || rest.p[0] == ':')) {
		out->has_equals = true;
		rest = wax_str_trim(wax_str_from(rest, 1));
	}
	while (rest.n > 0 &&
	       (rest.p[rest.n - 1] == ';' || rest.p[rest.n - 1] == ','))
		rest = wax_str_trim(wax_str_head(rest, rest.n - 1));
	out->value = rest;
	return true;
}

static bool
is_number(struct wax_str s)
{
	unsigned long unused;

	if (s.n > 1 && (s.p[0] == '-' || s.p[0] == '+'))
		s = wax_str_from(s, 1);
	return wax_str_number(s, (unsigned long)-1, &unused);
}

/* Something that libconfig takes as a value on this line. */
static bool
is_value(struct wax_str s)
{
	if (s.n == 0)
		return false;
	if (s.p[0] == '"' || s.p[0] == '[' || s.p[0] == '(' || s.p[0] == '{')
		return true;
	return is_number(s) || wax_str_ieq(s, WAX_STR("true")) ||
	       wax_str_ieq(s, WAX_STR("false"));
}

/* 'x' or x: how it must be written. */
static struct wax_str
quoted(struct wax_arena *arena, struct wax_str s)
{
	if (s.n >= 2 && (s.p[0] == '\'' || s.p[0] == '`') &&
	    s.p[s.n - 1] == '\'')
		s = wax_str_head(wax_str_from(s, 1), s.n - 2);
	return wax_textf(arena, "\"%.*s\"", WAX_FMT(wax_conf_shown(arena, s)));
}

/* [a, b] : the members in quotes. Empty: they are, or it is no simple list. */
static struct wax_str
quoted_list(struct wax_arena *arena, struct wax_str list)
{
	struct wax_str rest = list, one;
	struct wax_text text;
	bool is_better = false;

	if (list.n < 2 || list.p[0] != '[' || list.p[list.n - 1] != ']')
		return WAX_STR("");
	rest = wax_str_head(wax_str_from(list, 1), list.n - 2);
	wax_text_init(&text, arena);
	while (wax_str_cut(&rest, ',', &one)) {
		one = wax_str_trim(one);
		if (one.n == 0)
			continue;
		wax_text_addz(&text, text.n > 0 ? ", " : "[");
		if (one.p[0] == '"') {
			wax_text_add(&text, wax_conf_shown(arena, one));
		} else {
			is_better = true;
			wax_text_add(&text, quoted(arena, one));
		}
	}
	wax_text_addc(&text, ']');
	return is_better ? wax_text_str(&text) : WAX_STR("");
}

static bool
ends_with_comma(struct wax_str value)
{
	struct wax_str inside;

	if (value.n < 2 ||
	    (value.p[value.n - 1] != ']' && value.p[value.n - 1] != ')'))
		return false;
	inside = wax_str_trim(wax_str_head(value, value.n - 1));
	return wax_str_ends(inside, WAX_STR(","));
}

static struct wax_str
known_name(struct wax_arena *arena, struct wax_str name)
{
	struct wax_str better = wax_conf_suggest(arena, name);

	return better.n > 0 ? better : name;
}

/* A setting without = : also how other programs are configured. */
static struct wax_str
without_equals(struct wax_arena *arena, const struct statement *one)
{
	if (wax_str_ieq(one->name, WAX_STR("include")))
		return wax_textf(arena, "write @include \"FILE\"");
	if (one->value.n == 0)
		return wax_textf(arena,
		    "there is no = and no value; write %.*s = \"VALUE\"",
		    WAX_FMT(known_name(arena, one->name)));
	return wax_textf(arena, "there is no =; write %.*s = %.*s",
	    WAX_FMT(known_name(arena, one->name)),
	    WAX_FMT(is_value(one->value) ? wax_conf_shown(arena, one->value)
	                                 : quoted(arena, one->value)));
}

static struct wax_str
bad_value(struct wax_arena *arena, const struct statement *one)
{
	struct wax_str list = quoted_list(arena, one->value);
	char first = one->value.n > 0 ? one->value.p[0] : '\0';

	if (first == '=')
		return wax_textf(arena, "one = too many; write %.*s = ...",
		    WAX_FMT(one->name));
	if (list.n > 0)
		return wax_textf(arena,
		    "members of a list must stand in quotes; write "
		    "%.*s = %.*s",
		    WAX_FMT(one->name), WAX_FMT(list));
	if (ends_with_comma(one->value))
		return wax_textf(arena,
		    "there is a comma behind the last member of the list; "
		    "remove it");
	if (first != '"' && first != '[' && first != '(' && first != '{')
		return wax_textf(arena,
		    "%.*s must stand in quotes; write %.*s = %.*s",
		    WAX_FMT(wax_conf_shown(arena, one->value)),
		    WAX_FMT(one->name), WAX_FMT(quoted(arena, one->value)));
	return WAX_STR("");
}

/* libconfig's idea of a name. */
static bool
is_key(struct wax_str name)
{
	return (wax_is_alpha(name.p[0]) || name.p[0] == '*') &&
	       wax_str_find(name, '.') == name.n;
}

static struct wax_str
not_a_key(struct wax_arena *arena, struct wax_str name)
{
	struct wax_str meant = wax_conf_suggest(arena, name);

	if (meant.n == 0)
		return WAX_STR("is not a key; sealwax.conf(5) lists them");
	return wax_textf(
	    arena, "is not a key; did you mean %.*s?", WAX_FMT(meant));
}

/* Of the setting on one line; nothing is said about what is right. */
static struct wax_str
of_setting(struct wax_arena *arena, struct wax_str bare)
{
	struct statement one;

	if (wax_str_starts(bare, WAX_STR("[")))
		return WAX_STR("there are no sections here; remove this line");
	if (!split(bare, &one))
		return WAX_STR("");
	if (!one.has_equals)
		return without_equals(arena, &one);
	if (!is_key(one.name))
		return not_a_key(arena, one.name);
	if (wax_str_ends(bare, WAX_STR(";;")))
		return WAX_STR("one ; too many; remove it");
	if (one.value.n == 0)
		return WAX_STR("");
	if (!is_value(one.value) ||
	    wax_str_find(WAX_STR("[("), one.value.p[0]) < 2)
		return bad_value(arena, &one);
	return WAX_STR("");
}

/* Of a member on a line of its own, within [ ] or ( ). */
static struct wax_str
of_member(struct wax_arena *arena, struct wax_str bare)
{
	while (bare.n > 0 && bare.p[bare.n - 1] == ',')
		bare = wax_str_trim(wax_str_head(bare, bare.n - 1));
	if (bare.n == 0 || is_value(bare) || bare.p[0] == ']' ||
	    bare.p[0] == ')')
		return WAX_STR("");
	if (name_length(bare) == 0 && bare.p[0] != '\'')
		return WAX_STR("");
	return wax_textf(arena, "%.*s must stand in quotes; write %.*s",
	    WAX_FMT(wax_conf_shown(arena, bare)), WAX_FMT(quoted(arena, bare)));
}

static struct wax_str
bare_line(const struct wax_conf_source *source, size_t line)
{
	return wax_conf_scan_bare(source->lines.v[line].text);
}

/* The line before this one on which something stands. */
static size_t
line_before(const struct wax_conf_source *source, size_t line)
{
	for (size_t i = line; i > 0; i--)
		if (source->lines.v[i - 1].parsed.n > 0 &&
		    bare_line(source, i - 1).n > 0)
			return i - 1;
	return line;
}

/* A [ or ( is open where a new setting begins, or at the end. */
static bool
unclosed(struct wax_arena *arena, const struct wax_conf_source *source,
    size_t line, struct wax_conf_slip *out)
{
	const struct wax_conf_line *at = &source->lines.v[line];
	bool at_end = line + 1 == source->lines.n && at->depth_after > 0;
	struct statement one;
	size_t opener = at->opener;

	if (at->depth_before == 0) {
		if (!at_end)
			return false;
		opener = line;
	} else if (!at_end && (at->bracket == '{' ||
	                          !split(bare_line(source, line), &one) ||
	                          !one.has_equals)) {
		return false;
	}
	out->line = opener;
	if (split(bare_line(source, opener), &one) && one.has_equals)
		out->key = one.name;
	out->what =
	    wax_textf(arena, "the bracket that opens here is not closed");
	return true;
}

static bool
on_line(struct wax_arena *arena, const struct wax_conf_source *source,
    size_t line, struct wax_conf_slip *out)
{
	const struct wax_conf_line *at = &source->lines.v[line];
	struct wax_str bare = bare_line(source, line);
	struct statement one;

	out->line = line;
	out->key = WAX_STR("");
	if (at->depth_before > 0 && at->bracket != '{') {
		out->what = of_member(arena, bare);
		return out->what.n > 0;
	}
	out->what = of_setting(arena, bare);
	if (out->what.n == 0)
		return false;
	if (split(bare, &one))
		out->key = one.name;
	out->is_local = at->depth_before == 0 && at->depth_after == 0;
	return true;
}

/* NAME = with nothing behind it, and a new setting below. */
static bool
no_value(struct wax_arena *arena, const struct wax_conf_source *source,
    size_t before, struct wax_conf_slip *out)
{
	struct statement one;

	if (!split(bare_line(source, before), &one) || !one.has_equals ||
	    one.value.n > 0)
		return false;
	*out = (struct wax_conf_slip){ before, one.name,
		wax_textf(arena, "there is no value; write %.*s = \"VALUE\"",
		    WAX_FMT(one.name)),
		source->lines.v[before].depth_before == 0 };
	return true;
}

/* The last member of a list is followed by a comma, on lines of their own. */
static bool
comma_before(const struct wax_conf_source *source, size_t line, size_t before,
    struct wax_conf_slip *out)
{
	struct wax_str bare = bare_line(source, line);

	if (bare.n == 0 || (bare.p[0] != ']' && bare.p[0] != ')') ||
	    !wax_str_ends(bare_line(source, before), WAX_STR(",")))
		return false;
	*out = (struct wax_conf_slip){ before, WAX_STR(""),
		WAX_STR("there is a comma behind the last member of the list; "
		        "remove it"),
		false };
	return true;
}

void
wax_conf_slip_find(struct wax_arena *arena,
    const struct wax_conf_source *source, size_t line,
    struct wax_conf_slip *out)
{
	size_t before = line_before(source, line);
	struct wax_str bare = bare_line(source, line);

	*out = (struct wax_conf_slip){ .line = line };
	if (unclosed(arena, source, line, out))
		return;
	if (bare.n > 0 && comma_before(source, line, before, out))
		return;
	if (no_value(arena, source, before, out))
		return;
	if (on_line(arena, source, line, out))
		return;
	if (before != line && on_line(arena, source, before, out))
		return;
	*out = (struct wax_conf_slip){ .line = line };
	if (bare.n > 0 && wax_str_find(WAX_STR("])}"), bare.p[0]) < 3) {
		out->what = WAX_STR("this bracket closes nothing; remove it");
		return;
	}
	out->what = wax_textf(arena,
	    "syntax error at or before \"%.*s\"; write NAME = \"VALUE\", a "
	    "list as NAME = [\"A\", \"B\"]",
	    WAX_FMT(wax_conf_shown(arena, wax_str_trim(bare))));
}
