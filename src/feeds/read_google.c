/*
 * The pages of Google on Deep Learning Containers and on the frameworks that Vertex AI supports, as HTML or
 * Markdown. Tables are recognized by the headings of their columns, in English or French. The images in a
 * row, or the heading above the table, show what the row is about (place.h).
 */
#include "base/ascii.h"
#include "feeds/date.h"
#include "feeds/read.h"
#include "feeds/table.h"

enum { KEYS = FEEDS_KEY_END | FEEDS_KEY_AVAILABILITY, FOLDED_MAX = 256 };

enum column { VERSION, PATCH, ACCELERATOR, END, AVAILABILITY, IMAGES, COLUMNS };

struct reading {
    const struct feeds_input *input;
    struct feeds_facts *facts;
    const struct feeds_table *table;
    size_t at[COLUMNS]; /* the number of a column; SIZE_MAX: the table does not have it */
    str service;        /* of the table; may be absent */
    error *err;
};

/* ---- columns ---- */

/* Which column a heading names: the first line of which all words are in the heading, folded. */
static const struct {
    enum column column;
    str words[2]; /* the second one may be absent */
} columns[] = {
    {AVAILABILITY, {STR_INIT("availability"), STR_INIT("end")}},
    {AVAILABILITY, {STR_INIT("disponibilite"), STR_INIT("fin")}},
    {END, {STR_INIT("patch"), STR_INIT("end of")}},
    {END, {STR_INIT("correct"), STR_INIT("fin ")}}, /* correction, correctif */
    {END, {STR_INIT("assistance"), STR_INIT("fin ")}},
    {END, {STR_INIT("support date"), STR_INIT("end")}},
    {PATCH, {STR_INIT("patch")}},
    {PATCH, {STR_INIT("correct")}},
    {ACCELERATOR, {STR_INIT("accelerat")}}, /* accelerator, accelerateur */
    {IMAGES, {STR_INIT("image")}},
    {IMAGES, {STR_INIT("container")}},
    {IMAGES, {STR_INIT("conteneur")}},
    {IMAGES, {STR_INIT("uri")}},
    {VERSION, {STR_INIT("framework")}},
    {VERSION, {STR_INIT("version")}},
};

static enum column column_of(str heading)
{
    char folded[FOLDED_MAX];
    str text = {folded, shelflife_feeds_fold(heading, folded, sizeof(folded))};
    for (size_t i = 0; i < COUNT(columns); i++)
        if (shelflife_feeds_contains(text, columns[i].words[0]) &&
            shelflife_feeds_contains(text, columns[i].words[1]))
            return columns[i].column;
    return COLUMNS;
}

static bool fail_columns(const struct reading *r, const char *missing)
{
    const struct feeds_row *head = &r->table->rows[0];
    buffer names CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&names, 400);
    for (size_t i = 0; i < head->count; i++)
        shelflife_buffer_format(&names, "%s\"%.*s\"", i ? ", " : "",
                                STR_PRINT(shelflife_str_first(head->cells[i], 60)));
    return shelflife_fail(
        r->err, SHELFLIFE_ERROR_INPUT,
        "%s:%zu: the table has no column \"%s\", or its heading is not known; its columns are %.*s",
        r->input->origin, r->table->line, missing, STR_PRINT(shelflife_buffer_str(&names)));
}

/* Finds the columns. *relevant is false if the table is about something else. */
static bool find_columns(struct reading *r, bool *relevant)
{
    for (size_t c = 0; c < COLUMNS; c++)
        r->at[c] = SIZE_MAX;
    *relevant = false;
    if (r->table->count == 0)
        return true;
    const struct feeds_row *head = &r->table->rows[0];
    for (size_t i = 0; i < head->count; i++) {
        enum column c = column_of(head->cells[i]);
        if (c == COLUMNS)
            continue;
        if (r->at[c] == SIZE_MAX)
            r->at[c] = i;
        else if (c != IMAGES && c != VERSION)
            return shelflife_fail(
                r->err, SHELFLIFE_ERROR_INPUT,
                "%s:%zu: the columns \"%.*s\" and \"%.*s\" of the table have the same meaning",
                r->input->origin, head->line, STR_PRINT(head->cells[r->at[c]]), STR_PRINT(head->cells[i]));
    }
    bool end = r->at[END] != SIZE_MAX, available = r->at[AVAILABILITY] != SIZE_MAX;
    bool others = r->at[PATCH] != SIZE_MAX || r->at[ACCELERATOR] != SIZE_MAX;
    *relevant = r->at[VERSION] != SIZE_MAX && (end || available || others);
    if (!*relevant && end && available)
        return fail_columns(r, "Framework version");
    if (*relevant && !end)
        return fail_columns(r, "End of patch date");
    if (*relevant && !available)
        return fail_columns(r, "End of availability date");
    return true;
}

