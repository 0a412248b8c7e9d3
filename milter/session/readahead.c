/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * accept(), poll(), read() and close() in front of the C library's, for all
 * of the program. README.md of this room says why, and what it rests on.
 *
 * A descriptor that libmilter did not accept goes straight through.
 */
/* Its inline functions have the names that are defined here. */
#undef _FORTIFY_SOURCE
#include "milter/session/readahead.h"

#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "policy/base/limits.h"
#include "policy/base/str.h"

#define EXPORTED __attribute__((visibility("default")))

/* Under another name in C: glibc declares it with a type of its own. */
int wax_accept(int listener, struct sockaddr *address, socklen_t *size) __asm__(
    "accept");

/* --- the C library's ------------------------------------------------------- */

typedef int accept_function(int, struct sockaddr *, socklen_t *);
typedef int close_function(int);
typedef int poll_function(struct pollfd *, nfds_t, int);
typedef ssize_t read_function(int, void *, size_t);

/* What comes behind the program's own: looked for at the first call, which
 * may come before main(). */
static struct {
	_Atomic(void *) accept, close, poll, read;
} libc;

static void *
next(_Atomic(void *) *known, const char *name)
{
	void *function = atomic_load_explicit(known, memory_order_acquire);

	if (function != NULL)
		return function;
	function = dlsym(RTLD_NEXT, name);
	WAX_ASSERT(function != NULL);
	atomic_store_explicit(known, function, memory_order_release);
	return function;
}

static int
next_accept(int listener, struct sockaddr *address, socklen_t *size)
{
	return ((accept_function *)next(&libc.accept, "accept"))(
	    listener, address, size);
}

static int
next_close(int fd)
{
	return ((close_function *)next(&libc.close, "close"))(fd);
}

static int
next_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	return ((poll_function *)next(&libc.poll, "poll"))(fds, n, timeout_ms);
}

static ssize_t
next_read(int fd, void *to, size_t n)
{
	return ((read_function *)next(&libc.read, "read"))(fd, to, n);
}

/* --- buffers --------------------------------------------------------------- */

struct buffer {
	SLIST_ENTRY(buffer) link; /* of a spare one */
	char octets[WAX_READ_AHEAD_BYTES];
};

static struct {
	pthread_mutex_t lock; /* guards: spare, n_spare */
	SLIST_HEAD(, buffer) spare;
	size_t n_spare;
	atomic_size_t n; /* all that exist */
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* NULL: no memory; then nothing is read ahead. */
static struct buffer *
take_buffer(void)
{
	struct buffer *buffer;

	WAX_ASSERT(pthread_mutex_lock(&pool.lock) == 0);
	buffer = SLIST_FIRST(&pool.spare);
	if (buffer != NULL) {
		SLIST_REMOVE_HEAD(&pool.spare, link);
		pool.n_spare--;
	}
	WAX_ASSERT(pthread_mutex_unlock(&pool.lock) == 0);
	if (buffer != NULL)
		return buffer;
	buffer = malloc(sizeof *buffer);
	if (buffer != NULL)
		atomic_fetch_add(&pool.n, 1);
	return buffer;
}

static void
give_buffer(struct buffer *buffer)
{
	if (buffer == NULL)
		return;
	WAX_ASSERT(pthread_mutex_lock(&pool.lock) == 0);
	if (pool.n_spare < WAX_READ_AHEAD_SPARE_MAX) {
		SLIST_INSERT_HEAD(&pool.spare, buffer, link);
		pool.n_spare++;
		buffer = NULL;
	}
	WAX_ASSERT(pthread_mutex_unlock(&pool.lock) == 0);
	if (buffer != NULL) {
		free(buffer);
		atomic_fetch_sub(&pool.n, 1);
	}
}

/* --- connections ----------------------------------------------------------- */

/*
 * What is known of one connection. It belongs to the one thread that has it
 * from libmilter, whose mutex stands between that thread and the next one;
 * so it has no lock.
 */
struct ahead {
	struct buffer *buffer; /* NULL: nothing was read ahead */
	size_t start, end;     /* of what is left in it */
	bool polled;           /* since the last read, by way of poll() below */
	bool ready; /* the kernel said so, and nothing was read since */
	bool is_tcp;
};

/* By descriptor; NULL where libmilter did not accept it. */
static struct ahead *_Atomic connections[WAX_READ_AHEAD_DESCRIPTORS];
static atomic_int watched = -1;

static struct ahead *
find(int fd)
{
	if (fd < 0 || fd >= WAX_READ_AHEAD_DESCRIPTORS)
		return NULL;
	return atomic_load_explicit(&connections[fd], memory_order_acquire);
}

/*
 * Have the kernel acknowledge what was read at once; false if this is no TCP.
 * It would wait for something of ours to send it along with, and where we
 * answer nothing, as before the end of a message, it waits 40 ms: so long
 * Nagle's algorithm keeps a Postfix from writing the next piece. The kernel
 * forgets it with each answer.
 */
static bool
acknowledge(int fd)
{
	const int on = 1;

	return setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on) == 0;
}

/* Without memory, and beyond the table, it does without. */
static void
watch(int fd)
{
	struct ahead *ahead;

	if (fd >= WAX_READ_AHEAD_DESCRIPTORS)
		return;
	ahead = calloc(1, sizeof *ahead);
	if (ahead != NULL)
		ahead->is_tcp = acknowledge(fd);
	atomic_store(&connections[fd], ahead);
}

