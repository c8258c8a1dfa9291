#include "catalog/search.h"

#include "catalog/nearby.h"
#include "catalog/words.h"

/* ---- versions ---- */

enum catalog_releases shelflife_catalog_settle(const struct catalog_search *s,
                                               const struct catalog_choice *choice,
                                               const struct catalog_fields *known,
                                               struct shelflife_match *match)
{
    enum catalog_releases releases = shelflife_catalog_combine(s->set, choice, known, match);
    if (s->recorder && releases == CATALOG_ONE_RELEASE)
        shelflife_catalog_trace_rows(s->recorder, s->set, choice, known, match);
    return releases;
}

enum catalog_releases shelflife_catalog_settle_key(const struct catalog_search *s,
                                                   const struct catalog_key *key,
                                                   const struct catalog_fields *known,
                                                   struct shelflife_match *match)
{
    const struct catalog_choice choice = {s->set->index.key_rows.at + key->first, 0, key->row_count};
    return shelflife_catalog_settle(s, &choice, known, match);
}

/* Records that a version was looked up for a product. */
static void record_version(const struct catalog_search *s, uint32_t owner, const struct catalog_key *key,
                           str text, enum shelflife_trace_outcome outcome)
{
    const struct catalog_content *c = &s->set->content;
    const struct shelflife_row *row = key ? &c->rows.at[s->set->index.key_rows.at[key->first]] : NULL;
    if (s->recorder)
        shelflife_catalog_trace_add(s->recorder, SHELFLIFE_TRACE_VERSION, outcome, &c->products.at[owner / 2],
                                    row, text);
}

void shelflife_catalog_record(const struct catalog_search *s, enum shelflife_trace_kind kind,
                              enum shelflife_trace_outcome outcome, uint32_t product, str text)
{
    if (s->recorder)
        shelflife_catalog_trace_add(s->recorder, kind, outcome, &s->set->content.products.at[product], NULL,
                                    text);
}

size_t shelflife_catalog_version_end(str s, size_t i)
{
    for (size_t k = i; k < s.len && s.at[k] == '.'; i = k) {
        size_t digits = ++k;
        while (k < s.len && ascii_is_digit(s.at[k]))
            k++;
        if (k == digits || (k < s.len && ascii_is_letter(s.at[k])))
            return i;
    }
    return i;
}

/* The same after a literal suffix that ends at byte i, such as "8u" in 8u502. Returns 0 if no number follows.
 */
static size_t suffixed_end(str s, size_t i)
{
    size_t k = i;
    while (k < s.len && ascii_is_digit(s.at[k]))
        k++;
    return k == i || (k < s.len && ascii_is_letter(s.at[k])) ? 0 : shelflife_catalog_version_end(s, k);
}

static bool may_end(const struct catalog_reader *r, str text, size_t i)
{
    if (r->all)
        return i + r->suffix.len == text.len && shelflife_str_ends(text, r->suffix);
    if (r->suffix.len == 0)
        return catalog_is_boundary(text, i) &&
               (!r->whole || shelflife_catalog_version_end(text, i) == text.len);
    return shelflife_str_starts(shelflife_str_after(text, i), r->suffix) &&
           catalog_is_boundary(text, i + r->suffix.len);
}

