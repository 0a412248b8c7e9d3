/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store.h - THE PORT to the database of report rows.
 *
 * Behind it: SQLite (one host) and PostgreSQL (a fleet). Rows are counted,
 * not listed: the store grows with distinct tuples, not with mail.
 *
 * The life of a report:
 *
 *	open      rows are added to it
 *	claimed   its rows are frozen; what comes late goes to a later day
 *	built     its bytes, name and Report-ID are kept, and are what is sent
 *		  now and after any crash (RFC 9990 s3.5.2)
 *	done      every destination is sent to or given up; the bytes are gone
 *	withheld  nobody is to get it; `why` says it
 *
 * A store belongs to one thread. Every call is one transaction: it has
 * happened as a whole when it returns WAX_OK, and has not happened as a whole
 * otherwise, except that a connection lost during COMMIT leaves it open
 * which; every call may therefore be repeated. WAX_E_TEMP: the database is
 * away, locked, full or read-only; close, and open again later. WAX_E_CONFIG:
 * the operator has to act (no such database, a newer schema, no right). Text
 * in results lives in the given arena. Times are seconds since 1970.
 */
#ifndef WAX_MILTER_STORE_STORE_H
#define WAX_MILTER_STORE_STORE_H

#include "policy/report/aggregate.h"
#include "policy/report/row.h"

#define WAX_SEGMENT_ID_BYTES 16

struct wax_store;

struct wax_store_options {
	struct wax_str url;  /* "sqlite:PATH", "postgresql://..." */
	struct wax_str host; /* who we are among those that share it */
	size_t max_records;  /* of one report; WAX_REPORT_RECORDS_MAX */
	int timeout_ms;      /* wait for a lock or a server at most so long */
};

/* Opens, makes or migrates the schema. */
enum wax_status wax_store_open(const struct wax_store_options *options,
    struct wax_store **out, struct wax_err *err) WAX_MUST_USE;
void wax_store_close(struct wax_store *store); /* NULL is allowed */

/*
 * The rows of one closed segment of the journal, together with its id: a
 * segment is imported once, however often it is given (*already). Rows of a
 * day whose report is no longer open go to that of `now`, or to the first
 * open one after it, and are counted as late (the number "rows-late"). What
 * is beyond max_records or WAX_REPORT_TUPLE_BYTES_MAX of one report is only
 * counted. A domain has at most WAX_REPORT_POLICIES_MAX reports of a day: rows
 * of further policies count as of the last of them. How many domains have a
 * report is bounded by the mail alone.
 */
enum wax_status wax_store_import(struct wax_store *store,
    const uint8_t id[WAX_SEGMENT_ID_BYTES], const struct wax_report_line *line,
    size_t n, int64_t now, bool *already, struct wax_err *err) WAX_MUST_USE;

enum wax_report_state {
	WAX_REPORT_OPEN,
	WAX_REPORT_CLAIMED,
	WAX_REPORT_BUILT,
	WAX_REPORT_DONE,
	WAX_REPORT_WITHHELD
};

struct wax_stored_report {
	int64_t id;
	enum wax_report_state state;
	struct wax_period period;
	struct wax_str domain, policy;  /* the policy's canonical text */
	uint64_t n_records, n_messages; /* all messages, also the unlisted */
	uint64_t n_unlisted;            /* messages beyond max_records */
	struct wax_str report_id; /* 32 hexadecimal digits, once claimed */
	struct wax_str file_name; /* once built */
	struct wax_str why;       /* of WAX_REPORT_WITHHELD */
};

struct wax_report_filter {
	struct wax_str domain; /* empty: all */
	int64_t begin, end;    /* periods that touch this; 0, 0: all */
	/* One bit for each state, WAX_REPORT_IS(state) | ...; 0: all. */
	unsigned states;
};

#define WAX_REPORT_IS(state) (1U << (state))
#define WAX_REPORT_UNFINISHED                                                 \
	(WAX_REPORT_IS(WAX_REPORT_OPEN) | WAX_REPORT_IS(WAX_REPORT_CLAIMED) | \
	    WAX_REPORT_IS(WAX_REPORT_BUILT))

struct wax_stored_reports {
	size_t n;
	struct wax_stored_report *v;
};

/* How far one has read; all zero: not at all. */
struct wax_report_cursor {
	bool is_begun, is_end;
	int64_t begin, id; /* of the last one read */
};

#define WAX_REPORTS_PAGE 1000

/*
 * Strangers decide how many reports there are: they are read in pages of at
 * most WAX_REPORTS_PAGE, oldest period first, within a page by domain, then by
 * policy. *cursor moves; an empty page is the end. Who reads all pages sees
 * each report once, whatever becomes of them meanwhile; of those that come in
 * between, he may see some.
 */
enum wax_status wax_store_reports(struct wax_store *store,
    struct wax_arena *arena, const struct wax_report_filter *filter,
    struct wax_report_cursor *cursor, struct wax_stored_reports *out,
    struct wax_err *err) WAX_MUST_USE;

/* With its text in that arena. */
struct wax_stored_report wax_stored_report_copy(
    struct wax_arena *arena, const struct wax_stored_report *report);

struct wax_stored_records {
	size_t n;
	struct wax_stored_record *v;
};

enum wax_status wax_store_records(struct wax_store *store,
    struct wax_arena *arena, int64_t report, struct wax_stored_records *out,
    struct wax_err *err) WAX_MUST_USE;

/*
 * The right to send, for as long as this store is open: at most one in the
 * fleet has it. *mine is false where another has. A host that dies loses it.
 */
