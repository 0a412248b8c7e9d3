/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/forged.h"

#include "policy/mail/authres.h"

void
wax_forged_init(struct wax_forged *forged, struct wax_arena *arena,
    const struct wax_local_policy *policy)
{
	*forged = (struct wax_forged){ .arena = arena, .policy = policy };
}

static void
copy_name(struct wax_arena *arena, struct wax_forged_name *to,
    const struct wax_forged_name *from)
{
	*to = (struct wax_forged_name){ .seen = from->seen };
	for (size_t i = 0; i < from->place.n; i++)
		WAX_PUSH(arena, &to->place, from->place.v[i]);
}

void
wax_forged_copy(struct wax_forged *to, struct wax_arena *arena,
    const struct wax_forged *from)
{
	wax_forged_init(to, arena, from->policy);
	copy_name(arena, &to->authres, &from->authres);
	copy_name(arena, &to->quarantine, &from->quarantine);
}

static bool
claims_any(const struct wax_forged *forged, struct wax_arena *scratch,
    struct wax_str raw_value)
{
	const struct wax_str_list *others = &forged->policy->strip_authserv_ids;

	if (wax_authres_claims(scratch, raw_value, forged->policy->authserv_id))
		return true;
	for (size_t i = 0; i < others->n; i++)
		if (wax_authres_claims(scratch, raw_value, others->v[i]))
			return true;
	return false;
}

/*
 * Whether a field claims to be ours.                      RFC 8601 s5
 *
 * Reading it takes memory of its own size, and there is no bound on such
 * fields: so that memory is given back at once.
 */
static bool
claims_ours(const struct wax_forged *forged, struct wax_str raw_value)
{
	struct wax_arena *scratch = wax_arena_new("authres", 0);
	bool claims = claims_any(forged, scratch, raw_value);

	wax_arena_free(scratch);
	return claims;
}

static struct wax_str
without_trailing_blanks(struct wax_str name)
{
	while (name.n > 0 && wax_is_space(name.p[name.n - 1]))
		name.n--;
	return name;
}

void
wax_forged_field(
    struct wax_forged *forged, struct wax_str name, struct wax_str raw_value)
{
	/* "Name :" is that field, too: both MTAs drop the blank. */
	name = without_trailing_blanks(name);
	if (wax_str_ieq(name, WAX_STR("Authentication-Results"))) {
		forged->authres.seen++;
		if (claims_ours(forged, raw_value))
			WAX_PUSH(forged->arena, &forged->authres.place,
			    forged->authres.seen);
	} else if (wax_str_ieq(name, WAX_STR(WAX_QUARANTINE_HEADER))) {
		forged->quarantine.seen++;
		WAX_PUSH(forged->arena, &forged->quarantine.place,
		    forged->quarantine.seen);
	}
}
