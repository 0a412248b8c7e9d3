/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What LeakSanitizer is not to complain of. dkim_free() of libopendkim
 * 2.11.0~beta2 gives an RSA key back, but no Ed25519 key: about 1 kB for each
 * message that is signed with one. A run of sending signs at most
 * WAX_MAILS_PER_RUN_MAX, and ends. Whole stacks, so that nothing else that
 * libcrypto allocates is let through.
 */
#include "tests/support/leaks.h"

const char *
__asan_default_options(void)
{
	return "fast_unwind_on_malloc=0";
}

const char *
__lsan_default_suppressions(void)
{
	return "leak:dkim_privkey_load\n";
}
