/* rooms: file kube net json pki base */
#include "unit/kube_kit.h"

struct seen {
    char log[512]; /* a letter for each event */
    buffer page;
    size_t things; /* of whole pages */
    bool inconsistent;
    int64_t remaining[16];
    enum shelflife_kube_list_event fail_at;
    enum shelflife_error_kind fail_with;
};

static size_t count_things(str s)
{
    size_t n = 0;
    for (const char *at; (at = memmem(s.at, s.len, "thing-", 6)); n++)
        s = shelflife_str_after(s, (size_t)(at - s.at) + 6);
    return n;
}

static bool see(void *context, enum shelflife_kube_list_event event, const struct shelflife_kube_page *page,
                str bytes, error *err)
{
    struct seen *s = context;
    size_t n = strlen(s->log);
    if (event != SHELFLIFE_KUBE_PAGE_BYTES && n + 1 < sizeof(s->log))
        s->log[n] = "S.EAR"[event];
    if (event == SHELFLIFE_KUBE_PAGE_START || event == SHELFLIFE_KUBE_PAGE_AGAIN)
        shelflife_buffer_reset(&s->page);
    if (event == SHELFLIFE_KUBE_RESTART)
        s->things = 0;
    shelflife_buffer_append(&s->page, bytes);
    if (s->fail_with && event == s->fail_at)
        return shelflife_fail(err, s->fail_with, "the handler has enough");
    if (event == SHELFLIFE_KUBE_PAGE_END) {
        /* What a reader of JSON would find. */
        if (s->page.len == 0 || s->page.at[s->page.len - 1] != '}')
            return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "no whole JSON");
        s->things += count_things(shelflife_buffer_str(&s->page));
        s->inconsistent = page->inconsistent;
        if (page->number < COUNT(s->remaining))
            s->remaining[page->number] = page->remaining;
        assert_int_equal(page->last, shelflife_str_find(shelflife_buffer_str(&s->page), '@') == SIZE_MAX);
    }
    return true;
}

static bool list(struct fixture *f, const char *path, struct seen *s)
{
    const struct shelflife_kube_list l = {.path = shelflife_str_of(path), .limit = 2};
    shelflife_buffer_init(&s->page, 1 << 20);
    f->err = (error){0};
    bool ok = shelflife_kube_list(f->client, &l, see, s, &f->reply, &f->err);
    shelflife_buffer_free(&s->page);
    return ok;
}

static void lists_are_complete_and_without_repeats(void **state)
{
    static const struct {
        const char *path, *log;
        size_t things;
        bool inconsistent;
    } cases[] = {
        {"/list/well", "SESESESESE", 10, false},          {"/list/late", "SESESESESE", 10, false},
        {"/list/squeezed", "SESESESESE", 10, false},      {"/list/resumes", "SESESESESE", 10, true},
        {"/list/restarts", "SESERSESESESESE", 10, false}, {"/list/half", "SESASASESESESE", 10, false},
        {"/list/cut", "SESEASEASESESESE", 10, false},     {"/list/busy", "SESESESESE", 10, false},
        {"/list/broken", "SESESESESE", 10, false},        {"/list/empty", "SE", 0, false},
        {"/list/odd", "SESESESESE", 10, false},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct seen s = {0};
        if (!list(f, cases[i].path, &s))
            fail_msg("%s: %s (%s)", cases[i].path, f->err.text, s.log);
        if (strcmp(s.log, cases[i].log) != 0)
            fail_msg("%s: %s is not %s", cases[i].path, s.log, cases[i].log);
        assert_int_equal(s.things, cases[i].things);
        assert_int_equal(s.inconsistent, cases[i].inconsistent);
        int64_t first = s.remaining[0], wanted = strcmp(cases[i].path, "/list/odd") == 0 ? -1 : 8;
        if (cases[i].things)
            assert_int_equal(first, wanted);
        assert_int_equal(s.remaining[4], cases[i].things ? -1 : 0);
    }
    assert_int_equal(f->fake.slept, 8000); /* /list/busy's Retry-After, four times */
}

static void lists_that_cannot_be_read_end(void **state)
{
    static const struct {
        const char *path, *error;
        enum shelflife_error_kind kind;
    } cases[] = {
        {"/list/always-expired", "410 Expired: too old", SHELFLIFE_ERROR_IO},
        {"/list/always-restarts", "410 Expired: too old", SHELFLIFE_ERROR_IO},
        {"/list/always-cut", "no whole JSON", SHELFLIFE_ERROR_INPUT},
        {"/list/same-token", "the same continue token twice", SHELFLIFE_ERROR_IO},
        {"/list/no-json", "invalid response to GET /list/no-json: line 1, column 1", SHELFLIFE_ERROR_INPUT},
        {"/list/nothing", "invalid response to GET /list/nothing: ", SHELFLIFE_ERROR_INPUT},
        {"/list/long-token", "continue token", SHELFLIFE_ERROR_LIMIT},
        {"/forbidden", "403 Forbidden", SHELFLIFE_ERROR_IO},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct seen s = {0};
        if (list(f, cases[i].path, &s))
            fail_msg("%s was taken: %s", cases[i].path, s.log);
        if (!strstr(f->err.text, cases[i].error) || f->err.kind != cases[i].kind)
            fail_msg("%s: %d %s", cases[i].path, (int)f->err.kind, f->err.text);
    }
}

static void the_handler_may_stop(void **state)
{
    static const enum shelflife_kube_list_event events[] = {
        SHELFLIFE_KUBE_PAGE_START, SHELFLIFE_KUBE_PAGE_BYTES, SHELFLIFE_KUBE_PAGE_END};
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(events); i++) {
        struct seen s = {.fail_at = events[i], .fail_with = SHELFLIFE_ERROR_LIMIT};
        assert_false(list(f, "/list/well", &s));
        assert_string_equal(f->err.text, "the handler has enough");
        assert_int_equal(f->err.kind, SHELFLIFE_ERROR_LIMIT);
        assert_string_equal(s.log, events[i] == SHELFLIFE_KUBE_PAGE_END ? "SE" : "S");
    }
    struct seen s = {.fail_at = SHELFLIFE_KUBE_RESTART, .fail_with = SHELFLIFE_ERROR_LIMIT};
    assert_false(list(f, "/list/always-restarts", &s));
    assert_string_equal(f->err.text, "the handler has enough");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lists_are_complete_and_without_repeats),
        TEST(lists_that_cannot_be_read_end),
        TEST(the_handler_may_stop),
    };
    return cmocka_run_group_tests(tests, start_all, stop_all);
}
