/* rooms: admission policy inventory catalog workload reference json base */
#include "shelflife/shelflife.h"
#include "unit/test.h"

/* A mark before each block shows whether the block came from these functions. */
enum { MARK = 0x5e1f11fe };

struct head {
    _Alignas(max_align_t) size_t mark, size;
};

static size_t allocated, live;
static bool empty;

static void *marked_malloc(size_t size)
{
    struct head *head = empty ? NULL : malloc(sizeof(*head) + size);
    if (!head)
        return NULL;
    *head = (struct head){MARK, size};
    allocated++;
    live++;
    return memset(head + 1, 0xa5, size);
}

static void marked_free(void *memory)
{
    if (!memory)
        return;
    struct head *head = (struct head *)memory - 1;
    assert_int_equal(head->mark, MARK);
    head->mark = 0;
    live--;
    free(head);
}

static void *marked_realloc(void *memory, size_t size)
{
    void *grown = marked_malloc(size);
    if (!grown || !memory)
        return grown;
    const struct head *old = (struct head *)memory - 1;
    assert_int_equal(old->mark, MARK);
    memcpy(grown, memory, old->size < size ? old->size : size);
    marked_free(memory);
    return grown;
}

static int set_hooks(void **state)
{
    (void)state;
    allocated = live = 0;
    empty = false;
    shelflife_set_allocator(marked_malloc, marked_realloc, marked_free);
    return 0;
}

static int clear_hooks(void **state)
{
    (void)state;
    shelflife_set_allocator(NULL, NULL, NULL);
    return 0;
}

static const char CATALOG[] = "apiVersion: shelflife.dev/v1\nkind: Catalog\nname: test\nasOf: 2026-11-01\n"
                              "products:\n- name: a\n  title: A\n  repositories: [r.test/a]\n"
                              "  rows: [{release: '1', endOfPatch: 2020-01-01}, {release: '2'}]\n";
static const char POLICY[] =
    "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Policy\", \"actions\": {\"unpatched\": \"deny\"}}";
static const char REVIEW[] =
    "{\"apiVersion\": \"admission.k8s.io/v1\", \"kind\": \"AdmissionReview\", \"request\": {\"uid\": \"u\","
    " \"kind\": {\"group\": \"\", \"version\": \"v1\", \"kind\": \"Pod\"}, \"operation\": \"CREATE\","
    " \"object\": {\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"spec\": {\"containers\":"
    " [{\"name\": \"c\", \"image\": \"r.test/a:1\"}]}}}}";

static void all_memory_comes_from_the_functions_and_goes_back_to_them(void **state)
{
    (void)state;
    error err = {0};
    struct shelflife_catalogs *catalogs = shelflife_catalogs_new();
    assert_true(shelflife_catalogs_add(catalogs, shelflife_str_of(CATALOG), "catalog", &err));
    assert_true(shelflife_catalogs_add_embedded(catalogs, &err));
    assert_true(shelflife_catalogs_finish(catalogs, &err));
    struct shelflife_policy *policy = shelflife_policy_read(shelflife_str_of(POLICY), "policy", &err);
    assert_non_null(policy);
    struct shelflife_policy *builtin = shelflife_policy_default(&err);
    assert_non_null(builtin);

    struct shelflife_snapshot snapshot = {.catalogs = catalogs, .policy = policy, .digest = STR("d")};
    struct shelflife_review *review = shelflife_review_new();
    struct shelflife_outcome outcome;
    buffer reply;
    shelflife_buffer_init(&reply, 1 << 20);
    shelflife_day at;
    assert_true(shelflife_day_parse(STR("2026-11-23"), &at));
    shelflife_review_begin(review, &snapshot, at, SHELFLIFE_MODE_POLICY);
    shelflife_review_feed(review, shelflife_str_of(REVIEW));
    assert_true(shelflife_review_finish(review, &reply, &outcome, &err));
    assert_int_equal(outcome.code, 403);
    assert_true(allocated > 100);

    shelflife_buffer_free(&reply);
    shelflife_review_free(review);
    shelflife_policy_free(builtin);
    shelflife_policy_free(policy);
    shelflife_catalogs_free(catalogs);
    assert_int_equal(live, 0);
}

static void without_memory_every_object_fails_to_be_made(void **state)
{
    (void)state;
    empty = true;
    error err = {0};
    assert_null(shelflife_catalogs_new());
    assert_null(shelflife_review_new());
    assert_null(shelflife_json_parser_new(NULL, NULL, false));
    assert_null(shelflife_policy_read(shelflife_str_of(POLICY), "policy", &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_MEMORY);
    buffer b;
    shelflife_buffer_init(&b, 100);
    assert_false(shelflife_buffer_reserve(&b, 1));
    arena a;
    shelflife_arena_init(&a, 100);
    assert_null(shelflife_arena_alloc(&a, 1));
    assert_int_equal(allocated, 0);
}

static void zeroed_memory_is_zeroed_and_its_size_cannot_overflow(void **state)
{
    (void)state;
    static const unsigned char zeros[24];
    unsigned char *memory = shelflife_calloc(3, 8);
    assert_non_null(memory);
    assert_memory_equal(memory, zeros, sizeof(zeros));
    shelflife_free(memory);
    volatile size_t huge = SIZE_MAX / 2;
    assert_null(shelflife_calloc(huge, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_memory_comes_from_the_functions_and_goes_back_to_them, set_hooks,
                                        clear_hooks),
        cmocka_unit_test_setup_teardown(without_memory_every_object_fails_to_be_made, set_hooks, clear_hooks),
        cmocka_unit_test_setup_teardown(zeroed_memory_is_zeroed_and_its_size_cannot_overflow, set_hooks,
                                        clear_hooks),
    };
    return cmocka_run_group_tests_name("allocator", tests, NULL, NULL);
}
