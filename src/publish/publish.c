#include "publish/publish.h"

#include "base/printable.h"
#include "pki/pki.h"
#include "report/objects.h"
#include "shelflife/json.h"
#include "json/document.h"

#define MANAGER "shelflife"

enum {
    REQUESTS_A_SECOND = 20, /* an audit may read fast; writing costs the cluster more */
    PATH_MAX_BYTES = 16 << 10,
    OBJECT_MAX = 8 << 20,
    LIST_MAX = 256 << 20, /* metadata of all reports */
    UID_MAX = 256,
};

/* A report of ours that is in the cluster. Strings are its document's. */
struct catalog_fields {
    str namespace, name, uid, resource_version, digest;
    bool needed;
};

struct writeback {
    const struct shelflife_audit_result *result;
    const struct shelflife_publish_options *options;
    struct shelflife_publish_outcome *outcome;
    struct shelflife_kube *kube;
    struct shelflife_kube_client *client;
    struct shelflife_kube_resources resources;
    enum report_flavour flavour;
    struct shelflife_document **documents; /* owned, as are they: pages of what the cluster has */
    size_t document_count, document_capacity;
    struct catalog_fields *known; /* owned; sorted once it is whole */
    size_t known_count, known_capacity;
    buffer page;      /* a page that is coming */
    buffer owner_uid; /* of options->reports_owner */
    error first;      /* failure */
};

static bool is_cancelled(const struct writeback *w)
{
    return w->options->cancel && atomic_load(w->options->cancel);
}

static void note_failure(struct writeback *w, const error *why)
{
    if (!w->outcome->failed++)
        w->first = *why;
}

/* ---- What the cluster has ---- */

static bool has_resource(const struct writeback *w, const struct report_kind *kind)
{
    for (size_t i = 0; i < w->resources.count; i++) {
        const struct shelflife_kube_resource *r = &w->resources.items[i];
        if (shelflife_str_equal(shelflife_str_of(r->group), kind->group) &&
            shelflife_str_equal(shelflife_str_of(r->name), kind->resource))
            return true;
    }
    return false;
}

static bool choose_flavour(struct writeback *w, error *err)
{
    for (int f = REPORT_FLAVOUR_WGPOLICY; f <= REPORT_FLAVOUR_OPENREPORTS; f++)
        if (has_resource(w, &shelflife_report_kinds[f])) {
            w->flavour = (enum report_flavour)f;
            return true;
        }
    return shelflife_fail(
        err, SHELFLIFE_ERROR_USAGE,
        "the cluster has neither policyreports.wgpolicyk8s.io nor reports.openreports.io to "
        "write into; install the CustomResourceDefinitions of one of them");
}

static void read_string(const struct node *map, const char *key, str *out)
{
    struct node value;
    if (shelflife_node_get(map, key, &value) && shelflife_node_type(value) == NODE_STRING)
        (void)!shelflife_node_string(value, out, NULL);
}

static bool read_item(struct writeback *w, struct node item)
{
    struct node metadata, annotations;
    struct catalog_fields known = {0};
    if (!shelflife_node_get(&item, "metadata", &metadata))
        return true;
    read_string(&metadata, "namespace", &known.namespace);
    read_string(&metadata, "name", &known.name);
    read_string(&metadata, "uid", &known.uid);
    read_string(&metadata, "resourceVersion", &known.resource_version);
    if (shelflife_node_get(&metadata, "annotations", &annotations))
        read_string(&annotations, REPORT_DIGEST_ANNOTATION, &known.digest);
    if (!shelflife_grow(&w->known, &w->known_capacity, w->known_count + 1, sizeof(known)))
        return false;
    w->known[w->known_count++] = known;
    return true;
}

