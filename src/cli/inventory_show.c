#include "cli/catalog_common.h"
#include "cli/commands.h"
#include "cli/inventory_common.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "report/inspected.h"
#include "shelflife/json.h"
#include "sources/inventory.h"

enum {
    SHORT_DIGEST = 12, /* digits */
    NAME_MAX_WIDTH = 60,
    PLATFORM_MAX_WIDTH = 16,
    EVIDENCE_MIN_WIDTH = 20,
    JSON_MAX_BYTES = 64 << 20, /* of one image */
};

struct showing {
    const struct shelflife_inventory *inventory;
    size_t format;
    struct cli_style style;
    unsigned width;        /* of the terminal, or 0 */
    size_t name, platform; /* widths of the columns */
    buffer scratch;
    bool first;
};

/* ---- The table ---- */

/* The first reference, and how many more there are. */
static void put_name(const struct showing *s, size_t i, buffer *out)
{
    struct shelflife_inventory_reference reference;
    size_t count = shelflife_inventory_reference_count(s->inventory, i);
    shelflife_buffer_reset(out);
    if (count == 0) {
        shelflife_buffer_append(out, STR("-"));
        return;
    }
    shelflife_inventory_reference_at(s->inventory, i, 0, &reference);
    shelflife_cli_put_reference(&reference, out);
    if (count > 1)
        shelflife_buffer_format(out, " (+%zu)", count - 1);
}

static size_t wider(size_t width, str s, size_t most)
{
    size_t n = shelflife_utf8_width(s);
    n = n < most ? n : most;
    return n > width ? n : width;
}

static void measure(struct showing *s)
{
    struct shelflife_inventory_entry entry;
    s->name = sizeof("IMAGE") - 1;
    s->platform = sizeof("PLATFORM") - 1;
    for (size_t i = 0; i < shelflife_inventory_count(s->inventory); i++) {
        put_name(s, i, &s->scratch);
        s->name = wider(s->name, shelflife_buffer_str(&s->scratch), NAME_MAX_WIDTH);
        shelflife_inventory_at(s->inventory, i, &entry);
        s->platform = wider(s->platform, entry.platform, PLATFORM_MAX_WIDTH);
    }
}

static void print_day(shelflife_day day)
{
    char text[SHELFLIFE_DAY_TEXT_MAX];
    printf("%-10s  ", day == SHELFLIFE_DAY_NONE ? "-" : shelflife_day_format(day, text));
}

/* The rest of the line: on a terminal, as much as fits. */
static void print_evidence(struct showing *s, const struct shelflife_inventory_entry *entry)
{
    size_t used = s->name + 2 + SHORT_DIGEST + 2 + s->platform + 2 + 3 * 12;
    size_t most = s->width > used + EVIDENCE_MIN_WIDTH ? s->width - used : EVIDENCE_MIN_WIDTH;
    shelflife_buffer_reset(&s->scratch);
    shelflife_cli_put_evidence_list(&entry->evidence, ", ", &s->scratch);
    str text = shelflife_buffer_str(&s->scratch);
    bool cut = s->width && shelflife_utf8_width(text) > most;
    if (cut)
        text.len = shelflife_utf8_cut(text, most - 1);
    shelflife_cli_print(text.len ? text : STR("-"));
    printf("%s%s\n", cut ? "…" : "", entry->outdated ? " (outdated)" : "");
}

static void print_row(struct showing *s, size_t i)
{
    struct shelflife_inventory_entry entry;
    shelflife_inventory_at(s->inventory, i, &entry);
    str digest = shelflife_str_of(entry.digest);
    put_name(s, i, &s->scratch);
    shelflife_cli_print_column(shelflife_buffer_str(&s->scratch), s->name + 2);
    shelflife_cli_print_column(
        shelflife_str_first(shelflife_str_after(digest, shelflife_str_find(digest, ':') + 1), SHORT_DIGEST),
        SHORT_DIGEST + 2);
    shelflife_cli_print_column(entry.platform.len ? entry.platform : STR("-"), s->platform + 2);
    print_day(entry.inspected);
    print_day(entry.last_seen);
    print_day(entry.snapshot);
    print_evidence(s, &entry);
}

