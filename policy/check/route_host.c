/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * route_host.c - one MX host: its name, and its addresses.
 */
#include "policy/check/route_impl.h"

/* An alias of an alias of ...; beyond, the name is not told. */
#define ALIASES_MAX 8

struct wax_str
wax_route_shown(struct wax_arena *arena, struct wax_str name)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_add_escaped(&text, name);
	return wax_text_str(&text);
}

static const struct wax_answer *
look_up(const struct wax_route_check *check, struct wax_str name,
    enum wax_rrtype type)
{
	return wax_dns_lookup(check->resolver, check->findings->arena, name,
	    type, check->deadline);
}

/* --- names --------------------------------------------------------------- */

/* "192.0.2.1", "[192.0.2.1]", "[ipv6:2001:db8::1]" */
static bool
is_literal(struct wax_str name, struct wax_ip *out)
{
	if (name.n > 2 && name.p[0] == '[' && name.p[name.n - 1] == ']')
		name = (struct wax_str){ name.p + 1, name.n - 2 };
	return wax_ip_parse(name, out);
}

/*
 * What stands before the domain in a host's name: what was written if a dot
 * was forgotten at its end, so that the zone's name was added. Empty: none.
 */
static struct wax_str
without_domain(struct wax_str name, struct wax_domain domain)
{
	struct wax_str none = { NULL, 0 };
	size_t n = domain.text.n;

	if (name.n < n + 2 || !wax_str_ends(name, domain.text) ||
	    name.p[name.n - n - 1] != '.')
		return none;
	return wax_str_head(name, name.n - n - 1);
}

static bool
is_localhost(struct wax_str name)
{
	return wax_str_eq(name, WAX_STR("localhost")) ||
	       wax_str_eq(name, WAX_STR("localhost.localdomain")) ||
	       wax_str_ends(name, WAX_STR(".localhost"));
}

/* Whether there is anything to ask. */
static bool
can_have_addresses(struct wax_arena *arena, struct wax_str name)
{
	struct wax_domain ignored;
	struct wax_ip ip;

	return !is_literal(name, &ip) && !is_localhost(name) &&
	       wax_domain_parse(arena, name, &ignored);
}

static size_t
n_found(const struct wax_findings *findings, enum wax_finding_id id)
{
	size_t n = 0;

	for (size_t i = 0; i < findings->list.n; i++)
		n += findings->list.v[i].id == id;
	return n;
}

static bool
has_address(const struct wax_answer *answer, struct wax_ip ip)
{
	for (size_t i = 0; i < answer->n; i++)
		if (wax_ip_eq(answer->rr[i].address, ip))
			return true;
	return false;
}

/*
 * A name to give to an address: one that has it already, or that does not
 * exist, as adding an address to others would change what they are for.
 * Another one for each MX record that is told of. Empty: none was thought of.
 */
static struct wax_str
name_for(const struct wax_route_check *check, struct wax_ip ip, bool *has_it)
{
	static const char *const hosts[] = { "mail", "mx", "mail2", "mx2",
		"mail3", "mx3", "mail4", "mx4" };
	struct wax_arena *arena = check->findings->arena;

	for (size_t i = n_found(check->findings, WAX_F_MX_LITERAL);
	     i < sizeof hosts / sizeof *hosts; i++) {
		struct wax_str name = wax_textf(
		    arena, "%s.%.*s", hosts[i], WAX_FMT(check->domain.text));
		const struct wax_answer *answer = look_up(check, name,
		    ip.family == WAX_IPV4 ? WAX_RR_A : WAX_RR_AAAA);

		*has_it = !answer->alias && has_address(answer, ip);
		if (*has_it ||
		    (answer->status == WAX_DNS_NXDOMAIN && !answer->alias))
			return name;
	}
	return WAX_STR("");
}

/* RFC 5321 s5.1, RFC 1035 s3.3.9: a name, not an address. */
static void
found_literal(const struct wax_route_check *check,
    const struct wax_route_host *host, struct wax_ip ip)
{
	struct wax_arena *arena = check->findings->arena;
	struct wax_str address = wax_ip_format(arena, ip);
	bool has_it = false;
	struct wax_str name = name_for(check, ip, &has_it);
	struct wax_str publish = WAX_STR("");

	if (name.n > 0)
		publish = wax_publish_mx(
		    arena, check->domain.text, host->preference, name);
	if (name.n > 0 && !has_it)
		publish = wax_textf(arena, "%.*s. IN %s %.*s\n%.*s",
		    WAX_FMT(name), ip.family == WAX_IPV4 ? "A" : "AAAA",
		    WAX_FMT(address), WAX_FMT(publish));
	wax_found(check->findings, WAX_F_MX_LITERAL, check->domain.text,
	    publish,
	    "the MX record of priority %u is the address %.*s, not a name",
	    host->preference, WAX_FMT(address));
}

