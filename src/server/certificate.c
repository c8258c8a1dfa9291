#include "server/certificate.h"

#include "file/file.h"
#include "server/clock.h"

enum { PEM_MAX = 1 << 20 };

static void fingerprint(void *context, buffer *out)
{
    const struct shelflife_server_certificate *certificate = context;
    shelflife_file_fingerprint(certificate->files->certificate, out);
    shelflife_file_fingerprint(certificate->files->key, out);
    shelflife_file_fingerprint(certificate->files->client_ca, out);
}

static bool put_in_use(struct shelflife_server_certificate *certificate,
                       struct shelflife_credentials *credentials)
{
    if (credentials)
        shelflife_sources_current_swap(&certificate->current, credentials);
    return credentials != NULL;
}

/* The client CA may have changed. Until the caller provides a certificate there is nothing to build. */
static bool rebuild_provided(struct shelflife_server_certificate *certificate, error *err)
{
    bool ok = true;
    pthread_mutex_lock(&certificate->provided.lock);
    if (certificate->provided.certificate.len)
        ok = put_in_use(certificate, shelflife_server_credentials_make(
                                         shelflife_buffer_str(&certificate->provided.certificate),
                                         shelflife_buffer_str(&certificate->provided.key),
                                         certificate->files->client_ca, certificate->provided.now, err));
    pthread_mutex_unlock(&certificate->provided.lock);
    return ok;
}

static bool build(void *context, error *err)
{
    struct shelflife_server_certificate *certificate = context;
    if (certificate->from_caller)
        return rebuild_provided(certificate, err);
    return put_in_use(certificate,
                      shelflife_server_credentials_load(certificate->files, shelflife_server_now(),
                                                        &certificate->begins, err));
}

void shelflife_server_certificate_init(struct shelflife_server_certificate *certificate,
                                       const struct shelflife_server_config *config,
                                       struct shelflife_log *log)
{
    const struct shelflife_sources_reload_target target = {certificate, "certificate", fingerprint, build};
    certificate->files = &config->tls;
    certificate->from_caller = config->certificate_from_caller;
    certificate->begins = 0;
    shelflife_sources_current_init(&certificate->current);
    shelflife_sources_reload_init(&certificate->reload, &target, log);
    pthread_mutex_init(&certificate->provided.lock, NULL);
    shelflife_buffer_init(&certificate->provided.certificate, PEM_MAX);
    shelflife_buffer_init(&certificate->provided.key, PEM_MAX);
    certificate->provided.key.secret = true;
}

void shelflife_server_certificate_free(struct shelflife_server_certificate *certificate)
{
    shelflife_sources_current_free(&certificate->current);
    shelflife_sources_reload_free(&certificate->reload);
    shelflife_buffer_free(&certificate->provided.certificate);
    shelflife_buffer_free(&certificate->provided.key);
    pthread_mutex_destroy(&certificate->provided.lock);
}

bool shelflife_server_certificate_load(struct shelflife_server_certificate *certificate, error *err)
{
    return shelflife_sources_reload_first(&certificate->reload, err);
}

void shelflife_server_certificate_check(struct shelflife_server_certificate *certificate, bool all)
{
    /* A certificate from a machine whose clock is ahead of ours becomes valid without a change of its file.
     */
    bool begun = certificate->begins && shelflife_server_now() >= certificate->begins;
    shelflife_sources_reload_check(&certificate->reload, all || begun);
}

static bool copy(buffer *to, str pem)
{
    shelflife_buffer_free(to);
    shelflife_buffer_append(to, pem);
    return !to->failed;
}

bool shelflife_server_certificate_set(struct shelflife_server_certificate *certificate, str pem, str key,
                                      int64_t now, error *err)
{
    pthread_mutex_lock(&certificate->provided.lock);
    bool ok = put_in_use(
        certificate, shelflife_server_credentials_make(pem, key, certificate->files->client_ca, now, err));
    if (ok) {
        certificate->provided.now = now;
        ok = (copy(&certificate->provided.certificate, pem) && copy(&certificate->provided.key, key)) ||
             shelflife_fail_memory(err);
    }
    pthread_mutex_unlock(&certificate->provided.lock);
    return ok;
}

struct shelflife_credentials *shelflife_server_certificate_take(
    struct shelflife_server_certificate *certificate)
{
    return shelflife_sources_current_take(&certificate->current);
}

int64_t shelflife_server_certificate_expiry(struct shelflife_server_certificate *certificate)
{
    struct shelflife_credentials *credentials = shelflife_server_certificate_take(certificate);
    int64_t expiry = shelflife_server_credentials_expiry(credentials);
    shelflife_sources_release(credentials);
    return expiry;
}

bool shelflife_server_certificate_ready(struct shelflife_server_certificate *certificate, buffer *lines)
{
    int64_t expiry = shelflife_server_certificate_expiry(certificate);
    /* The caller's clock may be more accurate than ours; its status provider reports an expired certificate.
     */
    bool valid = certificate->from_caller ? expiry != 0 : expiry > shelflife_server_now();
    char until[SHELFLIFE_DAY_TEXT_MAX];
    shelflife_day_format(shelflife_day_of_seconds(expiry), until);
    if (expiry)
        shelflife_buffer_format(lines, "[%c] certificate: valid until %s\n", valid ? '+' : '-', until);
    else
        shelflife_buffer_append(lines, STR("[-] certificate: none yet\n"));
    shelflife_sources_reload_write_status(&certificate->reload, lines);
    return valid;
}
