/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_sqlite.c - the driver for SQLite.
 *
 * One writer at a time, readers beside it (WAL). Every commit is on the disk
 * before it returns: after it the segment is unlinked.
 */
#include "milter/store/store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "policy/base/text.h"
#include "policy/base/vec.h"

static struct wax_sqlite *
sqlite_of(struct wax_db *db)
{
	return (struct wax_sqlite *)(void *)db;
}

/* --- errors ------------------------------------------------------------ */

static enum wax_status
cannot_open(const struct wax_sqlite *db, struct wax_err *err)
{
	int why = sqlite3_system_errno(db->handle);

	return wax_fail(err,
	    why == EMFILE || why == ENFILE || why == ENOMEM || why == ENOSPC
	        ? WAX_E_TEMP
	        : WAX_E_CONFIG,
	    "the store %.100s cannot be opened: %s", db->path,
	    why != 0 ? strerror(why) : sqlite3_errmsg(db->handle));
}

enum wax_status
wax_sqlite_failed(const struct wax_sqlite *db, int code, struct wax_err *err)
{
	const char *why = sqlite3_errmsg(db->handle);

	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return wax_fail(err, WAX_E_TEMP,
		    "the store %.100s is locked by another process", db->path);
	case SQLITE_FULL:
	case SQLITE_READONLY:
	case SQLITE_IOERR:
	case SQLITE_NOMEM:
	case SQLITE_INTERRUPT:
	case SQLITE_PROTOCOL:
	case SQLITE_NOLFS:
		return wax_fail(err, WAX_E_TEMP,
		    "the store %.100s cannot be used now: %s (%d)", db->path,
		    why, code);
	case SQLITE_CANTOPEN:
		return cannot_open(db, err);
	case SQLITE_NOTADB:
		return wax_fail(err, WAX_E_CONFIG,
		    "%.100s is not a database of sealwax: name another file",
		    db->path);
	case SQLITE_CORRUPT:
		return wax_fail(err, WAX_E_CONFIG,
		    "the store %.70s is damaged (%s): move it away (a new one "
		    "is made) or restore it; sqlite3 FILE .recover may help",
		    db->path, why);
	default:
		return wax_fail(err, WAX_E_CONFIG, "the store %.100s: %s (%d)",
		    db->path, why, code);
	}
}

enum wax_status
wax_sqlite_execute(struct wax_sqlite *db, const char *sql, struct wax_err *err)
{
	int code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? WAX_OK : wax_sqlite_failed(db, code, err);
}

enum wax_status
wax_sqlite_number(
    struct wax_sqlite *db, const char *sql, int64_t *out, struct wax_err *err)
{
	sqlite3_stmt *statement = NULL;
	int code;

	code = sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		*out = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement); /* says what step() said */
	return code == SQLITE_ROW ? WAX_OK : wax_sqlite_failed(db, code, err);
}

/* --- statements -------------------------------------------------------- */

/* $1 is ?1 here: a number, and not a name. */
static const char *
text_of(struct wax_sqlite *db, enum wax_sql sql)
{
	struct wax_str text = wax_str_dup(
	    db->arena, wax_str_of(wax_statement_text(sql, WAX_SQLITE)));
	char *z = wax_alloc(db->arena, text.n + 1, 1);

	for (size_t i = 0; i < text.n; i++)
		z[i] = (char)(text.p[i] == '$' ? '?' : text.p[i]);
	return z;
}

static enum wax_status
prepare(struct wax_sqlite *db, enum wax_sql sql, sqlite3_stmt **out,
    struct wax_err *err)
{
	int code = SQLITE_OK;

	if (db->statement[sql] == NULL)
		code = sqlite3_prepare_v3(db->handle, text_of(db, sql), -1,
		    SQLITE_PREPARE_PERSISTENT, &db->statement[sql], NULL);
	*out = db->statement[sql];
	return code == SQLITE_OK ? WAX_OK : wax_sqlite_failed(db, code, err);
}

/* The text of a value outlives the run of its statement. */
static int
bind(sqlite3_stmt *statement, const char *kinds, const struct wax_value *value)
{
	int code = SQLITE_OK;

	for (int i = 0; kinds[i] != '\0' && code == SQLITE_OK; i++) {
		const char *p = value[i].text.n > 0 ? value[i].text.p : "";

		if (kinds[i] == 'i')
			code = sqlite3_bind_int64(
			    statement, i + 1, value[i].number);
		else if (kinds[i] == 't')
			code = sqlite3_bind_text64(statement, i + 1, p,
			    value[i].text.n, SQLITE_STATIC, SQLITE_UTF8);
		else
			code = sqlite3_bind_blob64(statement, i + 1, p,
			    value[i].text.n, SQLITE_STATIC);
	}
	return code;
}

static struct wax_value
column(struct wax_arena *arena, sqlite3_stmt *statement, int i, char kind)
{
	struct wax_value value = { 0 };

	if (kind == 'i') {
		value.number = sqlite3_column_int64(statement, i);
		return value;
	}
	/* The octets first: only then is the size that of them. */
	value.text.p = sqlite3_column_blob(statement, i);
	value.text.n = (size_t)sqlite3_column_bytes(statement, i);
	value.text = wax_str_dup(arena, value.text);
	return value;
}

