/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/conf/import_chain.h"

/* The line of a key that is still to be decided. */
static struct wax_import_line *
open_line(const struct wax_import_chain *chain, enum wax_import_program program,
    const char *key)
{
	struct wax_import_line *line =
	    wax_import_find(chain->import, program, key);

	return line != NULL && line->fate == WAX_IMPORT_OPEN ? line : NULL;
}

struct wax_import_line *
wax_import_dmarc_line(const struct wax_import_chain *chain, const char *key)
{
	return open_line(chain, WAX_IMPORT_OPENDMARC, key);
}

struct wax_import_line *
wax_import_dkim_line(const struct wax_import_chain *chain, const char *key)
{
	return open_line(chain, WAX_IMPORT_OPENDKIM, key);
}

struct wax_import_line *
wax_import_spf_line(const struct wax_import_chain *chain, const char *key)
{
	return open_line(chain, WAX_IMPORT_PYSPF, key);
}

bool
wax_import_says(const struct wax_import_line *line, const char *word)
{
	return line != NULL && wax_str_ieq(line->value, wax_str_of(word));
}

const char *
wax_import_file_of(
    const struct wax_import_chain *chain, enum wax_import_program program)
{
	return wax_conf_place_format(chain->import->arena,
	    &(struct wax_conf_place){
	        .file = chain->import->file[program].name })
	    .p;
}

void
wax_import_offer_word(const struct wax_import_chain *chain,
    struct wax_import_line *line, const char *key, const char *text)
{
	if (line != NULL)
		(void)wax_import_offer(
		    chain->import, line, key, wax_str_of(text));
}

/* False: OpenDKIM would not take the word. */
static bool
action_of(const struct wax_import_line *line, enum wax_import_action *out)
{
	switch (wax_lower(line->value.p[0])) {
	case 'a':
		*out = WAX_IMPORT_ACCEPT;
		return true;
	case 'q':
		*out = WAX_IMPORT_QUARANTINE;
		return true;
	case 'd':
	case 'r':
		*out = WAX_IMPORT_REJECT;
		return true;
	case 't':
		*out = WAX_IMPORT_TEMPFAIL;
		return true;
	default:
		return false;
	}
}

bool
wax_import_is_action(const struct wax_import_line *line)
{
	enum wax_import_action unused;

	return line != NULL && action_of(line, &unused);
}

struct wax_import_line *
wax_import_on_line(const struct wax_import_chain *chain, const char *key)
{
	struct wax_import_line *line =
	    wax_import_find(chain->import, WAX_IMPORT_OPENDKIM, key);

	if (!wax_import_is_action(line))
		line = wax_import_find(
		    chain->import, WAX_IMPORT_OPENDKIM, "On-Default");
	return wax_import_is_action(line) ? line : NULL;
}

enum wax_import_action
wax_import_on_action(const struct wax_import_chain *chain, const char *key,
    enum wax_import_action initial)
{
	const struct wax_import_line *line = wax_import_on_line(chain, key);
	enum wax_import_action action = initial;

	if (line != NULL)
		(void)action_of(line, &action); /* it is one */
	return action;
}

bool
wax_import_spf_refuses(const struct wax_import_line *line)
{
	return line == NULL || wax_import_says(line, "Fail") ||
	       wax_import_says(line, "Softfail") ||
	       wax_import_says(line, "SPF_Not_Pass");
}

bool
wax_import_is_against(enum wax_import_action action)
{
	return action == WAX_IMPORT_QUARANTINE || action == WAX_IMPORT_REJECT;
}

/* What is refused, and has no key of ours. */
static bool
loses_refusals(const struct wax_import_chain *chain)
{
	static const char *const keys[] = { "On-KeyNotFound", "On-NoSignature",
		"On-Security" };

	if (wax_import_has(chain->import, WAX_IMPORT_PYSPF) &&
	    !chain->spf_tests &&
	    (wax_import_says(wax_import_spf_line(chain, "No_Mail"), "True") ||
	        wax_import_spf_refuses(
	            wax_import_spf_line(chain, "HELO_reject"))))
		return true;
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (chain->dkim_verifies &&
		    wax_import_is_against(wax_import_on_action(
		        chain, keys[i], WAX_IMPORT_ACCEPT)))
			return true;
	return false;
}

void
wax_import_look(struct wax_import_chain *chain)
{
	struct wax_import *import = chain->import;
	const struct wax_import_line *mode =
	    wax_import_find(import, WAX_IMPORT_OPENDKIM, "Mode");

	chain->dmarc_rejects = wax_import_is_on(
	    wax_import_dmarc_line(chain, "RejectFailures"), false);
	chain->spf_tests =
	    wax_import_says(wax_import_spf_line(chain, "TestOnly"), "0") ||
	    wax_import_says(wax_import_spf_line(chain, "defaultSeedOnly"), "0");
	chain->spf_rejects =
	    wax_import_has(import, WAX_IMPORT_PYSPF) && !chain->spf_tests &&
	    !wax_import_says(wax_import_spf_line(chain, "No_Mail"), "True") &&
	    wax_import_spf_refuses(
	        wax_import_spf_line(chain, "Mail_From_reject"));
	chain->dkim_verifies =
	    wax_import_has(import, WAX_IMPORT_OPENDKIM) &&
	    (mode == NULL || wax_str_find(mode->value, 'v') < mode->value.n);
	if (chain->dkim_verifies) {
		chain->on_bad_signature = wax_import_on_action(
		    chain, "On-BadSignature", WAX_IMPORT_ACCEPT);
		if (chain->on_bad_signature == WAX_IMPORT_ACCEPT &&
		    wax_import_is_on(
		        wax_import_dkim_line(chain, "Quarantine"), false))
			chain->on_bad_signature = WAX_IMPORT_QUARANTINE;
	}
	chain->from_rejects =
	    wax_import_is_on(
	        wax_import_dmarc_line(chain, "RejectMultiValueFrom"), false) ||
	    wax_import_is_on(
	        wax_import_dmarc_line(chain, "RequiredHeaders"), false) ||
	    wax_import_is_on(
	        wax_import_dkim_line(chain, "RequiredHeaders"), false);
	chain->enforces = chain->dmarc_rejects || chain->spf_rejects ||
	                  chain->from_rejects ||
	                  wax_import_is_against(chain->on_bad_signature);
	chain->loses = loses_refusals(chain);
	chain->defers =
	    chain->dmarc_rejects ||
	    wax_import_says(
	        wax_import_spf_line(chain, "TempError_Defer"), "True") ||
	    (chain->dkim_verifies &&
	        wax_import_on_action(chain, "On-DNSError",
	            WAX_IMPORT_TEMPFAIL) == WAX_IMPORT_TEMPFAIL);
}
