/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The import as a whole: lines are read, each key of the tables has its say,
 * what needs several of them is decided, and the offers for each of our keys
 * become one setting.
 */
#include "milter/conf/import.h"

#include <stdarg.h>

#include "milter/conf/import_impl.h"
#include "milter/conf/suggest.h"
#include "milter/conf/value.h"
#include "policy/base/text.h"

const struct wax_import_key *
wax_import_table(enum wax_import_program program)
{
	switch (program) {
	case WAX_IMPORT_OPENDMARC:
		return wax_import_opendmarc;
	case WAX_IMPORT_PYSPF:
		return wax_import_pyspf;
	case WAX_IMPORT_OPENDKIM:
		return wax_import_opendkim;
	case WAX_IMPORT_PROGRAMS:
		break;
	}
	WAX_ASSERT(false);
	return NULL;
}

const char *
wax_import_program_name(enum wax_import_program program)
{
	switch (program) {
	case WAX_IMPORT_OPENDMARC:
		return "OpenDMARC";
	case WAX_IMPORT_PYSPF:
		return "the SPF milter";
	case WAX_IMPORT_OPENDKIM:
		return "OpenDKIM";
	case WAX_IMPORT_PROGRAMS:
		break;
	}
	WAX_ASSERT(false);
	return "";
}

const struct wax_import_key *
wax_import_key_find(enum wax_import_program program, struct wax_str name)
{
	const struct wax_import_key *table = wax_import_table(program);

	for (size_t i = 0; table[i].name != NULL; i++) {
		struct wax_str known = wax_str_of(table[i].name);

		/* The SPF milter alone looks at the case. */
		if (program == WAX_IMPORT_PYSPF ? wax_str_eq(known, name)
		                                : wax_str_ieq(known, name))
			return &table[i];
	}
	return NULL;
}

struct wax_str
wax_import_counterpart(struct wax_arena *arena, struct wax_str name)
{
	for (int i = 0; i < WAX_IMPORT_PROGRAMS; i++) {
		const struct wax_import_key *row =
		    wax_import_table((enum wax_import_program)i);

		for (; row->name != NULL; row++)
			if (row->to != NULL &&
			    wax_conf_distance(
			        arena, wax_str_of(row->name), name, 0) == 0)
				return wax_str_of(row->to);
	}
	return WAX_STR("");
}

bool
wax_import_has(const struct wax_import *import, enum wax_import_program program)
{
	return import->file[program].name.n > 0;
}

struct wax_import_line *
wax_import_find(
    struct wax_import *import, enum wax_import_program program, const char *key)
{
	struct wax_import_line *found = NULL;

	for (size_t i = 0; i < import->n_lines; i++) {
		struct wax_import_line *line = &import->line[i];

		if (line->program == program && line->row != NULL &&
		    line->value.n > 0 &&
		    wax_str_ieq(wax_str_of(line->row->name), wax_str_of(key)))
			found = line; /* the last one counts */
	}
	return found;
}

bool
wax_import_is_switch(struct wax_str value, bool *on)
{
	struct wax_str first = wax_str_head(value, 1);

	if (first.n == 0)
		return false;
	*on = wax_str_find(WAX_STR("tTyY1"), first.p[0]) < 5;
	return *on || wax_str_find(WAX_STR("fFnN0"), first.p[0]) < 5;
}

bool
wax_import_is_on(const struct wax_import_line *line, bool otherwise)
{
	bool on;

	return line != NULL && wax_import_is_switch(line->value, &on)
	           ? on
	           : otherwise;
}

static void set_fate(struct wax_import *import, struct wax_import_line *line,
    enum wax_import_fate fate, const char *fmt, va_list ap) WAX_PRINTF(4, 0);

static void
set_fate(struct wax_import *import, struct wax_import_line *line,
    enum wax_import_fate fate, const char *fmt, va_list ap)
{
	struct wax_text text;

	wax_text_init(&text, import->arena);
	wax_text_addv(&text, fmt, ap);
	line->fate = fate;
	line->reason = wax_text_str(&text);
}

void
wax_import_drop(struct wax_import *import, struct wax_import_line *line,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_fate(import, line, WAX_IMPORT_DROPPED, fmt, ap);
	va_end(ap);
}

void
wax_import_needless(struct wax_import *import, struct wax_import_line *line,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_fate(import, line, WAX_IMPORT_NEEDLESS, fmt, ap);
	va_end(ap);
}

void
wax_import_drop_part(struct wax_import *import,
    const struct wax_import_line *line, const struct wax_conf_place *place,
    struct wax_str part, const char *reason)
{
	struct wax_import_line one = *line;

	one.place = place != NULL ? *place : line->place;
	one.value = part;
	one.fate = WAX_IMPORT_DROPPED;
	one.reason = wax_str_of(reason);
	WAX_PUSH(import->arena, &import->parts, one);
}

void
wax_import_note(struct wax_import *import, const char *fmt, ...)
{
	struct wax_text text;
	va_list ap;

	wax_text_init(&text, import->arena);
	va_start(ap, fmt);
	wax_text_addv(&text, fmt, ap);
	va_end(ap);
	WAX_PUSH(import->arena, &import->notes, wax_text_str(&text));
}

