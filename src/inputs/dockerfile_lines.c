#include "inputs/dockerfile_lines.h"

#include "base/ascii.h"
#include "inputs/dockerfile_words.h"

static str trim_left(str s)
{
    while (s.len && shelflife_input_dockerfile_is_space(s.at[0]))
        s = shelflife_str_after(s, 1);
    return s;
}

/* The next line without its end. */
static bool read_line(struct shelflife_input_dockerfile_lines *lines, str *line)
{
    if (lines->rest.len == 0)
        return false;
    *line = shelflife_str_line(&lines->rest);
    while (line->len && line->at[line->len - 1] == '\r')
        line->len--;
    lines->line++;
    return true;
}

/* ---- Directives: "# NAME=VALUE" in the first lines ---- */

static bool read_name(str *rest, str *name)
{
    size_t n = 0;
    while (n < rest->len && (n ? ascii_is_alphanumeric(rest->at[n]) : ascii_is_letter(rest->at[n])))
        n++;
    *name = shelflife_str_first(*rest, n);
    *rest = trim_left(shelflife_str_after(*rest, n));
    return n > 0;
}

static bool read_directive(str line, str *name, str *value)
{
    str rest = trim_left(line);
    if (!shelflife_str_starts(rest, STR("#")))
        return false;
    rest = trim_left(shelflife_str_after(rest, 1));
    if (!read_name(&rest, name) || !shelflife_str_starts(rest, STR("=")))
        return false;
    *value = shelflife_str_trim(shelflife_str_after(rest, 1));
    return value->len > 0;
}

/* Returns false for a directive that does not exist, which is a comment. */
static bool take_directive(struct shelflife_input_dockerfile_lines *lines, str line, str name, str value)
{
    if (ascii_equal_fold(name, STR("syntax"))) {
        size_t end = 0;
        while (end < value.len && !shelflife_input_dockerfile_is_space(value.at[end]))
            end++;
        lines->syntax = shelflife_str_first(value, end);
        lines->syntax_at.line = lines->line;
        lines->syntax_at.column = (uint32_t)(value.at - line.at) + 1;
        return true;
    }
    if (ascii_equal_fold(name, STR("escape"))) {
        if (value.len == 1 && (value.at[0] == '\\' || value.at[0] == '`'))
            lines->escape = value.at[0];
        else
            lines->bad_escape = value;
        return true;
    }
    return ascii_equal_fold(name, STR("check"));
}

void shelflife_input_dockerfile_lines_init(struct shelflife_input_dockerfile_lines *lines, str text)
{
    static const str byte_order_mark = STR_INIT("\xef\xbb\xbf");
    if (shelflife_str_starts(text, byte_order_mark))
        text = shelflife_str_after(text, byte_order_mark.len);
    *lines = (struct shelflife_input_dockerfile_lines){.rest = text, .escape = '\\'};
    shelflife_buffer_init(&lines->joined, SIZE_MAX);
    str line, name, value, before;
    if (shelflife_str_starts(text, STR("#!")))
        (void)read_line(lines, &line);
    for (before = lines->rest; read_line(lines, &line); before = lines->rest) {
        if (read_directive(line, &name, &value) && take_directive(lines, line, name, value))
            continue;
        lines->rest = before;
        lines->line--;
        return;
    }
}

void shelflife_input_dockerfile_lines_free(struct shelflife_input_dockerfile_lines *lines)
{
    shelflife_buffer_free(&lines->joined);
    shelflife_free(lines->pieces);
}

/* ---- Instructions ---- */

/* Removes the escape character at the end of a line, and the blanks after it. */
static bool is_continued(const struct shelflife_input_dockerfile_lines *lines, str *line)
{
    size_t end = line->len;
    while (end && (line->at[end - 1] == ' ' || line->at[end - 1] == '\t'))
        end--;
    if (end == 0 || line->at[end - 1] != lines->escape || (end > 1 && line->at[end - 2] == lines->escape))
        return false;
    line->len = end - 1;
    return true;
}

static bool add_piece(struct shelflife_input_dockerfile_lines *lines, str piece, uint32_t column, error *err)
{
    if (!shelflife_grow(&lines->pieces, &lines->piece_capacity, lines->piece_count + 1,
                        sizeof(*lines->pieces)))
        return shelflife_fail_memory(err);
    lines->pieces[lines->piece_count++] =
        (struct shelflife_input_dockerfile_piece){lines->joined.len, lines->line, column};
    shelflife_buffer_append(&lines->joined, piece);
    return !lines->joined.failed || shelflife_fail_memory(err);
}

/* Finds the line that begins an instruction. */
static bool find_start(struct shelflife_input_dockerfile_lines *lines, str *line, uint32_t *column)
{
    while (read_line(lines, line)) {
        str start = trim_left(*line);
        if (start.len == 0 || start.at[0] == '#')
            continue;
        *column = (uint32_t)(start.at - line->at) + 1;
        *line = start;
        return true;
    }
    return false;
}

