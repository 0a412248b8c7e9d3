/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * evaluation.h - the incremental evaluation of one message.
 *
 * The only stateful object of the core. Fed in the order of SMTP: envelope,
 * recipients, fields, end of header, body, finish. Everything before the
 * finish collects and asks the DNS ahead; nothing blocks. One evaluation
 * belongs to one message and one thread at a time, and dies with the arena.
 */
#ifndef WAX_POLICY_EVALUATION_H
#define WAX_POLICY_EVALUATION_H

#include <time.h>

#include "policy/facts.h"
#include "policy/forged.h"
#include "policy/local_policy.h"
#include "policy/mail/field.h"
#include "policy/results.h"

struct wax_evaluation;

enum wax_more {
	WAX_NEED_BODY,
	WAX_SKIP_BODY
};

/* Why a message is not judged. */
enum wax_exempt {
	WAX_JUDGED,
	WAX_EXEMPT_INTERNAL,      /* internal-networks */
	WAX_EXEMPT_AUTHENTICATED, /* skip-authenticated */
	WAX_EXEMPT_ORIGINATING    /* originating-daemon-names */
};

enum wax_exempt wax_exempt_of(const struct wax_local_policy *policy,
    const struct wax_connection *connection,
    const struct wax_envelope *envelope);

/*
 * Everything given by pointer, and the text in `connection` and `envelope`,
 * must live as long as the arena. `now` is the wall clock of the message. A
 * client without an address has spf=none.
 */
struct wax_evaluation *wax_evaluation_new(struct wax_arena *arena,
    const struct wax_engines *engines, const struct wax_local_policy *policy,
    struct wax_resolver *resolver, const struct wax_connection *connection,
    time_t now);

/* MAIL FROM: SPF's questions go out, unless the message is exempt. */
void wax_evaluation_envelope(
    struct wax_evaluation *evaluation, const struct wax_envelope *envelope);
void wax_evaluation_recipient(
    struct wax_evaluation *evaluation, struct wax_str argument);

/*
 * One field; what is kept is copied. The value as received with its leading
 * blank, folds as LF or CRLF. Beyond a bound it is counted, not kept; but
 * forged results are found whatever the bounds (forged.h).
 */
void wax_evaluation_field(struct wax_evaluation *evaluation,
    struct wax_str name, struct wax_str raw_value);
enum wax_more wax_evaluation_eoh(struct wax_evaluation *evaluation);
enum wax_more wax_evaluation_body(
    struct wax_evaluation *evaluation, struct wax_str chunk);
void wax_evaluation_queue_id(
    struct wax_evaluation *evaluation, struct wax_str queue_id);

/*
 * Wait for what is needed, at most until the deadline, and conclude. Not for
 * exempt messages. Call once.
 */
const struct wax_results *wax_evaluation_finish(
    struct wax_evaluation *evaluation, wax_deadline deadline);

enum wax_exempt wax_evaluation_exempt(const struct wax_evaluation *evaluation);
/* The facts so far, the fields kept (none of an exempt message), and the
 * fields that the plan removes. */
const struct wax_facts *wax_evaluation_facts(
    const struct wax_evaluation *evaluation);
const struct wax_field_list *wax_evaluation_fields(
    const struct wax_evaluation *evaluation);
const struct wax_forged *wax_evaluation_forged(
    const struct wax_evaluation *evaluation);

#endif
