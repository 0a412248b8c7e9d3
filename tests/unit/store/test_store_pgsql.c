/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server of PostgreSQL: where it is, who may use it, and what may happen
 * to it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/store/store_impl.h"
#include "milter/sys/clock.h"
#include "policy/base/text.h"
#include "tests/support/suite.h"
#include "tests/unit/store/contract.h"

static enum wax_status
open_url(const char *url, struct wax_store **store)
{
	struct wax_store_options options = options_of("mx1.example");

	options.url = wax_exact(url);
	return wax_store_open(&options, store, &err);
}

/* The URL of the place, with another part before its "?". */
static const char *
url_of(const char *front)
{
	return wax_textf(
	    arena, "postgresql://%s%s", front, strchr(place_url(), '?'))
	    .p;
}

START_TEST(places_that_are_none)
{
	static const struct {
		const char *name, *front, *says;
		enum wax_status status;
	} rows[] = {
		{ "no such database", "postgres@/other", "3D000",
		    WAX_E_CONFIG },
		{ "no such role", "nobody:s3cret@/sealwax", "28000",
		    WAX_E_CONFIG },
		{ "the password is a name", "u:other@/other", "",
		    WAX_E_CONFIG },
	};
	struct wax_store *store;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_msg(
		    open_url(url_of(rows[i].front), &store) == rows[i].status &&
		        strstr(err.text, rows[i].says) != NULL,
		    "%s: %d %s", rows[i].name, err.status, err.text);
		ck_assert_ptr_null(store);
		ck_assert_ptr_null(strstr(err.text, "s3cret"));
		if (strstr(rows[i].front, ":other") != NULL)
			ck_assert_ptr_null(strstr(err.text, "other"));
	}
	fails(WAX_E_TEMP,
	    open_url("postgresql://u:s3cret@/x?host=/nonexistent", &store));
	ck_assert_ptr_nonnull(strstr(err.text, "No such file"));
	ck_assert_ptr_null(strstr(err.text, "s3cret"));
	/* What is in a password must not be taken for a host and told. */
	fails(WAX_E_CONFIG, open_url("postgresql://u:s3@cret@h/x", &store));
	ck_assert_ptr_null(strstr(err.text, "cret"));
	fails(WAX_E_CONFIG, open_url("postgresql://u:s3cret@h:port/x", &store));
	ck_assert_ptr_null(strstr(err.text, "s3cret"));
	fails(WAX_E_CONFIG, open_url("postgresql://u:s3cret@h/x?a=b", &store));
	ck_assert_ptr_null(strstr(err.text, "s3cret"));
}
END_TEST

/* The second of two hosts, if the first is not there. */
START_TEST(hosts_are_tried_in_turn)
{
	const char *url = place_url(), *host = strstr(url, "host=") + 5;
	struct wax_store *store;

	ok(open_url(wax_textf(arena, "%.*s/nonexistent,%s", (int)(host - url),
	                url, host)
	                .p,
	    &store));
	wax_store_close(store);
}
END_TEST

START_TEST(tables_that_may_not_be_made)
{
	struct wax_store *store;

	place_pgsql_sql("CREATE ROLE poor LOGIN");
	place_pgsql_sql(wax_textf(arena, "GRANT USAGE ON SCHEMA %s TO poor",
	    strstr(place_url(), "test"))
	                    .p);
	fails(WAX_E_CONFIG, open_url(url_of("poor@/sealwax"), &store));
	ck_assert_ptr_nonnull(strstr(err.text, "42501"));
	place_pgsql_sql("DROP OWNED BY poor; DROP ROLE poor");
}
END_TEST

/* Whatever the server's defaults are: a commit is on the disk. */
START_TEST(a_commit_is_on_the_disk)
{
	const char *url = wax_textf(arena,
	    "%s%%20-csynchronous_commit%%3Doff"
	    "%%20-cdefault_transaction_read_only%%3Don"
	    "%%20-cdefault_transaction_isolation%%3Dserializable",
	    place_url())
	                      .p;
	struct wax_store *store;
	struct wax_rows rows;

	ok(open_url(url, &store));
	import(store, 1, row(NOON, "a.example", "one"));
	place_pgsql_order("crash");
	place_pgsql_order("start");
	fails(WAX_E_TEMP,
	    wax_store_query(store, arena, WAX_SQL_NUMBERS, NULL, &rows, &err));
	wax_store_close(store);
	store = open_one();
	ck_assert(import(store, 1, row(NOON, "a.example", "one")));
	wax_store_close(store);
}
END_TEST

/* It must not go on with a new connection: the right to send is gone. */
START_TEST(a_lost_connection_stays_lost)
{
	struct wax_store *store = open_one(), *other;
	struct wax_report_filter all = { 0 };
	struct wax_report_cursor cursor = { .is_begun = false };
	struct wax_stored_reports list;
	bool mine, already;

	import(store, 1, row(NOON, "a.example", "one"));
	ck_assert(lock_sending(store));
	place_pgsql_order("crash");
	fails(WAX_E_TEMP, try_import(store, 2, NOON, NULL, 0, &already));
	place_pgsql_order("start");
	fails(WAX_E_TEMP, try_import(store, 2, NOON, NULL, 0, &already));
	fails(WAX_E_TEMP, wax_store_lock_sending(store, &mine, &err));
	ck_assert(!mine);
	fails(WAX_E_TEMP,
	    wax_store_reports(store, arena, &all, &cursor, &list, &err));
	other = open_as("mx2.example");
	ck_assert(lock_sending(other));
	fails(WAX_E_TEMP, wax_store_lock_sending(store, &mine, &err));
	wax_store_close(store);
	ck_assert(!import(other, 2, row(NOON, "a.example", "one")));
	wax_store_close(other);
}
END_TEST

