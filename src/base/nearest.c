#include "base/nearest.h"
#include "base/ascii.h"

enum { WORD_MAX = 48 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The number of letters to insert, delete, change or swap that makes a into b. The lengths are at most
   WORD_MAX. */
static size_t distance(str a, str b)
{
    size_t rows[3][WORD_MAX + 1], *before = rows[0], *row = rows[1], *next = rows[2];
    for (size_t k = 0; k <= b.len; k++)
        row[k] = k;
    for (size_t i = 1; i <= a.len; i++) {
        next[0] = i;
        for (size_t k = 1; k <= b.len; k++) {
            bool same = ascii_lower(a.at[i - 1]) == ascii_lower(b.at[k - 1]);
            next[k] = least(row[k - 1] + !same, least(row[k], next[k - 1]) + 1);
            if (i > 1 && k > 1 && ascii_lower(a.at[i - 1]) == ascii_lower(b.at[k - 2]) &&
                ascii_lower(a.at[i - 2]) == ascii_lower(b.at[k - 1]))
                next[k] = least(next[k], before[k - 2] + 1);
        }
        size_t *free_row = before;
        before = row;
        row = next;
        next = free_row;
    }
    return row[b.len];
}

size_t shelflife_nearest_of(str text, size_t count, str (*word_at)(const void *words, size_t i),
                            const void *words)
{
    size_t best = SIZE_MAX, best_distance = text.len / 3 + 1;
    if (text.len > WORD_MAX)
        return SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        str word = word_at(words, i);
        if (!word.len || word.len > WORD_MAX)
            continue;
        size_t d = distance(text, word);
        if (d < best_distance || (d == best_distance && best == SIZE_MAX && d < word.len)) {
            best = i;
            best_distance = d;
        }
    }
    return best;
}

static str word_of(const void *words, size_t i)
{
    return shelflife_str_of(((const char *const *)words)[i]);
}

size_t shelflife_nearest(str text, const char *const *words, size_t count)
{
    return shelflife_nearest_of(text, count, word_of, words);
}
