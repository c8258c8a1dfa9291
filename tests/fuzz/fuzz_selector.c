/* rooms: base json reference workload catalog policy inventory admission net file kube pki inputs audit */
/* Any text as a label selector. An error is about its use, and has a byte of the text. */
#include "audit/selector.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct shelflife_audit_selector s;
    str labels[SHELFLIFE_AUDIT_SELECTOR_TERMS_MAX] = {{0}};
    error err = {0};
    if (!shelflife_audit_selector_parse((str){(const char *)data, size}, &s, &err)) {
        if (err.kind != SHELFLIFE_ERROR_USAGE)
            abort();
        return 0;
    }
    for (size_t i = 0; i < s.term_count; i++)
        if (!s.terms[i].key.len)
            abort();
    shelflife_audit_selector_matches(&s, labels);
    return 0;
}
