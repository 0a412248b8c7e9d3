/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc_world.h - a small DNS for the tests of DMARC, and the list of what
 * was asked.
 */
#ifndef WAX_TESTS_UNIT_AUTH_DMARC_WORLD_H
#define WAX_TESTS_UNIT_AUTH_DMARC_WORLD_H

#include "policy/auth/dmarc.h"
#include "policy/auth/psl.h"
#include "policy/dns/budget.h"
#include "tests/support/suite.h"

/* A line of a zone: the DMARC record of a name. */
#define AT(name, record) "_dmarc." name " TXT " record "\n"
#define R "v=DMARC1; p=reject"

struct world {
	struct wax_arena *arena;
	struct wax_budget *budget;
	struct wax_resolver *resolver; /* the face with the reserve */
	struct wax_resolver *general;
};

struct world world_open(const char *zone);
/* The same with a budget. */
struct world world_open_limited(
    const char *zone, size_t max_questions, size_t reserved);
void world_close(struct world *world);

/* A domain that must be one; "" gives none. */
struct wax_domain domain_of(struct world *world, const char *text);

/*
 * The questions so far, refused ones left out, in one line: "a.example.com
 * example.com" for _dmarc names, "A:x.example" for others.
 */
struct wax_str world_asked(struct world *world);

/* Engines for DMARC alone; psl may be NULL. */
struct wax_engines *world_engines(struct world *world, struct wax_psl *psl);

/*
 * Evaluate a message of an author. `spf` is "" or one of "pass:DOMAIN",
 * "fail:DOMAIN", "temp:DOMAIN" (an answer is missing) and so on; `dkim` is a
 * list of the same, one word a signature.
 */
struct wax_dmarc_result world_judge(
    struct world *world, const char *author, const char *spf, const char *dkim);
/* The same by a public suffix list. */
struct wax_dmarc_result world_judge_psl(struct world *world,
    struct wax_psl *psl, const char *author, const char *spf, const char *dkim);

/* The same with a query of the caller. */
struct wax_dmarc_result world_evaluate(
    struct world *world, const struct wax_dmarc_query *query);

/*
 * A result in one line: "pass example.com p=reject by spf dkim#0",
 * "fail example.com sp=reject t=quarantine", "none", "temperror example.com
 * p=reject least=none most=reject spf? dkim? policy?".
 */
struct wax_str world_shape(
    struct world *world, const struct wax_dmarc_result *result);

Suite *dmarc_align_suite(void);
Suite *dmarc_oracle_suite(void);
Suite *dmarc_policy_suite(void);
Suite *dmarc_record_suite(void);
Suite *dmarc_trouble_suite(void);
Suite *dmarc_walk_suite(void);
Suite *psl_suite(void);

#endif
