#include "feeds/update.h"

#include "feeds/check.h"
#include "feeds/format.h"
#include "feeds/rows.h"
#include "shelflife/catalog.h"
#include "json/document.h"

typedef struct shelflife_json_writer writer;

enum {
    TEXT_MAX = 1024,
    SKIPPED_MAX = 1 << 20 /* bytes of lines */,
    SKIPPED_SHOWN = 10 /* lines of a feed */
};

struct updating {
    const struct shelflife_feeds_update *asked;
    struct shelflife_feeds_edition *edition;
    struct node old; /* the root of the edition before */
    shelflife_day old_as_of;
    shelflife_day as_of;          /* the earliest day of the feeds */
    buffer stripped;              /* the edition before without what feeds renew */
    struct feeds_dated_rows rows; /* of the edition before, and after it of each feed alone */
    size_t known;                 /* dates on which feeds disagree, and that the edition before has */
    error *err;
};

void shelflife_feeds_edition_init(struct shelflife_feeds_edition *edition)
{
    *edition = (struct shelflife_feeds_edition){0};
    shelflife_feeds_differences_init(&edition->differences);
    shelflife_feeds_findings_init(&edition->refused);
    shelflife_feeds_findings_init(&edition->notes);
}

void shelflife_feeds_edition_free(struct shelflife_feeds_edition *edition)
{
    shelflife_feeds_differences_free(&edition->differences);
    shelflife_feeds_findings_free(&edition->refused);
    shelflife_feeds_findings_free(&edition->notes);
}

static bool add_line(struct updating *u, struct shelflife_feeds_findings *list, const char *suggestion,
                     const char *format, ...) SHELFLIFE_PRINTF(4, 5);

static bool add_line(struct updating *u, struct shelflife_feeds_findings *list, const char *suggestion,
                     const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    const struct shelflife_feeds_finding line = {.problem = shelflife_str_of(text),
                                                 .suggestion = shelflife_str_of(suggestion)};
    return shelflife_feeds_findings_add(list, &line, u->err);
}

/* ---- The catalog as text ---- */

/* Writes a row without what feeds renew. */
static void put_stripped_row(writer *w, const struct node *row)
{
    struct node value;
    shelflife_json_write_map(w);
    for (size_t i = 0; shelflife_node_at(row, i, &value); i++)
        if (!shelflife_feeds_rows_is_fact(value.key)) {
            shelflife_json_write_key(w, shelflife_str_of(value.key));
            shelflife_feeds_format_copy(value, w);
        }
    shelflife_json_write_end(w);
}

typedef void put_element(writer *w, const struct node *element);

/* Writes a map with each element of one list, that of `key`, written by a function. */
static void put_map(writer *w, const struct node *map, str key, put_element *put)
{
    struct node value, element;
    shelflife_json_write_map(w);
    for (size_t i = 0; shelflife_node_at(map, i, &value); i++) {
        shelflife_json_write_key(w, shelflife_str_of(value.key));
        if (!shelflife_str_equal(shelflife_str_of(value.key), key)) {
            shelflife_feeds_format_copy(value, w);
            continue;
        }
        shelflife_json_write_array(w);
        for (size_t k = 0; shelflife_node_at(&value, k, &element); k++)
            put(w, &element);
        shelflife_json_write_end(w);
    }
    shelflife_json_write_end(w);
}

static void put_stripped_product(writer *w, const struct node *product)
{
    put_map(w, product, STR("rows"), put_stripped_row);
}

static bool strip(struct updating *u)
{
    writer w;
    shelflife_json_writer_init(&w, &u->stripped);
    put_map(&w, &u->old, STR("products"), put_stripped_product);
    return !u->stripped.failed || shelflife_fail_memory(u->err);
}

/* Appends the catalog with another asOf and serial. */
static bool put_edition(str catalog, const char *origin, shelflife_day as_of, int64_t serial, buffer *out,
                        error *err)
{
    writer w;
    buffer json CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&json, SIZE_MAX);
    CLEANUP(cleanup_document)
    struct shelflife_document *document = shelflife_document_read(catalog, origin, err);
    if (!document)
        return false;
    shelflife_json_writer_init(&w, &json);
    shelflife_feeds_format_edition(shelflife_document_root(document), as_of, serial, &w);
    if (json.failed)
        return shelflife_fail_memory(err);
    return shelflife_feeds_format_text(shelflife_buffer_str(&json), origin, out, err);
}

