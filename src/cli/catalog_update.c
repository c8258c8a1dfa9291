#include <unistd.h>

#include "cli/catalog_common.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "feeds/changelog.h"
#include "feeds/check.h"
#include "feeds/feed_list.h"
#include "feeds/update.h"
#include "file/file.h"
#include "net/url.h"
#include "pki/pki.h"
#include "sources/fetch.h"
#include "sources/files.h"
#include "sources/gunzip.h"

enum { CHANGELOG_MAX = 64 << 20 };

struct updating {
    const char *feed_dir, *ca_file, *key_file, *changelog;
    size_t max_feed;
    shelflife_day as_of, today;
    bool accept, dry_run;
    buffer key; /* the private key; empty: do not sign */
    struct shelflife_net_http_client *client;
    size_t done, refused;
    int code; /* of the last failure */
};

/* A catalog that is being updated. */
struct subject {
    const char *file;
    buffer old, new, signature, changelog;
    struct shelflife_feeds_feed_list list;
    struct shelflife_feeds_feed *feeds; /* as many as in the list */
    buffer *bytes;                      /* of each feed */
    char (*shown)[SHELFLIFE_NET_URL_SHOWN_MAX];
    shelflife_day *fetched; /* the day of each feed that was fetched from its publisher */
    struct shelflife_feeds_edition edition;
};

/* ---- Feeds ---- */

/* The file of a recorded feed: "DIR/endoflife.date/api/v1/products/full". */
static bool recorded_path(const char *directory, const char *url, char **path, error *err)
{
    str rest = shelflife_str_after(shelflife_str_of(url), sizeof("https://") - 1);
    rest = shelflife_str_first(rest, shelflife_str_find(rest, '#'));
    if (memmem(rest.at, rest.len, "..", 2))
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "%s: \"..\" in a URL is not supported with --feed-dir", url);
    if (asprintf(path, "%s/%.*s%s", directory, STR_PRINT(rest),
                 shelflife_str_ends(rest, STR("/")) ? "index.html" : "") < 0)
        *path = NULL;
    return *path || shelflife_fail_memory(err);
}

/* A path in the directory of the catalog. */
static bool path_beside(const char *catalog, const char *name, char **path, error *err)
{
    size_t slash = shelflife_str_find_last(shelflife_str_of(catalog), '/');
    int length = slash == SIZE_MAX ? 0 : (int)slash + 1;
    if (asprintf(path, "%.*s%s", length, catalog, name) < 0)
        *path = NULL;
    return *path || shelflife_fail_memory(err);
}

static bool download(const struct updating *u, const char *url, buffer *out, error *err)
{
    struct shelflife_net_http_response response;
    const struct shelflife_sources_fetch fetch = {.url = url,
                                                  .ca_file = u->ca_file,
                                                  .max_bytes = u->max_feed,
                                                  .limit_option = "--max-feed",
                                                  .no_compression = true};
    return shelflife_sources_fetch(u->client, &fetch, out, &response, err);
}

static bool get_feed(const struct updating *u, struct subject *s, size_t i, error *err)
{
    char *path CLEANUP(cleanup_free) = NULL;
    const char *url = s->list.at[i].url;
    bool is_url = shelflife_sources_is_url(url);
    s->fetched[i] = SHELFLIFE_DAY_NONE;
    s->feeds[i] = s->list.at[i].feed;
    s->feeds[i].origin = is_url ? shelflife_net_url_shown(url, s->shown[i]) : url;
    shelflife_buffer_init(&s->bytes[i], u->max_feed);
    if (is_url && !u->feed_dir) {
        s->fetched[i] = u->today;
        if (!download(u, url, &s->bytes[i], err))
            return false;
    } else if (!(is_url ? recorded_path(u->feed_dir, url, &path, err)
                        : path_beside(s->file, url, &path, err)) ||
               !shelflife_file_read(path, &s->bytes[i], err)) {
        return false;
    }
    s->feeds[i].bytes = shelflife_buffer_str(&s->bytes[i]);
    return s->feeds[i].bytes.len > 0 ||
           shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s: the feed is empty", s->feeds[i].origin);
}

static bool get_feeds(const struct updating *u, struct subject *s, error *err)
{
    size_t count = s->list.count;
    s->feeds = calloc(count, sizeof(*s->feeds));
    s->bytes = calloc(count, sizeof(*s->bytes));
    s->shown = calloc(count, sizeof(*s->shown));
    s->fetched = calloc(count, sizeof(*s->fetched));
    if (!s->feeds || !s->bytes || !s->shown || !s->fetched)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < count; i++)
        if (!get_feed(u, s, i, err))
            return false;
    return true;
}

/* ---- What is printed ---- */

