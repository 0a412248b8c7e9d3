/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/cmd/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* libmilter opened it a moment ago: its descriptor is a small number. */
#define DESCRIPTORS_LOOKED_AT 1024

static int
fail(const struct wax_socket *socket, int status, const char *why,
    struct wax_err *err)
{
	(void)wax_fail(err, WAX_E_IO, "socket \"%s\": %s", socket->text, why);
	return status;
}

static int
status_of(int error)
{
	switch (error) {
	case EADDRINUSE:
		return EX_UNAVAILABLE;
	case EACCES:
	case EPERM:
	case EROFS:
	case ENOENT: /* the directory is not there, and not ours to make */
		return EX_NOPERM;
	default:
		return EX_OSERR;
	}
}

static int
parse_unix(struct wax_str path, struct wax_socket *out, struct wax_err *err)
{
	struct sockaddr_un *local = &out->address.local;

	if (path.n == 0 || path.n >= sizeof local->sun_path)
		return fail(
		    out, EX_CONFIG, "the path must have 1 to 107 octets", err);
	local->sun_family = AF_UNIX;
	memcpy(local->sun_path, path.p, path.n);
	out->size = sizeof *local;
	return 0;
}

static int
parse_inet(struct wax_str rest, int family, struct wax_socket *out,
    struct wax_err *err)
{
	struct addrinfo hints, *found = NULL;
	struct wax_str host, port;
	char host_z[256] = "", port_z[16] = "";
	int failed;

