#include "feeds/import.h"
#include "base/ascii.h"

#include "feeds/check.h"
#include "feeds/format.h"
#include "shelflife/catalog.h"

typedef struct shelflife_json_writer writer;

struct importing {
    const struct shelflife_feeds_import *asked;
    struct shelflife_feeds_imported *outcome;
    struct node old;     /* the root of the existing catalog; value NULL if there is none */
    struct node answers; /* the answer's `result`: a product, or an array of them */
    bool bulk;
    shelflife_day as_of;
    bool renew; /* a fact has changed, so serial and asOf change too */
    writer w;
    error *err;
};

/* ---- the answer ---- */

/* Gets the text under a key. Returns false if there is none, or it is not a string. */
static bool text_at(const struct node *map, const char *key, str *out)
{
    struct node node;
    *out = (str){0};
    return shelflife_node_get(map, key, &node) && shelflife_node_type(node) == NODE_STRING &&
           shelflife_node_string(node, out, NULL);
}

static bool require_text(const struct node *map, const char *key, str *out, error *err)
{
    struct node node;
    *out = (str){0};
    if (!shelflife_node_get(map, key, &node))
        return shelflife_node_fail(
            *map, err, "`%s` is missing: this is not a response of the endoflife.date API v1", key);
    return shelflife_node_string(node, out, err);
}

/* `root` and `recorded` must outlive the answers. If a file holds the answer with its source, the answer is
 * in `response`. */
static bool find_answers(struct importing *x, const struct node *root, struct node *recorded)
{
    const struct node *answer = root;
    struct node node;
    str made;
    if (!shelflife_node_get(root, "result", &node) && shelflife_node_get(root, "response", recorded))
        answer = recorded;
    if (!shelflife_node_get(answer, "result", &x->answers))
        return shelflife_node_fail(
            *answer, x->err,
            "`result` is missing: this is not a response of the endoflife.date API v1, "
            "/api/v1/products/NAME or /api/v1/products/full");
    x->bulk = shelflife_node_type(x->answers) == NODE_ARRAY;
    if (!x->bulk && !shelflife_node_map(x->answers, x->err))
        return false;
    if (x->as_of != SHELFLIFE_DAY_NONE)
        return true;
    if (!require_text(answer, "generated_at", &made, x->err))
        return false;
    return shelflife_day_parse(shelflife_str_first(made, sizeof("2026-06-15") - 1), &x->as_of) ||
           shelflife_node_fail(*answer, x->err,
                               "`generated_at` must begin with a day, like 2026-06-15T16:11:40Z");
}

static bool answer_at(const struct importing *x, size_t i, struct node *out)
{
    if (x->bulk)
        return shelflife_node_at(&x->answers, i, out);
    *out = x->answers;
    return i == 0;
}

static bool is_listed(const str *list, size_t count, str s)
{
    for (size_t i = 0; i < count; i++)
        if (shelflife_str_equal(list[i], s))
            return true;
    return false;
}

static bool is_wanted(const struct importing *x, str name)
{
    for (size_t i = 0; i < x->asked->product_count; i++)
        if (shelflife_str_equal(shelflife_str_of(x->asked->products[i]), name))
            return true;
    return x->asked->product_count == 0;
}

/* Finds the answer about a product. Returns false if there is none, or the user did not ask for it. */
static bool find_answer(const struct importing *x, str name, struct node *out)
{
    str other;
    for (size_t i = 0; is_wanted(x, name) && answer_at(x, i, out); i++)
        if (text_at(out, "name", &other) && shelflife_str_equal(name, other))
            return true;
    return false;
}

/* ---- rows ---- */

/* What an answer says about a release. */
struct facts {
    str release, codename, latest;
    shelflife_day end, extended;
    bool ended;
};

/* Reads a day that may be absent or null. */
static bool read_day(const struct node *release, const char *key, shelflife_day *out, error *err)
{
    struct node node;
    *out = SHELFLIFE_DAY_NONE;
    return !shelflife_node_get(release, key, &node) || shelflife_node_day(node, out, err);
}

