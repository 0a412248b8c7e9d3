/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of the import, line by line. "Key value" with OpenDMARC and
 * OpenDKIM, "Key = value" with the SPF milter; "#" begins a comment in all of
 * them, wherever it stands. Whose file it is, is told by its name, or, if
 * that says nothing, by its keys.
 */
#include "milter/conf/import_impl.h"
#include "milter/conf/source.h"
#include "milter/sys/file.h"
#include "policy/base/text.h"

/* A file that is being read. */
struct open_file {
	struct wax_str name, rest;
	unsigned line;
};

static enum wax_status
from_file_system(void *arg, struct wax_arena *arena, const char *path,
    size_t max, struct wax_str *out, struct wax_err *err)
{
	(void)arg;
	return wax_file_read(arena, path, max, out, err);
}

/* `from`: the line that names the file; NULL: the command line. */
static bool
read_text(struct wax_import *import, const struct wax_import_line *from,
    struct wax_str path, size_t max, struct wax_str *out)
{
	const struct wax_import_source *source = import->source;
	wax_import_reader *read =
	    source->read != NULL ? source->read : from_file_system;
	const char *z = wax_str_z(import->arena, path);
	struct wax_conf_place at = { .file = path };
	struct wax_err err;
	enum wax_status status;

	WAX_ASSERT(z != NULL); /* neither argv nor a line holds a NUL */
	if (max > WAX_IMPORT_BYTES_MAX - import->n_bytes)
		max = WAX_IMPORT_BYTES_MAX - import->n_bytes;
	status = read(source->read_arg, import->arena, z, max, out, &err);
	if (status != WAX_OK) {
		struct wax_text why;

		wax_text_init(&why, import->arena);
		wax_text_add_escaped(&why, wax_str_of(err.text));
		import->is_missing |= status != WAX_E_LIMIT;
		wax_conf_error(&import->report,
		    from != NULL ? &from->place : &(struct wax_conf_place){ 0 },
		    from != NULL ? from->key : WAX_STR(""), "%.*s",
		    WAX_FMT(wax_text_str(&why)));
		return false;
	}
	import->n_bytes += out->n;
	if (!wax_conf_source_is_text(*out, &at.line)) {
		wax_conf_error(&import->report, &at, WAX_STR(""),
		    "there are control characters on this line; is it a text "
		    "file?");
		return false;
	}
	if (wax_str_starts(*out, WAX_STR("\xef\xbb\xbf")))
		*out = wax_str_from(*out, 3); /* a byte order mark */
	return true;
}

bool
wax_import_read_named(struct wax_import *import,
    const struct wax_import_line *line, struct wax_str path, size_t max,
    struct wax_str *out)
{
	return read_text(import, line, path, max, out);
}

bool
wax_import_can_read(struct wax_import *import, struct wax_str path)
{
	const struct wax_import_source *source = import->source;
	wax_import_reader *read =
	    source->read != NULL ? source->read : from_file_system;
	const char *z = wax_str_z(import->arena, path);
	struct wax_str unused;
	struct wax_err err;

	WAX_ASSERT(z != NULL);
	return read(source->read_arg, import->arena, z, WAX_IMPORT_BYTES_MAX,
	           &unused, &err) == WAX_OK;
}

/* The next active line: without its comment, trimmed, not empty. */
static bool
next_line(struct open_file *file, struct wax_str *out)
{
	while (wax_str_cut(&file->rest, '\n', out)) {
		file->line++;
		*out =
		    wax_str_trim(wax_str_head(*out, wax_str_find(*out, '#')));
		if (out->n > 0)
			return true;
	}
	return false;
}

/* The part of a line that would be its key. */
static struct wax_str
key_of(
    enum wax_import_program program, struct wax_str text, struct wax_str *rest)
{
	size_t n = 0;

	if (program == WAX_IMPORT_PYSPF)
		n = wax_str_find(text, '=');
	else
		while (n < text.n && !wax_is_space(text.p[n]))
			n++;
	*rest = wax_str_trim(wax_str_from(text, n));
	return wax_str_trim(wax_str_head(text, n));
}

