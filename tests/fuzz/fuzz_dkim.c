/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message and a zone, both of the input, through the whole evaluation: the
 * zone up to a line "--", then the message. What holds for any: see
 * dkim_input.c; and how the body is cut makes no difference.
 */
#include "policy/base/limits.h"
#include "policy/dns/zone.h"
#include "tests/fuzz/dkim_input.h"
#include "tests/fuzz/fuzz.h"

const char wax_fuzz_name[] = "dkim";

static const struct wax_str separator = WAX_STR_INIT("\n--\n");

static struct wax_str
cut_zone(struct wax_str *text)
{
	struct wax_str zone = *text;

	for (size_t i = 0; i < text->n; i++)
		if (wax_str_starts(wax_str_from(*text, i), separator)) {
			zone = wax_str_head(*text, i + 1);
			*text = wax_str_from(*text, i + separator.n);
			return zone;
		}
	return WAX_STR("");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct wax_engine_options options = { 0 };
	struct wax_arena *arena = wax_arena_new("fuzz", 0);
	struct wax_str text = { (const char *)data, size };
	struct wax_str zone_text = cut_zone(&text);
	struct wax_zone *zone = wax_zone_parse(arena, zone_text, NULL);
	struct wax_engines *engines = wax_engines_open(&options, NULL);
	struct dkim_run run = {
		.engines = engines,
		.options = {
			.now = 1700000000,
			.accept_l_tag = size % 2,
			.min_rsa_bits = 1024,
			.max_signatures = 4,
			.max_key_lookups = 3,
			.max_key_bits = 2048,
			.max_body_hashes = 3,
			.max_signed_names = 50,
		},
	};
	struct dkim_input input = dkim_input_split(arena, text);
	struct dkim_input again =
	    dkim_input_split(arena, dkim_input_crlf(arena, text));
	const struct wax_dkim_signature *a, *b;
	size_t n_a, n_b;

	WAX_ASSERT(engines != NULL);
	if (zone == NULL)
		zone = wax_zone_parse(arena, WAX_STR(""), NULL);
	WAX_ASSERT(zone != NULL);
	run.resolver = wax_zone_resolver(arena, zone);
	if (!wax_domain_parse(arena, WAX_STR("example.com"), &run.author))
		run.author.text.n = 0;
	/* As it is, with whatever line ends it has, and as an MTA's. */
	a = dkim_input_run(arena, &run, &input, &n_a);
	run.chunk = 1 + size % 7;
	b = dkim_input_run(arena, &run, &input, &n_b);
	dkim_input_check_same(a, n_a, b, n_b);
	(void)dkim_input_run(arena, &run, &again, &n_b);
	wax_arena_free(arena);
	wax_engines_close(engines);
	return 0;
}
