/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/sys/sd_notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "policy/base/str.h"

/* Twice as often as asked for, so that one late beat does no harm. */
static int64_t
watchdog_ms(void)
{
	struct wax_str usec = wax_str_of(getenv("WATCHDOG_USEC"));
	struct wax_str pid = wax_str_of(getenv("WATCHDOG_PID"));
	unsigned long n;

	if (pid.n > 0 &&
	    (!wax_str_number(pid, INT32_MAX, &n) || (pid_t)n != getpid()))
		return 0;
	if (!wax_str_number(usec, INT32_MAX, &n))
		return 0;
	return n >= 2000 ? (int64_t)(n / 2000) : 1;
}

void
wax_sd_notify_open(struct wax_sd_notify *notify)
{
	struct wax_str path = wax_str_of(getenv("NOTIFY_SOCKET"));
	struct sockaddr_un address;
	socklen_t size;

	notify->fd = -1;
	notify->watchdog_ms = 0;
	memset(&address, 0, sizeof address);
	if (path.n < 2 || path.n >= sizeof address.sun_path)
		return;
	if (path.p[0] != '/' && path.p[0] != '@')
		return;
	address.sun_family = AF_UNIX;
	memcpy(address.sun_path, path.p, path.n);
	/* "@" stands for the NUL of an abstract name. */
	if (path.p[0] == '@')
		address.sun_path[0] = '\0';
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.n);
	notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify->fd < 0)
		return;
	if (connect(notify->fd, (const struct sockaddr *)&address, size) != 0) {
		(void)close(notify->fd);
		notify->fd = -1;
		return;
	}
	notify->watchdog_ms = watchdog_ms();
}

void
wax_sd_notify_send(const struct wax_sd_notify *notify, const char *state)
{
	if (notify->fd < 0)
		return;
	/* A manager that does not listen is not waited for. */
	(void)send(
	    notify->fd, state, strlen(state), MSG_DONTWAIT | MSG_NOSIGNAL);
}
