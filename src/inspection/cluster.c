#include "inspection/cluster.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "audit/auditor.h"
#include "audit/kinds.h"
#include "audit/objects.h"
#include "base/wait.h"
#include "inspection/event.h"
#include "inspection/pods.h"
#include "pki/pki.h"
#include "workload/kinds.h"
#include "json/document.h"

enum {
    POLL_MS = 250,        /* for being cancelled */
    WATCHES_MAX = 64,     /* kinds that are watched; the others are only listed */
    TEXT_MAX = 1200,      /* of a notice */
    SECRET_MAX = 2 << 20, /* bytes of a Secret as the API server sends it */
};

typedef struct shelflife_inspection_cluster cluster;
typedef struct shelflife_inspection_cluster_options options;

/* The name of a Secret or of a service account, which Pods of its namespace use. */
struct credential {
    str namespace, name;
    bool is_account;
};

/* Reads the objects of one kind, from pages of a list or events of a watch. */
struct reader {
    cluster *cluster;
    const struct shelflife_kube_resource *kind;
    char source[SHELFLIFE_KUBE_RESOURCE_NAME_MAX];
    buffer path, version;
    arena arena;                             /* while an image is looked at */
    struct shelflife_inspection_pods *pods;  /* for Pods … */
    struct shelflife_audit_objects *objects; /* … and for all else */
    struct shelflife_json_parser *list, *event;
    struct shelflife_inspection_event object; /* in an event, for `objects` */
    bool listed;                              /* under the lock */
};

struct shelflife_inspection_cluster {
    options options;
    struct shelflife_kube *kube;
    struct shelflife_kube *watched; /* the same, which ends with the threads */
    struct shelflife_kube_client *client;
    struct shelflife_audit *audit; /* for its shapes, and problems of discovery */
    struct shelflife_audit_kinds_to_read kinds;
    struct reader *readers;
    size_t reader_count;
    pthread_t threads[WATCHES_MAX + 1];
    size_t thread_count;
    atomic_bool stopping; /* the threads, or all */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    size_t unlisted; /* readers */
    arena arena;     /* of the credentials */
    struct credential *credentials;
    size_t credential_count, credential_capacity;
};

/* ---- Notices ---- */

static void say(cluster *c, bool part, const char *source, const error *why)
{
    char text[TEXT_MAX];
    if (atomic_load(&c->stopping))
        return;
    snprintf(text, sizeof(text), "%s: %s", source, why->text);
    pthread_mutex_lock(&c->lock);
    c->options.notice(c->options.context, part, text);
    pthread_mutex_unlock(&c->lock);
}

/* ---- Objects ---- */

static shelflife_day today(const options *o)
{
    return o->today == SHELFLIFE_DAY_NONE ? shelflife_day_of_seconds(time(NULL)) : o->today;
}

static bool note_credential(cluster *c, str namespace, str name, bool is_account, error *err)
{
    struct credential new = {.is_account = is_account};
    for (size_t i = 0; i < c->credential_count; i++) {
        const struct credential *k = &c->credentials[i];
        if (k->is_account == is_account && shelflife_str_equal(k->name, name) &&
            shelflife_str_equal(k->namespace, namespace))
            return true;
    }
    if (!shelflife_arena_copy(&c->arena, namespace, &new.namespace) ||
        !shelflife_arena_copy(&c->arena, name, &new.name) ||
        !shelflife_grow(&c->credentials, &c->credential_capacity, c->credential_count + 1, sizeof(new)))
        return shelflife_fail_memory(err);
    c->credentials[c->credential_count++] = new;
    return true;
}

static bool note_credentials(cluster *c, const struct shelflife_inspection_pod *pod, error *err)
{
    bool ok = true;
    if (!c->options.pull_secrets)
        return true;
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; ok && i < pod->pull_secret_count; i++)
        ok = note_credential(c, pod->namespace, pod->pull_secrets[i], false, err);
    if (ok)
        ok = note_credential(c, pod->namespace,
                             pod->service_account.len ? pod->service_account : STR("default"), true, err);
    pthread_mutex_unlock(&c->lock);
    return ok;
}

