/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * html_text.h - text, numbers and dates as a page shows them.
 *
 * wax_html_add() is the only way by which a text that is not our own comes
 * into a page, be it into an element or into an attribute.
 */
#ifndef WAX_POLICY_REPORT_HTML_TEXT_H
#define WAX_POLICY_REPORT_HTML_TEXT_H

#include <stdint.h>

#include "policy/base/text.h"

/* Characters of one text that are shown; the rest is counted. */
#define WAX_HTML_TEXT_MAX 400

/*
 * Escaped. What has no form of its own, or changes the form of what is
 * beside it (controls, directions, joiners, tags, too many marks on one
 * letter), is shown as [U+202E]; what is not UTF-8 as U+FFFD.
 */
void wax_html_add(struct wax_text *page, struct wax_str s);

/* The same in an element of its own, so that a text which is written from
 * right to left changes nothing beside it; a long one is broken behind its dots
 * if there are any. A dash if it is empty. */
void wax_html_add_foreign(struct wax_text *page, struct wax_str s);

/* 1,234,567 */
void wax_html_add_number(struct wax_text *page, uint64_t number);
/* The same as an element that programs can read. */
void wax_html_add_data(struct wax_text *page, uint64_t number);
/* "1 message", "1,234 messages" */
void wax_html_add_count(
    struct wax_text *page, uint64_t number, const char *one, const char *many);

/*
 * "97.8%"; 0% and 100% only where they are exact, else "<0.1%", "99.9%". A
 * dash of nothing.
 */
void wax_html_add_percent(struct wax_text *page, uint64_t part, uint64_t all);

/* part / all * size, at most size; 0 of nothing. */
unsigned wax_html_scaled(uint64_t part, uint64_t all, unsigned size);

/* The largest number if there is no room for the sum. */
uint64_t wax_html_sum(uint64_t a, uint64_t b);

/* "2026-11-24"; empty for what cannot be a time of a report: before the
 * second day of 1970, or after the year 9999. */
struct wax_str wax_html_day(struct wax_arena *arena, int64_t time);
/* "2026-11-24 17:35 UTC", or "unknown". */
struct wax_str wax_html_time(struct wax_arena *arena, int64_t time);

#endif
