/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_impl.h - the engines behind spf.h; for policy/auth and its tests only.
 */
#ifndef WAX_POLICY_AUTH_SPF_IMPL_H
#define WAX_POLICY_AUTH_SPF_IMPL_H

#include "policy/auth/spf.h"

/* Our own evaluator. */
struct wax_spf_result wax_spf_rfc7208(struct wax_arena *arena,
    struct wax_resolver *resolver, const struct wax_spf_query *query,
    wax_deadline deadline);

/*
 * What is decided before there is a record to look at: true if the result
 * is WAX_NONE, for any engine.                            RFC 7208 s4.3
 */
bool wax_spf_is_none(
    const struct wax_spf_query *query, struct wax_spf_result *out);

#endif
