#include "cli/catalog_common.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "shelflife/json.h"

struct listing {
    struct cli_judging judging;
    size_t format;
    const struct shelflife_snapshot *snapshot;
    struct cli_list catalogs; /* names given as arguments */
};

/* Of a product or a catalog. */
struct summary {
    size_t releases, supported; /* rows */
    shelflife_day next;
    const char *what;
    const struct shelflife_row *row; /* whose date is next */
};

static void sum_row(struct summary *sum, const struct shelflife_row *row, shelflife_day at)
{
    const char *what = NULL;
    shelflife_day next = shelflife_cli_row_next(row, at, &what);
    enum shelflife_phase phase = shelflife_cli_row_phase(row, at, CLI_NOTICE);
    sum->releases++;
    sum->supported += phase == SHELFLIFE_PHASE_SUPPORTED || phase == SHELFLIFE_PHASE_ENDING;
    if (next != SHELFLIFE_DAY_NONE && (!sum->row || next < sum->next)) {
        sum->next = next;
        sum->what = what;
        sum->row = row;
    }
}

static struct summary sum_product(const struct listing *l, const struct shelflife_product *product)
{
    struct summary sum = {.next = SHELFLIFE_DAY_NONE};
    for (size_t i = 0; i < product->row_count; i++)
        sum_row(&sum, shelflife_catalogs_row_at(l->snapshot->catalogs, product->first_row + i),
                l->judging.at);
    return sum;
}

static struct summary sum_catalog(const struct listing *l, const struct shelflife_catalog *catalog)
{
    struct summary sum = {.next = SHELFLIFE_DAY_NONE};
    size_t count = shelflife_catalogs_row_count(l->snapshot->catalogs);
    for (size_t i = 0; i < count; i++) {
        const struct shelflife_row *row = shelflife_catalogs_row_at(l->snapshot->catalogs, i);
        if (row->product->catalog == catalog)
            sum_row(&sum, row, l->judging.at);
    }
    return sum;
}

/* ---- Table ---- */

