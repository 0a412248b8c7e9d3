/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * header.b: enough letters of b= to tell a message's signatures apart.
 */
#include <stdlib.h>

#include "policy/auth/dkim_impl.h"

#define PREFIX_MIN 8
/* Signatures that are the same up to here are copies of each other, or made
 * to look so: a reader cannot tell them apart by more letters either. */
#define PREFIX_MAX 64

static int
by_text(const void *left, const void *right)
{
	const struct wax_dkim_entry *const *a = left, *const *b = right;

	return wax_str_cmp(wax_str_head((*a)->tags.b_text, PREFIX_MAX),
	    wax_str_head((*b)->tags.b_text, PREFIX_MAX));
}

/* How many letters at the front are the same. */
static size_t
common(struct wax_str a, struct wax_str b)
{
	size_t n = 0;

	while (n < a.n && n < b.n && a.p[n] == b.p[n])
		n++;
	return n;
}

static size_t
letters_needed(struct wax_dkim_entry *const *sorted, size_t i, size_t n)
{
	struct wax_str own = sorted[i]->tags.b_text;
	size_t need = PREFIX_MIN;

	if (i > 0 && common(own, sorted[i - 1]->tags.b_text) >= need)
		need = common(own, sorted[i - 1]->tags.b_text) + 1;
	if (i + 1 < n && common(own, sorted[i + 1]->tags.b_text) >= need)
		need = common(own, sorted[i + 1]->tags.b_text) + 1;
	return need < PREFIX_MAX ? need : PREFIX_MAX;
}

/* "=" is not a letter of base64, and is not part of a prefix. */
static struct wax_str
letters(struct wax_str s)
{
	while (s.n > 0 && s.p[s.n - 1] == '=')
		s.n--;
	return s;
}

/*
 * In order of their texts each is most like one of its neighbours. Shorter
 * texts are sorted in front of longer ones by wax_str_cmp() only if they
 * begin alike, which is all that is needed.
 */
void
wax_dkim_set_prefixes(struct wax_dkim *dkim)
{
	struct wax_dkim_entry **sorted =
	    wax_alloc(dkim->arena, dkim->n + 1, sizeof *sorted);

	for (size_t i = 0; i < dkim->n; i++) {
		dkim->entry[i].tags.b_text =
		    letters(dkim->entry[i].tags.b_text);
		sorted[i] = &dkim->entry[i];
	}
	qsort(sorted, dkim->n, sizeof *sorted, by_text);
	for (size_t i = 0; i < dkim->n; i++)
		sorted[i]->out.b_prefix = wax_str_head(
		    sorted[i]->tags.b_text, letters_needed(sorted, i, dkim->n));
}
