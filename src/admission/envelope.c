#include "admission/envelope.h"

#include "workload/kinds.h"

enum place { OUTSIDE, TOP, REQUEST, REQUEST_KIND, RESOURCE, USER_INFO, PLACES };

static const unsigned char parent_of[PLACES] = {
    [TOP] = OUTSIDE, [REQUEST] = TOP, [REQUEST_KIND] = REQUEST, [RESOURCE] = REQUEST, [USER_INFO] = REQUEST,
};

enum type { TYPE_STRING, TYPE_BOOL, TYPE_MAP, TYPE_OBJECT };

static const char *const type_names[] = {
    [TYPE_STRING] = "a string", [TYPE_BOOL] = "true or false", [TYPE_MAP] = "a map", [TYPE_OBJECT] = "a map"};

struct envelope_field {
    enum place place;
    str key;
    const char *path;
    enum type type;
    unsigned at; /* TYPE_STRING: which string; TYPE_MAP: the place inside */
};

enum {
    FIELD_UID = 3,
    FIELD_OBJECT,
    FIELD_OLD_OBJECT,
    FIELD_KIND,
    FIELD_NAMESPACE,
    FIELD_OBJECT_GROUP = 14,
    FIELD_GROUP = 16,
    FIELD_USER = 18,
};

/* Those of one place are next to each other. */
static const unsigned char first_field[PLACES] = {
    [REQUEST] = FIELD_UID,
    [REQUEST_KIND] = FIELD_OBJECT_GROUP,
    [RESOURCE] = FIELD_GROUP,
    [USER_INFO] = FIELD_USER,
};

static const struct envelope_field fields[] = {
    {TOP, STR_INIT("apiVersion"), "apiVersion", TYPE_STRING, ADMISSION_ENVELOPE_API_VERSION},
    {TOP, STR_INIT("kind"), "kind", TYPE_STRING, ADMISSION_ENVELOPE_KIND},
    {TOP, STR_INIT("request"), "request", TYPE_MAP, REQUEST},
    [FIELD_UID] = {REQUEST, STR_INIT("uid"), "request.uid", TYPE_STRING, ADMISSION_ENVELOPE_UID},
    [FIELD_OBJECT] = {REQUEST, STR_INIT("object"), "request.object", TYPE_OBJECT, 0},
    [FIELD_OLD_OBJECT] = {REQUEST, STR_INIT("oldObject"), "request.oldObject", TYPE_OBJECT, 0},
    [FIELD_KIND] = {REQUEST, STR_INIT("kind"), "request.kind", TYPE_MAP, REQUEST_KIND},
    [FIELD_NAMESPACE] = {REQUEST, STR_INIT("namespace"), "request.namespace", TYPE_STRING,
                         ADMISSION_ENVELOPE_NAMESPACE},
    {REQUEST, STR_INIT("operation"), "request.operation", TYPE_STRING, ADMISSION_ENVELOPE_OPERATION},
    {REQUEST, STR_INIT("name"), "request.name", TYPE_STRING, ADMISSION_ENVELOPE_NAME},
    {REQUEST, STR_INIT("subResource"), "request.subResource", TYPE_STRING, ADMISSION_ENVELOPE_SUBRESOURCE},
    {REQUEST, STR_INIT("resource"), "request.resource", TYPE_MAP, RESOURCE},
    {REQUEST, STR_INIT("userInfo"), "request.userInfo", TYPE_MAP, USER_INFO},
    {REQUEST, STR_INIT("dryRun"), "request.dryRun", TYPE_BOOL, 0},
    [FIELD_OBJECT_GROUP] = {REQUEST_KIND, STR_INIT("group"), "request.kind.group", TYPE_STRING,
                            ADMISSION_ENVELOPE_OBJECT_GROUP},
    {REQUEST_KIND, STR_INIT("kind"), "request.kind.kind", TYPE_STRING, ADMISSION_ENVELOPE_OBJECT_KIND},
    [FIELD_GROUP] = {RESOURCE, STR_INIT("group"), "request.resource.group", TYPE_STRING,
                     ADMISSION_ENVELOPE_GROUP},
    {RESOURCE, STR_INIT("resource"), "request.resource.resource", TYPE_STRING, ADMISSION_ENVELOPE_RESOURCE},
    [FIELD_USER] = {USER_INFO, STR_INIT("username"), "request.userInfo.username", TYPE_STRING,
                    ADMISSION_ENVELOPE_USER},
};
_Static_assert(COUNT(fields) <= 32, "`seen` has a bit for each field");