/* NULL, or why our own reader would not take the value. */
static const char *
objection(struct wax_import *import, const struct wax_conf_key *key,
    struct wax_str text)
{
	struct wax_conf_report report = { .arena = import->arena };
	struct wax_conf_reader reader = { import->arena, &report };
	struct wax_conf_place nowhere = { .order = 0 };
	struct wax_conf_node node =
	    wax_conf_value_node(import->arena, key, &nowhere, text);
	struct wax_conf_value unused;
	const char *z;

	if (key->type == WAX_TYPE_GROUPS ||
	    wax_conf_value_read(&reader, key, WAX_STR(""), &node, &unused))
		return NULL;
	WAX_ASSERT(report.messages.n > 0);
	z = wax_str_z(import->arena, report.messages.v[0].text);
	WAX_ASSERT(z != NULL);
	return z;
}

bool
wax_import_offer(struct wax_import *import, struct wax_import_line *line,
    const char *key, struct wax_str text)
{
	size_t index = wax_conf_key_index(key);
	const char *why = objection(import, &wax_conf_keys[index], text);

	if (why != NULL) {
		wax_import_drop(import, line, "%s", why);
		return false;
	}
	line->fate = WAX_IMPORT_CARRIED;
	WAX_PUSH(import->arena, &import->offers,
	    (struct wax_import_offer){
	        .key = index, .text = text, .line = line });
	return true;
}

bool
wax_import_offer_member(struct wax_import *import, struct wax_import_line *line,
    const char *key, const struct wax_import_member *member)
{
	size_t index = wax_conf_key_index(key);
	const char *why =
	    objection(import, &wax_conf_keys[index], member->text);

	if (why != NULL) {
		wax_import_drop_part(import, line, &member->place,
		    wax_import_member_shown(import, member), why);
		return false;
	}
	line->fate = WAX_IMPORT_CARRIED;
	WAX_PUSH(import->arena, &import->offers,
	    (struct wax_import_offer){
	        .key = index, .text = member->text, .line = line });
	return true;
}

void
wax_import_name(
    struct wax_import *import, struct wax_import_line *line, const char *key)
{
	line->fate = WAX_IMPORT_CARRIED;
	WAX_PUSH(import->arena, &import->offers,
	    (struct wax_import_offer){
	        .key = wax_conf_key_index(key), .line = line });
}

void
wax_import_imply(struct wax_import *import, const char *key, const char *text,
    const char *fmt, ...)
{
	struct wax_text because;
	va_list ap;

	wax_text_init(&because, import->arena);
	va_start(ap, fmt);
	wax_text_addv(&because, fmt, ap);
	va_end(ap);
	WAX_PUSH(import->arena, &import->offers,
	    (struct wax_import_offer){ .key = wax_conf_key_index(key),
	        .text = wax_str_of(text),
	        .because = wax_text_str(&because) });
}

/* What the table alone says of a line. */
static void
take_reasons(struct wax_import *import, struct wax_import_line *line)
{
	const struct wax_import_key *row = line->row;
	bool on = true;

	if (row->type == WAX_IMPORT_SWITCH)
		(void)wax_import_is_switch(line->value, &on); /* it is one */
	if (on ? row->dropped != NULL : row->needless == NULL)
		wax_import_drop(import, line, "%s",
		    row->dropped != NULL ? row->dropped : "it is always done");
	else
		wax_import_needless(import, line, "%s", row->needless);
}

static void
take_line(struct wax_import *import, struct wax_import_line *line)
{
	const struct wax_import_key *row = line->row;
	const char *program = wax_import_program_name(line->program);
	const struct wax_import_line *last;
	bool on;

	if (row == NULL) {
		wax_import_drop(import, line, "%s has no such key", program);
		return;
	}
	if (line->value.n == 0) {
		wax_import_drop(import, line, "it has no value");
		return;
	}
	last = wax_import_find(import, line->program, row->name);
	if (last != line &&
	    !wax_str_eq(wax_str_of(row->name), WAX_STR("Include")))
		wax_import_drop(import, line, "it is set again later, in %.*s",
		    WAX_FMT(
		        wax_conf_place_format(import->arena, &last->place)));
	else if (row->type == WAX_IMPORT_SWITCH &&
	         !wax_import_is_switch(line->value, &on))
		wax_import_drop(import, line,
		    "it is neither yes nor no, and %s does not take it",
		    program);
	else if (row->is_decided)
		return;
	else if (row->apply != NULL)
		row->apply(import, line);
	else
		take_reasons(import, line);
}

enum wax_import_end
wax_import(const struct wax_import_source *source, FILE *out,
    wax_config_report *on_error, void *arg)
{
	struct wax_arena *arena = wax_arena_new("import", 65536);
	struct wax_import *import = WAX_NEW(arena, struct wax_import);
	enum wax_import_end end = WAX_IMPORT_DONE;

	import->arena = arena;
	import->source = source;
	import->report.arena = arena;
	import->line =
	    wax_alloc(arena, WAX_IMPORT_LINES_MAX, sizeof *import->line);
	if (wax_import_read(import)) {
		for (size_t i = 0; i < import->n_lines; i++)
			take_line(import, &import->line[i]);
		wax_import_decide(import);
	}
	if (import->report.n_errors == 0)
		wax_import_write(import, out);
	else
		end = import->is_missing ? WAX_IMPORT_NO_INPUT
		                         : WAX_IMPORT_BAD_INPUT;
	wax_conf_report_flush(&import->report, on_error, on_error, arg);
	wax_arena_free(arena);
	return end;
}
