/* rooms: admission policy inventory catalog workload reference json base */
/* What a review holds, counted by the allocator, and that it says the right thing nevertheless. */
#include "admission/table.h"
#include "shelflife/shelflife.h"
#include "unit/policy_kit.h"
#include "unit/review_kit.h"

enum {
    IMAGES = 100000,
    IMAGES_MOST = 6 << 20, /* bytes, for this number of images */
    USUAL_MOST = 48 << 10,
    CHUNK = 16384,
};

/* ---- The allocator ---- */

struct head {
    _Alignas(max_align_t) size_t size;
};

static size_t live, peak;

static void *counted_malloc(size_t size)
{
    struct head *head = malloc(sizeof(*head) + size);
    if (!head)
        return NULL;
    head->size = size;
    live += size;
    peak = live > peak ? live : peak;
    return head + 1;
}

static void counted_free(void *memory)
{
    if (!memory)
        return;
    struct head *head = (struct head *)memory - 1;
    live -= head->size;
    free(head);
}

/* Both blocks exist for a moment, as may be so with realloc(). */
static void *counted_realloc(void *memory, size_t size)
{
    void *grown = counted_malloc(size);
    if (!grown || !memory)
        return grown;
    const struct head *old = (struct head *)memory - 1;
    memcpy(grown, memory, old->size < size ? old->size : size);
    counted_free(memory);
    return grown;
}

/* ---- Reviews ---- */

static const char CATALOG[] =
    "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Catalog\", \"name\": \"test\", \"asOf\": "
    "\"2026-11-01\", \"products\": ["
    "  {\"name\": \"dead\", \"title\": \"Dead\", \"repositories\": [\"r.test/dead\"],"
    "   \"rows\": [{\"release\": \"1\", \"endOfPatch\": \"2020-01-01\", \"endOfAvailability\": "
    "\"2021-01-01\"}, {\"release\": \"0\", \"endOfPatch\": \"2019-01-01\", \"endOfAvailability\": "
    "\"2020-01-01\"}]},"
    "  {\"name\": \"old\", \"title\": \"Old\", \"repositories\": [\"r.test/old\"],"
    "   \"evidence\": [{\"env\": \"OLD_VERSION\"}],"
    "   \"rows\": [{\"release\": \"1\", \"endOfPatch\": \"2025-01-01\"}]},"
    "  {\"name\": \"fine\", \"title\": \"Fine\", \"repositories\": [\"r.test/fine\"],"
    "   \"rows\": [{\"release\": \"1\", \"endOfPatch\": \"2030-01-01\"}]}]}";

#define POLICY(body) "apiVersion: shelflife.dev/v1\nkind: Policy\n" body

struct memory {
    struct kit kit;
    size_t before; /* held by everything but the review */
    size_t most;   /* by shelflife_review_memory() */
    size_t peak;
    buffer object, old, body;
};

static int setup(void **state)
{
    shelflife_set_allocator(counted_malloc, counted_realloc, counted_free);
    struct memory *m = calloc(1, sizeof(*m));
    assert_non_null(m);
    kit_init(&m->kit, "2026-11-23");
    kit_add_catalog(&m->kit, shelflife_str_of(CATALOG), "test.json");
    kit_finish(&m->kit);
    shelflife_buffer_init(&m->object, 64 << 20);
    shelflife_buffer_init(&m->old, 64 << 20);
    shelflife_buffer_init(&m->body, 128 << 20);
    *state = m;
    return 0;
}

static int teardown(void **state)
{
    struct memory *m = *state;
    shelflife_buffer_free(&m->object);
    shelflife_buffer_free(&m->old);
    shelflife_buffer_free(&m->body);
    kit_free(&m->kit);
    free(m);
    assert_int_equal(live, 0);
    shelflife_set_allocator(NULL, NULL, NULL);
    return 0;
}

