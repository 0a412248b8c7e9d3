/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * abnf.h - one skip function for each grammar rule that several readers of
 * this room use.
 *
 * A skip function takes its rule from the front of *rest and says whether it
 * was there; if not, *rest is where it was. They take any octets, look at
 * each of them a bounded number of times, and do not recurse. Octets above
 * 0x7f are let through where RFC 6532 s3.2 has UTF8-non-ascii, whether they
 * are UTF-8 or not: who needs that asks wax_is_utf8().
 *
 * Control characters are nowhere part of a text, though the obsolete syntax
 * has them (RFC 5322 s4.1): readers differ about them.
 */
#ifndef WAX_POLICY_MAIL_ABNF_H
#define WAX_POLICY_MAIL_ABNF_H

#include "policy/base/str.h"

/* RFC 3629 s4: whether all of s is well-formed UTF-8 (ASCII is). */
bool wax_is_utf8(struct wax_str s);
/* How many octets the well-formed sequence has that s begins with; 0: there
 * is none. */
size_t wax_utf8_sequence(struct wax_str s);

/* RFC 5234 sB.1: an octet below a blank, or DEL. */
bool wax_is_control(char c);

/* One octet that is `c`. */
bool wax_skip_char(struct wax_str *rest, char c);

/*
 * RFC 5322 s3.2.2, s4.2: FWS and obs-FWS; a line ends with CRLF or, as
 * libmilter has it, with LF, and the next begins with a blank.
 */
bool wax_skip_fws(struct wax_str *rest);

/* RFC 5322 s3.2.2: comments nest at most max_depth deep. */
bool wax_skip_comment(struct wax_str *rest, size_t max_depth);

/*
 * RFC 5322 s3.2.2: [CFWS], comments to WAX_COMMENT_DEPTH_MAX. True with or
 * without something there; false if a comment does not end.
 */
bool wax_skip_cfws(struct wax_str *rest);

/* RFC 5322 s3.2.3, RFC 6532 s3.2 */
bool wax_is_atext(char c);
/* 1*atext: an atom without the CFWS around it. */
bool wax_skip_atom(struct wax_str *rest);

/* RFC 5322 s3.2.4: without the CFWS around it. */
bool wax_skip_quoted_string(struct wax_str *rest);

/* What a quoted-string means: no quotes, quoted-pairs undone, folds undone. */
struct wax_str wax_unquote(struct wax_arena *arena, struct wax_str quoted);

/* RFC 2045 s5.1 */
bool wax_is_token_char(char c);
bool wax_skip_token(struct wax_str *rest);

/* RFC 6376 s3.2: tag-name, and tag-value, which may be empty; no white space
 * at its end is taken. */
bool wax_skip_tag_name(struct wax_str *rest);
void wax_skip_tag_value(struct wax_str *rest);

/* What was skipped between two states of one text. */
static inline struct wax_str
wax_skipped(struct wax_str before, struct wax_str rest)
{
	return (struct wax_str){ before.p, before.n - rest.n };
}

#endif
