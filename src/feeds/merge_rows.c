#include "feeds/format.h"
#include "feeds/merge.h"
#include "feeds/merge_row.h"

#include "base/ascii.h"
#include "shelflife/catalog.h"

/* ---- the rows of a product in the catalog ---- */

struct old_row {
    str release;
    size_t index;
    struct node node;
};

struct old_rows {
    struct old_row *at; /* sorted by release; rows of the same release keep their order */
    size_t count;
    str oldest;              /* the lowest release */
    struct named_row *named; /* those with a codename, sorted by it and their release */
    size_t named_count;
};

struct named_row {
    str codename, release; /* 6 for 6.0 */
    size_t at;             /* in old_rows */
};

static int compare_old_rows(const void *a, const void *b)
{
    const struct old_row *p = a, *q = b;
    int order = shelflife_str_compare(p->release, q->release);
    return order ? order : (p->index > q->index) - (p->index < q->index);
}

static int compare_places(const void *a, const void *b)
{
    const struct old_row *p = a, *q = b;
    return (p->index > q->index) - (p->index < q->index);
}

static str without_zeros(str version)
{
    while (shelflife_str_ends(version, STR(".0")))
        version.len -= 2;
    return version;
}

static int compare_names(const struct named_row *p, const struct named_row *q)
{
    int order = shelflife_str_compare(p->codename, q->codename);
    return order ? order : shelflife_str_compare(p->release, q->release);
}

static int compare_named(const void *a, const void *b)
{
    const struct named_row *p = a, *q = b;
    int order = compare_names(p, q);
    return order ? order : (p->at > q->at) - (p->at < q->at);
}

/* Indexes the sorted rows by their codenames. */
static bool index_names(struct old_rows *old, error *err)
{
    old->named = shelflife_calloc(old->count + 1, sizeof(*old->named));
    if (!old->named)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < old->count; i++) {
        str codename = shelflife_feeds_text_at(&old->at[i].node, "codename");
        if (codename.len)
            old->named[old->named_count++] =
                (struct named_row){codename, without_zeros(old->at[i].release), i};
    }
    shelflife_sort(old->named, old->named_count, sizeof(*old->named), compare_named);
    return true;
}

static void free_old_rows(struct old_rows *old)
{
    shelflife_free(old->at);
    shelflife_free(old->named);
}

static bool collect_old_rows(const struct node *rows, struct old_rows *out, error *err)
{
    size_t count = rows->value ? shelflife_node_count(*rows) : 0;
    *out = (struct old_rows){.at = shelflife_calloc(count + 1, sizeof(*out->at)), .count = count};
    if (!out->at)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < count; i++) {
        struct old_row *row = &out->at[i];
        row->index = i;
        shelflife_node_at(rows, i, &row->node);
        row->release = shelflife_feeds_text_at(&row->node, "release");
        if (i == 0 || shelflife_version_compare(row->release, out->oldest) < 0)
            out->oldest = row->release;
    }
    shelflife_sort(out->at, count, sizeof(*out->at), compare_old_rows);
    return index_names(out, err);
}

/* The index of the first old row of a release, or of where it would be. */
static size_t find_old_row(const struct old_rows *old, str release)
{
    const struct old_row first = {.release = release};
    return shelflife_lower_bound(&first, old->at, old->count, sizeof(first), compare_old_rows);
}

static bool is_release(const struct old_rows *old, size_t i, str release)
{
    return i < old->count && shelflife_str_equal(old->at[i].release, release);
}

/* ---- rules of a publisher ---- */

/* Whether a derived end of patch is wrong: a release that was patched later, or came out later, has not ended
 * on that day. */
static bool is_refuted(const struct feeds_release *fact, shelflife_day end)
{
    return fact->latest_date > end || fact->released > end; /* NONE comes before all days */
}

/* Whether the newest release is first, and so on: a rule is about the releases k places above. */
static bool is_newest_first(const struct feeds_product *product)
{
    shelflife_day above = SHELFLIFE_DAY_NONE;
    for (size_t i = 0; i < product->release_count; i++) {
        shelflife_day day = product->releases[i].released;
        if (above != SHELFLIFE_DAY_NONE && day > above)
            return false;
        above = day == SHELFLIFE_DAY_NONE ? above : day;
    }
    return true;
}

/* If a release has no end, and its publisher patches it until the release k places above it, the end is the
   day on which that one came out. Such rules are not about long-term support. */
static bool derive_from_rule(const struct feeds_merge *m, const struct feeds_product *product, size_t k,
                             size_t i, struct feeds_release *fact)
{
    if (k == 0 || i < k || fact->lts || product->releases[i - k].released == SHELFLIFE_DAY_NONE)
        return true;
    const struct feeds_release *newer = &product->releases[i - k];
    if (is_refuted(fact, newer->released))
        return true;
    fact->end_of_patch = newer->released;
    return shelflife_arena_format(&m->facts->memory, &fact->note,
                                  "%.*sthe publisher's rule: %s patched, and %.*s was released on that day.",
                                  STR_PRINT(shelflife_feeds_derived),
                                  k == 1 ? "only the newest release is" : "only the newest releases are",
                                  STR_PRINT(newer->release)) ||
           shelflife_arena_fail(&m->facts->memory, m->err);
}

