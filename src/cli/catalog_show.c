#include "base/nearest.h"
#include "cli/catalog_common.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "shelflife/json.h"
#include "json/document.h"

enum { YEARS = 6, DAYS_A_YEAR = 365, RELEASE_MAX = 24, LATEST_MAX = 16, BAR_MIN = 20, WIDTH_MAX = 200 };

struct showing {
    struct cli_judging judging;
    size_t format;
    const struct shelflife_snapshot *snapshot;
    struct cli_style style;
    shelflife_day from, to;                /* of the drawing */
    size_t bar;                            /* characters */
    size_t release, latest;                /* widths of the columns */
    bool failed;                           /* memory ran out while a row was described */
    struct shelflife_document **documents; /* of the catalogs, as far as they were needed */
};

static const struct shelflife_row *row_at(const struct showing *s, const struct shelflife_product *product,
                                          size_t i)
{
    return shelflife_catalogs_row_at(s->snapshot->catalogs, product->first_row + i);
}

/* ---- The images that a product is found in ---- */

/* What the catalog's file says, as it is written: the engine keeps it compiled. */
struct images {
    struct node root, product, products, repositories, tags, parts, mirrors, covers;
    bool has_repositories, has_tags, has_parts, has_mirrors, has_covers;
};

static struct shelflife_document *document_of(struct showing *s, const struct shelflife_catalog *catalog,
                                              error *err)
{
    const struct shelflife_catalogs *set = s->snapshot->catalogs;
    size_t count = shelflife_catalogs_count(set), i = 0;
    while (i < count && shelflife_catalogs_at(set, i) != catalog)
        i++;
    if (!s->documents && !(s->documents = shelflife_calloc(count, sizeof(struct shelflife_document *)))) {
        shelflife_fail_memory(err);
        return NULL;
    }
    if (!s->documents[i])
        s->documents[i] = shelflife_document_read(shelflife_catalogs_bytes_at(set, i), "catalog", err);
    return s->documents[i];
}

static void free_documents(struct showing *s)
{
    for (size_t i = 0; s->documents && i < shelflife_catalogs_count(s->snapshot->catalogs); i++)
        shelflife_document_free(s->documents[i]);
    shelflife_free(s->documents);
}

/* The nodes in *out point to each other. */
static bool find_images(struct showing *s, const struct shelflife_product *product, struct images *out,
                        error *err)
{
    const struct shelflife_document *document = document_of(s, product->catalog, err);
    struct node name;
    str text;
    *out = (struct images){0};
    if (!document)
        return false;
    out->root = shelflife_document_root(document);
    out->has_mirrors = shelflife_node_get(&out->root, "mirrors", &out->mirrors);
    out->has_covers = shelflife_node_get(&out->root, "covers", &out->covers);
    if (!shelflife_node_get(&out->root, "products", &out->products))
        return true;
    for (size_t i = 0; shelflife_node_at(&out->products, i, &out->product); i++) {
        if (!shelflife_node_get(&out->product, "name", &name) || !shelflife_node_string(name, &text, NULL) ||
            !shelflife_str_equal(text, product->name))
            continue;
        out->has_repositories = shelflife_node_get(&out->product, "repositories", &out->repositories);
        out->has_tags = shelflife_node_get(&out->product, "tags", &out->tags);
        out->has_parts = shelflife_node_get(&out->product, "part", &out->parts);
        break;
    }
    return true;
}

/* An item is a pattern, or a map with one. */
static str pattern_of(const struct node *item)
{
    struct node pattern;
    str text = {0};
    if (shelflife_node_get(item, "pattern", &pattern))
        shelflife_node_string(pattern, &text, NULL);
    else if (shelflife_node_type(*item) == NODE_STRING)
        shelflife_node_string(*item, &text, NULL);
    return text;
}

/* Whether a repository of the product begins with a prefix, which is whole parts of a path. */
static bool has_repository_in(const struct images *images, str prefix)
{
    struct node item;
    for (size_t i = 0; images->has_repositories && shelflife_node_at(&images->repositories, i, &item); i++) {
        str pattern = pattern_of(&item);
        if (shelflife_str_starts(pattern, prefix) &&
            (pattern.len == prefix.len || pattern.at[prefix.len] == '/'))
            return true;
    }
    return false;
}

