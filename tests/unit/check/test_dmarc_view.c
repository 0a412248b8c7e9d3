/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is found about DMARC. The records that findings propose are published,
 * and have to mend what they are proposed for.
 */
#include "policy/check/dmarc_view.h"

#include "tests/unit/check/suites.h"
#include "tests/unit/check/zones.h"

static struct wax_arena *arena;
static struct wax_findings findings;
static struct wax_engines *psl;

static void
setup(void)
{
	arena = wax_arena_new("test", 0);
	findings = (struct wax_findings){ .arena = arena };
	psl = check_suffixes(arena);
}

static void
teardown(void)
{
	wax_engines_close(psl);
	wax_arena_free(arena);
}

static struct wax_dmarc_view
check(const char *domain, const char *zone, bool accepts_no_mail)
{
	struct wax_domain parsed;

	findings = (struct wax_findings){ .arena = arena };
	ck_assert(wax_domain_parse(arena, wax_exact(domain), &parsed));
	return wax_check_dmarc(&findings, check_zone(arena, zone), psl, parsed,
	    accepts_no_mail, DEADLINE);
}

#define D "d.example"
#define A "d.example A 192.0.2.1\nd.example MX 1 d.example\n"
#define RUA "rua=mailto:r@d.example"
#define SOUND "v=DMARC1; p=reject; " RUA
#define AT(name, text) "_dmarc." name " TXT " text "\n"
#define OWN "_dmarc.d.example. IN TXT "
#define NEW "rua=mailto:dmarc-reports@d.example"

