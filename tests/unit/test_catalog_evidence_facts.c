/* rooms: registry net file pki catalog reference json base */
/*
 * Resolves images by nothing but their configuration, with the embedded catalogs. Each case of
 * tests/data/evidence has a configuration as it is in a registry, and what it says: the matches, and the day
 * of the base system's packages. No match may be wrong, and at least 95 % must be found; each that is not is
 * listed in the case, with the reason.
 */
#include "registry/configuration.h"
#include "unit/catalog_kit.h"

#include <jansson.h>

enum { FOUND_PERCENT = 95, LINES_MAX = 32, ARENA_MAX = 4 << 20 };

static const char *const files[] = {"official.json", "seen.json", "more.json", "traps.json"};

struct fixture {
    struct shelflife_catalogs *set;
    json_t *cases[COUNT(files)];
};

/* What the configurations of all cases say. */
struct tally {
    size_t found, missed, wrong, unexplained;
};

static int setup(void **state)
{
    static struct fixture f;
    error err;
    f.set = shelflife_catalogs_new();
    assert_non_null(f.set);
    if (!shelflife_catalogs_add_embedded(f.set, &err))
        fail_msg("%s", err.text);
    finish(f.set);
    for (size_t i = 0; i < COUNT(files); i++) {
        char path[512];
        json_error_t wrong;
        snprintf(path, sizeof(path), TESTS_DIR "/data/evidence/%s", files[i]);
        json_t *file = json_load_file(path, 0, &wrong);
        if (!file)
            fail_msg("%s: %s", path, wrong.text);
        f.cases[i] = json_incref(json_object_get(file, "cases"));
        json_decref(file);
        assert_true(json_array_size(f.cases[i]) > 0);
    }
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    shelflife_catalogs_free(f->set);
    for (size_t i = 0; i < COUNT(files); i++)
        json_decref(f->cases[i]);
    return 0;
}

/* ---- from a case to evidence ---- */