/* ---- The feeds, one by one ---- */

static const struct shelflife_feeds_format *format_of(const struct updating *u, size_t number)
{
    return shelflife_feeds_format_find(u->asked->feeds[number].format);
}

/* A response of endoflife.date contains the day on which it was made; pages and tables, at most the day of
 * their last change. So what a publisher says today was correct today, also if nothing has changed for long.
 */
static shelflife_day day_of(const struct updating *u, size_t number, shelflife_day own)
{
    shelflife_day fetched = u->asked->fetched[number];
    return fetched == SHELFLIFE_DAY_NONE || format_of(u, number)->is_made ? own : fetched;
}

/* What a feed has, and the catalog has no place for. */
static bool note_skipped(struct updating *u, const struct shelflife_feeds_feed *feed, str lines)
{
    size_t count = 0;
    while (lines.len) {
        str line = shelflife_str_line(&lines);
        if (++count <= SKIPPED_SHOWN &&
            !add_line(u, &u->edition->notes, "", "not imported: %.*s", STR_PRINT(line)))
            return false;
    }
    return count <= SKIPPED_SHOWN || add_line(u, &u->edition->notes, "", "%s: %zu more are not imported",
                                              feed->origin, count - SKIPPED_SHOWN);
}

/* Adds the rows as a feed alone has them. */
static bool add_feed(struct updating *u, size_t number)
{
    const struct shelflife_feeds_feed *feed = &u->asked->feeds[number];
    buffer alone CLEANUP(shelflife_buffer_free), skipped CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&alone, SIZE_MAX);
    shelflife_buffer_init(&skipped, SKIPPED_MAX);
    struct shelflife_feeds_imported alone_outcome = {.skipped = &skipped};
    const struct shelflife_feeds_import import = {.feeds = feed,
                                                  .feed_count = 1,
                                                  .catalog = shelflife_buffer_str(&u->stripped),
                                                  .catalog_origin = u->asked->origin,
                                                  .as_of = SHELFLIFE_DAY_NONE,
                                                  .fetched = u->old_as_of,
                                                  .today = u->asked->today};
    if (!shelflife_feeds_import(&import, &alone, &alone_outcome, u->err))
        return false;
    shelflife_day day = day_of(u, number, alone_outcome.as_of);
    u->as_of = day < u->as_of ? day : u->as_of;
    if (alone_outcome.updated + alone_outcome.added == 0)
        return shelflife_fail(u->err, SHELFLIFE_ERROR_INPUT, "%s: it has no product of the catalog",
                              feed->origin);
    return note_skipped(u, feed, shelflife_buffer_str(&skipped)) &&
           shelflife_feeds_rows_add(&u->rows, shelflife_buffer_str(&alone), feed->origin, number + 1, u->err);
}

static const char *gap(str release)
{
    return release.len ? " " : "";
}

/* Notes a disagreement if it is new. `old` is the row of the edition before, or of a feed if it had none. */
static bool note_disagreement(struct updating *u, const struct feeds_dated_row *old,
                              const struct feeds_dated_row *a, const struct feeds_dated_row *b)
{
    for (enum feeds_date i = 0; i < FEEDS_DATES; i++) {
        if (a->dates[i].len == 0 || b->dates[i].len == 0 || shelflife_str_equal(a->dates[i], b->dates[i]))
            continue;
        if (old->catalog == 0 && shelflife_str_equal(old->dates[i], b->dates[i]))
            u->known++;
        else if (!add_line(u, &u->edition->notes, "the later feed is used",
                           "%.*s%s%.*s: %s is %.*s in %s, and %.*s in %s", STR_PRINT(a->product),
                           gap(a->release), STR_PRINT(a->release), shelflife_feeds_rows_keys[i],
                           STR_PRINT(a->dates[i]), a->origin, STR_PRINT(b->dates[i]), b->origin))
            return false;
    }
    return true;
}

