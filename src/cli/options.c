#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>

enum { OPTIONS_MAX = 48 };

/* getopt_long() returns a letter, or for options without one this and its place in the table. */
enum { NO_LETTER = 256, HELP = NO_LETTER + OPTIONS_MAX };

static void print_option(FILE *to, const struct cli_option *option)
{
    char left[64];
    snprintf(left, sizeof(left), "%c%c%s --%s%s%s", option->letter ? '-' : ' ',
             option->letter ? option->letter : ' ', option->letter ? "," : " ", option->name,
             option->argument ? " " : "", option->argument ? option->argument : "");
    str help = shelflife_str_of(option->help);
    fprintf(to, "  %-28s", left);
    if (shelflife_str_of(left).len > 28)
        fprintf(to, "\n  %-28s", "");
    for (;;) {
        size_t line = shelflife_str_find(help, '\n');
        fprintf(to, " %.*s\n", STR_PRINT(shelflife_str_first(help, line)));
        if (line == SIZE_MAX)
            return;
        help = shelflife_str_after(help, line + 1);
        fprintf(to, "  %-28s", "");
    }
}

static void print_help(const struct cli_usage *usage, const struct cli_option *options, size_t count)
{
    static const struct cli_option help = {.name = "help", .letter = 'h', .help = "print this"};
    printf("usage: %s [OPTION]...%s%s\n\n%s\n\noptions:\n", usage->program, usage->arguments ? " " : "",
           usage->arguments ? usage->arguments : "", usage->about);
    for (size_t i = 0; i < count; i++)
        print_option(stdout, &options[i]);
    print_option(stdout, &help);
    if (usage->examples)
        printf("\nexamples:\n%s\n", usage->examples);
}

static bool wrong(const struct cli_usage *usage, int *code, const error *err)
{
    shelflife_cli_complain("%s", err->text);
    shelflife_cli_complain("see \"%s --help\"", usage->program);
    *code = CLI_USAGE;
    return false;
}

bool shelflife_cli_list_add(struct cli_list *list, const char *text, error *err)
{
    size_t capacity = list->count;
    if (!shelflife_grow(&list->at, &capacity, list->count + 1, sizeof(*list->at)))
        return shelflife_fail_memory(err);
    const char **at;
    memcpy(&at, &list->at, sizeof(at)); /* what is const is what it lists */
    at[list->count++] = text;
    return true;
}

void shelflife_cli_list_free(struct cli_list *list)
{
    cleanup_free(&list->at);
    *list = (struct cli_list){0};
}

/* A number with one of the units behind it; the first unit is what a bare number means, if it is "". */
struct unit {
    const char *name;
    unsigned long factor;
};

static bool read_quantity(const char *text, const struct unit *units, size_t count, unsigned long max,
                          unsigned long *out)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    for (size_t i = 0; i < count && errno == 0; i++) {
        if (!shelflife_str_equal(shelflife_str_of(end), shelflife_str_of(units[i].name)))
            continue;
        *out = n * units[i].factor;
        return n <= max / units[i].factor;
    }
    return false;
}

static bool read_word(const struct cli_option *option, const char *text, error *err)
{
    char list[256] = "";
    size_t used = 0;
    for (size_t i = 0; option->words[i]; i++) {
        if (shelflife_str_equal(shelflife_str_of(text), shelflife_str_of(option->words[i]))) {
            *(size_t *)option->target = i;
            return true;
        }
        int n = snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "", option->words[i]);
        used += n > 0 && (size_t)n < sizeof(list) - used ? (size_t)n : 0;
    }
    return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "--%s: \"%s\" must be one of %s", option->name, text,
                          list);
}

static bool read_number(const struct cli_option *option, const char *text, error *err)
{
    static const struct unit none[] = {{"", 1}},
                             times[] = {{"s", 1000}, {"ms", 1}, {"m", 60000}, {"h", 3600000}},
                             spans[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}},
                             sizes[] = {{"", 1}, {"Ki", 1 << 10}, {"Mi", 1 << 20}, {"Gi", 1 << 30}};
    unsigned long n = 0;
    switch (option->type) {
    case CLI_SECONDS:
        if (!read_quantity(text, times, COUNT(times), option->max, &n) || n < option->min)
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                                  "--%s: \"%s\" must be a time from %ums to %us, like 30s", option->name,
                                  text, option->min, option->max / 1000);
        *(unsigned *)option->target = (unsigned)n;
        return true;
    case CLI_SPAN:
        if (!read_quantity(text, spans, COUNT(spans), option->max, &n) || n < option->min)
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                                  "--%s: \"%s\" must be a time from %us to %ud, like 90d", option->name, text,
                                  option->min, option->max / 86400);
        *(unsigned *)option->target = (unsigned)n;
        return true;
    case CLI_SIZE:
        if (!read_quantity(text, sizes, COUNT(sizes), LONG_MAX, &n) || n == 0)
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                                  "--%s: \"%s\" must be a number of bytes, like 32Mi", option->name, text);
        *(size_t *)option->target = n;
        return true;
    default:
        if (!read_quantity(text, none, COUNT(none), option->max, &n) || n < option->min)
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "--%s: \"%s\" must be a number from %u to %u",
                                  option->name, text, option->min, option->max);
        *(unsigned *)option->target = (unsigned)n;
        return true;
    }
}

