#include "kube/text.h"

#include <errno.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool shelflife_kube_base64_decode(arena *memory, str text, str *out, bool *valid)
{
    char *bytes = shelflife_arena_alloc(memory, text.len / 4 * 3 + 4);
    uint32_t bits = 0;
    unsigned have = 0, digits = 0, padding = 0;
    size_t n = 0;
    *valid = true;
    if (!bytes)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (is_space(text.at[i]))
            continue;
        int six = sextet(text.at[i]);
        padding += text.at[i] == '=';
        if (six < 0 && text.at[i] != '=')
            *valid = false;
        if (six >= 0 && padding)
            *valid = false;
        digits++;
        if (six < 0)
            continue;
        bits = bits << 6 | (uint32_t)six;
        have += 6;
        if (have >= 8) {
            have -= 8;
            bytes[n++] = (char)(bits >> have);
        }
    }
    if (digits % 4 || padding > 2)
        *valid = false;
    bytes[n] = '\0';
    *out = (str){bytes, n};
    return true;
}

void shelflife_kube_base64_encode(buffer *out, str s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < s.len; i += 3) {
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (i + k < s.len ? (unsigned char)s.at[i + k] : 0);
        char four[] = {digits[bits >> 18], digits[bits >> 12 & 63], digits[bits >> 6 & 63],
                       digits[bits & 63]};
        if (s.len - i < 3)
            four[3] = '=';
        if (s.len - i < 2)
            four[2] = '=';
        shelflife_buffer_append(out, (str){four, sizeof(four)});
    }
}

static void cleanup_file(FILE **f)
{
    if (*f)
        fclose(*f);
}

bool shelflife_kube_read_file(const char *path, size_t max, buffer *out, error *err)
{
    CLEANUP(cleanup_file) FILE *f = fopen(path, "rbe");
    char chunk[8192];
    size_t n, all = 0;
    if (!f)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "%s: %s", path, strerror(errno));
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0) {
        all += n;
        if (all > max)
            return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "%s: is longer than the limit of %zu bytes",
                                  path, max);
        shelflife_buffer_append(out, (str){chunk, n});
    }
    if (ferror(f))
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "%s: %s", path, strerror(errno));
    return !out->failed || shelflife_fail_memory(err);
}

str shelflife_kube_trim(str s)
{
    while (s.len && is_space(s.at[0]))
        s = shelflife_str_after(s, 1);
    while (s.len && is_space(s.at[s.len - 1]))
        s.len--;
    return s;
}

static bool two_digits(str s, size_t at, int most, int *out)
{
    if (s.len < at + 2 || s.at[at] < '0' || s.at[at] > '9' || s.at[at + 1] < '0' || s.at[at + 1] > '9')
        return false;
    *out = (s.at[at] - '0') * 10 + (s.at[at + 1] - '0');
    return *out <= most;
}

bool shelflife_kube_time(str s, int64_t *seconds)
{
    shelflife_day day;
    int hour, minute, second, zone_hour = 0, zone_minute = 0, sign = 0;
    if (!shelflife_day_parse(shelflife_str_first(s, 10), &day) || s.len < 20 || (s.at[10] | 0x20) != 't' ||
        !two_digits(s, 11, 23, &hour) || s.at[13] != ':' || !two_digits(s, 14, 59, &minute) ||
        s.at[16] != ':' || !two_digits(s, 17, 60, &second))
        return false;
    str rest = shelflife_str_after(s, 19);
    if (rest.at[0] == '.') {
        size_t i = 1;
        while (i < rest.len && rest.at[i] >= '0' && rest.at[i] <= '9')
            i++;
        if (i == 1)
            return false;
        rest = shelflife_str_after(rest, i);
    }
    if (rest.len == 6 && (rest.at[0] == '+' || rest.at[0] == '-')) {
        sign = rest.at[0] == '+' ? 1 : -1;
        if (!two_digits(rest, 1, 23, &zone_hour) || rest.at[3] != ':' ||
            !two_digits(rest, 4, 59, &zone_minute))
            return false;
    } else if (rest.len != 1 || (rest.at[0] | 0x20) != 'z') {
        return false;
    }
    int zone = sign * (zone_hour * 3600 + zone_minute * 60);
    *seconds = (int64_t)day * 86400 + (hour * 3600 + minute * 60 + second - zone);
    return true;
}
