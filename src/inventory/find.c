/* Looks up images in a finished inventory. */
#include "inventory/internal.h"

/* What references without a tag name. */
static const str default_tag = STR_INIT("latest");

/* ---- The index ---- */

static uint64_t hash_digest(const struct shelflife_inventory *inventory, str packed)
{
    return shelflife_siphash_of(packed, inventory->texts.key);
}

/* In this table an entry has two numbers: twice its index for its digest, and one more for its manifest.
   There are far fewer entries than numbers: their digests are among the texts. */
static bool same_digest(const void *of, uint32_t number, const void *key)
{
    const struct shelflife_inventory *inventory = of;
    const struct inventory_entry *entry = &inventory->entries[number / 2];
    return shelflife_str_equal(inventory_text(inventory, number % 2 ? entry->manifest : entry->digest),
                               *(const str *)key);
}

/* The table is made once, as large as it needs to be, so nothing is hashed again. */
static const struct inventory_table_kind digest_kind = {NULL, same_digest};

struct name_and_tag {
    str name, tag;
    str whole; /* "name:tag", if it lies in memory so; or absent */
};

static uint64_t hash_name(const struct shelflife_inventory *inventory, const struct name_and_tag *key)
{
    struct shelflife_siphash hash;
    if (key->whole.len)
        return shelflife_siphash_of(key->whole, inventory->texts.key);
    shelflife_siphash_init(&hash, inventory->texts.key);
    shelflife_siphash_add(&hash, key->name);
    shelflife_siphash_add(&hash, STR(":"));
    shelflife_siphash_add(&hash, key->tag);
    return shelflife_siphash_end(&hash);
}

static bool same_name(const void *of, uint32_t i, const void *context)
{
    const struct shelflife_inventory *inventory = of;
    const struct name_and_tag *key = context;
    return shelflife_str_equal(inventory_text(inventory, inventory->references[i].name), key->name) &&
           shelflife_str_equal(inventory_text(inventory, inventory->references[i].tag), key->tag);
}

static const struct inventory_table_kind name_kind = {NULL, same_name};

/* An entry found by its own digest is preferred; of those that share a manifest, the one inspected last. */
static void index_digest(struct shelflife_inventory *inventory, uint32_t number)
{
    const struct inventory_entry *entry = &inventory->entries[number / 2];
    str digest = inventory_text(inventory, number % 2 ? entry->manifest : entry->digest);
    uint32_t *slot = shelflife_inventory_table_seek(&inventory->by_digest, hash_digest(inventory, digest),
                                                    &digest_kind, inventory, &digest);
    uint32_t other = *slot - 1;
    if (!*slot || (other % 2 && inventory->entries[other / 2].inspected < entry->inspected))
        *slot = number + 1;
}

static bool is_newer(const struct shelflife_inventory *inventory, const struct inventory_reference *a,
                     const struct inventory_reference *b)
{
    const struct inventory_entry *x = &inventory->entries[a->entry], *y = &inventory->entries[b->entry];
    return a->last_seen != b->last_seen ? a->last_seen > b->last_seen : x->inspected > y->inspected;
}

static void index_reference(struct shelflife_inventory *inventory, uint32_t i)
{
    const struct inventory_reference *reference = &inventory->references[i];
    struct name_and_tag key = {.name = inventory_text(inventory, reference->name),
                               .tag = inventory_text(inventory, reference->tag)};
    uint32_t *slot = shelflife_inventory_table_seek(&inventory->by_reference, hash_name(inventory, &key),
                                                    &name_kind, inventory, &key);
    if (!*slot || is_newer(inventory, reference, &inventory->references[*slot - 1]))
        *slot = i + 1;
}

bool shelflife_inventory_find_prepare(struct shelflife_inventory *inventory, error *err)
{
    size_t digests = inventory->entry_count;
    for (size_t i = 0; i < inventory->entry_count; i++)
        digests += inventory->entries[i].manifest != inventory->entries[i].digest;
    if (!shelflife_inventory_table_reserve(&inventory->by_digest, digests, &digest_kind, inventory) ||
        !shelflife_inventory_table_reserve(&inventory->by_reference, inventory->reference_count, &name_kind,
                                           inventory))
        return shelflife_fail_memory(err);
    for (uint32_t i = 0; i < inventory->entry_count; i++)
        index_digest(inventory, 2 * i);
    for (uint32_t i = 0; i < inventory->entry_count; i++)
        if (inventory->entries[i].manifest != inventory->entries[i].digest)
            index_digest(inventory, 2 * i + 1);
    for (uint32_t i = 0; i < inventory->reference_count; i++)
        if (inventory->references[i].tag != 0)
            index_reference(inventory, i);
    return true;
}

/* ---- Lookups ---- */

static uint32_t find_digest(const struct shelflife_inventory *inventory, str text)
{
    char bytes[INVENTORY_DIGEST_BYTES];
    str packed;
    if (!inventory->finished || !shelflife_inventory_digest_pack(text, bytes, &packed))
        return INVENTORY_NONE;
    const uint32_t *slot = shelflife_inventory_table_seek(
        &inventory->by_digest, hash_digest(inventory, packed), &digest_kind, inventory, &packed);
    return *slot ? (*slot - 1) / 2 : INVENTORY_NONE;
}

static uint32_t find_name(const struct shelflife_inventory *inventory,
                          const struct shelflife_reference *reference)
{
    struct name_and_tag key = {.name = reference->name, .tag = default_tag};
    if (!inventory->finished)
        return INVENTORY_NONE;
    if (reference->tag.len) {
        key.tag = reference->tag;
        str whole = shelflife_str_first(reference->normalized, key.name.len + 1 + key.tag.len);
        if (whole.at == key.name.at && whole.at + key.name.len + 1 == key.tag.at &&
            whole.len == key.name.len + 1 + key.tag.len)
            key.whole = whole;
    }
    const uint32_t *slot = shelflife_inventory_table_seek(
        &inventory->by_reference, hash_name(inventory, &key), &name_kind, inventory, &key);
    return *slot ? inventory->references[*slot - 1].entry : INVENTORY_NONE;
}

