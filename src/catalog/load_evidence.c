/* Reads the evidence rules of a product. */
#include "catalog/load.h"

/* Spells out the short form of a pattern for lines. */
static bool spell_out_line(struct catalog_loader *l, struct node node, str *text)
{
    char line[CATALOG_VALUE_PATTERN_MAX];
    const char *fault = shelflife_catalog_value_line(*text, line, text);
    if (fault)
        return shelflife_node_fail(node, l->err, "the pattern \"%.*s\" %s",
                                   STR_PRINT(shelflife_str_first(*text, 200)), fault);
    return shelflife_catalog_load_keep(l, *text, text);
}

/* Reads a pattern. That of a condition has no fields. */
static bool read_value(struct catalog_loader *l, struct node node, struct catalog_reading *r, bool line,
                       bool test)
{
    str text;
    struct catalog_value_fields fields;
    struct catalog_value *value = CATALOG_VECTOR_ADD(&l->content->values);
    if (!value)
        return shelflife_fail_memory(l->err);
    if (!shelflife_node_string(node, &text, l->err) || (line && !spell_out_line(l, node, &text)))
        return false;
    const char *fault = shelflife_catalog_value_fault(text, &fields);
    if (!fault && test && (fields.version || fields.snapshot || fields.end_of_patch || fields.variant_count))
        fault = "has a field: a condition may only have \"*\"";
    if (fault)
        return shelflife_node_fail(node, l->err, "the pattern \"%.*s\" %s",
                                   STR_PRINT(shelflife_str_first(text, 200)), fault);
    for (size_t i = 0; i < fields.variant_count; i++)
        if (!shelflife_catalog_load_know_field(l, node, r, fields.variants[i]))
            return false;
    if (!shelflife_catalog_load_keep(l, text, &text))
        return false;
    *value =
        (struct catalog_value){.at = text.at,
                               .rule = test ? CATALOG_TABLE_NONE : (uint32_t)(l->content->rules.count - 1),
                               .next = CATALOG_TABLE_NONE,
                               .len = (uint16_t)text.len,
                               .head = fields.head};
    return true;
}

/* Reads a pattern, or a list of patterns. */
static bool read_values(struct catalog_loader *l, const struct node *node, struct catalog_reading *r,
                        struct catalog_subject *out, bool test)
{
    const bool line = out->kind == SHELFLIFE_EVIDENCE_HISTORY;
    if (shelflife_node_type(*node) != NODE_ARRAY) {
        out->value_count = 1;
        return read_value(l, *node, r, line, test);
    }
    size_t count = shelflife_node_count(*node);
    if (count == 0 || count > CATALOG_PER_PRODUCT_MAX)
        return shelflife_node_fail(*node, l->err, "there may be 1 to %d patterns, but there are %zu",
                                   CATALOG_PER_PRODUCT_MAX, count);
    for (size_t i = 0; i < count; i++) {
        struct node element;
        if (!shelflife_node_at(node, i, &element) || !read_value(l, element, r, line, test))
            return false;
    }
    out->value_count = (uint8_t)count;
    return true;
}

/* Reads the name of a variable, label or annotation. */
static bool read_name(struct catalog_loader *l, struct node node, enum shelflife_evidence_kind kind, str *out)
{
    str name;
    if (!shelflife_node_string(node, &name, l->err))
        return false;
    bool good = name.len <= CATALOG_EVIDENCE_NAME_MAX;
    for (size_t i = 0; good && i < name.len; i++)
        good =
            name.at[i] > ' ' && name.at[i] < 0x7f && !(name.at[i] == '=' && kind == SHELFLIFE_EVIDENCE_ENV);
    if (!good)
        return shelflife_node_fail(
            node, l->err, "\"%.*s\" should be the name of %s: at most %d bytes of ASCII without spaces",
            STR_PRINT(shelflife_str_first(name, 200)),
            kind == SHELFLIFE_EVIDENCE_ENV     ? "a variable"
            : kind == SHELFLIFE_EVIDENCE_LABEL ? "a label"
                                               : "an annotation",
            CATALOG_EVIDENCE_NAME_MAX);
    return shelflife_catalog_load_keep(l, name, out);
}

