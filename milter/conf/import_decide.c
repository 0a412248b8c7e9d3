/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the chain of three does with mail, said with our keys.
 *
 * There is one mode for all three tasks. If no program of the chain refuses
 * mail, it is monitor. If only some do, it is enforce, and what the others
 * find is made harmless: nothing that was delivered until now may be refused.
 * Where we know better, a note says so, and the operator decides.
 */
#include "milter/conf/import_chain.h"

static void
decide_reject(const struct wax_import_chain *chain)
{
	struct wax_import *import = chain->import;
	struct wax_import_line *line =
	    wax_import_dmarc_line(chain, "RejectFailures");

	if (chain->dmarc_rejects) {
		wax_import_offer_word(chain, line, "mode", "enforce");
		wax_import_offer_word(chain, line, "on-reject", "always");
		wax_import_note(import,
		    "DMARC: mail that fails p=reject is refused, as until now, "
		    "mail of mailing lists, too. on-reject = \"corroborated\", "
		    "the default, quarantines it where there are signs of a "
		    "list or forwarder, as RFC 9989 s7.4 wants it.");
		wax_import_note(import,
		    "DMARC: pct= is not looked at any more (RFC 9989 gave it "
		    "up); t=y is.");
		return;
	}
	if (line != NULL)
		wax_import_name(import, line, "mode");
	if (!chain->enforces)
		return;
	/* Something else refuses, so what DMARC finds must do no harm. */
	if (line != NULL)
		wax_import_offer_word(chain, line, "on-reject", "quarantine");
	else
		wax_import_imply(import, "on-reject", "quarantine",
		    "nothing is refused for DMARC until now");
	wax_import_note(import,
	    "DMARC: nothing is refused for it until now, so that mail which "
	    "fails p=reject or p=quarantine is delivered, with a field "
	    "X-Sealwax-Quarantine. To refuse it, remove on-reject and "
	    "quarantine-action.");
}

static void
decide_quarantine(const struct wax_import_chain *chain)
{
	struct wax_import *import = chain->import;
	struct wax_import_line *line =
	    wax_import_dmarc_line(chain, "HoldQuarantinedMessages");
	bool holds = wax_import_is_on(line, false);

	if (chain->enforces && !chain->dmarc_rejects && holds) {
		wax_import_drop(import, line,
		    "OpenDMARC holds nothing without RejectFailures");
		line = NULL;
		holds = false;
	}
	if (line != NULL)
		wax_import_offer_word(chain, line, "quarantine-action",
		    holds ? "hold" : "header");
	else if (chain->enforces)
		wax_import_imply(import, "quarantine-action", "header",
		    "mail that fails p=quarantine is delivered until now");
}

static void
decide_from(const struct wax_import_chain *chain)
{
	struct wax_import *import = chain->import;
	struct wax_import_line *lines[] = {
		wax_import_dmarc_line(chain, "RejectMultiValueFrom"),
		wax_import_dmarc_line(chain, "RequiredHeaders"),
		wax_import_dkim_line(chain, "RequiredHeaders"),
	};
	struct wax_import_line *strict =
	    wax_import_dkim_line(chain, "StrictHeaders");
	size_t n = 0;

	if (strict != NULL)
		wax_import_needless(import, strict,
		    "mail without exactly one Author Domain is a matter of "
		    "on-bad-from");
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		if (lines[i] == NULL)
			continue;
		n++;
		if (wax_import_is_on(lines[i], false) == chain->from_rejects)
			wax_import_offer_word(chain, lines[i], "on-bad-from",
			    chain->from_rejects ? "reject" : "accept");
		else
			wax_import_needless(
			    import, lines[i], "on-bad-from decides about it");
	}
	if (wax_import_is_on(lines[1], false) ||
	    wax_import_is_on(lines[2], false))
		wax_import_note(import,
		    "RequiredHeaders: sealwax looks at From alone; that Date "
		    "is missing, or Subject there twice, refuses nothing.");
	if (chain->from_rejects || !chain->enforces)
		return;
	if (n == 0)
		wax_import_imply(import, "on-bad-from", "accept",
		    "such mail is delivered until now");
	wax_import_note(import,
	    "Mail without exactly one Author Domain is delivered, as until "
	    "now, and DMARC cannot judge it. Remove on-bad-from to refuse it, "
	    "as RFC 9989 s5.3.1 advises.");
}

