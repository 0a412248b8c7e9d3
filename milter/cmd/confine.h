/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confine.h - which rights sealwaxd gives up, and what it keeps.
 */
#ifndef WAX_MILTER_CMD_CONFINE_H
#define WAX_MILTER_CMD_CONFINE_H

#include "milter/cmd/daemon.h"
#include "milter/sys/sandbox.h"

/* A unix socket's directory, if its last part is missing, for `identity`
 * (NULL: us). What cannot be made is noticed when the socket is claimed. */
void wax_confine_socket_dir(
    const struct wax_daemon *daemon, const struct wax_identity *identity);

/*
 * Become `identity` (NULL: we came as an ordinary user), give up every
 * capability, and see whether the state directory can be written. A status
 * of sysexits.h.
 */
int wax_confine_user(struct wax_daemon *daemon,
    const struct wax_identity *identity, struct wax_err *err) WAX_MUST_USE;

/* Files: the state directory, the socket's and that of the store can be
 * written, the configuration and what libraries read can be read; nothing
 * else. */
enum wax_status wax_confine_files(
    const struct wax_daemon *daemon, struct wax_err *err) WAX_MUST_USE;

/* At the end: the pid file and the socket go, if they may. */
void wax_confine_tidy(const struct wax_daemon *daemon);

#endif
