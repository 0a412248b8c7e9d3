/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * saved_message.h - a message in a file, split as an MTA would split it.
 *
 * For sealwax-check, the corpus of scenarios and fuzzing: what the session
 * gets from libmilter piece by piece is here in one piece.
 */
#ifndef WAX_POLICY_SAVED_MESSAGE_H
#define WAX_POLICY_SAVED_MESSAGE_H

#include "policy/base/str.h"

struct wax_saved_field {
	struct wax_str name;
	struct wax_str raw; /* with its leading blank; folds as CRLF */
};

struct wax_saved_message {
	size_t n_fields;
	const struct wax_saved_field *field;
	struct wax_str body; /* lines end with CRLF, the last one, too */
};

/*
 * Split `text`; lines may end with LF or CRLF, and a line "From " of a
 * mailbox file before it is skipped. The header ends at the first line that
 * is no field, as in Postfix. False if there is not one field. The result
 * lives in the arena or points into `text`.
 */
bool wax_saved_message_parse(struct wax_arena *arena, struct wax_str text,
    struct wax_saved_message *out) WAX_MUST_USE;

#endif