static bool read_page(struct writeback *w, error *err)
{
    struct node items, item, root;
    if (!shelflife_grow(&w->documents, &w->document_capacity, w->document_count + 1,
                        sizeof(struct shelflife_document *)))
        return shelflife_fail_memory(err);
    struct shelflife_document *document =
        shelflife_document_read(shelflife_buffer_str(&w->page), "the list of reports", err);
    if (!document)
        return false;
    w->documents[w->document_count++] = document;
    root = shelflife_document_root(document);
    if (!shelflife_node_get(&root, "items", &items) || shelflife_node_type(items) != NODE_ARRAY)
        return true;
    for (size_t i = 0; i < shelflife_node_count(items); i++)
        if (shelflife_node_at(&items, i, &item) && !read_item(w, item))
            return shelflife_fail_memory(err);
    return true;
}

static bool on_list(void *context, enum shelflife_kube_list_event event,
                    const struct shelflife_kube_page *page, str bytes, error *err)
{
    struct writeback *w = context;
    (void)page;
    switch (event) {
    case SHELFLIFE_KUBE_RESTART:
        w->known_count = 0;
        break;
    case SHELFLIFE_KUBE_PAGE_START:
    case SHELFLIFE_KUBE_PAGE_AGAIN:
        shelflife_buffer_reset(&w->page);
        break;
    case SHELFLIFE_KUBE_PAGE_BYTES:
        shelflife_buffer_append(&w->page, bytes);
        return !w->page.failed || shelflife_fail_memory(err);
    case SHELFLIFE_KUBE_PAGE_END:
        return read_page(w, err);
    }
    return true;
}

static bool path_to(const struct writeback *w, str namespace, str name, buffer *path, error *err)
{
    const struct report_kind *kind = &shelflife_report_kinds[w->flavour];
    bool cluster = !namespace.len && name.len;
    const struct shelflife_kube_target target = {
        .group = kind->group,
        .version = kind->version,
        .namespace = namespace,
        .resource = cluster ? kind->cluster_resource : kind->resource,
        .name = name,
    };
    shelflife_buffer_reset(path);
    return shelflife_kube_path(path, &target, err);
}

static bool list_at(struct writeback *w, str path, error *err)
{
    const struct shelflife_kube_query query = {"labelSelector", STR(REPORT_LABEL "=" REPORT_LABEL_VALUE)};
    const struct shelflife_kube_list list = {
        .path = path,
        .query = &query,
        .query_count = 1,
        .accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
    };
    struct shelflife_kube_reply reply;
    return shelflife_kube_list(w->client, &list, on_list, w, &reply, err);
}

/* What has no namespace belongs to no audit of one namespace. */
static bool list_cluster_reports(struct writeback *w, buffer *path, error *err)
{
    const struct report_kind *kind = &shelflife_report_kinds[w->flavour];
    const struct shelflife_kube_target target = {
        .group = kind->group, .version = kind->version, .resource = kind->cluster_resource};
    error why;
    if (w->options->namespace)
        return true;
    size_t before = w->known_count;
    shelflife_buffer_reset(path);
    if (!shelflife_kube_path(path, &target, err))
        return false;
    if (list_at(w, shelflife_buffer_str(path), &why))
        return true;
    w->known_count = before; /* the cluster may do without that kind */
    return why.kind != SHELFLIFE_ERROR_MEMORY || shelflife_fail_memory(err);
}

static int compare_known(const void *a, const void *b)
{
    const struct catalog_fields *x = a, *y = b;
    int order = shelflife_str_compare(x->namespace, y->namespace);
    return order ? order : shelflife_str_compare(x->name, y->name);
}

static bool list_reports(struct writeback *w, error *err)
{
    buffer path CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&path, PATH_MAX_BYTES);
    if (!path_to(w, shelflife_str_of(w->options->namespace), (str){0}, &path, err) ||
        !list_at(w, shelflife_buffer_str(&path), err) || !list_cluster_reports(w, &path, err))
        return false;
    shelflife_sort(w->known, w->known_count, sizeof(*w->known), compare_known);
    return true;
}

