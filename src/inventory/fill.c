/* Adds to an inventory, and drops from it. */
#include "inventory/internal.h"

struct shelflife_inventory *shelflife_inventory_new(void)
{
    struct shelflife_inventory *inventory = shelflife_calloc(1, sizeof(*inventory));
    if (!inventory)
        return NULL;
    /* The library has no random numbers, but addresses are random. */
    uintptr_t addresses[] = {(uintptr_t)inventory, (uintptr_t)shelflife_inventory_new};
    memcpy(inventory->texts.key, addresses,
           sizeof(addresses) < SHELFLIFE_SIPHASH_KEY ? sizeof(addresses) : SHELFLIFE_SIPHASH_KEY);
    inventory->as_of = SHELFLIFE_DAY_NONE;
    return inventory;
}

void shelflife_inventory_clear(struct shelflife_inventory *inventory)
{
    shelflife_inventory_texts_free(&inventory->texts);
    shelflife_free(inventory->entries);
    shelflife_free(inventory->references);
    shelflife_free(inventory->sets);
    shelflife_free(inventory->pieces);
    shelflife_free(inventory->evidence);
    shelflife_inventory_table_free(&inventory->by_digest);
    shelflife_inventory_table_free(&inventory->by_reference);
    shelflife_inventory_table_free(&inventory->by_set);
    for (size_t i = 0; i < inventory->part_count; i++)
        shelflife_inventory_free(inventory->parts[i].content);
    shelflife_free(inventory->parts);
    *inventory = (struct shelflife_inventory){.as_of = SHELFLIFE_DAY_NONE};
}

void shelflife_inventory_free(struct shelflife_inventory *inventory)
{
    if (inventory)
        shelflife_inventory_clear(inventory);
    shelflife_free(inventory);
}

/* Makes room for `need` elements, whose indexes have 32 bits. */
static bool room(void *array, size_t *capacity, size_t need, size_t size, error *err)
{
    if (need >= INVENTORY_NONE)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "the inventory has too many entries");
    return shelflife_grow(array, capacity, need, size) || shelflife_fail_memory(err);
}

/* ---- Entries ---- */

static uint64_t hash_entry(const void *of, uint32_t i)
{
    const struct shelflife_inventory *inventory = of;
    return shelflife_siphash_of(inventory_text(inventory, inventory->entries[i].digest),
                                inventory->texts.key);
}

static bool same_entry(const void *of, uint32_t i, const void *key)
{
    const struct shelflife_inventory *inventory = of;
    return shelflife_str_equal(inventory_text(inventory, inventory->entries[i].digest), *(const str *)key);
}

static const struct inventory_table_kind entry_kind = {hash_entry, same_entry};

static uint32_t *seek_entry(const struct shelflife_inventory *inventory, str digest)
{
    return shelflife_inventory_table_seek(&inventory->by_digest,
                                          shelflife_siphash_of(digest, inventory->texts.key), &entry_kind,
                                          inventory, &digest);
}

static bool reserve_entries(struct shelflife_inventory *inventory, size_t more, error *err)
{
    size_t count = inventory->entry_count + more;
    return room(&inventory->entries, &inventory->entry_capacity, count, sizeof(*inventory->entries), err) &&
           (shelflife_inventory_table_reserve(&inventory->by_digest, count, &entry_kind, inventory) ||
            shelflife_fail_memory(err));
}

bool shelflife_inventory_fill_entry(struct shelflife_inventory *inventory,
                                    const struct inventory_entry *entry, bool later, uint32_t *index,
                                    error *err)
{
    if (!reserve_entries(inventory, 1, err))
        return false;
    uint32_t *slot = seek_entry(inventory, inventory_text(inventory, entry->digest));
    if (!*slot) {
        *slot = (uint32_t)++inventory->entry_count;
        inventory->entries[*slot - 1] = *entry;
        inventory->entries[*slot - 1].last_seen = SHELFLIFE_DAY_NONE;
    }
    *index = *slot - 1;
    struct inventory_entry *kept = &inventory->entries[*index];
    if (later && !kept->dropped && entry->inspected < kept->inspected)
        return true;
    shelflife_day last_seen = kept->dropped ? SHELFLIFE_DAY_NONE : kept->last_seen;
    *kept = *entry;
    kept->last_seen = last_seen;
    kept->dropped = false;
    return true;
}

