/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sink.h - tests/support/smtpsink.py, started and ended by a test.
 */
#ifndef WAX_TESTS_UNIT_SEND_SINK_H
#define WAX_TESTS_UNIT_SEND_SINK_H

#include <sys/types.h>

#include "policy/base/str.h"

struct sink {
	pid_t pid;
	int to; /* it ends when this is closed, at the latest with us */
	unsigned port;
	char directory[64];
};

/* Options as in its usage, NULL ends them. */
void sink_start(struct sink *sink, const char *const *options);
/* With its directory. */
void sink_stop(struct sink *sink);

/* "SCHEME[USER]127.0.0.1:PORT" */
const char *sink_url(
    const struct sink *sink, struct wax_arena *arena, const char *scheme);

/* A file of its directory; empty: there is none. */
struct wax_str sink_file(
    const struct sink *sink, struct wax_arena *arena, const char *name);
const char *sink_path(
    const struct sink *sink, struct wax_arena *arena, const char *name);

#endif
