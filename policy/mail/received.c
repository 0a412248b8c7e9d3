/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/mail/received.h"

#include <string.h>

#include "policy/base/limits.h"
#include "policy/mail/abnf.h"

/* ---- Tokens ------------------------------------------------------------- */

/*
 * What a HELO may be made of. Postfix replaces all others (blanks and
 * <>()\";@), Sendmail, Exim and Exchange refuse them unless told otherwise.
 */
static bool
is_helo_char(char c)
{
	return c != ' ' && !wax_is_control(c) &&
	       strchr("<>()\\\";@", c) == NULL;
}

/* A host name as servers write it, or an address with the port behind it. */
static bool
is_name_char(char c)
{
	return wax_is_alpha(c) || wax_is_digit(c) || c == '-' || c == '_' ||
	       c == '.';
}

/* One or more octets of a kind. */
static bool
skip_all(struct wax_str *rest, bool (*is_one)(char), struct wax_str *out)
{
	size_t n = 0;

	while (n < rest->n && is_one(rest->p[n]))
		n++;
	*out = wax_str_head(*rest, n);
	*rest = wax_str_from(*rest, n);
	return n > 0;
}

/* A word in any case, with white space or a comment behind it. */
static bool
skip_word(struct wax_str *rest, struct wax_str word)
{
	struct wax_str after = wax_str_from(*rest, word.n);

	if (!wax_str_istarts(*rest, word) || after.n == 0 ||
	    (!wax_is_space(after.p[0]) && after.p[0] != '('))
		return false;
	*rest = after;
	(void)wax_skip_fws(rest);
	return true;
}

static bool
skip_text(struct wax_str *rest, struct wax_str text)
{
	if (!wax_str_starts(*rest, text))
		return false;
	*rest = wax_str_from(*rest, text.n);
	return true;
}

/* [192.0.2.1] or [IPv6:2001:db8::1], also without "IPv6:". */
static bool
skip_literal(struct wax_str *rest, struct wax_ip *out)
{
	size_t end = wax_str_find(*rest, ']');

	if (rest->n == 0 || rest->p[0] != '[' || end == rest->n ||
	    !wax_ip_parse(wax_str_from(wax_str_head(*rest, end), 1), out))
		return false;
	*rest = wax_str_from(*rest, end + 1);
	return true;
}

/* A literal that fills the text. */
static bool
is_literal(struct wax_str text, struct wax_ip *out)
{
	return skip_literal(&text, out) && text.n == 0;
}

/* ":54321" behind an address. */
static bool
skip_port(struct wax_str *rest)
{
	struct wax_str digits;

	if (!wax_skip_char(rest, ':'))
		return true;
	return skip_all(rest, wax_is_digit, &digits) && digits.n <= 5;
}

/* ---- What stands in the comment ----------------------------------------- */

/*
 * Sendmail's note that the name does not lead back to the address: there is
 * no name then. Inside of the comment or behind it.
 */
static void
skip_forged(struct wax_str *rest, struct wax_received *out)
{
	struct wax_str s = *rest;

	if (!wax_skip_fws(&s) || !skip_text(&s, WAX_STR("(may be forged)")))
		return;
	out->client_name = WAX_STR("");
	*rest = s;
}

/* No "=": "helo=x@y" of Exim's is no ident. */
static bool
is_ident_char(char c)
{
	return (wax_is_atext(c) && c != '=') || c == '.';
}

/* What an ident server said, which is what a stranger said; RFC 1413. */
static void
skip_ident(struct wax_str *rest)
{
	struct wax_str s = *rest, ident;

	if (skip_all(&s, is_ident_char, &ident) && wax_skip_char(&s, '@'))
		*rest = s;
}

/* Postfix, Sendmail: NAME [ADDRESS]. Without the name also Exim, which means
 * that the name in front is the HELO, too, and Exchange of old. */
static bool
read_name_and_literal(
    struct wax_str rest, struct wax_received *out, struct wax_str *behind)
{
	skip_ident(&rest);
	if (skip_all(&rest, is_name_char, &out->client_name) &&
	    !wax_skip_fws(&rest))
		return false;
	if (!skip_literal(&rest, &out->client) || !skip_port(&rest))
		return false;
	if (wax_str_ieq(out->client_name, WAX_STR("unknown")))
		out->client_name = WAX_STR("");
	skip_forged(&rest, out);
	*behind = rest;
	return wax_skip_char(behind, ')');
}

/* "helo=NAME ident=WORD)", each of them or none. */
static bool
read_exim_items(
    struct wax_str rest, struct wax_received *out, struct wax_str *behind)
{
	struct wax_str ident;

	if (skip_text(&rest, WAX_STR("helo="))) {
		if (!skip_all(&rest, is_helo_char, &out->helo))
			return false;
		(void)wax_skip_fws(&rest);
	}
	if (skip_text(&rest, WAX_STR("ident=")) &&
	    !skip_all(&rest, is_helo_char, &ident))
		return false;
	*behind = rest;
	return wax_skip_char(behind, ')');
}

/* Exim with a name: from NAME ([ADDRESS]:PORT helo=HELO ident=IDENT) */
static bool
read_exim_named(
    struct wax_str rest, struct wax_received *out, struct wax_str *behind)
{
	struct wax_str name = out->helo;

	if (!skip_literal(&rest, &out->client) || !skip_port(&rest) ||
	    !wax_skip_fws(&rest))
		return false;
	/* Without an item it could be Sendmail's, and the name a HELO. */
	if (!wax_str_starts(rest, WAX_STR("helo=")) &&
	    !wax_str_starts(rest, WAX_STR("ident=")))
		return false;
	out->client_name = name;
	return read_exim_items(rest, out, behind);
}

