#include "feeds/export.h"

#include <stdio.h>

#include "feeds/merge.h"
#include "feeds/vers.h"
#include "shelflife/json.h"
#include "json/document.h"

typedef struct shelflife_json_writer writer;

enum { MEMORY_MAX = 64 << 20 };

/* A row that can be exported. */
struct release {
    str release, latest;
    shelflife_day end, extended, available, latest_date;
    bool ended; /* on an unknown day */
    struct node row;
};

struct exporting {
    const struct shelflife_feeds_export *asked;
    buffer *skipped;
    arena memory;
    writer w;
    size_t written; /* products (CLE), or releases (OpenEoX) */
    bool *found;    /* which of the products that were asked for exist */
    error *err;
};

/* A product while it is exported. */
struct product {
    struct node catalog, node, rows;
    str name; /* "endoflife/python", for messages */
    struct release *releases;
    size_t count;
};

static void skip(const struct exporting *x, const struct product *product, str release, const char *what)
{
    if (release.len)
        shelflife_buffer_format(x->skipped, "%.*s %.*s: %s\n", STR_PRINT(product->name), STR_PRINT(release),
                                what);
    else
        shelflife_buffer_format(x->skipped, "%.*s: %s\n", STR_PRINT(product->name), what);
}

static shelflife_day day_at(const struct node *map, const char *key)
{
    shelflife_day day;
    shelflife_feeds_day_at(map, key, &day, NULL);
    return day;
}

/* ---- releases ---- */

/* Keys that a standard cannot express, by the number of rows that have them. */
static void skip_keys(const struct exporting *x, const struct product *product)
{
    static const struct {
        const char *key;
        bool cle, openeox;   /* it is skipped */
        const char *without; /* only in rows without this key; or NULL */
    } keys[] = {{"is", true, true, NULL},
                {"codename", true, true, NULL},
                {"lts", true, true, NULL},
                {"numbers", true, true, NULL},
                {"digests", true, true, NULL},
                {"movedTo", true, true, NULL},
                {"latest", true, false, "latestDate"},
                {"latest", false, true, NULL},
                {"endOfAvailability", false, true, NULL}};
    bool is_cle = x->asked->standard == SHELFLIFE_FEEDS_CLE;
    struct node row;
    for (size_t k = 0; k < COUNT(keys); k++) {
        size_t count = 0;
        for (size_t i = 0; shelflife_node_at(&product->rows, i, &row); i++)
            count += shelflife_feeds_has_key(&row, keys[k].key) &&
                     !(keys[k].without && shelflife_feeds_has_key(&row, keys[k].without));
        if (count && (is_cle ? keys[k].cle : keys[k].openeox))
            shelflife_buffer_format(x->skipped, "%.*s: `%s` of %zu row%s\n", STR_PRINT(product->name),
                                    keys[k].key, count, count == 1 ? "" : "s");
    }
}

static int compare_releases(const void *a, const void *b)
{
    const struct release *p = a, *q = b;
    int order = shelflife_str_compare(p->release, q->release);
    return order ? order : (p->row.index > q->row.index) - (p->row.index < q->row.index);
}

static int compare_rows(const void *a, const void *b)
{
    const struct release *p = a, *q = b;
    return (p->row.index > q->row.index) - (p->row.index < q->row.index);
}

static bool is_same_dates(const struct release *a, const struct release *b)
{
    return a->end == b->end && a->extended == b->extended && a->available == b->available;
}

/* Keeps one of the rows of each release; none if their dates depend on what `when` says. */
static void unite_variants(const struct exporting *x, struct product *product)
{
    size_t kept = 0;
    shelflife_sort(product->releases, product->count, sizeof(*product->releases), compare_releases);
    for (size_t i = 0, next; i < product->count; i = next) {
        const struct release *first = &product->releases[i];
        bool same = true;
        for (next = i + 1;
             next < product->count && shelflife_str_equal(product->releases[next].release, first->release);
             next++)
            same = same && is_same_dates(first, &product->releases[next]);
        if (same)
            product->releases[kept++] = *first;
        else
            skip(x, product, first->release, "its dates depend on the variant of the image");
    }
    product->count = kept;
    shelflife_sort(product->releases, product->count, sizeof(*product->releases), compare_rows);
}

/* Reads the rows that have something to export. */
static void read_rows(const struct exporting *x, struct product *product)
{
    struct node row;
    for (size_t i = 0; shelflife_node_at(&product->rows, i, &row); i++) {
        struct release release = {.release = shelflife_feeds_text_at(&row, "release"),
                                  .latest = shelflife_feeds_text_at(&row, "latest"),
                                  .end = day_at(&row, "endOfPatch"),
                                  .extended = day_at(&row, "endOfExtendedPatch"),
                                  .available = day_at(&row, "endOfAvailability"),
                                  .latest_date = day_at(&row, "latestDate"),
                                  .ended = shelflife_feeds_flag_at(&row, "ended"),
                                  .row = row};
        if (release.ended)
            skip(x, product, release.release, "it has ended on an unknown day");
        product->releases[product->count++] = release;
    }
    unite_variants(x, product);
}

