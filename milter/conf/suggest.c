/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/conf/suggest.h"

#include "milter/conf/import.h"
#include "milter/conf/schema.h"

#define NAME_MAX_LENGTH 64

/* Lower case, without separators. */
static struct wax_str
folded(struct wax_arena *arena, struct wax_str s)
{
	char *p = wax_alloc(arena, s.n + 1, 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '-' && s.p[i] != '_' && s.p[i] != '.')
			p[n++] = wax_lower(s.p[i]);
	return (struct wax_str){ p, n };
}

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Optimal string alignment over three rows. */
static size_t
aligned(struct wax_str a, struct wax_str b)
{
	unsigned row[3][NAME_MAX_LENGTH + 1];

	for (size_t j = 0; j <= b.n; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a.n; i++) {
		unsigned *now = row[i % 3], *last = row[(i - 1) % 3];
		const unsigned *older = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= b.n; j++) {
			bool same = a.p[i - 1] == b.p[j - 1];

			now[j] = least(last[j] + 1, now[j - 1] + 1,
			    last[j - 1] + (same ? 0 : 1));
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
			    a.p[i - 2] == b.p[j - 1] &&
			    older[j - 2] + 1 < now[j])
				now[j] = older[j - 2] + 1;
		}
	}
	return row[a.n % 3][b.n];
}

size_t
wax_conf_distance(
    struct wax_arena *arena, struct wax_str a, struct wax_str b, size_t most)
{
	struct wax_str x, y;
	size_t distance;

	if (a.n > NAME_MAX_LENGTH || b.n > NAME_MAX_LENGTH)
		return most + 1;
	x = folded(arena, a);
	y = folded(arena, b);
	if ((x.n > y.n ? x.n - y.n : y.n - x.n) > most)
		return most + 1;
	distance = aligned(x, y);
	return distance <= most ? distance : most + 1;
}

struct wax_str
wax_conf_suggest(struct wax_arena *arena, struct wax_str name)
{
	size_t most = name.n >= 8 ? 3 : name.n >= 5 ? 2 : 1, best = most + 1;
	struct wax_str found = WAX_STR("");

	if (wax_conf_key_find(name) != NULL)
		return WAX_STR("");
	found = wax_import_counterpart(arena, name);
	if (found.n > 0)
		return found;
	for (size_t i = 0; i < wax_conf_n_keys; i++) {
		struct wax_str key = wax_str_of(wax_conf_keys[i].name);
		size_t distance = wax_conf_distance(arena, key, name, most);

		if (distance < best) {
			best = distance;
			found = key;
		}
	}
	return found;
}
