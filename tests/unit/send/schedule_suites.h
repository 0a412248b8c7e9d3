/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef WAX_TESTS_UNIT_SEND_SCHEDULE_SUITES_H
#define WAX_TESTS_UNIT_SEND_SCHEDULE_SUITES_H

#include <check.h>

Suite *wax_schedule_suite(void);
Suite *wax_schedule_ahead_suite(void);
Suite *wax_schedule_kill_suite(void);

#endif
