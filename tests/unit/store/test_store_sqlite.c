/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of SQLite: whose it is, its mode, and what may happen to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "milter/store/store_impl.h"
#include "policy/base/text.h"
#include "tests/support/suite.h"
#include "tests/unit/store/contract.h"

static const char *
path_of(const char *name)
{
	return wax_textf(arena, "%s/%s", place_directory(), name).p;
}

static enum wax_status
open_url(const char *url, struct wax_store **store)
{
	struct wax_store_options options = options_of("mx1.example");

	options.url = wax_exact(url);
	return wax_store_open(&options, store, &err);
}

static enum wax_status
open_path(const char *name, struct wax_store **store)
{
	return open_url(wax_textf(arena, "sqlite:%s", path_of(name)).p, store);
}

static unsigned
mode_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(stat(path_of(name), &st), 0);
	return st.st_mode & 07777;
}

static void
write_file(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void
run_sql(const char *name, const char *sql)
{
	sqlite3 *handle;

	ck_assert_int_eq(sqlite3_open(path_of(name), &handle), SQLITE_OK);
	ck_assert_int_eq(
	    sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(handle), SQLITE_OK);
}

/* What no other user may read. */
START_TEST(the_file_is_not_for_everybody)
{
	struct wax_store *store;

	(void)umask(0);
	store = open_one();
	import(store, 1, row(NOON, "a.example", "one"));
	ck_assert(lock_sending(store));
	ck_assert_uint_eq(mode_of("store.db"), 0640);
	ck_assert_uint_eq(mode_of("store.db-wal"), 0640);
	ck_assert_uint_eq(mode_of("store.db-shm"), 0640);
	ck_assert_uint_eq(mode_of("store.db.send"), 0640);
	wax_store_close(store);
}
END_TEST

/* Root may be the first to look at the store, before the daemon is. */
START_TEST(the_files_are_the_daemons)
{
	static const char *const names[] = { "store.db", "store.db-wal",
		"store.db-shm", "store.db.send" };
	bool is_root = geteuid() == 0;
	uid_t user = is_root ? 65534 : geteuid();
	struct wax_store *store;
	struct stat st;

	if (is_root)
		ck_assert_int_eq(chown(place_directory(), user, user), 0);
	store = open_one();
	ck_assert(lock_sending(store));
	import(store, 1, row(NOON, "a.example", "one"));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		ck_assert_int_eq(stat(path_of(names[i]), &st), 0);
		ck_assert_msg(st.st_uid == user, "%s", names[i]);
		ck_assert_msg(!is_root || st.st_gid == user, "%s", names[i]);
	}
	wax_store_close(store);
}
END_TEST

/* In the place of libc's, for the program: what kind of file system. */
static __fsword_t pretended;

int
statfs(const char *path, struct statfs *fs)
{
	int code = (int)syscall(SYS_statfs, path, fs);

	if (pretended != 0)
		fs->f_type = pretended;
	return code;
}

START_TEST(a_network_file_system_is_refused)
{
	static const __fsword_t network[] = { 0x6969, 0xff534d42, 0xfe534d42 };
	static const __fsword_t local[] = { 0xef53, 0x58465342, 0x01021994 };
	struct wax_store *store;

	for (size_t i = 0; i < 3; i++) {
		pretended = network[i];
		fails(WAX_E_CONFIG, open_path("store.db", &store));
		ck_assert_ptr_nonnull(strstr(err.text, "network"));
		ck_assert_int_ne(access(path_of("store.db"), F_OK), 0);
	}
	for (size_t i = 0; i < 3; i++) {
		pretended = local[i];
		ok(open_path("store.db", &store));
		wax_store_close(store);
	}
	pretended = 0;
}
END_TEST

