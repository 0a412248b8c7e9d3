/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Socket, and what belongs to it: UserID and UMask. One of the three sockets
 * becomes ours; a port is taken over, a path is replaced by one of our own,
 * since its directory belongs to the other program.
 */
#include "milter/conf/check.h"
#include "milter/conf/import_impl.h"
#include "policy/base/text.h"

#define SPOOL "/var/spool/postfix/"

/* The program whose socket becomes ours; it has a line Socket. */
static enum wax_import_program
socket_owner(struct wax_import *import)
{
	for (int i = 0; i < WAX_IMPORT_PROGRAMS; i++)
		if (wax_import_find(
		        import, (enum wax_import_program)i, "Socket") != NULL)
			return (enum wax_import_program)i;
	return WAX_IMPORT_PROGRAMS;
}

/* OpenDKIM stays, and needs its port, if it signs. */
static bool
is_kept(struct wax_import *import, const struct wax_import_line *socket)
{
	const struct wax_import_line *mode =
	    wax_import_find(import, WAX_IMPORT_OPENDKIM, "Mode");

	return socket->program == WAX_IMPORT_OPENDKIM &&
	       (mode == NULL || wax_str_find(mode->value, 's') < mode->value.n);
}

/* Behind local:, unix:, or nothing; empty: it is a port. */
static struct wax_str
path_of_socket(struct wax_str text)
{
	if (wax_str_istarts(text, WAX_STR("local:")))
		return wax_str_from(text, 6);
	if (wax_str_istarts(text, WAX_STR("unix:")))
		return wax_str_from(text, 5);
	return wax_str_starts(text, WAX_STR("/")) ? text : WAX_STR("");
}

static bool
owns_unix_socket(struct wax_import *import, enum wax_import_program program)
{
	struct wax_import_line *socket =
	    wax_import_find(import, program, "Socket");

	return socket != NULL && socket_owner(import) == program &&
	       path_of_socket(socket->value).n > 0;
}

/* inet:PORT[@HOST], where a host may be left out or stand in brackets. */
static void
take_port(struct wax_import *import, struct wax_import_line *line)
{
	struct wax_str text = line->value, host;
	size_t at = wax_str_find(text, '@');
	bool is_ipv6 = wax_str_istarts(text, WAX_STR("inet6:"));

	host = wax_str_from(text, at + 1);
	if (wax_str_starts(host, WAX_STR("[")) &&
	    wax_str_ends(host, WAX_STR("]")))
		host = wax_str_head(wax_str_from(host, 1), host.n - 2);
	if (host.n == 0) {
		host = is_ipv6 ? WAX_STR("::1") : WAX_STR("127.0.0.1");
		wax_import_note(import,
		    "%.*s listens on all addresses of this host; sealwax "
		    "listens on %.*s. If the mail server is another host, name "
		    "an address that it reaches.",
		    WAX_FMT(wax_conf_place_format(import->arena, &line->place)),
		    WAX_FMT(host));
	}
	(void)wax_import_offer(import, line, "socket",
	    wax_textf(import->arena, "%.*s@%.*s",
	        WAX_FMT(wax_str_lower(import->arena, wax_str_head(text, at))),
	        WAX_FMT(host)));
}

static void
note_socket(struct wax_import *import, const struct wax_import_line *line)
{
	if (path_of_socket(line->value).n == 0 && !is_kept(import, line))
		wax_import_note(import,
		    "The mail server finds sealwax where it found %s; take the "
		    "other filters out of its list (Postfix: smtpd_milters).",
		    wax_import_program_name(line->program));
	else
		wax_import_note(import,
		    "Sockets stand in a directory of their program, so that "
		    "sealwax has one of its own: put it into the mail server's "
		    "list (Postfix: smtpd_milters) in place of the others.");
}

void
wax_import_to_socket(struct wax_import *import, struct wax_import_line *line)
{
	struct wax_str path = path_of_socket(line->value);

	if (line->program != socket_owner(import))
		wax_import_needless(
		    import, line, "sealwax has one socket for all three tasks");
	else if (path.n == 0 && !is_kept(import, line))
		take_port(import, line);
	else if (wax_str_starts(path, WAX_STR(SPOOL)))
		(void)wax_import_offer(import, line, "socket",
		    WAX_STR("unix:" SPOOL "sealwax/sealwax.sock"));
	else
		(void)wax_import_offer(import, line, "socket",
		    WAX_STR("unix:/run/sealwax/sealwax.sock"));
	if (line->fate == WAX_IMPORT_CARRIED)
		note_socket(import, line);
}

void
wax_import_to_user(struct wax_import *import, struct wax_import_line *line)
{
	struct wax_str rest = line->value, name;

	(void)wax_str_cut(&rest, ':', &name);
	if (rest.p != NULL && rest.n > 0 &&
	    owns_unix_socket(import, line->program) &&
	    wax_conf_check_token(import->arena, rest) == NULL)
		(void)wax_import_offer(import, line, "socket-group", rest);
	else
		wax_import_needless(import, line,
		    "sealwax runs as a user of its own (user), whose files no "
		    "other program can write");
}

/* Octal with a 0 in front, else decimal; the SPF milter knows no octal. */
static bool
umask_of(const struct wax_import_line *line, unsigned long *out)
{
	struct wax_str text = line->value;
	unsigned base = 10;

	if (line->program != WAX_IMPORT_PYSPF && text.p[0] == '0')
		base = 8;
	*out = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] >= '0' + (int)base)
			return false;
		*out = *out * base + (unsigned long)(text.p[i] - '0');
		if (*out > 0777)
			return false;
	}
	return true;
}

void
wax_import_to_umask(struct wax_import *import, struct wax_import_line *line)
{
	unsigned long mask;

	if (!owns_unix_socket(import, line->program))
		wax_import_needless(import, line,
		    "it is for a unix socket, and the one of sealwax does not "
		    "come from here");
	else if (!umask_of(line, &mask))
		wax_import_drop(import, line, "it is not a file mode mask");
	else
		(void)wax_import_offer(import, line, "socket-mode",
		    wax_textf(import->arena, "0%03lo", 0666 & ~mask));
}
