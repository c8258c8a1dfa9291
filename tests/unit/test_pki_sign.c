/* rooms: pki base */
/* Signatures: what OpenSSL's own programs made, and what is none. */
#include "unit/test.h"

#include <fcntl.h>
#include <unistd.h>

#include "pki/pki.h"

/* Made with "openssl genpkey", "openssl pkeyutl -sign -rawin" and "openssl dgst -sha256 -sign". */
static const str message = STR_INIT("{\"kind\": \"Catalog\"}\n");
static const str ed25519_key = STR_INIT("-----BEGIN PRIVATE KEY-----\n"
                                        "MC4CAQAwBQYDK2VwBCIEIBd8XY93B0tfan6dpu7R3Bsq6FTbCrq29dg/Z9e+CQlW\n"
                                        "-----END PRIVATE KEY-----\n");
static const str ed25519_public = STR_INIT("-----BEGIN PUBLIC KEY-----\n"
                                           "MCowBQYDK2VwAyEA3qo19d5uqCHlYHwdKYDd15IP3Z+BnA9+MbN3Jd3Gcdk=\n"
                                           "-----END PUBLIC KEY-----\n");
static const str ed25519_signature =
    STR_INIT("SAbqgajMHIyJxe8wfFIcAnrYEObnhRBx63gd8fXtd6XY8/LuLda9QgDCJvzfQ2K7mIOhUonaxba/5vtiYgM7AQ==");
static const str p256_key = STR_INIT("-----BEGIN PRIVATE KEY-----\n"
                                     "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgc+31N2So3Pi7+IuE\n"
                                     "cMYIpj9nMdalIaVbyIRoR0nrPZChRANCAASiedqgiQ185jtnovutft6Zc0iorKjm\n"
                                     "lXvL5USmkrN5EZm+9QxQ+G7ilsEoeEkaUXuIkHrgD8MYRu8sV/tz9MKS\n"
                                     "-----END PRIVATE KEY-----\n");
static const str p256_public = STR_INIT("-----BEGIN PUBLIC KEY-----\n"
                                        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEonnaoIkNfOY7Z6L7rX7emXNIqKyo\n"
                                        "5pV7y+VEppKzeRGZvvUMUPhu4pbBKHhJGlF7iJB64A/DGEbvLFf7c/TCkg==\n"
                                        "-----END PUBLIC KEY-----\n");
static const str p256_signature = STR_INIT(
    "MEYCIQCO9rrXqdLmzbJvW/dp+bkNXrZxhOM+plA6/HUQzF/pjQIhANVud+pwLUJlLThKBZVMVEUr90P12k+xdcXDKH4CkJuX");

static bool verifies(str key, str bytes, str signature, error *err)
{
    bool ok = shelflife_pki_verify(key, bytes, signature, err);
    return ok;
}

static void openssl_signatures_verify(void **state)
{
    (void)state;
    error err;
    if (!verifies(ed25519_public, message, ed25519_signature, &err) ||
        !verifies(p256_public, message, p256_signature, &err))
        fail_msg("%s", err.text);
    assert_false(verifies(ed25519_public, message, p256_signature, &err));
    assert_false(verifies(p256_public, message, ed25519_signature, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_INPUT);
    assert_false(verifies(p256_public, shelflife_str_after(message, 1), p256_signature, &err));
    assert_false(verifies(ed25519_public, (str){0}, ed25519_signature, &err));
}

static void space_around_a_signature_does_not_count(void **state)
{
    (void)state;
    error err;
    buffer text;
    shelflife_buffer_init(&text, 4096);
    shelflife_buffer_format(&text, " \t%.*s\r\n\n", STR_PRINT(ed25519_signature));
    assert_true(verifies(ed25519_public, message, shelflife_buffer_str(&text), &err));
    shelflife_buffer_free(&text);
}

static void what_we_sign_verifies(void **state)
{
    (void)state;
    const struct {
        str key, public;
    } pairs[] = {{ed25519_key, ed25519_public}, {p256_key, p256_public}};
    error err;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        buffer signature;
        shelflife_buffer_init(&signature, 4096);
        if (!shelflife_pki_sign(pairs[i].key, message, &signature, &err) ||
            !verifies(pairs[i].public, message, shelflife_buffer_str(&signature), &err))
            fail_msg("%s", err.text);
        assert_true(shelflife_str_find(shelflife_buffer_str(&signature), '\n') == SIZE_MAX);
        assert_true(shelflife_pki_verify_own(pairs[i].key, message, shelflife_buffer_str(&signature), &err));
        assert_false(
            shelflife_pki_verify_own(pairs[1 - i].key, message, shelflife_buffer_str(&signature), &err));
        signature.at[signature.len / 2] ^= 1;
        assert_false(verifies(pairs[i].public, message, shelflife_buffer_str(&signature), &err));
        shelflife_buffer_free(&signature);
    }
}

static void ed25519_signatures_are_always_the_same(void **state)
{
    (void)state;
    error err;
    buffer signature;
    shelflife_buffer_init(&signature, 4096);
    assert_true(shelflife_pki_sign(ed25519_key, message, &signature, &err));
    assert_str_equal(shelflife_buffer_str(&signature), ed25519_signature.at);
    shelflife_buffer_free(&signature);
}

