/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * submit.h - hand a message to an SMTP server.               RFC 5321
 *
 * The only file that knows libcurl. One connection is kept and used again.
 */
#ifndef WAX_MILTER_SEND_SUBMIT_H
#define WAX_MILTER_SEND_SUBMIT_H

#include "policy/base/status.h"
#include "policy/base/str.h"

struct wax_submitter;

struct wax_submit_options {
	const char *url; /* smtp://[USER@]HOST[:PORT], smtps://... */
	/* First line is the password; NULL or "": no login. The only place a
	 * password may come from. */
	const char *password_file;
	const char *helo;    /* our name; NULL: the system's */
	bool needs_tls;      /* STARTTLS is a must; else used if offered */
	const char *ca_file; /* whom to trust; NULL: as the system does */
	int timeout_s;       /* of one message as a whole */
};

enum wax_status wax_submitter_open(const struct wax_submit_options *options,
    struct wax_submitter **out, struct wax_err *err) WAX_MUST_USE;

enum wax_submit_result {
	WAX_SUBMITTED, /* the server answered 2xx to the message */
	/* 4xx; no time left, or the connection was lost, after MAIL FROM,
	 * behind the final dot, too: again later, the same octets. */
	WAX_SUBMIT_LATER,
	WAX_SUBMIT_NEVER, /* 5xx to this recipient or message */
	/* Not about this message: no such host, no connection, a greeting or
	 * a login or a sender (MAIL FROM) that is refused, no TLS. All others
	 * would fail the same way. */
	WAX_SUBMIT_BROKEN
};

/* `why` gets one line, printable, at most 200 octets; empty when submitted. */
enum wax_submit_result wax_submit(struct wax_submitter *submitter,
    struct wax_arena *arena, struct wax_str from, struct wax_str to,
    struct wax_str message, struct wax_str *why);

void wax_submitter_close(struct wax_submitter *submitter);

#endif
