/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * importer_thread.c - passes once a second, as long as the store is there;
 * what status tells of it; and the removal of what is old, once a day.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>

#include "milter/store/importer.h"
#include "milter/sys/clock.h"
#include "milter/sys/log.h"
#include "milter/sys/thread.h"

#define PASS_MS 1000
#define AWAY_MS_MIN 1000
#define AWAY_MS_MAX 60000
/* The same complaint. */
#define SAY_AWAY_MS 600000
#define SAY_MS 60000
/* What status shows, where nothing happens. */
#define NOTE_MS 60000
#define PURGE_MS 86400000

struct wax_importer {
	struct wax_arena *arena;
	struct wax_importer_options options;
	atomic_int_fast64_t retain_rows_s;
	atomic_uint_fast64_t waiting;

	pthread_mutex_t lock; /* guards: is_stopping */
	pthread_cond_t stopping;
	bool is_stopping;

	/* Of the thread. */
	struct wax_store *store; /* NULL: it is away */
	int away_ms;             /* how long to wait for it; 0: it is there */
	uint64_t lost_noted, damaged, waiting_noted;
	int64_t next_note_ms, next_purge_ms, may_say_ms, may_say_away_ms;
};

/* --- what there is to say -------------------------------------------------- */

static void
store_is_away(struct wax_importer *importer, const struct wax_err *err)
{
	int64_t now = wax_clock_ms();

	wax_store_close(importer->store);
	importer->store = NULL;
	importer->away_ms *= 2;
	if (importer->away_ms < AWAY_MS_MIN)
		importer->away_ms = AWAY_MS_MIN;
	if (importer->away_ms > AWAY_MS_MAX)
		importer->away_ms = AWAY_MS_MAX;
	if (now < importer->may_say_away_ms)
		return;
	importer->may_say_away_ms = now + SAY_AWAY_MS;
	wax_log(err->status == WAX_E_CONFIG ? WAX_LOG_ERROR : WAX_LOG_WARNING,
	    "rows of reports wait in the journal, and mail goes on: the store"
	    " cannot be used: %s",
	    err->text);
}

static void
store_is_there(
    struct wax_importer *importer, const struct wax_import_counts *counts)
{
	if (importer->away_ms > 0)
		wax_log(WAX_LOG_NOTICE,
		    "the store can be used again; rows imported: %" PRIu64,
		    counts->rows);
	importer->away_ms = 0;
	importer->may_say_away_ms = 0;
}

/* --- numbers --------------------------------------------------------------- */

static bool
note(struct wax_importer *importer, struct wax_str name, uint64_t value,
    bool is_sum, struct wax_err *err)
{
	if (is_sum && value == 0)
		return true;
	return wax_store_note(importer->store, name, (int64_t)value, is_sum,
	           err) == WAX_OK;
}

/* Only what is new: an idle host does not write all the time. */
static bool
note_all(struct wax_importer *importer, const struct wax_import_counts *counts,
    struct wax_err *err)
{
	int64_t now = wax_clock_ms();
	uint64_t lost = wax_journal_counts(importer->options.journal).lost;

	if (now < importer->next_note_ms && lost == importer->lost_noted &&
	    importer->damaged == 0 &&
	    counts->waiting == importer->waiting_noted)
		return true;
	/* When it was last, so that nobody is warned of it for ever. */
	if ((lost != importer->lost_noted || importer->damaged > 0) &&
	    !note(importer, WAX_STR("last-loss"), (uint64_t)wax_clock_wall(),
	        false, err))
		return false;
	if (!note(importer, WAX_STR("rows-lost"), lost - importer->lost_noted,
	        true, err))
		return false;
	importer->lost_noted = lost;
	if (!note(importer, WAX_STR("rows-damaged"), importer->damaged, true,
	        err))
		return false;
	importer->damaged = 0;
	if (!note(importer, WAX_STR("segments-waiting"), counts->waiting, false,
	        err) ||
	    !note(importer, WAX_STR("last-import"), (uint64_t)wax_clock_wall(),
	        false, err))
		return false;
	importer->waiting_noted = counts->waiting;
	importer->next_note_ms = now + NOTE_MS;
	return true;
}

/* --- the thread ------------------------------------------------------------ */

