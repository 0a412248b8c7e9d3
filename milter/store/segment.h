/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * segment.h - what a segment of the journal looks like: its name, its lines,
 * and how they are read again. Nothing here touches a file.
 *
 * A segment is text, one line after the other:
 *
 *	CHECKSUM LENGTH TEXT\n
 *
 * LENGTH is the number of octets of TEXT, in decimal; CHECKSUM is the CRC-32
 * (of IEEE 802.3, as in zip) of LENGTH, a blank, TEXT and the 16 octets of
 * the segment's id, in 8 hexadecimal digits: what a power cut may put into
 * the file of another segment is not taken for its own. The first line is
 * "sealwax-journal 1 " and the id in hexadecimal; each other one is a row.
 * Whoever changes the meaning of a row counts the version up.
 *
 * A last line without an end was being written when the process died: nobody
 * was told that it is kept, so it is no loss.
 */
#ifndef WAX_MILTER_STORE_SEGMENT_H
#define WAX_MILTER_STORE_SEGMENT_H

#include "milter/store/store.h"
#include "policy/base/str.h"

/* Of one row, and so of what a segment can have: it is closed when it has
 * WAX_JOURNAL_BYTES. */
#define WAX_SEGMENT_ROW_MAX (1024UL * 1024)
/* A file that is larger than this is none of ours. */
#define WAX_SEGMENT_BYTES_MAX (4UL * 1024 * 1024)

/* --- names: SECONDS-ID.SUFFIX, which sort by time -------------------------- */

enum wax_segment_state {
	WAX_SEGMENT_OPEN,   /* ".open": the daemon writes it */
	WAX_SEGMENT_CLOSED, /* ".done": to be imported */
	WAX_SEGMENT_DAMAGED /* ".damaged": cannot be, and is kept */
};

#define WAX_SEGMENT_NAME_BYTES 64 /* with its NUL */

void wax_segment_name_format(char name[WAX_SEGMENT_NAME_BYTES], int64_t time,
    const uint8_t id[WAX_SEGMENT_ID_BYTES], enum wax_segment_state state);

/* False if it is not such a name. */
bool wax_segment_name_parse(const char *name, int64_t *time,
    uint8_t id[WAX_SEGMENT_ID_BYTES], enum wax_segment_state *state)
    WAX_MUST_USE;

/* --- writing --------------------------------------------------------------- */

/* A row on its way; what does not depend on the segment is done. */
struct wax_segment_line {
	char *p; /* room for a first line, then this one */
	size_t n;
	uint32_t crc;
};

/* False if the text has a line end in it, or is too long. */
bool wax_segment_line_make(struct wax_arena *arena, struct wax_str text,
    struct wax_segment_line *out) WAX_MUST_USE;

/* The octets to be written to this segment, with or without its first line.
 * They stay valid until the line is sealed again. */
struct wax_str wax_segment_line_seal(struct wax_segment_line *line,
    const uint8_t id[WAX_SEGMENT_ID_BYTES], bool is_first);

/* --- reading --------------------------------------------------------------- */

struct wax_segment_rows {
	size_t n;
	struct wax_str *row;  /* point into the contents */
	size_t n_damaged;     /* lines, the first one included */
	size_t first_damaged; /* its number, from 1; 0: none */
	bool is_torn;         /* the last line has no end */
};

/* Octets that are not NUL are what was written; a hole is skipped.
 * WAX_E_SYNTAX: it is the segment of a version that is not ours. */
enum wax_status wax_segment_read(struct wax_arena *arena,
    const uint8_t id[WAX_SEGMENT_ID_BYTES], struct wax_str contents,
    struct wax_segment_rows *out, struct wax_err *err) WAX_MUST_USE;

#endif
