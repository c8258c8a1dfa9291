#include "cli/commands.h"
#include "cli/inventory_common.h"
#include "cli/judging.h"
#include "cli/output.h"
#include "report/internal.h"
#include "shelflife/json.h"
#include "shelflife/version.h"
#include "sources/inventory.h"

/*
 * What an inventory says, for other programs. CLE (ECMA-428) is not among the formats: it describes the
 * lifecycle of one component by events (released, end of support), and an inventory has no lifecycle, only
 * which images there are and what is in them. The lifecycles are the catalogs'.
 */

enum { ROW_MAX_BYTES = 64 << 20, ARENA_MAX_BYTES = 16 << 20 };

enum format { FORMAT_CSV, FORMAT_CYCLONEDX };
static const char *const formats[] = {"csv", "cyclonedx", NULL};

struct exporting {
    const struct shelflife_inventory *inventory;
    const struct shelflife_snapshot *snapshot;
    buffer out, scratch;
    arena arena;
    error *err;
};

static bool flush(struct exporting *x)
{
    if (x->out.failed || x->scratch.failed)
        return shelflife_fail_memory(x->err);
    shelflife_cli_write(shelflife_buffer_str(&x->out));
    shelflife_buffer_reset(&x->out);
    return true;
}

/* What the catalogs find in an image, by its evidence and by a reference. */
static bool resolve(struct exporting *x, const struct shelflife_inventory_entry *entry,
                    const struct shelflife_inventory_reference *seen, struct shelflife_resolution *out)
{
    size_t slash = shelflife_str_find(seen->name, '/');
    struct shelflife_reference reference = {.normalized = seen->name,
                                            .name = seen->name,
                                            .registry = shelflife_str_first(seen->name, slash),
                                            .repository = shelflife_str_after(seen->name, slash + 1),
                                            .tag = seen->tag,
                                            .digest = shelflife_str_of(entry->digest)};
    str name;
    shelflife_arena_reset(&x->arena);
    return shelflife_policy_map(x->snapshot->policy, reference.name, &x->arena, &name, x->err) &&
           shelflife_catalogs_resolve(x->snapshot->catalogs, name, &reference, &entry->evidence, &x->arena,
                                      out, x->err);
}

/* Whether a match says which release it is. */
static bool is_known(const struct shelflife_match *match)
{
    return match->kind != SHELFLIFE_MATCH_SEVERAL;
}

/* ---- CSV ---- */

/* A line: of a reference of an image. */
struct line {
    const struct shelflife_inventory_entry *entry;
    const struct shelflife_inventory_reference *reference;
    const struct shelflife_resolution *resolution;
};

static void put_day(shelflife_day day, buffer *out)
{
    char text[SHELFLIFE_DAY_TEXT_MAX];
    shelflife_buffer_append(out, shelflife_str_of(shelflife_day_format(day, text)));
}

static void put_image(const struct line *line, buffer *out)
{
    shelflife_cli_put_reference(line->reference, out);
}

static void put_digest(const struct line *line, buffer *out)
{
    shelflife_buffer_append(out, shelflife_str_of(line->entry->digest));
}

static void put_manifest(const struct line *line, buffer *out)
{
    shelflife_buffer_append(out, shelflife_str_of(line->entry->manifest));
}

static void put_platform(const struct line *line, buffer *out)
{
    shelflife_buffer_append(out, line->entry->platform);
}

static void put_inspected(const struct line *line, buffer *out)
{
    put_day(line->entry->inspected, out);
}

static void put_last_seen(const struct line *line, buffer *out)
{
    put_day(line->reference->last_seen, out);
}

static void put_releases(const struct line *line, buffer *out)
{
    bool first = true;
    for (size_t i = 0; i < line->resolution->match_count; i++) {
        const struct shelflife_match *match = &line->resolution->matches[i];
        if (!is_known(match))
            continue;
        shelflife_buffer_append(out, first ? STR("") : STR("; "));
        shelflife_buffer_append(out, match->row->product->name);
        shelflife_buffer_append(out, match->release.len ? STR(" ") : STR(""));
        shelflife_buffer_append(out, match->release);
        first = false;
    }
}

static void put_base(const struct line *line, buffer *out)
{
    shelflife_buffer_append(out, line->entry->base_name);
}

static void put_base_digest(const struct line *line, buffer *out)
{
    shelflife_buffer_append(out, line->entry->base_digest);
}

static void put_snapshot(const struct line *line, buffer *out)
{
    put_day(line->entry->snapshot, out);
}

static void put_outdated(const struct line *line, buffer *out)
{
    shelflife_buffer_append(out, line->entry->outdated ? STR("true") : STR("false"));
}

