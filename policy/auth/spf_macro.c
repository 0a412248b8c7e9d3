/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/auth/spf_macro.h"

#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"

/* More parts than any value has; the number only has to stay a number. */
#define PARTS_MAX 100000u

/* Of one value no more octets than this can be seen in a name. */
#define VISIBLE_MAX (WAX_DOMAIN_MAX + 2)

/* --- syntax -------------------------------------------------------------- */

static bool
is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

static bool
is_delimiter(char c)
{
	return c != '\0' && strchr(".-+,/_=", c) != NULL;
}

static bool
is_macro_letter(char c)
{
	return c != '\0' && strchr("slodiphcrtv", c) != NULL;
}

/* Behind "%{": macro-letter transformers *delimiter "}". */
static bool
read_macro(struct wax_str *rest, struct wax_spf_token *out, const char **what)
{
	struct wax_str s = *rest;
	size_t i = 0, digits;

	if (i == s.n || !is_macro_letter(wax_lower(s.p[i]))) {
		*what = "no such macro letter";
		return false;
	}
	out->letter = wax_lower(s.p[i]);
	out->url_escape = s.p[i] != out->letter;
	digits = ++i;
	for (; i < s.n && wax_is_digit(s.p[i]); i++)
		if (out->parts < PARTS_MAX)
			out->parts = out->parts * 10 + (unsigned)(s.p[i] - '0');
	if (i > digits && out->parts == 0) {
		*what = "a macro that uses 0 parts";
		return false;
	}
	if (i < s.n && wax_lower(s.p[i]) == 'r') {
		out->reverse = true;
		i++;
	}
	out->splits = wax_str_from(s, i);
	while (i < s.n && is_delimiter(s.p[i]))
		i++;
	out->splits.n -= s.n - i;
	if (out->splits.n == 0)
		out->splits = WAX_STR(".");
	if (i == s.n || s.p[i] != '}') {
		*what = "a macro that is not closed as it should be";
		return false;
	}
	*rest = wax_str_from(s, i + 1);
	return true;
}

static bool
read_percent(struct wax_str *rest, struct wax_spf_token *out, const char **what)
{
	struct wax_str behind = wax_str_from(*rest, 2);

	switch (rest->n > 1 ? rest->p[1] : '\0') {
	case '{':
		if (!read_macro(&behind, out, what))
			return false;
		break;
	case '%':
		out->literal = WAX_STR("%");
		break;
	case '_':
		out->literal = WAX_STR(" ");
		break;
	case '-':
		out->literal = WAX_STR("%20");
		break;
	default:
		*what = "% without a macro behind it";
		return false;
	}
	*rest = behind;
	return true;
}

bool
wax_spf_token_next(
    struct wax_str *rest, struct wax_spf_token *out, const char **what)
{
	size_t n = 0;

	*out = (struct wax_spf_token){ .letter = '\0' };
	*what = NULL;
	if (rest->n == 0)
		return false;
	if (rest->p[0] == '%')
		return read_percent(rest, out, what);
	/* Blanks are for explain-strings; others check before. */
	while (n < rest->n && rest->p[n] != '%' && is_printable(rest->p[n]))
		n++;
	if (n == 0) {
		*what = "an octet that is not visible ASCII";
		return false;
	}
	out->literal = wax_str_head(*rest, n);
	*rest = wax_str_from(*rest, n);
	return true;
}

static bool
fail(struct wax_spf_fault *fault, size_t at, const char *what)
{
	*fault = (struct wax_spf_fault){ at, what };
	return false;
}

bool
wax_spf_is_macro_string(struct wax_str text, struct wax_spf_fault *fault)
{
	struct wax_str rest = text;
	struct wax_spf_token token;
	const char *what;

	if (wax_str_find(text, ' ') < text.n)
		return fail(fault, wax_str_find(text, ' '), "a blank");
	while (wax_spf_token_next(&rest, &token, &what))
		continue;
	if (what != NULL)
		return fail(fault, text.n - rest.n, what);
	return true;
}

bool
wax_spf_is_explain_string(struct wax_str text)
{
	struct wax_spf_token token;
	const char *what;

	while (wax_spf_token_next(&text, &token, &what))
		continue;
	return what == NULL;
}

bool
wax_spf_uses_letter(struct wax_str text, char letter)
{
	struct wax_spf_token token;
	const char *what;

	while (wax_spf_token_next(&text, &token, &what))
		if (token.letter == letter)
			return true;
	return false;
}

/*
 * toplabel = ( *alphanum ALPHA *alphanum ) /
 *            ( 1*alphanum "-" *( alphanum / "-" ) alphanum )
 */
