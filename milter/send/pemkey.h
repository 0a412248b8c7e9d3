/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pemkey.h - what kind of private key a PEM file holds.
 *
 * libopendkim signs with whatever it is given (an RSA key as Ed25519, too)
 * and would ask a terminal for the passphrase of an encrypted one: so we look
 * first. Nothing is computed with the key here.
 */
#ifndef WAX_MILTER_SEND_PEMKEY_H
#define WAX_MILTER_SEND_PEMKEY_H

#include "policy/base/str.h"

enum wax_pemkey_kind {
	WAX_PEMKEY_NONE, /* no private key in PEM, or a damaged one */
	WAX_PEMKEY_ENCRYPTED,
	WAX_PEMKEY_OTHER, /* neither RSA nor Ed25519 */
	WAX_PEMKEY_RSA,
	WAX_PEMKEY_ED25519
};

struct wax_pemkey {
	enum wax_pemkey_kind kind;
	struct wax_str pem; /* the first key of the text, BEGIN to END */
	size_t bits;        /* of an RSA modulus */
};

struct wax_pemkey wax_pemkey_read(struct wax_arena *arena, struct wax_str text);

#endif
