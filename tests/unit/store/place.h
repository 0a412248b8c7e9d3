/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * place.h - where a test has its store: an empty one for each test.
 */
#ifndef WAX_TESTS_UNIT_STORE_PLACE_H
#define WAX_TESTS_UNIT_STORE_PLACE_H

#include <check.h>

#include "policy/base/str.h"

struct place {
	const char *name;
	void (*start)(void); /* once, before all its tests */
	void (*stop)(void);
	void (*make)(void); /* for each test */
	void (*remove)(void);
};

extern const struct place place_sqlite;
/* A PostgreSQL of our own (tests/support/pgserver.py); NULL: the library is
 * built without. */
extern const struct place *const place_pgsql;

/* A word that pgserver.py obeys. */
void place_pgsql_order(const char *word);
/* As the superuser, without results. */
void place_pgsql_sql(const char *sql);

/* A tcase whose tests run there. */
TCase *place_tcase(const struct place *place);

/* Of the place of the running test. */
void place_new(void);
void place_remove(void);
const char *place_url(void);

/* A private directory of the test, without a '/' at its end. */
const char *place_directory(void);

#endif
