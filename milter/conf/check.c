/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/conf/check.h"

#include <grp.h>
#include <pwd.h>
#include <sys/un.h>
#include <unistd.h>

#include "milter/conf/state.h"
#include "milter/sys/file.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/mail/domain.h"

/* With the domain, the codes and our queue id it must fit in one reply. */
#define URL_MAX 200

static const char *
path_of_socket(struct wax_arena *arena, struct wax_str path)
{
	struct sockaddr_un unused;

	if (!wax_str_starts(path, WAX_STR("/")))
		return "is not an absolute path; write unix:/PATH";
	if (path.n >= sizeof unused.sun_path)
		return wax_textf(arena,
		    "is too long a path for a socket; use at most %zu octets",
		    sizeof unused.sun_path - 1)
		    .p;
	return NULL;
}

static bool
is_port(struct wax_str text)
{
	unsigned long port;

	return wax_str_number(text, 65535, &port) && port > 0;
}

static const char *
port_and_host(struct wax_arena *arena, struct wax_str text, bool is_ipv6)
{
	size_t at = wax_str_find(text, '@');
	struct wax_str port = wax_str_head(text, at);
	struct wax_str host = wax_str_from(text, at + 1);
	struct wax_domain unused;
	struct wax_ip ip;

	if (!is_port(port))
		return "has no port of 1 to 65535; write "
		       "inet:PORT@HOST";
	if (host.n == 0)
		return wax_textf(arena,
		    "names no host; write %s:%.*s@%s, or another address of "
		    "this host",
		    is_ipv6 ? "inet6" : "inet", WAX_FMT(port),
		    is_ipv6 ? "::1" : "127.0.0.1")
		    .p;
	if (wax_ip_parse(host, &ip)) {
		if ((ip.family == WAX_IPV6) != is_ipv6)
			return wax_textf(arena, "mixes families; write %s:%.*s",
			    is_ipv6 ? "inet" : "inet6", WAX_FMT(text))
			    .p;
		return NULL;
	}
	if (!wax_domain_parse(arena, host, &unused))
		return "has no address or name behind the @; write "
		       "inet:PORT@HOST";
	return NULL;
}

const char *
wax_conf_check_socket(struct wax_arena *arena, struct wax_str text)
{
	if (wax_str_starts(text, WAX_STR("unix:")))
		return path_of_socket(arena, wax_str_from(text, 5));
	if (wax_str_starts(text, WAX_STR("local:")))
		return path_of_socket(arena, wax_str_from(text, 6));
	if (wax_str_starts(text, WAX_STR("inet:")))
		return port_and_host(arena, wax_str_from(text, 5), false);
	if (wax_str_starts(text, WAX_STR("inet6:")))
		return port_and_host(arena, wax_str_from(text, 6), true);
	if (wax_str_starts(text, WAX_STR("/")))
		return wax_textf(arena, "has no type; write unix:%.*s",
		    WAX_FMT(wax_conf_shown(arena, text)))
		    .p;
	return "is not a socket; use unix:PATH, inet:PORT@HOST or "
	       "inet6:PORT@HOST";
}

const char *
wax_conf_check_path(struct wax_arena *arena, struct wax_str text)
{
	(void)arena;
	if (!wax_str_starts(text, WAX_STR("/")))
		return "is not an absolute path; write /...";
	if (text.n > 4000)
		return "is too long a path; use at most 4000 octets";
	return NULL;
}

/* Printable ASCII without blanks and without any of `but`. */
static bool
is_plain(struct wax_str text, struct wax_str but)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= 0x20 || text.p[i] >= 0x7f ||
		    wax_str_find(but, text.p[i]) < but.n)
			return false;
	return true;
}

const char *
wax_conf_check_token(struct wax_arena *arena, struct wax_str text)
{
	(void)arena;
	if (!is_plain(text, WAX_STR("\"[]:")) || text.n > 64)
		return "is not a plain name; use at most 64 letters, digits, "
		       "and - _ . without blanks";
	return NULL;
}

