/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The From field: RFC 5322 s3.4 with groups (RFC 6854), 8-bit text (RFC 6532)
 * and the obsolete forms of s4.4 that lead every reader to the same domain:
 * empty list elements, dots in a display name, CFWS around dots, a source
 * route within the author's own domain; and square brackets in a display
 * name, which no RFC allows and every reader does. One pass from left to right; where
 * the grammar ends, so does the author. The reverse-path of the envelope has
 * a grammar of its own: reverse_path.c.
 */
#include "policy/mail/address.h"

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/mail/abnf.h"

struct reader {
	struct wax_arena *arena;
	struct wax_str rest;
	size_t n_addresses, max_addresses; /* hosts of routes count, too */
	struct wax_domain domain;          /* of the first address */
	bool several;
	const char *problem; /* the first one; NULL: none */
};

/* What stands before a "<", an "@" or a ":". */
struct words {
	size_t n;
	bool dot_first;  /* a local-part at most */
	bool dot_absent; /* between two words: a display name at most */
	bool bracket;    /* "[" or "]": a display name of one mailbox at most */
	bool encoded;    /* holds an encoded-word */
	bool is_utf8;
	bool open; /* "=?" was seen, and no "?=" yet */
};

static bool
malformed(struct reader *reader, const char *problem)
{
	if (reader->problem == NULL)
		reader->problem = problem;
	return false;
}

static bool
at(const struct reader *reader, char c)
{
	return reader->rest.n > 0 && reader->rest.p[0] == c;
}

static bool
skip_cfws(struct reader *reader)
{
	if (!wax_skip_cfws(&reader->rest))
		return malformed(
		    reader, "a comment does not end, or nests too deep");
	return true;
}

/* ---- words -------------------------------------------------------------- */

static void
note_word(struct words *words, struct wax_str word, bool after_dot)
{
	size_t from = 0;

	if (words->n > 0 && !after_dot)
		words->dot_absent = true;
	words->n++;
	if (!wax_is_utf8(word))
		words->is_utf8 = false;
	/* An encoded-word may be cut by dots, which atoms do not hold. */
	for (size_t i = 0; i + 1 < word.n; i++) {
		if (!words->open && word.p[i] == '=' && word.p[i + 1] == '?') {
			words->open = true;
			from = i + 2;
		} else if (words->open && i >= from && word.p[i] == '?' &&
		           word.p[i + 1] == '=') {
			words->encoded = true;
		}
	}
}

/*
 * 1*(word / "." / CFWS): both a local-part and a display name begin like
 * that (RFC 5322 s3.4.1, s4.1), and only what follows tells which it is.
 */
static bool
read_words(struct reader *reader, struct words *out)
{
	struct wax_str from;
	bool after_dot = false;

	*out = (struct words){ .is_utf8 = true };
	for (;;) {
		if (!skip_cfws(reader))
			return false;
		from = reader->rest;
		if (wax_skip_char(&reader->rest, '.')) {
			if (out->n == 0)
				out->dot_first = true;
			after_dot = true;
			continue;
		}
		/* "[Shop] Orders <a@shop.example>" wants quotes, and many do
		 * without: no reader takes another author from it. */
		if (wax_skip_char(&reader->rest, '[') ||
		    wax_skip_char(&reader->rest, ']')) {
			out->bracket = true;
			continue;
		}
		if (!wax_skip_atom(&reader->rest) &&
		    !wax_skip_quoted_string(&reader->rest)) {
			if (at(reader, '"'))
				return malformed(
				    reader, "a quoted string does not end");
			return true;
		}
		note_word(out, wax_skipped(from, reader->rest), after_dot);
		after_dot = false;
	}
}

/*
 * Dots may stand at both ends of a local-part and beside each other: mobile
 * carriers gave out such addresses, and the domain is the same for everyone.
 */
static bool
check_local_part(struct reader *reader, const struct words *words)
{
	if (words->n == 0)
		return malformed(reader, "an address has no local-part");
	if (words->dot_absent || words->bracket)
		return malformed(
		    reader, "an \"@\" in a display name without quotes");
	/* RFC 2047 s5: not in any part of an addr-spec. Readers that decode
	 * it find another address in it. */
	if (words->encoded)
		return malformed(reader, "an encoded-word in an address");
	if (!words->is_utf8)
		return malformed(reader, "an address is not UTF-8");
	return true;
}

