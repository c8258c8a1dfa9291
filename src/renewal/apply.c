#include "renewal/apply.h"

#include "pki/pki.h"
#include "renewal/patches.h"

enum { BODY_MAX = 16 << 20, PEM_MAX = 1 << 20, NOTE_MAX = 1024, NAMES_MAX = 64 };

/* One application of a plan. */
struct application {
    struct shelflife_renewal_replica *replica;
    const struct shelflife_renewal_observation *observation;
    const struct shelflife_renewal_plan *plan;
    bool *conflict;
};

/* ---- The Secret ---- */

static str serial_of(const struct application *a, const struct shelflife_renewal_id *id)
{
    const struct shelflife_renewal_observation *observation = a->observation;
    if (shelflife_renewal_id_equal(&a->replica->self.serving, id))
        return shelflife_str_of(a->replica->served.serial);
    if (observation->state.next.valid && shelflife_renewal_id_equal(&observation->state.next.id, id))
        return observation->next.serial;
    return observation->current.serial;
}

static void write_note(const struct application *a, buffer *out)
{
    for (size_t i = 0; i < a->plan->note_count; i++)
        shelflife_buffer_format(out, "%sca:%s serial:%.*s", i ? " " : "", a->plan->note[i].text,
                                STR_PRINT(serial_of(a, &a->plan->note[i])));
}

/* A new pair. */
struct fresh {
    buffer ca, certificate, key;
};

static void cleanup_fresh(struct fresh *fresh)
{
    shelflife_buffer_free(&fresh->ca);
    shelflife_buffer_free(&fresh->certificate);
    shelflife_buffer_free(&fresh->key);
}

static void add_name(str names[], size_t *count, str name)
{
    for (size_t i = 0; i < *count; i++)
        if (shelflife_str_equal(names[i], name))
            return;
    if (*count < NAMES_MAX)
        names[(*count)++] = name;
}

/* The configured names, and with `merge` those of the certificate in use. */
static size_t collect_names(const struct application *a, str names[NAMES_MAX])
{
    const struct shelflife_renewal_config *config = &a->replica->config;
    const struct shelflife_renewal_material *in_use =
        a->observation->state.next.valid ? &a->observation->next : &a->observation->current;
    size_t count = 0;
    for (size_t i = 0; i < config->name_count; i++)
        add_name(names, &count, config->names[i]);
    for (size_t i = 0; a->plan->merge && i < in_use->name_count; i++)
        add_name(names, &count, in_use->names[i]);
    return count;
}

static bool make_fresh(const struct application *a, int64_t now, struct fresh *fresh,
                       struct shelflife_renewal_material *out, error *err)
{
    str names[NAMES_MAX];
    size_t count = collect_names(a, names);
    shelflife_buffer_init(&fresh->ca, PEM_MAX);
    shelflife_buffer_init(&fresh->certificate, PEM_MAX);
    shelflife_buffer_init(&fresh->key, PEM_MAX);
    fresh->key.secret = true;
    if (!shelflife_pki_make_pair(names, count, now, a->replica->config.life, &fresh->ca, &fresh->certificate,
                                 &fresh->key, err))
        return false;
    *out = (struct shelflife_renewal_material){.certificate = shelflife_buffer_str(&fresh->certificate),
                                               .key = shelflife_buffer_str(&fresh->key),
                                               .ca = shelflife_buffer_str(&fresh->ca)};
    return true;
}

static bool write_secret(const struct application *a, error *err)
{
    struct shelflife_renewal_replica *replica = a->replica;
    struct shelflife_renewal_cluster *cluster = &replica->cluster;
    enum shelflife_renewal_step step = a->plan->step;
    int64_t now = shelflife_renewal_cluster_now(cluster);
    CLEANUP(shelflife_buffer_free) buffer body;
    CLEANUP(shelflife_buffer_free) buffer note;
    CLEANUP(cleanup_fresh) struct fresh fresh = {0};
    struct shelflife_renewal_material material;
    shelflife_buffer_init(&body, BODY_MAX);
    shelflife_buffer_init(&note, NOTE_MAX);
    body.secret = true;
    write_note(a, &note);
    struct shelflife_renewal_change change = {.own_name = replica->self.name,
                                              .own_note = shelflife_buffer_str(&note),
                                              .clear_next = step == SHELFLIFE_RENEWAL_STEP_REMOVE_NEXT};
    if (step == SHELFLIFE_RENEWAL_STEP_ADD_NEXT) {
        if (!make_fresh(a, now, &fresh, &material, err))
            return false;
        change.next = &material;
    } else if (step == SHELFLIFE_RENEWAL_STEP_PROMOTE) {
        change.current = &a->observation->next;
        change.clear_next = true;
        change.drop_before = now;
    }
    shelflife_renewal_patch_secret(a->observation, &change, &body);
    return shelflife_renewal_cluster_send(cluster, SHELFLIFE_NET_HTTP_PATCH, &cluster->secret,
                                          "application/merge-patch+json", &body, a->conflict, err);
}