static void print_lines(const struct subject *s, const char *word,
                        const struct shelflife_feeds_findings *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        const struct shelflife_feeds_finding *f = &lines->at[i];
        shelflife_cli_message("%s: %s: %.*s%s%.*s", s->file, word, STR_PRINT(f->problem),
                              f->suggestion.len ? "; " : "", STR_PRINT(f->suggestion));
    }
}

static void print_edition(const struct updating *u, const struct subject *s)
{
    const struct shelflife_feeds_edition *edition = &s->edition;
    print_lines(s, "note", &edition->notes);
    if (!edition->changed && !edition->refused.count)
        shelflife_cli_message("%s: nothing has changed", s->file);
    for (size_t i = 0; i < edition->differences.count; i++)
        shelflife_cli_print_difference(&edition->differences.at[i]);
    print_lines(s, u->accept ? "accepted" : "refused", &edition->refused);
    if (edition->refused.count && !u->accept)
        shelflife_cli_message(
            "%s: the catalog was not changed; if the %s above %s right, accept with --accept", s->file,
            edition->refused.count == 1 ? "line" : "lines", edition->refused.count == 1 ? "is" : "are");
}

/* ---- Files ---- */

static bool sign(const struct updating *u, struct subject *s, error *err)
{
    return u->key.len == 0 || shelflife_cli_sign(u->key_file, shelflife_buffer_str(&u->key),
                                                 shelflife_buffer_str(&s->new), &s->signature, err);
}

static bool write_changelog_entry(const struct updating *u, struct subject *s, error *err)
{
    buffer entry CLEANUP(shelflife_buffer_free), before CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&entry, SIZE_MAX);
    shelflife_buffer_init(&before, CHANGELOG_MAX);
    if (!u->changelog)
        return true;
    if ((access(u->changelog, F_OK) == 0 && !shelflife_file_read(u->changelog, &before, err)) ||
        !shelflife_feeds_changelog_write(shelflife_buffer_str(&s->new), s->file, &s->edition.differences,
                                         &entry, err))
        return false;
    shelflife_feeds_changelog_insert(shelflife_buffer_str(&before), shelflife_buffer_str(&entry),
                                     &s->changelog);
    return !s->changelog.failed || shelflife_fail_memory(err);
}

/* The signature comes first: with a crash between the two, the next update starts again from the old catalog.
 * If the catalog cannot be written, the old signature is put back. */
static bool replace_both(struct subject *s, error *err)
{
    char *path CLEANUP(cleanup_free) = NULL;
    buffer before CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&before, CLI_SIGNATURE_MAX);
    if (s->signature.len == 0)
        return shelflife_file_replace(s->file, shelflife_buffer_str(&s->new), SHELFLIFE_FILE_NORMAL, err);
    if (!shelflife_cli_signature_path(NULL, s->file, &path, err))
        return false;
    bool had = access(path, F_OK) == 0;
    if ((had && !shelflife_file_read(path, &before, err)) ||
        !shelflife_file_replace(path, shelflife_buffer_str(&s->signature), SHELFLIFE_FILE_NORMAL, err))
        return false;
    if (shelflife_file_replace(s->file, shelflife_buffer_str(&s->new), SHELFLIFE_FILE_NORMAL, err))
        return true;
    if (!had)
        unlink(path);
    else if (!shelflife_file_replace(path, shelflife_buffer_str(&before), SHELFLIFE_FILE_NORMAL, NULL))
        shelflife_cli_message("%s: the signature of the old catalog could not be put back; sign it again",
                              path);
    return false;
}

/* Last, so that it has no entry of an edition that was not written. The next update does not repeat this one.
 */
static bool replace_changelog(const struct updating *u, struct subject *s, error *err)
{
    return s->changelog.len == 0 ||
           shelflife_file_replace(u->changelog, shelflife_buffer_str(&s->changelog), SHELFLIFE_FILE_NORMAL,
                                  err) ||
           shelflife_error_prefix(
               err, "%s: the catalog was renewed, but its entry in the changelog is missing", s->file);
}

static bool write_edition(const struct updating *u, struct subject *s, error *err)
{
    return sign(u, s, err) && write_changelog_entry(u, s, err) && replace_both(s, err) &&
           replace_changelog(u, s, err);
}

/* A catalog that has not changed gets a signature if it has none, or one of another edition. */
static bool renew_signature(const struct updating *u, struct subject *s, error *err)
{
    char *path CLEANUP(cleanup_free) = NULL;
    buffer before CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&before, CLI_SIGNATURE_MAX);
    if (u->key.len == 0)
        return true;
    if (!shelflife_cli_signature_path(NULL, s->file, &path, err))
        return false;
    if (shelflife_file_read(path, &before, NULL) &&
        shelflife_pki_verify_own(shelflife_buffer_str(&u->key), shelflife_buffer_str(&s->new),
                                 shelflife_buffer_str(&before), NULL))
        return true;
    if (!sign(u, s, err) ||
        !shelflife_file_replace(path, shelflife_buffer_str(&s->signature), SHELFLIFE_FILE_NORMAL, err))
        return false;
    shelflife_cli_message("%s: signed again", s->file);
    return true;
}

