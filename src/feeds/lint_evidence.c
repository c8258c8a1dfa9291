#include "feeds/lint_evidence.h"

#include "catalog/value.h"
#include "feeds/facts.h"
#include "feeds/lint_row.h"

enum {
    PIECES_MAX = 40,   /* of an example: what a rule reads, and what its conditions read */
    LITERAL_LEAST = 3, /* letters and digits of a line, without its instruction */
};

/* The example of a configuration. */
struct example {
    struct shelflife_evidence pieces[PIECES_MAX]; /* the first one is what the rule reads */
    size_t count;
};

/* What an example is made of. */
struct wanted {
    struct node rule;
    str pattern; /* of the rule */
    const struct node *row;
    str version;
};

/* What came of an example. */
struct outcome {
    bool found;                             /* the pattern found the row's release */
    const struct shelflife_match *by_other; /* another pattern of the product found it */
    const struct shelflife_match *shared;   /* another product that the rule's own evidence names */
};

/* ---- rules ---- */

static bool find_subject(const struct node *map, enum shelflife_evidence_kind *kind, struct node *out)
{
    for (size_t i = 0; i < SHELFLIFE_EVIDENCE_KINDS; i++) {
        *out = feeds_get(map, shelflife_evidence_kind_names[i]);
        *kind = (enum shelflife_evidence_kind)i;
        if (out->value)
            return true;
    }
    return false;
}

/* The patterns of a rule or condition. */
static struct node patterns_of(const struct node *map)
{
    enum shelflife_evidence_kind kind;
    struct node subject;
    if (find_subject(map, &kind, &subject) && kind == SHELFLIFE_EVIDENCE_HISTORY)
        return subject;
    return feeds_get(map, "value");
}

/* A pattern of a rule or condition as the catalog matches it; `otherwise` if there is none. `line` is memory
 * for it. Returns false after the last one. */
static bool pattern_at(const struct node *map, size_t i, const char *otherwise,
                       char line[CATALOG_VALUE_PATTERN_MAX], str *out)
{
    enum shelflife_evidence_kind kind;
    struct node subject, patterns = patterns_of(map), one = patterns;
    if (!patterns.value) {
        *out = shelflife_str_of(otherwise);
        return i == 0;
    }
    if (shelflife_node_type(patterns) == NODE_ARRAY ? !feeds_at(&patterns, i, &one) : i > 0)
        return false;
    *out = feeds_text_of(one);
    if (find_subject(map, &kind, &subject) && kind == SHELFLIFE_EVIDENCE_HISTORY)
        shelflife_catalog_value_line(*out, line, out);
    return true;
}

/* The node of a pattern, or the rule. */
static struct node place_of(const struct node *rule, size_t i)
{
    struct node patterns = patterns_of(rule), one;
    if (!patterns.value)
        return *rule;
    return shelflife_node_type(patterns) == NODE_ARRAY && feeds_at(&patterns, i, &one) ? one : patterns;
}

static bool has_field(str pattern, str field)
{
    return memmem(pattern.at, pattern.len, field.at, field.len) != NULL;
}

/* ---- examples ---- */

static void put_field(const struct wanted *w, str field, buffer *out)
{
    if (shelflife_str_equal(field, STR("version"))) {
        shelflife_feeds_put_numbers(w->row, w->version, out);
    } else if (shelflife_str_equal(field, STR("snapshot")) || shelflife_str_equal(field, STR("endOfPatch"))) {
        shelflife_buffer_append(out, STR("2026-01-01"));
    } else {
        const str value = shelflife_feeds_wanted_value(w->row, field);
        shelflife_buffer_append(out, value.len ? value : STR("x"));
    }
}

/* A value that matches a pattern. */
static bool make_value(const struct feeds_lint_evidence *l, const struct wanted *w, str pattern, str *out)
{
    buffer value CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&value, SIZE_MAX);
    for (size_t i = 0; i < pattern.len; i++) {
        const str rest = shelflife_str_after(pattern, i + 1);
        if (pattern.at[i] == '{') {
            const str field = shelflife_str_first(rest, shelflife_str_find(rest, '}'));
            put_field(w, field, &value);
            i += field.len + 1;
        } else {
            shelflife_buffer_byte(&value, (char)(pattern.at[i] == '*' ? 'x' : pattern.at[i]));
        }
    }
    if (value.failed)
        return shelflife_fail_memory(l->err);
    return shelflife_arena_copy(l->scratch, shelflife_buffer_str(&value), out) ||
           shelflife_arena_fail(l->scratch, l->err);
}

static bool add_piece(const struct feeds_lint_evidence *l, const struct wanted *w, const struct node *map,
                      str pattern, struct example *out)
{
    struct shelflife_evidence piece = {0};
    struct node subject;
    if (out->count == PIECES_MAX || !find_subject(map, &piece.kind, &subject))
        return true;
    if (piece.kind != SHELFLIFE_EVIDENCE_HISTORY)
        piece.name = feeds_text_of(subject);
    if (!make_value(l, w, pattern, &piece.value))
        return false;
    for (size_t i = 0; i < out->count; i++) /* the rule decides what it is */
        if (piece.kind != SHELFLIFE_EVIDENCE_HISTORY && out->pieces[i].kind == piece.kind &&
            shelflife_str_equal(out->pieces[i].name, piece.name))
            return true;
    out->pieces[out->count++] = piece;
    return true;
}

