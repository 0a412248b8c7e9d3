/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain_list.c - names of domains in a file.
 */
#include "milter/cmd/domain.h"

enum wax_status
wax_domain_list_read(struct wax_arena *arena, struct wax_str text, size_t *n,
    const struct wax_domain **out, struct wax_err *err)
{
	WAX_VEC(struct wax_domain) list = { 0 };
	unsigned number = 0;
	struct wax_str line;

	while (wax_str_cut(&text, '\n', &line)) {
		struct wax_domain domain;

		number++;
		line =
		    wax_str_trim(wax_str_head(line, wax_str_find(line, '#')));
		if (line.n == 0)
			continue;
		if (!wax_domain_parse(arena, line, &domain))
			return wax_fail(err, WAX_E_SYNTAX,
			    "line %u: not the name of a domain", number);
		WAX_PUSH(arena, &list, domain);
	}
	*n = list.n;
	*out = list.v;
	return WAX_OK;
}
