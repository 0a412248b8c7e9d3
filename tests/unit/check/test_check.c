/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/check/suites.h"

Suite *(*const wax_suites[])(void) = {
	wax_finding_suite,
	wax_publish_suite,
	wax_spf_agree_suite,
	wax_spf_tree_suite,
	wax_route_suite,
	wax_dmarc_view_suite,
	wax_servers_suite,
	wax_ours_suite,
	wax_domains_suite,
	wax_catalogue_suite,
	NULL,
};
