/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packing and unpacking. What is unpacked is made here with libarchive's
 * writer, or put together by hand where it has to be wrong.
 */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "milter/send/pack.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "tests/support/suite.h"

#define MAX WAX_REPORT_READ_BYTES_MAX
#define MEGABYTE ((size_t)1024 * 1024)

static struct wax_arena *arena;

static void
setup(void)
{
	arena = wax_arena_new("test", 0);
}

static void
teardown(void)
{
	wax_arena_free(arena);
}

static la_ssize_t
keep(struct archive *archive, void *arg, const void *bytes, size_t length)
{
	(void)archive;
	wax_text_add(arg, (struct wax_str){ bytes, length });
	return (la_ssize_t)length;
}

/* A file that goes on: `bytes`, `times` over. */
struct file {
	const char *name;
	struct wax_str bytes;
	size_t times;
	int type; /* 0: AE_IFREG */
};

/* `format` as for archive_write_set_format_by_name(); `options` may be NULL. */
static struct wax_str
archive_of(
    const char *format, const char *options, size_t n, const struct file *file)
{
	struct archive *archive = archive_write_new();
	struct wax_text text;

	wax_text_init(&text, arena);
	ck_assert_int_eq(
	    archive_write_set_format_by_name(archive, format), ARCHIVE_OK);
	if (options != NULL)
		ck_assert_int_eq(
		    archive_write_set_options(archive, options), ARCHIVE_OK);
	ck_assert_int_eq(
	    archive_write_set_passphrase(archive, "secret"), ARCHIVE_OK);
	ck_assert_int_eq(
	    archive_write_set_bytes_in_last_block(archive, 1), ARCHIVE_OK);
	ck_assert_int_eq(
	    archive_write_open(archive, &text, NULL, keep, NULL), ARCHIVE_OK);
	for (size_t i = 0; i < n; i++) {
		struct archive_entry *entry = archive_entry_new();
		size_t times = file[i].times > 0 ? file[i].times : 1;

		archive_entry_set_pathname(entry, file[i].name);
		archive_entry_set_perm(entry, 0644);
		archive_entry_set_filetype(entry,
		    file[i].type != 0 ? (unsigned)file[i].type : AE_IFREG);
		if (file[i].type == 0)
			archive_entry_set_size(
			    entry, (la_int64_t)(file[i].bytes.n * times));
		if (file[i].type == AE_IFLNK)
			archive_entry_set_symlink(entry, "/etc/passwd");
		ck_assert_int_eq(
		    archive_write_header(archive, entry), ARCHIVE_OK);
		for (size_t j = 0; j < times && file[i].bytes.n > 0; j++)
			ck_assert_int_eq(archive_write_data(archive,
			                     file[i].bytes.p, file[i].bytes.n),
			    (la_ssize_t)file[i].bytes.n);
		archive_entry_free(entry);
	}
	ck_assert_int_eq(archive_write_close(archive), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_free(archive), ARCHIVE_OK);
	return wax_text_str(&text);
}

static struct wax_str
gzip(struct wax_str plain)
{
	struct wax_err err = { 0 };
	struct wax_str out;

	ck_assert_msg(
	    wax_pack_gzip(arena, plain, &out, &err) == WAX_OK, "%s", err.text);
	return out;
}

static struct wax_str
zip_of(const char *name, struct wax_str bytes)
{
	return archive_of("zip", NULL, 1, &(struct file){ name, bytes, 1, 0 });
}

static struct wax_str
tar_of(const char *name, struct wax_str bytes)
{
	return archive_of(
	    "ustar", NULL, 1, &(struct file){ name, bytes, 1, 0 });
}

static struct wax_str
zeros(size_t n)
{
	return (struct wax_str){ wax_alloc(arena, n, 1), n };
}

static struct wax_str
times_over(struct wax_str s, size_t times)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < times; i++)
		wax_text_add(&text, s);
	return wax_text_str(&text);
}

