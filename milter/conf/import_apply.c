/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys of theirs that become a key of ours by themselves; what needs several
 * lines is import_decide.c.
 */
#include "milter/conf/import_impl.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"

#define DEADLINE_MAX (WAX_DNS_DEADLINE_MS_MAX / 1000)

void
wax_import_to_text(struct wax_import *import, struct wax_import_line *line)
{
	(void)wax_import_offer(import, line, line->row->to, line->value);
}

void
wax_import_to_facility(struct wax_import *import, struct wax_import_line *line)
{
	(void)wax_import_offer(import, line, "syslog-facility",
	    wax_str_lower(import->arena, line->value));
}

void
wax_import_to_log(struct wax_import *import, struct wax_import_line *line)
{
	if (wax_import_is_on(line, true))
		(void)wax_import_offer(
		    import, line, "log-to", WAX_STR("syslog"));
	else
		wax_import_drop(import, line,
		    "sealwax always logs; log-to = \"stderr\" leaves the lines "
		    "to the service manager");
}

static bool
is_host_name(struct wax_str text)
{
	return wax_str_eq(text, WAX_STR("HOSTNAME"));
}

/* The line that says what our name is. */
static struct wax_import_line *
identity(struct wax_import *import)
{
	static const char *const keys[WAX_IMPORT_PROGRAMS] = {
		[WAX_IMPORT_OPENDMARC] = "AuthservID",
		[WAX_IMPORT_OPENDKIM] = "AuthservID",
		[WAX_IMPORT_PYSPF] = "Authserv_Id",
	};
	static const enum wax_import_program order[] = { WAX_IMPORT_OPENDMARC,
		WAX_IMPORT_OPENDKIM, WAX_IMPORT_PYSPF };

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		struct wax_import_line *line =
		    wax_import_find(import, order[i], keys[order[i]]);

		if (line != NULL)
			return line;
	}
	return NULL;
}

void
wax_import_to_authserv_id(
    struct wax_import *import, struct wax_import_line *line)
{
	const struct wax_import_line *ours = identity(import);

	if (is_host_name(line->value) && is_host_name(ours->value))
		wax_import_needless(
		    import, line, "the host name is the default");
	else if (wax_str_ieq(line->value, ours->value))
		(void)wax_import_offer(
		    import, line, "authserv-id", ours->value);
	else if (is_host_name(line->value))
		wax_import_drop(import, line,
		    "%.*s decides; put the host name into strip-authserv-ids, "
		    "so that forged fields with it are removed, too",
		    WAX_FMT(
		        wax_conf_place_format(import->arena, &ours->place)));
	else
		(void)wax_import_offer(
		    import, line, "strip-authserv-ids", line->value);
}

static void
strip(struct wax_import *import, struct wax_import_line *line,
    const struct wax_import_members *members)
{
	const struct wax_import_line *ours = identity(import);

	wax_import_needless(import, line,
	    "fields with our own name are removed on arrival anyhow");
	for (size_t i = 0; i < members->n; i++) {
		const struct wax_import_member *one = &members->v[i];

		if (is_host_name(one->text) ||
		    (ours != NULL && wax_str_ieq(one->text, ours->value)))
			continue;
		if (wax_str_starts(one->text, WAX_STR(".")))
			wax_import_drop_part(import, line, &one->place,
			    wax_import_member_shown(import, one),
			    "names are compared as a whole; write them out in "
			    "strip-authserv-ids");
		else
			(void)wax_import_offer_member(
			    import, line, "strip-authserv-ids", one);
	}
}

void
wax_import_to_strip_list(
    struct wax_import *import, struct wax_import_line *line)
{
	struct wax_import_members members;

	if (!wax_import_set_read(import, line, WAX_IMPORT_LIST, &members))
		return;
	strip(import, line, &members);
	if (line->fate == WAX_IMPORT_CARRIED)
		wax_import_note(import,
		    "TrustedAuthservIDs: sealwax judges each message itself, "
		    "believes no field that arrives, and removes those with "
		    "these names. If a host of yours in front of this one "
		    "writes such a field, take its name out of "
		    "strip-authserv-ids, and list the host in relays.");
}

void
wax_import_to_strip_set(struct wax_import *import, struct wax_import_line *line)
{
	struct wax_import_members members;

	if (wax_import_set_read(import, line, WAX_IMPORT_DATA, &members))
		strip(import, line, &members);
}

void
wax_import_to_psl(struct wax_import *import, struct wax_import_line *line)
{
	if (!wax_str_starts(line->value, WAX_STR("/")) ||
	    !wax_import_can_read(import, line->value)) {
		wax_import_drop(import, line,
		    "there is no such file that can be read here; "
		    "Organizational Domains are found by the DNS "
		    "(org-domain-method = \"treewalk\")");
		return;
	}
	if (!wax_import_offer(import, line, "psl-file", line->value))
		return;
	(void)wax_import_offer(
	    import, line, "org-domain-method", WAX_STR("psl"));
	wax_import_note(import,
	    "Organizational Domains are found by the public suffix list, as "
	    "until now. RFC 9989 finds them by the DNS: for that, remove "
	    "org-domain-method and psl-file.");
}

/* Seconds; 0 is without end, and comes out as the most that we have. */
static bool
seconds_of(const struct wax_import_line *line, unsigned long *out)
{
	if (!wax_str_number(line->value, 86400, out))
		return false;
	if (*out == 0 || *out > DEADLINE_MAX)
		*out = DEADLINE_MAX;
	return true;
}

