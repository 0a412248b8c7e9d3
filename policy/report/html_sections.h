/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * html_sections.h - what stands on the page, one function a section. Each
 * writes nothing where there is nothing to show.
 */
#ifndef WAX_POLICY_REPORT_HTML_SECTIONS_H
#define WAX_POLICY_REPORT_HTML_SECTIONS_H

#include "policy/report/html.h"
#include "policy/report/html_count.h"
#include "policy/report/html_text.h"

/* Reports of the list of reports. */
#define WAX_HTML_REPORTS_MAX 200

struct wax_html_reports {
	const struct wax_html_options *options;
	size_t n;
	const struct wax_aggregate *const *v;
	struct wax_html_counts total;
	/* For what a section counts: empty again for the next one. */
	struct wax_arena *work;
};

void wax_html_days_section(
    struct wax_text *page, const struct wax_html_reports *reports);
void wax_html_sources_section(
    struct wax_text *page, const struct wax_html_reports *reports);
void wax_html_domains_section(
    struct wax_text *page, const struct wax_html_reports *reports);
void wax_html_dispositions_section(
    struct wax_text *page, const struct wax_html_reports *reports);
void wax_html_dkim_section(
    struct wax_text *page, const struct wax_html_reports *reports);
void wax_html_spf_section(
    struct wax_text *page, const struct wax_html_reports *reports);
void wax_html_reports_section(
    struct wax_text *page, const struct wax_html_reports *reports);

#endif
