/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Identifier Alignment: the vectors AL-nn, and that no question is asked that
 * cannot make a difference. AL-24 and AL-25 (which identity SPF's result is
 * about) are also scenarios; AL-32 and AL-34 are in test_dmarc_policy.c,
 * and AL-33 is the From parser's.
 */
#include "policy/base/text.h"
#include "tests/unit/auth/dmarc_world.h"

#define V "v=DMARC1; "
#define SUB AT("example.com", R) AT("sub.example.com", R "; psd=n")
#define ONLY_A AT("a.example.com", R)
#define PSD AT("com", R "; psd=y") AT("example.com", R)
#define BANK                            \
	AT("bank.example", R "; psd=y") \
	AT("giant.bank.example", V "p=none")

/* An identifier that passed, alone, by SPF and then by DKIM. */
static const struct {
	const char *name, *zone, *author, *identifier;
	bool relaxed, strict;
	const char *asked; /* in relaxed mode */
} rows[] = {
	{ "AL-01", AT("example.com", R), "example.com", "example.com", true,
	    true, "example.com" },
	{ "AL-02", AT("example.com", R), "example.com", "mail.example.com",
	    true, false, "example.com com mail.example.com" },
	{ "AL-03", AT("example.com", R), "news.example.com", "foo.example.com",
	    true, false, "news.example.com example.com com foo.example.com" },
	{ "AL-04", AT("example.com", R) AT("example.net", R),
	    "news.example.com", "foo.example.net", false, false,
	    "news.example.com example.com com" },
	{ "AL-05", AT("example.com", R), "example.com", "EXAMPLE.COM.", true,
	    true, "example.com" },
	{ "AL-06", AT("example.com", R) AT("signing.example.com", V "p=none"),
	    "example.com", "signing.example.com", true, false,
	    "example.com com signing.example.com" },
	{ "AL-07", SUB, "example.com", "sub.example.com", false, false,
	    "example.com com sub.example.com" },
	{ "AL-08", SUB, "x.sub.example.com", "y.sub.example.com", true, false,
	    "x.sub.example.com sub.example.com y.sub.example.com" },
	{ "AL-09", ONLY_A, "a.example.com", "example.com", false, false,
	    "a.example.com example.com com" },
	{ "AL-10", ONLY_A, "a.example.com", "b.example.com", false, false,
	    "a.example.com example.com com" },
	{ "AL-11", ONLY_A, "a.example.com", "m.a.example.com", true, false,
	    "a.example.com example.com com m.a.example.com" },
	{ "AL-12", PSD, "example.com", "mail.example.com", true, false,
	    "example.com com mail.example.com" },
	{ "AL-13", PSD, "example.com", "other.com", false, false,
	    "example.com com" },
	{ "AL-14", AT("com", V "p=none"), "victim.com", "attacker.com", false,
	    false, "victim.com com" },
	{ "AL-15", AT("com", V "p=none") AT("victim.com", R "; psd=n"),
	    "victim.com", "attacker.com", false, false, "victim.com" },
	{ "AL-16", BANK, "giant.bank.example", "mail.giant.bank.example", true,
	    false, "giant.bank.example bank.example mail.giant.bank.example" },
	{ "AL-17", BANK, "giant.bank.example", "mail.mega.bank.example", false,
	    false, "giant.bank.example bank.example" },
	{ "AL-18", BANK, "giant.bank.example", "bank.example", false, false,
	    "giant.bank.example bank.example" },
	{ "AL-19", AT("example.com", R), "example.com", "com", false, false,
	    "example.com com" },
	{ "AL-20", AT("example.com", R), "a.b.c.d.e.f.g.h.i.j.k.example.com",
	    "example.com", true, false,
	    "a.b.c.d.e.f.g.h.i.j.k.example.com g.h.i.j.k.example.com "
	    "h.i.j.k.example.com i.j.k.example.com j.k.example.com "
	    "k.example.com example.com com" },
	{ "AL-21", AT("mail.example.com", R), "a.mail.example.com",
	    "mail.example.com", true, false,
	    "a.mail.example.com mail.example.com example.com com" },
	{ "AL-22", AT("mail.example.com", R) AT("example.com", R),
	    "evil.example.com", "mail.example.com", true, false,
	    "evil.example.com example.com com mail.example.com" },
	/* Beside the vectors. */
	{ "siblings below a guarded top-level domain", AT("com", V "p=none"),
	    "a.victim.com", "b.victim.com", true, false,
	    "a.victim.com victim.com com b.victim.com" },
	{ "registrants of the third level below one that has a record",
	    AT("uk", V "p=none") AT("bank.co.uk", R), "bank.co.uk",
	    "forger.co.uk", false, false, "bank.co.uk co.uk uk" },
	{ "psd=n of a top-level domain is guarded, too",
	    AT("com", V "p=none; psd=n"), "victim.com", "attacker.com", false,
	    false, "victim.com com" },
	{ "a name that only ends like the other", AT("example.com", R),
	    "example.com", "badexample.com", false, false, "example.com com" },
	{ "the PSD of a public suffix does not align with it",
	    AT("co.example", R "; psd=y"), "co.example", "x.co.example", false,
	    false, "co.example x.co.example" },
	{ "nor is it aligned by those below", AT("co.example", R "; psd=y"),
	    "x.co.example", "co.example", false, false,
	    "x.co.example co.example" },
	{ "no record, no walk for anybody", "", "a.example.com",
	    "b.example.com", false, false, "a.example.com example.com com" },
	{ "no usable policy, no walk for anybody", AT("example.com", V "p=x"),
	    "a.example.com", "b.example.com", false, false,
	    "a.example.com example.com com" },
};

