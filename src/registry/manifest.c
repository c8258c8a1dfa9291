#include "registry/manifest.h"

#include "pki/pki.h"
#include "registry/text.h"
#include "shelflife/json.h"

_Static_assert((int)REGISTRY_TEXT_MAX == (int)SHELFLIFE_REGISTRY_ANNOTATION_BYTES_MAX,
               "what is collected is what is kept");

/* ---- Media types ---- */

enum form { FORM_UNKNOWN, FORM_MANIFEST, FORM_INDEX, FORM_SCHEMA1 };

static const struct {
    const char *media_type;
    enum form form;
} forms[] = {
    {"application/vnd.oci.image.manifest.v1+json", FORM_MANIFEST},
    {"application/vnd.oci.image.index.v1+json", FORM_INDEX},
    {"application/vnd.docker.distribution.manifest.v2+json", FORM_MANIFEST},
    {"application/vnd.docker.distribution.manifest.list.v2+json", FORM_INDEX},
    {"application/vnd.docker.distribution.manifest.v1+json", FORM_SCHEMA1},
    {"application/vnd.docker.distribution.manifest.v1+prettyjws", FORM_SCHEMA1},
};

/* Of a configuration. Those after the first two stand in old images, which registries of the time changed. */
static const char *const configurations[] = {"application/vnd.oci.image.config.v1+json",
                                             "application/vnd.docker.container.image.v1+json",
                                             "application/octet-stream",
                                             "application/json",
                                             "text/html",
                                             ""};

static enum form form_of(str media_type)
{
    size_t end = shelflife_str_find(media_type, ';');
    str bare = shelflife_str_trim(shelflife_str_first(media_type, end));
    for (size_t i = 0; i < COUNT(forms); i++)
        if (registry_text_is(bare, forms[i].media_type))
            return forms[i].form;
    return FORM_UNKNOWN;
}

bool shelflife_registry_manifest_is_index_type(str media_type)
{
    return form_of(media_type) == FORM_INDEX;
}

/* ---- Reading ---- */

enum place { START, ROOT, LIST, DESCRIPTOR, PLATFORM, ANNOTATIONS };
enum type { A_STRING, A_NUMBER, A_MAP, AN_ARRAY };
enum what {
    SCHEMA_VERSION,
    MEDIA_TYPE,
    ARTIFACT_TYPE,
    THE_CONFIG,
    THE_SUBJECT,
    THE_LAYERS,
    THE_MANIFESTS,
    SCHEMA1_LAYERS,
    THE_ANNOTATIONS,
    DIGEST,
    SIZE,
    THE_PLATFORM,
    OS,
    ARCHITECTURE,
    VARIANT,
};

static const struct member {
    const char *name;
    enum place in;
    enum what what;
    enum type type;
    enum place opens; /* START: it is skipped, or is neither map nor array */
} members[] = {
    {"schemaVersion", ROOT, SCHEMA_VERSION, A_NUMBER, START},
    {"mediaType", ROOT, MEDIA_TYPE, A_STRING, START},
    {"artifactType", ROOT, ARTIFACT_TYPE, A_STRING, START},
    {"config", ROOT, THE_CONFIG, A_MAP, DESCRIPTOR},
    {"subject", ROOT, THE_SUBJECT, A_MAP, DESCRIPTOR},
    {"layers", ROOT, THE_LAYERS, AN_ARRAY, LIST},
    {"manifests", ROOT, THE_MANIFESTS, AN_ARRAY, LIST},
    {"fsLayers", ROOT, SCHEMA1_LAYERS, AN_ARRAY, START},
    {"annotations", ROOT, THE_ANNOTATIONS, A_MAP, ANNOTATIONS},
    {"mediaType", DESCRIPTOR, MEDIA_TYPE, A_STRING, START},
    {"artifactType", DESCRIPTOR, ARTIFACT_TYPE, A_STRING, START},
    {"digest", DESCRIPTOR, DIGEST, A_STRING, START},
    {"size", DESCRIPTOR, SIZE, A_NUMBER, START},
    {"platform", DESCRIPTOR, THE_PLATFORM, A_MAP, PLATFORM},
    {"annotations", DESCRIPTOR, THE_ANNOTATIONS, A_MAP, ANNOTATIONS},
    {"os", PLATFORM, OS, A_STRING, START},
    {"architecture", PLATFORM, ARCHITECTURE, A_STRING, START},
    {"variant", PLATFORM, VARIANT, A_STRING, START},
};

