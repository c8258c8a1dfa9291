#include "server/server.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wait.h"
#include "server/clock.h"
#include "server/listen.h"
#include "server/microhttpd.h"
#include "server/probe.h"
#include "server/webhook.h"
#include "shelflife/version.h"

enum {
    REAP_INTERVAL = 200, /* milliseconds, as all times here */
    TRIM_ROUNDS = 50,    /* of the reaper: every ten seconds */
    DRAIN_STEP = 50,
    DRAIN_QUIET = 1000,   /* without connections; until then clients may still be routed here by a Service */
    FINISH_MAX = 5000,    /* for open requests, after the grace period */
    OTHER_FILES = 64,     /* file descriptors for everything except connections */
    ALLOCATOR_ARENAS = 8, /* of glibc, which by default makes eight for each core */
    LARGE_BLOCK = 1 << 20 /* bytes; glibc would learn to keep larger blocks in each arena */
};

/* Shuts down connections that are past their deadlines, and writes log lines that wait. */
struct reaper {
    pthread_t thread;
    bool started;
    pthread_mutex_t lock; /* of stop */
    pthread_cond_t changed;
    bool stop;
};

struct shelflife_server {
    struct shelflife_server_config config;
    struct shelflife_log log;
    struct shelflife_server_metrics metrics;
    struct shelflife_sources_live sources;
    struct shelflife_server_certificate certificate;
    struct shelflife_server_webhook webhook;
    struct shelflife_server_probe probe;
    struct reaper reaper;
    uint16_t port, probe_port;
    atomic_bool draining;
    sigset_t signals, signals_before;
};

/* libmicrohttpd detected an internal error, and expects the process to end. */
static void panic(void *log, const char *file, unsigned line_number, const char *reason)
{
    struct shelflife_log_line line;
    shelflife_log_begin(&line, log, SHELFLIFE_LOG_ERROR, "libmicrohttpd: internal error");
    shelflife_log_string(&line, "file", shelflife_str_of(file));
    shelflife_log_integer(&line, "line", line_number);
    shelflife_log_string(&line, "reason", shelflife_str_of(reason));
    shelflife_log_end(&line);
    abort();
}

/* Settings of the whole process. */
static void prepare_process(struct shelflife_server *server)
{
    sigemptyset(&server->signals);
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < COUNT(signals); i++)
        sigaddset(&server->signals, signals[i]);
    sigset_t blocked = server->signals;
    sigaddset(&blocked, SIGPIPE); /* the reader of the log may exit */
    pthread_sigmask(SIG_BLOCK, &blocked, &server->signals_before);
    mallopt(M_ARENA_MAX, ALLOCATOR_ARENAS);
    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK); /* is given back as soon as it is freed */
    mallopt(M_TRIM_THRESHOLD, LARGE_BLOCK);
    MHD_set_panic_func(panic, &server->log);
}

/* Each connection needs a file descriptor; many need more than the usual soft limit. */
static bool allow_descriptors(const struct shelflife_server_config *config, error *err)
{
    rlim_t need = config->max_connections + 4 * SHELFLIFE_SERVER_SPARE_CONNECTIONS + OTHER_FILES;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= need)
        return true;
    limit.rlim_cur = need;
    if (limit.rlim_max >= need && setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return true;
    return shelflife_fail(
        err, SHELFLIFE_ERROR_USAGE, "%u connections need %llu open files, but the limit is %llu (ulimit -n)",
        config->max_connections, (unsigned long long)need, (unsigned long long)limit.rlim_max);
}

static void *reap(void *context)
{
    struct shelflife_server *server = context;
    struct reaper *reaper = &server->reaper;
    unsigned rounds = 0;
    pthread_mutex_lock(&reaper->lock);
    while (!reaper->stop) {
        struct timespec until = shelflife_wait_deadline(REAP_INTERVAL);
        pthread_cond_timedwait(&reaper->changed, &reaper->lock, &until);
        shelflife_log_flush(&server->log);
        shelflife_server_connections_reap(&server->webhook.connections);
        shelflife_server_connections_reap(&server->probe.connections);
        if (++rounds % TRIM_ROUNDS == 0)
            malloc_trim(0); /* a storm leaves free pages between those in use */
    }
    pthread_mutex_unlock(&reaper->lock);
    return NULL;
}

static void init_reaper(struct reaper *reaper)
{
    shelflife_wait_init(&reaper->changed);
    pthread_mutex_init(&reaper->lock, NULL);
}

