/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_repair.h - what somebody who published a wrong SPF record may have
 * meant; for policy/check only.
 *
 * A proposal is only given if it is a valid record. Whether it names all that
 * sends is for its owner to see.
 */
#ifndef WAX_POLICY_CHECK_SPF_REPAIR_H
#define WAX_POLICY_CHECK_SPF_REPAIR_H

#include "policy/auth/spf_record.h"

/* Whether a text that is no record was meant as one; then *why says what is
 * in the way, a literal. */
bool wax_spf_is_lookalike(struct wax_str text, const char **why);

/*
 * The record that was meant: quotation marks, commas and semicolons, blanks
 * in the wrong place, "ip:", "ip4=", an address behind a:; with `joined` also
 * terms that stand together without a blank. Empty: no idea.
 */
struct wax_str wax_spf_repair(
    struct wax_arena *arena, struct wax_str text, bool joined);

/* Whether two terms stand together in one, as "ip4:192.0.2.1include:x". */
bool wax_spf_is_joined(struct wax_str term);

/* What to say about a term that is wrong; "" if nothing more is known. */
const char *wax_spf_hint(struct wax_str term);

/*
 * One record with the terms of n valid ones, each term once, `all` at its
 * end. `all`: "" takes the softest of theirs, or ~all. A redirect becomes an
 * include. Empty: it cannot be done that way (two exp=).
 */
struct wax_str wax_spf_merge(struct wax_arena *arena, size_t n,
    const struct wax_str *text, const char *all);

/*
 * The same record with its ip4 and ip6 in front. Empty if the order matters:
 * a term lets pass, and another does not; or if there is no all at its end.
 */
struct wax_str wax_spf_networks_first(
    struct wax_arena *arena, struct wax_str text);

#endif
