/* What the files of this room share: OpenSSL's types with their cleanup, and its errors as ours. */
#ifndef SHELFLIFE_PKI_OPENSSL_H
#define SHELFLIFE_PKI_OPENSSL_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "pki/pki.h"

/* Fills *err with "<what>: <OpenSSL's reason>" and empties OpenSSL's queue. Returns false. */
bool shelflife_pki_fail(error *err, enum shelflife_error_kind kind, const char *what);

/* Opens a text for OpenSSL's PEM readers; NULL without memory. Each operation begins so. */
BIO *shelflife_pki_open(str pem, error *err);

/* Whether an allocation of OpenSSL's has failed in this thread since the operation began, or since this was
   last asked. */
bool shelflife_pki_lacked_memory(void);

/* PEM to objects the caller frees; NULL with *err. */
X509 *shelflife_pki_parse_certificate(str pem, error *err);
EVP_PKEY *shelflife_pki_parse_key(str pem, error *err);

/* A callback for each of OpenSSL's PEM readers: without one they ask for the passphrase of encrypted PEM on
   the terminal. It supplies none, and sets *asked (a bool; may be NULL). */
int shelflife_pki_refuse_passphrase(char *text, int size, int writing, void *asked);

/* Fills *err after a key could not be read: it has a passphrase, or else `what`. Returns false. */
bool shelflife_pki_fail_key(error *err, enum shelflife_error_kind kind, bool asked, const char *what);

/* OpenSSL's functions take no NULL, even for no bytes. */
static inline const unsigned char *pki_octets(str s)
{
    return (const unsigned char *)(s.at ? s.at : "");
}

static inline void pki_cleanup_x509(X509 **p)
{
    X509_free(*p);
}

/* Returns what a cleanup would free, and clears the variable. */
static inline X509 *pki_take_x509(X509 **p)
{
    X509 *taken = *p;
    *p = NULL;
    return taken;
}

static inline void pki_cleanup_pkey(EVP_PKEY **p)
{
    EVP_PKEY_free(*p);
}

static inline void pki_cleanup_bio(BIO **p)
{
    BIO_free_all(*p);
}

#endif
