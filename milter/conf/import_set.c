/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of hosts and names: a list with commas, a file with one member a line,
 * or one of the data sets of opendkim(8). Databases and scripts are none that
 * we read.
 */
#include "milter/conf/import_impl.h"
#include "milter/conf/source.h"
#include "policy/base/text.h"

static bool
is_path(struct wax_str text)
{
	return wax_str_starts(text, WAX_STR("/"));
}

/* A kind of data set that is neither a list nor a text file. */
static bool
is_foreign(struct wax_str text)
{
	static const char *const kinds[] = { "db:", "dsn:", "ldap:", "ldaps:",
		"ldapi:", "lua:", "memcache:", "erlang:", "mdb:" };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (wax_str_istarts(text, wax_str_of(kinds[i])))
			return true;
	return wax_str_ends(text, WAX_STR(".db"));
}

struct members {
	struct wax_import *import;
	const struct wax_import_line *line;
	WAX_VEC(struct wax_import_member) found;
};

static bool
add_member(struct members *members, const struct wax_conf_place *place,
    struct wax_str text, bool is_on_line)
{
	if (text.n == 0)
		return true;
	if (members->found.n == WAX_IMPORT_MEMBERS_MAX) {
		wax_conf_error(&members->import->report, place,
		    members->line->key, "there are more than %d members",
		    WAX_IMPORT_MEMBERS_MAX);
		return false;
	}
	WAX_PUSH(members->import->arena, &members->found,
	    (struct wax_import_member){ *place, text, is_on_line });
	return true;
}

static bool
read_list(struct members *members, struct wax_str rest)
{
	struct wax_str part;

	while (wax_str_cut(&rest, ',', &part))
		if (!add_member(members, &members->line->place,
		        wax_str_trim(part), true))
			return false;
	return true;
}

/* Up to the first blank; what is behind it is a value to a key. */
static struct wax_str
first_word(struct wax_str text)
{
	size_t n = 0;

	while (n < text.n && !wax_is_space(text.p[n]))
		n++;
	return wax_str_head(text, n);
}

static bool
read_file(struct members *members, struct wax_str path)
{
	struct wax_conf_place place = { .file = path,
		.order = members->line->place.order };
	struct wax_str rest, text;

	if (!wax_import_read_named(members->import, members->line, path,
	        WAX_CONF_BYTES_MAX, &rest))
		return false;
	while (wax_str_cut(&rest, '\n', &text)) {
		place.line++;
		text = wax_str_head(text, wax_str_find(text, '#'));
		if (!add_member(
		        members, &place, first_word(wax_str_trim(text)), false))
			return false;
	}
	return true;
}

/* The path of a set that is a file, or nothing. */
static struct wax_str
path_of(struct wax_str text, enum wax_import_set how)
{
	if (how == WAX_IMPORT_FILE || is_path(text))
		return text;
	if (how == WAX_IMPORT_DATA && wax_str_istarts(text, WAX_STR("file:")))
		return wax_str_from(text, 5);
	if (how == WAX_IMPORT_DATA && wax_str_istarts(text, WAX_STR("refile:")))
		return wax_str_from(text, 7);
	return WAX_STR("");
}

bool
wax_import_set_read(struct wax_import *import, struct wax_import_line *line,
    enum wax_import_set how, struct wax_import_members *out)
{
	struct members members = { .import = import, .line = line };
	struct wax_str text = line->value, path;
	bool is_good;

	*out = (struct wax_import_members){ 0 };
	if (how == WAX_IMPORT_DATA && is_foreign(text)) {
		wax_import_drop(import, line,
		    "sealwax reads no hosts and names from a database or "
		    "script; write them out");
		return false;
	}
	path = how == WAX_IMPORT_LIST ? WAX_STR("") : path_of(text, how);
	if (path.n > 0 && !is_path(path)) {
		wax_import_drop(import, line,
		    "the path is not absolute, and it is not known from where "
		    "it counts; write it out, and import again");
		return false;
	}
	if (how == WAX_IMPORT_DATA && wax_str_istarts(text, WAX_STR("csl:")))
		text = wax_str_from(text, 4);
	is_good =
	    path.n > 0 ? read_file(&members, path) : read_list(&members, text);
	*out = (struct wax_import_members){ members.found.n, members.found.v };
	return is_good;
}

/* A letter of a name or an address, with what may stand around it. */
static bool
is_of_a_name(char c)
{
	struct wax_str others = WAX_STR("-_.:/!*[]");

	return wax_is_alpha(c) || wax_is_digit(c) ||
	       wax_str_find(others, c) < others.n;
}

struct wax_str
wax_import_member_shown(
    struct wax_import *import, const struct wax_import_member *member)
{
	if (member->is_on_line)
		return member->text; /* it is shown with its line, anyhow */
	/* A file of something else may have been named. */
	for (size_t i = 0; i < member->text.n; i++)
		if (!is_of_a_name(member->text.p[i]) || i > 252)
			return WAX_STR("(no host)");
	return wax_str_dup(import->arena, member->text);
}
