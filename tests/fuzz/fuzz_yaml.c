/* rooms: base json */
#include "json/yaml.h"

/* The first byte chooses the dialect, the size of the pieces and what is skipped. */
struct watch {
    struct shelflife_yaml *yaml;
    str rest;
    size_t piece, count, depth;
    uint64_t maps[SHELFLIFE_YAML_DEPTH_MAX / 64 + 1]; /* a bit for each level */
    bool skip, key;
};

static bool is_map(const struct watch *w)
{
    return w->depth && w->maps[(w->depth - 1) / 64] >> (w->depth - 1) % 64 & 1;
}

static void check(bool what)
{
    if (!what)
        abort();
}

static enum shelflife_json_next on_event(void *context, enum shelflife_json_event event, str text, bool last,
                                         error *err UNUSED)
{
    struct watch *w = context;
    bool skip = w->skip && w->count++ % 5 == 3;
    check(last);
    check(shelflife_str_is_utf8(text));
    check(shelflife_str_is_utf8(shelflife_yaml_tag(w->yaml)));
    if (event == SHELFLIFE_JSON_KEY) {
        check(is_map(w) && !w->key);
        w->key = !skip;
        return skip ? SHELFLIFE_JSON_SKIP : SHELFLIFE_JSON_CONTINUE;
    }
    if (event == SHELFLIFE_JSON_MAP_END || event == SHELFLIFE_JSON_ARRAY_END) {
        check(w->depth && !w->key && is_map(w) == (event == SHELFLIFE_JSON_MAP_END));
        w->depth--;
        return SHELFLIFE_JSON_CONTINUE;
    }
    check(is_map(w) == w->key);
    w->key = false;
    if (event != SHELFLIFE_JSON_MAP_START && event != SHELFLIFE_JSON_ARRAY_START)
        return SHELFLIFE_JSON_CONTINUE;
    if (skip)
        return SHELFLIFE_JSON_SKIP;
    check(w->depth < SHELFLIFE_YAML_DEPTH_MAX);
    uint64_t bit = UINT64_C(1) << w->depth % 64, *word = &w->maps[w->depth / 64];
    *word = event == SHELFLIFE_JSON_MAP_START ? *word | bit : *word & ~bit;
    w->depth++;
    return SHELFLIFE_JSON_CONTINUE;
}

static bool input(void *context, char *to, size_t size, size_t *got, error *err UNUSED)
{
    struct watch *w = context;
    str piece = shelflife_str_first(w->rest, size < w->piece ? size : w->piece);
    if (piece.len)
        memcpy(to, piece.at, piece.len);
    w->rest = shelflife_str_after(w->rest, piece.len);
    *got = piece.len;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct watch w = {
        .rest = {(const char *)data + 1, size - 1}, .piece = data[0] & 2 ? 1 : SIZE_MAX, .skip = data[0] & 4};
    enum shelflife_yaml_dialect dialect = data[0] & 8   ? SHELFLIFE_YAML_TAGGED
                                          : data[0] & 1 ? SHELFLIFE_YAML_STRICT
                                                        : SHELFLIFE_YAML_MANIFESTS;
    struct shelflife_yaml *y = w.yaml = shelflife_yaml_new(dialect);
    error err = {0};
    if (!y)
        return 0;
    if (shelflife_yaml_read(y, input, &w, on_event, &w, &err)) {
        check(w.depth == 0 && !w.key);
    } else {
        struct shelflife_json_position at = shelflife_yaml_position(y);
        check(err.kind != SHELFLIFE_ERROR_NONE && shelflife_str_is_utf8(shelflife_str_of(err.text)));
        check(at.line > 0 && at.column > 0);
    }
    shelflife_yaml_free(y);
    return 0;
}
