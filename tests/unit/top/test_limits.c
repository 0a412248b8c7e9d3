/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each limit of a message, judged at its maximum and one beyond it, under
 * every policy and every on-limit: what is documented comes out, it is never
 * a temporary failure, and no forged message gets away with less because a
 * limit was exceeded. (tests/LIMITS.md has the tests of each limit alone.)
 */
#include <string.h>

#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "tests/support/suite.h"
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

/* A message to come, and what it is judged by. */
struct draft {
	size_t over; /* 0: at the maximum, 1: one beyond */
	const char *author;
	struct wax_text head, zone, spf;
	/* Signed by the author unless this is NULL. */
	const char *key;
	size_t n_tags;
	const char *tag[WAX_TAGS_MAX];
	const char *h;
	size_t copies; /* broken signatures in front of the good one */
	const char *copy_tag;
	bool copies_differ; /* in their selectors */
	size_t record_bytes;
	size_t n_keys; /* TXT records at the name of the key */
};

static void
add_many(struct wax_text *text, const char *part, size_t n)
{
	while (n-- > 0)
		wax_text_addz(text, part);
}

/* --- the limits ----------------------------------------------------------- */

static void
fields(struct draft *d)
{
	/* And From, and the signature. */
	add_many(&d->head, "X: y\r\n", WAX_FIELDS_DEFAULT - 2 + d->over);
}

static void
field_bytes(struct draft *d)
{
	wax_text_addz(&d->head, "X: ");
	add_many(&d->head, "x", WAX_FIELD_BYTES_DEFAULT - 1 + d->over);
	wax_text_addz(&d->head, "\r\n");
}

static void
header_bytes(struct draft *d)
{
	/* 20 fields of 50,000 octets, and what signature and From leave: the
	 * exact octet is in test_evaluation.c. */
	b.policy.max_header_bytes = d->over ? 1000000 : 1100000;
	for (unsigned i = 0; i < 20; i++) {
		wax_text_addz(&d->head, "X:");
		add_many(&d->head, "x", 50000);
		wax_text_addz(&d->head, "\r\n");
	}
}

static void
from_addresses(struct draft *d)
{
	struct wax_text author;

	wax_text_init(&author, b.arena);
	add_many(&author, "a@bank.example, ",
	    WAX_FROM_ADDRESSES_DEFAULT - 1 + d->over);
	wax_text_addz(&author, "b@bank.example");
	d->author = author.p;
}

static void
comment_depth(struct draft *d)
{
	struct wax_text author;

	wax_text_init(&author, b.arena);
	add_many(&author, "(", WAX_COMMENT_DEPTH_MAX + d->over);
	add_many(&author, ")", WAX_COMMENT_DEPTH_MAX + d->over);
	wax_text_addz(&author, " a@bank.example");
	d->author = author.p;
}

static void
author_domain(struct draft *d, size_t first_label)
{
	struct wax_text author;

	wax_text_init(&author, b.arena);
	wax_text_addz(&author, "a@");
	add_many(&author, "x", first_label + d->over);
	wax_text_addz(&author, ".bank.example");
	d->author = author.p;
}

static void
label_bytes(struct draft *d)
{
	author_domain(d, WAX_LABEL_MAX);
}

static void
domain_bytes(struct draft *d)
{
	struct wax_text author;

	wax_text_init(&author, b.arena);
	wax_text_addz(&author, "a@");
	add_many(&author, "x", 10 + d->over);
	wax_text_addz(&author, ".");
	add_many(&author, "abcdefghi.", 23);
	wax_text_addz(&author, "bank.example");
	ck_assert_uint_eq(author.n - 2, WAX_DOMAIN_MAX + d->over);
	d->author = author.p;
}

static void
signatures(struct draft *d)
{
	d->copies = WAX_SIGNATURES_DEFAULT - 1 + d->over;
}

static void
key_lookups(struct draft *d)
{
	b.policy.max_signatures = 100;
	d->copies = WAX_KEY_LOOKUPS_DEFAULT - 1 + d->over;
	d->copies_differ = true;
}

