#include "kube/kube.h"
#include "shelflife/json.h"

/* The server ends a watch after this time, which finds connections that only seem to be open. */
#define WATCH_SECONDS "120"
enum {
    WATCH_MS = 150 * 1000,
    WATCH_QUIET_SECONDS = 600, /* a quiet cluster sends nothing */
    WATCH_SHORT_MS = 5000,
    WAIT_FIRST_MS = 1000,
    WAIT_MAX_MS = 30 * 1000,
    TEXT_MAX = 256,
};

static const uint64_t watch_bytes = 2ULL << 30;

enum field { FIELD_NONE, FIELD_TYPE, FIELD_VERSION, FIELD_CODE, FIELD_MESSAGE, FIELD_REASON, FIELDS };

/* A text of an event. One that is too long is cut, and equal to nothing. */
struct text {
    char at[TEXT_MAX];
    size_t len;
    bool cut;
};

/* Where the keys are that count. `in` is the key of the map around, or NULL for the event itself. */
static const struct {
    str in, key;
    enum field field; /* FIELD_NONE: a map */
} keys[] = {
    {{NULL, 0}, STR_INIT("type"), FIELD_TYPE},
    {{NULL, 0}, STR_INIT("object"), FIELD_NONE},
    {STR_INIT("object"), STR_INIT("metadata"), FIELD_NONE},
    {STR_INIT("object"), STR_INIT("code"), FIELD_CODE},
    {STR_INIT("object"), STR_INIT("message"), FIELD_MESSAGE},
    {STR_INIT("object"), STR_INIT("reason"), FIELD_REASON},
    {STR_INIT("metadata"), STR_INIT("resourceVersion"), FIELD_VERSION},
};
enum { DEPTH_MAX = 3 };

struct shelflife_kube_watch {
    const struct shelflife_kube_follow *follow;
    struct shelflife_json_parser *parser;
    bool begun;  /* an event, which has not ended */
    size_t size; /* of it */
    str path[DEPTH_MAX + 1];
    unsigned depth;
    char key[24];
    size_t key_len;
    enum field field;
    struct text texts[FIELDS];
    char version[SHELFLIFE_KUBE_VERSION_MAX];
    bool expired;
};

typedef struct shelflife_kube_watch watch;

/* ---- An event's own parts ---- */

static void add_text(struct text *t, str piece)
{
    str fits = shelflife_str_first(piece, sizeof(t->at) - 1 - t->len);
    t->cut = t->cut || fits.len < piece.len || shelflife_str_find(piece, '\0') != SIZE_MAX;
    shelflife_copy(t->at + t->len, fits.at, fits.len);
    t->len += fits.len;
}

static str text_of(const watch *w, enum field field)
{
    const struct text *t = &w->texts[field];
    return t->cut ? (str){0} : (str){t->at, t->len};
}

static enum shelflife_json_next on_key(watch *w, str text, bool last)
{
    str fits = shelflife_str_first(text, sizeof(w->key) - w->key_len);
    shelflife_copy(w->key + w->key_len, fits.at, fits.len);
    w->key_len += fits.len;
    if (!last && fits.len == text.len)
        return SHELFLIFE_JSON_CONTINUE;
    str key = {w->key, w->key_len};
    w->key_len = 0;
    if (fits.len < text.len)
        return SHELFLIFE_JSON_SKIP;
    for (size_t i = 0; i < COUNT(keys); i++) {
        if (!shelflife_str_equal(keys[i].key, key) || !shelflife_str_equal(keys[i].in, w->path[w->depth]))
            continue;
        w->field = keys[i].field;
        w->texts[w->field] = (struct text){0};
        if (w->depth < DEPTH_MAX)
            w->path[w->depth + 1] = keys[i].key;
        return SHELFLIFE_JSON_CONTINUE;
    }
    return SHELFLIFE_JSON_SKIP;
}

