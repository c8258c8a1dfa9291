/* rooms: base json reference catalog */
/*
 * Any bytes as a catalog: read, or refused with a sentence; and what was read can be indexed, asked and
 * listed. The first line of the input, if it begins with "#", is an image to resolve. It is also what the
 * image says in a variable, a label, an annotation and a line of history.
 */
#include "base/base.h"
#include "shelflife/catalog.h"

/* What a configuration says adds to what the reference says. */
static void ask_with_evidence(const struct shelflife_catalogs *set, str text,
                              const struct shelflife_reference *reference, arena *a)
{
    const struct shelflife_evidence pieces[] = {
        {SHELFLIFE_EVIDENCE_ENV, STR("A"), text},
        {SHELFLIFE_EVIDENCE_LABEL, STR("A"), text},
        {SHELFLIFE_EVIDENCE_HISTORY, {0}, text},
        {SHELFLIFE_EVIDENCE_ANNOTATION, STR("A"), text},
    };
    const struct shelflife_evidence_list list = {pieces, COUNT(pieces)};
    struct shelflife_resolution found;
    if (!shelflife_catalogs_resolve(set, reference->name, reference, &list, a, &found, NULL))
        abort();
    for (size_t i = 0; i < found.match_count; i++)
        if (found.matches[i].evidence && !shelflife_catalogs_reads(set, found.matches[i].evidence))
            abort();
}

static void ask(const struct shelflife_catalogs *set, str image)
{
    struct shelflife_reference reference;
    struct shelflife_resolution found;
    arena a;
    shelflife_arena_init(&a, 1 << 20);
    if (shelflife_reference_parse(image, &a, &reference, NULL)) {
        if (!shelflife_catalogs_resolve(set, reference.name, &reference, NULL, &a, &found, NULL))
            abort();
        for (size_t i = 0; i < found.match_count; i++) {
            bool later;
            shelflife_match_phase(&found.matches[i], 20780, 90, i % 2);
            shelflife_match_replacement(set, &found.matches[i], 20780, 90, false, &later);
        }
        ask_with_evidence(set, image, &reference, &a);
    }
    shelflife_arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str bytes = {(const char *)data, size}, image = STR("docker.io/library/python:3.8-bookworm");
    error err = {0};
    if (size > 0 && data[0] == '#') {
        image = shelflife_str_first(shelflife_str_after(bytes, 1), shelflife_str_find(bytes, '\n') - 1);
        bytes = shelflife_str_after(bytes, image.len + 2);
    }
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    if (!set)
        return 0;
    if (!shelflife_catalogs_add(set, bytes, "input", &err)) {
        if (err.text[0] == '\0')
            abort();
    } else if (shelflife_catalogs_finish(set, &err)) {
        ask(set, image);
        for (size_t i = 0; i < shelflife_catalogs_row_count(set); i++)
            if (shelflife_catalogs_row_at(set, i)->product->catalog != shelflife_catalogs_at(set, 0))
                abort();
    } else if (err.text[0] == '\0') {
        abort();
    }
    shelflife_catalogs_free(set);
    return 0;
}
