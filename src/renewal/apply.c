/* The requests: reading both objects, and the steps. */
#include "pki/pki.h"
#include "renewal/internal.h"

enum { OBJECT_MAX = 16 << 20, PEM_MAX = 1 << 20, NOTE_MAX = 1024, NAMES_MAX = 64 };

static const char merge_patch[] = "application/merge-patch+json";
static const char json_patch[] = "application/json-patch+json";

/* ---- Reading ---- */

static void keep_time(struct shelflife_renewal_renewal *u, const struct shelflife_kube_reply *reply)
{
    if (!reply->date)
        return;
    pthread_mutex_lock(&u->status.lock);
    u->status.date = reply->date;
    u->status.date_ms = shelflife_renewal_renewal_ms();
    pthread_mutex_unlock(&u->status.lock);
}

/* Reads an object; *there is false if it does not exist. */
static bool get(struct shelflife_renewal_renewal *u, const buffer *path, buffer *body, bool *there,
                error *err)
{
    struct shelflife_kube_reply reply;
    bool ok = shelflife_kube_get(u->client, shelflife_buffer_str(path), body, &reply, err);
    keep_time(u, &reply);
    *there = ok;
    return ok || reply.status == 404;
}

/* The configuration first: a write of it that is based on this look must know every note that was there
   when it was read. */
bool shelflife_renewal_renewal_look(struct shelflife_renewal_renewal *u,
                                    struct shelflife_renewal_renewal_look *look, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer configuration;
    CLEANUP(shelflife_pki_wipe) buffer secret;
    bool there;
    shelflife_buffer_init(&configuration, OBJECT_MAX);
    shelflife_buffer_init(&secret, OBJECT_MAX);
    if (!get(u, &u->configuration_path, &configuration, &there, err))
        return false;
    if (there &&
        !shelflife_renewal_renewal_look_at_configuration(look, shelflife_buffer_str(&configuration), err))
        return false;
    if (!get(u, &u->secret_path, &secret, &there, err))
        return false;
    return !there || shelflife_renewal_renewal_look_at_secret(look, shelflife_buffer_str(&secret),
                                                              u->config.names, u->config.name_count, err);
}

/* ---- Writing ---- */

static bool send(struct shelflife_renewal_renewal *u, enum shelflife_http_method method, const buffer *path,
                 const char *type, const buffer *body, bool *conflict, error *err)
{
    static const struct shelflife_kube_query manager[] = {{"fieldManager", STR_INIT("shelflife")}};
    if (body->failed)
        return shelflife_fail_memory(err);
    const struct shelflife_kube_request request = {.method = method,
                                                   .path = shelflife_buffer_str(path),
                                                   .query = manager,
                                                   .query_count = COUNT(manager),
                                                   .content_type = type,
                                                   .body = shelflife_buffer_str(body)};
    struct shelflife_kube_reply reply;
    bool ok = shelflife_kube_request(u->client, &request, &reply, err);
    keep_time(u, &reply);
    /* It was changed, made or deleted since we looked. */
    *conflict = !ok && (reply.status == 409 || reply.status == 404);
    return ok;
}

static str serial_of(const struct shelflife_renewal_renewal *u,
                     const struct shelflife_renewal_renewal_look *look,
                     const struct shelflife_renewal_renewal_id *id)
{
    if (shelflife_renewal_renewal_id_equal(&u->self.serving, id))
        return shelflife_str_of(u->served.serial);
    if (look->seen.next.sound && shelflife_renewal_renewal_id_equal(&look->seen.next.id, id))
        return look->next.serial;
    return look->current.serial;
}

static void write_note(const struct shelflife_renewal_renewal *u,
                       const struct shelflife_renewal_renewal_look *look,
                       const struct shelflife_renewal_renewal_plan *plan, buffer *out)
{
    for (size_t i = 0; i < plan->note_count; i++)
        shelflife_buffer_format(out, "%sca:%s serial:%.*s", i ? " " : "", plan->note[i].text,
                                STR_PRINT(serial_of(u, look, &plan->note[i])));
}

