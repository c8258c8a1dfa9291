#include "kube/client.h"
#include "json/document.h"

enum { MESSAGE_MAX = 600, PLAIN_MAX = 200 };

static str get(const struct node *map, const char *key)
{
    struct node node;
    str text = STR("");
    if (shelflife_node_get(map, key, &node))
        shelflife_node_string(node, &text, NULL);
    return text;
}

static void keep(str text, char *to, size_t size)
{
    if (text.len < size)
        snprintf(to, size, "%.*s", STR_PRINT(text));
}

/* Proxies answer in plain text or HTML: the first is shown. */
static str plain_text(str said)
{
    said = shelflife_str_trim(said);
    if (said.len == 0 || said.at[0] == '<' || said.at[0] == '{')
        return STR("");
    return shelflife_str_first(said, shelflife_utf8_cut(said, PLAIN_MAX));
}

static enum shelflife_error_kind kind_of(int status)
{
    if (status == 400 || status == 422)
        return SHELFLIFE_ERROR_INPUT;
    return status == 413 ? SHELFLIFE_ERROR_LIMIT : SHELFLIFE_ERROR_IO;
}

bool shelflife_kube_status_fail(struct shelflife_kube_reply *reply, const char *method, const char *url,
                                str said, error *err)
{
    struct node metadata;
    str message = plain_text(said);
    CLEANUP(cleanup_document)
    struct shelflife_document *d =
        shelflife_str_starts(said, STR("{")) ? shelflife_document_read(said, "", NULL) : NULL;
    if (d) {
        struct node root = shelflife_document_root(d);
        message = get(&root, "message");
        keep(get(&root, "reason"), reply->reason, sizeof(reply->reason));
        if (shelflife_node_get(&root, "metadata", &metadata))
            keep(get(&metadata, "continue"), reply->continue_token, sizeof(reply->continue_token));
    }
    message = shelflife_str_first(message, shelflife_utf8_cut(message, MESSAGE_MAX));
    return shelflife_fail(err, kind_of(reply->status), "%s %s: %d%s%s%s%.*s", method, url, reply->status,
                          reply->reason[0] ? " " : "", reply->reason, message.len ? ": " : "",
                          STR_PRINT(message));
}
