/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report_name.c - what a report is called: in its Subject and as a file.
 *                                       RFC 9990 s3.5.2
 *
 * Everything in it is a domain, a number, or a Report-ID that we made: there
 * is nothing to be quoted.
 */
#include <inttypes.h>

#include "policy/base/text.h"
#include "policy/report/rua.h"

/*
 * The unique-id of a file name has letters and digits only, and is the
 * Report-ID: so that has no more.       RFC 9990 s3.1.4, s3.5.2
 */
static bool
is_alphanumeric(struct wax_str id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!wax_is_alpha(id.p[i]) && !wax_is_digit(id.p[i]))
			return false;
	return true;
}

struct wax_str
wax_report_subject(struct wax_arena *arena, struct wax_domain policy_domain,
    struct wax_domain submitter, struct wax_str report_id)
{
	WAX_ASSERT(report_id.n > 0 && is_alphanumeric(report_id));
	return wax_textf(arena,
	    "Report Domain: %.*s Submitter: %.*s Report-ID: <%.*s>",
	    WAX_FMT(policy_domain.text), WAX_FMT(submitter.text),
	    WAX_FMT(report_id));
}

struct wax_str
wax_report_file_name(struct wax_arena *arena, struct wax_domain submitter,
    struct wax_domain policy_domain, struct wax_period period,
    struct wax_str report_id)
{
	WAX_ASSERT(is_alphanumeric(report_id));
	return wax_textf(arena,
	    "%.*s!%.*s!%" PRId64 "!%" PRId64 "%s%.*s.xml.gz",
	    WAX_FMT(submitter.text), WAX_FMT(policy_domain.text), period.begin,
	    period.end, report_id.n > 0 ? "!" : "", WAX_FMT(report_id));
}