/* The sender asks for its right again: it is told that it has lost it. */
START_TEST(a_lost_right_is_noticed)
{
	struct wax_store *store = open_one();
	bool mine;

	ck_assert(lock_sending(store));
	place_pgsql_sql("SELECT pg_terminate_backend(pid)"
	                " FROM pg_stat_activity"
	                " WHERE application_name = 'sealwax'");
	fails(WAX_E_TEMP, wax_store_lock_sending(store, &mine, &err));
	ck_assert(!mine);
	wax_store_close(store);
}
END_TEST

/* A server that is there and does nothing. */
START_TEST(a_hanging_server_is_not_waited_for)
{
	struct wax_store_options options = options_of("mx1.example");
	struct wax_store *store, *other;
	int64_t begun;
	bool already;

	options.timeout_ms = 200;
	ok(wax_store_open(&options, &store, &err));
	place_pgsql_order("freeze");
	begun = wax_clock_ms();
	fails(WAX_E_TEMP, try_import(store, 1, NOON, NULL, 0, &already));
	fails(WAX_E_TEMP, wax_store_open(&options, &other, &err));
	ck_assert_int_lt(wax_clock_ms() - begun, 10000);
	place_pgsql_order("thaw");
	wax_store_close(store);
	store = open_one();
	(void)import_at(store, 1, NOON, NULL, 0);
	wax_store_close(store);
}
END_TEST

/* --- stopped in the middle of imports ---------------------------------- */

#define SEGMENTS 60
#define ROWS 50

/* An importer as it should be: open again, and give the segment again, until
 * it is in. */
static bool
import_whatever_happens(
    const char *host, const struct wax_report_line *line, int told)
{
	struct wax_store_options options = options_of(host);
	struct wax_store *store = NULL;

	for (unsigned nth = 1; nth <= SEGMENTS;) {
		uint8_t id[WAX_SEGMENT_ID_BYTES] = { 0 };
		bool already;

		if (store == NULL &&
		    wax_store_open(&options, &store, &err) != WAX_OK) {
			if (err.status != WAX_E_TEMP)
				return false;
			(void)usleep(20000);
			continue;
		}
		memcpy(id + 3, &nth, sizeof nth);
		if (wax_store_import(store, id, line, ROWS, NOON, &already,
		        &err) == WAX_OK) {
			nth++;
			if (write(told, "x", 1) != 1)
				return false;
			continue;
		}
		if (err.status != WAX_E_TEMP)
			return false;
		wax_store_close(store);
		store = NULL;
	}
	wax_store_close(store);
	return true;
}

START_TEST(a_server_is_stopped_in_the_middle)
{
	struct wax_report_line line[ROWS];
	struct wax_store *store = open_one();
	struct wax_stored_reports list;
	pid_t child[2];
	int told[2], status;
	char octet;

	for (size_t i = 0; i < ROWS; i++)
		line[i] = row(NOON, i % 2 == 0 ? "a.example" : "b.example",
		    i % 5 == 0 ? "one" : "two");
	wax_store_close(store);
	ck_assert_int_eq(pipe(told), 0);
	for (size_t i = 0; i < 2; i++) {
		child[i] = fork();
		if (child[i] == 0) {
			bool done = import_whatever_happens(
			    i == 0 ? "mx1.example" : "mx2.example", line,
			    told[1]);

			if (!done)
				(void)fprintf(stderr, "%s\n", err.text);
			_exit(done ? 0 : 1);
		}
	}
	for (int i = 1; i <= SEGMENTS * 2; i++) {
		ck_assert_int_eq(read(told[0], &octet, 1), 1);
		if (i % 25 != 0)
			continue;
		place_pgsql_order("crash");
		place_pgsql_order("start");
	}
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(waitpid(child[i], &status, 0), child[i]);
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	store = open_one();
	list = reports(store);
	ck_assert_uint_eq(list.n, 2);
	ck_assert_str_eq(records(store, list.v[0].id),
	    wax_textf(arena, "%d one, %d two", SEGMENTS * 5, SEGMENTS * 20).p);
	ck_assert_uint_eq(list.v[0].n_messages, SEGMENTS * ROWS / 2);
	ck_assert_uint_eq(list.v[1].n_messages, SEGMENTS * ROWS / 2);
	wax_store_close(store);
}
END_TEST

void
add_pgsql_trouble(TCase *tcase)
{
	tcase_add_test(tcase, places_that_are_none);
	tcase_add_test(tcase, hosts_are_tried_in_turn);
	tcase_add_test(tcase, tables_that_may_not_be_made);
	tcase_add_test(tcase, a_commit_is_on_the_disk);
	tcase_add_test(tcase, a_lost_connection_stays_lost);
	tcase_add_test(tcase, a_lost_right_is_noticed);
	tcase_add_test(tcase, a_hanging_server_is_not_waited_for);
	tcase_add_test(tcase, a_server_is_stopped_in_the_middle);
}
