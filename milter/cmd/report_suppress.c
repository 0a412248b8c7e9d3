/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_suppress.c - the list of those who get no reports.
 */
#include <stdio.h>
#include <sysexits.h>

#include "milter/cmd/report_program.h"
#include "milter/cmd/report_table.h"
#include "milter/cmd/report_time.h"
#include "policy/report/rua.h"

static const struct wax_column columns[] = {
	{ "WHAT", false },
	{ "SINCE", false },
	{ "UNTIL", false },
	{ "WHY", false },
};

/* A domain or an address, as the store keeps it; false: it is neither. */
static bool
read_name(struct wax_arena *arena, struct wax_str text, struct wax_str *out)
{
	struct wax_domain domain;
	size_t at = wax_str_rfind(text, '@');

	if (!wax_domain_parse(arena,
	        at < text.n ? wax_str_from(text, at + 1) : text, &domain))
		return false;
	*out = domain.text;
	if (at == text.n)
		return true;
	*out = wax_str_lower(
	    arena, wax_textf(arena, "%.*s@%.*s",
	               WAX_FMT(wax_str_head(text, at)), WAX_FMT(domain.text)));
	return wax_rua_address_is_valid(arena, *out);
}

/* The same, and DOMAIN:ADDRESS, which a bounce makes. */
static bool
read_what(struct wax_arena *arena, struct wax_str text, struct wax_str *out)
{
	size_t colon = wax_str_find(text, ':');
	struct wax_domain domain;
	struct wax_str address = wax_str_from(text, colon + 1);

	if (colon == text.n)
		return read_name(arena, text, out);
	if (!wax_domain_parse(arena, wax_str_head(text, colon), &domain) ||
	    wax_str_find(address, '@') == address.n ||
	    !read_name(arena, address, &address))
		return false;
	*out = wax_textf(
	    arena, "%.*s:%.*s", WAX_FMT(domain.text), WAX_FMT(address));
	return true;
}

static int
wrong_argument(const struct wax_report_program *program, const char *argument)
{
	struct wax_str shown = wax_shown(program->arena, wax_str_of(argument));

	(void)fprintf(stderr,
	    "sealwax-report: \"%.*s\" is neither a domain nor an address\n",
	    WAX_FMT(shown));
	return EX_USAGE;
}

/* All of them, before the first changes anything. */
static int
read_all(const struct wax_report_program *program, struct wax_str **out)
{
	const struct wax_report_options *options = &program->options;

	*out = wax_alloc(program->arena, options->n_arguments, sizeof **out);
	for (size_t i = 0; i < options->n_arguments; i++)
		if (!read_what(program->arena, wax_str_of(options->argument[i]),
		        &(*out)[i]))
			return wrong_argument(program, options->argument[i]);
	return 0;
}

static int
add(struct wax_report_program *program, struct wax_str what)
{
	const struct wax_report_options *options = &program->options;
	const struct wax_suppression suppression = {
		.what = what,
		.added_at = program->now,
		.until = options->until,
		.why = options->why != NULL ? wax_str_of(options->why)
		                            : WAX_STR("by the operator"),
	};
	struct wax_err err;

	if (wax_store_suppress(program->store, &suppression, &err) != WAX_OK)
		return wax_report_store_failed(&err);
	return 0;
}

static int
take_out(struct wax_report_program *program, struct wax_str what)
{
	struct wax_err err;
	enum wax_status status =
	    wax_store_unsuppress(program->store, what, &err);

	if (status == WAX_OK)
		return 0;
	if (status != WAX_E_NOTFOUND)
		return wax_report_store_failed(&err);
	(void)fprintf(
	    stderr, "sealwax-report: %.*s is not suppressed\n", WAX_FMT(what));
	return WAX_EX_SOME;
}

static int
print_list(struct wax_report_program *program)
{
	struct wax_suppressions list;
	struct wax_table table;
	struct wax_err err;

	if (wax_store_suppressions(program->store, program->arena, program->now,
	        &list, &err) != WAX_OK)
		return wax_report_store_failed(&err);
	wax_table_init(
	    &table, program->arena, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < list.n; i++) {
		wax_table_add(&table, list.v[i].what);
		wax_table_add(&table,
		    wax_time_format(program->arena, list.v[i].added_at));
		if (list.v[i].until > 0)
			wax_table_add(&table,
			    wax_time_format(program->arena, list.v[i].until));
		else
			wax_table_add(&table, WAX_STR("for good"));
		wax_table_add(&table, list.v[i].why);
	}
	wax_table_print(&table, 0, stdout);
	return 0;
}

static int
change(struct wax_report_program *program)
{
	struct wax_str *what;
	int status = read_all(program, &what), each;

	if (status == 0 && program->options.until > 0 &&
	    program->options.until <= program->now)
		return wax_report_fail(EX_USAGE, "--until", "is over already");
	if (status == 0)
		status = wax_report_open_store(program);
	if (status != 0)
		return status;
	for (size_t i = 0; i < program->options.n_arguments; i++) {
		each = program->options.task == WAX_DO_SUPPRESS_ADD
		           ? add(program, what[i])
		           : take_out(program, what[i]);
		if (each > WAX_EX_SOME)
			return each;
		if (each != 0)
			status = each;
	}
	return status;
}

int
wax_report_do_suppress(struct wax_report_program *program)
{
	int status;

	if (program->options.task != WAX_DO_SUPPRESS_LIST)
		return change(program);
	status = wax_report_open_store(program);
	return status != 0 ? status : print_list(program);
}
