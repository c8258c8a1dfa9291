#include "registry/hosts.h"

#include <stdio.h>
#include <unistd.h>

#include "base/ascii.h"
#include "file/file.h"
#include "net/retry.h"
#include "registry/toml.h"

enum {
    TOML_MAX = 1 << 20,
    MEMORY_MAX = 16 << 20,
    ENDPOINTS_MAX = 16,
    CA_MAX = 4 << 20,
    PATHS_MAX = 16,
    DOWN_MS = 30000, /* how long an endpoint that could not be reached is asked last */
};

typedef struct shelflife_registry_toml_value value;
typedef struct shelflife_registry_endpoint endpoint;

/* A file in reading. */
struct reader {
    struct shelflife_registry_host *host;
    const char *folder;
    endpoint *mirrors[ENDPOINTS_MAX];
    str urls[ENDPOINTS_MAX]; /* of the mirrors, as written */
    size_t count;
    endpoint *server;
    bool override[ENDPOINTS_MAX + 1]; /* of the mirrors; the last: of the server */
};

static bool fail(error *err, const char *key, const char *wanted)
{
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s must be %s", key, wanted);
}

static bool memory_fail(const struct reader *r, error *err)
{
    return shelflife_arena_fail(&r->host->memory, err);
}

/* ---- URLs ---- */

static bool is_hub(str authority)
{
    return shelflife_str_equal(authority, STR("docker.io")) ||
           shelflife_str_equal(authority, STR("index.docker.io"));
}

/* "https://host:port/path", or without the scheme. */
static bool set_url(struct reader *r, endpoint *e, str url, error *err)
{
    str host, port, rest = url;
    bool http = shelflife_str_starts(url, STR("http://"));
    if (http || shelflife_str_starts(url, STR("https://")))
        rest = shelflife_str_after(url, http ? 7 : 8);
    else if (shelflife_str_find(url, '/') != SIZE_MAX && memmem(url.at, url.len, "://", 3))
        return fail(err, "the URL of a host", "an https:// or http:// URL");
    size_t slash = shelflife_str_find(rest, '/');
    str authority = shelflife_str_first(rest, slash);
    str path = shelflife_str_after(rest, authority.len);
    while (shelflife_str_ends(path, STR("/")))
        path.len--;
    str whole;
    if (!shelflife_arena_format(&r->host->memory, &whole, "https://%.*s", STR_PRINT(authority)))
        return memory_fail(r, err);
    for (size_t i = 0; i < url.len; i++)
        if ((unsigned char)url.at[i] <= ' ' || url.at[i] == 0x7f || strchr("?#@\\", url.at[i]))
            return fail(err, "the URL of a host", "one without user, password, query and fragment");
    if (!shelflife_net_url_host(whole, &host, &port) || !shelflife_net_url_unambiguous(whole.at))
        return fail(err, "the URL of a host", "https://HOST[:PORT][/PATH]");
    atomic_store(&e->scheme, http ? SHELFLIFE_REGISTRY_HTTP : SHELFLIFE_REGISTRY_HTTPS);
    e->path = path;
    return (is_hub(authority)
                ? shelflife_arena_copy(&r->host->memory, STR("registry-1.docker.io"), &e->authority)
                : shelflife_arena_copy(&r->host->memory, authority, &e->authority)) ||
           memory_fail(r, err);
}

/* The path is complete once it is known whether it replaces "/v2". */
static bool finish_path(struct reader *r, endpoint *e, bool override, error *err)
{
    bool ok = override || shelflife_str_ends(e->path, STR("/v2"))
                  ? shelflife_arena_copy(&r->host->memory, e->path, &e->path)
                  : shelflife_arena_join(&r->host->memory, e->path, STR("/v2"), &e->path);
    return ok || memory_fail(r, err);
}

static endpoint *new_endpoint(struct reader *r, error *err)
{
    endpoint *e = shelflife_arena_alloc(&r->host->memory, sizeof(*e));
    if (!e)
        memory_fail(r, err);
    else
        e->may = SHELFLIFE_REGISTRY_MAY_ALL;
    return e;
}

/* ---- Values ---- */

static bool get_bool(const value *v, const char *key, bool *out, error *err)
{
    *out = v->yes;
    return v->type == SHELFLIFE_REGISTRY_TOML_BOOL || fail(err, key, "true or false");
}