/* Judges m->body, and checks after each chunk that the review knows what it holds. */
static void judge(struct memory *m)
{
    struct kit *kit = &m->kit;
    error err;
    str body = shelflife_buffer_str(&m->body);
    assert_false(m->body.failed);
    shelflife_buffer_reset(&kit->reply);
    assert_true(shelflife_buffer_reserve(&kit->reply, 16384));
    m->before = live - shelflife_review_memory(kit->review);
    m->most = 0;
    peak = live;
    shelflife_review_begin(kit->review, &kit->snapshot, kit->at, kit->mode);
    for (; body.len; body = shelflife_str_after(body, CHUNK)) {
        shelflife_review_feed(kit->review, shelflife_str_first(body, CHUNK));
        size_t held = shelflife_review_memory(kit->review);
        assert_int_equal(live - m->before, held);
        m->most = held > m->most ? held : m->most;
    }
    assert_true(shelflife_review_finish(kit->review, &kit->reply, &kit->outcome, &err));
    m->peak = peak - m->before;
    assert_int_equal(live - m->before, shelflife_review_memory(kit->review));
    shelflife_review_reset(kit->review);
    assert_int_equal(live - m->before, shelflife_review_memory(kit->review));
    assert_true(shelflife_review_memory(kit->review) <= USUAL_MOST);
}

static void add_image(buffer *b, const char *name, const char *format, int i)
{
    if (b->len == 0)
        shelflife_buffer_append(
            b, STR("{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{},\"spec\":{\"containers\":["));
    else
        shelflife_buffer_byte(b, ',');
    shelflife_buffer_byte(b, '{');
    if (name)
        shelflife_buffer_format(b, "\"name\":\"%s%d\",", name, i);
    shelflife_buffer_append(b, STR("\"image\":\""));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    shelflife_buffer_format(b, format, i);
#pragma GCC diagnostic pop
    shelflife_buffer_append(b, STR("\"}"));
}

/* The object from the images in m->object, the old one from those in m->old; null if it has no images. */
static void append_object(struct memory *m, buffer *images)
{
    if (images->len)
        shelflife_buffer_append(images, STR("]}}"));
    shelflife_buffer_append(&m->body, images->len ? shelflife_buffer_str(images) : STR("null"));
    shelflife_buffer_reset(images);
}

#define KIND "\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"
#define USER "\"userInfo\":{\"username\":\"jane\"},"
#define HEAD                                                                                                 \
    "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{\"uid\":\"u\","

enum order { USUAL, OLD_FIRST, OPERATION_LAST, NAMESPACE_LAST, KIND_LAST, NO_NAMESPACE, ORDERS };

static void write_body(struct memory *m, const char *operation, enum order order)
{
    static const struct {
        const char *before, *after;
    } texts[ORDERS] = {
        [USUAL] = {KIND "\"namespace\":\"team\",%s" USER, ""},
        [OLD_FIRST] = {KIND "\"namespace\":\"team\",%s" USER, ""},
        [OPERATION_LAST] = {KIND "\"namespace\":\"team\",", ",%s\"x\":1"},
        [NAMESPACE_LAST] = {KIND "%s" USER, ",\"namespace\":\"team\""},
        [KIND_LAST] = {"\"namespace\":\"team\",%s", "," KIND "\"x\":1"},
        [NO_NAMESPACE] = {KIND "%s" USER, ""},
    };
    char text[64];
    snprintf(text, sizeof(text), "\"operation\":\"%s\",", operation);
    shelflife_buffer_reset(&m->body);
    shelflife_buffer_append(&m->body, STR(HEAD));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
    shelflife_buffer_format(&m->body, texts[order].before, text);
    shelflife_buffer_append(&m->body, order == OLD_FIRST ? STR("\"oldObject\":") : STR("\"object\":"));
    append_object(m, order == OLD_FIRST ? &m->old : &m->object);
    shelflife_buffer_append(&m->body, order == OLD_FIRST ? STR(",\"object\":") : STR(",\"oldObject\":"));
    append_object(m, order == OLD_FIRST ? &m->object : &m->old);
    shelflife_buffer_format(&m->body, texts[order].after, text);
#pragma GCC diagnostic pop
    shelflife_buffer_append(&m->body, STR("}}"));
}

/* ---- Tests ---- */

static void a_usual_review_holds_little(void **state)
{
    struct memory *m = *state;
    static const char *const files[] = {"001-create-pods", "025-update-pods",
                                        "043-update-pods-ephemeralcontainers"};
    error err;
    kit_free(&m->kit);
    kit_init(&m->kit, "2026-11-23");
    assert_true(shelflife_catalogs_add_embedded(m->kit.catalogs, &err));
    kit_finish(&m->kit);
    for (size_t i = 0; i < COUNT(files); i++) {
        char path[4096];
        snprintf(path, sizeof(path), TESTS_DIR "/data/reviews/%s.json", files[i]);
        read_file(path, &m->body);
        judge(m);
        print_message("%s: %zu bytes, holds %zu, at most %zu, idle %zu\n", files[i], m->body.len, m->most,
                      m->peak, shelflife_review_memory(m->kit.review));
        assert_true(m->kit.outcome.judged);
        assert_in_range(m->peak, 1, USUAL_MOST);
        shelflife_buffer_free(&m->body);
    }
}

