#include "shelflife/catalog.h"

#include "catalog/pattern.h"

/* The length of the number at the beginning of s. Sets *zeros to the number of its leading zeros. */
static size_t number(str s, size_t *zeros)
{
    size_t n = 0;
    *zeros = 0;
    while (n < s.len && ascii_is_digit(s.at[n])) {
        *zeros += *zeros == n && s.at[n] == '0';
        n++;
    }
    return n;
}

static int compare(str a, str b, bool separators_differ)
{
    while (a.len && b.len) {
        size_t zeros_a, zeros_b, m = number(a, &zeros_a), n = number(b, &zeros_b);
        if (m == 0 || n == 0) {
            if (a.at[0] != b.at[0] &&
                (separators_differ || !catalog_is_separator(a.at[0]) || !catalog_is_separator(b.at[0])))
                return (unsigned char)a.at[0] < (unsigned char)b.at[0] ? -1 : 1;
            m = n = 1;
        } else if (m - zeros_a != n - zeros_b) {
            return m - zeros_a < n - zeros_b ? -1 : 1;
        } else {
            int order = memcmp(a.at + zeros_a, b.at + zeros_b, m - zeros_a);
            if (order)
                return order;
        }
        a = shelflife_str_after(a, m);
        b = shelflife_str_after(b, n);
    }
    return (a.len > 0) - (b.len > 0);
}

int shelflife_version_compare(str a, str b)
{
    int order = compare(a, b, true);
    return order
               ? order
               : shelflife_str_compare(a, b); /* 1.01 and 1.1 are equal as versions, but not the same text */
}

str shelflife_catalog_without_v(str release)
{
    bool v = release.len > 1 && release.at[0] == 'v' && ascii_is_digit(release.at[1]);
    return shelflife_str_after(release, v);
}

int shelflife_catalog_compare(str a, str b)
{
    return compare(shelflife_catalog_without_v(a), shelflife_catalog_without_v(b), false);
}
