/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain.h - sealwax-check --domain: what is wrong with domains' records.
 */
#ifndef WAX_MILTER_CMD_DOMAIN_H
#define WAX_MILTER_CMD_DOMAIN_H

#include "policy/check/domain_check.h"
#include "policy/check/ours.h"
#include "policy/check/servers.h"
#include "policy/local_policy.h"

/* What the command line asks for. */
struct wax_domain_options {
	size_t n_domains;
	const struct wax_domain *domain;
	size_t n_selectors;
	const struct wax_str *selector;
	bool tries_common;
	bool asks_servers; /* --authoritative; not with a zone */
	bool json;
};

/* What it is done with. */
struct wax_domain_means {
	struct wax_resolver *resolver;     /* for all threads */
	bool is_zone;                      /* its clock stands at 0 */
	const struct wax_engines *engines; /* with a list, or without */
	unsigned patience_ms;              /* for each part of a domain */
	const struct wax_ours *ours;       /* --ours; NULL: not compared */
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

/* The relays and internal networks of the configuration, and this host's
 * addresses. */
struct wax_ours wax_domain_ours(
    struct wax_arena *arena, const struct wax_local_policy *policy);

/* Ask a domain's name servers, and compare. Lives in the arena of
 * `findings`. */
const struct wax_name_servers *wax_domain_servers(struct wax_findings *findings,
    const struct wax_domain_means *means, const struct wax_domain_check *check);

/* One domain as text, as JSON. `servers`: NULL if they were not asked. */
struct wax_str wax_domain_text(struct wax_arena *arena,
    const struct wax_domain_check *check,
    const struct wax_name_servers *servers, const struct wax_findings *findings,
    bool has_colours);
struct wax_str wax_domain_json(struct wax_arena *arena,
    const struct wax_domain_check *check,
    const struct wax_name_servers *servers,
    const struct wax_findings *findings);

#endif
