/* A program that this one runs, and what it prints. */
#ifndef SHELFLIFE_NET_CHILD_H
#define SHELFLIFE_NET_CHILD_H

#include <stdatomic.h>
#include <sys/types.h>

#include "base/base.h"

struct shelflife_net_child {
    pid_t pid;
    int output; /* our end of its standard output; -1: closed */
    int errors; /* the same of its standard error, if it has `messages` */
    buffer
        *messages; /* gets what it prints to standard error, as far as that fits; NULL: our standard error */
    bool own_group;
    bool ended;
    int status; /* of waitpid(), once it has ended */
};

/* Bytes that a program can be given to read: a pipe takes them at once. */
enum { SHELFLIFE_NET_CHILD_INPUT_MAX = 2048 };

struct shelflife_net_child_command {
    const char *program;            /* a path, or a name to be looked up in PATH */
    char *const *args, *const *env; /* NULL at the end */
    bool interactive; /* stays in our process group and reads our standard input, instead of `input` */
    str input;        /* what it reads, at most SHELFLIFE_NET_CHILD_INPUT_MAX bytes */
    bool quiet;       /* what it prints to standard error is lost */
    buffer *messages; /* as in the child */
};

/* Starts a program. Returns 0, or the code of an error (errno.h). End the child in both cases. */
int shelflife_net_child_start(struct shelflife_net_child *child,
                              const struct shelflife_net_child_command *command);

/* Appends what it prints to *out until it has ended. Fails if that is more than the buffer's limit, if it
   takes longer, or if *cancel becomes true; end the child then. */
bool shelflife_net_child_follow(struct shelflife_net_child *child, uint64_t timeout_ms,
                                const atomic_bool *cancel, buffer *out, error *err);

/* Kills it, with its process group if it has its own, unless it has ended. */
void shelflife_net_child_end(struct shelflife_net_child *child);

#endif