const char *
wax_conf_check_authserv_id(struct wax_arena *arena, struct wax_str text)
{
	struct wax_domain unused;

	/* RFC 8601 s2.2, RFC 2045 s5.1: a token; U-labels are none. */
	if (is_plain(text, WAX_STR("()<>@,;:\\\"/[]?=")) &&
	    text.n <= WAX_DOMAIN_MAX)
		return NULL;
	if (wax_domain_parse(arena, text, &unused))
		return wax_textf(arena,
		    "is not ASCII; write its A-labels: %.*s",
		    WAX_FMT(unused.text))
		    .p;
	return "is not a name for Authentication-Results; use a host name";
}

const char *
wax_conf_check_domain(struct wax_arena *arena, struct wax_str text)
{
	struct wax_domain domain;

	if (!wax_domain_parse(arena, text, &domain))
		return "is not a domain; use a name such as example.org";
	if (!wax_str_ieq(domain.text, text))
		return wax_textf(arena, "is not in its plain form; write %.*s",
		    WAX_FMT(domain.text))
		    .p;
	return NULL;
}

const char *
wax_conf_check_selector(struct wax_arena *arena, struct wax_str text)
{
	struct wax_domain unused;

	/* It stands in front of ._domainkey.DOMAIN, and may be digits. */
	if (!wax_domain_parse(arena,
	        wax_textf(arena, "%.*s._domainkey.example", WAX_FMT(text)),
	        &unused))
		return "is not a selector; use letters, digits and hyphens";
	return NULL;
}

const char *
wax_conf_check_url(struct wax_arena *arena, struct wax_str text)
{
	size_t host;

	(void)arena;
	if (wax_str_starts(text, WAX_STR("https://")))
		host = 8;
	else if (wax_str_starts(text, WAX_STR("http://")))
		host = 7;
	else
		return "is not a web address; use https://HOST/PATH";
	if (text.n == host)
		return "names no host; use https://HOST/PATH";
	/* It stands in an SMTP reply, where libmilter reads "%". */
	if (!is_plain(text, WAX_STR("%<>\"\\")))
		return "holds a blank, a %, or what does not belong into an "
		       "SMTP reply; use https://HOST/PATH of plain letters";
	if (text.n > URL_MAX)
		return wax_textf(arena,
		    "is too long for an SMTP reply; use at most %d octets",
		    URL_MAX)
		    .p;
	return NULL;
}

const char *
wax_conf_check_resolver(struct wax_arena *arena, struct wax_str text)
{
	size_t at = wax_str_find(text, '@');
	struct wax_ip ip;

	(void)arena;
	if (!wax_ip_parse(wax_str_head(text, at), &ip) ||
	    (at < text.n && !is_port(wax_str_from(text, at + 1))))
		return "is not a name server; use ADDRESS or ADDRESS@PORT, "
		       "such as 127.0.0.1@53";
	return NULL;
}

const char *
wax_conf_check_store(struct wax_arena *arena, struct wax_str text)
{
	(void)arena;
	if (wax_str_starts(text, WAX_STR("sqlite:/")) ||
	    wax_str_starts(text, WAX_STR("postgresql://")))
		return NULL;
	return "is not a store; use sqlite:/PATH or postgresql://HOST/NAME";
}

/* A check of all values. */
struct check {
	struct wax_conf_report *report;
	const struct wax_snapshot *snapshot;
	const struct wax_config *config;
};

static const struct wax_conf_place *
place(const struct check *check, const char *key)
{
	return &check->snapshot->setting[wax_conf_key_index(key)].place;
}

/* At the later one of two. */
static const struct wax_conf_place *
later(const struct check *check, const char *a, const char *b)
{
	const struct wax_conf_place *x = place(check, a), *y = place(check, b);

	return x->order > y->order ? x : y;
}

