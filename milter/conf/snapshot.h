/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * snapshot.h - one state of the configuration: immutable, counted.
 *
 * A reload makes a new snapshot; each connection keeps the one it began
 * with. All text lives in the snapshot's own arena.
 */
#ifndef WAX_MILTER_CONF_SNAPSHOT_H
#define WAX_MILTER_CONF_SNAPSHOT_H

#include <stdint.h>
#include <sys/types.h>

#include "policy/local_policy.h"

enum wax_log_to {
	WAX_LOG_TO_SYSLOG,
	WAX_LOG_TO_STDERR
};

/* log-addresses; the same order as enum wax_log_addresses of
 * policy/render.h. */
enum wax_conf_addresses {
	WAX_ADDRESSES_FULL,
	WAX_ADDRESSES_DOMAIN,
	WAX_ADDRESSES_NONE
};

enum wax_conf_arc {
	WAX_ARC_AUTO, /* only if a sealer is trusted */
	WAX_ARC_YES,
	WAX_ARC_NO
};

struct wax_config {
	/* Process */
	struct wax_str socket; /* "unix:PATH", "inet:PORT@HOST" ... */
	mode_t socket_mode;
	struct wax_str socket_group, user, group, pid_file, state_dir;
	/* Log */
	enum wax_log_to log_to;
	bool log_json;
	int syslog_facility; /* LOG_MAIL ... */
	struct wax_str syslog_name;
	enum wax_conf_addresses log_addresses;
	/* Judging, actions, limits of one message */
	struct wax_local_policy policy;
	enum wax_spf_engine spf_engine;
	enum wax_org_method org_method;
	struct wax_str psl_file;
	/* DNS */
	struct wax_str_list resolver; /* "ADDR" or "ADDR@PORT"; empty: the
				       * system's */
	size_t dns_cache_bytes, dns_cache_entries;
	/* Overload */
	size_t max_sessions, max_evaluations, max_memory;
	/* Store */
	struct wax_str store; /* "sqlite:PATH" or "postgresql://..." */
	uint64_t journal_quota;
	unsigned journal_sync_ms; /* 0: always, before the verdict */
	uint64_t retain_rows_ms, retain_evidence_ms;
	/* Reports */
	struct wax_str report_org_name, report_from, report_contact,
	    report_smtp, report_smtp_password_file, report_smtp_ca_file,
	    report_dkim_domain, report_dkim_selector, report_dkim_key;
	bool report_smtp_needs_tls, report_unsigned;
	unsigned report_delay_ms, report_known_days, max_report_uris;
	/* Watch */
	struct wax_str metrics_listen, metrics_file;
	/* Checked and carried, but nothing looks at them yet */
	struct wax_str_list trusted_sealers;
	enum wax_conf_arc arc;
	bool iprev;
	/* Where it came from; empty: no file. */
	struct wax_str file;
};

struct wax_snapshot; /* a wax_config and its count of references */

/* Any thread. */
const struct wax_config *wax_snapshot_config(
    const struct wax_snapshot *snapshot);
struct wax_snapshot *wax_snapshot_ref(struct wax_snapshot *snapshot);
void wax_snapshot_unref(struct wax_snapshot *snapshot); /* NULL is allowed */

#endif