static void put_evidence(const struct line *line, buffer *out)
{
    shelflife_cli_put_evidence_list(&line->entry->evidence, "; ", out);
}

static const struct {
    const char *name;
    void (*put)(const struct line *line, buffer *out);
} columns[] = {
    {"image", put_image},       {"digest", put_digest},       {"manifest", put_manifest},
    {"platform", put_platform}, {"inspected", put_inspected}, {"lastSeen", put_last_seen},
    {"releases", put_releases}, {"base", put_base},           {"baseDigest", put_base_digest},
    {"snapshot", put_snapshot}, {"outdated", put_outdated},   {"evidence", put_evidence},
};

static bool write_line(struct exporting *x, const struct shelflife_inventory_entry *entry,
                       const struct shelflife_inventory_reference *reference)
{
    struct shelflife_resolution resolution;
    const struct line line = {entry, reference, &resolution};
    if (!resolve(x, entry, reference, &resolution))
        return false;
    for (size_t i = 0; i < COUNT(columns); i++) {
        shelflife_buffer_reset(&x->scratch);
        columns[i].put(&line, &x->scratch);
        shelflife_buffer_append(&x->out, i ? STR(",") : STR(""));
        shelflife_report_escape_csv(shelflife_buffer_str(&x->scratch), &x->out);
    }
    shelflife_buffer_append(&x->out, STR("\r\n"));
    return flush(x);
}

static bool export_csv(struct exporting *x)
{
    for (size_t i = 0; i < COUNT(columns); i++)
        shelflife_buffer_format(&x->out, "%s%s", i ? "," : "", columns[i].name);
    shelflife_buffer_append(&x->out, STR("\r\n"));
    for (size_t i = 0; i < shelflife_inventory_count(x->inventory); i++) {
        struct shelflife_inventory_entry entry;
        struct shelflife_inventory_reference reference = {.last_seen = SHELFLIFE_DAY_NONE};
        size_t count = shelflife_inventory_reference_count(x->inventory, i);
        shelflife_inventory_at(x->inventory, i, &entry);
        if (count == 0 && !write_line(x, &entry, &reference))
            return false;
        for (size_t k = 0; k < count; k++) {
            shelflife_inventory_reference_at(x->inventory, i, k, &reference);
            if (!write_line(x, &entry, &reference))
                return false;
        }
    }
    return flush(x);
}

/* ---- CycloneDX 1.5 ---- */

/* As package-url/purl-spec has it for the type oci: pkg:oci/NAME@DIGEST?arch=…&repository_url=…&tag=… */
static void put_purl(const struct shelflife_inventory_entry *entry,
                     const struct shelflife_inventory_reference *reference, buffer *out)
{
    str digest = shelflife_str_of(entry->digest);
    size_t slash = shelflife_str_find_last(reference->name, '/'), colon = shelflife_str_find(digest, ':');
    str arch = shelflife_str_after(entry->platform, shelflife_str_find(entry->platform, '/') + 1);
    arch = shelflife_str_first(arch, shelflife_str_find(arch, '/'));
    shelflife_buffer_append(out, STR("pkg:oci/"));
    shelflife_buffer_append(out, shelflife_str_after(reference->name, slash + 1));
    shelflife_buffer_format(out, "@%.*s%%3A%s?", (int)colon, digest.at, digest.at + colon + 1);
    if (shelflife_str_find(entry->platform, '/') != SIZE_MAX)
        shelflife_buffer_format(out, "arch=%.*s&", STR_PRINT(arch));
    shelflife_buffer_format(out, "repository_url=%.*s", STR_PRINT(reference->name));
    if (reference->tag.len)
        shelflife_buffer_format(out, "&tag=%.*s", STR_PRINT(reference->tag));
}

static void write_property(struct shelflife_json_writer *w, const char *name, str value)
{
    if (value.len == 0)
        return;
    shelflife_json_write_map(w);
    shelflife_json_member_text(w, "name", name);
    shelflife_json_member_string(w, "value", value);
    shelflife_json_write_end(w);
}

static void write_day_property(struct shelflife_json_writer *w, const char *name, shelflife_day day)
{
    char text[SHELFLIFE_DAY_TEXT_MAX];
    write_property(w, name, shelflife_str_of(shelflife_day_format(day, text)));
}

