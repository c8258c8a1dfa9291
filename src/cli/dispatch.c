#include "cli/cli.h"

static void print_help(FILE *to, const char *program, const char *about, const struct cli_command *commands,
                       size_t count)
{
    fprintf(to, "usage: %s COMMAND [OPTION]... [ARGUMENT]...\n\n%s\n\ncommands:\n", program, about);
    for (size_t i = 0; i < count; i++)
        fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fprintf(to, "\n\"%s COMMAND --help\" tells the options of each.\n", program);
}

static const struct cli_command *find(str name, const struct cli_command *commands, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (shelflife_str_equal(name, shelflife_str_of(commands[i].name)))
            return &commands[i];
    return NULL;
}

static int unknown(const char *program, const char *name, const struct cli_command *commands, size_t count)
{
    const char *names[16];
    size_t known = count < COUNT(names) ? count : COUNT(names);
    for (size_t i = 0; i < known; i++)
        names[i] = commands[i].name;
    const char *nearest = shelflife_cli_nearest(name, names, known);
    shelflife_cli_complain("there is no command \"%s %s\"", program, name);
    if (nearest)
        shelflife_cli_complain("did you mean \"%s %s\"? See \"%s --help\"", program, nearest, program);
    else
        shelflife_cli_complain("see \"%s --help\"", program);
    return CLI_USAGE;
}

int shelflife_cli_dispatch(const char *program, const char *about, const struct cli_command *commands,
                           size_t count, int argc, char **argv)
{
    str name = shelflife_str_of(argc > 1 ? argv[1] : NULL);
    if (!name.len) {
        print_help(stderr, program, about, commands, count);
        return CLI_USAGE;
    }
    bool help = shelflife_str_equal(name, STR("help"));
    if (help && argc > 2) { /* "help explain" is "explain --help" */
        const struct cli_command *command = find(shelflife_str_of(argv[2]), commands, count);
        char option[] = "--help", *args[] = {argv[2], option, NULL};
        return command ? command->run(2, args) : unknown(program, argv[2], commands, count);
    }
    if (help || shelflife_str_equal(name, STR("--help")) || shelflife_str_equal(name, STR("-h"))) {
        print_help(stdout, program, about, commands, count);
        return shelflife_cli_finish(CLI_FINE);
    }
    if (shelflife_str_equal(name, STR("--version")) || shelflife_str_equal(name, STR("-V")))
        name = STR("version");
    const struct cli_command *command = find(name, commands, count);
    return command ? command->run(argc - 1, argv + 1) : unknown(program, argv[1], commands, count);
}
