/*
 * A connection to the TLS port, from accept to close: its handshake, its deadlines, and why it ended. Only
 * its worker uses it, except for what struct shelflife_server_connection says.
 */
#ifndef SHELFLIFE_SERVER_SESSION_H
#define SHELFLIFE_SERVER_SESSION_H

#include "server/connection.h"
#include "server/tls.h"

/* Bytes of a TLS record with the headers of a reply. A longer one is sent by itself. */
enum { SHELFLIFE_SERVER_HELD_MAX = 512 };

struct shelflife_server_session {
    struct shelflife_server_connection connection; /* first: GnuTLS and the list have pointers to it */
    struct shelflife_credentials *credentials;
    unsigned header_timeout;
    bool received;         /* at least one byte */
    bool plain;            /* HTTP without TLS */
    bool certificate_sent; /* ours */
    bool secured;          /* the handshake is done */
    bool certified;        /* the client has sent a certificate of the client CA, perhaps without its key */
    const char *refused;   /* what was wrong with the client's certificate */
    bool interrupted;      /* the last request did not finish, */
    bool stalled;          /* because nothing was received any more */
    bool hold;             /* what is sent next, until more comes */
    unsigned char held[SHELFLIFE_SERVER_HELD_MAX]; /* bytes that were held and are not sent yet: */
    size_t held_from, held_to;
};

/*
 * Begins a session on a connection that was just accepted, before its handshake. Takes over the reference to
 * the credentials; without any (NULL) the connection is shut down, since no handshake is possible.
 */
void shelflife_server_session_open(struct shelflife_server_session *session,
                                   struct shelflife_server_connections *all, int fd,
                                   const struct sockaddr *peer, gnutls_session_t tls,
                                   struct shelflife_credentials *credentials, unsigned header_timeout);

/* The next TLS record is the headers of a reply, which has a body: both are sent with one system call, if the
   body can be. */
void shelflife_server_session_hold_headers(struct shelflife_server_session *session);

/* The reply has been sent. Nothing is held any more, even if another version of libmicrohttpd should send
   headers and body as one record. */
void shelflife_server_session_end_reply(struct shelflife_server_session *session);

/* Ends it, before its descriptor is closed. Counts and logs why, unless we shut it down ourselves. */
void shelflife_server_session_close(struct shelflife_server_session *session);

#endif
