/* rooms: base json workload */
/*
 * The limits of what is kept of an object: parts of images, parameters, and texts that contain images. What
 * is found within them is in tests/data/workload/custom-resources.yaml.
 */
#include "unit/workload.h"

#include "workload/embedded.h"
#include "workload/parameters.h"

enum { MEMORY = 64 << 20 };

struct fixture {
    struct run run;
    buffer text;
};

static void set_up(struct fixture *f)
{
    run_init(&f->run, MEMORY, NULL, 0, NULL, 0);
    shelflife_buffer_init(&f->text, MEMORY);
}

static void tear_down(struct fixture *f)
{
    shelflife_buffer_free(&f->text);
    run_free(&f->run);
}

static void add(struct fixture *f, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        shelflife_buffer_append(&f->text, shelflife_str_of(text));
}

/* The text has ' for ". */
static void quote(struct fixture *f)
{
    for (size_t i = 0; i < f->text.len; i++)
        if (f->text.at[i] == '\'')
            f->text.at[i] = '"';
}

/* The object that the text is. */
static const struct shelflife_object *read(struct fixture *f, const char *group, const char *kind)
{
    quote(f);
    return run_text(&f->run, group, kind, shelflife_buffer_str(&f->text), 1000);
}

static void parts_have_a_limit_until_their_map_ends(void **state)
{
    static const struct {
        size_t open; /* maps with a part of 1,000 bytes that are in one another */
        bool fine;
    } cases[] = {{50, true}, {200, false}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        set_up(&f);
        add(&f, "{'spec':{'values':{'image':", 1);
        for (size_t k = 0; k < cases[i].open; k++) {
            add(&f, "{'repository':'", 1);
            add(&f, "r", 1000);
            add(&f, "','image':", 1);
        }
        add(&f, "'a'", 1);
        add(&f, "}", cases[i].open);
        add(&f, "}}}", 1);
        const struct shelflife_object *o = read(&f, "helm.toolkit.fluxcd.io", "HelmRelease");
        assert_int_equal(o != NULL, cases[i].fine);
        if (o)
            assert_int_equal(o->image_count, cases[i].open);
        else
            assert_int_equal(f.run.err.kind, SHELFLIFE_ERROR_LIMIT);
        assert_true(shelflife_extractor_memory(f.run.extractor) < 512 << 10);
        tear_down(&f);
    }
}

static void a_map_with_long_parts_is_cut_like_a_string(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f);
    add(&f, "{'spec':{'image':{'tag':'", 1);
    add(&f, "t", 10000);
    add(&f, "','repository':'a','pullPolicy':'Always'}}}", 1);
    const struct shelflife_object *o = read(&f, "k8s.mariadb.com", "MariaDB");
    assert_non_null(o);
    assert_int_equal(o->image_count, 1);
    assert_int_equal(o->images[0].text.len, SHELFLIFE_IMAGE_MAX);
    assert_int_equal(o->images[0].size,
                     SHELFLIFE_IMAGE_MAX + 2); /* of the tag, as much as an image may have */
    tear_down(&f);
}

/* The number of the images that are filled in. */
static size_t filled(const struct shelflife_object *o)
{
    size_t count = 0;
    assert_non_null(o);
    for (size_t i = 0; i < o->image_count; i++)
        count += !shelflife_workload_parameters_occur(o->images[i].text);
    return count;
}

