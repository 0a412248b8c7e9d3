/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_no_pgsql.c - what a program without PostgreSQL says to its URL.
 */
#include "milter/store/store_impl.h"

enum wax_status
wax_pgsql_open(const struct wax_store_options *options,
    const struct wax_schema *schema, struct wax_db **out, struct wax_err *err)
{
	(void)options;
	(void)schema;
	*out = NULL;
	return wax_fail(err, WAX_E_CONFIG,
	    "this program was built without PostgreSQL: configure it "
	    "--with-pgsql, or use sqlite:PATH");
}
