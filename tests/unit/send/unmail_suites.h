/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unmail_suites.h - the suites of test_unmail.
 */
#ifndef WAX_TESTS_UNIT_SEND_UNMAIL_SUITES_H
#define WAX_TESTS_UNIT_SEND_UNMAIL_SUITES_H

#include "tests/support/suite.h"

Suite *bounce_suite(void);

#endif
