#include "base/ascii.h"
#include "kube/kube.h"
#include "shelflife/json.h"

enum {
    LIMIT_DEFAULT = 500,
    BROKEN_MAX = 3,   /* times a page may be incomplete JSON */
    EXPIRED_MAX = 10, /* times in a row that a token may have expired */
    RESTARTS_MAX = 3,
    DIGITS_MAX = 19,
};

enum field { FIELD_NONE, FIELD_CONTINUE, FIELD_REMAINING, FIELD_VERSION };

/* A page's metadata. Everything else is skipped, and nothing is parsed after it: built-in kinds have it
   before the items, custom resources after them. */
struct metadata {
    char key[24];
    size_t key_len;
    unsigned depth;
    bool complete;
    enum field field;
    char token[SHELFLIFE_KUBE_CONTINUE_MAX];
    size_t token_len;
    char version[SHELFLIFE_KUBE_VERSION_MAX];
    size_t version_len; /* sizeof(version) if it is too long */
    int64_t remaining;
    unsigned digits;
};

/* A list that is being read. */
struct reading {
    const struct shelflife_kube_list *list;
    shelflife_kube_list_handler *handler;
    void *context;
    struct shelflife_json_parser *parser;
    struct metadata metadata;
    struct shelflife_kube_page page;
    char token[SHELFLIFE_KUBE_CONTINUE_MAX]; /* of the page to ask for */
    bool started;                            /* PAGE_START was reported, END or AGAIN not yet */
    unsigned broken, expired, restarts;
    error *err;
};

/* ---- The metadata ---- */

static enum shelflife_json_next on_key(struct metadata *m, str text, bool last)
{
    bool fits = text.len <= sizeof(m->key) - m->key_len;
    if (fits && text.len)
        memcpy(m->key + m->key_len, text.at, text.len);
    m->key_len += fits ? text.len : 0;
    if (fits && !last)
        return SHELFLIFE_JSON_CONTINUE;
    str key = fits ? (str){m->key, m->key_len} : STR("");
    m->key_len = 0;
    m->field = FIELD_NONE;
    if (m->depth == 1)
        return shelflife_str_equal(key, STR("metadata")) ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_SKIP;
    if (shelflife_str_equal(key, STR("continue")))
        m->field = FIELD_CONTINUE;
    else if (shelflife_str_equal(key, STR("remainingItemCount")))
        m->field = FIELD_REMAINING;
    else if (shelflife_str_equal(key, STR("resourceVersion")))
        m->field = FIELD_VERSION;
    return m->field ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_SKIP;
}

/* A version that is too long counts as none. */
static enum shelflife_json_next on_version(struct metadata *m, str text)
{
    if (m->version_len + text.len >= sizeof(m->version) || shelflife_str_find(text, '\0') != SIZE_MAX)
        m->version_len = sizeof(m->version);
    else
        m->version_len =
            (size_t)((char *)shelflife_copy(m->version + m->version_len, text.at, text.len) - m->version);
    return SHELFLIFE_JSON_CONTINUE;
}

static enum shelflife_json_next on_token(struct metadata *m, str text, error *err)
{
    if (m->field == FIELD_VERSION)
        return on_version(m, text);
    if (m->field != FIELD_CONTINUE)
        return SHELFLIFE_JSON_SKIP;
    if (m->token_len + text.len >= sizeof(m->token) || shelflife_str_find(text, '\0') != SIZE_MAX) {
        shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                       "the list's continue token must be text of at most %d bytes",
                       SHELFLIFE_KUBE_CONTINUE_MAX - 1);
        return SHELFLIFE_JSON_STOP;
    }
    if (text.len)
        memcpy(m->token + m->token_len, text.at, text.len);
    m->token_len += text.len;
    return SHELFLIFE_JSON_CONTINUE;
}

/* A number that is not a plain count is ignored. */
static enum shelflife_json_next on_number(struct metadata *m, str text)
{
    if (m->field != FIELD_REMAINING)
        return SHELFLIFE_JSON_SKIP;
    for (size_t i = 0; i < text.len && m->digits < DIGITS_MAX; i++) {
        bool digit = ascii_is_digit(text.at[i]) && m->digits + 1 < DIGITS_MAX;
        if (digit)
            m->remaining = (m->digits ? m->remaining * 10 : 0) + (text.at[i] - '0');
        else
            m->remaining = -1;
        m->digits = digit ? m->digits + 1 : DIGITS_MAX;
    }
    return SHELFLIFE_JSON_CONTINUE;
}

static enum shelflife_json_next on_event(void *context, enum shelflife_json_event event, str text, bool last,
                                         error *err)
{
    struct metadata *m = context;
    switch (event) {
    case SHELFLIFE_JSON_KEY:
        return on_key(m, text, last);
    case SHELFLIFE_JSON_STRING:
        return on_token(m, text, err);
    case SHELFLIFE_JSON_NUMBER:
        return on_number(m, text);
    case SHELFLIFE_JSON_MAP_START:
        if (m->depth == 2)
            return SHELFLIFE_JSON_SKIP;
        m->depth++;
        return SHELFLIFE_JSON_CONTINUE;
    case SHELFLIFE_JSON_MAP_END:
        m->complete = m->complete || m->depth == 2;
        m->depth--;
        return SHELFLIFE_JSON_CONTINUE;
    case SHELFLIFE_JSON_ARRAY_START:
        return SHELFLIFE_JSON_SKIP;
    default:
        return SHELFLIFE_JSON_CONTINUE;
    }
}

/* ---- A page ---- */

static bool report(struct reading *r, enum shelflife_kube_list_event event, str bytes, error *err)
{
    return r->handler(r->context, event, &r->page, bytes, err);
}

