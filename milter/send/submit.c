/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The door to libcurl (7.88 in Debian 12).
 *
 * What a refusal means depends on what was refused, and libcurl only says
 * that something was: so its trace of commands and replies is read along
 * (see on_trace). Until MAIL FROM everything is about the server and us;
 * after it, about this message.
 *
 * TLS: STARTTLS is used where it is offered, and certificates are verified,
 * but for a server on this host, where there is nobody in between and a
 * certificate rarely fits (a CA given by the caller is insisted on there,
 * too). With a password, TLS is a must for any other host.
 *
 * Nothing comes from ~/.netrc or from the environment's proxies.
 *
 * The transfer is driven by us (see transfer), because curl_easy_perform()
 * says "." to a server when its waiting fails: what had been sent of the
 * message until then, or nothing at all, would be taken for the report.
 */
#include "milter/send/submit.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "milter/send/smtp_url.h"
#include "milter/sys/file.h"
#include "policy/base/text.h"
#include "policy/mail/domain.h"

#define PASSWORD_FILE_BYTES_MAX 4096
#define CONNECT_S 30
#define SOCKETS_MAX 8
#define WAIT_MS 1000 /* then libcurl looks at its own clocks */
#define WHY_MAX 200
#define REPLY_BYTES_MAX 1024 /* more of a reply is not kept */

/* What we said last; a reply is an answer to it. */
enum stage {
	AT_CONNECT, /* nothing yet: the reply is the greeting */
	AT_HELLO,
	AT_STARTTLS,
	AT_LOGIN,
	AT_MAIL,
	AT_RCPT,
	AT_DATA,
	AT_MESSAGE /* and the final dot */
};

struct exchange {
	enum stage stage;
	bool is_over;  /* QUIT: what follows is about nothing */
	unsigned code; /* of the reply to it; 0: none yet */
	char reply[REPLY_BYTES_MAX];
	size_t reply_n;
	struct wax_str rest; /* of the message */
};

struct wax_submitter {
	CURL *curl;
	CURLM *multi;
	struct wax_arena *arena;
	bool is_initialised;
	char error[CURL_ERROR_SIZE];
	struct exchange now;
	/* That libcurl has open: two while it tries IPv6 and IPv4. */
	size_t n_sockets;
	curl_socket_t socket[SOCKETS_MAX];
};

/* --- reading along -------------------------------------------------------- */

static bool
is_command(struct wax_str line, const char *verb)
{
	return wax_str_istarts(line, wax_str_of(verb));
}

/*
 * A line of ours. What follows AUTH are secrets: they are not looked at, and
 * whatever is no known command after it belongs to the login.
 */
static void
on_command(struct exchange *now, struct wax_str line)
{
	static const struct {
		const char *verb;
		enum stage stage;
	} verbs[] = {
		{ "EHLO ", AT_HELLO },
		{ "HELO ", AT_HELLO },
		{ "STARTTLS\r", AT_STARTTLS },
		{ "AUTH ", AT_LOGIN },
		{ "MAIL FROM:", AT_MAIL },
		{ "RCPT TO:", AT_RCPT },
		{ "DATA\r", AT_DATA },
	};

	if (is_command(line, "QUIT\r"))
		now->is_over = true;
	if (now->is_over)
		return;
	now->code = 0;
	now->reply_n = 0;
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (is_command(line, verbs[i].verb))
			now->stage = verbs[i].stage;
}

/* A line of the server's: "250-text" or "250 text".     RFC 5321 s4.2.1 */
static void
on_reply(struct exchange *now, struct wax_str line)
{
	unsigned long code;

	line = wax_str_trim(line);
	if (now->is_over ||
	    !wax_str_number(wax_str_head(line, 3), 599, &code) || code < 200)
		return;
	now->code = (unsigned)code;
	line = wax_str_from(line, 4);
	if (now->reply_n > 0 && now->reply_n < sizeof now->reply)
		now->reply[now->reply_n++] = ' ';
	line = wax_str_head(line, sizeof now->reply - now->reply_n);
	if (line.n > 0)
		memcpy(now->reply + now->reply_n, line.p, line.n);
	now->reply_n += line.n;
}