/* ---- CLE ---- */

/* A day within an event: what ends on a day holds until its last second. */
static void put_time(writer *w, const char *key, shelflife_day day, bool end)
{
    char text[SHELFLIFE_DAY_TEXT_MAX], time[SHELFLIFE_DAY_TEXT_MAX + 16];
    snprintf(time, sizeof(time), "%s%s", shelflife_day_format(day, text), end ? "T23:59:59Z" : "T00:00:00Z");
    shelflife_json_member_text(w, key, time);
}

enum event_type { EVENT_RELEASED, EVENT_SUPPORT, EVENT_EXTENDED, EVENT_DISTRIBUTION, EVENT_TYPES };

struct event {
    enum event_type type;
    shelflife_day day;
    const struct release *release;
};

/* By day, the earliest first, then as in the catalog. */
static int compare_events(const void *a, const void *b)
{
    const struct event *p = a, *q = b;
    if (p->day != q->day)
        return p->day < q->day ? -1 : 1;
    if (p->release != q->release)
        return p->release > q->release ? -1 : 1;
    return (int)p->type - (int)q->type;
}

static bool put_versions(struct exporting *x, str release)
{
    str range = STR("vers:generic/*");
    if (release.len && !shelflife_feeds_vers_write(release, &x->memory, &range))
        return shelflife_arena_fail(&x->memory, x->err);
    shelflife_json_member_array(&x->w, "versions");
    shelflife_json_write_map(&x->w);
    shelflife_json_member_string(&x->w, range.len ? "range" : "version", range.len ? range : release);
    shelflife_json_write_end(&x->w);
    shelflife_json_write_end(&x->w);
    return true;
}

static bool put_event(struct exporting *x, const struct event *event, size_t id, shelflife_day published)
{
    static const struct {
        const char *type, *support;
    } types[EVENT_TYPES] = {[EVENT_RELEASED] = {"released", NULL},
                            [EVENT_SUPPORT] = {"endOfSupport", "standard"},
                            [EVENT_EXTENDED] = {"endOfSupport", "extended"},
                            [EVENT_DISTRIBUTION] = {"endOfDistribution", NULL}};
    writer *w = &x->w;
    bool ok = true;
    shelflife_json_write_map(w);
    shelflife_json_member_count(w, "id", id);
    shelflife_json_member_text(w, "type", types[event->type].type);
    put_time(w, "effective", event->day, event->type != EVENT_RELEASED);
    put_time(w, "published", published, false);
    if (event->type == EVENT_RELEASED)
        shelflife_json_member_string(w, "version", event->release->latest);
    else
        ok = put_versions(x, event->release->release);
    if (types[event->type].support)
        shelflife_json_member_text(w, "supportId", types[event->type].support);
    shelflife_json_write_end(w);
    return ok;
}

static size_t collect_events(const struct exporting *x, const struct product *product, struct event *events)
{
    size_t count = 0;
    for (size_t i = 0; i < product->count; i++) {
        const struct release *r = &product->releases[i];
        const struct event all[] = {{EVENT_RELEASED, r->latest.len ? r->latest_date : SHELFLIFE_DAY_NONE, r},
                                    {EVENT_SUPPORT, r->end, r},
                                    {EVENT_EXTENDED, r->extended, r},
                                    {EVENT_DISTRIBUTION, r->available, r}};
        size_t before = count;
        for (size_t k = 0; k < COUNT(all); k++)
            if (all[k].day != SHELFLIFE_DAY_NONE)
                events[count++] = all[k];
        if (count == before && !r->ended)
            skip(x, product, r->release, "it has no date");
    }
    shelflife_sort(events, count, sizeof(*events), compare_events);
    return count;
}

/* The package URL of a repository: that of Docker Hub has no host. */
static bool write_purl(struct exporting *x, str repository, str *purl)
{
    static const str hub = STR_INIT("docker.io/");
    if (shelflife_str_starts(repository, hub))
        return shelflife_arena_format(&x->memory, purl, "pkg:docker/%.*s",
                                      STR_PRINT(shelflife_str_after(repository, hub.len)));
    size_t slash = shelflife_str_find_last(repository, '/');
    str name = shelflife_str_after(repository, slash + 1), url = shelflife_str_first(repository, slash);
    buffer encoded CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&encoded, MEMORY_MAX);
    for (size_t i = 0; i < url.len; i++)
        if (url.at[i] == '/' || url.at[i] == ':')
            shelflife_buffer_append(&encoded, url.at[i] == '/' ? STR("%2F") : STR("%3A"));
        else
            shelflife_buffer_byte(&encoded, url.at[i]);
    return !encoded.failed &&
           shelflife_arena_format(&x->memory, purl, "pkg:oci/%.*s?repository_url=%.*s", STR_PRINT(name),
                                  STR_PRINT(shelflife_buffer_str(&encoded)));
}

