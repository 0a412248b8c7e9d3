/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/client.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define CHUNK 65535 /* of a body */
#define INSERTED_MAX 16
#define MACROS 18
#define TEXT_MAX 512

struct inserted {
	char *name, *value;
	bool at_end;
};

/* What is done next. */
enum phase {
	PHASE_OPEN,     /* connect to the filters */
	PHASE_ENVELOPE, /* CONNECT to DATA */
	PHASE_CONTENT,
	PHASE_OVER, /* the message is */
	PHASE_QUIT,
	PHASE_HELD,
	PHASE_ENDED
};

struct bench_client {
	const struct bench_chain *chain;
	struct bench_tally *tally;
	bench_watch *watch;
	void *watch_arg;
	const struct bench_message *message, *end;
	bool holds, rests;

	enum phase phase;
	enum bench_stage stage;
	size_t at;       /* the filter that is spoken to */
	size_t field;    /* of the inserted and the message's */
	size_t body;     /* octets that are sent */
	bool waits;      /* for a reply */
	bool hands_over; /* smtpd gives its connections to cleanup */
	struct bench_peer peer[BENCH_FILTERS_MAX];

	/* Of the message. */
	int64_t began_ns, eom_began_ns, eom_ns;
	enum bench_action action, refused; /* refused: the whole session */
	size_t n_deleted;
	size_t n_inserted;
	struct inserted inserted[INSERTED_MAX];
	char *authres;        /* NULL: none yet */
	unsigned long number; /* of messages, for queue ids */

	struct bench_macro macro[MACROS];
	char queue_id[32], underscore[TEXT_MAX], mail_host[TEXT_MAX],
	    rcpt_host[TEXT_MAX];
};

int64_t
bench_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

struct bench_client *
bench_client_new(const struct bench_chain *chain, struct bench_tally *tally,
    bench_watch *watch, void *watch_arg)
{
	struct bench_client *client = bench_alloc(1, sizeof *client);

	client->chain = chain;
	client->tally = tally;
	client->watch = watch;
	client->watch_arg = watch_arg;
	client->phase = PHASE_ENDED;
	for (size_t i = 0; i < chain->n; i++)
		client->peer[i].fd = -1;
	return client;
}

/* --- macros ---------------------------------------------------------------*/

static void
set_macro(
    struct bench_client *client, size_t *n, const char *name, const char *value)
{
	if (*n + 1 == MACROS)
		bench_die("more macros than there is room for");
	client->macro[*n].name = name;
	client->macro[*n].value = value;
	client->macro[++*n].name = NULL;
}

static const char *
host_of(const char *address)
{
	const char *at = strrchr(address, '@');

	return at == NULL ? "" : at + 1;
}

/* What Postfix knows of the message; the queue id from DATA on. */
static void
set_macros(struct bench_client *client, bool has_queue_id)
{
	const struct bench_message *message = client->message;
	const char *name =
	    message->client_name == NULL ? "unknown" : message->client_name;
	size_t n = 0;

	(void)snprintf(client->underscore, sizeof client->underscore, "%s [%s]",
	    name, message->client);
	(void)snprintf(client->mail_host, sizeof client->mail_host, "%s",
	    host_of(message->from));
	(void)snprintf(client->rcpt_host, sizeof client->rcpt_host, "%s",
	    host_of(message->recipient));
	set_macro(client, &n, "j", "mx.rcpt.example");
	set_macro(client, &n, "v", "Postfix 3.7.11");
	set_macro(client, &n, "_", client->underscore);
	set_macro(client, &n, "{daemon_name}", "mx.rcpt.example");
	set_macro(client, &n, "{daemon_addr}", "192.0.2.25");
	set_macro(client, &n, "{client_addr}", message->client);
	set_macro(client, &n, "{client_name}", name);
	set_macro(client, &n, "{client_ptr}", name);
	set_macro(client, &n, "{client_port}", "40000");
	set_macro(client, &n, "{client_resolve}",
	    message->client_name == NULL ? "FAIL" : "OK");
	set_macro(client, &n, "{mail_addr}", message->from);
	set_macro(client, &n, "{mail_host}", client->mail_host);
	set_macro(client, &n, "{mail_mailer}", "smtp");
	set_macro(client, &n, "{rcpt_addr}", message->recipient);
	set_macro(client, &n, "{rcpt_host}", client->rcpt_host);
	set_macro(client, &n, "{rcpt_mailer}", "local");
	if (has_queue_id)
		set_macro(client, &n, "i", client->queue_id);
}

/* --- one message ----------------------------------------------------------*/