/* Adds an image, if the policy lets it be inspected. */
static bool add_image(struct reader *r, str namespace, str image, str image_id, error *err)
{
    const options *o = &r->cluster->options;
    bool inspects;
    if (!shelflife_policy_inspects(o->snapshot->policy, o->snapshot->catalogs, image, namespace, &r->arena,
                                   &inspects, err))
        return false;
    shelflife_arena_reset(&r->arena);
    return !inspects || shelflife_inspection_seen_add(o->seen, image, image_id, today(o), err);
}

static bool on_pod(void *context, const struct shelflife_inspection_pod *pod, error *err)
{
    struct reader *r = context;
    for (size_t i = 0; i < pod->container_count; i++)
        if (!add_image(r, pod->namespace, pod->containers[i].image, pod->containers[i].image_id, err))
            return false;
    return note_credentials(r->cluster, pod, err);
}

/* A ReplicaSet without replicas is an earlier version of its Deployment. */
static bool is_history(const struct reader *r, const struct shelflife_audit_found_object *found)
{
    const struct shelflife_audit *a = r->cluster->audit;
    return strcmp(r->kind->kind, "ReplicaSet") == 0 && strcmp(r->kind->group, "apps") == 0 &&
           shelflife_str_equal(found->object->fields[a->owner_fields], STR("0"));
}

static bool on_object(void *context, const struct shelflife_audit_found_object *found, error *err)
{
    struct reader *r = context;
    if (is_history(r, found))
        return true;
    for (size_t i = 0; i < found->object->image_count; i++)
        if (!add_image(r, found->namespace, found->object->images[i].text, (str){0}, err))
            return false;
    return true;
}

/* ---- Texts: pages and events ---- */

static bool is_pods(const struct shelflife_kube_resource *kind)
{
    return strcmp(kind->kind, "Pod") == 0 && kind->group[0] == '\0';
}

static void begin_text(struct reader *r, struct shelflife_json_parser *parser)
{
    shelflife_json_parser_reset(parser);
    shelflife_inspection_event_begin(&r->object);
    if (r->pods)
        shelflife_inspection_pods_begin(r->pods);
    else
        shelflife_audit_objects_begin(r->objects, shelflife_buffer_str(&r->version),
                                      shelflife_str_of(r->kind->kind), NULL, NULL);
}

/* Pages that come again add nothing new: the images are a set. */
static bool on_page(void *context, enum shelflife_kube_list_event event,
                    const struct shelflife_kube_page *page UNUSED, str bytes, error *err)
{
    struct reader *r = context;
    switch (event) {
    case SHELFLIFE_KUBE_PAGE_START:
        begin_text(r, r->list);
        return true;
    case SHELFLIFE_KUBE_PAGE_BYTES:
        return shelflife_json_parser_feed(r->list, bytes, err);
    case SHELFLIFE_KUBE_PAGE_END:
        return shelflife_json_parser_finish(r->list, err);
    case SHELFLIFE_KUBE_PAGE_AGAIN:
    case SHELFLIFE_KUBE_RESTART:
        return true;
    }
    return true;
}

static void on_begin(void *context)
{
    struct reader *r = context;
    begin_text(r, r->event);
}

static bool on_bytes(void *context, str bytes, error *err)
{
    struct reader *r = context;
    return shelflife_json_parser_feed(r->event, bytes, err);
}

static bool on_end(void *context, enum shelflife_kube_change change UNUSED, error *err)
{
    struct reader *r = context;
    bool ok = shelflife_json_parser_finish(r->event, err);
    pthread_mutex_lock(&r->cluster->lock);
    pthread_cond_broadcast(&r->cluster->changed);
    pthread_mutex_unlock(&r->cluster->lock);
    return ok;
}

