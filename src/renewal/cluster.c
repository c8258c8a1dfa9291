#include "renewal/cluster.h"

enum { PATH_BYTES_MAX = 4096, CONNECT_MS = 3000, REQUEST_MS = 5000 };

uint64_t shelflife_renewal_milliseconds(void)
{
    const struct shelflife_clock *clock = &shelflife_clock_system;
    return clock->milliseconds(clock->context);
}

int64_t shelflife_renewal_cluster_now(struct shelflife_renewal_cluster *cluster)
{
    const struct shelflife_clock *clock = &shelflife_clock_system;
    pthread_mutex_lock(&cluster->lock);
    int64_t now = cluster->date ? cluster->date +
                                      (int64_t)((shelflife_renewal_milliseconds() - cluster->date_ms) / 1000)
                                : clock->seconds(clock->context);
    pthread_mutex_unlock(&cluster->lock);
    return now;
}

static bool make_paths(struct shelflife_renewal_cluster *cluster,
                       const struct shelflife_renewal_config *config, error *err)
{
    const struct shelflife_kube_target secret = {.version = STR("v1"),
                                                 .namespace = shelflife_str_of(config->secret_namespace),
                                                 .resource = STR("secrets"),
                                                 .name = shelflife_str_of(config->secret_name)};
    const struct shelflife_kube_target configuration = {.group = STR("admissionregistration.k8s.io"),
                                                        .version = STR("v1"),
                                                        .resource = STR("validatingwebhookconfigurations"),
                                                        .name = shelflife_str_of(config->webhook)};
    return shelflife_kube_path(&cluster->secret, &secret, err) &&
           shelflife_kube_path(&cluster->configuration, &configuration, err);
}

bool shelflife_renewal_cluster_open(struct shelflife_renewal_cluster *cluster,
                                    const struct shelflife_renewal_config *config, error *err)
{
    const struct shelflife_kube_options options = {
        .retry = {.tries = 1},
        .limits = {.connect_ms = CONNECT_MS, .total_ms = REQUEST_MS},
        .cancel = &cluster->cancel};
    *cluster = (struct shelflife_renewal_cluster){0};
    pthread_mutex_init(&cluster->lock, NULL);
    shelflife_buffer_init(&cluster->secret, PATH_BYTES_MAX);
    shelflife_buffer_init(&cluster->configuration, PATH_BYTES_MAX);
    if (!make_paths(cluster, config, err))
        return false;
    cluster->kube = shelflife_kube_open(config->kube, &options, err);
    cluster->client = cluster->kube ? shelflife_kube_client_new(cluster->kube, err) : NULL;
    return cluster->client != NULL;
}

void shelflife_renewal_cluster_close(struct shelflife_renewal_cluster *cluster)
{
    shelflife_kube_client_free(cluster->client);
    shelflife_kube_close(cluster->kube);
    shelflife_buffer_free(&cluster->secret);
    shelflife_buffer_free(&cluster->configuration);
    pthread_mutex_destroy(&cluster->lock);
}

static void remember_date(struct shelflife_renewal_cluster *cluster, const struct shelflife_kube_reply *reply)
{
    if (!reply->date)
        return;
    pthread_mutex_lock(&cluster->lock);
    cluster->date = reply->date;
    cluster->date_ms = shelflife_renewal_milliseconds();
    pthread_mutex_unlock(&cluster->lock);
}

bool shelflife_renewal_cluster_get(struct shelflife_renewal_cluster *cluster, const buffer *path,
                                   buffer *body, bool *exists, error *err)
{
    struct shelflife_kube_reply reply;
    *exists = shelflife_kube_get(cluster->client, shelflife_buffer_str(path), body, &reply, err);
    remember_date(cluster, &reply);
    return *exists || reply.status == 404;
}

bool shelflife_renewal_cluster_send(struct shelflife_renewal_cluster *cluster,
                                    enum shelflife_net_http_method method, const buffer *path,
                                    const char *type, const buffer *body, bool *conflict, error *err)
{
    static const struct shelflife_kube_query manager[] = {{"fieldManager", STR_INIT("shelflife")}};
    *conflict = false;
    if (body->failed)
        return shelflife_fail_memory(err);
    const struct shelflife_kube_request request = {.method = method,
                                                   .path = shelflife_buffer_str(path),
                                                   .query = manager,
                                                   .query_count = COUNT(manager),
                                                   .content_type = type,
                                                   .body = shelflife_buffer_str(body)};
    struct shelflife_kube_reply reply;
    bool ok = shelflife_kube_request(cluster->client, &request, &reply, err);
    remember_date(cluster, &reply);
    *conflict = !ok && (reply.status == 409 || reply.status == 404);
    return ok;
}