static bool read_uid(struct writeback *w, str path, buffer *uid, error *err)
{
    buffer body CLEANUP(shelflife_buffer_free);
    struct shelflife_kube_reply reply;
    struct node root, metadata;
    str found = {0};
    shelflife_buffer_init(&body, OBJECT_MAX);
    if (!shelflife_kube_get(w->client, path, &body, &reply, err))
        return false;
    struct shelflife_document *document =
        shelflife_document_read(shelflife_buffer_str(&body), "the owner", err);
    if (!document)
        return false;
    root = shelflife_document_root(document);
    if (shelflife_node_get(&root, "metadata", &metadata))
        read_string(&metadata, "uid", &found);
    shelflife_buffer_append(uid, found);
    shelflife_document_free(document);
    return uid->len || shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "GET %.*s: the answer has no metadata.uid",
                                      STR_PRINT(path));
}

static bool find_owner(struct writeback *w, error *err)
{
    buffer path CLEANUP(shelflife_buffer_free);
    const struct shelflife_kube_target target = {
        .group = STR("rbac.authorization.k8s.io"),
        .version = STR("v1"),
        .resource = STR("clusterroles"),
        .name = shelflife_str_of(w->options->reports_owner),
    };
    shelflife_buffer_init(&path, PATH_MAX_BYTES);
    if (!w->options->reports_owner)
        return true;
    if (shelflife_kube_path(&path, &target, err) &&
        read_uid(w, shelflife_buffer_str(&path), &w->owner_uid, err))
        return true;
    return shelflife_error_prefix(err, "the owner of the reports");
}

/* ---- Reports ---- */

static struct catalog_fields *find_known(struct writeback *w, str namespace, str name)
{
    const struct catalog_fields wanted = {.namespace = namespace, .name = name};
    return w->known_count ? bsearch(&wanted, w->known, w->known_count, sizeof(wanted), compare_known) : NULL;
}

static bool render(const struct writeback *w, const struct report_group *group, const char *digest,
                   buffer *out, error *err)
{
    struct shelflife_json_writer json;
    const struct report_stamp stamp = {.digest = digest,
                                       .owner = shelflife_str_of(w->options->reports_owner),
                                       .owner_uid = shelflife_buffer_str(&w->owner_uid)};
    shelflife_buffer_reset(out);
    shelflife_json_writer_init(&json, out);
    shelflife_report_object(w->result, group, w->flavour, &stamp, &json);
    return !out->failed ||
           shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "a report is larger than %d MiB", OBJECT_MAX >> 20);
}

static bool write_report(struct writeback *w, const struct report_group *group, buffer *object, error *err)
{
    buffer path CLEANUP(shelflife_buffer_free), name CLEANUP(shelflife_buffer_free);
    char digest[SHELFLIFE_PKI_SHA256_TEXT_MAX];
    struct shelflife_kube_reply reply;
    shelflife_buffer_init(&path, PATH_MAX_BYTES);
    shelflife_buffer_init(&name, 64);
    shelflife_report_object_name(group, &name);
    struct catalog_fields *known = find_known(w, group->namespace, shelflife_buffer_str(&name));
    if (known)
        known->needed = true;
    if (!render(w, group, NULL, object, err) ||
        !shelflife_pki_sha256(&(str){object->at, object->len}, 1, digest, err))
        return false;
    if (known && shelflife_str_equal(known->digest, shelflife_str_of(digest))) {
        w->outcome->unchanged++;
        return true;
    }
    if (!render(w, group, digest, object, err) ||
        !path_to(w, group->namespace, shelflife_buffer_str(&name), &path, err) ||
        !shelflife_kube_apply(w->client, shelflife_buffer_str(&path), shelflife_buffer_str(object), MANAGER,
                              true, &reply, err))
        return false;
    w->outcome->written++;
    return true;
}

