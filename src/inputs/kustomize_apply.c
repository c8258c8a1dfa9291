#include "inputs/kustomize.h"

#include "base/ascii.h"
#include "workload/kinds.h"

enum { WORK_MAX = 20000000 /* steps taken, of all images together */ };

typedef struct shelflife_input_kustomize build;
typedef struct shelflife_input_step step;
typedef struct shelflife_input_subject subject;
typedef struct shelflife_input_tree tree;
typedef enum shelflife_input_says says;

static void set(subject *x, const step *by, str image, struct shelflife_input_place place)
{
    x->image = image;
    x->by = by;
    x->place = place;
    x->why = x->hint = (str){0};
}

static void unclear(subject *x, const step *by, const char *why)
{
    x->why = shelflife_str_of(why);
    x->by = by;
    x->place = by->place;
}

/* ---- images ---- */

/* The key of the list that the image's map is in: "containers" of "spec.containers[0].image". */
static str list_of(str path)
{
    size_t open = shelflife_str_find_last(path, '[');
    if (open == SIZE_MAX || !shelflife_str_ends(path, STR("].image")))
        return (str){0};
    return shelflife_str_first(path, open);
}

static str last_key(str path)
{
    return shelflife_str_after(path, shelflife_str_find_last(path, '.') + 1); /* SIZE_MAX + 1 is 0 */
}

static bool is_reached(str path)
{
    str key = last_key(list_of(path));
    return shelflife_str_equal(key, STR("containers")) || shelflife_str_equal(key, STR("initContainers"));
}

/* These lists are found by two of kustomize's filters, so that an entry is applied twice. */
static bool is_reached_twice(str path)
{
    static const str lists[] = {STR_INIT("spec.containers"), STR_INIT("spec.initContainers"),
                                STR_INIT("spec.template.spec.containers"),
                                STR_INIT("spec.template.spec.initContainers")};
    for (size_t i = 0; i < COUNT(lists); i++)
        if (shelflife_str_equal(list_of(path), lists[i]))
            return true;
    return false;
}

static size_t run_of_tag(str s)
{
    size_t i = 0;
    while (i < s.len && (ascii_is_alphanumeric(s.at[i]) || (s.at[i] && strchr("_.{}-", s.at[i]))))
        i++;
    return i;
}

/* kustomize takes the name as a regular expression; here only "." is special. */
static bool name_matches(str image, str name)
{
    if (image.len < name.len)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (image.at[i] != name.at[i] && name.at[i] != '.')
            return false;
    str rest = shelflife_str_after(image, name.len);
    static const str marks[] = {STR_INIT(":"), STR_INIT("@sha256:")};
    for (size_t i = 0; i < COUNT(marks); i++)
        if (shelflife_str_starts(rest, marks[i])) {
            rest = shelflife_str_after(rest, marks[i].len);
            rest = shelflife_str_after(rest, run_of_tag(rest));
        }
    return rest.len == 0;
}

struct parts {
    str name, tag, digest;
};

static struct parts split(str image)
{
    size_t slash = shelflife_str_find(image, '/'), start = slash == SIZE_MAX ? 0 : slash;
    str rest = shelflife_str_after(image, start);
    size_t at = shelflife_str_find(rest, '@'), colon = shelflife_str_find(rest, ':');
    struct parts p = {.name = shelflife_str_first(image, start + (at < colon ? at : colon))};
    if (at == SIZE_MAX && colon == SIZE_MAX)
        p.name = image;
    if (colon < at)
        p.tag = shelflife_str_first(shelflife_str_after(rest, colon + 1),
                                    at == SIZE_MAX ? rest.len : at - colon - 1);
    if (at != SIZE_MAX)
        p.digest = shelflife_str_after(rest, at + 1);
    return p;
}

static bool join(build *b, struct parts p, str *out, error *err)
{
    return shelflife_arena_format(&b->memory, out, "%.*s%s%.*s%s%.*s", STR_PRINT(p.name),
                                  p.tag.len ? ":" : "", STR_PRINT(p.tag), p.digest.len ? "@" : "",
                                  STR_PRINT(p.digest)) ||
           shelflife_arena_fail(&b->memory, err);
}