static void write_properties(struct exporting *x, size_t i, const struct shelflife_inventory_entry *entry,
                             struct shelflife_json_writer *w)
{
    shelflife_json_member_array(w, "properties");
    write_property(w, "shelflife:manifest", shelflife_str_of(entry->manifest));
    write_property(w, "shelflife:platform", entry->platform);
    write_day_property(w, "shelflife:inspected", entry->inspected);
    write_day_property(w, "shelflife:lastSeen", entry->last_seen);
    for (size_t k = 0; k < shelflife_inventory_reference_count(x->inventory, i); k++) {
        struct shelflife_inventory_reference reference;
        shelflife_inventory_reference_at(x->inventory, i, k, &reference);
        shelflife_buffer_reset(&x->scratch);
        shelflife_cli_put_reference(&reference, &x->scratch);
        write_property(w, "shelflife:reference", shelflife_buffer_str(&x->scratch));
    }
    for (size_t k = 0; k < entry->evidence.count; k++) {
        const struct shelflife_evidence *piece = &entry->evidence.at[k];
        shelflife_buffer_reset(&x->scratch);
        shelflife_buffer_format(&x->scratch, "shelflife:evidence:%s",
                                shelflife_evidence_kind_names[piece->kind]);
        if (piece->name.len) {
            shelflife_buffer_byte(&x->scratch, ':');
            shelflife_buffer_append(&x->scratch, piece->name);
        }
        shelflife_json_write_map(w);
        shelflife_json_member_string(w, "name", shelflife_buffer_str(&x->scratch));
        shelflife_json_member_string(w, "value", piece->value);
        shelflife_json_write_end(w);
    }
    write_property(w, "shelflife:base:name", entry->base_name);
    write_property(w, "shelflife:base:digest", entry->base_digest);
    write_day_property(w, "shelflife:snapshot", entry->snapshot);
    write_property(w, "shelflife:outdated", entry->outdated ? STR("true") : STR(""));
    shelflife_json_write_end(w);
}

/* A release that a catalog finds in the image. */
static void write_release(struct exporting *x, const struct shelflife_inventory_entry *entry, size_t number,
                          const struct shelflife_match *match, struct shelflife_json_writer *w)
{
    const struct shelflife_product *product = match->row->product;
    shelflife_buffer_reset(&x->scratch);
    shelflife_buffer_format(&x->scratch, "%s#%zu", entry->digest, number);
    shelflife_json_write_map(w);
    shelflife_json_member_text(w, "type", match->base ? "platform" : "application");
    shelflife_json_member_string(w, "bom-ref", shelflife_buffer_str(&x->scratch));
    shelflife_json_member_string(w, "name", product->name);
    shelflife_json_member_optional(w, "version", match->release);
    shelflife_json_member_optional(w, "description", product->title);
    shelflife_json_member_array(w, "properties");
    write_property(w, "shelflife:catalog", product->catalog->name);
    write_day_property(w, "shelflife:endOfPatch", match->end_of_patch);
    write_day_property(w, "shelflife:endOfAvailability", match->end_of_availability);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
}

static bool write_component(struct exporting *x, size_t i, struct shelflife_json_writer *w)
{
    struct shelflife_inventory_entry entry;
    struct shelflife_inventory_reference reference = {0};
    struct shelflife_resolution found;
    shelflife_inventory_at(x->inventory, i, &entry);
    if (shelflife_inventory_reference_count(x->inventory, i))
        shelflife_inventory_reference_at(x->inventory, i, 0, &reference);
    if (!resolve(x, &entry, &reference, &found))
        return false;
    str digest = shelflife_str_of(entry.digest);
    size_t colon = shelflife_str_find(digest, ':');
    shelflife_json_write_map(w);
    shelflife_json_member_text(w, "type", "container");
    shelflife_json_member_string(w, "bom-ref", digest);
    shelflife_json_member_string(w, "name", reference.name.len ? reference.name : digest);
    shelflife_json_member_string(w, "version", reference.tag.len ? reference.tag : digest);
    if (reference.name.len) {
        shelflife_buffer_reset(&x->scratch);
        put_purl(&entry, &reference, &x->scratch);
        shelflife_json_member_string(w, "purl", shelflife_buffer_str(&x->scratch));
    }
    shelflife_json_member_array(w, "hashes");
    shelflife_json_write_map(w);
    shelflife_json_member_text(w, "alg",
                               digest.at[3] == '2'   ? "SHA-256"
                               : digest.at[3] == '3' ? "SHA-384"
                                                     : "SHA-512");
    shelflife_json_member_string(w, "content", shelflife_str_after(digest, colon + 1));
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
    write_properties(x, i, &entry, w);
    shelflife_json_member_array(w, "components");
    for (size_t k = 0; k < found.match_count; k++)
        if (is_known(&found.matches[k]))
            write_release(x, &entry, k, &found.matches[k], w);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
    return true;
}

