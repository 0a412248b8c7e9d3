/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * corpus.h - the messages that the load driver sends, read into memory.
 *
 * A corpus is a directory with an INDEX, one message a line, its columns
 * parted by tabs:
 *
 *	id  set  session  client  name  helo  from  recipient  file  expect
 *
 * `name` is the verified name of the client or "-"; `file` is relative to
 * the directory; lines that follow each other with the same `session` are
 * sent by one client, one after the other. `expect` is for others to read.
 */
#ifndef WAX_TESTS_BENCH_CORPUS_H
#define WAX_TESTS_BENCH_CORPUS_H

#include <stdbool.h>
#include <stddef.h>

struct bench_field {
	const char *name;
	const char *value; /* behind the colon, folds as LF */
};

struct bench_message {
	const char *id, *set, *session;
	const char *client, *client_name, *helo, *from, *recipient;
	size_t n; /* octets of it all */
	size_t n_fields;
	struct bench_field *field;
	const char *body; /* lines end with CRLF */
	size_t n_body;
	bool begins_session;
};

struct bench_corpus {
	size_t n;
	struct bench_message *message;
};

/*
 * Read the messages of the sets that `sets` lists ("mix", "mix,small"; NULL
 * means all). Never freed. On errors: says which, and ends the program.
 */
struct bench_corpus bench_corpus_load(const char *directory, const char *sets);

/* Memory, or the end of the program. */
void *bench_alloc(size_t n, size_t size);
void *bench_resize(void *old, size_t n, size_t size);

/* Say what is wrong and end the program. */
void bench_die(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

#endif
