/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain.h - sealwax-check --domain: what is wrong with domains' records.
 */
#ifndef WAX_MILTER_CMD_DOMAIN_H
#define WAX_MILTER_CMD_DOMAIN_H

#include "policy/check/domain_check.h"

/* What the command line asks for. */
struct wax_domain_options {
	size_t n_domains;
	const struct wax_domain *domain;
	size_t n_selectors;
	const struct wax_str *selector;
	bool tries_common;
	bool json;
};

/* What it is done with. */
struct wax_domain_means {
	struct wax_resolver *resolver;     /* for all threads */
	bool is_zone;                      /* its clock stands at 0 */
	const struct wax_engines *engines; /* with a list, or without */
	unsigned patience_ms;              /* for each part of a domain */
};

/* Check them, several at a time, and print each in its turn. The exit
 * status: the worst of theirs. */
int wax_domain_run(const struct wax_domain_options *options,
    const struct wax_domain_means *means);

/* The names in a file, one a line; "#" begins a comment. Errors:
 * WAX_E_SYNTAX, the text says which line. */
enum wax_status wax_domain_list_read(struct wax_arena *arena,
    struct wax_str text, size_t *n, const struct wax_domain **out,
    struct wax_err *err) WAX_MUST_USE;

/* One domain as text, as JSON. */
struct wax_str wax_domain_text(struct wax_arena *arena,
    const struct wax_domain_check *check, const struct wax_findings *findings,
    bool has_colours);
struct wax_str wax_domain_json(struct wax_arena *arena,
    const struct wax_domain_check *check, const struct wax_findings *findings);

#endif
