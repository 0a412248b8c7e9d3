/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/check/finding.h"

#include "policy/base/limits.h"

void
wax_found(struct wax_findings *findings, enum wax_finding_id id,
    struct wax_str name, struct wax_str publish, const char *what, ...)
{
	struct wax_text text;
	va_list ap;

	if (findings->list.n >= WAX_FINDINGS_MAX)
		return;
	wax_text_init(&text, findings->arena);
	va_start(ap, what);
	wax_text_addv(&text, what, ap);
	va_end(ap);
	WAX_PUSH(findings->arena, &findings->list,
	    (struct wax_finding){
	        .id = id,
	        .name = wax_str_dup(findings->arena, name),
	        .what = wax_text_str(&text),
	        .publish = publish,
	    });
}

bool
wax_findings_have(const struct wax_findings *findings, enum wax_finding_id id)
{
	for (size_t i = 0; i < findings->list.n; i++)
		if (findings->list.v[i].id == id)
			return true;
	return false;
}

const char *
wax_severity_word(enum wax_severity severity)
{
	static const char *const words[] = {
		[WAX_NOTE] = "note",
		[WAX_WARNING] = "warning",
		[WAX_ERROR] = "error",
		[WAX_UNKNOWN] = "unknown",
	};

	return words[severity];
}

const char *
wax_area_word(enum wax_area area)
{
	static const char *const words[] = {
		[WAX_AREA_ROUTE] = "route",
		[WAX_AREA_SPF] = "spf",
		[WAX_AREA_DKIM] = "dkim",
		[WAX_AREA_DMARC] = "dmarc",
		[WAX_AREA_SERVERS] = "servers",
		[WAX_AREA_OURS] = "ours",
	};

	return words[area];
}

/* An error that is certain outweighs what could not be asked. */
int
wax_findings_status(const struct wax_findings *findings)
{
	bool have[WAX_UNKNOWN + 1] = { false };

	for (size_t i = 0; i < findings->list.n; i++)
		have[wax_finding_kind(findings->list.v[i].id)->severity] = true;
	if (have[WAX_ERROR])
		return 2;
	if (have[WAX_UNKNOWN])
		return 3;
	return have[WAX_WARNING] ? 1 : 0;
}
