/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tally.h - what came out of the messages: times, verdicts, results.
 */
#ifndef WAX_TESTS_BENCH_TALLY_H
#define WAX_TESTS_BENCH_TALLY_H

#include <stdint.h>
#include <stdio.h>

#include "tests/bench/corpus.h"

enum bench_action {
	BENCH_ACCEPT,
	BENCH_QUARANTINE,
	BENCH_REJECT,
	BENCH_TEMPFAIL,
	BENCH_DISCARD,
	BENCH_LOST, /* no verdict: the filter went away */
	BENCH_ACTIONS
};

/* Of one message, from its connection or MAIL FROM to its end. */
struct bench_verdict {
	enum bench_action action;
	const char *authres; /* values of Authentication-Results */
	size_t n_deleted;    /* fields that the filter took out */
	int64_t whole_ns;
	int64_t eom_ns; /* -1: it did not come to that */
};

struct bench_tally;

struct bench_tally *bench_tally_new(const struct bench_corpus *corpus);
void bench_tally_add(struct bench_tally *tally,
    const struct bench_message *message, const struct bench_verdict *verdict);
void bench_tally_error(struct bench_tally *tally);

/* So far. */
size_t bench_tally_messages(const struct bench_tally *tally);
size_t bench_tally_errors(const struct bench_tally *tally);

/* One line of JSON. */
void bench_tally_print(
    const struct bench_tally *tally, int64_t elapsed_ns, FILE *out);

/*
 * The last verdict of each message, a line each: id, action, fields removed,
 * Authentication-Results, parted by tabs.
 */
void bench_tally_verdicts(const struct bench_tally *tally, FILE *out);

#endif