static bool
purge(struct wax_importer *importer, struct wax_err *err)
{
	int64_t now = wax_clock_ms();
	int64_t before =
	    wax_clock_wall() - atomic_load(&importer->retain_rows_s);
	uint64_t n = 0;

	if (now < importer->next_purge_ms || before <= 0)
		return true;
	if (wax_store_purge(importer->store, WAX_STR(""), before, &n, err) !=
	    WAX_OK)
		return false;
	importer->next_purge_ms = now + PURGE_MS;
	if (n > 0)
		wax_log(WAX_LOG_NOTICE,
		    "reports older than retain-rows were removed: %" PRIu64, n);
	return true;
}

/* False: the store is away, and `err` says why. */
static bool
import(struct wax_importer *importer, struct wax_err *err)
{
	struct wax_import_counts counts;
	struct wax_err trouble;
	enum wax_status status = WAX_OK;

	if (importer->store == NULL)
		status = wax_store_open(
		    &importer->options.store, &importer->store, err);
	if (status != WAX_OK) {
		importer->store = NULL;
		return false;
	}
	status = wax_import_pass(importer->options.directory, importer->store,
	    wax_clock_wall(), &counts, &trouble);
	atomic_store(&importer->waiting, counts.waiting);
	importer->damaged += counts.damaged;
	if (status == WAX_E_IO && wax_clock_ms() >= importer->may_say_ms) {
		importer->may_say_ms = wax_clock_ms() + SAY_MS;
		wax_log(WAX_LOG_ERROR, "%s", trouble.text);
	}
	if (status != WAX_OK && status != WAX_E_IO) {
		*err = trouble;
		return false;
	}
	if (!note_all(importer, &counts, err) || !purge(importer, err))
		return false;
	store_is_there(importer, &counts);
	return true;
}

/* Until then, or until it shall stop: true. */
static bool
wait_to_stop(struct wax_importer *importer, int ms)
{
	int64_t deadline = wax_clock_ms() + ms;
	bool is_stopping, in_time = true;

	WAX_ASSERT(pthread_mutex_lock(&importer->lock) == 0);
	while (!importer->is_stopping && in_time)
		in_time = wax_cond_wait(
		    &importer->stopping, &importer->lock, deadline);
	is_stopping = importer->is_stopping;
	WAX_ASSERT(pthread_mutex_unlock(&importer->lock) == 0);
	return is_stopping;
}

static void *
keep_importing(void *arg)
{
	struct wax_importer *importer = arg;
	struct wax_err err = { .status = WAX_OK };

	do {
		if (!import(importer, &err))
			store_is_away(importer, &err);
	} while (!wait_to_stop(
	    importer, importer->away_ms > 0 ? importer->away_ms : PASS_MS));
	wax_store_close(importer->store);
	(void)pthread_cond_destroy(&importer->stopping);
	(void)pthread_mutex_destroy(&importer->lock);
	wax_arena_free(importer->arena);
	return NULL;
}

enum wax_status
wax_importer_start(const struct wax_importer_options *options,
    struct wax_importer **out, struct wax_err *err)
{
	struct wax_arena *arena = wax_arena_new("importer", 0);
	struct wax_importer *importer = WAX_NEW(arena, struct wax_importer);
	enum wax_status status;
	pthread_t thread;

	importer->arena = arena;
	importer->options = *options;
	atomic_init(&importer->retain_rows_s, options->retain_rows_s);
	atomic_init(&importer->waiting, 0);
	WAX_ASSERT(pthread_mutex_init(&importer->lock, NULL) == 0);
	wax_cond_init(&importer->stopping);
	status = wax_thread_start(
	    &thread, "importer", keep_importing, importer, err);
	if (status != WAX_OK) {
		wax_arena_free(arena);
		return status;
	}
	(void)pthread_detach(thread);
	*out = importer;
	return WAX_OK;
}

void
wax_importer_retain(struct wax_importer *importer, int64_t retain_rows_s)
{
	atomic_store(&importer->retain_rows_s, retain_rows_s);
}

uint64_t
wax_importer_waiting(struct wax_importer *importer)
{
	return atomic_load(&importer->waiting);
}

void
wax_importer_stop(struct wax_importer *importer)
{
	WAX_ASSERT(pthread_mutex_lock(&importer->lock) == 0);
	importer->is_stopping = true;
	WAX_ASSERT(pthread_cond_signal(&importer->stopping) == 0);
	WAX_ASSERT(pthread_mutex_unlock(&importer->lock) == 0);
}
