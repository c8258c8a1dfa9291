#include "registry/credentials.h"

#include "base/ascii.h"
#include "file/file.h"
#include "net/retry.h"
#include "pki/pki.h"
#include "registry/helper.h"
#include "json/document.h"

enum {
    TEXT_MAX = 4 << 20,
    MEMORY_MAX = 64 << 20,
    ANSWER_MS = 5 * 60 * 1000, /* how long a program's answer is used */
};

/* ---- Keys ---- */

/* What a key means: "https://host/v1/" is "host". */
struct key {
    str host, path;
};

static str without_suffix(str s, str suffix)
{
    return shelflife_str_ends(s, suffix) ? shelflife_str_first(s, s.len - suffix.len) : s;
}

static struct key parse_key(str text)
{
    size_t scheme = shelflife_str_starts(text, STR("https://"))  ? 8
                    : shelflife_str_starts(text, STR("http://")) ? 7
                                                                 : 0;
    str rest = shelflife_str_after(text, scheme);
    while (shelflife_str_ends(rest, STR("/")))
        rest.len--;
    size_t slash = shelflife_str_find(rest, '/');
    struct key key = {shelflife_str_first(rest, slash), {0}};
    key.path = shelflife_str_after(rest, key.host.len + 1);
    /* The version of the API does not belong to a repository. */
    if (shelflife_str_equal(key.path, STR("v1")) || shelflife_str_equal(key.path, STR("v2")))
        key.path = (str){0};
    key.host = without_suffix(key.host, STR(":443"));
    return key;
}

