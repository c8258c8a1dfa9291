#include "base/ascii.h"
#include "pki/openssl.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

enum { SECONDS_PER_DAY = 86400, SERIAL_BYTES = 16 };

static bool append_pem(BIO *bio, buffer *pem, error *err)
{
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);
    if (len > 0)
        shelflife_buffer_append(pem, (str){data, (size_t)len});
    return !pem->failed || shelflife_fail_memory(err);
}

bool shelflife_pki_make_key(buffer *pem, error *err)
{
    CLEANUP(pki_cleanup_pkey) EVP_PKEY *key = EVP_EC_gen("P-256");
    /* BIO_s_secmem wipes its memory when it is freed. */
    CLEANUP(pki_cleanup_bio) BIO *out = BIO_new(BIO_s_secmem());
    if (!key || !out || PEM_write_bio_PKCS8PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) != 1)
        return shelflife_pki_fail(err, SHELFLIFE_ERROR_IO, "cannot create a key");
    return append_pem(out, pem, err);
}

static bool set_serial(X509 *certificate)
{
    unsigned char random[SERIAL_BYTES];
    if (RAND_bytes(random, sizeof(random)) != 1)
        return false;
    /* RFC 5280: positive, not zero, at most 20 bytes. */
    random[0] = (unsigned char)((random[0] & 0x7f) | 0x40);
    BIGNUM *n = BN_bin2bn(random, sizeof(random), NULL);
    bool ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(certificate));
    BN_free(n);
    return ok;
}

static bool set_life(X509 *certificate, int64_t now, int64_t seconds, const ASN1_TIME *at_most)
{
    if (!ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)(now - SHELFLIFE_PKI_BACKDATE)) ||
        !ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)(now + seconds)))
        return false;
    if (at_most && ASN1_TIME_compare(X509_get0_notAfter(certificate), at_most) > 0)
        return X509_set1_notAfter(certificate, at_most) == 1;
    return true;
}

/* A common name has at most 64 characters; a longer name is only in the extension. */
static bool set_common_name(X509 *certificate, str name)
{
    enum { LONGEST = 64 };
    X509_NAME *subject = X509_get_subject_name(certificate);
    return name.len > LONGEST ||
           X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, (const unsigned char *)name.at,
                                      (int)name.len, -1, 0) == 1;
}

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool ok = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

struct extension {
    int nid;
    const char *value;
};

static bool add_extensions(X509 *certificate, X509 *issuer, const struct extension *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!add_extension(certificate, issuer, list[i].nid, list[i].value))
            return false;
    return true;
}

static bool sign_and_append(X509 *certificate, EVP_PKEY *key, buffer *pem, error *err)
{
    CLEANUP(pki_cleanup_bio) BIO *out = BIO_new(BIO_s_mem());
    if (!out || X509_sign(certificate, key, EVP_sha256()) == 0 || PEM_write_bio_X509(out, certificate) != 1)
        return shelflife_pki_fail(err, SHELFLIFE_ERROR_IO, "cannot sign a certificate");
    return append_pem(out, pem, err);
}

static bool make_ca(EVP_PKEY *key, str common_name, int64_t now, int64_t seconds, buffer *pem, error *err)
{
    static const struct extension extensions[] = {
        {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
        {NID_key_usage, "critical,keyCertSign,cRLSign"},
        {NID_subject_key_identifier, "hash"},
    };
    CLEANUP(pki_cleanup_x509) X509 *ca = X509_new();
    if (!ca || X509_set_version(ca, X509_VERSION_3) != 1 || !set_serial(ca) ||
        !set_life(ca, now, seconds, NULL) || !set_common_name(ca, common_name) ||
        X509_set_issuer_name(ca, X509_get_subject_name(ca)) != 1 || X509_set_pubkey(ca, key) != 1 ||
        !add_extensions(ca, ca, extensions, COUNT(extensions)))
        return shelflife_pki_fail(err, SHELFLIFE_ERROR_IO, "cannot create a CA certificate");
    return sign_and_append(ca, key, pem, err);
}

static bool check_days(uint32_t days, error *err)
{
    return (days >= 1 && days <= SHELFLIFE_PKI_DAYS_MAX) ||
           shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                          "a certificate cannot be valid for %" PRIu32 " days: the limits are 1 and %d", days,
                          SHELFLIFE_PKI_DAYS_MAX);
}

bool shelflife_pki_make_ca(str key_pem, str common_name, int64_t now, uint32_t days, buffer *pem, error *err)
{
    if (!check_days(days, err))
        return false;
    CLEANUP(pki_cleanup_pkey) EVP_PKEY *key = shelflife_pki_parse_key(key_pem, err);
    return key ? make_ca(key, common_name, now, (int64_t)days * SECONDS_PER_DAY, pem, err)
               : shelflife_error_prefix(err, "key of the new CA");
}

static bool is_dns_label(str s)
{
    enum { LONGEST = 63 };
    if (s.len == 0 || s.len > LONGEST || s.at[0] == '-' || s.at[s.len - 1] == '-')
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        if (!(ascii_is_alphanumeric(c) || c == '-'))
            return false;
    }
    return true;
}

static bool is_dns_name(str s)
{
    enum { LONGEST = 253 };
    if (s.len > LONGEST)
        return false;
    if (shelflife_str_starts(s, STR("*.")))
        s = shelflife_str_after(s, 2);
    for (;;) {
        size_t dot = shelflife_str_find(s, '.');
        if (!is_dns_label(shelflife_str_first(s, dot)))
            return false;
        if (dot == SIZE_MAX)
            return true;
        s = shelflife_str_after(s, dot + 1);
    }
}

