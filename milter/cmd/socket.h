/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket.h - the socket that the MTA connects to.
 *
 * libmilter opens it, and hides both its descriptor and the reason when it
 * cannot. So the place is tried first, and the descriptor looked for after:
 * it is needed for TCP_NODELAY (without which each verdict over TCP waits
 * 40 ms for a delayed ACK; accepted connections inherit it), for read-ahead
 * (milter/session/README.md), and as a last resort to wake the listener at the end (which otherwise looks after 5 s).
 *
 * What fails returns an exit status of sysexits.h, and says why in `err`.
 */
#ifndef WAX_MILTER_CMD_SOCKET_H
#define WAX_MILTER_CMD_SOCKET_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "milter/sys/sandbox.h"
#include "policy/base/str.h"

struct wax_socket {
	const char *text; /* as configured; outlives this */
	union {
		struct sockaddr any;
		struct sockaddr_un local;
		struct sockaddr_storage storage;
	} address;
	socklen_t size;
	/* Of the listening socket: libmilter's own descriptor, which libmilter
	 * closes, and a copy of it. -1 before it is open. */
	int listener, fd;
};

/* "unix:PATH", "local:PATH", "inet:PORT@HOST", "inet6:PORT@HOST". */
int wax_socket_parse(
    const char *text, struct wax_socket *out, struct wax_err *err) WAX_MUST_USE;

/* The path of a unix socket, or NULL. */
const char *wax_socket_path(const struct wax_socket *socket);

/*
 * Make sure that the place is ours: a unix socket that nobody answers on is
 * removed, only then; EX_UNAVAILABLE if somebody does. Everything else that
 * could be in the way is found by binding to it for a moment.
 */
int wax_socket_claim(const struct wax_socket *socket, struct wax_err *err)
    WAX_MUST_USE;

/* Of a unix socket; -1 leaves what it is. */
struct wax_socket_access {
	mode_t mode;
	uid_t owner;
	gid_t group;
};

/* Let `listen` (libmilter's) open it; too narrow at first, never too wide. */
int wax_socket_open(struct wax_socket *socket,
    enum wax_status (*listen)(struct wax_err *err),
    const struct wax_socket_access *access, struct wax_err *err) WAX_MUST_USE;

/* Connect to it, and leave at once: libmilter gets a worker for that. Never
 * waits; any thread. */
void wax_socket_nudge(const struct wax_socket *socket);

/*
 * Wake the listener once, so that it sees that it has to stop: by a
 * connection, or where we may not connect, or if `hard`, by closing the
 * socket under it (then libmilter logs an error of accept()).
 */
void wax_socket_wake(const struct wax_socket *socket, bool hard);

#endif
