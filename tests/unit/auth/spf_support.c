/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/dns/zone.h"
#include "tests/unit/auth/spf_suites.h"

const struct wax_spf_judge wax_spf_judges[N_JUDGES] = {
	{ WAX_SPF_OWN, wax_spf_rfc7208 },
	{ WAX_SPF_LIBSPF2, wax_spf_libspf2 },
};

struct wax_resolver *
wax_spf_zone(struct wax_arena *arena, const char *text)
{
	struct wax_err err = { .text = "" };
	struct wax_zone *zone = wax_zone_parse(arena, wax_exact(text), &err);

	ck_assert_msg(zone != NULL, "%s in\n%s", err.text, text);
	return wax_zone_resolver(arena, zone);
}

struct wax_spf_query
wax_spf_query_of(struct wax_arena *arena, const char *from, const char *ip)
{
	struct wax_str mailbox = wax_exact(from);
	size_t at = wax_str_rfind(mailbox, '@');
	struct wax_spf_query query = { .scope = WAX_SPF_MAILFROM,
		.local_part = wax_str_head(mailbox, at),
		.helo = WAX_STR("mail.example.net") };

	if (!wax_domain_parse(
	        arena, wax_str_from(mailbox, at + 1), &query.domain))
		query.domain.text = WAX_STR("");
	if (ip != NULL)
		ck_assert(wax_ip_parse(wax_str_of(ip), &query.client));
	return query;
}
