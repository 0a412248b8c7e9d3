/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf.h - check_host() of RFC 7208, whichever engine computes it.
 */
#ifndef WAX_POLICY_AUTH_SPF_H
#define WAX_POLICY_AUTH_SPF_H

#include <time.h>

#include "policy/auth/engines.h"
#include "policy/auth/result.h"
#include "policy/base/ip.h"
#include "policy/dns/resolver.h"
#include "policy/mail/domain.h"

enum wax_spf_scope {
	WAX_SPF_HELO,
	WAX_SPF_MAILFROM
};

struct wax_spf_query {
	enum wax_spf_scope scope;
	struct wax_ip client;
	/* The identity. Under a null reverse-path the caller gives
	 * postmaster and the HELO domain.               RFC 7208 s2.4 */
	struct wax_str local_part; /* empty means postmaster */
	struct wax_domain domain;  /* none gives WAX_NONE */
	struct wax_str helo;       /* as said, for %{h} */
	size_t max_record_bytes;   /* max-spf-record-bytes; 0: default */
	/* Only tests and sealwax-check ask for explanations. */
	bool want_explanation;
	struct wax_str receiver; /* for %{r} in explanations */
	time_t now;              /* for %{t} in explanations */
};

struct wax_spf_result {
	enum wax_result result;
	enum wax_spf_scope scope;
	struct wax_domain domain;   /* that was checked */
	struct wax_str reason;      /* our own words; empty: nothing to say */
	struct wax_str mechanism;   /* the term that matched, as validated from
				    * the record ("ip4:192.0.2.0/24") */
	struct wax_str explanation; /* only if wanted, and result is fail */
	unsigned terms, voids;      /* counted. RFC 7208 s4.6.4 */
	bool limit_hit;             /* permerror because of a bound */
	/* Whether another answer could still have made it WAX_PASS: only
	 * with WAX_TEMPERROR. */
	bool undecided;
};

/*
 * Ask ahead of time for what the identity's record needs: the record; and
 * once that is here, the names it mentions. Call again whenever answers may
 * have come. Never blocks.
 */
void wax_spf_prefetch(struct wax_arena *arena, struct wax_resolver *resolver,
    const struct wax_spf_query *query);

/* Text in the result lives in the arena. */
struct wax_spf_result wax_spf_evaluate(struct wax_arena *arena,
    const struct wax_engines *engines, struct wax_resolver *resolver,
    const struct wax_spf_query *query, wax_deadline deadline);

#endif