static void print_patterns(const char *name, bool given, const struct node *list)
{
    struct node item;
    for (size_t i = 0; given && shelflife_node_at(list, i, &item); i++) {
        printf("  %-12s  ", i ? "" : name);
        shelflife_cli_print(pattern_of(&item));
        putchar('\n');
    }
}

static bool print_images(struct showing *s, const struct shelflife_product *product, error *err)
{
    struct images images;
    struct node aliases, alias;
    if (!find_images(s, product, &images, err))
        return false;
    print_patterns("repositories", images.has_repositories, &images.repositories);
    print_patterns("tags", images.has_tags, &images.tags);
    print_patterns("base in tags", images.has_parts, &images.parts);
    for (size_t i = 0; images.has_mirrors && shelflife_node_at(&images.mirrors, i, &aliases); i++) {
        str to = shelflife_str_of(aliases.key);
        for (size_t k = 0; has_repository_in(&images, to) && shelflife_node_at(&aliases, k, &alias); k++) {
            printf("  %-12s  ", k ? "" : "mirrors");
            shelflife_cli_print(pattern_of(&alias));
            printf(" of ");
            shelflife_cli_print(to);
            putchar('\n');
        }
    }
    bool first = true;
    for (size_t i = 0; images.has_covers && shelflife_node_at(&images.covers, i, &alias); i++)
        if (has_repository_in(&images, pattern_of(&alias))) {
            printf("  %-12s  ", first ? "covered" : "");
            first = false;
            shelflife_cli_print(pattern_of(&alias));
            putchar('\n');
        }
    return true;
}

static void write_patterns(struct shelflife_json_writer *w, const char *key, bool given,
                           const struct node *list)
{
    struct node item;
    shelflife_json_member_array(w, key);
    for (size_t i = 0; given && shelflife_node_at(list, i, &item); i++)
        shelflife_json_write_string(w, pattern_of(&item));
    shelflife_json_write_end(w);
}

static bool write_images(struct showing *s, struct shelflife_json_writer *w,
                         const struct shelflife_product *product, error *err)
{
    struct images images;
    struct node aliases, cover;
    if (!find_images(s, product, &images, err))
        return false;
    write_patterns(w, "repositories", images.has_repositories, &images.repositories);
    write_patterns(w, "tags", images.has_tags, &images.tags);
    write_patterns(w, "parts", images.has_parts, &images.parts);
    shelflife_json_member_map(w, "mirrors");
    for (size_t i = 0; images.has_mirrors && shelflife_node_at(&images.mirrors, i, &aliases); i++)
        if (has_repository_in(&images, shelflife_str_of(aliases.key)))
            write_patterns(w, aliases.key, true, &aliases);
    shelflife_json_write_end(w);
    shelflife_json_member_array(w, "covers");
    for (size_t i = 0; images.has_covers && shelflife_node_at(&images.covers, i, &cover); i++)
        if (has_repository_in(&images, pattern_of(&cover)))
            shelflife_json_write_string(w, pattern_of(&cover));
    shelflife_json_write_end(w);
    return true;
}

/* ---- The drawing ---- */

/* The release, its codename and its variant. */
static void name_row(struct showing *s, const struct shelflife_row *row, buffer *out)
{
    shelflife_buffer_reset(out);
    shelflife_buffer_append(out, row->release.len ? row->release : STR("any"));
    if (row->codename.len)
        shelflife_buffer_format(out, " %.*s", STR_PRINT(row->codename));
    size_t before = out->len;
    shelflife_buffer_byte(out, ' ');
    shelflife_catalogs_variant(s->snapshot->catalogs, row, out);
    if (out->len == before + 1)
        out->len = before;
    s->failed |= out->failed;
}

static size_t at_most(size_t a, size_t most)
{
    return a < most ? a : most;
}

/* The drawing ends WIDTH_MAX columns from the left, or at the right of the terminal. */
static size_t bar_width(size_t taken)
{
    enum { NO_TERMINAL = 80 };
    unsigned width = shelflife_cli_terminal_width();
    size_t columns = at_most(width ? width : NO_TERMINAL, WIDTH_MAX);
    return columns > taken + BAR_MIN ? columns - taken : BAR_MIN;
}

