/* rooms: admission policy inventory catalog workload reference json base */
/*
 * The reply to every recorded review, on two days, to the byte: tests/data/golden/DAY/NAME for
 * tests/data/reviews/NAME, judged by the frozen catalogs and the default policy. After an intended change,
 * write them again and review the difference:
 *
 *     SHELFLIFE_GOLDEN=write build/dev/tests/test_admission_golden; git diff tests/data/golden
 */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "unit/frozen.h"
#include "unit/review_kit.h"

#define REVIEWS TESTS_DIR "/data/reviews"
#define GOLDEN TESTS_DIR "/data/golden"

static const char *const days[] = {"2024-01-01", "2026-11-23"};

static int is_json(const struct dirent *entry)
{
    return shelflife_str_ends(shelflife_str_of(entry->d_name), STR(".json"));
}

/* The *.json of a folder, in the order of their names. */
static size_t list(const char *folder, struct dirent ***entries)
{
    int count = scandir(folder, entries, is_json, alphasort);
    if (count < 0)
        fail_msg("%s: %s", folder, strerror(errno));
    return (size_t)count;
}

static void free_list(struct dirent **entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
}

static bool read_file(const char *folder, const char *name, buffer *out)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    size_t n;
    shelflife_buffer_reset(out);
    while (shelflife_buffer_reserve(out, 65536) && (n = fread(out->at + out->len, 1, 65536, f)) > 0)
        out->len += n;
    fclose(f);
    return !out->failed;
}

static void write_file(const char *folder, const char *name, str text)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    mkdir(GOLDEN, 0755);
    mkdir(folder, 0755);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text.at, 1, text.len, f), text.len);
    assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
    struct kit *kit = malloc(sizeof(*kit));
    assert_non_null(kit);
    kit_init(kit, days[0]);
    add_frozen_catalogs(kit->catalogs);
    kit_finish(kit);
    *state = kit;
    return 0;
}

static int teardown(void **state)
{
    kit_free(*state);
    free(*state);
    return 0;
}

/* How many replies differ from what is written down. */
static size_t compare_day(struct kit *kit, const char *day, bool write)
{
    static const size_t chunks[] = {SIZE_MAX, 1, 0};
    char folder[256];
    struct dirent **reviews, **replies;
    size_t count = list(REVIEWS, &reviews), differ = 0;
    buffer body, golden;
    shelflife_buffer_init(&body, 64 << 20);
    shelflife_buffer_init(&golden, 1 << 20);
    snprintf(folder, sizeof(folder), "%s/%s", GOLDEN, day);
    assert_true(shelflife_day_parse(shelflife_str_of(day), &kit->at));
    for (size_t i = 0; i < count; i++) {
        const char *name = reviews[i]->d_name;
        assert_true(read_file(REVIEWS, name, &body));
        if (write)
            write_file(folder, name, kit_review(kit, shelflife_buffer_str(&body), SIZE_MAX));
        if (!read_file(folder, name, &golden)) {
            print_error("%s/%s is missing\n", folder, name);
            differ++;
            continue;
        }
        for (size_t c = 0; c < COUNT(chunks); c++) {
            str reply = kit_review(kit, shelflife_buffer_str(&body), chunks[c]);
            if (shelflife_str_equal(reply, shelflife_buffer_str(&golden)))
                continue;
            print_error("%s/%s: the reply is\n%.*s\n", folder, name, STR_PRINT(reply));
            differ++;
            break;
        }
    }
    size_t known = list(folder, &replies);
    if (known != count) {
        print_error("%s: %zu replies for %zu reviews\n", folder, known, count);
        differ++;
    }
    free_list(reviews, count);
    free_list(replies, known);
    shelflife_buffer_free(&body);
    shelflife_buffer_free(&golden);
    return differ;
}

static void recorded_reviews_are_answered_to_the_byte(void **state)
{
    const char *what = getenv("SHELFLIFE_GOLDEN");
    bool write = shelflife_str_equal(shelflife_str_of(what), STR("write"));
    size_t differ = 0;
    for (size_t i = 0; i < COUNT(days); i++)
        differ += compare_day(*state, days[i], write);
    assert_int_equal(differ, 0);
}

