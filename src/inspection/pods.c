#include "inspection/pods.h"

enum {
    DEPTH_MAX = 8,
    TEXT_MAX = 8192,    /* of what is kept; a reference has at most 4096 bytes */
    POD_MAX = 64 << 20, /* bytes kept of a Pod, more than an API server stores */
};

/* The parts of a text. The elements of an array are at the place of the array. */
enum place {
    NOWHERE,
    TOP,
    POD,
    METADATA,
    SPEC,
    STATUS,
    SECRET,
    CONTAINER,
    VOLUME,
    CONTAINER_STATUS,
    VOLUME_IMAGE,
    NAMESPACE, /* texts, from here on */
    SERVICE_ACCOUNT,
    SECRET_NAME,
    NAME,
    IMAGE,
    IMAGE_ID,
    VOLUME_REFERENCE,
    PLACES,
};

static const struct {
    enum place in, place;
    str key;
} keys[] = {
    {TOP, POD, STR_INIT("items")},
    {TOP, POD, STR_INIT("object")},
    {POD, METADATA, STR_INIT("metadata")},
    {POD, SPEC, STR_INIT("spec")},
    {POD, STATUS, STR_INIT("status")},
    {METADATA, NAMESPACE, STR_INIT("namespace")},
    {SPEC, SERVICE_ACCOUNT, STR_INIT("serviceAccountName")},
    {SPEC, SECRET, STR_INIT("imagePullSecrets")},
    {SPEC, CONTAINER, STR_INIT("containers")},
    {SPEC, CONTAINER, STR_INIT("initContainers")},
    {SPEC, CONTAINER, STR_INIT("ephemeralContainers")},
    {SPEC, VOLUME, STR_INIT("volumes")},
    {SECRET, SECRET_NAME, STR_INIT("name")},
    {CONTAINER, NAME, STR_INIT("name")},
    {CONTAINER, IMAGE, STR_INIT("image")},
    {VOLUME, VOLUME_IMAGE, STR_INIT("image")},
    {VOLUME_IMAGE, VOLUME_REFERENCE, STR_INIT("reference")},
    {STATUS, CONTAINER_STATUS, STR_INIT("containerStatuses")},
    {STATUS, CONTAINER_STATUS, STR_INIT("initContainerStatuses")},
    {STATUS, CONTAINER_STATUS, STR_INIT("ephemeralContainerStatuses")},
    {CONTAINER_STATUS, NAME, STR_INIT("name")},
    {CONTAINER_STATUS, IMAGE, STR_INIT("image")},
    {CONTAINER_STATUS, IMAGE_ID, STR_INIT("imageID")},
};
enum { KEY_MAX = sizeof("ephemeralContainerStatuses") - 1 };

struct list {
    struct shelflife_inspection_container *at;
    size_t count, capacity;
};

struct shelflife_inspection_pods {
    shelflife_inspection_pod_handler *handler;
    void *context;
    arena arena; /* of the Pod */
    enum place places[DEPTH_MAX + 1];
    bool arrays[DEPTH_MAX + 1];
    size_t depth;
    enum place next; /* of the value to come */
    char key[KEY_MAX];
    size_t key_len;
    buffer text;
    size_t size; /* of the text that is coming */
    str texts[PLACES];
    struct list declared, running;
    str *secrets;
    size_t secret_count, secret_capacity;
};

typedef struct shelflife_inspection_pods pods;
typedef enum shelflife_json_next next;

pods *shelflife_inspection_pods_new(shelflife_inspection_pod_handler *handler, void *context, error *err)
{
    pods *p = calloc(1, sizeof(*p));
    if (!p) {
        shelflife_fail_memory(err);
        return NULL;
    }
    p->handler = handler;
    p->context = context;
    shelflife_arena_init(&p->arena, POD_MAX);
    shelflife_buffer_init(&p->text, TEXT_MAX);
    shelflife_inspection_pods_begin(p);
    return p;
}

void shelflife_inspection_pods_free(pods *p)
{
    if (!p)
        return;
    shelflife_arena_free(&p->arena);
    shelflife_buffer_free(&p->text);
    free(p->declared.at);
    free(p->running.at);
    free(p->secrets);
    free(p);
}

void shelflife_inspection_pods_begin(pods *p)
{
    p->depth = p->key_len = p->size = 0;
    shelflife_buffer_reset(&p->text);
    p->next = TOP;
    p->places[0] = NOWHERE;
    p->arrays[0] = false;
}

/* ---- A Pod ---- */

static void begin_pod(pods *p)
{
    shelflife_arena_reset(&p->arena);
    p->declared.count = p->running.count = p->secret_count = 0;
    memset(p->texts, 0, sizeof(p->texts));
}

static bool add_container(pods *p, struct list *list, str name, str image, str image_id)
{
    if (!shelflife_grow(&list->at, &list->capacity, list->count + 1, sizeof(*list->at)))
        return false;
    list->at[list->count++] = (struct shelflife_inspection_container){name, image, image_id};
    p->texts[NAME] = p->texts[IMAGE] = p->texts[IMAGE_ID] = (str){0};
    return true;
}

static int compare_names(const void *a, const void *b)
{
    const struct shelflife_inspection_container *x = a, *y = b;
    return shelflife_str_compare(x->name, y->name);
}

