/*
 * Which cluster, and as whom: read from kubeconfig files as kubectl reads them, or from what a pod is given.
 * Nothing here speaks to a cluster or runs a program.
 */
#ifndef SHELFLIFE_KUBE_CONFIG_H
#define SHELFLIFE_KUBE_CONFIG_H

#include "base/base.h"
#include "net/net.h"

enum shelflife_kube_interactive {
    SHELFLIFE_KUBE_INTERACTIVE_IF_AVAILABLE,
    SHELFLIFE_KUBE_INTERACTIVE_NEVER,
    SHELFLIFE_KUBE_INTERACTIVE_ALWAYS,
};

/* A program that tells credentials (client.authentication.k8s.io/v1 or v1beta1). */
struct shelflife_kube_exec {
    const char *api_version;
    const char *command;     /* looked for in PATH if it has no slash */
    const char *const *args; /* NULL at the end; the first is the command */
    const char *const *env;  /* "NAME=value", NULL at the end; added to our own environment */
    const char *install_hint;
    enum shelflife_kube_interactive interactive;
    bool provide_cluster;       /* it wants to know the cluster */
    const char *cluster_config; /* JSON for it, from the cluster's extensions; or NULL */
    const char *origin;         /* for errors: file and user */
};

/* All strings live in `memory`. What is not given is NULL, or empty. */
struct shelflife_kube_config {
    arena memory;
    const char *server;              /* "https://10.0.0.1:6443", maybe with a path; no slash at the end */
    const char *context;             /* the context's name; NULL in a pod */
    const char *namespace;           /* "default" if nothing says another */
    struct shelflife_http_peer peer; /* whom to trust, our certificate, proxy */
    bool no_compression;
    const char *token, *token_file; /* the file's wins, if it can be read */
    const char *user, *password;
    struct shelflife_kube_exec *exec; /* asked only if there is no token */
    struct shelflife_http_header *impersonate;
    size_t impersonate_count;
};

void shelflife_kube_config_free(struct shelflife_kube_config *config);

/* ---- kubeconfig files ---- */

/* What a user's flags say, over what the files say. NULL: nothing. */
struct shelflife_kube_choice {
    const char *kubeconfig; /* this file alone */
    const char *context, *cluster, *user;
};

/* Where the files are if no flag says so. */
struct shelflife_kube_places {
    const char *kubeconfig; /* KUBECONFIG: paths with colons between; those that do not exist are left out */
    const char *home;       /* HOME: .kube/config in it, if KUBECONFIG is NULL or empty */
};

/* Reads the files and chooses. `places` NULL: the environment's. Errors name file and path. On success the
   caller frees *out. */
bool shelflife_kube_config_read(const struct shelflife_kube_choice *choice,
                                const struct shelflife_kube_places *places, struct shelflife_kube_config *out,
                                error *err);

/*
 * The two halves of it, for files that have been read. Of two entries of one name, and of two
 * current-contexts, the first counts, in the first file that has it; it counts whole. Relative paths are
 * relative to the folder of the file that names them.
 */
struct shelflife_kubeconfig;
struct shelflife_kubeconfig *shelflife_kubeconfig_new(error *err);
void shelflife_kubeconfig_free(struct shelflife_kubeconfig *k);
bool shelflife_kubeconfig_add(struct shelflife_kubeconfig *k, str text, const char *path, error *err);
bool shelflife_kubeconfig_choose(const struct shelflife_kubeconfig *k,
                                 const struct shelflife_kube_choice *choice,
                                 struct shelflife_kube_config *out, error *err);

/* ---- Inside a pod ---- */

/* NULL: what the environment says (KUBERNETES_SERVICE_HOST and _PORT), and the folder that Kubernetes
   mounts the service account at. */
struct shelflife_kube_pod {
    const char *host, *port, *folder;
};

/* On success the caller frees *out. */
bool shelflife_kube_config_in_pod(const struct shelflife_kube_pod *pod, struct shelflife_kube_config *out,
                                  error *err);

#endif
