/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is in a file of anybody's. The first two octets say how much may come
 * out; the rest is the file.
 *
 * What holds for any: not more than that comes out, of not more files than
 * there may be, and none of them is still packed; the same comes out again;
 * and what is packed by us comes out as it was.
 */
#include "milter/send/pack.h"
#include "policy/base/limits.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "unpack";

static void
check_error(const struct wax_err *err)
{
	WAX_ASSERT(err->status == WAX_E_SYNTAX || err->status == WAX_E_LIMIT);
	WAX_ASSERT(err->text[0] != '\0');
	for (const char *p = err->text; *p != '\0'; p++)
		WAX_ASSERT(*p >= ' ' && *p <= '~');
}

static bool
is_packed(struct wax_str s)
{
	return wax_str_starts(s, WAX_STR("\x1f\x8b")) ||
	       wax_str_starts(s, WAX_STR("PK\3\4")) ||
	       wax_str_starts(s, WAX_STR("PK\5\6")) ||
	       wax_str_starts(wax_str_from(s, 257), WAX_STR("ustar"));
}

static void
check_unpacked(
    const struct wax_unpacked *v, size_t n, struct wax_str file, size_t max)
{
	size_t sum = 0;

	/* What is not packed, is there; what is, counts as many. */
	WAX_ASSERT(n <= WAX_REPORT_ENTRIES_MAX + 1);
	WAX_ASSERT(n == 1 || is_packed(file));
	for (size_t i = 0; i < n; i++) {
		WAX_ASSERT(!is_packed(v[i].bytes));
		sum += v[i].bytes.n;
	}
	WAX_ASSERT(sum <= max);
}

static void
check_packing(struct wax_arena *arena, struct wax_str plain)
{
	struct wax_str packed, again;
	struct wax_unpacked *v;
	size_t n;
	struct wax_err err;

	WAX_ASSERT(wax_pack_gzip(arena, plain, &packed, &err) == WAX_OK);
	WAX_ASSERT(wax_pack_gzip(arena, plain, &again, &err) == WAX_OK);
	WAX_ASSERT(wax_str_eq(packed, again));
	if (plain.n == 0 || is_packed(plain))
		return;
	WAX_ASSERT(wax_unpack(arena, packed, WAX_REPORT_READ_BYTES_MAX, &v, &n,
	               &err) == WAX_OK);
	WAX_ASSERT(n == 1 && wax_str_eq(v[0].bytes, plain));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_arena *arena = wax_arena_new("fuzz", 0);
	struct wax_str file = { (const char *)data + 2,
		size < 2 ? 0 : size - 2 };
	size_t max = size < 2 ? 0 : (size_t)data[0] << 8 | data[1];
	struct wax_unpacked *v, *w;
	size_t n, m;
	struct wax_err err = { 0 };
	enum wax_status status;

	if (size < 2) {
		wax_arena_free(arena);
		return 0;
	}
	file = wax_str_dup(arena, file);
	status = wax_unpack(arena, file, max, &v, &n, &err);
	if (status == WAX_OK) {
		check_unpacked(v, n, file, max);
		WAX_ASSERT(
		    wax_unpack(arena, file, max, &w, &m, &err) == WAX_OK &&
		    m == n);
		for (size_t i = 0; i < n; i++)
			WAX_ASSERT(wax_str_eq(v[i].name, w[i].name) &&
			           wax_str_eq(v[i].bytes, w[i].bytes));
	} else {
		check_error(&err);
	}
	check_packing(arena, file);
	wax_arena_free(arena);
	return 0;
}