static void remove_stale(struct writeback *w)
{
    buffer path CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&path, PATH_MAX_BYTES);
    for (size_t i = 0; i < w->known_count && !is_cancelled(w); i++) {
        const struct catalog_fields *k = &w->known[i];
        struct shelflife_kube_reply reply = {0};
        error why;
        if (k->needed || !shelflife_str_starts(k->name, STR(MANAGER)))
            continue;
        if (path_to(w, k->namespace, k->name, &path, &why) &&
            shelflife_kube_delete(w->client, shelflife_buffer_str(&path), k->uid, k->resource_version, &reply,
                                  &why))
            w->outcome->removed++;
        else if (reply.status != 404)
            note_failure(w, &why);
    }
}

static bool write_reports(struct writeback *w, error *err)
{
    struct report_groups groups;
    buffer object CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&object, OBJECT_MAX);
    if (!choose_flavour(w, err) || !find_owner(w, err) || !list_reports(w, err) ||
        !shelflife_report_group(w->result, &groups, err))
        return false;
    for (size_t i = 0; i < groups.count && !is_cancelled(w); i++) {
        error why;
        if (!write_report(w, &groups.at[i], &object, &why))
            note_failure(w, &why);
    }
    shelflife_report_groups_free(&groups);
    if (!w->result->partial && !is_cancelled(w))
        remove_stale(w);
    return true;
}

/* ---- Events ---- */

static bool is_worth_an_event(const struct shelflife_audit_entry *e)
{
    return !shelflife_report_suppressed(e) && e->action != SHELFLIFE_ALLOW && e->workload->name.len &&
           e->workload->seen;
}

/* "2026-11-23T09:41:00Z" */
static void put_time(int64_t seconds, buffer *out)
{
    char text[SHELFLIFE_TIME_TEXT_MAX];
    shelflife_buffer_append(out, (str){text, shelflife_time_format(seconds, 'T', text)});
    shelflife_buffer_byte(out, 'Z');
}

/* The same finding has the same name, so that the API server refuses it while the last one is there. */
static void put_event_name(const struct shelflife_audit_entry *e, buffer *out)
{
    enum { CATALOG_NAME_MAX_BYTES = 200 };
    char fingerprint[SHELFLIFE_AUDIT_FINGERPRINT];
    shelflife_audit_fingerprint(e, fingerprint);
    str name = shelflife_str_first(e->workload->name, CATALOG_NAME_MAX_BYTES);
    while (name.len && (name.at[name.len - 1] == '.' || name.at[name.len - 1] == '-'))
        name.len--;
    shelflife_buffer_append(out, name);
    shelflife_buffer_format(out, ".%s.%s", fingerprint, shelflife_phase_name(e->image->verdict.phase));
}

/* What has no namespace has its Events in the default one. */
static str event_namespace(const struct shelflife_audit_entry *e)
{
    return e->workload->namespace.len ? e->workload->namespace : STR("default");
}

static void write_involved(struct shelflife_json_writer *json, const struct shelflife_audit_entry *e, str uid)
{
    shelflife_json_member_map(json, "involvedObject");
    shelflife_json_member_string(json, "apiVersion", e->workload->api_version);
    shelflife_json_member_string(json, "kind", e->workload->kind);
    if (e->workload->namespace.len)
        shelflife_json_member_string(json, "namespace", e->workload->namespace);
    shelflife_json_member_string(json, "name", e->workload->name);
    shelflife_json_member_string(json, "uid", uid);
    shelflife_json_write_end(json);
}

static const char *reason_of(const struct shelflife_audit_entry *e)
{
    static const char *const reasons[] = {
        [SHELFLIFE_PHASE_SUPPORTED] = "ImageSupported",     [SHELFLIFE_PHASE_UNLISTED] = "ImageUnlisted",
        [SHELFLIFE_PHASE_UNRESOLVED] = "ImageUnresolved",   [SHELFLIFE_PHASE_INVALID] = "ImageInvalid",
        [SHELFLIFE_PHASE_ENDING] = "ImageEnding",           [SHELFLIFE_PHASE_UNPATCHED] = "ImageUnpatched",
        [SHELFLIFE_PHASE_UNAVAILABLE] = "ImageUnavailable",
    };
    return reasons[e->image->verdict.phase];
}

