/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS trouble: (which question fails) x (what else passed) x (policy).
 *
 * First by name. Then exhaustively, with the evaluation of worlds without
 * trouble as the oracle: each failed question is answered in all the ways of
 * a list, and the result with the failure must be what these have in common.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/base/text.h"
#include "tests/unit/auth/dmarc_world.h"

#define V "v=DMARC1; "
#define DOWN(name) "_dmarc." name " FAULT timeout\n"
#define EX AT("example.com", R)
#define EX_NONE AT("example.com", V "p=none")
#define EX_STRICT AT("example.com", R "; adkim=s; aspf=s")

static const struct {
	const char *name, *zone, *author, *spf, *dkim, *shape;
} rows[] = {
	/* The record of the Author Domain. */
	{ "record down, nothing passed", DOWN("example.com"), "example.com",
	    "fail:example.com", "",
	    "temperror least=none most=reject policy?" },
	{ "TW-18 record of the organization down", DOWN("example.com"),
	    "a.example.com", "", "",
	    "temperror least=none most=reject policy?" },
	{ "record down, identical SPF", DOWN("example.com"), "example.com",
	    "pass:example.com", "", "pass by spf" },
	{ "record down, identical DKIM", DOWN("example.com"), "example.com",
	    "fail:example.com", "pass:x.example pass:example.com",
	    "pass by dkim#1" },
	{ "record down, identical SPF undecided", DOWN("example.com"),
	    "example.com", "temp:example.com", "",
	    "temperror least=none most=reject spf? policy? pass?" },
	{ "record down, a domain below passed", DOWN("example.com"),
	    "example.com", "pass:m.example.com", "",
	    "temperror least=none most=reject policy? pass?" },
	{ "record down, another domain passed", DOWN("example.com"),
	    "example.com", "pass:esp.example", "",
	    "temperror least=none most=reject policy?" },
	{ "record down, organization asks for none",
	    DOWN("a.example.com") EX_NONE, "a.example.com", "", "",
	    "temperror least=none most=reject policy?" },
	{ "record down, aligned by the organization",
	    DOWN("a.example.com") EX_NONE, "a.example.com",
	    "pass:b.example.com", "",
	    "temperror least=none most=reject policy? pass?" },
	/* Levels that cannot matter. */
	{ "top-level domain down, record there", EX DOWN("com"), "example.com",
	    "", "", "fail example.com p=reject" },
	{ "top-level domain down, aligned by the organization", EX DOWN("com"),
	    "a.example.com", "pass:b.example.com", "",
	    "pass example.com p=reject by spf" },
	{ "level between down, record there",
	    AT("a.b.example.com", R) DOWN("b.example.com"), "a.b.example.com",
	    "pass:x.example", "", "fail a.b.example.com p=reject" },
	{ "level above down, strict",
	    AT("a.example.com", R "; adkim=s; aspf=s") DOWN("example.com"),
	    "a.example.com", "pass:b.example.com", "",
	    "fail a.example.com p=reject" },
	{ "a level behind psd=n is not asked",
	    AT("a.example.com", R "; psd=n") DOWN("example.com"),
	    "a.example.com", "pass:b.example.com", "",
	    "fail a.example.com p=reject" },
	/* Levels that can. */
	{ "level above down, sibling passed",
	    AT("a.example.com", R) DOWN("example.com"), "a.example.com",
	    "pass:b.example.com", "",
	    "temperror a.example.com p=reject policy? pass?" },
	{ "level above down, monitoring, sibling passed",
	    AT("a.example.com", V "p=none") DOWN("example.com"),
	    "a.example.com", "pass:b.example.com", "",
	    "temperror a.example.com p=none policy? pass?" },
	{ "level above down, domain below passed: aligned either way",
	    AT("a.example.com", R) DOWN("example.com"), "a.example.com", "",
	    "pass:m.a.example.com", "pass a.example.com p=reject by dkim#0" },
	{ "top-level domain down and nothing found", DOWN("com"), "example.com",
	    "", "", "temperror least=none most=reject policy?" },
	/* An identifier's own level. */
	{ "identifier's level down", EX DOWN("m.example.com"), "example.com",
	    "pass:m.example.com", "",
	    "temperror example.com p=reject policy? pass?" },
	{ "identifier's level down, another aligned", EX DOWN("m.example.com"),
	    "example.com", "pass:m.example.com", "pass:n.example.com",
	    "pass example.com p=reject by dkim#0" },
	{ "identifier's level down, strict", EX_STRICT DOWN("m.example.com"),
	    "example.com", "pass:m.example.com", "",
	    "fail example.com p=reject" },
	{ "second identifier of a method decides", EX DOWN("m.example.com"),
	    "example.com", "", "pass:m.example.com pass:n.example.com",
	    "pass example.com p=reject by dkim#1" },
	/* SPF and DKIM. */
	{ "SPF undecided, aligned", EX, "example.com", "temp:example.com", "",
	    "temperror example.com p=reject spf? pass?" },
	{ "SPF undecided, aligned, monitoring", EX_NONE, "example.com",
	    "temp:example.com", "", "temperror example.com p=none spf? pass?" },
	{ "SPF undecided, relaxed", EX, "example.com", "temp:m.example.com", "",
	    "temperror example.com p=reject spf? pass?" },
	{ "SPF undecided, strict", EX_STRICT, "example.com",
	    "temp:m.example.com", "", "fail example.com p=reject" },
	{ "SPF undecided of another domain", EX, "example.com",
	    "temp:esp.example", "", "fail example.com p=reject" },
	{ "SPF undecided, its level down", EX DOWN("m.example.com"),
	    "example.com", "temp:m.example.com", "",
	    "temperror example.com p=reject spf? policy? pass?" },
	{ "SPF undecided, the level that would align it down",
	    AT("a.example.com", R) DOWN("example.com"), "a.example.com",
	    "temp:b.example.com", "",
	    "temperror a.example.com p=reject spf? policy? pass?" },
	{ "SPF undecided, DKIM aligned", EX, "example.com", "temp:example.com",
	    "pass:example.com", "pass example.com p=reject by dkim#0" },
	{ "DKIM undecided, aligned", EX, "example.com", "",
	    "fail:example.com temp:example.com",
	    "temperror example.com p=reject dkim? pass?" },
	{ "DKIM undecided of another domain", EX, "example.com", "",
	    "temp:esp.example", "fail example.com p=reject" },
	{ "DKIM undecided, another signature aligned", EX, "example.com", "",
	    "temp:example.com pass:m.example.com",
	    "pass example.com p=reject by dkim#1" },
	{ "DKIM undecided, SPF aligned", EX, "example.com",
	    "pass:m.example.com", "temp:example.com",
	    "pass example.com p=reject by spf" },
	{ "both undecided", EX, "example.com", "temp:example.com",
	    "temp:m.example.com",
	    "temperror example.com p=reject spf? dkim? pass?" },
	{ "undecided, no policy", "", "example.com", "temp:example.com",
	    "temp:example.com", "none" },
	{ "undecided, no usable policy", AT("example.com", V "p=x"),
	    "example.com", "temp:example.com", "temp:example.com", "none" },
	/* Existence. */
	{ "existence unknown, same policy",
	    AT("example.com", V "p=none; np=none") "ghost.example.com FAULT "
	                                           "servfail\n",
	    "ghost.example.com", "", "", "fail example.com p=none" },
	{ "existence unknown, aligned",
	    AT("example.com", V "p=none; np=reject") "ghost.example.com FAULT "
	                                             "servfail\n",
	    "ghost.example.com", "pass:example.com", "",
	    "pass example.com p=none by spf" },
	{ "existence and SPF unknown",
	    AT("example.com", V "p=none; np=reject") "ghost.example.com FAULT "
	                                             "servfail\n",
	    "ghost.example.com", "temp:example.com", "",
	    "temperror example.com p=none least=none most=reject spf? policy? "
	    "pass?" },
	{ "existence unknown, sp is severe",
	    AT("example.com",
	        V "p=none; sp=reject; np=quarantine") "ghost.example.com FAULT "
	                                              "servfail\n",
	    "ghost.example.com", "", "",
	    "temperror example.com sp=reject least=quarantine most=reject "
	    "policy?" },
};