static void images_take_a_few_bytes_each(void **state)
{
    static const struct {
        const char *format;
        enum shelflife_phase phase;
        bool denied;
    } cases[] = {
        {"r.test/dead:1.%d", SHELFLIFE_PHASE_UNAVAILABLE, true},
        {"r.test/old:1.%d", SHELFLIFE_PHASE_UNPATCHED, false},
        {"r.test/fine:1.%d", SHELFLIFE_PHASE_SUPPORTED, false},
        {"i%d", SHELFLIFE_PHASE_UNLISTED, false},
        {"I%d", SHELFLIFE_PHASE_INVALID, true},
    };
    struct memory *m = *state;
    kit_set_policy(&m->kit, POLICY("actions: {invalid: deny}\n"));
    for (size_t c = 0; c < COUNT(cases); c++)
        for (int variant = 0; variant < 8; variant++) {
            bool update = variant & 1, known = variant & 2, named = variant & 4;
            if (known && !update)
                continue;
            for (int i = 0; i < IMAGES; i++) {
                add_image(&m->object, named ? "c" : NULL, cases[c].format, i);
                if (update)
                    add_image(&m->old, named ? "c" : NULL, cases[c].format, known ? i : i + IMAGES);
            }
            write_body(m, update ? "UPDATE" : "CREATE", USUAL);
            judge(m);
            assert_in_range(m->peak, 1, IMAGES_MOST);
            assert_int_equal(m->kit.outcome.images[cases[c].phase], IMAGES);
            assert_int_equal(m->kit.outcome.allowed, !cases[c].denied || known);
            if (variant == 5)
                print_message("%s: an update holds at most %zu bytes\n", cases[c].format, m->peak);
        }
}

static void the_worst_comes_first_though_it_is_last_in_the_text(void **state)
{
    struct memory *m = *state;
    for (int update = 0; update < 2; update++) {
        for (int i = 0; i < 3000; i++)
            add_image(&m->object, "c", i % 3 ? "r.test/old:1.%d" : "r.test/dead:1.%d", i);
        add_image(&m->object, "last", "r.test/dead:0.%d", 7);
        add_image(&m->old, "c", "r.test/fine:1.%d", 1);
        write_body(m, update ? "UPDATE" : "CREATE", USUAL);
        judge(m);
        assert_true(kit_says(&m->kit,
                             "\"message\":\"container \\\"last7\\\": r.test/dead:0.7: Dead 0 is past end of "
                             "availability since 2020-01-01"));
        assert_true(kit_says(&m->kit, "; container \\\"c0\\\": r.test/dead:1.0: "));
        assert_true(kit_says(&m->kit, "\"warnings\":[\"shelflife: container \\\"c1\\\": r.test/old:1.1: "));
        assert_int_equal(m->kit.outcome.images[SHELFLIFE_PHASE_UNAVAILABLE], 1001);
    }
}

/* Of releases that each ended on another day. The verdicts of those that are no longer among the worst are
 * given back. */
