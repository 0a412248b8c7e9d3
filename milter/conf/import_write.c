/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The result as text: what changes for the mail, the settings with the lines
 * they come from, lines that need none, and lines that are not carried over.
 * Nothing of a file comes out but in a comment that was escaped, or in a
 * value that our own reader took.
 */
#include "milter/conf/import_impl.h"
#include "milter/conf/value.h"
#include "policy/base/text.h"

#define COLUMNS 78

struct writer {
	struct wax_import *import;
	FILE *out;
	size_t key; /* index in our table */
};

/* Whether all could be written is the caller's to ask of `out`. */
static void
put(const struct writer *writer, const char *before, struct wax_str text)
{
	(void)fprintf(writer->out, "%s%.*s\n", before, WAX_FMT(text));
}

/* Where a text of more than `room` octets is broken: at a blank, of lists
 * only behind a comma, since the blank may stand in a string. */
static size_t
break_of(struct wax_str text, size_t room, bool is_list)
{
	size_t last = 0;

	for (size_t i = 1; i < text.n && (i <= room || last == 0); i++)
		if (text.p[i] == ' ' && (!is_list || text.p[i - 1] == ','))
			last = i;
	return last > 0 ? last : text.n;
}

/* Words in lines: `first` in front of the first one, `then` of others. */
static void
put_wrapped(const struct writer *writer, const char *first, const char *then,
    struct wax_str text, bool is_list)
{
	const char *before = first;

	while (text.n > 0) {
		size_t n = text.n > COLUMNS - 8
		               ? break_of(text, COLUMNS - 8, is_list)
		               : text.n;

		put(writer, before, wax_str_trim(wax_str_head(text, n)));
		text = wax_str_trim(wax_str_from(text, n));
		before = then;
	}
}

static void
put_words(const struct writer *writer, const char *first, const char *then,
    struct wax_str text)
{
	put_wrapped(writer, first, then, text, false);
}

/* FILE:LINE: Key value */
static struct wax_str
shown(const struct writer *writer, const struct wax_import_line *line)
{
	struct wax_arena *arena = writer->import->arena;
	bool is_secret = line->row != NULL && line->row->is_secret;

	return wax_textf(arena, "%.*s: %.*s%s%.*s",
	    WAX_FMT(wax_conf_place_format(arena, &line->place)),
	    WAX_FMT(wax_conf_shown(arena, line->key)),
	    line->program == WAX_IMPORT_PYSPF ? " = " : " ",
	    WAX_FMT(is_secret ? WAX_STR("***")
	                      : wax_conf_shown(arena, line->value)));
}

static struct wax_import_offer *
offer_at(const struct writer *writer, size_t i)
{
	struct wax_import_offer *one = &writer->import->offers.v[i];

	return one->key == writer->key ? one : NULL;
}

/* The members of a list, each once; or the first value. */
static struct wax_str
value_of(const struct writer *writer, const struct wax_conf_key *key)
{
	struct wax_import *import = writer->import;
	struct wax_text text;
	WAX_VEC(struct wax_str) members = { 0 };

	wax_text_init(&text, import->arena);
	for (size_t i = 0; i < import->offers.n; i++) {
		const struct wax_import_offer *one = offer_at(writer, i);
		bool is_new = true;

		if (one == NULL || one->text.n == 0)
			continue;
		if (!wax_conf_type_is_list(key->type) ||
		    key->type == WAX_TYPE_GROUPS)
			return one->text;
		for (size_t k = 0; k < members.n; k++)
			if (wax_str_eq(members.v[k], one->text))
				is_new = false;
		if (!is_new)
			continue;
		WAX_PUSH(import->arena, &members, one->text);
		wax_text_addz(&text, text.n > 0 ? ", " : "");
		wax_text_add(&text, one->text);
	}
	return wax_text_str(&text);
}

