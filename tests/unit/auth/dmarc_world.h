/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc_world.h - a small DNS for the tests of DMARC, and the list of what
 * was asked.
 */
#ifndef WAX_TESTS_UNIT_AUTH_DMARC_WORLD_H
#define WAX_TESTS_UNIT_AUTH_DMARC_WORLD_H

#include "policy/auth/dmarc.h"
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

Suite *dmarc_record_suite(void);
Suite *dmarc_walk_suite(void);

#endif
