/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose Authentication-Results is this? RFC 8601 s5 has a field removed that
 * claims our authserv-id. Whoever reads the field later may be more lenient
 * than its grammar, so it is read as several lenient readers would, and it is
 * ours if one of them finds our id. Fields of others, our name among their
 * values included, are not touched.
 */
#include "policy/mail/authres.h"

#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/mail/abnf.h"
#include "policy/mail/domain.h"

struct ours {
	struct wax_arena *arena;
	struct wax_str id;        /* without blanks, nor dots at its ends */
	struct wax_domain domain; /* what it is as A-labels; or none */
};

/* How a reader takes comments and quotes; the first one is right. */
struct reading {
	bool knows_pairs;   /* a backslash quotes what follows */
	bool knows_nesting; /* comments in comments */
};

static const struct reading readings[] = {
	{ true, true },
	{ true, false },
	{ false, true },
	{ false, false },
};

static bool
is_8bit(char c)
{
	return ((unsigned char)c & 0x80) != 0;
}

static bool
has_8bit(struct wax_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_8bit(s.p[i]))
			return true;
	return false;
}

/* The characters of a token and 8 bits: what readers take as one word. */
static bool
is_word_char(char c)
{
	return wax_is_token_char(c) || is_8bit(c);
}

static struct wax_str
take_word(struct wax_str *rest)
{
	struct wax_str before = *rest;

	while (rest->n > 0 && is_word_char(rest->p[0]))
		*rest = wax_str_from(*rest, 1);
	return wax_skipped(before, *rest);
}

/* ---- comparing ---------------------------------------------------------- */

/* Blanks and other invisible characters that a reader may trim. */
static const struct wax_str invisible[] = {
	WAX_STR_INIT("\xc2\x85"),     /* next line */
	WAX_STR_INIT("\xc2\xa0"),     /* no-break space */
	WAX_STR_INIT("\xc2\xad"),     /* soft hyphen */
	WAX_STR_INIT("\xe1\x9a\x80"), /* ogham space */
	WAX_STR_INIT("\xe2\x80\xa8"), /* line separator */
	WAX_STR_INIT("\xe2\x80\xa9"), /* paragraph separator */
	WAX_STR_INIT("\xe2\x80\xaf"), /* narrow no-break space */
	WAX_STR_INIT("\xe2\x81\x9f"), /* mathematical space */
	WAX_STR_INIT("\xe2\x81\xa0"), /* word joiner */
	WAX_STR_INIT("\xe3\x80\x80"), /* ideographic space */
	WAX_STR_INIT("\xef\xbb\xbf"), /* byte order mark */
};

/* Of the text's first three octets: U+2000 to U+200F are invisible, too. */
static size_t
invisible_at(struct wax_str s)
{
	if (s.n >= 3 && memcmp(s.p, "\xe2\x80", 2) == 0 &&
	    (unsigned char)s.p[2] >= 0x80 && (unsigned char)s.p[2] <= 0x8f)
		return 3;
	for (size_t i = 0; i < sizeof invisible / sizeof invisible[0]; i++)
		if (wax_str_starts(s, invisible[i]))
			return invisible[i].n;
	return 0;
}

/* Punctuation around a name; hyphen and underscore are part of one. */
static bool
is_edge(char c)
{
	return !wax_is_alpha(c) && !wax_is_digit(c) && !is_8bit(c) &&
	       c != '-' && c != '_';
}

static struct wax_str
without_blanks(struct wax_arena *arena, struct wax_str s)
{
	char *p = wax_alloc(arena, s.n, 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != ' ' && !wax_is_control(s.p[i]))
			p[n++] = s.p[i];
	return (struct wax_str){ p, n };
}

