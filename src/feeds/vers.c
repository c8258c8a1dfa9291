#include "feeds/vers.h"

#include "base/ascii.h"
#include "shelflife/catalog.h"

/* Compares versions. Zeros at the end do not count: 2 is 2.0.0. */
static int compare(str a, str b)
{
    while (shelflife_str_ends(a, STR(".0")))
        a.len -= 2;
    while (shelflife_str_ends(b, STR(".0")))
        b.len -= 2;
    return shelflife_version_compare(a, b);
}

static int compare_constraints(const void *a, const void *b)
{
    const struct feeds_vers_constraint *p = a, *q = b;
    return compare(p->version, q->version);
}

static bool is_version(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_alphanumeric(s.at[i]) && shelflife_str_find(STR(".-_+~:%"), s.at[i]) == SIZE_MAX)
            return false;
    return s.len > 0 && s.len <= 128;
}

static bool read_constraint(str text, struct feeds_vers_constraint *out)
{
    static const struct {
        str text;
        enum feeds_vers_operator is;
    } operators[] = {{STR_INIT(">="), FEEDS_VERS_GREATER_EQUAL},
                     {STR_INIT("<="), FEEDS_VERS_LESS_EQUAL},
                     {STR_INIT("!="), FEEDS_VERS_NOT_EQUAL},
                     {STR_INIT(">"), FEEDS_VERS_GREATER},
                     {STR_INIT("<"), FEEDS_VERS_LESS},
                     {STR_INIT("="), FEEDS_VERS_EQUAL},
                     {STR_INIT(""), FEEDS_VERS_EQUAL}};
    text = shelflife_str_trim(text);
    for (size_t i = 0; i < COUNT(operators); i++)
        if (shelflife_str_starts(text, operators[i].text)) {
            out->is = operators[i].is;
            out->version = shelflife_str_trim(shelflife_str_after(text, operators[i].text.len));
            return is_version(out->version);
        }
    return false;
}

const char *shelflife_feeds_vers_read(str text, struct feeds_vers *out)
{
    static const str scheme = STR_INIT("vers:");
    *out = (struct feeds_vers){0};
    size_t slash = shelflife_str_find(text, '/');
    if (!shelflife_str_starts(text, scheme) || slash == SIZE_MAX || slash == scheme.len)
        return "must be like vers:semver/>=1.0.0|<2.0.0";
    str rest = shelflife_str_after(text, slash + 1);
    if (shelflife_str_equal(rest, STR("*"))) {
        out->all = true;
        return NULL;
    }
    do {
        str one = shelflife_str_first(rest, shelflife_str_find(rest, '|'));
        rest = shelflife_str_after(rest, one.len + 1);
        if (out->count == FEEDS_VERS_MAX)
            return "has more than 64 constraints";
        if (!read_constraint(one, &out->at[out->count++]))
            return "has a constraint that is not an operator and a version, like >=1.0.0";
    } while (rest.len);
    shelflife_sort(out->at, out->count, sizeof(*out->at), compare_constraints);
    return NULL;
}

static bool is_lower(enum feeds_vers_operator is)
{
    return is == FEEDS_VERS_GREATER || is == FEEDS_VERS_GREATER_EQUAL;
}

static bool is_upper(enum feeds_vers_operator is)
{
    return is == FEEDS_VERS_LESS || is == FEEDS_VERS_LESS_EQUAL;
}

static bool holds(const struct feeds_vers_constraint *constraint, str version)
{
    int order = compare(version, constraint->version);
    switch (constraint->is) {
    case FEEDS_VERS_EQUAL:
        return order == 0;
    case FEEDS_VERS_NOT_EQUAL:
        return order != 0;
    case FEEDS_VERS_LESS:
        return order < 0;
    case FEEDS_VERS_LESS_EQUAL:
        return order <= 0;
    case FEEDS_VERS_GREATER:
        return order > 0;
    case FEEDS_VERS_GREATER_EQUAL:
        return order >= 0;
    }
    return false;
}