/* ---- The configuration ---- */

static bool write_bundle(const struct application *a, error *err)
{
    struct shelflife_renewal_replica *replica = a->replica;
    CLEANUP(shelflife_buffer_free) buffer pem;
    CLEANUP(shelflife_buffer_free) buffer body;
    shelflife_buffer_init(&pem, PEM_MAX);
    shelflife_buffer_init(&body, BODY_MAX);
    for (size_t i = 0; i < a->plan->bundle_count; i++) {
        str ca;
        if (shelflife_renewal_id_equal(&a->plan->bundle[i], &replica->self.serving))
            ca = shelflife_buffer_str(&replica->served.ca);
        else if (!shelflife_renewal_find_ca(a->observation, &a->plan->bundle[i], &ca))
            continue; /* the replica that serves it has it, and will add it */
        shelflife_buffer_append(&pem, ca);
    }
    if (pem.failed)
        return shelflife_fail_memory(err);
    shelflife_renewal_patch_bundle(a->observation, shelflife_buffer_str(&pem), &body);
    return shelflife_renewal_cluster_send(&replica->cluster, SHELFLIFE_NET_HTTP_PATCH,
                                          &replica->cluster.configuration, "application/json-patch+json",
                                          &body, a->conflict, err);
}

/* ---- Serving ---- */

static bool serve(const struct application *a, error *err)
{
    struct shelflife_renewal_replica *replica = a->replica;
    const struct shelflife_renewal_observation *observation = a->observation;
    const struct shelflife_renewal_material *m = a->plan->next ? &observation->next : &observation->current;
    const struct shelflife_renewal_pair *pair =
        a->plan->next ? &observation->state.next : &observation->state.current;
    CLEANUP(shelflife_buffer_free) buffer ca;
    shelflife_buffer_init(&ca, PEM_MAX);
    shelflife_buffer_append(&ca, m->ca);
    if (ca.failed)
        return shelflife_fail_memory(err);
    if (!replica->host.serve(replica->host.context, m->certificate, m->key,
                             shelflife_renewal_cluster_now(&replica->cluster), err))
        return false;
    shelflife_buffer_free(&replica->served.ca);
    replica->served.ca = ca;
    ca = (buffer){0};
    snprintf(replica->served.serial, sizeof(replica->served.serial), "%.*s", STR_PRINT(m->serial));
    replica->self.serving = pair->id;
    replica->self.serving_until = pair->until;
    return true;
}

bool shelflife_renewal_apply(struct shelflife_renewal_replica *replica,
                             const struct shelflife_renewal_observation *observation,
                             const struct shelflife_renewal_plan *plan, bool *conflict, error *err)
{
    const struct application a = {replica, observation, plan, conflict};
    *conflict = false;
    switch (plan->step) {
    case SHELFLIFE_RENEWAL_STEP_WAIT:
        return true;
    case SHELFLIFE_RENEWAL_STEP_SERVE:
        return serve(&a, err);
    case SHELFLIFE_RENEWAL_STEP_UPDATE_BUNDLES:
        return write_bundle(&a, err);
    case SHELFLIFE_RENEWAL_STEP_ANNOTATE:
    case SHELFLIFE_RENEWAL_STEP_ADD_NEXT:
    case SHELFLIFE_RENEWAL_STEP_PROMOTE:
    case SHELFLIFE_RENEWAL_STEP_REMOVE_NEXT:
        break;
    }
    return write_secret(&a, err);
}
