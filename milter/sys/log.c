/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/sys/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "policy/base/text.h"

#define SYSLOG_PATH "/dev/log"
#define ARENA_SIZE 4096

enum way {
	WAY_SYSLOG,
	WAY_SOCKET, /* stderr is one, as under systemd */
	WAY_FILE,   /* a description of our own, non-blocking */
	WAY_PLAIN   /* stderr as it is, asked before each line */
};

/* Written by open and close only, before and after there are threads; the
 * counters by any thread. */
static struct {
	enum way way;
	int fd;
	bool is_json;
	int facility;
	const char *name;
	struct sockaddr_un address;
	_Atomic uint64_t unsaid, lost;
} sink = { .way = WAY_PLAIN, .fd = STDERR_FILENO, .name = "sealwax" };

static const char *
word(enum wax_log_level level)
{
	switch (level) {
	case WAX_LOG_ERROR:
		return "error";
	case WAX_LOG_WARNING:
		return "warning";
	case WAX_LOG_NOTICE:
		return "notice";
	case WAX_LOG_INFO:
		return "info";
	}
	return "info";
}

static int
priority(enum wax_log_level level)
{
	switch (level) {
	case WAX_LOG_ERROR:
		return LOG_ERR;
	case WAX_LOG_WARNING:
		return LOG_WARNING;
	case WAX_LOG_NOTICE:
		return LOG_NOTICE;
	case WAX_LOG_INFO:
		return LOG_INFO;
	}
	return LOG_INFO;
}

/* Octets of the well-formed UTF-8 character in front that a terminal may
 * see; 0: it is none, or a control character. RFC 3629 s4 */
