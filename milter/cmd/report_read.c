/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_read.c - reports that others sent to us, as tables. Nothing of them
 * is kept.
 */
#include <stdio.h>

#include "milter/cmd/report_input.h"
#include "milter/cmd/report_table.h"

/* What a stranger's report calls its sender. */
static void
print_reporter(struct wax_arena *arena, const struct wax_aggregate *report,
    enum wax_xml_dialect dialect)
{
	struct wax_str org = wax_shown(arena, report->org_name);
	struct wax_str email = wax_shown(arena, report->email);

	(void)printf("%.*s <%.*s>, %s\n", WAX_FMT(org), WAX_FMT(email),
	    dialect == WAX_XML_RFC9990 ? "RFC 9990" : "RFC 7489");
}

static void
print_found(void *arg, struct wax_arena *arena, const char *file,
    const struct wax_aggregate *report, enum wax_xml_dialect dialect)
{
	bool *is_first = arg;
	struct wax_str name = wax_shown(arena, wax_str_of(file));

	if (!*is_first)
		(void)putchar('\n');
	*is_first = false;
	(void)printf("%.*s: ", WAX_FMT(name));
	print_reporter(arena, report, dialect);
	wax_report_print(arena, report, stdout);
}

int
wax_report_do_read(struct wax_report_program *program)
{
	bool is_first = true;

	return wax_report_inputs(program, NULL, print_found, &is_first);
}
