/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sealwaxd.c - the mail filter daemon: its start, in the only safe order.
 *
 * What follows the start is lifecycle.h.
 */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/cmd/background.h"
#include "milter/cmd/confine.h"
#include "milter/cmd/daemon.h"
#include "milter/cmd/lifecycle.h"
#include "milter/cmd/rows.h"
#include "milter/cmd/state.h"
#include "milter/conf/import.h"
#include "milter/session/callbacks.h"
#include "milter/session/readahead.h"
#include "milter/sys/log.h"
#include "milter/sys/privileges.h"
#include "milter/sys/signals.h"

#if defined __SANITIZE_ADDRESS__
#define LOOKS_FOR_LEAKS
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define LOOKS_FOR_LEAKS
#endif
#endif
#ifdef LOOKS_FOR_LEAKS
#include <sanitizer/lsan_interface.h>
#endif

/* Beside one for each session: DNS questions, log, store, library. */
#define DESCRIPTORS_BESIDE 512
#define DESCRIPTORS_MIN 128
/* Several times what any thread needs. */
#define THREAD_STACK_BYTES (1024UL * 1024)

/* At the start, everything is said where it was started, too. */
static int
refuse(int status, const struct wax_err *err)
{
	(void)fprintf(stderr, "sealwaxd: %s\n", err->text);
	wax_log(WAX_LOG_ERROR, "not started: %s", err->text);
	return status;
}

static void
print_line(void *arg, const char *line)
{
	(void)arg;
	(void)fprintf(stderr, "sealwaxd: %s\n", line);
}

static void
print_warning(void *arg, const char *line)
{
	(void)arg;
	(void)fprintf(stderr, "sealwaxd: warning: %s\n", line);
}

const char *
wax_daemon_text(const struct wax_daemon *daemon, struct wax_str s)
{
	const char *z = wax_str_z(daemon->texts, s);

	return z != NULL ? z : "";
}

/* 0 or an exit status; every error was printed. */
static int
read_configuration(struct wax_daemon *daemon, wax_config_report *on_warning)
{
	const char *file = daemon->options.source.file;

	if (file == NULL)
		file = WAX_CONFIG_FILE;
	wax_snapshot_unref(daemon->snapshot);
	daemon->snapshot = wax_config_load(
	    &daemon->options.source, print_line, on_warning, NULL);
	if (daemon->snapshot == NULL)
		return access(file, R_OK) != 0 && errno == EACCES ? EX_NOPERM
		                                                  : EX_CONFIG;
	daemon->config = wax_snapshot_config(daemon->snapshot);
	return 0;
}

static void
ignore_line(void *arg, const char *line)
{
	(void)arg;
	(void)line; /* it was said when the file was first read */
}

static int
import(const struct wax_options *options)
{
	const struct wax_import_source source = {
		.n_files = options->n_imports,
		.file = options->import,
	};

	switch (wax_import(&source, stdout, print_line, NULL)) {
	case WAX_IMPORT_DONE:
		return EX_OK;
	case WAX_IMPORT_NO_INPUT:
		return EX_NOINPUT;
	case WAX_IMPORT_BAD_INPUT:
		break;
	}
	return EX_CONFIG;
}

/* Tasks that end at once: a status, or -1 if it is to serve. */
static int
do_task(struct wax_daemon *daemon)
{
	int status;

	switch (daemon->options.task) {
	case WAX_TASK_SERVE:
		return -1;
	case WAX_TASK_VERSION:
		(void)printf("sealwaxd %s\n", PACKAGE_VERSION);
		return EX_OK;
	case WAX_TASK_HELP:
		wax_options_help(stdout);
		return EX_OK;
	case WAX_TASK_IMPORT:
		return import(&daemon->options);
	case WAX_TASK_CHECK:
	case WAX_TASK_DUMP:
	case WAX_TASK_DUMP_CHANGED:
		break;
	}
	status = read_configuration(daemon, print_warning);
	if (status == 0 && daemon->options.task != WAX_TASK_CHECK)
		wax_config_dump(daemon->snapshot,
		    daemon->options.task == WAX_TASK_DUMP_CHANGED, stdout);
	return status;
}

/* One descriptor a session, and more. */
static int
raise_descriptors(const struct wax_config *config, struct wax_err *err)
{
	size_t wanted = config->max_sessions + DESCRIPTORS_BESIDE;
	size_t got;
	enum wax_status status =
	    wax_files_raise(wanted, DESCRIPTORS_MIN, &got, err);

	if (status != WAX_OK)
		return EX_OSERR;
	if (got < wanted)
		wax_log(WAX_LOG_WARNING,
		    "only %zu files may be open, %zu are needed for"
		    " max-sessions = %zu; raise LimitNOFILE= of the unit, or"
		    " ulimit -n",
		    got, wanted, config->max_sessions);
	return 0;
}

