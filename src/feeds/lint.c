#include "feeds/lint.h"

#include "feeds/facts.h"
#include "feeds/lint_evidence.h"
#include "feeds/lint_row.h"
#include "shelflife/catalog.h"

enum { SCRATCH_MAX = 1 << 20, HOSTS_MAX = 8 };

struct linting {
    struct shelflife_feeds_findings *findings;
    struct shelflife_catalogs *set; /* only the checked file */
    const char *origin;
    struct node root;
    arena scratch;
    buffer example; /* an image reference */
    buffer reason;  /* why the last example did not lead to its row */
    struct reported_pair {
        const struct shelflife_product *a, *b;
    } * overlaps; /* already reported */
    size_t overlap_count, overlap_capacity;
    error *err;
};

/* The product that is being checked. */
struct subject {
    struct node node;
    const struct shelflife_product *product;
    struct node repositories, tags, parts, rows; /* value NULL if absent */
    bool is_part;                                /* the product is listed in the catalog's `parts` */
};

/* ---- findings ---- */

static bool add_finding(struct linting *l, str path, str problem, str suggestion)
{
    const struct shelflife_feeds_finding new = {.path = path, .problem = problem, .suggestion = suggestion};
    return shelflife_feeds_findings_add(l->findings, &new, l->err);
}

/* The loader's message is "ORIGIN: PATH: PROBLEM"; ORIGIN and PATH may be absent. */
static bool find_refused(struct linting *l, const error *refused)
{
    str text = shelflife_str_of(refused->text), origin = shelflife_str_of(l->origin), path = {0};
    if (refused->kind == SHELFLIFE_ERROR_MEMORY) {
        if (l->err)
            *l->err = *refused;
        return false;
    }
    if (shelflife_str_starts(text, origin))
        text = shelflife_str_after(text, origin.len);
    if (shelflife_str_starts(text, STR(": ")) || shelflife_str_starts(text, STR(":")))
        text = shelflife_str_after(text, shelflife_str_starts(text, STR(": ")) ? 2 : 1);
    size_t space = shelflife_str_find(text, ' ');
    if (space != SIZE_MAX && space > 1 && text.at[space - 1] == ':') {
        path = shelflife_str_first(text, space - 1);
        text = shelflife_str_after(text, space + 1);
    }
    return add_finding(l, path, text, (str){0});
}

/* ---- nodes ---- */

/* A pattern is a string, or a map with the fields that it fixes. */
static str pattern_of(const struct node *node)
{
    return shelflife_feeds_text_or_at(node, "pattern");
}

static bool has_field(str pattern, const char *field)
{
    char text[64];
    int n = snprintf(text, sizeof(text), "{%s}", field);
    return n > 0 && (size_t)n < sizeof(text) && memmem(pattern.at, pattern.len, text, (size_t)n) != NULL;
}

/* ---- examples ---- */

/* Whether the optional rest of a pattern, in brackets, has a field that the row requires. */
static bool wants_tail(str tail, const struct node *row)
{
    for (size_t open; (open = shelflife_str_find(tail, '{')) != SIZE_MAX;) {
        tail = shelflife_str_after(tail, open + 1);
        if (shelflife_feeds_wanted_value(row, shelflife_str_first(tail, shelflife_str_find(tail, '}'))).len)
            return true;
    }
    return false;
}

/* Writes a version as it may occur in a repository name. */
static void put_version(str version, buffer *out)
{
    for (size_t i = 0; i < version.len; i++) {
        char c = version.at[i];
        shelflife_buffer_byte(out, (char)(c == '.' || c == '+' ? '-' : c));
    }
}

