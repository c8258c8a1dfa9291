#include "catalog/pattern.h"

static const str VERSION = STR_INIT("version"), CODENAME = STR_INIT("codename");

bool shelflife_catalog_is_one_of(str word, const str *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (shelflife_str_equal(words[i], word))
            return true;
    return false;
}

/* Reads the name in "{name}" at the beginning of s. Returns false if there is none. */
static bool field_name(str s, str *name)
{
    size_t close = shelflife_str_find(s, '}');
    if (close == SIZE_MAX)
        return false;
    *name = shelflife_str_first(shelflife_str_after(s, 1), close - 1);
    if (name->len == 0 || name->len > CATALOG_FIELD_NAME_MAX || !ascii_is_lower(name->at[0]))
        return false;
    for (size_t i = 0; i < name->len; i++)
        if (!ascii_is_lower(name->at[i]) && !ascii_is_digit(name->at[i]) && name->at[i] != '_')
            return false;
    return true;
}

/* The byte that ends the field whose "}" is before byte i: the first byte of the literal after it, or 0 if
 * there is none. */
static char stop_at(str pattern, size_t i)
{
    if (i < pattern.len && pattern.at[i] == '[')
        i++;
    return i < pattern.len && pattern.at[i] != ']' ? pattern.at[i] : 0;
}

/* The bytes of literals in tag and part patterns: those that a tag can have. */
static bool is_tag_literal(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_letter(s.at[i]) && !ascii_is_digit(s.at[i]) && !catalog_is_separator(s.at[i]))
            return false;
    return true;
}

static const char *tag_fault(str s, uint16_t head)
{
    str tail = shelflife_str_after(s, head + sizeof("{version}") - 1);
    if (s.len > CATALOG_TAG_PATTERN_MAX)
        return "is longer than 64 bytes";
    if (!shelflife_str_starts(shelflife_str_after(s, head), STR("{version}")) ||
        !is_tag_literal(shelflife_str_first(s, head)) || !is_tag_literal(tail))
        return "must be text, then {version}, then text; both texts are optional";
    return NULL;
}

static const char *part_fault(str s, uint16_t head)
{
    if (s.len > CATALOG_TAG_PATTERN_MAX)
        return "is longer than 64 bytes";
    if (shelflife_str_equal(s, STR("{codename}")))
        return NULL;
    size_t letter = head;
    if (letter > 0 && catalog_is_separator(s.at[letter - 1]))
        letter--;
    if (!shelflife_str_equal(shelflife_str_after(s, head), STR("{version}")) ||
        !is_tag_literal(shelflife_str_first(s, head)) || letter == 0 || !ascii_is_letter(s.at[letter - 1]))
        return "must be {codename}, or text and then {version}; the text must end in a letter, "
               "or in a letter and one separator";
    size_t run = letter;
    while (run > 0 && ascii_is_letter(s.at[run - 1]))
        run--;
    if (run > 0 && !catalog_is_separator(s.at[run - 1]))
        return "has a digit directly before its last letters: write \".\", \"-\" or \"_\" between them";
    return NULL;
}

static const char *repository_fault(str s, uint16_t head, bool fields)
{
    size_t slash = shelflife_str_find(s, '/');
    if (slash == SIZE_MAX || (fields && slash > head))
        return "must begin with a host and a \"/\", without fields";
    if (s.len > CATALOG_NAME_MAX_BYTES)
        return "is longer than 512 bytes";
    return NULL;
}

/* At most one pair of brackets, around the end. */
static const char *brackets_fault(str s)
{
    size_t open = shelflife_str_find(s, '['), close = shelflife_str_find(s, ']');
    if (open == SIZE_MAX && close == SIZE_MAX)
        return NULL;
    if (open == SIZE_MAX || close != s.len - 1 || open > close || open != shelflife_str_find_last(s, '['))
        return "may have only one pair of brackets, at its end";
    if (close == open + 1)
        return "has empty brackets";
    return NULL;
}

