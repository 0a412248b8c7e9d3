/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_sqlite.c - the driver for SQLite; the only file that knows it.
 *
 * One writer at a time, readers beside it (WAL). Every commit is on the disk
 * before it returns: after it the segment is unlinked. A file that is not ours
 * is left as it is, and so is one of a newer version; before an older one is
 * changed, a copy of it is made beside it (PATH.v1-backup).
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "milter/store/store_impl.h"
#include "milter/sys/clock.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"

#define APPLICATION_ID 0x5365616c /* "Seal" */
#define MODE 0640
#define PAUSE_MS 10

struct sqlite_db {
	struct wax_db db; /* first */
	struct wax_arena *arena;
	const char *path;
	int timeout_ms;
	int version; /* of the tables that this program knows */
	sqlite3 *handle;
	sqlite3_stmt *statement[WAX_SQL_N];
	int send_fd; /* -1: not locked */
};

static struct sqlite_db *
sqlite_of(struct wax_db *db)
{
	return (struct sqlite_db *)(void *)db;
}

/* --- errors ------------------------------------------------------------ */

static enum wax_status
cannot_open(const struct sqlite_db *db, struct wax_err *err)
{
	int why = sqlite3_system_errno(db->handle);

	return wax_fail(err,
	    why == EMFILE || why == ENFILE || why == ENOMEM || why == ENOSPC
	        ? WAX_E_TEMP
	        : WAX_E_CONFIG,
	    "the store %.100s cannot be opened: %s", db->path,
	    why != 0 ? strerror(why) : sqlite3_errmsg(db->handle));
}

static enum wax_status
failed(const struct sqlite_db *db, int code, struct wax_err *err)
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

static enum wax_status
execute(struct sqlite_db *db, const char *sql, struct wax_err *err)
{
	int code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? WAX_OK : failed(db, code, err);
}

static enum wax_status
number_of(
    struct sqlite_db *db, const char *sql, int64_t *out, struct wax_err *err)
{
	sqlite3_stmt *statement = NULL;
	int code;

	code = sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		*out = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement); /* says what step() said */
	return code == SQLITE_ROW ? WAX_OK : failed(db, code, err);
}

/* --- files ------------------------------------------------------------- */

static const char *
directory_of(struct sqlite_db *db)
{
	struct wax_str path = wax_str_of(db->path);

	return wax_str_z(
	    db->arena, wax_str_head(path, wax_str_rfind(path, '/') + 1));
}

/* What root makes for the daemon has to be the daemon's: as the file beside
 * it, or the directory, is. What cannot be given away is as it is. */
static void
give_as(const char *path, const char *model)
{
	struct stat st;

	if (geteuid() == 0 && stat(model, &st) == 0 &&
	    lchown(path, st.st_uid, st.st_gid) != 0)
		return;
}

/*
 * A new file with its mode and owner, unless it is there. It is not opened:
 * closing it would take the locks of others in this process. What is wrong,
 * will be said by who opens it.
 */
static void
make_file(const char *path, const char *model)
{
	if (mknod(path, S_IFREG | MODE, 0) == 0)
		give_as(path, model);
}

/* Whose locks are not those of this machine, or whose maps are not shared. */
static bool
is_on_network(const char *directory)
{
	static const unsigned types[] = { 0x6969 /* NFS */, 0x517b /* SMB */,
		0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */,
		0x00c36400 /* Ceph */, 0x5346414f /* AFS */ };
	struct statfs fs;

	if (statfs(directory, &fs) != 0)
		return false;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if ((unsigned)fs.f_type == types[i])
			return true;
	}
	return false;
}

/* --- statements -------------------------------------------------------- */

/* $1 is ?1 here: a number, and not a name. */
static const char *
text_of(struct sqlite_db *db, enum wax_sql sql)
{
	struct wax_str text = wax_str_dup(
	    db->arena, wax_str_of(wax_statement_text(sql, WAX_SQLITE)));
	char *z = wax_alloc(db->arena, text.n + 1, 1);

	for (size_t i = 0; i < text.n; i++)
		z[i] = (char)(text.p[i] == '$' ? '?' : text.p[i]);
	return z;
}

static enum wax_status
prepare(struct sqlite_db *db, enum wax_sql sql, sqlite3_stmt **out,
    struct wax_err *err)
{
	int code = SQLITE_OK;

	if (db->statement[sql] == NULL)
		code = sqlite3_prepare_v3(db->handle, text_of(db, sql), -1,
		    SQLITE_PREPARE_PERSISTENT, &db->statement[sql], NULL);
	*out = db->statement[sql];
	return code == SQLITE_OK ? WAX_OK : failed(db, code, err);
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
	struct sqlite_db *db = sqlite_of(base);
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
			return failed(db, code, err);
		if (affected != NULL)
			affected[i] = (uint64_t)sqlite3_changes64(db->handle);
	}
	return WAX_OK;
}

