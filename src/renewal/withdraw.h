#ifndef SHELFLIFE_RENEWAL_WITHDRAW_H
#define SHELFLIFE_RENEWAL_WITHDRAW_H

#include "renewal/cluster.h"

/* Removes a replica's note from the Secret, for a replica that has stopped serving. A Secret that does not
   exist is fine. */
bool shelflife_renewal_withdraw(struct shelflife_renewal_cluster *cluster, const char *name, error *err);

#endif