/* ---- Evidence ---- */

static str set_bytes(const struct shelflife_inventory *inventory, const struct inventory_set *set)
{
    return (str){(const char *)(inventory->pieces + set->first), set->count * sizeof(*inventory->pieces)};
}

static uint64_t hash_set(const void *of, uint32_t i)
{
    const struct shelflife_inventory *inventory = of;
    return shelflife_siphash_of(set_bytes(inventory, &inventory->sets[i]), inventory->texts.key);
}

static bool same_set(const void *of, uint32_t i, const void *key)
{
    const struct shelflife_inventory *inventory = of;
    return shelflife_str_equal(set_bytes(inventory, &inventory->sets[i]), set_bytes(inventory, key));
}

static const struct inventory_table_kind set_kind = {hash_set, same_set};

static bool reserve_sets(struct shelflife_inventory *inventory, size_t more, error *err)
{
    size_t count = inventory->set_count + more + 1;
    if (!room(&inventory->sets, &inventory->set_capacity, count, sizeof(*inventory->sets), err))
        return false;
    if (inventory->set_count == 0)
        inventory->sets[inventory->set_count++] = (struct inventory_set){0};
    return shelflife_inventory_table_reserve(&inventory->by_set, count, &set_kind, inventory) ||
           shelflife_fail_memory(err);
}

bool shelflife_inventory_fill_set(struct shelflife_inventory *inventory, size_t first, uint32_t *set,
                                  error *err)
{
    struct inventory_set wanted = {(uint32_t)first, (uint32_t)(inventory->piece_count - first)};
    *set = 0;
    if (!reserve_sets(inventory, 1, err))
        return false;
    if (wanted.count == 0)
        return true;
    uint64_t hash = shelflife_siphash_of(set_bytes(inventory, &wanted), inventory->texts.key);
    uint32_t *slot = shelflife_inventory_table_seek(&inventory->by_set, hash, &set_kind, inventory, &wanted);
    if (*slot) {
        inventory->piece_count = first;
    } else {
        inventory->sets[inventory->set_count++] = wanted;
        *slot = (uint32_t)inventory->set_count;
    }
    *set = *slot - 1;
    return true;
}

static bool reserve_pieces(struct shelflife_inventory *inventory, size_t more, error *err)
{
    return room(&inventory->pieces, &inventory->piece_capacity, inventory->piece_count + more,
                sizeof(*inventory->pieces), err);
}

bool shelflife_inventory_fill_piece(struct shelflife_inventory *inventory,
                                    const struct shelflife_evidence *piece, error *err)
{
    struct inventory_piece kept = {.kind = (uint32_t)piece->kind};
    if (!reserve_pieces(inventory, 1, err) ||
        !shelflife_inventory_texts_add(&inventory->texts, piece->name, &kept.name, err) ||
        !shelflife_inventory_texts_add(&inventory->texts, piece->value, &kept.value, err))
        return false;
    inventory->pieces[inventory->piece_count++] = kept;
    return true;
}

/* ---- References ---- */

static str reference_key(const struct inventory_reference *reference)
{
    return (str){(const char *)reference, offsetof(struct inventory_reference, last_seen)};
}

static uint64_t hash_reference(const void *of, uint32_t i)
{
    const struct shelflife_inventory *inventory = of;
    return shelflife_siphash_of(reference_key(&inventory->references[i]), inventory->texts.key);
}

static bool same_reference(const void *of, uint32_t i, const void *key)
{
    const struct shelflife_inventory *inventory = of;
    return shelflife_str_equal(reference_key(&inventory->references[i]), reference_key(key));
}

static const struct inventory_table_kind reference_kind = {hash_reference, same_reference};

static bool reserve_references(struct shelflife_inventory *inventory, size_t more, error *err)
{
    size_t count = inventory->reference_count + more;
    return room(&inventory->references, &inventory->reference_capacity, count, sizeof(*inventory->references),
                err) &&
           (shelflife_inventory_table_reserve(&inventory->by_reference, count, &reference_kind, inventory) ||
            shelflife_fail_memory(err));
}

