/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the chain of three does with mail, said with our keys.
 *
 * There is one mode for all three tasks. If no program of the chain refuses
 * mail, it is monitor. If only some do, it is enforce, and what the others
 * find is made harmless: nothing that was delivered until now may be refused.
 * Where we know better, a note says so, and the operator decides.
 */
#include "milter/conf/import_impl.h"
#include "policy/base/text.h"

enum dkim_action {
	DKIM_ACCEPT,
	DKIM_QUARANTINE,
	DKIM_REJECT, /* discard, too: nothing is made to disappear */
	DKIM_TEMPFAIL
};

/* What is known of the chain. */
struct chain {
	struct wax_import *import;
	bool dmarc_rejects, spf_tests, spf_rejects, dkim_verifies, from_rejects;
	bool enforces, defers;
	bool loses; /* something is refused for which we have no key */
	enum dkim_action on_bad_signature;
};

/* The line of a key that is still to be decided. */
static struct wax_import_line *
open_line(
    const struct chain *chain, enum wax_import_program program, const char *key)
{
	struct wax_import_line *line =
	    wax_import_find(chain->import, program, key);

	return line != NULL && line->fate == WAX_IMPORT_OPEN ? line : NULL;
}

static struct wax_import_line *
dmarc_line(const struct chain *chain, const char *key)
{
	return open_line(chain, WAX_IMPORT_OPENDMARC, key);
}

static struct wax_import_line *
dkim_line(const struct chain *chain, const char *key)
{
	return open_line(chain, WAX_IMPORT_OPENDKIM, key);
}

static struct wax_import_line *
spf_line(const struct chain *chain, const char *key)
{
	return open_line(chain, WAX_IMPORT_PYSPF, key);
}

static bool
says(const struct wax_import_line *line, const char *word)
{
	return line != NULL && wax_str_ieq(line->value, wax_str_of(word));
}

/* The file of a program, for what is not set in it. */
static const char *
file_of(const struct chain *chain, enum wax_import_program program)
{
	return wax_conf_place_format(chain->import->arena,
	    &(struct wax_conf_place){
	        .file = chain->import->file[program].name })
	    .p;
}

static void
offer(const struct chain *chain, struct wax_import_line *line, const char *key,
    const char *text)
{
	if (line != NULL)
		(void)wax_import_offer(
		    chain->import, line, key, wax_str_of(text));
}

/* --- what the chain does ------------------------------------------------ */

static enum dkim_action
action_of(struct wax_str word)
{
	switch (word.n > 0 ? wax_lower(word.p[0]) : 'a') {
	case 'q':
		return DKIM_QUARANTINE;
	case 'd':
	case 'r':
		return DKIM_REJECT;
	case 't':
		return DKIM_TEMPFAIL;
	default:
		return DKIM_ACCEPT;
	}
}

/* The line that decides, which may be On-Default; NULL: neither is there. */
static struct wax_import_line *
on_line(const struct chain *chain, const char *key)
{
	struct wax_import_line *line =
	    wax_import_find(chain->import, WAX_IMPORT_OPENDKIM, key);

	return line != NULL ? line
	                    : wax_import_find(chain->import,
	                          WAX_IMPORT_OPENDKIM, "On-Default");
}

static enum dkim_action
on_action(const struct chain *chain, const char *key, enum dkim_action initial)
{
	const struct wax_import_line *line = on_line(chain, key);

	return line != NULL ? action_of(line->value) : initial;
}

static bool
spf_word_refuses(const struct wax_import_line *line)
{
	return line == NULL || says(line, "Fail") || says(line, "Softfail") ||
	       says(line, "SPF_Not_Pass");
}

static bool
is_against_mail(enum dkim_action action)
{
	return action == DKIM_QUARANTINE || action == DKIM_REJECT;
}

