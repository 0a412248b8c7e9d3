/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/conf/config.h"

#include "milter/conf/state.h"
#include "policy/base/text.h"

/* Column of the origin, where the value leaves room for it. */
#define ORIGIN_COLUMN 48

static void
dump_key(struct wax_arena *arena, const struct wax_conf_key *key,
    const struct wax_conf_setting *setting, bool with_origin, FILE *out)
{
	struct wax_text line;

	wax_text_init(&line, arena);
	wax_text_addf(&line, "%s = ", key->name);
	wax_text_add(&line, wax_conf_value_format(arena, key, &setting->value));
	if (with_origin) {
		wax_text_addc(&line, ' ');
		while (line.n < ORIGIN_COLUMN)
			wax_text_addc(&line, ' ');
		wax_text_addz(&line, "# ");
		wax_text_add(
		    &line, wax_conf_place_format(arena, &setting->place));
		if (setting->place.file.n == 0 && key->initial == NULL)
			wax_text_addz(&line, " (host name)");
	}
	/* Whether all could be written is the caller's to ask of `out`. */
	(void)fprintf(out, "%.*s\n", WAX_FMT(wax_text_str(&line)));
}

void
wax_config_dump(
    const struct wax_snapshot *snapshot, bool changed_only, FILE *out)
{
	struct wax_arena *arena = wax_arena_new("dump", 16384);
	bool is_first = true;

	for (size_t i = 0; i < wax_conf_n_keys; i++) {
		const struct wax_conf_key *key = &wax_conf_keys[i];

		if (changed_only && !snapshot->setting[i].is_changed)
			continue;
		if (!changed_only &&
		    (is_first || key->group != wax_conf_keys[i - 1].group))
			(void)fprintf(out, "%s# %s\n", is_first ? "" : "\n",
			    wax_conf_group_title(key->group));
		is_first = false;
		dump_key(arena, key, &snapshot->setting[i], !changed_only, out);
	}
	wax_arena_free(arena);
}
