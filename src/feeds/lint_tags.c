#include "feeds/lint_tags.h"

#include "base/ascii.h"
#include "catalog/pattern.h"
#include "catalog/trace.h"
#include "feeds/facts.h"
#include "shelflife/catalog.h"
#include "json/document.h"

enum { SCRATCH_MAX = 1 << 20, COUNTED_MIN = 5, NAMED_SHARE = 3 /* one of this many */, TEXT_MAX = 1024 };

/* A repository pattern, and what was counted of it. */
struct tally {
    const struct shelflife_product *product;
    str pattern;
    struct node node;
    size_t counted, named;
    str example; /* a tag that names no release, in the memory of the references */
};

struct counting {
    struct shelflife_catalogs *set;
    struct tally *tallies; /* owned; sorted by product and pattern */
    size_t count, capacity;
    arena scratch;
    error *err;
};

/* ---- Patterns ---- */

static bool add_pattern(struct counting *c, const struct shelflife_product *product, struct node node)
{
    str pattern = shelflife_feeds_text_or_at(&node, "pattern");
    str reason = shelflife_feeds_text_at(&node, "reason");
    /* In a name with a version, the tag says something else. */
    if (reason.len || memmem(pattern.at, pattern.len, "{version}", sizeof("{version}") - 1))
        return true;
    if (!shelflife_grow(&c->tallies, &c->capacity, c->count + 1, sizeof(*c->tallies)))
        return shelflife_fail_memory(c->err);
    c->tallies[c->count++] = (struct tally){.product = product, .pattern = pattern, .node = node};
    return true;
}

static int compare_tallies(const void *a, const void *b)
{
    const struct tally *p = a, *q = b;
    int order = (p->product > q->product) - (p->product < q->product);
    return order ? order : shelflife_str_compare(p->pattern, q->pattern);
}

static bool has_versions(const struct counting *c, const struct shelflife_product *product,
                         const struct node *node)
{
    return !shelflife_feeds_flag_at(node, "wholeTag") && product->row_count > 0 &&
           shelflife_catalogs_row_at(c->set, product->first_row)->release.len > 0;
}

/* `products` and `repositories` must outlive the tallies. */
static bool list_patterns(struct counting *c, const struct node *products, struct node *product,
                          struct node *repositories)
{
    struct node node;
    for (size_t i = 0; shelflife_node_at(products, i, &product[i]); i++) {
        const struct shelflife_product *known = shelflife_catalogs_product_at(c->set, i);
        if (!has_versions(c, known, &product[i]) ||
            !shelflife_node_get(&product[i], "repositories", &repositories[i]))
            continue;
        for (size_t k = 0; shelflife_node_at(&repositories[i], k, &node); k++)
            if (!add_pattern(c, known, node))
                return false;
    }
    shelflife_sort(c->tallies, c->count, sizeof(*c->tallies), compare_tallies);
    return true;
}

static struct tally *find_tally(const struct counting *c, const struct shelflife_product *product,
                                str pattern)
{
    const struct tally wanted = {.product = product, .pattern = pattern};
    return c->count ? bsearch(&wanted, c->tallies, c->count, sizeof(*c->tallies), compare_tallies) : NULL;
}

/* ---- Tags ---- */

/* The first number of a tag with those that follow it after dots: "3.8" in v3.8-slim. Empty if no word of the
 * tag begins with a number. */
static str version_of(str tag)
{
    for (size_t i = 0; i < tag.len; i++) {
        bool begins = i == 0 || catalog_is_separator(tag.at[i - 1]) || (tag.at[i - 1] == 'v' && i == 1);
        if (!begins || !ascii_is_digit(tag.at[i]))
            continue;
        size_t end = i;
        while (end < tag.len && (ascii_is_digit(tag.at[end]) || (tag.at[end] == '.' && end + 1 < tag.len &&
                                                                 ascii_is_digit(tag.at[end + 1]))))
            end++;
        return shelflife_str_first(shelflife_str_after(tag, i), end - i);
    }
    return (str){0};
}

/* Where a version is among the releases of a product. */
enum place { PLACE_AMONG, PLACE_BEGINS_ONE, PLACE_OUTSIDE };

static enum place find_place(const struct counting *c, const struct shelflife_product *product, str version)
{
    bool older = true, newer = true;
    for (size_t i = 0; i < product->row_count; i++) {
        str release = shelflife_catalogs_row_at(c->set, product->first_row + i)->release;
        if (shelflife_str_starts(release, version) &&
            shelflife_str_starts(shelflife_str_after(release, version.len), STR(".")))
            return PLACE_BEGINS_ONE;
        int order = shelflife_version_compare(version, release);
        older = older && order < 0;
        newer = newer && order > 0;
    }
    return older || newer ? PLACE_OUTSIDE : PLACE_AMONG;
}

static bool names_release(const struct shelflife_resolution *found, const struct shelflife_product *product)
{
    for (size_t i = 0; i < found->match_count; i++) {
        const struct shelflife_match *match = &found->matches[i];
        bool listed = match->kind != SHELFLIFE_MATCH_OLDER && match->kind != SHELFLIFE_MATCH_BETWEEN;
        if (listed && match->row->product == product && match->by != SHELFLIFE_MATCH_BY_PART)
            return true;
    }
    return false;
}

