/*
 * endoflife.date: a response of its API v1 about one product (/api/v1/products/NAME) or all
 * (/api/v1/products/full), or a file with the same facts under the names that its repository uses (eol, eoas,
 * lts, latestReleaseDate), with the publishers' rules and the package URLs of images.
 */
#include "base/ascii.h"
#include "feeds/read.h"
#include "json/document.h"

enum { KEYS = FEEDS_KEY_END | FEEDS_KEY_EXTENDED | FEEDS_KEY_LTS | FEEDS_KEY_LATEST | FEEDS_KEY_LATEST_DATE };

struct reading {
    const struct feeds_input *input;
    struct feeds_facts *facts;
    bool plain; /* the names of the repository, not those of the API */
    error *err;
};

static bool require_text(const struct node *map, const char *key, str *out, error *err)
{
    struct node node;
    *out = (str){0};
    if (!shelflife_node_get(map, key, &node))
        return shelflife_node_fail(
            *map, err, "`%s` is missing: this is not a response of the endoflife.date API v1", key);
    return shelflife_node_string(node, out, err);
}

static bool read_flag(const struct node *release, const char *key, bool *out, error *err)
{
    struct node node;
    *out = false;
    return !shelflife_node_get(release, key, &node) || shelflife_node_bool(node, out, err);
}

/* Reads a value that is a day, true or false, or absent. */
static bool read_day_or_flag(const struct node *release, const char *key, shelflife_day *day, bool *flag,
                             error *err)
{
    struct node node;
    *day = SHELFLIFE_DAY_NONE;
    *flag = false;
    if (!shelflife_node_get(release, key, &node))
        return true;
    return shelflife_node_type(node) == NODE_BOOL ? shelflife_node_bool(node, flag, err)
                                                  : shelflife_node_day(node, day, err);
}

static bool has_digit(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (ascii_is_digit(s.at[i]))
            return true;
    return false;
}

/* Long-term support that begins later is not long-term support yet. */
static bool has_begun(const struct reading *r, shelflife_day from)
{
    shelflife_day made = r->facts->as_of, today = made == SHELFLIFE_DAY_NONE ? r->input->today : made;
    return today == SHELFLIFE_DAY_NONE || from <= today;
}

static bool read_api(const struct reading *r, const struct node *release, struct feeds_release *fact,
                     shelflife_day *lts_from)
{
    struct node latest;
    if (!shelflife_feeds_day_at(release, "eolFrom", &fact->end_of_patch, r->err) ||
        !read_flag(release, "isEol", &fact->ended, r->err) ||
        !shelflife_feeds_day_at(release, "eoesFrom", &fact->end_of_extended_patch, r->err) ||
        !shelflife_feeds_day_at(release, "ltsFrom", lts_from, r->err) ||
        !read_flag(release, "isLts", &fact->lts, r->err))
        return false;
    if (!shelflife_node_get(release, "latest", &latest) || shelflife_node_type(latest) != NODE_MAP)
        return true;
    fact->latest = shelflife_feeds_text_at(&latest, "name");
    return shelflife_feeds_day_at(&latest, "date", &fact->latest_date, r->err);
}

static bool read_plain(const struct reading *r, const struct node *release, struct feeds_release *fact,
                       shelflife_day *lts_from)
{
    bool all_ended;
    fact->latest = shelflife_feeds_text_at(release, "latest");
    return read_day_or_flag(release, "eol", &fact->end_of_patch, &fact->ended, r->err) &&
           read_day_or_flag(release, "eoes", &fact->end_of_extended_patch, &all_ended, r->err) &&
           read_day_or_flag(release, "lts", lts_from, &fact->lts, r->err) &&
           shelflife_feeds_day_at(release, "latestReleaseDate", &fact->latest_date, r->err);
}

