/* rooms: registry net file pki reference json base */
/*
 * Any bytes are a configuration or an error, whatever chunks they come in. All evidence can be shown, was
 * accepted by the caller, and is there once for each variable and label; of the history, only the last line
 * adds files.
 */
#include "registry/configuration.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static bool keep(void *context, const struct shelflife_evidence *e)
{
    (void)context;
    return e->value.len % 7 != 6;
}

static bool read_text(str text, size_t step, arena *a, struct shelflife_registry_configuration *out,
                      error *err)
{
    const struct shelflife_registry_wanted wanted = {.keep = keep};
    struct shelflife_registry_configuration_reader *reader =
        shelflife_registry_configuration_new(&wanted, a, err);
    check(reader != NULL);
    bool ok = true;
    for (str rest = text; ok && rest.len; rest = shelflife_str_after(rest, step))
        ok = shelflife_registry_configuration_feed(reader, shelflife_str_first(rest, step), err);
    ok = ok && shelflife_registry_configuration_finish(reader, out, err);
    shelflife_registry_configuration_free(reader);
    check(ok || err->kind == SHELFLIFE_ERROR_INPUT || err->kind == SHELFLIFE_ERROR_LIMIT);
    return ok;
}

static void check_piece(const struct shelflife_evidence_list *list, size_t i)
{
    const struct shelflife_evidence *e = &list->at[i];
    check(shelflife_str_is_utf8(e->name) && shelflife_str_is_utf8(e->value) && keep(NULL, e));
    check(e->name.len + e->value.len <= 2 * SHELFLIFE_REGISTRY_EVIDENCE_MAX);
    for (size_t k = 0; k < e->value.len; k++)
        check((unsigned char)e->value.at[k] >= 0x20 && e->value.at[k] != 0x7f);
    if (i > 0 && e[-1].kind == SHELFLIFE_EVIDENCE_HISTORY)
        check(e->kind == SHELFLIFE_EVIDENCE_HISTORY && !shelflife_registry_history_adds_files(e[-1].value));
    for (size_t k = 0; k < i && e->kind != SHELFLIFE_EVIDENCE_HISTORY; k++)
        check(list->at[k].kind != e->kind || !shelflife_str_equal(list->at[k].name, e->name));
}

static void check_same(const struct shelflife_evidence_list *a, const struct shelflife_evidence_list *b)
{
    check(a->count == b->count);
    for (size_t i = 0; i < a->count; i++)
        check(a->at[i].kind == b->at[i].kind && shelflife_str_equal(a->at[i].name, b->at[i].name) &&
              shelflife_str_equal(a->at[i].value, b->at[i].value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size};
    struct shelflife_registry_configuration whole = {0}, parts = {0};
    error err = {0}, again = {0};
    arena a;
    shelflife_arena_init(&a, 64 << 20);
    bool ok = read_text(text, size ? size : 1, &a, &whole, &err);
    check(ok == read_text(text, 1 + size % 5, &a, &parts, &again));
    for (size_t i = 0; ok && i < whole.evidence.count; i++)
        check_piece(&whole.evidence, i);
    if (ok)
        check_same(&whole.evidence, &parts.evidence);
    else
        check(err.kind == again.kind);
    shelflife_arena_free(&a);
    return 0;
}