/* Once; the rows are added to *v, if there are to be any. */
static int
step(struct wax_arena *arena, sqlite3_stmt *statement, const char *kinds,
    const struct wax_value *value, const char *columns, struct wax_rows *rows)
{
	WAX_VEC(struct wax_value) values = { 0 };
	int code = bind(statement, kinds, value);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
		if (rows == NULL)
			continue;
		for (int i = 0; columns[i] != '\0'; i++)
			WAX_PUSH(arena, &values,
			    column(arena, statement, i, columns[i]));
		rows->n++;
	}
	if (rows != NULL)
		rows->v = values.v;
	(void)sqlite3_reset(statement); /* says what step() said */
	(void)sqlite3_clear_bindings(statement);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static enum wax_status
sqlite_run(struct wax_db *base, enum wax_sql sql, size_t n,
    const struct wax_value *value, uint64_t *affected, struct wax_err *err)
{
	struct wax_sqlite *db = sqlite_of(base);
	const char *kinds = wax_statements[sql].in;
	sqlite3_stmt *statement;
	enum wax_status status;

	status = prepare(db, sql, &statement, err);
	if (status != WAX_OK)
		return status;
	for (size_t i = 0; i < n; i++) {
		int code = step(NULL, statement, kinds,
		    n > 1 ? value + i * strlen(kinds) : value, NULL, NULL);

		if (code != SQLITE_OK)
			return wax_sqlite_failed(db, code, err);
		if (affected != NULL)
			affected[i] = (uint64_t)sqlite3_changes64(db->handle);
	}
	return WAX_OK;
}

static enum wax_status
sqlite_query(struct wax_db *base, struct wax_arena *arena, enum wax_sql sql,
    const struct wax_value *value, struct wax_rows *rows, struct wax_err *err)
{
	struct wax_sqlite *db = sqlite_of(base);
	sqlite3_stmt *statement;
	enum wax_status status;
	int code;

	*rows = (struct wax_rows){ 0 };
	status = prepare(db, sql, &statement, err);
	if (status != WAX_OK)
		return status;
	code = step(arena, statement, wax_statements[sql].in, value,
	    wax_statements[sql].out, rows);
	return code == SQLITE_OK ? WAX_OK : wax_sqlite_failed(db, code, err);
}

/* --- transactions ------------------------------------------------------ */

enum wax_status
wax_sqlite_newer(
    const struct wax_sqlite *db, int64_t version, struct wax_err *err)
{
	return wax_fail(err, WAX_E_CONFIG,
	    "the store %.100s was written by a newer sealwax (version %lld of "
	    "its tables, this program knows %d): update it",
	    db->path, (long long)version, db->version);
}

/* What is written to a file that has no name any more is lost with it. Who
 * changed the tables did that in a transaction, too. */
static enum wax_status
sqlite_begin(struct wax_db *base, struct wax_err *err)
{
	struct wax_sqlite *db = sqlite_of(base);
	int64_t version = 0;
	enum wax_status status;
	int moved = 0;
	int code;

	code = sqlite3_file_control(
	    db->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	if (code != SQLITE_OK || moved != 0)
		return wax_fail(err, WAX_E_TEMP,
		    "the store %.100s was moved or removed while it was open",
		    db->path);
	status = wax_sqlite_execute(db, "BEGIN IMMEDIATE", err);
	if (status == WAX_OK)
		status =
		    wax_sqlite_number(db, "PRAGMA user_version", &version, err);
	if (status == WAX_OK && version != db->version)
		return wax_sqlite_newer(db, version, err);
	return status;
}

static enum wax_status
sqlite_commit(struct wax_db *base, struct wax_err *err)
{
	return wax_sqlite_execute(sqlite_of(base), "COMMIT", err);
}

static void
sqlite_rollback(struct wax_db *base)
{
	struct wax_sqlite *db = sqlite_of(base);

	/* Some errors have rolled it back already. */
	if (!sqlite3_get_autocommit(db->handle))
		(void)wax_sqlite_execute(db, "ROLLBACK", NULL);
}

static enum wax_status
sqlite_lock_sending(struct wax_db *base, bool *mine, struct wax_err *err)
{
	struct wax_sqlite *db = sqlite_of(base);
	const char *path = wax_textf(db->arena, "%s.send", db->path).p;
	int fd;

	*mine = db->send_fd >= 0;
	if (*mine)
		return WAX_OK;
	wax_sqlite_make_file(path, db->path);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return wax_fail(err, WAX_E_TEMP, "cannot write %.100s: %s",
		    path, strerror(errno));
	*mine = flock(fd, LOCK_EX | LOCK_NB) == 0;
	if (*mine)
		db->send_fd = fd;
	else
		(void)close(fd); /* nothing was written */
	return WAX_OK;
}

/* --- the driver -------------------------------------------------------- */

static void
sqlite_close(struct wax_db *base)
{
	struct wax_sqlite *db = sqlite_of(base);

	for (size_t i = 0; i < WAX_SQL_N; i++)
		(void)sqlite3_finalize(db->statement[i]); /* nothing runs */
	(void)sqlite3_close(db->handle); /* what was committed stays */
	if (db->send_fd >= 0)
		(void)close(db->send_fd); /* nothing was written */
	wax_arena_free(db->arena);
}

const struct wax_driver wax_sqlite_driver = {
	.close = sqlite_close,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.run = sqlite_run,
	.query = sqlite_query,
	.lock_sending = sqlite_lock_sending,
};
