#include "feeds/import.h"

#include "feeds/check.h"
#include "feeds/format.h"
#include "feeds/merge.h"
#include "feeds/read.h"

/* The table of formats. The public part is what the command line shows. */
const struct shelflife_feeds_format shelflife_feeds_formats[] = {
    {.name = "endoflife",
     .about = "a response of endoflife.date",
     .url = "https://endoflife.date/api/v1/products/full",
     .is_made = true},
    {.name = "google",
     .about = "a page of Google's Deep Learning Containers or Vertex AI",
     .url = "https://docs.cloud.google.com/deep-learning-containers/docs/choosing-container",
     .is_page = true},
    {.name = "aws-dlc",
     .about = "the support policy of AWS Deep Learning Containers",
     .url = "https://aws.github.io/deep-learning-containers/reference/support_policy/",
     .is_page = true},
    {.name = "distro-info",
     .about = "debian.csv or ubuntu.csv of distro-info-data",
     .url = "https://salsa.debian.org/debian/distro-info-data/-/raw/main/debian.csv"},
    {.name = "node-releases",
     .about = "the release schedule of Node.js",
     .url = "https://raw.githubusercontent.com/nodejs/Release/main/schedule.json"},
    {.name = "cle",
     .about = "a Common Lifecycle Enumeration (ECMA-428)",
     .url = "https://vendor.example/app/cle.json"},
    {.name = "openeox", .about = "OpenEoX Core 1.0", .url = "https://vendor.example/app/openeox.json"},
};
const size_t shelflife_feeds_format_count = COUNT(shelflife_feeds_formats);

/* The rest of the table, in the same order, with the head of a new catalog. */
static const struct format {
    shelflife_feeds_reader *read;
    const char *title, *source, *license; /* may be NULL */
    const char *day;                      /* where a feed has its own day; NULL: nowhere */
} formats[] = {
    {shelflife_feeds_read_endoflife, "endoflife.date", "https://endoflife.date", "MIT", "generated_at"},
    {shelflife_feeds_read_google, NULL, NULL, NULL, "Last updated"},
    {shelflife_feeds_read_aws_dlc, NULL, NULL, NULL, NULL},
    {shelflife_feeds_read_distro_info, "distro-info-data", "https://salsa.debian.org/debian/distro-info-data",
     "ISC", NULL},
    {shelflife_feeds_read_node_releases, "Node.js release schedule", "https://github.com/nodejs/Release",
     "MIT", NULL},
    {shelflife_feeds_read_cle, NULL, NULL, NULL, "updatedAt"},
    {shelflife_feeds_read_openeox, NULL, NULL, NULL, "last_updated"},
};
_Static_assert(COUNT(formats) == COUNT(shelflife_feeds_formats), "both tables have all formats");

const struct shelflife_feeds_format *shelflife_feeds_format_find(const char *name)
{
    for (size_t i = 0; i < COUNT(shelflife_feeds_formats); i++)
        if (shelflife_str_equal(shelflife_str_of(shelflife_feeds_formats[i].name), shelflife_str_of(name)))
            return &shelflife_feeds_formats[i];
    return NULL;
}

static const struct format *find_format(const char *name, error *err)
{
    const struct shelflife_feeds_format *found = shelflife_feeds_format_find(name);
    if (found)
        return &formats[found - shelflife_feeds_formats];
    shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "\"%s\" is not a format that can be imported", name);
    return NULL;
}

/* ---- a feed into a draft, which keeps serial and asOf ---- */

/* Marks where serial and asOf of a new catalog will be: see shelflife_feeds_format_edition(). */
static void put_new_head(struct feeds_merge *m, const struct format *format)
{
    struct shelflife_json_writer *w = &m->w;
    shelflife_json_member_text(w, "apiVersion", "shelflife.dev/v1");
    shelflife_json_member_text(w, "kind", "Catalog");
    shelflife_json_member_text(w, "name", m->asked->name ? m->asked->name : m->feed->format);
    shelflife_json_member_optional(w, "title", shelflife_str_of(format->title));
    shelflife_json_member_optional(w, "source", shelflife_str_of(format->source));
    shelflife_json_member_optional(w, "license", shelflife_str_of(format->license));
    shelflife_json_member_null(w, "asOf");
}

static void put_old_head(struct feeds_merge *m)
{
    struct node value;
    for (size_t i = 0; shelflife_node_at(&m->old, i, &value); i++) {
        if (shelflife_str_equal(shelflife_str_of(value.key), STR("products")))
            continue;
        shelflife_json_write_key(&m->w, shelflife_str_of(value.key));
        shelflife_feeds_format_copy(value, &m->w);
    }
}

