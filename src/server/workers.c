#include "server/workers.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "server/microhttpd.h"

enum {
    BEGIN_MAX = SHELFLIFE_SERVER_SPARE_CONNECTIONS / 2, /* connections that were given, and have not begun */
    STEP = 1,                                           /* milliseconds of a wait, as these two */
    PAUSE = 20,                                         /* after a failure to accept */
    LOST = 1000 /* after which a connection that has not begun never will: there was no memory for it */
};

static unsigned count_processors(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    return count > 0 ? (unsigned)count : 1;
}

void shelflife_server_workers_init(struct shelflife_server_workers *workers,
                                   struct shelflife_server_connections *connections)
{
    unsigned processors = count_processors();
    *workers = (struct shelflife_server_workers){.connections = connections, .fd = -1};
    workers->count =
        processors < SHELFLIFE_SERVER_WORKERS_MAX ? processors : (unsigned)SHELFLIFE_SERVER_WORKERS_MAX;
    for (unsigned i = 0; i < workers->count; i++) {
        workers->at[i].all = workers;
        shelflife_server_pool_init(&workers->at[i].pool);
    }
}

bool shelflife_server_workers_prepare(struct shelflife_server_workers *workers, error *err)
{
    for (unsigned i = 0; i < workers->count; i++)
        if (!shelflife_server_pool_prepare(&workers->at[i].pool, err))
            return false;
    return true;
}

void shelflife_server_workers_free(struct shelflife_server_workers *workers)
{
    for (unsigned i = 0; i < workers->count; i++)
        shelflife_server_pool_free(&workers->at[i].pool);
}

unsigned shelflife_server_workers_most(const struct shelflife_server_workers *workers)
{
    return workers->connections->limit + SHELFLIFE_SERVER_SPARE_CONNECTIONS;
}

static void wait_for(unsigned milliseconds)
{
    const struct timespec time = {0, (long)milliseconds * 1000000};
    nanosleep(&time, NULL);
}

static bool is_stopping(const struct shelflife_server_workers *workers)
{
    return atomic_load_explicit(&workers->stopping, memory_order_relaxed);
}

/* Until then, new connections wait in the kernel's queue. */
static void wait_for_places(struct shelflife_server_workers *workers)
{
    unsigned most = shelflife_server_workers_most(workers) - BEGIN_MAX;
    for (unsigned waited = 0; !is_stopping(workers); waited += STEP) {
        unsigned begun = atomic_load_explicit(&workers->begun, memory_order_relaxed);
        if (waited >= LOST)
            workers->given = begun;
        /* The difference, since both may overflow. */
        bool begin = (int)(workers->given - begun) < BEGIN_MAX;
        if (begin && shelflife_server_connections_count(workers->connections) < most)
            return;
        wait_for(STEP);
    }
}

/* The worker that has the fewest connections; of several, another one each time. */
static struct shelflife_server_worker *choose(struct shelflife_server_workers *workers)
{
    struct shelflife_server_worker *best = NULL;
    unsigned fewest = 0;
    for (unsigned i = 0; i < workers->count; i++) {
        struct shelflife_server_worker *worker = &workers->at[(workers->given + i) % workers->count];
        unsigned open = atomic_load_explicit(&worker->open, memory_order_relaxed);
        if (!best || open < fewest) {
            best = worker;
            fewest = open;
        }
    }
    return best;
}

static void give(struct shelflife_server_workers *workers, int fd, const struct sockaddr *peer, socklen_t len)
{
    struct shelflife_server_worker *worker = choose(workers);
    /* It closes the connection if it fails. */
    if (MHD_add_connection(worker->daemon, fd, peer, len) == MHD_YES)
        workers->given++;
}

/* Errors of a single connection, which accept() returns if it ended before. The others last: for example, no
   descriptor is free. */
static bool is_of_connection(int code)
{
    return code == ECONNABORTED || code == EAGAIN || code == EINTR || code == EPROTO || code == EPERM ||
           code == ENETDOWN || code == ENETUNREACH || code == EHOSTDOWN || code == EHOSTUNREACH ||
           code == ENONET || code == ENOPROTOOPT || code == EOPNOTSUPP;
}

static void fail_to_accept(struct shelflife_server_workers *workers, int code)
{
    if (is_of_connection(code) || is_stopping(workers))
        return;
    shelflife_server_transport_report(workers->connections, "cannot accept a connection",
                                      shelflife_str_of(strerror(code)));
    wait_for(PAUSE);
}

static void *accept_all(void *context)
{
    struct shelflife_server_workers *workers = context;
    for (;;) {
        struct pollfd arrival = {.fd = workers->fd, .events = POLLIN};
        struct sockaddr_storage peer;
        socklen_t len = sizeof(peer);
        wait_for_places(workers);
        poll(&arrival, 1, -1);
        if (is_stopping(workers))
            return NULL;
        int fd = accept4(workers->fd, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
            fail_to_accept(workers, errno);
        else
            give(workers, fd, (struct sockaddr *)&peer, len);
    }
}

bool shelflife_server_workers_accept(struct shelflife_server_workers *workers, int fd)
{
    workers->fd = fd;
    if (pthread_create(&workers->acceptor, NULL, accept_all, workers) == 0)
        return true;
    workers->fd = -1;
    errno = ENOMEM;
    return false;
}

void shelflife_server_workers_quiesce(struct shelflife_server_workers *workers)
{
    if (workers->fd < 0)
        return;
    atomic_store_explicit(&workers->stopping, true, memory_order_relaxed);
    shutdown(workers->fd, SHUT_RDWR); /* ends poll() */
    pthread_join(workers->acceptor, NULL);
    close(workers->fd);
    workers->fd = -1;
}

void shelflife_server_workers_stop(struct shelflife_server_workers *workers)
{
    shelflife_server_workers_quiesce(workers);
    for (unsigned i = 0; i < workers->count; i++) {
        if (workers->at[i].daemon)
            MHD_stop_daemon(workers->at[i].daemon);
        workers->at[i].daemon = NULL;
    }
}

void shelflife_server_worker_begin(struct shelflife_server_worker *worker)
{
    atomic_fetch_add_explicit(&worker->open, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&worker->all->begun, 1, memory_order_relaxed);
}

void shelflife_server_worker_end(struct shelflife_server_worker *worker)
{
    atomic_fetch_sub_explicit(&worker->open, 1, memory_order_relaxed);
}