static void further_and_long_parameters_are_not_known(void **state)
{
    enum { PARAMETERS = 500, TOO_MANY = 5000 };
    struct fixture f;
    (void)state;
    set_up(&f);
    for (int count = PARAMETERS; count <= TOO_MANY; count += TOO_MANY - PARAMETERS) {
        shelflife_buffer_reset(&f.text);
        add(&f, "{'spec':{'params':[", 1);
        for (int i = 0; i < count; i++)
            shelflife_buffer_format(&f.text, "{'name':'p%d','default':'i'},", i);
        add(&f, "{'name':'last','default':'i'}],'steps':[", 1);
        for (int i = 0; i < PARAMETERS; i++)
            shelflife_buffer_format(&f.text, "{'image':'$(params.p%d)'},", i);
        add(&f, "{}]}}", 1);
        const struct shelflife_object *o = read(&f, "tekton.dev", "Task");
        assert_int_equal(filled(o), count == PARAMETERS ? PARAMETERS : 0);
        assert_int_equal(o->unread_count, count != PARAMETERS);
    }
    for (size_t len = SHELFLIFE_WORKLOAD_PARAMETER_SIZE_MAX - 1; len <= SHELFLIFE_WORKLOAD_PARAMETER_SIZE_MAX;
         len++) {
        shelflife_buffer_reset(&f.text);
        add(&f, "{'spec':{'steps':[{'image':'$(params.a)'}],'params':[{'default':'", 1);
        add(&f, "i", len);
        add(&f, "','name':'a'}]}}", 1);
        assert_int_equal(filled(read(&f, "tekton.dev", "Task")), len < SHELFLIFE_WORKLOAD_PARAMETER_SIZE_MAX);
    }
    tear_down(&f);
}

/* The parameters of many parts of an object: what is looked at to find their values is limited. */
static void much_work_for_parameters_ends(void **state)
{
    enum { PARAMETERS = 1500, IMAGES = 10000 };
    struct fixture f;
    (void)state;
    set_up(&f);
    add(&f, "{'spec':{'params':[", 1);
    add(&f, "{'name':'a','default':'i'},", PARAMETERS);
    add(&f, "{}],'steps':[", 1);
    add(&f, "{'image':'$(params.a)'},", IMAGES);
    add(&f, "{}]}}", 1);
    assert_in_range(filled(read(&f, "tekton.dev", "Task")), 1, IMAGES - 1);
    tear_down(&f);
}

/* A value that is not known hides the default of the same name. */
static void values_that_are_not_known_hide_defaults(void **state)
{
    static const struct {
        const char *value;
        bool filled;
    } cases[] = {{"'value':'v'", true},
                 {"'default':'v'", true},
                 {"'value':null", true},
                 {"'description':'v'", true},
                 {"'value':''", false},
                 {"'value':['v']", false},
                 {"'value':{'v':'v'}", false},
                 {"'value':true", false},
                 {"'valueFrom':{'configMapKeyRef':{'name':'v'}}", false},
                 {"'default':'v','valueFrom':{}", false},
                 {"'default':['v']", true} /* the value further out */};
    struct fixture f;
    (void)state;
    set_up(&f);
    for (size_t i = 0; i < COUNT(cases); i++) {
        shelflife_buffer_reset(&f.text);
        add(&f, "{'spec':{'params':[{'name':'a','value':'i'}],'tasks':[{'params':[{'name':'a',", 1);
        add(&f, cases[i].value, 1);
        add(&f, "}],'taskSpec':{'steps':[{'image':'$(params.a)'}]}}]}}", 1);
        if (filled(read(&f, "tekton.dev", "Pipeline")) != cases[i].filled)
            fail_msg("%s", cases[i].value);
    }
    shelflife_buffer_reset(&f.text);
    add(&f, "{'spec':{'params':[{'name':'a','value':'i'}],'tasks':[{'params':[{'name':'a','value':'", 1);
    add(&f, "v", SHELFLIFE_WORKLOAD_PARAMETER_SIZE_MAX);
    add(&f, "'}],'taskSpec':{'steps':[{'image':'$(params.a)'}]}}]}}", 1);
    assert_int_equal(filled(read(&f, "tekton.dev", "Pipeline")), 0);
    tear_down(&f);
}

static void what_grows_past_an_image_is_not_filled_in(void **state)
{
    static const struct {
        size_t uses;
        bool filled;
    } cases[] = {{4, true}, {5, false}, {70, false}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        set_up(&f);
        add(&f, "{'spec':{'params':[{'name':'a','default':'", 1);
        add(&f, "i", 1000);
        add(&f, "'}],'steps':[{'image':'", 1);
        add(&f, "$(params.a)", cases[i].uses);
        add(&f, "'}]}}", 1);
        assert_int_equal(filled(read(&f, "tekton.dev", "Task")), cases[i].filled);
        tear_down(&f);
    }
}