/* Makes a name that matches the pattern and has the fields that the row requires. */
static void put_name(str pattern, const struct node *row, str version, buffer *out)
{
    size_t open = shelflife_str_find(pattern, '[');
    if (open != SIZE_MAX && !wants_tail(shelflife_str_after(pattern, open), row))
        pattern = shelflife_str_first(pattern, open);
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.at[i] == '[' || pattern.at[i] == ']')
            continue;
        if (pattern.at[i] != '{') {
            shelflife_buffer_byte(out, pattern.at[i]);
            continue;
        }
        str field = shelflife_str_after(pattern, i + 1);
        field = shelflife_str_first(field, shelflife_str_find(field, '}'));
        i += field.len + 1;
        if (shelflife_str_equal(field, STR("version"))) {
            put_version(version, out);
        } else {
            str value = shelflife_feeds_wanted_value(row, field);
            shelflife_buffer_append(out, value.len ? value : STR("x"));
        }
    }
}

/* Writes a tag that contains the version or the codename, by an item of `tags` or `part`: a pattern, or a map
 * with the words that the tag must have. */
static void put_tag(const struct node *item, const struct node *row, str version, buffer *out)
{
    static const str plain = STR_INIT("{version}");
    struct node with = item ? feeds_get(item, "with") : (struct node){0}, word;
    str pattern = item ? pattern_of(item) : plain;
    size_t open = shelflife_str_find(pattern, '{');
    str rest = shelflife_str_after(pattern, shelflife_str_find(pattern, '}'));
    shelflife_buffer_append(out, shelflife_str_first(pattern, open));
    shelflife_feeds_put_numbers(row, version, out);
    shelflife_buffer_append(out, shelflife_str_after(rest, 1));
    if (feeds_at(&with, 0, &word)) {
        shelflife_buffer_byte(out, '-');
        shelflife_buffer_append(out, feeds_text_of(word));
    }
}

/* ---- resolving examples ---- */

static void write_reason(struct linting *l, const struct shelflife_resolution *found,
                         const struct shelflife_match *match)
{
    shelflife_buffer_reset(&l->reason);
    shelflife_buffer_format(&l->reason, "%.*s ", STR_PRINT(shelflife_buffer_str(&l->example)));
    if (match && match->kind != SHELFLIFE_MATCH_RELEASE)
        shelflife_buffer_format(&l->reason, "matches %.*s, but no single release",
                                STR_PRINT(match->row->product->name));
    else if (match)
        shelflife_buffer_format(&l->reason, "matches %.*s %.*s of %.*s", STR_PRINT(match->row->product->name),
                                STR_PRINT(match->row->release), STR_PRINT(match->row->path));
    else if (found->product)
        shelflife_buffer_format(&l->reason, "matches %.*s, but no single release",
                                STR_PRINT(found->product->name));
    else
        shelflife_buffer_append(&l->reason, STR("matches no product of the catalog"));
}

/* Reports two products that match one image: once, and only if no note of a row and no reason of the pattern
 * explains it. */
static bool report_overlap(struct linting *l, struct node pattern, const struct shelflife_match *mine,
                           const struct shelflife_match *other)
{
    if (mine->row->note.len || other->row->note.len || shelflife_feeds_has_key(&pattern, "reason"))
        return true;
    for (size_t i = 0; i < l->overlap_count; i++) {
        const struct reported_pair *pair = &l->overlaps[i];
        if ((pair->a == mine->row->product && pair->b == other->row->product) ||
            (pair->b == mine->row->product && pair->a == other->row->product))
            return true;
    }
    if (!shelflife_grow(&l->overlaps, &l->overlap_capacity, l->overlap_count + 1, sizeof(*l->overlaps)))
        return shelflife_fail_memory(l->err);
    l->overlaps[l->overlap_count++] = (struct reported_pair){mine->row->product, other->row->product};
    return shelflife_feeds_findings_add_at(
        l->findings, l->err, pattern,
        "change repositories, tags or fields so that only one of the two products matches",
        "the pattern overlaps with another product's: %.*s is %.*s %.*s and %.*s %.*s",
        STR_PRINT(shelflife_buffer_str(&l->example)), STR_PRINT(mine->row->product->name),
        STR_PRINT(mine->row->release), STR_PRINT(other->row->product->name), STR_PRINT(other->row->release));
}

