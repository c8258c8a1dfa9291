/*
 * Finds releases in the evidence of an image in these steps: look up the names of variables, labels and
 * annotations, and the heads of lines; order the rules that read them; try the rules of each product until
 * one finds a release; join the result with what the reference says.
 *
 * Users who build images write the evidence. It is used up to the limits below. Only images that are made to
 * waste time reach them.
 */
#include "catalog/evidence.h"

#include "catalog/words.h"

enum {
    NAMES_MAX = 128, /* different names that rules read */
    LINES_MAX = 64,  /* lines of history */
    RULES_MAX = 512, /* rules that read one of them */
};

/* A rule, and what it reads. */
struct candidate {
    uint32_t rule;
    uint32_t order; /* among the lines */
    const struct shelflife_evidence *piece;
};

/* The evidence that rules read. Of a variable that is there twice, the last one counts, as for a process. */
struct known_evidence {
    struct {
        uint32_t number;
        const struct shelflife_evidence *piece;
    } names[NAMES_MAX]; /* sorted by number */
    size_t name_count;
    const struct shelflife_evidence *lines[LINES_MAX];
    size_t line_count;
    struct candidate rules[RULES_MAX];
    size_t rule_count;
    size_t tried; /* rules */
};

/* ---- what is known ---- */

/* The place of a name among the known ones, or where it belongs. */
static size_t place_of(const struct known_evidence *k, uint32_t number)
{
    size_t from = 0, to = k->name_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (k->names[middle].number < number)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static const struct shelflife_evidence *piece_of(const struct known_evidence *k, uint32_t number)
{
    size_t i = place_of(k, number);
    return i < k->name_count && k->names[i].number == number ? k->names[i].piece : NULL;
}

static void know_name(struct known_evidence *k, uint32_t number, const struct shelflife_evidence *piece)
{
    size_t i = place_of(k, number);
    bool known = i < k->name_count && k->names[i].number == number;
    if (!known && k->name_count == NAMES_MAX)
        return;
    if (!known) {
        memmove(&k->names[i + 1], &k->names[i], (k->name_count - i) * sizeof(k->names[0]));
        k->name_count++;
    }
    k->names[i].number = number;
    k->names[i].piece = piece;
}

static void gather(const struct catalog_search *s, struct known_evidence *k)
{
    for (size_t i = 0; i < s->evidence->count; i++) {
        const struct shelflife_evidence *piece = &s->evidence->at[i];
        if (piece->kind == SHELFLIFE_EVIDENCE_HISTORY) {
            if (k->line_count < LINES_MAX)
                k->lines[k->line_count++] = piece;
            continue;
        }
        uint32_t number = shelflife_catalog_evidence_name(s->set, piece->kind, piece->name, s->probes);
        if (number != CATALOG_TABLE_NONE)
            know_name(k, number, piece);
    }
}

/* ---- which rules read it ---- */

static void add_rule(struct known_evidence *k, uint32_t rule, size_t order,
                     const struct shelflife_evidence *piece)
{
    if (piece && k->rule_count < RULES_MAX)
        k->rules[k->rule_count++] = (struct candidate){rule, (uint32_t)order, piece};
}

static void add_rules_of_names(const struct catalog_search *s, struct known_evidence *k)
{
    const struct catalog_rule *rules = s->set->content.rules.at;
    for (size_t i = 0; i < k->name_count; i++) {
        const struct catalog_evidence_name *name = &s->set->index.name_list.at[k->names[i].number];
        const struct shelflife_evidence *piece = k->names[i].piece;
        for (uint32_t r = name->first; r != CATALOG_TABLE_NONE; r = rules[r].next)
            add_rule(k, r, 0, piece);
        uint32_t r = name->by_value ? shelflife_catalog_evidence_by_value(s->set, k->names[i].number,
                                                                          piece->value, s->probes)
                                    : CATALOG_TABLE_NONE;
        for (; r != CATALOG_TABLE_NONE; r = rules[r].next)
            add_rule(k, r, 0, piece_of(k, rules[r].subject.number));
    }
}

static void add_rules_of_lines(const struct catalog_search *s, struct known_evidence *k)
{
    for (size_t i = 0; i < k->line_count; i++) {
        struct catalog_line_search search = {0};
        const struct catalog_value *value;
        while ((value = shelflife_catalog_evidence_line(s->set, k->lines[i]->value, &search, s->probes)))
            if (value->rule != CATALOG_TABLE_NONE)
                add_rule(k, value->rule, i, k->lines[i]);
    }
}

/* Rules are numbered in the order of the products, and in their order in a product. */
static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *p = a, *q = b;
    if (p->rule != q->rule)
        return p->rule < q->rule ? -1 : 1;
    return (p->order > q->order) - (p->order < q->order);
}

