/* rooms: file kube net json pki base */
#include "unit/kube_kit.h"

static void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void token_files_are_read_again(void **state)
{
    struct fixture *f = *state;
    char path[256];
    close_client(f);
    f->config.token_file = stand_in_file(&f->server, "token", path);
    open_client(f);
    assert_false(token_is(f, "one"));
    assert_error_has(f, "the token file: ");
    write_file(path, "one\n");
    assert_true(token_is(f, "one"));
    /* It is read again when the server refuses the token, or after a minute. */
    write_file(path, "two");
    assert_true(token_is(f, "one"));
    assert_true(token_is(f, "two"));
    write_file(path, "three");
    f->fake.now += 59999;
    assert_true(token_is(f, "two"));
    f->fake.now += 1;
    assert_true(token_is(f, "three"));
    assert_false(token_is(f, "four"));
    assert_int_equal(f->reply.status, 401);
    /* Without the file, the last token stays in use. */
    remove(path);
    f->fake.now += 60000;
    assert_true(token_is(f, "three"));
    write_file(path, "evil\r\nX-Evil: 1");
    f->fake.now += 60000;
    assert_false(token_is(f, "evil"));
    assert_error_has(f, "bearer token to send contains a control character");
}

static void plugins_are_run_again_when_a_token_expires(void **state)
{
    struct fixture *f = *state;
    char count[256], variable[300];
    snprintf(variable, sizeof(variable), "COUNT=%s", stand_in_file(&f->server, "count", count));
    const char *env[] = {variable, NULL};
    const char *args[] = {PLUGIN, "expiring", "2027-01-15T08:10:00Z", NULL};
    struct shelflife_kube_exec exec = plugin(args, env);
    close_client(f);
    f->config.exec = &exec;
    open_client(f);
    assert_true(token_is(f, "token-1"));
    assert_true(token_is(f, "token-1"));
    f->fake.now += 589 * 1000;
    assert_true(token_is(f, "token-1"));
    f->fake.now += 1 * 1000; /* ten seconds before the end */
    assert_true(token_is(f, "token-2"));
    args[1] = "numbered";
    assert_true(token_is(f, "token-3")); /* refused: renewed at once */
    assert_true(token_is(f, "token-3"));
    assert_false(token_is(f, "none"));
    assert_int_equal(f->reply.status, 401);
    args[1] = "fail";
    assert_false(token_is(f, "none"));
    assert_error_has(f, "/k/config: user \"u\": " PLUGIN " failed with exit status 7");
    close_client(f);
    f->config.token = "static"; /* takes precedence over a plugin */
    open_client(f);
    assert_true(token_is(f, "static"));
    assert_false(token_is(f, "none"));
    assert_int_equal(f->reply.status, 401);
    remove(count);
}

static void *ask_concurrently(void *context)
{
    struct fixture *f = context;
    struct shelflife_kube_reply reply;
    error err;
    const struct shelflife_kube_query query = {"good", STR("token-1")};
    const struct shelflife_kube_request request = {.path = STR("/token"), .query = &query, .query_count = 1};
    struct shelflife_kube_client *client = shelflife_kube_client_new(f->kube, &err);
    bool ok = client != NULL;
    for (int i = 0; ok && i < 20; i++)
        ok = shelflife_kube_request(client, &request, &reply, &err);
    shelflife_kube_client_free(client);
    return ok ? f : NULL;
}

static void threads_share_one_run_of_a_plugin(void **state)
{
    struct fixture *f = *state;
    char count[256], variable[300];
    snprintf(variable, sizeof(variable), "COUNT=%s", stand_in_file(&f->server, "count-2", count));
    const char *env[] = {variable, NULL}, *args[] = {PLUGIN, "numbered", NULL};
    struct shelflife_kube_exec exec = plugin(args, env);
    pthread_t threads[4];
    close_client(f);
    f->config.exec = &exec;
    open_client(f);
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_concurrently, f), 0);
    for (size_t i = 0; i < COUNT(threads); i++) {
        void *ok;
        assert_int_equal(pthread_join(threads[i], &ok), 0);
        assert_non_null(ok);
    }
    remove(count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(token_files_are_read_again),
        TEST(plugins_are_run_again_when_a_token_expires),
        TEST(threads_share_one_run_of_a_plugin),
    };
    return cmocka_run_group_tests(tests, start_all, stop_all);
}
