/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * finding.h - what is wrong, or worth knowing, about a domain's records.
 *
 * A finding is an entry of the catalogue (what kind of thing it is, what it
 * means for the mail, what breaks if the cure is done wrong) with the names
 * and numbers of this domain, and the record to publish where one can be
 * given. The word of an id ("MX-CNAME") is for scripts: it never changes its
 * meaning.
 *
 * No answer from the DNS is never taken for an absent record: it is the
 * -UNKNOWN finding of its area.
 */
#ifndef WAX_POLICY_CHECK_FINDING_H
#define WAX_POLICY_CHECK_FINDING_H

#include "policy/base/text.h"
#include "policy/base/vec.h"
#include "policy/mail/domain.h"

enum wax_severity {
	WAX_NOTE,    /* worth knowing; nothing to do */
	WAX_WARNING, /* works, but not as one would want */
	WAX_ERROR,   /* mail is lost, refused or forged because of it */
	WAX_UNKNOWN  /* could not be asked: nothing is said about it */
};

enum wax_area {
	WAX_AREA_ROUTE,
	WAX_AREA_SPF,
	WAX_AREA_DKIM,
	WAX_AREA_DMARC,
	WAX_AREA_SERVERS, /* --authoritative */
	WAX_AREA_OURS     /* --ours */
};

/* In the order of the catalogue; see catalogue.c for each. */
enum wax_finding_id {
	/* the mail route */
	WAX_F_MX_DOMAIN_ABSENT,
	WAX_F_MX_NOWHERE, /* neither MX nor address */
	WAX_F_MX_NONE,    /* an address only */
	WAX_F_MX_NULL,
	WAX_F_MX_NULL_MIXED,
	WAX_F_MX_LITERAL,
	WAX_F_MX_NAME, /* no host name */
	WAX_F_MX_CNAME,
	WAX_F_MX_NO_ADDRESS,
	WAX_F_MX_LOCAL,
	WAX_F_MX_PRIVATE,
	WAX_F_MX_SINGLE,
	WAX_F_MX_EQUAL,
	WAX_F_MX_SAME_ADDRESS,
	WAX_F_MX_MANY, /* more than were looked at */
	WAX_F_MX_NO_IPV6,
	WAX_F_MX_NO_IPV4,
	WAX_F_MX_UNKNOWN,
	/* SPF */
	WAX_F_SPF_NONE,
	WAX_F_SPF_NOT_SENDING, /* none, and no mail at all */
	WAX_F_SPF_SEVERAL,
	WAX_F_SPF_LOOKALIKE,
	WAX_F_SPF_SYNTAX,
	WAX_F_SPF_JOINT, /* strings joined without a blank */
	WAX_F_SPF_LOOKUPS,
	WAX_F_SPF_LOOKUPS_NEAR,
	WAX_F_SPF_VOIDS,
	WAX_F_SPF_VOIDS_IPV6, /* before a term that lets IPv6 pass */
	WAX_F_SPF_EMPTY,      /* a term names nothing; still within the limit */
	WAX_F_SPF_LOOP,
	WAX_F_SPF_INCLUDE_NONE,
	WAX_F_SPF_INCLUDE_BAD,
	WAX_F_SPF_MX_MANY,
	WAX_F_SPF_PASS_ALL,
	WAX_F_SPF_NEUTRAL_ALL,
	WAX_F_SPF_NO_ALL,
	WAX_F_SPF_WIDE,
	WAX_F_SPF_PRIVATE, /* addresses of inside */
	WAX_F_SPF_PTR,
	WAX_F_SPF_BEHIND_ALL,
	WAX_F_SPF_REDIRECT_UNUSED,
	WAX_F_SPF_MODIFIER, /* "ip4=": nobody knows it */
	WAX_F_SPF_STRINGS,
	WAX_F_SPF_LONG,
	WAX_F_SPF_UNKNOWN,
	/* DKIM */
	WAX_F_DKIM_NO_KEY,
	WAX_F_DKIM_REVOKED,
	WAX_F_DKIM_SYNTAX,
	WAX_F_DKIM_TYPE,
	WAX_F_DKIM_USE, /* h= or s= exclude what signs mail */
	WAX_F_DKIM_SHORT,
	WAX_F_DKIM_WEAK,
	WAX_F_DKIM_TOO_LONG,
	WAX_F_DKIM_TESTING,
	WAX_F_DKIM_SEVERAL,
	WAX_F_DKIM_UNKNOWN,
	/* DMARC */
	WAX_F_DMARC_NONE,
	WAX_F_DMARC_SEVERAL,
	WAX_F_DMARC_LOOKALIKE,
	WAX_F_DMARC_PLACE, /* at the domain itself */
	WAX_F_DMARC_SYNTAX,
	WAX_F_DMARC_NO_P,
	WAX_F_DMARC_MONITOR,
	WAX_F_DMARC_TESTING,
	WAX_F_DMARC_SUBDOMAINS, /* weaker than the domain */
	WAX_F_DMARC_INHERITED,
	WAX_F_DMARC_PSD,
	WAX_F_DMARC_ORG_DIFFERS,
	WAX_F_DMARC_OBSOLETE,
	WAX_F_DMARC_PCT, /* of less than 100 */
	WAX_F_DMARC_TAG, /* nobody knows it */
	WAX_F_DMARC_NO_RUA,
	WAX_F_DMARC_RUA_SYNTAX,
	WAX_F_DMARC_RUA_CONSENT,
	WAX_F_DMARC_RUA_NO_MAIL,
	WAX_F_DMARC_NOT_SENDING, /* no mail at all, but no p=reject */
	WAX_F_DMARC_UNKNOWN,
	/* the domain's own name servers */
	WAX_F_NS_SILENT,
	WAX_F_NS_DIFFER,
	WAX_F_NS_STALE, /* the resolver's answer is another */
	WAX_F_NS_UNKNOWN,
	/* our own relays */
	WAX_F_OURS_NO_RELAY,
	WAX_F_OURS_INTERNAL, /* not judged at all */
	WAX_FINDING_IDS      /* how many */
};

