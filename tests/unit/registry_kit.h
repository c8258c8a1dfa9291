/* What tests of the registry room share: evidence as text. */
#ifndef SHELFLIFE_REGISTRY_KIT_H
#define SHELFLIFE_REGISTRY_KIT_H

#include "registry/registry.h"
#include "unit/test.h"

/* One piece a line: "env PYTHON_VERSION=3.8.20", "history ADD x /". */
static inline void evidence_text(const struct shelflife_evidence_list *list, buffer *out)
{
    for (size_t i = 0; i < list->count; i++)
        shelflife_buffer_format(out, "%s %.*s%s%.*s\n", shelflife_evidence_kind_names[list->at[i].kind],
                                STR_PRINT(list->at[i].name), list->at[i].name.len ? "=" : "",
                                STR_PRINT(list->at[i].value));
}

/* Appends a text `count` times. */
static inline void repeat(buffer *out, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        shelflife_buffer_append(out, shelflife_str_of(text));
}

#endif
