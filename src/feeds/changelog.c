#include "feeds/changelog.h"

#include "feeds/facts.h"
#include "json/document.h"

/* What a difference is, in the order of the list. What is only counted comes last. */
enum kind {
    KIND_NEW_PRODUCT,
    KIND_NEW_RELEASE,
    KIND_DATE,
    KIND_ENDED,
    KIND_REMOVED_RELEASE,
    KIND_REMOVED_PRODUCT,
    KIND_LISTED, /* the number of kinds that are listed */
    KIND_LATEST = KIND_LISTED,
    KIND_OTHER,
    KIND_EDITION, /* the serial and the day, which the heading has */
    KINDS,
};

static const struct {
    const char *key, *words;
    enum kind kind;
} keys[] = {
    {"endOfPatch", "end of patch", KIND_DATE},
    {"endOfAvailability", "end of availability", KIND_DATE},
    {"endOfExtendedPatch", "end of extended support", KIND_DATE},
    {"ended", "ended", KIND_ENDED},
    {"latest", "", KIND_LATEST},
    {"latestDate", "", KIND_LATEST},
};

static size_t key_of(const struct shelflife_feeds_difference *d)
{
    size_t i = 0;
    while (i < COUNT(keys) && !shelflife_str_equal(d->key, shelflife_str_of(keys[i].key)))
        i++;
    return i;
}

static enum kind kind_of(const struct shelflife_feeds_difference *d)
{
    size_t key = key_of(d);
    if (!d->product.len) {
        bool edition = shelflife_str_equal(d->key, STR("serial")) || shelflife_str_equal(d->key, STR("asOf"));
        return edition ? KIND_EDITION : KIND_OTHER;
    }
    if (!d->key.len && !d->release.len)
        return d->before.len ? KIND_REMOVED_PRODUCT : KIND_NEW_PRODUCT;
    if (!d->key.len)
        return d->before.len ? KIND_REMOVED_RELEASE : KIND_NEW_RELEASE;
    return d->release.len && key < COUNT(keys) ? keys[key].kind : KIND_OTHER;
}

/* A new row's dates: ", end of patch 2027-01-01". */
static bool put_dates(str row, buffer *out, error *err)
{
    struct node day;
    CLEANUP(cleanup_document)
    struct shelflife_document *document = shelflife_document_read(row, "the new row", err);
    if (!document)
        return false;
    struct node root = shelflife_document_root(document);
    for (size_t i = 0; i < COUNT(keys); i++) {
        str text = {0};
        if (keys[i].kind != KIND_DATE || !shelflife_node_get(&root, keys[i].key, &day))
            continue;
        if (!shelflife_node_string(day, &text, err))
            return false;
        shelflife_buffer_format(out, ", %s %.*s", keys[i].words, STR_PRINT(text));
    }
    if (shelflife_node_get(&root, "ended", &day))
        shelflife_buffer_append(out, STR(", ended"));
    return true;
}

static void put_release(const struct shelflife_feeds_difference *d, buffer *out)
{
    shelflife_buffer_format(out, "%.*s%s%.*s", STR_PRINT(d->product), d->release.len ? " " : "",
                            STR_PRINT(d->release));
}

static void put_change(const struct shelflife_feeds_difference *d, buffer *out)
{
    static const str none = STR_INIT("none");
    put_release(d, out);
    shelflife_buffer_format(out, ": %s %.*s -> %.*s", keys[key_of(d)].words,
                            STR_PRINT(d->before.len ? d->before : none),
                            STR_PRINT(d->after.len ? d->after : none));
}

static bool put_item(enum kind kind, const struct shelflife_feeds_difference *d, buffer *out, error *err)
{
    static const char *const heads[KIND_LISTED] = {"new product: ", "new release: ",    "", "",
                                                   "removed: ",     "removed product: "};
    shelflife_buffer_format(out, "- %s", heads[kind]);
    if (kind == KIND_DATE) {
        put_change(d, out);
    } else {
        put_release(d, out);
        if (kind == KIND_ENDED)
            shelflife_buffer_append(out, d->after.len ? STR(": ended, on a day that its source does not name")
                                                      : STR(": no longer marked as ended"));
        if (kind == KIND_NEW_RELEASE && !put_dates(d->after, out, err))
            return false;
    }
    shelflife_buffer_byte(out, '\n');
    return true;
}

static void put_count(size_t count, const char *one, const char *several, buffer *out)
{
    if (count)
        shelflife_buffer_format(out, "- %zu %s\n", count, count == 1 ? one : several);
}

static bool put_head(str catalog, const char *origin, buffer *out, error *err)
{
    struct node serial;
    int64_t number = 0;
    CLEANUP(cleanup_document)
    struct shelflife_document *document = shelflife_document_read(catalog, origin, err);
    if (!document)
        return false;
    struct node root = shelflife_document_root(document);
    str name = shelflife_feeds_text_at(&root, "name"), day = shelflife_feeds_text_at(&root, "asOf");
    if (shelflife_node_get(&root, "serial", &serial))
        shelflife_node_integer(serial, 0, INT64_MAX, &number, NULL);
    shelflife_buffer_format(out, "## %.*s %lld, as of %.*s\n\n", STR_PRINT(name), (long long)number,
                            STR_PRINT(day));
    return true;
}

bool shelflife_feeds_changelog_write(str after, const char *after_origin,
                                     const struct shelflife_feeds_differences *differences, buffer *out,
                                     error *err)
{
    size_t counts[KINDS] = {0}, patches = 0;
    if (!put_head(after, after_origin, out, err))
        return false;
    for (size_t i = 0; i < differences->count; i++) {
        const struct shelflife_feeds_difference *d = &differences->at[i];
        counts[kind_of(d)]++;
        patches += shelflife_str_equal(d->key, STR("latest"));
    }
    for (enum kind kind = 0; kind < KIND_LISTED; kind++)
        for (size_t i = 0; counts[kind] && i < differences->count; i++)
            if (kind_of(&differences->at[i]) == kind && !put_item(kind, &differences->at[i], out, err))
                return false;
    put_count(patches, "newest patch", "newest patches", out);
    put_count(counts[KIND_OTHER], "other change", "other changes", out);
    if (differences->count == counts[KIND_EDITION])
        shelflife_buffer_append(out, STR("- checked; nothing has changed\n"));
    return !out->failed || shelflife_fail_memory(err);
}

void shelflife_feeds_changelog_insert(str changelog, str entry, buffer *out)
{
    static const str title = STR_INIT("# Changelog of the catalogs\n\n"), head = STR_INIT("## ");
    size_t place = 0;
    if (shelflife_str_trim(changelog).len == 0)
        changelog = title;
    while (place < changelog.len && !shelflife_str_starts(shelflife_str_after(changelog, place), head)) {
        size_t line = shelflife_str_find(shelflife_str_after(changelog, place), '\n');
        place = line == SIZE_MAX ? changelog.len : place + line + 1;
    }
    str before = shelflife_str_first(changelog, place), after = shelflife_str_after(changelog, place);
    shelflife_buffer_append(out, before);
    if (before.len && before.at[before.len - 1] != '\n')
        shelflife_buffer_append(out, STR("\n\n"));
    shelflife_buffer_append(out, entry);
    if (after.len)
        shelflife_buffer_byte(out, '\n');
    shelflife_buffer_append(out, after);
}