static struct wax_str
without_edges(struct wax_str s)
{
	size_t n;

	for (;;) {
		if (s.n > 0 && is_edge(s.p[0]))
			s = wax_str_from(s, 1);
		else if ((n = invisible_at(s)) > 0)
			s = wax_str_from(s, n);
		else
			break;
	}
	for (;;) {
		if (s.n > 0 && is_edge(s.p[s.n - 1]))
			s.n--;
		else if (s.n >= 2 &&
		         invisible_at(wax_str_from(s, s.n - 2)) == 2)
			s.n -= 2;
		else if (s.n >= 3 &&
		         invisible_at(wax_str_from(s, s.n - 3)) == 3)
			s.n -= 3;
		else
			break;
	}
	return s;
}

static bool
is_ours(const struct ours *ours, struct wax_str name)
{
	struct wax_domain domain;

	name = without_edges(name);
	if (name.n == 0)
		return false;
	if (wax_str_ieq(name, ours->id) || wax_str_ieq(name, ours->domain.text))
		return true;
	return has_8bit(name) && wax_domain_parse(ours->arena, name, &domain) &&
	       wax_domain_eq(domain, ours->domain);
}

static struct ours
ours_of(struct wax_arena *arena, struct wax_str authserv_id)
{
	struct ours ours = {
		.arena = arena,
		.id = without_edges(without_blanks(arena, authserv_id)),
	};

	if (!wax_domain_parse(arena, ours.id, &ours.domain))
		ours.domain = (struct wax_domain){ WAX_STR("") };
	return ours;
}

/* ---- readers that know the grammar -------------------------------------- */

/* A comment or a quoted string up to its end; false if there is none. */
static bool
skip_enclosed(
    struct wax_str *rest, char open, char close, struct reading reading)
{
	struct wax_str s = *rest;
	size_t depth = 0;

	do {
		char c;

		if (s.n == 0)
			return false;
		c = s.p[0];
		if (c == '\\' && reading.knows_pairs)
			s = wax_str_from(s, 1);
		else if (c == close && depth > 0)
			depth--;
		else if (c == open && (depth == 0 || reading.knows_nesting))
			depth++;
		s = wax_str_from(s, 1);
	} while (depth > 0);
	*rest = s;
	return true;
}

/* White space, all controls, and comments; false if a comment does not end. */
static bool
skip_blank(struct wax_str *rest, struct reading reading)
{
	while (rest->n > 0) {
		char c = rest->p[0];

		if (c == ' ' || wax_is_control(c))
			*rest = wax_str_from(*rest, 1);
		else if (c != '(')
			break;
		else if (!skip_enclosed(rest, '(', ')', reading))
			return false;
	}
	return true;
}

/* What a quoted string says, without any white space. */
static struct wax_str
unquoted(struct wax_arena *arena, struct wax_str quoted, struct reading reading)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 1; i + 1 < quoted.n; i++) {
		if (quoted.p[i] == '\\' && reading.knows_pairs &&
		    i + 2 < quoted.n)
			i++;
		wax_text_addc(&text, quoted.p[i]);
	}
	return without_blanks(arena, wax_text_str(&text));
}

/*
 * A name without quotes, blanks and comments around its dots left out; it is
 * ours if a part from its beginning is: "example.org. 1" has a version.
 */
static bool
read_dotted(
    const struct ours *ours, struct wax_str *rest, struct reading reading)
{
	struct wax_text text;
	struct wax_str ahead = *rest, word;
	bool dot = true;

	wax_text_init(&text, ours->arena);
	while (text.n <= 4 * WAX_DOMAIN_MAX) {
		word = take_word(&ahead);
		if (word.n == 0 || !(dot || word.p[0] == '.'))
			break;
		wax_text_add(&text, word);
		dot = word.p[word.n - 1] == '.';
		*rest = ahead;
		if (is_ours(ours, wax_text_str(&text)))
			return true;
		if (!skip_blank(&ahead, reading))
			break;
	}
	return false;
}

enum head {
	HEAD_FOREIGN, /* well-formed, with the id of somebody else */
	HEAD_OURS,
	HEAD_NOBODY, /* no authserv-id where it should be */
	HEAD_ODD     /* the grammar ends before the first semicolon */
};

