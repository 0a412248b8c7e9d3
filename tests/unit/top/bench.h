/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench.h - whole messages through an evaluation, over a zone in a string.
 */
#ifndef WAX_TESTS_UNIT_TOP_BENCH_H
#define WAX_TESTS_UNIT_TOP_BENCH_H

#include "policy/evaluation.h"
#include "policy/verdict.h"
#include "tests/support/signer.h"

struct bench {
	struct wax_arena *arena;
	struct wax_engines *engines;
	struct wax_local_policy policy;
	struct wax_connection connection;
	struct wax_envelope envelope;
	struct wax_str message; /* lines end with CRLF */
	/* Of the last judgement: */
	const struct wax_facts *facts;
	const struct wax_results *results;
	struct wax_verdict verdict;
};

/* Enforced, with all defaults; from 192.0.2.7, HELO mail.bank.example,
 * MAIL FROM bounce@bank.example; a message of info@bank.example. */
void bench_open(struct bench *bench);
void bench_close(struct bench *bench);

struct wax_resolver *bench_resolver(struct bench *bench, struct wax_str zone);
/* A new evaluation that has seen the envelope and the header. */
struct wax_evaluation *bench_feed(
    struct bench *bench, struct wax_resolver *resolver);
/* The whole of it; the action of enforce mode. */
enum wax_action bench_judge(struct bench *bench, struct wax_str zone);

/* The message signed with a key of tests/support/keys. */
struct wax_str bench_signed(
    struct bench *bench, const char *key, const char *domain);
struct wax_str bench_sign(struct bench *bench, const char *key,
    const struct wax_sign_request *request);
/* The TXT text of the key's record. */
struct wax_str bench_key(struct bench *bench, const char *key);

#endif
