/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * seed_journal DIRECTORY - rows into a journal, as sealwaxd would write them.
 *
 * One line on stdin for each row, of words KEY=VALUE:
 *	time domain p rua source disposition dkim spf from envelope selector
 *	comment accepted count
 * What is not said has a value that a plain message would have. The segment
 * is closed at the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/store/journal.h"
#include "policy/base/text.h"
#include "policy/report/row.h"

struct seed {
	struct wax_arena *arena;
	struct wax_report_row row;
	struct wax_report_reason reason;
	struct wax_report_signature signature;
	unsigned long count;
};

static void
plain(struct seed *seed)
{
	seed->count = 1;
	seed->reason = (struct wax_report_reason){ WAX_OVERRIDE_LOCAL_POLICY,
		WAX_STR("") };
	seed->signature = (struct wax_report_signature){ WAX_STR("d.example"),
		WAX_STR("s1"), WAX_PASS, WAX_STR("") };
	seed->row = (struct wax_report_row){
		.is_accepted = true,
		.policy = { .domain = WAX_STR("d.example"),
		    .p = WAX_P_REJECT,
		    .sp = WAX_P_REJECT,
		    .np = WAX_P_REJECT,
		    .fo = WAX_STR("0"),
		    .rua = WAX_STR("mailto:agg@d.example") },
		.tuple = { .disposition = WAX_DISPOSITION_PASS,
		    .dkim_aligned = true,
		    .header_from = WAX_STR("d.example"),
		    .envelope_from = WAX_STR("d.example"),
		    .has_spf = true,
		    .spf_domain = WAX_STR("d.example"),
		    .spf = WAX_FAIL },
	};
	seed->row.tuple.dkim = &seed->signature;
	seed->row.tuple.reason = &seed->reason;
	WAX_ASSERT(wax_ip_parse(WAX_STR("192.0.2.1"), &seed->row.tuple.source));
}

static enum wax_dmarc_policy
policy_of(struct wax_str word)
{
	if (wax_str_eq(word, WAX_STR("reject")))
		return WAX_P_REJECT;
	return wax_str_eq(word, WAX_STR("quarantine")) ? WAX_P_QUARANTINE
	                                               : WAX_P_NONE;
}

static enum wax_disposition
disposition_of(struct wax_str word)
{
	for (int i = WAX_DISPOSITION_NONE; i <= WAX_DISPOSITION_REJECT; i++)
		if (wax_str_eq(word, wax_str_of(wax_disposition_word(
		                         (enum wax_disposition)i))))
			return (enum wax_disposition)i;
	WAX_ASSERT(false);
	return WAX_DISPOSITION_NONE;
}

static bool
is(struct wax_str key, const char *name)
{
	return wax_str_eq(key, wax_str_of(name));
}

static void
set_policy(struct seed *seed, struct wax_str key, struct wax_str value)
{
	struct wax_report_policy *policy = &seed->row.policy;

	if (is(key, "domain")) {
		policy->domain = value;
		seed->signature.domain = value;
		seed->row.tuple.header_from = value;
	} else if (is(key, "p")) {
		policy->p = policy->sp = policy->np = policy_of(value);
	} else if (is(key, "rua")) {
		policy->rua = value;
	} else if (is(key, "accepted")) {
		seed->row.is_accepted = is(value, "yes");
	} else {
		(void)fprintf(stderr, "seed_journal: %.*s?\n", WAX_FMT(key));
		exit(1);
	}
}

static void
set(struct seed *seed, struct wax_str key, struct wax_str value)
{
	struct wax_report_tuple *tuple = &seed->row.tuple;
	unsigned long number;

	if (is(key, "time") || is(key, "count")) {
		WAX_ASSERT(wax_str_number(value, 253402300799UL, &number));
		if (is(key, "time"))
			seed->row.time = (int64_t)number;
		else
			seed->count = number;
	} else if (is(key, "source")) {
		WAX_ASSERT(wax_ip_parse(value, &tuple->source));
	} else if (is(key, "disposition")) {
		tuple->disposition = disposition_of(value);
	} else if (is(key, "dkim")) {
		tuple->dkim_aligned = is(value, "pass");
		tuple->n_dkim = 1;
	} else if (is(key, "spf")) {
		tuple->spf_aligned = is(value, "pass");
		tuple->spf = tuple->spf_aligned ? WAX_PASS : WAX_FAIL;
	} else if (is(key, "from")) {
		tuple->header_from = value;
	} else if (is(key, "envelope")) {
		tuple->envelope_from = value;
	} else if (is(key, "selector")) {
		seed->signature.selector = value;
	} else if (is(key, "comment")) {
		seed->reason.comment = value;
		tuple->n_reasons = 1;
	} else {
		set_policy(seed, key, value);
	}
}

static void
read_line(struct seed *seed, struct wax_str line)
{
	struct wax_str word;

	plain(seed);
	while (wax_str_cut(&line, ' ', &word)) {
		size_t equals = wax_str_find(word, '=');

		if (word.n > 0)
			set(seed, wax_str_head(word, equals),
			    wax_str_from(word, equals + 1));
	}
}

int
main(int argc, char *argv[])
{
	struct seed seed = { .arena = wax_arena_new("seed", 0) };
	const struct wax_journal_options options = {
		.directory = argc > 1 ? argv[1] : ".",
		.quota = 1024UL * 1024 * 1024,
	};
	struct wax_journal *journal;
	struct wax_err err;
	char text[8192];

	if (wax_journal_open(&options, &journal, &err) != WAX_OK) {
		(void)fprintf(stderr, "seed_journal: %s\n", err.text);
		return 1;
	}
	while (fgets(text, sizeof text, stdin) != NULL) {
		read_line(&seed, wax_str_trim(wax_str_of(text)));
		while (seed.count-- > 0)
			WAX_ASSERT(wax_journal_append(journal,
			    wax_report_line_format(seed.arena, &seed.row)));
	}
	wax_journal_free(journal);
	wax_arena_free(seed.arena);
	return 0;
}