static void
forget_inserted(struct bench_client *client)
{
	for (size_t i = 0; i < client->n_inserted; i++) {
		free(client->inserted[i].name);
		free(client->inserted[i].value);
	}
	client->n_inserted = 0;
}

static void
end_message(struct bench_client *client)
{
	struct bench_verdict verdict = {
		.action = client->action,
		.authres = client->authres == NULL ? "" : client->authres,
		.n_deleted = client->n_deleted,
		.whole_ns = bench_now_ns() - client->began_ns,
		.eom_ns = client->eom_ns,
	};

	bench_tally_add(client->tally, client->message, &verdict);
	client->phase = PHASE_OVER;
}

/* From MAIL FROM on. */
static void
start_message(struct bench_client *client)
{
	forget_inserted(client);
	free(client->authres);
	client->authres = NULL;
	client->n_deleted = 0;
	client->eom_ns = -1;
	client->number++;
	for (size_t i = 0; i < client->chain->n; i++)
		client->peer[i].done_with_message =
		    client->peer[i].done_with_session;
	(void)snprintf(client->queue_id, sizeof client->queue_id, "%.20s-%lX",
	    client->message->id, client->number);
	set_macros(client, false);
	client->at = 0;
	client->stage = BENCH_MAIL;
	client->phase = PHASE_ENVELOPE;
	client->action = client->refused;
	if (client->refused != BENCH_ACCEPT)
		end_message(client);
}

void
bench_client_start(struct bench_client *client,
    const struct bench_message *message, const struct bench_message *end)
{
	client->message = message;
	client->end = message + 1;
	while (client->end < end && !client->end->begins_session)
		client->end++;
	client->began_ns = bench_now_ns();
	client->refused = BENCH_ACCEPT;
	client->waits = client->hands_over = false;
	client->at = 0;
	client->phase = PHASE_OPEN;
}

void
bench_client_hold(struct bench_client *client)
{
	client->holds = true;
}

bool
bench_client_rests(const struct bench_client *client)
{
	return client->rests || client->phase == PHASE_ENDED;
}

static void
close_all(struct bench_client *client)
{
	for (size_t i = 0; i < client->chain->n; i++)
		bench_peer_close(&client->peer[i]);
	client->phase = PHASE_ENDED;
}

/* The filter went away: the MTA tells the client so, for each message. */
static void
lose(struct bench_client *client, const char *why)
{
	if (bench_tally_errors(client->tally) == 0)
		(void)fprintf(stderr, "load: %s: %s behind '%c'\n",
		    client->message->id, why,
		    client->phase == PHASE_OPEN
		        ? 'O'
		        : bench_stage_command(client->stage));
	bench_tally_error(client->tally);
	client->refused = client->action = BENCH_LOST;
	for (;;) {
		if (client->phase != PHASE_OVER && client->phase != PHASE_QUIT)
			end_message(client);
		if (++client->message >= client->end)
			break;
		client->phase = PHASE_ENVELOPE;
		client->eom_ns = -1;
	}
	close_all(client);
}

void
bench_client_give_up(struct bench_client *client)
{
	if (client->phase == PHASE_HELD)
		close_all(client);
	else if (client->phase != PHASE_ENDED)
		lose(client, "no answer in time");
}

/* --- what is said ---------------------------------------------------------*/

static const char *
without_blank(const struct bench_peer *peer, const char *value)
{
	return *value == ' ' && !bench_peer_keeps_blank(peer) ? value + 1
	                                                      : value;
}

static void
add_texts(struct bench_peer *peer, char command, const char *first,
    const char *second)
{
	bench_peer_begin(peer, command,
	    strlen(first) + 1 + (second == NULL ? 0 : strlen(second) + 1));
	bench_peer_add_text(peer, first);
	if (second != NULL)
		bench_peer_add_text(peer, second);
}

static void
say_connect(struct bench_peer *peer, const struct bench_message *message)
{
	bool is_ip6 = strchr(message->client, ':') != NULL;
	char name[TEXT_MAX];
	const char family = is_ip6 ? '6' : '4';
	const uint16_t port = htons(40000);

	if (message->client_name == NULL)
		(void)snprintf(name, sizeof name, "[%s]", message->client);
	else
		(void)snprintf(name, sizeof name, "%s", message->client_name);
	bench_peer_begin(
	    peer, 'C', strlen(name) + 1 + 3 + strlen(message->client) + 1);
	bench_peer_add_text(peer, name);
	bench_peer_add(peer, &family, 1);
	bench_peer_add(peer, &port, sizeof port);
	bench_peer_add_text(peer, message->client);
}

/* With the size that the client said, or nothing. */
static void
say_address(
    struct bench_peer *peer, char command, const char *address, size_t n)
{
	char text[TEXT_MAX], size[32];