static void set_listed(struct reader *r)
{
    cluster *c = r->cluster;
    pthread_mutex_lock(&c->lock);
    c->unlisted -= !r->listed;
    r->listed = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

static void on_state(void *context, const error *why)
{
    struct reader *r = context;
    if (why)
        say(r->cluster, false, r->source, why);
    else
        set_listed(r);
}

/* ---- Readers ---- */

static void free_reader(struct reader *r)
{
    shelflife_arena_free(&r->arena);
    shelflife_buffer_free(&r->path);
    shelflife_buffer_free(&r->version);
    shelflife_inspection_pods_free(r->pods);
    shelflife_audit_objects_free(r->objects);
    shelflife_json_parser_free(r->list);
    shelflife_json_parser_free(r->event);
}

static bool open_parsers(struct reader *r, error *err)
{
    shelflife_json_handler *on_list = shelflife_audit_objects_event,
                           *on_item = shelflife_inspection_event_next;
    void *context = NULL, *item_context = &r->object;
    if (is_pods(r->kind)) {
        context = item_context = r->pods = shelflife_inspection_pods_new(on_pod, r, err);
        on_list = on_item = shelflife_inspection_pods_event;
    } else {
        context = r->objects = shelflife_audit_objects_new(r->cluster->audit->shapes, on_object, r);
        r->object = (struct shelflife_inspection_event){.handler = shelflife_audit_objects_event,
                                                        .context = r->objects};
    }
    if (!context)
        return shelflife_fail_memory(err);
    r->list = shelflife_json_parser_new(on_list, context, false);
    r->event = shelflife_json_parser_new(on_item, item_context, false);
    return (r->list && r->event) || shelflife_fail_memory(err);
}

static bool open_reader(cluster *c, struct reader *r, const struct shelflife_kube_resource *kind, error *err)
{
    const struct shelflife_kube_target target = {.group = shelflife_str_of(kind->group),
                                                 .version = shelflife_str_of(kind->version),
                                                 .namespace = shelflife_str_of(c->options.namespace),
                                                 .resource = shelflife_str_of(kind->name)};
    r->cluster = c;
    r->kind = kind;
    shelflife_arena_init(&r->arena, 16 << 20);
    shelflife_buffer_init(&r->path, 4096);
    shelflife_buffer_init(&r->version, 1024);
    shelflife_kube_resource_name(kind, r->source);
    shelflife_buffer_format(&r->version, "%s%s%s", kind->group, kind->group[0] ? "/" : "", kind->version);
    if (r->version.failed)
        return shelflife_fail_memory(err);
    return shelflife_kube_path(&r->path, &target, err) && open_parsers(r, err);
}

static void free_readers(cluster *c)
{
    for (size_t i = 0; i < c->reader_count; i++)
        free_reader(&c->readers[i]);
    free(c->readers);
    c->readers = NULL;
    c->reader_count = 0;
    shelflife_audit_kinds_free(&c->kinds);
}

static bool new_audit(cluster *c, error *err)
{
    const struct shelflife_audit_options o = {
        .snapshot = c->options.snapshot, .within = -1, .mode = SHELFLIFE_MODE_POLICY, .cancel = &c->stopping};
    shelflife_audit_free(c->audit);
    c->audit = shelflife_audit_new(&o, err);
    return c->audit != NULL;
}

static void say_problems(cluster *c)
{
    size_t count;
    const struct shelflife_audit_problem *at = shelflife_audit_problems(c->audit, &count);
    for (size_t i = 0; i < count; i++) {
        char source[512];
        error why = {0};
        snprintf(source, sizeof(source), "%.*s", STR_PRINT(at[i].source));
        snprintf(why.text, sizeof(why.text), "%.*s", STR_PRINT(at[i].text));
        say(c, !at[i].note, source, &why);
    }
}

static bool find_kinds(cluster *c, error *err)
{
    free_readers(c);
    if (!new_audit(c, err) ||
        !shelflife_audit_kinds_find(c->audit, c->client, c->options.namespace != NULL, true, &c->kinds, err))
        return false;
    say_problems(c);
    return true;
}

static bool open_readers(cluster *c, error *err)
{
    if (!find_kinds(c, err))
        return false;
    c->readers = calloc(c->kinds.known + 1, sizeof(*c->readers));
    if (!c->readers)
        return shelflife_fail_memory(err);
    for (; c->reader_count < c->kinds.known; c->reader_count++)
        if (!open_reader(c, &c->readers[c->reader_count], &c->kinds.at[c->reader_count], err)) {
            free_reader(&c->readers[c->reader_count]);
            return false;
        }
    c->unlisted = c->reader_count;
    return true;
}

/* ---- Opening ---- */

cluster *shelflife_inspection_cluster_open(const struct shelflife_kube_config *config, const options *o,
                                           error *err)
{
    cluster *c = calloc(1, sizeof(*c));
    if (!c) {
        shelflife_fail_memory(err);
        return NULL;
    }
    c->options = *o;
    shelflife_arena_init(&c->arena, 64 << 20);
    pthread_mutex_init(&c->lock, NULL);
    shelflife_wait_init(&c->changed);
    const struct shelflife_kube_options kube = {.cancel = o->cancel}, watched = {.cancel = &c->stopping};
    c->kube = shelflife_kube_open(config, &kube, err);
    c->watched = c->kube ? shelflife_kube_open(config, &watched, err) : NULL;
    c->client = c->watched ? shelflife_kube_client_new(c->kube, err) : NULL;
    if (c->client)
        return c;
    shelflife_inspection_cluster_close(c);
    return NULL;
}

void shelflife_inspection_cluster_close(cluster *c)
{
    if (!c)
        return;
    shelflife_inspection_cluster_stop(c);
    free_readers(c);
    shelflife_audit_free(c->audit);
    shelflife_kube_client_free(c->client);
    shelflife_kube_close(c->kube);
    shelflife_kube_close(c->watched);
    shelflife_arena_free(&c->arena);
    free(c->credentials);
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->changed);
    free(c);
}

