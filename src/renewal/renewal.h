/*
 * Certificates that look after themselves: the replicas of a webhook keep one Secret and the caBundles of
 * one ValidatingWebhookConfiguration, by way of the Kubernetes API, and need nothing else for it.
 *
 * What is where
 *
 *   Secret: data tls.crt, tls.key and ca.crt: the certificate in use, `current`; during a renewal next.crt,
 *     next.key and next-ca.crt as well. Each certificate has a CA of its own, whose key is thrown away as
 *     soon as it has signed. For each replica an annotation replica.shelflife.dev/NAME, its note: the CA
 *     and the serial number of the certificate that it serves, or that it is about to serve.
 *   Configuration: the caBundle of every webhook in it has the CAs of all certificates that somebody serves.
 *
 * Everything else in either object is left as it is: labels, other data, the rest of a webhook.
 *
 * A renewal, at two thirds of a certificate's life
 *
 *   1. Somebody writes a new certificate with key and CA into the Secret, as next.
 *   2. Somebody adds the new CA to every caBundle.
 *   3. A replica that has seen the new CA in every caBundle for a while (the settle time, in which every API
 *      server notices) writes into its note that it is about to serve the new certificate, then serves it,
 *      then says in its note that it serves no other.
 *   4. When no note speaks of anything else, somebody makes the next certificate the current one.
 *   5. When for a while nobody has spoken for the old CA, somebody takes it out of the caBundles.
 *
 * "Somebody" is whoever comes first: every write says which version of the object it is based on, and is
 * refused (409) if that is not the latest; then all is looked at again. Replicas begin a renewal at slightly
 * different times, so that they seldom meet.
 *
 * Why it never breaks TLS
 *
 *   - Nobody serves a certificate before its CA is everywhere, nor before the own note names it; and a note
 *     that names a certificate can be written only while that is in the Secret, or served already.
 *   - No CA leaves the caBundles while its certificate is in the Secret or a note speaks for it. The
 *     configuration is read before the Secret, so that a write based on both knows every note that counts.
 *   - A note counts until the CA that it names is over, however silent its writer: a replica that lost its
 *     way to the API server may be serving still. So after a crash the old CA stays in the caBundles, at
 *     most for the third of its life that was left; that harms nobody, for its key is gone. Whoever knows
 *     better deletes the annotation. A replica that ends takes its note away.
 *
 * Nothing is remembered but in these two objects, and each step is chosen from what they show, so whoever is
 * left goes on wherever somebody stopped. The same rules heal what people do: an emptied, edited or restored
 * Secret, keys that do not fit, an emptied caBundle, a CA that is not ours (it leaves the caBundles), a
 * webhook that an upgrade added, a configuration made anew. A deleted Secret is made again; RBAC cannot limit
 * `create` to a name, so the role has it for Secrets of its own namespace. All else is limited to the two
 * names: get and patch of the Secret, get and patch of the configuration.
 *
 * Time is the API server's, by the Date of its answers: it is the one who checks certificates, so a replica
 * with a wrong clock does no harm. Between answers a clock counts on that nobody sets.
 *
 * While the API server is away, or refuses, everything stays as it is: what is served is served, the failure
 * is logged and counted, and tried again, ever less often. A certificate that is over at last makes the
 * replica not ready.
 *
 * How GitOps tools and Helm get along with it: fields that their manifests do not have are not theirs, so
 * the chart's Secret has no data and its webhooks no caBundle. A caBundle is written by a JSON patch that
 * touches nothing else.
 */
#ifndef SHELFLIFE_RENEWAL_RENEWAL_H
#define SHELFLIFE_RENEWAL_RENEWAL_H

#include "base/base.h"

struct shelflife_kube_config; /* kube/config.h */

/* All borrowed until the renewal is freed. */
struct shelflife_renewal_renewal_config {
    const struct shelflife_kube_config *kube;
    const char *secret_namespace, *secret_name;
    const char *webhook; /* the ValidatingWebhookConfiguration's name */
    const str *names;    /* DNS names of the certificate; the Service's first */
    size_t name_count;
    const char *identity; /* the replica's own name: the pod's */
    int64_t life;         /* of a certificate, in seconds; at least SHELFLIFE_RENEWAL_RENEWAL_LIFE_MIN */
};
enum { SHELFLIFE_RENEWAL_RENEWAL_LIFE_MIN = 30 };

/* Whoever serves what is kept here. Called from the renewal's own thread. */
struct shelflife_renewal_renewal_host {
    void *context;
    /* Serves this certificate from now on; both are PEM and the caller's. `now` is the API server's time. */
    bool (*serve)(void *context, str certificate, str key, int64_t now, error *err);
    /* Logs a line; `detail` may be NULL. */
    void (*tell)(void *context, bool failure, const char *message, const char *detail);
};

struct shelflife_renewal_renewal;

/* Checks the configuration; nothing is asked for yet. */
struct shelflife_renewal_renewal *shelflife_renewal_renewal_new(
    const struct shelflife_renewal_renewal_config *config, error *err);
void shelflife_renewal_renewal_free(struct shelflife_renewal_renewal *renewal); /* NULL is fine; after stop */

/* Starts the thread. */
bool shelflife_renewal_renewal_start(struct shelflife_renewal_renewal *renewal,
                                     const struct shelflife_renewal_renewal_host *host, error *err);

/* Ends it, and takes the replica's note away: for a replica that serves nobody any more. Takes a few seconds
   if the API server is slow. Without start, does nothing. */
void shelflife_renewal_renewal_stop(struct shelflife_renewal_renewal *renewal);

/* Whether a certificate is served that is not over and that every caBundle covers. Appends lines that say
   so, for /readyz?verbose. From any thread. */
bool shelflife_renewal_renewal_ready(struct shelflife_renewal_renewal *renewal, buffer *lines);

/* Appends Prometheus metrics. From any thread. */
void shelflife_renewal_renewal_metrics(struct shelflife_renewal_renewal *renewal, buffer *out);

#endif
