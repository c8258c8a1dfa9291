#include "inputs/gitlab_config.h"

#include <fnmatch.h>

#include "file/file.h"

typedef struct shelflife_input_reading reading;
typedef struct shelflife_input_reading_file file;
typedef struct shelflife_input_node node;
typedef struct shelflife_input_entry entry;
typedef struct shelflife_input_gitlab_config config;
typedef struct shelflife_input_gitlab_given given;

static const node *get(const node *map, const char *key)
{
    return shelflife_input_node_get(map, shelflife_str_of(key));
}

/* ---- Files ---- */

/* The configuration in a file, which is after the header with its inputs, if there is one. */
static const node *content_of(const file *f)
{
    size_t count = f->documents.count;
    const node *last = count ? f->documents.at[count - 1] : NULL;
    return shelflife_input_node_is(last, SHELFLIFE_INPUT_NODE_MAP) ? last : NULL;
}

static given *given_to(config *c, str path)
{
    for (size_t i = 0; i < c->given_count; i++)
        if (shelflife_str_equal(c->given[i].path, path))
            return &c->given[i];
    return NULL;
}

const node *shelflife_input_gitlab_config_input(const config *c, str path, str name, const char **why)
{
    const node *value = NULL, *header = NULL;
    const reading *r = c->reading;
    for (size_t i = 0; i < c->given_count && !value; i++)
        if (shelflife_str_equal(c->given[i].path, path)) {
            *why = "is given different values";
            if (c->given[i].differs)
                return NULL;
            value = shelflife_input_node_get(c->given[i].inputs, name);
        }
    for (size_t i = 0; i < r->file_count && !header; i++)
        if (shelflife_str_equal(r->files[i]->path, path) && r->files[i]->documents.count)
            header = r->files[i]->documents.at[0];
    if (!value)
        value = get(shelflife_input_node_get(get(get(header, "spec"), "inputs"), name), "default");
    *why = "is an input without a default";
    return value;
}

/* ---- Includes ---- */

static bool include_list(config *c, const node *list, const node **into, unsigned depth);

/* Merges a file, with what it includes, over what is there. */
static bool add_file(config *c, const file *f, const node **into, unsigned depth)
{
    bool ok = true;
    const node *content = content_of(f), *includes = get(content, "include");
    c->open[depth] = f;
    if (includes && !include_list(c, includes, into, depth + 1))
        return false;
    *into = shelflife_input_node_merge(&c->reading->arena, *into, content, &ok);
    return ok || shelflife_input_reading_full(c->reading);
}

static bool include_file(config *c, str path, const node *item, const node **into, unsigned depth)
{
    reading *r = c->reading;
    const file *f;
    const node *inputs = get(item, "inputs");
    given *before = given_to(c, path);
    if (!shelflife_input_reading_load(r, path, item->place, &f))
        return false;
    for (unsigned i = 0; i < depth; i++)
        if (c->open[i] == f)
            return shelflife_input_reading_unread(r, item->place, "%.*s includes itself", STR_PRINT(path));
    if (c->given_count == COUNT(c->given))
        return shelflife_input_reading_unread(r, item->place, "more than %d includes are not read",
                                              SHELFLIFE_INPUT_GITLAB_INCLUDES_MAX);
    if (before)
        before->differs = before->differs || inputs || before->inputs;
    c->given[c->given_count++] =
        (given){.path = path, .inputs = inputs, .differs = before && before->differs};
    return add_file(c, f, into, depth);
}