/* Values that contain parameters of what is around them, as many levels as there may be. */
static void values_may_contain_parameters_to_a_depth(void **state)
{
    (void)state;
    for (size_t depth = 1; depth < 8; depth++) {
        struct fixture f;
        set_up(&f);
        add(&f, "{'spec':{'params':[{'name':'a','value':'i'}],", 1);
        add(&f, "'x':{'params':[{'name':'a','value':'$(params.a)'}],", depth - 1);
        add(&f, "'steps':[{'image':'$(params.a)'}]", 1);
        add(&f, "}", depth - 1);
        add(&f, "}}", 1);
        assert_int_equal(filled(read(&f, "tekton.dev", "Task")), depth <= 4);
        tear_down(&f);
    }
}

static bool count_image(void *context, const struct shelflife_image *image, error *err)
{
    size_t *counts = context;
    (void)err;
    counts[shelflife_workload_parameters_occur(image->text)]++;
    return true;
}

/* Hands the images on. Returns whether the object does not fail. */
static bool hand_on(struct fixture *f, size_t counts[2])
{
    counts[0] = counts[1] = 0;
    quote(f);
    shelflife_arena_reset(&f->run.memory);
    shelflife_json_parser_reset(f->run.parser);
    shelflife_extractor_begin(f->run.extractor, f->run.shapes, STR("tekton.dev"), STR("Task"), NULL);
    shelflife_extractor_sink(f->run.extractor, count_image, counts, NULL);
    bool ok = shelflife_json_parser_feed(f->run.parser, shelflife_buffer_str(&f->text), &f->run.err) &&
              shelflife_extractor_object(f->run.extractor, &f->run.err);
    assert_true(ok || f->run.err.kind == SHELFLIFE_ERROR_LIMIT);
    assert_true(f->run.memory.used < 1 << 20);
    return ok;
}

/* What cannot wait for the parameters is not handed on as it is written, but the object fails. */
static void what_waits_for_parameters_is_limited(void **state)
{
    static const struct {
        size_t images, parameters;
        bool ok;
    } cases[] = {{1000, 1, true}, {10000, 1, false}, {1, 1000, true}, {1, 5000, false}, {0, 5000, true}};
    struct fixture f;
    (void)state;
    set_up(&f);
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t counts[2];
        shelflife_buffer_reset(&f.text);
        add(&f, "{'spec':{'steps':[{'image':'i'},", 1);
        add(&f, "{'image':'$(params.a)'},", cases[i].images);
        add(&f, "{}],'params':[", 1);
        add(&f, "{'name':'a','default':'i'},", cases[i].parameters);
        add(&f, "{}]}}", 1);
        assert_int_equal(hand_on(&f, counts), cases[i].ok);
        assert_int_equal(counts[0], cases[i].ok ? cases[i].images + 1 : 1);
        assert_int_equal(counts[1], 0);
    }
    tear_down(&f);
}

/* ---- Texts that contain objects ---- */

#define BEGIN "{'spec':{'templates':["
#define END "{}]}}"
#define TEXT(text) "{'resource':{'manifest':'" text "'}},"
#define POD "{kind: Pod, apiVersion: v1, spec: {containers: [{image: a}]}}"
#define BOMB                                                                                                 \
    "a: &a [1,1,1,1,1,1,1,1,1,1]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\\n"                                 \
    "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\\n"                       \
    "spec: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\\n"

#define D10 "[[[[[[[[[["
#define DEEP D10 D10 D10 D10 D10 D10 D10 D10 D10 D10