static bool is_hub(str host)
{
    static const char *const names[] = {"docker.io", "index.docker.io", "registry-1.docker.io",
                                        "registry.hub.docker.com"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (ascii_equal_fold(host, shelflife_str_of(names[i])))
            return true;
    return false;
}

/* Whether a part of a name matches a pattern in which "*" is any text. */
static bool matches(str pattern, str text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, from = 0;
    while (t < text.len) {
        if (p < pattern.len && pattern.at[p] == '*') {
            star = p++;
            from = t;
        } else if (p < pattern.len && ascii_lower(pattern.at[p]) == ascii_lower(text.at[t])) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.at[p] == '*')
        p++;
    return p == pattern.len;
}

/* "*.registry.example" has as many parts as what it matches. */
static bool host_matches(str pattern, str host)
{
    if (ascii_equal_fold(pattern, host) || (is_hub(pattern) && is_hub(host)))
        return true;
    if (shelflife_str_find(pattern, '*') == SIZE_MAX)
        return false;
    for (;;) {
        str part[2] = {shelflife_str_first(pattern, shelflife_str_find(pattern, '.')),
                       shelflife_str_first(host, shelflife_str_find(host, '.'))};
        if (!matches(part[0], part[1]))
            return false;
        bool ends[2] = {part[0].len == pattern.len, part[1].len == host.len};
        if (ends[0] || ends[1])
            return ends[0] && ends[1];
        pattern = shelflife_str_after(pattern, part[0].len + 1);
        host = shelflife_str_after(host, part[1].len + 1);
    }
}

static bool path_matches(str path, str repository)
{
    str rest = shelflife_str_after(repository, path.len);
    return path.len == 0 || (shelflife_str_starts(repository, path) && (rest.len == 0 || rest.at[0] == '/'));
}

/* ---- A text ---- */

struct entry {
    struct key key;
    struct shelflife_registry_credential credential;
};

/* A program, and the host that it is for. */
struct program {
    struct key key;
    const char *name;
    const char *server; /* as it is written */
};

struct shelflife_registry_auths {
    arena memory;
    struct entry *entries;
    struct program *programs;
    size_t entry_count, program_count;
    const char *store; /* the program for all others; NULL: none */
};

static bool memory_fail(const struct shelflife_registry_auths *auths, error *err)
{
    return shelflife_arena_fail(&auths->memory, err);
}

static bool take(struct shelflife_registry_auths *auths, const struct node *map, const char *name, str *out,
                 error *err)
{
    struct node member;
    str text;
    /* Empty texts are written for what is not there. */
    if (!shelflife_node_get(map, name, &member) ||
        (shelflife_node_type(member) == NODE_STRING && !shelflife_node_string(member, &text, NULL)))
        return true;
    return shelflife_node_string(member, &text, err) &&
           (shelflife_arena_copy(&auths->memory, text, out) || memory_fail(auths, err));
}

/* "auth" is base64 of "user:password". */
static bool read_auth(struct shelflife_registry_auths *auths, const struct node *map,
                      struct shelflife_registry_credential *c, error *err)
{
    str text = {0}, plain;
    bool valid;
    struct node member;
    if (!take(auths, map, "auth", &text, err))
        return false;
    if (text.len == 0)
        return true;
    if (!shelflife_pki_base64_decode(text, &auths->memory, &plain, &valid))
        return memory_fail(auths, err);
    while (valid && shelflife_str_ends(plain, (str){"", 1})) /* Docker once wrote such texts */
        plain.len--;
    size_t colon = valid ? shelflife_str_find(plain, ':') : SIZE_MAX;
    if (colon == SIZE_MAX || shelflife_str_find(plain, '\0') != SIZE_MAX)
        return shelflife_node_get(map, "auth", &member) &&
               shelflife_node_fail(member, err, "must be base64 of USER:PASSWORD");
    if (!shelflife_arena_copy(&auths->memory, shelflife_str_first(plain, colon), &c->user) ||
        !shelflife_arena_copy(&auths->memory, shelflife_str_after(plain, colon + 1), &c->password))
        return memory_fail(auths, err);
    return true;
}

static bool read_entry(struct shelflife_registry_auths *auths, struct node map, const char *origin,
                       struct entry *entry, error *err)
{
    struct shelflife_registry_credential *c = &entry->credential;
    str key;
    if (!shelflife_node_map(map, err))
        return false;
    if (!shelflife_arena_copy(&auths->memory, shelflife_str_of(map.key), &key) ||
        !shelflife_arena_copy(&auths->memory, shelflife_str_of(origin), &c->origin))
        return memory_fail(auths, err);
    entry->key = parse_key(key);
    if (!read_auth(auths, &map, c, err) ||
        (!c->user.len && (!take(auths, &map, "username", &c->user, err) ||
                          !take(auths, &map, "password", &c->password, err))))
        return false;
    if (!take(auths, &map, "identitytoken", &c->identity_token, err) ||
        !take(auths, &map, "registrytoken", &c->registry_token, err))
        return false;
    if (shelflife_str_equal(c->user, STR("<token>"))) {
        c->identity_token = c->password;
        c->user = c->password = (str){0};
    }
    return true;
}

static bool is_empty(const struct shelflife_registry_credential *c)
{
    return !c->user.len && !c->identity_token.len && !c->registry_token.len;
}

static bool read_entries(struct shelflife_registry_auths *auths, struct node map, const char *origin,
                         error *err)
{
    if (!shelflife_node_map(map, err))
        return false;
    size_t count = shelflife_node_count(map);
    auths->entries = shelflife_arena_array(&auths->memory, count, sizeof(struct entry));
    if (!auths->entries)
        return memory_fail(auths, err);
    for (size_t i = 0; i < count; i++) {
        struct node member;
        struct entry entry = {0};
        if (!shelflife_node_at(&map, i, &member) || shelflife_node_type(member) == NODE_NULL)
            continue;
        if (!read_entry(auths, member, origin, &entry, err))
            return false;
        if (!is_empty(&entry.credential)) /* with a credsStore, Docker writes empty ones */
            auths->entries[auths->entry_count++] = entry;
    }
    return true;
}

static bool read_programs(struct shelflife_registry_auths *auths, struct node map, error *err)
{
    if (!shelflife_node_map(map, err))
        return false;
    size_t count = shelflife_node_count(map);
    auths->programs = shelflife_arena_array(&auths->memory, count, sizeof(struct program));
    if (!auths->programs)
        return memory_fail(auths, err);
    for (size_t i = 0; i < count; i++) {
        struct node member;
        str name, server;
        if (!shelflife_node_at(&map, i, &member) || shelflife_node_type(member) == NODE_NULL)
            continue;
        if (!shelflife_node_string(member, &name, err))
            return false;
        if (!shelflife_arena_copy(&auths->memory, name, &name) ||
            !shelflife_arena_copy(&auths->memory, shelflife_str_of(member.key), &server))
            return memory_fail(auths, err);
        auths->programs[auths->program_count++] =
            (struct program){.key = parse_key(server), .name = name.at, .server = server.at};
    }
    return true;
}

static bool read_all(struct shelflife_registry_auths *auths, const struct node *root, const char *origin,
                     error *err)
{
    struct node member;
    str store = {0};
    bool known = false;
    if (!shelflife_node_map(*root, err))
        return false;
    if (shelflife_node_get(root, "auths", &member)) {
        known = true;
        if (!read_entries(auths, member, origin, err))
            return false;
    }
    if (shelflife_node_get(root, "credHelpers", &member)) {
        known = true;
        if (!read_programs(auths, member, err))
            return false;
    }
    if (!take(auths, root, "credsStore", &store, err))
        return false;
    auths->store = store.at;
    known |= store.len > 0;
    /* A .dockercfg is only what is in "auths"; a config.json without any of this has no credentials. */
    bool cfg = shelflife_node_count(*root) > 0;
    for (size_t i = 0; !known && cfg && i < shelflife_node_count(*root); i++)
        cfg = shelflife_node_at(root, i, &member) && shelflife_node_type(member) == NODE_MAP &&
              (strchr(member.key, '.') || strchr(member.key, ':'));
    return known || !cfg || read_entries(auths, *root, origin, err);
}

struct shelflife_registry_auths *shelflife_registry_auths_read(str json, const char *origin, error *err)
{
    CLEANUP(cleanup_document)
    struct shelflife_document *d = shelflife_document_read_secret(json, origin, err);
    struct shelflife_registry_auths *auths = d ? calloc(1, sizeof(*auths)) : NULL;
    if (!auths) {
        if (d)
            shelflife_fail_memory(err);
        return NULL;
    }
    shelflife_arena_init(&auths->memory, MEMORY_MAX);
    auths->memory.secret = true;
    struct node root = shelflife_document_root(d);
    if (read_all(auths, &root, origin, err))
        return auths;
    shelflife_registry_auths_free(auths);
    return NULL;
}

void shelflife_registry_auths_free(struct shelflife_registry_auths *auths)
{
    if (!auths)
        return;
    shelflife_arena_free(&auths->memory);
    free(auths);
}

/* A longer path counts more than a name without "*". */
static size_t weigh(const struct key *key, str host, str repository)
{
    if (!host_matches(key->host, host) || !path_matches(key->path, repository))
        return 0;
    bool exact = shelflife_str_find(key->host, '*') == SIZE_MAX;
    return 2 * key->path.len + 1 + exact;
}

bool shelflife_registry_auths_find(const struct shelflife_registry_auths *auths, str host, str repository,
                                   struct shelflife_registry_auths_match *match)
{
    *match = (struct shelflife_registry_auths_match){0};
    for (size_t i = 0; i < auths->entry_count; i++) {
        size_t weight = weigh(&auths->entries[i].key, host, repository);
        if (weight > match->weight) {
            match->weight = weight;
            match->credential = &auths->entries[i].credential;
        }
    }
    size_t best = 0;
    for (size_t i = 0; i < auths->program_count; i++) {
        const struct program *p = &auths->programs[i];
        size_t weight = weigh(&p->key, host, repository);
        if (weight > best) {
            best = weight;
            match->program = p->name;
            match->server = p->server;
            match->program_first = true;
        }
    }
    if (!match->program && auths->store) {
        match->program = auths->store;
        match->server = is_hub(host) ? "https://index.docker.io/v1/" : NULL;
    }
    return match->credential || match->program;
}

/* ---- What programs answered ---- */

struct shelflife_registry_answer {
    struct shelflife_registry_answer *next;
    arena memory;
    str program, server;
    struct shelflife_registry_credential credential;
    uint64_t until;
};

static void free_answer(struct shelflife_registry_answer *answer)
{
    shelflife_arena_free(&answer->memory);
    free(answer);
}

/* The answer that is there, which is removed if it is not to be used any more. */
static struct shelflife_registry_answer *find_answer(struct shelflife_registry_credentials *all,
                                                     const char *program, const char *server, bool again)
{
    uint64_t time = shelflife_clock_now();
    for (struct shelflife_registry_answer **at = &all->answers, *a; (a = *at); at = &a->next) {
        if (!shelflife_str_equal(a->program, shelflife_str_of(program)) ||
            !shelflife_str_equal(a->server, shelflife_str_of(server)))
            continue;
        if (!again && a->until > time)
            return a;
        *at = a->next;
        free_answer(a);
        return NULL;
    }
    return NULL;
}

static struct shelflife_registry_answer *ask(const char *program, const char *server,
                                             const atomic_bool *cancel, error *err)
{
    struct shelflife_registry_answer *a = calloc(1, sizeof(*a));
    if (!a) {
        shelflife_fail_memory(err);
        return NULL;
    }
    shelflife_arena_init(&a->memory, TEXT_MAX);
    a->memory.secret = true;
    bool ok = (shelflife_arena_copy(&a->memory, shelflife_str_of(program), &a->program) &&
               shelflife_arena_copy(&a->memory, shelflife_str_of(server), &a->server)) ||
              shelflife_arena_fail(&a->memory, err);
    if (ok && shelflife_registry_helper_get(program, server, cancel, &a->memory, &a->credential, err)) {
        a->until = shelflife_clock_now() + ANSWER_MS;
        return a;
    }
    free_answer(a);
    return NULL;
}

/* ---- All of them ---- */

void shelflife_registry_credentials_init(struct shelflife_registry_credentials *all, const char *path)
{
    *all = (struct shelflife_registry_credentials){.path = path};
    pthread_mutex_init(&all->lock, NULL);
    shelflife_buffer_init(&all->fingerprint, SHELFLIFE_FILE_FINGERPRINT_MAX);
}

void shelflife_registry_credentials_free(struct shelflife_registry_credentials *all)
{
    for (struct shelflife_registry_answer *a = all->answers, *next; a; a = next) {
        next = a->next;
        free_answer(a);
    }
    for (size_t i = 0; i < all->added_count; i++)
        shelflife_registry_auths_free(all->added[i]);
    free(all->added);
    shelflife_registry_auths_free(all->file);
    shelflife_buffer_free(&all->fingerprint);
    pthread_mutex_destroy(&all->lock);
}

bool shelflife_registry_credentials_add(struct shelflife_registry_credentials *all, str json,
                                        const char *origin, error *err)
{
    struct shelflife_registry_auths *auths = shelflife_registry_auths_read(json, origin, err);
    if (!auths)
        return false;
    pthread_mutex_lock(&all->lock);
    bool ok = shelflife_grow(&all->added, &all->added_capacity, all->added_count + 1, sizeof(*all->added));
    if (ok)
        all->added[all->added_count++] = auths;
    pthread_mutex_unlock(&all->lock);
    if (!ok)
        shelflife_registry_auths_free(auths);
    return ok || shelflife_fail_memory(err);
}

static bool read_file(struct shelflife_registry_credentials *all, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer text;
    shelflife_buffer_init(&text, TEXT_MAX);
    text.secret = true;
    if (!shelflife_file_read(all->path, &text, err))
        return false;
    struct shelflife_registry_auths *auths =
        shelflife_registry_auths_read(shelflife_buffer_str(&text), all->path, err);
    if (!auths)
        return false;
    shelflife_registry_auths_free(all->file);
    all->file = auths;
    return true;
}

/* Reads the file if it has changed. While it is being replaced, what it had stays in use. */
static bool update_file(struct shelflife_registry_credentials *all, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer fingerprint;
    shelflife_buffer_init(&fingerprint, SHELFLIFE_FILE_FINGERPRINT_MAX);
    if (!all->path)
        return true;
    shelflife_file_fingerprint(all->path, &fingerprint);
    if (all->file &&
        shelflife_str_equal(shelflife_buffer_str(&fingerprint), shelflife_buffer_str(&all->fingerprint)))
        return true;
    if (!read_file(all, all->file ? NULL : err))
        return all->file != NULL;
    shelflife_buffer_reset(&all->fingerprint);
    shelflife_buffer_append(&all->fingerprint, shelflife_buffer_str(&fingerprint));
    return !all->fingerprint.failed || shelflife_fail_memory(err);
}

bool shelflife_registry_credentials_read(struct shelflife_registry_credentials *all, error *err)
{
    pthread_mutex_lock(&all->lock);
    bool ok = update_file(all, err);
    pthread_mutex_unlock(&all->lock);
    return ok;
}

static bool copy_text(arena *a, str from, str *to)
{
    *to = from;
    return !from.at || shelflife_arena_copy(a, from, to);
}

static bool copy(const struct shelflife_registry_credential *from, arena *a,
                 struct shelflife_registry_credential *to, error *err)
{
    to->kept = from->kept;
    return (copy_text(a, from->user, &to->user) && copy_text(a, from->password, &to->password) &&
            copy_text(a, from->identity_token, &to->identity_token) &&
            copy_text(a, from->registry_token, &to->registry_token) &&
            copy_text(a, from->origin, &to->origin)) ||
           shelflife_arena_fail(a, err);
}

/* A search for the credentials of a repository. */
struct search {
    struct shelflife_registry_credentials *all;
    str host, repository;
    bool again;
    const atomic_bool *cancel;
    arena *memory;
    struct shelflife_registry_credential *out;
};

static bool use_program(const struct search *s, const struct shelflife_registry_auths_match *m, error *err)
{
    str server;
    if (!shelflife_arena_copy(s->memory, m->server ? shelflife_str_of(m->server) : s->host, &server))
        return shelflife_arena_fail(s->memory, err);
    struct shelflife_registry_answer *a = find_answer(s->all, m->program, server.at, s->again);
    bool before = a != NULL;
    if (!a) {
        a = ask(m->program, server.at, s->cancel, err);
        if (!a)
            return false;
        a->next = s->all->answers;
        s->all->answers = a;
    }
    if (!copy(&a->credential, s->memory, s->out, err))
        return false;
    s->out->kept = before;
    return true;
}

/* Those of one text; *found says whether there are any. */
static bool use_auths(const struct search *s, const struct shelflife_registry_auths *auths, bool *found,
                      error *err)
{
    struct shelflife_registry_auths_match m;
    *found = false;
    if (!auths || !shelflife_registry_auths_find(auths, s->host, s->repository, &m))
        return true;
    if (m.program && (m.program_first || !m.credential)) {
        if (!use_program(s, &m, err))
            return false;
        *found = !is_empty(s->out);
        if (*found)
            return true;
    }
    *found = m.credential != NULL;
    return !m.credential || copy(m.credential, s->memory, s->out, err);
}

static bool find(const struct search *s, error *err)
{
    bool found;
    for (size_t i = 0; i < s->all->added_count; i++) {
        if (!use_auths(s, s->all->added[i], &found, err))
            return false;
        if (found)
            return true;
    }
    return update_file(s->all, err) && use_auths(s, s->all->file, &found, err);
}

bool shelflife_registry_credentials_find(struct shelflife_registry_credentials *all, str host, str repository,
                                         bool again, const atomic_bool *cancel, arena *a,
                                         struct shelflife_registry_credential *out, error *err)
{
    const struct search s = {.all = all,
                             .host = host,
                             .repository = repository,
                             .again = again,
                             .cancel = cancel,
                             .memory = a,
                             .out = out};
    *out = (struct shelflife_registry_credential){0};
    pthread_mutex_lock(&all->lock);
    bool ok = find(&s, err);
    pthread_mutex_unlock(&all->lock);
    return ok;
}
