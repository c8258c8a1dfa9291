#include "feeds/vap_writer.h"

#include "feeds/vap_rules.h"
#include "shelflife/json.h"

void shelflife_feeds_vap_note(struct feeds_vap_writer *w, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    shelflife_buffer_format(w->notes, "%s\n", line);
}

void shelflife_feeds_vap_put(struct feeds_vap_writer *w, str text)
{
    shelflife_buffer_append(w->out, text);
}

void shelflife_feeds_vap_put_string(struct feeds_vap_writer *w, str text)
{
    struct shelflife_json_writer json;
    shelflife_json_writer_init(&json, w->out);
    shelflife_json_write_string(&json, text);
}

static void put_glob(struct feeds_vap_writer *w, str glob)
{
    for (size_t i = 0; i < glob.len; i++) {
        str rest = shelflife_str_after(glob, i);
        if (shelflife_str_starts(rest, STR("**"))) {
            shelflife_feeds_vap_put(w, STR(".*"));
            i++;
        } else if (glob.at[i] == '*') {
            shelflife_feeds_vap_put(w, STR("[^/]*"));
        } else {
            shelflife_feeds_regex_quote(shelflife_str_first(rest, 1), w->out);
        }
    }
}

void shelflife_feeds_vap_put_globs(struct feeds_vap_writer *w, const struct node *map, const char *key)
{
    struct node list, pattern;
    str text;
    shelflife_feeds_vap_put(w, STR("r'^("));
    if (!shelflife_node_get(map, key, &list))
        shelflife_feeds_vap_put(w, STR(".*"));
    else
        for (size_t i = 0; shelflife_node_at(&list, i, &pattern); i++)
            if (shelflife_node_string(pattern, &text, NULL)) {
                shelflife_feeds_vap_put(w, i ? STR("|") : STR(""));
                put_glob(w, text);
            }
    shelflife_feeds_vap_put(w, STR(")$'"));
}

bool shelflife_feeds_vap_get_text(const struct node *map, const char *key, str *text)
{
    struct node value;
    return shelflife_node_get(map, key, &value) && shelflife_node_type(value) == NODE_STRING &&
           shelflife_node_string(value, text, NULL);
}

bool shelflife_feeds_vap_has_word(const struct node *map, const char *key, str word)
{
    str text;
    return shelflife_feeds_vap_get_text(map, key, &text) && shelflife_str_equal(text, word);
}
