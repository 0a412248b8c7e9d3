/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rua_verify.c - whether destinations want reports and can get them, as far
 * as the DNS knows.                                       RFC 9990 s4
 *
 * An answer that is missing is never consent: the destination is asked again
 * another time. What a bound of ours hides (WAX_DNS_LIMIT) stays hidden: it
 * is no consent either, and no proof of one organization.
 */
#include "policy/report/rua.h"

#include "policy/auth/dmarc_record.h"
#include "policy/auth/dmarc_walk.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "policy/report/rua_impl.h"

struct inquiry {
	struct wax_arena *arena;
	struct wax_resolver *resolver;
	struct wax_domain policy_domain;
	const struct wax_rua_options *options;
	wax_deadline deadline;
	WAX_VEC(struct wax_rua_destination) list;
	size_t n_taken; /* to be sent to, now or later */
};

static const struct wax_answer *
ask(const struct inquiry *inquiry, struct wax_str name, enum wax_rrtype type)
{
	return wax_dns_lookup(
	    inquiry->resolver, inquiry->arena, name, type, inquiry->deadline);
}

static void
add(struct inquiry *inquiry, struct wax_rua_destination destination)
{
	if (destination.state != WAX_RUA_REFUSED)
		inquiry->n_taken++;
	WAX_PUSH(inquiry->arena, &inquiry->list, destination);
}

static void
add_refused(struct inquiry *inquiry, struct wax_rua_destination destination,
    enum wax_rua_cause cause, struct wax_str why)
{
	wax_rua_refuse(&destination, cause, why);
	add(inquiry, destination);
}

static void
add_retry(struct inquiry *inquiry, struct wax_rua_destination destination,
    struct wax_str why)
{
	destination.state = WAX_RUA_RETRY;
	destination.cause = WAX_RUA_NO_ANSWER;
	destination.why = why;
	add(inquiry, destination);
}

/* ---- whether mail can be delivered --------------------------------------- */

/* WAX_RUA_SEND: nothing is known against a host. */
struct reach {
	enum wax_rua_state state;
	struct wax_str why;
};

static struct reach
reach_unknown(const struct inquiry *inquiry, struct wax_str host)
{
	return (struct reach){ WAX_RUA_RETRY,
		wax_textf(
		    inquiry->arena, "no answer about %.*s", WAX_FMT(host)) };
}

static struct reach
reach_none(
    const struct inquiry *inquiry, struct wax_str host, const char *because)
{
	return (struct reach){ WAX_RUA_REFUSED,
		wax_textf(inquiry->arena, "%.*s %s", WAX_FMT(host), because) };
}

/* RFC 7505 s3: one MX, and it names the root. */
static bool
is_null_mx(const struct wax_answer *mx)
{
	return mx->n == 1 && wax_str_eq(mx->rr[0].mx.host, WAX_STR("."));
}

/* Without MX the host itself is the server.              RFC 5321 s5.1 */
static struct reach
reach_by_addresses(const struct inquiry *inquiry, struct wax_str host)
{
	static const enum wax_rrtype types[] = { WAX_RR_A, WAX_RR_AAAA };
	bool is_missing = false;

	for (size_t i = 0; i < 2; i++)
		switch (ask(inquiry, host, types[i])->status) {
		case WAX_DNS_OK:
		case WAX_DNS_LIMIT: /* more addresses than we count */
			return (struct reach){ .state = WAX_RUA_SEND };
		case WAX_DNS_TEMPFAIL:
			is_missing = true;
			break;
		case WAX_DNS_NODATA:
		case WAX_DNS_NXDOMAIN:
			break;
		}
	return is_missing
	           ? reach_unknown(inquiry, host)
	           : reach_none(inquiry, host, "has neither MX nor address");
}

static struct reach
reach_of(const struct inquiry *inquiry, struct wax_str host)
{
	const struct wax_answer *mx = ask(inquiry, host, WAX_RR_MX);

	switch (mx->status) {
	case WAX_DNS_OK:
		if (is_null_mx(mx))
			return reach_none(
			    inquiry, host, "takes no mail (null MX)");
		break;
	case WAX_DNS_LIMIT: /* more servers than we count */
		break;
	case WAX_DNS_NODATA:
		return reach_by_addresses(inquiry, host);
	case WAX_DNS_NXDOMAIN:
		return reach_none(inquiry, host, "does not exist");
	case WAX_DNS_TEMPFAIL:
		return reach_unknown(inquiry, host);
	}
	return (struct reach){ .state = WAX_RUA_SEND };
}

