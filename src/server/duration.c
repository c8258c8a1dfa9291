#include "server/duration.h"

static const struct {
    str name;
    double milliseconds;
} units[] = {
    {STR_INIT("h"), 3600e3}, {STR_INIT("ms"), 1},           {STR_INIT("m"), 60e3},
    {STR_INIT("s"), 1e3},    {STR_INIT("\xc2\xb5s"), 1e-3}, {STR_INIT("\xce\xbcs"), 1e-3},
    {STR_INIT("us"), 1e-3},  {STR_INIT("ns"), 1e-6},
};

/* Reads digits from *text. Returns how many there were. */
static size_t take_digits(str *text, double *number)
{
    size_t n = 0;
    for (*number = 0; n < text->len && text->at[n] >= '0' && text->at[n] <= '9'; n++)
        *number = *number * 10 + (text->at[n] - '0');
    *text = shelflife_str_after(*text, n);
    return n;
}

static bool take_number(str *text, double *number)
{
    double fraction;
    size_t digits = take_digits(text, number);
    if (!text->len || text->at[0] != '.')
        return digits > 0;
    *text = shelflife_str_after(*text, 1);
    size_t more = take_digits(text, &fraction);
    for (size_t i = 0; i < more; i++)
        fraction /= 10;
    *number += fraction;
    return digits + more > 0;
}

static bool take_unit(str *text, double *milliseconds)
{
    for (size_t i = 0; i < COUNT(units); i++)
        if (shelflife_str_starts(*text, units[i].name)) {
            *text = shelflife_str_after(*text, units[i].name.len);
            *milliseconds = units[i].milliseconds;
            return true;
        }
    return false;
}

bool shelflife_server_duration_parse(str text, unsigned *milliseconds)
{
    enum { TEXT_MAX = 64 }; /* so that no number overflows */
    double sum = 0, number, unit;
    if (text.len > TEXT_MAX)
        return false;
    while (text.len) {
        if (!take_number(&text, &number) || !take_unit(&text, &unit))
            return false;
        sum += number * unit;
    }
    if (sum < 1)
        return false;
    *milliseconds = sum < SHELFLIFE_SERVER_DURATION_MAX ? (unsigned)sum : SHELFLIFE_SERVER_DURATION_MAX;
    return true;
}
