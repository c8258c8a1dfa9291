/* rooms: admission policy inventory catalog workload reference json base */
/*
 * Absent and empty strings in every place of the public API that takes one. Most of what could go wrong, such
 * as memcpy(NULL, NULL, 0), is undefined but harmless on most machines: the sanitizers' build shows it.
 */
#include "shelflife/shelflife.h"
#include "unit/test.h"

static const char CATALOG[] =
    "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Catalog\", \"name\": \"test\", \"asOf\": "
    "\"2026-11-01\","
    " \"products\": [{\"name\": \"a\", \"repositories\": [\"r.test/a\"], \"rows\": [{\"release\": \"1\"}]}]}";
static const char POLICY[] = "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Policy\"}";

static const str empties[] = {{NULL, 0}, {"", 0}};

static struct shelflife_catalogs *read_catalogs(void)
{
    error err = {0};
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    assert_non_null(set);
    if (!shelflife_catalogs_add(set, shelflife_str_of(CATALOG), "", &err) ||
        !shelflife_catalogs_finish(set, &err))
        fail_msg("%s", err.text);
    return set;
}

static void an_empty_origin_is_no_error(void **state)
{
    (void)state;
    struct shelflife_catalogs *set = read_catalogs();
    assert_str_equal(shelflife_catalogs_at(set, 0)->origin, "");
    shelflife_catalogs_free(set);
    struct shelflife_policy *policy = shelflife_policy_read(shelflife_str_of(POLICY), "", NULL);
    assert_non_null(policy);
    shelflife_policy_free(policy);
}

static void empty_input_is_an_error_with_a_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(empties); i++) {
        error errors[4] = {0};
        struct shelflife_catalogs *set = shelflife_catalogs_new();
        struct shelflife_reference reference;
        arena a;
        shelflife_arena_init(&a, 1 << 20);
        assert_false(shelflife_catalogs_add(set, empties[i], "", &errors[0]));
        assert_null(shelflife_policy_read(empties[i], "", &errors[1]));
        assert_false(shelflife_reference_parse(empties[i], &a, &reference, &errors[2]));
        assert_false(shelflife_fail(&errors[3], SHELFLIFE_ERROR_INPUT, "%.*s", STR_PRINT(empties[i])));
        for (size_t k = 0; k < 3; k++)
            assert_true(errors[k].kind == SHELFLIFE_ERROR_INPUT && errors[k].text[0] != '\0');
        assert_string_equal(errors[3].text, "");
        assert_false(shelflife_error_prefix(&errors[3], "%s", ""));
        assert_string_equal(errors[3].text, ": ");
        shelflife_day day;
        int32_t days;
        enum shelflife_mode mode;
        assert_false(shelflife_day_parse(empties[i], &day));
        assert_false(shelflife_day_parse_span(empties[i], &days));
        assert_false(shelflife_mode_parse(empties[i], &mode));
        shelflife_arena_free(&a);
        shelflife_catalogs_free(set);
    }
}

static void empty_strings_are_copied_and_compared(void **state)
{
    (void)state;
    arena a;
    buffer b;
    shelflife_arena_init(&a, 1 << 20);
    shelflife_buffer_init(&b, 100);
    for (size_t i = 0; i < COUNT(empties); i++) {
        str copy = STR("x");
        assert_true(shelflife_arena_copy(&a, empties[i], &copy));
        assert_string_equal(copy.at, "");
        shelflife_buffer_append(&b, empties[i]);
        assert_int_equal(shelflife_buffer_str(&b).len, 0);
        for (size_t k = 0; k < COUNT(empties); k++) {
            assert_true(shelflife_str_equal(empties[i], empties[k]));
            assert_int_equal(shelflife_str_compare(empties[i], empties[k]), 0);
            assert_int_equal(shelflife_version_compare(empties[i], empties[k]), 0);
        }
        assert_true(shelflife_str_starts(empties[i], empties[0]) &&
                    shelflife_str_ends(empties[i], empties[0]));
        assert_int_equal(shelflife_str_after(empties[i], 5).len, 0);
        assert_true(shelflife_str_find(empties[i], 'x') == SIZE_MAX);
        assert_true(shelflife_str_is_utf8(empties[i]));
    }
    shelflife_buffer_free(&b);
    shelflife_arena_free(&a);
}

static enum shelflife_json_next ignore(void *context, enum shelflife_json_event event, str text, bool last,
                                       error *err)
{
    (void)context;
    (void)event;
    (void)text;
    (void)last;
    (void)err;
    return SHELFLIFE_JSON_CONTINUE;
}

