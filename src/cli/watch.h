/* Ctrl-C and a line of progress on a terminal, during long work. */
#ifndef SHELFLIFE_CLI_WATCH_H
#define SHELFLIFE_CLI_WATCH_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "audit/auditor.h"

struct cli_watch {
    atomic_bool cancel; /* SIGINT or SIGTERM arrived; a second one ends the process */
    atomic_bool stopping;
    struct shelflife_audit_counters progress;
    _Atomic size_t images, inspected; /* to be inspected, and those that were */
    bool quiet;                       /* set before the start: show no progress */
    bool shown;                       /* standard error is a terminal */
    bool running;
    pthread_t thread;
    sigset_t signals, before;
};

/* Handles SIGINT and SIGTERM in a thread of its own until stop(), and blocks them in the caller and the
   threads it starts. If no thread can be created, the signals keep their usual effect. */
void shelflife_cli_watch_start(struct cli_watch *watch);
void shelflife_cli_watch_stop(struct cli_watch *watch);

#endif
