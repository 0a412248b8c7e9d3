/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smtp_url.h - the address of an SMTP server as the operator writes it:
 * smtp://[USER@]HOST[:PORT] or smtps://..., and nothing behind it.
 *
 * Read by us, not by the library that connects: what it would find in a URL
 * beside these (a password, a path, options) has no place here.
 */
#ifndef WAX_MILTER_SEND_SMTP_URL_H
#define WAX_MILTER_SEND_SMTP_URL_H

#include "policy/base/status.h"
#include "policy/base/str.h"

struct wax_smtp_url {
	bool is_tls;         /* smtps: TLS from the first octet */
	struct wax_str user; /* percent-encoding undone; empty: no login */
	struct wax_str host; /* a name, or an address without brackets */
	bool is_ipv6;
	bool is_loopback; /* 127.0.0.0/8, ::1, localhost */
	unsigned port;    /* 25 and 465, if none is given */
};

/* WAX_E_CONFIG, with what to write instead. */
enum wax_status wax_smtp_url_parse(struct wax_arena *arena, struct wax_str text,
    struct wax_smtp_url *out, struct wax_err *err) WAX_MUST_USE;

#endif
