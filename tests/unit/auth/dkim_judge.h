/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim_judge.h - a whole message through policy/auth/dkim.h, for tests.
 */
#ifndef WAX_TESTS_UNIT_AUTH_DKIM_JUDGE_H
#define WAX_TESTS_UNIT_AUTH_DKIM_JUDGE_H

#include "policy/auth/dkim.h"
#include "tests/support/signer.h"

/* The clock of the tests: 2023-11-14. */
#define JUDGE_NOW 1700000000

struct judge {
	struct wax_arena *arena;
	struct wax_engines *engines;
	struct wax_text zone;
	struct wax_dkim_options options; /* defaults; change before a run */
	const char *author;              /* NULL: none */
	size_t chunk;         /* octets of the body at a time; 0: all */
	size_t max_questions; /* of the DNS */

	/* Of the last run. */
	size_t n;
	const struct wax_dkim_signature *sig;
	bool needs_body;
	size_t asked_ahead; /* questions at the end of the header */
	size_t waited;      /* lookups before the finish: must be none */
	size_t asked;       /* questions in all */
};

struct judge judge_open(void);
void judge_close(struct judge *judge);

/* A key of tests/support/keys. */
struct wax_signer *judge_signer(const char *name);

/* Add lines to the zone, or "name TXT record". */
void judge_zone(struct judge *judge, const char *lines);
void judge_publish(struct judge *judge, const char *name, struct wax_str txt);
/* The record of a key under selector and domain. */
void judge_publish_key(
    struct judge *judge, const char *name, const struct wax_signer *signer);

/* Lines end in CRLF; the fields start the message. */
void judge_run(struct judge *judge, struct wax_str message);

/* Sign with a key of that name, publish it, and run. */
void judge_signed(struct judge *judge, const char *key,
    const struct wax_sign_request *request, struct wax_str message);

#define judge_is(judge, i, word) \
	ck_assert_str_eq(wax_result_word((judge)->sig[i].result), (word))
#define judge_reason(judge, i, text) \
	ck_assert_wax_str_eq((judge)->sig[i].reason, (text))

#endif
