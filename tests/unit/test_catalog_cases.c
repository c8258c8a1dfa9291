/* rooms: base json reference catalog */
/*
 * The reference verdicts of tests/data/cases.json, judged by the embedded catalogs: phases with 90 days'
 * notice, and exactly the matches listed.
 */
#include "unit/catalog_kit.h"

#include "shelflife/catalog.h"
#include "json/document.h"

static str text_at(const struct node *map, const char *key)
{
    struct node node;
    str s = {0};
    if (shelflife_node_get(map, key, &node))
        assert_true(shelflife_node_string(node, &s, NULL));
    return s;
}

static shelflife_day day_at(const struct node *map, const char *key)
{
    struct node node;
    shelflife_day day = SHELFLIFE_DAY_NONE;
    if (shelflife_node_get(map, key, &node))
        assert_true(shelflife_node_day(node, &day, NULL));
    return day;
}

static bool is_embedded(const struct shelflife_catalogs *set, str name)
{
    for (size_t i = 0; i < shelflife_catalogs_count(set); i++)
        if (shelflife_str_equal(shelflife_catalogs_at(set, i)->name, name))
            return true;
    return false;
}

static bool same(const struct node *expected, const struct shelflife_match *m, shelflife_day at)
{
    const struct shelflife_product *product = m->row->product;
    return shelflife_str_equal(text_at(expected, "catalog"), product->catalog->name) &&
           shelflife_str_equal(text_at(expected, "product"), product->name) &&
           shelflife_str_equal(text_at(expected, "release"), m->row->release) &&
           shelflife_str_equal(text_at(expected, "phase"), shelflife_str_of(shelflife_phase_name(
                                                               shelflife_match_phase(m, at, 90, false)))) &&
           day_at(expected, "endOfPatch") == m->end_of_patch &&
           day_at(expected, "endOfAvailability") == m->end_of_availability;
}

static enum shelflife_phase phase_of(const struct shelflife_resolution *r, shelflife_day at)
{
    enum shelflife_phase worst = SHELFLIFE_PHASE_SUPPORTED;
    if (r->match_count == 0)
        return r->covered_by ? SHELFLIFE_PHASE_UNRESOLVED : SHELFLIFE_PHASE_UNLISTED;
    for (size_t i = 0; i < r->match_count; i++) {
        enum shelflife_phase phase = shelflife_match_phase(&r->matches[i], at, 90, false);
        worst = phase > worst ? phase : worst;
    }
    return worst;
}

/* Keeps the matches that count on the day. */
static void drop_unresolved(struct shelflife_resolution *r, shelflife_day at, arena *a)
{
    struct shelflife_match *kept = shelflife_arena_array(a, r->match_count, sizeof(*kept));
    size_t count = 0;
    assert_non_null(kept);
    for (size_t i = 0; i < r->match_count; i++)
        if (shelflife_match_phase(&r->matches[i], at, 90, false) != SHELFLIFE_PHASE_UNRESOLVED)
            kept[count++] = r->matches[i];
    r->matches = kept;
    r->match_count = count;
}

static void check(const struct shelflife_catalogs *set, const struct node *item, arena *a)
{
    str image = text_at(item, "image");
    shelflife_day at = day_at(item, "at");
    struct shelflife_reference reference;
    struct shelflife_resolution found = {0};
    struct node expected, match;
    enum shelflife_phase phase = SHELFLIFE_PHASE_INVALID;
    error err;
    if (shelflife_reference_parse(image, a, &reference, &err)) {
        assert_true(shelflife_catalogs_resolve(set, reference.name, &reference, a, &found, &err));
        phase = phase_of(&found, at);
    }
    if (!shelflife_str_equal(text_at(item, "phase"), shelflife_str_of(shelflife_phase_name(phase))))
        fail_msg("%.*s: %s", STR_PRINT(image), shelflife_phase_name(phase));
    assert_true(shelflife_node_get(item, "matches", &expected));
    drop_unresolved(&found, at, a);
    if (shelflife_node_count(expected) != found.match_count)
        fail_msg("%.*s: %zu matches", STR_PRINT(image), found.match_count);
    for (size_t i = 0; i < found.match_count; i++) {
        bool listed = false;
        assert_true(shelflife_node_at(&expected, i, &match));
        for (size_t k = 0; k < found.match_count; k++)
            listed = listed || same(&match, &found.matches[k], at);
        if (!listed)
            fail_msg("%.*s: no match like the case's number %zu", STR_PRINT(image), i);
    }
}

/* A case applies if the catalogs of its matches are embedded; a case without matches always does. */
static bool applies(const struct shelflife_catalogs *set, const struct node *item)
{
    struct node expected, match;
    assert_true(shelflife_node_get(item, "matches", &expected));
    for (size_t i = 0; i < shelflife_node_count(expected); i++) {
        assert_true(shelflife_node_at(&expected, i, &match));
        if (!is_embedded(set, text_at(&match, "catalog")))
            return false;
    }
    return true;
}

static void every_case_of_an_embedded_catalog_holds(void **state)
{
    (void)state;
    error err = {0};
    size_t size, held = 0;
    char *bytes = read_file(TESTS_DIR "/data/cases.json", &size);
    struct shelflife_document *document = shelflife_document_read((str){bytes, size}, "cases.json", &err);
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    assert_non_null(document);
    assert_non_null(set);
    if (!shelflife_catalogs_add_embedded(set, &err) || !shelflife_catalogs_finish(set, &err))
        fail_msg("%s", err.text);
    struct node root = shelflife_document_root(document), cases, item;
    assert_true(shelflife_node_get(&root, "cases", &cases));
    arena a;
    shelflife_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < shelflife_node_count(cases); i++) {
        assert_true(shelflife_node_at(&cases, i, &item));
        if (!applies(set, &item))
            continue;
        check(set, &item, &a);
        shelflife_arena_reset(&a);
        held++;
    }
    assert_true(held > 0);
    shelflife_arena_free(&a);
    shelflife_catalogs_free(set);
    shelflife_document_free(document);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_case_of_an_embedded_catalog_holds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