static const struct row {
	const char *name, *domain, *zone, *words;
	const char *publish; /* of the first; NULL: whatever */
	bool accepts_no_mail;
} rows[] = {
	/* --- nothing to say --- */
	{ "sound", D, A AT(D, SOUND), "", NULL, false },
	{ "sound, with all tags", D,
	    A AT(D, SOUND
	        "; sp=reject; np=reject; "
	        "adkim=s; aspf=r; fo=1; psd=n; t=n; ruf=mailto:r@d.example"),
	    "", NULL, false },
	{ "an alias", D,
	    A "_dmarc.d.example CNAME x.other\n"
	      "x.other TXT " SOUND,
	    "", NULL, false },
	{ "stricter below", D,
	    A AT(D, "v=DMARC1; p=quarantine; sp=reject; " RUA), "", NULL,
	    false },
	{ "a domain that does not exist", D, "other.example A 192.0.2.1", "",
	    NULL, false },
	{ "other texts", D,
	    A AT(D, SOUND) "_dmarc.d.example TXT hello\n"
	                   "d.example TXT v=spf1 -all",
	    "", NULL, false },
	{ "a parked domain", D, A AT(D, "v=DMARC1; p=reject"), "", NULL, true },
	{ "a public suffix", "co.uk",
	    "co.uk A 192.0.2.1\n" AT("co.uk",
	        "v=DMARC1; p=reject; psd=y; rua=mailto:r@co.uk") "co.uk MX 1 "
	                                                         "co.uk",
	    "", NULL, false },
	/* --- DMARC-NONE --- */
	{ "none", D, A, "DMARC-NONE", OWN "\"v=DMARC1; p=none; " NEW "\"",
	    false },
	{ "none, no mail", D, A, "DMARC-NOT-SENDING",
	    OWN "\"v=DMARC1; p=reject\"", true },
	{ "none, a subdomain", "a.b." D, A "a.b.d.example A 192.0.2.1",
	    "DMARC-NONE", OWN "\"v=DMARC1; p=none; " NEW "\"", false },
	{ "none, a public suffix", "co.uk", "co.uk A 192.0.2.1", "DMARC-NONE",
	    NULL, false },
	/* --- DMARC-UNKNOWN: never "missing" --- */
	{ "SERVFAIL", D, A "_dmarc.d.example FAULT servfail", "DMARC-UNKNOWN",
	    "", false },
	{ "timeout above", D, A "_dmarc.example FAULT timeout", "DMARC-UNKNOWN",
	    "", false },
	{ "SERVFAIL above a record", D,
	    A AT(D, "v=DMARC1; p=none; " RUA) "_dmarc.example FAULT servfail",
	    "DMARC-UNKNOWN DMARC-MONITOR", "", false },
	{ "SERVFAIL below a record", "a." D,
	    A AT(D, "v=DMARC1; p=none") "_dmarc.a.d.example FAULT servfail",
	    "DMARC-UNKNOWN", "", false },
	{ "SERVFAIL of a consent", D,
	    A AT(D, "v=DMARC1; p=reject; "
	            "rua=mailto:r@x.other") "d.example._report._dmarc.x.other "
	                                    "FAULT servfail",
	    "DMARC-UNKNOWN", "", false },
	/* --- DMARC-SEVERAL --- */
	{ "several", D,
	    A AT(D, "v=DMARC1; p=reject; " RUA)
	        AT(D, "v=DMARC1; p=quarantine; rua=mailto:s@d.example"),
	    "DMARC-SEVERAL",
	    OWN "\"v=DMARC1; p=quarantine; " RUA ",mailto:s@d.example\"",
	    false },
	{ "several, one without p", D,
	    A AT(D, "v=DMARC1; p=reject; " RUA) AT(D, "v=DMARC1"),
	    "DMARC-SEVERAL", OWN "\"v=DMARC1; p=none; " RUA "\"", false },
	{ "several above", "a." D,
	    A "a.d.example A 192.0.2.1\n" AT(D, "v=DMARC1; p=reject; " RUA)
	        AT(D, "v=DMARC1; p=none; " RUA),
	    "DMARC-SEVERAL", OWN "\"v=DMARC1; p=none; " RUA "\"", false },
	/* --- DMARC-LOOKALIKE --- */
	{ "lower case", D, A AT(D, "v=dmarc1; p=none"), "DMARC-LOOKALIKE",
	    OWN "\"v=DMARC1; p=none\"", false },
	{ "no semicolon", D, A AT(D, "v=DMARC1 p=none " RUA), "DMARC-LOOKALIKE",
	    OWN "\"v=DMARC1; p=none; " RUA "\"", false },
	{ "commas", D, A AT(D, "v=DMARC1, p=none, " RUA), "DMARC-LOOKALIKE",
	    OWN "\"v=DMARC1; p=none; " RUA "\"", false },
	{ "leading blank", D, A AT(D, "\" v=DMARC1; p=none\""),
	    "DMARC-LOOKALIKE", OWN "\"v=DMARC1; p=none\"", false },
	{ "quotation marks", D, A AT(D, "\"\\\"v=DMARC1; p=none\\\"\""),
	    "DMARC-LOOKALIKE", OWN "\"v=DMARC1; p=none\"", false },
	{ "another version", D, A AT(D, "v=DMARC2; p=none"), "DMARC-LOOKALIKE",
	    OWN "\"v=DMARC1; p=none\"", false },
	{ "no version", D, A AT(D, "p=none; " RUA), "DMARC-LOOKALIKE",
	    OWN "\"v=DMARC1; p=none; " RUA "\"", false },
	{ "misspelt", D, A AT(D, "v=DMRAC1; p=none; " RUA), "DMARC-LOOKALIKE",
	    OWN "\"v=DMARC1; p=none; " RUA "\"", false },
	{ "beside a record", D, A AT(D, SOUND) AT(D, "DMARC1; p=none"),
	    "DMARC-LOOKALIKE", "", false },
	/* --- DMARC-PLACE --- */
	{ "at the domain", D, A "d.example TXT " SOUND, "DMARC-PLACE",
	    OWN "\"" SOUND "\"", false },
	{ "without underscore", D, A "dmarc.d.example TXT " SOUND,
	    "DMARC-PLACE", OWN "\"" SOUND "\"", false },
	{ "the domain twice", D, A "_dmarc.d.example.d.example TXT " SOUND,
	    "DMARC-PLACE", OWN "\"" SOUND "\"", false },
	/* --- DMARC-SYNTAX --- */
	{ "bad value", D, A AT(D, SOUND "; adkim=x"), "DMARC-SYNTAX",
	    OWN "\"" SOUND "\"", false },
	{ "twice", D, A AT(D, SOUND "; p=none"), "DMARC-SYNTAX",
	    OWN "\"" SOUND "\"", false },
	{ "no equals sign", D, A AT(D, SOUND "; reject"), "DMARC-SYNTAX",
	    OWN "\"" SOUND "\"", false },
	{ "semicolon between addresses", D,
	    A AT(D, SOUND ";mailto:s@d.example"), "DMARC-SYNTAX",
	    OWN "\"" SOUND ",mailto:s@d.example\"", false },
	/* --- DMARC-NO-P --- */
	{ "no p", D, A AT(D, "v=DMARC1; " RUA), "DMARC-NO-P",
	    OWN "\"v=DMARC1; p=none; " RUA "\"", false },
	{ "no p, no reports", D, A AT(D, "v=DMARC1"), "DMARC-NO-P DMARC-NO-RUA",
	    OWN "\"v=DMARC1; p=none\"", false },
	{ "p that is none", D, A AT(D, "v=DMARC1; p=rejected; " RUA),
	    "DMARC-NO-P", OWN "\"v=DMARC1; p=none; " RUA "\"", false },
	{ "lost semicolon", D, A AT(D, "v=DMARC1; p=reject " RUA),
	    "DMARC-NO-P DMARC-NO-RUA", OWN "\"v=DMARC1; p=reject; " RUA "\"",
	    false },
	{ "bad sp", D, A AT(D, "v=DMARC1; p=reject; sp=; " RUA), "DMARC-NO-P",
	    OWN "\"v=DMARC1; p=reject; " RUA "\"", false },
	{ "bad np", D, A AT(D, "v=DMARC1; p=reject; np=no; " RUA), "DMARC-NO-P",
	    OWN "\"v=DMARC1; p=reject; " RUA "\"", false },
	/* --- what it asks for --- */
	{ "p=none", D, A AT(D, "v=DMARC1; p=none; " RUA), "DMARC-MONITOR",
	    OWN "\"v=DMARC1; p=quarantine; " RUA "\"", false },
	{ "t=y", D, A AT(D, "v=DMARC1; p=reject; t=y; " RUA), "DMARC-TESTING",
	    OWN "\"v=DMARC1; p=reject; " RUA "\"", false },
	{ "t=y of p=none", D, A AT(D, "v=DMARC1; p=none; t=y; " RUA),
	    "DMARC-MONITOR", NULL, false },
	{ "sp=none", D, A AT(D, "v=DMARC1; p=reject; sp=none; " RUA),
	    "DMARC-SUBDOMAINS", OWN "\"v=DMARC1; p=reject; " RUA "\"", false },
	{ "np=none", D, A AT(D, "v=DMARC1; p=reject; np=none; " RUA),
	    "DMARC-SUBDOMAINS", OWN "\"v=DMARC1; p=reject; " RUA "\"", false },
	{ "np above sp", D,
	    A AT(D, "v=DMARC1; p=reject; sp=quarantine; "
	            "np=reject; " RUA),
	    "DMARC-SUBDOMAINS",
	    OWN "\"v=DMARC1; p=reject; np=reject; " RUA "\"", false },
	{ "inherited", "a." D, A "a.d.example A 192.0.2.1\n" AT(D, SOUND),
	    "DMARC-INHERITED", "", false },
	{ "inherited, sp=none", "a." D,
	    A "a.d.example A 192.0.2.1\n" AT(
	        D, "v=DMARC1; p=reject; sp=none; " RUA),
	    "DMARC-INHERITED DMARC-MONITOR", NULL, false },
	{ "of a registry", "d.co.uk",
	    "d.co.uk A 192.0.2.1\n" AT("co.uk", "v=DMARC1; p=none; psd=y"),
	    "DMARC-INHERITED", "", false },
	{ "psd=y", D, A AT(D, SOUND "; psd=y"), "DMARC-PSD",
	    OWN "\"" SOUND "\"", false },
	{ "record below the organization only", "a." D,
	    A "a.d.example A 192.0.2.1\na.d.example MX 1 a.d.example\n" AT(
	        "a." D, "v=DMARC1; p=reject; rua=mailto:r@a.d.example"),
	    "DMARC-ORG-DIFFERS", OWN "\"v=DMARC1; p=none; " NEW "; psd=n\"",
	    false },
	{ "psd=n below the organization", "a." D,
	    A "a.d.example A 192.0.2.1\na.d.example MX 1 a.d.example\n" AT(
	        "a." D, "v=DMARC1; p=reject; rua=mailto:r@a.d.example; psd=n")
	        AT(D, SOUND),
	    "DMARC-ORG-DIFFERS",
	    "_dmarc.a.d.example. IN TXT \"v=DMARC1; p=reject; "
	    "rua=mailto:r@a.d.example\"",
	    false },
	{ "public suffix without psd=y", "d.co.uk",
	    "d.co.uk MX 1 d.co.uk\n"
	    "d.co.uk A 192.0.2.1\n" AT(
	        "d.co.uk", "v=DMARC1; p=reject; rua=mailto:r@d.co.uk")
	        AT("co.uk", "v=DMARC1; p=none"),
	    "DMARC-ORG-DIFFERS",
	    "_dmarc.d.co.uk. IN TXT \"v=DMARC1; p=reject; "
	    "rua=mailto:r@d.co.uk; psd=n\"",
	    false },
	{ "rf, ri, pct=100", D, A AT(D, SOUND "; rf=afrf; ri=86400; pct=100"),
	    "DMARC-OBSOLETE", OWN "\"" SOUND "\"", false },
	{ "rf beside p=none", D, A AT(D, "v=DMARC1; p=none; rf=afrf; " RUA),
	    "DMARC-MONITOR DMARC-OBSOLETE",
	    OWN "\"v=DMARC1; p=quarantine; " RUA "\"", false },
	{ "pct", D, A AT(D, SOUND "; pct=50"), "DMARC-PCT", OWN "\"" SOUND "\"",
	    false },
	{ "unknown tag", D, A AT(D, SOUND "; moo=1"), "DMARC-TAG",
	    OWN "\"" SOUND "\"", false },
	{ "misspelt rua", D,
	    A AT(D, "v=DMARC1; p=reject; "
	            "ruo=mailto:r@d.example"),
	    "DMARC-TAG DMARC-NO-RUA", OWN "\"" SOUND "\"", false },
	/* --- reports --- */
	{ "no rua", D, A AT(D, "v=DMARC1; p=reject"), "DMARC-NO-RUA",
	    OWN "\"v=DMARC1; p=reject; " NEW "\"", false },
	{ "without mailto:", D,
	    A AT(D, "v=DMARC1; p=reject; "
	            "rua=r@d.example"),
	    "DMARC-RUA-SYNTAX", OWN "\"" SOUND "\"", false },
	{ "one without mailto:", D, A AT(D, SOUND ", s@d.example"),
	    "DMARC-RUA-SYNTAX", OWN "\"" SOUND ",mailto:s@d.example\"", false },
	{ "one that is none", D, A AT(D, SOUND ", https://d.example/"),
	    "DMARC-RUA-SYNTAX", OWN "\"" SOUND "\"", false },
	{ "rua of nothing", D, A AT(D, "v=DMARC1; p=reject; rua="),
	    "DMARC-RUA-SYNTAX", OWN "\"v=DMARC1; p=reject; " NEW "\"", false },
	{ "no consent", D,
	    A AT(D, "v=DMARC1; p=reject; "
	            "rua=mailto:r@x.other") "x.other MX 1 x.other\n",
	    "DMARC-RUA-CONSENT",
	    "d.example._report._dmarc.x.other. IN TXT \"v=DMARC1\"", false },
	{ "consent", D,
	    A AT(D,
	        "v=DMARC1; p=reject; "
	        "rua=mailto:r@x.other") "x.other MX 1 x.other\n"
	                                "*._report._dmarc.x.other TXT v=DMARC1",
	    "", NULL, false },
	{ "consent for the domain above", "a." D,
	    A "a.d.example A 192.0.2.1\n" AT(D,
	        "v=DMARC1; p=reject; "
	        "rua=mailto:r@x.other") "x.other MX 1 x.other\n",
	    "DMARC-INHERITED DMARC-RUA-CONSENT", NULL, false },
	{ "null MX of reports", D,
	    "d.example A 192.0.2.1\n"
	    "m.d.example MX 0 .\n" AT(D, "v=DMARC1; p=reject; "
	                                 "rua=mailto:r@m.d.example"),
	    "DMARC-RUA-NO-MAIL", "", false },
	{ "no host of reports", D,
	    A AT(D, "v=DMARC1; p=reject; "
	            "rua=mailto:r@no.d.example"),
	    "DMARC-RUA-NO-MAIL", "", false },
	/* --- no mail --- */
	{ "no mail, p=none", D, A AT(D, "v=DMARC1; p=none; " RUA),
	    "DMARC-NOT-SENDING", OWN "\"v=DMARC1; p=reject; " RUA "\"", true },
	{ "no mail, t=y", D, A AT(D, "v=DMARC1; p=reject; t=y; " RUA),
	    "DMARC-NOT-SENDING", OWN "\"v=DMARC1; p=reject; " RUA "\"", true },
	{ "no mail, inherited", "a." D,
	    A "a.d.example A 192.0.2.1\n" AT(D, "v=DMARC1; p=quarantine; " RUA),
	    "DMARC-INHERITED DMARC-NOT-SENDING", NULL, true },
};

