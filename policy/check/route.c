/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/check/route.h"

#include "policy/auth/dmarc_record.h"
#include "policy/check/route_impl.h"

#define NO_RECORD WAX_STR("")

static const struct wax_answer *
look_up(const struct wax_route_check *check, struct wax_str name,
    enum wax_rrtype type)
{
	return wax_dns_lookup(check->resolver, check->findings->arena, name,
	    type, check->deadline);
}

/* --- without MX ---------------------------------------------------------- */

static enum wax_route_kind
unknown(const struct wax_route_check *check, const char *what)
{
	wax_found(check->findings, WAX_F_MX_UNKNOWN, check->domain.text,
	    NO_RECORD, "the %s of %.*s could not be asked", what,
	    WAX_FMT(check->domain.text));
	return WAX_ROUTE_UNKNOWN;
}

static enum wax_route_kind
nowhere(const struct wax_route_check *check, const char *what)
{
	wax_found(check->findings, WAX_F_MX_NOWHERE, check->domain.text,
	    wax_publish_mx(
	        check->findings->arena, check->domain.text, 0, WAX_STR(".")),
	    "%.*s %s", WAX_FMT(check->domain.text), what);
	return WAX_ROUTE_NONE;
}

/* The name does not exist, unless it is an alias of one that does not. */
static enum wax_route_kind
absent(const struct wax_route_check *check, const struct wax_answer *mx)
{
	if (mx->alias)
		return nowhere(
		    check, "is an alias of a name that does not exist");
	wax_found(check->findings, WAX_F_MX_DOMAIN_ABSENT, check->domain.text,
	    NO_RECORD, "%.*s does not exist", WAX_FMT(check->domain.text));
	return WAX_ROUTE_NONE;
}

/* RFC 5321 s5.1: the address of the domain, as if it were an MX of 0. */
static enum wax_route_kind
by_address(const struct wax_route_check *check, struct wax_route *route)
{
	struct wax_route_host *host =
	    WAX_NEW(check->findings->arena, struct wax_route_host);

	host->name = check->domain.text;
	wax_route_host_prefetch(check, host->name);
	host->a = look_up(check, host->name, WAX_RR_A);
	host->aaaa = look_up(check, host->name, WAX_RR_AAAA);
	if (host->a->n + host->aaaa->n == 0)
		return wax_route_is_known(host->a) &&
		               wax_route_is_known(host->aaaa)
		           ? nowhere(check, "has neither MX nor address")
		           : unknown(check, "addresses");
	wax_found(check->findings, WAX_F_MX_NONE, check->domain.text,
	    wax_publish_mx(check->findings->arena, check->domain.text, 10,
	        check->domain.text),
	    "%.*s has no MX record, only an address",
	    WAX_FMT(check->domain.text));
	if (!wax_route_is_known(host->a))
		(void)unknown(check, "IPv4 addresses");
	if (!wax_route_is_known(host->aaaa))
		(void)unknown(check, "IPv6 addresses");
	wax_route_addresses_check(check, host);
	route->n = 1;
	route->host = host;
	return WAX_ROUTE_ADDRESS;
}

/* --- null MX: RFC 7505 --------------------------------------------------- */

static bool
is_null(const union wax_rdata *rr)
{
	return wax_str_eq(rr->mx.host, WAX_STR("."));
}

static bool
refuses_by_spf(const struct wax_answer *txt)
{
	for (size_t i = 0; i < txt->n; i++)
		if (wax_str_ieq(txt->rr[i].txt.text, WAX_STR("v=spf1 -all")))
			return true;
	return false;
}

static bool
refuses_by_dmarc(struct wax_arena *arena, const struct wax_answer *txt)
{
	struct wax_dmarc_record record;

	if (txt->n != 1 || !wax_dmarc_record_is(txt->rr[0].txt.text))
		return false;
	record = wax_dmarc_record_parse(arena, txt->rr[0].txt.text);
	return record.has_p && record.p == WAX_P_REJECT;
}

