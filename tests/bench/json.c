/*
 * Measures the cost of reading JSON: `bench_json FILE...`. For each text, and for one of 3 MB with mostly
 * long strings, prints the speed of the tokenizer when it reports every event and when it skips the whole
 * text, the speed of jansson when it builds a document, and the ratios.
 */
#include <jansson.h>
#include <stdio.h>

#include "base/base.h"
#include "shelflife/json.h"

static enum shelflife_json_next answer(void *context, UNUSED enum shelflife_json_event event, UNUSED str text,
                                       UNUSED bool last, UNUSED error *err)
{
    return *(enum shelflife_json_next *)context;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool read_events(str text, struct shelflife_json_parser *parser)
{
    shelflife_json_parser_reset(parser);
    return shelflife_json_parser_feed(parser, text, NULL) && shelflife_json_parser_finish(parser, NULL);
}

static bool read_document(str text)
{
    json_t *document = json_loadb(text.at, text.len, JSON_ALLOW_NUL, NULL);
    json_decref(document);
    return document != NULL;
}

/* Bytes a second, the best of several rounds; parser NULL: jansson. 0 if the text cannot be read. */
static double speed(str text, struct shelflife_json_parser *parser)
{
    size_t count = 1 + (4 << 20) / (text.len + 1);
    double best = 0;
    for (int round = 0; round < 7; round++) {
        double start = seconds();
        for (size_t i = 0; i < count; i++)
            if (!(parser ? read_events(text, parser) : read_document(text)))
                return 0;
        double rate = (double)count * (double)text.len / (seconds() - start);
        best = rate > best ? rate : best;
    }
    return best;
}

static bool bench(const char *name, str text)
{
    enum shelflife_json_next next = SHELFLIFE_JSON_CONTINUE;
    struct shelflife_json_parser *parser = shelflife_json_parser_new(answer, &next, false);
    if (!parser)
        return false;
    double events = speed(text, parser);
    next = SHELFLIFE_JSON_SKIP;
    double skipped = speed(text, parser), document = speed(text, NULL);
    shelflife_json_parser_free(parser);
    if (events <= 0 || document <= 0) {
        fprintf(stderr, "%s: not JSON\n", name);
        return false;
    }
    printf("%-32s %8zu bytes: events %6.0f MB/s (%4.1fx), skipped %6.0f MB/s (%4.1fx), jansson %4.0f MB/s\n",
           name, text.len, events / 1e6, events / document, skipped / 1e6, skipped / document,
           document / 1e6);
    return true;
}

static bool bench_strings(void)
{
    buffer text;
    shelflife_buffer_init(&text, SIZE_MAX);
    shelflife_buffer_byte(&text, '[');
    for (size_t i = 0; i < 1500; i++) {
        shelflife_buffer_format(&text, "%s{\"script\":\"", i ? "," : "");
        for (size_t k = 0; k < 30 + i % 17; k++)
            shelflife_buffer_append(&text, STR("set -eu; pip install package==1.2.3 && exec $* # "));
        shelflife_buffer_append(&text, STR("\"}"));
    }
    shelflife_buffer_byte(&text, ']');
    bool ok = !text.failed && bench("(long strings)", shelflife_buffer_str(&text));
    shelflife_buffer_free(&text);
    return ok;
}

static bool bench_file(const char *path)
{
    static char text[16 << 20];
    const char *name = strrchr(path, '/');
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return false;
    }
    size_t len = fread(text, 1, sizeof(text), f);
    fclose(f);
    return bench(name ? name + 1 : path, (str){text, len});
}

int main(int argc, char **argv)
{
    bool ok = bench_strings();
    for (int i = 1; i < argc; i++)
        ok = bench_file(argv[i]) && ok;
    return ok ? 0 : 1;
}
