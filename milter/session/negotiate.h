/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * negotiate.h - what the MTA offers, what we ask of it, what was granted.
 *
 * Before the end of a message nothing is decided, so every stage before it
 * goes without a reply: that halves the cost of the protocol. The exception
 * is a session beyond max-sessions that is to be deferred: it is told so at
 * MAIL FROM, and asks for a reply there.
 *
 * One form of the protocol does not go with that: a last chunk of the body
 * in the packet of the message's end. After such a chunk without a reply,
 * libmilter 8.17.1 forgets the end, and the MTA waits in vain. Neither
 * Postfix nor Sendmail sends it.
 */
#ifndef WAX_MILTER_SESSION_NEGOTIATE_H
#define WAX_MILTER_SESSION_NEGOTIATE_H

#include <stdbool.h>

/* Behind stdbool.h: it makes a bool of its own otherwise, of another size. */
#include <libmilter/mfapi.h>

/* What one connection was granted. */
struct wax_granted {
	unsigned long steps; /* SMFIP_*: asked for and offered */
	bool negotiated;     /* what follows is known */
	bool leading_space;  /* values come and go with their first blank */
	bool quarantine;     /* smfi_quarantine() works */
};

/* What the callback gives back. */
struct wax_offer {
	unsigned long actions, steps;
};

/*
 * Choose from what is offered. False if the MTA lets no header be changed:
 * a filter that cannot remove forged results must not seem to work.
 */
bool wax_negotiate(const struct wax_offer *offered, bool refuse_at_mail,
    struct wax_offer *wanted, struct wax_granted *granted);

/* Without negotiation (an MTA that keeps the filter connection for its next
 * client comes back without one): every stage is answered. */
void wax_negotiate_nothing(struct wax_granted *granted);

/*
 * Name the macros we read. An MTA that cannot be asked sends its default
 * ones, and does without the verified client name.
 */
void wax_negotiate_macros(SMFICTX *ctx, unsigned long offered_actions);

/* What a callback returns when there is nothing to say; `no_reply` is the
 * stage's SMFIP_NR_* bit. */
sfsistat wax_carry_on(
    const struct wax_granted *granted, unsigned long no_reply);

#endif
