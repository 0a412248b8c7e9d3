/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The suites of making reports into mail and handing them over.
 */
#include "tests/support/suite.h"

Suite *wax_compose_suite(void);
Suite *wax_pemkey_suite(void);
Suite *wax_sign_suite(void);
Suite *wax_smtp_url_suite(void);
Suite *wax_submit_suite(void);

Suite *(*const wax_suites[])(void) = { wax_compose_suite, wax_pemkey_suite,
	wax_sign_suite, wax_smtp_url_suite, wax_submit_suite, NULL };
