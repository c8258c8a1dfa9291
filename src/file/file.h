/*
 * Files: read whole, replaced whole, listed, and checked for changes.
 *
 * No function here waits for a file that never ends or never begins. shelflife_file_read() accepts regular
 * files only: use it for configuration, which a server reads more than once. shelflife_file_read_input()
 * accepts also what a command can read once: "-" (standard input), and unnamed pipes such as "<(command)" or
 * /dev/stdin in a shell. Everything else is refused: folders, devices, sockets and named pipes.
 */
#ifndef SHELFLIFE_FILE_FILE_H
#define SHELFLIFE_FILE_FILE_H

#include "base/base.h"

enum { SHELFLIFE_FILE_INPUT_MAX = 1 << 30 /* bytes that shelflife_file_read_input() reads at most */ };

/* ---- Reading ---- */

/* Appends the bytes of a regular file, at most up to the limit of the buffer. The error is IO if the file
   cannot be read, LIMIT if it is too large for the buffer, and names the file. It leaves no copy of the bytes
   outside the buffer, so that a private key can be wiped with it. */
bool shelflife_file_read(const char *path, buffer *out, error *err) SHELFLIFE_MUST_CHECK;

/* The same, with another name for the file in errors, for a path that must not be shown. */
bool shelflife_file_read_as(const char *path, const char *shown, buffer *out,
                            error *err) SHELFLIFE_MUST_CHECK;

/* The same for an argument of a command: "-" is standard input, and a pipe is accepted. */
bool shelflife_file_read_input(const char *path, buffer *out, error *err) SHELFLIFE_MUST_CHECK;

/* The same, but stops after `most` bytes instead of failing. */
bool shelflife_file_read_head(const char *path, size_t most, buffer *out, error *err) SHELFLIFE_MUST_CHECK;

/* Opens a regular file or an unnamed pipe for a reader that streams. Returns the descriptor, or -1; the text
   of *why is then only the reason ("Permission denied"), without the name. */
int shelflife_file_open(const char *path, error *why) SHELFLIFE_MUST_CHECK;

/* ---- Writing ---- */

enum shelflife_file_access {
    SHELFLIFE_FILE_NORMAL, /* the permissions of the file it replaces; those of the umask for a new file */
    SHELFLIFE_FILE_SECRET, /* only the owner may read it */
};

/* Replaces a file, or creates it. Readers see either the old file or the complete new one, also after a
   crash. A symbolic link stays, and the file it refers to is replaced. A device or a pipe is written to
   directly. */
bool shelflife_file_replace(const char *path, str bytes, enum shelflife_file_access access,
                            error *err) SHELFLIFE_MUST_CHECK;

/* ---- Listing ---- */

/* Paths, in owned memory. */
struct shelflife_file_list {
    char **at;
    size_t count, capacity;
};
void shelflife_file_list_free(struct shelflife_file_list *list);

/* Adds "folder/name", or "name" if `folder` is empty. */
bool shelflife_file_list_add(struct shelflife_file_list *list, const char *folder, const char *name,
                             error *err) SHELFLIFE_MUST_CHECK;

/* Adds what is in a folder, in the order of the names, without names that begin with a dot. With endings,
   adds only names that have one of them. The text of *why is only the reason, as for shelflife_file_open().
 */
bool shelflife_file_list_folder(struct shelflife_file_list *list, const char *folder, const str *endings,
                                size_t ending_count, error *why) SHELFLIFE_MUST_CHECK;

/* Adds everything that is in a folder, in the order of the names. */
bool shelflife_file_list_all(struct shelflife_file_list *list, const char *folder,
                             error *why) SHELFLIFE_MUST_CHECK;

bool shelflife_file_is_folder(const char *path);

/* ---- Noticing changes ---- */

/* Appends a line that changes when the file at a path does: numbers from stat(), through symbolic links. A
   missing file has a line, too. NULL appends nothing. */
void shelflife_file_fingerprint(const char *path, buffer *out);

/*
 * Notices changes of files by their fingerprints. A change counts only when two checks in a row find the same
 * fingerprint, so that a file is not read while it is being written.
 */
struct shelflife_file_watch {
    buffer used; /* the fingerprint of the files that were last read */
    buffer seen; /* the fingerprint at the last check */
};

enum { SHELFLIFE_FILE_FINGERPRINT_MAX = 1 << 20 /* bytes, for a buffer's limit */ };

void shelflife_file_watch_init(struct shelflife_file_watch *watch);
void shelflife_file_watch_free(struct shelflife_file_watch *watch);

/* Takes over the fingerprint of this check. True if the files have changed since shelflife_file_watch_use(),
   and have not changed since the last check. */
bool shelflife_file_watch_check(struct shelflife_file_watch *watch, buffer *fingerprint);

/* The files as seen at the last check are about to be read. */
void shelflife_file_watch_use(struct shelflife_file_watch *watch);

#endif
