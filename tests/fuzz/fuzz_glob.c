/* rooms: base json reference workload catalog policy inventory */
/*
 * Lines are patterns, up to an empty line; the bytes after it are the text. The automaton of all patterns
 * gives the same answer as matching one pattern at a time.
 */
#include "policy/glob.h"
#include "unit/naive_glob.h"

enum { PATTERNS = 200, LISTS = 70, TEXT_MAX = 2048 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t read_patterns(str *input, struct shelflife_policy_glob *patterns)
{
    size_t count = 0;
    while (input->len && count < PATTERNS) {
        str line = shelflife_str_first(*input, shelflife_str_find(*input, '\n'));
        *input = shelflife_str_after(*input, line.len + 1);
        if (!line.len)
            break;
        patterns[count].text = shelflife_str_first(line, SHELFLIFE_POLICY_GLOB_MAX);
        patterns[count].list = count % LISTS + 1;
        count++;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str input = {(const char *)data, size};
    struct shelflife_policy_glob patterns[PATTERNS];
    struct shelflife_policy_globs globs;
    uint64_t lists[LISTS / 64 + 1] = {0};
    bool expected[(LISTS / 64 + 1) * 64] = {[SHELFLIFE_POLICY_GLOB_LIST_OF_ALL] = true};
    arena a;
    size_t count = read_patterns(&input, patterns);
    str text = shelflife_str_first(input, TEXT_MAX);
    shelflife_arena_init(&a, SIZE_MAX);
    if (!shelflife_policy_globs_compile(patterns, count, &a, &globs))
        abort();
    shelflife_policy_globs_match(&globs, text, lists);
    for (size_t i = 0; i < count; i++)
        expected[patterns[i].list] |= naive_glob(patterns[i].text, text);
    for (size_t list = 0; list < COUNT(expected); list++)
        if (shelflife_policy_globs_has(lists, list) != expected[list])
            abort();
    shelflife_arena_free(&a);
    return 0;
}
