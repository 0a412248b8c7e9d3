/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explain.h - how a verdict came about, for people.
 *
 * Everything that came from outside is escaped, so that a terminal shows it
 * and does not obey it.
 */
#ifndef WAX_MILTER_CMD_EXPLAIN_H
#define WAX_MILTER_CMD_EXPLAIN_H

#include "policy/base/text.h"
#include "policy/render.h"

/* `row` is NULL for what is not reported. */
struct wax_str wax_explain(struct wax_arena *arena,
    const struct wax_local_policy *policy, const struct wax_facts *facts,
    const struct wax_forged *forged, const struct wax_results *results,
    const struct wax_verdict *verdict, const struct wax_render_row *row);

/* The tree walk and the comparisons of DMARC: explain_dmarc.c. */
void wax_explain_dmarc(
    struct wax_text *text, const struct wax_results *results);

#endif
