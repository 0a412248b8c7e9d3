/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log sink against a syslogd and a stderr that the test holds in its
 * hands; whole files; limits of the process (each in a process of its own).
 */
#include "milter/sys/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "milter/sys/file.h"
#include "milter/sys/privileges.h"
#include "policy/base/text.h"
#include "tests/support/suite.h"

static char directory[64];
static char path[128];
static struct wax_arena *arena;

static void
setup(void)
{
	(void)snprintf(directory, sizeof directory, "/tmp/test_log.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	(void)snprintf(path, sizeof path, "%s/log", directory);
	arena = wax_arena_new("test", 1024);
}

static void
teardown(void)
{
	wax_log_close();
	wax_arena_free(arena);
	(void)unlink(path);
	(void)rmdir(directory);
}

/* A syslogd. */
static int
listen_at(const char *where)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_uint_lt(strlen(where), sizeof address.sun_path);
	memcpy(address.sun_path, where, strlen(where));
	(void)unlink(where);
	ck_assert_int_eq(
	    bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

/* The next thing that can be read; empty if there is none. */
static const char *
next(int fd)
{
	static char got[16384];
	ssize_t n = read(fd, got, sizeof got - 1);

	got[n > 0 ? n : 0] = '\0';
	return got;
}

/* Whether `got` is <PRI>Mmm dd hh:mm:ss name[pid]: text. */
static void
expect(const char *got, int pri, const char *text)
{
	char want[8192], name[64], month[4];
	int day, hour, minute, second, found;

	ck_assert_msg(sscanf(got, "<%d>%3s %2d %2d:%2d:%2d %63[^:]", &found,
	                  month, &day, &hour, &minute, &second, name) == 7,
	    "%s", got);
	ck_assert_int_eq(found, pri);
	(void)snprintf(want, sizeof want, "waxtest[%d]", (int)getpid());
	ck_assert_str_eq(name, want);
	(void)snprintf(want, sizeof want,
	    "<%d>%s %2d %02d:%02d:%02d waxtest[%d]: %s", pri, month, day, hour,
	    minute, second, (int)getpid(), text);
	ck_assert_str_eq(got, want);
}

static void
open_syslog(bool is_json)
{
	struct wax_log_options options = { .to_syslog = true,
		.is_json = is_json,
		.facility = LOG_MAIL,
		.name = "waxtest",
		.socket_path = path };

	ck_assert_int_eq(wax_log_open(&options, NULL), WAX_OK);
}

START_TEST(syslog_levels)
{
	int fd = listen_at(path);

	open_syslog(false);
	wax_log(WAX_LOG_ERROR, "a %d", 1);
	expect(next(fd), LOG_MAIL | LOG_ERR, "error: a 1");
	wax_log(WAX_LOG_WARNING, "b");
	expect(next(fd), LOG_MAIL | LOG_WARNING, "warning: b");
	wax_log(WAX_LOG_NOTICE, "c");
	expect(next(fd), LOG_MAIL | LOG_NOTICE, "c");
	wax_log(WAX_LOG_INFO, "d");
	expect(next(fd), LOG_MAIL | LOG_INFO, "d");
	wax_log_line(WAX_LOG_ERROR, wax_exact("queue: x=y"));
	expect(next(fd), LOG_MAIL | LOG_ERR, "queue: x=y");
	ck_assert_uint_eq(wax_log_lost(), 0);
	(void)close(fd);
}
END_TEST

START_TEST(json)
{
	int fd = listen_at(path);

	open_syslog(true);
	wax_log(WAX_LOG_WARNING, "a \"b\" \\ c\nd\xc3\xa4");
	expect(next(fd), LOG_MAIL | LOG_WARNING,
	    "{\"level\":\"warning\",\"message\":\"a \\\"b\\\" \\\\ "
	    "c\\u000ad\xc3\xa4\"}");
	wax_log_line(WAX_LOG_INFO, wax_exact("{\"a\":1}"));
	expect(next(fd), LOG_MAIL | LOG_INFO, "{\"a\":1}");
	(void)close(fd);
}
END_TEST

/* However long the message, an object is closed. */
START_TEST(json_long)
{
	int fd = listen_at(path);
	char *text = malloc(20001);
	const char *got;

	ck_assert_ptr_nonnull(text);
	memset(text, '\t', 20000);
	text[20000] = '\0';
	open_syslog(true);
	wax_log(WAX_LOG_NOTICE, "%s", text);
	got = next(fd);
	ck_assert_str_eq(got + strlen(got) - 3, "9\"}");
	free(text);
	(void)close(fd);
}
END_TEST

static const struct escape {
	const char *name, *text, *shown;
} escapes[] = {
	{ "plain", "a b~ \\x", "a b~ \\x" },
	{ "line end", "a\nb\r", "a\\x0ab\\x0d" },
	{ "terminal", "\033[2J\177", "\\x1b[2J\\x7f" },
	{ "two octets", "\xc3\xa4 \xc2\xa0", "\xc3\xa4 \xc2\xa0" },
	{ "C1 control",
	    "\xc2\x9b"
	    "1m",
	    "\\xc2\\x9b1m" },
	{ "three octets", "\xe2\x82\xac", "\xe2\x82\xac" },
	{ "overlong three", "\xe0\x80\x8a", "\\xe0\\x80\\x8a" },
	{ "surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	{ "four octets", "\xf0\x9f\x93\xa7", "\xf0\x9f\x93\xa7" },
	{ "overlong four", "\xf0\x80\x80\x8a", "\\xf0\\x80\\x80\\x8a" },
	{ "too large", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
	{ "overlong two", "\xc0\x8a", "\\xc0\\x8a" },
	{ "cut character", "a\xe2\x82", "a\\xe2\\x82" },
	{ "lone continuation", "\x80g", "\\x80g" },
	{ "empty", "", "" },
};

START_TEST(escaped)
{
	int fd = listen_at(path);

	open_syslog(false);
	wax_log_line(WAX_LOG_INFO, wax_exact(escapes[_i].text));
	expect(next(fd), LOG_MAIL | LOG_INFO, escapes[_i].shown);
	(void)close(fd);
}
END_TEST

/* At the limit, beyond it, and beyond it by what an escape adds. */
START_TEST(length)
{
	int fd = listen_at(path);
	char line[WAX_LOG_BYTES_MAX + 2];

	memset(line, 'x', sizeof line);
	open_syslog(false);
	wax_log_line(WAX_LOG_INFO, wax_exact_n(line, WAX_LOG_BYTES_MAX));
	ck_assert_uint_eq(
	    strlen(strstr(next(fd), "]: ") + 3), WAX_LOG_BYTES_MAX);
	wax_log_line(WAX_LOG_INFO, wax_exact_n(line, WAX_LOG_BYTES_MAX + 1));
	ck_assert_str_eq(
	    strstr(next(fd), "]: ") + 3 + WAX_LOG_BYTES_MAX - 4, "x...");
	line[WAX_LOG_BYTES_MAX - 2] = '\001';
	wax_log_line(WAX_LOG_INFO, wax_exact_n(line, WAX_LOG_BYTES_MAX - 1));
	ck_assert_str_eq(
	    strstr(next(fd), "]: ") + 3 + WAX_LOG_BYTES_MAX - 4, "x...");
	(void)close(fd);
}
END_TEST

/* Nobody listens: lines are counted; when somebody does, he is told. */
START_TEST(syslogd_comes_late)
{
	struct wax_log_options options = { .to_syslog = true,
		.facility = LOG_DAEMON,
		.name = "waxtest",
		.socket_path = path };
	struct wax_err err;
	int fd;

	ck_assert_int_eq(wax_log_open(&options, &err), WAX_E_TEMP);
	ck_assert_ptr_nonnull(strstr(err.text, path));
	wax_log(WAX_LOG_INFO, "one");
	wax_log(WAX_LOG_INFO, "two");
	ck_assert_uint_eq(wax_log_lost(), 2);
	fd = listen_at(path);
	wax_log(WAX_LOG_INFO, "three");
	expect(next(fd), LOG_DAEMON | LOG_WARNING,
	    "warning: 2 log lines were lost: the log did not take them in "
	    "time");
	expect(next(fd), LOG_DAEMON | LOG_INFO, "three");
	wax_log(WAX_LOG_INFO, "four");
	expect(next(fd), LOG_DAEMON | LOG_INFO, "four");
	ck_assert_uint_eq(wax_log_lost(), 2);
	(void)close(fd);
}
END_TEST

START_TEST(syslogd_restarts)
{
	int fd = listen_at(path);

	open_syslog(false);
	wax_log(WAX_LOG_INFO, "one");
	expect(next(fd), LOG_MAIL | LOG_INFO, "one");
	(void)close(fd);
	wax_log(WAX_LOG_INFO, "lost");
	fd = listen_at(path);
	wax_log(WAX_LOG_INFO, "two");
	expect(next(fd), LOG_MAIL | LOG_WARNING,
	    "warning: 1 log lines were lost: the log did not take them in "
	    "time");
	expect(next(fd), LOG_MAIL | LOG_INFO, "two");
	(void)close(fd);
}
END_TEST

/* A syslogd that does not read: nobody waits for it. */
START_TEST(syslogd_stalls)
{
	int fd = listen_at(path);
	unsigned long n = 0, lost;

	open_syslog(false);
	while (wax_log_lost() == 0 && n < 1000000) {
		wax_log(WAX_LOG_INFO, "%lu", n);
		n++;
	}
	ck_assert_uint_eq(wax_log_lost(), 1);
	for (int i = 0; i < 9; i++)
		wax_log(WAX_LOG_INFO, "more");
	lost = wax_log_lost();
	ck_assert_uint_eq(lost, 10);
	while (n-- > 1)
		ck_assert_str_ne(next(fd), "");
	ck_assert_str_eq(next(fd), "");
	wax_log(WAX_LOG_INFO, "again");
	expect(next(fd), LOG_MAIL | LOG_WARNING,
	    "warning: 10 log lines were lost: the log did not take them in "
	    "time");
	expect(next(fd), LOG_MAIL | LOG_INFO, "again");
	(void)close(fd);
}
END_TEST

START_TEST(path_too_long)
{
	char name[200];
	struct wax_log_options options = {
		.to_syslog = true, .name = "waxtest", .socket_path = name
	};
	struct wax_err err;

	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	ck_assert_int_eq(wax_log_open(&options, &err), WAX_E_IO);
}
END_TEST

static void
open_stderr(int fd, bool is_json)
{
	struct wax_log_options options = {
		.is_json = is_json, .name = "waxtest", .stderr_fd = fd
	};

	ck_assert_int_eq(wax_log_open(&options, NULL), WAX_OK);
}

static void
expect_plain(const char *got, const char *text)
{
	char want[8192];

	(void)snprintf(
	    want, sizeof want, "waxtest[%d]: %s\n", (int)getpid(), text);
	ck_assert_str_eq(got, want);
}

/* A pipe that nobody reads: no wait, and its other users are not touched. */
START_TEST(pipe_stalls)
{
	int fd[2];
	unsigned n = 0;

	ck_assert_int_eq(pipe(fd), 0);
	open_stderr(fd[1], false);
	wax_log(WAX_LOG_WARNING, "a");
	expect_plain(next(fd[0]), "warning: a");
	while (wax_log_lost() == 0 && n++ < 1000000)
		wax_log(WAX_LOG_INFO, "b");
	ck_assert_uint_eq(wax_log_lost(), 1);
	ck_assert_int_eq(fcntl(fd[1], F_GETFL) & O_NONBLOCK, 0);
	wax_log_close();
	(void)close(fd[0]);
	(void)close(fd[1]);
}
END_TEST

/* As under systemd. */
START_TEST(socket_stalls)
{
	int fd[2];
	unsigned n = 0;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	open_stderr(fd[1], false);
	wax_log(WAX_LOG_NOTICE, "a");
	expect_plain(next(fd[0]), "a");
	while (wax_log_lost() == 0 && n++ < 1000000)
		wax_log(WAX_LOG_INFO, "b");
	ck_assert_uint_eq(wax_log_lost(), 1);
	wax_log_close();
	(void)close(fd[0]);
	(void)close(fd[1]);
}
END_TEST

/* 0, or the number of the check that failed. */
static int
in_child(int (*run)(void))
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(run());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Nothing is open yet: stderr as it is, and no wait there either. */
static int
unopened(void)
{
	char got[64], want[64];
	int fd[2];
	ssize_t n;

	if (pipe(fd) != 0 || dup2(fd[1], STDERR_FILENO) < 0)
		return 1;
	wax_log(WAX_LOG_ERROR, "a");
	n = read(fd[0], got, sizeof got - 1);
	got[n > 0 ? n : 0] = '\0';
	(void)snprintf(
	    want, sizeof want, "sealwax[%d]: error: a\n", (int)getpid());
	if (strcmp(got, want) != 0)
		return 2;
	for (unsigned i = 0; i < 100000 && wax_log_lost() == 0; i++)
		wax_log(WAX_LOG_INFO, "b");
	return wax_log_lost() == 1 ? 0 : 3;
}

START_TEST(before_open)
{
	ck_assert_int_eq(in_child(unopened), 0);
}
END_TEST

/* Lines of a file are added to it; JSON stands alone. */
START_TEST(to_file)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "old\n", 4), 4);
	open_stderr(fd, true);
	wax_log(WAX_LOG_INFO, "a");
	wax_log_line(WAX_LOG_INFO, WAX_STR("{}"));
	wax_log_close();
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_str_eq(
	    next(fd), "old\n{\"level\":\"info\",\"message\":\"a\"}\n{}\n");
	(void)close(fd);
}
END_TEST

static void
put_file(const char *text, size_t n)
{
	FILE *out = fopen(path, "w");

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(text, 1, n, out), n);
	ck_assert_int_eq(fclose(out), 0);
}

