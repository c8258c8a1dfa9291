/* rooms: admission policy inventory catalog workload reference json base */
#include "unit/review_kit.h"

/* On 2026-11-23: dead is unavailable since 2021, doomed since 2025, old unpatched, soon ending, fine is not.
 */
static const char CATALOG[] =
    "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Catalog\", \"name\": \"test\", \"asOf\": "
    "\"2026-11-01\","
    " \"products\": ["
    "  {\"name\": \"dead\", \"title\": \"Dead\", \"repositories\": [\"r.test/dead\"],"
    "   \"rows\": [{\"release\": \"1\", \"endOfPatch\": \"2020-01-01\", \"endOfAvailability\": "
    "\"2021-01-01\"}]},"
    "  {\"name\": \"doomed\", \"title\": \"Doomed\", \"repositories\": [\"r.test/doomed\"],"
    "   \"rows\": [{\"release\": \"1\", \"endOfPatch\": \"2024-01-01\", \"endOfAvailability\": "
    "\"2025-01-01\"}]},"
    "  {\"name\": \"old\", \"title\": \"Old\", \"repositories\": [\"r.test/old\"],"
    "   \"evidence\": [{\"env\": \"OLD_VERSION\"}],"
    "   \"rows\": [{\"release\": \"1\", \"endOfPatch\": \"2025-01-01\"},"
    "             {\"release\": \"2\", \"endOfPatch\": \"2027-12-31\"}]},"
    "  {\"name\": \"soon\", \"title\": \"Soon\", \"repositories\": [\"r.test/soon\"],"
    "   \"rows\": [{\"release\": \"1\", \"endOfPatch\": \"2026-12-01\"}]},"
    "  {\"name\": \"fine\", \"title\": \"Fine\", \"repositories\": [\"r.test/fine\"],"
    "   \"rows\": [{\"release\": \"1\", \"endOfPatch\": \"2030-01-01\"}]}]}";

#define DEAD                                                                                                 \
    "container \\\"main\\\": r.test/dead:1: Dead 1 is past end of availability since 2021-01-01; no "        \
    "release to move to"
#define OLD "container \\\"main\\\": r.test/old:1: Old 1 is past end of patch since 2025-01-01; move to Old 2"

#define POLICY(body) "apiVersion: shelflife.dev/v1\nkind: Policy\n" body

static int setup(void **state)
{
    struct kit *kit = malloc(sizeof(*kit));
    assert_non_null(kit);
    kit_init(kit, "2026-11-23");
    kit_add_catalog(kit, shelflife_str_of(CATALOG), "test.json");
    kit_finish(kit);
    *state = kit;
    return 0;
}

static int teardown(void **state)
{
    kit_free(*state);
    free(*state);
    return 0;
}

/* A request in the order an API server writes it. */
struct request {
    const char *operation, *user, *namespace, *subresource;
    const char *group, *kind;        /* NULL: Pod */
    const char *object, *old_object; /* JSON; NULL: null */
};

static str write_request(const struct request *r, buffer *out)
{
    shelflife_buffer_reset(out);
    shelflife_buffer_format(
        out,
        "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{\"uid\":\"u-1\","
        "\"kind\":{\"group\":\"%s\",\"version\":\"v1\",\"kind\":\"%s\"},"
        "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"pods\"},"
        "%s%s%s\"requestKind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"
        "\"name\":\"p\",\"namespace\":\"%s\",\"operation\":\"%s\","
        "\"userInfo\":{\"username\":\"%s\",\"groups\":[\"g\"],\"extra\":{\"username\":[\"no\"]}},"
        "\"object\":%s,\"oldObject\":%s,\"dryRun\":false,\"options\":null}}",
        r->group ? r->group : "", r->kind ? r->kind : "Pod", r->subresource ? "\"subResource\":\"" : "",
        r->subresource ? r->subresource : "", r->subresource ? "\"," : "",
        r->namespace ? r->namespace : "team", r->operation, r->user ? r->user : "jane",
        r->object ? r->object : "null", r->old_object ? r->old_object : "null");
    assert_false(out->failed);
    return shelflife_buffer_str(out);
}

static str send(struct kit *kit, const struct request *r)
{
    buffer body;
    shelflife_buffer_init(&body, 64 << 20);
    str reply = kit_review(kit, write_request(r, &body), SIZE_MAX);
    shelflife_buffer_free(&body);
    return reply;
}

#define POD(containers) POD_OF("", containers)
#define POD_OF(metadata, containers)                                                                         \
    "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"p\"" metadata                          \
    "},\"spec\":{\"containers\":[" containers "]}}"
#define MAIN(image) "{\"name\":\"main\",\"image\":\"" image "\"}"
#define OWNER(kind)                                                                                          \
    ",\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"" kind                                     \
    "\",\"name\":\"o\",\"uid\":\"o\",\"controller\":true}]"
#define REPLICASET_CONTROLLER "system:serviceaccount:kube-system:replicaset-controller"
#define STATEFULSET_CONTROLLER "system:serviceaccount:kube-system:statefulset-controller"
#define REVISION                                                                                             \
    "{\"kind\":\"ControllerRevision\",\"apiVersion\":\"apps/v1\",\"metadata\":{\"name\":\"p\"" OWNER(        \
        "StatefulSet") "},\"data\":{\"spec\":{\"template\":{\"spec\":{\"containers\":[" MAIN("r.test/"       \
                                                                                             "dead:1") "]}}" \
                                                                                                       "}}}"

#define REPLY(rest)                                                                                          \
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"response\":{\"uid\":\"u-1\","    \
    "\"allowed\":" rest "}}"
#define NOTES(phase, action)                                                                                 \
    ",\"auditAnnotations\":{\"phase\":\"" phase "\",\"action\":\"" action "\",\"catalog\":\"sha256:0\""
#define WARNED(line) "true,\"warnings\":[\"shelflife: " line "\"]"
#define DENIED(line) "false,\"status\":{\"message\":\"" line "\",\"reason\":\"Forbidden\",\"code\":403}"
#define DEAD_DENIED REPLY(DENIED(DEAD) NOTES("unavailable", "deny") "}")
#define DEAD_WARNED REPLY(WARNED(DEAD) NOTES("unavailable", "warn") "}")
#define DEAD_NOTED REPLY("true" NOTES("unavailable", "warn") ",\"finding\":\"" DEAD "\"}")

