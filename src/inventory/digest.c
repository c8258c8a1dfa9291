#include "inventory/digest.h"

/* In the order of their names. */
static const struct {
    str prefix;
    size_t bytes;
} algorithms[] = {
    {STR_INIT("sha256:"), 32},
    {STR_INIT("sha384:"), 48},
    {STR_INIT("sha512:"), 64},
};

int shelflife_inventory_digest_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool pack_digits(str digits, char *out)
{
    for (size_t i = 0; i < digits.len; i += 2) {
        int high = shelflife_inventory_digest_digit(digits.at[i]),
            low = shelflife_inventory_digest_digit(digits.at[i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i / 2] = (char)(high << 4 | low);
    }
    return true;
}

bool shelflife_inventory_digest_pack(str text, char bytes[INVENTORY_DIGEST_BYTES], str *out)
{
    for (size_t i = 0; i < COUNT(algorithms); i++) {
        str prefix = algorithms[i].prefix;
        if (text.len != prefix.len + 2 * algorithms[i].bytes || !shelflife_str_starts(text, prefix))
            continue;
        bytes[0] = (char)(i + 1);
        *out = (str){bytes, 1 + algorithms[i].bytes};
        return pack_digits(shelflife_str_after(text, prefix.len), bytes + 1);
    }
    return false;
}

/* The two digits of each byte: "000102…feff". */
#define PAIRS(high)                                                                                          \
    high "0" high "1" high "2" high "3" high "4" high "5" high "6" high "7" high "8" high "9" high "a" high  \
         "b" high "c" high "d" high "e" high "f"
static const char pairs[] = PAIRS("0") PAIRS("1") PAIRS("2") PAIRS("3") PAIRS("4") PAIRS("5") PAIRS("6")
    PAIRS("7") PAIRS("8") PAIRS("9") PAIRS("a") PAIRS("b") PAIRS("c") PAIRS("d") PAIRS("e") PAIRS("f");
_Static_assert(sizeof(pairs) == 2 * 256 + 1, "two digits for each byte");

void shelflife_inventory_digest_unpack(str packed, char text[SHELFLIFE_DIGEST_TEXT + 1])
{
    char *at = text;
    if (packed.len > 0) {
        str prefix = algorithms[packed.at[0] - 1].prefix;
        at = shelflife_copy(at, prefix.at, prefix.len);
    }
    for (size_t i = 1; i < packed.len; i++, at += 2)
        memcpy(at, pairs + (size_t)2 * (unsigned char)packed.at[i], 2);
    *at = '\0';
}
