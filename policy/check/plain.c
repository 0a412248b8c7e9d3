/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/check/plain.h"

#include "policy/base/text.h"

static const struct {
	struct wax_str octets, instead;
} foreign[] = {
	{ WAX_STR_INIT("\xc2\xa0"), WAX_STR_INIT(" ") },     /* no-break */
	{ WAX_STR_INIT("\xe2\x80\x8b"), WAX_STR_INIT("") },  /* zero width */
	{ WAX_STR_INIT("\xef\xbb\xbf"), WAX_STR_INIT("") },  /* BOM */
	{ WAX_STR_INIT("\xe2\x80\x93"), WAX_STR_INIT("-") }, /* en dash */
	{ WAX_STR_INIT("\xe2\x80\x94"), WAX_STR_INIT("-") }, /* em dash */
	{ WAX_STR_INIT("\xe2\x88\x92"), WAX_STR_INIT("-") }, /* minus */
	{ WAX_STR_INIT("\xe2\x80\x9c"), WAX_STR_INIT("") },  /* quotes */
	{ WAX_STR_INIT("\xe2\x80\x9d"), WAX_STR_INIT("") },
	{ WAX_STR_INIT("\""), WAX_STR_INIT("") },
	{ WAX_STR_INIT("\\"), WAX_STR_INIT("") },
	{ WAX_STR_INIT("\t"), WAX_STR_INIT(" ") },
	{ WAX_STR_INIT("\r"), WAX_STR_INIT(" ") },
	{ WAX_STR_INIT("\n"), WAX_STR_INIT(" ") },
};

#define N_FOREIGN (sizeof foreign / sizeof foreign[0])

struct wax_str
wax_plain(struct wax_arena *arena, struct wax_str text)
{
	struct wax_text out;

	wax_text_init(&out, arena);
	while (text.n > 0) {
		size_t i = 0;

		while (
		    i < N_FOREIGN && !wax_str_starts(text, foreign[i].octets))
			i++;
		if (i < N_FOREIGN) {
			wax_text_add(&out, foreign[i].instead);
			text = wax_str_from(text, foreign[i].octets.n);
			continue;
		}
		wax_text_addc(&out, text.p[0]);
		text = wax_str_from(text, 1);
	}
	return wax_str_trim(wax_text_str(&out));
}

struct wax_str
wax_without_front(struct wax_str text)
{
	static const struct wax_str bom = WAX_STR_INIT("\xef\xbb\xbf");

	if (wax_str_starts(text, bom))
		text = wax_str_from(text, bom.n);
	while (text.n > 0 && (wax_is_space(text.p[0]) || text.p[0] == '"' ||
	                         text.p[0] == '\'' || text.p[0] == '\\'))
		text = wax_str_from(text, 1);
	return text;
}