/* A line that matches the heads of two patterns of a rule is tried once. */
static void order_rules(struct known_evidence *k)
{
    size_t kept = 0;
    shelflife_sort(k->rules, k->rule_count, sizeof(k->rules[0]), compare_candidates);
    for (size_t i = 0; i < k->rule_count; i++)
        if (kept == 0 || compare_candidates(&k->rules[kept - 1], &k->rules[i]) != 0)
            k->rules[kept++] = k->rules[i];
    k->rule_count = kept;
}

/* ---- conditions ---- */

static bool fits(const struct catalog_search *s, const struct catalog_subject *test, str value)
{
    struct catalog_value_capture captured UNINITIALIZED;
    for (uint32_t i = 0; i < test->value_count; i++)
        if (shelflife_catalog_value_match(catalog_value_text(&s->set->content.values.at[test->values + i]),
                                          value, &captured))
            return true;
    return false;
}

static bool is_met(const struct catalog_search *s, const struct known_evidence *k,
                   const struct catalog_subject *test)
{
    if (test->kind != SHELFLIFE_EVIDENCE_HISTORY) {
        const struct shelflife_evidence *piece = piece_of(k, test->number);
        return piece && fits(s, test, piece->value);
    }
    for (size_t i = 0; i < k->line_count; i++)
        if (fits(s, test, k->lines[i]->value))
            return true;
    return false;
}

static bool are_met(const struct catalog_search *s, const struct known_evidence *k,
                    const struct catalog_rule *rule)
{
    const struct catalog_subject *test = s->set->content.tests.at + rule->tests;
    for (size_t i = 0; i < rule->when_count; i++, test++)
        if (!is_met(s, k, test))
            return false;
    for (size_t i = 0; i < rule->unless_count; i++, test++)
        if (is_met(s, k, test))
            return false;
    return true;
}

/* ---- releases ---- */

/* What the rules of a product have found. */
struct product_evidence {
    struct shelflife_match match;
    bool found;                 /* the match is set */
    bool listed;                /* some version is listed, but no single release of the variant */
    bool settled;               /* the match names its release: no other rule counts */
    shelflife_day end_of_patch; /* of the image, or NONE */
};

/* The longest other spelling of a release at the beginning of a version. */
static const struct catalog_rename *find_rename(const struct catalog_search *s,
                                                const struct catalog_rule *rule, str version)
{
    const struct catalog_rename *best = NULL;
    for (uint32_t i = 0; i < rule->rename_count; i++) {
        const struct catalog_rename *rename = &s->set->content.renames.at[rule->renames + i];
        const size_t len = rename->text.len;
        if (shelflife_str_starts(version, rename->text) && (!best || len > best->text.len) &&
            (len == version.len || !ascii_is_alphanumeric(version.at[len])))
            best = rename;
    }
    return best;
}

/* A version as it is searched for releases. Its bytes are those of the evidence, one for one. */
struct spelled {
    char bytes[CATALOG_VERSION_MAX];
    size_t len;
};

/* Replaces all that separates words by "-", or all separators by ".", as keys for names have it. */
static str spell(str version, bool in_name, struct spelled *out)
{
    for (size_t i = 0; i < version.len; i++) {
        char c = version.at[i];
        c = ascii_is_alphanumeric(c) || catalog_is_separator(c) ? c : '-';
        out->bytes[i] = in_name ? catalog_dotted(c) : c;
    }
    return (str){out->bytes, version.len};
}

/* The same part of the evidence. */
static str unspell(str part, const struct spelled *spelled, str version)
{
    return part.len ? (str){version.at + (part.at - spelled->bytes), part.len} : (str){0};
}

/* A version that is not listed counts only where the image that is built on another one cannot easily have
 * replaced it by its own. */
static bool may_be_unlisted(enum shelflife_evidence_kind kind)
{
    return kind == SHELFLIFE_EVIDENCE_ENV || kind == SHELFLIFE_EVIDENCE_HISTORY;
}