START_TEST(one_domain)
{
	const struct row *row = &rows[_i];

	(void)check(row->domain, row->zone, row->accepts_no_mail);
	ck_assert_msg(strcmp(check_words(&findings), row->words) == 0, "%s: %s",
	    row->name, check_words(&findings));
	if (row->publish != NULL)
		ck_assert_msg(wax_str_eq(findings.list.v[0].publish,
		                  wax_str_of(row->publish)),
		    "%s: %.*s", row->name, WAX_FMT(findings.list.v[0].publish));
}
END_TEST

/* Each proposal ends what it is proposed for. */
START_TEST(proposal_mends)
{
	const struct row *row = &rows[_i];
	struct wax_findings before;

	(void)check(row->domain, row->zone, row->accepts_no_mail);
	before = findings;
	for (size_t i = 0; i < before.list.n; i++) {
		enum wax_finding_id id = before.list.v[i].id;
		const char *healed = check_healed(&before, id, row->zone);

		if (healed == NULL)
			continue;
		(void)check(row->domain, healed, row->accepts_no_mail);
		ck_assert_msg(!wax_findings_have(&findings, id),
		    "%s: still %s in\n%s", row->name, check_words(&findings),
		    healed);
	}
}
END_TEST

START_TEST(each_id_has_a_domain)
{
	const char *word = wax_finding_kind((enum wax_finding_id)_i)->word;
	bool is_drawn = false;

	for (int i = 0; i < N(rows); i++) {
		struct wax_str rest = wax_str_of(rows[i].words), one;

		while (wax_str_cut(&rest, ' ', &one))
			if (wax_str_eq(one, wax_str_of(word)))
				is_drawn = true;
	}
	ck_assert_msg(is_drawn, "%s", word);
}
END_TEST

