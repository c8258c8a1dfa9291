#include "pki/pki.h"
#include "publish/internal.h"
#include "publish/publish.h"
#include "report/objects.h"

enum { LIST_MAX = 256 << 20 }; /* metadata of all reports */

/* A report of ours that is in the cluster. Its strings are its document's. */
struct present_report {
    str namespace, name, uid, resource_version, digest;
    bool needed;
};

struct reports {
    struct publish_run *run;
    enum report_flavour flavour;
    struct shelflife_document **documents; /* owned, as are they: pages of lists */
    size_t document_count, document_capacity;
    struct present_report *present; /* owned; sorted once both lists are read */
    size_t present_count, present_capacity;
    size_t list_start; /* in `present`: the first report of the list being read */
    buffer page;       /* as far as it has arrived */
    buffer owner_uid;  /* of options->reports_owner */
};

/* ---- Reports in the cluster ---- */

static bool has_resource(const struct publish_run *run, const struct report_kind *kind)
{
    for (size_t i = 0; i < run->resources.count; i++) {
        const struct shelflife_kube_resource *r = &run->resources.items[i];
        if (shelflife_str_equal(shelflife_str_of(r->group), kind->group) &&
            shelflife_str_equal(shelflife_str_of(r->name), kind->resource))
            return true;
    }
    return false;
}

static bool choose_flavour(struct reports *r, error *err)
{
    for (int f = REPORT_FLAVOUR_WGPOLICY; f <= REPORT_FLAVOUR_OPENREPORTS; f++)
        if (has_resource(r->run, &shelflife_report_kinds[f])) {
            r->flavour = (enum report_flavour)f;
            return true;
        }
    return shelflife_fail(
        err, SHELFLIFE_ERROR_USAGE,
        "the cluster has neither policyreports.wgpolicyk8s.io nor reports.openreports.io to "
        "write into; install the CustomResourceDefinitions of one of them");
}

static bool read_item(struct reports *r, struct node item)
{
    struct node metadata, annotations;
    struct present_report found = {0};
    if (!shelflife_node_get(&item, "metadata", &metadata))
        return true;
    shelflife_publish_get_string(&metadata, "namespace", &found.namespace);
    shelflife_publish_get_string(&metadata, "name", &found.name);
    shelflife_publish_get_string(&metadata, "uid", &found.uid);
    shelflife_publish_get_string(&metadata, "resourceVersion", &found.resource_version);
    if (shelflife_node_get(&metadata, "annotations", &annotations))
        shelflife_publish_get_string(&annotations, REPORT_DIGEST_ANNOTATION, &found.digest);
    if (!shelflife_grow(&r->present, &r->present_capacity, r->present_count + 1, sizeof(found)))
        return false;
    r->present[r->present_count++] = found;
    return true;
}

static bool read_page(struct reports *r, error *err)
{
    struct node items, item, root;
    if (!shelflife_grow(&r->documents, &r->document_capacity, r->document_count + 1,
                        sizeof(struct shelflife_document *)))
        return shelflife_fail_memory(err);
    struct shelflife_document *document =
        shelflife_document_read(shelflife_buffer_str(&r->page), "the list of reports", err);
    if (!document)
        return false;
    r->documents[r->document_count++] = document;
    root = shelflife_document_root(document);
    if (!shelflife_node_get(&root, "items", &items) || shelflife_node_type(items) != NODE_ARRAY)
        return true;
    for (size_t i = 0; i < shelflife_node_count(items); i++)
        if (shelflife_node_at(&items, i, &item) && !read_item(r, item))
            return shelflife_fail_memory(err);
    return true;
}

