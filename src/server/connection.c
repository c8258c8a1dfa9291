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

/* The caller holds the lock, so that the descriptor cannot be closed and reused for another connection. */
static void shut_down(struct shelflife_server_connection *connection)
{
    connection->shut = true;
    connection->all->open--;
    shutdown(connection->fd, SHUT_RDWR);
}

static struct in6_addr address_of(const struct sockaddr *peer)
{
    struct in6_addr address = IN6ADDR_ANY_INIT;
    if (peer->sa_family == AF_INET6) {
        memcpy(&address, &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr, sizeof(address));
    } else if (peer->sa_family == AF_INET) {
        memset(&address.s6_addr[10], 0xff, 2);
        memcpy(&address.s6_addr[12], &((const struct sockaddr_in *)(const void *)peer)->sin_addr, 4);
    }
    return address;
}

static bool same_address(const struct shelflife_server_connection *a,
                         const struct shelflife_server_connection *b)
{
    return memcmp(&a->address, &b->address, sizeof(a->address)) == 0;
}

/* What an address holds, and which of its connections goes first. */
struct holding {
    unsigned count;
    bool own; /* of the new connection */
    struct shelflife_server_connection *first;
    int turn; /* of the first: lower ones go first */
    int64_t idle_since;
};

static const int turns[] = {[SHELFLIFE_SERVER_STAGE_IDLE] = 0,
                            [SHELFLIFE_SERVER_STAGE_OPENING] = 1,
                            [SHELFLIFE_SERVER_STAGE_HEADERS] = 1,
                            [SHELFLIFE_SERVER_STAGE_BODY] = 1,
                            [SHELFLIFE_SERVER_STAGE_REPLY] = 2};
_Static_assert(COUNT(turns) == COUNT(stage_names), "a turn for each stage");

static bool goes_before(const struct holding *a, const struct holding *b)
{
    return a->turn != b->turn ? a->turn < b->turn : a->idle_since < b->idle_since;
}

static bool pays_before(const struct holding *a, const struct holding *b)
{
    if (a->count != b->count)
        return a->count > b->count;
    return a->own != b->own ? b->own : goes_before(a, b);
}

static struct holding holding_of(struct shelflife_server_connection *newest,
                                 const struct shelflife_server_connection *newcomer, bool verified)
{
    struct holding all = {.own = same_address(newest, newcomer)};
    for (struct shelflife_server_connection *c = newest; c; c = c->older) {
        if (c == newcomer || c->shut ||
            (!verified && atomic_load_explicit(&c->verified, memory_order_relaxed)))
            continue;
        struct holding this = {.count = all.count + 1,
                               .own = all.own,
                               .first = c,
                               .turn = turns[atomic_load_explicit(&c->stage, memory_order_relaxed)],
                               .idle_since = atomic_load_explicit(&c->idle_since, memory_order_relaxed)};
        if (all.count++ == 0 || !goes_before(&all, &this))
            all = this;
    }
    return all;
}

/* The holding that pays for the new connection; without connections if there are none of this kind. */
static struct holding choose(const struct shelflife_server_connections *all,
                             const struct shelflife_server_connection *newcomer, bool verified)
{
    struct holding pays = {.count = 0};
    for (struct shelflife_server_connection *newest = all->first; newest; newest = newest->next) {
        struct holding holding = holding_of(newest, newcomer, verified);
        if (holding.count && pays_before(&holding, &pays))
            pays = holding;
    }
    return pays;
}

static void shed(struct shelflife_server_connections *all, const struct shelflife_server_connection *newcomer)
{
    struct holding pays = choose(all, newcomer, false);
    if (!pays.count)
        pays = choose(all, newcomer, true);
    if (!pays.first)
        return;
    atomic_fetch_add_explicit(&all->metrics->shed, 1, memory_order_relaxed);
    if (shelflife_log_peer(all->log)) {
        struct shelflife_log_line line;
        shelflife_log_begin(&line, all->log, SHELFLIFE_LOG_WARNING,
                            "too many connections: closed one of the address that has the most");
        shelflife_log_integer(&line, "limit", all->limit);
        log_peer(&line, pays.first->fd);
        shelflife_log_integer(&line, "connections", pays.count);
        shelflife_log_end(&line);
    }
    shut_down(pays.first);
}