static bool set_capabilities(endpoint *e, const value *v, error *err)
{
    static const struct {
        const char *name;
        unsigned may;
    } names[] = {{"pull", SHELFLIFE_REGISTRY_MAY_PULL},
                 {"resolve", SHELFLIFE_REGISTRY_MAY_RESOLVE},
                 {"push", SHELFLIFE_REGISTRY_MAY_PUSH}};
    static const char wanted[] = "a list of \"pull\", \"resolve\" and \"push\"";
    if (v->type != SHELFLIFE_REGISTRY_TOML_ARRAY)
        return fail(err, "capabilities", wanted);
    e->may = 0;
    for (size_t i = 0; i < v->count; i++) {
        size_t k = 0;
        while (k < COUNT(names) && !shelflife_str_equal(v->items[i].text, shelflife_str_of(names[k].name)))
            k++;
        if (k == COUNT(names) || v->items[i].type != SHELFLIFE_REGISTRY_TOML_STRING)
            return fail(err, "capabilities", wanted);
        e->may |= names[k].may;
    }
    return true;
}

static bool take_path(struct reader *r, const value *v, const char *key, str *out, error *err)
{
    if (v->type != SHELFLIFE_REGISTRY_TOML_STRING || v->text.len == 0)
        return fail(err, key, "the path of a file");
    bool absolute = v->text.at[0] == '/' || !r->folder;
    return shelflife_arena_format(&r->host->memory, out, "%s%s%.*s", absolute ? "" : r->folder,
                                  absolute ? "" : "/", STR_PRINT(v->text)) ||
           memory_fail(r, err);
}

/* Several files become one text. */
static bool read_cas(struct reader *r, endpoint *e, const value *v, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer pem;
    shelflife_buffer_init(&pem, CA_MAX);
    for (size_t i = 0; i < v->count; i++) {
        str path;
        if (!take_path(r, &v->items[i], "ca", &path, err) || !shelflife_file_read(path.at, &pem, err))
            return false;
        shelflife_buffer_byte(&pem, '\n');
    }
    if (pem.failed)
        return shelflife_fail_memory(err);
    return shelflife_arena_copy(&r->host->memory, shelflife_buffer_str(&pem), &e->peer.ca_pem) ||
           memory_fail(r, err);
}

static bool set_ca(struct reader *r, endpoint *e, const value *v, error *err)
{
    str path;
    if (v->type == SHELFLIFE_REGISTRY_TOML_ARRAY && v->count > PATHS_MAX)
        return fail(err, "ca", "a path, or a few paths");
    if (v->type == SHELFLIFE_REGISTRY_TOML_ARRAY && v->count != 1)
        return read_cas(r, e, v, err);
    if (!take_path(r, v->type == SHELFLIFE_REGISTRY_TOML_ARRAY ? &v->items[0] : v, "ca", &path, err))
        return false;
    e->peer.ca_file = path.at; /* it is read again for each connection */
    return true;
}

/* "file", ["file"], ["certificate", "key"] or [["certificate", "key"]]. */
static bool set_client(struct reader *r, endpoint *e, const value *v, error *err)
{
    static const char wanted[] = "one pair [[\"certificate\", \"key\"]], or one file with both";
    str certificate = {0}, key = {0};
    bool list = v->type == SHELFLIFE_REGISTRY_TOML_ARRAY;
    if (list && v->count == 1) {
        v = &v->items[0];
        list = v->type == SHELFLIFE_REGISTRY_TOML_ARRAY;
    }
    if (list && v->count != 2)
        return fail(err, "client", wanted);
    if (!take_path(r, list ? &v->items[0] : v, "client", &certificate, err) ||
        !take_path(r, list ? &v->items[1] : v, "client", &key, err))
        return false;
    e->peer.certificate_file = certificate.at;
    e->peer.key_file = key.at;
    return true;
}

static bool is_field_name(str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!ascii_is_alphanumeric(name.at[i]) && name.at[i] != '-' && name.at[i] != '_')
            return false;
    return name.len > 0;
}

static bool add_field(struct reader *r, endpoint *e, str name, str text, error *err)
{
    static const char *const ours[] = {"authorization", "host", "accept", "content-length", "content-type"};
    str copy;
    if (!is_field_name(name))
        return fail(err, "a name in header", "letters, digits, - and _");
    for (size_t i = 0; i < COUNT(ours); i++)
        if (ascii_equal_fold(name, shelflife_str_of(ours[i])))
            return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                                  "header must not have %s; credentials belong into --auth-file", ours[i]);
    if (e->field_count == SHELFLIFE_REGISTRY_FIELDS_MAX)
        return fail(err, "header", "shorter");
    if (!shelflife_arena_copy(&r->host->memory, name, &copy))
        return memory_fail(r, err);
    e->fields[e->field_count++] = (struct shelflife_net_http_header){copy.at, text};
    return true;
}