START_TEST(file_sizes)
{
	struct wax_str text;
	struct wax_err err;
	char block[40000];

	memset(block, 'x', sizeof block);
	put_file("", 0);
	ck_assert_int_eq(wax_file_read(arena, path, 0, &text, &err), WAX_OK);
	ck_assert_uint_eq(text.n, 0);
	put_file(block, sizeof block);
	ck_assert_int_eq(
	    wax_file_read(arena, path, sizeof block, &text, &err), WAX_OK);
	ck_assert_uint_eq(text.n, sizeof block);
	ck_assert_int_eq(memcmp(text.p, block, sizeof block), 0);
	ck_assert_int_eq(
	    wax_file_read(arena, path, sizeof block - 1, &text, &err),
	    WAX_E_LIMIT);
	ck_assert_ptr_nonnull(strstr(err.text, "larger than 39999 octets"));
}
END_TEST

START_TEST(file_kinds)
{
	struct wax_str text;
	struct wax_err err;

	ck_assert(!wax_file_exists(path));
	ck_assert_int_eq(
	    wax_file_read(arena, path, 9, &text, &err), WAX_E_NOTFOUND);
	ck_assert_int_eq(wax_file_readable(path, &err), WAX_E_NOTFOUND);
	ck_assert_int_eq(
	    wax_file_read(arena, directory, 9, &text, &err), WAX_E_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "directory"));
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert(wax_file_exists(path));
	ck_assert_int_eq(wax_file_read(arena, path, 9, &text, &err), WAX_E_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "not a regular file"));
	ck_assert_int_eq(
	    wax_file_read(arena, "/dev/null", 9, &text, &err), WAX_OK);
	ck_assert_uint_eq(text.n, 0);
	ck_assert_int_eq(wax_file_readable("/dev/null", &err), WAX_OK);
}
END_TEST

