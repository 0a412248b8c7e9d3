/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/check/servers.h"

#include <stdlib.h>

#define NO_RECORD WAX_STR("")
/* Octets of an answer in what is said. */
#define SHOWN_MAX 120

static bool
is_known(const struct wax_answer *answer)
{
	return answer->status != WAX_DNS_TEMPFAIL &&
	       answer->status != WAX_DNS_LIMIT;
}

static struct wax_str
escaped(struct wax_arena *arena, struct wax_str s)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_add_escaped(&text, s);
	return wax_text_str(&text);
}

/* --- which there are ----------------------------------------------------- */

/*
 * The name servers of the closest name that has any, from the domain upwards;
 * NULL: that could not be asked, or there are none below the top. Those that
 * an alias leads to are not the domain's.
 */
static const struct wax_answer *
find_zone(struct wax_arena *arena, struct wax_resolver *resolver,
    struct wax_domain domain, wax_deadline deadline, struct wax_domain *zone)
{
	*zone = domain;
	while (wax_domain_labels(*zone) > 1) {
		const struct wax_answer *ns = wax_dns_lookup(
		    resolver, arena, zone->text, WAX_RR_NS, deadline);

		if (!is_known(ns))
			return NULL;
		if (ns->status == WAX_DNS_OK && !ns->alias)
			return ns;
		if (!wax_domain_parent(*zone, zone))
			return NULL;
	}
	return NULL;
}

static void
add_addresses(struct wax_findings *findings, struct wax_name_servers *servers,
    struct wax_str name, const struct wax_answer *answer)
{
	for (size_t i = 0; i < answer->n; i++) {
		if (servers->n == WAX_CHECK_SERVERS_MAX) {
			servers->n_more++;
			continue;
		}
		servers->server[servers->n++] = (struct wax_name_server){
			.name = escaped(findings->arena, name),
			.address = answer->rr[i].address,
		};
	}
}

static void
add_server(struct wax_findings *findings, struct wax_name_servers *servers,
    struct wax_str name, const struct wax_answer *a,
    const struct wax_answer *aaaa)
{
	struct wax_str shown = escaped(findings->arena, name);

	if (!is_known(a) || !is_known(aaaa))
		wax_found(findings, WAX_F_NS_UNKNOWN, name, NO_RECORD,
		    "the addresses of the name server %.*s could not be asked",
		    WAX_FMT(shown));
	else if (a->n + aaaa->n == 0)
		wax_found(findings, WAX_F_NS_SILENT, name, NO_RECORD,
		    "%.*s, a name server of %.*s, has no address",
		    WAX_FMT(shown), WAX_FMT(servers->zone.text));
	add_addresses(findings, servers, name, a);
	add_addresses(findings, servers, name, aaaa);
}

/* The DNS gives them in any order; here it shall be the same each time. */
static void
order_by_name(struct wax_name_server *server, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j > 0 && wax_str_cmp(server[j - 1].name,
		                                server[j].name) > 0;
		     j--) {
			struct wax_name_server other = server[j];

			server[j] = server[j - 1];
			server[j - 1] = other;
		}
}

struct wax_name_servers
wax_check_servers_find(struct wax_findings *findings,
    struct wax_resolver *resolver, struct wax_domain domain,
    wax_deadline deadline)
{
	struct wax_arena *arena = findings->arena;
	struct wax_name_servers servers = { .zone = domain };
	const struct wax_answer *ns =
	    find_zone(arena, resolver, domain, deadline, &servers.zone);

	servers.server =
	    wax_alloc(arena, WAX_CHECK_SERVERS_MAX, sizeof *servers.server);
	if (ns == NULL) {
		wax_found(findings, WAX_F_NS_UNKNOWN, domain.text, NO_RECORD,
		    "the name servers of %.*s could not be found",
		    WAX_FMT(domain.text));
		return servers;
	}
	for (size_t i = 0; i < ns->n && i < WAX_CHECK_SERVERS_MAX; i++) {
		wax_dns_prefetch(resolver, ns->rr[i].name, WAX_RR_A);
		wax_dns_prefetch(resolver, ns->rr[i].name, WAX_RR_AAAA);
	}
	for (size_t i = 0; i < ns->n && i < WAX_CHECK_SERVERS_MAX; i++)
		add_server(findings, &servers, ns->rr[i].name,
		    wax_dns_lookup(
		        resolver, arena, ns->rr[i].name, WAX_RR_A, deadline),
		    wax_dns_lookup(resolver, arena, ns->rr[i].name, WAX_RR_AAAA,
		        deadline));
	if (ns->n > WAX_CHECK_SERVERS_MAX)
		servers.n_more += ns->n - WAX_CHECK_SERVERS_MAX;
	order_by_name(servers.server, servers.n);
	return servers;
}

/* --- what one says ------------------------------------------------------- */

/* One set of records that mail asks for. */
struct item {
	struct wax_str qname;
	enum wax_rrtype type;
	bool only_spf;     /* of its texts */
	const char *title; /* "the MX records of" */
};