static bool merge(struct feeds_merge *m, const struct format *format, buffer *draft)
{
    shelflife_json_writer_init(&m->w, draft);
    shelflife_json_write_map(&m->w);
    if (m->old.value)
        put_old_head(m);
    else
        put_new_head(m, format);
    if (!shelflife_feeds_merge_products(m))
        return false;
    shelflife_json_write_end(&m->w);
    return !draft->failed || shelflife_fail_memory(m->err);
}

/* Parsers of C take NUL for the end: what follows would be lost. */
static bool check_no_nul(const struct shelflife_feeds_feed *feed, error *err)
{
    size_t at = shelflife_str_find(feed->bytes, '\0'), line = 1, start = 0;
    if (at == SIZE_MAX)
        return true;
    for (size_t i = 0; i < at; i++)
        if (feed->bytes.at[i] == '\n') {
            line++;
            start = i + 1;
        }
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s:%zu:%zu: there is a NUL byte; a feed is text",
                          feed->origin, line, at - start + 1);
}

static bool read_feed(const struct shelflife_feeds_import *asked, const struct shelflife_feeds_feed *feed,
                      const struct format *format, buffer *skipped, struct feeds_facts *facts, error *err)
{
    if (feed->bytes.len > SHELFLIFE_FEEDS_BYTES_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "%s: it has %zu bytes; a feed may have %d MiB",
                              feed->origin, feed->bytes.len, SHELFLIFE_FEEDS_BYTES_MAX >> 20);
    if (!shelflife_str_is_utf8(feed->bytes))
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s: it is not UTF-8", feed->origin);
    if (!check_no_nul(feed, err))
        return false;
    const struct feeds_input input = {.bytes = feed->bytes,
                                      .origin = feed->origin,
                                      .as_of = asked->as_of,
                                      .today =
                                          asked->as_of == SHELFLIFE_DAY_NONE ? asked->fetched : asked->as_of,
                                      .skipped = skipped};
    return format->read(&input, facts, err);
}

/* A day that has not begun anywhere: with it, a catalog would not become stale for long. */
static bool check_day(const struct shelflife_feeds_import *asked, const struct shelflife_feeds_feed *feed,
                      const struct format *format, shelflife_day day, error *err)
{
    char text[SHELFLIFE_DAY_TEXT_MAX], today[SHELFLIFE_DAY_TEXT_MAX];
    return asked->today == 0 || day <= asked->today + 1 ||
           shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s: %s%sthe feed is of %s, but today is %s",
                          feed->origin, format->day ? format->day : "", format->day ? ": " : "",
                          shelflife_day_format(day, text), shelflife_day_format(asked->today, today));
}

/* The earlier of two days. A missing day is later than any. */
static shelflife_day earlier(shelflife_day a, shelflife_day b)
{
    if (a == SHELFLIFE_DAY_NONE || b == SHELFLIFE_DAY_NONE)
        return a == SHELFLIFE_DAY_NONE ? b : a;
    return a < b ? a : b;
}

/* Merges the facts into `before`, which is absent for a new catalog. */
static bool merge_once(struct feeds_merge *m, const struct format *format, str before, buffer *draft)
{
    const char *origin = m->asked->catalog_origin ? m->asked->catalog_origin : "the new catalog";
    CLEANUP(cleanup_document) struct shelflife_document *old = NULL;
    m->old = (struct node){0};
    if (before.len) {
        old = shelflife_document_read(before, origin, m->err);
        if (!old)
            return false;
        m->old = shelflife_document_root(old);
    }
    return merge(m, format, draft);
}

/* Merges until nothing changes: a row that one fact adds can be what another fact is about. */
static bool merge_variants(struct feeds_merge *m, const struct format *format, str before, buffer *draft)
{
    enum { PASSES_MAX = 4 };
    const struct shelflife_feeds_imported outcome = *m->outcome;
    size_t skipped = outcome.skipped ? outcome.skipped->len : 0;
    bool ok = true;
    buffer last;
    shelflife_buffer_init(&last, SIZE_MAX);
    for (int pass = 0; ok && pass < PASSES_MAX; pass++) {
        *m->outcome = outcome;
        if (outcome.skipped)
            outcome.skipped->len = skipped;
        shelflife_buffer_reset(draft);
        ok = merge_once(m, format, before, draft);
        str text = shelflife_buffer_str(draft);
        if (!ok || shelflife_str_equal(text, before))
            break;
        shelflife_buffer_reset(&last);
        shelflife_buffer_append(&last, text);
        before = shelflife_buffer_str(&last);
        ok = !last.failed || shelflife_fail_memory(m->err);
    }
    shelflife_buffer_free(&last);
    return ok;
}

