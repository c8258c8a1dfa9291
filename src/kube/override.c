#include "kube/override.h"

#include "net/url.h"

enum { HEADER_MAX = 32 << 10 /* bytes of a value */ };

static const char as_user[] = "Impersonate-User", as_uid[] = "Impersonate-Uid",
                  as_group[] = "Impersonate-Group";

static bool is_set(const char *flag)
{
    return flag && flag[0];
}

/* ---- Values ---- */

bool shelflife_kube_override_server(struct shelflife_kube_config *config, str url, error *err)
{
    str host, port, copy;
    bool plain = shelflife_str_starts(url, STR("http://"));
    if ((!plain && !shelflife_str_starts(url, STR("https://"))) || !shelflife_net_url_host(url, &host, &port))
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "must be an https:// URL");
    /* "kubectl proxy" listens on loopback without TLS; elsewhere a token would be sent in the clear. */
    if (plain && !shelflife_net_url_is_loopback(host))
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "must be an https:// URL: http:// is allowed for loopback only");
    while (shelflife_str_ends(url, STR("/")))
        url.len--;
    if (!shelflife_arena_copy(&config->memory, url, &copy))
        return shelflife_arena_fail(&config->memory, err);
    config->peer.allow_http = plain;
    config->server = copy.at;
    return true;
}

static bool check_header(str value, error *err)
{
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.at[i] < ' ' || value.at[i] == 0x7f)
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "must not contain control characters");
    return value.len <= HEADER_MAX ||
           shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "must not be longer than %d bytes", HEADER_MAX);
}

bool shelflife_kube_override_header(struct shelflife_kube_config *config, const char *name, str value,
                                    error *err)
{
    arena *memory = &config->memory;
    str kept;
    if (!check_header(value, err))
        return false;
    /* An arena cannot grow an array, and there are few of these. */
    struct shelflife_net_http_header *longer =
        shelflife_arena_array(memory, config->impersonate_count + 1, sizeof(*longer));
    if (!longer || !shelflife_arena_copy(memory, value, &kept))
        return shelflife_arena_fail(memory, err);
    shelflife_copy(longer, config->impersonate, config->impersonate_count * sizeof(*longer));
    longer[config->impersonate_count++] = (struct shelflife_net_http_header){name, kept};
    config->impersonate = longer;
    return true;
}

/* ---- Flags ---- */

static bool copy_flag(struct shelflife_kube_config *config, const char *flag, const char **out, error *err)
{
    str copy;
    if (!is_set(flag))
        return true;
    if (!shelflife_arena_copy(&config->memory, shelflife_str_of(flag), &copy))
        return shelflife_arena_fail(&config->memory, err);
    *out = copy.at;
    return true;
}

/* An address without a scheme is one of TLS. */
static bool set_server(const struct shelflife_kube_choice *choice, struct shelflife_kube_config *config,
                       error *err)
{
    str url = shelflife_str_of(choice->server);
    if (!is_set(choice->server))
        return true;
    if (!strstr(choice->server, "://") &&
        !shelflife_arena_format(&config->memory, &url, "https://%s", choice->server))
        return shelflife_arena_fail(&config->memory, err);
    if (!shelflife_kube_override_server(config, url, err))
        return shelflife_error_prefix(err, "--server");
    config->context = NULL; /* it is another cluster than the context's */
    return true;
}

static bool set_trust(const struct shelflife_kube_choice *choice, struct shelflife_kube_config *config,
                      error *err)
{
    struct shelflife_net_http_peer *peer = &config->peer;
    if (choice->insecure_skip_tls_verify && is_set(choice->certificate_authority))
        return shelflife_fail(
            err, SHELFLIFE_ERROR_USAGE,
            "--insecure-skip-tls-verify and --certificate-authority cannot be used together");
    if (choice->insecure_skip_tls_verify || is_set(choice->certificate_authority)) {
        peer->insecure = choice->insecure_skip_tls_verify;
        peer->ca_file = NULL;
        peer->ca_pem = (str){0};
    }
    if (is_set(choice->server) || is_set(choice->tls_server_name))
        peer->server_name = NULL;
    return copy_flag(config, choice->certificate_authority, &peer->ca_file, err) &&
           copy_flag(config, choice->tls_server_name, &peer->server_name, err);
}

static bool set_certificate(const struct shelflife_kube_choice *choice, struct shelflife_kube_config *config,
                            error *err)
{
    struct shelflife_net_http_peer *peer = &config->peer;
    bool certificate = is_set(choice->client_certificate), key = is_set(choice->client_key);
    if (!certificate && !key)
        return true;
    if (certificate)
        peer->certificate_pem = (str){0};
    if (key)
        peer->key_pem = (str){0};
    if (!copy_flag(config, choice->client_certificate, &peer->certificate_file, err) ||
        !copy_flag(config, choice->client_key, &peer->key_file, err))
        return false;
    certificate = peer->certificate_file || peer->certificate_pem.len;
    key = peer->key_file || peer->key_pem.len;
    return certificate == key || shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "--client-%s is needed, too",
                                                certificate ? "key" : "certificate");
}

static bool set_token(const struct shelflife_kube_choice *choice, struct shelflife_kube_config *config,
                      error *err)
{
    if (!is_set(choice->token))
        return true;
    if (!check_header(shelflife_str_of(choice->token), err))
        return shelflife_error_prefix(err, "--token");
    config->token_file = config->user = config->password = NULL;
    return copy_flag(config, choice->token, &config->token, err);
}

static void drop_headers(struct shelflife_kube_config *config, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < config->impersonate_count; i++)
        if (!shelflife_str_equal(shelflife_str_of(config->impersonate[i].name), shelflife_str_of(name)))
            config->impersonate[kept++] = config->impersonate[i];
    config->impersonate_count = kept;
}

static bool acts_as_user(const struct shelflife_kube_config *config)
{
    for (size_t i = 0; i < config->impersonate_count; i++)
        if (shelflife_str_equal(shelflife_str_of(config->impersonate[i].name), STR("Impersonate-User")))
            return true;
    return false;
}

static bool set_impersonation(const struct shelflife_kube_choice *choice,
                              struct shelflife_kube_config *config, error *err)
{
    const struct {
        const char *const *values;
        size_t count;
        const char *header, *flag;
    } flags[] = {{&choice->as, is_set(choice->as), as_user, "as"},
                 {&choice->as_uid, is_set(choice->as_uid), as_uid, "as-uid"},
                 {choice->as_groups, choice->as_group_count, as_group, "as-group"}};
    for (size_t i = 0; i < COUNT(flags); i++) {
        if (flags[i].count)
            drop_headers(config, flags[i].header);
        for (size_t n = 0; n < flags[i].count; n++)
            if (!shelflife_kube_override_header(config, flags[i].header, shelflife_str_of(flags[i].values[n]),
                                                err))
                return shelflife_error_prefix(err, "--%s", flags[i].flag);
    }
    return config->impersonate_count == 0 || acts_as_user(config) ||
           shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                          "groups, a uid or extra fields to act as need a user, too: set --as");
}

bool shelflife_kube_config_override(const struct shelflife_kube_choice *choice,
                                    struct shelflife_kube_config *config, error *err)
{
    if (!set_server(choice, config, err) || !set_trust(choice, config, err) ||
        !set_certificate(choice, config, err) || !set_token(choice, config, err) ||
        !set_impersonation(choice, config, err))
        return false;
    if (choice->request_ms)
        config->request_ms = choice->request_ms;
    /* As kubectl does: a plugin is for those who have nothing else to show. */
    if (is_set(choice->token) || is_set(choice->client_certificate))
        config->exec = NULL;
    return true;
}