/*
 * A destination that nothing else speaks against, by these addresses at its
 * host. What comes twice, or behind the last that is allowed, is left out;
 * the latter is told once.
 */
static void
deliver(struct inquiry *inquiry, struct wax_rua_destination destination,
    size_t n, const struct wax_str *address)
{
	struct reach reach = reach_of(inquiry, destination.host.text);

	if (reach.state == WAX_RUA_REFUSED) {
		add_refused(inquiry, destination, WAX_RUA_NO_MAIL, reach.why);
		return;
	}
	destination.state = reach.state;
	if (reach.state == WAX_RUA_RETRY)
		destination.cause = WAX_RUA_NO_ANSWER;
	destination.why = reach.why;
	for (size_t i = 0; i < n; i++) {
		if (wax_rua_has_address(
		        inquiry->list.v, inquiry->list.n, address[i]))
			continue;
		if (inquiry->n_taken >= inquiry->options->max_uris) {
			add_refused(inquiry, destination, WAX_RUA_TOO_MANY,
			    WAX_STR(WAX_RUA_BEYOND));
			return;
		}
		destination.address = address[i];
		add(inquiry, destination);
	}
}

/* ---- whether it is the policy domain's own ------------------------------- */

enum relation {
	RELATION_OWN,
	RELATION_OTHER,
	RELATION_UNKNOWN
};

/*
 * An Organizational Domain has two labels or more, and is the end of all its
 * domains: those that share less need no walk.        RFC 9989 s4.10.2
 */
static bool
is_surely_other(const struct inquiry *inquiry, struct wax_domain host)
{
	return wax_domain_common(inquiry->policy_domain, host) < 2;
}

static enum relation
relation_of(const struct inquiry *inquiry, struct wax_domain host)
{
	struct wax_walk own, other;

	if (wax_domain_eq(inquiry->policy_domain, host))
		return RELATION_OWN;
	if (is_surely_other(inquiry, host))
		return RELATION_OTHER;
	own = wax_walk_run(inquiry->arena, inquiry->resolver,
	    inquiry->policy_domain, inquiry->deadline);
	other = wax_walk_run(
	    inquiry->arena, inquiry->resolver, host, inquiry->deadline);
	if (own.incomplete || other.incomplete)
		return RELATION_UNKNOWN;
	if (own.limit_hit || other.limit_hit ||
	    !wax_domain_eq(wax_walk_guarded_org_domain(&own),
	        wax_walk_guarded_org_domain(&other)))
		return RELATION_OTHER;
	return RELATION_OWN;
}

/* ---- whether another wants it -------------------------------------------- */

static struct wax_str
consent_name(const struct inquiry *inquiry, struct wax_domain host)
{
	return wax_textf(inquiry->arena, "%.*s._report._dmarc.%.*s",
	    WAX_FMT(inquiry->policy_domain.text), WAX_FMT(host.text));
}

/*
 * The addresses that one consenting record names in place of the published
 * one: *n of them, or none if one is at another host.
 */
static const struct wax_rua_destination *
read_override(const struct inquiry *inquiry, struct wax_str rua,
    struct wax_domain host, size_t *n)
{
	struct wax_rua_options options = { .max_uris = WAX_RUA_ITEMS_MAX,
		.own_address = inquiry->options->own_address };
	const struct wax_rua_destination *named =
	    wax_rua_parse(inquiry->arena, rua, &options, n);

	for (size_t i = 0; i < *n; i++)
		if (named[i].state == WAX_RUA_SEND &&
		    !wax_domain_eq(named[i].host, host))
			*n = 0;
	return named;
}

/* What the records of a destination's consent say together. */
struct consent {
	bool is_given;
	bool has_override;
	WAX_VEC(struct wax_str) addresses; /* in its place */
};

static void
take_consent(const struct inquiry *inquiry, struct wax_str text,
    struct wax_domain host, struct consent *consent)
{
	struct wax_dmarc_record record =
	    wax_dmarc_record_parse(inquiry->arena, text);
	const struct wax_rua_destination *named;
	size_t n;

	consent->is_given = true;
	if (!record.has_rua)
		return;
	consent->has_override = true;
	named = read_override(inquiry, record.rua, host, &n);
	for (size_t i = 0; i < n; i++)
		if (named[i].state == WAX_RUA_SEND &&
		    consent->addresses.n < WAX_RUA_ITEMS_MAX)
			WAX_PUSH(inquiry->arena, &consent->addresses,
			    named[i].address);
}

