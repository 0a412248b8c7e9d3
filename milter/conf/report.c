/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/conf/report.h"

#include <stdarg.h>
#include <stdlib.h>

#include "policy/base/text.h"

#define MESSAGES_MAX 100
#define SHOWN_MAX 80

static void add(struct wax_conf_report *report, bool is_error,
    const struct wax_conf_place *place, struct wax_str key, const char *fmt,
    va_list ap) WAX_PRINTF(5, 0);

static void
add(struct wax_conf_report *report, bool is_error,
    const struct wax_conf_place *place, struct wax_str key, const char *fmt,
    va_list ap)
{
	struct wax_text line;

	report->n_errors += is_error ? 1 : 0;
	wax_text_init(&line, report->arena);
	if (place->file.n > 0) {
		wax_text_add(
		    &line, wax_conf_place_format(report->arena, place));
		wax_text_addz(&line, ": ");
	}
	if (key.n > 0) {
		wax_text_add(&line, wax_conf_shown(report->arena, key));
		wax_text_addz(&line, ": ");
	}
	wax_text_addv(&line, fmt, ap);
	WAX_PUSH(report->arena, &report->messages,
	    (struct wax_conf_message){ place->order, report->messages.n,
	        is_error, wax_text_str(&line) });
}

void
wax_conf_error(struct wax_conf_report *report,
    const struct wax_conf_place *place, struct wax_str key, const char *fmt,
    ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(report, true, place, key, fmt, ap);
	va_end(ap);
}

void
wax_conf_warn(struct wax_conf_report *report,
    const struct wax_conf_place *place, struct wax_str key, const char *fmt,
    ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(report, false, place, key, fmt, ap);
	va_end(ap);
}

static int
compare(const void *a, const void *b)
{
	const struct wax_conf_message *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->serial < y->serial ? -1 : x->serial > y->serial;
}

void
wax_conf_report_flush(struct wax_conf_report *report,
    wax_config_report *on_error, wax_config_report *on_warning, void *arg)
{
	size_t errors = 0;

	if (report->messages.n == 0)
		return;
	qsort(report->messages.v, report->messages.n,
	    sizeof report->messages.v[0], compare);
	for (size_t i = 0; i < report->messages.n; i++) {
		const struct wax_conf_message *one = &report->messages.v[i];
		const char *z = wax_str_z(report->arena, one->text);

		WAX_ASSERT(z != NULL);
		if (!one->is_error) {
			on_warning(arg, z);
			continue;
		}
		if (++errors <= MESSAGES_MAX)
			on_error(arg, z);
	}
	if (errors > MESSAGES_MAX)
		on_error(arg, wax_textf(report->arena, "and %zu more errors",
		                  errors - MESSAGES_MAX)
		                  .p);
}

struct wax_str
wax_conf_place_format(
    struct wax_arena *arena, const struct wax_conf_place *place)
{
	struct wax_text text;

	if (place->file.n == 0)
		return WAX_STR("default");
	wax_text_init(&text, arena);
	wax_text_add_escaped(&text, place->file);
	if (place->line > 0)
		wax_text_addf(&text, ":%u", place->line);
	return wax_text_str(&text);
}

/* Where `needle` ends in s, or 0. */
static size_t
behind(struct wax_str s, struct wax_str needle)
{
	for (size_t i = 0; i + needle.n <= s.n; i++)
		if (wax_str_istarts(wax_str_from(s, i), needle))
			return i + needle.n;
	return 0;
}

struct wax_str
wax_conf_mask(struct wax_arena *arena, struct wax_str text)
{
	size_t host = behind(text, WAX_STR("://"));
	size_t colon, at, query, end;

	if (host > 0) {
		/* user:password@; a careless password may hold / or @. */
		colon = host + wax_str_find(wax_str_from(text, host), ':');
		at = wax_str_rfind(text, '@');
		if (colon < at && at < text.n)
			text = wax_textf(arena, "%.*s:***%.*s",
			    WAX_FMT(wax_str_head(text, colon)),
			    WAX_FMT(wax_str_from(text, at)));
	}
	/* postgresql://host/name?password=... and "host=... password=..." */
	query = behind(text, WAX_STR("password="));
	if (query == 0)
		return text;
	end = query;
	while (end < text.n && text.p[end] != '&' && text.p[end] != ' ')
		end++;
	return wax_textf(arena, "%.*s***%.*s",
	    WAX_FMT(wax_str_head(text, query)),
	    WAX_FMT(wax_str_from(text, end)));
}

struct wax_str
wax_conf_shown(struct wax_arena *arena, struct wax_str text)
{
	struct wax_str masked = wax_conf_mask(arena, text);
	struct wax_text shown;

	wax_text_init(&shown, arena);
	wax_text_add_escaped(&shown, wax_str_head(masked, SHOWN_MAX));
	if (masked.n > SHOWN_MAX)
		wax_text_addz(&shown, "...");
	return wax_text_str(&shown);
}
