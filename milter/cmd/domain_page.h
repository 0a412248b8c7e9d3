/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain_page.h - parts of the page about a domain: see domain.h.
 */
#ifndef WAX_MILTER_CMD_DOMAIN_PAGE_H
#define WAX_MILTER_CMD_DOMAIN_PAGE_H

#include "milter/cmd/page.h"
#include "policy/check/dmarc_view.h"

/* The walk, the policies, the organization, the reports. */
void wax_domain_add_dmarc(
    struct wax_page *page, const struct wax_dmarc_view *dmarc);

/* What is wrong: the worst first, those of one kind together. */
void wax_domain_add_findings(
    struct wax_page *page, const struct wax_findings *findings);

#endif