START_TEST(test_trouble)
{
	struct world world = world_open(rows[_i].zone);
	struct wax_dmarc_result result =
	    world_judge(&world, rows[_i].author, rows[_i].spf, rows[_i].dkim);
	struct wax_str shape = world_shape(&world, &result);

	ck_assert_msg(wax_str_eq(shape, wax_str_of(rows[_i].shape)), "%s: %.*s",
	    rows[_i].name, WAX_FMT(shape));
	world_close(&world);
}
END_TEST

/* A spent budget is permanent: never a temporary result. */
static const struct {
	const char *name, *zone, *author, *spf, *dkim;
	size_t questions, reserved;
	const char *shape;
} limit_rows[] = {
	{ "the record", EX, "example.com", "", "", 0, 0,
	    "permerror least=none most=reject policy? limit only" },
	{ "the record, identical", EX, "example.com", "pass:example.com", "", 0,
	    0, "pass by spf" },
	{ "a level that cannot matter", EX, "example.com", "", "", 1, 1,
	    "fail example.com p=reject" },
	{ "an identifier's level", EX, "example.com", "pass:m.example.com", "",
	    2, 2, "permerror example.com p=reject policy? pass? limit only" },
	{ "the reserve is the Author Domain's", EX, "example.com",
	    "pass:m.example.com", "", 9, 9,
	    "permerror example.com p=reject policy? pass? limit only" },
	{ "just enough", EX, "example.com", "pass:m.example.com", "", 3, 2,
	    "pass example.com p=reject by spf" },
	{ "existence", AT("example.com", V "p=none; np=reject"),
	    "a.example.com", "", "", 3, 3,
	    "permerror example.com p=none least=none most=reject policy? "
	    "limit only" },
	{ "existence does not matter", EX, "a.example.com", "", "", 3, 3,
	    "fail example.com p=reject" },
	{ "a limit and an undecided SPF", EX, "example.com", "temp:example.com",
	    "pass:m.example.com", 2, 2,
	    "permerror example.com p=reject spf? policy? pass? limit" },
	{ "a limit that cannot matter beside an undecided SPF", EX,
	    "example.com", "temp:example.com", "", 1, 1,
	    "temperror example.com p=reject spf? pass?" },
	{ "existence past a limit beside a gap",
	    AT("example.com", V "p=none; np=reject") DOWN("com"),
	    "a.example.com", "", "", 3, 3,
	    "permerror example.com p=none least=none most=reject policy? "
	    "limit" },
	{ "a gap and a limit", EX DOWN("m.example.com"), "example.com", "",
	    "pass:m.example.com pass:n.example.com", 3, 2,
	    "permerror example.com p=reject policy? pass? limit" },
};

