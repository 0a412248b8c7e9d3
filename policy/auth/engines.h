/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * engines.h - what lives as long as the process: the DKIM library's handle
 * and, if asked for, the public suffix table.
 *
 * Opened once, before there are threads; then only read, by any thread. The
 * suffix table is the only file that policy/ ever opens.
 */
#ifndef WAX_POLICY_AUTH_ENGINES_H
#define WAX_POLICY_AUTH_ENGINES_H

#include "policy/mail/domain.h"

enum wax_spf_engine {
	WAX_SPF_OWN,
	WAX_SPF_LIBSPF2
};
enum wax_org_method {
	WAX_ORG_TREEWALK,
	WAX_ORG_PSL
};

struct wax_engines;

struct wax_engine_options {
	enum wax_spf_engine spf;
	enum wax_org_method org;
	const char *psl_file; /* read only for WAX_ORG_PSL */
};

/* NULL and `err` on failure. */
struct wax_engines *wax_engines_open(
    const struct wax_engine_options *options, struct wax_err *err) WAX_MUST_USE;
void wax_engines_close(struct wax_engines *engines);

/* The Organizational Domain by the public suffix list; none unless the list
 * was asked for. A public suffix is its own. */
struct wax_domain wax_engines_psl_domain(
    const struct wax_engines *engines, struct wax_domain domain);

#endif
