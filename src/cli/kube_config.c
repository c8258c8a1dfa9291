#include "cli/kube_config.h"

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, HOUR_MS = 60 * MINUTE_MS, TIME_MAX = 500 * HOUR_MS };

void shelflife_cli_kube_free(struct cli_kube *kube)
{
    shelflife_cli_list_free(&kube->as_groups);
}

const char *shelflife_cli_kube_given(const struct cli_kube *kube, bool where)
{
    enum { WHERE = 6 };
    const struct shelflife_kube_choice *c = &kube->choice;
    const struct {
        bool given;
        const char *name;
    } options[] = {
        {kube->in_cluster, "in-cluster"},
        {c->kubeconfig != NULL, "kubeconfig"},
        {c->context != NULL, "context"},
        {c->cluster != NULL, "cluster"},
        {c->user != NULL, "user"},
        {c->server != NULL, "server"},
        {c->tls_server_name != NULL, "tls-server-name"},
        {c->certificate_authority != NULL, "certificate-authority"},
        {c->insecure_skip_tls_verify, "insecure-skip-tls-verify"},
        {c->client_certificate != NULL, "client-certificate"},
        {c->client_key != NULL, "client-key"},
        {c->token != NULL, "token"},
        {c->as != NULL, "as"},
        {kube->as_groups.count > 0, "as-group"},
        {c->as_uid != NULL, "as-uid"},
        {kube->request_timeout != NULL, "request-timeout"},
    };
    for (size_t i = 0; i < (where ? WHERE : COUNT(options)); i++)
        if (options[i].given)
            return options[i].name;
    return NULL;
}

/* ---- The time limit: 30, 30s, 1m30s ---- */

static bool take_number(str *text, uint64_t *out)
{
    size_t i = 0;
    *out = 0;
    for (; i < text->len && text->at[i] >= '0' && text->at[i] <= '9' && *out <= TIME_MAX; i++)
        *out = 10 * *out + (uint64_t)(text->at[i] - '0');
    *text = shelflife_str_after(*text, i);
    return i > 0 && *out <= TIME_MAX;
}

static bool take_unit(str *text, uint64_t *factor)
{
    static const struct {
        str name;
        uint64_t factor;
    } units[] = {{STR_INIT("ms"), 1},
                 {STR_INIT("s"), SECOND_MS},
                 {STR_INIT("m"), MINUTE_MS},
                 {STR_INIT("h"), HOUR_MS}};
    for (size_t i = 0; i < COUNT(units); i++)
        if (shelflife_str_starts(*text, units[i].name)) {
            *text = shelflife_str_after(*text, units[i].name.len);
            *factor = units[i].factor;
            return true;
        }
    return false;
}

/* A number alone is one of seconds, as for kubectl. */
static bool parse_time(str text, uint64_t *ms)
{
    uint64_t number, factor = SECOND_MS, parts = 0;
    *ms = 0;
    do {
        if (!take_number(&text, &number))
            return false;
        bool alone = text.len == 0 && parts == 0;
        if (!alone && !take_unit(&text, &factor))
            return false;
        *ms += number * factor;
        parts++;
    } while (text.len && *ms <= TIME_MAX);
    return *ms <= TIME_MAX;
}

static bool read_timeout(const struct cli_kube *kube, unsigned *out, error *err)
{
    uint64_t ms;
    if (!kube->request_timeout)
        return true;
    if (!parse_time(shelflife_str_of(kube->request_timeout), &ms))
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "--request-timeout: \"%s\" must be a time, like 30s, 2m or 0",
                              kube->request_timeout);
    *out = ms ? (unsigned)ms : TIME_MAX;
    return true;
}

/* ---- The configuration ---- */

static bool in_pod(const struct shelflife_kube_choice *c, struct shelflife_kube_config *config, error *err)
{
    if (!shelflife_kube_config_in_pod(NULL, config, err))
        return false;
    if (shelflife_kube_config_override(c, config, err))
        return true;
    shelflife_kube_config_free(config);
    return false;
}

bool shelflife_cli_kube_config(const struct cli_kube *kube, struct shelflife_kube_config *config, error *err)
{
    struct shelflife_kube_choice c = kube->choice;
    bool chosen = shelflife_cli_kube_given(kube, true) || getenv("KUBECONFIG");
    c.as_groups = kube->as_groups.at;
    c.as_group_count = kube->as_groups.count;
    if (!read_timeout(kube, &c.request_ms, err))
        return false;
    if (kube->in_cluster)
        return in_pod(&c, config, err);
    if (shelflife_kube_config_read(&c, NULL, config, err))
        return true;
    return !chosen && getenv("KUBERNETES_SERVICE_HOST") && in_pod(&c, config, err);
}
