/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/store/segment.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/text.h"

#define ID_DIGITS (2UL * WAX_SEGMENT_ID_BYTES)
#define CRC_DIGITS 8
#define LENGTH_DIGITS_MAX 7
#define LINE_BYTES_MIN (CRC_DIGITS + sizeof " 0 \n" - 1)
#define TIME_DIGITS 11

#define MAGIC "sealwax-journal "
#define FORMAT "1"
#define HEADER_TEXT_BYTES (sizeof MAGIC FORMAT " " - 1 + ID_DIGITS)
#define HEADER_LENGTH "50"
#define HEADER_BYTES \
	(CRC_DIGITS + sizeof " " HEADER_LENGTH " " - 1 + HEADER_TEXT_BYTES + 1)

_Static_assert(HEADER_TEXT_BYTES == 50, "HEADER_LENGTH says it, too");
_Static_assert(WAX_SEGMENT_ROW_MAX < 10000000, "LENGTH_DIGITS_MAX");
_Static_assert(
    TIME_DIGITS + 1 + ID_DIGITS + sizeof ".damaged" <= WAX_SEGMENT_NAME_BYTES,
    "a name has room");

static const char hex_digits[] = "0123456789abcdef";

/* --- digits ---------------------------------------------------------------- */

static void
put_hex(char *at, const uint8_t *octet, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		at[2 * i] = hex_digits[octet[i] >> 4];
		at[2 * i + 1] = hex_digits[octet[i] & 15];
	}
}

/* Lower case only: there is one text for each value. */
static bool
get_hex(const char *at, uint8_t *octet, size_t n)
{
	for (size_t i = 0; i < 2 * n; i++) {
		const char *digit =
		    at[i] != '\0' ? strchr(hex_digits, at[i]) : NULL;

		if (digit == NULL)
			return false;
		octet[i / 2] =
		    (uint8_t)(octet[i / 2] << 4 | (digit - hex_digits));
	}
	return true;
}

static void
put_crc(char *at, uint32_t crc)
{
	const uint8_t octet[] = { (uint8_t)(crc >> 24), (uint8_t)(crc >> 16),
		(uint8_t)(crc >> 8), (uint8_t)crc };

	put_hex(at, octet, sizeof octet);
}

/* Half an octet at a time: a table of a cache line, and fast enough. */
static uint32_t
crc_add(uint32_t crc, const void *p, size_t n)
{
	static const uint32_t table[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8,
		0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0,
		0x86d3d2d4, 0xa00ae278, 0xbdbdf21c };
	const uint8_t *octet = p;

	crc = ~crc;
	for (size_t i = 0; i < n; i++) {
		crc = table[(crc ^ octet[i]) & 15] ^ crc >> 4;
		crc = table[(crc ^ octet[i] >> 4) & 15] ^ crc >> 4;
	}
	return ~crc;
}

/* --- names ----------------------------------------------------------------- */

static const char *
suffix(enum wax_segment_state state)
{
	switch (state) {
	case WAX_SEGMENT_OPEN:
		return ".open";
	case WAX_SEGMENT_CLOSED:
		return ".done";
	case WAX_SEGMENT_DAMAGED:
		return ".damaged";
	}
	return "";
}

void
wax_segment_name_format(char name[WAX_SEGMENT_NAME_BYTES], int64_t time,
    const uint8_t id[WAX_SEGMENT_ID_BYTES], enum wax_segment_state state)
{
	char digits[ID_DIGITS];

	WAX_ASSERT(time >= 0 && time < 100000000000);
	put_hex(digits, id, WAX_SEGMENT_ID_BYTES);
	WAX_ASSERT(
	    snprintf(name, WAX_SEGMENT_NAME_BYTES, "%0*" PRId64 "-%.*s%s",
	        TIME_DIGITS, time, (int)ID_DIGITS, digits,
	        suffix(state)) < WAX_SEGMENT_NAME_BYTES);
}

bool
wax_segment_name_parse(const char *name, int64_t *time,
    uint8_t id[WAX_SEGMENT_ID_BYTES], enum wax_segment_state *state)
{
	static const enum wax_segment_state states[] = { WAX_SEGMENT_OPEN,
		WAX_SEGMENT_CLOSED, WAX_SEGMENT_DAMAGED };
	struct wax_str s = wax_str_of(name);
	unsigned long seconds;

	if (s.n < TIME_DIGITS + 1 + ID_DIGITS || s.p[TIME_DIGITS] != '-' ||
	    !wax_str_number(
	        wax_str_head(s, TIME_DIGITS), 99999999999, &seconds) ||
	    !get_hex(s.p + TIME_DIGITS + 1, id, WAX_SEGMENT_ID_BYTES))
		return false;
	*time = (int64_t)seconds;
	s = wax_str_from(s, TIME_DIGITS + 1 + ID_DIGITS);
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
		*state = states[i];
		if (wax_str_eq(s, wax_str_of(suffix(states[i]))))
			return true;
	}
	return false;
}

/* --- writing --------------------------------------------------------------- */

bool
wax_segment_line_make(
    struct wax_arena *arena, struct wax_str text, struct wax_segment_line *out)
{
	struct wax_text line;

