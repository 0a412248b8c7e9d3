/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record parser beside libopendmarc's, where RFC 7489 and RFC 9989 agree:
 * one record with a valid p first, without np, psd and t. Where they do not
 * agree, or the library does what neither says, is listed with the reason.
 */
#include <opendmarc/dmarc.h>
#include <string.h>

#include "policy/base/text.h"
#include "tests/unit/auth/dmarc_world.h"

struct reading {
	bool usable;
	char p, sp, adkim, aspf; /* first letters; sp '-' if absent */
};

static struct reading
read_by_library(const char *text)
{
	u_char address[] = "192.0.2.1", domain[] = "example.com";
	u_char copy[512];
	DMARC_POLICY_T *policy =
	    opendmarc_policy_connect_init(address, DMARC_POLICY_IP_TYPE_IPV4);
	struct reading reading = { .usable = false };
	int p = 0, sp = 0, adkim = 0, aspf = 0;

	ck_assert_ptr_nonnull(policy);
	ck_assert_uint_lt(strlen(text), sizeof copy);
	memcpy(copy, text, strlen(text) + 1);
	reading.usable = opendmarc_policy_parse_dmarc(policy, domain, copy) ==
	                 DMARC_PARSE_OKAY;
	(void)opendmarc_policy_fetch_p(policy, &p);
	(void)opendmarc_policy_fetch_sp(policy, &sp);
	(void)opendmarc_policy_fetch_adkim(policy, &adkim);
	(void)opendmarc_policy_fetch_aspf(policy, &aspf);
	(void)opendmarc_policy_connect_shutdown(policy);
	if (!reading.usable)
		return reading;
	reading.p = (char)p;
	reading.sp = sp == DMARC_RECORD_P_UNSPECIFIED ? '-' : (char)sp;
	reading.adkim = (char)adkim;
	reading.aspf = (char)aspf;
	return reading;
}

static struct reading
read_by_us(const char *text)
{
	struct wax_arena *arena = wax_arena_new("test", 0);
	struct wax_dmarc_record record;
	struct reading reading = { .usable = false };

	if (wax_dmarc_record_is(wax_str_of(text))) {
		record = wax_dmarc_record_parse(arena, wax_str_of(text));
		reading.usable = record.has_p && !record.bad_sp;
		reading.p = wax_dmarc_policy_word(record.p)[0];
		reading.sp =
		    record.has_sp ? wax_dmarc_policy_word(record.sp)[0] : '-';
		reading.adkim = record.strict_dkim ? 's' : 'r';
		reading.aspf = record.strict_spf ? 's' : 'r';
	}
	wax_arena_free(arena);
	if (!reading.usable)
		memset(&reading, 0, sizeof reading);
	return reading;
}

static bool
agree(const char *text)
{
	struct reading a = read_by_library(text), b = read_by_us(text);

	return a.usable == b.usable && a.p == b.p && a.sp == b.sp &&
	       a.adkim == b.adkim && a.aspf == b.aspf;
}

/* Numbers that are the same in every run. */
static unsigned
next_number(unsigned *state, unsigned below)
{
	*state = *state * 1103515245U + 12345U;
	return (*state >> 16) % below;
}

static const char *const separators[] = { ";", "; ", " ;", " ; ", ";\t" };
static const char *const equals[] = { "=", " =", "= ", " = " };
static const char *const policies[] = { "none", "quarantine", "reject", "NONE",
	"Reject" };
static const struct {
	const char *name, *values[6];
	unsigned n;
} tags[] = {
	{ "sp", { "none", "quarantine", "reject", "Quarantine" }, 4 },
	{ "adkim", { "r", "s", "S" }, 3 },
	{ "aspf", { "r", "s", "R" }, 3 },
	{ "fo", { "0", "1", "d", "s", "1:d:s" }, 5 },
	{ "pct", { "0", "50", "100" }, 3 },
	{ "ri", { "3600", "86400" }, 2 },
	{ "rf", { "afrf" }, 1 },
	{ "rua",
	    { "mailto:a@example.com", "mailto:a@example.com!10m",
	        "mailto:a@example.com,mailto:b@example.net" },
	    3 },
	{ "ruf", { "mailto:f@example.com" }, 1 },
	{ "zz", { "1", "what" }, 2 },
};

#define N(list) (int)(sizeof(list) / sizeof(list)[0])
#define N_TAGS (sizeof tags / sizeof tags[0])

static void
add_tag(
    struct wax_text *text, unsigned *state, const char *name, const char *value)
{
	wax_text_addz(text, separators[next_number(state, N(separators))]);
	wax_text_addz(text, name);
	wax_text_addz(text, equals[next_number(state, N(equals))]);
	wax_text_addz(text, value);
}

START_TEST(test_agreement)
{
	unsigned state = 9989;
	struct wax_arena *arena = wax_arena_new("test", 0);

	for (int round = 0; round < 5000; round++) {
		unsigned first = next_number(&state, N_TAGS);
		unsigned count = next_number(&state, 6);
		struct wax_text text;

		wax_text_init(&text, arena);
		wax_text_addz(&text, "v=DMARC1");
		add_tag(&text, &state, "p",
		    policies[next_number(&state, N(policies))]);
		/* Different tags, from a random one on. */
		for (unsigned i = 0; i < count; i++) {
			size_t tag = (first + i * 3) % N_TAGS;

			add_tag(&text, &state, tags[tag].name,
			    tags[tag].values[next_number(&state, tags[tag].n)]);
		}
		if (next_number(&state, 2) == 1)
			wax_text_addc(&text, ';');
		ck_assert_msg(agree(text.p), "disagreement: %s", text.p);
	}
	wax_arena_free(arena);
}
END_TEST

static const struct {
	const char *text, *why;
} disagreements[] = {
	{ "v=dmarc1; p=none", "the version counts in its case only: s4.7" },
	{ " v=DMARC1; p=none", "no blank before the version: s4.8" },
	{ "v=DMARC1; p=rej", "the library takes beginnings of words" },
	{ "v=DMARC1; p=n", "the library takes beginnings of words" },
	{ "v=DMARC1; p=none; sp=q", "the library takes beginnings of words" },
	{ "v=DMARC1; p=none; adkim=strict",
	    "the library looks at the first letter" },
	{ "v=DMARC1; p=none; p=reject",
	    "the first of repeated tags counts; RFC 7489 does not say" },
	{ "v=DMARC1; p=none; adkim=x", "a faulty tag takes its default: s4.8" },
	{ "v=DMARC1; p=none; pct=101", "pct is an unknown tag: s4.7" },
};

START_TEST(test_disagreement)
{
	ck_assert_msg(!agree(disagreements[_i].text),
	    "agree by now about \"%s\": %s", disagreements[_i].text,
	    disagreements[_i].why);
}
END_TEST

Suite *
dmarc_oracle_suite(void)
{
	Suite *suite = suite_create("dmarc beside libopendmarc");
	TCase *tc = tcase_create("records");

	tcase_add_test(tc, test_agreement);
	tcase_add_loop_test(tc, test_disagreement, 0, N(disagreements));
	suite_add_tcase(suite, tc);
	return suite;
}