static const char *const type_names[] = {"a string", "a number", "a map", "an array"};

enum { PLACES_OPEN_MAX = 6 /* ROOT, LIST, DESCRIPTOR, and PLATFORM or ANNOTATIONS */ };

struct reader {
    arena *arena;
    enum place open[PLACES_OPEN_MAX];
    size_t depth;                          /* how many are open; the last one is where the reader is */
    const struct member *member, *section; /* whose value comes next; the one of the root that is open */
    bool in_text;                          /* within a token */
    bool has_layers, has_manifests, has_config, is_schema1;
    int64_t version;
    struct shelflife_registry_manifest out;
    struct shelflife_registry_descriptor *items, *descriptor; /* the descriptor that is open */
    size_t item_count, item_capacity;
    struct shelflife_registry_descriptor config, subject, item;
    struct shelflife_registry_annotation *annotations; /* of the map that is open */
    size_t annotation_count, annotation_capacity, annotations_seen;
    struct registry_text key, text;
};

static enum place place_of(const struct reader *r)
{
    return r->depth ? r->open[r->depth - 1] : START;
}

static void write_place(const struct reader *r, char *out, size_t size)
{
    const char *section = r->section ? r->section->name : "";
    const char *dot = r->section && r->member && place_of(r) != ROOT ? "." : "";
    const char *inner = place_of(r) == PLATFORM ? "platform." : "";
    const char *name = r->member && (place_of(r) != ROOT || !r->section) ? r->member->name : "";
    if (place_of(r) == START)
        snprintf(out, size, "it");
    else if (place_of(r) == ANNOTATIONS)
        snprintf(out, size, "an annotation");
    else if (r->section && r->section->opens == LIST)
        snprintf(out, size, "%s[%zu]%s%s%s", section, r->item_count, dot, inner, name);
    else
        snprintf(out, size, "%s%s%s%s", section, dot, inner, name);
}

static bool check_type(const struct reader *r, enum type expected, enum shelflife_json_event event,
                       error *err)
{
    static const enum shelflife_json_event events[] = {[A_STRING] = SHELFLIFE_JSON_STRING,
                                                       [A_NUMBER] = SHELFLIFE_JSON_NUMBER,
                                                       [A_MAP] = SHELFLIFE_JSON_MAP_START,
                                                       [AN_ARRAY] = SHELFLIFE_JSON_ARRAY_START};
    if (event == events[expected] || (event == SHELFLIFE_JSON_NULL && r->depth))
        return true;
    char where[128];
    write_place(r, where, sizeof(where));
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s must be %s, not %s", where, type_names[expected],
                          registry_text_type(event));
}

static bool read_number(const struct reader *r, int64_t *out, error *err)
{
    str text = registry_text_str(&r->text);
    int64_t n = 0;
    bool ok = text.len > 0 && text.len <= 18;
    for (size_t i = 0; ok && i < text.len; i++) {
        ok = text.at[i] >= '0' && text.at[i] <= '9';
        n = n * 10 + (text.at[i] - '0');
    }
    char where[128];
    write_place(r, where, sizeof(where));
    *out = n;
    return ok || shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s must be an integer from 0 to 10^18", where);
}

/* Copies a string; what cannot be kept is absent. */
static bool keep_text(struct reader *r, str *out, error *err)
{
    str text = registry_text_str(&r->text);
    *out = (str){0};
    if (text.len == 0 || r->text.cut || !registry_text_is_plain(text))
        return true;
    return shelflife_arena_copy(r->arena, text, out) || shelflife_arena_fail(r->arena, err);
}

static bool keep_digest(struct reader *r, error *err)
{
    r->descriptor->digest = (str){0};
    return !shelflife_pki_digest_is_valid(registry_text_str(&r->text)) ||
           keep_text(r, &r->descriptor->digest, err);
}

