/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check.h - the meaning of texts, and what must fit together.
 */
#ifndef WAX_MILTER_CONF_CHECK_H
#define WAX_MILTER_CONF_CHECK_H

#include "milter/conf/report.h"

/*
 * Of one text: NULL, or what is wrong with it and what to use ("is not an
 * absolute path; write /..."), in the arena or constant.
 */
const char *wax_conf_check_socket(struct wax_arena *arena, struct wax_str text);
const char *wax_conf_check_path(struct wax_arena *arena, struct wax_str text);
const char *wax_conf_check_token(struct wax_arena *arena, struct wax_str text);
const char *wax_conf_check_authserv_id(
    struct wax_arena *arena, struct wax_str text);
const char *wax_conf_check_domain(struct wax_arena *arena, struct wax_str text);
const char *wax_conf_check_selector(
    struct wax_arena *arena, struct wax_str text);
const char *wax_conf_check_url(struct wax_arena *arena, struct wax_str text);
const char *wax_conf_check_resolver(
    struct wax_arena *arena, struct wax_str text);
const char *wax_conf_check_store(struct wax_arena *arena, struct wax_str text);
const char *wax_conf_check_address(
    struct wax_arena *arena, struct wax_str text);
const char *wax_conf_check_smtp(struct wax_arena *arena, struct wax_str text);

/* Values that do not fit together; check_report.c has those of reports. */
void wax_conf_check_values(
    struct wax_conf_report *report, const struct wax_snapshot *snapshot);

void wax_conf_check_report(
    struct wax_conf_report *report, const struct wax_snapshot *snapshot);

/*
 * Values that do not fit to this machine; of the daemon, if it is one. Only
 * at start: these keys cannot change later, and a confined process could not
 * look at the files that tell.
 */
void wax_conf_check_machine(struct wax_conf_report *report,
    const struct wax_snapshot *snapshot, bool is_daemon);

#endif