bool shelflife_inventory_fill_reference(struct shelflife_inventory *inventory,
                                        const struct inventory_reference *reference, error *err)
{
    if (!reserve_references(inventory, 1, err))
        return false;
    uint64_t hash = shelflife_siphash_of(reference_key(reference), inventory->texts.key);
    uint32_t *slot =
        shelflife_inventory_table_seek(&inventory->by_reference, hash, &reference_kind, inventory, reference);
    if (!*slot) {
        inventory->references[inventory->reference_count++] = *reference;
        *slot = (uint32_t)inventory->reference_count;
    }
    struct inventory_reference *kept = &inventory->references[*slot - 1];
    struct inventory_entry *entry = &inventory->entries[reference->entry];
    if (kept->last_seen < reference->last_seen)
        kept->last_seen = reference->last_seen;
    if (entry->last_seen < reference->last_seen)
        entry->last_seen = reference->last_seen;
    return true;
}

/* ---- One by one ---- */

static bool is_of(str text, const char *others)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && !(c && strchr(others, c)))
            return false;
    }
    return text.len > 0;
}

bool shelflife_inventory_fill_is_name(str name, str tag)
{
    size_t slash = shelflife_str_find(name, '/');
    str host = shelflife_str_first(name, slash), path = shelflife_str_after(name, slash + 1);
    return slash != SIZE_MAX && is_of(host, "._-:[]") && is_of(path, "._-/") &&
           (tag.len == 0 || (is_of(tag, "._-ABCDEFGHIJKLMNOPQRSTUVWXYZ") && tag.len <= 128 &&
                             tag.at[0] != '.' && tag.at[0] != '-'));
}

static bool check_open(const struct shelflife_inventory *inventory, error *err)
{
    return !inventory->finished ||
           shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "nothing can be added to a finished inventory");
}

static bool add_digest(struct shelflife_inventory *inventory, const char *what, str text, uint32_t *number,
                       error *err)
{
    char bytes[INVENTORY_DIGEST_BYTES];
    str packed;
    if (!shelflife_inventory_digest_pack(text, bytes, &packed))
        return shelflife_fail(
            err, SHELFLIFE_ERROR_INPUT,
            "the %s \"%.*s\" is not a digest: sha256: and 64 hexadecimal digits in lower case", what,
            STR_PRINT(shelflife_str_first(text, SHELFLIFE_DIGEST_TEXT + 1)));
    return shelflife_inventory_texts_add(&inventory->texts, packed, number, err);
}

static bool check_evidence(const struct shelflife_evidence_list *list, error *err)
{
    size_t bytes = 0;
    for (size_t i = 0; i < list->count && i < SHELFLIFE_EVIDENCE_MAX; i++)
        bytes += list->at[i].name.len + list->at[i].value.len;
    if (list->count > SHELFLIFE_EVIDENCE_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                              "the image has %zu pieces of evidence, but at most %d are kept", list->count,
                              SHELFLIFE_EVIDENCE_MAX);
    for (size_t i = 0; i < list->count; i++)
        if (!shelflife_str_is_utf8(list->at[i].name) || !shelflife_str_is_utf8(list->at[i].value))
            return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                                  "the image's configuration is not valid UTF-8: %s \"%.*s\"",
                                  shelflife_evidence_kind_names[list->at[i].kind],
                                  STR_PRINT(shelflife_str_first(list->at[i].name, 100)));
    return bytes <= SHELFLIFE_EVIDENCE_MAX_BYTES ||
           shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                          "the image has %zu bytes of evidence, but at most %d are kept", bytes,
                          SHELFLIFE_EVIDENCE_MAX_BYTES);
}

static bool add_evidence(struct shelflife_inventory *inventory, const struct shelflife_evidence_list *list,
                         uint32_t *set, error *err)
{
    size_t first = inventory->piece_count;
    if (!check_evidence(list, err))
        return false;
    for (int kind = 0; kind < SHELFLIFE_EVIDENCE_KINDS; kind++)
        for (size_t i = 0; i < list->count; i++)
            if ((int)list->at[i].kind == kind &&
                !shelflife_inventory_fill_piece(inventory, &list->at[i], err)) {
                inventory->piece_count = first;
                return false;
            }
    if (shelflife_inventory_fill_set(inventory, first, set, err))
        return true;
    inventory->piece_count = first;
    return false;
}

