/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens to a store that is used by many, whose calls fail in the
 * middle, and whose tables are of another version: on each database.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/store/store_impl.h"
#include "policy/base/text.h"
#include "tests/support/suite.h"
#include "tests/unit/store/contract.h"

#define SEGMENTS 30
#define ROWS 20

/* --- a call fails anywhere in the middle ------------------------------- */

/* The driver of the place; the call after `left` others fails. */
struct faulty {
	struct wax_db db; /* first */
	struct wax_db *real;
	int left;
};

static struct faulty *
faulty_of(struct wax_db *db)
{
	return (struct faulty *)(void *)db;
}

static enum wax_status
spend(struct wax_db *db, struct wax_err *e)
{
	return faulty_of(db)->left-- == 0
	           ? wax_fail(e, WAX_E_TEMP, "it is the turn of this call")
	           : WAX_OK;
}

static enum wax_status
faulty_begin(struct wax_db *db, struct wax_err *e)
{
	struct wax_db *real = faulty_of(db)->real;

	return spend(db, e) == WAX_OK ? real->driver->begin(real, e)
	                              : WAX_E_TEMP;
}

static enum wax_status
faulty_commit(struct wax_db *db, struct wax_err *e)
{
	struct wax_db *real = faulty_of(db)->real;

	return spend(db, e) == WAX_OK ? real->driver->commit(real, e)
	                              : WAX_E_TEMP;
}

static void
faulty_rollback(struct wax_db *db)
{
	struct wax_db *real = faulty_of(db)->real;

	real->driver->rollback(real);
}

static enum wax_status
faulty_run(struct wax_db *db, enum wax_sql sql, size_t n,
    const struct wax_value *value, uint64_t *affected, struct wax_err *e)
{
	struct wax_db *real = faulty_of(db)->real;

	return spend(db, e) == WAX_OK
	           ? real->driver->run(real, sql, n, value, affected, e)
	           : WAX_E_TEMP;
}

static enum wax_status
faulty_query(struct wax_db *db, struct wax_arena *a, enum wax_sql sql,
    const struct wax_value *value, struct wax_rows *rows, struct wax_err *e)
{
	struct wax_db *real = faulty_of(db)->real;

	return spend(db, e) == WAX_OK
	           ? real->driver->query(real, a, sql, value, rows, e)
	           : WAX_E_TEMP;
}

static const struct wax_driver faulty_driver = {
	.begin = faulty_begin,
	.commit = faulty_commit,
	.rollback = faulty_rollback,
	.run = faulty_run,
	.query = faulty_query,
};

/* All that is in a store, as text. */
static const char *
contents(struct wax_store *store)
{
	struct wax_stored_reports list = reports(store);
	struct wax_deliveries to;
	struct wax_suppressions not_to;
	struct wax_str bytes;
	struct wax_text text;
	bool known;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < list.n; i++) {
		wax_text_addf(&text, "%.*s %d %.*s %llu: %s\n",
		    WAX_FMT(list.v[i].domain), list.v[i].state,
		    WAX_FMT(list.v[i].file_name),
		    (unsigned long long)list.v[i].n_messages,
		    records(store, list.v[i].id));
		if (wax_store_built_bytes(
		        store, arena, list.v[i].id, &bytes, NULL) == WAX_OK)
			wax_text_add(&text, bytes);
		ok(wax_store_deliveries(
		    store, arena, list.v[i].id, false, &to, &err));
		for (size_t k = 0; k < to.n; k++)
			wax_text_addf(&text, "%.*s %d\n", WAX_FMT(to.v[k].uri),
			    to.v[k].state);
	}
	ok(wax_store_suppressions(store, arena, NOON, &not_to, &err));
	ok(wax_store_is_known(store, WAX_STR("a.example"), 0, &known, &err));
	wax_text_addf(&text, "%zu suppressed, %d, %lld late", not_to.n, known,
	    (long long)number(store, "mx1.example", "rows-late"));
	return text.p;
}

/* The reports that the calls are about: of a.example, and of b.example. */
static int64_t report_a, report_b;

static enum wax_status
op_import(struct wax_store *store)
{
	struct wax_report_line line[] = { row(NOON, "a.example", "one"),
		row(NOON, "a.example", "two"), row(NOON, "b.example", "one"),
		row(NOON + DAY, "a.example", "one") };
	bool already;

	line[0].is_accepted = true;
	return try_import(store, 1, NOON, line, 4, &already);
}

/* That of b.example is claimed already. */
static enum wax_status
op_import_late(struct wax_store *store)
{
	struct wax_report_line line[] = { row(NOON, "b.example", "late") };
	bool already;

	return try_import(store, 2, NOON, line, 1, &already);
}

static enum wax_status
op_claim(struct wax_store *store)
{
	bool mine;

	return wax_store_claim(store, report_b, WAX_STR(ID), NOON, &mine, &err);
}

