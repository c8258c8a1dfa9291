/*
 * The release schedule of Node.js: a map of "v18" to the days on which it starts, becomes long-term support,
 * and ends. A release before its first day is not imported.
 */
#include "feeds/read.h"
#include "json/document.h"

static bool is_before(shelflife_day today, shelflife_day day)
{
    return today != SHELFLIFE_DAY_NONE && today < day;
}

static bool read_release(const struct feeds_input *input, struct feeds_facts *facts,
                         struct feeds_product *product, const struct node *release, error *err)
{
    str name = shelflife_str_of(release->key), codename = {0};
    struct node node;
    shelflife_day start, lts, end;
    if (!shelflife_node_map(*release, err))
        return false;
    if (!shelflife_str_starts(name, STR("v")) || !shelflife_feeds_is_version(name))
        return shelflife_node_fail(*release, err, "the name of a release must be like v18");
    if (!shelflife_feeds_day_at(release, "start", &start, err) ||
        !shelflife_feeds_day_at(release, "lts", &lts, err) ||
        !shelflife_feeds_day_at(release, "end", &end, err))
        return false;
    if (start == SHELFLIFE_DAY_NONE || end == SHELFLIFE_DAY_NONE)
        return shelflife_node_fail(*release, err, "`start` or `end` is missing");
    if (is_before(input->today, start))
        return true;
    struct feeds_release *fact =
        shelflife_feeds_facts_release(facts, product, shelflife_str_after(name, 1), err);
    if (!fact)
        return false;
    fact->keys = FEEDS_KEY_END | FEEDS_KEY_LTS;
    fact->released = start;
    fact->end_of_patch = end;
    fact->lts = lts != SHELFLIFE_DAY_NONE && !is_before(input->today, lts);
    if (shelflife_node_get(release, "codename", &node) && !shelflife_node_string(node, &codename, err))
        return false;
    return shelflife_feeds_codename(facts, codename, &fact->codename, err);
}

bool shelflife_feeds_read_node_releases(const struct feeds_input *input, struct feeds_facts *facts,
                                        error *err)
{
    struct node release;
    if (!shelflife_feeds_facts_document(facts, input->bytes, input->origin, err))
        return false;
    struct node root = shelflife_document_root(facts->document);
    struct feeds_product *product = shelflife_feeds_facts_add(facts, STR("nodejs"), err);
    if (!product || !shelflife_node_map(root, err))
        return false;
    facts->single = facts->unnamed = true;
    product->title = STR("Node.js");
    product->source = STR("https://github.com/nodejs/Release");
    /* Catalogs list the newest release first; the schedule lists it last. */
    for (size_t i = shelflife_node_count(root); i-- > 0;)
        if (shelflife_node_at(&root, i, &release) && !read_release(input, facts, product, &release, err))
            return false;
    return product->release_count > 0 ||
           shelflife_node_fail(root, err, "it has no releases: this is not the release schedule of Node.js");
}