static bool
contains(struct wax_str s, struct wax_str part)
{
	for (size_t i = 0; i + part.n <= s.n; i++)
		if (wax_str_istarts(wax_str_from(s, i), part))
			return true;
	return false;
}

/* WAX_IMPORT_PROGRAMS: the name does not tell. */
static enum wax_import_program
by_name(struct wax_str path)
{
	struct wax_str name = path;
	size_t slash = wax_str_rfind(path, '/');
	enum wax_import_program found = WAX_IMPORT_PROGRAMS;
	static const struct {
		const char *part;
		enum wax_import_program program;
	} names[] = {
		{ "opendmarc", WAX_IMPORT_OPENDMARC },
		{ "opendkim", WAX_IMPORT_OPENDKIM },
		{ "pyspf", WAX_IMPORT_PYSPF },
		{ "policyd-spf", WAX_IMPORT_PYSPF },
	};

	if (slash < path.n)
		name = wax_str_from(path, slash + 1);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (!contains(name, wax_str_of(names[i].part)) ||
		    found == names[i].program)
			continue;
		if (found != WAX_IMPORT_PROGRAMS)
			return WAX_IMPORT_PROGRAMS; /* two of them */
		found = names[i].program;
	}
	return found;
}

/* How many of its lines each program would understand. */
static void
count_keys(struct wax_str text, size_t known[WAX_IMPORT_PROGRAMS])
{
	struct open_file file = { .rest = text };
	struct wax_str line, rest;

	for (int i = 0; i < WAX_IMPORT_PROGRAMS; i++)
		known[i] = 0;
	while (next_line(&file, &line))
		for (int i = 0; i < WAX_IMPORT_PROGRAMS; i++) {
			enum wax_import_program one =
			    (enum wax_import_program)i;
			struct wax_str key = key_of(one, line, &rest);

			/* Key = value is the SPF milter's, and ours. */
			if (wax_import_key_find(one, key) != NULL &&
			    (one == WAX_IMPORT_PYSPF) ==
			        wax_str_starts(rest, WAX_STR("=")))
				known[i]++;
		}
}

static enum wax_import_program
by_keys(const size_t known[WAX_IMPORT_PROGRAMS])
{
	int best = 0;
	bool is_tie = false;

	for (int i = 1; i < WAX_IMPORT_PROGRAMS; i++) {
		if (known[i] == known[best])
			is_tie = true;
		if (known[i] > known[best]) {
			best = i;
			is_tie = false;
		}
	}
	return is_tie ? WAX_IMPORT_PROGRAMS : (enum wax_import_program)best;
}

/* Whose file it is; WAX_IMPORT_PROGRAMS: an error was reported. */
static enum wax_import_program
identify(struct wax_import *import, struct wax_str path, struct wax_str text)
{
	enum wax_import_program named = by_name(path), used;
	struct wax_conf_place at = { .file = path };
	size_t known[WAX_IMPORT_PROGRAMS];

	count_keys(text, known);
	used = by_keys(known);
	if (named == WAX_IMPORT_PROGRAMS && used == WAX_IMPORT_PROGRAMS)
		wax_conf_error(&import->report, &at, WAX_STR(""),
		    "neither its name nor its keys tell whose file it is; copy "
		    "it to opendmarc.conf, opendkim.conf or pyspf-milter.conf");
	else if (named == WAX_IMPORT_PROGRAMS)
		return used;
	else if (known[named] > 0 || used == WAX_IMPORT_PROGRAMS)
		return named;
	else
		wax_conf_error(&import->report, &at, WAX_STR(""),
		    "it is named like a file of %s, and has keys of %s; copy "
		    "it to a name that fits",
		    wax_import_program_name(named),
		    wax_import_program_name(used));
	return WAX_IMPORT_PROGRAMS;
}

