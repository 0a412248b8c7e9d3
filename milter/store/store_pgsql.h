/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_pgsql.h - what the two files of the driver for PostgreSQL share:
 * store_pgsql_open.c connects and sees to the tables, store_pgsql.c does the
 * rest. Nothing else includes it, or knows libpq.
 */
#ifndef WAX_MILTER_STORE_STORE_PGSQL_H
#define WAX_MILTER_STORE_STORE_PGSQL_H

#include <libpq-fe.h>

#include "milter/store/store_impl.h"

/* "sealwax" and a number, as a key of advisory locks. */
#define LOCK_WRITE "8315159405496727553"
/* A transaction that writes. */
#define WAX_PGSQL_BEGIN                                    \
	"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;" \
	"SELECT pg_advisory_xact_lock(" LOCK_WRITE ")"

struct wax_pgsql {
	struct wax_db db; /* first */
	struct wax_arena *arena;
	int timeout_ms;
	int version;  /* of the tables that this program knows */
	PGconn *conn; /* NULL: lost */
	bool is_sender;
	bool prepared[WAX_SQL_N];
};

extern const struct wax_driver wax_pgsql_driver;

/* Whether the operator has to see to an error of that SQLSTATE (may be NULL);
 * all others may pass by themselves. */
bool wax_pgsql_is_for_operator(const char *state);

/* Ends the connection; WAX_E_TEMP. */
enum wax_status wax_pgsql_lost(
    struct wax_pgsql *db, const char *why, struct wax_err *err);
enum wax_status wax_pgsql_newer(
    const struct wax_pgsql *db, int64_t version, struct wax_err *err);

/* Until when an answer is waited for that is expected from now on. */
int64_t wax_pgsql_patience(const struct wax_pgsql *db);
/* Whether the socket is ready for one of `events` by then. */
bool wax_pgsql_wait(PGconn *conn, short events, int64_t until);

/* Statements without values; the last command was `tag`, if not NULL. */
enum wax_status wax_pgsql_execute(struct wax_pgsql *db, const char *sql,
    const char *tag, struct wax_err *err);
/* A statement that gives one BIGINT. */
enum wax_status wax_pgsql_number(struct wax_pgsql *db, const char *sql,
    int64_t *out, struct wax_err *err) WAX_MUST_USE;

#endif