/* Adds to each container what runs. A status without a container is one itself. */
static bool join(pods *p)
{
    struct list *d = &p->declared;
    shelflife_sort(d->at, d->count, sizeof(*d->at), compare_names);
    size_t count = d->count;
    for (size_t i = 0; i < p->running.count; i++) {
        const struct shelflife_inspection_container *r = &p->running.at[i];
        size_t k = shelflife_lower_bound(r, d->at, count, sizeof(*d->at), compare_names);
        if (k < count && shelflife_str_equal(d->at[k].name, r->name))
            d->at[k].image_id = r->image_id;
        else if (!add_container(p, d, r->name, r->image, r->image_id))
            return false;
    }
    return true;
}

static bool end_pod(pods *p, error *err)
{
    if (!join(p))
        return shelflife_fail_memory(err);
    const struct shelflife_inspection_pod pod = {.namespace = p->texts[NAMESPACE],
                                                 .service_account = p->texts[SERVICE_ACCOUNT],
                                                 .pull_secrets = p->secrets,
                                                 .pull_secret_count = p->secret_count,
                                                 .containers = p->declared.at,
                                                 .container_count = p->declared.count};
    return p->handler(p->context, &pod, err);
}

static bool end_map(pods *p, enum place place, error *err)
{
    bool ok = true;
    switch (place) {
    case POD:
        return end_pod(p, err);
    case CONTAINER:
        ok = add_container(p, &p->declared, p->texts[NAME], p->texts[IMAGE], (str){0});
        break;
    case CONTAINER_STATUS:
        ok = add_container(p, &p->running, p->texts[NAME], p->texts[IMAGE], p->texts[IMAGE_ID]);
        break;
    case VOLUME_IMAGE:
        ok = add_container(p, &p->declared, (str){0}, p->texts[VOLUME_REFERENCE], (str){0});
        p->texts[VOLUME_REFERENCE] = (str){0};
        break;
    default:
        break;
    }
    return ok || shelflife_fail_memory(err);
}

static bool end_text(pods *p, enum place place, error *err)
{
    str *text = &p->texts[place];
    *text = (str){0};
    if (p->size > TEXT_MAX)
        return true;
    if (p->text.failed)
        return shelflife_fail_memory(err);
    if (!shelflife_arena_copy(&p->arena, shelflife_buffer_str(&p->text), text))
        return shelflife_arena_fail(&p->arena, err);
    if (place != SECRET_NAME || text->len == 0)
        return true;
    if (!shelflife_grow(&p->secrets, &p->secret_capacity, p->secret_count + 1, sizeof(*p->secrets)))
        return shelflife_fail_memory(err);
    p->secrets[p->secret_count++] = *text;
    return true;
}

/* ---- Events ---- */

static next on_key(pods *p, str text, bool last)
{
    str fits = shelflife_str_first(text, KEY_MAX - p->key_len);
    shelflife_copy(p->key + p->key_len, fits.at, fits.len);
    p->key_len += fits.len;
    if (fits.len == text.len && !last)
        return SHELFLIFE_JSON_CONTINUE;
    str key = {p->key, p->key_len};
    p->key_len = 0;
    for (size_t i = 0; fits.len == text.len && i < COUNT(keys); i++)
        if (keys[i].in == p->places[p->depth] && shelflife_str_equal(keys[i].key, key)) {
            p->next = keys[i].place;
            return SHELFLIFE_JSON_CONTINUE;
        }
    return SHELFLIFE_JSON_SKIP;
}

static next open_value(pods *p, bool is_array)
{
    enum place place = p->arrays[p->depth] ? p->places[p->depth] : p->next;
    /* No map has elements in an array of arrays. */
    bool odd = is_array && (p->arrays[p->depth] || place == TOP);
    if (place == NOWHERE || place >= NAMESPACE || odd || p->depth == DEPTH_MAX)
        return SHELFLIFE_JSON_SKIP;
    p->depth++;
    p->places[p->depth] = place;
    p->arrays[p->depth] = is_array;
    p->key_len = 0;
    p->next = NOWHERE;
    if (place == POD && !is_array)
        begin_pod(p);
    return SHELFLIFE_JSON_CONTINUE;
}

static next on_string(pods *p, str text, bool last, error *err)
{
    enum place place = p->arrays[p->depth] ? NOWHERE : p->next;
    if (place < NAMESPACE)
        return SHELFLIFE_JSON_SKIP;
    shelflife_buffer_append(&p->text, text);
    p->size += text.len;
    if (!last)
        return SHELFLIFE_JSON_CONTINUE;
    bool ok = end_text(p, place, err);
    shelflife_buffer_reset(&p->text);
    p->size = 0;
    p->next = NOWHERE;
    return ok ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
}

next shelflife_inspection_pods_event(void *context, enum shelflife_json_event event, str text, bool last,
                                     error *err)
{
    pods *p = context;
    switch (event) {
    case SHELFLIFE_JSON_KEY:
        return on_key(p, text, last);
    case SHELFLIFE_JSON_STRING:
        return on_string(p, text, last, err);
    case SHELFLIFE_JSON_MAP_START:
    case SHELFLIFE_JSON_ARRAY_START:
        return open_value(p, event == SHELFLIFE_JSON_ARRAY_START);
    case SHELFLIFE_JSON_MAP_END:
    case SHELFLIFE_JSON_ARRAY_END: {
        enum place place = p->places[p->depth];
        bool is_array = p->arrays[p->depth];
        p->depth--;
        return is_array || end_map(p, place, err) ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
    }
    default:
        return SHELFLIFE_JSON_CONTINUE;
    }
}
