#!/bin/sh
# GnuTLS 3.7.9 (Debian 12, libgnutls30 3.7.9-2+deb12u7) keeps memory for each thread that has used its random numbers,
# after the thread has ended, until the process ends.
#
# Seen: 1,000 threads, one after the other, each of which calls gnutls_rnd() once and ends, leave 224 bytes each.
# GnuTLS has no function to call when a thread ends. The same happens in each thread that does a TLS handshake.
#
# Why it matters here: libmicrohttpd with MHD_USE_THREAD_PER_CONNECTION starts a thread for each TLS connection. The
# memory of a server then grows with each connection that it has ever had. In src/server/workers.c, a few threads that
# do not end serve all connections; tests/hostile/soak.py checks that memory stays the same.
#
# Needs Debian 12, gcc and Debian's package lists. Installs nothing on the machine.
set -eu
version=3.7.9-2+deb12u7
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fetch() { apt-get download -qq "libgnutls30=$version" "libgnutls28-dev=$version" >/dev/null 2>&1; }
fetch || { apt-get update -qq >/dev/null 2>&1 && fetch; } ||
    { echo "changed: version $version of GnuTLS is not available any more" && exit 1; }
for package in *.deb; do dpkg -x "$package" root; done
library=$(dirname "$(find root -name libgnutls.so.30)")

cat >threads.c <<'C'
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>

static void *use(void *with_random_numbers)
{
    char bytes[16];
    if (with_random_numbers)
        gnutls_rnd(GNUTLS_RND_NONCE, bytes, sizeof(bytes));
    return NULL;
}

/* The bytes that each of 1,000 threads leaves. */
static long measure(void *with_random_numbers)
{
    size_t before = 0;
    for (int i = 0; i < 1100; i++) {
        pthread_t thread;
        if (i == 100) /* what the first ones leave may be kept for the others */
            before = mallinfo2().uordblks;
        pthread_create(&thread, NULL, use, with_random_numbers);
        pthread_join(thread, NULL);
    }
    return (long)(mallinfo2().uordblks - before) / 1000;
}

int main(void)
{
    long without = measure(NULL), with = measure("yes");
    printf("GnuTLS %s: a thread leaves %ld bytes, or %ld if it has used random numbers\n", gnutls_check_version(NULL),
           without, with);
    return !(without < 10 && with > 150 && with < 400);
}
C
gcc -I root/usr/include -I "root/usr/include/$(gcc -print-multiarch)" threads.c -o threads "$library/libgnutls.so.30" -lpthread
if LD_LIBRARY_PATH=$library ./threads; then
    echo "as described"
else
    echo "changed: GnuTLS behaves otherwise now" && exit 1
fi
