#include "cli/commands.h"
#include "cli/options.h"
#include "cli/output.h"
#include "file/file.h"
#include "inspection/parts.h"
#include "sources/inventory.h"

enum { FILE_MAX_BYTES = 1 << 30 };

static bool to_standard_output(UNUSED void *context, str bytes, UNUSED error *err)
{
    shelflife_cli_write(bytes);
    return true;
}

static bool write_merged(const struct shelflife_inventory *inventory, const char *output, error *err)
{
    static const struct shelflife_inventory_file whole;
    buffer bytes CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&bytes, FILE_MAX_BYTES);
    if (!output)
        return shelflife_inventory_write(inventory, &whole, to_standard_output, NULL, err);
    bool compressed = shelflife_str_ends(shelflife_str_of(output), STR(".gz"));
    return shelflife_inspection_write_file(inventory, 0, compressed, &bytes, err) &&
           shelflife_file_replace(output, shelflife_buffer_str(&bytes), SHELFLIFE_FILE_NORMAL, err);
}

int shelflife_cli_inventory_merge(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife inventory merge",
        .arguments = "FILE|DIR...",
        .about = "Make one inventory of several, for example of several clusters. Of two inspections of\n"
                 "an image, the later one counts; all references are kept. A directory is one inventory:\n"
                 "of the parts in it, the newest complete edition counts.",
        .examples = "  shelflife inventory merge one.json.gz two.json.gz > both.json\n"
                    "  shelflife inventory merge -o both.json.gz one.json.gz two.json.gz",
        .min_arguments = 1,
        .max_arguments = -1};
    const char *output = NULL;
    struct cli_list files CLEANUP(shelflife_cli_list_free) = {0};
    const struct cli_option options[] = {
        {.name = "output",
         .letter = 'o',
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &output,
         .help = "write to this file, compressed if its name ends in .gz, instead of\n"
                 "standard output"}};
    int code;
    error err;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &files, &code))
        return code;
    struct shelflife_sources_inventory *merged =
        shelflife_sources_inventory_load(files.at, files.count, NULL, &err);
    bool ok = merged && write_merged(merged->content, output, &err);
    shelflife_sources_release(merged);
    return ok ? shelflife_cli_finish(CLI_EXIT_OK) : shelflife_cli_fail(&err);
}
