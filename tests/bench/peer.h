/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * peer.h - one connection to a filter, as an MTA keeps it.
 *
 * Packets are collected and written in blocks of the size that Postfix 3.7
 * has: 4 KB to a unix socket, two segments to a TCP one; and all that is
 * left before a reply is waited for. Knows what the filter asked for: stages
 * not to be shown, stages not to be answered, and its macros.
 */
#ifndef WAX_TESTS_BENCH_PEER_H
#define WAX_TESTS_BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bench_stage {
	BENCH_CONNECT,
	BENCH_HELO,
	BENCH_MAIL,
	BENCH_RCPT,
	BENCH_DATA,
	BENCH_FIELD,
	BENCH_EOH,
	BENCH_BODY,
	BENCH_EOM,
	BENCH_STAGES
};

struct bench_buffer {
	char *p;
	size_t n, room;
	size_t done; /* of them gone, or read */
};

/* What a macro is called, and what it is now. */
struct bench_macro {
	const char *name;
	const char *value; /* NULL: it has none */
};

struct bench_peer {
	int fd; /* -1: not open */
	size_t block;
	uint32_t steps;
	char *wanted[BENCH_STAGES]; /* names of macros with blanks between */
	struct bench_buffer out, in;
	bool done_with_message, done_with_session;
};

/* How a filter is reached: "unix:PATH" or "inet:PORT@ADDRESS". */
bool bench_peer_open(struct bench_peer *peer, const char *address);
void bench_peer_close(struct bench_peer *peer);

/* The offer of Postfix. */
void bench_peer_offer(struct bench_peer *peer);
/* The answer to it; false if it is none. */
bool bench_peer_granted(struct bench_peer *peer, const char *data, size_t n);

/* Whether the stage is shown, and answered. */
bool bench_peer_shows(const struct bench_peer *peer, enum bench_stage stage);
bool bench_peer_answers(const struct bench_peer *peer, enum bench_stage stage);
/* Whether values keep the blank behind the colon. */
bool bench_peer_keeps_blank(const struct bench_peer *peer);

/* A packet: its command, then its parts. */
void bench_peer_begin(struct bench_peer *peer, char command, size_t n);
void bench_peer_add(struct bench_peer *peer, const void *data, size_t n);
/* With its NUL. */
void bench_peer_add_text(struct bench_peer *peer, const char *text);
void bench_peer_command(struct bench_peer *peer, char command);
/* The macros of a stage, as a packet of its own. `macro` ends with NULL. */
void bench_peer_macros(struct bench_peer *peer, enum bench_stage stage,
    const struct bench_macro *macro);
char bench_stage_command(enum bench_stage stage);

enum bench_io {
	BENCH_IO_DONE,
	BENCH_IO_LATER,
	BENCH_IO_GONE
};

/* Write whole blocks, or with `all` everything. */
enum bench_io bench_peer_flush(struct bench_peer *peer, bool all);

/*
 * The next packet of the filter: command first. It is there until the next
 * call.
 */
enum bench_io bench_peer_receive(
    struct bench_peer *peer, const char **data_out, size_t *n_out);

#endif
