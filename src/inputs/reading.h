/*
 * What the readers of YAML files share: the files that a file refers to, each read once; what was found; and
 * the limits that hold for all of it.
 *
 * Functions return false when reading must stop: the sink has failed, memory has run out, or a limit is
 * exceeded. shelflife_input_reading_end() turns an exceeded limit into a report.
 */
#ifndef SHELFLIFE_INPUTS_READING_H
#define SHELFLIFE_INPUTS_READING_H

#include "inputs/nodes.h"

enum {
    SHELFLIFE_INPUT_READING_FILE_MAX = 8 << 20,    /* bytes of a file */
    SHELFLIFE_INPUT_READING_FILES_MAX = 200,       /* that a file refers to, directly or not */
    SHELFLIFE_INPUT_READING_MEMORY_MAX = 64 << 20, /* bytes for the trees of all files */
    SHELFLIFE_INPUT_READING_IMAGES_MAX = 10000,    /* reported for a file */
    SHELFLIFE_INPUT_READING_UNREADS_MAX = 1000,    /* parts that are not read, reported for a file */
    SHELFLIFE_INPUT_READING_STEPS_MAX = 1000000,   /* combinations of matrices, and similar work */
};

struct shelflife_input_reading_file {
    str path;
    struct shelflife_input_documents
        documents; /* none: it is empty or could not be read; the last one is a map */
};

struct shelflife_input_reading {
    const struct shelflife_input_options *options;
    const struct shelflife_input_sink *sink;
    error *err;
    enum shelflife_input_merges merges;
    str path; /* of the file that was asked for */
    arena arena;
    struct shelflife_input_reading_file *files[SHELFLIFE_INPUT_READING_FILES_MAX];
    size_t file_count, images, unreads, steps;
    const char *limit; /* the one that is exceeded: "more than 10000 images" */
};

/* Starts with the file at `path`, whose content is `text`. *root is the first file, without documents if the
   text is not YAML, which is then reported. */
bool shelflife_input_reading_begin(struct shelflife_input_reading *r, const char *path, str text,
                                   const struct shelflife_input_options *options,
                                   const struct shelflife_input_sink *sink,
                                   enum shelflife_input_merges merges,
                                   const struct shelflife_input_reading_file **root, error *err);

/* Reports an exceeded limit and frees everything. `ok` is what the reader has returned. Returns false only if
   the sink fails, or without memory. */
bool shelflife_input_reading_end(struct shelflife_input_reading *r, bool ok);

bool shelflife_input_reading_exists(const struct shelflife_input_reading *r, str path);

/* Reads the text of another file. *got is false if it cannot be read, which is then reported at `from`. */
bool shelflife_input_reading_text(struct shelflife_input_reading *r, str path,
                                  struct shelflife_input_place from, str *text, bool *got);

/* Reads another file. A file without documents is empty or could not be read, which was then reported. */
bool shelflife_input_reading_load(struct shelflife_input_reading *r, str path,
                                  struct shelflife_input_place from,
                                  const struct shelflife_input_reading_file **out);

bool shelflife_input_reading_image(struct shelflife_input_reading *r,
                                   const struct shelflife_input_image *image);
bool shelflife_input_reading_unread(struct shelflife_input_reading *r, struct shelflife_input_place place,
                                    const char *format, ...) SHELFLIFE_PRINTF(3, 4);

/* Counts a step of work, and stops if the user has interrupted it. */
bool shelflife_input_reading_step(struct shelflife_input_reading *r);

/* Fails after an allocation in the arena has failed. */
bool shelflife_input_reading_full(struct shelflife_input_reading *r);

/* Makes room for all that a buffer may hold: if it fails later, its limit is the reason. */
bool shelflife_input_reading_room(struct shelflife_input_reading *r, buffer *b);

/* Formats a string in the arena. */
bool shelflife_input_reading_format(struct shelflife_input_reading *r, str *out, const char *format, ...)
    SHELFLIFE_PRINTF(3, 4);

/* Joins two phrases: "profile debug, default of TAG". Either may be absent. */
bool shelflife_input_reading_phrase(struct shelflife_input_reading *r, str a, str b, str *out);

/* The folder of a path: "a/b" of "a/b/c"; absent of "c". */
str shelflife_input_reading_folder(str path);

/* A path relative to a folder, as far as possible without "..": "a/c" of "a/b" and "../c". An absolute path
   stays as it is. */
bool shelflife_input_reading_join(struct shelflife_input_reading *r, str folder, str path, str *out);

/* The position of a text in another one; SIZE_MAX: it is not there. */
size_t shelflife_input_reading_find(str text, str what);

#endif
