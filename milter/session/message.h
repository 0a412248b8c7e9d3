/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * message.h - one message, from MAIL FROM to its end.
 *
 * Feeds the evaluation, and at the end turns results into verdict, plan, log
 * line and action. All state is in the session's message arena, which is
 * reset at every end: EOM, ABORT, close, and MAIL FROM, which may follow
 * MAIL FROM. Nothing of one message is seen in the next.
 *
 * A message that is not to be judged because there is too much to do has no
 * evaluation; forged results are looked for all the same, and what
 * on-overload says is given at its end.
 */
#ifndef WAX_MILTER_SESSION_MESSAGE_H
#define WAX_MILTER_SESSION_MESSAGE_H

#include "milter/session/connection.h"

/* xxfi_envfrom; arg[0] is the address, NULL ends the list. */
sfsistat wax_message_begin(SMFICTX *ctx, char *const *arg);
/* xxfi_envrcpt */
sfsistat wax_message_recipient(SMFICTX *ctx, char *const *arg);
/* xxfi_header */
sfsistat wax_message_field(SMFICTX *ctx, const char *name, const char *value);
/* xxfi_eoh */
sfsistat wax_message_header_end(SMFICTX *ctx);
/* xxfi_body */
sfsistat wax_message_body(SMFICTX *ctx, const void *chunk, size_t n);
/* xxfi_eom: judge and act. The only callback that waits. */
sfsistat wax_message_end(SMFICTX *ctx);
/* xxfi_abort: there need not be a message. */
sfsistat wax_message_abort(SMFICTX *ctx);

#endif