static bool
is_toplabel(struct wax_str label)
{
	bool has_other = false;

	if (label.n == 0 || label.p[0] == '-' || label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++) {
		if (wax_is_alpha(label.p[i]) || label.p[i] == '-')
			has_other = true;
		else if (!wax_is_digit(label.p[i]))
			return false;
	}
	return has_other;
}

/* domain-end, where the domain-spec does not end with a macro. */
static bool
ends_with_toplabel(struct wax_str tail)
{
	size_t dot;

	if (tail.p[tail.n - 1] == '.')
		tail.n--;
	dot = wax_str_rfind(tail, '.');
	return dot < tail.n && is_toplabel(wax_str_from(tail, dot + 1));
}

bool
wax_spf_is_domain_spec(struct wax_str text, struct wax_spf_fault *fault)
{
	struct wax_str rest = text, tail = { NULL, 0 };
	struct wax_spf_token token;
	const char *what;

	if (text.n == 0)
		return fail(fault, 0, "a domain is missing");
	if (!wax_spf_is_macro_string(text, fault))
		return false;
	while (wax_spf_token_next(&rest, &token, &what)) {
		if (token.letter == 'c' || token.letter == 'r' ||
		    token.letter == 't')
			return fail(fault, 0,
			    "a macro letter that is for explanations only");
		/* What %%, %_ and %- stand for is no text of the record. */
		tail = token.literal;
		if (token.letter != '\0' || tail.p != rest.p - tail.n)
			tail.n = 0;
	}
	if (tail.n > 0 && !ends_with_toplabel(tail))
		return fail(fault, text.n - tail.n,
		    "a domain that ends in no top-level label");
	return true;
}

/* --- expansion ----------------------------------------------------------- */

struct expansion {
	const struct wax_spf_values *values;
	struct wax_text text;
	bool is_name; /* only the last octets matter */
	/* Made once, however often a macro wants them. */
	struct wax_str sender, dotted;
};

/*
 * A name is cut from the left to 253 octets in the end, so that no more than
 * the last 255 need be kept, however long the macros make it: one may be the
 * trailing dot, and one more tells that there was more, and whether a label
 * ends there.
 */
static void
drop_invisible(struct expansion *e)
{
	size_t keep = VISIBLE_MAX;

	if (!e->is_name || e->text.n < 16 * keep)
		return;
	memmove(e->text.p, e->text.p + e->text.n - keep, keep);
	e->text.n = keep;
}

static void
add_octet(struct expansion *e, bool url_escape, char c)
{
	if (!url_escape || wax_is_alpha(c) || wax_is_digit(c) ||
	    (c != '\0' && strchr("-._~", c) != NULL))
		wax_text_addc(&e->text, c);
	else
		wax_text_addf(&e->text, "%%%02X", (unsigned char)c);
}

/* 4.3.2.1, or the 32 nibbles of IPv6 with dots between.  RFC 7208 s7.3 */
static struct wax_str
dotted(struct wax_arena *arena, struct wax_ip ip)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (unsigned i = 0; i < wax_ip_bits(ip) / 8; i++)
		wax_text_addf(&text, ip.family == WAX_IPV4 ? "%s%u" : "%s%X.%X",
		    i > 0 ? "." : "",
		    ip.family == WAX_IPV4 ? ip.octet[i] : ip.octet[i] >> 4,
		    ip.octet[i] & 0xf);
	return wax_text_str(&text);
}

static struct wax_str
or_unknown(struct wax_str s)
{
	return s.n > 0 ? s : WAX_STR("unknown");
}

static struct wax_str
value_of(struct expansion *e, char letter)
{
	const struct wax_spf_values *v = e->values;
	struct wax_arena *arena = e->text.arena;

	switch (letter) {
	case 's':
		if (e->sender.p == NULL)
			e->sender = wax_textf(arena, "%.*s@%.*s",
			    WAX_FMT(v->local_part), WAX_FMT(v->sender_domain));
		return e->sender;
	case 'l':
		return v->local_part;
	case 'o':
		return v->sender_domain;
	case 'd':
		return v->domain;
	case 'i':
		if (e->dotted.p == NULL)
			e->dotted = dotted(arena, v->client);
		return e->dotted;
	case 'p':
		return or_unknown(v->validated);
	case 'h':
		return v->helo;
	case 'c':
		return wax_ip_format(arena, v->client);
	case 'r':
		return or_unknown(v->receiver);
	case 't':
		return wax_textf(arena, "%lld", (long long)v->now);
	case 'v':
		return v->client.family == WAX_IPV6 ? WAX_STR("ip6")
		                                    : WAX_STR("in-addr");
	default:
		break;
	}
	return WAX_STR("");
}

