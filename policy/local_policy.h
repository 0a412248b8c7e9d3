/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * local_policy.h - the receiver's choices, as plain data.
 *
 * The only part of the configuration that policy/ knows. The names are those
 * of sealwax.conf(5); milter/conf fills it, tests write it by hand.
 */
#ifndef WAX_POLICY_LOCAL_POLICY_H
#define WAX_POLICY_LOCAL_POLICY_H

#include "policy/auth/engines.h"
#include "policy/base/ip.h"
#include "policy/base/str.h"

/* In the order of severity: the stricter of two is the greater. */
enum wax_action {
	WAX_ACCEPT,
	WAX_QUARANTINE,
	WAX_TEMPFAIL,
	WAX_REJECT
};

enum wax_mode {
	WAX_MONITOR,
	WAX_ENFORCE
};
enum wax_on_reject {
	WAX_REJECT_CORROBORATED,
	WAX_REJECT_ALWAYS,
	WAX_REJECT_QUARANTINE
};

struct wax_str_list {
	size_t n;
	const struct wax_str *v;
};

/* Hosts of ours that take others' mail and hand it to us. */
struct wax_relay {
	struct wax_str name;
	struct wax_network_set networks;
};

struct wax_relay_list {
	size_t n;
	const struct wax_relay *v;
};

struct wax_local_policy {
	/* Identity */
	struct wax_str authserv_id;
	struct wax_str_list strip_authserv_ids;
	bool received_spf;
	/* Not judged */
	struct wax_network_set internal_networks;
	bool skip_authenticated;
	struct wax_str_list originating_daemon_names;
	/* Trust */
	struct wax_relay_list relays;
	/* Actions */
	enum wax_mode mode;
	enum wax_on_reject on_reject;
	bool quarantine_by_header;         /* quarantine-action = "header" */
	enum wax_action on_temperror;      /* tempfail, accept */
	enum wax_action on_overload;       /* tempfail, accept */
	enum wax_action on_internal_error; /* tempfail, accept */
	enum wax_action on_limit;          /* quarantine, reject, accept */
	enum wax_action on_bad_from;       /* reject, quarantine, accept */
	enum wax_action on_spf_fail;     /* accept (none), quarantine, reject */
	enum wax_action on_dkim_fail;    /* the same */
	enum wax_action on_null_mx;      /* the same */
	enum wax_action on_relay_reject; /* quarantine, accept */
	struct wax_str reject_url;
	/* Judging (the engines' options are fixed at start) */
	bool accept_l_tag;
	unsigned min_rsa_bits;
	/* DNS */
	unsigned dns_deadline_ms;
	size_t max_dns_queries;
	/* Limits: policy/base/limits.h */
	size_t max_signatures, max_key_lookups, max_key_bits, max_body_hashes,
	    max_signed_names, max_spf_record_bytes, max_field_bytes,
	    max_header_bytes, max_fields, max_from_addresses, max_recipients;
};

/* Every key at its default, with no authserv-id. */
extern const struct wax_local_policy wax_local_policy_defaults;

#endif
