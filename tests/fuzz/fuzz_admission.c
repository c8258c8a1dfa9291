/* rooms: admission policy inventory catalog workload reference json base */
/*
 * Any bytes as a review: the reply is complete JSON with `allowed` in it, or the status is 400. An error is
 * never allowed. How the bytes are split changes nothing except which of two errors is reported. A memo,
 * which remembers what earlier inputs had, changes nothing at all.
 *
 * The oracle reads the review as a document, lists all images, judges each, and sorts the findings. Counts,
 * action and message must be the same. Reviews that jansson does not read as we do (fuzz_workload.c lists the
 * differences) are left out.
 *
 * If the first byte is CHOICES, the others are choices to make a review from.
 */
#include <jansson.h>

#include "admission/lines.h"
#include "base/base.h"
#include "shelflife/admission.h"
#include "workload/kinds.h"

static const char CATALOG[] = "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Catalog\", \"name\": "
                              "\"test\", \"asOf\": \"2026-11-01\","
                              " \"products\": ["
                              "  {\"name\": \"dead\", \"repositories\": [\"r.test/dead\"],"
                              "   \"rows\": [{\"release\": \"1\", \"endOfPatch\": \"2020-01-01\", "
                              "\"endOfAvailability\": \"2021-01-01\"}]},"
                              "  {\"name\": \"late\", \"repositories\": [\"r.test/late\"],"
                              "   \"rows\": [{\"release\": \"1\", \"endOfPatch\": \"2021-01-01\", "
                              "\"endOfAvailability\": \"2022-01-01\"}]},"
                              "  {\"name\": \"old\", \"repositories\": [\"r.test/old\"], \"evidence\": "
                              "[{\"env\": \"OLD\"}],"
                              "   \"rows\": [{\"release\": \"1\", \"endOfPatch\": \"2025-01-01\"}]}]}";

#define DIGEST_OF(digit) "sha256:" digit digit digit digit digit digit digit digit
#define DIGEST(digit) DIGEST_OF(digit digit digit digit digit digit digit digit) /* 64 digits */
static const char INVENTORY[] =
    "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Inventory\", \"asOf\": \"2026-11-01\", \"images\": ["
    "{\"digest\": \"" DIGEST(
        "1") "\", \"platform\": \"linux/amd64\", \"inspected\": \"2026-11-01\", "
             "\"references\": [{\"name\": \"r.test/own:1\", \"lastSeen\": \"2026-11-01\"}, {\"name\": "
             "\"r.test/old:1\", \"lastSeen\": \"2026-11-01\"}], \"evidence\": {\"env\": {\"OLD\": "
             "\"1.2\"}}}]}";

/* An assert() that release builds keep. */
static void must(bool holds)
{
    if (!holds)
        abort();
}

enum { AT = 20780 /* 2026-11-23 */, MEMORY = 1 << 28 };

static struct shelflife_snapshot snapshot;
/* The second one has a memo. */
static struct shelflife_review *review, *remembering;

static void prepare(void)
{
    error err;
    struct shelflife_catalogs *catalogs = shelflife_catalogs_new();
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    if (!inventory || !shelflife_inventory_add(inventory, shelflife_str_of(INVENTORY), "inventory", &err) ||
        !shelflife_inventory_finish(inventory, &err))
        abort();
    snapshot.inventory = inventory;
    if (!catalogs || !shelflife_catalogs_add(catalogs, shelflife_str_of(CATALOG), "test", &err) ||
        !shelflife_catalogs_finish(catalogs, &err))
        abort();
    snapshot.catalogs = catalogs;
    snapshot.policy = shelflife_policy_default(&err);
    snapshot.digest = STR("sha256:0");
    review = shelflife_review_new();
    remembering = shelflife_review_new();
    struct shelflife_memo *memo = shelflife_memo_new();
    if (!snapshot.policy || !review || !remembering || !memo)
        abort();
    shelflife_review_set_memo(remembering, memo);
}

static enum shelflife_json_next ignore(void *context, enum shelflife_json_event event, str text, bool last,
                                       error *err)
{
    (void)context, (void)event, (void)text, (void)last, (void)err;
    return SHELFLIFE_JSON_CONTINUE;
}

static void check_json(str text)
{
    error err;
    struct shelflife_json_parser *parser = shelflife_json_parser_new(ignore, NULL, false);
    must(parser != NULL);
    must(shelflife_str_is_utf8(text));
    must(shelflife_json_parser_feed(parser, text, &err) && shelflife_json_parser_finish(parser, &err));
    shelflife_json_parser_free(parser);
}

