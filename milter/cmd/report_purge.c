/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_purge.c - removing what is not to be kept any more.
 */
#include <inttypes.h>
#include <stdio.h>

#include "milter/cmd/report_program.h"

int
wax_report_do_purge(struct wax_report_program *program)
{
	uint64_t n = 0;
	struct wax_err err;
	int status = wax_report_open_store(program);

	if (status != 0)
		return status;
	if (wax_store_purge(program->store, program->options.domain,
	        program->options.before, &n, &err) != WAX_OK)
		return wax_report_store_failed(&err);
	(void)printf(
	    "%" PRIu64 " %s removed\n", n, n == 1 ? "report" : "reports");
	return 0;
}