/* What is refused, and has no key of ours. */
static bool
loses_refusals(const struct chain *chain)
{
	static const char *const keys[] = { "On-KeyNotFound", "On-NoSignature",
		"On-Security" };

	if (wax_import_has(chain->import, WAX_IMPORT_PYSPF) &&
	    !chain->spf_tests &&
	    (says(spf_line(chain, "No_Mail"), "True") ||
	        spf_word_refuses(spf_line(chain, "HELO_reject"))))
		return true;
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (chain->dkim_verifies &&
		    is_against_mail(on_action(chain, keys[i], DKIM_ACCEPT)))
			return true;
	return false;
}

static void
look(struct chain *chain)
{
	struct wax_import *import = chain->import;
	const struct wax_import_line *mode =
	    wax_import_find(import, WAX_IMPORT_OPENDKIM, "Mode");

	chain->dmarc_rejects =
	    wax_import_is_on(dmarc_line(chain, "RejectFailures"), false);
	chain->spf_tests = says(spf_line(chain, "TestOnly"), "0") ||
	                   says(spf_line(chain, "defaultSeedOnly"), "0");
	chain->spf_rejects =
	    wax_import_has(import, WAX_IMPORT_PYSPF) && !chain->spf_tests &&
	    !says(spf_line(chain, "No_Mail"), "True") &&
	    spf_word_refuses(spf_line(chain, "Mail_From_reject"));
	chain->dkim_verifies =
	    wax_import_has(import, WAX_IMPORT_OPENDKIM) &&
	    (mode == NULL || wax_str_find(mode->value, 'v') < mode->value.n);
	if (chain->dkim_verifies) {
		chain->on_bad_signature =
		    on_action(chain, "On-BadSignature", DKIM_ACCEPT);
		if (chain->on_bad_signature == DKIM_ACCEPT &&
		    wax_import_is_on(dkim_line(chain, "Quarantine"), false))
			chain->on_bad_signature = DKIM_QUARANTINE;
	}
	chain->from_rejects =
	    wax_import_is_on(
	        dmarc_line(chain, "RejectMultiValueFrom"), false) ||
	    wax_import_is_on(dmarc_line(chain, "RequiredHeaders"), false) ||
	    wax_import_is_on(dkim_line(chain, "RequiredHeaders"), false);
	chain->enforces = chain->dmarc_rejects || chain->spf_rejects ||
	                  chain->from_rejects ||
	                  is_against_mail(chain->on_bad_signature);
	chain->loses = loses_refusals(chain);
	chain->defers =
	    chain->dmarc_rejects ||
	    says(spf_line(chain, "TempError_Defer"), "True") ||
	    (chain->dkim_verifies && on_action(chain, "On-DNSError",
	                                 DKIM_TEMPFAIL) == DKIM_TEMPFAIL);
}

/* --- SPF ----------------------------------------------------------------- */

static const char *
spf_action(const struct chain *chain)
{
	const struct wax_import_line *line =
	    spf_line(chain, "Mail_From_reject");

	if (says(spf_line(chain, "No_Mail"), "True") || !spf_word_refuses(line))
		return "none";
	/* In enforce, a milter that only tests must not refuse. */
	if (chain->spf_tests && chain->enforces)
		return "none";
	return chain->import->spares_some ? "quarantine" : "reject";
}

static void
note_spf(const struct chain *chain)
{
	const struct wax_import_line *line =
	    spf_line(chain, "Mail_From_reject");
	const struct wax_import_line *helo = spf_line(chain, "HELO_reject");

	wax_import_note(chain->import,
	    "SPF: mail is refused when SPF of its envelope sender fails and "
	    "DMARC does not pass. A message that was forwarded, and whose "
	    "DKIM signature proves its author, comes in; the SPF milter "
	    "refused it.");
	if (says(line, "Softfail") || says(line, "SPF_Not_Pass"))
		wax_import_note(chain->import,
		    "SPF: only fail is refused, and softfail and neutral are "
		    "not any more: the domain's owner says himself that he is "
		    "not sure.");
	if (spf_word_refuses(helo))
		wax_import_note(chain->import,
		    "SPF of HELO refuses nothing by itself any more; it counts "
		    "under a null sender.");
	if (chain->import->spares_some)
		wax_import_note(chain->import,
		    "SPF: on-spf-fail is quarantine, and not reject, because "
		    "the senders that the SPF milter spared cannot be spared "
		    "yet.");
}