/* The zone with each record in strict mode. */
static struct wax_str
strict_zone(struct wax_arena *arena, const char *zone)
{
	struct wax_str rest = wax_str_of(zone), word;
	struct wax_text out;

	wax_text_init(&out, arena);
	while (wax_str_cut(&rest, ';', &word)) {
		wax_text_add(&out, word);
		if (wax_str_ends(word, WAX_STR("v=DMARC1")))
			wax_text_addz(&out, "; adkim=s; aspf=s");
		if (rest.p != NULL)
			wax_text_addc(&out, ';');
	}
	return wax_text_str(&out);
}

static void
check_alignment(const char *name, const char *zone, const char *author,
    const char *identifier, bool expected, const char *asked)
{
	for (int by_spf = 0; by_spf < 2; by_spf++) {
		struct world world = world_open(zone);
		struct wax_str one =
		    wax_textf(world.arena, "pass:%s", identifier);
		struct wax_dmarc_result result = world_judge(
		    &world, author, by_spf ? one.p : "", by_spf ? "" : one.p);
		struct wax_str questions = world_asked(&world);

		ck_assert_msg((result.result == WAX_PASS) == expected, "%s: %s",
		    name, wax_result_word(result.result));
		ck_assert_int_eq(result.spf_aligned, expected && by_spf);
		ck_assert_int_eq(result.dkim_aligned, expected && !by_spf);
		ck_assert_uint_eq(
		    result.aligned_signature, expected || by_spf ? 0 : 1);
		ck_assert_msg(
		    asked == NULL || wax_str_eq(questions, wax_str_of(asked)),
		    "%s: asked %.*s", name, WAX_FMT(questions));
		world_close(&world);
	}
}

START_TEST(test_alignment)
{
	struct wax_arena *arena = wax_arena_new("test", 0);

	check_alignment(rows[_i].name, rows[_i].zone, rows[_i].author,
	    rows[_i].identifier, rows[_i].relaxed, rows[_i].asked);
	check_alignment(rows[_i].name, strict_zone(arena, rows[_i].zone).p,
	    rows[_i].author, rows[_i].identifier, rows[_i].strict, NULL);
	wax_arena_free(arena);
}
END_TEST

/* AL-14: the guard is told. */
START_TEST(test_guard_is_told)
{
	struct world world = world_open(AT("com", V "p=none"));
	struct wax_dmarc_result result =
	    world_judge(&world, "victim.com", "pass:attacker.com", "");

	ck_assert_int_eq(result.result, WAX_FAIL);
	ck_assert_wax_str_eq(result.reason,
	    "no aligned identifier passed; com is not taken for an "
	    "Organizational Domain");
	ck_assert_wax_str_eq(result.org_domain.text, "victim.com");
	world_close(&world);
	world = world_open(PSD);
	result = world_judge(&world, "example.com", "pass:other.com", "");
	ck_assert_wax_str_eq(result.reason, "no aligned identifier passed");
	world_close(&world);
}
END_TEST

#define EX AT("example.com", R)
#define STRICT AT("example.com", R "; adkim=s; aspf=s")