/* ---- The command ---- */

static bool make_edition(const struct updating *u, struct subject *s, error *err)
{
    const struct shelflife_feeds_update update = {.catalog = shelflife_buffer_str(&s->old),
                                                  .origin = s->file,
                                                  .feeds = s->feeds,
                                                  .feed_count = s->list.count,
                                                  .as_of = u->as_of,
                                                  .fetched = s->fetched,
                                                  .today = u->today};
    return shelflife_feeds_update(&update, &s->new, &s->edition, err);
}

static void fail(struct updating *u, const error *err, bool own)
{
    int code = shelflife_cli_fail(err);
    /* A feed that is broken is not a mistake of the user. */
    u->code = own ? code : CLI_EXIT_FAILED;
}

static bool finish(struct updating *u, struct subject *s, error *err)
{
    print_edition(u, s);
    if (s->edition.refused.count && !u->accept) {
        u->refused++;
        return true;
    }
    if (!u->dry_run && !(s->edition.changed ? write_edition(u, s, err) : renew_signature(u, s, err)))
        return false;
    u->done++;
    return true;
}

static bool read_catalog(struct subject *s, error *err)
{
    if (!shelflife_file_read(s->file, &s->old, err))
        return false;
    return !shelflife_sources_is_gzip(shelflife_buffer_str(&s->old)) ||
           shelflife_fail(
               err, SHELFLIFE_ERROR_USAGE,
               "%s: a compressed catalog cannot be updated: update the catalog, and then compress it",
               s->file);
}

static void update_subject(struct updating *u, struct subject *s, bool optional)
{
    error err;
    if (!read_catalog(s, &err) ||
        !shelflife_feeds_catalog_check(s->file, shelflife_buffer_str(&s->old), &err) ||
        !shelflife_feeds_feed_list_read(shelflife_buffer_str(&s->old), s->file, &s->list, &err)) {
        fail(u, &err, true);
        return;
    }
    if (s->list.count == 0) {
        if (optional) {
            shelflife_cli_message("%s: skipped, because it has no `feeds`", s->file);
            return;
        }
        shelflife_fail(&err, SHELFLIFE_ERROR_USAGE,
                       "%s: the catalog does not say where its dates are published: add `feeds`, as in "
                       "\"feeds\": [{\"format\": \"endoflife\", \"url\": "
                       "\"https://endoflife.date/api/v1/products/full\"}]",
                       s->file);
        fail(u, &err, true);
        return;
    }
    if (!get_feeds(u, s, &err) || !make_edition(u, s, &err)) {
        if (!shelflife_str_starts(shelflife_str_of(err.text), shelflife_str_of(s->file)))
            shelflife_error_prefix(&err, "%s", s->file);
        fail(u, &err, false);
        shelflife_cli_message("%s: the catalog was not changed", s->file);
        return;
    }
    if (!finish(u, s, &err))
        fail(u, &err, true);
}

/* `optional`: a catalog without feeds is not a mistake. */
static void update_file(struct updating *u, const char *file, bool optional)
{
    struct subject s = {.file = file};
    shelflife_buffer_init(&s.old, SIZE_MAX);
    shelflife_buffer_init(&s.new, SIZE_MAX);
    shelflife_buffer_init(&s.signature, CLI_SIGNATURE_MAX);
    shelflife_buffer_init(&s.changelog, SIZE_MAX);
    shelflife_feeds_edition_init(&s.edition);
    update_subject(u, &s, optional);
    shelflife_feeds_edition_free(&s.edition);
    for (size_t i = 0; s.bytes && i < s.list.count; i++)
        shelflife_buffer_free(&s.bytes[i]);
    free(s.fetched);
    free(s.shown);
    free(s.bytes);
    free(s.feeds);
    shelflife_feeds_feed_list_free(&s.list);
    shelflife_buffer_free(&s.changelog);
    shelflife_buffer_free(&s.signature);
    shelflife_buffer_free(&s.new);
    shelflife_buffer_free(&s.old);
}

/* For a directory, the catalogs in it that have feeds. */
static void update_argument(struct updating *u, const char *argument)
{
    struct shelflife_file_list files CLEANUP(shelflife_file_list_free) = {0};
    error err;
    if (!shelflife_sources_list_catalogs(&files, argument, &err)) {
        fail(u, &err, true);
        return;
    }
    bool folder = shelflife_file_is_folder(argument);
    for (size_t i = 0; i < files.count; i++)
        update_file(u, files.at[i], folder);
}