/* From the first known date to the last, but at most YEARS before and after today. */
static void set_frame(struct showing *s, const struct shelflife_product *product)
{
    const shelflife_day today = s->judging.at, span = YEARS * DAYS_A_YEAR;
    buffer name CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&name, SIZE_MAX);
    s->from = today - DAYS_A_YEAR;
    s->to = today + DAYS_A_YEAR;
    for (size_t i = 0; i < product->row_count; i++) {
        const struct shelflife_row *row = row_at(s, product, i);
        const shelflife_day ends[] = {row->end_of_patch, row->end_of_extended_patch,
                                      row->end_of_availability};
        for (size_t k = 0; k < COUNT(ends); k++) {
            if (ends[k] == SHELFLIFE_DAY_NONE)
                continue;
            s->from = ends[k] < s->from ? ends[k] : s->from;
            s->to = ends[k] > s->to ? ends[k] : s->to;
        }
        name_row(s, row, &name);
        size_t width = at_most(shelflife_utf8_width(shelflife_buffer_str(&name)), RELEASE_MAX);
        s->release = width > s->release ? width : s->release;
        size_t latest = at_most(row->latest.len, LATEST_MAX);
        s->latest = latest > s->latest ? latest : s->latest;
    }
    s->from = s->from < today - span ? today - span : s->from;
    s->to = s->to > today + span ? today + span : s->to;
    s->bar = bar_width(s->release + s->latest + sizeof("  2026-01-01  ") + 4);
}

/* The column of a day; days outside the frame are in its first or last column. */
static size_t column_of(const struct showing *s, shelflife_day day)
{
    if (day <= s->from)
        return 0;
    if (day >= s->to)
        return s->bar - 1;
    return (size_t)((int64_t)(day - s->from) * (int64_t)(s->bar - 1) / (s->to - s->from));
}

static void fill(char *bar, const struct showing *s, shelflife_day to, char with)
{
    if (to == SHELFLIFE_DAY_NONE || to < s->from)
        return;
    for (size_t i = 0; i <= column_of(s, to); i++)
        if (bar[i] == ' ')
            bar[i] = with;
}

static void put_bar(const struct showing *s, const struct shelflife_row *row)
{
    char bar[256];
    size_t today = column_of(s, s->judging.at), width = at_most(s->bar, sizeof(bar));
    bool open = row->end_of_patch == SHELFLIFE_DAY_NONE && !row->ended;
    const char *colour =
        shelflife_cli_phase_style(&s->style, shelflife_cli_row_phase(row, s->judging.at, CLI_NOTICE));
    memset(bar, ' ', sizeof(bar));
    fill(bar, s, open ? s->judging.at : row->end_of_patch, '=');
    fill(bar, s, row->end_of_extended_patch, '~');
    fill(bar, s, row->end_of_availability, '-');
    if (open) /* no end is known */
        fill(bar, s, s->to, '.');
    const char *plain = *colour ? s->style.plain : "";
    printf("%s%.*s%s|%s%.*s%s", colour, (int)today, bar, plain, colour, (int)(width - today - 1),
           bar + today + 1, plain);
}

static void print_row(struct showing *s, const struct shelflife_row *row)
{
    char day[SHELFLIFE_DAY_TEXT_MAX];
    buffer name CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&name, SIZE_MAX);
    name_row(s, row, &name);
    str shown = shelflife_buffer_str(&name);
    shown.len = shelflife_utf8_cut(shown, RELEASE_MAX);
    shelflife_cli_print_column(shown, s->release);
    printf("  ");
    put_bar(s, row);
    shelflife_day last = row->end_of_availability != SHELFLIFE_DAY_NONE && s->judging.at > row->end_of_patch
                             ? row->end_of_availability
                             : row->end_of_patch;
    const char *until = row->ended                   ? "ended"
                        : last == SHELFLIFE_DAY_NONE ? "-"
                                                     : shelflife_day_format(last, day);
    printf("  %-10s  ", until);
    shelflife_cli_print(shelflife_str_first(row->latest, shelflife_utf8_cut(row->latest, LATEST_MAX)));
    putchar('\n');
}

