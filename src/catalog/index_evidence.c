/* Indexes evidence rules: by what they read, so that the time of a lookup depends on the evidence. */
#include "catalog/evidence.h"

static bool fail_together(const struct shelflife_catalogs *set, uint32_t rule, error *err)
{
    const struct shelflife_product *product = &set->content.products.at[set->content.rules.at[rule].product];
    return shelflife_fail(
        err, SHELFLIFE_ERROR_LIMIT,
        "%.*s: more than %d evidence rules read the same as one of the product \"%.*s\": use "
        "conditions with a `value` without \"*\"",
        STR_PRINT(product->catalog->origin), CATALOG_RULES_TOGETHER_MAX, STR_PRINT(product->name));
}

/* ---- names ---- */

static catalog_hash hash_name(enum shelflife_evidence_kind kind, str name)
{
    return catalog_hash_str(catalog_hash_start((uint32_t)kind), name);
}

uint32_t shelflife_catalog_evidence_name(const struct shelflife_catalogs *set,
                                         enum shelflife_evidence_kind kind, str name, uint64_t *probes)
{
    const struct catalog_index *x = &set->index;
    if (name.len > CATALOG_EVIDENCE_NAME_MAX || x->name_list.count == 0)
        return CATALOG_TABLE_NONE;
    const catalog_hash h = hash_name(kind, name);
    size_t at = 0;
    uint32_t i;
    while ((i = shelflife_catalog_table_next(&x->names, h, &at, probes)) != CATALOG_TABLE_NONE)
        if (x->name_list.at[i].kind == kind && shelflife_str_equal(x->name_list.at[i].text, name))
            break;
    return i;
}

/* What is read is part of the hash of all that is read, in any order. */
static uint64_t fingerprint(enum shelflife_evidence_kind kind, str text)
{
    uint64_t h = hash_name(kind, text);
    h = (h ^ h >> 31) * UINT64_C(0xbf58476d1ce4e5b9);
    return h ^ h >> 29;
}

/* Numbers the name of a rule or condition. */
static bool number_name(struct shelflife_catalogs *set, struct catalog_subject *subject, error *err)
{
    struct catalog_index *x = &set->index;
    const enum shelflife_evidence_kind kind = (enum shelflife_evidence_kind)subject->kind;
    uint64_t probes = 0;
    subject->number = CATALOG_TABLE_NONE;
    if (kind == SHELFLIFE_EVIDENCE_HISTORY)
        return true;
    subject->number = shelflife_catalog_evidence_name(set, kind, subject->name, &probes);
    if (subject->number != CATALOG_TABLE_NONE)
        return true;
    struct catalog_evidence_name *name = CATALOG_VECTOR_ADD(&x->name_list);
    if (!name)
        return shelflife_fail_memory(err);
    *name = (struct catalog_evidence_name){
        .text = subject->name, .first = CATALOG_TABLE_NONE, .kind = subject->kind};
    subject->number = (uint32_t)(x->name_list.count - 1);
    x->evidence_rules += fingerprint(kind, subject->name);
    return shelflife_catalog_table_put(&x->names, hash_name(kind, subject->name), subject->number, err);
}

static bool number_names(struct shelflife_catalogs *set, error *err)
{
    struct catalog_content *c = &set->content;
    for (size_t i = 0; i < c->rules.count; i++)
        if (!number_name(set, &c->rules.at[i].subject, err))
            return false;
    for (size_t i = 0; i < c->tests.count; i++)
        if (!number_name(set, &c->tests.at[i], err))
            return false;
    return true;
}

/* ---- rules ---- */

/* The value that a condition requires, or an absent string if several are possible. */
static str only_value(const struct catalog_content *c, const struct catalog_subject *test)
{
    const struct catalog_value *value = &c->values.at[test->values];
    bool only =
        test->kind != SHELFLIFE_EVIDENCE_HISTORY && test->value_count == 1 && value->head == value->len;
    return only ? catalog_value_text(value) : (str){0};
}

static const struct catalog_subject *key_of(const struct catalog_content *c, const struct catalog_rule *rule)
{
    return &c->tests.at[rule->tests + rule->key];
}

uint32_t shelflife_catalog_evidence_by_value(const struct shelflife_catalogs *set, uint32_t name, str value,
                                             uint64_t *probes)
{
    const struct catalog_content *c = &set->content;
    if (value.len > CATALOG_VALUE_PATTERN_MAX)
        return CATALOG_TABLE_NONE;
    const catalog_hash h = catalog_hash_str(catalog_hash_start(name), value);
    size_t at = 0;
    uint32_t i;
    while ((i = shelflife_catalog_table_next(&set->index.by_value, h, &at, probes)) != CATALOG_TABLE_NONE) {
        const struct catalog_subject *key = key_of(c, &c->rules.at[i]);
        if (key->number == name && shelflife_str_equal(only_value(c, key), value))
            break;
    }
    return i;
}

/* Appends a rule to a chain of rules. */
static bool chain(struct shelflife_catalogs *set, uint32_t first, uint32_t number, error *err)
{
    struct catalog_rule *rules = set->content.rules.at;
    size_t count = 1;
    uint32_t last = first;
    for (; rules[last].next != CATALOG_TABLE_NONE; last = rules[last].next)
        count++;
    if (count == CATALOG_RULES_TOGETHER_MAX)
        return fail_together(set, number, err);
    rules[last].next = number;
    return true;
}

/* A rule with a condition that requires one value is found by this value, since many products may use the
 * same label. */
