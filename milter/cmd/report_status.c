/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_status.c - one line in the form of monitoring plug-ins: whether rows
 * get into the store, and reports out of it. Changes nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "milter/cmd/report_program.h"
#include "milter/cmd/report_table.h"
#include "milter/cmd/report_time.h"
#include "milter/store/segment.h"

/* Segments are imported within seconds; the store may be restarted. */
#define SEGMENT_AGE_WARNING (15 * 60)
#define SEGMENT_AGE_CRITICAL (6 * 3600)
/* Of journal-quota, in percent. */
#define JOURNAL_WARNING 50
#define JOURNAL_CRITICAL 90
/* The timer runs once an hour; beyond its due time. */
#define OVERDUE_WARNING (6 * 3600)
#define OVERDUE_CRITICAL (48 * 3600)
#define SEND_AGE_WARNING (6 * 3600)
#define SEND_AGE_CRITICAL (48 * 3600)
/* The daemon looks for rows every few seconds, and notes it once a minute. */
#define IMPORT_AGE_WARNING (30 * 60)
#define IMPORT_AGE_CRITICAL (6 * 3600)
/* How long a loss is worth a warning. */
#define LOSS_RECENT (24 * 3600)

enum level {
	LEVEL_OK,
	LEVEL_WARNING,
	LEVEL_CRITICAL,
	LEVEL_UNKNOWN
};

static const char *const level_words[] = { "OK", "WARNING", "CRITICAL",
	"UNKNOWN" };

struct status {
	struct wax_report_program *program;
	enum level level;
	struct wax_text trouble, fine, data;
	/* The journal. */
	uint64_t n_segments, n_damaged, bytes;
	int64_t oldest; /* age of the oldest closed one; 0: there is none */
};

static void raise_to(struct status *status, enum level level, const char *fmt,
    ...) WAX_PRINTF(3, 4);
static void
raise_to(struct status *status, enum level level, const char *fmt, ...)
{
	va_list ap;

	if (level == LEVEL_OK)
		return;
	if (level > status->level)
		status->level = level;
	if (status->trouble.n > 0)
		wax_text_addz(&status->trouble, ", ");
	va_start(ap, fmt);
	wax_text_addv(&status->trouble, fmt, ap);
	va_end(ap);
}

static void fine(struct status *status, const char *fmt, ...) WAX_PRINTF(2, 3);
static void
fine(struct status *status, const char *fmt, ...)
{
	va_list ap;

	if (status->fine.n > 0)
		wax_text_addz(&status->fine, ", ");
	va_start(ap, fmt);
	wax_text_addv(&status->fine, fmt, ap);
	va_end(ap);
}

static enum level
level_of(uint64_t value, uint64_t warning, uint64_t critical)
{
	if (value > critical)
		return LEVEL_CRITICAL;
	return value > warning ? LEVEL_WARNING : LEVEL_OK;
}

/* label=value[unit];warning;critical; 0, 0: without them */
static void
add_data(struct status *status, const char *label, uint64_t value,
    const char *unit, uint64_t warning, uint64_t critical)
{
	wax_text_addf(&status->data, " %s=%" PRIu64 "%s", label, value, unit);
	if (critical > 0)
		wax_text_addf(
		    &status->data, ";%" PRIu64 ";%" PRIu64, warning, critical);
}

static struct wax_str
age(struct status *status, int64_t seconds)
{
	return wax_age_format(status->program->arena, seconds);
}

static void
count_segment(struct status *status, int dir_fd, const char *name)
{
	uint8_t id[WAX_SEGMENT_ID_BYTES];
	enum wax_segment_state state;
	struct stat st;
	int64_t time;

	if (!wax_segment_name_parse(name, &time, id, &state))
		return;
	/* The importer may have been faster. */
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	status->bytes += (uint64_t)st.st_size;
	if (state == WAX_SEGMENT_DAMAGED)
		status->n_damaged++;
	if (state != WAX_SEGMENT_CLOSED)
		return;
	status->n_segments++;
	if (status->program->now - time > status->oldest)
		status->oldest = status->program->now - time;
}