/* Makes `new` the newest one of its address instead of `old`; either may be NULL. */
static void replace_newest(struct shelflife_server_connections *all, struct shelflife_server_connection *old,
                           struct shelflife_server_connection *new)
{
    struct shelflife_server_connection *previous = old ? old->previous : all->last;
    struct shelflife_server_connection *next = old ? old->next : NULL;
    if (new) {
        new->newer = NULL;
        new->previous = previous;
        new->next = next;
    }
    *(previous ? &previous->next : &all->first) = new ? new : next;
    *(next ? &next->previous : &all->last) = new ? new : previous;
}

static void insert(struct shelflife_server_connections *all, struct shelflife_server_connection *connection)
{
    struct shelflife_server_connection *newest = all->first;
    while (newest && !same_address(newest, connection))
        newest = newest->next;
    replace_newest(all, newest, connection);
    connection->older = newest;
    if (newest)
        newest->newer = connection;
    all->count++;
    all->open++;
}

void shelflife_server_connections_add(struct shelflife_server_connections *all,
                                      struct shelflife_server_connection *connection, int fd,
                                      const struct sockaddr *peer, unsigned timeout)
{
    connection->all = all;
    connection->shut = false;
    connection->fd = fd;
    connection->address = address_of(peer);
    atomic_init(&connection->verified, false);
    atomic_init(&connection->stage, SHELFLIFE_SERVER_STAGE_OPENING);
    atomic_init(&connection->deadline, shelflife_server_milliseconds() + timeout);
    atomic_init(&connection->idle_since, shelflife_server_nanoseconds());
    connection->served = false;
    pthread_mutex_lock(&all->lock);
    insert(all, connection);
    if (all->open > all->limit)
        shed(all, connection);
    pthread_mutex_unlock(&all->lock);
}

bool shelflife_server_connections_remove(struct shelflife_server_connection *connection)
{
    struct shelflife_server_connections *all = connection->all;
    pthread_mutex_lock(&all->lock);
    if (connection->newer)
        connection->newer->older = connection->older;
    else
        replace_newest(all, connection, connection->older);
    if (connection->older)
        connection->older->newer = connection->newer;
    all->count--;
    all->open -= !connection->shut;
    bool shut = connection->shut;
    pthread_mutex_unlock(&all->lock);
    return shut;
}

static void reap(struct shelflife_server_connection *c, int64_t now)
{
    int64_t deadline = atomic_load_explicit(&c->deadline, memory_order_relaxed);
    if (c->shut || !deadline || deadline > now)
        return;
    int stage = atomic_load_explicit(&c->stage, memory_order_relaxed);
    if (stage != SHELFLIFE_SERVER_STAGE_IDLE)
        shelflife_server_connection_report(c, SHELFLIFE_SERVER_REASON_TIMEOUT,
                                           "closed a connection that exceeded a timeout", stage_names[stage]);
    shut_down(c);
}

void shelflife_server_connections_reap(struct shelflife_server_connections *all)
{
    int64_t now = shelflife_server_milliseconds();
    pthread_mutex_lock(&all->lock);
    for (struct shelflife_server_connection *newest = all->first; newest; newest = newest->next)
        for (struct shelflife_server_connection *c = newest; c; c = c->older)
            reap(c, now);
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
    for (const struct shelflife_server_connection *newest = all->first; newest; newest = newest->next)
        for (const struct shelflife_server_connection *c = newest; c; c = c->older)
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

void shelflife_server_connection_serve(struct shelflife_server_connection *connection)
{
    connection->served = true;
    atomic_store_explicit(&connection->idle_since, shelflife_server_nanoseconds(), memory_order_relaxed);
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
