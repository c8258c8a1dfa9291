#include "kube/kube.h"
#include "net/url.h"

/* A dot segment would address another resource. Kubernetes has no such names. */
static bool check(str part, const char *what, bool needed, error *err)
{
    if (needed && part.len == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "an API path needs a %s", what);
    if (shelflife_str_equal(part, STR(".")) || shelflife_str_equal(part, STR("..")))
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "\"%.*s\" is not a valid %s", STR_PRINT(part),
                              what);
    return true;
}

static void add(buffer *out, const char *before, str part)
{
    if (part.len == 0)
        return;
    shelflife_buffer_append(out, shelflife_str_of(before));
    shelflife_net_url_encode(out, part);
}

bool shelflife_kube_path(buffer *out, const struct shelflife_kube_target *t, error *err)
{
    if (!check(t->group, "group", false, err) || !check(t->version, "version", true, err) ||
        !check(t->namespace, "namespace", false, err) ||
        !check(t->resource, "resource", t->namespace.len || t->name.len, err) ||
        !check(t->name, "name", t->subresource.len > 0, err) ||
        !check(t->subresource, "subresource", false, err))
        return false;
    shelflife_buffer_append(out, t->group.len ? STR("/apis") : STR("/api"));
    add(out, "/", t->group);
    add(out, "/", t->version);
    add(out, "/namespaces/", t->namespace);
    add(out, "/", t->resource);
    add(out, "/", t->name);
    add(out, "/", t->subresource);
    return !out->failed || shelflife_fail_memory(err);
}

const char *shelflife_kube_resource_name(const struct shelflife_kube_resource *resource,
                                         char name[SHELFLIFE_KUBE_RESOURCE_NAME_MAX])
{
    snprintf(name, SHELFLIFE_KUBE_RESOURCE_NAME_MAX, "%s%s%s", resource->name, resource->group[0] ? "." : "",
             resource->group);
    return name;
}
