/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * limits.h - every bound on what a stranger can make us do, by name.
 *
 * WAX_..._DEFAULT is the default of a configuration key of that name
 * (max-signatures is WAX_SIGNATURES_DEFAULT); the others are fixed, by an RFC
 * or because nobody needs more. What happens beyond a bound is said beside
 * it and in sealwax(7). An exceeded bound never gives a temporary failure.
 * tests/LIMITS.md says who tests them.
 */
#ifndef WAX_POLICY_BASE_LIMITS_H
#define WAX_POLICY_BASE_LIMITS_H

/* Names. RFC 1035 s2.3.4; 253 is 255 octets on the wire as text. */
#define WAX_DOMAIN_MAX 253
#define WAX_LABEL_MAX 63

/* The message: beyond one of these no method can pass, on-limit decides. */
#define WAX_FIELD_BYTES_DEFAULT (64UL * 1024)
#define WAX_HEADER_BYTES_DEFAULT (1024UL * 1024)
#define WAX_FIELDS_DEFAULT 5000
#define WAX_RECIPIENTS_DEFAULT 1000 /* later ones are only counted */
/*
 * A packet of the MTA's, and so a field: beyond it libmilter ends the
 * connection, and the MTA defers the message for ever. Its own bound is 64
 * kB, the default of max-field-bytes; this one has room for the largest.
 * (Postfix cuts what it shows of a field at 60,000 octets, Sendmail refuses a
 * header beyond its MaxHeadersLength, 32 kB.)
 */
#define WAX_PACKET_BYTES_MAX (17UL * 1024 * 1024)

/* The From field: beyond these it is malformed. */
#define WAX_FROM_ADDRESSES_DEFAULT 64
#define WAX_COMMENT_DEPTH_MAX 32

/* A Received field of a relay of ours: in a longer one the client is not
 * known. */
#define WAX_RECEIVED_BYTES_MAX 4096
#define WAX_RELAY_HOPS_MAX 10 /* our own, one behind the other; likewise */

/* Tags of a tag=value list (RFC 6376 s3.2): with more of them it is void. */
#define WAX_TAGS_MAX 100

/* DKIM: later signatures are listed as policy, without a key lookup. */
#define WAX_SIGNATURES_DEFAULT 20
#define WAX_SIGNATURES_LISTED_MAX 100 /* or max-signatures; later: ignored */
#define WAX_KEY_LOOKUPS_DEFAULT 20
#define WAX_BODY_HASHES_DEFAULT 8     /* different (hash, canon, l=) */
#define WAX_SIGNED_NAMES_DEFAULT 2000 /* names in h=; beyond: permerror */
#define WAX_KEY_BITS_DEFAULT 4096     /* beyond: permerror; RFC 8301 s3.2 */
#define WAX_KEY_BITS_MIN_DEFAULT 1024 /* RFC 8301 s3.2 */
#define WAX_KEY_RECORD_BYTES_MAX (16UL * 1024)
#define WAX_DKIM_CLOCK_DRIFT 300 /* s that t= may be ahead of us */

/* SPF. RFC 7208 s4.6.4: beyond each, permerror (ptr: the rest ignored). */
#define WAX_SPF_TERMS_MAX 10
#define WAX_SPF_VOIDS_MAX 2
#define WAX_SPF_MX_MAX 10
#define WAX_SPF_PTR_MAX 10
#define WAX_SPF_RECORD_BYTES_DEFAULT (16UL * 1024)
#define WAX_SPF_EXPLANATION_MAX 2048 /* beyond: as if there were none */
#define WAX_SPF_TERM_SHOWN_MAX 100   /* octets of a term in what we say */

/* DMARC. RFC 9989 s4.10: at most eight questions a walk. */
#define WAX_WALK_MAX 8
#define WAX_WALK_KEEP_LABELS 7
#define WAX_RECORD_BYTES_MAX (64UL * 1024) /* a TXT record as a whole */

/* Destinations of reports: later items of a list are not looked at, a longer
 * URI or address is none. RFC 5321 s4.5.3.1 */
#define WAX_RUA_ITEMS_MAX 100
#define WAX_RUA_URI_MAX 1024
#define WAX_ADDRESS_MAX 254
#define WAX_LOCAL_PART_MAX 64

/* ARC. RFC 8617 s5.2: more sets are a failed chain. */
#define WAX_ARC_SETS_MAX 50

/* DNS. Questions beyond are not asked: permerror of what asked them. */
#define WAX_DNS_QUERIES_DEFAULT 100
/* Kept back of that for the Author Domain: its walk and its existence. */
#define WAX_DNS_QUERIES_RESERVED 10
#define WAX_DNS_DEADLINE_MS_DEFAULT 8000
#define WAX_DNS_DEADLINE_MS_MIN 1000
#define WAX_DNS_DEADLINE_MS_MAX 25000
#define WAX_DNS_CACHE_BYTES_DEFAULT (32UL * 1024 * 1024)
#define WAX_DNS_CACHE_ENTRIES_DEFAULT 10000
#define WAX_DNS_TTL_MAX 3600
#define WAX_DNS_NEGATIVE_TTL_MAX 900
#define WAX_DNS_RECORDS_MAX 1000 /* of one answer; beyond: as not asked */