/* What somebody says of an item, in a form that is the same for the same. */
struct word {
	bool is_comparable; /* an answer, and not of others' zones */
	bool is_unknown;    /* no answer */
	uint32_t ttl;
	struct wax_str text; /* escaped; empty: there is nothing */
};

static int
by_text(const void *a, const void *b)
{
	return wax_str_cmp(
	    *(const struct wax_str *)a, *(const struct wax_str *)b);
}

static bool
is_of(const struct item *item, const union wax_rdata *rr)
{
	return !item->only_spf ||
	       wax_str_istarts(rr->txt.text, WAX_STR("v=spf1"));
}

static struct wax_str
text_of(
    struct wax_arena *arena, const struct item *item, const union wax_rdata *rr)
{
	struct wax_str shown;

	if (item->type == WAX_RR_MX) {
		shown = escaped(arena, rr->mx.host);
		return wax_textf(
		    arena, "%u %.*s", rr->mx.preference, WAX_FMT(shown));
	}
	shown = escaped(arena, rr->txt.text);
	return wax_textf(arena, "\"%.*s\"", WAX_FMT(shown));
}

static struct wax_str
sorted(struct wax_arena *arena, const struct item *item,
    const struct wax_answer *answer)
{
	struct wax_str *one = wax_alloc(arena, answer->n + 1, sizeof *one);
	struct wax_text text;
	size_t n = 0;

	for (size_t i = 0; i < answer->n; i++)
		if (is_of(item, &answer->rr[i]))
			one[n++] = text_of(arena, item, &answer->rr[i]);
	qsort(one, n, sizeof *one, by_text);
	wax_text_init(&text, arena);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			wax_text_addz(&text, ", ");
		wax_text_add(&text, one[i]);
	}
	return wax_text_str(&text);
}

/* Of an alias only where it leads is compared: the rest is another zone's. */
static struct word
word_of(struct wax_arena *arena, struct wax_resolver *resolver,
    const struct item *item, wax_deadline deadline)
{
	const struct wax_answer *answer =
	    wax_dns_lookup(resolver, arena, item->qname, item->type, deadline);
	const struct wax_answer *cname;

	if (!is_known(answer))
		return (struct word){ .is_unknown = true };
	if (!answer->alias)
		return (struct word){
			.is_comparable = true,
			.ttl = answer->ttl,
			.text = sorted(arena, item, answer),
		};
	cname = wax_dns_lookup(
	    resolver, arena, item->qname, WAX_RR_CNAME, deadline);
	if (cname->n == 0)
		return (struct word){ .is_unknown = !is_known(cname) };
	return (struct word){
		.is_comparable = true,
		.ttl = cname->ttl,
		.text = wax_textf(arena, "an alias of %.*s",
		    WAX_FMT(escaped(arena, cname->rr[0].name))),
	};
}

/* --- comparing ----------------------------------------------------------- */

struct comparison {
	struct wax_findings *findings;
	struct wax_resolver *resolver;
	struct wax_domain domain;
	const struct wax_name_servers *servers;
	wax_deadline deadline;
};

static struct wax_str
shown(struct wax_arena *arena, struct wax_str text)
{
	if (text.n == 0)
		return WAX_STR("nothing");
	if (text.n <= SHOWN_MAX)
		return text;
	return wax_textf(
	    arena, "%.*s ...", WAX_FMT(wax_str_head(text, SHOWN_MAX)));
}

static struct wax_str
server_shown(struct wax_arena *arena, const struct wax_name_server *server)
{
	return wax_textf(arena, "%.*s (%.*s)", WAX_FMT(server->name),
	    WAX_FMT(wax_ip_format(arena, server->address)));
}

/* From where they differ, so that long records do not look the same. */
static struct wax_str
from_difference(struct wax_str a, struct wax_str b)
{
	size_t n = 0;

	if (a.n <= SHOWN_MAX)
		return a;
	while (n < a.n && n < b.n && a.p[n] == b.p[n])
		n++;
	return wax_str_from(a, n > SHOWN_MAX / 2 ? n - SHOWN_MAX / 2 : 0);
}

static void
found_differ(const struct comparison *c, const struct item *item,
    const struct wax_name_server *a, struct wax_str a_says,
    const struct wax_name_server *b, struct wax_str b_says)
{
	struct wax_arena *arena = c->findings->arena;

	wax_found(c->findings, WAX_F_NS_DIFFER, item->qname, NO_RECORD,
	    "%s %.*s: %.*s says %.*s; %.*s says %.*s", item->title,
	    WAX_FMT(item->qname), WAX_FMT(server_shown(arena, a)),
	    WAX_FMT(shown(arena, from_difference(a_says, b_says))),
	    WAX_FMT(server_shown(arena, b)),
	    WAX_FMT(shown(arena, from_difference(b_says, a_says))));
}

/* "1 h", "12 min", "45 s": rounded up. */
static struct wax_str
time_of(struct wax_arena *arena, uint32_t ttl)
{
	unsigned long s = ttl;

	if (s > 3600)
		return wax_textf(arena, "%lu h", (s + 3599) / 3600);
	if (s > 60)
		return wax_textf(arena, "%lu min", (s + 59) / 60);
	return wax_textf(arena, "%lu s", s);
}