static bool seen(const struct admission_envelope *e, unsigned field)
{
    return e->seen & (UINT32_C(1) << field);
}

static bool equals(const struct admission_envelope *e, enum admission_envelope_string which, str s)
{
    return shelflife_str_equal(e->string[which], s);
}

enum piece { PIECE_MORE, PIECE_WHOLE, PIECE_TOO_LONG, PIECE_NO_MEMORY };

/* Joins the fragments of a token. After the last one, *text is the whole token until it is reset. */
static enum piece collect(struct admission_envelope *e, str *text, bool last, size_t max)
{
    if (text->len > max - e->token.len)
        return PIECE_TOO_LONG;
    if (last && e->token.len == 0)
        return PIECE_WHOLE;
    shelflife_buffer_append(&e->token, *text);
    *text = shelflife_buffer_str(&e->token);
    return e->token.failed ? PIECE_NO_MEMORY : last ? PIECE_WHOLE : PIECE_MORE;
}

void shelflife_admission_envelope_begin(struct admission_envelope *e)
{
    e->mode = e->path_mode == SHELFLIFE_MODE_POLICY ? SHELFLIFE_MODE_ENFORCE : e->path_mode;
}

/* As the namespace is read, or absent, or null. */
static void settle_mode(struct admission_envelope *e)
{
    e->mode = shelflife_policy_mode(e->policy, e->string[ADMISSION_ENVELOPE_NAMESPACE], e->path_mode);
}

static size_t find_field(unsigned place, str key)
{
    for (size_t i = first_field[place]; i < COUNT(fields) && fields[i].place == place; i++)
        if (shelflife_str_equal(fields[i].key, key))
            return i;
    return COUNT(fields);
}

NOINLINE static enum shelflife_json_next on_key(struct admission_envelope *e, str key, bool last, error *err)
{
    enum { LONGEST_KEY = 16 };
    enum piece piece = collect(e, &key, last, LONGEST_KEY);
    if (piece == PIECE_MORE)
        return SHELFLIFE_JSON_CONTINUE;
    if (piece == PIECE_NO_MEMORY) {
        shelflife_fail_memory(err);
        return SHELFLIFE_JSON_STOP;
    }
    size_t i = piece == PIECE_WHOLE ? find_field(e->place, key) : COUNT(fields);
    shelflife_buffer_reset(&e->token);
    if (i == COUNT(fields))
        return SHELFLIFE_JSON_SKIP;
    if (seen(e, (unsigned)i)) {
        shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s is given twice", fields[i].path);
        return SHELFLIFE_JSON_STOP;
    }
    e->seen |= UINT32_C(1) << i;
    e->field = &fields[i];
    if (i == FIELD_NAMESPACE)
        settle_mode(e);
    return fields[i].type == TYPE_OBJECT && !shelflife_admission_envelope_counts(e) ? SHELFLIFE_JSON_SKIP
                                                                                    : SHELFLIFE_JSON_CONTINUE;
}

static enum shelflife_json_next on_string(struct admission_envelope *e, str text, bool last, error *err)
{
    const struct envelope_field *field = e->field;
    const int max =
        field->at == ADMISSION_ENVELOPE_UID ? ADMISSION_ENVELOPE_UID_MAX : ADMISSION_ENVELOPE_STRING_MAX;
    enum piece piece = collect(e, &text, last, (size_t)max);
    if (piece == PIECE_MORE)
        return SHELFLIFE_JSON_CONTINUE;
    bool ok = false;
    if (piece == PIECE_TOO_LONG)
        shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "%s is longer than %d bytes", field->path, max);
    else if (piece == PIECE_NO_MEMORY)
        shelflife_fail_memory(err);
    else if (!shelflife_str_is_utf8(text))
        shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s must be UTF-8", field->path);
    else
        ok = shelflife_arena_copy(e->strings, text, &e->string[field->at]) ||
             shelflife_arena_fail(e->strings, err);
    shelflife_buffer_reset(&e->token);
    if (field == &fields[FIELD_NAMESPACE])
        settle_mode(e);
    return ok ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
}

