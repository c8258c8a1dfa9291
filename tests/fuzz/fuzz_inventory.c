/* rooms: base json reference inventory */
/*
 * Any bytes are an inventory or an error with text, in one piece or in small ones. What is read can be
 * written, and read again with the same result; all that is in it is found.
 */
#include "shelflife/inventory.h"

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static bool append(void *context, str bytes, error *err)
{
    buffer *out = context;
    shelflife_buffer_append(out, bytes);
    return !out->failed || shelflife_fail_memory(err);
}

/* Reads it in pieces of some size; NULL if it is refused. */
static struct shelflife_inventory *read_pieces(str text, size_t piece)
{
    error err = {0};
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    struct shelflife_inventory_reader *reader = shelflife_inventory_reader_new(inventory, "fuzz");
    bool fine = inventory && reader;
    for (size_t i = 0; fine && i < text.len; i += piece)
        fine = shelflife_inventory_reader_feed(
            reader, shelflife_str_first(shelflife_str_after(text, i), piece), &err);
    fine = fine && shelflife_inventory_reader_end(reader, &err);
    shelflife_inventory_reader_free(reader);
    fine = fine && shelflife_inventory_finish(inventory, &err);
    check(fine || (err.kind != SHELFLIFE_ERROR_NONE && err.text[0]));
    if (fine)
        return inventory;
    shelflife_inventory_free(inventory);
    return NULL;
}

static void write_all(const struct shelflife_inventory *inventory, buffer *out)
{
    static const struct shelflife_inventory_file whole;
    shelflife_buffer_init(out, SIZE_MAX);
    check(shelflife_inventory_write(inventory, &whole, append, out, NULL));
}

static void check_entries(const struct shelflife_inventory *inventory)
{
    for (size_t i = 0; i < shelflife_inventory_count(inventory); i++) {
        struct shelflife_inventory_entry entry, found;
        struct shelflife_inventory_reference seen;
        shelflife_inventory_at(inventory, i, &entry);
        check(shelflife_inventory_index(inventory, shelflife_str_of(entry.digest)) == i);
        check(shelflife_inventory_find_digest(inventory, shelflife_str_of(entry.manifest), &found));
        for (size_t k = 0; k < shelflife_inventory_reference_count(inventory, i); k++) {
            shelflife_inventory_reference_at(inventory, i, k, &seen);
            check(seen.last_seen <= entry.last_seen);
            struct shelflife_reference reference = {.name = seen.name, .tag = seen.tag};
            check(seen.tag.len == 0 || shelflife_inventory_find(inventory, &reference, &found));
            check(found.last_seen >= seen.last_seen || seen.tag.len == 0);
            reference.digest = shelflife_str_of(entry.digest);
            check(shelflife_inventory_saw(inventory, &reference) == (seen.tag.len > 0));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size};
    struct shelflife_inventory *whole = read_pieces(text, size ? size : 1), *pieces = read_pieces(text, 3);
    check(!whole == !pieces);
    if (whole) {
        buffer first, second, third;
        write_all(whole, &first);
        write_all(pieces, &second);
        check(shelflife_str_equal(shelflife_buffer_str(&first), shelflife_buffer_str(&second)));
        struct shelflife_inventory *again = read_pieces(shelflife_buffer_str(&first), 1000);
        check(again != NULL);
        write_all(again, &third);
        check(shelflife_str_equal(shelflife_buffer_str(&first), shelflife_buffer_str(&third)));
        check_entries(whole);
        shelflife_buffer_free(&first);
        shelflife_buffer_free(&second);
        shelflife_buffer_free(&third);
        shelflife_inventory_free(again);
    }
    shelflife_inventory_free(whole);
    shelflife_inventory_free(pieces);
    return 0;
}
