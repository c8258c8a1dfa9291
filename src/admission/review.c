#include "shelflife/admission.h"

#include "admission/judge.h"
#include "admission/lines.h"
#include "base/printable.h"
#include "json/words.h"

/* Limits in bytes: for what is kept of an object besides its images, such as its name and owner; and for the
 * strings of the envelope. The largest objects that an API server allows fit. If the object comes before its
 * kind, which is never so from an API server, the images with their paths must fit, too. */
enum { FOUND_MAX = 4 << 20, STRINGS_MAX = 1 << 20 };

/* What is kept of a buffer from one review to the next. */
enum { BUFFER_KEPT = 2048 };

/* In bytes. The first two are limits of the API server; the sums leave room for "and N more". */
enum { WARNING_MAX = 256, WARNINGS_MAX = 4096, DENIAL_EACH = 512, DENIAL_MAX = 2048, MORE_MAX = 48 };

static const struct admission_lines_limits warning_limits = {
    .prefix = STR_INIT("shelflife: "), .each = WARNING_MAX, .total = WARNINGS_MAX - MORE_MAX};
static const struct admission_lines_limits denial_limits = {
    .each = DENIAL_EACH, .total = DENIAL_MAX - MORE_MAX, .gap = sizeof("; ") - 1};

struct shelflife_review {
    struct shelflife_json_parser *parser;
    arena found;   /* objects; not needed after the reply is written */
    arena strings; /* of the envelope: the outcome's */
    struct admission_envelope envelope;

    const struct shelflife_snapshot *snapshot;
    shelflife_day at;
    bool failed;
    error why; /* failed: the review cannot be judged */

    struct admission_judge judge;
    struct admission_lines lines;
    buffer message; /* of the denial or error, or the worst finding */
    buffer note;    /* what only the audit log contains, or the last warning */
};

struct shelflife_review *shelflife_review_new(void)
{
    struct shelflife_review *r = shelflife_calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    shelflife_arena_init(&r->found, FOUND_MAX);
    shelflife_arena_init(&r->strings, STRINGS_MAX);
    shelflife_admission_judge_init(&r->judge);
    shelflife_admission_lines_init(&r->lines, WARNINGS_MAX + WARNING_MAX);
    shelflife_buffer_init(&r->message, WARNINGS_MAX);
    shelflife_buffer_init(&r->note, WARNINGS_MAX);
    r->parser = shelflife_json_parser_new(shelflife_admission_envelope_event, &r->envelope, false);
    r->envelope.extractor = shelflife_extractor_new(&r->found);
    shelflife_buffer_init(&r->envelope.token, ADMISSION_ENVELOPE_STRING_MAX);
    if (!r->parser || !r->envelope.extractor) {
        shelflife_review_free(r);
        return NULL;
    }
    return r;
}

void shelflife_review_free(struct shelflife_review *r)
{
    if (!r)
        return;
    shelflife_json_parser_free(r->parser);
    shelflife_extractor_free(r->envelope.extractor);
    shelflife_arena_free(&r->found);
    shelflife_arena_free(&r->strings);
    shelflife_admission_judge_free(&r->judge);
    shelflife_buffer_free(&r->envelope.token);
    shelflife_admission_lines_free(&r->lines);
    shelflife_buffer_free(&r->message);
    shelflife_buffer_free(&r->note);
    shelflife_free(r);
}

void shelflife_review_set_key(struct shelflife_review *r, const unsigned char key[16])
{
    memcpy(r->judge.key, key, sizeof(r->judge.key));
}

void shelflife_review_set_memo(struct shelflife_review *r, struct shelflife_memo *memo)
{
    r->judge.memo = memo;
}

size_t shelflife_review_memory(const struct shelflife_review *r)
{
    return sizeof(*r) + shelflife_json_parser_memory(r->parser) +
           shelflife_extractor_memory(r->envelope.extractor) + shelflife_arena_memory(&r->found) +
           shelflife_arena_memory(&r->strings) + shelflife_admission_judge_memory(&r->judge) +
           r->envelope.token.capacity + r->lines.text.capacity + r->message.capacity + r->note.capacity;
}

static void reset_buffer(buffer *b)
{
    shelflife_buffer_reset(b);
    if (b->capacity > BUFFER_KEPT)
        shelflife_buffer_free(b);
}

/* An idle connection should not keep the memory of a large review. */
static void forget_object(struct shelflife_review *r)
{
    shelflife_extractor_reset(r->envelope.extractor);
    shelflife_admission_judge_reset(&r->judge);
    shelflife_arena_reset(&r->found);
    reset_buffer(&r->lines.text);
}