static void what_is_no_signature_is_an_error(void **state)
{
    (void)state;
    static const str wrong[] = {STR_INIT(""),          STR_INIT("AAA"),      STR_INIT("AAAA"),
                                STR_INIT("===="),      STR_INIT("AA=A"),     STR_INIT("A==="),
                                STR_INIT("AAAA AAAA"), STR_INIT("\0\0\0\0"), STR_INIT("AA==")};
    error err;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_false(verifies(ed25519_public, message, wrong[i], &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_INPUT);
    }
}

static void wrong_keys_are_told_apart_from_wrong_signatures(void **state)
{
    (void)state;
    error err;
    buffer signature;
    shelflife_buffer_init(&signature, 4096);
    assert_false(verifies(STR("no key"), message, ed25519_signature, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
    assert_false(verifies(ed25519_key, message, ed25519_signature, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
    assert_false(shelflife_pki_sign(ed25519_public, message, &signature, &err));
    shelflife_buffer_free(&signature);
}

/* Made with "openssl pkey -aes128" and "openssl ec -aes128"; the passphrase is "secret". */
static const str encrypted_key = STR_INIT("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                                          "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjd8wD4F9pffAICCAAw\n"
                                          "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEM0zEuKce2gneNQmVjkwAK4EgZBY\n"
                                          "zc0ptU3uGkYBM1k+9W52dutW8BwB/RzoabyEFWuft32Dk2z/8WYq+ogSF6MjhiPO\n"
                                          "+nqfYE7nz8+YS7Qn8Bgoccx6gEKklHmEUMSeZ52I3JFqiPMKEX59kmVU83z4HiNN\n"
                                          "UAus8KJSQ7CZVfpur9iTWH77pf7/XzaWFPl10myPASrHviByS3IfPqpxbWAdqc8=\n"
                                          "-----END ENCRYPTED PRIVATE KEY-----\n");
static const str legacy_key = STR_INIT("-----BEGIN EC PRIVATE KEY-----\n"
                                       "Proc-Type: 4,ENCRYPTED\n"
                                       "DEK-Info: AES-128-CBC,2ED06DF6661F32841F5ACE7FED466C83\n"
                                       "\n"
                                       "oIviIl31isMnOx+Z/DN+0DipIonR5UYI/pqWMhW3ReNAIby2Yk9e9RAeUzlFOdOe\n"
                                       "jp+UOezP54UmTL3b9bIDUUoaz5uMx9DMjwkoJ7LzY7VL7WuIL813M5b0od413Ny8\n"
                                       "fjEZPlCq46fBPVJ6tamcHAyIzKUfGuoyKbnUaNhuYOE=\n"
                                       "-----END EC PRIVATE KEY-----\n");
static const str legacy_public = STR_INIT("-----BEGIN PUBLIC KEY-----\n"
                                          "Proc-Type: 4,ENCRYPTED\n"
                                          "DEK-Info: AES-128-CBC,000102030405060708090A0B0C0D0E0F\n"
                                          "\n"
                                          "7x2BKY9r0Uwt22boTjtsRklathSDAj0Fduir4weXypLHSk3WmXIMvJiGjdxqYytB\n"
                                          "HFCvnXDq2nte5GHrVORD5xKnhaw2F8TGau/A0k/QFRtjG8L2+VL6Mf+togjpB0Sy\n"
                                          "-----END PUBLIC KEY-----\n");

/* What OpenSSL asks for when there is no terminal, it reads from standard input. */
static void keys_with_a_passphrase_are_refused_without_asking(void **state)
{
    (void)state;
    static const str answer = STR_INIT("secret\n");
    const str keys[] = {encrypted_key, legacy_key, legacy_public};
    for (size_t i = 0; i < COUNT(keys); i++) {
        int ends[2], before = dup(STDIN_FILENO);
        char left[16];
        buffer signature;
        error err = {0};
        shelflife_buffer_init(&signature, 4096);
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        assert_int_equal(write(ends[1], answer.at, answer.len), answer.len);
        close(ends[1]);
        dup2(ends[0], STDIN_FILENO);
        assert_false(i == 2 ? verifies(keys[i], message, p256_signature, &err)
                            : shelflife_pki_sign(keys[i], message, &signature, &err));
        assert_non_null(strstr(err.text, "the key is protected by a passphrase; "));
        /* A private key is not a public key, whether it has a passphrase or not. */
        assert_false(verifies(keys[i], message, p256_signature, &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
        assert_int_equal(read(ends[0], left, sizeof(left)), answer.len);
        dup2(before, STDIN_FILENO);
        close(before);
        close(ends[0]);
        shelflife_buffer_free(&signature);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_signatures_verify),
        cmocka_unit_test(space_around_a_signature_does_not_count),
        cmocka_unit_test(what_we_sign_verifies),
        cmocka_unit_test(ed25519_signatures_are_always_the_same),
        cmocka_unit_test(what_is_no_signature_is_an_error),
        cmocka_unit_test(wrong_keys_are_told_apart_from_wrong_signatures),
        cmocka_unit_test(keys_with_a_passphrase_are_refused_without_asking),
    };
    setsid(); /* no terminal to ask on */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
