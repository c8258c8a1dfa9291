#include "cli/kube_config.h"

bool shelflife_cli_kube_config(const struct shelflife_kube_choice *c, bool in_cluster,
                               struct shelflife_kube_config *config, error *err)
{
    bool chosen = c->kubeconfig || c->context || c->cluster || c->user || getenv("KUBECONFIG");
    if (in_cluster)
        return shelflife_kube_config_in_pod(NULL, config, err);
    if (shelflife_kube_config_read(c, NULL, config, err))
        return true;
    return !chosen && getenv("KUBERNETES_SERVICE_HOST") && shelflife_kube_config_in_pod(NULL, config, err);
}
