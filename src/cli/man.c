/*
 * The manual page, in the language of man(7): what the tables of the commands say, and sections about all of
 * them. The tables are read three times: for the options that many commands have, the synopsis, and the
 * commands.
 */
#include "cli/commands.h"
#include "cli/man_sections.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/tables.h"
#include "shelflife/version.h"

enum {
    COMMON_MIN = 3, /* an option that this number of areas have is described once, for all of them */
    KNOWN_MAX = 512,
    NAME_MAX_LENGTH = 64,
};

struct page {
    buffer out;
    /* An area is a command of shelflife, with all its subcommands. */
    char area[NAME_MAX_LENGTH];
    size_t area_number;
    struct known {
        struct cli_option option; /* without its target */
        size_t areas, last_area;  /* how many have it, and the number of the last one */
    } known[KNOWN_MAX];
    size_t count;
    bool synopsis_begun;
    /* The command before. */
    char before[NAME_MAX_LENGTH];
    struct cli_option options_before[CLI_OPTIONS_MAX];
    size_t option_count_before;
};

/* ---- The language of the page ---- */

/* Text in which nothing is a request or an escape. */
static void put_text(struct page *p, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if ((c == '.' || c == '\'') && (i == 0 || text.at[i - 1] == '\n'))
            shelflife_buffer_append(&p->out, STR("\\&"));
        if (c == '\\')
            shelflife_buffer_append(&p->out, STR("\\e"));
        else if (c == '-')
            shelflife_buffer_append(&p->out, STR("\\-"));
        else
            shelflife_buffer_byte(&p->out, c);
    }
}

static void put(struct page *p, const char *text)
{
    put_text(p, shelflife_str_of(text));
}

static void put_raw(struct page *p, const char *text)
{
    shelflife_buffer_append(&p->out, shelflife_str_of(text));
}

/* A text of the help as a sentence: with a capital, and a full stop. */
static void put_sentence(struct page *p, const char *text)
{
    str s = shelflife_str_of(text);
    if (s.len && s.at[0] >= 'a' && s.at[0] <= 'z') {
        shelflife_buffer_byte(&p->out, (char)(s.at[0] - 'a' + 'A'));
        s = shelflife_str_after(s, 1);
    }
    put_text(p, s);
    put_raw(p, shelflife_str_ends(s, STR(".")) ? "\n" : ".\n");
}

static void put_section(struct page *p, const struct cli_man_section *section)
{
    shelflife_buffer_format(&p->out, ".SH \"%s\"\n", section->title);
    for (size_t i = 0; i < section->count; i++) {
        const struct cli_man_text *text = &section->texts[i];
        put_raw(p, text->term ? ".TP\n\\fB" : i ? ".PP\n" : "");
        if (text->term) {
            put(p, text->term);
            put_raw(p, "\\fP\n");
        }
        put(p, text->text);
        put_raw(p, "\n");
    }
}

static void put_option(struct page *p, const struct cli_option *option)
{
    put_raw(p, ".TP\n\\fB");
    if (option->letter)
        shelflife_buffer_format(&p->out, "\\-%c\\fP, \\fB", option->letter);
    put_raw(p, "\\-\\-");
    put(p, option->name);
    put_raw(p, "\\fP");
    if (option->argument) {
        put_raw(p, " \\fI");
        put(p, option->argument);
        put_raw(p, "\\fP");
    }
    put_raw(p, "\n");
    put_sentence(p, option->help);
}

/* ---- Options that many commands have ---- */

static bool same(const struct cli_option *a, const struct cli_option *b)
{
    return shelflife_str_equal(shelflife_str_of(a->name), shelflife_str_of(b->name)) &&
           shelflife_str_equal(shelflife_str_of(a->help), shelflife_str_of(b->help));
}

static struct known *find_known(struct page *p, const struct cli_option *option)
{
    for (size_t i = 0; i < p->count; i++)
        if (same(&p->known[i].option, option))
            return &p->known[i];
    return NULL;
}

static bool is_common(struct page *p, const struct cli_option *option)
{
    const struct known *known = find_known(p, option);
    return known && known->areas >= COMMON_MIN;
}

/* "catalog import cle": the name of a command, and its area. */
static str name_of(const struct cli_usage *usage)
{
    return shelflife_str_after(shelflife_str_of(usage->program), sizeof("shelflife ") - 1);
}

static void enter_area(struct page *p, const struct cli_usage *usage)
{
    str name = name_of(usage), area = shelflife_str_first(name, shelflife_str_find(name, ' '));
    if (shelflife_str_equal(area, shelflife_str_of(p->area)))
        return;
    snprintf(p->area, sizeof(p->area), "%.*s", STR_PRINT(area));
    p->area_number++;
}

static void count_options(void *context, const struct cli_usage *usage, const struct cli_option *options,
                          size_t count)
{
    struct page *p = context;
    enter_area(p, usage);
    for (size_t i = 0; i < count; i++) {
        struct known *known = find_known(p, &options[i]);
        if (!known && p->count < KNOWN_MAX) {
            known = &p->known[p->count++];
            *known = (struct known){.option = options[i]};
            known->option.target = NULL;
        }
        if (known && known->last_area != p->area_number) {
            known->areas++;
            known->last_area = p->area_number;
        }
    }
}

static void put_common(struct page *p)
{
    put_raw(p, ".SH \"COMMON OPTIONS\"\nThe section of a command names those that it has.\n");
    for (size_t i = 0; i < p->count; i++)
        if (p->known[i].areas >= COMMON_MIN)
            put_option(p, &p->known[i].option);
}

