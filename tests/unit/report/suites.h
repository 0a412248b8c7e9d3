/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suites.h - the suites of test_row.
 */
#ifndef WAX_TESTS_UNIT_REPORT_SUITES_H
#define WAX_TESTS_UNIT_REPORT_SUITES_H

#include "tests/support/suite.h"

Suite *wax_row_suite(void);
Suite *wax_row_text_suite(void);
Suite *wax_row_vectors_suite(void);
Suite *wax_aggregate_suite(void);

#endif