/* Decoded public keys that sealwaxd keeps: the least recently used goes. */
#define WAX_DECODED_KEYS_MAX 1000
#define WAX_DECODED_KEYS_BYTES_MAX (4UL * 1024 * 1024)
#define WAX_DECODED_KEY_OCTETS_MAX 1024 /* a longer one is not kept */

/* What sealwaxd reads ahead of libmilter on a connection, and buffers that
 * nobody uses. Higher descriptors go without. */
#define WAX_READ_AHEAD_BYTES (16UL * 1024)
#define WAX_READ_AHEAD_SPARE_MAX 16
#define WAX_READ_AHEAD_DESCRIPTORS 65536

/* What we write. */
#define WAX_LOG_LINE_MAX 2048
#define WAX_HEADER_LINE_MAX 998 /* RFC 5322 s2.1.1 */
#define WAX_HEADER_LINE_FOLD 78
#define WAX_REPLY_MAX 400 /* octets of an SMTP reply's text */

/* Reports of others, that sealwax-report reads: refused beyond these. */
#define WAX_REPORT_READ_BYTES_MAX (64UL * 1024 * 1024) /* unpacked */
#define WAX_REPORT_ENTRIES_MAX 100    /* files in one archive */
#define WAX_REPORT_PACKED_DEPTH_MAX 3 /* a gz in a tar in a gz */
/* Unpacked by packed. Records that are alike compress to a 230th, and so does
 * an honest report of many; zeros to a thousandth. */
#define WAX_REPORT_RATIO_MAX 400
#define WAX_REPORT_RATIO_FREE_BYTES (1024UL * 1024) /* whatever the ratio */
#define WAX_REPORT_DEPTH_MAX 32                     /* of elements */
#define WAX_REPORT_TAG_BYTES_MAX 4096               /* "<" to ">" */
#define WAX_REPORT_ATTRIBUTES_MAX 32                /* of one element */
#define WAX_REPORT_NAMESPACES_MAX 64 /* declared around an element */
#define WAX_REPORT_NAMES_BYTES_MAX (256UL * 1024) /* different ones */
#define WAX_REPORT_REASONS_MAX 20 /* of a record; the rest is ignored */
#define WAX_REPORT_COUNT_MAX 1000000000000UL /* of a record */
#define WAX_REPORT_TIME_MAX 253402300799UL   /* the year 9999 */
/* A mail message taken apart: refused beyond these. */
#define WAX_MAIL_PARTS_MAX 100
#define WAX_MAIL_DEPTH_MAX 8 /* a message in a part of a message */
/* A bounce: what is longer is read so far, later ids are ignored. */
#define WAX_BOUNCE_BYTES_MAX (4UL * 1024 * 1024)
#define WAX_BOUNCE_IDS_MAX 64

/* Aggregate reports. */
#define WAX_REPORT_SIGNATURES_MAX 100 /* of one record; RFC 9990 s3.1.3 */
#define WAX_REPORT_RECORDS_MAX 20000  /* of one report; others are counted */
#define WAX_REPORT_RUA_BYTES_MAX 2048 /* of rua=; later URIs are not kept */
/* Of one domain and day; rows of others are booked to the last of them. A
 * report describes one policy.                           RFC 9990 s3.1 */
#define WAX_REPORT_POLICIES_MAX 10
/* The texts of one report's records together: beyond, messages are only
 * counted. One message with 100 signatures may be 40 kB of it. */
#define WAX_REPORT_TUPLE_BYTES_MAX (32UL * 1024 * 1024)
#define WAX_REPORT_TEXT_MAX 1000 /* octets of one text, also of others': cut */
/* The XML: messages of records that do not fit are only counted. */
#define WAX_REPORT_WRITE_BYTES_MAX (32UL * 1024 * 1024)

/* The whole process: overload, on-overload decides. */
#define WAX_SESSIONS_DEFAULT 500
#define WAX_EVALUATIONS_DEFAULT 500
#define WAX_MEMORY_DEFAULT (256UL * 1024 * 1024)

/* sealwax-check --domain: further findings about a domain are dropped. */
#define WAX_FINDINGS_MAX 200
/* Its tree of SPF records: terms beyond are not looked at, those that need the
 * DNS not asked. Ten are allowed; the rest shows what is dear. */
#define WAX_CHECK_SPF_LINES_MAX 2000
#define WAX_CHECK_SPF_TERMS_MAX 100
#define WAX_CHECK_MX_MAX 20        /* hosts; further ones are counted */
#define WAX_CHECK_SERVERS_MAX 16   /* name servers, by address */
#define WAX_CHECK_ADDRESSES_MAX 32 /* of a host, that are looked at */

#endif