static const struct {
	const char *name, *zone, *author, *spf, *dkim, *shape, *asked;
} mail_rows[] = {
	{ "AL-23", AT("example.com", R "; aspf=s; adkim=r"), "example.com",
	    "pass:m.example.com", "", "fail example.com p=reject",
	    "example.com com" },
	{ "AL-24", EX, "example.com", "pass:mx.example.com", "",
	    "pass example.com p=reject by spf",
	    "example.com com mx.example.com" },
	{ "AL-25", EX, "example.com", "pass:esp.example", "",
	    "fail example.com p=reject", "example.com com" },
	{ "AL-26", EX, "example.com", "softfail:example.com",
	    "pass:esp.example", "fail example.com p=reject",
	    "example.com com" },
	{ "AL-27", EX, "example.com", "", "pass:esp.example pass:example.com",
	    "pass example.com p=reject by dkim#1", "example.com" },
	{ "AL-27 strict", STRICT, "example.com", "",
	    "pass:esp.example pass:example.com",
	    "pass example.com p=reject by dkim#1", "example.com" },
	{ "AL-28", EX, "example.com", "pass:example.com", "fail:example.com",
	    "pass example.com p=reject by spf", "example.com" },
	{ "AL-29", EX, "example.com", "fail:example.com", "temp:example.com",
	    "temperror example.com p=reject dkim? pass?", "example.com com" },
	{ "AL-30", AT("example.com", R "; adkim=s"), "example.com",
	    "fail:example.com", "temp:esp.example", "fail example.com p=reject",
	    "example.com com" },
	{ "AL-31", EX, "example.com", "temp:example.com", "pass:example.com",
	    "pass example.com p=reject by dkim#0", "example.com" },
	/* Beside the vectors. */
	{ "both", EX, "example.com", "pass:example.com", "pass:example.com",
	    "pass example.com p=reject by spf dkim#0", "example.com" },
	{ "SPF is aligned by a walk though DKIM already is", EX, "example.com",
	    "pass:m.example.com", "pass:example.com",
	    "pass example.com p=reject by spf dkim#0",
	    "example.com com m.example.com" },
	{ "one aligned signature is enough", EX, "example.com", "",
	    "pass:a.example.com pass:b.example.com",
	    "pass example.com p=reject by dkim#0",
	    "example.com com a.example.com" },
	{ "the first of two identical ones", EX, "example.com", "",
	    "pass:example.com pass:example.com",
	    "pass example.com p=reject by dkim#0", "example.com" },
	{ "the identical one saves the walk", EX, "example.com", "",
	    "pass:a.example.com pass:example.com",
	    "pass example.com p=reject by dkim#1", "example.com" },
	{ "the second aligns", SUB, "example.com", "",
	    "pass:sub.example.com pass:a.example.com",
	    "pass example.com p=reject by dkim#1",
	    "example.com com sub.example.com a.example.com" },
	{ "strict for DKIM, relaxed for SPF", AT("example.com", R "; adkim=s"),
	    "example.com", "pass:a.example.com", "pass:b.example.com",
	    "pass example.com p=reject by spf",
	    "example.com com a.example.com" },
	{ "strict for SPF, relaxed for DKIM", AT("example.com", R "; aspf=s"),
	    "example.com", "pass:a.example.com", "pass:b.example.com",
	    "pass example.com p=reject by dkim#0",
	    "example.com com b.example.com" },
	{ "a failed signature is not asked about", EX, "example.com", "",
	    "fail:a.example.com policy:b.example.com",
	    "fail example.com p=reject", "example.com com" },
	{ "SPF neutral", EX, "example.com", "neutral:example.com", "",
	    "fail example.com p=reject", "example.com com" },
	{ "permerrors", EX, "example.com", "permerror:example.com",
	    "permerror:example.com", "fail example.com p=reject",
	    "example.com com" },
	{ "temperror without a chance", EX, "example.com",
	    "temperror:example.com", "temperror:example.com",
	    "fail example.com p=reject", "example.com com" },
	{ "existence is not asked when it passes",
	    AT("example.com", V "p=none; np=reject"), "a.example.com",
	    "pass:b.example.com", "", "pass example.com p=none by spf",
	    "a.example.com example.com com b.example.com" },
	{ "nor when np asks for the same",
	    AT("example.com", V "p=none; sp=reject; np=reject"),
	    "a.example.com", "", "", "fail example.com sp=reject",
	    "a.example.com example.com com" },
	{ "nor when the record's answer tells",
	    AT("example.com", V "p=none; np=reject")
	        AT("a.example.com", "hello"),
	    "a.example.com", "", "", "fail example.com p=none",
	    "a.example.com example.com com" },
	{ "else it is asked", AT("example.com", V "p=none; np=reject"),
	    "a.example.com", "", "", "fail example.com np=reject",
	    "a.example.com example.com com TXT:a.example.com" },
	{ "an identifier of no domain", EX, "example.com",
	    "pass:", "pass:", "fail example.com p=reject", "example.com com" },
};

