/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_pgsql.c - the driver for PostgreSQL: statements and transactions, and
 * what goes wrong with them.
 *
 * Transactions that write come one after another: each takes an advisory
 * lock first, so that a report is frozen from its claim on, and two hosts
 * cannot deadlock. The right to send is a lock of the session. So a lost
 * connection is never made anew behind the caller's back: from then on every
 * call says WAX_E_TEMP.
 *
 * Nothing here waits without end, whatever the server does: the server ends
 * a statement after the timeout; if it does not, we do. A pooler between must
 * keep sessions together (session pooling). Passwords come from where libpq
 * has them from, and are in no text of ours.
 */
#include "milter/store/store_pgsql.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/sys/clock.h"
#include "policy/base/text.h"

/* Beside that of transactions. */
#define LOCK_SEND "8315159405496727554"
/* How much longer than the server we wait for it. */
#define GRACE_MS 1000
/* Types, from the catalogue of every PostgreSQL. */
#define OID_BYTEA 17
#define OID_INT8 20
#define OID_TEXT 25

static struct wax_pgsql *
pgsql_of(struct wax_db *db)
{
	return (struct wax_pgsql *)(void *)db;
}

/* --- errors ------------------------------------------------------------ */

static bool
is_class(const char *state, const char *class)
{
	return strncmp(state, class, strlen(class)) == 0;
}

/* What the operator has to see to; all else may pass by itself: no
 * connection, shutdown, no room, a standby, a timeout, a deadlock. */
bool
wax_pgsql_is_for_operator(const char *state)
{
	static const char *const passing[] = { "08", "25006", "40", "53", "55",
		"57", "58", "XX000" };

	if (state == NULL)
		return false;
	for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
		if (is_class(state, passing[i]))
			return false;
	}
	return true;
}

enum wax_status
wax_pgsql_lost(struct wax_pgsql *db, const char *why, struct wax_err *err)
{
	struct wax_str line = wax_str_of(why);
	enum wax_status status;

	line = wax_str_head(line, wax_str_find(line, '\n'));
	status = wax_fail(err, WAX_E_TEMP,
	    "the connection to PostgreSQL is lost: %.*s",
	    line.n < 160 ? (int)line.n : 160, line.p);
	PQfinish(db->conn); /* the server undoes what was not committed */
	db->conn = NULL;
	return status;
}

static enum wax_status
failed(struct wax_pgsql *db, const PGresult *result, struct wax_err *err)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *why = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (why == NULL || PQstatus(db->conn) == CONNECTION_BAD)
		return wax_pgsql_lost(
		    db, why != NULL ? why : PQerrorMessage(db->conn), err);
	if (state != NULL &&
	    (is_class(state, "XX001") || is_class(state, "XX002")))
		return wax_fail(err, WAX_E_CONFIG,
		    "PostgreSQL says that its data are damaged: %.100s (%s): "
		    "see its log, and restore the database",
		    why, state);
	return wax_fail(err,
	    wax_pgsql_is_for_operator(state) ? WAX_E_CONFIG : WAX_E_TEMP,
	    "PostgreSQL: %.150s (%s)", why, state != NULL ? state : "?");
}

/* --- waiting ----------------------------------------------------------- */

static int
left_of(int64_t until)
{
	int64_t left = until - wax_clock_ms();

	return left > 0 ? (int)left : 0;
}

