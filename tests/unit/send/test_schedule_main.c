/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/suite.h"
#include "tests/unit/send/schedule_suites.h"

Suite *(*const wax_suites[])(void) = { wax_schedule_suite,
	wax_schedule_ahead_suite, wax_schedule_kill_suite, NULL };