/* Paid support counts only for a release whose free support has an end. If all support has ended, then free
   support has, too. */
static bool complete(const struct feeds_merge *m, const struct feeds_product *product, size_t supported,
                     size_t i, struct feeds_release *fact)
{
    *fact = product->releases[i];
    if (!(fact->keys & FEEDS_KEY_END))
        return true;
    bool open = !fact->ended && fact->end_of_patch == SHELFLIFE_DAY_NONE;
    if (open && !derive_from_rule(m, product, supported, i, fact))
        return false;
    shelflife_day all = fact->end_of_extended_patch;
    open = open && fact->end_of_patch == SHELFLIFE_DAY_NONE;
    if (open && all != SHELFLIFE_DAY_NONE && m->as_of != SHELFLIFE_DAY_NONE && all < m->as_of &&
        !is_refuted(fact, all)) {
        fact->end_of_patch = all;
        if (!shelflife_arena_format(&m->facts->memory, &fact->note,
                                    "%.*sthe end of all support, including paid support.",
                                    STR_PRINT(shelflife_feeds_derived)))
            return shelflife_arena_fail(&m->facts->memory, m->err);
        open = false;
    }
    if (open || all <= fact->end_of_patch)
        fact->end_of_extended_patch = SHELFLIFE_DAY_NONE;
    return true;
}

/* ---- facts that hold for all variants ---- */

/* The row of a release whose version is written in another way: with the same codename, Debian 6.0 is 6. */
static size_t find_codename(const struct old_rows *old, const struct feeds_release *fact)
{
    const struct named_row wanted = {fact->codename, without_zeros(fact->release), 0};
    if (wanted.codename.len == 0)
        return old->count;
    size_t i = shelflife_lower_bound(&wanted, old->named, old->named_count, sizeof(wanted), compare_named);
    bool found = i < old->named_count && compare_names(&old->named[i], &wanted) == 0;
    return found ? old->named[i].at : old->count;
}

/* The first row of the fact's release, which may be written in another way; the number of rows if there is
   none. */
static size_t find_row(const struct old_rows *old, const struct feeds_release *fact)
{
    size_t i = find_old_row(old, fact->release);
    if (is_release(old, i, fact->release))
        return i;
    i = find_codename(old, fact);
    return i < old->count ? find_old_row(old, old->at[i].release) : i;
}

/* Releases below all rows of the catalog are not added: they are unpatched in any case, and some feeds list
   releases that never had images, with codenames that are common words. */
static bool is_too_old(const struct feeds_release *fact, const struct old_rows *old)
{
    return old->count && old->oldest.len && shelflife_version_compare(fact->release, old->oldest) < 0 &&
           find_row(old, fact) == old->count;
}

/* Whether the product has no versions in the catalog. */
static bool is_unversioned(const struct old_rows *old)
{
    return old->count && old->at[old->count - 1].release.len == 0;
}

/* Whether the releases of the feed can be rows of the product. */
static bool fits_product(const struct feeds_merge *m, const struct feeds_product *product,
                         const struct old_rows *old)
{
    if (!is_unversioned(old) || product->release_count == 1)
        return true;
    shelflife_feeds_skip(m, 0, "\"%.*s\" has releases, but not in the catalog", STR_PRINT(product->name));
    return false;
}

/* Where each fact goes. Old rows keep their order, whatever that of the feed is; a new row follows the row
   that it follows in the feed. */
struct plan {
    struct feeds_release *facts;
    size_t *next;        /* of each new row: the next new one at the same place, or SIZE_MAX */
    size_t *head, *tail; /* of each place: its first and last new row. Place 0 is before all old rows */
    size_t *of_row;      /* of each old row, in the order of the catalog: its fact, or SIZE_MAX */
    size_t place;        /* after the old row of the last fact that has one */
};

static void free_plan(struct plan *plan)
{
    shelflife_free(plan->facts);
    shelflife_free(plan->next);
}

static bool start_plan(struct plan *plan, size_t facts, size_t rows, error *err)
{
    size_t places = rows + 1, total = facts + 2 * places + rows;
    *plan = (struct plan){.facts = shelflife_calloc(facts + 1, sizeof(*plan->facts)),
                          .next = shelflife_calloc(total, sizeof(*plan->next))};
    if (!plan->facts || !plan->next) {
        shelflife_fail_memory(err);
        return false;
    }
    plan->head = plan->next + facts;
    plan->tail = plan->head + places;
    plan->of_row = plan->tail + places;
    for (size_t i = 0; i < total; i++)
        plan->next[i] = SIZE_MAX;
    return true;
}