static void write_event(const struct writeback *w, const struct shelflife_audit_entry *e, str uid,
                        buffer *out)
{
    struct shelflife_json_writer json;
    buffer text CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&text, OBJECT_MAX);
    shelflife_buffer_reset(out);
    shelflife_json_writer_init(&json, out);
    shelflife_json_write_map(&json);
    shelflife_json_member_text(&json, "apiVersion", "v1");
    shelflife_json_member_text(&json, "kind", "Event");
    shelflife_json_member_map(&json, "metadata");
    put_event_name(e, &text);
    shelflife_json_member_string(&json, "name", shelflife_buffer_str(&text));
    shelflife_json_member_string(&json, "namespace", event_namespace(e));
    shelflife_json_write_end(&json);
    write_involved(&json, e, uid);
    shelflife_json_member_text(&json, "type", "Warning");
    shelflife_json_member_text(&json, "reason", reason_of(e));
    shelflife_buffer_reset(&text);
    shelflife_report_put_message(e, &text);
    shelflife_json_member_string(&json, "message", shelflife_buffer_str(&text));
    shelflife_json_member_map(&json, "source");
    shelflife_json_member_text(&json, "component", MANAGER);
    shelflife_json_write_end(&json);
    shelflife_buffer_reset(&text);
    put_time(w->options->now, &text);
    shelflife_json_member_string(&json, "firstTimestamp", shelflife_buffer_str(&text));
    shelflife_json_member_string(&json, "lastTimestamp", shelflife_buffer_str(&text));
    shelflife_json_member_integer(&json, "count", 1);
    shelflife_json_write_end(&json);
    out->failed |= text.failed;
}

/* The resource of a kind, by the workload's apiVersion: "apps/v1". */
static const char *resource_of(const struct writeback *w, const struct shelflife_audit_workload *workload)
{
    str api = workload->api_version;
    size_t slash = shelflife_str_find(api, '/');
    str group = slash == SIZE_MAX ? (str){0} : shelflife_str_first(api, slash);
    for (size_t i = 0; i < w->resources.count; i++) {
        const struct shelflife_kube_resource *r = &w->resources.items[i];
        if (shelflife_str_equal(shelflife_str_of(r->kind), workload->kind) &&
            shelflife_str_equal(shelflife_str_of(r->group), group))
            return r->name;
    }
    return NULL;
}

static bool workload_path(const struct writeback *w, const struct shelflife_audit_workload *workload,
                          buffer *path, error *err)
{
    str api = workload->api_version;
    size_t slash = shelflife_str_find(api, '/');
    const char *resource = resource_of(w, workload);
    const struct shelflife_kube_target target = {
        .group = slash == SIZE_MAX ? (str){0} : shelflife_str_first(api, slash),
        .version = slash == SIZE_MAX ? api : shelflife_str_after(api, slash + 1),
        .namespace = workload->namespace,
        .resource = shelflife_str_of(resource),
        .name = workload->name,
    };
    if (!resource)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "the cluster has no kind %.*s any more",
                              STR_PRINT(workload->kind));
    return shelflife_kube_path(path, &target, err);
}

/* `kubectl describe` shows Events by the owner's uid. */
static bool read_workload_uid(struct writeback *w, const struct shelflife_audit_workload *workload,
                              buffer *uid, error *err)
{
    buffer path CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&path, PATH_MAX_BYTES);
    return workload_path(w, workload, &path, err) && read_uid(w, shelflife_buffer_str(&path), uid, err);
}

static bool event_path(str namespace, str name, buffer *path, error *err)
{
    const struct shelflife_kube_target target = {
        .version = STR("v1"), .namespace = namespace, .resource = STR("events"), .name = name};
    shelflife_buffer_reset(path);
    return shelflife_kube_path(path, &target, err);
}

