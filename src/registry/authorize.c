#include "registry/authorize.h"

#include "registry/exchange.h"
#include "registry/sent.h"
#include "json/document.h"

enum {
    RESPONSE_MAX = 1 << 20,
    TOKEN_MAX = 64 << 10, /* what fits into a header field */
    URL_MAX = 64 << 10,
    USUAL_SECONDS = 60,
    LONGEST_SECONDS = 24 * 3600,
    SCOPES_MAX = 16,
};

/* ---- Challenges ---- */

static char *put(char *to, str from, str *out)
{
    if (!from.at)
        return to;
    *out = (str){to, from.len};
    to = shelflife_copy(to, from.at, from.len);
    *to = '\0';
    return to + 1;
}

/* A copy in one block of memory. */
static struct shelflife_registry_learned *copy_learned(const struct shelflife_registry_challenge *c,
                                                       str repository)
{
    size_t size = c->realm.len + c->service.len + c->scope.len + repository.len + 4;
    struct shelflife_registry_learned *l = calloc(1, sizeof(*l) + size);
    if (!l)
        return NULL;
    char *to = (char *)(l + 1);
    l->challenge =
        (struct shelflife_registry_challenge){.basic = c->basic, .bearer = c->bearer, .other = c->other};
    to = put(to, c->realm, &l->challenge.realm);
    to = put(to, c->service, &l->challenge.service);
    to = put(to, c->scope, &l->challenge.scope);
    put(to, repository, &l->repository);
    return l;
}

bool shelflife_registry_learn(struct shelflife_registry_client *client,
                              struct shelflife_registry_endpoint *endpoint, str repository, error *err)
{
    struct shelflife_registry_challenge c = {0};
    str lines = shelflife_buffer_str(&client->header_lines), value;
    while (shelflife_net_http_next_field(&lines, "www-authenticate", &value))
        if (!shelflife_registry_challenge_read(value, &client->secrets, &c, err))
            return shelflife_error_prefix(err, "%.*s", STR_PRINT(endpoint->authority));
    if (c.bearer && c.realm.len == 0)
        return shelflife_fail(
            err, SHELFLIFE_ERROR_INPUT,
            "%.*s: the registry wants a token (Bearer), but does not name a realm to get it "
            "from",
            STR_PRINT(endpoint->authority));
    if (!c.basic && !c.bearer)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                              "%.*s: the registry wants authentication (HTTP status 401) %s",
                              STR_PRINT(endpoint->authority),
                              c.other ? "of another kind than Basic and Bearer" : "without naming its kind");
    struct shelflife_registry_learned *learned = copy_learned(&c, repository);
    if (!learned)
        return shelflife_fail_memory(err);
    pthread_mutex_lock(&client->registry->lock);
    struct shelflife_registry_learned *before = endpoint->learned;
    endpoint->learned = learned;
    pthread_mutex_unlock(&client->registry->lock);
    free(before);
    return true;
}

/* Puts another repository into a scope: "repository:team/app:pull". Absent if the scope does not name the one
   that it was for. */
static bool scope_for(const struct shelflife_registry_learned *l, str repository, arena *a, str *out)
{
    str scope = l->challenge.scope;
    if (shelflife_str_equal(l->repository, repository) || scope.len == 0)
        return shelflife_arena_copy(a, scope, out);
    *out = (str){0};
    for (size_t i = 0; i + l->repository.len < scope.len; i++) {
        str before = shelflife_str_first(scope, i), rest = shelflife_str_after(scope, i);
        str after = shelflife_str_after(rest, l->repository.len);
        if (shelflife_str_starts(rest, l->repository) && shelflife_str_starts(after, STR(":")) &&
            (shelflife_str_ends(before, STR(":")) || shelflife_str_ends(before, STR("/"))) &&
            shelflife_str_find(after, ' ') == SIZE_MAX)
            return shelflife_arena_format(a, out, "%.*s%.*s%.*s", STR_PRINT(before), STR_PRINT(repository),
                                          STR_PRINT(after));
    }
    return true;
}

/* What the endpoint asked for, as of now, for a repository. Zeroed if it asked for nothing, or if that does
   not say what it would ask for now. */
