#include "audit/auditor.h"
#include "audit/kinds.h"
#include "audit/list.h"
#include "audit/progress.h"

enum { THREADS_MAX = 4, FORBIDDEN_SHOWN = 10 };

typedef struct shelflife_audit audit;

/* ---- Namespaces and their modes ---- */

struct labels {
    audit *audit;
    struct shelflife_audit_list pages;
    size_t before;    /* labels of other clusters */
    size_t committed; /* those, and the ones of whole pages */
};

static void begin_labels(void *context)
{
    struct labels *l = context;
    l->audit->label_count = l->committed;
}

static bool commit_labels(void *context, const struct shelflife_kube_page *page UNUSED, error *err UNUSED)
{
    struct labels *l = context;
    l->committed = l->audit->label_count;
    return true;
}

static void restart_labels(void *context)
{
    struct labels *l = context;
    l->committed = l->audit->label_count = l->before;
}

/* An unknown value counts as no label, as in the selectors of the webhooks. */
static bool on_namespace(void *context, const struct shelflife_audit_found_object *found, error *err)
{
    audit *a = ((struct labels *)context)->audit;
    struct shelflife_audit_label_mode label;
    if (!shelflife_mode_parse(found->object->fields[0], &label.mode))
        return true;
    label.cluster = shelflife_audit_current(a);
    if (!shelflife_arena_copy(&a->arena, found->object->name, &label.namespace) ||
        !shelflife_grow(&a->labels, &a->label_capacity, a->label_count + 1, sizeof(label)))
        return shelflife_fail_memory(err);
    a->labels[a->label_count++] = label;
    return true;
}

#define NO_MODE                                                                                              \
    "the label shelflife.dev/mode cannot be read (403 Forbidden), so the mode is that of the policy or of "  \
    "--mode"

static bool list_namespaces(audit *a, struct shelflife_kube_client *client, struct labels *l, error *err)
{
    error why = {0};
    struct shelflife_kube_reply reply = {0};
    const struct shelflife_kube_list list = {.path = STR("/api/v1/namespaces")};
    return shelflife_kube_list(client, &list, shelflife_audit_list_event, &l->pages, &reply, &why) ||
           shelflife_audit_note_optional(a, STR("namespaces"), &reply, STR(NO_MODE), &why, err);
}

static bool page_event(struct labels *l, enum shelflife_kube_list_event event, str bytes, error *err)
{
    static const struct shelflife_kube_page only = {.last = true};
    return shelflife_audit_list_event(&l->pages, event, &only, bytes, err);
}

static bool on_bytes(void *context, str bytes, error *err)
{
    return page_event(context, SHELFLIFE_KUBE_PAGE_BYTES, bytes, err);
}

static void on_again(void *context)
{
    page_event(context, SHELFLIFE_KUBE_PAGE_START, (str){0}, NULL);
}

/* Of several clusters, some may not have it. */
static bool note_absent(audit *a, str source, error *err)
{
    const struct shelflife_audit_problem problem = {.source = source,
                                                    .text = STR("there is no such namespace in this cluster"),
                                                    .note = a->options.clusters};
    return shelflife_audit_note(a, &problem, err);
}

static bool get_namespace(audit *a, struct shelflife_kube_client *client, struct labels *l, const char *name,
                          bool *exists, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer path;
    char source[300];
    error why = {0};
    struct shelflife_kube_reply reply = {0};
    const struct shelflife_kube_target target = {
        .version = STR("v1"), .resource = STR("namespaces"), .name = shelflife_str_of(name)};
    shelflife_buffer_init(&path, 4096);
    if (!shelflife_kube_path(&path, &target, err))
        return false;
    const struct shelflife_kube_request request = {
        .path = shelflife_buffer_str(&path), .sink = on_bytes, .again = on_again, .context = l};
    snprintf(source, sizeof(source), "namespaces/%s", name);
    on_again(l);
    if (shelflife_kube_request(client, &request, &reply, &why) &&
        page_event(l, SHELFLIFE_KUBE_PAGE_END, (str){0}, &why))
        return true;
    *exists = reply.status != 404;
    return *exists
               ? shelflife_audit_note_optional(a, shelflife_str_of(source), &reply, STR(NO_MODE), &why, err)
               : note_absent(a, shelflife_str_of(source), err);
}

