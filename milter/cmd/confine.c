/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/cmd/confine.h"

#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/cmd/rows.h"
#include "milter/cmd/state.h"
#include "milter/sys/log.h"
#include "milter/sys/privileges.h"

/* The directory of a file; NULL if there is no file, "." if none is named. */
static const char *
directory_of(const struct wax_daemon *daemon, const char *path)
{
	struct wax_str s = wax_str_of(path);
	size_t slash = wax_str_rfind(s, '/');

	if (s.n == 0)
		return NULL;
	if (slash == s.n)
		return ".";
	return wax_daemon_text(daemon, wax_str_head(s, slash > 0 ? slash : 1));
}

void
wax_confine_socket_dir(
    const struct wax_daemon *daemon, const struct wax_identity *identity)
{
	const char *path = wax_socket_path(&daemon->socket);

	/* The mail server must get through it: who may, says the socket. */
	if (path != NULL)
		wax_state_make(directory_of(daemon, path), 0755, identity);
}

int
wax_confine_user(struct wax_daemon *daemon, const struct wax_identity *identity,
    struct wax_err *err)
{
	if (identity != NULL && identity->uid == 0)
		wax_log(WAX_LOG_WARNING,
		    "user=%s: it goes on as root, which nothing needs",
		    identity->name);
	else if (identity != NULL &&
	         wax_privileges_drop(identity, err) != WAX_OK)
		return EX_NOPERM;
	/* Root without capabilities could not read what others own. */
	if (geteuid() != 0 && wax_capabilities_drop(err) != WAX_OK)
		return EX_OSERR;
#ifndef WAX_SANITIZED /* a leak checker looks at our memory */
	if (wax_process_harden(err) != WAX_OK)
		return EX_OSERR;
#endif
	return wax_state_check(daemon->state,
	    wax_daemon_text(daemon, daemon->config->state_dir), err);
}

enum wax_status
wax_confine_files(const struct wax_daemon *daemon, struct wax_err *err)
{
	const struct wax_config *config = daemon->config;
	const struct wax_access_rule fixed[] = {
		/* The journal's directory is made again if it goes away. */
		{ wax_daemon_text(daemon, config->state_dir), WAX_ACCESS_MAKE },
		{ directory_of(daemon, wax_socket_path(&daemon->socket)),
		    WAX_ACCESS_WRITE },
		{ directory_of(
		      daemon, wax_daemon_text(daemon, config->pid_file)),
		    WAX_ACCESS_WRITE },
		{ directory_of(daemon, wax_daemon_text(daemon, config->file)),
		    WAX_ACCESS_READ },
		{ wax_daemon_text(daemon, config->psl_file), WAX_ACCESS_READ },
		/* resolv.conf, hosts, localtime, openssl.cnf, and where
		 * resolv.conf often is a link to */
		{ "/etc", WAX_ACCESS_READ },
		{ "/run/systemd/resolve", WAX_ACCESS_READ },
		{ "/run/resolvconf", WAX_ACCESS_READ },
		/* libraries that are loaded late, time zones */
		{ "/usr", WAX_ACCESS_READ },
		{ "/lib", WAX_ACCESS_READ },
		{ "/lib64", WAX_ACCESS_READ },
		{ "/dev/null", WAX_ACCESS_WRITE },
		{ "/dev/urandom", WAX_ACCESS_READ },
		{ "/proc", WAX_ACCESS_READ },
		{ "/sys/devices/system/cpu", WAX_ACCESS_READ },
	};
	struct wax_access_rule
	    rules[sizeof fixed / sizeof fixed[0] + WAX_ROWS_RULES_MAX];
	size_t n = sizeof fixed / sizeof fixed[0];
	enum wax_status status;

	memcpy(rules, fixed, sizeof fixed);
	n += wax_rows_rules(daemon, rules + n);
	status = wax_sandbox_enter(rules, n, err);

	if (status == WAX_E_NOTFOUND) {
		wax_log(
		    WAX_LOG_WARNING, "files are not confined: %s", err->text);
		return WAX_OK;
	}
	return status;
}

void
wax_confine_tidy(const struct wax_daemon *daemon)
{
	const char *pid_file =
	    wax_daemon_text(daemon, daemon->config->pid_file);

	if (pid_file[0] != '\0')
		(void)unlink(pid_file); /* root's: it stays, and is written
					 * anew at the next start */
}
