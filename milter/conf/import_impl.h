/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_impl.h - what the files of the import share; for import*.c only.
 */
#ifndef WAX_MILTER_CONF_IMPORT_IMPL_H
#define WAX_MILTER_CONF_IMPORT_IMPL_H

#include "milter/conf/import.h"
#include "milter/conf/report.h"
#include "milter/conf/schema.h"

#define WAX_IMPORT_LINES_MAX 5000                /* active ones, of all files */
#define WAX_IMPORT_BYTES_MAX (8UL * 1024 * 1024) /* of all files */
#define WAX_IMPORT_LINE_MAX 1023    /* OpenDKIM and OpenDMARC cut there */
#define WAX_IMPORT_DEPTH_MAX 5      /* of Include, as OpenDKIM has it */
#define WAX_IMPORT_MEMBERS_MAX 1000 /* of one set of hosts or names */
#define WAX_IMPORT_NETWORKS_MAX 1000

enum wax_import_program {
	WAX_IMPORT_OPENDMARC, /* in the order of who decides */
	WAX_IMPORT_PYSPF,
	WAX_IMPORT_OPENDKIM,
	WAX_IMPORT_PROGRAMS /* how many there are; or: none */
};

struct wax_import;
struct wax_import_line;

/* Find out what becomes of a line, and say so with one of the functions
 * below. */
typedef void wax_import_apply(
    struct wax_import *import, struct wax_import_line *line);

enum wax_import_type {
	WAX_IMPORT_TEXT,
	WAX_IMPORT_SWITCH /* the first letter counts */
};

/* A key of one of the three programs. */
struct wax_import_key {
	const char *name;
	enum wax_import_type type;
	bool is_secret;          /* its value is never shown */
	bool is_decided;         /* by import_decide.c, with others */
	const char *to;          /* our key; NULL: none */
	wax_import_apply *apply; /* NULL: the reasons below */
	/* Why it is not carried over (a switch: when it is on), and why it
	 * needs no setting (a switch: when it is off). One may be NULL. */
	const char *dropped, *needless;
};

extern const struct wax_import_key wax_import_opendmarc[];
extern const struct wax_import_key wax_import_opendkim[];
extern const struct wax_import_key wax_import_pyspf[];

/* The table of a program, and its name in messages. */
const struct wax_import_key *wax_import_table(enum wax_import_program program);
const char *wax_import_program_name(enum wax_import_program program);
/* NULL: it does not know that name. */
const struct wax_import_key *wax_import_key_find(
    enum wax_import_program program, struct wax_str name);

enum wax_import_fate {
	WAX_IMPORT_OPEN, /* nobody has looked at it yet */
	WAX_IMPORT_CARRIED,
	WAX_IMPORT_NEEDLESS, /* true of sealwax without any setting */
	WAX_IMPORT_DROPPED
};

/* An active line of a file, or a part of one that goes its own way. */
struct wax_import_line {
	struct wax_conf_place place;
	enum wax_import_program program;
	struct wax_str key, value;
	const struct wax_import_key *row; /* NULL: not known */
	enum wax_import_fate fate;
	struct wax_str reason;
};

/* A value for a key of ours. */
struct wax_import_offer {
	size_t key;                   /* index in our table */
	struct wax_str text;          /* as in -o */
	struct wax_import_line *line; /* NULL: see `because` */
	struct wax_str because;
};

struct wax_import_file {
	struct wax_str name; /* empty: there is none of this program */
	struct wax_str text;
};

/* A network of a set, and where it stands. */
struct wax_import_network {
	struct wax_network network;
	bool is_excluded; /* "!" in front */
};

struct wax_import {
	struct wax_arena *arena;
	const struct wax_import_source *source;
	struct wax_conf_report report;
	bool is_missing; /* a file could not be read */
	size_t n_bytes;  /* read so far */
	struct wax_import_file file[WAX_IMPORT_PROGRAMS];
	size_t n_lines;
	struct wax_import_line *line; /* room for WAX_IMPORT_LINES_MAX */
	WAX_VEC(struct wax_import_line) parts;
	WAX_VEC(struct wax_import_offer) offers;
	WAX_VEC(struct wax_import_network) internal, relays;
	WAX_VEC(struct wax_str) notes; /* what changes for the mail */
	bool spares_some; /* from SPF, in a way that we do not have */
};

