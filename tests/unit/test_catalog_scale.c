/* rooms: base json reference catalog */
/*
 * Lookups cost what the reference costs, whatever the size of the catalogs: counted in slots of hash tables
 * looked at, never in time.
 */
#include "unit/catalog_kit.h"

enum { SMALL = 100, LARGE = 100000, ROWS_EACH = 5, WORDS = 8 };

static struct shelflife_catalogs *finish_text(struct shelflife_catalogs *set, buffer *text)
{
    error err = {0};
    assert_false(text->failed);
    if (!shelflife_catalogs_add(set, shelflife_buffer_str(text), "made up", &err))
        fail_msg("%s", err.text);
    shelflife_buffer_free(text);
    finish(set);
    return set;
}

/* A catalog of this number of releases, with two patterns each: half of them names with fields. */
static struct shelflife_catalogs *made_up(int releases)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    buffer text;
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
    return finish_text(set, &text);
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
        shelflife_catalogs_resolve_counted(set, reference.name, &reference, NULL, &a, &found, &count, NULL));
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

/* ---- releases that a reference does not name, and limits of patterns ---- */

/* A list of words that a tag must have, or must not have. */
static void put_words(const char *key, char letter, buffer *out)
{
    shelflife_buffer_format(out, ", \"%s\": [", key);
    for (int i = 0; i < WORDS; i++)
        shelflife_buffer_format(out, "%s\"%c%d\"", i ? ", " : "", letter, i);
    shelflife_buffer_append(out, STR("]"));
}

/* A product in two repositories, each with a part of its releases. Its patterns ask for words of the tag. */
static void put_limited(int i, buffer *out)
{
    shelflife_buffer_format(out,
                            ",\n{\"name\": \"p%d\", \"repositories\": ["
                            "{\"pattern\": \"registry.example/old-%d\", \"before\": \"7.3\"}, "
                            "{\"pattern\": \"registry.example/new-%d-{acc}\", \"from\": \"7.3\"}], "
                            "\"tags\": [{\"pattern\": \"jdk{version}\"",
                            i, i, i);
    put_words("with", 'y', out);
    shelflife_buffer_append(out, STR("}, {\"pattern\": \"{version}\""));
    put_words("without", 'n', out);
    shelflife_buffer_format(out, "}], \"part\": [{\"pattern\": \"part%d-al{version}\"", i);
    put_words("without", 'n', out);
    shelflife_buffer_append(out, STR("}], \"rows\": ["));
    for (int k = 0; k < ROWS_EACH; k++)
        shelflife_buffer_format(out, "%s{\"release\": \"7.%d\"%s}", k ? ", " : "", k,
                                k + 1 < ROWS_EACH ? ", \"endOfPatch\": \"2010-01-01\"" : "");
    shelflife_buffer_append(out, STR("]}"));
}

/*
 * Three times this number of releases: a product with the versions 3.1, 3.3, 3.5 and so on, which have all
 * ended, the last one in 2024; a product of whole tags; and products with limits.
 */
static struct shelflife_catalogs *made_up_forms(int releases)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    buffer text;
    shelflife_buffer_init(&text, 256 << 20);
    shelflife_buffer_append(
        &text, STR("{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Catalog\", \"name\": \"forms\", "
                   "\"asOf\": \"2026-01-01\", \"bases\": [\"registry.example/base\"], \"parts\": [\"p0\"], "
                   "\"products\": [{\"name\": \"line\", \"repositories\": [\"registry.example/line\"], "
                   "\"exceptTags\": [\"moved\"], \"rows\": ["));
    for (int i = 0; i < releases; i++)
        shelflife_buffer_format(&text, "%s{\"release\": \"3.%d\", \"endOfPatch\": \"20%02d-01-01\"}",
                                i ? ",\n" : "", 2 * i + 1, i + 1 < releases ? i % 20 : 24);
    shelflife_buffer_append(&text,
                            STR("]}, {\"name\": \"tags\", \"repositories\": [\"registry.example/tags\"], "
                                "\"wholeTag\": true, \"rows\": ["));
    for (int i = 0; i < releases; i++)
        shelflife_buffer_format(&text, "%s{\"release\": \"3.%d-slim\", \"endOfPatch\": \"2020-01-01\"}",
                                i ? ",\n" : "", i);
    shelflife_buffer_append(&text, STR("]}"));
    for (int i = 0; i < releases / ROWS_EACH; i++)
        put_limited(i, &text);
    shelflife_buffer_append(&text, STR("]}"));
    return finish_text(set, &text);
}

