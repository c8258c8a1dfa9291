#include "cli/watch.h"

#include <inttypes.h>
#include <unistd.h>

enum { LOOK_EACH = 200 /* milliseconds */, STATUS_OF_SIGNALS = 128 };

static void show(const struct cli_watch *w)
{
    const struct shelflife_audit_counters *p = &w->progress;
    uint64_t objects = atomic_load(&p->objects), expected = atomic_load(&p->expected);
    unsigned sources = atomic_load(&p->sources);
    if (sources)
        fprintf(stderr, "\r\x1b[K%u of %u kinds, ", atomic_load(&p->sources_done), sources);
    else
        fprintf(stderr, "\r\x1b[K");
    fprintf(stderr, "%" PRIu64, objects);
    if (expected > objects)
        fprintf(stderr, " of about %" PRIu64, expected);
    fprintf(stderr, " objects, %" PRIu64 " findings so far", atomic_load(&p->findings));
}

static void *watch(void *context)
{
    struct cli_watch *w = context;
    const struct timespec patience = {.tv_nsec = LOOK_EACH * 1000000L};
    while (!atomic_load(&w->over)) {
        int signal = sigtimedwait(&w->signals, NULL, &patience);
        if (atomic_load(&w->over))
            break;
        if (signal > 0 && atomic_exchange(&w->cancel, true))
            _exit(STATUS_OF_SIGNALS + signal);
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
    atomic_init(&w->over, false);
    w->shown = isatty(STDERR_FILENO);
    sigemptyset(&w->signals);
    sigaddset(&w->signals, SIGINT);
    sigaddset(&w->signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &w->signals, &w->before);
    w->runs = pthread_create(&w->thread, NULL, watch, w) == 0;
    if (!w->runs)
        pthread_sigmask(SIG_SETMASK, &w->before, NULL);
}

void shelflife_cli_watch_stop(struct cli_watch *w)
{
    if (!w->runs)
        return;
    atomic_store(&w->over, true);
    pthread_kill(w->thread, SIGINT); /* which only wakes it now */
    pthread_join(w->thread, NULL);
    pthread_sigmask(SIG_SETMASK, &w->before, NULL);
}
