/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/auth/spf_record.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#define ADDRESS_TEXT_MAX 64 /* longer than any address */

static const struct wax_str version = WAX_STR_INIT("v=spf1");

/* Which form the part behind a mechanism's name has.     RFC 7208 s12 */
enum form {
	NOTHING,
	DOMAIN,          /* ":" domain-spec */
	OPTIONAL_DOMAIN, /* [ ":" domain-spec ] */
	OPTIONAL_HOSTS,  /* [ ":" domain-spec ] [ dual-cidr-length ] */
	NETWORK4,        /* ":" ip4-network [ ip4-cidr-length ] */
	NETWORK6         /* ":" ip6-network [ ip6-cidr-length ] */
};

static const struct mechanism {
	struct wax_str name;
	enum wax_spf_kind kind;
	enum form form;
} mechanisms[] = {
	{ WAX_STR_INIT("all"), WAX_SPF_ALL, NOTHING },
	{ WAX_STR_INIT("include"), WAX_SPF_INCLUDE, DOMAIN },
	{ WAX_STR_INIT("a"), WAX_SPF_A, OPTIONAL_HOSTS },
	{ WAX_STR_INIT("mx"), WAX_SPF_MX, OPTIONAL_HOSTS },
	{ WAX_STR_INIT("ptr"), WAX_SPF_PTR, OPTIONAL_DOMAIN },
	{ WAX_STR_INIT("ip4"), WAX_SPF_IP4, NETWORK4 },
	{ WAX_STR_INIT("ip6"), WAX_SPF_IP6, NETWORK6 },
	{ WAX_STR_INIT("exists"), WAX_SPF_EXISTS, DOMAIN },
};

#define N_MECHANISMS (sizeof mechanisms / sizeof mechanisms[0])

/* A fault at the first octet of `where`, which lies in the term's text. */
static bool
fail(const struct wax_spf_term *term, struct wax_str where, const char *what,
    struct wax_spf_fault *fault)
{
	fault->at = (size_t)(where.p - term->text.p);
	fault->what = what;
	return false;
}

/*
 * Take "/" and a CIDR length off the end of *s: true if there was one. The
 * lengths have no leading zeros.                         RFC 7208 s5.6
 */
static bool
cut_cidr(struct wax_str *s, struct wax_str *length)
{
	size_t i = s->n;

	while (i > 0 && wax_is_digit(s->p[i - 1]))
		i--;
	if (i == s->n || i == 0 || s->p[i - 1] != '/')
		return false;
	*length = wax_str_from(*s, i);
	s->n = i - 1;
	return true;
}

static bool
read_cidr(struct wax_str length, unsigned max, unsigned *out)
{
	unsigned long value;

	if (length.n > 1 && length.p[0] == '0')
		return false;
	if (!wax_str_number(length, max, &value))
		return false;
	*out = (unsigned)value;
	return true;
}

static bool
read_domain(
    struct wax_str spec, struct wax_spf_term *term, struct wax_spf_fault *fault)
{
	if (!wax_spf_is_domain_spec(spec, fault)) {
		fault->at += (size_t)(spec.p - term->text.p);
		return false;
	}
	term->spec = spec;
	return true;
}

/*
 * A domain-spec may hold slashes and digits, but ends in neither: what looks
 * like a CIDR length at the end is one.
 */
static bool
read_hosts(
    struct wax_str rest, struct wax_spf_term *term, struct wax_spf_fault *fault)
{
	struct wax_str length;
	bool is_dual;

	if (cut_cidr(&rest, &length)) {
		is_dual = rest.n > 0 && rest.p[rest.n - 1] == '/';
		if (is_dual && !read_cidr(length, 128, &term->prefix6))
			return fail(
			    term, length, "not a CIDR length of IPv6", fault);
		if (is_dual)
			rest.n--;
		if (!is_dual || cut_cidr(&rest, &length))
			if (!read_cidr(length, 32, &term->prefix4))
				return fail(term, length,
				    "not a CIDR length of IPv4", fault);
	}
	if (rest.n == 0)
		return true;
	if (rest.p[0] != ':')
		return fail(term, rest, "not a CIDR length", fault);
	return read_domain(wax_str_from(rest, 1), term, fault);
}