static const char *text_of(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool keep(void *context, const struct shelflife_evidence *evidence)
{
    return shelflife_catalogs_reads(context, evidence);
}

/* The evidence of a configuration, with that of the manifest's annotations. */
static struct shelflife_evidence_list evidence_of(struct shelflife_catalogs *set, json_t *wanted_case,
                                                  arena *a)
{
    const struct shelflife_registry_wanted wanted = {.keep = keep, .context = set};
    struct shelflife_registry_configuration configuration = {0};
    error err = {0};
    CLEANUP(cleanup_free)
    char *text = json_dumps(json_object_get(wanted_case, "configuration"), JSON_COMPACT);
    assert_non_null(text);
    struct shelflife_registry_configuration_reader *reader =
        shelflife_registry_configuration_new(&wanted, a, &err);
    assert_non_null(reader);
    if (!shelflife_registry_configuration_feed(reader, shelflife_str_of(text), &err) ||
        !shelflife_registry_configuration_finish(reader, &configuration, &err))
        fail_msg("%s: %s", text_of(wanted_case, "image"), err.text);
    shelflife_registry_configuration_free(reader);

    json_t *annotations = json_object_get(wanted_case, "annotations"), *value;
    const struct shelflife_evidence_list told = configuration.evidence;
    const char *name;
    struct shelflife_evidence *all =
        shelflife_arena_alloc(a, (told.count + json_object_size(annotations) + 1) * sizeof(*all));
    assert_non_null(all);
    size_t count = 0;
    for (size_t i = 0; i < told.count; i++)
        all[count++] = told.at[i];
    json_object_foreach(annotations, name, value)
    {
        all[count] = (struct shelflife_evidence){SHELFLIFE_EVIDENCE_ANNOTATION, shelflife_str_of(name),
                                                 shelflife_str_of(json_string_value(value))};
        count += shelflife_catalogs_reads(set, &all[count]);
    }
    return (struct shelflife_evidence_list){all, count};
}

static struct shelflife_resolution resolve_with(const struct shelflife_catalogs *set, const char *image,
                                                const struct shelflife_evidence_list *evidence, arena *a)
{
    struct shelflife_reference reference;
    struct shelflife_resolution found = {0};
    error err = {0};
    if (!shelflife_reference_parse(shelflife_str_of(image), a, &reference, &err) ||
        !shelflife_catalogs_resolve(set, reference.name, &reference, evidence, a, &found, &err))
        fail_msg("%s: %s", image, err.text);
    return found;
}

/* ---- what is found, and what was expected ---- */

struct lines {
    char at[LINES_MAX][128];
    size_t count;
};

static void add_match(struct lines *lines, const struct shelflife_match *m)
{
    static const char *const kinds[] = {"", " any", " older", " between", " pre-release"};
    const str product = m->row->product->name;
    char digits[SHELFLIFE_DAY_TEXT_MAX], until[32] = "";
    if (m->kind == SHELFLIFE_MATCH_RELEASE && m->end_of_patch != m->row->end_of_patch)
        snprintf(until, sizeof(until), " until %s", shelflife_day_format(m->end_of_patch, digits));
    assert_true(lines->count < LINES_MAX);
    snprintf(lines->at[lines->count++], sizeof(lines->at[0]), "%.*s%s%.*s%s%s%s", STR_PRINT(product),
             m->release.len ? " " : "", STR_PRINT(m->release), kinds[m->kind], m->base ? " base" : "", until);
}

static void add_lines(struct lines *lines, const struct shelflife_resolution *found)
{
    char digits[SHELFLIFE_DAY_TEXT_MAX];
    for (size_t i = 0; i < found->match_count; i++)
        add_match(lines, &found->matches[i]);
    if (found->snapshot == SHELFLIFE_DAY_NONE)
        return;
    assert_true(lines->count < LINES_MAX);
    snprintf(lines->at[lines->count++], sizeof(lines->at[0]), "snapshot %s",
             shelflife_day_format(found->snapshot, digits));
}

static bool has(json_t *expected, const char *line)
{
    size_t i;
    json_t *text;
    json_array_foreach(expected, i, text) if (!strcmp(json_string_value(text), line)) return true;
    return false;
}

static void compare(json_t *c, const struct lines *lines, struct tally *tally)
{
    json_t *expected = json_object_get(c, "expected"), *missed = json_object_get(c, "missed"), *text;
    size_t i;
    for (i = 0; i < lines->count; i++) {
        if (has(expected, lines->at[i]))
            continue;
        print_message("wrong: %s (%s): %s\n", text_of(c, "image"), text_of(c, "about"), lines->at[i]);
        tally->wrong++;
    }
    json_array_foreach(expected, i, text)
    {
        const char *line = json_string_value(text);
        bool told = false;
        for (size_t k = 0; k < lines->count; k++)
            told = told || !strcmp(lines->at[k], line);
        tally->found += told;
        tally->missed += !told;
        bool explained = json_object_get(missed, line) != NULL;
        if (explained == told) {
            print_message("%s: %s (%s): %s\n", told ? "found, but listed as missed" : "missed",
                          text_of(c, "image"), text_of(c, "about"), line);
            tally->unexplained++;
        }
    }
}

/* ---- tests ---- */

static void configurations_say_what_is_in_an_image(void **state)
{
    const struct fixture *f = *state;
    struct tally tally = {0};
    size_t i;
    json_t *c;
    for (size_t k = 0; k < COUNT(files); k++)
        json_array_foreach(f->cases[k], i, c)
        {
            struct lines lines = {.count = 0};
            arena a;
            shelflife_arena_init(&a, ARENA_MAX);
            const struct shelflife_evidence_list evidence = evidence_of(f->set, c, &a);
            const struct shelflife_resolution found =
                resolve_with(f->set, "registry.corp.example/team/app:1", &evidence, &a);
            add_lines(&lines, &found);
            compare(c, &lines, &tally);
            shelflife_arena_free(&a);
        }
    print_message("found %zu, missed %zu, wrong %zu\n", tally.found, tally.missed, tally.wrong);
    assert_int_equal(tally.wrong, 0);
    assert_int_equal(tally.unexplained, 0);
    assert_true(tally.found * 100 >= (tally.found + tally.missed) * FOUND_PERCENT);
}

/* The name of the image says some of it, too: each product is still matched once, and what the
   configuration says of it is what counts. */
static void a_name_adds_no_second_match_of_a_product(void **state)
{
    const struct fixture *f = *state;
    size_t i, contradicted = 0;
    json_t *c;
    json_array_foreach(f->cases[0], i, c)
    {
        arena a;
        shelflife_arena_init(&a, ARENA_MAX);
        const struct shelflife_evidence_list evidence = evidence_of(f->set, c, &a);
        const struct shelflife_resolution found = resolve_with(f->set, text_of(c, "image"), &evidence, &a);
        for (size_t k = 0; k < found.match_count; k++) {
            const struct shelflife_match *m = &found.matches[k];
            for (size_t n = 0; n < k; n++)
                if (found.matches[n].row->product == m->row->product)
                    fail_msg("%s: two matches of %.*s", text_of(c, "image"),
                             STR_PRINT(m->row->product->name));
            if (m->contradicts) {
                assert_int_equal(m->by, SHELFLIFE_MATCH_BY_EVIDENCE);
                assert_false(shelflife_str_equal(m->contradicts->release, m->row->release));
                contradicted++;
            }
        }
        shelflife_arena_free(&a);
    }
    /* The Dockerfiles are older than the tags: nginx 1.29 and 1.31, MySQL 9.6 and 26.7, SonarQube. */
    assert_true(contradicted > 0);
}

/* Environments have secrets. */
static void nothing_else_of_an_environment_is_kept(void **state)
{
    static const char *const names[] = {
        "PATH",          "HOME",         "AWS_SECRET_ACCESS_KEY", "GOSU_VERSION",      "NJS_VERSION",
        "YARN_VERSION",  "PYPY_VERSION", "GHOST_CLI_VERSION",     "REBAR3_VERSION",    "LEIN_VERSION",
        "_BASH_VERSION", "GPG_KEYS",     "POSTGRES_PASSWORD",     "MY_PYTHON_VERSION", "python_version",
    };
    const struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct shelflife_evidence evidence = {SHELFLIFE_EVIDENCE_ENV, shelflife_str_of(names[i]),
                                                    STR("3.8.20")};
        if (shelflife_catalogs_reads(f->set, &evidence))
            fail_msg("%s is kept", names[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(configurations_say_what_is_in_an_image),
        cmocka_unit_test(a_name_adds_no_second_match_of_a_product),
        cmocka_unit_test(nothing_else_of_an_environment_is_kept),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