struct shelflife_kube_client *shelflife_inspection_cluster_client(cluster *c)
{
    return c->client;
}

static bool is_cancelled(const cluster *c)
{
    return c->options.cancel && atomic_load(c->options.cancel);
}

/* ---- Reading once ---- */

/* Whether a kind that could not be read leaves a gap. */
static bool is_part(const struct reader *r, const struct shelflife_kube_reply *reply)
{
    const cluster *c = r->cluster;
    return reply->status != 403 || (size_t)(r - c->readers) < c->kinds.sure;
}

static bool read_list(struct reader *r, struct shelflife_kube_client *client)
{
    const struct shelflife_kube_list list = {.path = shelflife_buffer_str(&r->path)};
    struct shelflife_kube_reply reply;
    error why = {0};
    bool ok = shelflife_kube_list(client, &list, on_page, r, &reply, &why);
    if (!ok)
        say(r->cluster, is_part(r, &reply), r->source, &why);
    set_listed(r);
    return ok;
}

bool shelflife_inspection_cluster_read(cluster *c, error *err)
{
    if (!open_readers(c, err))
        return false;
    for (size_t i = 0; i < c->reader_count && !is_cancelled(c); i++)
        read_list(&c->readers[i], c->client);
    return !is_cancelled(c) || shelflife_fail(err, SHELFLIFE_ERROR_IO, "cancelled");
}

/* ---- Watching ---- */

static void follow(struct reader *r, struct shelflife_kube_client *client)
{
    const struct shelflife_kube_follow f = {.list.path = shelflife_buffer_str(&r->path),
                                            .page = on_page,
                                            .begin = on_begin,
                                            .bytes = on_bytes,
                                            .end = on_end,
                                            .state = on_state,
                                            .context = r};
    struct shelflife_kube_reply reply;
    error why = {0};
    if (!shelflife_kube_follow(client, &f, &reply, &why))
        say(r->cluster, is_part(r, &reply), r->source, &why);
    set_listed(r);
}

