#include "feeds/merge.h"

#include <stdarg.h>
#include <stdio.h>

#include "feeds/format.h"
#include "feeds/place.h"

void shelflife_feeds_skip(const struct feeds_merge *m, size_t line, const char *format, ...)
{
    enum { TEXT_MAX = 512 };
    char text[TEXT_MAX];
    va_list arguments;
    if (!m->outcome->skipped)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (line)
        shelflife_buffer_format(m->outcome->skipped, "%s:%zu: %s\n", m->feed->origin, line, text);
    else
        shelflife_buffer_format(m->outcome->skipped, "%s: %s\n", m->feed->origin, text);
}

/* ---- which product is which ---- */

/* The user's entry about a product of the catalog; NULL if there is none. */
static const struct shelflife_feeds_name *asked_for(const struct feeds_merge *m, str name)
{
    for (size_t i = 0; i < m->feed->product_count; i++)
        if (shelflife_str_equal(shelflife_str_of(m->feed->products[i].product), name))
            return &m->feed->products[i];
    return NULL;
}

static bool is_wanted(const struct feeds_merge *m, str name)
{
    return m->feed->product_count == 0 || asked_for(m, name);
}

/* The facts about a product of the catalog. NULL if there are none, or the user did not ask for them. */
static struct feeds_product *facts_about(const struct feeds_merge *m, str name)
{
    const struct shelflife_feeds_name *entry = asked_for(m, name);
    if (!is_wanted(m, name))
        return NULL;
    if (entry && entry->in_feed)
        name = shelflife_str_of(entry->in_feed);
    if (entry && m->facts->unnamed && m->feed->product_count == 1 && m->facts->product_count == 1 &&
        !shelflife_str_equal(name, m->facts->other))
        return m->facts->products;
    return shelflife_feeds_facts_find(m->facts, name);
}

static bool in_catalog(const struct feeds_merge *m, str name)
{
    struct node products, product;
    if (!m->old.value || !shelflife_node_get(&m->old, "products", &products))
        return false;
    for (size_t i = 0; shelflife_node_at(&products, i, &product); i++)
        if (shelflife_str_equal(name, shelflife_feeds_text_at(&product, "name")))
            return true;
    return false;
}

/* ---- the repositories of the catalog ---- */

static int compare_known(const void *a, const void *b)
{
    const struct feeds_known *p = a, *q = b;
    int order = shelflife_str_compare(p->pattern, q->pattern);
    return order ? order : (p->product > q->product) - (p->product < q->product);
}

static bool add_known(struct feeds_merge *m, struct node item, size_t product)
{
    str text = shelflife_feeds_text_or_at(&item, "pattern");
    if (!shelflife_grow(&m->known, &m->known_capacity, m->known_count + 1, sizeof(*m->known)))
        return shelflife_fail_memory(m->err);
    m->known[m->known_count++] = (struct feeds_known){text, product};
    return true;
}

/* Collects the repositories, so that each of the feed is found quickly. */
static bool collect_known(struct feeds_merge *m)
{
    struct node products, product, list, item;
    if (!m->old.value || !shelflife_node_get(&m->old, "products", &products))
        return true;
    for (size_t p = 0; shelflife_node_at(&products, p, &product); p++) {
        if (!shelflife_node_get(&product, "repositories", &list))
            continue;
        for (size_t i = 0; shelflife_node_at(&list, i, &item); i++)
            if (!add_known(m, item, p))
                return false;
    }
    shelflife_sort(m->known, m->known_count, sizeof(*m->known), compare_known);
    return true;
}

/* The first product of the catalog in which a repository is written; SIZE_MAX if there is none. */
static size_t find_known(const struct feeds_merge *m, str repository)
{
    const struct feeds_known first = {.pattern = repository};
    size_t i = shelflife_lower_bound(&first, m->known, m->known_count, sizeof(first), compare_known);
    bool found = i < m->known_count && shelflife_str_equal(m->known[i].pattern, repository);
    return found ? m->known[i].product : SIZE_MAX;
}

/* ---- products of the catalog ---- */

