#include "inspection/store.h"

#include <sys/stat.h>

#include "base/ascii.h"
#include "file/file.h"
#include "inspection/parts.h"
#include "pki/pki.h"
#include "shelflife/json.h"
#include "sources/inventory_file.h"
#include "json/document.h"

enum {
    FILE_MAX = 1 << 30,
    OBJECT_MAX = 4 << 20, /* of a ConfigMap as the API server sends it */
    TRIES_MAX = 4,        /* if another writer writes at the same time */
};

#define EDITION "shelflife.dev/inventory-edition"
#define PART "shelflife.dev/inventory-part"
#define PARTS "shelflife.dev/inventory-parts"

typedef struct shelflife_inspection_store store;

/* What the cluster has. */
struct state {
    struct shelflife_inspection_part parts[SHELFLIFE_INSPECTION_SETS][SHELFLIFE_INSPECTION_PARTS_MAX];
    char versions[SHELFLIFE_INSPECTION_SETS][SHELFLIFE_INSPECTION_PARTS_MAX][SHELFLIFE_KUBE_VERSION_MAX];
    struct shelflife_inspection_plan plan;
};

static uint32_t part_limit(const store *s)
{
    uint32_t most = s->parts ? s->parts : SHELFLIFE_INSPECTION_PARTS_DEFAULT;
    return most < SHELFLIFE_INSPECTION_PARTS_MAX ? most : SHELFLIFE_INSPECTION_PARTS_MAX;
}

/* ---- Names ---- */

/* A part of a DNS name: letters, digits and "-", and "." if it may have several parts. */
static bool is_name(str s, bool dots, size_t most)
{
    if (s.len == 0 || s.len > most)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        bool letter = (s.at[i] >= 'a' && s.at[i] <= 'z') || ascii_is_digit(s.at[i]);
        bool between = i > 0 && i + 1 < s.len && (s.at[i] == '-' || (dots && s.at[i] == '.'));
        if (!letter && !between)
            return false;
    }
    return true;
}

bool shelflife_inspection_store_place(const char *text, char namespace[64], char name[254], error *err)
{
    enum { SUFFIX = sizeof("-a-63") - 1 };
    str whole = shelflife_str_of(text);
    size_t slash = shelflife_str_find(whole, '/');
    str first = shelflife_str_first(whole, slash),
        second = shelflife_str_after(whole, slash == SIZE_MAX ? slash : slash + 1);
    if (slash == SIZE_MAX || !is_name(first, false, 63) || !is_name(second, true, 253 - SUFFIX))
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "\"%s\" must be NAMESPACE/NAME, with lower-case letters, digits and \"-\"",
                              text);
    shelflife_copy(namespace, first.at, first.len);
    namespace[first.len] = '\0';
    shelflife_copy(name, second.at, second.len);
    name[second.len] = '\0';
    return true;
}

/* ---- Files ---- */

static bool load_file(const store *s, struct shelflife_inventory *into, error *err)
{
    struct stat info;
    /* A device, such as /dev/stdout, has nothing to begin with. */
    if (stat(s->file, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0)
        return true;
    return shelflife_sources_inventory_add(into, s->file, err);
}

static bool save_file(const store *s, const struct shelflife_inventory *inventory, shelflife_day as_of,
                      error *err)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    bool gzip = shelflife_str_ends(shelflife_str_of(s->file), STR(".gz"));
    shelflife_buffer_init(&bytes, FILE_MAX);
    return shelflife_inspection_write_file(inventory, as_of, gzip, &bytes, err) &&
           shelflife_file_replace(s->file, shelflife_buffer_str(&bytes), SHELFLIFE_FILE_NORMAL, err);
}

/* ---- Objects of the cluster ---- */

static bool path_of(const store *s, const char *name, buffer *out, error *err)
{
    const struct shelflife_kube_target target = {.version = STR("v1"),
                                                 .namespace = shelflife_str_of(s->namespace),
                                                 .resource = STR("configmaps"),
                                                 .name = shelflife_str_of(name)};
    shelflife_buffer_reset(out);
    return shelflife_kube_path(out, &target, err);
}

static void collect_again(void *context)
{
    shelflife_buffer_reset(context);
}

/* Reads a ConfigMap, or only its metadata. True with reply->status 404: it does not exist. */
static bool get(const store *s, const char *name, bool metadata, buffer *body,
                struct shelflife_kube_reply *reply, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer path;
    error why = {0};
    shelflife_buffer_init(&path, 4096);
    shelflife_buffer_reset(body);
    if (!path_of(s, name, &path, err))
        return false;
    const struct shelflife_kube_request request = {
        .path = shelflife_buffer_str(&path),
        .accept =
            metadata ? "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json" : NULL,
        .sink = shelflife_buffer_collect,
        .again = collect_again,
        .context = body};
    if (shelflife_kube_request(s->client, &request, reply, &why) || reply->status == 404)
        return true;
    if (err)
        *err = why;
    return false;
}