/* Includes the files of a folder that fit a pattern, in the order of their names. */
static bool include_pattern(config *c, str pattern, const node *item, const node **into, unsigned depth)
{
    CLEANUP(shelflife_file_list_free) struct shelflife_file_list found = {0};
    reading *r = c->reading;
    error why = {0};
    str folder = shelflife_input_reading_folder(pattern), joined, path;
    const char *name = pattern.at + (folder.len ? folder.len + 1 : 0);
    if (r->options->files || shelflife_str_find(folder, '*') != SIZE_MAX || strstr(name, "**"))
        return shelflife_input_reading_unread(
            r, item->place, "the files that fit %.*s are not included: only the last part may be a pattern",
            STR_PRINT(pattern));
    if (!shelflife_input_reading_join(r, c->folder, folder, &joined))
        return false;
    if (!shelflife_file_list_folder(&found, joined.at, NULL, 0, &why))
        return why.kind == SHELFLIFE_ERROR_MEMORY
                   ? shelflife_fail_memory(r->err)
                   : shelflife_input_reading_unread(r, item->place, "%.*s: %s", STR_PRINT(joined), why.text);
    for (size_t i = 0; i < found.count; i++) {
        const char *slash = strrchr(found.at[i], '/');
        if (fnmatch(name, slash ? slash + 1 : found.at[i], FNM_PERIOD) != 0)
            continue;
        if (!shelflife_arena_copy(&r->arena, shelflife_str_of(found.at[i]), &path))
            return shelflife_input_reading_full(r);
        if (!include_file(c, path, item, into, depth))
            return false;
    }
    return true;
}

/* A path from the folder of the repository. */
static bool include_local(config *c, str path, const node *item, const node **into, unsigned depth)
{
    static const str up = STR_INIT("..");
    reading *r = c->reading;
    str joined;
    while (shelflife_str_starts(path, STR("/")))
        path = shelflife_str_after(path, 1);
    if (shelflife_str_find(path, '$') != SIZE_MAX)
        return shelflife_input_reading_unread(r, item->place, "the included %.*s depends on a variable",
                                              STR_PRINT(path));
    if (shelflife_input_reading_find(path, up) != SIZE_MAX)
        return shelflife_input_reading_unread(
            r, item->place, "the included %.*s is not read: GitLab allows no \"..\" here", STR_PRINT(path));
    if (shelflife_str_find(path, '*') != SIZE_MAX)
        return include_pattern(c, path, item, into, depth);
    return shelflife_input_reading_join(r, c->folder, path, &joined) &&
           include_file(c, joined, item, into, depth);
}

static bool include_item(config *c, const node *item, const node **into, unsigned depth)
{
    static const char *const others[] = {"remote", "template", "project", "component", "artifact"};
    str text = shelflife_input_node_text(item), local = shelflife_input_node_text(get(item, "local"));
    if (text.len && shelflife_input_reading_find(text, STR("://")) == SIZE_MAX)
        return include_local(c, text, item, into, depth);
    if (text.len)
        return shelflife_input_reading_unread(c->reading, item->place, "the included %.*s is not fetched",
                                              STR_PRINT(text));
    if (local.len)
        return include_local(c, local, item, into, depth);
    for (size_t i = 0; i < COUNT(others); i++) {
        const node *value = get(item, others[i]);
        if (value)
            return shelflife_input_reading_unread(c->reading, value->place,
                                                  "the included %s %.*s is not fetched", others[i],
                                                  STR_PRINT(shelflife_input_node_text(value)));
    }
    return true;
}

/* The recursion is limited by the number of includes. */
static bool include_list(config *c, const node *list, const node **into, unsigned depth)
{
    if (list->type != SHELFLIFE_INPUT_NODE_LIST)
        return include_item(c, list, into, depth);
    for (size_t i = 0; i < list->count; i++)
        if (!include_item(c, list->entries[i].value, into, depth))
            return false;
    return true;
}

/* Makes room for the jobs. */
static bool finish(config *c, const node *root)
{
    c->root = root;
    c->jobs = shelflife_arena_array(&c->reading->arena, root ? root->count : 0, sizeof(*c->jobs));
    return c->jobs || shelflife_input_reading_full(c->reading);
}

bool shelflife_input_gitlab_config_file(config *c, const file *f)
{
    const node *root = NULL;
    return add_file(c, f, &root, 0) && finish(c, root);
}

bool shelflife_input_gitlab_config_includes(config *c, const node *includes)
{
    const node *root = NULL;
    return include_list(c, includes, &root, 0) && finish(c, root);
}

/* ---- Extends ---- */

static bool extended(config *c, const entry *job, unsigned depth, const node **out);