void
wax_import_to_deadline(struct wax_import *import, struct wax_import_line *line)
{
	static const char *const keys[WAX_IMPORT_PROGRAMS] = {
		[WAX_IMPORT_OPENDMARC] = "DNSTimeout",
		[WAX_IMPORT_OPENDKIM] = "DNSTimeout",
		[WAX_IMPORT_PYSPF] = "Lookup_Time",
	};
	const struct wax_import_line *other;
	unsigned long ours, theirs;

	if (!seconds_of(line, &ours)) {
		wax_import_drop(import, line, "it is not a number of seconds");
		return;
	}
	for (int i = 0; i < WAX_IMPORT_PROGRAMS; i++) {
		other = wax_import_find(
		    import, (enum wax_import_program)i, keys[i]);
		if (other == NULL || !seconds_of(other, &theirs) ||
		    theirs <= ours)
			continue;
		wax_import_needless(import, line,
		    "there is one deadline for all questions of a message, and "
		    "%.*s asks for more",
		    WAX_FMT(
		        wax_conf_place_format(import->arena, &other->place)));
		return;
	}
	(void)wax_import_offer(import, line, "dns-deadline",
	    wax_textf(import->arena, "%lus", ours));
}

/* Each member of a list or set, for a list of ours. */
static void
take_members(struct wax_import *import, struct wax_import_line *line,
    enum wax_import_set how)
{
	struct wax_import_members members;

	if (!wax_import_set_read(import, line, how, &members))
		return;
	wax_import_drop(import, line, "nothing in it can be carried over");
	for (size_t i = 0; i < members.n; i++)
		(void)wax_import_offer_member(
		    import, line, line->row->to, &members.v[i]);
}

void
wax_import_to_resolver(struct wax_import *import, struct wax_import_line *line)
{
	take_members(import, line, WAX_IMPORT_LIST);
}

void
wax_import_to_sealers(struct wax_import *import, struct wax_import_line *line)
{
	take_members(import, line, WAX_IMPORT_LIST);
}

void
wax_import_to_sealer_file(
    struct wax_import *import, struct wax_import_line *line)
{
	take_members(import, line, WAX_IMPORT_FILE);
}

void
wax_import_to_daemons(struct wax_import *import, struct wax_import_line *line)
{
	take_members(import, line, WAX_IMPORT_DATA);
}

/* daemon_name|VALUE|VALUE of MacroList, with or without braces. */
static void
take_macro(struct wax_import *import, struct wax_import_line *line,
    const struct wax_import_member *macro)
{
	struct wax_str rest = macro->text, name, value;

	(void)wax_str_cut(&rest, '|', &name);
	if (wax_str_starts(name, WAX_STR("{")) &&
	    wax_str_ends(name, WAX_STR("}")))
		name = wax_str_head(wax_str_from(name, 1), name.n - 2);
	if (!wax_str_eq(name, WAX_STR("daemon_name")) || rest.p == NULL) {
		wax_import_drop_part(import, line, &macro->place,
		    wax_import_member_shown(import, macro),
		    "of the macros, {daemon_name} is looked at with "
		    "originating-daemon-names, and {auth_authen} with "
		    "skip-authenticated");
		return;
	}
	while (wax_str_cut(&rest, '|', &value)) {
		struct wax_import_member one = *macro;

		one.text = value;
		if (value.n > 0)
			(void)wax_import_offer_member(
			    import, line, "originating-daemon-names", &one);
	}
}

void
wax_import_to_macros(struct wax_import *import, struct wax_import_line *line)
{
	struct wax_import_members members;

	if (!wax_import_set_read(import, line, WAX_IMPORT_DATA, &members))
		return;
	wax_import_drop(import, line, "nothing in it can be carried over");
	for (size_t i = 0; i < members.n; i++)
		take_macro(import, line, &members.v[i]);
}

void
wax_import_to_bits(struct wax_import *import, struct wax_import_line *line)
{
	unsigned long bits;

	if (!wax_str_number(line->value, 1000000, &bits))
		wax_import_drop(import, line, "it is not a number of bits");
	else if (bits < WAX_KEY_BITS_MIN_DEFAULT)
		wax_import_drop(import, line,
		    "RSA keys of less than %d bits never pass (RFC 8301)",
		    WAX_KEY_BITS_MIN_DEFAULT);
	else if (bits > WAX_KEY_BITS_DEFAULT)
		wax_import_drop(import, line,
		    "no RSA key of more than max-key-bits (%d) is looked at",
		    WAX_KEY_BITS_DEFAULT);
	else
		wax_import_to_text(import, line);
}

void
wax_import_to_header_bytes(
    struct wax_import *import, struct wax_import_line *line)
{
	unsigned long bytes;

	if (!wax_str_number(line->value, 1UL << 30, &bytes) || bytes == 0) {
		wax_import_drop(
		    import, line, "there is always a limit (max-header-bytes)");
		return;
	}
	if (!wax_import_offer(import, line, "max-header-bytes", line->value))
		return;
	wax_import_note(import,
	    "A header of more than max-header-bytes is a matter of on-limit "
	    "(quarantine); OpenDKIM refused it.");
	/* A field is no longer than the whole header. */
	if (bytes < WAX_FIELD_BYTES_DEFAULT)
		(void)wax_import_offer(
		    import, line, "max-field-bytes", line->value);
}

void
wax_import_mode(struct wax_import *import, struct wax_import_line *line)
{
	if (wax_str_find(line->value, 's') == line->value.n)
		wax_import_needless(import, line,
		    "sealwax verifies signatures; OpenDKIM is not needed any "
		    "more");
	else
		wax_import_drop(import, line,
		    "sealwax verifies signatures, and does not sign: keep "
		    "OpenDKIM for that, with Mode s");
}