static bool change(build *b, const tree *entry, str image, str *out, error *err)
{
    str name = shelflife_input_tree_string(entry, "newName"),
        tag = shelflife_input_tree_string(entry, "newTag");
    str digest = shelflife_input_tree_string(entry, "digest");
    str suffix = shelflife_input_tree_string(entry, "tagSuffix");
    struct parts p = split(image);
    if (name.len)
        p.name = name;
    if (tag.len || digest.len) {
        p.tag = tag;
        p.digest = digest;
    } else if (suffix.len) {
        if (!shelflife_arena_join(&b->memory, p.tag, suffix, &p.tag))
            return shelflife_arena_fail(&b->memory, err);
        p.digest = (str){0};
    }
    return join(b, p, out, err);
}

static const char *hint_of(const tree *entry)
{
    str name = shelflife_input_tree_string(entry, "newName"),
        tag = shelflife_input_tree_string(entry, "newTag");
    str suffix = shelflife_input_tree_string(entry, "tagSuffix");
    if (split(name).tag.len || split(name).digest.len)
        return "newName must be without a tag: write the tag as newTag";
    if (tag.len && !ascii_is_alphanumeric(tag.at[0]) && tag.at[0] != '_')
        return "newTag must begin with a letter, a digit or _";
    return suffix.len ? "kustomize adds tagSuffix twice: write the tag as newTag" : NULL;
}

static bool is_pattern(str name)
{
    return strcspn(name.at, "*+?()[]{}|^$\\") < name.len;
}

static bool take_images(build *b, const step *s, subject *x, error *err)
{
    str name = shelflife_input_tree_string(s->value, "name"), image = x->image;
    if (!name.len)
        return true;
    if (is_pattern(name)) {
        if (is_reached(x->path))
            unclear(x, s, "the name of an entry of images is a pattern");
        return true;
    }
    if (!name_matches(image, name))
        return true;
    if (!is_reached(x->path)) {
        x->hint = STR("images of the kustomization does not reach this");
        return true;
    }
    if (!change(b, s->value, image, &image, err))
        return false;
    if (is_reached_twice(x->path) && name_matches(image, name) && !change(b, s->value, image, &image, err))
        return false;
    if (x->why.len)
        return true; /* it stays unclear */
    set(x, s, image, s->place);
    const char *hint = hint_of(s->value);
    x->hint = shelflife_str_of(hint);
    return true;
}

/* ---- Patches ---- */

static bool is_target(const step *s, const subject *x)
{
    const struct shelflife_input_target *t = &s->target;
    return (!t->kind.len || shelflife_str_equal(t->kind, x->object->kind)) &&
           (!t->namespace.len || !x->namespace.len || shelflife_str_equal(t->namespace, x->namespace)) &&
           (!t->name.len || shelflife_str_equal(t->name, x->object->name) ||
            shelflife_str_equal(t->name, x->name));
}

static bool meet(build *b, step *s, const subject *x, error *err)
{
    struct shelflife_input_object *o = &s->met_object;
    if (s->met) {
        s->met_others = s->met_others || s->met_resource != x->resource ||
                        !shelflife_str_equal(o->name, x->name) ||
                        !shelflife_str_equal(o->kind, x->object->kind);
        return true;
    }
    s->met = true;
    s->met_resource = x->resource;
    return (shelflife_arena_copy(&b->memory, x->name, &o->name) &&
            shelflife_arena_copy(&b->memory, x->object->kind, &o->kind) &&
            shelflife_arena_copy(&b->memory, x->object->api_version, &o->api_version) &&
            shelflife_arena_copy(&b->memory, x->object->namespace, &o->namespace)) ||
           shelflife_arena_fail(&b->memory, err);
}

/* What "$patch" says in a map. */
static says directive(const tree *map)
{
    str word = shelflife_input_tree_string(map, "$patch");
    if (shelflife_str_equal(word, STR("delete")))
        return SHELFLIFE_INPUT_SAYS_REMOVED;
    return word.len && !shelflife_str_equal(word, STR("merge")) ? SHELFLIFE_INPUT_SAYS_UNCLEAR
                                                                : SHELFLIFE_INPUT_SAYS_NOTHING;
}