/* Octets that do not compress, the same ones each time. */
static struct wax_str
noise(size_t n)
{
	char *p = wax_alloc(arena, n > 0 ? n : 1, 1);
	uint64_t state = 1;

	for (size_t i = 0; i < n; i++) {
		state = state * 6364136223846793005U + 1442695040888963407U;
		p[i] = (char)(state >> 56);
	}
	return (struct wax_str){ p, n };
}

/* Below tests/reports. */
static struct wax_str
read_file(const char *name)
{
	const char *srcdir = getenv("srcdir");
	struct wax_str path = wax_textf(
	    arena, "%s/tests/reports/%s", srcdir != NULL ? srcdir : ".", name);
	FILE *file = fopen(path.p, "rb");
	struct wax_text text;
	int c;

	ck_assert_msg(file != NULL, "cannot read %s", path.p);
	wax_text_init(&text, arena);
	while ((c = getc(file)) != EOF)
		wax_text_addc(&text, (char)c);
	(void)fclose(file); /* it was only read */
	return wax_text_str(&text);
}

struct unpacked {
	enum wax_status status;
	struct wax_err err;
	struct wax_unpacked *v;
	size_t n;
	struct wax_arena *arena;
};

static void
free_arena(void *arg)
{
	wax_arena_free(arg);
}

static struct unpacked
unpack_within(struct wax_str packed, size_t max_bytes)
{
	struct unpacked got = { .arena = wax_arena_new("unpacked", 0) };

	wax_arena_defer(arena, free_arena, got.arena);
	got.status = wax_unpack(got.arena, wax_exact_n(packed.p, packed.n),
	    max_bytes, &got.v, &got.n, &got.err);
	return got;
}

static struct unpacked
unpack(struct wax_str packed)
{
	return unpack_within(packed, MAX);
}

static void
expect_one(struct wax_str packed, const char *name, struct wax_str bytes)
{
	struct unpacked got = unpack(packed);

	ck_assert_msg(got.status == WAX_OK, "%s", got.err.text);
	ck_assert_uint_eq(got.n, 1);
	ck_assert_wax_str_eq(got.v[0].name, name);
	ck_assert_msg(wax_str_eq(got.v[0].bytes, bytes),
	    "%zu octets, expected %zu", got.v[0].bytes.n, bytes.n);
}

static void
expect_failure(struct unpacked got, enum wax_status status, const char *words)
{
	ck_assert_msg(got.status == status, "status %d, \"%s\"",
	    (int)got.status, got.err.text);
	ck_assert_msg(strstr(got.err.text, words) != NULL,
	    "\"%s\" does not say \"%s\"", got.err.text, words);
	for (const char *p = got.err.text; *p != '\0'; p++)
		ck_assert_msg(*p >= ' ' && *p <= '~', "\"%s\"", got.err.text);
}

START_TEST(pack_is_deterministic)
{
	struct wax_str plain = times_over(WAX_STR("<record/>\n"), 1000);
	struct wax_str one = gzip(plain);

	ck_assert(wax_str_eq(one, gzip(plain)));
	ck_assert_uint_lt(one.n, plain.n / 10);
	/* RFC 1952 s2.3.1: deflate, no flags (so no name), no time. */
	ck_assert(wax_str_starts(one, WAX_STR("\x1f\x8b\x08\0\0\0\0\0")));
	expect_one(one, "", plain);
}
END_TEST

START_TEST(pack_takes_any_size)
{
	static const size_t size[] = { 1, 10239, 10240, 65535, 65536, 65537,
		3000000 };

	for (size_t i = 0; i < sizeof size / sizeof size[0]; i++) {
		struct wax_str plain = noise(size[i]);
		struct unpacked got = unpack(gzip(plain));

		ck_assert_msg(got.status == WAX_OK, "%s", got.err.text);
		ck_assert_uint_eq(got.n, 1);
		ck_assert(wax_str_eq(got.v[0].bytes, plain));
	}
}
END_TEST

