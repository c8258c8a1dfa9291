/* rooms: sources registry admission policy inventory catalog workload reference json log net pki file base */
/* Catalogs at a URL of tests/integration/stand_in.py, which serves the files of its folder "published". */
#include "net/net.h"
#include "pki/pki.h"
#include "sources/live.h"
#include "sources/remote_status.h"
#include "unit/sources_kit.h"
#include "unit/stand_in.h"

static const str private_key = STR_INIT("-----BEGIN PRIVATE KEY-----\n"
                                        "MC4CAQAwBQYDK2VwBCIEIBd8XY93B0tfan6dpu7R3Bsq6FTbCrq29dg/Z9e+CQlW\n"
                                        "-----END PRIVATE KEY-----\n");
static const str public_key = STR_INIT("-----BEGIN PUBLIC KEY-----\n"
                                       "MCowBQYDK2VwAyEA3qo19d5uqCHlYHwdKYDd15IP3Z+BnA9+MbN3Jd3Gcdk=\n"
                                       "-----END PUBLIC KEY-----\n");

static struct stand_in server;
static char published[256];

struct fixture {
    char url[128], ca[256], key[256], cache[256];
    const char *catalogs[1];
    struct shelflife_sources_config config;
    unsigned events[SHELFLIFE_SOURCES_REMOTE_NOT_CACHED + 1];
    error why; /* of the last event that had one */
};

static int start_server(void **state)
{
    (void)state;
    if (!shelflife_net_start(NULL))
        return -1;
    stand_in_start(&server, "stand_in.py");
    stand_in_file(&server, "published", published);
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    stand_in_stop(&server);
    shelflife_net_stop();
    return 0;
}

static void count_event(void *context, const struct shelflife_sources_remote_status *status,
                        enum shelflife_sources_remote_event event, const error *why)
{
    struct fixture *f = context;
    assert_non_null(strstr(status->url, "/own.json"));
    f->events[event]++;
    if (why)
        f->why = *why;
}

static void publish_file(const char *name, str bytes)
{
    char path[PATH_MAX];
    void *in = published;
    assert_true(shelflife_file_replace(path_in(&in, name, path), bytes, SHELFLIFE_FILE_NORMAL, NULL));
}

static void publish(const char *name, int serial)
{
    char text[1024];
    CLEANUP(shelflife_buffer_free) buffer signature;
    shelflife_buffer_init(&signature, 4096);
    str catalog = catalog_text(name, serial, text);
    assert_true(shelflife_pki_sign(private_key, catalog, &signature, NULL));
    /* In this order, so that a thread that polls never finds a new catalog with an old signature. */
    publish_file("own.json.sig", shelflife_buffer_str(&signature));
    publish_file("own.json", catalog);
}

static void unpublish(const char *name)
{
    char path[PATH_MAX];
    void *in = published;
    unlink(path_in(&in, name, path));
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    snprintf(f->url, sizeof(f->url), "https://127.0.0.1:%d/own.json", stand_in_port(&server, "https"));
    stand_in_file(&server, "ca.crt", f->ca);
    stand_in_file(&server, "key.pub", f->key);
    stand_in_file(&server, "cache", f->cache);
    publish_file("../key.pub", public_key);
    f->catalogs[0] = f->url;
    f->config = (struct shelflife_sources_config){
        .catalogs = f->catalogs,
        .catalog_count = 1,
        .no_embedded = true,
        .remote = {.key_file = f->key,
                   .ca_file = f->ca,
                   .cache_dir = f->cache,
                   .interval_ms = SHELFLIFE_SOURCES_REMOTE_INTERVAL_MIN_MS}};
    publish("own", 5);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char command[512];
    snprintf(command, sizeof(command), "rm -rf '%s'", f->cache);
    free(f);
    return system(command);
}

/* What a command loads: the serial of the catalog "own", or -1 with f->why. */
static int64_t load(struct fixture *f)
{
    error err = {0};
    struct shelflife_sources_snapshot *loaded = shelflife_sources_load(&f->config, count_event, f, &err);
    if (!loaded) {
        f->why = err;
        return -1;
    }
    int64_t serial = serial_of(shelflife_sources_snapshot_view(loaded)->catalogs, "own");
    shelflife_sources_snapshot_release(loaded);
    return serial;
}

static void assert_why(const struct fixture *f, const char *why)
{
    if (!strstr(f->why.text, why))
        fail_msg("\"%s\" does not say \"%s\"", f->why.text, why);
}

