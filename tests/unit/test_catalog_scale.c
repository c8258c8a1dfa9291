/* rooms: base json reference catalog */
/*
 * Lookups cost what the reference costs, whatever the size of the catalogs: counted in slots of hash tables
 * looked at, never in time.
 */
#include "unit/catalog_kit.h"

enum { SMALL = 100, LARGE = 100000, ROWS_EACH = 5 };

/* A catalog of this number of releases, with two patterns each: half of them names with fields. */
static struct shelflife_catalogs *made_up(int releases)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    buffer text;
    error err = {0};
    shelflife_buffer_init(&text, 64 << 20);
    shelflife_buffer_format(&text, "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Catalog\", \"name\": "
                                   "\"large\", \"asOf\": \"2026-01-01\", \"covers\": [\"registry.example\"], "
                                   "\"mirrors\": {\"registry.example\": [\"*.mirror.example\"]}, \"parts\": "
                                   "[\"product-0\"], \"products\": [");
    for (int i = 0; i < releases / ROWS_EACH; i++) {
        shelflife_buffer_format(&text, "%s{\"name\": \"product-%d\", \"repositories\": [", i ? ",\n" : "", i);
        for (int k = 0; k < ROWS_EACH; k++)
            shelflife_buffer_format(&text,
                                    "%s\"registry.example/team-%d/app-%d\", "
                                    "\"registry.example/team-%d/x%d-%d-{acc}.{version}[.{py}]\"",
                                    k ? ", " : "", i % 100, i * ROWS_EACH + k, i % 100, i, k);
        shelflife_buffer_format(&text, "], \"part\": [\"part%d-al{version}\", \"{codename}\"], \"rows\": [",
                                i);
        for (int k = 0; k < ROWS_EACH; k++)
            shelflife_buffer_format(&text,
                                    "%s{\"release\": \"%d.%d\", \"codename\": \"name%d\", \"endOfPatch\": "
                                    "\"20%02d-01-01\", \"latest\": \"%d.%d.9\"}",
                                    k ? ", " : "", i % 30, k, k, 10 + k, i % 30, k);
        shelflife_buffer_format(&text, "]}");
    }
    shelflife_buffer_format(&text, "]}");
    assert_false(text.failed);
    if (!shelflife_catalogs_add(set, shelflife_buffer_str(&text), "made up", &err))
        fail_msg("%s", err.text);
    shelflife_buffer_free(&text);
    finish(set);
    return set;
}

/* How many slots a lookup looks at, and that it finds what it should. */
static uint64_t probes(const struct shelflife_catalogs *set, const char *image, const char *expected)
{
    struct shelflife_reference reference;
    struct shelflife_resolution found;
    uint64_t count = 0;
    arena a;
    buffer text;
    shelflife_arena_init(&a, 1 << 20);
    shelflife_buffer_init(&text, 4096);
    assert_true(shelflife_reference_parse(shelflife_str_of(image), &a, &reference, NULL));
    assert_true(
        shelflife_catalogs_resolve_counted(set, reference.name, &reference, &a, &found, &count, NULL));
    describe(&found, &text);
    assert_str_equal(shelflife_buffer_str(&text), expected);
    shelflife_buffer_free(&text);
    shelflife_arena_free(&a);
    return count;
}

static void a_lookup_costs_the_same_in_a_large_catalog(void **state)
{
    static const struct {
        const char *image, *found;
    } cases[] = {
        {"registry.example/team-7/app-37:7.2.1-slim",
         "large/product-7 7.2 by tag 7.2.1, patch 2012-01-01, outdated"},
        {"eu.mirror.example/team-7/app-37:7.2", "large/product-7 7.2 by tag 7.2, patch 2012-01-01"},
        {"registry.example/team-7/x7-3-gpu.7-4.py310",
         "large/product-7 7.4 by repository 7-4, patch 2014-01-01"},
        {"registry.example/team-7/app-37:7.2-part0-al0.1",
         "large/product-7 7.2 by tag 7.2, patch 2012-01-01; large/product-0 0.1 by part 0.1, patch "
         "2011-01-01"},
        {"registry.example/team-7/app-37:7.2-name3", "large/product-7 7.2 by tag 7.2, patch 2012-01-01; "
                                                     "large/product-0 0.3 by part name3, patch 2013-01-01"},
        {"registry.example/team-7/app-37:1.2.3.4.5.6.7.8.9",
         "large/product-7 older 1.2.3.4.5.6.7.8.9 by tag 1.2.3.4.5.6.7.8.9, ended"},
        {"registry.example/team-7/app-37:99", "unresolved large/product-7"},
        {"registry.example/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p:latest", "unresolved large"},
        {"docker.io/library/python:3.8-slim-bookworm", "unlisted"},
    };
    struct shelflife_catalogs *small = made_up(SMALL), *large = made_up(LARGE);
    (void)state;
    assert_int_equal(shelflife_catalogs_row_count(large), LARGE);
    for (size_t i = 0; i < COUNT(cases); i++) {
        /* Each byte of the name asks for a head, each "/" for a mirror and a cover, each word of the tag for
           parts; a few slots are looked at each time, in whatever table. */
        size_t len = strlen(cases[i].image);
        uint64_t few = probes(small, cases[i].image, cases[i].found);
        uint64_t many = probes(large, cases[i].image, cases[i].found);
        if (few > 4 * len || many > 4 * len)
            fail_msg("%s: %lu and %lu slots", cases[i].image, (unsigned long)few, (unsigned long)many);
    }
    shelflife_catalogs_free(small);
    shelflife_catalogs_free(large);
}

/* Tables are at most half full, and no entry is out of reach. */
static void no_entry_is_far_from_home(void **state)
{
    struct shelflife_catalogs *set = made_up(LARGE);
    const struct catalog_table *tables[] = {&set->index.repositories, &set->index.heads, &set->index.keys};
    (void)state;
    for (size_t i = 0; i < COUNT(tables); i++) {
        const struct catalog_table *t = tables[i];
        size_t entries = 0, farthest = 0;
        for (size_t k = 0; k <= t->mask; k++) {
            if (!t->slots[k].item)
                continue;
            size_t far = (k - t->slots[k].hash) & t->mask;
            farthest = far > farthest ? far : farthest;
            entries++;
        }
        assert_int_equal(entries, t->count);
        assert_in_range(entries, LARGE, (t->mask + 1) / 2);
        assert_in_range(farthest, 0, CATALOG_TABLE_REACH - 1);
    }
    shelflife_catalogs_free(set);
}

static void a_hash_that_too_many_share_is_an_error(void **state)
{
    struct catalog_table table;
    error err = {0};
    uint32_t i = 0;
    (void)state;
    assert_true(shelflife_catalog_table_init(&table, 4, &err));
    while (i < 1000 && shelflife_catalog_table_put(&table, 42, i, &err))
        i++;
    assert_int_equal(i, CATALOG_TABLE_REACH);
    assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
    shelflife_catalog_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lookup_costs_the_same_in_a_large_catalog),
        cmocka_unit_test(no_entry_is_far_from_home),
        cmocka_unit_test(a_hash_that_too_many_share_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
