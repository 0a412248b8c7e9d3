/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * forged.h - the incoming fields that only this host may write.
 *
 * Authentication-Results fields that claim our authserv-id (or one of
 * strip-authserv-ids) and our own quarantine header. They are found as they
 * arrive and remembered by their place alone, so that no bound on the header
 * lets one through and none costs more than a few octets of memory. Usable
 * without an evaluation, for mail that is not judged.        RFC 8601 s5
 */
#ifndef WAX_POLICY_FORGED_H
#define WAX_POLICY_FORGED_H

#include "policy/base/vec.h"
#include "policy/local_policy.h"

/* The header that marks a quarantined message. */
#define WAX_QUARANTINE_HEADER "X-Sealwax-Quarantine"

/* The fields of one name. */
struct wax_forged_name {
	unsigned seen; /* of this name, whoever wrote them */
	WAX_VEC(unsigned)
	place; /* of those to remove: from 1, ascending;
				  * what an MTA counts per name */
};

struct wax_forged {
	struct wax_arena *arena;
	const struct wax_local_policy *policy;
	struct wax_forged_name authres, quarantine;
};

/* `policy` lives as long as the arena. */
void wax_forged_init(struct wax_forged *forged, struct wax_arena *arena,
    const struct wax_local_policy *policy);
/* What was found so far, for another arena. */
void wax_forged_copy(struct wax_forged *to, struct wax_arena *arena,
    const struct wax_forged *from);

/* To be called for each field of the message, in order. */
void wax_forged_field(
    struct wax_forged *forged, struct wax_str name, struct wax_str raw_value);

#endif