/* ---- rows ---- */

static str cell_text(const struct reading *r, const struct feeds_row *row, enum column c)
{
    return r->at[c] < row->count ? row->cells[r->at[c]] : (str){0};
}

static bool read_day(const struct reading *r, const struct feeds_row *row, enum column c, shelflife_day *out)
{
    return shelflife_feeds_date(cell_text(r, row, c), out) ||
           shelflife_feeds_table_fail(r->table, row, r->at[c], "is not a date like \"Nov 15, 2024\"",
                                      r->input->origin, r->err);
}

/* The first number with a dot, or the first number, that begins a word: "2.17" in "2.17 (Python 3.10)". What
   is in parentheses does not count. */
static str find_number(str text)
{
    text = shelflife_str_first(text, shelflife_str_find(text, '('));
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.at[i]) || (i > 0 && text.at[i - 1] != ' '))
            continue;
        size_t end = i;
        while (end < text.len && (ascii_is_alphanumeric(text.at[end]) ||
                                  shelflife_str_find(STR(".-_"), text.at[end]) != SIZE_MAX))
            end++;
        return (str){text.at + i, end - i};
    }
    return (str){0};
}

/* "3.10" in "2.17 (Python 3.10)". */
static str find_python(str text)
{
    static const str word = STR_INIT("ython ");
    for (size_t i = 0; i + word.len < text.len; i++) {
        str rest = shelflife_str_after(text, i);
        if (!shelflife_str_starts(rest, word))
            continue;
        rest = shelflife_str_after(rest, word.len);
        size_t n = 0;
        while (n < rest.len && (ascii_is_digit(rest.at[n]) || rest.at[n] == '.'))
            n++;
        return shelflife_str_first(rest, n);
    }
    return (str){0};
}

static str find_accelerator(str text)
{
    char folded[FOLDED_MAX];
    str words = {folded, shelflife_feeds_fold(text, folded, sizeof(folded))};
    bool cpu = shelflife_feeds_contains(words, STR("cpu")),
         gpu = shelflife_feeds_contains(words, STR("gpu")) || shelflife_feeds_contains(words, STR("cuda"));
    if (shelflife_feeds_contains(words, STR("tpu")))
        return STR("tpu");
    return cpu == gpu ? (str){0} : cpu ? STR("cpu") : STR("gpu");
}

/* The words of a cell that are images: they have a "/", and no more than a registry. */
static bool find_images(const struct reading *r, str text, str *images)
{
    buffer found CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&found, FEEDS_CELL_MAX);
    while (text.len) {
        str word = shelflife_str_first(text, shelflife_str_find(text, ' '));
        text = shelflife_str_after(text, word.len + 1);
        while (word.len && shelflife_str_find(STR(",;"), word.at[word.len - 1]) != SIZE_MAX)
            word.len--;
        if (shelflife_str_find(word, '/') == SIZE_MAX)
            continue;
        if (found.len)
            shelflife_buffer_byte(&found, ' ');
        shelflife_buffer_append(&found, word);
    }
    if (found.failed)
        return shelflife_fail_memory(r->err);
    return shelflife_feeds_facts_copy(r->facts, shelflife_buffer_str(&found), images, r->err);
}

/* "training" or "prediction", according to the headings above the table. */
static str find_service(const struct feeds_table *table)
{
    for (size_t i = FEEDS_LEVELS; i-- > 0;) {
        char folded[FOLDED_MAX];
        str text = {folded, shelflife_feeds_fold(table->headings[i], folded, sizeof(folded))};
        if (shelflife_feeds_contains(text, STR("prediction")) ||
            shelflife_feeds_contains(text, STR("inference")))
            return STR("prediction");
        if (shelflife_feeds_contains(text, STR("training")) ||
            shelflife_feeds_contains(text, STR("entrainement")))
            return STR("training");
    }
    return (str){0};
}

static str last_heading(const struct feeds_table *table)
{
    for (size_t i = FEEDS_LEVELS; i-- > 0;)
        if (table->headings[i].len)
            return table->headings[i];
    return (str){0};
}

/* The release of a row: a number in its label or, for "Base-cu124", in the patch version; else the first
 * word. */