static bool set_header(struct reader *r, endpoint *e, str name, const value *v, error *err)
{
    if (v->type == SHELFLIFE_REGISTRY_TOML_STRING)
        return add_field(r, e, name, v->text, err);
    if (v->type != SHELFLIFE_REGISTRY_TOML_ARRAY)
        return fail(err, "a value in header", "a text or a list of texts");
    for (size_t i = 0; i < v->count; i++)
        if (v->items[i].type != SHELFLIFE_REGISTRY_TOML_STRING ||
            !add_field(r, e, name, v->items[i].text, err))
            return fail(err, "a value in header", "a text or a list of texts");
    return true;
}

/* ---- Keys ---- */

/* A key of an endpoint. Unknown ones are those of later versions of containerd, such as dial_timeout. */
static bool set_key(struct reader *r, endpoint *e, bool *override, const str *keys, size_t depth,
                    const value *v, error *err)
{
    if (depth == 2 && shelflife_str_equal(keys[0], STR("header")))
        return set_header(r, e, keys[1], v, err);
    if (depth != 1)
        return true;
    if (shelflife_str_equal(keys[0], STR("capabilities")))
        return set_capabilities(e, v, err);
    if (shelflife_str_equal(keys[0], STR("ca")))
        return set_ca(r, e, v, err);
    if (shelflife_str_equal(keys[0], STR("client")))
        return set_client(r, e, v, err);
    if (shelflife_str_equal(keys[0], STR("skip_verify")))
        return get_bool(v, "skip_verify", &e->peer.insecure, err);
    if (shelflife_str_equal(keys[0], STR("override_path")))
        return get_bool(v, "override_path", override, err);
    return true;
}

static bool find_mirror(struct reader *r, str url, size_t *i, error *err)
{
    for (*i = 0; *i < r->count; ++*i)
        if (shelflife_str_equal(r->urls[*i], url))
            return true;
    if (r->count == ENDPOINTS_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "there are more than %d hosts", ENDPOINTS_MAX);
    endpoint *e = new_endpoint(r, err);
    if (!e || !set_url(r, e, url, err))
        return false;
    e->mirror = true;
    r->urls[r->count] = url;
    r->mirrors[r->count++] = e;
    return true;
}

static bool on_value(void *context, const str *keys, size_t depth, const value *v, error *err)
{
    struct reader *r = context;
    size_t i;
    if (depth >= 2 && shelflife_str_equal(keys[0], STR("host"))) {
        if (!find_mirror(r, keys[1], &i, err))
            return false;
        return !v || set_key(r, r->mirrors[i], &r->override[i], keys + 2, depth - 2, v, err);
    }
    if (!v)
        return true;
    if (depth == 1 && shelflife_str_equal(keys[0], STR("server")))
        return v->type == SHELFLIFE_REGISTRY_TOML_STRING ? set_url(r, r->server, v->text, err)
                                                         : fail(err, "server", "a URL");
    return set_key(r, r->server, &r->override[ENDPOINTS_MAX], keys, depth, v, err);
}

/* ---- Endpoints ---- */

const char *shelflife_registry_endpoint_url(const endpoint *e, arena *a)
{
    str url;
    bool https = atomic_load(&e->scheme) == SHELFLIFE_REGISTRY_HTTPS;
    return shelflife_arena_format(a, &url, "%s://%.*s/", https ? "https" : "http", STR_PRINT(e->authority))
               ? url.at
               : NULL;
}

void shelflife_registry_endpoint_failed(endpoint *e)
{
    atomic_store(&e->down_until, shelflife_clock_now() + DOWN_MS);
}

bool shelflife_registry_endpoint_is_down(const endpoint *e)
{
    return atomic_load(&e->down_until) > shelflife_clock_now();
}

/* ---- All of it ---- */

static bool is_own(const struct reader *r, const endpoint *e)
{
    return e->path.len == strlen("/v2") && shelflife_str_equal(e->authority, r->host->name);
}

