#include "registry/image.h"

#include "pki/pki.h"
#include "registry/configuration.h"

enum { NOTES_MAX = 8, PLATFORMS_SHOWN_MAX = 8 };

struct walk {
    const struct shelflife_registry_source *source;
    const struct shelflife_registry_wanted *wanted;
    struct shelflife_registry_platform platform; /* that is wanted */
    arena *arena;
    struct shelflife_registry_image *out;
    size_t tried; /* manifests read */
    str notes[NOTES_MAX];
    size_t note_count;
    const struct shelflife_registry_descriptor *entry; /* of the innermost index, for the manifest */
};

enum outcome { FOUND, OTHER_PLATFORM, FAILED };

static bool note(struct walk *w, str text, error *err)
{
    if (w->note_count == NOTES_MAX)
        return true;
    return shelflife_arena_copy(w->arena, text, &w->notes[w->note_count++]) ||
           shelflife_arena_fail(w->arena, err);
}

/* A note about two platforms. */
static bool note_platforms(struct walk *w, const char *before, str a, const char *between, str b,
                           const char *after, error *err)
{
    str text;
    if (!shelflife_arena_format(w->arena, &text, "%s%.*s%s%.*s%s", before, STR_PRINT(a), between,
                                STR_PRINT(b), after))
        return shelflife_arena_fail(w->arena, err);
    return note(w, text, err);
}

static bool platform_text(struct walk *w, const struct shelflife_registry_platform *platform, str *out,
                          error *err)
{
    return shelflife_registry_platform_text(platform, w->arena, out) || shelflife_arena_fail(w->arena, err);
}

/* ---- The configuration ---- */

static bool feed(void *context, str chunk, error *err)
{
    return shelflife_registry_configuration_feed(context, chunk, err);
}

static void cleanup_reader(struct shelflife_registry_configuration_reader **reader)
{
    shelflife_registry_configuration_free(*reader);
}

static bool read_configuration(struct walk *w, const struct shelflife_registry_descriptor *config,
                               struct shelflife_registry_configuration *out, error *err)
{
    if (config->size > SHELFLIFE_REGISTRY_CONFIGURATION_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "the configuration has more than %d bytes",
                              SHELFLIFE_REGISTRY_CONFIGURATION_MAX);
    CLEANUP(cleanup_reader)
    struct shelflife_registry_configuration_reader *reader =
        shelflife_registry_configuration_new(w->wanted, w->arena, err);
    return reader && w->source->blob(w->source->context, config, feed, reader, err) &&
           shelflife_registry_configuration_finish(reader, out, err);
}

/* ---- Evidence ---- */

static bool is_kept(const struct walk *w, const struct shelflife_evidence *e)
{
    return !w->wanted->keep || w->wanted->keep(w->wanted->context, e);
}

static size_t add_annotations(const struct walk *w, const struct shelflife_registry_annotations *list,
                              const struct shelflife_registry_annotations *unless,
                              struct shelflife_evidence *out)
{
    size_t n = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct shelflife_evidence e = {SHELFLIFE_EVIDENCE_ANNOTATION, list->at[i].name, list->at[i].value};
        bool there = false;
        for (size_t k = 0; unless && k < unless->count && !there; k++)
            there = shelflife_str_equal(unless->at[k].name, e.name);
        if (!there && is_kept(w, &e))
            out[n++] = e;
    }
    return n;
}

static str annotation_of(const struct walk *w, const struct shelflife_registry_manifest *manifest,
                         const char *name)
{
    str value = shelflife_registry_annotation(&manifest->annotations, name);
    return value.len == 0 && w->entry ? shelflife_registry_annotation(&w->entry->annotations, name) : value;
}

/* What the configuration and the annotations say. The entry of the index may repeat the manifest's
   annotations, or be the only one that has them. */
static bool set_evidence(struct walk *w, const struct shelflife_registry_manifest *manifest,
                         const struct shelflife_registry_configuration *configuration, error *err)
{
    const struct shelflife_registry_annotations none = {0};
    const struct shelflife_registry_annotations *entry = w->entry ? &w->entry->annotations : &none;
    size_t count = configuration->evidence.count;
    struct shelflife_evidence *list =
        shelflife_arena_array(w->arena, count + manifest->annotations.count + entry->count, sizeof(*list));
    if (!list)
        return shelflife_arena_fail(w->arena, err);
    shelflife_copy(list, configuration->evidence.at, count * sizeof(*list));
    count += add_annotations(w, &manifest->annotations, NULL, list + count);
    count += add_annotations(w, entry, &manifest->annotations, list + count);
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += list[i].name.len + list[i].value.len;
    if (count > SHELFLIFE_EVIDENCE_MAX || bytes > SHELFLIFE_EVIDENCE_MAX_BYTES)
        return shelflife_fail(
            err, SHELFLIFE_ERROR_LIMIT,
            "the image has %zu pieces of evidence with %zu bytes: %d with %d bytes are allowed", count, bytes,
            SHELFLIFE_EVIDENCE_MAX, SHELFLIFE_EVIDENCE_MAX_BYTES);
    w->out->evidence = (struct shelflife_evidence_list){list, count};
    w->out->base_name = annotation_of(w, manifest, "org.opencontainers.image.base.name");
    str digest = annotation_of(w, manifest, "org.opencontainers.image.base.digest");
    w->out->base_digest = shelflife_pki_digest_is_valid(digest) ? digest : (str){0};
    return true;
}