static bool read_flag(const struct node *release, const char *key, bool *out, error *err)
{
    struct node node;
    *out = false;
    return !shelflife_node_get(release, key, &node) || shelflife_node_bool(node, out, err);
}

static bool is_version(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_alphanumeric(s.at[i]) && !strchr(".-_+", s.at[i]))
            return false;
    return s.len > 0;
}

static bool read_facts(const struct node *release, struct facts *out, error *err)
{
    struct node latest;
    *out = (struct facts){0};
    if (!shelflife_node_map(*release, err) || !require_text(release, "name", &out->release, err) ||
        !read_day(release, "eolFrom", &out->end, err) || !read_flag(release, "isEol", &out->ended, err) ||
        !read_day(release, "eoesFrom", &out->extended, err))
        return false;
    /* A flag is true or false on the day of the answer only, so a day is used if there is one. */
    out->ended = out->ended && out->end == SHELFLIFE_DAY_NONE;
    /* Paid support is recorded only for a release whose free support has an end. */
    bool ends = out->ended || out->end != SHELFLIFE_DAY_NONE;
    if (!ends || out->extended <= out->end)
        out->extended = SHELFLIFE_DAY_NONE;
    if (shelflife_node_get(release, "latest", &latest) && shelflife_node_type(latest) == NODE_MAP &&
        text_at(&latest, "name", &out->latest) && !is_version(out->latest))
        out->latest = (str){0};
    text_at(release, "codename", &out->codename);
    return true;
}

/* Copies a member of the old map, if it has that member. */
static void put_old(writer *w, const struct node *old, const char *key)
{
    struct node value;
    if (!old->value || !shelflife_node_get(old, key, &value))
        return;
    shelflife_json_write_key(w, shelflife_str_of(key));
    shelflife_feeds_format_copy(value, w);
}

static void put_texts(writer *w, const char *key, const str *texts, size_t count)
{
    if (count == 0)
        return;
    shelflife_json_member_array(w, key);
    for (size_t i = 0; i < count; i++)
        shelflife_json_write_string(w, texts[i]);
    shelflife_json_write_end(w);
}

static void put_words(writer *w, const char *key, const char *const *words, size_t count)
{
    if (count == 0)
        return;
    shelflife_json_member_array(w, key);
    for (size_t i = 0; i < count; i++)
        shelflife_json_write_string(w, shelflife_str_of(words[i]));
    shelflife_json_write_end(w);
}

/* The codename as tags spell it: "noble" for "Noble Numbat". Empty if the name does not begin with such a
 * word. */
static void put_codename(writer *w, str name)
{
    char word[64];
    size_t n = 0;
    for (; n < name.len && name.at[n] != ' '; n++) {
        char c = name.at[n];
        if (n == sizeof(word) || !(ascii_is_letter(c) || (ascii_is_digit(c) && n > 0)))
            return;
        word[n] = ascii_lower(c);
    }
    shelflife_json_member_optional(w, "codename", (str){word, n});
}

/* Writes a row, members in the order of the schema. `old` is the existing row, or has value NULL. */
static void put_row(writer *w, const struct node *old, const struct facts *facts, bool codenames)
{
    shelflife_json_write_map(w);
    shelflife_json_member_optional(w, "release", facts->release);
    put_old(w, old, "is");
    if (old->value)
        put_old(w, old, "codename");
    else if (codenames)
        put_codename(w, facts->codename);
    put_old(w, old, "when");
    shelflife_json_member_optional_day(w, "endOfPatch", facts->end);
    put_old(w, old, "endOfAvailability");
    shelflife_json_member_optional_day(w, "endOfExtendedPatch", facts->extended);
    if (facts->ended) {
        shelflife_json_member_bool(w, "ended", true);
    }
    shelflife_json_member_optional(w, "latest", facts->latest);
    put_old(w, old, "digests");
    put_old(w, old, "source");
    put_old(w, old, "note");
    shelflife_json_write_end(w);
}

