/*
 * Random bytes for GnuTLS, from the kernel.
 *
 * GnuTLS (3.7.9: findings/gnutls-thread-memory.sh) has a generator for each thread that ever needed
 * random bytes, and keeps it until the process ends: about 230 bytes. As each connection has a thread of its
 * own, clients that connect again and again could fill the memory. Tests: tests/unit/test_server_random.c.
 *
 * gnutls_rnd() is a function of the public interface of GnuTLS. The library calls it by its name, so that the
 * definition in the program takes the place of its own.
 */
#include <errno.h>
#include <gnutls/crypto.h>
#include <sys/random.h>
#include <sys/types.h>

#include "base/base.h"

__attribute__((visibility("default"))) int gnutls_rnd(UNUSED gnutls_rnd_level_t level, void *data, size_t len)
{
    for (char *at = data; len;) {
        ssize_t n = getrandom(at, len, 0);
        if (n < 0 && errno != EINTR)
            return GNUTLS_E_RANDOM_FAILED;
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        }
    }
    return GNUTLS_E_SUCCESS;
}
