/* rooms: base pki */
/* Allocation failure with keys and certificates, OpenSSL's allocations included. */
#include "unit/allocation_kit.h"

#include "pki/pki.h"

enum { LIMIT = 1 << 20, PAIRS = 2 };
static const int64_t now = 1795392000; /* 2026-11-23 */
static const str names[] = {STR_INIT("shelflife.shelflife.svc"), STR_INIT("127.0.0.1")};

struct keys {
    buffer ca[PAIRS], certificate[PAIRS], key[PAIRS], bundle;
};

static bool make_pair(void *context, error *err)
{
    (void)context;
    CLEANUP(shelflife_buffer_free) buffer ca;
    CLEANUP(shelflife_buffer_free) buffer certificate;
    CLEANUP(shelflife_buffer_free) buffer key;
    shelflife_buffer_init(&ca, LIMIT);
    shelflife_buffer_init(&certificate, LIMIT);
    shelflife_buffer_init(&key, LIMIT);
    return shelflife_pki_make_pair(names, COUNT(names), now, 60, &ca, &certificate, &key, err);
}

static bool read_certificate(void *context, error *err)
{
    const struct keys *k = context;
    CLEANUP(shelflife_arena_free) arena memory;
    shelflife_arena_init(&memory, LIMIT);
    struct shelflife_pki_certificate read;
    return shelflife_pki_read_certificate(shelflife_buffer_str(&k->certificate[0]), &memory, &read, err) &&
           ((read.not_after == now + 60 && read.name_count == COUNT(names) && read.fingerprint.len == 64 &&
             !read.ca) ||
            shelflife_fail(err, SHELFLIFE_ERROR_NONE, "is read as another certificate"));
}

/* No certificate of a bundle may be taken for none. */
static bool read_bundle(void *context, error *err)
{
    const struct keys *k = context;
    CLEANUP(shelflife_arena_free) arena memory;
    shelflife_arena_init(&memory, LIMIT);
    struct shelflife_pki_bundle read;
    return shelflife_pki_read_bundle(shelflife_buffer_str(&k->bundle), 8, &memory, &read, err) &&
           (read.count == PAIRS ||
            shelflife_fail(err, SHELFLIFE_ERROR_NONE, "%zu certificates are there", read.count));
}

static bool match(void *context, error *err)
{
    const struct keys *k = context;
    return shelflife_pki_match(shelflife_buffer_str(&k->certificate[0]), shelflife_buffer_str(&k->key[0]),
                               err);
}

static bool check_signed(void *context, error *err)
{
    const struct keys *k = context;
    return shelflife_pki_signed(shelflife_buffer_str(&k->certificate[0]), shelflife_buffer_str(&k->ca[0]),
                                err);
}

/* What does not fit must never come to fit. */
static bool match_other(void *context, error *err)
{
    const struct keys *k = context;
    error why = {0};
    if (shelflife_pki_match(shelflife_buffer_str(&k->certificate[0]), shelflife_buffer_str(&k->key[1]),
                            &why) ||
        shelflife_pki_signed(shelflife_buffer_str(&k->certificate[0]), shelflife_buffer_str(&k->ca[1]), &why))
        return shelflife_fail(err, SHELFLIFE_ERROR_NONE, "what does not fit is accepted");
    return true;
}

static const str bytes = STR_INIT("bytes to be signed");

static bool sign(void *context, error *err)
{
    const struct keys *k = context;
    CLEANUP(shelflife_buffer_free) buffer signature;
    shelflife_buffer_init(&signature, LIMIT);
    return shelflife_pki_sign(shelflife_buffer_str(&k->key[0]), bytes, &signature, err);
}

static bool hash(void *context, error *err)
{
    (void)context;
    char hex[SHELFLIFE_PKI_SHA256_TEXT_MAX];
    return shelflife_pki_sha256(&bytes, 1, hex, err) &&
           (strlen(hex) == 64 || shelflife_fail(err, SHELFLIFE_ERROR_NONE, "%s", hex));
}

static void keys_and_certificates(void **state)
{
    static const struct {
        const char *name;
        kit_operation *operation;
        size_t step;
    } cases[] = {
        {"make a pair", make_pair, 997},
        {"read a certificate", read_certificate, 13},
        {"read a bundle", read_bundle, 61},
        {"match", match, 127},
        {"is it signed", check_signed, 61},
        {"match what does not fit", match_other, 251},
        {"sign", sign, 127},
        {"hash", hash, 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        kit_step = cases[i].step;
        kit_fail_each(cases[i].name, cases[i].operation, *state);
    }
}

static int begin(void **state)
{
    struct keys *k = calloc(1, sizeof(*k));
    assert_non_null(k);
    shelflife_buffer_init(&k->bundle, LIMIT);
    for (size_t i = 0; i < PAIRS; i++) {
        shelflife_buffer_init(&k->ca[i], LIMIT);
        shelflife_buffer_init(&k->certificate[i], LIMIT);
        shelflife_buffer_init(&k->key[i], LIMIT);
        assert_true(shelflife_pki_make_pair(names, COUNT(names), now, 60, &k->ca[i], &k->certificate[i],
                                            &k->key[i], NULL));
        shelflife_buffer_append(&k->bundle, shelflife_buffer_str(&k->ca[i]));
    }
    kit_start(true);
    *state = k;
    return 0;
}

static int end(void **state)
{
    struct keys *k = *state;
    for (size_t i = 0; i < PAIRS; i++) {
        shelflife_buffer_free(&k->ca[i]);
        shelflife_buffer_free(&k->certificate[i]);
        shelflife_buffer_free(&k->key[i]);
    }
    shelflife_buffer_free(&k->bundle);
    free(k);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keys_and_certificates)};
    return cmocka_run_group_tests_name("allocation pki", tests, begin, end);
}
