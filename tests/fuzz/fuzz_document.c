/* rooms: base json */
#include "json/document.h"

/* Walks everything, a few levels deep, so that every reader meets every type. */
static void walk(struct node node, unsigned depth, size_t *budget)
{
    static const char *const words[] = {"allow", "warn", "deny", "off"};
    struct node child;
    error err;
    str text;
    bool truth;
    int64_t integer;
    int32_t days;
    shelflife_day day;
    size_t word;
    shelflife_node_string(node, &text, &err);
    shelflife_node_integer(node, -1, 1, &integer, &err);
    shelflife_node_bool(node, &truth, &err);
    shelflife_node_day(node, &day, &err);
    shelflife_node_span(node, &days, &err);
    shelflife_node_word(node, words, COUNT(words), &word, &err);
    shelflife_node_known(node, words, COUNT(words), &err);
    shelflife_node_kind(node, "Policy", &err);
    for (size_t i = 0; depth && *budget && shelflife_node_at(&node, i, &child); i++) {
        --*budget;
        walk(child, depth - 1, budget);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    error err;
    struct shelflife_document *d = shelflife_document_read((str){(const char *)data, size}, "fuzz", &err);
    size_t budget = 1000;
    if (d)
        walk(shelflife_document_root(d), 8, &budget);
    else if (!shelflife_str_is_utf8(shelflife_str_of(err.text)) || err.kind == SHELFLIFE_ERROR_NONE)
        abort();
    shelflife_document_free(d);
    return 0;
}
