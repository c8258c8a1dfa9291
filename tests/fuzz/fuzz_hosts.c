/* rooms: base registry net pki file json reference */
/*
 * Any bytes are a hosts.toml or an error that names it. There is always an endpoint, and each has a host, and
 * a path that can stand before a repository.
 */
#include "registry/hosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void check_endpoint(const struct shelflife_registry_endpoint *e)
{
    char url[4096];
    str host, port;
    check(e->authority.len > 0 && e->authority.at[e->authority.len] == '\0');
    check(e->path.len == 0 || (e->path.at[0] == '/' && !shelflife_str_ends(e->path, STR("/"))));
    for (size_t i = 0; i < e->authority.len; i++)
        check(!strchr("/?#@\\ ", e->authority.at[i]));
    if (e->authority.len < 4000) {
        snprintf(url, sizeof(url), "https://%.*s/", STR_PRINT(e->authority));
        check(shelflife_net_url_host(shelflife_str_of(url), &host, &port));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    error err = {0};
    struct shelflife_registry_host *host =
        shelflife_registry_hosts_read((str){(const char *)data, size}, "hosts.toml", "/nonexistent",
                                      STR("registry.example:5000"), false, &err);
    if (!host) {
        check(strncmp(err.text, "hosts.toml: ", 12) == 0);
        return 0;
    }
    check(host->count > 0);
    for (size_t i = 0; i < host->count; i++)
        check_endpoint(host->endpoints[i]);
    shelflife_registry_host_free(host);
    return 0;
}
