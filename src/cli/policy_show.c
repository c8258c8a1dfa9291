/*
 * The effective policy. The built-in policy, policies/default.yaml, sets everything that has a default, so
 * what a policy does not set is taken from there.
 */
#include "base/ascii.h"
#include "base/printable.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/output.h"
#include "file/file.h"
#include "shelflife/json.h"
#include "shelflife/policy.h"
#include "json/document.h"
#include "json/words.h"

enum { POLICY_BYTES_MAX = 16 << 20, COMMENT_COLUMN = 40 };
enum { FORMAT_YAML, FORMAT_JSON };

/* How the sections of two policies become one. */
enum merging { WHOLE, BY_KEY, THEN_DEFAULTS };

struct section {
    const char *key;
    enum merging merging;
};

/* In the order of the built-in policy. */
static const struct section sections[] = {
    {"actions", BY_KEY},
    {"notice", WHOLE},
    {"denyAfter", WHOLE},
    {"enforceFrom", WHOLE},
    {"bases", WHOLE},
    {"support", WHOLE},
    {"maxBuildAge", WHOLE},
    {"inspection", WHOLE},
    {"maxAge", WHOLE},
    {"onStale", WHOLE},
    {"existingWorkloads", WHOLE},
    {"trustedControllers", BY_KEY},
    {"mode", WHOLE},
    {"namespaces", THEN_DEFAULTS},
    {"mirrors", WHOLE},
    {"overrides", WHOLE},
    {"exceptions", WHOLE},
    {"shapes", WHOLE},
    {"owners", WHOLE},
};

struct showing {
    const char *policy; /* the file; NULL: the built-in one */
    size_t format;
    struct node own, defaults; /* the roots */
    buffer yaml, json, places; /* the policy, twice; where each path is from, as JSON */
    struct shelflife_json_writer json_w, places_w;
    bool failed; /* memory ran out in another buffer */
};

/* ---- Values ---- */

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* Whether a text is a string in YAML without quotes in every version: a word that means nothing else, or a
   span like 90d. */
