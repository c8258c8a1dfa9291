#include "cli/options.h"

#include <errno.h>
#include <getopt.h>

#include "base/nearest.h"
#include "cli/invoked.h"
#include "cli/output.h"
#include "cli/tables.h"

/* getopt_long() returns the letter of an option, or LONG_ONLY plus its index in the table. */
enum { LONG_ONLY = 256, HELP = LONG_ONLY + CLI_OPTIONS_MAX };

/* ---- Help ---- */

static void describe(const struct cli_option *option, buffer *out)
{
    enum { LEFT_WIDTH = 28 };
    char left[64];
    snprintf(left, sizeof(left), "%c%c%s --%s%s%s", option->letter ? '-' : ' ',
             option->letter ? option->letter : ' ', option->letter ? "," : " ", option->name,
             option->argument ? " " : "", option->argument ? option->argument : "");
    str help = shelflife_str_of(option->help);
    shelflife_buffer_format(out, "  %-*s", LEFT_WIDTH, left);
    if (shelflife_str_of(left).len > LEFT_WIDTH)
        shelflife_buffer_format(out, "\n  %-*s", LEFT_WIDTH, "");
    for (;;) {
        size_t line = shelflife_str_find(help, '\n');
        shelflife_buffer_format(out, " %.*s\n", STR_PRINT(shelflife_str_first(help, line)));
        if (line == SIZE_MAX)
            return;
        help = shelflife_str_after(help, line + 1);
        shelflife_buffer_format(out, "  %-*s", LEFT_WIDTH, "");
    }
}

static void print_help(const struct cli_usage *usage, const struct cli_option *options, size_t count)
{
    static const struct cli_option help = {.name = "help", .letter = 'h', .help = "print this help"};
    buffer text CLEANUP(shelflife_buffer_free), shown CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&text, SIZE_MAX);
    shelflife_buffer_init(&shown, SIZE_MAX);
    shelflife_buffer_format(&text, "usage: %s [OPTION]...%s%s\n\n%s\n\noptions:\n", usage->program,
                            usage->arguments ? " " : "", usage->arguments ? usage->arguments : "",
                            usage->about);
    for (size_t i = 0; i < count; i++)
        describe(&options[i], &text);
    describe(&help, &text);
    if (usage->terms_title) {
        shelflife_buffer_format(&text, "\n%s:\n", usage->terms_title);
        usage->terms(&text);
    }
    if (usage->examples)
        shelflife_buffer_format(&text, "\nexamples:\n%s\n", usage->examples);
    shelflife_cli_invoked_text(shelflife_buffer_str(&text), &shown);
    shelflife_cli_write(shelflife_buffer_str(&shown));
}

/* ---- Lists ---- */

bool shelflife_cli_list_add(struct cli_list *list, const char *text, error *err)
{
    size_t capacity = list->count;
    if (!shelflife_grow(&list->at, &capacity, list->count + 1, sizeof(*list->at)))
        return shelflife_fail_memory(err);
    const char **at;
    memcpy(&at, &list->at, sizeof(at)); /* only the public type is const */
    at[list->count++] = text;
    return true;
}

void shelflife_cli_list_free(struct cli_list *list)
{
    cleanup_free(&list->at);
    *list = (struct cli_list){0};
}

/* ---- Arguments of options ---- */

struct unit {
    const char *name;
    size_t factor;
};

static const struct unit number_units[] = {{"", 1}},
                         ms_units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}},
                         s_units[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}},
                         size_units[] = {{"", 1}, {"Ki", 1 << 10}, {"Mi", 1 << 20}, {"Gi", 1 << 30}};

/* Units from the smallest to the largest. */
static const struct quantity {
    const char *what, *example;
    const struct unit *units;
    size_t unit_count;
} quantities[] = {
    [CLI_NUMBER] = {"a number", "", number_units, COUNT(number_units)},
    [CLI_TIME_MS] = {"a time", ", like 30s", ms_units, COUNT(ms_units)},
    [CLI_TIME_S] = {"a time", ", like 90d", s_units, COUNT(s_units)},
    [CLI_SIZE] = {"a number of bytes", ", like 32Mi", size_units, COUNT(size_units)},
};

static bool parse_quantity(const char *text, const struct quantity *q, size_t max, size_t *out)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    for (size_t i = 0; i < q->unit_count && errno == 0; i++) {
        const struct unit *unit = &q->units[i];
        if (!shelflife_str_equal(shelflife_str_of(end), shelflife_str_of(unit->name)))
            continue;
        if (n > max / unit->factor)
            return false;
        *out = (size_t)n * unit->factor;
        return true;
    }
    return false;
}

/* In the largest unit that divides it: "1h", not "3600s". */
static void format_quantity(size_t n, const struct quantity *q, char text[32])
{
    size_t i = q->unit_count - 1;
    while (i > 0 && (n == 0 || n % q->units[i].factor))
        i--;
    snprintf(text, 32, "%zu%s", n / q->units[i].factor, q->units[i].name);
}

static bool take_quantity(const struct cli_option *option, const char *text, error *err)
{
    const struct quantity *q = &quantities[option->type];
    size_t n;
    if (!parse_quantity(text, q, option->max, &n) || n < option->min) {
        char min[32], max[32];
        bool open = option->max == SIZE_MAX;
        format_quantity(option->min, q, min);
        format_quantity(option->max, q, max);
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "--%s: \"%s\" must be %s%s%s%s%s%s", option->name,
                              text, q->what, open ? ", at least " : " from ", min, open ? "" : " to ",
                              open ? "" : max, q->example);
    }
    if (option->type == CLI_SIZE)
        *(size_t *)option->target = n;
    else
        *(unsigned *)option->target = (unsigned)n;
    return true;
}