static size_t greater(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void print_next(const struct summary *sum, bool with_product)
{
    char day[SHELFLIFE_DAY_TEXT_MAX];
    if (!sum->row) {
        printf("-\n");
        return;
    }
    printf("%s ", shelflife_day_format(sum->next, day));
    if (with_product) {
        shelflife_cli_print(sum->row->product->name);
        putchar(' ');
    }
    shelflife_cli_print(sum->row->release);
    printf("%s%s\n", sum->row->release.len ? " " : "", sum->what);
}

static void print_catalogs(const struct listing *l)
{
    const struct cli_style style = shelflife_cli_style();
    const struct shelflife_catalogs *set = l->snapshot->catalogs;
    size_t count = shelflife_catalogs_count(set), width = sizeof("CATALOG") - 1;
    for (size_t i = 0; i < count; i++)
        width = greater(width, shelflife_utf8_width(shelflife_catalogs_at(set, i)->name));
    printf("%s%-*s  AS OF       AGE    PRODUCTS  ROWS  NEXT%s\n", style.bold, (int)width, "CATALOG",
           style.plain);
    for (size_t i = 0; i < count; i++) {
        const struct shelflife_catalog *catalog = shelflife_catalogs_at(set, i);
        char day[SHELFLIFE_DAY_TEXT_MAX], age[16];
        bool stale = shelflife_sources_snapshot_is_stale(l->snapshot, catalog, l->judging.at);
        struct summary sum = sum_catalog(l, catalog);
        snprintf(age, sizeof(age), "%ldd%s", (long)l->judging.at - catalog->as_of, stale ? "!" : "");
        shelflife_cli_print_column(catalog->name, width);
        printf("  %s  %s%-5s%s  %8zu %5zu  ", shelflife_day_format(catalog->as_of, day),
               stale ? style.warn : "", age, stale ? style.plain : "", catalog->product_count,
               catalog->row_count);
        print_next(&sum, true);
    }
}

static void print_stale(const struct listing *l)
{
    const struct shelflife_catalogs *set = l->snapshot->catalogs;
    for (size_t i = 0; i < shelflife_catalogs_count(set); i++)
        if (shelflife_sources_snapshot_is_stale(l->snapshot, shelflife_catalogs_at(set, i), l->judging.at)) {
            printf("\n! stale: older than the %d days that the policy allows (maxAge)\n",
                   (int)shelflife_policy_max_age(l->snapshot->policy));
            return;
        }
}

static void print_products(const struct listing *l, const struct shelflife_catalog *catalog)
{
    const struct cli_style style = shelflife_cli_style();
    const struct shelflife_catalogs *set = l->snapshot->catalogs;
    size_t count = shelflife_catalogs_product_count(set), width = sizeof("PRODUCT") - 1;
    char day[SHELFLIFE_DAY_TEXT_MAX];
    for (size_t i = 0; i < count; i++)
        if (shelflife_catalogs_product_at(set, i)->catalog == catalog)
            width = greater(width, shelflife_utf8_width(shelflife_catalogs_product_at(set, i)->name));
    printf("%s", style.bold);
    shelflife_cli_print(catalog->title);
    printf("%s, as of %s, from ", style.plain, shelflife_day_format(catalog->as_of, day));
    shelflife_cli_print(catalog->origin);
    printf("\n%s%-*s  ROWS  SUPPORTED  NEXT%s\n", style.bold, (int)width, "PRODUCT", style.plain);
    for (size_t i = 0; i < count; i++) {
        const struct shelflife_product *product = shelflife_catalogs_product_at(set, i);
        if (product->catalog != catalog)
            continue;
        struct summary sum = sum_product(l, product);
        shelflife_cli_print_column(product->name, width);
        printf("  %4zu  %9zu  ", sum.releases, sum.supported);
        print_next(&sum, false);
    }
}

/* ---- JSON ---- */

static void write_next(struct shelflife_json_writer *w, const struct summary *sum)
{
    shelflife_json_write_key(w, STR("next"));
    if (!sum->row) {
        shelflife_json_write_null(w);
        return;
    }
    shelflife_json_write_map(w);
    shelflife_json_member_day(w, "date", sum->next);
    shelflife_json_member_nullable(w, "what", shelflife_str_of(sum->what));
    shelflife_json_member_nullable(w, "product", sum->row->product->name);
    shelflife_json_member_nullable(w, "release", sum->row->release);
    shelflife_json_write_end(w);
}

static void write_products(const struct listing *l, struct shelflife_json_writer *w,
                           const struct shelflife_catalog *catalog)
{
    const struct shelflife_catalogs *set = l->snapshot->catalogs;
    shelflife_json_member_array(w, "products");
    for (size_t i = 0; i < shelflife_catalogs_product_count(set); i++) {
        const struct shelflife_product *product = shelflife_catalogs_product_at(set, i);
        if (product->catalog != catalog)
            continue;
        struct summary sum = sum_product(l, product);
        shelflife_json_write_map(w);
        shelflife_json_member_nullable(w, "name", product->name);
        shelflife_json_member_nullable(w, "title", product->title);
        shelflife_json_member_count(w, "rows", sum.releases);
        shelflife_json_member_count(w, "supported", sum.supported);
        write_next(w, &sum);
        shelflife_json_write_end(w);
    }
    shelflife_json_write_end(w);
}

static void write_catalog(const struct listing *l, struct shelflife_json_writer *w,
                          const struct shelflife_catalog *catalog)
{
    struct summary sum = sum_catalog(l, catalog);
    shelflife_json_write_map(w);
    shelflife_json_member_nullable(w, "name", catalog->name);
    shelflife_json_member_nullable(w, "title", catalog->title);
    shelflife_json_member_nullable(w, "source", catalog->source);
    shelflife_json_member_nullable(w, "license", catalog->license);
    shelflife_json_member_nullable(w, "origin", catalog->origin);
    shelflife_json_member_day(w, "asOf", catalog->as_of);
    shelflife_json_member_integer(w, "serial", catalog->serial);
    shelflife_json_member_integer(w, "ageDays", (int64_t)l->judging.at - catalog->as_of);
    shelflife_json_member_bool(w, "stale",
                               shelflife_sources_snapshot_is_stale(l->snapshot, catalog, l->judging.at));
    shelflife_json_member_count(w, "rows", catalog->row_count);
    write_next(w, &sum);
    write_products(l, w, catalog);
    shelflife_json_write_end(w);
}

/* ---- The command ---- */

static bool is_asked_for(const struct listing *l, const struct shelflife_catalog *catalog)
{
    for (size_t i = 0; i < l->catalogs.count; i++)
        if (shelflife_str_equal(shelflife_str_of(l->catalogs.at[i]), catalog->name))
            return true;
    return false;
}

static bool check_names(const struct listing *l, error *err)
{
    const struct shelflife_catalogs *set = l->snapshot->catalogs;
    for (size_t i = 0; i < l->catalogs.count; i++) {
        bool known = false;
        for (size_t k = 0; !known && k < shelflife_catalogs_count(set); k++)
            known =
                shelflife_str_equal(shelflife_str_of(l->catalogs.at[i]), shelflife_catalogs_at(set, k)->name);
        if (!known)
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                                  "there is no catalog \"%s\"; \"shelflife catalog list\" lists all catalogs",
                                  l->catalogs.at[i]);
    }
    return true;
}