static str find_release(str label, str patch)
{
    str number = find_number(label);
    if (number.len)
        return number;
    str first = shelflife_str_first(label, shelflife_str_find(label, ' '));
    if (shelflife_str_find(label, '-') == SIZE_MAX)
        return shelflife_feeds_is_version(first) ? first : (str){0};
    patch = shelflife_str_first(patch, shelflife_str_find(patch, '('));
    size_t space = shelflife_str_find(patch, ' ');
    return space == SIZE_MAX ? (str){0} : find_number(shelflife_str_after(patch, space));
}

/* Whether `version` is the release, or one of its patches. */
static bool is_patch_of(str version, str release)
{
    return release.len && shelflife_feeds_is_version(version) && shelflife_str_starts(version, release) &&
           (version.len == release.len || version.at[release.len] == '.');
}

static bool read_row(const struct reading *r, const struct feeds_row *row, struct feeds_product *product)
{
    str label = cell_text(r, row, VERSION), patch = cell_text(r, row, PATCH);
    if (!shelflife_feeds_table_check(r->table, row, r->input->origin, r->err))
        return false;
    struct feeds_release *fact =
        shelflife_feeds_facts_release(r->facts, product, find_release(label, patch), r->err);
    if (!fact)
        return false;
    fact->keys = KEYS;
    fact->line = row->line;
    fact->python = find_python(label);
    if (fact->python.len == 0)
        fact->python = find_python(patch);
    fact->accelerator = find_accelerator(cell_text(r, row, ACCELERATOR));
    fact->service = r->service;
    if (is_patch_of(patch, fact->release)) {
        fact->keys |= FEEDS_KEY_LATEST;
        fact->latest = patch;
    }
    return read_day(r, row, END, &fact->end_of_patch) &&
           read_day(r, row, AVAILABILITY, &fact->end_of_availability) &&
           find_images(r, cell_text(r, row, IMAGES), &fact->images);
}

/* Merged rows that repeat the headings, or separate groups, have the same text in all cells. */
static bool is_title(const struct feeds_row *row)
{
    for (size_t i = 1; i < row->count; i++)
        if (!shelflife_str_equal(row->cells[i], row->cells[0]))
            return false;
    return row->count > 1;
}

static bool read_table(struct reading *r)
{
    bool relevant;
    if (!find_columns(r, &relevant))
        return false;
    if (!relevant)
        return true;
    r->service = find_service(r->table);
    struct feeds_product *product = shelflife_feeds_facts_product(r->facts, last_heading(r->table), r->err);
    if (!product)
        return false;
    for (size_t i = 1; i < r->table->count; i++)
        if (!is_title(&r->table->rows[i]) && !read_row(r, &r->table->rows[i], product))
            return false;
    return true;
}

/* ---- the day of the page ---- */

/* Finds "Last updated 2026-04-10" or "mise à jour le 2026/04/10"; the last one counts. */
static shelflife_day find_day(str page)
{
    static const str marks[] = {STR_INIT("ast updated "), STR_INIT("mise \xC3\xA0 jour le ")};
    enum { DAY_LENGTH = sizeof("2026-04-10") - 1 };
    shelflife_day found = SHELFLIFE_DAY_NONE;
    for (size_t i = 0; i < page.len; i++) {
        str rest = shelflife_str_after(page, i);
        for (size_t k = 0; k < COUNT(marks); k++)
            if (rest.at[0] == marks[k].at[0] && shelflife_str_starts(rest, marks[k])) {
                shelflife_day day;
                str text = shelflife_str_first(shelflife_str_after(rest, marks[k].len), DAY_LENGTH);
                if (shelflife_feeds_date(text, &day) && day != SHELFLIFE_DAY_NONE)
                    found = day;
            }
    }
    return found;
}

bool shelflife_feeds_read_google(const struct feeds_input *input, struct feeds_facts *facts, error *err)
{
    struct reading r = {.input = input, .facts = facts, .err = err};
    struct feeds_page page CLEANUP(shelflife_feeds_page_free);
    shelflife_feeds_page_init(&page, &facts->memory, input->origin);
    if (!shelflife_feeds_page_read(input->bytes, &page, err))
        return false;
    facts->by_image = true;
    facts->as_of = find_day(input->bytes);
    for (size_t i = 0; i < page.count; i++) {
        r.table = &page.tables[i];
        if (!read_table(&r))
            return false;
    }
    if (facts->release_count == 0)
        return shelflife_fail(
            err, SHELFLIFE_ERROR_INPUT,
            "%s: none of its %zu tables has columns for a framework version and for both dates",
            input->origin, page.count);
    return true;
}