/* RFC 9990 s4: any record that is one consents, whatever is beside it. */
static struct consent
read_consent(const struct inquiry *inquiry, const struct wax_answer *answer,
    struct wax_domain host)
{
	struct consent consent = { .is_given = false };

	for (size_t i = 0; i < answer->n; i++) {
		struct wax_str text = answer->rr[i].txt.text;

		if (wax_dmarc_record_is(text))
			take_consent(inquiry, text, host, &consent);
	}
	return consent;
}

static void
deliver_as_told(struct inquiry *inquiry, struct wax_rua_destination destination,
    const struct consent *consent, struct wax_str name)
{
	if (!consent->is_given) {
		add_refused(inquiry, destination, WAX_RUA_NO_CONSENT,
		    wax_textf(
		        inquiry->arena, "no consent at %.*s", WAX_FMT(name)));
		return;
	}
	if (!consent->has_override) {
		deliver(inquiry, destination, 1, &destination.address);
		return;
	}
	if (consent->addresses.n == 0) {
		/* Neither the one nor the other gets it. */
		add_refused(inquiry, destination, WAX_RUA_NO_CONSENT,
		    wax_textf(inquiry->arena,
		        "%.*s names no usable address at the same host",
		        WAX_FMT(name)));
		return;
	}
	deliver(
	    inquiry, destination, consent->addresses.n, consent->addresses.v);
}

static void
deliver_if_wanted(
    struct inquiry *inquiry, struct wax_rua_destination destination)
{
	struct wax_str name = consent_name(inquiry, destination.host);
	const struct wax_answer *answer;
	struct consent consent;

	if (name.n > WAX_DOMAIN_MAX) {
		add_refused(inquiry, destination, WAX_RUA_NO_CONSENT,
		    WAX_STR("its consent would have too long a name"));
		return;
	}
	answer = ask(inquiry, name, WAX_RR_TXT);
	if (answer->status == WAX_DNS_TEMPFAIL) {
		add_retry(inquiry, destination,
		    wax_textf(
		        inquiry->arena, "no answer about %.*s", WAX_FMT(name)));
		return;
	}
	consent = read_consent(inquiry, answer, destination.host);
	deliver_as_told(inquiry, destination, &consent, name);
}

static void
verify(struct inquiry *inquiry, struct wax_rua_destination destination)
{
	switch (relation_of(inquiry, destination.host)) {
	case RELATION_OWN:
		deliver(inquiry, destination, 1, &destination.address);
		break;
	case RELATION_OTHER:
		deliver_if_wanted(inquiry, destination);
		break;
	case RELATION_UNKNOWN:
		add_retry(inquiry, destination,
		    wax_textf(inquiry->arena,
		        "no answer about the organization of %.*s",
		        WAX_FMT(destination.host.text)));
		break;
	}
}

/* All of them wait for the same deadline: ask for what is sure to be read. */
static void
ask_ahead(const struct inquiry *inquiry, struct wax_domain host)
{
	struct wax_str name = consent_name(inquiry, host);

	if (wax_domain_eq(inquiry->policy_domain, host))
		wax_dns_prefetch(inquiry->resolver, host.text, WAX_RR_MX);
	else if (!is_surely_other(inquiry, host))
		wax_walk_prefetch(inquiry->arena, inquiry->resolver, host);
	else if (name.n <= WAX_DOMAIN_MAX)
		wax_dns_prefetch(inquiry->resolver, name, WAX_RR_TXT);
}

struct wax_rua_destination *
wax_rua_verify(struct wax_arena *arena, struct wax_resolver *resolver,
    struct wax_domain policy_domain, const struct wax_rua_options *options,
    const struct wax_rua_destination *parsed, size_t n_parsed,
    wax_deadline deadline, size_t *n)
{
	struct inquiry inquiry = {
		.arena = arena,
		.resolver = resolver,
		.policy_domain = policy_domain,
		.options = options,
		.deadline = deadline,
	};

	for (size_t i = 0; i < n_parsed; i++)
		if (parsed[i].state != WAX_RUA_REFUSED)
			ask_ahead(&inquiry, parsed[i].host);
	for (size_t i = 0; i < n_parsed; i++) {
		if (parsed[i].state == WAX_RUA_REFUSED)
			add(&inquiry, parsed[i]);
		else
			verify(&inquiry, parsed[i]);
	}
	*n = inquiry.list.n;
	return inquiry.list.v;
}
