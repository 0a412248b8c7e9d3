/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Run one OpenSPF suite, as lines from spf_convert.py on stdin:
 *
 *	spf_suite own|libspf2|tree NAME EXCEPTIONS <lines
 *
 * "tree": whether the tree of each case's domain that sealwax-check --domain
 * shows agrees with our own evaluator; results do not matter then.
 *
 * EXCEPTIONS lists the cases that contradict RFC 7208 ("NAME CASE RESULT
 * reason"): they must give RESULT, and must not be what the suite wants.
 * Prints each case that is wrong, and "N of N". Exit 1 if one is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/auth/spf_impl.h"
#include "policy/base/text.h"
#include "policy/dns/zone.h"
#include "tests/support/spf_agree.h"

typedef struct wax_spf_result judge(struct wax_arena *, struct wax_resolver *,
    const struct wax_spf_query *, wax_deadline);

struct suite {
	const char *engine, *name;
	judge *judge; /* NULL: tree */
	struct wax_str exceptions;
	struct wax_arena *whole;    /* what lives as long as the program */
	struct wax_arena *scenario; /* zone and case */
	struct wax_text zone;
	struct wax_str title, id, helo, from, host, results, explanation;
	bool has_explanation;
	unsigned right, wrong, excepted, by_own, not_compared;
};

static struct wax_str
read_all(struct wax_arena *arena, FILE *from)
{
	struct wax_text text;
	char part[4096];
	size_t n;

	wax_text_init(&text, arena);
	while ((n = fread(part, 1, sizeof part, from)) > 0)
		wax_text_add(&text, (struct wax_str){ part, n });
	return wax_text_str(&text);
}

static struct wax_str
unescaped(struct wax_arena *arena, struct wax_str s)
{
	struct wax_text text;
	unsigned long octet;

	wax_text_init(&text, arena);
	while (s.n > 0) {
		if (s.p[0] == '\\' &&
		    wax_str_number(
		        wax_str_head(wax_str_from(s, 1), 3), 255, &octet)) {
			wax_text_addc(&text, (char)octet);
			s = wax_str_from(s, 4);
			continue;
		}
		wax_text_addc(&text, s.p[0]);
		s = wax_str_from(s, 1);
	}
	return wax_text_str(&text);
}

static bool
has_word(struct wax_str words, const char *word)
{
	struct wax_str part;

	while (wax_str_cut(&words, ' ', &part))
		if (wax_str_eq(part, wax_str_of(word)))
			return true;
	return false;
}

/* The result that the list demands in place of the suite's; or none. */
static struct wax_str
exception_of(const struct suite *s)
{
	struct wax_str rest = s->exceptions, line, word, result;

	while (wax_str_cut(&rest, '\n', &line)) {
		if (!wax_str_cut(&line, ' ', &word) ||
		    !wax_str_eq(word, wax_str_of(s->name)))
			continue;
		if (!wax_str_cut(&line, ' ', &word) || !wax_str_eq(word, s->id))
			continue;
		if (wax_str_cut(&line, ' ', &result))
			return result;
	}
	return WAX_STR("");
}

static struct wax_spf_query
query_of(const struct suite *s)
{
	struct wax_spf_query query = { .scope = WAX_SPF_MAILFROM,
		.helo = s->helo,
		.want_explanation = true,
		.receiver = WAX_STR("receiver.example") };
	size_t at = wax_str_rfind(s->from, '@');
	struct wax_str domain = wax_str_from(s->from, at + 1);

	if (s->from.n == 0)
		domain = s->helo;
	else
		query.local_part = wax_str_head(s->from, at);
	if (!wax_ip_parse(s->host, &query.client))
		(void)fprintf(stderr, "%.*s: not an address\n", WAX_FMT(s->id));
	if (!wax_domain_parse(s->scenario, domain, &query.domain))
		query.domain.text = WAX_STR("");
	return query;
}

static bool
is_right(const struct suite *s, const struct wax_spf_result *result,
    struct wax_str instead)
{
	const char *word = wax_result_word(result->result);
	struct wax_str want = s->explanation;

	if (instead.n > 0)
		return wax_str_eq(instead, wax_str_of(word)) &&
		       !has_word(s->results, word);
	if (!has_word(s->results, word))
		return false;
	if (!s->has_explanation)
		return true;
	if (wax_str_eq(want, WAX_STR("DEFAULT")))
		want = WAX_STR("");
	return wax_str_eq(result->explanation, want);
}

static void
run_tree(struct suite *s, struct wax_resolver *resolver)
{
	struct wax_domain domain = query_of(s).domain;
	struct wax_str why;

	switch (wax_spf_agree(s->scenario, resolver, domain, &why)) {
	case WAX_SPF_AGREES:
		s->right++;
		break;
	case WAX_SPF_NOT_COMPARED:
		s->not_compared++;
		break;
	case WAX_SPF_DIFFERS:
		s->wrong++;
		(void)printf("%s tree: %.*s, %.*s: %.*s\n", s->name,
		    WAX_FMT(s->title), WAX_FMT(s->id), WAX_FMT(why));
		break;
	}
}

static void
run_case(struct suite *s)
{
	struct wax_spf_query query = query_of(s);
	struct wax_str instead = exception_of(s);
	struct wax_spf_result result;
	struct wax_err err = { .text = "" };
	struct wax_zone *zone =
	    wax_zone_parse(s->scenario, wax_text_str(&s->zone), &err);

	if (zone == NULL) {
		(void)printf("%.*s: zone: %s\n", WAX_FMT(s->title), err.text);
		s->wrong++;
		return;
	}
	if (s->judge == NULL) {
		run_tree(s, wax_zone_resolver(s->scenario, zone));
		return;
	}
	result = s->judge(
	    s->scenario, wax_zone_resolver(s->scenario, zone), &query, 8000);
	s->by_own += result.engine == WAX_SPF_OWN;
	if (is_right(s, &result, instead)) {
		s->right += instead.n == 0;
		s->excepted += instead.n > 0;
		return;
	}
	s->wrong++;
	(void)printf("%s %s: %.*s, %.*s: got %s, want %.*s\n"
	             "\treason \"%.*s\", mechanism \"%.*s\"\n"
	             "\texplanation \"%.*s\", want \"%.*s\"\n",
	    s->name, s->engine, WAX_FMT(s->title), WAX_FMT(s->id),
	    wax_result_word(result.result),
	    WAX_FMT(instead.n > 0 ? instead : s->results),
	    WAX_FMT(result.reason), WAX_FMT(result.mechanism),
	    WAX_FMT(result.explanation), WAX_FMT(s->explanation));
}

static void
begin_scenario(struct suite *s, struct wax_str title)
{
	wax_arena_reset(s->scenario);
	wax_text_init(&s->zone, s->scenario);
	s->title = title;
}

static void
read_line(struct suite *s, struct wax_str line)
{
	struct wax_str word, value;

	if (!wax_str_cut(&line, ' ', &word))
		return;
	value = unescaped(s->whole, line);
	if (wax_str_eq(word, WAX_STR("scenario"))) {
		begin_scenario(s, value);
	} else if (wax_str_eq(word, WAX_STR("zone"))) {
		wax_text_add(&s->zone, line);
		wax_text_addc(&s->zone, '\n');
	} else if (wax_str_eq(word, WAX_STR("case"))) {
		s->id = value;
		s->has_explanation = false;
		s->explanation = WAX_STR("");
	} else if (wax_str_eq(word, WAX_STR("helo"))) {
		s->helo = value;
	} else if (wax_str_eq(word, WAX_STR("from"))) {
		s->from = value;
	} else if (wax_str_eq(word, WAX_STR("host"))) {
		s->host = value;
	} else if (wax_str_eq(word, WAX_STR("result"))) {
		s->results = value;
	} else if (wax_str_eq(word, WAX_STR("explanation"))) {
		s->explanation = value;
		s->has_explanation = true;
	} else if (wax_str_eq(word, WAX_STR("run"))) {
		run_case(s);
	}
}

static bool
run_suite(struct suite *s)
{
	struct wax_str rest = read_all(s->whole, stdin), line;
	unsigned total;

	begin_scenario(s, WAX_STR(""));
	while (wax_str_cut(&rest, '\n', &line))
		read_line(s, line);
	total = s->right + s->wrong;
	(void)printf("%s, %s: %u of %u", s->name, s->engine, s->right, total);
	if (s->excepted > 0)
		(void)printf(" (and %u that contradict RFC 7208)", s->excepted);
	if (s->judge == wax_spf_libspf2 && s->by_own > 0)
		(void)printf("; %u of them left to own", s->by_own);
	if (s->not_compared > 0)
		(void)printf(
		    " (and %u that hang on the client)", s->not_compared);
	(void)printf("\n");
	return s->wrong == 0 && s->right > 0;
}

static judge *
judge_of(const char *engine)
{
	if (strcmp(engine, "tree") == 0)
		return NULL;
	return strcmp(engine, "libspf2") == 0 ? wax_spf_libspf2
	                                      : wax_spf_rfc7208;
}

int
main(int argc, char **argv)
{
	struct suite s = { .right = 0 };
	FILE *exceptions;
	bool fine;

	if (argc != 4) {
		(void)fprintf(stderr, "usage: spf_suite own|libspf2|tree NAME "
		                      "EXCEPTIONS <lines\n");
		return 64;
	}
	s.engine = argv[1];
	s.judge = judge_of(s.engine);
	s.name = argv[2];
	exceptions = fopen(argv[3], "r");
	if (exceptions == NULL) {
		perror(argv[3]);
		return 66;
	}
	s.whole = wax_arena_new("suite", 0);
	s.scenario = wax_arena_new("scenario", 0);
	s.exceptions = read_all(s.whole, exceptions);
	(void)fclose(exceptions);
	fine = run_suite(&s);
	wax_arena_free(s.scenario);
	wax_arena_free(s.whole);
	return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
