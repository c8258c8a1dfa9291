/* rooms: all */
#include "server/connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/test.h"

enum { MANY = 16, LIMIT = 3, MINUTE = 60000 };

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

/* "10.0.0.1" or "fd00::1"; any other text is an address of another family. */
static void add_from(struct fixture *f, const char *address, unsigned timeout)
{
    int ends[2];
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } peer = {.any = {.sa_family = AF_UNIX}};
    if (inet_pton(AF_INET, address, &peer.four.sin_addr) == 1)
        peer.any.sa_family = AF_INET;
    else if (inet_pton(AF_INET6, address, &peer.six.sin6_addr) == 1)
        peer.any.sa_family = AF_INET6;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    unsigned i = f->count++;
    assert_true(i < MANY);
    f->peers[i] = ends[1];
    shelflife_server_connections_add(&f->all, &f->connections[i], ends[0], &peer.any, timeout);
}

static void add(struct fixture *f, unsigned timeout)
{
    add_from(f, "10.0.0.1", timeout);
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

enum {
    IDLE = SHELFLIFE_SERVER_STAGE_IDLE,
    OPENING = SHELFLIFE_SERVER_STAGE_OPENING,
    HEADERS = SHELFLIFE_SERVER_STAGE_HEADERS,
    BODY = SHELFLIFE_SERVER_STAGE_BODY,
    REPLY = SHELFLIFE_SERVER_STAGE_REPLY,
    VERIFIED = 16, /* a flag beside the stage */
};

#define A "10.0.0.1"
#define B "10.0.0.2"
#define C "10.0.0.3"

/* Connections in the order in which they came, the address of a new one, and which of the others it replaces.
 */
static const struct {
    const char *why;
    struct {
        const char *address; /* NULL: no more */
        int stage;
        int64_t idle_since;
    } connections[MANY - 1];
    const char *newcomer;
    unsigned closed;
} choices[] = {
    {"the address that holds most", {{A, IDLE, 1}, {B, IDLE, 3}, {B, IDLE, 2}, {C, IDLE, 1}}, C, 2},
    {"even if that is the new one's", {{A, IDLE, 5}, {B, IDLE, 3}, {B, IDLE, 4}}, B, 1},
    {"the new one does not count: the others tie", {{A, IDLE, 5}, {B, IDLE, 3}}, B, 0},
    {"nor does it with several others", {{A, IDLE, 1}, {B, IDLE, 5}, {C, IDLE, 4}}, A, 2},
    {"of equal addresses, the one idle longest", {{A, IDLE, 5}, {B, IDLE, 3}, {C, IDLE, 4}}, "10.0.0.4", 1},
    {"of equal addresses, idle before opening", {{A, OPENING, 1}, {B, IDLE, 9}}, C, 1},
    {"idle longest, not oldest", {{A, IDLE, 7}, {A, IDLE, 6}, {A, IDLE, 8}}, B, 1},
    {"the oldest of those that are idle equally long", {{A, IDLE, 7}, {A, IDLE, 7}, {A, IDLE, 7}}, B, 0},
    {"idle before opening, sending and waiting",
     {{A, OPENING, 1}, {A, HEADERS, 1}, {A, BODY, 1}, {A, REPLY, 1}, {A, IDLE, 9}},
     B,
     4},
    {"the oldest of those that open or send",
     {{A, REPLY, 1}, {A, BODY, 3}, {A, OPENING, 2}, {A, HEADERS, 4}},
     B,
     2},
    {"those that wait for a reply last", {{A, REPLY, 2}, {A, REPLY, 1}, {B, IDLE, 0}}, B, 1},
    {"a mapped IPv4 address is an IPv4 address",
     {{"::ffff:10.0.0.1", IDLE, 9}, {A, IDLE, 8}, {B, IDLE, 1}},
     B,
     1},
    {"all bytes of an IPv6 address count",
     {{"fd00::1", IDLE, 5}, {"fd00::2", IDLE, 4}, {"fd00::2", IDLE, 6}, {"fd01::2", IDLE, 1}},
     "fd00::1",
     1},
    {"clients without an IP address are one", {{"unix", IDLE, 5}, {"unix", IDLE, 4}, {B, IDLE, 1}}, B, 1},
    {"verified clients neither count nor go",
     {{A, IDLE | VERIFIED, 1}, {A, IDLE | VERIFIED, 1}, {B, IDLE, 5}, {C, IDLE, 6}},
     A,
     2},
    {"if all are verified, they do",
     {{A, IDLE | VERIFIED, 2}, {A, IDLE | VERIFIED, 1}, {B, IDLE | VERIFIED, 0}},
     B,
     1},
    {"an unverified one of the new one's address goes before verified ones of others",
     {{A, OPENING, 9}, {B, IDLE | VERIFIED, 1}, {B, IDLE | VERIFIED, 1}},
     A,
     0},
};

static void a_new_connection_takes_the_place_of_the_right_one(UNUSED void **state)
{
    for (size_t i = 0; i < COUNT(choices); i++) {
        void *each;
        set_up(&each);
        struct fixture *f = each;
        unsigned count = 0;
        for (; choices[i].connections[count].address; count++) {
            f->all.limit = count + 1;
            add_from(f, choices[i].connections[count].address, MINUTE);
            struct shelflife_server_connection *c = &f->connections[count];
            atomic_store(&c->stage, choices[i].connections[count].stage & ~VERIFIED);
            atomic_store(&c->idle_since, choices[i].connections[count].idle_since);
            atomic_store(&c->verified, choices[i].connections[count].stage & VERIFIED);
        }
        assert_int_equal(shed(f), 0);
        add_from(f, choices[i].newcomer, MINUTE);
        assert_int_equal(shed(f), 1);
        for (unsigned c = 0; c <= count; c++)
            if (is_closed(f, c) != (c == choices[i].closed))
                fail_msg("%s: connection %u", choices[i].why, c);
        tear_down(&each);
    }
}

static void closing_connections_do_not_count(void **state)
{
    struct fixture *f = *state;
    static const char *const addresses[] = {A, A, B, C, C, B};
    static const bool closed[] = {true, true, false, false, false, false};
    for (unsigned i = 0; i < COUNT(addresses); i++) {
        add_from(f, addresses[i], MINUTE);
        atomic_store(&f->connections[i].idle_since, i + 1);
        if (i == 4) /* another one leaves, so the next one finds a place */
            assert_false(shelflife_server_connections_remove(&f->connections[2]));
    }
    for (unsigned i = 0; i < COUNT(closed); i++)
        assert_int_equal(is_closed(f, i), closed[i]);
    assert_int_equal(shed(f), 2);
    assert_int_equal(shelflife_server_connections_count(&f->all), 5);
    for (unsigned i = 0; i < COUNT(closed); i++)
        if (i != 2)
            assert_int_equal(shelflife_server_connections_remove(&f->connections[i]), closed[i]);
    assert_int_equal(shelflife_server_connections_count(&f->all), 0);
}

static void a_reply_to_a_review_makes_a_connection_the_least_idle(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < LIMIT; i++) {
        add(f, MINUTE);
        shelflife_server_connection_enter(&f->connections[i], SHELFLIFE_SERVER_STAGE_IDLE, 0);
        atomic_store(&f->connections[i].idle_since, i + 1);
    }
    shelflife_server_connection_serve(&f->connections[0]);
    assert_true(f->connections[0].served);
    add(f, MINUTE);
    for (unsigned i = 0; i <= LIMIT; i++)
        assert_int_equal(is_closed(f, i), i == 1);
}

