/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pack.h - compressing our reports, and unpacking those of others.
 *
 * The only file that knows libarchive. What others send is bounded: in octets
 * that come out, in ratio, in entries and in depth. Nothing is written to a
 * file, and no name in an archive is used for anything but messages.
 */
#ifndef WAX_MILTER_SEND_PACK_H
#define WAX_MILTER_SEND_PACK_H

#include "policy/base/status.h"
#include "policy/base/str.h"

/* gzip, with nothing in it that changes from run to run. */
enum wax_status wax_pack_gzip(struct wax_arena *arena, struct wax_str plain,
    struct wax_str *out, struct wax_err *err) WAX_MUST_USE;

struct wax_unpacked {
	struct wax_str name; /* hostile: for messages only, escaped */
	struct wax_str bytes;
};

/*
 * What is in a gz, zip, tar (also in a gz), or plain file: *n entries in the
 * arena; what is packed in there is unpacked, too. WAX_E_SYNTAX: broken,
 * empty, encrypted. WAX_E_LIMIT: more than `max_bytes` in all, or
 * WAX_REPORT_RATIO_MAX times its own size (beyond 1 MB), or
 * WAX_REPORT_ENTRIES_MAX, or WAX_REPORT_PACKED_DEPTH_MAX. Text of errors is printable.
 */
enum wax_status wax_unpack(struct wax_arena *arena, struct wax_str packed,
    size_t max_bytes, struct wax_unpacked **out, size_t *n, struct wax_err *err)
    WAX_MUST_USE;

#endif
