/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/store/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/store/segment_file.h"
#include "milter/sys/clock.h"
#include "milter/sys/log.h"
#include "milter/sys/thread.h"
#include "policy/base/text.h"

/* After a row could not be written to a new segment either. */
#define PAUSE_MS 1000
/* At least so often the thread looks what there is to do. */
#define TICK_MS 1000
/* What others remove from the directory is noticed. */
#define COUNT_MS 10000
/* The same complaint. */
#define SAY_MS 60000

/* What was said when, so that a broken disk does not fill another one. */
enum complaint {
	LOST,
	FULL,
	RESUMED,
	UNSYNCED,
	UNCLOSED,
	N_COMPLAINTS
};

struct wax_journal {
	struct wax_arena *arena;
	const char *directory;
	uint64_t quota;
	unsigned sync_ms;

	/* guards: waiting for the disk, `synced` of segments, `closings`;
	 * taken before `lock`. Mail waits for it under journal-sync =
	 * "always" only. */
	pthread_mutex_t slow_lock;

	/* guards: everything up to is_stopping, and what segments count. It
	 * is held while a row is written, and for nothing that takes longer. */
	pthread_mutex_t lock;
	struct wax_segment_file *current;
	struct wax_segment_file *retired, **retired_end; /* oldest first */
	uint64_t rows, lost, unsynced;
	uint64_t closed_bytes;   /* of all files but ours that are open */
	uint64_t unclosed_bytes; /* of these */
	uint64_t closings;       /* odd while segments get closed */
	int64_t pause_until_ms;
	bool is_losing;
	int64_t may_say_ms[N_COMPLAINTS];
	bool is_stopping;
	pthread_cond_t stopping; /* is_stopping has become true */

	/* Of the one thread that calls wax_journal_tick(). */
	int64_t synced_ms, counted_ms;

	bool has_thread;
	pthread_t thread;
};

static void
lock(pthread_mutex_t *mutex)
{
	WAX_ASSERT(pthread_mutex_lock(mutex) == 0);
}

static void
unlock(pthread_mutex_t *mutex)
{
	WAX_ASSERT(pthread_mutex_unlock(mutex) == 0);
}

/* Once a minute; under the lock. */
static bool
may_say(struct wax_journal *journal, enum complaint what)
{
	int64_t now = wax_clock_ms();

	if (now < journal->may_say_ms[what])
		return false;
	journal->may_say_ms[what] = now + SAY_MS;
	return true;
}

/* --- append: all under the lock -------------------------------------------- */

/* Nothing is written to it any more. */
static void
retire(struct wax_journal *journal, struct wax_segment_file *segment)
{
	segment->next = NULL;
	*journal->retired_end = segment;
	journal->retired_end = &segment->next;
	if (segment == journal->current)
		journal->current = NULL;
}

/* The segment that took it, or NULL: errno says why. */
static struct wax_segment_file *
write_line(struct wax_journal *journal, struct wax_segment_line *line)
{
	struct wax_segment_file *segment = journal->current;
	uint64_t before;

	if (segment == NULL)
		segment = wax_segment_file_create(journal->directory);
	if (segment == NULL)
		return NULL;
	journal->current = segment;
	before = segment->bytes;
	if (!wax_segment_file_write(segment, line)) {
		retire(journal, segment);
		return NULL;
	}
	journal->unclosed_bytes += segment->bytes - before;
	return segment;
}

static void
lose(struct wax_journal *journal, enum complaint what, const char *why)
{
	journal->lost++;
	journal->is_losing = true;
	if (!may_say(journal, what))
		return;
	if (what == FULL)
		wax_log(WAX_LOG_ERROR,
		    "journal %s has reached journal-quota (%" PRIu64
		    " octets): rows of reports are lost, %" PRIu64
		    " up to now; mail goes on; see to the store",
		    journal->directory, journal->quota, journal->lost);
	else
		wax_log(WAX_LOG_ERROR,
		    "journal %s: %s: rows of reports are lost, %" PRIu64
		    " up to now; mail goes on",
		    journal->directory, why, journal->lost);
}