static bool note_known(struct updating *u)
{
    return u->known == 0 || add_line(u, &u->edition->notes, "the later feed is used",
                                     "feeds disagree on %zu date%s of the catalog, as they did before",
                                     u->known, u->known == 1 ? "" : "s");
}

/* Whether the release has not ended on the day of the edition before, as far as that knows. */
static bool is_live(const struct updating *u, const struct feeds_dated_row *row)
{
    shelflife_day end;
    return !row->ended && (!shelflife_day_parse(row->dates[FEEDS_DATE_PATCH], &end) || end >= u->old_as_of);
}

/* A release that a feed had before, and no feed has now. */
static bool refuse_vanished(struct updating *u, const struct feeds_dated_row *row)
{
    return add_line(
        u, &u->edition->refused, "keep it with a `note` or its own `source` in the row, or remove the row",
        "%.*s%s%.*s%s%.*s: no feed has this release or a date of it any longer", STR_PRINT(row->product),
        gap(row->release), STR_PRINT(row->release), gap(row->variant), STR_PRINT(row->variant));
}

/* The rows of one product. */
struct product_rows {
    size_t from, to;
    bool renewed; /* a feed says something about the product */
};

/* Whether all feeds are pages. A page that has lost a table is not an error of its format. */
static bool are_pages(const struct updating *u)
{
    for (size_t i = 0; i < u->asked->feed_count; i++)
        if (!format_of(u, i)->is_page)
            return false;
    return true;
}

static bool has_date(const struct feeds_dated_row *row)
{
    for (size_t i = 0; i < FEEDS_DATES; i++)
        if (row->dates[i].len)
            return true;
    return false;
}

/* Whether a row of the edition before is one that a feed is to have. */
static bool is_expected(const struct updating *u, const struct feeds_dated_row *row)
{
    return row->catalog == 0 && row->has_facts && !row->explained && is_live(u, row);
}

static bool compare_release(struct updating *u, size_t from, size_t to, bool renewed)
{
    const struct feeds_dated_row *old = &u->rows.at[from], *before = NULL;
    for (size_t i = from; i < to; i++) {
        const struct feeds_dated_row *row = &u->rows.at[i];
        if (row->catalog == 0 || !row->has_facts)
            continue;
        if (before && before->catalog != row->catalog && !note_disagreement(u, old, before, row))
            return false;
        before = row;
    }
    /* A catalog may have products that its feeds do not have; but a page has all dates. */
    bool vanished = !before && is_expected(u, old) && (renewed || (has_date(old) && are_pages(u)));
    return !vanished || refuse_vanished(u, old);
}

/* Whether a feed says something about one of the rows. */
static bool has_facts_of(const struct updating *u, size_t from, size_t to, size_t catalog)
{
    for (size_t i = from; i < to; i++)
        if (u->rows.at[i].catalog == catalog && u->rows.at[i].has_facts)
            return true;
    return false;
}

/* Whether a feed has rows of a product, but none of those that it is to have. */
static bool has_only_old(const struct updating *u, const struct product_rows *product, size_t catalog)
{
    bool has = false, any = false;
    for (size_t i = product->from, next; i < product->to; i = next) {
        next = shelflife_feeds_rows_next(&u->rows, i);
        bool expected = is_expected(u, &u->rows.at[i]), found = has_facts_of(u, i, next, catalog);
        if (expected && found)
            return false;
        any = any || expected;
        has = has || found;
    }
    return has && any;
}

/* If another feed has the releases, they have not vanished; but an old feed would be used for the rest. Of
 * two pages, one may be about other images. */
static bool check_product(struct updating *u, const struct product_rows *product)
{
    for (size_t i = 0; u->asked->feed_count > 1 && i < u->asked->feed_count; i++)
        if (!format_of(u, i)->is_page && has_only_old(u, product, i + 1) &&
            !add_line(u, &u->edition->refused, "", "%.*s: %s has none of the releases that are patched",
                      STR_PRINT(u->rows.at[product->from].product), u->asked->feeds[i].origin))
            return false;
    return true;
}

