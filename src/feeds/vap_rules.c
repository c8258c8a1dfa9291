#include "feeds/vap_rules.h"
#include "base/ascii.h"

/*
 * A repository pattern matches infinitely many names. They are divided into classes that the engine could
 * treat differently: by the release, and for each field by the values that rows name, any other value, or
 * none. The engine judges one example of each class. The expressions of the classes exclude each other.
 */
enum {
    MEMORY_MAX = 64 << 20,
    TEXT_MAX = 1 << 20,
    FIELDS = 8,
    CLASSES_MAX = 4096, /* of one pattern and release */
};

struct texts {
    str *at; /* owned */
    size_t count, capacity;
};

struct field {
    str name;
    struct texts values; /* that rows name, except "" */
};

/* What a class has for each field: a value's number, any other value (values.count), or whatever (ANY). */
enum { ANY = 1 << 16 };
enum tail { TAIL_ABSENT, TAIL_PRESENT, TAIL_EITHER };

struct catalog_choice {
    size_t values[FIELDS];
    enum tail tail; /* of what is in brackets */
};

struct collector {
    struct feeds_vap_rules *rules;
    shelflife_feeds_vap_judge *judge;
    void *context;
    struct texts keys; /* spellings of the product's releases */
    str pattern;       /* the repository's */
    struct field fields[FIELDS];
    size_t field_count;
    bool in_name, has_tail;
    str tag_head, tag_suffix; /* of the tag's pattern, unless in_name or without releases */
    bool in_tag;
    buffer text;
    error *err;
};

/* ---- texts ---- */

static bool add_text(struct texts *texts, str text, error *err)
{
    for (size_t i = 0; i < texts->count; i++)
        if (shelflife_str_equal(texts->at[i], text))
            return true;
    if (!shelflife_grow(&texts->at, &texts->capacity, texts->count + 1, sizeof(*texts->at)))
        return shelflife_fail_memory(err);
    texts->at[texts->count++] = text;
    return true;
}

static bool catalog_is_separator(char c)
{
    return c == '.' || c == '-' || c == '_' || c == '+';
}

void shelflife_feeds_regex_quote(str text, buffer *out)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c < ' ' || c == '\'' || c == 0x7f) { /* would end the string, or the line, that it stands in */
            shelflife_buffer_format(out, "\\x%02x", c);
            continue;
        }
        if (shelflife_str_find(STR("\\.+*?()|[]{}^$"), text.at[i]) != SIZE_MAX)
            shelflife_buffer_byte(out, '\\');
        shelflife_buffer_byte(out, text.at[i]);
    }
}

/* ---- expressions ---- */

/* Any run of letters and digits except the values. So far, the bytes of `prefix` have been matched. A field
   ends at a separator, so the class contains everything except separators, "/" and ":". */
static void write_others(const struct texts *values, str prefix, buffer *out)
{
    bool ends = false;
    char next[64];
    size_t n = 0;
    for (size_t i = 0; i < values->count; i++) {
        str value = values->at[i];
        if (!shelflife_str_starts(value, prefix))
            continue;
        ends = ends || value.len == prefix.len;
        if (value.len > prefix.len && n < sizeof(next) && !memchr(next, value.at[prefix.len], n))
            next[n++] = value.at[prefix.len];
    }
    shelflife_buffer_append(out, STR("(?:[^-._/:"));
    shelflife_buffer_append(out, (str){next, n});
    shelflife_buffer_append(out, STR("][a-z0-9]*"));
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < values->count; i++) {
            str longer = shelflife_str_first(values->at[i], prefix.len + 1);
            if (longer.len <= prefix.len || longer.at[prefix.len] != next[k] ||
                !shelflife_str_starts(longer, prefix))
                continue;
            shelflife_buffer_byte(out, '|');
            shelflife_buffer_byte(out, next[k]);
            write_others(values, longer, out);
            break;
        }
    /* Nothing more is fine, too, unless this is a value, or nothing at all. */
    shelflife_buffer_append(out, !ends && prefix.len ? STR("|)") : STR(")"));
}

/* A value that is none of a field's: an example of the others. */
static void write_other_example(const struct texts *values, buffer *out)
{
    size_t longest = 0;
    for (size_t i = 0; i < values->count; i++)
        longest = values->at[i].len > longest ? values->at[i].len : longest;
    for (size_t i = 0; i <= longest; i++)
        shelflife_buffer_byte(out, 'z');
}

