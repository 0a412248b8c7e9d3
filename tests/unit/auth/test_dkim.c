/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The suites of everything about DKIM.
 */
#include "tests/support/suite.h"

Suite *wax_canon_suite(void);
Suite *wax_dkim_keys_suite(void);
Suite *wax_dkim_library_suite(void);
Suite *wax_dkim_many_suite(void);
Suite *wax_dkim_rfc_suite(void);
Suite *wax_dkim_signature_suite(void);
Suite *wax_dkim_vectors_suite(void);
Suite *wax_engines_suite(void);
Suite *wax_keyrec_suite(void);
Suite *wax_signed_fields_suite(void);
Suite *wax_signer_suite(void);

Suite *(*const wax_suites[])(void) = { wax_engines_suite, wax_signer_suite,
	wax_canon_suite, wax_keyrec_suite, wax_signed_fields_suite,
	wax_dkim_signature_suite, wax_dkim_vectors_suite, wax_dkim_rfc_suite,
	wax_dkim_keys_suite, wax_dkim_library_suite, wax_dkim_many_suite,
	NULL };
