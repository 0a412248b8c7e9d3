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
	    WAX_ERROR,
	    "The domain does not exist: mail to it is returned, and many "
	    "servers refuse mail that claims to come from it.",
	    "Register the domain, or look for a slip in its name.", "" },
	[WAX_F_MX_NOWHERE] = { "MX-NOWHERE", WAX_AREA_ROUTE, WAX_ERROR,
	    "The domain has neither an MX record nor an address: mail to it "
	    "is returned, and many servers refuse mail that comes from it.",
	    "Name the server that takes its mail in an MX record; if it is to "
	    "get no mail, say so with the record shown.",
	    "The record shown turns all mail to the domain away at once." },
	[WAX_F_MX_NONE] = { "MX-NONE", WAX_AREA_ROUTE, WAX_WARNING,
	    "The domain has no MX record: senders try the address of the "
	    "domain itself, which is often that of a web server.",
	    "Name the server that takes the mail in an MX record, even if it "
	    "is the same machine.",
	    "As soon as there is an MX record, the address of the domain is "
	    "no longer tried: the host named has to take all its mail." },
	[WAX_F_MX_NULL] = { "MX-NULL", WAX_AREA_ROUTE, WAX_NOTE,
	    "The domain says that it takes no mail (null MX): senders give "
	    "up at once, and some servers refuse mail that comes from it.",
	    "A domain that sends no mail either should say that, too, so "
	    "that nobody can send in its name: publish the records shown.",
	    "With them, everything that is sent in the name of the domain is "
	    "refused, your own mail as well." },
	[WAX_F_MX_NULL_MIXED] = { "MX-NULL-MIXED", WAX_AREA_ROUTE, WAX_ERROR,
	    "One record says that the domain takes no mail, others name mail "
	    "servers: some senders return the mail, others deliver it.",
	    "Delete the record \"MX 0 .\"; or, if the domain is to get no "
	    "mail, all the others.",
	    "Delete the right ones: with \"MX 0 .\" alone all mail to the "
	    "domain is turned away." },
	[WAX_F_MX_LITERAL] = { "MX-LITERAL", WAX_AREA_ROUTE, WAX_ERROR,
	    "An MX record holds an IP address, but has to hold the name of a "
	    "host: senders look for a host of that name, and find none.",
	    "Give the server a name with an address record (A, AAAA), and "
	    "put that name into the MX record.",
	    "Publish the address record before the MX record that names "
	    "it." },
	[WAX_F_MX_NAME] = { "MX-NAME", WAX_AREA_ROUTE, WAX_ERROR,
	    "What the MX record holds cannot be the name of a host: senders "
	    "find no address for it.",
	    "Put the name of the mail server there, made of letters, digits, "
	    "hyphens and dots only.",
	    "" },
	[WAX_F_MX_CNAME] = { "MX-CNAME", WAX_AREA_ROUTE, WAX_ERROR,
	    "The host in an MX record is an alias (CNAME), which is not "
	    "allowed: some senders refuse to deliver to it.",
	    "Put the name that the alias leads to into the MX record, or "
	    "give the host an address record of its own.",
	    "If a provider told you to use the alias, ask before you change "
	    "it: what it leads to may change without notice." },
	[WAX_F_MX_NO_ADDRESS] = { "MX-NO-ADDRESS", WAX_AREA_ROUTE, WAX_ERROR,
	    "A host in an MX record has no address: senders cannot reach it, "
	    "and if it is the only one, mail is returned.",
	    "Publish an address record (A, AAAA) for the host, or correct "
	    "its name in the MX record.",
	    "Do not just delete the only MX record: senders would then try "
	    "the address of the domain itself." },
	[WAX_F_MX_LOCAL] = { "MX-LOCAL", WAX_AREA_ROUTE, WAX_ERROR,
	    "A host in an MX record is \"localhost\": each sender would "
	    "deliver the mail to itself, and returns it.",
	    "Put the public name or address of the mail server there; if the "
	    "domain is to get no mail, publish \"MX 0 .\" instead.",
	    "" },
	[WAX_F_MX_PRIVATE] = { "MX-PRIVATE", WAX_AREA_ROUTE, WAX_ERROR,
	    "A host in an MX record has an address that cannot be reached "
	    "from outside your own network.",
	    "Publish the address at which the Internet reaches the server. "
	    "If inside and outside need different ones, have your own name "
	    "server answer differently to your own network.",
	    "" },
	[WAX_F_MX_SINGLE] = { "MX-SINGLE", WAX_AREA_ROUTE, WAX_NOTE,
	    "There is one mail server. While it is down, mail waits with the "
	    "senders, for days if need be, and is not lost.",
	    "", "" },
	[WAX_F_MX_EQUAL] = { "MX-EQUAL", WAX_AREA_ROUTE, WAX_NOTE,
	    "Hosts of the same priority share the load: each sender picks "
	    "one of them at random.",
	    "",
	    "If one of them is meant as a spare, give it a higher number." },
	[WAX_F_MX_SAME_ADDRESS] = { "MX-SAME-ADDRESS", WAX_AREA_ROUTE,
	    WAX_WARNING,
	    "Two MX records lead to the same address: it looks like a spare "
	    "server, but is none.",
	    "Give the second one a server of its own, or delete it.", "" },
	[WAX_F_MX_MANY] = { "MX-MANY", WAX_AREA_ROUTE, WAX_WARNING,
	    "There are so many MX records that not all of them were looked "
	    "at; senders try only a few, too.",
	    "Put several addresses behind one name instead.", "" },
	[WAX_F_MX_NO_IPV6] = { "MX-NO-IPV6", WAX_AREA_ROUTE, WAX_NOTE,
	    "No mail server has an IPv6 address. Nearly all senders have "
	    "IPv4; those that do not cannot reach you.",
	    "",
	    "Before you publish an IPv6 address, see that the server listens "
	    "on it, and that the address has a name in the reverse zone." },
	[WAX_F_MX_NO_IPV4] = { "MX-NO-IPV4", WAX_AREA_ROUTE, WAX_WARNING,
	    "No mail server has an IPv4 address: many senders have no IPv6, "
	    "and cannot reach you.",
	    "Give at least one of the mail servers an IPv4 address.", "" },
	[WAX_F_MX_UNKNOWN] = { "MX-UNKNOWN", WAX_AREA_ROUTE, WAX_UNKNOWN,
	    "Name servers did not answer, so that this part of the mail "
	    "route could not be checked. Senders that get no answer put mail "
	    "off.",
	    "Try again; if it stays so, ask those who run the name servers "
	    "of the name shown.",
	    "" },

	/* --- SPF --------------------------------------------------------- */
	[WAX_F_SPF_NONE] = { "SPF-NONE", WAX_AREA_SPF, WAX_WARNING,
	    "No record says which servers send mail as this domain: others "
	    "can, and some receivers refuse even its real mail.",
	    "Publish a TXT record that lists all that send for the domain; "
	    "v=spf1 -all if nothing does.",
	    "A server that is left out is refused. If you are not sure that "
	    "the list is complete, end it with ~all for some weeks." },
	[WAX_F_SPF_NOT_SENDING] = { "SPF-NOT-SENDING", WAX_AREA_SPF,
	    WAX_WARNING,
	    "The domain accepts no mail, but does not say that it sends none "
	    "either: others can send as this domain.",
	    "Publish a record that allows nobody.",
	    "If something sends as this domain all the same, that is "
	    "refused." },
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
	[WAX_F_SPF_VOIDS_IPV6] = { "SPF-VOIDS-IPV6", WAX_AREA_SPF, WAX_WARNING,
	    "More than two terms name hosts without an IPv6 address: mail "
	    "that comes by IPv6 can end in an error there, before the terms "
	    "behind them, which would let it pass, are read.",
	    "Move the terms that allow IPv6 addresses to the front of the "
	    "record.",
	    "" },
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
	[WAX_F_SPF_PRIVATE] = { "SPF-PRIVATE", WAX_AREA_SPF, WAX_WARNING,
	    "The record allows addresses that exist only inside of networks: "
	    "receivers never see mail from these, so the term does nothing.",
	    "Replace them by the address that your network has on the "
	    "Internet.",
	    "" },
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
	[WAX_F_DKIM_NO_KEY] = { "DKIM-NO-KEY", WAX_AREA_DKIM, WAX_ERROR,
	    "There is no key for this selector: what is signed with it "
	    "counts as not signed.",
	    "Publish the public key that belongs to the key you sign with, "
	    "in the form shown.",
	    "Keys and selectors belong together: look which selector (s=) "
	    "the signatures of your mail name." },
	[WAX_F_DKIM_REVOKED] = { "DKIM-REVOKED", WAX_AREA_DKIM, WAX_WARNING,
	    "The key is withdrawn (p= is empty): what is signed with it "
	    "counts as not signed.",
	    "If nothing signs with this selector any more, all is well. If "
	    "something does, publish its key in the form shown.",
	    "Do not publish a key again that was withdrawn because others "
	    "know it." },
	[WAX_F_DKIM_SYNTAX] = { "DKIM-SYNTAX", WAX_AREA_DKIM, WAX_ERROR,
	    "The record is no DKIM key that can be read: what is signed with "
	    "this selector counts as not signed.",
	    "Publish the record again, just as your signing program gave it, "
	    "in the form shown.",
	    "A long key is easily damaged when it is pasted: compare its "
	    "beginning and its end." },
	[WAX_F_DKIM_TYPE] = { "DKIM-TYPE", WAX_AREA_DKIM, WAX_ERROR,
	    "The key is of a type (k=) that is not used for mail: what is "
	    "signed with this selector counts as not signed.",
	    "Use k=rsa; k=ed25519 only besides, as not all receivers know "
	    "it.",
	    "" },
	[WAX_F_DKIM_USE] = { "DKIM-USE", WAX_AREA_DKIM, WAX_ERROR,
	    "The record forbids the key to be used for today's mail "
	    "signatures (h= without sha256, or s= without email).",
	    "Remove h= and s= from the record: they are not needed.", "" },
	[WAX_F_DKIM_SHORT] = { "DKIM-SHORT", WAX_AREA_DKIM, WAX_ERROR,
	    "The key has less than 1024 bits: others can break it and sign "
	    "as you, and receivers do not accept it.",
	    "Make a new key of 2048 bits, under a new selector.",
	    "Sign with the new key before you remove the old one." },
	[WAX_F_DKIM_WEAK] = { "DKIM-WEAK", WAX_AREA_DKIM, WAX_WARNING,
	    "The key has less than 2048 bits. It is still accepted, but "
	    "others may be able to break it before long.",
	    "Make a new key of 2048 bits, under a new selector.",
	    "Publish the new key before you sign with it, and leave the old "
	    "one published for a week after the last mail signed with it." },
	[WAX_F_DKIM_TOO_LONG] = { "DKIM-TOO-LONG", WAX_AREA_DKIM, WAX_ERROR,
	    "The key, or its record, is longer than receivers have to "
	    "accept: for some of them, what is signed with it counts as not "
	    "signed.",
	    "Make a new key of 2048 bits, under a new selector.",
	    "Sign with the new key before you remove the old one." },
	[WAX_F_DKIM_TESTING] = { "DKIM-TESTING", WAX_AREA_DKIM, WAX_WARNING,
	    "The record says that the key is only being tested (t=y): "
	    "receivers may treat what is signed with it as not signed.",
	    "When tests are over, publish the record without t=y.", "" },
	[WAX_F_DKIM_SEVERAL] = { "DKIM-SEVERAL", WAX_AREA_DKIM, WAX_WARNING,
	    "There is more than one record for this selector: which of them "
	    "a receiver takes is left to chance, and with the wrong one "
	    "signatures fail.",
	    "Delete those that do not belong to the key you sign with. A "
	    "second key needs a selector of its own.",
	    "" },
	[WAX_F_DKIM_UNKNOWN] = { "DKIM-UNKNOWN", WAX_AREA_DKIM, WAX_UNKNOWN,
	    "Name servers did not answer, so that the key could not be "
	    "checked. Receivers that get no answer may put mail off.",
	    "Try again; if it stays so, ask those who run the name servers "
	    "of the name shown.",
	    "" },

	/* --- DMARC ------------------------------------------------------- */
	[WAX_F_DMARC_NONE] = { "DMARC-NONE", WAX_AREA_DMARC, WAX_ERROR,
	    "No DMARC policy applies: anybody can put this domain into the "
	    "From of a message, and you never hear of it.",
	    "Begin with a record that asks for reports only, to an address "
	    "that exists. A domain that sends no mail can publish p=reject at "
	    "once.",
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
	    "Nothing is asked of receivers but reports: forged mail is "
	    "delivered.",
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
	    "Receivers see different organizations here, by the new way (RFC "
	    "9989) and by the old: what passes DMARC at one may fail at the "
	    "other.",
	    "Have a record at the domain of the organization, and psd= at none "
	    "below it.",
	    "Only the topmost domain that is yours may have psd=n: below it, "
	    "it cuts the subdomain off from the rest." },
	[WAX_F_DMARC_OBSOLETE] = { "DMARC-OBSOLETE", WAX_AREA_DMARC, WAX_NOTE,
	    "The record has parts that no longer mean anything (RFC 9989); "
	    "they do no harm.",
	    "Remove them when you next change the record.", "" },
	[WAX_F_DMARC_PCT] = { "DMARC-PCT", WAX_AREA_DMARC, WAX_WARNING,
	    "pct= no longer exists (RFC 9989): newer receivers apply the "
	    "policy to all mail, older ones to a part of it.",
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
	    "Add rua=mailto: with an address that exists; a program should "
	    "read what comes.",
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
	[WAX_F_NS_SILENT] = { "NS-SILENT", WAX_AREA_SERVERS, WAX_ERROR,
	    "A name server of the domain does not answer for it: some mail "
	    "is late, and if the others fail, too, all is.",
	    "Have it repaired, or remove it from the domain's NS records, "
	    "here and with the registrar.",
	    "Leave at least two name servers." },
	[WAX_F_NS_DIFFER] = { "NS-DIFFER", WAX_AREA_SERVERS, WAX_ERROR,
	    "The domain's name servers do not say the same: what receivers "
	    "see depends on which of them they ask.",
	    "A change reaches all name servers within minutes as a rule. If "
	    "they still differ then, look why the zone is not passed on to "
	    "the one that is behind.",
	    "" },
	[WAX_F_NS_STALE] = { "NS-STALE", WAX_AREA_SERVERS, WAX_NOTE,
	    "The name servers have a newer record than the resolver: it is "
	    "not published everywhere yet. Until then some receivers see the "
	    "old one, others the new one.",
	    "Wait until the time shown is over before you rely on it.", "" },
	[WAX_F_NS_UNKNOWN] = { "NS-UNKNOWN", WAX_AREA_SERVERS, WAX_UNKNOWN,
	    "The domain's name servers could not be found or reached, so "
	    "that their answers could not be compared.",
	    "Try again, from another network if need be.", "" },

	/* --- our own relays ---------------------------------------------- */
	[WAX_F_OURS_NO_RELAY] = { "OURS-NO-RELAY", WAX_AREA_OURS, WAX_ERROR,
	    "A host takes mail for the domain and passes it on to you, but "
	    "sealwaxd does not know it: SPF of all mail that comes through "
	    "it will fail, and honest mail is refused.",
	    "If it is your own backup server, add the entry shown to "
	    "sealwax.conf.",
	    "What such a host writes into the header is believed: list only "
	    "those that you, or somebody you trust, run." },
	[WAX_F_OURS_INTERNAL] = { "OURS-INTERNAL", WAX_AREA_OURS, WAX_ERROR,
	    "A host that takes mail for the domain from strangers is among "
	    "internal-networks: nothing that comes through it is judged.",
	    "Remove it from internal-networks, and add the entry shown to "
	    "sealwax.conf.",
	    "Mail that this host sends of its own will be judged then, too: "
	    "it has to be in your SPF record." },
};

const struct wax_finding_kind *
wax_finding_kind(enum wax_finding_id id)
{
	WAX_ASSERT((size_t)id < WAX_FINDING_IDS && catalogue[id].word != NULL);
	return &catalogue[id];
}
