/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/report/xml_impl.h"

#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/mail/abnf.h"

#define REPLACEMENT WAX_STR("\xef\xbf\xbd")
#define BYTE_ORDER_MARK WAX_STR("\xef\xbb\xbf")
#define DECLARATION_MAX 500

/*
 * The character that s begins with, in octets; 0: it is none, or none that
 * XML 1.0 has (s2.2: no surrogates, U+FFFE, U+FFFF), or a control character:
 * XML has those from U+007F to U+009F, but terminals obey them.
 */
static size_t
character(struct wax_str s)
{
	size_t n = wax_utf8_sequence(s);
	unsigned char c = n > 0 ? (unsigned char)s.p[0] : 0;

	if (n == 1)
		return c < 0x20 || c == 0x7f ? 0 : 1;
	if (n == 2 && c == 0xc2 && (unsigned char)s.p[1] < 0xa0)
		return 0;
	if (wax_str_starts(s, WAX_STR("\xef\xbf\xbe")) ||
	    wax_str_starts(s, WAX_STR("\xef\xbf\xbf")))
		return 0;
	return n;
}

/* A text on its way: of no arena, since there may be millions of them. */
struct line {
	size_t n;
	char p[WAX_REPORT_TEXT_MAX];
};

static void
make_line(struct line *line, struct wax_str s)
{
	s = wax_str_trim(s);
	line->n = 0;
	while (s.n > 0) {
		size_t n = character(s);
		struct wax_str c = wax_str_head(s, n);

		if (n == 0)
			c = REPLACEMENT;
		if (wax_is_space(s.p[0]))
			c = WAX_STR(" ");
		if (line->n + c.n > sizeof line->p)
			break;
		memcpy(line->p + line->n, c.p, c.n);
		line->n += c.n;
		if (n == 0) /* an octet of no character, or a control one */
			n = wax_utf8_sequence(s);
		s = wax_str_from(s, n > 0 ? n : 1);
	}
	while (line->n > 0 && line->p[line->n - 1] == ' ')
		line->n--;
}

static struct wax_str
kept(struct wax_arena *arena, struct wax_str s)
{
	char *p;

	if (s.n == 0)
		return WAX_STR("");
	p = wax_alloc(arena, s.n + 1, 1);
	memcpy(p, s.p, s.n);
	return (struct wax_str){ p, s.n };
}

struct wax_str
wax_xml_text(struct wax_arena *arena, struct wax_str s)
{
	struct line line;

	make_line(&line, s);
	return kept(arena, (struct wax_str){ line.p, line.n });
}

struct wax_str
wax_xml_domain(struct wax_arena *arena, struct wax_str s)
{
	struct line line;
	struct wax_str domain;
	size_t at;

	make_line(&line, s);
	for (size_t i = 0; i < line.n; i++)
		line.p[i] = wax_lower(line.p[i]);
	domain = (struct wax_str){ line.p, line.n };
	at = wax_str_rfind(domain, '@');
	if (at < domain.n)
		domain = wax_str_trim(wax_str_from(domain, at + 1));
	return kept(arena, domain);
}

/* ---- documents of others ------------------------------------------------- */

/* The value of encoding= in an XML declaration; empty if there is none. */
static struct wax_str
declared_encoding(struct wax_str document)
{
	struct wax_str head = wax_str_head(document, DECLARATION_MAX);
	const char *found;

	if (!wax_str_starts(head, WAX_STR("<?xml")))
		return WAX_STR("");
	head = wax_str_head(head, wax_str_find(head, '>'));
	found = memmem(head.p, head.n, "encoding", 8);
	if (found == NULL)
		return WAX_STR("");
	head = wax_str_from(head, (size_t)(found - head.p) + 8);
	while (head.n > 0 && (wax_is_space(head.p[0]) || head.p[0] == '='))
		head = wax_str_from(head, 1);
	if (head.n == 0 || (head.p[0] != '"' && head.p[0] != '\''))
		return WAX_STR("");
	return wax_str_head(wax_str_from(head, 1),
	    wax_str_find(wax_str_from(head, 1), head.p[0]));
}

static bool
is_latin1(struct wax_str encoding)
{
	static const char *const name[] = { "iso-8859-1", "iso8859-1", "latin1",
		"iso-8859-15", "windows-1252", "cp1252" };

	for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
		if (wax_str_ieq(encoding, wax_str_of(name[i])))
			return true;
	return false;
}

/*
 * Whatever a document says of its encoding, the parser gets UTF-8 that XML
 * allows. Many say "utf-16" or "us-ascii" and are UTF-8.
 */