/* A package URL by the first repository without fields. A note names the number of the others. */
static bool find_identifier(struct exporting *x, const struct product *product, str *purl)
{
    struct node list, item;
    str first = {0};
    size_t others = 0;
    if (shelflife_node_get(&product->node, "repositories", &list))
        for (size_t i = 0; shelflife_node_at(&list, i, &item); i++) {
            str text = shelflife_feeds_text_or_at(&item, "pattern");
            bool plain =
                shelflife_str_find(text, '{') == SIZE_MAX && shelflife_str_find(text, '[') == SIZE_MAX;
            if (plain && first.len == 0)
                first = text;
            else
                others++;
        }
    bool ok = first.len ? write_purl(x, first, purl)
                        : shelflife_arena_format(&x->memory, purl, "pkg:generic/%.*s",
                                                 STR_PRINT(shelflife_feeds_text_at(&product->node, "name")));
    if (!ok)
        return shelflife_fail_memory(x->err);
    if (others)
        shelflife_buffer_format(x->skipped, "%.*s: %zu %s\n", STR_PRINT(product->name), others,
                                others == 1 ? "other repository" : "other repositories");
    return true;
}

static void put_supports(writer *w)
{
    static const char *const supports[][2] = {
        {"standard", "Fixes that are free of charge."},
        {"extended", "Extended support, which is paid for or has to be enabled."}};
    shelflife_json_member_map(w, "definitions");
    shelflife_json_member_array(w, "support");
    for (size_t i = 0; i < COUNT(supports); i++) {
        shelflife_json_write_map(w);
        shelflife_json_member_text(w, "id", supports[i][0]);
        shelflife_json_member_text(w, "description", supports[i][1]);
        shelflife_json_write_end(w);
    }
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
}

static bool put_cle(struct exporting *x, const struct product *product)
{
    shelflife_day as_of = day_at(&product->catalog, "asOf");
    str purl;
    CLEANUP(cleanup_free)
    struct event *events = shelflife_calloc(product->count * EVENT_TYPES + 1, sizeof(*events));
    if (!events)
        return shelflife_fail_memory(x->err);
    size_t count = collect_events(x, product, events);
    if (count == 0)
        return true;
    if (!find_identifier(x, product, &purl))
        return false;
    shelflife_json_write_map(&x->w);
    shelflife_json_member_string(&x->w, "identifier", purl);
    put_time(&x->w, "updatedAt", as_of, false);
    put_supports(&x->w);
    shelflife_json_member_array(&x->w, "events");
    for (size_t i = count; i-- > 0;)
        if (!put_event(x, &events[i], i + 1, as_of))
            return false;
    shelflife_json_write_end(&x->w);
    shelflife_json_write_end(&x->w);
    x->written++;
    return true;
}

/* ---- OpenEoX ---- */

static void put_eox(writer *w, const char *key, shelflife_day day)
{
    if (day == SHELFLIFE_DAY_NONE)
        shelflife_json_member_text(w, key, "tba");
    else
        put_time(w, key, day, true);
}

static bool put_openeox(struct exporting *x, const struct product *product)
{
    writer *w = &x->w;
    str publisher = shelflife_feeds_text_at(&product->catalog, "publisher");
    str purl = {0};
    for (size_t i = 0; i < product->count; i++) {
        const struct release *r = &product->releases[i];
        if (r->ended)
            continue;
        if (purl.len == 0 && !find_identifier(x, product, &purl))
            return false;
        shelflife_json_write_map(w);
        shelflife_json_member_map(w, "core");
        shelflife_json_member_text(w, "$schema",
                                   "https://docs.oasis-open.org/openeox/eox-core/v1.0/schema/core.json");
        put_eox(w, "end_of_life", r->extended == SHELFLIFE_DAY_NONE ? r->end : r->extended);
        put_eox(w, "end_of_security_support", r->end);
        put_time(w, "last_updated", day_at(&product->catalog, "asOf"), false);
        shelflife_json_write_end(w);
        shelflife_json_member_string(w, "product_name", shelflife_feeds_text_at(&product->node, "name"));
        shelflife_json_member_optional(w, "product_version", r->release);
        shelflife_json_member_string(
            w, "vendor_name", publisher.len ? publisher : shelflife_feeds_text_at(&product->catalog, "name"));
        shelflife_json_member_string(w, "identifier", purl);
        shelflife_json_write_end(w);
        x->written++;
    }
    return true;
}

/* ---- products ---- */