/* Finds the container's element. NULL: none, or *unsure. */
static tree *element_of(tree *list, str container, bool *unsure, uint64_t *work)
{
    tree *found = NULL;
    for (tree *t = list->first; t; t = t->next) {
        str name = shelflife_input_tree_string(t, "name");
        ++*work;
        *unsure = *unsure || (!name.len && directive(t) != SHELFLIFE_INPUT_SAYS_NOTHING);
        if (container.len && shelflife_str_equal(name, container))
            found = t;
    }
    *unsure = *unsure || !container.len;
    return *unsure ? NULL : found;
}

/* Takes "key" or "[0]" from the front of a path. */
static str next_part(str *path)
{
    size_t n = 0;
    if (shelflife_str_starts(*path, STR(".")))
        *path = shelflife_str_after(*path, 1);
    if (shelflife_str_starts(*path, STR("[")))
        n = shelflife_str_find(*path, ']') + 1;
    else
        while (n < path->len && path->at[n] != '.' && path->at[n] != '[')
            n++;
    str part = shelflife_str_first(*path, n ? n : path->len);
    *path = shelflife_str_after(*path, part.len);
    return part;
}

static tree *member(const tree *map, str key, uint64_t *work)
{
    tree *found = NULL;
    for (tree *t = map->type == SHELFLIFE_INPUT_MAP ? map->first : NULL; t; t = t->next) {
        ++*work;
        if (shelflife_str_equal(t->key, key))
            found = t;
    }
    return found;
}

says shelflife_input_kustomize_look(tree *map, str path, str container, bool by_name, tree **value,
                                    bool *listed, uint64_t *work)
{
    tree *at = map;
    *listed = false;
    while (path.len) {
        says word = directive(at);
        bool unsure = false;
        str part = next_part(&path);
        if (word != SHELFLIFE_INPUT_SAYS_NOTHING)
            return word;
        if (part.len && part.at[0] == '[' && at->type == SHELFLIFE_INPUT_ARRAY) {
            *listed = true;
            at = by_name ? element_of(at, container, &unsure, work) : NULL;
            unsure = unsure || !by_name;
        } else {
            at = member(at, part, work);
        }
        if (!at)
            return unsure ? SHELFLIFE_INPUT_SAYS_UNCLEAR : SHELFLIFE_INPUT_SAYS_NOTHING;
        if (at->type == SHELFLIFE_INPUT_NULL)
            return SHELFLIFE_INPUT_SAYS_REMOVED;
    }
    *value = at;
    return at->type == SHELFLIFE_INPUT_STRING ? SHELFLIFE_INPUT_SAYS_IMAGE : SHELFLIFE_INPUT_SAYS_UNCLEAR;
}

static void take_patch(step *s, subject *x, uint64_t *work)
{
    static const char why[] = "a patch changes it in a way that only kustomize knows";
    tree *value = NULL;
    bool listed = false;
    bool merges = shelflife_workload_kinds_run_as_written(shelflife_workload_group_of(x->object->api_version),
                                                          x->object->kind);
    says what =
        shelflife_input_kustomize_look(s->value, x->path, x->container, merges, &value, &listed, work);
    x->moved = x->moved || listed;
    if (value)
        value->used = true;
    if (what == SHELFLIFE_INPUT_SAYS_NOTHING)
        return;
    if (what == SHELFLIFE_INPUT_SAYS_UNCLEAR || s->target.unsure)
        unclear(x, s, s->target.unsure ? "a patch changes what a selector selects" : why);
    else if (what == SHELFLIFE_INPUT_SAYS_REMOVED)
        x->removed = true;
    else
        set(x, s, value->text, (struct shelflife_input_place){s->place.file, value->line, value->column});
}

/* Whether `path` is `start` or below it. */
static bool is_below(str path, str start)
{
    str rest = shelflife_str_after(path, start.len);
    return shelflife_str_starts(path, start) &&
           (!rest.len || !start.len || rest.at[0] == '.' || rest.at[0] == '[');
}

