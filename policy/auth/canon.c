/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/auth/canon.h"

#include <string.h>

bool
wax_canon_parse(struct wax_str word, enum wax_canon *out)
{
	if (wax_str_ieq(word, WAX_STR("simple")))
		*out = WAX_CANON_SIMPLE;
	else if (wax_str_ieq(word, WAX_STR("relaxed")))
		*out = WAX_CANON_RELAXED;
	else
		return false;
	return true;
}

/* --- header fields -------------------------------------------------------- */

static void
add_lower(struct wax_sha256 *hash, struct wax_str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = wax_lower(name.p[i]);

		wax_sha256_add(hash, (struct wax_str){ &c, 1 });
	}
}

/* The length of the run at the front that holds no white space. */
static size_t
word_length(struct wax_str s)
{
	size_t n = 0;

	while (n < s.n && !wax_is_space(s.p[n]))
		n++;
	return n;
}

/* Line ends go, runs of blanks become one. The ends were trimmed. */
static void
add_unfolded(struct wax_sha256 *hash, struct wax_str value)
{
	while (value.n > 0) {
		size_t n = word_length(value);
		bool gap = false;

		wax_sha256_add(hash, wax_str_head(value, n));
		for (; n < value.n && wax_is_space(value.p[n]); n++)
			gap |= wax_is_blank(value.p[n]);
		if (gap)
			wax_sha256_add(hash, WAX_STR(" "));
		value = wax_str_from(value, n);
	}
}

void
wax_canon_field(struct wax_sha256 *hash, enum wax_canon canon,
    struct wax_str name, struct wax_str raw)
{
	switch (canon) {
	case WAX_CANON_SIMPLE:
		wax_sha256_add(hash, name);
		wax_sha256_add(hash, WAX_STR(":"));
		wax_sha256_add(hash, raw);
		return;
	case WAX_CANON_RELAXED:
		break;
	}
	add_lower(hash, wax_str_trim(name));
	wax_sha256_add(hash, WAX_STR(":"));
	add_unfolded(hash, wax_str_trim(raw));
}

/* --- bodies --------------------------------------------------------------- */

struct wax_body_hash {
	struct wax_sha256 *sha256;
	enum wax_canon canon;
	uint64_t limit;
	uint64_t length;      /* canonical octets so far */
	uint64_t empty_lines; /* seen, and not yet known to be inside */
	bool has_content;     /* the current line */
	bool has_blank;       /* relaxed: blanks that may end the line */
	bool after_cr;
};

struct wax_body_hash *
wax_body_hash_new(struct wax_arena *arena, enum wax_canon canon, uint64_t limit)
{
	struct wax_body_hash *hash = WAX_NEW(arena, struct wax_body_hash);

	hash->sha256 = wax_sha256_new(arena);
	hash->canon = canon;
	hash->limit = limit;
	return hash;
}

static void
put(struct wax_body_hash *hash, struct wax_str s)
{
	uint64_t room =
	    hash->length < hash->limit ? hash->limit - hash->length : 0;

	hash->length += s.n;
	wax_sha256_add(
	    hash->sha256, s.n > room ? wax_str_head(s, (size_t)room) : s);
}

/* Octets that end no line. Empty lines before them were inside the body. */
static void
put_content(struct wax_body_hash *hash, struct wax_str s)
{
	for (; hash->empty_lines > 0; hash->empty_lines--)
		put(hash, WAX_STR("\r\n"));
	if (hash->has_blank)
		put(hash, WAX_STR(" "));
	hash->has_blank = false;
	hash->has_content = true;
	put(hash, s);
}

static void
end_line(struct wax_body_hash *hash)
{
	if (hash->has_content)
		put(hash, WAX_STR("\r\n"));
	else
		hash->empty_lines++;
	hash->has_content = false;
	hash->has_blank = false;
	hash->after_cr = false;
}

static bool
is_special(const struct wax_body_hash *hash, char c)
{
	return c == '\r' || c == '\n' ||
	       (hash->canon == WAX_CANON_RELAXED && wax_is_blank(c));
}