static bool on_list(void *context, enum shelflife_kube_list_event event,
                    const struct shelflife_kube_page *page, str bytes, error *err)
{
    struct reports *r = context;
    (void)page;
    switch (event) {
    case SHELFLIFE_KUBE_RESTART:
        r->present_count = r->list_start;
        break;
    case SHELFLIFE_KUBE_PAGE_START:
    case SHELFLIFE_KUBE_PAGE_AGAIN:
        shelflife_buffer_reset(&r->page);
        break;
    case SHELFLIFE_KUBE_PAGE_BYTES:
        shelflife_buffer_append(&r->page, bytes);
        return !r->page.failed || shelflife_fail_memory(err);
    case SHELFLIFE_KUBE_PAGE_END:
        return read_page(r, err);
    }
    return true;
}

/* The path of a report; without a name, of the collection of a namespace, or of all namespaces. */
static bool report_path(const struct reports *r, str namespace, str name, buffer *path, error *err)
{
    const struct report_kind *kind = &shelflife_report_kinds[r->flavour];
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

/* Adds the reports of a list; if it fails, `present` is as it was. */
static bool read_list(struct reports *r, str path, error *err)
{
    const struct shelflife_kube_query query = {"labelSelector", STR(REPORT_LABEL "=" REPORT_LABEL_VALUE)};
    const struct shelflife_kube_list list = {
        .path = path,
        .query = &query,
        .query_count = 1,
        .accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
    };
    struct shelflife_kube_reply reply;
    r->list_start = r->present_count;
    if (shelflife_kube_list(r->run->client, &list, on_list, r, &reply, err))
        return true;
    r->present_count = r->list_start;
    return false;
}

/* The audit of a single namespace leaves cluster-wide reports alone. */
static bool list_cluster_reports(struct reports *r, buffer *path, error *err)
{
    const struct report_kind *kind = &shelflife_report_kinds[r->flavour];
    const struct shelflife_kube_target target = {
        .group = kind->group, .version = kind->version, .resource = kind->cluster_resource};
    error why;
    if (r->run->options->namespace)
        return true;
    shelflife_buffer_reset(path);
    if (!shelflife_kube_path(path, &target, err))
        return false;
    /* The cluster may lack that kind. */
    return read_list(r, shelflife_buffer_str(path), &why) || why.kind != SHELFLIFE_ERROR_MEMORY ||
           shelflife_fail_memory(err);
}

static int compare_present(const void *a, const void *b)
{
    const struct present_report *x = a, *y = b;
    int order = shelflife_str_compare(x->namespace, y->namespace);
    return order ? order : shelflife_str_compare(x->name, y->name);
}

static bool list_reports(struct reports *r, error *err)
{
    buffer path CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&path, PUBLISH_PATH_MAX);
    if (!report_path(r, shelflife_str_of(r->run->options->namespace), (str){0}, &path, err) ||
        !read_list(r, shelflife_buffer_str(&path), err) || !list_cluster_reports(r, &path, err))
        return false;
    shelflife_sort(r->present, r->present_count, sizeof(*r->present), compare_present);
    return true;
}

static bool find_owner(struct reports *r, error *err)
{
    buffer path CLEANUP(shelflife_buffer_free);
    const struct shelflife_kube_target target = {
        .group = STR("rbac.authorization.k8s.io"),
        .version = STR("v1"),
        .resource = STR("clusterroles"),
        .name = shelflife_str_of(r->run->options->reports_owner),
    };
    shelflife_buffer_init(&path, PUBLISH_PATH_MAX);
    if (!r->run->options->reports_owner)
        return true;
    if (shelflife_kube_path(&path, &target, err) &&
        shelflife_publish_read_uid(r->run, shelflife_buffer_str(&path), &r->owner_uid, err))
        return true;
    return shelflife_error_prefix(err, "the owner of the reports");
}

/* ---- Writing ---- */

static struct present_report *find_present(struct reports *r, str namespace, str name)
{
    const struct present_report wanted = {.namespace = namespace, .name = name};
    return r->present_count ? bsearch(&wanted, r->present, r->present_count, sizeof(wanted), compare_present)
                            : NULL;
}