START_TEST(other_files_are_left_alone)
{
	struct wax_store *store;
	struct stat st, now;

	write_file("text", "This is a letter to somebody, and no database.\n");
	fails(WAX_E_CONFIG, open_path("text", &store));
	ck_assert_ptr_nonnull(strstr(err.text, "not a database of sealwax"));

	run_sql("other", "CREATE TABLE t (a); INSERT INTO t VALUES (1);");
	ck_assert_int_eq(stat(path_of("other"), &st), 0);
	fails(WAX_E_CONFIG, open_path("other", &store));
	ck_assert_int_eq(stat(path_of("other"), &now), 0);
	ck_assert(st.st_size == now.st_size &&
	          st.st_mtim.tv_nsec == now.st_mtim.tv_nsec);

	run_sql("numbered", "PRAGMA application_id = 7");
	fails(WAX_E_CONFIG, open_path("numbered", &store));
	run_sql("versioned", "PRAGMA user_version = 1");
	fails(WAX_E_CONFIG, open_path("versioned", &store));

	write_file("empty", "");
	ok(open_path("empty", &store));
	import(store, 1, row(NOON, "a.example", "one"));
	wax_store_close(store);
}
END_TEST

START_TEST(urls)
{
	static const struct {
		const char *url;
		const char *says;
	} rows[] = {
		{ "sqlite:", "names no file" },
		{ "sqlite:/nonexistent/store.db", "No such file" },
		{ "sqlite:/", "" },
		{ "mysql://localhost/x", "neither" },
		{ "", "neither" },
	};
	struct wax_store *store;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_msg(open_url(rows[i].url, &store) == WAX_E_CONFIG &&
		                  strstr(err.text, rows[i].says) != NULL,
		    "%s: %s", rows[i].url, err.text);
		ck_assert_ptr_null(store);
	}
	/* Names that SQLite would take for something else. */
	ck_assert_int_eq(chdir(place_directory()), 0);
	ok(open_url("sqlite::memory:", &store));
	wax_store_close(store);
	ck_assert_uint_eq(mode_of(":memory:"), 0640);
	ok(open_url("sqlite:file:x?mode=ro", &store));
	wax_store_close(store);
	ck_assert_uint_eq(mode_of("file:x?mode=ro"), 0640);
	if (place_pgsql == NULL) {
		fails(WAX_E_CONFIG,
		    open_url("postgresql://u:s3cret@h/d", &store));
		ck_assert_ptr_nonnull(strstr(err.text, "without"));
		ck_assert_ptr_null(strstr(err.text, "s3cret"));
	}
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(a_copy_is_made_before_tables_are_changed)
{
	static const char *const steps[][WAX_DIALECTS] = {
		{ "DROP TABLE sealwax_number", "" }
	};
	struct wax_schema newer = { .version = 2, .steps = steps };
	struct wax_store_options options = options_of("mx1.example");
	struct wax_store *store = open_one();

	(void)umask(0);
	import(store, 1, row(NOON, "a.example", "one"));
	wax_store_close(store);
	ok(wax_store_open_schema(&options, &newer, &store, &err));
	wax_store_close(store);
	ck_assert_uint_eq(mode_of("store.db.v1-backup"), 0640);
	ok(open_path("store.db.v1-backup", &store));
	ck_assert_str_eq(records(store, reports(store).v[0].id), "1 one");
	ck_assert_int_eq(number(store, "mx1.example", "x"), -1);
	wax_store_close(store);
}
END_TEST

START_TEST(a_file_that_was_moved_gets_no_rows)
{
	struct wax_store *store = open_one();
	bool already;

	import(store, 1, row(NOON, "a.example", "one"));
	ck_assert_int_eq(rename(path_of("store.db"), path_of("old")), 0);
	fails(WAX_E_TEMP, try_import(store, 2, NOON, NULL, 0, &already));
	wax_store_close(store);

	store = open_one();
	ck_assert(!import(store, 2, row(NOON, "a.example", "one")));
	ck_assert_int_eq(unlink(path_of("store.db")), 0);
	fails(WAX_E_TEMP, try_import(store, 3, NOON, NULL, 0, &already));
	wax_store_close(store);
}
END_TEST