/* The end of a map may end the object, and so may its start, if the object is skipped. */
NOINLINE static enum shelflife_json_next on_object(struct admission_envelope *e,
                                                   enum shelflife_json_event event, str text, bool last,
                                                   error *err)
{
    enum shelflife_json_next next = shelflife_extractor_event(e->extractor, event, text, last, err);
    if (next == SHELFLIFE_JSON_STOP || !shelflife_extractor_done(e->extractor))
        return next;
    e->in_object = false;
    const struct shelflife_object *object = shelflife_extractor_object(e->extractor, err);
    if (!object)
        return SHELFLIFE_JSON_STOP;
    *(e->field == &fields[FIELD_OBJECT] ? &e->object : &e->old_object) = object;
    return next;
}

NOINLINE static enum shelflife_json_next on_value(struct admission_envelope *e,
                                                  enum shelflife_json_event event, str text, bool last,
                                                  error *err)
{
    static const char *const names[] = {
        [SHELFLIFE_JSON_MAP_START] = "a map", [SHELFLIFE_JSON_ARRAY_START] = "a list",
        [SHELFLIFE_JSON_STRING] = "a string", [SHELFLIFE_JSON_NUMBER] = "a number",
        [SHELFLIFE_JSON_TRUE] = "true",       [SHELFLIFE_JSON_FALSE] = "false",
        [SHELFLIFE_JSON_NULL] = "null",
    };
    const struct envelope_field *field = e->field;
    if (event == SHELFLIFE_JSON_NULL && field)
        return SHELFLIFE_JSON_CONTINUE;
    if (event == SHELFLIFE_JSON_STRING && field && field->type == TYPE_STRING)
        return on_string(e, text, last, err);
    if (event == SHELFLIFE_JSON_MAP_START && (!field || field->type == TYPE_MAP)) {
        e->place = field ? field->at : TOP;
        return SHELFLIFE_JSON_CONTINUE;
    }
    if (event == SHELFLIFE_JSON_MAP_START && field->type == TYPE_OBJECT) {
        e->in_object = true;
        e->unannounced |= e->string[ADMISSION_ENVELOPE_OBJECT_KIND].len == 0;
        shelflife_extractor_begin(e->extractor, shelflife_policy_shapes(e->policy),
                                  e->string[ADMISSION_ENVELOPE_OBJECT_GROUP],
                                  e->string[ADMISSION_ENVELOPE_OBJECT_KIND], NULL);
        shelflife_extractor_sink(e->extractor, e->sink, e->sink_context, e->sink_key);
        return on_object(e, event, text, last, err);
    }
    if ((event == SHELFLIFE_JSON_TRUE || event == SHELFLIFE_JSON_FALSE) && field &&
        field->type == TYPE_BOOL) {
        e->dry_run = event == SHELFLIFE_JSON_TRUE;
        return SHELFLIFE_JSON_CONTINUE;
    }
    shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s must be %s, not %s", field ? field->path : "the body",
                   field ? type_names[field->type] : "an AdmissionReview, a map", names[event]);
    return SHELFLIFE_JSON_STOP;
}

enum shelflife_json_next shelflife_admission_envelope_event(void *envelope, enum shelflife_json_event event,
                                                            str text, bool last, error *err)
{
    struct admission_envelope *e = envelope;
    if (e->in_object && event != SHELFLIFE_JSON_MAP_START && event != SHELFLIFE_JSON_MAP_END)
        return shelflife_extractor_event(e->extractor, event, text, last, err);
    if (e->in_object)
        return on_object(e, event, text, last, err);
    if (event == SHELFLIFE_JSON_KEY)
        return on_key(e, text, last, err);
    if (event == SHELFLIFE_JSON_MAP_END) {
        e->place = parent_of[e->place];
        return SHELFLIFE_JSON_CONTINUE;
    }
    return on_value(e, event, text, last, err);
}