static bool render(const struct reports *r, const struct report_group *group, const char *digest, buffer *out,
                   error *err)
{
    struct shelflife_json_writer json;
    const struct report_stamp stamp = {.digest = digest,
                                       .owner = shelflife_str_of(r->run->options->reports_owner),
                                       .owner_uid = shelflife_buffer_str(&r->owner_uid)};
    shelflife_buffer_reset(out);
    shelflife_json_writer_init(&json, out);
    shelflife_report_object(r->run->result, group, r->flavour, &stamp, &json);
    return !out->failed || shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "a report is larger than %d MiB",
                                          PUBLISH_OBJECT_MAX >> 20);
}

static bool write_report(struct reports *r, const struct report_group *group, buffer *object, error *err)
{
    buffer path CLEANUP(shelflife_buffer_free), name CLEANUP(shelflife_buffer_free);
    char digest[SHELFLIFE_PKI_SHA256_TEXT_MAX];
    struct shelflife_kube_reply reply;
    shelflife_buffer_init(&path, PUBLISH_PATH_MAX);
    shelflife_buffer_init(&name, 64);
    shelflife_report_object_name(group, &name);
    struct present_report *present = find_present(r, group->namespace, shelflife_buffer_str(&name));
    if (present)
        present->needed = true;
    if (!render(r, group, NULL, object, err) ||
        !shelflife_pki_sha256(&(str){object->at, object->len}, 1, digest, err))
        return false;
    if (present && shelflife_str_equal(present->digest, shelflife_str_of(digest))) {
        r->run->outcome->unchanged++;
        return true;
    }
    if (!render(r, group, digest, object, err) ||
        !report_path(r, group->namespace, shelflife_buffer_str(&name), &path, err) ||
        !shelflife_kube_apply(r->run->client, shelflife_buffer_str(&path), shelflife_buffer_str(object),
                              PUBLISH_MANAGER, true, &reply, err))
        return false;
    r->run->outcome->written++;
    return true;
}

static void remove_stale(struct reports *r)
{
    buffer path CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&path, PUBLISH_PATH_MAX);
    for (size_t i = 0; i < r->present_count && !shelflife_publish_is_cancelled(r->run); i++) {
        const struct present_report *p = &r->present[i];
        struct shelflife_kube_reply reply = {0};
        error why;
        if (p->needed || !shelflife_str_starts(p->name, STR(PUBLISH_MANAGER)))
            continue;
        if (report_path(r, p->namespace, p->name, &path, &why) &&
            shelflife_kube_delete(r->run->client, shelflife_buffer_str(&path), p->uid, p->resource_version,
                                  &reply, &why))
            r->run->outcome->removed++;
        else if (reply.status != 404)
            shelflife_publish_count_failure(r->run, &why);
    }
}

static bool write_all(struct reports *r, error *err)
{
    struct report_groups groups;
    buffer object CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&object, PUBLISH_OBJECT_MAX);
    if (!choose_flavour(r, err) || !find_owner(r, err) || !list_reports(r, err) ||
        !shelflife_report_group(r->run->result, &groups, err))
        return false;
    for (size_t i = 0; i < groups.count && !shelflife_publish_is_cancelled(r->run); i++) {
        error why;
        if (!write_report(r, &groups.at[i], &object, &why))
            shelflife_publish_count_failure(r->run, &why);
    }
    shelflife_report_groups_free(&groups);
    if (!r->run->result->unread && !shelflife_publish_is_cancelled(r->run))
        remove_stale(r);
    return true;
}

bool shelflife_publish_reports(struct publish_run *run, error *err)
{
    struct reports r = {.run = run};
    shelflife_buffer_init(&r.page, LIST_MAX);
    shelflife_buffer_init(&r.owner_uid, PUBLISH_UID_MAX);
    bool ok = write_all(&r, err);
    for (size_t i = 0; i < r.document_count; i++)
        shelflife_document_free(r.documents[i]);
    free(r.documents);
    free(r.present);
    shelflife_buffer_free(&r.page);
    shelflife_buffer_free(&r.owner_uid);
    return ok;
}
