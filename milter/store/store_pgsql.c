/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_pgsql.c - the driver for PostgreSQL; the only file that knows it.
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
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/store/store_impl.h"
#include "milter/sys/clock.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"

#define SERVER_VERSION_MIN 120000
/* "sealwax" and a number, as a key of advisory locks. */
#define LOCK_WRITE "8315159405496727553"
#define LOCK_SEND "8315159405496727554"
/* How much longer than the server we wait for it. */
#define GRACE_MS 1000
/* Types, from the catalogue of every PostgreSQL. */
#define OID_BYTEA 17
#define OID_INT8 20
#define OID_TEXT 25

struct pgsql_db {
	struct wax_db db; /* first */
	struct wax_arena *arena;
	int timeout_ms;
	int version;  /* of the tables that this program knows */
	PGconn *conn; /* NULL: lost */
	bool is_sender;
	bool prepared[WAX_SQL_N];
};

static struct pgsql_db *
pgsql_of(struct wax_db *db)
{
	return (struct pgsql_db *)(void *)db;
}

/* --- errors ------------------------------------------------------------ */

static bool
is_class(const char *state, const char *class)
{
	return strncmp(state, class, strlen(class)) == 0;
}

/* What the operator has to see to; all else may pass by itself: no
 * connection, shutdown, no room, a standby, a timeout, a deadlock. */
static bool
is_for_operator(const char *state)
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