static int
on_trace(CURL *curl, curl_infotype type, char *p, size_t n, void *arg)
{
	struct exchange *now = arg;
	struct wax_str line = { p, n };

	(void)curl;
	switch (type) {
	case CURLINFO_HEADER_OUT:
		on_command(now, line);
		break;
	case CURLINFO_HEADER_IN:
		on_reply(now, line);
		break;
	case CURLINFO_DATA_OUT:
	case CURLINFO_DATA_IN:
	case CURLINFO_TEXT:
	case CURLINFO_SSL_DATA_IN:
	case CURLINFO_SSL_DATA_OUT:
	case CURLINFO_END:
		break;
	}
	return 0;
}

/* libcurl fetches the message, once DATA was answered. */
static size_t
on_read(char *p, size_t size, size_t n, void *arg)
{
	struct exchange *now = arg;
	struct wax_str part = wax_str_head(now->rest, size * n);

	if (now->stage == AT_DATA) {
		now->stage = AT_MESSAGE;
		now->code = 0;
		now->reply_n = 0;
	}
	if (part.n > 0)
		memcpy(p, part.p, part.n);
	now->rest = wax_str_from(now->rest, part.n);
	return part.n;
}

static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct wax_submitter *submitter = arg;
	curl_socket_t fd;

	(void)purpose; /* there is one only */
	if (submitter->n_sockets == SOCKETS_MAX)
		return CURL_SOCKET_BAD;
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
	    address->protocol);
	if (fd != CURL_SOCKET_BAD)
		submitter->socket[submitter->n_sockets++] = fd;
	return fd;
}

static int
on_close(void *arg, curl_socket_t fd)
{
	struct wax_submitter *submitter = arg;
	size_t i = 0;

	while (i < submitter->n_sockets && submitter->socket[i] != fd)
		i++;
	WAX_ASSERT(i < submitter->n_sockets);
	submitter->socket[i] = submitter->socket[--submitter->n_sockets];
	return close(fd);
}

/* --- opening -------------------------------------------------------------- */

static enum wax_status
read_password(struct wax_submitter *submitter, const char *file,
    const char **out, struct wax_err *err)
{
	struct wax_str text, line;
	enum wax_status status = wax_file_read_secret(
	    submitter->arena, file, PASSWORD_FILE_BYTES_MAX, &text, err);

	if (status != WAX_OK) {
		if (err != NULL)
			err->status = WAX_E_CONFIG;
		return WAX_E_CONFIG;
	}
	line = wax_str_head(text, wax_str_find(text, '\n'));
	if (wax_str_ends(line, WAX_STR("\r")))
		line = wax_str_head(line, line.n - 1);
	*out = wax_str_z(submitter->arena, line);
	if (line.n == 0 || *out == NULL)
		return wax_fail(err, WAX_E_CONFIG,
		    "%.120s: the first line is to be the password, and is %s",
		    file, line.n == 0 ? "empty" : "no text");
	return WAX_OK;
}

/* EHLO's name is the path of libcurl's URL; empty: the system's. */
static enum wax_status
make_url(struct wax_submitter *submitter, const struct wax_smtp_url *server,
    const char *helo, const char **out, struct wax_err *err)
{
	struct wax_domain name = { { NULL, 0 } };

	if (helo != NULL && helo[0] != '\0' &&
	    !wax_domain_parse(submitter->arena, wax_str_of(helo), &name))
		return wax_fail(err, WAX_E_CONFIG,
		    "\"%.100s\" is not a name to greet a server with", helo);
	*out = wax_textf(submitter->arena, "%s://%s%.*s%s:%u/%.*s",
	    server->is_tls ? "smtps" : "smtp", server->is_ipv6 ? "[" : "",
	    WAX_FMT(server->host), server->is_ipv6 ? "]" : "", server->port,
	    WAX_FMT(name.text))
	           .p;
	return WAX_OK;
}

