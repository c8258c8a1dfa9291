/* Reads files that name images but are not manifests. */
#include "inputs/inputs.h"
#include <sys/stat.h>

#include "audit/rendered.h"
#include "audit/walk.h"
#include "file/file.h"

typedef struct shelflife_audit audit;

struct reading {
    audit *audit;
    struct shelflife_audit_read *read;
};

static bool on_image(void *context, const struct shelflife_input_image *image, error *err)
{
    struct reading *r = context;
    r->read->objects++;
    return shelflife_audit_rollup_add_input(&r->audit->rollup, image, err);
}

/* It is reported, but the audit counts as complete. */
static bool on_unread(void *context, const struct shelflife_input_unread *unread, error *err)
{
    struct reading *r = context;
    const struct shelflife_audit_problem problem = {.source = unread->place.file,
                                                    .line = unread->place.line,
                                                    .column = unread->place.column,
                                                    .text = unread->why,
                                                    .part = true,
                                                    .note = true};
    r->read->problems++;
    return shelflife_audit_note(r->audit, &problem, err);
}

/* The objects are read like those of a file. */
static bool on_rendered(void *context, const struct shelflife_input_rendered *rendered, error *err)
{
    struct reading *r = context;
    r->read->objects++;
    return shelflife_audit_rendered(r->audit, rendered, err);
}

bool shelflife_audit_read_input(audit *a, const char *path, const struct shelflife_input_format *format,
                                bool named, struct shelflife_audit_read *read, error *err)
{
    struct reading r = {a, read};
    const struct shelflife_input_options options = {.named = named,
                                                    .render = a->options.render,
                                                    .values = a->options.values,
                                                    .value_count = a->options.value_count,
                                                    .cancel = a->options.cancel};
    const struct shelflife_input_sink sink = {
        .image = on_image, .unread = on_unread, .rendered = on_rendered, .context = &r};
    CLEANUP(shelflife_buffer_free) buffer text;
    str name = shelflife_audit_name_of(path);
    shelflife_buffer_init(&text, SHELFLIFE_AUDIT_INPUT_BYTES_MAX);
    a->sources++;
    return shelflife_file_read_as(path, name.at, &text, err) &&
           format->read(name.at, shelflife_buffer_str(&text), &options, &sink, err);
}
