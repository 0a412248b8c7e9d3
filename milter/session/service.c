/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/session/service.h"

#include <string.h>

#include "milter/sys/thread.h"

static void
lock(pthread_mutex_t *mutex)
{
	WAX_ASSERT(pthread_mutex_lock(mutex) == 0);
}

static void
unlock(pthread_mutex_t *mutex)
{
	WAX_ASSERT(pthread_mutex_unlock(mutex) == 0);
}

void
wax_service_init(struct wax_service *service, const struct wax_engines *engines,
    struct wax_resolver *resolver, struct wax_snapshot *snapshot)
{
	memset(service, 0, sizeof *service);
	service->engines = engines;
	service->resolver = resolver;
	service->snapshot = snapshot;
	WAX_ASSERT(pthread_mutex_init(&service->config_lock, NULL) == 0);
	WAX_ASSERT(pthread_mutex_init(&service->running_lock, NULL) == 0);
	wax_cond_init(&service->idle);
}

struct wax_snapshot *
wax_service_config(struct wax_service *service)
{
	struct wax_snapshot *snapshot;

	lock(&service->config_lock);
	snapshot = wax_snapshot_ref(service->snapshot);
	unlock(&service->config_lock);
	return snapshot;
}

void
wax_service_reconfigure(
    struct wax_service *service, struct wax_snapshot *snapshot)
{
	struct wax_snapshot *old;

	lock(&service->config_lock);
	old = service->snapshot;
	service->snapshot = snapshot;
	unlock(&service->config_lock);
	wax_snapshot_unref(old);
}

bool
wax_service_enter(struct wax_service *service, size_t max)
{
	if (atomic_fetch_add(&service->sessions, 1) < max)
		return true;
	atomic_fetch_sub(&service->sessions, 1);
	return false;
}

void
wax_service_leave(struct wax_service *service)
{
	atomic_fetch_sub(&service->sessions, 1);
}

bool
wax_service_begin(struct wax_service *service, struct wax_running *running,
    int64_t overdue_ms, size_t max)
{
	bool begun;

	running->overdue_ms = overdue_ms;
	running->next = NULL;
	lock(&service->running_lock);
	begun = service->n_running < max;
	if (begun) {
		running->previous = service->newest;
		if (service->newest != NULL)
			service->newest->next = running;
		service->newest = running;
		service->n_running++;
	}
	unlock(&service->running_lock);
	return begun;
}

void
wax_service_end(struct wax_service *service, struct wax_running *running)
{
	lock(&service->running_lock);
	if (running->previous != NULL)
		running->previous->next = running->next;
	if (running->next != NULL)
		running->next->previous = running->previous;
	else
		service->newest = running->previous;
	if (--service->n_running == 0)
		WAX_ASSERT(pthread_cond_broadcast(&service->idle) == 0);
	unlock(&service->running_lock);
}

size_t
wax_service_running(struct wax_service *service)
{
	size_t n;

	lock(&service->running_lock);
	n = service->n_running;
	unlock(&service->running_lock);
	return n;
}

bool
wax_service_is_stuck(struct wax_service *service, int64_t now_ms)
{
	bool stuck = false;

	lock(&service->running_lock);
	for (const struct wax_running *running = service->newest;
	     running != NULL; running = running->previous)
		stuck = stuck || running->overdue_ms < now_ms;
	unlock(&service->running_lock);
	return stuck;
}

bool
wax_service_wait_idle(struct wax_service *service, wax_deadline deadline)
{
	bool in_time = true;
	bool idle;

	lock(&service->running_lock);
	while (service->n_running > 0 && in_time)
		in_time = wax_cond_wait(
		    &service->idle, &service->running_lock, deadline);
	idle = service->n_running == 0;
	unlock(&service->running_lock);
	return idle;
}
