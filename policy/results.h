/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * results.h - the results of one message, together: complete and immutable
 * before anyone reads them.
 */
#ifndef WAX_POLICY_RESULTS_H
#define WAX_POLICY_RESULTS_H

#include "policy/auth/dkim.h"
#include "policy/auth/dmarc.h"
#include "policy/auth/spf.h"
#include "policy/dns/budget.h"

struct wax_results {
	struct wax_spf_result helo;
	/* The MAIL FROM identity; under a null reverse-path postmaster at the
	 * HELO domain (RFC 7208 s2.4), then spf_by_helo is set. */
	struct wax_spf_result mailfrom;
	bool spf_by_helo;
	size_t n_dkim;
	const struct wax_dkim_signature *dkim;
	struct wax_dmarc_result dmarc;
	/* The domain of MAIL FROM says that it takes no mail. Not asked where
	 * nobody wants to know (on-null-mx).            RFC 7505 s3 */
	bool has_null_mx;
	/* Why there is no usable Author Domain; our own words. */
	struct wax_str author_reason;
	/* The configuration name of the bound that on-limit answers for, or
	 * NULL: one of the header (facts.limit), or "max-dns-queries" where
	 * questions were refused and DMARC did not pass, or words for an
	 * answer of too many records that DMARC needed. Other bounds show
	 * in the reason of what they cut short. */
	const char *limit;
	/* The DNS questions of the message, in order. */
	size_t n_questions;
	const struct wax_question *question;
	size_t n_asked;
};

#endif