/*
 * Not wax_network_parse(): that knows more forms of an address than
 * RFC 7208 s12 has, and makes mapped addresses IPv4.
 */
static bool
read_network(struct wax_str rest, enum wax_family family,
    struct wax_spf_term *term, struct wax_spf_fault *fault)
{
	unsigned bits = family == WAX_IPV4 ? 32 : 128;
	struct wax_network *network = &term->network;
	struct wax_str length;
	char z[ADDRESS_TEXT_MAX];

	if (rest.n == 0 || rest.p[0] != ':')
		return fail(term, rest, "an address is missing", fault);
	rest = wax_str_from(rest, 1);
	network->prefix = bits;
	if (cut_cidr(&rest, &length) &&
	    !read_cidr(length, bits, &network->prefix))
		return fail(term, length, "not a CIDR length", fault);
	if (rest.n >= sizeof z || memchr(rest.p, '\0', rest.n) != NULL)
		return fail(term, rest, "not an address", fault);
	memcpy(z, rest.p, rest.n);
	z[rest.n] = '\0';
	network->base.family = family;
	if (inet_pton(family == WAX_IPV4 ? AF_INET : AF_INET6, z,
	        network->base.octet) != 1)
		return fail(term, rest,
		    family == WAX_IPV4 ? "not an IPv4 address"
		                       : "not an IPv6 address",
		    fault);
	return true;
}

static bool
read_mechanism(struct wax_str name, struct wax_str rest,
    struct wax_spf_term *term, struct wax_spf_fault *fault)
{
	const struct mechanism *m = mechanisms;

	while (m < mechanisms + N_MECHANISMS && !wax_str_ieq(m->name, name))
		m++;
	if (m == mechanisms + N_MECHANISMS)
		return fail(term, name, "no such mechanism", fault);
	term->kind = m->kind;
	switch (m->form) {
	case NOTHING:
		if (rest.n > 0)
			return fail(term, rest,
			    "a mechanism that takes no argument", fault);
		return true;
	case OPTIONAL_DOMAIN:
	case DOMAIN:
		if (rest.n == 0 && m->form == OPTIONAL_DOMAIN)
			return true;
		if (rest.n == 0 || rest.p[0] != ':')
			return fail(term, rest, "a domain is missing", fault);
		return read_domain(wax_str_from(rest, 1), term, fault);
	case OPTIONAL_HOSTS:
		return read_hosts(rest, term, fault);
	case NETWORK4:
		return read_network(rest, WAX_IPV4, term, fault);
	case NETWORK6:
		return read_network(rest, WAX_IPV6, term, fault);
	}
	return false;
}

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ) */
static bool
is_modifier_name(struct wax_str name)
{
	if (name.n == 0 || !wax_is_alpha(name.p[0]))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!wax_is_alpha(name.p[i]) && !wax_is_digit(name.p[i]) &&
		    name.p[i] != '-' && name.p[i] != '_' && name.p[i] != '.')
			return false;
	return true;
}

/*
 * A known name is never an unknown modifier, so that a wrong redirect= is
 * an error.                                              RFC 7208 s12
 */
static bool
read_modifier(struct wax_str name, struct wax_str value,
    struct wax_spf_term *term, struct wax_spf_fault *fault)
{
	if (!is_modifier_name(name))
		return fail(
		    term, term->text, "not the name of a modifier", fault);
	term->spec = value;
	if (wax_str_ieq(name, WAX_STR("redirect"))) {
		term->kind = WAX_SPF_REDIRECT;
		return read_domain(value, term, fault);
	}
	if (wax_str_ieq(name, WAX_STR("exp"))) {
		term->kind = WAX_SPF_EXP;
		return read_domain(value, term, fault);
	}
	term->kind = WAX_SPF_UNKNOWN_MODIFIER;
	if (!wax_spf_is_macro_string(value, fault)) {
		fault->at += (size_t)(value.p - term->text.p);
		return false;
	}
	return true;
}