/* The segment that took it, or NULL. */
static struct wax_segment_file *
put(struct wax_journal *journal, struct wax_segment_line *line)
{
	struct wax_segment_file *segment;

	if (journal->closed_bytes + journal->unclosed_bytes + line->n >
	    journal->quota) {
		lose(journal, FULL, NULL);
		return NULL;
	}
	if (wax_clock_ms() < journal->pause_until_ms) {
		lose(journal, LOST, "it could not be written");
		return NULL;
	}
	segment = write_line(journal, line);
	if (segment == NULL)
		segment = write_line(journal, line);
	if (segment == NULL) {
		lose(journal, LOST, strerror(errno));
		journal->pause_until_ms = wax_clock_ms() + PAUSE_MS;
		return NULL;
	}
	journal->rows++;
	if (journal->is_losing && may_say(journal, RESUMED))
		wax_log(WAX_LOG_NOTICE,
		    "journal %s: rows of reports are kept again; %" PRIu64
		    " were lost since the start",
		    journal->directory, journal->lost);
	journal->is_losing = false;
	if (segment->bytes >= WAX_JOURNAL_BYTES)
		retire(journal, segment);
	return segment;
}

/* --- what waits for the disk: all under the slow lock ---------------------- */

static void
complain(struct wax_journal *journal, enum complaint what, const char *doing,
    const char *path)
{
	int why = errno;

	lock(&journal->lock);
	if (what == UNSYNCED)
		journal->unsynced++;
	if (may_say(journal, what))
		wax_log(WAX_LOG_ERROR, "journal: %s %s: %s", doing, path,
		    strerror(why));
	unlock(&journal->lock);
}

static void
sync_segment(struct wax_journal *journal, struct wax_segment_file *segment)
{
	uint64_t written;

	lock(&journal->lock);
	written = segment->bytes;
	unlock(&journal->lock);
	if (!wax_segment_file_sync(segment, journal->directory)) {
		complain(journal, UNSYNCED,
		    "a power cut would take rows of reports: sync",
		    segment->open_path);
		/* Better luck with another one. */
		lock(&journal->lock);
		if (segment == journal->current)
			retire(journal, segment);
		unlock(&journal->lock);
	}
	segment->synced = written;
}

static void
unref(struct wax_journal *journal, struct wax_segment_file *segment)
{
	bool is_last;

	lock(&journal->lock);
	is_last = --segment->refs == 0;
	unlock(&journal->lock);
	if (is_last)
		wax_segment_file_free(segment);
}

/* True: it is done with. */
static bool
close_one(struct wax_journal *journal, struct wax_segment_file *segment)
{
	enum wax_segment_end end;

	/* Nobody writes to it any more: bytes and rows are what they are. */
	if (segment->synced < segment->bytes)
		sync_segment(journal, segment);
	end = wax_segment_file_close(segment);
	if (end == WAX_SEGMENT_END_LATER) {
		complain(journal, UNCLOSED, "cannot close", segment->open_path);
		return false;
	}
	lock(&journal->lock);
	journal->unclosed_bytes -= segment->bytes;
	if (end == WAX_SEGMENT_END_CLOSED)
		journal->closed_bytes += segment->bytes;
	if (end == WAX_SEGMENT_END_GONE && segment->rows > 0) {
		journal->rows -= segment->rows;
		journal->lost += segment->rows - 1;
		lose(journal, LOST, "a segment was removed by somebody");
	}
	unlock(&journal->lock);
	unref(journal, segment);
	return true;
}

static void
close_retired(struct wax_journal *journal)
{
	struct wax_segment_file *segment, *next, *kept = NULL;
	struct wax_segment_file **kept_end = &kept;

	lock(&journal->lock);
	segment = journal->retired;
	journal->retired = NULL;
	journal->retired_end = &journal->retired;
	if (segment != NULL)
		journal->closings++;
	unlock(&journal->lock);
	if (segment == NULL)
		return;
	for (; segment != NULL; segment = next) {
		next = segment->next;
		if (close_one(journal, segment))
			continue;
		segment->next = NULL;
		*kept_end = segment;
		kept_end = &segment->next;
	}
	if (!wax_segment_sync_directory(journal->directory))
		complain(journal, UNSYNCED, "sync", journal->directory);
	lock(&journal->lock);
	journal->closings++;
	/* In front of those that have come meanwhile. */
	*kept_end = journal->retired;
	if (journal->retired == NULL && kept != NULL)
		journal->retired_end = kept_end;
	journal->retired = kept;
	unlock(&journal->lock);
}

/* --- the directory --------------------------------------------------------- */

/* The octets of its files, without those of open segments, which are given
 * to on_open; false if it cannot be read. */
static bool
walk(const struct wax_journal *journal, uint64_t *bytes,
    void (*on_open)(
        struct wax_journal *, int64_t time, const uint8_t *id, uint64_t bytes),
    struct wax_journal *arg)
{
	DIR *dir = opendir(journal->directory);
	const struct dirent *entry;
	uint8_t id[WAX_SEGMENT_ID_BYTES];
	enum wax_segment_state state;
	struct stat st;
	int64_t time;

