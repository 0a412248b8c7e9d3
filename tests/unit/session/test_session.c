/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/session/suites.h"

Suite *(*const wax_suites[])(void) = { connection_suite, message_suite,
	overload_suite, rows_suite, service_suite, NULL };
