/*
 * Self-managed TLS: the replicas of a webhook maintain their certificate in one Secret and the caBundles of
 * one ValidatingWebhookConfiguration through the Kubernetes API. Nothing else is needed for it.
 *
 * The objects
 *
 *   Secret: data tls.crt, tls.key and ca.crt hold the certificate in use, `current`; during a renewal,
 *     next.crt, next.key and next-ca.crt hold the `next` one. Each certificate has a CA of its own, whose
 *     private key is discarded as soon as it has signed. Each replica has an annotation
 *     replica.shelflife.dev/NAME, its note: the CA and the serial number of the certificate that it serves,
 *     or is about to serve.
 *   Configuration: the caBundle of every webhook contains the CAs of all certificates that are served.
 *
 * Everything else in either object is left unchanged: labels, other data, the other fields of a webhook.
 *
 * A renewal, at two thirds of a certificate's life
 *
 *   1. A replica writes a new certificate with its key and CA into the Secret, as next.
 *   2. A replica adds the new CA to every caBundle.
 *   3. A replica that has seen the new CA in every caBundle for the settle time (in which every API server
 *      loads the change) writes into its note that it is about to serve the new certificate, serves it, and
 *      then removes the old certificate from its note.
 *   4. When no note names another certificate, a replica makes the next certificate the current one.
 *   5. When no note has named the old CA for a while, a replica removes it from the caBundles.
 *
 * "A replica" is the first that gets there: every write names the version of the object that it is based on,
 * and the API server refuses it (409) if that is not the latest; the replica then observes both objects
 * again. Replicas begin a renewal at slightly different times, so such conflicts are rare.
 *
 * Why TLS never breaks
 *
 *   - No replica serves a certificate before its CA is in every caBundle and its own note names it. A note
 *     may name a certificate only while that is in the Secret or served already.
 *   - No CA is removed from the caBundles while its certificate is in the Secret or a note names it. The
 *     configuration is read before the Secret, so a write based on both takes every relevant note into
 *     account.
 *   - A note counts until its CA expires, even if its replica is silent: a replica that cannot reach the API
 *     server may still be serving. After a crash the old CA therefore stays in the caBundles, at most for the
 *     last third of its life. That is harmless, since its key no longer exists; deleting the annotation
 *     removes it earlier. A replica that shuts down removes its note.
 *
 * All state is in these two objects, and each step is chosen from what they contain, so any replica can
 * continue where another stopped. The same rules repair manual changes: an emptied, edited or restored
 * Secret, a key that does not match, an emptied caBundle, an unknown CA (it is removed), a webhook that an
 * upgrade added, a recreated configuration.
 *
 * The rights are get and patch of the Secret and of the configuration, by name. On Kubernetes 1.30 or later,
 * two ValidatingAdmissionPolicies of the chart allow this account no other changes than those above. It may
 * not create Secrets: RBAC cannot limit `create` to a name, and a user who may create any Secret can create
 * one that Kubernetes fills with another account's token. So a deleted Secret must be created by the chart
 * again; until then nothing changes, and the failure is reported.
 *
 * The time is the API server's, from the Date header of its answers, since the API server is what checks
 * certificates: a replica with a wrong clock is harmless. Between answers the monotonic clock continues it.
 *
 * While the API server is unreachable or refuses, nothing changes: the certificate is still served, and the
 * failure is logged, counted and retried with growing intervals. Once the served certificate has expired, the
 * replica becomes unready.
 *
 * GitOps tools and Helm do not manage fields that their manifests lack, so the chart's Secret has no data and
 * its webhooks no caBundle. A caBundle is written by a JSON patch that touches nothing else.
 */
#ifndef SHELFLIFE_RENEWAL_RENEWAL_H
#define SHELFLIFE_RENEWAL_RENEWAL_H

#include "renewal/config.h"

struct shelflife_renewal;

/* Checks the configuration; sends no request. */
struct shelflife_renewal *shelflife_renewal_new(const struct shelflife_renewal_config *config, error *err);
void shelflife_renewal_free(struct shelflife_renewal *renewal); /* NULL is fine; after stop */

/* Starts the thread. */
bool shelflife_renewal_start(struct shelflife_renewal *renewal, const struct shelflife_renewal_host *host,
                             error *err);

/* Ends the thread and removes the replica's note: for a replica that no longer serves. Takes a few seconds
   if the API server is slow. Does nothing without start. */
void shelflife_renewal_stop(struct shelflife_renewal *renewal);

/* Whether the served certificate is valid and every caBundle has its CA. Appends lines for
   /readyz?verbose. From any thread. */
bool shelflife_renewal_ready(struct shelflife_renewal *renewal, buffer *lines);

/* Appends Prometheus metrics. From any thread. */
void shelflife_renewal_metrics(struct shelflife_renewal *renewal, buffer *out);

#endif