START_TEST(each_kind_is_unpacked)
{
	struct wax_str xml = WAX_STR("<feedback/>");

	expect_one(xml, "", xml);
	expect_one(gzip(xml), "", xml);
	expect_one(zip_of("a.xml", xml), "a.xml", xml);
	expect_one(tar_of("a.xml", xml), "a.xml", xml);
	expect_one(
	    archive_of("pax", NULL, 1, &(struct file){ "a.xml", xml, 1, 0 }),
	    "a.xml", xml);
	expect_one(
	    archive_of("gnutar", NULL, 1, &(struct file){ "a.xml", xml, 1, 0 }),
	    "a.xml", xml);
	expect_one(gzip(tar_of("a.xml", xml)), "a.xml", xml);
	expect_one(zip_of("a.xml.gz", gzip(xml)), "a.xml.gz", xml);
	expect_one(gzip(gzip(xml)), "", xml);
	expect_one(archive_of("zip", "zip:compression=store", 1,
	               &(struct file){ "a.xml", xml, 1, 0 }),
	    "a.xml", xml);
	/* RFC 1952 s2.2: a file may have several members. */
	expect_one(times_over(gzip(xml), 2), "", times_over(xml, 2));
}
END_TEST

START_TEST(what_is_no_file_is_left_out)
{
	static const char *const format[] = { "zip", "ustar" };
	const struct file file[] = {
		{ "dir/", WAX_STR_INIT(""), 1, AE_IFDIR },
		{ "dir/one.xml", WAX_STR_INIT("one"), 1, 0 },
		{ "link", WAX_STR_INIT(""), 1, AE_IFLNK },
		{ "two.xml", WAX_STR_INIT("two"), 1, 0 },
		{ "none.xml", WAX_STR_INIT(""), 1, 0 },
	};

	for (size_t i = 0; i < 2; i++) {
		struct unpacked got =
		    unpack(archive_of(format[i], NULL, 5, file));

		ck_assert_msg(got.status == WAX_OK, "%s", got.err.text);
		ck_assert_uint_eq(got.n, 3);
		ck_assert_wax_str_eq(got.v[0].name, "dir/one.xml");
		ck_assert_wax_str_eq(got.v[0].bytes, "one");
		ck_assert_wax_str_eq(got.v[1].name, "two.xml");
		ck_assert_wax_str_eq(got.v[1].bytes, "two");
		ck_assert_uint_eq(got.v[2].bytes.n, 0);
	}
}
END_TEST

START_TEST(names_are_for_messages_only)
{
	static const char *const name[] = { "../../../etc/passwd",
		"/etc/passwd", "a\nb.xml", "gr\xc3\xbcn.xml", "\xff\xfe.xml",
		"a b" };
	struct wax_str xml = WAX_STR("<feedback/>");

	for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
		expect_one(tar_of(name[i], xml), name[i], xml);
}
END_TEST

/* Whatever is cut off, in the middle, too: no report comes of it. */
START_TEST(broken_ones_are_refused)
{
	struct wax_str xml = noise(3000);
	struct wax_str packed[] = { gzip(xml), zip_of("a.xml", xml),
		gzip(tar_of("a.xml", xml)), zip_of("a.gz", gzip(xml)) };

	for (size_t i = 0; i < sizeof packed / sizeof packed[0]; i++) {
		for (size_t n = 10; n + 8 < packed[i].n; n += 97) {
			struct unpacked got =
			    unpack(wax_str_head(packed[i], n));

			expect_failure(got, WAX_E_SYNTAX, "");
			ck_assert_uint_gt(strlen(got.err.text), 0);
		}
	}
	expect_failure(unpack(WAX_STR("PK\3\4 is no zip")), WAX_E_SYNTAX, "");
	expect_failure(unpack(WAX_STR("\x1f\x8b")), WAX_E_SYNTAX, "");
	expect_failure(unpack(zip_of("bad\x1b.gz", WAX_STR("\x1f\x8b\x08"))),
	    WAX_E_SYNTAX, "bad\\x1b.gz: ");
}
END_TEST

