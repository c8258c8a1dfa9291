/* rooms: net base */
#include "net/worker.h"

#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/test.h"

/* What a worker under an attacker's control might send back. The layout is that of src/net/worker.c. */
struct reply {
    uint8_t end, ok, transient;
    uint32_t header_size, size;
    struct shelflife_net_http_response response;
};

struct worker {
    int fd;
    const void *bytes;
    size_t size;
};

static void *play(void *context)
{
    const struct worker *w = context;
    char request[4096];
    uint32_t size;
    assert_int_equal(recv(w->fd, &size, sizeof(size), MSG_WAITALL), sizeof(size));
    assert_true(size <= sizeof(request));
    assert_int_equal(recv(w->fd, request, size, MSG_WAITALL), size);
    assert_int_equal(send(w->fd, w->bytes, w->size, MSG_NOSIGNAL), w->size);
    shutdown(w->fd, SHUT_RDWR);
    return NULL;
}

static bool ask(const void *bytes, size_t size, struct shelflife_net_http_response *response, int *channel,
                error *err)
{
    int pair[2];
    pthread_t thread;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct worker w = {pair[1], bytes, size};
    assert_int_equal(pthread_create(&thread, NULL, play, &w), 0);
    *channel = pair[0];
    const struct shelflife_net_http_request request = {.url = "https://example.com/catalog.json"};
    bool ok = shelflife_net_worker_perform(channel, &request, response, err);
    pthread_join(thread, NULL);
    close(pair[1]);
    return ok;
}

static void a_worker_that_fails_is_an_error_and_is_replaced(void **state)
{
    (void)state;
    struct reply huge = {.size = 1 << 30}, lines = {.header_size = 1 << 30}, cut = {.size = 100},
                 failed = {.end = 1};
    const struct {
        const char *name, *text;
        const void *bytes;
        size_t size;
    } cases[] = {
        {"ends at once", "ended", "", 0},
        {"ends in a header", "ended", &cut, sizeof(cut) / 2},
        {"ends in a body", "ended", &cut, sizeof(cut)},
        {"ends before its error", "ended", &failed, sizeof(failed)},
        {"announces too much", "too much at once", &huge, sizeof(huge)},
        {"announces too many header lines", "too much at once", &lines, sizeof(lines)},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_net_http_response response;
        error err = {0};
        int channel;
        print_message("%s\n", cases[i].name);
        assert_false(ask(cases[i].bytes, cases[i].size, &response, &channel, &err));
        assert_non_null(strstr(err.text, "https://example.com/catalog.json: the worker process "));
        assert_non_null(strstr(err.text, cases[i].text));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_IO);
        assert_true(response.transient);
        assert_int_equal(channel, -1);
    }
}

static void texts_of_a_reply_are_ended(void **state)
{
    (void)state;
    struct reply reply = {.end = true, .ok = true};
    struct shelflife_net_http_response response;
    error err = {0};
    int channel;
    memset(&reply.response, 'x', sizeof(reply.response));
    reply.response.status = 200;
    reply.header_size = 0;
    reply.transient = 7; /* true, though no bool has this value */
    assert_true(ask(&reply, sizeof(reply), &response, &channel, &err));
    assert_int_equal(response.place, SHELFLIFE_NET_ELSEWHERE);
    assert_true(response.transient);
    assert_int_equal(strlen(response.etag), sizeof(response.etag) - 1);
    assert_int_equal(strlen(response.last_modified), sizeof(response.last_modified) - 1);
    assert_int_equal(strlen(response.content_type), sizeof(response.content_type) - 1);
    assert_int_equal(strlen(response.retry_after), sizeof(response.retry_after) - 1);
    assert_int_equal(strlen(response.location), sizeof(response.location) - 1);
    assert_int_equal(strlen(response.date), sizeof(response.date) - 1);
    close(channel);
}

static void the_text_of_an_error_is_ended_and_its_kind_is_known(void **state)
{
    (void)state;
    struct {
        struct reply reply;
        error err;
    } sent = {.reply = {.end = true}};
    struct shelflife_net_http_response response;
    error err = {0};
    int channel;
    memset(&sent.err, 'x', sizeof(sent.err));
    assert_false(ask(&sent, sizeof(sent), &response, &channel, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_IO);
    assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
    close(channel);
}

struct cancelling {
    int fd; /* of the worker */
    atomic_bool cancel;
};

/* When the request has begun to come. */
static void *cancel_it(void *context)
{
    struct cancelling *c = context;
    struct pollfd begun = {.fd = c->fd, .events = POLLIN};
    assert_int_equal(poll(&begun, 1, -1), 1);
    atomic_store(&c->cancel, true);
    return NULL;
}

static void a_worker_that_reads_nothing_is_not_waited_for_after_a_cancel(void **state)
{
    (void)state;
    enum { LARGE = 8 << 20 }; /* more than a socket takes */
    struct shelflife_net_http_response response;
    error err = {0};
    int pair[2];
    pthread_t thread;
    char *body = calloc(1, LARGE);
    assert_non_null(body);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct cancelling cancelling = {.fd = pair[1]};
    const struct shelflife_net_http_request request = {
        .url = "https://example.com/", .body = {body, LARGE}, .cancel = &cancelling.cancel};
    assert_int_equal(pthread_create(&thread, NULL, cancel_it, &cancelling), 0);
    assert_false(shelflife_net_worker_perform(&pair[0], &request, &response, &err));
    pthread_join(thread, NULL);
    assert_non_null(strstr(err.text, "cancelled"));
    assert_int_equal(pair[0], -1);
    close(pair[1]);
    free(body);
}

/* Called in the worker, which has it from the process that forks. */
static void check_what_is_inherited(void)
{
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        _exit(1);
}

static void the_process_that_forks_workers_has_no_privileges_to_gain(void **state)
{
    (void)state;
    struct shelflife_net_http_response response;
    error err = {0};
    int channel = -1;
    const struct shelflife_net_http_request request = {.url = "https://127.0.0.1:1/"};
    assert_true(shelflife_net_workers_start(check_what_is_inherited, &err));
    assert_false(shelflife_net_worker_perform(&channel, &request, &response, &err));
    assert_null(strstr(err.text, "worker process")); /* there is no server, but there was a worker */
    assert_true(channel >= 0);
    close(channel);
    shelflife_net_workers_stop();
}

static void without_the_process_that_forks_workers_requests_fail(void **state)
{
    (void)state;
    struct shelflife_net_http_response response;
    error err = {0};
    int channel = -1;
    const struct shelflife_net_http_request request = {.url = "https://example.com/"};
    assert_false(shelflife_net_worker_perform(&channel, &request, &response, &err)); /* none was started */
    assert_non_null(strstr(err.text, "has ended"));
    assert_int_equal(channel, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_that_fails_is_an_error_and_is_replaced),
        cmocka_unit_test(texts_of_a_reply_are_ended),
        cmocka_unit_test(the_text_of_an_error_is_ended_and_its_kind_is_known),
        cmocka_unit_test(a_worker_that_reads_nothing_is_not_waited_for_after_a_cancel),
        cmocka_unit_test(the_process_that_forks_workers_has_no_privileges_to_gain),
        cmocka_unit_test(without_the_process_that_forks_workers_requests_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