static bool is_address(str s)
{
    char text[INET6_ADDRSTRLEN + 1];
    unsigned char address[sizeof(struct in6_addr)];
    if (s.len == 0 || s.len >= sizeof(text) || shelflife_str_find(s, '\0') != SIZE_MAX)
        return false;
    memcpy(text, s.at, s.len);
    text[s.len] = '\0';
    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* The names in OpenSSL's configuration syntax. Valid names contain none of its special characters. */
static bool alternative_names(const struct shelflife_pki_certificate_request *request, buffer *out,
                              error *err)
{
    if (request->name_count == 0)
        return shelflife_fail(
            err, SHELFLIFE_ERROR_USAGE,
            "a certificate needs at least one name, such as shelflife.shelflife-system.svc");
    for (size_t i = 0; i < request->name_count; i++) {
        str name = request->names[i];
        bool address = is_address(name);
        if (!address && !is_dns_name(name))
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                                  "\"%.*s\" is neither a DNS name nor an IP address", STR_PRINT(name));
        shelflife_buffer_append(out, i ? STR(",") : STR(""));
        shelflife_buffer_append(out, address ? STR("IP:") : STR("DNS:"));
        shelflife_buffer_append(out, name);
    }
    shelflife_buffer_byte(out, '\0');
    return !out->failed || shelflife_fail_memory(err);
}

static bool fill(X509 *certificate, X509 *ca, EVP_PKEY *key,
                 const struct shelflife_pki_certificate_request *request, const char *names)
{
    const struct extension extensions[] = {
        {NID_basic_constraints, "critical,CA:FALSE"},
        {NID_key_usage, "critical,digitalSignature"},
        {NID_ext_key_usage, request->client ? "clientAuth" : "serverAuth"},
        {NID_subject_key_identifier, "hash"},
        {NID_authority_key_identifier, "keyid:always"},
        {NID_subject_alt_name, names},
    };
    return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
           set_life(certificate, request->now, (int64_t)request->days * SECONDS_PER_DAY,
                    X509_get0_notAfter(ca)) &&
           set_common_name(certificate, request->names[0]) &&
           X509_set_issuer_name(certificate, X509_get_subject_name(ca)) == 1 &&
           X509_set_pubkey(certificate, key) == 1 &&
           add_extensions(certificate, ca, extensions, COUNT(extensions));
}

bool shelflife_pki_make_certificate(const struct shelflife_pki_certificate_request *request, buffer *pem,
                                    error *err)
{
    enum { LONGEST = 1 << 20 };
    CLEANUP(shelflife_buffer_free) buffer names;
    shelflife_buffer_init(&names, LONGEST);
    if (!check_days(request->days, err) || !alternative_names(request, &names, err))
        return false;
    CLEANUP(pki_cleanup_x509) X509 *ca = shelflife_pki_parse_certificate(request->ca, err);
    if (!ca)
        return shelflife_error_prefix(err, "CA certificate");
    CLEANUP(pki_cleanup_pkey) EVP_PKEY *ca_key = shelflife_pki_parse_key(request->ca_key, err);
    if (!ca_key)
        return shelflife_error_prefix(err, "key of the CA");
    if (X509_check_private_key(ca, ca_key) != 1)
        return shelflife_pki_fail(err, SHELFLIFE_ERROR_INPUT, "the CA's key does not match its certificate");
    CLEANUP(pki_cleanup_pkey) EVP_PKEY *key = shelflife_pki_parse_key(request->key, err);
    if (!key)
        return shelflife_error_prefix(err, "key of the new certificate");
    CLEANUP(pki_cleanup_x509) X509 *certificate = X509_new();
    if (!certificate || !fill(certificate, ca, key, request, names.at))
        return shelflife_pki_fail(err, SHELFLIFE_ERROR_IO, "cannot create a certificate");
    return sign_and_append(certificate, ca_key, pem, err);
}

bool shelflife_pki_make_pair(const str *names, size_t count, int64_t now, int64_t seconds, buffer *ca,
                             buffer *certificate, buffer *key, error *err)
{
    enum { LONGEST = 1 << 16 };
    CLEANUP(shelflife_buffer_free) buffer ca_key;
    shelflife_buffer_init(&ca_key, LONGEST);
    ca_key.secret = true;
    if (!shelflife_pki_make_key(&ca_key, err) || !shelflife_pki_make_key(key, err))
        return false;
    CLEANUP(pki_cleanup_pkey) EVP_PKEY *signer = shelflife_pki_parse_key(shelflife_buffer_str(&ca_key), err);
    size_t before = ca->len;
    if (!signer || !make_ca(signer, STR("shelflife CA"), now, seconds, ca, err))
        return false;
    const struct shelflife_pki_certificate_request request = {
        .ca = shelflife_str_after(shelflife_buffer_str(ca), before),
        .ca_key = shelflife_buffer_str(&ca_key),
        .key = shelflife_buffer_str(key),
        .names = names,
        .name_count = count,
        .now = now,
        .days = (uint32_t)(seconds / SECONDS_PER_DAY) + 1, /* limited by its CA */
    };
    return shelflife_pki_make_certificate(&request, certificate, err);
}
