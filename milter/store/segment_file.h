/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * segment_file.h - one segment of the journal as a file: made, appended to,
 * synced, and closed by its name.
 *
 * No locks and no log: which thread may do what, and what is said, is
 * decided in journal.c. Where a function fails, errno says why.
 */
#ifndef WAX_MILTER_STORE_SEGMENT_FILE_H
#define WAX_MILTER_STORE_SEGMENT_FILE_H

#include "milter/store/segment.h"

struct wax_segment_file {
	struct wax_segment_file *next; /* among those that are to be closed */
	struct wax_arena *arena;       /* of this and its texts */
	unsigned refs;                 /* the caller's; 1 at first */
	int fd;                        /* -1: of an earlier process */
	uint8_t id[WAX_SEGMENT_ID_BYTES];
	const char *open_path, *closed_path;
	int64_t born_ms;
	uint64_t bytes, rows; /* that were written by us; no more is in it */
	uint64_t synced;      /* of bytes */
	bool is_entry_synced; /* its name is on the disk, too */
};

/* A new one, and the directory if it is not there; NULL: it failed. */
struct wax_segment_file *wax_segment_file_create(const char *directory);

/* One that an earlier process left open. */
struct wax_segment_file *wax_segment_file_found(const char *directory,
    int64_t time, const uint8_t id[WAX_SEGMENT_ID_BYTES], uint64_t bytes);

void wax_segment_file_free(struct wax_segment_file *file);

/* One write, of all of it or nothing: what is torn is cut back. After false
 * nothing more must be written to it. */
bool wax_segment_file_write(
    struct wax_segment_file *file, struct wax_segment_line *line) WAX_MUST_USE;

/* False: it is not known what is on the disk, and asking again would not
 * tell. */
bool wax_segment_file_sync(struct wax_segment_file *file, const char *directory)
    WAX_MUST_USE;

/* Whether somebody removed it under our hands. */
bool wax_segment_file_is_gone(const struct wax_segment_file *file);

enum wax_segment_end {
	WAX_SEGMENT_END_CLOSED,  /* it has its other name */
	WAX_SEGMENT_END_REMOVED, /* nothing was in it */
	WAX_SEGMENT_END_GONE,    /* somebody removed it, with its rows */
	WAX_SEGMENT_END_LATER    /* it keeps its name for now */
};

/* It was synced before. */
enum wax_segment_end wax_segment_file_close(struct wax_segment_file *file);

/* What was renamed or made in it stays so. */
bool wax_segment_sync_directory(const char *directory) WAX_MUST_USE;

#endif