static bool
splits_at(const struct wax_spf_token *macro, char c)
{
	return wax_str_find(macro->splits, c) < macro->splits.n;
}

/* The last n parts of s. */
static struct wax_str
last_parts(const struct wax_spf_token *macro, struct wax_str s)
{
	unsigned left = macro->parts;

	for (size_t i = s.n; i > 0; i--)
		if (splits_at(macro, s.p[i - 1]) && --left == 0)
			return wax_str_from(s, i);
	return s;
}

static struct wax_str
first_parts(const struct wax_spf_token *macro, struct wax_str s)
{
	unsigned left = macro->parts;

	for (size_t i = 0; i < s.n; i++)
		if (splits_at(macro, s.p[i]) && --left == 0)
			return wax_str_head(s, i);
	return s;
}

/*
 * As many of the first parts as can be seen in a name when they are its last
 * ones. Only whole parts: the end of one stands in front of its neighbour.
 */
static struct wax_str
visible_first_parts(const struct wax_spf_token *macro, struct wax_str s)
{
	size_t n = VISIBLE_MAX;

	while (n < s.n && !splits_at(macro, s.p[n]))
		n++;
	return wax_str_head(s, n);
}

/*
 * Split, reverse, take parts from the right, join with dots. The last parts
 * of the reversed value are the first ones of the value.  RFC 7208 s7.3
 */
static void
add_forward(
    struct expansion *e, const struct wax_spf_token *macro, struct wax_str s)
{
	if (macro->parts > 0)
		s = last_parts(macro, s);
	if (e->is_name && s.n > VISIBLE_MAX)
		s = wax_str_from(s, s.n - VISIBLE_MAX);
	for (size_t i = 0; i < s.n; i++)
		add_octet(e, macro->url_escape,
		    splits_at(macro, s.p[i]) ? '.' : s.p[i]);
}

static void
add_reversed(
    struct expansion *e, const struct wax_spf_token *macro, struct wax_str s)
{
	size_t end;

	if (macro->parts > 0)
		s = first_parts(macro, s);
	if (e->is_name)
		s = visible_first_parts(macro, s);
	end = s.n;
	for (size_t i = s.n; i > 0; i--) {
		if (!splits_at(macro, s.p[i - 1]))
			continue;
		for (size_t k = i; k < end; k++)
			add_octet(e, macro->url_escape, s.p[k]);
		wax_text_addc(&e->text, '.');
		end = i - 1;
	}
	for (size_t k = 0; k < end; k++)
		add_octet(e, macro->url_escape, s.p[k]);
}

static void
add_token(struct expansion *e, const struct wax_spf_token *token)
{
	struct wax_str value;

	if (token->letter == '\0') {
		wax_text_add(&e->text, token->literal);
		return;
	}
	value = value_of(e, token->letter);
	if (token->reverse)
		add_reversed(e, token, value);
	else
		add_forward(e, token, value);
}

struct wax_str
wax_spf_expand_name(struct wax_arena *arena, struct wax_str domain_spec,
    const struct wax_spf_values *values)
{
	struct expansion e = { .values = values, .is_name = true };
	struct wax_spf_token token;
	struct wax_str name;
	const char *what;

	wax_text_init(&e.text, arena);
	while (wax_spf_token_next(&domain_spec, &token, &what)) {
		add_token(&e, &token);
		drop_invisible(&e);
	}
	WAX_ASSERT(what == NULL);
	name = wax_text_str(&e.text);
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	while (name.n > WAX_DOMAIN_MAX && wax_str_find(name, '.') < name.n)
		name = wax_str_from(name, wax_str_find(name, '.') + 1);
	return wax_str_lower(arena, name);
}

bool
wax_spf_expand_text(struct wax_arena *arena, struct wax_str explain_string,
    const struct wax_spf_values *values, struct wax_str *out)
{
	struct expansion e = { .values = values };
	struct wax_spf_token token;
	const char *what;

	wax_text_init(&e.text, arena);
	while (wax_spf_token_next(&explain_string, &token, &what)) {
		add_token(&e, &token);
		if (e.text.n > WAX_SPF_EXPLANATION_MAX)
			return false;
	}
	WAX_ASSERT(what == NULL);
	*out = wax_text_str(&e.text);
	for (size_t i = 0; i < out->n; i++)
		if (!is_printable(out->p[i]))
			return false;
	return true;
}