/* What is for few may not be read by everybody, nor changed by others. */
START_TEST(file_secrets)
{
	static const struct {
		mode_t mode;
		const char *said; /* NULL: it is read */
	} modes[] = {
		{ 0600, NULL },
		{ 0400, NULL },
		{ 0640, NULL },
		{ 0604, "everybody (mode 0604); use chmod" },
		{ 0602, "everybody (mode 0602)" },
		{ 0644, "everybody (mode 0644)" },
		{ 0660, "by its group (mode 0660); use chmod" },
		{ 0620, "by its group (mode 0620)" },
	};
	struct wax_str text;
	struct wax_err err;

	ck_assert_int_eq(
	    wax_file_read_secret(arena, path, 9, &text, &err), WAX_E_NOTFOUND);
	put_file("geheim", 6);
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		enum wax_status status;

		ck_assert_int_eq(chmod(path, modes[i].mode), 0);
		text = WAX_STR("");
		status = wax_file_read_secret(arena, path, 9, &text, &err);
		if (modes[i].said == NULL) {
			ck_assert_int_eq(status, WAX_OK);
			ck_assert_wax_str_eq(text, "geheim");
			continue;
		}
		ck_assert_int_eq(status, WAX_E_CONFIG);
		ck_assert_msg(strstr(err.text, modes[i].said) != NULL,
		    "%04o: %s", (unsigned)modes[i].mode, err.text);
		ck_assert_wax_str_eq(text, "");
	}
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(
	    wax_file_read_secret(arena, path, 5, &text, &err), WAX_E_LIMIT);
}
END_TEST