static bool recall(struct shelflife_registry_client *client, const struct shelflife_registry_endpoint *e,
                   str repository, struct shelflife_registry_challenge *out)
{
    arena *a = &client->secrets;
    bool ok = true;
    *out = (struct shelflife_registry_challenge){0};
    pthread_mutex_lock(&client->registry->lock);
    const struct shelflife_registry_learned *l = e->learned;
    if (l) {
        struct shelflife_registry_challenge c = l->challenge;
        ok = shelflife_arena_copy(a, c.realm, &out->realm) &&
             shelflife_arena_copy(a, c.service, &out->service) && scope_for(l, repository, a, &out->scope);
        bool usable = out->scope.at || c.scope.len == 0;
        out->bearer = c.bearer && usable;
        out->basic = c.basic && !c.bearer;
    }
    pthread_mutex_unlock(&client->registry->lock);
    return ok;
}

/* ---- Getting a token ---- */

static void append_parameter(buffer *out, const char *name, str value)
{
    if (value.len == 0)
        return;
    if (out->len && !strchr("?&", out->at[out->len - 1]))
        shelflife_buffer_byte(out, '&');
    shelflife_buffer_format(out, "%s=", name);
    shelflife_net_url_encode(out, value);
}

/* One parameter for each of the scopes, which may stand in one text. */
static void append_scopes(buffer *out, str scope)
{
    for (unsigned i = 0; scope.len && i < SCOPES_MAX; i++) {
        size_t end = shelflife_str_find(scope, ' ');
        append_parameter(out, "scope", shelflife_str_first(scope, end));
        scope = shelflife_str_after(scope, end == SIZE_MAX ? scope.len : end + 1);
    }
}

static bool is_sendable(str token)
{
    for (size_t i = 0; i < token.len; i++)
        if (token.at[i] <= ' ' || token.at[i] == 0x7f)
            return false;
    return token.len > 0 && token.len <= TOKEN_MAX;
}

static bool read_token(str text, const char *origin, arena *a, str *token, int64_t *seconds, error *err)
{
    struct node member;
    CLEANUP(cleanup_document)
    struct shelflife_document *d = shelflife_document_read_secret(text, origin, err);
    if (!d)
        return false;
    struct node root = shelflife_document_root(d);
    if (!shelflife_node_map(root, err))
        return false;
    /* An empty one is written for one that is not there. */
    if ((!shelflife_node_get(&root, "token", &member) ||
         (shelflife_node_type(member) == NODE_STRING && !shelflife_node_string(member, token, NULL))) &&
        !shelflife_node_get(&root, "access_token", &member))
        return shelflife_node_fail(root, err, "must have a token or an access_token");
    if (!shelflife_node_string(member, token, err))
        return false;
    if (!is_sendable(*token))
        return shelflife_node_fail(member, err, "must be a text without blanks, of at most %d bytes",
                                   TOKEN_MAX);
    *seconds = USUAL_SECONDS;
    if (shelflife_node_get(&root, "expires_in", &member) && shelflife_node_type(member) == NODE_INTEGER &&
        !shelflife_node_integer(member, 1, LONGEST_SECONDS, seconds, NULL))
        *seconds = USUAL_SECONDS;
    return shelflife_arena_copy(a, *token, token) || shelflife_arena_fail(a, err);
}

/* A request for a token. */
struct wish {
    struct shelflife_registry_client *client;
    const struct shelflife_registry_endpoint *endpoint;
    const struct shelflife_registry_challenge *challenge;
    const struct shelflife_registry_credential *credential;
    buffer url, form, response;
};

static void cleanup_wish(struct wish *w)
{
    shelflife_buffer_free(&w->url);
    shelflife_buffer_free(&w->form);
    shelflife_buffer_free(&w->response);
}

