/* rooms: all */
/*
 * Any bytes as `?timeout=`. An oracle cuts the text with strspn() and reads the numbers with strtod(): both
 * find the same durations, and differ by one millisecond at most.
 */
#include "server/duration.h"

#include <stdlib.h>

enum { TEXT_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static double unit_of(const char *text, size_t *len)
{
    static const struct {
        const char *name;
        double milliseconds;
    } units[] = {{"ns", 1e-6}, {"us", 1e-3}, {"\xc2\xb5s", 1e-3}, {"\xce\xbcs", 1e-3},
                 {"ms", 1},    {"s", 1e3},   {"m", 60e3},         {"h", 3600e3}};
    for (size_t i = 0; i < COUNT(units); i++) {
        *len = strlen(units[i].name);
        if (strncmp(text, units[i].name, *len) == 0)
            return units[i].milliseconds;
    }
    return 0;
}

/* Milliseconds, or -1. */
static double read_naively(const char *text)
{
    double sum = 0, unit;
    for (size_t n, len; *text; text += n + len, sum += unit) {
        char number[TEXT_MAX + 1] = "";
        n = strspn(text, "0123456789.");
        memcpy(number, text, n);
        const char *point = strchr(number, '.');
        if (!n || strcmp(number, ".") == 0 || (point && strchr(point + 1, '.')))
            return -1;
        unit = unit_of(text + n, &len) * strtod(number, NULL);
        if (unit_of(text + n, &len) == 0)
            return -1;
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[TEXT_MAX + 2] = "";
    unsigned milliseconds = 0;
    size = size < sizeof(text) ? size : sizeof(text) - 1;
    memcpy(text, data, size);
    bool ok = shelflife_server_duration_parse((str){text, size}, &milliseconds);
    if (ok && (milliseconds < 1 || milliseconds > SHELFLIFE_SERVER_DURATION_MAX))
        abort();
    if (size > TEXT_MAX || strlen(text) < size)
        return ok ? abort(), 0 : 0;
    double naive = read_naively(text);
    if (naive > SHELFLIFE_SERVER_DURATION_MAX)
        naive = SHELFLIFE_SERVER_DURATION_MAX;
    if (ok ? naive < milliseconds - 1.0 || naive > milliseconds + 2.0 : naive > 1.001)
        abort();
    return 0;
}
