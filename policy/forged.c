/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/forged.h"

#include "policy/mail/authres.h"

void
wax_forged_init(struct wax_forged *forged, struct wax_arena *arena,
    const struct wax_local_policy *policy)
{
	*forged = (struct wax_forged){ .arena = arena, .policy = policy };
}

/* Whether a field claims to be ours.                      RFC 8601 s5 */
static bool
claims_ours(const struct wax_forged *forged, struct wax_str raw_value)
{
	const struct wax_str_list *others = &forged->policy->strip_authserv_ids;

	if (wax_authres_claims(
	        forged->arena, raw_value, forged->policy->authserv_id))
		return true;
	for (size_t i = 0; i < others->n; i++)
		if (wax_authres_claims(forged->arena, raw_value, others->v[i]))
			return true;
	return false;
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