static bool add_annotation(struct reader *r, error *err)
{
    struct shelflife_registry_annotation a = {0};
    str name = registry_text_str(&r->key);
    if (!registry_text_is_plain(name) || r->text.cut || !registry_text_is_plain(registry_text_str(&r->text)))
        return true;
    if (++r->annotations_seen > SHELFLIFE_REGISTRY_ANNOTATIONS_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "there are more than %d annotations",
                              SHELFLIFE_REGISTRY_ANNOTATIONS_MAX);
    if (!shelflife_grow(&r->annotations, &r->annotation_capacity, r->annotation_count + 1, sizeof(a)))
        return shelflife_fail_memory(err);
    if (!shelflife_arena_copy(r->arena, name, &a.name))
        return shelflife_arena_fail(r->arena, err);
    if (!keep_text(r, &a.value, err))
        return false;
    r->annotations[r->annotation_count++] = a;
    return true;
}

static bool end_scalar(struct reader *r, enum shelflife_json_event event, error *err)
{
    int64_t n;
    if (event == SHELFLIFE_JSON_NULL)
        return true;
    if (place_of(r) == ANNOTATIONS)
        return add_annotation(r, err);
    if (!r->member)
        return true;
    bool root = place_of(r) == ROOT;
    switch (r->member->what) {
    case SCHEMA_VERSION:
        return read_number(r, &r->version, err);
    case MEDIA_TYPE:
        return keep_text(r, root ? &r->out.media_type : &r->descriptor->media_type, err);
    case ARTIFACT_TYPE:
        return keep_text(r, root ? &r->out.artifact_type : &r->descriptor->artifact_type, err);
    case DIGEST:
        return keep_digest(r, err);
    case SIZE:
        if (!read_number(r, &n, err))
            return false;
        r->descriptor->size = (uint64_t)n;
        return true;
    case OS:
        return keep_text(r, &r->descriptor->platform.os, err);
    case ARCHITECTURE:
        return keep_text(r, &r->descriptor->platform.architecture, err);
    default: /* VARIANT */
        return keep_text(r, &r->descriptor->platform.variant, err);
    }
}

/* What is known already when a member of the root begins. A list that is there twice counts the last time. */
static void begin_section(struct reader *r)
{
    if (!r->member)
        return;
    enum what what = r->member->what;
    r->section = r->member;
    r->has_config |= what == THE_CONFIG;
    r->has_layers |= what == THE_LAYERS;
    r->has_manifests |= what == THE_MANIFESTS;
    r->is_schema1 |= what == SCHEMA1_LAYERS;
    if (what == THE_LAYERS || what == THE_MANIFESTS)
        r->item_count = 0;
}

static void begin_descriptor(struct reader *r)
{
    r->descriptor = r->section->what == THE_CONFIG    ? &r->config
                    : r->section->what == THE_SUBJECT ? &r->subject
                                                      : &r->item;
    *r->descriptor = (struct shelflife_registry_descriptor){0};
}

static enum shelflife_json_next open_place(struct reader *r)
{
    enum place opens = place_of(r) == START  ? ROOT
                       : place_of(r) == LIST ? DESCRIPTOR
                       : r->member           ? r->member->opens
                                             : START;
    if (place_of(r) == ROOT)
        begin_section(r);
    if (opens == START) {
        r->section = NULL;
        return SHELFLIFE_JSON_SKIP;
    }
    if (opens == DESCRIPTOR)
        begin_descriptor(r);
    if (opens == ANNOTATIONS)
        r->annotation_count = 0;
    r->open[r->depth++] = opens;
    r->member = NULL;
    return SHELFLIFE_JSON_CONTINUE;
}

static bool end_item(struct reader *r, error *err)
{
    if (r->item_count == SHELFLIFE_REGISTRY_DESCRIPTORS_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "%s has more than %d elements", r->section->name,
                              SHELFLIFE_REGISTRY_DESCRIPTORS_MAX);
    if (!shelflife_grow(&r->items, &r->item_capacity, r->item_count + 1, sizeof(*r->items)))
        return shelflife_fail_memory(err);
    r->items[r->item_count++] = r->item;
    return true;
}