static void count_tag(const struct counting *c, struct tally *tally, str tag,
                      const struct shelflife_resolution *found)
{
    str version = version_of(tag);
    bool named = names_release(found, tally->product);
    if (version.len == 0 && !named)
        return;
    enum place place = named ? PLACE_BEGINS_ONE : find_place(c, tally->product, version);
    if (place == PLACE_OUTSIDE)
        return;
    tally->counted++;
    tally->named += place == PLACE_BEGINS_ONE;
    if (place == PLACE_AMONG && !tally->example.len)
        tally->example = tag;
}

static bool count_reference(struct counting *c, str line)
{
    struct shelflife_reference reference;
    struct shelflife_resolution found = {0};
    struct shelflife_trace trace = {0};
    shelflife_arena_reset(&c->scratch);
    error why = {0};
    if (!shelflife_reference_parse(line, &c->scratch, &reference, &why))
        return why.kind != SHELFLIFE_ERROR_MEMORY || shelflife_fail_memory(c->err);
    if (reference.tag.len == 0)
        return true;
    if (!shelflife_catalogs_trace(c->set, reference.name, &reference, NULL, &c->scratch, &found, &trace,
                                  c->err))
        return false;
    /* The patterns are among the first steps. A trace that is cut before it is full lacked memory. */
    if (trace.cut && trace.count < CATALOG_TRACE_MAX)
        return shelflife_fail_memory(c->err);
    /* The tag in the line, which lives longer: it is at the end, or before the digest. */
    str tag = shelflife_str_first(line, shelflife_str_find(line, '@'));
    tag = shelflife_str_after(tag, tag.len - reference.tag.len);
    for (size_t i = 0; i < trace.count; i++) {
        const struct shelflife_trace_step *step = &trace.steps[i];
        if (step->kind != SHELFLIFE_TRACE_PATTERN || step->outcome != SHELFLIFE_TRACE_TAKEN)
            continue;
        struct tally *tally = find_tally(c, step->product, step->text);
        if (tally)
            count_tag(c, tally, tag, &found);
    }
    return true;
}

static bool count_all(struct counting *c, str rest)
{
    while (rest.len) {
        str line = shelflife_str_trim(shelflife_str_line(&rest));
        if (line.len && line.at[0] != '#' && !count_reference(c, line))
            return false;
    }
    return true;
}

/* ---- Findings ---- */

static bool report(const struct tally *tally, struct shelflife_feeds_findings *findings, error *err)
{
    char problem[TEXT_MAX];
    buffer path CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&path, SIZE_MAX);
    shelflife_node_path(tally->node, &path);
    if (path.failed)
        return shelflife_fail_memory(err);
    snprintf(problem, sizeof(problem),
             "of %zu tags of %.*s with a version, %zu name a release of %.*s; \"%.*s\" does not",
             tally->counted, STR_PRINT(tally->pattern), tally->named, STR_PRINT(tally->product->name),
             STR_PRINT(tally->example));
    const struct shelflife_feeds_finding new = {
        .path = shelflife_buffer_str(&path),
        .problem = shelflife_str_of(problem),
        .suggestion = STR("remove the repository or, if its images are this product's, give a `reason`: "
                          "{\"pattern\": \"…\", \"reason\": \"…\"}")};
    return shelflife_feeds_findings_add(findings, &new, err);
}

static bool report_all(const struct counting *c, struct shelflife_feeds_findings *findings)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct tally *tally = &c->tallies[i];
        if (tally->counted >= COUNTED_MIN && tally->named * NAMED_SHARE < tally->counted &&
            !report(tally, findings, c->err))
            return false;
    }
    return true;
}

static bool check(struct counting *c, const struct node *root, str references,
                  struct shelflife_feeds_findings *findings)
{
    struct node products;
    if (!shelflife_node_get(root, "products", &products))
        return true;
    size_t count = shelflife_node_count(products);
    struct node *nodes = calloc(2 * count + 1, sizeof(*nodes));
    bool ok = (nodes || shelflife_fail_memory(c->err)) && list_patterns(c, &products, nodes, nodes + count) &&
              count_all(c, references) && report_all(c, findings);
    free(nodes);
    return ok;
}

bool shelflife_feeds_lint_tags(str bytes, const char *origin, str references,
                               struct shelflife_feeds_findings *findings, error *err)
{
    struct counting c = {.err = err, .set = shelflife_catalogs_new()};
    struct shelflife_document *document = NULL;
    error refused;
    if (!c.set)
        return shelflife_fail_memory(err);
    shelflife_arena_init(&c.scratch, SCRATCH_MAX);
    bool loads =
        shelflife_catalogs_add(c.set, bytes, origin, &refused) && shelflife_catalogs_finish(c.set, &refused);
    bool ok = loads || refused.kind != SHELFLIFE_ERROR_MEMORY || shelflife_fail_memory(err);
    if (loads) {
        document = shelflife_document_read(bytes, origin, err);
        struct node root = document ? shelflife_document_root(document) : (struct node){0};
        ok = document && check(&c, &root, references, findings);
    }
    shelflife_document_free(document);
    shelflife_free(c.tallies);
    shelflife_arena_free(&c.scratch);
    shelflife_catalogs_free(c.set);
    return ok;
}