/* ---- Manifests ---- */

/* The platform of the configuration, which is compared with that of the index, and with what is wanted. */
static bool check_platform(struct walk *w, const struct shelflife_registry_platform *platform,
                           enum outcome *outcome, error *err)
{
    const struct shelflife_registry_platform *offered =
        w->entry && w->entry->has_platform ? &w->entry->platform : NULL;
    bool says = platform->os.len && platform->architecture.len;
    str a, b;
    *outcome = FOUND;
    if (!platform_text(w, says || !offered ? platform : offered, &w->out->platform, err) ||
        !platform_text(w, offered ? offered : &w->platform, &a, err) || !platform_text(w, platform, &b, err))
        return false;
    if (offered && says && shelflife_registry_platform_distance(offered, platform) == SIZE_MAX)
        return note_platforms(w, "the index says ", a, ", the configuration ", b, "", err);
    bool other = says && shelflife_registry_platform_distance(&w->platform, platform) == SIZE_MAX;
    if (w->entry && !offered && (other || !says))
        *outcome = OTHER_PLATFORM;
    else if (!w->entry && other && w->wanted->platform.len)
        return note_platforms(w, "", a, " was asked for; there is only one image, for ", b, "", err);
    return true;
}

static enum outcome read_image(struct walk *w, str digest, const struct shelflife_registry_manifest *manifest,
                               error *err)
{
    struct shelflife_registry_configuration configuration = {0};
    enum outcome outcome;
    if (!shelflife_registry_manifest_is_image(manifest, err))
        return w->entry && !w->entry->has_platform ? OTHER_PLATFORM : FAILED;
    if (!read_configuration(w, &manifest->config, &configuration, err) ||
        !check_platform(w, &configuration.platform, &outcome, err))
        return FAILED;
    if (outcome != FOUND)
        return outcome;
    w->out->manifest = digest;
    w->out->config = manifest->config.digest;
    return set_evidence(w, manifest, &configuration, err) ? FOUND : FAILED;
}

/* What runtimes disagree about. */
static bool note_index(struct walk *w, const struct shelflife_registry_manifest *index,
                       const struct shelflife_registry_descriptor *chosen, size_t depth, error *err)
{
    if (depth > 1 &&
        !note(w, STR("the image is in an index within an index; not all runtimes look there"), err))
        return false;
    if (!chosen->has_platform)
        return note(w, STR("the index names no platform; runtimes may choose another image of it"), err);
    str wanted, offered, other;
    size_t distance = shelflife_registry_platform_distance(&w->platform, &chosen->platform);
    if (!platform_text(w, &w->platform, &wanted, err) || !platform_text(w, &chosen->platform, &offered, err))
        return false;
    if (distance > 0)
        return note_platforms(w, "there is no image for ", wanted, "; that for ", offered,
                              " runs there, but not all runtimes choose it", err);
    for (size_t i = 0; i < index->item_count; i++) {
        const struct shelflife_registry_platform *p = &index->items[i].platform;
        if (!index->items[i].has_platform || !shelflife_str_equal(p->os, chosen->platform.os) ||
            !shelflife_str_equal(p->architecture, chosen->platform.architecture) ||
            shelflife_str_equal(p->variant, chosen->platform.variant))
            continue;
        if (w->platform.variant.len)
            return true;
        return platform_text(w, p, &other, err) &&
               note_platforms(w, "the index has ", offered, " and ", other,
                              "; runtimes choose by the processor", err);
    }
    return true;
}

/* The platforms of an index, for an error. */
static bool fail_platform(struct walk *w, const struct shelflife_registry_manifest *index, error *err)
{
    char memory[512];
    size_t length = 0, shown = 0;
    str wanted;
    if (!platform_text(w, &w->platform, &wanted, err))
        return false;
    memory[0] = '\0';
    for (size_t i = 0; i < index->item_count && shown < PLATFORMS_SHOWN_MAX && length < sizeof(memory); i++) {
        const struct shelflife_registry_descriptor *d = &index->items[i];
        str text;
        if (!d->has_platform || shelflife_registry_platform_is_unknown(&d->platform))
            continue;
        if (!platform_text(w, &d->platform, &text, err))
            return false;
        int n = snprintf(memory + length, sizeof(memory) - length, "%s%.*s", shown++ ? ", " : "",
                         STR_PRINT(text));
        length += n > 0 ? (size_t)n : 0;
    }
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "there is no image for %.*s%s%s", STR_PRINT(wanted),
                          shown ? "; there are " : "", memory);
}

