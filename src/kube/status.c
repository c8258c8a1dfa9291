#include "kube/status.h"

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

static void copy_short(str text, char *to, size_t size)
{
    if (text.len < size)
        snprintf(to, size, "%.*s", STR_PRINT(text));
}

/* Proxies respond with plain text, which is shown, or HTML, which is not. */
static str plain_text(str body)
{
    body = shelflife_str_trim(body);
    if (body.len == 0 || body.at[0] == '<' || body.at[0] == '{')
        return STR("");
    return shelflife_str_first(body, shelflife_utf8_cut(body, PLAIN_MAX));
}

static enum shelflife_error_kind kind_of(int status)
{
    if (status == 400 || status == 422)
        return SHELFLIFE_ERROR_INPUT;
    return status == 413 ? SHELFLIFE_ERROR_LIMIT : SHELFLIFE_ERROR_IO;
}

bool shelflife_kube_status_fail(struct shelflife_kube_reply *reply, const char *method, const char *url,
                                str body, error *err)
{
    struct node metadata;
    str message = plain_text(body);
    CLEANUP(cleanup_document)
    struct shelflife_document *d =
        shelflife_str_starts(body, STR("{")) ? shelflife_document_read(body, "", NULL) : NULL;
    if (d) {
        struct node root = shelflife_document_root(d);
        message = get(&root, "message");
        copy_short(get(&root, "reason"), reply->reason, sizeof(reply->reason));
        if (shelflife_node_get(&root, "metadata", &metadata))
            copy_short(get(&metadata, "continue"), reply->continue_token, sizeof(reply->continue_token));
    }
    message = shelflife_str_first(message, shelflife_utf8_cut(message, MESSAGE_MAX));
    return shelflife_fail(err, kind_of(reply->status), "%s %s: %d%s%s%s%.*s", method, url, reply->status,
                          reply->reason[0] ? " " : "", reply->reason, message.len ? ": " : "",
                          STR_PRINT(message));
}
