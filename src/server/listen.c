#include "server/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096, PORT_MAX = 65535 }; /* the kernel reduces the backlog to its own limit */

static bool parse_port(str text, uint16_t *port)
{
    unsigned n = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || n > PORT_MAX)
            return false;
        n = n * 10 + (unsigned)(text.at[i] - '0');
    }
    *port = (uint16_t)n;
    return text.len > 0 && n <= PORT_MAX;
}

static bool has_any(str s, const char *set)
{
    for (; *set; set++)
        if (shelflife_str_find(s, *set) != SIZE_MAX)
            return true;
    return false;
}

bool shelflife_server_listen_parse(const char *address, str *host, uint16_t *port, error *err)
{
    str text = shelflife_str_of(address);
    size_t colon = shelflife_str_find_last(text, ':');
    bool ok = colon != SIZE_MAX && parse_port(shelflife_str_after(text, colon + 1), port);
    str name = shelflife_str_first(text, ok ? colon : 0);
    bool brackets = name.len > 2 && name.at[0] == '[' && name.at[name.len - 1] == ']';
    if (brackets)
        name = (str){name.at + 1, name.len - 2};
    /* Without brackets, the end of an IPv6 address would be ambiguous. */
    if (!ok || (!brackets && has_any(name, "[]:")) || name.len >= NI_MAXHOST)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "\"%s\" is not an address to listen on; use 0.0.0.0:8443, [::]:8443 or :8443",
                              address);
    *host = name;
    return true;
}

static int fail_listen(error *err, const char *address, int fd)
{
    int code = errno;
    shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot listen on %s: %s", address, strerror(code));
    if (fd >= 0)
        close(fd);
    errno = code;
    return -1;
}

static int bind_to(const struct sockaddr *to, socklen_t len, bool dual, const char *address, error *err)
{
    const int on = 1, v6only = !dual;
    int fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail_listen(err, address, fd);
    if (to->sa_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only)) != 0)
        return fail_listen(err, address, fd);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 || bind(fd, to, len) != 0 ||
        listen(fd, BACKLOG) != 0)
        return fail_listen(err, address, fd);
    return fd;
}

/* All addresses of both families; without IPv6 in the kernel, all IPv4 addresses. */
static int bind_to_all(uint16_t port, const char *address, error *err)
{
    struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_ANY_INIT};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {INADDR_ANY}};
    int fd = bind_to((struct sockaddr *)&six, sizeof(six), true, address, err);
    if (fd < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
        fd = bind_to((struct sockaddr *)&four, sizeof(four), false, address, err);
    return fd;
}

static int bind_to_host(str host, uint16_t port, const char *address, error *err)
{
    char name[NI_MAXHOST], service[sizeof("65535")];
    memcpy(name, host.at, host.len);
    name[host.len] = '\0';
    snprintf(service, sizeof(service), "%u", (unsigned)port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int code = getaddrinfo(name, service, &hints, &found);
    if (code != 0) {
        shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "cannot listen on %s: %s", address, gai_strerror(code));
        return -1;
    }
    /* Most people expect "[::]" to include IPv4. */
    bool any = found->ai_family == AF_INET6 &&
               IN6_IS_ADDR_UNSPECIFIED(&((struct sockaddr_in6 *)(void *)found->ai_addr)->sin6_addr);
    int fd = bind_to(found->ai_addr, found->ai_addrlen, any, address, err);
    freeaddrinfo(found);
    return fd;
}

int shelflife_server_listen(const char *address, uint16_t *port, error *err)
{
    str host = {NULL, 0};
    uint16_t wanted = 0;
    if (!shelflife_server_listen_parse(address, &host, &wanted, err))
        return -1;
    int fd = host.len ? bind_to_host(host, wanted, address, err) : bind_to_all(wanted, address, err);
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } bound = {0};
    socklen_t len = sizeof(bound);
    if (fd < 0)
        return -1;
    if (getsockname(fd, &bound.any, &len) != 0)
        return fail_listen(err, address, fd);
    *port = ntohs(bound.any.sa_family == AF_INET6 ? bound.six.sin6_port : bound.four.sin_port);
    return fd;
}
