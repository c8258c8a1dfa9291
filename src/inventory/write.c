/* Writes an inventory as a file. */
#include "inventory/internal.h"

#include <inttypes.h>
#include <stdio.h>

#include "shelflife/json.h"

enum {
    PIECE_BYTES = 64 * 1024,
    LINE_MAX_BYTES = 256 * 1024 * 1024, /* of one entry: it may have any number of references */
};

struct writing {
    const struct shelflife_inventory *inventory;
    shelflife_inventory_sink *sink;
    void *context;
    buffer out, line;
    struct shelflife_json_writer writer; /* into `out` */
    error *err;
};

static bool flush(struct writing *w, size_t at_least)
{
    if (w->out.failed)
        return shelflife_fail_memory(w->err);
    if (w->out.len < at_least)
        return true;
    bool taken = w->sink(w->context, shelflife_buffer_str(&w->out), w->err);
    shelflife_buffer_reset(&w->out);
    return taken;
}

static void write_references(const struct shelflife_inventory *inventory, size_t i,
                             struct shelflife_json_writer *w)
{
    size_t count = shelflife_inventory_reference_count(inventory, i);
    if (count == 0)
        return;
    shelflife_json_member_array(w, "references");
    for (size_t k = 0; k < count; k++) {
        struct shelflife_inventory_reference reference;
        char name[SHELFLIFE_REFERENCE_MAX + 2];
        shelflife_inventory_reference_at(inventory, i, k, &reference);
        char *end = shelflife_copy(name, reference.name.at, reference.name.len);
        if (reference.tag.len) {
            *end++ = ':';
            end = shelflife_copy(end, reference.tag.at, reference.tag.len);
        }
        shelflife_json_write_map(w);
        shelflife_json_member_string(w, "name", (str){name, (size_t)(end - name)});
        shelflife_json_member_day(w, "lastSeen", reference.last_seen);
        shelflife_json_write_end(w);
    }
    shelflife_json_write_end(w);
}

static void write_evidence(const struct shelflife_evidence_list *list, struct shelflife_json_writer *w)
{
    static const char *const keys[] = {[SHELFLIFE_EVIDENCE_ENV] = "env",
                                       [SHELFLIFE_EVIDENCE_LABEL] = "labels",
                                       [SHELFLIFE_EVIDENCE_HISTORY] = "history",
                                       [SHELFLIFE_EVIDENCE_ANNOTATION] = "annotations"};
    if (list->count == 0)
        return;
    shelflife_json_member_map(w, "evidence");
    for (size_t i = 0; i < list->count;) {
        enum shelflife_evidence_kind kind = list->at[i].kind;
        bool named = kind != SHELFLIFE_EVIDENCE_HISTORY;
        if (named)
            shelflife_json_member_map(w, keys[kind]);
        else
            shelflife_json_member_array(w, keys[kind]);
        for (; i < list->count && list->at[i].kind == kind; i++) {
            if (named)
                shelflife_json_write_key(w, list->at[i].name);
            shelflife_json_write_string(w, list->at[i].value);
        }
        shelflife_json_write_end(w);
    }
    shelflife_json_write_end(w);
}

static void write_base(const struct shelflife_inventory_entry *entry, struct shelflife_json_writer *w)
{
    if (entry->base_name.len == 0 && entry->base_digest.len == 0)
        return;
    shelflife_json_member_map(w, "base");
    shelflife_json_member_optional(w, "name", entry->base_name);
    shelflife_json_member_optional(w, "digest", entry->base_digest);
    shelflife_json_write_end(w);
}

static bool write_entry(struct writing *w, size_t i)
{
    struct shelflife_inventory_entry entry;
    struct shelflife_json_writer line;
    char rules[sizeof("0123456789abcdef")];
    shelflife_inventory_at(w->inventory, i, &entry);
    shelflife_buffer_reset(&w->line);
    shelflife_buffer_byte(&w->line, '\n');
    shelflife_json_writer_init(&line, &w->line);
    shelflife_json_write_map(&line);
    shelflife_json_member_text(&line, "digest", entry.digest);
    if (!shelflife_str_equal(shelflife_str_of(entry.digest), shelflife_str_of(entry.manifest)))
        shelflife_json_member_text(&line, "manifest", entry.manifest);
    shelflife_json_member_optional(&line, "platform", entry.platform);
    shelflife_json_member_day(&line, "inspected", entry.inspected);
    snprintf(rules, sizeof(rules), "%016" PRIx64, entry.rules);
    if (entry.rules)
        shelflife_json_member_text(&line, "rules", rules);
    write_references(w->inventory, i, &line);
    write_evidence(&entry.evidence, &line);
    write_base(&entry, &line);
    shelflife_json_member_optional_day(&line, "snapshot", entry.snapshot);
    if (entry.outdated)
        shelflife_json_member_bool(&line, "outdated", true);
    shelflife_json_write_end(&line);
    if (w->line.failed)
        return shelflife_fail_memory(w->err);
    shelflife_json_write_raw(&w->writer, shelflife_buffer_str(&w->line));
    return flush(w, PIECE_BYTES);
}

static void write_head(struct writing *w, const struct shelflife_inventory_file *file)
{
    char edition[SHELFLIFE_TIME_TEXT_MAX + 1];
    shelflife_day as_of = file->as_of && file->as_of != SHELFLIFE_DAY_NONE
                              ? file->as_of
                              : shelflife_inventory_as_of(w->inventory);
    shelflife_json_write_map(&w->writer);
    shelflife_json_member_text(&w->writer, "apiVersion", "shelflife.dev/v1");
    shelflife_json_member_text(&w->writer, "kind", "Inventory");
    shelflife_json_member_optional_day(&w->writer, "asOf", as_of);
    if (file->part_count) {
        size_t len = shelflife_time_format(file->edition, 'T', edition);
        edition[len++] = 'Z';
        shelflife_json_member_map(&w->writer, "part");
        shelflife_json_member_string(&w->writer, "edition", (str){edition, len});
        shelflife_json_member_integer(&w->writer, "index", file->part_index);
        shelflife_json_member_integer(&w->writer, "count", file->part_count);
        shelflife_json_write_end(&w->writer);
    }
    shelflife_json_member_array(&w->writer, "images");
}

static void end_writing(struct writing *w)
{
    shelflife_buffer_free(&w->out);
    shelflife_buffer_free(&w->line);
}

bool shelflife_inventory_write(const struct shelflife_inventory *inventory,
                               const struct shelflife_inventory_file *file, shelflife_inventory_sink *sink,
                               void *context, error *err)
{
    CLEANUP(end_writing)
    struct writing w = {.inventory = inventory, .sink = sink, .context = context, .err = err};
    size_t count = shelflife_inventory_count(inventory);
    size_t first = file->part_count ? file->first : 0, entries = file->part_count ? file->entries : count;
    if (first > count || entries > count - first)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "the inventory has only %zu entries", count);
    shelflife_buffer_init(&w.out, PIECE_BYTES + LINE_MAX_BYTES);
    shelflife_buffer_init(&w.line, LINE_MAX_BYTES);
    shelflife_json_writer_init(&w.writer, &w.out);
    write_head(&w, file);
    for (size_t i = 0; i < entries; i++)
        if (!write_entry(&w, first + i))
            return false;
    if (entries > 0)
        shelflife_buffer_byte(&w.out, '\n');
    shelflife_json_write_end(&w.writer);
    shelflife_json_write_end(&w.writer);
    shelflife_buffer_byte(&w.out, '\n');
    return flush(&w, 1);
}