static void replies_to(void **state)
{
    static const char KEEP[] = POLICY("existingWorkloads: keep\n");
    static const struct {
        const char *name;
        struct request request;
        const char *reply;
        const char *policy;
        enum shelflife_mode mode; /* OFF means POLICY */
    } cases[] = {
        {.name = "a dead image is denied", {"CREATE", .object = POD(MAIN("r.test/dead:1"))}, DEAD_DENIED},
        {.name = "an old one is warned about",
         {"CREATE", .object = POD(MAIN("r.test/old:1"))},
         REPLY(WARNED(OLD) NOTES("unpatched", "warn") "}")},
        {.name = "a good one is allowed",
         {"CREATE", .object = POD(MAIN("r.test/fine:1"))},
         REPLY("true" NOTES("supported", "allow") "}")},
        {.name = "an unknown one is allowed",
         {"CREATE", .object = POD(MAIN("other.test/x:1"))},
         REPLY("true" NOTES("unlisted", "allow") "}")},
        {.name = "no image, no judgement", {"CREATE", .object = POD("")}, REPLY("true")},
        {.name = "on deny the rest is warned about, the same line once",
         {"CREATE", .object = POD(MAIN("r.test/old:1") "," MAIN("r.test/dead:1") "," MAIN("r.test/old:1"))},
         REPLY("false,\"status\":{\"message\":\"" DEAD
               "\",\"reason\":\"Forbidden\",\"code\":403},\"warnings\":[\"shelflife: " OLD
               "\"]" NOTES("unavailable", "deny") "}")},
        {.name = "the worst first: phase, then the earlier date, then the place",
         {"CREATE", .object = POD("{\"name\":\"d\",\"image\":\"r.test/doomed:1\"}," MAIN("r.test/dead:1"))},
         REPLY("false,\"status\":{\"message\":\"" DEAD
               "; container \\\"d\\\": r.test/doomed:1: Doomed 1 is past end of availability since "
               "2025-01-01; no release to move to"
               "\",\"reason\":\"Forbidden\",\"code\":403}" NOTES("unavailable", "deny") "}")},
        {.name = "an image without a container is reported with its path",
         {"CREATE", .object = "{\"spec\":{\"volumes\":[{\"name\":\"v\",\"image\":{\"reference\":"
                              "\"r.test/dead:1\"}}]}}"},
         REPLY(
             "false,\"status\":{\"message\":\"spec.volumes[0].image.reference: r.test/dead:1: Dead 1 is past "
             "end of availability since 2021-01-01; no release to move "
             "to\",\"reason\":\"Forbidden\",\"code\":403}" NOTES("unavailable", "deny") "}")},
        {.name = "an update that keeps a dead image is warned about",
         {"UPDATE", .object = POD_OF(",\"labels\":{\"a\":\"b\"}", MAIN("r.test/dead:1")),
          .old_object = POD(MAIN("r.test/dead:1"))},
         DEAD_WARNED},
        {.name = "in any container, however it was written",
         {"UPDATE", .object = POD(MAIN("r.test/dead:1")),
          .old_object = POD("{\"name\":\"other\",\"image\":\"R.TEST:443/dead:1\"}")},
         DEAD_WARNED},
        {.name = "an update that brings one is denied",
         {"UPDATE", .object = POD(MAIN("r.test/dead:1")), .old_object = POD(MAIN("r.test/dead:1.2"))},
         DEAD_DENIED},
        {.name = "a deletion timestamp exempts nothing",
         {"UPDATE",
          .object = POD_OF(",\"deletionTimestamp\":\"2026-11-23T00:00:00Z\"", MAIN("r.test/dead:1")),
          .old_object = POD(MAIN("r.test/fine:1"))},
         DEAD_DENIED},
        {.name = "an old object softens no create",
         {"CREATE", .object = POD(MAIN("r.test/dead:1")), .old_object = POD(MAIN("r.test/dead:1"))},
         DEAD_DENIED},
        {.name = "an update without the old object introduces all",
         {"UPDATE", .object = POD(MAIN("r.test/dead:1"))},
         DEAD_DENIED},
        {.name = "a deletion is not judged",
         {"DELETE", .old_object = POD(MAIN("r.test/dead:1"))},
         REPLY("true")},
        {.name = "nor is a connection", {"CONNECT", .object = POD(MAIN("r.test/dead:1"))}, REPLY("true")},
        {.name = "nor a status write",
         {"UPDATE", .subresource = "status", .object = POD(MAIN("r.test/dead:1"))},
         REPLY("true")},
        {.name = "nor a scale write",
         {"UPDATE", .subresource = "scale", .object = POD(MAIN("r.test/dead:1"))},
         REPLY("true")},
        {.name = "an ephemeral container is",
         {"UPDATE", .subresource = "ephemeralcontainers",
          .object = "{\"spec\":{\"ephemeralContainers\":[" MAIN("r.test/dead:1") "]}}",
          .old_object = POD(MAIN("r.test/fine:1"))},
         DEAD_DENIED},
        {.name = "nor is the object always a Pod",
         {"UPDATE", .subresource = "ephemeralcontainers", .kind = "EphemeralContainers",
          .object = "{\"ephemeralContainers\":[" MAIN("r.test/dead:1") "]}",
          .old_object = "{\"ephemeralContainers\":[]}"},
         DEAD_DENIED},
        {.name = "kube-system is off",
         {"CREATE", .namespace = "kube-system", .object = POD(MAIN("r.test/dead:1"))},
         REPLY("true")},
        {.name = "a warn path",
         {"CREATE", .object = POD(MAIN("r.test/dead:1"))},
         DEAD_WARNED,
         .mode = SHELFLIFE_MODE_WARN},
        {.name = "an audit path reports only to the audit log",
         {"CREATE", .object = POD(MAIN("r.test/dead:1"))},
         REPLY("true" NOTES("unavailable", "allow") ",\"finding\":\"" DEAD "\"}"),
         .mode = SHELFLIFE_MODE_AUDIT},
        {.name = "a floor tightens a path",
         {"CREATE", .object = POD(MAIN("r.test/dead:1"))},
         DEAD_DENIED,
         .policy = POLICY("namespaces: [{names: [team], floor: enforce}]\n"),
         .mode = SHELFLIFE_MODE_AUDIT},
        {.name = "a controller's pod is denied by default",
         {"CREATE", .user = REPLICASET_CONTROLLER,
          .object = POD_OF(OWNER("ReplicaSet"), MAIN("r.test/dead:1"))},
         DEAD_DENIED},
        {.name = "existingWorkloads: keep admits it, and reports it only to the audit log",
         {"CREATE", .user = REPLICASET_CONTROLLER,
          .object = POD_OF(OWNER("ReplicaSet"), MAIN("r.test/dead:1"))},
         DEAD_NOTED,
         KEEP},
        {.name = "but not another user's",
         {"CREATE", .object = POD_OF(OWNER("ReplicaSet"), MAIN("r.test/dead:1"))},
         DEAD_DENIED,
         KEEP},
        {.name = "nor of an owner of another kind",
         {"CREATE", .user = REPLICASET_CONTROLLER, .object = POD_OF(OWNER("Mine"), MAIN("r.test/dead:1"))},
         DEAD_DENIED,
         KEEP},
        {.name = "nor without an owner that controls it",
         {"CREATE", .user = REPLICASET_CONTROLLER, .object = POD(MAIN("r.test/dead:1"))},
         DEAD_DENIED,
         KEEP},
        {.name = "nor an update",
         {"UPDATE", .user = REPLICASET_CONTROLLER,
          .object = POD_OF(OWNER("ReplicaSet"), MAIN("r.test/dead:1")),
          .old_object = POD_OF(OWNER("ReplicaSet"), MAIN("r.test/fine:1"))},
         DEAD_DENIED,
         KEEP},
        {.name = "a mirror pod is warned about",
         {"CREATE", .user = "system:node:n1",
          .object =
              POD_OF(",\"annotations\":{\"kubernetes.io/config.mirror\":\"x\"}", MAIN("r.test/dead:1"))},
         DEAD_WARNED},
        {.name = "the annotation alone is anybody's",
         {"CREATE", .object = POD_OF(",\"annotations\":{\"kubernetes.io/config.mirror\":\"x\"}",
                                     MAIN("r.test/dead:1"))},
         DEAD_DENIED},
        {.name =
             "a revision that its controller writes down runs nothing, and is reported only to the audit log",
         {"CREATE", .user = STATEFULSET_CONTROLLER, .group = "apps", .kind = "ControllerRevision",
          .object = REVISION},
         DEAD_NOTED},
        {.name = "one that another user writes is denied",
         {"CREATE", .group = "apps", .kind = "ControllerRevision", .object = REVISION},
         DEAD_DENIED},
        {.name = "an image that is none", {"CREATE", .object = POD(MAIN("NOT AN IMAGE"))}, NULL},
    };
    struct kit *kit = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        kit_set_policy(kit, cases[i].policy);
        kit->mode = cases[i].mode == SHELFLIFE_MODE_OFF ? SHELFLIFE_MODE_POLICY : cases[i].mode;
        str reply = send(kit, &cases[i].request);
        if (cases[i].reply && !shelflife_str_equal(reply, shelflife_str_of(cases[i].reply)))
            fail_msg("%s:\n%.*s\nis not\n%s", cases[i].name, STR_PRINT(reply), cases[i].reply);
        assert_int_equal(kit->outcome.http_status, 200);
        assert_false(kit->outcome.error);
    }
}

