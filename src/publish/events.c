#include "publish/internal.h"
#include "publish/publish.h"
#include "report/internal.h"

static bool is_worth_an_event(const struct shelflife_audit_entry *e)
{
    return !shelflife_report_suppressed(e) && e->action != SHELFLIFE_ALLOW && e->workload->name.len &&
           e->workload->seen;
}

/* "2026-11-23T09:41:00Z" */
static void put_time(int64_t seconds, buffer *out)
{
    char text[SHELFLIFE_TIME_TEXT_MAX];
    shelflife_buffer_append(out, (str){text, shelflife_time_format(seconds, 'T', text)});
    shelflife_buffer_byte(out, 'Z');
}

/* A finding's Event always has the same name, so the API server refuses a second one. */
static void put_event_name(const struct shelflife_audit_entry *e, buffer *out)
{
    enum { EVENT_NAME_MAX = 200 };
    char fingerprint[SHELFLIFE_AUDIT_FINGERPRINT];
    shelflife_audit_fingerprint(e, fingerprint);
    str name = shelflife_str_first(e->workload->name, EVENT_NAME_MAX);
    while (name.len && (name.at[name.len - 1] == '.' || name.at[name.len - 1] == '-'))
        name.len--;
    shelflife_buffer_append(out, name);
    shelflife_buffer_format(out, ".%s.%s", fingerprint, shelflife_phase_name(e->image->verdict.phase));
}

/* Events about cluster-wide objects are in the default namespace. */
static str event_namespace(const struct shelflife_audit_entry *e)
{
    return e->workload->namespace.len ? e->workload->namespace : STR("default");
}

static void write_involved(struct shelflife_json_writer *json, const struct shelflife_audit_entry *e, str uid)
{
    shelflife_json_member_map(json, "involvedObject");
    shelflife_json_member_string(json, "apiVersion", e->workload->api_version);
    shelflife_json_member_string(json, "kind", e->workload->kind);
    if (e->workload->namespace.len)
        shelflife_json_member_string(json, "namespace", e->workload->namespace);
    shelflife_json_member_string(json, "name", e->workload->name);
    shelflife_json_member_string(json, "uid", uid);
    shelflife_json_write_end(json);
}

static const char *reason_of(const struct shelflife_audit_entry *e)
{
    static const char *const reasons[] = {
        [SHELFLIFE_PHASE_SUPPORTED] = "ImageSupported",     [SHELFLIFE_PHASE_UNLISTED] = "ImageUnlisted",
        [SHELFLIFE_PHASE_UNRESOLVED] = "ImageUnresolved",   [SHELFLIFE_PHASE_INVALID] = "ImageInvalid",
        [SHELFLIFE_PHASE_ENDING] = "ImageEnding",           [SHELFLIFE_PHASE_UNPATCHED] = "ImageUnpatched",
        [SHELFLIFE_PHASE_UNAVAILABLE] = "ImageUnavailable",
    };
    return reasons[e->image->verdict.phase];
}

static void write_event(const struct publish_run *run, const struct shelflife_audit_entry *e, str uid,
                        buffer *out)
{
    struct shelflife_json_writer json;
    buffer text CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&text, PUBLISH_OBJECT_MAX);
    shelflife_buffer_reset(out);
    shelflife_json_writer_init(&json, out);
    shelflife_json_write_map(&json);
    shelflife_json_member_text(&json, "apiVersion", "v1");
    shelflife_json_member_text(&json, "kind", "Event");
    shelflife_json_member_map(&json, "metadata");
    put_event_name(e, &text);
    shelflife_json_member_string(&json, "name", shelflife_buffer_str(&text));
    shelflife_json_member_string(&json, "namespace", event_namespace(e));
    shelflife_json_write_end(&json);
    write_involved(&json, e, uid);
    shelflife_json_member_text(&json, "type", "Warning");
    shelflife_json_member_text(&json, "reason", reason_of(e));
    shelflife_buffer_reset(&text);
    shelflife_report_put_message(e, &text);
    shelflife_json_member_string(&json, "message", shelflife_buffer_str(&text));
    shelflife_json_member_map(&json, "source");
    shelflife_json_member_text(&json, "component", PUBLISH_MANAGER);
    shelflife_json_write_end(&json);
    shelflife_buffer_reset(&text);
    put_time(run->options->now, &text);
    shelflife_json_member_string(&json, "firstTimestamp", shelflife_buffer_str(&text));
    shelflife_json_member_string(&json, "lastTimestamp", shelflife_buffer_str(&text));
    shelflife_json_member_integer(&json, "count", 1);
    shelflife_json_write_end(&json);
    out->failed |= text.failed;
}

