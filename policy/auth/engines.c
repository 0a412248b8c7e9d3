/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening and closing what the engines share. Nothing is judged here.
 */
#include "policy/auth/engines.h"

#include <stdlib.h>

#include "policy/auth/engines_impl.h"
#include "policy/auth/psl.h"

/*
 * The public suffix table, if it was asked for. A table that cannot be read
 * must end the start: judging without it would move organizational
 * boundaries silently.
 */
static bool
open_psl(struct wax_engines *engines, const struct wax_engine_options *options,
    struct wax_err *err)
{
	if (engines->org != WAX_ORG_PSL)
		return true;
	engines->psl = wax_psl_open(options->psl_file, err);
	return engines->psl != NULL;
}

struct wax_engines *
wax_engines_open(const struct wax_engine_options *options, struct wax_err *err)
{
	struct wax_engines *engines = calloc(1, sizeof *engines);

	if (engines == NULL) {
		(void)wax_fail(err, WAX_E_TEMP, "engines: out of memory");
		return NULL;
	}
	engines->spf = options->spf;
	engines->org = options->org;
	engines->dkim_lib = wax_dkim_library_open(err);
	if (engines->dkim_lib == NULL || !open_psl(engines, options, err)) {
		wax_engines_close(engines);
		return NULL;
	}
	return engines;
}

void
wax_engines_close(struct wax_engines *engines)
{
	if (engines == NULL)
		return;
	if (engines->dkim_lib != NULL)
		wax_dkim_library_close(engines->dkim_lib);
	wax_psl_close(engines->psl);
	free(engines);
}

struct wax_domain
wax_engines_psl_domain(
    const struct wax_engines *engines, struct wax_domain domain)
{
	if (engines->psl == NULL)
		return (struct wax_domain){ { NULL, 0 } };
	return wax_psl_org_domain(engines->psl, domain);
}
