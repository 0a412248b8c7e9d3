/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * publish.c - records as a zone file has them, to be copied into one.
 */
#include "policy/check/finding.h"

/* RFC 1035 s3.3: of one string. */
#define STRING_MAX 255

/* RFC 1035 s5.1: \" and \\, and \DDD for what is not printable. */
static void
add_quoted(struct wax_text *text, struct wax_str s)
{
	wax_text_addc(text, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			wax_text_addf(text, "\\%c", c);
		else if (c < ' ' || c > '~')
			wax_text_addf(text, "\\%03u", c);
		else
			wax_text_addc(text, (char)c);
	}
	wax_text_addc(text, '"');
}

/* Absolute, so that no origin of the file is added. */
static void
add_name(struct wax_text *text, struct wax_str name)
{
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (wax_is_alpha((char)c) || wax_is_digit((char)c) ||
		    c == '-' || c == '_' || c == '.' || c == '*')
			wax_text_addc(text, (char)c);
		else
			wax_text_addf(text, "\\%03u", c);
	}
	if (name.n == 0 || name.p[name.n - 1] != '.')
		wax_text_addc(text, '.');
}

struct wax_str
wax_publish_txt(
    struct wax_arena *arena, struct wax_str owner, struct wax_str text)
{
	struct wax_text out;

	wax_text_init(&out, arena);
	add_name(&out, owner);
	wax_text_addz(&out, " IN TXT ");
	if (text.n <= STRING_MAX) {
		add_quoted(&out, text);
		return wax_text_str(&out);
	}
	wax_text_addc(&out, '(');
	for (; text.n > 0; text = wax_str_from(text, STRING_MAX)) {
		wax_text_addz(&out, "\n    ");
		add_quoted(&out, wax_str_head(text, STRING_MAX));
	}
	wax_text_addz(&out, " )");
	return wax_text_str(&out);
}

struct wax_str
wax_publish_mx(struct wax_arena *arena, struct wax_str owner,
    unsigned preference, struct wax_str host)
{
	struct wax_text out;

	wax_text_init(&out, arena);
	add_name(&out, owner);
	wax_text_addf(&out, " IN MX %u ", preference);
	add_name(&out, host);
	return wax_text_str(&out);
}