static int
hardened(void)
{
	struct rlimit core;
	struct wax_err err;
	mode_t mask;

	if (wax_process_harden(&err) != WAX_OK)
		return 1;
	if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 ||
	    core.rlim_max != 0)
		return 2;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 3;
	mask = umask(0);
	return mask == 07 ? 0 : 4;
}

START_TEST(harden)
{
	ck_assert_int_eq(in_child(hardened), 0);
}
END_TEST

static int
files(void)
{
	struct rlimit limit;
	struct wax_err err;
	size_t got = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 1;
	limit.rlim_cur = 100;
	limit.rlim_max = 200;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 2;
	if (wax_files_raise(150, 150, &got, &err) != WAX_OK || got != 150)
		return 3;
	/* There is enough already: it is not lowered. */
	if (wax_files_raise(120, 120, &got, &err) != WAX_OK || got != 150)
		return 4;
	/* Beyond the hard limit: who may, gets it; others what there is. */
	limit.rlim_max = 201;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return wax_files_raise(300, 300, &got, &err) == WAX_OK &&
		               got == 300
		           ? 0
		           : 5;
	if (wax_files_raise(300, 200, &got, &err) != WAX_OK || got != 200)
		return 6;
	return wax_files_raise(300, 201, &got, &err) == WAX_E_LIMIT ? 0 : 7;
}