START_TEST(test_mail)
{
	struct world world = world_open(mail_rows[_i].zone);
	struct wax_dmarc_result result = world_judge(&world,
	    mail_rows[_i].author, mail_rows[_i].spf, mail_rows[_i].dkim);
	struct wax_str shape = world_shape(&world, &result);
	struct wax_str asked = world_asked(&world);

	ck_assert_msg(wax_str_eq(shape, wax_str_of(mail_rows[_i].shape)),
	    "%s: %.*s", mail_rows[_i].name, WAX_FMT(shape));
	ck_assert_msg(wax_str_eq(asked, wax_str_of(mail_rows[_i].asked)),
	    "%s: asked %.*s", mail_rows[_i].name, WAX_FMT(asked));
	world_close(&world);
}
END_TEST

static const struct {
	const char *spf, *dkim, *reason;
} reason_rows[] = {
	{ "pass:example.com", "", "aligned by SPF" },
	{ "", "pass:example.com", "aligned by DKIM" },
	{ "pass:example.com", "pass:example.com", "aligned by SPF and DKIM" },
	{ "temp:example.com", "", "DNS did not answer for SPF" },
	{ "", "temp:example.com", "DNS did not answer for DKIM" },
	{ "temp:example.com", "temp:example.com",
	    "DNS did not answer for SPF and DKIM" },
};

START_TEST(test_reasons)
{
	struct world world = world_open(EX);
	struct wax_dmarc_result result = world_judge(
	    &world, "example.com", reason_rows[_i].spf, reason_rows[_i].dkim);

	ck_assert_wax_str_eq(result.reason, reason_rows[_i].reason);
	world_close(&world);
}
END_TEST

/* What is asked ahead for an identifier: nothing that cannot align. */
static const struct {
	const char *author, *identifier, *asked;
} prefetch_rows[] = {
	{ "a.example.com", "b.example.com", "b.example.com example.com com" },
	{ "a.example.com", "a.example.com", "" },
	{ "a.example.com", "example.net", "" },
	{ "example.com", "other.com", "" },
	{ "example.com", "badexample.com", "" },
	{ "example.com", "com", "" },
	{ "a.co.example", "b.co.example", "b.co.example co.example example" },
};

START_TEST(test_prefetch_identifier)
{
	struct world world = world_open("");
	struct wax_engines *engines = world_engines(&world, NULL);

	wax_dmarc_prefetch_identifier(world.arena, engines, world.general,
	    domain_of(&world, prefetch_rows[_i].author),
	    domain_of(&world, prefetch_rows[_i].identifier));
	ck_assert_wax_str_eq(world_asked(&world), prefetch_rows[_i].asked);
	world_close(&world);
}
END_TEST

START_TEST(test_prefetch_author)
{
	struct world world = world_open("");

	wax_dmarc_prefetch(world.arena, world_engines(&world, NULL),
	    world.resolver, domain_of(&world, "a.example.com"));
	ck_assert_wax_str_eq(
	    world_asked(&world), "a.example.com example.com com");
	world_close(&world);
}
END_TEST

#define N(list) (int)(sizeof(list) / sizeof(list)[0])

Suite *
dmarc_align_suite(void)
{
	Suite *suite = suite_create("dmarc alignment");
	TCase *tc = tcase_create("alignment");

	tcase_add_loop_test(tc, test_alignment, 0, N(rows));
	tcase_add_test(tc, test_guard_is_told);
	tcase_add_loop_test(tc, test_mail, 0, N(mail_rows));
	tcase_add_loop_test(tc, test_reasons, 0, N(reason_rows));
	tcase_add_loop_test(tc, test_prefetch_identifier, 0, N(prefetch_rows));
	tcase_add_test(tc, test_prefetch_author);
	suite_add_tcase(suite, tc);
	return suite;
}