static bool extend_by(config *c, const node *name, unsigned depth, const node **into)
{
    reading *r = c->reading;
    const node *base;
    bool ok = true;
    const entry *job = shelflife_input_node_entry(c->root, shelflife_input_node_text(name));
    if (!job || job->value->type != SHELFLIFE_INPUT_NODE_MAP)
        return shelflife_input_reading_unread(r, name->place, "there is no job \"%.*s\" to extend",
                                              STR_PRINT(shelflife_input_node_text(name)));
    if (!extended(c, job, depth + 1, &base))
        return false;
    *into = shelflife_input_node_merge(&r->arena, *into, base, &ok);
    return ok || shelflife_input_reading_full(r);
}

/* The mark of a job that is being extended. */
static const node open_job;

/* A job with what it extends; of several jobs the last one counts. */
static bool extended(config *c, const entry *job, unsigned depth, const node **out)
{
    reading *r = c->reading;
    const node **known = &c->jobs[job - c->root->entries], *whole = NULL;
    const node *extends = get(job->value, "extends");
    bool list = shelflife_input_node_is(extends, SHELFLIFE_INPUT_NODE_LIST), ok = true;
    *out = *known && *known != &open_job ? *known : job->value;
    if (*out == *known || !extends)
        return true;
    if (*known || depth == SHELFLIFE_INPUT_GITLAB_NESTED_MAX)
        return shelflife_input_reading_unread(
            r, extends->place, "more than %d jobs extend one another, or they do so in a circle",
            SHELFLIFE_INPUT_GITLAB_NESTED_MAX);
    *known = &open_job;
    for (size_t i = 0; i < (list ? extends->count : 1); i++)
        if (!shelflife_input_reading_step(r) ||
            !extend_by(c, list ? extends->entries[i].value : extends, depth, &whole))
            return false;
    whole = shelflife_input_node_merge(&r->arena, whole, job->value, &ok);
    *known = *out = whole;
    return ok || shelflife_input_reading_full(r);
}

bool shelflife_input_gitlab_config_get(config *c, str key, const node **out)
{
    const entry *e = shelflife_input_node_entry(c->root, key);
    *out = e && e->value->type != SHELFLIFE_INPUT_NODE_NULL ? e->value : NULL;
    return !shelflife_input_node_is(*out, SHELFLIFE_INPUT_NODE_MAP) || extended(c, e, 0, out);
}

/* ---- References ---- */

static bool is_reference(const node *value)
{
    return shelflife_input_node_is(value, SHELFLIFE_INPUT_NODE_LIST) &&
           shelflife_str_equal(value->tag, STR("!reference"));
}

/* Follows the names of a reference from the root. */
static bool follow_once(config *c, const node *reference, const node **out)
{
    const node *value = NULL;
    size_t count = reference->count;
    if (count &&
        !shelflife_input_gitlab_config_get(c, shelflife_input_node_text(reference->entries[0].value), &value))
        return false;
    for (size_t i = 1; i < count; i++)
        value = shelflife_input_node_get(value, shelflife_input_node_text(reference->entries[i].value));
    *out = value;
    return value || shelflife_input_reading_unread(c->reading, reference->place,
                                                   "what this !reference names does not exist");
}

bool shelflife_input_gitlab_config_follow(config *c, const node *value, const node **out)
{
    *out = value;
    for (unsigned i = 0; is_reference(*out); i++) {
        if (i == SHELFLIFE_INPUT_GITLAB_REFERENCES_MAX) {
            *out = NULL;
            return shelflife_input_reading_unread(
                c->reading, value->place,
                "more than %d references refer to one another, or do so in a circle",
                SHELFLIFE_INPUT_GITLAB_REFERENCES_MAX);
        }
        if (!shelflife_input_reading_step(c->reading) || !follow_once(c, *out, out))
            return false;
    }
    return true;
}

bool shelflife_input_gitlab_config_at(config *c, const node *map, const char *key, const node **out)
{
    return shelflife_input_gitlab_config_follow(c, get(map, key), out);
}