bool shelflife_admission_envelope_counts(const struct admission_envelope *e)
{
    str sub = e->string[ADMISSION_ENVELOPE_SUBRESOURCE];
    if (equals(e, ADMISSION_ENVELOPE_OPERATION, STR("DELETE")) ||
        equals(e, ADMISSION_ENVELOPE_OPERATION, STR("CONNECT")))
        return false;
    if (sub.len && !shelflife_str_equal(sub, STR("ephemeralcontainers")))
        return false;
    return (!e->whole && !seen(e, FIELD_NAMESPACE)) || e->mode != SHELFLIFE_MODE_OFF;
}

bool shelflife_admission_envelope_is_old(const struct admission_envelope *e)
{
    return e->field == &fields[FIELD_OLD_OBJECT];
}

bool shelflife_admission_envelope_settles(const struct admission_envelope *e)
{
    return e->whole || (seen(e, FIELD_NAMESPACE) && e->string[ADMISSION_ENVELOPE_OPERATION].len);
}

static bool known_version(const struct admission_envelope *e)
{
    return equals(e, ADMISSION_ENVELOPE_API_VERSION, STR("admission.k8s.io/v1")) ||
           equals(e, ADMISSION_ENVELOPE_API_VERSION, STR("admission.k8s.io/v1beta1"));
}

str shelflife_admission_envelope_version(const struct admission_envelope *e)
{
    return known_version(e) ? e->string[ADMISSION_ENVELOPE_API_VERSION] : STR("admission.k8s.io/v1");
}

/* An object that came before request.kind was read by its own kind, which must be the same. */
static bool check_kind(const struct admission_envelope *e, const struct shelflife_object *object, error *err)
{
    str kind = e->string[ADMISSION_ENVELOPE_OBJECT_KIND], group = e->string[ADMISSION_ENVELOPE_OBJECT_GROUP];
    if (!e->unannounced || !object || !kind.len)
        return true;
    if (shelflife_str_equal(kind, object->kind) &&
        shelflife_str_equal(group, shelflife_workload_group_of(object->api_version)))
        return true;
    return shelflife_fail(
        err, SHELFLIFE_ERROR_INPUT,
        "request.kind is %.*s of group \"%.*s\", but the object in the request is %.*s of %.*s",
        STR_PRINT(kind), STR_PRINT(group), STR_PRINT(object->kind), STR_PRINT(object->api_version));
}

bool shelflife_admission_envelope_check(struct admission_envelope *e, error *err)
{
    static const char *const operations[] = {"CREATE", "UPDATE", "DELETE", "CONNECT"};
    e->whole = true;
    if (!seen(e, FIELD_NAMESPACE))
        settle_mode(e);
    if (!known_version(e) || !equals(e, ADMISSION_ENVELOPE_KIND, STR("AdmissionReview")))
        return shelflife_fail(
            err, SHELFLIFE_ERROR_INPUT,
            "the body must be of kind AdmissionReview, admission.k8s.io/v1 or v1beta1, but is "
            "of kind \"%.*s\", \"%.*s\"",
            STR_PRINT(e->string[ADMISSION_ENVELOPE_KIND]),
            STR_PRINT(e->string[ADMISSION_ENVELOPE_API_VERSION]));
    if (!e->string[ADMISSION_ENVELOPE_UID].len)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "request.uid is missing");
    size_t i = 0;
    while (i < COUNT(operations) && !equals(e, ADMISSION_ENVELOPE_OPERATION, shelflife_str_of(operations[i])))
        i++;
    if (i == COUNT(operations))
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                              "request.operation must be CREATE, UPDATE, DELETE or CONNECT, but is \"%.*s\"",
                              STR_PRINT(e->string[ADMISSION_ENVELOPE_OPERATION]));
    if (!shelflife_admission_envelope_counts(e))
        return true;
    if (!e->object)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "request.object is missing");
    return check_kind(e, e->object, err) && check_kind(e, e->old_object, err);
}
