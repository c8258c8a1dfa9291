/* rooms: base json */
#include "json/manifests.h"
#include "json/words.h"

/* The first byte chooses the size of the pieces, and what is skipped. */
struct watch {
    str rest;
    size_t piece, count, depth;
    bool skip;
    uint64_t line; /* of the last comment */
};

static void check(bool what)
{
    if (!what)
        abort();
}

static bool give(void *context, char *to, size_t size, size_t *got, error *err UNUSED)
{
    struct watch *w = context;
    str piece = shelflife_str_first(w->rest, w->piece < size ? w->piece : size);
    shelflife_copy(to, piece.at, piece.len);
    w->rest = shelflife_str_after(w->rest, piece.len);
    *got = piece.len;
    return true;
}

static enum shelflife_json_next on_event(void *context, enum shelflife_json_event event, str text UNUSED,
                                         bool last UNUSED, error *err UNUSED)
{
    struct watch *w = context;
    check(!shelflife_json_closes(event) || w->depth);
    w->depth -= shelflife_json_closes(event);
    if (w->skip && w->count++ % 5 == 3)
        return SHELFLIFE_JSON_SKIP;
    w->depth += shelflife_json_opens(event);
    return SHELFLIFE_JSON_CONTINUE;
}

static bool on_comment(void *context, str line, uint64_t number, error *err UNUSED)
{
    struct watch *w = context;
    check(line.len && line.at[0] == '#' && line.len <= SHELFLIFE_JSON_COMMENT_MAX && number > w->line);
    w->line = number;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    struct watch w = {.rest = {(const char *)data + 1, size - 1},
                      .piece = data[0] & 1 ? 1U + data[0] / 8U : SIZE_MAX};
    w.skip = data[0] & 2;
    struct shelflife_json_manifests *m = shelflife_json_manifests_new(give, &w);
    if (!m)
        return 0;
    shelflife_json_manifests_comments(m, on_comment, &w);
    size_t documents = 0;
    for (bool more = true; more; documents++) {
        error err = {0};
        w.depth = 0;
        check(documents <= size + 1);
        if (shelflife_json_manifests_next(m, on_event, &w, &more, &err))
            check(w.depth == 0 || w.skip);
        else
            check(err.kind != SHELFLIFE_ERROR_NONE && shelflife_json_manifests_position(m).line >= 1);
    }
    shelflife_json_manifests_free(m);
    return 0;
}
