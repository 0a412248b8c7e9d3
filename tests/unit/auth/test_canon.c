/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/auth/canon.h"

#include <string.h>

#include "tests/support/suite.h"

Suite *wax_canon_suite(void);

static void
digest_of(struct wax_str s, unsigned char digest[WAX_SHA256_BYTES])
{
	struct wax_arena *arena = wax_arena_new("test", 4096);
	struct wax_sha256 *hash = wax_sha256_new(arena);

	wax_sha256_add(hash, s);
	wax_sha256_end(hash, digest);
	wax_arena_free(arena);
}

START_TEST(sha256_of_abc)
{
	/* FIPS 180-2 B.1 */
	static const unsigned char abc[] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01,
		0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
		0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10,
		0xff, 0x61, 0xf2, 0x00, 0x15, 0xad };
	unsigned char digest[WAX_SHA256_BYTES];

	digest_of(wax_exact("abc"), digest);
	ck_assert_mem_eq(digest, abc, sizeof abc);
}
END_TEST

/* Pieces around the size of what is collected. */
START_TEST(sha256_in_pieces)
{
	static const size_t pieces[] = { 1, 7, 1023, 1024, 1025, 2048, 5000 };
	struct wax_arena *arena = wax_arena_new("test", 4096);
	char text[5000];
	unsigned char whole[WAX_SHA256_BYTES], cut[WAX_SHA256_BYTES];

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)(i * 31 % 251);
	digest_of(wax_exact_n(text, sizeof text), whole);
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		struct wax_sha256 *hash = wax_sha256_new(arena);
		struct wax_str rest = { text, sizeof text };

		for (; rest.n > 0; rest = wax_str_from(rest, pieces[i]))
			wax_sha256_add(hash, wax_str_head(rest, pieces[i]));
		wax_sha256_end(hash, cut);
		ck_assert_mem_eq(cut, whole, sizeof whole);
	}
	wax_arena_free(arena);
}
END_TEST

static const struct {
	const char *name, *field, *raw, *simple, *relaxed;
} fields[] = {
	{ "RFC 6376 s3.4.5 first", "A", " X", "A: X", "a:X" },
	{ "RFC 6376 s3.4.5 second", "B ", " Y\t\r\n\tZ  ", "B : Y\t\r\n\tZ  ",
	    "b:Y Z" },
	{ "empty", "X-Empty", "", "X-Empty:", "x-empty:" },
	{ "blanks only", "X", " \t \r\n ", "X: \t \r\n ", "x:" },
	{ "no blank behind the colon", "X", "v", "X:v", "x:v" },
	{ "many folds", "Subject", " a\r\n b\r\n\t\r\n c",
	    "Subject: a\r\n b\r\n\t\r\n c", "subject:a b c" },
	{ "8-bit", "Subject", " \xc3\xa4  \xff", "Subject: \xc3\xa4  \xff",
	    "subject:\xc3\xa4 \xff" },
	{ "blanks and a line end", "X", " a \r\nb", "X: a \r\nb", "x:a b" },
	{ "a line end alone", "X", " a\r\nb", "X: a\r\nb", "x:ab" },
	{ "form feed is no blank", "X", " a\f b", "X: a\f b", "x:a\f b" },
};

START_TEST(one_field)
{
	static const enum wax_canon canons[] = { WAX_CANON_SIMPLE,
		WAX_CANON_RELAXED };
	struct wax_arena *arena = wax_arena_new("test", 4096);
	const char *expected[] = { fields[_i].simple, fields[_i].relaxed };

	for (size_t c = 0; c < 2; c++) {
		struct wax_sha256 *hash = wax_sha256_new(arena);
		unsigned char want[WAX_SHA256_BYTES], got[WAX_SHA256_BYTES];

		digest_of(wax_str_of(expected[c]), want);
		wax_canon_field(hash, canons[c], wax_exact(fields[_i].field),
		    wax_exact(fields[_i].raw));
		wax_sha256_end(hash, got);
		ck_assert_msg(memcmp(got, want, sizeof got) == 0, "%s %s",
		    fields[_i].name, c == 0 ? "simple" : "relaxed");
	}
	wax_arena_free(arena);
}
END_TEST

