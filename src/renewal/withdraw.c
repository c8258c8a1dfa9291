#include "renewal/withdraw.h"

#include "renewal/patches.h"

enum { BODY_MAX = 1024 };

bool shelflife_renewal_withdraw(struct shelflife_renewal_cluster *cluster, const char *name, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer body;
    bool gone;
    shelflife_buffer_init(&body, BODY_MAX);
    shelflife_renewal_patch_withdrawal(name, &body);
    return shelflife_renewal_cluster_send(cluster, SHELFLIFE_NET_HTTP_PATCH, &cluster->secret,
                                          "application/merge-patch+json", &body, &gone, err) ||
           gone;
}
