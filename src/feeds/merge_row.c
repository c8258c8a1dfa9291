#include "feeds/merge_row.h"

#include "feeds/format.h"
#include "feeds/merge.h"

const str shelflife_feeds_derived = STR_INIT("End of patch derived from ");

static void put_old(struct shelflife_json_writer *w, const struct node *old, const char *key)
{
    struct node value;
    if (!old->value || !shelflife_node_get(old, key, &value))
        return;
    shelflife_json_write_key(w, shelflife_str_of(key));
    shelflife_feeds_format_copy(value, w);
}

/* Copies `release` even if it is null. */
static void put_old_release(struct shelflife_json_writer *w, const struct node *old)
{
    struct node value;
    for (size_t i = 0; shelflife_node_at(old, i, &value); i++)
        if (shelflife_str_equal(shelflife_str_of(value.key), STR("release"))) {
            shelflife_json_write_key(w, STR("release"));
            shelflife_feeds_format_copy(value, w);
        }
}

static void put_when(struct shelflife_json_writer *w, const struct feeds_merge_row *row)
{
    struct node when, value;
    if (row->old.value || row->field_count == 0) {
        put_old(w, row->old.value ? &row->old : &row->like, "when");
        return;
    }
    bool more = row->like.value && shelflife_node_get(&row->like, "when", &when);
    shelflife_json_member_map(w, "when");
    for (size_t i = 0; more && shelflife_node_at(&when, i, &value); i++) {
        shelflife_json_write_key(w, shelflife_str_of(value.key));
        shelflife_feeds_format_copy(value, w);
    }
    for (size_t i = 0; i < row->field_count;) {
        size_t end = i + 1;
        while (end < row->field_count && shelflife_str_equal(row->fields[i].name, row->fields[end].name))
            end++;
        shelflife_json_write_key(w, row->fields[i].name);
        if (end - i > 1)
            shelflife_json_write_array(w);
        for (size_t k = i; k < end; k++)
            shelflife_json_write_string(w, row->fields[k].value);
        if (end - i > 1)
            shelflife_json_write_end(w);
        i = end;
    }
    shelflife_json_write_end(w);
}

bool shelflife_feeds_merge_has_note(const struct node *row)
{
    str note = shelflife_feeds_text_at(row, "note");
    return note.len > 0 && !shelflife_str_starts(note, shelflife_feeds_derived);
}

static void put_note(struct shelflife_json_writer *w, const struct feeds_merge_row *row)
{
    str note = shelflife_feeds_text_at(&row->old, "note"), new = row->fact->note;
    if (!(row->fact->keys & FEEDS_KEY_END) || shelflife_feeds_merge_has_note(&row->old))
        new = note;
    shelflife_json_member_optional(w, "note", new);
}

/* Writes the keys of a date or the like from the fact, if the feed has the key, or from the old row. */
static void put_days(struct shelflife_json_writer *w, const struct feeds_merge_row *row)
{
    const struct feeds_release *fact = row->fact;
    const struct {
        const char *key;
        unsigned bit;
        shelflife_day day;
    } days[] = {{"endOfPatch", FEEDS_KEY_END, fact->end_of_patch},
                {"endOfAvailability", FEEDS_KEY_AVAILABILITY, fact->end_of_availability},
                {"endOfExtendedPatch", FEEDS_KEY_EXTENDED, fact->end_of_extended_patch}};
    for (size_t i = 0; i < COUNT(days); i++)
        if (fact->keys & days[i].bit)
            shelflife_json_member_optional_day(w, days[i].key, days[i].day);
        else
            put_old(w, &row->old, days[i].key);
    if (!(fact->keys & FEEDS_KEY_END))
        put_old(w, &row->old, "ended");
    else if (fact->ended)
        shelflife_json_member_bool(w, "ended", true);
}

static void put_latest(struct shelflife_json_writer *w, const struct feeds_merge_row *row)
{
    const struct feeds_release *fact = row->fact;
    if (!(fact->keys & FEEDS_KEY_LATEST))
        put_old(w, &row->old, "latest");
    else
        shelflife_json_member_optional(w, "latest", fact->latest);
    if (!(fact->keys & FEEDS_KEY_LATEST_DATE))
        put_old(w, &row->old, "latestDate");
    else
        shelflife_json_member_optional_day(w, "latestDate", fact->latest_date);
}

void shelflife_feeds_merge_row(struct shelflife_json_writer *w, const struct feeds_merge_row *row)
{
    if (row->old.value && shelflife_feeds_has_key(&row->old, "source")) {
        shelflife_feeds_format_copy(row->old, w);
        return;
    }
    shelflife_json_write_map(w);
    if (row->old.value)
        put_old_release(w, &row->old);
    else
        shelflife_json_member_optional(w, "release", row->release);
    put_old(w, row->old.value ? &row->old : &row->like, "is");
    if (!row->old.value && row->spelling.len) {
        shelflife_json_member_array(w, "is");
        shelflife_json_write_string(w, row->spelling);
        shelflife_json_write_end(w);
    }
    put_old(w, &row->old, "codename");
    shelflife_json_member_optional(w, "codename", row->codename);
    put_when(w, row);
    put_days(w, row);
    if (!(row->fact->keys & FEEDS_KEY_LTS))
        put_old(w, &row->old, "lts");
    else if (row->fact->lts)
        shelflife_json_member_bool(w, "lts", true);
    put_old(w, &row->old, "numbers");
    put_latest(w, row);
    put_old(w, &row->old, "digests");
    put_old(w, &row->old, "movedTo");
    put_note(w, row);
    shelflife_json_write_end(w);
}