/* Follows one kind. */
static void *watch_thread(void *context)
{
    struct reader *r = context;
    error why = {0};
    struct shelflife_kube_client *client = shelflife_kube_client_new(r->cluster->watched, &why);
    if (client)
        follow(r, client);
    else
        say(r->cluster, true, r->source, &why);
    set_listed(r);
    shelflife_kube_client_free(client);
    return NULL;
}

/* Lists the kinds from the first that has no thread of its own. */
static void *list_thread(void *context)
{
    cluster *c = ((struct reader *)context)->cluster;
    error why = {0};
    struct shelflife_kube_client *client = shelflife_kube_client_new(c->watched, &why);
    for (struct reader *r = context; r < c->readers + c->reader_count; r++) {
        if (client && !atomic_load(&c->stopping))
            read_list(r, client);
        set_listed(r);
    }
    shelflife_kube_client_free(client);
    return NULL;
}

bool shelflife_inspection_cluster_start(cluster *c, error *err)
{
    shelflife_inspection_cluster_stop(c);
    atomic_store(&c->stopping, is_cancelled(c));
    if (!open_readers(c, err))
        return false;
    for (size_t i = 0; i < c->reader_count && i <= WATCHES_MAX; i++) {
        void *(*run)(void *) = i < WATCHES_MAX ? watch_thread : list_thread;
        if (pthread_create(&c->threads[i], NULL, run, &c->readers[i]) != 0) {
            shelflife_inspection_cluster_stop(c);
            return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot start a thread");
        }
        c->thread_count++;
    }
    return true;
}

void shelflife_inspection_cluster_stop(cluster *c)
{
    if (c->thread_count)
        atomic_store(&c->stopping, true);
    for (; c->thread_count; c->thread_count--)
        pthread_join(c->threads[c->thread_count - 1], NULL);
    atomic_store(&c->stopping, is_cancelled(c));
}

bool shelflife_inspection_cluster_listed(cluster *c)
{
    pthread_mutex_lock(&c->lock);
    bool all = c->unlisted == 0;
    pthread_mutex_unlock(&c->lock);
    return all;
}

bool shelflife_inspection_cluster_wait(cluster *c, uint64_t milliseconds)
{
    bool ready = false;
    pthread_mutex_lock(&c->lock);
    for (uint64_t left = milliseconds;; left -= left < POLL_MS ? left : POLL_MS) {
        ready = c->unlisted == 0 && shelflife_inspection_seen_new_count(c->options.seen) > 0;
        if (ready || is_cancelled(c) || left == 0)
            break;
        const struct timespec until = shelflife_wait_deadline(left < POLL_MS ? left : POLL_MS);
        pthread_cond_timedwait(&c->changed, &c->lock, &until);
    }
    pthread_mutex_unlock(&c->lock);
    return ready;
}

/* ---- Credentials ---- */

struct secrets {
    cluster *cluster;
    shelflife_inspection_secret_sink *sink;
    void *context;
};

static bool get_object(cluster *c, const struct credential *k, const char *resource, buffer *body, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer path;
    const struct shelflife_kube_target target = {.version = STR("v1"),
                                                 .namespace = k->namespace,
                                                 .resource = shelflife_str_of(resource),
                                                 .name = k->name};
    struct shelflife_kube_reply reply;
    shelflife_buffer_init(&path, 4096);
    return shelflife_kube_path(&path, &target, err) &&
           shelflife_kube_get(c->client, shelflife_buffer_str(&path), body, &reply, err);
}

/* The value of a key of a Secret's data, decoded. False: absent. */
static bool find_data(const struct node *data, const char *key, arena *a, str *out)
{
    struct node value;
    str text;
    bool valid = false;
    return shelflife_node_get(data, key, &value) && shelflife_node_string(value, &text, NULL) &&
           shelflife_pki_base64_decode(text, a, out, &valid) && valid;
}

