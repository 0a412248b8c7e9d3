/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/str.h"

#include <string.h>

struct wax_str
wax_str_of(const char *z)
{
	if (z == NULL)
		return WAX_STR("");
	return (struct wax_str){ z, strlen(z) };
}

struct wax_str
wax_str_dup(struct wax_arena *arena, struct wax_str s)
{
	char *p = wax_alloc(arena, s.n, 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return (struct wax_str){ p, s.n };
}

struct wax_str
wax_str_lower(struct wax_arena *arena, struct wax_str s)
{
	char *p = wax_alloc(arena, s.n, 1);

	for (size_t i = 0; i < s.n; i++)
		p[i] = wax_lower(s.p[i]);
	return (struct wax_str){ p, s.n };
}

const char *
wax_str_z(struct wax_arena *arena, struct wax_str s)
{
	char *z;

	if (s.n > 0 && memchr(s.p, '\0', s.n) != NULL)
		return NULL;
	z = wax_alloc(arena, s.n + 1, 1);
	if (s.n > 0)
		memcpy(z, s.p, s.n);
	return z;
}

bool
wax_str_eq(struct wax_str a, struct wax_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
wax_str_ieq(struct wax_str a, struct wax_str b)
{
	return a.n == b.n && wax_str_istarts(a, b);
}

int
wax_str_cmp(struct wax_str a, struct wax_str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	if (order != 0)
		return order;
	return a.n < b.n ? -1 : a.n > b.n;
}

bool
wax_str_starts(struct wax_str s, struct wax_str prefix)
{
	return s.n >= prefix.n && wax_str_eq(wax_str_head(s, prefix.n), prefix);
}

bool
wax_str_istarts(struct wax_str s, struct wax_str prefix)
{
	if (s.n < prefix.n)
		return false;
	for (size_t i = 0; i < prefix.n; i++)
		if (wax_lower(s.p[i]) != wax_lower(prefix.p[i]))
			return false;
	return true;
}

bool
wax_str_ends(struct wax_str s, struct wax_str suffix)
{
	return s.n >= suffix.n &&
	       wax_str_eq(wax_str_from(s, s.n - suffix.n), suffix);
}

struct wax_str
wax_str_from(struct wax_str s, size_t n)
{
	if (n > s.n)
		n = s.n;
	return (struct wax_str){ n > 0 ? s.p + n : s.p, s.n - n };
}

struct wax_str
wax_str_head(struct wax_str s, size_t n)
{
	return (struct wax_str){ s.p, n < s.n ? n : s.n };
}

size_t
wax_str_find(struct wax_str s, char c)
{
	const char *at = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

	return at != NULL ? (size_t)(at - s.p) : s.n;
}

size_t
wax_str_rfind(struct wax_str s, char c)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == c)
			return i - 1;
	return s.n;
}

bool
wax_str_cut(struct wax_str *rest, char sep, struct wax_str *part)
{
	size_t at;

	if (rest->p == NULL)
		return false;
	at = wax_str_find(*rest, sep);
	*part = wax_str_head(*rest, at);
	if (at == rest->n)
		*rest = (struct wax_str){ NULL, 0 };
	else
		*rest = wax_str_from(*rest, at + 1);
	return true;
}

struct wax_str
wax_str_trim(struct wax_str s)
{
	while (s.n > 0 && wax_is_space(s.p[0]))
		s = wax_str_from(s, 1);
	while (s.n > 0 && wax_is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool
wax_str_number(struct wax_str s, unsigned long max, unsigned long *out)
{
	unsigned long value = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned long digit;

		if (!wax_is_digit(s.p[i]))
			return false;
		digit = (unsigned long)(s.p[i] - '0');
		if (digit > max || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}
