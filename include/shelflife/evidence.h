/*
 * What an image's configuration says about what is in it: its environment, its labels, the lines of its
 * history that make the base system, and the annotations of its manifest. Catalogs have rules that find
 * releases in it (catalog.h), and an inventory keeps it for many images (inventory.h).
 */
#ifndef SHELFLIFE_EVIDENCE_H
#define SHELFLIFE_EVIDENCE_H

#include "shelflife/export.h"
#include "shelflife/str.h"

SHELFLIFE_BEGIN_DECLS

enum shelflife_evidence_kind {
    SHELFLIFE_EVIDENCE_ENV,        /* config.Env */
    SHELFLIFE_EVIDENCE_LABEL,      /* config.Labels */
    SHELFLIFE_EVIDENCE_HISTORY,    /* a line of history; see below */
    SHELFLIFE_EVIDENCE_ANNOTATION, /* of the manifest */
};
enum { SHELFLIFE_EVIDENCE_KINDS = SHELFLIFE_EVIDENCE_ANNOTATION + 1 };

/* Limits of what is kept for one image, far above what images say that are not made to fill an inventory. */
enum {
    SHELFLIFE_EVIDENCE_MAX = 1024,           /* pieces … */
    SHELFLIFE_EVIDENCE_MAX_BYTES = 8 * 1024, /* … and the bytes of their names and values */
};

/* The names in the order of the enum, NULL at the end: "env", "label", "history", "annotation". */
SHELFLIFE_API extern const char *const shelflife_evidence_kind_names[];

/*
 * One thing that an image says. A line of history has no name. It is one of those up to the first line that
 * adds files, since later lines are not those of the base system, and it is without what builders write
 * around an instruction: "/bin/sh -c #(nop) ", "/bin/sh -c ", " # buildkit". So all builders write
 * "ADD alpine-minirootfs-3.18.6-x86_64.tar.gz /" in the same way.
 */
struct shelflife_evidence {
    enum shelflife_evidence_kind kind;
    struct shelflife_str name, value;
};

struct shelflife_evidence_list {
    const struct shelflife_evidence *at;
    size_t count;
};

SHELFLIFE_END_DECLS

#endif