/* One entry of the catalogue. Sentences of ours, without names. */
struct wax_finding_kind {
	const char *word; /* "MX-CNAME" */
	enum wax_area area;
	enum wax_severity severity;
	const char *meaning; /* one sentence: what it does to the mail */
	const char *advice;  /* what to do; "": nothing */
	const char *caution; /* what breaks if that is done wrong; or "" */
};

const struct wax_finding_kind *wax_finding_kind(enum wax_finding_id id)
    __attribute__((returns_nonnull));

struct wax_finding {
	enum wax_finding_id id;
	struct wax_str name; /* the owner of the record it is about */
	/* What was found, one line, with names and numbers. Octets from
	 * outside are escaped. */
	struct wax_str what;
	/* The exact record, as a zone file has it (wax_publish_txt() and its
	 * like), one a line; for sealwax.conf with WAX_AREA_OURS. Empty:
	 * depends. */
	struct wax_str publish;
};

struct wax_findings {
	struct wax_arena *arena;
	WAX_VEC(struct wax_finding) list;
};

/* At most WAX_FINDINGS_MAX; further ones are dropped. `what` by printf. */
void wax_found(struct wax_findings *findings, enum wax_finding_id id,
    struct wax_str name, struct wax_str publish, const char *what, ...)
    WAX_PRINTF(5, 6);

/*
 * A record for a zone file: "owner. IN TXT "text"". A text of more than 255
 * octets is several strings, in parentheses, on as many lines. Odd octets
 * become \DDD, as zone files have it.
 */
struct wax_str wax_publish_txt(
    struct wax_arena *arena, struct wax_str owner, struct wax_str text);
/* "owner. IN MX 10 host."; the host "." is the null MX. */
struct wax_str wax_publish_mx(struct wax_arena *arena, struct wax_str owner,
    unsigned preference, struct wax_str host);

bool wax_findings_have(
    const struct wax_findings *findings, enum wax_finding_id id);

/* "note", "warning", "error", "unknown"; "route", "spf", ... */
const char *wax_severity_word(enum wax_severity severity);
const char *wax_area_word(enum wax_area area);

/* 0 fine (notes at most), 1 warnings, 2 errors, 3 something could not be
 * asked and nothing worse than a warning is known: the exit status of
 * sealwax-check --domain, as monitoring plug-ins have it. */
int wax_findings_status(const struct wax_findings *findings);

#endif
