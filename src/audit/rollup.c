#include "audit/rollup.h"

#include "audit/audit.h"
#include "audit/placeholder.h"
#include "workload/kinds.h"

enum {
    CHAIN_MAX = 32,         /* owners in a chain, from a Pod to its top owner */
    ARENA_KEPT = 1 << 20,   /* bytes kept from one use to the next */
    NAME_MAX_BYTES = 253,   /* longest name of an object */
    RESPONSIBLE_MAX = 1024, /* bytes kept of who is responsible */
};

typedef struct shelflife_audit_rollup rollup;

void shelflife_audit_rollup_init(rollup *r, struct shelflife_audit_hash_key key)
{
    *r = (rollup){.key = key};
    shelflife_arena_init(&r->arena, SIZE_MAX);
}

void shelflife_audit_rollup_reset(rollup *r)
{
    if (r->arena.used > ARENA_KEPT)
        shelflife_arena_free(&r->arena);
    shelflife_arena_reset(&r->arena);
    r->text_count = r->owner_count = r->record_count = r->namespace_count = r->cut_count = r->unread_count =
        0;
    r->objects = r->pods = 0;
    struct shelflife_audit_hash_index *const indexes[] = {&r->text_index, &r->owner_index, &r->record_index,
                                                          &r->namespace_index};
    for (size_t i = 0; i < COUNT(indexes); i++)
        shelflife_audit_hash_index_reset(indexes[i]);
}

void shelflife_audit_rollup_close(rollup *r)
{
    shelflife_audit_hash_index_free(&r->text_index);
    shelflife_audit_hash_index_free(&r->owner_index);
    shelflife_audit_hash_index_free(&r->record_index);
    shelflife_audit_hash_index_free(&r->namespace_index);
}

void shelflife_audit_rollup_drop(rollup *r)
{
    free(r->owners);
    free(r->records);
    r->owners = NULL;
    r->records = NULL;
    r->owner_count = r->owner_capacity = r->record_count = r->record_capacity = 0;
}

void shelflife_audit_rollup_free(rollup *r)
{
    shelflife_audit_rollup_close(r);
    shelflife_audit_rollup_drop(r);
    free(r->texts);
    free(r->namespaces);
    free(r->cuts);
    free(r->unread);
    shelflife_arena_free(&r->arena);
    *r = (rollup){0};
}

str shelflife_audit_rollup_text(const rollup *r, shelflife_audit_text text)
{
    return text ? r->texts[text - 1] : (str){0};
}

bool shelflife_audit_rollup_run_as_written(const rollup *r, uint32_t owner)
{
    const struct shelflife_audit_rollup_owner *o = &r->owners[owner];
    return !o->file && shelflife_workload_kinds_run_as_written(shelflife_audit_rollup_text(r, o->group),
                                                               shelflife_audit_rollup_text(r, o->kind));
}

/* ---- Numbers of texts, owners and records ---- */

struct search {
    const rollup *rollup;
    const void *wanted;
};

static bool equal_text(const void *context, uint32_t number)
{
    const struct search *s = context;
    return shelflife_str_equal(s->rollup->texts[number], *(const str *)s->wanted);
}

static bool intern(rollup *r, str text, shelflife_audit_text *out, error *err)
{
    *out = 0;
    if (text.len == 0)
        return true;
    uint32_t hash = shelflife_audit_hash(&r->key, text.at, text.len);
    uint32_t found =
        shelflife_audit_hash_index_find(&r->text_index, hash, equal_text, &(struct search){r, &text});
    if (found == SHELFLIFE_AUDIT_HASH_INDEX_NONE) {
        found = (uint32_t)r->text_count;
        if (!shelflife_grow(&r->texts, &r->text_capacity, r->text_count + 1, sizeof(*r->texts)) ||
            !shelflife_arena_copy(&r->arena, text, &r->texts[found]) ||
            !shelflife_audit_hash_index_add(&r->text_index, hash, found))
            return shelflife_fail_memory(err);
        r->text_count++;
    }
    *out = found + 1;
    return true;
}

static bool equal_owner(const void *context, uint32_t number)
{
    const struct search *s = context;
    const struct shelflife_audit_rollup_owner *a = &s->rollup->owners[number], *b = s->wanted;
    return a->namespace == b->namespace && a->group == b->group && a->kind == b->kind && a->name == b->name &&
           a->file == b->file && a->cluster == b->cluster;
}