static void off_judges_nothing(void **state)
{
    struct kit *kit = *state;
    kit->mode = SHELFLIFE_MODE_OFF;
    const struct request request = {"CREATE", .object = POD(MAIN("r.test/dead:1"))};
    assert_str_equal(send(kit, &request), REPLY("true"));
    assert_false(kit->outcome.judged);
    assert_int_equal(kit->outcome.mode, SHELFLIFE_MODE_OFF);
}

/* An image of the user's own, one whose name is contradicted, and one that was not inspected. */
static void what_an_inspection_found_is_judged_and_counted(void **state)
{
    struct kit *kit = *state;
    const struct request request = {
        "CREATE", .object = POD(MAIN("r.test/own:1") "," MAIN("r.test/old:2.1") "," MAIN("r.test/own:2"))};
    kit_inspect(kit, 1, "r.test/own", "1", "OLD_VERSION", "1.7");
    kit_inspect(kit, 2, "r.test/old", "2.1", "OLD_VERSION", "1.8");
    kit_use_inventory(kit);
    send(kit, &request);
    assert_true(kit_says(kit,
                         "shelflife: container \\\"main\\\": r.test/own:1: Old 1 (OLD_VERSION, inspected "
                         "2026-11-20) is past end of patch since 2025-01-01; move to Old 2"));
    assert_true(kit_says(kit,
                         "r.test/old:2.1: Old 1 (OLD_VERSION, inspected 2026-11-20) is past end of patch "
                         "since 2025-01-01; its name says 2; move to Old 2"));
    assert_true(kit_says(kit, "\"auditAnnotations\":{\"phase\":\"unpatched\",\"action\":\"warn\",\"catalog\":"
                              "\"sha256:0\",\"inspected\":\"2\",\"contradicted\":\"1\"}"));
    assert_int_equal(kit->outcome.known[SHELFLIFE_KNOWN_BY_NAME], 0);
    assert_int_equal(kit->outcome.known[SHELFLIFE_KNOWN_BY_INSPECTION], 2);
    assert_int_equal(kit->outcome.known[SHELFLIFE_KNOWN_BY_NOTHING], 1);
    assert_int_equal(kit->outcome.contradicted, 1);
    kit_set_policy(kit, POLICY("actions: {contradicted: deny}\n"));
    send(kit, &request);
    assert_false(kit->outcome.allowed);
    kit_set_policy(kit, POLICY("inspection: ignore\n"));
    send(kit, &request);
    assert_true(kit->outcome.allowed);
    assert_int_equal(kit->outcome.known[SHELFLIFE_KNOWN_BY_INSPECTION], 0);
    assert_int_equal(kit->outcome.known[SHELFLIFE_KNOWN_BY_NAME], 1);
}

