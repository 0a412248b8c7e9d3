/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * act.h - carry out a plan with smfi_*.
 *
 * The plan has the order; nothing is decided here. Only to be called from
 * the end of a message.
 */
#ifndef WAX_MILTER_SESSION_ACT_H
#define WAX_MILTER_SESSION_ACT_H

#include "milter/session/negotiate.h"
#include "policy/plan.h"

/*
 * What the callback is to return is in *reply. On failure the MTA refused
 * an edit or a reply text (it may be gone): the caller answers with what
 * on-internal-error says.
 */
enum wax_status wax_act(SMFICTX *ctx, const struct wax_granted *granted,
    struct wax_arena *arena, const struct wax_plan *plan, sfsistat *reply,
    struct wax_err *err) WAX_MUST_USE;

/*
 * Refuse with a verdict's code and text; accept if it accepts. A text that
 * the library does not take is left out, the refusal stays.
 */
sfsistat wax_act_verdict(
    SMFICTX *ctx, struct wax_arena *arena, const struct wax_verdict *verdict);

#endif
