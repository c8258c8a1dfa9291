#include "kube/kube.h"
#include "shelflife/json.h"

static const char json_type[] = "application/json";

bool shelflife_kube_apply(struct shelflife_kube_client *client, str path, str object, const char *manager,
                          bool force, struct shelflife_kube_reply *reply, error *err)
{
    const struct shelflife_kube_query query[] = {{"fieldManager", shelflife_str_of(manager)},
                                                 {"force", force ? STR("true") : STR("false")}};
    const struct shelflife_kube_request request = {.method = SHELFLIFE_HTTP_PATCH,
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
        .method = SHELFLIFE_HTTP_POST, .path = path, .content_type = json_type, .body = object};
    return shelflife_kube_request(client, &request, reply, err);
}

bool shelflife_kube_update(struct shelflife_kube_client *client, str path, str object,
                           struct shelflife_kube_reply *reply, error *err)
{
    const struct shelflife_kube_request request = {
        .method = SHELFLIFE_HTTP_PUT, .path = path, .content_type = json_type, .body = object};
    return shelflife_kube_request(client, &request, reply, err);
}

static void write_text(struct shelflife_json_writer *w, str key, str text)
{
    if (text.len == 0)
        return;
    shelflife_json_write_key(w, key);
    shelflife_json_write_string(w, text);
}

bool shelflife_kube_delete(struct shelflife_kube_client *client, str path, str uid, str resource_version,
                           struct shelflife_kube_reply *reply, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer options;
    struct shelflife_json_writer w;
    shelflife_buffer_init(&options, 16384);
    shelflife_json_writer_init(&w, &options);
    shelflife_json_write_map(&w);
    write_text(&w, STR("kind"), STR("DeleteOptions"));
    write_text(&w, STR("apiVersion"), STR("v1"));
    shelflife_json_write_key(&w, STR("preconditions"));
    shelflife_json_write_map(&w);
    write_text(&w, STR("uid"), uid);
    write_text(&w, STR("resourceVersion"), resource_version);
    shelflife_json_write_end(&w);
    shelflife_json_write_end(&w);
    if (options.failed)
        return shelflife_fail_memory(err);
    const struct shelflife_kube_request request = {.method = SHELFLIFE_HTTP_DELETE,
                                                   .path = path,
                                                   .content_type = json_type,
                                                   .body = shelflife_buffer_str(&options)};
    return shelflife_kube_request(client, &request, reply, err);
}