static struct shelflife_outcome judge_with(struct shelflife_review *r, str body, size_t seed,
                                           enum shelflife_mode mode, buffer *reply)
{
    error err;
    struct shelflife_outcome out;
    snapshot.edition = r == remembering;
    shelflife_review_begin(r, &snapshot, AT, mode);
    while (body.len) {
        size_t n = seed ? seed % 13 + 1 : body.len;
        seed = seed ? seed * 31 + 7 : 0;
        n = n < body.len ? n : body.len;
        shelflife_review_feed(r, shelflife_str_first(body, n));
        body = shelflife_str_after(body, n);
    }
    must(shelflife_review_finish(r, reply, &out, &err));
    return out;
}

static bool have_same_counts(const struct shelflife_outcome *a, const struct shelflife_outcome *b)
{
    return a->http_status == b->http_status && a->code == b->code && a->action == b->action &&
           a->phase == b->phase && a->judged == b->judged && a->error == b->error &&
           memcmp(a->images, b->images, sizeof(a->images)) == 0 &&
           memcmp(a->known, b->known, sizeof(a->known)) == 0 && a->outdated == b->outdated &&
           a->unverified == b->unverified && a->contradicted == b->contradicted && a->waived == b->waived &&
           a->warnings == b->warnings && a->unread == b->unread;
}

static struct shelflife_outcome judge(str body, size_t seed, enum shelflife_mode mode, buffer *reply)
{
    buffer again;
    shelflife_buffer_init(&again, reply->limit);
    struct shelflife_outcome remembered = judge_with(remembering, body, seed, mode, &again);
    struct shelflife_outcome out = judge_with(review, body, seed, mode, reply);
    must(have_same_counts(&out, &remembered) && shelflife_str_equal(out.message, remembered.message));
    must(shelflife_str_equal(shelflife_buffer_str(reply), shelflife_buffer_str(&again)));
    shelflife_buffer_free(&again);
    return out;
}

/* ---- The oracle ---- */

struct oracle {
    arena memory;
    str kind, group, operation, namespace, user;
    const struct shelflife_object *object, *old;
    struct admission_finding *findings;
    enum shelflife_action *actions;
    size_t count;
    uint32_t images[SHELFLIFE_PHASES], known[SHELFLIFE_KNOWNS];
};

static str text_of(const json_t *value)
{
    return (str){json_string_value(value), json_string_length(value)};
}

/* An absent value, or null: NULL. */
static const struct shelflife_object *list_images(struct oracle *o, const json_t *object)
{
    if (!json_is_object(object))
        return NULL;
    error err;
    char *text = json_dumps(object, JSON_COMPACT);
    struct shelflife_extractor *x = shelflife_extractor_new(&o->memory);
    must(text && x);
    struct shelflife_json_parser *parser = shelflife_json_parser_new(shelflife_extractor_event, x, false);
    must(parser != NULL);
    shelflife_extractor_begin(x, shelflife_policy_shapes(snapshot.policy), o->group, o->kind, NULL);
    must(shelflife_json_parser_feed(parser, shelflife_str_of(text), &err));
    must(shelflife_json_parser_finish(parser, &err));
    const struct shelflife_object *result = shelflife_extractor_object(x, &err);
    must(result != NULL);
    shelflife_json_parser_free(parser);
    shelflife_extractor_free(x);
    free(text);
    return result;
}

static str compared_name(struct oracle *o, str image)
{
    error why;
    struct shelflife_reference reference;
    return shelflife_reference_parse(image, &o->memory, &reference, &why) ? reference.normalized : image;
}

static bool is_old(struct oracle *o, const struct shelflife_image *image)
{
    str name = compared_name(o, image->text);
    for (size_t i = 0; o->old && i < o->old->image_count; i++)
        if (shelflife_str_equal(compared_name(o, o->old->images[i].text), name))
            return true;
    return false;
}

static bool softens_all(const struct oracle *o)
{
    const struct shelflife_owner *owner = &o->object->owner;
    if (o->object->mirror_pod && shelflife_str_starts(o->user, STR("system:node:")))
        return true;
    return shelflife_str_equal(o->operation, STR("CREATE")) && owner->kind.len &&
           shelflife_policy_keeps(snapshot.policy, o->user, shelflife_workload_group_of(owner->api_version),
                                  owner->kind);
}

