/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/report/suites.h"

Suite *(*const wax_suites[])(void) = {
	wax_row_text_suite,
	wax_row_suite,
	wax_row_vectors_suite,
	wax_aggregate_suite,
	NULL,
};
