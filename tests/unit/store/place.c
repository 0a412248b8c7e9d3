/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/store/place.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef WAX_TEST_PGSQL
#include <libpq-fe.h>
#endif

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

/* --- PostgreSQL: a server for all, a schema for each test -------------- */

#ifdef WAX_TEST_PGSQL

static char server_url[160];
static unsigned schemas; /* so far; a test may run in this process or not */
static pid_t server;
static FILE *orders, *answers;

static void
pgsql_start(void)
{
	int in[2], out[2];

	here = place_pgsql;
	ck_assert(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
	server = fork();
	ck_assert_int_ge(server, 0);
	if (server == 0) {
		(void)dup2(in[0], 0);
		(void)dup2(out[1], 1);
		(void)execl(WAX_PYTHON3, "python3",
		    WAX_SRCDIR "/tests/support/pgserver.py", (char *)NULL);
		_exit(127);
	}
	(void)close(in[0]);
	(void)close(out[1]);
	orders = fdopen(in[1], "w");
	answers = fdopen(out[0], "r");
	if (orders == NULL || answers == NULL ||
	    fgets(server_url, sizeof server_url, answers) == NULL)
		ck_abort_msg("PostgreSQL did not start");
	server_url[strcspn(server_url, "\n")] = '\0';
}

static void
pgsql_stop(void)
{
	(void)fclose(orders); /* which ends it */
	(void)fclose(answers);
	(void)waitpid(server, NULL, 0);
}

void
place_pgsql_order(const char *word)
{
	char answer[16];

	(void)fprintf(orders, "%s\n", word);
	(void)fflush(orders);
	ck_assert_ptr_nonnull(fgets(answer, sizeof answer, answers));
	ck_assert_str_eq(answer, "done\n");
}

void
place_pgsql_sql(const char *sql)
{
	PGconn *conn = PQconnectdb(server_url);

	PQclear(PQexec(conn, sql));
	ck_assert_str_eq(PQerrorMessage(conn), "");
	PQfinish(conn);
}

static void
pgsql_new(void)
{
	char name[32], sql[64];

	directory_new();
	(void)snprintf(
	    name, sizeof name, "test%d_%u", (int)getpid(), ++schemas);
	(void)snprintf(sql, sizeof sql, "CREATE SCHEMA %s", name);
	place_pgsql_sql(sql);
	(void)snprintf(url, sizeof url, "%s&options=-csearch_path%%3D%s",
	    server_url, name);
}

static const struct place pgsql = {
	.name = "postgresql",
	.start = pgsql_start,
	.stop = pgsql_stop,
	.make = pgsql_new,
	.remove = directory_remove,
};
const struct place *const place_pgsql = &pgsql;
#else
const struct place *const place_pgsql = NULL;

void
place_pgsql_order(const char *word)
{
	(void)word;
}

void
place_pgsql_sql(const char *sql)
{
	(void)sql;
}
#endif

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
