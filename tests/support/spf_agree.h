/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_agree.h - whether the tree of SPF records that sealwax-check --domain
 * shows says the same as the evaluator that judges mail.
 */
#ifndef WAX_TESTS_SUPPORT_SPF_AGREE_H
#define WAX_TESTS_SUPPORT_SPF_AGREE_H

#include "policy/dns/resolver.h"
#include "policy/mail/domain.h"

enum wax_spf_agreement {
	WAX_SPF_AGREES,
	WAX_SPF_DIFFERS,
	/* A term matched the clients that are tried, or hangs on them. */
	WAX_SPF_NOT_COMPARED
};

/* For a client of each family that hardly any term matches. *why: what
 * differs. */
enum wax_spf_agreement wax_spf_agree(struct wax_arena *arena,
    struct wax_resolver *resolver, struct wax_domain domain,
    struct wax_str *why);

#endif
