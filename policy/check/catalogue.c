/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The catalogue of findings: one entry for each id, in the order of
 * finding.h. sealwax-check(1) has an entry for each word, and tests/unit/check
 * a domain that draws it.
 */
#include "policy/check/finding.h"

static const struct wax_finding_kind catalogue[WAX_FINDING_IDS] = {
	/* --- the mail route ---------------------------------------------- */
	[WAX_F_MX_DOMAIN_ABSENT] = { "MX-DOMAIN-ABSENT", WAX_AREA_ROUTE,
	    WAX_ERROR, "The domain does not exist: mail to it is returned.",
	    "Register the domain, or look for a slip in its name.", "" },

	/* --- SPF --------------------------------------------------------- */

	/* --- DKIM -------------------------------------------------------- */

	/* --- DMARC ------------------------------------------------------- */

	/* --- the domain's own name servers ------------------------------- */

	/* --- our own relays ---------------------------------------------- */
};

const struct wax_finding_kind *
wax_finding_kind(enum wax_finding_id id)
{
	WAX_ASSERT((size_t)id < WAX_FINDING_IDS && catalogue[id].word != NULL);
	return &catalogue[id];
}
