#include "cli/inventory_common.h"

void shelflife_cli_put_reference(const struct shelflife_inventory_reference *reference, buffer *out)
{
    shelflife_buffer_append(out, reference->name);
    if (reference->tag.len) {
        shelflife_buffer_byte(out, ':');
        shelflife_buffer_append(out, reference->tag);
    }
}

void shelflife_cli_put_evidence(const struct shelflife_evidence *evidence, buffer *out)
{
    if (evidence->kind != SHELFLIFE_EVIDENCE_HISTORY) {
        shelflife_buffer_append(out, evidence->name);
        shelflife_buffer_byte(out, '=');
    }
    shelflife_buffer_append(out, evidence->value);
}

void shelflife_cli_put_evidence_list(const struct shelflife_evidence_list *list, const char *between,
                                     buffer *out)
{
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            shelflife_buffer_append(out, shelflife_str_of(between));
        shelflife_cli_put_evidence(&list->at[i], out);
    }
}
