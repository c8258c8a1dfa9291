/*
 * Keys, certificates, hashes and base64. Only this room uses OpenSSL; callers see PEM text and plain values.
 *
 * Times are seconds since the epoch and passed in: nothing here reads a clock. Errors end with OpenSSL's
 * reason, if there is one. The PEM of a private key is a secret: mark its buffer as one (shelflife/buffer.h).
 */
#ifndef SHELFLIFE_PKI_PKI_H
#define SHELFLIFE_PKI_PKI_H

#include "base/base.h"
#include "base/dependency.h"

enum { SHELFLIFE_PKI_SHA256_BYTES = 32, SHELFLIFE_PKI_SHA256_TEXT_MAX = 2 * SHELFLIFE_PKI_SHA256_BYTES + 1 };

/* SHA-256 of the concatenated parts, as bytes. */
bool shelflife_pki_sha256_bytes(const str *parts, size_t count,
                                unsigned char digest[SHELFLIFE_PKI_SHA256_BYTES],
                                error *err) SHELFLIFE_MUST_CHECK;

/* The same in lower-case hex with a NUL. */
bool shelflife_pki_sha256(const str *parts, size_t count, char hex[SHELFLIFE_PKI_SHA256_TEXT_MAX],
                          error *err) SHELFLIFE_MUST_CHECK;

/* Hashes of digests as container registries write them: "sha256:" or "sha512:" and lower-case hex. */
enum { SHELFLIFE_PKI_DIGEST_TEXT_MAX = 7 + 2 * 64 + 1 };

/* Whether a text is such a digest. */
bool shelflife_pki_digest_is_valid(str digest);

/* Computes a digest of bytes that come in chunks, by the algorithm that the valid digest `like` begins with.
   NULL without memory. */
struct shelflife_pki_hasher;
struct shelflife_pki_hasher *shelflife_pki_hasher_new(str like, error *err);
void shelflife_pki_hasher_free(struct shelflife_pki_hasher *hasher); /* NULL is fine */
static inline void cleanup_pki_hasher(struct shelflife_pki_hasher **hasher)
{
    shelflife_pki_hasher_free(*hasher);
}
bool shelflife_pki_hasher_add(struct shelflife_pki_hasher *hasher, str bytes,
                              error *err) SHELFLIFE_MUST_CHECK;
/* Writes the digest, with its algorithm and a NUL. Call it once, at the end. */
bool shelflife_pki_hasher_end(struct shelflife_pki_hasher *hasher, char digest[SHELFLIFE_PKI_DIGEST_TEXT_MAX],
                              error *err) SHELFLIFE_MUST_CHECK;

/* Computes the digest of bytes by the algorithm of `expected`, which is valid. Sets *equal. */
bool shelflife_pki_digest_check(str bytes, str expected, bool *equal, error *err) SHELFLIFE_MUST_CHECK;

/* Appends base64 on one line. `out` is failed if it did not fit. */
void shelflife_pki_base64_encode(str bytes, buffer *out);

/* Decodes standard base64 with padding, and white space anywhere, into the arena, with a NUL at its end.
 *valid: whether it is base64. False only if the arena failed. */
bool shelflife_pki_base64_decode(str text, arena *memory, str *out, bool *valid) SHELFLIFE_MUST_CHECK;

/* Appends a new ECDSA P-256 private key as PEM (PKCS #8, not encrypted). */
bool shelflife_pki_make_key(buffer *pem, error *err) SHELFLIFE_MUST_CHECK;

/* Everything made here is valid from this many seconds before `now`, for clocks that are late. */
enum { SHELFLIFE_PKI_BACKDATE = 300 };

/* The longest time that a certificate can be valid; the shortest is one day. */
enum { SHELFLIFE_PKI_DAYS_MAX = 36500 };

/* Appends the certificate of a new CA, self-signed: it may sign serving certificates and nothing else. It
   is valid until `days` after `now`. */
bool shelflife_pki_make_ca(str key, str common_name, int64_t now, uint32_t days, buffer *pem,
                           error *err) SHELFLIFE_MUST_CHECK;

struct shelflife_pki_certificate_request {
    str ca, ca_key;   /* PEM */
    str key;          /* PEM, of the new certificate */
    const str *names; /* DNS names ("*." may start one) and IP addresses; at least one */
    size_t name_count;
    bool client; /* for a client instead of a server */
    int64_t now;
    uint32_t days;
};

/* Appends a certificate for the names, signed by the CA. Valid like a CA's, but not longer than its CA. The
   error for an invalid name contains it. */
bool shelflife_pki_make_certificate(const struct shelflife_pki_certificate_request *request, buffer *pem,
                                    error *err) SHELFLIFE_MUST_CHECK;

/* Appends a CA, and a certificate for the names that it signed, with its key. Both are valid for `seconds`.
   The CA's own key is discarded. */
bool shelflife_pki_make_pair(const str *names, size_t count, int64_t now, int64_t seconds, buffer *ca,
                             buffer *certificate, buffer *key, error *err) SHELFLIFE_MUST_CHECK;

/* The fields of a certificate. The strings are the arena's. */
struct shelflife_pki_certificate {
    int64_t not_before, not_after;
    str subject, issuer; /* RFC 2253: "CN=shelflife CA" */
    str serial;          /* hex */
    str fingerprint;     /* SHA-256, hex */
    const str *names;    /* DNS names and IP addresses of the subject alternative name */
    size_t name_count;
    bool ca;
};

/* Reads the first certificate of a PEM text. */
bool shelflife_pki_read_certificate(str pem, arena *memory, struct shelflife_pki_certificate *out,
                                    error *err) SHELFLIFE_MUST_CHECK;

/* Reads all certificates of a PEM text, at most `max`, and copies each as plain PEM. Anything else in the
   text is skipped. False only without memory. */
struct shelflife_pki_bundle {
    const struct shelflife_pki_certificate *at;
    const str *pem;
    size_t count;
};
bool shelflife_pki_read_bundle(str pem, size_t max, arena *memory, struct shelflife_pki_bundle *out,
                               error *err) SHELFLIFE_MUST_CHECK;

/* Whether the CA, the first certificate of `ca`, signed the first one of `pem` for a server, whether or not
   they have expired. False with an error if not, or if either is unreadable. */
bool shelflife_pki_signed(str pem, str ca, error *err) SHELFLIFE_MUST_CHECK;

/* Whether the key matches the first certificate of `pem`. False with an error if not, or if either is
   unreadable. */
bool shelflife_pki_match(str pem, str key, error *err) SHELFLIFE_MUST_CHECK;

/*
 * Detached signatures over bytes, as base64 on one line: ECDSA P-256 over their SHA-256 in DER, or Ed25519
 * over the bytes themselves. `cosign sign-blob --key` writes and verifies the same.
 */

/* Appends the signature. `key` is a private key, PEM without a passphrase. */
bool shelflife_pki_sign(str key, str bytes, buffer *signature, error *err) SHELFLIFE_MUST_CHECK;

/* Whether the key made the signature of these bytes; false with an error if not. `key` is a public key in
   PEM. A USAGE error is about the key, an INPUT error about the signature. White space around the base64 is
   ignored. */
bool shelflife_pki_verify(str key, str bytes, str signature, error *err) SHELFLIFE_MUST_CHECK;

/* The same with the private key that signed. */
bool shelflife_pki_verify_own(str key, str bytes, str signature, error *err) SHELFLIFE_MUST_CHECK;

/* The version of OpenSSL. */
struct shelflife_dependency shelflife_pki_dependency(void);

#endif
