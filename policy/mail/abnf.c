/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/mail/abnf.h"

#include <string.h>

#include "policy/base/limits.h"

static bool
is_8bit(char c)
{
	return ((unsigned char)c & 0x80) != 0;
}

static void
advance(struct wax_str *rest, size_t n)
{
	if (n == 0)
		return; /* p may be NULL */
	rest->p += n;
	rest->n -= n;
}

/* ---- RFC 3629, RFC 5234 ------------------------------------------------- */

size_t
wax_utf8_sequence(struct wax_str s)
{
	unsigned char c = s.n > 0 ? (unsigned char)s.p[0] : 0xff;
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	/* No overlong forms, no surrogates, nothing above U+10FFFF. */
	if (c == 0xe0)
		low = 0xa0;
	if (c == 0xed)
		high = 0x9f;
	if (c == 0xf0)
		low = 0x90;
	if (c == 0xf4)
		high = 0x8f;
	if (s.n < n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		c = (unsigned char)s.p[i];
		if (c < low || c > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return n;
}

bool
wax_is_utf8(struct wax_str s)
{
	while (s.n > 0) {
		size_t n = wax_utf8_sequence(s);

		if (n == 0)
			return false;
		advance(&s, n);
	}
	return true;
}

bool
wax_is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

bool
wax_skip_char(struct wax_str *rest, char c)
{
	if (rest->n == 0 || rest->p[0] != c)
		return false;
	advance(rest, 1);
	return true;
}

/* ---- RFC 5322 ----------------------------------------------------------- */

/* Octets of a line end at s that is followed by a blank; 0 if none. */
static size_t
fold_length(struct wax_str s)
{
	size_t n = s.n > 0 && s.p[0] == '\r' ? 1 : 0;

	if (n + 1 >= s.n || s.p[n] != '\n' || !wax_is_blank(s.p[n + 1]))
		return 0;
	return n + 1;
}

bool
wax_skip_fws(struct wax_str *rest)
{
	size_t before = rest->n, n;

	for (;;) {
		if (rest->n > 0 && wax_is_blank(rest->p[0]))
			advance(rest, 1);
		else if ((n = fold_length(*rest)) > 0)
			advance(rest, n);
		else
			return rest->n < before;
	}
}

/* RFC 5322 s3.2.1: VCHAR or WSP after the backslash, or 8 bits. */
static bool
skip_quoted_pair(struct wax_str *rest)
{
	if (rest->n < 2 || rest->p[0] != '\\')
		return false;
	if (wax_is_control(rest->p[1]) && rest->p[1] != '\t')
		return false;
	advance(rest, 2);
	return true;
}

/* RFC 5322 s3.2.2, s3.2.4: an octet that stands for itself in a comment
 * (`but` is "()\\") or in a quoted-string ("\"\\"). */
static bool
skip_text(struct wax_str *rest, const char *but)
{
	if (rest->n == 0 || rest->p[0] == ' ' || wax_is_control(rest->p[0]) ||
	    strchr(but, rest->p[0]) != NULL)
		return false;
	advance(rest, 1);
	return true;
}

bool
wax_skip_comment(struct wax_str *rest, size_t max_depth)
{
	struct wax_str s = *rest;
	size_t depth = 0;

	if (s.n == 0 || s.p[0] != '(')
		return false;
	do {
		if (wax_skip_char(&s, '(')) {
			if (++depth > max_depth)
				return false;
		} else if (wax_skip_char(&s, ')')) {
			depth--;
		} else if (!wax_skip_fws(&s) && !skip_quoted_pair(&s) &&
		           !skip_text(&s, "()\\")) {
			return false;
		}
	} while (depth > 0);
	*rest = s;
	return true;
}

bool
wax_skip_cfws(struct wax_str *rest)
{
	struct wax_str s = *rest;

	while (wax_skip_fws(&s) || wax_skip_comment(&s, WAX_COMMENT_DEPTH_MAX))
		;
	if (s.n > 0 && s.p[0] == '(')
		return false;
	*rest = s;
	return true;
}

bool
wax_is_atext(char c)
{
	return wax_is_alpha(c) || wax_is_digit(c) || is_8bit(c) ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

bool
wax_skip_atom(struct wax_str *rest)
{
	size_t n = 0;

	while (n < rest->n && wax_is_atext(rest->p[n]))
		n++;
	advance(rest, n);
	return n > 0;
}

bool
wax_skip_quoted_string(struct wax_str *rest)
{
	struct wax_str s = *rest;

	if (!wax_skip_char(&s, '"'))
		return false;
	while (
	    wax_skip_fws(&s) || skip_quoted_pair(&s) || skip_text(&s, "\"\\"))
		;
	if (!wax_skip_char(&s, '"'))
		return false;
	*rest = s;
	return true;
}

struct wax_str
wax_unquote(struct wax_arena *arena, struct wax_str quoted)
{
	char *p;
	size_t n = 0;

	WAX_ASSERT(quoted.n >= 2);
	p = wax_alloc(arena, quoted.n - 2, 1);
	for (size_t i = 1; i + 1 < quoted.n; i++) {
		char c = quoted.p[i];

		if (c == '\\' && i + 2 < quoted.n)
			c = quoted.p[++i];
		/* The line end of a fold is not part of what it means. */
		else if (c == '\r' || c == '\n')
			continue;
		p[n++] = c;
	}
	return (struct wax_str){ p, n };
}

/* ---- RFC 2045 ----------------------------------------------------------- */

bool
wax_is_token_char(char c)
{
	return c > ' ' && c < 0x7f && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

bool
wax_skip_token(struct wax_str *rest)
{
	size_t n = 0;

	while (n < rest->n && wax_is_token_char(rest->p[n]))
		n++;
	advance(rest, n);
	return n > 0;
}

/* ---- RFC 6376 ----------------------------------------------------------- */

bool
wax_skip_tag_name(struct wax_str *rest)
{
	size_t n = 0;

	if (rest->n == 0 || !wax_is_alpha(rest->p[0]))
		return false;
	while (
	    n < rest->n && (wax_is_alpha(rest->p[n]) ||
	                       wax_is_digit(rest->p[n]) || rest->p[n] == '_'))
		n++;
	advance(rest, n);
	return true;
}

/* VALCHAR of RFC 6376 s3.2 */
static bool
is_valchar(char c)
{
	return c > ' ' && c < 0x7f && c != ';';
}

/* VALCHARs, and what RFC 8616 s5 lets into d=, s= and i=. */
static size_t
valchars_length(struct wax_str s)
{
	size_t n = 0;

	while (n < s.n && is_valchar(s.p[n]))
		n++;
	if (n == 0 && s.n > 0 && is_8bit(s.p[0]))
		return wax_utf8_sequence(s);
	return n;
}

void
wax_skip_tag_value(struct wax_str *rest)
{
	struct wax_str s = *rest;
	size_t n;

	/* White space is part of the value only if more of it follows. */
	do {
		while ((n = valchars_length(s)) > 0) {
			advance(&s, n);
			*rest = s;
		}
	} while (wax_skip_fws(&s));
}
