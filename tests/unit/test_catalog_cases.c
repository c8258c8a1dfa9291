/* rooms: base json reference workload catalog policy inventory */
/*
 * The reference verdicts of tests/data/cases.json and truth.json, judged by the embedded catalogs and the
 * default policy. A case of the first file lists all matches, one of the second at most one, by its product
 * and release.
 */
#include "unit/catalog_kit.h"

#include "shelflife/catalog.h"
#include "shelflife/policy.h"
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

struct fixture {
    struct shelflife_catalogs *set; /* the embedded catalogs */
    struct shelflife_policy *policy;
    struct shelflife_document *document;
    struct node root, cases;
    char *bytes;
    arena arena;
};

static void open_fixture(struct fixture *f, const char *name)
{
    char path[512];
    size_t size;
    error err = {0};
    snprintf(path, sizeof(path), TESTS_DIR "/data/%s", name);
    *f = (struct fixture){.bytes = read_file(path, &size), .set = shelflife_catalogs_new()};
    f->document = shelflife_document_read((str){f->bytes, size}, name, &err);
    if (!f->document)
        fail_msg("%s", err.text);
    assert_non_null(f->set);
    if (!shelflife_catalogs_add_embedded(f->set, &err) || !shelflife_catalogs_finish(f->set, &err))
        fail_msg("%s", err.text);
    f->root = shelflife_document_root(f->document);
    assert_true(shelflife_node_get(&f->root, "cases", &f->cases));
    f->policy = shelflife_policy_default(&err);
    if (!f->policy)
        fail_msg("%s", err.text);
    shelflife_arena_init(&f->arena, 1 << 20);
}

static void close_fixture(struct fixture *f)
{
    shelflife_arena_free(&f->arena);
    shelflife_policy_free(f->policy);
    shelflife_catalogs_free(f->set);
    shelflife_document_free(f->document);
    free(f->bytes);
}

static bool same(const struct node *expected, const struct shelflife_judged_match *judged)
{
    const struct shelflife_match *m = judged->match;
    const struct shelflife_product *product = m->row->product;
    return shelflife_str_equal(text_at(expected, "catalog"), product->catalog->name) &&
           shelflife_str_equal(text_at(expected, "product"), product->name) &&
           shelflife_str_equal(text_at(expected, "release"), m->row->release) &&
           shelflife_str_equal(text_at(expected, "phase"),
                               shelflife_str_of(shelflife_phase_name(judged->phase))) &&
           day_at(expected, "endOfPatch") == m->end_of_patch &&
           day_at(expected, "endOfAvailability") == m->end_of_availability;
}

/* The default policy has 90 days' notice. */
static void judge(const struct fixture *f, const struct node *item, arena *a, struct shelflife_verdict *v)
{
    error err = {0};
    str image = text_at(item, "image");
    if (!shelflife_policy_judge(f->policy, f->set, NULL, image, STR("default"), day_at(item, "at"), a, v,
                                &err))
        fail_msg("%.*s: %s", STR_PRINT(image), err.text);
}

static void check(const struct fixture *f, const struct node *item, arena *a)
{
    str image = text_at(item, "image");
    struct shelflife_verdict v;
    struct node expected, match;
    judge(f, item, a, &v);
    if (!shelflife_str_equal(text_at(item, "phase"), shelflife_str_of(shelflife_phase_name(v.phase))))
        fail_msg("%.*s: %s", STR_PRINT(image), shelflife_phase_name(v.phase));
    assert_true(shelflife_node_get(item, "matches", &expected));
    if (shelflife_node_count(expected) != v.match_count)
        fail_msg("%.*s: %zu matches", STR_PRINT(image), v.match_count);
    for (size_t i = 0; i < v.match_count; i++) {
        bool listed = false;
        assert_true(shelflife_node_at(&expected, i, &match));
        for (size_t k = 0; k < v.match_count; k++)
            listed = listed || same(&match, &v.matches[k]);
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
    struct fixture f;
    struct node item;
    size_t held = 0;
    open_fixture(&f, "cases.json");
    for (size_t i = 0; i < shelflife_node_count(f.cases); i++) {
        assert_true(shelflife_node_at(&f.cases, i, &item));
        if (!applies(f.set, &item))
            continue;
        check(&f, &item, &f.arena);
        shelflife_arena_reset(&f.arena);
        held++;
    }
    assert_true(held > 0);
    close_fixture(&f);
}

static bool is_named(const struct shelflife_verdict *v, str product, str release)
{
    for (size_t i = 0; i < v->match_count; i++) {
        const struct shelflife_row *row = v->matches[i].match->row;
        if (shelflife_str_equal(row->product->name, product) && shelflife_str_equal(row->release, release))
            return true;
    }
    return false;
}

/* "unpatched, python 3.7; debian 11" */
static void describe_verdict(const struct shelflife_verdict *v, buffer *out)
{
    shelflife_buffer_format(out, "%s", shelflife_phase_name(v->phase));
    for (size_t i = 0; i < v->match_count; i++) {
        const struct shelflife_row *row = v->matches[i].match->row;
        shelflife_buffer_format(out, "%s%.*s %.*s", i ? "; " : ", ", STR_PRINT(row->product->name),
                                STR_PRINT(row->release));
    }
}

/* Whether a verdict is as it must be; otherwise prints how it is. */
static bool is_true(const struct fixture *f, const struct node *item, arena *a)
{
    char day[SHELFLIFE_DAY_TEXT_MAX];
    struct shelflife_verdict v;
    struct node expected;
    str image = text_at(item, "image");
    judge(f, item, a, &v);
    assert_true(shelflife_node_get(item, "expect", &expected));
    str phase = text_at(&expected, "phase"), product = text_at(&expected, "product");
    str release = text_at(&expected, "release");
    if (shelflife_str_equal(phase, shelflife_str_of(shelflife_phase_name(v.phase))) &&
        (!product.len || is_named(&v, product, release)))
        return true;
    buffer found;
    shelflife_buffer_init(&found, 4096);
    describe_verdict(&v, &found);
    str text = shelflife_buffer_str(&found), kind = text_at(item, "kind");
    print_error("%.*s on %s: expected %.*s%s%.*s%s%.*s; found %.*s (%.*s)\n", STR_PRINT(image),
                shelflife_day_format(v.at, day), STR_PRINT(phase), product.len ? ", " : "",
                STR_PRINT(product), release.len ? " " : "", STR_PRINT(release), STR_PRINT(text),
                STR_PRINT(kind));
    shelflife_buffer_free(&found);
    return false;
}

static void every_verdict_is_true(void **state)
{
    (void)state;
    struct fixture f;
    struct node item;
    open_fixture(&f, "truth.json");
    size_t count = shelflife_node_count(f.cases), wrong = 0;
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        assert_true(shelflife_node_at(&f.cases, i, &item));
        wrong += !is_true(&f, &item, &f.arena);
        shelflife_arena_reset(&f.arena);
    }
    if (wrong)
        fail_msg("%zu of %zu verdicts are not as they must be", wrong, count);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_of_an_embedded_catalog_holds),
        cmocka_unit_test(every_verdict_is_true),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
