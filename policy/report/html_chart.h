/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * html_chart.h - bars of messages that passed and that did not.
 *
 * Charts are as wide as there is room: only rectangles are stretched, every
 * text stands beside them. What fails is hatched, so that nobody needs to
 * tell the colours from each other.
 */
#ifndef WAX_POLICY_REPORT_HTML_CHART_H
#define WAX_POLICY_REPORT_HTML_CHART_H

#include "policy/report/html_count.h"
#include "policy/report/html_text.h"

/* Days that are drawn: the last ones. */
#define WAX_HTML_DAYS_MAX 92

/* What the charts refer to. Once, before the first of them. */
void wax_html_chart_defs(struct wax_text *page);

void wax_html_chart_legend(struct wax_text *page);

/* One bar that lies: its length is what `counts` have of `most`. */
void wax_html_chart_line(struct wax_text *page,
    const struct wax_html_counts *counts, uint64_t most, unsigned height);

/* Upright bars, one a day; `days` has a group a day, with its day as the
 * first part of its key, in order. */
void wax_html_chart_days(
    struct wax_text *page, const struct wax_html_groups *days);

#endif