static bool find_owner(rollup *r, const struct shelflife_audit_rollup_owner *wanted, uint32_t *out,
                       error *err)
{
    const uint32_t name[] = {wanted->cluster, wanted->file, wanted->namespace,
                             wanted->group,   wanted->kind, wanted->name};
    uint32_t hash = shelflife_audit_hash(&r->key, name, sizeof(name));
    *out = shelflife_audit_hash_index_find(&r->owner_index, hash, equal_owner, &(struct search){r, wanted});
    if (*out != SHELFLIFE_AUDIT_HASH_INDEX_NONE)
        return true;
    *out = (uint32_t)r->owner_count;
    if (!shelflife_grow(&r->owners, &r->owner_capacity, r->owner_count + 1, sizeof(*r->owners)) ||
        !shelflife_audit_hash_index_add(&r->owner_index, hash, *out))
        return shelflife_fail_memory(err);
    r->owners[r->owner_count++] = *wanted;
    return true;
}

static bool equal_record(const void *context, uint32_t number)
{
    const struct search *s = context;
    const struct shelflife_audit_rollup_record *a = &s->rollup->records[number], *b = s->wanted;
    return a->owner == b->owner && a->image == b->image && a->digest == b->digest && a->why == b->why;
}

/* Finds the record of an owner and image, or adds it. `wanted` says which, and what a new one is like. */
static struct shelflife_audit_rollup_record *find_record(rollup *r,
                                                         const struct shelflife_audit_rollup_record *wanted,
                                                         bool *is_new, error *err)
{
    const uint32_t name[] = {wanted->owner, wanted->image, wanted->digest, wanted->why};
    uint32_t hash = shelflife_audit_hash(&r->key, name, sizeof(name));
    uint32_t found =
        shelflife_audit_hash_index_find(&r->record_index, hash, equal_record, &(struct search){r, wanted});
    *is_new = found == SHELFLIFE_AUDIT_HASH_INDEX_NONE;
    if (*is_new) {
        found = (uint32_t)r->record_count;
        if (!shelflife_grow(&r->records, &r->record_capacity, r->record_count + 1, sizeof(*r->records)) ||
            !shelflife_audit_hash_index_add(&r->record_index, hash, found)) {
            shelflife_fail_memory(err);
            return NULL;
        }
        r->records[r->record_count++] = *wanted;
    }
    return &r->records[found];
}

static bool equal_namespace(const void *context, uint32_t number)
{
    const struct search *s = context;
    const struct shelflife_audit_rollup_namespace *a = &s->rollup->namespaces[number], *b = s->wanted;
    return a->name == b->name && a->cluster == b->cluster;
}

/* Adds the objects of a namespace. */
static bool count_objects(rollup *r, const struct shelflife_audit_rollup_namespace *more, error *err)
{
    const uint32_t key[] = {more->cluster, more->name};
    uint32_t hash = shelflife_audit_hash(&r->key, key, sizeof(key));
    uint32_t i = shelflife_audit_hash_index_find(&r->namespace_index, hash, equal_namespace,
                                                 &(struct search){r, more});
    if (i == SHELFLIFE_AUDIT_HASH_INDEX_NONE) {
        i = (uint32_t)r->namespace_count;
        if (!shelflife_grow(&r->namespaces, &r->namespace_capacity, r->namespace_count + 1,
                            sizeof(*r->namespaces)) ||
            !shelflife_audit_hash_index_add(&r->namespace_index, hash, i))
            return shelflife_fail_memory(err);
        r->namespaces[r->namespace_count++] =
            (struct shelflife_audit_rollup_namespace){more->cluster, more->name, 0};
    }
    r->namespaces[i].objects += more->objects;
    r->objects += more->objects;
    return true;
}

/* ---- Objects ---- */

static bool is_kind(str api_version, str kind, const char *group, const char *wanted)
{
    return shelflife_str_equal(kind, shelflife_str_of(wanted)) &&
           shelflife_str_equal(shelflife_workload_group_of(api_version), shelflife_str_of(group));
}

/* What identifies an owner. */
struct identity {
    const struct shelflife_audit_rollup_source *source;
    str namespace, api_version, kind, name;
};