/* Imports one feed into `before`, which is absent for a new catalog. */
static bool import_feed(const struct shelflife_feeds_import *asked, const struct shelflife_feeds_feed *feed,
                        str before, buffer *draft, struct shelflife_feeds_imported *outcome, error *err)
{
    struct feeds_facts facts CLEANUP(shelflife_feeds_facts_free);
    shelflife_feeds_facts_init(&facts);
    const struct format *format = find_format(feed->format, err);
    if (!format || !read_feed(asked, feed, format, outcome->skipped, &facts, err) ||
        !shelflife_feeds_facts_index(&facts, feed->origin, err) ||
        !check_day(asked, feed, format, facts.as_of, err))
        return false;
    shelflife_day day = facts.as_of == SHELFLIFE_DAY_NONE ? asked->fetched : facts.as_of;
    outcome->as_of = earlier(outcome->as_of, day);
    struct feeds_merge m = {.asked = asked,
                            .feed = feed,
                            .facts = &facts,
                            .as_of = asked->as_of == SHELFLIFE_DAY_NONE ? day : asked->as_of,
                            .outcome = outcome,
                            .err = err};
    return facts.by_image ? merge_variants(&m, format, before, draft) : merge_once(&m, format, before, draft);
}

/* ---- the new edition ---- */

static int64_t next_serial(const struct node *root)
{
    struct node serial;
    int64_t number = 0;
    if (shelflife_node_get(root, "serial", &serial))
        shelflife_node_integer(serial, 0, INT64_MAX, &number, NULL);
    return number < INT64_MAX ? number + 1 : number;
}

/* Whether two catalogs have the same content. Their layout may differ. */
static bool is_same(str old, const char *origin, struct node new, bool *same, error *err)
{
    buffer before CLEANUP(shelflife_buffer_free), after CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&before, SIZE_MAX);
    shelflife_buffer_init(&after, SIZE_MAX);
    if (!shelflife_feeds_format_text(old, origin, &before, err))
        return false;
    shelflife_feeds_format_catalog(new, &after);
    *same = shelflife_str_equal(shelflife_buffer_str(&before), shelflife_buffer_str(&after));
    return !after.failed || shelflife_fail_memory(err);
}

static bool publish(const struct shelflife_feeds_import *asked, str draft, buffer *out,
                    struct shelflife_feeds_imported *outcome, error *err)
{
    const char *origin = asked->catalog.len ? asked->catalog_origin : "the new catalog";
    bool same = false;
    CLEANUP(cleanup_document)
    struct shelflife_document *document = shelflife_document_read(draft, origin, err);
    if (!document)
        return false;
    struct node root = shelflife_document_root(document);
    if (asked->catalog.len && !is_same(asked->catalog, origin, root, &same, err))
        return false;
    if (same && asked->as_of == SHELFLIFE_DAY_NONE) {
        shelflife_buffer_append(out, asked->catalog);
        return !out->failed || shelflife_fail_memory(err);
    }
    shelflife_day as_of = asked->as_of == SHELFLIFE_DAY_NONE ? outcome->as_of : asked->as_of;
    if (as_of == SHELFLIFE_DAY_NONE)
        return shelflife_fail(
            err, SHELFLIFE_ERROR_USAGE,
            "%s: it does not say on which day its data was correct: set the day with --as-of",
            asked->feeds[0].origin);
    buffer json CLEANUP(shelflife_buffer_free);
    struct shelflife_json_writer w;
    shelflife_buffer_init(&json, SIZE_MAX);
    shelflife_json_writer_init(&w, &json);
    shelflife_feeds_format_edition(root, as_of, next_serial(&root), &w);
    if (json.failed)
        return shelflife_fail_memory(err);
    outcome->changed = true;
    return shelflife_feeds_catalog_check(origin, shelflife_buffer_str(&json), err) &&
           shelflife_feeds_format_text(shelflife_buffer_str(&json), origin, out, err);
}

bool shelflife_feeds_import(const struct shelflife_feeds_import *asked, buffer *out,
                            struct shelflife_feeds_imported *outcome, error *err)
{
    buffer drafts[2];
    bool ok = true;
    *outcome = (struct shelflife_feeds_imported){.as_of = SHELFLIFE_DAY_NONE, .skipped = outcome->skipped};
    shelflife_buffer_init(&drafts[0], SIZE_MAX);
    shelflife_buffer_init(&drafts[1], SIZE_MAX);
    str draft = asked->catalog;
    if (draft.len)
        ok = shelflife_feeds_catalog_check(asked->catalog_origin, draft, err);
    for (size_t i = 0; ok && i < asked->feed_count; i++) {
        buffer *next = &drafts[i % COUNT(drafts)];
        shelflife_buffer_reset(next);
        ok = import_feed(asked, &asked->feeds[i], draft, next, outcome, err);
        draft = shelflife_buffer_str(next);
    }
    ok = ok && publish(asked, draft, out, outcome, err);
    shelflife_buffer_free(&drafts[0]);
    shelflife_buffer_free(&drafts[1]);
    return ok;
}
