/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_sqlite.h - what the two files of the driver for SQLite share:
 * store_sqlite_open.c sees to the file and its tables, store_sqlite.c does the
 * rest. Nothing else includes it, or knows SQLite.
 */
#ifndef WAX_MILTER_STORE_STORE_SQLITE_H
#define WAX_MILTER_STORE_STORE_SQLITE_H

#include <sqlite3.h>

#include "milter/store/store_impl.h"

struct wax_sqlite {
	struct wax_db db; /* first */
	struct wax_arena *arena;
	const char *path;
	int timeout_ms;
	int version; /* of the tables that this program knows */
	sqlite3 *handle;
	sqlite3_stmt *statement[WAX_SQL_N];
	int send_fd; /* -1: not locked */
};

extern const struct wax_driver wax_sqlite_driver;

/* What a code of SQLite means to who uses the store. */
enum wax_status wax_sqlite_failed(
    const struct wax_sqlite *db, int code, struct wax_err *err);
enum wax_status wax_sqlite_newer(
    const struct wax_sqlite *db, int64_t version, struct wax_err *err);

/* Statements without values. */
enum wax_status wax_sqlite_execute(
    struct wax_sqlite *db, const char *sql, struct wax_err *err);
/* A statement that gives one number. */
enum wax_status wax_sqlite_number(struct wax_sqlite *db, const char *sql,
    int64_t *out, struct wax_err *err) WAX_MUST_USE;

/*
 * A new file with its mode and the owner of `model`, unless it is there. It is
 * not opened: closing it would take the locks of others in this process. What
 * is wrong, will be said by who opens it.
 */
void wax_sqlite_make_file(const char *path, const char *model);

#endif