/* A configuration that the rule reads, with what its conditions require. */
static bool make_example(const struct feeds_lint_evidence *l, const struct wanted *w, struct example *out)
{
    struct node when = feeds_get(&w->rule, "when"), test = when;
    char line[CATALOG_VALUE_PATTERN_MAX];
    str pattern;
    out->count = 0;
    if (!add_piece(l, w, &w->rule, w->pattern, out))
        return false;
    const bool several = when.value && shelflife_node_type(when) == NODE_ARRAY;
    for (size_t i = 0; several ? feeds_at(&when, i, &test) : when.value && i == 0; i++)
        if (pattern_at(&test, 0, "x", line, &pattern) && !add_piece(l, w, &test, pattern, out))
            return false;
    return true;
}

static bool is_part(const struct feeds_lint_evidence *l, str name)
{
    struct node parts = feeds_get(l->root, "parts"), part;
    for (size_t i = 0; feeds_at(&parts, i, &part); i++)
        if (shelflife_str_equal(feeds_text_of(part), name))
            return true;
    return false;
}

/* Resolves an example. What is found lives in the scratch memory. */
static bool try_example(const struct feeds_lint_evidence *l, const struct wanted *w, struct outcome *out)
{
    struct example *example = shelflife_arena_alloc(l->scratch, sizeof(*example));
    struct shelflife_reference reference;
    struct shelflife_resolution found;
    *out = (struct outcome){0};
    if (!example)
        return shelflife_arena_fail(l->scratch, l->err);
    if (!make_example(l, w, example))
        return false;
    const struct shelflife_evidence_list list = {example->pieces, example->count};
    if (!shelflife_reference_parse(STR("evidence.invalid/x"), l->scratch, &reference, l->err) ||
        !shelflife_catalogs_resolve(l->set, reference.name, &reference, &list, l->scratch, &found, l->err))
        return false;
    for (size_t i = 0; i < found.match_count; i++) {
        const struct shelflife_match *match = &found.matches[i];
        const bool own = match->evidence == &example->pieces[0];
        if (match->row->product != l->product) {
            if (own && !is_part(l, match->row->product->name) && !is_part(l, l->product->name))
                out->shared = match;
        } else if (match->kind == SHELFLIFE_MATCH_RELEASE) {
            out->found = own && shelflife_str_equal(match->pattern, w->pattern) &&
                         shelflife_str_equal(match->release, feeds_text_of(feeds_get(w->row, "release")));
            out->by_other = out->found ? NULL : match;
        }
    }
    return true;
}

/* Tries a pattern with all spellings of a row, and those of the rule. */
static bool try_row(const struct feeds_lint_evidence *l, struct wanted *w, struct outcome *out)
{
    struct node renames = feeds_get(&w->rule, "releases"), rename;
    const bool versioned = feeds_text_of(feeds_get(w->row, "release")).len > 0;
    struct outcome one = {0};
    for (size_t i = 0; !one.found && feeds_at(&renames, i, &rename); i++) {
        w->version = shelflife_str_of(rename.key);
        if (!try_example(l, w, &one))
            return false;
    }
    for (size_t i = 0; !one.found && shelflife_feeds_spelling_at(w->row, i, &w->version); i++) {
        if (versioned && w->version.len == 0)
            continue;
        if (!try_example(l, w, &one))
            return false;
        if (!versioned)
            break;
    }
    *out = one;
    return true;
}

/* ---- checks ---- */

/* A pattern that has few letters fits lines that have nothing to do with the product. */
static bool check_line(const struct feeds_lint_evidence *l, const struct node *rule, str pattern, size_t i)
{
    enum shelflife_evidence_kind kind;
    struct node subject;
    size_t letters = 0;
    if (!find_subject(rule, &kind, &subject) || kind != SHELFLIFE_EVIDENCE_HISTORY)
        return true;
    for (size_t k = shelflife_str_find(pattern, ' '); k < pattern.len; k++) {
        if (pattern.at[k] == '{')
            k += shelflife_str_find(shelflife_str_after(pattern, k), '}');
        else
            letters += ascii_is_alphanumeric(pattern.at[k]);
    }
    return letters >= LITERAL_LEAST ||
           shelflife_feeds_findings_add_at(l->findings, l->err, place_of(rule, i),
                                           "write more of the line, such as the name of the file",
                                           "the pattern fits lines that have nothing to do with the product");
}