static enum wax_status
sqlite_query(struct wax_db *base, struct wax_arena *arena, enum wax_sql sql,
    const struct wax_value *value, struct wax_rows *rows, struct wax_err *err)
{
	struct sqlite_db *db = sqlite_of(base);
	sqlite3_stmt *statement;
	enum wax_status status;
	int code;

	*rows = (struct wax_rows){ 0 };
	status = prepare(db, sql, &statement, err);
	if (status != WAX_OK)
		return status;
	code = step(arena, statement, wax_statements[sql].in, value,
	    wax_statements[sql].out, rows);
	return code == SQLITE_OK ? WAX_OK : failed(db, code, err);
}

/* --- transactions ------------------------------------------------------ */

static enum wax_status
newer(const struct sqlite_db *db, int64_t version, struct wax_err *err)
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
	struct sqlite_db *db = sqlite_of(base);
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
	status = execute(db, "BEGIN IMMEDIATE", err);
	if (status == WAX_OK)
		status = number_of(db, "PRAGMA user_version", &version, err);
	if (status == WAX_OK && version != db->version)
		return newer(db, version, err);
	return status;
}

static enum wax_status
sqlite_commit(struct wax_db *base, struct wax_err *err)
{
	return execute(sqlite_of(base), "COMMIT", err);
}

static void
sqlite_rollback(struct wax_db *base)
{
	struct sqlite_db *db = sqlite_of(base);

	/* Some errors have rolled it back already. */
	if (!sqlite3_get_autocommit(db->handle))
		(void)execute(db, "ROLLBACK", NULL);
}