static void put_supported(struct feeds_merge *m, unsigned supported)
{
    if (supported)
        shelflife_json_member_integer(&m->w, "supportedReleases", supported);
}

/* Copies the members of a product up to its rows, and sets supportedReleases if the feed has the rule. */
static void put_head(struct feeds_merge *m, const struct node *product, unsigned supported)
{
    struct node value;
    bool done = supported == 0;
    for (size_t i = 0; shelflife_node_at(product, i, &value); i++) {
        str key = shelflife_str_of(value.key);
        bool is_rows = shelflife_str_equal(key, STR("rows"));
        bool is_rule = shelflife_str_equal(key, STR("supportedReleases"));
        if (!done && (is_rows || is_rule || shelflife_str_equal(key, STR("part")))) {
            put_supported(m, supported);
            done = true;
        }
        if (is_rows || (is_rule && supported))
            continue;
        shelflife_json_write_key(&m->w, key);
        shelflife_feeds_format_copy(value, &m->w);
    }
}

static unsigned supported_releases(const struct node *product)
{
    enum { RELEASES_MAX = 1000 };
    struct node node;
    int64_t count = 0;
    if (shelflife_node_get(product, "supportedReleases", &node))
        shelflife_node_integer(node, 1, RELEASES_MAX, &count, NULL);
    return (unsigned)count;
}

static bool put_old_product(struct feeds_merge *m, const struct node *product, struct feeds_product *facts)
{
    struct node rows;
    if (!facts)
        facts = facts_about(m, shelflife_feeds_text_at(product, "name"));
    if (facts && shelflife_feeds_flag_at(product, "wholeTag")) {
        shelflife_feeds_skip(m, 0, "%.*s: the rows of the product in the catalog are whole tags",
                             STR_PRINT(facts->name));
        facts = NULL;
    }
    if (!facts) {
        shelflife_feeds_format_copy(*product, &m->w);
        return true;
    }
    m->outcome->updated++;
    shelflife_json_write_map(&m->w);
    put_head(m, product, facts->supported_releases);
    if (facts->supported_releases == 0)
        facts->supported_releases = supported_releases(product);
    if (!shelflife_node_get(product, "rows", &rows) || !shelflife_feeds_merge_rows(m, facts, &rows))
        return false;
    shelflife_json_write_end(&m->w);
    return true;
}

/* ---- new products ---- */

static void put_texts(struct shelflife_json_writer *w, const char *key, const str *texts, size_t count)
{
    if (count == 0)
        return;
    shelflife_json_member_array(w, key);
    for (size_t i = 0; i < count; i++)
        shelflife_json_write_string(w, texts[i]);
    shelflife_json_write_end(w);
}

static void put_words(struct shelflife_json_writer *w, const char *key, const char *const *words,
                      size_t count)
{
    if (count == 0)
        return;
    shelflife_json_member_array(w, key);
    for (size_t i = 0; i < count; i++)
        shelflife_json_write_string(w, shelflife_str_of(words[i]));
    shelflife_json_write_end(w);
}

static bool put_new_product(struct feeds_merge *m, struct feeds_product *facts, str name, bool patterns)
{
    static const struct node none;
    const struct shelflife_feeds_import *asked = m->asked;
    shelflife_json_write_map(&m->w);
    shelflife_json_member_optional(&m->w, "name", name);
    shelflife_json_member_optional(&m->w, "title", facts->title);
    shelflife_json_member_optional(&m->w, "source", facts->source);
    if (!patterns)
        put_texts(&m->w, "repositories", facts->repositories, facts->repository_count);
    put_words(&m->w, "repositories", asked->repositories, asked->repository_count);
    put_words(&m->w, "tags", asked->tags, asked->tag_count);
    put_supported(m, facts->supported_releases);
    put_words(&m->w, "part", asked->parts, asked->part_count);
    if (!shelflife_feeds_merge_rows(m, facts, &none))
        return false;
    shelflife_json_write_end(&m->w);
    m->outcome->added++;
    return true;
}

static void drop_known_repositories(const struct feeds_merge *m, struct feeds_product *facts)
{
    size_t kept = 0;
    for (size_t i = 0; i < facts->repository_count; i++)
        if (find_known(m, facts->repositories[i]) == SIZE_MAX)
            facts->repositories[kept++] = facts->repositories[i];
    facts->repository_count = kept;
}

