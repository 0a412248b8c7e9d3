/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sign.h - the DKIM signature of our own reports.            RFC 6376 s5
 *
 * The second door of libopendkim. rsa-sha256 and ed25519-sha256, relaxed
 * header, relaxed body; From, To, Subject, Date, Message-ID, MIME fields and
 * Auto-Submitted are signed, From twice.
 */
#ifndef WAX_MILTER_SEND_SIGN_H
#define WAX_MILTER_SEND_SIGN_H

#include <stdint.h>

#include "policy/base/status.h"
#include "policy/base/str.h"

struct wax_signer;

/*
 * WAX_E_CONFIG: the key cannot be used; the text says which file and why
 * (not there, not readable, readable by everybody, not PEM, too short).
 */
enum wax_status wax_signer_open(const char *domain, const char *selector,
    const char *key_file, struct wax_signer **out, struct wax_err *err)
    WAX_MUST_USE;

/* The message with its signature in front. */
enum wax_status wax_sign(struct wax_signer *signer, struct wax_arena *arena,
    struct wax_str message, int64_t now, struct wax_str *out,
    struct wax_err *err) WAX_MUST_USE;

void wax_signer_close(struct wax_signer *signer); /* NULL is allowed */

#endif
