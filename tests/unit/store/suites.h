/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef WAX_TESTS_UNIT_STORE_SUITES_H
#define WAX_TESTS_UNIT_STORE_SUITES_H

#include <check.h>

Suite *importer_suite(void);
Suite *segment_suite(void);
Suite *journal_suite(void);
Suite *journal_trouble_suite(void);

#endif
