/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TXT text that may be an SPF record. What holds for any: a fault has a
 * place in the text and a reason; a record is visible ASCII and blanks, its
 * terms are the same with one blank between them and in another case, and one
 * more term that is wrong is found where it stands.
 */
#include "policy/auth/spf_record.h"
#include "policy/dns/answer.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "spf_record";

static struct wax_arena *arena;

static bool
is_same_term(const struct wax_spf_term *a, const struct wax_spf_term *b)
{
	return a->kind == b->kind && a->on_match == b->on_match &&
	       wax_str_ieq(a->text, b->text) && wax_str_ieq(a->spec, b->spec) &&
	       a->prefix4 == b->prefix4 && a->prefix6 == b->prefix6 &&
	       a->network.prefix == b->network.prefix &&
	       wax_ip_eq(a->network.base, b->network.base);
}

/* Another text of the same record has the same terms. */
static void
check_same(const struct wax_spf_record *record, struct wax_str text)
{
	struct wax_spf_record other;
	struct wax_spf_fault fault;
	struct wax_spf_term a, b;
	size_t at_a = 0, at_b = 0;

	WAX_ASSERT(wax_spf_record_is(text));
	WAX_ASSERT(wax_spf_record_parse(text, &other, &fault));
	WAX_ASSERT(record->n_terms == other.n_terms);
	WAX_ASSERT(record->has_all == other.has_all);
	WAX_ASSERT(wax_str_ieq(record->redirect, other.redirect));
	WAX_ASSERT(wax_str_ieq(record->exp, other.exp));
	while (wax_spf_record_next(record, &at_a, &a)) {
		WAX_ASSERT(wax_spf_record_next(&other, &at_b, &b));
		WAX_ASSERT(is_same_term(&a, &b));
	}
	WAX_ASSERT(!wax_spf_record_next(&other, &at_b, &b));
}

static void
check_term(const struct wax_spf_term *term)
{
	struct wax_spf_fault fault;

	WAX_ASSERT(term->text.n > 0);
	WAX_ASSERT(term->prefix4 <= 32 && term->prefix6 <= 128);
	WAX_ASSERT(term->network.prefix <= wax_ip_bits(term->network.base));
	if (term->spec.n == 0)
		return;
	WAX_ASSERT(wax_spf_is_macro_string(term->spec, &fault));
	if (term->kind != WAX_SPF_UNKNOWN_MODIFIER)
		WAX_ASSERT(wax_spf_is_domain_spec(term->spec, &fault));
}

static void
check_record(const struct wax_spf_record *record)
{
	struct wax_str text = record->text;
	struct wax_text joined, upper;
	struct wax_spf_term term;
	struct wax_spf_record other;
	struct wax_spf_fault fault;
	size_t at = 0;

	wax_text_init(&joined, arena);
	wax_text_init(&upper, arena);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		WAX_ASSERT(c >= ' ' && c <= '~');
		/* Not behind "%{": there, the case has a meaning. */
		wax_text_addc(&upper,
		    c >= 'a' && c <= 'z' && (i == 0 || text.p[i - 1] != '{')
		        ? (char)(c - 'a' + 'A')
		        : c);
	}
	wax_text_addz(&joined, "v=spf1");
	while (wax_spf_record_next(record, &at, &term)) {
		check_term(&term);
		wax_text_addc(&joined, ' ');
		wax_text_add(&joined, term.text);
	}
	check_same(record, wax_text_str(&joined));
	check_same(record, wax_text_str(&upper));
	wax_text_addz(&joined, " moo");
	WAX_ASSERT(
	    !wax_spf_record_parse(wax_text_str(&joined), &other, &fault));
	WAX_ASSERT(fault.at == joined.n - 3);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wax_str text = { (const char *)data, size };
	struct wax_spf_record record;
	struct wax_spf_fault fault;

	if (!wax_spf_record_is(text))
		return 0;
	arena = wax_arena_new("fuzz", 0);
	if (wax_spf_record_parse(text, &record, &fault))
		check_record(&record);
	else
		WAX_ASSERT(fault.what != NULL && fault.at <= text.n);
	wax_arena_free(arena);
	return 0;
}