	(void)snprintf(text, sizeof text, "<%s>", address);
	(void)snprintf(size, sizeof size, "SIZE=%zu", n);
	add_texts(peer, command, text, n > 0 ? size : NULL);
}

/* The field that is sent next, inserted ones included; false behind all. */
static bool
current_field(const struct bench_client *client, struct bench_field *out)
{
	size_t n = client->field;

	/* What was inserted last stands on top. */
	for (size_t i = client->n_inserted; i-- > 0;)
		if (!client->inserted[i].at_end && n-- == 0) {
			out->name = client->inserted[i].name;
			out->value = client->inserted[i].value;
			return true;
		}
	if (n < client->message->n_fields) {
		*out = client->message->field[n];
		return true;
	}
	n -= client->message->n_fields;
	for (size_t i = 0; i < client->n_inserted; i++)
		if (client->inserted[i].at_end && n-- == 0) {
			out->name = client->inserted[i].name;
			out->value = client->inserted[i].value;
			return true;
		}
	return false;
}

static void
say_field(struct bench_client *client, struct bench_peer *peer)
{
	struct bench_field field = { "", "" };

	(void)current_field(client, &field); /* there is one */
	add_texts(peer, 'L', field.name, without_blank(peer, field.value));
}

static void
say_body(struct bench_client *client, struct bench_peer *peer)
{
	size_t left = client->message->n_body - client->body;
	size_t n = left < CHUNK ? left : CHUNK;

	bench_peer_begin(peer, 'B', n);
	bench_peer_add(peer, client->message->body + client->body, n);
	client->body += n;
}

static void
say_stage(struct bench_client *client, struct bench_peer *peer)
{
	const struct bench_message *message = client->message;

	switch (client->stage) {
	case BENCH_CONNECT:
		say_connect(peer, message);
		break;
	case BENCH_HELO:
		add_texts(peer, 'H', message->helo, NULL);
		break;
	case BENCH_MAIL:
		say_address(peer, 'M', message->from, message->n);
		break;
	case BENCH_RCPT:
		say_address(peer, 'R', message->recipient, 0);
		break;
	case BENCH_DATA:
	case BENCH_EOH:
		bench_peer_command(peer, bench_stage_command(client->stage));
		break;
	case BENCH_FIELD:
		say_field(client, peer);
		break;
	case BENCH_EOM:
		client->eom_began_ns = bench_now_ns();
		bench_peer_command(peer, 'E');
		break;
	case BENCH_BODY:
		say_body(client, peer);
		break;
	case BENCH_STAGES:
		break;
	}
}

/* --- from stage to stage --------------------------------------------------*/

/* The content's next stage that has something to say. */
static void
find_content(struct bench_client *client, struct bench_peer *peer)
{
	struct bench_field field;

	if (client->stage == BENCH_FIELD && !current_field(client, &field))
		client->stage = BENCH_EOH;
	else if (client->stage == BENCH_BODY &&
	         (!bench_peer_shows(peer, BENCH_BODY) ||
	             client->body == client->message->n_body))
		client->stage = BENCH_EOM;
}

/* The next filter that wants to see the content; none: the message is over. */
static void
start_content(struct bench_client *client)
{
	while (client->at < client->chain->n &&
	       client->peer[client->at].done_with_message)
		client->at++;
	client->field = client->body = 0;
	client->stage = BENCH_FIELD;
	client->phase = PHASE_CONTENT;
	if (client->at == client->chain->n)
		end_message(client);
}

/* A stage is over for the filter that was spoken to. */
static void
next_stage(struct bench_client *client)
{
	if (client->phase == PHASE_CONTENT) {
		if (client->stage == BENCH_FIELD)
			client->field++;
		else if (client->stage == BENCH_EOH)
			client->stage = BENCH_BODY;
		return;
	}
	if (++client->at < client->chain->n)
		return;
	client->at = 0;
	client->stage++;
	if (client->stage == BENCH_MAIL)
		start_message(client);
	else if (client->stage == BENCH_DATA)
		set_macros(client, true);
	else if (client->stage == BENCH_FIELD) {
		client->hands_over = true;
		start_content(client);
	}
}

