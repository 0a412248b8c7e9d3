/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf.h - check_host() of RFC 7208, whichever engine computes it.
 *
 * Where the RFC leaves a choice: a client without an address and a domain of
 * one label give WAX_NONE; a loopback address is judged like any other; a
 * name that cannot be asked matches nothing, without a question; "void
 * lookups" are counted by terms, as RFC 7208 s4.6.4 says, at most one a term
 * (hosts of an mx without AAAA would else be a permanent error for every
 * client of IPv6); %{p} costs no term.
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
	/* Whose result it is. Ours stands in where libspf2 may not be asked:
	 * loopback clients, records of more than its 511 compiled octets. */
	enum wax_spf_engine engine;
	struct wax_domain domain; /* that was checked */
	struct wax_str reason;    /* our own words; empty: nothing to say */
	/* A macro made a name that was asked for: a name in `reason` may
	 * show what it was made of, the sender's local-part, too. */
	bool names_by_macro;
	/* The term that matched and the way to it, as validated from the
	 * records, visible ASCII and blanks: "-all",
	 * "include:_spf.example.net -> ip4:192.0.2.0/24". Each term is cut
	 * to WAX_SPF_TERM_SHOWN_MAX octets. Empty: none matched, or it is
	 * libspf2's, which does not tell. */
	struct wax_str mechanism;
	struct wax_str explanation; /* only if wanted, and result is fail */
	unsigned terms, voids;      /* counted. RFC 7208 s4.6.4 */
	/* Permerror because of a bound of ours: the budget of questions or
	 * max-spf-record-bytes. Those of RFC 7208 s4.6.4 are the domain's
	 * own fault, and do not set it. */
	bool limit_hit;
	/* Whether another answer could still have made it WAX_PASS: only
	 * with WAX_TEMPERROR. True unless what is known says no (libspf2's:
	 * always). */
	bool undecided;
};

/*
 * Ask ahead of time for what the identity's record needs: the record; once
 * that is here, the names of its terms; and so on, so that a tree of
 * includes costs its depth in round trips. Asks what an evaluation would ask
 * if no term whose answer is missing matched, and nothing beyond RFC 7208's
 * limits. Call it again whenever answers may have come: each call costs about
 * as much as an evaluation. True: nothing is missing, a next call is for
 * nothing. Never blocks; keeps nothing in the arena but peeked answers.
 */
bool wax_spf_prefetch(struct wax_arena *arena, struct wax_resolver *resolver,
    const struct wax_spf_query *query);

/* Text in the result lives in the arena. */
struct wax_spf_result wax_spf_evaluate(struct wax_arena *arena,
    const struct wax_engines *engines, struct wax_resolver *resolver,
    const struct wax_spf_query *query, wax_deadline deadline);

#endif
