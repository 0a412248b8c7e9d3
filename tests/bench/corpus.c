/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/corpus.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define COLUMNS 10

void
bench_die(const char *format, ...)
{
	va_list arg;

	(void)fprintf(stderr, "load: ");
	va_start(arg, format);
	(void)vfprintf(stderr, format, arg);
	va_end(arg);
	(void)fprintf(stderr, "\n");
	_exit(EX_SOFTWARE); /* what is held is no leak */
}

void *
bench_resize(void *old, size_t n, size_t size)
{
	void *new = reallocarray(old, n == 0 ? 1 : n, size);

	if (new == NULL)
		bench_die("out of memory");
	return new;
}

void *
bench_alloc(size_t n, size_t size)
{
	void *new = bench_resize(NULL, n, size);

	memset(new, 0, n * size);
	return new;
}

/* A whole file and a NUL. */
static char *
slurp(const char *directory, const char *name, size_t *n_out)
{
	size_t n = 0, room = 65536;
	size_t n_path = strlen(directory) + strlen(name) + 2;
	char *path = bench_alloc(n_path, 1);
	char *text = bench_alloc(room, 1);
	FILE *file;

	(void)snprintf(path, n_path, "%s/%s", directory, name);
	file = fopen(path, "rb");
	if (file == NULL)
		bench_die("%s cannot be read", path);
	for (;;) {
		size_t got = fread(text + n, 1, room - n - 1, file);

		n += got;
		if (got == 0)
			break;
		if (n + 1 == room) {
			room *= 2;
			text = bench_resize(text, room, 1);
		}
	}
	if (ferror(file))
		bench_die("%s cannot be read", path);
	(void)fclose(file); /* only read */
	free(path);
	text[n] = '\0';
	*n_out = n;
	return text;
}

/* Cut at the first `mark`; what is behind it, or NULL. */
static char *
cut(char *text, const char *mark)
{
	char *end = strstr(text, mark);

	if (end == NULL)
		return NULL;
	*end = '\0';
	return end + strlen(mark);
}

static void
add_field(struct bench_message *message, const char *path, char *line)
{
	char *value = cut(line, ":");

	if (value == NULL)
		bench_die("%s: no field: %s", path, line);
	message->field = bench_resize(
	    message->field, message->n_fields + 1, sizeof *message->field);
	message->field[message->n_fields].name = line;
	message->field[message->n_fields].value = value;
	message->n_fields++;
}

/* "\r\n" becomes '\n': libmilter's way of showing folds. */
static void
drop_cr(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++)
		if (text[0] != '\r' || text[1] != '\n')
			*to++ = *text;
	*to = '\0';
}

static void
read_message(
    struct bench_message *message, const char *directory, const char *path)
{
	size_t n;
	char *text = slurp(directory, path, &n);
	char *body = cut(text, "\r\n\r\n");
	char *line = text;

	message->n = n;
	message->body = body == NULL ? text + n : body;
	message->n_body = (size_t)(text + n - message->body);
	drop_cr(text);
	/* A field ends where a line begins with no blank. */
	for (char *at = text; *at != '\0'; at++) {
		if (at[0] != '\n' || at[1] == ' ' || at[1] == '\t')
			continue;
		*at = '\0';
		add_field(message, path, line);
		line = at + 1;
	}
	if (*line != '\0')
		add_field(message, path, line);
}

/* Whether a word is in a list with commas. */
static bool
is_listed(const char *word, const char *list)
{
	size_t n = strlen(word);

	while (list != NULL) {
		if (strncmp(list, word, n) == 0 &&
		    (list[n] == '\0' || list[n] == ','))
			return true;
		list = strchr(list, ',');
		if (list != NULL)
			list++;
	}
	return false;
}

static void
add_message(struct bench_corpus *corpus, const char *directory,
    const char *sets, char *line)
{
	char *column[COLUMNS];
	char *rest = line;
	struct bench_message *message;

	for (size_t i = 0; i < COLUMNS; i++) {
		if (rest == NULL)
			bench_die("%s/INDEX: %d columns are needed: %s",
			    directory, COLUMNS, line);
		column[i] = rest;
		rest = cut(rest, "\t");
	}
	if (sets != NULL && !is_listed(column[1], sets))
		return;
	corpus->message = bench_resize(
	    corpus->message, corpus->n + 1, sizeof *corpus->message);
	message = &corpus->message[corpus->n++];
	*message = (struct bench_message){
		.id = column[0],
		.set = column[1],
		.session = column[2],
		.client = column[3],
		.client_name = strcmp(column[4], "-") == 0 ? NULL : column[4],
		.helo = column[5],
		.from = column[6],
		.recipient = column[7],
	};
	message->begins_session =
	    corpus->n == 1 || strcmp(message[-1].session, column[2]) != 0;
	read_message(message, directory, column[8]);
}

struct bench_corpus
bench_corpus_load(const char *directory, const char *sets)
{
	struct bench_corpus corpus = { 0, NULL };
	size_t n;
	char *line = slurp(directory, "INDEX", &n);

	while (line != NULL && *line != '\0') {
		char *next = cut(line, "\n");

		if (*line != '#')
			add_message(&corpus, directory, sets, line);
		line = next;
	}
	if (corpus.n == 0)
		bench_die("%s/INDEX has no message of these sets: %s",
		    directory, sets == NULL ? "all" : sets);
	return corpus;
}