static void write_wish(struct wish *w)
{
    const struct shelflife_registry_challenge *c = w->challenge;
    bool post = w->credential->identity_token.len > 0;
    shelflife_buffer_append(&w->url, c->realm);
    if (post) {
        append_parameter(&w->form, "grant_type", STR("refresh_token"));
        append_parameter(&w->form, "client_id", STR("shelflife"));
        append_parameter(&w->form, "service", c->service);
        append_parameter(&w->form, "scope", c->scope);
        append_parameter(&w->form, "refresh_token", w->credential->identity_token);
    } else {
        /* The realm may have a query of its own. */
        bool query = shelflife_str_find(c->realm, '?') != SIZE_MAX;
        if (!query && (c->service.len || c->scope.len))
            shelflife_buffer_byte(&w->url, '?');
        append_parameter(&w->url, "service", c->service);
        append_scopes(&w->url, c->scope);
    }
    shelflife_buffer_byte(&w->url, '\0');
}

static bool check_realm(const struct wish *w, const char *own, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer same;
    shelflife_buffer_init(&same, URL_MAX);
    if (!shelflife_net_url_resolve(own, w->challenge->realm, &same))
        return shelflife_fail(
            err, SHELFLIFE_ERROR_INPUT,
            "%s: the realm of the registry's challenge must be a URL without user and password", own);
    return shelflife_registry_check_url(w->client->registry, own, w->url.at, "to get a token from", err);
}

static bool fetch(struct wish *w, error *err)
{
    struct shelflife_registry_client *client = w->client;
    const char *own = shelflife_registry_endpoint_url(w->endpoint, &client->secrets);
    write_wish(w);
    if (!own || w->url.failed || w->form.failed)
        return shelflife_fail_memory(err);
    if (!check_realm(w, own, err))
        return false;
    bool post = w->form.len > 0;
    shelflife_registry_sent_add(&client->sent, NULL, w->credential->identity_token.at);
    struct shelflife_registry_exchange x = {
        .method = post ? SHELFLIFE_NET_HTTP_POST : SHELFLIFE_NET_HTTP_GET,
        .url = w->url.at,
        .peer = w->endpoint->peer,
        .user = post ? NULL : w->credential->user.at,
        .password = post ? NULL : w->credential->password.at,
        .body = shelflife_buffer_str(&w->form),
        .secret_body = post,
        .content_type = "application/x-www-form-urlencoded",
        .refused_places = SHELFLIFE_NET_PLACES_OWN & ~atomic_load(&w->endpoint->place),
        .most = RESPONSE_MAX,
        .sink = shelflife_buffer_collect,
        .context = &w->response,
    };
    x.peer.allow_http = true; /* checked above */
    if (!x.peer.ca_file && !x.peer.ca_pem.len)
        x.peer.ca_file = client->registry->options.ca_file;
    if (!shelflife_registry_same_origin(own, w->url.at)) {
        x.peer.certificate_file = x.peer.key_file = NULL;
        x.peer.insecure = false;
    }
    return shelflife_registry_exchange(client, &x, err);
}

static bool fail_fetch(struct wish *w, error *err)
{
    struct shelflife_registry_client *client = w->client;
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    int status = client->last.status;
    str origin = w->credential->origin;
    shelflife_net_url_shown(w->url.at, shown);
    client->last.transient = shelflife_net_http_status_transient(status);
    if (status != 401 && status != 403)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO,
                              "%s: the token service of the registry answered with HTTP status %d", shown,
                              status);
    if (origin.len)
        return shelflife_fail(
            err, SHELFLIFE_ERROR_IO,
            "%s: the token service of the registry refused the credentials of %.*s (HTTP status "
            "%d)",
            shown, STR_PRINT(origin), status);
    return shelflife_fail(
        err, SHELFLIFE_ERROR_IO,
        "%s: the token service of the registry wants credentials, and there are none for it (HTTP "
        "status %d)",
        shown, status);
}

static bool get_token(struct wish *w, str key, str *token, error *err)
{
    struct shelflife_registry_client *client = w->client;
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    int64_t seconds = 0;
    if (!fetch(w, err))
        return false;
    if (client->last.status != 200)
        return fail_fetch(w, err);
    shelflife_net_url_shown(w->url.at, shown);
    if (!read_token(shelflife_buffer_str(&w->response), shown, &client->secrets, token, &seconds, err))
        return false;
    shelflife_registry_tokens_keep(&client->registry->tokens, key, *token, seconds);
    return true;
}