START_TEST(empty_ones_are_refused)
{
	expect_failure(
	    unpack(archive_of("zip", NULL, 0, NULL)), WAX_E_SYNTAX, "empty");
	expect_failure(unpack(gzip(WAX_STR(""))), WAX_E_SYNTAX, "empty");
	expect_one(WAX_STR(""), "", WAX_STR("")); /* a plain file */
}
END_TEST

START_TEST(encrypted_ones_are_refused)
{
	static const char *const method[] = { "zip:encryption=zipcrypt",
		"zip:encryption=aes256" };

	for (size_t i = 0; i < 2; i++)
		expect_failure(unpack(archive_of("zip", method[i], 1,
		                   &(struct file){ "a.xml",
		                       WAX_STR("<feedback/>"), 1, 0 })),
		    WAX_E_SYNTAX, "encrypted");
}
END_TEST

/* The method of a zip's entry is a number in both of its headers. */
START_TEST(other_compressions_are_refused)
{
	static const char method[] = { 1, 6, 9, 12, 14, 93, 95, 98 };
	struct wax_str zip = zip_of("a.xml", noise(100));
	size_t directory =
	    (size_t)((const char *)memmem(zip.p, zip.n, "PK\1\2", 4) - zip.p);

	for (size_t i = 0; i < sizeof method; i++) {
		struct wax_str copy = wax_str_dup(arena, zip);
		char *p = wax_alloc(arena, copy.n, 1);

		memcpy(p, copy.p, copy.n);
		p[8] = method[i];
		p[directory + 10] = method[i];
		expect_failure(unpack((struct wax_str){ p, copy.n }),
		    WAX_E_SYNTAX, "compressed in another way");
	}
}
END_TEST

START_TEST(bytes_are_bounded)
{
	struct wax_str plain = noise(5000);
	const struct file file[] = { { "a", plain, 1, 0 },
		{ "b", plain, 1, 0 } };
	struct wax_str both = archive_of("zip", NULL, 2, file);

	ck_assert_int_eq(unpack_within(gzip(plain), 5100).status, WAX_OK);
	ck_assert_int_eq(unpack_within(both, 10400).status, WAX_OK);
	/* All of an archive's files together. */
	expect_failure(unpack_within(both, 9999), WAX_E_LIMIT, "too");
	expect_failure(unpack_within(plain, 4999), WAX_E_LIMIT, "too large");
	ck_assert_int_eq(unpack_within(plain, 5000).status, WAX_OK);
	/* To the octet. */
	plain = times_over(WAX_STR("0123456789"), 500);
	ck_assert_int_eq(unpack_within(gzip(plain), 5000).status, WAX_OK);
	expect_failure(
	    unpack_within(gzip(plain), 4999), WAX_E_LIMIT, "too much");
}
END_TEST

START_TEST(ratio_is_bounded)
{
	struct wax_str free_of_it = zeros(WAX_REPORT_RATIO_FREE_BYTES);
	struct wax_str packed = gzip(free_of_it);
	size_t size = (size_t)40000 * WAX_REPORT_RATIO_MAX;
	struct wax_text text;

	ck_assert_uint_lt(packed.n * WAX_REPORT_RATIO_MAX, free_of_it.n);
	expect_one(packed, "", free_of_it);
	expect_failure(unpack(gzip(zeros(WAX_REPORT_RATIO_FREE_BYTES + 1))),
	    WAX_E_LIMIT, "too much");
	/* As large as may be for its size: noise, zeros, and what is behind the end
	 * of a gz makes up for what is missing of it. */
	wax_text_init(&text, arena);
	wax_text_add(&text, noise(20000));
	wax_text_add(&text, zeros(size - text.n));
	packed = gzip(wax_text_str(&text));
	ck_assert_uint_lt(packed.n, 39999);
	for (size_t n = 39999; n <= 40000; n++) {
		struct wax_text padded;

		wax_text_init(&padded, arena);
		wax_text_add(&padded, packed);
		wax_text_add(&padded, zeros(n - packed.n));
		if (n < 40000)
			expect_failure(unpack(wax_text_str(&padded)),
			    WAX_E_LIMIT, "too much");
		else
			expect_one(
			    wax_text_str(&padded), "", wax_text_str(&text));
	}
}
END_TEST