static int
open_log(const struct wax_daemon *daemon, struct wax_err *err)
{
	const struct wax_config *config = daemon->config;
	const struct wax_log_options options = {
		.to_syslog = config->log_to == WAX_LOG_TO_SYSLOG,
		.is_json = config->log_json,
		.facility = config->syslog_facility,
		.name = wax_daemon_text(daemon, config->syslog_name),
	};
	enum wax_status status = wax_log_open(&options, err);

	/* Nobody listens there yet: lines are counted until somebody does. */
	if (status == WAX_E_TEMP)
		(void)fprintf(stderr, "sealwaxd: warning: %s\n", err->text);
	return status == WAX_OK || status == WAX_E_TEMP ? 0 : EX_OSERR;
}

/* Lock, socket, pid file: what needs the rights we came with. */
static int
open_places(struct wax_daemon *daemon, const struct wax_identity *identity,
    struct wax_err *err)
{
	const struct wax_config *config = daemon->config;
	struct wax_socket_access access = {
		.mode = config->socket_mode,
		.owner = identity != NULL ? identity->uid : (uid_t)-1,
		.group = identity != NULL ? identity->gid : (gid_t)-1,
	};
	int status;

	if (config->socket_group.n > 0 &&
	    wax_group_find(wax_daemon_text(daemon, config->socket_group),
	        &access.group, err) != WAX_OK)
		return EX_CONFIG;
	status = wax_state_lock(wax_daemon_text(daemon, config->state_dir),
	    identity, &daemon->state, err);
	if (status == 0)
		status =
		    wax_socket_parse(wax_daemon_text(daemon, config->socket),
		        &daemon->socket, err);
	if (status == 0) {
		wax_confine_socket_dir(daemon, identity);
		status = wax_socket_claim(&daemon->socket, err);
	}
	if (status != 0)
		return status;
	if (wax_milter_register(&daemon->service, daemon->socket.text, err) !=
	    WAX_OK)
		return EX_CONFIG;
	status =
	    wax_socket_open(&daemon->socket, wax_milter_listen, &access, err);
	wax_readahead_watch(daemon->socket.listener);
	if (status == 0)
		status = wax_pid_file_write(
		    wax_daemon_text(daemon, config->pid_file), err);
	return status;
}

/* A message is about to wait for the DNS (milter/session/waiting.h). */
static void
on_wait(void *arg)
{
	const struct wax_daemon *daemon = arg;

	wax_socket_nudge(&daemon->socket);
}

/* What is opened once, and the threads. */
static int
start_service(struct wax_daemon *daemon, struct wax_err *err)
{
	const struct wax_config *config = daemon->config;
	const struct wax_engine_options engines = {
		.spf = config->spf_engine,
		.org = config->org_method,
		.psl_file = wax_daemon_text(daemon, config->psl_file),
	};
	const struct wax_unbound_options dns = {
		.n_servers = config->resolver.n,
		.server = config->resolver.v,
		.cache_bytes = config->dns_cache_bytes,
		.cache_entries = config->dns_cache_entries,
	};
	int status;

	daemon->engines = wax_engines_open(&engines, err);
	if (daemon->engines == NULL)
		return EX_CONFIG;
	daemon->unbound = wax_unbound_open(&dns, err);
	if (daemon->unbound == NULL)
		return err->status == WAX_E_CONFIG ? EX_CONFIG : EX_OSERR;
	status = wax_rows_open(daemon, err);
	if (status != 0)
		return status;
	if (wax_confine_files(daemon, err) != WAX_OK)
		return EX_OSERR;
	wax_service_init(&daemon->service, daemon->engines,
	    wax_unbound_resolver(daemon->unbound),
	    wax_snapshot_ref(daemon->snapshot));
	daemon->service.on_wait = on_wait;
	daemon->service.on_wait_arg = daemon;
	daemon->service.journal = daemon->journal;
	if (wax_unbound_start(daemon->unbound, err) != WAX_OK ||
	    wax_rows_start(daemon, err) != WAX_OK ||
	    wax_lifecycle_start(daemon, err) != WAX_OK)
		return EX_OSERR;
	return 0;
}