static shelflife_day date_of(const struct shelflife_verdict *verdict)
{
    if (!verdict->match_count)
        return INT32_MAX;
    const struct shelflife_match *match = verdict->matches[0].match;
    shelflife_day day = verdict->matches[0].phase == SHELFLIFE_PHASE_UNAVAILABLE ? match->end_of_availability
                                                                                 : match->end_of_patch;
    return day == SHELFLIFE_DAY_NONE ? INT32_MAX : day;
}

static enum shelflife_action judge_one(struct oracle *o, const struct shelflife_image *image,
                                       struct shelflife_verdict *verdict)
{
    error err;
    must(shelflife_policy_judge(snapshot.policy, snapshot.catalogs, snapshot.inventory, image->text,
                                o->namespace, AT, &o->memory, verdict, &err));
    bool update = shelflife_str_equal(o->operation, STR("UPDATE"));
    bool softens = softens_all(o) || (update && is_old(o, image));
    o->images[verdict->phase]++;
    o->known[verdict->known]++;
    return verdict->action == SHELFLIFE_DENY && softens ? SHELFLIFE_WARN : verdict->action;
}

/* Puts the finding where it belongs, or counts it if it is there. */
static void insert(struct oracle *o, const struct admission_finding *finding, enum shelflife_action action)
{
    for (size_t i = 0; i < o->count; i++) {
        const struct shelflife_image *a = &o->findings[i].image, *b = &finding->image;
        bool place = a->container.len || b->container.len ? shelflife_str_equal(a->container, b->container)
                                                          : shelflife_str_equal(a->path, b->path);
        if (place && shelflife_str_equal(a->text, b->text)) {
            o->findings[i].repeats++;
            return;
        }
    }
    size_t i = o->count++;
    for (; i; i--) {
        const struct admission_finding *before = &o->findings[i - 1];
        if (o->actions[i - 1] > action)
            break;
        if (o->actions[i - 1] == action &&
            (before->phase > finding->phase ||
             (before->phase == finding->phase && before->date <= finding->date)))
            break;
        o->findings[i] = *before;
        o->actions[i] = o->actions[i - 1];
    }
    o->findings[i] = *finding;
    o->actions[i] = action;
}

static void judge_all(struct oracle *o)
{
    size_t count = o->object->image_count;
    o->findings = shelflife_arena_array(&o->memory, count, sizeof(*o->findings));
    o->actions = shelflife_arena_array(&o->memory, count, sizeof(*o->actions));
    must(o->findings && o->actions);
    for (size_t i = 0; i < count; i++) {
        struct shelflife_verdict *verdict = shelflife_arena_alloc(&o->memory, sizeof(*verdict));
        must(verdict != NULL);
        enum shelflife_action action = judge_one(o, &o->object->images[i], verdict);
        char *room = shelflife_arena_alloc(&o->memory, SHELFLIFE_POLICY_PHRASE_MAX);
        struct shelflife_policy_phrase *phrase = shelflife_arena_alloc(&o->memory, sizeof(*phrase));
        must(room && phrase);
        *phrase = shelflife_policy_phrase_of(verdict, room);
        const struct admission_finding finding = {.image = o->object->images[i],
                                                  .phase = verdict->phase,
                                                  .date = date_of(verdict),
                                                  .repeats = 1,
                                                  .phrase = phrase};
        if (action != SHELFLIFE_ALLOW)
            insert(o, &finding, action);
    }
}

/* The findings with an action, as the lines of a reply are made of them. */
static struct admission_worst findings_with(const struct oracle *o, enum shelflife_action action)
{
    size_t first = 0;
    while (first < o->count && o->actions[first] != action)
        first++;
    struct admission_worst w = {.at = o->findings ? o->findings + first : NULL};
    for (; first + w.count < o->count && o->actions[first + w.count] == action; w.count++)
        w.total += o->findings[first + w.count].repeats;
    return w;
}

static void check_message(const struct oracle *o, const struct shelflife_outcome *out)
{
    static const struct admission_lines_limits limits = {.each = 512, .total = 2048 - 48, .gap = 2};
    struct admission_worst deny = findings_with(o, SHELFLIFE_DENY);
    struct admission_lines lines;
    buffer message;
    shelflife_admission_lines_init(&lines, 1 << 20);
    shelflife_buffer_init(&message, 1 << 20);
    if (out->action == SHELFLIFE_DENY) {
        shelflife_admission_lines_write(&lines, &(struct admission_shown){.then = &deny}, &limits);
        for (size_t i = 0; i < lines.count; i++) {
            shelflife_buffer_append(&message, i ? STR("; ") : STR(""));
            shelflife_buffer_append(&message, shelflife_admission_lines_at(&lines, i));
        }
        if (lines.left_out)
            shelflife_buffer_format(&message, "; and %zu more", lines.left_out);
    } else if (o->count) {
        shelflife_admission_finding_describe(&o->findings[0], limits.each, &message);
    }
    must(!message.failed && shelflife_str_equal(out->message, shelflife_buffer_str(&message)));
    shelflife_buffer_free(&message);
    shelflife_admission_lines_free(&lines);
}

