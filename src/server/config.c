#include "server/config.h"

#include "admission/body.h"

void shelflife_server_defaults(struct shelflife_server_config *config)
{
    *config = (struct shelflife_server_config){
        .listen = ":8443",
        .probe_listen = ":8080",
        .at = SHELFLIFE_DAY_NONE,
        .max_body = SHELFLIFE_ADMISSION_BODY_MAX,
        .review_memory = 16 << 20,
        .max_connections = 384,
        .header_timeout = 10000,
        .body_timeout = 30000,
        .grace_period = 30000,
        .idle_timeout = 180000,
        .reload_interval = 2000,
    };
}

bool shelflife_server_config_check(const struct shelflife_server_config *config, error *err)
{
    const struct {
        const char *what, *unit;
        size_t value, least, most;
    } limits[] = {
        {"the limit of connections", "", config->max_connections, 1, SHELFLIFE_SERVER_CONNECTIONS_MAX},
        {"the limit of a body", " bytes", config->max_body, SHELFLIFE_SERVER_BODY_MIN, SIZE_MAX},
        {"the memory for reviews", " bytes", config->review_memory, SHELFLIFE_SERVER_REVIEW_MEMORY_MIN,
         SIZE_MAX},
        {"the timeout of headers", " ms", config->header_timeout, SHELFLIFE_SERVER_TIMEOUT_MIN,
         SHELFLIFE_SERVER_TIME_MAX},
        {"the timeout of a body", " ms", config->body_timeout, SHELFLIFE_SERVER_TIMEOUT_MIN,
         SHELFLIFE_SERVER_TIME_MAX},
        {"the timeout of an idle connection", " ms", config->idle_timeout, SHELFLIFE_SERVER_IDLE_TIMEOUT_MIN,
         SHELFLIFE_SERVER_TIME_MAX},
        {"the grace period", " ms", config->grace_period, 0, SHELFLIFE_SERVER_TIME_MAX},
        {"the interval of reloads", " ms", config->reload_interval, 0, SHELFLIFE_SERVER_TIME_MAX},
    };
    if (!config->certificate_from_caller && (!config->tls.certificate || !config->tls.key))
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "a serving certificate and its key are required");
    for (size_t i = 0; i < COUNT(limits); i++)
        if (limits[i].value < limits[i].least || limits[i].value > limits[i].most)
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "%s must be at least %zu%s and at most %zu%s",
                                  limits[i].what, limits[i].least, limits[i].unit, limits[i].most,
                                  limits[i].unit);
    return true;
}