static bool read_release(const struct reading *r, const struct node *release, struct feeds_product *product)
{
    str name;
    shelflife_day lts_from;
    struct node node;
    if (!shelflife_node_map(*release, r->err) || !require_text(release, "name", &name, r->err))
        return false;
    /* In a response about all products, the one with this name may not be imported. */
    if (r->facts->single && !shelflife_feeds_is_version(name) && shelflife_node_get(release, "name", &node))
        return shelflife_node_fail(node, r->err, "\"%.*s\" is not a version",
                                   STR_PRINT(shelflife_str_first(name, 60)));
    struct feeds_release *fact = shelflife_feeds_facts_release(r->facts, product, name, r->err);
    if (!fact || !(r->plain ? read_plain : read_api)(r, release, fact, &lts_from) ||
        !shelflife_feeds_day_at(release, "releaseDate", &fact->released, r->err))
        return false;
    fact->keys = KEYS;
    /* A flag is true or false on the day of the feed only, so a day is used if there is one. */
    fact->ended = fact->ended && fact->end_of_patch == SHELFLIFE_DAY_NONE;
    if (lts_from != SHELFLIFE_DAY_NONE)
        fact->lts = has_begun(r, lts_from);
    if (!shelflife_feeds_is_version(fact->latest) || !has_digit(fact->latest)) {
        fact->latest = (str){0};
        fact->latest_date = SHELFLIFE_DAY_NONE;
        fact->keys &= ~(unsigned)(FEEDS_KEY_LATEST | FEEDS_KEY_LATEST_DATE);
    }
    return shelflife_feeds_codename(r->facts, shelflife_feeds_text_at(release, "codename"), &fact->codename,
                                    r->err);
}

/* ---- rules ---- */

/* Skips spaces and then `expected`, in lower case. */
static bool skip(str *text, str expected)
{
    for (size_t i = 0; i < expected.len; i++) {
        while (text->len && text->at[0] == ' ')
            *text = shelflife_str_after(*text, 1);
        if (text->len == 0 || ascii_lower(text->at[0]) != expected.at[i])
            return false;
        *text = shelflife_str_after(*text, 1);
    }
    return true;
}

/* Reads k from "eol(x) = releaseDate(x+k)". 0: it is another rule, or has an exception. */
static unsigned read_rule(str rule)
{
    str rest = rule;
    if (!skip(&rest, STR("eol(x)=release")))
        return 0;
    str after = rest;
    if (skip(&after, STR("date")))
        rest = after;
    if (!skip(&rest, STR("(x+")))
        return 0;
    while (rest.len && rest.at[0] == ' ')
        rest = shelflife_str_after(rest, 1);
    if (rest.len == 0 || !ascii_is_digit(rest.at[0]))
        return 0;
    unsigned k = (unsigned)(rest.at[0] - '0');
    rest = shelflife_str_after(rest, 1);
    if (!skip(&rest, STR(")")))
        return 0;
    rest = shelflife_str_trim(rest);
    return rest.len == 0 || shelflife_str_equal(rest, STR(".")) ? k : 0;
}

/* A rule that the facts contradict does not count: a release is patched although it should have ended. */
static void check_rule(struct feeds_product *product)
{
    for (size_t k = product->supported_releases, i = k; k && i < product->release_count; i++) {
        const struct feeds_release *fact = &product->releases[i];
        bool open = !fact->ended && fact->end_of_patch == SHELFLIFE_DAY_NONE;
        if (open && fact->latest_date > product->releases[i - k].released)
            product->supported_releases = 0;
    }
}

static void read_rules(const struct node *answer, struct feeds_product *product)
{
    struct node rules, rule;
    if (!shelflife_node_get(answer, "rules", &rules) || shelflife_node_type(rules) != NODE_ARRAY)
        return;
    for (size_t i = 0; product->supported_releases == 0 && shelflife_node_at(&rules, i, &rule); i++) {
        str text = {0};
        if (shelflife_node_type(rule) == NODE_STRING && shelflife_node_string(rule, &text, NULL))
            product->supported_releases = read_rule(text);
    }
}

/* ---- products ---- */