/* Finds out what a rule or condition reads. */
static bool find_subject(struct catalog_loader *l, const struct node *map, struct node *node,
                         enum shelflife_evidence_kind *kind)
{
    size_t found = 0;
    for (size_t i = 0; i < SHELFLIFE_EVIDENCE_KINDS; i++) {
        struct node of_kind;
        if (!shelflife_node_get(map, shelflife_evidence_kind_names[i], &of_kind))
            continue;
        *node = of_kind;
        *kind = (enum shelflife_evidence_kind)i;
        found++;
    }
    return found == 1 ||
           shelflife_node_fail(*map, l->err,
                               found ? "only one of `env`, `label`, `history` and `annotation` may "
                                       "be here: write a rule or condition for each of them"
                                     : "what it reads is missing: write `env`, `label` or "
                                       "`annotation` and a name, or `history` and a pattern");
}

/* Reads what a rule or condition reads, and its patterns. Without `value`, a rule expects a version, and a
 * condition expects anything. */
static bool read_subject(struct catalog_loader *l, const struct node *map, struct catalog_reading *r,
                         struct catalog_subject *out, bool test)
{
    struct node node, value;
    enum shelflife_evidence_kind kind = SHELFLIFE_EVIDENCE_ENV;
    if (!find_subject(l, map, &node, &kind))
        return false;
    out->kind = (uint8_t)kind;
    out->values = (uint32_t)l->content->values.count;
    bool has_value = shelflife_node_get(map, "value", &value);
    if (kind == SHELFLIFE_EVIDENCE_HISTORY)
        return (!has_value ||
                shelflife_node_fail(value, l->err,
                                    "the pattern of a line of history is in `history`: leave out "
                                    "`value`")) &&
               read_values(l, &node, r, out, test);
    if (!read_name(l, node, kind, &out->name))
        return false;
    if (has_value)
        return read_values(l, &value, r, out, test);
    static const str version = STR_INIT("{version}"), any = STR_INIT("*");
    struct catalog_value *pattern = CATALOG_VECTOR_ADD(&l->content->values);
    if (!pattern)
        return shelflife_fail_memory(l->err);
    const str text = test ? any : version;
    *pattern =
        (struct catalog_value){.at = text.at,
                               .rule = test ? CATALOG_TABLE_NONE : (uint32_t)(l->content->rules.count - 1),
                               .next = CATALOG_TABLE_NONE,
                               .len = (uint16_t)text.len};
    out->value_count = 1;
    return true;
}

static bool read_test(struct catalog_loader *l, const struct node *node)
{
    static const char *const known[] = {"env", "label", "history", "annotation", "value"};
    struct catalog_subject subject = {0};
    if (!shelflife_node_map(*node, l->err) || !shelflife_node_known(*node, known, COUNT(known), l->err) ||
        !read_subject(l, node, NULL, &subject, true))
        return false;
    struct catalog_subject *test = CATALOG_VECTOR_ADD(&l->content->tests);
    if (!test)
        return shelflife_fail_memory(l->err);
    *test = subject;
    return true;
}

/* Reads a condition, or a list of conditions. */
static bool read_tests(struct catalog_loader *l, const struct node *rule, const char *key, uint8_t *out)
{
    struct node node;
    *out = 0;
    if (!shelflife_node_get(rule, key, &node))
        return true;
    if (shelflife_node_type(node) != NODE_ARRAY) {
        *out = 1;
        return read_test(l, &node);
    }
    size_t count = shelflife_node_count(node);
    if (count > CATALOG_PER_PRODUCT_MAX)
        return shelflife_node_fail(node, l->err, "there may be at most %d conditions, but there are %zu",
                                   CATALOG_PER_PRODUCT_MAX, count);
    for (size_t i = 0; i < count; i++) {
        struct node element;
        if (!shelflife_node_at(&node, i, &element) || !read_test(l, &element))
            return false;
    }
    *out = (uint8_t)count;
    return true;
}

static bool read_renames(struct catalog_loader *l, const struct node *rule, uint8_t *out)
{
    struct node map, node;
    *out = 0;
    if (!shelflife_node_get(rule, "releases", &map))
        return true;
    if (!shelflife_node_map(map, l->err))
        return false;
    size_t count = shelflife_node_count(map);
    if (count > CATALOG_ROWS_PER_KEY_MAX)
        return shelflife_node_fail(map, l->err, "there may be at most %d spellings, but there are %zu",
                                   CATALOG_ROWS_PER_KEY_MAX, count);
    for (size_t i = 0; i < count; i++) {
        struct catalog_rename *rename = CATALOG_VECTOR_ADD(&l->content->renames);
        if (!rename)
            return shelflife_fail_memory(l->err);
        if (!shelflife_node_at(&map, i, &node))
            return false;
        const str text = shelflife_str_of(node.key);
        if (text.len == 0 || text.len > CATALOG_VERSION_MAX)
            return shelflife_node_fail(node, l->err, "a spelling of a release should have 1 to %d bytes",
                                       CATALOG_VERSION_MAX);
        if (!shelflife_catalog_load_keep(l, text, &rename->text) ||
            !shelflife_catalog_load_word(l, node, CATALOG_WORD_VERSION, &rename->release))
            return false;
    }
    *out = (uint8_t)count;
    return true;
}