static bool begin_page(struct reading *r, error *err)
{
    r->metadata = (struct metadata){.remaining = -1};
    r->page.remaining = -1;
    r->page.last = false;
    shelflife_json_parser_reset(r->parser);
    r->started = true;
    return report(r, SHELFLIFE_KUBE_PAGE_START, STR(""), err);
}

static bool fail_broken(const struct reading *r, error *err)
{
    return shelflife_error_prefix(err, "invalid response to GET %.*s",
                                  STR_PRINT(shelflife_str_first(r->list->path, 200)));
}

static bool on_bytes(void *context, str bytes, error *err)
{
    struct reading *r = context;
    if (!r->started && !begin_page(r, err))
        return false;
    if (!r->metadata.complete && !shelflife_json_parser_feed(r->parser, bytes, err))
        return fail_broken(r, err);
    return report(r, SHELFLIFE_KUBE_PAGE_BYTES, bytes, err);
}

/* A page that has begun will be sent again. */
static void on_again(void *context)
{
    struct reading *r = context;
    if (r->started)
        report(r, SHELFLIFE_KUBE_PAGE_AGAIN, STR(""), NULL);
    r->started = false;
}

static bool request_page(struct shelflife_kube_client *client, struct reading *r,
                         struct shelflife_kube_reply *reply)
{
    const struct shelflife_kube_list *l = r->list;
    char limit[16];
    size_t n = l->query_count;
    CLEANUP(cleanup_free) struct shelflife_kube_query *query = calloc(n + 2, sizeof(*query));
    if (!query)
        return shelflife_fail_memory(r->err);
    if (n)
        memcpy(query, l->query, n * sizeof(*query));
    snprintf(limit, sizeof(limit), "%u", l->limit ? l->limit : LIMIT_DEFAULT);
    query[n++] = (struct shelflife_kube_query){"limit", shelflife_str_of(limit)};
    if (r->token[0])
        query[n++] = (struct shelflife_kube_query){"continue", shelflife_str_of(r->token)};
    const struct shelflife_kube_request request = {.path = l->path,
                                                   .query = query,
                                                   .query_count = n,
                                                   .accept = l->accept,
                                                   .sink = on_bytes,
                                                   .again = on_again,
                                                   .context = r};
    return shelflife_kube_request(client, &request, reply, r->err);
}

/* After the last byte: checks that the page is complete, and finds the next token. */
static bool end_page(struct reading *r, error *err)
{
    struct metadata *m = &r->metadata;
    if (!r->started && !begin_page(r, err)) /* an empty response */
        return false;
    if (!m->complete && !shelflife_json_parser_finish(r->parser, err))
        return fail_broken(r, err);
    r->page.remaining = m->remaining;
    r->page.last = m->token_len == 0;
    memset(r->page.version, 0, sizeof(r->page.version));
    if (m->version_len < sizeof(m->version))
        memcpy(r->page.version, m->version, m->version_len);
    if (!report(r, SHELFLIFE_KUBE_PAGE_END, STR(""), err))
        return false;
    r->started = false;
    if (m->token_len && strcmp(m->token, r->token) == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO,
                              "the list does not advance: the server returned the same "
                              "continue token twice");
    memcpy(r->token, m->token, sizeof(r->token));
    r->page.number++;
    r->broken = r->expired = 0;
    return true;
}

/* ---- The list ---- */

static bool continue_after_expiry(struct reading *r, const struct shelflife_kube_reply *reply, error *err)
{
    if (!r->token[0] || r->expired++ == EXPIRED_MAX)
        return false;
    if (reply->continue_token[0]) {
        memcpy(r->token, reply->continue_token, sizeof(r->token));
        r->page.inconsistent = true;
        return true;
    }
    if (r->restarts++ == RESTARTS_MAX)
        return false;
    r->token[0] = '\0';
    r->page = (struct shelflife_kube_page){.remaining = -1};
    return report(r, SHELFLIFE_KUBE_RESTART, STR(""), err);
}

/* After a failure: whether to try again. *err is the failure, or the handler's error. */
static bool recover(struct reading *r, const struct shelflife_kube_reply *reply, error *err)
{
    if (reply->status == 410)
        return continue_after_expiry(r, reply, err);
    if (reply->status != 200 || err->kind != SHELFLIFE_ERROR_INPUT || r->broken++ == BROKEN_MAX)
        return false;
    on_again(r);
    return true;
}

static bool read_list(struct shelflife_kube_client *client, struct reading *r,
                      struct shelflife_kube_reply *reply)
{
    do {
        if (!(request_page(client, r, reply) && end_page(r, r->err)) && !recover(r, reply, r->err))
            return false;
    } while (r->page.number == 0 || r->token[0]);
    return true;
}

static void cleanup_parser(struct shelflife_json_parser **parser)
{
    shelflife_json_parser_free(*parser);
}

bool shelflife_kube_list(struct shelflife_kube_client *client, const struct shelflife_kube_list *list,
                         shelflife_kube_list_handler *handler, void *context,
                         struct shelflife_kube_reply *reply, error *err)
{
    error why = {0};
    CLEANUP(cleanup_free) struct reading *r = calloc(1, sizeof(*r));
    if (!r)
        return shelflife_fail_memory(err);
    CLEANUP(cleanup_parser)
    struct shelflife_json_parser *parser = shelflife_json_parser_new(on_event, &r->metadata, false);
    if (!parser)
        return shelflife_fail_memory(err);
    *r = (struct reading){.list = list,
                          .handler = handler,
                          .context = context,
                          .parser = parser,
                          .err = &why,
                          .page.remaining = -1};
    if (read_list(client, r, reply))
        return true;
    if (err)
        *err = why;
    return false;
}
