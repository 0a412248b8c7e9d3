/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * callbacks.h - libmilter, seen from main: register, listen, run, stop.
 */
#ifndef WAX_MILTER_SESSION_CALLBACKS_H
#define WAX_MILTER_SESSION_CALLBACKS_H

#include "milter/session/service.h"

/*
 * Once. `service` and `socket` ("unix:PATH", "inet:PORT@HOST") stay as they
 * are for the life of the process.
 */
enum wax_status wax_milter_register(struct wax_service *service,
    const char *socket, struct wax_err *err) WAX_MUST_USE;

/* Open the listening socket. libmilter writes the reason to syslog only. */
enum wax_status wax_milter_listen(struct wax_err *err) WAX_MUST_USE;

/*
 * Serve until wax_milter_stop(); to be called from a thread with all
 * signals blocked. WAX_E_IO if the library gave up. Callbacks may still be
 * running when it returns.
 */
enum wax_status wax_milter_run(struct wax_err *err) WAX_MUST_USE;

/* Any thread. The listener looks after 5 s, or when it is woken. */
void wax_milter_stop(void);

#endif