static bool is_asked(const struct exporting *x, str catalog, str name)
{
    bool asked = x->asked->product_count == 0;
    for (size_t i = 0; i < x->asked->product_count; i++) {
        str one = shelflife_str_of(x->asked->products[i]);
        size_t slash = shelflife_str_find(one, '/');
        bool is = slash == SIZE_MAX ? shelflife_str_equal(one, name)
                                    : shelflife_str_equal(shelflife_str_first(one, slash), catalog) &&
                                          shelflife_str_equal(shelflife_str_after(one, slash + 1), name);
        x->found[i] = x->found[i] || is;
        asked = asked || is;
    }
    return asked;
}

static bool put_product(struct exporting *x, const struct node *catalog, const struct node *node)
{
    str of = shelflife_feeds_text_at(catalog, "name"), name = shelflife_feeds_text_at(node, "name");
    struct product product = {.catalog = *catalog, .node = *node};
    if (!is_asked(x, of, name) || !shelflife_node_get(node, "rows", &product.rows))
        return true;
    if (!shelflife_arena_format(&x->memory, &product.name, "%.*s/%.*s", STR_PRINT(of), STR_PRINT(name)))
        return shelflife_arena_fail(&x->memory, x->err);
    product.releases = shelflife_calloc(shelflife_node_count(product.rows) + 1, sizeof(*product.releases));
    if (!product.releases)
        return shelflife_fail_memory(x->err);
    read_rows(x, &product);
    skip_keys(x, &product);
    bool ok = x->asked->standard == SHELFLIFE_FEEDS_CLE ? put_cle(x, &product) : put_openeox(x, &product);
    shelflife_free(product.releases);
    return ok;
}

static bool put_catalog(struct exporting *x, size_t i)
{
    const struct shelflife_catalog *catalog = shelflife_catalogs_at(x->asked->catalogs, i);
    struct node products, product;
    str origin;
    if (!shelflife_arena_copy(&x->memory, catalog->origin, &origin))
        return shelflife_arena_fail(&x->memory, x->err);
    CLEANUP(cleanup_document)
    struct shelflife_document *document =
        shelflife_document_read(shelflife_catalogs_bytes_at(x->asked->catalogs, i), origin.at, x->err);
    if (!document)
        return false;
    struct node root = shelflife_document_root(document);
    if (!shelflife_node_get(&root, "products", &products))
        return true;
    for (size_t p = 0; shelflife_node_at(&products, p, &product); p++)
        if (!put_product(x, &root, &product))
            return false;
    return true;
}

static bool check_found(const struct exporting *x)
{
    for (size_t i = 0; i < x->asked->product_count; i++)
        if (!x->found[i])
            return shelflife_fail(x->err, SHELFLIFE_ERROR_USAGE, "no catalog has a product \"%s\"",
                                  x->asked->products[i]);
    return x->written || shelflife_fail(x->err, SHELFLIFE_ERROR_USAGE, "no product has anything to export");
}

static bool export(struct exporting *x, buffer *json)
{
    shelflife_json_writer_init(&x->w, json);
    if (x->asked->standard == SHELFLIFE_FEEDS_OPENEOX) {
        shelflife_json_write_map(&x->w);
        shelflife_json_member_array(&x->w, "statements");
    } else {
        shelflife_json_write_array(&x->w);
    }
    for (size_t i = 0; i < shelflife_catalogs_count(x->asked->catalogs); i++)
        if (!put_catalog(x, i))
            return false;
    shelflife_json_write_end(&x->w);
    if (x->asked->standard == SHELFLIFE_FEEDS_OPENEOX)
        shelflife_json_write_end(&x->w);
    return json->failed ? shelflife_fail_memory(x->err) : check_found(x);
}

bool shelflife_feeds_export(const struct shelflife_feeds_export *asked, buffer *out, buffer *skipped,
                            error *err)
{
    struct exporting x = {.asked = asked, .skipped = skipped, .err = err};
    buffer json CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&json, MEMORY_MAX);
    shelflife_arena_init(&x.memory, MEMORY_MAX);
    x.found = shelflife_calloc(asked->product_count + 1, sizeof(*x.found));
    bool ok = x.found ? export(&x, &json) : shelflife_fail_memory(err);
    str text = shelflife_buffer_str(&json);
    /* A CLE document is about one component, so a single one is not in a list. */
    if (ok && asked->standard == SHELFLIFE_FEEDS_CLE && x.written == 1)
        text = shelflife_str_first(shelflife_str_after(text, 1), text.len - 2);
    if (ok) {
        shelflife_buffer_append(out, text);
        shelflife_buffer_byte(out, '\n');
        ok = !out->failed || shelflife_fail_memory(err);
    }
    shelflife_free(x.found);
    shelflife_arena_free(&x.memory);
    return ok;
}
