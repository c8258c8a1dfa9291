#include "feeds/date.h"

#include <stdio.h>

#include "base/ascii.h"
#include "catalog/pattern.h"

/* The letter of U+00C0 to U+00FF without its accent, in lower case; 0: not a letter. */
static char without_accent(uint32_t c)
{
    static const char letters[] = "aaaaaaaceeeeiiiidnooooo\0ouuuuytsaaaaaaaceeeeiiiidnooooo\0ouuuuyty";
    return c >= 0xC0 && c <= 0xFF ? letters[c - 0xC0] : '\0';
}

size_t shelflife_feeds_fold(str text, char *out, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len && n < max;) {
        uint32_t c = shelflife_utf8_next(text, &i);
        char folded = c < 0x80 ? ascii_lower((char)c) : without_accent(c);
        if (ascii_is_alphanumeric(folded))
            out[n++] = folded;
        else if (n && out[n - 1] != ' ')
            out[n++] = ' ';
    }
    return n && out[n - 1] == ' ' ? n - 1 : n;
}

bool shelflife_feeds_contains(str text, str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (shelflife_str_starts(shelflife_str_after(text, i), part))
            return true;
    return false;
}

/* Months by their number; English and French, and how they are abbreviated. */
static const struct {
    str names[6];
} months[] = {
    {{STR_INIT("january"), STR_INIT("jan"), STR_INIT("janvier"), STR_INIT("janv")}},
    {{STR_INIT("february"), STR_INIT("feb"), STR_INIT("fevrier"), STR_INIT("fevr"), STR_INIT("fev")}},
    {{STR_INIT("march"), STR_INIT("mar"), STR_INIT("mars")}},
    {{STR_INIT("april"), STR_INIT("apr"), STR_INIT("avril"), STR_INIT("avr")}},
    {{STR_INIT("may"), STR_INIT("mai")}},
    {{STR_INIT("june"), STR_INIT("jun"), STR_INIT("juin")}},
    {{STR_INIT("july"), STR_INIT("jul"), STR_INIT("juillet"), STR_INIT("juil")}},
    {{STR_INIT("august"), STR_INIT("aug"), STR_INIT("aout")}},
    {{STR_INIT("september"), STR_INIT("sep"), STR_INIT("sept"), STR_INIT("septembre")}},
    {{STR_INIT("october"), STR_INIT("oct"), STR_INIT("octobre")}},
    {{STR_INIT("november"), STR_INIT("nov"), STR_INIT("novembre")}},
    {{STR_INIT("december"), STR_INIT("dec"), STR_INIT("decembre")}},
};

/* The number of a month, or 0. */
static int month_of(str word)
{
    for (size_t i = 0; word.len && i < COUNT(months); i++)
        if (shelflife_catalog_is_one_of(word, months[i].names, COUNT(months[i].names)))
            return (int)i + 1;
    return 0;
}

/* A number of at most four digits; "1er" is 1. -1: it is not a number. */
static int number_of(str word)
{
    int n = 0;
    if (shelflife_str_equal(word, STR("1er")) || shelflife_str_equal(word, STR("1st")))
        return 1;
    for (size_t i = 0; i < word.len; i++) {
        if (!ascii_is_digit(word.at[i]))
            return -1;
        n = n * 10 + (word.at[i] - '0');
    }
    return word.len > 0 && word.len <= 4 ? n : -1;
}

static bool is_absent(str folded)
{
    static const str words[] = {STR_INIT("not applicable"),
                                STR_INIT("n a"),
                                STR_INIT("na"),
                                STR_INIT("non applicable"),
                                STR_INIT("sans objet"),
                                STR_INIT("so"),
                                STR_INIT("s o"),
                                STR_INIT("sans date"),
                                STR_INIT("none"),
                                STR_INIT("aucune"),
                                STR_INIT("tbd"),
                                STR_INIT("tba"),
                                STR_INIT("to be announced"),
                                STR_INIT("a determiner"),
                                STR_INIT("to be determined")};
    return shelflife_catalog_is_one_of(folded, words, COUNT(words));
}

/* Reads a year, a month and a day in any of the three orders that occur. */
static bool read_words(const str words[3], int *year, int *month, int *day)
{
    bool iso = words[0].len == 4 && number_of(words[0]) > 0 && number_of(words[1]) > 0;
    /* With fewer digits it is the beginning of another date: 2027-11-1 of 2027-11-15. */
    if (iso && (words[1].len != 2 || words[2].len != 2))
        return false;
    bool english = month_of(words[0]) > 0;
    *year = number_of(words[iso ? 0 : 2]);
    *month = iso ? number_of(words[1]) : month_of(words[english ? 0 : 1]);
    *day = number_of(words[iso ? 2 : english ? 1 : 0]);
    return *year >= 1900 && *month >= 1 && *month <= 12 && *day >= 1 && *day <= 31;
}

bool shelflife_feeds_date(str text, shelflife_day *out)
{
    enum { FOLDED_MAX = 40, WORDS = 3 };
    char folded[FOLDED_MAX + 1], iso[SHELFLIFE_DAY_TEXT_MAX + 8];
    str rest = {folded, shelflife_feeds_fold(text, folded, FOLDED_MAX + 1)}, words[WORDS];
    int year, month, day;
    *out = SHELFLIFE_DAY_NONE;
    if (rest.len > FOLDED_MAX)
        return false;
    if (is_absent(rest) || (rest.len == 0 && text.len > 0))
        return true;
    size_t count = 0;
    for (; rest.len && count < WORDS; count++) {
        words[count] = shelflife_str_first(rest, shelflife_str_find(rest, ' '));
        rest = shelflife_str_after(rest, words[count].len + 1);
    }
    if (count != WORDS || rest.len || !read_words(words, &year, &month, &day))
        return false;
    snprintf(iso, sizeof(iso), "%04d-%02d-%02d", year, month, day);
    return shelflife_day_parse(shelflife_str_of(iso), out);
}
