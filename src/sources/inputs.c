#include "sources/inputs.h"

#include "net/net.h"
#include "sources/artifact.h"
#include "sources/fetch.h"
#include "sources/files.h"

static bool split_catalogs(struct shelflife_sources_inputs *inputs, error *err)
{
    const struct shelflife_sources_config *config = inputs->config;
    size_t count = config->catalog_count;
    inputs->files = calloc(count ? 2 * count : 1, sizeof(*inputs->files));
    if (!inputs->files)
        return shelflife_fail_memory(err);
    inputs->urls = inputs->files + count;
    for (size_t i = 0; i < count; i++)
        if (shelflife_sources_is_url(config->catalogs[i]) ||
            shelflife_sources_is_artifact(config->catalogs[i]))
            inputs->urls[inputs->url_count++] = config->catalogs[i];
        else
            inputs->files[inputs->file_count++] = config->catalogs[i];
    return true;
}

static bool split_inventories(struct shelflife_sources_inputs *inputs, error *err)
{
    const struct shelflife_sources_config *config = inputs->config;
    size_t count = config->inventory_count;
    inputs->inventory_files = calloc(count ? 2 * count : 1, sizeof(*inputs->inventory_files));
    if (!inputs->inventory_files)
        return shelflife_fail_memory(err);
    inputs->inventory_urls = inputs->inventory_files + count;
    for (size_t i = 0; i < count; i++)
        if (shelflife_sources_is_artifact(config->inventories[i]))
            inputs->inventory_urls[inputs->inventory_url_count++] = config->inventories[i];
        else
            inputs->inventory_files[inputs->inventory_file_count++] = config->inventories[i];
    return true;
}

static bool open_network(struct shelflife_sources_inputs *inputs, error *err)
{
    if (inputs->url_count + inputs->inventory_url_count == 0)
        return true;
    if (!inputs->config->remote.key_file)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "%s must be signed: give the public key with --catalog-key",
                              inputs->url_count ? "catalogs at URLs" : "inventories in registries");
    inputs->network = shelflife_net_start(err);
    return inputs->network;
}

static bool open_remotes(struct shelflife_sources_inputs *inputs, shelflife_sources_remote_listener *listener,
                         void *context, error *err)
{
    struct shelflife_sources_remote_options options = inputs->config->remote;
    if (inputs->url_count)
        inputs->remotes =
            shelflife_sources_remotes_new(inputs->urls, inputs->url_count, &options, listener, context, err);
    if (inputs->url_count && !inputs->remotes)
        return false;
    options.inventories = true;
    options.min_serial_count = 0;
    if (inputs->inventory_url_count)
        inputs->inventory_remotes = shelflife_sources_remotes_new(
            inputs->inventory_urls, inputs->inventory_url_count, &options, listener, context, err);
    return !inputs->inventory_url_count || inputs->inventory_remotes;
}

bool shelflife_sources_inputs_open(struct shelflife_sources_inputs *inputs,
                                   const struct shelflife_sources_config *config,
                                   shelflife_sources_remote_listener *listener, void *context, error *err)
{
    *inputs = (struct shelflife_sources_inputs){.config = config};
    if (split_catalogs(inputs, err) && split_inventories(inputs, err) && open_network(inputs, err) &&
        open_remotes(inputs, listener, context, err))
        return true;
    shelflife_sources_inputs_close(inputs);
    return false;
}

void shelflife_sources_inputs_close(struct shelflife_sources_inputs *inputs)
{
    shelflife_sources_remotes_free(inputs->remotes);
    shelflife_sources_remotes_free(inputs->inventory_remotes);
    if (inputs->network)
        shelflife_net_stop();
    free(inputs->files);
    free(inputs->inventory_files);
    *inputs = (struct shelflife_sources_inputs){0};
}

void shelflife_sources_inputs_fingerprint(const struct shelflife_sources_inputs *inputs, buffer *out)
{
    shelflife_file_fingerprint(inputs->config->policy, out);
    for (size_t i = 0; i < inputs->file_count; i++)
        shelflife_sources_fingerprint_catalogs(inputs->files[i], out);
    if (inputs->remotes)
        shelflife_buffer_format(out, "changes at URLs: %llu\n",
                                (unsigned long long)shelflife_sources_remotes_changes(inputs->remotes));
}

void shelflife_sources_inputs_fingerprint_inventories(const struct shelflife_sources_inputs *inputs,
                                                      buffer *out)
{
    for (size_t i = 0; i < inputs->inventory_file_count; i++)
        shelflife_sources_fingerprint_inventories(inputs->inventory_files[i], out);
    if (inputs->inventory_remotes)
        shelflife_buffer_format(
            out, "changes in registries: %llu\n",
            (unsigned long long)shelflife_sources_remotes_changes(inputs->inventory_remotes));
}
