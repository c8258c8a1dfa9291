/*
 * For tests of allocation failure. A program that includes this has malloc() and its like from here, and with
 * it every library of the process: for an operation that is watched, the n-th allocation fails, for every n,
 * once alone and once with all that follow, and what the operation leaves allocated is counted.
 *
 * An allocation is attributed to the first caller outside the C library and the sanitizers. The rules below
 * say for each library whether its allocations fail, and whether memory that it leaves allocated is a leak.
 */
#ifndef SHELFLIFE_TEST_ALLOCATION_KIT_H
#define SHELFLIFE_TEST_ALLOCATION_KIT_H

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "unit/test.h"

/* ---- Who allocates ---- */

enum allocation_rule {
    ALLOCATION_IGNORED = 0,
    ALLOCATION_FAILS = 1,       /* may fail */
    ALLOCATION_COUNTS = 2,      /* a leak if it is left; not for libraries that cache what they allocate */
    ALLOCATION_TRANSPARENT = 4, /* made for the library's caller */
    ALLOCATION_PROGRAM = 32,    /* the program itself */
    ALLOCATION_LENDS = 16,      /* the library allocates by functions of the program */
    ALLOCATION_OPENS = 8,       /* where it fails, the library leaves a descriptor of its own open */
};

/* By a part of the library's file name; the program itself is "". The first that fits is taken, and a library
   that is not listed is ignored. */
static const struct {
    const char *name;
    unsigned rule;
} kit_rules[] = {
    {"", ALLOCATION_FAILS | ALLOCATION_COUNTS | ALLOCATION_PROGRAM},
    {"libc.so", ALLOCATION_TRANSPARENT},
    {"libasan", ALLOCATION_TRANSPARENT},
    {"libtsan", ALLOCATION_TRANSPARENT},
    /* jansson 2.14 ignores that its buffer for a string or number cannot grow: it loses characters, writes
       past the end of a string, or aborts. A test that reads JSON documents must therefore call
       shelflife_set_allocator(malloc, realloc, free), as the program does. Then jansson allocates by
       functions of the program, which do not return to it without memory. */
    {"libjansson", ALLOCATION_FAILS | ALLOCATION_COUNTS},
    {"libyaml", ALLOCATION_FAILS | ALLOCATION_COUNTS},
    {"libcrypto", ALLOCATION_LENDS}, /* and fails, if kit_start() says so */
    /* libmicrohttpd 0.9.75 loses its event descriptor when it cannot start. */
    {"libmicrohttpd", ALLOCATION_FAILS | ALLOCATION_COUNTS | ALLOCATION_OPENS},
};

enum { KIT_MODULES = 64, KIT_FRAMES = 24, KIT_LIVE = 1 << 16 };

/* Set in the environment: a leak is shown with all callers of its allocation, which takes time. */
static const char kit_deep_variable[] = "SHELFLIFE_ALLOCATION_FRAMES";

static struct {
    /* The code of one module of the process. */
    struct {
        uintptr_t begin, end;
        unsigned rule;
    } modules[KIT_MODULES];
    size_t module_count;

    bool deep;
    bool lends; /* some module is such a library */
    bool with_openssl;
    int shown, nowhere; /* descriptors: standard error, and what it is while operations log their failures */
    _Atomic bool watching;
    _Atomic size_t seen; /* allocations so far that may fail */
    size_t fails_from;   /* the first of them that does … */
    bool onwards;        /* … and whether all after it do */
    _Atomic size_t failed;
    unsigned failed_rule; /* of the first that failed */
    _Atomic bool full;    /* there was no room to note an allocation */

    /* What is allocated and counts. An entry is of this round, or empty. */
    atomic_flag lock;
    unsigned round;
    struct {
        uintptr_t at;
        unsigned round;
        void *frames[KIT_FRAMES];
        int frame_count;
    } live[KIT_LIVE];
    size_t live_count;
    void *failed_frames[KIT_FRAMES]; /* where the first failure was */
    int failed_frame_count;
} kit_state;

/* Of operations with thousands of allocations by OpenSSL, only one in this number fails in turn. */
static size_t kit_step = 1;

/* Allocations of such a thread neither fail nor count. */
static _Thread_local bool kit_exempt;