/* ---- domains ------------------------------------------------------------ */

/* RFC 5322 s4.4: obs-domain, which dot-atom is one of. What comes out is
 * without the CFWS; whether it is a domain is another question. */
static bool
read_domain_text(struct reader *reader, struct wax_text *out)
{
	struct wax_str from;
	bool after_atom = false;

	wax_text_init(out, reader->arena);
	for (;;) {
		if (!skip_cfws(reader))
			return false;
		from = reader->rest;
		if (wax_skip_char(&reader->rest, '.')) {
			wax_text_addc(out, '.');
			after_atom = false;
		} else if (!after_atom && wax_skip_atom(&reader->rest)) {
			wax_text_add(out, wax_skipped(from, reader->rest));
			after_atom = true;
		} else {
			return true;
		}
	}
}

/* Behind the "@". */
static bool
read_domain(struct reader *reader, struct wax_domain *out)
{
	struct wax_text text;

	if (++reader->n_addresses > reader->max_addresses)
		return malformed(reader, "too many addresses");
	if (!read_domain_text(reader, &text))
		return false;
	if (text.n == 0 && at(reader, '['))
		return malformed(
		    reader, "an address literal in place of a domain");
	if (!wax_domain_parse(reader->arena, wax_text_str(&text), out))
		return malformed(reader, "an address has no valid domain");
	if (wax_domain_labels(*out) < 2)
		return malformed(reader, "a domain has only one label");
	return true;
}

static void
note_domain(struct reader *reader, struct wax_domain domain)
{
	if (wax_domain_is_none(reader->domain))
		reader->domain = domain;
	else if (!wax_domain_eq(reader->domain, domain))
		reader->several = true;
}

/* ---- addresses ---------------------------------------------------------- */

struct route {
	WAX_VEC(struct wax_domain) hosts;
};

/*
 * obs-route (RFC 5322 s4.4): *(CFWS / ",") "@" domain *("," [CFWS] ["@"
 * domain]) ":". The caller has seen its first octet.
 */
static bool
read_route(struct reader *reader, struct route *route)
{
	struct wax_domain domain;

	for (;;) {
		if (!skip_cfws(reader))
			return false;
		if (wax_skip_char(&reader->rest, ','))
			continue;
		if (!wax_skip_char(&reader->rest, '@'))
			break;
		if (!read_domain(reader, &domain))
			return false;
		WAX_PUSH(reader->arena, &route->hosts, domain);
		if (!at(reader, ',') && !at(reader, ':'))
			return malformed(reader, "a malformed source route");
	}
	if (route->hosts.n == 0 || !wax_skip_char(&reader->rest, ':'))
		return malformed(reader, "a malformed source route");
	return true;
}

/*
 * The route is ignored, as RFC 5322 s4.4 says. But some readers show its
 * first host as the author's, so one outside the author's domain is a second
 * domain in the field.
 */
static void
check_route(
    struct reader *reader, const struct route *route, struct wax_domain author)
{
	for (size_t i = 0; i < route->hosts.n; i++)
		if (!wax_domain_is_under(route->hosts.v[i], author))
			reader->several = true;
}

/* "<" [obs-route] addr-spec ">" */
static bool
read_angle_addr(struct reader *reader, struct wax_domain *out)
{
	struct words words;
	struct route route = { 0 };

	if (!wax_skip_char(&reader->rest, '<') || !skip_cfws(reader))
		return false;
	if (at(reader, '>'))
		return malformed(reader, "nothing in the angle brackets");
	if ((at(reader, '@') || at(reader, ',')) && !read_route(reader, &route))
		return false;
	if (!read_words(reader, &words))
		return false;
	if (!wax_skip_char(&reader->rest, '@'))
		return malformed(reader, "no \"@\" in the angle brackets");
	if (!check_local_part(reader, &words) || !read_domain(reader, out))
		return false;
	if (!wax_skip_char(&reader->rest, '>'))
		return malformed(reader, "an angle bracket is not closed");
	check_route(reader, &route, *out);
	return true;
}

/*
 * Behind the "@" of an element. Some mailers write "j@d.example
 * <j@d.example>" without the quotes that RFC 5322 s3.2.3 asks for; if both
 * have one domain, that is the author's for every reader.
 */
