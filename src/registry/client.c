#include "registry/client.h"

#include <unistd.h>

#include "net/retry.h"
#include "registry/sent.h"

enum { PER_HOST = 8, TOTAL_MS = 60000, OPTIONS_MAX = 1 << 20, SECRETS_MAX = 4 << 20 };

/* ---- The registries ---- */

static bool copy_option(struct shelflife_registry *r, const char **option, error *err)
{
    str copy;
    if (!*option)
        return true;
    if (!shelflife_arena_copy(&r->memory, shelflife_str_of(*option), &copy))
        return shelflife_arena_fail(&r->memory, err);
    *option = copy.at;
    return true;
}

/* A file below the folder that a variable names, if it exists. */
static bool find_file(struct shelflife_registry *r, const char *variable, const char *below,
                      const char **path, error *err)
{
    const char *value = getenv(variable);
    str file;
    if (*path || !value || !*value)
        return true;
    if (!shelflife_arena_format(&r->memory, &file, "%s%s", value, below))
        return shelflife_arena_fail(&r->memory, err);
    if (access(file.at, F_OK) == 0)
        *path = file.at;
    return true;
}

static bool find_auth_file(struct shelflife_registry *r, const char **path, error *err)
{
    *path = r->options.auth_file && *r->options.auth_file ? r->options.auth_file : NULL;
    return r->options.auth_file || (find_file(r, "REGISTRY_AUTH_FILE", "", path, err) &&
                                    find_file(r, "XDG_RUNTIME_DIR", "/containers/auth.json", path, err) &&
                                    find_file(r, "DOCKER_CONFIG", "/config.json", path, err) &&
                                    find_file(r, "HOME", "/.docker/config.json", path, err));
}

static bool copy_options(struct shelflife_registry *r, error *err)
{
    struct shelflife_registry_options *o = &r->options;
    const char **hosts = shelflife_arena_array(&r->memory, o->plain_http_count, sizeof(*hosts));
    if (!hosts)
        return shelflife_arena_fail(&r->memory, err);
    for (size_t i = 0; i < o->plain_http_count; i++) {
        hosts[i] = o->plain_http[i];
        if (!copy_option(r, &hosts[i], err))
            return false;
        if (strstr(hosts[i], "/") || !*hosts[i])
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "--plain-http must be HOST[:PORT], not \"%s\"",
                                  hosts[i]);
    }
    o->plain_http = hosts;
    if (!o->per_host)
        o->per_host = PER_HOST;
    if (!o->total_ms)
        o->total_ms = TOTAL_MS;
    return copy_option(r, &o->auth_file, err) && copy_option(r, &o->ca_file, err) &&
           copy_option(r, &o->hosts_dir, err);
}

/* A wrong file is an error now, not at the first image. */
static bool check_files(struct shelflife_registry *r, error *err)
{
    if (r->options.ca_file && access(r->options.ca_file, R_OK) != 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "%s: cannot read the registries' CA",
                              r->options.ca_file);
    if (r->options.hosts_dir && access(r->options.hosts_dir, R_OK | X_OK) != 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "%s: cannot read the folder of hosts.toml files",
                              r->options.hosts_dir);
    return shelflife_registry_credentials_read(&r->credentials, err);
}

struct shelflife_registry *shelflife_registry_open(const struct shelflife_registry_options *options,
                                                   error *err)
{
    const char *auth_file = NULL;
    struct shelflife_registry *r = calloc(1, sizeof(*r));
    if (!r) {
        shelflife_fail_memory(err);
        return NULL;
    }
    r->options = *options;
    shelflife_arena_init(&r->memory, OPTIONS_MAX);
    pthread_mutex_init(&r->lock, NULL);
    shelflife_registry_tokens_init(&r->tokens);
    bool ok = copy_options(r, err) && find_auth_file(r, &auth_file, err);
    shelflife_registry_gates_init(&r->gates, r->options.per_host);
    shelflife_registry_credentials_init(&r->credentials, auth_file);
    if (ok && check_files(r, err))
        return r;
    shelflife_registry_close(r);
    return NULL;
}

void shelflife_registry_close(struct shelflife_registry *r)
{
    if (!r)
        return;
    for (struct shelflife_registry_host *h = r->hosts, *next; h; h = next) {
        next = h->next;
        shelflife_registry_host_free(h);
    }
    shelflife_registry_tokens_free(&r->tokens);
    shelflife_registry_credentials_free(&r->credentials);
    shelflife_registry_gates_free(&r->gates);
    pthread_mutex_destroy(&r->lock);
    shelflife_arena_free(&r->memory);
    free(r);
}

