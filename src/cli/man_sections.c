#include "cli/man_sections.h"

#include "base/base.h"

static const struct cli_man_text description[] = {
    {NULL,
     "Publishers of container images announce two dates for each release: the end of patch (the last day "
     "on which it is patched) and the end of availability (the last day on which it may be used). "
     "shelflife reads these dates from catalogs. A catalog is a file that lists products, their releases "
     "and their dates. As a validating admission webhook, it denies images that are past their end of "
     "availability, and warns about images that are past their end of patch or close to it. On the "
     "command line, it gives the same verdicts about single images, clusters, manifests and recorded "
     "reviews."},
    {NULL,
     "Dates are calendar days in UTC. They are inclusive: the phase of an image changes on the following "
     "day."},
    {NULL, "The phase of an image says where it is in its support time: supported, ending, unpatched or "
           "unavailable; or unresolved, unlisted or invalid if that is not known. A policy says which action "
           "follows from a phase: allow, warn or deny."},
    {NULL,
     "The policy also sets the mode of each namespace. In the mode enforce, actions apply as they are. "
     "In the mode warn, a denial becomes a warning. In the mode audit, findings are only logged, counted "
     "in metrics, and written to the audit log of the API server. In the mode off, images are not "
     "judged. The policy can set a floor: the weakest mode that a namespace or a path of the webhook can "
     "have."},
    {NULL,
     "Every command and subcommand accepts -h or --help, which prints its options. Options may be before "
     "or after arguments. \"shelflife help COMMAND\" prints the same."},
};

static const struct cli_man_text inputs[] = {
    {"Files that are read once",
     "These are the arguments of audit, review, catalog lint, catalog import, "
     "catalog diff, catalog sign, catalog verify and certs show, the files of "
     "images and baselines, kubeconfig files, and keys, signatures and CAs of these "
     "commands. They can be a regular file, - (standard input), or an unnamed pipe, "
     "such as <(COMMAND) in bash. Only one input of a command can be standard "
     "input. To sign a catalog that is not a regular file, also use --signature, "
     "because there is no FILE to which .sig can be appended."},
    {"Files that the server reads again when they change",
     "These are policies, catalogs, inventories, the CAs and public keys of catalogs at URLs, and the "
     "certificates and keys of serve. They must be regular files, for all commands that have these options."},
    {NULL, "Named pipes, devices and sockets are always refused."},
};

static const struct cli_man_text statuses[] = {
    {"0", "Success."},
    {"1",
     "There are findings at or above --fail-on. For catalog lint, there are findings; for catalog verify, "
     "the signature does not match; for catalog update, changes were refused; for policy test, a case "
     "failed."},
    {"2", "Wrong usage or invalid configuration."},
    {"3", "The command failed, for example because it could not read a file or open an address."},
    {"4", "Part of the work failed, for example because only some of the files could be read."},
};

static const struct cli_man_text variables[] = {
    {"KUBECONFIG", "The kubeconfig files, separated by colons. Without it: .kube/config in HOME."},
    {"HOME", "The directory of .kube/config and .docker/config.json."},
    {"KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT",
     "The API server of the cluster that a pod runs in. Kubernetes sets them."},
    {"POD_NAME",
     "The name of a replica of serve with --self-managed-tls. Without it, the name is made of the "
     "host name and the process ID."},
    {"REGISTRY_AUTH_FILE", "The credentials of registries, as Docker and Podman write them."},
    {"XDG_RUNTIME_DIR", "Without REGISTRY_AUTH_FILE: the directory of containers/auth.json."},
    {"DOCKER_CONFIG", "Without both of these: the directory of config.json. Without it: .docker in HOME."},
    {"https_proxy, HTTPS_PROXY, http_proxy, all_proxy, ALL_PROXY",
     "The proxy of requests, except to this machine."},
    {"no_proxy, NO_PROXY", "The hosts that are asked without a proxy."},
    {"PATH", "Where kubectl, kustomize and helm are searched for --render, and the credential plugins of a "
             "kubeconfig."},
    {"TMPDIR", "The directory of temporary files, such as those that --render needs (default: /tmp)."},
    {"NO_COLOR", "If it is set, output on a terminal has no color."},
    {"TERM", "If it is \"dumb\" or not set, output on a terminal has no color."},
};

static const struct cli_man_text files[] = {
    {"~/.kube/config", "How to reach clusters, if neither --kubeconfig nor KUBECONFIG says so."},
    {"~/.docker/config.json", "Credentials of registries, if no other file has them."},
    {"/etc/shelflife/policy.yaml", "The policy of the service that the Debian package installs."},
    {"/etc/shelflife/tls/tls.crt, /etc/shelflife/tls/tls.key", "The serving certificate of this service."},
    {"/etc/default/shelflife", "More options for this service."},
};

#define SECTION(name, texts)                                                                                 \
    {                                                                                                        \
        name, texts, COUNT(texts)                                                                            \
    }

const struct cli_man_section shelflife_cli_man_sections_before[] = {SECTION("DESCRIPTION", description)};
const struct cli_man_section shelflife_cli_man_sections_after[] = {
    SECTION("INPUT FILES", inputs),
    SECTION("EXIT STATUS", statuses),
    SECTION("ENVIRONMENT", variables),
    SECTION("FILES", files),
};
const size_t shelflife_cli_man_sections_before_count = COUNT(shelflife_cli_man_sections_before);
const size_t shelflife_cli_man_sections_after_count = COUNT(shelflife_cli_man_sections_after);