static void write_field(const struct field *field, size_t value, bool regex, buffer *out)
{
    if (value == ANY)
        shelflife_buffer_append(out, STR("[a-z0-9]+"));
    else if (value == field->values.count && regex)
        write_others(&field->values, (str){0}, out);
    else if (value == field->values.count)
        write_other_example(&field->values, out);
    else if (regex)
        shelflife_feeds_regex_quote(field->values.at[value], out);
    else
        shelflife_buffer_append(out, field->values.at[value]);
}

/* Whether another spelling begins with this one and a separator. */
static bool is_longer(str longer, str key)
{
    return longer.len > key.len && shelflife_str_starts(longer, key) &&
           catalog_is_separator(longer.at[key.len]);
}

static bool has_longer(const struct texts *keys, str key)
{
    for (size_t i = 0; i < keys->count; i++)
        if (is_longer(keys->at[i], key))
            return true;
    return false;
}

/* The version in a name, where each separator is "-" or "_". Numbers may follow, unless that could be another
   release. */
static void write_version(const struct collector *c, str key, bool regex, buffer *out)
{
    for (size_t i = 0; i < key.len; i++)
        if (!catalog_is_separator(key.at[i]))
            shelflife_buffer_byte(out, key.at[i]);
        else
            shelflife_buffer_append(out, regex ? STR("[-_]") : STR("-"));
    if (regex && !has_longer(&c->keys, key))
        shelflife_buffer_append(out, STR("(?:[-_][0-9]+)*"));
}

static const struct field *find_field(const struct collector *c, str name)
{
    for (size_t i = 0; i < c->field_count; i++)
        if (shelflife_str_equal(c->fields[i].name, name))
            return &c->fields[i];
    return NULL;
}

/* The name from byte `from` of the pattern on: an example, or an expression for all of the class. */
static void write_name(const struct collector *c, size_t from, const struct catalog_choice *choice, str key,
                       bool regex, buffer *out)
{
    for (size_t i = from; i < c->pattern.len; i++) {
        char byte = c->pattern.at[i];
        if (byte == '[' && choice->tail == TAIL_ABSENT)
            return;
        if (byte == '[' || byte == ']') {
            if (choice->tail == TAIL_EITHER)
                shelflife_buffer_append(out, byte == '[' ? STR("(?:") : STR(")?"));
            continue;
        }
        if (byte != '{') {
            str literal = {&c->pattern.at[i], 1};
            if (regex)
                shelflife_feeds_regex_quote(literal, out);
            else
                shelflife_buffer_append(out, literal);
            continue;
        }
        str name = shelflife_str_after(c->pattern, i + 1);
        name = shelflife_str_first(name, shelflife_str_find(name, '}'));
        const struct field *field = find_field(c, name);
        i += name.len + 1;
        if (field)
            write_field(field, choice->values[field - c->fields], regex, out);
        else
            write_version(c, key, regex, out);
    }
}

/* The tag, with the ":" before it. */
static void write_tag(const struct collector *c, str key, bool regex, buffer *out)
{
    if (!c->in_tag) {
        if (regex)
            shelflife_buffer_append(out, STR(":.*"));
        return;
    }
    shelflife_buffer_byte(out, ':');
    if (!regex) {
        shelflife_buffer_append(out, c->tag_head);
        shelflife_buffer_append(out, key);
        shelflife_buffer_append(out, c->tag_suffix);
        return;
    }
    shelflife_feeds_regex_quote(c->tag_head, out);
    if (ascii_is_digit(key.at[0]))
        shelflife_buffer_append(out, STR("v?"));
    shelflife_feeds_regex_quote(key, out);
    shelflife_feeds_regex_quote(c->tag_suffix, out);
    bool letter = c->tag_suffix.len && !catalog_is_separator(c->tag_suffix.at[c->tag_suffix.len - 1]);
    shelflife_buffer_append(out, letter ? STR("(?:[-._+0-9].*)?") : STR("(?:[-._+].*)?"));
}

static size_t head_length(str pattern)
{
    size_t n = 0;
    while (n < pattern.len && pattern.at[n] != '{' && pattern.at[n] != '[')
        n++;
    return n;
}

