#include "feeds/disagree.h"

#include "feeds/rows.h"
#include "shelflife/catalog.h"

enum { PER_RELEASE_MAX = 64 /* rows of a release that are compared */, TEXT_MAX = 1024 };

static bool report(const struct feeds_dated_row *a, const struct feeds_dated_row *b, enum feeds_date date,
                   struct shelflife_feeds_findings *findings, error *err)
{
    char problem[TEXT_MAX];
    snprintf(problem, sizeof(problem), "%.*s %.*s: %s is %.*s here, and %.*s in %s, %.*s",
             STR_PRINT(a->product), STR_PRINT(a->release), shelflife_feeds_rows_keys[date],
             STR_PRINT(a->dates[date]), STR_PRINT(b->dates[date]), b->origin, STR_PRINT(b->path));
    const struct shelflife_feeds_finding new = {
        .file = shelflife_str_of(a->origin),
        .path = a->path,
        .problem = shelflife_str_of(problem),
        .suggestion = STR("find out which one is right, and say so in a `note`"),
        .remark = true};
    return shelflife_feeds_findings_add(findings, &new, err);
}

static bool compare_pair(const struct feeds_dated_row *a, const struct feeds_dated_row *b,
                         struct shelflife_feeds_findings *findings, error *err)
{
    if (a->catalog == b->catalog || (a->publishes && b->publishes) || a->explained || b->explained)
        return true;
    for (enum feeds_date i = 0; i < FEEDS_DATES; i++)
        if (a->dates[i].len && b->dates[i].len && !shelflife_str_equal(a->dates[i], b->dates[i]) &&
            !report(a, b, i, findings, err))
            return false;
    return true;
}

static bool compare_all(const struct feeds_dated_rows *rows, struct shelflife_feeds_findings *findings,
                        error *err)
{
    for (size_t from = 0, to; from < rows->count; from = to) {
        to = shelflife_feeds_rows_next(rows, from);
        size_t most = to - from < PER_RELEASE_MAX ? to : from + PER_RELEASE_MAX;
        for (size_t i = from; i < most; i++)
            for (size_t k = i + 1; k < most; k++)
                if (!compare_pair(&rows->at[i], &rows->at[k], findings, err))
                    return false;
    }
    return true;
}

/* Sets *loads. Fails without memory. */
static bool try_load(const struct shelflife_feeds_named_catalog *catalog, bool *loads, error *err)
{
    error why = {0};
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    *loads = set && shelflife_catalogs_add(set, catalog->bytes, catalog->origin, &why);
    bool ok = set && why.kind != SHELFLIFE_ERROR_MEMORY;
    shelflife_catalogs_free(set);
    return ok || shelflife_fail_memory(err);
}

bool shelflife_feeds_disagree(const struct shelflife_feeds_named_catalog *catalogs, size_t count,
                              struct shelflife_feeds_findings *findings, error *err)
{
    CLEANUP(shelflife_feeds_rows_free) struct feeds_dated_rows rows;
    shelflife_feeds_rows_init(&rows);
    for (size_t i = 0; i < count; i++) {
        bool loads;
        if (!try_load(&catalogs[i], &loads, err) ||
            (loads && !shelflife_feeds_rows_add(&rows, catalogs[i].bytes, catalogs[i].origin, i, err)))
            return false;
    }
    shelflife_feeds_rows_sort(&rows);
    return compare_all(&rows, findings, err);
}