/* What needs the rights we came with, and giving them up. */
static int
open_and_drop(struct wax_daemon *daemon, struct wax_err *err)
{
	const struct wax_config *config = daemon->config;
	struct wax_identity found;
	const struct wax_identity *identity = NULL;
	int status = raise_descriptors(config, err);

	if (status != 0)
		return status;
	if (geteuid() == 0) {
		if (wax_identity_find(wax_daemon_text(daemon, config->user),
		        wax_daemon_text(daemon, config->group), &found,
		        err) != WAX_OK)
			return EX_CONFIG;
		identity = &found;
	}
	status = open_places(daemon, identity, err);
	return status != 0 ? status : wax_confine_user(daemon, identity, err);
}

/* From the configuration to the threads; 0 or an exit status. */
static int
start(struct wax_daemon *daemon)
{
	struct wax_err err;
	int status;

	if (wax_signals_install(&daemon->signals, &err) != WAX_OK)
		return refuse(EX_OSERR, &err);
	status = read_configuration(daemon, print_warning);
	if (status != 0)
		return status;
	status = open_log(daemon, &err);
	if (status != 0)
		return refuse(status, &err);
	wax_sd_notify_open(&daemon->notify);
	status = open_and_drop(daemon, &err);
	if (status != 0)
		return refuse(status, &err);
	/* What the user cannot read fails now, not at the first reload. */
	status = read_configuration(daemon, ignore_line);
	if (status != 0)
		return status;
	status = start_service(daemon, &err);
	return status != 0 ? refuse(status, &err) : 0;
}

/*
 * The end of the process. libmilter's workers may still run: nothing is
 * freed. A build with sanitizers looks for leaks first, and before the exit
 * handler of OpenSSL, which forgets what these threads own.
 */
static void leave(int status) __attribute__((noreturn));
static void
leave(int status)
{
#ifdef LOOKS_FOR_LEAKS
	__lsan_do_leak_check();
#endif
#ifdef WAX_SANITIZED
	exit(status);
#else
	_exit(status);
#endif
}

static int
serve(struct wax_daemon *daemon)
{
	struct wax_err err;
	int ready = -1;
	int status;

	if (wax_background_fill_standard(&err) != WAX_OK)
		return refuse(EX_OSERR, &err);
	if (!daemon->options.foreground) {
		wax_options_absolute(&daemon->options);
		if (wax_background_fork(&ready, &err) != WAX_OK)
			return refuse(EX_OSERR, &err);
	}
	status = start(daemon);
	if (status != 0)
		return status;
	wax_sd_notify_send(&daemon->notify, "READY=1");
	if (!daemon->options.foreground)
		wax_background_ready(
		    ready, daemon->config->log_to == WAX_LOG_TO_STDERR);
	wax_lifecycle_announce(daemon);
	status = wax_lifecycle_run(daemon);
	wax_confine_tidy(daemon);
	return status;
}

/* Fails for values that make no sense; then malloc does as it likes. */
static void
tame_malloc(void)
{
#ifdef M_ARENA_MAX
	/* Else most of the memory at 200 threads is glibc's arenas. */
	(void)mallopt(M_ARENA_MAX, 4);
#endif
#ifdef M_MMAP_THRESHOLD
	/* The large blocks of messages that are over go back to the system:
	 * else 60 MB stay behind 200 sessions of 1 MB, for good. */
	(void)mallopt(M_MMAP_THRESHOLD, 64 * 1024);
#endif
}

/*
 * libmilter makes and ends workers as sessions come and go. The C library
 * keeps the stacks of 40 MB in all for the next ones; of the usual 8 MB that
 * would be five.
 */
static void
tame_threads(void)
{
#ifdef __GLIBC__
	pthread_attr_t attr;
	size_t size;

	if (pthread_getattr_default_np(&attr) != 0)
		return;
	if (pthread_attr_getstacksize(&attr, &size) == 0 &&
	    size > THREAD_STACK_BYTES &&
	    pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES) == 0)
		(void)pthread_setattr_default_np(&attr);
	(void)pthread_attr_destroy(&attr);
#endif
}

int
main(int argc, char **argv)
{
	static struct wax_daemon daemon; /* libmilter's threads outlive main */
	int status;

	tame_malloc();
	tame_threads();
	daemon.texts = wax_arena_new("texts", 0);
	status = wax_options_parse(argc, argv, &daemon.options);
	daemon.options.source.is_daemon = true;
	if (status != 0)
		return status;
	status = do_task(&daemon);
	if (status >= 0) {
		wax_snapshot_unref(daemon.snapshot);
		/* A listing that is cut short is no listing. */
		if (fflush(stdout) != 0 || ferror(stdout) != 0)
			return EX_OSERR;
		return status;
	}
	status = serve(&daemon);
	(void)fflush(NULL);
	leave(status);
}