static struct wax_str
walk_of(const struct wax_dmarc_view *view)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < view->n_steps; i++)
		wax_text_addf(&text, "%.*s: %.*s%.*s\n",
		    WAX_FMT(view->step[i].domain.text),
		    WAX_FMT(view->step[i].record),
		    WAX_FMT(view->step[i].remark));
	return wax_text_str(&text);
}

START_TEST(walk_name_by_name)
{
	struct wax_dmarc_view view = check("a.b.d.example",
	    "_dmarc.a.b.d.example TXT v=DMARC1; p=none\n"
	    "_dmarc.a.b.d.example TXT v=DMARC1; p=reject\n"
	    "_dmarc.d.example TXT v=DMARC1; p=reject; sp=quarantine; np=none\n"
	    "_dmarc.example FAULT servfail",
	    false);

	ck_assert_wax_str_eq(walk_of(&view),
	    "a.b.d.example: 2 records: none counts\n"
	    "b.d.example: no record\n"
	    "d.example: v=DMARC1; p=reject; sp=quarantine; np=none\n"
	    "example: no answer\n");
	ck_assert(view.is_unknown && !view.has_policy);
	ck_assert(wax_domain_is_none(view.org_domain));
}
END_TEST

START_TEST(walk_ends_at_psd)
{
	struct wax_dmarc_view view = check("a.d.example",
	    "_dmarc.d.example TXT v=DMARC1; p=reject; psd=n\n"
	    "a.d.example A 192.0.2.1",
	    false);

	ck_assert_uint_eq(view.n_steps, 2);
	ck_assert_wax_str_eq(view.step[1].remark, "the walk ends here: psd=n");
}
END_TEST

