/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_pgsql_open.c - the connection to PostgreSQL, its settings, and the
 * tables: made, or brought up to the version of this program.
 */
#include <poll.h>
#include <string.h>

#include "milter/store/store_pgsql.h"
#include "milter/sys/clock.h"
#include "policy/base/text.h"

#define SERVER_VERSION_MIN 120000

/* --- tables ------------------------------------------------------------ */

/* 0: there are none. */
static enum wax_status
version_of(struct wax_pgsql *db, int64_t *version, struct wax_err *err)
{
	enum wax_status status;

	*version = 0;
	/* (What to_regclass() says may be of before the lock.) */
	status = wax_pgsql_number(db,
	    "SELECT count(*) FROM pg_class WHERE relname = 'sealwax_meta'"
	    " AND pg_table_is_visible(oid)",
	    version, err);
	if (status != WAX_OK || *version == 0)
		return status;
	return wax_pgsql_number(
	    db, "SELECT version FROM sealwax_meta", version, err);
}

static enum wax_status
bring_up(
    struct wax_pgsql *db, const struct wax_schema *schema, struct wax_err *err)
{
	int64_t version = 0;
	enum wax_status status;

	status = version_of(db, &version, err);
	if (status == WAX_OK && version == 0) {
		status = wax_pgsql_execute(db,
		    "CREATE TABLE sealwax_meta (version BIGINT NOT NULL);"
		    "INSERT INTO sealwax_meta VALUES (0)",
		    NULL, err);
		if (status == WAX_OK)
			status = wax_pgsql_execute(
			    db, schema->create[WAX_PGSQL], NULL, err);
		version = schema->version;
	}
	for (; status == WAX_OK && version < schema->version; version++)
		status = wax_pgsql_execute(
		    db, schema->steps[version - 1][WAX_PGSQL], NULL, err);
	if (status != WAX_OK)
		return status;
	return wax_pgsql_execute(db,
	    wax_textf(db->arena, "UPDATE sealwax_meta SET version = %lld",
	        (long long)version)
	        .p,
	    NULL, err);
}

static enum wax_status
have_schema(
    struct wax_pgsql *db, const struct wax_schema *schema, struct wax_err *err)
{
	int64_t version;
	enum wax_status status;

	status = version_of(db, &version, err);
	if (status != WAX_OK || version == schema->version)
		return status;
	if (version > schema->version)
		return wax_pgsql_newer(db, version, err);
	/* Under the lock it is looked at again. */
	status = wax_pgsql_execute(db, WAX_PGSQL_BEGIN, NULL, err);
	if (status == WAX_OK)
		status = bring_up(db, schema, err);
	if (status == WAX_OK)
		status = wax_pgsql_driver.commit(&db->db, err);
	if (status != WAX_OK)
		wax_pgsql_driver.rollback(&db->db);
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
not_connected(struct wax_pgsql *db, const struct address *address,
    const char *why, struct wax_err *err)
{
	const char *state = state_in(why);
	bool for_operator = wax_pgsql_is_for_operator(state) ||
	                    PQconnectionNeedsPassword(db->conn);

	return wax_fail(err, for_operator ? WAX_E_CONFIG : WAX_E_TEMP,
	    "cannot connect to PostgreSQL: %.180s",
	    shown(db->arena, address, why, state));
}

static enum wax_status
await_connection(
    struct wax_pgsql *db, const struct address *address, struct wax_err *err)
{
	int64_t until = wax_pgsql_patience(db) +
	                (int64_t)db->timeout_ms * (address->hosts - 1);
	PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;

	while (wanted != PGRES_POLLING_OK) {
		if (wanted == PGRES_POLLING_FAILED)
			return not_connected(
			    db, address, PQerrorMessage(db->conn), err);
		if (!wax_pgsql_wait(db->conn,
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
set_up(struct wax_pgsql *db, struct wax_err *err)
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
		return wax_pgsql_lost(db, PQerrorMessage(db->conn), err);
	return wax_pgsql_execute(db, sql, NULL, err);
}

static enum wax_status
connect_to(struct wax_pgsql *db, struct wax_str url, struct wax_err *err)
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

enum wax_status
wax_pgsql_open(const struct wax_store_options *options,
    const struct wax_schema *schema, struct wax_db **out, struct wax_err *err)
{
	struct wax_arena *arena = wax_arena_new("postgresql", 0);
	struct wax_pgsql *db = WAX_NEW(arena, struct wax_pgsql);
	enum wax_status status;

	*db = (struct wax_pgsql){
		.db = { .driver = &wax_pgsql_driver },
		.arena = arena,
		.timeout_ms = options->timeout_ms,
		.version = schema->version,
	};
	status = connect_to(db, options->url, err);
	if (status == WAX_OK)
		status = have_schema(db, schema, err);
	if (status != WAX_OK) {
		wax_pgsql_driver.close(&db->db);
		return status;
	}
	*out = &db->db;
	return WAX_OK;
}
