/* SPDX-License-Identifier: BSD-2-Clause */
/* The SPF milter's lines that need each other. */
#include "milter/conf/import_chain.h"

static const char *
spf_action(const struct wax_import_chain *chain)
{
	const struct wax_import_line *line =
	    wax_import_spf_line(chain, "Mail_From_reject");

	if (wax_import_says(wax_import_spf_line(chain, "No_Mail"), "True") ||
	    !wax_import_spf_refuses(line))
		return "none";
	/* In enforce, a milter that only tests must not refuse. */
	if (chain->spf_tests && chain->enforces)
		return "none";
	return chain->import->spares_some ? "quarantine" : "reject";
}

/* And not the policy server. */
static bool
is_milter(const struct wax_import_chain *chain)
{
	return wax_import_find(chain->import, WAX_IMPORT_PYSPF, "Socket") !=
	       NULL;
}

static void
note_spf(const struct wax_import_chain *chain)
{
	const struct wax_import_line *line =
	    wax_import_spf_line(chain, "Mail_From_reject");
	const struct wax_import_line *helo =
	    wax_import_spf_line(chain, "HELO_reject");

	wax_import_note(chain->import,
	    "SPF: on-spf-fail is for mail of which SPF of the envelope sender "
	    "fails and DMARC does not pass. A message that was forwarded, and "
	    "whose DKIM signature proves its author, comes in; the SPF milter "
	    "refused it. It is judged when the whole message is there, and "
	    "no longer at its envelope.");
	if (!is_milter(chain))
		wax_import_note(chain->import,
		    "SPF: the policy server is no milter; take "
		    "check_policy_service for it out of the mail server's "
		    "restrictions.");
	if (wax_import_says(line, "Softfail") ||
	    wax_import_says(line, "SPF_Not_Pass"))
		wax_import_note(chain->import,
		    "SPF: only fail is refused, and softfail and neutral are "
		    "not any more: the domain's owner says himself that he is "
		    "not sure.");
	if (wax_import_spf_refuses(helo))
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
decide_spf_words(const struct wax_import_chain *chain)
{
	struct wax_import *import = chain->import;
	struct wax_import_line *line =
	    wax_import_spf_line(chain, "HELO_reject");

	if (wax_import_says(line, "False") || wax_import_says(line, "No_Check"))
		wax_import_needless(
		    import, line, "SPF of HELO refuses nothing by itself");
	else if (line != NULL)
		wax_import_drop(import, line,
		    "SPF of HELO refuses nothing by itself; under a null "
		    "sender it is what on-spf-fail looks at");
	line = wax_import_spf_line(chain, "PermError_reject");
	if (wax_import_says(line, "True"))
		wax_import_drop(import, line,
		    "a broken SPF record is a permerror in "
		    "Authentication-Results, and refuses nothing");
	else if (line != NULL)
		wax_import_needless(
		    import, line, "a broken SPF record refuses nothing");
	line = wax_import_spf_line(chain, "Reject_Not_Pass_Domains");
	if (line != NULL)
		wax_import_drop(import, line,
		    "on-spf-fail is for fail alone; what these domains publish "
		    "for DMARC is obeyed");
	line = wax_import_spf_line(chain, "SPF_Enhanced_Status_Codes");
	if (wax_import_says(line, "No"))
		wax_import_drop(import, line,
		    "the code is always that of RFC 7372, 550 5.7.23");
	else if (line != NULL)
		wax_import_needless(
		    import, line, "the code is that of RFC 7372, 550 5.7.23");
	line = wax_import_spf_line(chain, "Void_Limit");
	if (wax_import_says(line, "2"))
		wax_import_needless(
		    import, line, "it is the limit of RFC 7208");
	else if (line != NULL)
		wax_import_drop(import, line,
		    "the limit is that of RFC 7208: 2 questions without an "
		    "answer");
}

/* Senders that were not judged by SPF. */
void
wax_import_decide_spared(const struct wax_import_chain *chain)
{
	static const char *const keys[] = { "HELO_Whitelist",
		"Domain_Whitelist", "Domain_Whitelist_PTR" };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct wax_import_line *line =
		    wax_import_spf_line(chain, keys[i]);

		if (line == NULL)
			continue;
		wax_import_drop(chain->import, line, "%s", line->row->dropped);
		chain->import->spares_some = true;
	}
}

/* pyspf-milter writes Authentication-Results, whatever Header_Type says. */
static void
decide_header(const struct wax_import_chain *chain)
{
	struct wax_import *import = chain->import;
	struct wax_import_line *line =
	    wax_import_spf_line(chain, "Header_Type");

	if (wax_import_says(line, "SPF") && !is_milter(chain))
		wax_import_offer_word(chain, line, "received-spf", "yes");
	else if (wax_import_says(line, "None"))
		wax_import_drop(import, line,
		    "each message that is judged gets Authentication-Results");
	else if (line != NULL)
		wax_import_needless(
		    import, line, "Authentication-Results is always written");
	else if (wax_import_has(import, WAX_IMPORT_PYSPF) && !is_milter(chain))
		wax_import_imply(import, "received-spf", "yes",
		    "%s: Header_Type is not set (SPF)",
		    wax_import_file_of(chain, WAX_IMPORT_PYSPF));
}

void
wax_import_decide_spf(const struct wax_import_chain *chain)
{
	struct wax_import *import = chain->import;
	struct wax_import_line *line =
	    wax_import_spf_line(chain, "Mail_From_reject");
	struct wax_import_line *no_mail = wax_import_spf_line(chain, "No_Mail");
	const char *action = spf_action(chain);

	if (chain->spf_rejects)
		note_spf(chain);
	if (line != NULL)
		wax_import_offer_word(chain, line, "on-spf-fail", action);
	else if (chain->spf_rejects)
		wax_import_imply(import, "on-spf-fail", action,
		    "%s: Mail_From_reject is not set (Fail)",
		    wax_import_file_of(chain, WAX_IMPORT_PYSPF));
	if (wax_import_says(no_mail, "True")) {
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
