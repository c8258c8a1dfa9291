/* rooms: base file net json workload inputs */
/* Kustomizations and charts are read as a whole or not at all, whichever allocation fails. */
#include "inputs/inputs.h"
#include "unit/allocation_kit.h"

struct file {
    const char *path;
    str text;
};

struct input {
    const struct shelflife_input_format *format;
    const struct file *files; /* the first is read */
    size_t file_count, expected, count;
};

static const struct file *find(const struct input *in, const char *path)
{
    for (size_t i = 0; i < in->file_count; i++)
        if (strcmp(in->files[i].path, path) == 0)
            return &in->files[i];
    return NULL;
}

static bool read_file(void *context, const char *path, buffer *out, error *why)
{
    const struct file *file = find(context, path);
    if (!file)
        return shelflife_fail(why, SHELFLIFE_ERROR_IO, "no such file");
    shelflife_buffer_append(out, file->text);
    return !out->failed || shelflife_fail_memory(why);
}

static bool exists(void *context, const char *path)
{
    return find(context, path);
}

static bool on_image(void *context, const struct shelflife_input_image *image UNUSED, error *err UNUSED)
{
    struct input *in = context;
    in->count++;
    return true;
}

static bool on_unread(void *context, const struct shelflife_input_unread *unread UNUSED, error *err UNUSED)
{
    struct input *in = context;
    in->count++;
    return true;
}

/* As if the text had one Deployment. */
static bool on_rendered(void *context, const struct shelflife_input_rendered *rendered, error *err)
{
    const struct shelflife_input_object object = {
        .api_version = STR("apps/v1"), .kind = STR("Deployment"), .name = STR("web")};
    struct shelflife_input_image image = {.image = STR("python:3.8"),
                                          .kind = object.kind,
                                          .path = STR("spec.template.spec.containers[0].image"),
                                          .place = {rendered->text_file, 1, 1}};
    return rendered->complete(rendered->context, &object, STR("main"), &image, err) &&
           on_image(context, &image, err);
}

static bool read_once(void *context, error *err)
{
    struct input *in = context;
    const struct shelflife_input_files files = {read_file, exists, in};
    const struct shelflife_input_options options = {.files = &files};
    const struct shelflife_input_sink sink = {on_image, on_unread, on_rendered, in, NULL};
    in->count = 0;
    bool ok = in->format->read(in->files[0].path, in->files[0].text, &options, &sink, err);
    if (ok)
        assert_int_equal(in->count, in->expected);
    return ok;
}

static void a_kustomization_is_read_as_a_whole_or_not_at_all(void **state UNUSED)
{
    static const struct file files[] = {
        {"overlay/kustomization.yaml",
         STR_INIT("resources: [../base, 'https://example.com/x', missing]\n"
                  "namePrefix: a-\n"
                  "patches: [{path: merge.yaml}, {target: {kind: Deployment}, patch: '[{op: add, path: /a, "
                  "value: b}]'}]\n"
                  "images: [{name: python, newName: p, tagSuffix: -x}]\n"
                  "replacements: [{targets: [{select: {kind: Deployment}, fieldPaths: [spec.image]}]}]\n")},
        {"overlay/merge.yaml",
         STR_INIT("kind: Deployment\nmetadata: {name: web}\n"
                  "spec: {template: {spec: {containers: [{name: new, image: x:1}]}}}\n")},
        {"base/kustomization.yml",
         STR_INIT("resources: [web.yaml]\nimages: [{name: python, newTag: '3.13'}]\n")},
        {"base/web.yaml", STR_INIT("kind: Deployment\n")},
    };
    struct input in = {&shelflife_input_kustomization, files, COUNT(files), .expected = 4};
    kit_fail_each("a kustomization", read_once, &in);
}

static void a_chart_is_read_as_a_whole_or_not_at_all(void **state UNUSED)
{
    static const struct file files[] = {
        {"shop/Chart.yaml",
         STR_INIT(
             "name: shop\nappVersion: '1'\ndependencies: [{name: db, alias: d, condition: d.enabled}]\n")},
        {"shop/values.yaml", STR_INIT("image: {repository: a, tag: 1.20}\nb: {image: c, tag: 1000000}\n"
                                      "list: [{image: {repository: d, tag: ''}}]\n")},
    };
    struct input in = {&shelflife_input_chart, files, COUNT(files), .expected = 4};
    kit_fail_each("a chart", read_once, &in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kustomization_is_read_as_a_whole_or_not_at_all),
        cmocka_unit_test(a_chart_is_read_as_a_whole_or_not_at_all),
    };
    kit_start(false);
    return cmocka_run_group_tests_name("allocation rendering", tests, NULL, NULL);
}
