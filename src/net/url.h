/* URLs as text: what is safe to show of one, and how to encode names into one. */
#ifndef SHELFLIFE_NET_URL_H
#define SHELFLIFE_NET_URL_H

#include "base/base.h"

enum { SHELFLIFE_NET_URL_SHOWN_MAX = 256 };

/*
 * Copies the URL without user, password, query and fragment, cut to fit. Works on any text. A secret that
 * was not percent-encoded ("https://user:a/b?c@host") can make the parts ambiguous: everything after the
 * scheme that may belong to it is left out, and if that may be all of it, "…" is shown. Returns shown.
 */
const char *shelflife_net_url_shown(const char *url, char shown[SHELFLIFE_NET_URL_SHOWN_MAX]);

/* Whether any parser agrees with shelflife_net_url_shown() on where user and password end. If not, another
   library's error texts may quote a part of the password as the host. NULL is fine. */
bool shelflife_net_url_unambiguous(const char *url);

/* Appends s with everything but RFC 3986's unreserved characters percent-encoded: right for a path segment
   and for a query's name or value. */
void shelflife_net_url_encode(buffer *out, str s);

/* The host of "scheme://[user@]host[:port][/…]", without the brackets of an IPv6 address, and the port as
   written (may be absent). False if it has none. */
bool shelflife_net_url_host(str url, str *host, str *port);

/* "localhost", "*.localhost", 127.0.0.0/8, ::1. */
bool shelflife_net_url_is_loopback(str host);

/* Where an address is. A server must not be able to make us ask these by a redirect, for they answer to
   anyone on this machine: at some link-local addresses, clouds give out the machine's credentials. */
enum shelflife_net_place {
    SHELFLIFE_NET_ELSEWHERE = 0,  /* any other address, or a name */
    SHELFLIFE_NET_LOOPBACK = 1,   /* 127.0.0.0/8, ::1, 0.0.0.0/8, ::, and "localhost" */
    SHELFLIFE_NET_LINK_LOCAL = 2, /* 169.254.0.0/16, fe80::/10, fd00:ec2::254 */
};
enum { SHELFLIFE_NET_PLACES_OWN = SHELFLIFE_NET_LOOPBACK | SHELFLIFE_NET_LINK_LOCAL };

/* Of a host as shelflife_net_url_host() returns it. IPv4 addresses count in their IPv6 forms, too. */
enum shelflife_net_place shelflife_net_url_place(str host);

/* Appends the URL that a reference (RFC 3986), such as a Location, means at a URL. False if it is none, or
   has a user or a password. */
bool shelflife_net_url_resolve(const char *base, str reference, buffer *out);

/*
 * Whether a host is reached without the environment's proxy: loopback always, else by NO_PROXY's value
 * (NULL is fine): "*", or names (a domain covers what is below it, with or without a leading dot),
 * addresses and address/bits, with commas or blanks between.
 */
bool shelflife_net_url_bypasses_proxy(str host, const char *no_proxy);

#endif
