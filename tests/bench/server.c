/*
 * The webhook's server for benchmarks: `bench_server judge CERT KEY` judges, `bench_server discard CERT KEY
 * REPLY` is the same server and transport, but drops the body and sends what the file REPLY holds: the most
 * that the transport can do. Prints its port and serves until SIGTERM.
 */
#include <stdio.h>

#include "server/server.h"

#include "base/base.h"

/* The judge has no context, and there is one server in this program. */
static buffer fixed_reply;

static bool read_reply(const char *path)
{
    enum { REPLY_MAX = 1 << 20 };
    FILE *f = fopen(path, "rb");
    shelflife_buffer_init(&fixed_reply, REPLY_MAX);
    if (!f || !shelflife_buffer_reserve(&fixed_reply, REPLY_MAX))
        return false;
    fixed_reply.len = fread(fixed_reply.at, 1, REPLY_MAX, f);
    return fclose(f) == 0;
}

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
    shelflife_buffer_append(reply, shelflife_buffer_str(&fixed_reply));
    *out = (struct shelflife_outcome){.http_status = 200, .allowed = true};
    return true;
}

static void discard_reset(UNUSED struct shelflife_review *review)
{
}

int main(int argc, char **argv)
{
    static const struct shelflife_server_judge discard = {
        discard_new, discard_free, discard_begin, discard_feed, discard_abort, discard_finish, discard_reset};
    struct shelflife_server_config config;
    error err;
    bool fixed = argc == 5 && strcmp(argv[1], "discard") == 0 && read_reply(argv[4]);
    if (!fixed && (argc != 4 || strcmp(argv[1], "judge") != 0))
        return 2;
    shelflife_server_defaults(&config);
    config.listen = "127.0.0.1:0";
    config.probe_listen = NULL;
    config.tls.certificate = argv[2];
    config.tls.key = argv[3];
    config.judge = fixed ? &discard : NULL;
    struct shelflife_server *server = shelflife_server_start(&config, &err);
    if (!server) {
        fprintf(stderr, "%s\n", err.text);
        return 3;
    }
    printf("%u\n", (unsigned)shelflife_server_port(server));
    fflush(stdout);
    shelflife_server_run(server);
    shelflife_server_free(server);
    shelflife_buffer_free(&fixed_reply);
    return 0;
}