static void
decide_temperror(const struct wax_import_chain *chain)
{
	struct wax_import *import = chain->import;
	struct wax_import_line *line =
	    wax_import_spf_line(chain, "TempError_Defer");

	if (line != NULL)
		wax_import_offer_word(chain, line, "on-temperror",
		    chain->defers ? "tempfail" : "accept");
	else if (chain->enforces && !chain->defers)
		wax_import_imply(import, "on-temperror", "accept",
		    "nothing is deferred for trouble with the DNS until now");
	if (wax_import_says(line, "False") && chain->defers && chain->enforces)
		wax_import_note(import,
		    "Trouble with the DNS: mail is deferred where the missing "
		    "answer could change what is done with it; that may be an "
		    "answer about SPF now.");
}

static void
decide_skipped(const struct wax_import_chain *chain)
{
	struct wax_import *import = chain->import;
	struct wax_import_line *line =
	    wax_import_dmarc_line(chain, "IgnoreAuthenticatedClients");
	struct wax_import_line *senders[] = {
		wax_import_dmarc_line(chain, "IgnoreMailFrom"),
		wax_import_dkim_line(chain, "ExemptDomains"),
	};

	if (line != NULL)
		wax_import_offer_word(chain, line, "skip-authenticated",
		    wax_import_is_on(line, false) ? "yes" : "no");
	else if (wax_import_has(import, WAX_IMPORT_OPENDMARC))
		wax_import_note(import,
		    "Mail of users who have logged in is not judged "
		    "(skip-authenticated); OpenDMARC did, since "
		    "IgnoreAuthenticatedClients is not set.");
	for (size_t i = 0; i < sizeof senders / sizeof senders[0]; i++) {
		if (senders[i] == NULL)
			continue;
		wax_import_drop(
		    import, senders[i], "%s", senders[i]->row->dropped);
		wax_import_note(import,
		    "Senders of %.*s are judged like others now.",
		    WAX_FMT(wax_conf_place_format(
		        import->arena, &senders[i]->place)));
	}
}

static void
decide_mode(const struct wax_import_chain *chain)
{
	struct wax_import *import = chain->import;
	struct wax_import_line *tests[] = {
		wax_import_spf_line(chain, "TestOnly"),
		wax_import_spf_line(chain, "defaultSeedOnly"),
	};

	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
		if (tests[i] == NULL)
			continue;
		if (chain->spf_tests && chain->enforces)
			wax_import_offer_word(
			    chain, tests[i], "on-spf-fail", "none");
		else
			wax_import_name(import, tests[i], "mode");
	}
	if (chain->enforces) {
		if (!chain->dmarc_rejects)
			wax_import_imply(import, "mode", "enforce",
			    "some mail is refused or held until now");
		return;
	}
	wax_import_imply(import, "mode", "monitor", "%s",
	    chain->loses ? "what is refused until now has no key of ours"
	                 : "nothing is refused or held until now");
	wax_import_note(import,
	    "Nothing is refused, held or deferred (mode = \"monitor\"): %s. "
	    "The log says what mode = \"enforce\" would do.",
	    chain->loses ? "what the chain refuses has no key of ours, and is "
	                   "among the lines that are not carried over"
	                 : "the chain refuses nothing, either");
}

/* The mail server's own name, and the host's, are two things. */
static void
note_name(const struct wax_import_chain *chain)
{
	struct wax_import *import = chain->import;

	if (wax_import_find(import, WAX_IMPORT_OPENDMARC, "AuthservID") ||
	    wax_import_find(import, WAX_IMPORT_OPENDKIM, "AuthservID") ||
	    wax_import_find(import, WAX_IMPORT_PYSPF, "Authserv_Id"))
		return;
	wax_import_note(import,
	    "Authentication-Results has the name of the host, where it had "
	    "that of the mail server (Postfix: myhostname). If they differ, "
	    "set authserv-id.");
}

/* Lists of ours that would be replaced keep their default members. */
static void
keep_defaults(const struct wax_import_chain *chain)
{
	const char *key = "originating-daemon-names";
	size_t index = wax_conf_key_index(key);

	for (size_t i = 0; i < chain->import->offers.n; i++)
		if (chain->import->offers.v[i].key == index) {
			wax_import_imply(chain->import, key,
			    wax_conf_keys[index].initial,
			    "the defaults are kept");
			return;
		}
}

void
wax_import_decide(struct wax_import *import)
{
	struct wax_import_chain chain = { .import = import };

	wax_import_decide_spared(&chain);
	wax_import_look(&chain);
	decide_mode(&chain);
	decide_reject(&chain);
	decide_quarantine(&chain);
	wax_import_decide_spf(&chain);
	wax_import_decide_dkim(&chain);
	decide_from(&chain);
	decide_temperror(&chain);
	decide_skipped(&chain);
	note_name(&chain);
	keep_defaults(&chain);
	wax_import_offer_networks(import);
}