static void write_metadata(const struct exporting *x, struct shelflife_json_writer *w)
{
    char day[SHELFLIFE_DAY_TEXT_MAX], time[sizeof("2026-11-20T00:00:00Z")];
    shelflife_day as_of = shelflife_inventory_as_of(x->inventory);
    shelflife_json_member_map(w, "metadata");
    if (as_of != SHELFLIFE_DAY_NONE) {
        snprintf(time, sizeof(time), "%sT00:00:00Z", shelflife_day_format(as_of, day));
        shelflife_json_member_text(w, "timestamp", time);
    }
    shelflife_json_member_map(w, "tools");
    shelflife_json_member_array(w, "components");
    shelflife_json_write_map(w);
    shelflife_json_member_text(w, "type", "application");
    shelflife_json_member_text(w, "name", "shelflife");
    shelflife_json_member_text(w, "version", SHELFLIFE_VERSION);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
    shelflife_json_write_end(w);
}

static bool export_cyclonedx(struct exporting *x)
{
    struct shelflife_json_writer w;
    shelflife_json_writer_init(&w, &x->out);
    shelflife_json_write_map(&w);
    shelflife_json_member_text(&w, "bomFormat", "CycloneDX");
    shelflife_json_member_text(&w, "specVersion", "1.5");
    shelflife_json_member_integer(&w, "version", 1);
    write_metadata(x, &w);
    shelflife_json_member_array(&w, "components");
    for (size_t i = 0; i < shelflife_inventory_count(x->inventory); i++)
        if (!write_component(x, i, &w) || !flush(x))
            return false;
    shelflife_json_write_end(&w);
    shelflife_json_write_end(&w);
    shelflife_buffer_byte(&x->out, '\n');
    return flush(x);
}

/* ---- The command ---- */

static bool export(const struct shelflife_inventory *inventory, const struct shelflife_snapshot *snapshot,
                   size_t format, error *err)
{
    struct exporting x = {.inventory = inventory, .snapshot = snapshot, .err = err};
    shelflife_buffer_init(&x.out, ROW_MAX_BYTES);
    shelflife_buffer_init(&x.scratch, ROW_MAX_BYTES);
    shelflife_arena_init(&x.arena, ARENA_MAX_BYTES);
    bool ok = format == FORMAT_CSV ? export_csv(&x) : export_cyclonedx(&x);
    shelflife_arena_free(&x.arena);
    shelflife_buffer_free(&x.scratch);
    shelflife_buffer_free(&x.out);
    return ok;
}

static int load_and_export(const struct cli_judging *judging, const struct cli_list *files, size_t format)
{
    error err;
    bool ok = false;
    struct shelflife_sources_snapshot *snapshot = shelflife_cli_load(judging, &err);
    struct shelflife_sources_inventory *inventory =
        snapshot ? shelflife_sources_inventory_load(files->at, files->count, NULL, &err) : NULL;
    if (inventory)
        ok = export(inventory->content, shelflife_sources_snapshot_view(snapshot), format, &err);
    shelflife_sources_release(inventory);
    shelflife_sources_snapshot_release(snapshot);
    return ok ? shelflife_cli_finish(CLI_EXIT_OK) : shelflife_cli_fail(&err);
}

int shelflife_cli_inventory_export(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife inventory export",
        .arguments = "FILE|DIR...",
        .about = "Export inventories for other programs, with the releases that the catalogs find in each\n"
                 "image: as CSV, with a line for each reference of an image, or as CycloneDX 1.5, with a\n"
                 "component for each image.",
        .examples = "  shelflife inventory export inventory.json.gz > images.csv\n"
                    "  shelflife inventory export --format cyclonedx inventory.json.gz > bom.json",
        .min_arguments = 1,
        .max_arguments = -1};
    size_t format = FORMAT_CSV;
    struct cli_judging judging = shelflife_cli_judging();
    struct cli_list files CLEANUP(shelflife_cli_list_free) = {0};
    const struct cli_option options[] = {
        {.name = "format",
         .type = CLI_WORD,
         .argument = "FORMAT",
         .target = &format,
         .words = formats,
         .help = "output format: csv (the default) or cyclonedx"},
        CLI_OPTIONS_SOURCES(&judging.policy, &judging.catalogs, &judging.no_embedded),
        CLI_OPTIONS_REMOTE(&judging.remote, &judging.min_serials),
        CLI_OPTIONS_REGISTRY_ACCESS(&judging.registry)};
    int code;
    if (shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &files, &code))
        code = load_and_export(&judging, &files, format);
    shelflife_cli_judging_free(&judging);
    return code;
}
