/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/store/importer.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/store/segment.h"
#include "milter/sys/file.h"
#include "milter/sys/log.h"
#include "policy/base/text.h"

/* Segments that are looked for at a time. */
#define BATCH 1024

struct name {
	char text[WAX_SEGMENT_NAME_BYTES];
};

struct pass {
	const char *directory;
	struct wax_store *store;
	int64_t now;
	struct wax_import_counts *counts;
	struct wax_err *err;
	struct wax_arena *arena;   /* of one segment */
	struct wax_arena *scratch; /* of one row */
	enum wax_status store_failed;
	enum wax_status failed; /* something else; the first one */
};

/* --- which segments -------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
	const struct name *left = a, *right = b;

	return strcmp(left->text, right->text);
}

static void
sort(struct name *name, size_t n)
{
	if (n > 1)
		qsort(name, n, sizeof *name, by_name);
}

/* The oldest closed segments, at most BATCH; `name` has room for twice as
 * many. *n_all: how many there are. False if the directory cannot be read. */
static bool
list(const char *directory, struct name *name, size_t *n, uint64_t *n_all)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;
	uint8_t id[WAX_SEGMENT_ID_BYTES];
	enum wax_segment_state state;
	int64_t time;

	*n = 0;
	*n_all = 0;
	if (dir == NULL)
		return errno == ENOENT; /* nothing was ever journalled */
	while ((entry = readdir(dir)) != NULL) {
		if (!wax_segment_name_parse(entry->d_name, &time, id, &state) ||
		    state != WAX_SEGMENT_CLOSED)
			continue;
		if (*n == 2UL * BATCH) {
			sort(name, *n);
			*n = BATCH;
		}
		memcpy(name[(*n)++].text, entry->d_name,
		    strlen(entry->d_name) + 1);
		++*n_all;
	}
	(void)closedir(dir); /* it was only read */
	sort(name, *n);
	if (*n > BATCH)
		*n = BATCH;
	return true;
}

/* --- one segment ----------------------------------------------------------- */

static void
fail(struct pass *pass, const char *what, const char *path, const char *why)
{
	if (pass->failed != WAX_OK)
		return;
	pass->failed = wax_fail(
	    pass->err, WAX_E_IO, "journal: %s%.120s: %s", what, path, why);
}

/* True: it is gone; others may have been faster. */
static bool
remove_segment(struct pass *pass, const char *path)
{
	if (unlink(path) == 0 || errno == ENOENT)
		return true;
	fail(pass, "cannot remove ", path, strerror(errno));
	return false;
}

/* Nothing of it can be used: it is kept for whoever wants to look at it. */
static bool
put_aside(struct pass *pass, const char *path, const char *why, size_t damaged)
{
	struct wax_str base = wax_str_of(path);
	const char *aside = wax_textf(pass->arena, "%.*s.damaged",
	    WAX_FMT(wax_str_head(base, base.n - (sizeof ".done" - 1))))
	                        .p;

	if (rename(path, aside) != 0) {
		if (errno == ENOENT)
			return true;
		fail(pass, "cannot put aside ", path, strerror(errno));
		return false;
	}
	pass->counts->damaged += damaged;
	wax_log(WAX_LOG_ERROR,
	    "journal: a segment cannot be imported: %s; its rows are lost; it"
	    " is kept as %s",
	    why, aside);
	return true;
}

/* The rows that can be read; the others are counted with the damaged ones. */
static size_t
parse_rows(struct pass *pass, struct wax_segment_rows *rows,
    struct wax_report_line *line)
{
	size_t n = 0;

	for (size_t i = 0; i < rows->n; i++) {
		/* A line points into the row. */
		if (wax_report_line_parse(
		        pass->scratch, rows->row[i], &line[n]))
			n++;
		else
			rows->n_damaged++;
		wax_arena_reset(pass->scratch);
	}
	return n;
}