/* A new pair. The names are ours, and with `merge` those of the certificate that there is. */
struct fresh {
    buffer ca, certificate, key;
};

static void cleanup_fresh(struct fresh *fresh)
{
    shelflife_buffer_free(&fresh->ca);
    shelflife_buffer_free(&fresh->certificate);
    shelflife_pki_wipe(&fresh->key);
}

static void add_name(const str *names[], size_t *count, const str *name)
{
    for (size_t i = 0; i < *count; i++)
        if (shelflife_str_equal(*names[i], *name))
            return;
    if (*count < NAMES_MAX)
        names[(*count)++] = name;
}

static bool make_fresh(struct shelflife_renewal_renewal *u, const struct shelflife_renewal_renewal_look *look,
                       bool merge, struct fresh *fresh, struct shelflife_renewal_renewal_material *out,
                       error *err)
{
    const struct shelflife_renewal_renewal_material *there =
        look->seen.next.sound ? &look->next : &look->current;
    const str *all[NAMES_MAX];
    str names[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < u->config.name_count; i++)
        add_name(all, &count, &u->config.names[i]);
    for (size_t i = 0; merge && i < there->name_count; i++)
        add_name(all, &count, &there->names[i]);
    for (size_t i = 0; i < count; i++)
        names[i] = *all[i];
    shelflife_buffer_init(&fresh->ca, PEM_MAX);
    shelflife_buffer_init(&fresh->certificate, PEM_MAX);
    shelflife_buffer_init(&fresh->key, PEM_MAX);
    if (!shelflife_pki_make_pair(names, count, shelflife_renewal_renewal_now(u), u->config.life, &fresh->ca,
                                 &fresh->certificate, &fresh->key, err))
        return false;
    *out =
        (struct shelflife_renewal_renewal_material){.certificate = shelflife_buffer_str(&fresh->certificate),
                                                    .key = shelflife_buffer_str(&fresh->key),
                                                    .ca = shelflife_buffer_str(&fresh->ca)};
    return true;
}

static bool write_secret(struct shelflife_renewal_renewal *u,
                         const struct shelflife_renewal_renewal_look *look,
                         const struct shelflife_renewal_renewal_plan *plan, bool *conflict, error *err)
{
    CLEANUP(shelflife_pki_wipe) buffer body;
    CLEANUP(shelflife_buffer_free) buffer note;
    CLEANUP(cleanup_fresh) struct fresh fresh = {0};
    struct shelflife_renewal_renewal_material material;
    shelflife_buffer_init(&body, OBJECT_MAX);
    shelflife_buffer_init(&note, NOTE_MAX);
    write_note(u, look, plan, &note);
    struct shelflife_renewal_renewal_change change = {.own_name = u->self.name,
                                                      .own_note = shelflife_buffer_str(&note)};
    bool create = plan->step == SHELFLIFE_RENEWAL_RENEWAL_CREATE,
         make = plan->step == SHELFLIFE_RENEWAL_RENEWAL_MAKE;
    if (create || make) {
        if (!make_fresh(u, look, plan->merge, &fresh, &material, err))
            return false;
        change.next = &material;
    }
    change.clear_next = plan->step == SHELFLIFE_RENEWAL_RENEWAL_CLEAR;
    if (plan->step == SHELFLIFE_RENEWAL_RENEWAL_PROMOTE) {
        change.current = &look->next;
        change.clear_next = true;
        change.drop_before = shelflife_renewal_renewal_now(u);
    }
    if (create)
        shelflife_renewal_renewal_write_secret(u->config.secret_namespace, u->config.secret_name, &change,
                                               &body);
    else
        shelflife_renewal_renewal_write_patch(look, &change, &body);
    return create ? send(u, SHELFLIFE_HTTP_POST, &u->secrets_path, "application/json", &body, conflict, err)
                  : send(u, SHELFLIFE_HTTP_PATCH, &u->secret_path, merge_patch, &body, conflict, err);
}

