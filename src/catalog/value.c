#include "catalog/value.h"

static const str VERSION = STR_INIT("version"), SNAPSHOT = STR_INIT("snapshot"),
                 END_OF_PATCH = STR_INIT("endOfPatch");

enum { FIELD_VALUE_MAX = 128 };

static bool is_wildcard(char c)
{
    return c == '*' || c == '{';
}

/* The bytes before the first field or "*". */
static str literal(str s)
{
    size_t n = 0;
    while (n < s.len && !is_wildcard(s.at[n]))
        n++;
    return shelflife_str_first(s, n);
}

/* ---- syntax ---- */

static bool is_variant_name(str name)
{
    if (name.len == 0 || name.len > CATALOG_FIELD_NAME_MAX || !ascii_is_lower(name.at[0]))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!ascii_is_lower(name.at[i]) && !ascii_is_digit(name.at[i]) && name.at[i] != '_')
            return false;
    return true;
}

static const char *field_fault(str name, struct catalog_value_fields *out)
{
    bool *known = shelflife_str_equal(name, VERSION)        ? &out->version
                  : shelflife_str_equal(name, SNAPSHOT)     ? &out->snapshot
                  : shelflife_str_equal(name, END_OF_PATCH) ? &out->end_of_patch
                                                            : NULL;
    if (known ? *known : shelflife_catalog_is_one_of(name, out->variants, out->variant_count))
        return "has the same field twice";
    if (known) {
        *known = true;
        return NULL;
    }
    if (shelflife_str_equal(name, STR("codename")))
        return "has {codename}: write {version}, which also finds codenames";
    if (!is_variant_name(name))
        return "has a \"{\" that does not begin a field: write {version}, {snapshot}, {endOfPatch}, or the "
               "name "
               "of a variant in lower-case letters, digits and \"_\"";
    if (out->variant_count == CATALOG_FIELDS_MAX)
        return "has more than 8 fields";
    out->variants[out->variant_count++] = name;
    return NULL;
}

const char *shelflife_catalog_value_fault(str s, struct catalog_value_fields *out)
{
    *out = (struct catalog_value_fields){.head = (uint16_t)literal(s).len};
    if (s.len > CATALOG_VALUE_PATTERN_MAX)
        return "is longer than 256 bytes";
    bool wildcard = false; /* the byte before ends one */
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.at[i] < ' ' || s.at[i] == 0x7f)
            return "has a control character";
        if (s.at[i] == '}')
            return "has a \"}\" without a \"{\" before it";
        if (!is_wildcard(s.at[i])) {
            wildcard = false;
            continue;
        }
        if (wildcard)
            return "has a field or a \"*\" directly after another one: write the text between them, or leave "
                   "out one of them";
        wildcard = true;
        if (s.at[i] == '*') {
            out->wildcards++;
            continue;
        }
        const str rest = shelflife_str_after(s, i + 1);
        const str name = shelflife_str_first(rest, shelflife_str_find(rest, '}'));
        if (name.len == rest.len)
            return "has a \"{\" without a \"}\" after it";
        const char *fault = field_fault(name, out);
        if (fault)
            return fault;
        i += name.len + 1;
    }
    return NULL;
}

static bool has_instruction(str pattern)
{
    size_t n = 0;
    while (n < pattern.len && ascii_is_upper(pattern.at[n]))
        n++;
    return n > 1 && n < pattern.len && pattern.at[n] == ' ';
}

const char *shelflife_catalog_value_line(str pattern, char line[CATALOG_VALUE_PATTERN_MAX], str *out)
{
    static const str add = STR_INIT("ADD "), any = STR_INIT("*"), to_root = STR_INIT(" /");
    if (!has_instruction(pattern)) {
        if (pattern.len > CATALOG_VALUE_PATTERN_MAX - add.len - any.len - to_root.len)
            return "is longer than 249 bytes";
        if (shelflife_str_find(pattern, ' ') != SIZE_MAX)
            return "should begin with an instruction, as in \"ADD alpine-minirootfs-{version}-* /\", or be "
                   "only the beginning of a file's name";
        char *end = shelflife_copy(line, add.at, add.len);
        end = shelflife_copy(end, pattern.at, pattern.len);
        if (!shelflife_str_ends(pattern, any))
            end = shelflife_copy(end, any.at, any.len);
        end = shelflife_copy(end, to_root.at, to_root.len);
        pattern = (str){line, (size_t)(end - line)};
        if (is_wildcard(line[add.len]))
            return "should begin with text, by which lines are looked up";
    }
    *out = pattern;
    return NULL;
}

