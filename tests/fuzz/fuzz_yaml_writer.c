/* rooms: base json */
/* What JSON becomes as YAML is the same data when libyaml reads it. */
#include "base/base.h"
#include "json/yaml.h"
#include "json/yaml_writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct record {
    buffer text;   /* an event a line */
    bool exponent; /* a number has one: those that are too large for a double are errors in YAML */
};

static enum shelflife_json_next add(void *context, enum shelflife_json_event event, str text, bool last,
                                    error *err)
{
    struct record *record = context;
    (void)err;
    shelflife_buffer_append(&record->text, text);
    if (last)
        shelflife_buffer_format(&record->text, " %d\n", (int)event);
    for (size_t i = 0; event == SHELFLIFE_JSON_NUMBER && i < text.len; i++)
        record->exponent |= text.at[i] == 'e' || text.at[i] == 'E';
    return SHELFLIFE_JSON_CONTINUE;
}

static bool is_json(str json, struct record *events)
{
    error err;
    struct shelflife_json_parser *parser = shelflife_json_parser_new(add, events, false);
    bool ok = parser && shelflife_json_parser_feed(parser, json, &err) &&
              shelflife_json_parser_finish(parser, &err);
    shelflife_json_parser_free(parser);
    return ok;
}

static bool convert(str json, size_t piece, buffer *out)
{
    error err;
    struct shelflife_yaml_writer *w = shelflife_yaml_writer_new(out);
    bool ok = w != NULL;
    for (str rest = json; ok && rest.len; rest = shelflife_str_after(rest, piece))
        ok = shelflife_yaml_writer_feed(w, shelflife_str_first(rest, piece), &err);
    ok = ok && shelflife_yaml_writer_finish(w, &err);
    shelflife_yaml_writer_free(w);
    return ok;
}

static void compare(str yaml, const struct record *wanted)
{
    struct record got = {.exponent = false};
    error err;
    shelflife_buffer_init(&got.text, SIZE_MAX);
    struct shelflife_yaml *y = shelflife_yaml_new(SHELFLIFE_YAML_MANIFESTS);
    if (y && (!shelflife_yaml_read(y, shelflife_yaml_text, &yaml, add, &got, &err) ||
              !shelflife_str_equal(shelflife_buffer_str(&got.text), shelflife_buffer_str(&wanted->text))))
        abort();
    shelflife_yaml_free(y);
    shelflife_buffer_free(&got.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record wanted = {.exponent = false};
    CLEANUP(shelflife_buffer_free) buffer yaml, pieces;
    const str json = {(const char *)data, size};
    shelflife_buffer_init(&wanted.text, SIZE_MAX);
    shelflife_buffer_init(&yaml, SIZE_MAX);
    shelflife_buffer_init(&pieces, SIZE_MAX);
    bool ok = convert(json, SIZE_MAX, &yaml);
    if (convert(json, 3, &pieces) != ok ||
        (ok && !shelflife_str_equal(shelflife_buffer_str(&yaml), shelflife_buffer_str(&pieces))))
        abort();
    /* YAML has no text that is not UTF-8, and none of a lone surrogate. Our reader drops U+FDD0 (yaml.h). */
    if (ok && is_json(json, &wanted) && shelflife_str_is_utf8(shelflife_buffer_str(&wanted.text)) &&
        !wanted.exponent && !memmem(wanted.text.at, wanted.text.len, "\xef\xb7\x90", 3))
        compare(shelflife_buffer_str(&yaml), &wanted);
    shelflife_buffer_free(&wanted.text);
    return 0;
}