/* The years, each at its first day, where there is room. */
static void print_years(const struct showing *s)
{
    char line[256];
    size_t free = 0;
    memset(line, ' ', sizeof(line));
    for (int year = 1; year < 9999; year++) {
        char text[SHELFLIFE_DAY_TEXT_MAX];
        shelflife_day day;
        int n = snprintf(text, sizeof(text), "%04d-01-01", year);
        if (n < 0 || !shelflife_day_parse((str){text, (size_t)n}, &day) || day < s->from)
            continue;
        if (day > s->to)
            break;
        size_t at = column_of(s, day);
        if (at < free || at + 4 > at_most(s->bar, sizeof(line)))
            continue;
        memcpy(line + at, text, 4);
        free = at + 6;
    }
    printf("%*s  %s%.*s  %-10s  %s%s\n", (int)s->release, "", s->style.dim,
           (int)at_most(s->bar, sizeof(line)), line, "until", s->latest ? "latest" : "", s->style.plain);
}

static bool print_product(struct showing *s, const struct shelflife_product *product, error *err)
{
    char day[SHELFLIFE_DAY_TEXT_MAX];
    const struct shelflife_catalog *catalog = product->catalog;
    s->release = s->latest = 0;
    set_frame(s, product);
    printf("%s", s->style.bold);
    shelflife_cli_print(product->title);
    printf("%s (", s->style.plain);
    shelflife_cli_print(catalog->name);
    putchar('/');
    shelflife_cli_print(product->name);
    printf("), as of %s%s\n", shelflife_day_format(catalog->as_of, day),
           shelflife_sources_snapshot_is_stale(s->snapshot, catalog, s->judging.at) ? " (stale)" : "");
    print_years(s);
    for (size_t i = 0; i < product->row_count; i++)
        print_row(s, row_at(s, product, i));
    printf("%s= patched  ~ extended  - unpatched, available  . no end known  | %s%s\n", s->style.dim,
           shelflife_day_format(s->judging.at, day), s->style.plain);
    return print_images(s, product, err);
}

/* ---- JSON ---- */

static void write_row(struct showing *s, struct shelflife_json_writer *w, const struct shelflife_row *row)
{
    buffer variant CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&variant, SIZE_MAX);
    shelflife_catalogs_variant(s->snapshot->catalogs, row, &variant);
    s->failed |= variant.failed;
    shelflife_json_write_map(w);
    shelflife_json_member_nullable(w, "release", row->release);
    shelflife_json_member_nullable(w, "codename", row->codename);
    shelflife_json_member_nullable(w, "variant", shelflife_buffer_str(&variant));
    enum shelflife_phase phase = shelflife_cli_row_phase(row, s->judging.at, CLI_NOTICE);
    shelflife_json_member_text(w, "phase", shelflife_phase_name(phase));
    shelflife_json_member_day(w, "endOfPatch", row->end_of_patch);
    shelflife_json_member_day(w, "endOfExtendedPatch", row->end_of_extended_patch);
    shelflife_json_member_day(w, "endOfAvailability", row->end_of_availability);
    shelflife_json_member_bool(w, "ended", row->ended);
    shelflife_json_member_nullable(w, "latest", row->latest);
    shelflife_json_member_nullable(w, "source", row->source);
    shelflife_json_member_nullable(w, "path", row->path);
    shelflife_json_member_nullable(w, "note", row->note);
    shelflife_json_write_end(w);
}

static bool write_product(struct showing *s, struct shelflife_json_writer *w,
                          const struct shelflife_product *product, error *err)
{
    shelflife_json_write_map(w);
    shelflife_json_member_nullable(w, "catalog", product->catalog->name);
    shelflife_json_member_nullable(w, "product", product->name);
    shelflife_json_member_nullable(w, "title", product->title);
    shelflife_json_member_day(w, "asOf", product->catalog->as_of);
    shelflife_json_member_bool(
        w, "stale", shelflife_sources_snapshot_is_stale(s->snapshot, product->catalog, s->judging.at));
    shelflife_json_member_array(w, "rows");
    for (size_t i = 0; i < product->row_count; i++)
        write_row(s, w, row_at(s, product, i));
    shelflife_json_write_end(w);
    bool ok = write_images(s, w, product, err);
    shelflife_json_write_end(w);
    return ok;
}

/* ---- The command ---- */

