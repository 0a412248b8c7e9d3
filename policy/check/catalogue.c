/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The catalogue of findings: one entry for each id, in the order of
 * finding.h. sealwax-check(1) has an entry for each word, and tests/unit/check
 * a domain that draws it.
 */
#include "policy/check/finding.h"

static const struct wax_finding_kind catalogue[WAX_FINDING_IDS] = {
	/* --- the mail route ---------------------------------------------- */
	[WAX_F_MX_DOMAIN_ABSENT] = { "MX-DOMAIN-ABSENT", WAX_AREA_ROUTE,
	    WAX_ERROR, "The domain does not exist: mail to it is returned.",
	    "Register the domain, or look for a slip in its name.", "" },

	/* --- SPF --------------------------------------------------------- */
	[WAX_F_SPF_NONE] = { "SPF-NONE", WAX_AREA_SPF, WAX_WARNING,
	    "No record says which servers send mail as this domain: others "
	    "can, and some receivers refuse even its real mail.",
	    "Publish a TXT record that lists all that send for the domain.",
	    "A server that is left out is refused. If you are not sure that "
	    "the list is complete, end it with ~all for some weeks." },
	[WAX_F_SPF_SEVERAL] = { "SPF-SEVERAL", WAX_AREA_SPF, WAX_ERROR,
	    "There is more than one SPF record: receivers use none of them, "
	    "and the SPF check fails for everybody.",
	    "Make one record of them, and delete the others.",
	    "Add the terms of the others to one record before you delete "
	    "them; nothing that sends may get lost." },
	[WAX_F_SPF_LOOKALIKE] = { "SPF-LOOKALIKE", WAX_AREA_SPF, WAX_ERROR,
	    "A text looks like an SPF record, but is none: receivers ignore "
	    "it, as if it were not there.",
	    "An SPF record begins with v=spf1 and a blank, without quotation "
	    "marks of its own and without semicolons.",
	    "Corrected, it takes effect at once, with all that it lacks." },
	[WAX_F_SPF_SYNTAX] = { "SPF-SYNTAX", WAX_AREA_SPF, WAX_ERROR,
	    "The SPF record has an error: receivers use no part of it, and "
	    "the SPF check fails for everybody.",
	    "Correct the term that is shown.",
	    "Do not just delete it: what it was to allow would be refused." },
	[WAX_F_SPF_JOINT] = { "SPF-JOINT", WAX_AREA_SPF, WAX_ERROR,
	    "The record is published in several strings, which are joined as "
	    "they are; a blank is missing where two of them meet, so that "
	    "receivers use no part of it.",
	    "Put a blank at the end of each string but the last.", "" },
	[WAX_F_SPF_LOOKUPS] = { "SPF-LOOKUPS", WAX_AREA_SPF, WAX_ERROR,
	    "Receivers ask the DNS at most ten times for one SPF check; this "
	    "record needs more, and so the check fails.",
	    "Remove services that no longer send for you. Give others a "
	    "subdomain of their own to send from. Replace terms a and mx by "
	    "the addresses they stand for, where these are your own.",
	    "Do not copy the addresses of a service in place of its include: "
	    "it changes them without telling you, and its mail is refused." },
	[WAX_F_SPF_LOOKUPS_NEAR] = { "SPF-LOOKUPS-NEAR", WAX_AREA_SPF,
	    WAX_WARNING,
	    "The SPF check is close to its limit of ten lookups: one more "
	    "service, or a change within an included record, breaks it.",
	    "Remove services that no longer send for you, or give one a "
	    "subdomain of its own to send from.",
	    "Do not copy the addresses of a service in place of its "
	    "include." },
	[WAX_F_SPF_VOIDS] = { "SPF-VOIDS", WAX_AREA_SPF, WAX_ERROR,
	    "More than two terms name something that does not exist: "
	    "receivers end the SPF check with an error.",
	    "Remove the terms whose names are no longer there.", "" },
	[WAX_F_SPF_EMPTY] = { "SPF-EMPTY", WAX_AREA_SPF, WAX_WARNING,
	    "A term names something that does not exist: it allows nobody, "
	    "and with more than two of them the whole record fails.",
	    "Correct the name, or remove the term. To name a host, use a: "
	    "and not mx:, which names a domain.",
	    "" },
	[WAX_F_SPF_LOOP] = { "SPF-LOOP", WAX_AREA_SPF, WAX_ERROR,
	    "The record includes itself: the SPF check fails for everybody.",
	    "Remove the include, or redirect, that leads back.", "" },
	[WAX_F_SPF_INCLUDE_NONE] = { "SPF-INCLUDE-NONE", WAX_AREA_SPF,
	    WAX_ERROR,
	    "An include or redirect leads to a domain without SPF record: "
	    "the SPF check fails for everybody.",
	    "Correct the name, or remove the term if the service is no "
	    "longer used.",
	    "Ask the service for its present name before you remove it." },
	[WAX_F_SPF_INCLUDE_BAD] = { "SPF-INCLUDE-BAD", WAX_AREA_SPF, WAX_ERROR,
	    "An included record is broken: the SPF check of your domain "
	    "fails with it, for everybody.",
	    "Tell those who publish it; leave it out until it is mended.",
	    "While it is left out, mail of that service does not pass SPF; "
	    "now nobody's does." },
	[WAX_F_SPF_MX_MANY] = { "SPF-MX-MANY", WAX_AREA_SPF, WAX_ERROR,
	    "A term mx names a domain with more than ten mail hosts: "
	    "receivers end the SPF check with an error.",
	    "Replace it by ip4: and ip6: with the addresses.", "" },
	[WAX_F_SPF_PASS_ALL] = { "SPF-PASS-ALL", WAX_AREA_SPF, WAX_ERROR,
	    "The record allows every machine in the world to send as this "
	    "domain, and forged mail passes DMARC with it.",
	    "End the record with -all or ~all.",
	    "What sends for the domain and is not listed then no longer "
	    "passes: list it first." },
	[WAX_F_SPF_NEUTRAL_ALL] = { "SPF-NEUTRAL-ALL", WAX_AREA_SPF,
	    WAX_WARNING,
	    "The record ends with ?all: it says nothing about those who are "
	    "not listed, as if there were no record.",
	    "End the record with -all or ~all.",
	    "List all that sends for the domain first." },
	[WAX_F_SPF_NO_ALL] = { "SPF-NO-ALL", WAX_AREA_SPF, WAX_WARNING,
	    "The record ends without all: it says nothing about those who "
	    "are not listed, as if there were no record.",
	    "End the record with -all or ~all.",
	    "List all that sends for the domain first." },
	[WAX_F_SPF_WIDE] = { "SPF-WIDE", WAX_AREA_SPF, WAX_WARNING,
	    "The record allows far more addresses than anybody's mail "
	    "servers have: strangers among them can send as this domain.",
	    "List the addresses of the servers that send.",
	    "A server that is left out is refused." },
	[WAX_F_SPF_PTR] = { "SPF-PTR", WAX_AREA_SPF, WAX_WARNING,
	    "The term ptr is slow, fails with the name servers of others, and "
	    "must not be used any more; some receivers ignore it.",
	    "Replace it by a:, mx: or ip4: of the servers.",
	    "A server that only ptr let pass has to be in the new terms." },
	[WAX_F_SPF_BEHIND_ALL] = { "SPF-BEHIND-ALL", WAX_AREA_SPF, WAX_WARNING,
	    "Terms stand behind all: nobody reads them, and what they list "
	    "does not pass.",
	    "Move all to the end of the record.", "" },
	[WAX_F_SPF_REDIRECT_UNUSED] = { "SPF-REDIRECT-UNUSED", WAX_AREA_SPF,
	    WAX_WARNING,
	    "The record has all and redirect=: the redirect is never "
	    "followed.",
	    "Remove one of them; to use both records, write include: in "
	    "place of redirect=.",
	    "" },
	[WAX_F_SPF_MODIFIER] = { "SPF-MODIFIER", WAX_AREA_SPF, WAX_WARNING,
	    "A term is none that receivers know, and they skip it without a "
	    "word: what it was to allow does not pass.",
	    "Write a colon in place of \"=\", as in ip4:192.0.2.1; only "
	    "redirect= and exp= have one.",
	    "" },
	[WAX_F_SPF_STRINGS] = { "SPF-STRINGS", WAX_AREA_SPF, WAX_NOTE,
	    "The record is published in several strings. That is as it "
	    "should be for a long one; they are joined without a blank.",
	    "", "" },
	[WAX_F_SPF_LONG] = { "SPF-LONG", WAX_AREA_SPF, WAX_NOTE,
	    "The texts of this name are too long for a small DNS packet: "
	    "receivers have to ask again by TCP, which a firewall may not "
	    "let through.",
	    "See that TCP to port 53 of your name servers is open; delete "
	    "TXT records that nobody needs any more.",
	    "" },
	[WAX_F_SPF_UNKNOWN] = { "SPF-UNKNOWN", WAX_AREA_SPF, WAX_UNKNOWN,
	    "Name servers did not answer, so that SPF could not be checked "
	    "as a whole. Receivers that get no answer put mail off.",
	    "Try again; if it stays so, ask those who run the name servers "
	    "of the name shown.",
	    "" },

	/* --- DKIM -------------------------------------------------------- */

	/* --- DMARC ------------------------------------------------------- */
	[WAX_F_DMARC_NONE] = { "DMARC-NONE", WAX_AREA_DMARC, WAX_ERROR,
	    "No DMARC policy applies: anybody can put this domain into the "
	    "From of a message, and you never hear of it.",
	    "Begin with a record that asks for reports only.",
	    "Do not begin with p=reject: mail of services that do not sign "
	    "as your domain yet would be refused." },
	[WAX_F_DMARC_SEVERAL] = { "DMARC-SEVERAL", WAX_AREA_DMARC, WAX_ERROR,
	    "There is more than one DMARC record at one name: receivers use "
	    "none of them.",
	    "Keep one record, and delete the others.", "" },
	[WAX_F_DMARC_LOOKALIKE] = { "DMARC-LOOKALIKE", WAX_AREA_DMARC,
	    WAX_ERROR,
	    "A text looks like a DMARC record, but is none: receivers ignore "
	    "it, as if it were not there.",
	    "A DMARC record begins with v=DMARC1 in just these letters, and "
	    "its parts are separated by semicolons.",
	    "Corrected, it takes effect at once: look at what it asks for." },
	[WAX_F_DMARC_PLACE] = { "DMARC-PLACE", WAX_AREA_DMARC, WAX_ERROR,
	    "A DMARC record is published where nobody looks for it.",
	    "Publish it at _dmarc and a dot before the domain.",
	    "Moved there, it takes effect at once: look at what it asks "
	    "for." },
	[WAX_F_DMARC_SYNTAX] = { "DMARC-SYNTAX", WAX_AREA_DMARC, WAX_WARNING,
	    "Part of the DMARC record is wrong: receivers skip that part and "
	    "use the default in its place.",
	    "Correct what is shown.", "" },
	[WAX_F_DMARC_NO_P] = { "DMARC-NO-P", WAX_AREA_DMARC, WAX_ERROR,
	    "The record has no usable policy: receivers take it for p=none "
	    "if it asks for reports, and else ignore it.",
	    "Add p=none, p=quarantine or p=reject behind v=DMARC1.",
	    "Go to p=reject only when the reports show that all your mail "
	    "passes." },
	[WAX_F_DMARC_MONITOR] = { "DMARC-MONITOR", WAX_AREA_DMARC, WAX_WARNING,
	    "The policy is p=none: forged mail is reported, but delivered.",
	    "Read the reports until all your own mail passes; then publish "
	    "p=quarantine, and later p=reject.",
	    "With p=reject too early, invoices, newsletters and other mail "
	    "that is sent by services is refused." },
	[WAX_F_DMARC_TESTING] = { "DMARC-TESTING", WAX_AREA_DMARC, WAX_WARNING,
	    "The record is in test mode (t=y): receivers do one step less "
	    "than the policy asks for.",
	    "Remove t=y when the reports show that all your mail passes.",
	    "From then on mail that does not pass is treated as the policy "
	    "says." },
	[WAX_F_DMARC_SUBDOMAINS] = { "DMARC-SUBDOMAINS", WAX_AREA_DMARC,
	    WAX_WARNING,
	    "Subdomains have a weaker policy than the domain: who forges "
	    "uses a subdomain, real or invented.",
	    "Raise sp= to the value of p=, or at least np= (names that do "
	    "not exist).",
	    "Before sp=, see in the reports that what sends from subdomains "
	    "passes; np= breaks nothing that exists." },
	[WAX_F_DMARC_INHERITED] = { "DMARC-INHERITED", WAX_AREA_DMARC, WAX_NOTE,
	    "The domain has no record of its own: the policy of the domain "
	    "above it applies.",
	    "", "" },
	[WAX_F_DMARC_PSD] = { "DMARC-PSD", WAX_AREA_DMARC, WAX_WARNING,
	    "psd=y says that others register names below this domain, as "
	    "below a country's: no two names below it belong together.",
	    "Remove psd=y unless you are such a registry.",
	    "Without it mail of subdomains may be signed by the domain "
	    "itself again." },
	[WAX_F_DMARC_ORG_DIFFERS] = { "DMARC-ORG-DIFFERS", WAX_AREA_DMARC,
	    WAX_WARNING,
	    "Receivers of the old and the new kind see different "
	    "organizations here: what passes DMARC at one may fail at the "
	    "other.",
	    "Publish a record, with psd=n, at the domain that is the "
	    "organization's.",
	    "Only the topmost domain that is yours may have psd=n: below it, "
	    "it cuts the subdomain off from the rest." },
	[WAX_F_DMARC_OBSOLETE] = { "DMARC-OBSOLETE", WAX_AREA_DMARC, WAX_NOTE,
	    "The record has parts that no longer mean anything (RFC 9989); "
	    "they do no harm.",
	    "Remove them when you next change the record.", "" },
	[WAX_F_DMARC_PCT] = { "DMARC-PCT", WAX_AREA_DMARC, WAX_WARNING,
	    "pct= no longer exists: receivers of the new kind apply the "
	    "policy to all mail, those of the old kind to a part of it.",
	    "Remove pct=. To do one step less than the policy, use t=y.",
	    "Without pct= and t=y, all mail that does not pass is treated as "
	    "the policy says." },
	[WAX_F_DMARC_TAG] = { "DMARC-TAG", WAX_AREA_DMARC, WAX_WARNING,
	    "The record has a part that receivers do not know, and skip: a "
	    "slip of the pen?",
	    "Correct its name, or remove it.", "" },
	[WAX_F_DMARC_NO_RUA] = { "DMARC-NO-RUA", WAX_AREA_DMARC, WAX_WARNING,
	    "Nobody gets reports: you do not see who sends as your domain, "
	    "nor whose mail is refused.",
	    "Add rua=mailto: with an address that programs read.",
	    "The reports are many, and not for reading by eye: use a mailbox "
	    "of their own." },
	[WAX_F_DMARC_RUA_SYNTAX] = { "DMARC-RUA-SYNTAX", WAX_AREA_DMARC,
	    WAX_WARNING,
	    "A destination of reports is none that reports are sent to.",
	    "Write mailto: before each address, and commas between them.", "" },
	[WAX_F_DMARC_RUA_CONSENT] = { "DMARC-RUA-CONSENT", WAX_AREA_DMARC,
	    WAX_WARNING,
	    "Reports are to go to another organization, which does not say "
	    "that it wants them: receivers send it none.",
	    "Ask those who run that domain to publish this record.", "" },
	[WAX_F_DMARC_RUA_NO_MAIL] = { "DMARC-RUA-NO-MAIL", WAX_AREA_DMARC,
	    WAX_WARNING,
	    "Reports are to go to a domain that takes no mail: they are "
	    "lost.",
	    "Name an address that exists.", "" },
	[WAX_F_DMARC_NOT_SENDING] = { "DMARC-NOT-SENDING", WAX_AREA_DMARC,
	    WAX_WARNING,
	    "The domain has no mail at all, and yet does not ask for forged "
	    "mail to be refused.",
	    "Publish p=reject: there is no mail that could suffer.",
	    "If something sends as this domain all the same, that is "
	    "refused." },
	[WAX_F_DMARC_UNKNOWN] = { "DMARC-UNKNOWN", WAX_AREA_DMARC, WAX_UNKNOWN,
	    "Name servers did not answer, so that DMARC could not be checked "
	    "as a whole.",
	    "Try again; if it stays so, ask those who run the name servers "
	    "of the name shown.",
	    "" },

	/* --- the domain's own name servers ------------------------------- */

	/* --- our own relays ---------------------------------------------- */
};

const struct wax_finding_kind *
wax_finding_kind(enum wax_finding_id id)
{
	WAX_ASSERT((size_t)id < WAX_FINDING_IDS && catalogue[id].word != NULL);
	return &catalogue[id];
}
