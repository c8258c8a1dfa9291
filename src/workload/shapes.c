#include "workload/shapes.h"

#include "base/ascii.h"
#include "workload/kinds.h"
#include "workload/pattern.h"

static void set_bits(uint64_t *set, size_t first, size_t end)
{
    for (size_t next; first < end; first = next) {
        next = (first / 64 + 1) * 64;
        uint64_t from_first = UINT64_MAX << first % 64;
        set[first / 64] |= next <= end ? from_first : from_first & ~(UINT64_MAX << end % 64);
    }
}

static void select_noted(const struct shelflife_shapes *s, uint64_t *set)
{
    memset(set, 0, s->width * sizeof(*set));
    set_bits(set, 0, s->patterns[s->noted_pattern_count - 1].end);
}

bool shelflife_workload_shapes_select(const struct shelflife_shapes *s, str group, str kind, uint64_t *set)
{
    bool exact = false;
    select_noted(s, set);
    if (shelflife_workload_kinds_exclude(group, kind))
        return false;
    bool history = shelflife_workload_kinds_is_history(group, kind);
    /* Those for any kind come last, as some of them depend on the others. */
    const uint32_t lists[] = {s->rows_of[shelflife_workload_shapes_list_of(kind)], s->any_kind};
    for (size_t list = 0; list < COUNT(lists); list++)
        for (uint32_t number = lists[list]; number; number = s->rows[number - 1].next) {
            const struct shelflife_workload_row *row = &s->rows[number - 1];
            if ((row->class == SHELFLIFE_WORKLOAD_ROW_GENERIC && exact) ||
                (row->class == SHELFLIFE_WORKLOAD_ROW_HISTORY) != history ||
                !shelflife_workload_kinds_match(row->group, row->kind, group, kind))
                continue;
            exact = exact || row->class == SHELFLIFE_WORKLOAD_ROW_EXACT;
            set_bits(set, s->patterns[row->pattern].first, s->patterns[row->pattern].end);
        }
    return exact || history;
}

enum shelflife_kind_images shelflife_shapes_kind(const struct shelflife_shapes *s, str group, str kind)
{
    if (shelflife_workload_kinds_exclude(group, kind))
        return SHELFLIFE_KIND_NEVER;
    if (shelflife_workload_kinds_is_history(group, kind))
        return SHELFLIFE_KIND_HISTORY;
    for (size_t i = 0; i < s->row_count; i++) {
        const struct shelflife_workload_row *row = &s->rows[i];
        bool any = shelflife_str_equal(row->group, STR("*")) && shelflife_workload_kinds_is_any(row->kind);
        if (row->class != SHELFLIFE_WORKLOAD_ROW_GENERIC && !any &&
            shelflife_workload_kinds_match(row->group, row->kind, group, kind))
            return SHELFLIFE_KIND_NAMED;
    }
    return SHELFLIFE_KIND_MAYBE;
}

void shelflife_workload_shapes_select_all(const struct shelflife_shapes *s, uint64_t *set)
{
    memset(set, 0, s->width * sizeof(*set));
    set_bits(set, 0, s->patterns[s->pattern_count - 1].end);
}

const struct shelflife_workload_word *shelflife_workload_shapes_word(const struct shelflife_shapes *s,
                                                                     str key)
{
    if (key.len > SHELFLIFE_WORKLOAD_PATTERN_KEY_MAX)
        return NULL;
    for (size_t at = shelflife_str_tag(key) & s->bucket_mask; s->buckets[at];
         at = (at + 1) & s->bucket_mask) {
        const struct shelflife_workload_word *word = &s->words[s->buckets[at] - 1];
        if (shelflife_str_equal(word->text, key))
            return word;
    }
    return NULL;
}

const struct shelflife_workload_word *shelflife_workload_shapes_folded_word(const struct shelflife_shapes *s,
                                                                            str key)
{
    enum { LONGEST = 64 };
    char folded[LONGEST];
    size_t len = 0;
    for (size_t i = 0; i < key.len; i++) {
        if (len == LONGEST)
            return NULL;
        bool long_s = key.at[i] == '\xc5' && i + 1 < key.len && key.at[i + 1] == '\xbf';
        folded[len++] = long_s ? 's' : ascii_lower(key.at[i]);
        i += long_s; /* U+017F. The other one, U+212A, is a k, which no key has. */
    }
    return shelflife_workload_shapes_word(s, (str){folded, len});
}

/* "**" also matches no level, so where it can continue, the step after it can, too. One shift is enough, as
 * no "**" follows another. */
static uint64_t pass_stars(uint64_t states, uint64_t star, uint64_t *carry)
{
    uint64_t waiting = states & star, shifted = waiting << 1 | *carry;
    *carry = waiting >> 63;
    return states | shifted;
}

void shelflife_workload_shapes_root(const struct shelflife_shapes *s, size_t width, const uint64_t *selected,
                                    uint64_t *to)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < width; i++)
        to[i] = pass_stars(selected[i] & s->starts[i], s->star[i], &carry);
}

bool shelflife_workload_shapes_move(const struct shelflife_shapes *s, size_t width,
                                    struct shelflife_workload_move move, const uint64_t *from, uint64_t *to)
{
    uint64_t any = 0, match_carry = 0, star_carry = 0;
    for (size_t i = 0; i < width; i++) {
        uint64_t matched = from[i] & move.match[i];
        uint64_t states = matched << 1 | match_carry | (from[i] & move.keep[i]);
        match_carry = matched >> 63;
        to[i] = pass_stars(states, s->star[i], &star_carry);
        any |= to[i];
    }
    return any != 0;
}