static bool
read_bare_addr(struct reader *reader, const struct words *words)
{
	struct wax_domain shown, domain;

	if (!check_local_part(reader, words) || !read_domain(reader, &shown))
		return false;
	if (!at(reader, '<')) {
		note_domain(reader, shown);
		return true;
	}
	if (!read_angle_addr(reader, &domain))
		return false;
	if (!wax_domain_eq(shown, domain))
		return malformed(
		    reader, "an address of another domain in the display name");
	note_domain(reader, domain);
	return true;
}

/* One mailbox, or the beginning of a group. *in_group changes with that. */
static bool
read_element(struct reader *reader, bool *in_group)
{
	struct words words;
	struct wax_domain domain;

	if (!read_words(reader, &words))
		return false;
	if (wax_skip_char(&reader->rest, '@'))
		return read_bare_addr(reader, &words);
	if (words.dot_first)
		return malformed(reader, "a dot where a word is expected");
	if (at(reader, '<')) {
		if (!read_angle_addr(reader, &domain))
			return false;
		note_domain(reader, domain);
		return true;
	}
	if (words.n > 0 && !words.bracket && !*in_group &&
	    wax_skip_char(&reader->rest, ':')) {
		*in_group = true;
		return true;
	}
	return malformed(reader, words.n > 0
	                             ? "a display name without an address"
	                             : "a special character without quotes");
}

/* address-list, with obs-addr-list and obs-group-list: RFC 5322 s4.4 */
static bool
read_list(struct reader *reader)
{
	bool in_group = false, was_in_group, complete = false;

	for (;;) {
		if (!skip_cfws(reader))
			return false;
		if (reader->rest.n == 0)
			break;
		if (wax_skip_char(&reader->rest, ',')) {
			complete = false;
			continue;
		}
		if (in_group && wax_skip_char(&reader->rest, ';')) {
			in_group = false;
			complete = true;
			continue;
		}
		if (complete)
			return malformed(reader, "text behind an address");
		was_in_group = in_group;
		if (!read_element(reader, &in_group))
			return false;
		complete = in_group == was_in_group;
	}
	if (in_group)
		return malformed(reader, "a group does not end");
	return true;
}

/* Control characters, NUL among them, and line ends that are no fold. */
static bool
check_octets(struct reader *reader)
{
	struct wax_str s = reader->rest;

	while (s.n > 0) {
		if (wax_skip_fws(&s))
			continue;
		if (wax_is_control(s.p[0]))
			return malformed(reader, "a control character");
		s = wax_str_from(s, 1);
	}
	return true;
}

static enum wax_author_status
read_field(struct reader *reader)
{
	if (!check_octets(reader) || !read_list(reader))
		return WAX_AUTHOR_SYNTAX;
	if (reader->several)
		reader->problem = "several domains in the From field";
	else if (wax_domain_is_none(reader->domain))
		reader->problem = "no address in the From field";
	if (reader->several)
		return WAX_AUTHOR_SEVERAL;
	return wax_domain_is_none(reader->domain) ? WAX_AUTHOR_NONE
	                                          : WAX_AUTHOR_OK;
}

static enum wax_author_status
read_from(struct reader *reader, const struct wax_field_list *fields)
{
	const struct wax_field *from;
	size_t i = 0;

	from = wax_field_next(fields, WAX_STR("From"), &i);
	if (from == NULL) {
		reader->problem = "no From field";
		return WAX_AUTHOR_NONE;
	}
	/* RFC 5322 s3.6: exactly one. */
	if (wax_field_next(fields, WAX_STR("From"), &i) != NULL) {
		reader->problem = "several From fields";
		return WAX_AUTHOR_SEVERAL;
	}
	/* RFC 5322 s4.5 has them, but not every reader takes that for From. */
	if (from->name.n != WAX_STR("From").n) {
		reader->problem = "blanks before the colon of From";
		return WAX_AUTHOR_SYNTAX;
	}
	reader->rest = from->raw;
	return read_field(reader);
}

enum wax_author_status
wax_author_domain(struct wax_arena *arena, const struct wax_field_list *fields,
    size_t max_addresses, struct wax_domain *out, struct wax_str *reason)
{
	struct reader reader = {
		.arena = arena,
		.max_addresses = max_addresses,
	};
	enum wax_author_status status = read_from(&reader, fields);

	if (status == WAX_AUTHOR_OK)
		*out = reader.domain;
	if (reason != NULL)
		*reason = wax_str_of(reader.problem);
	return status;
}