static bool write_bundle(struct shelflife_renewal_renewal *u,
                         const struct shelflife_renewal_renewal_look *look,
                         const struct shelflife_renewal_renewal_plan *plan, bool *conflict, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer pem;
    CLEANUP(shelflife_buffer_free) buffer body;
    shelflife_buffer_init(&pem, PEM_MAX);
    shelflife_buffer_init(&body, OBJECT_MAX);
    for (size_t i = 0; i < plan->bundle_count; i++) {
        str ca;
        if (shelflife_renewal_renewal_id_equal(&plan->bundle[i], &u->self.serving))
            ca = shelflife_buffer_str(&u->served.ca);
        else if (!shelflife_renewal_renewal_look_for_ca(look, &plan->bundle[i], &ca))
            continue; /* whoever serves it has it, and will add it */
        shelflife_buffer_append(&pem, ca);
    }
    if (pem.failed)
        return shelflife_fail_memory(err);
    shelflife_renewal_renewal_write_bundle(look, shelflife_buffer_str(&pem), &body);
    return send(u, SHELFLIFE_HTTP_PATCH, &u->configuration_path, json_patch, &body, conflict, err);
}

static bool serve(struct shelflife_renewal_renewal *u, const struct shelflife_renewal_renewal_look *look,
                  const struct shelflife_renewal_renewal_plan *plan, error *err)
{
    const struct shelflife_renewal_renewal_material *m = plan->next ? &look->next : &look->current;
    const struct shelflife_renewal_renewal_pair *pair = plan->next ? &look->seen.next : &look->seen.current;
    buffer ca;
    shelflife_buffer_init(&ca, PEM_MAX);
    shelflife_buffer_append(&ca, m->ca);
    if (ca.failed) {
        shelflife_buffer_free(&ca);
        return shelflife_fail_memory(err);
    }
    if (!u->host.serve(u->host.context, m->certificate, m->key, shelflife_renewal_renewal_now(u), err)) {
        shelflife_buffer_free(&ca);
        return false;
    }
    shelflife_buffer_free(&u->served.ca);
    u->served.ca = ca;
    snprintf(u->served.serial, sizeof(u->served.serial), "%.*s", STR_PRINT(m->serial));
    u->self.serving = pair->id;
    u->self.serving_until = pair->until;
    return true;
}

bool shelflife_renewal_renewal_act(struct shelflife_renewal_renewal *u,
                                   const struct shelflife_renewal_renewal_look *look,
                                   const struct shelflife_renewal_renewal_plan *plan, bool *conflict,
                                   error *err)
{
    *conflict = false;
    switch (plan->step) {
    case SHELFLIFE_RENEWAL_RENEWAL_WAIT:
        return true;
    case SHELFLIFE_RENEWAL_RENEWAL_SERVE:
        return serve(u, look, plan, err);
    case SHELFLIFE_RENEWAL_RENEWAL_BUNDLE:
        return write_bundle(u, look, plan, conflict, err);
    case SHELFLIFE_RENEWAL_RENEWAL_NOTE:
    case SHELFLIFE_RENEWAL_RENEWAL_CREATE:
    case SHELFLIFE_RENEWAL_RENEWAL_MAKE:
    case SHELFLIFE_RENEWAL_RENEWAL_PROMOTE:
    case SHELFLIFE_RENEWAL_RENEWAL_CLEAR:
        break;
    }
    return write_secret(u, look, plan, conflict, err);
}

bool shelflife_renewal_renewal_farewell(struct shelflife_renewal_renewal *u, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer body;
    bool gone = false;
    shelflife_buffer_init(&body, NOTE_MAX);
    shelflife_renewal_renewal_write_farewell(u->self.name, &body);
    return send(u, SHELFLIFE_HTTP_PATCH, &u->secret_path, merge_patch, &body, &gone, err) || gone;
}
