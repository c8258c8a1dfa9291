#include "kube/identity.h"

#include "file/file.h"
#include "kube/exec.h"

enum {
    TOKEN_FILE_MAX = 1 << 20,
    REREAD_MS = 60 * 1000,
    EARLY_SECONDS = 10, /* before it expires, so that it does not expire in flight */
};

void shelflife_kube_identity_init(struct shelflife_kube_identity *id,
                                  const struct shelflife_kube_config *config,
                                  const struct shelflife_kube_options *options)
{
    *id = (struct shelflife_kube_identity){.config = config, .options = options};
    pthread_mutex_init(&id->lock, NULL);
}

void shelflife_kube_identity_free(struct shelflife_kube_identity *id)
{
    shelflife_kube_credential_free(&id->credential);
    pthread_mutex_destroy(&id->lock);
}

static bool uses_exec(const struct shelflife_kube_config *c)
{
    return c->exec && !c->token && !c->token_file;
}

bool shelflife_kube_identity_renewable(const struct shelflife_kube_identity *id)
{
    return id->config->token_file || uses_exec(id->config);
}

static bool read_token(const struct shelflife_kube_config *c, struct shelflife_kube_credential *out,
                       error *err)
{
    CLEANUP(shelflife_buffer_free) buffer text;
    shelflife_buffer_init(&text, TOKEN_FILE_MAX);
    text.secret = true;
    const char *shown = c->token_file_shown ? c->token_file_shown : c->token_file;
    if (!shelflife_file_read_as(c->token_file, shown, &text, err))
        return shelflife_error_prefix(err, "the token file");
    str token = shelflife_str_trim(shelflife_buffer_str(&text));
    if (token.len == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "the token file %s is empty", shown);
    out->token = strndup(token.at, token.len);
    out->expiry = INT64_MAX;
    return out->token || shelflife_fail_memory(err);
}

static bool renew(struct shelflife_kube_identity *id, error *err)
{
    const struct shelflife_kube_config *c = id->config;
    const struct shelflife_clock *clock = id->options->clock;
    struct shelflife_kube_credential fresh = {0};
    error why = {0};
    bool ok = c->token_file
                  ? read_token(c, &fresh, &why)
                  : shelflife_kube_exec_run(c, id->options->exec_ms, id->options->cancel, &fresh, &why);
    id->read_at = clock->milliseconds(clock->context);
    /* While a token file cannot be read, the last token from it, or that of the kubeconfig, stays in use. */
    if (!ok && c->token_file && (id->generation || c->token))
        return true;
    if (!ok) {
        if (err)
            *err = why;
        return false;
    }
    shelflife_kube_credential_free(&id->credential);
    id->credential = fresh;
    id->generation++;
    return true;
}

static bool is_due(const struct shelflife_kube_identity *id)
{
    const struct shelflife_clock *clock = id->options->clock;
    if (id->generation == 0)
        return true;
    if (id->config->token_file)
        return clock->milliseconds(clock->context) - id->read_at >= REREAD_MS;
    return id->credential.expiry != INT64_MAX &&
           clock->seconds(clock->context) >= id->credential.expiry - EARLY_SECONDS;
}

static bool lease(struct shelflife_kube_identity *id, struct shelflife_kube_lease *l, bool refused,
                  error *err)
{
    /* Another thread may have renewed the credentials since this lease. */
    if ((is_due(id) || (refused && l->generation == id->generation)) && !renew(id, err))
        return false;
    if (l->generation == id->generation)
        return true;
    if (!shelflife_kube_credential_copy(&id->credential, &l->credential))
        return shelflife_fail_memory(err);
    l->generation = id->generation;
    return true;
}

bool shelflife_kube_identity_lease(struct shelflife_kube_identity *id, struct shelflife_kube_lease *l,
                                   bool refused, error *err)
{
    if (!shelflife_kube_identity_renewable(id))
        return true;
    pthread_mutex_lock(&id->lock);
    bool ok = lease(id, l, refused, err);
    pthread_mutex_unlock(&id->lock);
    return ok;
}
