/*
 * debian.csv and ubuntu.csv of distro-info-data. The first line names the columns, which also show which of
 * the two it is. Debian's free long-term support reaches its images, so that is the end; Ubuntu's free
 * support ends with `eol`. Support that is paid for is endOfExtendedPatch.
 *
 * The CSV is strict: no quotes, no empty line, no more fields than columns. Errors name line and column.
 */
#include "feeds/read.h"

enum { COLUMNS_MAX = 32 };

enum column { VERSION, CODENAME, SERIES, RELEASE, EOL, LTS, ELTS, SERVER, ESM, LEGACY, COLUMNS };
static const str column_names[COLUMNS] = {
    [VERSION] = STR_INIT("version"),   [CODENAME] = STR_INIT("codename"), [SERIES] = STR_INIT("series"),
    [RELEASE] = STR_INIT("release"),   [EOL] = STR_INIT("eol"),           [LTS] = STR_INIT("eol-lts"),
    [ELTS] = STR_INIT("eol-elts"),     [SERVER] = STR_INIT("eol-server"), [ESM] = STR_INIT("eol-esm"),
    [LEGACY] = STR_INIT("eol-legacy"),
};

struct table {
    const struct feeds_input *input;
    error *err;
    enum column columns[COLUMNS_MAX]; /* COLUMNS: one that is not used */
    size_t column_count;
    bool has[COLUMNS];
    size_t line;
};

/* The fields of a line by their columns, and where each begins. */
struct record {
    str at[COLUMNS];
    size_t place[COLUMNS]; /* from 1 */
};

static bool fail_at(const struct table *t, size_t column, const char *what, str text)
{
    return shelflife_fail(t->err, SHELFLIFE_ERROR_INPUT, "%s:%zu:%zu: %s, not \"%.*s\"", t->input->origin,
                          t->line, column, what, STR_PRINT(shelflife_str_first(text, 60)));
}

/* Takes the next field of a line. */
static str next_field(str *rest, bool *more)
{
    size_t comma = shelflife_str_find(*rest, ',');
    str field = shelflife_str_first(*rest, comma);
    *more = comma != SIZE_MAX;
    *rest = shelflife_str_after(*rest, field.len + 1);
    return field;
}

static bool read_columns(struct table *t, str line)
{
    bool more = true;
    str rest = line;
    while (more) {
        str field = next_field(&rest, &more);
        size_t c = 0;
        while (c < COLUMNS && !shelflife_str_equal(column_names[c], field))
            c++;
        if (t->column_count == COLUMNS_MAX)
            return fail_at(t, 1, "there must be at most 32 columns", line);
        if (c < COLUMNS && t->has[c])
            return fail_at(t, (size_t)(field.at - line.at) + 1, "each column must have another name", field);
        t->columns[t->column_count++] = (enum column)c;
        if (c < COLUMNS)
            t->has[c] = true;
    }
    static const enum column needed[] = {VERSION, SERIES, RELEASE, EOL};
    for (size_t i = 0; i < COUNT(needed); i++)
        if (!t->has[needed[i]])
            return shelflife_fail(
                t->err, SHELFLIFE_ERROR_INPUT,
                "%s:1:1: there is no column \"%.*s\": this is not debian.csv or ubuntu.csv of "
                "distro-info-data",
                t->input->origin, STR_PRINT(column_names[needed[i]]));
    if (t->has[LTS] == t->has[SERVER])
        return shelflife_fail(
            t->err, SHELFLIFE_ERROR_INPUT,
            "%s:1: the columns are \"%.*s\", with %s of `eol-lts` and `eol-server`: this is neither "
            "debian.csv nor ubuntu.csv",
            t->input->origin, STR_PRINT(shelflife_str_first(line, 200)), t->has[LTS] ? "both" : "neither");
    return true;
}

static bool read_record(const struct table *t, str line, struct record *out)
{
    bool more = true;
    str rest = line;
    *out = (struct record){0};
    if (line.len == 0)
        return fail_at(t, 1, "there must be no empty line", line);
    for (size_t i = 0; more; i++) {
        size_t place = (size_t)(rest.at - line.at) + 1;
        str field = next_field(&rest, &more);
        if (i == t->column_count)
            return fail_at(t, place, "there must be at most one field for each column", field);
        if (shelflife_str_find(field, '"') != SIZE_MAX)
            return fail_at(t, place, "a field must be without quotes", field);
        if (t->columns[i] == COLUMNS)
            continue;
        out->at[t->columns[i]] = field;
        out->place[t->columns[i]] = place;
    }
    return true;
}

static bool read_day(const struct table *t, const struct record *record, enum column column,
                     shelflife_day *out)
{
    *out = SHELFLIFE_DAY_NONE;
    return record->at[column].len == 0 || shelflife_day_parse(record->at[column], out) ||
           fail_at(t, record->place[column], "a date must be like 2028-06-30", record->at[column]);
}

