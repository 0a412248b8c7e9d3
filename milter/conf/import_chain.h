/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_chain.h - what the chain of three does with mail, found out once,
 * for the files that decide; for import*.c only.
 */
#ifndef WAX_MILTER_CONF_IMPORT_CHAIN_H
#define WAX_MILTER_CONF_IMPORT_CHAIN_H

#include "milter/conf/import_impl.h"

/* What OpenDKIM does with a message. */
enum wax_import_action {
	WAX_IMPORT_ACCEPT,
	WAX_IMPORT_QUARANTINE,
	WAX_IMPORT_REJECT, /* discard, too: nothing is made to disappear */
	WAX_IMPORT_TEMPFAIL
};

struct wax_import_chain {
	struct wax_import *import;
	bool dmarc_rejects, spf_tests, spf_rejects, dkim_verifies, from_rejects;
	bool
	    enforces; /* anything is refused or held, for which we have a key */
	bool defers;
	bool loses; /* something is refused for which we have no key */
	enum wax_import_action on_bad_signature;
};

/* Fill it from the lines; import is set. */
void wax_import_look(struct wax_import_chain *chain);

/* The line of a key that is still to be decided; NULL: there is none. */
struct wax_import_line *wax_import_dmarc_line(
    const struct wax_import_chain *chain, const char *key);
struct wax_import_line *wax_import_dkim_line(
    const struct wax_import_chain *chain, const char *key);
struct wax_import_line *wax_import_spf_line(
    const struct wax_import_chain *chain, const char *key);

/* Whether there is a line, with this value. */
bool wax_import_says(const struct wax_import_line *line, const char *word);
/* Whether HELO_reject or Mail_From_reject makes fail a refusal; no line is
 * the default, Fail. */
bool wax_import_spf_refuses(const struct wax_import_line *line);

/* Whether there is a line, with an action that OpenDKIM takes. */
bool wax_import_is_action(const struct wax_import_line *line);
/* The line of an On- key, or On-Default; NULL: neither is there. */
struct wax_import_line *wax_import_on_line(
    const struct wax_import_chain *chain, const char *key);
enum wax_import_action wax_import_on_action(
    const struct wax_import_chain *chain, const char *key,
    enum wax_import_action initial);
bool wax_import_is_against(enum wax_import_action action);

/* The file of a program, for what is not set in it. */
const char *wax_import_file_of(
    const struct wax_import_chain *chain, enum wax_import_program program);

/* wax_import_offer(), if there is a line. */
void wax_import_offer_word(const struct wax_import_chain *chain,
    struct wax_import_line *line, const char *key, const char *text);

/* Before wax_import_look(): senders that SPF spares. */
void wax_import_decide_spared(const struct wax_import_chain *chain);
/* After it. */
void wax_import_decide_spf(const struct wax_import_chain *chain);
void wax_import_decide_dkim(const struct wax_import_chain *chain);

#endif
