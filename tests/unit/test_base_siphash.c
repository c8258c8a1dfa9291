/* rooms: base */
#include "base/siphash.h"
#include "unit/test.h"

/* The key is the bytes 0 to 15, the text the bytes from 0: test vectors of the reference implementation,
 * github.com/veorq/SipHash, vectors.h; the one of 15 bytes is in the paper (Aumasson and Bernstein, 2012). */
static const struct {
    size_t len;
    uint64_t hash;
} vectors[] = {
    {0, 0x726fdb47dd0e0e31},
    {1, 0x74f839c593dc67fd},
    {8, 0x93f5f5799a932462},
    {15, 0xa129ca6149be45e5},
};

static void hashes_are_those_of_the_reference(void **state)
{
    (void)state;
    unsigned char key[16];
    char text[16];
    for (unsigned char i = 0; i < 16; i++) {
        key[i] = i;
        text[i] = (char)i;
    }
    for (size_t i = 0; i < COUNT(vectors); i++) {
        assert_true(shelflife_siphash_of((str){text, vectors[i].len}, key) == vectors[i].hash);
        for (size_t cut = 0; cut <= vectors[i].len; cut++) {
            struct shelflife_siphash s;
            shelflife_siphash_init(&s, key);
            shelflife_siphash_add(&s, (str){text, cut});
            shelflife_siphash_add(&s, (str){text + cut, vectors[i].len - cut});
            assert_true(shelflife_siphash_end(&s) == vectors[i].hash);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(hashes_are_those_of_the_reference)};
    return cmocka_run_group_tests_name("base siphash", tests, NULL, NULL);
}