static enum wax_status
sqlite_lock_sending(struct wax_db *base, bool *mine, struct wax_err *err)
{
	struct sqlite_db *db = sqlite_of(base);
	const char *path = wax_textf(db->arena, "%s.send", db->path).p;
	int fd;

	*mine = db->send_fd >= 0;
	if (*mine)
		return WAX_OK;
	make_file(path, db->path);
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

/* --- which file, and of which version ---------------------------------- */

/* The version of the tables; 0: the database is empty. In a transaction:
 * another may be making them. */
static enum wax_status
version_of(struct sqlite_db *db, int64_t *version, struct wax_err *err)
{
	int64_t id = 0, tables = 0;
	enum wax_status status;

	status = number_of(db, "PRAGMA application_id", &id, err);
	if (status == WAX_OK)
		status = number_of(db, "PRAGMA user_version", version, err);
	if (status == WAX_OK)
		status = number_of(
		    db, "SELECT count(*) FROM sqlite_schema", &tables, err);
	if (status != WAX_OK)
		return status;
	if (id == APPLICATION_ID ? *version > 0
	                         : id == 0 && *version == 0 && tables == 0)
		return WAX_OK;
	return failed(db, SQLITE_NOTADB, err);
}

/* The tables of a new database, or the steps that an older one lacks, in the
 * transaction that is open. */
static enum wax_status
bring_up(struct sqlite_db *db, const struct wax_schema *schema, int64_t version,
    struct wax_err *err)
{
	enum wax_status status = WAX_OK;

	if (version == 0) {
		status = execute(db, schema->create[WAX_SQLITE], err);
		version = schema->version;
	}
	for (; status == WAX_OK && version < schema->version; version++)
		status =
		    execute(db, schema->steps[version - 1][WAX_SQLITE], err);
	if (status != WAX_OK)
		return status;
	return execute(db,
	    wax_textf(db->arena,
	        "PRAGMA application_id = %d; PRAGMA user_version = %d",
	        APPLICATION_ID, schema->version)
	        .p,
	    err);
}

/* Others may have done it in the meantime. */
static enum wax_status
migrate(
    struct sqlite_db *db, const struct wax_schema *schema, struct wax_err *err)
{
	int64_t version = 0;
	enum wax_status status;

	status = execute(db, "BEGIN IMMEDIATE", err);
	if (status == WAX_OK)
		status = version_of(db, &version, err);
	if (status == WAX_OK && version < schema->version)
		status = bring_up(db, schema, version, err);
	if (status == WAX_OK)
		status = execute(db, "COMMIT", err);
	if (status != WAX_OK)
		sqlite_rollback(&db->db);
	return status;
}

static bool
sync_file(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	bool ok;

	if (fd < 0)
		return false;
	ok = fsync(fd) == 0;
	(void)close(fd); /* it was only read */
	return ok;
}

/* VACUUM INTO syncs nothing, and must not find a file that has contents. */
static enum wax_status
back_up(struct sqlite_db *db, int64_t version, struct wax_err *err)
{
	const char *path = wax_textf(
	    db->arena, "%s.v%lld-backup", db->path, (long long)version)
	                       .p;
	const char *new =
	    wax_textf(db->arena, "%s.%ld", path, (long)getpid()).p;
	sqlite3_stmt *statement = NULL;
	int code;

	(void)unlink(new); /* of a process that did not come to its end */
	make_file(new, db->path);
	code = sqlite3_prepare_v2(
	    db->handle, "VACUUM INTO ?1", -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(statement, 1, new, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	(void)sqlite3_finalize(statement); /* says what step() said */
	if (code != SQLITE_DONE) {
		(void)unlink(new); /* it is of no use */
		return failed(db, code, err);
	}
	if (!sync_file(new, 0) || rename(new, path) != 0 ||
	    !sync_file(directory_of(db), O_DIRECTORY))
		return wax_fail(err, WAX_E_TEMP, "cannot write %.100s: %s",
		    path, strerror(errno));
	return WAX_OK;
}

static enum wax_status
have_schema(
    struct sqlite_db *db, const struct wax_schema *schema, struct wax_err *err)
{
	int64_t version = 0;
	enum wax_status status;

	status = execute(db, "BEGIN", err);
	if (status == WAX_OK)
		status = version_of(db, &version, err);
	sqlite_rollback(&db->db); /* it was only read */
	if (status != WAX_OK || version == schema->version)
		return status;
	if (version > schema->version)
		return newer(db, version, err);
	if (version > 0)
		status = back_up(db, version, err);
	return status == WAX_OK ? migrate(db, schema, err) : status;
}

/* --- opening ----------------------------------------------------------- */

static const char settings[] =
    "PRAGMA synchronous = FULL;"
    "PRAGMA foreign_keys = ON;"
    "PRAGMA secure_delete = ON;" /* what is purged is gone */
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA temp_store = MEMORY;" /* the sandbox has no other place */
    "PRAGMA journal_size_limit = 16777216";

/* Nobody may be in the file for that, and the timeout is not obeyed. */
static enum wax_status
turn_to_wal(struct sqlite_db *db, struct wax_err *err)
{
	int64_t until = wax_clock_ms() + db->timeout_ms;

	for (;;) {
		int code = sqlite3_exec(
		    db->handle, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);

		if (code == SQLITE_OK)
			return WAX_OK;
		if ((code & 0xff) != SQLITE_BUSY || wax_clock_ms() >= until)
			return failed(db, code, err);
		(void)sqlite3_sleep(PAUSE_MS);
	}
}

static enum wax_status
set_up(
    struct sqlite_db *db, const struct wax_schema *schema, struct wax_err *err)
{
	enum wax_status status;

	(void)sqlite3_extended_result_codes(db->handle, 1);
	(void)sqlite3_busy_timeout(db->handle, db->timeout_ms);
	(void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (sqlite3_db_readonly(db->handle, "main") == 1)
		return wax_fail(err, WAX_E_TEMP,
		    "the store %.100s cannot be written", db->path);
	status = have_schema(db, schema, err);
	if (status == WAX_OK)
		status = turn_to_wal(db, err);
	return status == WAX_OK ? execute(db, settings, err) : status;
}

static void
sqlite_close(struct wax_db *base)
{
	struct sqlite_db *db = sqlite_of(base);

	for (size_t i = 0; i < WAX_SQL_N; i++)
		(void)sqlite3_finalize(db->statement[i]); /* nothing runs */
	(void)sqlite3_close(db->handle); /* what was committed stays */
	if (db->send_fd >= 0)
		(void)close(db->send_fd); /* nothing was written */
	wax_arena_free(db->arena);
}

static const struct wax_driver driver = {
	.close = sqlite_close,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.run = sqlite_run,
	.query = sqlite_query,
	.lock_sending = sqlite_lock_sending,
};

/* A path that SQLite takes for nothing else (":memory:", "file:..."); NULL:
 * it is none. */
static const char *
path_of(struct wax_arena *arena, struct wax_str url)
{
	struct wax_str path = wax_str_from(url, sizeof "sqlite:" - 1);
	const char *z = wax_str_z(arena, path);

	if (z == NULL || path.n == 0)
		return NULL;
	return *z == '/' ? z : wax_textf(arena, "./%s", z).p;
}

enum wax_status
wax_sqlite_open(const struct wax_store_options *options,
    const struct wax_schema *schema, struct wax_db **out, struct wax_err *err)
{
	struct wax_arena *arena = wax_arena_new("sqlite", 0);
	struct sqlite_db *db = WAX_NEW(arena, struct sqlite_db);
	enum wax_status status;
	int code;

	*db = (struct sqlite_db){
		.db = { .driver = &driver },
		.arena = arena,
		.path = path_of(arena, options->url),
		.timeout_ms = options->timeout_ms,
		.version = schema->version,
		.send_fd = -1,
	};
	if (db->path == NULL) {
		wax_arena_free(arena);
		return wax_fail(err, WAX_E_CONFIG,
		    "the store names no file; use sqlite:/PATH");
	}
	if (is_on_network(directory_of(db))) {
		status = wax_fail(err, WAX_E_CONFIG,
		    "the store %.100s is on a network file system, where "
		    "SQLite loses data: use a local one, or PostgreSQL",
		    db->path);
		wax_arena_free(arena);
		return status;
	}
	make_file(db->path, directory_of(db));
	code = sqlite3_open_v2(db->path, &db->handle,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	status =
	    code == SQLITE_OK ? set_up(db, schema, err) : failed(db, code, err);
	if (status != WAX_OK) {
		sqlite_close(&db->db);
		return status;
	}
	*out = &db->db;
	return WAX_OK;
}
