#include "pki/openssl.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static bool seconds_of(const ASN1_TIME *time, int64_t *seconds)
{
    /* As a difference from the epoch, because converting a struct tm depends on the time zone. */
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, rest = 0;
    bool ok = epoch && ASN1_TIME_diff(&days, &rest, epoch, time) == 1;
    ASN1_TIME_free(epoch);
    *seconds = (int64_t)days * 86400 + rest;
    return ok;
}

static bool copy_name(const X509_NAME *name, arena *memory, str *out)
{
    CLEANUP(pki_cleanup_bio) BIO *text = BIO_new(BIO_s_mem());
    if (!text ||
        X509_NAME_print_ex(text, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) < 0)
        return false;
    char *data = NULL;
    long len = BIO_get_mem_data(text, &data);
    return shelflife_arena_copy(memory, (str){data, len > 0 ? (size_t)len : 0}, out);
}

static bool copy_hex(const unsigned char *bytes, size_t len, arena *memory, str *out)
{
    static const char digits[] = "0123456789abcdef";
    char *text = shelflife_arena_array(memory, len, 2);
    if (!text)
        return false;
    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    *out = (str){text, 2 * len};
    return true;
}

static bool copy_address(const ASN1_OCTET_STRING *address, arena *memory, str *out)
{
    char text[INET6_ADDRSTRLEN] = "";
    int len = ASN1_STRING_length(address);
    const unsigned char *bytes = ASN1_STRING_get0_data(address);
    if (len == sizeof(struct in_addr))
        inet_ntop(AF_INET, bytes, text, sizeof(text));
    else if (len == sizeof(struct in6_addr))
        inet_ntop(AF_INET6, bytes, text, sizeof(text));
    return shelflife_arena_copy(memory, shelflife_str_of(text), out);
}

static bool copy_alternative(const GENERAL_NAME *name, arena *memory, str *out)
{
    if (name->type == GEN_IPADD)
        return copy_address(name->d.iPAddress, memory, out);
    const ASN1_IA5STRING *dns = name->d.dNSName;
    str text = {(const char *)ASN1_STRING_get0_data(dns), (size_t)ASN1_STRING_length(dns)};
    return shelflife_arena_copy(memory, text, out);
}

static bool copy_alternatives(const X509 *certificate, arena *memory, struct shelflife_pki_certificate *out)
{
    GENERAL_NAMES *all = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    if (!all && shelflife_pki_lacked_memory())
        return false;
    int count = all ? sk_GENERAL_NAME_num(all) : 0;
    str *names = shelflife_arena_array(memory, (size_t)(count > 0 ? count : 0), sizeof(*names));
    bool ok = names != NULL;
    for (int i = 0; ok && i < count; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);
        if (name->type == GEN_IPADD || name->type == GEN_DNS)
            ok = copy_alternative(name, memory, &names[out->name_count++]);
    }
    GENERAL_NAMES_free(all);
    out->names = names;
    return ok;
}

static bool read_certificate(X509 *certificate, arena *memory, struct shelflife_pki_certificate *out,
                             error *err)
{
    struct shelflife_pki_certificate read = {.ca = X509_check_ca(certificate) > 0};
    if (!read.ca && shelflife_pki_lacked_memory())
        return shelflife_fail_memory(err);
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_len = 0;
    if (!seconds_of(X509_get0_notBefore(certificate), &read.not_before) ||
        !seconds_of(X509_get0_notAfter(certificate), &read.not_after) ||
        X509_digest(certificate, EVP_sha256(), digest, &digest_len) != 1)
        return shelflife_pki_fail(err, SHELFLIFE_ERROR_INPUT, "the certificate is malformed");
    if (!copy_name(X509_get_subject_name(certificate), memory, &read.subject) ||
        !copy_name(X509_get_issuer_name(certificate), memory, &read.issuer) ||
        !copy_hex(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial), memory, &read.serial) ||
        !copy_hex(digest, digest_len, memory, &read.fingerprint) ||
        !copy_alternatives(certificate, memory, &read))
        return shelflife_arena_fail(memory, err);
    *out = read;
    return true;
}

bool shelflife_pki_read_certificate(str pem, arena *memory, struct shelflife_pki_certificate *out, error *err)
{
    CLEANUP(pki_cleanup_x509) X509 *certificate = shelflife_pki_parse_certificate(pem, err);
    return certificate && read_certificate(certificate, memory, out, err);
}

