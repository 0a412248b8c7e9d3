/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/send/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"

#define CHUNK ((size_t)64 * 1024)
#define NAME_SHOWN_MAX 80

/* One thing in another: a report in a zip, or the tar in a gz. */
struct item {
	struct wax_str name, bytes;
	unsigned depth;
};

/*
 * Whatever is packed is undone one layer at a time, and libarchive is asked
 * for exactly the one layer that is there. Left to itself it would undo a gz
 * in a gz in a gz unseen, and only what comes out of the last could be
 * counted.
 */
enum layer {
	LAYER_NONE,
	LAYER_GZIP,
	LAYER_ZIP,
	LAYER_TAR
};

struct unpacking {
	struct wax_arena *arena;   /* the caller's: names and contents */
	struct wax_arena *scratch; /* everything else */
	char *chunk;
	/* What may come out, of each depth together. */
	size_t bytes_left[WAX_REPORT_PACKED_DEPTH_MAX];
	size_t found_left; /* of all that is no longer packed */
	size_t entries_left;
	WAX_VEC(struct item) items;
	struct wax_err *err;
};

/* Out of memory ends the process, here as in an arena. */
static void *
made(void *handle)
{
	if (handle == NULL)
		abort();
	return handle;
}

static la_ssize_t
keep_written(
    struct archive *archive, void *arg, const void *bytes, size_t length)
{
	struct wax_text *text = arg;

	(void)archive;
	wax_text_add(text, (struct wax_str){ bytes, length });
	return (la_ssize_t)length;
}

/* The first failure of these steps; the rest is not tried. */
static int
write_gzip(struct archive *archive, struct archive_entry *entry,
    struct wax_str plain, struct wax_text *text)
{
	int status = archive_write_add_filter_gzip(archive);

	if (status == ARCHIVE_OK) /* no time in it */
		status = archive_write_set_filter_option(
		    archive, "gzip", "timestamp", NULL);
	if (status == ARCHIVE_OK)
		status = archive_write_set_filter_option(
		    archive, "gzip", "compression-level", "9");
	if (status == ARCHIVE_OK)
		status = archive_write_set_format_raw(archive);
	if (status == ARCHIVE_OK) /* no blanks to fill a block */
		status = archive_write_set_bytes_in_last_block(archive, 1);
	if (status == ARCHIVE_OK)
		status =
		    archive_write_open(archive, text, NULL, keep_written, NULL);
	if (status == ARCHIVE_OK)
		status = archive_write_header(archive, entry);
	if (status == ARCHIVE_OK && plain.n > 0 &&
	    archive_write_data(archive, plain.p, plain.n) !=
	        (la_ssize_t)plain.n)
		status = ARCHIVE_FATAL;
	if (status == ARCHIVE_OK)
		status = archive_write_close(archive);
	return status;
}

enum wax_status
wax_pack_gzip(struct wax_arena *arena, struct wax_str plain,
    struct wax_str *out, struct wax_err *err)
{
	struct archive *archive = made(archive_write_new());
	struct archive_entry *entry = made(archive_entry_new());
	struct wax_text text;
	enum wax_status status = WAX_OK;

	wax_text_init(&text, arena);
	archive_entry_set_filetype(entry, AE_IFREG);
	if (write_gzip(archive, entry, plain, &text) == ARCHIVE_OK)
		*out = wax_text_str(&text);
	else
		status = wax_fail(err, WAX_E_IO, "cannot be compressed: %s",
		    archive_error_string(archive));
	archive_entry_free(entry);
	(void)archive_write_free(archive); /* it was closed, or has failed */
	return status;
}

static enum layer
layer_of(struct wax_str bytes)
{
	if (wax_str_starts(bytes, WAX_STR("\x1f\x8b")))
		return LAYER_GZIP;
	if (wax_str_starts(bytes, WAX_STR("PK\3\4")) ||
	    wax_str_starts(bytes, WAX_STR("PK\5\6")))
		return LAYER_ZIP;
	if (wax_str_starts(wax_str_from(bytes, 257), WAX_STR("ustar")))
		return LAYER_TAR;
	return LAYER_NONE;
}

/* Why a call failed; libarchive does not always say. */
static const char *
said(struct archive *archive)
{
	const char *text = archive_error_string(archive);

	return text != NULL && *text != '\0' ? text : "it is broken";
}

/* An error about one item; the reason may have text of strangers in it. */
static enum wax_status
fail(struct unpacking *unpacking, enum wax_status status,
    const struct item *item, const char *why)
{
	struct wax_text text;

	wax_text_init(&text, unpacking->scratch);
	wax_text_add_escaped(&text, wax_str_head(item->name, NAME_SHOWN_MAX));
	if (text.n > 0)
		wax_text_addz(&text, ": ");
	wax_text_add_escaped(&text, wax_str_of(why));
	return wax_fail(
	    unpacking->err, status, "%.*s", WAX_FMT(wax_text_str(&text)));
}

/*
 * libarchive reads the whole directory of a zip before the first entry is
 * given, and keeps some hundred octets of each.
 */