/* Looks up a version among the keys for tags, or for names. */
static void look_up(const struct catalog_search *s, const struct candidate *c, str version, bool in_name,
                    struct catalog_fields *known, struct product_evidence *p)
{
    const struct catalog_rule *rule = &s->set->content.rules.at[c->rule];
    const struct catalog_rename *rename = find_rename(s, rule, version);
    struct spelled spelled UNINITIALIZED;
    const str of_image = rename ? shelflife_str_first(version, rename->text.len) : version;
    const struct catalog_version_text text =
        shelflife_catalog_version_text(spell(rename ? rename->release : version, in_name, &spelled));
    const struct catalog_reader reader = {.owner = catalog_key_owner(rule->product, in_name),
                                          .whole = in_name,
                                          .all = s->set->content.products.at[rule->product].whole_tag};
    struct shelflife_match match;
    size_t used;
    enum catalog_finding found = shelflife_catalog_match_text(s, &reader, &text, known, &match, &used);
    p->listed |= found == CATALOG_FOUND_LISTED;
    if (found == CATALOG_FOUND_RELEASE) {
        match.version = rename ? of_image : unspell(match.version, &spelled, version);
    } else {
        const str numbers = shelflife_str_first(text.text, text.numbers);
        if (found == CATALOG_FOUND_LISTED || p->found || rename || !numbers.len || !text.whole_numbers ||
            !may_be_unlisted(c->piece->kind) ||
            !shelflife_catalog_match_nearby(s, rule->product, numbers, known, &match))
            return;
        match.release = match.version = unspell(numbers, &spelled, version);
    }
    p->match = match;
    p->found = true;
    p->settled = found == CATALOG_FOUND_RELEASE;
}

/* Keys for names differ from those for tags only in other separators. */
static bool has_other_separators(str version)
{
    for (size_t i = 0; i < version.len; i++)
        if (version.at[i] != '.' && !ascii_is_alphanumeric(version.at[i]))
            return true;
    return false;
}

static void look_up_version(const struct catalog_search *s, const struct candidate *c, str version,
                            struct catalog_fields *known, struct product_evidence *p)
{
    const uint32_t product = s->set->content.rules.at[c->rule].product;
    look_up(s, c, version, false, known, p);
    if (!p->settled && s->set->content.products_private.at[product].in_name && has_other_separators(version))
        look_up(s, c, version, true, known, p);
}

/* Tries a pattern of a rule that the evidence matches. */
static void try_pattern(const struct catalog_search *s, const struct candidate *c, str pattern,
                        const struct catalog_value_capture *captured, struct product_evidence *p)
{
    const struct catalog_content *all = &s->set->content;
    const uint32_t number = all->rules.at[c->rule].product;
    const struct shelflife_product *product = &all->products.at[number];
    const bool had = p->found;
    struct catalog_fields known UNINITIALIZED;
    shelflife_catalog_begin_fields(&known, &all->limits.at[0], captured->variants, captured->variant_count);
    shelflife_catalog_know(&known, all->conditions.at + all->rules.at[c->rule].fields);
    if (all->products_private.at[number].unversioned) {
        const struct catalog_choice rows = {NULL, (uint32_t)product->first_row, product->row_count};
        p->found = p->settled = shelflife_catalog_settle(s, &rows, &known, &p->match) == CATALOG_ONE_RELEASE;
    } else if (captured->version.len) {
        look_up_version(s, c, captured->version, &known, p);
    }
    if (p->settled || (p->found && !had)) {
        p->match.by = SHELFLIFE_MATCH_BY_EVIDENCE;
        p->match.pattern = pattern;
        p->match.evidence = c->piece;
    }
}

static void record_rule(const struct catalog_search *s, const struct candidate *c,
                        enum shelflife_trace_outcome outcome)
{
    enum { SHOWN = 200 };
    char text[2 * SHOWN + 1];
    if (!s->recorder)
        return;
    const str name = shelflife_str_first(c->piece->name, SHOWN);
    const str value = shelflife_str_first(c->piece->value, shelflife_utf8_cut(c->piece->value, SHOWN));
    char *end = shelflife_copy(text, name.at, name.len);
    if (name.len)
        *end++ = '=';
    end = shelflife_copy(end, value.at, value.len);
    shelflife_catalog_record(s, SHELFLIFE_TRACE_EVIDENCE, outcome, s->set->content.rules.at[c->rule].product,
                             (str){text, (size_t)(end - text)});
}

