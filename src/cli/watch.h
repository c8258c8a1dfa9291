/*
 * Ctrl-C as a wish to end, and a line of progress on a terminal, while something long is done.
 */
#ifndef SHELFLIFE_CLI_WATCH_H
#define SHELFLIFE_CLI_WATCH_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "audit/auditor.h"

struct cli_watch {
    atomic_bool cancel; /* SIGINT or SIGTERM came; a second one ends the process */
    atomic_bool over;
    struct shelflife_audit_counters progress;
    bool shown; /* standard error is a terminal */
    bool runs;
    pthread_t thread;
    sigset_t signals, before;
};

/* Blocks these signals in this thread and those it starts, until the end. Without a thread for it, they do
   what they always do. */
void shelflife_cli_watch_start(struct cli_watch *watch);
void shelflife_cli_watch_stop(struct cli_watch *watch);

#endif