static void texts_have_limits_for_the_whole_object(void **state)
{
    static const struct {
        const char *text;
        size_t times, images, unread;
        const char *why;
    } cases[] = {
        {TEXT(POD), 3, 3, 0, NULL},
        {TEXT(POD), SHELFLIFE_WORKLOAD_EMBEDDED_COUNT_MAX, SHELFLIFE_WORKLOAD_EMBEDDED_COUNT_MAX, 0, NULL},
        {TEXT(POD), SHELFLIFE_WORKLOAD_EMBEDDED_COUNT_MAX + 1, SHELFLIFE_WORKLOAD_EMBEDDED_COUNT_MAX, 1,
         "more than 100 embedded texts"},
        {TEXT(POD), SHELFLIFE_WORKLOAD_EMBEDDED_COUNT_MAX + 50, SHELFLIFE_WORKLOAD_EMBEDDED_COUNT_MAX, 20,
         "more than 100 embedded texts"},
        {TEXT(""), 1, 0, 0, NULL},
        {TEXT("5"), 1, 0, 0, NULL},
        {TEXT("[" POD "]"), 1, 0, 0, NULL},
        {TEXT("{{a}}"), 1, 0, 0, NULL},
        {TEXT(POD "\\n---\\na: b: c"), 1, 1, 1, "mapping values are not allowed"},
        {TEXT("a: \\u0001"), 1, 0, 1, "control characters are not allowed"},
        {"{'resource':{'manifest':5}},{'resource':{'manifest':['" POD "']}},", 1, 0, 0, NULL},
        {TEXT(BOMB), 1, 0, 1, "aliases repeat too much: more than 10000 values"},
        {TEXT(BOMB), 90, 0, 20, "more than"},
        {TEXT("spec: " DEEP), 1, 0, 1, "more than 100 levels of nesting"},
    };
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        struct fixture f;
        set_up(&f);
        add(&f, BEGIN, 1);
        add(&f, cases[i / 2].text, cases[i / 2].times);
        add(&f, END, 1);
        const struct shelflife_object *o =
            i % 2 ? read(&f, "argoproj.io", "Workflow") : read(&f, "x.example", "Workflow");
        assert_non_null(o);
        assert_int_equal(o->image_count, i % 2 ? cases[i / 2].images : 0);
        assert_int_equal(o->unread_count, i % 2 ? cases[i / 2].unread : 0);
        for (size_t k = 0; k < o->unread_count; k++)
            if (!memmem(o->unread[k].why.at, o->unread[k].why.len, cases[i / 2].why,
                        strlen(cases[i / 2].why)))
                fail_msg("\"%.*s\" is not \"%s\"", STR_PRINT(o->unread[k].why), cases[i / 2].why);
        tear_down(&f);
    }
}

/* Each text is within its limits, but not all together. */
static void values_that_aliases_repeat_count_for_the_whole_object(void **state)
{
    enum { TEXTS = 25, ALIASES = 90 };
    struct fixture f;
    (void)state;
    set_up(&f);
    add(&f, BEGIN, 1);
    for (int i = 0; i < TEXTS; i++) {
        add(&f, "{'resource':{'manifest':'spec: {a: &a [", 1);
        add(&f, "1,", 100);
        add(&f, "], b: [", 1);
        add(&f, "*a,", ALIASES);
        add(&f, "]}'}},", 1);
    }
    add(&f, END, 1);
    const struct shelflife_object *o = read(&f, "argoproj.io", "Workflow");
    assert_non_null(o);
    assert_in_range(o->unread_count, 1, TEXTS - 1);
    assert_non_null(memmem(o->unread[0].why.at, o->unread[0].why.len, "more than 200000 values", 23));
    tear_down(&f);
}

static void a_text_that_is_too_long_is_not_read(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++)
        for (size_t chunk = 1000; chunk < 1 << 20; chunk *= 1000) {
            struct fixture f;
            set_up(&f);
            add(&f, "{\"spec\":{\"templates\":[{\"resource\":{\"manifest\":\"" POD "\\n#", 1);
            add(&f, "x", SHELFLIFE_WORKLOAD_EMBEDDED_MAX - strlen(POD) - 2 + more);
            add(&f, "\"}}]}}", 1);
            const struct shelflife_object *o =
                run_text(&f.run, "argoproj.io", "Workflow", shelflife_buffer_str(&f.text), chunk);
            assert_non_null(o);
            assert_int_equal(o->image_count, 1 - more);
            assert_int_equal(o->unread_count, more);
            tear_down(&f);
        }
}

