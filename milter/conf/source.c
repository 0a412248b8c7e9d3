/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/conf/source.h"

#include "milter/conf/scan.h"
#include "milter/sys/file.h"
#include "policy/base/text.h"

/* A file that is being read. */
struct open_file {
	struct wax_str name, rest;
	unsigned line;
};

struct reading {
	struct wax_arena *arena;
	struct wax_conf_report *report;
	struct wax_conf_scan scan;
	size_t n_files, n_bytes;
	size_t depth;
	struct open_file stack[WAX_CONF_INCLUDE_DEPTH_MAX];
};

bool
wax_conf_source_is_text(struct wax_str s, unsigned *line)
{
	*line = 1;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '\n')
			(*line)++;
		else if ((c < 0x20 && !wax_is_space((char)c) && c != '\f') ||
		         c == 0x7f)
			return false;
	}
	return true;
}

/* Put a file on the stack. `from` says who asks for it. */
static bool
push_file(struct reading *reading, const struct wax_conf_place *from,
    struct wax_str name)
{
	const char *path = wax_str_z(reading->arena, name);
	struct wax_conf_report *report = reading->report;
	struct wax_conf_place at = { .file = name, .order = from->order };
	struct wax_str text;
	struct wax_err err;

	WAX_ASSERT(path != NULL);
	/* It is read again at each reload, so it must be a regular file. */
	if (wax_file_read(reading->arena, path,
	        WAX_CONF_BYTES_MAX - reading->n_bytes, &text, &err) != WAX_OK) {
		struct wax_text shown;

		wax_text_init(&shown, reading->arena);
		wax_text_add_escaped(&shown, wax_str_of(err.text));
		wax_conf_error(report, from, WAX_STR(""), "%.*s",
		    WAX_FMT(wax_text_str(&shown)));
		return false;
	}
	if (!wax_conf_source_is_text(text, &at.line)) {
		wax_conf_error(report, &at, WAX_STR(""),
		    "there are control characters on this line; is it a text "
		    "file?");
		return false;
	}
	if (wax_str_starts(text, WAX_STR("\xef\xbb\xbf")))
		text = wax_str_from(text, 3); /* a byte order mark */
	reading->n_bytes += text.n;
	reading->n_files++;
	reading->stack[reading->depth++] = (struct open_file){ name, text, 0 };
	return true;
}

/* Relative to the file that includes. */
static struct wax_str
beside(struct wax_arena *arena, struct wax_str includer, struct wax_str name)
{
	size_t slash = wax_str_rfind(includer, '/');

	if (wax_str_starts(name, WAX_STR("/")) || slash == includer.n)
		return name;
	return wax_textf(arena, "%.*s%.*s",
	    WAX_FMT(wax_str_head(includer, slash + 1)), WAX_FMT(name));
}

static void
include(struct reading *reading, const struct wax_conf_place *place,
    struct wax_str argument)
{
	struct wax_str name = wax_conf_scan_bare(argument);

	if (wax_str_ends(name, WAX_STR(";")))
		name = wax_str_trim(wax_str_head(name, name.n - 1));
	if (name.n < 3 || name.p[0] != '"' || name.p[name.n - 1] != '"' ||
	    wax_str_find(wax_str_from(name, 1), '"') != name.n - 2 ||
	    wax_str_find(name, '\\') < name.n) {
		wax_conf_error(reading->report, place, WAX_STR("@include"),
		    "no file name in quotes; write @include \"FILE\"");
		return;
	}
	name = wax_str_head(wax_str_from(name, 1), name.n - 2);
	if (reading->depth == WAX_CONF_INCLUDE_DEPTH_MAX ||
	    reading->n_files == WAX_CONF_FILES_MAX) {
		wax_conf_error(reading->report, place, WAX_STR("@include"),
		    "too many files, or deeper than %d; does a file include "
		    "itself?",
		    WAX_CONF_INCLUDE_DEPTH_MAX);
		return;
	}
	/* Without it, brackets and keys may be missing. */
	if (!push_file(
	        reading, place, beside(reading->arena, place->file, name)))
		reading->scan.source->doubtful = true;
}

/* The next line of the topmost file. */
static void
step(struct reading *reading)
{
	struct open_file *file = &reading->stack[reading->depth - 1];
	struct wax_conf_place place = { .file = file->name,
		.line = ++file->line,
		.order = reading->scan.source->lines.n + 1 };
	struct wax_str text, bare;

	if (!wax_str_cut(&file->rest, '\n', &text)) {
		reading->depth--;
		return;
	}
	if (file->rest.p != NULL && file->rest.n == 0)
		file->rest.p = NULL; /* no line behind the last line end */
	if (wax_str_ends(text, WAX_STR("\r")))
		text.n--;
	bare = wax_str_trim(text);
	if (reading->scan.in_comment ||
	    !wax_str_starts(bare, WAX_STR("@include"))) {
		wax_conf_scan_line(
		    &reading->scan, reading->arena, &place, text);
		return;
	}
	wax_conf_scan_line(&reading->scan, reading->arena, &place, WAX_STR(""));
	include(reading, &place, wax_str_from(bare, 8));
}

bool
wax_conf_source_file(struct wax_arena *arena, struct wax_conf_report *report,
    const char *path, struct wax_conf_source *out)
{
	struct reading *reading = WAX_NEW(arena, struct reading);
	struct wax_conf_place nowhere = { .order = 0 };

	*out = (struct wax_conf_source){ .doubtful = false };
	reading->arena = arena;
	reading->report = report;
	reading->scan.report = report;
	reading->scan.source = out;
	if (!push_file(reading, &nowhere, wax_str_of(path)))
		return false;
	while (reading->depth > 0)
		step(reading);
	wax_conf_scan_end(&reading->scan);
	return true;
}

bool
wax_conf_source_text(struct wax_arena *arena, struct wax_conf_report *report,
    const struct wax_conf_place *place, struct wax_str text,
    struct wax_conf_source *out)
{
	struct wax_conf_scan scan = { .report = report, .source = out };
	unsigned line;

	*out = (struct wax_conf_source){ .doubtful = false };
	if (!wax_conf_source_is_text(text, &line)) {
		wax_conf_error(report, place, WAX_STR(""),
		    "there are control characters in it");
		return false;
	}
	wax_conf_scan_line(&scan, arena, place, text);
	wax_conf_scan_end(&scan);
	return true;
}