static void a_release_that_is_not_named_costs_no_more(void **state)
{
    static const struct {
        const char *image, *found;
    } cases[] = {
        {"registry.example/line:3.7", "forms/line 3.7 by tag 3.7, patch 2003-01-01"},
        {"registry.example/line:3.7.1-slim", "forms/line 3.7 by tag 3.7.1, patch 2003-01-01"},
        {"registry.example/line:3", "forms/line any 3 by tag 3, patch 2024-01-01"},
        {"registry.example/line:3-slim", "forms/line any 3 by tag 3, patch 2024-01-01"},
        {"registry.example/line:latest", "forms/line any by tag, patch 2024-01-01"},
        {"registry.example/line", "forms/line any by tag, patch 2024-01-01"},
        {"registry.example/line:moved", "unlisted"},
        {"registry.example/line:3.0", "forms/line older 3.0 by tag 3.0, ended"},
        {"registry.example/line:2.99.1", "forms/line older 2.99.1 by tag 2.99.1, ended"},
        {"registry.example/line:0-alpine3.22", "forms/line older 0 by tag 0, ended"},
        {"registry.example/line:3.8", "forms/line between 3.8 by tag 3.8, ended"},
        {"registry.example/line:3.150", "forms/line between 3.150 by tag 3.150, ended"},
        {"registry.example/line:3.7.1-rc1",
         "forms/line pre-release of 3.7 by tag 3.7.1-rc1, patch 2003-01-01"},
        {"registry.example/line:4", "unresolved forms/line"},
        {"registry.example/line:3.1000000.1", "unresolved forms/line"},
        {"registry.example/tags:3.17-slim", "forms/tags 3.17-slim by tag 3.17-slim, patch 2020-01-01"},
        {"registry.example/tags:3.17-slim-1", "unlisted"},
        {"registry.example/tags:3.17", "unlisted"},
        {"registry.example/tags:3", "unlisted"},
        {"registry.example/old-7:7.2.9", "forms/p7 7.2 by tag 7.2.9, patch 2010-01-01"},
        {"registry.example/old-7:7.4", "unresolved forms/p7"},
        {"registry.example/new-7-gpu:7.4-x", "forms/p7 7.4 by tag 7.4"},
        {"registry.example/new-7-gpu:7.2", "unresolved forms/p7"},
        {"registry.example/new-7-gpu:jdk7.4-y7", "forms/p7 7.4 by tag 7.4"},
        {"registry.example/new-7-gpu:jdk7.4-y8", "unresolved forms/p7"},
        {"registry.example/new-7-gpu:7.4-n7", "unresolved forms/p7"},
        {"registry.example/base:1-part0-al7.3", "forms/p0 7.3 by part 7.3, patch 2010-01-01"},
        {"registry.example/base:1-part0-al7.3-n0", "unresolved forms"},
        {"registry.example/line:3.7-part0-al7.3-y1-y2-y3-y4-y5-y6-y7-y8-y9-z10-z11-z12-z13-z14",
         "forms/line 3.7 by tag 3.7, patch 2003-01-01; forms/p0 7.3 by part 7.3, patch 2010-01-01"},
    };
    struct shelflife_catalogs *small = made_up_forms(SMALL), *large = made_up_forms(LARGE);
    (void)state;
    assert_int_equal(shelflife_catalogs_row_count(large), 3 * LARGE);
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len = strlen(cases[i].image);
        uint64_t few = probes(small, cases[i].image, cases[i].found);
        uint64_t many = probes(large, cases[i].image, cases[i].found);
        /* A version that is not listed is searched for among the sorted ones: 17 steps among 100,000. Entries
           of a larger table are farther from home. */
        if (few > 4 * len || many > 4 * len || many > 3 * few + 17)
            fail_msg("%s: %lu and %lu slots", cases[i].image, (unsigned long)few, (unsigned long)many);
    }
    shelflife_catalogs_free(small);
    shelflife_catalogs_free(large);
}

/* Tables are at most half full, and no entry is out of reach. */
static void no_entry_is_far_from_home(void **state)
{
    struct shelflife_catalogs *set = made_up(LARGE);
    const struct {
        const struct catalog_table *table;
        size_t least;
    } tables[] = {{&set->index.repositories, LARGE},
                  {&set->index.heads, LARGE},
                  {&set->index.keys, LARGE},
                  {&set->index.groups, LARGE / ROWS_EACH}};
    (void)state;
    for (size_t i = 0; i < COUNT(tables); i++) {
        const struct catalog_table *t = tables[i].table;
        size_t entries = 0, farthest = 0;
        for (size_t k = 0; k <= t->mask; k++) {
            if (!t->slots[k].item)
                continue;
            size_t far = (k - t->slots[k].hash) & t->mask;
            farthest = far > farthest ? far : farthest;
            entries++;
        }
        assert_int_equal(entries, t->count);
        assert_in_range(entries, tables[i].least, (t->mask + 1) / 2);
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
        cmocka_unit_test(a_release_that_is_not_named_costs_no_more),
        cmocka_unit_test(no_entry_is_far_from_home),
        cmocka_unit_test(a_hash_that_too_many_share_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