START_TEST(a_damaged_file_is_for_the_operator)
{
	struct wax_store *store = open_one();
	char junk[4096];
	struct stat st;
	int fd;

	import(store, 1, row(NOON, "a.example", "one"));
	wax_store_close(store);
	memset(junk, 0x5a, sizeof junk);
	fd = open(path_of("store.db"), O_WRONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	for (off_t at = 4096; at < st.st_size; at += 4096)
		ck_assert_int_eq(pwrite(fd, junk, 4096, at), 4096);
	ck_assert_int_eq(close(fd), 0);
	if (open_path("store.db", &store) == WAX_OK) {
		struct wax_report_filter all = { 0 };
		struct wax_report_cursor cursor = { .is_begun = false };
		struct wax_stored_reports list;

		fails(WAX_E_CONFIG, wax_store_reports(store, arena, &all,
		                        &cursor, &list, &err));
		wax_store_close(store);
	}
	ck_assert_int_eq(err.status, WAX_E_CONFIG);
	ck_assert_ptr_nonnull(strstr(err.text, "damaged"));
}
END_TEST

/* --- how rows are found ------------------------------------------------ */

/* Those that are to see much, and run once in a while. */
static const enum wax_sql reads_all[] = {
	WAX_SQL_REPORTS_BEGIN, /* one step */
	WAX_SQL_REPORTS,       /* a page */
	WAX_SQL_SUPPRESSIONS,
	WAX_SQL_NUMBERS,
	WAX_SQL_PURGE_REPORTS,
	WAX_SQL_PURGE_POLICIES,
	WAX_SQL_PURGE_SEGMENTS,
	WAX_SQL_PURGE_KNOWN,
	WAX_SQL_PURGE_SUPPRESSIONS,
};

/* A table that is read from one end to the other, or all reports of a day. */
static bool
is_long(const char *step)
{
	return strncmp(step, "SCAN ", 5) == 0 ||
	       strstr(step, "INDEX sealwax_report_begins") != NULL;
}

static void
explain(sqlite3 *db, enum wax_sql sql)
{
	const char *text = wax_statement_text(sql, WAX_SQLITE);
	sqlite3_stmt *plan = NULL;
	bool is_allowed = false;

	for (size_t i = 0; i < sizeof reads_all / sizeof *reads_all; i++)
		is_allowed |= reads_all[i] == sql;
	ck_assert_int_eq(sqlite3_prepare_v2(db,
	                     wax_textf(arena, "EXPLAIN QUERY PLAN %s", text).p,
	                     -1, &plan, NULL),
	    SQLITE_OK);
	while (sqlite3_step(plan) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(plan, 3);

		ck_assert_msg(
		    is_allowed || !is_long(step), "%s: %s", text, step);
	}
	ck_assert_int_eq(sqlite3_finalize(plan), SQLITE_OK);
}

/* Strangers decide how many domains and reports there are: what is done for
 * each of them must not see the others. */
START_TEST(rows_are_found_by_their_keys)
{
	sqlite3 *db = NULL;

	wax_store_close(open_one());
	ck_assert_int_eq(sqlite3_open(path_of("store.db"), &db), SQLITE_OK);
	for (size_t i = 0; i < WAX_SQL_N; i++)
		explain(db, (enum wax_sql)i);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}
END_TEST

/* --- no room ----------------------------------------------------------- */

/* A file system of that size over the directory; false: we may not. */
static bool
mount_small(const char *size)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", place_directory(), "tmpfs", 0,
	           wax_textf(arena, "size=%s", size).p) == 0;
}

static struct wax_report_line
large_row(unsigned nth)
{
	struct wax_report_line line = row(NOON, "a.example", "");
	char *text = wax_alloc(arena, 40000, 1);

	memset(text, 'a' + (int)(nth % 26), 40000);
	line.domain = wax_textf(arena, "a%u.example", nth);
	line.policy = wax_textf(arena, "policy %u", nth);
	line.tuple = (struct wax_str){ text, 40000 };
	return line;
}

/* Until there is no room; then with room again: what was said to be in is in,
 * what failed is not. */
