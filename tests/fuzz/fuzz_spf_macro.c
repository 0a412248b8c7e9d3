/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Macros. The input has parts with "|" between them: a domain-spec or an
 * explain-string, a local-part, a HELO, a domain, the validated name, and an
 * octet that says which address the client has.
 *
 * What holds for any: an expanded name is as long as a name may be, or one
 * label; it is what the explanation of the same text would be, cut from the
 * left by labels, in lower case; an explanation is printable.
 */
#include <string.h>

#include "policy/auth/spf_macro.h"
#include "policy/base/limits.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "spf_macro";

/* RFC 7208 s7.3, as it is written there. */
static struct wax_str
cut(struct wax_str name)
{
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	while (name.n > WAX_DOMAIN_MAX && wax_str_find(name, '.') < name.n)
		name = wax_str_from(name, wax_str_find(name, '.') + 1);
	return name;
}

static void
check(struct wax_arena *arena, struct wax_str text,
    const struct wax_spf_values *values)
{
	struct wax_str name, explanation;
	struct wax_spf_fault fault;
	bool explains = false;

	if (wax_spf_is_explain_string(text)) {
		explains =
		    wax_spf_expand_text(arena, text, values, &explanation);
		for (size_t i = 0; explains && i < explanation.n; i++)
			WAX_ASSERT(
			    explanation.p[i] >= ' ' && explanation.p[i] <= '~');
		WAX_ASSERT(
		    !explains || explanation.n <= WAX_SPF_EXPLANATION_MAX);
	}
	if (!wax_spf_is_domain_spec(text, &fault)) {
		WAX_ASSERT(fault.what != NULL && fault.at <= text.n);
		return;
	}
	WAX_ASSERT(wax_spf_is_explain_string(text));
	WAX_ASSERT(wax_spf_is_macro_string(text, &fault));
	name = wax_spf_expand_name(arena, text, values);
	WAX_ASSERT(
	    name.n <= WAX_DOMAIN_MAX || wax_str_find(name, '.') == name.n);
	WAX_ASSERT(name.n <= (size_t)16 * WAX_DOMAIN_MAX);
	WAX_ASSERT(wax_str_eq(name, wax_str_lower(arena, name)));
	/* A name of one label that is too long is cut to what was kept. */
	if (explains && name.n <= WAX_DOMAIN_MAX)
		WAX_ASSERT(
		    wax_str_eq(name, wax_str_lower(arena, cut(explanation))));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t v6[16] = { 0x20, 1, 0xd, 0xb8, 0xff };
	struct wax_str rest = { (const char *)data, size }, part[6];
	struct wax_spf_values values = { .now = 1234567890,
		.receiver = WAX_STR("mx.example") };
	struct wax_arena *arena = wax_arena_new("fuzz", 0);

	memset(part, 0, sizeof part);
	for (size_t i = 0; i < 6; i++)
		(void)wax_str_cut(&rest, '|', &part[i]);
	values.local_part = part[1];
	values.sender_domain = WAX_STR("sender.example");
	values.helo = part[2];
	values.domain = part[3];
	values.validated = part[4];
	values.client =
	    part[5].n > 0 ? wax_ip_from6(v6) : wax_ip_from4("\300\0\2\7");
	check(arena, part[0], &values);
	wax_arena_free(arena);
	return 0;
}