/* A number in an annotation; 0 if there is none. */
static int64_t number_of(const struct node *annotations, const char *key)
{
    struct node value;
    str text;
    int64_t n = 0;
    if (!shelflife_node_get(annotations, key, &value) || !shelflife_node_string(value, &text, NULL) ||
        text.len > 15)
        return 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.at[i]))
            return 0;
        n = n * 10 + (text.at[i] - '0');
    }
    return n;
}

static bool read_metadata(str body, const char *name, struct shelflife_inspection_part *part,
                          char version[SHELFLIFE_KUBE_VERSION_MAX], error *err)
{
    CLEANUP(cleanup_document) struct shelflife_document *document = shelflife_document_read(body, name, err);
    struct node root, metadata, value, annotations;
    str text;
    if (!document)
        return false;
    root = shelflife_document_root(document);
    *part = (struct shelflife_inspection_part){.exists = true};
    if (!shelflife_node_get(&root, "metadata", &metadata) ||
        !shelflife_node_get(&metadata, "resourceVersion", &value) ||
        !shelflife_node_string(value, &text, err))
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "ConfigMap %s: has no resourceVersion", name);
    snprintf(version, SHELFLIFE_KUBE_VERSION_MAX, "%.*s", STR_PRINT(text));
    if (shelflife_node_get(&metadata, "annotations", &annotations)) {
        part->edition = number_of(&annotations, EDITION);
        part->index = (uint32_t)number_of(&annotations, PART);
        part->count = (uint32_t)number_of(&annotations, PARTS);
    }
    return true;
}

static bool read_state(const store *s, struct state *state, int64_t now, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer body;
    shelflife_buffer_init(&body, OBJECT_MAX);
    memset(state, 0, sizeof(*state));
    for (int set = 0; set < SHELFLIFE_INSPECTION_SETS; set++)
        for (uint32_t i = 0; i < part_limit(s); i++) {
            char name[SHELFLIFE_INSPECTION_NAME_MAX + 1];
            struct shelflife_kube_reply reply;
            shelflife_inspection_part_name(s->name, set, i, name);
            if (!get(s, name, true, &body, &reply, err))
                return false;
            if (reply.status != 404 && !read_metadata(shelflife_buffer_str(&body), name,
                                                      &state->parts[set][i], state->versions[set][i], err))
                return false;
        }
    shelflife_inspection_plan(state->parts, now, &state->plan);
    return true;
}

/* The key of a part in its ConfigMap: its name as a file when both sets are mounted together. */
static void file_name(int set, uint32_t index, char out[32])
{
    snprintf(out, 32, "%c-%u.json.gz", 'a' + set, (unsigned)index);
}

static bool add_part(const store *s, int set, uint32_t index, struct shelflife_inventory *into, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer body;
    CLEANUP(shelflife_arena_free) arena a;
    CLEANUP(cleanup_document) struct shelflife_document *document = NULL;
    struct shelflife_kube_reply reply;
    struct node root, data, value;
    char name[SHELFLIFE_INSPECTION_NAME_MAX + 1], key[32], origin[400];
    str text, bytes;
    bool valid = false;
    shelflife_buffer_init(&body, OBJECT_MAX);
    shelflife_arena_init(&a, OBJECT_MAX);
    shelflife_inspection_part_name(s->name, set, index, name);
    file_name(set, index, key);
    snprintf(origin, sizeof(origin), "ConfigMap %s/%s", s->namespace, name);
    if (!get(s, name, false, &body, &reply, err))
        return false;
    if (reply.status == 404)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "%s: was deleted while it was read", origin);
    document = shelflife_document_read(shelflife_buffer_str(&body), origin, err);
    if (!document)
        return false;
    root = shelflife_document_root(document);
    if (!shelflife_node_get(&root, "binaryData", &data) || !shelflife_node_get(&data, key, &value) ||
        !shelflife_node_string(value, &text, NULL) ||
        !shelflife_pki_base64_decode(text, &a, &bytes, &valid) || !valid)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                              "%s: has no binaryData \"%s\" in base64; delete it to begin again", origin,
                              key);
    return shelflife_sources_inventory_add_bytes(into, bytes, origin, err);
}

static bool add_current(store *s, const struct state *state, struct shelflife_inventory *into, error *err)
{
    const struct shelflife_inspection_plan *p = &state->plan;
    if (p->current < 0)
        return true;
    for (uint32_t i = 0; i < p->current_count; i++)
        if (!add_part(s, p->current, i, into, err))
            return false;
    s->edition = state->parts[p->current][0].edition;
    return true;
}

