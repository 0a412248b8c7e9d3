/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/base/arena.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 16
#define BLOCK_MIN 1024
#define BLOCK_GROWTH_MAX ((size_t)64 * 1024)

/*
 * Under AddressSanitizer each allocation is a block of its own, so that
 * reading past an object is seen and not hidden by its neighbour.
 */
#if defined(__SANITIZE_ADDRESS__)
#define BLOCK_PER_OBJECT 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BLOCK_PER_OBJECT 1
#endif
#endif
#ifndef BLOCK_PER_OBJECT
#define BLOCK_PER_OBJECT 0
#endif

struct block {
	struct block *next;
	size_t size; /* of what follows this header */
	size_t used;
	size_t pad; /* keeps what follows aligned */
};

struct deferred {
	struct deferred *next;
	void (*fn)(void *);
	void *arg;
};

struct wax_arena {
	const char *name;
	size_t first_block;
	size_t bytes;
	struct block *blocks; /* newest first */
	struct deferred *deferred;
};

static atomic_size_t total_bytes;

static void
out_of_memory(const char *name, size_t bytes)
{
	(void)fprintf(stderr, "out of memory: %zu bytes for %s\n", bytes, name);
	abort();
}

struct wax_arena *
wax_arena_new(const char *name, size_t first_block)
{
	struct wax_arena *arena = calloc(1, sizeof *arena);

	if (arena == NULL)
		out_of_memory(name, sizeof *arena);
	arena->name = name;
	arena->first_block = first_block < BLOCK_MIN ? BLOCK_MIN : first_block;
	return arena;
}

static struct block *
block_new(struct wax_arena *arena, size_t size)
{
	struct block *block;

	if (size > SIZE_MAX - sizeof *block)
		out_of_memory(arena->name, size);
	block = malloc(sizeof *block + size);
	if (block == NULL)
		out_of_memory(arena->name, size);
	block->size = size;
	block->used = 0;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->bytes += sizeof *block + size;
	atomic_fetch_add_explicit(
	    &total_bytes, sizeof *block + size, memory_order_relaxed);
	return block;
}

/* The size of the next block: doubling, up to a bound. */
static size_t
next_size(const struct wax_arena *arena, size_t bytes)
{
	size_t size = arena->first_block;

	if (BLOCK_PER_OBJECT)
		return bytes;
	if (arena->blocks != NULL) {
		size = arena->blocks->size * 2;
		if (size > BLOCK_GROWTH_MAX)
			size = BLOCK_GROWTH_MAX;
	}
	return size > bytes ? size : bytes;
}

void *
wax_alloc(struct wax_arena *arena, size_t n, size_t size)
{
	struct block *block = arena->blocks;
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX / 2)
		out_of_memory(arena->name, SIZE_MAX);
	if (!BLOCK_PER_OBJECT)
		bytes = (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (BLOCK_PER_OBJECT || block == NULL ||
	    block->size - block->used < bytes)
		block = block_new(arena, next_size(arena, bytes));
	p = (char *)(block + 1) + block->used;
	block->used += bytes;
	if (bytes > 0)
		memset(p, 0, bytes);
	return p;
}

void
wax_arena_defer(struct wax_arena *arena, void (*fn)(void *), void *arg)
{
	struct deferred *deferred = WAX_NEW(arena, struct deferred);

	deferred->fn = fn;
	deferred->arg = arg;
	deferred->next = arena->deferred;
	arena->deferred = deferred;
}

void
wax_arena_reset(struct wax_arena *arena)
{
	struct block *block, *next;

	/* A deferred function may defer again: take them one by one. */
	while (arena->deferred != NULL) {
		struct deferred *deferred = arena->deferred;

		arena->deferred = deferred->next;
		deferred->fn(deferred->arg);
	}
	for (block = arena->blocks; block != NULL; block = next) {
		next = block->next;
		free(block);
	}
	atomic_fetch_sub_explicit(
	    &total_bytes, arena->bytes, memory_order_relaxed);
	arena->blocks = NULL;
	arena->bytes = 0;
}

void
wax_arena_free(struct wax_arena *arena)
{
	if (arena == NULL)
		return;
	wax_arena_reset(arena);
	free(arena);
}

size_t
wax_arena_bytes(const struct wax_arena *arena)
{
	return arena->bytes;
}

size_t
wax_arena_total(void)
{
	return atomic_load_explicit(&total_bytes, memory_order_relaxed);
}
