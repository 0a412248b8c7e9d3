/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A missing answer, over whole messages: which question fails, what else
 * passed, and what the policy is. For each question that a message asks, the
 * answer is withheld, and then replaced by each answer that it could have
 * been. What must hold:
 *
 *   - if the message is not deferred, none of those answers leads to another
 *     action;
 *   - if it is deferred, two of them lead to different actions.
 */
#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "tests/unit/top/bench.h"
#include "tests/unit/top/suites.h"

static struct bench b;

static void
setup(void)
{
	bench_open(&b);
}

static void
teardown(void)
{
	bench_close(&b);
}

/* A zone as lines, of which one question's can be replaced. */
struct record {
	const char *owner, *type;
	struct wax_str text;
};

struct world {
	WAX_VEC(struct record) records;
};

static void
add(struct world *world, const char *owner, const char *type,
    struct wax_str text)
{
	WAX_PUSH(
	    b.arena, &world->records, (struct record){ owner, type, text });
}

static bool
answers(const struct record *record, const struct wax_question *question)
{
	return wax_str_ieq(wax_str_of(record->owner), question->qname) &&
	       wax_str_eq(wax_str_of(record->type),
	           wax_str_of(wax_rrtype_word(question->type)));
}

/* The zone; with a question, its answer replaced by `line` ("%s" of it is
 * the owner and type). */
static struct wax_str
zone_text(const struct world *world, const struct wax_question *question,
    struct wax_str line)
{
	struct wax_text text;

	wax_text_init(&text, b.arena);
	for (size_t i = 0; i < world->records.n; i++) {
		const struct record *record = &world->records.v[i];

		if (question == NULL || !answers(record, question))
			wax_text_addf(&text, "%s %s %.*s\n", record->owner,
			    record->type, WAX_FMT(record->text));
	}
	wax_text_add(&text, line);
	return wax_text_str(&text);
}

static struct wax_str
fault(const struct wax_question *question, const char *what)
{
	return wax_textf(b.arena, "%.*s FAULT %s %s\n",
	    WAX_FMT(question->qname), what, wax_rrtype_word(question->type));
}

static struct wax_str
txt(const struct wax_question *question, const char *text)
{
	return wax_textf(
	    b.arena, "%.*s TXT %s\n", WAX_FMT(question->qname), text);
}

static bool
contains(struct wax_str s, const char *part)
{
	struct wax_str p = wax_str_of(part);

	for (size_t i = 0; i + p.n <= s.n; i++)
		if (wax_str_starts(wax_str_from(s, i), p))
			return true;
	return false;
}

/* What could have been said to a question, beside the truth. */
static const char *const records[] = {
	"v=DMARC1; p=none",
	"v=DMARC1; p=quarantine",
	"v=DMARC1; p=reject",
	"v=DMARC1; p=reject; sp=none; np=quarantine",
	"v=DMARC1; p=none; sp=reject; np=none",
	"v=DMARC1; p=none; sp=none; np=reject",
	"v=DMARC1; p=reject; psd=n",
	"v=DMARC1; p=reject; psd=y",
	"v=DMARC1; p=reject; aspf=s; adkim=s",
	"v=DMARC1; p=reject; t=y",
	"v=DMARC1; p=bogus",
	NULL,
};
static const char *const senders[] = {
	"v=spf1 +all",
	"v=spf1 -all",
	"v=spf1 ?all",
	"v=spf1 bogus",
	NULL,
};
static const char *const keys[] = {
	"v=DKIM1; p=",
	"v=DKIM1; p=AAAA",
	NULL,
};

/* What withholding and replacing one answer shows. */
struct probe {
	const struct world *world;
	const struct wax_question *question;
	enum wax_action action; /* without the answer */
	bool is_pass;           /* DMARC passed without it */
	unsigned possible;      /* the actions that answers lead to: bits */
};

/*
 * An aligned pass counts as one even if the record is what is missing: that
 * there may be none is no reason to look at on-spf-fail and on-dkim-fail.
 */
static void
try_zone(struct probe *probe, struct wax_str zone)
{
	enum wax_action action = bench_judge(&b, zone);

	if (!probe->is_pass || b.results->dmarc.result != WAX_NONE)
		probe->possible |= 1u << action;
}

