/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_impl.h - what is behind store.h: the statements of the store, and the
 * driver that runs them on one database or another.
 *
 * All that the store means (what a claim is, which day a late row goes to) is
 * written once, in store*.c, on top of this; a driver knows transactions,
 * statements and errors, and nothing of reports. What differs between the
 * dialects of SQL is in sql.c and schema.c alone. Values are always bound,
 * never written into a statement.
 */
#ifndef WAX_MILTER_STORE_STORE_IMPL_H
#define WAX_MILTER_STORE_STORE_IMPL_H

#include "milter/store/store.h"

enum wax_dialect {
	WAX_SQLITE,
	WAX_PGSQL
};
#define WAX_DIALECTS 2

/*
 * A kind of a value: 'i' a 64-bit integer; 't' text, which is printable ASCII
 * (what is not, is escaped on the way in: no text may make a statement fail);
 * 'b' any octets.
 */
struct wax_value {
	int64_t number;
	struct wax_str text;
};

#define WAX_INT(n)            \
	{                     \
		.number = (n) \
	}
#define WAX_TEXT(s)         \
	{                   \
		.text = (s) \
	}

#define WAX_SQL_VALUES_MAX 12

enum wax_sql {
	WAX_SQL_SEGMENT_ADD,
	WAX_SQL_POLICY_FIND,
	WAX_SQL_POLICY_ADD,
	WAX_SQL_REPORT_OF_DAY,
	WAX_SQL_REPORTS_OF_DAY,
	WAX_SQL_REPORT_ADD,
	WAX_SQL_REPORT_TOTALS,
	WAX_SQL_REPORT_COUNT,
	WAX_SQL_RECORD_COUNT,
	WAX_SQL_RECORD_ADD,
	WAX_SQL_KNOWN_SET,
	WAX_SQL_KNOWN_FIND,
	WAX_SQL_REPORTS_BEGIN,
	WAX_SQL_REPORTS,
	WAX_SQL_RECORDS,
	WAX_SQL_REPORT_STATE,
	WAX_SQL_CLAIM,
	WAX_SQL_WITHHOLD,
	WAX_SQL_BUILT,
	WAX_SQL_BYTES_ADD,
	WAX_SQL_BYTES,
	WAX_SQL_BYTES_REMOVE,
	WAX_SQL_DONE,
	WAX_SQL_DELIVERY_ADD,
	WAX_SQL_DELIVERY_FIND,
	WAX_SQL_DELIVERY_SET,
	WAX_SQL_DELIVERIES,
	WAX_SQL_UNFINISHED,
	WAX_SQL_SUPPRESS,
	WAX_SQL_UNSUPPRESS,
	WAX_SQL_SUPPRESSIONS,
	WAX_SQL_NUMBER_PUT,
	WAX_SQL_NUMBER_ADD,
	WAX_SQL_NUMBERS,
	WAX_SQL_PURGE_REPORTS,
	WAX_SQL_PURGE_POLICIES,
	WAX_SQL_PURGE_SEGMENTS,
	WAX_SQL_PURGE_KNOWN,
	WAX_SQL_PURGE_SUPPRESSIONS,
	WAX_SQL_N
};

struct wax_statement {
	const char *in, *out; /* the kinds of parameters and of columns */
	const char *text[WAX_DIALECTS]; /* the second only where it differs */
};

extern const struct wax_statement wax_statements[WAX_SQL_N];

/* The text for a dialect. */
const char *wax_statement_text(enum wax_sql sql, enum wax_dialect dialect);

/* What the tables are, by version; each step is one text of statements that
 * makes version i + 1 of version i. */
struct wax_schema {
	int version;
	const char *create[WAX_DIALECTS];
	const char *const (*steps)[WAX_DIALECTS]; /* from 1 on */
};

extern const struct wax_schema wax_schema;

/* n rows of as many values as the statement has columns, one after another. */
struct wax_rows {
	size_t n;
	struct wax_value *v;
};

struct wax_db;

struct wax_driver {
	void (*close)(struct wax_db *db);
	/* A transaction that writes: there is one at a time, in the fleet. */
	enum wax_status (*begin)(struct wax_db *db, struct wax_err *err);
	enum wax_status (*commit)(struct wax_db *db, struct wax_err *err);
	void (*rollback)(struct wax_db *db); /* after any failure */
	/* The statement n times, each with values of its own, one set after
	 * another; affected[i]: how many rows it changed, if not NULL. */
	enum wax_status (*run)(struct wax_db *db, enum wax_sql sql, size_t n,
	    const struct wax_value *value, uint64_t *affected,
	    struct wax_err *err);
	/* Once, and its rows, in the arena. */
	enum wax_status (*query)(struct wax_db *db, struct wax_arena *arena,
	    enum wax_sql sql, const struct wax_value *value,
	    struct wax_rows *rows, struct wax_err *err);
	enum wax_status (*lock_sending)(
	    struct wax_db *db, bool *mine, struct wax_err *err);
};

struct wax_db {
	const struct wax_driver *driver;
};

enum wax_status wax_sqlite_open(const struct wax_store_options *options,
    const struct wax_schema *schema, struct wax_db **out, struct wax_err *err)
    WAX_MUST_USE;
enum wax_status wax_pgsql_open(const struct wax_store_options *options,
    const struct wax_schema *schema, struct wax_db **out, struct wax_err *err)
    WAX_MUST_USE;

/* wax_store_open() with other tables: for the tests of migration. */
enum wax_status wax_store_open_schema(const struct wax_store_options *options,
    const struct wax_schema *schema, struct wax_store **out,
    struct wax_err *err) WAX_MUST_USE;

struct wax_store {
	struct wax_db *db;
	struct wax_arena *arena;   /* as long as the store */
	struct wax_arena *scratch; /* as long as one call */
	struct wax_str host;
	size_t max_records;
};

/* One transaction around `work`. */
enum wax_status wax_store_transact(struct wax_store *store,
    enum wax_status (*work)(struct wax_store *, void *, struct wax_err *),
    void *arg, struct wax_err *err) WAX_MUST_USE;

/* The driver's, for the database of this store. */
enum wax_status wax_store_run(struct wax_store *store, enum wax_sql sql,
    const struct wax_value *value, uint64_t *affected, struct wax_err *err)
    WAX_MUST_USE;
enum wax_status wax_store_query(struct wax_store *store,
    struct wax_arena *arena, enum wax_sql sql, const struct wax_value *value,
    struct wax_rows *rows, struct wax_err *err) WAX_MUST_USE;

/* `s` as a value of kind 't'. */
struct wax_str wax_plain(struct wax_arena *arena, struct wax_str s);

#endif
