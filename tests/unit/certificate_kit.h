/* Certificates for tests of the server. */
#ifndef SHELFLIFE_TEST_CERTIFICATE_KIT_H
#define SHELFLIFE_TEST_CERTIFICATE_KIT_H

#include "pki/pki.h"
#include "unit/folder_kit.h"

/* The certificate and the key of a new CA, both PEM, valid for `days` from `from` on. */
static UNUSED void make_certificate(int64_t from, uint32_t days, buffer *certificate, buffer *key)
{
    enum { PEM_MAX = 1 << 20 };
    shelflife_buffer_init(certificate, PEM_MAX);
    shelflife_buffer_init(key, PEM_MAX);
    assert_true(shelflife_pki_make_key(key, NULL));
    assert_true(shelflife_pki_make_ca(shelflife_buffer_str(key), STR("CA"), from, days, certificate, NULL));
}

/* Writes them into files of the test's folder. */
static UNUSED void put_certificate(void **state, const char *certificate_name, const char *key_name,
                                   int64_t from, uint32_t days)
{
    buffer certificate, key;
    make_certificate(from, days, &certificate, &key);
    put(state, certificate_name, shelflife_buffer_str(&certificate));
    put(state, key_name, shelflife_buffer_str(&key));
    shelflife_buffer_free(&certificate);
    shelflife_buffer_free(&key);
}

#endif