enum wax_status wax_store_lock_sending(
    struct wax_store *store, bool *mine, struct wax_err *err) WAX_MUST_USE;

/* Open to claimed, with its Report-ID. *mine is false if it was not open; true
 * again for the same Report-ID while it is claimed. */
enum wax_status wax_store_claim(struct wax_store *store, int64_t report,
    struct wax_str report_id, int64_t now, bool *mine, struct wax_err *err)
    WAX_MUST_USE;

/* Open or claimed to withheld. WAX_E_NOTFOUND: it is built, or not there (so
 * in all that follows: purge may have been there). */
enum wax_status wax_store_withhold(struct wax_store *store, int64_t report,
    struct wax_str why, struct wax_err *err) WAX_MUST_USE;

enum wax_delivery_state {
	WAX_DELIVERY_DUE,      /* to be sent, or again, at next_at */
	WAX_DELIVERY_ASKING,   /* consent could not be asked; again then */
	WAX_DELIVERY_SENDING,  /* since attempt_at: with the server */
	WAX_DELIVERY_SENT,     /* final */
	WAX_DELIVERY_GIVEN_UP, /* final: it failed too long or for good */
	WAX_DELIVERY_REFUSED   /* final: it was never to be sent */
};

struct wax_delivery {
	int64_t id; /* 0: new */
	int64_t report;
	struct wax_str uri;     /* as published */
	struct wax_str address; /* empty while WAX_DELIVERY_ASKING */
	enum wax_delivery_state state;
	unsigned attempts;
	int64_t first_at, attempt_at, next_at;
	struct wax_str host; /* that is or was sending */
	struct wax_str why;  /* of the last failure or refusal */
};

struct wax_deliveries {
	size_t n;
	struct wax_delivery *v;
};

/* Claimed to built: what is sent, and to whom. Done at once if nothing of it
 * is unfinished. The same file name again changes nothing. */
enum wax_status wax_store_save_built(struct wax_store *store, int64_t report,
    struct wax_str file_name, struct wax_str bytes,
    const struct wax_delivery *delivery, size_t n, int64_t now,
    struct wax_err *err) WAX_MUST_USE;
/* What save_built kept. */
enum wax_status wax_store_built_bytes(struct wax_store *store,
    struct wax_arena *arena, int64_t report, struct wax_str *bytes,
    struct wax_err *err) WAX_MUST_USE;

/* Of one report, in the order they were given. */
enum wax_status wax_store_deliveries(struct wax_store *store,
    struct wax_arena *arena, int64_t report, bool only_unfinished,
    struct wax_deliveries *out, struct wax_err *err) WAX_MUST_USE;
/* Everything but id, report and uri as it says now. When no delivery of the
 * report is unfinished any more, the report is done and its bytes go. New
 * deliveries (id 0; an answer named several addresses) are added, as long as
 * another is unfinished; one with the same uri and address is the same. */
enum wax_status wax_store_mark(struct wax_store *store,
    const struct wax_delivery *delivery, struct wax_err *err) WAX_MUST_USE;

/* Whether an aligned message of this policy domain was accepted at or after
 * `since`. */
enum wax_status wax_store_is_known(struct wax_store *store,
    struct wax_str domain, int64_t since, bool *is_known, struct wax_err *err)
    WAX_MUST_USE;

/* What gets no reports: a domain (and what is below it), an address, or
 * DOMAIN:ADDRESS, an address as a destination of reports on that domain. */
struct wax_suppression {
	struct wax_str what;     /* lower case */
	int64_t added_at, until; /* 0: for good */
	struct wax_str why;
};

struct wax_suppressions {
	size_t n;
	struct wax_suppression *v;
};

/* Adds, or replaces the one of the same name. */
enum wax_status wax_store_suppress(struct wax_store *store,
    const struct wax_suppression *suppression, struct wax_err *err)
    WAX_MUST_USE;
/* WAX_E_NOTFOUND if there is none. */
enum wax_status wax_store_unsuppress(struct wax_store *store,
    struct wax_str what, struct wax_err *err) WAX_MUST_USE;
/* Those in force at `now`, by name. */
enum wax_status wax_store_suppressions(struct wax_store *store,
    struct wax_arena *arena, int64_t now, struct wax_suppressions *out,
    struct wax_err *err) WAX_MUST_USE;

/* Numbers by name and host, for status: "last-import", "last-send",
 * "rows-lost", "rows-late" ... */
struct wax_store_number {
	struct wax_str host, name;
	int64_t value;
};

struct wax_store_numbers {
	size_t n;
	struct wax_store_number *v;
};

/* Of this host. `is_sum`: added to what is there; else put in its place. A
 * sum that is repeated after a lost connection may count twice. */
enum wax_status wax_store_note(struct wax_store *store, struct wax_str name,
    int64_t value, bool is_sum, struct wax_err *err) WAX_MUST_USE;
enum wax_status wax_store_numbers(struct wax_store *store,
    struct wax_arena *arena, struct wax_store_numbers *out, struct wax_err *err)
    WAX_MUST_USE;

/*
 * Remove reports whose period ended before `before` (0: whenever), of one
 * domain (empty: of all), with their records and deliveries; whatever their
 * state. Ids of segments, known domains and suppressions that ended before
 * `before` go with them, if no domain is named (0 takes of these only the
 * known domains). *n: how many reports, also after a failure: they are removed
 * in several transactions, so that nobody waits long for one.
 */
enum wax_status wax_store_purge(struct wax_store *store, struct wax_str domain,
    int64_t before, uint64_t *n, struct wax_err *err) WAX_MUST_USE;

#endif