/* Exim without a name: from [ADDRESS] (port=PORT helo=HELO ident=IDENT) */
static bool
read_exim_unnamed(
    struct wax_str rest, struct wax_received *out, struct wax_str *behind)
{
	struct wax_str digits;

	if (!is_literal(out->helo, &out->client))
		return false;
	out->helo = WAX_STR("");
	if (skip_text(&rest, WAX_STR("port="))) {
		if (!skip_all(&rest, wax_is_digit, &digits) || digits.n > 5)
			return false;
		(void)wax_skip_fws(&rest);
	} else if (!wax_str_starts(rest, WAX_STR("helo=")) &&
	           !wax_str_starts(rest, WAX_STR("ident="))) {
		return false;
	}
	return read_exim_items(rest, out, behind);
}

/* Exchange: from HELO (ADDRESS) */
static bool
read_exchange(
    struct wax_str rest, struct wax_received *out, struct wax_str *behind)
{
	size_t end = wax_str_find(rest, ')');

	*behind = wax_str_from(rest, end + 1);
	return end < rest.n &&
	       wax_ip_parse(wax_str_head(rest, end), &out->client);
}

/* ---- The field ---------------------------------------------------------- */

/*
 * The clause that a server wrote itself has an address in brackets. If the
 * client's HELO was taken for it, that one is still to come: then nobody is
 * believed. (A filter on the server names itself, by a loopback address.)
 */
static bool
is_last_address(struct wax_str rest)
{
	struct wax_ip ip;

	for (;;) {
		rest = wax_str_from(rest, wax_str_find(rest, '['));
		if (rest.n == 0)
			return true;
		if (!skip_literal(&rest, &ip) || !wax_ip_is_loopback(ip))
			return false;
	}
}

/* "by HOST" */
static bool
skip_by(struct wax_str *rest)
{
	struct wax_str host;

	(void)wax_skip_fws(rest);
	return skip_word(rest, WAX_STR("by")) &&
	       skip_all(rest, is_name_char, &host);
}

/* What Exchange calls itself. */
static bool
skip_exchange(struct wax_str *rest)
{
	return skip_word(rest, WAX_STR("Microsoft")) &&
	       skip_word(rest, WAX_STR("SMTP")) &&
	       skip_word(rest, WAX_STR("Server"));
}

/* Its clause has no brackets, and ends with this: as above. */
static bool
is_exchange_to_come(struct wax_str rest)
{
	struct wax_str s;

	for (; rest.n > 0; rest = wax_str_from(rest, 1)) {
		s = rest;
		if (skip_exchange(&s))
			return true;
	}
	return false;
}

/* Comments about TLS or the user may stand in front. */
static bool
is_by_anybody(struct wax_str rest)
{
	return wax_skip_cfws(&rest) && skip_by(&rest) &&
	       !is_exchange_to_come(rest);
}

/* "by HOST (ADDRESS) with Microsoft SMTP Server". A comment in front would be
 * the one that it wrote, behind a HELO with one. */
static bool
is_by_exchange(struct wax_str rest)
{
	return skip_by(&rest) && wax_skip_cfws(&rest) &&
	       skip_word(&rest, WAX_STR("with")) && skip_exchange(&rest) &&
	       !is_exchange_to_come(rest);
}

static bool
is_by_exim(struct wax_str rest)
{
	const struct wax_str version = WAX_STR("(Exim ");

	if (!is_by_anybody(rest))
		return false;
	for (; rest.n >= version.n; rest = wax_str_from(rest, 1))
		if (wax_str_starts(rest, version))
			return true;
	return false;
}

/* How the clause may go on behind "from WORD (". */
static const struct {
	bool (*read)(struct wax_str rest, struct wax_received *out,
	    struct wax_str *behind);
	bool (*is_writer)(struct wax_str behind);
} forms[] = {
	{ read_name_and_literal, is_by_anybody },
	{ read_exim_named, is_by_anybody },
	{ read_exim_unnamed, is_by_anybody },
	{ read_exchange, is_by_exchange },
};

static bool
read_comment(struct wax_str rest, struct wax_str word, struct wax_received *out)
{
	struct wax_str behind;

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		struct wax_received read = { .helo = word };

		if (!forms[i].read(rest, &read, &behind))
			continue;
		skip_forged(&behind, &read);
		if (!is_last_address(behind) || !forms[i].is_writer(behind))
			return false;
		*out = read;
		return true;
	}
	return false;
}

/* Exim, of a client that has no name and said no HELO but its address. */
static bool
read_bare(struct wax_str rest, struct wax_str word, struct wax_received *out)
{
	struct wax_received read = { .helo = WAX_STR("") };

	if (!is_literal(word, &read.client) || !is_last_address(rest) ||
	    !is_by_exim(rest))
		return false;
	*out = read;
	return true;
}

bool
wax_received_parse(struct wax_str raw, struct wax_received *out)
{
	struct wax_str rest = raw, word;

	if (raw.n > WAX_RECEIVED_BYTES_MAX)
		return false;
	(void)wax_skip_fws(&rest);
	if (!skip_word(&rest, WAX_STR("from")) ||
	    !skip_all(&rest, is_helo_char, &word) || !wax_skip_fws(&rest))
		return false;
	if (wax_skip_char(&rest, '('))
		return read_comment(rest, word, out);
	return read_bare(rest, word, out);
}
