/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/top/suites.h"

Suite *(*const wax_suites[])(void) = {
	wax_verdict_suite,
	wax_temperror_suite,
	wax_reply_suite,
	wax_plan_suite,
	wax_relay_suite,
	wax_render_suite,
	wax_evaluation_suite,
	wax_saved_message_suite,
	wax_trouble_suite,
	wax_limits_suite,
	NULL,
};