static void try_rule(const struct catalog_search *s, const struct known_evidence *k,
                     const struct candidate *c, struct product_evidence *p, shelflife_day *snapshot)
{
    const struct catalog_rule *rule = &s->set->content.rules.at[c->rule];
    struct catalog_value_capture captured UNINITIALIZED;
    enum shelflife_trace_outcome outcome = SHELFLIFE_TRACE_OTHER_VALUE;
    const bool settled = p->settled;
    if (!are_met(s, k, rule)) {
        record_rule(s, c, SHELFLIFE_TRACE_CONDITION);
        return;
    }
    for (uint32_t i = 0; i < rule->subject.value_count; i++) {
        const str pattern = catalog_value_text(&s->set->content.values.at[rule->subject.values + i]);
        if (!shelflife_catalog_value_match(pattern, c->piece->value, &captured))
            continue;
        if (*snapshot == SHELFLIFE_DAY_NONE)
            *snapshot = captured.snapshot;
        if (p->end_of_patch == SHELFLIFE_DAY_NONE)
            p->end_of_patch = captured.end_of_patch;
        if (!p->settled)
            try_pattern(s, c, pattern, &captured, p);
        bool says_more =
            captured.snapshot != SHELFLIFE_DAY_NONE || captured.end_of_patch != SHELFLIFE_DAY_NONE;
        const bool taken = p->found && p->match.evidence == c->piece;
        outcome = says_more || (taken && !settled) ? SHELFLIFE_TRACE_TAKEN
                  : settled                        ? SHELFLIFE_TRACE_DUPLICATE
                                                   : SHELFLIFE_TRACE_NO_RELEASE;
        if (p->settled)
            break;
    }
    record_rule(s, c, outcome);
}

/* ---- joining with the reference ---- */

/* Whether the reference can mean the release of the evidence: it names this one, or a part of its version. */
static bool agrees(const struct shelflife_match *reference, const struct shelflife_match *evidence)
{
    if (reference->kind != SHELFLIFE_MATCH_SEVERAL && evidence->kind != SHELFLIFE_MATCH_SEVERAL)
        return shelflife_str_equal(reference->release, evidence->release);
    str part = reference->kind == SHELFLIFE_MATCH_SEVERAL ? reference->release : evidence->release;
    str whole = reference->kind == SHELFLIFE_MATCH_SEVERAL ? evidence->release : reference->release;
    return shelflife_str_starts(whole, part) && (part.len == 0 || catalog_is_boundary(whole, part.len));
}

/* Takes what the reference says about a release that both name. */
static void join(struct shelflife_match *match, const struct shelflife_match *reference)
{
    match->before = reference->before;
    const bool has_row = catalog_is_told(reference) || reference->kind == SHELFLIFE_MATCH_SEVERAL;
    if (!agrees(reference, match))
        match->contradicts = has_row ? reference->row : NULL;
    else if (catalog_is_told(reference) && catalog_is_told(match) &&
             reference->rows_open < match->rows_open) {
        match->row = reference->row;
        match->rows_open = reference->rows_open;
        match->ended = reference->ended;
        match->end_of_patch = reference->end_of_patch;
        match->end_of_availability = reference->end_of_availability;
        match->end_of_extended_patch = reference->end_of_extended_patch;
    }
    if (match->row == reference->row)
        match->moved_to = reference->moved_to;
    else if (reference->moved_to.len && shelflife_str_find(match->row->moved_to, '{') == SIZE_MAX)
        match->moved_to = match->row->moved_to;
}

/* An image can only shorten what its row says: a label cannot extend support. */
static void put_end(struct shelflife_match *match, shelflife_day end)
{
    if (end == SHELFLIFE_DAY_NONE || match->ended ||
        (match->end_of_patch != SHELFLIFE_DAY_NONE && match->end_of_patch <= end))
        return;
    match->end_of_patch = end;
    match->own_end = true;
    if (match->end_of_extended_patch > end)
        match->end_of_extended_patch = SHELFLIFE_DAY_NONE;
}

/* Adds what the evidence says about a product to what the reference says about it. */
static bool add_found(struct catalog_search *s, struct catalog_found *found,
                      const struct shelflife_resolution *out)
{
    const struct catalog_content *c = &s->set->content;
    const struct shelflife_product *product = &c->products.at[found->product];
    struct shelflife_match *reference = shelflife_catalog_match_of(s, product);
    if (reference) {
        /* A version such as "3" says less than a reference with 3.12. */
        if (catalog_is_told(reference) && found->match.kind == SHELFLIFE_MATCH_SEVERAL &&
            agrees(reference, &found->match))
            return true;
        join(&found->match, reference);
    }
    found->match.base = reference ? reference->base
                                  : c->products_private.at[found->product].is_part && product != out->product;
    put_end(&found->match, found->end_of_patch);
    if (!reference)
        return shelflife_catalog_add_match(s, &found->match);
    *reference = found->match;
    return true;
}