/* Finds the owner, or adds it. */
static bool name_owner(rollup *r, const struct identity *i, uint32_t *out, error *err)
{
    struct shelflife_audit_rollup_owner owner = {.parent = SHELFLIFE_AUDIT_NO_OWNER};
    return intern(r, i->source->cluster, &owner.cluster, err) &&
           intern(r, i->source->file, &owner.file, err) && intern(r, i->namespace, &owner.namespace, err) &&
           intern(r, i->api_version, &owner.api_version, err) &&
           intern(r, shelflife_workload_group_of(i->api_version), &owner.group, err) &&
           intern(r, i->kind, &owner.kind, err) && intern(r, i->name, &owner.name, err) &&
           find_owner(r, &owner, out, err);
}

/* How the rollup counts an object. */
struct role {
    bool is_pod, history, owned;
    bool counts_for_owner; /* its images are reported for its owner, and the object is not stored */
};

static struct role role_of(const struct shelflife_audit_found_object *found, size_t replicas_field)
{
    const struct shelflife_owner *owner = &found->object->owner;
    str replicas = found->object->fields[replicas_field];
    bool is_pod = is_kind(found->api_version, found->kind, "", "Pod");
    bool is_job = is_kind(found->api_version, found->kind, "batch", "Job");
    bool at_zero = is_kind(found->api_version, found->kind, "apps", "ReplicaSet") &&
                   shelflife_str_equal(replicas, STR("0"));
    struct role role = {.is_pod = is_pod, .history = at_zero || ((is_pod || is_job) && found->finished)};
    /* The API server takes owner references of any length, but no object has such a name. */
    bool possible = owner->api_version.len <= NAME_MAX_BYTES && owner->kind.len <= NAME_MAX_BYTES &&
                    owner->name.len <= NAME_MAX_BYTES;
    role.owned = owner->kind.len && possible && !is_kind(owner->api_version, owner->kind, "", "Node");
    role.counts_for_owner = role.owned && (is_pod || at_zero);
    return role;
}

static bool set_responsible(rollup *r, const struct shelflife_audit_found_object *found, size_t owner_fields,
                            uint32_t owner, bool borrowed, error *err)
{
    struct shelflife_audit_rollup_owner *o = &r->owners[owner];
    size_t i = 0;
    while (i < owner_fields && found->object->fields[i].len == 0)
        i++;
    if (i == owner_fields || (borrowed && o->responsible))
        return true;
    o->borrowed = borrowed;
    str responsible = found->object->fields[i];
    if (responsible.len > RESPONSIBLE_MAX)
        responsible = shelflife_str_first(responsible, shelflife_utf8_cut(responsible, RESPONSIBLE_MAX));
    return intern(r, responsible, &o->responsible, err);
}

static str name_of(const struct shelflife_object *object)
{
    return object->name.len ? object->name : object->generate_name;
}

/* The owner that an object's images are reported for. */
static bool find_target(rollup *r, const struct shelflife_audit_found_object *found, const struct role *role,
                        const struct shelflife_audit_rollup_source *source, uint32_t *out, error *err)
{
    const struct shelflife_owner *owner = &found->object->owner;
    const struct identity own = {source, found->namespace, found->api_version, found->kind,
                                 name_of(found->object)};
    const struct identity of_owner = {source, found->namespace, owner->api_version, owner->kind, owner->name};
    uint32_t parent = SHELFLIFE_AUDIT_NO_OWNER;
    if (role->owned && !name_owner(r, &of_owner, &parent, err))
        return false;
    *out = parent;
    if (role->counts_for_owner)
        return true;
    if (!name_owner(r, &own, out, err))
        return false;
    if (parent != SHELFLIFE_AUDIT_NO_OWNER && parent != *out)
        r->owners[*out].parent = parent;
    r->owners[*out].seen = true;
    return true;
}

