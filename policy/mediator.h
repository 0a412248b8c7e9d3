/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mediator.h - whether a message that fails DMARC was relayed by somebody
 * who is known: a mailing list, a forwarder.
 *
 * RFC 9989 s7.4 forbids to refuse a message for p=reject alone. A mediator
 * is a domain that authenticated itself (SPF or DKIM pass) and is not the
 * Author Domain, together with a sign that it relayed an original:
 *
 *   - a List-Id at or under that domain;
 *   - a signature of the Author Domain that is broken: its key was found and
 *     is usable, and hash or signature is wrong, as lists leave them;
 *   - a reverse-path that was rewritten at or under that domain (SRS) and
 *     names the Author Domain.
 *
 * A sign can be forged by whoever owns an authenticated domain: that is why
 * a mediator makes a refusal a quarantine, never an acceptance.
 */
#ifndef WAX_POLICY_MEDIATOR_H
#define WAX_POLICY_MEDIATOR_H

#include "policy/facts.h"
#include "policy/results.h"

enum wax_mediator_sign {
	WAX_SIGN_NONE, /* no mediator */
	WAX_SIGN_LIST_ID,
	WAX_SIGN_BROKEN_SIGNATURE,
	WAX_SIGN_SRS
};

struct wax_mediator {
	enum wax_mediator_sign sign;
	struct wax_domain domain; /* none with WAX_SIGN_NONE */
};

/*
 * Look for one. With `if_answered`, as if each question that was not answered
 * had been answered in favour of there being one.
 */
struct wax_mediator wax_mediator_find(const struct wax_facts *facts,
    const struct wax_results *results, bool if_answered);

/* "list id", "broken author signature", "rewritten reverse-path"; "none". */
const char *wax_mediator_sign_words(enum wax_mediator_sign sign);

#endif