/* Reads the fields that an image has if the rule matches. */
static bool read_fields(struct catalog_loader *l, const struct node *node, struct catalog_reading *r,
                        struct catalog_rule *rule)
{
    str own[CATALOG_FIELDS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < rule->subject.value_count; i++) {
        struct catalog_value_fields in_pattern;
        shelflife_catalog_value_fault(catalog_value_text(&l->content->values.at[rule->subject.values + i]),
                                      &in_pattern);
        for (size_t k = 0; k < in_pattern.variant_count && count < COUNT(own); k++)
            own[count++] = in_pattern.variants[k];
    }
    return shelflife_catalog_load_fixed(l, node, r, own, count, &rule->fields);
}

static bool read_rule(struct catalog_loader *l, const struct node *node, struct catalog_reading *r)
{
    static const char *const known[] = {"env",  "label",  "history",  "annotation", "value",
                                        "when", "unless", "releases", "fields",     "note"};
    struct catalog_content *c = l->content;
    struct catalog_rule *added = CATALOG_VECTOR_ADD(&c->rules), rule = {0};
    const size_t number = c->rules.count - 1;
    str note;
    if (!added)
        return shelflife_fail_memory(l->err);
    rule.product = r->number;
    rule.next = CATALOG_TABLE_NONE;
    rule.key = CATALOG_RULE_BY_NAME;
    if (!shelflife_node_map(*node, l->err) || !shelflife_node_known(*node, known, COUNT(known), l->err) ||
        !read_subject(l, node, r, &rule.subject, false))
        return false;
    rule.tests = (uint32_t)c->tests.count;
    rule.renames = (uint32_t)c->renames.count;
    if (!read_tests(l, node, "when", &rule.when_count) ||
        !read_tests(l, node, "unless", &rule.unless_count) || !read_renames(l, node, &rule.rename_count) ||
        !read_fields(l, node, r, &rule) || !shelflife_catalog_load_text(l, node, "note", &note))
        return false;
    c->rules.at[number] = rule;
    return true;
}

bool shelflife_catalog_load_evidence(struct catalog_loader *l, const struct node *product,
                                     struct catalog_reading *r)
{
    struct node array, node;
    size_t count;
    if (!shelflife_catalog_load_array(l, product, "evidence", &array, &count))
        return false;
    if (count > CATALOG_PER_PRODUCT_MAX)
        return shelflife_node_fail(array, l->err,
                                   "a product may have at most %d of these, but this one has %zu",
                                   CATALOG_PER_PRODUCT_MAX, count);
    for (size_t i = 0; i < count; i++)
        if (!shelflife_node_at(&array, i, &node) || !read_rule(l, &node, r))
            return false;
    r->private->has_rules = count > 0;
    return true;
}

bool shelflife_catalog_check_evidence(struct catalog_loader *l, const struct node *product,
                                      const struct catalog_reading *r)
{
    const struct catalog_content *c = l->content;
    struct node array, node;
    size_t count;
    if (r->private->unversioned || !r->private->has_rules)
        return true;
    if (!shelflife_catalog_load_array(l, product, "evidence", &array, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct catalog_subject *subject = &c->rules.at[c->rules.count - count + i].subject;
        for (size_t k = 0; k < subject->value_count; k++) {
            struct catalog_value_fields fields;
            const str text = catalog_value_text(&c->values.at[subject->values + k]);
            shelflife_catalog_value_fault(text, &fields);
            if (!fields.version && !fields.snapshot && !fields.end_of_patch)
                return shelflife_node_at(&array, i, &node) &&
                       shelflife_node_fail(
                           node, l->err,
                           "the pattern \"%.*s\" says nothing of a release: write {version} where "
                           "it is in the value",
                           STR_PRINT(text));
        }
    }
    return true;
}