static void removing_from_any_place_leaves_the_list_whole(UNUSED void **state)
{
    static const char *const addresses[][LIMIT] = {{A, A, A}, {A, A, B}, {A, B, B}, {A, B, C}};
    static const unsigned orders[][LIMIT] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                             {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t n = 0; n < COUNT(addresses) * COUNT(orders); n++) {
        void *each;
        set_up(&each);
        struct fixture *f = each;
        for (unsigned i = 0; i < LIMIT; i++)
            add_from(f, addresses[n % COUNT(addresses)][i], MINUTE);
        for (unsigned i = 0; i < LIMIT; i++) {
            unsigned next = orders[n / COUNT(addresses)][i];
            assert_false(shelflife_server_connections_remove(&f->connections[next]));
            assert_int_equal(shelflife_server_connections_count(&f->all), LIMIT - 1 - i);
            assert_int_equal(shelflife_server_connections_busy(&f->all), LIMIT - 1 - i);
        }
        assert_null(f->all.first);
        assert_null(f->all.last);
        tear_down(&each);
    }
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
        cmocka_unit_test(a_new_connection_takes_the_place_of_the_right_one),
        WITH_A_LIST(closing_connections_do_not_count),
        WITH_A_LIST(a_reply_to_a_review_makes_a_connection_the_least_idle),
        cmocka_unit_test(removing_from_any_place_leaves_the_list_whole),
        WITH_A_LIST(deadlines_close_connections),
    };
    return cmocka_run_group_tests_name("server_connection", tests, NULL, NULL);
}
