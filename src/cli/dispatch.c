#include "cli/dispatch.h"

#include "base/nearest.h"
#include "cli/invoked.h"
#include "cli/output.h"
#include "cli/tables.h"

static void print_help(FILE *to, const struct cli_group *group)
{
    buffer text CLEANUP(shelflife_buffer_free), shown CLEANUP(shelflife_buffer_free);
    int width = 10;
    for (size_t i = 0; i < group->count; i++)
        width = (int)strlen(group->commands[i].name) > width ? (int)strlen(group->commands[i].name) : width;
    shelflife_buffer_init(&text, SIZE_MAX);
    shelflife_buffer_init(&shown, SIZE_MAX);
    shelflife_buffer_format(&text, "usage: %s %s\n\n%s\n\n%s:\n", group->program,
                            group->argument ? group->argument : "COMMAND [OPTION]... [ARGUMENT]...",
                            group->about, group->heading ? group->heading : "commands");
    for (size_t i = 0; i < group->count; i++)
        if (group->commands[i].summary)
            shelflife_buffer_format(&text, "  %-*s %s\n", width, group->commands[i].name,
                                    group->commands[i].summary);
    if (!group->argument)
        shelflife_buffer_format(&text, "\nUse \"%s COMMAND --help\" for the options of a command.\n",
                                group->program);
    shelflife_cli_invoked_text(shelflife_buffer_str(&text), &shown);
    fprintf(to, "%.*s", STR_PRINT(shelflife_buffer_str(&shown)));
}

static const struct cli_command *find(str name, const struct cli_command *commands, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (shelflife_str_equal(name, shelflife_str_of(commands[i].name)))
            return &commands[i];
    return NULL;
}

static int fail_unknown(const struct cli_group *group, const char *name)
{
    const char *names[16];
    size_t known = 0;
    for (size_t i = 0; i < group->count && known < COUNT(names); i++)
        if (group->commands[i].summary)
            names[known++] = group->commands[i].name;
    size_t nearest = shelflife_nearest(shelflife_str_of(name), names, known);
    shelflife_cli_message("unknown command \"%s\" for \"%s\"", name, group->program);
    if (nearest < known)
        shelflife_cli_message("did you mean \"%s %s\"? See \"%s --help\"", group->program, names[nearest],
                              group->program);
    else
        shelflife_cli_message("see \"%s --help\"", group->program);
    return CLI_EXIT_USAGE;
}

static int run(const struct cli_group *group, int argc, char **argv)
{
    const struct cli_command *command = find(shelflife_str_of(argv[0]), group->commands, group->count);
    return command ? command->run(argc, argv) : fail_unknown(group, argv[0]);
}

/* Passes on its table, and those of its commands. */
static int show_tables(const struct cli_table_reader *reader, const struct cli_group *group)
{
    reader->group(reader->context, group);
    for (size_t i = 0; i < group->count; i++) {
        char name[64];
        char *argv[] = {name, NULL};
        snprintf(name, sizeof(name), "%s", group->commands[i].name);
        if (group->commands[i].summary)
            group->commands[i].run(1, argv);
    }
    return CLI_EXIT_OK;
}

int shelflife_cli_dispatch(const char *program, const char *about, const struct cli_command *commands,
                           size_t count, int argc, char **argv)
{
    const struct cli_group group = {.program = program, .about = about, .commands = commands, .count = count};
    return shelflife_cli_dispatch_group(&group, argc, argv);
}

int shelflife_cli_dispatch_group(const struct cli_group *group, int argc, char **argv)
{
    static char help_option[] = "--help", version[] = "version";
    const struct cli_table_reader *reader = shelflife_cli_tables_reader();
    if (reader)
        return show_tables(reader, group);
    str name = shelflife_str_of(argc > 1 ? argv[1] : NULL);
    if (!name.len) {
        print_help(stderr, group);
        return CLI_EXIT_USAGE;
    }
    bool help = shelflife_str_equal(name, STR("help"));
    if (help && argc > 2) { /* "help catalog list" is "catalog list --help" */
        memmove(argv + 1, argv + 2, (size_t)(argc - 2) * sizeof(*argv));
        argv[argc - 1] = help_option;
    } else if (help || shelflife_str_equal(name, STR("--help")) || shelflife_str_equal(name, STR("-h"))) {
        print_help(stdout, group);
        return shelflife_cli_finish(CLI_EXIT_OK);
    } else if (shelflife_str_equal(name, STR("--version")) || shelflife_str_equal(name, STR("-V"))) {
        argv[1] = version;
    }
    return run(group, argc - 1, argv + 1);
}
