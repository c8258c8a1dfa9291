/* rooms: base json workload */
/*
 * The objects of tests/data/workload/custom-resources.yaml: each has annotations that list what must be found
 * in it.
 */
#include "unit/workload.h"

#include "workload/kinds.h"
#include "json/yaml.h"

#define OBJECTS TESTS_DIR "/data/workload/custom-resources.yaml"

static const str fields[] = {STR_INIT("metadata.annotations.images"),
                             STR_INIT("metadata.annotations.unread")};

/* Images as they are handed on, in any order. */
struct handed {
    uint32_t index;
    str line;
};

struct reader {
    struct run run;
    bool handed_on; /* the images are */
    struct handed handed[100];
    size_t handed_count;
    struct shelflife_yaml *yaml;
    FILE *file;
    bool open;
    str group, kind; /* the kind that is given; absent: none */
    size_t wanted;   /* the number of the object to read, of all if it is none */
    size_t objects;
    str groups[200], kinds[200]; /* of each object */
    arena names;
};

static bool input(void *context, char *to, size_t size, size_t *got, UNUSED error *err)
{
    struct reader *r = context;
    *got = fread(to, 1, size, r->file);
    return true;
}

static void show(buffer *out, const struct shelflife_object *object)
{
    for (size_t i = 0; i < object->image_count; i++)
        shelflife_buffer_format(out, "%.*s %.*s\n", STR_PRINT(object->images[i].path),
                                STR_PRINT(object->images[i].text));
}

static bool take(void *context, const struct shelflife_image *image, error *err)
{
    struct reader *r = context;
    str path;
    assert_true(r->handed_count < COUNT(r->handed));
    struct handed *handed = &r->handed[r->handed_count++];
    handed->index = image->index;
    assert_true(shelflife_extractor_path(r->run.extractor, &r->run.memory, &path, err));
    return shelflife_arena_format(&r->run.memory, &handed->line, "%.*s %.*s\n", STR_PRINT(path),
                                  STR_PRINT(image->text));
}

static int compare(const void *a, const void *b)
{
    const struct handed *x = a, *y = b;
    return (x->index > y->index) - (x->index < y->index);
}

static void show_handed(buffer *out, struct reader *r)
{
    shelflife_sort(r->handed, r->handed_count, sizeof(*r->handed), compare);
    for (size_t i = 0; i < r->handed_count; i++)
        shelflife_buffer_append(out, r->handed[i].line);
}

static void check(struct reader *r, const struct shelflife_object *object)
{
    buffer found CLEANUP(shelflife_buffer_free), unread CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&found, 1 << 20);
    shelflife_buffer_init(&unread, 1 << 20);
    show(&found, object);
    if (r->handed_on)
        show_handed(&found, r);
    if (!shelflife_str_equal(shelflife_buffer_str(&found), object->fields[0]))
        fail_msg("%.*s: the images are\n%.*sbut should be\n%.*s", STR_PRINT(object->kind),
                 STR_PRINT(shelflife_buffer_str(&found)), STR_PRINT(object->fields[0]));
    for (size_t i = 0; i < object->unread_count; i++) {
        shelflife_buffer_format(&unread, "%.*s\n", STR_PRINT(object->unread[i].path));
        assert_true(object->unread[i].why.len > 0);
    }
    if (!shelflife_str_equal(shelflife_buffer_str(&unread), object->fields[1]))
        fail_msg("%.*s: unread are\n%.*s", STR_PRINT(object->kind), STR_PRINT(shelflife_buffer_str(&unread)));
}

static void finish(struct reader *r)
{
    const struct shelflife_object *object = shelflife_extractor_object(r->run.extractor, &r->run.err);
    if (!object)
        fail_msg("%s", r->run.err.text);
    size_t i = r->objects++;
    r->open = false;
    if (r->kind.len == 0) {
        str group = shelflife_workload_group_of(object->api_version);
        assert_true(i < COUNT(r->kinds));
        assert_true(shelflife_arena_copy(&r->names, group, &r->groups[i]));
        assert_true(shelflife_arena_copy(&r->names, object->kind, &r->kinds[i]));
        assert_true(object->image_count > 0);
        check(r, object);
    } else if (i == r->wanted) {
        check(r, object);
    }
    shelflife_arena_reset(&r->run.memory);
}

static enum shelflife_json_next on_event(void *context, enum shelflife_json_event event, str text, bool last,
                                         error *err)
{
    struct reader *r = context;
    if (!r->open)
        shelflife_extractor_begin(r->run.extractor, r->run.shapes, r->group, r->kind, NULL);
    if (!r->open)
        r->handed_count = 0;
    if (!r->open && r->handed_on)
        shelflife_extractor_sink(r->run.extractor, take, r, NULL);
    r->open = true;
    enum shelflife_json_next next = shelflife_extractor_event(r->run.extractor, event, text, last, err);
    if (next != SHELFLIFE_JSON_STOP && shelflife_extractor_done(r->run.extractor))
        finish(r);
    return next;
}

static void read_all(struct reader *r)
{
    error err = {0};
    r->file = fopen(OBJECTS, "rb");
    assert_non_null(r->file);
    r->yaml = shelflife_yaml_new(SHELFLIFE_YAML_MANIFESTS);
    assert_non_null(r->yaml);
    r->objects = 0;
    if (!shelflife_yaml_read(r->yaml, input, r, on_event, r, &err))
        fail_msg("line %d: %s", (int)shelflife_yaml_position(r->yaml).line, err.text);
    shelflife_yaml_free(r->yaml);
    fclose(r->file);
}

static void custom_resources_have_exactly_the_images_listed(void **state)
{
    struct reader r = {.open = false};
    run_init(&r.run, 1 << 24, NULL, 0, fields, COUNT(fields));
    shelflife_arena_init(&r.names, 1 << 20);
    read_all(&r);
    assert_true(r.objects > 80);
    for (size_t i = 0, count = r.objects; i < count; i++) {
        r.wanted = i;
        r.group = r.groups[i];
        r.kind = r.kinds[i];
        r.handed_on = false;
        read_all(&r);
        r.handed_on = true;
        read_all(&r);
    }
    shelflife_arena_free(&r.names);
    run_free(&r.run);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(custom_resources_have_exactly_the_images_listed)};
    return cmocka_run_group_tests_name("workload_custom", tests, NULL, NULL);
}
