/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * schema.c - the tables, in both dialects from one text.
 *
 * A record's key is its whole tuple. SQLite keeps such a table as its own
 * index (WITHOUT ROWID), so nothing is there twice; PostgreSQL allows 2.7 kB
 * in an index, and a tuple may have 40: there the key is its digest.
 *
 * A change of the tables is a new version: another step here, and the text
 * of creation changed to what the steps lead to.
 */
#include <assert.h>

#include "milter/store/store_impl.h"

#define TABLES(ID, TEXT, BYTES, RECORD_KEY, RECORD_END, POLICY_KEY)        \
	"CREATE TABLE sealwax_policy ("                                    \
	" id " ID ", domain " TEXT " NOT NULL,"                            \
	" text " BYTES " NOT NULL" POLICY_KEY ");"                         \
	"CREATE INDEX sealwax_policy_domain ON sealwax_policy (domain);"   \
                                                                           \
	"CREATE TABLE sealwax_report ("                                    \
	" id " ID ","                                                      \
	" policy BIGINT NOT NULL REFERENCES sealwax_policy (id),"          \
	" begins BIGINT NOT NULL, ends BIGINT NOT NULL,"                   \
	" state BIGINT NOT NULL DEFAULT 0,"                                \
	" n_records BIGINT NOT NULL DEFAULT 0,"                            \
	" n_messages BIGINT NOT NULL DEFAULT 0,"                           \
	" n_unlisted BIGINT NOT NULL DEFAULT 0,"                           \
	" n_bytes BIGINT NOT NULL DEFAULT 0,"                              \
	" report_id " TEXT " NOT NULL DEFAULT '',"                         \
	" claimed_at BIGINT NOT NULL DEFAULT 0,"                           \
	" built_at BIGINT NOT NULL DEFAULT 0,"                             \
	" file_name " TEXT " NOT NULL DEFAULT '',"                         \
	" why " TEXT " NOT NULL DEFAULT '',"                               \
	" UNIQUE (policy, begins));"                                       \
	"CREATE INDEX sealwax_report_begins ON sealwax_report (begins);"   \
                                                                           \
	"CREATE TABLE sealwax_record ("                                    \
	" report BIGINT NOT NULL"                                          \
	"  REFERENCES sealwax_report (id) ON DELETE CASCADE,"              \
	" tuple " BYTES " NOT NULL,"                                       \
	" count BIGINT NOT NULL" RECORD_KEY ")" RECORD_END ";"             \
                                                                           \
	"CREATE TABLE sealwax_built ("                                     \
	" report BIGINT NOT NULL PRIMARY KEY"                              \
	"  REFERENCES sealwax_report (id) ON DELETE CASCADE,"              \
	" bytes " BYTES " NOT NULL);"                                      \
                                                                           \
	"CREATE TABLE sealwax_delivery ("                                  \
	" id " ID ","                                                      \
	" report BIGINT NOT NULL"                                          \
	"  REFERENCES sealwax_report (id) ON DELETE CASCADE,"              \
	" uri " BYTES " NOT NULL, address " BYTES " NOT NULL,"             \
	" state BIGINT NOT NULL, attempts BIGINT NOT NULL,"                \
	" first_at BIGINT NOT NULL, attempt_at BIGINT NOT NULL,"           \
	" next_at BIGINT NOT NULL,"                                        \
	" host " TEXT " NOT NULL, why " TEXT " NOT NULL);"                 \
	"CREATE INDEX sealwax_delivery_report"                             \
	" ON sealwax_delivery (report);"                                   \
	"CREATE INDEX sealwax_delivery_unfinished"                         \
	" ON sealwax_delivery (report) WHERE state < 3;"                   \
                                                                           \
	"CREATE TABLE sealwax_segment ("                                   \
	" id " BYTES " NOT NULL PRIMARY KEY,"                              \
	" imported_at BIGINT NOT NULL, host " TEXT " NOT NULL);"           \
                                                                           \
	"CREATE TABLE sealwax_known ("                                     \
	" domain " TEXT " NOT NULL PRIMARY KEY, last_at BIGINT NOT NULL);" \
                                                                           \
	"CREATE TABLE sealwax_suppression ("                               \
	" what " BYTES " NOT NULL PRIMARY KEY,"                            \
	" added_at BIGINT NOT NULL, until_at BIGINT NOT NULL,"             \
	" why " TEXT " NOT NULL);"                                         \
                                                                           \
	"CREATE TABLE sealwax_number ("                                    \
	" host " TEXT " NOT NULL, name " TEXT                              \
	" NOT NULL, value BIGINT NOT NULL,"                                \
	" PRIMARY KEY (host, name));"

static_assert(WAX_DELIVERY_SENT == 3, "the index of what is unfinished");

/* Ids are never given twice: who holds that of a report which was purged
 * meanwhile must not meet another. */
const struct wax_schema wax_schema = {
	.version = 1,
	.create = {
	    [WAX_SQLITE] = TABLES("INTEGER PRIMARY KEY AUTOINCREMENT", "TEXT", "BLOB",
	        ", PRIMARY KEY (report, tuple)", " WITHOUT ROWID", " UNIQUE"),
	    [WAX_PGSQL] = TABLES(
	        "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "TEXT COLLATE \"C\"", "BYTEA",
	        "", "", "")
	        "CREATE UNIQUE INDEX sealwax_policy_text"
	        " ON sealwax_policy (sha256(text));"
	        "CREATE UNIQUE INDEX sealwax_record_tuple"
	        " ON sealwax_record (report, sha256(tuple));",
	},
};
