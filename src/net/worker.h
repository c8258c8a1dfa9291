/*
 * HTTP requests in processes of their own. A process that answers others, as the webhook does, then needs no
 * system call that reaches out into the network, and a response that breaks the HTTP client breaks one
 * request. Each HTTP client has a worker process, which keeps its connections and ends with it.
 *
 *     shelflife_net_workers_start(restrict, &err);    first of all, with a single thread
 *     shelflife_net_start(&err); …                    as always
 *     shelflife_net_stop();
 *     shelflife_net_workers_stop();
 *
 * Workers are forked by a process that is itself forked at the start, before there are keys in memory. It
 * and the workers end when the process that started them does, however it ends, and ignore signals meant for
 * it. The worker gets what a request needs over a socket. What it sends back is not trusted more than a peer:
 * lengths are checked, strings are ended, and a deadline ends the wait for a worker that hangs.
 */
#ifndef SHELFLIFE_NET_WORKER_H
#define SHELFLIFE_NET_WORKER_H

#include "net/net.h"

/* From now on, requests are sent by workers. Each new process calls `restrict_process` first, which may be
   NULL: to give up what it does not need. */
bool shelflife_net_workers_start(void (*restrict_process)(void), error *err);
void shelflife_net_workers_stop(void);
bool shelflife_net_workers_started(void);

/* shelflife_net_http_perform() by the worker of a client. *channel is the socket to it; if it is negative, a
   new worker is started. It is closed after a failure of the worker. */
bool shelflife_net_worker_perform(int *channel, const struct shelflife_net_http_request *request,
                                  struct shelflife_net_http_response *response, error *err);

#endif