/* The resource of a kind, by the workload's apiVersion: "apps/v1". */
static const char *resource_of(const struct publish_run *run, const struct shelflife_audit_workload *workload)
{
    str api = workload->api_version;
    size_t slash = shelflife_str_find(api, '/');
    str group = slash == SIZE_MAX ? (str){0} : shelflife_str_first(api, slash);
    for (size_t i = 0; i < run->resources.count; i++) {
        const struct shelflife_kube_resource *r = &run->resources.items[i];
        if (shelflife_str_equal(shelflife_str_of(r->kind), workload->kind) &&
            shelflife_str_equal(shelflife_str_of(r->group), group))
            return r->name;
    }
    return NULL;
}

static bool workload_path(const struct publish_run *run, const struct shelflife_audit_workload *workload,
                          buffer *path, error *err)
{
    str api = workload->api_version;
    size_t slash = shelflife_str_find(api, '/');
    const char *resource = resource_of(run, workload);
    const struct shelflife_kube_target target = {
        .group = slash == SIZE_MAX ? (str){0} : shelflife_str_first(api, slash),
        .version = slash == SIZE_MAX ? api : shelflife_str_after(api, slash + 1),
        .namespace = workload->namespace,
        .resource = shelflife_str_of(resource),
        .name = workload->name,
    };
    if (!resource)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "the cluster no longer has the kind %.*s",
                              STR_PRINT(workload->kind));
    return shelflife_kube_path(path, &target, err);
}

/* `kubectl describe` shows Events by the owner's uid. */
static bool read_workload_uid(struct publish_run *run, const struct shelflife_audit_workload *workload,
                              buffer *uid, error *err)
{
    buffer path CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&path, PUBLISH_PATH_MAX);
    return workload_path(run, workload, &path, err) &&
           shelflife_publish_read_uid(run, shelflife_buffer_str(&path), uid, err);
}

static bool event_path(str namespace, str name, buffer *path, error *err)
{
    const struct shelflife_kube_target target = {
        .version = STR("v1"), .namespace = namespace, .resource = STR("events"), .name = name};
    shelflife_buffer_reset(path);
    return shelflife_kube_path(path, &target, err);
}

/* Whether the cluster still has the Event; an answer that cannot be read counts as no. */
static bool event_exists(struct publish_run *run, const struct shelflife_audit_entry *e, buffer *path)
{
    buffer name CLEANUP(shelflife_buffer_free), body CLEANUP(shelflife_buffer_free);
    struct shelflife_kube_reply reply;
    shelflife_buffer_init(&name, PUBLISH_PATH_MAX);
    shelflife_buffer_init(&body, PUBLISH_OBJECT_MAX);
    put_event_name(e, &name);
    return event_path(event_namespace(e), shelflife_buffer_str(&name), path, NULL) &&
           shelflife_kube_get(run->client, shelflife_buffer_str(path), &body, &reply, NULL);
}

static bool make_event(struct publish_run *run, const struct shelflife_audit_entry *e, error *err)
{
    buffer path CLEANUP(shelflife_buffer_free), object CLEANUP(shelflife_buffer_free),
        uid CLEANUP(shelflife_buffer_free);
    struct shelflife_kube_reply reply = {0};
    shelflife_buffer_init(&path, PUBLISH_PATH_MAX);
    shelflife_buffer_init(&object, PUBLISH_OBJECT_MAX);
    shelflife_buffer_init(&uid, PUBLISH_UID_MAX);
    if (event_exists(run, e, &path)) {
        run->outcome->events_known++;
        return true;
    }
    if (!read_workload_uid(run, e->workload, &uid, err))
        return false;
    write_event(run, e, shelflife_buffer_str(&uid), &object);
    if (object.failed)
        return shelflife_fail_memory(err);
    if (!event_path(event_namespace(e), (str){0}, &path, err))
        return false;
    bool made = shelflife_kube_create(run->client, shelflife_buffer_str(&path), shelflife_buffer_str(&object),
                                      &reply, err);
    run->outcome->events += made;
    run->outcome->events_known += !made && reply.status == 409;
    return made || reply.status == 409;
}

void shelflife_publish_events(struct publish_run *run)
{
    unsigned tried = 0;
    for (size_t i = 0; i < run->result->finding_count && tried < run->options->events &&
                       !shelflife_publish_is_cancelled(run);
         i++) {
        const struct shelflife_audit_entry *e = run->result->findings[i];
        error why;
        if (!is_worth_an_event(e))
            continue;
        tried++;
        if (!make_event(run, e, &why))
            shelflife_publish_count_failure(run, &why);
    }
}
