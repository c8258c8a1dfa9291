/*
 * Which kinds have images, and where: the built-in shapes as tables.
 */
#ifndef SHELFLIFE_WORKLOAD_KINDS_H
#define SHELFLIFE_WORKLOAD_KINDS_H

#include "base/base.h"
#include "shelflife/workload.h"

/* What the value at the end of a pattern is for. */
enum {
    SHELFLIFE_WORKLOAD_SLOT_IMAGE,
    SHELFLIFE_WORKLOAD_SLOT_PARAMETER,  /* a map of `name` and `value` or `default` */
    SHELFLIFE_WORKLOAD_SLOT_MANIFEST,   /* a string that contains an object */
    SHELFLIFE_WORKLOAD_SLOT_VALUES,     /* a string that contains the values of a Helm chart */
    SHELFLIFE_WORKLOAD_SLOT_OWNERS,     /* metadata.ownerReferences; from here on: of all kinds */
    SHELFLIFE_WORKLOAD_SLOT_OWNER,      /* one of them */
    SHELFLIFE_WORKLOAD_SLOT_CONTROLLER, /* its `controller` */
    SHELFLIFE_WORKLOAD_SLOT_MIRROR,
    SHELFLIFE_WORKLOAD_SLOT_STRINGS, /* from here on: shelflife_workload_noted_strings */
};

struct shelflife_workload_table {
    const struct shelflife_shape *rows;
    size_t count;
    size_t slot;
    bool exact; /* the kinds have no other images */
};

struct shelflife_workload_kinds {
    /* Kinds with a Pod spec at `path`, and no other images. */
    const struct shelflife_shape *exact;
    size_t exact_count;
    /* Where Pod templates are searched in all other kinds. */
    const str *generic;
    size_t generic_count;
    /* The images of a Pod spec, below the paths of the two above. */
    const str *pod_spec;
    size_t pod_spec_count;
    /* Images outside of Pod templates, and what else is needed to find images; `path` is that of the value.
     */
    const struct shelflife_workload_table *tables;
    size_t table_count;
    /* Earlier versions of workloads; `path` is that of the image, with keys in lower case below `data`. They
       have no other images. */
    const struct shelflife_shape *history;
    size_t history_count;
    /* Kinds that never have images; without a path. */
    const struct shelflife_shape *excluded;
    size_t excluded_count;
    /* Keys below which images are never searched. */
    const str *stops;
    size_t stop_count;
};

extern const struct shelflife_workload_kinds shelflife_workload_kinds;

/* "apps" of "apps/v1"; the core group is "". */
static inline str shelflife_workload_group_of(str api_version)
{
    size_t slash = shelflife_str_find(api_version, '/');
    return shelflife_str_first(api_version, slash == SIZE_MAX ? 0 : slash);
}

/* Whether a row of these tables is about every kind of its group. */
static inline bool shelflife_workload_kinds_is_any(str row_kind)
{
    return row_kind.len == 0 || (row_kind.len == 1 && row_kind.at[0] == '*');
}

/* Whether it is about that kind. */
static inline bool shelflife_workload_kinds_match(str row_group, str row_kind, str group, str kind)
{
    if (!shelflife_workload_kinds_is_any(row_kind) &&
        (row_kind.len != kind.len || memcmp(row_kind.at, kind.at, kind.len) != 0))
        return false;
    return shelflife_str_equal(row_group, group) || shelflife_str_equal(row_group, STR("*"));
}

/* Calls the function for each row that says where images are, until it fails. */
typedef bool shelflife_workload_kinds_visitor(void *context, str group, str kind, error *err);
bool shelflife_workload_kinds_each(shelflife_workload_kinds_visitor *visit, void *context, error *err);

/* Whether some row is about a kind of this group. */
bool shelflife_workload_kinds_know(str group);

bool shelflife_workload_kinds_exclude(str group, str kind);
bool shelflife_workload_kinds_is_history(str group, str kind);

/* Whether images of this kind are run exactly as they are written: it is one of Kubernetes itself, or an
   earlier version of one. In other kinds, a text can contain parameters. */
bool shelflife_workload_kinds_run_as_written(str group, str kind);

#endif
