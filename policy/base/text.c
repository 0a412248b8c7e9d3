/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/text.h"

#include <stdio.h>
#include <string.h>

#define FIRST_SIZE 128
/* Most of what is formatted is shorter, and formatted once. */
#define FORMATTED_SIZE 256

void
wax_text_init(struct wax_text *text, struct wax_arena *arena)
{
	*text = (struct wax_text){ .arena = arena };
}

/* Room for n more octets and the NUL. */
static void
reserve(struct wax_text *text, size_t n)
{
	size_t cap = text->cap > 0 ? text->cap : FIRST_SIZE;
	char *p;

	if (text->cap - text->n > n)
		return;
	WAX_ASSERT(n < (size_t)1 << 40);
	while (cap - text->n <= n)
		cap *= 2;
	p = wax_alloc(text->arena, cap, 1);
	if (text->n > 0)
		memcpy(p, text->p, text->n);
	text->p = p;
	text->cap = cap;
}

void
wax_text_add(struct wax_text *text, struct wax_str s)
{
	if (s.n == 0)
		return;
	reserve(text, s.n);
	memcpy(text->p + text->n, s.p, s.n);
	text->n += s.n;
	text->p[text->n] = '\0';
}

void
wax_text_addz(struct wax_text *text, const char *z)
{
	wax_text_add(text, wax_str_of(z));
}

void
wax_text_addc(struct wax_text *text, char c)
{
	reserve(text, 1);
	text->p[text->n++] = c;
	text->p[text->n] = '\0';
}

void
wax_text_addv(struct wax_text *text, const char *fmt, va_list ap)
{
	char formatted[FORMATTED_SIZE];
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(formatted, sizeof formatted, fmt, again);
	va_end(again);
	WAX_ASSERT(n >= 0);
	reserve(text, (size_t)n);
	if ((size_t)n < sizeof formatted)
		memcpy(text->p + text->n, formatted, (size_t)n + 1);
	else
		(void)vsnprintf(text->p + text->n, (size_t)n + 1, fmt, ap);
	text->n += (size_t)n;
}

void
wax_text_addf(struct wax_text *text, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	wax_text_addv(text, fmt, ap);
	va_end(ap);
}

struct wax_str
wax_text_str(const struct wax_text *text)
{
	if (text->p == NULL)
		return WAX_STR("");
	return (struct wax_str){ text->p, text->n };
}

struct wax_str
wax_textf(struct wax_arena *arena, const char *fmt, ...)
{
	struct wax_text text;
	va_list ap;

	wax_text_init(&text, arena);
	va_start(ap, fmt);
	wax_text_addv(&text, fmt, ap);
	va_end(ap);
	return wax_text_str(&text);
}

void
wax_text_add_escaped(struct wax_text *text, struct wax_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c > 0x7e || c == '\\')
			wax_text_addf(text, "\\x%02x", c);
		else
			wax_text_addc(text, s.p[i]);
	}
}