static const struct {
	const char *name, *body, *simple, *relaxed;
} bodies[] = {
	{ "RFC 6376 s3.4.5", " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n",
	    " C\r\nD E\r\n" },
	{ "none", "", "\r\n", "" },
	{ "one empty line", "\r\n", "\r\n", "" },
	{ "empty lines", "\r\n\r\n\r\n", "\r\n", "" },
	{ "a line of blanks", " \t \r\n", " \t \r\n", "" },
	{ "blanks without an end", " \t ", " \t \r\n", "" },
	{ "last line open", "a\r\nb", "a\r\nb\r\n", "a\r\nb\r\n" },
	{ "last line open, blanks", "a\r\nb ", "a\r\nb \r\n", "a\r\nb\r\n" },
	{ "ends in CR", "a\r\nb\r", "a\r\nb\r\n", "a\r\nb\r\n" },
	{ "empty lines inside", "\r\n\r\na\r\n\r\n\r\nb\r\n\r\n",
	    "\r\n\r\na\r\n\r\n\r\nb\r\n", "\r\n\r\na\r\n\r\n\r\nb\r\n" },
	{ "lines of blanks inside", "a\r\n \r\n\t\r\nb\r\n \r\n",
	    "a\r\n \r\n\t\r\nb\r\n \r\n", "a\r\n\r\n\r\nb\r\n" },
	{ "runs of blanks", "a \t b  \t\r\n\tc\r\n", "a \t b  \t\r\n\tc\r\n",
	    "a b\r\n c\r\n" },
	{ "LF alone ends a line", "a\nb\n\n", "a\r\nb\r\n", "a\r\nb\r\n" },
	{ "CR alone ends a line", "a\rb\r\rc\r\n", "a\r\nb\r\n\r\nc\r\n",
	    "a\r\nb\r\n\r\nc\r\n" },
	{ "CR CR LF", "a\r\r\nb\r\n", "a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n" },
	{ "LF CR", "a\n\rb\r\n", "a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n" },
	{ "8-bit and controls", "\xff\x01\r\n", "\xff\x01\r\n",
	    "\xff\x01\r\n" },
};

static void
hash_body(struct wax_arena *arena, enum wax_canon canon, struct wax_str body,
    size_t chunk, uint64_t limit, uint64_t *length,
    unsigned char digest[WAX_SHA256_BYTES])
{
	struct wax_body_hash *hash = wax_body_hash_new(arena, canon, limit);

	for (; body.n > 0; body = wax_str_from(body, chunk))
		wax_body_hash_add(hash, wax_str_head(body, chunk));
	wax_body_hash_end(hash, digest);
	*length = wax_body_hash_length(hash);
}

/* Each body in chunks of every size, with every limit. */
START_TEST(one_body)
{
	struct wax_str body = wax_exact(bodies[_i].body);
	struct wax_arena *arena = wax_arena_new("test", 4096);
	const char *expected[] = { bodies[_i].simple, bodies[_i].relaxed };

	for (size_t c = 0; c < 2; c++)
		for (size_t chunk = 1; chunk <= body.n + 1; chunk++)
			for (uint64_t l = 0; l <= strlen(expected[c]) + 1;
			     l++) {
				struct wax_str want = wax_str_of(expected[c]);
				unsigned char a[WAX_SHA256_BYTES];
				unsigned char b[WAX_SHA256_BYTES];
				uint64_t length;

				digest_of(wax_str_head(want, l), a);
				hash_body(arena,
				    c == 0 ? WAX_CANON_SIMPLE
				           : WAX_CANON_RELAXED,
				    body, chunk, l, &length, b);
				ck_assert_msg(memcmp(a, b, sizeof a) == 0,
				    "%s, chunk %zu, l=%u", bodies[_i].name,
				    chunk, (unsigned)l);
				ck_assert_uint_eq(length, want.n);
			}
	wax_arena_free(arena);
}
END_TEST

