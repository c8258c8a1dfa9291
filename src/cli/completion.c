#include "cli/commands.h"
#include "cli/dispatch.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/tables.h"

/* The build sets SCRIPTS_DIR. The assembler reads the files. */
#define SCRIPT(shell)                                                                                        \
    extern const char shelflife_cli_completion_##shell[], shelflife_cli_completion_##shell##_end[];          \
    __asm__(".pushsection .rodata.shelflife_cli_completion_" #shell ",\"a\"\n"                               \
            ".hidden shelflife_cli_completion_" #shell "\n"                                                  \
            ".global shelflife_cli_completion_" #shell "\n"                                                  \
            "shelflife_cli_completion_" #shell ":\n"                                                         \
            ".incbin \"" SCRIPTS_DIR "/" #shell "\"\n"                                                       \
            ".hidden shelflife_cli_completion_" #shell "_end\n"                                              \
            ".global shelflife_cli_completion_" #shell "_end\n"                                              \
            "shelflife_cli_completion_" #shell "_end:\n"                                                     \
            ".byte 0\n"                                                                                      \
            ".popsection\n")

SCRIPT(bash);
SCRIPT(zsh);
SCRIPT(fish);

static int print(const struct cli_usage *usage, const char *start, const char *end, int argc, char **argv)
{
    struct cli_list none CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    if (!shelflife_cli_parse(usage, NULL, 0, argc, argv, &none, &code))
        return code;
    shelflife_cli_write((str){start, (size_t)((uintptr_t)end - (uintptr_t)start)});
    return shelflife_cli_finish(CLI_EXIT_OK);
}

static int completion_bash(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife completion bash",
        .about = "Print the completion script for bash.",
        .examples = "  source <(shelflife completion bash)\n"
                    "  shelflife completion bash > ~/.local/share/bash-completion/completions/shelflife"};
    return print(&usage, shelflife_cli_completion_bash, shelflife_cli_completion_bash_end, argc, argv);
}

static int completion_zsh(int argc, char **argv)
{
    static const struct cli_usage usage = {.program = "shelflife completion zsh",
                                           .about = "Print the completion script for zsh.",
                                           .examples = "  source <(shelflife completion zsh)\n"
                                                       "  shelflife completion zsh > ~/.zfunc/_shelflife"};
    return print(&usage, shelflife_cli_completion_zsh, shelflife_cli_completion_zsh_end, argc, argv);
}

static int completion_fish(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife completion fish",
        .about = "Print the completion script for fish.",
        .examples = "  shelflife completion fish | source\n"
                    "  shelflife completion fish > ~/.config/fish/completions/shelflife.fish"};
    return print(&usage, shelflife_cli_completion_fish, shelflife_cli_completion_fish_end, argc, argv);
}

int shelflife_cli_completion(int argc, char **argv)
{
    static const struct cli_command commands[] = {
        {"bash", "for bash", completion_bash},
        {"zsh", "for zsh", completion_zsh},
        {"fish", "for fish", completion_fish},
    };
    static const struct cli_group group = {
        .program = "shelflife completion",
        .argument = "SHELL",
        .heading = "shells",
        .commands = commands,
        .count = COUNT(commands),
        .about = "Print the completion script of a shell. It completes commands, options and their values,\n"
                 "products of catalogs, and the contexts and namespaces of clusters. The Debian package\n"
                 "installs it. To complete \"kubectl shelflife\", make a link to the program with the name\n"
                 "kubectl_complete-shelflife in a directory of PATH.",
    };
    return shelflife_cli_dispatch_group(&group, argc, argv);
}