static uint32_t as_u32(uint64_t n)
{
    return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

static size_t kept(const struct shelflife_audit_rollup_record *record)
{
    return record->container_total < SHELFLIFE_AUDIT_CONTAINERS ? record->container_total
                                                                : SHELFLIFE_AUDIT_CONTAINERS;
}

static bool add_container(rollup *r, struct shelflife_audit_rollup_record *record,
                          const struct shelflife_image *image, error *err)
{
    size_t count = record->container_total++;
    if (count >= SHELFLIFE_AUDIT_CONTAINERS)
        return true;
    /* The array grows to 1, 2, 4 … elements, so it is full when their number is 0 or a power of two. */
    if ((count & (count - 1)) == 0) {
        struct shelflife_audit_rollup_container *more =
            shelflife_arena_array(&r->arena, count ? 2 * count : 1, sizeof(*more));
        if (!more)
            return shelflife_fail_memory(err);
        if (count)
            memcpy(more, record->containers, count * sizeof(*more));
        record->containers = more;
    }
    struct shelflife_audit_rollup_container *container = &record->containers[count];
    container->line = as_u32(image->position.line);
    container->column = as_u32(image->position.column);
    return intern(r, image->container, &container->name, err) &&
           intern(r, image->path, &container->path, err);
}

/* The digest that a container of a living Pod runs, or an absent string. */
static str running_digest(const rollup *r, const struct shelflife_audit_found_object *found,
                          const struct role *role, const struct shelflife_image *image)
{
    if (!r->digests || !role->is_pod || role->history || !image->container.len)
        return (str){0};
    for (size_t i = 0; i < found->running_count; i++)
        if (shelflife_str_equal(found->running[i].container, image->container))
            return found->running[i].digest;
    return (str){0};
}

/* Takes what was found out about an image beside the object. */
static bool take_input(rollup *r, const struct shelflife_input_image *input, struct shelflife_image *image,
                       struct shelflife_audit_rollup_record *wanted, error *err)
{
    image->text = input->image;
    image->position =
        (struct shelflife_json_position){.line = input->place.line, .column = input->place.column};
    wanted->unused = input->unused;
    return intern(r, input->why, &wanted->why, err) && intern(r, input->way, &wanted->way, err) &&
           intern(r, input->hint, &wanted->hint, err) && intern(r, input->place.file, &wanted->file, err);
}

static bool add_image(rollup *r, const struct shelflife_audit_found_object *found,
                      const struct shelflife_image *image, const struct role *role,
                      struct shelflife_audit_rollup_record wanted, error *err)
{
    bool is_new, own = !role->counts_for_owner;
    if (!intern(r, image->text, &wanted.image, err) ||
        (wanted.file && !wanted.why &&
         !intern(r, shelflife_audit_placeholder(image->text), &wanted.why, err)) ||
        !intern(r, running_digest(r, found, role, image), &wanted.digest, err))
        return false;
    struct shelflife_audit_rollup_record *record = find_record(r, &wanted, &is_new, err);
    if (!record)
        return false;
    if (record->object != r->objects) {
        bool equal_object = own && record->declared && record->file;
        bool better = is_new || (own && !record->declared);
        record->object = r->objects;
        record->counted = better || equal_object;
        record->alive = record->alive || !(role->history || wanted.unused);
        record->unused = (is_new || record->unused) && wanted.unused;
        record->pods += role->is_pod && !role->history;
        if (better) {
            record->declared = own;
            record->file = wanted.file;
            record->line = as_u32(image->position.line);
            record->column = as_u32(image->position.column);
            record->container_total = 0;
        }
    }
    return !record->counted || add_container(r, record, image, err);
}

/* Adds an object with too many images. Only the first objects of a source are named. */
static bool add_cut(rollup *r, const struct shelflife_audit_rollup_cut *cut, error *err)
{
    size_t named = 0;
    struct shelflife_audit_rollup_cut *last = r->cut_count ? &r->cuts[r->cut_count - 1] : NULL;
    while (named < r->cut_count && r->cuts[r->cut_count - 1 - named].source == cut->source)
        named++;
    if (named > SHELFLIFE_AUDIT_CUTS) {
        last->objects += cut->objects;
        last->kept += cut->kept;
        last->left_out += cut->left_out;
        return true;
    }
    if (!shelflife_grow(&r->cuts, &r->cut_capacity, r->cut_count + 1, sizeof(*r->cuts)))
        return shelflife_fail_memory(err);
    r->cuts[r->cut_count] = *cut;
    if (named == SHELFLIFE_AUDIT_CUTS)
        r->cuts[r->cut_count].kind = 0;
    r->cut_count++;
    return true;
}

static bool note_cut(rollup *r, const struct shelflife_audit_found_object *found,
                     const struct shelflife_audit_rollup_source *source, error *err)
{
    const struct shelflife_object *object = found->object;
    struct shelflife_audit_rollup_cut cut = {
        .objects = 1, .kept = object->image_count, .left_out = object->images_left_out};
    if (object->image_count) {
        cut.line = as_u32(object->images[0].position.line);
        cut.column = as_u32(object->images[0].position.column);
    }
    return intern(r, source->cluster, &cut.cluster, err) && intern(r, source->name, &cut.source, err) &&
           intern(r, found->namespace, &cut.namespace, err) && intern(r, found->kind, &cut.kind, err) &&
           intern(r, name_of(object), &cut.name, err) && add_cut(r, &cut, err);
}

static bool add_unread(rollup *r, const struct shelflife_audit_rollup_unread *unread, error *err)
{
    if (r->unread_count == SHELFLIFE_AUDIT_UNREAD)
        return true;
    if (!shelflife_grow(&r->unread, &r->unread_capacity, r->unread_count + 1, sizeof(*r->unread)))
        return shelflife_fail_memory(err);
    r->unread[r->unread_count++] = *unread;
    return true;
}

static bool note_unread(rollup *r, const struct shelflife_audit_found_object *found,
                        const struct shelflife_unread *unread,
                        const struct shelflife_audit_rollup_source *source, error *err)
{
    const struct shelflife_object *object = found->object;
    struct shelflife_audit_rollup_unread added = {.line = as_u32(unread->position.line),
                                                  .column = as_u32(unread->position.column)};
    return intern(r, source->cluster, &added.cluster, err) && intern(r, source->name, &added.source, err) &&
           intern(r, found->namespace, &added.namespace, err) && intern(r, found->kind, &added.kind, err) &&
           intern(r, name_of(object), &added.name, err) && intern(r, unread->path, &added.path, err) &&
           intern(r, unread->why, &added.why, err) && add_unread(r, &added, err);
}

bool shelflife_audit_rollup_add(rollup *r, const struct shelflife_audit_found_object *found,
                                size_t owner_fields, const struct shelflife_audit_rollup_source *source,
                                error *err)
{
    const struct shelflife_object *object = found->object;
    struct role role = role_of(found, owner_fields);
    struct shelflife_audit_rollup_record record = {0};
    bool is_history =
        shelflife_workload_kinds_is_history(shelflife_workload_group_of(found->api_version), found->kind);
    size_t images = is_history ? 0 : object->image_count;
    struct shelflife_audit_rollup_namespace one = {.objects = 1};
    if (!intern(r, source->cluster, &one.cluster, err) || !intern(r, found->namespace, &one.name, err) ||
        !count_objects(r, &one, err))
        return false;
    r->pods += role.is_pod && !role.history;
    if (object->images_left_out && !note_cut(r, found, source, err))
        return false;
    for (size_t i = 0; i < object->unread_count; i++)
        if (!note_unread(r, found, &object->unread[i], source, err))
            return false;
    if (images == 0 && !role.owned)
        return true;
    if (!find_target(r, found, &role, source, &record.owner, err) ||
        !set_responsible(r, found, owner_fields, record.owner, role.counts_for_owner, err) ||
        !intern(r, source->file, &record.file, err))
        return false;
    r->owners[record.owner].pods += role.is_pod && !role.history;
    for (size_t i = 0; i < images; i++) {
        struct shelflife_image image = object->images[i];
        if (source->images && !take_input(r, &source->images[i], &image, &record, err))
            return false;
        if (image.text.len && !add_image(r, found, &image, &role, record, err))
            return false;
    }
    return true;
}

/* ---- Images that are not in objects ---- */

static bool name_input(rollup *r, const struct shelflife_input_image *image,
                       struct shelflife_audit_rollup_record *wanted, error *err)
{
    const struct shelflife_audit_rollup_source source = {.file = image->file.len ? image->file
                                                                                 : image->place.file};
    const struct identity who = {&source, image->namespace, image->api_version, image->kind, image->name};
    str why = image->why.len ? image->why : shelflife_audit_placeholder(image->image);
    if (!name_owner(r, &who, &wanted->owner, err))
        return false;
    r->owners[wanted->owner].seen = true;
    r->owners[wanted->owner].alone = !image->api_version.len;
    return intern(r, image->image, &wanted->image, err) && intern(r, why, &wanted->why, err) &&
           intern(r, image->way, &wanted->way, err) && intern(r, image->hint, &wanted->hint, err) &&
           intern(r, image->place.file, &wanted->file, err);
}

bool shelflife_audit_rollup_add_input(rollup *r, const struct shelflife_input_image *image, error *err)
{
    struct shelflife_audit_rollup_record wanted = {
        .declared = true, .unused = true, .line = image->place.line, .column = image->place.column};
    struct shelflife_audit_rollup_namespace one = {.objects = 1};
    bool is_new;
    if (!intern(r, image->namespace, &one.name, err) || !count_objects(r, &one, err) ||
        !name_input(r, image, &wanted, err))
        return false;
    struct shelflife_audit_rollup_record *record = find_record(r, &wanted, &is_new, err);
    if (!record)
        return false;
    record->alive = record->alive || !image->unused;
    record->unused = record->unused && image->unused;
    const struct shelflife_image where = {
        .container = image->container,
        .path = image->path,
        .position = {.line = image->place.line, .column = image->place.column}};
    return !image->path.len || add_container(r, record, &where, err);
}

/* ---- Merging ---- */

/* Maps the numbers of one rollup to those of another. */
struct translation {
    rollup *into;
    const rollup *from;
    uint32_t *texts, *owners;
};

static bool translate_texts(struct translation *t, error *err)
{
    t->texts[0] = 0;
    for (size_t i = 0; i < t->from->text_count; i++)
        if (!intern(t->into, t->from->texts[i], &t->texts[i + 1], err))
            return false;
    return true;
}

static bool translate_owners(struct translation *t, error *err)
{
    for (size_t i = 0; i < t->from->owner_count; i++) {
        const struct shelflife_audit_rollup_owner *o = &t->from->owners[i];
        struct shelflife_audit_rollup_owner wanted = {.cluster = t->texts[o->cluster],
                                                      .file = t->texts[o->file],
                                                      .namespace = t->texts[o->namespace],
                                                      .api_version = t->texts[o->api_version],
                                                      .group = t->texts[o->group],
                                                      .kind = t->texts[o->kind],
                                                      .name = t->texts[o->name],
                                                      .parent = SHELFLIFE_AUDIT_NO_OWNER};
        if (!find_owner(t->into, &wanted, &t->owners[i], err))
            return false;
        struct shelflife_audit_rollup_owner *there = &t->into->owners[t->owners[i]];
        if (o->seen)
            there->api_version = wanted.api_version;
        there->seen = there->seen || o->seen;
        there->alone = there->alone || o->alone;
        there->pods += o->pods;
        if (o->responsible && (!there->responsible || (there->borrowed && !o->borrowed))) {
            there->responsible = t->texts[o->responsible];
            there->borrowed = o->borrowed;
        }
    }
    for (size_t i = 0; i < t->from->owner_count; i++)
        if (t->from->owners[i].parent != SHELFLIFE_AUDIT_NO_OWNER)
            t->into->owners[t->owners[i]].parent = t->owners[t->from->owners[i].parent];
    return true;
}

static bool take_record(struct translation *t, const struct shelflife_audit_rollup_record *record, error *err)
{
    struct shelflife_audit_rollup_record wanted = *record;
    bool is_new;
    shelflife_audit_text *const texts[] = {&wanted.image, &wanted.digest, &wanted.why,
                                           &wanted.way,   &wanted.hint,   &wanted.file};
    wanted.owner = t->owners[record->owner];
    for (size_t i = 0; i < COUNT(texts); i++)
        *texts[i] = t->texts[*texts[i]];
    struct shelflife_audit_rollup_record *there = find_record(t->into, &wanted, &is_new, err);
    if (!there)
        return false;
    if (!is_new) {
        bool better = record->declared && !there->declared;
        struct shelflife_audit_rollup_record base = better ? wanted : *there;
        base.pods = there->pods + record->pods;
        base.alive = there->alive || record->alive;
        base.unused = there->unused && record->unused;
        *there = base;
        if (!better)
            return true;
    }
    size_t count = kept(record);
    struct shelflife_audit_rollup_container *copy =
        shelflife_arena_array(&t->into->arena, count, sizeof(*copy));
    if (!copy)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < count; i++)
        copy[i] = (struct shelflife_audit_rollup_container){
            t->texts[record->containers[i].name], t->texts[record->containers[i].path],
            record->containers[i].line, record->containers[i].column};
    there->containers = copy;
    there->object = 0; /* it is a number of the other rollup */
    return true;
}