static const struct {
	const char *name, *domain, *record;
	const char *policies; /* of the domain, below, of what is not there */
	const char *org;
} policy_rows[] = {
	{ "p alone", "d.example", "p=reject", "reject reject reject",
	    "d.example" },
	{ "sp", "d.example", "p=reject; sp=none", "reject none none",
	    "d.example" },
	{ "np", "d.example", "p=none; sp=quarantine; np=reject",
	    "none quarantine reject", "d.example" },
	{ "t is not applied", "d.example", "p=reject; t=y",
	    "reject reject reject", "d.example" },
	{ "of a subdomain", "a.d.example", "p=none; sp=quarantine; np=reject",
	    "quarantine quarantine reject", "d.example" },
	{ "of one that does not exist", "no.d.example",
	    "p=none; sp=quarantine; np=reject", "reject quarantine reject",
	    "d.example" },
	{ "psd=y", "d.example", "p=none; sp=reject; psd=y",
	    "none reject reject", "d.example" },
	{ "below psd=y", "a.d.example", "p=none; sp=reject; psd=y",
	    "reject reject reject", "a.d.example" },
};

START_TEST(policies_that_apply)
{
	struct wax_str zone = wax_textf(arena,
	    "_dmarc.d.example TXT v=DMARC1; %s\nd.example A 192.0.2.1\n"
	    "a.d.example A 192.0.2.1\n",
	    policy_rows[_i].record);
	struct wax_dmarc_view view =
	    check(policy_rows[_i].domain, zone.p, false);
	struct wax_str policies =
	    wax_textf(arena, "%s %s %s", wax_dmarc_policy_word(view.policy),
	        wax_dmarc_policy_word(view.subdomain_policy),
	        wax_dmarc_policy_word(view.absent_policy));

	ck_assert_msg(view.has_policy, "%s", policy_rows[_i].name);
	ck_assert_wax_str_eq(policies, policy_rows[_i].policies);
	ck_assert_wax_str_eq(view.policy_domain.text, "d.example");
	ck_assert_wax_str_eq(view.org_domain.text, policy_rows[_i].org);
	ck_assert_wax_str_eq(view.psl_domain.text, "d.example");
}
END_TEST

