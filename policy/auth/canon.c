/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/auth/canon.h"

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

void
wax_body_hash_add(struct wax_body_hash *hash, struct wax_str chunk)
{
	while (chunk.n > 0) {
		size_t n = 0;

		while (n < chunk.n && !is_special(hash, chunk.p[n]))
			n++;
		if (n > 0 && hash->after_cr)
			end_line(hash);
		if (n > 0)
			put_content(hash, wax_str_head(chunk, n));
		if (n < chunk.n)
			add_special(hash, chunk.p[n++]);
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
