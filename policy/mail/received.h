/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * received.h - the client that a Received field names.
 *
 * For fields that a mail server of ours wrote, to know whom it had the
 * message from. What it can tell is in the first clause, and each mail
 * server has its own way to write it (RFC 5321 s4.4 leaves it to comments):
 *
 *   Postfix    from HELO (NAME [ADDRESS])
 *   Sendmail   from HELO (NAME [ADDRESS]), (IDENT@NAME [ADDRESS] (may be
 *              forged)), ([ADDRESS])
 *   Exim       from NAME ([ADDRESS]:PORT helo=HELO ident=IDENT),
 *              from [ADDRESS] (port=PORT helo=HELO ident=IDENT)
 *   Exchange   from HELO (ADDRESS) by HOST (ADDRESS) with Microsoft SMTP
 *              Server, from HELO ([ADDRESS])
 *
 * The HELO is the client's to choose, and stands in front of the address in
 * most of them. So the syntax is strict, and a field in which a second
 * address stands behind the clause is not read at all: whatever a server let
 * the client say, its own part is the last of them. Nothing is guessed.
 *
 * That a server of ours wrote the field is for the caller to know.
 */
#ifndef WAX_POLICY_MAIL_RECEIVED_H
#define WAX_POLICY_MAIL_RECEIVED_H

#include "policy/base/ip.h"

struct wax_received {
	struct wax_ip client;       /* never WAX_IP_NONE */
	struct wax_str client_name; /* as verified there; empty: none */
	struct wax_str helo;        /* as said; empty: none is known */
};

/*
 * Read a field's value as received, at most WAX_RECEIVED_BYTES_MAX octets.
 * The texts point into `raw`. False: it does not say who the client was, or
 * not in one of these ways; then `out` is not touched.
 */
bool wax_received_parse(struct wax_str raw, struct wax_received *out)
    WAX_MUST_USE;

#endif