/* The next certificate of a text; NULL at its end, or for lack of memory. */
static X509 *next_certificate(BIO *in, bool *memory)
{
    for (;;) {
        X509 *certificate = PEM_read_bio_X509(in, NULL, shelflife_pki_refuse_passphrase, NULL);
        bool end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
        ERR_clear_error();
        *memory = shelflife_pki_lacked_memory(); /* as in shelflife_pki_parse_certificate() */
        if (certificate || end || *memory || BIO_eof(in))
            return certificate;
    }
}

static bool copy_pem(X509 *certificate, arena *memory, str *out)
{
    CLEANUP(pki_cleanup_bio) BIO *text = BIO_new(BIO_s_mem());
    char *data = NULL;
    if (!text || PEM_write_bio_X509(text, certificate) != 1)
        return false;
    long len = BIO_get_mem_data(text, &data);
    return shelflife_arena_copy(memory, (str){data, len > 0 ? (size_t)len : 0}, out);
}

bool shelflife_pki_read_bundle(str pem, size_t max, arena *memory, struct shelflife_pki_bundle *out,
                               error *err)
{
    CLEANUP(pki_cleanup_bio)
    BIO *in = shelflife_pki_open(pem, err);
    struct shelflife_pki_certificate *at = shelflife_arena_array(memory, max, sizeof(*at));
    str *pems = shelflife_arena_array(memory, max, sizeof(*pems));
    size_t count = 0;
    if (!in || !at || !pems)
        return shelflife_fail_memory(err);
    while (count < max) {
        bool lacked;
        CLEANUP(pki_cleanup_x509) X509 *certificate = next_certificate(in, &lacked);
        if (lacked)
            return shelflife_fail_memory(err);
        if (!certificate)
            break;
        error why;
        if (read_certificate(certificate, memory, &at[count], &why)) {
            if (!copy_pem(certificate, memory, &pems[count]))
                return shelflife_arena_fail(memory, err);
            count++;
        } else if (why.kind != SHELFLIFE_ERROR_INPUT) {
            if (err)
                *err = why;
            return false;
        }
    }
    *out = (struct shelflife_pki_bundle){at, pems, count};
    return true;
}

static void cleanup_store(X509_STORE **p)
{
    X509_STORE_free(*p);
}

static void cleanup_check(X509_STORE_CTX **p)
{
    X509_STORE_CTX_free(*p);
}

bool shelflife_pki_signed(str pem, str ca_pem, error *err)
{
    CLEANUP(pki_cleanup_x509) X509 *certificate = shelflife_pki_parse_certificate(pem, err);
    CLEANUP(pki_cleanup_x509) X509 *ca = certificate ? shelflife_pki_parse_certificate(ca_pem, err) : NULL;
    if (!ca)
        return false;
    CLEANUP(cleanup_store) X509_STORE *store = X509_STORE_new();
    CLEANUP(cleanup_check) X509_STORE_CTX *check = X509_STORE_CTX_new();
    if (!store || !check || X509_STORE_add_cert(store, ca) != 1 ||
        X509_STORE_set_flags(store, X509_V_FLAG_NO_CHECK_TIME) != 1 ||
        X509_STORE_set_purpose(store, X509_PURPOSE_SSL_SERVER) != 1 ||
        X509_STORE_CTX_init(check, store, certificate, NULL) != 1)
        return shelflife_fail_memory(err);
    bool ok = X509_verify_cert(check) == 1;
    int why = X509_STORE_CTX_get_error(check);
    ERR_clear_error();
    if (!ok && shelflife_pki_lacked_memory())
        return shelflife_fail_memory(err);
    return ok || shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "the CA did not sign the certificate: %s",
                                X509_verify_cert_error_string(why));
}

bool shelflife_pki_match(str pem, str key_pem, error *err)
{
    CLEANUP(pki_cleanup_x509) X509 *certificate = shelflife_pki_parse_certificate(pem, err);
    if (!certificate)
        return false;
    CLEANUP(pki_cleanup_pkey) EVP_PKEY *key = shelflife_pki_parse_key(key_pem, err);
    if (!key)
        return false;
    if (X509_check_private_key(certificate, key) != 1)
        return shelflife_pki_fail(err, SHELFLIFE_ERROR_INPUT, "the key does not match the certificate");
    return true;
}