static void signed_catalog_is_fetched_and_cached(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(load(f), 5);
    assert_int_equal(f->events[SHELFLIFE_SOURCES_REMOTE_NEW], 1);
    unpublish("own.json");
    assert_int_equal(load(f), 5);
    assert_int_equal(f->events[SHELFLIFE_SOURCES_REMOTE_CACHED], 1);
    assert_int_equal(f->events[SHELFLIFE_SOURCES_REMOTE_FAILED], 1);
    assert_why(f, "HTTP status 404");
    f->config.remote.cache_dir = NULL;
    assert_int_equal(load(f), -1);
    assert_why(f, "HTTP status 404");
}

static void catalog_that_may_not_replace_the_cached_one_is_refused(void **state)
{
    static const struct {
        const char *name, *why;
        int serial;
    } cases[] = {
        {"own", "serial 4, but serial 5 is already in use", 4},
        {"other", "contains the catalog \"other\", but the one in use from this URL is \"own\"", 6},
    };
    struct fixture *f = *state;
    assert_int_equal(load(f), 5);
    for (size_t i = 0; i < COUNT(cases); i++) {
        publish(cases[i].name, cases[i].serial);
        assert_int_equal(load(f), 5);
        assert_why(f, cases[i].why);
    }
    publish("own", 6);
    publish_file("own.json.sig", STR("bm8gc2lnbmF0dXJl"));
    assert_int_equal(load(f), 5);
    assert_why(f, "own.json.sig");
    publish("own", 6);
    assert_int_equal(load(f), 6);
}

static void old_editions_are_refused_without_a_cache(void **state)
{
    static const struct {
        const char *name, *min, *why; /* NULL: it is accepted */
        int serial;
    } cases[] = {
        {"own", "own=6", "\"own\" with serial 5 is refused: --min-serial demands at least serial 6", 5},
        {"own", "own=6", NULL, 6},
        {"own", "other=6", NULL, 5},
        {"endoflife", "own=6", "\"endoflife\" with serial 0 is refused: the built-in edition is newer", 0},
        {"own", "own", "--min-serial must be NAME=SERIAL", 5},
        {"own", "own=-1", "--min-serial must be NAME=SERIAL", 5},
    };
    struct fixture *f = *state;
    f->config.remote.cache_dir = NULL;
    for (size_t i = 0; i < COUNT(cases); i++) {
        f->config.remote.min_serials = &cases[i].min;
        f->config.remote.min_serial_count = 1;
        publish(cases[i].name, cases[i].serial);
        assert_int_equal(load(f), cases[i].why ? -1 : cases[i].serial);
        if (cases[i].why)
            assert_why(f, cases[i].why);
    }
}

static void larger_catalog_than_allowed_is_refused(void **state)
{
    struct fixture *f = *state;
    f->config.remote.cache_dir = NULL;
    f->config.remote.max_bytes = 100;
    assert_int_equal(load(f), -1);
    assert_why(f, "/own.json: the reply is larger than 100 bytes");
    f->config.remote.max_bytes = 1024;
    assert_int_equal(load(f), 5);
}

static void broken_cache_is_reported_and_replaced(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(load(f), 5);
    char command[512];
    snprintf(command, sizeof(command), "for f in '%s'/*; do echo x > $f; done", f->cache);
    assert_int_equal(system(command), 0);
    assert_int_equal(load(f), 5);
    assert_int_equal(f->events[SHELFLIFE_SOURCES_REMOTE_NOT_CACHED], 1);
    unpublish("own.json");
    assert_int_equal(load(f), 5);
}

static void key_must_be_a_file(void **state)
{
    struct fixture *f = *state;
    f->config.remote.key_file = "/dev/zero";
    assert_int_equal(load(f), -1);
    assert_why(f, "cannot read /dev/zero: not a regular file");
    f->config.remote.key_file = NULL;
    assert_int_equal(load(f), -1);
    assert_why(f, "--catalog-key");
}

/* Checks until the snapshot in use has this serial; a watchdog of the test run ends an endless wait. */
static void await_serial(struct shelflife_sources_live *live, int64_t wanted)
{
    for (int64_t serial = -1; serial != wanted; usleep(2000)) {
        shelflife_sources_live_check(live, false);
        struct shelflife_sources_snapshot *loaded = shelflife_sources_live_take(live);
        serial = serial_of(shelflife_sources_snapshot_view(loaded)->catalogs, "own");
        shelflife_sources_snapshot_release(loaded);
    }
}