#define SET(option, value)                                               \
	(curl_easy_setopt(submitter->curl, CURLOPT_##option, (value)) == \
	    CURLE_OK)

static bool
set_sockets(struct wax_submitter *submitter)
{
	return SET(OPENSOCKETFUNCTION, on_open) &&
	       SET(OPENSOCKETDATA, submitter) &&
	       SET(CLOSESOCKETFUNCTION, on_close) &&
	       SET(CLOSESOCKETDATA, submitter);
}

static bool
set_server(struct wax_submitter *submitter, const char *url, int timeout_s)
{
	long timeout = timeout_s > 0 ? timeout_s : 300;

	return SET(URL, url) && SET(PROTOCOLS_STR, "smtp,smtps") &&
	       SET(PROXY, "") && SET(NETRC, (long)CURL_NETRC_IGNORED) &&
	       /* libcurl waits two minutes for an answer, RFC 5321 s4.5.3.2.6
	        * ten for the one to a message: else it is sent twice. */
	       SET(TIMEOUT, timeout) && SET(SERVER_RESPONSE_TIMEOUT, timeout) &&
	       SET(CONNECTTIMEOUT, timeout < CONNECT_S ? timeout : CONNECT_S) &&
	       SET(ERRORBUFFER, submitter->error) && SET(UPLOAD, 1L) &&
	       SET(VERBOSE, 1L) && SET(DEBUGFUNCTION, on_trace) &&
	       SET(DEBUGDATA, &submitter->now) && SET(READFUNCTION, on_read) &&
	       SET(READDATA, &submitter->now) && SET(TCP_KEEPALIVE, 1L);
}

static bool
set_tls(struct wax_submitter *submitter, bool is_must, bool is_verified,
    const char *ca_file)
{
	if (ca_file != NULL && !SET(CAINFO, ca_file))
		return false;
	return SET(USE_SSL,
	           is_must ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_TRY) &&
	       SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
	       SET(SSL_VERIFYPEER, is_verified ? 1L : 0L) &&
	       SET(SSL_VERIFYHOST, is_verified ? 2L : 0L);
}

static bool
set_login(
    struct wax_submitter *submitter, struct wax_str user, const char *password)
{
	return password == NULL ||
	       (SET(USERNAME, wax_str_z(submitter->arena, user)) &&
	           SET(PASSWORD, password));
}

static enum wax_status
configure(struct wax_submitter *submitter,
    const struct wax_submit_options *options, struct wax_err *err)
{
	const char *password = NULL, *url = NULL;
	bool has_password =
	    options->password_file != NULL && options->password_file[0] != '\0';
	struct wax_smtp_url server;
	enum wax_status status;

	status = wax_smtp_url_parse(
	    submitter->arena, wax_str_of(options->url), &server, err);
	if (status != WAX_OK)
		return status;
	if (has_password != (server.user.n > 0))
		return wax_fail(err, WAX_E_CONFIG,
		    has_password ? "there is a password, but no user: use "
		                   "smtp://USER@HOST"
		                 : "there is a user, but no file with a "
		                   "password (report-smtp-password-file)");
	if (has_password)
		status = read_password(
		    submitter, options->password_file, &password, err);
	if (status == WAX_OK)
		status = make_url(submitter, &server, options->helo, &url, err);
	if (status != WAX_OK)
		return status;
	if (set_sockets(submitter) &&
	    set_server(submitter, url, options->timeout_s) &&
	    set_tls(submitter,
	        options->needs_tls || (has_password && !server.is_loopback),
	        !server.is_loopback || options->ca_file != NULL,
	        options->ca_file) &&
	    set_login(submitter, server.user, password))
		return WAX_OK;
	return wax_fail(err, WAX_E_CONFIG,
	    "libcurl does not take its options: does it know smtp and TLS?");
}

enum wax_status
wax_submitter_open(const struct wax_submit_options *options,
    struct wax_submitter **out, struct wax_err *err)
{
	struct wax_submitter *submitter = calloc(1, sizeof *submitter);
	enum wax_status status;

	WAX_ASSERT(submitter != NULL);
	submitter->arena = wax_arena_new("submitter", 4096);
	submitter->is_initialised =
	    curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
	if (submitter->is_initialised) {
		submitter->curl = curl_easy_init();
		submitter->multi = curl_multi_init();
	}
	if (submitter->curl == NULL || submitter->multi == NULL)
		status = wax_fail(err, WAX_E_CONFIG, "libcurl does not start");
	else
		status = configure(submitter, options, err);
	if (status == WAX_OK) {
		*out = submitter;
		return WAX_OK;
	}
	wax_submitter_close(submitter);
	return status;
}

void
wax_submitter_close(struct wax_submitter *submitter)
{
	if (submitter == NULL)
		return;
	if (submitter->curl != NULL)
		curl_easy_cleanup(submitter->curl);
	if (submitter->multi != NULL)
		(void)curl_multi_cleanup(submitter->multi);
	if (submitter->is_initialised)
		curl_global_cleanup();
	wax_arena_free(submitter->arena);
	free(submitter);
}

/* --- one message ---------------------------------------------------------- */

/* Addresses were checked by who made them; SMTP would read these otherwise. */
static bool
is_sendable(struct wax_str address)
{
	for (size_t i = 0; i < address.n; i++)
		if (address.p[i] <= ' ' || address.p[i] >= 0x7f ||
		    address.p[i] == '<' || address.p[i] == '>')
			return false;
	return address.n > 0;
}

static const char *
stage_word(enum stage stage)
{
	switch (stage) {
	case AT_CONNECT:
		return "connection";
	case AT_HELLO:
		return "EHLO";
	case AT_STARTTLS:
		return "STARTTLS";
	case AT_LOGIN:
		return "login";
	case AT_MAIL:
		return "MAIL FROM";
	case AT_RCPT:
		return "RCPT TO";
	case AT_DATA:
		return "DATA";
	case AT_MESSAGE:
		return "the message";
	}
	return "";
}

/* One line: the server's words are a stranger's. */
static struct wax_str
reason(struct wax_submitter *submitter, struct wax_arena *arena, CURLcode code)
{
	const struct exchange *now = &submitter->now;
	struct wax_text text;

	wax_text_init(&text, arena);
	if (now->code > 0) {
		wax_text_addf(
		    &text, "%s: %u ", stage_word(now->stage), now->code);
		wax_text_add_escaped(
		    &text, (struct wax_str){ now->reply, now->reply_n });
	} else {
		wax_text_addf(&text, "%s: no answer: ", stage_word(now->stage));
		wax_text_add_escaped(
		    &text, wax_str_of(submitter->error[0] != '\0'
		                          ? submitter->error
		                          : curl_easy_strerror(code)));
	}
	return wax_str_trim(wax_str_head(wax_text_str(&text), WHY_MAX));
}

/*
 * MAIL FROM is where a server says that we are not to send at all: 530, 550
 * and such would meet all others, too. Only the size is this message's.
 */
static enum wax_submit_result
judge(const struct exchange *now)
{
	if (now->stage < AT_MAIL)
		return WAX_SUBMIT_BROKEN;
	if (now->code < 500) /* 4xx, and no answer at all */
		return WAX_SUBMIT_LATER;
	if (now->stage == AT_MAIL && now->code != 552)
		return WAX_SUBMIT_BROKEN;
	return WAX_SUBMIT_NEVER;
}

/*
 * After a failure nothing on this connection is an answer to the next
 * message. libcurl keeps one whose final reply did not come in time, and when
 * it is closed says QUIT and waits for an answer, as long again.
 */
static void
drop_connection(const struct wax_submitter *submitter)
{
	for (size_t i = 0; i < submitter->n_sockets; i++)
		(void)shutdown(submitter->socket[i], SHUT_RDWR);
}

/* What became of the one transfer that is over. */
static CURLcode
outcome(struct wax_submitter *submitter)
{
	const CURLMsg *message;
	int n_left;

	while (
	    (message = curl_multi_info_read(submitter->multi, &n_left)) != NULL)
		if (message->msg == CURLMSG_DONE)
			return message->data.result;
	return CURLE_SEND_ERROR;
}

/*
 * When a transfer is taken away before it is over, libcurl ends the message
 * with a dot all the same: it must find the connection gone.
 */
static CURLcode
transfer(struct wax_submitter *submitter)
{
	CURLMcode code =
	    curl_multi_add_handle(submitter->multi, submitter->curl);
	CURLcode result = CURLE_SEND_ERROR;
	int n_running = 1;

	while (code == CURLM_OK && n_running > 0) {
		code = curl_multi_perform(submitter->multi, &n_running);
		if (code == CURLM_OK && n_running > 0)
			code = curl_multi_poll(
			    submitter->multi, NULL, 0, WAIT_MS, NULL);
	}
	if (code == CURLM_OK) {
		result = outcome(submitter);
	} else {
		drop_connection(submitter);
		(void)snprintf(submitter->error, sizeof submitter->error,
		    "libcurl cannot wait for it: %s",
		    curl_multi_strerror(code));
	}
	(void)curl_multi_remove_handle(submitter->multi, submitter->curl);
	if (code != CURLM_OK)
		submitter->now.code = 0; /* no reply was about this */
	return result;
}

static CURLcode
perform(struct wax_submitter *submitter, struct wax_str message, bool is_fresh)
{
	CURLcode code;

	submitter->now = (struct exchange){ .rest = message };
	submitter->error[0] = '\0';
	(void)curl_easy_setopt(
	    submitter->curl, CURLOPT_FRESH_CONNECT, is_fresh ? 1L : 0L);
	code = transfer(submitter);
	if (code != CURLE_OK)
		drop_connection(submitter);
	return code;
}

/* A connection that was kept may have ended while nobody looked. */
static bool
was_stale(struct wax_submitter *submitter)
{
	const struct exchange *now = &submitter->now;
	long n_new = 1;

	(void)curl_easy_getinfo(submitter->curl, CURLINFO_NUM_CONNECTS, &n_new);
	return n_new == 0 && now->stage <= AT_MAIL &&
	       (now->code == 0 || now->code == 421);
}

enum wax_submit_result
wax_submit(struct wax_submitter *submitter, struct wax_arena *arena,
    struct wax_str from, struct wax_str to, struct wax_str message,
    struct wax_str *why)
{
	struct curl_slist *recipients;
	CURLcode code;

	*why = WAX_STR("");
	if (!is_sendable(from) || !is_sendable(to)) {
		*why = WAX_STR("the address is not one for SMTP");
		return is_sendable(from) ? WAX_SUBMIT_NEVER : WAX_SUBMIT_BROKEN;
	}
	recipients = curl_slist_append(NULL, wax_str_z(arena, to));
	WAX_ASSERT(recipients != NULL);
	if (!SET(MAIL_FROM, wax_str_z(arena, from)) ||
	    !SET(MAIL_RCPT, recipients) ||
	    !SET(INFILESIZE_LARGE, (curl_off_t)message.n)) {
		curl_slist_free_all(recipients);
		*why = WAX_STR("libcurl does not take the addresses");
		return WAX_SUBMIT_BROKEN;
	}
	code = perform(submitter, message, false);
	if (code != CURLE_OK && was_stale(submitter))
		code = perform(submitter, message, true);
	(void)SET(MAIL_RCPT, (struct curl_slist *)NULL);
	curl_slist_free_all(recipients);
	if (code == CURLE_OK)
		return WAX_SUBMITTED;
	*why = reason(submitter, arena, code);
	return judge(&submitter->now);
}