static bool is_spelling(const struct feeds_lint_evidence *l, str release)
{
    struct node rows = feeds_get(l->node, "rows"), row;
    str spelling;
    release = shelflife_catalog_without_v(release);
    for (size_t i = 0; feeds_at(&rows, i, &row); i++)
        for (size_t k = 0; shelflife_feeds_spelling_at(&row, k, &spelling); k++)
            if (spelling.len && shelflife_str_equal(shelflife_catalog_without_v(spelling), release))
                return true;
    return false;
}

static bool check_renames(const struct feeds_lint_evidence *l, const struct node *rule)
{
    struct node renames = feeds_get(rule, "releases"), rename;
    for (size_t i = 0; feeds_at(&renames, i, &rename); i++)
        if (!is_spelling(l, feeds_text_of(rename)) &&
            !shelflife_feeds_findings_add_at(
                l->findings, l->err, rename, "remove it, or add a row for the release",
                "no row has the release \"%.*s\"", STR_PRINT(feeds_text_of(rename))))
            return false;
    return true;
}

/* Whether one condition, or a list of them, is about what the rule reads. Then the example of its pattern
 * need not meet them. */
static bool is_about(const struct node *rule, const char *key)
{
    enum shelflife_evidence_kind kind, other;
    struct node subject, tests = feeds_get(rule, key), test = tests, tested;
    const bool several = tests.value && shelflife_node_type(tests) == NODE_ARRAY;
    if (!find_subject(rule, &kind, &subject))
        return false;
    for (size_t i = 0; several ? feeds_at(&tests, i, &test) : tests.value && i == 0; i++)
        if (find_subject(&test, &other, &tested) && kind == other &&
            (kind == SHELFLIFE_EVIDENCE_HISTORY ||
             shelflife_str_equal(feeds_text_of(subject), feeds_text_of(tested))))
            return true;
    return false;
}

static bool report(const struct feeds_lint_evidence *l, const struct node *rule, size_t i,
                   const struct outcome *best)
{
    const struct node place = place_of(rule, i);
    if (!best->found && best->by_other)
        return shelflife_feeds_findings_add_at(
            l->findings, l->err, place, "remove it, or move it before the other one",
            "the pattern \"%.*s\" already finds what this one finds", STR_PRINT(best->by_other->pattern));
    if (!best->found && is_about(rule, "when"))
        return true;
    if (!best->found)
        return shelflife_feeds_findings_add_at(l->findings, l->err, place,
                                               "remove it, or correct the pattern, `when` or `unless`",
                                               "no release of the product is found by this pattern");
    if (best->shared && !shelflife_feeds_has_key(rule, "note"))
        return shelflife_feeds_findings_add_at(
            l->findings, l->err, *rule,
            "give one of the rules a condition or another pattern, or say in a "
            "`note` why both products are there",
            "a rule of the product \"%.*s\" finds a release in the same value",
            STR_PRINT(best->shared->row->product->name));
    return true;
}

static bool check_pattern(const struct feeds_lint_evidence *l, const struct node *rule, str pattern, size_t i)
{
    struct wanted w = {.rule = *rule, .pattern = pattern};
    struct node rows = feeds_get(l->node, "rows"), row;
    struct outcome best = {0};
    if (!check_line(l, rule, pattern, i))
        return false;
    const bool versioned = shelflife_catalogs_row_at(l->set, l->product->first_row)->release.len > 0;
    if (versioned && !has_field(pattern, STR("{version}")))
        return true; /* it only adds a day to what other rules find */
    for (size_t k = 0; !best.found && feeds_at(&rows, k, &row); k++) {
        struct outcome one;
        shelflife_arena_reset(l->scratch);
        w.row = &row;
        if (!try_row(l, &w, &one))
            return false;
        if (one.found || !best.by_other)
            best = one;
    }
    return report(l, rule, i, &best);
}

bool shelflife_feeds_lint_evidence(const struct feeds_lint_evidence *l)
{
    struct node rules = feeds_get(l->node, "evidence"), rule;
    char line[CATALOG_VALUE_PATTERN_MAX];
    str pattern;
    for (size_t i = 0; feeds_at(&rules, i, &rule); i++) {
        if (!check_renames(l, &rule))
            return false;
        for (size_t k = 0; pattern_at(&rule, k, "{version}", line, &pattern); k++)
            if (!check_pattern(l, &rule, pattern, k))
                return false;
    }
    return true;
}

bool shelflife_feeds_lint_evidence_reaches(const struct feeds_lint_evidence *l, size_t number, bool *reached)
{
    struct node rules = feeds_get(l->node, "evidence"), rows = feeds_get(l->node, "rows"), rule, row;
    char line[CATALOG_VALUE_PATTERN_MAX];
    str pattern;
    *reached = false;
    for (size_t i = 0; feeds_at(&rows, number, &row) && !*reached && feeds_at(&rules, i, &rule); i++)
        for (size_t k = 0; !*reached && pattern_at(&rule, k, "{version}", line, &pattern); k++) {
            struct wanted w = {.rule = rule, .pattern = pattern, .row = &row};
            struct outcome one;
            shelflife_arena_reset(l->scratch);
            if (!try_row(l, &w, &one))
                return false;
            *reached = one.found;
        }
    return true;
}