/* ---- rules ---- */

static bool add_rule(struct collector *c, const struct catalog_choice *choice, str key, shelflife_day from)
{
    struct feeds_vap_rules *rules = c->rules;
    size_t head = head_length(c->pattern);
    struct feeds_vap_rule rule = {.head = shelflife_str_first(c->pattern, head), .from = from};
    shelflife_buffer_reset(&c->text);
    write_name(c, head, choice, key, true, &c->text);
    write_tag(c, key, true, &c->text);
    size_t split = c->text.len;
    for (size_t i = 0; c->in_tag && i < c->keys.count; i++) {
        if (!is_longer(c->keys.at[i], key))
            continue;
        if (c->text.len > split)
            shelflife_buffer_byte(&c->text, '|');
        write_name(c, head, choice, c->keys.at[i], true, &c->text);
        write_tag(c, c->keys.at[i], true, &c->text);
    }
    str text = shelflife_buffer_str(&c->text);
    if (c->text.failed || !shelflife_grow(&rules->at, &rules->capacity, rules->count + 1, sizeof(*rules->at)))
        return shelflife_fail_memory(c->err);
    if (!shelflife_arena_copy(&rules->memory, rule.head, &rule.head) ||
        !shelflife_arena_copy(&rules->memory, shelflife_str_first(text, split), &rule.regex) ||
        !shelflife_arena_copy(&rules->memory, shelflife_str_after(text, split), &rule.unless))
        return shelflife_arena_fail(&rules->memory, c->err);
    rules->at[rules->count++] = rule;
    return true;
}

static bool judge_example(struct collector *c, const struct catalog_choice *choice, str key,
                          shelflife_day *from)
{
    shelflife_buffer_reset(&c->text);
    write_name(c, 0, choice, key, false, &c->text);
    write_tag(c, key, false, &c->text);
    if (c->text.failed)
        return shelflife_fail_memory(c->err);
    return c->judge(c->context, shelflife_buffer_str(&c->text), from, c->err);
}

/* The next class, or false after the last. */
static bool next_choice(const struct collector *c, struct catalog_choice *choice)
{
    for (size_t i = 0; i < c->field_count; i++) {
        if (choice->values[i]++ < c->fields[i].values.count)
            return true;
        choice->values[i] = 0;
    }
    if (!c->has_tail || choice->tail == TAIL_PRESENT)
        return false;
    choice->tail = TAIL_PRESENT;
    return true;
}

static size_t count_choices(const struct collector *c)
{
    size_t n = c->has_tail ? 2 : 1;
    for (size_t i = 0; i < c->field_count && n <= CLASSES_MAX; i++)
        n *= c->fields[i].values.count + 1;
    return n;
}

/* All classes of a release: one rule if all are denied from the same day. */
static bool add_release(struct collector *c, str key)
{
    shelflife_day first = SHELFLIFE_DAY_NONE, from = SHELFLIFE_DAY_NONE;
    bool same = true;
    struct catalog_choice choice = {0};
    if (!judge_example(c, &choice, key, &first))
        return false;
    while (same && next_choice(c, &choice)) {
        if (!judge_example(c, &choice, key, &from))
            return false;
        same = from == first;
    }
    if (same) {
        struct catalog_choice any = {.tail = TAIL_EITHER};
        for (size_t i = 0; i < c->field_count; i++)
            any.values[i] = ANY;
        return first == SHELFLIFE_DAY_NONE || add_rule(c, &any, key, first);
    }
    choice = (struct catalog_choice){0};
    do {
        if (!judge_example(c, &choice, key, &from) ||
            (from != SHELFLIFE_DAY_NONE && !add_rule(c, &choice, key, from)))
            return false;
    } while (next_choice(c, &choice));
    return true;
}

/* ---- a product ---- */

static bool read_keys(struct collector *c, struct node rows)
{
    struct node row, value;
    str text;
    for (size_t i = 0; shelflife_node_at(&rows, i, &row); i++) {
        static const char *const single[] = {"release", "codename"};
        for (size_t k = 0; k < COUNT(single); k++)
            if (shelflife_node_get(&row, single[k], &value) &&
                (!shelflife_node_string(value, &text, c->err) || !add_text(&c->keys, text, c->err)))
                return false;
        struct node is;
        for (size_t k = 0; shelflife_node_get(&row, "is", &is) && shelflife_node_at(&is, k, &value); k++)
            if (!shelflife_node_string(value, &text, c->err) || !add_text(&c->keys, text, c->err))
                return false;
    }
    return true;
}