static void the_worst_are_kept_when_each_image_is_worse_or_better_than_the_one_before(void **state)
{
    enum { RELEASES = 2000 };
    struct memory *m = *state;
    CLEANUP(shelflife_buffer_free) buffer catalog;
    shelflife_buffer_init(&catalog, 1 << 20);
    shelflife_buffer_append(&catalog,
                            STR("{\"apiVersion\":\"shelflife.dev/v1\",\"kind\":\"Catalog\",\"name\":\"many\","
                                "\"asOf\":\"2026-11-01\",\"products\":[{\"name\":\"many\",\"title\":\"Many\","
                                "\"repositories\":[\"r.test/many\"],\"rows\":["));
    for (int i = 0; i < RELEASES; i++)
        shelflife_buffer_format(&catalog,
                                "%s{\"release\":\"%d\",\"endOfPatch\":\"2000-01-01\",\"endOfAvailability\":"
                                "\"20%02d-%02d-%02d\"}",
                                i ? "," : "", i, 1 + i / 336, 1 + i / 28 % 12, 1 + i % 28);
    shelflife_buffer_append(&catalog, STR("]}]}"));
    kit_free(&m->kit);
    kit_init(&m->kit, "2026-11-23");
    kit_add_catalog(&m->kit, shelflife_buffer_str(&catalog), "many.json");
    kit_finish(&m->kit);
    for (int worse = 0; worse < 2; worse++) {
        for (int i = 0; i < RELEASES; i++)
            add_image(&m->object, "c", "r.test/many:%d", worse ? RELEASES - 1 - i : i);
        write_body(m, "CREATE", USUAL);
        judge(m);
        assert_in_range(m->peak, 1, 512 << 10);
        assert_true(kit_says(&m->kit,
                             "\"message\":\"container \\\"c0\\\": r.test/many:0: Many 0 is past end of "
                             "availability since 2001-01-01; no release to move to; container \\\"c1\\\": "
                             "r.test/many:1: Many 1 is "
                             "past end of availability since 2001-01-02; no release to move to; "));
        assert_int_equal(m->kit.outcome.images[SHELFLIFE_PHASE_UNAVAILABLE], RELEASES);
    }
}

/* An update denies what it introduces, in whatever order the review comes. */
static void an_introduced_image_is_found_among_many(void **state)
{
    struct memory *m = *state;
    static const int counts[] = {3, 1000, 1000, 1000, 1000, 1000};
    for (int order = 0; order < ORDERS; order++)
        for (int introduced = 0; introduced < 2; introduced++) {
            for (int i = 0; i < counts[order]; i++) {
                add_image(&m->object, "c", "r.test/dead:1.%d", i);
                add_image(&m->old, "o", i % 2 ? "R.TEST:443/dead:1.%d" : "r.test/dead:1.%d", i);
            }
            if (introduced)
                add_image(&m->object, "new", "r.test/dead:1.%d", 123456);
            write_body(m, "UPDATE", (enum order)order);
            judge(m);
            assert_false(m->kit.outcome.error);
            assert_int_equal(m->kit.outcome.allowed, !introduced);
            assert_int_equal(m->kit.outcome.images[SHELFLIFE_PHASE_UNAVAILABLE], counts[order] + introduced);
            assert_true(!introduced ||
                        kit_says(&m->kit, "\"message\":\"container \\\"new123456\\\": "
                                          "r.test/dead:1.123456: Dead 1 is past end of "
                                          "availability since 2021-01-01; no release to move to\","));
            assert_true(kit_says(&m->kit, "\"shelflife: container \\\"c0\\\": r.test/dead:1.0: "));
        }
}

/* The names of that many images are not kept, but their hashes are. */
static void an_introduced_image_whose_name_is_not_kept_is_denied_too(void **state)
{
    struct memory *m = *state;
    for (int introduced = 0; introduced < 3; introduced++) {
        for (int i = 0; i < IMAGES; i++) {
            add_image(&m->object, "a-container-with-a-long-name", "r.test/dead:1.%d", i);
            add_image(&m->old, "a-container-with-a-long-name", "r.test/dead:1.%d", i);
        }
        for (int i = 0; i < introduced; i++)
            add_image(&m->object, "c", "r.test/dead:0.%d", IMAGES + i);
        write_body(m, "UPDATE", USUAL);
        judge(m);
        assert_in_range(m->peak, 1, IMAGES_MOST);
        assert_int_equal(m->kit.outcome.allowed, !introduced);
        assert_true(introduced != 1 ||
                    kit_says(&m->kit, "\"message\":\"1 image that the policy denies, among too many "
                                      "to name it\""));
        assert_true(introduced != 2 ||
                    kit_says(&m->kit, "\"message\":\"2 images that the policy denies, among too many "
                                      "to name them\""));
    }
}

