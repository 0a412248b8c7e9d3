/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suites.h - the suites of test_check.
 */
#ifndef WAX_TESTS_UNIT_CHECK_SUITES_H
#define WAX_TESTS_UNIT_CHECK_SUITES_H

#include "tests/support/suite.h"

Suite *wax_catalogue_suite(void);
Suite *wax_dmarc_view_suite(void);
Suite *wax_domains_suite(void);
Suite *wax_finding_suite(void);
Suite *wax_ours_suite(void);
Suite *wax_publish_suite(void);
Suite *wax_spf_agree_suite(void);
Suite *wax_spf_tree_suite(void);
Suite *wax_route_suite(void);
Suite *wax_servers_suite(void);

#endif