static bool index_rule(struct shelflife_catalogs *set, uint32_t number, error *err)
{
    struct catalog_content *c = &set->content;
    struct catalog_rule *rule = &c->rules.at[number];
    struct catalog_index *x = &set->index;
    uint64_t probes = 0;
    if (rule->subject.kind == SHELFLIFE_EVIDENCE_HISTORY)
        return true; /* by its patterns */
    for (uint8_t i = 0; i < rule->when_count; i++) {
        const struct catalog_subject *test = &c->tests.at[rule->tests + i];
        const str value = only_value(c, test);
        if (value.len == 0)
            continue;
        rule->key = i;
        x->name_list.at[test->number].by_value = true;
        uint32_t first = shelflife_catalog_evidence_by_value(set, test->number, value, &probes);
        return first != CATALOG_TABLE_NONE
                   ? chain(set, first, number, err)
                   : shelflife_catalog_table_put(&x->by_value,
                                                 catalog_hash_str(catalog_hash_start(test->number), value),
                                                 number, err);
    }
    uint32_t *first = &x->name_list.at[rule->subject.number].first;
    if (*first != CATALOG_TABLE_NONE)
        return chain(set, *first, number, err);
    *first = number;
    return true;
}

/* ---- lines of history ---- */

static str value_head(const struct catalog_value *value)
{
    return (str){value->at, value->head};
}

static uint32_t find_line(const struct shelflife_catalogs *set, catalog_hash h, str head, uint64_t *probes)
{
    size_t at = 0;
    uint32_t i;
    while ((i = shelflife_catalog_table_next(&set->index.lines, h, &at, probes)) != CATALOG_TABLE_NONE)
        if (shelflife_str_equal(value_head(&set->content.values.at[i]), head))
            break;
    return i;
}

static bool is_head_length(const struct catalog_index *x, size_t len)
{
    return x->line_lengths[len / 64] >> len % 64 & 1;
}

const struct catalog_value *shelflife_catalog_evidence_line(const struct shelflife_catalogs *set, str line,
                                                            struct catalog_line_search *search,
                                                            uint64_t *probes)
{
    const struct catalog_value *values = set->content.values.at;
    if (search->hashed == 0)
        search->hash = catalog_hash_start(0);
    while (search->value == 0) {
        if (search->hashed == line.len || search->hashed == CATALOG_VALUE_PATTERN_MAX)
            return NULL;
        search->hash = catalog_hash_byte(search->hash, line.at[search->hashed++]);
        if (!is_head_length(&set->index, search->hashed))
            continue;
        uint32_t found = find_line(set, search->hash, shelflife_str_first(line, search->hashed), probes);
        search->value = found == CATALOG_TABLE_NONE ? 0 : found + 1;
    }
    const struct catalog_value *value = &values[search->value - 1];
    search->value = value->next == CATALOG_TABLE_NONE ? 0 : value->next + 1;
    return value;
}

static bool index_line(struct shelflife_catalogs *set, uint32_t number, error *err)
{
    struct catalog_value *values = set->content.values.at, *value = &values[number];
    struct catalog_index *x = &set->index;
    const catalog_hash h = catalog_hash_str(catalog_hash_start(0), value_head(value));
    uint64_t probes = 0;
    uint32_t last = find_line(set, h, value_head(value), &probes);
    if (last == CATALOG_TABLE_NONE) {
        x->line_lengths[value->head / 64] |= UINT64_C(1) << value->head % 64;
        x->evidence_rules += fingerprint(SHELFLIFE_EVIDENCE_HISTORY, catalog_value_text(value));
        return shelflife_catalog_table_put(&x->lines, h, number, err);
    }
    size_t count = 1;
    bool known = shelflife_str_equal(catalog_value_text(&values[last]), catalog_value_text(value));
    for (; values[last].next != CATALOG_TABLE_NONE; count++) {
        last = values[last].next;
        known |= shelflife_str_equal(catalog_value_text(&values[last]), catalog_value_text(value));
    }
    if (count == CATALOG_RULES_TOGETHER_MAX)
        return shelflife_fail(
            err, SHELFLIFE_ERROR_LIMIT,
            "more than %d patterns of lines of history begin with the same text as \"%.*s\"",
            CATALOG_RULES_TOGETHER_MAX, STR_PRINT(catalog_value_text(value)));
    if (!known)
        x->evidence_rules += fingerprint(SHELFLIFE_EVIDENCE_HISTORY, catalog_value_text(value));
    values[last].next = number;
    return true;
}

static bool index_lines(struct shelflife_catalogs *set, const struct catalog_subject *subject, error *err)
{
    for (uint32_t i = 0; subject->kind == SHELFLIFE_EVIDENCE_HISTORY && i < subject->value_count; i++)
        if (!index_line(set, subject->values + i, err))
            return false;
    return true;
}

bool shelflife_catalog_evidence_build(struct shelflife_catalogs *set, error *err)
{
    const struct catalog_content *c = &set->content;
    if (c->rules.count == 0)
        return true;
    if (!shelflife_catalog_table_init(&set->index.names, c->rules.count, err) ||
        !shelflife_catalog_table_init(&set->index.by_value, 0, err) ||
        !shelflife_catalog_table_init(&set->index.lines, 0, err) || !number_names(set, err))
        return false;
    for (uint32_t i = 0; i < c->rules.count; i++)
        if (!index_rule(set, i, err) || !index_lines(set, &c->rules.at[i].subject, err))
            return false;
    for (size_t i = 0; i < c->tests.count; i++)
        if (!index_lines(set, &c->tests.at[i], err))
            return false;
    return true;
}