/* All, or only the one of the selection. */
static bool read_namespaces(audit *a, struct shelflife_kube_client *client, const char *only, bool *exists,
                            error *err)
{
    static const str field = STR_INIT("metadata.labels[\"shelflife.dev/mode\"]");
    struct labels l = {.audit = a,
                       .before = a->label_count,
                       .committed = a->label_count,
                       .pages = {.api_version = STR("v1"),
                                 .kind = STR("Namespace"),
                                 .begin = begin_labels,
                                 .commit = commit_labels,
                                 .restart = restart_labels}};
    struct shelflife_shapes *shapes = shelflife_shapes_new(NULL, 0, &field, 1, err);
    if (!shapes)
        return false;
    bool ok = shelflife_audit_list_open(&l.pages, shapes, on_namespace, &l, err) &&
              (only ? get_namespace(a, client, &l, only, exists, err) : list_namespaces(a, client, &l, err));
    shelflife_audit_list_free(&l.pages);
    shelflife_shapes_free(shapes);
    return ok;
}

/* ---- The kinds ---- */

/* Threads take one kind after the other. */
struct work {
    audit *audit;
    struct shelflife_kube *kube;
    const struct shelflife_audit_selection *selection;
    const struct shelflife_audit_kinds_to_read *kinds;
    _Atomic size_t next;
    bool *forbidden; /* for each kind: it runs no images, or perhaps has none, and may not be listed */
    /* Under the audit's lock: */
    error error; /* of the thread that failed first */
    bool failed;
};

/* One kind being read. */
struct reading {
    struct work *work;
    size_t number; /* of the kind */
    struct shelflife_audit_list pages;
    char source[SHELFLIFE_KUBE_RESOURCE_NAME_MAX];
    struct shelflife_audit_rollup page, all; /* of the page that is coming, and of those that came */
    struct shelflife_audit_progress rough;
    uint64_t expected; /* for the progress */
};

static void expect(struct reading *r, uint64_t expected)
{
    struct shelflife_audit_counters *progress = r->work->audit->options.progress;
    if (progress)
        atomic_fetch_add(&progress->expected, expected - r->expected);
    r->expected = expected;
}

static void begin_page(void *context)
{
    struct reading *r = context;
    shelflife_audit_rollup_reset(&r->page);
}

static bool on_object(void *context, const struct shelflife_audit_found_object *found, error *err)
{
    struct reading *r = context;
    const struct shelflife_audit_rollup_source source = {.name = shelflife_str_of(r->source),
                                                         .cluster = shelflife_audit_current(r->work->audit)};
    return shelflife_audit_rollup_add(&r->page, found, r->work->audit->owner_fields, &source, err);
}

static bool commit_page(void *context, const struct shelflife_kube_page *page, error *err)
{
    struct reading *r = context;
    struct shelflife_audit_counters *progress = r->work->audit->options.progress;
    if (!shelflife_audit_rollup_merge(&r->all, &r->page, err) ||
        !shelflife_audit_progress_count(&r->rough, &r->all, err))
        return false;
    expect(r, r->all.objects + (page->remaining > 0 ? (uint64_t)page->remaining : 0));
    if (progress)
        atomic_fetch_add(&progress->objects, r->page.objects);
    shelflife_audit_rollup_reset(&r->page);
    return true;
}

static void restart_kind(void *context)
{
    struct reading *r = context;
    struct shelflife_audit_counters *progress = r->work->audit->options.progress;
    if (progress)
        atomic_fetch_sub(&progress->objects, r->all.objects);
    shelflife_audit_progress_restart(&r->rough);
    shelflife_audit_rollup_reset(&r->all);
}

static bool note_failure(struct reading *r, const struct shelflife_kube_reply *reply, const error *why,
                         error *err)
{
    struct work *w = r->work;
    bool is_guess = r->number >= w->kinds->sure; /* it is not known to run images */
    if (!is_guess || reply->status != 403)
        return shelflife_audit_note_list(w->audit, shelflife_str_of(r->source), reply, r->all.objects > 0,
                                         why, err);
    w->forbidden[r->number] = true;
    return true;
}

/* One note about all of them: a person with few rights may list none of very many. */
static bool note_forbidden(struct work *w, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer text;
    char name[SHELFLIFE_KUBE_RESOURCE_NAME_MAX];
    size_t count = 0;
    shelflife_buffer_init(&text, SIZE_MAX);
    for (size_t i = 0; i < w->kinds->count; i++) {
        if (!w->forbidden[i] || count++ >= FORBIDDEN_SHOWN)
            continue;
        shelflife_buffer_format(&text, "%s%s",
                                count == 1 ? "not read, because you may not list them: " : ", ",
                                shelflife_kube_resource_name(&w->kinds->at[i], name));
    }
    if (count == 0)
        return true;
    if (count > FORBIDDEN_SHOWN)
        shelflife_buffer_format(&text, " and %zu more", count - FORBIDDEN_SHOWN);
    shelflife_buffer_format(&text, "; images in them count only if Pods run them");
    if (text.failed)
        return shelflife_fail_memory(err);
    const struct shelflife_audit_problem problem = {
        .source = STR("other kinds"), .text = shelflife_buffer_str(&text), .forbidden = true, .note = true};
    return shelflife_audit_note(w->audit, &problem, err);
}

