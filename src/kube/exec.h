/* Credential plugins (client.authentication.k8s.io): programs that print credentials. */
#ifndef SHELFLIFE_KUBE_EXEC_H
#define SHELFLIFE_KUBE_EXEC_H

#include <stdatomic.h>

#include "kube/config.h"
#include "kube/credential.h"

/* Runs the plugin, without a shell, and reads what it prints. `timeout_ms` 0: the default. */
bool shelflife_kube_exec_run(const struct shelflife_kube_config *config, unsigned timeout_ms,
                             const atomic_bool *cancel, struct shelflife_kube_credential *out, error *err);

/* Reads the ExecCredential that a plugin printed. */
bool shelflife_kube_exec_read(const struct shelflife_kube_exec *exec, str text,
                              struct shelflife_kube_credential *out, error *err);

/* Appends the value of KUBERNETES_EXEC_INFO, the input of a plugin. */
bool shelflife_kube_exec_info(const struct shelflife_kube_config *config, bool interactive, buffer *out,
                              error *err);

#endif
