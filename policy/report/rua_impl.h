/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rua_impl.h - what rua.c and rua_verify.c share.
 */
#ifndef WAX_POLICY_REPORT_RUA_IMPL_H
#define WAX_POLICY_REPORT_RUA_IMPL_H

#include "policy/report/rua.h"

#define WAX_RUA_BEYOND "beyond max-report-uris"

void wax_rua_refuse(struct wax_rua_destination *destination,
    enum wax_rua_cause cause, struct wax_str why);

/* Whether one of them that is not refused has this address. */
bool wax_rua_has_address(const struct wax_rua_destination *destination,
    size_t n, struct wax_str address);

#endif