static void outcome_tells_what_happened(void **state)
{
    struct kit *kit = *state;
    const struct request request = {
        "CREATE",
        .object = POD(MAIN("r.test/dead:1") "," MAIN("r.test/dead:1") "," MAIN("r.test/old:1") "," MAIN(
            "r.test/fine:1@sha256:"
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"))};
    send(kit, &request);
    const struct shelflife_outcome *out = &kit->outcome;
    assert_false(out->allowed);
    assert_int_equal(out->code, 403);
    assert_int_equal(out->mode, SHELFLIFE_MODE_ENFORCE);
    assert_int_equal(out->action, SHELFLIFE_DENY);
    assert_int_equal(out->phase, SHELFLIFE_PHASE_UNAVAILABLE);
    assert_true(out->judged);
    assert_str_equal(out->message,
                     "container \"main\": r.test/dead:1: Dead 1 is past end of availability since "
                     "2021-01-01; no release to move to");
    assert_str_equal(out->uid, "u-1");
    assert_str_equal(out->operation, "CREATE");
    assert_str_equal(out->resource, "pods");
    assert_str_equal(out->kind, "Pod");
    assert_str_equal(out->namespace_name, "team");
    assert_str_equal(out->name, "p");
    assert_str_equal(out->user, "jane");
    assert_int_equal(out->images[SHELFLIFE_PHASE_UNAVAILABLE], 2);
    assert_int_equal(out->images[SHELFLIFE_PHASE_UNPATCHED], 1);
    assert_int_equal(out->images[SHELFLIFE_PHASE_SUPPORTED], 1);
    assert_int_equal(out->unverified, 1);
    assert_int_equal(out->warnings, 1);
}

/* Bodies that cannot be judged. Each with the code of the denial, and what the message must say. */
static void errors_deny_and_say_why(void **state)
{
#define HEAD "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{"
    static const struct {
        str body;
        int http, code;
        const char *says;
    } cases[] = {
        {STR_INIT(""), 400, 400, ""},
        {STR_INIT("garbage"), 400, 400, ""},
        {STR_INIT("[]"), 400, 400, "the body must be an AdmissionReview, a map, not a list"},
        {STR_INIT("{}"), 400, 400, "must be of kind AdmissionReview"},
        {STR_INIT("{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}"), 400, 400, "is of kind \"Pod\", \"v1\""},
        {STR_INIT(HEAD "}}"), 400, 400, "request.uid is missing"},
        {STR_INIT(HEAD "\"uid\":\"\"}}"), 400, 400, "request.uid is missing"},
        {STR_INIT(HEAD "\"uid\":null}}"), 400, 400, "request.uid is missing"},
        {STR_INIT(HEAD "\"uid\":7}}"), 400, 400, "request.uid must be a string, not a number"},
        {STR_INIT(HEAD "\"uid\":\"\xff\"}}"), 400, 400, "request.uid must be UTF-8"},
        {STR_INIT(HEAD "\"uid\":\"u\"}}"), 200, 400,
         "request.operation must be CREATE, UPDATE, DELETE or CONNECT"},
        {STR_INIT(HEAD "\"uid\":\"u\",\"operation\":\"PATCH\"}}"), 200, 400, "but is \\\"PATCH\\\""},
        {STR_INIT(HEAD "\"uid\":\"u\",\"operation\":\"CREATE\"}}"), 200, 400, "request.object is missing"},
        {STR_INIT(HEAD "\"uid\":\"u\",\"operation\":\"CREATE\",\"object\":null}}"), 200, 400,
         "request.object is missing"},
        {STR_INIT(HEAD "\"uid\":\"u\",\"operation\":\"CREATE\",\"object\":[]}}"), 200, 400,
         "request.object must be a map, not a list"},
        {STR_INIT(HEAD "\"uid\":\"u\",\"uid\":\"v\"}}"), 200, 400, "request.uid is given twice"},
        {STR_INIT(HEAD "\"uid\":\"u\",\"operation\":\"DELETE\",\"operation\":\"CREATE\"}}"), 200, 400,
         "request.operation is given twice"},
        {STR_INIT(HEAD "\"uid\":\"u\",\"object\":{},\"object\":{}}}"), 200, 400,
         "request.object is given twice"},
        {STR_INIT(HEAD "\"uid\":\"u\",\"oldObject\":{},\"oldObject\":{}}}"), 200, 400,
         "request.oldObject is given twice"},
        {STR_INIT(HEAD "\"uid\":\"u\",\"userInfo\":{\"username\":true}}}"), 200, 400,
         "request.userInfo.username must be a string, not true"},
        {STR_INIT(HEAD "\"uid\":\"u\",\"kind\":\"Pod\"}}"), 200, 400,
         "request.kind must be a map, not a string"},
        {STR_INIT(HEAD "\"uid\":\"u\",\"dryRun\":1}}"), 200, 400, "request.dryRun must be true or false"},
        {STR_INIT(HEAD "\"uid\":\"u\"},\"request\":{}}"), 200, 400, "request is given twice"},
        {STR_INIT(HEAD "\"uid\":\"u\",\"operation\":\"CREATE\",\"object\":{}"), 200, 400, ""},
        {STR_INIT(HEAD "\"uid\":\"u\",\"operation\":\"CREATE\",\"object\":{}}} {}"), 200, 400, ""},
        {STR_INIT(HEAD "\"uid\":\"u\",\"operation\":\"CREATE\",\"object\":{\"a\":\"\0\"}}}"), 200, 400, ""},
        {STR_INIT(HEAD "\"uid\":\"u\",\"operation\":\"CREATE\",\"object\":{\"a\":[1\0,2]}}}"), 200, 400, ""},
        {STR_INIT("{\"apiVersion\":\"admission.k8s.io/"
                  "v2\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"u\"}}"),
         200, 400, "admission.k8s.io/v2"},
        {STR_INIT(HEAD
                  "\"uid\":\"u\",\"operation\":\"CREATE\",\"object\":{\"kind\":\"ConfigMap\",\"apiVersion\":"
                  "\"v1\"},\"kind\":{\"group\":\"\",\"kind\":\"Pod\"}}}"),
         200, 400, "request.kind is Pod of group \\\"\\\", but the object in the request is ConfigMap of v1"},
    };
    struct kit *kit = *state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t chunk = 0; chunk < 2; chunk++) {
            str reply = kit_review(kit, cases[i].body, chunk ? 1 : SIZE_MAX);
            if (kit->outcome.http_status != cases[i].http || kit->outcome.code != cases[i].code ||
                kit->outcome.allowed || kit->outcome.action != SHELFLIFE_DENY || !kit->outcome.error ||
                !kit_says(kit, cases[i].says))
                fail_msg("case %zu: HTTP %d, code %d: %.*s", i, kit->outcome.http_status, kit->outcome.code,
                         STR_PRINT(reply));
        }
}

static void errors_are_let_through_where_the_path_says_so(void **state)
{
    static const struct {
        enum shelflife_mode mode;
        const char *namespace;
        enum shelflife_action action;
        const char *says;
    } cases[] = {
        {SHELFLIFE_MODE_POLICY, "team", SHELFLIFE_DENY, "\"code\":400"},
        {SHELFLIFE_MODE_ENFORCE, "team", SHELFLIFE_DENY, "\"code\":400"},
        {SHELFLIFE_MODE_WARN, "team", SHELFLIFE_WARN,
         "\"warnings\":[\"shelflife: this review could not be judged: "},
        {SHELFLIFE_MODE_AUDIT, "team", SHELFLIFE_ALLOW,
         "\"auditAnnotations\":{\"finding\":\"this review could not be judged"},
        {SHELFLIFE_MODE_OFF, "team", SHELFLIFE_ALLOW, ""},
        {SHELFLIFE_MODE_WARN, "prod", SHELFLIFE_DENY, "\"code\":400"}, /* by the floor */
        {SHELFLIFE_MODE_POLICY, "kube-system", SHELFLIFE_ALLOW, ""},
    };
    struct kit *kit = *state;
    kit_set_policy(
        kit,
        POLICY("namespaces: [{names: [prod], floor: enforce}, {names: [kube-system], mode: \"off\"}]\n"));
    for (size_t i = 0; i < COUNT(cases); i++) {
        buffer body;
        shelflife_buffer_init(&body, 4096);
        shelflife_buffer_format(
            &body, HEAD "\"uid\":\"u\",\"namespace\":\"%s\",\"operation\":\"CREATE\",\"object\":7",
            cases[i].namespace);
        kit->mode = cases[i].mode;
        kit_review(kit, shelflife_buffer_str(&body), SIZE_MAX);
        assert_true(kit->outcome.error);
        assert_int_equal(kit->outcome.http_status, 200);
        assert_int_equal(kit->outcome.action, cases[i].action);
        assert_int_equal(kit->outcome.allowed, cases[i].action != SHELFLIFE_DENY);
        assert_true(kit_says(kit, cases[i].says));
        shelflife_buffer_free(&body);
    }
}

static void an_error_of_the_caller_has_a_code_of_its_kind(void **state)
{
    static const struct {
        enum shelflife_error_kind kind;
        int code;
        const char *reason;
    } cases[] = {
        {SHELFLIFE_ERROR_INPUT, 400, "BadRequest"}, {SHELFLIFE_ERROR_LIMIT, 413, "RequestEntityTooLarge"},
        {SHELFLIFE_ERROR_IO, 400, "BadRequest"},    {SHELFLIFE_ERROR_MEMORY, 503, "ServiceUnavailable"},
        {SHELFLIFE_ERROR_TIME, 504, "Timeout"},
    };
    struct kit *kit = *state;
    error err, why;
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        bool uid = i % 2;
        shelflife_fail(&why, cases[i / 2].kind, "the cause");
        shelflife_buffer_reset(&kit->reply);
        shelflife_review_begin(kit->review, &kit->snapshot, kit->at, SHELFLIFE_MODE_POLICY);
        if (uid)
            shelflife_review_feed(kit->review, STR(HEAD "\"uid\":\"u\",\"object\":{"));
        assert_false(shelflife_review_failed(kit->review));
        shelflife_review_abort(kit->review, &why);
        assert_true(shelflife_review_failed(kit->review));
        shelflife_review_feed(kit->review, STR("}}}"));
        assert_true(shelflife_review_finish(kit->review, &kit->reply, &kit->outcome, &err));
        assert_int_equal(kit->outcome.http_status, uid ? 200 : 400);
        assert_int_equal(kit->outcome.code, uid ? cases[i / 2].code : 400);
        assert_true(kit_says(kit, "the cause"));
        assert_true(!uid || kit_says(kit, cases[i / 2].reason));
    }
}

static void a_long_user_name_is_judged_a_long_uid_is_not(void **state)
{
    struct kit *kit = *state;
    char *user = malloc(60001);
    assert_non_null(user);
    memset(user, 'u', 60000);
    user[60000] = '\0';
    const struct request request = {"CREATE", .user = user, .object = POD(MAIN("r.test/dead:1"))};
    assert_str_equal(send(kit, &request), DEAD_DENIED);
    assert_int_equal(kit->outcome.user.len, 60000);
    buffer body;
    shelflife_buffer_init(&body, 1 << 20);
    for (size_t chunk = 1; chunk < 3000; chunk += 1000) {
        shelflife_buffer_reset(&body);
        shelflife_buffer_format(&body, HEAD "\"name\":\"n\",\"uid\":\"%.1025s\"}}", user);
        kit_review(kit, shelflife_buffer_str(&body), chunk);
        assert_int_equal(kit->outcome.http_status, 400);
        assert_true(kit_says(kit, "request.uid is longer than 1024 bytes"));
    }
    shelflife_buffer_free(&body);
    free(user);
}

static void v1beta1_is_answered_in_kind(void **state)
{
    struct kit *kit = *state;
    assert_str_equal(
        kit_review(kit,
                   STR("{\"request\":{\"operation\":\"DELETE\",\"uid\":\"b\"},\"kind\":\"AdmissionReview\","
                       "\"apiVersion\":\"admission.k8s.io/v1beta1\"}"),
                   SIZE_MAX),
        "{\"apiVersion\":\"admission.k8s.io/v1beta1\",\"kind\":\"AdmissionReview\",\"response\":{\"uid\":"
        "\"b\",\"allowed\":true}}");
}

static void keys_come_in_any_order_and_escaped(void **state)
{
    struct kit *kit = *state;
    kit_review(kit,
               STR("{\"request\":{\"oldObject\":null,\"object\":{\"spec\":{\"containers\":[{\"im\\u0061ge\":"
                   "\"r.test/de\\u0061d:1\",\"name\":\"main\"}]},\"apiVersion\":\"v1\",\"kind\":\"Pod\"},"
                   "\"kind\":{\"kind\":\"Pod\",\"group\":\"\"},\"oper\\u0061tion\":\"CREATE\",\"namespace\":"
                   "\"team\","
                   "\"uid\":\"u-1\"},\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\"}"),
               SIZE_MAX);
    assert_str_equal(shelflife_buffer_str(&kit->reply), DEAD_DENIED);
}

static void what_an_api_server_sends_is_judged(void **state)
{
    struct kit *kit = *state;
    static const char *const containers[] = {
        "{\"name\":\"main\",\"args\":[\"a\\u0000b\"],\"image\":\"r.test/dead:1\"}",
        "{\"name\":\"main\",\"n\":123456789012345678901234567890,\"image\":\"r.test/dead:1\"}",
        "{\"name\":\"main\",\"n\":1e400,\"image\":\"r.test/dead:1\"}",
        "{\"name\":\"main\",\"a\":1,\"a\":2,\"image\":\"r.test/dead:1\"}",
        "{\"name\":\"main\",\"a\":\"\\ud800\",\"image\":\"r.test/dead:1\"}",
        "{\"name\":\"main\",\"a\":\"\xff\",\"image\":\"r.test/dead:1\"}",
        "{\"name\":\"main\",\"image\":\"r.test/fine:1\",\"image\":\"r.test/dead:1\"}",
        "{\"name\":\"main\",\"image\":\"r.test/dead:1\",\"image\":\"r.test/fine:1\"}",
        "{\"name\":\"main\",\"image\":\"R.TEST/dead:1\"}",
        "{\"name\":\"main\",\"image\":\" \"},{\"name\":\"main\",\"image\":\"r.test/dead:1\"}",
    };
    for (size_t i = 0; i < COUNT(containers); i++) {
        char object[512];
        snprintf(object, sizeof(object), POD("%s"), containers[i]);
        const struct request request = {"CREATE", .object = object};
        send(kit, &request);
        assert_false(kit->outcome.error);
        assert_int_equal(kit->outcome.code, 403);
        assert_int_equal(kit->outcome.images[SHELFLIFE_PHASE_UNAVAILABLE], 1);
        assert_true(kit_says(kit, "Dead 1 is past end of availability since 2021-01-01"));
    }
}

static void an_image_that_is_no_utf8_is_invalid(void **state)
{
    struct kit *kit = *state;
    static const char *const images[] = {"r.test/\xff", "\\ud800", "a\\u0000b", "\xe2\x80\xae", "a b"};
    for (size_t i = 0; i < COUNT(images); i++) {
        char object[256];
        snprintf(object, sizeof(object), POD(MAIN("%s")), images[i]);
        const struct request request = {"CREATE", .object = object};
        str reply = send(kit, &request);
        assert_true(kit->outcome.allowed);
        assert_int_equal(kit->outcome.phase, SHELFLIFE_PHASE_INVALID);
        assert_int_equal(kit->outcome.warnings, 1);
        assert_true(shelflife_str_is_utf8(reply));
        assert_false(kit_says(kit, "\xe2\x80\xae"));
    }
}

/* Otherwise, parameters that nothing uses would make a denied image an image that is only unresolved. */
static void an_object_with_too_many_parameters_is_refused(void **state)
{
    enum { PARAMETERS = 5000, ENOUGH = 1 << 20 };
    struct kit *kit = *state;
    buffer object CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&object, ENOUGH);
    shelflife_buffer_append(&object, STR("{\"spec\":{\"params\":["));
    for (int i = 0; i < PARAMETERS; i++)
        shelflife_buffer_format(&object, "{\"name\":\"p%d\",\"default\":\"x\"},", i);
    shelflife_buffer_append(&object, STR("{\"name\":\"a\",\"default\":\"r.test/dead:1\"}],"));
    shelflife_buffer_append(&object, STR("\"steps\":[{\"image\":\"$(params.a)\"}]}}"));
    shelflife_buffer_byte(&object, '\0');
    const struct request request = {"CREATE", .group = "tekton.dev", .kind = "Task", .object = object.at};
    send(kit, &request);
    assert_false(kit->outcome.allowed);
    assert_int_equal(kit->outcome.code, 413);
    assert_true(kit_says(kit, "the parameters of the object need more than"));
}

