#include "cli/dispatch.h"

#include "base/nearest.h"
#include "cli/output.h"

static void print_help(FILE *to, const char *program, const char *about, const struct cli_command *commands,
                       size_t count)
{
    fprintf(to, "usage: %s COMMAND [OPTION]... [ARGUMENT]...\n\n%s\n\ncommands:\n", program, about);
    int width = 10;
    for (size_t i = 0; i < count; i++)
        width = (int)strlen(commands[i].name) > width ? (int)strlen(commands[i].name) : width;
    for (size_t i = 0; i < count; i++)
        fprintf(to, "  %-*s %s\n", width, commands[i].name, commands[i].summary);
    fprintf(to, "\nUse \"%s COMMAND --help\" for the options of a command.\n", program);
}

static const struct cli_command *find(str name, const struct cli_command *commands, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (shelflife_str_equal(name, shelflife_str_of(commands[i].name)))
            return &commands[i];
    return NULL;
}

static int fail_unknown(const char *program, const char *name, const struct cli_command *commands,
                        size_t count)
{
    const char *names[16];
    size_t known = count < COUNT(names) ? count : COUNT(names);
    for (size_t i = 0; i < known; i++)
        names[i] = commands[i].name;
    size_t nearest = shelflife_nearest(shelflife_str_of(name), names, known);
    shelflife_cli_message("unknown command \"%s\" for \"%s\"", name, program);
    if (nearest < known)
        shelflife_cli_message("did you mean \"%s %s\"? See \"%s --help\"", program, names[nearest], program);
    else
        shelflife_cli_message("see \"%s --help\"", program);
    return CLI_EXIT_USAGE;
}

static int run(const char *program, const struct cli_command *commands, size_t count, int argc, char **argv)
{
    const struct cli_command *command = find(shelflife_str_of(argv[0]), commands, count);
    return command ? command->run(argc, argv) : fail_unknown(program, argv[0], commands, count);
}

int shelflife_cli_dispatch(const char *program, const char *about, const struct cli_command *commands,
                           size_t count, int argc, char **argv)
{
    static char help_option[] = "--help", version[] = "version";
    str name = shelflife_str_of(argc > 1 ? argv[1] : NULL);
    if (!name.len) {
        print_help(stderr, program, about, commands, count);
        return CLI_EXIT_USAGE;
    }
    bool help = shelflife_str_equal(name, STR("help"));
    if (help && argc > 2) { /* "help catalog list" is "catalog list --help" */
        memmove(argv + 1, argv + 2, (size_t)(argc - 2) * sizeof(*argv));
        argv[argc - 1] = help_option;
    } else if (help || shelflife_str_equal(name, STR("--help")) || shelflife_str_equal(name, STR("-h"))) {
        print_help(stdout, program, about, commands, count);
        return shelflife_cli_finish(CLI_EXIT_OK);
    } else if (shelflife_str_equal(name, STR("--version")) || shelflife_str_equal(name, STR("-V"))) {
        argv[1] = version;
    }
    return run(program, commands, count, argc - 1, argv + 1);
}
