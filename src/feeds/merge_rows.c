#include "feeds/format.h"
#include "feeds/merge.h"
#include "feeds/place.h"

#include "base/ascii.h"
#include "shelflife/catalog.h"

/* ---- one row ---- */

/* How a note begins that explains a derived day. The importer writes, replaces and removes such notes. */
static const str derived = STR_INIT("End of patch derived from ");

/* A row to be written. */
struct row {
    struct node old; /* value NULL: a new row */
    const struct feeds_release *fact;
    str release, spelling, codename;  /* of a new row */
    struct node like;                 /* of a new row: an old one whose `is` and `when` it has, too */
    const struct feeds_field *fields; /* of a new row: further conditions; several of one name are a list */
    size_t field_count;
};

static void put_old(struct shelflife_json_writer *w, const struct node *old, const char *key)
{
    struct node value;
    if (!old->value || !shelflife_node_get(old, key, &value))
        return;
    shelflife_json_write_key(w, shelflife_str_of(key));
    shelflife_feeds_format_copy(value, w);
}

static bool has_key(const struct node *map, const char *key)
{
    struct node node;
    return shelflife_node_get(map, key, &node);
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

static void put_when(struct shelflife_json_writer *w, const struct row *row)
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

static void put_note(struct shelflife_json_writer *w, const struct row *row)
{
    str note = shelflife_feeds_text_at(&row->old, "note"), new = row->fact->note;
    bool ours = note.len == 0 || shelflife_str_starts(note, derived);
    if (!(row->fact->keys & FEEDS_KEY_END) || !ours)
        new = note;
    shelflife_json_member_optional(w, "note", new);
}

/* Writes the keys of a date or the like from the fact, if the feed has the key, or from the old row. */
static void put_days(struct shelflife_json_writer *w, const struct row *row)
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

static void put_latest(struct shelflife_json_writer *w, const struct row *row)
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

/* Writes a row, its keys in the order of the schema. A row that names a source of its own has its dates from
   there, and not from the feed. */
static void put_row(struct shelflife_json_writer *w, const struct row *row)
{
    if (row->old.value && has_key(&row->old, "source")) {
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
    put_old(w, &row->old, "source");
    put_note(w, row);
    shelflife_json_write_end(w);
}

/* ---- the rows of a product in the catalog ---- */

struct old_row {
    str release;
    size_t index;
    struct node node;
};

struct old_rows {
    struct old_row *at; /* sorted by release; rows of the same release keep their order */
    size_t count;
    bool codenames; /* at least one row has a codename */
    str oldest;     /* the lowest release */
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

static bool collect_old_rows(const struct node *rows, struct old_rows *out, error *err)
{
    size_t count = rows->value ? shelflife_node_count(*rows) : 0;
    *out = (struct old_rows){.at = shelflife_calloc(count + 1, sizeof(*out->at)), .count = count};
    if (!out->at)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < count; i++) {
        struct node codename;
        struct old_row *row = &out->at[i];
        row->index = i;
        shelflife_node_at(rows, i, &row->node);
        row->release = shelflife_feeds_text_at(&row->node, "release");
        out->codenames = out->codenames || shelflife_node_get(&row->node, "codename", &codename);
        if (i == 0 || shelflife_version_compare(row->release, out->oldest) < 0)
            out->oldest = row->release;
    }
    shelflife_sort(out->at, count, sizeof(*out->at), compare_old_rows);
    return true;
}

/* The index of the first old row of a release; the number of rows if there is none. */
static size_t find_old_row(const struct old_rows *old, str release)
{
    size_t low = 0, high = old->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (shelflife_str_compare(old->at[middle].release, release) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_release(const struct old_rows *old, size_t i, str release)
{
    return i < old->count && shelflife_str_equal(old->at[i].release, release);
}

/* ---- rules of a publisher ---- */

/* Whether a derived end of patch is wrong: a release that was patched later has not ended on that day. */
static bool is_refuted(const struct feeds_release *fact, shelflife_day end)
{
    return fact->latest_date != SHELFLIFE_DAY_NONE && fact->latest_date > end;
}

/* If a release has no end, and its publisher patches it until the release k places above it, the end is the
   day on which that one came out. Such rules are not about long-term support. */
static bool derive_from_rule(const struct feeds_merge *m, const struct feeds_product *product, size_t i,
                             struct feeds_release *fact)
{
    size_t k = product->supported_releases;
    if (k == 0 || i < k || fact->lts || product->releases[i - k].released == SHELFLIFE_DAY_NONE)
        return true;
    const struct feeds_release *newer = &product->releases[i - k];
    if (is_refuted(fact, newer->released))
        return true;
    fact->end_of_patch = newer->released;
    return shelflife_arena_format(&m->facts->memory, &fact->note,
                                  "%.*sthe publisher's rule: %s patched, and %.*s was released on that day.",
                                  STR_PRINT(derived),
                                  k == 1 ? "only the newest release is" : "only the newest releases are",
                                  STR_PRINT(newer->release)) ||
           shelflife_arena_fail(&m->facts->memory, m->err);
}

/* Paid support counts only for a release whose free support has an end. If all support has ended, then free
   support has, too. */
static bool complete(const struct feeds_merge *m, const struct feeds_product *product, size_t i,
                     struct feeds_release *fact)
{
    *fact = product->releases[i];
    if (!(fact->keys & FEEDS_KEY_END))
        return true;
    bool open = !fact->ended && fact->end_of_patch == SHELFLIFE_DAY_NONE;
    if (open && !derive_from_rule(m, product, i, fact))
        return false;
    shelflife_day all = fact->end_of_extended_patch;
    open = open && fact->end_of_patch == SHELFLIFE_DAY_NONE;
    if (open && all != SHELFLIFE_DAY_NONE && m->as_of != SHELFLIFE_DAY_NONE && all < m->as_of &&
        !is_refuted(fact, all)) {
        fact->end_of_patch = all;
        if (!shelflife_arena_format(&m->facts->memory, &fact->note,
                                    "%.*sthe end of all support, including paid support.",
                                    STR_PRINT(derived)))
            return shelflife_arena_fail(&m->facts->memory, m->err);
        open = false;
    }
    if (open || all <= fact->end_of_patch)
        fact->end_of_extended_patch = SHELFLIFE_DAY_NONE;
    return true;
}

/* ---- facts that hold for all variants ---- */

static str without_zeros(str version)
{
    while (shelflife_str_ends(version, STR(".0")))
        version.len -= 2;
    return version;
}

/* The row of a release whose version is written in another way: with the same codename, Debian 6.0 is 6. */
static size_t find_codename(const struct old_rows *old, const struct feeds_release *fact)
{
    for (size_t i = 0; fact->codename.len && i < old->count; i++)
        if (shelflife_str_equal(without_zeros(old->at[i].release), without_zeros(fact->release)) &&
            shelflife_str_equal(shelflife_feeds_text_at(&old->at[i].node, "codename"), fact->codename))
            return i;
    return old->count;
}

/* Releases below all rows of the catalog are not added: they are unpatched in any case, and some feeds list
   releases that never had images, with codenames that are common words. */
static bool is_too_old(const struct feeds_release *fact, const struct old_rows *old)
{
    return old->count && old->oldest.len && shelflife_version_compare(fact->release, old->oldest) < 0 &&
           !is_release(old, find_old_row(old, fact->release), fact->release) &&
           find_codename(old, fact) == old->count;
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
    size_t i = find_old_row(old, fact->release);
    if (!is_release(old, i, fact->release) && find_codename(old, fact) < old->count) {
        fact->release = old->at[find_codename(old, fact)].release;
        i = find_old_row(old, fact->release);
    }
    if (is_release(old, i, fact->release)) {
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
    for (size_t i = 0; i < product->release_count; i++) {
        struct feeds_release *fact = &plan->facts[i];
        if (!complete(m, product, i, fact))
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
    return !comparable || shelflife_str_starts(latest, release) || shelflife_feeds_text_at(row, "note").len;
}

static void put_new(struct feeds_merge *m, const struct plan *plan, size_t place, const struct old_rows *old)
{
    static const struct node none;
    for (size_t i = plan->head[place]; i != SIZE_MAX; i = plan->next[i]) {
        struct feeds_release fact = plan->facts[i];
        struct row row = {.fact = &fact, .release = fact.release};
        if (!takes_latest(&none, &fact))
            fact.keys &= ~(unsigned)(FEEDS_KEY_LATEST | FEEDS_KEY_LATEST_DATE);
        if (old->codenames || old->count == 0)
            row.codename = fact.codename;
        put_row(&m->w, &row);
    }
}

/* What the feed says about an old row, without what the row is to keep. */
static struct feeds_release fact_for(const struct plan *plan, const struct feeds_product *product,
                                     size_t number, const struct node *row)
{
    struct feeds_release fact = plan->facts[number];
    str note = shelflife_feeds_text_at(row, "note");
    bool open = !fact.ended && fact.end_of_patch == SHELFLIFE_DAY_NONE;
    if (!takes_latest(row, &fact))
        fact.keys &= ~(unsigned)(FEEDS_KEY_LATEST | FEEDS_KEY_LATEST_DATE);
    /* That a feed does not know an end does not overrule someone who does, and says why. */
    if (open && note.len && !shelflife_str_starts(note, derived))
        fact.keys &= ~(unsigned)FEEDS_KEY_END;
    if (open && has_key(row, "endOfExtendedPatch"))
        fact.end_of_extended_patch = product->releases[number].end_of_extended_patch;
    return fact;
}

static void put_planned(struct feeds_merge *m, const struct plan *plan, const struct feeds_product *product,
                        const struct old_rows *old)
{
    put_new(m, plan, 0, old);
    for (size_t i = 0; i < old->count; i++) {
        struct feeds_release fact;
        struct row row = {.old = old->at[i].node, .fact = &fact};
        if (plan->of_row[i] == SIZE_MAX) {
            shelflife_feeds_format_copy(row.old, &m->w);
        } else {
            fact = fact_for(plan, product, plan->of_row[i], &row.old);
            put_row(&m->w, &row);
        }
        put_new(m, plan, i + 1, old);
    }
}

bool shelflife_feeds_merge_rows(struct feeds_merge *m, const struct feeds_product *product,
                                const struct node *rows)
{
    struct old_rows old;
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
    shelflife_free(old.at);
    return ok;
}

/* ---- facts about variants ---- */

/* A fact and a row that describes what it is about. */
struct pair {
    size_t row; /* in the catalog; for a new row, the number of the group */
    const struct feeds_placed *placed;
};

struct pairs {
    struct pair *at;
    size_t count, capacity;
};

enum { GROUPS_MAX = 1000 };

/* Everything about the product that is being written. */
struct variants {
    struct feeds_merge *m;
    const struct node *rows;
    struct pairs known, new;
    const struct feeds_placed *groups[GROUPS_MAX]; /* the first fact of each new row */
    size_t group_count;
    size_t numbers;             /* in all releases of the rows; 0 if they differ */
    str keys[FEEDS_FIELDS_MAX]; /* the fields that usually distinguish the rows */
    size_t key_count;
};

static bool add_pair(struct pairs *pairs, size_t row, const struct feeds_placed *placed, error *err)
{
    if (!shelflife_grow(&pairs->at, &pairs->capacity, pairs->count + 1, sizeof(*pairs->at)))
        return shelflife_fail_memory(err);
    pairs->at[pairs->count++] = (struct pair){row, placed};
    return true;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;
    if (p->row != q->row)
        return p->row < q->row ? -1 : 1;
    return (p->placed > q->placed) - (p->placed < q->placed);
}

/* The fields that at least half of the product's rows have in `when`. */
static void find_keys(struct variants *v)
{
    struct node row, when, value;
    size_t counts[FEEDS_FIELDS_MAX] = {0}, total = shelflife_node_count(*v->rows);
    str names[FEEDS_FIELDS_MAX];
    size_t count = 0;
    for (size_t r = 0; shelflife_node_at(v->rows, r, &row); r++) {
        if (!shelflife_node_get(&row, "when", &when))
            continue;
        for (size_t i = 0; shelflife_node_at(&when, i, &value); i++) {
            size_t k = 0;
            while (k < count && !shelflife_str_equal(names[k], shelflife_str_of(value.key)))
                k++;
            if (k == count && count < FEEDS_FIELDS_MAX)
                names[count++] = shelflife_str_of(value.key);
            if (k < count)
                counts[k]++;
        }
    }
    for (size_t k = 0; k < count; k++)
        if (counts[k] * 2 >= total)
            v->keys[v->key_count++] = names[k];
}

/* The count of numbers in a version such as 12.9.1; 0 if it is not made of numbers and dots only. */
static size_t count_numbers(str version)
{
    size_t count = 1;
    for (size_t i = 0; i < version.len; i++)
        if (version.at[i] == '.')
            count++;
        else if (!ascii_is_digit(version.at[i]))
            return 0;
    return version.len ? count : 0;
}

static void find_numbers(struct variants *v)
{
    struct node row;
    for (size_t i = 0; shelflife_node_at(v->rows, i, &row); i++) {
        size_t count = count_numbers(shelflife_feeds_text_at(&row, "release"));
        v->numbers = i == 0 || count == v->numbers ? count : 0;
        if (v->numbers == 0)
            return;
    }
}

/* The release of a new row: as many numbers as all other rows have. */
static str cut_release(const struct variants *v, str release)
{
    size_t seen = 0;
    if (v->numbers == 0 || count_numbers(release) <= v->numbers)
        return release;
    for (size_t i = 0; i < release.len; i++)
        if (release.at[i] == '.' && ++seen == v->numbers)
            return shelflife_str_first(release, i);
    return release;
}

static bool has_field(const struct feeds_placed *placed, str name)
{
    for (size_t i = 0; i < placed->field_count; i++)
        if (shelflife_str_equal(placed->fields[i].name, name))
            return true;
    return false;
}

/* Whether references with this version find the release without another spelling. */
static bool finds(str release, str version)
{
    return shelflife_str_starts(version, release) &&
           (version.len == release.len || !ascii_is_alphanumeric(version.at[release.len]));
}

/* Whether a version is the release without its separators: 124 is 12.4. */
static bool is_run_together(str release, str version)
{
    size_t k = 0;
    for (size_t i = 0; i < release.len; i++) {
        if (!ascii_is_alphanumeric(release.at[i]))
            continue;
        if (k == version.len || version.at[k++] != release.at[i])
            return false;
    }
    return k == version.len && k < release.len;
}

/* The other spelling that a new row needs for an image. *agrees is false if the image is of another release
   than the feed says. */
static str spelling_of(const struct variants *v, const struct feeds_placed *placed, bool *agrees)
{
    str release = cut_release(v, placed->fact->release);
    bool plain = placed->version.len == 0 || finds(release, placed->version);
    *agrees = plain || is_run_together(release, placed->version);
    return plain ? (str){0} : placed->version;
}

/* Whether two facts belong to one new row. */
static bool is_same_group(const struct variants *v, const struct feeds_placed *a,
                          const struct feeds_placed *b)
{
    bool agrees;
    if (!shelflife_str_equal(cut_release(v, a->fact->release), cut_release(v, b->fact->release)) ||
        !shelflife_str_equal(spelling_of(v, a, &agrees), spelling_of(v, b, &agrees)))
        return false;
    for (size_t k = 0; k < v->key_count; k++)
        if (has_field(a, v->keys[k]) != has_field(b, v->keys[k]) ||
            !shelflife_str_equal(shelflife_feeds_place_field(a, v->keys[k]),
                                 shelflife_feeds_place_field(b, v->keys[k])))
            return false;
    return true;
}

static bool add_new(struct variants *v, const struct feeds_placed *placed)
{
    /* Without an image, it is not known which variant a new row describes. */
    bool known = placed->fact->images.len > 0 || v->key_count == 0;
    if (placed->optional)
        return true;
    if (!known || placed->fact->release.len == 0) {
        shelflife_feeds_skip(v->m, placed->fact->line,
                             "release %.*s is not in the catalog, and the feed does not name its images",
                             STR_PRINT(placed->fact->release));
        return true;
    }
    bool agrees;
    spelling_of(v, placed, &agrees);
    if (!agrees) {
        shelflife_feeds_skip(v->m, placed->fact->line, "it names release %.*s and an image of %.*s",
                             STR_PRINT(placed->fact->release), STR_PRINT(placed->version));
        return true;
    }
    size_t group = 0;
    while (group < v->group_count && !is_same_group(v, v->groups[group], placed))
        group++;
    if (group == GROUPS_MAX)
        return shelflife_fail(v->m->err, SHELFLIFE_ERROR_LIMIT,
                              "%s: it has more than %d new releases of a product", v->m->feed->origin,
                              GROUPS_MAX);
    if (group == v->group_count)
        v->groups[v->group_count++] = placed;
    return add_pair(&v->new, group, placed, v->m->err);
}

/* Finds the rows that describe the fact most exactly. */
static bool pair_up(struct variants *v, const struct feeds_placed *placed)
{
    struct node row;
    unsigned best = 0;
    for (size_t i = 0; shelflife_node_at(v->rows, i, &row); i++) {
        unsigned fits = shelflife_feeds_place_fits(&row, placed);
        best = fits > best ? fits : best;
    }
    for (size_t i = 0; best && shelflife_node_at(v->rows, i, &row); i++)
        if (shelflife_feeds_place_fits(&row, placed) == best && !add_pair(&v->known, i, placed, v->m->err))
            return false;
    return best || add_new(v, placed);
}

enum { TOGETHER_MAX = 64 }; /* facts that one row describes */

static bool is_same_dates(const struct feeds_release *a, const struct feeds_release *b)
{
    return a->end_of_patch == b->end_of_patch && a->end_of_availability == b->end_of_availability &&
           a->ended == b->ended;
}

static shelflife_day later(shelflife_day a, shelflife_day b)
{
    if (a == SHELFLIFE_DAY_NONE || b == SHELFLIFE_DAY_NONE)
        return SHELFLIFE_DAY_NONE;
    return a > b ? a : b;
}

/* The latest of all dates: what holds for an image that no other row describes. With `like`, only of the
   facts that have the same dates as that one. */
static struct feeds_release combine(const struct pair *pairs, size_t count, const struct feeds_release *like)
{
    struct feeds_release all = {0};
    bool begun = false;
    for (size_t i = 0; i < count; i++) {
        const struct feeds_release *one = pairs[i].placed->fact;
        if (like && !is_same_dates(one, like))
            continue;
        if (!begun) {
            all = *one;
            begun = true;
            continue;
        }
        if (all.ended != one->ended)
            all.end_of_patch = all.ended ? one->end_of_patch : all.end_of_patch;
        else
            all.end_of_patch = later(all.end_of_patch, one->end_of_patch);
        all.ended = all.ended && one->ended;
        all.end_of_availability = later(all.end_of_availability, one->end_of_availability);
        all.keys |= one->keys;
        if (shelflife_version_compare(one->latest, all.latest) > 0)
            all.latest = one->latest;
    }
    return all;
}

static bool has_dates(const struct pair *pairs, size_t count, const struct feeds_release *like)
{
    for (size_t i = 0; i < count; i++)
        if (is_same_dates(pairs[i].placed->fact, like))
            return true;
    return false;
}

/* Whether facts with different dates are about different patches: then the latest date is that of the
 * release. */
static bool is_by_patch(const struct pair *pairs, size_t count)
{
    if (count > TOGETHER_MAX)
        return false;
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            if (!is_same_dates(pairs[i].placed->fact, pairs[k].placed->fact) &&
                shelflife_str_equal(pairs[i].placed->fact->release, pairs[k].placed->fact->release))
                return false;
    return true;
}

/* Whether the field's values separate the facts by their dates. */
static bool separates(str field, const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            if (!is_same_dates(pairs[i].placed->fact, pairs[k].placed->fact) &&
                shelflife_str_equal(shelflife_feeds_place_field(pairs[i].placed, field),
                                    shelflife_feeds_place_field(pairs[k].placed, field)))
                return false;
    return true;
}

static bool find_separating(const struct pair *pairs, size_t count, str *field)
{
    const struct feeds_placed *first = pairs[0].placed;
    for (size_t i = 0; i < first->field_count; i++) {
        *field = first->fields[i].name;
        if (separates(*field, pairs, count))
            return true;
    }
    return false;
}

/* Adds the values of a field among the facts with the dates of facts[i]. */
static size_t collect_values(str field, const struct pair *pairs, size_t count, size_t i,
                             struct feeds_field *out, size_t max)
{
    size_t n = 0;
    for (size_t k = i; k < count && n < max; k++) {
        str value = shelflife_feeds_place_field(pairs[k].placed, field);
        bool known = !is_same_dates(pairs[i].placed->fact, pairs[k].placed->fact);
        for (size_t j = 0; j < n && !known; j++)
            known = shelflife_str_equal(out[j].value, value);
        if (!known)
            out[n++] = (struct feeds_field){field, value};
    }
    return n;
}

/* Writes a row for all facts and, if their dates differ, further rows for those with other dates. */
static bool put_group(struct variants *v, const struct row *row, const struct pair *pairs, size_t count)
{
    struct feeds_field fields[FEEDS_FIELDS_MAX + TOGETHER_MAX];
    struct feeds_release all = combine(pairs, count, NULL), some;
    str field = {0};
    bool differ = false;
    for (size_t i = 1; i < count; i++)
        differ = differ || !is_same_dates(pairs[0].placed->fact, pairs[i].placed->fact);
    differ = differ && !is_by_patch(pairs, count);
    if (differ && (count > TOGETHER_MAX || !find_separating(pairs, count, &field)))
        return shelflife_fail(v->m->err, SHELFLIFE_ERROR_INPUT,
                              "%s: lines %zu and %zu: release %.*s has different dates for the same images",
                              v->m->feed->origin, pairs[0].placed->fact->line,
                              pairs[count - 1].placed->fact->line, STR_PRINT(pairs[0].placed->fact->release));
    /* The rest of the facts get rows of their own, with their own newest patches. */
    if (differ && has_dates(pairs, count, &all))
        all = combine(pairs, count, &all);
    /* A row without a release has no newest patch: the table's version may be that of something else. */
    if (row->old.value && shelflife_feeds_text_at(&row->old, "release").len == 0)
        all.keys &= ~(unsigned)FEEDS_KEY_LATEST;
    struct row part = *row;
    part.fact = &all;
    put_row(&v->m->w, &part);
    if (!differ)
        return true;
    if (row->old.value) {
        part.release = shelflife_feeds_text_at(&row->old, "release");
        part.like = row->old;
        part.old = (struct node){0};
    }
    size_t own = row->field_count;
    if (own)
        memcpy(fields, row->fields, own * sizeof(*fields));
    for (size_t i = 0; i < count; i++) {
        bool first = !is_same_dates(&all, pairs[i].placed->fact);
        for (size_t k = 0; k < i && first; k++)
            first = !is_same_dates(pairs[k].placed->fact, pairs[i].placed->fact);
        if (!first)
            continue;
        part.field_count = own + collect_values(field, pairs, count, i, fields + own, TOGETHER_MAX);
        part.fields = fields;
        some = combine(pairs, count, pairs[i].placed->fact);
        part.fact = &some;
        put_row(&v->m->w, &part);
    }
    return true;
}

static bool put_new_group(struct variants *v, const struct pair *pairs, size_t count)
{
    const struct feeds_placed *first = pairs[0].placed;
    struct feeds_field fields[FEEDS_FIELDS_MAX];
    size_t n = 0;
    for (size_t k = 0; k < v->key_count; k++)
        if (has_field(first, v->keys[k]) || shelflife_str_equal(v->keys[k], STR("py")))
            fields[n++] = (struct feeds_field){v->keys[k], shelflife_feeds_place_field(first, v->keys[k])};
    struct row row = {.release = cut_release(v, first->fact->release), .fields = fields, .field_count = n};
    row.spelling = spelling_of(v, first, &(bool){false});
    return put_group(v, &row, pairs, count);
}

/* Writes the new rows whose release is not lower than `release`, and removes them. */
static bool put_new_above(struct variants *v, str release, bool all, size_t *next)
{
    while (*next < v->new.count) {
        const struct pair *first = &v->new.at[*next];
        size_t count = 1;
        if (!all && shelflife_version_compare(first->placed->fact->release, release) <= 0)
            return true;
        while (*next + count < v->new.count && first[count].row == first->row)
            count++;
        if (!put_new_group(v, first, count))
            return false;
        *next += count;
    }
    return true;
}

static bool put_variants(struct variants *v)
{
    struct node row;
    size_t known = 0, new = 0;
    shelflife_json_member_array(&v->m->w, "rows");
    for (size_t i = 0; shelflife_node_at(v->rows, i, &row); i++) {
        size_t count = 0;
        if (!put_new_above(v, shelflife_feeds_text_at(&row, "release"), false, &new))
            return false;
        while (known + count < v->known.count && v->known.at[known + count].row == i)
            count++;
        struct row out = {.old = row};
        if (count == 0)
            shelflife_feeds_format_copy(row, &v->m->w);
        else if (!put_group(v, &out, v->known.at + known, count))
            return false;
        known += count;
    }
    if (!put_new_above(v, (str){0}, true, &new))
        return false;
    shelflife_json_write_end(&v->m->w);
    return true;
}

bool shelflife_feeds_merge_variants(struct feeds_merge *m, const struct node *rows,
                                    const struct feeds_placed *const *placed, size_t count)
{
    struct variants v = {.m = m, .rows = rows};
    bool ok = true;
    find_keys(&v);
    find_numbers(&v);
    for (size_t i = 0; ok && i < count; i++)
        ok = pair_up(&v, placed[i]);
    shelflife_sort(v.known.at, v.known.count, sizeof(*v.known.at), compare_pairs);
    shelflife_sort(v.new.at, v.new.count, sizeof(*v.new.at), compare_pairs);
    ok = ok && put_variants(&v);
    shelflife_free(v.known.at);
    shelflife_free(v.new.at);
    return ok;
}
