/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suites.h - the suites of test_dns.
 */
#ifndef WAX_TESTS_UNIT_DNS_SUITES_H
#define WAX_TESTS_UNIT_DNS_SUITES_H

#include "tests/support/suite.h"

Suite *wax_answer_suite(void);
Suite *wax_zone_suite(void);
Suite *wax_budget_suite(void);

#endif