static bool list_kind(struct reading *r, struct shelflife_kube_client *client, str path, error *err)
{
    audit *a = r->work->audit;
    const struct shelflife_audit_selection *s = r->work->selection;
    struct shelflife_kube_query query[2];
    struct shelflife_kube_list list = {.path = path, .query = query};
    struct shelflife_kube_reply reply = {0};
    error why = {0};
    if (s->label_selector)
        query[list.query_count++] =
            (struct shelflife_kube_query){"labelSelector", shelflife_str_of(s->label_selector)};
    if (s->field_selector)
        query[list.query_count++] =
            (struct shelflife_kube_query){"fieldSelector", shelflife_str_of(s->field_selector)};
    bool whole = shelflife_kube_list(client, &list, shelflife_audit_list_event, &r->pages, &reply, &why);
    if (!whole && !note_failure(r, &reply, &why, err))
        return false;
    expect(r, r->all.objects);
    pthread_mutex_lock(&a->lock);
    bool ok = shelflife_audit_rollup_merge(&a->rollup, &r->all, err);
    a->sources++;
    pthread_mutex_unlock(&a->lock);
    return ok;
}

static void free_reading(struct reading *r)
{
    shelflife_audit_list_free(&r->pages);
    shelflife_audit_rollup_free(&r->page);
    shelflife_audit_rollup_free(&r->all);
    shelflife_audit_progress_free(&r->rough);
}

static bool read_kind(struct work *w, struct shelflife_kube_client *client, size_t number, error *err)
{
    const struct shelflife_kube_resource *kind = &w->kinds->at[number];
    CLEANUP(free_reading)
    struct reading r = {.work = w,
                        .number = number,
                        .pages = {.begin = begin_page, .commit = commit_page, .restart = restart_kind}};
    CLEANUP(shelflife_buffer_free) buffer path, version;
    shelflife_buffer_init(&path, 4096);
    shelflife_buffer_init(&version, 1024);
    shelflife_audit_rollup_init(&r.page, w->audit->key);
    shelflife_audit_rollup_init(&r.all, w->audit->key);
    r.page.digests = w->audit->options.digests;
    shelflife_audit_progress_init(&r.rough, w->audit);
    const struct shelflife_kube_target target = {.group = shelflife_str_of(kind->group),
                                                 .version = shelflife_str_of(kind->version),
                                                 .namespace = shelflife_str_of(w->selection->namespace),
                                                 .resource = shelflife_str_of(kind->name)};
    shelflife_kube_resource_name(kind, r.source);
    shelflife_buffer_format(&version, "%s%s%s", kind->group, kind->group[0] ? "/" : "", kind->version);
    if (version.failed)
        return shelflife_fail_memory(err);
    r.pages.api_version = shelflife_buffer_str(&version);
    r.pages.kind = shelflife_str_of(kind->kind);
    return shelflife_kube_path(&path, &target, err) &&
           shelflife_audit_list_open(&r.pages, w->audit->shapes, on_object, &r, err) &&
           list_kind(&r, client, shelflife_buffer_str(&path), err);
}

static bool work_on(struct work *w, struct shelflife_kube_client *client, error *err)
{
    struct shelflife_audit_counters *progress = w->audit->options.progress;
    for (size_t i; (i = atomic_fetch_add(&w->next, 1)) < w->kinds->count;) {
        if (shelflife_audit_cancelled(w->audit)) {
            pthread_mutex_lock(&w->audit->lock);
            w->audit->interrupted = true;
            pthread_mutex_unlock(&w->audit->lock);
            return true;
        }
        if (!read_kind(w, client, i, err))
            return false;
        if (progress)
            atomic_fetch_add(&progress->sources_done, 1);
    }
    return true;
}

static void *work_thread(void *context)
{
    struct work *w = context;
    error err = {0};
    struct shelflife_kube_client *client = shelflife_kube_client_new(w->kube, &err);
    if (!client || !work_on(w, client, &err)) {
        pthread_mutex_lock(&w->audit->lock);
        if (!w->failed)
            w->error = err;
        w->failed = true;
        pthread_mutex_unlock(&w->audit->lock);
    }
    shelflife_kube_client_free(client);
    return NULL;
}