static bool translate_cuts(struct translation *t, error *err)
{
    for (size_t i = 0; i < t->from->cut_count; i++) {
        struct shelflife_audit_rollup_cut cut = t->from->cuts[i];
        shelflife_audit_text *const texts[] = {&cut.cluster, &cut.source, &cut.namespace, &cut.kind,
                                               &cut.name};
        for (size_t k = 0; k < COUNT(texts); k++)
            *texts[k] = t->texts[*texts[k]];
        if (!add_cut(t->into, &cut, err))
            return false;
    }
    return true;
}

static bool translate_unread(struct translation *t, error *err)
{
    for (size_t i = 0; i < t->from->unread_count; i++) {
        struct shelflife_audit_rollup_unread unread = t->from->unread[i];
        shelflife_audit_text *const texts[] = {&unread.cluster, &unread.source, &unread.namespace,
                                               &unread.kind,    &unread.name,   &unread.path,
                                               &unread.why};
        for (size_t k = 0; k < COUNT(texts); k++)
            *texts[k] = t->texts[*texts[k]];
        if (!add_unread(t->into, &unread, err))
            return false;
    }
    return true;
}

static bool translate(struct translation *t, error *err)
{
    if (!t->texts || !t->owners)
        return shelflife_fail_memory(err);
    if (!translate_texts(t, err) || !translate_owners(t, err))
        return false;
    for (size_t i = 0; i < t->from->record_count; i++)
        if (!take_record(t, &t->from->records[i], err))
            return false;
    for (size_t i = 0; i < t->from->namespace_count; i++) {
        struct shelflife_audit_rollup_namespace more = t->from->namespaces[i];
        more.cluster = t->texts[more.cluster];
        more.name = t->texts[more.name];
        if (!count_objects(t->into, &more, err))
            return false;
    }
    t->into->pods += t->from->pods;
    return translate_cuts(t, err) && translate_unread(t, err);
}