/* The rows of a product in the catalog, sorted by release. Rows of the same release keep their order. */
struct old_rows {
    struct old_row {
        str release;
        size_t index;
        struct node node;
        bool written;
    } * at;
    size_t count;
    bool codenames; /* true if at least one row has a codename */
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
    *out = (struct old_rows){.at = calloc(count + 1, sizeof(*out->at)), .count = count};
    if (!out->at)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < count; i++) {
        struct node codename;
        out->at[i].index = i;
        shelflife_node_at(rows, i, &out->at[i].node);
        text_at(&out->at[i].node, "release", &out->at[i].release);
        out->codenames = out->codenames || shelflife_node_get(&out->at[i].node, "codename", &codename);
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

static bool put_release(struct importing *x, const struct node *release, struct old_rows *old)
{
    static const struct node none;
    struct facts facts;
    if (!read_facts(release, &facts, x->err))
        return false;
    size_t i = find_old_row(old, facts.release);
    bool known = i < old->count && shelflife_str_equal(old->at[i].release, facts.release);
    if (!known)
        put_row(&x->w, &none, &facts, old->codenames || old->count == 0);
    for (; known && i < old->count && shelflife_str_equal(old->at[i].release, facts.release); i++) {
        if (!old->at[i].written)
            put_row(&x->w, &old->at[i].node, &facts, false);
        old->at[i].written = true;
    }
    return true;
}

/* Writes the rows in the order of the answer, then the old rows that the answer no longer has. */
static bool put_rows(struct importing *x, const struct node *answer, const struct node *rows)
{
    struct node releases, release;
    struct old_rows old;
    if (!shelflife_node_get(answer, "releases", &releases))
        return shelflife_node_fail(*answer, x->err,
                                   "`releases` is missing: use the response of /api/v1/products/NAME or "
                                   "/api/v1/products/full");
    if (!shelflife_node_array(releases, x->err) || !collect_old_rows(rows, &old, x->err))
        return false;
    bool ok = true;
    shelflife_json_member_array(&x->w, "rows");
    for (size_t i = 0; ok && shelflife_node_at(&releases, i, &release); i++)
        ok = put_release(x, &release, &old);
    shelflife_sort(old.at, old.count, sizeof(*old.at), compare_places);
    for (size_t i = 0; ok && i < old.count; i++)
        if (!old.at[i].written)
            shelflife_feeds_format_copy(old.at[i].node, &x->w);
    shelflife_json_write_end(&x->w);
    free(old.at);
    return ok;
}

/* ---- products ---- */

/* Writes a product of the catalog, with the answer's rows if there is an answer. */
static bool put_old_product(struct importing *x, const struct node *product)
{
    struct node answer, rows, value;
    str name = {0};
    if (!text_at(product, "name", &name) || !find_answer(x, name, &answer)) {
        shelflife_feeds_format_copy(*product, &x->w);
        return true;
    }
    x->outcome->updated++;
    shelflife_json_write_map(&x->w);
    for (size_t i = 0; shelflife_node_at(product, i, &value); i++) {
        if (shelflife_str_equal(shelflife_str_of(value.key), STR("rows")))
            continue;
        shelflife_json_write_key(&x->w, shelflife_str_of(value.key));
        shelflife_feeds_format_copy(value, &x->w);
    }
    if (!shelflife_node_get(product, "rows", &rows) || !put_rows(x, &answer, &rows))
        return false;
    shelflife_json_write_end(&x->w);
    return true;
}

enum { REPOSITORIES_MAX = 64 };

/* Reads the package URL of an image: pkg:docker/library/python,
 * pkg:oci/argocd?repository_url=quay.io/argoproj. */
static bool read_purl(str purl, arena *a, str *repository)
{
    static const str docker = STR_INIT("pkg:docker/"), oci = STR_INIT("pkg:oci/"),
                     url = STR_INIT("repository_url=");
    struct shelflife_reference reference;
    bool is_docker = shelflife_str_starts(purl, docker), is_oci = shelflife_str_starts(purl, oci);
    if ((!is_docker && !is_oci) || shelflife_str_find(purl, '%') != SIZE_MAX)
        return false;
    str name = shelflife_str_after(purl, is_docker ? docker.len : oci.len), host = {0}, text;
    size_t query = shelflife_str_find(name, '?');
    if (query != SIZE_MAX) {
        host = shelflife_str_after(name, query + 1);
        while (host.len && !shelflife_str_starts(host, url)) {
            size_t next = shelflife_str_find(host, '&');
            host = next == SIZE_MAX ? (str){0} : shelflife_str_after(host, next + 1);
        }
        host = shelflife_str_after(host, url.len);
        host = shelflife_str_first(host, shelflife_str_find(host, '&'));
        name = shelflife_str_first(name, query);
    }
    name = shelflife_str_first(name, shelflife_str_find(name, '@'));
    if (is_oci && host.len == 0)
        return false;
    str last = shelflife_str_after(host, shelflife_str_find_last(host, '/') + 1);
    bool whole = is_oci && host.len > last.len && shelflife_str_equal(last, name);
    if (!shelflife_arena_format(a, &text, "%.*s%s%.*s", STR_PRINT(host), host.len && !whole ? "/" : "",
                                STR_PRINT(whole ? (str){0} : name)) ||
        !shelflife_reference_parse(text, a, &reference, NULL))
        return false;
    *repository = reference.name;
    return true;
}

static size_t known_repositories(const struct node *answer, arena *a, str out[REPOSITORIES_MAX])
{
    struct node identifiers, identifier;
    size_t count = 0;
    if (!shelflife_node_get(answer, "identifiers", &identifiers) ||
        shelflife_node_type(identifiers) != NODE_ARRAY)
        return 0;
    for (size_t i = 0; count < REPOSITORIES_MAX && shelflife_node_at(&identifiers, i, &identifier); i++) {
        str id;
        if (shelflife_node_type(identifier) == NODE_MAP && text_at(&identifier, "id", &id) &&
            read_purl(id, a, &out[count]) && !is_listed(out, count, out[count]))
            count++;
    }
    return count;
}

static void put_source(struct importing *x, const struct node *answer, str name)
{
    struct node links;
    str html;
    shelflife_json_write_key(&x->w, STR("source"));
    if (shelflife_node_get(answer, "links", &links) && shelflife_node_type(links) == NODE_MAP &&
        text_at(&links, "html", &html)) {
        shelflife_json_write_string(&x->w, html);
        return;
    }
    buffer url;
    shelflife_buffer_init(&url, SIZE_MAX);
    shelflife_buffer_format(&url, "https://endoflife.date/%.*s", STR_PRINT(name));
    shelflife_json_write_string(&x->w, shelflife_buffer_str(&url));
    shelflife_buffer_free(&url);
}

static bool put_new_product(struct importing *x, const struct node *answer, str name, const str *known,
                            size_t count)
{
    static const struct node none;
    str label = {0};
    text_at(answer, "label", &label);
    shelflife_json_write_map(&x->w);
    shelflife_json_member_optional(&x->w, "name", name);
    shelflife_json_member_optional(&x->w, "title", label);
    put_source(x, answer, name);
    put_texts(&x->w, "repositories", known, count);
    put_words(&x->w, "repositories", x->asked->repositories, x->asked->repository_count);
    put_words(&x->w, "tags", x->asked->tags, x->asked->tag_count);
    put_words(&x->w, "part", x->asked->parts, x->asked->part_count);
    if (!put_rows(x, answer, &none))
        return false;
    shelflife_json_write_end(&x->w);
    x->outcome->added++;
    return true;
}

static bool add_product(struct importing *x, const struct node *answer, str name)
{
    const struct shelflife_feeds_import *asked = x->asked;
    str known[REPOSITORIES_MAX];
    arena memory CLEANUP(shelflife_arena_free);
    shelflife_arena_init(&memory, 1 << 20);
    if (asked->repository_count || asked->part_count)
        return put_new_product(x, answer, name, NULL, 0);
    size_t count = known_repositories(answer, &memory, known);
    if (count)
        return put_new_product(x, answer, name, known, count);
    if (x->bulk && asked->product_count == 0) {
        x->outcome->unknown++;
        return true;
    }
    return shelflife_node_fail(
        *answer, x->err, "the repository of the images of \"%.*s\" is not known: set it with --repository",
        STR_PRINT(name));
}

static bool in_catalog(const struct importing *x, str name)
{
    struct node products, product;
    str other;
    if (!x->old.value || !shelflife_node_get(&x->old, "products", &products))
        return false;
    for (size_t i = 0; shelflife_node_at(&products, i, &product); i++)
        if (text_at(&product, "name", &other) && shelflife_str_equal(name, other))
            return true;
    return false;
}

/* An existing catalog gets only those new products that the user named. */
static bool put_new_products(struct importing *x)
{
    struct node answer;
    str name;
    for (size_t i = 0; answer_at(x, i, &answer); i++) {
        if (!shelflife_node_map(answer, x->err) || !require_text(&answer, "name", &name, x->err))
            return false;
        bool named = x->asked->product_count > 0 || !x->bulk || !x->old.value;
        if (named && is_wanted(x, name) && !in_catalog(x, name) && !add_product(x, &answer, name))
            return false;
    }
    return true;
}

static bool put_products(struct importing *x)
{
    struct node products, product;
    bool ok = true;
    shelflife_json_member_array(&x->w, "products");
    if (x->old.value && shelflife_node_get(&x->old, "products", &products))
        for (size_t i = 0; ok && shelflife_node_at(&products, i, &product); i++)
            ok = put_old_product(x, &product);
    ok = ok && put_new_products(x);
    shelflife_json_write_end(&x->w);
    return ok;
}

/* ---- the catalog ---- */

static void put_serial(struct importing *x)
{
    struct node serial;
    int64_t number = 0;
    if (x->old.value && shelflife_node_get(&x->old, "serial", &serial))
        shelflife_node_integer(serial, 0, INT64_MAX, &number, NULL);
    shelflife_json_member_integer(&x->w, "serial", number < INT64_MAX ? number + 1 : number);
}

static void put_new_head(struct importing *x)
{
    shelflife_json_member_text(&x->w, "apiVersion", "shelflife.dev/v1");
    shelflife_json_member_text(&x->w, "kind", "Catalog");
    shelflife_json_member_optional(&x->w, "name",
                                   shelflife_str_of(x->asked->name ? x->asked->name : "endoflife"));
    shelflife_json_member_text(&x->w, "title", "endoflife.date");
    shelflife_json_member_text(&x->w, "source", "https://endoflife.date");
    shelflife_json_member_text(&x->w, "license", "MIT");
    shelflife_json_member_optional_day(&x->w, "asOf", x->as_of);
    put_serial(x);
}

static void put_old_head(struct importing *x)
{
    struct node value;
    bool has_serial = shelflife_node_get(&x->old, "serial", &value);
    for (size_t i = 0; shelflife_node_at(&x->old, i, &value); i++) {
        str key = shelflife_str_of(value.key);
        bool as_of = shelflife_str_equal(key, STR("asOf")), serial = shelflife_str_equal(key, STR("serial"));
        if (shelflife_str_equal(key, STR("products")))
            continue;
        if (x->renew && as_of) {
            shelflife_json_member_optional_day(&x->w, "asOf", x->as_of);
        } else if (!x->renew || !serial) {
            shelflife_json_write_key(&x->w, shelflife_str_of(value.key));
            shelflife_feeds_format_copy(value, &x->w);
        }
        if (x->renew && (serial || (as_of && !has_serial)))
            put_serial(x);
    }
}

/* The catalog as JSON on one line. */
static bool put_catalog(struct importing *x, buffer *out)
{
    *x->outcome = (struct shelflife_feeds_imported){0};
    shelflife_json_writer_init(&x->w, out);
    shelflife_json_write_map(&x->w);
    if (x->old.value)
        put_old_head(x);
    else
        put_new_head(x);
    if (!put_products(x))
        return false;
    shelflife_json_write_end(&x->w);
    return !out->failed || shelflife_fail_memory(x->err);
}

/* Checks that the text is a catalog, then formats it. */
static bool finish(const char *origin, str json, buffer *out, error *err)
{
    CLEANUP(cleanup_document)
    struct shelflife_document *document = shelflife_document_read(json, origin, err);
    if (!document || !shelflife_feeds_catalog_check(origin, json, err))
        return false;
    shelflife_feeds_format_catalog(shelflife_document_root(document), out);
    return !out->failed || shelflife_fail_memory(err);
}

static bool check_products(const struct importing *x)
{
    struct node answer;
    const struct shelflife_feeds_import *asked = x->asked;
    for (size_t i = 0; i < asked->product_count; i++)
        if (!find_answer(x, shelflife_str_of(asked->products[i]), &answer))
            return shelflife_fail(x->err, SHELFLIFE_ERROR_INPUT, "%s: it has no product \"%s\"",
                                  asked->answer_origin, asked->products[i]);
    if (asked->repository_count == 0 && asked->tag_count == 0 && asked->part_count == 0)
        return true;
    size_t added = 0;
    for (size_t i = 0; answer_at(x, i, &answer); i++) {
        str name = {0};
        text_at(&answer, "name", &name);
        added += is_wanted(x, name) && !in_catalog(x, name);
    }
    return added == 1 ||
           shelflife_fail(x->err, SHELFLIFE_ERROR_USAGE,
                          "--repository, --tag and --part require exactly one new product, but there "
                          "are %zu",
                          added);
}

/* Whether two catalogs have the same content. Their layout may differ. */
static bool is_same(struct node old, str json, bool *same, error *err)
{
    CLEANUP(cleanup_document)
    struct shelflife_document *document = shelflife_document_read(json, "the new catalog", err);
    if (!document)
        return false;
    buffer before CLEANUP(shelflife_buffer_free), after CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&before, SIZE_MAX);
    shelflife_buffer_init(&after, SIZE_MAX);
    shelflife_feeds_format_catalog(old, &before);
    shelflife_feeds_format_catalog(shelflife_document_root(document), &after);
    *same = shelflife_str_equal(shelflife_buffer_str(&before), shelflife_buffer_str(&after));
    return (!before.failed && !after.failed) || shelflife_fail_memory(err);
}