/* Many records with the same hundred signatures. */
START_TEST(honest_report_is_no_bomb)
{
	static const char dkim[] =
	    "<dkim><domain>lists.example.net</domain>"
	    "<selector>selector2026</selector><result>fail</result>"
	    "<human_result>the body hash does not verify</human_result>"
	    "</dkim>\n";
	struct wax_str signatures = times_over(wax_str_of(dkim), 100);
	struct wax_str packed;
	struct wax_text text;

	wax_text_init(&text, arena);
	for (unsigned i = 0; i < 1400; i++) {
		wax_text_addf(
		    &text, "<record><source_ip>192.0.%u.%u", i / 256, i % 256);
		wax_text_add(&text, signatures);
	}
	packed = gzip(wax_text_str(&text));
	ck_assert_uint_gt(text.n, packed.n * 150);
	expect_one(packed, "", wax_text_str(&text));
}
END_TEST

START_TEST(entries_are_bounded)
{
	static const char *const format[] = { "zip", "ustar" };
	struct file file[WAX_REPORT_ENTRIES_MAX + 1];

	for (size_t i = 0; i < WAX_REPORT_ENTRIES_MAX + 1; i++)
		file[i] = (struct file){ "a.xml", WAX_STR("x"), 1, 0 };
	for (size_t i = 0; i < 2; i++) {
		struct unpacked got = unpack(
		    archive_of(format[i], NULL, WAX_REPORT_ENTRIES_MAX, file));

		ck_assert_int_eq(got.status, WAX_OK);
		ck_assert_uint_eq(got.n, WAX_REPORT_ENTRIES_MAX);
		expect_failure(unpack(archive_of(format[i], NULL,
		                   WAX_REPORT_ENTRIES_MAX + 1, file)),
		    WAX_E_LIMIT, "too much in it");
	}
	/* Those in an archive in the archive count, too. */
	file[0] = (struct file){ "b.zip", archive_of("zip", NULL, 60, &file[1]),
		1, 0 };
	ck_assert_int_eq(
	    unpack(archive_of("zip", NULL, 40, file)).status, WAX_OK);
	expect_failure(unpack(archive_of("zip", NULL, 41, file)), WAX_E_LIMIT,
	    "too much in it");
}
END_TEST

START_TEST(depth_is_bounded)
{
	struct wax_str xml = WAX_STR("<feedback/>");
	struct wax_str packed = xml;

	for (size_t i = 0; i < WAX_REPORT_PACKED_DEPTH_MAX; i++)
		packed = gzip(packed);
	expect_one(packed, "", xml);
	expect_failure(
	    unpack(gzip(packed)), WAX_E_LIMIT, "packed too many times");
	packed = xml;
	for (size_t i = 0; i < WAX_REPORT_PACKED_DEPTH_MAX; i++)
		packed = zip_of("a", packed);
	expect_one(packed, "a", xml);
	expect_failure(
	    unpack(zip_of("a", packed)), WAX_E_LIMIT, "packed too many times");
}
END_TEST

/* Time says nothing under a debugger or valgrind, which run without forks. */
static bool
time_counts(void)
{
	const char *fork_mode = getenv("CK_FORK");

	return fork_mode == NULL || strcmp(fork_mode, "no") != 0;
}

