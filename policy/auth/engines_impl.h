/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * engines_impl.h - what is inside struct wax_engines; for policy/auth only.
 *
 * The foreign handles are named by their incomplete struct types, so that
 * this header needs none of the libraries: each library's calls stay in its
 * one file, which offers an _open and a _close to engines.c.
 */
#ifndef WAX_POLICY_AUTH_ENGINES_IMPL_H
#define WAX_POLICY_AUTH_ENGINES_IMPL_H

#include "policy/auth/engines.h"

struct dkim_lib; /* libopendkim's DKIM_LIB */
struct wax_psl;  /* psl_opendmarc.c */

struct wax_engines {
	enum wax_spf_engine spf;
	enum wax_org_method org;
	struct dkim_lib *dkim_lib; /* never NULL */
	struct wax_psl *psl;       /* NULL unless org is WAX_ORG_PSL */
};

/* dkim_opendkim.c; NULL and `err` on failure. */
struct dkim_lib *wax_dkim_library_open(struct wax_err *err) WAX_MUST_USE;
void wax_dkim_library_close(struct dkim_lib *lib);

#endif