/* Finds the rows of the product at `from`, which follow each other. */
static struct product_rows find_rows(const struct feeds_dated_rows *rows, size_t from)
{
    struct product_rows product = {.from = from, .to = from};
    for (; product.to < rows->count; product.to++) {
        const struct feeds_dated_row *row = &rows->at[product.to];
        if (!shelflife_str_equal(row->product, rows->at[from].product))
            break;
        product.renewed = product.renewed || (row->catalog > 0 && row->has_facts);
    }
    return product;
}

/* Compares what the feeds say with each other and with the edition before. */
static bool compare_feeds(struct updating *u)
{
    if (!strip(u) || !shelflife_feeds_rows_add(&u->rows, u->asked->catalog, u->asked->origin, 0, u->err))
        return false;
    for (size_t i = 0; i < u->asked->feed_count; i++)
        if (!add_feed(u, i))
            return false;
    shelflife_feeds_rows_sort(&u->rows);
    for (size_t from = 0, to; from < u->rows.count;) {
        struct product_rows product = find_rows(&u->rows, from);
        for (; from < product.to; from = to) {
            to = shelflife_feeds_rows_next(&u->rows, from);
            if (!compare_release(u, from, to, product.renewed))
                return false;
        }
        if (!check_product(u, &product))
            return false;
    }
    return note_known(u);
}

/* ---- The new edition beside the one before ---- */

/* The difference in another key of the same row. */
static const struct shelflife_feeds_difference *find_beside(const struct updating *u, size_t i,
                                                            const char *key)
{
    const struct shelflife_feeds_differences *all = &u->edition->differences;
    const struct shelflife_feeds_difference *d = &all->at[i], *other;
    size_t from = i;
    while (from > 0 && shelflife_str_equal(all->at[from - 1].product, d->product) &&
           shelflife_str_equal(all->at[from - 1].release, d->release))
        from--;
    for (; from < all->count; from++) {
        other = &all->at[from];
        if (!shelflife_str_equal(other->product, d->product) ||
            !shelflife_str_equal(other->release, d->release))
            return NULL;
        if (shelflife_str_equal(other->key, shelflife_str_of(key)))
            return other;
    }
    return NULL;
}

static bool refuse_earlier(struct updating *u, const struct shelflife_feeds_difference *d)
{
    static const str none = STR_INIT("none");
    return add_line(u, &u->edition->refused, "", "%.*s %.*s: %.*s moves to an earlier day: %.*s -> %.*s",
                    STR_PRINT(d->product), STR_PRINT(d->release), STR_PRINT(d->key),
                    STR_PRINT(d->before.len ? d->before : none), STR_PRINT(d->after.len ? d->after : none));
}

/* Whether a day is before the day of the edition before, on which this edition said the opposite. */
static bool is_past(const struct updating *u, str text)
{
    shelflife_day day;
    return shelflife_day_parse(text, &day) && day < u->old_as_of;
}

static bool refuse_unknown(struct updating *u, const struct shelflife_feeds_difference *d)
{
    return add_line(u, &u->edition->refused, "", "%.*s %.*s: %.*s has vanished; it was %.*s",
                    STR_PRINT(d->product), STR_PRINT(d->release), STR_PRINT(d->key), STR_PRINT(d->before));
}

/* A date that is not there any more. The end of patch may be as late as the end of paid support was, or the
 * release may have ended, which has a line of its own. */
static bool check_gone(struct updating *u, size_t i)
{
    const struct shelflife_feeds_difference *d = &u->edition->differences.at[i];
    const struct shelflife_feeds_difference *end = find_beside(u, i, "endOfPatch"),
                                            *ended = find_beside(u, i, "ended");
    if (shelflife_str_equal(d->key, STR("endOfPatch")) && ended && ended->after.len)
        return true;
    bool extended = shelflife_str_equal(d->key, STR("endOfExtendedPatch"));
    bool lasts = extended && end && end->after.len && shelflife_str_compare(end->after, d->before) >= 0;
    return lasts || refuse_unknown(u, d);
}