START_TEST(test_limit)
{
	struct world world = world_open_limited(limit_rows[_i].zone,
	    limit_rows[_i].questions, limit_rows[_i].reserved);
	struct wax_dmarc_result result = world_judge(&world,
	    limit_rows[_i].author, limit_rows[_i].spf, limit_rows[_i].dkim);
	struct wax_str shape = world_shape(&world, &result);

	ck_assert_msg(wax_str_eq(shape, wax_str_of(limit_rows[_i].shape)),
	    "%s: %.*s", limit_rows[_i].name, WAX_FMT(shape));
	world_close(&world);
}
END_TEST

static const struct {
	const char *zone, *spf, *dkim, *reason;
	size_t questions;
} reason_rows[] = {
	{ DOWN("example.com"), "", "", "DNS did not answer for DMARC", 9 },
	{ DOWN("example.com"), "temp:example.com", "temp:example.com",
	    "DNS did not answer for DMARC and SPF and DKIM", 9 },
	{ EX, "", "", "too many DNS questions for DMARC", 0 },
};

START_TEST(test_reason)
{
	struct world world = world_open_limited(
	    reason_rows[_i].zone, reason_rows[_i].questions, 0);
	struct wax_dmarc_result result = world_judge(
	    &world, "example.com", reason_rows[_i].spf, reason_rows[_i].dkim);

	ck_assert_wax_str_eq(result.reason, reason_rows[_i].reason);
	world_close(&world);
}
END_TEST