static bool is_direct(const struct shelflife_match *match)
{
    return match->by == SHELFLIFE_MATCH_BY_TAG || match->by == SHELFLIFE_MATCH_BY_REPOSITORY;
}

/* Resolves l->example, and sets *reached if it resolves to the row and, unless `by` is empty, by that
   pattern. `pattern` is the repository pattern that the example was made from. */
static bool resolve(struct linting *l, const struct shelflife_row *row, str by, struct node pattern,
                    bool *reached)
{
    struct shelflife_reference reference;
    struct shelflife_resolution found = {0};
    const struct shelflife_match *mine = NULL;
    *reached = false;
    shelflife_arena_reset(&l->scratch);
    if (l->example.failed)
        return shelflife_fail_memory(l->err);
    if (!shelflife_reference_parse(shelflife_buffer_str(&l->example), &l->scratch, &reference, NULL))
        return true;
    if (!shelflife_catalogs_resolve(l->set, reference.name, &reference, NULL, &l->scratch, &found, l->err))
        return false;
    for (size_t i = 0; i < found.match_count; i++)
        if (found.matches[i].row->product == row->product)
            mine = &found.matches[i];
    *reached =
        mine && mine->kind == SHELFLIFE_MATCH_RELEASE &&
        (mine->row == row || (mine->rows_open > 1 && shelflife_str_equal(mine->row->release, row->release)));
    if (!*reached)
        write_reason(l, &found, mine ? mine : found.match_count ? &found.matches[0] : NULL);
    *reached = *reached && (by.len == 0 || shelflife_str_equal(by, mine->pattern));
    for (size_t i = 0; *reached && pattern.value && is_direct(mine) && i < found.match_count; i++)
        if (&found.matches[i] != mine && is_direct(&found.matches[i]) &&
            !report_overlap(l, pattern, mine, &found.matches[i]))
            return false;
    return true;
}

/* Whether a name made from a repository pattern, with one of the tags, resolves to the row. `tag` NULL: any
 * tag. */
static bool reach_by_tags(struct linting *l, const struct subject *s, const struct node *row, size_t number,
                          struct node pattern, const struct node *tag, bool *reached)
{
    const struct shelflife_row *wanted = shelflife_catalogs_row_at(l->set, s->product->first_row + number);
    size_t tags = feeds_count_of(s->tags);
    str version, text = pattern_of(&pattern);
    for (size_t k = 0; !*reached && shelflife_feeds_spelling_at(row, k, &version); k++)
        for (size_t i = 0; version.len && !*reached && i < (tags && !tag ? tags : 1); i++) {
            struct node one;
            const struct node *item = tag ? tag : feeds_at(&s->tags, i, &one) ? &one : NULL;
            shelflife_buffer_reset(&l->example);
            put_name(text, row, version, &l->example);
            shelflife_buffer_byte(&l->example, ':');
            put_tag(item, row, version, &l->example);
            if (!resolve(l, wanted, tag ? pattern_of(tag) : (str){0}, pattern, reached))
                return false;
        }
    return true;
}

/* Whether any name made from a repository pattern resolves to the row. */
static bool reach_by_pattern(struct linting *l, const struct subject *s, const struct node *row,
                             size_t number, struct node pattern, bool *reached)
{
    const struct shelflife_row *wanted = shelflife_catalogs_row_at(l->set, s->product->first_row + number);
    str text = pattern_of(&pattern), version;
    *reached = false;
    if (wanted->release.len && !has_field(text, "version"))
        return reach_by_tags(l, s, row, number, pattern, NULL, reached);
    for (size_t k = 0; !*reached && shelflife_feeds_spelling_at(row, k, &version); k++) {
        if (k > 0 && version.len == 0)
            continue;
        shelflife_buffer_reset(&l->example);
        put_name(text, row, version, &l->example);
        if (shelflife_feeds_has_key(&s->node, "exceptTags"))
            shelflife_buffer_append(&l->example, STR(":x"));
        if (!resolve(l, wanted, (str){0}, pattern, reached))
            return false;
    }
    return true;
}