/* Whether a name can tell it: fields are runs of letters and digits. */
static bool is_run(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_lower(s.at[i]) && !ascii_is_digit(s.at[i]))
            return false;
    return s.len > 0;
}

/* The values that rows have for a field. */
static bool read_values(struct collector *c, struct node rows, struct field *field)
{
    char name[64];
    struct node row, when, value;
    str text;
    snprintf(name, sizeof(name), "%.*s", STR_PRINT(field->name));
    for (size_t i = 0; shelflife_node_at(&rows, i, &row); i++)
        if (shelflife_node_get(&row, "when", &when) && shelflife_node_get(&when, name, &value) &&
            shelflife_node_string(value, &text, NULL) && is_run(text) &&
            !add_text(&field->values, text, c->err))
            return false;
    return true;
}

static bool read_pattern(struct collector *c, struct node entry, struct node rows)
{
    struct node pattern = entry;
    if (shelflife_node_type(entry) == NODE_MAP && !shelflife_node_get(&entry, "pattern", &pattern))
        return shelflife_node_fail(entry, c->err, "pattern is missing");
    if (!shelflife_node_string(pattern, &c->pattern, c->err))
        return false;
    for (size_t i = 0; i < c->field_count; i++)
        free(c->fields[i].values.at);
    memset(c->fields, 0, sizeof(c->fields));
    c->field_count = 0;
    c->in_name = false;
    c->has_tail = shelflife_str_find(c->pattern, '[') != SIZE_MAX;
    for (size_t i = 0; i < c->pattern.len; i++) {
        if (c->pattern.at[i] != '{')
            continue;
        str name = shelflife_str_after(c->pattern, i + 1);
        name = shelflife_str_first(name, shelflife_str_find(name, '}'));
        if (shelflife_str_equal(name, STR("version"))) {
            c->in_name = true;
        } else if (c->field_count < FIELDS) {
            struct field *field = &c->fields[c->field_count++];
            field->name = name;
            if (!read_values(c, rows, field))
                return false;
        }
    }
    return true;
}

static bool add_releases(struct collector *c)
{
    for (size_t i = 0; i < c->keys.count; i++)
        if (!add_release(c, c->keys.at[i]))
            return false;
    return c->keys.count > 0 || add_release(c, (str){0});
}

/* By each of the product's tag patterns; without one, the tag is the version. */
static bool add_by_tag(struct collector *c, struct node product)
{
    struct node tags, tag, pattern;
    str text;
    c->in_tag = true;
    c->tag_head = c->tag_suffix = (str){0};
    if (!shelflife_node_get(&product, "tags", &tags))
        return add_releases(c);
    for (size_t i = 0; shelflife_node_at(&tags, i, &tag); i++) {
        pattern = tag;
        if (shelflife_node_type(tag) == NODE_MAP && !shelflife_node_get(&tag, "pattern", &pattern))
            return shelflife_node_fail(tag, c->err, "pattern is missing");
        if (!shelflife_node_string(pattern, &text, c->err))
            return false;
        c->tag_head = shelflife_str_first(text, shelflife_str_find(text, '{'));
        c->tag_suffix = shelflife_str_after(text, shelflife_str_find(text, '}') + 1);
        if (!add_releases(c))
            return false;
    }
    return true;
}

/* Whether tags that begin alike can be judged differently. */
static bool depends_on_tags(struct node product)
{
    struct node node, tags, tag, rows, row;
    if (shelflife_node_get(&product, "exceptTags", &node) || shelflife_node_get(&product, "wholeTag", &node))
        return true;
    for (size_t i = 0; shelflife_node_get(&product, "tags", &tags) && shelflife_node_at(&tags, i, &tag); i++)
        if (shelflife_node_type(tag) == NODE_MAP &&
            (shelflife_node_get(&tag, "with", &node) || shelflife_node_get(&tag, "without", &node)))
            return true;
    for (size_t i = 0; shelflife_node_get(&product, "rows", &rows) && shelflife_node_at(&rows, i, &row); i++)
        if (shelflife_node_get(&row, "numbers", &node))
            return true;
    return false;
}