static const char *fields_fault(str s, str names[CATALOG_FIELDS_MAX], size_t *count, uint16_t *head,
                                bool *has_version)
{
    *count = 0;
    *head = (uint16_t)s.len;
    *has_version = false;
    for (size_t i = 0; i < s.len; i++) {
        str name;
        if (s.at[i] == '}' || s.at[i] == '*')
            return s.at[i] == '*' ? "has a \"*\", which only a mirror's host may have"
                                  : "has a \"}\" without a \"{\" before it";
        if (s.at[i] != '{')
            continue;
        if (!field_name(shelflife_str_after(s, i), &name))
            return "has a \"{\" that does not begin a field: write {name}, with lower-case letters, digits "
                   "and \"_\"";
        if (*head == s.len)
            *head = (uint16_t)i;
        i += name.len + 1;
        char stop = stop_at(s, i + 1);
        if (stop == '{' || ascii_is_letter(stop) || ascii_is_digit(stop))
            return "has a field that is followed by a letter, a digit or a field: write \".\", \"-\", "
                   "\"_\" or \"/\" after it";
        bool version = shelflife_str_equal(name, VERSION);
        if (version ? *has_version : shelflife_catalog_is_one_of(name, names, *count))
            return "has the same field twice";
        *has_version = *has_version || version;
        if (version)
            continue;
        if (*count == CATALOG_FIELDS_MAX)
            return "has more than 8 fields";
        names[(*count)++] = name;
    }
    return NULL;
}

const char *shelflife_catalog_pattern_fault(str s, enum catalog_pattern_kind kind,
                                            str names[CATALOG_FIELDS_MAX], size_t *count, uint16_t *head,
                                            bool *has_version)
{
    if (s.len > UINT16_MAX)
        return "is longer than 512 bytes";
    if (kind == CATALOG_PATTERN_REPOSITORY) {
        const char *fault = fields_fault(s, names, count, head, has_version);
        fault = fault ? fault : brackets_fault(s);
        if (!fault && shelflife_catalog_is_one_of(CODENAME, names, *count))
            fault = "has {codename}, which only a product's `part` may have";
        return fault ? fault : repository_fault(s, *head, *count > 0 || *has_version);
    }
    *count = 0;
    *has_version = true;
    size_t brace = shelflife_str_find(s, '{');
    *head = (uint16_t)(brace == SIZE_MAX ? s.len : brace);
    return kind == CATALOG_PATTERN_TAG ? tag_fault(s, *head) : part_fault(s, *head);
}

size_t shelflife_catalog_pattern_example(str s, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '[' || s.at[i] == ']')
            continue;
        bool field = s.at[i] == '{';
        out[n++] = field ? 'x' : s.at[i];
        if (field)
            i += shelflife_str_find(shelflife_str_after(s, i), '}');
    }
    return n;
}

/* Reads the field at the beginning of a name, up to the byte that ends it. */
static str field_run(str name, bool version, char stop)
{
    size_t n = 0;
    while (n < name.len && name.at[n] != stop &&
           (ascii_is_lower(name.at[n]) || ascii_is_digit(name.at[n]) ||
            (version && (name.at[n] == '-' || name.at[n] == '_'))))
        n++;
    return shelflife_str_first(name, n);
}

bool shelflife_catalog_pattern_match(str pattern, str name, struct catalog_capture *out)
{
    size_t at = 0;
    out->version = (str){0};
    out->count = 0;
    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.at[i];
        if (c == '[' && at == name.len)
            return true;
        if (c == '[' || c == ']')
            continue;
        if (c != '{') {
            if (at == name.len || name.at[at] != c)
                return false;
            at++;
            continue;
        }
        str rest = shelflife_str_after(pattern, i + 1);
        str field = shelflife_str_first(rest, shelflife_str_find(rest, '}'));
        i += field.len + 1;
        bool version = shelflife_str_equal(field, VERSION);
        str value = field_run(shelflife_str_after(name, at), version, stop_at(pattern, i + 1));
        if (value.len == 0)
            return false;
        at += value.len;
        if (version)
            out->version = value;
        else if (out->count < CATALOG_FIELDS_MAX)
            out->fields[out->count++] = (struct catalog_condition){field, value};
    }
    return at == name.len;
}

str shelflife_catalog_pattern_suffix(const struct catalog_pattern *tag)
{
    return shelflife_str_after(catalog_pattern_text(tag), tag->head + sizeof("{version}") - 1);
}

str shelflife_catalog_part_run(const struct catalog_pattern *part)
{
    str head = catalog_pattern_head(part);
    size_t from = head.len;
    if (from > 0 && catalog_is_separator(head.at[from - 1]))
        from--;
    while (from > 0 && ascii_is_letter(head.at[from - 1]))
        from--;
    return shelflife_str_after(head, from);
}
