/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench.h - a daemon without a daemon: the session room with its service, a
 * zone in place of the DNS, fake_libmilter in place of the MTA.
 */
#ifndef WAX_TESTS_UNIT_SESSION_BENCH_H
#define WAX_TESTS_UNIT_SESSION_BENCH_H

#include "milter/session/service.h"
#include "tests/support/fake_libmilter.h"

/* Keys of the configuration that a test sets; NULL ends the list. */
struct bench_keys {
	const char *key[8];
};

/*
 * Start with authserv-id = mx.rcpt.example, mode = enforce, and `keys` on
 * top (NULL: none). The log goes to a file of its own.
 */
struct wax_service *bench_start(const struct bench_keys *keys);
/* Give everything back; fails the test if something is left: a session, a
 * message, memory. */
void bench_stop(void);

/* As at a reload. */
void bench_reconfigure(const struct bench_keys *keys);

/* The log since the start, or since it was last asked. Valid until then. */
const char *bench_log(void);

/* A connection that was granted everything, from 192.0.2.1 with HELO
 * mail.good.example. */
SMFICTX *bench_open(void);

struct bench_message {
	const char *from; /* MAIL FROM */
	const char *author;
	const char *authres[4]; /* Authentication-Results that came with it */
	const char *extra;      /* "Name: value" */
};

/* Everything from MAIL FROM up to the body. */
void bench_feed(SMFICTX *ctx, const struct bench_message *message);
/* And the end; the queue id is "Q1". */
sfsistat bench_send(SMFICTX *ctx, const struct bench_message *message);

/* Passes from bench_open(). */
extern const struct bench_message bench_good;
/* p=reject, and nothing passes. */
extern const struct bench_message bench_spoof;
/* p=quarantine, and nothing passes. */
extern const struct bench_message bench_doubtful;
/* SPF cannot be found out. */
extern const struct bench_message bench_undecided;

#define ck_assert_has(text, part)                                             \
	ck_assert_msg(strstr((text), (part)) != NULL, "\"%s\" is not in: %s", \
	    (part), (text))
#define ck_assert_has_not(text, part)                                     \
	ck_assert_msg(strstr((text), (part)) == NULL, "\"%s\" is in: %s", \
	    (part), (text))

#endif