/* Postfix shows the macros of a stage that is not shown, too. */
static void
say(struct bench_client *client)
{
	struct bench_peer *peer = &client->peer[client->at];

	if (client->phase == PHASE_CONTENT)
		find_content(client, peer);
	else if (peer->done_with_message) {
		next_stage(client);
		return;
	}
	if (client->phase == PHASE_CONTENT &&
	    (client->stage == BENCH_FIELD || client->stage == BENCH_EOH) &&
	    !bench_peer_shows(peer, client->stage)) {
		next_stage(client);
		return;
	}
	bench_peer_macros(peer, client->stage, client->macro);
	if (!bench_peer_shows(peer, client->stage)) {
		next_stage(client);
		return;
	}
	say_stage(client, peer);
	client->waits = bench_peer_answers(peer, client->stage);
	if (!client->waits)
		next_stage(client);
}

/* --- what is heard --------------------------------------------------------*/

static char *
copy(const char *text)
{
	char *new = strdup(text);

	if (new == NULL)
		bench_die("out of memory");
	return new;
}

/* The value on one line, behind what is there already. */
static void
note_authres(struct bench_client *client, const char *value)
{
	size_t n = client->authres == NULL ? 0 : strlen(client->authres);
	size_t room = n + strlen(value) + 4;
	char *to;

	client->authres = bench_resize(client->authres, room, 1);
	to = client->authres + n;
	if (n > 0) {
		memcpy(to, " | ", 3);
		to += 3;
	}
	while (*value != '\0') {
		size_t blank = strspn(value, " \t\r\n");

		if (blank > 0 && to > client->authres && to[-1] != ' ' &&
		    value[blank] != '\0')
			*to++ = ' ';
		value += blank;
		if (*value != '\0')
			*to++ = *value++;
	}
	*to = '\0';
}

/* "i": a place, then name and value; "h": name and value. */
static bool
take_field(struct bench_client *client, const char *data, size_t n, bool at_end)
{
	size_t skip = at_end ? 1 : 5;
	const char *name = data + skip, *value;
	struct inserted *inserted = &client->inserted[client->n_inserted];
	const struct bench_peer *peer = &client->peer[client->at];
	char *text;
	size_t n_text;

	if (n < skip + 2 || data[n - 1] != '\0' ||
	    client->n_inserted == INSERTED_MAX)
		return false;
	value = name + strlen(name) + 1;
	if (value >= data + n)
		return false;
	if (strcasecmp(name, "Authentication-Results") == 0)
		note_authres(client, value);
	n_text = strlen(value) + 2;
	text = bench_alloc(n_text, 1);
	(void)snprintf(text, n_text, "%s%s",
	    bench_peer_keeps_blank(peer) ? "" : " ", value);
	inserted->name = copy(name);
	inserted->value = text;
	inserted->at_end = at_end;
	client->n_inserted++;
	return true;
}

/* One of the edits at the end of the message; false: not understood. */
static bool
take_edit(struct bench_client *client, const char *data, size_t n)
{
	switch (data[0]) {
	case 'i':
		return take_field(client, data, n, false);
	case 'h':
		return take_field(client, data, n, true);
	case 'm':
		client->n_deleted++;
		return true;
	case 'q':
		client->action = BENCH_QUARANTINE;
		return true;
	case 'p':
	case '+':
	case '-':
	case '2':
	case 'e':
	case 'b':
		return true;
	default:
		return false;
	}
}

static bool
is_verdict(char command)
{
	return command != '\0' && strchr("cartdys", command) != NULL;
}

static enum bench_action
refusal(const char *data, size_t n)
{
	switch (data[0]) {
	case 'r':
		return BENCH_REJECT;
	case 't':
		return BENCH_TEMPFAIL;
	case 'd':
		return BENCH_DISCARD;
	case 'y':
		return n > 1 && data[1] == '4' ? BENCH_TEMPFAIL : BENCH_REJECT;
	default:
		return BENCH_ACCEPT;
	}
}

/* The filter has nothing more to say of this message. */
static void
end_content(struct bench_client *client)
{
	client->at++;
	start_content(client);
}

static void
take_time(struct bench_client *client)
{
	int64_t took_ns = bench_now_ns() - client->eom_began_ns;

	/* That of all filters of the chain. */
	client->eom_ns =
	    client->eom_ns < 0 ? took_ns : client->eom_ns + took_ns;
}

static void
take_refusal(struct bench_client *client, enum bench_action action)
{
	client->action = action;
	if (client->stage == BENCH_CONNECT || client->stage == BENCH_HELO) {
		client->refused = action;
		client->stage = BENCH_HELO;
		client->at = client->chain->n - 1;
		next_stage(client); /* the first message, refused */
		return;
	}
	end_message(client);
}