static bool end_annotations(struct reader *r, error *err)
{
    struct shelflife_registry_annotation *copy =
        shelflife_arena_array(r->arena, r->annotation_count, sizeof(*copy));
    if (!copy)
        return shelflife_arena_fail(r->arena, err);
    shelflife_copy(copy, r->annotations, r->annotation_count * sizeof(*copy));
    struct shelflife_registry_annotations *list =
        place_of(r) == ROOT ? &r->out.annotations : &r->descriptor->annotations;
    *list = (struct shelflife_registry_annotations){copy, r->annotation_count};
    return true;
}

static bool close_place(struct reader *r, error *err)
{
    enum place closed = r->open[--r->depth];
    r->member = NULL;
    bool ok = true;
    if (closed == ANNOTATIONS)
        ok = end_annotations(r, err);
    else if (closed == DESCRIPTOR && place_of(r) == LIST)
        ok = end_item(r, err);
    else if (closed == PLATFORM)
        r->descriptor->has_platform =
            r->descriptor->platform.os.len > 0 || r->descriptor->platform.architecture.len > 0;
    if (place_of(r) == ROOT)
        r->section = NULL;
    return ok;
}

static enum shelflife_json_next on_value(struct reader *r, enum shelflife_json_event event, str text,
                                         bool last, error *err)
{
    enum type expected = r->member ? r->member->type : place_of(r) == ANNOTATIONS ? A_STRING : A_MAP;
    if (!r->in_text) {
        if (!check_type(r, expected, event, err))
            return SHELFLIFE_JSON_STOP;
        registry_text_clear(&r->text);
    }
    if (shelflife_json_opens(event))
        return open_place(r);
    registry_text_add(&r->text, text);
    r->in_text = !last;
    return !last || end_scalar(r, event, err) ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
}

static enum shelflife_json_next on_key(struct reader *r, str text, bool last)
{
    if (!r->in_text)
        registry_text_clear(&r->key);
    registry_text_add(&r->key, text);
    r->in_text = !last;
    if (!last)
        return SHELFLIFE_JSON_CONTINUE;
    r->member = NULL;
    if (place_of(r) == ANNOTATIONS)
        return r->key.cut ? SHELFLIFE_JSON_SKIP : SHELFLIFE_JSON_CONTINUE;
    for (size_t i = 0; i < COUNT(members) && !r->member; i++)
        if (members[i].in == place_of(r) && registry_text_is(registry_text_str(&r->key), members[i].name))
            r->member = &members[i];
    return r->member ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_SKIP;
}

static enum shelflife_json_next on_event(void *context, enum shelflife_json_event event, str text, bool last,
                                         error *err)
{
    struct reader *r = context;
    if (event == SHELFLIFE_JSON_KEY)
        return on_key(r, text, last);
    if (shelflife_json_closes(event))
        return close_place(r, err) ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
    return on_value(r, event, text, last, err);
}

/* ---- What it is ---- */

static bool fail_schema1(error *err)
{
    return shelflife_fail(
        err, SHELFLIFE_ERROR_INPUT,
        "the manifest has the old schema 1, which has no configuration; push the image again "
        "with a tool of today");
}

static bool set_kind(struct reader *r, str content_type, error *err)
{
    enum form form = form_of(content_type);
    if (form == FORM_UNKNOWN)
        form = form_of(r->out.media_type);
    if (form == FORM_SCHEMA1 || r->is_schema1 || r->version == 1)
        return fail_schema1(err);
    if (r->version != 0 && r->version != 2)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "schemaVersion of the manifest must be 2");
    if (r->has_manifests && (r->has_config || r->has_layers))
        return shelflife_fail(
            err, SHELFLIFE_ERROR_INPUT,
            "the manifest has \"manifests\" and also \"config\" or \"layers\", so that it could "
            "be an index or an image");
    if (form == FORM_UNKNOWN)
        form = r->has_manifests ? FORM_INDEX : FORM_MANIFEST;
    if (form == FORM_INDEX ? !r->has_manifests : !r->has_config && r->out.artifact_type.len == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "the manifest has no \"%s\"",
                              form == FORM_INDEX ? "manifests" : "config");
    r->out.kind = form == FORM_INDEX ? SHELFLIFE_REGISTRY_INDEX : SHELFLIFE_REGISTRY_MANIFEST;
    return true;
}