/* An operation on an element of the list that the image is in. */
static bool is_beside(str operation, str path)
{
    size_t open = shelflife_str_find_last(operation, '[');
    return open != SIZE_MAX && shelflife_str_ends(operation, STR("]")) &&
           shelflife_str_equal(shelflife_str_first(operation, open), list_of(path));
}

/* An operation on an element of the list that the image is in, or on the image of one. */
static bool is_in_list(str operation, str path)
{
    str list = list_of(path), rest = shelflife_str_after(operation, list.len);
    size_t end = shelflife_str_find(rest, ']');
    if (!shelflife_str_starts(operation, list) || !shelflife_str_starts(rest, STR("[")) || end == SIZE_MAX)
        return false;
    rest = shelflife_str_after(rest, end + 1);
    return !rest.len || shelflife_str_equal(rest, STR(".image"));
}

static void take_operation(step *s, subject *x)
{
    static const char why[] = "a patch changes it in a way that only kustomize knows";
    str op = shelflife_input_tree_string(s->value, "op");
    const tree *value = shelflife_input_tree_get(s->value, "value");
    bool removes = shelflife_str_equal(op, STR("remove")), appends = shelflife_str_ends(s->path, STR("[-]"));
    bool sets = shelflife_str_equal(op, STR("replace")) || shelflife_str_equal(op, STR("add"));
    bool exact = shelflife_str_equal(s->path, x->path);
    if (x->moved && !appends && is_in_list(s->path, x->path)) {
        unclear(x, s, why); /* the index may now be another one's */
        return;
    }
    if (is_beside(s->path, x->path) && !exact && !appends && !shelflife_str_equal(op, STR("replace"))) {
        bool gone = removes && is_below(x->path, s->path);
        x->removed = x->removed || (gone && !s->target.unsure);
        x->moved = true;
        if (gone && s->target.unsure)
            unclear(x, s, why);
        return;
    }
    if (!is_below(x->path, s->path) && !is_below(s->path, x->path))
        return;
    bool sure = !x->moved && !s->target.unsure;
    if (sure && removes)
        x->removed = true;
    else if (sure && sets && exact && value && value->type == SHELFLIFE_INPUT_STRING)
        set(x, s, value->text, (struct shelflife_input_place){s->place.file, value->line, value->column});
    else
        unclear(x, s, why);
}

/* ---- All steps ---- */

static bool take(build *b, step *s, subject *x, error *err)
{
    bool patch = s->kind == SHELFLIFE_INPUT_STEP_PATCH || s->kind == SHELFLIFE_INPUT_STEP_OPERATION;
    if (patch && !is_target(s, x))
        return true;
    if (patch && !meet(b, s, x, err))
        return false;
    switch (s->kind) {
    case SHELFLIFE_INPUT_STEP_IMAGES:
        return take_images(b, s, x, err);
    case SHELFLIFE_INPUT_STEP_PATCH:
        take_patch(s, x, &b->work);
        return true;
    case SHELFLIFE_INPUT_STEP_OPERATION:
        take_operation(s, x);
        return true;
    case SHELFLIFE_INPUT_STEP_NAME:
        return !x->name.len ||
               shelflife_arena_format(&b->memory, &x->name, "%.*s%.*s%.*s", STR_PRINT(s->prefix),
                                      STR_PRINT(x->name), STR_PRINT(s->suffix)) ||
               shelflife_arena_fail(&b->memory, err);
    default:
        if (is_target(s, x))
            unclear(x, s, s->why);
        return true;
    }
}

bool shelflife_input_kustomize_apply(build *b, size_t first, subject *x, error *err)
{
    for (size_t i = first; i < b->step_count; i++) {
        step *s = &b->steps[i];
        if (x->resource < s->from || x->resource >= s->to)
            continue;
        if (++b->work > WORK_MAX) {
            unclear(x, s, "there are too many patches and images");
            return true;
        }
        if (!take(b, s, x, err))
            return false;
    }
    return true;
}