static bool check_end(struct updating *u, size_t i)
{
    const struct shelflife_feeds_difference *d = &u->edition->differences.at[i];
    bool extended = shelflife_str_equal(d->key, STR("endOfExtendedPatch"));
    if (!d->after.len)
        return check_gone(u, i);
    if (d->before.len)
        return shelflife_str_compare(d->after, d->before) >= 0 || refuse_earlier(u, d);
    const struct shelflife_feeds_difference *ended = find_beside(u, i, "ended");
    bool was_ended = ended && ended->before.len;
    return extended || was_ended || !is_past(u, d->after) || refuse_earlier(u, d);
}

static bool check_ended(struct updating *u, size_t i)
{
    const struct shelflife_feeds_difference *d = &u->edition->differences.at[i];
    const struct shelflife_feeds_difference *end = find_beside(u, i, "endOfPatch");
    bool was_past = end && end->before.len && is_past(u, end->before);
    if (!d->after.len)
        return (end && end->after.len) || refuse_unknown(u, d);
    return was_past || add_line(u, &u->edition->refused, "",
                                "%.*s %.*s: the release has ended, on a day that the feed does not name",
                                STR_PRINT(d->product), STR_PRINT(d->release));
}

static bool check_difference(struct updating *u, size_t i)
{
    const struct shelflife_feeds_difference *d = &u->edition->differences.at[i];
    if (!d->product.len)
        return true;
    if (!d->key.len)
        return d->after.len ||
               add_line(u, &u->edition->refused, "", "%.*s%s%.*s: the %s has vanished", STR_PRINT(d->product),
                        gap(d->release), STR_PRINT(d->release), d->release.len ? "row" : "product");
    if (!d->release.len)
        return true;
    if (shelflife_str_equal(d->key, STR("ended")))
        return check_ended(u, i);
    for (size_t k = 0; k < FEEDS_DATES; k++)
        if (shelflife_str_equal(d->key, shelflife_str_of(shelflife_feeds_rows_keys[k])))
            return check_end(u, i);
    return true;
}

static int compare_problems(const void *a, const void *b)
{
    const struct shelflife_feeds_finding *p = a, *q = b;
    return shelflife_str_compare(p->problem, q->problem);
}

static bool is_known(const struct shelflife_feeds_findings *sorted, const struct shelflife_feeds_finding *f)
{
    return sorted->count && bsearch(f, sorted->at, sorted->count, sizeof(*f), compare_problems);
}

/* Mistakes that the edition before did not have. */
static bool check_findings(struct updating *u, str new)
{
    struct shelflife_feeds_findings before CLEANUP(shelflife_feeds_findings_free);
    struct shelflife_feeds_findings after CLEANUP(shelflife_feeds_findings_free);
    shelflife_feeds_findings_init(&before);
    shelflife_feeds_findings_init(&after);
    if (!shelflife_feeds_lint(u->asked->catalog, u->asked->origin, &before, u->err) ||
        !shelflife_feeds_lint(new, u->asked->origin, &after, u->err))
        return false;
    shelflife_sort(before.at, before.count, sizeof(*before.at), compare_problems);
    for (size_t i = 0; i < after.count; i++) {
        const struct shelflife_feeds_finding *f = &after.at[i];
        if (!is_known(&before, f) && !add_line(u, f->remark ? &u->edition->notes : &u->edition->refused,
                                               f->remark ? "" : f->suggestion.at, "%.*s: %.*s",
                                               STR_PRINT(f->path), STR_PRINT(f->problem)))
            return false;
    }
    return true;
}

static bool compare_editions(struct updating *u, str new)
{
    if (!shelflife_feeds_diff(u->asked->catalog, u->asked->origin, new, u->asked->origin,
                              &u->edition->differences, u->err) ||
        !check_findings(u, new))
        return false;
    for (size_t i = 0; i < u->edition->differences.count; i++)
        if (!check_difference(u, i))
            return false;
    return true;
}

/* ---- The update ---- */

