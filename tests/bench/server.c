/*
 * The webhook's server for benchmarks: prints its port and serves until SIGTERM. Built twice:
 *
 *     bench_server CERT KEY                 judges reviews
 *     bench_server_discard CERT KEY REPLY   the same server and transport with a stand-in for room
 * `admission` that discards the body and sends the contents of the file REPLY: the most that the transport
 * can do
 */
#include <stdio.h>

#include "server/server.h"

#ifdef BENCH_DISCARD
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

struct shelflife_review *shelflife_review_new(void)
{
    return malloc(1); /* it has no state */
}

void shelflife_review_free(struct shelflife_review *review)
{
    free(review);
}

void shelflife_review_begin(UNUSED struct shelflife_review *review,
                            UNUSED const struct shelflife_snapshot *snapshot, UNUSED shelflife_day at,
                            UNUSED enum shelflife_mode mode)
{
}

void shelflife_review_feed(UNUSED struct shelflife_review *review, UNUSED str chunk)
{
}

bool shelflife_review_failed(UNUSED const struct shelflife_review *review)
{
    return false;
}

void shelflife_review_abort(UNUSED struct shelflife_review *review, UNUSED const error *why)
{
}

bool shelflife_review_finish(UNUSED struct shelflife_review *review, buffer *reply,
                             struct shelflife_outcome *out, UNUSED error *err)
{
    shelflife_buffer_append(reply, shelflife_buffer_str(&fixed_reply));
    *out = (struct shelflife_outcome){.http_status = 200, .allowed = true};
    return true;
}

void shelflife_review_set_key(UNUSED struct shelflife_review *review, UNUSED const unsigned char key[16])
{
}

void shelflife_review_set_memo(UNUSED struct shelflife_review *review, UNUSED struct shelflife_memo *memo)
{
}

struct shelflife_memo *shelflife_memo_new(void)
{
    return NULL;
}

void shelflife_memo_free(UNUSED struct shelflife_memo *memo)
{
}

size_t shelflife_review_memory(UNUSED const struct shelflife_review *review)
{
    return 0;
}

void shelflife_review_reset(UNUSED struct shelflife_review *review)
{
}
#endif

int main(int argc, char **argv)
{
    struct shelflife_server_config config;
    error err;
#ifdef BENCH_DISCARD
    if (argc != 4 || !read_reply(argv[3]))
        return 2;
#else
    if (argc != 3)
        return 2;
#endif
    shelflife_server_defaults(&config);
    config.listen = "127.0.0.1:0";
    config.probe_listen = NULL;
    config.tls.certificate = argv[1];
    config.tls.key = argv[2];
    struct shelflife_server *server = shelflife_server_start(&config, &err);
    if (!server) {
        fprintf(stderr, "%s\n", err.text);
        return 3;
    }
    printf("%u\n", (unsigned)shelflife_server_port(server));
    fflush(stdout);
    shelflife_server_run(server);
    shelflife_server_free(server);
#ifdef BENCH_DISCARD
    shelflife_buffer_free(&fixed_reply);
#endif
    return 0;
}
