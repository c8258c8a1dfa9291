#include "server/server.h"

#include <errno.h>
#include <malloc.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/wait.h"
#include "server/listen.h"
#include "server/microhttpd.h"
#include "server/state.h"
#include "shelflife/version.h"

enum {
    REAP_INTERVAL = 200, /* milliseconds, like all here */
    DRAIN_STEP = 50,
    DRAIN_QUIET = 1000,  /* nobody connected for so long: those who come by way of a Service know by now */
    FINISH_MAX = 5000,   /* for requests that are under way when the grace period ends */
    OTHER_FILES = 64,    /* descriptors beside connections */
    ALLOCATOR_ARENAS = 8 /* of glibc, which with a thread for each connection makes eight for each core */
};

void shelflife_server_defaults(struct shelflife_server_config *config)
{
    *config = (struct shelflife_server_config){
        .listen = ":8443",
        .probe_listen = ":8080",
        .at = SHELFLIFE_DAY_NONE,
        .max_body = (size_t)32 << 20,
        .max_connections = 256,
        .header_timeout = 10000,
        .body_timeout = 30000,
        .grace_period = 30000,
        .idle_timeout = 180000,
        .reload_interval = 2000,
    };
}

int64_t shelflife_server_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return now.tv_sec;
}

void shelflife_server_transport_log(void *context, const char *format, va_list args)
{
    struct shelflife_server *server = context;
    shelflife_server_metrics_error(&server->metrics, SHELFLIFE_SERVER_REASON_TRANSPORT);
    if (!shelflife_log_peer(&server->log))
        return;
    char text[512];
    int n = vsnprintf(text, sizeof(text), format, args);
    str detail = {text, n < 0 ? 0 : (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1};
    while (detail.len && detail.at[detail.len - 1] == '\n')
        detail.len--;
    struct shelflife_log_line line;
    shelflife_log_begin(&line, &server->log, SHELFLIFE_LOG_WARNING, "libmicrohttpd");
    shelflife_log_string(&line, "detail", detail);
    shelflife_log_end(&line);
}

/* libmicrohttpd found itself in a state that cannot be; it wants the process to end. */
static void panic(void *log, const char *file, unsigned line_number, const char *reason)
{
    struct shelflife_log_line line;
    shelflife_log_begin(&line, log, SHELFLIFE_LOG_ERROR, "libmicrohttpd panics");
    shelflife_log_string(&line, "file", shelflife_str_of(file));
    shelflife_log_integer(&line, "line", line_number);
    shelflife_log_string(&line, "reason", shelflife_str_of(reason));
    shelflife_log_end(&line);
    abort();
}

/* All that concerns the process as a whole. */
static void prepare_process(struct shelflife_server *server)
{
    sigemptyset(&server->signals);
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < COUNT(signals); i++)
        sigaddset(&server->signals, signals[i]);
    sigset_t blocked = server->signals;
    sigaddset(&blocked, SIGPIPE); /* a reader of the log may go away */
    pthread_sigmask(SIG_BLOCK, &blocked, &server->signals_before);
    mallopt(M_ARENA_MAX, ALLOCATOR_ARENAS);
    MHD_set_panic_func(panic, &server->log);
}

static bool check_config(const struct shelflife_server_config *config, error *err)
{
    enum { MOST_CONNECTIONS = 16384, LEAST_TIMEOUT = 100, LEAST_IDLE = 1000, LEAST_BODY = 1024 };
    const struct {
        const char *what, *unit;
        size_t value, least, most;
    } limits[] = {
        {"the limit of connections", "", config->max_connections, 1, MOST_CONNECTIONS},
        {"the limit of a body", " bytes", config->max_body, LEAST_BODY, SIZE_MAX},
        {"the timeout of headers", " ms", config->header_timeout, LEAST_TIMEOUT, INT32_MAX},
        {"the timeout of a body", " ms", config->body_timeout, LEAST_TIMEOUT, INT32_MAX},
        {"the timeout of an idle connection", " ms", config->idle_timeout, LEAST_IDLE, INT32_MAX},
    };
    if (!config->keeper && (!config->tls.certificate || !config->tls.key))
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "a serving certificate and its key are needed");
    for (size_t i = 0; i < COUNT(limits); i++)
        if (limits[i].value < limits[i].least || limits[i].value > limits[i].most)
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "%s must be at least %zu%s and at most %zu%s",
                                  limits[i].what, limits[i].least, limits[i].unit, limits[i].most,
                                  limits[i].unit);
    return true;
}

/* A descriptor for each connection: more than the usual soft limit, if many are wanted. */
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
    pthread_mutex_lock(&server->stop_lock);
    while (!server->stop) {
        struct timespec until = shelflife_wait_deadline(REAP_INTERVAL);
        pthread_cond_timedwait(&server->stop_changed, &server->stop_lock, &until);
        shelflife_log_flush(&server->log);
        shelflife_server_connections_reap(&server->connections);
        if (server->probe)
            shelflife_server_connections_reap(&server->probe_connections);
    }
    pthread_mutex_unlock(&server->stop_lock);
    return NULL;
}