static bool read_head(struct updating *u, int64_t *serial)
{
    struct node node;
    *serial = 0;
    if (shelflife_node_get(&u->old, "serial", &node) &&
        !shelflife_node_integer(node, 0, INT64_MAX, serial, u->err))
        return false;
    return (shelflife_node_get(&u->old, "asOf", &node) ||
            shelflife_node_fail(u->old, u->err, "`asOf` is missing")) &&
           shelflife_node_day(node, &u->old_as_of, u->err);
}

static bool refuse_old(struct updating *u, shelflife_day as_of)
{
    char feeds[SHELFLIFE_DAY_TEXT_MAX], ours[SHELFLIFE_DAY_TEXT_MAX];
    return add_line(u, &u->edition->refused, "",
                    "the feeds are of %s, and older than the catalog, which is as of %s",
                    shelflife_day_format(as_of, feeds), shelflife_day_format(u->old_as_of, ours));
}

static bool keep_old(struct updating *u, buffer *out)
{
    u->edition->changed = false;
    shelflife_buffer_append(out, u->asked->catalog);
    return !out->failed || shelflife_fail_memory(u->err);
}

/* Whether the catalogs differ in more than their serial and the order of what is in them. */
static bool differs(const struct shelflife_feeds_differences *differences)
{
    for (size_t i = 0; i < differences->count; i++)
        if (differences->at[i].product.len || !shelflife_str_equal(differences->at[i].key, STR("serial")))
            return true;
    return false;
}

/* Appends the new edition, or the one before if nothing has changed. */
static bool finish(struct updating *u, str imported, bool changed, int64_t serial, buffer *out)
{
    const struct shelflife_feeds_update *asked = u->asked;
    bool later = u->as_of > u->old_as_of;
    size_t before = out->len;
    u->edition->changed = true;
    if (!changed && !later)
        return keep_old(u, out);
    if (!put_edition(imported, asked->origin, later ? u->as_of : u->old_as_of,
                     serial < INT64_MAX ? serial + 1 : serial, out, u->err) ||
        !compare_editions(u, shelflife_str_after(shelflife_buffer_str(out), before)))
        return false;
    if (differs(&u->edition->differences))
        return u->as_of >= u->old_as_of || refuse_old(u, u->as_of);
    out->len = before;
    return keep_old(u, out);
}

static bool renew(struct updating *u, buffer *out)
{
    const struct shelflife_feeds_update *asked = u->asked;
    struct shelflife_feeds_imported outcome = {0};
    int64_t serial;
    buffer imported CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&imported, SIZE_MAX);
    u->as_of = INT32_MAX;
    if (!read_head(u, &serial) || !compare_feeds(u))
        return false;
    if (asked->as_of != SHELFLIFE_DAY_NONE)
        u->as_of = asked->as_of;
    const struct shelflife_feeds_import import = {.feeds = asked->feeds,
                                                  .feed_count = asked->feed_count,
                                                  .catalog = asked->catalog,
                                                  .catalog_origin = asked->origin,
                                                  .as_of = SHELFLIFE_DAY_NONE,
                                                  .fetched = u->as_of,
                                                  .today = asked->today};
    return shelflife_feeds_import(&import, &imported, &outcome, u->err) &&
           finish(u, shelflife_buffer_str(&imported), outcome.changed, serial, out);
}

bool shelflife_feeds_update(const struct shelflife_feeds_update *asked, buffer *out,
                            struct shelflife_feeds_edition *edition, error *err)
{
    struct updating u = {.asked = asked, .edition = edition, .err = err};
    CLEANUP(cleanup_document)
    struct shelflife_document *old = shelflife_document_read(asked->catalog, asked->origin, err);
    if (!old || !shelflife_feeds_catalog_check(asked->origin, asked->catalog, err))
        return false;
    u.old = shelflife_document_root(old);
    shelflife_buffer_init(&u.stripped, SIZE_MAX);
    shelflife_feeds_rows_init(&u.rows);
    bool ok = renew(&u, out);
    shelflife_feeds_rows_free(&u.rows);
    shelflife_buffer_free(&u.stripped);
    return ok;
}