static void
try_answer(struct probe *probe, struct wax_str line)
{
	try_zone(probe, zone_text(probe->world, probe->question, line));
}

static void
try_texts(struct probe *probe, const char *const *texts)
{
	for (size_t i = 0; texts[i] != NULL; i++)
		try_answer(probe, txt(probe->question, texts[i]));
}

static void
try_answers(struct probe *probe)
{
	const struct wax_question *question = probe->question;

	try_zone(probe, zone_text(probe->world, NULL, WAX_STR("")));
	try_answer(probe, fault(question, "nxdomain"));
	if (question->type != WAX_RR_TXT) {
		try_answer(probe, txt(question, "it exists"));
	} else if (contains(question->qname, "_dmarc.")) {
		try_texts(probe, records);
	} else if (contains(question->qname, "_domainkey.")) {
		try_texts(probe, keys);
		try_answer(probe, txt(question, bench_key(&b, "rsa2048").p));
		try_answer(
		    probe, txt(question, bench_key(&b, "other-rsa2048").p));
	} else {
		try_texts(probe, senders);
	}
}

static bool
is_one(unsigned actions)
{
	return (actions & (actions - 1)) == 0;
}

static void
check_question(const struct world *world, const char *name,
    const struct wax_question *question, bool is_broken)
{
	struct probe probe = { .world = world, .question = question };

	probe.action = bench_judge(
	    &b, zone_text(world, question, fault(question, "servfail")));
	probe.is_pass = b.results->dmarc.result == WAX_PASS;
	try_answers(&probe);
	/* Which key makes a broken signature pass, nobody can try. */
	if (is_broken && contains(question->qname, "_domainkey."))
		probe.possible |= 1u << WAX_ACCEPT;
	if (probe.action == WAX_TEMPFAIL)
		ck_assert_msg(!is_one(probe.possible),
		    "%s: deferred for %s %.*s, though all answers lead to the "
		    "same",
		    name, wax_rrtype_word(question->type),
		    WAX_FMT(question->qname));
	else
		ck_assert_msg(probe.possible == 1u << probe.action,
		    "%s: %s without %s %.*s, though an answer could change it",
		    name, wax_action_word(probe.action),
		    wax_rrtype_word(question->type), WAX_FMT(question->qname));
}

/* What the message is. */
enum message {
	PLAIN,
	AUTHOR_SIGNED,
	AUTHOR_BROKEN,
	LIST_SIGNED, /* with a List-Id of it */
	N_MESSAGES
};
enum sender {
	SENDER_AUTHOR, /* MAIL FROM of the author, SPF pass */
	SENDER_SPOOF,  /* the same from elsewhere, SPF fail */
	SENDER_LIST,   /* MAIL FROM of a list, SPF pass */
	SENDER_SUB,    /* MAIL FROM of a subdomain, SPF pass */
	N_SENDERS
};

static void
prepare_message(enum message message, struct world *world)
{
	switch (message) {
	case AUTHOR_SIGNED:
		b.message = bench_signed(&b, "rsa2048", "bank.example");
		add(world, "s1._domainkey.bank.example", "TXT",
		    bench_key(&b, "rsa2048"));
		break;
	case AUTHOR_BROKEN:
		b.message = bench_signed(&b, "rsa2048", "bank.example");
		b.message =
		    wax_textf(b.arena, "%.*smore\r\n", WAX_FMT(b.message));
		add(world, "s1._domainkey.bank.example", "TXT",
		    bench_key(&b, "rsa2048"));
		break;
	case LIST_SIGNED:
		b.message = wax_textf(b.arena,
		    "List-Id: <dev.list.example>\r\n%.*s", WAX_FMT(b.message));
		b.message = bench_signed(&b, "rsa2048", "list.example");
		add(world, "s1._domainkey.list.example", "TXT",
		    bench_key(&b, "rsa2048"));
		break;
	case PLAIN:
	case N_MESSAGES:
		break;
	}
}