static bool
has_few_entries(struct wax_str zip)
{
	size_t n = 0;

	for (;;) {
		const char *next =
		    zip.n > 0 ? memmem(zip.p, zip.n, "PK\1\2", 4) : NULL;

		if (next == NULL)
			return true;
		if (++n > WAX_REPORT_ENTRIES_MAX)
			return false;
		zip = wax_str_from(zip, (size_t)(next - zip.p) + 4);
	}
}

static int
open_layer(struct archive *archive, enum layer layer, struct wax_str bytes)
{
	int status = ARCHIVE_FATAL;

	switch (layer) {
	case LAYER_GZIP:
		status =
		    archive_read_append_filter(archive, ARCHIVE_FILTER_GZIP);
		if (status == ARCHIVE_OK)
			status = archive_read_support_format_raw(archive);
		break;
	case LAYER_ZIP:
		status = archive_read_support_format_zip_seekable(archive);
		break;
	case LAYER_TAR:
		status = archive_read_support_format_tar(archive);
		break;
	case LAYER_NONE:
		break;
	}
	if (status != ARCHIVE_OK)
		return status;
	return archive_read_open_memory(archive, bytes.p, bytes.n);
}

/* The next entry; *entry is NULL when there are no more. */
static enum wax_status
next_entry(struct unpacking *unpacking, const struct item *packed,
    struct archive *archive, struct archive_entry **entry)
{
	const char *format;
	int status = archive_read_next_header(archive, entry);

	if (status == ARCHIVE_EOF) {
		*entry = NULL;
		return WAX_OK;
	}
	/* A warning is about a name or an attribute. */
	if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
		return fail(unpacking, WAX_E_SYNTAX, packed, said(archive));
	if (archive_entry_is_encrypted(*entry))
		return fail(unpacking, WAX_E_SYNTAX, packed,
		    "it is encrypted; decrypt it first");
	/* Everything that ever packed a report deflates; the other methods
	 * of zip are code that nobody needs here. */
	format = archive_format_name(archive);
	if (archive_format(archive) == ARCHIVE_FORMAT_ZIP &&
	    (format == NULL || (strstr(format, "(deflation)") == NULL &&
	                           strstr(format, "(uncompressed)") == NULL)))
		return fail(unpacking, WAX_E_SYNTAX, packed,
		    "it is compressed in another way than zip usually is");
	return WAX_OK;
}

/* How much is in the current entry: read, and thrown away. */
static enum wax_status
measure(struct unpacking *unpacking, const struct item *packed,
    struct archive *archive, size_t *size)
{
	size_t *left = &unpacking->bytes_left[packed->depth];

	*size = 0;
	for (;;) {
		la_ssize_t n =
		    archive_read_data(archive, unpacking->chunk, CHUNK);

		if (n == 0)
			return WAX_OK;
		if (n < 0)
			return fail(
			    unpacking, WAX_E_SYNTAX, packed, said(archive));
		if ((size_t)n > *left)
			return fail(unpacking, WAX_E_LIMIT, packed,
			    "too much comes out of it");
		*left -= (size_t)n;
		*size += (size_t)n;
	}
}

/* The current entry, whose size was measured in another pass. */
static enum wax_status
take(struct unpacking *unpacking, const struct item *packed,
    struct archive *archive, size_t size, struct wax_str *out)
{
	char *bytes = wax_alloc(unpacking->arena, size + 1, 1);
	size_t have = 0;

	while (have <= size) {
		la_ssize_t n =
		    archive_read_data(archive, bytes + have, size + 1 - have);

		if (n == 0)
			break;
		if (n < 0)
			return fail(
			    unpacking, WAX_E_SYNTAX, packed, said(archive));
		have += (size_t)n;
	}
	if (have != size)
		return fail(
		    unpacking, WAX_E_SYNTAX, packed, "it cannot be read twice");
	*out = (struct wax_str){ bytes, size };
	return WAX_OK;
}

struct sizes {
	size_t n;
	size_t v[WAX_REPORT_ENTRIES_MAX];
};

/* The first pass: bombs end here, and have taken no memory. */
static enum wax_status
measure_all(struct unpacking *unpacking, const struct item *packed,
    struct archive *archive, struct sizes *sizes)
{
	struct archive_entry *entry;

	for (;;) {
		enum wax_status status =
		    next_entry(unpacking, packed, archive, &entry);

		if (status != WAX_OK || entry == NULL)
			return status;
		if (unpacking->entries_left == 0)
			return fail(unpacking, WAX_E_LIMIT, packed,
			    "there is too much in it");
		unpacking->entries_left--;
		/* Whatever it is: a directory may have octets, too. */
		status =
		    measure(unpacking, packed, archive, &sizes->v[sizes->n++]);
		if (status != WAX_OK)
			return status;
	}
}

static struct wax_str
name_of(struct unpacking *unpacking, const struct item *packed,
    struct archive *archive, struct archive_entry *entry)
{
	const char *name;

