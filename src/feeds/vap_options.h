/* What is exported by shelflife_feeds_vap_write(). */
#ifndef SHELFLIFE_FEEDS_VAP_OPTIONS_H
#define SHELFLIFE_FEEDS_VAP_OPTIONS_H

#include "base/base.h"
#include "feeds/vap_rules.h"
#include "shelflife/catalog.h"

struct shelflife_feeds_vap_options {
    const struct shelflife_catalogs *catalogs;
    str policy; /* the bytes of a valid policy */
    const char *policy_origin;
    shelflife_day at; /* images that an UPDATE introduces are judged by this day */
    str name;         /* of the objects */
    bool from_files;  /* for API servers that read the objects from files: their names say so */
    shelflife_feeds_vap_judge *judge;
    void *context;
};

#endif