static void
check_limits(const struct check *check)
{
	const struct wax_local_policy *policy = &check->config->policy;
	struct wax_conf_report *report = check->report;

	if (policy->max_field_bytes > policy->max_header_bytes)
		wax_conf_error(report,
		    later(check, "max-field-bytes", "max-header-bytes"),
		    WAX_STR("max-field-bytes"),
		    "a field may be longer (%zu) than the whole header "
		    "(max-header-bytes, %zu); use no more than that",
		    policy->max_field_bytes, policy->max_header_bytes);
	if (policy->min_rsa_bits > policy->max_key_bits)
		wax_conf_error(report,
		    later(check, "min-rsa-bits", "max-key-bits"),
		    WAX_STR("min-rsa-bits"),
		    "the shortest key (%u) is longer than the longest one "
		    "(max-key-bits, %zu); use no more than that",
		    policy->min_rsa_bits, policy->max_key_bits);
}

static void
check_identity(const struct check *check)
{
	struct wax_str id = check->config->policy.authserv_id;
	const struct wax_conf_place *where = place(check, "authserv-id");

	/* What was written is checked already; the host name is not. */
	if (where->file.n > 0)
		return;
	if (id.n == 0 ||
	    wax_conf_check_authserv_id(check->report->arena, id) != NULL)
		wax_conf_error(check->report, where, WAX_STR("authserv-id"),
		    "the host name \"%.*s\" cannot be used; set authserv-id",
		    WAX_FMT(wax_conf_shown(check->report->arena, id)));
	else if (wax_str_find(id, '.') == id.n)
		wax_conf_warn(check->report, where, WAX_STR("authserv-id"),
		    "the host name \"%.*s\" has no dot, and may not be "
		    "unique; set authserv-id",
		    WAX_FMT(wax_conf_shown(check->report->arena, id)));
}

static void
check_networks(const struct check *check)
{
	const struct wax_network_set *set =
	    &check->config->policy.internal_networks;

	for (size_t i = 0; i < set->n; i++)
		if (set->v[i].prefix == 0)
			wax_conf_warn(check->report,
			    place(check, "internal-networks"),
			    WAX_STR("internal-networks"),
			    "a prefix of 0 makes every client internal: no "
			    "mail of that family is judged");
}

/* Where the group with this number begins. */
static struct wax_conf_place
place_of_relay(const struct check *check, size_t i)
{
	const struct wax_conf_setting *setting =
	    &check->snapshot->setting[wax_conf_key_index("relays")];
	struct wax_conf_place where = setting->place;

	where.line = setting->value.part[i].line;
	return where;
}

/* A relay's word decides who a message is from. */
static void
check_relay(const struct check *check, const struct wax_relay *relay,
    const struct wax_conf_place *where)
{
	struct wax_arena *arena = check->report->arena;
	struct wax_str name = wax_conf_shown(arena, relay->name);

	if (relay->networks.n == 0)
		wax_conf_error(check->report, where, WAX_STR("relays"),
		    "\"%.*s\" has no networks; write its addresses there",
		    WAX_FMT(name));
	for (size_t i = 0; i < relay->networks.n; i++) {
		const struct wax_network *network = &relay->networks.v[i];

		if (network->prefix >=
		    (network->base.family == WAX_IPV4 ? 8U : 16U))
			continue;
		wax_conf_error(check->report, where, WAX_STR("relays"),
		    "\"%.*s\": whoever is in a network of prefix %u is "
		    "believed about whom a message is from; name the "
		    "addresses of the relay",
		    WAX_FMT(name), network->prefix);
	}
}