static enum wax_status
op_withhold(struct wax_store *store)
{
	return wax_store_withhold(store, report_a, WAX_STR("no"), &err);
}

static enum wax_status
op_save(struct wax_store *store)
{
	struct wax_delivery to[] = { { .uri = WAX_STR("mailto:a@a.example") },
		{ .uri = WAX_STR("mailto:b@a.example"),
		    .state = WAX_DELIVERY_REFUSED } };

	return wax_store_save_built(store, report_b, WAX_STR("file"),
	    WAX_STR("bytes"), to, 2, NOON, &err);
}

/* The last that was unfinished. */
static enum wax_status
op_mark(struct wax_store *store)
{
	struct wax_delivery to = { .report = report_b,
		.uri = WAX_STR("mailto:a@a.example"),
		.state = WAX_DELIVERY_SENT };

	return wax_store_mark(store, &to, &err);
}

static enum wax_status
op_suppress(struct wax_store *store)
{
	struct wax_suppression what = { .what = WAX_STR("x.example") };

	return wax_store_suppress(store, &what, &err);
}

static enum wax_status
op_unsuppress(struct wax_store *store)
{
	return wax_store_unsuppress(store, WAX_STR("x.example"), &err);
}

static enum wax_status
op_purge(struct wax_store *store)
{
	uint64_t n;

	return wax_store_purge(store, WAX_STR("b.example"), 0, &n, &err);
}

/* Each call as a whole or not at all; and it may be repeated. */
START_TEST(calls_happen_as_a_whole)
{
	static const struct {
		const char *name;
		enum wax_status (*call)(struct wax_store *);
		int steps; /* at least */
	} ops[] = {
		{ "import", op_import, 8 },
		{ "claim", op_claim, 4 },
		{ "late import", op_import_late, 8 },
		{ "withhold", op_withhold, 4 },
		{ "save", op_save, 6 },
		{ "mark", op_mark, 6 },
		{ "suppress", op_suppress, 3 },
		{ "unsuppress", op_unsuppress, 3 },
	};
	struct wax_store *store = open_one();
	struct faulty faulty = { .db = { &faulty_driver } };

	faulty.real = store->db;
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
		const char *before_ = contents(store);
		enum wax_status status = WAX_E_TEMP;
		int k;

		for (k = 0; status == WAX_E_TEMP; k++) {
			faulty.left = k;
			store->db = &faulty.db;
			status = ops[i].call(store);
			store->db = faulty.real;
			if (status == WAX_E_TEMP)
				ck_assert_str_eq(contents(store), before_);
		}
		ck_assert_msg(status == WAX_OK && k > ops[i].steps,
		    "%s: %d after %d: %s", ops[i].name, status, k, err.text);
		ck_assert_msg(
		    strcmp(contents(store), before_) != 0, "%s", ops[i].name);
		before_ = contents(store);
		report_a = reports(store).v[0].id;
		report_b = reports(store).v[1].id;
		if (ops[i].call == op_unsuppress)
			continue;
		ok(ops[i].call(store));
		ck_assert_str_eq(contents(store), before_);
	}
	wax_store_close(store);
}
END_TEST

/* A purge goes in steps; it ends with everything gone all the same. */
START_TEST(a_purge_may_be_repeated)
{
	struct wax_store *store = open_one();
	struct faulty faulty = { .db = { &faulty_driver } };
	enum wax_status status = WAX_E_TEMP;

	faulty.real = store->db;
	ok(op_import(store));
	for (int k = 0; status == WAX_E_TEMP; k++) {
		faulty.left = k;
		store->db = &faulty.db;
		status = op_purge(store);
		store->db = faulty.real;
		ck_assert_str_eq(records(store, reports(store).v[0].id),
		    "1 one, 1 two"); /* of a.example */
	}
	ok(status);
	ck_assert_uint_eq(reports(store).n, 2);
	wax_store_close(store);
}
END_TEST

/* --- several at once --------------------------------------------------- */

static struct wax_report_line *
rows_of_segment(void)
{
	struct wax_report_line *line = wax_alloc(arena, ROWS, sizeof *line);

	for (size_t i = 0; i < ROWS; i++) {
		line[i] = row(NOON, i % 2 == 0 ? "a.example" : "b.example",
		    i % 3 == 0 ? "one" : "two");
		line[i].is_accepted = true;
	}
	return line;
}

/* What an importer does: all segments, again and again until each is in. */
static bool
import_all(
    struct wax_store *store, const struct wax_report_line *line, int told)
{
	bool done = true;

	for (unsigned nth = 1; nth <= SEGMENTS; nth++) {
		uint8_t id[WAX_SEGMENT_ID_BYTES] = { 0 };
		bool already;

		memcpy(id + 3, &nth, sizeof nth);
		done = wax_store_import(store, id, line, ROWS, NOON, &already,
		           NULL) == WAX_OK &&
		       done;
		if (told >= 0 && write(told, "x", 1) != 1)
			return false;
	}
	return done;
}

