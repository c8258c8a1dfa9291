/* rooms: base json reference workload catalog policy inventory */
#include "unit/frozen.h"

#include "base/printable.h"
#include "shelflife/policy.h"

struct frozen {
    struct shelflife_catalogs *catalogs;
    struct shelflife_policy *policy;
};

static int set_up(void **state)
{
    error err = {0};
    struct frozen *b = calloc(1, sizeof(*b));
    *state = b;
    b->catalogs = shelflife_catalogs_new();
    b->policy = shelflife_policy_default(&err);
    add_frozen_catalogs(b->catalogs);
    return !b->policy || !shelflife_catalogs_finish(b->catalogs, &err);
}

static int tear_down(void **state)
{
    struct frozen *b = *state;
    shelflife_catalogs_free(b->catalogs);
    shelflife_policy_free(b->policy);
    free(b);
    return 0;
}

static void describe(const struct frozen *b, str image, const char *at, size_t max, buffer *out)
{
    arena a;
    struct shelflife_verdict v;
    error err = {0};
    shelflife_day day;
    assert_true(shelflife_day_parse(shelflife_str_of(at), &day));
    shelflife_arena_init(&a, 1 << 20);
    if (!shelflife_policy_judge(b->policy, b->catalogs, NULL, image, (str){0}, day, &a, &v, &err))
        fail_msg("%s", err.text);
    shelflife_buffer_reset(out);
    shelflife_verdict_describe(&v, max, out);
    assert_false(out->failed);
    shelflife_arena_free(&a);
}

static void lines_read_as_documented(void **state)
{
    static const struct {
        const char *image, *at, *line;
    } cases[] = {
        {"python:3.8-slim-bookworm", "2026-11-23",
         "python:3.8-slim-bookworm: Python 3.8 is past end of patch since 2024-10-07; move to Python 3.12 or "
         "later; and 1 more finding"},
        {"gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310:m112", "2026-09-01",
         "gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310:m112: TensorFlow 2.11 (Google Deep "
         "Learning "
         "Containers) is past end of availability since 2024-11-15; no release to move to"},
    };
    CLEANUP(shelflife_buffer_free) buffer line;
    shelflife_buffer_init(&line, 4096);
    for (size_t i = 0; i < COUNT(cases); i++) {
        describe(*state, shelflife_str_of(cases[i].image), cases[i].at, 256, &line);
        assert_str_equal(shelflife_buffer_str(&line), cases[i].line);
    }
}

static bool contains(str text, str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (shelflife_str_starts(shelflife_str_after(text, i), part))
            return true;
    return false;
}

static void the_date_stays_at_every_length(void **state)
{
    CLEANUP(shelflife_buffer_free) buffer image, line;
    shelflife_buffer_init(&image, 4096);
    shelflife_buffer_init(&line, 4096);
    shelflife_buffer_append(&image, STR("gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310:m112"));
    for (size_t extra = 0; extra < 60; extra++) {
        for (size_t max = 0; max < 300; max++) {
            describe(*state, shelflife_buffer_str(&image), "2026-11-23", max, &line);
            str s = shelflife_buffer_str(&line);
            assert_true(s.len <= max);
            assert_true(shelflife_str_is_utf8(s));
            assert_int_equal(max >= strlen("is past end of availability since 2024-11-15"),
                             contains(s, STR("is past end of availability since 2024-11-15")));
            assert_true(max < 160 ||
                        contains(s, STR("TensorFlow 2.11 (Google Deep Learning Containers) is")));
            assert_true(max < 100 || contains(s, STR("gcr.io/deep")));
        }
        shelflife_buffer_byte(&image, 'x');
    }
}

static str encode(uint32_t c, char text[4])
{
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = len; i-- > 1; c >>= 6)
        text[i] = (char)(0x80 | (c & 0x3f));
    text[0] = (char)(lead[len] | c);
    return (str){text, len};
}

