/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals, the service manager's socket, and least privilege. What cannot be
 * undone happens in a child of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/sys/sandbox.h"
#include "milter/sys/sd_notify.h"
#include "milter/sys/signals.h"
#include "tests/support/suite.h"

/* The exit status of check() in a child. */
static int
in_child(int (*check)(void))
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(check());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
}

static int
signals_arrive(void)
{
	static const struct {
		int number;
		enum wax_signal expected;
	} rows[] = {
		{ SIGUSR1, WAX_SIGNAL_RELOAD },
		{ SIGUSR2, WAX_SIGNAL_COUNTERS },
		{ SIGTERM, WAX_SIGNAL_STOP },
		{ SIGINT, WAX_SIGNAL_STOP },
	};
	enum wax_signal got;
	sigset_t all;
	int fd;

	/* As a careless parent leaves it. */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	if (wax_signals_install(&fd, NULL) != WAX_OK)
		return 1;
	for (int i = 0; i < 1000; i++)
		(void)raise(SIGHUP);
	(void)raise(SIGPIPE);
	(void)raise(SIGXFSZ);
	if (wax_signals_next(fd, &got))
		return 2;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		(void)raise(rows[i].number);
		if (!wax_signals_next(fd, &got) || got != rows[i].expected)
			return 3;
	}
	/* More than the pipe holds: none blocks, the last one is not all. */
	for (int i = 0; i < 100000; i++)
		(void)raise(SIGUSR1);
	return wax_signals_next(fd, &got) ? 0 : 4;
}

START_TEST(signals)
{
	ck_assert_int_eq(in_child(signals_arrive), 0);
}
END_TEST

/* A manager that listens at `path` ("@": abstract). */
static int
manager(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	memcpy(address.sun_path, path, n);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address,
	                     (socklen_t)(sizeof address.sun_family + n)),
	    0);
	return fd;
}

static void
notify_through(const char *path)
{
	struct wax_sd_notify notify;
	char got[64];
	int fd = manager(path);
	ssize_t n;

	ck_assert_int_eq(setenv("NOTIFY_SOCKET", path, 1), 0);
	wax_sd_notify_open(&notify);
	ck_assert_int_ge(notify.fd, 0);
	wax_sd_notify_send(&notify, "READY=1");
	n = recv(fd, got, sizeof got, 0);
	ck_assert_int_eq(n, 7);
	ck_assert_int_eq(memcmp(got, "READY=1", 7), 0);
	(void)close(fd);
	wax_sd_notify_send(&notify, "STOPPING=1"); /* nobody there: no harm */
	(void)close(notify.fd);
}

START_TEST(notification)
{
	char dir[] = "/tmp/wax-test-XXXXXX";
	char path[64];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/notify", dir);
	notify_through(path);
	(void)unlink(path);
	(void)rmdir(dir);
	(void)snprintf(path, sizeof path, "@wax-test-%d", (int)getpid());
	notify_through(path);
}
END_TEST

START_TEST(notify_nobody)
{
	struct wax_sd_notify notify;
	static const char *const rows[] = { "", "@", "relative/path",
		"/nonexistent/socket" };

	ck_assert_int_eq(unsetenv("NOTIFY_SOCKET"), 0);
	wax_sd_notify_open(&notify);
	ck_assert_int_eq(notify.fd, -1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		ck_assert_int_eq(setenv("NOTIFY_SOCKET", rows[i], 1), 0);
		wax_sd_notify_open(&notify);
		ck_assert_msg(notify.fd == -1, "%s", rows[i]);
		wax_sd_notify_send(&notify, "READY=1");
	}
}
END_TEST

START_TEST(watchdog)
{
	static const struct {
		const char *usec, *pid; /* pid "": our own; NULL: unset */
		int64_t expected;
	} rows[] = {
		{ NULL, NULL, 0 },
		{ "30000000", NULL, 15000 },
		{ "30000000", "", 15000 },
		{ "30000000", "1", 0 }, /* meant for another process */
		{ "1", NULL, 1 },
		{ "soon", NULL, 0 },
		{ "30000000", "x", 0 },
	};
	char path[64], own[16];
	struct wax_sd_notify notify;
	int fd;

	(void)snprintf(path, sizeof path, "@wax-dog-%d", (int)getpid());
	(void)snprintf(own, sizeof own, "%d", (int)getpid());
	fd = manager(path);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", path, 1), 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		(void)unsetenv("WATCHDOG_USEC");
		(void)unsetenv("WATCHDOG_PID");
		if (rows[i].usec != NULL)
			(void)setenv("WATCHDOG_USEC", rows[i].usec, 1);
		if (rows[i].pid != NULL)
			(void)setenv("WATCHDOG_PID",
			    rows[i].pid[0] != '\0' ? rows[i].pid : own, 1);
		wax_sd_notify_open(&notify);
		ck_assert_msg(notify.watchdog_ms == rows[i].expected,
		    "row %zu: %lld", i, (long long)notify.watchdog_ms);
		(void)close(notify.fd);
	}
	(void)close(fd);
}
END_TEST

/* Directories of the Landlock test, made by its parent. */
static char base[] = "/tmp/wax-test-XXXXXX";
static char readable[64], writable[64], closed[64];

static void
put(const char *dir)
{
	char path[96];
	int fd;

	ck_assert_int_eq(mkdir(dir, 0700), 0);
	(void)snprintf(path, sizeof path, "%s/file", dir);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	(void)close(fd);
}

static void
take(const char *dir)
{
	char path[96];

	(void)snprintf(path, sizeof path, "%s/file", dir);
	(void)unlink(path);
	(void)rmdir(dir);
}