static bool take_word(const struct cli_option *option, const char *text, error *err)
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
        return take_word(option, text, err);
    case CLI_DAY:
        return shelflife_day_parse(shelflife_str_of(text), option->target) ||
               shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "--%s: \"%s\" must be a date like 2026-11-23",
                              option->name, text);
    case CLI_NUMBER:
    case CLI_TIME_MS:
    case CLI_TIME_S:
    case CLI_SIZE:
        break;
    }
    return take_quantity(option, text, err);
}

/* ---- Parsing ---- */

static bool fail_usage(const struct cli_usage *usage, int *code, const error *err)
{
    shelflife_cli_message("%s", err->text);
    shelflife_cli_message("see \"%s --help\"", usage->program);
    *code = CLI_EXIT_USAGE;
    return false;
}

/* Fills the tables of getopt_long(). */
static void translate(const struct cli_option *options, size_t count, struct option *longs, char *letters)
{
    size_t at = 0;
    letters[at++] = ':'; /* a missing argument is ':', not '?' as an unknown option */
    letters[at++] = 'h';
    for (size_t i = 0; i < count; i++) {
        const struct cli_option *option = &options[i];
        longs[i] = (struct option){option->name, option->type == CLI_FLAG ? no_argument : required_argument,
                                   NULL, LONG_ONLY + (int)i};
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

static const struct cli_option *find_letter(const struct cli_option *options, size_t count, int letter)
{
    for (size_t i = 0; i < count; i++)
        if (options[i].letter && options[i].letter == letter)
            return &options[i];
    return NULL;
}

/* A long option of the table that `name` is not: an abbreviation of several, or a mistake. */
static bool fail_unknown(str name, const struct cli_option *options, size_t count, error *err)
{
    const char *names[CLI_OPTIONS_MAX], *begins[2] = {0};
    for (size_t i = 0; i < count; i++) {
        names[i] = options[i].name;
        if (name.len && shelflife_str_starts(shelflife_str_of(names[i]), name))
            begins[begins[0] != NULL] = names[i];
    }
    if (begins[1])
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "--%.*s could be --%s or --%s", STR_PRINT(name),
                              begins[0], begins[1]);
    size_t nearest = shelflife_nearest(name, names, count);
    if (nearest < count)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "unknown option --%.*s; did you mean --%s?",
                              STR_PRINT(name), names[nearest]);
    return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "unknown option --%.*s", STR_PRINT(name));
}

/* What getopt_long() refused with ':' or '?'. */
static bool fail_refused(int what, const struct cli_option *options, size_t count, char **argv, error *err)
{
    str given = shelflife_str_of(argv[optind - 1]);
    if (what == ':')
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "%.*s requires an argument", STR_PRINT(given));
    given = shelflife_str_first(given, shelflife_str_find(given, '='));
    if (optopt >= LONG_ONLY)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "%.*s takes no argument", STR_PRINT(given));
    if (optopt)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "unknown option -%c", optopt);
    return fail_unknown(shelflife_str_after(given, 2), options, count, err);
}

static bool take_all(const struct cli_usage *usage, const struct cli_option *options, size_t count, int argc,
                     char **argv, int *code)
{
    struct option longs[CLI_OPTIONS_MAX + 2];
    char letters[2 * CLI_OPTIONS_MAX + 4];
    translate(options, count, longs, letters);
    optind = 0;
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, letters, longs, NULL)) != -1;) {
        error err;
        if (c == 'h' || c == HELP) {
            print_help(usage, options, count);
            *code = shelflife_cli_finish(CLI_EXIT_OK);
            return false;
        }
        const struct cli_option *option =
            c >= LONG_ONLY ? &options[c - LONG_ONLY] : find_letter(options, count, c);
        bool ok = option ? take(option, optarg, &err) : fail_refused(c, options, count, argv, &err);
        if (!ok)
            return fail_usage(usage, code, &err);
    }
    return true;
}

static bool take_arguments(const struct cli_usage *usage, int argc, char **argv, struct cli_list *arguments,
                           error *err)
{
    int given = argc - optind;
    if (given < usage->min_arguments)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "missing argument: %s", usage->arguments);
    if (usage->max_arguments >= 0 && given > usage->max_arguments)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "unexpected argument \"%s\"",
                              argv[optind + usage->max_arguments]);
    for (int i = optind; i < argc; i++)
        if (!shelflife_cli_list_add(arguments, argv[i], err))
            return false;
    return true;
}

bool shelflife_cli_parse(const struct cli_usage *usage, const struct cli_option *options, size_t count,
                         int argc, char **argv, struct cli_list *arguments, int *code)
{
    error err;
    const struct cli_table_reader *reader = shelflife_cli_tables_reader();
    *arguments = (struct cli_list){0};
    if (reader) {
        reader->command(reader->context, usage, options, count);
        *code = CLI_EXIT_OK;
        return false;
    }
    if (!take_all(usage, options, count, argc, argv, code))
        return false;
    if (take_arguments(usage, argc, argv, arguments, &err))
        return true;
    shelflife_cli_list_free(arguments);
    return fail_usage(usage, code, &err);
}
