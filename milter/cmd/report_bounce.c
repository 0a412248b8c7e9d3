/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_bounce.c - a bounce on standard input: its destination gets no
 * reports for a while. For an alias of the mail server.
 *
 * Anybody can send us a bounce. It counts only if it holds the Report-ID of a
 * report that we have sent, which is random and known to its recipients, and
 * only for the addresses that this report went to, as destinations of reports
 * on its domain: whoever gets reports on his own domain at an address beside
 * that of a service could silence the service for all others.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "milter/cmd/report_program.h"
#include "milter/cmd/report_table.h"
#include "milter/cmd/report_time.h"
#include "milter/send/bounce.h"
#include "policy/base/limits.h"

#define SUPPRESS_DAYS 30

struct coming_back {
	struct wax_report_program *program;
	struct wax_bounce bounce;
	size_t n_suppressed;
};

static int
not_ours(const char *why)
{
	(void)fprintf(
	    stderr, "sealwax-report: bounce: %s; nothing changes\n", why);
	return EX_DATAERR;
}

/* The beginning; the rest is read as well, so that the mail server does not
 * find a closed pipe. */
static int
read_message(struct wax_arena *arena, struct wax_str *out)
{
	char buffer[16384];
	struct wax_text text;
	size_t n;

	wax_text_init(&text, arena);
	while ((n = fread(buffer, 1, sizeof buffer, stdin)) > 0)
		if (text.n < WAX_BOUNCE_BYTES_MAX)
			wax_text_add(&text, (struct wax_str){ buffer, n });
	if (ferror(stdin) != 0)
		return wax_report_fail(
		    EX_TEMPFAIL, "standard input", strerror(errno));
	*out = wax_text_str(&text);
	return 0;
}

/* Whether the bounce says that this address failed. */
static bool
is_named(const struct wax_bounce *bounce, struct wax_str address,
    struct wax_str *why)
{
	*why = WAX_STR("");
	for (size_t i = 0; i < bounce->n; i++)
		if (wax_str_eq(bounce->bounced[i].address, address)) {
			*why = bounce->bounced[i].why;
			return true;
		}
	/* Where no field says it, the text must. */
	return bounce->is_plain && bounce->n == 0 &&
	       wax_bounce_names(bounce->text, address);
}

/* Whether this delivery is the one that came back. */
static bool
is_bounced(const struct coming_back *back, const struct wax_delivery *delivery,
    struct wax_str *why)
{
	struct wax_str address =
	    wax_str_lower(back->program->arena, delivery->address);

	/* What never left us cannot come back. */
	if (address.n == 0 ||
	    (delivery->attempts == 0 && delivery->state != WAX_DELIVERY_SENT &&
	        delivery->state != WAX_DELIVERY_SENDING))
		return false;
	return is_named(&back->bounce, address, why);
}

static int
suppress(struct coming_back *back, struct wax_str domain,
    struct wax_str address, struct wax_str why)
{
	struct wax_report_program *program = back->program;
	const struct wax_suppression suppression = {
		.what = wax_str_lower(
		    program->arena, wax_textf(program->arena, "%.*s:%.*s",
		                        WAX_FMT(domain), WAX_FMT(address))),
		.added_at = program->now,
		.until = program->now + SUPPRESS_DAYS * 86400,
		.why = why.n > 0 ? wax_textf(program->arena, "bounced: %.*s",
		                       WAX_FMT(wax_shown(program->arena, why)))
		                 : WAX_STR("bounced"),
	};
	struct wax_str until =
	    wax_time_format(program->arena, suppression.until);
	struct wax_err err;

	if (wax_store_suppress(program->store, &suppression, &err) != WAX_OK)
		return wax_report_store_failed(&err);
	back->n_suppressed++;
	(void)printf("%.*s gets no reports on %.*s until %.*s\n",
	    WAX_FMT(wax_shown(program->arena, address)),
	    WAX_FMT(wax_shown(program->arena, domain)), WAX_FMT(until));
	return 0;
}