/* What is missing of the records of a domain without mail. */
static struct wax_str
records_of_no_mail(const struct wax_route_check *check)
{
	struct wax_arena *arena = check->findings->arena;
	struct wax_str domain = check->domain.text, dmarc;
	struct wax_text text;

	dmarc = wax_textf(arena, "_dmarc.%.*s", WAX_FMT(domain));
	wax_dns_prefetch(check->resolver, dmarc, WAX_RR_TXT);
	wax_text_init(&text, arena);
	if (!refuses_by_spf(look_up(check, domain, WAX_RR_TXT)))
		wax_text_add(&text,
		    wax_publish_txt(arena, domain, WAX_STR("v=spf1 -all")));
	if (refuses_by_dmarc(arena, look_up(check, dmarc, WAX_RR_TXT)))
		return wax_text_str(&text);
	if (text.n > 0)
		wax_text_addc(&text, '\n');
	wax_text_add(&text,
	    wax_publish_txt(arena, dmarc, WAX_STR("v=DMARC1; p=reject")));
	return wax_text_str(&text);
}

static enum wax_route_kind
null_alone(const struct wax_route_check *check)
{
	wax_found(check->findings, WAX_F_MX_NULL, check->domain.text,
	    records_of_no_mail(check), "%.*s accepts no mail",
	    WAX_FMT(check->domain.text));
	return WAX_ROUTE_NULL;
}

/* All the others would remain. */
static void
null_beside_others(
    const struct wax_route_check *check, const struct wax_answer *mx)
{
	struct wax_arena *arena = check->findings->arena;
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < mx->n && i < WAX_CHECK_MX_MAX; i++) {
		if (is_null(&mx->rr[i]))
			continue;
		if (text.n > 0)
			wax_text_addc(&text, '\n');
		wax_text_add(
		    &text, wax_publish_mx(arena, check->domain.text,
		               mx->rr[i].mx.preference, mx->rr[i].mx.host));
	}
	wax_found(check->findings, WAX_F_MX_NULL_MIXED, check->domain.text,
	    wax_text_str(&text), "%.*s has the MX record \".\" and others",
	    WAX_FMT(check->domain.text));
}

/* --- the hosts together -------------------------------------------------- */

/* "a.example, b.example and c.example" */
static struct wax_str
names_of(struct wax_arena *arena, const struct wax_route_host *host, size_t n,
    const char *last)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			wax_text_addz(&text, i + 1 < n ? ", " : last);
		wax_text_add_escaped(&text, host[i].name);
	}
	return wax_text_str(&text);
}

/* How many hosts from the first on have its preference. */
static size_t
n_equal(const struct wax_route_host *host, size_t n)
{
	size_t i = 1;

	while (i < n && host[i].preference == host[0].preference)
		i++;
	return i;
}

static void
check_equal(const struct wax_route_check *check, const struct wax_route *route)
{
	size_t n;

	for (size_t i = 0; i < route->n; i += n) {
		n = n_equal(route->host + i, route->n - i);
		if (n > 1)
			wax_found(check->findings, WAX_F_MX_EQUAL,
			    check->domain.text, NO_RECORD,
			    "%.*s have the same priority, %u",
			    WAX_FMT(names_of(check->findings->arena,
			        route->host + i, n, " and ")),
			    route->host[i].preference);
	}
}

static const struct wax_ip *
shared_address(const struct wax_answer *a, const struct wax_answer *b)
{
	if (a == NULL || b == NULL)
		return NULL;
	for (size_t i = 0; i < a->n && i < WAX_CHECK_ADDRESSES_MAX; i++)
		for (size_t j = 0; j < b->n && j < WAX_CHECK_ADDRESSES_MAX; j++)
			if (wax_ip_eq(a->rr[i].address, b->rr[j].address))
				return &a->rr[i].address;
	return NULL;
}