void shelflife_review_reset(struct shelflife_review *r)
{
    forget_object(r);
    shelflife_arena_reset(&r->strings);
    reset_buffer(&r->envelope.token);
    reset_buffer(&r->message);
    reset_buffer(&r->note);
}

void shelflife_review_begin(struct shelflife_review *r, const struct shelflife_snapshot *snapshot,
                            shelflife_day at, enum shelflife_mode mode)
{
    shelflife_review_reset(r);
    shelflife_json_parser_reset(r->parser);
    r->snapshot = snapshot;
    r->at = at;
    r->failed = false;
    r->judge.envelope = &r->envelope;
    r->judge.snapshot = snapshot;
    r->judge.at = at;
    r->envelope = (struct admission_envelope){.extractor = r->envelope.extractor,
                                              .sink = shelflife_admission_judge_image,
                                              .sink_context = &r->judge,
                                              .sink_key = r->judge.key,
                                              .strings = &r->strings,
                                              .token = r->envelope.token,
                                              .policy = snapshot->policy,
                                              .path_mode = mode};
    shelflife_admission_envelope_begin(&r->envelope);
}

/* What was read of the object is not needed any more. What the reply needs stays. */
static void fail(struct shelflife_review *r)
{
    r->failed = true;
    shelflife_json_parser_reset(r->parser);
    forget_object(r);
    reset_buffer(&r->envelope.token);
}

void shelflife_review_feed(struct shelflife_review *r, str chunk)
{
    if (!r->failed && !shelflife_json_parser_feed(r->parser, chunk, &r->why))
        fail(r);
}

bool shelflife_review_failed(const struct shelflife_review *r)
{
    return r->failed;
}

void shelflife_review_abort(struct shelflife_review *r, const error *why)
{
    if (r->failed)
        return;
    r->why = *why;
    fail(r);
}

/* Judges the review. */
static void judge(struct shelflife_review *r, struct shelflife_outcome *out)
{
    struct admission_envelope *e = &r->envelope;
    bool ok = !r->failed && shelflife_json_parser_finish(r->parser, &r->why) &&
              shelflife_admission_envelope_check(e, &r->why);
    out->mode = e->mode;
    if (ok && shelflife_admission_envelope_counts(e)) {
        ok = shelflife_admission_judge_finish(&r->judge, &r->why);
        out->judged = ok && r->judge.out.count;
        out->unread = ok && e->object ? (uint32_t)e->object->unread_count : 0;
    }
    r->failed = !ok;
}

static void set_outcome(const struct shelflife_review *r, struct shelflife_outcome *out)
{
    const struct admission_judgement *j = &r->judge.out;
    const str *string = r->envelope.string;
    out->uid = string[ADMISSION_ENVELOPE_UID];
    out->operation = string[ADMISSION_ENVELOPE_OPERATION];
    out->group = string[ADMISSION_ENVELOPE_GROUP];
    out->resource = string[ADMISSION_ENVELOPE_RESOURCE];
    out->subresource = string[ADMISSION_ENVELOPE_SUBRESOURCE];
    out->kind = string[ADMISSION_ENVELOPE_OBJECT_KIND];
    out->namespace_name = string[ADMISSION_ENVELOPE_NAMESPACE];
    out->name = string[ADMISSION_ENVELOPE_NAME];
    out->user = string[ADMISSION_ENVELOPE_USER];
    out->dry_run = r->envelope.dry_run;
    if (!out->judged)
        return;
    out->action = shelflife_mode_soften(out->mode, j->deny.total   ? SHELFLIFE_DENY
                                                   : j->warn.total ? SHELFLIFE_WARN
                                                                   : SHELFLIFE_ALLOW);
    out->phase = j->phase;
    memcpy(out->images, j->images, sizeof(out->images));
    memcpy(out->known, j->known, sizeof(out->known));
    out->outdated = j->outdated;
    out->contradicted = j->contradicted;
    out->unverified = j->unverified;
    out->waived = j->waived;
}

/* ---- The reply, which is put together from pieces of JSON ---- */

/* The status of a denial: its code, and its text after the message, with the reason, one of the Kubernetes
 * API (metav1.StatusReason). */
struct status {
    int code;
    str rest;
};

