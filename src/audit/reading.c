#include "audit/reading.h"

#include "audit/values.h"
#include "json/manifests.h"

enum {
    PROBLEMS_MAX = 20,     /* documents of a text with an error, after which the rest is not read */
    MEMORY_MAX = 64 << 20, /* for one object */
};

typedef struct shelflife_audit_reading reading;

/* ---- Problems ---- */

/* A parser's message begins with the position, which is reported separately. */
static str without_position(str message)
{
    static const str end = STR_INIT("): ");
    if (shelflife_str_starts(message, STR("line ")))
        for (size_t i = 0; i + end.len <= message.len; i++)
            if (shelflife_str_starts(shelflife_str_after(message, i), end))
                return shelflife_str_after(message, i + end.len);
    return message;
}

bool shelflife_audit_reading_note(reading *r, const error *why, struct shelflife_json_position at,
                                  bool harmless, error *err)
{
    error message = {0};
    bool has_place = shelflife_audit_rendered_has_lines(&r->source);
    str reason = shelflife_str_of(why->text);
    bool other = r->is_stdin && !r->read.objects && !r->read.problems && why->kind != SHELFLIFE_ERROR_IO;
    if (why->kind == SHELFLIFE_ERROR_MEMORY)
        return shelflife_fail_memory(err);
    if (has_place)
        reason = without_position(reason);
    snprintf(message.text, sizeof(message.text), "%.*s%s", STR_PRINT(reason),
             other
                 ? "; standard input is read as manifests: give a Dockerfile, a Compose file or a CI file by "
                   "its name"
                 : "");
    const struct shelflife_audit_problem problem = {.source = r->source.name,
                                                    .line = has_place ? at.line : 0,
                                                    .column = has_place ? at.column : 0,
                                                    .text = shelflife_str_of(message.text),
                                                    .part = r->read.objects > 0,
                                                    .note = harmless};
    r->read.problems++;
    return shelflife_audit_note(r->audit, &problem, err);
}

/* A document that is not an object: a problem in a file that the user named, unless it need not have any. */
static bool note_strange(reading *r, struct shelflife_json_position at, error *err)
{
    static const error why = {.text = "not a Kubernetes object, which is a map with apiVersion and kind"};
    r->read.strange++;
    return !r->named || shelflife_audit_reading_note(r, &why, at, r->audit->options.allow_empty, err);
}

/* ---- Objects ---- */

static bool on_object(void *context, const struct shelflife_audit_found_object *found, error *err)
{
    reading *r = context;
    const struct shelflife_input_rendered *rendered = r->source.rendered;
    struct shelflife_audit_found_object object = *found;
    bool wanted;
    if (rendered && rendered->namespace.len)
        object.namespace = rendered->namespace;
    if (!shelflife_audit_wants(r->audit, &object, r->source.name, &wanted, err))
        return false;
    r->read.skipped += !wanted;
    if (!wanted)
        return true;
    if (!object.namespace.len)
        object.namespace = shelflife_str_of(r->audit->options.namespace);
    r->read.objects++;
    if (r->audit->options.progress && !rendered)
        atomic_fetch_add(&r->audit->options.progress->objects, 1);
    shelflife_arena_reset(&r->memory);
    return shelflife_audit_rendered_add(r->audit, &object, &r->source, &r->memory, err);
}

/* ---- Documents ---- */

static struct shelflife_json_position position(const void *manifests)
{
    return shelflife_json_manifests_position(manifests);
}

static bool read_documents(reading *r, struct shelflife_json_manifests *manifests,
                           struct shelflife_audit_objects *objects, error *err)
{
    shelflife_json_manifests_comments(manifests, shelflife_audit_rendered_comment, &r->source);
    for (bool more = true; more && r->read.problems < PROBLEMS_MAX;) {
        error why = {0};
        struct shelflife_json_position at;
        shelflife_audit_rendered_begin(&r->source);
        shelflife_audit_objects_begin(objects, (str){0}, (str){0}, position, manifests);
        bool ok =
            shelflife_json_manifests_next(manifests, shelflife_audit_objects_event, objects, &more, &why);
        if (!ok && r->audit->interrupted && why.kind != SHELFLIFE_ERROR_MEMORY)
            return true; /* a document that is not there completely */
        if (!ok &&
            !shelflife_audit_reading_note(r, &why, shelflife_json_manifests_position(manifests), false, err))
            return false;
        if (ok && shelflife_audit_objects_strange(objects, &at) && !note_strange(r, at, err))
            return false;
    }
    return true;
}

bool shelflife_audit_reading_manifests(reading *r, shelflife_yaml_input *input, void *context, error *err)
{
    struct shelflife_json_manifests *manifests = shelflife_json_manifests_new(input, context);
    struct shelflife_audit_objects *objects = shelflife_audit_objects_new(r->audit->shapes, on_object, r);
    shelflife_arena_init(&r->memory, MEMORY_MAX);
    if (objects)
        shelflife_audit_objects_keep_specs(objects, shelflife_audit_values_are_in);
    bool ok = manifests && objects ? read_documents(r, manifests, objects, err) : shelflife_fail_memory(err);
    shelflife_arena_free(&r->memory);
    shelflife_json_manifests_free(manifests);
    shelflife_audit_objects_free(objects);
    return ok;
}

bool shelflife_audit_reading_rendered(struct shelflife_audit *audit,
                                      const struct shelflife_input_rendered *rendered, error *err)
{
    str rest = rendered->text;
    CLEANUP(cleanup_free) reading *r = calloc(1, sizeof(*r));
    if (!r)
        return shelflife_fail_memory(err);
    r->audit = audit;
    r->source.name = rendered->text_file.len ? rendered->text_file : rendered->file;
    r->source.rendered = rendered;
    return shelflife_audit_reading_manifests(r, shelflife_yaml_text, &rest, err);
}