static void
body_hashes(struct draft *d)
{
	d->copies = WAX_BODY_HASHES_DEFAULT - 1 + d->over;
	d->copy_tag = "l";
}

static void
signed_names(struct draft *d)
{
	struct wax_text h;

	wax_text_init(&h, b.arena);
	add_many(&h, "x:", WAX_SIGNED_NAMES_DEFAULT - 1 + d->over);
	wax_text_addz(&h, "from");
	d->h = h.p;
}

static void
key_bits(struct draft *d)
{
	d->key = "rsa4096";
	b.policy.max_key_bits = WAX_KEY_BITS_DEFAULT - d->over;
}

static void
min_key_bits(struct draft *d)
{
	d->key = d->over ? "rsa1023" : "rsa1024";
}

static void
key_record_bytes(struct draft *d)
{
	d->record_bytes = WAX_KEY_RECORD_BYTES_MAX + d->over;
}

static void
tags(struct draft *d)
{
	/* v a c d s h bh b are there. */
	d->n_tags = WAX_TAGS_MAX - 8 + d->over;
	for (size_t i = 0; i < d->n_tags; i++)
		d->tag[i] = wax_textf(b.arena, "x%zu=y", i).p;
}

static void
records_of_a_key(struct draft *d)
{
	d->n_keys = WAX_DNS_RECORDS_MAX + d->over;
}

/* SPF alone from here on. */
static void
spf_terms(struct draft *d)
{
	d->key = NULL;
	wax_text_addz(&d->zone, "h.example A 192.0.2.9\n");
	add_many(&d->spf, " a:h.example", WAX_SPF_TERMS_MAX + d->over);
}

static void
spf_voids(struct draft *d)
{
	d->key = NULL;
	add_many(&d->spf, " a:nowhere.example", WAX_SPF_VOIDS_MAX + d->over);
}

static void
spf_mx(struct draft *d)
{
	d->key = NULL;
	wax_text_addz(&d->spf, " mx:h.example");
	for (size_t i = 0; i < WAX_SPF_MX_MAX + d->over; i++)
		wax_text_addf(&d->zone,
		    "h.example MX 0 m%zu.example\nm%zu.example A 192.0.2.9\n",
		    i, i);
}

/* The tenth name is the one that counts. */
static void
spf_ptr(struct draft *d)
{
	d->key = NULL;
	wax_text_addz(&d->spf, " ptr:p.example -all");
	for (size_t i = 1; i < WAX_SPF_PTR_MAX + d->over; i++)
		wax_text_addf(
		    &d->zone, "7.2.0.192.in-addr.arpa PTR n%zu.example\n", i);
	wax_text_addz(&d->zone, "7.2.0.192.in-addr.arpa PTR h.p.example\n"
	                        "h.p.example A 192.0.2.7\n");
}

static void
spf_record_bytes(struct draft *d)
{
	d->key = NULL;
	wax_text_addz(&d->spf, " x=");
	add_many(&d->spf, "x",
	    WAX_SPF_RECORD_BYTES_DEFAULT - strlen("v=spf1 x= ip4:192.0.2.7") +
	        d->over);
}

static void
dns_queries(struct draft *d)
{
	d->key = NULL;
	for (size_t i = 0; i < 8; i++) {
		wax_text_addf(&d->spf, " a:h%zu.example", i);
		wax_text_addf(&d->zone, "h%zu.example A 192.0.2.9\n", i);
	}
	b.policy.max_dns_queries = 9 + WAX_DNS_QUERIES_RESERVED - d->over;
}

static void
records_of_a_host(struct draft *d)
{
	d->key = NULL;
	wax_text_addz(&d->spf, " a:h.example");
	for (size_t i = 0; i < WAX_DNS_RECORDS_MAX + d->over; i++)
		wax_text_addf(&d->zone, "h.example A 192.0.%zu.%zu\n",
		    100 + i / 250, 1 + i % 250);
}