static void what_is_written_late_is_waited_for_within_limits(void **state)
{
    static const struct {
        enum order order;
        int code;
        const char *says;
    } cases[] = {
        {OPERATION_LAST, 413, "request.operation must come before an object with this number of images"},
        {NAMESPACE_LAST, 400, "request.namespace must come before an object with this number of images"},
        {KIND_LAST, 413, "this takes more memory than the limit of"},
        {NO_NAMESPACE, 403, "\"message\":\"container \\\"c0\\\": r.test/dead:1.0: "},
    };
    struct memory *m = *state;
    for (size_t c = 0; c < COUNT(cases); c++) {
        for (int i = 0; i < IMAGES; i++)
            add_image(&m->object, "c", "r.test/dead:1.%d", i);
        write_body(m, "CREATE", cases[c].order);
        judge(m);
        assert_in_range(m->peak, 1, IMAGES_MOST);
        assert_int_equal(m->kit.outcome.code, cases[c].code);
        if (!kit_says(&m->kit, cases[c].says))
            fail_msg("%.*s", STR_PRINT(shelflife_buffer_str(&m->kit.reply)));
    }
}

/* A key decides in which order the images of an update are found again. */
static void a_key_changes_no_reply(void **state)
{
    struct memory *m = *state;
    unsigned char key[16];
    for (int k = 0; k < 8; k++) {
        memset(key, k, sizeof(key));
        shelflife_review_set_key(m->kit.review, key);
        for (int i = 0; i < 100; i++) {
            add_image(&m->object, "c", "r.test/dead:1.%d", i);
            add_image(&m->old, "o", "r.test/dead:1.%d", i);
        }
        add_image(&m->object, "new", "r.test/dead:1.%d", 200);
        write_body(m, "UPDATE", USUAL);
        judge(m);
        assert_true(kit_says(&m->kit, "\"message\":\"container \\\"new200\\\": r.test/dead:1.200: "));
        assert_true(kit_says(&m->kit, "\"warnings\":[\"shelflife: container \\\"c0\\\": r.test/dead:1.0: "));
    }
}

/* As without an inventory, though the verdicts have what was found. */
static void what_an_inspection_found_takes_little(void **state)
{
    struct memory *m = *state;
    for (int i = 0; i < 20; i++) {
        char tag[16];
        snprintf(tag, sizeof(tag), "%d", i);
        kit_inspect(&m->kit, (unsigned)i + 1, "r.test/own", tag, "OLD_VERSION", "1.2");
    }
    kit_use_inventory(&m->kit);
    for (int i = 0; i < IMAGES; i++)
        add_image(&m->object, "c", i % 2 ? "r.test/own:%d" : "r.test/fine:1.%d", i % 20);
    write_body(m, "CREATE", USUAL);
    judge(m);
    assert_in_range(m->peak, 1, USUAL_MOST);
    assert_int_equal(m->kit.outcome.warnings, 10);
    assert_int_equal(m->kit.outcome.known[SHELFLIFE_KNOWN_BY_INSPECTION], IMAGES / 2);
}

static void repetitions_are_told_once_and_counted(void **state)
{
    struct memory *m = *state;
    for (int i = 0; i < IMAGES; i++)
        add_image(&m->object, i % 2 ? "c" : NULL, i % 2 ? "r.test/old:1.%d" : "r.test/fine:1.%d", i % 20);
    write_body(m, "CREATE", USUAL);
    judge(m);
    assert_in_range(m->peak, 1, USUAL_MOST);
    assert_int_equal(m->kit.outcome.warnings, 10);
    assert_false(kit_says(&m->kit, "more"));
    assert_int_equal(m->kit.outcome.images[SHELFLIFE_PHASE_UNPATCHED], IMAGES / 2);
}

enum { LONG_FORMAT = 5016 };

/* Sets the format of an image that is too long, which the policy then denies. */
static void deny_long_images(struct memory *m, char format[LONG_FORMAT])
{
    memset(format, 'a', 5000);
    memcpy(format + 5000, ".test/dead:1.%d", 16);
    kit_set_policy(&m->kit, POLICY("actions: {invalid: deny}\n"));
}

/* Long images differ in their last byte, which is not kept. */
static void a_long_image_is_invalid_and_compared_as_a_whole(void **state)
{
    struct memory *m = *state;
    char format[LONG_FORMAT];
    deny_long_images(m, format);
    for (int other = 0; other < 2; other++) {
        add_image(&m->object, "c", format, 1);
        add_image(&m->old, "c", format, 1 + other);
        write_body(m, "UPDATE", USUAL);
        judge(m);
        assert_int_equal(m->kit.outcome.images[SHELFLIFE_PHASE_INVALID], 1);
        assert_int_equal(m->kit.outcome.allowed, !other);
        assert_true(kit_says(&m->kit, "an image reference has at most 4096 characters"));
    }
}