bool shelflife_audit_rollup_merge(rollup *into, const rollup *from, error *err)
{
    struct translation t = {.into = into,
                            .from = from,
                            .texts = calloc(from->text_count + 1, sizeof(*t.texts)),
                            .owners = calloc(from->owner_count + 1, sizeof(*t.owners))};
    bool ok = translate(&t, err);
    free(t.texts);
    free(t.owners);
    return ok;
}

/* ---- Owners in other files ---- */

/* An owner that a file has. */
struct linkable {
    uint32_t key[4]; /* namespace, group, kind, name */
    uint32_t owner;
    str file;
};

static struct linkable linkable_of(const rollup *r, size_t owner)
{
    const struct shelflife_audit_rollup_owner *o = &r->owners[owner];
    return (struct linkable){.key = {o->namespace, o->group, o->kind, o->name},
                             .owner = (uint32_t)owner,
                             .file = shelflife_audit_rollup_text(r, o->file)};
}

static bool same_key(const struct linkable *a, const struct linkable *b)
{
    return memcmp(a->key, b->key, sizeof(a->key)) == 0;
}

static int compare_linkable(const void *a, const void *b)
{
    const struct linkable *x = a, *y = b;
    for (size_t i = 0; i < COUNT(x->key); i++)
        if (x->key[i] != y->key[i])
            return x->key[i] < y->key[i] ? -1 : 1;
    return shelflife_str_compare(x->file, y->file);
}

