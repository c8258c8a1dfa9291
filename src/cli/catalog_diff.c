#include <unistd.h>

#include "cli/catalog_common.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "feeds/changelog.h"
#include "file/file.h"
#include "shelflife/json.h"

enum { MEMORY_MAX = 16 << 20, IMAGES_MAX = 64 << 20 };
enum { FORMAT_TABLE = CLI_CATALOG_TABLE, FORMAT_JSON = CLI_CATALOG_JSON, FORMAT_MARKDOWN };
enum { FAIL_ON_PHASE, FAIL_ON_CHANGE, FAIL_ON_NEVER };

struct comparing {
    struct cli_judging judging;
    size_t format, fail_on;
    const char *images;
    struct side {
        const char *name; /* file, or a built-in catalog */
        buffer bytes;
        struct shelflife_catalogs *set; /* the catalogs in use with this one */
    } old, new;
    const struct shelflife_snapshot *snapshot;
    struct shelflife_feeds_differences differences;
    buffer list; /* of images */
    buffer json;
    struct shelflife_json_writer w;
    arena arena;
    size_t changed; /* images whose phase changes */
};

/* ---- The two catalogs ---- */

/* A side is the name of a catalog in use, or a file. */
static bool read_side(const struct comparing *c, struct side *side, error *err)
{
    const struct shelflife_catalogs *set = c->snapshot->catalogs;
    for (size_t i = 0; i < shelflife_catalogs_count(set); i++)
        if (shelflife_str_equal(shelflife_catalogs_at(set, i)->name, shelflife_str_of(side->name))) {
            shelflife_buffer_append(&side->bytes, shelflife_catalogs_bytes_at(set, i));
            return !side->bytes.failed || shelflife_fail_memory(err);
        }
    if (shelflife_file_read_input(side->name, &side->bytes, err))
        return true;
    bool is_file = strpbrk(side->name, "/.") || strcmp(side->name, "-") == 0 || access(side->name, F_OK) == 0;
    return is_file ? false : shelflife_error_prefix(err, "no catalog in use has this name");
}

/* The catalogs in use, with the catalog of the side in place of the one of the same name. */
static bool build_side(const struct comparing *c, struct side *side, error *err)
{
    const struct shelflife_catalogs *others = c->snapshot->catalogs;
    side->set = shelflife_catalogs_new();
    if (!side->set)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < shelflife_catalogs_count(others); i++)
        if (!shelflife_catalogs_add(side->set, shelflife_catalogs_bytes_at(others, i), "the catalogs in use",
                                    err))
            return false;
    return shelflife_catalogs_add(side->set, shelflife_buffer_str(&side->bytes), side->name, err) &&
           shelflife_catalogs_finish(side->set, err);
}

/* ---- Differences ---- */

static void print_differences(struct comparing *c)
{
    shelflife_json_member_array(&c->w, "changes");
    for (size_t i = 0; i < c->differences.count; i++) {
        const struct shelflife_feeds_difference *d = &c->differences.at[i];
        if (c->format == FORMAT_TABLE) {
            shelflife_cli_print_difference(d);
            continue;
        }
        shelflife_json_write_map(&c->w);
        shelflife_json_member_nullable(&c->w, "product", d->product);
        shelflife_json_member_nullable(&c->w, "release", d->release);
        shelflife_json_member_nullable(&c->w, "key", d->key);
        shelflife_json_member_nullable(&c->w, "before", d->before);
        shelflife_json_member_nullable(&c->w, "after", d->after);
        shelflife_json_write_end(&c->w);
    }
    shelflife_json_write_end(&c->w);
}

static bool print_changelog(const struct comparing *c, error *err)
{
    buffer entry CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&entry, SIZE_MAX);
    if (!shelflife_feeds_changelog_write(shelflife_buffer_str(&c->new.bytes), c->new.name, &c->differences,
                                         &entry, err))
        return false;
    shelflife_cli_write(shelflife_buffer_str(&entry));
    return true;
}

