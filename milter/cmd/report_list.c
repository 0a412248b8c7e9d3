/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_list.c - one line for each report: what became of it, or would.
 *
 * Nothing is asked of the DNS: what a destination will say is seen with
 * "send --dry-run".
 */
#include <inttypes.h>
#include <stdio.h>

#include "milter/cmd/report_program.h"
#include "milter/cmd/report_table.h"
#include "milter/cmd/report_time.h"
#include "policy/report/rua.h"

static const struct wax_column columns[] = {
	{ "PERIOD", false },
	{ "DOMAIN", false },
	{ "STATE", false },
	{ "MESSAGES", true },
	{ "RECORDS", true },
	{ "DESTINATIONS", false },
};

/* So many lines have their columns in common. */
#define LINES 1000

struct list {
	struct wax_report_program *program;
	struct wax_suppressions suppressed;
	struct wax_arena *lines; /* of the table */
	struct wax_table table;
	size_t n_lines;
};

static const char *
state_word(enum wax_report_state state)
{
	switch (state) {
	case WAX_REPORT_OPEN:
		return "open";
	case WAX_REPORT_CLAIMED:
		return "claimed";
	case WAX_REPORT_BUILT:
		return "built";
	case WAX_REPORT_DONE:
		return "done";
	case WAX_REPORT_WITHHELD:
		return "withheld";
	}
	return "?";
}

static const struct wax_suppression *
suppression_of(const struct list *list, struct wax_str what)
{
	for (size_t i = 0; i < list->suppressed.n; i++)
		if (wax_str_ieq(list->suppressed.v[i].what, what))
			return &list->suppressed.v[i];
	return NULL;
}

/* Of the domain, or of one above it; NULL: none. */
static const struct wax_suppression *
domain_suppression(const struct list *list, struct wax_str domain)
{
	struct wax_domain at = { domain };
	const struct wax_suppression *found = suppression_of(list, domain);

	while (found == NULL && wax_domain_parent(at, &at))
		found = suppression_of(list, at.text);
	return found;
}

static void
add_part(struct wax_text *text, const char *sep)
{
	if (text->n > 0)
		wax_text_addz(text, sep);
}

static void
add_suppressed(struct wax_text *text, const struct wax_suppression *by)
{
	wax_text_addf(text, " suppressed");
	if (by->until > 0)
		wax_text_addf(text, " until %.*s",
		    WAX_FMT(wax_time_format(text->arena, by->until)));
	if (by->why.n > 0)
		wax_text_addf(text, " (%.*s)", WAX_FMT(by->why));
}

/* What is known of a destination before it is asked. */
static void
add_destination(const struct list *list, struct wax_text *text,
    struct wax_str domain, const struct wax_rua_destination *destination)
{
	const struct wax_suppression *by;

	add_part(text, "; ");
	if (destination->state == WAX_RUA_REFUSED) {
		wax_text_addf(text, "%.*s refused: %.*s",
		    WAX_FMT(destination->uri), WAX_FMT(destination->why));
		return;
	}
	wax_text_add(text, destination->address);
	by = suppression_of(list, destination->address);
	if (by == NULL)
		by = domain_suppression(list, destination->host.text);
	if (by == NULL)
		by = suppression_of(
		    list, wax_textf(text->arena, "%.*s:%.*s", WAX_FMT(domain),
		              WAX_FMT(destination->address)));
	if (by != NULL)
		add_suppressed(text, by);
}

/* 0 or an exit status. */
static int
add_unknown(const struct list *list, struct wax_text *text,
    const struct wax_stored_report *report)
{
	const struct wax_report_program *program = list->program;
	unsigned days = program->config->report_known_days;
	bool is_known = true;
	struct wax_err err;

	if (days > 0 && wax_store_is_known(program->store, report->domain,
	                    program->now - (int64_t)days * 86400, &is_known,
	                    &err) != WAX_OK)
		return wax_report_store_failed(&err);
	if (!is_known)
		wax_text_addf(text,
		    "; not to be sent: no aligned message of it was accepted"
		    " in %u days",
		    days);
	return 0;
}

#define NO_POLICY "the store holds no policy that can be read"

