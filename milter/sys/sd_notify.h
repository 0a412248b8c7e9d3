/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sd_notify.h - the service manager's notification socket.
 *
 * The protocol is one datagram of KEY=VALUE lines to the socket that
 * $NOTIFY_SOCKET names; that is all of libsystemd that a daemon needs.
 */
#ifndef WAX_MILTER_SYS_SD_NOTIFY_H
#define WAX_MILTER_SYS_SD_NOTIFY_H

#include <stdint.h>

struct wax_sd_notify {
	int fd;              /* -1: nobody to tell */
	int64_t watchdog_ms; /* 0: none is kept */
};

/*
 * Reads the environment and connects; do it before privileges are dropped.
 * A manager that cannot be reached is nobody to tell, not an error.
 */
void wax_sd_notify_open(struct wax_sd_notify *notify);

/* "READY=1", "STOPPING=1", "WATCHDOG=1" ... Never blocks. */
void wax_sd_notify_send(const struct wax_sd_notify *notify, const char *state);

#endif
