/* Errors from unsuccessful responses, and from the Status objects in them. */
#ifndef SHELFLIFE_KUBE_STATUS_H
#define SHELFLIFE_KUBE_STATUS_H

#include "kube/kube.h"

/* Reads the body of an unsuccessful response into *reply (which has the HTTP status), and fills *err. Returns
   false. */
bool shelflife_kube_status_fail(struct shelflife_kube_reply *reply, const char *method, const char *url,
                                str body, error *err);

#endif