static void
prepare_sender(enum sender sender, struct world *world)
{
	add(world, "bank.example", "TXT", WAX_STR("v=spf1 ip4:192.0.2.7 -all"));
	switch (sender) {
	case SENDER_SPOOF:
		b.connection.client.octet[3] = 66;
		break;
	case SENDER_LIST:
		b.envelope.mail_argument = WAX_STR("<b@list.example>");
		add(world, "list.example", "TXT",
		    WAX_STR("v=spf1 ip4:192.0.2.7 -all"));
		break;
	case SENDER_SUB:
		b.envelope.mail_argument = WAX_STR("<b@sub.bank.example>");
		add(world, "sub.bank.example", "TXT",
		    WAX_STR("v=spf1 ip4:192.0.2.7 -all"));
		break;
	case SENDER_AUTHOR:
	case N_SENDERS:
		break;
	}
}

static void
check_all_questions(const struct world *world, const char *name, bool is_broken)
{
	const struct wax_question *question;
	size_t n;

	(void)bench_judge(&b, zone_text(world, NULL, WAX_STR("")));
	question = b.results->question;
	n = b.results->n_questions;
	ck_assert_uint_gt(n, 2);
	for (size_t i = 0; i < n; i++)
		check_question(world, name, &question[i], is_broken);
}

static const char *const policies[] = {
	"v=DMARC1; p=none",
	"v=DMARC1; p=quarantine",
	"v=DMARC1; p=reject",
	"v=DMARC1; p=reject; aspf=s; adkim=s",
};
#define N_POLICIES (sizeof policies / sizeof policies[0])

static void
check_message(int number, struct wax_local_policy policy, const char *name)
{
	enum message message = (enum message)(number % N_MESSAGES);
	enum sender sender = (enum sender)(number / N_MESSAGES % N_SENDERS);
	const char *text = policies[(size_t)number / N_MESSAGES / N_SENDERS];
	struct world world = { 0 };
	struct wax_str full = wax_textf(b.arena,
	    "%s, message %d, sender %d, %s", name, message, sender, text);

	b.policy = policy;
	add(&world, "_dmarc.bank.example", "TXT", wax_str_of(text));
	prepare_message(message, &world);
	prepare_sender(sender, &world);
	check_all_questions(&world, full.p, message == AUTHOR_BROKEN);
}

#define N_ROWS (int)(N_MESSAGES * N_SENDERS * N_POLICIES)

START_TEST(test_trouble)
{
	check_message(_i, b.policy, "defaults");
}
END_TEST

START_TEST(test_trouble_with_more_rules)
{
	struct wax_local_policy policy = b.policy;

	policy.on_spf_fail = WAX_REJECT;
	policy.on_dkim_fail = WAX_QUARANTINE;
	policy.on_reject = WAX_REJECT_QUARANTINE;
	check_message(_i, policy, "on-spf-fail, on-dkim-fail");
}
END_TEST

/* A subdomain's mail, where sp, np and existence matter. */
START_TEST(test_trouble_of_subdomains)
{
	static const char *const texts[] = {
		"v=DMARC1; p=none; sp=reject; np=none",
		"v=DMARC1; p=none; sp=quarantine; np=reject",
		"v=DMARC1; p=reject; sp=none; np=none",
	};
	struct world world = { 0 };

	b.message = WAX_STR("From: <info@news.bank.example>\r\n\r\nHello\r\n");
	add(&world, "_dmarc.bank.example", "TXT", wax_str_of(texts[_i]));
	prepare_sender(SENDER_SPOOF, &world);
	check_all_questions(&world, texts[_i], false);
	add(&world, "news.bank.example", "A", WAX_STR("192.0.2.80"));
	check_all_questions(&world, texts[_i], false);
}
END_TEST

Suite *
wax_trouble_suite(void)
{
	Suite *s = suite_create("trouble");
	TCase *tc = tcase_create("trouble");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_trouble, 0, N_ROWS);
	tcase_add_loop_test(tc, test_trouble_with_more_rules, 0, N_ROWS);
	tcase_add_loop_test(tc, test_trouble_of_subdomains, 0, 3);
	suite_add_tcase(s, tc);
	return s;
}