/* Images whose first 4,096 characters are the same look the same: they are shown once. */
static void long_images_that_look_the_same_are_one_finding(void **state)
{
    enum { LONG_IMAGES = 20 };
    struct memory *m = *state;
    char format[LONG_FORMAT];
    deny_long_images(m, format);
    for (int update = 0; update < 2; update++) {
        add_image(&m->object, "first", "r.test/dead:1.%d", 0);
        for (int i = 0; i < LONG_IMAGES; i++) {
            format[4999] = (char)('a' + i);
            add_image(&m->object, "c", format, 0);
        }
        write_body(m, update ? "UPDATE" : "CREATE", USUAL);
        judge(m);
        assert_true(kit_says(
            &m->kit, "availability since 2021-01-01; no release to move to; container \\\"c0\\\": aaaa"));
        assert_true(kit_says(&m->kit, "aaaa: not an image reference: byte 4097: an image reference has at "
                                      "most 4096 characters\",\"reason\""));
        assert_int_equal(m->kit.outcome.images[SHELFLIFE_PHASE_INVALID], LONG_IMAGES);
    }
}

/* What is unusual is counted, and given back: judge() checks it. */
static void everything_unusual_is_given_back(void **state)
{
    enum { DEEP = 10000, LONG = 32 << 20 };
    struct memory *m = *state;
    char key[300];
    memset(key, 'k', sizeof(key) - 1);
    key[sizeof(key) - 1] = '\0';
    shelflife_buffer_append(
        &m->body, STR(HEAD "\"kind\":{\"kind\":\"Deep\",\"group\":\"x.test\"},\"namespace\":\"team\","
                           "\"operation\":\"CREATE\",\"object\":{\"spec\":"));
    for (int i = 0; i < DEEP; i++)
        shelflife_buffer_format(&m->body, "{\"%s\":", key);
    shelflife_buffer_append(&m->body, STR("{\"containers\":[{\"image\":\"r.test/dead:1\"}]}"));
    for (int i = 0; i < DEEP; i++)
        shelflife_buffer_byte(&m->body, '}');
    shelflife_buffer_append(&m->body, STR("}}}"));
    judge(m);
    assert_int_equal(m->kit.outcome.code, 403);
    assert_in_range(m->most, 2 << 20, 8 << 20);

    static const char *const places[] = {"{\"containers\":[{\"image\":\"", "{\"containers\":[{\"name\":\"",
                                         "{\"x\":\""};
    for (size_t i = 0; i < COUNT(places); i++) {
        shelflife_buffer_reset(&m->body);
        shelflife_buffer_append(&m->body, STR(HEAD KIND "\"namespace\":\"team\",\"operation\":\"CREATE\","
                                                        "\"object\":{\"spec\":"));
        shelflife_buffer_append(&m->body, shelflife_str_of(places[i]));
        assert_true(shelflife_buffer_reserve(&m->body, LONG));
        memset(m->body.at + m->body.len, 'x', LONG);
        m->body.len += LONG;
        shelflife_buffer_append(&m->body, STR("\"}"));
        shelflife_buffer_append(&m->body, i < 2 ? STR("]}}}}") : STR("}}}"));
        judge(m);
        assert_int_equal(m->kit.outcome.code, i == 1 ? 413 : 0);
        assert_in_range(m->peak, 1, 8 << 20);
    }

    shelflife_buffer_reset(&m->body);
    shelflife_buffer_append(&m->body, STR(HEAD "\"userInfo\":{\"username\":\""));
    for (int i = 0; i < 64 << 10; i++)
        shelflife_buffer_byte(&m->body, 'u');
    shelflife_buffer_append(&m->body, STR("\"}}}"));
    judge(m);
    assert_in_range(m->most, 128 << 10, 256 << 10);
}