static void
recipients(struct draft *d)
{
	b.policy.max_recipients = 1; /* test_recipients_at_the_bound */
	(void)d;
}

static const struct {
	const char *name;
	void (*make)(struct draft *draft);
	bool is_harmless;   /* beyond it nothing is lost */
	bool limits_decide; /* on-limit does, where no policy refuses */
	bool is_bad_from;
} rows[] = {
	{ "max-fields", fields, false, true, false },
	{ "max-field-bytes", field_bytes, false, true, false },
	{ "max-header-bytes", header_bytes, false, true, false },
	{ "max-recipients", recipients, true, false, false },
	{ "max-from-addresses", from_addresses, false, false, true },
	{ "depth of comments", comment_depth, false, false, true },
	{ "length of a label", label_bytes, false, false, true },
	{ "length of a domain", domain_bytes, false, false, true },
	{ "max-signatures", signatures, false, false, false },
	{ "max-key-lookups", key_lookups, false, false, false },
	{ "max-body-hashes", body_hashes, false, false, false },
	{ "max-signed-names", signed_names, false, false, false },
	{ "max-key-bits", key_bits, false, false, false },
	{ "1024 bits of a key", min_key_bits, false, false, false },
	{ "length of a key record", key_record_bytes, false, false, false },
	{ "tags of a signature", tags, false, false, false },
	{ "records at a key's name", records_of_a_key, false, false, false },
	{ "terms of SPF", spf_terms, false, false, false },
	{ "void lookups of SPF", spf_voids, false, false, false },
	{ "MX hosts of SPF", spf_mx, false, false, false },
	{ "PTR names of SPF", spf_ptr, false, false, false },
	{ "max-spf-record-bytes", spf_record_bytes, false, false, false },
	{ "max-dns-queries", dns_queries, false, true, false },
	{ "records of a host", records_of_a_host, false, false, false },
};

/* --- the message ---------------------------------------------------------- */

static const char *const policies[] = { "none", "quarantine", "reject" };
static const enum wax_action limit_actions[] = { WAX_ACCEPT, WAX_QUARANTINE,
	WAX_REJECT };

/* Signatures that look like the good one, and are not. */
static void
add_copies(struct wax_text *out, const struct draft *d, struct wax_str good)
{
	size_t at = wax_str_find(good, ' ');
	struct wax_str name = wax_str_head(good, at);

	for (size_t i = 0; i < d->copies; i++) {
		wax_text_add(out, name);
		wax_text_addf(out,
		    " v=1; a=ed25519-sha256; d=bank.example; s=s%zu; h=from; "
		    "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA",
		    d->copies_differ ? i + 2 : 1);
		if (d->copy_tag != NULL)
			wax_text_addf(out, "; %s=%zu", d->copy_tag, i);
		wax_text_addz(out, "\r\n");
	}
}

static struct wax_str
key_record(const struct draft *d)
{
	struct wax_text record;

	wax_text_init(&record, b.arena);
	wax_text_add(&record, bench_key(&b, d->key));
	if (d->record_bytes > 0) {
		wax_text_addz(&record, "; n=");
		while (record.n < d->record_bytes)
			wax_text_addc(&record, 'x');
	}
	return wax_text_str(&record);
}

static void
publish_key(struct draft *d)
{
	struct wax_str record = key_record(d);

	for (size_t i = 1; i < d->n_keys; i++)
		wax_text_addf(
		    &d->zone, "s1._domainkey.bank.example TXT x%zu\n", i);
	wax_text_addf(
	    &d->zone, "s1._domainkey.bank.example TXT %.*s\n", WAX_FMT(record));
}

/* Signed, with broken signatures in front of the good one. */
static void
sign(struct draft *d)
{
	const struct wax_sign_request request = {
		.domain = "bank.example",
		.selector = "s1",
		.h = d->h,
		.n_tags = d->n_tags,
		.tag = d->tag,
	};
	struct wax_str good = bench_sign(&b, d->key, &request);
	struct wax_text all;

	wax_text_init(&all, b.arena);
	add_copies(&all, d, good);
	wax_text_add(&all, good);
	b.message = wax_text_str(&all);
}

