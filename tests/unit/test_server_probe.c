/* rooms: all */
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

#include "base/prometheus.h"
#include "server/server.h"
#include "unit/certificate_kit.h"

enum { PAGE_MAX = 1 << 20 };

static atomic_bool is_ready;

static bool ready(void *context, buffer *lines)
{
    shelflife_buffer_format(lines, "[%c] %s\n", is_ready ? '+' : '-', (const char *)context);
    return is_ready;
}

static void write_metrics(void *context, buffer *out)
{
    shelflife_prometheus_single(out, context, "gauge", "A test.", 42);
}

/* The response to a GET, with its headers. */
static buffer get(uint16_t port, const char *path)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    char chunk[4096];
    buffer response;
    shelflife_buffer_init(&response, PAGE_MAX);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    int n = snprintf(chunk, sizeof(chunk), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
    assert_int_equal(send(fd, chunk, (size_t)n, MSG_NOSIGNAL), n);
    for (ssize_t got; (got = recv(fd, chunk, sizeof(chunk), 0)) > 0;)
        shelflife_buffer_append(&response, (str){chunk, (size_t)got});
    close(fd);
    shelflife_buffer_byte(&response, '\0');
    return response;
}

static void assert_gets(uint16_t port, const char *path, const char *status, const char *text)
{
    CLEANUP(shelflife_buffer_free) buffer response = get(port, path);
    char line[64];
    snprintf(line, sizeof(line), "HTTP/1.1 %s\r\n", status);
    if (strncmp(response.at, line, strlen(line)) != 0 || !strstr(response.at, text))
        fail_msg("%s: not %s with \"%s\":\n%s", path, status, text, response.at);
}

static struct shelflife_server_config config_with(const struct shelflife_status_provider *statuses,
                                                  size_t count)
{
    struct shelflife_server_config config;
    shelflife_server_defaults(&config);
    config.listen = config.probe_listen = "127.0.0.1:0";
    config.certificate_from_caller = true;
    config.statuses = statuses;
    config.status_count = count;
    return config;
}

static void set_certificate(struct shelflife_server *server, int64_t now)
{
    buffer certificate, key;
    make_certificate(now, 10, &certificate, &key);
    assert_true(shelflife_server_set_certificate(server, shelflife_buffer_str(&certificate),
                                                 shelflife_buffer_str(&key), now, NULL));
    assert_false(shelflife_server_set_certificate(server, STR(""), shelflife_buffer_str(&key), now, NULL));
    shelflife_buffer_free(&certificate);
    shelflife_buffer_free(&key);
}

static void status_providers_decide_readiness_and_add_metrics(void **state)
{
    char name[] = "renewal", metric[] = "shelflife_test_a", other[] = "shelflife_test_b";
    const struct shelflife_status_provider statuses[] = {
        {name, ready, NULL}, {metric, NULL, write_metrics}, {other, NULL, write_metrics}};
    const struct shelflife_server_config config = config_with(statuses, COUNT(statuses));
    (void)state;
    struct shelflife_server *server = shelflife_server_start(&config, NULL);
    assert_non_null(server);
    uint16_t port = shelflife_server_probe_port(server);
    atomic_store(&is_ready, true);
    assert_gets(port, "/livez", "200 OK", "\r\n\r\nok\n");
    assert_gets(port, "/readyz", "503 Service Unavailable", "\r\n\r\nnot ready\n");
    assert_gets(port, "/readyz?verbose", "503 Service Unavailable",
                "[-] certificate: none yet\n[+] renewal\nnot ready\n");
    set_certificate(server, time(NULL));
    assert_gets(port, "/readyz", "200 OK", "\r\n\r\nok\n");
    assert_gets(port, "/readyz?verbose", "200 OK", "[+] certificate: valid until ");
    assert_gets(port, "/readyz?verbose", "200 OK", "\n[+] renewal\nok\n");
    atomic_store(&is_ready, false);
    assert_gets(port, "/readyz", "503 Service Unavailable", "\r\n\r\nnot ready\n");
    assert_gets(port, "/readyz?verbose", "503 Service Unavailable", "\n[-] renewal\nnot ready\n");
    assert_gets(port, "/livez", "200 OK", "\r\n\r\nok\n");
    assert_gets(port, "/metrics", "200 OK", "\nshelflife_test_a 42\n");
    assert_gets(port, "/metrics", "200 OK", "\nshelflife_test_b 42\n");
    assert_gets(port, "/", "404 Not Found", "/livez, /readyz and /metrics");
    shelflife_server_free(server);
}

/* The caller's clock counts for its certificate, which by ours has expired. */
static void certificate_of_the_caller_is_judged_by_the_time_of_the_caller(void **state)
{
    const struct shelflife_server_config config = config_with(NULL, 0);
    (void)state;
    struct shelflife_server *server = shelflife_server_start(&config, NULL);
    assert_non_null(server);
    set_certificate(server, 1000000000); /* 2001-09-09 */
    assert_gets(shelflife_server_probe_port(server), "/readyz?verbose", "200 OK",
                "[+] certificate: valid until 2001-09-19\nok\n");
    shelflife_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_providers_decide_readiness_and_add_metrics),
        cmocka_unit_test(certificate_of_the_caller_is_judged_by_the_time_of_the_caller),
    };
    return cmocka_run_group_tests_name("server_probe", tests, NULL, NULL);
}