bool shelflife_feeds_vers_contains(const struct feeds_vers *range, str version)
{
    const struct feeds_vers_constraint *lower = NULL;
    bool only_excludes = range->count > 0;
    if (range->all)
        return true;
    for (size_t i = 0; i < range->count; i++) {
        enum feeds_vers_operator is = range->at[i].is;
        if (is == FEEDS_VERS_EQUAL && holds(&range->at[i], version))
            return true;
        if (is == FEEDS_VERS_NOT_EQUAL && !holds(&range->at[i], version))
            return false;
        only_excludes = only_excludes && is == FEEDS_VERS_NOT_EQUAL;
    }
    /* Each interval is a lower bound and the upper bound after it; either may be missing at an end. */
    for (size_t i = 0; i < range->count; i++) {
        const struct feeds_vers_constraint *one = &range->at[i];
        if (is_lower(one->is)) {
            lower = one;
        } else if (is_upper(one->is)) {
            if ((!lower || holds(lower, version)) && holds(one, version))
                return true;
            lower = NULL;
        }
    }
    return lower ? holds(lower, version) : only_excludes;
}

/* ---- releases ---- */

enum { NUMBERS_MAX = 6, DIGITS_MAX = 6 };

/* Reads the numbers of a version without the zeros at its end. Returns their count; 0 if it is not made of
   numbers, or one has a leading zero. */
static size_t read_numbers(str version, unsigned out[NUMBERS_MAX], bool keep_zeros)
{
    size_t count = 0;
    while (version.len) {
        str one = shelflife_str_first(version, shelflife_str_find(version, '.'));
        bool more = one.len < version.len;
        version = shelflife_str_after(version, one.len + 1);
        if (one.len == 0 || one.len > DIGITS_MAX || count == NUMBERS_MAX || (more && version.len == 0) ||
            (one.at[0] == '0' && one.len > 1))
            return 0;
        out[count] = 0;
        for (size_t i = 0; i < one.len; i++) {
            if (!ascii_is_digit(one.at[i]))
                return 0;
            out[count] = out[count] * 10 + (unsigned)(one.at[i] - '0');
        }
        count++;
    }
    while (!keep_zeros && count > 1 && out[count - 1] == 0)
        count--;
    return count;
}

static bool write_numbers(const unsigned *numbers, size_t count, unsigned last, arena *a, str *out)
{
    buffer text CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&text, NUMBERS_MAX * (DIGITS_MAX + 2));
    for (size_t i = 0; i + 1 < count; i++)
        shelflife_buffer_format(&text, "%u.", numbers[i]);
    shelflife_buffer_format(&text, "%u", last);
    return !text.failed && shelflife_arena_copy(a, shelflife_buffer_str(&text), out);
}

size_t shelflife_feeds_vers_releases(str from, str before, arena *a, str *out, size_t max)
{
    unsigned low[NUMBERS_MAX] = {0}, high[NUMBERS_MAX] = {0};
    size_t n = read_numbers(from, low, false), m = read_numbers(before, high, false);
    if (n == 0 || m == 0)
        return 0;
    size_t count = n > m ? n : m;
    unsigned first = low[count - 1], end = high[count - 1];
    if (memcmp(low, high, (count - 1) * sizeof(*low)) != 0 || first >= end || end - first > max)
        return 0;
    for (unsigned i = first; i < end; i++)
        if (!write_numbers(low, count, i, a, &out[i - first]))
            return SIZE_MAX;
    return end - first;
}

bool shelflife_feeds_vers_write(str release, arena *a, str *out)
{
    unsigned numbers[NUMBERS_MAX];
    size_t count = read_numbers(release, numbers, true);
    str next;
    *out = (str){0};
    if (count == 0)
        return true;
    return write_numbers(numbers, count, numbers[count - 1] + 1, a, &next) &&
           shelflife_arena_format(a, out, "vers:generic/>=%.*s|<%.*s", STR_PRINT(release), STR_PRINT(next));
}
