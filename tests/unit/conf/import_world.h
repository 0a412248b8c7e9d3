/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_world.h - files for the import that are not in the file system, and
 * what came of them.
 */
#ifndef WAX_TESTS_UNIT_CONF_IMPORT_WORLD_H
#define WAX_TESTS_UNIT_CONF_IMPORT_WORLD_H

#include "milter/conf/import.h"
#include "tests/unit/conf/heard.h"

#define WORLD_FILES_MAX 16

struct world_file {
	const char *path;
	const char *text;
	size_t n; /* 0: up to the NUL */
};

struct world {
	size_t n_files;
	struct world_file file[WORLD_FILES_MAX];
};

struct imported {
	enum wax_import_end end;
	char *text;         /* to be freed with imported_free() */
	struct heard heard; /* errors */
};

/* Paths end with NULL. Each file is given in a block of its exact size. */
struct imported import_world(
    const struct world *world, const char *const *paths);
void imported_free(struct imported *imported);

/* The world of a directory below tests/unit/conf/import: what is asked for
 * as /any/where/NAME is its file NAME. */
struct imported import_fixture(const char *name);
/* A file of that directory; to be freed. */
char *fixture_text(const char *directory, const char *name, size_t *n);

/* Our own reader takes it without an error or a warning. */
void assert_loads(const char *text);

Suite *import_suite(void);
Suite *import_hostile_suite(void);

#endif
