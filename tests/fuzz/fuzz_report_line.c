/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line of the journal. What holds for any text: if it is read, it is the
 * one that we would write for what it says; and whatever a row holds, its
 * line is printable and says the same when it is read.
 */
#include "policy/report/row.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "report_line";

static void
assert_printable(struct wax_str text)
{
	for (size_t i = 0; i < text.n; i++)
		WAX_ASSERT(text.p[i] >= ' ' && text.p[i] <= '~');
}

/* The text as each part of a line, and as a whole. */
static void
check_text(struct wax_arena *arena, struct wax_str text)
{
	struct wax_report_row row = { .time = 0 };
	struct wax_report_line line;

	if (wax_report_policy_parse(arena, text, &row.policy)) {
		assert_printable(text);
		WAX_ASSERT(wax_str_eq(
		    wax_report_policy_format(arena, &row.policy), text));
	}
	if (wax_report_tuple_parse(arena, text, &row.tuple)) {
		assert_printable(text);
		WAX_ASSERT(wax_str_eq(
		    wax_report_tuple_format(arena, &row.tuple), text));
	}
	if (!wax_report_line_parse(arena, text, &line))
		return;
	row.time = line.time;
	row.is_accepted = line.is_accepted;
	WAX_ASSERT(line.time >= 0);
	WAX_ASSERT(wax_report_policy_parse(arena, line.policy, &row.policy));
	WAX_ASSERT(wax_report_tuple_parse(arena, line.tuple, &row.tuple));
	WAX_ASSERT(wax_str_eq(row.policy.domain, line.domain));
	WAX_ASSERT(wax_str_eq(wax_report_line_format(arena, &row), text));
}

/* The next line of the input; none any more: empty. */
static struct wax_str
next(struct wax_str *rest)
{
	struct wax_str part;

	return wax_str_cut(rest, '\n', &part) ? part : WAX_STR("");
}

static unsigned
number(struct wax_str *rest, unsigned n)
{
	struct wax_str part = next(rest);

	return part.n > 0 ? (unsigned char)part.p[0] % n : 0;
}

static void
check_policy(struct wax_arena *arena, struct wax_str rest)
{
	struct wax_report_policy policy = {
		.domain = next(&rest),
		.fo = next(&rest),
		.error = next(&rest),
		.rua = next(&rest),
		.p = (enum wax_dmarc_policy)number(&rest, 3),
		.testing = number(&rest, 2) == 1,
	};
	struct wax_report_policy again;
	struct wax_str text = wax_report_policy_format(arena, &policy);

	assert_printable(text);
	WAX_ASSERT(wax_report_policy_parse(arena, text, &again));
	WAX_ASSERT(wax_str_eq(again.domain, policy.domain) &&
	           wax_str_eq(again.fo, policy.fo) &&
	           wax_str_eq(again.error, policy.error) &&
	           wax_str_eq(again.rua, policy.rua) && again.p == policy.p &&
	           again.testing == policy.testing);
}

static void
check_tuple(struct wax_arena *arena, struct wax_str rest)
{
	struct wax_report_reason reason = {
		.type = (enum wax_override_type)number(&rest, 5),
		.comment = next(&rest),
	};
	struct wax_report_signature dkim = {
		.domain = next(&rest),
		.selector = next(&rest),
		.result = (enum wax_result)number(&rest, 8),
		.human = next(&rest),
	};
	struct wax_report_tuple tuple = {
		.n_reasons = number(&rest, 2),
		.reason = &reason,
		.header_from = next(&rest),
		.envelope_from = next(&rest),
		.n_dkim = number(&rest, 2),
		.dkim = &dkim,
		.has_spf = true,
		.spf_domain = next(&rest),
		.spf = (enum wax_result)number(&rest, 8),
		.spf_human = next(&rest),
	};
	struct wax_report_tuple again;
	struct wax_str text = wax_report_tuple_format(arena, &tuple);

	assert_printable(text);
	WAX_ASSERT(wax_report_tuple_parse(arena, text, &again));
	WAX_ASSERT(again.n_reasons == tuple.n_reasons &&
	           again.n_dkim == tuple.n_dkim &&
	           wax_str_eq(again.header_from, tuple.header_from) &&
	           wax_str_eq(again.envelope_from, tuple.envelope_from) &&
	           wax_str_eq(again.spf_domain, tuple.spf_domain) &&
	           again.spf == tuple.spf &&
	           wax_str_eq(again.spf_human, tuple.spf_human));
	if (again.n_reasons > 0)
		WAX_ASSERT(again.reason[0].type == reason.type &&
		           wax_str_eq(again.reason[0].comment, reason.comment));
	if (again.n_dkim > 0)
		WAX_ASSERT(wax_str_eq(again.dkim[0].domain, dkim.domain) &&
		           wax_str_eq(again.dkim[0].selector, dkim.selector) &&
		           again.dkim[0].result == dkim.result &&
		           wax_str_eq(again.dkim[0].human, dkim.human));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_arena *arena = wax_arena_new("fuzz", 0);
	struct wax_str text = { (const char *)data, size };

	check_text(arena, text);
	check_policy(arena, text);
	check_tuple(arena, text);
	wax_arena_free(arena);
	return 0;
}