	memset(&hints, 0, sizeof hints);
	hints.ai_family = family;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_PASSIVE;
	(void)wax_str_cut(&rest, '@', &port);
	host = rest.p != NULL ? rest : (struct wax_str){ NULL, 0 };
	if (host.n > 1 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = wax_str_head(wax_str_from(host, 1), host.n - 2);
	if (port.n == 0 || port.n >= sizeof port_z || host.n >= sizeof host_z)
		return fail(out, EX_CONFIG, "use PORT@HOST", err);
	memcpy(port_z, port.p, port.n);
	if (host.n > 0)
		memcpy(host_z, host.p, host.n);
	failed =
	    getaddrinfo(host.n > 0 ? host_z : NULL, port_z, &hints, &found);
	if (failed != 0)
		return fail(out, EX_CONFIG, gai_strerror(failed), err);
	memcpy(&out->address.storage, found->ai_addr, found->ai_addrlen);
	out->size = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

int
wax_socket_parse(const char *text, struct wax_socket *out, struct wax_err *err)
{
	struct wax_str rest = wax_str_of(text);
	struct wax_str kind;

	memset(out, 0, sizeof *out);
	out->text = text;
	out->listener = -1;
	out->fd = -1;
	(void)wax_str_cut(&rest, ':', &kind);
	if (rest.p == NULL)
		rest = (struct wax_str){ NULL, 0 };
	if (wax_str_eq(kind, WAX_STR("unix")) ||
	    wax_str_eq(kind, WAX_STR("local")))
		return parse_unix(rest, out, err);
	if (wax_str_eq(kind, WAX_STR("inet")))
		return parse_inet(rest, AF_INET, out, err);
	if (wax_str_eq(kind, WAX_STR("inet6")))
		return parse_inet(rest, AF_INET6, out, err);
	return fail(out, EX_CONFIG,
	    "use unix:PATH, inet:PORT@HOST or inet6:PORT@HOST", err);
}

const char *
wax_socket_path(const struct wax_socket *socket)
{
	return socket->address.any.sa_family == AF_UNIX
	           ? socket->address.local.sun_path
	           : NULL;
}

/* 0 if somebody answers there, else why not. */
static int
knock(const struct wax_socket *place)
{
	int fd = socket(place->address.any.sa_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;

	if (fd < 0)
		return errno;
	if (connect(fd, &place->address.any, place->size) != 0)
		error = errno;
	(void)close(fd);
	/* A full queue of connections is somebody, too. */
	return error == EAGAIN || error == EINPROGRESS ? 0 : error;
}

/* Remove a unix socket that nobody answers on. */
static int
remove_stale(const struct wax_socket *place, struct wax_err *err)
{
	const char *path = wax_socket_path(place);
	struct stat st;
	int error;

	if (lstat(path, &st) != 0)
		return 0; /* binding will tell */
	if (!S_ISSOCK(st.st_mode))
		return fail(place, EX_CONFIG,
		    "there is something that is no socket; remove it", err);
	error = knock(place);
	if (error == 0)
		return fail(place, EX_UNAVAILABLE,
		    "another process answers there; stop it, or give this"
		    " one a socket of its own",
		    err);
	if (error != ECONNREFUSED)
		return fail(place, status_of(error), strerror(error), err);
	if (unlink(path) != 0 && errno != ENOENT)
		return fail(place, status_of(errno), strerror(errno), err);
	return 0;
}

/* Bind for a moment, for the sake of errno. */
static int
try_bind(const struct wax_socket *place, struct wax_err *err)
{
	const int on = 1;
	int fd =
	    socket(place->address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0)
		return fail(place, EX_OSERR, strerror(errno), err);
	/* As libmilter does. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
	    bind(fd, &place->address.any, place->size) != 0)
		error = errno;
	else if (wax_socket_path(place) != NULL)
		(void)unlink(wax_socket_path(place));
	(void)close(fd);
	if (error != 0)
		return fail(place, status_of(error), strerror(error), err);
	return 0;
}

int
wax_socket_claim(const struct wax_socket *socket, struct wax_err *err)
{
	if (wax_socket_path(socket) != NULL) {
		int status = remove_stale(socket, err);

		if (status != 0)
			return status;
	}
	return try_bind(socket, err);
}

/* Whether two addresses of one family are the same place. */
static bool
is_same(const struct sockaddr_storage *a, const struct wax_socket *place)
{
	struct sockaddr_un local;

	if (a->ss_family != place->address.any.sa_family)
		return false;
	if (a->ss_family != AF_UNIX)
		return memcmp(a, &place->address.storage, place->size) == 0;
	memcpy(&local, a, sizeof local);
	return strcmp(local.sun_path, place->address.local.sun_path) == 0;
}

/* Whether `fd` listens at that place. */
static bool
is_listener(int fd, const struct wax_socket *place)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof address - 1; /* leaves a NUL at the end */
	int listens = 0;
	socklen_t int_size = sizeof listens;

	memset(&address, 0, sizeof address);
	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &int_size) ==
	           0 &&
	       listens != 0 &&
	       getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
	       is_same(&address, place);
}

/*
 * A copy of libmilter's descriptor. libmilter closes its own at the end,
 * while its listener still waits for it.
 */
static int
find_listener(struct wax_socket *place, struct wax_err *err)
{
	for (int fd = 0; fd < DESCRIPTORS_LOOKED_AT; fd++) {
		if (!is_listener(fd, place))
			continue;
		place->listener = fd;
		place->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (place->fd >= 0)
			return 0;
	}
	return fail(place, EX_SOFTWARE,
	    "libmilter's listening descriptor was not found", err);
}

static int
set_access(const struct wax_socket *socket,
    const struct wax_socket_access *access, struct wax_err *err)
{
	const char *path = wax_socket_path(socket);

	if (chown(path, access->owner, access->group) != 0 ||
	    chmod(path, access->mode) != 0)
		return fail(socket, status_of(errno), strerror(errno), err);
	return 0;
}

int
wax_socket_open(struct wax_socket *socket,
    enum wax_status (*listen)(struct wax_err *err),
    const struct wax_socket_access *access, struct wax_err *err)
{
	const int on = 1;
	/* For the owner alone, until owner and group are right. */
	mode_t before = umask(0177);
	enum wax_status status = listen(err);
	int found;

	(void)umask(before);
	if (status != WAX_OK)
		return EX_OSERR;
	found = find_listener(socket, err);
	if (found != 0)
		return found;
	if (wax_socket_path(socket) != NULL)
		return set_access(socket, access, err);
	/* Should it fail, a slower answer is still an answer. */
	(void)setsockopt(socket->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return 0;
}

void
wax_socket_nudge(const struct wax_socket *socket)
{
	(void)knock(socket); /* if it fails, a message may wait longer */
}

void
wax_socket_wake(const struct wax_socket *socket, bool hard)
{
	if (hard || knock(socket) != 0)
		(void)shutdown(socket->fd, SHUT_RDWR);
}
