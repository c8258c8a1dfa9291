#include "kube/credential.h"

static void wipe(char **secret)
{
    if (*secret)
        explicit_bzero(*secret, strlen(*secret));
    free(*secret);
    *secret = NULL;
}

void shelflife_kube_credential_free(struct shelflife_kube_credential *c)
{
    wipe(&c->token);
    wipe(&c->certificate);
    wipe(&c->key);
}

static bool copy(const char *from, char **to)
{
    *to = from ? strdup(from) : NULL;
    return *to || !from;
}

bool shelflife_kube_credential_copy(const struct shelflife_kube_credential *from,
                                    struct shelflife_kube_credential *to)
{
    struct shelflife_kube_credential made = {.expiry = from->expiry};
    if (!copy(from->token, &made.token) || !copy(from->certificate, &made.certificate) ||
        !copy(from->key, &made.key)) {
        shelflife_kube_credential_free(&made);
        return false;
    }
    shelflife_kube_credential_free(to);
    *to = made;
    return true;
}