/* Reasons that depend on the word. */
static void
decide_spf_words(const struct chain *chain)
{
	struct wax_import *import = chain->import;
	struct wax_import_line *line = spf_line(chain, "HELO_reject");

	if (says(line, "False") || says(line, "No_Check"))
		wax_import_needless(
		    import, line, "SPF of HELO refuses nothing by itself");
	else if (line != NULL)
		wax_import_drop(import, line,
		    "SPF of HELO refuses nothing by itself; under a null "
		    "sender it is what on-spf-fail looks at");
	line = spf_line(chain, "PermError_reject");
	if (says(line, "True"))
		wax_import_drop(import, line,
		    "a broken SPF record is a permerror in "
		    "Authentication-Results, and refuses nothing");
	else if (line != NULL)
		wax_import_needless(
		    import, line, "a broken SPF record refuses nothing");
	line = spf_line(chain, "Reject_Not_Pass_Domains");
	if (line != NULL)
		wax_import_drop(import, line,
		    "on-spf-fail is for fail alone; what these domains publish "
		    "for DMARC is obeyed");
	line = spf_line(chain, "SPF_Enhanced_Status_Codes");
	if (says(line, "No"))
		wax_import_drop(import, line,
		    "the code is always that of RFC 7372, 550 5.7.23");
	else if (line != NULL)
		wax_import_needless(
		    import, line, "the code is that of RFC 7372, 550 5.7.23");
	line = spf_line(chain, "Void_Limit");
	if (says(line, "2"))
		wax_import_needless(
		    import, line, "it is the limit of RFC 7208");
	else if (line != NULL)
		wax_import_drop(import, line,
		    "the limit is that of RFC 7208: 2 questions without an "
		    "answer");
}

/* Senders that were not judged by SPF. */
static void
decide_spared(const struct chain *chain)
{
	static const char *const keys[] = { "HELO_Whitelist",
		"Domain_Whitelist", "Domain_Whitelist_PTR" };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct wax_import_line *line = spf_line(chain, keys[i]);

		if (line == NULL)
			continue;
		wax_import_drop(chain->import, line, "%s", line->row->dropped);
		chain->import->spares_some = true;
	}
}

/* pyspf-milter writes Authentication-Results, whatever Header_Type says. */
static void
decide_header(const struct chain *chain)
{
	struct wax_import *import = chain->import;
	struct wax_import_line *line = spf_line(chain, "Header_Type");
	bool is_milter =
	    wax_import_find(import, WAX_IMPORT_PYSPF, "Socket") != NULL;

	if (says(line, "SPF") && !is_milter)
		offer(chain, line, "received-spf", "yes");
	else if (says(line, "None"))
		wax_import_drop(import, line,
		    "each message that is judged gets Authentication-Results");
	else if (line != NULL)
		wax_import_needless(
		    import, line, "Authentication-Results is always written");
	else if (wax_import_has(import, WAX_IMPORT_PYSPF) && !is_milter)
		wax_import_imply(import, "received-spf", "yes",
		    "%s: Header_Type is not set (SPF)",
		    file_of(chain, WAX_IMPORT_PYSPF));
}

static void
decide_spf(const struct chain *chain)
{
	struct wax_import *import = chain->import;
	struct wax_import_line *line = spf_line(chain, "Mail_From_reject");
	struct wax_import_line *no_mail = spf_line(chain, "No_Mail");
	const char *action = spf_action(chain);

	if (chain->spf_rejects)
		note_spf(chain);
	if (line != NULL)
		offer(chain, line, "on-spf-fail", action);
	else if (chain->spf_rejects)
		wax_import_imply(import, "on-spf-fail", action,
		    "%s: Mail_From_reject is not set (Fail)",
		    file_of(chain, WAX_IMPORT_PYSPF));
	if (says(no_mail, "True")) {
		wax_import_drop(import, no_mail,
		    "on-spf-fail does not look at the rest of the record, and "
		    "is left at none");
		wax_import_note(import,
		    "SPF: senders that publish \"v=spf1 -all\" alone are not "
		    "refused any more (No_Mail); their DMARC policy is "
		    "obeyed. on-spf-fail = \"reject\" would refuse all that "
		    "fails.");
	} else if (no_mail != NULL) {
		wax_import_needless(
		    import, no_mail, "on-spf-fail is for all senders alike");
	}
	decide_spf_words(chain);
	decide_header(chain);
}