	*bytes = 0;
	if (dir == NULL)
		return false;
	while ((entry = readdir(dir)) != NULL) {
		/* What goes away meanwhile needs no room. */
		if (fstatat(dirfd(dir), entry->d_name, &st,
		        AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		if (wax_segment_name_parse(entry->d_name, &time, id, &state) &&
		    state == WAX_SEGMENT_OPEN)
			on_open(arg, time, id, (uint64_t)st.st_size);
		else
			*bytes += (uint64_t)st.st_size;
	}
	(void)closedir(dir); /* it was only read */
	return true;
}

static void
take_over(struct wax_journal *journal, int64_t time, const uint8_t *id,
    uint64_t bytes)
{
	retire(journal,
	    wax_segment_file_found(journal->directory, time, id, bytes));
	journal->unclosed_bytes += bytes;
}

static void
pass_over(struct wax_journal *journal, int64_t time, const uint8_t *id,
    uint64_t bytes)
{
	(void)journal; /* the file is ours, and its octets are known */
	(void)time;
	(void)id;
	(void)bytes;
}

/* What importers, and others, made of it. */
static void
count_again(struct wax_journal *journal)
{
	uint64_t before, bytes;
	bool is_counted;

	lock(&journal->lock);
	before = journal->closings;
	unlock(&journal->lock);
	is_counted = walk(journal, &bytes, pass_over, journal);
	lock(&journal->lock);
	/* Not if a segment changed its name meanwhile. */
	if (is_counted && before % 2 == 0 && before == journal->closings)
		journal->closed_bytes = bytes;
	unlock(&journal->lock);
}

/* A disk that is full, or does not answer now, is not the operator's choice. */
static bool
is_passing(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EIO ||
	       error == ENOMEM || error == EMFILE || error == ENFILE;
}

static enum wax_status
make_directory(const char *directory, struct wax_err *err)
{
	int fd, why = 0;

	if (mkdir(directory, 0750) != 0 && errno != EEXIST) {
		if (is_passing(errno))
			return WAX_OK;
		return wax_fail(err, WAX_E_IO, "journal %s: %s", directory,
		    strerror(errno));
	}
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || faccessat(fd, ".", R_OK | W_OK | X_OK, AT_EACCESS) != 0)
		why = errno;
	if (fd >= 0)
		(void)close(fd); /* it was only looked at */
	if (why == 0 || is_passing(why))
		return WAX_OK;
	return wax_fail(err, WAX_E_IO,
	    "journal %s cannot be written by user id %d: %s", directory,
	    (int)geteuid(), strerror(why));
}

enum wax_status
wax_journal_open(const struct wax_journal_options *options,
    struct wax_journal **out, struct wax_err *err)
{
	struct wax_arena *arena;
	struct wax_journal *journal;
	enum wax_status status = make_directory(options->directory, err);

