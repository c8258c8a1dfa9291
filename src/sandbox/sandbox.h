/*
 * What a process gives up, so that an attacker who controls it gains little. Linux only.
 *
 *     shelflife_sandbox_enter(writable, &state, &err);           first: before threads, keys and clients
 *     … open files and ports, start threads …
 *     shelflife_sandbox_filter(SHELFLIFE_SANDBOX_SERVER, &state);     then serve
 *
 * None of it can be undone. A kernel, a container runtime or an emulator may lack Landlock or system call
 * filters: then the rest still holds, and the state says what does not.
 */
#ifndef SHELFLIFE_SANDBOX_SANDBOX_H
#define SHELFLIFE_SANDBOX_SANDBOX_H

#include "base/base.h"

/* Which system calls a process needs. */
enum shelflife_sandbox_role {
    SHELFLIFE_SANDBOX_SERVER, /* it accepts connections, reads files, starts threads, and replaces files */
    SHELFLIFE_SANDBOX_CLIENT, /* it connects to others, and reads files */
};

struct shelflife_sandbox_state {
    int landlock;      /* the version of Landlock's interface that is in force; 0: none */
    bool filtered;     /* the system call filter is in force */
    char missing[512]; /* what of it is not, and why, or "" */
};

/*
 * No new privileges, no core dumps, no debugger of the same user (so that keys stay in memory), and with
 * Landlock: no program can be executed, no file written except in the folder `writable` (NULL: nowhere; if it
 * is not a folder, nowhere either), and, from version 4 on, no TCP connection made. Open files stay open.
 * Call it with a single thread; processes forked before are not affected. Fails only if the kernel refuses
 * the first three.
 */
bool shelflife_sandbox_enter(const char *writable, struct shelflife_sandbox_state *state, error *err);

/*
 * Filters the system calls of all threads. Any other call fails with EPERM: among them execve, fork, ptrace,
 * the module, mount and keyring calls, io_uring and bpf, and for servers socket, connect and bind. Memory
 * cannot become executable. If the filter cannot be loaded, state->missing says why.
 */
void shelflife_sandbox_filter(enum shelflife_sandbox_role role, struct shelflife_sandbox_state *state);

/* Both for a process that only sends requests, for shelflife_net_workers_start(): whatever is not available
   is left out. */
void shelflife_sandbox_client(void);

/* A part of shelflife_sandbox_enter(). Returns the version, or 0. Adds to `missing` what is not in force. */
int shelflife_sandbox_landlock(const char *writable, bool connect, struct shelflife_sandbox_state *state);

/* Adds to state->missing. */
void shelflife_sandbox_note(struct shelflife_sandbox_state *state, const char *format, ...)
    SHELFLIFE_PRINTF(2, 3);

#endif
