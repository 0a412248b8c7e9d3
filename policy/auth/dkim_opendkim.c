/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The door to libopendkim: no other file of policy/ includes it.
 */
#include "policy/auth/dkim.h"

#include <opendkim/dkim.h>
#include <stdlib.h>

#include "policy/auth/engines_impl.h"

/*
 * The library's memory of a message comes from the message's arena, which
 * takes it back as a whole; what it needs for itself has no closure.
 */
static void *
library_malloc(void *closure, size_t n)
{
	if (closure == NULL)
		return malloc(n);
	return wax_alloc(closure, n, 1);
}

static void
library_free(void *closure, void *p)
{
	if (closure == NULL)
		free(p);
}

/*
 * Malformed signatures keep their place in the list of results, and keys are
 * asked at the end of the message, not at the end of the header
 * (libopendkim 2.11: pitfalls of the defaults). The library judges t= and x=
 * by its own clock, which would make a replay differ: its tolerance is set
 * beyond any date, and the adapter judges them.
 */
static bool
library_setup(DKIM_LIB *lib)
{
	u_int flags = DKIM_LIBFLAGS_BADSIGHANDLES | DKIM_LIBFLAGS_DELAYSIGPROC;
	uint64_t drift = UINT64_C(1) << 62;

	return dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags,
	           sizeof flags) == DKIM_STAT_OK &&
	       dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_CLOCKDRIFT, &drift,
	           sizeof drift) == DKIM_STAT_OK;
}

struct dkim_lib *
wax_dkim_library_open(struct wax_err *err)
{
	DKIM_LIB *lib = dkim_init(library_malloc, library_free);

	if (lib == NULL) {
		(void)wax_fail(err, WAX_E_TEMP,
		    "libopendkim: dkim_init failed: out of memory");
		return NULL;
	}
	if (!library_setup(lib)) {
		(void)wax_fail(err, WAX_E_CONFIG,
		    "libopendkim refused its options: is it version 2.11?");
		dkim_close(lib);
		return NULL;
	}
	return lib;
}

void
wax_dkim_library_close(struct dkim_lib *lib)
{
	dkim_close(lib);
}
