#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sandbox/sandbox.h"

enum {
    SERVER = 1 << SHELFLIFE_SANDBOX_SERVER,
    CLIENT = 1 << SHELFLIFE_SANDBOX_CLIENT,
    BOTH = SERVER | CLIENT
};

/* Calls with any arguments. A name that an architecture does not have is left out there. */
static const struct {
    const char *name;
    int roles;
} calls[] = {
    /* memory and threads */
    {"brk", BOTH},
    {"munmap", BOTH},
    {"mremap", BOTH},
    {"madvise", BOTH},
    {"futex", BOTH},
    {"futex_time64", BOTH},
    {"set_robust_list", BOTH},
    {"rseq", BOTH},
    {"sched_yield", BOTH},
    {"sched_getaffinity", BOTH},
    {"gettid", BOTH},
    {"getpid", BOTH},
    {"getuid", BOTH},
    {"geteuid", BOTH},
    {"getgid", BOTH},
    {"getegid", BOTH},
    {"exit", BOTH},
    {"exit_group", BOTH},
    {"restart_syscall", BOTH},
    {"rt_sigaction", BOTH},
    {"rt_sigprocmask", BOTH},
    {"rt_sigreturn", BOTH},
    {"sigreturn", BOTH},
    {"rt_sigtimedwait", SERVER},
    {"rt_sigtimedwait_time64", SERVER},
    {"prlimit64", BOTH},
    {"sysinfo", BOTH},
    {"uname", BOTH},
    {"getrandom", BOTH},
    {"membarrier", BOTH},
    /* time */
    {"clock_gettime", BOTH},
    {"clock_gettime64", BOTH},
    {"clock_getres", BOTH},
    {"clock_nanosleep", BOTH},
    {"clock_nanosleep_time64", BOTH},
    {"nanosleep", BOTH},
    {"gettimeofday", BOTH},
    {"time", BOTH},
    /* files */
    {"open", BOTH},
    {"openat", BOTH},
    {"close", BOTH},
    {"read", BOTH},
    {"readv", BOTH},
    {"pread64", BOTH},
    {"write", BOTH},
    {"writev", BOTH},
    {"lseek", BOTH},
    {"_llseek", BOTH},
    {"stat", BOTH},
    {"stat64", BOTH},
    {"lstat", BOTH},
    {"lstat64", BOTH},
    {"fstat", BOTH},
    {"fstat64", BOTH},
    {"newfstatat", BOTH},
    {"fstatat64", BOTH},
    {"statx", BOTH},
    {"statfs", BOTH},
    {"fstatfs", BOTH},
    {"access", BOTH},
    {"faccessat", BOTH},
    {"faccessat2", BOTH},
    {"readlink", BOTH},
    {"readlinkat", BOTH},
    {"getcwd", BOTH},
    {"getdents", BOTH},
    {"getdents64", BOTH},
    {"fcntl", BOTH},
    {"fcntl64", BOTH},
    {"fadvise64", BOTH},
    {"fadvise64_64", BOTH},
    {"dup", BOTH},
    {"pipe", BOTH},
    {"pipe2", BOTH},
    {"eventfd2", BOTH},
    /* replacing the cached copy of a catalog */
    {"fchmod", SERVER},
    {"fsync", SERVER},
    {"fdatasync", SERVER},
    {"ftruncate", SERVER},
    {"rename", SERVER},
    {"renameat", SERVER},
    {"renameat2", SERVER},
    {"unlink", SERVER},
    {"unlinkat", SERVER},
    {"mkdir", SERVER},
    {"mkdirat", SERVER},
    /* sockets that exist */
    {"poll", BOTH},
    {"ppoll", BOTH},
    {"ppoll_time64", BOTH},
    {"select", BOTH},
    {"_newselect", BOTH},
    {"pselect6", BOTH},
    {"recv", BOTH},
    {"recvfrom", BOTH},
    {"recvmsg", BOTH},
    {"send", BOTH},
    {"sendto", BOTH},
    {"sendmsg", BOTH},
    {"sendmmsg", BOTH},
    {"recvmmsg", BOTH},
    {"shutdown", BOTH},
    {"getsockname", BOTH},
    {"getpeername", BOTH},
    {"getsockopt", BOTH},
    {"setsockopt", BOTH},
    {"accept", SERVER},
    {"accept4", SERVER},
    {"socketpair", BOTH},
    /* new connections */
    {"socket", CLIENT},
    {"connect", CLIENT},
    {"bind", CLIENT}, /* the C library's name resolution asks the kernel for its addresses this way */
};

/* Calls of which one argument is limited: (argument & mask) == value. */
static const struct {
    const char *name;
    struct scmp_arg_cmp rule;
} limited[] = {
    {"mmap", {.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC, .datum_b = 0}},
    {"mmap2", {.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC, .datum_b = 0}},
    {"mprotect", {.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC, .datum_b = 0}},
    {"clone", {.arg = 0, .op = SCMP_CMP_MASKED_EQ, .datum_a = CLONE_THREAD, .datum_b = CLONE_THREAD}},
    {"prctl", {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = PR_SET_NAME}}, /* of a thread */
    {"ioctl", {.arg = 1, .op = SCMP_CMP_EQ, .datum_a = 0x5421}},      /* FIONBIO */
};

/* A plug-in of the C library may be loaded for a name, which maps its code. */
static bool applies(size_t i, enum shelflife_sandbox_role role)
{
    return role == SHELFLIFE_SANDBOX_SERVER || limited[i].rule.datum_a != PROT_EXEC;
}

static int add(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned count,
               const struct scmp_arg_cmp *rules)
{
    int call = seccomp_syscall_resolve_name(name);
    return call == __NR_SCMP_ERROR ? 0 : seccomp_rule_add_array(filter, action, call, count, rules);
}

static int add_all(scmp_filter_ctx filter, enum shelflife_sandbox_role role)
{
    /* Its arguments cannot be seen; the C library then uses clone. */
    int code = add(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
    for (size_t i = 0; code == 0 && i < COUNT(calls); i++)
        if (calls[i].roles & 1 << role)
            code = add(filter, SCMP_ACT_ALLOW, calls[i].name, 0, NULL);
    for (size_t i = 0; code == 0 && i < COUNT(limited); i++) {
        bool limit = applies(i, role);
        code = add(filter, SCMP_ACT_ALLOW, limited[i].name, limit, limit ? &limited[i].rule : NULL);
    }
    /* abort(), which sends a signal to its own process only. */
    const struct scmp_arg_cmp self = {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)getpid()};
    return code ? code : add(filter, SCMP_ACT_ALLOW, "tgkill", 1, &self);
}

/* The runtime of a sanitizer needs more calls. */
#if defined(__has_feature)
#define HAS_FEATURE(feature) __has_feature(feature)
#else
#define HAS_FEATURE(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || HAS_FEATURE(address_sanitizer) ||       \
    HAS_FEATURE(thread_sanitizer)
enum { SANITIZED = true };
#else
enum { SANITIZED = false };
#endif

void shelflife_sandbox_filter(enum shelflife_sandbox_role role, struct shelflife_sandbox_state *state)
{
    if (SANITIZED) {
        shelflife_sandbox_note(state, "this build has a sanitizer, which needs more calls");
        return;
    }
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int code = filter ? seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) : -ENOMEM; /* all threads */
    if (code == 0)
        code = add_all(filter, role);
    if (code == 0)
        code = seccomp_load(filter);
    seccomp_release(filter);
    state->filtered = code == 0;
    if (code)
        shelflife_sandbox_note(state, "the system call filter cannot be loaded: %s", strerror(-code));
}
