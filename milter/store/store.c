/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store.c - opening a store, transactions, and what is not about reports:
 * known domains, suppressions, numbers, and the removal of what is old.
 */
#include "milter/store/store.h"

#include "milter/store/store_impl.h"
#include "policy/base/text.h"

/* Of an address with its domain; PostgreSQL keeps 2.7 kB in an index. */
#define WHAT_MAX 1000
/* Reports that one transaction removes: it must end before others have
 * waited too long for theirs. */
#define PURGE_STEP 100

struct wax_str
wax_plain(struct wax_arena *arena, struct wax_str s)
{
	struct wax_text text;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] >= ' ' && s.p[i] <= '~')
			continue;
		wax_text_init(&text, arena);
		wax_text_add_escaped(&text, s);
		return wax_text_str(&text);
	}
	return s;
}

/* --- opening ----------------------------------------------------------- */

static enum wax_status
open_db(const struct wax_store_options *options,
    const struct wax_schema *schema, struct wax_db **db, struct wax_err *err)
{
	if (wax_str_starts(options->url, WAX_STR("sqlite:")))
		return wax_sqlite_open(options, schema, db, err);
	if (wax_str_starts(options->url, WAX_STR("postgresql://")) ||
	    wax_str_starts(options->url, WAX_STR("postgres://")))
		return wax_pgsql_open(options, schema, db, err);
	return wax_fail(err, WAX_E_CONFIG,
	    "the store is neither sqlite:PATH nor postgresql://HOST/NAME");
}

enum wax_status
wax_store_open_schema(const struct wax_store_options *options,
    const struct wax_schema *schema, struct wax_store **out,
    struct wax_err *err)
{
	struct wax_arena *arena;
	struct wax_store *store;
	struct wax_db *db;
	enum wax_status status;

	*out = NULL;
	status = open_db(options, schema, &db, err);
	if (status != WAX_OK)
		return status;
	arena = wax_arena_new("store", 0);
	store = WAX_NEW(arena, struct wax_store);
	store->arena = arena;
	store->scratch = wax_arena_new("store call", 0);
	store->db = db;
	store->host = wax_plain(arena, wax_str_dup(arena, options->host));
	store->max_records = options->max_records;
	*out = store;
	return WAX_OK;
}

enum wax_status
wax_store_open(const struct wax_store_options *options, struct wax_store **out,
    struct wax_err *err)
{
	return wax_store_open_schema(options, &wax_schema, out, err);
}

void
wax_store_close(struct wax_store *store)
{
	if (store == NULL)
		return;
	store->db->driver->close(store->db);
	wax_arena_free(store->scratch);
	wax_arena_free(store->arena);
}

enum wax_status
wax_store_lock_sending(struct wax_store *store, bool *mine, struct wax_err *err)
{
	*mine = false;
	return store->db->driver->lock_sending(store->db, mine, err);
}

/* --- transactions ------------------------------------------------------ */

enum wax_status
wax_store_transact(struct wax_store *store,
    enum wax_status (*work)(struct wax_store *, void *, struct wax_err *),
    void *arg, struct wax_err *err)
{
	const struct wax_driver *driver = store->db->driver;
	enum wax_status status;

	wax_arena_reset(store->scratch);
	status = driver->begin(store->db, err);
	if (status == WAX_OK)
		status = work(store, arg, err);
	if (status == WAX_OK)
		status = driver->commit(store->db, err);
	if (status != WAX_OK)
		driver->rollback(store->db);
	return status;
}

enum wax_status
wax_store_run(struct wax_store *store, enum wax_sql sql,
    const struct wax_value *value, uint64_t *affected, struct wax_err *err)
{
	return store->db->driver->run(store->db, sql, 1, value, affected, err);
}

enum wax_status
wax_store_query(struct wax_store *store, struct wax_arena *arena,
    enum wax_sql sql, const struct wax_value *value, struct wax_rows *rows,
    struct wax_err *err)
{
	return store->db->driver->query(
	    store->db, arena, sql, value, rows, err);
}

/* A change that is one statement. */
struct change {
	enum wax_sql sql;
	const struct wax_value *value;
	uint64_t affected;
};

static enum wax_status
do_change(struct wax_store *store, void *arg, struct wax_err *err)
{
	struct change *change = arg;

	return wax_store_run(
	    store, change->sql, change->value, &change->affected, err);
}

/* --- known domains, suppressions, numbers ------------------------------ */

enum wax_status
wax_store_is_known(struct wax_store *store, struct wax_str domain,
    int64_t since, bool *is_known, struct wax_err *err)
{
	struct wax_rows rows = { 0 };
	enum wax_status status;

	*is_known = false;
	wax_arena_reset(store->scratch);
	status = wax_store_query(store, store->scratch, WAX_SQL_KNOWN_FIND,
	    (struct wax_value[]){
	        WAX_TEXT(wax_plain(store->scratch, domain)), WAX_INT(since) },
	    &rows, err);
	*is_known = status == WAX_OK && rows.n > 0;
	return status;
}

enum wax_status
wax_store_suppress(struct wax_store *store,
    const struct wax_suppression *suppression, struct wax_err *err)
{
	struct wax_arena *arena = wax_arena_new("suppress", 0);
	struct wax_value value[] = { WAX_TEXT(suppression->what),
		WAX_INT(suppression->added_at), WAX_INT(suppression->until),
		WAX_TEXT(wax_plain(arena, suppression->why)) };
	struct change change = { .sql = WAX_SQL_SUPPRESS, .value = value };
	enum wax_status status;

	if (suppression->what.n == 0 || suppression->what.n > WHAT_MAX)
		status = wax_fail(err, WAX_E_LIMIT,
		    "a domain or an address of 1 to %d octets is suppressed, "
		    "not of %zu",
		    WHAT_MAX, suppression->what.n);
	else
		status = wax_store_transact(store, do_change, &change, err);
	wax_arena_free(arena);
	return status;
}

