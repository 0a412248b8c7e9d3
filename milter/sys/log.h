/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log.h - one sink for all log lines of a program.
 *
 * Opened once, before there are threads, and then used by any of them. It
 * never waits: a line that syslogd or the reader of stderr does not take at
 * once is lost and counted, and the count is said with the next line that
 * goes out. So a stalled log never stalls mail. syslog(3) would wait, and
 * would hold a lock while it does.
 *
 * Which lines there are, and what stands in them, is not decided here.
 */
#ifndef WAX_MILTER_SYS_LOG_H
#define WAX_MILTER_SYS_LOG_H

#include <stdint.h>

#include "policy/base/str.h"

/* Of one line. With what stands before it, it fits into PIPE_BUF, so that
 * lines of several threads never mix; and syslogd takes it. */
#define WAX_LOG_BYTES_MAX 3900

enum wax_log_level {
	WAX_LOG_ERROR,   /* something that must be repaired */
	WAX_LOG_WARNING, /* something to look at */
	WAX_LOG_NOTICE,  /* start, reload, stop */
	WAX_LOG_INFO     /* a message */
};

struct wax_log_options {
	bool to_syslog;          /* else to stderr */
	bool is_json;            /* for wax_log() */
	int facility;            /* LOG_MAIL ... */
	const char *name;        /* must outlive the sink */
	const char *socket_path; /* NULL: /dev/log; must outlive the sink */
	int stderr_fd;           /* 0: the program's stderr; for tests */
};

/*
 * Until then, lines go to stderr. WAX_E_TEMP: the sink works, but nobody
 * listens there yet. WAX_E_IO: the sink is as it was before.
 */
enum wax_status wax_log_open(
    const struct wax_log_options *options, struct wax_err *err) WAX_MUST_USE;

/* Back to stderr. Not while other threads may log. */
void wax_log_close(void);

/*
 * A line of the program itself: text with "error: " or "warning: " in front,
 * or a JSON object with "level" and "message".
 */
void wax_log(enum wax_log_level level, const char *fmt, ...) WAX_PRINTF(2, 3);

/*
 * A line that is rendered already, as it is. Control characters, and octets
 * that are not UTF-8, are written as \xHH here as there. Longer lines than
 * WAX_LOG_BYTES_MAX are cut.
 */
void wax_log_line(enum wax_log_level level, struct wax_str line);

/* Lines that were lost since the sink was opened. */
uint64_t wax_log_lost(void);

#endif