static enum shelflife_json_next on_event(void *context, enum shelflife_json_event event, str text, bool last,
                                         error *err)
{
    watch *w = context;
    switch (event) {
    case SHELFLIFE_JSON_KEY:
        return on_key(w, text, last);
    case SHELFLIFE_JSON_STRING:
    case SHELFLIFE_JSON_NUMBER:
        if (w->depth && w->field != FIELD_NONE) {
            add_text(&w->texts[w->field], text);
            return SHELFLIFE_JSON_CONTINUE;
        }
        break;
    case SHELFLIFE_JSON_MAP_START:
        if (w->depth && w->field != FIELD_NONE)
            return SHELFLIFE_JSON_SKIP;
        w->depth++;
        w->key_len = 0;
        return SHELFLIFE_JSON_CONTINUE;
    case SHELFLIFE_JSON_MAP_END:
        w->depth--;
        return SHELFLIFE_JSON_CONTINUE;
    case SHELFLIFE_JSON_ARRAY_START:
        if (w->depth)
            return SHELFLIFE_JSON_SKIP;
        break;
    default:
        break;
    }
    if (w->depth)
        return SHELFLIFE_JSON_CONTINUE;
    shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "an event of a watch must be a map");
    return SHELFLIFE_JSON_STOP;
}

/* ---- Events ---- */

static bool fail_of_server(watch *w, error *err)
{
    str message = text_of(w, FIELD_MESSAGE), code = text_of(w, FIELD_CODE);
    w->expired = shelflife_str_equal(code, STR("410")) ||
                 shelflife_str_equal(text_of(w, FIELD_REASON), STR("Expired"));
    return shelflife_fail(err, SHELFLIFE_ERROR_IO, "the server ended the watch: %.*s (%.*s)",
                          STR_PRINT(message.len ? message : STR("no reason given")),
                          STR_PRINT(code.len ? code : STR("no code")));
}

static bool end_event(watch *w, error *err)
{
    static const str types[] = {
        [SHELFLIFE_KUBE_ADDED] = STR_INIT("ADDED"),
        [SHELFLIFE_KUBE_MODIFIED] = STR_INIT("MODIFIED"),
        [SHELFLIFE_KUBE_DELETED] = STR_INIT("DELETED"),
    };
    if (!shelflife_json_parser_finish(w->parser, err))
        return false;
    str type = text_of(w, FIELD_TYPE), version = text_of(w, FIELD_VERSION);
    if (shelflife_str_equal(type, STR("ERROR")))
        return fail_of_server(w, err);
    for (size_t i = 0; i < COUNT(types); i++)
        if (shelflife_str_equal(type, types[i]) &&
            !w->follow->end(w->follow->context, (enum shelflife_kube_change)i, err))
            return false;
    if (version.len) {
        memset(w->version, 0, sizeof(w->version));
        memcpy(w->version, version.at, version.len);
    }
    return true;
}

static void begin_event(watch *w)
{
    shelflife_json_parser_reset(w->parser);
    w->begun = true;
    w->size = w->key_len = 0;
    w->depth = 0;
    w->field = FIELD_NONE;
    w->path[0] = w->path[1] = (str){0};
    for (size_t i = 0; i < FIELDS; i++)
        w->texts[i] = (struct text){0};
    w->follow->begin(w->follow->context);
}

/* Bytes of one line, without the line feed that ends it. */
static bool on_line(watch *w, str bytes, error *err)
{
    if (!w->begun && shelflife_str_trim(bytes).len == 0)
        return true;
    if (!w->begun)
        begin_event(w);
    w->size += bytes.len;
    if (w->size > SHELFLIFE_KUBE_EVENT_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "an event of a watch is longer than %d bytes",
                              SHELFLIFE_KUBE_EVENT_MAX);
    return shelflife_json_parser_feed(w->parser, bytes, err) &&
           w->follow->bytes(w->follow->context, bytes, err);
}

bool shelflife_kube_watch_feed(watch *w, str bytes, error *err)
{
    for (;;) {
        size_t end = shelflife_str_find(bytes, '\n');
        if (end == SIZE_MAX)
            return bytes.len == 0 || on_line(w, bytes, err);
        if (!on_line(w, shelflife_str_first(bytes, end), err) || (w->begun && !end_event(w, err)))
            return false;
        w->begun = false;
        bytes = shelflife_str_after(bytes, end + 1);
    }
}