static enum wax_action
judge(int row, size_t over, const char *policy, bool forged)
{
	struct draft d = { .over = over,
		.author = "info@bank.example",
		.key = "ed25519",
		.n_keys = 1 };

	b.policy.max_dns_queries = WAX_DNS_QUERIES_DEFAULT;
	b.policy.max_signatures = WAX_SIGNATURES_DEFAULT;
	wax_text_init(&d.head, b.arena);
	wax_text_init(&d.zone, b.arena);
	wax_text_init(&d.spf, b.arena);
	rows[row].make(&d);
	/* A forged message comes from elsewhere, or was changed. */
	b.connection.client =
	    wax_ip_from4((const unsigned char[]){ 192, 0, 2, forged ? 66 : 7 });
	wax_text_addf(&d.zone,
	    "_dmarc.bank.example TXT v=DMARC1; p=%s\n"
	    "bank.example TXT v=spf1%.*s ip4:%s\n",
	    policy, WAX_FMT(wax_text_str(&d.spf)),
	    d.key == NULL ? "192.0.2.7" : "198.51.100.1");
	b.message = wax_textf(b.arena, "%.*sFrom: %s\r\n\r\nHello\r\n",
	    WAX_FMT(wax_text_str(&d.head)), d.author);
	if (d.key != NULL) {
		publish_key(&d);
		sign(&d);
	}
	if (forged && d.key != NULL)
		b.message =
		    wax_textf(b.arena, "%.*sand more\r\n", WAX_FMT(b.message));
	return bench_judge(&b, wax_text_str(&d.zone));
}

static enum wax_action
stricter(enum wax_action a, enum wax_action x)
{
	return a > x ? a : x;
}

/* What is documented for an authentic message one beyond the limit. */
static enum wax_action
beyond(int row, size_t policy)
{
	static const enum wax_action asked_for[] = { WAX_ACCEPT, WAX_QUARANTINE,
		WAX_REJECT };

	if (rows[row].is_harmless)
		return WAX_ACCEPT;
	if (rows[row].is_bad_from)
		return WAX_REJECT;
	return rows[row].limits_decide
	           ? stricter(asked_for[policy], b.policy.on_limit)
	           : asked_for[policy];
}

static void
check(int row, size_t policy)
{
	enum wax_action at = judge(row, 0, policies[policy], false);
	enum wax_action over = judge(row, 1, policies[policy], false);
	enum wax_action forged_at = judge(row, 0, policies[policy], true);
	enum wax_action forged_over = judge(row, 1, policies[policy], true);

	ck_assert_msg(at == WAX_ACCEPT, "%s, %s: at the maximum %s",
	    rows[row].name, policies[policy], wax_action_word(at));
	ck_assert_msg(over == beyond(row, policy), "%s, %s: beyond it %s",
	    rows[row].name, policies[policy], wax_action_word(over));
	ck_assert_msg(forged_at != WAX_TEMPFAIL && forged_over != WAX_TEMPFAIL,
	    "%s, %s: forged %s, %s", rows[row].name, policies[policy],
	    wax_action_word(forged_at), wax_action_word(forged_over));
	ck_assert_msg(forged_over >= forged_at,
	    "%s, %s: forged and beyond the limit %s in place of %s",
	    rows[row].name, policies[policy], wax_action_word(forged_over),
	    wax_action_word(forged_at));
}

START_TEST(test_limit_of_a_message)
{
	for (size_t limit = 0; limit < 3; limit++)
		for (size_t policy = 0; policy < 3; policy++) {
			b.policy.on_limit = limit_actions[limit];
			check(_i, policy);
			bench_close(&b);
			bench_open(&b);
		}
}
END_TEST

Suite *
wax_limits_suite(void)
{
	Suite *s = suite_create("limits");
	TCase *tc = tcase_create("limits");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_limit_of_a_message, 0,
	    (int)(sizeof rows / sizeof rows[0]));
	suite_add_tcase(s, tc);
	return s;
}