	if (archive_format(archive) == ARCHIVE_FORMAT_RAW)
		return packed->name;
	name = archive_entry_pathname(entry);
	if (name == NULL) /* not of this locale */
		name = archive_entry_pathname_utf8(entry);
	return wax_str_dup(unpacking->arena, wax_str_of(name));
}

static enum wax_status
take_all(struct unpacking *unpacking, const struct item *packed,
    struct archive *archive, const struct sizes *sizes)
{
	struct archive_entry *entry;

	for (size_t i = 0; i < sizes->n; i++) {
		struct item item = { .depth = packed->depth + 1 };
		enum wax_status status =
		    next_entry(unpacking, packed, archive, &entry);

		if (status != WAX_OK)
			return status;
		if (entry == NULL)
			return fail(unpacking, WAX_E_SYNTAX, packed,
			    "it cannot be read twice");
		item.name = name_of(unpacking, packed, archive, entry);
		status =
		    take(unpacking, packed, archive, sizes->v[i], &item.bytes);
		if (status != WAX_OK)
			return status;
		if (archive_entry_filetype(entry) == AE_IFREG)
			WAX_PUSH(unpacking->scratch, &unpacking->items, item);
	}
	return WAX_OK;
}

static enum wax_status
one_pass(struct unpacking *unpacking, const struct item *packed,
    enum layer layer, struct sizes *sizes, bool is_first)
{
	struct archive *archive = made(archive_read_new());
	enum wax_status status;

	if (open_layer(archive, layer, packed->bytes) != ARCHIVE_OK)
		status = fail(
		    unpacking, WAX_E_SYNTAX, packed, "it is broken or empty");
	else if (is_first)
		status = measure_all(unpacking, packed, archive, sizes);
	else
		status = take_all(unpacking, packed, archive, sizes);
	(void)archive_read_free(archive); /* it was only read */
	return status;
}

static enum wax_status
undo_layer(
    struct unpacking *unpacking, const struct item *packed, enum layer layer)
{
	struct sizes *sizes = WAX_NEW(unpacking->scratch, struct sizes);
	enum wax_status status;

	if (packed->depth == WAX_REPORT_PACKED_DEPTH_MAX)
		return fail(unpacking, WAX_E_LIMIT, packed,
		    "it is packed too many times over");
	if (layer == LAYER_ZIP && !has_few_entries(packed->bytes))
		return fail(
		    unpacking, WAX_E_LIMIT, packed, "there is too much in it");
	status = one_pass(unpacking, packed, layer, sizes, true);
	if (status != WAX_OK)
		return status;
	return one_pass(unpacking, packed, layer, sizes, false);
}

static enum wax_status
undo_all(struct unpacking *unpacking, struct wax_unpacked **out, size_t *n)
{
	WAX_VEC(struct wax_unpacked) found = { 0 };

	for (size_t i = 0; i < unpacking->items.n; i++) {
		struct item item = unpacking->items.v[i];
		enum layer layer = layer_of(item.bytes);
		enum wax_status status;

		if (layer == LAYER_NONE) {
			if (item.bytes.n > unpacking->found_left)
				return fail(unpacking, WAX_E_LIMIT, &item,
				    "too much comes out of it");
			unpacking->found_left -= item.bytes.n;
			if (item.depth == 0)
				item.bytes =
				    wax_str_dup(unpacking->arena, item.bytes);
			WAX_PUSH(unpacking->arena, &found,
			    (struct wax_unpacked){ item.name, item.bytes });
			continue;
		}
		status = undo_layer(unpacking, &item, layer);
		if (status != WAX_OK)
			return status;
	}
	*out = found.v;
	*n = found.n;
	return WAX_OK;
}

enum wax_status
wax_unpack(struct wax_arena *arena, struct wax_str packed, size_t max_bytes,
    struct wax_unpacked **out, size_t *n, struct wax_err *err)
{
	struct unpacking unpacking = { .arena = arena,
		.err = err,
		.entries_left = WAX_REPORT_ENTRIES_MAX };
	size_t most = WAX_REPORT_RATIO_FREE_BYTES;
	enum wax_status status;

	if (packed.n > max_bytes)
		return wax_fail(err, WAX_E_LIMIT, "it is too large");
	if (packed.n > most / WAX_REPORT_RATIO_MAX)
		most = packed.n > SIZE_MAX / WAX_REPORT_RATIO_MAX
		           ? SIZE_MAX
		           : packed.n * WAX_REPORT_RATIO_MAX;
	if (most > max_bytes)
		most = max_bytes;
	for (size_t i = 0; i < WAX_REPORT_PACKED_DEPTH_MAX; i++)
		unpacking.bytes_left[i] = most;
	unpacking.found_left = most;
	unpacking.scratch = wax_arena_new("unpack", 0);
	unpacking.chunk = wax_alloc(unpacking.scratch, CHUNK, 1);
	WAX_PUSH(unpacking.scratch, &unpacking.items,
	    (struct item){ .bytes = packed });
	status = undo_all(&unpacking, out, n);
	wax_arena_free(unpacking.scratch);
	return status;
}
