/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/page.h"

#include <string.h>

#include "policy/mail/abnf.h"

#define DEPTH_MAX 32
#define N_OF(table) (sizeof(table) / sizeof *(table))

static const char *const alone[] = { "!DOCTYPE", "meta", "rect", "wbr" };
static const char *const paired[] = { "bdi", "body", "caption", "data", "dd",
	"defs", "details", "div", "dl", "dt", "footer", "g", "h1", "h2", "head",
	"header", "html", "main", "p", "pattern", "section", "small", "span",
	"style", "summary", "svg", "table", "tbody", "td", "th", "thead",
	"title", "tr" };
static const char *const hidden[] = { "\xc2\xad", "\xd8\x9c", "\xe2\x80\x8b",
	"\xe2\x80\x8d", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8",
	"\xe2\x80\xa9", "\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa6",
	"\xe2\x81\xa9", "\xef\xbb\xbf", "\xf3\xa0\x81" };

static bool
is_among(struct wax_str name, const char *const *table, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (wax_str_eq(name, wax_str_of(table[i])))
			return true;
	return false;
}

static const char *
octets_fault(struct wax_str page)
{
	if (!wax_is_utf8(page))
		return "it is not UTF-8";
	for (size_t i = 0; i < page.n; i++) {
		unsigned char c = (unsigned char)page.p[i];

		if ((c < 0x20 && c != '\n') || c == 0x7f)
			return "there is a control";
		if (c == 0xc2 && (unsigned char)page.p[i + 1] < 0xa0)
			return "there is a control of the second set";
	}
	for (size_t i = 0; i < N_OF(hidden); i++)
		if (memmem(page.p, page.n, hidden[i], strlen(hidden[i])) !=
		    NULL)
			return "something turns or hides the text";
	return NULL;
}

/* Quotes are closed, and an attribute has none that it should not have. */
static bool
is_quoted(struct wax_str tag)
{
	size_t n = 0;

	for (size_t i = 0; i < tag.n; i++)
		if (tag.p[i] == '"')
			n++;
	return n % 2 == 0;
}

const char *
page_fault(struct wax_str page)
{
	struct wax_str open[DEPTH_MAX], rest = page, tag, name;
	size_t depth = 0, at;

	while ((at = wax_str_find(rest, '<')) < rest.n) {
		rest = wax_str_from(rest, at + 1);
		tag = wax_str_head(rest, wax_str_find(rest, '>'));
		if (tag.n == rest.n || tag.n == 0 || !is_quoted(tag) ||
		    wax_str_find(tag, '<') < tag.n)
			return "a tag is not closed";
		rest = wax_str_from(rest, tag.n + 1);
		if (tag.p[0] == '/') {
			name = wax_str_from(tag, 1);
			if (depth == 0 || !wax_str_eq(open[--depth], name))
				return "a tag closes what is not open";
			continue;
		}
		name = wax_str_head(tag, wax_str_find(tag, ' '));
		if (wax_str_ends(name, WAX_STR("/")))
			name = wax_str_head(name, name.n - 1);
		if (is_among(name, alone, N_OF(alone)))
			continue;
		if (!is_among(name, paired, N_OF(paired)))
			return "there is a tag that we do not write";
		if (depth == DEPTH_MAX)
			return "too many tags are open";
		open[depth++] = name;
	}
	return depth > 0 ? "a tag stays open" : octets_fault(page);
}