bool shelflife_inventory_put(struct shelflife_inventory *inventory,
                             const struct shelflife_inventory_entry *entry, error *err)
{
    struct inventory_entry kept = {.rules = entry->rules,
                                   .inspected = entry->inspected,
                                   .snapshot = entry->snapshot,
                                   .outdated = entry->outdated};
    str digest = shelflife_str_of(entry->digest), manifest = shelflife_str_of(entry->manifest);
    char bytes[INVENTORY_DIGEST_BYTES];
    str packed, base = entry->base_digest;
    uint32_t index;
    if (entry->inspected == SHELFLIFE_DAY_NONE)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "an entry needs the day it was inspected");
    if (entry->platform.len > SHELFLIFE_INVENTORY_PLATFORM_MAX ||
        entry->base_name.len > SHELFLIFE_REFERENCE_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                              "the platform may have at most %d bytes, and the name of the base image %d",
                              SHELFLIFE_INVENTORY_PLATFORM_MAX, SHELFLIFE_REFERENCE_MAX);
    if (!shelflife_str_is_utf8(entry->platform) || !shelflife_str_is_utf8(entry->base_name))
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                              "the platform or the name of the base image is not valid UTF-8");
    if (!shelflife_inventory_digest_pack(base, bytes, &packed))
        base = (str){0};
    return check_open(inventory, err) && add_digest(inventory, "digest", digest, &kept.digest, err) &&
           add_digest(inventory, "manifest", manifest.len ? manifest : digest, &kept.manifest, err) &&
           shelflife_inventory_texts_add(&inventory->texts, entry->platform, &kept.platform, err) &&
           shelflife_inventory_texts_add(&inventory->texts, entry->base_name, &kept.base_name, err) &&
           shelflife_inventory_texts_add(&inventory->texts, base, &kept.base_digest, err) &&
           add_evidence(inventory, &entry->evidence, &kept.set, err) &&
           shelflife_inventory_fill_entry(inventory, &kept, false, &index, err);
}

bool shelflife_inventory_see(struct shelflife_inventory *inventory,
                             const struct shelflife_inventory_reference *reference, str digest, error *err)
{
    struct inventory_reference kept = {.last_seen = reference->last_seen};
    char bytes[INVENTORY_DIGEST_BYTES];
    str packed;
    if (!check_open(inventory, err))
        return false;
    if (reference->last_seen == SHELFLIFE_DAY_NONE ||
        reference->name.len + reference->tag.len >= SHELFLIFE_REFERENCE_MAX ||
        !shelflife_inventory_fill_is_name(reference->name, reference->tag))
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "a reference needs a normalized name and a day");
    uint32_t *slot =
        shelflife_inventory_digest_pack(digest, bytes, &packed) ? seek_entry(inventory, packed) : NULL;
    if (!slot || !*slot || inventory->entries[*slot - 1].dropped)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "the inventory has no image %.*s",
                              STR_PRINT(shelflife_str_first(digest, SHELFLIFE_DIGEST_TEXT + 1)));
    kept.entry = *slot - 1;
    return shelflife_inventory_texts_add(&inventory->texts, reference->name, &kept.name, err) &&
           shelflife_inventory_texts_add(&inventory->texts, reference->tag, &kept.tag, err) &&
           shelflife_inventory_fill_reference(inventory, &kept, err);
}

/* ---- Several ---- */

size_t shelflife_inventory_drop(struct shelflife_inventory *inventory, shelflife_day day)
{
    size_t dropped = 0;
    if (inventory->finished)
        return 0;
    for (size_t i = 0; i < inventory->reference_count; i++)
        if (inventory->references[i].last_seen < day)
            inventory->references[i].last_seen = SHELFLIFE_DAY_NONE;
    for (size_t i = 0; i < inventory->entry_count; i++) {
        struct inventory_entry *entry = &inventory->entries[i];
        dropped += !entry->dropped && entry->last_seen < day;
        entry->dropped = entry->dropped || entry->last_seen < day;
    }
    for (size_t i = 0; i < inventory->part_count; i++)
        dropped += shelflife_inventory_drop(inventory->parts[i].content, day);
    return dropped;
}

/* After this, adding what `more` contains cannot fail. */
static bool reserve(struct shelflife_inventory *inventory, const struct shelflife_inventory *more, error *err)
{
    return shelflife_inventory_texts_reserve(&inventory->texts, &more->texts, err) &&
           reserve_entries(inventory, more->entry_count + 1, err) &&
           reserve_references(inventory, more->reference_count + 1, err) &&
           reserve_sets(inventory, more->set_count + 1, err) &&
           reserve_pieces(inventory, more->piece_count + SHELFLIFE_EVIDENCE_MAX + 1, err);
}

