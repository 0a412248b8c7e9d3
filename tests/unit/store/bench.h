/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench.h - a directory of its own for each test, a clock that tests move,
 * and what stands in the segments of a directory.
 */
#ifndef WAX_TESTS_UNIT_STORE_BENCH_H
#define WAX_TESTS_UNIT_STORE_BENCH_H

#include <errno.h>

#include "milter/store/segment.h"
#include "tests/support/suite.h"

/* A new directory for the journal; it does not exist yet. Removed, with what
 * is in it, by bench_end(). */
const char *bench_begin(void);
void bench_end(void);
/* Memory until bench_end(). */
struct wax_arena *bench_arena(void);

/* Let time go by. */
void bench_wait_ms(int64_t ms);

/* System calls that fail when they are told to: the next n, with that errno.
 * The others do what they are asked. */
enum bench_call {
	BENCH_FDATASYNC,
	BENCH_GETRANDOM,
	BENCH_MKDIR,
	BENCH_RENAME,
	BENCH_UNLINK,
	BENCH_CALLS
};
void bench_fail(enum bench_call call, int n, int error);
/* How often fdatasync() was called, and worked. */
unsigned bench_synced(void);

/* The files of a directory by their suffix ("" is all). */
size_t bench_files(const char *directory, const char *suffix);
/* The path of the only file with that suffix. */
const char *bench_only(const char *directory, const char *suffix);
struct wax_str bench_contents(const char *path);
void bench_write(const char *path, struct wax_str contents);

/* All rows of all segments, sorted; damaged lines fail the test. */
struct wax_segment_rows bench_rows(const char *directory);

#endif