static bool add_product(struct collector *c, struct node product, struct feeds_vap_left *left)
{
    struct node rows, repositories, entry;
    if (depends_on_tags(product)) {
        left->products++;
        return true;
    }
    c->keys.count = 0;
    if (!shelflife_node_get(&product, "rows", &rows) ||
        !shelflife_node_get(&product, "repositories", &repositories))
        return true;
    if (!read_keys(c, rows))
        return false;
    for (size_t i = 0; shelflife_node_at(&repositories, i, &entry); i++) {
        if (!read_pattern(c, entry, rows))
            return false;
        c->in_tag = false;
        if (count_choices(c) > CLASSES_MAX)
            left->patterns++;
        else if (c->in_name || c->keys.count == 0 ? !add_releases(c) : !add_by_tag(c, product))
            return false;
    }
    return true;
}

static void free_collector(struct collector *c)
{
    for (size_t i = 0; i < COUNT(c->fields); i++)
        free(c->fields[i].values.at);
    free(c->keys.at);
    shelflife_buffer_free(&c->text);
}

bool shelflife_feeds_vap_rules_add(struct feeds_vap_rules *rules, struct node catalog,
                                   shelflife_feeds_vap_judge *judge, void *context,
                                   struct feeds_vap_left *left, error *err)
{
    struct collector c CLEANUP(free_collector) = {
        .rules = rules, .judge = judge, .context = context, .err = err};
    struct node products, product;
    shelflife_buffer_init(&c.text, TEXT_MAX);
    if (!shelflife_node_get(&catalog, "products", &products))
        return true;
    for (size_t i = 0; shelflife_node_at(&products, i, &product); i++)
        if (!add_product(&c, product, left))
            return false;
    return true;
}

/* ---- all of them ---- */

void shelflife_feeds_vap_rules_init(struct feeds_vap_rules *rules)
{
    *rules = (struct feeds_vap_rules){0};
    shelflife_arena_init(&rules->memory, MEMORY_MAX);
}

void shelflife_feeds_vap_rules_free(struct feeds_vap_rules *rules)
{
    free(rules->at);
    shelflife_arena_free(&rules->memory);
}

static int compare_rules(const void *left, const void *right)
{
    const struct feeds_vap_rule *a = left, *b = right;
    int order = shelflife_str_compare(a->head, b->head);
    order = order ? order : (a->from > b->from) - (a->from < b->from);
    order = order ? order : shelflife_str_compare(a->unless, b->unless);
    return order ? order : shelflife_str_compare(a->regex, b->regex);
}

static bool same_but_regex(const struct feeds_vap_rule *a, const struct feeds_vap_rule *b)
{
    return shelflife_str_equal(a->head, b->head) && a->from == b->from &&
           shelflife_str_equal(a->unless, b->unless);
}

bool shelflife_feeds_vap_rules_finish(struct feeds_vap_rules *rules, error *err)
{
    buffer text CLEANUP(shelflife_buffer_free);
    size_t kept = 0;
    shelflife_buffer_init(&text, TEXT_MAX);
    shelflife_sort(rules->at, rules->count, sizeof(*rules->at), compare_rules);
    for (size_t i = 0, end; i < rules->count; i = end) {
        struct feeds_vap_rule rule = rules->at[i];
        shelflife_buffer_reset(&text);
        for (end = i; end < rules->count && same_but_regex(&rule, &rules->at[end]); end++) {
            if (end > i && shelflife_str_equal(rules->at[end].regex, rules->at[end - 1].regex))
                continue;
            if (end > i)
                shelflife_buffer_byte(&text, '|');
            shelflife_buffer_append(&text, rules->at[end].regex);
        }
        if (text.failed)
            return shelflife_fail_memory(err);
        if (!shelflife_arena_copy(&rules->memory, shelflife_buffer_str(&text), &rule.regex))
            return shelflife_arena_fail(&rules->memory, err);
        rules->at[kept++] = rule;
    }
    rules->count = kept;
    return true;
}

bool shelflife_feeds_vap_rules_begins_head(const struct feeds_vap_rules *rules, size_t i)
{
    return i == 0 || !shelflife_str_equal(rules->at[i].head, rules->at[i - 1].head);
}