/* As it stands in a file. */
static struct wax_str
formatted(const struct writer *writer, const struct wax_conf_key *key,
    struct wax_str text)
{
	struct wax_arena *arena = writer->import->arena;
	struct wax_conf_report report = { .arena = arena };
	struct wax_conf_reader reader = { arena, &report };
	struct wax_conf_place nowhere = { .order = 0 };
	struct wax_conf_node node =
	    wax_conf_value_node(arena, key, &nowhere, text);
	struct wax_conf_value value;
	bool is_good;

	if (key->type == WAX_TYPE_GROUPS)
		return text; /* it was written by us */
	is_good = wax_conf_value_read(&reader, key, WAX_STR(""), &node, &value);
	WAX_ASSERT(is_good); /* it was tried when it was offered */
	return wax_conf_value_format(arena, key, &value);
}

/* Whether another of our keys has something of this line. */
static bool
is_elsewhere(const struct writer *writer, const struct wax_import_line *line)
{
	const struct wax_import *import = writer->import;

	for (size_t i = 0; i < import->offers.n; i++)
		if (import->offers.v[i].line == line &&
		    import->offers.v[i].key != writer->key)
			return true;
	return false;
}

/* Those whose value is another one are not carried over. */
static void
drop_losers(const struct writer *writer, struct wax_str value)
{
	struct wax_import *import = writer->import;
	const char *winner = "another line";

	for (size_t i = import->offers.n; i > 0; i--) {
		const struct wax_import_offer *one = offer_at(writer, i - 1);

		if (one != NULL && wax_str_eq(one->text, value))
			winner = one->line != NULL
			             ? wax_conf_place_format(
			                   import->arena, &one->line->place)
			                   .p
			             : one->because.p;
	}
	for (size_t i = 0; i < import->offers.n; i++) {
		const struct wax_import_offer *one = offer_at(writer, i);

		if (one == NULL || one->line == NULL || one->text.n == 0 ||
		    wax_str_eq(one->text, value) ||
		    is_elsewhere(writer, one->line))
			continue;
		wax_import_drop(import, one->line,
		    "%s = \"%.*s\" of %s goes "
		    "before it",
		    wax_conf_keys[writer->key].name, WAX_FMT(value), winner);
	}
}

/* The lines that a setting comes from, each once. */
static void
put_origins(const struct writer *writer)
{
	struct wax_import *import = writer->import;
	const struct wax_import_line *last = NULL;

	for (size_t i = 0; i < import->offers.n; i++) {
		const struct wax_import_offer *one = offer_at(writer, i);

		if (one == NULL)
			continue;
		if (one->line == NULL)
			put_words(writer, "# ", "# ", one->because);
		else if (one->line != last &&
		         one->line->fate == WAX_IMPORT_CARRIED)
			put(writer, "# ", shown(writer, one->line));
		last = one->line;
	}
}

/* A version that comes later: its lines say what to write then. */
static void
postpone(const struct writer *writer, const struct wax_conf_key *key,
    struct wax_str value)
{
	struct wax_import *import = writer->import;

	for (size_t i = 0; i < import->offers.n; i++) {
		const struct wax_import_offer *one = offer_at(writer, i);

		if (one != NULL && one->line != NULL)
			wax_import_drop(import, one->line,
			    "%s works from %s on; then write: %s = %.*s",
			    key->name, key->since, key->name, WAX_FMT(value));
	}
}

/* Whether the group was begun. */
static bool
put_setting(const struct writer *writer, bool is_first)
{
	const struct wax_conf_key *key = &wax_conf_keys[writer->key];
	struct wax_str text = value_of(writer, key), value, line;

	if (text.n == 0)
		return false;
	value = formatted(writer, key, text);
	if (key->since != NULL) {
		postpone(writer, key, value);
		return false;
	}
	if (!wax_conf_type_is_list(key->type))
		drop_losers(writer, text);
	if (is_first)
		(void)fprintf(writer->out, "\n# --- %s\n",
		    wax_conf_group_title(key->group));
	(void)fputc('\n', writer->out);
	put_origins(writer);
	line = wax_textf(
	    writer->import->arena, "%s = %.*s", key->name, WAX_FMT(value));
	if (wax_conf_type_is_list(key->type))
		put_wrapped(writer, "", "\t", line, true);
	else
		put(writer, "", line);
	return true;
}