/* Whether a part in a tag of one of the catalog's images resolves to the row. `part` NULL: any part. */
static bool reach_by_part(struct linting *l, const struct subject *s, const struct node *row, size_t number,
                          const struct node *part, bool *reached)
{
    const struct shelflife_row *wanted = shelflife_catalogs_row_at(l->set, s->product->first_row + number);
    struct node products = feeds_get(&l->root, "products"), product, pattern, one;
    size_t hosts = 0;
    *reached = false;
    for (size_t p = 0; !*reached && hosts < HOSTS_MAX && feeds_at(&products, p, &product); p++) {
        struct node repositories = feeds_get(&product, "repositories");
        if (!feeds_at(&repositories, 0, &pattern) ||
            shelflife_str_find(pattern_of(&pattern), '{') != SIZE_MAX)
            continue;
        hosts++;
        str version;
        for (size_t i = 0; !*reached && (part ? i < 1 : feeds_at(&s->parts, i, &one)); i++)
            for (size_t k = 0; !*reached && shelflife_feeds_spelling_at(row, k, &version); k++) {
                const struct node *item = part ? part : &one;
                shelflife_buffer_reset(&l->example);
                shelflife_buffer_append(&l->example, pattern_of(&pattern));
                shelflife_buffer_append(&l->example, STR(":x-"));
                put_tag(item, row, version, &l->example);
                if (version.len && !resolve(l, wanted, pattern_of(item), (struct node){0}, reached))
                    return false;
            }
    }
    return true;
}

/* ---- rows ---- */

static bool reach_by_digests(struct linting *l, const struct subject *s, const struct node *row,
                             size_t number, bool *reached)
{
    const struct shelflife_row *wanted = shelflife_catalogs_row_at(l->set, s->product->first_row + number);
    struct node digests = feeds_get(row, "digests"), digest;
    for (size_t i = 0; feeds_at(&digests, i, &digest); i++) {
        bool by_this;
        shelflife_buffer_reset(&l->example);
        shelflife_buffer_format(&l->example, "digest.invalid/x@%.*s", STR_PRINT(feeds_text_of(digest)));
        if (!resolve(l, wanted, (str){0}, (struct node){0}, &by_this))
            return false;
        if (!by_this && !shelflife_feeds_findings_add_at(
                            l->findings, l->err, digest, "list a digest in one row only",
                            "the digest is also listed for another release, so it identifies neither"))
            return false;
        *reached = *reached || by_this;
    }
    return true;
}

/* Whether no repository of the product has all of its releases. */
static bool is_limited(const struct subject *s)
{
    struct node pattern;
    size_t limited = 0, count = 0;
    for (; feeds_at(&s->repositories, count, &pattern); count++)
        limited += shelflife_feeds_has_key(&pattern, "from") || shelflife_feeds_has_key(&pattern, "before");
    return count > 0 && limited == count;
}

static struct feeds_lint_evidence evidence_of(struct linting *l, const struct subject *s)
{
    return (struct feeds_lint_evidence){
        .set = l->set,
        .product = s->product,
        .root = &l->root,
        .node = &s->node,
        .scratch = &l->scratch,
        .findings = l->findings,
        .err = l->err,
    };
}

static bool check_reachable(struct linting *l, const struct subject *s, const struct node *row, size_t number)
{
    bool reached = false;
    struct node pattern;
    shelflife_buffer_reset(&l->reason);
    if (!reach_by_digests(l, s, row, number, &reached))
        return false;
    for (size_t i = 0; !reached && feeds_at(&s->repositories, i, &pattern); i++)
        if (!reach_by_pattern(l, s, row, number, pattern, &reached))
            return false;
    if (!reached && s->is_part && !reach_by_part(l, s, row, number, NULL, &reached))
        return false;
    const struct feeds_lint_evidence evidence = evidence_of(l, s);
    if (!reached && !shelflife_feeds_lint_evidence_reaches(&evidence, number, &reached))
        return false;
    if (reached || is_limited(s))
        return true;
    str reason = shelflife_buffer_str(&l->reason);
    return shelflife_feeds_findings_add_at(
        l->findings, l->err, *row,
        "remove the row, or change a pattern or its fields so that it differs from the others",
        "no reference matches this row%s%.*s", reason.len ? ": " : "", STR_PRINT(reason));
}