static bool has_extra_parts(const store *s, const struct state *state)
{
    const struct shelflife_inspection_plan *p = &state->plan;
    for (uint32_t i = p->current_count; p->current >= 0 && i < part_limit(s); i++)
        if (state->parts[p->current][i].exists)
            return true;
    return false;
}

static bool load_maps(store *s, struct shelflife_inventory *into, error *err)
{
    CLEANUP(cleanup_free) struct state *state = calloc(1, sizeof(*state));
    if (!state)
        return shelflife_fail_memory(err);
    if (!read_state(s, state, 0, err))
        return false;
    s->untidy = has_extra_parts(s, state);
    return add_current(s, state, into, err);
}

/* ---- Writing ConfigMaps ---- */

static void write_metadata(const store *s, struct shelflife_json_writer *w, const char *name,
                           const char *version, const struct shelflife_inspection_part *part)
{
    char text[24];
    shelflife_json_member_map(w, "metadata");
    shelflife_json_member_text(w, "name", name);
    shelflife_json_member_text(w, "namespace", s->namespace);
    shelflife_json_member_optional(w, "resourceVersion", shelflife_str_of(version));
    shelflife_json_member_map(w, "labels");
    shelflife_json_member_text(w, "app.kubernetes.io/name", "shelflife");
    shelflife_json_member_text(w, "app.kubernetes.io/component", "inventory");
    shelflife_json_member_text(w, "app.kubernetes.io/managed-by", "shelflife");
    shelflife_json_write_end(w);
    shelflife_json_member_map(w, "annotations");
    snprintf(text, sizeof(text), "%lld", (long long)part->edition);
    shelflife_json_member_text(w, EDITION, text);
    snprintf(text, sizeof(text), "%u", (unsigned)part->index);
    shelflife_json_member_text(w, PART, text);
    snprintf(text, sizeof(text), "%u", (unsigned)part->count);
    shelflife_json_member_text(w, PARTS, text);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
}

/* Base64 needs no escapes, so it is written as it is. */
static void write_object(const store *s, const char *name, const char *version, int set,
                         const struct shelflife_inspection_part *part, str bytes, buffer *out)
{
    char key[32];
    struct shelflife_json_writer w;
    file_name(set, part->index, key);
    shelflife_json_writer_init(&w, out);
    shelflife_json_write_map(&w);
    shelflife_json_member_text(&w, "apiVersion", "v1");
    shelflife_json_member_text(&w, "kind", "ConfigMap");
    write_metadata(s, &w, name, version, part);
    shelflife_json_member_map(&w, "binaryData");
    shelflife_json_write_key(&w, shelflife_str_of(key));
    shelflife_json_write_raw(&w, STR("\""));
    shelflife_pki_base64_encode(bytes, out);
    shelflife_buffer_byte(out, '"');
    shelflife_json_write_end(&w);
    shelflife_json_write_end(&w);
}

/* Creates a part, or replaces it if it is still as it was seen. */
static bool put_part(const store *s, const struct state *state, int set, uint32_t index, uint32_t count,
                     str bytes, struct shelflife_kube_reply *reply, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer path, object;
    char name[SHELFLIFE_INSPECTION_NAME_MAX + 1];
    const struct shelflife_inspection_part part = {
        .edition = state->plan.edition, .index = index, .count = count};
    shelflife_buffer_init(&path, 4096);
    shelflife_buffer_init(&object, OBJECT_MAX);
    shelflife_inspection_part_name(s->name, set, index, name);
    write_object(s, name, state->versions[set][index], set, &part, bytes, &object);
    if (object.failed)
        return shelflife_fail_memory(err);
    bool exists = state->parts[set][index].exists;
    return path_of(s, exists ? name : "", &path, err) &&
           (exists ? shelflife_kube_update(s->client, shelflife_buffer_str(&path),
                                           shelflife_buffer_str(&object), reply, err)
                   : shelflife_kube_create(s->client, shelflife_buffer_str(&path),
                                           shelflife_buffer_str(&object), reply, err));
}

/* Deletes parts of a set from `first` on. They belong to older editions. */
static bool delete_parts(const store *s, const struct state *state, int set, uint32_t first,
                         struct shelflife_kube_reply *reply, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer path;
    shelflife_buffer_init(&path, 4096);
    for (uint32_t i = part_limit(s); i-- > first;) {
        char name[SHELFLIFE_INSPECTION_NAME_MAX + 1];
        error why = {0};
        if (!state->parts[set][i].exists)
            continue;
        shelflife_inspection_part_name(s->name, set, i, name);
        if (!path_of(s, name, &path, err))
            return false;
        if (!shelflife_kube_delete(s->client, shelflife_buffer_str(&path), (str){0},
                                   shelflife_str_of(state->versions[set][i]), reply, &why) &&
            reply->status != 404) {
            if (err)
                *err = why;
            return false;
        }
    }
    return true;
}

