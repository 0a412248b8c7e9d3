/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The value of one From field. What holds for any value: an author is a
 * domain that may be asked; the case of letters, the kind of line ends and a
 * comment at the end change nothing; a second address changes what it should.
 */
#include "policy/base/limits.h"
#include "policy/mail/abnf.h"
#include "policy/mail/address.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "from";

static struct wax_arena *arena;
static struct wax_domain domain;

static enum wax_author_status
author_of(struct wax_str raw, size_t max_addresses)
{
	struct wax_field_list fields;
	struct wax_str reason = WAX_STR("not set");
	enum wax_author_status status;

	wax_field_list_init(&fields, arena);
	wax_field_append(&fields, WAX_STR("From"), WAX_STR(""));
	fields.fields.v[0].raw = raw;
	domain.text = WAX_STR("");
	status =
	    wax_author_domain(arena, &fields, max_addresses, &domain, &reason);
	WAX_ASSERT((reason.n == 0) == (status == WAX_AUTHOR_OK));
	WAX_ASSERT((domain.text.n > 0) == (status == WAX_AUTHOR_OK));
	return status;
}

static void
check_same(
    struct wax_str raw, enum wax_author_status status, struct wax_domain author)
{
	WAX_ASSERT(author_of(raw, WAX_FROM_ADDRESSES_DEFAULT + 1) == status);
	WAX_ASSERT(wax_domain_eq(domain, author));
}

static void
check_author(struct wax_str raw, struct wax_domain author)
{
	struct wax_domain again;
	struct wax_str second =
	    wax_textf(arena, ", <x@%.*s>", WAX_FMT(author.text));

	WAX_ASSERT(wax_domain_parse(arena, author.text, &again));
	WAX_ASSERT(wax_domain_eq(author, again));
	WAX_ASSERT(wax_domain_labels(author) >= 2);
	check_same(fuzz_join(arena, raw, second), WAX_AUTHOR_OK, author);
	/* Its parent, or something below it, is another author. */
	second = wax_textf(arena, ",x@%s%.*s",
	    author.text.n + 2 <= WAX_DOMAIN_MAX ? "x." : "",
	    WAX_FMT(author.text.n + 2 <= WAX_DOMAIN_MAX
	                ? author.text
	                : wax_domain_suffix(author, 2).text));
	if (author.text.n + 2 <= WAX_DOMAIN_MAX ||
	    wax_domain_labels(author) > 2)
		check_same(fuzz_join(arena, raw, second), WAX_AUTHOR_SEVERAL,
		    (struct wax_domain){ WAX_STR("") });
	for (size_t i = 0; i < raw.n; i++)
		WAX_ASSERT(!wax_is_control(raw.p[i]) || wax_is_space(raw.p[i]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_str raw = { (const char *)data, size };
	enum wax_author_status status;
	struct wax_domain author;

	arena = wax_arena_new("fuzz", 0);
	status = author_of(raw, WAX_FROM_ADDRESSES_DEFAULT);
	author = domain;
	if (status == WAX_AUTHOR_OK)
		check_author(raw, author);
	/* One address more is allowed there, as it would be one too many. */
	if (status != WAX_AUTHOR_SYNTAX) {
		check_same(wax_str_lower(arena, raw), status, author);
		check_same(wax_crlf(arena, raw), status, author);
		check_same(
		    fuzz_join(arena, raw, WAX_STR("\r\n (x)")), status, author);
		check_same(
		    fuzz_join(arena, WAX_STR("(\\)),,"), raw), status, author);
		check_same(
		    fuzz_join(arena, raw, WAX_STR(", g:;")), status, author);
	}
	wax_arena_free(arena);
	return 0;
}
