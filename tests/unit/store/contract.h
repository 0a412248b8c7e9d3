/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * contract.h - what the tests of the store have in common. All of them run in
 * a place (place.h); text of results is in `arena`.
 */
#ifndef WAX_TESTS_UNIT_STORE_CONTRACT_H
#define WAX_TESTS_UNIT_STORE_CONTRACT_H

#include "milter/store/store.h"
#include "tests/unit/store/place.h"

#define DAY INT64_C(86400)
#define TODAY (INT64_C(20000) * DAY)
#define NOON (TODAY + DAY / 2)
#define RECORDS_MAX 5
#define PATIENCE_MS 20000

#define ID "0123456789abcdef0123456789abcdef"

extern struct wax_arena *arena;
extern struct wax_err err;

#define ok(call)                                                        \
	do {                                                            \
		enum wax_status ok_ = (call);                           \
		ck_assert_msg(                                          \
		    ok_ == WAX_OK, "%s: %d: %s", #call, ok_, err.text); \
	} while (0)

#define fails(expected, call)                                                 \
	do {                                                                  \
		enum wax_status got_ = (call);                                \
		ck_assert_msg(                                                \
		    got_ == (expected), "%s: %d: %s", #call, got_, err.text); \
	} while (0)

/* A new place for each test. */
void before(void);
void after(void);

struct wax_store_options options_of(const char *host);
struct wax_store *open_as(const char *host);
struct wax_store *open_one(void);

/* A row of a policy of that domain. */
struct wax_report_line row(int64_t time, const char *domain, const char *tuple);

/* The n-th segment, so that each has an id of its own; whether it was there
 * already. */
enum wax_status try_import(struct wax_store *store, unsigned nth, int64_t now,
    const struct wax_report_line *line, size_t n, bool *already);
bool import_at(struct wax_store *store, unsigned nth, int64_t now,
    const struct wax_report_line *line, size_t n);

#define import(store, nth, ...)                                 \
	import_at((store), (nth), NOON,                         \
	    (struct wax_report_line[]){ __VA_ARGS__ },          \
	    sizeof((struct wax_report_line[]){ __VA_ARGS__ }) / \
	        sizeof(struct wax_report_line))

struct wax_stored_reports reports(struct wax_store *store);
struct wax_stored_reports reports_of(
    struct wax_store *store, const struct wax_report_filter *filter);
/* All that a report counts, as text. */
const char *records(struct wax_store *store, int64_t report);
/* -1: there is none. */
int64_t number(struct wax_store *store, const char *host, const char *name);
bool claim(struct wax_store *store, int64_t report, const char *report_id);
bool lock_sending(struct wax_store *store);
/* A server notices in its own time that a session is over. */
bool lock_sending_soon(struct wax_store *store);

/* Tests of test_store_trouble.c, for any place. */
void add_trouble(TCase *tcase);
/* Those of one place alone. */
void add_sqlite_trouble(TCase *tcase);
void add_pgsql_trouble(TCase *tcase);

#endif