/* Finds two releases of a product with the same spelling. That spelling then identifies neither. */
static bool check_spellings(struct linting *l, const struct subject *s, const struct node *row, size_t number)
{
    const struct shelflife_row *rows = shelflife_catalogs_row_at(l->set, s->product->first_row);
    struct node is = feeds_get(row, "is"), spelling;
    for (size_t i = 0; feeds_at(&is, i, &spelling); i++)
        for (size_t k = 0; k < s->product->row_count; k++)
            if (shelflife_str_equal(feeds_text_of(spelling), rows[k].release) &&
                !shelflife_str_equal(rows[k].release, rows[number].release) &&
                !shelflife_feeds_findings_add_at(
                    l->findings, l->err, spelling, "remove the spelling",
                    "\"%.*s\" is the release of rows[%zu]: it identifies neither of the two",
                    STR_PRINT(rows[k].release), k))
                return false;
    return true;
}

static bool check_order(struct linting *l, const struct node *row, const struct shelflife_row *dates)
{
    static const char how[] = "correct the values or, if they were published like this, say so in a `note`";
    const struct {
        const char *key;
        shelflife_day day;
    } later[] = {{"endOfAvailability", dates->end_of_availability},
                 {"endOfExtendedPatch", dates->end_of_extended_patch}};
    char end[SHELFLIFE_DAY_TEXT_MAX], day[SHELFLIFE_DAY_TEXT_MAX];
    if (dates->note.len)
        return true;
    for (size_t i = 0; i < COUNT(later); i++)
        if (later[i].day != SHELFLIFE_DAY_NONE && dates->end_of_patch != SHELFLIFE_DAY_NONE &&
            later[i].day < dates->end_of_patch &&
            !shelflife_feeds_findings_add_at(l->findings, l->err, feeds_get(row, later[i].key), how,
                                             "%s %s is before endOfPatch %s", later[i].key,
                                             shelflife_day_format(later[i].day, day),
                                             shelflife_day_format(dates->end_of_patch, end)))
            return false;
    if (dates->latest.len && dates->release.len && !shelflife_str_starts(dates->latest, dates->release) &&
        shelflife_str_find(STR("0123456789"), dates->latest.at[0]) != SIZE_MAX &&
        shelflife_str_find(STR("0123456789"), dates->release.at[0]) != SIZE_MAX)
        return shelflife_feeds_findings_add_at(l->findings, l->err, feeds_get(row, "latest"), how,
                                               "\"%.*s\" is not a patch of release \"%.*s\"",
                                               STR_PRINT(dates->latest), STR_PRINT(dates->release));
    return true;
}

/* A publisher may patch a release after its end. Then a date of the source is wrong, or means less than it
 * says. A last patch shortly after the end, or within paid support, is expected. */
static bool check_patched(struct linting *l, const struct node *row, const struct shelflife_row *dates)
{
    enum { LAST = 30, RECENT = 90 };
    char end[SHELFLIFE_DAY_TEXT_MAX], day[SHELFLIFE_DAY_TEXT_MAX];
    shelflife_day as_of = shelflife_catalogs_at(l->set, 0)->as_of;
    bool after = dates->end_of_patch != SHELFLIFE_DAY_NONE &&
                 dates->latest_date > dates->end_of_patch + LAST &&
                 dates->latest_date > dates->end_of_extended_patch;
    bool recent = dates->ended && dates->latest_date > as_of - RECENT;
    if (dates->note.len || dates->latest_date == SHELFLIFE_DAY_NONE || (!after && !recent))
        return true;
    shelflife_day_format(dates->latest_date, day);
    if (!shelflife_feeds_findings_add_at(
            l->findings, l->err, feeds_get(row, "latestDate"),
            "correct the dates or, if they were published like this, say so in a `note`",
            "%.*s %.*s was patched on %s, although it ended%s%s", STR_PRINT(dates->product->name),
            STR_PRINT(dates->release), day, after ? " on " : "",
            after ? shelflife_day_format(dates->end_of_patch, end) : ""))
        return false;
    l->findings->at[l->findings->count - 1].remark = true;
    return true;
}