/* False: it is no name that has addresses, and that was said. */
static bool
check_name(
    const struct wax_route_check *check, const struct wax_route_host *host)
{
	struct wax_arena *arena = check->findings->arena;
	struct wax_str shown = wax_route_shown(arena, host->name);
	struct wax_ip ip;

	if (is_literal(host->name, &ip) ||
	    is_literal(without_domain(host->name, check->domain), &ip)) {
		found_literal(check, host, ip);
		return false;
	}
	if (is_localhost(host->name)) {
		wax_found(check->findings, WAX_F_MX_LOCAL, host->name,
		    WAX_STR(""), "the MX record of priority %u names %.*s",
		    host->preference, WAX_FMT(shown));
		return false;
	}
	if (!can_have_addresses(arena, host->name)) {
		wax_found(check->findings, WAX_F_MX_NAME, check->domain.text,
		    WAX_STR(""),
		    "the MX record of priority %u names \"%.*s\", which is no "
		    "host name",
		    host->preference, WAX_FMT(shown));
		return false;
	}
	return true;
}

void
wax_route_host_prefetch(
    const struct wax_route_check *check, struct wax_str name)
{
	if (!can_have_addresses(check->findings->arena, name))
		return;
	wax_dns_prefetch(check->resolver, name, WAX_RR_A);
	wax_dns_prefetch(check->resolver, name, WAX_RR_AAAA);
}

/* --- addresses ----------------------------------------------------------- */

/* What cannot be reached from outside, and what it is called. Networks for
 * documentation are not among them: examples shall look right. */
static const struct {
	struct wax_network network;
	enum wax_finding_id id;
	const char *word;
} unreachable[] = {
	{ { { WAX_IPV4, { 127 } }, 8 }, WAX_F_MX_LOCAL, "loopback" },
	{ { { WAX_IPV4, { 0 } }, 8 }, WAX_F_MX_LOCAL, "unspecified" },
	{ { { WAX_IPV6, { [15] = 1 } }, 128 }, WAX_F_MX_LOCAL, "loopback" },
	{ { { WAX_IPV6, { 0 } }, 128 }, WAX_F_MX_LOCAL, "unspecified" },
	/* RFC 1918 s3, RFC 6598 s7, RFC 3927 s1.2, RFC 5771, RFC 1112 s4 */
	{ { { WAX_IPV4, { 10 } }, 8 }, WAX_F_MX_PRIVATE, "private" },
	{ { { WAX_IPV4, { 172, 16 } }, 12 }, WAX_F_MX_PRIVATE, "private" },
	{ { { WAX_IPV4, { 192, 168 } }, 16 }, WAX_F_MX_PRIVATE, "private" },
	{ { { WAX_IPV4, { 100, 64 } }, 10 }, WAX_F_MX_PRIVATE,
	    "provider-internal" },
	{ { { WAX_IPV4, { 169, 254 } }, 16 }, WAX_F_MX_PRIVATE, "link-local" },
	{ { { WAX_IPV4, { 224 } }, 4 }, WAX_F_MX_PRIVATE, "multicast" },
	{ { { WAX_IPV4, { 240 } }, 4 }, WAX_F_MX_PRIVATE, "reserved" },
	/* RFC 4193 s3.1, RFC 4291 s2.4, RFC 3879 */
	{ { { WAX_IPV6, { 0xfc } }, 7 }, WAX_F_MX_PRIVATE, "private" },
	{ { { WAX_IPV6, { 0xfe, 0x80 } }, 10 }, WAX_F_MX_PRIVATE,
	    "link-local" },
	{ { { WAX_IPV6, { 0xfe, 0xc0 } }, 10 }, WAX_F_MX_PRIVATE, "private" },
	{ { { WAX_IPV6, { 0xff } }, 8 }, WAX_F_MX_PRIVATE, "multicast" },
};

const char *
wax_route_unreachable(struct wax_network network)
{
	for (size_t i = 0; i < sizeof unreachable / sizeof *unreachable; i++)
		if (network.prefix >= unreachable[i].network.prefix &&
		    wax_ip_within(network.base, unreachable[i].network.base,
		        unreachable[i].network.prefix))
			return unreachable[i].word;
	return NULL;
}

static void
check_address(const struct wax_route_check *check,
    const struct wax_route_host *host, enum wax_rrtype type, struct wax_ip ip)
{
	struct wax_arena *arena = check->findings->arena;
	struct wax_str shown = wax_route_shown(arena, host->name);
	struct wax_str address = wax_ip_format(arena, ip);

	for (size_t i = 0; i < sizeof unreachable / sizeof *unreachable; i++) {
		if (!wax_ip_within(ip, unreachable[i].network.base,
		        unreachable[i].network.prefix))
			continue;
		wax_found(check->findings, unreachable[i].id, host->name,
		    WAX_STR(""), "%.*s has the %s address %.*s", WAX_FMT(shown),
		    unreachable[i].word, WAX_FMT(address));
		return;
	}
	/* ::ffff:0:0/96 is for inside a machine: RFC 4291 s2.5.5.2. */
	if (type == WAX_RR_AAAA && ip.family == WAX_IPV4)
		wax_found(check->findings, WAX_F_MX_PRIVATE, host->name,
		    WAX_STR(""),
		    "%.*s has the address ::ffff:%.*s, which is IPv4 written "
		    "as IPv6",
		    WAX_FMT(shown), WAX_FMT(address));
}