/* Threads as far as there are any to be had: one can do it all. */
static bool read_kinds(struct work *w, error *err)
{
    pthread_t threads[THREADS_MAX - 1];
    size_t count = 0;
    while (count < COUNT(threads) && count + 1 < w->kinds->count &&
           pthread_create(&threads[count], NULL, work_thread, w) == 0)
        count++;
    work_thread(w);
    for (size_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    if (w->failed)
        *err = w->error;
    return !w->failed && note_forbidden(w, err);
}

/* ---- The whole ---- */

static bool read_cluster(audit *a, struct shelflife_kube *kube, struct shelflife_kube_client *client,
                         const struct shelflife_audit_selection *selection, error *err)
{
    struct shelflife_audit_kinds_to_read kinds;
    bool exists = true, one = selection->namespace != NULL;
    if (!shelflife_audit_kinds_find(a, client, one, !one, &kinds, err))
        return false;
    if (a->options.progress) {
        atomic_store(&a->options.progress->sources_done, 0);
        atomic_store(&a->options.progress->sources, (unsigned)kinds.count);
    }
    struct work work = {.audit = a, .kube = kube, .selection = selection, .kinds = &kinds};
    work.forbidden = calloc(kinds.count + 1, sizeof(*work.forbidden));
    bool ok = (work.forbidden || shelflife_fail_memory(err)) &&
              read_namespaces(a, client, selection->namespace, &exists, err) &&
              (!exists || read_kinds(&work, err));
    free(work.forbidden);
    shelflife_audit_kinds_free(&kinds);
    return ok;
}

struct connection {
    struct shelflife_kube *kube;
    struct shelflife_kube_client *client;
};

static void cleanup_connection(struct connection *c)
{
    shelflife_kube_client_free(c->client);
    shelflife_kube_close(c->kube);
}

static bool connect_to(const audit *a, const struct shelflife_kube_config *config, struct connection *c,
                       error *err)
{
    const struct shelflife_kube_options options = {.cancel = a->options.cancel};
    c->kube = shelflife_kube_open(config, &options, err);
    if (c->kube)
        c->client = shelflife_kube_client_new(c->kube, err);
    return c->client != NULL;
}

static bool add_cluster(audit *a, str name, error *err)
{
    if (!shelflife_grow(&a->clusters, &a->cluster_capacity, a->cluster_count + 1, sizeof(*a->clusters)) ||
        !shelflife_arena_copy(&a->arena, name, &a->clusters[a->cluster_count]))
        return shelflife_fail_memory(err);
    a->cluster_count++;
    return true;
}

bool shelflife_audit_cluster(audit *a, const struct shelflife_kube_config *config,
                             const struct shelflife_audit_selection *selection, error *err)
{
    CLEANUP(cleanup_connection) struct connection c = {0};
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX]; /* without a password */
    const char *name = config->context ? config->context : shelflife_net_url_shown(config->server, shown);
    return add_cluster(a, shelflife_str_of(name), err) && connect_to(a, config, &c, err) &&
           read_cluster(a, c.kube, c.client, selection, err);
}

bool shelflife_audit_cluster_failed(audit *a, str cluster, const error *why, error *err)
{
    const struct shelflife_audit_problem problem = {.source = STR("the cluster"),
                                                    .text = shelflife_str_of(why->text)};
    bool is_last = a->cluster_count && shelflife_str_equal(a->clusters[a->cluster_count - 1], cluster);
    if (why->kind == SHELFLIFE_ERROR_MEMORY)
        return shelflife_fail_memory(err);
    if (shelflife_audit_cancelled(a)) {
        a->interrupted = true;
        return true;
    }
    return (is_last || add_cluster(a, cluster, err)) && shelflife_audit_note(a, &problem, err);
}

/* What can be known without the cluster, if there is no configuration of one. */
static bool find_for_role(audit *a, const struct shelflife_kube_config *config, bool one,
                          struct shelflife_audit_kinds_to_read *kinds, error *err)
{
    CLEANUP(cleanup_connection) struct connection c = {0};
    if (!config)
        return shelflife_audit_kinds_known(a, kinds, err);
    return connect_to(a, config, &c, err) && shelflife_audit_kinds_find(a, c.client, one, true, kinds, err);
}

bool shelflife_audit_rbac(audit *a, const struct shelflife_kube_config *config, const char *namespace,
                          buffer *out, error *err)
{
    struct shelflife_audit_kinds_to_read kinds;
    if (!find_for_role(a, config, namespace != NULL, &kinds, err))
        return false;
    shelflife_audit_kinds_write_role(&kinds, namespace, out);
    shelflife_audit_kinds_free(&kinds);
    return !out->failed || shelflife_fail_memory(err);
}
