/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bounce.h - what a message says that came back: which report of ours was not
 * delivered, to whom, and whether for good.             RFC 3464, RFC 3834
 *
 * Whether it is about a report that we have sent is for the caller to look
 * up: anybody can send such a message.
 */
#ifndef WAX_MILTER_SEND_BOUNCE_H
#define WAX_MILTER_SEND_BOUNCE_H

#include "policy/base/status.h"
#include "policy/base/str.h"

enum wax_bounce_kind {
	WAX_BOUNCE_NONE,  /* no bounce: a person's mail, an automatic reply */
	WAX_BOUNCE_LATER, /* nothing final: delayed, delivered, relayed */
	WAX_BOUNCE_FAILED /* for good */
};

struct wax_bounced {
	struct wax_str address; /* lower case; hostile */
	struct wax_str why;     /* hostile, one line */
};

struct wax_bounce {
	enum wax_bounce_kind kind;
	/* With WAX_BOUNCE_FAILED: who did not get it, as recipients of the
	 * notification and as they were written by the sender; those of a
	 * plain text only if it names them in a field of its own. */
	size_t n;
	const struct wax_bounced *bounced;
	/* Report-IDs that it may be about: what stands in it as one. */
	size_t n_ids;
	const struct wax_str *id;
	/* A plain text, no RFC 3464: the reason as good as it is there. */
	bool is_plain;
	/* All of its text, lower case, to look addresses up in. */
	struct wax_str text;
};

/* WAX_E_SYNTAX, WAX_E_LIMIT: as wax_unmail(). */
enum wax_status wax_bounce_parse(struct wax_arena *arena,
    struct wax_str message, struct wax_bounce *out, struct wax_err *err)
    WAX_MUST_USE;

/* Whether an address stands in a text as a whole, both in lower case. */
bool wax_bounce_names(struct wax_str text, struct wax_str address);

#endif