/* Of a report that is still open. */
static int
add_prospect(const struct list *list, struct wax_text *text,
    const struct wax_stored_report *report)
{
	const struct wax_rua_options options = {
		.max_uris = list->program->config->max_report_uris,
		.own_address = list->program->config->report_from,
	};
	const struct wax_suppression *by =
	    domain_suppression(list, report->domain);
	struct wax_report_policy policy;
	struct wax_rua_destination *destination;
	size_t n = 0;

	if (!wax_report_policy_parse(text->arena, report->policy, &policy)) {
		wax_text_addz(text, NO_POLICY);
		return wax_report_damaged(text->arena, report, NO_POLICY);
	}
	destination = wax_rua_parse(text->arena, policy.rua, &options, &n);
	if (n == 0) {
		wax_text_addz(text, "none asked for");
		return 0;
	}
	if (by != NULL) {
		wax_text_add(text, report->domain);
		add_suppressed(text, by);
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		add_destination(list, text, report->domain, &destination[i]);
	return add_unknown(list, text, report);
}

static void
add_delivery(struct wax_text *text, const struct wax_delivery *delivery)
{
	struct wax_arena *arena = text->arena;
	struct wax_str to =
	    delivery->address.n > 0 ? delivery->address : delivery->uri;

	add_part(text, "; ");
	wax_text_add(text, to);
	switch (delivery->state) {
	case WAX_DELIVERY_DUE:
		if (delivery->attempts > 0)
			wax_text_addf(text, " again at %.*s",
			    WAX_FMT(wax_time_format(arena, delivery->next_at)));
		else
			wax_text_addz(text, " due");
		break;
	case WAX_DELIVERY_ASKING:
		wax_text_addf(text, " asked again at %.*s",
		    WAX_FMT(wax_time_format(arena, delivery->next_at)));
		break;
	case WAX_DELIVERY_SENDING:
		wax_text_addf(text, " with the server since %.*s, by %.*s",
		    WAX_FMT(wax_time_format(arena, delivery->attempt_at)),
		    WAX_FMT(delivery->host));
		break;
	case WAX_DELIVERY_SENT:
		wax_text_addf(text, " sent %.*s",
		    WAX_FMT(wax_time_format(arena, delivery->attempt_at)));
		return;
	case WAX_DELIVERY_GIVEN_UP:
		wax_text_addz(text, " given up");
		break;
	case WAX_DELIVERY_REFUSED:
		wax_text_addz(text, " refused");
		break;
	}
	if (delivery->why.n > 0)
		wax_text_addf(text, ": %.*s", WAX_FMT(delivery->why));
}

static int
add_deliveries(const struct list *list, struct wax_text *text, int64_t report)
{
	struct wax_deliveries deliveries;
	struct wax_err err;

	if (wax_store_deliveries(list->program->store, text->arena, report,
	        false, &deliveries, &err) != WAX_OK)
		return wax_report_store_failed(&err);
	for (size_t i = 0; i < deliveries.n; i++)
		add_delivery(text, &deliveries.v[i]);
	return 0;
}

static int
add_destinations(const struct list *list, struct wax_text *text,
    const struct wax_stored_report *report)
{
	switch (report->state) {
	case WAX_REPORT_OPEN:
		return add_prospect(list, text, report);
	case WAX_REPORT_WITHHELD:
		wax_text_add(text, report->why);
		return 0;
	case WAX_REPORT_CLAIMED:
	case WAX_REPORT_BUILT:
	case WAX_REPORT_DONE:
		break;
	}
	return add_deliveries(list, text, report->id);
}

static void
print_lines(struct list *list)
{
	wax_table_print(&list->table, 0, stdout);
	wax_arena_reset(list->lines);
	list->n_lines = 0;
}

static int
add_report(
    void *arg, struct wax_arena *arena, const struct wax_stored_report *report)
{
	struct list *list = arg;
	struct wax_text text;
	int status;

	wax_text_init(&text, arena);
	status = add_destinations(list, &text, report);
	if (status != 0 && status != WAX_EX_SOME)
		return status;
	wax_table_add(&list->table, wax_period_format(arena, report->period));
	wax_table_add(&list->table, report->domain);
	wax_table_add(&list->table, wax_str_of(state_word(report->state)));
	wax_table_addf(&list->table, "%" PRIu64, report->n_messages);
	wax_table_addf(&list->table, "%" PRIu64, report->n_records);
	wax_table_add(&list->table, wax_text_str(&text));
	if (++list->n_lines == LINES)
		print_lines(list);
	return status;
}

static int
print_list(struct list *list)
{
	struct wax_report_program *program = list->program;
	struct wax_err err;
	uint64_t n = 0;
	int status;

	if (wax_store_suppressions(program->store, program->arena, program->now,
	        &list->suppressed, &err) != WAX_OK)
		return wax_report_store_failed(&err);
	wax_table_init(&list->table, list->lines, columns,
	    sizeof columns / sizeof *columns);
	status = wax_report_each(program, add_report, list, &n);
	if (list->n_lines > 0)
		print_lines(list);
	if (status == 0 && n == 0)
		(void)fputs(
		    "sealwax-report: there is no such report\n", stderr);
	return status;
}

int
wax_report_do_list(struct wax_report_program *program)
{
	struct list list = { .program = program };
	int status = wax_report_open_store(program);

	if (status != 0)
		return status;
	list.lines = wax_arena_new("lines", 65536);
	status = print_list(&list);
	wax_arena_free(list.lines);
	return status;
}
