#include "admission/table.h"

/* The number of a record is its place in the chunks, in units, from 1. */
enum { UNIT = 4, CHUNK = 64 * 1024, FIRST_CAPACITY = 16 };

void shelflife_admission_table_free(struct admission_table *t)
{
    for (size_t i = 0; i < t->chunk_count; i++)
        shelflife_free(t->chunks[i]);
    shelflife_free(t->chunks);
    shelflife_free(t->slots);
    *t = (struct admission_table){0};
}

size_t shelflife_admission_table_memory(const struct admission_table *t)
{
    return t->capacity * sizeof(*t->slots) + t->chunk_capacity * sizeof(*t->chunks) +
           (t->chunk_count ? (t->chunk_count - 1) * CHUNK + t->newest_size : 0);
}

/* The slot of the hash, or the empty one where it belongs. */
static struct admission_slot *look_up(struct admission_slot *slots, size_t capacity, uint64_t hash)
{
    size_t i = (size_t)hash & (capacity - 1);
    while (slots[i].used && slots[i].hash != hash)
        i = (i + 1) & (capacity - 1);
    return &slots[i];
}

struct admission_slot *shelflife_admission_table_find(const struct admission_table *t, uint64_t hash)
{
    struct admission_slot *slot = t->capacity ? look_up(t->slots, t->capacity, hash) : NULL;
    return slot && slot->used ? slot : NULL;
}

static bool grow(struct admission_table *t)
{
    size_t capacity = t->capacity ? t->capacity * 2 : FIRST_CAPACITY;
    struct admission_slot *slots = shelflife_calloc(capacity, sizeof(*slots));
    if (!slots)
        return false;
    for (size_t i = 0; i < t->capacity; i++)
        if (t->slots[i].used)
            *look_up(slots, capacity, t->slots[i].hash) = t->slots[i];
    shelflife_free(t->slots);
    t->slots = slots;
    t->capacity = capacity;
    return true;
}

struct admission_slot *shelflife_admission_table_add(struct admission_table *t, uint64_t hash, error *err)
{
    struct admission_slot *slot = shelflife_admission_table_find(t, hash);
    if (slot)
        return slot;
    if (t->count == ADMISSION_TABLE_IMAGES_MAX) {
        shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "more than %d different images in an update",
                       ADMISSION_TABLE_IMAGES_MAX);
        return NULL;
    }
    if (t->count >= t->capacity / 8 * 7 && !grow(t)) {
        shelflife_fail_memory(err);
        return NULL;
    }
    t->count++;
    slot = look_up(t->slots, t->capacity, hash);
    *slot = (struct admission_slot){.hash = hash, .used = true};
    return slot;
}

struct admission_record *shelflife_admission_table_record(const struct admission_table *t, uint32_t number)
{
    size_t at = (size_t)(number - 1) * UNIT;
    return (struct admission_record *)(void *)(t->chunks[at / CHUNK] + at % CHUNK);
}

/* Makes room for a record. *number is 0 if the limit is reached. */
static bool reserve(struct admission_table *t, size_t size, uint32_t *number)
{
    *number = 0;
    if (t->chunk_count == 0 || CHUNK - t->newest_used < size) {
        if ((t->chunk_count + 1) * CHUNK > ADMISSION_TABLE_RECORDS_MAX)
            return true;
        if (!shelflife_grow(&t->chunks, &t->chunk_capacity, t->chunk_count + 1, sizeof(*t->chunks)))
            return false;
        t->chunks[t->chunk_count++] = NULL;
        t->newest_size = t->newest_used = 0;
    }
    if (!shelflife_grow(&t->chunks[t->chunk_count - 1], &t->newest_size, t->newest_used + size, 1))
        return false;
    *number = (uint32_t)(((t->chunk_count - 1) * CHUNK + t->newest_used) / UNIT + 1);
    t->newest_used += (size + UNIT - 1) / UNIT * UNIT;
    return true;
}

static bool is_same(const struct admission_record *record, str text, str where)
{
    return shelflife_str_equal((str){record->bytes, record->text_len}, text) &&
           shelflife_str_equal((str){record->bytes + record->text_len, record->where_len}, where);
}

bool shelflife_admission_table_note(struct admission_table *t, struct admission_slot *slot,
                                    const struct admission_record *finding, str text, str where, error *err)
{
    size_t others = 0;
    uint32_t number;
    slot->count++;
    for (number = slot->record; number; others++) {
        struct admission_record *record = shelflife_admission_table_record(t, number);
        if (is_same(record, text, where)) {
            record->repeats++;
            record->index = finding->index < record->index ? finding->index : record->index;
            return true;
        }
        number = record->next;
    }
    if (others >= ADMISSION_TABLE_RECORDS_EACH)
        return true;
    if (!reserve(t, offsetof(struct admission_record, bytes) + text.len + where.len, &number))
        return shelflife_fail_memory(err);
    if (!number)
        return true;
    struct admission_record *record = shelflife_admission_table_record(t, number);
    shelflife_copy(record, finding, offsetof(struct admission_record, bytes));
    record->text_len = (uint16_t)text.len;
    record->where_len = (uint16_t)where.len;
    record->repeats = 1;
    record->next = slot->record;
    shelflife_copy(shelflife_copy(record->bytes, text.at, text.len), where.at, where.len);
    slot->record = number;
    return true;
}