static void
read_journal(struct status *status)
{
	const char *path = wax_report_journal(status->program);
	const struct dirent *entry;
	DIR *dir = opendir(path);

	if (dir == NULL) {
		/* Not there: no message was judged yet. */
		if (errno != ENOENT)
			raise_to(status, LEVEL_UNKNOWN, "%s: %s", path,
			    strerror(errno));
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		count_segment(status, dirfd(dir), entry->d_name);
	(void)closedir(dir); /* only read */
}

static void
check_journal(struct status *status)
{
	uint64_t quota = status->program->config->journal_quota;
	uint64_t warning = quota / 100 * JOURNAL_WARNING;
	uint64_t critical = quota / 100 * JOURNAL_CRITICAL;

	read_journal(status);
	raise_to(status,
	    level_of((uint64_t)status->oldest, SEGMENT_AGE_WARNING,
	        SEGMENT_AGE_CRITICAL),
	    "rows have waited for the store for %.*s",
	    WAX_FMT(age(status, status->oldest)));
	raise_to(status, level_of(status->bytes, warning, critical),
	    "the journal is at %" PRIu64 " %% of its quota",
	    status->bytes / (quota / 100));
	if (status->n_damaged > 0)
		raise_to(status, LEVEL_WARNING,
		    "%" PRIu64 " damaged segments in the journal",
		    status->n_damaged);
	fine(status, "%" PRIu64 " segments wait", status->n_segments);
	add_data(status, "segments", status->n_segments, "", 0, 0);
	add_data(status, "oldest_segment", (uint64_t)status->oldest, "s",
	    SEGMENT_AGE_WARNING, SEGMENT_AGE_CRITICAL);
	add_data(status, "journal", status->bytes, "B", warning, critical);
}

/* The largest of all hosts, or of one; 0: nobody noted it. */
static int64_t
number(
    const struct wax_store_numbers *numbers, const char *host, const char *name)
{
	int64_t found = 0;

	for (size_t i = 0; i < numbers->n; i++)
		if (wax_str_eq(numbers->v[i].name, wax_str_of(name)) &&
		    (host == NULL ||
		        wax_str_eq(numbers->v[i].host, wax_str_of(host))) &&
		    numbers->v[i].value > found)
			found = numbers->v[i].value;
	return found;
}

static bool
is_sending_configured(const struct wax_config *config)
{
	return config->report_org_name.n > 0 && config->report_from.n > 0 &&
	       (config->report_unsigned || config->report_dkim_key.n > 0);
}

static void
check_last_send(struct status *status, int64_t last_send)
{
	int64_t since = status->program->now - last_send;

	if (last_send == 0) {
		fine(status, "nothing was sent yet");
		return;
	}
	if (since < 0)
		since = 0; /* the clock was set back */
	fine(status, "last send %.*s ago", WAX_FMT(age(status, since)));
	add_data(status, "last_send", (uint64_t)since, "s", SEND_AGE_WARNING,
	    SEND_AGE_CRITICAL);
	raise_to(status,
	    level_of((uint64_t)since, SEND_AGE_WARNING, SEND_AGE_CRITICAL),
	    "\"send\" has not run for %.*s; is its timer on?",
	    WAX_FMT(age(status, since)));
}

static void
check_last_import(struct status *status, int64_t last_import)
{
	int64_t since = status->program->now - last_import;

	if (last_import == 0) {
		fine(status, "nothing was imported yet");
		return;
	}
	if (since < 0)
		since = 0;
	fine(status, "last import %.*s ago", WAX_FMT(age(status, since)));
	add_data(status, "last_import", (uint64_t)since, "s",
	    IMPORT_AGE_WARNING, IMPORT_AGE_CRITICAL);
	raise_to(status,
	    level_of((uint64_t)since, IMPORT_AGE_WARNING, IMPORT_AGE_CRITICAL),
	    "sealwaxd has not imported for %.*s; does it run?",
	    WAX_FMT(age(status, since)));
}

static void
check_numbers(struct status *status, const struct wax_store_numbers *numbers)
{
	const struct wax_report_program *program = status->program;
	int64_t lost = number(numbers, program->host, "rows-lost") +
	               number(numbers, program->host, "rows-damaged");
	int64_t last_loss = number(numbers, program->host, "last-loss");

	if (lost > 0 && program->now - last_loss < LOSS_RECENT)
		raise_to(status, LEVEL_WARNING, "rows were lost %.*s ago",
		    WAX_FMT(age(status, program->now - last_loss)));
	fine(status, "%" PRId64 " rows lost", lost);
	add_data(status, "rows_lost", (uint64_t)lost, "c", 0, 0);
	add_data(status, "rows_late",
	    (uint64_t)number(numbers, program->host, "rows-late"), "c", 0, 0);
	check_last_import(
	    status, number(numbers, program->host, "last-import"));
	if (is_sending_configured(program->config))
		check_last_send(status, number(numbers, NULL, "last-send"));
	else
		fine(status, "sending is not configured");
}

/* What is to be sent. */
struct backlog {
	uint64_t n;
	int64_t overdue; /* seconds */
};

/* What should have been taken up by "send" long ago. A report that is built
 * and tried again is on its way. */
static void
add_backlog(struct status *status, const struct wax_stored_reports *reports,
    struct backlog *backlog)
{
	int64_t delay = status->program->config->report_delay_ms / 1000;

	for (size_t i = 0; i < reports->n; i++) {
		int64_t since =
		    status->program->now - reports->v[i].period.end - delay;

		if (since <= 0)
			continue;
		backlog->n++;
		if (reports->v[i].state != WAX_REPORT_BUILT &&
		    since > backlog->overdue)
			backlog->overdue = since;
	}
}

static enum wax_status
read_backlog(
    struct status *status, struct backlog *backlog, struct wax_err *err)
{
	const struct wax_report_filter filter = {
		.states = WAX_REPORT_UNFINISHED,
	};
	struct wax_report_cursor cursor = { .is_begun = false };
	struct wax_arena *arena = wax_arena_new("page", 65536);
	struct wax_stored_reports reports = { 1, NULL };
	enum wax_status read = WAX_OK;

	while (read == WAX_OK && reports.n > 0) {
		wax_arena_reset(arena);
		read = wax_store_reports(status->program->store, arena, &filter,
		    &cursor, &reports, err);
		if (read == WAX_OK)
			add_backlog(status, &reports, backlog);
	}
	wax_arena_free(arena);
	return read;
}

static void
check_backlog(struct status *status, const struct backlog *backlog)
{
	fine(status, "%" PRIu64 " reports to be sent", backlog->n);
	add_data(status, "unfinished", backlog->n, "", 0, 0);
	if (!is_sending_configured(status->program->config))
		return;
	add_data(status, "overdue", (uint64_t)backlog->overdue, "s",
	    OVERDUE_WARNING, OVERDUE_CRITICAL);
	raise_to(status,
	    level_of(
	        (uint64_t)backlog->overdue, OVERDUE_WARNING, OVERDUE_CRITICAL),
	    "a report is overdue by %.*s",
	    WAX_FMT(age(status, backlog->overdue)));
}

static void
check_store(struct status *status)
{
	struct wax_report_program *program = status->program;
	struct backlog backlog = { 0, 0 };
	struct wax_store_numbers numbers;
	struct wax_err err;

	if (wax_report_try_store(program, &err) != WAX_OK ||
	    wax_store_numbers(program->store, program->arena, &numbers, &err) !=
	        WAX_OK ||
	    read_backlog(status, &backlog, &err) != WAX_OK) {
		raise_to(status,
		    err.status == WAX_E_TEMP ? LEVEL_CRITICAL : LEVEL_UNKNOWN,
		    "store: %s", err.text);
		return;
	}
	check_numbers(status, &numbers);
	check_backlog(status, &backlog);
}

/* A bar would begin the numbers. */
static void
print_text(struct wax_str text)
{
	for (size_t i = 0; i < text.n; i++)
		(void)putchar(text.p[i] == '|' ? '/' : text.p[i]);
}

static int
print_status(const struct status *status)
{
	struct wax_arena *arena = status->program->arena;

	(void)printf("SEALWAX %s - ", level_words[status->level]);
	print_text(wax_shown(arena, wax_text_str(&status->trouble)));
	if (status->trouble.n > 0 && status->fine.n > 0)
		(void)fputs("; ", stdout);
	print_text(wax_shown(arena, wax_text_str(&status->fine)));
	if (status->data.n > 0)
		(void)printf(" |%.*s", WAX_FMT(wax_text_str(&status->data)));
	(void)putchar('\n');
	return (int)status->level;
}

int
wax_report_status_failed(const char *why)
{
	(void)printf("SEALWAX UNKNOWN - %s\n", why);
	return LEVEL_UNKNOWN;
}

int
wax_report_do_status(struct wax_report_program *program)
{
	struct status status = { .program = program };

	if (wax_report_become_user(program) != 0)
		return wax_report_status_failed(
		    "the user cannot be changed; see stderr");
	wax_text_init(&status.trouble, program->arena);
	wax_text_init(&status.fine, program->arena);
	wax_text_init(&status.data, program->arena);
	check_journal(&status);
	check_store(&status);
	return print_status(&status);
}