static enum outcome read_manifest(struct walk *w, str digest, str bytes, str content_type, size_t depth,
                                  error *err);

static enum outcome try_candidate(struct walk *w, const struct shelflife_registry_descriptor *d, size_t depth,
                                  error *err)
{
    buffer bytes;
    str content_type = {0};
    if (w->tried++ == SHELFLIFE_REGISTRY_TRIED_MAX) {
        shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                       "the index has more than %d manifests that may be for the platform",
                       SHELFLIFE_REGISTRY_TRIED_MAX);
        return FAILED;
    }
    w->entry = d;
    shelflife_buffer_init(&bytes, SHELFLIFE_REGISTRY_MANIFEST_MAX);
    enum outcome outcome = FAILED;
    if (w->source->manifest(w->source->context, d, &bytes, w->arena, &content_type, err))
        outcome = read_manifest(w, d->digest, shelflife_buffer_str(&bytes), content_type, depth, err);
    shelflife_buffer_free(&bytes);
    if (outcome == FAILED)
        shelflife_error_prefix(err, "manifest %.*s of the index", STR_PRINT(d->digest));
    return outcome;
}

static enum outcome read_index(struct walk *w, const struct shelflife_registry_manifest *index, size_t depth,
                               error *err)
{
    const struct shelflife_registry_descriptor **order, *before = w->entry;
    size_t count;
    if (depth > SHELFLIFE_REGISTRY_NESTED_MAX) {
        shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "there are more than %d indexes within each other",
                       SHELFLIFE_REGISTRY_NESTED_MAX);
        return FAILED;
    }
    if (!shelflife_registry_manifest_candidates(index, &w->platform, w->arena, &order, &count, err))
        return FAILED;
    for (size_t i = 0; i < count; i++) {
        size_t notes = w->note_count;
        error why = {0};
        enum outcome outcome =
            note_index(w, index, order[i], depth, &why) ? try_candidate(w, order[i], depth, &why) : FAILED;
        if (outcome == FAILED && err)
            *err = why;
        if (outcome != OTHER_PLATFORM)
            return outcome;
        w->note_count = notes;
    }
    w->entry = before;
    fail_platform(w, index, err);
    return depth > 1 ? OTHER_PLATFORM : FAILED;
}

static enum outcome read_manifest(struct walk *w, str digest, str bytes, str content_type, size_t depth,
                                  error *err)
{
    struct shelflife_registry_manifest manifest = {0};
    if (!shelflife_registry_manifest_read(bytes, content_type, w->arena, &manifest, err))
        return FAILED;
    return manifest.kind == SHELFLIFE_REGISTRY_INDEX ? read_index(w, &manifest, depth + 1, err)
                                                     : read_image(w, digest, &manifest, err);
}

static bool set_notes(struct walk *w, error *err)
{
    str *notes = shelflife_arena_array(w->arena, w->note_count, sizeof(*notes));
    if (!notes)
        return shelflife_arena_fail(w->arena, err);
    shelflife_copy(notes, w->notes, w->note_count * sizeof(*notes));
    w->out->notes = notes;
    w->out->note_count = w->note_count;
    return true;
}

bool shelflife_registry_image_read(const struct shelflife_registry_source *source, str digest, str bytes,
                                   str content_type, const struct shelflife_registry_wanted *wanted, arena *a,
                                   struct shelflife_registry_image *out, error *err)
{
    struct walk w = {.source = source, .wanted = wanted, .arena = a, .out = out};
    str platform = wanted->platform.len ? wanted->platform : STR(SHELFLIFE_REGISTRY_PLATFORM_DEFAULT);
    *out = (struct shelflife_registry_image){.outdated_since = SHELFLIFE_DAY_NONE};
    if (!shelflife_registry_platform_parse(platform, &w.platform, err))
        return false;
    if (!shelflife_arena_copy(a, digest, &out->digest))
        return shelflife_arena_fail(a, err);
    return read_manifest(&w, out->digest, bytes, content_type, 0, err) == FOUND && set_notes(&w, err);
}

bool shelflife_registry_image_note(struct shelflife_registry_image *image, str text, arena *a)
{
    str *notes = shelflife_arena_array(a, image->note_count + 1, sizeof(*notes));
    if (!notes)
        return false;
    shelflife_copy(notes, image->notes, image->note_count * sizeof(*notes));
    notes[image->note_count++] = text;
    image->notes = notes;
    return true;
}
