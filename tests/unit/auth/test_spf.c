/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/auth/spf_suites.h"

Suite *(*const wax_suites[])(void) = { wax_spf_record_suite,
	wax_spf_macro_suite, wax_spf_check_suite, wax_spf_limits_suite,
	wax_spf_libspf2_suite, wax_spf_ahead_suite, NULL };