/* ---- Images ---- */

static bool judge(struct comparing *c, const struct side *side, str image, struct shelflife_verdict *verdict,
                  error *err)
{
    return shelflife_policy_judge(c->snapshot->policy, side->set, NULL, image, (str){0}, c->judging.at,
                                  &c->arena, verdict, err);
}

static void print_image(struct comparing *c, str image, const struct shelflife_verdict *old,
                        const struct shelflife_verdict *new)
{
    const struct cli_style style = shelflife_cli_style();
    const char *before = shelflife_phase_name(old->phase), *after = shelflife_phase_name(new->phase);
    if (c->format == FORMAT_MARKDOWN) {
        printf("- `");
        shelflife_cli_print(image);
        printf("`: %s -> %s\n", before, after);
        return;
    }
    if (c->format == FORMAT_TABLE) {
        const char *colour = shelflife_cli_phase_style(&style, new->phase);
        shelflife_cli_print(image);
        printf(": %s -> %s%s%s (%s -> %s)\n", before, colour, after, style.plain,
               shelflife_action_name(old->action), shelflife_action_name(new->action));
        return;
    }
    shelflife_json_write_map(&c->w);
    shelflife_json_member_nullable(&c->w, "image", image);
    shelflife_json_member_nullable(&c->w, "before", shelflife_str_of(before));
    shelflife_json_member_nullable(&c->w, "after", shelflife_str_of(after));
    shelflife_json_member_text(&c->w, "actionBefore", shelflife_action_name(old->action));
    shelflife_json_member_text(&c->w, "actionAfter", shelflife_action_name(new->action));
    shelflife_json_write_end(&c->w);
}

static bool compare_image(struct comparing *c, str image, error *err)
{
    struct shelflife_verdict old, new;
    shelflife_arena_reset(&c->arena);
    if (!judge(c, &c->old, image, &old, err) || !judge(c, &c->new, image, &new, err))
        return false;
    if (old.phase == new.phase)
        return true;
    c->changed++;
    print_image(c, image, &old, &new);
    return true;
}

static str trim(str line)
{
    while (line.len && (line.at[0] == ' ' || line.at[0] == '\t'))
        line = shelflife_str_after(line, 1);
    while (line.len &&
           (line.at[line.len - 1] == ' ' || line.at[line.len - 1] == '\t' || line.at[line.len - 1] == '\r'))
        line.len--;
    return line;
}

/* One reference per line; skips blank lines and comments ("#"). */
static bool compare_images(struct comparing *c, error *err)
{
    str rest = shelflife_buffer_str(&c->list);
    shelflife_json_member_array(&c->w, "images");
    while (rest.len) {
        str line = trim(shelflife_str_line(&rest));
        if (line.len && line.at[0] != '#' && !compare_image(c, line, err))
            return false;
    }
    shelflife_json_write_end(&c->w);
    return true;
}

/* ---- The command ---- */

static bool compare(struct comparing *c, error *err)
{
    if (!read_side(c, &c->old, err) || !read_side(c, &c->new, err) || !build_side(c, &c->old, err) ||
        !build_side(c, &c->new, err) || (c->images && !shelflife_file_read_input(c->images, &c->list, err)))
        return false;
    if (!shelflife_feeds_diff(shelflife_buffer_str(&c->old.bytes), c->old.name,
                              shelflife_buffer_str(&c->new.bytes), c->new.name, &c->differences, err))
        return false;
    shelflife_json_write_map(&c->w);
    if (c->format != FORMAT_MARKDOWN)
        print_differences(c);
    else if (!print_changelog(c, err))
        return false;
    if (!compare_images(c, err))
        return false;
    shelflife_json_write_end(&c->w);
    return c->format != FORMAT_JSON || shelflife_cli_print_json(&c->json, err);
}