enum catalog_finding shelflife_catalog_read_version(const struct catalog_search *s,
                                                    const struct catalog_reader *r, str text,
                                                    const struct catalog_fields *known,
                                                    struct shelflife_match *match, size_t *version,
                                                    size_t *end)
{
    struct {
        catalog_hash state;
        size_t len;
    } ends[CATALOG_VERSION_MAX + 1] UNINITIALIZED;
    size_t count = 0;
    enum catalog_finding found = CATALOG_FOUND_NOTHING;
    catalog_hash h = catalog_hash_start(r->owner);
    for (size_t i = 1; i <= text.len && i <= CATALOG_VERSION_MAX; i++) {
        h = catalog_hash_byte(h, text.at[i - 1]);
        if (may_end(r, text, i)) {
            ends[count].state = h;
            ends[count++].len = i;
        }
    }
    while (count-- > 0) {
        size_t len = ends[count].len;
        const str candidate = shelflife_str_first(text, len);
        const struct catalog_key *key =
            shelflife_catalog_find_key(s->set, r->owner, ends[count].state, candidate, s->probes);
        enum catalog_releases releases =
            key ? shelflife_catalog_settle_key(s, key, known, match) : CATALOG_NO_RELEASE;
        record_version(s, r->owner, key, candidate,
                       releases == CATALOG_ONE_RELEASE        ? SHELFLIFE_TRACE_TAKEN
                       : releases == CATALOG_SEVERAL_RELEASES ? SHELFLIFE_TRACE_SEVERAL
                                                              : SHELFLIFE_TRACE_NO_RELEASE);
        if (releases == CATALOG_SEVERAL_RELEASES)
            return CATALOG_FOUND_LISTED;
        if (releases == CATALOG_OTHER_VARIANT)
            found = CATALOG_FOUND_LISTED;
        if (releases != CATALOG_ONE_RELEASE)
            continue;
        while (s->recorder && count-- > 0) {
            str shorter = shelflife_str_first(text, ends[count].len);
            const struct catalog_key *other =
                shelflife_catalog_find_key(s->set, r->owner, ends[count].state, shorter, s->probes);
            if (other)
                record_version(s, r->owner, other, shorter, SHELFLIFE_TRACE_SHORTER);
        }
        size_t suffixed = r->suffix.len ? suffixed_end(text, len + r->suffix.len) : 0;
        *version = suffixed ? suffixed : r->suffix.len ? len : shelflife_catalog_version_end(text, len);
        *end = len + r->suffix.len;
        return CATALOG_FOUND_RELEASE;
    }
    return found;
}

/* Reads the next number in *s without leading zeros, and moves *s past it. Returns an absent string if there
 * is none. */
static str next_number(str *s)
{
    while (s->len && !ascii_is_digit(s->at[0]))
        *s = shelflife_str_after(*s, 1);
    while (s->len > 1 && s->at[0] == '0' && ascii_is_digit(s->at[1]))
        *s = shelflife_str_after(*s, 1);
    size_t n = 0;
    while (n < s->len && ascii_is_digit(s->at[n]))
        n++;
    str number = shelflife_str_first(*s, n);
    *s = shelflife_str_after(*s, n);
    return number;
}

/* Compares only the numbers, as separators
 * differ (8u402, 8.504.01.1). A version that ends before the numbers differ can be any patch: 3.12, where the
 * newest is 3.12.14. */
bool shelflife_catalog_is_outdated(const struct shelflife_row *row, str version)
{
    str latest = row->latest;
    if (!shelflife_str_starts(version, row->release) ||
        (version.len > row->release.len && ascii_is_digit(version.at[row->release.len])))
        return false;
    for (;;) {
        str mine = next_number(&version), newest = next_number(&latest);
        if (mine.len == 0 || newest.len == 0)
            return false;
        int order =
            mine.len != newest.len ? (mine.len < newest.len ? -1 : 1) : shelflife_str_compare(mine, newest);
        if (order)
            return order < 0;
    }
}

/* ---- matches ---- */

struct shelflife_match *shelflife_catalog_match_of(const struct catalog_search *s,
                                                   const struct shelflife_product *product)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->matches[i].row->product == product)
            return &s->matches[i];
    return NULL;
}

bool shelflife_catalog_add_match(struct catalog_search *s, const struct shelflife_match *match)
{
    if (s->count == s->capacity) {
        size_t capacity = s->capacity ? s->capacity * 2 : 2;
        struct shelflife_match *more = shelflife_arena_array(s->arena, capacity, sizeof(*more));
        if (!more)
            return shelflife_arena_fail(s->arena, s->err);
        if (s->count)
            memcpy(more, s->matches, s->count * sizeof(*more));
        s->matches = more;
        s->capacity = capacity;
    }
    s->matches[s->count++] = *match;
    return true;
}