/* After it is known that this will not be said again. */
static void
say_damage(struct pass *pass, const char *path,
    const struct wax_segment_rows *rows, size_t n)
{
	pass->counts->damaged += rows->n_damaged;
	if (rows->n_damaged > 0)
		wax_log(WAX_LOG_ERROR,
		    "journal: %zu lines of %s are damaged (the first: %zu) and"
		    " lost; %zu rows of it were imported",
		    rows->n_damaged, path, rows->first_damaged, n);
	if (rows->is_torn)
		wax_log(WAX_LOG_NOTICE,
		    "journal: %s ends with a row that was being written when"
		    " the process or the machine died",
		    path);
}

/* True: there is no such segment any more. */
static bool
import_contents(struct pass *pass, const char *path,
    const uint8_t id[WAX_SEGMENT_ID_BYTES], struct wax_str contents)
{
	struct wax_segment_rows rows;
	struct wax_report_line *line;
	struct wax_err why;
	bool already;
	size_t n;

	if (wax_segment_read(pass->arena, id, contents, &rows, &why) != WAX_OK)
		return put_aside(pass, path, why.text, 1);
	line = wax_alloc(pass->arena, rows.n, sizeof *line);
	n = parse_rows(pass, &rows, line);
	if (n == 0 && rows.n_damaged > 0)
		return put_aside(
		    pass, path, "all its lines are damaged", rows.n_damaged);
	if (n > 0) {
		pass->store_failed = wax_store_import(
		    pass->store, id, line, n, pass->now, &already, pass->err);
		if (pass->store_failed != WAX_OK)
			return false;
		pass->counts->segments++;
		pass->counts->rows += already ? 0 : n;
	}
	say_damage(pass, path, &rows, n);
	return remove_segment(pass, path);
}

static bool
import_segment(struct pass *pass, const char *name)
{
	const char *path =
	    wax_textf(pass->arena, "%s/%s", pass->directory, name).p;
	uint8_t id[WAX_SEGMENT_ID_BYTES];
	enum wax_segment_state state;
	struct wax_str contents;
	struct wax_err why;
	int64_t time;

	if (!wax_segment_name_parse(name, &time, id, &state))
		return true; /* it was one when it was listed */
	switch (wax_file_read(
	    pass->arena, path, WAX_SEGMENT_BYTES_MAX, &contents, &why)) {
	case WAX_OK:
		return import_contents(pass, path, id, contents);
	case WAX_E_NOTFOUND:
		return true; /* the other importer was faster */
	case WAX_E_LIMIT:
		return put_aside(pass, path, "it is too large", 1);
	case WAX_E_SYNTAX:
	case WAX_E_TEMP:
	case WAX_E_IO:
	case WAX_E_CONFIG:
		break;
	}
	fail(pass, "", path, why.text);
	return false;
}

/* --- all of them ----------------------------------------------------------- */

/* How many of them are gone. */
static size_t
import_batch(struct pass *pass, const struct name *name, size_t n)
{
	size_t gone = 0;

	for (size_t i = 0; i < n && pass->store_failed == WAX_OK; i++) {
		if (import_segment(pass, name[i].text))
			gone++;
		wax_arena_reset(pass->arena);
	}
	return gone;
}

enum wax_status
wax_import_pass(const char *directory, struct wax_store *store, int64_t now,
    struct wax_import_counts *counts, struct wax_err *err)
{
	struct pass pass = { directory, store, now, counts, err,
		wax_arena_new("segment", 0), wax_arena_new("row", 0), WAX_OK,
		WAX_OK };
	struct wax_arena *names = wax_arena_new("names", 0);
	struct name *name = wax_alloc(names, 2UL * BATCH, sizeof *name);
	size_t n, gone;

	memset(counts, 0, sizeof *counts);
	do {
		gone = 0;
		if (!list(directory, name, &n, &counts->waiting)) {
			fail(&pass, "cannot read ", directory, strerror(errno));
			break;
		}
		gone = import_batch(&pass, name, n);
		counts->waiting -= gone;
		/* Again only if more than a batch was there. */
	} while (gone > 0 && counts->waiting > n - gone);
	wax_arena_free(names);
	wax_arena_free(pass.scratch);
	wax_arena_free(pass.arena);
	return pass.store_failed != WAX_OK ? pass.store_failed : pass.failed;
}