START_TEST(octets_of_others_are_escaped)
{
	struct wax_dmarc_view view = check("d.example",
	    A "_dmarc.d.example TXT \"v=DMARC1; p=none; \\027=1; " RUA "\"",
	    false);

	ck_assert_wax_str_eq(view.step[0].record,
	    "v=DMARC1; p=none; \\x1b=1; rua=mailto:r@d.example");
	for (size_t i = 0; i < findings.list.n; i++)
		for (size_t k = 0; k < findings.list.v[i].what.n; k++)
			ck_assert_int_ge(findings.list.v[i].what.p[k], ' ');
}
END_TEST

START_TEST(without_a_list)
{
	struct wax_domain domain = { WAX_STR_INIT("a.d.example") };
	struct wax_dmarc_view view;

	view = wax_check_dmarc(&findings,
	    check_zone(arena, "a.d.example A 192.0.2.1"), NULL, domain, false,
	    DEADLINE);
	ck_assert(wax_domain_is_none(view.psl_domain));
	ck_assert_wax_str_eq(findings.list.v[0].name, "_dmarc.a.d.example");
}
END_TEST

Suite *
wax_dmarc_view_suite(void)
{
	Suite *suite = suite_create("dmarc view");
	TCase *tcase = tcase_create("dmarc view");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, one_domain, 0, N(rows));
	tcase_add_loop_test(tcase, proposal_mends, 0, N(rows));
	tcase_add_loop_test(tcase, each_id_has_a_domain, WAX_F_DMARC_NONE,
	    WAX_F_DMARC_UNKNOWN + 1);
	tcase_add_loop_test(tcase, policies_that_apply, 0, N(policy_rows));
	tcase_add_test(tcase, walk_name_by_name);
	tcase_add_test(tcase, walk_ends_at_psd);
	tcase_add_test(tcase, octets_of_others_are_escaped);
	tcase_add_test(tcase, without_a_list);
	suite_add_tcase(suite, tcase);
	return suite;
}