/* The name is "catalog/product", or "product" of any catalog. */
static bool is_asked_for(const struct shelflife_product *product, str name)
{
    size_t slash = shelflife_str_find(name, '/');
    if (slash != SIZE_MAX && !shelflife_str_equal(shelflife_str_first(name, slash), product->catalog->name))
        return false;
    return shelflife_str_equal(slash == SIZE_MAX ? name : shelflife_str_after(name, slash + 1),
                               product->name);
}

/* Suggests a product with a similar name. */
static bool fail_unknown(const struct showing *s, const char *name, error *err)
{
    const struct shelflife_catalogs *set = s->snapshot->catalogs;
    for (size_t i = 0; i < shelflife_catalogs_product_count(set); i++) {
        char known[129];
        const char *const words[] = {known};
        snprintf(known, sizeof(known), "%.*s", STR_PRINT(shelflife_catalogs_product_at(set, i)->name));
        if (shelflife_nearest(shelflife_str_of(name), words, 1) == 0)
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                                  "there is no product \"%s\"; did you mean \"%s\"?", name, known);
    }
    return shelflife_fail(
        err, SHELFLIFE_ERROR_USAGE,
        "there is no product \"%s\"; \"shelflife catalog list CATALOG\" lists the products of a catalog",
        name);
}

static bool show_one(struct showing *s, const char *name, struct shelflife_json_writer *w, bool *first,
                     error *err)
{
    const struct shelflife_catalogs *set = s->snapshot->catalogs;
    bool found = false;
    for (size_t i = 0; i < shelflife_catalogs_product_count(set); i++) {
        const struct shelflife_product *product = shelflife_catalogs_product_at(set, i);
        if (!is_asked_for(product, shelflife_str_of(name)))
            continue;
        found = true;
        if (s->format != CLI_CATALOG_JSON)
            printf("%s", *first ? "" : "\n");
        if (!(s->format == CLI_CATALOG_JSON ? write_product(s, w, product, err)
                                            : print_product(s, product, err)))
            return false;
        *first = false;
    }
    if (!found)
        return fail_unknown(s, name, err);
    return !s->failed || shelflife_fail_memory(err);
}

static bool show_all(struct showing *s, const struct cli_list *names, error *err)
{
    buffer json CLEANUP(shelflife_buffer_free);
    struct shelflife_json_writer w;
    bool first = true;
    shelflife_buffer_init(&json, SIZE_MAX);
    shelflife_json_writer_init(&w, &json);
    shelflife_json_write_array(&w);
    for (size_t i = 0; i < names->count; i++)
        if (!show_one(s, names->at[i], &w, &first, err))
            return false;
    shelflife_json_write_end(&w);
    return s->format != CLI_CATALOG_JSON || shelflife_cli_print_json(&json, err);
}

static int show(struct showing *s, int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife catalog show",
        .arguments = "PRODUCT...",
        .about = "Draw the releases of products over time: how long each is patched, and how long it is\n"
                 "available. Then list the images that a product is found in: repositories, tags, mirrors,\n"
                 "and the parts of registries that the catalog covers. PRODUCT is the name of a product in\n"
                 "any catalog, or CATALOG/PRODUCT.",
        .examples =
            "  shelflife catalog show python\n"
            "  shelflife catalog show google-dlc/tensorflow --at 2024-01-01\n"
            "  shelflife catalog show -o json debian | jq '.[].rows[] | select(.phase == \"supported\")'",
        .min_arguments = 1,
        .max_arguments = -1};
    const struct cli_option options[] = {CLI_OPTIONS_LISTING(&s->judging), CLI_OPTION_FORMAT(&s->format)};
    struct cli_list names CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    error err;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &names, &code))
        return code;
    struct shelflife_sources_snapshot *loaded = shelflife_cli_load(&s->judging, &err);
    if (!loaded)
        return shelflife_cli_fail(&err);
    s->snapshot = shelflife_sources_snapshot_view(loaded);
    s->style = shelflife_cli_style();
    bool ok = show_all(s, &names, &err);
    free_documents(s);
    shelflife_sources_snapshot_release(loaded);
    return ok ? shelflife_cli_finish(CLI_EXIT_OK) : shelflife_cli_fail(&err);
}

int shelflife_cli_catalog_show(int argc, char **argv)
{
    struct showing s = {.judging = shelflife_cli_judging()};
    int code = show(&s, argc, argv);
    shelflife_cli_judging_free(&s.judging);
    return code;
}