static void compare(str body, const struct shelflife_outcome *out)
{
    json_error_t why;
    json_t *root = json_loadb(body.at, body.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
    const json_t *request = json_object_get(root, "request");
    struct oracle o = {.kind = text_of(json_object_get(json_object_get(request, "kind"), "kind")),
                       .group = text_of(json_object_get(json_object_get(request, "kind"), "group")),
                       .operation = text_of(json_object_get(request, "operation")),
                       .namespace = text_of(json_object_get(request, "namespace")),
                       .user = text_of(json_object_get(json_object_get(request, "userInfo"), "username"))};
    shelflife_arena_init(&o.memory, MEMORY);
    o.object = out->error || !root ? NULL : list_images(&o, json_object_get(request, "object"));
    o.old = o.object ? list_images(&o, json_object_get(request, "oldObject")) : NULL;
    if (o.object && out->judged) {
        judge_all(&o);
        enum shelflife_action action = o.count ? o.actions[0] : SHELFLIFE_ALLOW;
        must(out->action == shelflife_mode_soften(out->mode, action));
        must(memcmp(out->images, o.images, sizeof(o.images)) == 0);
        must(memcmp(out->known, o.known, sizeof(o.known)) == 0);
        check_message(&o, out);
    } else if (o.object && out->mode != SHELFLIFE_MODE_OFF && !out->subresource.len &&
               (shelflife_str_equal(o.operation, STR("CREATE")) ||
                shelflife_str_equal(o.operation, STR("UPDATE")))) {
        must(o.object->image_count == 0);
    }
    json_decref(root);
    shelflife_arena_free(&o.memory);
}

/* ---- Reviews from choices ---- */

enum { CHOICES = 0xff, IMAGES_MOST = 200 };

struct choices {
    const uint8_t *at, *end;
};

static unsigned choose(struct choices *c, unsigned below)
{
    return c->at < c->end ? *c->at++ % below : 0;
}

static void write_image(struct choices *c, buffer *out)
{
    static const char *const texts[] = {"r.test/dead:1",
                                        "R.TEST:443/dead:1",
                                        "r.test/dead:1.",
                                        "r.test/old:1.",
                                        "r.test/old:1",
                                        "r.test/late:1.",
                                        "I",
                                        "i",
                                        "r.test/dead:1@x",
                                        "r.test/late:1",
                                        " ",
                                        "r.test/dead",
                                        "r.test/own:1",
                                        "r.test/own:2@" DIGEST("1"),
                                        "r.test/own:1."};
    const char *text = texts[choose(c, COUNT(texts))];
    shelflife_buffer_format(out, "\"image\":\"%s", text);
    if (text[strlen(text) - 1] == '.' || text[1] == '\0')
        shelflife_buffer_format(out, "%u", choose(c, 256));
    if (choose(c, 64) == 63) {
        for (unsigned i = choose(c, 8) * 1000; i; i--)
            shelflife_buffer_byte(out, 'x');
        shelflife_buffer_format(out, "%u", choose(c, 4));
    }
    shelflife_buffer_byte(out, '"');
}

static void write_container(struct choices *c, buffer *out)
{
    unsigned form = choose(c, 8);
    shelflife_buffer_byte(out, '{');
    if (form & 1)
        shelflife_buffer_format(out, "\"name\":\"c%u\",", choose(c, 256));
    write_image(c, out);
    if (form == 2)
        shelflife_buffer_format(out, ",\"name\":\"d%u\"", choose(c, 256));
    shelflife_buffer_byte(out, '}');
}

static void write_object(struct choices *c, buffer *out)
{
    unsigned metadata = choose(c, 8), last = choose(c, 2);
    static const char *const metadatas[] = {
        "\"annotations\":{\"kubernetes.io/config.mirror\":\"x\"}",
        "\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"controller\":true}]"};
    str text = metadata < COUNT(metadatas) ? shelflife_str_of(metadatas[metadata]) : STR("");
    shelflife_buffer_append(out, STR("{\"kind\":\"Pod\",\"apiVersion\":\"v1\","));
    if (!last)
        shelflife_buffer_format(out, "\"metadata\":{%.*s},", STR_PRINT(text));
    shelflife_buffer_append(out, STR("\"spec\":{\"containers\":["));
    for (unsigned i = choose(c, IMAGES_MOST), first = i; i; i--) {
        shelflife_buffer_append(out, i == first ? STR("") : STR(","));
        write_container(c, out);
    }
    shelflife_buffer_append(out, STR("]}"));
    if (last)
        shelflife_buffer_format(out, ",\"metadata\":{%.*s}", STR_PRINT(text));
    shelflife_buffer_byte(out, '}');
}

static void write_review(struct choices *c, buffer *out)
{
    enum { KIND, NAMESPACE, OPERATION, USER, OBJECT, OLD, FIELDS };
    static const char *const operations[] = {"CREATE", "UPDATE", "UPDATE", "UPDATE"};
    static const char *const users[] = {"jane", "system:node:n"};
    unsigned order[FIELDS] = {KIND, NAMESPACE, OPERATION, USER, OBJECT, OLD};
    for (unsigned swaps = choose(c, 8) < 4 ? 0 : choose(c, 4); swaps; swaps--) {
        unsigned i = choose(c, FIELDS), k = choose(c, FIELDS), kept = order[i];
        order[i] = order[k];
        order[k] = kept;
    }
    shelflife_buffer_append(out, STR("{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/"
                                     "v1\",\"request\":{\"uid\":\"u\""));
    for (unsigned i = 0; i < FIELDS; i++)
        switch (order[i]) {
        case KIND:
            shelflife_buffer_append(out,
                                    STR(",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"}"));
            break;
        case NAMESPACE:
            shelflife_buffer_append(out, choose(c, 4) ? STR(",\"namespace\":\"team\"") : STR(""));
            break;
        case OPERATION:
            shelflife_buffer_format(out, ",\"operation\":\"%s\"", operations[choose(c, COUNT(operations))]);
            break;
        case USER:
            shelflife_buffer_format(out, ",\"userInfo\":{\"username\":\"%s\"}", users[choose(c, 8) == 7]);
            break;
        default:
            shelflife_buffer_append(out, order[i] == OBJECT ? STR(",\"object\":") : STR(",\"oldObject\":"));
            write_object(c, out);
        }
    shelflife_buffer_append(out, STR("}}"));
}

static void check_review(str body)
{
    buffer whole, cut;
    shelflife_buffer_init(&whole, 1 << 20);
    shelflife_buffer_init(&cut, 1 << 20);
    struct shelflife_outcome out = judge(body, 0, SHELFLIFE_MODE_POLICY, &whole);
    compare(body, &out);
    must(!(out.error && out.allowed && out.mode == SHELFLIFE_MODE_ENFORCE));
    must(!(out.action == SHELFLIFE_DENY && out.allowed));
    must(out.http_status == 200 || (out.http_status == 400 && !out.allowed && out.error));
    if (out.http_status == 200)
        check_json(shelflife_buffer_str(&whole));
    /* With smaller pieces, a wrong type may be reported before the syntax error that follows it. */
    struct shelflife_outcome again = judge(body, body.len + 1, SHELFLIFE_MODE_POLICY, &cut);
    must(out.error == again.error && out.http_status == again.http_status && out.allowed == again.allowed);
    must(out.error || shelflife_str_equal(shelflife_buffer_str(&whole), shelflife_buffer_str(&cut)));
    for (int mode = SHELFLIFE_MODE_OFF; mode < SHELFLIFE_MODE_POLICY; mode++) {
        shelflife_buffer_reset(&cut);
        out = judge(body, 0, (enum shelflife_mode)mode, &cut);
        must(out.allowed || out.http_status == 400 || mode == SHELFLIFE_MODE_ENFORCE);
    }
    shelflife_buffer_free(&whole);
    shelflife_buffer_free(&cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!review)
        prepare();
    if (size == 0 || data[0] != CHOICES) {
        check_review((str){(const char *)data, size});
        return 0;
    }
    buffer body;
    struct choices c = {data + 1, data + size};
    shelflife_buffer_init(&body, 16 << 20);
    write_review(&c, &body);
    must(!body.failed);
    check_review(shelflife_buffer_str(&body));
    shelflife_buffer_free(&body);
    return 0;
}
