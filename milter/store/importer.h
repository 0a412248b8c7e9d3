/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * importer.h - closed segments of the journal into the store, each exactly
 * once.
 *
 * A pass takes the oldest first: read, import in one transaction with the
 * segment's id, unlink. A crash between any two of these repeats nothing and
 * loses nothing. The daemon has a thread that does passes; sealwax-report
 * does one itself with --open: both may run at once.
 *
 * A line whose checksum is wrong, or that is no row, is counted and said, and
 * the others of the segment are imported. A segment of which nothing can be
 * read gets the suffix ".damaged", is kept, and not looked at again.
 */
#ifndef WAX_MILTER_STORE_IMPORTER_H
#define WAX_MILTER_STORE_IMPORTER_H

#include "milter/store/journal.h"
#include "milter/store/store.h"

struct wax_import_counts {
	uint64_t segments, rows;
	uint64_t damaged; /* lines whose checksum was wrong: lost, and said */
	uint64_t waiting; /* segments that are left */
};

/*
 * One pass over the closed segments of a directory. WAX_E_TEMP, WAX_E_CONFIG:
 * of the store; what is left waits. WAX_E_IO: of the directory or of some
 * segments; the others were imported. The counts are filled in any case.
 */
enum wax_status wax_import_pass(const char *directory, struct wax_store *store,
    int64_t now, struct wax_import_counts *counts, struct wax_err *err)
    WAX_MUST_USE;

struct wax_importer;

/* Texts must live as long as the importer. */
struct wax_importer_options {
	const char *directory;
	struct wax_journal *journal;
	struct wax_store_options store;
	int64_t retain_rows_s; /* purged once a day */
};

/* Starts the thread, with all signals blocked. The store is opened by it,
 * and again whenever it went away (1 s doubling to 60 s): a store that is
 * away is no reason not to start. */
enum wax_status wax_importer_start(const struct wax_importer_options *options,
    struct wax_importer **out, struct wax_err *err) WAX_MUST_USE;

/* A new value of retain-rows. Any thread. */
void wax_importer_retain(struct wax_importer *importer, int64_t retain_rows_s);

/* Segments that waited after the last pass. Any thread. */
uint64_t wax_importer_waiting(struct wax_importer *importer);

/* Ask it to stop; it is not waited for: the journal is durable. It frees
 * itself, so it must not be used any more. */
void wax_importer_stop(struct wax_importer *importer);

#endif