static int
suppress_deliveries(struct coming_back *back, struct wax_arena *arena,
    const struct wax_stored_report *report)
{
	struct wax_deliveries deliveries;
	struct wax_str why;
	struct wax_err err;
	int status = 0;

	if (wax_store_deliveries(back->program->store, arena, report->id, false,
	        &deliveries, &err) != WAX_OK)
		return wax_report_store_failed(&err);
	for (size_t i = 0; status == 0 && i < deliveries.n; i++)
		if (is_bounced(back, &deliveries.v[i], &why))
			status = suppress(
			    back, report->domain, deliveries.v[i].address, why);
	return status;
}

static bool
has_id(const struct wax_bounce *bounce, struct wax_str id)
{
	for (size_t i = 0; id.n > 0 && i < bounce->n_ids; i++)
		if (wax_str_ieq(bounce->id[i], id))
			return true;
	return false;
}

/* Those of a page that it names; *n of them. */
static int
look_at(struct coming_back *back, struct wax_arena *arena,
    const struct wax_stored_reports *reports, size_t *n)
{
	int status = 0;

	for (size_t i = 0; status == 0 && i < reports->n; i++) {
		if (!has_id(&back->bounce, reports->v[i].report_id))
			continue;
		++*n;
		status = suppress_deliveries(back, arena, &reports->v[i]);
	}
	return status;
}

/* The reports that it names, of those that ever left us. */
static int
look_at_all(struct coming_back *back, size_t *n)
{
	const struct wax_report_filter built = {
		.states = WAX_REPORT_IS(WAX_REPORT_BUILT) |
		          WAX_REPORT_IS(WAX_REPORT_DONE),
	};
	struct wax_report_cursor cursor = { .is_begun = false };
	struct wax_arena *arena = wax_arena_new("page", 65536);
	struct wax_stored_reports reports = { 1, NULL };
	struct wax_err err;
	int status = 0;

	while (status == 0 && reports.n > 0) {
		wax_arena_reset(arena);
		if (wax_store_reports(back->program->store, arena, &built,
		        &cursor, &reports, &err) != WAX_OK)
			status = wax_report_store_failed(&err);
		else
			status = look_at(back, arena, &reports, n);
	}
	wax_arena_free(arena);
	return status;
}

static int
look_up(struct coming_back *back)
{
	size_t n = 0;
	int status;

	if (back->bounce.n_ids == 0)
		return not_ours("it holds no Report-ID of ours");
	status = look_at_all(back, &n);
	if (status != 0 || back->n_suppressed > 0)
		return status;
	return not_ours(n == 0 ? "it holds no Report-ID of ours"
	                       : "the report it names did not go to whom it"
	                         " names");
}

/* What the mail server shall make of our status: what is wrong here is no
 * fault of the message, which can wait. */
static int
for_mail_server(int status)
{
	return status == 0 || status == EX_DATAERR ? status : EX_TEMPFAIL;
}

static int
take(struct coming_back *back, struct wax_str message)
{
	struct wax_err err;
	int status;

	if (wax_bounce_parse(
	        back->program->arena, message, &back->bounce, &err) != WAX_OK)
		return not_ours(err.text);
	switch (back->bounce.kind) {
	case WAX_BOUNCE_NONE:
		return not_ours("it is no bounce");
	case WAX_BOUNCE_LATER:
		(void)puts("nothing failed for good; nothing changes");
		return 0;
	case WAX_BOUNCE_FAILED:
		break;
	}
	status = wax_report_open_store(back->program);
	return status != 0 ? status : look_up(back);
}

int
wax_report_do_bounce(struct wax_report_program *program)
{
	struct coming_back back = { .program = program };
	struct wax_str message;
	int status = read_message(program->arena, &message);

	/* What comes from others is read by nobody who has rights. */
	if (status == 0)
		status = wax_report_become_user(program);
	if (status == 0)
		status = take(&back, message);
	return for_mail_server(status);
}