static bool take(const struct cli_option *option, const char *text, error *err)
{
    switch (option->type) {
    case CLI_FLAG:
        *(bool *)option->target = true;
        return true;
    case CLI_TEXT:
        *(const char **)option->target = text;
        return true;
    case CLI_LIST:
        return shelflife_cli_list_add(option->target, text, err);
    case CLI_WORD:
        return read_word(option, text, err);
    case CLI_DAY:
        return shelflife_day_parse(shelflife_str_of(text), option->target) ||
               shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "--%s: \"%s\" must be a day like 2026-11-23",
                              option->name, text);
    case CLI_NUMBER:
    case CLI_SECONDS:
    case CLI_SPAN:
    case CLI_SIZE:
        break;
    }
    return read_number(option, text, err);
}

/* getopt's own form of the table. */
static void translate(const struct cli_option *options, size_t count, struct option *longs, char *letters)
{
    size_t at = 0;
    letters[at++] = ':'; /* tell a missing argument from an unknown option */
    letters[at++] = 'h';
    for (size_t i = 0; i < count; i++) {
        const struct cli_option *option = &options[i];
        longs[i] = (struct option){option->name, option->type == CLI_FLAG ? no_argument : required_argument,
                                   NULL, NO_LETTER + (int)i};
        if (option->letter) {
            letters[at++] = option->letter;
            if (option->type != CLI_FLAG)
                letters[at++] = ':';
        }
    }
    letters[at] = '\0';
    longs[count] = (struct option){"help", no_argument, NULL, HELP};
    longs[count + 1] = (struct option){0};
}

static const struct cli_option *by_letter(const struct cli_option *options, size_t count, int letter)
{
    for (size_t i = 0; i < count; i++)
        if (options[i].letter && options[i].letter == letter)
            return &options[i];
    return NULL;
}

static bool misused(int what, const struct cli_option *options, size_t count, char **argv, error *err)
{
    const char *given = argv[optind - 1];
    if (what == ':')
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "%s wants an argument", given);
    if (optopt >= NO_LETTER)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "%s takes no argument", given);
    if (optopt)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "there is no option -%c", optopt);
    const char *names[OPTIONS_MAX];
    for (size_t i = 0; i < count; i++)
        names[i] = options[i].name;
    const char *nearest = shelflife_cli_nearest(given + 2, names, count);
    return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "there is no option %s%s%s%s", given,
                          nearest ? "; did you mean --" : "", nearest ? nearest : "", nearest ? "?" : "");
}

static bool take_all(const struct cli_usage *usage, const struct cli_option *options, size_t count, int argc,
                     char **argv, int *code)
{
    struct option longs[OPTIONS_MAX + 2];
    char letters[2 * OPTIONS_MAX + 4];
    translate(options, count, longs, letters);
    optind = 0;
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, letters, longs, NULL)) != -1;) {
        error err;
        if (c == 'h' || c == HELP) {
            print_help(usage, options, count);
            *code = shelflife_cli_finish(CLI_FINE);
            return false;
        }
        const struct cli_option *option =
            c >= NO_LETTER ? &options[c - NO_LETTER] : by_letter(options, count, c);
        bool ok = option ? take(option, optarg, &err) : misused(c, options, count, argv, &err);
        if (!ok)
            return wrong(usage, code, &err);
    }
    return true;
}

bool shelflife_cli_parse(const struct cli_usage *usage, const struct cli_option *options, size_t count,
                         int argc, char **argv, struct cli_list *arguments, int *code)
{
    if (!take_all(usage, options, count, argc, argv, code))
        return false;
    error err;
    int given = argc - optind;
    *arguments = (struct cli_list){0};
    if (given < usage->min_arguments)
        shelflife_fail(&err, SHELFLIFE_ERROR_USAGE, "%s is missing", usage->arguments);
    else if (usage->max_arguments >= 0 && given > usage->max_arguments)
        shelflife_fail(&err, SHELFLIFE_ERROR_USAGE, "\"%s\" is one argument too many",
                       argv[optind + usage->max_arguments]);
    else {
        for (int i = optind; i < argc; i++)
            if (!shelflife_cli_list_add(arguments, argv[i], &err))
                return wrong(usage, code, &err);
        return true;
    }
    return wrong(usage, code, &err);
}
