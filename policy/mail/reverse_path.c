/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the envelope and the mediators say of themselves: the argument of
 * MAIL, SRS, List-Id. MTAs let more through than RFC 5321 has, and so do we
 * where the domain is the same for everyone: it is the one that SPF is asked
 * about, and a pass is that domain's own word.
 */
#include "policy/mail/address.h"

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/mail/abnf.h"

/* ---- reverse-path ------------------------------------------------------- */

/*
 * A-d-l ":" (RFC 5321 s4.1.2), to be ignored. Hosts are not looked at beyond
 * the octets that may be in one; colons stand in address literals, too.
 */
static bool
skip_route(struct wax_str *rest)
{
	bool in_literal = false;

	for (size_t i = 0; i < rest->n; i++) {
		char c = rest->p[i];

		if (c == '[')
			in_literal = true;
		else if (c == ']')
			in_literal = false;
		else if (c == ':' && !in_literal) {
			*rest = wax_str_from(*rest, i + 1);
			return true;
		} else if (c != '@' && c != ',' && c != '.' && c != ':' &&
		           !wax_is_atext(c)) {
			return false;
		}
	}
	return false;
}

/* Whether an octet may be in a local-part without quotes. "@" may: MTAs
 * route by the last one. */
static bool
is_unquoted(char c)
{
	return wax_is_atext(c) || c == '.' || c == '@';
}

/* Position of the last "@" outside quotes; mailbox.n if there is none, or if
 * a quote does not end. */
static size_t
find_last_at(struct wax_str mailbox)
{
	struct wax_str rest = mailbox;
	size_t at = mailbox.n;

	while (rest.n > 0) {
		if (rest.p[0] == '"') {
			if (!wax_skip_quoted_string(&rest))
				return mailbox.n;
			continue;
		}
		if (rest.p[0] == '@')
			at = mailbox.n - rest.n;
		rest = wax_str_from(rest, 1);
	}
	return at;
}

/* Dot-string and quoted-string in any order (RFC 5322 s4.4 has that). */
static bool
read_local_part(
    struct wax_arena *arena, struct wax_str rest, struct wax_str *out)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	while (rest.n > 0) {
		struct wax_str from = rest;

		if (wax_skip_quoted_string(&rest)) {
			wax_text_add(
			    &text, wax_unquote(arena, wax_skipped(from, rest)));
			continue;
		}
		if (!is_unquoted(rest.p[0]))
			return false;
		wax_text_addc(&text, rest.p[0]);
		rest = wax_str_from(rest, 1);
	}
	*out = wax_text_str(&text);
	for (size_t i = 0; i < out->n; i++)
		if (wax_is_control(out->p[i]))
			return false;
	return out->n > 0 && wax_is_utf8(*out);
}

/* The inside of the angle brackets, or what came without any. */
static bool
without_brackets(struct wax_str *argument)
{
	struct wax_str s = wax_str_trim(*argument);

	if (wax_skip_char(&s, '<')) {
		if (s.n == 0 || s.p[s.n - 1] != '>')
			return false;
		s = wax_str_trim(wax_str_head(s, s.n - 1));
	}
	*argument = s;
	return true;
}

struct wax_reverse_path
wax_reverse_path_parse(struct wax_arena *arena, struct wax_str argument)
{
	struct wax_reverse_path path = { 0 }, none = { 0 };
	size_t at;

	if (!without_brackets(&argument))
		return none;
	if (argument.n == 0) {
		path.is_null = path.is_valid = true;
		return path;
	}
	if (argument.p[0] == '@' && !skip_route(&argument))
		return none;
	at = find_last_at(argument);
	if (at == argument.n ||
	    !read_local_part(
	        arena, wax_str_head(argument, at), &path.local_part) ||
	    !wax_domain_parse(
	        arena, wax_str_from(argument, at + 1), &path.domain))
		return none;
	path.is_valid = true;
	return path;
}

/* ---- List-Id ------------------------------------------------------------ */

/*
 * Display names of lists hold any character without quotes; so what is in
 * quotes and comments is skipped, and the rest is only looked at for the one
 * pair of angle brackets at the end.
 */
bool
wax_list_id_parse(
    struct wax_arena *arena, struct wax_str raw_value, struct wax_domain *out)
{
	struct wax_str rest = raw_value, inside;
	size_t close;

	while (rest.n > 0 && rest.p[0] != '<') {
		if (wax_skip_quoted_string(&rest) ||
		    wax_skip_comment(&rest, WAX_COMMENT_DEPTH_MAX))
			continue;
		if (rest.p[0] == '"')
			return false;
		rest = wax_str_from(rest, 1);
	}
	if (!wax_skip_char(&rest, '<'))
		return false;
	close = wax_str_find(rest, '>');
	inside = wax_str_trim(wax_str_head(rest, close));
	rest = wax_str_from(rest, close);
	if (!wax_skip_char(&rest, '>') || !wax_skip_cfws(&rest) || rest.n > 0)
		return false;
	return wax_domain_parse(arena, inside, out);
}

/* ---- SRS ---------------------------------------------------------------- */

static bool
skip_srs_separator(struct wax_str *rest)
{
	return wax_skip_char(rest, '=') || wax_skip_char(rest, '+') ||
	       wax_skip_char(rest, '-');
}

/* "SRS0" or "SRS1" and its separator. */
static bool
skip_srs_tag(struct wax_str *rest, struct wax_str tag)
{
	struct wax_str s = wax_str_from(*rest, tag.n);

	if (!wax_str_istarts(*rest, tag) || !skip_srs_separator(&s))
		return false;
	*rest = s;
	return true;
}

/* hash=tt=domain=local */
static bool
read_srs0(struct wax_arena *arena, struct wax_str rest, struct wax_domain *out)
{
	struct wax_str hash, timestamp, domain;

	return wax_str_cut(&rest, '=', &hash) && hash.n > 0 &&
	       wax_str_cut(&rest, '=', &timestamp) && timestamp.n > 0 &&
	       wax_str_cut(&rest, '=', &domain) && rest.n > 0 &&
	       wax_domain_parse(arena, domain, out);
}

/* hash=host= and then SRS0 without its tag, but with its separator. */
static bool
read_srs1(struct wax_arena *arena, struct wax_str rest, struct wax_domain *out)
{
	struct wax_str hash, host;
	struct wax_domain forwarder;

	return wax_str_cut(&rest, '=', &hash) && hash.n > 0 &&
	       wax_str_cut(&rest, '=', &host) &&
	       wax_domain_parse(arena, host, &forwarder) &&
	       skip_srs_separator(&rest) && read_srs0(arena, rest, out);
}

bool
wax_srs_parse(struct wax_arena *arena, struct wax_str local_part,
    struct wax_domain *original)
{
	if (skip_srs_tag(&local_part, WAX_STR("SRS0")))
		return read_srs0(arena, local_part, original);
	if (skip_srs_tag(&local_part, WAX_STR("SRS1")))
		return read_srs1(arena, local_part, original);
	return false;
}
