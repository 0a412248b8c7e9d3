/* SPDX-License-Identifier: BSD-2-Clause */
/* What OpenDKIM does with mail that fails: On-* and Quarantine. */
#include "milter/conf/import_chain.h"

/* Each of these is set by itself with us. */
static void
offer_dkim_action(const struct wax_import_chain *chain)
{
	struct wax_import_line *line =
	    wax_import_on_line(chain, "On-BadSignature");
	struct wax_import_line *quarantine =
	    wax_import_dkim_line(chain, "Quarantine");
	static const char *const words[] = {
		[WAX_IMPORT_ACCEPT] = "none",
		[WAX_IMPORT_QUARANTINE] = "quarantine",
		[WAX_IMPORT_REJECT] = "reject",
		[WAX_IMPORT_TEMPFAIL] = "none",
	};
	const char *word = words[chain->on_bad_signature];

	wax_import_offer_word(chain, line, "on-dkim-fail", word);
	if (quarantine == NULL)
		return;
	if (!wax_import_is_on(quarantine, false))
		wax_import_needless(chain->import, quarantine,
		    "on-dkim-fail decides about signatures that fail");
	else
		wax_import_offer_word(chain, quarantine, "on-dkim-fail", word);
}

static void
offer_dkim_trouble(const struct wax_import_chain *chain, const char *theirs,
    const char *ours, bool must_defer)
{
	struct wax_import_line *line = wax_import_on_line(chain, theirs);
	enum wax_import_action action =
	    wax_import_on_action(chain, theirs, WAX_IMPORT_TEMPFAIL);

	if (line == NULL)
		return;
	if (action == WAX_IMPORT_TEMPFAIL || action == WAX_IMPORT_ACCEPT)
		wax_import_offer_word(chain, line, ours,
		    action == WAX_IMPORT_TEMPFAIL || must_defer ? "tempfail"
		                                                : "accept");
	else if (line->fate == WAX_IMPORT_OPEN)
		wax_import_drop(chain->import, line,
		    "trouble of ours refuses nothing for good: %s is tempfail "
		    "or accept",
		    ours);
}

static void
decide_dkim_rest(const struct wax_import_chain *chain)
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
		struct wax_import_line *line =
		    wax_import_dkim_line(chain, rest[i].key);

		if (line != NULL)
			wax_import_drop(
			    chain->import, line, "%s", rest[i].reason);
	}
}

/* The default is to do both. */
static void
note_signing(const struct wax_import_chain *chain)
{
	struct wax_import *import = chain->import;
	const struct wax_import_line *mode =
	    wax_import_find(import, WAX_IMPORT_OPENDKIM, "Mode");

	if (wax_import_has(import, WAX_IMPORT_OPENDKIM) &&
	    (mode == NULL || wax_str_find(mode->value, 's') < mode->value.n))
		wax_import_note(import, "Outbound mail: sealwax does not sign. "
		                        "Where OpenDKIM does, "
		                        "keep it, with Mode s.");
}

void
wax_import_decide_dkim(const struct wax_import_chain *chain)
{
	static const char *const keys[] = { "On-BadSignature", "On-Default",
		"On-DNSError", "On-InternalError", "On-KeyNotFound",
		"On-NoSignature", "On-Security", "Quarantine" };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct wax_import_line *line =
		    wax_import_dkim_line(chain, keys[i]);

		if (line != NULL && line->row->type == WAX_IMPORT_TEXT &&
		    !wax_import_is_action(line))
			wax_import_drop(chain->import, line,
			    "it is no action that OpenDKIM takes");
		else if (line != NULL && !chain->dkim_verifies)
			wax_import_drop(chain->import, line,
			    "this OpenDKIM verifies nothing (Mode)");
	}
	note_signing(chain);
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
	if (wax_import_is_against(chain->on_bad_signature))
		wax_import_note(chain->import,
		    "DKIM: on-dkim-fail counts when no signature passes and "
		    "DMARC does not pass either; OpenDKIM acted on the first "
		    "one that failed.");
	if (chain->on_bad_signature == WAX_IMPORT_QUARANTINE)
		wax_import_note(chain->import,
		    "DKIM: what OpenDKIM quarantined is quarantined as "
		    "quarantine-action says: \"hold\" holds it.");
}