static bool
read_qualifier(char c, enum wax_result *out)
{
	switch (c) {
	case '+':
		*out = WAX_PASS;
		return true;
	case '-':
		*out = WAX_FAIL;
		return true;
	case '~':
		*out = WAX_SOFTFAIL;
		return true;
	case '?':
		*out = WAX_NEUTRAL;
		return true;
	default:
		return false;
	}
}

/* The fault's place is counted from the term's beginning. */
static bool
read_term(
    struct wax_str text, struct wax_spf_term *term, struct wax_spf_fault *fault)
{
	struct wax_str rest = text;
	size_t n = 0;

	*term = (struct wax_spf_term){ .on_match = WAX_PASS,
		.text = text,
		.prefix4 = 32,
		.prefix6 = 128 };
	while (n < text.n && text.p[n] != '=' && text.p[n] != ':' &&
	       text.p[n] != '/')
		n++;
	/* "=" before any ":" or "/" makes a modifier. RFC 7208 s4.6.1 */
	if (n < text.n && text.p[n] == '=')
		return read_modifier(wax_str_head(text, n),
		    wax_str_from(text, n + 1), term, fault);
	if (read_qualifier(text.p[0], &term->on_match)) {
		rest = wax_str_from(text, 1);
		n--;
	}
	return read_mechanism(
	    wax_str_head(rest, n), wax_str_from(rest, n), term, fault);
}

/* The next text between blanks; only SP separates.    RFC 7208 s4.6.1 */
static bool
cut_term(struct wax_str record, size_t *at, struct wax_str *out)
{
	size_t start = *at, end;

	while (start < record.n && record.p[start] == ' ')
		start++;
	end = start;
	while (end < record.n && record.p[end] != ' ')
		end++;
	*at = end;
	*out = wax_str_head(wax_str_from(record, start), end - start);
	return start < end;
}

bool
wax_spf_record_is(struct wax_str text)
{
	return wax_str_istarts(text, version) &&
	       (text.n == version.n || text.p[version.n] == ' ');
}

/* What only the record as a whole shows.                   RFC 7208 s6 */
static bool
note_term(struct wax_spf_record *record, const struct wax_spf_term *term,
    const char **what)
{
	struct wax_str *once = NULL;

	record->n_terms++;
	if (term->kind == WAX_SPF_ALL)
		record->has_all = true;
	if (term->kind == WAX_SPF_REDIRECT)
		once = &record->redirect;
	if (term->kind == WAX_SPF_EXP)
		once = &record->exp;
	if (once == NULL)
		return true;
	if (once->n > 0) {
		*what = "a modifier that was there before";
		return false;
	}
	*once = term->spec;
	return true;
}

bool
wax_spf_record_parse(struct wax_str text, struct wax_spf_record *out,
    struct wax_spf_fault *fault)
{
	struct wax_spf_term term;
	struct wax_str part;
	size_t at = version.n;

	WAX_ASSERT(wax_spf_record_is(text));
	*out = (struct wax_spf_record){ .text = text };
	*fault = (struct wax_spf_fault){ .what = NULL };
	while (cut_term(text, &at, &part)) {
		if (!read_term(part, &term, fault) ||
		    !note_term(out, &term, &fault->what)) {
			fault->at += at - part.n;
			return false;
		}
	}
	return true;
}

bool
wax_spf_record_next(
    const struct wax_spf_record *record, size_t *at, struct wax_spf_term *out)
{
	struct wax_spf_fault fault = { .what = NULL };
	struct wax_str part;
	bool is_valid;

	if (*at < version.n)
		*at = version.n;
	if (!cut_term(record->text, at, &part))
		return false;
	is_valid = read_term(part, out, &fault);
	WAX_ASSERT(is_valid);
	return true;
}

bool
wax_spf_kind_counts(enum wax_spf_kind kind)
{
	switch (kind) {
	case WAX_SPF_INCLUDE:
	case WAX_SPF_A:
	case WAX_SPF_MX:
	case WAX_SPF_PTR:
	case WAX_SPF_EXISTS:
	case WAX_SPF_REDIRECT:
		return true;
	case WAX_SPF_ALL:
	case WAX_SPF_IP4:
	case WAX_SPF_IP6:
	case WAX_SPF_EXP:
	case WAX_SPF_UNKNOWN_MODIFIER:
		return false;
	}
	return false;
}