/* --- exhaustively -------------------------------------------------------- */

/* What a name may have published. The first N_ANSWERS are what a failed
 * question is answered with; those behind only occur as they are. */
static const char *const records[] = {
	NULL,
	V "p=none",
	V "p=reject; adkim=s; aspf=s",
	V "p=reject; psd=n",
	V "p=none; psd=y",
	V "p=quarantine; adkim=s",
	V "t=y",
	V "p=none; np=reject",
	V "p=reject; sp=quarantine; np=none",
	V "p=none; sp=reject; np=quarantine; t=y",
};
#define N_RECORDS (sizeof records / sizeof records[0])
#define N_ANSWERS 7
#define RECORD_FAULT N_RECORDS

#define AUTHOR "a.example.com"
#define SECOND "c.example.com"

/* Where records may be. */
static const char *const level_names[] = {
	AUTHOR,
	"example.com",
	"com",
	NULL, /* the first identifier, if it is another name */
	SECOND,
};
#define N_LEVELS 5
#define NO_LEVEL N_LEVELS

static const char *const identifiers[] = { AUTHOR, "example.com",
	"b.example.com", "m.a.example.com", "other.example" };
#define N_IDENTIFIERS 5
#define OWN_LEVEL_FIRST 2 /* of the identifiers: with a level of their own */
#define OWN_LEVEL_LAST 3
#define SIBLING 2

enum {
	AUTH_FAIL,
	AUTH_PASS,
	AUTH_FAULT
};
enum {
	EXISTS_NOT,
	EXISTS,
	EXISTS_FAULT
};

struct plan {
	size_t level[N_LEVELS]; /* of records, or RECORD_FAULT */
	size_t identifier, auth, exists;
	size_t second; /* 1: a second signature passes, of SECOND */
};

/* What the evaluation said; `level`: where the policy record is. */
struct told {
	bool is_told;
	enum wax_result result;
	enum wax_dmarc_policy policy;
	size_t level;
};

static const char *
level_name(const struct plan *plan, size_t level)
{
	return level_names[level] != NULL ? level_names[level]
	                                  : identifiers[plan->identifier];
}

static struct wax_str
zone_of(struct wax_arena *arena, const struct plan *plan)
{
	struct wax_text zone;

	wax_text_init(&zone, arena);
	wax_text_addz(&zone, "# the world\n");
	for (size_t i = 0; i < N_LEVELS; i++) {
		const char *name = level_name(plan, i);

		if (plan->level[i] == RECORD_FAULT)
			wax_text_addf(
			    &zone, "_dmarc.%s FAULT servfail\n", name);
		else if (records[plan->level[i]] != NULL)
			wax_text_addf(&zone, "_dmarc.%s TXT %s\n", name,
			    records[plan->level[i]]);
	}
	if (plan->exists == EXISTS)
		wax_text_addz(&zone, AUTHOR " A 192.0.2.1\n");
	if (plan->exists == EXISTS_FAULT)
		wax_text_addz(&zone, AUTHOR " FAULT servfail TXT\n");
	return wax_text_str(&zone);
}

static struct wax_dmarc_result
evaluate_plan(const struct plan *plan, struct told *told)
{
	static const char *const words[] = { "fail", "pass", "temp" };
	struct wax_arena *arena = wax_arena_new("plan", 0);
	struct world world = world_open(zone_of(arena, plan).p);
	struct wax_str signatures = wax_textf(arena, "%s:%s%s",
	    words[plan->auth], identifiers[plan->identifier],
	    plan->second ? " pass:" SECOND : "");
	struct wax_dmarc_result result =
	    world_judge(&world, AUTHOR, "", signatures.p);

	*told = (struct told){ true, result.result, result.policy, NO_LEVEL };
	for (size_t i = 0; i < N_LEVELS; i++)
		if (result.has_record && wax_str_eq(result.policy_domain.text,
		                             wax_str_of(level_name(plan, i))))
			told->level = i;
	ck_assert_int_eq(result.has_record, told->level != NO_LEVEL);
	world_close(&world);
	wax_arena_free(arena);
	return result; /* only its numbers are used */
}