static bool add_product(struct feeds_merge *m, struct feeds_product *facts, str name)
{
    const struct shelflife_feeds_import *asked = m->asked;
    if (asked->repository_count || asked->part_count)
        return put_new_product(m, facts, name, true);
    drop_known_repositories(m, facts);
    if (facts->repository_count)
        return put_new_product(m, facts, name, false);
    if (!m->facts->single && m->feed->product_count == 0) {
        m->outcome->unknown++;
        return true;
    }
    return shelflife_fail(
        m->err, SHELFLIFE_ERROR_USAGE,
        "%s: the repository of the images of \"%.*s\" is not known: set it with --repository",
        m->feed->origin, STR_PRINT(name));
}

/* The names under which facts are imported: those of the user's entries, or else their own. */
static str name_in_catalog(const struct feeds_merge *m, const struct feeds_product *facts)
{
    for (size_t i = 0; i < m->feed->product_count; i++) {
        str name = shelflife_str_of(m->feed->products[i].product);
        if (facts_about(m, name) == facts)
            return name;
    }
    return m->feed->product_count ? (str){0} : facts->name;
}

/* The product that is added for facts, or absent. An existing catalog gets only those new products
   that the user named or asked for. */
static str name_of_new(const struct feeds_merge *m, const struct feeds_product *facts)
{
    bool named = m->feed->product_count > 0 || m->facts->single || !m->old.value || m->feed->identifiers;
    str name = name_in_catalog(m, facts);
    return named && !in_catalog(m, name) && shelflife_feeds_facts_find(m->facts, facts->name) == facts
               ? name
               : (str){0};
}

static bool put_new_products(struct feeds_merge *m)
{
    bool ok = true;
    for (size_t i = 0; ok && i < m->facts->product_count; i++) {
        struct feeds_product *facts = &m->facts->products[i];
        str name = name_of_new(m, facts);
        ok = facts->placed || name.len == 0 || add_product(m, facts, name);
    }
    return ok;
}

/* The user's products are in the feed, and his patterns are for one new product. */
static bool check_asked(const struct feeds_merge *m)
{
    const struct shelflife_feeds_import *asked = m->asked;
    for (size_t i = 0; i < m->feed->product_count; i++) {
        const struct shelflife_feeds_name *entry = &m->feed->products[i];
        if (!facts_about(m, shelflife_str_of(entry->product)))
            return shelflife_fail(m->err, SHELFLIFE_ERROR_INPUT, "%s: it has no product \"%s\"",
                                  m->feed->origin, entry->in_feed ? entry->in_feed : entry->product);
    }
    if (asked->repository_count == 0 && asked->tag_count == 0 && asked->part_count == 0)
        return true;
    size_t added = 0;
    for (size_t i = 0; i < m->facts->product_count; i++)
        added += name_of_new(m, &m->facts->products[i]).len > 0;
    return added == 1 ||
           shelflife_fail(m->err, SHELFLIFE_ERROR_USAGE,
                          "--repository, --tag and --part require exactly one new product, but there are %zu",
                          added);
}

/* ---- products by their images ---- */

static int compare_placed(const void *a, const void *b)
{
    const struct feeds_placed *const *p = a, *const *q = b;
    if ((*p)->product != (*q)->product)
        return (*p)->product < (*q)->product ? -1 : 1;
    return (*p > *q) - (*p < *q); /* the order of the feed */
}

static bool put_placed_product(struct feeds_merge *m, const struct node *product,
                               const struct feeds_placed *const *placed, size_t count)
{
    struct node rows;
    if (count == 0 || !is_wanted(m, shelflife_feeds_text_at(product, "name"))) {
        shelflife_feeds_format_copy(*product, &m->w);
        return true;
    }
    m->outcome->updated++;
    shelflife_json_write_map(&m->w);
    put_head(m, product, 0);
    if (!shelflife_node_get(product, "rows", &rows) ||
        !shelflife_feeds_merge_variants(m, &rows, placed, count))
        return false;
    shelflife_json_write_end(&m->w);
    return true;
}

