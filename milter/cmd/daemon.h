/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * daemon.h - the parts of the running daemon, and its life after the start.
 */
#ifndef WAX_MILTER_CMD_DAEMON_H
#define WAX_MILTER_CMD_DAEMON_H

#include "milter/cmd/options.h"
#include "milter/cmd/socket.h"
#include "milter/resolver/unbound.h"
#include "milter/session/service.h"
#include "milter/store/importer.h"
#include "milter/sys/sd_notify.h"

/* Lives until the process ends; nothing in it is freed before. */
struct wax_daemon {
	struct wax_options options;
	struct wax_arena *texts;
	struct wax_snapshot *snapshot; /* of the start; later ones are the
					* service's */
	const struct wax_config *config;
	struct wax_socket socket;
	struct wax_sd_notify notify;
	struct wax_engines *engines;
	struct wax_unbound *unbound;
	struct wax_service service;
	struct wax_journal *journal;
	struct wax_importer *importer;
	int signals;   /* readable: a signal came */
	int state;     /* the locked state directory */
	int finished;  /* readable: smfi_main() has returned */
	int finishing; /* its other end */
	pthread_t milter;
	bool milter_failed; /* written before `finishing` */
};

/* Text of the configuration as a C string, which lives as long. */
const char *wax_daemon_text(const struct wax_daemon *daemon, struct wax_str s);

#endif
