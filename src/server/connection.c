#include "server/connection.h"

#include <netdb.h>
#include <sys/socket.h>

#include "server/clock.h"

static const char *const stage_names[] = {"handshake or headers", "idle", "headers", "body", "reply"};
_Static_assert(COUNT(stage_names) == SHELFLIFE_SERVER_STAGE_REPLY + 1, "a name for each stage");

void shelflife_server_connections_init(struct shelflife_server_connections *all, unsigned limit,
                                       struct shelflife_log *log, struct shelflife_server_metrics *metrics)
{
    *all = (struct shelflife_server_connections){.limit = limit, .log = log, .metrics = metrics};
    pthread_mutex_init(&all->lock, NULL);
}

void shelflife_server_connections_free(struct shelflife_server_connections *all)
{
    pthread_mutex_destroy(&all->lock);
}

/* The caller holds the lock, so that the descriptor cannot be closed and reused for another connection. */
static void shut_down(struct shelflife_server_connection *connection)
{
    connection->shut = true;
    connection->all->open--;
    shutdown(connection->fd, SHUT_RDWR);
}

static void shed(struct shelflife_server_connections *all)
{
    struct shelflife_server_connection *c = all->oldest;
    while (c && (c->shut || atomic_load_explicit(&c->served, memory_order_relaxed)))
        c = c->newer;
    if (!c)
        return;
    atomic_fetch_add_explicit(&all->metrics->shed, 1, memory_order_relaxed);
    if (shelflife_log_peer(all->log)) {
        struct shelflife_log_line line;
        shelflife_log_begin(&line, all->log, SHELFLIFE_LOG_WARNING,
                            "too many connections: closed the oldest one that had not sent a review");
        shelflife_log_integer(&line, "limit", all->limit);
        shelflife_log_end(&line);
    }
    shut_down(c);
}

unsigned shelflife_server_connections_add(struct shelflife_server_connections *all,
                                          struct shelflife_server_connection *connection, int fd,
                                          unsigned timeout)
{
    connection->all = all;
    connection->fd = fd;
    connection->shut = false;
    atomic_init(&connection->served, false);
    atomic_init(&connection->stage, SHELFLIFE_SERVER_STAGE_OPENING);
    atomic_init(&connection->deadline, shelflife_server_milliseconds() + timeout);
    pthread_mutex_lock(&all->lock);
    connection->newer = NULL;
    connection->older = all->newest;
    *(all->newest ? &all->newest->newer : &all->oldest) = connection;
    all->newest = connection;
    all->count++;
    all->open++;
    if (all->open > all->limit)
        shed(all);
    unsigned closing = all->count - all->open;
    pthread_mutex_unlock(&all->lock);
    return closing;
}

bool shelflife_server_connections_remove(struct shelflife_server_connection *connection)
{
    struct shelflife_server_connections *all = connection->all;
    pthread_mutex_lock(&all->lock);
    *(connection->older ? &connection->older->newer : &all->oldest) = connection->newer;
    *(connection->newer ? &connection->newer->older : &all->newest) = connection->older;
    all->count--;
    all->open -= !connection->shut;
    bool shut = connection->shut;
    pthread_mutex_unlock(&all->lock);
    return shut;
}

void shelflife_server_connections_reap(struct shelflife_server_connections *all)
{
    int64_t now = shelflife_server_milliseconds();
    pthread_mutex_lock(&all->lock);
    for (struct shelflife_server_connection *c = all->oldest; c; c = c->newer) {
        int64_t deadline = atomic_load_explicit(&c->deadline, memory_order_relaxed);
        if (c->shut || !deadline || deadline > now)
            continue;
        int stage = atomic_load_explicit(&c->stage, memory_order_relaxed);
        shelflife_server_connection_report(c, SHELFLIFE_SERVER_REASON_TIMEOUT,
                                           "closed a connection that exceeded a timeout", stage_names[stage]);
        shut_down(c);
    }
    pthread_mutex_unlock(&all->lock);
}

unsigned shelflife_server_connections_count(struct shelflife_server_connections *all)
{
    pthread_mutex_lock(&all->lock);
    unsigned count = all->count;
    pthread_mutex_unlock(&all->lock);
    return count;
}

unsigned shelflife_server_connections_busy(struct shelflife_server_connections *all)
{
    unsigned busy = 0;
    pthread_mutex_lock(&all->lock);
    for (const struct shelflife_server_connection *c = all->oldest; c; c = c->newer)
        busy += atomic_load_explicit(&c->stage, memory_order_relaxed) != SHELFLIFE_SERVER_STAGE_IDLE;
    pthread_mutex_unlock(&all->lock);
    return busy;
}

void shelflife_server_connection_enter(struct shelflife_server_connection *connection,
                                       enum shelflife_server_stage stage, unsigned timeout)
{
    atomic_store_explicit(&connection->stage, (int)stage, memory_order_relaxed);
    atomic_store_explicit(&connection->deadline, timeout ? shelflife_server_milliseconds() + timeout : 0,
                          memory_order_relaxed);
}

bool shelflife_server_connection_serve(struct shelflife_server_connection *connection)
{
    if (atomic_load_explicit(&connection->served, memory_order_relaxed))
        return false;
    atomic_store_explicit(&connection->served, true, memory_order_relaxed);
    return true;
}

static void log_peer(struct shelflife_log_line *line, int fd)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);
    char host[NI_MAXHOST], port[NI_MAXSERV];
    if (getpeername(fd, (struct sockaddr *)&address, &len) != 0 ||
        getnameinfo((struct sockaddr *)&address, len, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return;
    shelflife_log_string(line, "peer", shelflife_str_of(host));
    shelflife_log_string(line, "port", shelflife_str_of(port));
}

void shelflife_server_connection_report(const struct shelflife_server_connection *connection,
                                        enum shelflife_server_reason reason, const char *message,
                                        const char *detail)
{
    const struct shelflife_server_connections *all = connection->all;
    shelflife_server_metrics_error(all->metrics, reason);
    if (!shelflife_log_peer(all->log))
        return;
    struct shelflife_log_line line;
    shelflife_log_begin(&line, all->log, SHELFLIFE_LOG_WARNING, message);
    shelflife_log_string(&line, "reason", shelflife_str_of(shelflife_server_reason_name(reason)));
    if (detail)
        shelflife_log_string(&line, "detail", shelflife_str_of(detail));
    log_peer(&line, connection->fd);
    shelflife_log_end(&line);
}