	if (text.n > WAX_SEGMENT_ROW_MAX || wax_str_find(text, '\n') < text.n)
		return false;
	/* Blanks where the checksum, and a first line, will stand. */
	wax_text_init(&line, arena);
	wax_text_addf(
	    &line, "%*s %zu ", (int)(HEADER_BYTES + CRC_DIGITS), "", text.n);
	wax_text_add(&line, text);
	out->crc = crc_add(0, line.p + HEADER_BYTES + CRC_DIGITS + 1,
	    line.n - HEADER_BYTES - CRC_DIGITS - 1);
	wax_text_addc(&line, '\n');
	out->p = line.p;
	out->n = line.n;
	return true;
}

/* The first line; `at` has room for HEADER_BYTES. */
static void
put_header(char *at, const uint8_t id[WAX_SEGMENT_ID_BYTES])
{
	static const char start[] = " " HEADER_LENGTH " " MAGIC FORMAT " ";
	char *text = at + CRC_DIGITS;
	uint32_t crc;

	memcpy(text, start, sizeof start - 1);
	put_hex(text + sizeof start - 1, id, WAX_SEGMENT_ID_BYTES);
	at[HEADER_BYTES - 1] = '\n';
	crc = crc_add(0, text + 1, HEADER_BYTES - CRC_DIGITS - 2);
	put_crc(at, crc_add(crc, id, WAX_SEGMENT_ID_BYTES));
}

struct wax_str
wax_segment_line_seal(struct wax_segment_line *line,
    const uint8_t id[WAX_SEGMENT_ID_BYTES], bool is_first)
{
	const struct wax_str whole = { line->p, line->n };

	put_crc(line->p + HEADER_BYTES,
	    crc_add(line->crc, id, WAX_SEGMENT_ID_BYTES));
	if (!is_first)
		return wax_str_from(whole, HEADER_BYTES);
	put_header(line->p, id);
	return whole;
}

/* --- reading --------------------------------------------------------------- */

/* The text of one line without its end; false if it is not whole. */
static bool
check_line(struct wax_str line, const uint8_t id[WAX_SEGMENT_ID_BYTES],
    struct wax_str *text)
{
	struct wax_str rest, digits;
	char crc[CRC_DIGITS];
	unsigned long length;

	if (line.n < CRC_DIGITS + 1 || line.p[CRC_DIGITS] != ' ')
		return false;
	rest = wax_str_from(line, CRC_DIGITS + 1);
	put_crc(
	    crc, crc_add(crc_add(0, rest.p, rest.n), id, WAX_SEGMENT_ID_BYTES));
	if (memcmp(line.p, crc, CRC_DIGITS) != 0)
		return false;
	return wax_str_cut(&rest, ' ', &digits) && rest.p != NULL &&
	       digits.n <= LENGTH_DIGITS_MAX &&
	       wax_str_number(digits, WAX_SEGMENT_ROW_MAX, &length) &&
	       (*text = rest).n == length;
}

/* Blocks that never reached the disk are read as NULs. */
static struct wax_str
without_hole(struct wax_str line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] == '\0')
		n++;
	return wax_str_from(line, n);
}

static size_t
count_lines(struct wax_str contents)
{
	size_t n = 0;

	for (size_t i = 0; i < contents.n; i++)
		n += contents.p[i] == '\n';
	return n;
}

static enum wax_status
check_header(struct wax_str text, const uint8_t id[WAX_SEGMENT_ID_BYTES],
    struct wax_err *err)
{
	char digits[ID_DIGITS];
	struct wax_str version;

	text = wax_str_from(text, sizeof MAGIC - 1);
	(void)wax_str_cut(&text, ' ', &version); /* there is something */
	put_hex(digits, id, WAX_SEGMENT_ID_BYTES);
	if (!wax_str_eq(version, WAX_STR(FORMAT)))
		return wax_fail(err, WAX_E_SYNTAX,
		    "its version is %.*s, and we know " FORMAT " only",
		    (int)(version.n < 20 ? version.n : 20), version.p);
	if (!wax_str_eq(text, (struct wax_str){ digits, ID_DIGITS }))
		return wax_fail(err, WAX_E_SYNTAX, "it has two ids");
	return WAX_OK;
}

enum wax_status
wax_segment_read(struct wax_arena *arena,
    const uint8_t id[WAX_SEGMENT_ID_BYTES], struct wax_str contents,
    struct wax_segment_rows *out, struct wax_err *err)
{
	size_t lines = count_lines(contents);
	size_t most = contents.n / LINE_BYTES_MIN;
	struct wax_str line, text;

	memset(out, 0, sizeof *out);
	out->row =
	    wax_alloc(arena, most < lines ? most : lines, sizeof *out->row);
	for (size_t i = 0; i < lines; i++) {
		(void)wax_str_cut(&contents, '\n', &line); /* there is one */
		if (!check_line(without_hole(line), id, &text)) {
			if (out->n_damaged++ == 0)
				out->first_damaged = i + 1;
			continue;
		}
		if (i > 0) {
			out->row[out->n++] = text;
			continue;
		}
		if (!wax_str_starts(text, WAX_STR(MAGIC)))
			return wax_fail(err, WAX_E_SYNTAX,
			    "its first line is not that of a segment");
		if (check_header(text, id, err) != WAX_OK)
			return WAX_E_SYNTAX;
	}
	out->is_torn = without_hole(contents).n > 0;
	return WAX_OK;
}