static void
take_verdict(struct bench_client *client, const char *data, size_t n)
{
	struct bench_peer *peer = &client->peer[client->at];
	enum bench_action action = refusal(data, n);

	if (client->stage == BENCH_EOM)
		take_time(client);
	if (action != BENCH_ACCEPT) {
		take_refusal(client, action);
		return;
	}
	if (data[0] == 'a') {
		peer->done_with_message = true;
		if (client->stage <= BENCH_HELO)
			peer->done_with_session = true;
	}
	if (client->phase == PHASE_CONTENT &&
	    (client->stage == BENCH_EOM || data[0] == 'a'))
		end_content(client);
	else if (data[0] == 's')
		client->body = client->message->n_body;
	else
		next_stage(client);
}

static bool
take(struct bench_client *client, const char *data, size_t n)
{
	struct bench_peer *peer = &client->peer[client->at];

	if (client->phase == PHASE_OPEN) {
		client->waits = false;
		client->at++;
		return bench_peer_granted(peer, data, n);
	}
	if (is_verdict(data[0])) {
		client->waits = false;
		take_verdict(client, data, n);
		return true;
	}
	return data[0] == 'p' ||
	       (client->stage == BENCH_EOM && take_edit(client, data, n));
}

/* --- the whole ------------------------------------------------------------*/

static bool
open_next(struct bench_client *client)
{
	struct bench_peer *peer = &client->peer[client->at];

	if (client->at == client->chain->n) {
		client->at = 0;
		client->stage = BENCH_CONNECT;
		client->phase = PHASE_ENVELOPE;
		set_macros(client, false);
		return true;
	}
	if (!bench_peer_open(peer, client->chain->address[client->at]))
		return false;
	client->watch(client->watch_arg, peer->fd, client);
	bench_peer_offer(peer);
	client->waits = true;
	return true;
}

static void
tell_all(struct bench_client *client, char command)
{
	for (size_t i = 0; i < client->chain->n; i++)
		if (!client->peer[i].done_with_session)
			bench_peer_command(&client->peer[i], command);
}

/* Behind a message: the next one, or the end. */
static void
go_on(struct bench_client *client)
{
	tell_all(client, 'A');
	if (client->message + 1 == client->end) {
		client->phase = client->holds ? PHASE_HELD : PHASE_QUIT;
		if (!client->holds) {
			tell_all(client, 'A'); /* once more, as Postfix */
			tell_all(client, 'Q');
		}
		return;
	}
	client->message++;
	client->began_ns = bench_now_ns();
	start_message(client);
}

static enum bench_io
flush_all(struct bench_client *client)
{
	for (size_t i = 0; i < client->chain->n; i++) {
		enum bench_io io = bench_peer_flush(&client->peer[i], true);

		if (io != BENCH_IO_DONE)
			return io;
	}
	return BENCH_IO_DONE;
}

static enum bench_io
listen_to(struct bench_client *client)
{
	struct bench_peer *peer = &client->peer[client->at];
	enum bench_io io = bench_peer_flush(peer, true);
	const char *data;
	size_t n;

	if (io == BENCH_IO_DONE)
		io = bench_peer_receive(peer, &data, &n);
	if (io == BENCH_IO_DONE && !take(client, data, n))
		return BENCH_IO_GONE;
	return io;
}

static enum bench_io
step(struct bench_client *client)
{
	enum bench_io io;

	switch (client->phase) {
	case PHASE_OPEN:
		return open_next(client) ? BENCH_IO_DONE : BENCH_IO_GONE;
	case PHASE_ENVELOPE:
	case PHASE_CONTENT:
		io = client->hands_over
		         ? flush_all(client)
		         : bench_peer_flush(&client->peer[client->at], false);
		if (io != BENCH_IO_DONE)
			return io;
		client->hands_over = false;
		say(client);
		return io;
	case PHASE_OVER:
		go_on(client);
		return BENCH_IO_DONE;
	case PHASE_QUIT:
		io = flush_all(client);
		if (io != BENCH_IO_LATER)
			close_all(client);
		return io == BENCH_IO_LATER ? io : BENCH_IO_DONE;
	case PHASE_HELD:
	case PHASE_ENDED:
		break;
	}
	return BENCH_IO_DONE;
}

enum bench_progress
bench_client_advance(struct bench_client *client)
{
	for (;;) {
		enum bench_io io;

		if (client->phase == PHASE_ENDED)
			return BENCH_ENDED;
		if (client->phase == PHASE_HELD) {
			io = flush_all(client);
			client->rests = io != BENCH_IO_LATER;
			return client->rests ? BENCH_HOLDS : BENCH_WAITS;
		}
		io = client->waits ? listen_to(client) : step(client);
		if (io == BENCH_IO_LATER)
			return BENCH_WAITS;
		if (io == BENCH_IO_GONE)
			lose(client, "the filter went away, or said what makes "
			             "no sense,");
	}
}
