/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_report.c - the keys of reports: addresses and servers, and what must
 * fit together so that a report mail passes DMARC itself.
 */
#include "milter/conf/check.h"
#include "milter/conf/state.h"
#include "policy/base/text.h"
#include "policy/mail/abnf.h"
#include "policy/mail/domain.h"

#define LOCAL_PART_MAX 64 /* RFC 5321 s4.5.3.1.1 */

/* RFC 5322 s3.2.3: dot-atom-text, of ASCII. */
static bool
is_dot_atom(struct wax_str text)
{
	struct wax_str part;

	if (text.n == 0)
		return false;
	while (wax_str_cut(&text, '.', &part)) {
		if (part.n == 0)
			return false;
		for (size_t i = 0; i < part.n; i++)
			if (part.p[i] >= 0x7f || part.p[i] < 0 ||
			    !wax_is_atext(part.p[i]))
				return false;
	}
	return true;
}

const char *
wax_conf_check_address(struct wax_arena *arena, struct wax_str text)
{
	size_t at = wax_str_rfind(text, '@');
	struct wax_str local_part = wax_str_head(text, at);
	struct wax_str host = wax_str_from(text, at + 1);
	struct wax_domain domain;

	if (!is_dot_atom(local_part) || local_part.n > LOCAL_PART_MAX ||
	    !wax_domain_parse(arena, host, &domain) ||
	    wax_domain_labels(domain) < 2)
		return "is not an address; use one such as "
		       "dmarc-reports@example.org";
	if (!wax_str_ieq(domain.text, host))
		return wax_textf(arena,
		    "is not in its plain form; write "
		    "%.*s@%.*s",
		    WAX_FMT(local_part), WAX_FMT(domain.text))
		    .p;
	return NULL;
}

/* Of a URL: behind its scheme; false if it has another one. */
static bool
behind_scheme(struct wax_str text, struct wax_str *rest)
{
	struct wax_str scheme = WAX_STR("smtp://");

	if (wax_str_starts(text, WAX_STR("smtps://")))
		scheme = WAX_STR("smtps://");
	*rest = wax_str_from(text, scheme.n);
	return wax_str_starts(text, scheme);
}

/* Everything else is found when it is used (milter/send/smtp_url.c). */
const char *
wax_conf_check_smtp(struct wax_arena *arena, struct wax_str text)
{
	struct wax_str rest;
	size_t at;

	(void)arena;
	if (!behind_scheme(text, &rest))
		return "is not a mail server; use smtp://HOST:PORT or "
		       "smtps://HOST:PORT";
	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i] <= ' ' || rest.p[i] >= 0x7f)
			return "holds a blank, or what does not belong into a "
			       "host name; use smtp://HOST:PORT";
	at = wax_str_rfind(rest, '@');
	if (at < rest.n && wax_str_find(wax_str_head(rest, at), ':') < at)
		return "holds a password; write smtp://USER@HOST, and the "
		       "password into a file (report-smtp-password-file)";
	if (at + 1 >= rest.n && (at < rest.n || rest.n == 0))
		return "names no host; use smtp://HOST:PORT or "
		       "smtps://HOST:PORT";
	return NULL;
}

/* A check of all values. */
struct check {
	struct wax_conf_report *report;
	const struct wax_snapshot *snapshot;
	const struct wax_config *config;
};

static const struct wax_conf_place *
place(const struct check *check, const char *key)
{
	return &check->snapshot->setting[wax_conf_key_index(key)].place;
}

/* At the last of those that are set. */
static const struct wax_conf_place *
place_of_set(const struct check *check, const char *const *key,
    const struct wax_str *const *value, size_t n)
{
	const struct wax_conf_place *found = NULL;

	for (size_t i = 0; i < n; i++)
		if (value[i]->n > 0 &&
		    (found == NULL ||
		        place(check, key[i])->order > found->order))
			found = place(check, key[i]);
	return found;
}

/* All three or none. */
static void
check_key(const struct check *check)
{
	static const char *const key[] = { "report-dkim-domain",
		"report-dkim-selector", "report-dkim-key" };
	const struct wax_str *const value[] = {
		&check->config->report_dkim_domain,
		&check->config->report_dkim_selector,
		&check->config->report_dkim_key,
	};
	const struct wax_conf_place *where = place_of_set(check, key, value, 3);

	for (size_t i = 0; where != NULL && i < 3; i++)
		if (value[i]->n == 0)
			wax_conf_error(check->report, where, wax_str_of(key[i]),
			    "is not set; domain, selector and key make a "
			    "signature together: set all three, or none");
}

/* RFC 9989 s4.4: a signature of another organization helps nobody. Which
 * organization it is, only the DNS knows: so one has to be under the other. */
static void
check_alignment(const struct check *check)
{
	struct wax_arena *arena = check->report->arena;
	struct wax_str from = check->config->report_from;
	struct wax_domain author, signer;
	struct wax_domain top_author, top_signer;

	if (from.n == 0 || check->config->report_dkim_domain.n == 0 ||
	    !wax_domain_parse(arena,
	        wax_str_from(from, wax_str_rfind(from, '@') + 1), &author) ||
	    !wax_domain_parse(
	        arena, check->config->report_dkim_domain, &signer))
		return;
	top_author = wax_domain_suffix(author, 2);
	top_signer = wax_domain_suffix(signer, 2);
	if (wax_domain_eq(top_author, top_signer))
		return;
	wax_conf_warn(check->report, place(check, "report-dkim-domain"),
	    WAX_STR("report-dkim-domain"),
	    "%.*s is not of the same organization as report-from: reports will"
	    " not pass DMARC by its signature",
	    WAX_FMT(signer.text));
}

static void
check_login(const struct check *check)
{
	struct wax_str rest;
	bool has_user, has_password;

	if (!behind_scheme(check->config->report_smtp, &rest))
		return; /* said already */
	has_user = wax_str_rfind(rest, '@') < rest.n;
	has_password = check->config->report_smtp_password_file.n > 0;
	if (has_user && !has_password)
		wax_conf_error(check->report, place(check, "report-smtp"),
		    WAX_STR("report-smtp"),
		    "there is a user, but no password; write it into a file, "
		    "and set report-smtp-password-file");
	if (has_password && !has_user)
		wax_conf_error(check->report,
		    place(check, "report-smtp-password-file"),
		    WAX_STR("report-smtp-password-file"),
		    "there is a password, but no user; write report-smtp = "
		    "\"smtp://USER@HOST\"");
}

/* Which domains are known is forgotten with the rows. Whoever sends no reports
 * need not hear of the default. */
static void
check_known_days(const struct check *check)
{
	const struct wax_conf_place *days = place(check, "report-known-days");
	const struct wax_conf_place *rows = place(check, "retain-rows");
	int64_t kept = check->config->retain_rows_ms / (86400 * INT64_C(1000));

	if (check->config->report_known_days <= kept ||
	    (days->file.n == 0 && check->config->report_from.n == 0))
		return;
	wax_conf_warn(check->report,
	    days->file.n > 0 && days->order > rows->order ? days : rows,
	    WAX_STR("report-known-days"),
	    "%u days have no effect: what is known of a domain is kept for "
	    "%lld (retain-rows); raise retain-rows, or use no more than that",
	    check->config->report_known_days, (long long)kept);
}

void
wax_conf_check_report(
    struct wax_conf_report *report, const struct wax_snapshot *snapshot)
{
	struct check check = { report, snapshot, &snapshot->config };

	check_key(&check);
	check_alignment(&check);
	check_login(&check);
	check_known_days(&check);
}
