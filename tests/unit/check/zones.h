/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zones.h - domains to check, as text of zones; shared by the suites of
 * test_check.
 */
#ifndef WAX_TESTS_UNIT_CHECK_ZONES_H
#define WAX_TESTS_UNIT_CHECK_ZONES_H

#include "policy/auth/engines.h"
#include "policy/check/finding.h"
#include "policy/dns/zone.h"
#include "tests/support/suite.h"

#define N(table) (int)(sizeof(table) / sizeof(table)[0])
#define DEADLINE 8000

/* A resolver over the text of a zone; a wrong zone fails the test. */
struct wax_resolver *check_zone(struct wax_arena *arena, const char *text);

/* Engines with the public suffix list of tests/unit/auth. */
struct wax_engines *check_suffixes(struct wax_arena *arena);

/* "SPF-NONE DMARC-NONE": the words of the findings, in their order. */
const char *check_words(const struct wax_findings *findings);

/*
 * The zone with the record that the first finding of this id proposes, in
 * place of all texts at its owner; NULL if it proposes none.
 */
const char *check_healed(const struct wax_findings *findings,
    enum wax_finding_id id, const char *zone);

/* The first finding of this id; it fails the test if there is none. */
const struct wax_finding *check_first(
    const struct wax_findings *findings, enum wax_finding_id id);

#endif
