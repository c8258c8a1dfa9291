/*
 * Configuration of a connection to a cluster, from kubeconfig files as kubectl reads them, or from a pod's
 * service account. Nothing here sends requests or runs programs.
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

/* A program that prints credentials (client.authentication.k8s.io/v1 or v1beta1). */
struct shelflife_kube_exec {
    const char *api_version;
    const char *command;     /* searched in PATH if it has no slash */
    const char *const *args; /* NULL at the end; the first is the command */
    const char *const *env;  /* "NAME=value", NULL at the end; added to our own environment */
    const char *install_hint;
    enum shelflife_kube_interactive interactive;
    bool provide_cluster;       /* pass it the cluster's configuration */
    const char *cluster_config; /* JSON from the cluster's extensions, passed too; or NULL */
    const char *origin;         /* for errors: file and user */
};

/* All strings live in `memory`, which is secret. What is not set is NULL, or empty. */
struct shelflife_kube_config {
    arena memory;
    const char *server;    /* "https://10.0.0.1:6443", possibly with a path; no slash at the end */
    const char *context;   /* the context's name; NULL in a pod, and with another server than its own */
    const char *namespace; /* "default" unless set */
    struct shelflife_net_http_peer peer; /* CA, client certificate, proxy */
    bool no_compression;
    const char *token, *token_file; /* the file takes precedence if it can be read */
    const char *token_file_shown;   /* what errors call the file; NULL: its path */
    const char *user, *password;
    struct shelflife_kube_exec *exec; /* run only if there is no token */
    struct shelflife_net_http_header *impersonate;
    size_t impersonate_count;
    unsigned request_ms; /* how long one request may take; 0: the client's default */
};

void shelflife_kube_config_free(struct shelflife_kube_config *config);

/* ---- kubeconfig files ---- */

/* Values of command-line flags, which override the files as kubectl's flags do. NULL or empty: not set. */
struct shelflife_kube_choice {
    const char *kubeconfig; /* the only file to read */
    const char *context, *cluster, *user;
    const char *server;                /* then no context and no cluster is needed */
    const char *tls_server_name;       /* with a server, also if not set: not that of the file */
    const char *certificate_authority; /* a file; instead of what the cluster's entry says of trust, */
    bool insecure_skip_tls_verify;     /* and so is this */
    const char *client_certificate, *client_key;
    const char *token; /* instead of all other credentials but a client certificate */
    const char *as, *as_uid;
    const char *const *as_groups; /* instead of all groups of the file */
    size_t as_group_count;
    unsigned request_ms; /* 0: the client's default */
};

/* Where to find the files if no flag names one. */
struct shelflife_kube_places {
    const char *kubeconfig; /* KUBECONFIG: paths separated by colons; missing files are skipped */
    const char *home;       /* HOME, for .kube/config in it if KUBECONFIG is NULL or empty */
};

/* Reads the files and selects a context. `places` NULL: from the environment. Errors name the file and the
   path in it, and quote nothing of it but the names of clusters and contexts. On success the caller frees
   *out. */
bool shelflife_kube_config_read(const struct shelflife_kube_choice *choice,
                                const struct shelflife_kube_places *places, struct shelflife_kube_config *out,
                                error *err);

/* Calls `add` with each name in a list of the same files, "contexts", "clusters" or "users": in their order,
   and more than once if several entries have it. The text is valid during the call. */
bool shelflife_kube_config_names(const char *kubeconfig, const struct shelflife_kube_places *places,
                                 const char *list, void (*add)(void *context, str name), void *context,
                                 error *err);

/*
 * The two halves of it, for files that have been read. Of two entries with the same name, and of two
 * current-contexts, the first one in the first file is used as a whole; entries are not merged. Relative
 * paths are relative to the folder of the file that contains them.
 */
struct shelflife_kubeconfig;
struct shelflife_kubeconfig *shelflife_kubeconfig_new(error *err);
void shelflife_kubeconfig_free(struct shelflife_kubeconfig *k);
bool shelflife_kubeconfig_add(struct shelflife_kubeconfig *k, str text, const char *path, error *err);
bool shelflife_kubeconfig_choose(const struct shelflife_kubeconfig *k,
                                 const struct shelflife_kube_choice *choice,
                                 struct shelflife_kube_config *out, error *err);

/* Applies the flags to a configuration that has been read, as shelflife_kubeconfig_choose() does. */
bool shelflife_kube_config_override(const struct shelflife_kube_choice *choice,
                                    struct shelflife_kube_config *config, error *err);

/* ---- Inside a pod ---- */

/* NULL: from the environment (KUBERNETES_SERVICE_HOST and _PORT), and the folder where Kubernetes mounts the
   service account. */
struct shelflife_kube_pod {
    const char *host, *port, *folder;
};

/* On success the caller frees *out. */
bool shelflife_kube_config_in_pod(const struct shelflife_kube_pod *pod, struct shelflife_kube_config *out,
                                  error *err);

#endif
