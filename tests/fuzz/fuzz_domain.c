/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A text that may be a domain. What holds for any: a domain parses again to
 * itself, in any case and with a dot at its end, has only the octets that a
 * domain may have, and is under its parents and nothing else.
 */
#include "policy/base/limits.h"
#include "policy/mail/domain.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "domain";

static void
check_octets(struct wax_str text)
{
	size_t label = 0;

	WAX_ASSERT(text.n > 0 && text.n <= WAX_DOMAIN_MAX);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		WAX_ASSERT((c >= 'a' && c <= 'z') || wax_is_digit(c) ||
		           c == '-' || c == '_' || c == '.');
		WAX_ASSERT(c != '.' || label > 0);
		label = c == '.' ? 0 : label + 1;
		WAX_ASSERT(label <= WAX_LABEL_MAX);
	}
	WAX_ASSERT(label > 0);
}

static void
check_parents(struct wax_domain domain)
{
	size_t labels = wax_domain_labels(domain), n = labels;
	struct wax_domain parent = domain;

	do {
		WAX_ASSERT(wax_domain_labels(parent) == n);
		WAX_ASSERT(wax_domain_eq(wax_domain_suffix(domain, n), parent));
		WAX_ASSERT(wax_domain_is_under(domain, parent));
		WAX_ASSERT(
		    (n == labels) == wax_domain_is_under(parent, domain));
		WAX_ASSERT(wax_domain_common(domain, parent) == n);
		n--;
	} while (wax_domain_parent(parent, &parent));
	WAX_ASSERT(n == 0);
}

static void
check_again(
    struct wax_arena *arena, struct wax_str text, struct wax_domain domain)
{
	struct wax_domain again;

	WAX_ASSERT(wax_domain_parse(arena, text, &again));
	WAX_ASSERT(wax_domain_eq(domain, again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_arena *arena = wax_arena_new("fuzz", 0);
	struct wax_str text = { (const char *)data, size };
	struct wax_domain domain;

	if (wax_domain_parse(arena, text, &domain)) {
		check_octets(domain.text);
		check_parents(domain);
		check_again(arena, domain.text, domain);
		check_again(
		    arena, fuzz_join(arena, domain.text, WAX_STR(".")), domain);
		check_again(arena, wax_str_lower(arena, text), domain);
	}
	wax_arena_free(arena);
	return 0;
}