/* Images of a text that are handed on one by one. */
struct taken {
    uint64_t hashes[8];
    size_t count, refuse_at; /* SIZE_MAX: none */
};

static bool take(void *context, const struct shelflife_image *image, error *err)
{
    struct taken *taken = context;
    if (taken->count == taken->refuse_at)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "refused");
    taken->hashes[taken->count++] = image->hash;
    return true;
}

static void a_long_image_in_a_text_has_a_hash_and_a_refused_one_ends_all(void **state)
{
    static const unsigned char key[16] = "0123456789abcdef";
    (void)state;
    for (size_t refuse_at = 0; refuse_at < 3; refuse_at++) {
        struct taken taken = {.refuse_at = refuse_at == 2 ? SIZE_MAX : refuse_at};
        struct fixture f;
        set_up(&f);
        add(&f, "{\"spec\":{\"templates\":[{\"resource\":{\"manifest\":\"{kind: Pod, apiVersion: v1, spec: {",
            1);
        add(&f, "containers: [{image: a}, {image: ", 1);
        add(&f, "b", SHELFLIFE_IMAGE_MAX + 100);
        add(&f, "}]}}\"}}]}}", 1);
        shelflife_extractor_begin(f.run.extractor, f.run.shapes, STR("argoproj.io"), STR("Workflow"), NULL);
        shelflife_extractor_sink(f.run.extractor, take, &taken, key);
        bool ok = shelflife_json_parser_feed(f.run.parser, shelflife_buffer_str(&f.text), &f.run.err);
        assert_int_equal(ok, refuse_at == 2);
        if (ok)
            assert_true(taken.count == 2 && taken.hashes[0] == 0 && taken.hashes[1] != 0);
        else
            assert_string_equal(f.run.err.text, "refused");
        tear_down(&f);
    }
}

static void parameters_at_other_places_do_not_count(void **state)
{
    static const char *const places[] = {"'outputs':{'parameters':[%s]},", "'parameters':[%s],",
                                         "'inputs':{'parameters':%s},"};
    (void)state;
    for (size_t i = 0; i < COUNT(places); i++) {
        struct fixture f;
        set_up(&f);
        add(&f, "{'spec':{", 1);
        for (const char *at = places[i]; *at; at++)
            if (at[0] == '%')
                add(&f, "{'name':'a','value':'i'}", 1);
            else if (at[0] != 's' || at[-1] != '%')
                shelflife_buffer_byte(&f.text, *at);
        add(&f, "'container':{'image':'{{inputs.parameters.a}}'}}}", 1);
        assert_int_equal(filled(read(&f, "argoproj.io", "Workflow")), 0);
        tear_down(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_have_a_limit_until_their_map_ends),
        cmocka_unit_test(a_map_with_long_parts_is_cut_like_a_string),
        cmocka_unit_test(further_and_long_parameters_are_not_known),
        cmocka_unit_test(much_work_for_parameters_ends),
        cmocka_unit_test(values_that_are_not_known_hide_defaults),
        cmocka_unit_test(what_grows_past_an_image_is_not_filled_in),
        cmocka_unit_test(values_may_contain_parameters_to_a_depth),
        cmocka_unit_test(what_waits_for_parameters_is_limited),
        cmocka_unit_test(texts_have_limits_for_the_whole_object),
        cmocka_unit_test(values_that_aliases_repeat_count_for_the_whole_object),
        cmocka_unit_test(a_text_that_is_too_long_is_not_read),
        cmocka_unit_test(a_long_image_in_a_text_has_a_hash_and_a_refused_one_ends_all),
        cmocka_unit_test(parameters_at_other_places_do_not_count),
    };
    return cmocka_run_group_tests_name("workload_limits", tests, NULL, NULL);
}
