/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report.h - what is wrong with a configuration, in the order of its lines.
 *
 * Messages are collected, so that the operator gets all of them, sorted as he
 * reads the file, whoever found them. One form: FILE:LINE: KEY: what is
 * wrong; what to do. Nothing of a password is ever shown.
 */
#ifndef WAX_MILTER_CONF_REPORT_H
#define WAX_MILTER_CONF_REPORT_H

#include "milter/conf/config.h"
#include "policy/base/vec.h"

/* Where something was written. */
struct wax_conf_place {
	struct wax_str file; /* a path, "-o", or empty: nowhere, a default */
	unsigned line;       /* from 1; 0: no line */
	size_t order;        /* position in the whole input */
};

struct wax_conf_message {
	size_t order, serial;
	bool is_error;
	struct wax_str text;
};

struct wax_conf_report {
	struct wax_arena *arena;
	WAX_VEC(struct wax_conf_message) messages;
	size_t n_errors;
};

/* `key` may be empty. */
void wax_conf_error(struct wax_conf_report *report,
    const struct wax_conf_place *place, struct wax_str key, const char *fmt,
    ...) WAX_PRINTF(4, 5);
void wax_conf_warn(struct wax_conf_report *report,
    const struct wax_conf_place *place, struct wax_str key, const char *fmt,
    ...) WAX_PRINTF(4, 5);

/* Hand all messages over, in order; beyond a hundred they are counted. */
void wax_conf_report_flush(struct wax_conf_report *report,
    wax_config_report *on_error, wax_config_report *on_warning, void *arg);

/* "file:12", "-o", or "default". */
struct wax_str wax_conf_place_format(
    struct wax_arena *arena, const struct wax_conf_place *place);

/* A password in a URL becomes "***"; other text is given back as it is. */
struct wax_str wax_conf_mask(struct wax_arena *arena, struct wax_str text);

/* A value for a message: masked, escaped, cut. */
struct wax_str wax_conf_shown(struct wax_arena *arena, struct wax_str text);

#endif