static enum wax_status
lost(struct pgsql_db *db, const char *why, struct wax_err *err)
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
failed(struct pgsql_db *db, const PGresult *result, struct wax_err *err)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *why = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (why == NULL || PQstatus(db->conn) == CONNECTION_BAD)
		return lost(
		    db, why != NULL ? why : PQerrorMessage(db->conn), err);
	if (state != NULL &&
	    (is_class(state, "XX001") || is_class(state, "XX002")))
		return wax_fail(err, WAX_E_CONFIG,
		    "PostgreSQL says that its data are damaged: %.100s (%s): "
		    "see its log, and restore the database",
		    why, state);
	return wax_fail(err, is_for_operator(state) ? WAX_E_CONFIG : WAX_E_TEMP,
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
static bool
wait_for(PGconn *conn, short events, int64_t until)
{
	struct pollfd fd = { .fd = PQsocket(conn), .events = events };
	int n;

	do {
		n = poll(&fd, 1, left_of(until));
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

static int64_t
patience(const struct pgsql_db *db)
{
	return wax_clock_ms() + db->timeout_ms + GRACE_MS;
}

/* All that is queued goes out; what comes in meanwhile is taken, or both
 * sides would wait for each other. */
static enum wax_status
flush(struct pgsql_db *db, struct wax_err *err)
{
	int64_t until = patience(db);
	int more;

	while ((more = PQflush(db->conn)) > 0) {
		if (!wait_for(db->conn, POLLIN | POLLOUT, until))
			return lost(db, "it takes nothing", err);
		if (!PQconsumeInput(db->conn))
			break;
	}
	return more < 0 || PQstatus(db->conn) == CONNECTION_BAD
	           ? lost(db, PQerrorMessage(db->conn), err)
	           : WAX_OK;
}

/* The next result; NULL: there is none (of this statement). */
static enum wax_status
next(struct pgsql_db *db, PGresult **result, struct wax_err *err)
{
	int64_t until = patience(db);

	while (PQisBusy(db->conn)) {
		if (!wait_for(db->conn, POLLIN, until))
			return lost(db, "no answer in time", err);
		if (!PQconsumeInput(db->conn))
			return lost(db, PQerrorMessage(db->conn), err);
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
finish(struct pgsql_db *db, const char *tag, int64_t *out, struct wax_err *err)
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

static enum wax_status
execute(
    struct pgsql_db *db, const char *sql, const char *tag, struct wax_err *err)
{
	if (db->conn == NULL)
		return away(err);
	if (!PQsendQuery(db->conn, sql))
		return lost(db, PQerrorMessage(db->conn), err);
	return finish(db, tag, NULL, err);
}

/* A statement that gives one BIGINT. */
static enum wax_status
number_of(
    struct pgsql_db *db, const char *sql, int64_t *out, struct wax_err *err)
{
	if (db->conn == NULL)
		return away(err);
	if (!PQsendQueryParams(db->conn, sql, 0, NULL, NULL, NULL, NULL, 1))
		return lost(db, PQerrorMessage(db->conn), err);
	return finish(db, NULL, out, err);
}

/* --- the statements of the store --------------------------------------- */

static const char *
name_of(struct wax_arena *arena, enum wax_sql sql)
{
	return wax_textf(arena, "sealwax_%d", (int)sql).p;
}

static bool
send_prepare(struct pgsql_db *db, const char *name, enum wax_sql sql)
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
send_values(struct pgsql_db *db, const char *name, const char *kinds,
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
send_all(struct pgsql_db *db, enum wax_sql sql, size_t n,
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
		return lost(db, PQerrorMessage(db->conn), err);
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
take_all(struct pgsql_db *db, enum wax_sql sql, const struct taking *taking,
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
			return lost(db, "an answer is missing", err);
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
		return lost(db, PQerrorMessage(db->conn), err);
	return status;
}

static enum wax_status
pgsql_run(struct wax_db *base, enum wax_sql sql, size_t n,
    const struct wax_value *value, uint64_t *affected, struct wax_err *err)
{
	struct pgsql_db *db = pgsql_of(base);
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
	struct pgsql_db *db = pgsql_of(base);
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

#define BEGIN                                              \
	"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;" \
	"SELECT pg_advisory_xact_lock(" LOCK_WRITE ")"

static enum wax_status
newer(const struct pgsql_db *db, int64_t version, struct wax_err *err)
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
	struct pgsql_db *db = pgsql_of(base);
	int64_t version = 0;
	enum wax_status status;

	if (db->conn == NULL)
		return away(err);
	if (!PQsendQuery(db->conn, BEGIN ";SELECT version FROM sealwax_meta"))
		return lost(db, PQerrorMessage(db->conn), err);
	status = finish(db, NULL, &version, err);
	if (status == WAX_OK && version != db->version)
		return newer(db, version, err);
	return status;
}

static enum wax_status
pgsql_commit(struct wax_db *base, struct wax_err *err)
{
	return execute(pgsql_of(base), "COMMIT", "COMMIT", err);
}

static void
pgsql_rollback(struct wax_db *base)
{
	struct pgsql_db *db = pgsql_of(base);

	/* If it fails, the connection is lost, and the server does it. */
	if (db->conn != NULL && PQtransactionStatus(db->conn) != PQTRANS_IDLE)
		(void)execute(db, "ROLLBACK", NULL, NULL);
}

static enum wax_status
pgsql_lock_sending(struct wax_db *base, bool *mine, struct wax_err *err)
{
	struct pgsql_db *db = pgsql_of(base);
	int64_t got = 0;
	enum wax_status status;

	status = number_of(db,
	    db->is_sender ? "SELECT 1::bigint"
	                  : "SELECT pg_try_advisory_lock(" LOCK_SEND
	                    ")::int::bigint",
	    &got, err);
	db->is_sender = *mine = status == WAX_OK && got == 1;
	return status;
}

/* --- tables ------------------------------------------------------------ */

/* 0: there are none. */
static enum wax_status
version_of(struct pgsql_db *db, int64_t *version, struct wax_err *err)
{
	enum wax_status status;

	*version = 0;
	/* (What to_regclass() says may be of before the lock.) */
	status = number_of(db,
	    "SELECT count(*) FROM pg_class WHERE relname = 'sealwax_meta'"
	    " AND pg_table_is_visible(oid)",
	    version, err);
	if (status != WAX_OK || *version == 0)
		return status;
	return number_of(db, "SELECT version FROM sealwax_meta", version, err);
}

static enum wax_status
bring_up(
    struct pgsql_db *db, const struct wax_schema *schema, struct wax_err *err)
{
	int64_t version = 0;
	enum wax_status status;

	status = version_of(db, &version, err);
	if (status == WAX_OK && version == 0) {
		status = execute(db,
		    "CREATE TABLE sealwax_meta (version BIGINT NOT NULL);"
		    "INSERT INTO sealwax_meta VALUES (0)",
		    NULL, err);
		if (status == WAX_OK)
			status =
			    execute(db, schema->create[WAX_PGSQL], NULL, err);
		version = schema->version;
	}
	for (; status == WAX_OK && version < schema->version; version++)
		status = execute(
		    db, schema->steps[version - 1][WAX_PGSQL], NULL, err);
	if (status != WAX_OK)
		return status;
	return execute(db,
	    wax_textf(db->arena, "UPDATE sealwax_meta SET version = %lld",
	        (long long)version)
	        .p,
	    NULL, err);
}

static enum wax_status
have_schema(
    struct pgsql_db *db, const struct wax_schema *schema, struct wax_err *err)
{
	int64_t version;
	enum wax_status status;

	status = version_of(db, &version, err);
	if (status != WAX_OK || version == schema->version)
		return status;
	if (version > schema->version)
		return newer(db, version, err);
	/* Under the lock it is looked at again. */
	status = execute(db, BEGIN, NULL, err);
	if (status == WAX_OK)
		status = bring_up(db, schema, err);
	if (status == WAX_OK)
		status = pgsql_commit(&db->db, err);
	if (status != WAX_OK)
		pgsql_rollback(&db->db);
	return status;
}

/* --- connecting -------------------------------------------------------- */

/* libpq would write to stderr. */
static void
ignore_notice(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

struct address {
	const char *password; /* NULL: none in the URL */
	int hosts;
};

/* A URL that is misread may show a part of its password as a host. */
static bool
read_url(struct wax_arena *arena, const char *url, struct address *out)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	bool ok = options != NULL;

	*out = (struct address){ .hosts = 1 };
	for (PQconninfoOption *o = options; ok && o->keyword != NULL; o++) {
		struct wax_str value = wax_str_of(o->val);

		if (strcmp(o->keyword, "password") == 0 && value.n > 0)
			out->password = wax_str_z(arena, value);
		if (strcmp(o->keyword, "port") == 0)
			ok = strspn(value.p, "0123456789,") == value.n;
		if (strcmp(o->keyword, "host") != 0)
			continue;
		ok = wax_str_find(value, '@') == value.n;
		for (size_t i = 0; i < value.n; i++)
			out->hosts += value.p[i] == ',';
	}
	PQconninfoFree(options);
	return ok;
}

/* "...:  3D000: database ..." of PQERRORS_VERBOSE; NULL: there is none. */
static const char *
state_in(const char *message)
{
	static const char of[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *p = message;

	while ((p = strstr(p, ":  ")) != NULL) {
		p += 3;
		if (strspn(p, of) == 5 && p[5] == ':')
			return p;
	}
	return NULL;
}

/* The line that matters, without the password. */
static const char *
shown(struct wax_arena *arena, const struct address *address,
    const char *message, const char *state)
{
	struct wax_str line = wax_str_of(state != NULL ? state : message);
	struct wax_text text;
	const char *z;

	line = wax_str_trim(wax_str_head(line, wax_str_find(line, '\n')));
	z = wax_str_z(arena, line);
	wax_text_init(&text, arena);
	wax_text_addz(&text, "");
	while (address->password != NULL) {
		const char *at = strstr(z, address->password);

		if (at == NULL)
			break;
		wax_text_add(&text, (struct wax_str){ z, (size_t)(at - z) });
		wax_text_addz(&text, "***");
		z = at + strlen(address->password);
	}
	wax_text_addz(&text, z);
	return text.p;
}

static enum wax_status
not_connected(struct pgsql_db *db, const struct address *address,
    const char *why, struct wax_err *err)
{
	const char *state = state_in(why);
	bool for_operator =
	    is_for_operator(state) || PQconnectionNeedsPassword(db->conn);

	return wax_fail(err, for_operator ? WAX_E_CONFIG : WAX_E_TEMP,
	    "cannot connect to PostgreSQL: %.180s",
	    shown(db->arena, address, why, state));
}

static enum wax_status
await_connection(
    struct pgsql_db *db, const struct address *address, struct wax_err *err)
{
	int64_t until =
	    patience(db) + (int64_t)db->timeout_ms * (address->hosts - 1);
	PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;

	while (wanted != PGRES_POLLING_OK) {
		if (wanted == PGRES_POLLING_FAILED)
			return not_connected(
			    db, address, PQerrorMessage(db->conn), err);
		if (!wait_for(db->conn,
		        wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT,
		        until))
			return not_connected(
			    db, address, "no answer in time", err);
		wanted = PQconnectPoll(db->conn);
	}
	return WAX_OK;
}

/*
 * The first of a keyword can be changed in the URL, the last cannot. Without
 * the timeout of TCP a dead first host would use up the time of the second.
 */
static PGconn *
start_connection(struct wax_arena *arena, const char *url, int timeout_ms)
{
	const char *timeout = wax_textf(arena, "%d", timeout_ms).p;
	const char *const keywords[] = { "application_name", "keepalives_idle",
		"keepalives_interval", "keepalives_count", "tcp_user_timeout",
		"dbname", "client_encoding", NULL };
	const char *const values[] = { "sealwax", "30", "10", "3", timeout, url,
		"UTF8", NULL };

	return PQconnectStartParams(keywords, values, 1);
}

/*
 * What the store needs of a session, whatever the defaults of the server: a
 * commit is on the disk (the segment is unlinked after it); an idle sender
 * keeps its lock; a host that vanished loses it.
 */
static enum wax_status
set_up(struct pgsql_db *db, struct wax_err *err)
{
	const char *sql = wax_textf(db->arena,
	    "SELECT set_config(s.name, w.value, false)"
	    " FROM pg_settings s JOIN (VALUES"
	    " ('statement_timeout', '%d'),"
	    " ('idle_in_transaction_session_timeout', '60000'),"
	    " ('idle_session_timeout', '0'),"
	    " ('tcp_keepalives_idle', '30'),"
	    " ('tcp_keepalives_interval', '10'),"
	    " ('tcp_keepalives_count', '3'),"
	    " ('jit', 'off'),"
	    " ('synchronous_commit', 'on'))"
	    " AS w (name, value) ON w.name = s.name"
	    " WHERE s.name <> 'synchronous_commit' OR s.setting = 'off'",
	    db->timeout_ms)
	                      .p;

	if (PQserverVersion(db->conn) < SERVER_VERSION_MIN)
		return wax_fail(err, WAX_E_CONFIG,
		    "the store needs PostgreSQL 12 or later, and this is %d",
		    PQserverVersion(db->conn) / 10000);
	if (PQsetnonblocking(db->conn, 1) != 0)
		return lost(db, PQerrorMessage(db->conn), err);
	return execute(db, sql, NULL, err);
}

static enum wax_status
connect_to(struct pgsql_db *db, struct wax_str url, struct wax_err *err)
{
	const char *z = wax_str_z(db->arena, url);
	struct address address;
	enum wax_status status;

	if (z == NULL || !read_url(db->arena, z, &address))
		return wax_fail(err, WAX_E_CONFIG,
		    "the store's URL is not understood; write "
		    "postgresql://USER@HOST/DATABASE, and special characters "
		    "as %%HH");
	db->conn = start_connection(db->arena, z, db->timeout_ms);
	if (db->conn == NULL)
		return wax_fail(err, WAX_E_TEMP, "out of memory");
	(void)PQsetNoticeReceiver(db->conn, ignore_notice, NULL);
	(void)PQsetErrorVerbosity(db->conn, PQERRORS_VERBOSE);
	if (PQstatus(db->conn) == CONNECTION_BAD)
		return not_connected(
		    db, &address, PQerrorMessage(db->conn), err);
	status = await_connection(db, &address, err);
	return status == WAX_OK ? set_up(db, err) : status;
}

static void
pgsql_close(struct wax_db *base)
{
	struct pgsql_db *db = pgsql_of(base);

	PQfinish(db->conn);
	wax_arena_free(db->arena);
}

static const struct wax_driver driver = {
	.close = pgsql_close,
	.begin = pgsql_begin,
	.commit = pgsql_commit,
	.rollback = pgsql_rollback,
	.run = pgsql_run,
	.query = pgsql_query,
	.lock_sending = pgsql_lock_sending,
};

enum wax_status
wax_pgsql_open(const struct wax_store_options *options,
    const struct wax_schema *schema, struct wax_db **out, struct wax_err *err)
{
	struct wax_arena *arena = wax_arena_new("postgresql", 0);
	struct pgsql_db *db = WAX_NEW(arena, struct pgsql_db);
	enum wax_status status;

	*db = (struct pgsql_db){
		.db = { .driver = &driver },
		.arena = arena,
		.timeout_ms = options->timeout_ms,
		.version = schema->version,
	};
	status = connect_to(db, options->url, err);
	if (status == WAX_OK)
		status = have_schema(db, schema, err);
	if (status != WAX_OK) {
		pgsql_close(&db->db);
		return status;
	}
	*out = &db->db;
	return WAX_OK;
}