/* Refused, within a second of work, and with hardly any memory. */
static void
expect_defused(struct wax_str bomb, size_t bytes_max)
{
	clock_t begun = clock();
	struct unpacked got = unpack(bomb);

	expect_failure(got, WAX_E_LIMIT, "too much");
	if (time_counts())
		ck_assert_int_lt(clock() - begun, CLOCKS_PER_SEC);
	ck_assert_uint_le(wax_arena_bytes(got.arena), bytes_max);
}

START_TEST(bombs_are_defused)
{
	/* A gigabyte, as 64 members of the same file. */
	struct wax_str small = gzip(zeros(16 * MEGABYTE));
	struct wax_str gz = times_over(small, 64);
	struct wax_str zeros_64k = zeros((size_t)64 * 1024);
	const struct file gigabyte = { "a.xml", zeros_64k, (size_t)16 * 1024,
		0 };
	const struct file tar = { "a.gz", gzip(gz), 1, 0 };
	struct file many[64];

	expect_defused(gz, MEGABYTE);
	expect_defused(gzip(gz), 2 * MEGABYTE);
	expect_defused(gzip(gzip(gz)), 2 * MEGABYTE);
	expect_defused(zip_of("a.gz", gz), 2 * MEGABYTE);
	expect_defused(archive_of("ustar", NULL, 1, &tar), 2 * MEGABYTE);
	expect_defused(
	    archive_of("zip", "zip:compression-level=1", 1, &gigabyte),
	    MEGABYTE);
	/* Each file of an archive within the bounds, but not all of them. */
	for (size_t i = 0; i < 64; i++)
		many[i] = (struct file){ "a.gz", small, 1, 0 };
	expect_defused(archive_of("ustar", NULL, 64, many), 70 * MEGABYTE);
}
END_TEST

/* Those of tests/reports that are packed; what is in them is read by
 * tests/unit/report/test_xml. */
