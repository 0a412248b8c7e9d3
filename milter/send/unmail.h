/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unmail.h - taking mail messages apart: the parts of a message that somebody
 * sent us, decoded.                        RFC 2045, RFC 2046, RFC 5322
 *
 * Made for hostile input: no recursion, bounds of limits.h, and each octet is
 * looked at a bounded number of times. It is lenient, as others' mailers are:
 * what is malformed is read as far as it goes. No names of files are used for
 * anything but messages, and no text is converted.
 */
#ifndef WAX_MILTER_SEND_UNMAIL_H
#define WAX_MILTER_SEND_UNMAIL_H

#include "policy/base/status.h"
#include "policy/base/str.h"

struct wax_mail_part {
	struct wax_str type; /* "application/gzip": lower case; "text/plain" if
			      * nothing is said */
	struct wax_str name; /* of the file, hostile; empty: none */
	struct wax_str bytes;
	bool is_damaged; /* its encoding is broken: bytes is what came out */
};

/*
 * The parts that are no multipart, in their order. A message/rfc822 is there
 * as such, and its parts behind it. WAX_E_SYNTAX: it does not begin with a
 * header field. WAX_E_LIMIT: more than WAX_MAIL_PARTS_MAX, or nested deeper
 * than WAX_MAIL_DEPTH_MAX.
 */
enum wax_status wax_unmail(struct wax_arena *arena, struct wax_str message,
    struct wax_mail_part **out, size_t *n, struct wax_err *err) WAX_MUST_USE;

/*
 * Take the next field from the front of *rest: the name and the value
 * without line ends, unfolded. False at the end of the header; *rest is then
 * what follows its empty line. A line that is no field ends the header, and
 * is part of what follows.
 */
bool wax_mail_next_field(struct wax_arena *arena, struct wax_str *rest,
    struct wax_str *name, struct wax_str *value);

#endif