static void
put_settings(struct writer *writer)
{
	bool is_first = true;

	for (size_t i = 0; i < wax_conf_n_keys; i++) {
		writer->key = i;
		if (i > 0 &&
		    wax_conf_keys[i].group != wax_conf_keys[i - 1].group)
			is_first = true;
		if (put_setting(writer, is_first))
			is_first = false;
	}
}

/* Lines of one fate; those with one reason stand together. */
static void
put_group(struct writer *writer, struct wax_import_line *lines, size_t n,
    enum wax_import_fate fate)
{
	for (size_t i = 0; i < n; i++) {
		struct wax_str reason = lines[i].reason;

		if (lines[i].fate != fate)
			continue;
		(void)fputs("#\n", writer->out);
		for (size_t k = i; k < n; k++) {
			if (lines[k].fate != fate ||
			    !wax_str_eq(lines[k].reason, reason))
				continue;
			put(writer, "# ", shown(writer, &lines[k]));
			lines[k].fate = WAX_IMPORT_OPEN; /* done */
		}
		put_words(writer, "#\t", "#\t", reason);
	}
}

static bool
has_fate(
    const struct wax_import_line *lines, size_t n, enum wax_import_fate fate)
{
	for (size_t i = 0; i < n; i++)
		if (lines[i].fate == fate)
			return true;
	return false;
}

static void
put_lines(struct writer *writer)
{
	struct wax_import *import = writer->import;

	for (size_t i = 0; i < import->n_lines; i++)
		WAX_ASSERT(import->line[i].fate != WAX_IMPORT_OPEN);
	if (import->parts.n > 0 ||
	    has_fate(import->line, import->n_lines, WAX_IMPORT_DROPPED)) {
		(void)fputs("\n# --- Not carried over\n", writer->out);
		put_group(
		    writer, import->line, import->n_lines, WAX_IMPORT_DROPPED);
		put_group(writer, import->parts.v, import->parts.n,
		    WAX_IMPORT_DROPPED);
	}
	if (has_fate(import->line, import->n_lines, WAX_IMPORT_NEEDLESS)) {
		(void)fputs("\n# --- Without a setting\n", writer->out);
		put_group(
		    writer, import->line, import->n_lines, WAX_IMPORT_NEEDLESS);
	}
}

static void
put_top(struct writer *writer)
{
	struct wax_import *import = writer->import;

	(void)fprintf(writer->out,
	    "# sealwax.conf, as sealwaxd %s --import made it of\n",
	    PACKAGE_VERSION);
	for (int i = 0; i < WAX_IMPORT_PROGRAMS; i++)
		if (import->file[i].name.n > 0)
			put(writer, "#\t",
			    wax_conf_place_format(import->arena,
			        &(struct wax_conf_place){
			            .file = import->file[i].name }));
	(void)fputs(
	    "# Check it with sealwaxd -t -c FILE. sealwaxd(8) tells how "
	    "to change over.\n",
	    writer->out);
	if (import->notes.n == 0)
		return;
	(void)fputs("\n# --- What changes for the mail\n", writer->out);
	for (size_t i = 0; i < import->notes.n; i++) {
		(void)fputs("#\n", writer->out);
		put_words(writer, "# * ", "#   ", import->notes.v[i]);
	}
}

void
wax_import_write(struct wax_import *import, FILE *out)
{
	struct writer writer = { .import = import, .out = out };

	put_top(&writer);
	put_settings(&writer);
	put_lines(&writer);
}