static size_t
utf8(struct wax_str s)
{
	unsigned char c = (unsigned char)s.p[0];
	unsigned char low = 0x80, high = 0xbf;
	size_t n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	if (c >= 0x20 && c < 0x7f)
		return 1;
	if (c < 0xc2 || c > 0xf4 || s.n < n)
		return 0;
	if (c == 0xc2 || c == 0xe0)
		low = 0xa0; /* U+0080 to U+009F are controls; overlong */
	else if (c == 0xed)
		high = 0x9f;
	else if (c == 0xf0)
		low = 0x90;
	else if (c == 0xf4)
		high = 0x8f;
	for (size_t i = 1; i < n; i++) {
		unsigned char next = (unsigned char)s.p[i];

		if (next < low || next > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return n;
}

/* Octets in front that are visible ASCII or blanks, at most `max`. */
static size_t
plain_run(struct wax_str s, size_t max)
{
	size_t n = 0;

	while (n < s.n && n < max && s.p[n] >= 0x20 && s.p[n] < 0x7f)
		n++;
	return n;
}

/* At most WAX_LOG_BYTES_MAX octets; what is cut off is said by a mark. */
static void
add_shown(struct wax_text *text, struct wax_str s)
{
	size_t start = text->n, keep = text->n;
	size_t n;

	for (size_t i = 0; i < s.n; i += n) {
		struct wax_str rest = wax_str_from(s, i);

		if (text->n - start <= WAX_LOG_BYTES_MAX - 3)
			keep = text->n;
		n = plain_run(rest, WAX_LOG_BYTES_MAX - 3 - (keep - start));
		if (n == 0)
			n = utf8(rest);
		if (n > 0) {
			wax_text_add(text, wax_str_head(rest, n));
		} else {
			wax_text_addf(text, "\\x%02x", (unsigned char)s.p[i]);
			n = 1;
		}
		if (text->n - start > WAX_LOG_BYTES_MAX) {
			text->n = keep;
			wax_text_addz(text, "...");
			return;
		}
	}
}

/* RFC 8259 s7 */
static void
add_json_string(struct wax_text *text, struct wax_str s)
{
	size_t n;

	wax_text_addc(text, '"');
	for (size_t i = 0; i < s.n; i += n) {
		struct wax_str rest = wax_str_from(s, i);
		unsigned char c = (unsigned char)s.p[i];
		size_t plain = utf8(rest);

		n = plain > 0 ? plain : 1;
		if (c == '"' || c == '\\')
			wax_text_addf(text, "\\%c", c);
		else if (plain > 0)
			wax_text_add(text, wax_str_head(rest, plain));
		else
			wax_text_addf(text, "\\u%04x", c);
	}
	wax_text_addc(text, '"');
}

/* "Mmm dd hh:mm:ss ", as syslog(3) writes it, in English. RFC 3164 s4.1.2 */
static void
add_time(struct wax_text *text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL)
		return;
	wax_text_addf(text, "%.3s %2d %02d:%02d:%02d ", months + 3 * tm.tm_mon,
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static bool
is_writable(int fd)
{
	struct pollfd one = { .fd = fd, .events = POLLOUT };

	return poll(&one, 1, 0) == 1 && (one.revents & POLLOUT) != 0;
}

/* All of it, at once, or nothing. */
static bool
put(struct wax_str line)
{
	ssize_t n = -1;

	switch (sink.way) {
	case WAY_SYSLOG:
		/* The path is looked up each time: syslogd may restart. */
		n = sendto(sink.fd, line.p, line.n, MSG_DONTWAIT | MSG_NOSIGNAL,
		    (const struct sockaddr *)&sink.address,
		    sizeof sink.address);
		break;
	case WAY_SOCKET:
		n = send(sink.fd, line.p, line.n, MSG_DONTWAIT | MSG_NOSIGNAL);
		break;
	case WAY_FILE:
		n = write(sink.fd, line.p, line.n);
		break;
	case WAY_PLAIN:
		if (is_writable(sink.fd))
			n = write(sink.fd, line.p, line.n);
		break;
	}
	return n >= 0 && (size_t)n == line.n;
}

/* With what syslogd expects in front, or a line end behind. */
static bool
emit(struct wax_arena *arena, enum wax_log_level level, struct wax_str line)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	if (sink.way == WAY_SYSLOG) {
		wax_text_addf(&text, "<%d>", sink.facility | priority(level));
		add_time(&text);
	}
	if (sink.way == WAY_SYSLOG || !sink.is_json)
		wax_text_addf(&text, "%s[%d]: ", sink.name, (int)getpid());
	add_shown(&text, line);
	if (sink.way != WAY_SYSLOG)
		wax_text_addc(&text, '\n');
	return put(wax_text_str(&text));
}

static struct wax_str
own_json(struct wax_arena *arena, enum wax_log_level level, struct wax_str s)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addf(&text, "{\"level\":\"%s\",\"message\":", word(level));
	add_json_string(&text, s);
	wax_text_addc(&text, '}');
	return wax_text_str(&text);
}

/* A line of our own, in the form that was chosen. */
static struct wax_str
own_line(struct wax_arena *arena, enum wax_log_level level, struct wax_str s)
{
	struct wax_str line;

	if (!sink.is_json) {
		if (level != WAX_LOG_ERROR && level != WAX_LOG_WARNING)
			return s;
		return wax_textf(arena, "%s: %.*s", word(level), WAX_FMT(s));
	}
	/* An object that is cut would be none. */
	line = own_json(arena, level, s);
	while (line.n > WAX_LOG_BYTES_MAX) {
		s.n /= 2;
		line = own_json(arena, level, s);
	}
	return line;
}

/* What was lost before; false if that does not go out either. */
static bool
say_lost(struct wax_arena *arena)
{
	uint64_t n = atomic_exchange(&sink.unsaid, 0);

	if (n == 0)
		return true;
	if (emit(arena, WAX_LOG_WARNING,
	        own_line(arena, WAX_LOG_WARNING,
	            wax_textf(arena,
	                "%llu log lines were lost: the log did not take "
	                "them in time",
	                (unsigned long long)n))))
		return true;
	atomic_fetch_add(&sink.unsaid, n);
	return false;
}

static void
log_line(struct wax_arena *arena, enum wax_log_level level, struct wax_str line)
{
	if (say_lost(arena) && emit(arena, level, line))
		return;
	atomic_fetch_add(&sink.unsaid, 1);
	atomic_fetch_add(&sink.lost, 1);
}

void
wax_log_line(enum wax_log_level level, struct wax_str line)
{
	int saved = errno;
	struct wax_arena *arena = wax_arena_new("log", ARENA_SIZE);

	log_line(arena, level, line);
	wax_arena_free(arena);
	errno = saved;
}

void
wax_log(enum wax_log_level level, const char *fmt, ...)
{
	int saved = errno;
	struct wax_arena *arena = wax_arena_new("log", ARENA_SIZE);
	struct wax_text text;
	va_list ap;

	wax_text_init(&text, arena);
	va_start(ap, fmt);
	wax_text_addv(&text, fmt, ap);
	va_end(ap);
	log_line(arena, level, own_line(arena, level, wax_text_str(&text)));
	wax_arena_free(arena);
	errno = saved;
}

static enum wax_status
open_syslog(const char *path, struct wax_err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	int fd, probe;

	if (n >= sizeof address.sun_path)
		return wax_fail(err, WAX_E_IO,
		    "cannot log to %s: the path is too long", path);
	memcpy(address.sun_path, path, n);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return wax_fail(err, WAX_E_IO, "cannot log to %s: %s", path,
		    strerror(errno));
	sink.way = WAY_SYSLOG;
	sink.fd = fd;
	sink.address = address;
	/* A socket of its own, so that the sink stays without a peer. */
	probe = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (probe < 0)
		return WAX_OK;
	if (connect(probe, (const struct sockaddr *)&address, sizeof address) !=
	    0) {
		int why = errno;

		(void)close(probe); /* nothing was written */
		return wax_fail(err, WAX_E_TEMP,
		    "nobody takes log lines at %s yet: %s", path,
		    strerror(why));
	}
	(void)close(probe); /* nothing was written */
	return WAX_OK;
}

/*
 * O_NONBLOCK on stderr itself would also hit those who share it with us, a
 * shell for instance; so the file is opened again.
 */
static void
open_stderr(int from)
{
	struct stat st;
	struct wax_arena *arena;
	int fd;

	sink.way = WAY_PLAIN;
	sink.fd = from;
	if (fstat(from, &st) == 0 && S_ISSOCK(st.st_mode)) {
		sink.way = WAY_SOCKET;
		return;
	}
	arena = wax_arena_new("log", 256);
	fd = open(wax_textf(arena, "/proc/self/fd/%d", from).p,
	    O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	wax_arena_free(arena);
	if (fd < 0)
		return;
	sink.way = WAY_FILE;
	sink.fd = fd;
}

void
wax_log_close(void)
{
	if (sink.way == WAY_SYSLOG || sink.way == WAY_FILE)
		(void)close(sink.fd); /* every line went out at once */
	sink.way = WAY_PLAIN;
	sink.fd = STDERR_FILENO;
	sink.is_json = false;
	atomic_store(&sink.unsaid, 0);
	atomic_store(&sink.lost, 0);
}

enum wax_status
wax_log_open(const struct wax_log_options *options, struct wax_err *err)
{
	enum wax_status status = WAX_OK;

	wax_log_close();
	if (options->to_syslog) {
		tzset();
		status = open_syslog(options->socket_path != NULL
		                         ? options->socket_path
		                         : SYSLOG_PATH,
		    err);
		if (status == WAX_E_IO)
			return status;
	} else {
		open_stderr(options->stderr_fd > 0 ? options->stderr_fd
		                                   : STDERR_FILENO);
	}
	sink.is_json = options->is_json;
	sink.facility = options->facility;
	sink.name = options->name;
	return status;
}

uint64_t
wax_log_lost(void)
{
	return atomic_load(&sink.lost);
}