static void
check_all(struct wax_store *store)
{
	struct wax_stored_reports list = reports(store);

	ck_assert_uint_eq(list.n, 2);
	ck_assert_uint_eq(
	    list.v[0].n_messages + list.v[1].n_messages, SEGMENTS * ROWS);
	ck_assert_str_eq(records(store, list.v[0].id),
	    wax_textf(arena, "%d one, %d two", SEGMENTS * 4, SEGMENTS * 6).p);
	ck_assert_str_eq(records(store, list.v[1].id),
	    wax_textf(arena, "%d one, %d two", SEGMENTS * 3, SEGMENTS * 7).p);
}

static pid_t
start_importer(const char *host, const struct wax_report_line *line, int told)
{
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		struct wax_store_options options = options_of(host);
		struct wax_store *store;
		bool done;

		if (wax_store_open(&options, &store, &err) != WAX_OK)
			(void)fprintf(stderr, "%s\n", err.text);
		else if ((done = import_all(store, line, told))) {
			wax_store_close(store);
			_exit(0);
		}
		_exit(1);
	}
	return child;
}

static void
await_importer(pid_t child)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* From the first moment on: the tables are not there yet. */
START_TEST(processes_import_at_once)
{
	const struct wax_report_line *line = rows_of_segment();
	pid_t child[4];
	struct wax_store *store;

	for (size_t i = 0; i < 4; i++)
		child[i] = start_importer(
		    wax_textf(arena, "mx%zu.example", i).p, line, -1);
	for (size_t i = 0; i < 4; i++)
		await_importer(child[i]);
	store = open_one();
	check_all(store);
	wax_store_close(store);
}
END_TEST

struct thread {
	pthread_t thread;
	const struct wax_report_line *line;
	struct wax_store *store;
	bool done;
};

static void *
import_in_thread(void *arg)
{
	struct thread *thread = arg;

	thread->done = import_all(thread->store, thread->line, -1);
	return NULL;
}

START_TEST(threads_import_at_once)
{
	const struct wax_report_line *line = rows_of_segment();
	struct thread thread[3];
	struct wax_store *store;

	for (size_t i = 0; i < 3; i++) {
		thread[i].line = line;
		thread[i].store = open_one();
		ck_assert_int_eq(pthread_create(&thread[i].thread, NULL,
		                     import_in_thread, &thread[i]),
		    0);
	}
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(pthread_join(thread[i].thread, NULL), 0);
		ck_assert(thread[i].done);
		wax_store_close(thread[i].store);
	}
	store = open_one();
	check_all(store);
	wax_store_close(store);
}
END_TEST

START_TEST(a_claim_freezes)
{
	const struct wax_report_line *line = rows_of_segment();
	struct wax_store *store = open_one();
	struct wax_stored_reports list;
	const char *frozen;
	uint64_t messages = 0;
	int told[2];
	pid_t child;
	char octet;

	ck_assert_int_eq(pipe(told), 0);
	child = start_importer("mx2.example", line, told[1]);
	ck_assert_int_eq(read(told[0], &octet, 1), 1);
	list = reports(store);
	ck_assert(claim(store, list.v[0].id, ID));
	frozen = records(store, list.v[0].id);
	await_importer(child);
	ck_assert_str_eq(records(store, list.v[0].id), frozen);
	list = reports(store);
	for (size_t i = 0; i < list.n; i++)
		messages += list.v[i].n_messages;
	ck_assert_uint_eq(messages, SEGMENTS * ROWS);
	wax_store_close(store);
}
END_TEST

/* After each: a segment is in as a whole, or not at all. */
START_TEST(importers_are_killed)
{
	const struct wax_report_line *line = rows_of_segment();
	struct wax_store *store = open_one();
	struct wax_stored_reports list;
	int told[2];
	char octet;

	for (int round = 1; round < SEGMENTS; round += 4) {
		pid_t child;

		ck_assert_int_eq(pipe(told), 0);
		child = start_importer("mx2.example", line, told[1]);
		for (int i = 0; i < round; i++)
			ck_assert_int_eq(read(told[0], &octet, 1), 1);
		ck_assert_int_eq(kill(child, SIGKILL), 0);
		ck_assert_int_eq(waitpid(child, NULL, 0), child);
		(void)close(told[0]);
		(void)close(told[1]);
		list = reports(store);
		ck_assert_uint_eq(list.n, 2);
		ck_assert_uint_eq(list.v[0].n_messages + list.v[1].n_messages,
		    2 * list.v[0].n_messages);
		ck_assert_uint_eq(list.v[0].n_messages % (ROWS / 2), 0);
	}
	ck_assert(import_all(store, line, -1));
	check_all(store);
	wax_store_close(store);
}
END_TEST