/* A digest that a catalog lists decides about its product. */
static bool is_decided(const struct catalog_search *s, uint32_t product)
{
    const struct shelflife_match *match =
        shelflife_catalog_match_of(s, &s->set->content.products.at[product]);
    return match && match->by == SHELFLIFE_MATCH_BY_DIGEST;
}

/* ---- the products, one after the other ---- */

static void know(const struct catalog_search *s, struct known_evidence *k)
{
    k->name_count = k->line_count = k->rule_count = k->tried = 0;
    if (s->set->content.rules.count == 0)
        return;
    gather(s, k);
    add_rules_of_names(s, k);
    add_rules_of_lines(s, k);
    order_rules(k);
}

/* Finds the release of the next product whose rules find one. Sets the day of the snapshot at the first rule
 * that has one. Returns false if there is no other product. */
static bool next_found(const struct catalog_search *s, struct known_evidence *k, struct catalog_found *found,
                       shelflife_day *snapshot)
{
    const struct catalog_rule *rules = s->set->content.rules.at;
    while (k->tried < k->rule_count) {
        const uint32_t product = rules[k->rules[k->tried].rule].product;
        struct product_evidence p UNINITIALIZED;
        p.found = p.listed = false;
        p.settled = is_decided(s, product);
        p.end_of_patch = SHELFLIFE_DAY_NONE;
        for (; k->tried < k->rule_count && rules[k->rules[k->tried].rule].product == product; k->tried++)
            try_rule(s, k, &k->rules[k->tried], &p, snapshot);
        if (!p.found || (p.listed && !p.settled))
            continue;
        *found = (struct catalog_found){p.match, product, p.end_of_patch};
        return true;
    }
    return false;
}

bool shelflife_catalog_evidence_find(const struct catalog_search *s, struct catalog_found_list *out,
                                     shelflife_day *snapshot)
{
    struct known_evidence k UNINITIALIZED;
    struct catalog_found found UNINITIALIZED;
    know(s, &k);
    while (next_found(s, &k, &found, snapshot)) {
        struct catalog_found *kept = CATALOG_VECTOR_ADD(out);
        if (!kept)
            return shelflife_fail_memory(s->err);
        *kept = found;
    }
    return true;
}

/* A digest that a catalog lists changes which rules are tried, and a trace has them all. */
static bool may_be_ahead(const struct catalog_search *s)
{
    return !s->recorder && (s->count == 0 || s->matches[0].by != SHELFLIFE_MATCH_BY_DIGEST);
}

bool shelflife_catalog_evidence_resolve(struct catalog_search *s, struct shelflife_resolution *out)
{
    struct catalog_found found UNINITIALIZED;
    const struct catalog_ahead_list *ahead =
        may_be_ahead(s) ? shelflife_catalog_ahead_of(s->set, s->evidence, s->probes) : NULL;
    if (ahead) {
        out->snapshot = ahead->snapshot;
        for (uint32_t i = 0; i < ahead->count; i++) {
            found = s->set->ahead->found.at[ahead->first + i];
            if (!add_found(s, &found, out))
                return false;
        }
        return true;
    }
    struct known_evidence k UNINITIALIZED;
    know(s, &k);
    while (next_found(s, &k, &found, &out->snapshot))
        if (!add_found(s, &found, out))
            return false;
    return true;
}

/* ---- what is read ---- */

bool shelflife_catalogs_reads(const struct shelflife_catalogs *set, const struct shelflife_evidence *evidence)
{
    uint64_t probes = 0;
    if (!set->finished || set->failure.kind != SHELFLIFE_ERROR_NONE ||
        evidence->value.len > CATALOG_VALUE_MAX)
        return false;
    if (evidence->kind != SHELFLIFE_EVIDENCE_HISTORY)
        return shelflife_catalog_evidence_name(set, evidence->kind, evidence->name, &probes) !=
               CATALOG_TABLE_NONE;
    struct catalog_line_search search = {0};
    struct catalog_value_capture captured UNINITIALIZED;
    const struct catalog_value *value;
    while ((value = shelflife_catalog_evidence_line(set, evidence->value, &search, &probes)))
        if (shelflife_catalog_value_match(catalog_value_text(value), evidence->value, &captured))
            return true;
    return false;
}

uint64_t shelflife_catalogs_evidence_rules(const struct shelflife_catalogs *set)
{
    return set->index.evidence_rules;
}
