/* What flags and kubeconfig files have in common. Errors do not say where the value is from. */
#ifndef SHELFLIFE_KUBE_OVERRIDE_H
#define SHELFLIFE_KUBE_OVERRIDE_H

#include "kube/config.h"

/* Sets the server, a URL, which lives in the configuration's memory from then on. USAGE if it is none. */
bool shelflife_kube_override_server(struct shelflife_kube_config *config, str url, error *err);

/* Adds a header of impersonation; `name` is borrowed. USAGE for a value that no header can have. */
bool shelflife_kube_override_header(struct shelflife_kube_config *config, const char *name, str value,
                                    error *err);

#endif