/* --- DKIM ---------------------------------------------------------------- */

/* Each of these is set by itself with us. */
static void
offer_dkim_action(const struct chain *chain)
{
	struct wax_import_line *line = on_line(chain, "On-BadSignature");
	struct wax_import_line *quarantine = dkim_line(chain, "Quarantine");
	static const char *const words[] = {
		[DKIM_ACCEPT] = "none",
		[DKIM_QUARANTINE] = "quarantine",
		[DKIM_REJECT] = "reject",
		[DKIM_TEMPFAIL] = "none",
	};
	const char *word = words[chain->on_bad_signature];

	offer(chain, line, "on-dkim-fail", word);
	if (quarantine == NULL)
		return;
	if (!wax_import_is_on(quarantine, false))
		wax_import_needless(chain->import, quarantine,
		    "on-dkim-fail decides about signatures that fail");
	else
		offer(chain, quarantine, "on-dkim-fail", word);
}

static void
offer_dkim_trouble(const struct chain *chain, const char *theirs,
    const char *ours, bool must_defer)
{
	struct wax_import_line *line = on_line(chain, theirs);
	enum dkim_action action = on_action(chain, theirs, DKIM_TEMPFAIL);

	if (line == NULL)
		return;
	if (action == DKIM_TEMPFAIL || action == DKIM_ACCEPT)
		offer(chain, line, ours,
		    action == DKIM_TEMPFAIL || must_defer ? "tempfail"
		                                          : "accept");
	else if (line->fate == WAX_IMPORT_OPEN)
		wax_import_drop(chain->import, line,
		    "trouble of ours refuses nothing for good: %s is tempfail "
		    "or accept",
		    ours);
}

static void
decide_dkim_rest(const struct chain *chain)
{
	static const struct {
		const char *key, *reason;
	} rest[] = {
		{ "On-Default",
		    "on-dkim-fail, on-temperror and on-internal-error are set "
		    "one by one" },
		{ "On-KeyNotFound",
		    "a key that is not there makes its signature fail, which "
		    "is a matter of on-dkim-fail" },
		{ "On-NoSignature",
		    "mail without a signature is refused for that alone by "
		    "nothing; DMARC decides" },
		{ "On-Security",
		    "what makes a message doubtful is a matter of on-bad-from "
		    "and on-limit" },
	};

	for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++) {
		struct wax_import_line *line = dkim_line(chain, rest[i].key);

		if (line != NULL)
			wax_import_drop(
			    chain->import, line, "%s", rest[i].reason);
	}
}

static void
decide_dkim(const struct chain *chain)
{
	static const char *const keys[] = { "On-BadSignature", "On-Default",
		"On-DNSError", "On-InternalError", "On-KeyNotFound",
		"On-NoSignature", "On-Security", "Quarantine" };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct wax_import_line *line = dkim_line(chain, keys[i]);

		if (line != NULL && !chain->dkim_verifies)
			wax_import_drop(chain->import, line,
			    "this OpenDKIM verifies nothing (Mode)");
	}
	if (!chain->dkim_verifies)
		return;
	offer_dkim_action(chain);
	offer_dkim_trouble(chain, "On-DNSError", "on-temperror", chain->defers);
	offer_dkim_trouble(
	    chain, "On-InternalError", "on-internal-error", false);
	decide_dkim_rest(chain);
	wax_import_note(chain->import,
	    "DKIM: a signature that leaves a part of the body unsigned (l=) "
	    "does not pass with sealwax, since anybody can add to such mail; "
	    "accept-l-tag would let it.");
	if (is_against_mail(chain->on_bad_signature))
		wax_import_note(chain->import,
		    "DKIM: on-dkim-fail counts when no signature passes and "
		    "DMARC does not pass either; OpenDKIM acted on the first "
		    "one that failed.");
	if (chain->on_bad_signature == DKIM_QUARANTINE)
		wax_import_note(chain->import,
		    "DKIM: what OpenDKIM quarantined is quarantined as "
		    "quarantine-action says: \"hold\" holds it.");
}