/* Whether the Event is there still; what cannot be asked is not. */
static bool is_told(struct writeback *w, const struct shelflife_audit_entry *e, buffer *path)
{
    buffer name CLEANUP(shelflife_buffer_free), body CLEANUP(shelflife_buffer_free);
    struct shelflife_kube_reply reply;
    shelflife_buffer_init(&name, PATH_MAX_BYTES);
    shelflife_buffer_init(&body, OBJECT_MAX);
    put_event_name(e, &name);
    return event_path(event_namespace(e), shelflife_buffer_str(&name), path, NULL) &&
           shelflife_kube_get(w->client, shelflife_buffer_str(path), &body, &reply, NULL);
}

static bool make_event(struct writeback *w, const struct shelflife_audit_entry *e, error *err)
{
    buffer path CLEANUP(shelflife_buffer_free), object CLEANUP(shelflife_buffer_free),
        uid CLEANUP(shelflife_buffer_free);
    struct shelflife_kube_reply reply = {0};
    shelflife_buffer_init(&path, PATH_MAX_BYTES);
    shelflife_buffer_init(&object, OBJECT_MAX);
    shelflife_buffer_init(&uid, UID_MAX);
    if (is_told(w, e, &path)) {
        w->outcome->events_known++;
        return true;
    }
    if (!read_workload_uid(w, e->workload, &uid, err))
        return false;
    write_event(w, e, shelflife_buffer_str(&uid), &object);
    if (object.failed)
        return shelflife_fail_memory(err);
    if (!event_path(event_namespace(e), (str){0}, &path, err))
        return false;
    bool made = shelflife_kube_create(w->client, shelflife_buffer_str(&path), shelflife_buffer_str(&object),
                                      &reply, err);
    w->outcome->events += made;
    w->outcome->events_known += !made && reply.status == 409;
    return made || reply.status == 409;
}

/* Tells of the worst findings, however many there are. */
static void make_events(struct writeback *w)
{
    unsigned tried = 0;
    for (size_t i = 0; i < w->result->finding_count && tried < w->options->events && !is_cancelled(w); i++) {
        const struct shelflife_audit_entry *e = w->result->findings[i];
        error why;
        if (!is_worth_an_event(e))
            continue;
        tried++;
        if (!make_event(w, e, &why))
            note_failure(w, &why);
    }
}

/* ---- The whole ---- */

static bool begin(struct writeback *w, const struct shelflife_kube_config *config, error *err)
{
    const struct shelflife_kube_options options = {
        .requests_second = REQUESTS_A_SECOND, .burst = REQUESTS_A_SECOND, .cancel = w->options->cancel};
    w->kube = shelflife_kube_open(config, &options, err);
    w->client = w->kube ? shelflife_kube_client_new(w->kube, err) : NULL;
    return w->client && shelflife_kube_discover(w->client, &w->resources, err);
}

static void end(struct writeback *w)
{
    for (size_t i = 0; i < w->document_count; i++)
        shelflife_document_free(w->documents[i]);
    free(w->documents);
    free(w->known);
    shelflife_buffer_free(&w->page);
    shelflife_buffer_free(&w->owner_uid);
    shelflife_kube_resources_free(&w->resources);
    shelflife_kube_client_free(w->client);
    shelflife_kube_close(w->kube);
}

bool shelflife_publish(const struct shelflife_audit_result *result,
                       const struct shelflife_kube_config *config,
                       const struct shelflife_publish_options *options,
                       struct shelflife_publish_outcome *outcome, error *err)
{
    struct writeback w = {.result = result, .options = options, .outcome = outcome};
    *outcome = (struct shelflife_publish_outcome){0};
    shelflife_buffer_init(&w.page, LIST_MAX);
    shelflife_buffer_init(&w.owner_uid, UID_MAX);
    bool ok = begin(&w, config, err) && (!options->reports || write_reports(&w, err));
    if (ok && options->events)
        make_events(&w);
    end(&w);
    if (ok && outcome->failed) {
        if (err)
            *err = w.first;
        return false;
    }
    return ok;
}