START_TEST(a_full_disk_is_waited_for)
{
	struct rlimit few = { 600000, RLIM_INFINITY };
	bool mounted = mount_small("1m");
	struct wax_store *store = open_one();
	enum wax_status status = WAX_OK;
	bool already;
	unsigned n;

	(void)signal(SIGXFSZ, SIG_IGN);
	if (!mounted)
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &few), 0);
	for (n = 1; n < 100 && status == WAX_OK; n++) {
		struct wax_report_line line = large_row(n);

		status = try_import(store, n, NOON, &line, 1, &already);
	}
	ck_assert_msg(status == WAX_E_TEMP, "%d: %s", status, err.text);
	ck_assert_uint_gt(n, 3);
	ck_assert_uint_eq(reports(store).n, n - 2);
	few.rlim_cur = RLIM_INFINITY;
	if (mounted)
		ck_assert_int_eq(mount("tmpfs", place_directory(), "tmpfs",
		                     MS_REMOUNT, "size=9m"),
		    0);
	else
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &few), 0);
	wax_store_close(store);
	store = open_one();
	ck_assert_uint_eq(reports(store).n, n - 2);
	for (unsigned i = 1; i < n; i++) {
		struct wax_report_line line = large_row(i);

		ck_assert(import_at(store, i, NOON, &line, 1) == (i < n - 1));
	}
	ck_assert_uint_eq(reports(store).n, n - 1);
	wax_store_close(store);
	(void)umount2(place_directory(), MNT_DETACH); /* if it is one */
}
END_TEST

/* Only root can make a file system read-only; others have no right to the
 * file. */
START_TEST(a_read_only_file_is_waited_for)
{
	bool mounted = mount_small("4m");
	struct wax_store *store = open_one();
	bool already;

	import(store, 1, row(NOON, "a.example", "one"));
	wax_store_close(store);
	if (mounted)
		ck_assert_int_eq(mount("tmpfs", place_directory(), "tmpfs",
		                     MS_REMOUNT | MS_RDONLY, NULL),
		    0);
	else
		ck_assert_int_eq(chmod(path_of("store.db"), 0400), 0);
	fails(WAX_E_TEMP, open_path("store.db", &store));
	if (mounted)
		ck_assert_int_eq(mount("tmpfs", place_directory(), "tmpfs",
		                     MS_REMOUNT, NULL),
		    0);
	else
		ck_assert_int_eq(chmod(path_of("store.db"), 0600), 0);
	store = open_one();
	ok(try_import(store, 1, NOON, NULL, 0, &already));
	ck_assert(already);
	wax_store_close(store);
	(void)umount2(place_directory(), MNT_DETACH); /* if it is one */
}
END_TEST

/* A record is there once, and not once more as a key. */
START_TEST(tuples_are_kept_once)
{
	struct wax_store_options options = options_of("mx1.example");
	struct wax_store *store;
	size_t n = 5000, octets = 0;
	struct wax_report_line *line = wax_alloc(arena, n, sizeof *line);
	struct stat st;

	options.max_records = n;
	ok(wax_store_open(&options, &store, &err));
	for (size_t i = 0; i < n; i++) {
		line[i] = row(NOON, "a.example",
		    wax_textf(arena,
		        "192.0.2.1 none pass pass a.example mail.a.example "
		        "selector1 pass mail.a.example pass %0120zu",
		        i * 7919 % n)
		        .p);
		octets += line[i].tuple.n;
	}
	import_at(store, 1, NOON, line, n);
	wax_store_close(store);
	ck_assert_int_eq(stat(path_of("store.db"), &st), 0);
	ck_assert_msg((size_t)st.st_size < octets * 3 / 2, "%zu for %zu",
	    (size_t)st.st_size, octets);
}
END_TEST

void
add_sqlite_trouble(TCase *tcase)
{
	tcase_add_test(tcase, the_file_is_not_for_everybody);
	tcase_add_test(tcase, the_files_are_the_daemons);
	tcase_add_test(tcase, a_network_file_system_is_refused);
	tcase_add_test(tcase, other_files_are_left_alone);
	tcase_add_test(tcase, urls);
	tcase_add_test(tcase, a_copy_is_made_before_tables_are_changed);
	tcase_add_test(tcase, a_file_that_was_moved_gets_no_rows);
	tcase_add_test(tcase, a_damaged_file_is_for_the_operator);
	tcase_add_test(tcase, rows_are_found_by_their_keys);
	tcase_add_test(tcase, a_full_disk_is_waited_for);
	tcase_add_test(tcase, a_read_only_file_is_waited_for);
	tcase_add_test(tcase, tuples_are_kept_once);
}