static int update_all(struct updating *u, const struct cli_list *files)
{
    error err;
    if ((u->key_file && !shelflife_file_read_input(u->key_file, &u->key, &err)) || !shelflife_net_start(&err))
        return shelflife_cli_fail(&err);
    u->client = shelflife_net_http_client_new(&err);
    if (!u->client)
        u->code = shelflife_cli_fail(&err);
    for (size_t i = 0; u->client && i < files->count; i++)
        update_argument(u, files->at[i]);
    shelflife_net_http_client_free(u->client);
    shelflife_net_stop();
    if (u->code)
        return u->done + u->refused ? CLI_EXIT_PARTIAL : u->code;
    return u->refused ? CLI_EXIT_FINDINGS : CLI_EXIT_OK;
}

static int update(struct updating *u, int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife catalog update",
        .arguments = "FILE|DIR...",
        .about =
            "Renew catalogs from their feeds, the URLs or files in the catalog's \"feeds\". Writes a new\n"
            "edition with a higher serial, and prints what differs from the edition before. A DIR means\n"
            "all catalogs in it that have feeds.\n"
            "A change that may be a mistake is refused, with exit code 1: a product or release that\n"
            "vanishes, an end that vanishes or moves to an earlier day, a release that has ended before\n"
            "the day of the old edition, feeds that are older than the catalog, new findings of\n"
            "\"catalog lint\".\n"
            "If a feed cannot be read, the exit code is 3. In both cases, the old edition and its\n"
            "signature stay as they are.\n"
            "asOf becomes the day of the oldest feed: the day of the download, or for endoflife.date the\n"
            "day on which the response was made. So a new edition is also written if no date has changed\n"
            "but the feeds are of a later day: the dates were confirmed on this day, and the catalog is\n"
            "not stale. A file counts by the day that it contains; without one, it does not renew asOf.\n"
            "If the feeds are not newer either, the file stays the same, byte for byte.",
        .examples = "  shelflife catalog update --dry-run own.json\n"
                    "  shelflife catalog update --key catalog.key --changelog CHANGELOG.md own.json",
        .min_arguments = 1,
        .max_arguments = -1};
    const struct cli_option options[] = {
        {.name = "accept",
         .type = CLI_FLAG,
         .target = &u->accept,
         .help = "write the new edition even if changes would be refused. Check them\n"
                 "first, with --dry-run"},
        {.name = "dry-run",
         .type = CLI_FLAG,
         .target = &u->dry_run,
         .help = "print the changes, and write nothing"},
        {.name = "key",
         .letter = 'k',
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &u->key_file,
         .help = "sign with this private key (PEM, without a passphrase), as \"catalog\n"
                 "sign\" does. The signature is written to FILE.sig"},
        {.name = "changelog",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &u->changelog,
         .help = "add an entry for each new edition at the beginning of this Markdown\n"
                 "file"},
        {.name = "feed-dir",
         .type = CLI_TEXT,
         .argument = "DIR",
         .target = &u->feed_dir,
         .help = "read the feed of a URL from the file DIR/HOST/PATH instead, or\n"
                 "DIR/HOST/PATH/index.html if the URL ends with \"/\""},
        {.name = "as-of",
         .type = CLI_DAY,
         .argument = "DATE",
         .target = &u->as_of,
         .help = "day on which the feeds were correct, instead of their own"},
        {.name = "ca-file",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &u->ca_file,
         .help = "trust these CAs (PEM) for URLs instead of the system's"},
        {.name = "max-feed",
         .type = CLI_SIZE,
         .argument = "BYTES",
         .target = &u->max_feed,
         .min = SHELFLIFE_SOURCES_FETCH_SMALL,
         .max = SHELFLIFE_FEEDS_BYTES_MAX,
         .help = "largest accepted feed, decompressed; the default is 16Mi"},
    };
    struct cli_list files CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    error err;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &files, &code))
        return code;
    if (!shelflife_cli_check_as_of(u->as_of, &err))
        return shelflife_cli_fail(&err);
    return shelflife_cli_finish(update_all(u, &files));
}

int shelflife_cli_catalog_update(int argc, char **argv)
{
    struct updating u = {
        .max_feed = SHELFLIFE_FEEDS_BYTES_MAX, .as_of = SHELFLIFE_DAY_NONE, .today = shelflife_cli_today()};
    shelflife_buffer_init(&u.key, CLI_KEY_MAX);
    u.key.secret = true;
    int code = update(&u, argc, argv);
    shelflife_buffer_free(&u.key);
    return code;
}