watch *shelflife_kube_watch_new(const struct shelflife_kube_follow *follow, error *err)
{
    watch *w = calloc(1, sizeof(*w));
    if (w) {
        w->follow = follow;
        w->parser = shelflife_json_parser_new(on_event, w, false);
        if (w->parser)
            return w;
        free(w);
    }
    shelflife_fail_memory(err);
    return NULL;
}

void shelflife_kube_watch_free(watch *w)
{
    if (!w)
        return;
    shelflife_json_parser_free(w->parser);
    free(w);
}

void shelflife_kube_watch_reset(watch *w)
{
    w->begun = w->expired = false;
}

const char *shelflife_kube_watch_version(const watch *w)
{
    return w->version;
}

bool shelflife_kube_watch_expired(const watch *w)
{
    return w->expired;
}

/* ---- Following a list ---- */

struct following {
    struct shelflife_kube_client *client;
    const struct shelflife_kube_follow *follow;
    watch *watch;
    struct shelflife_kube_reply *reply;
    unsigned failures; /* in a row */
    bool received;     /* something in this watch */
    error fatal;       /* of a handler */
    bool ended;        /* by it */
};

/* A failure of a handler ends all, except INPUT. */
static bool outcome(struct following *f, bool ok, const error *err)
{
    if (!ok && err->kind != SHELFLIFE_ERROR_INPUT) {
        f->ended = true;
        f->fatal = *err;
    }
    return ok;
}

static bool on_page(void *context, enum shelflife_kube_list_event event,
                    const struct shelflife_kube_page *page, str bytes, error *err)
{
    struct following *f = context;
    error why = {0};
    bool ok = outcome(f, f->follow->page(f->follow->context, event, page, bytes, &why), &why);
    if (!ok && err)
        *err = why;
    if (ok && event == SHELFLIFE_KUBE_PAGE_END)
        memcpy(f->watch->version, page->version, sizeof(page->version));
    return ok;
}

static bool read_list(struct following *f, error *err)
{
    return shelflife_kube_list(f->client, &f->follow->list, on_page, f, f->reply, err);
}

static bool on_bytes(void *context, str bytes, error *err)
{
    struct following *f = context;
    if (!shelflife_kube_watch_feed(f->watch, bytes, err))
        return false;
    f->failures = 0;
    f->received = true;
    return true;
}

/* The handlers of the watch, so that their failures are known. */
static void begin(void *context)
{
    const struct following *f = context;
    f->follow->begin(f->follow->context);
}

static bool pass_bytes(void *context, str bytes, error *err)
{
    struct following *f = context;
    error why = {0};
    bool ok = outcome(f, f->follow->bytes(f->follow->context, bytes, &why), &why);
    if (!ok && err)
        *err = why;
    return ok;
}

static bool pass_end(void *context, enum shelflife_kube_change change, error *err)
{
    struct following *f = context;
    error why = {0};
    bool ok = outcome(f, f->follow->end(f->follow->context, change, &why), &why);
    if (!ok && err)
        *err = why;
    return ok;
}

