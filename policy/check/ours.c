/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/check/ours.h"

enum standing {
	STANDS_WELL, /* this host, or a relay */
	IS_INTERNAL,
	IS_STRANGE
};

/* A relay that is internal, too, is treated as a relay. */
static enum standing
standing_of(const struct wax_ours *ours, struct wax_ip ip)
{
	for (size_t i = 0; i < ours->n_own; i++)
		if (wax_ip_eq(ours->own[i], ip))
			return STANDS_WELL;
	if (wax_network_set_has(&ours->relays, ip))
		return STANDS_WELL;
	return wax_network_set_has(&ours->internal, ip) ? IS_INTERNAL
	                                                : IS_STRANGE;
}

static bool
has_own(const struct wax_ours *ours, const struct wax_answer *answer)
{
	for (size_t i = 0; answer != NULL && i < answer->n; i++)
		for (size_t j = 0; j < ours->n_own; j++)
			if (wax_ip_eq(answer->rr[i].address, ours->own[j]))
				return true;
	return false;
}

/* Mail from hosts of higher preferences comes to us, or to the first. */
static unsigned
preference_of_ours(const struct wax_route *route, const struct wax_ours *ours)
{
	for (size_t i = 0; i < route->n; i++)
		if (has_own(ours, route->host[i].a) ||
		    has_own(ours, route->host[i].aaaa))
			return route->host[i].preference;
	return route->host[0].preference;
}

/* Addresses of one standing: as a list for people, and for the entry. */
struct addresses {
	size_t n;
	struct wax_text shown, entry;
};

static void
collect(struct addresses *list, const struct wax_ours *ours,
    enum standing standing, const struct wax_answer *answer)
{
	for (size_t i = 0;
	     answer != NULL && i < answer->n && i < WAX_CHECK_ADDRESSES_MAX;
	     i++) {
		struct wax_ip ip = answer->rr[i].address;
		struct wax_str text = wax_ip_format(list->shown.arena, ip);

		if (standing_of(ours, ip) != standing)
			continue;
		wax_text_addf(&list->shown, "%s%.*s", list->n > 0 ? ", " : "",
		    WAX_FMT(text));
		wax_text_addf(&list->entry, "%s\"%.*s\"",
		    list->n > 0 ? ", " : "", WAX_FMT(text));
		list->n++;
	}
}

static struct wax_str
entry(struct wax_arena *arena, const struct wax_ours *ours,
    const struct wax_route_host *host, const struct addresses *list)
{
	struct wax_str one =
	    wax_textf(arena, "{ name = \"%.*s\"; networks = [%.*s] }",
	        WAX_FMT(host->name), WAX_FMT(wax_text_str(&list->entry)));

	if (ours->relays.n > 0) /* among the others */
		return one;
	return wax_textf(arena, "relays = (\n  %.*s\n)", WAX_FMT(one));
}

static void
check_host(struct wax_findings *findings, const struct wax_ours *ours,
    const struct wax_route_host *host, enum standing standing)
{
	struct addresses list = { .n = 0 };

	wax_text_init(&list.shown, findings->arena);
	wax_text_init(&list.entry, findings->arena);
	collect(&list, ours, standing, host->a);
	collect(&list, ours, standing, host->aaaa);
	if (list.n == 0)
		return;
	wax_found(findings,
	    standing == IS_INTERNAL ? WAX_F_OURS_INTERNAL : WAX_F_OURS_NO_RELAY,
	    host->name, entry(findings->arena, ours, host, &list),
	    "%.*s (%.*s) is an MX host of priority %u, but %s",
	    WAX_FMT(host->name), WAX_FMT(wax_text_str(&list.shown)),
	    host->preference,
	    standing == IS_INTERNAL ? "among internal-networks"
	                            : "in no relay entry");
}

void
wax_check_ours(struct wax_findings *findings, const struct wax_route *route,
    const struct wax_ours *ours)
{
	unsigned last;

	if (route->kind != WAX_ROUTE_MX)
		return;
	last = preference_of_ours(route, ours);
	for (size_t i = 0; i < route->n; i++) {
		if (route->host[i].preference <= last)
			continue;
		check_host(findings, ours, &route->host[i], IS_STRANGE);
		check_host(findings, ours, &route->host[i], IS_INTERNAL);
	}
}