static bool is_plain(str s)
{
    static const char *const others[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
    size_t digits = shelflife_json_run_of(s, 0, DIGITS);
    if (digits)
        return digits + 1 == s.len && strchr("dw", s.at[digits]);
    for (size_t i = 0; i < COUNT(others); i++)
        if (ascii_equal_fold(s, shelflife_str_of(others[i])))
            return false;
    return shelflife_json_run_of(s, 0, LETTERS) &&
           shelflife_json_run_of(s, 0, LETTERS DIGITS "._/-") == s.len;
}

static void put_string(str s, bool json, buffer *out)
{
    struct shelflife_json_writer w;
    if (!json && is_plain(s)) {
        shelflife_buffer_append(out, s);
        return;
    }
    shelflife_json_writer_init(&w, out);
    shelflife_json_write_string(&w, s);
}

/* On one line. A policy has strings, in maps and lists of few levels: everything else has been refused. */
static void put_value(const struct node *node, bool json, buffer *out)
{
    enum node_type type = shelflife_node_type(*node);
    bool map = type == NODE_MAP;
    struct node child;
    if (!map && type != NODE_ARRAY) {
        if (type == NODE_STRING)
            put_string(shelflife_node_text(*node), json, out);
        else
            shelflife_buffer_append(out, STR("null"));
        return;
    }
    shelflife_buffer_byte(out, map ? '{' : '[');
    for (size_t i = 0; shelflife_node_at(node, i, &child); i++) {
        shelflife_buffer_append(out, !i ? STR("") : json ? STR(",") : STR(", "));
        if (map) {
            put_string(shelflife_str_of(child.key), json, out);
            shelflife_buffer_append(out, json ? STR(":") : STR(": "));
        }
        put_value(&child, json, out);
    }
    shelflife_buffer_byte(out, map ? '}' : ']');
}

/* ---- Sections ---- */

/* Where a value is from: "policy.yaml:4", or "default". */
static void put_place(const struct showing *s, const struct node *node, bool is_default, buffer *out)
{
    uint32_t line, column;
    shelflife_node_place(*node, &line, &column);
    if (is_default)
        shelflife_buffer_append(out, STR("default"));
    else
        shelflife_buffer_format(out, "%s:%u", s->policy, line);
}

/* Adds a line of YAML, a value of JSON, and where they are from. */
static void add(struct showing *s, const char *before, const struct node *node, str path, bool is_default)
{
    buffer place CLEANUP(shelflife_buffer_free), json CLEANUP(shelflife_buffer_free);
    size_t start = s->yaml.len;
    shelflife_buffer_init(&place, SIZE_MAX);
    shelflife_buffer_init(&json, SIZE_MAX);
    put_place(s, node, is_default, &place);
    shelflife_json_write_key(&s->places_w, path);
    shelflife_json_write_string(&s->places_w, shelflife_buffer_str(&place));
    put_value(node, true, &json);
    shelflife_json_write_raw(&s->json_w, shelflife_buffer_str(&json));
    shelflife_buffer_append(&s->yaml, shelflife_str_of(before));
    put_value(node, false, &s->yaml);
    for (size_t width = s->yaml.len - start; width < COMMENT_COLUMN; width++)
        shelflife_buffer_byte(&s->yaml, ' ');
    shelflife_buffer_append(&s->yaml, STR("  # "));
    shelflife_printable_append(shelflife_buffer_str(&place), SIZE_MAX, &s->yaml);
    shelflife_buffer_byte(&s->yaml, '\n');
    s->failed |= place.failed || json.failed;
}

static void add_key(struct showing *s, const char *key, bool section)
{
    shelflife_json_write_key(&s->json_w, shelflife_str_of(key));
    if (section)
        shelflife_buffer_format(&s->yaml, "%s:\n", key);
}

static void add_whole(struct showing *s, const char *key, const struct node *node, bool is_default)
{
    char before[32];
    snprintf(before, sizeof(before), "%s: ", key);
    add_key(s, key, false);
    add(s, before, node, shelflife_str_of(key), is_default);
}

/* The entries of a map: its own, and those of the defaults that it does not have. */
static void add_by_key(struct showing *s, const char *key, const struct node *own,
                       const struct node *defaults)
{
    const struct node *maps[] = {own, defaults};
    add_key(s, key, true);
    shelflife_json_write_map(&s->json_w);
    for (size_t m = 0; m < COUNT(maps); m++) {
        struct node child, other;
        for (size_t i = 0; maps[m] && shelflife_node_at(maps[m], i, &child); i++) {
            char path[64], before[64];
            if ((m == 1 && own && shelflife_node_get(own, child.key, &other)) ||
                shelflife_node_type(child) == NODE_NULL)
                continue;
            int n = snprintf(path, sizeof(path), "%s.%s", key, child.key);
            snprintf(before, sizeof(before), "  %s: ", child.key);
            shelflife_json_write_key(&s->json_w, shelflife_str_of(child.key));
            add(s, before, &child, (str){path, (size_t)n}, m == 1);
        }
    }
    shelflife_json_write_end(&s->json_w);
}

static bool has_text(const struct node *list, str text)
{
    struct node child;
    for (size_t i = 0; shelflife_node_at(list, i, &child); i++)
        if (shelflife_str_equal(shelflife_node_text(child), text))
            return true;
    return false;
}

/* Whether this entry for namespaces sets all that another one does, for all its names. */
static bool covers(const struct node *entry, const struct node *other)
{
    struct node names, other_names, child, same;
    if (!shelflife_node_get(entry, "names", &names) || !shelflife_node_get(other, "names", &other_names))
        return false;
    for (size_t i = 0; shelflife_node_at(other, i, &child); i++)
        if (!shelflife_node_get(entry, child.key, &same))
            return false;
    for (size_t i = 0; shelflife_node_at(&other_names, i, &child); i++)
        if (!has_text(&names, shelflife_node_text(child)))
            return false;
    return true;
}

/* Whether one of the policy's own entries takes the place of a default. */
static bool is_covered(const struct node *own, const struct node *entry)
{
    struct node child;
    for (size_t i = 0; own && shelflife_node_at(own, i, &child); i++)
        if (covers(&child, entry))
            return true;
    return false;
}

/* The items of a list, and after them those of the defaults that none of them covers. */
static void add_items(struct showing *s, const char *key, const struct node *own, const struct node *defaults)
{
    const struct node *lists[] = {own, defaults};
    size_t index = 0;
    add_key(s, key, true);
    shelflife_json_write_array(&s->json_w);
    for (size_t l = 0; l < COUNT(lists); l++) {
        struct node child;
        for (size_t i = 0; lists[l] && shelflife_node_at(lists[l], i, &child); i++) {
            char path[64];
            if (l == 1 && is_covered(own, &child))
                continue;
            int n = snprintf(path, sizeof(path), "%s[%zu]", key, index++);
            add(s, "- ", &child, (str){path, (size_t)n}, l == 1);
        }
    }
    shelflife_json_write_end(&s->json_w);
}

static void add_section(struct showing *s, const struct section *section)
{
    struct node own, defaults;
    bool has_own = s->policy && shelflife_node_get(&s->own, section->key, &own);
    bool has_default = shelflife_node_get(&s->defaults, section->key, &defaults);
    const struct node *given = has_own ? &own : NULL, *otherwise = has_default ? &defaults : NULL;
    if (!given && !otherwise)
        return;
    if (section->merging == BY_KEY)
        add_by_key(s, section->key, given, otherwise);
    else if (section->merging == THEN_DEFAULTS)
        add_items(s, section->key, given, otherwise);
    else if (shelflife_node_type(given ? own : defaults) == NODE_ARRAY)
        add_items(s, section->key, given, given ? NULL : otherwise);
    else
        add_whole(s, section->key, given ? given : otherwise, !given);
}

static void put_json(struct showing *s, buffer *out)
{
    struct shelflife_json_writer w;
    shelflife_json_writer_init(&w, out);
    shelflife_json_write_map(&w);
    shelflife_json_write_key(&w, STR("file"));
    if (s->policy)
        shelflife_json_write_string(&w, shelflife_str_of(s->policy));
    else
        shelflife_json_write_null(&w);
    shelflife_json_write_key(&w, STR("policy"));
    shelflife_json_write_raw(&w, shelflife_buffer_str(&s->json));
    shelflife_json_write_key(&w, STR("from"));
    shelflife_json_write_raw(&w, shelflife_buffer_str(&s->places));
    shelflife_json_write_end(&w);
}

static bool print_all(struct showing *s, error *err)
{
    buffer out CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&out, SIZE_MAX);
    shelflife_json_writer_init(&s->json_w, &s->json);
    shelflife_json_writer_init(&s->places_w, &s->places);
    shelflife_json_write_map(&s->json_w);
    shelflife_json_write_map(&s->places_w);
    shelflife_json_member_text(&s->json_w, "apiVersion", "shelflife.dev/v1");
    shelflife_json_member_text(&s->json_w, "kind", "Policy");
    shelflife_buffer_append(&s->yaml, STR("apiVersion: shelflife.dev/v1\nkind: Policy\n"));
    for (size_t i = 0; i < COUNT(sections); i++)
        add_section(s, &sections[i]);
    shelflife_json_write_end(&s->json_w);
    shelflife_json_write_end(&s->places_w);
    put_json(s, &out);
    if (s->failed || s->yaml.failed || s->json.failed || s->places.failed || out.failed)
        return shelflife_fail_memory(err);
    if (s->format == FORMAT_JSON)
        return shelflife_cli_print_json(&out, err);
    shelflife_cli_write(shelflife_buffer_str(&s->yaml));
    return true;
}