/* Whether the socket is ready for one of `events`. */
bool
wax_pgsql_wait(PGconn *conn, short events, int64_t until)
{
	struct pollfd fd = { .fd = PQsocket(conn), .events = events };
	int n;

	do {
		n = poll(&fd, 1, left_of(until));
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

int64_t
wax_pgsql_patience(const struct wax_pgsql *db)
{
	return wax_clock_ms() + db->timeout_ms + GRACE_MS;
}

/* All that is queued goes out; what comes in meanwhile is taken, or both
 * sides would wait for each other. */
static enum wax_status
flush(struct wax_pgsql *db, struct wax_err *err)
{
	int64_t until = wax_pgsql_patience(db);
	int more;

	while ((more = PQflush(db->conn)) > 0) {
		if (!wax_pgsql_wait(db->conn, POLLIN | POLLOUT, until))
			return wax_pgsql_lost(db, "it takes nothing", err);
		if (!PQconsumeInput(db->conn))
			break;
	}
	return more < 0 || PQstatus(db->conn) == CONNECTION_BAD
	           ? wax_pgsql_lost(db, PQerrorMessage(db->conn), err)
	           : WAX_OK;
}

/* The next result; NULL: there is none (of this statement). */
static enum wax_status
next(struct wax_pgsql *db, PGresult **result, struct wax_err *err)
{
	int64_t until = wax_pgsql_patience(db);

	while (PQisBusy(db->conn)) {
		if (!wax_pgsql_wait(db->conn, POLLIN, until))
			return wax_pgsql_lost(db, "no answer in time", err);
		if (!PQconsumeInput(db->conn))
			return wax_pgsql_lost(
			    db, PQerrorMessage(db->conn), err);
	}
	*result = PQgetResult(db->conn);
	return WAX_OK;
}

static bool
is_error(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK &&
	       status != PGRES_PIPELINE_SYNC;
}

/* --- statements without values ----------------------------------------- */

static int64_t
integer(const char *p)
{
	uint64_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n << 8 | (unsigned char)p[i];
	return (int64_t)n;
}

/* All results of what was sent; the first column of the last row, if it is
 * an integer and wanted. The last command was `tag`, if that is not NULL. */
static enum wax_status
finish(struct wax_pgsql *db, const char *tag, int64_t *out, struct wax_err *err)
{
	enum wax_status status = WAX_OK;
	bool tagged = tag == NULL;

	for (;;) {
		PGresult *result = NULL;
		enum wax_status got = flush(db, err);

		if (got == WAX_OK)
			got = next(db, &result, err);
		if (got != WAX_OK)
			return got;
		if (result == NULL)
			break;
		if (status == WAX_OK && is_error(result))
			status = failed(db, result, err);
		if (tag != NULL)
			tagged = strcmp(PQcmdStatus(result), tag) == 0;
		if (out != NULL && PQntuples(result) > 0)
			*out =
			    PQfformat(result, 0) == 1
			        ? integer(PQgetvalue(result, 0, 0))
			        : strtoll(PQgetvalue(result, 0, 0), NULL, 10);
		PQclear(result);
		if (db->conn == NULL)
			return status;
	}
	if (status == WAX_OK && !tagged)
		return wax_fail(
		    err, WAX_E_TEMP, "PostgreSQL rolled the transaction back");
	return status;
}

static enum wax_status
away(struct wax_err *err)
{
	return wax_fail(
	    err, WAX_E_TEMP, "the connection to PostgreSQL was lost");
}

enum wax_status
wax_pgsql_execute(
    struct wax_pgsql *db, const char *sql, const char *tag, struct wax_err *err)
{
	if (db->conn == NULL)
		return away(err);
	if (!PQsendQuery(db->conn, sql))
		return wax_pgsql_lost(db, PQerrorMessage(db->conn), err);
	return finish(db, tag, NULL, err);
}

/* A statement that gives one BIGINT. */
enum wax_status
wax_pgsql_number(
    struct wax_pgsql *db, const char *sql, int64_t *out, struct wax_err *err)
{
	if (db->conn == NULL)
		return away(err);
	if (!PQsendQueryParams(db->conn, sql, 0, NULL, NULL, NULL, NULL, 1))
		return wax_pgsql_lost(db, PQerrorMessage(db->conn), err);
	return finish(db, NULL, out, err);
}

/* --- the statements of the store --------------------------------------- */

static const char *
name_of(struct wax_arena *arena, enum wax_sql sql)
{
	return wax_textf(arena, "sealwax_%d", (int)sql).p;
}

static bool
send_prepare(struct wax_pgsql *db, const char *name, enum wax_sql sql)
{
	const char *kinds = wax_statements[sql].in;
	Oid types[WAX_SQL_VALUES_MAX] = { 0 };
	int n = (int)strlen(kinds);

	for (int i = 0; i < n; i++)
		types[i] = kinds[i] == 'i'   ? OID_INT8
		           : kinds[i] == 't' ? OID_TEXT
		                             : OID_BYTEA;
	return PQsendPrepare(db->conn, name, wax_statement_text(sql, WAX_PGSQL),
	           n, types) != 0;
}

static bool
send_values(struct wax_pgsql *db, const char *name, const char *kinds,
    const struct wax_value *value)
{
	char number[WAX_SQL_VALUES_MAX][8];
	const char *p[WAX_SQL_VALUES_MAX];
	int size[WAX_SQL_VALUES_MAX], format[WAX_SQL_VALUES_MAX];
	int n = (int)strlen(kinds);

	for (int i = 0; i < n; i++) {
		uint64_t bits = (uint64_t)value[i].number;

		format[i] = 1;
		p[i] = value[i].text.n > 0 ? value[i].text.p : "";
		size[i] = (int)value[i].text.n;
		if (kinds[i] != 'i')
			continue;
		for (int j = 7; j >= 0; j--, bits >>= 8)
			number[i][j] = (char)(bits & 0xff);
		p[i] = number[i];
		size[i] = 8;
	}
	return PQsendQueryPrepared(db->conn, name, n, p, size, format, 1) != 0;
}

/* Everything is sent before the first result is looked at: one journey for n
 * statements. */
static enum wax_status
send_all(struct wax_pgsql *db, enum wax_sql sql, size_t n,
    const struct wax_value *value, struct wax_err *err)
{
	struct wax_arena *arena = wax_arena_new("statement", 0);
	const char *name = name_of(arena, sql);
	const char *kinds = wax_statements[sql].in;
	bool ok = PQenterPipelineMode(db->conn) != 0;

	if (ok && !db->prepared[sql])
		ok = send_prepare(db, name, sql);
	for (size_t i = 0; ok && i < n; i++)
		ok = send_values(
		    db, name, kinds, i > 0 ? value + i * strlen(kinds) : value);
	if (ok)
		ok = PQpipelineSync(db->conn) != 0;
	wax_arena_free(arena);
	if (!ok)
		return wax_pgsql_lost(db, PQerrorMessage(db->conn), err);
	return flush(db, err);
}

struct taking {
	uint64_t *affected;
	struct wax_arena *arena;
	const char *columns;
	struct wax_rows *rows;
};

static void
take(const struct taking *taking, size_t i, const PGresult *result)
{
	struct wax_value *value;
	int n = PQntuples(result);

	if (taking->affected != NULL)
		taking->affected[i] = strtoull(
		    PQcmdTuples((PGresult *)(uintptr_t)result), NULL, 10);
	if (taking->rows == NULL || n == 0)
		return;
	value = wax_alloc(
	    taking->arena, (size_t)n, strlen(taking->columns) * sizeof *value);
	taking->rows->n = (size_t)n;
	taking->rows->v = value;
	for (int row = 0; row < n; row++) {
		for (int c = 0; taking->columns[c] != '\0'; c++, value++) {
			struct wax_str text = { PQgetvalue(result, row, c),
				(size_t)PQgetlength(result, row, c) };

			if (taking->columns[c] == 'i')
				value->number = integer(text.p);
			else
				value->text = wax_str_dup(taking->arena, text);
		}
	}
}

/* The results of all that send_all() sent, up to the end of the pipeline: the
 * first failure is the one that is told. */
static enum wax_status
take_all(struct wax_pgsql *db, enum wax_sql sql, const struct taking *taking,
    struct wax_err *err)
{
	enum wax_status status = WAX_OK;
	bool preparing = !db->prepared[sql], at_end = false;
	int nothing = 0;

	for (size_t i = 0; !at_end;) {
		PGresult *result = NULL;
		enum wax_status got = next(db, &result, err);

		if (got != WAX_OK)
			return got;
		/* One behind each statement. */
		if (result == NULL && ++nothing > 1)
			return wax_pgsql_lost(db, "an answer is missing", err);
		if (result == NULL)
			continue;
		nothing = 0;
		at_end = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
		if (status == WAX_OK && is_error(result))
			status = failed(db, result, err);
		else if (status == WAX_OK && preparing)
			db->prepared[sql] = true;
		else if (status == WAX_OK && !at_end)
			take(taking, i++, result);
		preparing = false;
		PQclear(result);
		if (db->conn == NULL)
			return status;
	}
	if (!PQexitPipelineMode(db->conn))
		return wax_pgsql_lost(db, PQerrorMessage(db->conn), err);
	return status;
}

static enum wax_status
pgsql_run(struct wax_db *base, enum wax_sql sql, size_t n,
    const struct wax_value *value, uint64_t *affected, struct wax_err *err)
{
	struct wax_pgsql *db = pgsql_of(base);
	struct taking taking = { .affected = affected };
	enum wax_status status;

	if (db->conn == NULL)
		return away(err);
	if (n == 0)
		return WAX_OK;
	status = send_all(db, sql, n, value, err);
	return status == WAX_OK ? take_all(db, sql, &taking, err) : status;
}

static enum wax_status
pgsql_query(struct wax_db *base, struct wax_arena *arena, enum wax_sql sql,
    const struct wax_value *value, struct wax_rows *rows, struct wax_err *err)
{
	struct wax_pgsql *db = pgsql_of(base);
	struct taking taking = {
		.arena = arena, .columns = wax_statements[sql].out, .rows = rows
	};
	enum wax_status status;

	*rows = (struct wax_rows){ 0 };
	if (db->conn == NULL)
		return away(err);
	status = send_all(db, sql, 1, value, err);
	return status == WAX_OK ? take_all(db, sql, &taking, err) : status;
}

/* --- transactions ------------------------------------------------------ */

enum wax_status
wax_pgsql_newer(
    const struct wax_pgsql *db, int64_t version, struct wax_err *err)
{
	return wax_fail(err, WAX_E_CONFIG,
	    "the store was written by a newer sealwax (version %lld of its "
	    "tables, this program knows %d): update it",
	    (long long)version, db->version);
}

/* Who changes the tables does it under the lock, too. */
static enum wax_status
pgsql_begin(struct wax_db *base, struct wax_err *err)
{
	struct wax_pgsql *db = pgsql_of(base);
	int64_t version = 0;
	enum wax_status status;

	if (db->conn == NULL)
		return away(err);
	if (!PQsendQuery(
	        db->conn, WAX_PGSQL_BEGIN ";SELECT version FROM sealwax_meta"))
		return wax_pgsql_lost(db, PQerrorMessage(db->conn), err);
	status = finish(db, NULL, &version, err);
	if (status == WAX_OK && version != db->version)
		return wax_pgsql_newer(db, version, err);
	return status;
}

static enum wax_status
pgsql_commit(struct wax_db *base, struct wax_err *err)
{
	return wax_pgsql_execute(pgsql_of(base), "COMMIT", "COMMIT", err);
}

static void
pgsql_rollback(struct wax_db *base)
{
	struct wax_pgsql *db = pgsql_of(base);

	/* If it fails, the connection is lost, and the server does it. */
	if (db->conn != NULL && PQtransactionStatus(db->conn) != PQTRANS_IDLE)
		(void)wax_pgsql_execute(db, "ROLLBACK", NULL, NULL);
}

static enum wax_status
pgsql_lock_sending(struct wax_db *base, bool *mine, struct wax_err *err)
{
	struct wax_pgsql *db = pgsql_of(base);
	int64_t got = 0;
	enum wax_status status;

	status = wax_pgsql_number(db,
	    db->is_sender ? "SELECT 1::bigint"
	                  : "SELECT pg_try_advisory_lock(" LOCK_SEND
	                    ")::int::bigint",
	    &got, err);
	db->is_sender = *mine = status == WAX_OK && got == 1;
	return status;
}

static void
pgsql_close(struct wax_db *base)
{
	struct wax_pgsql *db = pgsql_of(base);

	PQfinish(db->conn);
	wax_arena_free(db->arena);
}

const struct wax_driver wax_pgsql_driver = {
	.close = pgsql_close,
	.begin = pgsql_begin,
	.commit = pgsql_commit,
	.rollback = pgsql_rollback,
	.run = pgsql_run,
	.query = pgsql_query,
	.lock_sending = pgsql_lock_sending,
};
