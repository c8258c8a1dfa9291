/* rooms: base json reference inventory */
#include <malloc.h>

#include "unit/inventory_kit.h"
#include "unit/inventory_large.h"

enum { IMAGES = 100000, MIB = 1 << 20 };

static size_t in_use, most;

static void *count_malloc(size_t size)
{
    void *at = malloc(size);
    in_use += malloc_usable_size(at);
    most = in_use > most ? in_use : most;
    return at;
}

static void *count_realloc(void *old, size_t size)
{
    in_use -= malloc_usable_size(old);
    void *at = realloc(old, size);
    in_use += malloc_usable_size(at ? at : old);
    most = in_use > most ? in_use : most;
    return at;
}

static void count_free(void *at)
{
    in_use -= malloc_usable_size(at);
    free(at);
}

static bool feed(void *reader, str bytes, error *err)
{
    return shelflife_inventory_reader_feed(reader, bytes, err);
}

/* The promise of an inventory: 100,000 images in 40 MiB. While it is read, it takes little more. */
static void many_images_fit_into_little_memory(void **state)
{
    (void)state;
    static const struct shelflife_inventory_file whole;
    error err = {0};
    shelflife_alloc_set(count_malloc, count_realloc, count_free);
    struct shelflife_inventory *made = shelflife_inventory_new();
    if (!large_fill(made, IMAGES, 100, &err) || !shelflife_inventory_finish(made, &err))
        fail_msg("%s", err.text);
    size_t before = in_use;
    most = in_use;
    struct shelflife_inventory *read = shelflife_inventory_new();
    struct shelflife_inventory_reader *reader = shelflife_inventory_reader_new(read, "test");
    if (!shelflife_inventory_write(made, &whole, feed, reader, &err) ||
        !shelflife_inventory_reader_end(reader, &err))
        fail_msg("%s", err.text);
    shelflife_inventory_reader_free(reader);
    kit_finish(read);
    print_message("%zu MiB for %d images, %zu MiB at most\n", (in_use - before) / MIB, IMAGES,
                  (most - before) / MIB);
    assert_int_equal(shelflife_inventory_count(read), IMAGES);
    assert_in_range(in_use - before, 10 * MIB, 40 * MIB);
    assert_in_range(most - before, 10 * MIB, 60 * MIB);
    /* What it says about itself is what was allocated, up to what the allocator rounds up. */
    assert_in_range(shelflife_inventory_memory(read), (in_use - before) / 20 * 19, in_use - before);
    for (size_t i = 0; i < IMAGES; i += 997) {
        struct shelflife_inventory_entry wanted, found;
        struct shelflife_inventory_reference seen;
        shelflife_inventory_at(made, i, &wanted);
        assert_true(shelflife_inventory_find_digest(read, shelflife_str_of(wanted.manifest), &found));
        assert_string_equal(found.digest, wanted.digest);
        assert_int_equal(found.evidence.count, wanted.evidence.count);
        shelflife_inventory_reference_at(made, i, 0, &seen);
        const struct shelflife_reference reference = {.name = seen.name, .tag = seen.tag};
        assert_true(shelflife_inventory_find(read, &reference, &found));
    }
    shelflife_inventory_free(made);
    shelflife_inventory_free(read);
    shelflife_alloc_set(NULL, NULL, NULL);
    assert_int_equal(in_use, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(many_images_fit_into_little_memory)};
    return cmocka_run_group_tests_name("inventory memory", tests, NULL, NULL);
}