static bool fetch_token(struct shelflife_registry_client *client,
                        const struct shelflife_registry_endpoint *endpoint,
                        const struct shelflife_registry_challenge *challenge,
                        const struct shelflife_registry_credential *credential, str key, str *token,
                        error *err)
{
    CLEANUP(cleanup_wish)
    struct wish w = {
        .client = client, .endpoint = endpoint, .challenge = challenge, .credential = credential};
    shelflife_buffer_init(&w.url, URL_MAX);
    shelflife_buffer_init(&w.form, URL_MAX);
    shelflife_buffer_init(&w.response, RESPONSE_MAX);
    w.url.secret = w.form.secret = w.response.secret = true;
    return get_token(&w, key, token, err);
}

/* ---- What to send ---- */

/* The key of a token: of everything that it depends on, so that other credentials get another one. */
static bool make_key(const struct shelflife_registry_endpoint *e,
                     const struct shelflife_registry_challenge *c,
                     const struct shelflife_registry_credential *credential, arena *a, str *key, error *err)
{
    const str zero = {"", 1};
    const str parts[] = {e->authority,
                         zero,
                         c->realm,
                         zero,
                         c->service,
                         zero,
                         c->scope,
                         zero,
                         credential->user,
                         zero,
                         credential->password,
                         zero,
                         credential->identity_token,
                         zero,
                         credential->registry_token};
    char hex[SHELFLIFE_PKI_SHA256_TEXT_MAX];
    if (!shelflife_pki_sha256(parts, COUNT(parts), hex, err))
        return false;
    return shelflife_arena_copy(a, shelflife_str_of(hex), key) || shelflife_arena_fail(a, err);
}

/* A search for what to send. */
struct search {
    struct shelflife_registry_client *client;
    struct shelflife_registry_host *host;
    const struct shelflife_registry_endpoint *endpoint;
    str repository, refused;
    struct shelflife_registry_challenge challenge;
};

static bool authorize(const struct search *s, bool again, struct shelflife_registry_authorization *out,
                      error *err)
{
    struct shelflife_registry *registry = s->client->registry;
    const struct shelflife_registry_endpoint *e = s->endpoint;
    struct shelflife_registry_credential credential = {0};
    arena *a = &s->client->secrets;
    if (!shelflife_registry_credentials_find(&registry->credentials, e->mirror ? e->authority : s->host->name,
                                             s->repository, again, registry->options.cancel, a, &credential,
                                             err) ||
        !make_key(e, &s->challenge, &credential, a, &out->key, err))
        return false;
    out->origin = credential.origin;
    out->kept = credential.kept;
    if (shelflife_str_equal(out->key, s->refused))
        return true;
    if (credential.registry_token.len) {
        out->token = credential.registry_token;
        return true;
    }
    if (!s->challenge.bearer) {
        out->user = credential.user;
        out->password = credential.password;
        return true;
    }
    if (!shelflife_registry_tokens_find(&registry->tokens, out->key, a, &out->token))
        return shelflife_arena_fail(a, err);
    if (out->token.len) {
        out->kept = true;
        return true;
    }
    return fetch_token(s->client, e, &s->challenge, &credential, out->key, &out->token, err);
}

bool shelflife_registry_authorize(struct shelflife_registry_client *client,
                                  struct shelflife_registry_host *host,
                                  struct shelflife_registry_endpoint *endpoint, str repository, str refused,
                                  bool again, struct shelflife_registry_authorization *out, error *err)
{
    struct search s = {
        .client = client, .host = host, .endpoint = endpoint, .repository = repository, .refused = refused};
    *out = (struct shelflife_registry_authorization){0};
    if (!recall(client, endpoint, repository, &s.challenge))
        return shelflife_arena_fail(&client->secrets, err);
    if (!s.challenge.basic && !s.challenge.bearer)
        return true;
    if (authorize(&s, again, out, err))
        return true;
    /* The program that gave the credentials may have others by now. */
    bool refused_now = client->last.status == 401 || client->last.status == 403;
    return out->kept && !again && refused_now && authorize(&s, true, out, err);
}