/* As somebody who may not raise the hard limit. */
static int
files_of_nobody(void)
{
	if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
		return 8;
	return files();
}

START_TEST(open_files)
{
	ck_assert_int_eq(in_child(files), 0);
	ck_assert_int_eq(in_child(files_of_nobody), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *all = suite_create("sys log");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, syslog_levels);
	tcase_add_test(tcase, json);
	tcase_add_test(tcase, json_long);
	tcase_add_loop_test(
	    tcase, escaped, 0, (int)(sizeof escapes / sizeof escapes[0]));
	tcase_add_test(tcase, length);
	tcase_add_test(tcase, syslogd_comes_late);
	tcase_add_test(tcase, syslogd_restarts);
	tcase_add_test(tcase, syslogd_stalls);
	tcase_add_test(tcase, path_too_long);
	tcase_add_test(tcase, pipe_stalls);
	tcase_add_test(tcase, socket_stalls);
	tcase_add_test(tcase, before_open);
	tcase_add_test(tcase, to_file);
	tcase_add_test(tcase, file_sizes);
	tcase_add_test(tcase, file_kinds);
	tcase_add_test(tcase, file_secrets);
	tcase_add_test(tcase, harden);
	tcase_add_test(tcase, open_files);
	suite_add_tcase(all, tcase);
	return all;
}

Suite *(*const wax_suites[])(void) = { suite, NULL };
