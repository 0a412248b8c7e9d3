/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/conf/parse.h"

#include <libconfig.h>
#include <string.h>

#include "milter/conf/slip.h"
#include "policy/base/text.h"

/* The whole is parsed again behind each error that is understood. */
#define RECOVERIES_MAX 100
/* How far above its reported line a member of a list is looked for. */
#define LOOK_BACK 20

static const char *
joined(struct wax_arena *arena, const struct wax_conf_source *source)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < source->lines.n; i++) {
		wax_text_add(&text, source->lines.v[i].parsed);
		wax_text_addc(&text, '\n');
	}
	return source->lines.n > 0 ? text.p : "";
}

static struct wax_conf_place
place_of(const struct wax_conf_source *source, const config_setting_t *setting)
{
	size_t line = config_setting_source_line(setting);

	if (source->lines.n == 0)
		return (struct wax_conf_place){ .order = 0 };
	if (line < 1)
		line = 1;
	if (line > source->lines.n)
		line = source->lines.n;
	return source->lines.v[line - 1].place;
}

/*
 * libconfig 1.5 gives the last member of a list the line of what follows it,
 * and that may be the closing bracket on a later line.
 */
static struct wax_conf_place
member_place(struct wax_arena *arena, const struct wax_conf_source *source,
    const config_setting_t *setting, const char *value)
{
	struct wax_conf_place place = place_of(source, setting);
	struct wax_str quoted = wax_textf(arena, "\"%s\"", value);
	size_t line = config_setting_source_line(setting);
	size_t first =
	    config_setting_source_line(config_setting_parent(setting));

	if (first + LOOK_BACK < line)
		first = line - LOOK_BACK;
	for (; line >= first && line > 0 && line <= source->lines.n; line--) {
		const struct wax_conf_line *at = &source->lines.v[line - 1];

		if (memmem(at->text.n > 0 ? at->text.p : "", at->text.n,
		        quoted.p, quoted.n) != NULL)
			return at->place;
	}
	return place;
}

/* One setting without its members; false: there is no value. */
static bool
convert(struct wax_arena *arena, const struct wax_conf_source *source,
    config_setting_t *setting, struct wax_conf_node *out)
{
	const char *name = config_setting_name(setting);
	const char *text;

	*out = (struct wax_conf_node){
		.name = wax_str_dup(arena, wax_str_of(name)),
		.place = place_of(source, setting),
	};
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_STRING:
		text = config_setting_get_string(setting);
		out->kind = WAX_CONF_TEXT;
		out->text = wax_str_dup(arena, wax_str_of(text));
		if (name == NULL)
			out->place = member_place(arena, source, setting, text);
		return true;
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		out->kind = WAX_CONF_NUMBER;
		out->text =
		    wax_textf(arena, "%lld", config_setting_get_int64(setting));
		return true;
	case CONFIG_TYPE_FLOAT:
		out->kind = WAX_CONF_FLOAT;
		out->text =
		    wax_textf(arena, "%g", config_setting_get_float(setting));
		return true;
	case CONFIG_TYPE_BOOL:
		out->kind = WAX_CONF_SWITCH;
		out->text = config_setting_get_bool(setting) != 0
		                ? WAX_STR("yes")
		                : WAX_STR("no");
		return true;
	case CONFIG_TYPE_ARRAY:
	case CONFIG_TYPE_LIST:
		out->kind = WAX_CONF_LIST;
		return true;
	case CONFIG_TYPE_GROUP:
		out->kind = WAX_CONF_GROUP;
		return true;
	default:
		return false; /* CONFIG_TYPE_NONE: cut off by an error */
	}
}

/* All members of a node; those that have members themselves go on the list
 * of what is still to be done. */
struct pending {
	config_setting_t *setting;
	struct wax_conf_node *node;
};

static struct wax_conf_node *
tree(struct wax_arena *arena, const struct wax_conf_source *source,
    config_setting_t *root)
{
	struct wax_conf_node *top = WAX_NEW(arena, struct wax_conf_node);
	WAX_VEC(struct pending) todo = { 0 };

	top->kind = WAX_CONF_GROUP;
	WAX_PUSH(arena, &todo, (struct pending){ root, top });
	for (size_t at = 0; at < todo.n; at++) {
		struct pending now = todo.v[at];
		int length = config_setting_length(now.setting);

		now.node->member =
		    wax_alloc(arena, (size_t)length, sizeof *now.node->member);
		for (int i = 0; i < length; i++) {
			config_setting_t *one =
			    config_setting_get_elem(now.setting, (unsigned)i);
			struct wax_conf_node *to =
			    &now.node->member[now.node->n];

			if (!convert(arena, source, one, to))
				continue;
			now.node->n++;
			if (to->kind == WAX_CONF_LIST ||
			    to->kind == WAX_CONF_GROUP)
				WAX_PUSH(
				    arena, &todo, (struct pending){ one, to });
		}
	}
	return top;
}

