/* rooms: admission policy inventory catalog workload reference json base */
/*
 * A memo changes no reply and no outcome. Every recorded review and those written here are judged with
 * several snapshots, days and keys: each by itself, and then with a memo in many orders.
 */
#include <dirent.h>

#include "unit/frozen.h"
#include "unit/review_kit.h"

#define REVIEWS TESTS_DIR "/data/reviews"

/* Phrases of the last product are too long to be remembered. */
#define LONG "A title of exactly sixty bytes, so that phrases grow and grow"
static const char CATALOG[] =
    "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Catalog\", \"name\": \"test\", \"publisher\": \"" LONG
    "\", \"asOf\": \"2020-01-01\", \"products\": ["
    "  {\"name\": \"dead\", \"title\": \"Dead\", \"repositories\": [\"r.test/dead\"],"
    "   \"rows\": [{\"release\": \"1\", \"endOfPatch\": \"2020-01-01\", \"endOfAvailability\": "
    "\"2021-01-01\"}, {\"release\": \"0\", \"endOfPatch\": \"2019-01-01\", \"endOfAvailability\": "
    "\"2020-01-01\"}]},"
    "  {\"name\": \"old\", \"title\": \"Old\", \"repositories\": [\"r.test/old\"],"
    "   \"rows\": [{\"release\": \"1\", \"endOfPatch\": \"2025-01-01\"}]},"
    "  {\"name\": \"long\", \"title\": \"" LONG "\", \"repositories\": [\"r.test/long\"],"
    "   \"rows\": [{\"release\": \"1\", \"endOfPatch\": \"2025-01-01\"}, {\"release\": "
    "\"2222222222222222222222222222222222222222222222222222222222222222\", \"endOfPatch\": \"2027-01-01\"}]},"
    "  {\"name\": \"fine\", \"title\": \"Fine\", \"repositories\": [\"r.test/fine\"],"
    "   \"rows\": [{\"release\": \"1\", \"endOfPatch\": \"2030-01-01\"}]}]}";

#define POLICY(body) "apiVersion: shelflife.dev/v1\nkind: Policy\n" body

/* NULL: the default policy. */
static const char *const policies[] = {
    NULL,
    POLICY("actions: {invalid: deny, unresolved: warn, unlisted: warn}\n"),
    POLICY("namespaces: [{names: [lab-*], mode: warn}]\n"
           "overrides: [{images: [\"r.test/old**\"], namespaces: [prod], actions: {unpatched: deny}}]\n"
           "exceptions: [{images: [\"r.test/dead:1.7\", \"docker.io/library/python:**\"], namespaces: [team],"
           " owner: o, reason: r, until: 2026-12-31}]\n"),
};

static const char *const days[] = {"2024-01-01", "2026-11-23", "2027-03-01"};

/* ---- Reviews ---- */

enum { BODIES_MAX = 256, CUT = SHELFLIFE_IMAGE_MAX };

struct bodies {
    buffer at[BODIES_MAX];
    size_t count;
};

static buffer *add_body(struct bodies *b)
{
    assert_true(b->count < BODIES_MAX);
    buffer *body = &b->at[b->count++];
    shelflife_buffer_init(body, 64 << 20);
    return body;
}

static int is_json(const struct dirent *entry)
{
    return shelflife_str_ends(shelflife_str_of(entry->d_name), STR(".json"));
}

static void add_recorded(struct bodies *b)
{
    struct dirent **entries;
    int count = scandir(REVIEWS, &entries, is_json, alphasort);
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        char path[1024];
        snprintf(path, sizeof(path), REVIEWS "/%s", entries[i]->d_name);
        buffer *body = add_body(b);
        FILE *f = fopen(path, "rb");
        assert_non_null(f);
        size_t n;
        while (shelflife_buffer_reserve(body, 65536) && (n = fread(body->at + body->len, 1, 65536, f)) > 0)
            body->len += n;
        fclose(f);
        free(entries[i]);
    }
    free(entries);
}

/* The images `from` to `to`, with their number in place of "%d". `names`: their containers have that many
 * names in turn; 0: no names. */
struct images {
    const char *format;
    int from, to, names;
    int filler; /* bytes before the number */
};

