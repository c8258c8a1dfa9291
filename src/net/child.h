/* A program that this one runs, and what it prints. */
#ifndef SHELFLIFE_NET_CHILD_H
#define SHELFLIFE_NET_CHILD_H

#include <stdatomic.h>
#include <sys/types.h>

#include "base/base.h"

struct shelflife_net_child {
    pid_t pid;
    int output; /* our end of its standard output; -1: closed */
    bool own_group;
    bool ended;
    int status; /* of waitpid(), once it has ended */
};

/* Appends what it prints to *out until it has ended. Fails if that is more than the buffer's limit, if it
   takes longer, or if *cancel becomes true; end the child then. */
bool shelflife_net_child_follow(struct shelflife_net_child *child, uint64_t timeout_ms,
                                const atomic_bool *cancel, buffer *out, error *err);

/* Kills it, with its process group if it has its own, unless it has ended. */
void shelflife_net_child_end(struct shelflife_net_child *child);

#endif