static void
check_answer(const struct wax_route_check *check,
    const struct wax_route_host *host, const struct wax_answer *answer)
{
	for (size_t i = 0; i < answer->n && i < WAX_CHECK_ADDRESSES_MAX; i++)
		check_address(check, host, answer->type, answer->rr[i].address);
}

void
wax_route_addresses_check(
    const struct wax_route_check *check, const struct wax_route_host *host)
{
	check_answer(check, host, host->a);
	check_answer(check, host, host->aaaa);
}

/* --- a host -------------------------------------------------------------- */

/* Where an alias leads to in the end; empty: it cannot be told. */
static struct wax_str
end_of_alias(const struct wax_route_check *check, struct wax_str name)
{
	for (unsigned i = 0; i < ALIASES_MAX; i++) {
		const struct wax_answer *answer =
		    look_up(check, name, WAX_RR_CNAME);

		if (answer->n == 0)
			return i > 0 && wax_route_is_known(answer)
			           ? name
			           : WAX_STR("");
		name = answer->rr[0].name;
	}
	return WAX_STR("");
}

/* RFC 2181 s10.3, RFC 5321 s5.1 */
static void
found_alias(const struct wax_route_check *check,
    const struct wax_route_host *host, bool has_address)
{
	struct wax_arena *arena = check->findings->arena;
	struct wax_str target = end_of_alias(check, host->name);
	struct wax_str publish = WAX_STR("");

	if (has_address && target.n > 0)
		publish = wax_publish_mx(
		    arena, check->domain.text, host->preference, target);
	wax_found(check->findings, WAX_F_MX_CNAME, host->name, publish,
	    "%.*s (%u) is an alias%s%.*s",
	    WAX_FMT(wax_route_shown(arena, host->name)), host->preference,
	    target.n > 0 ? " of " : "",
	    WAX_FMT(wax_route_shown(arena, target)));
}

/* What was meant, if only a dot is missing; empty: something else. */
static struct wax_str
name_without_slip(const struct wax_route_check *check, struct wax_str name)
{
	struct wax_arena *arena = check->findings->arena;
	struct wax_str meant = without_domain(name, check->domain);

	if (wax_str_find(meant, '.') == meant.n ||
	    !can_have_addresses(arena, meant))
		return WAX_STR("");
	if (look_up(check, meant, WAX_RR_A)->n == 0 &&
	    look_up(check, meant, WAX_RR_AAAA)->n == 0)
		return WAX_STR("");
	return meant;
}

static void
found_no_address(
    const struct wax_route_check *check, const struct wax_route_host *host)
{
	struct wax_arena *arena = check->findings->arena;
	struct wax_str shown = wax_route_shown(arena, host->name);
	struct wax_str meant = name_without_slip(check, host->name);

	if (meant.n > 0) {
		wax_found(check->findings, WAX_F_MX_NO_ADDRESS, host->name,
		    wax_publish_mx(
		        arena, check->domain.text, host->preference, meant),
		    "%.*s (%u) has no address, but %.*s has: a dot is missing "
		    "at the end of the name in the zone file",
		    WAX_FMT(shown), host->preference,
		    WAX_FMT(wax_route_shown(arena, meant)));
		return;
	}
	wax_found(check->findings, WAX_F_MX_NO_ADDRESS, host->name, WAX_STR(""),
	    "%.*s (%u) %s", WAX_FMT(shown), host->preference,
	    host->a->alias ? "is an alias that leads to no address"
	    : host->a->status == WAX_DNS_NXDOMAIN ? "does not exist"
	                                          : "has no address");
}

static void
found_unknown(
    const struct wax_route_check *check, const struct wax_route_host *host)
{
	bool knows_a = wax_route_is_known(host->a);
	bool knows_aaaa = wax_route_is_known(host->aaaa);

	wax_found(check->findings, WAX_F_MX_UNKNOWN, host->name, WAX_STR(""),
	    "the %saddresses of %.*s (%u) could not be asked",
	    knows_a      ? "IPv6 "
	    : knows_aaaa ? "IPv4 "
	                 : "",
	    WAX_FMT(wax_route_shown(check->findings->arena, host->name)),
	    host->preference);
}

void
wax_route_host_check(
    const struct wax_route_check *check, struct wax_route_host *host)
{
	bool is_known, has_address;

	if (!check_name(check, host))
		return;
	host->a = look_up(check, host->name, WAX_RR_A);
	host->aaaa = look_up(check, host->name, WAX_RR_AAAA);
	is_known =
	    wax_route_is_known(host->a) && wax_route_is_known(host->aaaa);
	has_address = host->a->n + host->aaaa->n > 0;
	if (host->a->alias || host->aaaa->alias)
		found_alias(check, host, has_address);
	if (!is_known)
		found_unknown(check, host);
	else if (!has_address)
		found_no_address(check, host);
	wax_route_addresses_check(check, host);
}