static int compare_loaded(struct comparing *c)
{
    error err;
    struct shelflife_sources_snapshot *loaded = shelflife_cli_load(&c->judging, &err);
    if (!loaded)
        return shelflife_cli_fail(&err);
    c->snapshot = shelflife_sources_snapshot_view(loaded);
    bool ok = compare(c, &err);
    shelflife_sources_snapshot_release(loaded);
    if (!ok)
        return shelflife_cli_fail(&err);
    bool found = (c->fail_on == FAIL_ON_PHASE && c->changed) ||
                 (c->fail_on == FAIL_ON_CHANGE && (c->differences.count || c->changed));
    return shelflife_cli_finish(found ? CLI_EXIT_FINDINGS : CLI_EXIT_OK);
}

static int diff(struct comparing *c, int argc, char **argv)
{
    static const char *const formats[] = {"table", "json", "markdown", NULL};
    static const char *const fail_on_words[] = {"phase", "change", "never", NULL};
    static const struct cli_usage usage = {
        .program = "shelflife catalog diff",
        .arguments = "OLD NEW",
        .about = "Show the differences between two catalogs: added, removed and changed products and rows.\n"
                 "With --images, also show the images whose phase would change. OLD and NEW are catalog\n"
                 "files, or names of catalogs in use, like \"endoflife\". A file can also be - (standard\n"
                 "input) or a pipe, such as <(COMMAND).",
        .examples =
            "  shelflife catalog diff endoflife new.json\n"
            "  shelflife catalog diff -o markdown old.json new.json\n"
            "  kubectl get pods -A -o jsonpath='{.items[*].spec.containers[*].image}' | tr ' ' '\\n' |\n"
            "      shelflife catalog diff endoflife new.json --images - --fail-on phase",
        .min_arguments = 2,
        .max_arguments = 2};
    const struct cli_option options[] = {
        {.name = "images",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &c->images,
         .help = "show which of the images in this file change phase; one image per\n"
                 "line, - is standard input"},
        CLI_OPTIONS_LISTING(&c->judging),
        {.name = "output",
         .letter = 'o',
         .type = CLI_WORD,
         .argument = "FORMAT",
         .target = &c->format,
         .words = formats,
         .help = "output format: table (the default), json or markdown, an entry for\n"
                 "a changelog, in which newest patches are only counted"},
        {.name = "fail-on",
         .type = CLI_WORD,
         .argument = "WHAT",
         .target = &c->fail_on,
         .words = fail_on_words,
         .help = "exit with 1 if an image changes phase (phase), or if anything\n"
                 "changes (change); the default is never"},
    };
    struct cli_list sides CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &sides, &code))
        return code;
    c->old.name = sides.at[0];
    c->new.name = sides.at[1];
    return compare_loaded(c);
}

static void free_side(struct side *side)
{
    shelflife_buffer_free(&side->bytes);
    shelflife_catalogs_free(side->set);
}

int shelflife_cli_catalog_diff(int argc, char **argv)
{
    struct comparing c = {.judging = shelflife_cli_judging(), .fail_on = FAIL_ON_NEVER};
    shelflife_buffer_init(&c.old.bytes, SIZE_MAX);
    shelflife_buffer_init(&c.new.bytes, SIZE_MAX);
    shelflife_buffer_init(&c.list, IMAGES_MAX);
    shelflife_buffer_init(&c.json, SIZE_MAX);
    shelflife_json_writer_init(&c.w, &c.json);
    shelflife_arena_init(&c.arena, MEMORY_MAX);
    shelflife_feeds_differences_init(&c.differences);
    int code = diff(&c, argc, argv);
    shelflife_feeds_differences_free(&c.differences);
    shelflife_arena_free(&c.arena);
    shelflife_buffer_free(&c.json);
    shelflife_buffer_free(&c.list);
    free_side(&c.old);
    free_side(&c.new);
    shelflife_cli_judging_free(&c.judging);
    return code;
}
