/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/auth/dmarc_world.h"

Suite *(*const wax_suites[])(void) = {
	dmarc_record_suite,
	dmarc_walk_suite,
	dmarc_policy_suite,
	dmarc_align_suite,
	dmarc_trouble_suite,
	dmarc_oracle_suite,
	psl_suite,
	NULL,
};
