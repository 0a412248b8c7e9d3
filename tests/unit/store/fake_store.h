/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_store.h - a store that keeps what it is given, and fails when it is
 * told to. What it keeps outlives a process that is killed: forked children
 * share it.
 */
#ifndef WAX_TESTS_UNIT_STORE_FAKE_STORE_H
#define WAX_TESTS_UNIT_STORE_FAKE_STORE_H

#include <stdatomic.h>

#include "milter/store/store.h"

#define FAKE_SEGMENTS_MAX 2000

enum fake_trouble {
	FAKE_NONE,
	FAKE_BEFORE, /* fails, and nothing has happened */
	FAKE_AFTER,  /* fails, but it has happened */
	FAKE_DIE     /* has happened, and the process is gone */
};

struct fake_store {
	/* The next call of wax_store_import(). */
	_Atomic enum fake_trouble trouble;
	_Atomic enum wax_status failure;      /* with that status */
	_Atomic enum wax_status open_failure; /* WAX_OK: it opens */
	/* What happened. */
	atomic_size_t opened, closed, purged, n_segments, n_rows;
	uint8_t id[FAKE_SEGMENTS_MAX][WAX_SEGMENT_ID_BYTES]; /* in order */
	atomic_int_fast64_t purged_before;
	atomic_int_fast64_t lost, damaged, waiting, last_import, last_loss;
	atomic_size_t last_imports; /* how often it was noted */
};

/* Empty again. */
struct fake_store *fake_store_begin(void);

#endif