#define STATUS(code, reason)                                                                                 \
    {                                                                                                        \
        code, STR_INIT(",\"reason\":\"" reason "\",\"code\":" #code "}")                                     \
    }

static const struct status forbidden = STATUS(403, "Forbidden");
static const struct status bad_request = STATUS(400, "BadRequest");
static const struct status of_errors[] = {
    [SHELFLIFE_ERROR_LIMIT] = STATUS(413, "RequestEntityTooLarge"),
    [SHELFLIFE_ERROR_MEMORY] = STATUS(503, "ServiceUnavailable"),
    [SHELFLIFE_ERROR_TIME] = STATUS(504, "Timeout"),
};

static const struct status *status_of(enum shelflife_error_kind kind)
{
    return (size_t)kind < COUNT(of_errors) && of_errors[kind].code ? &of_errors[kind] : &bad_request;
}

static void write_string(buffer *reply, str before, str text)
{
    shelflife_buffer_append(reply, before);
    shelflife_json_append_string(reply, text);
}

static void write_status(buffer *reply, const struct status *status, str message,
                         struct shelflife_outcome *out)
{
    out->code = status->code;
    write_string(reply, STR(",\"status\":{\"message\":"), message);
    shelflife_buffer_append(reply, status->rest);
}

static void append_more(buffer *out, size_t n)
{
    if (n)
        shelflife_buffer_format(out, "and %zu more", n);
}

/* Writes the message of a denial. */
static void write_denial(struct shelflife_review *r)
{
    const struct admission_shown denied = {.then = &r->judge.out.deny};
    shelflife_admission_lines_write(&r->lines, &denied, &denial_limits);
    for (size_t i = 0; i < r->lines.count; i++) {
        if (i)
            shelflife_buffer_append(&r->message, STR("; "));
        shelflife_buffer_append(&r->message, shelflife_admission_lines_at(&r->lines, i));
    }
    if (!r->lines.count) {
        size_t n = shelflife_admission_shown_total(&denied);
        shelflife_buffer_format(&r->message, "%zu image%s that the policy denies, among too many to name %s",
                                n, n == 1 ? "" : "s", n == 1 ? "it" : "them");
        return;
    }
    if (r->lines.left_out)
        shelflife_buffer_append(&r->message, STR("; "));
    append_more(&r->message, r->lines.left_out);
}

static void write_warnings(struct shelflife_review *r, buffer *reply, const struct admission_shown *shown)
{
    str before = STR(",\"warnings\":[");
    shelflife_admission_lines_write(&r->lines, shown, &warning_limits);
    for (size_t i = 0; i < r->lines.count; i++, before = STR(","))
        write_string(reply, before, shelflife_admission_lines_at(&r->lines, i));
    if (r->lines.left_out) {
        shelflife_buffer_append(&r->note, warning_limits.prefix);
        append_more(&r->note, r->lines.left_out);
        write_string(reply, before, shelflife_buffer_str(&r->note));
        r->note.len = 0; /* a failure counts at the end */
    }
    shelflife_buffer_byte(reply, ']');
}

/* The worst finding that is not in a warning goes into the audit log. */
static void note_finding(struct shelflife_review *r, const struct admission_shown *shown)
{
    const struct admission_finding *worst = shelflife_admission_shown_at(shown, 0);
    if (worst)
        shelflife_admission_finding_describe(worst, DENIAL_EACH, &r->note);
    if (shelflife_admission_shown_total(shown) > 1)
        shelflife_buffer_format(&r->note, " (and %zu more)", shelflife_admission_shown_total(shown) - 1);
}

/* Annotations of the audit log, whose values are strings. */
struct annotations {
    buffer *reply;
    str before; /* the next one */
};

static void annotate(struct annotations *a, str key, str value)
{
    shelflife_buffer_append(a->reply, a->before);
    write_string(a->reply, key, value);
    a->before = STR(",");
}

/* Names the first text of the object that could not be read. */
static void annotate_unread(struct shelflife_review *r, struct annotations *a)
{
    enum { PATH_EACH = 300, WHY_EACH = 200, NOTE_MAX = 1024 };
    const struct shelflife_object *object = r->envelope.object;
    const struct shelflife_unread *first = object->unread;
    char room[NOTE_MAX] UNINITIALIZED;
    buffer text = shelflife_buffer_in(room, sizeof(room));
    shelflife_printable_append(first->path, PATH_EACH, &text);
    shelflife_buffer_append(&text, STR(": "));
    shelflife_printable_append(first->why, WHY_EACH, &text);
    if (object->unread_count > 1)
        shelflife_buffer_format(&text, " (and %zu more)", object->unread_count - 1);
    annotate(a, STR("\"unread\":"), shelflife_buffer_str(&text));
}

/* How often an inspection counted. */
static void annotate_count(struct annotations *a, str key, uint32_t count)
{
    char text[16];
    if (!count)
        return;
    snprintf(text, sizeof(text), "%u", (unsigned)count);
    annotate(a, key, shelflife_str_of(text));
}

static void write_annotations(struct shelflife_review *r, buffer *reply, const struct shelflife_outcome *out)
{
    struct annotations a = {reply, STR(",\"auditAnnotations\":{")};
    if (!out->judged && !r->note.len && !out->unread)
        return;
    if (out->judged) {
        annotate(&a, STR("\"phase\":"), shelflife_str_of(shelflife_phase_name(out->phase)));
        annotate(&a, STR("\"action\":"), shelflife_str_of(shelflife_action_name(out->action)));
        annotate(&a, STR("\"catalog\":"), r->snapshot->digest);
        annotate_count(&a, STR("\"inspected\":"), out->known[SHELFLIFE_KNOWN_BY_INSPECTION]);
        annotate_count(&a, STR("\"contradicted\":"), out->contradicted);
    }
    if (r->note.len)
        annotate(&a, STR("\"finding\":"), shelflife_buffer_str(&r->note));
    if (out->unread)
        annotate_unread(r, &a);
    shelflife_buffer_byte(reply, '}');
}

/* Writes the part of the response that depends on the judgement. */
static void write_judgement(struct shelflife_review *r, buffer *reply, struct shelflife_outcome *out)
{
    bool denied = out->action == SHELFLIFE_DENY;
    const struct admission_shown rest = {denied ? NULL : &r->judge.out.deny, &r->judge.out.warn};
    const struct admission_finding *worst = shelflife_admission_shown_at(&rest, 0);
    if (denied) {
        write_denial(r);
        write_status(reply, &forbidden, shelflife_buffer_str(&r->message), out);
    } else if (worst) {
        shelflife_admission_finding_describe(worst, DENIAL_EACH, &r->message);
    }
    if (shelflife_admission_shown_total(&rest)) {
        bool warn =
            out->mode >= SHELFLIFE_MODE_WARN &&
            !shelflife_policy_is_controller(r->snapshot->policy, r->envelope.string[ADMISSION_ENVELOPE_USER]);
        if (warn)
            write_warnings(r, reply, &rest);
        else
            note_finding(r, &rest);
        out->warnings = warn ? (uint32_t)r->lines.count : 0;
    }
}

/* Writes the part of the response that says why a review was not judged. */
static void write_error(struct shelflife_review *r, buffer *reply, struct shelflife_outcome *out)
{
    shelflife_buffer_append(&r->message, STR("this review could not be judged: "));
    shelflife_printable_append(shelflife_str_of(r->why.text), DENIAL_EACH, &r->message);
    if (!out->allowed) {
        write_status(reply, status_of(r->why.kind), shelflife_buffer_str(&r->message), out);
        return;
    }
    if (out->mode != SHELFLIFE_MODE_WARN) {
        shelflife_buffer_append(&r->note, shelflife_buffer_str(&r->message));
        return;
    }
    shelflife_buffer_append(&r->note, warning_limits.prefix);
    shelflife_printable_append(shelflife_buffer_str(&r->message), WARNING_MAX - r->note.len, &r->note);
    write_string(reply, STR(",\"warnings\":["), shelflife_buffer_str(&r->note));
    shelflife_buffer_byte(reply, ']');
    r->note.len = 0; /* a failure counts at the end */
    out->warnings = 1;
}

static void write_reply(struct shelflife_review *r, struct shelflife_outcome *out, buffer *reply)
{
    write_string(reply, STR("{\"apiVersion\":"), shelflife_admission_envelope_version(&r->envelope));
    write_string(reply, STR(",\"kind\":\"AdmissionReview\",\"response\":{\"uid\":"), out->uid);
    shelflife_buffer_append(reply, out->allowed ? STR(",\"allowed\":true") : STR(",\"allowed\":false"));
    if (r->failed)
        write_error(r, reply, out);
    else if (out->judged)
        write_judgement(r, reply, out);
    write_annotations(r, reply, out);
    shelflife_buffer_append(reply, STR("}}"));
}

bool shelflife_review_finish(struct shelflife_review *r, buffer *reply, struct shelflife_outcome *out,
                             error *err)
{
    *out = (struct shelflife_outcome){.http_status = 200};
    judge(r, out);
    set_outcome(r, out);
    out->error = r->failed ? r->why.kind : SHELFLIFE_ERROR_NONE;
    if (r->failed && !out->uid.len) {
        out->http_status = out->code = 400;
        out->action = SHELFLIFE_DENY;
        shelflife_buffer_append(&r->message, shelflife_str_of(r->why.text));
        shelflife_buffer_append(reply, shelflife_buffer_str(&r->message));
        shelflife_buffer_byte(reply, '\n');
    } else {
        if (r->failed)
            out->action = shelflife_mode_soften(out->mode, SHELFLIFE_DENY);
        out->allowed = out->action != SHELFLIFE_DENY;
        write_reply(r, out, reply);
    }
    out->message = shelflife_buffer_str(&r->message);
    bool failed = r->message.failed || r->note.failed || r->lines.text.failed;
    forget_object(r);
    if (reply->failed || failed)
        return shelflife_fail_memory(err);
    return true;
}