static void print_table(struct showing *s)
{
    char day[SHELFLIFE_DAY_TEXT_MAX];
    size_t count = shelflife_inventory_count(s->inventory);
    shelflife_day as_of = shelflife_inventory_as_of(s->inventory);
    measure(s);
    printf("%s%-*s  %-*s  %-*s  %-10s  %-10s  %-10s  EVIDENCE%s\n", s->style.bold, (int)s->name, "IMAGE",
           SHORT_DIGEST, "DIGEST", (int)s->platform, "PLATFORM", "INSPECTED", "LAST SEEN", "SNAPSHOT",
           s->style.plain);
    for (size_t i = 0; i < count; i++)
        print_row(s, i);
    printf("%s%zu image%s%s%s%s\n", s->style.dim, count, count == 1 ? "" : "s",
           as_of == SHELFLIFE_DAY_NONE ? "" : " as of ", shelflife_day_format(as_of, day), s->style.plain);
}

/* ---- One image ---- */

static void print_fact(const char *name, str value)
{
    if (value.len == 0)
        return;
    printf("  %-11s ", name);
    shelflife_cli_print(value);
    putchar('\n');
}

static void print_fact_day(const char *name, shelflife_day day)
{
    char text[SHELFLIFE_DAY_TEXT_MAX];
    print_fact(name, shelflife_str_of(shelflife_day_format(day, text)));
}

static void print_image(struct showing *s, const char *image, size_t i)
{
    struct shelflife_inventory_entry entry;
    shelflife_inventory_at(s->inventory, i, &entry);
    printf("%s%s", s->first ? "" : "\n", s->style.bold);
    s->first = false;
    shelflife_cli_print(shelflife_str_of(image));
    printf("%s\n", s->style.plain);
    print_fact("digest", shelflife_str_of(entry.digest));
    if (strcmp(entry.manifest, entry.digest) != 0)
        print_fact("manifest", shelflife_str_of(entry.manifest));
    print_fact("platform", entry.platform);
    print_fact_day("inspected", entry.inspected);
    for (size_t k = 0; k < shelflife_inventory_reference_count(s->inventory, i); k++) {
        char day[SHELFLIFE_DAY_TEXT_MAX];
        struct shelflife_inventory_reference reference;
        shelflife_inventory_reference_at(s->inventory, i, k, &reference);
        shelflife_buffer_reset(&s->scratch);
        shelflife_cli_put_reference(&reference, &s->scratch);
        shelflife_buffer_format(&s->scratch, ", %s", shelflife_day_format(reference.last_seen, day));
        print_fact(k ? "" : "seen as", shelflife_buffer_str(&s->scratch));
    }
    for (size_t k = 0; k < entry.evidence.count; k++) {
        const struct shelflife_evidence *piece = &entry.evidence.at[k];
        shelflife_buffer_reset(&s->scratch);
        shelflife_cli_put_evidence(piece, &s->scratch);
        print_fact(shelflife_evidence_kind_names[piece->kind], shelflife_buffer_str(&s->scratch));
    }
    print_fact("base", entry.base_name);
    print_fact("base digest", entry.base_digest);
    print_fact_day("snapshot", entry.snapshot);
    print_fact("outdated",
               entry.outdated ? STR("yes: its publisher says that a newer build replaces it") : STR(""));
}

/* ---- JSON ---- */

static void write_references(const struct showing *s, size_t i, struct shelflife_json_writer *w)
{
    buffer name CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&name, SIZE_MAX);
    shelflife_json_member_array(w, "references");
    for (size_t k = 0; k < shelflife_inventory_reference_count(s->inventory, i); k++) {
        struct shelflife_inventory_reference reference;
        shelflife_inventory_reference_at(s->inventory, i, k, &reference);
        shelflife_buffer_reset(&name);
        shelflife_cli_put_reference(&reference, &name);
        shelflife_json_write_map(w);
        shelflife_json_member_string(w, "name", shelflife_buffer_str(&name));
        shelflife_json_member_day(w, "lastSeen", reference.last_seen);
        shelflife_json_write_end(w);
        w->out->failed |= name.failed;
    }
    shelflife_json_write_end(w);
}

static void write_image(const struct showing *s, size_t i, struct shelflife_json_writer *w)
{
    struct shelflife_inventory_entry entry;
    shelflife_inventory_at(s->inventory, i, &entry);
    shelflife_json_write_map(w);
    shelflife_json_member_text(w, "digest", entry.digest);
    shelflife_json_member_text(w, "manifest", entry.manifest);
    shelflife_json_member_nullable(w, "platform", entry.platform);
    shelflife_json_member_day(w, "inspected", entry.inspected);
    shelflife_json_member_day(w, "lastSeen", entry.last_seen);
    write_references(s, i, w);
    shelflife_json_member_array(w, "evidence");
    for (size_t k = 0; k < entry.evidence.count; k++)
        shelflife_report_write_evidence(w, &entry.evidence.at[k]);
    shelflife_json_write_end(w);
    shelflife_report_write_base(w, entry.base_name, entry.base_digest);
    shelflife_json_member_day(w, "snapshot", entry.snapshot);
    shelflife_json_member_bool(w, "outdated", entry.outdated);
    shelflife_json_write_end(w);
}