/* 0 or an errno. */
static int
try(const char *dir, const char *name, int flags)
{
	char path[96];
	int fd;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

static int
sandbox_closes(void)
{
	char own[96];
	const struct wax_access_rule rules[] = {
		{ readable, WAX_ACCESS_READ },
		{ writable, WAX_ACCESS_WRITE },
		{ "/tmp/no/such/place", WAX_ACCESS_WRITE },
		{ "/dev/null", WAX_ACCESS_WRITE }, /* not a directory */
		{ NULL, WAX_ACCESS_READ },
	};
	struct wax_err err;
	enum wax_status status =
	    wax_sandbox_enter(rules, sizeof rules / sizeof rules[0], &err);

	if (status == WAX_E_NOTFOUND)
		return 77; /* this kernel has none */
	if (status != WAX_OK)
		return 1;
	(void)snprintf(own, sizeof own, "%s/new", writable);
	if (try(readable, "file", O_RDONLY) != 0)
		return 2;
	if (try(readable, "file", O_RDWR) != EACCES)
		return 3;
	if (try(readable, "new", O_CREAT | O_WRONLY) != EACCES)
		return 4;
	if (try(writable, "file", O_RDWR | O_TRUNC) != 0)
		return 5;
	if (try(writable, "new", O_CREAT | O_WRONLY) != 0 || unlink(own) != 0)
		return 6;
	if (try(closed, "file", O_RDONLY) != EACCES)
		return 7;
	if (try("/dev", "null", O_RDWR) != 0)
		return 8;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 9;
}

START_TEST(sandbox)
{
	int status;

	ck_assert_ptr_nonnull(mkdtemp(base));
	(void)snprintf(readable, sizeof readable, "%s/r", base);
	(void)snprintf(writable, sizeof writable, "%s/w", base);
	(void)snprintf(closed, sizeof closed, "%s/c", base);
	put(readable);
	put(writable);
	put(closed);
	status = in_child(sandbox_closes);
	take(readable);
	take(writable);
	take(closed);
	(void)rmdir(base);
	if (status == 77)
		(void)fprintf(stderr, "NOTE: this kernel has no Landlock;"
		                      " only its absence was tested\n");
	else
		ck_assert_int_eq(status, 0);
}
END_TEST

static int
capabilities_are_gone(void)
{
	cap_t now;
	char *text;
	bool none;

	if (wax_capabilities_drop(NULL) != WAX_OK)
		return 1;
	now = cap_get_proc();
	text = cap_to_text(now, NULL);
	none = text != NULL && strcmp(text, "=") == 0;
	(void)cap_free(text);
	(void)cap_free(now);
	if (!none)
		return 2;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 4;
}

START_TEST(capabilities)
{
	ck_assert_int_eq(in_child(capabilities_are_gone), 0);
}
END_TEST

static int
privileges_are_gone(void)
{
	struct wax_identity nobody;
	struct wax_err err;
	enum wax_status status;

	if (wax_identity_find("nobody", NULL, &nobody, &err) != WAX_OK)
		return 1;
	if (setenv("HOME", "/root", 1) != 0)
		return 1;
	status = wax_privileges_drop(&nobody, &err);
	if (getuid() != 0 && status != WAX_OK)
		return 0; /* started without the right to */
	if (status != WAX_OK)
		return 2;
	if (getuid() != nobody.uid || geteuid() != nobody.uid ||
	    getgid() != nobody.gid || getegid() != nobody.gid)
		return 3;
	if (strcmp(getenv("HOME"), getpwnam("nobody")->pw_dir) != 0)
		return 5;
	return setuid(0) != 0 ? 0 : 4;
}

START_TEST(privileges)
{
	ck_assert_int_eq(in_child(privileges_are_gone), 0);
}
END_TEST

START_TEST(identities)
{
	struct wax_identity identity;
	struct wax_err err;
	gid_t gid;

	ck_assert_int_eq(
	    wax_identity_find("no-such-user", NULL, &identity, &err),
	    WAX_E_NOTFOUND);
	ck_assert_str_eq(err.text,
	    "user \"no-such-user\" does not exist; make it, or set user");
	ck_assert_int_eq(
	    wax_identity_find("root", "no-such-group", &identity, &err),
	    WAX_E_NOTFOUND);
	ck_assert_int_eq(
	    wax_identity_find("root", "", &identity, &err), WAX_OK);
	ck_assert_uint_eq(identity.uid, 0);
	ck_assert_str_eq(identity.name, "root");
	ck_assert_int_eq(wax_identity_find("0", "7", &identity, &err), WAX_OK);
	ck_assert_str_eq(identity.name, "root");
	ck_assert_uint_eq(identity.gid, 7);
	ck_assert_int_eq(wax_group_find("root", &gid, &err), WAX_OK);
	ck_assert_uint_eq(gid, 0);
}
END_TEST

static Suite *
sandbox_suite(void)
{
	Suite *suite = suite_create("sys: signals, sd_notify, sandbox");
	TCase *tcase = tcase_create("all");

	tcase_add_test(tcase, signals);
	tcase_add_test(tcase, notification);
	tcase_add_test(tcase, notify_nobody);
	tcase_add_test(tcase, watchdog);
	tcase_add_test(tcase, sandbox);
	tcase_add_test(tcase, capabilities);
	tcase_add_test(tcase, privileges);
	tcase_add_test(tcase, identities);
	suite_add_tcase(suite, tcase);
	return suite;
}

Suite *(*const wax_suites[])(void) = { sandbox_suite, NULL };
