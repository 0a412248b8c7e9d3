/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sql.c - every statement of the store.
 *
 * Both databases take the same text, but for keys that PostgreSQL finds by
 * their digest. Parameters are $1, $2, ...; all columns are NOT NULL.
 */
#include "milter/store/store_impl.h"

#define BOTH(sql) .text = { sql, NULL }

/* What is compared by digest is compared as a whole as well: a collision
 * would be refused by the unique index, and not counted as another's. */
const struct wax_statement wax_statements[WAX_SQL_N] = {
	/* --- import ---------------------------------------------------- */
	[WAX_SQL_SEGMENT_ADD] = { .in = "bit",
	    .out = "",
	    BOTH("INSERT INTO sealwax_segment (id, imported_at, host)"
	         " VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING") },
	[WAX_SQL_POLICY_FIND] = { .in = "b",
	    .out = "i",
	    .text = { "SELECT id FROM sealwax_policy WHERE text = $1",
	        "SELECT id FROM sealwax_policy"
	        " WHERE sha256(text) = sha256($1) AND text = $1" } },
	[WAX_SQL_POLICY_ADD] = { .in = "tb",
	    .out = "i",
	    BOTH("INSERT INTO sealwax_policy (domain, text)"
	         " VALUES ($1, $2) RETURNING id") },
	[WAX_SQL_REPORT_OF_DAY] = { .in = "ii",
	    .out = "ii",
	    BOTH("SELECT id, state FROM sealwax_report"
	         " WHERE policy = $1 AND begins + 0 = $2") },
	[WAX_SQL_REPORTS_OF_DAY] = { .in = "tii",
	    .out = "ii",
	    /* CROSS, and + 0: SQLite, and PostgreSQL as long as it has no
	     * statistics of the day, would else go through all reports of
	     * the day, for each domain anew. */
	    BOTH("SELECT r.id, r.state FROM sealwax_policy p"
	         " CROSS JOIN sealwax_report r"
	         " WHERE p.domain = $1 AND r.policy = p.id"
	         " AND r.begins + 0 = $2"
	         " ORDER BY r.id DESC LIMIT $3") },
	[WAX_SQL_REPORT_ADD] = { .in = "iii",
	    .out = "i",
	    BOTH("INSERT INTO sealwax_report (policy, begins, ends)"
	         " VALUES ($1, $2, $3) RETURNING id") },
	[WAX_SQL_REPORT_TOTALS] = { .in = "i",
	    .out = "ii",
	    BOTH("SELECT n_records, n_bytes FROM sealwax_report"
	         " WHERE id = $1") },
	[WAX_SQL_REPORT_COUNT] = { .in = "iiiii",
	    .out = "",
	    BOTH("UPDATE sealwax_report SET n_records = n_records + $2,"
	         " n_messages = n_messages + $3, n_unlisted = n_unlisted + $4,"
	         " n_bytes = n_bytes + $5 WHERE id = $1") },
	[WAX_SQL_RECORD_COUNT] = { .in = "ibi",
	    .out = "",
	    .text = { "UPDATE sealwax_record SET count = count + $3"
	              " WHERE report = $1 AND tuple = $2",
	        "UPDATE sealwax_record SET count = count + $3"
	        " WHERE report = $1 AND sha256(tuple) = sha256($2)"
	        " AND tuple = $2" } },
	[WAX_SQL_RECORD_ADD] = { .in = "ibi",
	    .out = "",
	    BOTH("INSERT INTO sealwax_record (report, tuple, count)"
	         " VALUES ($1, $2, $3)") },
	[WAX_SQL_KNOWN_SET] = { .in = "ti",
	    .out = "",
	    BOTH("INSERT INTO sealwax_known (domain, last_at)"
	         " VALUES ($1, $2) ON CONFLICT (domain)"
	         " DO UPDATE SET last_at = excluded.last_at"
	         " WHERE excluded.last_at > sealwax_known.last_at") },
	[WAX_SQL_KNOWN_FIND] = { .in = "ti",
	    .out = "i",
	    BOTH("SELECT last_at FROM sealwax_known"
	         " WHERE domain = $1 AND last_at >= $2") },

	/* --- reports --------------------------------------------------- */
	[WAX_SQL_REPORTS_BEGIN] = { .in = "ii",
	    .out = "i",
	    BOTH("SELECT begins FROM sealwax_report"
	         " WHERE begins > $1 AND begins <= $2"
	         " ORDER BY begins LIMIT 1") },
	[WAX_SQL_REPORTS] = { .in = "iitiii",
	    .out = "iiiitbiiittt",
	    BOTH("SELECT r.id, r.state, r.begins, r.ends, p.domain,"
	         " p.text, r.n_records, r.n_messages, r.n_unlisted,"
	         " r.report_id, r.file_name, r.why"
	         " FROM sealwax_report r"
	         " JOIN sealwax_policy p ON p.id = r.policy"
	         " WHERE r.begins = $1 AND r.id > $2"
	         " AND ($3 = '' OR p.domain = $3) AND r.ends >= $4"
	         " AND ($5 >> CAST(r.state AS INTEGER)) & 1 = 1"
	         " ORDER BY r.id LIMIT $6") },
	[WAX_SQL_RECORDS] = { .in = "i",
	    .out = "ib",
	    BOTH("SELECT count, tuple FROM sealwax_record"
	         " WHERE report = $1 ORDER BY tuple") },
	[WAX_SQL_REPORT_STATE] = { .in = "i",
	    .out = "itt",
	    BOTH("SELECT state, report_id, file_name FROM sealwax_report"
	         " WHERE id = $1") },
	[WAX_SQL_CLAIM] = { .in = "itiii",
	    .out = "",
	    BOTH("UPDATE sealwax_report SET state = $4, report_id = $2,"
	         " claimed_at = $3 WHERE id = $1 AND state = $5") },
	[WAX_SQL_WITHHOLD] = { .in = "iti",
	    .out = "",
	    BOTH("UPDATE sealwax_report SET state = $3, why = $2"
	         " WHERE id = $1") },
	[WAX_SQL_BUILT] = { .in = "itii",
	    .out = "",
	    BOTH("UPDATE sealwax_report SET state = $4, file_name = $2,"
	         " built_at = $3 WHERE id = $1") },
	[WAX_SQL_BYTES_ADD] = { .in = "ib",
	    .out = "",
	    BOTH("INSERT INTO sealwax_built (report, bytes)"
	         " VALUES ($1, $2)") },
	[WAX_SQL_BYTES] = { .in = "i",
	    .out = "b",
	    BOTH("SELECT bytes FROM sealwax_built WHERE report = $1") },
	[WAX_SQL_BYTES_REMOVE] = { .in = "i",
	    .out = "",
	    BOTH("DELETE FROM sealwax_built WHERE report = $1") },
	[WAX_SQL_DONE] = { .in = "ii",
	    .out = "",
	    BOTH("UPDATE sealwax_report SET state = $2 WHERE id = $1") },

	/* --- deliveries ------------------------------------------------ */
	[WAX_SQL_DELIVERY_ADD] = { .in = "ibbiiiiitt",
	    .out = "",
	    BOTH("INSERT INTO sealwax_delivery (report, uri, address, state,"
	         " attempts, first_at, attempt_at, next_at, host, why)"
	         " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)") },
	[WAX_SQL_DELIVERY_FIND] = { .in = "ibb",
	    .out = "i",
	    BOTH("SELECT id FROM sealwax_delivery"
	         " WHERE report = $1 AND uri = $2 AND address = $3"
	         " ORDER BY id LIMIT 1") },
	[WAX_SQL_DELIVERY_SET] = { .in = "iibiiiiitt",
	    .out = "",
	    BOTH("UPDATE sealwax_delivery SET address = $3, state = $4,"
	         " attempts = $5, first_at = $6, attempt_at = $7,"
	         " next_at = $8, host = $9, why = $10"
	         " WHERE id = $1 AND report = $2") },
	[WAX_SQL_DELIVERIES] = { .in = "ii",
	    .out = "iibbiiiiitt",
	    BOTH("SELECT id, report, uri, address, state, attempts, first_at,"
	         " attempt_at, next_at, host, why FROM sealwax_delivery"
	         " WHERE report = $1 AND state < $2"
	         " ORDER BY id") },
	[WAX_SQL_UNFINISHED] = { .in = "ii",
	    .out = "i",
	    BOTH("SELECT count(*) FROM sealwax_delivery"
	         " WHERE report = $1 AND state < $2") },

	/* --- suppressions, numbers ------------------------------------- */
	[WAX_SQL_SUPPRESS] = { .in = "biit",
	    .out = "",
	    BOTH("INSERT INTO sealwax_suppression"
	         " (what, added_at, until_at, why) VALUES ($1, $2, $3, $4)"
	         " ON CONFLICT (what) DO UPDATE SET"
	         " added_at = excluded.added_at,"
	         " until_at = excluded.until_at, why = excluded.why") },
	[WAX_SQL_UNSUPPRESS] = { .in = "b",
	    .out = "",
	    BOTH("DELETE FROM sealwax_suppression WHERE what = $1") },
	[WAX_SQL_SUPPRESSIONS] = { .in = "i",
	    .out = "biit",
	    BOTH("SELECT what, added_at, until_at, why"
	         " FROM sealwax_suppression"
	         " WHERE until_at = 0 OR until_at > $1 ORDER BY what") },
	[WAX_SQL_NUMBER_PUT] = { .in = "tti",
	    .out = "",
	    BOTH("INSERT INTO sealwax_number (host, name, value)"
	         " VALUES ($1, $2, $3) ON CONFLICT (host, name)"
	         " DO UPDATE SET value = excluded.value") },
	[WAX_SQL_NUMBER_ADD] = { .in = "tti",
	    .out = "",
	    BOTH("INSERT INTO sealwax_number (host, name, value)"
	         " VALUES ($1, $2, $3) ON CONFLICT (host, name)"
	         " DO UPDATE SET"
	         " value = sealwax_number.value + excluded.value") },
	[WAX_SQL_NUMBERS] = { .in = "",
	    .out = "tti",
	    BOTH("SELECT host, name, value FROM sealwax_number"
	         " ORDER BY host, name") },

	/* --- purge ----------------------------------------------------- */
	[WAX_SQL_PURGE_REPORTS] = { .in = "tii",
	    .out = "",
	    BOTH("DELETE FROM sealwax_report WHERE id IN ("
	         "SELECT r.id FROM sealwax_report r"
	         " JOIN sealwax_policy p ON p.id = r.policy"
	         " WHERE ($1 = '' OR p.domain = $1)"
	         " AND ($2 = 0 OR r.ends < $2)"
	         " ORDER BY r.begins, r.id LIMIT $3)") },
	[WAX_SQL_PURGE_POLICIES] = { .in = "",
	    .out = "",
	    BOTH(
	        "DELETE FROM sealwax_policy WHERE NOT EXISTS (SELECT 1"
	        " FROM sealwax_report r WHERE r.policy = sealwax_policy.id)") },
	[WAX_SQL_PURGE_SEGMENTS] = { .in = "i",
	    .out = "",
	    BOTH("DELETE FROM sealwax_segment WHERE imported_at < $1") },
	[WAX_SQL_PURGE_KNOWN] = { .in = "i",
	    .out = "",
	    BOTH("DELETE FROM sealwax_known WHERE $1 = 0 OR last_at < $1") },
	[WAX_SQL_PURGE_SUPPRESSIONS] = { .in = "i",
	    .out = "",
	    BOTH("DELETE FROM sealwax_suppression"
	         " WHERE until_at <> 0 AND until_at < $1") },
};

const char *
wax_statement_text(enum wax_sql sql, enum wax_dialect dialect)
{
	const struct wax_statement *statement = &wax_statements[sql];

	return statement->text[dialect] != NULL ? statement->text[dialect]
	                                        : statement->text[WAX_SQLITE];
}
