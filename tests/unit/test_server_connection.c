/* rooms: base json reference workload catalog policy admission net pki log file sources server */
#include "server/connection.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/test.h"

enum { MANY = 8, LIMIT = 3, MINUTE = 60000 };

/* A list of connections, each one end of a socket pair. */
struct fixture {
    struct shelflife_log log;
    struct shelflife_server_metrics metrics;
    struct shelflife_server_connections all;
    struct shelflife_server_connection connections[MANY];
    int peers[MANY];
    unsigned count;
};

static int set_up(void **state)
{
    struct fixture *f = *state = calloc(1, sizeof(*f));
    shelflife_log_init(&f->log, open("/dev/null", O_WRONLY | O_CLOEXEC), SHELFLIFE_LOG_JSON);
    shelflife_server_connections_init(&f->all, LIMIT, &f->log, &f->metrics);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < f->count; i++) {
        close(f->connections[i].fd);
        close(f->peers[i]);
    }
    int fd = f->log.fd;
    shelflife_server_connections_free(&f->all);
    shelflife_log_free(&f->log);
    close(fd);
    free(f);
    return 0;
}

static unsigned add(struct fixture *f, unsigned timeout)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    unsigned i = f->count++;
    f->peers[i] = ends[1];
    return shelflife_server_connections_add(&f->all, &f->connections[i], ends[0], timeout);
}

/* Whether the peer sees the end of the connection. */
static bool is_closed(const struct fixture *f, unsigned i)
{
    char byte;
    return recv(f->peers[i], &byte, 1, MSG_DONTWAIT) == 0;
}

static uint64_t shed(struct fixture *f)
{
    return atomic_load(&f->metrics.shed);
}

static void limit_closes_the_oldest_connection_without_a_reply(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < LIMIT; i++)
        assert_int_equal(add(f, MINUTE), 0);
    assert_true(shelflife_server_connection_serve(&f->connections[0]));
    assert_false(shelflife_server_connection_serve(&f->connections[0]));
    assert_int_equal(shed(f), 0);
    assert_int_equal(add(f, MINUTE), 1); /* the second one is closing */
    assert_int_equal(add(f, MINUTE), 2); /* and the third one */
    assert_int_equal(shed(f), 2);
    static const bool closed[] = {false, true, true, false, false};
    for (unsigned i = 0; i < COUNT(closed); i++)
        assert_int_equal(is_closed(f, i), closed[i]);
    assert_int_equal(shelflife_server_connections_count(&f->all), 5);
    for (unsigned i = 0; i < COUNT(closed); i++)
        assert_int_equal(shelflife_server_connections_remove(&f->connections[i]), closed[i]);
    assert_int_equal(shelflife_server_connections_count(&f->all), 0);
}

static void new_connection_is_closed_when_all_others_were_served(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < LIMIT; i++) {
        add(f, MINUTE);
        shelflife_server_connection_serve(&f->connections[i]);
    }
    assert_int_equal(add(f, MINUTE), 1);
    for (unsigned i = 0; i <= LIMIT; i++)
        assert_int_equal(is_closed(f, i), i == LIMIT);
    /* A closing connection does not count: removing a served one makes room. */
    assert_false(shelflife_server_connections_remove(&f->connections[1]));
    assert_int_equal(add(f, MINUTE), 1);
    assert_false(is_closed(f, LIMIT + 1));
    assert_int_equal(shed(f), 1);
}

static void removing_from_any_place_leaves_the_list_whole(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < LIMIT; i++)
        add(f, MINUTE);
    static const unsigned order[] = {1, 0, 2};
    for (unsigned i = 0; i < COUNT(order); i++) {
        assert_false(shelflife_server_connections_remove(&f->connections[order[i]]));
        assert_int_equal(shelflife_server_connections_count(&f->all), LIMIT - 1 - i);
        assert_int_equal(shelflife_server_connections_busy(&f->all), LIMIT - 1 - i);
    }
    assert_null(f->all.oldest);
    assert_null(f->all.newest);
}

static void deadlines_close_connections(void **state)
{
    struct fixture *f = *state;
    add(f, MINUTE); /* its deadline is far away */
    add(f, MINUTE); /* idle: has no deadline */
    add(f, MINUTE); /* its deadline has passed */
    shelflife_server_connection_enter(&f->connections[1], SHELFLIFE_SERVER_STAGE_IDLE, 0);
    shelflife_server_connection_enter(&f->connections[2], SHELFLIFE_SERVER_STAGE_BODY, MINUTE);
    assert_int_equal(shelflife_server_connections_busy(&f->all), 2);
    shelflife_server_connections_reap(&f->all);
    for (unsigned i = 0; i < LIMIT; i++)
        assert_false(is_closed(f, i));
    atomic_store(&f->connections[2].deadline, 1);
    for (int again = 0; again < 2; again++) {
        shelflife_server_connections_reap(&f->all);
        for (unsigned i = 0; i < LIMIT; i++)
            assert_int_equal(is_closed(f, i), i == 2);
        assert_int_equal(atomic_load(&f->metrics.errors[SHELFLIFE_SERVER_REASON_TIMEOUT]), 1);
    }
    assert_true(shelflife_server_connections_remove(&f->connections[2]));
    assert_int_equal(shed(f), 0);
}

int main(void)
{
#define WITH_A_LIST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_A_LIST(limit_closes_the_oldest_connection_without_a_reply),
        WITH_A_LIST(new_connection_is_closed_when_all_others_were_served),
        WITH_A_LIST(removing_from_any_place_leaves_the_list_whole),
        WITH_A_LIST(deadlines_close_connections),
    };
    return cmocka_run_group_tests_name("server_connection", tests, NULL, NULL);
}
