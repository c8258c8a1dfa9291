#include "kube/kube.h"
#include "shelflife/json.h"

static const char json_type[] = "application/json";

bool shelflife_kube_apply(struct shelflife_kube_client *client, str path, str object, const char *manager,
                          bool force, struct shelflife_kube_reply *reply, error *err)
{
    const struct shelflife_kube_query query[] = {{"fieldManager", shelflife_str_of(manager)},
                                                 {"force", force ? STR("true") : STR("false")}};
    const struct shelflife_kube_request request = {.method = SHELFLIFE_NET_HTTP_PATCH,
                                                   .path = path,
                                                   .query = query,
                                                   .query_count = COUNT(query),
                                                   .content_type = "application/apply-patch+yaml",
                                                   .body = object};
    return shelflife_kube_request(client, &request, reply, err);
}

bool shelflife_kube_create(struct shelflife_kube_client *client, str path, str object,
                           struct shelflife_kube_reply *reply, error *err)
{
    const struct shelflife_kube_request request = {
        .method = SHELFLIFE_NET_HTTP_POST, .path = path, .content_type = json_type, .body = object};
    return shelflife_kube_request(client, &request, reply, err);
}

bool shelflife_kube_update(struct shelflife_kube_client *client, str path, str object,
                           struct shelflife_kube_reply *reply, error *err)
{
    const struct shelflife_kube_request request = {
        .method = SHELFLIFE_NET_HTTP_PUT, .path = path, .content_type = json_type, .body = object};
    return shelflife_kube_request(client, &request, reply, err);
}

bool shelflife_kube_delete(struct shelflife_kube_client *client, str path, str uid, str resource_version,
                           struct shelflife_kube_reply *reply, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer options;
    struct shelflife_json_writer w;
    shelflife_buffer_init(&options, 16384);
    shelflife_json_writer_init(&w, &options);
    shelflife_json_write_map(&w);
    shelflife_json_member_text(&w, "kind", "DeleteOptions");
    shelflife_json_member_text(&w, "apiVersion", "v1");
    shelflife_json_member_map(&w, "preconditions");
    shelflife_json_member_optional(&w, "uid", uid);
    shelflife_json_member_optional(&w, "resourceVersion", resource_version);
    shelflife_json_write_end(&w);
    shelflife_json_write_end(&w);
    if (options.failed)
        return shelflife_fail_memory(err);
    const struct shelflife_kube_request request = {.method = SHELFLIFE_NET_HTTP_DELETE,
                                                   .path = path,
                                                   .content_type = json_type,
                                                   .body = shelflife_buffer_str(&options)};
    return shelflife_kube_request(client, &request, reply, err);
}
