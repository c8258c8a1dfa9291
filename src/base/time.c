#include "base/ascii.h"
#include "base/base.h"

enum { DAY = 86400, HOUR = 3600, MINUTE = 60, DATE_LENGTH = sizeof("2026-11-23") - 1 };

size_t shelflife_time_format(int64_t seconds, char between, char text[SHELFLIFE_TIME_TEXT_MAX])
{
    shelflife_day day = shelflife_day_of_seconds(seconds);
    int second = (int)(seconds - (int64_t)day * DAY);
    char *at = text + strlen(shelflife_day_format(day, text));
    const int parts[] = {second / HOUR, second % HOUR / MINUTE, second % MINUTE};
    for (size_t i = 0; i < COUNT(parts); i++, at += 2) {
        *at++ = i ? ':' : between;
        shelflife_digits(at, 2, parts[i]);
    }
    *at = '\0';
    return (size_t)(at - text);
}

static bool two_digits(str s, size_t at, int most, int *out)
{
    if (s.len < at + 2 || s.at[at] < '0' || s.at[at] > '9' || s.at[at + 1] < '0' || s.at[at + 1] > '9')
        return false;
    *out = (s.at[at] - '0') * 10 + (s.at[at + 1] - '0');
    return *out <= most;
}

/* Skips ".123"; false if no digit follows the point. */
static bool skip_fraction(str *s)
{
    size_t i = 1;
    if (s->len == 0 || s->at[0] != '.')
        return true;
    while (i < s->len && ascii_is_digit(s->at[i]))
        i++;
    *s = shelflife_str_after(*s, i);
    return i > 1;
}

/* "Z" or "+02:00", in seconds. */
static bool parse_zone(str s, int *seconds)
{
    int hour, minute;
    *seconds = 0;
    if (s.len == 1)
        return (s.at[0] | 0x20) == 'z';
    if (s.len != 6 || (s.at[0] != '+' && s.at[0] != '-') || !two_digits(s, 1, 23, &hour) || s.at[3] != ':' ||
        !two_digits(s, 4, 59, &minute))
        return false;
    *seconds = (s.at[0] == '+' ? 1 : -1) * (hour * HOUR + minute * MINUTE);
    return true;
}

bool shelflife_time_parse(str text, int64_t *seconds)
{
    shelflife_day day;
    int hour, minute, second, zone;
    /* A minute may have a leap second. */
    if (!shelflife_day_parse(shelflife_str_first(text, DATE_LENGTH), &day))
        return false;
    str rest = shelflife_str_after(text, DATE_LENGTH);
    if (rest.len < sizeof("T10:00:00Z") - 1 || (rest.at[0] | 0x20) != 't' ||
        !two_digits(rest, 1, 23, &hour) || rest.at[3] != ':' || !two_digits(rest, 4, 59, &minute) ||
        rest.at[6] != ':' || !two_digits(rest, 7, 60, &second))
        return false;
    rest = shelflife_str_after(rest, 9);
    if (!skip_fraction(&rest) || !parse_zone(rest, &zone))
        return false;
    *seconds = (int64_t)day * DAY + (hour * HOUR + minute * MINUTE + second - zone);
    return true;
}