static void
check_relays(const struct check *check)
{
	const struct wax_relay_list *relays = &check->config->policy.relays;

	for (size_t i = 0; i < relays->n; i++) {
		const struct wax_conf_place where = place_of_relay(check, i);

		check_relay(check, &relays->v[i], &where);
		for (size_t j = 0; j < i; j++)
			if (wax_str_eq(relays->v[i].name, relays->v[j].name))
				wax_conf_error(check->report, &where,
				    WAX_STR("relays"),
				    "two groups have the name \"%.*s\", and "
				    "the log could not tell them apart; put "
				    "their networks in one, or rename one",
				    WAX_FMT(wax_conf_shown(check->report->arena,
				        relays->v[i].name)));
	}
}

static void
check_socket(const struct check *check)
{
	struct wax_str socket = check->config->socket;
	struct wax_str host =
	    wax_str_from(socket, wax_str_find(socket, '@') + 1);
	struct wax_ip ip;

	if (!wax_str_starts(socket, WAX_STR("inet")))
		return;
	if (wax_str_ieq(host, WAX_STR("localhost")) ||
	    (wax_ip_parse(host, &ip) && wax_ip_is_loopback(ip)))
		return;
	wax_conf_warn(check->report, place(check, "socket"), WAX_STR("socket"),
	    "whoever reaches this port can use the filter; keep others away "
	    "from it, or use unix:PATH");
}

static void
check_psl(const struct check *check)
{
	const char *path =
	    wax_str_z(check->report->arena, check->config->psl_file);
	struct wax_text why;
	struct wax_err err;

	WAX_ASSERT(path != NULL);
	if (check->config->org_method != WAX_ORG_PSL ||
	    wax_file_readable(path, &err) == WAX_OK)
		return;
	wax_text_init(&why, check->report->arena);
	wax_text_add_escaped(&why, wax_str_of(err.text));
	wax_conf_error(check->report, place(check, "psl-file"),
	    WAX_STR("psl-file"),
	    "%.*s; install the package publicsuffix, or use "
	    "org-domain-method = \"treewalk\"",
	    WAX_FMT(wax_text_str(&why)));
}

static void
check_group(const struct check *check, const char *key, struct wax_str name)
{
	const char *z = wax_str_z(check->report->arena, name);

	if (name.n == 0 || (z != NULL && getgrnam(z) != NULL))
		return;
	wax_conf_error(check->report, place(check, key), wax_str_of(key),
	    "there is no group \"%.*s\"; create it, or name another",
	    WAX_FMT(wax_conf_shown(check->report->arena, name)));
}

/* Only root becomes somebody else; others stay who they are. */
static void
check_user(const struct check *check)
{
	struct wax_arena *arena = check->report->arena;
	const char *z = wax_str_z(arena, check->config->user);
	const struct passwd *user;

	if (geteuid() != 0)
		return;
	check_group(check, "group", check->config->group);
	user = z != NULL ? getpwnam(z) : NULL;
	if (user == NULL)
		wax_conf_error(check->report, place(check, "user"),
		    WAX_STR("user"),
		    "there is no user \"%.*s\"; create it (adduser --system "
		    "--group NAME), or name another",
		    WAX_FMT(wax_conf_shown(arena, check->config->user)));
	else if (user->pw_uid == 0)
		wax_conf_warn(check->report, place(check, "user"),
		    WAX_STR("user"),
		    "the filter keeps all rights of root; give it a user of "
		    "its own");
}

void
wax_conf_check_values(
    struct wax_conf_report *report, const struct wax_snapshot *snapshot)
{
	struct check check = { report, snapshot, &snapshot->config };

	check_limits(&check);
	check_identity(&check);
	check_networks(&check);
	check_relays(&check);
	wax_conf_check_report(report, snapshot);
}

void
wax_conf_check_machine(struct wax_conf_report *report,
    const struct wax_snapshot *snapshot, bool is_daemon)
{
	struct check check = { report, snapshot, &snapshot->config };

	check_psl(&check);
	if (!is_daemon)
		return;
	check_socket(&check);
	check_group(&check, "socket-group", check.config->socket_group);
	check_user(&check);
}
