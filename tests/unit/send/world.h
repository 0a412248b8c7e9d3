/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * world.h - everything that a run of sending is given: a real store (SQLite),
 * a zone as the DNS, a clock and Report-IDs that the test decides about, and
 * a mail server that writes down what it gets.
 *
 * A step is a call of the store, or a mail. The world may end at any of them,
 * before it happens or after, as a kill or a lost connection does: whatever
 * follows fails, until world_again() starts the next process.
 */
#ifndef WAX_TESTS_UNIT_SEND_WORLD_H
#define WAX_TESTS_UNIT_SEND_WORLD_H

#include "milter/send/schedule.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "tests/support/recording.h"
#include "tests/support/suite.h"

#define DAY_S 86400
/* 2026-11-23, and its end. */
#define DAY_BEGIN INT64_C(1795392000)
#define DAY_END (DAY_BEGIN + DAY_S - 1)
#define DELAY_S 3600
/* The first second at which its reports are due. */
#define DUE (DAY_END + 1 + DELAY_S)

struct world_mail {
	int64_t time;
	struct wax_str to, message;
};

enum world_end {
	WORLD_GOES_ON,
	WORLD_ENDS_BEFORE, /* the step does not happen */
	WORLD_ENDS_AFTER   /* it happens, and nobody hears of it */
};

struct world {
	struct wax_arena *arena;
	char directory[64];
	struct wax_store *store;
	struct wax_recording *dns;
	int64_t now;
	int64_t ms; /* on a clock that goes on only while a run waits */
	unsigned n_ids, n_segments;
	struct wax_schedule_options options;
	struct wax_schedule_counts counts;
	struct wax_err err;
	struct wax_text said; /* "F " or "  ", and the line */
	WAX_VEC(struct world_mail) mails;
	/* What the mail server answers; NULL: it takes all. */
	enum wax_submit_result (*answer)(
	    struct world *world, struct wax_str to, struct wax_str *why);
	void *answer_arg;
	/* At which step it ends, how, and what the last step was. */
	enum world_end end;
	unsigned n_steps, end_at;
	bool is_ended, last_was_mail;
	/* A mail was on its way, or on its way out of the books. */
	bool end_was_at_mail;
	/* The check of the XML fails. */
	bool xml_is_bad;
};

/* The world of the running test. */
extern struct world *world;

void world_make(void);
void world_remove(void);
/* Another process, on this host or on that one. */
void world_again(const char *host);

/* What the DNS says from now on. */
void world_dns(const char *zone);

/* A key file for signing, of tests/support/keys. */
const char *world_key(const char *kind);

/* `n` messages of a day, of a domain whose record has that rua=. */
void world_rows(int64_t time, const char *domain, const char *rua, size_t n,
    bool is_accepted);

/* One run; its status. */
enum wax_status world_run(void);
/* It went through, and those are its counts. */
void world_run_counts(
    uint64_t sent, uint64_t later, uint64_t failed, uint64_t withheld);

/* "domain state why\n  address state attempts why\n" of all reports. */
const char *world_state(void);
void world_expect_said(const char *line);

/* Without its Date and To. */
struct wax_str world_body(const struct world_mail *mail);

#endif