/* Said once of each host that comes later. */
static bool
is_like(const struct wax_route_check *check, const struct wax_route_host *host,
    const struct wax_route_host *other)
{
	struct wax_arena *arena = check->findings->arena;
	const struct wax_ip *ip = shared_address(host->a, other->a);

	if (wax_str_eq(host->name, other->name)) {
		wax_found(check->findings, WAX_F_MX_SAME_ADDRESS, host->name,
		    NO_RECORD, "%.*s is listed twice, with %u and %u",
		    WAX_FMT(wax_route_shown(arena, host->name)),
		    other->preference, host->preference);
		return true;
	}
	if (ip == NULL)
		ip = shared_address(host->aaaa, other->aaaa);
	if (ip == NULL)
		return false;
	wax_found(check->findings, WAX_F_MX_SAME_ADDRESS, host->name, NO_RECORD,
	    "%.*s (%u) and %.*s (%u) have the same address, %.*s",
	    WAX_FMT(wax_route_shown(arena, other->name)), other->preference,
	    WAX_FMT(wax_route_shown(arena, host->name)), host->preference,
	    WAX_FMT(wax_ip_format(arena, *ip)));
	return true;
}

static void
check_same(const struct wax_route_check *check, const struct wax_route *route)
{
	for (size_t i = 1; i < route->n; i++)
		for (size_t j = 0; j < i; j++)
			if (is_like(check, &route->host[i], &route->host[j]))
				break;
}

/* Whether all was asked, and how many hosts have what. */
struct families {
	bool is_known;
	size_t n_ipv4, n_ipv6;
};

static struct families
families_of(const struct wax_route *route)
{
	struct families found = { .is_known = route->n_more == 0 };

	for (size_t i = 0; i < route->n; i++) {
		const struct wax_route_host *host = &route->host[i];

		if (host->a == NULL)
			continue;
		if (!wax_route_is_known(host->a) ||
		    !wax_route_is_known(host->aaaa))
			found.is_known = false;
		found.n_ipv4 += host->a->n > 0;
		found.n_ipv6 += host->aaaa->n > 0;
	}
	return found;
}

static void
check_families(
    const struct wax_route_check *check, const struct wax_route *route)
{
	struct families found = families_of(route);

	if (!found.is_known)
		return;
	if (found.n_ipv4 > 0 && found.n_ipv6 == 0)
		wax_found(check->findings, WAX_F_MX_NO_IPV6, check->domain.text,
		    NO_RECORD, "no mail server of %.*s has an IPv6 address",
		    WAX_FMT(check->domain.text));
	if (found.n_ipv6 > 0 && found.n_ipv4 == 0)
		wax_found(check->findings, WAX_F_MX_NO_IPV4, check->domain.text,
		    NO_RECORD, "no mail server of %.*s has an IPv4 address",
		    WAX_FMT(check->domain.text));
}

static void
check_number(const struct wax_route_check *check, const struct wax_route *route)
{
	if (route->n_more > 0)
		wax_found(check->findings, WAX_F_MX_MANY, check->domain.text,
		    NO_RECORD,
		    "%.*s has %zu MX records; the first %zu were looked at",
		    WAX_FMT(check->domain.text), route->n + route->n_more,
		    route->n);
	else if (route->n == 1)
		wax_found(check->findings, WAX_F_MX_SINGLE, check->domain.text,
		    NO_RECORD, "%.*s is the only mail server of %.*s",
		    WAX_FMT(wax_route_shown(
		        check->findings->arena, route->host[0].name)),
		    WAX_FMT(check->domain.text));
}

/* --- the route ----------------------------------------------------------- */

/* The DNS gives hosts of one priority in any order; here it shall be the
 * same each time. */
static bool
is_behind(const struct wax_route_host *a, const struct wax_route_host *b)
{
	return a->preference == b->preference &&
	       wax_str_cmp(a->name, b->name) > 0;
}

static void
order_equals(struct wax_route_host *host, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j > 0 && is_behind(&host[j - 1], &host[j]);
		     j--) {
			struct wax_route_host other = host[j];

			host[j] = host[j - 1];
			host[j - 1] = other;
		}
}

/* All questions go out before the first answer is waited for. */
static struct wax_route_host *
hosts_of(const struct wax_route_check *check, const struct wax_answer *mx,
    struct wax_route *route)
{
	struct wax_route_host *host =
	    wax_alloc(check->findings->arena, WAX_CHECK_MX_MAX, sizeof *host);

