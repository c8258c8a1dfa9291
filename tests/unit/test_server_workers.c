/* rooms: all */
#include "server/workers.h"

#include <sys/socket.h>
#include <unistd.h>

#include "server/clock.h"
#include "server/listen.h"
#include "server/microhttpd.h"
#include "unit/test.h"

enum {
    WORKERS = 3,
    EACH = 4,
    ALL = WORKERS * EACH,
    LIMIT = 50,
    USUAL = 4096,
    SOON = 10000 /* milliseconds */
};

struct fixture {
    struct shelflife_log log;
    struct shelflife_server_metrics metrics;
    struct shelflife_server_connections connections;
    struct shelflife_server_workers workers;
    uint16_t port;
    int clients[LIMIT];
    unsigned client_count;
};

static void on_connection(void *worker, UNUSED struct MHD_Connection *mhd, UNUSED void **slot,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        shelflife_server_worker_begin(worker);
    else
        shelflife_server_worker_end(worker);
}

static enum MHD_Result on_request(UNUSED void *context, UNUSED struct MHD_Connection *mhd,
                                  UNUSED const char *path, UNUSED const char *method,
                                  UNUSED const char *version, UNUSED const char *upload,
                                  UNUSED size_t *upload_size, UNUSED void **request)
{
    return MHD_NO;
}

static void ignore_connection(UNUSED void *worker, UNUSED struct MHD_Connection *mhd, UNUSED void **slot,
                              UNUSED enum MHD_ConnectionNotificationCode code)
{
}

static void start(struct fixture *f, MHD_NotifyConnectionCallback notify)
{
    error err;
    shelflife_log_init(&f->log, STDERR_FILENO, SHELFLIFE_LOG_JSON);
    shelflife_server_connections_init(&f->connections, LIMIT, &f->log, &f->metrics);
    shelflife_server_workers_init(&f->workers, &f->connections);
    assert_in_range(f->workers.count, 1, SHELFLIFE_SERVER_WORKERS_MAX);
    f->workers.count = WORKERS;
    for (unsigned i = 0; i < WORKERS; i++) {
        struct shelflife_server_worker *worker = &f->workers.at[i];
        worker->all = &f->workers;
        worker->daemon = MHD_start_daemon(
            MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC, 0, NULL, NULL, on_request,
            NULL, MHD_OPTION_NOTIFY_CONNECTION, notify, worker, MHD_OPTION_END);
        assert_non_null(worker->daemon);
    }
    int fd = shelflife_server_listen("127.0.0.1:0", &f->port, &err);
    assert_true(fd >= 0);
    assert_true(shelflife_server_workers_accept(&f->workers, fd));
}

static bool connect_one(struct fixture *f)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(f->port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    f->clients[f->client_count++] = fd;
    return connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;
}

static void disconnect_all(struct fixture *f)
{
    while (f->client_count)
        close(f->clients[--f->client_count]);
}

static void finish(struct fixture *f)
{
    disconnect_all(f);
    shelflife_server_workers_stop(&f->workers);
    shelflife_server_connections_free(&f->connections);
    shelflife_log_free(&f->log);
}

static unsigned open_of(struct fixture *f, unsigned worker)
{
    return atomic_load(&f->workers.at[worker].open);
}

static void wait_until_open(struct fixture *f, unsigned count)
{
    int64_t end = shelflife_server_milliseconds() + SOON;
    for (;;) {
        unsigned open = 0;
        for (unsigned i = 0; i < WORKERS; i++)
            open += open_of(f, i);
        if (open == count)
            return;
        assert_true(shelflife_server_milliseconds() < end);
        usleep(1000);
    }
}

static void connections_are_spread_evenly(UNUSED void **state)
{
    struct fixture f = {.client_count = 0};
    start(&f, on_connection);
    for (unsigned i = 0; i < ALL; i++) {
        assert_true(connect_one(&f));
        wait_until_open(&f, i + 1);
    }
    for (unsigned i = 0; i < WORKERS; i++)
        assert_int_equal(open_of(&f, i), EACH);
    disconnect_all(&f);
    wait_until_open(&f, 0);
    finish(&f);
}

static void no_connection_is_accepted_after_quiesce(UNUSED void **state)
{
    struct fixture f = {.client_count = 0};
    start(&f, on_connection);
    assert_true(connect_one(&f));
    wait_until_open(&f, 1);
    shelflife_server_workers_quiesce(&f.workers);
    assert_false(connect_one(&f));
    wait_until_open(&f, 1); /* those that exist stay */
    shelflife_server_workers_quiesce(&f.workers);
    finish(&f);
}

/* More of them than may begin at a time. It is as if libmicrohttpd had no memory for any of them. */
static void connections_that_do_not_begin_do_not_keep_their_places(UNUSED void **state)
{
    struct fixture f = {.client_count = 0};
    start(&f, ignore_connection);
    for (unsigned i = 0; i < LIMIT; i++)
        assert_true(connect_one(&f));
    int64_t end = shelflife_server_milliseconds() + SOON;
    for (unsigned accepted = 0; accepted < LIMIT; usleep(1000)) {
        accepted = 0;
        for (unsigned i = 0; i < WORKERS; i++)
            accepted += MHD_get_daemon_info(f.workers.at[i].daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
                            ->num_connections;
        assert_true(shelflife_server_milliseconds() < end);
    }
    finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_are_spread_evenly),
        cmocka_unit_test(no_connection_is_accepted_after_quiesce),
        cmocka_unit_test(connections_that_do_not_begin_do_not_keep_their_places),
    };
    return cmocka_run_group_tests_name("server_workers", tests, NULL, NULL);
}