/* The length of the folders that two paths begin with. */
static size_t common_folders(str a, str b)
{
    size_t len = 0;
    for (size_t i = 0; i < a.len && i < b.len && a.at[i] == b.at[i]; i++)
        if (a.at[i] == '/')
            len = i + 1;
    return len;
}

/* The one with most folders in common, or NULL. As paths are sorted, it is a neighbour of the position, and
   one that is as near is the next. */
static const struct linkable *nearest(const struct linkable *all, size_t count, const struct linkable *wanted)
{
    enum { AROUND = 2 };
    size_t at = shelflife_lower_bound(wanted, all, count, sizeof(*all), compare_linkable), most = 0;
    const struct linkable *best = NULL;
    bool several = false;
    for (size_t i = at > AROUND ? at - AROUND : 0; i < count && i < at + AROUND; i++) {
        size_t common = common_folders(all[i].file, wanted->file);
        if (!same_key(&all[i], wanted) || (best && common < most))
            continue;
        several = best && common == most;
        best = &all[i];
        most = common;
    }
    return several ? NULL : best;
}

static void link_owner(rollup *r, struct shelflife_audit_rollup_owner *from, uint32_t to)
{
    struct shelflife_audit_rollup_owner *there = &r->owners[to];
    from->parent = to;
    if (there->responsible)
        return;
    there->responsible = from->responsible;
    there->borrowed = true;
}