#define KIT_INTERPOSED                                                                                       \
    __attribute__((visibility("default"), noinline, no_sanitize("address", "undefined", "thread")))
#define KIT_INSIDE __attribute__((no_sanitize("address", "undefined", "thread")))

KIT_INSIDE static unsigned kit_rule_of(uintptr_t code)
{
    for (size_t i = 0; i < kit_state.module_count; i++)
        if (code >= kit_state.modules[i].begin && code < kit_state.modules[i].end)
            return kit_state.modules[i].rule;
    return ALLOCATION_IGNORED;
}

/* ---- The allocator ---- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *at);
/* A sanitizer's, if the program has one. */
__attribute__((weak)) void *__interceptor_malloc(size_t size);
__attribute__((weak)) void *__interceptor_calloc(size_t count, size_t size);
__attribute__((weak)) void *__interceptor_realloc(void *old, size_t size);
__attribute__((weak)) void __interceptor_free(void *at);

KIT_INSIDE static void kit_take_lock(void)
{
    while (atomic_flag_test_and_set_explicit(&kit_state.lock, memory_order_acquire))
        ;
}

KIT_INSIDE static void kit_give_lock(void)
{
    atomic_flag_clear_explicit(&kit_state.lock, memory_order_release);
}

/* Open addressing without deletion: a freed entry stays for its round, as 1. */
KIT_INSIDE static size_t kit_slot(uintptr_t at, bool add)
{
    size_t i = (at >> 4) * 0x9e3779b97f4a7c15u >> 40;
    for (size_t tries = 0; tries < KIT_LIVE; tries++, i++) {
        i %= KIT_LIVE;
        bool empty = kit_state.live[i].round != kit_state.round;
        if (empty || kit_state.live[i].at == at)
            return empty && !add ? KIT_LIVE : i;
    }
    return KIT_LIVE;
}

KIT_INSIDE static void kit_note(void *at, void *const *frames, int frame_count)
{
    kit_take_lock();
    size_t i = kit_slot((uintptr_t)at, true);
    if (i == KIT_LIVE) {
        atomic_store(&kit_state.full, true);
    } else {
        kit_state.live[i].at = (uintptr_t)at;
        kit_state.live[i].round = kit_state.round;
        kit_state.live[i].frame_count = frame_count;
        for (int k = 0; k < frame_count; k++)
            kit_state.live[i].frames[k] = frames[k];
        kit_state.live_count++;
    }
    kit_give_lock();
}

KIT_INSIDE static bool kit_forget(void *at)
{
    kit_take_lock();
    size_t i = kit_slot((uintptr_t)at, false);
    if (i != KIT_LIVE) {
        kit_state.live[i].at = 1;
        kit_state.live_count--;
    }
    kit_give_lock();
    return i != KIT_LIVE;
}

/* What is to become of an allocation. */
struct kit_verdict {
    bool fails, counts;
    void *frames[KIT_FRAMES];
    int frame_count;
};

/* The rule of a library that called the program for memory. */
KIT_INSIDE static unsigned kit_lender(struct kit_verdict *v, const void *caller, unsigned rule)
{
    enum { NEAR = 6 };
    if (v->frame_count == 1)
        v->frame_count = backtrace(v->frames, NEAR);
    for (int i = 0; i + 1 < v->frame_count; i++)
        if (v->frames[i] == caller) {
            unsigned next = kit_rule_of((uintptr_t)v->frames[i + 1] - 1);
            return next & ALLOCATION_LENDS ? next : rule;
        }
    return rule;
}

KIT_INSIDE static void kit_judge(struct kit_verdict *v, void *caller)
{
    unsigned rule = kit_rule_of((uintptr_t)caller - 1);
    v->frames[0] = caller;
    v->frame_count = 1;
    if (rule == ALLOCATION_TRANSPARENT || kit_state.deep)
        v->frame_count = backtrace(v->frames, KIT_FRAMES);
    int i = 0;
    while (i < v->frame_count && v->frames[i] != caller) /* this function and the allocator */
        i++;
    for (; i < v->frame_count && rule == ALLOCATION_TRANSPARENT; i++)
        rule = kit_rule_of((uintptr_t)v->frames[i] - 1);
    if (rule & ALLOCATION_PROGRAM && kit_state.lends)
        rule = kit_lender(v, caller, rule);
    v->counts = rule & ALLOCATION_COUNTS;
    if (!(rule & ALLOCATION_FAILS))
        return;
    size_t number = atomic_fetch_add(&kit_state.seen, 1) + 1;
    v->fails = number == kit_state.fails_from || (kit_state.onwards && number > kit_state.fails_from);
    if (v->fails && atomic_fetch_add(&kit_state.failed, 1) == 0) {
        kit_state.failed_rule = rule;
        kit_state.failed_frame_count = backtrace(kit_state.failed_frames, KIT_FRAMES);
    }
}

