#include "cli/audit_clusters.h"

#include "cli/output.h"

enum { CONTEXTS_MAX = 1000 };

/* A context, and what the kubeconfig says of it. */
struct context {
    char *name;
    struct shelflife_kube_config config;
    error why; /* kind NONE: `config` is set */
};

struct all {
    struct context *at;
    size_t count, capacity;
    bool failed; /* no memory */
};

static void free_all(struct all *all)
{
    for (size_t i = 0; i < all->count; i++) {
        free(all->at[i].name);
        shelflife_kube_config_free(&all->at[i].config);
    }
    free(all->at);
}

bool shelflife_cli_contexts_several(const struct cli_contexts *contexts)
{
    return contexts->all || contexts->named.count > 1;
}

/* ---- The contexts ---- */

/* Each once. */
static void add_context(void *context, str name)
{
    struct all *all = context;
    for (size_t i = 0; i < all->count; i++)
        if (shelflife_str_equal(shelflife_str_of(all->at[i].name), name))
            return;
    char *copy = strndup(name.at, name.len);
    if (!copy || !shelflife_grow(&all->at, &all->capacity, all->count + 1, sizeof(*all->at))) {
        free(copy);
        all->failed = true;
        return;
    }
    all->at[all->count++] = (struct context){.name = copy};
}

static bool list_contexts(const struct cli_contexts *contexts, const struct cli_kube *kube, struct all *all,
                          error *err)
{
    for (size_t i = 0; i < contexts->named.count; i++)
        add_context(all, shelflife_str_of(contexts->named.at[i]));
    if (contexts->all &&
        !shelflife_kube_config_names(kube->choice.kubeconfig, NULL, "contexts", add_context, all, err))
        return false;
    if (all->failed)
        return shelflife_fail_memory(err);
    if (all->count == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "--all-contexts: the kubeconfig has no context");
    return all->count <= CONTEXTS_MAX || shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                                                        "more than %d contexts: name those to audit with "
                                                        "--context",
                                                        CONTEXTS_MAX);
}

/* A context that was named must exist; of all contexts, one can be broken. */
static bool configure(const struct cli_contexts *contexts, const struct cli_kube *kube, struct all *all,
                      error *err)
{
    for (size_t i = 0; i < all->count; i++) {
        struct context *c = &all->at[i];
        struct cli_kube one = *kube;
        one.choice.context = c->name;
        if (shelflife_cli_kube_config(&one, &c->config, &c->why))
            c->why.kind = SHELFLIFE_ERROR_NONE;
        else if (!contexts->all) {
            *err = c->why;
            return false;
        }
    }
    return true;
}

/* An earlier context with the same API server. */
static const struct context *find_same(const struct all *all, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (all->at[k].why.kind == SHELFLIFE_ERROR_NONE &&
            shelflife_str_equal(shelflife_str_of(all->at[k].config.server),
                                shelflife_str_of(all->at[i].config.server)))
            return &all->at[k];
    return NULL;
}

/* ---- Reading ---- */

static bool read_context(const struct context *c, const struct shelflife_audit_selection *selection,
                         struct shelflife_audit *audit, error *err)
{
    error why = c->why;
    return (why.kind == SHELFLIFE_ERROR_NONE &&
            shelflife_audit_cluster(audit, &c->config, selection, &why)) ||
           shelflife_audit_cluster_failed(audit, shelflife_str_of(c->name), &why, err);
}

static bool read_all(const struct cli_contexts *contexts, const struct all *all,
                     const struct shelflife_audit_selection *selection, struct shelflife_audit *audit,
                     struct cli_watch *watch, error *err)
{
    atomic_store(&watch->progress.clusters, (unsigned)all->count);
    for (size_t i = 0; i < all->count; i++) {
        const struct context *c = &all->at[i], *same = NULL;
        if (contexts->all && c->why.kind == SHELFLIFE_ERROR_NONE)
            same = find_same(all, i);
        if (same)
            shelflife_cli_message("%s: not audited, because context %s has the same API server", c->name,
                                  same->name);
        else if (!read_context(c, selection, audit, err))
            return false;
        atomic_store(&watch->progress.clusters_done, (unsigned)i + 1);
    }
    return true;
}

bool shelflife_cli_audit_clusters(const struct cli_contexts *contexts, const struct cli_kube *kube,
                                  const struct shelflife_audit_selection *selection,
                                  struct shelflife_audit *audit, struct cli_watch *watch, error *err)
{
    if (shelflife_cli_contexts_several(contexts)) {
        struct all all CLEANUP(free_all) = {0};
        return list_contexts(contexts, kube, &all, err) && configure(contexts, kube, &all, err) &&
               read_all(contexts, &all, selection, audit, watch, err);
    }
    CLEANUP(shelflife_kube_config_free) struct shelflife_kube_config config = {0};
    return shelflife_cli_kube_config(kube, &config, err) &&
           shelflife_audit_cluster(audit, &config, selection, err);
}