static void assert_written(struct shelflife_sources_live *live,
                           void (*write)(struct shelflife_sources_live *, buffer *), const char *wanted)
{
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 64 << 10);
    write(live, &out);
    if (!memmem(out.at, out.len, wanted, strlen(wanted)))
        fail_msg("\"%.*s\" does not say \"%s\"", STR_PRINT(shelflife_buffer_str(&out)), wanted);
}

static void server_polls_and_reports(void **state)
{
    struct fixture *f = *state;
    int pipe_ends[2];
    struct shelflife_log log;
    struct shelflife_sources_live live;
    assert_int_equal(pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK), 0);
    shelflife_log_init(&log, pipe_ends[1], SHELFLIFE_LOG_TEXT);
    shelflife_sources_live_init(&live, &f->config, &log);
    assert_true(shelflife_sources_live_load(&live, NULL));
    await_serial(&live, 5);
    publish("own", 6);
    await_serial(&live, 6);
    while (shelflife_sources_live_count_fetches(&live, true) < 2)
        usleep(2000);
    assert_written(&live, shelflife_sources_live_write_status, "/own.json: own, serial 6, confirmed ");
    assert_written(&live, shelflife_sources_live_write_metrics, "/own.json\",outcome=\"new\"} 2\n");
    uint64_t failures = shelflife_sources_live_count_fetches(&live, false);
    unpublish("own.json");
    while (shelflife_sources_live_count_fetches(&live, false) == failures)
        usleep(2000);
    assert_written(&live, shelflife_sources_live_write_status, "[!] catalog at https://127.0.0.1:");
    assert_written(&live, shelflife_sources_live_write_status, "HTTP status 404");
    shelflife_sources_live_free(&live);
    shelflife_log_free(&log);
    char text[16384];
    ssize_t n = read(pipe_ends[0], text, sizeof(text));
    assert_true(n > 0);
    assert_non_null(memmem(text, (size_t)n, "catalog fetched", 15));
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

static void server_refuses_an_interval_outside_its_limits(void **state)
{
    static const unsigned cases[] = {0, SHELFLIFE_SOURCES_REMOTE_INTERVAL_MIN_MS - 1,
                                     SHELFLIFE_SOURCES_REMOTE_INTERVAL_MAX_MS + 1};
    struct fixture *f = *state;
    struct shelflife_log log;
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    shelflife_log_init(&log, null, SHELFLIFE_LOG_TEXT);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_sources_live live;
        error err = {0};
        f->config.remote.interval_ms = cases[i];
        shelflife_sources_live_init(&live, &f->config, &log);
        assert_false(shelflife_sources_live_load(&live, &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
        assert_non_null(strstr(err.text, "cannot be polled every "));
        shelflife_sources_live_free(&live);
    }
    shelflife_log_free(&log);
    close(null);
}

static void server_without_urls_reloads_files(void **state)
{
    struct shelflife_log log;
    struct shelflife_sources_live live;
    char path[PATH_MAX];
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)state;
    void *in = published;
    put_catalog(&in, "file.json", "own", 1);
    const char *catalogs[] = {path_in(&in, "file.json", path)};
    const struct shelflife_sources_config config = {
        .catalogs = catalogs, .catalog_count = 1, .no_embedded = true};
    shelflife_log_init(&log, null, SHELFLIFE_LOG_TEXT);
    shelflife_sources_live_init(&live, &config, &log);
    assert_true(shelflife_sources_live_load(&live, NULL));
    put_catalog(&in, "file.json", "own", 200);
    await_serial(&live, 200);
    put(&in, "file.json", STR("{"));
    shelflife_sources_live_check(&live, true);
    await_serial(&live, 200);
    assert_written(&live, shelflife_sources_live_write_status, "[!] reload of the snapshot failed ");
    assert_int_equal(shelflife_sources_reload_count(&live.reload, false), 1);
    shelflife_sources_live_free(&live);
    shelflife_log_free(&log);
    close(null);
}

int main(void)
{
#define AT_A_URL(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        AT_A_URL(signed_catalog_is_fetched_and_cached),
        AT_A_URL(catalog_that_may_not_replace_the_cached_one_is_refused),
        AT_A_URL(old_editions_are_refused_without_a_cache),
        AT_A_URL(larger_catalog_than_allowed_is_refused),
        AT_A_URL(broken_cache_is_reported_and_replaced),
        AT_A_URL(key_must_be_a_file),
        AT_A_URL(server_polls_and_reports),
        AT_A_URL(server_refuses_an_interval_outside_its_limits),
        AT_A_URL(server_without_urls_reloads_files),
    };
    return cmocka_run_group_tests_name("sources_remote", tests, start_server, stop_server);
}
