/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * str.h - text as pointer and length, passed by value.
 *
 * A wax_str is not NUL-terminated, may contain any octet, and owns nothing:
 * it is valid as long as what it points into. C strings exist at the edges
 * to foreign libraries only, through wax_str_z(). Letters are compared and
 * folded as ASCII, whatever the locale.
 */
#ifndef WAX_POLICY_BASE_STR_H
#define WAX_POLICY_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/base/arena.h"

struct wax_str {
	const char *p;
	size_t n;
};

/* A literal as wax_str; the second form for static initialisers. */
#define WAX_STR(literal) ((struct wax_str){ "" literal, sizeof(literal) - 1 })
#define WAX_STR_INIT(literal)                   \
	{                                       \
		"" literal, sizeof(literal) - 1 \
	}
/* For "%.*s". */
#define WAX_FMT(s) (int)(s).n, (s).p

struct wax_str wax_str_of(const char *z); /* NULL gives the empty string */
struct wax_str wax_str_dup(struct wax_arena *arena, struct wax_str s);
struct wax_str wax_str_lower(struct wax_arena *arena, struct wax_str s);

/* A C string in the arena; NULL if s holds a NUL octet. */
const char *wax_str_z(struct wax_arena *arena, struct wax_str s);

bool wax_str_eq(struct wax_str a, struct wax_str b);
bool wax_str_ieq(struct wax_str a, struct wax_str b);
/* Octet order, shorter first: for sorting. */
int wax_str_cmp(struct wax_str a, struct wax_str b);
bool wax_str_starts(struct wax_str s, struct wax_str prefix);
bool wax_str_istarts(struct wax_str s, struct wax_str prefix);
bool wax_str_ends(struct wax_str s, struct wax_str suffix);

/* s without its first n octets, at most all of them. */
struct wax_str wax_str_from(struct wax_str s, size_t n);
/* The first n octets of s, at most all of them. */
struct wax_str wax_str_head(struct wax_str s, size_t n);

/* Position of the first / last octet c, or s.n if there is none. */
size_t wax_str_find(struct wax_str s, char c);
size_t wax_str_rfind(struct wax_str s, char c);

/*
 * Take from the front of *rest what stands before `sep`, and move *rest
 * behind it. False when *rest is exhausted (p is NULL); the part behind a
 * last separator is given as an empty part.
 */
bool wax_str_cut(struct wax_str *rest, char sep, struct wax_str *part);

/* Without blanks, tabs, CR and LF at both ends. */
struct wax_str wax_str_trim(struct wax_str s);

/* A decimal number that fills s; false if empty, odd or above `max`. */
bool wax_str_number(struct wax_str s, unsigned long max, unsigned long *out)
    WAX_MUST_USE;

static inline char
wax_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline bool
wax_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
wax_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
wax_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool
wax_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

#endif