static bool finish(struct reader *r, str content_type, struct shelflife_registry_manifest *out, error *err)
{
    if (!set_kind(r, content_type, err))
        return false;
    struct shelflife_registry_descriptor *items =
        shelflife_arena_array(r->arena, r->item_count, sizeof(*items));
    if (!items)
        return shelflife_arena_fail(r->arena, err);
    shelflife_copy(items, r->items, r->item_count * sizeof(*items));
    r->out.items = items;
    r->out.item_count = r->item_count;
    r->out.config = r->config;
    r->out.subject = r->subject;
    *out = r->out;
    return true;
}

static void free_reader(struct reader *r)
{
    if (r) {
        shelflife_free(r->items);
        shelflife_free(r->annotations);
        shelflife_free(r);
    }
}

bool shelflife_registry_manifest_read(str bytes, str content_type, arena *a,
                                      struct shelflife_registry_manifest *out, error *err)
{
    if (bytes.len > SHELFLIFE_REGISTRY_MANIFEST_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "the manifest has more than %d bytes",
                              SHELFLIFE_REGISTRY_MANIFEST_MAX);
    struct reader *r = shelflife_calloc(1, sizeof(*r));
    struct shelflife_json_parser *parser = r ? shelflife_json_parser_new(on_event, r, false) : NULL;
    if (!parser) {
        free_reader(r);
        return shelflife_fail_memory(err);
    }
    r->arena = a;
    bool ok = (shelflife_json_parser_feed(parser, bytes, err) && shelflife_json_parser_finish(parser, err)) ||
              shelflife_error_prefix(err, "the manifest");
    ok = ok && finish(r, content_type, out, err);
    shelflife_json_parser_free(parser);
    free_reader(r);
    return ok;
}

bool shelflife_registry_manifest_is_image(const struct shelflife_registry_manifest *manifest, error *err)
{
    str type = manifest->config.media_type;
    bool known = false;
    for (size_t i = 0; i < COUNT(configurations); i++)
        known |= registry_text_is(type, configurations[i]);
    if (!known || (manifest->artifact_type.len && (type.len == 0 || manifest->config.digest.len == 0)))
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "not an image: %s is of type %.*s",
                              known ? "it" : "its config", STR_PRINT(known ? manifest->artifact_type : type));
    if (manifest->config.digest.len == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                              "the config of the manifest has no digest, such as sha256: and 64 hex digits");
    return true;
}

str shelflife_registry_annotation(const struct shelflife_registry_annotations *annotations, const char *name)
{
    for (size_t i = 0; i < annotations->count; i++)
        if (shelflife_str_equal(annotations->at[i].name, shelflife_str_of(name)))
            return annotations->at[i].value;
    return (str){0};
}

/* ---- The manifests of a platform ---- */

struct candidate {
    const struct shelflife_registry_descriptor *descriptor;
    size_t distance;
};

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return (x->descriptor > y->descriptor) - (x->descriptor < y->descriptor);
}

bool shelflife_registry_manifest_candidates(const struct shelflife_registry_manifest *index,
                                            const struct shelflife_registry_platform *wanted, arena *a,
                                            const struct shelflife_registry_descriptor ***order,
                                            size_t *count, error *err)
{
    struct candidate *found = shelflife_arena_array(a, index->item_count, sizeof(*found));
    const struct shelflife_registry_descriptor **list =
        shelflife_arena_array(a, index->item_count, sizeof(*list));
    if (!found || !list)
        return shelflife_arena_fail(a, err);
    size_t n = 0;
    for (size_t i = 0; i < index->item_count; i++) {
        const struct shelflife_registry_descriptor *d = &index->items[i];
        size_t distance =
            d->has_platform ? shelflife_registry_platform_distance(wanted, &d->platform) : SIZE_MAX - 1;
        bool unknown = d->has_platform && shelflife_registry_platform_is_unknown(&d->platform);
        if (d->digest.len && distance != SIZE_MAX && !unknown)
            found[n++] = (struct candidate){d, distance};
    }
    shelflife_sort(found, n, sizeof(*found), compare_candidates);
    for (size_t i = 0; i < n; i++)
        list[i] = found[i].descriptor;
    *order = list;
    *count = n;
    return true;
}
