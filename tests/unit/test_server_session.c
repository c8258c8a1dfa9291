/* rooms: all */
#include "server/session.h"

#include <sys/socket.h>
#include <unistd.h>

#include "unit/test.h"

/* What GnuTLS sends and receives is tested with whole connections: integration/test_server_withstands.py. */

static void what_is_held_is_sent_at_the_end_of_the_reply(UNUSED void **state)
{
    static const char headers[] = "headers";
    struct shelflife_server_session session = {.hold = false};
    char received[2 * sizeof(headers)];
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    session.connection.fd = ends[0];
    memcpy(session.held, headers, sizeof(headers));
    session.held_from = 2; /* a part was sent before */
    session.held_to = sizeof(headers);
    for (int again = 0; again < 2; again++)
        shelflife_server_session_end_reply(&session);
    assert_int_equal(recv(ends[1], received, sizeof(received), MSG_DONTWAIT), sizeof(headers) - 2);
    assert_memory_equal(received, headers + 2, sizeof(headers) - 2);
    assert_int_equal(recv(ends[1], received, sizeof(received), MSG_DONTWAIT), -1);
    close(ends[0]);
    close(ends[1]);
}

static void a_reply_that_is_done_holds_nothing_of_the_next(UNUSED void **state)
{
    struct shelflife_server_session session = {.hold = false};
    shelflife_server_session_hold_headers(&session);
    assert_true(session.hold);
    shelflife_server_session_end_reply(&session);
    assert_false(session.hold);
    session.held_to = 1; /* which would come after these */
    shelflife_server_session_hold_headers(&session);
    assert_false(session.hold);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_held_is_sent_at_the_end_of_the_reply),
        cmocka_unit_test(a_reply_that_is_done_holds_nothing_of_the_next),
    };
    return cmocka_run_group_tests_name("server_session", tests, NULL, NULL);
}