/* The members of a value, of a file it names, or of a data set
 * in the manner of opendkim(8). */
enum wax_import_set {
	WAX_IMPORT_LIST, /* a,b */
	WAX_IMPORT_FILE, /* /path */
	WAX_IMPORT_DATA
};
struct wax_import_member {
	struct wax_conf_place place;
	struct wax_str text;
	bool is_on_line; /* in the value itself, not in a file */
};
struct wax_import_members {
	size_t n;
	struct wax_import_member *v;
};
/* import_read.c: the files into import->line; false: errors were reported. */
bool wax_import_read(struct wax_import *import) WAX_MUST_USE;
/* A file that a line names. False: an error was reported. */
bool wax_import_read_named(struct wax_import *import,
    const struct wax_import_line *line, struct wax_str path, size_t max,
    struct wax_str *out) WAX_MUST_USE;

/* Whether a file that only the result would need can be read. */
bool wax_import_can_read(struct wax_import *import, struct wax_str path);

/* The line of this program that counts; NULL: there is none. */
struct wax_import_line *wax_import_find(struct wax_import *import,
    enum wax_import_program program, const char *key);
bool wax_import_has(
    const struct wax_import *import, enum wax_import_program program);
/* Whether a switch is on; `otherwise` without a line, or if it is none. */
bool wax_import_is_on(const struct wax_import_line *line, bool otherwise);
bool wax_import_is_switch(struct wax_str value, bool *on);

/* What became of it. */
void wax_import_drop(struct wax_import *import, struct wax_import_line *line,
    const char *fmt, ...) WAX_PRINTF(3, 4);
void wax_import_needless(struct wax_import *import,
    struct wax_import_line *line, const char *fmt, ...) WAX_PRINTF(3, 4);
/* The same for a member of its value; `place` NULL: on the same line. */
void wax_import_drop_part(struct wax_import *import,
    const struct wax_import_line *line, const struct wax_conf_place *place,
    struct wax_str part, const char *reason);
/* A sentence for the top of the file. */
void wax_import_note(struct wax_import *import, const char *fmt, ...)
    WAX_PRINTF(2, 3);

/*
 * Offer a value for a key of ours, because of a line (which is carried over
 * then), or for another reason. False: it would not be accepted, and the line
 * is dropped with that reason.
 */
bool wax_import_offer(struct wax_import *import, struct wax_import_line *line,
    const char *key, struct wax_str text);
/* The same for one member of a list; a bad one is dropped by itself. */
bool wax_import_offer_member(struct wax_import *import,
    struct wax_import_line *line, const char *key,
    const struct wax_import_member *member);
/* The line is carried over into that key, whose value comes from elsewhere. */
void wax_import_name(
    struct wax_import *import, struct wax_import_line *line, const char *key);
void wax_import_imply(struct wax_import *import, const char *key,
    const char *text, const char *fmt, ...) WAX_PRINTF(4, 5);

/* import_set.c. False: the line was dropped, or an error reported. */
bool wax_import_set_read(struct wax_import *import,
    struct wax_import_line *line, enum wax_import_set how,
    struct wax_import_members *out) WAX_MUST_USE;
/* What is shown of a member that is none: never more than a name. */
struct wax_str wax_import_member_shown(
    struct wax_import *import, const struct wax_import_member *member);

/* import_socket.c */
wax_import_apply wax_import_to_socket, wax_import_to_user, wax_import_to_umask;

/* import_apply.c */
wax_import_apply wax_import_to_text, wax_import_to_facility, wax_import_to_log,
    wax_import_to_authserv_id, wax_import_to_strip_list,
    wax_import_to_strip_set, wax_import_to_psl, wax_import_to_deadline,
    wax_import_to_resolver, wax_import_to_bits, wax_import_to_header_bytes,
    wax_import_to_daemons, wax_import_to_macros, wax_import_to_sealers,
    wax_import_to_sealer_file, wax_import_mode;

/* import_network.c: hosts whose mail is not judged, and relays. */
wax_import_apply wax_import_to_internal_file, wax_import_to_internal_set,
    wax_import_to_internal_list, wax_import_to_relays;
void wax_import_offer_networks(struct wax_import *import);

/* import_decide.c: what needs several lines, or the absence of one. */
void wax_import_decide(struct wax_import *import);

/* import_write.c */
void wax_import_write(struct wax_import *import, FILE *out);

#endif