/* Worlds without trouble are evaluated once. */
#define N_WORLDS \
	(N_RECORDS * N_RECORDS * N_RECORDS * N_RECORDS * N_RECORDS * 2 * 2 * 2)

static struct told *known; /* of one test, in a process of its own */

static const struct told *
look_up(const struct plan *plan)
{
	size_t number = plan->second * 4 + plan->auth * 2 + plan->exists;

	for (size_t i = 0; i < N_LEVELS; i++)
		number = number * N_RECORDS + plan->level[i];
	if (!known[number].is_told) {
		(void)evaluate_plan(plan, &known[number]);
		ck_assert(known[number].result == WAX_PASS ||
		          known[number].result == WAX_FAIL ||
		          known[number].result == WAX_NONE);
	}
	return &known[number];
}

/* What several worlds have in common. */
struct common {
	bool pass, fail, none, same_record;
	enum wax_dmarc_policy least, most;
	size_t level, n;
};

static void
add_told(struct common *common, const struct told *one)
{
	enum wax_dmarc_policy policy =
	    one->result == WAX_FAIL ? one->policy : WAX_P_NONE;

	if (common->n++ == 0) {
		common->level = one->level;
		common->same_record = true;
		common->least = WAX_P_REJECT;
		common->most = WAX_P_NONE;
	}
	if (common->level != one->level)
		common->same_record = false;
	if (one->result == WAX_PASS) {
		common->pass = true;
		return;
	}
	if (one->result == WAX_FAIL)
		common->fail = true;
	else
		common->none = true;
	if (policy < common->least)
		common->least = policy;
	if (policy > common->most)
		common->most = policy;
}

/* Every answer to every question that failed, as an odometer. */
static struct common
common_of(const struct plan *plan)
{
	struct common common = { .n = 0 };
	size_t *wheel[N_LEVELS + 2], size[N_LEVELS + 2], n = 0, i;
	struct plan whole = *plan;

	for (i = 0; i < N_LEVELS; i++)
		if (plan->level[i] == RECORD_FAULT) {
			wheel[n] = &whole.level[i];
			size[n++] = N_ANSWERS;
		}
	if (plan->auth == AUTH_FAULT) {
		wheel[n] = &whole.auth;
		size[n++] = 2;
	}
	if (plan->exists == EXISTS_FAULT) {
		wheel[n] = &whole.exists;
		size[n++] = 2;
	}
	for (i = 0; i < n; i++)
		*wheel[i] = 0;
	do {
		add_told(&common, look_up(&whole));
		for (i = 0; i < n && ++*wheel[i] == size[i]; i++)
			*wheel[i] = 0;
	} while (i < n);
	return common;
}

static enum wax_result
expected_result(const struct common *common)
{
	if (common->pass && !common->fail)
		return WAX_PASS;
	if (common->fail && !common->pass && !common->none &&
	    common->least == common->most)
		return WAX_FAIL;
	if (!common->pass && !common->fail)
		return WAX_NONE;
	return WAX_TEMPERROR;
}

static void
check_plan(const struct plan *plan)
{
	struct told told;
	struct common common = common_of(plan);
	struct wax_dmarc_result result = evaluate_plan(plan, &told);
	enum wax_result expected = expected_result(&common);
	bool is_right = result.result == expected &&
	                result.has_record ==
	                    (common.same_record && common.level != NO_LEVEL) &&
	                (!result.has_record || told.level == common.level) &&
	                result.dkim_aligned == (expected == WAX_PASS) &&
	                !result.undecided_spf && !result.limit_hit;

	if (expected == WAX_TEMPERROR)
		is_right = is_right && result.could_pass == common.pass &&
		           result.least == common.least &&
		           result.most == common.most &&
		           (result.undecided_dkim || result.undecided_policy);
	ck_assert_msg(is_right,
	    "levels %zu %zu %zu %zu %zu, %s auth %zu exists %zu second %zu: "
	    "%s, expected %s",
	    plan->level[0], plan->level[1], plan->level[2], plan->level[3],
	    plan->level[4], identifiers[plan->identifier], plan->auth,
	    plan->exists, plan->second, wax_result_word(result.result),
	    wax_result_word(expected));
}