static void json_takes_empty_chunks_and_writes_empty_strings(void **state)
{
    (void)state;
    struct shelflife_json_parser *parser = shelflife_json_parser_new(ignore, NULL, false);
    struct shelflife_json_writer w;
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 100);
    shelflife_json_writer_init(&w, &out);
    shelflife_json_write_map(&w);
    for (size_t i = 0; i < COUNT(empties); i++) {
        assert_true(shelflife_json_parser_feed(parser, empties[i], NULL));
        assert_true(shelflife_json_parser_feed(parser, i ? STR("\"\"]") : STR("[\"x\","), NULL));
        assert_true(shelflife_json_parser_feed(parser, empties[i], NULL));
        shelflife_json_write_key(&w, empties[i]);
        shelflife_json_write_string(&w, empties[i]);
    }
    shelflife_json_write_end(&w);
    assert_true(shelflife_json_parser_finish(parser, NULL));
    assert_str_equal(shelflife_buffer_str(&out), "{\"\":\"\",\"\":\"\"}");
    shelflife_json_parser_free(parser);
}

static void judging_takes_empty_names(void **state)
{
    (void)state;
    struct shelflife_catalogs *set = read_catalogs();
    struct shelflife_policy *policy = shelflife_policy_read(shelflife_str_of(POLICY), "", NULL);
    assert_non_null(policy);
    for (size_t i = 0; i < COUNT(empties); i++) {
        str e = empties[i], mapped;
        struct shelflife_verdict verdict;
        CLEANUP(shelflife_buffer_free) buffer out;
        arena a;
        shelflife_arena_init(&a, 1 << 20);
        shelflife_buffer_init(&out, 4096);
        assert_true(shelflife_policy_judge(policy, set, NULL, e, e, 20000, &a, &verdict, NULL));
        assert_int_equal(verdict.phase, SHELFLIFE_PHASE_INVALID);
        shelflife_verdict_describe(&verdict, 256, &out);
        assert_true(out.len > 0);
        assert_true(shelflife_policy_map(policy, e, &a, &mapped, NULL));
        assert_int_equal(mapped.len, 0);
        assert_int_equal(shelflife_policy_mode(policy, e, SHELFLIFE_MODE_POLICY), SHELFLIFE_MODE_ENFORCE);
        assert_false(shelflife_policy_keeps(policy, e, e, e));
        assert_false(shelflife_policy_keeps_pods_of(policy, e, e));
        assert_false(shelflife_policy_is_controller(policy, e));
        shelflife_policy_namespace_class(policy, e, &out);
        shelflife_arena_free(&a);
    }
    shelflife_policy_free(policy);
    shelflife_catalogs_free(set);
}

static void empty_shapes_are_errors_and_an_empty_kind_is_the_objects_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(empties); i++) {
        const struct shelflife_shape extra = {empties[i], empties[i], empties[i]};
        error err = {0};
        assert_null(shelflife_shapes_new(&extra, 1, NULL, 0, &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
        assert_null(shelflife_shapes_new(NULL, 0, &empties[i], 1, &err));
        struct shelflife_shapes *shapes = shelflife_shapes_new(NULL, 0, NULL, 0, &err);
        assert_non_null(shapes);
        shelflife_shapes_kind(shapes, empties[i], empties[i]);
        arena a;
        shelflife_arena_init(&a, 1 << 20);
        struct shelflife_extractor *x = shelflife_extractor_new(&a);
        shelflife_extractor_begin(x, shapes, empties[i], empties[i], NULL);
        shelflife_extractor_event(x, SHELFLIFE_JSON_STRING, empties[i], true, &err);
        assert_true(shelflife_extractor_done(x));
        assert_int_equal(shelflife_extractor_object(x, &err)->image_count, 0);
        shelflife_extractor_free(x);
        shelflife_arena_free(&a);
        shelflife_shapes_free(shapes);
    }
}

static void an_empty_review_is_answered(void **state)
{
    (void)state;
    struct shelflife_catalogs *set = read_catalogs();
    struct shelflife_policy *policy = shelflife_policy_read(shelflife_str_of(POLICY), "", NULL);
    struct shelflife_review *review = shelflife_review_new();
    assert_true(policy && review);
    for (size_t i = 0; i < COUNT(empties); i++) {
        struct shelflife_snapshot snapshot = {.catalogs = set, .policy = policy, .digest = empties[i]};
        struct shelflife_outcome outcome;
        CLEANUP(shelflife_buffer_free) buffer reply;
        shelflife_buffer_init(&reply, 4096);
        shelflife_review_begin(review, &snapshot, 20000, SHELFLIFE_MODE_POLICY);
        shelflife_review_feed(review, empties[i]);
        assert_true(shelflife_review_finish(review, &reply, &outcome, NULL));
        assert_int_equal(outcome.http_status, 400);
    }
    shelflife_review_free(review);
    shelflife_policy_free(policy);
    shelflife_catalogs_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_origin_is_no_error),
        cmocka_unit_test(empty_input_is_an_error_with_a_text),
        cmocka_unit_test(empty_strings_are_copied_and_compared),
        cmocka_unit_test(json_takes_empty_chunks_and_writes_empty_strings),
        cmocka_unit_test(judging_takes_empty_names),
        cmocka_unit_test(empty_shapes_are_errors_and_an_empty_kind_is_the_objects_own),
        cmocka_unit_test(an_empty_review_is_answered),
    };
    return cmocka_run_group_tests_name("empty strings", tests, NULL, NULL);
}