static void parameters_are_replaced_where_a_controller_does_so(void **state)
{
    struct kit *kit = *state;
#define TASK(params, step)                                                                                   \
    "tekton.dev", "Task",                                                                                    \
        "{\"spec\":{\"steps\":[{\"name\":\"main\",\"image\":\"" step "\"}],\"params\":[" params "]}}"
#define PARAM(key, value) "{\"name\":\"a\",\"" key "\":\"" value "\"}"
    static const struct {
        const char *group, *kind, *object;
        enum shelflife_phase phase;
        bool allowed;
    } cases[] = {
        {TASK(PARAM("default", "r.test/dead:1"), "$(params.a)"), SHELFLIFE_PHASE_UNAVAILABLE, false},
        {TASK(PARAM("default", "1"), "r.test/dead:$(params.a)"), SHELFLIFE_PHASE_UNAVAILABLE, false},
        {TASK(PARAM("default", "r.test/fine:1"), "$(params.a)"), SHELFLIFE_PHASE_SUPPORTED, true},
        {TASK(PARAM("type", "string"), "$(params.a)"), SHELFLIFE_PHASE_UNRESOLVED, true},
        {TASK("", "ko://example.com/cmd/a"), SHELFLIFE_PHASE_UNRESOLVED, true},
        {TASK("", "$(params.a"), SHELFLIFE_PHASE_INVALID, true},
        {"", "Pod", POD(MAIN("$(params.a)")), SHELFLIFE_PHASE_INVALID, true},
        {"apps", "Deployment",
         "{\"spec\":{\"params\":[" PARAM(
             "default",
             "r.test/dead:1") "],\"template\":{\"spec\":{\"containers\":[" MAIN("$(params.a)") "]}}}}",
         SHELFLIFE_PHASE_INVALID, true},
        {"argoproj.io", "Workflow",
         "{\"spec\":{\"templates\":[{\"resource\":{\"manifest\":\"{kind: Pod, apiVersion: v1, spec: "
         "{containers: "
         "[{image: 'r.test/dead:1'}]}}\"}}]}}",
         SHELFLIFE_PHASE_UNAVAILABLE, false},
        {"argoproj.io", "Workflow", "{\"spec\":{\"templates\":[{\"resource\":{\"manifest\":\"a: [b\"}}]}}",
         SHELFLIFE_PHASE_SUPPORTED, true},
        {"helm.toolkit.fluxcd.io", "HelmRelease",
         "{\"spec\":{\"values\":{\"image\":{\"repository\":\"r.test/dead\",\"tag\":1}}}}",
         SHELFLIFE_PHASE_UNAVAILABLE, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int update = 0; update < 2; update++) {
            const struct request request = {update ? "UPDATE" : "CREATE", .group = cases[i].group,
                                            .kind = cases[i].kind, .object = cases[i].object,
                                            .old_object = update ? "{}" : NULL};
            send(kit, &request);
            assert_false(kit->outcome.error);
            assert_int_equal(kit->outcome.allowed, cases[i].allowed);
            assert_int_equal(kit->outcome.phase, cases[i].phase);
            bool unread = strstr(cases[i].object, "a: [b") != NULL;
            assert_int_equal(kit->outcome.unread, unread);
            assert_int_equal(kit_says(kit, "\"unread\":\"spec.templates[0].resource.manifest: "), unread);
        }
}

static void an_image_in_a_text_is_named_by_its_path(void **state)
{
    struct kit *kit = *state;
    const struct request request = {
        "CREATE", .group = "argoproj.io", .kind = "Workflow",
        .object = "{\"spec\":{\"templates\":[{\"resource\":{\"manifest\":\"{kind: Pod, apiVersion: v1, spec: "
                  "{containers: [{image: 'r.test/dead:1'}]}}\"}}]}}"};
    send(kit, &request);
    assert_true(
        kit_says(kit, "spec.templates[0].resource.manifest > spec.containers[0].image: r.test/dead:1"));
}

/* depth maps or arrays around the value, inside an object beside a dead image. */
static void deep(struct kit *kit, size_t depth)
{
    buffer body;
    shelflife_buffer_init(&body, 1 << 20);
    shelflife_buffer_append(&body,
                            STR(HEAD "\"uid\":\"u-1\",\"operation\":\"CREATE\",\"object\":{\"kind\":\"Pod\","
                                     "\"apiVersion\":\"v1\",\"deep\":"));
    for (size_t i = 0; i < depth; i++)
        shelflife_buffer_append(&body, i % 2 ? STR("[") : STR("{\"a\":"));
    shelflife_buffer_append(&body, STR("1"));
    for (size_t i = depth; i-- > 0;)
        shelflife_buffer_append(&body, i % 2 ? STR("]") : STR("}"));
    shelflife_buffer_append(&body, STR(",\"spec\":{\"containers\":[" MAIN("r.test/dead:1") "]}}}}"));
    kit_review(kit, shelflife_buffer_str(&body), 1000);
    shelflife_buffer_free(&body);
}

static void nesting_of_10000_is_judged_of_100000_refused(void **state)
{
    struct kit *kit = *state;
    deep(kit, 10000);
    assert_int_equal(kit->outcome.code, 403);
    deep(kit, 100000);
    assert_true(kit->outcome.error);
    assert_int_equal(kit->outcome.http_status, 200);
    assert_true(kit->outcome.code == 400 || kit->outcome.code == 413);
}

static void a_large_update_full_of_escapes_is_judged(void **state)
{
    struct kit *kit = *state;
    enum { ESCAPES = (17 << 20) / 6 / 2 };
    buffer body;
    shelflife_buffer_init(&body, 32 << 20);
    shelflife_buffer_append(
        &body, STR(HEAD "\"uid\":\"u-1\",\"kind\":{\"group\":\"\",\"kind\":\"Pod\"},\"operation\":"
                        "\"UPDATE\""));
    for (int old = 0; old < 2; old++) {
        shelflife_buffer_append(&body, old ? STR(",\"oldObject\":") : STR(",\"object\":"));
        shelflife_buffer_append(&body, STR("{\"metadata\":{\"annotations\":{\"a\":\""));
        for (size_t i = 0; i < ESCAPES; i++)
            shelflife_buffer_append(&body, STR("\\u003c"));
        shelflife_buffer_append(&body, STR("\"}},\"spec\":{\"containers\":["));
        shelflife_buffer_append(&body, old ? STR(MAIN("r.test/fine:1")) : STR(MAIN("r.test/dead:1")));
        shelflife_buffer_append(&body, STR("]}}"));
    }
    shelflife_buffer_append(&body, STR("}}"));
    assert_true(body.len > 17 << 20 && !body.failed);
    kit_review(kit, shelflife_buffer_str(&body), 16384);
    assert_str_equal(shelflife_buffer_str(&kit->reply), DEAD_DENIED);
    shelflife_buffer_free(&body);
}

static void append_many(buffer *body, size_t count, const char *image)
{
    shelflife_buffer_append(body, STR("{\"spec\":{\"containers\":["));
    for (size_t i = 0; i < count; i++)
        shelflife_buffer_format(body, "%s{\"name\":\"c%zu\",\"image\":\"%s%zu\"}", i ? "," : "", i, image, i);
    shelflife_buffer_append(body, STR("]}}"));
}

static void five_thousand_containers_are_judged_and_told_within_bounds(void **state)
{
    struct kit *kit = *state;
    for (int update = 0; update < 2; update++) {
        buffer body;
        shelflife_buffer_init(&body, 4 << 20);
        shelflife_buffer_format(&body,
                                HEAD "\"uid\":\"u-1\",\"operation\":\"%s\",\"kind\":{\"group\":\"\",\"kind\":"
                                     "\"Pod\"},\"object\":",
                                update ? "UPDATE" : "CREATE");
        append_many(&body, 5000, "r.test/dead:1.");
        if (update) {
            shelflife_buffer_append(&body, STR(",\"oldObject\":"));
            append_many(&body, 5000, "r.test/dead:1.");
        }
        shelflife_buffer_append(&body, STR("}}"));
        kit_review(kit, shelflife_buffer_str(&body), SIZE_MAX);
        assert_int_equal(kit->outcome.allowed, update);
        assert_int_equal(kit->outcome.images[SHELFLIFE_PHASE_UNAVAILABLE], 5000);
        assert_true(kit->reply.len < 5000);
        if (update) {
            char more[64];
            snprintf(more, sizeof(more), "\"shelflife: and %u more\"]", 5000 - kit->outcome.warnings);
            assert_true(kit_says(kit, more));
        } else {
            assert_true(kit_says(kit, "; and "));
            assert_true(kit->outcome.message.len <= 2048);
        }
        shelflife_buffer_free(&body);
    }
}

static void warnings_are_clean_and_at_most_256_bytes(void **state)
{
    struct kit *kit = *state;
    char image[600] = "r.test/", object[2000];
    size_t n = 7;
    while (n < 255)
        image[n++] = 'x';
    snprintf(image + n, sizeof(image) - n, "/old:1");
    snprintf(
        object, sizeof(object),
        POD("{\"name\":\"%.200s\",\"image\":\"%s\"},{\"name\":\"a\\u0007\\u202e\\n\xc2\x85 b\",\"image\":"
            "\"r.test/old:1\"}"),
        image, image);
    const struct request request = {"CREATE", .object = object};
    kit_set_policy(kit, POLICY("actions: {unlisted: warn}\n"));
    send(kit, &request);
    assert_int_equal(kit->outcome.warnings, 2);
    assert_true(kit_says(kit, "container \\\"a???? b\\\": r.test/old:1: Old 1 is past"));
    str rest = shelflife_buffer_str(&kit->reply);
    size_t longest = 0;
    for (size_t quote; (quote = shelflife_str_find(rest, '"')) != SIZE_MAX;) {
        longest = quote > longest ? quote : longest;
        rest = shelflife_str_after(rest, quote + 1);
    }
    assert_true(longest <= 256);
}

static void chunks_do_not_matter(void **state)
{
    struct kit *kit = *state;
    const struct request request = {"UPDATE",
                                    .object = POD(MAIN("r.test/d\\u0065ad:1") "," MAIN("r.test/old:1")),
                                    .old_object = POD(MAIN("r.test/fine:1"))};
    buffer body;
    shelflife_buffer_init(&body, 1 << 16);
    str text = write_request(&request, &body);
    str reply = kit_review(kit, text, SIZE_MAX);
    assert_int_equal(kit->outcome.code, 403);
    char *whole = malloc(reply.len);
    assert_non_null(whole);
    memcpy(whole, reply.at, reply.len);
    str expected = {whole, reply.len};
    for (size_t chunk = 0; chunk < 70; chunk++)
        assert_true(shelflife_str_equal(kit_review(kit, text, chunk), expected));
    free(whole);
    shelflife_buffer_free(&body);
}

static void a_review_starts_afresh_whatever_became_of_the_last(void **state)
{
    struct kit *kit = *state;
    const struct request request = {"CREATE", .object = POD(MAIN("r.test/dead:1"))};
    buffer body;
    shelflife_buffer_init(&body, 1 << 16);
    str text = write_request(&request, &body);
    for (size_t cut = 0; cut < text.len; cut++) {
        shelflife_review_begin(kit->review, &kit->snapshot, kit->at, SHELFLIFE_MODE_POLICY);
        shelflife_review_feed(kit->review, shelflife_str_first(text, cut));
        kit_review(kit, shelflife_str_first(text, cut), SIZE_MAX);
        assert_true(kit->outcome.error && !kit->outcome.allowed);
        assert_str_equal(kit_review(kit, text, SIZE_MAX), DEAD_DENIED);
    }
    shelflife_buffer_free(&body);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(replies_to),
        TEST(off_judges_nothing),
        TEST(what_an_inspection_found_is_judged_and_counted),
        TEST(outcome_tells_what_happened),
        TEST(errors_deny_and_say_why),
        TEST(errors_are_let_through_where_the_path_says_so),
        TEST(an_error_of_the_caller_has_a_code_of_its_kind),
        TEST(a_long_user_name_is_judged_a_long_uid_is_not),
        TEST(v1beta1_is_answered_in_kind),
        TEST(keys_come_in_any_order_and_escaped),
        TEST(what_an_api_server_sends_is_judged),
        TEST(an_image_that_is_no_utf8_is_invalid),
        TEST(parameters_are_replaced_where_a_controller_does_so),
        TEST(an_object_with_too_many_parameters_is_refused),
        TEST(an_image_in_a_text_is_named_by_its_path),
        TEST(nesting_of_10000_is_judged_of_100000_refused),
        TEST(a_large_update_full_of_escapes_is_judged),
        TEST(five_thousand_containers_are_judged_and_told_within_bounds),
        TEST(warnings_are_clean_and_at_most_256_bytes),
        TEST(chunks_do_not_matter),
        TEST(a_review_starts_afresh_whatever_became_of_the_last),
    };
    return cmocka_run_group_tests_name("admission", tests, NULL, NULL);
}