/* A text of a few kinds of octets, as they come in runs in mail. */
static size_t
make_body(char *out, size_t max, uint32_t *seed)
{
	static const char *const parts[] = { " ", " ", "  ", "\t", " \t",
		"\r\n", "\r\n", " \r\n", "\r\n\r\n", "\r", "\n", "a", "is",
		"some", "letters", "of any", "lengths it may be, and more",
		"\xa0\xff\x01", "abcdefg ", "abcdefg", "abcdefgh" };
	size_t n = 0;

	for (;;) {
		const char *part;

		*seed = *seed * 1664525 + 1013904223;
		part = parts[(*seed >> 8) % (sizeof parts / sizeof *parts)];
		if ((*seed >> 24) < 4 || n + strlen(part) > max)
			return n;
		memcpy(out + n, part, strlen(part));
		n += strlen(part);
	}
}

/* Octet by octet there are no runs: the whole must give the same. */
START_TEST(runs_and_octets_agree)
{
	struct wax_arena *arena = wax_arena_new("test", 4096);
	enum wax_canon canon = _i == 0 ? WAX_CANON_SIMPLE : WAX_CANON_RELAXED;
	uint32_t seed = 1;
	char text[600];

	for (unsigned round = 0; round < 3000; round++) {
		size_t n = make_body(text, sizeof text, &seed);
		struct wax_str body = wax_exact_n(text, n);
		uint64_t limit = round % 3 == 0 ? seed % 300 : UINT64_MAX;
		size_t chunk = round % 2 == 0 ? n + 1 : seed % 40 + 2;
		unsigned char a[WAX_SHA256_BYTES], b[WAX_SHA256_BYTES];
		uint64_t octets, runs;

		hash_body(arena, canon, body, 1, limit, &octets, a);
		hash_body(arena, canon, body, chunk, limit, &runs, b);
		ck_assert_msg(memcmp(a, b, sizeof a) == 0 && octets == runs,
		    "round %u, chunk %zu: \"%.*s\"", round, chunk,
		    WAX_FMT(body));
	}
	wax_arena_free(arena);
}
END_TEST

/* A line of 8 MB and as many empty lines are not kept. */
START_TEST(memory_does_not_grow)
{
	struct wax_arena *arena = wax_arena_new("test", 4096);
	struct wax_body_hash *hash =
	    wax_body_hash_new(arena, WAX_CANON_RELAXED, UINT64_MAX);
	unsigned char digest[WAX_SHA256_BYTES];
	size_t before = wax_arena_bytes(arena);
	char piece[4096];

	memset(piece, 'x', sizeof piece);
	for (int i = 0; i < 2048; i++)
		wax_body_hash_add(
		    hash, (struct wax_str){ piece, sizeof piece });
	for (size_t i = 0; i < sizeof piece; i++)
		piece[i] = i % 2 == 0 ? '\r' : '\n';
	for (int i = 0; i < 2048; i++)
		wax_body_hash_add(
		    hash, (struct wax_str){ piece, sizeof piece });
	wax_body_hash_end(hash, digest);
	ck_assert_uint_eq(wax_arena_bytes(arena), before);
	ck_assert_uint_eq(wax_body_hash_length(hash), 2048 * 4096 + 2);
	wax_arena_free(arena);
}
END_TEST

START_TEST(words)
{
	enum wax_canon canon = WAX_CANON_SIMPLE;

	ck_assert(wax_canon_parse(WAX_STR("Relaxed"), &canon));
	ck_assert_int_eq(canon, WAX_CANON_RELAXED);
	ck_assert(wax_canon_parse(WAX_STR("simple"), &canon));
	ck_assert_int_eq(canon, WAX_CANON_SIMPLE);
	ck_assert(!wax_canon_parse(WAX_STR("nofws"), &canon));
	ck_assert(!wax_canon_parse(WAX_STR(""), &canon));
}
END_TEST

Suite *
wax_canon_suite(void)
{
	Suite *suite = suite_create("canon");
	TCase *tc = tcase_create("canon");

	tcase_add_test(tc, sha256_of_abc);
	tcase_add_test(tc, sha256_in_pieces);
	tcase_add_loop_test(
	    tc, one_field, 0, (int)(sizeof fields / sizeof *fields));
	tcase_add_loop_test(
	    tc, one_body, 0, (int)(sizeof bodies / sizeof *bodies));
	tcase_add_loop_test(tc, runs_and_octets_agree, 0, 2);
	tcase_add_test(tc, memory_does_not_grow);
	tcase_add_test(tc, words);
	suite_add_tcase(suite, tc);
	return suite;
}