static bool check_rows(struct linting *l, const struct subject *s)
{
    struct node row;
    const struct shelflife_row *dates;
    for (size_t i = 0; feeds_at(&s->rows, i, &row); i++)
        if (!(dates = shelflife_catalogs_row_at(l->set, s->product->first_row + i)) ||
            !check_order(l, &row, dates) || !check_patched(l, &row, dates) ||
            !check_spellings(l, s, &row, i) || !check_reachable(l, s, &row, i))
            return false;
    return true;
}

/* ---- patterns ---- */

static bool find_idle(struct linting *l, struct node pattern, const char *suggestion)
{
    str reason = shelflife_buffer_str(&l->reason);
    return shelflife_feeds_findings_add_at(l->findings, l->err, pattern, suggestion,
                                           "the pattern matches no row%s%.*s", reason.len ? ": " : "",
                                           STR_PRINT(reason));
}

static bool check_repositories(struct linting *l, const struct subject *s)
{
    struct node pattern, other, row;
    for (size_t i = 0; feeds_at(&s->repositories, i, &pattern); i++) {
        bool reached = false, twice = false;
        for (size_t k = 0; !twice && k < i && feeds_at(&s->repositories, k, &other); k++)
            twice = shelflife_str_equal(pattern_of(&pattern), pattern_of(&other));
        if (twice) {
            if (!shelflife_feeds_findings_add_at(l->findings, l->err, pattern, "remove one",
                                                 "the same pattern appears earlier"))
                return false;
            continue;
        }
        shelflife_buffer_reset(&l->reason);
        for (size_t k = 0; !reached && feeds_at(&s->rows, k, &row); k++)
            if (!reach_by_pattern(l, s, &row, k, pattern, &reached))
                return false;
        if (!reached &&
            !find_idle(l, pattern, "remove it, or give it the fields that the rows require in `when`"))
            return false;
    }
    return true;
}

static bool check_tags(struct linting *l, const struct subject *s)
{
    struct node tag, pattern, row;
    for (size_t i = 0; feeds_at(&s->tags, i, &tag); i++) {
        bool reached = false;
        shelflife_buffer_reset(&l->reason);
        for (size_t p = 0; !reached && feeds_at(&s->repositories, p, &pattern); p++)
            for (size_t k = 0; !reached && feeds_at(&s->rows, k, &row); k++)
                if (!has_field(pattern_of(&pattern), "version") &&
                    !reach_by_tags(l, s, &row, k, pattern, &tag, &reached))
                    return false;
        if (!reached && !find_idle(l, tag, "remove it, or move it before the pattern that matches its tags"))
            return false;
    }
    return true;
}

static bool check_parts(struct linting *l, const struct subject *s)
{
    struct node part, row;
    if (!s->is_part && feeds_count_of(s->parts))
        return shelflife_feeds_findings_add_at(l->findings, l->err, s->parts,
                                               "add the product to the catalog's `parts`, or remove them",
                                               "the parts are never searched for");
    for (size_t i = 0; feeds_at(&s->parts, i, &part); i++) {
        bool reached = false;
        for (size_t k = 0; !reached && feeds_at(&s->rows, k, &row); k++)
            if (!reach_by_part(l, s, &row, k, &part, &reached))
                return false;
        if (!reached && !find_idle(l, part, "remove it"))
            return false;
    }
    return true;
}

/* ---- the catalog ---- */

