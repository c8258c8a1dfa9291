/* rooms: all */
#include "server/listen.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/test.h"

static void addresses_are_split_or_refused(void **state)
{
    static const struct {
        const char *address, *host; /* host NULL: refused */
        uint16_t port;
    } cases[] = {
        {"0.0.0.0:8443", "0.0.0.0", 8443},
        {"[::]:0", "::", 0},
        {":65535", "", 65535},
        {"localhost:1", "localhost", 1},
        {"[fe80::1%lo]:80", "fe80::1%lo", 80},
        {"", NULL, 0},
        {":", NULL, 0},
        {"8443", NULL, 0},
        {":65536", NULL, 0},
        {":-1", NULL, 0},
        {":1x", NULL, 0},
        {":99999999999999999999", NULL, 0},
        {"::1:80", NULL, 0},
        {"[::1]", NULL, 0},
        {"[]:1", NULL, 0},
        {"[::1:1", NULL, 0},
        {"::1]:1", NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        str host = {NULL, 0};
        uint16_t port = 0;
        error err = {0};
        assert_int_equal(shelflife_server_listen_parse(cases[i].address, &host, &port, &err),
                         cases[i].host != NULL);
        if (!cases[i].host) {
            assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
            continue;
        }
        assert_str_equal(host, cases[i].host);
        assert_int_equal(port, cases[i].port);
    }
}

static int connect_to(int family, uint16_t port)
{
    const struct sockaddr_in four = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), code;
    if (fd < 0)
        return -1;
    if (family == AF_INET)
        code = connect(fd, (const struct sockaddr *)&four, sizeof(four));
    else
        code = connect(fd, (const struct sockaddr *)&six, sizeof(six));
    if (code == 0)
        return fd;
    close(fd);
    return -1;
}

static bool has_ipv6(void)
{
    const struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && bind(fd, (const struct sockaddr *)&loopback, sizeof(loopback)) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

static void clients_connect_to_the_port_that_is_returned(void **state)
{
    static const struct {
        const char *address;
        bool four, six;
    } cases[] = {
        {"127.0.0.1:0", true, false}, {"0.0.0.0:0", true, false}, {"localhost:0", true, true},
        {":0", true, true},           {"[::]:0", true, true},     {"[::1]:0", false, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool six = cases[i].six && has_ipv6();
        if (!cases[i].four && !six)
            continue;
        uint16_t port = 0;
        error err;
        int fd = shelflife_server_listen(cases[i].address, &port, &err);
        if (fd < 0 && !six && strcmp(cases[i].address, "[::]:0") == 0)
            continue; /* a kernel without IPv6 */
        assert_true(fd >= 0);
        assert_true(port > 0);
        int by_four = connect_to(AF_INET, port), by_six = connect_to(AF_INET6, port);
        bool either = strcmp(cases[i].address, "localhost:0") == 0; /* the first address of the name */
        if (either) {
            assert_true(by_four >= 0 || by_six >= 0);
        } else {
            assert_int_equal(by_four >= 0, cases[i].four);
            assert_int_equal(by_six >= 0, six);
        }
        const int fds[] = {fd, by_four, by_six};
        for (size_t k = 0; k < COUNT(fds); k++)
            if (fds[k] >= 0)
                close(fds[k]);
    }
}

static void address_that_cannot_be_bound_is_an_error(void **state)
{
    (void)state;
    uint16_t port = 0, unused = 0;
    error err;
    int fd = shelflife_server_listen("127.0.0.1:0", &port, &err);
    assert_true(fd >= 0);
    char taken[32];
    snprintf(taken, sizeof(taken), "127.0.0.1:%u", (unsigned)port);
    const struct {
        const char *address, *why;
        enum shelflife_error_kind kind;
    } cases[] = {
        {taken, "Address already in use", SHELFLIFE_ERROR_IO},
        {"192.0.2.1:0", "Cannot assign requested address",
         SHELFLIFE_ERROR_IO}, /* reserved for documentation: RFC 5737 */
        {"[fe80::1%no-such-interface]:0", "cannot listen on", SHELFLIFE_ERROR_USAGE},
        {"8443", "use 0.0.0.0:8443", SHELFLIFE_ERROR_USAGE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(shelflife_server_listen(cases[i].address, &unused, &err), -1);
        assert_int_equal(err.kind, cases[i].kind);
        assert_non_null(strstr(err.text, cases[i].address));
        if (!strstr(err.text, cases[i].why))
            fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].why);
    }
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_split_or_refused),
        cmocka_unit_test(clients_connect_to_the_port_that_is_returned),
        cmocka_unit_test(address_that_cannot_be_bound_is_an_error),
    };
    return cmocka_run_group_tests_name("server_listen", tests, NULL, NULL);
}
