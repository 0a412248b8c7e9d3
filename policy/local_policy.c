/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/local_policy.h"

#include "policy/base/limits.h"

/* 127.0.0.0/8 and ::1, the default of internal-networks. */
static const struct wax_network loopback[] = {
	{ { WAX_IPV4, { 127, 0, 0, 0 } }, 8 },
	{ { WAX_IPV6, { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } },
	    128 },
};

static const struct wax_str submission[] = {
	WAX_STR_INIT("ORIGINATING"),
	WAX_STR_INIT("MSA"),
};

const struct wax_local_policy wax_local_policy_defaults = {
	.internal_networks = { sizeof loopback / sizeof loopback[0], loopback },
	.skip_authenticated = true,
	.originating_daemon_names = { sizeof submission / sizeof submission[0],
	    submission },
	.mode = WAX_MONITOR,
	.on_reject = WAX_REJECT_CORROBORATED,
	.quarantine_by_header = false,
	.on_temperror = WAX_TEMPFAIL,
	.on_overload = WAX_TEMPFAIL,
	.on_internal_error = WAX_TEMPFAIL,
	.on_limit = WAX_QUARANTINE,
	.on_bad_from = WAX_REJECT,
	.on_spf_fail = WAX_ACCEPT,
	.on_dkim_fail = WAX_ACCEPT,
	.on_null_mx = WAX_ACCEPT,
	.on_relay_reject = WAX_QUARANTINE,
	.accept_l_tag = false,
	.min_rsa_bits = WAX_KEY_BITS_MIN_DEFAULT,
	.dns_deadline_ms = WAX_DNS_DEADLINE_MS_DEFAULT,
	.max_dns_queries = WAX_DNS_QUERIES_DEFAULT,
	.max_signatures = WAX_SIGNATURES_DEFAULT,
	.max_key_lookups = WAX_KEY_LOOKUPS_DEFAULT,
	.max_key_bits = WAX_KEY_BITS_DEFAULT,
	.max_body_hashes = WAX_BODY_HASHES_DEFAULT,
	.max_signed_names = WAX_SIGNED_NAMES_DEFAULT,
	.max_spf_record_bytes = WAX_SPF_RECORD_BYTES_DEFAULT,
	.max_field_bytes = WAX_FIELD_BYTES_DEFAULT,
	.max_header_bytes = WAX_HEADER_BYTES_DEFAULT,
	.max_fields = WAX_FIELDS_DEFAULT,
	.max_from_addresses = WAX_FROM_ADDRESSES_DEFAULT,
	.max_recipients = WAX_RECIPIENTS_DEFAULT,
};