KIT_INSIDE static inline bool kit_is_watching(void)
{
    return atomic_load_explicit(&kit_state.watching, memory_order_relaxed) && !kit_exempt;
}

#define KIT_ALLOCATE(allocation)                                                                             \
    do {                                                                                                     \
        struct kit_verdict v_ = {0};                                                                         \
        if (kit_is_watching())                                                                               \
            kit_judge(&v_, __builtin_return_address(0));                                                     \
        if (v_.fails) {                                                                                      \
            errno = ENOMEM;                                                                                  \
            return NULL;                                                                                     \
        }                                                                                                    \
        void *at_ = (allocation);                                                                            \
        if (at_ && v_.counts)                                                                                \
            kit_note(at_, v_.frames, v_.frame_count);                                                        \
        return at_;                                                                                          \
    } while (0)

KIT_INTERPOSED void *malloc(size_t size)
{
    KIT_ALLOCATE(__interceptor_malloc ? __interceptor_malloc(size) : __libc_malloc(size));
}

KIT_INTERPOSED void *calloc(size_t count, size_t size)
{
    KIT_ALLOCATE(__interceptor_calloc ? __interceptor_calloc(count, size) : __libc_calloc(count, size));
}

KIT_INTERPOSED void free(void *at)
{
    if (at && atomic_load_explicit(&kit_state.watching, memory_order_relaxed))
        kit_forget(at);
    if (__interceptor_free)
        __interceptor_free(at);
    else
        __libc_free(at);
}

KIT_INTERPOSED void *realloc(void *old, size_t size)
{
    if (old && atomic_load_explicit(&kit_state.watching, memory_order_relaxed) && size) {
        struct kit_verdict v = {0};
        if (!kit_exempt)
            kit_judge(&v, __builtin_return_address(0));
        if (v.fails) {
            errno = ENOMEM;
            return NULL;
        }
        /* It is counted again wherever it comes to be, if it was counted before: some are made unwatched. */
        bool counts = kit_forget(old);
        void *at = __interceptor_realloc ? __interceptor_realloc(old, size) : __libc_realloc(old, size);
        if (counts)
            kit_note(at ? at : old, v.frames, v.frame_count);
        return at;
    }
    if (old && size == 0)
        kit_forget(old);
    KIT_ALLOCATE(__interceptor_realloc ? __interceptor_realloc(old, size) : __libc_realloc(old, size));
}

/* The dynamic linker's allocations live as long as the process. LeakSanitizer knows them by their caller,
   which is the malloc() above. */
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void)
{
    return "leak:ld-linux\n";
}

/* ---- Watching an operation ---- */

static int kit_add_module(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size, (void)context;
    unsigned rule = ALLOCATION_IGNORED;
    bool program = kit_state.module_count == 0; /* which comes first */
    for (size_t i = COUNT(kit_rules); i-- > 0;) {
        const char *name = kit_rules[i].name;
        if (program ? name[0] == '\0' : name[0] && strstr(info->dlpi_name, name))
            rule = kit_rules[i].rule;
    }
    uintptr_t begin = UINTPTR_MAX, end = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type != PT_LOAD)
            continue;
        uintptr_t at = info->dlpi_addr + p->p_vaddr;
        begin = at < begin ? at : begin;
        end = at + p->p_memsz > end ? at + p->p_memsz : end;
    }
    if (kit_state.module_count == KIT_MODULES)
        return 1;
    kit_state.lends |= (rule & ALLOCATION_LENDS) != 0;
    if (rule & ALLOCATION_LENDS && kit_state.with_openssl)
        rule |= ALLOCATION_FAILS;
    kit_state.modules[kit_state.module_count].begin = begin;
    kit_state.modules[kit_state.module_count].end = end;
    kit_state.modules[kit_state.module_count++].rule = rule;
    return 0;
}