static void a_review_that_is_given_up_holds_little(void **state)
{
    struct memory *m = *state;
    error why;
    for (int i = 0; i < IMAGES; i++)
        add_image(&m->object, "c", "r.test/dead:1.%d", i);
    write_body(m, "UPDATE", USUAL);
    shelflife_review_begin(m->kit.review, &m->kit.snapshot, m->kit.at, m->kit.mode);
    shelflife_review_feed(m->kit.review,
                          shelflife_str_first(shelflife_buffer_str(&m->body), m->body.len / 2));
    assert_true(shelflife_review_memory(m->kit.review) > 10 * USUAL_MOST);
    shelflife_fail(&why, SHELFLIFE_ERROR_TIME, "too late");
    shelflife_review_abort(m->kit.review, &why);
    assert_true(shelflife_review_memory(m->kit.review) <= USUAL_MOST);
    shelflife_review_reset(m->kit.review);
}

static uint64_t hash_of(uint64_t i)
{
    return i * 0x9e3779b97f4a7c15; /* an odd factor: all are distinct */
}

static void the_table_finds_what_was_added_up_to_its_limit(void **state)
{
    (void)state;
    struct admission_table t = {0};
    error err;
    assert_null(shelflife_admission_table_find(&t, 1));
    for (uint64_t i = 0; i < ADMISSION_TABLE_IMAGES_MAX; i++) {
        struct admission_slot *slot = shelflife_admission_table_add(&t, hash_of(i), &err);
        assert_non_null(slot);
        assert_int_equal(slot->count, 0);
        slot->count = (uint32_t)(i + 1) & 0x3fffffff;
    }
    for (uint64_t i = 0; i < ADMISSION_TABLE_IMAGES_MAX; i++)
        assert_int_equal(shelflife_admission_table_find(&t, hash_of(i))->count, i + 1);
    assert_ptr_equal(shelflife_admission_table_add(&t, hash_of(5), &err),
                     shelflife_admission_table_find(&t, hash_of(5)));
    assert_null(shelflife_admission_table_find(&t, hash_of(ADMISSION_TABLE_IMAGES_MAX)));
    assert_null(shelflife_admission_table_add(&t, hash_of(ADMISSION_TABLE_IMAGES_MAX), &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
    assert_true(shelflife_admission_table_memory(&t) <= 8 << 20);
    shelflife_admission_table_free(&t);
}

static void the_table_keeps_a_few_records_of_each_image(void **state)
{
    (void)state;
    struct admission_table t = {0};
    error err;
    struct admission_slot *slot = shelflife_admission_table_add(&t, 7, &err);
    assert_non_null(slot);
    for (uint32_t i = 0; i < 1000; i++) {
        char where[16];
        int len = snprintf(where, sizeof(where), "%u", i % 100);
        const struct admission_record record = {.index = i, .date = 5, .phase = 3};
        assert_true(
            shelflife_admission_table_note(&t, slot, &record, STR("text"), (str){where, (size_t)len}, &err));
    }
    assert_int_equal(slot->count, 1000);
    size_t count = 0;
    const struct admission_record *record;
    for (uint32_t number = slot->record; number; number = record->next, count++) {
        record = shelflife_admission_table_record(&t, number);
        assert_int_equal(record->repeats, 10);
        assert_int_equal(record->index, ADMISSION_TABLE_RECORDS_EACH - 1 - count);
        assert_int_equal(record->date, 5);
        assert_str_equal(((str){record->bytes, record->text_len}), "text");
    }
    assert_int_equal(count, ADMISSION_TABLE_RECORDS_EACH);
    shelflife_admission_table_free(&t);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_usual_review_holds_little),
        TEST(images_take_a_few_bytes_each),
        TEST(the_worst_comes_first_though_it_is_last_in_the_text),
        TEST(the_worst_are_kept_when_each_image_is_worse_or_better_than_the_one_before),
        TEST(an_introduced_image_is_found_among_many),
        TEST(an_introduced_image_whose_name_is_not_kept_is_denied_too),
        TEST(what_is_written_late_is_waited_for_within_limits),
        TEST(a_key_changes_no_reply),
        TEST(what_an_inspection_found_takes_little),
        TEST(repetitions_are_told_once_and_counted),
        TEST(a_long_image_is_invalid_and_compared_as_a_whole),
        TEST(long_images_that_look_the_same_are_one_finding),
        TEST(everything_unusual_is_given_back),
        TEST(a_review_that_is_given_up_holds_little),
        TEST(the_table_finds_what_was_added_up_to_its_limit),
        TEST(the_table_keeps_a_few_records_of_each_image),
    };
    return cmocka_run_group_tests_name("admission memory", tests, NULL, NULL);
}
