/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fuzz/dkim_input.h"

#include "policy/base/limits.h"
#include "policy/base/text.h"

struct wax_str
dkim_input_crlf(struct wax_arena *arena, struct wax_str text)
{
	struct wax_text out;

	wax_text_init(&out, arena);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n')
			wax_text_addz(&out, "\r\n");
		else if (text.p[i] != '\r')
			wax_text_addc(&out, text.p[i]);
	}
	return wax_text_str(&out);
}

/* The length of the line at the front, with its CRLF. */
static size_t
line_length(struct wax_str s)
{
	for (size_t i = 1; i < s.n; i++)
		if (s.p[i - 1] == '\r' && s.p[i] == '\n')
			return i + 1;
	return s.n;
}

static size_t
field_length(struct wax_str s)
{
	size_t n = line_length(s);

	while (n < s.n && wax_is_blank(s.p[n]))
		n += line_length(wax_str_from(s, n));
	return n;
}

struct dkim_input
dkim_input_split(struct wax_arena *arena, struct wax_str message)
{
	struct dkim_input input = { 0 };

	while (message.n > 0 && message.p[0] != '\r' &&
	       input.fields.n < WAX_FIELDS_DEFAULT) {
		struct wax_str text =
		    wax_str_head(message, field_length(message));
		size_t colon = wax_str_find(text, ':');
		struct wax_field field;

		if (colon == text.n)
			break;
		message = wax_str_from(message, text.n);
		if (wax_str_ends(text, WAX_STR("\r\n")))
			text.n -= 2;
		field = (struct wax_field){ .name = wax_str_head(text, colon),
			.raw = wax_str_from(text, colon + 1) };
		WAX_PUSH(arena, &input.fields, field);
	}
	if (wax_str_starts(message, WAX_STR("\r\n")))
		message = wax_str_from(message, 2);
	input.body = message;
	return input;
}

static void
check_text(struct wax_str s)
{
	for (size_t i = 0; i < s.n; i++)
		WAX_ASSERT(s.p[i] >= ' ' && s.p[i] <= '~');
}

static void
check_pass(
    const struct wax_dkim_signature *one, const struct wax_dkim_options *limits)
{
	bool rsa = wax_str_eq(one->algorithm, WAX_STR("rsa-sha256"));

	WAX_ASSERT(wax_domain_labels(one->sdid) >= 2);
	WAX_ASSERT(one->selector.n > 0 && one->auid.n > 1);
	WAX_ASSERT(one->reason.n == 0 && one->b_prefix.n > 0);
	WAX_ASSERT(
	    rsa || wax_str_eq(one->algorithm, WAX_STR("ed25519-sha256")));
	WAX_ASSERT(!rsa || (one->key_bits >= 1024 &&
	                       one->key_bits >= limits->min_rsa_bits &&
	                       one->key_bits <= limits->max_key_bits));
	WAX_ASSERT(!one->limit_hit);
	WAX_ASSERT(!one->l_unsigned || limits->accept_l_tag);
}

static void
check_one(
    const struct wax_dkim_signature *one, const struct wax_dkim_options *limits)
{
	check_text(one->sdid.text);
	check_text(one->selector);
	check_text(one->auid);
	check_text(one->algorithm);
	check_text(one->b_prefix);
	check_text(one->reason);
	WAX_ASSERT(!one->internal_error);
	WAX_ASSERT(one->broken == (one->result == WAX_FAIL));
	WAX_ASSERT(one->undecided == (one->result == WAX_TEMPERROR));
	WAX_ASSERT(!one->limit_hit || one->result == WAX_POLICY ||
	           one->result == WAX_PERMERROR);
	switch (one->result) {
	case WAX_PASS:
		check_pass(one, limits);
		return;
	case WAX_FAIL:
	case WAX_POLICY:
	case WAX_NEUTRAL:
	case WAX_TEMPERROR:
	case WAX_PERMERROR:
		WAX_ASSERT(one->reason.n > 0);
		return;
	case WAX_NONE:
	case WAX_SOFTFAIL:
		break;
	}
	WAX_ASSERT(!"a result that no signature has");
}

const struct wax_dkim_signature *
dkim_input_run(struct wax_arena *arena, const struct dkim_run *run,
    const struct dkim_input *input, size_t *n)
{
	struct wax_dkim *dkim =
	    wax_dkim_open(arena, run->engines, run->resolver, &run->options);
	struct wax_str body = input->body;
	size_t step = run->chunk > 0 ? run->chunk : body.n;
	const struct wax_dkim_signature *result;

	for (size_t i = 0; i < input->fields.n; i++)
		wax_dkim_field(
		    dkim, input->fields.v[i].name, input->fields.v[i].raw);
	(void)wax_dkim_eoh(dkim, run->author); /* bodies are cheap here */
	for (; body.n > 0; body = wax_str_from(body, step))
		wax_dkim_body(dkim, wax_str_head(body, step));
	result = wax_dkim_finish(dkim, 1000, n);
	WAX_ASSERT(*n <= WAX_SIGNATURES_LISTED_MAX);
	for (size_t i = 0; i < *n; i++)
		check_one(&result[i], &run->options);
	return result;
}

void
dkim_input_check_same(const struct wax_dkim_signature *a, size_t n_a,
    const struct wax_dkim_signature *b, size_t n_b)
{
	WAX_ASSERT(n_a == n_b);
	for (size_t i = 0; i < n_a; i++) {
		WAX_ASSERT(a[i].result == b[i].result);
		WAX_ASSERT(wax_str_eq(a[i].reason, b[i].reason));
		WAX_ASSERT(wax_str_eq(a[i].b_prefix, b[i].b_prefix));
		WAX_ASSERT(a[i].l_unsigned == b[i].l_unsigned);
	}
}