static shelflife_day latest(const shelflife_day *days, size_t count)
{
    shelflife_day max = SHELFLIFE_DAY_NONE;
    for (size_t i = 0; i < count; i++)
        max = days[i] > max ? days[i] : max;
    return max;
}

static bool read_days(const struct table *t, const struct record *record, struct feeds_release *fact)
{
    shelflife_day days[COLUMNS];
    for (enum column c = RELEASE; c < COLUMNS; c++)
        if (!read_day(t, record, c, &days[c]))
            return false;
    fact->released = days[RELEASE];
    fact->end_of_patch = days[LTS] > days[EOL] ? days[LTS] : days[EOL];
    shelflife_day extended = latest(days + ELTS, COLUMNS - ELTS);
    fact->end_of_extended_patch = extended > fact->end_of_patch ? extended : SHELFLIFE_DAY_NONE;
    return true;
}

/* A release that does not have a version, or that is not released yet, is not imported. */
static bool add_release(const struct table *t, const struct record *record, struct feeds_facts *facts,
                        struct feeds_product *product)
{
    static const str lts = STR_INIT(" LTS");
    str version = record->at[VERSION];
    bool is_lts = shelflife_str_ends(version, lts);
    if (is_lts)
        version.len -= lts.len;
    struct feeds_release days = {.release = version};
    if (!read_days(t, record, &days))
        return false;
    if (version.len == 0 || days.released == SHELFLIFE_DAY_NONE ||
        (t->input->today != SHELFLIFE_DAY_NONE && days.released > t->input->today))
        return true;
    if (!shelflife_feeds_is_version(version))
        return fail_at(t, record->place[VERSION], "a version must be like 12 or \"22.04 LTS\"", version);
    struct feeds_release *fact = shelflife_feeds_facts_release(facts, product, version, t->err);
    if (!fact)
        return false;
    fact->released = days.released;
    fact->end_of_patch = days.end_of_patch;
    fact->end_of_extended_patch = days.end_of_extended_patch;
    fact->keys = FEEDS_KEY_END | FEEDS_KEY_EXTENDED | (t->has[LTS] ? 0 : FEEDS_KEY_LTS);
    fact->lts = is_lts;
    fact->line = t->line;
    return shelflife_feeds_codename(facts, record->at[SERIES], &fact->codename, t->err);
}

/* Each line has an end, also the last one: without it, the rest of the file may be missing. */
static bool take_line(const struct table *t, str *rest, str *line)
{
    size_t end = shelflife_str_find(*rest, '\n');
    if (rest->len && end == SIZE_MAX)
        return shelflife_fail(t->err, SHELFLIFE_ERROR_INPUT, "%s:%zu: the file ends within a line",
                              t->input->origin, t->line);
    *line = shelflife_str_first(*rest, end);
    *rest = shelflife_str_after(*rest, line->len + 1);
    if (shelflife_str_ends(*line, STR("\r")))
        line->len--;
    return true;
}

/* Catalogs list the newest release first; the file lists it last. */
static void reverse(struct feeds_product *product)
{
    for (size_t i = 0, k = product->release_count; i + 1 < k; i++) {
        struct feeds_release other = product->releases[--k];
        product->releases[k] = product->releases[i];
        product->releases[i] = other;
    }
}

bool shelflife_feeds_read_distro_info(const struct feeds_input *input, struct feeds_facts *facts, error *err)
{
    struct table t = {.input = input, .err = err, .line = 1};
    struct record record;
    static const str mark = STR_INIT("\xEF\xBB\xBF"); /* spreadsheets write it */
    str rest = shelflife_str_after(input->bytes, shelflife_str_starts(input->bytes, mark) ? mark.len : 0),
        line = {0};
    if (!take_line(&t, &rest, &line) || !read_columns(&t, line))
        return false;
    bool is_debian = t.has[LTS];
    struct feeds_product *product =
        shelflife_feeds_facts_add(facts, is_debian ? STR("debian") : STR("ubuntu"), err);
    if (!product)
        return false;
    facts->single = facts->unnamed = true;
    facts->other = is_debian ? STR("ubuntu") : STR("debian");
    product->title = is_debian ? STR("Debian") : STR("Ubuntu");
    product->source = STR("https://salsa.debian.org/debian/distro-info-data");
    while (rest.len) {
        t.line++;
        if (!take_line(&t, &rest, &line) || !read_record(&t, line, &record) ||
            !add_release(&t, &record, facts, product))
            return false;
    }
    if (product->release_count == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s: it has no releases", input->origin);
    reverse(product);
    return true;
}