bool shelflife_feeds_import_endoflife(const struct shelflife_feeds_import *asked, buffer *out,
                                      struct shelflife_feeds_imported *outcome, error *err)
{
    struct importing x = {.asked = asked, .outcome = outcome, .as_of = asked->as_of, .err = err};
    buffer json CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&json, SIZE_MAX);
    CLEANUP(cleanup_document) struct shelflife_document *old = NULL;
    CLEANUP(cleanup_document)
    struct shelflife_document *answer = shelflife_document_read(asked->answer, asked->answer_origin, err);
    if (!answer)
        return false;
    struct node root = shelflife_document_root(answer), recorded;
    if (!find_answers(&x, &root, &recorded))
        return false;
    if (asked->catalog.len) {
        if (!shelflife_feeds_catalog_check(asked->catalog_origin, asked->catalog, err))
            return false;
        old = shelflife_document_read(asked->catalog, asked->catalog_origin, err);
        if (!old)
            return false;
        x.old = shelflife_document_root(old);
    }
    bool same = false;
    if (!check_products(&x) || !put_catalog(&x, &json) ||
        (old && !is_same(x.old, shelflife_buffer_str(&json), &same, err)))
        return false;
    if (same && asked->as_of == SHELFLIFE_DAY_NONE) {
        shelflife_buffer_append(out, asked->catalog);
        return !out->failed || shelflife_fail_memory(err);
    }
    x.renew = true;
    shelflife_buffer_reset(&json);
    if (!put_catalog(&x, &json))
        return false;
    outcome->changed = true;
    return finish(old ? asked->catalog_origin : "the new catalog", shelflife_buffer_str(&json), out, err);
}
