/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message of the input, signed here and then verified: the signer of the
 * tests, libopendkim and our own canonicalization must agree about any
 * octets. The first octet says how it is signed.
 */
#include "policy/dns/zone.h"
#include "tests/fuzz/dkim_input.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/signer.h"

const char wax_fuzz_name[] = "canon";

static const char *const canons[] = { "simple/simple", "simple/relaxed",
	"relaxed/simple", "relaxed/relaxed" };

/* What may stand in an h= list. */
static bool
is_field_name(struct wax_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == ';')
			return false;
	return s.n > 0;
}

/* All names of the message in order, and some of them once more. */
static const char *
list_of_names(struct wax_arena *arena, const struct dkim_input *input)
{
	struct wax_text h;

	wax_text_init(&h, arena);
	wax_text_addz(&h, "From");
	for (size_t i = 0; i < input->fields.n && i < 40; i++) {
		struct wax_str name = wax_str_trim(input->fields.v[i].name);

		if (is_field_name(name))
			wax_text_addf(&h, ":%.*s", WAX_FMT(name));
		if (is_field_name(name) && i % 3 == 0)
			wax_text_addf(&h, " : %.*s", WAX_FMT(name));
	}
	return h.p;
}

static struct wax_resolver *
publish(struct wax_arena *arena, const struct wax_signer *signer)
{
	struct wax_zone *zone = wax_zone_parse(arena,
	    wax_textf(arena, "s._domainkey.example.com TXT %.*s\n",
	        WAX_FMT(wax_signer_record(arena, signer))),
	    NULL);

	WAX_ASSERT(zone != NULL);
	return wax_zone_resolver(arena, zone);
}

/*
 * Whether all readers find the same end of the header: no line without a
 * colon in it, and no first line that would fold the signature before it.
 */
static bool
is_whole(struct wax_str text, const struct dkim_input *input)
{
	return input->fields.n > 0 && !wax_is_blank(text.p[0]) &&
	       wax_str_ends(wax_str_head(text, text.n - input->body.n),
	           WAX_STR("\r\n\r\n"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct wax_engine_options options = { 0 };
	struct wax_arena *arena = wax_arena_new("fuzz", 0);
	struct wax_engines *engines = wax_engines_open(&options, NULL);
	struct wax_signer *signer = wax_signer_generate("ed25519");
	unsigned how = size > 0 ? data[0] : 0;
	struct wax_str text =
	    wax_str_from((struct wax_str){ (const char *)data, size }, 1);
	struct dkim_input input;
	struct dkim_run run = {
		.engines = engines,
		.options = {
			.now = 1700000000,
			.min_rsa_bits = 1024,
			.max_signatures = 9,
			.max_key_lookups = 9,
			.max_key_bits = 4096,
			.max_body_hashes = 9,
			.max_signed_names = 100,
		},
		.chunk = how >> 4,
	};
	struct wax_sign_request request = { .domain = "example.com",
		.selector = "s",
		.canon = canons[how & 3],
		.odd_spaces = (how & 4) != 0 };
	const struct wax_dkim_signature *result;
	size_t n;

	WAX_ASSERT(engines != NULL && signer != NULL);
	text = dkim_input_crlf(arena, text);
	input = dkim_input_split(arena, text);
	if (is_whole(text, &input)) {
		request.h = list_of_names(arena, &input);
		run.resolver = publish(arena, signer);
		text = wax_sign_message(arena, signer, &request, text);
		input = dkim_input_split(arena, text);
		result = dkim_input_run(arena, &run, &input, &n);
		WAX_ASSERT(n >= 1);
		WAX_ASSERT(result[0].result == WAX_PASS);
	}
	wax_arena_free(arena);
	wax_signer_free(signer);
	wax_engines_close(engines);
	return 0;
}