/* [CFWS] 1*DIGIT [CFWS]; true unless a comment does not end. */
static bool
skip_version(struct wax_str *rest, struct reading reading)
{
	if (!skip_blank(rest, reading))
		return false;
	while (rest->n > 0 && wax_is_digit(rest->p[0]))
		*rest = wax_str_from(*rest, 1);
	return skip_blank(rest, reading);
}

/*
 * What comes behind an id that is not ours: [version] ";", or the end. But
 * with "=" it was no id: it was the method of "dkim = pass" or "dkim/1 = pass".
 */
static enum head
read_behind_id(struct wax_str rest, struct reading reading)
{
	struct wax_str method = rest;

	if (!skip_version(&rest, reading))
		return HEAD_ODD;
	if (rest.n == 0 || rest.p[0] == ';')
		return HEAD_FOREIGN;
	if (!skip_blank(&method, reading))
		return HEAD_ODD;
	if (wax_skip_char(&method, '/') && !skip_version(&method, reading))
		return HEAD_ODD;
	return wax_skip_char(&method, '=') ? HEAD_NOBODY : HEAD_ODD;
}

/* [CFWS] authserv-id [CFWS version] [CFWS] ";": RFC 8601 s2.2 */
static enum head
read_head(const struct ours *ours, struct wax_str rest, struct reading reading)
{
	struct wax_str before;

	if (!skip_blank(&rest, reading))
		return HEAD_ODD;
	/* Nothing at all, or an encoded-word, which may say anything. */
	if (rest.n == 0 || rest.p[0] == ';' ||
	    wax_str_starts(rest, WAX_STR("\"\"")) ||
	    wax_str_starts(rest, WAX_STR("=?")))
		return HEAD_NOBODY;
	before = rest;
	if (rest.p[0] == '"') {
		if (!skip_enclosed(&rest, '"', '"', reading))
			return HEAD_ODD;
		if (is_ours(ours, unquoted(ours->arena,
		                      wax_skipped(before, rest), reading)))
			return HEAD_OURS;
	} else if (read_dotted(ours, &rest, reading)) {
		return HEAD_OURS;
	}
	if (rest.n == before.n)
		return HEAD_ODD;
	return read_behind_id(rest, reading);
}

/* ---- a reader that looks for the name ----------------------------------- */

/*
 * Whether our id is a word before the first semicolon, but not the value of
 * a property or the domain of an address; or the first word behind another
 * semicolon. Comments and quoted values that end are not looked into.
 */
static bool
search(const struct ours *ours, struct wax_str rest)
{
	struct reading reading = readings[0];
	bool is_head = true, had_word = false, comments_end = true,
	     quotes_end = true;
	char mark = '\0'; /* the last one that says what follows it */

	while (rest.n > 0) {
		char c = rest.p[0];
		bool is_value = had_word && (mark == '=' || mark == '@');

		if (c == '(' && comments_end) {
			comments_end = skip_enclosed(&rest, '(', ')', reading);
			continue;
		}
		if (c == '"' && is_value && quotes_end) {
			quotes_end = skip_enclosed(&rest, '"', '"', reading);
			mark = '\0';
			continue;
		}
		if (is_word_char(c)) {
			struct wax_str word = take_word(&rest);

			if ((is_head ? !is_value : !had_word) &&
			    is_ours(ours, word))
				return true;
			had_word = true;
			mark = '\0';
			continue;
		}
		if (c == ';')
			is_head = had_word = false;
		if (c != ' ' && c != '"' && c != '<' && !wax_is_control(c))
			mark = c;
		rest = wax_str_from(rest, 1);
	}
	return false;
}

bool
wax_authres_claims(struct wax_arena *arena, struct wax_str raw_value,
    struct wax_str authserv_id)
{
	struct ours ours = ours_of(arena, authserv_id);
	enum head right = read_head(&ours, raw_value, readings[0]);

	if (right == HEAD_OURS || right == HEAD_NOBODY)
		return true;
	for (size_t i = 1; i < sizeof readings / sizeof readings[0]; i++)
		if (read_head(&ours, raw_value, readings[i]) == HEAD_OURS)
			return true;
	return right == HEAD_ODD && search(&ours, raw_value);
}