bool shelflife_audit_rollup_link(rollup *r, error *err)
{
    size_t named = 0, count = 0;
    for (size_t i = 0; i < r->owner_count; i++)
        named += r->owners[i].file && !r->owners[i].seen;
    if (!named)
        return true;
    CLEANUP(cleanup_free) struct linkable *all = calloc(r->owner_count, sizeof(*all));
    if (!all)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < r->owner_count; i++)
        if (r->owners[i].file && r->owners[i].seen)
            all[count++] = linkable_of(r, i);
    shelflife_sort(all, count, sizeof(*all), compare_linkable);
    for (size_t i = 0; i < r->owner_count; i++) {
        struct linkable wanted = linkable_of(r, i);
        if (!r->owners[i].file || r->owners[i].seen)
            continue;
        const struct linkable *found = nearest(all, count, &wanted);
        if (found)
            link_owner(r, &r->owners[i], found->owner);
    }
    return true;
}

/* ---- Dockerfiles that are read twice ---- */

/* A line that an image is in, as a service or a stage of a Dockerfile has it. */
struct line {
    uint32_t key[3]; /* file, line, column */
    uint32_t record;
};

static int compare_lines(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    for (size_t i = 0; i < COUNT(x->key); i++)
        if (x->key[i] != y->key[i])
            return x->key[i] < y->key[i] ? -1 : 1;
    return 0;
}

/* A stage of a Dockerfile; or what else names images and is not a Kubernetes object, such as a service. */
static bool is_input(const rollup *r, size_t record, bool stage)
{
    const struct shelflife_audit_rollup_owner *o = &r->owners[r->records[record].owner];
    return o->alone && shelflife_str_equal(shelflife_audit_rollup_text(r, o->kind), STR("Stage")) == stage;
}

static struct line line_of(const rollup *r, size_t record, size_t container)
{
    const struct shelflife_audit_rollup_record *at = &r->records[record];
    const struct shelflife_audit_rollup_container *c = &at->containers[container];
    return (struct line){{at->file, c->line, c->column}, (uint32_t)record};
}

/* Whether a service says all that a stage does: the same image, or what the stage leaves open. */
static bool says_more(const struct shelflife_audit_rollup_record *service,
                      const struct shelflife_audit_rollup_record *stage)
{
    bool same = service->image == stage->image && service->why == stage->why;
    return (service->alive || !stage->alive) && (same || (stage->why && !service->why));
}

static bool is_built(const rollup *r, size_t stage, const struct line *lines, size_t count)
{
    const struct shelflife_audit_rollup_record *record = &r->records[stage];
    for (size_t i = 0; i < record->container_total; i++) {
        bool found = false;
        if (i == SHELFLIFE_AUDIT_CONTAINERS)
            return false;
        const struct line wanted = line_of(r, stage, i);
        size_t at = shelflife_lower_bound(&wanted, lines, count, sizeof(*lines), compare_lines);
        for (; !found && at < count && compare_lines(&lines[at], &wanted) == 0; at++)
            found = says_more(&r->records[lines[at].record], record);
        if (!found)
            return false;
    }
    return record->container_total > 0;
}

bool shelflife_audit_rollup_drop_built(rollup *r, error *err)
{
    size_t most = 0, count = 0, left = 0;
    for (size_t i = 0; i < r->record_count; i++)
        most += is_input(r, i, false) ? kept(&r->records[i]) : 0;
    if (!most)
        return true;
    CLEANUP(cleanup_free) struct line *lines = calloc(most, sizeof(*lines));
    CLEANUP(cleanup_free) bool *built = calloc(r->record_count, sizeof(*built));
    if (!lines || !built)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < r->record_count; i++)
        for (size_t k = 0; is_input(r, i, false) && k < kept(&r->records[i]); k++)
            lines[count++] = line_of(r, i, k);
    shelflife_sort(lines, count, sizeof(*lines), compare_lines);
    for (size_t i = 0; i < r->record_count; i++)
        built[i] = is_input(r, i, true) && is_built(r, i, lines, count);
    for (size_t i = 0; i < r->record_count; i++)
        if (!built[i])
            r->records[left++] = r->records[i];
    r->record_count = left;
    return true;
}

uint32_t shelflife_audit_rollup_top(const rollup *r, uint32_t owner)
{
    for (int i = 0; i < CHAIN_MAX && r->owners[owner].parent != SHELFLIFE_AUDIT_NO_OWNER; i++)
        owner = r->owners[owner].parent;
    return owner;
}