static bool print_all(const struct listing *l, error *err)
{
    const struct shelflife_catalogs *set = l->snapshot->catalogs;
    bool all = l->catalogs.count == 0, first = true;
    if (!check_names(l, err))
        return false;
    if (l->format == CLI_CATALOG_TABLE && all)
        print_catalogs(l);
    for (size_t i = 0; l->format == CLI_CATALOG_TABLE && i < shelflife_catalogs_count(set); i++)
        if (is_asked_for(l, shelflife_catalogs_at(set, i))) {
            printf("%s", first ? "" : "\n");
            print_products(l, shelflife_catalogs_at(set, i));
            first = false;
        }
    if (l->format == CLI_CATALOG_TABLE) {
        print_stale(l);
        return true;
    }
    buffer json CLEANUP(shelflife_buffer_free);
    struct shelflife_json_writer w;
    shelflife_buffer_init(&json, SIZE_MAX);
    shelflife_json_writer_init(&w, &json);
    shelflife_json_write_array(&w);
    for (size_t i = 0; i < shelflife_catalogs_count(set); i++)
        if (all || is_asked_for(l, shelflife_catalogs_at(set, i)))
            write_catalog(l, &w, shelflife_catalogs_at(set, i));
    shelflife_json_write_end(&w);
    return shelflife_cli_print_json(&json, err);
}

static int list(struct listing *l, int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife catalog list",
        .arguments = "[CATALOG]...",
        .about = "List the catalogs in use with their age, their size, and the next date on which the\n"
                 "phase of a release changes. With names of catalogs, list their products. \"!\" marks\n"
                 "catalogs that are older than the policy allows.",
        .examples = "  shelflife catalog list\n"
                    "  shelflife catalog list endoflife --at 2027-01-01\n"
                    "  shelflife catalog list -o json | jq '.[] | select(.stale) | .name'",
        .max_arguments = -1};
    const struct cli_option options[] = {CLI_OPTIONS_LISTING(&l->judging), CLI_OPTION_FORMAT(&l->format)};
    int code;
    error err;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &l->catalogs, &code))
        return code;
    struct shelflife_sources_snapshot *loaded = shelflife_cli_load(&l->judging, &err);
    if (!loaded)
        return shelflife_cli_fail(&err);
    l->snapshot = shelflife_sources_snapshot_view(loaded);
    bool ok = print_all(l, &err);
    shelflife_sources_snapshot_release(loaded);
    return ok ? shelflife_cli_finish(CLI_EXIT_OK) : shelflife_cli_fail(&err);
}

int shelflife_cli_catalog_list(int argc, char **argv)
{
    struct listing l = {.judging = shelflife_cli_judging()};
    int code = list(&l, argc, argv);
    shelflife_cli_list_free(&l.catalogs);
    shelflife_cli_judging_free(&l.judging);
    return code;
}