/* ---- matching ---- */

static bool read_number(str s, int64_t *out)
{
    enum { DIGITS_MAX = 12 };
    *out = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.at[i]))
            return false;
        *out = *out * 10 + (s.at[i] - '0');
    }
    return s.len > 0 && s.len <= DIGITS_MAX;
}

/* YYYY-MM-DD, which a time may follow. */
static bool read_date(str s, shelflife_day *out)
{
    const str date = shelflife_str_first(s, sizeof("2026-07-11") - 1),
              rest = shelflife_str_after(s, date.len);
    return (rest.len == 0 || rest.at[0] == 'T' || rest.at[0] == ' ') && shelflife_day_parse(date, out);
}

/* The day of a base system: seconds since the epoch, YYYYMMDD or YYYY-MM-DD. One before 2000 says nothing:
 * builders write such days so that builds are reproducible. */
static bool read_snapshot(str s, shelflife_day *out)
{
    enum { DAY_2000 = 10957, DATE = 8 };
    int64_t number;
    if (!read_number(shelflife_str_first(s, FIELD_VALUE_MAX), &number))
        return read_date(s, out) && *out >= DAY_2000;
    if (s.len != DATE) {
        *out = shelflife_day_of_seconds(number);
        return *out >= DAY_2000;
    }
    const char date[] = {s.at[0], s.at[1], s.at[2], s.at[3], '-', s.at[4], s.at[5], '-', s.at[6], s.at[7]};
    return shelflife_day_parse((str){date, sizeof(date)}, out) && *out >= DAY_2000;
}

static bool is_variant_value(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_alphanumeric(s.at[i]) && s.at[i] != '.' && s.at[i] != '_' && s.at[i] != '-')
            return false;
    return true;
}

static bool read_field(str name, str value, struct catalog_value_capture *out)
{
    if (value.len == 0 || value.len > FIELD_VALUE_MAX)
        return false;
    if (shelflife_str_equal(name, VERSION)) {
        out->version = value;
        return true;
    }
    if (shelflife_str_equal(name, SNAPSHOT))
        return read_snapshot(value, &out->snapshot);
    if (shelflife_str_equal(name, END_OF_PATCH))
        return read_date(value, &out->end_of_patch);
    if (!is_variant_value(value) || out->variant_count == CATALOG_FIELDS_MAX)
        return false;
    out->variants[out->variant_count++] = (struct catalog_condition){name, value};
    return true;
}

/* The length of the run that a field or "*" matches at the beginning of s; SIZE_MAX if the text after it does
 * not follow. If nothing follows that text in the pattern, a "*" may contain it. */
static size_t run_length(str s, str after, bool star, bool last)
{
    if (after.len == 0)
        return s.len;
    if (star && last)
        return shelflife_str_ends(s, after) ? s.len - after.len : SIZE_MAX;
    const char *found = s.len ? memmem(s.at, s.len, after.at, after.len) : NULL;
    return found ? (size_t)(found - s.at) : SIZE_MAX;
}

bool shelflife_catalog_value_match(str pattern, str value, struct catalog_value_capture *out)
{
    out->version = (str){0};
    out->snapshot = out->end_of_patch = SHELFLIFE_DAY_NONE;
    out->variant_count = 0;
    if (value.len > CATALOG_VALUE_MAX)
        return false;
    const str head = literal(pattern);
    if (!shelflife_str_starts(value, head))
        return false;
    pattern = shelflife_str_after(pattern, head.len);
    value = shelflife_str_after(value, head.len);
    while (pattern.len > 0) {
        const bool star = pattern.at[0] == '*';
        str name = shelflife_str_after(pattern, 1);
        name = shelflife_str_first(name, star ? 0 : shelflife_str_find(name, '}'));
        pattern = shelflife_str_after(pattern, star ? 1 : name.len + 2);
        const str after = literal(pattern);
        pattern = shelflife_str_after(pattern, after.len);
        size_t run = run_length(value, after, star, pattern.len == 0);
        if (run == SIZE_MAX || (!star && !read_field(name, shelflife_str_first(value, run), out)))
            return false;
        value = shelflife_str_after(value, run + after.len);
    }
    return value.len == 0;
}
