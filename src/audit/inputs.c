/* Reads files that name images but are not manifests. */
#include "inputs/inputs.h"
#include <sys/stat.h>

#include "audit/reading.h"
#include "audit/walk.h"
#include "file/file.h"

typedef struct shelflife_audit audit;

struct reading {
    audit *audit;
    struct shelflife_audit_read *read;
};

/* An image that a patch adds to a Kubernetes object is in the object's namespace. */
static bool on_image(void *context, const struct shelflife_input_image *image, error *err)
{
    struct reading *r = context;
    struct shelflife_input_image found = *image;
    str only = shelflife_str_of(r->audit->options.namespace);
    if (only.len && image->namespace.len && !shelflife_str_equal(image->namespace, only)) {
        r->read->skipped++;
        return shelflife_audit_skip(r->audit, SHELFLIFE_AUDIT_SKIP_NAMESPACE, image->namespace, 1, err);
    }
    if (image->api_version.len && !image->namespace.len)
        found.namespace = only;
    r->read->objects++;
    return shelflife_audit_rollup_add_input(&r->audit->rollup, &found, err);
}

/* It is reported, but the audit counts as complete, unless it is the whole file. */
static bool on_unread(void *context, const struct shelflife_input_unread *unread, error *err)
{
    struct reading *r = context;
    const struct shelflife_audit_problem problem = {.source = unread->place.file,
                                                    .line = unread->place.line,
                                                    .column = unread->place.column,
                                                    .text = unread->why,
                                                    .part = !unread->whole,
                                                    .note = !unread->whole};
    r->read->problems += unread->whole;
    r->read->notes += !unread->whole;
    return shelflife_audit_note(r->audit, &problem, err);
}

/* The objects are read like those of a file. */
static bool on_rendered(void *context, const struct shelflife_input_rendered *rendered, error *err)
{
    struct reading *r = context;
    r->read->objects++;
    return shelflife_audit_reading_rendered(r->audit, rendered, err);
}

static bool on_used(void *context, str path, error *err)
{
    const struct reading *r = context;
    return shelflife_audit_used(r->audit, path, err);
}

/* The files of values that the user gave for charts. */
static bool use_values(audit *a, error *err)
{
    for (size_t i = 0; i < a->options.value_count; i++)
        if (!shelflife_audit_used(a, shelflife_audit_name_of(a->options.values[i]), err))
            return false;
    return true;
}

/* A file that the user named, and in which nothing could be read for the reasons that were reported. */
static bool note_nothing(struct reading *r, str name, error *err)
{
    const struct shelflife_audit_problem problem = {
        .source = name, .text = STR("no image in it is known (--allow-empty accepts that)")};
    bool nothing = r->read->notes && !r->read->objects && !r->read->problems;
    return !nothing || r->audit->options.allow_empty || shelflife_audit_note(r->audit, &problem, err);
}

/* Whether a file has lines "apiVersion:" and "kind:" that are not those of a kustomization: a manifest can
   have any name, such as compose.yaml. */
static bool is_manifest(const struct shelflife_input_format *format, str text)
{
    static const str version = STR_INIT("apiVersion:"), kind = STR_INIT("kind:"),
                     kustomize = STR_INIT("kustomize.config.k8s.io/");
    bool has_version = false, has_kind = false;
    if (format == &shelflife_input_dockerfile || format == &shelflife_input_chart)
        return false;
    while (text.len) {
        size_t end = shelflife_str_find(text, '\n');
        str line = shelflife_str_first(text, end == SIZE_MAX ? text.len : end);
        text = shelflife_str_after(text, end == SIZE_MAX ? text.len : end + 1);
        has_kind = has_kind || shelflife_str_starts(line, kind);
        if (!shelflife_str_starts(line, version))
            continue;
        if (shelflife_str_starts(shelflife_str_trim(shelflife_str_after(line, version.len)), kustomize))
            return false;
        has_version = true;
    }
    return has_version && has_kind;
}

bool shelflife_audit_read_input(audit *a, const char *path, const struct shelflife_input_format *format,
                                bool named, struct shelflife_audit_read *read, error *err)
{
    struct reading r = {.audit = a, .read = read};
    const struct shelflife_input_options options = {.named = named,
                                                    .render = a->options.render,
                                                    .values = a->options.values,
                                                    .value_count = a->options.value_count,
                                                    .cancel = a->options.cancel};
    const struct shelflife_input_sink sink = {
        .image = on_image, .unread = on_unread, .rendered = on_rendered, .context = &r, .used = on_used};
    CLEANUP(shelflife_buffer_free) buffer text;
    str name = shelflife_audit_name_of(path);
    shelflife_buffer_init(&text, SHELFLIFE_AUDIT_INPUT_BYTES_MAX);
    if (!shelflife_file_read_as(path, name.at, &text, err))
        return false;
    if (is_manifest(format, shelflife_buffer_str(&text)))
        return shelflife_audit_read_manifests(a, path, named, read, err);
    a->sources++;
    if (format == &shelflife_input_chart && !use_values(a, err))
        return false;
    return format->read(name.at, shelflife_buffer_str(&text), &options, &sink, err) &&
           (!named || note_nothing(&r, name, err));
}