/* ---- The command ---- */

/* Reads a policy as a document, after a check that it is one. */
static struct shelflife_document *read_policy(const char *file, error *err)
{
    buffer bytes CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&bytes, POLICY_BYTES_MAX);
    if (file && !shelflife_file_read_input(file, &bytes, err))
        return NULL;
    struct shelflife_policy *policy =
        file ? shelflife_policy_read(shelflife_buffer_str(&bytes), file, err) : shelflife_policy_default(err);
    struct shelflife_document *document =
        policy ? shelflife_document_read_placed(shelflife_policy_bytes(policy), file ? file : "default", err)
               : NULL;
    shelflife_policy_free(policy);
    return document;
}

static bool show(struct showing *s, error *err)
{
    struct shelflife_document *defaults CLEANUP(cleanup_document) = read_policy(NULL, err);
    struct shelflife_document *own CLEANUP(cleanup_document) = NULL;
    if (!defaults || (s->policy && !(own = read_policy(s->policy, err))))
        return false;
    s->defaults = shelflife_document_root(defaults);
    if (own)
        s->own = shelflife_document_root(own);
    shelflife_buffer_init(&s->yaml, SIZE_MAX);
    shelflife_buffer_init(&s->json, SIZE_MAX);
    shelflife_buffer_init(&s->places, SIZE_MAX);
    bool ok = print_all(s, err);
    shelflife_buffer_free(&s->yaml);
    shelflife_buffer_free(&s->json);
    shelflife_buffer_free(&s->places);
    return ok;
}

int shelflife_cli_policy_show(int argc, char **argv)
{
    static const char *const formats[] = {"yaml", "json", NULL};
    static const struct cli_usage usage = {
        .program = "shelflife policy show",
        .about =
            "Show the policy that is in effect: the settings of --policy, and the defaults of all others.\n"
            "The output is a policy, too. A comment at each setting names the line that it is from.",
        .examples = "  shelflife policy show\n"
                    "  shelflife policy show --policy policy.yaml\n"
                    "  shelflife policy show --policy policy.yaml -o json | jq .policy.actions"};
    struct showing s = {0};
    const struct cli_option options[] = {
        {.name = "policy",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &s.policy,
         .help = "show the policy in this file instead of the built-in one; - is\n"
                 "standard input"},
        {.name = "output",
         .letter = 'o',
         .type = CLI_WORD,
         .argument = "FORMAT",
         .target = &s.format,
         .words = formats,
         .help = "output format: yaml (the default) or json, which has the policy, and\n"
                 "where each setting is from"},
    };
    struct cli_list none CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    error err;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &none, &code))
        return code;
    return show(&s, &err) ? shelflife_cli_finish(CLI_EXIT_OK) : shelflife_cli_fail(&err);
}