/* Who waits for another's transaction waits no longer than it may; who only
 * reads does not wait. */
START_TEST(a_lock_is_not_waited_for_without_end)
{
	struct wax_store_options options = options_of("mx2.example");
	struct wax_store *store = open_one(), *other;
	bool already;

	options.timeout_ms = 100;
	ok(wax_store_open(&options, &other, &err));
	ok(store->db->driver->begin(store->db, &err));
	fails(WAX_E_TEMP, try_import(other, 1, NOON, NULL, 0, &already));
	ck_assert_uint_eq(reports(other).n, 0);
	store->db->driver->rollback(store->db);
	ok(try_import(other, 1, NOON, NULL, 0, &already));
	ck_assert(!already);
	wax_store_close(store);
	wax_store_close(other);
}
END_TEST

/* --- other versions of the tables -------------------------------------- */

#define COLUMN                        \
	"ALTER TABLE sealwax_report " \
	"ADD COLUMN more BIGINT NOT NULL DEFAULT 7;"

static enum wax_status
open_schema(const struct wax_schema *schema, struct wax_store **store)
{
	struct wax_store_options options = options_of("mx1.example");

	return wax_store_open_schema(&options, schema, store, &err);
}

START_TEST(older_tables_are_brought_up)
{
	static const char *const good[][WAX_DIALECTS] = { { COLUMN, COLUMN } };
	static const char *const bad[][WAX_DIALECTS] = {
		{ COLUMN "SELECT nonsense;", COLUMN "SELECT nonsense;" }
	};
	struct wax_schema newer = { .version = 2, .steps = good };
	struct wax_store *store = open_one();

	for (int i = 0; i < WAX_DIALECTS; i++)
		newer.create[i] =
		    wax_textf(arena, "%s%s", wax_schema.create[i], COLUMN).p;
	import(store, 1, row(NOON, "a.example", "one"));
	wax_store_close(store);

	newer.steps = bad;
	fails(WAX_E_CONFIG, open_schema(&newer, &store));
	store = open_one(); /* nothing of it has happened */
	ck_assert_uint_eq(reports(store).n, 1);
	wax_store_close(store);

	newer.steps = good;
	ok(open_schema(&newer, &store));
	ck_assert_uint_eq(reports(store).n, 1);
	ck_assert_str_eq(records(store, reports(store).v[0].id), "1 one");
	wax_store_close(store);
	ok(open_schema(&newer, &store));
	wax_store_close(store);

	fails(WAX_E_CONFIG, open_schema(&wax_schema, &store));
	ck_assert_ptr_nonnull(strstr(err.text, "newer sealwax"));
}
END_TEST

/* Who runs on while another, newer, program changes the tables. */
START_TEST(tables_change_under_a_running_program)
{
	static const char *const steps[][WAX_DIALECTS] = { { COLUMN, COLUMN } };
	struct wax_schema newer = { .version = 2, .steps = steps };
	struct wax_store *store = open_one(), *other;
	bool already;

	import(store, 1, row(NOON, "a.example", "one"));
	ok(open_schema(&newer, &other));
	fails(WAX_E_CONFIG, try_import(store, 2, NOON, NULL, 0, &already));
	ck_assert_ptr_nonnull(strstr(err.text, "newer sealwax"));
	ck_assert(!import_at(other, 2, NOON, NULL, 0));
	wax_store_close(store);
	wax_store_close(other);
}
END_TEST

START_TEST(new_tables_are_of_the_newest_version)
{
	static const char *const steps[][WAX_DIALECTS] = { { "SELECT nonsense",
	    "SELECT nonsense" } };
	struct wax_schema newer = { .version = 2, .steps = steps };
	struct wax_store *store;

	for (int i = 0; i < WAX_DIALECTS; i++)
		newer.create[i] =
		    wax_textf(arena, "%s%s", wax_schema.create[i], COLUMN).p;
	ok(open_schema(&newer, &store));
	import(store, 1, row(NOON, "a.example", "one"));
	wax_store_close(store);
}
END_TEST

void
add_trouble(TCase *tcase)
{
	tcase_add_test(tcase, calls_happen_as_a_whole);
	tcase_add_test(tcase, a_purge_may_be_repeated);
	tcase_add_test(tcase, processes_import_at_once);
	tcase_add_test(tcase, threads_import_at_once);
	tcase_add_test(tcase, a_claim_freezes);
	tcase_add_test(tcase, importers_are_killed);
	tcase_add_test(tcase, a_lock_is_not_waited_for_without_end);
	tcase_add_test(tcase, older_tables_are_brought_up);
	tcase_add_test(tcase, tables_change_under_a_running_program);
	tcase_add_test(tcase, new_tables_are_of_the_newest_version);
}