/* The package URLs are texts, or the `id` of maps. */
static bool read_identifiers(const struct reading *r, const struct node *answer,
                             struct feeds_product *product)
{
    struct node list, item;
    if (!shelflife_node_get(answer, r->plain ? "images" : "identifiers", &list) ||
        shelflife_node_type(list) != NODE_ARRAY)
        return true;
    for (size_t i = 0; shelflife_node_at(&list, i, &item); i++) {
        str purl = shelflife_feeds_text_or_at(&item, "id");
        if (purl.len && !shelflife_feeds_facts_purl(r->facts, product, purl, r->err))
            return false;
    }
    return true;
}

static bool read_source(const struct reading *r, const struct node *answer, struct feeds_product *product)
{
    struct node links;
    if (shelflife_node_get(answer, "links", &links) && shelflife_node_type(links) == NODE_MAP)
        product->source = shelflife_feeds_text_at(&links, "html");
    return product->source.len ||
           shelflife_arena_format(&r->facts->memory, &product->source, "https://endoflife.date/%.*s",
                                  STR_PRINT(product->name)) ||
           shelflife_arena_fail(&r->facts->memory, r->err);
}

static bool read_product(const struct reading *r, const struct node *answer)
{
    struct node releases, release;
    str name;
    if (!shelflife_node_map(*answer, r->err) || !require_text(answer, "name", &name, r->err))
        return false;
    struct feeds_product *product = shelflife_feeds_facts_add(r->facts, name, r->err);
    if (!product)
        return false;
    product->title = shelflife_feeds_text_at(answer, r->plain ? "title" : "label");
    if (!read_source(r, answer, product) || !read_identifiers(r, answer, product))
        return false;
    read_rules(answer, product);
    if (!shelflife_node_get(answer, "releases", &releases))
        return shelflife_node_fail(*answer, r->err,
                                   "`releases` is missing: use the response of /api/v1/products/NAME or "
                                   "/api/v1/products/full");
    if (!shelflife_node_array(releases, r->err))
        return false;
    for (size_t i = 0; shelflife_node_at(&releases, i, &release); i++)
        if (!read_release(r, &release, product))
            return false;
    check_rule(product);
    return true;
}

static bool read_made(const struct reading *r, const struct node *answer)
{
    str made;
    if (r->input->as_of != SHELFLIFE_DAY_NONE)
        return true;
    if (!require_text(answer, "generated_at", &made, r->err))
        return false;
    return shelflife_day_parse(shelflife_str_first(made, sizeof("2026-06-15") - 1), &r->facts->as_of) ||
           shelflife_node_fail(*answer, r->err,
                               "`generated_at` must begin with a day, like 2026-06-15T16:11:40Z");
}

bool shelflife_feeds_read_endoflife(const struct feeds_input *input, struct feeds_facts *facts, error *err)
{
    struct reading r = {.input = input, .facts = facts, .err = err};
    struct node recorded, products, product;
    if (!shelflife_feeds_facts_document(facts, input->bytes, input->origin, err))
        return false;
    struct node root = shelflife_document_root(facts->document);
    const struct node *answer = &root;
    /* If a file holds the answer with its source, the answer is in `response`. */
    if (!shelflife_node_get(&root, "result", &products) && shelflife_node_get(&root, "response", &recorded))
        answer = &recorded;
    if (!shelflife_node_get(answer, "result", &products)) {
        r.plain = shelflife_node_get(answer, "products", &products);
        if (!r.plain)
            return shelflife_node_fail(
                *answer, err,
                "`result` is missing: this is not a response of the endoflife.date API v1, "
                "/api/v1/products/NAME or /api/v1/products/full");
    }
    if (!r.plain && !read_made(&r, answer))
        return false;
    facts->single = shelflife_node_type(products) != NODE_ARRAY;
    if (facts->single)
        return read_product(&r, &products);
    for (size_t i = 0; shelflife_node_at(&products, i, &product); i++)
        if (!read_product(&r, &product))
            return false;
    return true;
}