struct change {
    const char *from, *to;
};

/* A recorded review, with texts replaced throughout. */
static void review(struct kit *kit, const char *name, const struct change *changes, size_t count)
{
    buffer body, changed;
    shelflife_buffer_init(&body, 1 << 20);
    shelflife_buffer_init(&changed, 1 << 20);
    assert_true(read_file(REVIEWS, name, &body));
    for (size_t i = 0; i < count; i++) {
        str rest = shelflife_buffer_str(&body), old = shelflife_str_of(changes[i].from);
        shelflife_buffer_reset(&changed);
        for (const char *at; (at = memmem(rest.at, rest.len, old.at, old.len));) {
            shelflife_buffer_append(&changed, (str){rest.at, (size_t)(at - rest.at)});
            shelflife_buffer_append(&changed, shelflife_str_of(changes[i].to));
            rest = shelflife_str_after(rest, (size_t)(at - rest.at) + old.len);
        }
        assert_true(rest.len < body.len); /* it was there */
        shelflife_buffer_append(&changed, rest);
        buffer swap = body;
        body = changed;
        changed = swap;
    }
    assert_true(shelflife_day_parse(STR("2026-11-23"), &kit->at));
    kit_review(kit, shelflife_buffer_str(&body), SIZE_MAX);
    assert_false(kit->outcome.error);
    shelflife_buffer_free(&body);
    shelflife_buffer_free(&changed);
}

static void a_pod_with_a_dead_image_is_denied_and_its_later_writes_are_not(void **state)
{
    struct kit *kit = *state;
    review(kit, "001-create-pods.json", NULL, 0);
    assert_int_equal(kit->outcome.code, 403);
    assert_true(kit_says(kit,
                         "tf2-gpu.2-11.py310:m112: TensorFlow 2.11 (Google Deep Learning Containers) is past "
                         "end of availability since 2024-11-15"));
    static const char *const writes[] = {"025-update-pods.json", "054-update-pods.json",
                                         "056-update-pods.json"};
    for (size_t i = 0; i < COUNT(writes); i++) {
        review(kit, writes[i], NULL, 0);
        assert_true(kit->outcome.allowed);
        assert_int_equal(kit->outcome.phase, SHELFLIFE_PHASE_UNAVAILABLE);
        assert_true(kit->outcome.warnings > 0);
    }
}

static void a_dead_image_of_a_controller_follows_existing_workloads(void **state)
{
    static const char KEEP[] = "apiVersion: shelflife.dev/v1\nkind: Policy\nexistingWorkloads: keep\n";
    static const char REVIEW[] = "005-create-pods.json";
    static const struct change changes[] = {
        {"us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-8:latest",
         "gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310:m112"},
        {"system:serviceaccount:kube-system:replicaset-controller", "admin"},
    };
    struct kit *kit = *state;
    review(kit, REVIEW, changes, 1);
    assert_int_equal(kit->outcome.code, 403);
    kit_set_policy(kit, KEEP);
    review(kit, REVIEW, changes, 1);
    assert_true(kit->outcome.allowed);
    assert_int_equal(kit->outcome.action, SHELFLIFE_WARN);
    assert_int_equal(kit->outcome.warnings, 0);
    assert_true(kit_says(kit, "\"finding\":\"container \\\"serve\\\": gcr.io/"));
    review(kit, REVIEW, changes, 2);
    assert_int_equal(kit->outcome.code, 403);
    kit_set_policy(kit, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_reviews_are_answered_to_the_byte),
        cmocka_unit_test(a_pod_with_a_dead_image_is_denied_and_its_later_writes_are_not),
        cmocka_unit_test(a_dead_image_of_a_controller_follows_existing_workloads),
    };
    return cmocka_run_group_tests_name("admission, recorded", tests, setup, teardown);
}
