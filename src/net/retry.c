#include "net/retry.h"
#include "base/ascii.h"

#include <curl/curl.h>
#include <errno.h>
#include <sys/random.h>

enum { DAY_SECONDS = 86400, SLEEP_STEP = 100 /* ms between checks of the cancel flag */ };

static const struct shelflife_net_retry_policy defaults = {
    .tries = 5, .base = 250, .cap = 30000, .budget = 120000};

static uint64_t system_milliseconds(void *context)
{
    struct timespec t;
    (void)context;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int64_t system_seconds(void *context)
{
    (void)context;
    return time(NULL);
}

static uint64_t system_random(void *context)
{
    uint64_t r;
    if (getrandom(&r, sizeof(r), GRND_NONBLOCK) == (ssize_t)sizeof(r))
        return r;
    /* Early during boot there may be none. The clock's low digits spread callers well enough. */
    struct timespec t;
    (void)context;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_nsec * 0x9e3779b97f4a7c15U;
}

static bool system_sleep(void *context, uint64_t milliseconds, const atomic_bool *cancel)
{
    (void)context;
    while (milliseconds && !(cancel && atomic_load(cancel))) {
        uint64_t step = cancel && milliseconds > SLEEP_STEP ? SLEEP_STEP : milliseconds;
        struct timespec left = {(time_t)(step / 1000), (long)(step % 1000) * 1000000};
        while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR && !(cancel && atomic_load(cancel)))
            ;
        milliseconds -= step;
    }
    return !(cancel && atomic_load(cancel));
}

const struct shelflife_clock shelflife_clock_system = {
    .milliseconds = system_milliseconds,
    .seconds = system_seconds,
    .random = system_random,
    .sleep = system_sleep,
};

bool shelflife_net_http_date(const char *value, int64_t *seconds)
{
    time_t at = curl_getdate(value, NULL);
    if (at == -1)
        return false;
    *seconds = at;
    return true;
}

bool shelflife_net_retry_after(const char *value, int64_t now, uint64_t *milliseconds)
{
    str s = shelflife_str_of(value);
    int64_t seconds = 0;
    size_t i = 0;
    for (; i < s.len && ascii_is_digit(s.at[i]); i++)
        if (seconds < DAY_SECONDS)
            seconds = seconds * 10 + (s.at[i] - '0');
    if (i < s.len) {
        if (i > 0 || !shelflife_net_http_date(value, &seconds))
            return false;
        seconds -= now;
    } else if (i == 0) {
        return false;
    }
    if (seconds < 0)
        seconds = 0;
    *milliseconds = 1000 * (uint64_t)(seconds < DAY_SECONDS ? seconds : DAY_SECONDS);
    return true;
}

void shelflife_net_retry_start(struct shelflife_net_retry *r)
{
    struct shelflife_net_retry_policy *p = &r->policy;
    if (!p->tries)
        p->tries = defaults.tries;
    if (!p->base)
        p->base = defaults.base;
    if (!p->cap)
        p->cap = defaults.cap;
    if (!p->budget)
        p->budget = defaults.budget;
    r->tried = 0;
    r->started = r->clock->milliseconds(r->clock->context);
}

bool shelflife_net_retry_next(struct shelflife_net_retry *r, const char *retry_after, uint64_t *wait)
{
    const struct shelflife_clock *clock = r->clock;
    uint64_t most = r->policy.base, asked = 0;
    for (unsigned i = 0; i < r->tried && most < r->policy.cap; i++)
        most *= 2;
    if (most > r->policy.cap)
        most = r->policy.cap;
    if (++r->tried >= r->policy.tries)
        return false;
    shelflife_net_retry_after(retry_after, clock->seconds(clock->context), &asked);
    uint64_t next = asked + clock->random(clock->context) % (most + 1);
    uint64_t spent = clock->milliseconds(clock->context) - r->started;
    if (spent > r->policy.budget || next > r->policy.budget - spent)
        return false;
    *wait = next;
    return true;
}

bool shelflife_net_retry_wait(struct shelflife_net_retry *r, const char *retry_after,
                              const atomic_bool *cancel)
{
    uint64_t wait;
    return shelflife_net_retry_next(r, retry_after, &wait) &&
           r->clock->sleep(r->clock->context, wait, cancel);
}
