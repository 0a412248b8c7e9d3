/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * journal.h - rows on disk before the verdict is given.
 *
 * A segment is a file of lines, each with its checksum and length; its name
 * ends with an id of 128 random bits (segment.h). It is appended to with one
 * write(2) a row, closed after WAX_JOURNAL_AGE_MS or WAX_JOURNAL_BYTES, and
 * then belongs to the importer (importer.h). What a kill -9 leaves is whole:
 * rows given to the kernel are kept; a power cut takes at most what
 * journal-sync allows. The journal is never waited for by mail beyond that
 * write, and no failure of it changes a verdict: a row that cannot be kept is
 * counted and said.
 *
 * A row that the segment does not take is written to a new one at once; only
 * if that fails, too, it is lost, and the next second of rows with it: a disk
 * that is full is not asked for each message.
 *
 * Which segments are closed can be seen by whoever reads the directory: their
 * names end with ".done", that of the open one with ".open". A name changes
 * when everything is on the disk; nothing is written to it any more then.
 *
 * Thread rule: append from any thread; everything else from one thread,
 * except where it says so.
 */
#ifndef WAX_MILTER_STORE_JOURNAL_H
#define WAX_MILTER_STORE_JOURNAL_H

#include <stdint.h>

#include "policy/base/status.h"
#include "policy/base/str.h"

#define WAX_JOURNAL_AGE_MS 10000
#define WAX_JOURNAL_BYTES (1024UL * 1024)

struct wax_journal;

struct wax_journal_options {
	const char *directory; /* is made if it is not there */
	uint64_t quota;        /* bytes of all segments; beyond: no new rows */
	unsigned sync_ms;      /* 0: each row before append returns */
};

/*
 * The caller holds the lock of the state directory: segments that an earlier
 * process left open are closed. WAX_E_IO if the directory cannot be written;
 * a disk that is full is no reason not to start. The directory's name must
 * live as long as the journal.
 */
enum wax_status wax_journal_open(const struct wax_journal_options *options,
    struct wax_journal **out, struct wax_err *err) WAX_MUST_USE;

/* A thread that calls wax_journal_tick() until wax_journal_free(). A store
 * that hangs does not keep it from syncing, so it is not the importer's. */
enum wax_status wax_journal_start(
    struct wax_journal *journal, struct wax_err *err) WAX_MUST_USE;

/* One row (wax_report_line_format). False: not kept, and counted. Any
 * thread. */
bool wax_journal_append(struct wax_journal *journal, struct wax_str line);

/* Do what time asks for: sync, close what is old. The number of milliseconds
 * until it has something to do again. */
int wax_journal_tick(struct wax_journal *journal);

/* Sync and close the segment that is written, so that it can be imported;
 * the next row begins another. Any thread. */
void wax_journal_close_segment(struct wax_journal *journal);

struct wax_journal_counts {
	uint64_t rows, lost; /* since it was opened */
	uint64_t unsynced;   /* times that syncing failed: the rows are there,
			      * but a power cut may take them */
	uint64_t bytes;      /* of all segments, now */
};

/* Any thread. */
struct wax_journal_counts wax_journal_counts(struct wax_journal *journal);

/* After the last append: close_segment, and the end. NULL is allowed. */
void wax_journal_free(struct wax_journal *journal);

#endif
