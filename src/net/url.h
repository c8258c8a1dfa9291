/* URLs as text: what may be shown of one, and how names get into one. */
#ifndef SHELFLIFE_NET_URL_H
#define SHELFLIFE_NET_URL_H

#include "base/base.h"

enum { SHELFLIFE_URL_SHOWN_MAX = 256 };

/* The URL without user, password, query and fragment, cut to fit. Works on any text, a URL or not. Returns
   shown. */
const char *shelflife_url_shown(const char *url, char shown[SHELFLIFE_URL_SHOWN_MAX]);

/* Appends s with everything but RFC 3986's unreserved characters percent-encoded: right for a path segment
   and for a query's name or value. */
void shelflife_url_encode(buffer *out, str s);

/* The host of "scheme://[user@]host[:port][/…]", without the brackets of an IPv6 address, and the port as
   written (may be absent). False if it has none. */
bool shelflife_url_host(str url, str *host, str *port);

/* "localhost", "*.localhost", 127.0.0.0/8, ::1. */
bool shelflife_url_is_loopback(str host);

/*
 * Whether a host is reached without the environment's proxy: loopback always, else by NO_PROXY's value
 * (NULL is fine): "*", or names (a domain covers what is below it, with or without a leading dot),
 * addresses and address/bits, with commas or blanks between.
 */
bool shelflife_url_bypasses_proxy(str host, const char *no_proxy);

#endif