static bool pass_secret(struct secrets *s, str body, const char *origin, error *err)
{
    CLEANUP(cleanup_document)
    struct shelflife_document *document = shelflife_document_read_secret(body, origin, err);
    CLEANUP(shelflife_arena_free) arena a;
    struct node root, data;
    str text;
    shelflife_arena_init(&a, SECRET_MAX);
    a.secret = true;
    if (!document)
        return false;
    root = shelflife_document_root(document);
    if (!shelflife_node_get(&root, "data", &data) ||
        (!find_data(&data, ".dockerconfigjson", &a, &text) && !find_data(&data, ".dockercfg", &a, &text)))
        return shelflife_fail(
            err, SHELFLIFE_ERROR_INPUT,
            "%s: has no .dockerconfigjson and no .dockercfg, so it is not an imagePullSecret", origin);
    return s->sink(s->context, text, origin, err);
}

static bool read_secret(struct secrets *s, const struct credential *k, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer body;
    char origin[600];
    snprintf(origin, sizeof(origin), "Secret %.*s/%.*s", STR_PRINT(k->namespace), STR_PRINT(k->name));
    shelflife_buffer_init(&body, SECRET_MAX);
    body.secret = true;
    return get_object(s->cluster, k, "secrets", &body, err) &&
           pass_secret(s, shelflife_buffer_str(&body), origin, err);
}

/* A service account's imagePullSecrets become credentials of their own. */
static bool read_account(struct secrets *s, const struct credential *k, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer body;
    CLEANUP(cleanup_document) struct shelflife_document *document = NULL;
    struct node root, list, item, name;
    str text;
    bool ok = true;
    shelflife_buffer_init(&body, SECRET_MAX);
    if (!get_object(s->cluster, k, "serviceaccounts", &body, err))
        return false;
    document = shelflife_document_read(shelflife_buffer_str(&body), "a service account", err);
    if (!document)
        return false;
    root = shelflife_document_root(document);
    if (!shelflife_node_get(&root, "imagePullSecrets", &list))
        return true;
    pthread_mutex_lock(&s->cluster->lock);
    for (size_t i = 0; ok && i < shelflife_node_count(list) && shelflife_node_at(&list, i, &item); i++)
        if (shelflife_node_get(&item, "name", &name) && shelflife_node_string(name, &text, NULL))
            ok = note_credential(s->cluster, k->namespace, text, false, err);
    pthread_mutex_unlock(&s->cluster->lock);
    return ok;
}

static struct credential *credential_at(cluster *c, size_t i, struct credential *out)
{
    pthread_mutex_lock(&c->lock);
    bool there = i < c->credential_count;
    if (there)
        *out = c->credentials[i];
    pthread_mutex_unlock(&c->lock);
    return there ? out : NULL;
}

bool shelflife_inspection_cluster_secrets(cluster *c, shelflife_inspection_secret_sink *sink, void *context,
                                          error *err)
{
    struct secrets s = {c, sink, context};
    struct credential k;
    /* Secrets of service accounts are added to the end while this goes on. */
    for (size_t i = 0; credential_at(c, i, &k); i++) {
        error why = {0};
        if (k.is_account ? read_account(&s, &k, &why) : read_secret(&s, &k, &why))
            continue;
        if (why.kind == SHELFLIFE_ERROR_MEMORY)
            return shelflife_fail_memory(err);
        say(c, false, k.is_account ? "the credentials of a service account" : "an imagePullSecret", &why);
    }
    return true;
}

/* ---- The role ---- */

bool shelflife_inspection_cluster_role(cluster *c, const char *name, buffer *out, error *err)
{
    if (!find_kinds(c, err))
        return false;
    shelflife_buffer_format(
        out, "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: %s\nrules:\n",
        name);
    shelflife_audit_kinds_write_rules(&c->kinds, "list, watch", out);
    shelflife_audit_kinds_write_schemas(out);
    if (c->options.pull_secrets)
        shelflife_buffer_append(
            out,
            STR("- apiGroups: [\"\"]\n  verbs: [get]\n  resources:\n  - secrets\n  - serviceaccounts\n"));
    return !out->failed || shelflife_fail_memory(err);
}
