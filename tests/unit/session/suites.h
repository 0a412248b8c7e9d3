/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef WAX_TESTS_UNIT_SESSION_SUITES_H
#define WAX_TESTS_UNIT_SESSION_SUITES_H

#include "tests/support/suite.h"

Suite *connection_suite(void);
Suite *message_suite(void);
Suite *overload_suite(void);
Suite *rows_suite(void);
Suite *service_suite(void);

#endif
