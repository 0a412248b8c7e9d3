/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/store/place.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* For what takes a second, and minutes under valgrind. */
#define TIMEOUT_S 60

static const struct place *here;
static char directory[64];
static char url[256];

/* --- SQLite: a directory for each test --------------------------------- */

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void
directory_new(void)
{
	(void)snprintf(directory, sizeof directory, "/tmp/wax-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void
directory_remove(void)
{
	(void)nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
sqlite_new(void)
{
	directory_new();
	(void)snprintf(url, sizeof url, "sqlite:%s/store.db", directory);
}

static void
sqlite_start(void)
{
	here = &place_sqlite;
}

static void
nothing(void)
{
}

const struct place place_sqlite = {
	.name = "sqlite",
	.start = sqlite_start,
	.stop = nothing,
	.make = sqlite_new,
	.remove = directory_remove,
};

/* --- the place of the running test ------------------------------------- */

TCase *
place_tcase(const struct place *place)
{
	TCase *tcase = tcase_create(place->name);

	tcase_set_timeout(tcase, TIMEOUT_S);
	tcase_add_unchecked_fixture(tcase, place->start, place->stop);
	return tcase;
}

void
place_new(void)
{
	here->make();
}

void
place_remove(void)
{
	here->remove();
}

const char *
place_url(void)
{
	return url;
}

const char *
place_directory(void)
{
	return directory;
}