/* Copies only the fields that there are, as most references have none. */
void shelflife_catalog_begin_fields(struct catalog_fields *known, const struct catalog_limits *limits,
                                    const struct catalog_condition *fields, size_t count)
{
    known->count = count;
    known->limits = limits;
    known->numbers = 0;
    shelflife_copy(known->fields, fields, count * sizeof(*fields));
}

void shelflife_catalog_know(struct catalog_fields *known, const struct catalog_condition *fields)
{
    for (; fields->field.len && known->count < COUNT(known->fields); fields++)
        known->fields[known->count++] = *fields;
}

bool shelflife_catalog_match_nearby(const struct catalog_search *s, uint32_t product, str version,
                                    const struct catalog_fields *known, struct shelflife_match *match)
{
    if (s->set->content.products.at[product].whole_tag ||
        (version.len && !shelflife_catalog_is_within(known->limits, version)) ||
        !shelflife_catalog_nearby(s->set, product, version, s->probes, match))
        return false;
    if (s->recorder)
        shelflife_catalog_trace_add(s->recorder, SHELFLIFE_TRACE_VERSION, SHELFLIFE_TRACE_TAKEN,
                                    match->row->product, match->row, version);
    return true;
}

/* Whether a word after the version names a variant of the repository's images, such as "dev" for those with a
 * shell. */
static bool is_variant(const struct catalog_search *s, const struct catalog_limits *limits, str word)
{
    const str *words = s->set->content.words.at;
    return limits->variants > 0 &&
           shelflife_catalog_is_one_of(word, words + limits->words + limits->with + limits->without,
                                       limits->variants);
}

struct catalog_version_text shelflife_catalog_version_text(str text)
{
    text = shelflife_catalog_without_v(text);
    size_t numbers = 0;
    while (numbers < text.len && ascii_is_digit(text.at[numbers])) {
        while (numbers < text.len && ascii_is_digit(text.at[numbers]))
            numbers++;
        if (numbers + 1 < text.len && text.at[numbers] == '.' && ascii_is_digit(text.at[numbers + 1]))
            numbers++;
    }
    return (struct catalog_version_text){.text = text,
                                         .numbers = numbers,
                                         .whole_numbers =
                                             numbers == text.len || !ascii_is_letter(text.at[numbers])};
}

enum catalog_finding shelflife_catalog_match_text(const struct catalog_search *s,
                                                  const struct catalog_reader *r,
                                                  const struct catalog_version_text *t,
                                                  struct catalog_fields *known, struct shelflife_match *match,
                                                  size_t *used)
{
    size_t length, end;
    known->numbers = shelflife_catalog_count_numbers(shelflife_str_first(t->text, t->numbers));
    enum catalog_finding found = shelflife_catalog_read_version(s, r, t->text, known, match, &length, &end);
    if (found != CATALOG_FOUND_RELEASE)
        return found;
    str word = {0};
    size_t pre_release =
        r->suffix.len || end > t->numbers ? 0 : shelflife_catalog_pre_release(t->text, t->numbers, &word);
    if (pre_release && is_variant(s, known->limits, word))
        pre_release = 0;
    match->version = shelflife_str_first(t->text, pre_release ? pre_release : length);
    bool last = !r->all && !r->suffix.len && shelflife_catalog_ends_in_pre_release(t->text);
    match->kind = pre_release || last ? SHELFLIFE_MATCH_PRE_RELEASE : SHELFLIFE_MATCH_RELEASE;
    match->outdated =
        match->kind == SHELFLIFE_MATCH_RELEASE && shelflife_catalog_is_outdated(match->row, match->version);
    *used = pre_release ? pre_release : end;
    return CATALOG_FOUND_RELEASE;
}