enum wax_status
wax_store_unsuppress(
    struct wax_store *store, struct wax_str what, struct wax_err *err)
{
	struct change change = { .sql = WAX_SQL_UNSUPPRESS,
		.value = (struct wax_value[]){ WAX_TEXT(what) } };
	enum wax_status status;

	status = wax_store_transact(store, do_change, &change, err);
	if (status == WAX_OK && change.affected == 0)
		return wax_fail(err, WAX_E_NOTFOUND, "%.*s is not suppressed",
		    what.n < 150 ? (int)what.n : 150, what.n > 0 ? what.p : "");
	return status;
}

enum wax_status
wax_store_suppressions(struct wax_store *store, struct wax_arena *arena,
    int64_t now, struct wax_suppressions *out, struct wax_err *err)
{
	struct wax_rows rows = { 0 };
	enum wax_status status;

	*out = (struct wax_suppressions){ 0 };
	status = wax_store_query(store, arena, WAX_SQL_SUPPRESSIONS,
	    (struct wax_value[]){ WAX_INT(now) }, &rows, err);
	if (status != WAX_OK)
		return status;
	out->v = wax_alloc(arena, rows.n, sizeof *out->v);
	for (const struct wax_value *row = rows.v; out->n < rows.n; row += 4)
		out->v[out->n++] = (struct wax_suppression){
			.what = row[0].text,
			.added_at = row[1].number,
			.until = row[2].number,
			.why = row[3].text,
		};
	return WAX_OK;
}

enum wax_status
wax_store_note(struct wax_store *store, struct wax_str name, int64_t number,
    bool is_sum, struct wax_err *err)
{
	struct wax_arena *arena = wax_arena_new("note", 0);
	struct wax_value value[] = { WAX_TEXT(store->host),
		WAX_TEXT(wax_plain(arena, name)), WAX_INT(number) };
	struct change change = {
		.sql = is_sum ? WAX_SQL_NUMBER_ADD : WAX_SQL_NUMBER_PUT,
		.value = value,
	};
	enum wax_status status;

	status = wax_store_transact(store, do_change, &change, err);
	wax_arena_free(arena);
	return status;
}

enum wax_status
wax_store_numbers(struct wax_store *store, struct wax_arena *arena,
    struct wax_store_numbers *out, struct wax_err *err)
{
	struct wax_rows rows = { 0 };
	enum wax_status status;

	*out = (struct wax_store_numbers){ 0 };
	status =
	    wax_store_query(store, arena, WAX_SQL_NUMBERS, NULL, &rows, err);
	if (status != WAX_OK)
		return status;
	out->v = wax_alloc(arena, rows.n, sizeof *out->v);
	for (const struct wax_value *row = rows.v; out->n < rows.n; row += 3)
		out->v[out->n++] = (struct wax_store_number){
			.host = row[0].text,
			.name = row[1].text,
			.value = row[2].number,
		};
	return WAX_OK;
}

/* --- purge ------------------------------------------------------------- */

struct purge {
	struct wax_str domain;
	int64_t before;
	uint64_t n;
};

static enum wax_status
purge_reports(struct wax_store *store, void *arg, struct wax_err *err)
{
	struct purge *purge = arg;

	return wax_store_run(store, WAX_SQL_PURGE_REPORTS,
	    (struct wax_value[]){
	        WAX_TEXT(wax_plain(store->scratch, purge->domain)),
	        WAX_INT(purge->before), WAX_INT(PURGE_STEP) },
	    &purge->n, err);
}

/*
 * What stands by itself. `before` 0 (whenever) takes the known domains, but
 * no id of a segment: one that was imported may not have been unlinked yet;
 * and no suppression that is in force: somebody asked for it.
 */
static enum wax_status
purge_rest(struct wax_store *store, void *arg, struct wax_err *err)
{
	const struct purge *purge = arg;
	struct wax_value before[] = { WAX_INT(purge->before) };
	enum wax_status status;

	status = wax_store_run(store, WAX_SQL_PURGE_POLICIES, NULL, NULL, err);
	if (status != WAX_OK || purge->domain.n > 0)
		return status;
	status =
	    wax_store_run(store, WAX_SQL_PURGE_SEGMENTS, before, NULL, err);
	if (status == WAX_OK)
		status = wax_store_run(
		    store, WAX_SQL_PURGE_KNOWN, before, NULL, err);
	if (status == WAX_OK)
		status = wax_store_run(
		    store, WAX_SQL_PURGE_SUPPRESSIONS, before, NULL, err);
	return status;
}

enum wax_status
wax_store_purge(struct wax_store *store, struct wax_str domain, int64_t before,
    uint64_t *n, struct wax_err *err)
{
	struct purge purge = { .domain = domain, .before = before };
	enum wax_status status;

	*n = 0;
	do {
		status = wax_store_transact(store, purge_reports, &purge, err);
		if (status != WAX_OK)
			return status;
		*n += purge.n;
	} while (purge.n == PURGE_STEP);
	return wax_store_transact(store, purge_rest, &purge, err);
}