static struct shelflife_evidence piece_of(const struct shelflife_inventory *inventory, size_t i)
{
    if (inventory->finished)
        return inventory->evidence[i];
    const struct inventory_piece *piece = &inventory->pieces[i];
    return (struct shelflife_evidence){(enum shelflife_evidence_kind)piece->kind,
                                       inventory_text(inventory, piece->name),
                                       inventory_text(inventory, piece->value)};
}

/* The number in `inventory` of a text in `more`. */
static bool move_text(struct shelflife_inventory *inventory, const struct shelflife_inventory *more,
                      uint32_t number, uint32_t *moved, error *err)
{
    return shelflife_inventory_texts_add(&inventory->texts, inventory_text(more, number), moved, err);
}

static bool move_entry(struct shelflife_inventory *inventory, const struct shelflife_inventory *more,
                       const struct inventory_entry *entry, error *err)
{
    struct inventory_entry moved = *entry;
    size_t first = inventory->piece_count;
    const struct inventory_set *set = &more->sets[entry->set];
    uint32_t index;
    for (size_t i = 0; i < set->count; i++) {
        struct shelflife_evidence piece = piece_of(more, set->first + i);
        if (!shelflife_inventory_fill_piece(inventory, &piece, err))
            return false;
    }
    return shelflife_inventory_fill_set(inventory, first, &moved.set, err) &&
           move_text(inventory, more, entry->digest, &moved.digest, err) &&
           move_text(inventory, more, entry->manifest, &moved.manifest, err) &&
           move_text(inventory, more, entry->platform, &moved.platform, err) &&
           move_text(inventory, more, entry->base_name, &moved.base_name, err) &&
           move_text(inventory, more, entry->base_digest, &moved.base_digest, err) &&
           shelflife_inventory_fill_entry(inventory, &moved, true, &index, err);
}

static bool move_reference(struct shelflife_inventory *inventory, const struct shelflife_inventory *more,
                           const struct inventory_reference *reference, error *err)
{
    str digest = inventory_text(more, more->entries[reference->entry].digest);
    struct inventory_reference moved = {.entry = *seek_entry(inventory, digest) - 1,
                                        .last_seen = reference->last_seen};
    return move_text(inventory, more, reference->name, &moved.name, err) &&
           move_text(inventory, more, reference->tag, &moved.tag, err) &&
           shelflife_inventory_fill_reference(inventory, &moved, err);
}

bool shelflife_inventory_fill_copy(struct shelflife_inventory *inventory,
                                   const struct shelflife_inventory *more, error *err)
{
    if (!reserve(inventory, more, err))
        return false;
    for (size_t i = 0; i < more->entry_count; i++)
        if (!more->entries[i].dropped && !move_entry(inventory, more, &more->entries[i], err))
            return false;
    for (size_t i = 0; i < more->reference_count; i++)
        if (more->references[i].last_seen != SHELFLIFE_DAY_NONE &&
            !move_reference(inventory, more, &more->references[i], err))
            return false;
    if (more->as_of > inventory->as_of)
        inventory->as_of = more->as_of;
    return true;
}

bool shelflife_inventory_merge(struct shelflife_inventory *inventory, const struct shelflife_inventory *more,
                               error *err)
{
    if (!more->finished)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "only a finished inventory can be merged");
    return check_open(inventory, err) && shelflife_inventory_fill_copy(inventory, more, err);
}

bool shelflife_inventory_fill_with(struct shelflife_inventory *inventory, struct shelflife_inventory *more,
                                   error *err)
{
    if (inventory->entry_count == 0 && !inventory->finished && !more->finished) {
        struct shelflife_inventory before = *inventory;
        *inventory = *more;
        inventory->parts = before.parts;
        inventory->part_count = before.part_count;
        inventory->part_capacity = before.part_capacity;
        if (before.as_of > inventory->as_of)
            inventory->as_of = before.as_of;
        before.parts = NULL;
        before.part_count = 0;
        *more = before;
    } else if (!shelflife_inventory_fill_copy(inventory, more, err)) {
        return false;
    }
    shelflife_inventory_free(more);
    return true;
}