static bool is_below(str name, str prefix)
{
    str rest = shelflife_str_after(name, prefix.len);
    return shelflife_str_starts(name, prefix) &&
           (rest.len == 0 || shelflife_str_starts(rest, STR("/")) || shelflife_str_starts(rest, STR("{")));
}

static bool is_known_prefix(struct linting *l, str prefix)
{
    struct node covers = feeds_get(&l->root, "covers"), cover, products = feeds_get(&l->root, "products"),
                product, pattern;
    for (size_t i = 0; feeds_at(&covers, i, &cover); i++)
        if (is_below(feeds_text_of(cover), prefix) || is_below(prefix, feeds_text_of(cover)))
            return true;
    for (size_t i = 0; feeds_at(&products, i, &product); i++) {
        struct node repositories = feeds_get(&product, "repositories");
        for (size_t k = 0; feeds_at(&repositories, k, &pattern); k++)
            if (is_below(pattern_of(&pattern), prefix) || is_below(prefix, pattern_of(&pattern)))
                return true;
    }
    return false;
}

static bool check_mirrors(struct linting *l)
{
    struct node mirrors = feeds_get(&l->root, "mirrors"), mirror;
    for (size_t i = 0; feeds_at(&mirrors, i, &mirror); i++)
        if (!is_known_prefix(l, shelflife_str_of(mirror.key)) &&
            !shelflife_feeds_findings_add_at(l->findings, l->err, mirror,
                                             "remove the mirrors, or add the prefix to `covers`",
                                             "no repository of the catalog begins with \"%s\"", mirror.key))
            return false;
    return true;
}

static bool is_part(struct linting *l, str name)
{
    struct node parts = feeds_get(&l->root, "parts"), part;
    for (size_t i = 0; feeds_at(&parts, i, &part); i++)
        if (shelflife_str_equal(feeds_text_of(part), name))
            return true;
    return false;
}

static bool check_product(struct linting *l, const struct node *node, size_t i)
{
    const struct subject s = {.node = *node,
                              .product = shelflife_catalogs_product_at(l->set, i),
                              .repositories = feeds_get(node, "repositories"),
                              .tags = feeds_get(node, "tags"),
                              .parts = feeds_get(node, "part"),
                              .rows = feeds_get(node, "rows"),
                              .is_part = is_part(l, feeds_text_of(feeds_get(node, "name")))};
    const struct feeds_lint_evidence evidence = evidence_of(l, &s);
    return check_rows(l, &s) && check_repositories(l, &s) && check_tags(l, &s) && check_parts(l, &s) &&
           shelflife_feeds_lint_evidence(&evidence);
}

static bool check_document(struct linting *l, str bytes)
{
    struct node products, product;
    struct shelflife_document *document = shelflife_document_read(bytes, l->origin, l->err);
    if (!document)
        return false;
    l->root = shelflife_document_root(document);
    products = feeds_get(&l->root, "products");
    bool ok = check_mirrors(l);
    for (size_t i = 0; ok && feeds_at(&products, i, &product); i++)
        ok = check_product(l, &product, i);
    shelflife_document_free(document);
    return ok;
}

bool shelflife_feeds_lint(str bytes, const char *origin, struct shelflife_feeds_findings *findings,
                          error *err)
{
    error refused;
    struct linting l = {.findings = findings, .origin = origin, .err = err, .set = shelflife_catalogs_new()};
    if (!l.set)
        return shelflife_fail_memory(err);
    shelflife_arena_init(&l.scratch, SCRATCH_MAX);
    shelflife_buffer_init(&l.example, SIZE_MAX);
    shelflife_buffer_init(&l.reason, SIZE_MAX);
    bool ok =
        shelflife_catalogs_add(l.set, bytes, origin, &refused) && shelflife_catalogs_finish(l.set, &refused)
            ? check_document(&l, bytes)
            : find_refused(&l, &refused);
    free(l.overlaps);
    shelflife_buffer_free(&l.reason);
    shelflife_buffer_free(&l.example);
    shelflife_arena_free(&l.scratch);
    shelflife_catalogs_free(l.set);
    return ok;
}
