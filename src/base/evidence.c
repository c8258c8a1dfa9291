#include "shelflife/evidence.h"

const char *const shelflife_evidence_kind_names[] = {"env", "label", "history", "annotation", NULL};