/* Before the first operation. */
static void kit_start(bool with_openssl)
{
    kit_state.with_openssl = with_openssl;
    kit_state.shown = dup(STDERR_FILENO);
    /* A sanitizer's report goes to standard error, and must not be lost. */
    kit_state.nowhere = __interceptor_malloc ? dup(STDERR_FILENO) : open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_true(kit_state.nowhere >= 0 && kit_state.shown >= 0);
    kit_state.deep = getenv(kit_deep_variable) != NULL;
    kit_state.module_count = 0;
    assert_int_equal(dl_iterate_phdr(kit_add_module, NULL), 0);
}

static void kit_watch(size_t fails_from, bool onwards)
{
    kit_state.fails_from = fails_from;
    kit_state.onwards = onwards;
    atomic_store(&kit_state.seen, 0);
    atomic_store(&kit_state.failed, 0);
    kit_state.round++;
    kit_state.live_count = 0;
    atomic_store(&kit_state.watching, true);
}

static void kit_show_frames(const char *what, void *const *frames, int count)
{
    dprintf(kit_state.shown, "%s\n", what);
    backtrace_symbols_fd(frames, count, kit_state.shown);
}

#define KIT_FAIL(what, format, ...)                                                                          \
    do {                                                                                                     \
        atomic_store(&kit_state.watching, false);                                                            \
        dup2(kit_state.shown, STDERR_FILENO);                                                                \
        kit_show_frames("failed here:", kit_state.failed_frames, kit_state.failed_frame_count);              \
        fail_msg("%s, allocation %zu%s: " format, what, kit_state.fails_from,                                \
                 kit_state.onwards ? " and all after it" : "", __VA_ARGS__);                                 \
    } while (0)

static int kit_count_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* Ends the watch. Returns how many allocations failed. */
static size_t kit_unwatch(const char *what)
{
    atomic_store(&kit_state.watching, false);
    assert_false(atomic_load(&kit_state.full));
    if (kit_state.live_count) {
        for (size_t i = 0; i < KIT_LIVE; i++)
            if (kit_state.live[i].round == kit_state.round && kit_state.live[i].at != 1)
                kit_show_frames("never freed, allocated here:", kit_state.live[i].frames,
                                kit_state.live[i].frame_count);
        KIT_FAIL(what, "%zu leaks", kit_state.live_count);
    }
    return atomic_load(&kit_state.failed);
}

/*
 * Something that allocates, and gives all back. True if it did what it always does; it asserts that itself.
 * False with an error.
 */
typedef bool kit_operation(void *context, error *err);

/* Whether an error says that it is for want of memory, rather than blame what was read. */
static bool kit_blames_memory(const error *err)
{
    return err->kind == SHELFLIFE_ERROR_MEMORY || strcasestr(err->text, "memory");
}

/*
 * Does the operation with each of its allocations failing in turn. It must then do what it always does, or
 * fail for want of memory; must leave nothing allocated, and no file open; and must work the next time.
 */
static void kit_fail_each(const char *what, kit_operation *operation, void *context)
{
    size_t total = 0;
    error err = {0};
    dup2(kit_state.nowhere, STDERR_FILENO);
    if (!operation(context, &err)) /* what is made once and kept is made here */
        KIT_FAIL(what, "%s", err.text);
    int descriptors = kit_count_descriptors();
    for (int onwards = 0; onwards <= 1; onwards++)
        for (size_t n = 1, failed = 1; failed; n += kit_step) {
            err = (error){0};
            kit_watch(n, onwards);
            bool ok = operation(context, &err);
            failed = kit_unwatch(what);
            int left = kit_count_descriptors() - descriptors;
            descriptors += left;
            if (left && !(failed && kit_state.failed_rule & ALLOCATION_OPENS))
                KIT_FAIL(what, "%d files are left open", left);
            if (!ok && (!failed || !kit_blames_memory(&err)))
                KIT_FAIL(what, "%s", err.text);
            if (failed && !operation(context, &err))
                KIT_FAIL(what, "does not work afterwards: %s", err.text);
            total += failed != 0;
        }
    dup2(kit_state.shown, STDERR_FILENO);
    print_message("%s: %zu failures\n", what, total);
    assert_true(total > 0);
}

#endif
