/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xml_suites.h - the suites of test_xml, and what they share.
 */
#ifndef WAX_TESTS_UNIT_REPORT_XML_SUITES_H
#define WAX_TESTS_UNIT_REPORT_XML_SUITES_H

#include "policy/report/xml.h"
#include "tests/support/suite.h"

Suite *wax_xml_write_suite(void);
Suite *wax_xml_read_suite(void);
Suite *wax_xml_refuse_suite(void);
Suite *wax_xml_round_suite(void);
Suite *wax_xml_vectors_suite(void);

/* A file below tests/reports; ends the test if it cannot be read. */
struct wax_str read_report_file(struct wax_arena *arena, const char *name);

/* Whether two reports say the same; the test fails if not. */
void ck_assert_report_eq(
    const struct wax_aggregate *got, const struct wax_aggregate *want);

/* Whether processor time says something: not under valgrind or a debugger
 * (no forks), nor with sanitizers. */
bool time_counts(void);

#endif
