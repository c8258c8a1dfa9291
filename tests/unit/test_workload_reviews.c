/* rooms: base json workload */
/*
 * The recorded reviews, held against tests/data/workload/expected.txt, which was computed by another program
 * in another way. To see what changed, compare with the text that a failure prints.
 */
#include "unit/workload.h"

#include <dirent.h>

#define REVIEWS TESTS_DIR "/data/reviews"
#define EXPECTED TESTS_DIR "/data/workload/expected.txt"

/* Hands one member of `request` to the extractor, and skips all the rest. */
struct router {
    struct run *run;
    str wanted;
    size_t depth;
    bool inside, seen;
    char key[16];
    size_t key_len;
};

static bool is_key(const struct router *r, str key)
{
    return shelflife_str_equal((str){r->key, r->key_len}, key);
}

static enum shelflife_json_next route_key(struct router *r, str text, bool last)
{
    for (size_t i = 0; i < text.len && r->key_len < sizeof(r->key); i++)
        r->key[r->key_len++] = text.at[i];
    if (!last)
        return SHELFLIFE_JSON_CONTINUE;
    bool down = r->depth == 1 && is_key(r, STR("request"));
    r->inside = r->depth == 2 && is_key(r, r->wanted);
    r->key_len = 0;
    return down || r->inside ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_SKIP;
}

static enum shelflife_json_next route(void *context, enum shelflife_json_event event, str text, bool last,
                                      error *err)
{
    struct router *r = context;
    if (r->inside && event == SHELFLIFE_JSON_NULL) {
        r->inside = false;
    } else if (r->inside) {
        r->seen = true;
        enum shelflife_json_next next = shelflife_extractor_event(r->run->extractor, event, text, last, err);
        r->inside = !shelflife_extractor_done(r->run->extractor);
        return next;
    } else if (event == SHELFLIFE_JSON_MAP_START) {
        r->depth++;
    } else if (event == SHELFLIFE_JSON_MAP_END) {
        r->depth--;
    } else if (event == SHELFLIFE_JSON_KEY) {
        return route_key(r, text, last);
    }
    return SHELFLIFE_JSON_CONTINUE;
}

static str read_file(const char *path, arena *a)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("cannot read %s", path);
    fseek(f, 0, SEEK_END);
    long size = ftell(f);
    rewind(f);
    char *text = shelflife_arena_alloc(a, (size_t)size);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, f), size);
    fclose(f);
    return (str){text, (size_t)size};
}

/* What expected.txt has for one member of a review; nothing if the review has no such member. */
static void append_member(buffer *out, struct run *run, const char *name, str review, const char *member,
                          size_t chunk, const struct shelflife_object *about)
{
    struct router router = {.run = run, .wanted = shelflife_str_of(member)};
    struct shelflife_json_parser *parser = shelflife_json_parser_new(route, &router, false);
    assert_non_null(parser);
    str api_version = about ? about->api_version : STR(""), kind = about ? about->kind : STR("");
    size_t slash = shelflife_str_find(api_version, '/');
    shelflife_extractor_begin(run->extractor, run->shapes,
                              shelflife_str_first(api_version, slash == SIZE_MAX ? 0 : slash), kind, parser);
    for (size_t at = 0; at < review.len; at += chunk)
        assert_true(shelflife_json_parser_feed(
            parser, shelflife_str_first(shelflife_str_after(review, at), chunk), NULL));
    assert_true(shelflife_json_parser_finish(parser, NULL));
    shelflife_json_parser_free(parser);
    if (!router.seen)
        return;
    const struct shelflife_object *o = shelflife_extractor_object(run->extractor, NULL);
    assert_non_null(o);
    shelflife_buffer_format(out, "%s %s: %.*s %.*s %.*s/%.*s", name, member, STR_PRINT(o->api_version),
                            STR_PRINT(o->kind), STR_PRINT(o->namespace_name), STR_PRINT(o->name));
    if (o->owner.kind.len)
        shelflife_buffer_format(out, " of %.*s %.*s", STR_PRINT(o->owner.kind), STR_PRINT(o->owner.name));
    shelflife_buffer_byte(out, '\n');
    append_images(out, o);
    for (size_t i = 0; i < o->image_count; i++) {
        str at = shelflife_str_after(review, o->images[i].position.offset);
        assert_true(shelflife_str_starts(at, STR("\"")));
        assert_true(shelflife_str_starts(shelflife_str_after(at, 1), o->images[i].text));
        assert_int_equal(o->images[i].position.line, 1);
        assert_int_equal(o->images[i].position.column, o->images[i].position.offset + 1);
    }
    /* The same with the kind known beforehand. */
    if (!about) {
        size_t before = out->len;
        append_member(out, run, name, review, member, chunk, o);
        str whole = shelflife_buffer_str(out), again = shelflife_str_after(whole, before);
        if (!shelflife_str_ends(shelflife_str_first(whole, before), again))
            fail_msg("with its kind known: %.*s", STR_PRINT(again));
        out->len = before;
    }
}

static int is_review(const struct dirent *entry)
{
    return shelflife_str_ends(shelflife_str_of(entry->d_name), STR(".json"));
}

static void check_reviews(size_t chunk)
{
    struct run run;
    arena files;
    buffer out;
    struct dirent **names;
    run_init(&run, 1 << 24, NULL, 0, NULL, 0);
    shelflife_arena_init(&files, 1 << 24);
    shelflife_buffer_init(&out, 1 << 20);
    int count = scandir(REVIEWS, &names, is_review, alphasort);
    assert_int_equal(count, 65);
    for (int i = 0; i < count; i++) {
        str path;
        assert_true(shelflife_arena_format(&files, &path, "%s/%s", REVIEWS, names[i]->d_name));
        str review = read_file(path.at, &files);
        append_member(&out, &run, names[i]->d_name, review, "object", chunk, NULL);
        append_member(&out, &run, names[i]->d_name, review, "oldObject", chunk, NULL);
        free(names[i]);
    }
    free(names);
    if (!shelflife_str_equal(shelflife_buffer_str(&out), read_file(EXPECTED, &files)))
        fail_msg("not as in %s:\n%.*s", EXPECTED, STR_PRINT(shelflife_buffer_str(&out)));
    shelflife_buffer_free(&out);
    shelflife_arena_free(&files);
    run_free(&run);
}

static void images_of_recorded_reviews_are_as_expected(void **state)
{
    (void)state;
    check_reviews(1 << 20);
}

static void images_of_recorded_reviews_are_the_same_in_any_chunks(void **state)
{
    (void)state;
    check_reviews(1);
    check_reviews(61);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_of_recorded_reviews_are_as_expected),
        cmocka_unit_test(images_of_recorded_reviews_are_the_same_in_any_chunks),
    };
    return cmocka_run_group_tests_name("workload_reviews", tests, NULL, NULL);
}