static void hidden_characters_are_shown_as_such(void **state)
{
    (void)state;
    static const struct {
        uint32_t character;
        bool hidden;
    } cases[] = {
        {0x00, true},    {0x09, true},    {0x0a, true},     {0x1b, true},     {0x1f, true},
        {' ', false},    {'~', false},    {0x7f, true},     {0x85, true},     {0x9f, true},
        {0xa0, false},   {0xad, true},    {0xe4, false},    {0x0600, true},   {0x0606, false},
        {0x061c, true},  {0x06dd, true},  {0x070f, true},   {0x180e, true},   {0x200a, false},
        {0x200b, true},  {0x200f, true},  {0x2010, false},  {0x2028, true},   {0x2029, true},
        {0x202a, true},  {0x202e, true},  {0x202f, false},  {0x2060, true},   {0x2064, true},
        {0x2066, true},  {0x2069, true},  {0x2070, false},  {0x20ac, false},  {0xfeff, true},
        {0xfff9, true},  {0xfffd, false}, {0x110bd, true},  {0x1f600, false}, {0xe0001, true},
        {0xe0020, true}, {0xe007f, true}, {0xe0080, false},
    };
    enum { PLAIN = 20 }; /* bytes around it, which are passed over several at a time */
    CLEANUP(shelflife_buffer_free) buffer out, in, wanted;
    shelflife_buffer_init(&out, 64);
    shelflife_buffer_init(&in, 64);
    shelflife_buffer_init(&wanted, 64);
    for (size_t i = 0; i < COUNT(cases) * (PLAIN + 1); i++) {
        char text[4];
        str s = encode(cases[i / (PLAIN + 1)].character, text);
        shelflife_buffer_reset(&out);
        shelflife_buffer_reset(&in);
        shelflife_buffer_reset(&wanted);
        for (size_t place = 0; place <= PLAIN; place++) {
            bool here = place == i % (PLAIN + 1);
            shelflife_buffer_append(&in, here ? s : STR("x"));
            shelflife_buffer_append(&wanted, !here ? STR("x") : cases[i / (PLAIN + 1)].hidden ? STR("?") : s);
        }
        shelflife_printable_append(shelflife_buffer_str(&in), 64, &out);
        if (!shelflife_str_equal(shelflife_buffer_str(&out), shelflife_buffer_str(&wanted)))
            fail_msg("U+%04X after %zu bytes", cases[i / (PLAIN + 1)].character, i % (PLAIN + 1));
    }
}

static void nothing_hidden_is_told(void **state)
{
    static const struct {
        const char *image, *shown;
    } cases[] = {
        {"a\nb", "a?b: "},
        {"a\x7f\tb", "a??b: "},
        {"\xff\xc0\xaf\xed\xa0\x80", "??????: "}, /* no UTF-8 */
        {"ä €", "ä €: "},
    };
    CLEANUP(shelflife_buffer_free) buffer line;
    shelflife_buffer_init(&line, 4096);
    for (size_t i = 0; i < COUNT(cases); i++) {
        describe(*state, shelflife_str_of(cases[i].image), "2026-11-23", 256, &line);
        str s = shelflife_buffer_str(&line), shown = shelflife_str_of(cases[i].shown);
        if (!shelflife_str_starts(s, shown))
            fail_msg("\"%.*s\" does not begin with \"%s\"", STR_PRINT(s), cases[i].shown);
        assert_true(contains(s, STR("not an image reference: byte ")));
    }
    describe(*state, (str){"\0x", 2}, "2026-11-23", 256, &line);
    assert_true(shelflife_str_starts(shelflife_buffer_str(&line), STR("?x: ")));
    describe(*state, (str){NULL, 0}, "2026-11-23", 256, &line);
    assert_true(shelflife_str_starts(shelflife_buffer_str(&line), STR("not an image reference: ")));
}

static void cuts_keep_characters_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t max;
        const char *cut;
    } cases[] = {
        {"abcdef", 6, "abcdef"}, {"abcdefg", 6, "ab…g"}, {"abcdefgh", 7, "ab…gh"},
        {"abcdef", 3, "…"},      {"abcdef", 2, ""},      {"", 0, ""},
        {"äöüäöü", 9, "ä…ü"},    {"ääääää", 10, "ää…ä"}, {"a\nb\nc\nd\n", 7, "a?…d?"},
    };
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 4096);
    for (size_t i = 0; i < COUNT(cases); i++) {
        shelflife_buffer_reset(&out);
        shelflife_printable_append(shelflife_str_of(cases[i].text), cases[i].max, &out);
        assert_str_equal(shelflife_buffer_str(&out), cases[i].cut);
    }
}

static void a_full_buffer_is_told(void **state)
{
    struct frozen *b = *state;
    arena a;
    struct shelflife_verdict v;
    shelflife_arena_init(&a, 1 << 20);
    assert_true(shelflife_policy_judge(b->policy, b->catalogs, NULL, STR("python:3.8"), (str){0}, 20780, &a,
                                       &v, NULL));
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 10);
    shelflife_verdict_describe(&v, 256, &out);
    assert_true(out.failed);
    shelflife_arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_read_as_documented),
        cmocka_unit_test(the_date_stays_at_every_length),
        cmocka_unit_test(hidden_characters_are_shown_as_such),
        cmocka_unit_test(nothing_hidden_is_told),
        cmocka_unit_test(cuts_keep_characters_whole),
        cmocka_unit_test(a_full_buffer_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
