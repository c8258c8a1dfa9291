#include "publish/publish.h"
#include "publish/internal.h"

enum { REQUESTS_A_SECOND = 20 }; /* an audit may read fast; writing costs the cluster more */

bool shelflife_publish_is_cancelled(const struct publish_run *run)
{
    return run->options->cancel && atomic_load(run->options->cancel);
}

void shelflife_publish_count_failure(struct publish_run *run, const error *why)
{
    if (!run->outcome->failed++)
        run->first_failure = *why;
}

void shelflife_publish_get_string(const struct node *map, const char *key, str *out)
{
    struct node value;
    if (shelflife_node_get(map, key, &value) && shelflife_node_type(value) == NODE_STRING)
        (void)!shelflife_node_string(value, out, NULL);
}

bool shelflife_publish_read_uid(struct publish_run *run, str path, buffer *uid, error *err)
{
    buffer body CLEANUP(shelflife_buffer_free);
    struct shelflife_kube_reply reply;
    struct node root, metadata;
    str found = {0};
    shelflife_buffer_init(&body, PUBLISH_OBJECT_MAX);
    if (!shelflife_kube_get(run->client, path, &body, &reply, err))
        return false;
    CLEANUP(cleanup_document)
    struct shelflife_document *document =
        shelflife_document_read(shelflife_buffer_str(&body), "the owner", err);
    if (!document)
        return false;
    root = shelflife_document_root(document);
    if (shelflife_node_get(&root, "metadata", &metadata))
        shelflife_publish_get_string(&metadata, "uid", &found);
    shelflife_buffer_append(uid, found);
    return uid->len || shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                                      "GET %.*s: the response has no metadata.uid", STR_PRINT(path));
}

static bool connect_to(struct publish_run *run, const struct shelflife_kube_config *config, error *err)
{
    const struct shelflife_kube_options options = {
        .requests_second = REQUESTS_A_SECOND, .burst = REQUESTS_A_SECOND, .cancel = run->options->cancel};
    run->kube = shelflife_kube_open(config, &options, err);
    run->client = run->kube ? shelflife_kube_client_new(run->kube, err) : NULL;
    return run->client && shelflife_kube_discover(run->client, &run->resources, err);
}

bool shelflife_publish(const struct shelflife_audit_result *result,
                       const struct shelflife_kube_config *config,
                       const struct shelflife_publish_options *options,
                       struct shelflife_publish_outcome *outcome, error *err)
{
    struct publish_run run = {.result = result, .options = options, .outcome = outcome};
    *outcome = (struct shelflife_publish_outcome){0};
    bool ok = connect_to(&run, config, err) && (!options->reports || shelflife_publish_reports(&run, err));
    if (ok && options->events)
        shelflife_publish_events(&run);
    shelflife_kube_resources_free(&run.resources);
    shelflife_kube_client_free(run.client);
    shelflife_kube_close(run.kube);
    if (ok && outcome->failed) {
        if (err)
            *err = run.first_failure;
        return false;
    }
    return ok;
}
