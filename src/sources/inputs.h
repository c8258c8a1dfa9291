/*
 * What the snapshot is loaded from: the configuration, and the client for the catalogs at URLs that it names.
 */
#ifndef SHELFLIFE_SOURCES_INPUTS_H
#define SHELFLIFE_SOURCES_INPUTS_H

#include "sources/remote.h"

/* Everything is borrowed. */
struct shelflife_sources_config {
    const char *policy;          /* a file; NULL: the built-in policy */
    const char *const *catalogs; /* files, folders of *.json, *.yaml and *.yml, and https:// URLs */
    size_t catalog_count;
    const char *const *inventories; /* files, folders of *.json and *.json.gz, and oci://… */
    size_t inventory_count;
    bool no_embedded; /* leave the built-in catalogs out */
    bool keep_bytes;  /* keep the text of the catalogs in memory, to compare or to export it */
    struct shelflife_sources_remote_options remote; /* for the catalogs at URLs */
};

struct shelflife_sources_inputs {
    const struct shelflife_sources_config *config;
    const char **files; /* the catalogs that are not at URLs */
    size_t file_count;
    const char **urls;
    size_t url_count;
    struct shelflife_sources_remotes *remotes; /* NULL: no catalog is at a URL */
    const char **inventory_files;              /* the inventories that are not in registries */
    size_t inventory_file_count;
    const char **inventory_urls;
    size_t inventory_url_count;
    struct shelflife_sources_remotes *inventory_remotes; /* NULL: no inventory is in a registry */
    bool network;                                        /* shelflife_net_start() was called */
};

/* Opens the inputs, which has no effect on catalogs at URLs yet. Fails if there are URLs without a key. The
   listener is called for every attempt to fetch a catalog. */
bool shelflife_sources_inputs_open(struct shelflife_sources_inputs *inputs,
                                   const struct shelflife_sources_config *config,
                                   shelflife_sources_remote_listener *listener, void *context,
                                   error *err) SHELFLIFE_MUST_CHECK;

/* Stops fetching. Zeroed inputs are fine. */
void shelflife_sources_inputs_close(struct shelflife_sources_inputs *inputs);

/* Appends what changes when any of the inputs does, except the inventories. */
void shelflife_sources_inputs_fingerprint(const struct shelflife_sources_inputs *inputs, buffer *out);

/* The same of the inventories. */
void shelflife_sources_inputs_fingerprint_inventories(const struct shelflife_sources_inputs *inputs,
                                                      buffer *out);

#endif
