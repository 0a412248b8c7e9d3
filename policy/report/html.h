/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * html.h - aggregate reports as one page that needs nothing else: tables and
 * charts for people, light and dark, for a phone and for a desk.
 *
 * A pure function. No script, no request to anywhere; every text of a
 * stranger is escaped, and shown as text in its own direction.
 */
#ifndef WAX_POLICY_REPORT_HTML_H
#define WAX_POLICY_REPORT_HTML_H

#include "policy/report/aggregate.h"

struct wax_html_options {
	struct wax_str title;
	int64_t made_at; /* seconds since 1970 */
	struct wax_str generator;
};

struct wax_str wax_html_write(struct wax_arena *arena,
    const struct wax_html_options *options, size_t n,
    const struct wax_aggregate *const *report);

#endif
