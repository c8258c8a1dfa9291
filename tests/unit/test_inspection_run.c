/* rooms: all */
#include <pthread.h>

#include "inspection/inspection.h"
#include "shelflife/json.h"
#include "unit/test.h"

/*
 * A registry as a table, in place of the room's functions, which the linker replaces (tests/CMakeLists.txt):
 * what a request is for decides the answer.
 *
 *     HOST/REPOSITORY:TAG    its digest is that of the image `content`
 */
struct fake_image {
    const char *name, *tag; /* NULL: any tag of the name, and any digest */
    char content;           /* the digest is 64 of these digits; 0: there is no such image */
    bool silent;            /* the host does not answer */
};

static struct {
    const struct fake_image *images;
    size_t count;
    pthread_mutex_t lock;
    unsigned heads, gets, active, most; /* requests; those at the same time, and at most */
    char last_platform[32];
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct shelflife_registry_client *__wrap_shelflife_registry_client_new(struct shelflife_registry *registry,
                                                                       error *err);
void __wrap_shelflife_registry_client_free(struct shelflife_registry_client *client);
bool __wrap_shelflife_registry_resolve(struct shelflife_registry_client *client,
                                       const struct shelflife_reference *reference, arena *a, str *digest,
                                       struct shelflife_registry_failure *failure, error *err);
bool __wrap_shelflife_registry_inspect(struct shelflife_registry_client *client,
                                       const struct shelflife_reference *reference,
                                       const struct shelflife_registry_wanted *wanted, arena *a,
                                       struct shelflife_registry_image *out,
                                       struct shelflife_registry_failure *failure, error *err);

struct shelflife_registry_client *__wrap_shelflife_registry_client_new(struct shelflife_registry *registry,
                                                                       error *err UNUSED)
{
    return (struct shelflife_registry_client *)registry;
}

void __wrap_shelflife_registry_client_free(struct shelflife_registry_client *client UNUSED)
{
}

static void digest_text(char content, char text[72])
{
    memcpy(text, "sha256:", 7);
    memset(text + 7, content, 64);
    text[71] = '\0';
}

static void count_request(unsigned *number)
{
    pthread_mutex_lock(&fake.lock);
    ++*number;
    fake.active++;
    if (fake.active > fake.most)
        fake.most = fake.active;
    pthread_mutex_unlock(&fake.lock);
}

static const struct fake_image *answer(const struct shelflife_reference *r,
                                       struct shelflife_registry_failure *failure, error *err)
{
    const struct fake_image *found = NULL;
    char digest[72];
    for (size_t i = 0; !found && i < fake.count; i++) {
        const struct fake_image *f = &fake.images[i];
        digest_text(f->content, digest);
        if (shelflife_str_equal(r->name, shelflife_str_of(f->name)) &&
            (f->silent || (r->digest.len ? shelflife_str_equal(r->digest, shelflife_str_of(digest))
                                         : shelflife_str_equal(r->tag, shelflife_str_of(f->tag)))))
            found = f;
    }
    pthread_mutex_lock(&fake.lock);
    fake.active--;
    pthread_mutex_unlock(&fake.lock);
    *failure = (struct shelflife_registry_failure){.missing = !found, .transient = found && found->silent};
    if (found && !found->silent && found->content)
        return found;
    shelflife_fail(err, SHELFLIFE_ERROR_IO, "%.*s: %s", STR_PRINT(r->normalized),
                   failure->transient ? "timed out" : "no such image");
    return NULL;
}

bool __wrap_shelflife_registry_resolve(struct shelflife_registry_client *client UNUSED,
                                       const struct shelflife_reference *reference, arena *a, str *digest,
                                       struct shelflife_registry_failure *failure, error *err)
{
    char text[72];
    count_request(&fake.heads);
    const struct fake_image *f = answer(reference, failure, err);
    if (!f)
        return false;
    digest_text(f->content, text);
    return shelflife_arena_copy(a, shelflife_str_of(text), digest);
}

bool __wrap_shelflife_registry_inspect(struct shelflife_registry_client *client UNUSED,
                                       const struct shelflife_reference *reference,
                                       const struct shelflife_registry_wanted *wanted, arena *a,
                                       struct shelflife_registry_image *out,
                                       struct shelflife_registry_failure *failure, error *err)
{
    static const struct shelflife_evidence says[] = {
        {SHELFLIFE_EVIDENCE_ENV, STR_INIT("PYTHON_VERSION"), STR_INIT("3.8.20")},
        {SHELFLIFE_EVIDENCE_ENV, STR_INIT("PASSWORD"), STR_INIT("sesame")},
    };
    struct shelflife_evidence *kept = shelflife_arena_array(a, COUNT(says), sizeof(*kept));
    char text[72];
    count_request(&fake.gets);
    const struct fake_image *f = answer(reference, failure, err);
    if (!f || !kept)
        return false;
    digest_text(f->content, text);
    *out = (struct shelflife_registry_image){.platform = STR("linux/amd64"), .evidence.at = kept};
    for (size_t i = 0; i < COUNT(says); i++)
        if (wanted->keep(wanted->context, &says[i]))
            kept[out->evidence.count++] = says[i];
    snprintf(fake.last_platform, sizeof(fake.last_platform), "%.*s", STR_PRINT(wanted->platform));
    return shelflife_arena_copy(a, shelflife_str_of(text), &out->digest) &&
           shelflife_arena_copy(a, shelflife_str_of(text), &out->manifest);
}

/* ---- Running ---- */

static struct shelflife_catalogs *catalogs;

static int start(void **state UNUSED)
{
    error err = {0};
    catalogs = shelflife_catalogs_new();
    assert_true(shelflife_catalogs_add_embedded(catalogs, &err));
    assert_true(shelflife_catalogs_finish(catalogs, &err));
    return 0;
}

static int stop(void **state UNUSED)
{
    shelflife_catalogs_free(catalogs);
    return 0;
}

enum { JOBS_MAX = 64 };

struct trial {
    arena arena;
    struct shelflife_reference references[2 * JOBS_MAX];
    struct shelflife_inspection_job jobs[JOBS_MAX];
    size_t count, reference_count;
    size_t outcomes[3];
    char last_error[SHELFLIFE_ERROR_TEXT_MAX];
    atomic_bool cancel;
    size_t cancel_after; /* jobs */
    unsigned threads;    /* 0: 4 */
};

static const struct shelflife_reference *parse(struct trial *t, const char *text)
{
    struct shelflife_reference *r = &t->references[t->reference_count++];
    error err = {0};
    if (!shelflife_reference_parse(shelflife_str_of(text), &t->arena, r, &err))
        fail_msg("%s", err.text);
    return r;
}

static void listen(void *context, size_t job, enum shelflife_inspection_outcome outcome, const error *why)
{
    struct trial *t = context;
    assert_true(job < t->count && (why != NULL) == (outcome == SHELFLIFE_INSPECTION_FAILED));
    t->outcomes[outcome]++;
    if (why)
        snprintf(t->last_error, sizeof(t->last_error), "%s", why->text);
    if (t->outcomes[0] + t->outcomes[1] + t->outcomes[2] == t->cancel_after)
        atomic_store(&t->cancel, true);
}

static void begin(struct trial *t, const struct fake_image *images, size_t count)
{
    memset(t, 0, sizeof(*t));
    shelflife_arena_init(&t->arena, 1 << 20);
    fake.images = images;
    fake.count = count;
    fake.heads = fake.gets = fake.active = fake.most = 0;
}

static void add(struct trial *t, const char *reference, const char *other, const char *running)
{
    t->jobs[t->count++] = (struct shelflife_inspection_job){.reference = parse(t, reference),
                                                            .other = other ? parse(t, other) : NULL,
                                                            .running = shelflife_str_of(running),
                                                            .seen = 100};
}

static bool run(struct trial *t, const struct shelflife_inventory *known, shelflife_day today,
                unsigned threads, struct shelflife_inventory *into, error *err)
{
    const struct shelflife_inspection_options o = {.registry = (struct shelflife_registry *)t,
                                                   .catalogs = catalogs,
                                                   .threads = threads,
                                                   .today = today,
                                                   .listener = listen,
                                                   .context = t,
                                                   .cancel = &t->cancel};
    memset(t->outcomes, 0, sizeof(t->outcomes));
    fake.heads = fake.gets = 0;
    return shelflife_inspection_run(&o, t->jobs, t->count, known, into, err);
}

static struct shelflife_inventory *run_well(struct trial *t, const struct shelflife_inventory *known,
                                            shelflife_day today)
{
    struct shelflife_inventory *into = shelflife_inventory_new();
    error err = {0};
    if (!run(t, known, today, t->threads ? t->threads : 4, into, &err) ||
        !shelflife_inventory_finish(into, &err))
        fail_msg("%s", err.text);
    return into;
}

static void assert_numbers(const struct trial *t, size_t found, size_t unchanged, size_t failed,
                           unsigned heads, unsigned gets)
{
    if (t->outcomes[SHELFLIFE_INSPECTION_FOUND] != found ||
        t->outcomes[SHELFLIFE_INSPECTION_UNCHANGED] != unchanged ||
        t->outcomes[SHELFLIFE_INSPECTION_FAILED] != failed || fake.heads != heads || fake.gets != gets)
        fail_msg("%zu found, %zu unchanged, %zu failed, %u HEAD, %u GET; %s", t->outcomes[0], t->outcomes[1],
                 t->outcomes[2], fake.heads, fake.gets, t->last_error);
}

/* What an inventory has about an image: the digit of its digest, and the number of its references. */
static void assert_has(struct trial *t, const struct shelflife_inventory *inventory, const char *image,
                       char content, shelflife_day inspected, shelflife_day seen)
{
    struct shelflife_inventory_entry e;
    char digest[72];
    bool found = shelflife_inventory_find(inventory, parse(t, image), &e);
    digest_text(content, digest);
    if (!found || strcmp(e.digest, digest) != 0 || e.inspected != inspected || e.last_seen != seen)
        fail_msg("%s: %d, %s, inspected %d, seen %d", image, found, found ? e.digest : "",
                 found ? e.inspected : 0, found ? e.last_seen : 0);
    assert_int_equal(e.evidence.count, 1);
    assert_str_equal(e.evidence.at[0].value, "3.8.20");
}

#define DIGEST(c) "sha256:" c c c c c c c c
#define C8(c) c c c c c c c c

static void each_digest_is_inspected_once(void **state UNUSED)
{
    static const struct fake_image images[] = {
        {"a.example/x", "1", 'a', false},
        {"a.example/x", "2", 'a', false},
        {"b.example/y", "1", 'a', false},
        {"b.example/y", "2", 'b', false},
    };
    struct trial t;
    begin(&t, images, COUNT(images));
    t.threads = 1;
    add(&t, "a.example/x:1", NULL, NULL);
    add(&t, "a.example/x:2", NULL, NULL);
    add(&t, "b.example/y:1", NULL, NULL);
    add(&t, "b.example/y:2", NULL, NULL);
    add(&t, "b.example/y@" DIGEST(C8("b")), NULL, NULL);
    struct shelflife_inventory *first = run_well(&t, NULL, 100);
    assert_numbers(&t, 4, 1, 0, 0, 4); /* the digest of a new tag is only known with its manifest */
    assert_int_equal(shelflife_inventory_count(first), 2);
    assert_has(&t, first, "a.example/x:2", 'a', 100, 100);
    assert_has(&t, first, "b.example/y:1", 'a', 100, 100);
    assert_has(&t, first, "b.example/y:2", 'b', 100, 100);
    assert_string_equal(fake.last_platform, "");

    /* Later, nothing but the tags is asked for. */
    struct shelflife_inventory *second = run_well(&t, first, 101);
    assert_numbers(&t, 0, 5, 0, 4, 0);
    assert_has(&t, second, "b.example/y:2", 'b', 100, 100);
    assert_int_equal(shelflife_inventory_count(second), 2);
    shelflife_inventory_free(first);
    shelflife_inventory_free(second);
    shelflife_arena_free(&t.arena);
}

static void what_fails_stays_as_it_was(void **state UNUSED)
{
    static const struct fake_image images[] = {
        {"a.example/x", "1", 'a', false},
        {"b.example/y", "1", 'b', false},
    };
    struct trial t;
    begin(&t, images, COUNT(images));
    add(&t, "a.example/x:1", NULL, NULL);
    add(&t, "b.example/y:1", NULL, NULL);
    struct shelflife_inventory *first = run_well(&t, NULL, 100);
    fake.count = 0;
    t.jobs[0].seen = t.jobs[1].seen = 130;
    add(&t, "c.example/z:1", NULL, NULL);
    add(&t, "c.example/z@" DIGEST(C8("c")), NULL, NULL);
    add(&t, "d.example/z:1", NULL, DIGEST(C8("a")));
    struct shelflife_inventory *second = run_well(&t, first, 130);
    assert_numbers(&t, 0, 0, 5, 3, 2);
    assert_int_equal(shelflife_inventory_count(second), 2);
    assert_has(&t, second, "a.example/x:1", 'a', 100, 130);
    assert_has(&t, second, "b.example/y:1", 'b', 100, 130);
    assert_has(&t, second, "d.example/z:1", 'a', 100, 130); /* by what runs under the tag */
    shelflife_inventory_free(first);
    shelflife_inventory_free(second);
    shelflife_arena_free(&t.arena);
}

static void a_digest_may_be_under_another_name(void **state UNUSED)
{
    static const struct fake_image images[] = {
        {"b.example/y", "1", 'b', false},
        {"d.example/y", "1", 'd', false},
    };
    struct trial t;
    begin(&t, images, COUNT(images));
    add(&t, "a.example/x@" DIGEST(C8("b")), "b.example/y@" DIGEST(C8("b")), NULL);
    /* Of two names of one digest, the second has it, whichever thread is first. */
    add(&t, "c.example/x@" DIGEST(C8("d")), NULL, NULL);
    add(&t, "d.example/y@" DIGEST(C8("d")), NULL, NULL);
    struct shelflife_inventory *found = run_well(&t, NULL, 100);
    assert_int_equal(shelflife_inventory_count(found), 2);
    assert_has(&t, found, "a.example/x@" DIGEST(C8("b")), 'b', 100, 100);
    assert_has(&t, found, "d.example/y@" DIGEST(C8("d")), 'd', 100, 100);
    assert_int_equal(t.outcomes[SHELFLIFE_INSPECTION_FOUND], 2);
    shelflife_inventory_free(found);
    shelflife_arena_free(&t.arena);
}

static void a_silent_host_is_not_asked_for_ever(void **state UNUSED)
{
    static const struct fake_image images[] = {
        {"silent.example/x", NULL, 'a', true},
        {"good.example/x", "1", 'b', false},
    };
    struct trial t;
    begin(&t, images, COUNT(images));
    for (size_t i = 0; i < 40; i++)
        add(&t, "silent.example/x:1", NULL, NULL);
    add(&t, "good.example/x:1", NULL, NULL);
    struct shelflife_inventory *into = shelflife_inventory_new();
    error err = {0};
    assert_true(run(&t, NULL, 100, 1, into, &err));
    assert_numbers(&t, 1, 0, 40, 0, 4 + 1);
    assert_non_null(strstr(t.last_error,
                           "silent.example/x:1: not asked, as the requests to silent.example before it "
                           "failed: "));
    shelflife_inventory_free(into);
    shelflife_arena_free(&t.arena);
}

static void it_can_be_cancelled(void **state UNUSED)
{
    static const struct fake_image images[] = {{"a.example/x", "1", 'a', false}};
    struct trial t;
    begin(&t, images, COUNT(images));
    for (size_t i = 0; i < 50; i++)
        add(&t, "a.example/x:1", NULL, NULL);
    t.cancel_after = 5;
    struct shelflife_inventory *into = shelflife_inventory_new();
    error err = {0};
    assert_false(run(&t, NULL, 100, 2, into, &err));
    assert_string_equal(err.text, "cancelled");
    assert_in_range(t.outcomes[0] + t.outcomes[1], 5, 8);
    shelflife_inventory_free(into);
    shelflife_arena_free(&t.arena);
}

static void there_may_be_nothing_to_do(void **state UNUSED)
{
    struct trial t;
    begin(&t, NULL, 0);
    struct shelflife_inventory *into = run_well(&t, NULL, 100);
    assert_int_equal(shelflife_inventory_count(into), 0);
    shelflife_inventory_free(into);
    shelflife_arena_free(&t.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_digest_is_inspected_once),
        cmocka_unit_test(what_fails_stays_as_it_was),
        cmocka_unit_test(a_digest_may_be_under_another_name),
        cmocka_unit_test(a_silent_host_is_not_asked_for_ever),
        cmocka_unit_test(it_can_be_cancelled),
        cmocka_unit_test(there_may_be_nothing_to_do),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
