/* rooms: base reference */
/*
 * Parses references for test_reference.py: reads one per line, in hex, and prints for each "ok" and its
 * registry, repository, tag and digest, or "error" and the message, separated by tabs.
 */
#include "base/base.h"
#include "shelflife/reference.h"

static unsigned digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static str decode(char *line, size_t len)
{
    for (size_t i = 0; i + 1 < len; i += 2)
        line[i / 2] = (char)(digit(line[i]) << 4 | digit(line[i + 1]));
    return (str){line, len / 2};
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    arena a;
    shelflife_arena_init(&a, 1 << 20);
    for (ssize_t len; (len = getline(&line, &capacity, stdin)) > 0;) {
        struct shelflife_reference r;
        error err = {0};
        str text = decode(line, (size_t)len - (line[len - 1] == '\n'));
        if (shelflife_reference_parse(text, &a, &r, &err))
            printf("ok\t%.*s\t%.*s\t%.*s\t%.*s\n", STR_PRINT(r.registry), STR_PRINT(r.repository),
                   STR_PRINT(r.tag), STR_PRINT(r.digest));
        else
            printf("error\t%s\n", err.text);
        shelflife_arena_reset(&a);
    }
    free(line);
    shelflife_arena_free(&a);
    return ferror(stdin) != 0;
}