static struct wax_str
as_utf8(struct wax_arena *arena, struct wax_str document)
{
	bool latin1 = is_latin1(declared_encoding(document));
	struct wax_text text;
	size_t kept = 0; /* octets at the front that stay as they are */

	wax_text_init(&text, arena);
	for (size_t i = 0; i < document.n;) {
		struct wax_str rest = wax_str_from(document, i);
		unsigned char c = (unsigned char)rest.p[0];
		size_t n = character(rest);

		if (text.n > WAX_REPORT_READ_BYTES_MAX)
			break; /* it is refused */
		if (wax_is_space(rest.p[0]) || (n > 0 && (!latin1 || n == 1))) {
			i += n > 0 ? n : 1;
			continue;
		}
		wax_text_add(
		    &text, (struct wax_str){ document.p + kept, i - kept });
		if (latin1 && c >= 0xa0)
			wax_text_addf(
			    &text, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
		else
			wax_text_add(&text, REPLACEMENT);
		n = latin1 ? 1 : wax_utf8_sequence(rest);
		i += n > 0 ? n : 1;
		kept = i;
	}
	if (kept == 0)
		return document;
	wax_text_add(&text, wax_str_from(document, kept));
	return wax_text_str(&text);
}

/* Behind the first `end` in s; all of s if there is none (the parser will
 * say so). */
static size_t
behind(struct wax_str s, const char *end)
{
	const char *found = memmem(s.p, s.n, end, strlen(end));

	return found == NULL ? s.n : (size_t)(found - s.p) + strlen(end);
}

/*
 * Behind the tag that s begins with, or 0 if it is too long or has too many
 * attributes. libxml2 2.9 compares each attribute with each other one.
 */
static size_t
behind_tag(struct wax_str s)
{
	size_t n_attributes = 0;
	char quote = '\0';

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (i >= WAX_REPORT_TAG_BYTES_MAX)
			return 0;
		if (quote != '\0') {
			if (c == quote)
				quote = '\0';
			continue;
		}
		if (c == '>')
			return i + 1;
		if (c == '"' || c == '\'')
			quote = c;
		if (c == '=' && ++n_attributes > WAX_REPORT_ATTRIBUTES_MAX)
			return 0;
	}
	return s.n;
}

/*
 * A walk over the markup, before a parser sees it: no document type
 * declaration, hence no entities but XML's own five, and no huge tags.
 */
static enum wax_status
look_at_markup(struct wax_str document, struct wax_err *err)
{
	struct wax_str rest = document;

	for (;;) {
		size_t n;

		rest = wax_str_from(rest, wax_str_find(rest, '<'));
		if (rest.n == 0)
			return WAX_OK;
		if (wax_str_starts(rest, WAX_STR("<!--")))
			n = 4 + behind(wax_str_from(rest, 4), "-->");
		else if (wax_str_starts(rest, WAX_STR("<![CDATA[")))
			n = behind(rest, "]]>");
		else if (wax_str_starts(rest, WAX_STR("<?")))
			n = behind(rest, "?>");
		else if (wax_str_starts(rest, WAX_STR("<!")))
			return wax_fail(err, WAX_E_SYNTAX,
			    "it has a document type declaration, which is not "
			    "read");
		else
			n = behind_tag(rest);
		if (n == 0)
			return wax_fail(
			    err, WAX_E_LIMIT, "one of its tags is too long");
		rest = wax_str_from(rest, n);
	}
}

enum wax_status
wax_xml_prepare(struct wax_arena *arena, struct wax_str document,
    struct wax_str *out, struct wax_err *err)
{
	if (document.n > WAX_REPORT_READ_BYTES_MAX)
		return wax_fail(err, WAX_E_LIMIT,
		    "it is larger than %lu octets", WAX_REPORT_READ_BYTES_MAX);
	if (wax_str_starts(document, WAX_STR("\xff\xfe")) ||
	    wax_str_starts(document, WAX_STR("\xfe\xff")))
		return wax_fail(err, WAX_E_SYNTAX,
		    "it is UTF-16, which is not read; convert it to UTF-8");
	if (wax_str_starts(document, BYTE_ORDER_MARK))
		document = wax_str_from(document, BYTE_ORDER_MARK.n);
	*out = as_utf8(arena, wax_str_trim(document));
	if (out->n > WAX_REPORT_READ_BYTES_MAX)
		return wax_fail(err, WAX_E_LIMIT,
		    "it is larger than %lu octets", WAX_REPORT_READ_BYTES_MAX);
	return look_at_markup(*out, err);
}