	for (size_t i = 0; i < mx->n; i++) {
		if (is_null(&mx->rr[i]))
			continue;
		if (route->n == WAX_CHECK_MX_MAX) {
			route->n_more++;
			continue;
		}
		host[route->n].name = mx->rr[i].mx.host;
		host[route->n].preference = mx->rr[i].mx.preference;
		wax_route_host_prefetch(check, host[route->n].name);
		route->n++;
	}
	order_equals(host, route->n);
	return host;
}

static enum wax_route_kind
by_mx(const struct wax_route_check *check, const struct wax_answer *mx,
    struct wax_route *route)
{
	struct wax_route_host *host = hosts_of(check, mx, route);

	route->ttl = mx->ttl;
	if (route->n == 0)
		return null_alone(check);
	route->host = host;
	if (route->n + route->n_more < mx->n)
		null_beside_others(check, mx);
	for (size_t i = 0; i < route->n; i++)
		wax_route_host_check(check, &host[i]);
	check_number(check, route);
	check_equal(check, route);
	check_same(check, route);
	check_families(check, route);
	return WAX_ROUTE_MX;
}

static enum wax_route_kind
by_answer(const struct wax_route_check *check, const struct wax_answer *mx,
    struct wax_route *route)
{
	switch (mx->status) {
	case WAX_DNS_OK:
		return by_mx(check, mx, route);
	case WAX_DNS_NODATA:
		return by_address(check, route);
	case WAX_DNS_NXDOMAIN:
		return absent(check, mx);
	case WAX_DNS_TEMPFAIL:
	case WAX_DNS_LIMIT:
		break;
	}
	return unknown(check, "MX records");
}

struct wax_route
wax_check_route(struct wax_findings *findings, struct wax_resolver *resolver,
    struct wax_domain domain, wax_deadline deadline)
{
	const struct wax_route_check check = {
		.findings = findings,
		.resolver = resolver,
		.domain = domain,
		.deadline = deadline,
	};
	struct wax_route route = { .domain = domain };

	route.kind =
	    by_answer(&check, look_up(&check, domain.text, WAX_RR_MX), &route);
	return route;
}

/* --- the sentence -------------------------------------------------------- */

static void
add_order(struct wax_text *text, const struct wax_route *route)
{
	size_t n;

	wax_text_addz(text, "Senders try ");
	for (size_t i = 0; i < route->n; i += n) {
		n = n_equal(route->host + i, route->n - i);
		if (i > 0)
			wax_text_addz(text, ", then ");
		wax_text_add(
		    text, names_of(text->arena, route->host + i, n, " or "));
		wax_text_addf(text, " (%u)", route->host[i].preference);
		if (i == 0 && n < route->n)
			wax_text_addz(text, " first");
	}
	if (route->n_more > 0)
		wax_text_addf(text, ", then %zu others", route->n_more);
	wax_text_addc(text, '.');
}

struct wax_str
wax_route_sentence(struct wax_arena *arena, const struct wax_route *route)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	switch (route->kind) {
	case WAX_ROUTE_MX:
		add_order(&text, route);
		break;
	case WAX_ROUTE_ADDRESS:
		wax_text_addf(&text,
		    "There is no MX record: senders try the address of %.*s "
		    "itself.",
		    WAX_FMT(route->domain.text));
		break;
	case WAX_ROUTE_NULL:
		wax_text_addf(&text, "%.*s says that it takes no mail.",
		    WAX_FMT(route->domain.text));
		break;
	case WAX_ROUTE_NONE:
		wax_text_addf(&text, "Mail to %.*s cannot be delivered.",
		    WAX_FMT(route->domain.text));
		break;
	case WAX_ROUTE_UNKNOWN:
		wax_text_addf(&text,
		    "Where mail to %.*s goes could not be asked.",
		    WAX_FMT(route->domain.text));
		break;
	}
	return wax_text_str(&text);
}
