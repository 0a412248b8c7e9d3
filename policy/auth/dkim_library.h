/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim_library.h - what the DKIM adapter asks of libopendkim.
 *
 * The library gets signatures that dkim_signature.c accepted, found plain
 * (is_plain) and for which a usable key is at hand; it gets the fields that
 * those sign and nothing else, no body, no clock and no DNS. It says whether
 * the signature is that of the key over the header. Bodies are hashed by
 * canon.c, once for all signatures of a kind. Where the library has no
 * verdict the adapter finds one itself: no trouble of the library's becomes a
 * message's.
 */
#ifndef WAX_POLICY_AUTH_DKIM_LIBRARY_H
#define WAX_POLICY_AUTH_DKIM_LIBRARY_H

#include "policy/auth/dkim_signature.h"
#include "policy/auth/engines_impl.h"
#include "policy/auth/keyrec.h"
#include "policy/mail/field.h"

enum wax_library_verdict {
	WAX_LIBRARY_NO_VERDICT, /* it reads the signature otherwise than we
	                         * do, or failed */
	WAX_LIBRARY_GOOD,
	WAX_LIBRARY_BAD /* key and signature do not fit */
};

/* One signature to verify. */
struct wax_library_job {
	size_t position; /* of its field */
	const struct wax_dkim_tags *tags;
	struct wax_keyrec key;            /* usable */
	enum wax_library_verdict verdict; /* out */
};

/*
 * Jobs are in the order of their fields; is_signed[i] says of each field
 * whether one of them signs it. Never blocks.
 */
void wax_dkim_library_verify(struct dkim_lib *lib,
    const struct wax_field *fields, const bool *is_signed, size_t n_fields,
    struct wax_library_job *jobs, size_t n_jobs);

#endif