static void
found_stale(const struct comparison *c, const struct item *item,
    struct wax_str they_say, struct word resolver_has)
{
	struct wax_arena *arena = c->findings->arena;

	wax_found(c->findings, WAX_F_NS_STALE, item->qname, NO_RECORD,
	    "%s %.*s are not published everywhere yet: the name servers say "
	    "%.*s; the resolver has %.*s, for up to %.*s more",
	    item->title, WAX_FMT(item->qname),
	    WAX_FMT(shown(arena, from_difference(they_say, resolver_has.text))),
	    WAX_FMT(shown(arena, from_difference(resolver_has.text, they_say))),
	    WAX_FMT(time_of(arena, resolver_has.ttl)));
}

static void
found_unknown(const struct comparison *c, const struct item *item,
    const struct wax_name_server *server)
{
	wax_found(c->findings, WAX_F_NS_UNKNOWN, item->qname, NO_RECORD,
	    "%s %.*s: %.*s gave no answer", item->title, WAX_FMT(item->qname),
	    WAX_FMT(server_shown(c->findings->arena, server)));
}

static bool
is_asked(const struct wax_name_server *server)
{
	return server->resolver != NULL && !server->is_silent;
}

static void
compare_item(const struct comparison *c, const struct item *item)
{
	struct wax_arena *arena = c->findings->arena;
	const struct wax_name_server *first = NULL;
	struct word says = { .text = NO_RECORD }, one;

	for (size_t i = 0; i < c->servers->n; i++)
		if (is_asked(&c->servers->server[i]))
			wax_dns_prefetch(c->servers->server[i].resolver,
			    item->qname, item->type);
	for (size_t i = 0; i < c->servers->n; i++) {
		const struct wax_name_server *server = &c->servers->server[i];

		if (!is_asked(server))
			continue;
		one = word_of(arena, server->resolver, item, c->deadline);
		if (one.is_unknown)
			found_unknown(c, item, server);
		if (!one.is_comparable)
			continue;
		if (first == NULL) {
			first = server;
			says = one;
		} else if (!wax_str_eq(says.text, one.text)) {
			found_differ(
			    c, item, first, says.text, server, one.text);
			return;
		}
	}
	one = word_of(arena, c->resolver, item, c->deadline);
	if (first != NULL && one.is_comparable &&
	    !wax_str_eq(says.text, one.text))
		found_stale(c, item, says.text, one);
}

/* Who does not say that the zone is his, is not asked about its names. */
static void
find_silent(struct wax_findings *findings, struct wax_name_servers *servers,
    wax_deadline deadline)
{
	size_t n_reachable = 0;

	for (size_t i = 0; i < servers->n; i++)
		if (servers->server[i].resolver != NULL)
			wax_dns_prefetch(servers->server[i].resolver,
			    servers->zone.text, WAX_RR_SOA);
	for (size_t i = 0; i < servers->n; i++) {
		struct wax_name_server *server = &servers->server[i];

		if (server->resolver == NULL)
			continue;
		n_reachable++;
		server->is_silent =
		    wax_dns_lookup(server->resolver, findings->arena,
		        servers->zone.text, WAX_RR_SOA, deadline)
		        ->status != WAX_DNS_OK;
		if (server->is_silent)
			wax_found(findings, WAX_F_NS_SILENT, server->name,
			    NO_RECORD, "%.*s does not answer for %.*s",
			    WAX_FMT(server_shown(findings->arena, server)),
			    WAX_FMT(servers->zone.text));
	}
	if (servers->n > 0 && n_reachable == 0)
		wax_found(findings, WAX_F_NS_UNKNOWN, servers->zone.text,
		    NO_RECORD,
		    "no name server of %.*s can be reached from this host",
		    WAX_FMT(servers->zone.text));
}

void
wax_check_servers(struct wax_findings *findings, struct wax_resolver *resolver,
    struct wax_domain domain, struct wax_name_servers *servers,
    size_t n_selectors, const struct wax_str *selector, wax_deadline deadline)
{
	struct wax_arena *arena = findings->arena;
	const struct comparison c = { findings, resolver, domain, servers,
		deadline };
	struct item item = { .qname = domain.text, .type = WAX_RR_MX };

	find_silent(findings, servers, deadline);
	item.title = "the MX records of";
	compare_item(&c, &item);
	item = (struct item){ domain.text, WAX_RR_TXT, true,
		"the SPF records of" };
	compare_item(&c, &item);
	item = (struct item){ wax_textf(
		                  arena, "_dmarc.%.*s", WAX_FMT(domain.text)),
		WAX_RR_TXT, false, "the DMARC records at" };
	compare_item(&c, &item);
	for (size_t i = 0; i < n_selectors; i++) {
		item = (struct item){ wax_textf(arena, "%.*s._domainkey.%.*s",
			                  WAX_FMT(selector[i]),
			                  WAX_FMT(domain.text)),
			WAX_RR_TXT, false, "the keys at" };
		compare_item(&c, &item);
	}
}