static bool start_reaper(struct shelflife_server *server, error *err)
{
    shelflife_wait_init(&server->stop_changed);
    pthread_mutex_init(&server->stop_lock, NULL);
    int code = pthread_create(&server->reaper, NULL, reap, server);
    server->reaping = code == 0;
    return server->reaping ||
           shelflife_fail(err, SHELFLIFE_ERROR_MEMORY, "cannot start a thread: %s", strerror(code));
}

static bool start_daemons(struct shelflife_server *server, error *err)
{
    const struct shelflife_server_config *config = &server->config;
    int fd = shelflife_server_listen(config->listen, &server->port, err);
    if (fd < 0)
        return false;
    server->webhook = shelflife_server_webhook_start(server, fd);
    if (!server->webhook)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot serve at %s", config->listen);
    if (!config->probe_listen)
        return true;
    fd = shelflife_server_listen(config->probe_listen, &server->probe_port, err);
    if (fd < 0)
        return false;
    server->probe = shelflife_server_probe_start(server, fd);
    return server->probe ||
           shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot serve at %s", config->probe_listen);
}

static void log_start(struct shelflife_server *server)
{
    struct shelflife_loaded *loaded = shelflife_sources_current_take(&server->current);
    const struct shelflife_snapshot *view = shelflife_sources_snapshot_view(loaded);
    struct shelflife_log_line line;
    shelflife_log_begin(&line, &server->log, SHELFLIFE_LOG_INFO, "serving");
    shelflife_log_string(&line, "version", STR(SHELFLIFE_VERSION));
    shelflife_log_string(&line, "listen", shelflife_str_of(server->config.listen));
    shelflife_log_integer(&line, "port", server->port);
    if (server->probe)
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
    return check_config(&server->config, err) && allow_descriptors(&server->config, err) &&
           shelflife_server_reload_init(server, err) && start_daemons(server, err) &&
           start_reaper(server, err);
}

struct shelflife_server *shelflife_server_start(const struct shelflife_server_config *config, error *err)
{
    struct shelflife_server *server = calloc(1, sizeof(*server));
    if (!server) {
        shelflife_fail_memory(err);
        return NULL;
    }
    server->config = *config;
    shelflife_log_init(&server->log, STDERR_FILENO, config->log_format);
    shelflife_server_connections_init(&server->connections, config->max_connections, &server->log,
                                      &server->metrics);
    pthread_mutex_init(&server->pool.lock, NULL);
    prepare_process(server);
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
    shelflife_server_reload_look(server, all);
}

/* The next signal, or 0 after so many milliseconds. */
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
    shelflife_log_integer(&line, "connections", shelflife_server_connections_count(&server->connections));
    shelflife_log_end(&line);
}

/* Until nobody has been connected for a while, or the grace period is over. False if a second signal wants
   the end at once. New connections are still accepted: who was sent here before the probe failed must not
   be turned away. */
static bool wait_for_leaving(struct shelflife_server *server)
{
    int64_t end = shelflife_server_milliseconds() + server->config.grace_period, quiet_since = 0;
    for (;;) {
        int64_t now = shelflife_server_milliseconds();
        if (shelflife_server_connections_count(&server->connections))
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
    if (!wait_for_leaving(server))
        return;
    /* From here on nobody gets in, so what is under way comes to an end. */
    int fd = MHD_quiesce_daemon(server->webhook);
    if (fd >= 0)
        close(fd);
    int64_t end = shelflife_server_milliseconds() + FINISH_MAX;
    while (shelflife_server_connections_busy(&server->connections) && shelflife_server_milliseconds() < end)
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
            shelflife_server_reload_look(server, signal == SIGHUP);
    }
    drain(server);
    log_plain(server, "stopping");
}

void shelflife_server_free(struct shelflife_server *server)
{
    if (!server)
        return;
    if (server->webhook)
        shelflife_server_webhook_stop(server);
    if (server->reaping) {
        pthread_mutex_lock(&server->stop_lock);
        server->stop = true;
        pthread_cond_signal(&server->stop_changed);
        pthread_mutex_unlock(&server->stop_lock);
        pthread_join(server->reaper, NULL);
        pthread_cond_destroy(&server->stop_changed);
        pthread_mutex_destroy(&server->stop_lock);
    }
    if (server->probe) {
        MHD_stop_daemon(server->probe);
        shelflife_server_connections_free(&server->probe_connections);
    }
    shelflife_server_connections_free(&server->connections);
    shelflife_sources_current_free(&server->current);
    shelflife_server_current_credentials_free(&server->credentials);
    shelflife_server_reload_free(&server->reload);
    MHD_set_panic_func(NULL, NULL);
    pthread_mutex_destroy(&server->pool.lock);
    shelflife_log_free(&server->log);
    pthread_sigmask(SIG_SETMASK, &server->signals_before, NULL);
    free(server);
}