/* A mirror of the registry's own address has settings for it, and is not asked twice. */
static bool finish(struct reader *r, bool plain, error *err)
{
    struct shelflife_registry_host *host = r->host;
    bool own = false;
    host->endpoints = shelflife_arena_array(&host->memory, r->count + 1, sizeof(endpoint *));
    if (!host->endpoints)
        return memory_fail(r, err);
    for (size_t i = 0; i <= r->count; i++) {
        endpoint *e = i < r->count ? r->mirrors[i] : r->server;
        if (!finish_path(r, e, r->override[i < r->count ? i : ENDPOINTS_MAX], err))
            return false;
        if (i < r->count && shelflife_str_equal(e->authority, r->server->authority) && is_own(r, e)) {
            own = true;
            e->mirror = false;
        }
        if (plain && is_own(r, e) && atomic_load(&e->scheme) == SHELFLIFE_REGISTRY_HTTPS)
            atomic_store(&e->scheme, SHELFLIFE_REGISTRY_EITHER);
        if (i < r->count || !own)
            host->endpoints[host->count++] = e;
    }
    return true;
}

static bool read_into(struct reader *r, str toml, bool plain, error *err)
{
    r->server = new_endpoint(r, err);
    return r->server && set_url(r, r->server, r->host->name, err) &&
           shelflife_registry_toml_read(toml, &r->host->memory, on_value, r, err) && finish(r, plain, err);
}

struct shelflife_registry_host *shelflife_registry_hosts_read(str toml, const char *origin,
                                                              const char *folder, str name, bool plain,
                                                              error *err)
{
    struct reader r = {.host = calloc(1, sizeof(*r.host)), .folder = folder};
    if (!r.host) {
        shelflife_fail_memory(err);
        return NULL;
    }
    shelflife_arena_init(&r.host->memory, MEMORY_MAX);
    bool named = shelflife_arena_copy(&r.host->memory, name, &r.host->name) || memory_fail(&r, err);
    if (named && read_into(&r, toml, plain, err))
        return r.host;
    if (named)
        shelflife_error_prefix(err, "%s", origin);
    shelflife_registry_host_free(r.host);
    return NULL;
}

static struct shelflife_registry_host *read_file(const char *folder, const char *path, str name, bool plain,
                                                 error *err)
{
    CLEANUP(shelflife_buffer_free) buffer text;
    shelflife_buffer_init(&text, TOML_MAX);
    if (!shelflife_file_read(path, &text, err))
        return NULL;
    return shelflife_registry_hosts_read(shelflife_buffer_str(&text), path, folder, name, plain, err);
}

/* The names of a registry's folder, as containerd looks for them. */
static bool folder_name(size_t i, str name, arena *a, str *out)
{
    size_t colon = shelflife_str_find_last(name, ':');
    bool has_port = colon != SIZE_MAX && !shelflife_str_ends(name, STR("]"));
    str host = has_port ? shelflife_str_first(name, colon) : name;
    switch (i) {
    case 0:
        return shelflife_arena_copy(a, name, out);
    case 1:
        return has_port ? shelflife_arena_format(a, out, "%.*s_%.*s_", STR_PRINT(host),
                                                 STR_PRINT(shelflife_str_after(name, colon + 1)))
                        : shelflife_arena_copy(a, name, out);
    case 2:
        return shelflife_arena_copy(a, host, out);
    default:
        return shelflife_arena_copy(a, STR("_default"), out);
    }
}

struct shelflife_registry_host *shelflife_registry_hosts_load(const char *hosts_dir, str name, bool plain,
                                                              str otherwise, error *err)
{
    enum { FOLDERS = 4 };
    CLEANUP(shelflife_arena_free) arena memory;
    shelflife_arena_init(&memory, MEMORY_MAX);
    for (size_t i = 0; hosts_dir && i < FOLDERS; i++) {
        str own, folder, path;
        if (!folder_name(i, name, &memory, &own) ||
            !shelflife_arena_format(&memory, &folder, "%s/%.*s", hosts_dir, STR_PRINT(own)) ||
            !shelflife_arena_format(&memory, &path, "%.*s/hosts.toml", STR_PRINT(folder))) {
            shelflife_arena_fail(&memory, err);
            return NULL;
        }
        if (access(path.at, F_OK) == 0)
            return read_file(folder.at, path.at, name, plain, err);
    }
    return shelflife_registry_hosts_read(otherwise, "the mirrors of the policy", NULL, name, plain, err);
}

void shelflife_registry_host_free(struct shelflife_registry_host *host)
{
    if (!host)
        return;
    for (size_t i = 0; i < host->count; i++)
        free(host->endpoints[i]->learned);
    shelflife_arena_free(&host->memory);
    free(host);
}
