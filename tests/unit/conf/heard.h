/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * heard.h - a configuration from texts, and what the operator hears of it.
 */
#ifndef WAX_TESTS_UNIT_CONF_HEARD_H
#define WAX_TESTS_UNIT_CONF_HEARD_H

#include "milter/conf/config.h"
#include "tests/support/suite.h"

/* "E line\n" for each error, "W line\n" for each warning, in order. */
struct heard {
	char text[16384];
	size_t n;
};

/* A directory of its own, the current one while a test runs. */
void heard_setup(void);
void heard_teardown(void);

void write_file(const char *name, const char *text, size_t n);

/*
 * t.conf with this text (NULL: /dev/null), and overrides that end with NULL
 * (NULL: none). authserv-id is always set first, to mx.example.org.
 */
struct wax_snapshot *load(
    const char *text, const char *const *overrides, struct heard *heard);
struct wax_snapshot *reload(const char *text, const char *const *overrides,
    const struct wax_snapshot *running, struct heard *heard);

/* What wax_config_dump() writes; to be freed. */
char *dumped(const struct wax_snapshot *snapshot, bool changed_only);

Suite *syntax_suite(void);
Suite *value_suite(void);
Suite *config_suite(void);

#endif