static bool
has_own_level(size_t identifier)
{
	return identifier >= OWN_LEVEL_FIRST && identifier <= OWN_LEVEL_LAST;
}

static void
known_open(void)
{
	known = calloc(N_WORLDS, sizeof *known);
	ck_assert_ptr_nonnull(known);
}

static void
known_close(void)
{
	free(known);
}

/* Records at all levels, each of which may fail; one identifier. */
START_TEST(test_every_gap)
{
	static const size_t states[] = { 0, 1, 2, 3, 4, RECORD_FAULT };
	struct plan plan = { .identifier = (size_t)_i, .exists = EXISTS };
	size_t own = has_own_level(plan.identifier) ? 6 : 1;

	for (size_t i = 0; i < 6 * 6 * 6 * own; i++)
		for (plan.auth = AUTH_PASS; plan.auth <= AUTH_FAULT;
		     plan.auth++) {
			plan.level[0] = states[i % 6];
			plan.level[1] = states[i / 6 % 6];
			plan.level[2] = states[i / 36 % 6];
			plan.level[3] = states[i / 216];
			check_plan(&plan);
		}
}
END_TEST

/* A second identifier: its level may fail beside the other's. */
START_TEST(test_every_second)
{
	static const size_t states[] = { 0, 2, 3, RECORD_FAULT };
	struct plan plan = {
		.identifier = (size_t)_i, .exists = EXISTS, .second = 1
	};
	size_t own = has_own_level(plan.identifier) ? 4 : 1;

	for (size_t i = 0; i < 4 * 4 * 4 * own; i++)
		for (plan.auth = AUTH_PASS; plan.auth <= AUTH_FAULT;
		     plan.auth++) {
			plan.level[0] = states[i % 4];
			plan.level[1] = states[i / 4 % 4];
			plan.level[4] = states[i / 16 % 4];
			plan.level[3] = states[i / 64];
			check_plan(&plan);
		}
}
END_TEST

/* The existence of the Author Domain beside gaps and an undecided DKIM. */
START_TEST(test_every_existence)
{
	static const size_t own[] = { 0, RECORD_FAULT };
	static const size_t org[] = { 1, 7, 8, 9, RECORD_FAULT };
	struct plan plan = { .identifier = (size_t)_i };

	for (size_t i = 0; i < 2 * 5 * 2 * 2 * 9; i++) {
		plan.level[0] = own[i % 2];
		plan.level[1] = org[i / 2 % 5];
		plan.level[2] = own[i / 10 % 2];
		plan.level[3] = own[i / 20 % 2];
		plan.auth = i / 40 % 3;
		plan.exists = i / 120;
		/* A record below the author's name would make it exist. */
		if (plan.level[3] == 0 || plan.identifier == SIBLING)
			check_plan(&plan);
	}
}
END_TEST

#define N(list) (int)(sizeof(list) / sizeof(list)[0])

Suite *
dmarc_trouble_suite(void)
{
	Suite *suite = suite_create("dmarc trouble");
	TCase *tc = tcase_create("trouble");

	tcase_add_loop_test(tc, test_trouble, 0, N(rows));
	tcase_add_loop_test(tc, test_limit, 0, N(limit_rows));
	tcase_add_loop_test(tc, test_reason, 0, N(reason_rows));
	suite_add_tcase(suite, tc);
	tc = tcase_create("exhaustively");
	tcase_add_checked_fixture(tc, known_open, known_close);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_every_gap, 0, N_IDENTIFIERS);
	tcase_add_loop_test(tc, test_every_second, 0, N_IDENTIFIERS);
	tcase_add_loop_test(tc, test_every_existence, 0, N_IDENTIFIERS);
	suite_add_tcase(suite, tc);
	return suite;
}