/* ---- Commands ---- */

static void no_group(void *context, const struct cli_group *group)
{
    (void)context;
    (void)group;
}

static void put_synopsis(void *context, const struct cli_usage *usage, const struct cli_option *options,
                         size_t count)
{
    struct page *p = context;
    (void)options;
    put_raw(p, p->synopsis_begun ? ".br\n\\fB" : "\\fB");
    p->synopsis_begun = true;
    put(p, usage->program);
    put_raw(p, count ? "\\fP [\\fIOPTION\\fP]..." : "\\fP");
    if (usage->arguments) {
        put_raw(p, " \\fI");
        put(p, usage->arguments);
        put_raw(p, "\\fP");
    }
    put_raw(p, "\n");
}

static void put_names_of_common(struct page *p, const struct cli_option *options, size_t count)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (!is_common(p, &options[i]))
            continue;
        put_raw(p, any ? ",\n\\fB\\-\\-" : ".PP\nIt also has the common options\n\\fB\\-\\-");
        put(p, options[i].name);
        put_raw(p, "\\fP");
        any = true;
    }
    put_raw(p, any ? ".\n" : "");
}

/* The formats of "catalog import" have the same options. */
static bool as_before(const struct page *p, const struct cli_option *options, size_t count)
{
    bool equal = count > 0 && count == p->option_count_before;
    for (size_t i = 0; equal && i < count; i++)
        equal = same(&options[i], &p->options_before[i]);
    return equal;
}

static void put_options(struct page *p, const struct cli_usage *usage, const struct cli_option *options,
                        size_t count)
{
    if (as_before(p, options, count)) {
        put_raw(p, ".PP\nThe options are those of \\fB");
        put(p, p->before);
        put_raw(p, "\\fP.\n");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_common(p, &options[i]))
            put_option(p, &options[i]);
        p->options_before[i] = options[i];
    }
    put_names_of_common(p, options, count);
    p->option_count_before = count;
    snprintf(p->before, sizeof(p->before), "%.*s", STR_PRINT(name_of(usage)));
}

/* As they are in the help. */
static void put_terms(struct page *p, const struct cli_usage *usage)
{
    buffer terms CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&terms, SIZE_MAX);
    usage->terms(&terms);
    put_raw(p, ".PP\n");
    put_sentence(p, usage->terms_title);
    put_raw(p, ".PP\n.nf\n");
    put_text(p, shelflife_buffer_str(&terms));
    put_raw(p, ".fi\n");
    p->out.failed |= terms.failed;
}

static void put_command(void *context, const struct cli_usage *usage, const struct cli_option *options,
                        size_t count)
{
    struct page *p = context;
    put_raw(p, ".SS \"");
    put_text(p, name_of(usage));
    if (usage->arguments) {
        put_raw(p, " \\fI");
        put(p, usage->arguments);
        put_raw(p, "\\fP");
    }
    put_raw(p, "\"\n");
    put(p, usage->about);
    put_raw(p, "\n");
    put_options(p, usage, options, count);
    if (usage->terms_title)
        put_terms(p, usage);
    if (usage->examples) {
        put_raw(p, ".PP\nExamples:\n.PP\n.nf\n");
        put(p, usage->examples);
        put_raw(p, "\n.fi\n");
    }
}

static void put_page(struct page *p)
{
    const struct cli_table_reader counting = {no_group, count_options, p},
                                  synopsis = {no_group, put_synopsis, p},
                                  commands = {no_group, put_command, p};
    shelflife_cli_tables_read(&counting);
    put_raw(p, ".TH SHELFLIFE 1 \"\" \"shelflife " SHELFLIFE_VERSION "\" \"User Commands\"\n"
               ".SH NAME\n"
               "shelflife \\- keep container images past their support dates out of a Kubernetes cluster\n"
               ".SH SYNOPSIS\n"
               ".nh\n.ad l\n");
    shelflife_cli_tables_read(&synopsis);
    for (size_t i = 0; i < shelflife_cli_man_sections_before_count; i++)
        put_section(p, &shelflife_cli_man_sections_before[i]);
    put_raw(p, ".SH COMMANDS\n");
    shelflife_cli_tables_read(&commands);
    put_common(p);
    for (size_t i = 0; i < shelflife_cli_man_sections_after_count; i++)
        put_section(p, &shelflife_cli_man_sections_after[i]);
}

static bool print_page(error *err)
{
    struct page *p = shelflife_calloc(1, sizeof(*p));
    if (!p)
        return shelflife_fail_memory(err);
    shelflife_buffer_init(&p->out, SIZE_MAX);
    put_page(p);
    bool ok = !p->out.failed || shelflife_fail_memory(err);
    if (ok)
        shelflife_cli_write(shelflife_buffer_str(&p->out));
    shelflife_buffer_free(&p->out);
    shelflife_free(p);
    return ok;
}

int shelflife_cli_man(int argc, char **argv)
{
    static const struct cli_usage usage = {.program = "shelflife man",
                                           .about = "Print the manual page.",
                                           .examples = "  shelflife man | man -l -"};
    struct cli_list none CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    error err;
    if (!shelflife_cli_parse(&usage, NULL, 0, argc, argv, &none, &code))
        return code;
    return print_page(&err) ? shelflife_cli_finish(CLI_EXIT_OK) : shelflife_cli_fail(&err);
}