static void skip_unplaced(const struct feeds_merge *m, const struct feeds_placed *placed)
{
    const struct feeds_release *fact = placed->fact;
    if (fact->images.len)
        shelflife_feeds_skip(
            m, fact->line, "%.*s is in no repository of the catalog",
            STR_PRINT(shelflife_str_first(fact->images, shelflife_str_find(fact->images, ' '))));
    else
        shelflife_feeds_skip(m, fact->line,
                             "release %.*s names no image, and its product is not in the catalog",
                             STR_PRINT(fact->release));
}

static bool put_sorted(struct feeds_merge *m, const struct node *products,
                       const struct feeds_placed *const *sorted, size_t count)
{
    struct node product;
    size_t next = 0;
    for (size_t i = 0; shelflife_node_at(products, i, &product); i++) {
        size_t first = next;
        while (next < count && sorted[next]->product == i)
            next++;
        if (!put_placed_product(m, &product, sorted + first, next - first))
            return false;
    }
    for (; next < count; next++)
        skip_unplaced(m, sorted[next]);
    return true;
}

static bool put_by_image(struct feeds_merge *m, const struct node *products)
{
    struct feeds_places places = {0};
    const struct feeds_placed **sorted = NULL;
    bool ok = shelflife_feeds_place(&m->old, products, m->facts, &places, m->err);
    if (ok)
        sorted = shelflife_calloc(places.count + 1, sizeof(*sorted));
    if (ok && sorted) {
        for (size_t i = 0; i < places.count; i++)
            sorted[i] = &places.at[i];
        shelflife_sort(sorted, places.count, sizeof(*sorted), compare_placed);
        ok = put_sorted(m, products, sorted, places.count);
    } else if (ok) {
        ok = shelflife_fail_memory(m->err);
    }
    shelflife_free(sorted);
    shelflife_free(places.at);
    return ok;
}

/* Finds the facts about each product of the catalog by its repository, for a feed whose own names do not
 * matter. `placed` has NULL for the others. */
static void place_by_repository(const struct feeds_merge *m, struct feeds_product **placed)
{
    for (size_t i = 0; m->facts->by_repository && m->feed->product_count == 0 && i < m->facts->product_count;
         i++) {
        struct feeds_product *facts = &m->facts->products[i];
        size_t number = SIZE_MAX;
        for (size_t k = 0; number == SIZE_MAX && k < facts->repository_count; k++)
            number = find_known(m, facts->repositories[k]);
        facts->placed = number != SIZE_MAX && !placed[number];
        if (facts->placed)
            placed[number] = facts;
    }
}

static bool put_by_name(struct feeds_merge *m, const struct node *products)
{
    struct node product;
    struct feeds_product **placed =
        shelflife_calloc(shelflife_node_count(*products) + 1, sizeof(struct feeds_product *));
    bool ok = true;
    if (!placed)
        return shelflife_fail_memory(m->err);
    place_by_repository(m, placed);
    for (size_t i = 0; ok && shelflife_node_at(products, i, &product); i++)
        ok = put_old_product(m, &product, placed[i]);
    shelflife_free(placed);
    return ok;
}

bool shelflife_feeds_merge_products(struct feeds_merge *m)
{
    struct node products;
    bool ok = true, old = m->old.value && shelflife_node_get(&m->old, "products", &products);
    if (m->facts->by_image && !old)
        return shelflife_fail(
            m->err, SHELFLIFE_ERROR_USAGE,
            "%s: this format needs a catalog whose `repositories` say how the images are named: "
            "name it with --into, such as a copy of a built-in catalog",
            m->feed->origin);
    if (!m->facts->by_image && !check_asked(m))
        return false;
    shelflife_json_member_array(&m->w, "products");
    if (m->facts->by_image)
        ok = put_by_image(m, &products);
    else
        ok = collect_known(m) && (!old || put_by_name(m, &products)) && put_new_products(m);
    shelflife_free(m->known);
    m->known = NULL;
    shelflife_json_write_end(&m->w);
    return ok;
}
