#include "base/base.h"

/*
 * Counts in eras of 400 years (146,097 days) from 0000-03-01, so that leap days are at the end of a year.
 * There are 719,468 days from then to 1970-01-01.
 */
enum { DAYS_PER_ERA = 146097, EPOCH = 719468 };

static bool digits(str s, size_t from, size_t count, int *n)
{
    *n = 0;
    for (size_t i = from; i < from + count; i++) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
        *n = *n * 10 + (s.at[i] - '0');
    }
    return true;
}

static int month_length(int year, int month)
{
    static const unsigned char length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return length[month - 1] + (month == 2 && leap);
}

bool shelflife_day_parse(str text, shelflife_day *day)
{
    int y, m, d;
    if (text.len != 10 || text.at[4] != '-' || text.at[7] != '-')
        return false;
    if (!digits(text, 0, 4, &y) || !digits(text, 5, 2, &m) || !digits(text, 8, 2, &d))
        return false;
    if (y < 1 || m < 1 || m > 12 || d < 1 || d > month_length(y, m))
        return false;
    int shifted = m > 2 ? y : y - 1;
    int era = shifted / 400, year_of_era = shifted % 400;
    int day_of_year = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    *day = era * DAYS_PER_ERA + day_of_era - EPOCH;
    return true;
}

void shelflife_digits(char *text, int count, int n)
{
    for (; count > 0; n /= 10)
        text[--count] = (char)('0' + n % 10);
}

const char *shelflife_day_format(shelflife_day day, char text[SHELFLIFE_DAY_TEXT_MAX])
{
    enum { FIRST = -719162, LAST = 2932896 }; /* 0001-01-01 and 9999-12-31 */
    text[0] = '\0';
    if (day < FIRST || day > LAST)
        return text;
    int since = day + EPOCH, era = since / DAYS_PER_ERA, day_of_era = since % DAYS_PER_ERA;
    int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted_month = (5 * day_of_year + 2) / 153;
    int d = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    int m = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    int y = year_of_era + era * 400 + (m <= 2);
    shelflife_digits(text, 4, y);
    text[4] = '-';
    shelflife_digits(text + 5, 2, m);
    text[7] = '-';
    shelflife_digits(text + 8, 2, d);
    text[10] = '\0';
    return text;
}

shelflife_day shelflife_day_of_seconds(int64_t seconds)
{
    int64_t day = seconds / 86400 - (seconds % 86400 < 0);
    return day > INT32_MAX ? INT32_MAX : day <= INT32_MIN ? INT32_MIN + 1 : (shelflife_day)day;
}

bool shelflife_day_parse_span(str text, int32_t *days)
{
    enum { LONGEST = 36500 };
    if (shelflife_str_equal(text, STR("0"))) {
        *days = 0;
        return true;
    }
    if (text.len < 2 || text.len > 6)
        return false;
    char unit = text.at[text.len - 1];
    int n;
    if ((unit != 'd' && unit != 'w') || !digits(text, 0, text.len - 1, &n))
        return false;
    n *= unit == 'w' ? 7 : 1;
    if (n > LONGEST)
        return false;
    *days = n;
    return true;
}