static bool write_maps(store *s, const struct state *state, const struct shelflife_inspection_bytes *bytes,
                       struct shelflife_kube_reply *reply, error *err)
{
    const struct shelflife_inspection_plan *p = &state->plan;
    for (uint32_t i = 0; i < bytes->count; i++)
        if (!put_part(s, state, p->next, i, bytes->count, shelflife_buffer_str(&bytes->parts[i]), reply, err))
            return false;
    s->edition = p->edition;
    /* It is complete: what follows only tidies up. */
    return delete_parts(s, state, p->next, bytes->count, reply, err) &&
           (p->current < 0 || delete_parts(s, state, p->current, p->current_count, reply, err));
}

/* Adds an edition that another writer has stored since ours. */
static bool merge_current(store *s, const struct state *state, struct shelflife_inventory **inventory,
                          error *err)
{
    struct shelflife_inventory *both;
    const struct shelflife_inspection_plan *p = &state->plan;
    if (p->current < 0 || state->parts[p->current][0].edition == s->edition)
        return true;
    both = shelflife_inventory_new();
    if (!both)
        return shelflife_fail_memory(err);
    if (add_current(s, state, both, err) && shelflife_inventory_merge(both, *inventory, err) &&
        shelflife_inventory_finish(both, err)) {
        shelflife_inventory_free(*inventory);
        *inventory = both;
        return true;
    }
    shelflife_inventory_free(both);
    return false;
}

static void cleanup_bytes(struct shelflife_inspection_bytes *bytes)
{
    shelflife_inspection_bytes_free(bytes);
}

/* Once. A conflict with another writer is status 409 in *reply. */
static bool try_save(store *s, struct state *state, struct shelflife_inventory **inventory,
                     shelflife_day as_of, int64_t now, struct shelflife_kube_reply *reply, error *err)
{
    CLEANUP(cleanup_bytes) struct shelflife_inspection_bytes bytes = {0};
    return read_state(s, state, now, err) && merge_current(s, state, inventory, err) &&
           shelflife_inspection_write_parts(*inventory, as_of, state->plan.edition, part_limit(s),
                                            SHELFLIFE_INSPECTION_PART_BYTES, &bytes, err) &&
           write_maps(s, state, &bytes, reply, err);
}

static bool save_maps(store *s, struct shelflife_inventory **inventory, shelflife_day as_of, int64_t now,
                      error *err)
{
    const struct shelflife_kube_options *o = shelflife_kube_client_options(s->client);
    CLEANUP(cleanup_free) struct state *state = calloc(1, sizeof(*state));
    if (!state)
        return shelflife_fail_memory(err);
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        struct shelflife_kube_reply reply = {0};
        error why = {0};
        if (try_save(s, state, inventory, as_of, now, &reply, &why))
            return true;
        if (reply.status != 409) {
            if (err)
                *err = why;
            return false;
        }
        uint64_t wait = 100 + o->clock->random(o->clock->context) % (1000u << i);
        if (!o->clock->sleep(o->clock->context, wait, o->cancel))
            break;
    }
    return shelflife_fail(err, SHELFLIFE_ERROR_IO,
                          "ConfigMaps %s/%s-…: another writer is writing them at the same time; let only one "
                          "`shelflife inventory update` write there",
                          s->namespace, s->name);
}

/* ---- Either ---- */

bool shelflife_inspection_store_load(store *s, struct shelflife_inventory *into, error *err)
{
    return s->file ? load_file(s, into, err) : load_maps(s, into, err);
}

bool shelflife_inspection_store_save(store *s, struct shelflife_inventory **inventory, shelflife_day as_of,
                                     int64_t now, error *err)
{
    return s->file ? save_file(s, *inventory, as_of, err) : save_maps(s, inventory, as_of, now, err);
}

void shelflife_inspection_store_roles(const store *s, const char *role, buffer *out)
{
    shelflife_buffer_format(
        out,
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n"
        "  name: %s\n  namespace: %s\nrules:\n"
        "- apiGroups: [\"\"]\n  verbs: [create]\n  resources:\n  - configmaps\n"
        "- apiGroups: [\"\"]\n  verbs: [get, update, delete]\n  resources:\n  - configmaps\n"
        "  resourceNames:\n",
        role, s->namespace);
    for (int set = 0; set < SHELFLIFE_INSPECTION_SETS; set++)
        for (uint32_t i = 0; i < part_limit(s); i++) {
            char name[SHELFLIFE_INSPECTION_NAME_MAX + 1];
            shelflife_inspection_part_name(s->name, set, i, name);
            shelflife_buffer_format(out, "  - %s\n", name);
        }
}