	if (status != WAX_OK)
		return status;
	arena = wax_arena_new("journal", 0);
	journal = WAX_NEW(arena, struct wax_journal);
	journal->arena = arena;
	journal->directory = options->directory;
	journal->quota = options->quota;
	journal->sync_ms = options->sync_ms;
	journal->retired_end = &journal->retired;
	journal->counted_ms = wax_clock_ms();
	WAX_ASSERT(pthread_mutex_init(&journal->slow_lock, NULL) == 0);
	WAX_ASSERT(pthread_mutex_init(&journal->lock, NULL) == 0);
	wax_cond_init(&journal->stopping);
	if (!walk(journal, &journal->closed_bytes, take_over, journal)) {
		status = wax_fail(err, WAX_E_IO, "journal %s: %s",
		    options->directory, strerror(errno));
		if (!is_passing(errno) && errno != ENOENT) {
			wax_journal_free(journal);
			return status;
		}
		wax_log(WAX_LOG_WARNING, "%s", err->text);
	}
	wax_journal_close_segment(journal);
	*out = journal;
	return WAX_OK;
}

/* --- the life of it -------------------------------------------------------- */

bool
wax_journal_append(struct wax_journal *journal, struct wax_str text)
{
	struct wax_arena *arena = wax_arena_new("row", 0);
	struct wax_segment_file *segment = NULL;
	struct wax_segment_line line;
	bool is_line = wax_segment_line_make(arena, text, &line);
	bool is_kept, is_always = journal->sync_ms == 0;
	uint64_t upto = 0;

	lock(&journal->lock);
	if (is_line)
		segment = put(journal, &line);
	else
		lose(journal, LOST, "a row is too long, or has two lines");
	is_kept = segment != NULL;
	if (is_kept && is_always) {
		segment->refs++;
		upto = segment->bytes;
	}
	unlock(&journal->lock);
	wax_arena_free(arena);
	if (!is_kept || !is_always)
		return is_kept;
	/* Whoever comes first syncs what the others wrote meanwhile. */
	lock(&journal->slow_lock);
	if (segment->synced < upto)
		sync_segment(journal, segment);
	unlock(&journal->slow_lock);
	unref(journal, segment);
	return true;
}

/* The current segment, if it stays that; under the slow lock. */
static void
sync_current(struct wax_journal *journal, int64_t now)
{
	struct wax_segment_file *segment;
	bool is_dirty;

	lock(&journal->lock);
	segment = journal->current;
	is_dirty = segment != NULL && segment->synced < segment->bytes;
	unlock(&journal->lock);
	if (!is_dirty || now - journal->synced_ms < journal->sync_ms)
		return;
	journal->synced_ms = now;
	if (!wax_segment_file_is_gone(segment)) {
		sync_segment(journal, segment);
		return;
	}
	lock(&journal->lock);
	if (segment == journal->current)
		retire(journal, segment);
	unlock(&journal->lock);
}

int
wax_journal_tick(struct wax_journal *journal)
{
	int64_t now = wax_clock_ms();
	bool is_full;

	lock(&journal->slow_lock);
	lock(&journal->lock);
	if (journal->current != NULL &&
	    now - journal->current->born_ms >= WAX_JOURNAL_AGE_MS)
		retire(journal, journal->current);
	is_full = journal->closed_bytes + journal->unclosed_bytes +
	              WAX_JOURNAL_BYTES >
	          journal->quota;
	unlock(&journal->lock);
	sync_current(journal, now);
	close_retired(journal);
	unlock(&journal->slow_lock);
	if (is_full || now - journal->counted_ms >= COUNT_MS) {
		journal->counted_ms = now;
		count_again(journal);
	}
	/* A row may come at once: it must not wait longer for its sync. */
	return journal->sync_ms > 0 && journal->sync_ms < TICK_MS
	           ? (int)journal->sync_ms
	           : TICK_MS;
}

void
wax_journal_close_segment(struct wax_journal *journal)
{
	lock(&journal->slow_lock);
	lock(&journal->lock);
	if (journal->current != NULL)
		retire(journal, journal->current);
	unlock(&journal->lock);
	close_retired(journal);
	unlock(&journal->slow_lock);
}

struct wax_journal_counts
wax_journal_counts(struct wax_journal *journal)
{
	struct wax_journal_counts counts;

	lock(&journal->lock);
	counts = (struct wax_journal_counts){ journal->rows, journal->lost,
		journal->unsynced,
		journal->closed_bytes + journal->unclosed_bytes };
	unlock(&journal->lock);
	return counts;
}

static void *
keep_ticking(void *arg)
{
	struct wax_journal *journal = arg;

	lock(&journal->lock);
	while (!journal->is_stopping) {
		int ms;

		unlock(&journal->lock);
		ms = wax_journal_tick(journal);
		lock(&journal->lock);
		if (!journal->is_stopping)
			(void)wax_cond_wait(&journal->stopping, &journal->lock,
			    wax_clock_ms() + ms);
	}
	unlock(&journal->lock);
	return NULL;
}

enum wax_status
wax_journal_start(struct wax_journal *journal, struct wax_err *err)
{
	enum wax_status status = wax_thread_start(
	    &journal->thread, "journal", keep_ticking, journal, err);

	journal->has_thread = status == WAX_OK;
	return status;
}

void
wax_journal_free(struct wax_journal *journal)
{
	if (journal == NULL)
		return;
	lock(&journal->lock);
	journal->is_stopping = true;
	WAX_ASSERT(pthread_cond_broadcast(&journal->stopping) == 0);
	unlock(&journal->lock);
	if (journal->has_thread)
		(void)pthread_join(journal->thread, NULL);
	wax_journal_close_segment(journal);
	while (journal->retired != NULL) {
		struct wax_segment_file *segment = journal->retired;

		journal->retired = segment->next;
		wax_segment_file_free(segment);
	}
	(void)pthread_cond_destroy(&journal->stopping);
	(void)pthread_mutex_destroy(&journal->lock);
	(void)pthread_mutex_destroy(&journal->slow_lock);
	wax_arena_free(journal->arena);
}
