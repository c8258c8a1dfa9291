/*
 * The webhook's server for benchmarks: `bench_server judge CERT KEY` judges, `bench_server discard CERT KEY`
 * is the same server and transport, but drops the body and sends a fixed reply: the most that the transport
 * can do. Prints its port and serves until SIGTERM.
 */
#include <stdio.h>

#include "server/server.h"

#include "base/base.h"

static struct shelflife_review *discard_new(void)
{
    return malloc(1); /* nothing to keep; a review's own meaning is the judge's business */
}

static void discard_free(struct shelflife_review *review)
{
    free(review);
}

static void discard_begin(UNUSED struct shelflife_review *review,
                          UNUSED const struct shelflife_snapshot *snapshot, UNUSED shelflife_day at,
                          UNUSED enum shelflife_mode mode)
{
}

static void discard_feed(UNUSED struct shelflife_review *review, UNUSED str chunk)
{
}

static void discard_abort(UNUSED struct shelflife_review *review, UNUSED const error *why)
{
}

static bool discard_finish(UNUSED struct shelflife_review *review, buffer *reply,
                           struct shelflife_outcome *out, UNUSED error *err)
{
    shelflife_buffer_append(reply, STR("{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\","
                                       "\"response\":{\"uid\":\"0\",\"allowed\":true}}"));
    *out = (struct shelflife_outcome){.http_status = 200, .allowed = true};
    return true;
}

int main(int argc, char **argv)
{
    static const struct shelflife_judge discard = {discard_new,  discard_free,  discard_begin,
                                                   discard_feed, discard_abort, discard_finish};
    struct shelflife_server_config config;
    error err;
    if (argc != 4)
        return 2;
    shelflife_server_defaults(&config);
    config.listen = "127.0.0.1:0";
    config.probe_listen = NULL;
    config.tls.certificate = argv[2];
    config.tls.key = argv[3];
    config.judge = strcmp(argv[1], "discard") == 0 ? &discard : NULL;
    struct shelflife_server *server = shelflife_server_start(&config, &err);
    if (!server) {
        fprintf(stderr, "%s\n", err.text);
        return 3;
    }
    printf("%u\n", (unsigned)shelflife_server_port(server));
    fflush(stdout);
    shelflife_server_run(server);
    shelflife_server_free(server);
    return 0;
}
