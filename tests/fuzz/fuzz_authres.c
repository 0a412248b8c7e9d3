/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authentication-Results, written and recognised. The input has parts with
 * "|" between them: an authserv-id, a comment, a reason, and values.
 *
 * What holds for any: what is written has the grammar of RFC 8601 s2.2, no
 * octet of the input acts outside its quotes, and it is recognised as ours;
 * and it is not recognised as anybody else's, whoever its values name.
 */
#include "policy/base/limits.h"
#include "policy/mail/abnf.h"
#include "policy/mail/authres.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "authres";

#define PROPERTIES_MAX 8

static const struct wax_str other = WAX_STR_INIT("mx.example.org");

/* No octet that is a control but the fold, which is LF and a tab; lines as
 * long as they may be, with the name of the field before the first. */
static void
check_lines(struct wax_str value)
{
	struct wax_str line;
	size_t before = sizeof "Authentication-Results:" - 1;

	WAX_ASSERT(wax_is_utf8(value));
	WAX_ASSERT(value.n > 0 && value.p[0] == ' ');
	while (wax_str_cut(&value, '\n', &line)) {
		WAX_ASSERT(
		    line.n > 0 && before + line.n <= WAX_HEADER_LINE_MAX);
		WAX_ASSERT(before > 0 || line.p[0] == '\t');
		for (size_t i = before > 0 ? 0 : 1; i < line.n; i++)
			WAX_ASSERT(!wax_is_control(line.p[i]));
		before = 0;
	}
}

/* pvalue: RFC 8601 s2.2 */
static void
skip_pvalue(struct wax_str *rest)
{
	if (wax_skip_quoted_string(rest))
		return;
	(void)wax_skip_token(rest); /* "@domain" has none */
	if (wax_skip_char(rest, '@'))
		WAX_ASSERT(wax_skip_token(rest));
}

/* Our one resinfo: spf=pass (comment) reason=value smtp.helo=value ... */
static void
check_grammar(struct wax_str rest, size_t n_values)
{
	WAX_ASSERT(wax_skip_cfws(&rest));
	WAX_ASSERT(wax_skip_quoted_string(&rest) || wax_skip_token(&rest));
	WAX_ASSERT(wax_skip_char(&rest, ';') && wax_skip_fws(&rest));
	WAX_ASSERT(wax_str_starts(rest, WAX_STR("spf=pass")));
	rest = wax_str_from(rest, WAX_STR("spf=pass").n);
	for (;;) {
		bool is_reason;

		WAX_ASSERT(wax_skip_cfws(&rest));
		if (rest.n == 0)
			return;
		WAX_ASSERT(wax_str_starts(rest, WAX_STR("reason=")) ||
		           wax_str_starts(rest, WAX_STR("smtp.helo=")));
		WAX_ASSERT(n_values-- > 0);
		is_reason = rest.p[0] == 'r';
		rest = wax_str_from(rest, wax_str_find(rest, '=') + 1);
		if (is_reason)
			WAX_ASSERT(wax_skip_quoted_string(&rest) ||
			           wax_skip_token(&rest));
		else
			skip_pvalue(&rest);
		WAX_ASSERT(
		    rest.n == 0 || rest.p[0] == ' ' || rest.p[0] == '\n');
	}
}

static void
check_written(struct wax_arena *arena, struct wax_str rest)
{
	struct wax_authres_property property[PROPERTIES_MAX];
	struct wax_authres_result result = {
		.method = "spf", .result = "pass", .property = property
	};
	struct wax_authres authres = { .result = &result };
	struct wax_str value, none;

	if (!wax_str_cut(&rest, '|', &authres.authserv_id))
		return;
	if (wax_str_cut(&rest, '|', &result.comment))
		(void)wax_str_cut(&rest, '|', &result.reason); /* or none */
	while (result.n_properties < PROPERTIES_MAX &&
	       wax_str_cut(&rest, '|', &value))
		property[result.n_properties++] =
		    (struct wax_authres_property){ "smtp", "helo", value };
	none = wax_authres_format(arena, &authres);
	authres.n_results = 1;
	value = wax_authres_format(arena, &authres);
	WAX_ASSERT((none.n == 0) == (value.n == 0));
	if (value.n == 0)
		return;
	check_lines(none);
	check_lines(value);
	check_grammar(value, result.n_properties + 1);
	WAX_ASSERT(wax_authres_claims(arena, value, authres.authserv_id) ==
	           wax_authres_claims(arena, none, authres.authserv_id));
	WAX_ASSERT(wax_authres_claims(arena, value, other) ==
	           wax_authres_claims(arena, none, other));
}

static void
check_claims(struct wax_arena *arena, struct wax_str raw)
{
	bool claims = wax_authres_claims(arena, raw, other);
	struct wax_str field =
	    fuzz_join(arena, WAX_STR(" (\\(;) \"MX.Example.Org.\" 1; "), raw);

	WAX_ASSERT(wax_authres_claims(
	               arena, wax_str_lower(arena, raw), other) == claims);
	WAX_ASSERT(wax_authres_claims(arena, field, other));
	field = fuzz_join(arena, WAX_STR(" mx.example.org;"), raw);
	WAX_ASSERT(wax_authres_claims(arena, field, other));
	/* Somebody else's, whatever they write. */
	field = fuzz_join(arena, WAX_STR(" other.example; "), raw);
	WAX_ASSERT(!wax_authres_claims(arena, field, other));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_arena *arena = wax_arena_new("fuzz", 0);
	struct wax_str text = { (const char *)data, size };

	check_written(arena, text);
	check_claims(arena, text);
	wax_arena_free(arena);
	return 0;
}
