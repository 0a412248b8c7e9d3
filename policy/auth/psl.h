/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * psl.h - Organizational Domains by a public suffix list, for receivers that
 * set org-domain-method = "psl".                        RFC 7489 s3.2
 *
 * For policy/auth only. The library behind it keeps one table for the whole
 * process: one wax_psl at a time.
 */
#ifndef WAX_POLICY_AUTH_PSL_H
#define WAX_POLICY_AUTH_PSL_H

#include "policy/mail/domain.h"

struct wax_psl;

/* NULL and `err` if the file cannot be read or has no rules. */
struct wax_psl *wax_psl_open(const char *path, struct wax_err *err)
    WAX_MUST_USE;
void wax_psl_close(struct wax_psl *psl); /* NULL is allowed */

/*
 * The public suffix and one label more; a public suffix is its own. Under a
 * top-level domain that the list does not know, the last two labels. Any
 * thread.
 */
struct wax_domain wax_psl_org_domain(
    const struct wax_psl *psl, struct wax_domain domain);

#endif