static void
add_special(struct wax_body_hash *hash, char c)
{
	if (c == '\n') {
		end_line(hash);
		return;
	}
	if (hash->after_cr)
		end_line(hash);
	if (c == '\r')
		hash->after_cr = true;
	else
		hash->has_blank = true;
}

/* --- what stays as it is --- */

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

/* 0x80 in each octet that is zero, else 0. */
static uint64_t
zeros(uint64_t x)
{
	return ~(((x & EACH(0x7f)) + EACH(0x7f)) | x | EACH(0x7f));
}

static uint64_t
load(const char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof x);
	return x;
}

/* The number of octets in front of the first that is not 0; not for 0. */
static size_t
octets_before(uint64_t marks)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return (size_t)__builtin_clzll(marks) / 8;
#else
	return (size_t)__builtin_ctzll(marks) / 8;
#endif
}

/*
 * How many of eight octets come before the first that needs a closer look: a
 * line end, and for relaxed a tab or a blank before a blank; nine are read.
 */
static size_t
plain_octets(enum wax_canon canon, const char *p)
{
	uint64_t x = load(p);
	uint64_t odd = zeros(x ^ EACH('\r')) | zeros(x ^ EACH('\n'));

	if (canon == WAX_CANON_RELAXED)
		odd |= zeros(x ^ EACH('\t')) |
		       (zeros(x ^ EACH(' ')) & zeros(load(p + 1) ^ EACH(' ')));
	return odd == 0 ? 8 : octets_before(odd);
}

/*
 * How many octets at `n`, behind others that stay as they are, do so, too: an
 * ordinary one, or a blank or line end with an ordinary one behind it. None: 0.
 */
static size_t
plain_step(const struct wax_body_hash *hash, struct wax_str s, size_t n)
{
	bool after_blank =
	    hash->canon == WAX_CANON_RELAXED && s.p[n - 1] == ' ';

	if (!is_special(hash, s.p[n]))
		return 1;
	if (after_blank)
		return 0;
	if (s.p[n] == ' ' && n + 1 < s.n && !is_special(hash, s.p[n + 1]))
		return 2;
	if (s.p[n] == '\r' && n + 2 < s.n && s.p[n + 1] == '\n' &&
	    !is_special(hash, s.p[n + 2]))
		return 3;
	return 0;
}

/*
 * How many octets at the front, the first of which is an ordinary one, stay
 * as they are, whatever follows. Most of most bodies is of this kind, and
 * hashed in long runs.
 */
static size_t
plain_run(const struct wax_body_hash *hash, struct wax_str s)
{
	size_t n = 1;

	while (n < s.n) {
		size_t step = 0;

		if (n + 9 <= s.n)
			step = plain_octets(hash->canon, s.p + n);
		if (step < 8)
			step += plain_step(hash, s, n + step);
		if (step == 0)
			break;
		n += step;
	}
	/* A blank at the end may be the end of a line. */
	if (hash->canon == WAX_CANON_RELAXED && s.p[n - 1] == ' ')
		n--;
	return n;
}

void
wax_body_hash_add(struct wax_body_hash *hash, struct wax_str chunk)
{
	while (chunk.n > 0) {
		size_t n = 1;

		if (is_special(hash, chunk.p[0])) {
			add_special(hash, chunk.p[0]);
		} else {
			if (hash->after_cr)
				end_line(hash);
			n = plain_run(hash, chunk);
			put_content(hash, wax_str_head(chunk, n));
		}
		chunk = wax_str_from(chunk, n);
	}
}

void
wax_body_hash_end(
    struct wax_body_hash *hash, unsigned char digest[WAX_SHA256_BYTES])
{
	if (hash->has_content || hash->after_cr)
		end_line(hash);
	/* RFC 6376 s3.4.3: without any line simple is one CRLF. */
	if (hash->canon == WAX_CANON_SIMPLE && hash->length == 0)
		put(hash, WAX_STR("\r\n"));
	wax_sha256_end(hash->sha256, digest);
}

uint64_t
wax_body_hash_length(const struct wax_body_hash *hash)
{
	return hash->length;
}