static struct wax_import_line *
add_line(struct wax_import *import, enum wax_import_program program,
    const struct open_file *file, struct wax_str text)
{
	struct wax_import_line *line = &import->line[import->n_lines];

	*line = (struct wax_import_line){ .program = program };
	line->place = (struct wax_conf_place){ file->name, file->line,
		++import->n_lines };
	line->key = key_of(program, text, &line->value);
	/* The name of a key may be all that was there. */
	if (program == WAX_IMPORT_PYSPF && line->value.n > 0)
		line->value = wax_str_trim(wax_str_from(line->value, 1));
	line->row = wax_import_key_find(program, line->key);
	return line;
}

/* Whether the program itself would read this line as we do. */
static bool
is_readable(struct wax_import *import, enum wax_import_program program,
    const struct open_file *file, struct wax_str text)
{
	struct wax_conf_place at = { file->name, file->line, import->n_lines };

	if (import->n_lines == WAX_IMPORT_LINES_MAX) {
		wax_conf_error(&import->report, &at, WAX_STR(""),
		    "there are more than %d lines", WAX_IMPORT_LINES_MAX);
		return false;
	}
	if (program == WAX_IMPORT_PYSPF || text.n <= WAX_IMPORT_LINE_MAX)
		return true;
	wax_conf_error(&import->report, &at, WAX_STR(""),
	    "the line is longer than the %d octets that %s reads of it; "
	    "move its members to a file",
	    WAX_IMPORT_LINE_MAX, wax_import_program_name(program));
	return false;
}

static bool
is_include(const struct wax_import_line *line)
{
	return line->program == WAX_IMPORT_OPENDKIM &&
	       wax_str_ieq(line->key, WAX_STR("Include")) && line->value.n > 0;
}

/* The lines of one file and of those that it includes, in their order. */
static bool
read_lines(struct wax_import *import, enum wax_import_program program)
{
	struct open_file stack[WAX_IMPORT_DEPTH_MAX + 1] = { {
	    .name = import->file[program].name,
	    .rest = import->file[program].text,
	} };
	size_t depth = 1;
	struct wax_str text;

	while (depth > 0) {
		struct open_file *file = &stack[depth - 1];
		struct wax_import_line *line;

		if (!next_line(file, &text)) {
			depth--;
			continue;
		}
		if (!is_readable(import, program, file, text))
			return false;
		line = add_line(import, program, file, text);
		if (!is_include(line))
			continue;
		if (depth > WAX_IMPORT_DEPTH_MAX) {
			wax_conf_error(&import->report, &line->place, line->key,
			    "files include each other more than %d deep; does "
			    "one include itself?",
			    WAX_IMPORT_DEPTH_MAX);
			return false;
		}
		stack[depth] = (struct open_file){ .name = line->value };
		if (!read_text(import, line, line->value, WAX_CONF_BYTES_MAX,
		        &stack[depth].rest))
			return false;
		depth++;
	}
	return true;
}

/* A file of the command line: read, and put where it belongs. */
static void
take_file(struct wax_import *import, struct wax_str path)
{
	struct wax_conf_place at = { .file = path };
	struct wax_str text;
	enum wax_import_program program;
	struct wax_import_file *file;

	if (!read_text(import, NULL, path, WAX_CONF_BYTES_MAX, &text))
		return;
	program = identify(import, path, text);
	if (program == WAX_IMPORT_PROGRAMS)
		return;
	file = &import->file[program];
	if (file->name.n > 0) {
		wax_conf_error(&import->report, &at, WAX_STR(""),
		    "%.*s is a file of %s, too; import one of them at a time",
		    WAX_FMT(wax_conf_shown(import->arena, file->name)),
		    wax_import_program_name(program));
		return;
	}
	*file = (struct wax_import_file){ path, text };
}

bool
wax_import_read(struct wax_import *import)
{
	for (size_t i = 0; i < import->source->n_files; i++)
		take_file(import, wax_str_of(import->source->file[i]));
	for (int i = 0; i < WAX_IMPORT_PROGRAMS; i++)
		if (import->file[i].name.n > 0 &&
		    !read_lines(import, (enum wax_import_program)i))
			return false;
	return import->report.n_errors == 0;
}
