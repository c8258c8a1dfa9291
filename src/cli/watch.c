#include "cli/watch.h"

#include <inttypes.h>
#include <unistd.h>

enum { INTERVAL_MS = 200, SIGNAL_EXIT = 128 /* plus the signal, as shells do */ };

static void show(const struct cli_watch *w)
{
    const struct shelflife_audit_counters *p = &w->progress;
    uint64_t objects = atomic_load(&p->objects), expected = atomic_load(&p->expected);
    unsigned sources = atomic_load(&p->sources);
    unsigned clusters = atomic_load(&p->clusters), clusters_done = atomic_load(&p->clusters_done);
    size_t images = atomic_load(&w->images);
    if (images) {
        fprintf(stderr, "\r\x1b[K%zu of %zu images inspected", atomic_load(&w->inspected), images);
        return;
    }
    fprintf(stderr, "\r\x1b[K");
    if (clusters)
        fprintf(stderr, "%u of %u clusters, ", clusters_done, clusters);
    if (sources)
        fprintf(stderr, "%u of %u kinds, ", atomic_load(&p->sources_done), sources);
    fprintf(stderr, "%" PRIu64, objects);
    if (expected > objects)
        fprintf(stderr, " of about %" PRIu64, expected);
    fprintf(stderr, " objects, %" PRIu64 " findings", atomic_load(&p->findings));
}

static void *watch(void *context)
{
    struct cli_watch *w = context;
    const struct timespec interval = {.tv_nsec = INTERVAL_MS * 1000000L};
    while (!atomic_load(&w->stopping)) {
        int signal = sigtimedwait(&w->signals, NULL, &interval);
        if (atomic_load(&w->stopping))
            break;
        if (signal > 0 && atomic_exchange(&w->cancel, true))
            _exit(SIGNAL_EXIT + signal);
        if (w->shown)
            show(w);
    }
    if (w->shown)
        fprintf(stderr, "\r\x1b[K");
    return NULL;
}

void shelflife_cli_watch_start(struct cli_watch *w)
{
    atomic_init(&w->cancel, false);
    atomic_init(&w->stopping, false);
    atomic_init(&w->images, 0);
    atomic_init(&w->inspected, 0);
    w->shown = !w->quiet && isatty(STDERR_FILENO);
    sigemptyset(&w->signals);
    sigaddset(&w->signals, SIGINT);
    sigaddset(&w->signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &w->signals, &w->before);
    w->running = pthread_create(&w->thread, NULL, watch, w) == 0;
    if (!w->running)
        pthread_sigmask(SIG_SETMASK, &w->before, NULL);
}

void shelflife_cli_watch_stop(struct cli_watch *w)
{
    if (!w->running)
        return;
    atomic_store(&w->stopping, true);
    pthread_kill(w->thread, SIGINT); /* wakes it */
    pthread_join(w->thread, NULL);
    pthread_sigmask(SIG_SETMASK, &w->before, NULL);
}