/* One by one: an inventory may be large. */
static bool print_json(struct showing *s, size_t i, error *err)
{
    struct shelflife_json_writer w;
    shelflife_buffer_reset(&s->scratch);
    shelflife_json_writer_init(&w, &s->scratch);
    write_image(s, i, &w);
    if (s->scratch.failed)
        return shelflife_fail_memory(err);
    printf("%s", s->first ? "[" : ",\n ");
    s->first = false;
    shelflife_cli_write(shelflife_buffer_str(&s->scratch));
    return true;
}

/* ---- The command ---- */

static bool find(const struct showing *s, const char *image, size_t *index, error *err)
{
    struct shelflife_reference reference;
    struct shelflife_inventory_entry entry;
    arena a CLEANUP(shelflife_arena_free);
    shelflife_arena_init(&a, 1 << 20);
    *index = SIZE_MAX;
    if (!shelflife_reference_parse(shelflife_str_of(image), &a, &reference, err))
        return shelflife_error_prefix(err, "%s", image);
    if (shelflife_inventory_find(s->inventory, &reference, &entry))
        *index = shelflife_inventory_index(s->inventory, shelflife_str_of(entry.digest));
    return true;
}

static bool show_images(struct showing *s, const struct cli_list *images, int *code, error *err)
{
    for (size_t k = 0; k < images->count; k++) {
        size_t i;
        if (!find(s, images->at[k], &i, err))
            return false;
        if (i == SIZE_MAX) {
            shelflife_cli_message("%s: not in the inventory", images->at[k]);
            *code = CLI_EXIT_PARTIAL;
        } else if (s->format == CLI_CATALOG_TABLE) {
            print_image(s, images->at[k], i);
        } else if (!print_json(s, i, err)) {
            return false;
        }
    }
    return true;
}

static bool show_all(struct showing *s, error *err)
{
    if (s->format == CLI_CATALOG_TABLE)
        print_table(s);
    for (size_t i = 0; s->format == CLI_CATALOG_JSON && i < shelflife_inventory_count(s->inventory); i++)
        if (!print_json(s, i, err))
            return false;
    return true;
}

static int show(struct showing *s, const struct cli_list *files, const struct cli_list *images)
{
    error err;
    int code = CLI_EXIT_OK;
    struct shelflife_sources_inventory *loaded =
        shelflife_sources_inventory_load(files->at, files->count, NULL, &err);
    if (!loaded)
        return shelflife_cli_fail(&err);
    s->inventory = loaded->content;
    s->style = shelflife_cli_style();
    s->width = shelflife_cli_terminal_width();
    s->first = true;
    shelflife_buffer_init(&s->scratch, JSON_MAX_BYTES);
    bool ok = images->count ? show_images(s, images, &code, &err) : show_all(s, &err);
    if (ok && s->format == CLI_CATALOG_JSON)
        printf("%s]\n", s->first ? "[" : "");
    shelflife_buffer_free(&s->scratch);
    shelflife_sources_release(loaded);
    return ok ? shelflife_cli_finish(code) : shelflife_cli_fail(&err);
}

int shelflife_cli_inventory_show(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife inventory show",
        .arguments = "FILE|DIR...",
        .about = "List the images of inventories: when each was inspected and seen, the day of its base\n"
                 "system's packages, and the evidence that was found in its configuration. With --image,\n"
                 "show all that is known about an image.",
        .examples = "  shelflife inventory show inventory.json.gz\n"
                    "  shelflife inventory show --image registry.corp.example/team/app:1 inventory.json.gz\n"
                    "  shelflife inventory show -o json inventory.json.gz | jq -r '.[].references[].name'",
        .min_arguments = 1,
        .max_arguments = -1};
    struct showing s = {0};
    struct cli_list files CLEANUP(shelflife_cli_list_free) = {0};
    struct cli_list images CLEANUP(shelflife_cli_list_free) = {0};
    const struct cli_option options[] = {{.name = "image",
                                          .letter = 'i',
                                          .type = CLI_LIST,
                                          .argument = "IMAGE",
                                          .target = &images,
                                          .help = "show what is known about this image. Can be repeated"},
                                         CLI_OPTION_FORMAT(&s.format)};
    int code;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &files, &code))
        return code;
    return show(&s, &files, &images);
}