START_TEST(corpus)
{
	static const struct {
		const char *name;
		enum wax_status status;
		const char *shows; /* of the error, or in the report */
	} row[] = {
		{ "rfc7489/packed.zip", WAX_OK, "<feedback>" },
		{ "rfc9990/packed.gz", WAX_OK, "<feedback " },
		{ "hostile/bomb.gz", WAX_E_LIMIT, "too much" },
		{ "hostile/bomb.zip", WAX_E_LIMIT, "report.xml.gz: too much" },
		{ "hostile/encrypted.zip", WAX_E_SYNTAX, "encrypted" },
		{ "hostile/truncated.gz", WAX_E_SYNTAX, "broken" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct unpacked got = unpack(read_file(row[i].name));

		if (row[i].status != WAX_OK) {
			expect_failure(got, row[i].status, row[i].shows);
			continue;
		}
		ck_assert_msg(got.status == WAX_OK, "%s", got.err.text);
		ck_assert_uint_eq(got.n, 1);
		ck_assert_ptr_nonnull(memmem(got.v[0].bytes.p, got.v[0].bytes.n,
		    row[i].shows, strlen(row[i].shows)));
	}
}
END_TEST

/* RFC 1952 s2.3: a gz without an end, which has nothing in it at all: stored
 * blocks of length 0. */
START_TEST(work_without_output_is_bounded)
{
	struct wax_str head = WAX_STR("\x1f\x8b\x08\0\0\0\0\0\0\x03");
	struct wax_str blocks =
	    times_over(WAX_STR("\0\0\0\xff\xff"), 8 * MEGABYTE);
	struct wax_text text;
	clock_t begun;
	struct unpacked got;

	wax_text_init(&text, arena);
	wax_text_add(&text, head);
	wax_text_add(&text, blocks);
	begun = clock();
	expect_failure(unpack(wax_text_str(&text)), WAX_E_SYNTAX, "");
	/* In a gz of its own that is small, and yet too much comes of it. */
	got = unpack(gzip(wax_text_str(&text)));
	expect_failure(got, WAX_E_LIMIT, "too much");
	if (time_counts())
		ck_assert_int_lt(clock() - begun, 3 * CLOCKS_PER_SEC);
}
END_TEST

/* A header of a tar that says something of the next one: any number of them
 * may follow each other, and libarchive calls itself for each. */
START_TEST(headers_without_end_are_refused)
{
	static const char type[] = { 'x', 'g', 'L', 'K', 'V', 'X' };
	struct wax_str tar = tar_of("a.xml", WAX_STR("x"));

	for (size_t i = 0; i < sizeof type; i++) {
		char *header = wax_alloc(arena, 1024, 1);
		unsigned sum = 0;
		struct wax_str all;
		struct unpacked got;

		memcpy(header, tar.p, 512);
		header[156] = type[i];
		memset(header + 148, ' ', 8);
		for (size_t j = 0; j < 512; j++)
			sum += (unsigned char)header[j];
		memcpy(header + 148, wax_textf(arena, "%06o", sum).p, 7);
		memcpy(header + 512, "12 path=abc\n", 12);
		memcpy(header + 124, "00000000014", 11);
		sum = 0;
		memset(header + 148, ' ', 8);
		for (size_t j = 0; j < 512; j++)
			sum += (unsigned char)header[j];
		memcpy(header + 148, wax_textf(arena, "%06o", sum).p, 7);
		all = times_over((struct wax_str){ header, 1024 }, 20000);
		got = unpack(all);
		ck_assert_msg(
		    got.status == WAX_E_SYNTAX || got.status == WAX_E_LIMIT,
		    "type %c: %d", type[i], (int)got.status);
	}
}
END_TEST

/* The directory of a zip is read as a whole: how long it is, is bounded. */
START_TEST(directory_is_bounded)
{
	struct wax_str zip = zip_of("a", WAX_STR("x"));
	size_t directory =
	    (size_t)((const char *)memmem(zip.p, zip.n, "PK\1\2", 4) - zip.p);
	size_t end =
	    (size_t)((const char *)memmem(zip.p, zip.n, "PK\5\6", 4) - zip.p);
	struct wax_str entry =
	    wax_str_head(wax_str_from(zip, directory), end - directory);
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_add(&text, wax_str_head(zip, directory));
	wax_text_add(&text, times_over(entry, 1000000));
	wax_text_add(&text, wax_str_from(zip, end));
	expect_failure(
	    unpack(wax_text_str(&text)), WAX_E_LIMIT, "too much in it");
}
END_TEST

static Suite *
pack_suite(void)
{
	Suite *suite = suite_create("pack");
	TCase *tc = tcase_create("pack");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, pack_is_deterministic);
	tcase_add_test(tc, pack_takes_any_size);
	tcase_add_test(tc, each_kind_is_unpacked);
	tcase_add_test(tc, what_is_no_file_is_left_out);
	tcase_add_test(tc, names_are_for_messages_only);
	tcase_add_test(tc, broken_ones_are_refused);
	tcase_add_test(tc, empty_ones_are_refused);
	tcase_add_test(tc, encrypted_ones_are_refused);
	tcase_add_test(tc, other_compressions_are_refused);
	tcase_add_test(tc, bytes_are_bounded);
	tcase_add_test(tc, ratio_is_bounded);
	tcase_add_test(tc, honest_report_is_no_bomb);
	tcase_add_test(tc, entries_are_bounded);
	tcase_add_test(tc, depth_is_bounded);
	tcase_add_test(tc, corpus);
	tcase_add_test(tc, bombs_are_defused);
	tcase_add_test(tc, work_without_output_is_bounded);
	tcase_add_test(tc, headers_without_end_are_refused);
	tcase_add_test(tc, directory_is_bounded);
	suite_add_tcase(suite, tc);
	return suite;
}

Suite *(*const wax_suites[])(void) = { pack_suite, NULL };
