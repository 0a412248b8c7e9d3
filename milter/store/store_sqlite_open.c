/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_sqlite_open.c - which file it is, whose, and of which version; its
 * tables, made or brought up to the version of this program.
 *
 * A file that is not ours is left as it is, and so is one of a newer version;
 * before an older one is changed, a copy of it is made beside it
 * (PATH.v1-backup).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "milter/store/store_sqlite.h"
#include "milter/sys/clock.h"
#include "policy/base/text.h"

#define APPLICATION_ID 0x5365616c /* "Seal" */
#define MODE 0640
#define PAUSE_MS 10

/* --- files ------------------------------------------------------------- */

static const char *
directory_of(struct wax_sqlite *db)
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

void
wax_sqlite_make_file(const char *path, const char *model)
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

/* --- which file, and of which version ---------------------------------- */

/* The version of the tables; 0: the database is empty. In a transaction:
 * another may be making them. */
static enum wax_status
version_of(struct wax_sqlite *db, int64_t *version, struct wax_err *err)
{
	int64_t id = 0, tables = 0;
	enum wax_status status;

	status = wax_sqlite_number(db, "PRAGMA application_id", &id, err);
	if (status == WAX_OK)
		status =
		    wax_sqlite_number(db, "PRAGMA user_version", version, err);
	if (status == WAX_OK)
		status = wax_sqlite_number(
		    db, "SELECT count(*) FROM sqlite_schema", &tables, err);
	if (status != WAX_OK)
		return status;
	if (id == APPLICATION_ID ? *version > 0
	                         : id == 0 && *version == 0 && tables == 0)
		return WAX_OK;
	return wax_sqlite_failed(db, SQLITE_NOTADB, err);
}

/* The tables of a new database, or the steps that an older one lacks, in the
 * transaction that is open. */
static enum wax_status
bring_up(struct wax_sqlite *db, const struct wax_schema *schema,
    int64_t version, struct wax_err *err)
{
	enum wax_status status = WAX_OK;

	if (version == 0) {
		status =
		    wax_sqlite_execute(db, schema->create[WAX_SQLITE], err);
		version = schema->version;
	}
	for (; status == WAX_OK && version < schema->version; version++)
		status = wax_sqlite_execute(
		    db, schema->steps[version - 1][WAX_SQLITE], err);
	if (status != WAX_OK)
		return status;
	return wax_sqlite_execute(db,
	    wax_textf(db->arena,
	        "PRAGMA application_id = %d; PRAGMA user_version = %d",
	        APPLICATION_ID, schema->version)
	        .p,
	    err);
}

/* Others may have done it in the meantime. */
static enum wax_status
migrate(
    struct wax_sqlite *db, const struct wax_schema *schema, struct wax_err *err)
{
	int64_t version = 0;
	enum wax_status status;

	status = wax_sqlite_execute(db, "BEGIN IMMEDIATE", err);
	if (status == WAX_OK)
		status = version_of(db, &version, err);
	if (status == WAX_OK && version < schema->version)
		status = bring_up(db, schema, version, err);
	if (status == WAX_OK)
		status = wax_sqlite_execute(db, "COMMIT", err);
	if (status != WAX_OK)
		wax_sqlite_driver.rollback(&db->db);
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
back_up(struct wax_sqlite *db, int64_t version, struct wax_err *err)
{
	const char *path = wax_textf(
	    db->arena, "%s.v%lld-backup", db->path, (long long)version)
	                       .p;
	const char *new =
	    wax_textf(db->arena, "%s.%ld", path, (long)getpid()).p;
	sqlite3_stmt *statement = NULL;
	int code;

	(void)unlink(new); /* of a process that did not come to its end */
	wax_sqlite_make_file(new, db->path);
	code = sqlite3_prepare_v2(
	    db->handle, "VACUUM INTO ?1", -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(statement, 1, new, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	(void)sqlite3_finalize(statement); /* says what step() said */
	if (code != SQLITE_DONE) {
		(void)unlink(new); /* it is of no use */
		return wax_sqlite_failed(db, code, err);
	}
	if (!sync_file(new, 0) || rename(new, path) != 0 ||
	    !sync_file(directory_of(db), O_DIRECTORY))
		return wax_fail(err, WAX_E_TEMP, "cannot write %.100s: %s",
		    path, strerror(errno));
	return WAX_OK;
}

static enum wax_status
have_schema(
    struct wax_sqlite *db, const struct wax_schema *schema, struct wax_err *err)
{
	int64_t version = 0;
	enum wax_status status;

	status = wax_sqlite_execute(db, "BEGIN", err);
	if (status == WAX_OK)
		status = version_of(db, &version, err);
	wax_sqlite_driver.rollback(&db->db); /* it was only read */
	if (status != WAX_OK || version == schema->version)
		return status;
	if (version > schema->version)
		return wax_sqlite_newer(db, version, err);
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
turn_to_wal(struct wax_sqlite *db, struct wax_err *err)
{
	int64_t until = wax_clock_ms() + db->timeout_ms;

	for (;;) {
		int code = sqlite3_exec(
		    db->handle, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);

		if (code == SQLITE_OK)
			return WAX_OK;
		if ((code & 0xff) != SQLITE_BUSY || wax_clock_ms() >= until)
			return wax_sqlite_failed(db, code, err);
		(void)sqlite3_sleep(PAUSE_MS);
	}
}

static enum wax_status
set_up(
    struct wax_sqlite *db, const struct wax_schema *schema, struct wax_err *err)
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
	return status == WAX_OK ? wax_sqlite_execute(db, settings, err)
	                        : status;
}

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
	struct wax_sqlite *db = WAX_NEW(arena, struct wax_sqlite);
	enum wax_status status;
	int code;

	*db = (struct wax_sqlite){
		.db = { .driver = &wax_sqlite_driver },
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
	wax_sqlite_make_file(db->path, directory_of(db));
	code = sqlite3_open_v2(db->path, &db->handle,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	status = code == SQLITE_OK ? set_up(db, schema, err)
	                           : wax_sqlite_failed(db, code, err);
	if (status != WAX_OK) {
		wax_sqlite_driver.close(&db->db);
		return status;
	}
	*out = &db->db;
	return WAX_OK;
}
