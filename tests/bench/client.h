/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client.h - one client of the MTA at a time: its connection, its messages.
 *
 * Each has a connection to every filter of the chain. As Postfix does it: a
 * stage of the envelope is shown to one filter after the other; the content
 * goes whole to the first, then, with the fields that this one inserted, to
 * the next; ABORT and QUIT end a connection, and no connection serves two
 * clients.
 *
 * Of the edits, inserted and appended fields are carried out; the driver's
 * corpus has no fields that a filter would have to remove.
 */
#ifndef WAX_TESTS_BENCH_CLIENT_H
#define WAX_TESTS_BENCH_CLIENT_H

#include <stdbool.h>

#include "tests/bench/peer.h"
#include "tests/bench/tally.h"

#define BENCH_FILTERS_MAX 4

struct bench_chain {
	size_t n;
	const char *address[BENCH_FILTERS_MAX];
};

struct bench_client;

/* Watches a descriptor: called for each that is opened. */
typedef void bench_watch(void *arg, int fd, struct bench_client *client);

struct bench_client *bench_client_new(const struct bench_chain *chain,
    struct bench_tally *tally, bench_watch *watch, void *watch_arg);

/* Begin to send the messages from `message` up to the next session's. */
void bench_client_start(struct bench_client *client,
    const struct bench_message *message, const struct bench_message *end);

/* Stay connected behind the last message. */
void bench_client_hold(struct bench_client *client);

enum bench_progress {
	BENCH_WAITS, /* until a descriptor is ready */
	BENCH_HOLDS, /* all sent, still connected */
	BENCH_ENDED, /* connections closed */
};

/* As far as it goes without waiting. */
enum bench_progress bench_client_advance(struct bench_client *client);

/* Whether it has said so: an event may come behind that. */
bool bench_client_rests(const struct bench_client *client);

/* Count what is under way as lost, and close. */
void bench_client_give_up(struct bench_client *client);

/* Monotonic. */
int64_t bench_now_ns(void);

#endif
