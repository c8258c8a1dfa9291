/* The lines of an image's history: see shelflife_registry_history_line(). */
#include "registry/configuration.h"

static const str instructions[] = {
    STR_INIT("ADD"),        STR_INIT("ARG"),        STR_INIT("CMD"),     STR_INIT("COPY"),
    STR_INIT("ENTRYPOINT"), STR_INIT("ENV"),        STR_INIT("EXPOSE"),  STR_INIT("HEALTHCHECK"),
    STR_INIT("LABEL"),      STR_INIT("MAINTAINER"), STR_INIT("ONBUILD"), STR_INIT("RUN"),
    STR_INIT("SHELL"),      STR_INIT("STOPSIGNAL"), STR_INIT("USER"),    STR_INIT("VOLUME"),
    STR_INIT("WORKDIR"),
};
static const str adding[] = {STR_INIT("ADD"), STR_INIT("COPY"), STR_INIT("RUN")};

enum { SHELL_WORDS_MAX = 6 };

static str first_word(str s)
{
    size_t end = shelflife_str_find(s, ' ');
    return end == SIZE_MAX ? s : shelflife_str_first(s, end);
}

static str after_word(str s)
{
    return shelflife_str_trim(shelflife_str_after(s, first_word(s).len));
}

static bool begins_with_any(str line, const str *words, size_t count)
{
    str word = first_word(line);
    for (size_t i = 0; i < count; i++)
        if (shelflife_str_equal(word, words[i]))
            return true;
    return false;
}

static bool is_option(str word)
{
    return word.len > 1 && word.at[0] == '-';
}

/* Takes "/bin/sh -c", "/bin/bash -o pipefail -c" or "cmd /S /C" from the beginning of a line. */
static bool strip_shell(str *line)
{
    str word = first_word(*line), rest = *line;
    bool windows = shelflife_str_equal(word, STR("cmd"));
    if (!windows && !(shelflife_str_starts(word, STR("/")) && shelflife_str_ends(word, STR("sh"))))
        return false;
    for (unsigned i = 0; i < SHELL_WORDS_MAX; i++) {
        rest = after_word(rest);
        word = first_word(rest);
        if (windows ? shelflife_str_equal(word, STR("/C"))
                    : is_option(word) && shelflife_str_ends(word, STR("c"))) {
            *line = after_word(rest);
            return true;
        }
        if (!windows && i % 2 == 0 && !is_option(word))
            return false;
    }
    return false;
}

/* Takes the values of build arguments from the beginning of a line, and the shell after them: "|1 A=b /bin/sh
   -c ". */
static bool strip_arguments(str *line)
{
    if (!shelflife_str_starts(*line, STR("|")))
        return false;
    for (str rest = after_word(*line); rest.len; rest = after_word(rest))
        if (strip_shell(&rest)) {
            *line = rest;
            return true;
        }
    return false;
}

bool shelflife_registry_history_line(str line, arena *a, str *out)
{
    line = shelflife_str_trim(line);
    if (shelflife_str_ends(line, STR("# buildkit")))
        line = shelflife_str_trim(shelflife_str_first(line, line.len - STR("# buildkit").len));
    bool run = shelflife_str_equal(first_word(line), STR("RUN"));
    str command = run ? after_word(line) : line;
    bool shell = strip_arguments(&command) || strip_shell(&command);
    if (shell && !run && shelflife_str_starts(command, STR("#(nop) "))) {
        *out = after_word(command);
        return true;
    }
    if (!shell && (line.len == 0 || begins_with_any(line, instructions, COUNT(instructions)))) {
        *out = line;
        return true;
    }
    return shelflife_arena_join(a, STR("RUN "), command, out);
}

bool shelflife_registry_history_adds_files(str line)
{
    return begins_with_any(line, adding, COUNT(adding));
}