bool shelflife_registry_add_credentials(struct shelflife_registry *registry, str json, const char *origin,
                                        error *err)
{
    return shelflife_registry_credentials_add(&registry->credentials, json, origin, err);
}

/* "HOST" in the list means all its ports. */
static bool is_listed(const char *entry, str authority, str host)
{
    str listed = shelflife_str_of(entry);
    return shelflife_str_equal(listed, authority) || shelflife_str_equal(listed, host);
}

bool shelflife_registry_may_be_plain(const struct shelflife_registry *registry, str authority)
{
    char url[512];
    str host, port;
    if (authority.len >= sizeof(url) - sizeof("https://"))
        return false;
    snprintf(url, sizeof(url), "https://%.*s", STR_PRINT(authority));
    if (!shelflife_net_url_host(shelflife_str_of(url), &host, &port))
        return false;
    if (shelflife_net_url_is_loopback(host))
        return true;
    for (size_t i = 0; i < registry->options.plain_http_count; i++)
        if (is_listed(registry->options.plain_http[i], authority, host))
            return true;
    return false;
}

/* Writes the mirrors of a registry as a hosts.toml. */
static void write_mirrors(const struct shelflife_registry *registry, str name, buffer *toml)
{
    for (size_t i = 0; i < registry->options.mirror_count; i++) {
        const struct shelflife_mirror *m = &registry->options.mirrors[i];
        const str host = shelflife_str_first(m->from, shelflife_str_find(m->from, '/'));
        if (m->to.len != name.len + 1 || !shelflife_str_starts(m->to, name))
            continue;
        shelflife_buffer_format(toml,
                                "[host.\"%s://%.*s/v2%.*s\"]\noverride_path = true\n"
                                "capabilities = [\"pull\", \"resolve\"]\n",
                                shelflife_registry_may_be_plain(registry, host) ? "http" : "https",
                                STR_PRINT(host),
                                STR_PRINT(((str){m->from.at + host.len, m->from.len - host.len - 1})));
    }
}

struct shelflife_registry_host *shelflife_registry_host_of(struct shelflife_registry *registry, str name,
                                                           error *err)
{
    enum { MIRRORS_MAX = 1 << 20 };
    CLEANUP(shelflife_buffer_free) buffer mirrors;
    struct shelflife_registry_host *host;
    shelflife_buffer_init(&mirrors, MIRRORS_MAX);
    pthread_mutex_lock(&registry->lock);
    for (host = registry->hosts; host && !shelflife_str_equal(host->name, name); host = host->next)
        ;
    if (!host)
        write_mirrors(registry, name, &mirrors);
    if (mirrors.failed) {
        shelflife_fail_memory(err);
    } else if (!host) {
        host = shelflife_registry_hosts_load(registry->options.hosts_dir, name,
                                             shelflife_registry_may_be_plain(registry, name),
                                             shelflife_buffer_str(&mirrors), err);
        if (host) {
            host->next = registry->hosts;
            registry->hosts = host;
        }
    }
    pthread_mutex_unlock(&registry->lock);
    return host;
}

/* ---- A thread's client ---- */

struct shelflife_registry_client *shelflife_registry_client_new(struct shelflife_registry *registry,
                                                                error *err)
{
    struct shelflife_registry_client *c = calloc(1, sizeof(*c));
    if (!c) {
        shelflife_fail_memory(err);
        return NULL;
    }
    c->registry = registry;
    c->http = shelflife_net_http_client_new(err);
    shelflife_buffer_init(&c->header_lines, SHELFLIFE_REGISTRY_HEADERS_MAX);
    shelflife_buffer_init(&c->refusal, SHELFLIFE_REGISTRY_REFUSAL_MAX);
    shelflife_arena_init(&c->secrets, SECRETS_MAX);
    shelflife_registry_sent_init(&c->sent);
    c->header_lines.secret = c->refusal.secret = c->secrets.secret = true;
    if (c->http)
        return c;
    shelflife_registry_client_free(c);
    return NULL;
}

void shelflife_registry_client_free(struct shelflife_registry_client *c)
{
    if (!c)
        return;
    shelflife_net_http_client_free(c->http);
    shelflife_buffer_free(&c->header_lines);
    shelflife_buffer_free(&c->refusal);
    shelflife_arena_free(&c->secrets);
    shelflife_buffer_free(&c->sent);
    free(c);
}

void shelflife_registry_begin(struct shelflife_registry_client *client)
{
    client->deadline = shelflife_clock_now() + client->registry->options.total_ms;
    client->last = (struct shelflife_registry_failure){0};
    shelflife_buffer_reset(&client->sent);
}