static bool read_watch(struct following *f, error *err)
{
    static const struct shelflife_net_http_limits limits = {
        .body_bytes = watch_bytes, .total_ms = WATCH_MS, .slow_seconds = WATCH_QUIET_SECONDS};
    const struct shelflife_kube_list *l = &f->follow->list;
    size_t n = l->query_count;
    CLEANUP(cleanup_free) struct shelflife_kube_query *query = calloc(n + 4, sizeof(*query));
    if (!query)
        return shelflife_fail_memory(err);
    if (n)
        memcpy(query, l->query, n * sizeof(*query));
    query[n++] = (struct shelflife_kube_query){"watch", STR("true")};
    query[n++] = (struct shelflife_kube_query){"allowWatchBookmarks", STR("true")};
    query[n++] = (struct shelflife_kube_query){"timeoutSeconds", STR(WATCH_SECONDS)};
    char version[SHELFLIFE_KUBE_VERSION_MAX]; /* that of the watch changes during the request */
    memcpy(version, f->watch->version, sizeof(version));
    query[n++] = (struct shelflife_kube_query){"resourceVersion", shelflife_str_of(version)};
    const struct shelflife_kube_request request = {.path = l->path,
                                                   .query = query,
                                                   .query_count = n,
                                                   .accept = l->accept,
                                                   .sink = on_bytes,
                                                   .context = f,
                                                   .limits = &limits};
    const struct shelflife_clock *clock = shelflife_kube_client_options(f->client)->clock;
    uint64_t started = clock->milliseconds(clock->context);
    shelflife_kube_watch_reset(f->watch);
    f->received = false;
    if (!shelflife_kube_request(f->client, &request, f->reply, err))
        return false;
    return f->received || clock->milliseconds(clock->context) - started >= WATCH_SHORT_MS ||
           shelflife_fail(err, SHELFLIFE_ERROR_IO, "the server ended the watch at once");
}

/* False if cancelled. */
static bool wait_after(struct following *f, const error *why)
{
    const struct shelflife_kube_options *o = shelflife_kube_client_options(f->client);
    const struct shelflife_clock *clock = o->clock;
    uint64_t most = (uint64_t)WAIT_FIRST_MS << (f->failures < 6 ? f->failures : 6);
    if (o->cancel && atomic_load(o->cancel))
        return false;
    f->follow->state(f->follow->context, why);
    f->failures++;
    if (most > WAIT_MAX_MS)
        most = WAIT_MAX_MS;
    return clock->sleep(clock->context, most / 2 + clock->random(clock->context) % (most / 2 + 1), o->cancel);
}

static bool is_refused(const struct following *f)
{
    int status = f->reply->status;
    return status == 400 || status == 401 || status == 403 || status == 404 || status == 405;
}

/* Reads the list, and watches until it must be read again: true. False: cancelled, refused, or ended. */
static bool follow_once(struct following *f, error *err)
{
    error why = {0};
    f->watch->version[0] = '\0';
    if (!read_list(f, &why)) {
        *err = why;
        return !f->ended && !is_refused(f) && wait_after(f, &why);
    }
    f->follow->state(f->follow->context, NULL);
    for (;;) {
        const struct shelflife_kube_options *o = shelflife_kube_client_options(f->client);
        if (f->watch->version[0] == '\0') {
            shelflife_fail(&why, SHELFLIFE_ERROR_INPUT, "the list has no resourceVersion");
            return wait_after(f, &why);
        }
        if (o->cancel && atomic_load(o->cancel))
            return false;
        if (read_watch(f, &why))
            continue;
        *err = why;
        if (f->ended || is_refused(f) || !wait_after(f, &why))
            return false;
        if (f->reply->status == 410 || f->watch->expired || why.kind == SHELFLIFE_ERROR_INPUT)
            return true;
    }
}

static void cleanup_watch(watch **w)
{
    shelflife_kube_watch_free(*w);
}

bool shelflife_kube_follow(struct shelflife_kube_client *client, const struct shelflife_kube_follow *follow,
                           struct shelflife_kube_reply *reply, error *err)
{
    const struct shelflife_kube_options *o = shelflife_kube_client_options(client);
    struct following f = {.client = client, .follow = follow, .reply = reply};
    const struct shelflife_kube_follow inner = {
        .begin = begin, .bytes = pass_bytes, .end = pass_end, .context = &f};
    CLEANUP(cleanup_watch) watch *w = shelflife_kube_watch_new(&inner, err);
    error why = {0};
    if (!w)
        return false;
    f.watch = w;
    while (follow_once(&f, &why))
        ;
    if (!f.ended && o->cancel && atomic_load(o->cancel))
        return true;
    if (err)
        *err = f.ended ? f.fatal : why;
    return false;
}