static bool give(const struct shelflife_inventory *inventory, uint32_t i,
                 struct shelflife_inventory_entry *out)
{
    if (i == INVENTORY_NONE)
        return false;
    shelflife_inventory_at(inventory, i, out);
    return true;
}

bool shelflife_inventory_find(const struct shelflife_inventory *inventory,
                              const struct shelflife_reference *reference,
                              struct shelflife_inventory_entry *out)
{
    if (reference->digest.len)
        return shelflife_inventory_find_digest(inventory, reference->digest, out);
    return give(inventory, find_name(inventory, reference), out);
}

bool shelflife_inventory_find_digest(const struct shelflife_inventory *inventory, str digest,
                                     struct shelflife_inventory_entry *out)
{
    return give(inventory, find_digest(inventory, digest), out);
}

size_t shelflife_inventory_index(const struct shelflife_inventory *inventory, str digest)
{
    uint32_t i = find_digest(inventory, digest);
    return i == INVENTORY_NONE ? SIZE_MAX : i;
}

struct place {
    const struct shelflife_inventory *inventory;
    struct name_and_tag key;
};

static int compare_place(const void *key, const void *element)
{
    const struct place *place = key;
    const struct inventory_reference *reference = element;
    int order = shelflife_str_compare(place->key.name, inventory_text(place->inventory, reference->name));
    return order ? order
                 : shelflife_str_compare(place->key.tag, inventory_text(place->inventory, reference->tag));
}

bool shelflife_inventory_saw(const struct shelflife_inventory *inventory,
                             const struct shelflife_reference *reference)
{
    struct place place = {inventory, {.name = reference->name, .tag = reference->tag}};
    uint32_t i = reference->tag.len ? find_digest(inventory, reference->digest) : INVENTORY_NONE;
    if (i == INVENTORY_NONE)
        return false;
    const struct inventory_entry *entry = &inventory->entries[i];
    return entry->count && bsearch(&place, inventory->references + entry->first, entry->count,
                                   sizeof(*inventory->references), compare_place) != NULL;
}

/* ---- All of them ---- */

size_t shelflife_inventory_count(const struct shelflife_inventory *inventory)
{
    return inventory->finished ? inventory->entry_count : 0;
}

size_t shelflife_inventory_evidence_count(const struct shelflife_inventory *inventory)
{
    return inventory->finished ? inventory->set_count : 0;
}

struct shelflife_evidence_list shelflife_inventory_evidence_at(const struct shelflife_inventory *inventory,
                                                               size_t i)
{
    const struct inventory_set *set = &inventory->sets[i];
    return (struct shelflife_evidence_list){inventory->evidence + set->first, set->count};
}

void shelflife_inventory_at(const struct shelflife_inventory *inventory, size_t i,
                            struct shelflife_inventory_entry *out)
{
    const struct inventory_entry *entry = &inventory->entries[i];
    shelflife_inventory_digest_unpack(inventory_text(inventory, entry->digest), out->digest);
    if (entry->manifest == entry->digest)
        memcpy(out->manifest, out->digest, sizeof(out->manifest));
    else
        shelflife_inventory_digest_unpack(inventory_text(inventory, entry->manifest), out->manifest);
    out->platform = inventory_text(inventory, entry->platform);
    out->inspected = entry->inspected;
    out->last_seen = entry->last_seen;
    out->evidence = shelflife_inventory_evidence_at(inventory, entry->set);
    out->base_name = inventory_text(inventory, entry->base_name);
    out->base_digest = inventory_text(inventory, entry->base_digest);
    out->snapshot = entry->snapshot;
    out->outdated = entry->outdated;
    out->rules = entry->rules;
}

size_t shelflife_inventory_reference_count(const struct shelflife_inventory *inventory, size_t i)
{
    return inventory->entries[i].count;
}

void shelflife_inventory_reference_at(const struct shelflife_inventory *inventory, size_t i, size_t k,
                                      struct shelflife_inventory_reference *out)
{
    const struct inventory_reference *reference = &inventory->references[inventory->entries[i].first + k];
    *out = (struct shelflife_inventory_reference){inventory_text(inventory, reference->name),
                                                  inventory_text(inventory, reference->tag),
                                                  reference->last_seen};
}

shelflife_day shelflife_inventory_as_of(const struct shelflife_inventory *inventory)
{
    return inventory->as_of;
}

static size_t table_bytes(const struct inventory_table *table)
{
    return table->slots ? (table->mask + 1) * sizeof(*table->slots) : 0;
}

size_t shelflife_inventory_memory(const struct shelflife_inventory *inventory)
{
    size_t bytes = sizeof(*inventory) + inventory->texts.capacity + table_bytes(&inventory->texts.table) +
                   table_bytes(&inventory->by_digest) + table_bytes(&inventory->by_reference) +
                   table_bytes(&inventory->by_set);
    bytes += inventory->entry_capacity * sizeof(*inventory->entries) +
             inventory->reference_capacity * sizeof(*inventory->references) +
             inventory->set_capacity * sizeof(*inventory->sets) +
             inventory->piece_capacity * sizeof(*inventory->pieces);
    if (inventory->evidence)
        bytes += (inventory->piece_count + 1) * sizeof(*inventory->evidence);
    for (size_t i = 0; i < inventory->part_count; i++)
        bytes += shelflife_inventory_memory(inventory->parts[i].content);
    return bytes;
}
