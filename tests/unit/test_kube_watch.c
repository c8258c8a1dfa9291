/* rooms: file kube net json pki base */
#include "unit/kube_kit.h"

struct seen {
    char log[1024]; /* B: begin, bytes, then A, M or D; L: listed, F: failed */
    buffer event;
    error last;
    size_t things, failures;
    atomic_bool cancel;
    size_t cancel_after; /* events */
    size_t events;
    enum shelflife_error_kind fail_with;
};

static void add(struct seen *s, const char *text)
{
    size_t n = strlen(s->log);
    snprintf(s->log + n, sizeof(s->log) - n, "%s", text);
}

static void begin(void *context)
{
    struct seen *s = context;
    shelflife_buffer_reset(&s->event);
    add(s, "B");
}

static bool on_bytes(void *context, str bytes, error *err UNUSED)
{
    struct seen *s = context;
    shelflife_buffer_append(&s->event, bytes);
    return true;
}

static bool end(void *context, enum shelflife_kube_change change, error *err)
{
    struct seen *s = context;
    const char text[2] = {"AMD"[change], '\0'};
    add(s, text);
    assert_true(s->event.len && s->event.at[0] == '{' && s->event.at[s->event.len - 1] == '}');
    s->events++;
    if (s->fail_with)
        return shelflife_fail(err, s->fail_with, "the handler has enough");
    if (s->events == s->cancel_after)
        atomic_store(&s->cancel, true);
    return true;
}

static void on_state(void *context, const error *why)
{
    struct seen *s = context;
    add(s, why ? "F" : "L");
    s->failures += why != NULL;
    if (why)
        s->last = *why;
}

static bool page(void *context, enum shelflife_kube_list_event event,
                 const struct shelflife_kube_page *of UNUSED, str bytes UNUSED, error *err UNUSED)
{
    struct seen *s = context;
    s->things += event == SHELFLIFE_KUBE_PAGE_END;
    return true;
}

static struct shelflife_kube_follow follow_of(struct seen *s)
{
    shelflife_buffer_init(&s->event, SIZE_MAX / 2);
    return (struct shelflife_kube_follow){.list.limit = 4,
                                          .page = page,
                                          .begin = begin,
                                          .bytes = on_bytes,
                                          .end = end,
                                          .state = on_state,
                                          .context = s};
}

/* ---- The reader ---- */

static bool feed(struct shelflife_kube_watch *w, const char *text, size_t piece, error *err)
{
    shelflife_kube_watch_reset(w);
    for (str rest = shelflife_str_of(text); rest.len; rest = shelflife_str_after(rest, piece))
        if (!shelflife_kube_watch_feed(w, shelflife_str_first(rest, piece), err))
            return false;
    return true;
}

#define POD(type, version)                                                                                   \
    "{\"type\":\"" type "\",\"object\":{\"metadata\":{\"resourceVersion\":\"" version "\"}}}\n"