static void write_object(buffer *b, const char *kind, const struct images *images)
{
    if (!images->format) {
        shelflife_buffer_append(b, STR("null"));
        return;
    }
    shelflife_buffer_format(b, "{\"kind\":\"%s\",\"apiVersion\":\"v1\",\"spec\":{\"containers\":[", kind);
    for (int i = images->from; i < images->to; i++) {
        shelflife_buffer_append(b, i > images->from ? STR(",{\"image\":\"") : STR("{\"image\":\""));
        for (int k = 0; k < images->filler; k++)
            shelflife_buffer_byte(b, 'x');
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        shelflife_buffer_format(b, images->format, i);
#pragma GCC diagnostic pop
        if (images->names)
            shelflife_buffer_format(b, "\",\"name\":\"c%d", i % images->names);
        shelflife_buffer_append(b, STR("\"}"));
    }
    shelflife_buffer_append(b, STR("]}}"));
}

static void add_written(struct bodies *b)
{
    static const struct {
        const char *group, *kind, *namespace, *operation;
        struct images object, old;
        bool old_first;
    } cases[] = {
        /* The same images in namespaces of several classes. */
        {"", "Pod", "prod", "CREATE", {"r.test/old:1.%d", 0, 20, 9, 0}, {0}, false},
        {"", "Pod", "team", "CREATE", {"r.test/old:1.%d", 0, 20, 9, 0}, {0}, false},
        {"", "Pod", "team", "CREATE", {"r.test/dead:1.%d", 0, 20, 9, 0}, {0}, false},
        {"", "Pod", "prod", "CREATE", {"r.test/dead:1.%d", 0, 20, 9, 0}, {0}, false},
        {"", "Pod", "lab-1", "CREATE", {"r.test/dead:1.%d", 0, 20, 0, 0}, {0}, false},
        /* A verdict that was made for a creation, and one for an update. */
        {"", "Pod", "a", "CREATE", {"r.test/dead:1.%d", 0, 50, 50, 0}, {0}, false},
        {"",
         "Pod",
         "a",
         "UPDATE",
         {"r.test/dead:1.%d", 0, 50, 50, 0},
         {"R.test:443/dead:1.%d", 0, 49, 3, 0},
         false},
        {"",
         "Pod",
         "a",
         "UPDATE",
         {"r.test/dead:1.%d", 0, 50, 50, 0},
         {"r.test/dead:1.%d", 0, 50, 3, 0},
         true},
        {"",
         "Pod",
         "a",
         "UPDATE",
         {"r.test/dead:0.%d", 0, 90, 0, 0},
         {"r.test/dead:0.%d", 1, 90, 0, 0},
         false},
        {"", "Pod", "a", "CREATE", {"r.test/dead:0.%d", 0, 90, 0, 0}, {0}, false},
        {"", "Pod", "a", "UPDATE", {"I%d", 0, 30, 4, 0}, {"I%d", 2, 30, 4, 0}, false},
        /* More than the memo has places; the same ones again and again. */
        {"", "Pod", "a", "CREATE", {"r.test/old:1.%d", 0, 2000, 2000, 0}, {0}, false},
        {"", "Pod", "a", "CREATE", {"r.test/old:1.7", 0, 500, 500, 0}, {0}, false},
        {"", "Pod", "a", "CREATE", {"i%d", 0, 100, 7, 0}, {0}, false},
        {"", "Pod", "a", "CREATE", {"r.test/fine:1.%d", 0, 100, 7, 0}, {0}, false},
        /* Texts that are cut and differ in what is cut off, and one that is nearly cut. */
        {"", "Pod", "a", "CREATE", {"%d", 0, 9, 9, CUT}, {0}, false},
        {"", "Pod", "a", "UPDATE", {"%d", 0, 9, 9, CUT}, {"%d", 3, 8, 9, CUT}, false},
        {"", "Pod", "a", "CREATE", {"%d", 0, 9, 9, CUT - 1}, {0}, false},
        /* As written in a Pod; to be replaced elsewhere. */
        {"", "Pod", "a", "CREATE", {"$(params.x):%d", 0, 3, 3, 0}, {0}, false},
        {"example.com", "Thing", "a", "CREATE", {"$(params.x):%d", 0, 3, 3, 0}, {0}, false},
        {"", "Pod", "a", "UPDATE", {"$(params.x):%d", 0, 3, 3, 0}, {"$(params.x):%d", 1, 3, 3, 0}, false},
        /* Lines that are cut; phrases that are not remembered. */
        {"", "Pod", "a", "CREATE", {"r.test/long:1.%d", 0, 70, 70, 0}, {0}, false},
        {"", "Pod", "a", "CREATE", {"/r.test/old:1-%d", 0, 5, 5, 200}, {0}, false},
        {"", "Pod", "a", "CREATE", {"\\u200b\\u0001\\ud800%d", 0, 5, 5, 0}, {0}, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        buffer *body = add_body(b);
        shelflife_buffer_format(body,
                                "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\","
                                "\"request\":{\"uid\":\"u%zu\",\"kind\":{\"group\":\"%s\",\"version\":\"v1\","
                                "\"kind\":\"%s\"},\"namespace\":\"%s\",\"operation\":\"%s\",\"%s\":",
                                i, cases[i].group, cases[i].kind, cases[i].namespace, cases[i].operation,
                                cases[i].old_first ? "oldObject" : "object");
        write_object(body, cases[i].kind, cases[i].old_first ? &cases[i].old : &cases[i].object);
        shelflife_buffer_format(body, ",\"%s\":", cases[i].old_first ? "object" : "oldObject");
        write_object(body, cases[i].kind, cases[i].old_first ? &cases[i].object : &cases[i].old);
        shelflife_buffer_append(body, STR("}}"));
        assert_false(body->failed);
    }
}

/* ---- Snapshots ---- */

struct world {
    struct shelflife_catalogs *catalogs;
    struct shelflife_policy *policies[COUNT(policies)];
    struct shelflife_snapshot snapshots[COUNT(policies)];
    struct bodies bodies;
};

static int setup(void **state)
{
    error err;
    struct world *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    w->catalogs = shelflife_catalogs_new();
    assert_non_null(w->catalogs);
    add_frozen_catalogs(w->catalogs);
    if (!shelflife_catalogs_add(w->catalogs, shelflife_str_of(CATALOG), "test", &err) ||
        !shelflife_catalogs_finish(w->catalogs, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < COUNT(policies); i++) {
        w->policies[i] = policies[i] ? shelflife_policy_read(shelflife_str_of(policies[i]), "policy", &err)
                                     : shelflife_policy_default(&err);
        if (!w->policies[i])
            fail_msg("%s", err.text);
        w->snapshots[i] = (struct shelflife_snapshot){
            .catalogs = w->catalogs, .policy = w->policies[i], .digest = STR("sha256:0"), .edition = i + 1};
    }
    add_recorded(&w->bodies);
    add_written(&w->bodies);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < w->bodies.count; i++)
        shelflife_buffer_free(&w->bodies.at[i]);
    for (size_t i = 0; i < COUNT(policies); i++)
        shelflife_policy_free(w->policies[i]);
    shelflife_catalogs_free(w->catalogs);
    free(w);
    return 0;
}

/* ---- Judging ---- */

/* A review to judge, and what it comes to. */
struct task {
    str body;
    struct shelflife_snapshot snapshot;
    shelflife_day at;
    enum shelflife_mode mode;
    buffer reply;
    struct shelflife_outcome outcome; /* whose strings are those of the review */
};

struct tasks {
    struct task *at;
    size_t count;
};

static struct tasks make_tasks(const struct world *w)
{
    struct tasks all = {.at = calloc(w->bodies.count * COUNT(policies) * COUNT(days), sizeof(*all.at))};
    assert_non_null(all.at);
    for (size_t day = 0; day < COUNT(days); day++)
        for (size_t i = 0; i < w->bodies.count; i++)
            for (size_t k = 0; k < COUNT(policies); k++) {
                struct task *task = &all.at[all.count++];
                *task = (struct task){.body = shelflife_buffer_str(&w->bodies.at[i]),
                                      .snapshot = w->snapshots[k],
                                      .mode = i % 3 ? SHELFLIFE_MODE_POLICY : SHELFLIFE_MODE_WARN};
                assert_true(shelflife_day_parse(shelflife_str_of(days[day]), &task->at));
                shelflife_buffer_init(&task->reply, 1 << 20);
            }
    return all;
}

static void free_tasks(struct tasks *all)
{
    for (size_t i = 0; i < all->count; i++)
        shelflife_buffer_free(&all->at[i].reply);
    free(all->at);
}

static void begin(struct shelflife_review *review, const struct task *task)
{
    shelflife_review_begin(review, &task->snapshot, task->at, task->mode);
}

static void finish(struct shelflife_review *review, buffer *reply, struct shelflife_outcome *outcome)
{
    error err;
    shelflife_buffer_reset(reply);
    assert_true(shelflife_review_finish(review, reply, outcome, &err));
    outcome->message = outcome->uid = outcome->operation = outcome->group = outcome->resource = (str){0};
    outcome->subresource = outcome->kind = outcome->namespace_name = outcome->name = outcome->user = (str){0};
}

static void judge(struct shelflife_review *review, const struct task *task, buffer *reply,
                  struct shelflife_outcome *outcome)
{
    begin(review, task);
    shelflife_review_feed(review, task->body);
    finish(review, reply, outcome);
}

static void compare(const struct task *task, const buffer *reply, const struct shelflife_outcome *outcome)
{
    if (!shelflife_str_equal(shelflife_buffer_str(reply), shelflife_buffer_str(&task->reply)))
        fail_msg("%.*s\nwith a memo, without it\n%.*s\nfor\n%.*s", STR_PRINT(shelflife_buffer_str(reply)),
                 STR_PRINT(shelflife_buffer_str(&task->reply)),
                 STR_PRINT(shelflife_str_first(task->body, 2000)));
    assert_memory_equal(outcome->images, task->outcome.images, sizeof(outcome->images));
    assert_memory_equal(outcome->known, task->outcome.known, sizeof(outcome->known));
    const uint32_t counts[][2] = {{outcome->outdated, task->outcome.outdated},
                                  {outcome->unverified, task->outcome.unverified},
                                  {outcome->contradicted, task->outcome.contradicted},
                                  {outcome->waived, task->outcome.waived},
                                  {outcome->warnings, task->outcome.warnings},
                                  {outcome->unread, task->outcome.unread},
                                  {(uint32_t)outcome->code, (uint32_t)task->outcome.code},
                                  {outcome->action, task->outcome.action},
                                  {outcome->phase, task->outcome.phase},
                                  {outcome->error, task->outcome.error}};
    for (size_t i = 0; i < COUNT(counts); i++)
        assert_int_equal(counts[i][0], counts[i][1]);
}

/* Each by itself, by an object that remembers nothing. */
static void judge_each(struct tasks *all)
{
    for (size_t i = 0; i < all->count; i++) {
        struct task alone = all->at[i];
        struct shelflife_review *review = shelflife_review_new();
        assert_non_null(review);
        alone.snapshot.edition = 0;
        judge(review, &alone, &alone.reply, &alone.outcome);
        all->at[i].reply = alone.reply;
        all->at[i].outcome = alone.outcome;
        shelflife_review_free(review);
    }
}

/* ---- Tests ---- */

enum { REVIEWS_AT_ONCE = 2 };

static struct shelflife_review *make_review(struct shelflife_memo *memo, int key)
{
    unsigned char bytes[16];
    struct shelflife_review *review = shelflife_review_new();
    assert_non_null(review);
    memset(bytes, key, sizeof(bytes));
    shelflife_review_set_key(review, bytes);
    shelflife_review_set_memo(review, memo);
    return review;
}

static void a_memo_changes_nothing_in_whatever_order_the_reviews_come(void **state)
{
    /* How far on the next task is. Their number is not a multiple of any of these primes. */
    static const size_t steps[] = {1, SIZE_MAX, 7919, 104729};
    struct tasks all = make_tasks(*state);
    buffer reply;
    shelflife_buffer_init(&reply, 1 << 20);
    judge_each(&all);
    for (int own = 0; own < 2; own++) {
        struct shelflife_memo *memo = own ? NULL : shelflife_memo_new();
        struct shelflife_review *reviews[REVIEWS_AT_ONCE];
        for (int k = 0; k < REVIEWS_AT_ONCE; k++)
            reviews[k] = make_review(memo, k);
        for (size_t s = 0; s < COUNT(steps); s++)
            for (size_t i = 0, at = 0; i < all.count; i++) {
                struct shelflife_outcome outcome;
                judge(reviews[i % 3 == 2], &all.at[at], &reply, &outcome);
                compare(&all.at[at], &reply, &outcome);
                at = steps[s] == SIZE_MAX ? all.count - 1 - i : (at + steps[s]) % all.count;
            }
        for (int k = 0; k < REVIEWS_AT_ONCE; k++)
            shelflife_review_free(reviews[k]);
        assert_true(own || shelflife_memo_memory(memo) <= 256 << 10);
        shelflife_memo_free(memo);
    }
    shelflife_buffer_free(&reply);
    free_tasks(&all);
}

/* Two reviews with different snapshots and days come piece by piece in turns. */
static void reviews_may_use_a_memo_in_turns(void **state)
{
    enum { PIECE = 512, APART = 41, ROUNDS = 300 };
    struct tasks all = make_tasks(*state);
    struct shelflife_memo *memo = shelflife_memo_new();
    struct shelflife_review *reviews[REVIEWS_AT_ONCE] = {make_review(memo, 1), make_review(memo, 1)};
    buffer reply;
    shelflife_buffer_init(&reply, 1 << 20);
    judge_each(&all);
    for (size_t round = 0; round < ROUNDS; round++) {
        const struct task *tasks[] = {&all.at[round * 13 % all.count],
                                      &all.at[(round * 13 + APART) % all.count]};
        size_t longest = tasks[0]->body.len > tasks[1]->body.len ? tasks[0]->body.len : tasks[1]->body.len;
        for (int k = 0; k < REVIEWS_AT_ONCE; k++)
            begin(reviews[k], tasks[k]);
        for (size_t at = 0; at < longest; at += PIECE)
            for (int k = 0; k < REVIEWS_AT_ONCE; k++)
                shelflife_review_feed(reviews[k],
                                      shelflife_str_first(shelflife_str_after(tasks[k]->body, at), PIECE));
        for (int k = 0; k < REVIEWS_AT_ONCE; k++) {
            struct shelflife_outcome outcome;
            finish(reviews[k], &reply, &outcome);
            compare(tasks[k], &reply, &outcome);
        }
    }
    for (int k = 0; k < REVIEWS_AT_ONCE; k++)
        shelflife_review_free(reviews[k]);
    shelflife_memo_free(memo);
    shelflife_buffer_free(&reply);
    free_tasks(&all);
}

/* That it remembers shows only where the same edition is given to another snapshot, against the contract. */
static void it_remembers_for_one_edition_day_and_key(void **state)
{
    static const char BODY[] =
        "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{\"uid\":\"u\","
        "\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},\"operation\":\"CREATE\",\"object\":{"
        "\"spec\":{\"containers\":[{\"image\":\"a:1\"}]}}}}";
    static const struct {
        uint64_t edition;
        shelflife_day at;
        int key;
        bool shared, remembers;
    } cases[] = {
        {7, 20000, 1, true, true},   {8, 20000, 1, true, false},  {7, 20001, 1, true, false},
        {7, 20000, 2, true, false},  {0, 20000, 1, true, false},  {7, 20000, 1, false, true},
        {8, 20000, 1, false, false}, {7, 20001, 1, false, false}, {0, 20000, 1, false, false},
    };
    struct world *w = *state;
    buffer reply;
    shelflife_buffer_init(&reply, 1 << 20);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_memo *memo = cases[i].shared ? shelflife_memo_new() : NULL;
        struct shelflife_review *first = make_review(memo, 1), *second = first;
        struct shelflife_outcome outcome;
        struct task task = {.body = shelflife_str_of(BODY), .snapshot = w->snapshots[1], .at = 20000};
        task.snapshot.edition = cases[i].edition ? 7 : 0;
        task.mode = SHELFLIFE_MODE_POLICY;
        judge(first, &task, &reply, &outcome);
        assert_int_equal(outcome.warnings, 1);
        if (cases[i].shared)
            second = make_review(memo, cases[i].key);
        task.snapshot = w->snapshots[0]; /* which allows it */
        task.snapshot.edition = cases[i].edition;
        task.at = cases[i].at;
        judge(second, &task, &reply, &outcome);
        assert_int_equal(outcome.warnings, cases[i].remembers);
        shelflife_review_free(first);
        if (second != first)
            shelflife_review_free(second);
        shelflife_memo_free(memo);
    }
    shelflife_buffer_free(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_memo_changes_nothing_in_whatever_order_the_reviews_come, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(reviews_may_use_a_memo_in_turns, setup, teardown),
        cmocka_unit_test_setup_teardown(it_remembers_for_one_edition_day_and_key, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