static void
forget(int fd)
{
	struct ahead *ahead = find(fd);

	if (ahead == NULL)
		return;
	atomic_store(&connections[fd], NULL);
	give_buffer(ahead->buffer);
	free(ahead);
}

static bool
can_be_read(const struct ahead *ahead)
{
	return ahead->buffer != NULL || ahead->ready;
}

/* --- read ------------------------------------------------------------------ */

static ssize_t
take(struct ahead *ahead, void *to, size_t n)
{
	if (n > ahead->end - ahead->start)
		n = ahead->end - ahead->start;
	if (n > 0)
		memcpy(to, ahead->buffer->octets + ahead->start, n);
	ahead->start += n;
	if (ahead->start == ahead->end) {
		give_buffer(ahead->buffer);
		ahead->buffer = NULL;
	}
	return (ssize_t)n;
}

/*
 * What was asked for goes to where it belongs, and what is behind it into a
 * buffer: a body of any length is not copied but for its first octets.
 */
static ssize_t
read_more(struct ahead *ahead, int fd, void *to, size_t n)
{
	struct buffer *buffer = take_buffer();
	struct iovec parts[] = { { to, n },
		{ buffer != NULL ? buffer->octets : NULL,
		    buffer != NULL ? sizeof buffer->octets : 0 } };
	struct msghdr message = { .msg_iov = parts,
		.msg_iovlen = sizeof parts / sizeof parts[0] };
	ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT);
	int error = errno;

	ahead->ready = false;
	if (got > (ssize_t)n) {
		ahead->buffer = buffer;
		ahead->start = 0;
		ahead->end = (size_t)got - n;
		return (ssize_t)n;
	}
	give_buffer(buffer);
	errno = error;
	return got;
}

static ssize_t
read_kernel(struct ahead *ahead, int fd, void *to, size_t n)
{
	ssize_t got = -1;

	/* Who does not wait by our poll() would not see what is read ahead. */
	if (ahead->polled && n > 0) {
		ahead->polled = false;
		got = read_more(ahead, fd, to, n);
		if (got >= 0 || errno != EAGAIN)
			return got;
	}
	return next_read(fd, to, n);
}

EXPORTED ssize_t
read(int fd, void *to, size_t n)
{
	struct ahead *ahead = find(fd);
	ssize_t got;
	int error;

	if (ahead == NULL)
		return next_read(fd, to, n);
	if (ahead->buffer != NULL)
		return take(ahead, to, n);
	got = read_kernel(ahead, fd, to, n);
	error = errno;
	if (got > 0 && ahead->is_tcp)
		(void)acknowledge(fd); /* else it is only slow */
	errno = error;
	return got;
}

/* --- poll ------------------------------------------------------------------ */

static bool
asks_to_read(const struct pollfd *one)
{
	return (one->events & (POLLIN | POLLRDNORM)) != 0;
}

/* How many of them can be read as it is. */
static size_t
count_known(const struct pollfd *fds, nfds_t n)
{
	size_t known = 0;

	for (nfds_t i = 0; i < n; i++) {
		struct ahead *ahead = find(fds[i].fd);

		if (ahead == NULL || !asks_to_read(&fds[i]))
			continue;
		ahead->polled = true;
		known += can_be_read(ahead);
	}
	return known;
}

/* Remember what the kernel said. An end or an error it has to say itself. */
static void
learn(const struct pollfd *fds, nfds_t n)
{
	for (nfds_t i = 0; i < n; i++) {
		struct ahead *ahead;

		if (fds[i].revents == 0)
			continue;
		ahead = find(fds[i].fd);
		if (ahead != NULL)
			ahead->ready =
			    (fds[i].revents & ~(POLLIN | POLLRDNORM)) == 0;
	}
}

/* Add to what the kernel says what it does not know; how many in all. */
static int
add_known(struct pollfd *fds, nfds_t n)
{
	int ready = 0;

	for (nfds_t i = 0; i < n; i++) {
		const struct ahead *ahead = find(fds[i].fd);

		if (ahead != NULL && asks_to_read(&fds[i]) &&
		    can_be_read(ahead))
			fds[i].revents |= fds[i].events & (POLLIN | POLLRDNORM);
		ready += fds[i].revents != 0;
	}
	return ready;
}

EXPORTED int
poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	int ready;

	if (count_known(fds, n) == 0) {
		ready = next_poll(fds, n, timeout_ms);
		if (ready > 0)
			learn(fds, n);
		return ready;
	}
	for (nfds_t i = 0; i < n; i++)
		fds[i].revents = 0;
	if (n > 1 && next_poll(fds, n, 0) > 0)
		learn(fds, n);
	return add_known(fds, n);
}

/* --- accept, close --------------------------------------------------------- */

EXPORTED int
wax_accept(int listener, struct sockaddr *address, socklen_t *size)
{
	int fd = next_accept(listener, address, size);

	if (fd < 0)
		return fd;
	forget(fd); /* closed in a way that was not seen here */
	if (listener == atomic_load(&watched))
		watch(fd);
	return fd;
}

EXPORTED int
close(int fd)
{
	forget(fd); /* before the number may be another's */
	if (fd >= 0 && fd == atomic_load(&watched))
		atomic_store(&watched, -1);
	return next_close(fd);
}

void
wax_readahead_watch(int listener)
{
	atomic_store(&watched, listener);
}

size_t
wax_readahead_buffers(void)
{
	return atomic_load(&pool.n);
}