bool shelflife_input_dockerfile_lines_next(struct shelflife_input_dockerfile_lines *lines, str *instruction,
                                           error *err)
{
    str line;
    uint32_t column;
    shelflife_buffer_reset(&lines->joined);
    lines->piece_count = 0;
    *instruction = (str){0};
    if (!find_start(lines, &line, &column))
        return true;
    bool more = is_continued(lines, &line);
    if (!add_piece(lines, line, column, err))
        return false;
    while (more && read_line(lines, &line)) {
        str start = trim_left(line);
        if (start.len == 0 || start.at[0] == '#')
            continue;
        more = is_continued(lines, &line);
        if (!add_piece(lines, line, 1, err))
            return false;
    }
    *instruction = shelflife_buffer_str(&lines->joined);
    return true;
}

static int compare_start(const void *key, const void *element)
{
    size_t start = *(const size_t *)key;
    const struct shelflife_input_dockerfile_piece *piece = element;
    return (start > piece->start) - (start < piece->start);
}

struct shelflife_input_dockerfile_piece shelflife_input_dockerfile_lines_at(
    const struct shelflife_input_dockerfile_lines *lines, const char *byte)
{
    size_t offset = (size_t)(byte - lines->joined.at), next = offset + 1;
    size_t after = shelflife_lower_bound(&next, lines->pieces, lines->piece_count, sizeof(*lines->pieces),
                                         compare_start);
    struct shelflife_input_dockerfile_piece at = lines->pieces[after - 1];
    at.column += (uint32_t)(offset - at.start);
    at.start = offset;
    return at;
}

/* ---- Heredocs ---- */

/* The word at the beginning of *rest with its quotes; quotes that are not closed end the search. The blanks
   between "<<" and a word belong to it. */
static bool read_shell_word(str *rest, str *word)
{
    bool closed;
    *rest = trim_left(*rest);
    size_t n = shelflife_input_dockerfile_quoted_length(*rest, '\\', &closed);
    *word = shelflife_str_first(*rest, n);
    *rest = shelflife_str_after(*rest, n);
    return word->len > 0 && closed;
}

struct heredoc {
    str name; /* with its quotes */
    bool chomp;
};

static bool is_name(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_alphanumeric(s.at[i]) && s.at[i] != '_' && s.at[i] != '\'' && s.at[i] != '"')
            return false;
    return s.len > 0;
}

/* "3<<-EOF", or "<<" before a blank and "EOF". A shift, as in "$((1 << 3))", does not begin a heredoc. */
static bool is_heredoc(str word, str *rest, struct heredoc *out)
{
    while (word.len && ascii_is_digit(word.at[0]))
        word = shelflife_str_after(word, 1);
    if (!shelflife_str_starts(word, STR("<<")))
        return false;
    word = shelflife_str_after(word, 2);
    out->chomp = shelflife_str_starts(word, STR("-"));
    out->name = shelflife_str_after(word, out->chomp);
    if (shelflife_str_find(out->name, '<') != SIZE_MAX)
        return false;
    if (out->name.len > 0)
        return true;
    str after = *rest;
    if (!read_shell_word(&after, &out->name) || !is_name(out->name))
        return false;
    *rest = after;
    return true;
}

/* Whether a line is the name without its quotes and escapes. */
static bool is_end(str line, str name)
{
    size_t at = 0;
    char quote = 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        if ((!quote && (c == '\'' || c == '"')) || (quote && c == quote)) {
            quote = quote ? 0 : c;
            continue;
        }
        if (c == '\\' && quote != '\'' && i + 1 < name.len)
            c = name.at[++i];
        if (at >= line.len || line.at[at++] != c)
            return false;
    }
    return at == line.len;
}

static bool skip_body(struct shelflife_input_dockerfile_lines *lines, struct heredoc heredoc)
{
    str line;
    while (read_line(lines, &line)) {
        while (heredoc.chomp && line.len && line.at[0] == '\t')
            line = shelflife_str_after(line, 1);
        if (is_end(line, heredoc.name))
            return true;
    }
    return false;
}

/* Whether no quote is left open: then Docker finds no heredocs. */
static bool is_closed(str args)
{
    str word;
    while (read_shell_word(&args, &word))
        ;
    return word.len == 0;
}

void shelflife_input_dockerfile_lines_skip_heredocs(struct shelflife_input_dockerfile_lines *lines, str args,
                                                    str *open)
{
    str word;
    struct heredoc heredoc;
    *open = (str){0};
    args = shelflife_str_trim(args);
    bool json = shelflife_str_starts(args, STR("[")) && shelflife_str_ends(args, STR("]"));
    if (json || !is_closed(args))
        return;
    while (read_shell_word(&args, &word)) {
        if (!is_heredoc(word, &args, &heredoc) || skip_body(lines, heredoc))
            continue;
        *open = word;
        return;
    }
}