/* ---- What patches add ---- */

struct adding {
    build *build;
    size_t step;
    shelflife_input_added_handler *handler;
    void *context;
};

static bool add_container(const struct adding *a, tree *container, str list, error *err)
{
    build *b = a->build;
    const step *s = &b->steps[a->step];
    tree *image = shelflife_input_tree_get(container, "image");
    bool known = s->met && !(s->target.unsure && s->met_others);
    const struct shelflife_input_object named = {
        .kind = s->target.kind, .namespace = s->target.namespace, .name = s->target.name};
    const struct shelflife_input_object object = known ? s->met_object : named;
    subject x = {.object = &object,
                 .resource = known ? s->met_resource : s->from,
                 .container = shelflife_input_tree_string(container, "name"),
                 .name = object.name,
                 .by = s};
    if (!image || image->used || image->type != SHELFLIFE_INPUT_STRING || directive(container))
        return true;
    x.image = image->text;
    x.place = (struct shelflife_input_place){s->place.file, image->line, image->column};
    if (!shelflife_arena_format(&b->memory, &x.path, "%.*s[].image", STR_PRINT(list)))
        return shelflife_arena_fail(&b->memory, err);
    return shelflife_input_kustomize_apply(b, a->step + 1, &x, err) &&
           (x.removed || a->handler(a->context, &x, err));
}

static bool is_container_list(str key)
{
    static const str keys[] = {STR_INIT("containers"), STR_INIT("initContainers"),
                               STR_INIT("ephemeralContainers")};
    for (size_t i = 0; i < COUNT(keys); i++)
        if (shelflife_str_equal(keys[i], key))
            return true;
    return false;
}

/* Recursion ends, as trees have SHELFLIFE_INPUT_TREE_DEPTH_MAX levels. */
static bool add_in_map(const struct adding *a, tree *map, str path, error *err)
{
    for (tree *t = map->first; t; t = t->next) {
        str at;
        if (t->type != SHELFLIFE_INPUT_MAP &&
            !(t->type == SHELFLIFE_INPUT_ARRAY && is_container_list(t->key)))
            continue;
        if (!shelflife_arena_format(&a->build->memory, &at, "%.*s%s%.*s", STR_PRINT(path),
                                    path.len ? "." : "", STR_PRINT(t->key)))
            return shelflife_arena_fail(&a->build->memory, err);
        if (t->type == SHELFLIFE_INPUT_MAP && !add_in_map(a, t, at, err))
            return false;
        for (tree *c = t->type == SHELFLIFE_INPUT_ARRAY ? t->first : NULL; c; c = c->next)
            if (!add_container(a, c, at, err))
                return false;
    }
    return true;
}

static bool add_by_operation(const struct adding *a, const step *s, error *err)
{
    tree *value = shelflife_input_tree_get(s->value, "value");
    size_t open = shelflife_str_find_last(s->path, '[');
    bool adds = shelflife_str_equal(shelflife_input_tree_string(s->value, "op"), STR("add"));
    str list = shelflife_str_first(s->path, open == SIZE_MAX ? 0 : open);
    if (!adds || !value)
        return true;
    if (shelflife_str_ends(s->path, STR("]")) && is_container_list(last_key(list)))
        return add_container(a, value, list, err);
    for (tree *t = is_container_list(last_key(s->path)) ? value->first : NULL; t; t = t->next)
        if (!add_container(a, t, s->path, err))
            return false;
    return true;
}

bool shelflife_input_kustomize_added(build *b, shelflife_input_added_handler *handler, void *context,
                                     error *err)
{
    for (size_t i = 0; i < b->step_count; i++) {
        const struct adding a = {b, i, handler, context};
        const step *s = &b->steps[i];
        bool ok = true;
        if (s->kind == SHELFLIFE_INPUT_STEP_PATCH)
            ok = add_in_map(&a, s->value, (str){0}, err);
        else if (s->kind == SHELFLIFE_INPUT_STEP_OPERATION)
            ok = add_by_operation(&a, s, err);
        if (!ok)
            return false;
    }
    return true;
}