/* Whether the next line that is not empty goes on with the value of this one:
 * libconfig 1.5 leaks a string where none may stand. */
static bool
goes_on(const struct wax_conf_source *source, size_t line)
{
	while (++line < source->lines.n) {
		struct wax_str text =
		    wax_str_trim(source->lines.v[line].parsed);

		if (text.n > 0)
			return text.p[0] == '"';
	}
	return false;
}

/* Take the statement that begins on this line out of the text. */
static bool
drop_statement(struct wax_conf_source *source, size_t line)
{
	if (source->lines.v[line].depth_before > 0)
		return false;
	while (line < source->lines.n) {
		source->lines.v[line].parsed = WAX_STR("");
		if (source->lines.v[line].depth_after == 0 &&
		    !goes_on(source, line))
			return true;
		line++;
	}
	return false;
}

/* Whether the same name stands further to the left on this line. */
static bool
is_repeated(struct wax_str line, struct wax_str name)
{
	struct wax_str rest = wax_str_head(line, (size_t)(name.p - line.p));
	struct wax_str one;

	while (wax_conf_slip_name(&rest, &one))
		if (wax_str_eq(one, name))
			return true;
	return false;
}

/* The second of two equal names, and where the first one is. */
static void
report_duplicate(struct wax_conf_report *report,
    const struct wax_conf_source *source, const config_t *config, size_t line)
{
	const struct wax_conf_line *at = &source->lines.v[line];
	struct wax_str rest = at->parsed, name;

	while (at->depth_before == 0 && wax_conf_slip_name(&rest, &name)) {
		const config_setting_t *first =
		    config_lookup(config, wax_str_z(report->arena, name));
		size_t where =
		    first != NULL ? config_setting_source_line(first) : 0;

		if (where == 0 || where > source->lines.n ||
		    (where == line + 1 && !is_repeated(at->parsed, name)))
			continue;
		wax_conf_error(report, &at->place, name,
		    "is set twice (first in %.*s); remove one",
		    WAX_FMT(wax_conf_place_format(
		        report->arena, &source->lines.v[where - 1].place)));
		return;
	}
	wax_conf_error(report, &at->place, WAX_STR(""),
	    "a name is used twice in this group; remove one");
}

/* True: the text was changed, and can be parsed again. */
static bool
report_error(struct wax_conf_report *report, struct wax_conf_source *source,
    const config_t *config)
{
	int reported = config_error_line(config);
	size_t line = reported > 0 ? (size_t)reported - 1 : 0;
	const char *text = config_error_text(config);
	struct wax_conf_slip slip;

	if (line >= source->lines.n)
		line = source->lines.n - 1;
	if (strcmp(text, "duplicate setting name") == 0) {
		report_duplicate(report, source, config, line);
		return drop_statement(source, line);
	}
	if (source->doubtful)
		return false; /* may only be what follows from the other */
	wax_conf_slip_find(report->arena, source, line, &slip);
	if (slip.is_local && drop_statement(source, slip.line)) {
		wax_conf_error(report, &source->lines.v[slip.line].place,
		    slip.key, "%.*s", WAX_FMT(slip.what));
		return true;
	}
	wax_conf_error(report, &source->lines.v[slip.line].place, slip.key,
	    "%.*s (what follows was not checked)", WAX_FMT(slip.what));
	return false;
}

/* The list or group at which libconfig stopped: what seems wrong with it may
 * only be what is missing. */
static void
drop_torn(struct wax_conf_node *top)
{
	enum wax_conf_kind last;

	if (top->n == 0 || top->member == NULL)
		return;
	last = top->member[top->n - 1].kind;
	if (last == WAX_CONF_LIST || last == WAX_CONF_GROUP)
		top->n--;
}

struct wax_conf_node *
wax_conf_parse(struct wax_arena *arena, struct wax_conf_report *report,
    struct wax_conf_source *source)
{
	struct wax_arena *scratch = wax_arena_new("configuration text", 65536);
	struct wax_conf_node *top = NULL;

	for (int i = 0; top == NULL; i++) {
		config_t config;
		bool is_read;

		config_init(&config);
		is_read = config_read_string(
		              &config, joined(scratch, source)) == CONFIG_TRUE;
		wax_arena_reset(scratch);
		if (is_read) {
			top = tree(arena, source, config_root_setting(&config));
		} else if (!report_error(report, source, &config) ||
		           i == RECOVERIES_MAX) {
			top = tree(arena, source, config_root_setting(&config));
			drop_torn(top);
		}
		config_destroy(&config);
	}
	wax_arena_free(scratch);
	return top;
}