static void plan_fact(struct plan *plan, size_t number, const struct old_rows *old)
{
    struct feeds_release *fact = &plan->facts[number];
    size_t i = find_row(old, fact);
    if (i < old->count) {
        fact->release = old->at[i].release;
        plan->place = old->at[i].index + 1;
        for (; is_release(old, i, fact->release); i++)
            if (plan->of_row[old->at[i].index] == SIZE_MAX)
                plan->of_row[old->at[i].index] = number;
        return;
    }
    size_t last = plan->tail[plan->place];
    if (last == SIZE_MAX)
        plan->head[plan->place] = number;
    else
        plan->next[last] = number;
    plan->tail[plan->place] = number;
}

static bool plan_facts(struct feeds_merge *m, const struct feeds_product *product, const struct old_rows *old,
                       struct plan *plan)
{
    size_t supported = product->supported_releases;
    if (supported && !is_newest_first(product)) {
        shelflife_feeds_skip(
            m, 0,
            "%.*s: no end is derived from the publisher's rule, because the releases are not "
            "listed from the newest to the oldest",
            STR_PRINT(product->name));
        supported = 0;
    }
    for (size_t i = 0; i < product->release_count; i++) {
        struct feeds_release *fact = &plan->facts[i];
        if (!complete(m, product, supported, i, fact))
            return false;
        if (is_unversioned(old)) {
            fact->release = (str){0};
            fact->keys &= ~(unsigned)(FEEDS_KEY_LATEST | FEEDS_KEY_LATEST_DATE);
        }
        if (!is_too_old(fact, old))
            plan_fact(plan, i, old);
    }
    return true;
}

/* Whether a row takes the newest patch of the feed. Some sources call something else the newest
   patch: 10.0.26100 is that of Windows Server 2025. Only a row with a note has such a value. */
static bool takes_latest(const struct node *row, const struct feeds_release *fact)
{
    str latest = fact->latest, release = fact->release;
    bool comparable =
        latest.len && release.len && ascii_is_digit(latest.at[0]) && ascii_is_digit(release.at[0]);
    return !comparable || shelflife_str_starts(latest, release) || shelflife_feeds_merge_has_note(row);
}

static void put_new(struct feeds_merge *m, const struct plan *plan, size_t place, const struct old_rows *old)
{
    static const struct node none;
    for (size_t i = plan->head[place]; i != SIZE_MAX; i = plan->next[i]) {
        struct feeds_release fact = plan->facts[i];
        struct feeds_merge_row row = {.fact = &fact, .release = fact.release};
        if (!takes_latest(&none, &fact))
            fact.keys &= ~(unsigned)(FEEDS_KEY_LATEST | FEEDS_KEY_LATEST_DATE);
        if (old->named_count || old->count == 0)
            row.codename = fact.codename;
        shelflife_feeds_merge_row(&m->w, &row);
    }
}

/* What the feed says about an old row, without what the row is to keep. */
static struct feeds_release fact_for(const struct plan *plan, const struct feeds_product *product,
                                     size_t number, const struct node *row)
{
    struct feeds_release fact = plan->facts[number];
    bool open = !fact.ended && fact.end_of_patch == SHELFLIFE_DAY_NONE;
    if (!takes_latest(row, &fact))
        fact.keys &= ~(unsigned)(FEEDS_KEY_LATEST | FEEDS_KEY_LATEST_DATE);
    /* That a feed does not know an end does not overrule someone who does, and says why. */
    if (open && shelflife_feeds_merge_has_note(row))
        fact.keys &= ~(unsigned)FEEDS_KEY_END;
    if (open && shelflife_feeds_has_key(row, "endOfExtendedPatch"))
        fact.end_of_extended_patch = product->releases[number].end_of_extended_patch;
    return fact;
}

static void put_planned(struct feeds_merge *m, const struct plan *plan, const struct feeds_product *product,
                        const struct old_rows *old)
{
    put_new(m, plan, 0, old);
    for (size_t i = 0; i < old->count; i++) {
        struct feeds_release fact;
        struct feeds_merge_row row = {.old = old->at[i].node, .fact = &fact};
        if (plan->of_row[i] == SIZE_MAX) {
            shelflife_feeds_format_copy(row.old, &m->w);
        } else {
            fact = fact_for(plan, product, plan->of_row[i], &row.old);
            shelflife_feeds_merge_row(&m->w, &row);
        }
        put_new(m, plan, i + 1, old);
    }
}

bool shelflife_feeds_merge_rows(struct feeds_merge *m, const struct feeds_product *product,
                                const struct node *rows)
{
    struct old_rows old CLEANUP(free_old_rows) = {0};
    struct plan plan CLEANUP(free_plan) = {0};
    if (!collect_old_rows(rows, &old, m->err))
        return false;
    bool ok = start_plan(&plan, product->release_count, old.count, m->err);
    if (ok && fits_product(m, product, &old))
        ok = plan_facts(m, product, &old, &plan);
    if (ok) {
        shelflife_sort(old.at, old.count, sizeof(*old.at), compare_places);
        shelflife_json_member_array(&m->w, "rows");
        put_planned(m, &plan, product, &old);
        shelflife_json_write_end(&m->w);
    }
    return ok;
}