static bool start_reaper(struct shelflife_server *server, error *err)
{
    int code = pthread_create(&server->reaper.thread, NULL, reap, server);
    server->reaper.started = code == 0;
    return server->reaper.started ||
           shelflife_fail(err, SHELFLIFE_ERROR_MEMORY, "cannot start a thread: %s", strerror(code));
}

static void stop_reaper(struct reaper *reaper)
{
    if (reaper->started) {
        pthread_mutex_lock(&reaper->lock);
        reaper->stop = true;
        pthread_cond_signal(&reaper->changed);
        pthread_mutex_unlock(&reaper->lock);
        pthread_join(reaper->thread, NULL);
    }
    pthread_cond_destroy(&reaper->changed);
    pthread_mutex_destroy(&reaper->lock);
}

static ino_t inode_of(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

/* libmicrohttpd closes the socket that it was given in some of its failures only, and logs all of them except
   those for lack of memory. */
static bool fail_to_serve(const char *address, int fd, ino_t inode, error *err)
{
    int code = errno;
    if (inode && inode_of(fd) == inode)
        close(fd);
    return code == ENOMEM ? shelflife_fail_memory(err)
                          : shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot serve on %s", address);
}

static bool start_ports(struct shelflife_server *server, error *err)
{
    const struct shelflife_server_config *config = &server->config;
    int fd = shelflife_server_listen(config->listen, &server->port, err);
    if (fd < 0)
        return false;
    ino_t inode = inode_of(fd);
    if (!shelflife_server_webhook_start(&server->webhook, fd))
        return fail_to_serve(config->listen, fd, inode, err);
    if (!config->probe_listen)
        return true;
    fd = shelflife_server_listen(config->probe_listen, &server->probe_port, err);
    if (fd < 0)
        return false;
    inode = inode_of(fd);
    return shelflife_server_probe_start(&server->probe, fd) ||
           fail_to_serve(config->probe_listen, fd, inode, err);
}

static void log_start(struct shelflife_server *server)
{
    struct shelflife_sources_snapshot *loaded = shelflife_sources_live_take(&server->sources);
    const struct shelflife_snapshot *view = shelflife_sources_snapshot_view(loaded);
    struct shelflife_log_line line;
    shelflife_log_begin(&line, &server->log, SHELFLIFE_LOG_INFO, "serving");
    shelflife_log_string(&line, "version", STR(SHELFLIFE_VERSION));
    shelflife_log_string(&line, "listen", shelflife_str_of(server->config.listen));
    shelflife_log_integer(&line, "port", server->port);
    if (server->probe_port)
        shelflife_log_integer(&line, "probePort", server->probe_port);
    shelflife_log_integer(&line, "catalogs", (int64_t)shelflife_catalogs_count(view->catalogs));
    shelflife_log_string(&line, "digest", view->digest);
    if (server->config.at != SHELFLIFE_DAY_NONE) {
        char day[SHELFLIFE_DAY_TEXT_MAX];
        shelflife_log_string(&line, "at", shelflife_str_of(shelflife_day_format(server->config.at, day)));
    }
    shelflife_log_end(&line);
    shelflife_sources_snapshot_release(loaded);
}

static bool start(struct shelflife_server *server, error *err)
{
    return shelflife_server_config_check(&server->config, err) &&
           shelflife_server_workers_prepare(&server->webhook.workers, err) &&
           allow_descriptors(&server->config, err) && shelflife_sources_live_load(&server->sources, err) &&
           shelflife_server_certificate_load(&server->certificate, err) && start_ports(server, err) &&
           start_reaper(server, err);
}

/* Everything that shelflife_server_free() frees. None of it can fail, so that a failed start can free it all.
 */
static void init(struct shelflife_server *server, const struct shelflife_server_config *config)
{
    server->config = *config;
    shelflife_log_init(&server->log, STDERR_FILENO, config->log_format);
    shelflife_sources_live_init(&server->sources, &server->config.sources, &server->log);
    shelflife_server_certificate_init(&server->certificate, &server->config, &server->log);
    shelflife_server_webhook_init(
        &server->webhook, &(struct shelflife_server_webhook_parts){.config = &server->config,
                                                                   .log = &server->log,
                                                                   .metrics = &server->metrics,
                                                                   .certificate = &server->certificate,
                                                                   .sources = &server->sources,
                                                                   .draining = &server->draining});
    shelflife_server_probe_init(
        &server->probe, &(struct shelflife_server_probe_parts){.config = &server->config,
                                                               .log = &server->log,
                                                               .metrics = &server->metrics,
                                                               .certificate = &server->certificate,
                                                               .sources = &server->sources,
                                                               .connections = &server->webhook.connections,
                                                               .budget = &server->webhook.budget,
                                                               .draining = &server->draining});
    init_reaper(&server->reaper);
    prepare_process(server);
}

struct shelflife_server *shelflife_server_start(const struct shelflife_server_config *config, error *err)
{
    struct shelflife_server *server = calloc(1, sizeof(*server));
    if (!server) {
        shelflife_fail_memory(err);
        return NULL;
    }
    init(server, config);
    if (!start(server, err)) {
        shelflife_server_free(server);
        return NULL;
    }
    log_start(server);
    return server;
}

uint16_t shelflife_server_port(const struct shelflife_server *server)
{
    return server->port;
}

uint16_t shelflife_server_probe_port(const struct shelflife_server *server)
{
    return server->probe_port;
}

struct shelflife_log *shelflife_server_log(struct shelflife_server *server)
{
    return &server->log;
}

void shelflife_server_reload(struct shelflife_server *server, bool all)
{
    shelflife_sources_live_check(&server->sources, all);
    shelflife_server_certificate_check(&server->certificate, all);
}

bool shelflife_server_set_certificate(struct shelflife_server *server, str certificate, str key, int64_t now,
                                      error *err)
{
    return shelflife_server_certificate_set(&server->certificate, certificate, key, now, err);
}

/* The next signal, or 0 if none arrives in time. */
static int wait_signal(const struct shelflife_server *server, unsigned milliseconds)
{
    struct timespec time = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    int signal = sigtimedwait(&server->signals, NULL, &time);
    return signal > 0 ? signal : 0;
}

static void log_plain(struct shelflife_server *server, const char *message)
{
    struct shelflife_log_line line;
    shelflife_log_begin(&line, &server->log, SHELFLIFE_LOG_INFO, message);
    shelflife_log_integer(&line, "connections",
                          shelflife_server_connections_count(&server->webhook.connections));
    shelflife_log_end(&line);
}

/* Waits until no client has been connected for a while, or the grace period has ended. False after a second
   signal. New connections are still accepted: clients that were routed here before the probe failed must not
   be turned away. */
static bool wait_for_clients(struct shelflife_server *server)
{
    int64_t end = shelflife_server_milliseconds() + server->config.grace_period, quiet_since = 0;
    for (;;) {
        int64_t now = shelflife_server_milliseconds();
        if (shelflife_server_connections_count(&server->webhook.connections))
            quiet_since = 0;
        else if (!quiet_since)
            quiet_since = now;
        if (now >= end || (quiet_since && now - quiet_since >= DRAIN_QUIET))
            return true;
        int signal = wait_signal(server, DRAIN_STEP);
        if (signal == SIGTERM || signal == SIGINT)
            return false;
    }
}

static void drain(struct shelflife_server *server)
{
    atomic_store(&server->draining, true);
    log_plain(server, "draining");
    if (!wait_for_clients(server))
        return;
    shelflife_server_webhook_quiesce(&server->webhook); /* so that open requests come to an end */
    int64_t end = shelflife_server_milliseconds() + FINISH_MAX;
    while (shelflife_server_connections_busy(&server->webhook.connections) &&
           shelflife_server_milliseconds() < end)
        wait_signal(server, DRAIN_STEP);
}

void shelflife_server_run(struct shelflife_server *server)
{
    const unsigned forever = 3600 * 1000;
    unsigned interval = server->config.reload_interval;
    for (;;) {
        int signal = wait_signal(server, interval ? interval : forever);
        if (signal == SIGTERM || signal == SIGINT)
            break;
        if (signal == SIGHUP || interval)
            shelflife_server_reload(server, signal == SIGHUP);
    }
    drain(server);
    log_plain(server, "stopping");
}

/* If the reader of the log has exited, a write may have left a SIGPIPE, which must not arrive now. */
static void restore_signals(const struct shelflife_server *server)
{
    const struct timespec no_time = {0};
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    while (sigtimedwait(&broken_pipe, NULL, &no_time) > 0)
        ;
    pthread_sigmask(SIG_SETMASK, &server->signals_before, NULL);
}

void shelflife_server_free(struct shelflife_server *server)
{
    if (!server)
        return;
    shelflife_server_webhook_stop(&server->webhook);
    shelflife_server_probe_stop(&server->probe);
    stop_reaper(&server->reaper);
    shelflife_server_probe_free(&server->probe);
    shelflife_server_webhook_free(&server->webhook);
    shelflife_server_certificate_free(&server->certificate);
    shelflife_sources_live_free(&server->sources);
    MHD_set_panic_func(NULL, NULL);
    shelflife_log_free(&server->log);
    restore_signals(server);
    free(server);
}
