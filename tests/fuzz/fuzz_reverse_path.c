/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The argument of MAIL, and List-Id and SRS, which are read in its place.
 * What holds for any: brackets change nothing, and a valid path written out
 * in the form of RFC 5321 is the same path.
 */
#include "policy/mail/abnf.h"
#include "policy/mail/address.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "reverse_path";

static bool
same(struct wax_reverse_path a, struct wax_reverse_path b)
{
	return a.is_null == b.is_null && a.is_valid == b.is_valid &&
	       wax_str_eq(a.local_part, b.local_part) &&
	       wax_domain_eq(a.domain, b.domain);
}

static struct wax_str
written(struct wax_arena *arena, struct wax_reverse_path path)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addz(&text, "<@relay.example:\"");
	for (size_t i = 0; i < path.local_part.n; i++) {
		wax_text_addc(&text, '\\');
		wax_text_addc(&text, path.local_part.p[i]);
	}
	wax_text_addz(&text, "\"@");
	wax_text_add(&text, path.domain.text);
	wax_text_addc(&text, '>');
	return wax_text_str(&text);
}

static void
check_domain(struct wax_arena *arena, struct wax_domain domain)
{
	struct wax_domain again;

	WAX_ASSERT(wax_domain_parse(arena, domain.text, &again));
	WAX_ASSERT(wax_domain_eq(domain, again));
}

static void
check_path(struct wax_arena *arena, struct wax_reverse_path path)
{
	if (!path.is_valid || path.is_null) {
		WAX_ASSERT(path.is_valid == path.is_null);
		WAX_ASSERT(path.local_part.n == 0);
		WAX_ASSERT(wax_domain_is_none(path.domain));
		return;
	}
	check_domain(arena, path.domain);
	WAX_ASSERT(path.local_part.n > 0 && wax_is_utf8(path.local_part));
	for (size_t i = 0; i < path.local_part.n; i++)
		WAX_ASSERT(!wax_is_control(path.local_part.p[i]));
	WAX_ASSERT(
	    same(path, wax_reverse_path_parse(arena, written(arena, path))));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_arena *arena = wax_arena_new("fuzz", 0);
	struct wax_str text = { (const char *)data, size };
	struct wax_reverse_path path = wax_reverse_path_parse(arena, text);
	struct wax_domain domain;

	check_path(arena, path);
	if (!wax_str_starts(wax_str_trim(text), WAX_STR("<")))
		WAX_ASSERT(
		    same(path, wax_reverse_path_parse(arena,
		                   fuzz_join(arena, WAX_STR("<"),
		                       fuzz_join(arena, text, WAX_STR(">"))))));
	if (wax_list_id_parse(arena, text, &domain))
		check_domain(arena, domain);
	if (wax_srs_parse(arena, text, &domain))
		check_domain(arena, domain);
	wax_arena_free(arena);
	return 0;
}