/* --- DMARC --------------------------------------------------------------- */

static void
decide_reject(const struct chain *chain)
{
	struct wax_import *import = chain->import;
	struct wax_import_line *line = dmarc_line(chain, "RejectFailures");

	if (chain->dmarc_rejects) {
		offer(chain, line, "mode", "enforce");
		offer(chain, line, "on-reject", "always");
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
		offer(chain, line, "on-reject", "quarantine");
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
decide_quarantine(const struct chain *chain)
{
	struct wax_import *import = chain->import;
	struct wax_import_line *line =
	    dmarc_line(chain, "HoldQuarantinedMessages");
	bool holds = wax_import_is_on(line, false);

	if (chain->enforces && !chain->dmarc_rejects && holds) {
		wax_import_drop(import, line,
		    "OpenDMARC holds nothing without RejectFailures");
		line = NULL;
		holds = false;
	}
	if (line != NULL)
		offer(chain, line, "quarantine-action",
		    holds ? "hold" : "header");
	else if (chain->enforces)
		wax_import_imply(import, "quarantine-action", "header",
		    "mail that fails p=quarantine is delivered until now");
}

static void
decide_from(const struct chain *chain)
{
	struct wax_import *import = chain->import;
	struct wax_import_line *lines[] = {
		dmarc_line(chain, "RejectMultiValueFrom"),
		dmarc_line(chain, "RequiredHeaders"),
		dkim_line(chain, "RequiredHeaders"),
	};
	struct wax_import_line *strict = dkim_line(chain, "StrictHeaders");
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
			offer(chain, lines[i], "on-bad-from",
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
decide_temperror(const struct chain *chain)
{
	struct wax_import *import = chain->import;
	struct wax_import_line *line = spf_line(chain, "TempError_Defer");

	if (line != NULL)
		offer(chain, line, "on-temperror",
		    chain->defers ? "tempfail" : "accept");
	else if (chain->enforces && !chain->defers)
		wax_import_imply(import, "on-temperror", "accept",
		    "nothing is deferred for trouble with the DNS until now");
	if (says(line, "False") && chain->defers && chain->enforces)
		wax_import_note(import,
		    "Trouble with the DNS: mail is deferred where the missing "
		    "answer could change what is done with it; that may be an "
		    "answer about SPF now.");
}

static void
decide_skipped(const struct chain *chain)
{
	struct wax_import *import = chain->import;
	struct wax_import_line *line =
	    dmarc_line(chain, "IgnoreAuthenticatedClients");
	struct wax_import_line *senders[] = {
		dmarc_line(chain, "IgnoreMailFrom"),
		dkim_line(chain, "ExemptDomains"),
	};

	if (line != NULL)
		offer(chain, line, "skip-authenticated",
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
decide_mode(const struct chain *chain)
{
	struct wax_import *import = chain->import;
	struct wax_import_line *tests[] = {
		spf_line(chain, "TestOnly"),
		spf_line(chain, "defaultSeedOnly"),
	};

	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
		if (tests[i] != NULL)
			wax_import_name(import, tests[i],
			    chain->spf_tests && chain->enforces ? "on-spf-fail"
			                                        : "mode");
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

/* Lists of ours that would be replaced keep their default members. */
static void
keep_defaults(const struct chain *chain)
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
	struct chain chain = { .import = import };

	decide_spared(&chain);
	look(&chain);
	decide_mode(&chain);
	decide_reject(&chain);
	decide_quarantine(&chain);
	decide_spf(&chain);
	decide_dkim(&chain);
	decide_from(&chain);
	decide_temperror(&chain);
	decide_skipped(&chain);
	keep_defaults(&chain);
	wax_import_offer_networks(import);
}