static void events_are_lines(void **state UNUSED)
{
    static const struct {
        const char *text, *log, *version;
        const char *fails; /* NULL: it does not */
        bool expired;
    } cases[] = {
        {"", "", "", NULL, false},
        {"\n \n", "", "", NULL, false},
        {POD("ADDED", "7") POD("MODIFIED", "8") POD("DELETED", "9"), "BABMBD", "9", NULL, false},
        {POD("BOOKMARK", "10"), "B", "10", NULL, false},
        {POD("NEWER", "10"), "B", "10", NULL, false},
        {"{\"object\":{\"kind\":\"Pod\",\"metadata\":{\"labels\":{\"resourceVersion\":\"no\"},"
         "\"resourceVersion\":\"5\",\"uid\":\"x\"},\"spec\":{\"metadata\":{\"resourceVersion\":\"no\"},"
         "\"type\":\"no\"}},"
         "\"type\":\"ADDED\"}\n",
         "BA", "5", NULL, false},
        {"{\"object\":{\"a-key-that-is-longer-than-any-that-counts\":1,\"metadata\":{\"resourceVersion\":"
         "\"5\"}},"
         "\"type\":\"ADDED\"}\n",
         "BA", "5", NULL, false},
        {POD("ADDED", "7") "{\"type\":\"ADDED\",\"obj", "BAB", "7", NULL, false},
        {POD("ADDED", "7") "{\"type\":\"ADDED\"}\n", "BABA", "7", NULL, false},
        {"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"reason\":\"Expired\",\"code\":410,"
         "\"message\":\"too old resource version: 1 (9)\"}}\n",
         "B", "", "the server ended the watch: too old resource version: 1 (9) (410)", true},
        {"{\"type\":\"ERROR\",\"object\":{\"code\":500}}\n", "B", "",
         "the server ended the watch: no reason given (500)", false},
        {"{\"type\":\"ERROR\"}\n", "B", "", "the server ended the watch: no reason given (no code)", false},
        {"{\"type\":\"ADDED\"\n}\n", "B", "", "line 1", false},
        {"[]\n", "B", "", "an event of a watch must be a map", false},
        {"7\n", "B", "", "an event of a watch must be a map", false},
        {"<html>\n", "B", "", "line 1", false},
        {"{\"type\":{\"type\":\"ADDED\"},\"object\":[{\"metadata\":{\"resourceVersion\":\"no\"}}]}\n", "B",
         "", NULL, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t piece = 1; piece < 600; piece = piece < 5 ? piece + 1 : piece * 10) {
            struct seen s = {0};
            error err = {0};
            const struct shelflife_kube_follow f = follow_of(&s);
            struct shelflife_kube_watch *w = shelflife_kube_watch_new(&f, &err);
            bool ok = feed(w, cases[i].text, piece, &err);
            if (ok != !cases[i].fails || strcmp(s.log, cases[i].log) != 0 ||
                strcmp(shelflife_kube_watch_version(w), cases[i].version) != 0 ||
                shelflife_kube_watch_expired(w) != cases[i].expired)
                fail_msg("%s in pieces of %zu: %d, %s, version %s, %s", cases[i].text, piece, ok, s.log,
                         shelflife_kube_watch_version(w), err.text);
            if (!ok && !strstr(err.text, cases[i].fails))
                fail_msg("%s: %s", cases[i].text, err.text);
            shelflife_kube_watch_free(w);
            shelflife_buffer_free(&s.event);
        }
}

static void an_event_is_limited(void **state UNUSED)
{
    static char block[1 << 20];
    struct seen s = {0};
    error err = {0};
    struct shelflife_kube_follow f = follow_of(&s);
    s.event.limit = 0; /* keep nothing */
    struct shelflife_kube_watch *w = shelflife_kube_watch_new(&f, &err);
    memset(block, 'x', sizeof(block));
    assert_true(shelflife_kube_watch_feed(w, STR("{\"type\":\"ADDED\",\"object\":{\"a\":\""), &err));
    size_t fed = 0;
    while (shelflife_kube_watch_feed(w, (str){block, sizeof(block)}, &err))
        fed += sizeof(block);
    assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
    assert_in_range(fed, SHELFLIFE_KUBE_EVENT_MAX - 2 * sizeof(block), SHELFLIFE_KUBE_EVENT_MAX);
    shelflife_kube_watch_free(w);
    shelflife_buffer_free(&s.event);
}

/* ---- A server ---- */

static bool follow(struct fixture *f, const char *path, struct seen *s)
{
    struct shelflife_kube_follow what = follow_of(s);
    what.list.path = shelflife_str_of(path);
    close_client(f);
    f->options.cancel = &s->cancel;
    open_client(f);
    f->err = (error){0};
    bool ok = shelflife_kube_follow(f->client, &what, &f->reply, &f->err);
    shelflife_buffer_free(&s->event);
    return ok;
}

static void a_list_is_followed(void **state)
{
    static const struct {
        const char *path, *log;
        size_t events, pages;
    } cases[] = {
        {"/watch/well", "LBABMBBABD", 4, 3},    /* a watch continues where it ended */
        {"/watch/cut", "LBABFBA", 2, 3},        /* within an event */
        {"/watch/gone", "LBABFLBA", 2, 6},      /* 410 as an event: listed again */
        {"/watch/gone-at-once", "LFLBA", 1, 6}, /* 410 as a status */
        {"/watch/busy", "LFBA", 1, 3},          /* 500, longer than a request is retried */
        {"/watch/short", "LFFBA", 1, 3},        /* it ends at once, with nothing */
        {"/watch/garbage", "LBFLBA", 1, 6},     /* no JSON: listed again */
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct seen s = {.cancel_after = cases[i].events};
        if (!follow(f, cases[i].path, &s))
            fail_msg("%s: %s (%s)", cases[i].path, f->err.text, s.log);
        if (strcmp(s.log, cases[i].log) != 0 || s.things != cases[i].pages)
            fail_msg("%s: %s (%zu pages) is not %s; %s", cases[i].path, s.log, s.things, cases[i].log,
                     s.last.text);
    }
}

static void a_refusal_ends_it(void **state)
{
    struct fixture *f = *state;
    struct seen s = {0};
    assert_false(follow(f, "/watch/forbidden", &s));
    assert_int_equal(f->reply.status, 403);
    assert_string_equal(s.log, "L");
    assert_error_has(f, "cannot");
}

static void a_handler_ends_it(void **state)
{
    struct fixture *f = *state;
    struct seen s = {.fail_with = SHELFLIFE_ERROR_MEMORY};
    assert_false(follow(f, "/watch/well", &s));
    assert_string_equal(s.log, "LBA");
    assert_error_has(f, "the handler has enough");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_lines),
        cmocka_unit_test(an_event_is_limited),
        cmocka_unit_test_setup_teardown(a_list_is_followed, start, stop),
        cmocka_unit_test_setup_teardown(a_refusal_ends_it, start, stop),
        cmocka_unit_test_setup_teardown(a_handler_ends_it, start, stop),
    };
    return cmocka_run_group_tests(tests, start_all, stop_all);
}
